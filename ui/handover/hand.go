package handover

import (
	"context"
	"io"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/page"
	"polis/app/printing"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// Params are a Hand's needs; Press, Mail, Choose and PickFolder may
// be nil.
type Params struct {
	// Host is the window's at the moment: it is another one in another
	// language.
	Host func() *screen.Host
	// Press is nil where nothing can be printed.
	Press *printing.Press
	// PDF writes pages as a file; it runs in the background.
	PDF func(w io.Writer, list page.DisplayList) error
	// SaveFolder is where saved papers go.
	SaveFolder string
	// Mail opens a message with a file in the mail program and reports
	// whether the file is attached. It runs in the background; nil = by a
	// mailto address, which attaches nothing.
	Mail func(subject, body, file string) (attached bool, err error)
	// Choose shows a paper with all that can be chosen.
	Choose func(Subject)
	// PickFolder lets the operator choose a folder, beginning at one; chosen
	// is told "" when none was. Nil = it can only be written.
	PickFolder func(title, from string, chosen func(path string))
}

// Hand hands papers over. It belongs to the window's goroutine and outlives
// the screens.
type Hand struct {
	p       Params
	watches []*watch
	folder  string // where a paper was saved last by name, "" = nowhere yet
	closed  bool
}

// The messages of handing over: of the paper in question, which go with the
// person, and of printers, which do not name it and stay.
const (
	bannerPaper   = "print"
	bannerPrinter = "printer "
)

// slow is when the operator is told that the print system takes its time.
const slow = 2 * time.Second

// New returns a hand.
func New(p Params) *Hand { return &Hand{p: p} }

// Close lets nothing come back any more: the window shows somebody else.
func (h *Hand) Close() {
	h.closed = true
	for _, w := range h.watches {
		w.stop()
	}
	h.watches = nil
}

func (h *Hand) words(key string, args ...string) string { return h.p.Host().Words.Text(key, args...) }

// background runs work elsewhere; what it returns is dropped after Close.
func (h *Hand) background(work func(ctx context.Context) func()) {
	h.p.Host().Runner.Go(func() func() {
		apply := work(context.Background())
		return func() {
			if !h.closed && apply != nil {
				apply()
			}
		}
	})
}

// Print prints one copy on the remembered printer, or on the only one that
// can be meant. Where there is none the paper is saved and opened; where it
// is not clear which, it is asked. Ended is told once whether the paper has
// left.
func (h *Hand) Print(p Paper, ended func(left bool)) {
	if h.p.Press == nil {
		h.Instead(p, nil, ended)
		return
	}
	told := h.tellSlow()
	h.background(func(ctx context.Context) func() {
		all, use, gone, err := h.p.Press.Printers(ctx)
		switch {
		case err != nil:
			return func() { told(); h.Instead(p, err, ended) }
		case len(all) == 0:
			return func() { told(); h.Instead(p, nil, ended) }
		case gone != "":
			return func() { told(); h.gone(p, gone, use, name(all, use.Printer)); ended(false) }
		case use.Printer == "":
			return func() { told(); h.choose(p); ended(false) }
		}
		return h.submit(ctx, p, use, name(all, use.Printer), func(left bool) { told(); ended(left) })
	})
}

// PrintOn prints with a choice of printer and options. Ended is told once
// whether the print system has it.
func (h *Hand) PrintOn(p Paper, c printing.Choice, printer string, ended func(left bool)) {
	told := h.tellSlow()
	h.background(func(ctx context.Context) func() {
		return h.submit(ctx, p, c, printer, func(left bool) { told(); ended(left) })
	})
}

// tellSlow says so when an answer is long in coming.
func (h *Hand) tellSlow() (answered func()) {
	return h.p.Host().Runner.After(slow, func() {
		if !h.closed {
			h.p.Host().Notice(h.words("print.sending"))
		}
	})
}

func name(all []printing.Printer, id string) string {
	for _, x := range all {
		if x.ID == id && x.Name != "" {
			return x.Name
		}
	}
	return id
}

// submit runs in the background; what it returns tells how it went.
func (h *Hand) submit(ctx context.Context, p Paper, c printing.Choice, printer string, ended func(left bool)) func() {
	work, err := h.work(ctx, &p)
	if err != nil {
		return func() {
			h.p.Host().Fail(bannerPaper, err)
			ended(false)
		}
	}
	job, err := h.p.Press.Print(ctx, c.Printer, work, c.Options)
	if err != nil {
		return func() {
			h.refused(p, c, printer, err)
			ended(false)
		}
	}
	return func() {
		copies := max(c.Options.Copies, 1)
		p.given(copies)
		h.p.Host().Banner(bannerPaper, nil)
		w := &watch{h: h, job: job, printer: printer, paper: p, copies: copies, again: c}
		h.watches = append(h.watches, w)
		if p.here() {
			h.p.Host().Toast(h.p.Host().Words.Count("print.sent", copies, "printer", printer), w.cancel)
		}
		h.p.Host().Trace("printed", "code", p.Code, "printer", job.Printer, "job", job.ID, "copies", copies)
		w.later()
		ended(true)
	}
}

// gone says that the remembered printer is not there. Another one may stand
// on another floor: nothing is sent there unasked.
func (h *Hand) gone(p Paper, gone string, use printing.Choice, printer string) {
	host := h.p.Host()
	title, text := host.Words.Error(app.Fault(app.CodePrinterGone, nil, "printer", gone))
	more := h.ways(p)
	if use.Printer != "" {
		more = append([]widgets.BannerAction{{Label: h.words("print.on", "printer", page.Clip(printer, 30)), OnPress: func() {
			h.PrintOn(p, use, printer, func(left bool) {
				if left {
					h.Remember(use)
				}
			})
		}}}, more...)
	}
	h.tell(bannerPaper, widgets.Warn, title, text, more)
}

// refused says in words why the print system did not take the paper.
func (h *Hand) refused(p Paper, c printing.Choice, printer string, err error) {
	host := h.p.Host()
	host.Log.Error("print", "printer", c.Printer, "error", err)
	code := app.ErrorCode(err)
	switch code {
	case app.CodePrinterGone, app.CodePrinterStopped, app.CodePrinterFormat:
		err = app.Fault(code, err, "printer", printer) // as people call it
	}
	title, text := host.Words.Error(err)
	again := widgets.BannerAction{Label: h.words("print.again"), OnPress: func() { h.PrintOn(p, c, printer, func(bool) {}) }}
	more := append([]widgets.BannerAction{again}, h.ways(p)...)
	if code == app.CodePrinterFormat { // trying again changes nothing
		more = []widgets.BannerAction{{Label: h.words("print.open"), OnPress: func() { h.Open(p) }}}
	}
	h.tell(bannerPaper, widgets.Bad, title, text, more)
}

// ways are what else can be done with a paper that is not printed.
func (h *Hand) ways(p Paper) []widgets.BannerAction {
	var more []widgets.BannerAction
	if h.p.Choose != nil && h.p.Press != nil && p.About != nil {
		more = append(more, widgets.BannerAction{Label: h.words("print.other"), OnPress: func() { h.choose(p) }})
	}
	return append(more, widgets.BannerAction{Label: h.words("print.save"), OnPress: func() { h.Save(p) }})
}

func (h *Hand) choose(p Paper) {
	if h.p.Choose != nil && p.About != nil {
		h.p.Choose(*p.About)
	}
}

// tell shows a message with ways on. Each of them takes it away first: what
// comes of it is told anew.
func (h *Hand) tell(id string, kind widgets.Kind, title, text string, more []widgets.BannerAction) {
	host := h.p.Host()
	for i, a := range more {
		more[i].OnPress = func() {
			h.p.Host().Banner(id, nil)
			a.OnPress()
		}
	}
	host.Banner(id, &widgets.BannerSpec{Kind: kind, Title: title, Text: text, More: more})
	host.Trace("banner", "id", id, "text", title)
}

// Remember keeps the choice for the next time.
func (h *Hand) Remember(c printing.Choice) {
	h.background(func(ctx context.Context) func() {
		if err := h.p.Press.Remember(ctx, c); err != nil {
			h.p.Host().Log.Warn("the printer is not remembered", "error", err)
		}
		return nil
	})
}

// Instead saves the paper and opens it, for want of a printer or (silent not
// nil) because the print system does not answer.
func (h *Hand) Instead(p Paper, silent error, ended func(left bool)) {
	h.background(func(ctx context.Context) func() {
		path, err := h.keep(ctx, &p)
		return func() {
			if err != nil {
				h.p.Host().Fail(bannerPaper, err)
				ended(false)
				return
			}
			if silent != nil {
				h.p.Host().Log.Error("print system", "error", silent)
			}
			p.given(1)
			h.show(p, path, silent)
			ended(true)
		}
	})
}

// show opens the saved paper with the system's program, says where it is and
// what else can be done. When the next person is there already, nothing is
// said of the last one's paper.
func (h *Hand) show(p Paper, path string, silent error) {
	h.p.Host().Banner(bannerPaper, nil)
	h.background(func(context.Context) func() {
		err := h.p.Host().Open(path)
		return func() {
			if err != nil {
				h.p.Host().Log.Warn("saved paper does not open", "path", path, "error", err)
			}
			h.tellInstead(p, path, silent, err == nil)
			h.p.Host().Trace("printed", "path", path, "code", p.Code)
		}
	})
}

func (h *Hand) tellInstead(p Paper, path string, silent error, opened bool) {
	if !p.here() {
		if !opened {
			h.tell(bannerPaper, widgets.Warn, h.words("print.kept", "path", h.p.SaveFolder), h.words("print.not_opened"), nil)
		}
		return
	}
	kind, title := widgets.Info, h.words("print.none")
	if silent != nil {
		kind = widgets.Warn
		title, _ = h.p.Host().Words.Error(silent)
	}
	text := h.words("print.kept_and_open", "path", path)
	if !opened {
		kind, title, text = widgets.Warn, h.words("print.kept", "path", path), h.words("print.not_opened")
	}
	var more []widgets.BannerAction
	if silent != nil {
		more = append(more, widgets.BannerAction{Label: h.words("print.again"), OnPress: func() {
			p.returned(1)
			h.Print(p, func(bool) {})
		}})
	}
	more = append(more, widgets.BannerAction{Label: h.words("print.mail"), OnPress: func() { h.mail(p, false) }})
	if p.Address != "" {
		more = append(more, widgets.BannerAction{Label: h.words("print.qr"), OnPress: func() { h.ShowQR(p) }})
	}
	h.tell(bannerPaper, kind, title, text, more)
}

// Save puts the paper into the folder of saved papers and says where it is.
func (h *Hand) Save(p Paper) {
	h.background(func(ctx context.Context) func() {
		path, err := h.keep(ctx, &p)
		return func() {
			if err != nil {
				h.p.Host().Fail(bannerPaper, err)
				return
			}
			h.tellSaved(path, h.p.SaveFolder)
		}
	})
}

// tellSaved says where a paper is.
func (h *Hand) tellSaved(path, folder string) {
	h.tell(bannerPaper, widgets.OK, h.words("print.saved"), path, []widgets.BannerAction{
		{Label: h.words("print.open"), OnPress: func() { h.open(path) }}, h.openFolder(folder),
	})
	h.p.Host().Trace("saved", "path", path)
}

func (h *Hand) openFolder(folder string) widgets.BannerAction {
	return widgets.BannerAction{Label: h.words("print.open_folder"), OnPress: func() { h.open(folder) }}
}

// Open saves the paper and shows it with the system's program.
func (h *Hand) Open(p Paper) {
	h.background(func(ctx context.Context) func() {
		path, err := h.keep(ctx, &p)
		return func() {
			if err != nil {
				h.p.Host().Fail(bannerPaper, err)
				return
			}
			h.open(path)
		}
	})
}

func (h *Hand) open(path string) {
	h.background(func(context.Context) func() {
		err := h.p.Host().Open(path)
		return func() {
			if err != nil {
				h.p.Host().Fail(bannerPaper, err)
				return
			}
			h.p.Host().Trace("opened", "path", path)
		}
	})
}

// Mail saves the paper and opens a message with it in the mail program. To
// whom it goes is written there, never here.
func (h *Hand) Mail(p Paper) { h.mail(p, true) }

func (h *Hand) mail(p Paper, counts bool) {
	body := h.words("print.mail_text")
	if p.Address != "" {
		body += "\n\n" + h.words("print.mail_address") + "\n" + p.Address
	}
	body += "\n"
	h.background(func(ctx context.Context) func() {
		path, err := h.keep(ctx, &p)
		if err != nil {
			return func() { h.p.Host().Fail(bannerPaper, err) }
		}
		attached := false
		if h.p.Mail != nil {
			attached, err = h.p.Mail(p.Title, body, path)
		} else {
			err = h.p.Host().Open(Mailto(p.Title, body))
		}
		return func() { h.tellMail(p, path, filepath.Base(path), attached, counts, err) }
	})
}

func (h *Hand) tellMail(p Paper, path, file string, attached, counts bool, err error) {
	more := []widgets.BannerAction{h.openFolder(h.p.SaveFolder)}
	if err != nil {
		h.p.Host().Log.Warn("no mail program", "error", err)
		h.tell(bannerPaper, widgets.Warn, h.words("print.no_mail"), h.words("print.no_mail_text", "path", path), more)
		return
	}
	if counts {
		p.given(1)
	}
	h.p.Host().Trace("mailed", "path", path, "attached", attached)
	if attached {
		h.tell(bannerPaper, widgets.OK, h.words("print.mailed"), h.words("print.mailed_attached", "file", file), more)
		return
	}
	h.tell(bannerPaper, widgets.Info, h.words("print.mailed"), h.words("print.mailed_alone", "path", path), more)
}

// Copy puts the address into the clipboard.
func (h *Hand) Copy(address string) {
	fyne.CurrentApp().Clipboard().SetContent(address)
	h.p.Host().Toast(h.words("desk.copied"), nil)
	h.p.Host().Trace("address copied", "url", address)
}

// ShowQR shows the paper's code over the whole window, for a telephone.
func (h *Hand) ShowQR(p Paper) {
	h.background(func(ctx context.Context) func() {
		list, err := p.Draw(ctx)
		return func() {
			modules := code(&list)
			if err == nil && modules == nil {
				err = app.Fault(app.CodeNotFound, nil, "what", "QR")
			}
			if err != nil {
				h.p.Host().Fail(bannerPaper, err)
				return
			}
			widgets.ShowCode(h.p.Host().Canvas(), widgets.CodeSpec{
				Title: p.Title, Modules: modules, Text: p.Address, Hint: h.words("print.qr_hint"), Close: h.words("banner.close"),
			})
			h.p.Host().Trace("code shown", "url", p.Address)
		}
	})
}

// code is the first code on the paper: the sheet's public page.
func code(list *page.DisplayList) [][]bool {
	for _, pg := range list.Pages {
		for _, m := range pg.Marks {
			if c, ok := m.(page.Code); ok {
				return c.Modules
			}
		}
	}
	return nil
}
