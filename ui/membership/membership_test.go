package membership_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"polis/app"
	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/app/page"
	uimembership "polis/ui/membership"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/uitest"
	"polis/ui/widgets"
)

// desk is the screen of requests at a workstation that is not enrolled.
type desk struct {
	*uitest.Room
	t        *testing.T
	apps     *uitest.Applications
	now      time.Time
	deps     uimembership.Deps
	settings uitest.Settings
	drawn    []uimembership.PaperKind
	files    []string // that were asked for
	pick     string   // the next file or folder
	went     []membership.Network
}

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
	d := &desk{Room: uitest.NewRoom(t, lang, mode, scale), t: t, now: uitest.Noon(), settings: uitest.Settings{}}
	d.apps = uitest.NewApplications(d.now)
	d.apps.Net = membership.Network{Hub: "https://hub.example", CA: "PEM"}
	of, err := counter.Desk()
	must(t, err)
	folder := t.TempDir()
	d.deps = uimembership.Deps{
		Host: d.Host, Applications: d.apps, Clock: app.ClockFunc(func() time.Time { return d.now }), Location: time.UTC,
		Register: func() (uimembership.Register, error) { return nil, app.Fault(app.CodeInternal, nil) },
		State:    &uimembership.State{}, Hand: d.Hand(nil, of, folder), SaveFolder: folder,
		Draw: func(_ context.Context, kind uimembership.PaperKind, _ membership.Filed) (page.DisplayList, error) {
			d.drawn = append(d.drawn, kind)
			return of.Layout(page.Document{Title: string(kind), Language: "it"})
		},
		ProtocolFiles: func(_ context.Context, f membership.Filed, parent string) (string, error) {
			line := f.Request.Body.ID + " " + parent
			if f.Delivering != nil {
				line += " " + f.Delivering.SHA256
			}
			d.files = append(d.files, line)
			return filepath.Join(parent, "adesione"), d.apps.Errs["files"]
		},
		PickOpen:   func(_ string, _ []string, chosen func(string)) { chosen(d.pick) },
		PickFolder: func(_, _ string, chosen func(string)) { chosen(d.pick) },
		Setting:    d.settings.Setting, SetSetting: func(k, v string) { must(t, d.settings.SetSetting(k, v)) },
		Activate: func(n membership.Network) { d.went = append(d.went, n) },
	}
	return d
}

func (d *desk) enter() *desk {
	d.t.Helper()
	d.Enter(uimembership.New(d.deps), 1190, 728)
	return d
}

// file adds a request of a municipality that was sent, after the events.
func (d *desk) file(events ...membership.Event) string {
	d.t.Helper()
	f, err := d.apps.New(context.Background())
	must(d.t, err)
	r := f.Request
	r.Body.ID, r.Body.Name, r.Body.Province, r.Body.PEC = "c_b111", "Comune di Bra", "CN", "comune@pec.example"
	r.Documents = []membership.Document{{Kind: membership.DocumentAct, Title: "Deliberazione n. 4", Name: "delibera.pdf", Size: 240_000, SHA256: "act"}}
	_, err = d.apps.Save(context.Background(), r)
	must(d.t, err)
	if len(events) > 0 {
		_, err = d.apps.Submit(context.Background(), r.ID)
		must(d.t, err)
	}
	for _, e := range events {
		d.region(r.ID, e)
	}
	d.apps.Asked = nil
	return r.ID
}

func (d *desk) region(id string, e membership.Event) {
	d.t.Helper()
	if e == membership.Submit {
		return
	}
	must(d.t, d.apps.Region(id, specimen.Decision(e)))
	d.Steps.Drain()
}

// open opens the first request of the list.
func (d *desk) open() {
	d.t.Helper()
	d.Press(fyne.KeyReturn)
}

func (d *desk) asked(call string) bool {
	return slices.ContainsFunc(d.apps.Asked, func(a string) bool { return strings.HasPrefix(a, call) })
}

// The list that is drawn again under the hands of who chooses from it, as a
// courier's retry does: focus and chosen request stay, and no key is lost.
func TestRefreshKeepsFocusAndChosenRequest(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	for i := range 12 {
		d.file(membership.Submit)
		d.apps.Filed[0].Request.Body.Name = fmt.Sprint("Ente ", 12-i)
	}
	s := uimembership.New(d.deps)
	d.Enter(s, 1190, 400)
	s.Refresh()
	d.Key(fyne.KeyDown) // while they are being read
	d.Steps.Drain()
	for range 6 {
		d.Key(fyne.KeyDown)
		s.Refresh()
		d.Steps.Drain()
	}
	d.file(membership.Submit) // another one comes before them
	s.Refresh()
	d.Steps.Drain()
	if got := d.Focused(); got != "*widgets.Rows" {
		t.Fatalf("the focus is on %s", got)
	}
	if !d.Listed("Ente 8") || d.Listed("Ente 1") {
		t.Errorf("the list was scrolled back to its top: %q", uitest.Texts(d.Canvas))
	}
	d.Press(fyne.KeyReturn)
	d.Wants("Ente 8")
	if d.Shows("Ente 7") || d.Shows("Ente 9") {
		t.Error("no request was opened")
	}
}

// Where the first request appears in the empty list, Enter opens it.
func TestTheFirstRequestTakesTheFocus(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	s := uimembership.New(d.deps)
	d.Enter(s, 1190, 728)
	d.file(membership.Submit)
	s.Refresh()
	d.Steps.Drain()
	d.Press(fyne.KeyReturn)
	if d.asked("new") || !d.Shows("Comune di Bra") {
		t.Errorf("asked for %q", d.apps.Asked)
	}
}

// The ways of a request, as the state machine knows them.
var ways = map[membership.State][]membership.Event{
	membership.Sent:        {membership.Submit},
	membership.Registered:  {membership.Submit, membership.Register},
	membership.UnderReview: {membership.Submit, membership.Register, membership.StartReview},
	membership.Integration: {membership.Submit, membership.Register, membership.StartReview, membership.RequestIntegration},
	membership.Accepted:    {membership.Submit, membership.Register, membership.StartReview, membership.Accept},
	membership.Signed:      {membership.Submit, membership.Register, membership.StartReview, membership.Accept, membership.RegisterAgreement},
	membership.Active:      {membership.Submit, membership.Register, membership.StartReview, membership.Accept, membership.RegisterAgreement, membership.Activate},
	membership.Rejected:    {membership.Submit, membership.Register, membership.StartReview, membership.Reject},
	membership.Ended:       {membership.Submit, membership.Register, membership.StartReview, membership.Accept, membership.RegisterAgreement, membership.Activate, membership.End},
}

func TestEveryStateSaysWhatComesNext(t *testing.T) {
	want := map[membership.State][]string{
		membership.Sent:        {"Inviata", "ricevuta n. 2026-00007", "Correggi la richiesta", "Ritira la richiesta"},
		membership.Registered:  {"Protocollata", "0041/2026 del 20 nov 2026", "La Regione risponde entro il"},
		membership.UnderReview: {"In istruttoria", "Non occorre fare altro", "La Regione risponde entro il"},
		membership.Integration: {"Integrazione richiesta", "Manca il CAP dello sportello.", "CAP dello sportello", "data dell'atto", "Completa la richiesta", "tempi della Regione sono sospesi"},
		membership.Accepted:    {"Accolta", "Salva il protocollo d'intesa", "Consegna il protocollo firmato", "non vale"},
		membership.Signed:      {"Firmata", "Nome Cognome (firma non verificata)", "Manca solo l'attivazione"},
		membership.Active:      {"Attiva", "alla PEC", "mai su questo schermo", "Ho ricevuto il codice"},
		membership.Rejected:    {"Respinta", "Motivo: La firma non è", "Nuova richiesta"},
		membership.Ended:       {"Cessata", "Motivo: La firma non è", "può riattivare l'adesione", "Nuova richiesta"},
	}
	for state, events := range ways {
		t.Run(string(state), func(t *testing.T) {
			d := newDesk(t, "it", theme.Light, 1)
			d.file(events...)
			d.enter().open()
			d.Wants(append(want[state], "Comune di Bra", "Codice IPA c_b111", "Che cosa è successo", "Richiesta inviata", "Esporta per l'ufficio protocollo", "delibera.pdf")...)
			if primaries := d.primaries(); len(primaries) > 1 {
				t.Errorf("more than one thing comes next: %q", primaries)
			}
		})
	}
}

// primaries are the labels of the primary buttons in sight.
func (d *desk) primaries() (labels []string) {
	uitest.Visit(d.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if b, ok := o.(*widgets.Button); ok && b.Weight() == widgets.Primary {
			labels = append(labels, b.Label())
		}
	})
	return labels
}

func TestEmptyListSaysHowToBegin(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1).enter()
	d.Wants("Chiedere di aderire alla rete", "anche senza rete", "alla PEC dell'ente")
	if d.Focused() != "Nuova richiesta di adesione" {
		t.Errorf("the focus is on %s", d.Focused())
	}
	d.Press(fyne.KeyReturn)
	if !d.asked("new") || len(d.apps.Filed) != 1 {
		t.Errorf("asked %q", d.apps.Asked)
	}
}

func TestQueuedWithoutAnAddress(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.apps.Net, d.apps.Offline = membership.Network{}, true
	id := d.file(membership.Submit)
	d.apps.Filed[0].Problem = app.CodeNoNetwork
	d.enter()
	d.Wants("da inviare", "Manca l'indirizzo del server regionale.")
	d.open()
	d.Wants("Parte da sola appena il server regionale risponde", "al sicuro su questa postazione")
	d.Button("Indica l'indirizzo").Press()
	d.Steps.Drain()
	d.Wants("Collegamento con la Regione")
	d.apps.Offline = false
	d.apps.Filed[0].Problem = ""
	d.Press(fyne.KeyDown) // from the file to the address
	test.Type(d.Canvas.Focused().(*widgets.Entry), "http://hub.example")
	d.Press(fyne.KeyReturn)
	d.Wants("deve cominciare con https://")
	test.Type(d.Canvas.Focused().(*widgets.Entry), "") // the message is at the field, and the focus
	d.Canvas.Focused().(*widgets.Entry).SetText("hub.example/")
	d.Press(fyne.KeyReturn)
	if d.apps.Net.Hub != "https://hub.example" || d.apps.Filed[0].Request.ID != id {
		t.Errorf("network %+v", d.apps.Net)
	}
	d.Wants("A che punto è", "La Regione ha ricevuto la richiesta")
}

func TestSettingsFileOfTheRegion(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.apps.Net = membership.Network{}
	d.enter()
	d.Button("Indica l'indirizzo").Press()
	d.Steps.Drain()
	d.pick = "region.json"
	d.Press(fyne.KeyReturn)
	if d.apps.Net.UploadKey != "age1" || len(d.Toasts) == 0 {
		t.Errorf("network %+v, told %q", d.apps.Net, d.Toasts)
	}
}

func TestBadCertificateIsToldAtTheField(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.apps.Net = membership.Network{}
	d.enter()
	d.Button("Indica l'indirizzo").Press()
	d.Steps.Drain()
	d.Press(fyne.KeyDown)
	d.Canvas.Focused().(*widgets.Entry).SetText("hub.example")
	d.pick = filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(d.pick, []byte("no certificate"), 0o600))
	d.Button("Scegli").Press()
	d.Press(fyne.KeyReturn)
	d.Wants("In questo file non c'è un certificato.")
	if d.apps.Net.Hub != "" {
		t.Error("it was stored all the same")
	}
}

func TestSignedAgreementIsShownBeforeItGoes(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file(ways[membership.Accepted]...)
	d.pick = filepath.Join(t.TempDir(), "protocollo.pdf.p7m")
	must(t, os.WriteFile(d.pick, []byte("signed"), 0o600))
	d.apps.Attached = membership.Document{SHA256: "signed", Signature: &membership.Signature{Format: membership.FormatCAdES, Signer: "ANNA ESEMPIO"}}
	d.enter().open()
	if d.Focused() != "Consegna il protocollo firmato" {
		t.Errorf("the focus is on %s", d.Focused())
	}
	d.Press(fyne.KeyReturn)
	d.Wants("protocollo.pdf.p7m", "firmato da ANNA ESEMPIO (firma non verificata)", "È il file giusto?")
	if d.asked("deliver") {
		t.Fatal("it went before anybody had seen it")
	}
	if d.Focused() != "Consegna alla Regione" || len(d.primaries()) != 1 {
		t.Errorf("the focus is on %s, primary %q", d.Focused(), d.primaries())
	}
	d.Press(fyne.KeyReturn)
	if !d.asked("deliver") {
		t.Errorf("asked %q", d.apps.Asked)
	}
	d.Wants("è arrivato alla Regione, che lo controlla", "Protocollo d'intesa firmato consegnato")
}

// Who signed something else is told before it goes, and may deliver what went
// with the request already.
func TestAgreementIsComparedBeforeItGoes(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file(ways[membership.Accepted]...)
	r := &d.apps.Filed[0].Request
	r.Documents = append(r.Documents, membership.Document{
		Kind: membership.DocumentAgreement, Name: "allegato.p7m", SHA256: "before", Signature: &membership.Signature{Signer: "ANNA ESEMPIO"},
	})
	d.pick = filepath.Join(t.TempDir(), "altro.p7m")
	must(t, os.WriteFile(d.pick, []byte("signed"), 0o600))
	d.apps.Attached = membership.Document{SHA256: "other", Signature: &membership.Signature{Signer: "ANNA ESEMPIO"}}
	d.deps.Compare = func(_ context.Context, _ membership.Filed, doc *membership.Document) (uimembership.Match, error) {
		if doc.SHA256 == "before" {
			return uimembership.MatchSame, nil
		}
		return uimembership.MatchOther, nil
	}
	d.enter().open()
	d.Press(fyne.KeyReturn)
	d.Wants("altro.p7m", "Non è il protocollo con i dati di adesso")
	d.Press(fyne.KeyEscape)
	d.Button("Consegna quello già allegato").Press()
	d.Steps.Drain()
	d.Wants("allegato.p7m", "Contiene il protocollo preparato con questi dati.")
	if d.Focused() != "Consegna alla Regione" {
		t.Errorf("the focus is on %s", d.Focused())
	}
	d.Press(fyne.KeyReturn)
	if !slices.ContainsFunc(d.apps.Asked, func(a string) bool { return strings.HasPrefix(a, "deliver") && strings.HasSuffix(a, "allegato.p7m") }) {
		t.Errorf("asked %q", d.apps.Asked)
	}
}

// What waits is named, and nothing else is offered that would undo it.
func TestWhatWaitsIsNamed(t *testing.T) {
	for state, want := range map[membership.State]struct {
		act  func(d *desk, id string) (membership.Filed, error)
		says string
	}{
		membership.Integration: {func(d *desk, id string) (membership.Filed, error) { return d.apps.Submit(context.Background(), id) }, "L'integrazione è pronta."},
		membership.Accepted: {func(d *desk, id string) (membership.Filed, error) {
			return d.apps.DeliverAgreement(context.Background(), id, membership.Document{SHA256: "a"})
		}, "Il protocollo d'intesa firmato è pronto."},
		membership.UnderReview: {func(d *desk, id string) (membership.Filed, error) {
			return d.apps.Withdraw(context.Background(), id, "")
		}, "Il ritiro della richiesta è pronto."},
	} {
		t.Run(string(state), func(t *testing.T) {
			d := newDesk(t, "it", theme.Light, 1)
			id := d.file(ways[state]...)
			d.apps.Offline = true
			_, err := want.act(d, id)
			must(t, err)
			d.enter().open()
			d.Wants(want.says, "da inviare")
			if p := d.primaries(); len(p) != 0 {
				t.Errorf("offered meanwhile: %q", p)
			}
			if state == membership.UnderReview && d.Shows("Ritira la richiesta") {
				t.Error("it can be withdrawn twice")
			}
		})
	}
}

func TestUnsignedAgreementIsRefusedInWords(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file(ways[membership.Accepted]...)
	d.pick = filepath.Join(t.TempDir(), "scansione.pdf")
	must(t, os.WriteFile(d.pick, []byte("a scan"), 0o600))
	d.apps.Errs["attach"] = app.Fault(app.CodeNotSigned, nil, "name", "scansione.pdf")
	d.enter().open()
	d.Press(fyne.KeyReturn)
	if b := d.Banners["membership"]; b == nil || !strings.Contains(b.Title, "non c'è una firma digitale") {
		t.Errorf("banner %+v", b)
	}
	if d.asked("deliver") || d.Focused() != "Consegna il protocollo firmato" {
		t.Errorf("asked %q, focus %s", d.apps.Asked, d.Focused())
	}
}

func TestReturnedAgreementAsksAgain(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file(append(ways[membership.Signed], membership.ReturnAgreement)...)
	d.enter().open()
	d.Wants("chiede di firmare di nuovo", "La firma non è del legale rappresentante.", "Consegna il protocollo firmato")
}

func TestWithdrawalAsksWithItsConsequence(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file(ways[membership.UnderReview]...)
	d.enter().open()
	d.Button("Ritira la richiesta").Press()
	d.Wants("Ritirare la richiesta?", "non la può riaprire")
	if d.Focused() != "No, lasciala" {
		t.Errorf("the focus is on %s", d.Focused())
	}
	d.Press(fyne.KeyReturn)
	if d.asked("withdraw") {
		t.Fatal("No withdrew")
	}
	d.Button("Ritira la richiesta").Press()
	d.Tab() // past the other button, to the reason
	d.Tab()
	if _, ok := d.Canvas.Focused().(*widgets.Entry); !ok {
		t.Fatalf("the focus is on %s", d.Focused())
	}
	d.Press(fyne.KeyReturn)
	if d.asked("withdraw") {
		t.Fatal("Enter in the field withdrew")
	}
	d.Button("Ritira").Press()
	d.Steps.Drain()
	if !d.asked("withdraw") {
		t.Errorf("asked %q", d.apps.Asked)
	}
	d.Wants("La richiesta è stata ritirata")
}

func TestOwnProtocolNumber(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file(ways[membership.Registered]...)
	d.enter().open()
	d.Button("Annota il numero").Press()
	d.Steps.Drain()
	test.Type(d.Canvas.Focused().(*widgets.Entry), "12345")
	d.Press(fyne.KeyReturn) // on to the day
	test.Type(d.Canvas.Focused().(*widgets.Entry), "31/12/2099")
	d.Press(fyne.KeyReturn)
	d.Wants("La data è nel futuro.")
	d.Canvas.Focused().(*widgets.Entry).SetText("3/11/2026")
	d.Press(fyne.KeyReturn)
	d.Wants("12345 del 3 nov 2026")
	if p := d.apps.Filed[0].Request.Protocol; p.Number != "12345" || p.Date != "2026-11-03" {
		t.Errorf("noted %+v", p)
	}
}

func TestEscLeavesTheFieldsThenTheRequest(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file(ways[membership.Registered]...)
	d.enter().open()
	d.Button("Annota il numero").Press()
	d.Steps.Drain()
	d.Press(fyne.KeyEscape)
	if d.Shows("Data del protocollo") || !d.Shows("A che punto è") {
		t.Error("the fields stay")
	}
	d.Press(fyne.KeyEscape)
	if d.Shows("A che punto è") || !d.Shows("Nuova richiesta di adesione") {
		t.Error("the request stays")
	}
}

func TestNewsUntilSomebodyReadsThem(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	id := d.file(ways[membership.Registered]...)
	d.enter()
	d.Wants("novità")
	d.open()
	d.Press(fyne.KeyEscape)
	if d.Shows("novità") {
		t.Error("what was read is still news")
	}
	memory := uimembership.ReadMemory(d.settings.Setting(uimembership.SettingSeen))
	f, err := d.apps.Get(context.Background(), id)
	must(t, err)
	if memory.News(&f) != nil {
		t.Errorf("not remembered: %q", d.settings.Setting(uimembership.SettingSeen))
	}
	d.region(id, membership.StartReview)
	if f, err = d.apps.Get(context.Background(), id); err != nil || memory.News(&f) == nil || memory.News(&f).Event != membership.StartReview {
		t.Errorf("news %+v, %v", memory.News(&f), err)
	}
}

func TestReminderBeforeExpiry(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file(ways[membership.Integration]...)
	d.now = d.now.Add(25 * 24 * time.Hour)
	d.enter()
	d.Wants("mancano 5 giorni")
	d.now = d.now.Add(5*24*time.Hour - time.Hour)
	d.open()
	d.Wants("Scade oggi")
}

func TestRefreshTellsHowItEnded(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file(ways[membership.Registered]...)
	d.enter()
	d.Press(fyne.KeyF5)
	if !d.asked("refresh") || !slices.Contains(d.Toasts, "Le richieste sono aggiornate.") {
		t.Errorf("asked %q, told %q", d.apps.Asked, d.Toasts)
	}
	d.apps.Offline = true
	d.Press(fyne.KeyF5)
	if b := d.Banners["membership"]; b == nil || b.Kind != widgets.Warn || !strings.Contains(b.Text, "al sicuro") {
		t.Errorf("banner %+v", b)
	}
}

func TestPapersAndExports(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file(ways[membership.Sent]...)
	d.enter().open()
	for range 3 {
		d.Wants("Richiesta di adesione", "Protocollo d'intesa", "Ricevuta della Regione")
	}
	d.Button("Stampa").Press() // the last one: the receipt
	d.Steps.Drain()
	if !slices.Equal(d.drawn, []uimembership.PaperKind{uimembership.PaperReceipt}) || len(d.Opened) != 1 {
		t.Errorf("drawn %q, opened %q", d.drawn, d.Opened)
	}
	d.pick = t.TempDir()
	d.Button("Esporta per l'ufficio protocollo").Press()
	d.Steps.Drain()
	if len(d.files) != 1 || d.Banners["membership"] == nil {
		t.Errorf("files %q", d.files)
	}
	d.Button("Esporta su chiavetta").Press()
	d.Steps.Drain()
	found, err := os.ReadDir(d.pick)
	must(t, err)
	if len(found) != 1 || found[0].Name() != "richiesta-adesione-c_b111.polis" {
		t.Errorf("on the stick %v", found)
	}
	d.apps.Errs["export"] = errors.New("no more room")
	d.Button("Esporta su chiavetta").Press()
	d.Steps.Drain()
	if found, err = os.ReadDir(d.pick); err != nil || len(found) != 1 || d.Banners["membership"].Kind != widgets.Bad {
		t.Errorf("after a fault %v, %v", found, err)
	}
}

// Who has no link carries whatever waits, and reads the region's answer from a
// file.
func TestLaterStepsBySticks(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	id := d.file(ways[membership.Accepted]...)
	d.enter().open()
	if d.Shows("Esporta su chiavetta") {
		t.Error("nothing waits")
	}
	d.pick, d.apps.Offline = filepath.Join(t.TempDir(), "firmato.p7m"), true
	must(t, os.WriteFile(d.pick, []byte("x"), 0o600))
	_, err := d.apps.DeliverAgreement(context.Background(), id, membership.Document{Name: "firmato.p7m", SHA256: "f0", Signature: &membership.Signature{}})
	must(t, err)
	d.enter()
	d.pick = t.TempDir()
	d.Button("Esporta su chiavetta").Press()
	d.Steps.Drain()
	if found, err := os.ReadDir(d.pick); err != nil || len(found) != 1 || !strings.Contains(d.Banners["membership"].Title, "Il file è pronto") {
		t.Errorf("%v, %v", found, err)
	}
	d.Button("Esporta per l'ufficio protocollo").Press()
	d.Steps.Drain()
	if !strings.HasSuffix(d.files[0], " f0") {
		t.Errorf("files %q", d.files)
	}
	d.pick = "/stick/risposta.polis"
	d.apps.Errs["answer"] = app.Fault(app.CodeMembershipOlder, nil)
	d.Button("Leggi la risposta da un file").Press()
	d.Steps.Drain()
	if b := d.Banners["membership"]; b == nil || b.Kind != widgets.Bad || !strings.Contains(b.Title, "più vecchio") {
		t.Errorf("banner %+v", b)
	}
	d.apps.Errs["answer"] = app.Fault(app.CodeRoots, nil)
	d.Button("Leggi la risposta da un file").Press()
	d.Steps.Drain()
	if b := d.Banners["membership"]; b == nil || b.Action != "Indica l'indirizzo" {
		t.Errorf("banner %+v", b)
	}
	delete(d.apps.Errs, "answer")
	d.Button("Leggi la risposta da un file").Press()
	d.Steps.Drain()
	if !d.asked("answer /stick/risposta.polis") || d.Banners["membership"] != nil || len(d.Toasts) != 1 {
		t.Errorf("asked %q, told %q", d.apps.Asked, d.Toasts)
	}
	d.Wants("Protocollo d'intesa firmato")
	if d.Shows("Esporta su chiavetta") {
		t.Error("nothing waits any more")
	}
}

func TestCodeLeadsToTheActivation(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file(ways[membership.Active]...)
	d.enter().open()
	if d.Focused() != "Ho ricevuto il codice" {
		t.Errorf("the focus is on %s", d.Focused())
	}
	d.Press(fyne.KeyReturn)
	if len(d.went) != 1 || d.went[0].Hub != "https://hub.example" || d.went[0].CA != "PEM" {
		t.Errorf("went %+v", d.went)
	}
}

// What happens while somebody reads is drawn at once, and the focus stays on
// what it was.
func TestRequestFollowsTheRegion(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	id := d.file(ways[membership.UnderReview]...)
	s := uimembership.New(d.deps)
	d.Enter(s, 1190, 728)
	d.open()
	before := d.Focused()
	d.region(id, membership.RequestIntegration)
	s.Refresh()
	d.Steps.Drain()
	d.Wants("Completa la richiesta")
	if before != d.Focused() {
		t.Errorf("the focus went from %s to %s", before, d.Focused())
	}
}

func TestStateOutlivesAnotherLanguage(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file(ways[membership.Registered]...)
	d.enter().open()
	d.enter() // built anew
	d.Wants("A che punto è")
}

func TestNothingIsCut(t *testing.T) {
	for _, look := range []struct {
		lang  string
		mode  theme.Mode
		scale float32
	}{{"it", theme.Light, 1}, {"it", theme.Dark, 1.5}, {"en", theme.Contrast, 1}} {
		d := newDesk(t, look.lang, look.mode, look.scale)
		d.enter()
		d.Sweep(look.lang + " empty")
		d.apps.Offline = true
		d.file(membership.Submit)
		d.apps.Filed[0].Problem = app.CodeHubCertificate
		d.apps.Offline = false
		for _, events := range ways {
			d.file(events...)
		}
		for i := range d.apps.Filed {
			d.apps.Filed[i].Request.Body.Name = "Unione montana dei Comuni delle Valli Esempio, Esempietto e Lungo Nome di Prova"
		}
		d.enter()
		d.Sweep(look.lang + " list")
		for i := range d.apps.Filed {
			d.deps.State.Open(d.apps.Filed[i].Request.ID)
			d.enter()
			d.Sweep(look.lang + " " + string(d.apps.Filed[i].State()))
		}
	}
}

var _ screen.Screen = (*uimembership.Screen)(nil)
