package ui

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// How long messages stay, and how often the rail tells the time anew.
const (
	toastTime     = 6 * time.Second
	toastUndoTime = 12 * time.Second
	refreshEvery  = time.Minute
)

// frame is everything around the screens: rail, label of the demonstration,
// banners, toast.
type frame struct {
	w       *Window
	root    *fyne.Container
	rail    *rail
	banners *fyne.Container
	order   []string
	specs   map[string]*widgets.BannerSpec
	holder  *fyne.Container
	middle  *fyne.Container
	floats  *fyne.Container
	watch   *watcher
	label   *fyne.Container // that this is the demonstration
	stop    func()          // of the toast's timer
	undo    bool            // the toast offers to take something back
}

func newFrame(w *Window) *frame {
	f := &frame{w: w, specs: map[string]*widgets.BannerSpec{}}
	f.rail = newRail(w)
	f.banners, f.label = widgets.Stack(1), widgets.Stack(0)
	f.holder = container.New(fillLayout{})
	f.floats = container.New(floatLayout{})
	top := widgets.Stack(0)
	if w.services != nil && w.services.Demonstration {
		top.Add(f.label)
		f.tellDemonstration()
	}
	top.Add(f.banners)
	f.middle = widgets.Frame(top, nil, nil, f.holder)
	k := theme.Current().Tokens()
	paper := widgets.Panel(f.middle, widgets.Surface{Fill: k.Paper})
	f.watch = newWatcher(w.touch)
	f.root = container.New(&rootLayout{f, paper}, f.watch, f.rail.object, paper, f.floats)
	return f
}

// tellDemonstration says what of the screen in front is not real.
func (f *frame) tellDemonstration() {
	if f.w.services == nil || !f.w.services.Demonstration {
		return
	}
	text := "window.demonstration_label"
	if f.w.route == screen.Membership {
		text = "window.demonstration_membership"
	}
	var args []string
	if c := f.w.services.Reading; c != nil {
		text = strings.Replace(text, "demonstration", "reading", 1)
		args = []string{"date", f.w.day(c.IssuedAt)}
	}
	label := widgets.NewCentred(widgets.Late, f.w.words.Text(text, args...))
	f.label.Objects = []fyne.CanvasObject{widgets.Panel(widgets.Pad(0.75, 2, 0.75, 2, label), widgets.Surface{Fill: theme.Current().Tokens().AmberTint})}
	f.label.Refresh()
}

// put shows a screen.
func (f *frame) put(o fyne.CanvasObject) {
	f.holder.Objects = []fyne.CanvasObject{o}
	f.holder.Refresh()
}

// wake lets the toolkit know every part of the screen in front: it forgets
// what was out of sight for a minute, and gives the focus to no control within
// a part that it does not know. Looking for the last object meets all others.
func (f *frame) wake() { f.w.p.App.Driver().AbsolutePositionForObject(f.floats) }

// banner shows, replaces or removes (nil) a message at the top.
func (f *frame) banner(id string, b *widgets.BannerSpec) {
	if b == nil && f.specs[id] == nil {
		return
	}
	f.order = slices.DeleteFunc(f.order, func(x string) bool { return x == id })
	delete(f.specs, id)
	if b != nil {
		f.specs[id] = b
		f.order = append(f.order, id)
	}
	f.banners.Objects = nil
	for _, id := range f.order {
		spec := *f.specs[id]
		if spec.Dismiss == "" {
			spec.Dismiss = f.w.words.Text("banner.close")
		}
		dismissed := spec.OnDismiss
		spec.OnDismiss = func() {
			f.banner(id, nil)
			if dismissed != nil {
				dismissed()
			}
			f.w.shown()
		}
		f.banners.Add(widgets.Pad(1.5, 2, 0, 2, widgets.NewBanner(spec)))
	}
	f.middle.Refresh()
}

// notice tells for some seconds why nothing was done, or what changed.
func (f *frame) notice(text string) { f.float(widgets.Info, text, nil) }

// toast tells what was done for some seconds. With undo it stays longer.
// What it returns takes it away before, not one that came after it.
func (f *frame) toast(text string, undo func()) (hide func()) {
	return f.float(widgets.OK, text, undo)
}

func (f *frame) float(kind widgets.Kind, text string, undo func()) (hide func()) {
	if f.stop != nil {
		f.stop()
	}
	after := toastTime
	var onUndo func()
	if f.undo = undo != nil; f.undo {
		after = toastUndoTime
		onUndo = func() {
			f.hideToast()
			undo()
		}
	}
	toast := widgets.NewToast(kind, text, f.w.words.Text("toast.undo"), onUndo)
	f.floats.Objects = []fyne.CanvasObject{toast}
	f.floats.Refresh()
	f.stop = f.w.p.Runner.After(after, f.hideToast)
	f.w.p.Trace("toast", "text", text)
	return func() {
		if slices.Contains(f.floats.Objects, fyne.CanvasObject(toast)) {
			f.hideToast()
		}
	}
}

func (f *frame) hideToast() {
	f.floats.Objects = nil
	f.floats.Refresh()
}

// leave clears what belongs to the screen that goes: a toast would lie over
// the text of the next one, and good news has been read. What can still be
// undone and what needs care stay.
func (f *frame) leave() {
	if !f.undo {
		f.hideToast()
	}
	for _, id := range slices.Clone(f.order) {
		if f.specs[id].Kind == widgets.OK {
			f.banner(id, nil)
		}
	}
}

// tellStatus writes the state of the exchange into the rail, and above the
// screen what the rail has no room for.
func (f *frame) tellStatus() {
	s := f.w.services
	switch {
	case s == nil:
	case s.Exchange == nil:
		f.rail.tellDemonstration()
	default:
		st := s.Exchange.Status()
		f.tell(&st)
	}
}

// tell says how the exchange is, as it was read or told: reading asks the
// disk, and an exchange at work tells often.
func (f *frame) tell(st *exchangeStatus) {
	f.w.news.last = st
	f.rail.tell(st)
	f.w.tellNews(st)
}

// rootLayout gives the rail its width, less where there is little room, and
// the rest to the screen.
type rootLayout struct {
	f     *frame
	paper fyne.CanvasObject
}

// Widths at 100 %.
const (
	railWidth        = 176
	railWidthCompact = 52
	compactBelow     = 860
)

func (l *rootLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	th := theme.Current()
	compact := s.Width < th.Px(compactBelow)
	l.f.rail.setCompact(compact)
	width := th.Px(railWidth)
	if compact {
		width = th.Px(railWidthCompact)
	}
	l.f.watch.Resize(s)
	l.f.rail.object.Resize(fyne.NewSize(width, s.Height))
	l.f.rail.object.Move(fyne.NewPos(0, 0))
	l.paper.Resize(fyne.NewSize(s.Width-width, s.Height))
	l.paper.Move(fyne.NewPos(width, 0))
	l.f.floats.Resize(fyne.NewSize(s.Width-width, s.Height))
	l.f.floats.Move(fyne.NewPos(width, 0))
}

// MinSize lets the window be as small as the operator wants.
func (l *rootLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(480, 360) }

type fillLayout struct{}

func (fillLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(s)
	}
}

func (fillLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// floatLayout puts a toast near the bottom, over everything, where it hides
// neither the search nor what ends the contact.
type floatLayout struct{}

func (floatLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		m := o.MinSize()
		w := min(m.Width, s.Width-widgets.Space(8))
		h := widgets.HeightFor(o, w)
		o.Resize(fyne.NewSize(w, h))
		o.Move(fyne.NewPos((s.Width-w)/2, max(s.Height-h-widgets.Space(32), 0)))
	}
}

func (floatLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }
