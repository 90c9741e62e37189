package membership

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// adder is what adds a file: a button, or where nothing can be picked an
// entry for its path; and what went wrong with the last one.
type adder struct {
	button fyne.CanvasObject
	focus  fyne.Focusable
	rest   []fyne.CanvasObject
}

// adder makes one; path is the field of findings that it puts right.
func (w *wizard) adder(path, label, kind, title string, extensions []string) adder {
	fault := widgets.Stack(0)
	tell := func(err error) {
		fault.Objects = nil
		if err != nil {
			message, hint := w.s.d.Host.Words.Error(err)
			fault.Add(widgets.NewBanner(widgets.BannerSpec{Kind: widgets.Bad, Title: message, Text: hint}))
			w.s.d.Host.Trace("file refused", "code", string(app.ErrorCode(err)))
		}
		fault.Refresh()
		w.reader.Relayout()
		if err != nil { // it may be below what is in sight
			w.reader.RevealObject(fault)
		}
	}
	add := func(file string) { w.attach(file, kind, title, tell) }
	if w.s.d.PickOpen != nil {
		b := w.button(path, widgets.ButtonSpec{Label: label, Icon: fynetheme.FolderOpenIcon(), OnPress: func() {
			w.st.at = path
			w.s.d.PickOpen(label, extensions, func(file string) {
				if file != "" && !w.closed {
					add(file)
				}
			})
		}})
		return adder{button: b, focus: b, rest: []fyne.CanvasObject{fault}}
	}
	var field *widgets.Field
	var b *widgets.Button
	take := func() {
		if file := field.Text(); file != "" {
			add(file)
		}
	}
	field = widgets.NewField(widgets.FieldSpec{Label: w.words("wizard.files.path"), OnEnter: take})
	w.add(&control{path: path, focus: field.Focus(), say: func(widgets.Kind, string) {}})
	b = w.button(path+".add", widgets.ButtonSpec{Label: label, Icon: fynetheme.ContentAddIcon(), OnPress: take})
	return adder{button: b, focus: field.Focus(), rest: []fyne.CanvasObject{field, fault}}
}

// attach stores a file with the request, and says in its place why not.
func (w *wizard) attach(file, kind, title string, tell func(error)) {
	if len(w.r.Documents) >= membership.MaxDocuments {
		tell(app.Fault(app.CodeTooManyFiles, nil, "n", strconv.Itoa(membership.MaxDocuments)))
		return
	}
	tell(nil)
	name := filepath.Base(file)
	if title == "" {
		title = strings.TrimSuffix(name, filepath.Ext(name))
	}
	id := w.r.ID
	first, number := w.saver.draft() // the request must be there before its files
	var older []membership.Document  // there is one signed agreement
	if kind == membership.DocumentAgreement {
		older = slices.DeleteFunc(slices.Clone(w.r.Documents), func(o membership.Document) bool { return o.Kind != kind })
	}
	var d membership.Document
	w.work(func(ctx context.Context) (err error) {
		if _, err = w.saver.store(first, number); err != nil {
			return err
		}
		f, err := openFile(file)
		if err != nil {
			return err
		}
		d, err = w.s.d.Applications.Attach(ctx, id, kind, title, name, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
		for _, o := range older {
			if o.SHA256 != d.SHA256 {
				err = errors.Join(err, w.s.d.Applications.Detach(ctx, id, o.SHA256))
			}
		}
		return err
	}, func(err error) {
		if err != nil {
			tell(err)
			return
		}
		w.keep(d)
	})
}

// openFile opens a file that somebody chose, unless it can be none of a
// request: empty, too large, a folder.
func openFile(path string) (*os.File, error) {
	name := filepath.Base(path)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, app.Fault(app.CodeFile, err, "path", path)
	case !info.Mode().IsRegular():
		return nil, app.Fault(app.CodeFile, syscall.EISDIR, "path", path)
	case info.Size() == 0:
		return nil, app.Fault(app.CodeFileEmpty, nil, "name", name)
	case info.Size() > membership.MaxDocument:
		return nil, app.Fault(app.CodeFileTooLarge, nil, "name", name, "mb", strconv.Itoa(membership.MaxDocument>>20))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", path)
	}
	return f, nil
}

// keep puts a stored document into the request. There is one signed
// agreement: a newer one takes its place.
func (w *wizard) keep(d membership.Document) {
	w.r.Documents = slices.DeleteFunc(slices.Clone(w.r.Documents), func(o membership.Document) bool {
		return o.SHA256 == d.SHA256 || d.Kind == membership.DocumentAgreement && o.Kind == d.Kind
	})
	w.r.Documents = append(w.r.Documents, d)
	w.saver.now(nil)
	at := w.st.at
	w.redraw(at)
	w.s.d.Host.Trace("document added", "kind", d.Kind)
}

// documentsStep lists what goes with the request.
func (w *wizard) documentsStep() []fyne.CanvasObject {
	words := w.words
	rows := widgets.Stack(2)
	for i := range w.r.Documents {
		rows.Add(w.documentRow(i))
	}
	if len(w.r.Documents) == 0 {
		rows.Add(widgets.NewWrapped(widgets.Body, words("wizard.files.none")))
	}
	act := w.adder(membership.FieldAct, words("wizard.files.add_act"), membership.DocumentAct, words("wizard.files.act"), nil)
	other := w.adder("documents", words("wizard.files.add"), membership.DocumentOther, "", nil)
	ways := []fyne.CanvasObject{aligned(widgets.Wrap(1, 1, act.button, other.button))}
	ways = append(ways, act.rest...)
	ways = append(ways, other.rest...)
	ways = append(ways, w.remark(membership.FieldAct, act.focus), w.remark("documents", other.focus))
	return []fyne.CanvasObject{
		w.section(words("wizard.files.title"), words("wizard.files.text", "mb", strconv.Itoa(membership.MaxDocument>>20), "n", strconv.Itoa(membership.MaxDocuments)),
			append([]fyne.CanvasObject{rows}, ways...)...),
	}
}

func (w *wizard) documentRow(i int) fyne.CanvasObject {
	d := &w.r.Documents[i]
	k := theme.Current().Tokens()
	path := "documents." + strconv.Itoa(i)
	about := []string{d.Name, w.s.told().Size(d.Size)}
	if d.Kind == membership.DocumentAgreement {
		about = append(about, w.s.told().Signed(d.Signature))
	}
	title := w.input(fieldSpec{path: path + ".title", label: "wizard.label.title", help: strings.Join(about, " · "), value: &d.Title})
	kind := fyne.CanvasObject(w.fixed("wizard.label.kind", w.words("wizard.document."+d.Kind)))
	if d.Kind != membership.DocumentAgreement {
		kind = w.drop(path+".kind", "wizard.label.kind", &d.Kind, []string{membership.DocumentAct, membership.DocumentOther}, "wizard.document.", nil)
	}
	ways := widgets.Pad(0, 0, 0, -1.5, widgets.Wrap(0.5, 0.5, w.opens(d), w.removes(d)))
	content := widgets.Stack(1, widgets.Beside([]float32{1.7, 1}, title, kind), w.remark(path, title.Focus()), ways)
	return widgets.Panel(widgets.Pad(3, 4, 2, 4, content), widgets.Surface{Fill: k.Quiet, Radius: 6})
}

// opens makes the button that shows a document.
func (w *wizard) opens(d *membership.Document) fyne.CanvasObject {
	sha := d.SHA256
	return w.button("documents."+sha+".open", widgets.ButtonSpec{
		Label: w.words("wizard.files.open"), Icon: fynetheme.VisibilityIcon(), Weight: widgets.Bare, OnPress: func() {
			var path string
			w.work(func(ctx context.Context) (err error) {
				path, err = w.s.d.Applications.Open(ctx, sha)
				return err
			}, func(err error) {
				if err == nil {
					err = w.s.d.Host.Open(path)
				}
				if err != nil {
					w.s.d.Host.Fail("membership-file", err)
				}
			})
		},
	})
}

// removes makes the button that takes a document out of the request.
func (w *wizard) removes(d *membership.Document) fyne.CanvasObject {
	sha := d.SHA256
	return w.button("documents."+sha+".remove", widgets.ButtonSpec{
		Label: w.words("wizard.remove"), Icon: fynetheme.DeleteIcon(), Weight: widgets.Bare, OnPress: func() { w.removeDocument(sha) },
	})
}

func (w *wizard) removeDocument(sha string) {
	i := slices.IndexFunc(w.r.Documents, func(d membership.Document) bool { return d.SHA256 == sha })
	if i < 0 {
		return
	}
	gone, id := w.r.Documents[i], w.r.ID
	w.r.Documents = slices.Delete(slices.Clone(w.r.Documents), i, i+1)
	focus := "documents"
	if w.step() == membership.StepAct {
		focus = membership.FieldAgreement
	}
	w.redraw(focus)
	w.work(func(ctx context.Context) error { return w.s.d.Applications.Detach(ctx, id, sha) }, func(err error) {
		if err != nil && app.ErrorCode(err) != app.CodeNotFound {
			w.putBack(gone, i)
			w.s.d.Host.Fail("membership-file", err)
			return
		}
		w.saver.now(nil)
		w.s.d.Host.Toast(w.words("wizard.removed", "name", gone.Name), func() { w.attachAgain(gone, i) })
	})
}

// attachAgain takes the removal of a document back: its content is still kept.
func (w *wizard) attachAgain(gone membership.Document, i int) {
	id := w.r.ID
	w.work(func(ctx context.Context) error {
		path, err := w.s.d.Applications.Open(ctx, gone.SHA256)
		if err != nil {
			return err
		}
		f, err := openFile(path)
		if err != nil {
			return err
		}
		_, err = w.s.d.Applications.Attach(ctx, id, gone.Kind, gone.Title, gone.Name, f)
		return errors.Join(err, f.Close())
	}, func(err error) {
		if err != nil {
			w.s.d.Host.Fail("membership-file", err)
			return
		}
		w.putBack(gone, i)
		w.saver.now(nil)
	})
}

func (w *wizard) putBack(d membership.Document, i int) {
	w.r.Documents = slices.Insert(slices.Clone(w.r.Documents), min(i, len(w.r.Documents)), d)
	w.redraw("")
}
