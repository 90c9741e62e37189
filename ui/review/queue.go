package review

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/membership"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// queue lists the requests: open ones by when something must happen, then
// closed ones.
type queue struct {
	s        *Screen
	root     *fyne.Container
	body     *fyne.Container
	about    *widgets.Text
	filter   *widgets.Select
	rows     *widgets.Rows
	importer *widgets.Button
	lane     *screen.Lane

	all       []membership.Case
	shown     []membership.Case
	decisions []membership.Decision
	wanted    string // to be opened when it is there
	loaded    bool
}

// settingRead keeps when the queue was read.
const settingRead = "review_read"

func newQueue(s *Screen) *queue {
	q := &queue{s: s, lane: screen.NewLane(s.d.Host.Runner), rows: widgets.NewRows(), about: widgets.NewWrapped(widgets.Secondary, "")}
	q.rows.OnPress = func(i int) {
		q.open(i)
		s.d.Host.Canvas().Focus(q.rows)
	}
	q.filter = widgets.NewSelect(widgets.SelectSpec{Label: s.words("review.filter"), Options: q.states(), Value: s.d.State.filter, OnChange: func(v string) {
		s.d.State.filter = v
		q.rows.Set(nil, -1) // others, from their top
		q.list()
	}})
	read := widgets.NewButton(widgets.ButtonSpec{
		Label: s.words("review.refresh"), Key: screen.KeyLabel(screen.ActionSync, s.words), Icon: fynetheme.ViewRefreshIcon(), OnPress: s.refresh,
	})
	q.importer = widgets.NewButton(widgets.ButtonSpec{Label: s.words("review.import"), Icon: fynetheme.DownloadIcon(), OnPress: s.importFile})
	title := widgets.Stack(0, widgets.NewWrapped(widgets.Title, s.words("review.title")), q.about)
	head := widgets.Stack(1.5, title, flush(widgets.Wrap(0.5, 0.5, read, q.importer)), q.filter)
	q.body = widgets.Overlay()
	q.root = widgets.Frame(widgets.Stack(0, widgets.Pad(3, 3, 2, 4, head), widgets.Line()), nil, nil, q.body)
	return q
}

// states are those that the filter offers: of requests that are there, and
// the one that is chosen.
func (q *queue) states() []widgets.Option {
	options := []widgets.Option{{Value: "", Label: q.s.words("review.filter_all")}}
	for _, state := range membership.States() {
		there := func(c membership.Case) bool { return c.State == state }
		if string(state) == q.s.d.State.filter || slices.ContainsFunc(q.all, there) {
			options = append(options, widgets.Option{Value: string(state), Label: q.s.words("membership.state." + string(state))})
		}
	}
	return options
}

func (q *queue) find(id string) *membership.Case {
	i := slices.IndexFunc(q.all, func(c membership.Case) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &q.all[i]
}

func (q *queue) focus() {
	switch {
	case !q.s.visible:
	case len(q.shown) > 0:
		q.s.d.Host.Canvas().Focus(q.rows)
	default:
		q.s.d.Host.Canvas().Focus(q.filter.Focus())
	}
}

// do obeys the arrows wherever the focus is outside of the request.
func (q *queue) do(a screen.Action) bool {
	switch a {
	case screen.ActionNext:
		q.choose(q.rows.Chosen() + 1)
	case screen.ActionPrevious:
		q.choose(q.rows.Chosen() - 1)
	case screen.ActionRead:
		if q.rows.Chosen() < 0 {
			return false
		}
		q.open(q.rows.Chosen())
		q.s.file.focus(q.s.file.first())
	case screen.ActionPageDown:
		q.s.file.reader.ScrollPage(1)
	case screen.ActionPageUp:
		q.s.file.reader.ScrollPage(-1)
	default:
		return false
	}
	return true
}

func (q *queue) choose(i int) {
	if q.rows.Len() == 0 {
		return
	}
	q.rows.Choose(i)
	q.s.d.Host.Canvas().Focus(q.rows)
	if !q.s.split.Narrow() {
		q.open(q.rows.Chosen())
	}
}

func (q *queue) open(i int) {
	if i >= 0 && i < len(q.shown) {
		q.s.open(q.shown[i].ID)
	}
}

// load asks for the queue as it is kept here; what is shown stays until it is
// there.
func (q *queue) load() {
	s := q.s
	q.lane.Go(func(ctx context.Context) func() {
		all, err := s.d.Review.Queue(ctx)
		decisions, derr := s.d.Review.Waiting(ctx)
		return func() {
			if err != nil {
				s.d.Host.Fail(banner, err)
				return
			}
			if derr != nil {
				s.d.Host.Log.Error("decisions", "error", derr)
			}
			first := !q.loaded
			q.all, q.decisions, q.loaded = all, decisions, true
			q.noteRead()
			q.list()
			if first {
				q.focus()
			}
			s.d.Host.Trace("review queue shown", "n", len(all), "waiting", len(decisions))
		}
	})
}

// noteRead keeps when the queue was read, for the next start.
func (q *queue) noteRead() {
	at := q.s.d.Review.ReadAt()
	if at.IsZero() || q.s.d.SetSetting == nil {
		return
	}
	if text := at.UTC().Format(time.RFC3339); text != q.s.d.Setting(settingRead) {
		q.s.d.SetSetting(settingRead, text)
	}
}

func (q *queue) readAt() time.Time {
	if at := q.s.d.Review.ReadAt(); !at.IsZero() {
		return at
	}
	if q.s.d.Setting == nil {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, q.s.d.Setting(settingRead))
	if err != nil {
		return time.Time{}
	}
	return at
}

// tell says how many there are and how old that is.
func (q *queue) tell() {
	s, open := q.s, 0
	for i := range q.all {
		if q.all[i].State.Open() {
			open++
		}
	}
	parts := []string{s.d.Host.Words.Count("review.open", open)}
	switch at := q.readAt(); {
	case s.busy:
		parts = append(parts, s.words("review.reading"))
	case at.IsZero():
		parts = append(parts, s.words("review.never_read"))
	default:
		parts = append(parts, s.words("review.read_at", "when", s.told().Moment(at)))
	}
	if n := q.waiting(); n > 0 {
		parts = append(parts, s.d.Host.Words.Count("review.waiting", n))
	}
	q.about.Set(strings.Join(parts, " · "))
	q.root.Refresh()
}

func (q *queue) waiting() int {
	n := 0
	for i := range q.decisions {
		if !q.decisions[i].Refused {
			n++
		}
	}
	return n
}

// list draws the rows that the filter lets through; the one that is chosen
// stays so. Where there is no room for both it is not yet the request in front.
func (q *queue) list() {
	s := q.s
	want := s.d.State.id
	if i := q.rows.Chosen(); i >= 0 && s.split.Narrow() {
		want = q.shown[i].ID
	}
	fresh := q.rows.Len() == 0
	if q.wanted != "" && q.find(q.wanted) != nil {
		fresh, want, q.wanted = true, q.wanted, ""
	}
	rows, headings, chosen := q.filtered(want)
	if chosen < 0 && len(rows) > 0 {
		chosen = 0
	}
	canvas := s.d.Host.Canvas()
	had := canvas.Focused() == q.rows || canvas.Focused() == nil
	q.rows.Swap(rows, headings, chosen)
	if len(rows) == 0 {
		q.body.Objects = []fyne.CanvasObject{q.empty()}
	} else {
		q.body.Objects = []fyne.CanvasObject{q.rows}
	}
	q.tell()
	if fresh {
		q.rows.Choose(chosen) // it has its place now
	}
	switch {
	case chosen < 0:
		s.d.State.id = ""
		s.file.show(nil)
	case q.shown[chosen].ID != s.file.c.ID:
		s.d.State.id = q.shown[chosen].ID
		s.file.show(&q.shown[chosen])
	default:
		s.file.told(&q.shown[chosen])
	}
	if had {
		q.focus()
	}
}

// filtered makes the rows that the filter lets through, with headings; chosen
// is the one of an identifier, -1 when it is not among them.
func (q *queue) filtered(want string) (rows []fyne.CanvasObject, headings map[int]fyne.CanvasObject, chosen int) {
	s := q.s
	q.shown, headings, chosen = nil, map[int]fyne.CanvasObject{}, -1
	for i := range q.all {
		c := &q.all[i]
		if s.d.State.filter != "" && string(c.State) != s.d.State.filter {
			continue
		}
		if n := len(q.shown); n == 0 || c.State.Open() != q.shown[n-1].State.Open() {
			key := "review.group_closed"
			if c.State.Open() {
				key = "review.group_open"
			}
			headings[n] = widgets.Pad(2.5, 3, 0.5, 4, widgets.NewText(widgets.Section, s.words(key)))
		}
		if c.ID == want {
			chosen = len(q.shown)
		}
		q.shown = append(q.shown, *c)
		rows = append(rows, q.row(c))
	}
	q.filter.SetOptions(q.states())
	q.filter.Set(s.d.State.filter)
	return rows, headings, chosen
}

func (q *queue) empty() fyne.CanvasObject {
	title, text := "review.empty_title", "review.empty_text"
	if q.s.d.State.filter != "" {
		title, text = "review.empty_filter_title", "review.empty_filter_text"
	}
	return widgets.Empty(fynetheme.MailComposeIcon(), q.s.words(title), q.s.words(text))
}

// row is a request: whose, how it stands, by when.
func (q *queue) row(c *membership.Case) fyne.CanvasObject {
	s := q.s
	badges := widgets.Wrap(1, 0.5, s.badge(c))
	if len(q.rivals(c)) > 0 {
		badges.Add(widgets.NewBadge(widgets.Warn, s.words("review.rival_badge")))
	}
	if kind, text := s.reminder(c); text != "" {
		badges.Add(widgets.NewBadge(kind, text))
	}
	for i := range q.decisions {
		d := &q.decisions[i]
		switch {
		case d.Change.Request != c.ID:
		case d.Refused:
			badges.Add(widgets.NewBadge(widgets.Bad, s.words("review.refused_badge")))
		default:
			badges.Add(widgets.NewBadge(widgets.Info, s.words("review.waiting_badge")))
		}
	}
	about := s.words("review.row_about", "number", c.Number, "date", s.told().Day(c.ReceivedAt))
	return widgets.Stack(0.5, widgets.NewWrapped(widgets.Strong, c.Name), badges, widgets.NewWrapped(widgets.Secondary, about), widgets.NewWrapped(widgets.Body, s.term(c)))
}

// rivals are other open requests for the same body, as the hub tells and as
// they stand in the queue.
func (q *queue) rivals(c *membership.Case) []string {
	if !c.State.Open() {
		return nil
	}
	ids := slices.Clone(c.Rivals)
	for i := range q.all {
		o := &q.all[i]
		if o.ID != c.ID && o.Authority == c.Authority && o.State.Open() && !slices.Contains(ids, o.ID) {
			ids = append(ids, o.ID)
		}
	}
	return slices.DeleteFunc(ids, func(id string) bool { // one that was closed since
		o := q.find(id)
		return o != nil && !o.State.Open()
	})
}
