package uitest

import (
	"fmt"
	"regexp"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// Visit calls f for every visible object with its place on the canvas.
func Visit(c fyne.Canvas, f func(o fyne.CanvasObject, at fyne.Position)) {
	roots := append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...)
	for _, r := range roots {
		visit(r, r.Position(), func(o fyne.CanvasObject, at fyne.Position) bool {
			f(o, at)
			return true
		})
	}
}

func visit(o fyne.CanvasObject, at fyne.Position, f func(fyne.CanvasObject, fyne.Position) bool) {
	if o == nil || !o.Visible() || !f(o, at) {
		return
	}
	for _, child := range children(o) {
		visit(child, at.Add(child.Position()), f)
	}
}

func children(o fyne.CanvasObject) []fyne.CanvasObject {
	switch o := o.(type) {
	case *fyne.Container:
		return o.Objects
	case fyne.Widget:
		return test.WidgetRenderer(o).Objects()
	}
	return nil
}

// Texts returns every text that is drawn.
func Texts(c fyne.Canvas) []string {
	var out []string
	Visit(c, func(o fyne.CanvasObject, _ fyne.Position) {
		if t, ok := o.(*canvas.Text); ok && t.Text != "" {
			out = append(out, t.Text)
		}
	})
	return out
}

// box is a rectangle on the canvas.
type box struct{ x, y, right, bottom float32 }

func boxOf(at fyne.Position, s fyne.Size) box {
	return box{at.X, at.Y, at.X + s.Width, at.Y + s.Height}
}

// Clipped returns the texts that do not fit into what they stand in: the
// window, a widget, a container. What a scroll hides can be reached and is
// not clipped in the direction in which it scrolls.
func Clipped(c fyne.Canvas) []string {
	window := boxOf(fyne.Position{}, c.Size())
	s := &sweep{marker: regexp.MustCompile(`^(•|\d+\.)$`)}
	for _, r := range append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...) {
		s.walk(r, r.Position(), []limit{{window, "window", true, true}})
	}
	return s.found
}

// limit is something that a text must not leave.
type limit struct {
	box
	name string
	x, y bool // in which directions it holds
}

type sweep struct {
	found  []string
	marker *regexp.Regexp // of a list item: stands beside its text on purpose
}

func (s *sweep) walk(o fyne.CanvasObject, at fyne.Position, limits []limit) {
	if !o.Visible() {
		return
	}
	if t, ok := o.(*canvas.Text); ok {
		s.check(t, at, limits)
		return
	}
	own := boxOf(at, o.Size())
	if horizontal, vertical := scrolls(o); horizontal || vertical {
		limits = free(limits, horizontal, vertical)
		limits = append(limits, limit{own, fmt.Sprintf("%T", o), !horizontal, !vertical})
	} else {
		limits = append(limits[:len(limits):len(limits)], limit{own, fmt.Sprintf("%T", o), true, true})
	}
	for _, child := range children(o) {
		s.walk(child, at.Add(child.Position()), limits)
	}
}

// scrolls reports in which directions an object scrolls its content: a
// Scroll, or a widget of ours around one.
func scrolls(o fyne.CanvasObject) (horizontal, vertical bool) {
	s, ok := o.(*container.Scroll)
	if !ok {
		around, is := o.(interface{ Around() *container.Scroll })
		if !is {
			return false, false
		}
		s = around.Around()
	}
	return s.Direction != container.ScrollVerticalOnly, s.Direction != container.ScrollHorizontalOnly
}

// free lifts the limits in the directions in which one can scroll.
func free(limits []limit, x, y bool) []limit {
	out := make([]limit, len(limits))
	for i, l := range limits {
		l.x, l.y = l.x && !x, l.y && !y
		out[i] = l
	}
	return out
}

func (s *sweep) check(t *canvas.Text, at fyne.Position, limits []limit) {
	if t.Text == "" || s.marker.MatchString(t.Text) {
		return
	}
	const tolerance = 2.5 // letters are measured, not shaped, when lines are broken
	b := boxOf(at, t.MinSize())
	for _, l := range limits {
		wide := l.x && (b.x < l.box.x-tolerance || b.right > l.right+tolerance)
		high := l.y && (b.y < l.box.y-tolerance || b.bottom > l.bottom+tolerance)
		if wide || high {
			s.found = append(s.found, fmt.Sprintf("%q at %.0f,%.0f-%.0f,%.0f leaves %s %.0f,%.0f-%.0f,%.0f",
				t.Text, b.x, b.y, b.right, b.bottom, l.name, l.box.x, l.box.y, l.right, l.bottom))
			return
		}
	}
}
