package region

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"polis/app"
	"polis/data/wire"
)

// Bounds of a report.
const (
	maxDimensions = 4
	smallCell     = 5 // fewer contacts than this could tell who they are
)

// ReportParams say what to count. From and To are days ("2006-01-02"), both
// included.
type ReportParams struct {
	From, To string
	By       []string
}

// dimension reads what contacts are counted by. An operator never is one.
func dimension(name string) func(*app.Contact) string {
	switch name {
	case "authority":
		return func(c *app.Contact) string { return c.Authority }
	case "office":
		return func(c *app.Contact) string { return c.Office }
	case "channel":
		return func(c *app.Contact) string { return c.Channel }
	case "user":
		return func(c *app.Contact) string { return c.User }
	case "request_type":
		return func(c *app.Contact) string { return c.RequestType }
	case "topic":
		return func(c *app.Contact) string { return c.Topic }
	case "outcome":
		return func(c *app.Contact) string { return c.Outcome }
	case "unmet_reason":
		return func(c *app.Contact) string { return c.UnmetReason }
	case "month":
		return func(c *app.Contact) string { return c.OpenedAt.Format("2006-01") }
	}
	return nil
}

// ReportDimensions lists what contacts can be counted by.
func ReportDimensions() []string {
	return []string{"authority", "channel", "month", "office", "outcome", "request_type", "topic", "unmet_reason", "user"}
}

// Report counts contacts: those of its authority for a responsabile, those of
// the network for an amministratore, without rows of fewer than five. Codes:
// CodeInvalid (from, to, by), CodeForbidden.
func (h *Hub) Report(ctx context.Context, c Caller, p ReportParams) (wire.Report, error) {
	authority := c.Authority
	network := c.Is(wire.RoleAdministrator)
	switch {
	case network:
		authority = ""
	case !c.Is(wire.RoleManager):
		return wire.Report{}, app.Fault(app.CodeForbidden, nil)
	}
	if err := p.check(); err != nil {
		return wire.Report{}, err
	}
	var t tally
	err := h.store.View(ctx, func(tx Tx) error {
		t = tally{params: p, corrected: map[string]string{}, cells: map[string]cell{}}
		// Corrections first: an item may have been corrected before it came.
		if err := tx.ContactLines(authority, t.corrects); err != nil {
			return err
		}
		return tx.ContactLines(authority, t.count)
	})
	if err != nil {
		return wire.Report{}, err
	}
	return t.report(network), nil
}

func (p ReportParams) check() error {
	for _, day := range [][2]string{{"from", p.From}, {"to", p.To}} {
		if _, err := time.Parse(time.DateOnly, day[1]); err != nil {
			return app.Fault(app.CodeInvalid, err, "field", day[0], "value", clip(day[1]))
		}
	}
	if p.To < p.From {
		return app.Fault(app.CodeInvalid, nil, "field", "to", "value", p.To)
	}
	if len(p.By) > maxDimensions {
		return app.Fault(app.CodeInvalid, nil, "field", "by", "value", clip(strings.Join(p.By, ",")))
	}
	for i, name := range p.By {
		if dimension(name) == nil || slices.Contains(p.By[:i], name) {
			return app.Fault(app.CodeInvalid, nil, "field", "by", "value", clip(name))
		}
	}
	return nil
}

type cell struct {
	values []string
	n      int
}

// tally counts contacts; of several corrections of one contact the newest
// holds.
type tally struct {
	params    ReportParams
	corrected map[string]string // authority + contact -> its newest correction
	cells     map[string]cell
}

func (t *tally) corrects(line []byte) error {
	c, err := wire.DecodeContact(line)
	if err != nil || c.Corrects == "" {
		return err
	}
	k := c.Authority + "\x00" + c.Corrects
	t.corrected[k] = max(t.corrected[k], c.ID)
	return nil
}

func (t *tally) count(line []byte) error {
	c, err := wire.DecodeContact(line)
	if err != nil {
		return err
	}
	day := c.OpenedAt.Format(time.DateOnly)
	if day < t.params.From || day > t.params.To {
		return nil
	}
	if _, superseded := t.corrected[c.Authority+"\x00"+c.ID]; superseded {
		return nil
	}
	if c.Corrects != "" && t.corrected[c.Authority+"\x00"+c.Corrects] != c.ID {
		return nil
	}
	values := make([]string, len(t.params.By))
	for i, name := range t.params.By {
		values[i] = dimension(name)(&c)
	}
	k := strings.Join(values, "\x00")
	t.cells[k] = cell{values, t.cells[k].n + 1}
	return nil
}

func (t *tally) report(suppress bool) wire.Report {
	r := wire.Report{From: t.params.From, To: t.params.To, By: append([]string{}, t.params.By...), Rows: []wire.ReportRow{}}
	for _, c := range t.cells {
		r.N += c.n
		if suppress && c.n < smallCell {
			r.Suppressed += c.n
			continue
		}
		r.Rows = append(r.Rows, wire.ReportRow{Values: c.values, N: c.n})
	}
	slices.SortFunc(r.Rows, func(a, b wire.ReportRow) int {
		return cmp.Or(cmp.Compare(b.N, a.N), slices.Compare(a.Values, b.Values))
	})
	return r
}
