package settings

import (
	"context"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/exchange"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// mostRefused is how many refused items are shown; a person works through
// them from the first.
const mostRefused = 10

// refused is the card of what the hub did not take: what, why, and the two
// things that a person can do about it.
type refused struct {
	s      *Screen
	object *fyne.Container
	list   *fyne.Container
	lane   *screen.Lane
	stops  []stop // its buttons
	before int    // how many of the screen's stops come before them
	seen   int    // number that was read last; -1 = not yet
}

func newRefused(s *Screen) *refused {
	r := &refused{s: s, list: widgets.Stack(3), lane: screen.NewLane(s.d.Host.Runner), seen: -1}
	r.object = widgets.Stack(0, card(
		s.words("settings.refused"),
		widgets.NewWrapped(widgets.Secondary, s.words("settings.refused_text")), r.list,
	))
	r.object.Hide()
	r.before = len(s.stops)
	return r
}

// tell reads the list when its length changed.
func (r *refused) tell(now *exchange.Status) {
	if now.Quarantined == 0 {
		r.lane.Drop()
		r.seen = 0
		r.put(nil)
		return
	}
	if now.Quarantined == r.seen {
		return
	}
	r.seen = now.Quarantined
	r.read()
}

func (r *refused) read() {
	r.lane.Go(func(_ context.Context) func() {
		items, err := r.s.d.Exchange.Quarantine()
		return func() {
			if err != nil {
				r.seen = -1
				r.s.d.Host.Fail("settings", err)
				return
			}
			r.put(items)
			r.s.relayout()
			r.s.d.Host.Trace("quarantine shown", "n", len(items))
		}
	})
}

func (r *refused) put(items []exchange.QuarantinedItem) {
	before := r.s.order()
	defer r.s.hold(before)
	r.stops, r.list.Objects = nil, nil
	if len(items) > 1 {
		all := widgets.NewButton(widgets.ButtonSpec{
			Label: r.s.words("settings.refused_all"), Icon: fynetheme.ViewRefreshIcon(), OnPress: func() { r.retryAll(items) },
		})
		r.stops = stopOf("retry-all", all)
		r.list.Add(flushRow(all))
	}
	for i := range items[:min(len(items), mostRefused)] {
		r.list.Add(r.row(&items[i]))
	}
	if more := len(items) - mostRefused; more > 0 {
		r.list.Add(widgets.NewWrapped(widgets.Secondary, r.s.d.Host.Words.Count("settings.refused_more", more)))
	}
	if len(items) > 0 {
		r.object.Show()
	} else {
		r.object.Hide()
	}
}

func (r *refused) row(item *exchange.QuarantinedItem) fyne.CanvasObject {
	s, id := r.s, item.ID
	title := s.words("settings.refused."+item.Type, "number", item.Contact)
	again := widgets.NewButton(widgets.ButtonSpec{
		Label: s.words("settings.refused_retry"), Icon: fynetheme.ViewRefreshIcon(), OnPress: func() { r.do("retry", id, s.d.Exchange.Retry, "") },
	})
	aside := widgets.NewButton(widgets.ButtonSpec{
		Label: s.words("settings.refused_aside"), OnPress: func() { r.do("discard", id, s.d.Exchange.Discard, s.words("settings.refused_set_aside")) },
	})
	r.stops = append(append(r.stops, stopOf("retry-"+id, again)...), stopOf("discard-"+id, aside)...)
	return widgets.Stack(0.5,
		widgets.NewWrapped(widgets.Strong, title),
		widgets.NewWrapped(widgets.Secondary, s.station.when(item.At)),
		widgets.NewWrapped(widgets.Body, r.reason(item)),
		widgets.Pad(0.5, 0, 0, 0, flushRow(again, aside)),
	)
}

// reason says in words why the hub did not take it.
func (r *refused) reason(item *exchange.QuarantinedItem) string {
	key := "settings.reason." + string(item.Reason)
	if !r.s.d.Host.Words.Has(key) {
		key = "settings.reason.other"
	}
	args := []string{"code", string(item.Reason)}
	for k, v := range item.Params {
		args = append(args, k, v)
	}
	return r.s.words(key, args...)
}

// retryAll lets everything wait again, also what has no line of its own.
func (r *refused) retryAll(items []exchange.QuarantinedItem) {
	r.s.act("retry all", func() error {
		for i := range items {
			err := r.s.d.Exchange.Retry(items[i].ID)
			if err != nil && app.ErrorCode(err) != app.CodeNotFound { // what hangs on an item goes with it
				return err
			}
		}
		return nil
	}, r.read)
}

// do acts on an item and reads the list again; what was set aside can be
// taken back.
func (r *refused) do(name, id string, act func(string) error, told string) {
	r.s.act(name, func() error { return act(id) }, func() {
		if told != "" {
			r.s.d.Host.Toast(told, func() { r.do("retry", id, r.s.d.Exchange.Retry, "") })
		}
		r.read()
	})
}
