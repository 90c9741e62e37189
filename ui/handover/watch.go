package handover

import (
	"context"
	"slices"
	"strings"
	"time"

	"polis/app"
	"polis/app/printing"
	"polis/ui/widgets"
)

// watch follows one job until it is over.
type watch struct {
	h       *Hand
	job     printing.Job
	printer string // as people call it
	paper   Paper
	copies  int
	again   printing.Choice

	asked   int    // how often
	unheard int    // how often without an answer
	told    string // the trouble in words, "" = none
	now     printing.JobStatus
	over    bool
	unknown bool // whether it came out
	halt    func()
}

// How often a job is asked for: often while somebody waits for it.
const (
	rhythmFirst = time.Second
	rhythmLater = 4 * time.Second
	rhythmLong  = 20 * time.Second
	firstAsked  = 30
	longAsked   = 9 // a paper is out by then
	laterAsked  = 100
	mostUnheard = 5
)

func (w *watch) later() {
	if w.over {
		return
	}
	rhythm := rhythmFirst
	switch {
	case w.asked > laterAsked:
		rhythm = rhythmLong
	case w.asked > firstAsked:
		rhythm = rhythmLater
	}
	w.halt = w.h.p.Host().Runner.After(rhythm, w.ask)
}

func (w *watch) ask() {
	w.asked++
	w.h.background(func(ctx context.Context) func() {
		now, err := w.h.p.Press.Status(ctx, w.job)
		return func() {
			if !w.over {
				w.hear(now, err)
			}
		}
	})
}

func (w *watch) hear(now printing.JobStatus, err error) {
	if err != nil {
		w.unheard++
		if app.ErrorCode(err) == app.CodePrinterGone || w.unheard >= mostUnheard {
			w.lost(err)
			return
		}
		w.later()
		return
	}
	w.unheard = 0
	switch now.State {
	case printing.JobDone:
		w.done()
	case printing.JobCancelled:
		w.end(now)
		w.tellCancelled(w.back(now))
	case printing.JobFailed:
		w.end(now)
		text := w.h.words("print.failed_text")
		if logged := w.back(now); logged != "" {
			text += " " + w.h.words("print.failed_logged", "number", logged)
		}
		w.h.p.Host().Log.Error("print failed", "printer", w.job.Printer, "detail", now.Detail)
		w.tell(widgets.Bad, w.h.words("print.failed", "printer", w.printer), text, w.afterwards)
	default:
		w.under(now)
		w.later()
	}
}

// done is quiet unless something was wrong.
func (w *watch) done() {
	troubled := w.told != ""
	w.end(printing.JobStatus{State: printing.JobDone})
	if troubled {
		w.h.p.Host().Toast(w.h.words("print.out_after_all", "printer", w.printer), nil)
	}
}

// back takes the hand-out back, when nothing has come out. Logged is the
// number of the contact that says otherwise for good.
func (w *watch) back(now printing.JobStatus) (logged string) {
	if now.Pages > 0 {
		return ""
	}
	return w.paper.returned(w.copies)
}

func (w *watch) tellCancelled(logged string) {
	if logged == "" {
		w.h.p.Host().Notice(w.h.words("print.cancelled", "printer", w.printer))
		return
	}
	w.h.p.Host().Notice(w.h.words("print.cancelled_logged", "printer", w.printer, "number", logged))
}

// end forgets the job.
func (w *watch) end(now printing.JobStatus) {
	w.stop()
	w.h.watches = slices.DeleteFunc(w.h.watches, func(x *watch) bool { return x == w })
	w.quiet()
	w.h.p.Host().Trace("print over", "job", w.job.ID, "state", string(now.State))
}

func (w *watch) stop() {
	w.over = true
	if w.halt != nil {
		w.halt()
	}
}

// under tells what keeps a job from coming out, and takes it back when it
// does not any more.
func (w *watch) under(now printing.JobStatus) {
	faults := slices.DeleteFunc(slices.Clone(now.Faults), func(f printing.Fault) bool { return !f.Stops && !w.keeps(f) })
	if len(faults) == 0 && now.State != printing.JobStopped {
		w.quiet()
		return
	}
	kind, text := widgets.Warn, w.h.Faults(faults)
	if text == "" {
		text = w.h.words("print.stopped")
	}
	if slices.ContainsFunc(faults, func(f printing.Fault) bool { return f.Reason == printing.FaultHeld }) {
		kind = widgets.Info
	}
	if text == w.told {
		return
	}
	w.told, w.now = text, now
	w.tell(kind, w.h.words("print.trouble", "printer", w.printer, "what", text), w.h.words("print.trouble_text"), w.meanwhile)
}

// keeps reports whether a fault that does not stop the printer is what keeps
// the job all the same: some printers call an empty tray a warning, whether
// they have another one or not.
func (w *watch) keeps(f printing.Fault) bool {
	switch f.Reason {
	case printing.FaultHeld:
		return true
	case printing.FaultPaperOut, printing.FaultJam, printing.FaultTonerOut, printing.FaultCoverOpen, printing.FaultOutputFull, printing.FaultOffline:
		return w.asked > longAsked
	}
	return false
}

// Faults names faults in words, "" without any.
func (h *Hand) Faults(faults []printing.Fault) string {
	book := h.p.Host().Words
	var parts []string
	for _, f := range faults {
		key := "printer.fault." + string(f.Reason)
		if !book.Has(key) {
			key = "printer.fault." + string(printing.FaultOther)
		}
		if text := book.Text(key, "detail", f.Detail); !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", ")
}

// quiet takes the trouble away, unless another job on the printer has it too:
// then it is told with that one's ways on.
func (w *watch) quiet() {
	if w.told == "" {
		return
	}
	w.told = ""
	for _, x := range w.h.watches {
		if x != w && x.job.Printer == w.job.Printer && x.told != "" {
			x.told = ""
			x.under(x.now)
			return
		}
	}
	w.h.untell(bannerPrinter + w.job.Printer)
}

// lost says that nobody knows what became of the job.
func (w *watch) lost(err error) {
	w.h.p.Host().Log.Error("print lost sight of", "printer", w.job.Printer, "error", err)
	w.end(printing.JobStatus{})
	w.unknown = true
	title := w.h.words("print.lost", "printer", w.printer)
	if app.ErrorCode(err) == app.CodePrinterGone {
		title, _ = w.h.p.Host().Words.Error(app.Fault(app.CodePrinterGone, err, "printer", w.printer))
	}
	w.tell(widgets.Bad, title, w.h.words("print.lost_text"), w.afterwards)
}

func (w *watch) tell(kind widgets.Kind, title, text string, more func() []widgets.BannerAction) {
	w.h.tell(bannerPrinter+w.job.Printer, &w.paper, kind, title, text, more)
}

// meanwhile is what can be done while the job waits.
func (w *watch) meanwhile() []widgets.BannerAction {
	more := []widgets.BannerAction{{Label: w.h.words("print.cancel"), OnPress: w.cancel}}
	if w.paper.here() {
		more = append(more, widgets.BannerAction{Label: w.h.words("print.save"), OnPress: func() { w.h.Save(w.paper) }})
	}
	if w.h.p.Choose != nil && w.paper.About != nil && w.paper.here() {
		more = append([]widgets.BannerAction{{Label: w.h.words("print.other"), OnPress: func() {
			w.cancel()
			w.h.choose(w.paper)
		}}}, more...)
	}
	return more
}

// afterwards is what can be done when the job is over and the paper is not
// in anybody's hand. After the person has left, only what does not bring
// their paper back to the screen.
func (w *watch) afterwards() []widgets.BannerAction {
	again := widgets.BannerAction{Label: w.h.words("print.again"), OnPress: func() {
		if w.unknown { // somebody looked: it is not there
			w.paper.returned(w.copies)
		}
		w.h.PrintOn(w.paper, w.again, w.printer, func(bool) {})
	}}
	return append([]widgets.BannerAction{again}, w.h.ways(w.paper)...)
}

// cancel takes the job back. What has come out by then counts as given.
func (w *watch) cancel() {
	if w.over {
		w.h.p.Host().Notice(w.h.words("print.too_late"))
		return
	}
	w.h.background(func(ctx context.Context) func() {
		err := w.h.p.Press.Cancel(ctx, w.job)
		now := printing.JobStatus{State: printing.JobCancelled}
		if err == nil {
			if s, serr := w.h.p.Press.Status(ctx, w.job); serr == nil {
				now = s
			}
		}
		return func() { w.cancelled(now, err) }
	})
}

func (w *watch) cancelled(now printing.JobStatus, err error) {
	switch {
	case w.over:
	case err != nil:
		w.h.p.Host().Fail(bannerPrinter+w.job.Printer, err)
	case now.State == printing.JobDone:
		w.end(now)
		w.h.p.Host().Notice(w.h.words("print.too_late"))
	default: // it ends as soon as the printer has understood
		w.end(now)
		w.tellCancelled(w.back(now))
	}
}
