package contacts

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/contacts"
	"polis/app/page"
	"polis/ui/widgets"
)

// mostTold are the contacts of a sheet that are listed; who has more finds
// them in the export.
const mostTold = 60

// papers is the list of sheets that changed after papers of them were handed
// out, in the place of the list of contacts.
type papers struct {
	s      *Screen
	object *fyne.Container
	rows   *widgets.Rows
	all    []contacts.Papers
}

func newPapers(s *Screen) *papers {
	p := &papers{s: s, rows: widgets.NewRows()}
	p.rows.OnPress = s.pressed
	head := widgets.Pad(0.5, 3, 0.75, 4, widgets.NewClipped(widgets.SecondaryStrong, s.words("contacts.papers.col")))
	p.object = widgets.Frame(widgets.Stack(0, head, widgets.Line()), nil, nil, p.rows)
	p.object.Hide()
	return p
}

// inFront reports whether sheets are listed and not contacts.
func (p *papers) inFront() bool { return period(p.s.period.Value()) == periodPapers }

// load asks which papers are out of date; anew forgets which was chosen.
func (p *papers) load(anew bool) {
	s := p.s
	s.loads.Go(func(ctx context.Context) func() {
		all, err := s.d.Outdated(ctx)
		return func() {
			if err != nil {
				s.d.Host.Fail("contacts", err)
				return
			}
			s.d.Host.Banner("contacts", nil)
			p.show(all, anew)
			s.d.Host.Trace("papers shown", "n", len(all))
		}
	})
}

func (p *papers) show(all []contacts.Papers, anew bool) {
	keep := ""
	if i := p.rows.Chosen(); !anew && i >= 0 && i < len(p.all) {
		keep = p.all[i].Code
	}
	p.all, p.s.loaded, p.s.entries, p.s.shown = all, true, nil, 0
	rows := make([]fyne.CanvasObject, 0, len(all))
	chosen := 0
	for i := range all {
		if all[i].Code == keep {
			chosen = i
		}
		rows = append(rows, widgets.Stack(
			0, widgets.NewClipped(widgets.Strong, p.title(&all[i])), widgets.NewClipped(widgets.Secondary, p.numbers(&all[i])),
		))
	}
	if anew {
		p.rows.Set(rows, chosen)
	} else {
		p.rows.Swap(rows, nil, chosen)
	}
	p.s.settle()
}

func (p *papers) title(of *contacts.Papers) string {
	if of.Title == "" {
		return p.s.words("contacts.detail.gone", "code", of.Code)
	}
	return of.Title
}

func (p *papers) numbers(of *contacts.Papers) string {
	book := p.s.d.Host.Words
	text := book.Count("contacts.papers.copies", of.Copies) + " · " + book.Count("contacts.count", len(of.Contacts))
	if n := len(of.ToTell()); n > 0 {
		text += " · " + book.Count("contacts.papers.to_tell", n)
	}
	return text
}

// count sums up all sheets.
func (p *papers) count() string {
	copies, tell := 0, 0
	for i := range p.all {
		copies += p.all[i].Copies
		tell += len(p.all[i].ToTell())
	}
	if len(p.all) == 0 {
		return ""
	}
	book := p.s.d.Host.Words
	text := book.Count("contacts.papers.sheets", len(p.all)) + " · " + book.Count("contacts.papers.copies", copies)
	if tell > 0 {
		text += " · " + book.Count("contacts.papers.to_tell", tell)
	}
	return text
}

// showChosen tells of one sheet to whom its old papers went.
func (p *papers) showChosen() {
	i := p.rows.Chosen()
	if i < 0 || i >= len(p.all) {
		p.s.detail.clear()
		return
	}
	p.s.detail.clear()
	p.s.detail.reader.Set(p.pieces(&p.all[i]))
}

func (p *papers) pieces(of *contacts.Papers) []widgets.Placed {
	w := p.s.words
	changed := w("contacts.papers.changed", "n", strconv.FormatInt(of.Version, 10))
	if of.Version == 0 {
		changed = w("contacts.papers.gone")
	}
	out := []widgets.Placed{
		{Piece: widgets.Whole(widgets.NewWrapped(widgets.Heading, p.title(of)))},
		{Piece: widgets.Whole(widgets.NewWrapped(widgets.Body, changed)), Above: 1},
	}
	tell := of.ToTell()
	add := func(title string, entries []contacts.Entry) {
		if len(entries) == 0 {
			return
		}
		out = append(out, widgets.Placed{Piece: widgets.Whole(widgets.NewText(widgets.Section, w(title))), Above: 3})
		for i := range entries[:min(len(entries), mostTold)] {
			out = append(out, widgets.Placed{Piece: widgets.Whole(p.contact(of.Code, &entries[i])), Above: 1})
		}
		if more := len(entries) - mostTold; more > 0 {
			text := p.s.d.Host.Words.Count("contacts.papers.more", more)
			out = append(out, widgets.Placed{Piece: widgets.Whole(widgets.NewWrapped(widgets.Secondary, text)), Above: 1})
		}
	}
	add("contacts.papers.tell", tell)
	add("contacts.papers.others", of.Contacts[len(tell):])
	return out
}

// contact is one contact: whom to tell, when it was and what was given.
func (p *papers) contact(code string, e *contacts.Entry) fyne.CanvasObject {
	s := p.s
	copies, version := e.CopiesOf(code)
	given := fmt.Sprintf("%s · %s · %s · %s", e.Number, s.when(e.RecordedAt), s.d.Host.Words.Count("contacts.papers.copies", copies),
		s.words("contacts.detail.version", "n", strconv.FormatInt(version, 10)))
	known := whom(e.Identity)
	if e.ToCall() {
		known = append(known, s.words("contacts.papers.call_by", "date", page.Date(e.FollowUp.Due, s.d.Host.Words.Lang())))
	}
	if len(known) == 0 {
		return widgets.NewWrapped(widgets.Secondary, given)
	}
	return widgets.Stack(0, widgets.NewWrapped(widgets.Body, strings.Join(known, " · ")), widgets.NewWrapped(widgets.Secondary, given))
}

// fileName names the export of papers by its day.
func (p *papers) fileName() string {
	return fmt.Sprintf("%s-%s.csv", p.s.words("contacts.papers.file"), app.Day(p.s.d.Clock.Now().In(p.s.d.Location)))
}
