package layout

import (
	"strconv"
	"strings"

	"polis/app/page"
)

// chrome is what stands on every page around the text.
type chrome struct {
	first, later brick // at the top
	footer       brick
	page         string // "Pagina {n} di {total}"
	setter       *setter
}

func (s *setter) chrome(doc page.Document) chrome {
	c := chrome{setter: s, page: doc.Footer.Page}
	band := s.band(doc.Band)
	c.first = stacked(append(append([]brick{}, band...), s.letterhead(doc.Letterhead)...))
	c.later = stacked(append(append([]brick{}, band...), s.runningHead(doc)...))
	c.footer = s.footer(doc.Footer)
	return c
}

// room is the height of the text on the first page.
func (c chrome) room() float64 {
	return pageHeight - top - bottom - c.first.height - c.footer.height
}

func (c chrome) roomLater() float64 {
	return pageHeight - top - bottom - c.later.height - c.footer.height
}

// band is a warning over the whole width.
func (s *setter) band(text string) []brick {
	if text == "" {
		return nil
	}
	st := heavy(page.SansHeavy, 10, 14, 0x7A4900)
	st.align = page.Center
	set := stacked(s.text(text, st, margin+6, width-12, 0))
	out := brick{height: set.height + 10}
	out.marks = append(out.marks, page.Box{
		X: margin, W: width, H: set.height + 4, Filled: true, Fill: amberPale, Border: 1, Outline: amber,
	})
	for _, m := range set.marks {
		out.marks = append(out.marks, moved(m, 0, 2))
	}
	return []brick{out}
}

func (s *setter) letterhead(l page.Letterhead) []brick {
	out := []brick{{height: 8, marks: []page.Mark{
		page.Line{X1: margin, Y1: 1, X2: margin + width, Y2: 1, Width: 2, Colour: blue},
	}}}
	limit, chipWidth := width, 0.0
	chip := heavy(page.SansBold, 8, 11, blue)
	if l.Tag != "" {
		chipWidth = min(s.textWidth(s.clean(l.Tag), chip.plain, chip.size)+16, width/3)
		limit -= chipWidth + 12
	}
	text := s.text(page.Clip(l.Name, 160), heavy(page.SansHeavy, 13, 17, blue), margin, limit, 0)
	text = append(text, s.text(page.Clip(l.Office, 160), sans(9.2, 12.4, grey), margin, limit, 0)...)
	set := stacked(text)
	if l.Tag != "" {
		x := margin + width - chipWidth
		set.marks = append(set.marks, page.Box{X: x, Y: 3, W: chipWidth, H: 16, Filled: true, Fill: quiet})
		chip.align = page.Center
		for _, m := range stacked(s.text(l.Tag, chip, x+4, chipWidth-8, 0)).marks {
			set.marks = append(set.marks, moved(m, 0, 5.5))
		}
		set.height = max(set.height, 20)
	}
	return append(out, set)
}

// runningHead names sender and title on the pages after the first.
func (s *setter) runningHead(doc page.Document) []brick {
	left := heavy(page.SansBold, 8, 12, blue)
	right := sans(8, 12, grey)
	right.align = page.Right
	name := s.text(page.Clip(doc.Letterhead.Name, 60), left, margin, width*0.45, 0)
	title := s.text(page.Clip(doc.Title, 70), right, margin+width*0.45, width*0.55, 0)
	b := stacked(name)
	other := stacked(title)
	b.marks = append(b.marks, other.marks...)
	b.height = max(b.height, other.height) + 4
	b.marks = append(b.marks, page.Line{
		X1: margin, Y1: b.height, X2: margin + width, Y2: b.height, Width: 0.8, Colour: blue,
	})
	b.height += 10
	return []brick{b}
}

const pageLabel = 100.0

func (s *setter) footer(f page.Footer) brick {
	st := footStyle()
	var text []brick
	for _, l := range f.Lines {
		text = append(text, s.text(l, st, margin, width-pageLabel, 0)...)
	}
	set := stacked(text)
	out := brick{height: max(set.height, 2*st.leading) + 14}
	out.marks = append(out.marks, page.Line{X1: margin, Y1: 9, X2: margin + width, Y2: 9, Width: 0.5, Colour: line})
	for _, m := range set.marks {
		out.marks = append(out.marks, moved(m, 0, 13))
	}
	if f.Mark != "" {
		mark := heavy(page.SansHeavy, 7, st.leading, amber)
		mark.align = page.Right
		for _, m := range stacked(s.text(f.Mark, mark, margin+width-pageLabel+6, pageLabel-6, 0)).marks {
			out.marks = append(out.marks, moved(m, 0, 13+st.leading))
		}
	}
	return out
}

// number is "Pagina n di m" on a page.
func (c chrome) number(n, total int) []page.Mark {
	text := strings.NewReplacer("{n}", strconv.Itoa(n), "{total}", strconv.Itoa(total)).Replace(c.page)
	st := heavy(page.SansBold, 7.6, footStyle().leading, ink)
	st.align = page.Right
	return stacked(c.setter.text(text, st, margin+width-pageLabel+6, pageLabel-6, 0)).marks
}

// pages puts bricks on pages, each with its head and foot.
func (s *setter) pages(bricks []brick, c chrome) []page.Page {
	bodies := paginate(bricks, c.room(), c.roomLater())
	out := make([]page.Page, len(bodies))
	for i, body := range bodies {
		head := c.first
		if i > 0 {
			head = c.later
		}
		foot := pageHeight - bottom - c.footer.height
		var marks []page.Mark
		place := func(list []page.Mark, y float64) {
			for _, m := range list {
				marks = append(marks, moved(m, 0, y))
			}
		}
		place(head.marks, top)
		place(body, top+head.height)
		place(c.footer.marks, foot)
		place(c.number(i+1, len(bodies)), foot+13)
		out[i] = page.Page{Marks: marks}
	}
	return out
}

// paginate breaks bricks into pages: groups that must stay together move as
// one when a page can hold them.
func paginate(bricks []brick, first, later float64) [][]page.Mark {
	pages := [][]page.Mark{nil}
	y, room, fresh := 0.0, first, true
	for i := 0; i < len(bricks); {
		end := groupEnd(bricks, i)
		need := total(bricks[i:end])
		if !fresh && y+need > room && (need <= later || y+bricks[i].before+bricks[i].height > room) {
			pages, y, room, fresh = append(pages, nil), 0, later, true
		}
		if need > later {
			end = i + 1 // a group taller than a page breaks like anything else
		}
		at := len(pages) - 1
		for _, b := range bricks[i:end] {
			switch {
			case fresh && at > 0 && b.head != nil:
				pages[at] = put(pages[at], *b.head, y)
				y += b.head.height
			case !fresh || at == 0:
				y += b.before
			}
			pages[at] = put(pages[at], b, y)
			y += b.height
			fresh = false
		}
		i = end
	}
	return pages
}

func put(marks []page.Mark, b brick, y float64) []page.Mark {
	for _, m := range b.marks {
		marks = append(marks, moved(m, 0, y))
	}
	return marks
}

// groupEnd is the end of the bricks that stay with the one at i. A group is
// bounded: a chain of headings without text is damage.
func groupEnd(bricks []brick, i int) int {
	end := i + 1
	for end < len(bricks) && bricks[end-1].keep && end-i < 40 {
		end++
	}
	return end
}
