package ui

import (
	"os"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"polis/app/exchange"
	"polis/ui/widgets"
)

// pickOpen lets the operator choose a file.
func (w *Window) pickOpen(do func(path string)) {
	d := dialog.NewFileOpen(func(r fyne.URIReadCloser, err error) {
		w.shown()
		if err != nil || r == nil {
			return
		}
		path := r.URI().Path()
		_ = r.Close() // only its path was wanted
		do(path)
	}, w.win)
	widgets.ShowFileDialog(w.win, d, w.words.Text("bundle.pick"))
}

// pickSave lets the operator say where a file goes.
func (w *Window) pickSave(name string, do func(path string)) {
	d := dialog.NewFileSave(func(f fyne.URIWriteCloser, err error) {
		w.shown()
		if err != nil || f == nil {
			return
		}
		path := f.URI().Path()
		_ = f.Close() // it is written whole or not at all, by who knows its content
		if info, err := os.Stat(path); err == nil && info.Size() == 0 {
			_ = os.Remove(path) // the dialog made it
		}
		do(path)
	}, w.win)
	d.SetFileName(name)
	widgets.ShowFileDialog(w.win, d, w.words.Text("bundle.save"))
}

// pickFolder lets the operator choose a folder, beginning at one; chosen is
// told "" when none was.
func (w *Window) pickFolder(title, from string, chosen func(path string)) {
	d := dialog.NewFolderOpen(func(l fyne.ListableURI, err error) {
		if err != nil || l == nil {
			chosen("")
			return
		}
		chosen(l.Path())
	}, w.win)
	d.SetConfirmText(w.words.Text("print.save_here"))
	if at, err := storage.ListerForURI(storage.NewFileURI(from)); err == nil {
		d.SetLocation(at)
	}
	widgets.ShowFileDialog(w.win, d, title)
}

// dropped takes a bundle that was drawn onto the window.
func (w *Window) dropped(_ fyne.Position, uris []fyne.URI) {
	if w.services == nil || len(uris) == 0 || w.win.Canvas().Overlays().Top() != nil { // covered, or a question is open
		return
	}
	w.importBundle(uris[0].Path())
}

// importBundle reads a file from the region and says what came of it. The
// counter goes on meanwhile.
func (w *Window) importBundle(path string) {
	s := w.services
	if s.KeepBundle != nil {
		w.keepBundle(path)
		return
	}
	if s.Exchange == nil {
		w.frame.toast(w.words.Text("rail.demonstration_sync"), nil)
		return
	}
	w.frame.banner("bundle", &widgets.BannerSpec{Kind: widgets.Info, Title: w.words.Text("bundle.reading")})
	w.p.Runner.Go(func() func() {
		sum, err := s.Exchange.ImportBundle(path)
		return func() {
			if w.services == s {
				w.bundleRead(sum, err)
			}
		}
	})
}

// keepBundle keeps a catalogue of the network for the demonstration, which
// then begins anew with it.
func (w *Window) keepBundle(path string) {
	s := w.services
	w.frame.banner("bundle", &widgets.BannerSpec{Kind: widgets.Info, Title: w.words.Text("bundle.reading")})
	w.p.Runner.Go(func() func() {
		err := s.KeepBundle(path)
		return func() {
			switch {
			case w.services != s:
			case err != nil:
				w.host.Fail("bundle", err)
			default:
				w.p.Trace("bundle kept")
				w.Leave()
				w.rooms.entrance.Try()
			}
		}
	})
}

func (w *Window) bundleRead(sum exchange.Summary, err error) {
	if err != nil {
		w.host.Fail("bundle", err)
		return
	}
	words := w.words
	text := words.Text("bundle.same")
	if sum.Changed > 0 {
		text = words.Count("bundle.changed", sum.Changed)
	}
	if sum.Received > 0 {
		text += " " + words.Count("bundle.received", sum.Received)
	}
	w.frame.banner("bundle", &widgets.BannerSpec{Kind: widgets.OK, Title: words.Text("bundle.read", "version", strconv.FormatInt(sum.Version, 10)), Text: text})
	w.p.Trace("bundle read", "version", sum.Version, "changed", sum.Changed)
}
