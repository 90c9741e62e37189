package review_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/membership"
	"polis/app/page"
	uireview "polis/ui/review"
	"polis/ui/theme"
	"polis/ui/uitest"
)

// desk is the screen of somebody who examines requests.
type desk struct {
	*uitest.Room
	t        *testing.T
	review   *uitest.Review
	register register
	deps     uireview.Deps
	settings uitest.Settings
	pick     string // the next file or folder
	drawn    []membership.Letter
	saved    []membership.Letter
}

// register is a list of bodies.
type register map[string]membership.Body

func (r register) ByID(ipa string) (membership.Body, bool) { b, ok := r[ipa]; return b, ok }
func (r register) AsOf() app.Date                          { return "2018" }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newDesk(t *testing.T, lang string, mode theme.Mode, scale float32) *desk {
	t.Helper()
	counter, err := uitest.NewCounter()
	must(t, err)
	d := &desk{Room: uitest.NewRoom(t, lang, mode, scale), t: t, settings: uitest.Settings{}, review: uitest.NewReview(uitest.Noon())}
	of, err := counter.Desk()
	must(t, err)
	body := request("r", "c_b111").Body
	body.Website = "www.registro.example"
	d.register = register{"c_b111": body}
	folder := t.TempDir()
	d.deps = uireview.Deps{
		Host: d.Host, Review: d.review, Clock: app.ClockFunc(func() time.Time { return d.review.At }), Location: time.UTC, State: &uireview.State{},
		Register: func() (uireview.Register, error) { return d.register, nil }, Role: membership.ByExaminer,
		Hand: d.Hand(nil, of, folder), SaveFolder: folder,
		Draw: func(_ context.Context, l membership.Letter) (page.DisplayList, error) {
			d.drawn = append(d.drawn, l)
			return of.Layout(page.Document{Title: "Lettera", Language: "it"})
		},
		Files: func(_ context.Context, l membership.Letter, parent string) (string, error) {
			d.saved = append(d.saved, l)
			return parent + "/lettera", nil
		},
		Mail:          func(membership.Letter) (subject, body string) { return "Adesione", "In allegato la lettera." },
		AgreementHash: func(context.Context, membership.Request) (string, error) { return "ours", nil },
		PickOpen:      func(_ string, _ []string, chosen func(string)) { chosen(d.pick) },
		PickFolder:    func(_, _ string, chosen func(string)) { chosen(d.pick) },
		Setting:       d.settings.Setting, SetSetting: func(k, v string) { must(t, d.settings.SetSetting(k, v)) },
	}
	return d
}

func (d *desk) enter() *desk {
	d.t.Helper()
	d.Enter(uireview.New(d.deps), 1190, 728)
	return d
}

// request is one that lacks little.
func request(id, ipa string) membership.Request {
	hours := []app.Hours{{Days: []string{"MO", "TU", "WE", "TH", "FR"}, Opens: "08:30", Closes: "12:30"}, {Days: []string{"TU", "TH"}, Opens: "14:30", Closes: "17:00"}}
	address := app.Address{Street: "Piazza dell'Esempio 1", PostalCode: "12042", Municipality: "Bra", Province: "CN", ISTATCode: "004029"}
	return membership.Request{
		Type: "membership_request", ID: id, Dated: "2026-11-20",
		Body: membership.Body{
			Authority:  app.Authority{ID: ipa, Name: "Comune di Bra", Kind: "municipality", ISTATCode: "004029", Belfiore: "B111", TaxCode: "00350250042", Province: "CN", Website: "www.esempio.example", PEC: "comune@pec.example"},
			Address:    address, Registered: true,
		},
		Representative: membership.Person{Name: "Nome Esempio", TaxCode: "RSSMRA80A01H501U", Role: "Sindaco", Email: "sindaco@esempio.example"},
		Contact:        membership.Person{Name: "Referente Esempio", Role: "Funzionario", Email: "urp@esempio.example", Phone: "0172 000000"},
		Officer:        membership.Person{Name: "Protezione Esempio", Email: "dpo@esempio.example"},
		Operators:      []membership.Person{{Name: "Operatore Esempio", Role: "URP", Email: "operatore@esempio.example"}},
		Offices:        []app.Office{{Name: "Ufficio Relazioni con il Pubblico", Kind: "urp", Address: &address, Email: "urp@esempio.example", OpeningHours: hours}},
		Act:            membership.Act{Organ: "Giunta comunale", Kind: "executive", Number: "123", Date: "2026-10-12"},
		Aims:           membership.Aims(),
		Documents:      []membership.Document{{Kind: membership.DocumentAct, Title: "Deliberazione n. 123", Name: "delibera.pdf", MediaType: "application/pdf", Size: 240_000, SHA256: "act"}},
	}
}

// change is an event with all that it needs.
func change(e membership.Event) membership.Change {
	c := membership.Change{Event: e, Protocol: membership.Protocol{Number: "0041/2026", Date: "2026-11-20"}}
	switch e {
	case membership.RequestIntegration:
		c.Reason, c.Fields = "Manca il CAP dello sportello.", []string{"offices.0.address.postal_code"}
	case membership.Reject, membership.End, membership.Restore, membership.ReturnAgreement:
		c.Reason = "La firma non è del legale rappresentante."
	case membership.DeliverAgreement, membership.RegisterAgreement:
		c.Document = &membership.Document{Kind: membership.DocumentAgreement, Name: "protocollo.pdf.p7m", Size: 90_000, SHA256: "signed", Signature: &membership.Signature{Format: membership.FormatCAdES, Signer: "NOME ESEMPIO", Encloses: "ours"}}
	}
	return c
}

func (d *desk) file(id, ipa string, events ...membership.Event) {
	d.t.Helper()
	changes := make([]membership.Change, len(events))
	for i, e := range events {
		changes[i] = change(e)
	}
	must(d.t, d.review.Add(request(id, ipa), changes...))
}

func (d *desk) tap(label string) {
	d.t.Helper()
	d.Button(label).Press()
	d.Steps.Drain()
}

func (d *desk) typed(text string) {
	for _, r := range text {
		d.Canvas.Focused().TypedRune(r)
	}
	d.Steps.Drain()
}

func (d *desk) state(id string) membership.State {
	for _, c := range d.review.Cases {
		if c.ID == id {
			return c.State
		}
	}
	return ""
}


var _ = fmt.Sprint
var _ = strings.Contains
var _ fyne.KeyName

