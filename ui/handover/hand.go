package handover

import (
	"context"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
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
	told    map[string]told // messages that are shown, by ID
	folder  string          // where a paper was saved last by name, "" = nowhere yet
	closed  bool
}

// told is a message about a paper, with the ways on that there are when it is
// asked.
type told struct {
	paper *Paper
	again func()
}

// batch are jobs that were asked for at once, and are taken back so.
type batch struct{ watches []*watch }

func (b *batch) cancel() {
	for _, w := range b.watches {
		w.cancel()
	}
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
func New(p Params) *Hand { return &Hand{p: p, told: map[string]told{}} }

// Left takes away what names a paper of somebody who is not there any more,
// and tells anew, without ways back to their paper, what is about printers.
func (h *Hand) Left() {
	for id, m := range maps.Clone(h.told) {
		switch {
		case m.paper.here():
		case strings.HasPrefix(id, bannerPrinter):
			m.again()
		default:
			h.untell(id)
		}
	}
}

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
	ended = p.sets(ended)
	if h.p.Press == nil {
		h.instead(p, nil, ended)
		return
	}
	told := h.tellSlow()
	h.background(func(ctx context.Context) func() {
		all, use, gone, err := h.p.Press.Printers(ctx)
		switch {
		case err != nil:
			return func() { told(); h.instead(p, err, ended) }
		case len(all) == 0:
			return func() { told(); h.instead(p, nil, ended) }
		case gone != "":
			return func() { told(); h.gone(p, gone, use, name(all, use.Printer)); ended(false) }
		case use.Printer == "":
			return func() { told(); h.choose(p); ended(false) }
		}
		return h.submit(ctx, p, use, name(all, use.Printer), &batch{}, func(left bool) { told(); ended(left) })
	})
}

// PrintOn prints with a choice of printer and options. Ended is told once
// whether the print system has it.
func (h *Hand) PrintOn(p Paper, c printing.Choice, printer string, ended func(left bool)) {
	h.printOn(p, c, printer, &batch{}, ended)
}

// PrintWith prints a paper and, when it has left, forms as jobs of their own,
// all pages of them. Ended is told of the paper; what is taken back is all of
// it.
func (h *Hand) PrintWith(p Paper, forms []Paper, c printing.Choice, printer string, ended func(left bool)) {
	all, ofForm := &batch{}, c
	ofForm.Options.Ranges = nil
	var next func(rest []Paper)
	next = func(rest []Paper) {
		if len(rest) > 0 {
			h.printOn(rest[0], ofForm, printer, all, func(bool) { next(rest[1:]) })
		}
	}
	h.printOn(p, c, printer, all, func(left bool) {
		if left {
			next(forms)
		}
		ended(left)
	})
}

func (h *Hand) printOn(p Paper, c printing.Choice, printer string, all *batch, ended func(left bool)) {
	ended = p.sets(ended)
	told := h.tellSlow()
	h.background(func(ctx context.Context) func() {
		return h.submit(ctx, p, c, printer, all, func(left bool) { told(); ended(left) })
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
func (h *Hand) submit(ctx context.Context, p Paper, c printing.Choice, printer string, all *batch, ended func(left bool)) func() {
	work, err := h.work(ctx, &p)
	if err != nil {
		return func() {
			h.p.Host().Fail(p.message(), err)
			ended(false)
		}
	}
	job, err := h.p.Press.Print(ctx, c.Printer, work, c.Options)
	switch {
	case errors.Is(err, context.Canceled): // somebody closed a question of the driver
		return func() {
			h.p.Host().Notice(h.words("print.cancelled", "printer", printer))
			ended(false)
		}
	case err != nil:
		return func() {
			h.refused(p, c, printer, err)
			ended(false)
		}
	}
	return func() {
		copies := max(c.Options.Copies, 1)
		p.given(copies)
		h.untell(p.message())
		w := &watch{h: h, job: job, printer: printer, paper: p, copies: copies, again: c}
		h.watches, all.watches = append(h.watches, w), append(all.watches, w)
		if p.here() {
			h.p.Host().Toast(h.p.Host().Words.Count("print.sent", copies, "printer", printer), all.cancel)
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
	h.tell(p.message(), &p, widgets.Warn, title, text, func() []widgets.BannerAction {
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
		return more
	})
}

// refused says in words why the print system did not take the paper.
func (h *Hand) refused(p Paper, c printing.Choice, printer string, err error) {
	host := h.p.Host()
	host.Log.Error("print", "printer", c.Printer, "error", err)
	code := app.ErrorCode(err)
	title, text := host.Words.Error(err)
	again := widgets.BannerAction{Label: h.words("print.again"), OnPress: func() { h.PrintOn(p, c, printer, func(bool) {}) }}
	h.tell(p.message(), &p, widgets.Bad, title, text, func() []widgets.BannerAction {
		if code == app.CodePrinterFormat { // trying again changes nothing
			return []widgets.BannerAction{{Label: h.words("print.open"), OnPress: func() { h.Open(p) }}}
		}
		return append([]widgets.BannerAction{again}, h.ways(p)...)
	})
}

// ways are what else can be done with a paper that is not printed: none that
// brings it back to the screen after the person has left.
func (h *Hand) ways(p Paper) []widgets.BannerAction {
	if !p.here() {
		return nil
	}
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

// tell shows a message about a paper with ways on. Each of them takes it away
// first: what comes of it is told anew.
func (h *Hand) tell(id string, p *Paper, kind widgets.Kind, title, text string, ways func() []widgets.BannerAction) {
	host := h.p.Host()
	more := ways()
	for i, a := range more {
		more[i].OnPress = func() {
			h.untell(id)
			a.OnPress()
		}
	}
	host.Banner(id, &widgets.BannerSpec{Kind: kind, Title: title, Text: text, More: more, OnDismiss: func() { delete(h.told, id) }})
	host.Trace("banner", "id", id, "text", title)
	h.told[id] = told{paper: p, again: func() { h.tell(id, p, kind, title, text, ways) }}
}

// untell takes a message away.
func (h *Hand) untell(id string) {
	delete(h.told, id)
	h.p.Host().Banner(id, nil)
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
// nil) because the print system does not answer. Ended is told once whether
// it was opened: only then can the person have it.
func (h *Hand) Instead(p Paper, silent error, ended func(left bool)) {
	h.instead(p, silent, p.sets(ended))
}

func (h *Hand) instead(p Paper, silent error, ended func(left bool)) {
	open := h.p.Host().Open
	h.background(func(ctx context.Context) func() {
		path, err := h.keep(ctx, &p)
		if err != nil {
			return func() {
				h.p.Host().Fail(p.message(), err)
				ended(false)
			}
		}
		unopened := open(path)
		return func() {
			if silent != nil {
				h.p.Host().Log.Error("print system", "error", silent)
			}
			if unopened != nil {
				h.p.Host().Log.Warn("saved paper does not open", "path", path, "error", unopened)
			} else {
				p.given(1)
			}
			ended(unopened == nil)
			h.tellInstead(p, path, silent, unopened == nil)
			h.p.Host().Trace("printed", "path", path, "code", p.Code)
		}
	})
}

// tellInstead says where the saved paper is and what else can be done. When
// the next person is there already, nothing is said of the last one's paper.
func (h *Hand) tellInstead(p Paper, path string, silent error, opened bool) {
	if !p.here() {
		if !opened {
			h.tell(p.message(), &p, widgets.Warn, h.words("print.kept", "path", h.p.SaveFolder), h.words("print.not_opened"), noWays)
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
	h.tell(p.message(), &p, kind, title, text, func() []widgets.BannerAction {
		var more []widgets.BannerAction
		if silent != nil {
			more = append(more, widgets.BannerAction{Label: h.words("print.again"), OnPress: func() {
				if opened {
					p.returned(1)
				}
				h.Print(p, func(bool) {})
			}})
		}
		more = append(more, widgets.BannerAction{Label: h.words("print.mail"), OnPress: func() { h.mail(p, !opened) }})
		if p.Address != "" {
			more = append(more, widgets.BannerAction{Label: h.words("print.qr"), OnPress: func() { h.ShowQR(p) }})
		}
		return more
	})
}

func noWays() []widgets.BannerAction { return nil }

// Save puts the paper into the folder of saved papers and says where it is.
func (h *Hand) Save(p Paper) {
	h.background(func(ctx context.Context) func() {
		path, err := h.keep(ctx, &p)
		return func() {
			if err != nil {
				h.p.Host().Fail(p.message(), err)
				return
			}
			h.tellSaved(&p, path, h.p.SaveFolder)
		}
	})
}

// tellSaved says where a paper is; when the person has gone, only in which
// folder.
func (h *Hand) tellSaved(p *Paper, path, folder string) {
	shown, ways := path, []widgets.BannerAction{{Label: h.words("print.open"), OnPress: func() { h.open(path) }}, h.openFolder(folder)}
	if !p.here() {
		shown, ways = folder, ways[1:]
	}
	h.tell(p.message(), p, widgets.OK, h.words("print.saved"), shown, func() []widgets.BannerAction { return slices.Clone(ways) })
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
	ended, open := p.sets(func(bool) {}), h.p.Host().Open
	h.background(func(ctx context.Context) func() {
		path, err := h.keep(ctx, &p)
		if err != nil {
			return func() {
				h.p.Host().Fail(p.message(), err)
				ended(false)
			}
		}
		attached := false
		if h.p.Mail != nil {
			attached, err = h.p.Mail(p.Title, body, path)
		} else {
			err = open(Mailto(p.Title, body))
		}
		return func() {
			if counts && err == nil {
				p.given(1)
			}
			ended(err == nil)
			h.tellMail(p, path, attached, err)
		}
	})
}

func (h *Hand) tellMail(p Paper, path string, attached bool, err error) {
	more := func() []widgets.BannerAction { return []widgets.BannerAction{h.openFolder(h.p.SaveFolder)} }
	shown := path
	if !p.here() {
		shown = h.p.SaveFolder
	}
	if err != nil {
		h.p.Host().Log.Warn("no mail program", "error", err)
		h.tell(p.message(), &p, widgets.Warn, h.words("print.no_mail"), h.words("print.no_mail_text", "path", shown), more)
		return
	}
	h.p.Host().Trace("mailed", "path", path, "attached", attached)
	switch {
	case !p.here(): // the message names it, in the mail program
	case attached:
		h.tell(p.message(), &p, widgets.OK, h.words("print.mailed"), h.words("print.mailed_attached", "file", filepath.Base(path)), more)
	default:
		h.tell(p.message(), &p, widgets.Info, h.words("print.mailed"), h.words("print.mailed_alone", "path", path), more)
	}
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
