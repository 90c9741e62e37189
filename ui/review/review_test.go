package review_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/app/page"
	uireview "polis/ui/review"
	"polis/ui/theme"
	"polis/ui/uitest"
	"polis/ui/widgets"
)

// desk is the screen of somebody who examines requests.
type desk struct {
	*uitest.Room
	t        *testing.T
	review   *uitest.Review
	register specimen.Register
	deps     uireview.Deps
	settings uitest.Settings
	pick     string // the next file or folder
	drawn    []membership.Letter
	saved    []membership.Letter
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
	d := &desk{Room: uitest.NewRoom(t, lang, mode, scale), t: t, settings: uitest.Settings{}, review: uitest.NewReview(uitest.Noon())}
	of, err := counter.Desk()
	must(t, err)
	body := request("r", "c_z999").Body
	body.Website = "www.registro.example"
	d.register = specimen.Register{"c_z999": body}
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
		Mail:            func(membership.Letter) (subject, body string) { return "Adesione", "In allegato la lettera." },
		AgreementHashes: func(context.Context, membership.Request) ([]string, error) { return []string{"ours"}, nil },
		PickOpen:        func(_ string, _ []string, chosen func(string)) { chosen(d.pick) },
		PickFolder:      func(_, _ string, chosen func(string)) { chosen(d.pick) },
		Setting:         d.settings.Setting, SetSetting: func(k, v string) { must(t, d.settings.SetSetting(k, v)) },
	}
	return d
}

func (d *desk) enter() *desk {
	d.t.Helper()
	d.Enter(uireview.New(d.deps), 1190, 728)
	return d
}

// request is one of a body that is in the register.
func request(id, ipa string) membership.Request {
	r := specimen.Request(id, specimen.Document(membership.DocumentAct, "delibera.pdf", []byte("act")))
	r.Dated, r.Body.ID, r.Body.Kind, r.Body.ISTATCode, r.Body.Belfiore, r.Body.Registered = "2026-11-20", ipa, "municipality", "004999", "Z999", true
	r.Body.Address.ISTATCode, r.Representative.Email = r.Body.ISTATCode, "sindaco@valserena.example"
	r.Offices[0].OpeningHours = append(r.Offices[0].OpeningHours, app.Hours{Days: []string{"TU", "TH"}, Opens: "14:30", Closes: "17:00"})
	return r
}

// decision is an event with all that it needs; a signed agreement encloses
// ours.
func decision(e membership.Event) membership.Change {
	c := specimen.Decision(e)
	if c.Document != nil {
		c.Document.Signature.Encloses = "ours"
	}
	return c
}

func (d *desk) file(id, ipa string, events ...membership.Event) {
	d.t.Helper()
	changes := make([]membership.Change, len(events))
	for i, e := range events {
		changes[i] = decision(e)
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

// primaries are the labels of the primary buttons in sight.
func (d *desk) primaries() (out []string) {
	uitest.Visit(d.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if b, ok := o.(*widgets.Button); ok && b.Weight() == widgets.Primary {
			out = append(out, b.Label())
		}
	})
	return out
}

func (d *desk) primary(want string) {
	d.t.Helper()
	if got := d.primaries(); !slices.Equal(got, []string{want}) {
		d.t.Errorf("the primary buttons are %q, want %q alone", got, want)
	}
}

func (d *desk) stands(id string, want membership.State) {
	d.t.Helper()
	if got := d.state(id); got != want {
		d.t.Fatalf("the request is %q, want %q; the screen says %q", got, want, uitest.Texts(d.Canvas))
	}
}

// did counts the calls that begin so.
func (d *desk) did(call string) int {
	n := 0
	for _, a := range d.review.Asked {
		if strings.HasPrefix(a, call) {
			n++
		}
	}
	return n
}

// From the arrival to the letter, by keyboard alone: Enter takes the likeliest
// next thing each time.
func TestOneRequestFromArrivalToLetter(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file("a", "c_z999")
	d.enter()
	d.Resize(1190, 3000)
	d.Wants("Comune di Valserena", "Inviata", "Da registrare al protocollo", "Dati del registro, salvo dove è indicato.", "digitato dall'ente: verificare. Nel registro: www.registro.example", "codice e nome come nel registro (2018)")
	if n := strings.Count(strings.Join(uitest.Texts(d.Canvas), "\n"), "Dati del registro"); n != 1 {
		t.Errorf("what is as in the register is told %d times", n)
	}
	d.primary("Registra al protocollo")
	d.Press(fyne.KeyReturn) // from the queue to what comes next
	if d.Focused() != "Registra al protocollo" {
		t.Fatalf("the focus is on %s", d.Focused())
	}
	d.Press(fyne.KeyReturn, fyne.KeyReturn, fyne.KeyReturn) // opens the form, then from number to day, then sends
	d.Wants("Manca il numero")
	d.typed("0041/2026")
	d.Press(fyne.KeyReturn, fyne.KeyReturn)
	d.stands("a", membership.Registered)
	d.primary("Prendi in esame")
	d.Press(fyne.KeyReturn)
	d.stands("a", membership.UnderReview)
	d.Wants("Da decidere entro il 23 dic 2026")
	d.primary("Accogli") // nothing speaks against it
	d.Press(fyne.KeyReturn)
	d.Wants("30 giorni per consegnare il protocollo d'intesa")
	d.Press(fyne.KeyReturn)
	d.stands("a", membership.Accepted)
	must(t, d.review.Change("a", decision(membership.DeliverAgreement)))
	d.tap("Aggiorna")
	d.primary("Registra il protocollo firmato")
	d.tap("Registra il protocollo firmato")
	d.Wants("firmato da Nome Cognome (firma non verificata)", "Racchiude il nostro protocollo d'intesa")
	d.primary("Registra il protocollo d'intesa")
	d.Press(fyne.KeyReturn)
	d.stands("a", membership.Signed)
	d.Press(fyne.KeyReturn)
	d.Wants("l'ente Comune di Valserena, codice c_z999", "Ufficio Relazioni con il Pubblico, Via Roma 1, Valserena", "Uno, uno@valserena.example")
	d.Press(fyne.KeyReturn)
	d.stands("a", membership.Active)
	d.primary("Prepara la lettera con il codice")
	d.Press(fyne.KeyReturn)
	d.Wants("La lettera va alla PEC del registro: " + specimen.PEC)
	d.Press(fyne.KeyReturn)
	d.Wants("La lettera è pronta", specimen.PEC)
	d.primary("Salva lettera e testo della PEC")
	d.pick = t.TempDir()
	d.Press(fyne.KeyReturn)
	d.tap("Stampa")
	d.tap("Copia il testo della PEC")
	if len(d.saved) != 1 || len(d.drawn) != 1 || d.saved[0].Code != "SEGRETO1" {
		t.Errorf("saved %v, drawn %v", d.saved, d.drawn)
	}
	if d.Shows("SEGRETO") || strings.Contains(fyne.CurrentApp().Clipboard().Content(), "SEGRETO") {
		t.Error("the code is on the screen or in what was copied")
	}
	d.tap("Ho finito")
	d.primary("Prepara la lettera con il codice")
	d.tap("Prepara la lettera con il codice")
	d.Wants("Il codice della lettera precedente non varrà più")
	if n := d.did("do "); n != 5 {
		t.Errorf("%d decisions: %q", n, d.review.Asked)
	}
}

// Without a link a decision is kept, cannot be taken twice, and goes once.
func TestADecisionWithoutALinkGoesOnceLater(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file("a", "c_z999", membership.Register)
	d.review.Offline = true
	d.enter()
	d.tap("Prendi in esame")
	d.stands("a", membership.Registered)
	d.Wants("Decisione da inviare: presa in esame", "È al sicuro su questa postazione", "decisione da inviare", "1 decisione da inviare")
	d.primary("Invia adesso")
	d.tap("Invia adesso")
	d.stands("a", membership.Registered)
	if d.Banners["review"] == nil {
		t.Error("nothing says why it does not leave")
	}
	d.review.Offline = false
	d.tap("Invia adesso")
	d.stands("a", membership.UnderReview)
	if n := len(d.review.Decisions); n != 0 || d.Shows("Decisione da inviare") || d.Banners["review"] != nil {
		t.Errorf("%d decisions are left, the screen says %q", n, uitest.Texts(d.Canvas))
	}
	h := d.review.Cases[0].History
	if n := len(h); n != 3 {
		t.Errorf("the history has %d lines", n)
	}
}

// Somebody else was faster: the new state shows, and what was typed is there
// when the same is decided again.
func TestARefusedDecisionKeepsItsText(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file("a", "c_z999", membership.Register, membership.StartReview)
	d.enter()
	d.tap("Respingi")
	d.typed("Non è un ente del Piemonte")
	d.review.Cases[0].Version += 7 // a colleague did something that is not here yet
	d.tap("Respingi…")
	d.tap("Respingi")
	d.stands("a", membership.UnderReview)
	d.Wants("La decisione non è passata: rigetto", "Non è un ente del Piemonte", "Ora la richiesta è «In istruttoria»", "Quello che è stato scritto è conservato")
	d.tap("Ho letto")
	if d.Shows("La decisione non è passata") {
		t.Error("what was seen stays")
	}
	d.tap("Respingi")
	d.Wants("Non è un ente del Piemonte")
	d.tap("Respingi…")
	d.tap("Respingi")
	d.stands("a", membership.Rejected)
	if got := d.review.Cases[0].History[3].Reason; got != "Non è un ente del Piemonte" {
		t.Errorf("rejected because of %q", got)
	}
}

// What cannot be taken back asks first, and Enter is no answer.
func TestGraveQuestionsBeginWithNo(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file("a", "c_z999", membership.Register, membership.StartReview, membership.Accept, membership.RegisterAgreement, membership.Activate)
	d.enter()
	d.tap("Fai cessare l'adesione")
	d.Wants("Le sue postazioni smettono di funzionare entro pochi minuti", "I dati delle statistiche restano")
	d.tap("Fai cessare…")
	d.Wants("Manca il motivo")
	d.typed("L'ente lo ha chiesto")
	d.tap("Fai cessare…")
	if d.Focused() != "No, torna indietro" {
		t.Errorf("the focus is on %s", d.Focused())
	}
	d.Press(fyne.KeyReturn)
	d.stands("a", membership.Active)
	d.Wants("L'ente lo ha chiesto")
	d.tap("Fai cessare…")
	d.tap("Fai cessare")
	d.stands("a", membership.Ended)
	d.primary("Ripristina l'adesione")
	d.tap("Ripristina l'adesione")
	d.typed("Errore")
	d.tap("Ripristina")
	d.stands("a", membership.Active)
}

// Ticks and texts outlive the program.
func TestWhatWasBegunIsKept(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file("a", "c_z999", membership.Register, membership.StartReview)
	d.enter()
	d.Resize(1190, 3000)
	d.tick("L'ente è nel registro")
	d.tap("Chiedi un'integrazione")
	if d.Shows("Firma del protocollo d'intesa") || d.Shows("campi da completare") {
		t.Error("it asks by itself for what comes later")
	}
	d.typed("Manca il CAP")
	d.takeOf("offices.0.address.postal_code", "protocol.number")
	d.Steps.Elapse(2 * time.Second)
	d.deps.State = &uireview.State{} // the program was killed: nothing was told to close
	d.enter()
	d.Resize(1190, 3000)
	d.Wants("1 di 7")
	d.tap("Chiedi un'integrazione")
	d.Wants("Manca il CAP", "2 campi da completare")
	d.tick("Numero di protocollo dell'ente") // taken out again
	d.tap("Invia la richiesta di integrazione")
	d.stands("a", membership.Integration)
	e := d.review.Cases[0].History[3]
	if e.Reason != "Manca il CAP" || len(e.Fields) == 0 || slices.Contains(e.Fields, "protocol.number") {
		t.Errorf("asked for %q, fields %v", e.Reason, e.Fields)
	}
	for key, value := range d.settings {
		if strings.Contains(value, "Manca il CAP") {
			t.Errorf("%s still has the text of a decision that was taken", key)
		}
	}
}

// takeOf takes values of the last list on the screen.
func (d *desk) takeOf(values ...string) {
	d.t.Helper()
	for _, value := range values {
		var last *widgets.Select
		uitest.Visit(d.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
			if s, ok := o.(*widgets.Select); ok {
				last = s
			}
		})
		if last == nil {
			d.t.Fatal("no list")
		}
		last.Choose(value)
		d.Steps.Drain()
	}
}

func (d *desk) tick(label string) {
	d.t.Helper()
	var found *widgets.Tick
	uitest.Visit(d.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if b, ok := o.(*widgets.Tick); ok && b.Label() == label {
			found = b
		}
	})
	if found == nil {
		d.t.Fatalf("no tick %q among %q", label, uitest.Texts(d.Canvas))
	}
	found.Press()
	d.Steps.Drain()
}

// Two requests for the same body are marked in the queue and compared.
func TestRivalsAreSeenAndCompared(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file("a", "c_z999", membership.Register, membership.StartReview)
	other := request("b", "c_z999")
	other.Representative.Name, other.Offices[0].Phone = "Quarto Nome", "0172 111111"
	must(t, d.review.Add(other))
	d.file("c", "c_x001")
	d.enter()
	if n := strings.Count(strings.Join(uitest.Texts(d.Canvas), "|"), "doppia richiesta"); n != 2 {
		t.Errorf("%d requests are marked", n)
	}
	d.primary("Chiedi un'integrazione")
	d.tap("Confronta")
	d.Wants("Questa richiesta", "L'altra richiesta", "Legale rappresentante: nome", "Nome Cognome", "Quarto Nome", "0172 111111", "non indicato")
	if d.Shows("Belfiore") || d.Shows("sindaco@valserena.example") {
		t.Error("what is the same is shown")
	}
	d.Press(fyne.KeyEscape)
	d.Wants("Da controllare")
	d.tap("Confronta")
	d.tap("Apri l'altra richiesta")
	d.Wants("Altro Nome")
	d.primary("Registra al protocollo")
}

// A body without PEC in the register: the examiner types the one of the
// request again.
func TestTheLetterNeedsThePECTypedAgain(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file("a", "c_x001", membership.Register, membership.StartReview, membership.Accept, membership.RegisterAgreement, membership.Activate)
	d.enter()
	d.tap("Prepara la lettera con il codice")
	d.typed("protocollo@pec.valserena.exampel")
	d.tap("Prepara la lettera")
	d.Wants("Non è la PEC scritta nella richiesta")
	if len(d.review.Letters) != 0 {
		t.Error("a letter to a wrong address")
	}
	d.Press(fyne.KeyBackspace, fyne.KeyBackspace)
	d.typed("le")
	d.review.Offline = true
	d.tap("Prepara la lettera")
	d.Wants("La lettera si prepara solo con il collegamento")
	d.review.Offline = false
	d.tap("Prepara la lettera")
	d.Wants("La lettera è pronta")
	if l := d.review.Letters; len(l) != 1 || l[0].PEC != specimen.PEC {
		t.Errorf("letters %v", l)
	}
}

// The signed agreement that came by PEC is chosen as a file.
func TestAnAgreementThatCameByPEC(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file("a", "c_z999", membership.Register, membership.StartReview, membership.Accept)
	d.enter()
	d.tap("Registra il protocollo firmato")
	d.Wants("L'ente non ha ancora consegnato")
	d.pick = filepath.Join(t.TempDir(), "protocollo.p7m")
	must(t, os.WriteFile(d.pick, []byte("p7m"), 0o600))
	d.review.Errs["attach"] = app.Fault(app.CodeNotSigned, nil, "name", "protocollo.p7m")
	d.tap("Scegli un file arrivato per PEC")
	d.stands("a", membership.Accepted)
	d.Wants("firma")
	delete(d.review.Errs, "attach")
	d.review.Attached = membership.Document{SHA256: "by-pec", Signature: &membership.Signature{Format: membership.FormatCAdES, Encloses: "another"}}
	d.tap("Scegli un file arrivato per PEC")
	d.Wants("Scegli un altro file", "protocollo.p7m", "Firmato digitalmente (firma non verificata)", "Racchiude un documento diverso dal nostro")
	d.tap("Registra il protocollo d'intesa")
	d.stands("a", membership.Signed)
	if a := d.review.Cases[0].Agreement; a == nil || a.SHA256 != "by-pec" {
		t.Errorf("registered %v", a)
	}
}

// The queue says how old it is, what is urgent, and lets through what is asked
// for.
func TestQueue(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file("a", "c_z999", membership.Register, membership.StartReview)
	d.file("b", "c_x001", membership.Register, membership.StartReview, membership.RequestIntegration)
	d.file("c", "c_x002", membership.Register, membership.StartReview, membership.Reject)
	d.enter()
	d.Wants("2 richieste aperte", "mai letto", "Aperte", "Concluse", "Tempi sospesi")
	d.review.At = d.review.At.AddDate(0, 0, 25)
	d.tap("Aggiorna")
	d.Wants("elenco letto il 18 dic 2026", "mancano 5 giorni", "all'ente mancano 5 giorni")
	d.review.At = d.review.At.AddDate(0, 0, 10)
	d.tap("Aggiorna")
	d.Wants("termine passato", "tempo dell'ente finito")
	d.deps.State, d.review.Read = &uireview.State{}, time.Time{}
	d.enter()
	d.Wants("elenco letto il 28 dic 2026")
	d.Press(fyne.KeyDown)
	d.Wants("In attesa dell'integrazione", "Manca il CAP dello sportello.")
	if got := d.primaries(); len(got) != 0 {
		t.Errorf("while the body is to answer %q can be done", got)
	}
	d.choose(string(membership.Rejected))
	if d.Shows("2026-00001") || !d.Shows("2026-00003") {
		t.Errorf("the filter shows %q", uitest.Texts(d.Canvas))
	}
	d.choose(string(membership.Signed))
	d.Wants("Nessuna richiesta in questo stato")
	d.review.Imported = request("z", "c_x009")
	d.pick = "richiesta.polis"
	d.tap("Importa un file")
	d.Wants("2026-00004", "Registra al protocollo")
	d.review.Errs["import"] = app.Fault(app.CodeMembershipFile, nil, "path", "altro.polis")
	d.tap("Importa un file")
	if b := d.Banners["review"]; b == nil || !strings.Contains(b.Title, "altro.polis") {
		t.Errorf("the banner says %v", b)
	}
}

// The queue that is read again under the hands of who chooses from it: focus
// and chosen request stay, beside the request and where there is no room for
// both.
func TestRefreshKeepsFocusAndChosenRequest(t *testing.T) {
	for _, width := range []float32{1190, 700} {
		d := newDesk(t, "it", theme.Light, 1)
		for i := range 12 {
			d.file(fmt.Sprint("r", i+1), fmt.Sprint("c_x", i+1))
			d.review.Cases[i].Name = fmt.Sprint("Ente ", i+1)
		}
		s := uireview.New(d.deps)
		d.Enter(s, width, 500)
		s.Refresh()
		d.Key(fyne.KeyDown) // while it is being read
		d.Steps.Drain()
		for range 6 {
			d.Key(fyne.KeyDown)
			s.Refresh()
			d.Steps.Drain()
		}
		d.file("new", "c_new")
		last := len(d.review.Cases) - 1
		d.review.Cases = append(d.review.Cases[last:], d.review.Cases[:last]...) // it is urgent
		s.Refresh()
		d.Steps.Drain()
		if got := d.Focused(); got != "*widgets.Rows" {
			t.Fatalf("%.0f wide: the focus is on %s", width, got)
		}
		if !d.Listed("Ente 8") || d.Listed("Ente 1") {
			t.Errorf("%.0f wide: the queue was scrolled back to its top", width)
		}
		d.Press(fyne.KeyReturn)
		d.Wants("IPA c_x8")
	}
}

func (d *desk) choose(state string) {
	d.t.Helper()
	uitest.Visit(d.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if s, ok := o.(*widgets.Select); ok && s.Label() == d.Host.Words.Text("review.filter") {
			s.Choose(state)
		}
	})
	d.Steps.Drain()
}

// A document is fetched, opened, and counted among those that open.
func TestDocumentsOpen(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file("a", "c_z999", membership.Register, membership.StartReview)
	d.enter()
	d.Resize(1190, 3000)
	d.Wants("aperti qui 0 di 1")
	var row *widgets.LinkRow
	uitest.Visit(d.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if r, ok := o.(*widgets.LinkRow); ok {
			row = r
		}
	})
	d.review.Errs["fetch"] = app.Fault(app.CodeHubUnreachable, nil, "hub", "x")
	row.Press()
	d.Steps.Drain()
	if d.Banners["review"] == nil || d.Shows("già aperto qui") {
		t.Error("a document that did not come counts as opened")
	}
	delete(d.review.Errs, "fetch")
	row.Press()
	d.Steps.Drain()
	d.Wants("aperti qui 1 di 1", "già aperto qui")
	if len(d.Opened) != 1 {
		t.Errorf("opened %v", d.Opened)
	}
}

// A request whose documents are no longer kept says since when, and names them
// all the same.
func TestRemovedDocumentsAreTold(t *testing.T) {
	at := time.Date(2027, 11, 3, 9, 0, 0, 0, time.UTC)
	for _, removed := range []*time.Time{nil, &at} {
		d := newDesk(t, "it", theme.Light, 1)
		d.file("a", "c_b111", membership.Register, membership.Reject)
		for i := range d.review.Cases {
			d.review.Cases[i].DocumentsRemovedAt = removed
		}
		d.enter()
		d.Resize(1190, 3000)
		if got := d.Shows("rimossi dal server della Regione il 3\u00a0nov\u00a02027"); got != (removed != nil) {
			t.Errorf("removed %v, told %t", removed, got)
		}
		d.Wants("delibera.pdf")
	}
}

// A signed agreement that has come is not told to be missing.
func TestDeliveredAgreementIsToBeChecked(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file("a", "c_z999", membership.Register, membership.StartReview, membership.Accept, membership.DeliverAgreement)
	d.enter()
	d.Wants("Protocollo d'intesa firmato da controllare", "Firma consegnata", "tocca alla Regione controllarlo")
	if d.Shows("manca il protocollo") || d.Shows("da firmare") {
		t.Errorf("it is told to be missing: %q", uitest.Texts(d.Canvas))
	}
}

// What does not apply is not offered: no agreement came that could be signed
// again, states that no request has, a checklist of what is over.
func TestOnlyWhatAppliesIsOffered(t *testing.T) {
	flow := []membership.Event{membership.Register, membership.StartReview, membership.Accept, membership.DeliverAgreement, membership.RegisterAgreement, membership.Activate}
	for n, wanted := range map[int]struct{ again, check bool }{3: {false, true}, 4: {true, true}, 5: {true, true}, 6: {false, false}} {
		d := newDesk(t, "it", theme.Light, 1)
		d.file("a", "c_z999", flow[:n]...)
		d.enter()
		if d.Shows("Fai firmare di nuovo") != wanted.again || d.Shows("Da controllare") != wanted.check {
			t.Errorf("%s: sign again %t, checklist %t", d.state("a"), d.Shows("Fai firmare di nuovo"), d.Shows("Da controllare"))
		}
	}
}

// What was never read cannot be decided about.
func TestAnUnreadRequestIsNotDecided(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file("a", "c_z999", membership.Register, membership.StartReview)
	d.review.Errs["get"] = app.Fault(app.CodeHubUnreachable, nil, "hub", "x")
	d.enter()
	d.Wants("Comune di Valserena", "per decidere bisogna prima leggerla", "Istruttoria avviata")
	d.tap("Accogli")
	d.stands("a", membership.UnderReview)
	if d.Shows("Accogliere la richiesta") {
		t.Error("a form is open")
	}
	delete(d.review.Errs, "get")
	d.tap("Riprova")
	d.Wants("Da controllare")
}

// What is kept here shows, and can be decided about, before the hub answers.
func TestWhatIsKeptShowsAtOnce(t *testing.T) {
	d := newDesk(t, "it", theme.Light, 1)
	d.file("a", "c_z999", membership.Register, membership.StartReview)
	d.review.Held = map[string]bool{"a": true}
	d.review.Errs["get"] = app.Fault(app.CodeHubUnreachable, nil, "hub", "x")
	d.enter()
	d.Wants("Comune di Valserena", "Da controllare")
}

// Nothing is cut, in any language, look or size, in any state and form.
func TestNothingIsCut(t *testing.T) {
	flow := []membership.Event{membership.Register, membership.StartReview, membership.Accept, membership.DeliverAgreement, membership.RegisterAgreement, membership.Activate, membership.End}
	for i, mode := range theme.Modes() {
		for _, lang := range []string{"it", "en"} {
			scale := []float32{1, 1.5, 2}[i%3]
			for n := 0; n <= len(flow); n++ {
				d := newDesk(t, lang, mode, scale)
				d.file("a", "c_z999", flow[:n]...)
				if d.state("a").Open() {
					d.file("b", "c_z999")
				}
				d.review.At = d.review.At.AddDate(0, 0, 25)
				d.enter()
				state := d.state("a")
				where := fmt.Sprintf("%s %s %.1f %s", mode, lang, scale, state)
				d.Sweep(where)
				d.Resize(1920, 1080)
				for _, e := range membership.Allowed(state, membership.ByExaminer) {
					if e == membership.StartReview || e == membership.ReturnAgreement && !d.Shows(d.Host.Words.Text("review.act."+string(e))) {
						continue
					}
					d.tap(d.Host.Words.Text("review.act." + string(e)))
					d.Sweep(where + " " + string(e))
					d.Resize(1920, 1080)
					d.tap(d.Host.Words.Text("review.leave"))
				}
			}
		}
	}
}
