package contacts

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/app"
	"polis/app/contacts"
	"polis/app/page"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// What became of a contact, as the office sees it.
const (
	stateWaiting = "waiting"
	stateSent    = "sent"
	stateCheck   = "check"
	stateHere    = "here" // in the demonstration nothing is sent
	stateOthers  = "colleague"
)

func (s *Screen) state(e *contacts.Entry) string {
	switch {
	case s.d.Demonstration:
		return stateHere
	case e.Colleague:
		return stateOthers
	case e.State == contacts.StateAcked:
		return stateSent
	case e.State == contacts.StateQuarantined, e.State == contacts.StateDiscarded:
		return stateCheck
	}
	return stateWaiting
}

func stateRole(state string) widgets.Role {
	switch state {
	case stateOthers:
		return widgets.Secondary
	case stateSent:
		return widgets.Good
	case stateCheck:
		return widgets.Wrong
	}
	return widgets.SecondaryStrong
}

// columns of the table; widths at 100 %, and who takes how much of what is
// left.
func columns() []column {
	return []column{
		{"number", 84, 0},
		{"when", 128, 0},
		{"channel", 86, 2},
		{"user", 98, 1},
		{"topic", 108, 5},
		{"outcome", 120, 1},
		{"sheets", 68, 0},
		{"state", 100, 0},
	}
}

type column struct {
	key         string
	width, grow float32
}

// widths finds the columns' widths in a row.
func widths(row float32) []float32 {
	th := theme.Current()
	all := columns()
	left, shares := row-columnGap()*float32(len(all)-1), float32(0)
	for _, c := range all {
		left -= th.Px(c.width)
		shares += c.grow
	}
	out := make([]float32, len(all))
	for i, c := range all {
		out[i] = th.Px(c.width) + max(left, 0)*c.grow/shares
	}
	return out
}

func columnGap() float32 { return widgets.Space(3) }

// Positions of the cells in a row; the last is the line that stands for the
// columns where there is no room for them.
const (
	cellNumber = 0
	cellWhen   = 1
	cellState  = 7
	cellLine   = 8
)

// leastTable is the width at 100 % below which columns become two lines.
const leastTable = 880

func (s *Screen) headRow() fyne.CanvasObject {
	cells := make([]fyne.CanvasObject, 0, cellLine+1)
	for _, c := range columns() {
		cells = append(cells, widgets.NewClipped(widgets.SecondaryStrong, s.words("contacts.col."+c.key)))
	}
	cells = append(cells, widgets.NewClipped(widgets.SecondaryStrong, s.words("contacts.col.line")))
	return container.New(&rowLayout{head: true}, cells...)
}

func (s *Screen) row(e *contacts.Entry) fyne.CanvasObject {
	w := s.words
	state := s.state(e)
	seen, handed := strconv.Itoa(len(e.Sheets)), strconv.Itoa(handedOut(e))
	cell := func(text string) fyne.CanvasObject { return widgets.NewClipped(widgets.Body, text) }
	channel, user, topic := w("channel."+e.Channel), w("user."+e.User), s.topic(e)
	outcome, role := s.outcome(e)
	return container.New(
		&rowLayout{},
		widgets.NewClipped(widgets.Strong, e.Number), cell(s.when(e.RecordedAt)), cell(channel), cell(user), cell(topic),
		widgets.NewClipped(role, outcome),
		cell(w("contacts.sheets", "seen", seen, "handed", handed)), widgets.NewClipped(stateRole(state), w("contacts.state."+state)),
		widgets.NewClipped(widgets.Secondary, channel+" · "+user+" · "+outcome+" · "+topic),
	)
}

// outcome says how a contact ended; of one that promised a call, whether it
// was made.
func (s *Screen) outcome(e *contacts.Entry) (text string, role widgets.Role) {
	today := app.Day(s.d.Clock.Now().In(s.d.Location))
	switch {
	case e.FollowUp == nil:
		return s.words("outcome." + e.Outcome), widgets.Body
	case !e.ToCall():
		return s.words("contacts.call.made"), widgets.Good
	case e.FollowUp.Due < today:
		return s.words("contacts.call.late"), widgets.Wrong
	case e.FollowUp.Due == today:
		return s.words("contacts.call.today"), widgets.Late
	}
	return s.words("contacts.call.open"), widgets.Late
}

func handedOut(e *contacts.Entry) int {
	n := 0
	for _, sheet := range e.Sheets {
		if sheet.HandedOut {
			n++
		}
	}
	return n
}

func (s *Screen) topic(e *contacts.Entry) string {
	if e.Topic == "" || e.Topic == app.TopicUnspecified {
		return s.words("contacts.no_topic")
	}
	return s.d.Topic(e.Topic)
}

// office names an office; one that the catalogue has no more, by its code.
func (s *Screen) office(id string) string {
	if name := s.d.Office(id); name != "" {
		return name
	}
	return id
}

// when writes a moment like "3 nov 2026, 10:45".
func (s *Screen) when(t time.Time) string {
	t = t.In(s.d.Location)
	return page.Date(app.Day(t), s.d.Host.Words.Lang()) + ", " + t.Format("15:04")
}

// rowLayout puts the cells into columns or, where there is no room, on two
// lines.
type rowLayout struct{ head bool }

func (l *rowLayout) narrow(width float32) bool { return width < theme.Current().Px(leastTable) }

func (l *rowLayout) Layout(cells []fyne.CanvasObject, size fyne.Size) {
	narrow := l.narrow(size.Width)
	for i, c := range cells {
		wanted := i != cellLine
		if narrow {
			wanted = i == cellLine || (!l.head && (i == cellNumber || i == cellWhen || i == cellState))
		}
		widgets.SetVisible(c, wanted)
	}
	if narrow {
		l.lines(cells, size.Width)
		return
	}
	l.columns(cells, size)
}

func (l *rowLayout) columns(cells []fyne.CanvasObject, size fyne.Size) {
	x := float32(0)
	for i, w := range widths(size.Width) {
		h := cells[i].MinSize().Height
		widgets.Place(cells[i], x, (size.Height-h)/2, w, h)
		x += w + columnGap()
	}
}

func (l *rowLayout) lines(cells []fyne.CanvasObject, width float32) {
	below := cells[cellLine]
	if l.head {
		widgets.Place(below, 0, 0, width, below.MinSize().Height)
		return
	}
	th := theme.Current()
	number, state := th.Px(columns()[cellNumber].width), th.Px(columns()[cellState].width)
	h := cells[cellNumber].MinSize().Height
	rest := max(width-number-state-widgets.Space(4), 0)
	widgets.Place(cells[cellNumber], 0, 0, number, h)
	widgets.Place(cells[cellWhen], number+widgets.Space(2), 0, rest, h)
	hs := cells[cellState].MinSize().Height
	widgets.Place(cells[cellState], width-state, (h-hs)/2, state, hs)
	widgets.Place(below, 0, h, width, below.MinSize().Height)
}

// HeightOf implements widgets.FlowLayout.
func (l *rowLayout) HeightOf(cells []fyne.CanvasObject, width float32) float32 {
	if !l.narrow(width) {
		return cells[cellNumber].MinSize().Height
	}
	h := cells[cellLine].MinSize().Height
	if !l.head {
		h += cells[cellNumber].MinSize().Height
	}
	return h
}

func (l *rowLayout) MinSize(cells []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(20), cells[cellNumber].MinSize().Height)
}
