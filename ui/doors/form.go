package doors

import (
	"context"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/exchange"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// form asks for what an activation needs.
type form struct {
	s             *Screen
	hub, code, ca *field
	submit        *widgets.Button
}

// field is an entry with its name above and help or error below.
type field struct {
	entry  *widgets.Entry
	help   *widgets.Text
	usual  string
	object fyne.CanvasObject
	s      *Screen
}

func (s *Screen) newField(name, value string, beside ...fyne.CanvasObject) *field {
	f := &field{s: s, usual: s.words("doors.form." + name + "_help")}
	f.entry = widgets.NewEntry("", func(string) { f.wrong("") })
	f.entry.Replace(value)
	f.help = widgets.NewWrapped(widgets.Secondary, f.usual)
	line := append([]fyne.CanvasObject{f.entry.Boxed()}, beside...)
	label := widgets.NewWrapped(widgets.Strong, s.words("doors.form."+name))
	f.object = widgets.Stack(0.25, label, container.New(ringLayout{}, widgets.Row(1, 0, line...)), f.help)
	return f
}

// wrong shows what is wrong with the field, "" that nothing is.
func (f *field) wrong(key string) {
	role, text := widgets.Secondary, f.usual
	if key != "" {
		role, text = widgets.Wrong, f.s.words(key)
	}
	if f.help.String() == text {
		return
	}
	f.help.SetRole(role)
	f.help.Set(text)
	f.s.reader.Relayout()
}

func (f *field) text() string { return strings.TrimSpace(f.entry.Text) }

func (s *Screen) formPage() *fyne.Container {
	w, st := s.words, s.d.State
	f := &form{s: s}
	s.form = f
	f.hub, f.code = s.newField("hub", st.hub), s.newField("code", st.code)
	f.hub.entry.SetPlaceHolder("https://")
	var beside []fyne.CanvasObject
	var pick *widgets.Button
	if s.d.Window != nil {
		pick = widgets.NewButton(widgets.ButtonSpec{Label: w("doors.form.pick"), Icon: fynetheme.FolderOpenIcon(), OnPress: f.pick})
		beside = append(beside, pick)
	}
	f.ca = s.newField("ca", st.ca, beside...)
	if st.pem != "" {
		f.ca.usual = w("doors.form.ca_known")
		f.ca.wrong("")
	}
	f.submit = widgets.NewButton(widgets.ButtonSpec{
		Label: w("doors.form.submit"), Key: w("key_name.Return"), Icon: fynetheme.ConfirmIcon(), Weight: widgets.Primary, OnPress: f.send,
	})
	back := widgets.NewButton(widgets.ButtonSpec{
		Label: w("doors.form.back"), Key: screen.KeyLabel(screen.ActionSearch, w), Icon: fynetheme.NavigateBackIcon(), OnPress: s.back,
	})
	f.hub.entry.OnEnter = func() { f.enter(f.code) }
	f.code.entry.OnEnter = func() { f.enter(f.hub) }
	f.ca.entry.OnEnter = f.send
	s.stops = []fyne.Focusable{f.hub.entry, f.code.entry, f.ca.entry}
	if pick != nil {
		s.stops = append(s.stops, pick)
	}
	s.stops = append(s.stops, f.submit, back)
	k := theme.Current().Tokens()
	fields := widgets.Panel(
		widgets.Pad(3, 5, 3, 5, widgets.Stack(2, f.hub.object, f.code.object, f.ca.object)),
		widgets.Surface{Fill: k.Quiet, Radius: 6},
	)
	page := widgets.Stack(3, s.head(w("doors.form.title"), w("doors.form.text")), fields, s.note, container.New(ringLayout{}, widgets.Wrap(0.5, 1, f.submit, back)))
	s.addLanguage()
	return page
}

// enter goes on to a field that is still empty, or sends.
func (f *form) enter(other *field) {
	if other.text() == "" {
		f.s.focus(other.entry)
		return
	}
	f.send()
}

// focusFirst goes to the first field that needs something: one that was left
// wrong is not done yet.
func (f *form) focusFirst() {
	if _, wrong := exchange.HubAddress(f.hub.text()); wrong != "" {
		f.s.focus(f.hub.entry)
		return
	}
	f.s.focus(f.code.entry)
}

// focusFor goes to the field that an answer of the hub is about.
func (f *form) focusFor(code app.Code) {
	switch code {
	case app.CodeEnrolmentCode, app.CodeOtherPlace, app.CodeTooManyTries:
		f.s.focus(f.code.entry)
	case app.CodeHubCertificate, app.CodeHubAnswer, app.CodeHubUnreachable:
		f.s.focus(f.hub.entry)
	default:
		f.s.focus(f.submit)
	}
}

// keep remembers what was typed.
func (f *form) keep() {
	st := f.s.d.State
	st.hub, st.code, st.ca, st.touched = f.hub.entry.Text, f.code.entry.Text, f.ca.entry.Text, true
}

// send checks the fields, goes to the first that is wrong, or activates.
func (f *form) send() {
	if f.s.busy {
		return
	}
	f.keep()
	f.s.say()
	hub, hubWrong := exchange.HubAddress(f.hub.text())
	if hubWrong != "" {
		hubWrong = "doors.form.hub." + hubWrong
	}
	codeWrong := checkCode(f.code.text())
	f.hub.wrong(hubWrong)
	f.code.wrong(codeWrong)
	switch {
	case hubWrong != "":
		f.s.focus(f.hub.entry)
		return
	case codeWrong != "":
		f.s.focus(f.code.entry)
		return
	}
	code, path, known := f.code.text(), f.ca.text(), f.s.d.State.known(hub)
	f.s.work(f.s.words("doors.form.working"), func(ctx context.Context) error {
		ca, err := readCertificate(path)
		if err != nil {
			return err
		}
		if path == "" {
			ca = known
		}
		return f.s.d.Enrol(ctx, hub, code, ca)
	}, f.s.d.Done)
}

// known is the certificate of a hub's own authority that somebody gave before.
func (st *State) known(hub string) []byte {
	if st.pem == "" || hub != st.pemOf { // another region's says nothing
		return nil
	}
	return []byte(st.pem)
}

// leastCode is how many letters and figures the shortest code has.
const leastCode = 14

// checkCode finds what is certainly no code; the hub knows the rest.
func checkCode(text string) (wrong string) {
	n := 0
	for _, r := range text {
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Pd, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			n++
		default:
			return "doors.form.code_wrong"
		}
	}
	switch {
	case n == 0:
		return "doors.form.code_missing"
	case n < leastCode:
		return "doors.form.code_short"
	}
	return ""
}

// badCertificate says that the picked file is not what was asked for.
type badCertificate struct{ error }

// readCertificate reads the PEM file of the region's own authority; no path
// is no file.
func readCertificate(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	ca, err := exchange.ReadCertificate(path)
	if err != nil {
		return nil, badCertificate{err}
	}
	return ca, nil
}

// pick lets the operator choose the certificate's file.
func (f *form) pick() {
	d := dialog.NewFileOpen(func(r fyne.URIReadCloser, err error) {
		if err == nil && r != nil {
			f.ca.entry.SetText(r.URI().Path())
			_ = r.Close() // only its path was wanted
		}
		f.s.focus(f.ca.entry)
	}, f.s.d.Window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".pem", ".crt", ".cer"}))
	widgets.ShowFileDialog(f.s.d.Window, d, f.s.d.Host.Words.Text("doors.form.ca"))
}
