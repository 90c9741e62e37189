package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"polis/ui/theme"
)

// TimelineEntry is something that happened. All but Title may be empty.
type TimelineEntry struct {
	Kind  Kind   // colour of its mark; Title says the same in words
	Title string // what
	When  string
	Who   string
	Text  string   // why, in the words of who did it
	Lines []string // what else belongs to it: a protocol number, a document
	// More stands below, such as a button that opens the document; nil = none.
	More fyne.CanvasObject
}

// NewTimeline draws a history below each other, in the order that is given,
// with a mark for each entry on one line from the first to the last.
func NewTimeline(entries []TimelineEntry) fyne.CanvasObject {
	k := theme.Current().Tokens()
	all := Stack(0)
	for i, e := range entries {
		line := canvas.NewRectangle(k.Line)
		mark := canvas.NewCircle(e.Kind.ink(k))
		all.Add(container.New(&timelineLayout{first: i == 0, last: i == len(entries)-1}, line, mark, e.object()))
	}
	return all
}

func (e *TimelineEntry) object() fyne.CanvasObject {
	about := e.When
	if e.Who != "" {
		if about != "" {
			about += " · "
		}
		about += e.Who
	}
	words := Stack(0.25, NewWrapped(Strong, e.Title))
	if about != "" {
		words.Add(NewWrapped(Secondary, about))
	}
	if e.Text != "" {
		words.Add(NewWrapped(Body, e.Text))
	}
	for _, l := range e.Lines {
		words.Add(NewWrapped(Secondary, l))
	}
	if e.More != nil {
		words.Add(e.More)
	}
	return words
}

// timelineLayout puts the mark beside the first line of what it is about and
// draws the line through it, as far as there are neighbours.
type timelineLayout struct{ first, last bool }

const (
	timelineColumn = 26 // at 100 %
	timelineMark   = 11
	timelineBelow  = 4 // steps below an entry
)

func (l *timelineLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	th := theme.Current()
	column, mark := th.Px(timelineColumn), th.Px(timelineMark)
	middle := th.LineHeight(th.Body()) / 2
	from, to := float32(0), s.Height
	if l.first {
		from = middle
	}
	if l.last {
		to = middle
	}
	thick := th.Px(2)
	Place(objects[0], mark/2-thick/2, from, thick, to-from)
	Place(objects[1], 0, middle-mark/2, mark, mark)
	w := s.Width - column
	Place(objects[2], column, 0, w, HeightFor(objects[2], w))
}

// HeightOf implements FlowLayout.
func (l *timelineLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	h := HeightFor(objects[2], width-theme.Current().Px(timelineColumn))
	if !l.last {
		h += Space(timelineBelow)
	}
	return h
}

func (l *timelineLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(Space(30), l.HeightOf(objects, Space(80)))
}
