package settings

import (
	"strconv"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/exchange"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// Exchange is the synchronisation as this screen sees it. Status, SyncNow
// and Cancel return at once; the others may wait for the disk and are called
// from the background.
type Exchange interface {
	Status() exchange.Status
	SyncNow()
	// Cancel ends the round that is under way; what was done stays.
	Cancel()
	SetPaused(paused bool) error
	// SetLink is told exchange.LinkNormal or exchange.LinkMetered.
	SetLink(link string) error
	DocumentBudget() (mb int, err error)
	SetDocumentBudget(mb int) error
	AcceptDeletions(version int64) error
	// EnrolAgain activates the workstation anew at its hub, with another
	// code; it waits for the network.
	EnrolAgain(code string) error
	Quarantine() ([]exchange.QuarantinedItem, error)
	Retry(id string) error
	Discard(id string) error
	// ImportBundle reads a file from the region, ExportUploads writes one for
	// it and says how many items are in it.
	ImportBundle(path string) (exchange.Summary, error)
	ExportUploads(path string) (items int, err error)
}

// budgets are the sizes that are offered for documents, in MB.
func budgets() []int { return []int{0, 100, 500, 2000} }

// way is the card of how the synchronisation goes about it: what the link
// costs, what is kept for offline use, and the USB stick.
func (s *Screen) way() fyne.CanvasObject {
	budget, err := s.d.Exchange.DocumentBudget()
	if err != nil {
		s.d.Host.Log.Warn("document budget", "error", err)
	}
	links := []widgets.Option{
		{Value: exchange.LinkNormal, Label: s.words("settings.link.normal")},
		{Value: exchange.LinkMetered, Label: s.words("settings.link.metered")},
	}
	var sizes []widgets.Option
	for _, mb := range budgets() {
		sizes = append(sizes, widgets.Option{Value: strconv.Itoa(mb), Label: s.size(mb)})
	}
	return card(
		s.words("settings.way"),
		explained(s.choice("link", links, s.d.Exchange.Status().Link, func(v string) {
			s.act("link", func() error { return s.d.Exchange.SetLink(v) }, nil)
		}), s.words("settings.link_text")),
		explained(s.choice("documents", sizes, strconv.Itoa(budget), func(v string) {
			if mb, err := strconv.Atoi(v); err == nil {
				s.act("documents", func() error { return s.d.Exchange.SetDocumentBudget(mb) }, nil)
			}
		}), s.words("settings.documents_text")),
		s.stick(),
	)
}

func (s *Screen) size(mb int) string {
	switch {
	case mb == 0:
		return s.words("settings.documents.none")
	case mb >= 1000:
		return s.words("settings.documents.gb", "n", strconv.Itoa(mb/1000))
	}
	return s.words("settings.documents.mb", "n", strconv.Itoa(mb))
}

// stick is for offices that no network reaches.
func (s *Screen) stick() fyne.CanvasObject {
	load := widgets.NewButton(widgets.ButtonSpec{
		Label: s.words("settings.bundle"), Icon: fynetheme.DownloadIcon(), OnPress: func() { s.chosen("bundle", func() { s.d.PickOpen(s.d.Import) }) },
	})
	save := widgets.NewButton(widgets.ButtonSpec{
		Label: s.words("settings.uploads"), Icon: fynetheme.UploadIcon(), OnPress: func() { s.chosen("uploads", func() { s.d.PickSave(s.words("settings.uploads_file"), s.export) }) },
	})
	s.addStop("bundle", load)
	s.addStop("uploads", save)
	return widgets.Stack(1,
		widgets.NewText(widgets.SecondaryStrong, s.words("settings.stick")),
		widgets.NewWrapped(widgets.Secondary, s.words("settings.stick_text")),
		flushRow(load, save),
	)
}

func (s *Screen) export(path string) {
	var n int
	s.act("uploads", func() (err error) {
		n, err = s.d.Exchange.ExportUploads(path)
		return err
	}, func() {
		told := s.words("settings.exported_none")
		if n > 0 {
			told = s.d.Host.Words.Count("settings.exported", n)
		}
		s.d.Host.Notice(told)
		s.d.Host.Trace("uploads exported", "n", n)
	})
}

// act does something that may wait for the disk, tells when it went wrong
// and then how things stand.
func (s *Screen) act(name string, do func() error, then func()) {
	s.d.Host.Runner.Go(func() func() {
		err := do()
		return func() {
			if err != nil {
				s.d.Host.Fail("settings", err)
			} else {
				s.d.Host.Banner("settings", nil)
				if then != nil {
					then()
				}
			}
			s.d.Host.Trace("settings done", "what", name)
			s.Update()
		}
	})
}

// controls are the buttons below the state of the workstation. They stay the
// same ones, so that the focus does too.
type controls struct {
	sync, pause, accept, enrol *widgets.Button
	object                     *fyne.Container
}

func (s *Screen) newControls() *controls {
	c := &controls{}
	sync := c.face(s, false)
	sync.OnPress = func() {
		if s.d.Exchange.Status().Running {
			s.d.Exchange.Cancel()
			return
		}
		s.d.Exchange.SyncNow()
	}
	c.sync = widgets.NewButton(sync)
	c.pause = widgets.NewButton(widgets.ButtonSpec{
		Label: s.words("settings.pause"), Icon: fynetheme.MediaPauseIcon(), OnPress: func() {
			paused := !s.d.Exchange.Status().Paused
			s.act("pause", func() error { return s.d.Exchange.SetPaused(paused) }, nil)
		},
	})
	c.accept = widgets.NewButton(widgets.ButtonSpec{Label: s.words("settings.accept"), Icon: fynetheme.WarningIcon(), OnPress: s.askDeletions})
	s.addStop("sync", c.sync)
	s.addStop("pause", c.pause)
	c.enrol = widgets.NewButton(widgets.ButtonSpec{Label: s.words("settings.enrol"), Icon: fynetheme.LoginIcon(), OnPress: s.askCode})
	s.addStop("accept", c.accept)
	s.addStop("enrol", c.enrol)
	c.object = flushRow(c.sync, c.pause, c.accept, c.enrol)
	return c
}

// face is what the first button does now: begin a round or end it.
func (c *controls) face(s *Screen, running bool) widgets.ButtonSpec {
	if running {
		return widgets.ButtonSpec{Label: s.words("settings.cancel"), Icon: fynetheme.MediaStopIcon()}
	}
	return widgets.ButtonSpec{
		Label: s.words("settings.sync"), Key: screen.KeyLabel(screen.ActionSync, s.words), Icon: fynetheme.ViewRefreshIcon(), Weight: widgets.Primary,
	}
}

// tell shows the buttons that there is something to do with.
func (c *controls) tell(s *Screen, now *exchange.Status) {
	pause := widgets.ButtonSpec{Label: s.words("settings.pause"), Icon: fynetheme.MediaPauseIcon()}
	if now.Paused {
		pause = widgets.ButtonSpec{Label: s.words("settings.resume"), Icon: fynetheme.MediaPlayIcon()}
	}
	c.sync.SetFace(c.face(s, now.Running))
	c.pause.SetFace(pause)
	show := func(o fyne.CanvasObject, shown bool) {
		if shown {
			o.Show()
		} else {
			o.Hide()
		}
	}
	before := s.order()
	show(c.object, now.Enrolled)
	show(c.accept, now.Brake != nil && !now.Running)
	show(c.enrol, mayEnrolAgain(now))
	s.hold(before)
}

// askDeletions says what would happen before it does.
func (s *Screen) askDeletions() {
	now := s.d.Exchange.Status()
	if now.Brake == nil {
		return
	}
	book := s.d.Host.Words
	brake := *now.Brake
	title := s.words("settings.accept_title", "n", book.Number(brake.N), "total", book.Number(brake.Total))
	text := s.words("settings.accept_text", "n", book.Number(brake.N), "total", book.Number(brake.Total))
	widgets.ShowDialog(s.d.Host.Canvas(), widgets.DialogSpec{
		Title: title, Body: widgets.NewWrapped(widgets.Body, text),
		Accept: s.words("settings.accept"), Cancel: s.words("settings.accept_not"), Grave: true,
		OnAccept: func() bool {
			s.act("accept", func() error { return s.d.Exchange.AcceptDeletions(brake.Version) }, nil)
			return true
		},
	})
}
