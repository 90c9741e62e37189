package membership_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"polis/app"
	"polis/app/membership"
	uimembership "polis/ui/membership"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/uitest"
	"polis/ui/widgets"
)

// drafts are the requests of a workstation, in memory.
type drafts struct {
	mu       sync.Mutex
	filed    map[string]membership.Filed
	files    map[string]string // path by hash
	saves    int
	failSave error
	exported int
	hub      string
	folder   string
}

func newDrafts(t *testing.T) *drafts {
	return &drafts{filed: map[string]membership.Filed{}, files: map[string]string{}, hub: "https://polis.example", folder: t.TempDir()}
}

func (d *drafts) All(context.Context) ([]membership.Filed, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]membership.Filed, 0, len(d.filed))
	for _, f := range d.filed {
		out = append(out, f)
	}
	return out, nil
}

func (d *drafts) New(context.Context) (membership.Filed, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := membership.Filed{Request: membership.Request{ID: "richiesta-1"}, SavedAt: uitest.Noon()}
	d.filed[f.Request.ID] = f
	return f, nil
}

func (d *drafts) Get(_ context.Context, id string) (membership.Filed, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, ok := d.filed[id]
	if !ok {
		return f, app.Fault(app.CodeNotFound, nil, "what", id)
	}
	return f, nil
}

// Save keeps, as the real ones do, the documents that were attached.
func (d *drafts) Save(_ context.Context, r membership.Request) (time.Time, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failSave != nil {
		return time.Time{}, d.failSave
	}
	d.saves++
	f := d.filed[r.ID]
	docs := slices.Clone(f.Request.Documents)
	for i := range docs {
		for _, o := range r.Documents {
			if o.SHA256 == docs[i].SHA256 {
				docs[i].Kind, docs[i].Title = o.Kind, o.Title
			}
		}
	}
	r.Documents = docs
	f.Request, f.SavedAt = r, uitest.Noon().Add(time.Duration(d.saves)*time.Minute)
	d.filed[r.ID] = f
	return f.SavedAt, nil
}

func (d *drafts) Discard(_ context.Context, id string) error { delete(d.filed, id); return nil }

func (d *drafts) Attach(_ context.Context, id, kind, title, name string, content io.Reader) (membership.Document, error) {
	b, err := io.ReadAll(content)
	if err != nil {
		return membership.Document{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	doc := membership.Document{Kind: kind, Title: title, Name: name, Size: int64(len(b)), SHA256: strings.Repeat("0", 56) + hash8(b)}
	if kind == membership.DocumentAgreement {
		text, signed := strings.CutPrefix(string(b), "firmato:")
		if !signed {
			return doc, app.Fault(app.CodeNotSigned, nil, "name", name)
		}
		doc.Signature = &membership.Signature{Format: membership.FormatCAdES, Signer: "Firmataria Di Prova", Encloses: text}
	}
	path := filepath.Join(d.folder, doc.SHA256)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return doc, err
	}
	d.files[doc.SHA256] = path
	f := d.filed[id]
	f.Request.Documents = append(slices.Clone(f.Request.Documents), doc)
	d.filed[id] = f
	return doc, nil
}

func hash8(b []byte) string {
	const hex = "0123456789abcdef"
	var n uint32 = 2166136261
	for _, c := range b {
		n = (n ^ uint32(c)) * 16777619
	}
	out := make([]byte, 8)
	for i := range out {
		out[i] = hex[n>>(4*i)&15]
	}
	return string(out)
}

func (d *drafts) Detach(_ context.Context, id, sha string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.filed[id]
	f.Request.Documents = slices.DeleteFunc(slices.Clone(f.Request.Documents), func(o membership.Document) bool { return o.SHA256 == sha })
	d.filed[id] = f
	return nil
}

func (d *drafts) Submit(_ context.Context, id string) (membership.Filed, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.filed[id]
	if n := membership.Incomplete(f.Request.CheckAt(uitest.Noon())); n > 0 {
		return f, app.Fault(app.CodeMembershipIncomplete, nil, "n", "1")
	}
	f.SentAt, f.Waiting = uitest.Noon(), 1
	d.filed[id] = f
	return f, nil
}

func (d *drafts) Withdraw(context.Context, string, string) (membership.Filed, error) {
	return membership.Filed{}, nil
}

func (d *drafts) DeliverAgreement(context.Context, string, membership.Document) (membership.Filed, error) {
	return membership.Filed{}, nil
}
func (d *drafts) SetProtocol(context.Context, string, membership.Protocol) error { return nil }
func (d *drafts) Refresh(context.Context) error                                  { return nil }

func (d *drafts) Export(_ context.Context, _ string, w io.Writer) error {
	d.exported++
	_, err := io.WriteString(w, "sigillato")
	return err
}

func (d *drafts) ReadAnswer(context.Context, string) (membership.Filed, error) {
	return membership.Filed{}, nil
}

func (d *drafts) Network(context.Context) (membership.Network, error) {
	if d.hub == "" {
		return membership.Network{}, app.Fault(app.CodeNoNetwork, nil)
	}
	return membership.Network{Hub: d.hub}, nil
}
func (d *drafts) SetNetwork(context.Context, membership.Network) error { return nil }
func (d *drafts) ReadNetwork(string) (membership.Network, error)       { return membership.Network{}, nil }

func (d *drafts) Open(_ context.Context, sha string) (string, error) {
	if p := d.files[sha]; p != "" {
		return p, nil
	}
	return "", app.Fault(app.CodeNotFound, nil, "what", sha)
}

// bodies is a register of two made-up bodies.
type bodies struct{}

func (bodies) all() []membership.Body {
	body := func(id, name, istat, pec string) membership.Body {
		return membership.Body{
			Authority: app.Authority{ID: id, Name: name, Kind: "municipality", ISTATCode: istat, Belfiore: "Z999", TaxCode: "00000000018", Province: "CN", PEC: pec},
			Address:   app.Address{Street: "Via Roma 1", PostalCode: "12040", Municipality: strings.TrimPrefix(name, "Comune di "), Province: "CN", ISTATCode: istat}, Registered: true,
		}
	}
	return []membership.Body{body("c_z001", "Comune di Pontelungo", "004901", "comune@pec.pontelungo.example"), body("c_z002", "Comune di Pontecorto", "004902", "")}
}

func (b bodies) Find(query string, limit int) []membership.Body {
	var out []membership.Body
	for _, x := range b.all() {
		if strings.Contains(strings.ToLower(x.Name+" "+x.ID), strings.ToLower(query)) && len(out) < limit {
			out = append(out, x)
		}
	}
	return out
}

func (b bodies) ByID(id string) (membership.Body, bool) {
	for _, x := range b.all() {
		if x.ID == id {
			return x, true
		}
	}
	return membership.Body{}, false
}

func (b bodies) Municipality(name string) (istat, province string, ok bool) {
	for _, x := range b.all() {
		if strings.EqualFold(x.Address.Municipality, name) {
			return x.ISTATCode, x.Province, true
		}
	}
	return "", "", false
}

func (bodies) AsOf() app.Date { return "2026-11-03" }

// form is the wizard in a room.
type form struct {
	*uitest.Room
	t      *testing.T
	drafts *drafts
	screen *uimembership.Screen
	state  *uimembership.State
	pick   string // the file that is chosen
	deps   uimembership.Deps
}

func newForm(t *testing.T, lang string, mode theme.Mode, scale float32) *form {
	t.Helper()
	f := &form{Room: uitest.NewRoom(t, lang, mode, scale), t: t, drafts: newDrafts(t), state: &uimembership.State{}}
	f.deps = uimembership.Deps{
		Host: f.Host, Applications: f.drafts, Register: func() (uimembership.Register, error) { return bodies{}, nil },
		Clock: app.ClockFunc(uitest.Noon), Location: time.UTC, State: f.state, SaveFolder: t.TempDir(),
		PickOpen:   func(_ string, _ []string, chosen func(string)) { chosen(f.pick) },
		PickFolder: func(_, from string, chosen func(string)) { chosen(from) },
		ProtocolFiles: func(_ context.Context, r membership.Filed, parent string) (string, error) {
			return parent, os.WriteFile(filepath.Join(parent, "richiesta-"+r.Request.Body.ID+".pdf"), []byte("%PDF"), 0o600)
		},
		Compare: func(_ context.Context, _ membership.Filed, d *membership.Document) (uimembership.Match, error) {
			if d.Signature.Encloses == "abc" {
				return uimembership.MatchSame, nil
			}
			return uimembership.MatchOther, nil
		},
	}
	f.screen = uimembership.New(f.deps)
	f.Enter(f.screen, 1200, 720)
	return f
}

// create opens the form of a new request.
func (f *form) create() {
	f.t.Helper()
	f.Button(f.Host.Words.Text("membership.list.new")).Press()
	f.Steps.Drain()
}

func (f *form) typed(text string) {
	for _, r := range text {
		f.Canvas.Focused().TypedRune(r)
	}
	f.Steps.Drain()
}

// do asks for an action as the window does.
func (f *form) do(a screen.Action) {
	f.screen.Do(a)
	f.Steps.Drain()
}

// at goes to the entry of a field, by its label; nth from 0.
func (f *form) at(label string, nth int) {
	f.t.Helper()
	found := 0
	var to fyne.Focusable
	uitest.Visit(f.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		in, ok := o.(interface {
			widgets.Input
			Label() string
		})
		if ok && in.Label() == label && in.Focus() != nil {
			if found == nth {
				to = in.Focus()
			}
			found++
		}
	})
	if to == nil {
		f.t.Fatalf("no field %q (%d) among %q", label, nth, uitest.Texts(f.Canvas))
	}
	f.Canvas.Focus(to)
}

func (f *form) fill(label string, nth int, text string) {
	f.t.Helper()
	f.at(label, nth)
	if e, ok := f.Canvas.Focused().(*widgets.Entry); ok {
		e.TypedShortcut(&fyne.ShortcutSelectAll{})
		e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	}
	f.typed(text)
}

// stored is the draft as it was saved.
func (f *form) stored() membership.Request {
	f.Steps.Elapse(time.Second)
	f.Steps.Drain()
	r, err := f.drafts.Get(context.Background(), "richiesta-1")
	if err != nil {
		f.t.Fatal(err)
	}
	return r.Request
}

// complete fills the whole form in by keyboard.
func (f *form) complete() {
	f.t.Helper()
	f.typed("pontelungo")
	f.Press(fyne.KeyReturn)
	f.do(screen.ActionGoNext)
	f.fill("Nome e cognome", 0, "Ada Esempio")
	f.fill("Carica", 0, "Sindaca")
	f.fill("Codice fiscale", 0, "rssmra80a41f205b")
	f.fill("Nome e cognome", 1, "Bruno Esempio")
	f.fill("E-mail", 0, "bruno@pontelungo.example")
	f.fill("Telefono", 0, "0173 000000")
	f.fill("Nome e cognome", 2, "Carla Esempio")
	f.fill("E-mail", 1, "dpo@pontelungo.example")
	f.Button("Aggiungi un operatore").Press()
	f.typed("Dario Esempio")
	f.fill("E-mail", 2, "dario@pontelungo.example")
	f.do(screen.ActionGoNext)
	f.fill("E-mail", 0, "urp@pontelungo.example")
	f.do(screen.ActionGoNext)
	f.at("Tipo di atto", 0)
	f.typed("deliberazione della")
	f.fill("Organo che l'ha approvato", 0, "Giunta comunale")
	f.fill("Numero", 0, "12")
	f.fill("Data", 0, "3/11/2026")
	uitest.Visit(f.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if t, ok := o.(*widgets.Tick); ok && t.Label() == "Tutte le finalità" {
			t.Press()
		}
	})
	f.do(screen.ActionGoNext)
}

func TestWizardFromAnEmptyDraftToTheQueue(t *testing.T) {
	f := newForm(t, "it", theme.Light, 1)
	f.create()
	f.Wants("Richiesta di adesione", "Quale ente chiede di aderire?")
	f.complete()
	f.do(screen.ActionGoNext)
	r := f.stored()
	for _, x := range r.CheckAt(uitest.Noon()) {
		if !x.Warning {
			t.Errorf("%s: %s", x.Field, x.Key)
		}
	}
	if r.Body.ID != "c_z001" || !r.Body.Registered || r.Representative.TaxCode != "RSSMRA80A41F205B" || r.Act.Kind != "executive" || r.Act.Date != "2026-11-03" {
		t.Errorf("stored %+v", r)
	}
	if len(r.Offices) != 1 || r.Offices[0].Address.ISTATCode != "004901" || len(r.Aims) != len(membership.Aims()) {
		t.Errorf("offices %+v, aims %v", r.Offices, r.Aims)
	}
	f.Wants("La richiesta è completa.", "Richiesta di adesione · Comune di Pontelungo", "Ada Esempio")
	f.Button("Invia la richiesta").Press()
	f.Steps.Drain()
	if sent := f.drafts.filed["richiesta-1"]; sent.SentAt.IsZero() || sent.Request.Dated == "" {
		t.Errorf("not queued: %+v", sent)
	}
	if !slices.ContainsFunc(f.Toasts, func(s string) bool { return strings.Contains(s, "parte subito") }) {
		t.Errorf("toasts %q", f.Toasts)
	}
}

func TestWizardDoesNotSendWhatLacksSomething(t *testing.T) {
	f := newForm(t, "it", theme.Light, 1)
	f.create()
	f.typed("pontelungo")
	f.Press(fyne.KeyReturn)
	for range 5 {
		f.do(screen.ActionGoNext)
	}
	f.Wants("Da completare prima dell'invio")
	f.Button("Invia la richiesta").Press()
	f.Steps.Drain()
	if !f.drafts.filed["richiesta-1"].SentAt.IsZero() {
		t.Fatal("an incomplete request was sent")
	}
	row, ok := f.Canvas.Focused().(*widgets.LinkRow)
	if !ok {
		t.Fatalf("the focus is at %T", f.Canvas.Focused())
	}
	row.Press()
	f.Steps.Drain()
	f.Wants("Legale rappresentante", "Manca: da compilare.")
	if e, ok := f.Canvas.Focused().(*widgets.Entry); !ok || e.Text != "" {
		t.Errorf("the list leads to %T", f.Canvas.Focused())
	}
}

func TestWizardSpeaksAtTheField(t *testing.T) {
	f := newForm(t, "it", theme.Light, 1)
	f.create()
	f.typed("pontelungo")
	f.Press(fyne.KeyReturn)
	f.do(screen.ActionGoNext)
	if f.Shows("Manca: da compilare.") {
		t.Error("a page that was just opened complains")
	}
	f.fill("Codice fiscale", 0, "RSSMRA80A41F205X")
	if kind, said := f.said("Codice fiscale"); kind != widgets.Neutral || said == "" {
		t.Errorf("while typing: %v %q", kind, said)
	}
	f.at("E-mail", 0)
	if kind, said := f.said("Codice fiscale"); kind != widgets.Bad || !strings.Contains(said, "ultima lettera") {
		t.Errorf("after leaving: %v %q", kind, said)
	}
	f.at("Nome e cognome", 0)
	if _, said := f.said("E-mail"); said != "Manca: da compilare." {
		t.Errorf("left empty: %q", said)
	}
}

func (f *form) said(label string) (kind widgets.Kind, text string) {
	uitest.Visit(f.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		in, ok := o.(interface {
			Label() string
			Said() (widgets.Kind, string)
		})
		if ok && in.Label() == label && text == "" {
			kind, text = in.Said()
		}
	})
	return kind, text
}

func TestWizardKeepsWhatCouldNotBeSaved(t *testing.T) {
	f := newForm(t, "it", theme.Light, 1)
	f.create()
	f.typed("pontelungo")
	f.Press(fyne.KeyReturn)
	f.do(screen.ActionGoNext)
	f.drafts.failSave = app.Fault(app.CodeDiskFull, errors.New("no room"), "path", "cartella")
	f.fill("Nome e cognome", 0, "Ada Esempio")
	f.Steps.Elapse(time.Second)
	f.Steps.Drain()
	if f.Banners["membership-draft"] == nil {
		t.Fatal("nobody is told")
	}
	f.Wants("bozza non salvata")
	f.do(screen.ActionSearch) // leaves the form
	f.drafts.failSave = nil
	f.Press(fyne.KeyReturn) // and opens it again
	f.do(screen.ActionGoBack)
	f.do(screen.ActionGoNext)
	var name string
	uitest.Visit(f.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if in, ok := o.(*widgets.Field); ok && in.Label() == "Nome e cognome" && name == "" {
			name = in.Text()
		}
	})
	if name != "Ada Esempio" {
		t.Errorf("the name is %q", name)
	}
	if r := f.stored(); r.Representative.Name != "Ada Esempio" || f.Banners["membership-draft"] != nil {
		t.Errorf("stored %q, banner %v", r.Representative.Name, f.Banners["membership-draft"])
	}
}

func TestWizardSavesWhenItIsLeft(t *testing.T) {
	f := newForm(t, "it", theme.Light, 1)
	f.create()
	f.typed("pontelungo")
	f.Press(fyne.KeyReturn)
	f.do(screen.ActionGoNext)
	f.fill("Nome e cognome", 0, "Ada")
	f.screen.Close() // the window closes before the moment is over
	if r := f.drafts.filed["richiesta-1"].Request; r.Representative.Name != "Ada" {
		t.Errorf("stored %q", r.Representative.Name)
	}
}

func TestWizardTakesBodiesThatTheRegisterLacks(t *testing.T) {
	f := newForm(t, "it", theme.Light, 1)
	f.create()
	f.typed("Ente di fantasia")
	f.Wants("Nessun ente corrisponde")
	f.Button("L'ente non è nell'elenco: scrivo i dati").Press()
	f.Steps.Drain()
	f.fill("Codice fiscale dell'ente", 0, "00000000019")
	f.at("Codice IPA", 0)
	if _, said := f.said("Codice fiscale dell'ente"); !strings.Contains(said, "ultima cifra") {
		t.Errorf("a wrong tax code says %q", said)
	}
	f.fill("Comune", 0, "pontecorto")
	f.Wants("codice ISTAT 004902")
	r := f.stored()
	if r.Body.Name != "Ente di fantasia" || r.Body.Registered || r.Body.Address.ISTATCode != "004902" || r.Body.Address.Province != "CN" {
		t.Errorf("%+v", r.Body)
	}
}

func TestWizardAsksForThePECThatTheRegisterLacks(t *testing.T) {
	f := newForm(t, "it", theme.Light, 1)
	f.create()
	f.typed("c_z002")
	f.Press(fyne.KeyReturn)
	f.Wants("dati del registro degli enti, aggiornato al 3 nov 2026", "004902")
	f.fill("PEC", 0, "comune@pec")
	f.at("PEC", 0)
	f.do(screen.ActionGoNext)
	f.do(screen.ActionGoBack)
	if _, said := f.said("PEC"); !strings.Contains(said, "Manca il dominio dopo «pec»") {
		t.Errorf("said %q", said)
	}
	f.Button("Cambia ente").Press()
	f.Steps.Drain()
	f.Wants("Quale ente chiede di aderire?")
	f.Undo()
	f.Steps.Drain()
	if r := f.stored(); r.Body.ID != "c_z002" || r.Body.PEC != "comune@pec" {
		t.Errorf("taken back: %+v", r.Body)
	}
}

func TestWizardRowsCanBeTakenBack(t *testing.T) {
	f := newForm(t, "it", theme.Light, 1)
	f.create()
	f.complete()
	f.do(screen.ActionGoBack)
	f.do(screen.ActionGoBack)
	f.Button("Aggiungi uno sportello").Press()
	f.Steps.Drain()
	f.typed("Sportello di quartiere")
	f.Button("Togli questo sportello").Press()
	f.Steps.Drain()
	if r := f.stored(); len(r.Offices) != 1 {
		t.Fatalf("%d offices", len(r.Offices))
	}
	f.Undo()
	f.Steps.Drain()
	if r := f.stored(); len(r.Offices) != 2 || r.Offices[1].Name != "Sportello di quartiere" {
		t.Errorf("%+v", r.Offices)
	}
	f.do(screen.ActionGoBack)
	f.Button("Togli").Press()
	f.Steps.Drain()
	if r := f.stored(); len(r.Operators) != 0 {
		t.Fatalf("%d operators", len(r.Operators))
	}
	f.Undo()
	f.Steps.Drain()
	if r := f.stored(); len(r.Operators) != 1 || r.Operators[0].Name != "Dario Esempio" {
		t.Errorf("%+v", r.Operators)
	}
}

func TestWizardHours(t *testing.T) {
	f := newForm(t, "it", theme.Light, 1)
	f.create()
	f.typed("pontelungo")
	f.Press(fyne.KeyReturn)
	f.do(screen.ActionGoNext)
	f.do(screen.ActionGoNext)
	f.fill("PEC", 0, "")
	f.Tab()
	f.typed("9")
	f.Tab()
	f.typed("1230")
	if s, ok := f.Canvas.Focused().(fyne.Shortcutable); ok {
		s.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyD, Modifier: fyne.KeyModifierControl})
	}
	f.Tab()
	f.typed("17")
	f.Tab()
	f.typed("15")
	f.Tab()
	f.Wants("Si chiude prima di aprire: controllare le ore.")
	r := f.stored()
	want := []app.Hours{{Days: []string{"MO", "TU"}, Opens: "09:00", Closes: "12:30"}, {Days: []string{"TU"}, Opens: "17:00", Closes: "15:00"}}
	got, _ := json.Marshal(r.Offices[0].OpeningHours)
	if w, _ := json.Marshal(want); string(got) != string(w) {
		t.Errorf("%s", got)
	}
}

func TestWizardFiles(t *testing.T) {
	f := newForm(t, "it", theme.Light, 1)
	f.create()
	f.complete() // ends at the attachments
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	add := func(path string) {
		f.pick = path
		f.Button("Aggiungi un altro file").Press()
		f.Steps.Drain()
	}
	large := file("video.pdf", "x")
	if err := os.Truncate(large, 200<<20); err != nil {
		t.Fatal(err)
	}
	for path, words := range map[string]string{large: "20", file("vuoto.pdf", ""): "vuot", dir: "", filepath.Join(dir, "manca.pdf"): "manca.pdf"} {
		add(path)
		if !f.Shows(words) || f.Events[len(f.Events)-1] != "file refused" {
			t.Errorf("%s: %q, %q", filepath.Base(path), uitest.Texts(f.Canvas), f.Events[len(f.Events)-1])
		}
	}
	if n := len(f.stored().Documents); n != 0 {
		t.Fatalf("%d documents", n)
	}
	add(file("piantina.pdf", "%PDF piantina"))
	f.Wants("piantina")
	f.fill("Titolo", 0, "Piantina dello sportello")
	if docs := f.stored().Documents; len(docs) != 1 || docs[0].Title != "Piantina dello sportello" {
		t.Fatalf("%+v", docs)
	}
	f.Button("Apri").Press()
	f.Steps.Drain()
	if len(f.Opened) != 1 {
		t.Errorf("opened %q", f.Opened)
	}
	f.Button("Togli").Press()
	f.Steps.Drain()
	if n := len(f.stored().Documents); n != 0 {
		t.Fatalf("%d documents after removing", n)
	}
	f.Undo()
	f.Steps.Drain()
	if docs := f.stored().Documents; len(docs) != 1 || docs[0].Title != "Piantina dello sportello" {
		t.Errorf("taken back: %+v", docs)
	}
	f.Wants("Piantina dello sportello")
}

func TestWizardAgreement(t *testing.T) {
	f := newForm(t, "it", theme.Light, 1)
	f.create()
	f.complete()
	f.do(screen.ActionGoBack)
	f.Wants("una scansione firmata a mano è nulla")
	dir := t.TempDir()
	choose := func(content string) {
		f.pick = filepath.Join(dir, "protocollo.p7m")
		if err := os.WriteFile(f.pick, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		label := "Scegli il file firmato"
		if len(f.stored().Documents) > 0 {
			label = "Scegli un altro file firmato"
		}
		f.Button(label).Press()
		f.Steps.Drain()
	}
	choose("una scansione")
	if f.Events[len(f.Events)-1] != "file refused" {
		t.Errorf("a scan was taken: %q", f.Events)
	}
	choose("firmato:xyz")
	f.Wants("Firmataria Di Prova", "firma non verificata", "Non è il protocollo con i dati di adesso")
	choose("firmato:abc")
	f.Wants("Contiene il protocollo preparato con questi dati.")
	if docs := f.stored().Documents; len(docs) != 1 || docs[0].Signature.Encloses != "abc" {
		t.Errorf("%+v", docs)
	}
}

func TestWizardOtherWays(t *testing.T) {
	f := newForm(t, "it", theme.Light, 1)
	f.drafts.hub = ""
	f.create()
	f.complete()
	f.do(screen.ActionGoNext)
	f.Wants("L'indirizzo del server regionale non è ancora indicato")
	f.Button("Esporta per l'ufficio protocollo").Press()
	f.Steps.Drain()
	if _, err := os.Stat(filepath.Join(f.deps.SaveFolder, "richiesta-c_z001.pdf")); err != nil {
		t.Error(err)
	}
	f.Button("Esporta su chiavetta").Press()
	f.Steps.Drain()
	if b, err := os.ReadFile(filepath.Join(f.deps.SaveFolder, "richiesta-adesione-c_z001.polis")); err != nil || string(b) != "sigillato" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestWizardByKeyboard goes through every control of every step with Tab and
// with the arrows: the same ones, in the order of the eye.
func TestWizardByKeyboard(t *testing.T) {
	f := newForm(t, "it", theme.Light, 1)
	f.create()
	f.complete()
	for range 4 {
		f.do(screen.ActionGoBack)
	}
	for range 6 {
		place := func() fyne.Position {
			o, ok := f.Canvas.Focused().(fyne.CanvasObject)
			if !ok {
				return fyne.Position{}
			}
			return fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
		}
		for range 200 {
			f.do(screen.ActionPrevious)
		}
		first := f.Canvas.Focused()
		var seen []fyne.Focusable
		for range 200 {
			seen = append(seen, f.Canvas.Focused())
			before := place()
			f.Press(fyne.KeyDown)
			if f.Canvas.Focused() == seen[len(seen)-1] {
				break
			}
			if _, cell := f.Canvas.Focused().(*widgets.Entry); cell && place().Y < before.Y-200 {
				t.Errorf("the focus jumps up from %v to %v", before, place())
			}
		}
		if len(seen) < 3 || first == nil {
			t.Errorf("%d stops from %T", len(seen), first)
		}
		f.do(screen.ActionGoNext)
	}
}

func TestWizardIsNotCut(t *testing.T) {
	looks := map[float32]theme.Mode{1: theme.Light, 1.5: theme.Dark, 2: theme.Contrast}
	for _, lang := range []string{"it", "en"} {
		for scale, mode := range looks {
			f := newForm(t, "it", mode, scale)
			f.create()
			f.typed("ponte")
			f.sweep(lang + " search")
			f.fill("Cerca l'ente", 0, "")
			f.complete()
			f.reopen(lang)
			for range 4 {
				f.do(screen.ActionGoBack)
			}
			for n, step := range membership.Steps() {
				f.sweep(fmt.Sprintf("%s %.1f %s", lang, scale, step))
				if n < 5 {
					f.do(screen.ActionGoNext)
				}
			}
		}
	}
}

// sweep is Sweep with what the rail leaves of the smallest window, too.
func (f *form) sweep(where string) {
	f.t.Helper()
	f.Sweep(where)
	f.Resize(740, 560)
	for _, c := range uitest.Clipped(f.Canvas) {
		f.t.Errorf("%s beside the rail: %s", where, c)
	}
}

// reopen builds the screen anew in a language, as the window does.
func (f *form) reopen(lang string) {
	f.t.Helper()
	books, err := uitest.Books()
	if err != nil {
		f.t.Fatal(err)
	}
	f.screen.Close()
	f.Host.Words = books[lang]
	f.screen = uimembership.New(f.deps)
	f.Enter(f.screen, 1200, 720)
}
