package uitest

import (
	"context"
	"slices"

	"polis/app"
	"polis/app/network"
)

// Hall is the file and the catalogue of an authority in memory, for edits of
// its offices.
type Hall struct {
	Own      []app.Office
	Edits    map[string]network.Edit
	Drafts   map[string]network.Draft
	Lines    [][]byte // of the private way down
	Err      error    // of every write
	settings map[string]string
}

// OfficeEdits implements network.Store.
func (h *Hall) OfficeEdits(context.Context) (out []network.Edit, err error) {
	for _, e := range h.Edits {
		out = append(out, e)
	}
	return out, h.Err
}

// SaveOfficeEdit implements network.Store.
func (h *Hall) SaveOfficeEdit(_ context.Context, e network.Edit) error {
	if h.Err == nil {
		h.Edits[e.Office.ID] = e
		delete(h.Drafts, e.Office.ID)
	}
	return h.Err
}

// AnswerOfficeEdit implements network.Store.
func (h *Hall) AnswerOfficeEdit(_ context.Context, e network.Edit) error {
	if h.Edits[e.Office.ID].Hash == e.Hash {
		h.Edits[e.Office.ID] = e
	}
	return h.Err
}

// EndOfficeEdit implements network.Store.
func (h *Hall) EndOfficeEdit(_ context.Context, e network.Edit) error {
	delete(h.Edits, e.Office.ID)
	return h.Err
}

// OfficeDrafts implements network.Store.
func (h *Hall) OfficeDrafts(context.Context) (map[string]network.Draft, error) {
	return h.Drafts, h.Err
}

// SaveOfficeDraft implements network.Store.
func (h *Hall) SaveOfficeDraft(_ context.Context, d network.Draft) error {
	if h.Err == nil {
		h.Drafts[d.Office.ID] = d
	}
	return h.Err
}

// DropOfficeDraft implements network.Store.
func (h *Hall) DropOfficeDraft(_ context.Context, id string) error {
	delete(h.Drafts, id)
	return h.Err
}

// PrivateLines implements network.Store.
func (h *Hall) PrivateLines(context.Context, string) ([][]byte, error) { return h.Lines, nil }

// Setting implements network.Store.
func (h *Hall) Setting(_ context.Context, key string) (string, error) { return h.settings[key], nil }

// SetSetting implements network.Store.
func (h *Hall) SetSetting(_ context.Context, key, value string) error {
	h.settings[key] = value
	return nil
}

type shelf struct{ *Hall }

func (h shelf) Offices(string) []app.Office { return slices.Clone(h.Own) }

func (h shelf) Office(id string) (app.Office, bool) {
	i := slices.IndexFunc(h.Own, func(o app.Office) bool { return o.ID == id })
	if i < 0 {
		return app.Office{}, false
	}
	return h.Own[i], true
}

func (h shelf) Readings(_ context.Context, codes []string) (out []app.Reading, err error) {
	for _, code := range codes {
		sheet := app.Sheet{Code: code, Title: "Scheda regionale " + code}
		out = append(out, app.Adapt(&sheet, nil))
	}
	return out, nil
}

func (h shelf) Adapted(context.Context, string, []string) (map[string]bool, error) {
	return map[string]bool{"s2": true}, nil
}

// NewHall returns an authority that has just joined, with two offices.
func NewHall() *Hall {
	lat, lon := 44.5971, 7.8608
	h := &Hall{Edits: map[string]network.Edit{}, Drafts: map[string]network.Draft{}, settings: map[string]string{}, Own: []app.Office{
		{
			ID: "demo-urp", Authority: "demo", Name: "Ufficio relazioni con il pubblico", Kind: "urp", Email: "urp@demo.example",
			Address:      &app.Address{Street: "Via d'Esempio 1", PostalCode: "12042", Municipality: "Borgo San Lorenzo al Colle", Province: "CN", Lat: &lat, Lon: &lon},
			OpeningHours: []app.Hours{{Days: []string{"MO", "WE"}, Opens: "08:30", Closes: "12:30"}},
			Closures:     []app.Closure{{Span: app.Span{From: "2026-12-24", To: "2026-12-31"}, Reason: "Chiusura natalizia"}},
		},
		{ID: "demo-suap", Authority: "demo", Name: "Sportello unico", Kind: "desk"},
	}}
	h.Lines = [][]byte{[]byte(`{"type":"first_steps","id":"demo","sheets":["s1","s2"],"made_at":"2026-11-20T10:00:00Z"}`)}
	return h
}

// Offices is the use case over it, for who has a role; there is no link.
func (h *Hall) Offices(role func() string) *network.Offices {
	return network.New(network.Params{
		Store: h, Catalogue: shelf{h}, Clock: app.ClockFunc(Noon), Authority: func(context.Context) string { return "demo" },
		Who: func(context.Context) (string, string) { return "anna", role() },
	})
}
