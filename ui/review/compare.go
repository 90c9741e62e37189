package review

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/membership"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// comparison is another request for the same body beside this one.
type comparison struct {
	id  string
	c   membership.Case
	r   membership.Request
	got bool
	err error
}

func (f *file) beginComparison(id string) {
	f.compare = &comparison{id: id}
	f.draw("compare end")
	f.opens.Go(func(ctx context.Context) func() {
		c, r, err := f.s.d.Review.Kept(ctx, id)
		if err != nil {
			c, r, err = f.s.d.Review.Get(ctx, id)
		}
		return func() {
			if f.compare == nil || f.compare.id != id {
				return
			}
			f.compare.c, f.compare.r, f.compare.err, f.compare.got = c, r, err, err == nil
			f.draw("compare end")
			f.s.d.Host.Trace("review compared")
		}
	})
}

func (f *file) endComparison() {
	id := f.compare.id
	f.compare = nil
	f.draw("compare " + id)
}

// comparison shows the fields in which the two differ, side by side.
func (f *file) comparison() fyne.CanvasObject {
	s, k := f.s, f.compare
	end := f.button("compare end", widgets.ButtonSpec{Label: s.words("review.compare_end"), Icon: fynetheme.NavigateBackIcon(), OnPress: f.endComparison})
	other := f.button("compare open", widgets.ButtonSpec{Label: s.words("review.compare_open"), OnPress: func() {
		s.queue.wanted = k.id
		s.d.State.filter = ""
		s.queue.list()
		f.focus(f.first())
	}})
	out := widgets.Stack(3, flush(widgets.Wrap(1, 1, end, other)))
	switch {
	case k.err != nil:
		message, hint := s.explain(k.err)
		out.Add(widgets.Tinted(widgets.Warn, widgets.Stack(1, widgets.NewWrapped(widgets.Strong, message), widgets.NewWrapped(widgets.Body, hint))))
		return out
	case !k.got || !f.read:
		out.Add(widgets.NewWrapped(widgets.Body, s.words("review.reading_request")))
		return out
	}
	out.Add(compared(widgets.NewWrapped(widgets.Heading, s.words("review.field")), f.columnHead(&f.c, "review.this_one"), f.columnHead(&k.c, "review.other_one")))
	same := 0
	for _, d := range s.differences(&f.r, &k.r) {
		if d.a == d.b {
			same++
			continue
		}
		out.Add(compared(widgets.NewWrapped(widgets.Strong, d.label), f.cell(d.a), f.cell(d.b)))
	}
	out.Add(widgets.NewWrapped(widgets.Secondary, s.d.Host.Words.Count("review.same_fields", same)))
	return out
}

func (f *file) columnHead(c *membership.Case, key string) fyne.CanvasObject {
	s := f.s
	return widgets.Stack(
		0.5, widgets.NewWrapped(widgets.Heading, s.words(key)), widgets.Wrap(0, 0, s.badge(c)),
		widgets.NewWrapped(widgets.Secondary, s.words("review.row_about", "number", c.Number, "date", s.told().Moment(c.ReceivedAt))),
	)
}

func (f *file) cell(value string) fyne.CanvasObject {
	if value == "" {
		return widgets.NewWrapped(widgets.Secondary, f.s.words("review.nothing"))
	}
	return widgets.NewWrapped(widgets.Body, value)
}

// difference is a field of two requests.
type difference struct{ label, a, b string }

// differences are all fields of two requests beside each other.
func (s *Screen) differences(a, b *membership.Request) []difference {
	var out []difference
	at := map[string]int{}
	take := func(r *membership.Request, second bool) {
		for _, g := range s.groups(r) {
			for _, e := range g.entries {
				i, known := at[e.path]
				if !known {
					i = len(out)
					at[e.path] = i
					out = append(out, difference{label: g.title + ": " + e.label})
				}
				if second {
					out[i].b = e.value
				} else {
					out[i].a = e.value
				}
			}
		}
		for i := range r.Documents {
			d := &r.Documents[i]
			j, known := at["document "+d.SHA256]
			if !known {
				j = len(out)
				at["document "+d.SHA256] = j
				out = append(out, difference{label: capital(s.words("membership.field.documents"))})
			}
			if second {
				out[j].b = s.about(d)
			} else {
				out[j].a = s.about(d)
			}
		}
	}
	take(a, false)
	take(b, true)
	return out
}

// compared puts a field's name and its two values beside each other; the name
// above them where there is no room.
func compared(label, a, b fyne.CanvasObject) fyne.CanvasObject {
	return widgets.Stack(1.5, container.New(comparedLayout{}, label, a, b), widgets.Line())
}

type comparedLayout struct{}

// leastCompared is the width at 100 % of all three beside each other.
const leastCompared = 640

func (comparedLayout) arrange(objects []fyne.CanvasObject, width float32, move bool) float32 {
	gap := widgets.Space(5)
	x, y, w := float32(0), float32(0), (width-gap)/2
	h := widgets.HeightFor(objects[0], width)
	if width >= theme.Current().Px(leastCompared) {
		label := (width - 2*gap) * 0.28
		w = (width - 2*gap - label) / 2
		x = label + gap
		h = widgets.HeightFor(objects[0], label)
		if move {
			widgets.Place(objects[0], 0, 0, label, h)
		}
	} else {
		if move {
			widgets.Place(objects[0], 0, 0, width, h)
		}
		y = h + widgets.Space(1)
	}
	high := max(widgets.HeightFor(objects[1], w), widgets.HeightFor(objects[2], w))
	if move {
		widgets.Place(objects[1], x, y, w, high)
		widgets.Place(objects[2], x+w+gap, y, w, high)
	}
	return max(h, y+high)
}

func (l comparedLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.arrange(objects, s.Width, true)
}

// HeightOf implements widgets.FlowLayout.
func (l comparedLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return l.arrange(objects, width, false)
}

func (l comparedLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.HeightOf(objects, widgets.Space(120)))
}
