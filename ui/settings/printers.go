package settings

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/printing"
	"polis/ui/handover"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// printers is the card of the printers: which there are and how they are;
// those that were typed in here can be removed.
type printers struct {
	s      *Screen
	object fyne.CanvasObject
	list   *fyne.Container
	lane   *screen.Lane
	stops  []stop // its buttons of single printers
	before int    // how many of the screen's stops come before them
	add    stop
}

// known is what the card shows.
type known struct {
	all   []printing.Printer
	typed []string // the IDs of those that were typed in
	use   string   // the ID of the one that is printed on
	fault error
}

func newPrinters(s *Screen) *printers {
	p := &printers{s: s, list: widgets.Stack(2), lane: screen.NewLane(s.d.Host.Runner), before: len(s.stops)}
	add := widgets.NewButton(widgets.ButtonSpec{Label: s.words("print.add"), Icon: fynetheme.ContentAddIcon(), OnPress: func() {
		s.d.Hand.AddPrinter(func(string) { p.load() })
	}})
	again := widgets.NewButton(widgets.ButtonSpec{Label: s.words("settings.printers_again"), Icon: fynetheme.ViewRefreshIcon(), OnPress: p.load})
	s.addStop("printer-add", add)
	s.addStop("printers-again", again)
	p.add = s.stops[p.before]
	p.list.Add(widgets.NewWrapped(widgets.Secondary, s.words("print.looking")))
	p.object = card(s.words("settings.printers"), widgets.NewWrapped(widgets.Secondary, s.words("settings.printers_text")), p.list, flushRow(add, again))
	return p
}

// load asks anew which printers there are.
func (p *printers) load() {
	p.lane.Go(func(ctx context.Context) func() {
		var now known
		var use printing.Choice
		now.all, use, _, now.fault = p.s.d.Press.Printers(ctx)
		now.use = use.Printer
		typed, err := p.s.d.Press.Addresses(ctx)
		now.typed = typed
		return func() {
			if err != nil {
				p.s.d.Host.Fail("settings", err)
			}
			if now.fault != nil {
				p.s.d.Host.Log.Warn("printers", "error", now.fault)
			}
			p.show(&now)
			p.s.d.Host.Trace("printers shown", "n", len(now.all), "typed", len(now.typed))
		}
	})
}

func (p *printers) show(now *known) {
	at := p.s.at(p.stops)
	p.stops, p.list.Objects = nil, nil
	for i := range now.all {
		p.list.Add(p.row(&now.all[i], now))
	}
	switch {
	case now.fault != nil:
		message, hint := p.s.d.Host.Words.Error(now.fault)
		p.list.Add(widgets.NewWrapped(widgets.Late, message))
		p.list.Add(widgets.NewWrapped(widgets.Secondary, hint))
	case len(now.all) == 0:
		p.list.Add(widgets.NewWrapped(widgets.Body, p.s.words("settings.printers_none")))
	}
	p.s.relayout()
	switch { // the buttons are new
	case at < 0 || p.s.d.Host.Canvas().Overlays().Top() != nil:
	case at < len(p.stops):
		p.s.focus(p.stops[at])
	default:
		p.s.focus(p.add)
	}
}

func (p *printers) row(of *printing.Printer, now *known) fyne.CanvasObject {
	s := p.s
	title := of.Name
	if title == "" {
		title = of.ID
	}
	state := s.d.Hand.State(of)
	if where := strings.TrimSpace(of.Location); where != "" {
		state = where + " · " + state
	}
	role := widgets.Secondary
	if handover.Troubled(of) {
		role = widgets.Late
	}
	lines := []fyne.CanvasObject{widgets.NewWrapped(widgets.Strong, title), widgets.NewWrapped(role, state)}
	typed := slices.Contains(now.typed, of.ID)
	if typed && title != of.ID {
		lines = append(lines, widgets.NewWrapped(widgets.Secondary, of.ID))
	}
	if of.ID == now.use {
		lines = append(lines, widgets.NewWrapped(widgets.Good, s.words("settings.printers_use")))
	}
	if !typed {
		return widgets.Stack(0, lines...)
	}
	id := of.ID
	remove := widgets.NewButton(widgets.ButtonSpec{Label: s.words("settings.printer_remove"), Small: true, OnPress: func() { p.remove(id, title) }})
	p.stops = append(p.stops, stopOf("printer-"+id, remove)...)
	return widgets.Row(2, 0, widgets.Stack(0, lines...), remove)
}

// remove has the workstation forget a printer; it can be taken back.
func (p *printers) remove(id, title string) {
	p.change(func(ctx context.Context) error { return p.s.d.Press.Forget(ctx, id) }, func() {
		p.s.d.Host.Toast(p.s.words("settings.printer_removed", "printer", title), func() {
			p.change(func(ctx context.Context) error {
				_, err := p.s.d.Press.Add(ctx, id)
				return err
			}, nil)
		})
	})
}

// change does something to the list and shows it again.
func (p *printers) change(do func(context.Context) error, then func()) {
	p.s.act("printers", func() error { return do(context.Background()) }, func() {
		if then != nil {
			then()
		}
		p.load()
	})
}
