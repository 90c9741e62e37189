package printing

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"polis/app"
)

// The setting under which typed addresses are kept.
const settingAddresses = "printing.addresses"

// Address makes what a person typed the address of a printer that speaks IPP:
// a bare name or number becomes ipp://NAME/ipp/print. CodeInvalid.
func Address(typed string) (string, error) {
	invalid := func(err error) (string, error) {
		return "", app.Fault(app.CodeInvalid, err, "field", "printer", "value", typed)
	}
	text := strings.TrimSpace(typed)
	if !strings.Contains(text, "://") {
		text = "ipp://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return invalid(err)
	}
	if u.Scheme != "ipp" && u.Scheme != "ipps" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return invalid(nil)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/ipp/print"
	}
	return u.String(), nil
}

// Addresses returns the printers that were typed in at this workstation.
func Addresses(ctx context.Context, settings Settings) ([]string, error) {
	text, err := settings.Setting(ctx, settingAddresses)
	if err != nil || text == "" {
		return nil, err
	}
	var all []string
	if json.Unmarshal([]byte(text), &all) != nil {
		return nil, nil // of another version: type anew
	}
	return all, nil
}

// Addresses returns the printers that were typed in at this workstation.
func (p *Press) Addresses(ctx context.Context) ([]string, error) { return Addresses(ctx, p.p.Settings) }

// Add has the workstation know a printer by what was typed, and returns its
// address; one that it knows is no error. CodeInvalid.
func (p *Press) Add(ctx context.Context, typed string) (string, error) {
	address, err := Address(typed)
	if err != nil {
		return "", err
	}
	all, err := Addresses(ctx, p.p.Settings)
	if err != nil || slices.Contains(all, address) {
		return address, err
	}
	return address, p.keep(ctx, append(all, address))
}

// Forget has the workstation forget a printer by its address or by what was
// typed for it; one that it does not know is no error.
func (p *Press) Forget(ctx context.Context, address string) error {
	if full, err := Address(address); err == nil {
		address = full
	}
	all, err := Addresses(ctx, p.p.Settings)
	if err != nil {
		return err
	}
	return p.keep(ctx, slices.DeleteFunc(all, func(a string) bool { return a == address }))
}

func (p *Press) keep(ctx context.Context, all []string) error {
	text, err := json.Marshal(all)
	if err != nil {
		return app.Fault(app.CodeInternal, err)
	}
	return p.p.Settings.SetSetting(ctx, settingAddresses, string(text))
}
