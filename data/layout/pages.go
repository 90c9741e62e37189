package layout

import (
	"slices"
	"strconv"
	"strings"

	"polis/app/page"
)

// chrome is what stands on every page around the text.
type chrome struct {
	first, later brick // at the top
	footer       brick
	page         string // "Pagina {n} di {total}"
	look         look
	setter       *setter
}

func (s *setter) chrome(doc page.Document) chrome {
	c := chrome{setter: s, look: s.look, page: doc.Footer.Page}
	band := s.band(doc.Band)
	c.first = stacked(append(band, s.letterhead(doc.Letterhead)...))
	defer s.close(s.repeated(page.PageHead))
	c.later = stacked(append(s.band(doc.Band), s.runningHead(doc)...))
	s.repeated(page.PageFoot)
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
	st := s.heavyText(page.SansHeavy, 10, 14, 0x7A4900)
	st.align = page.Center
	set := stacked(s.textIn(page.RoleParagraph, text, st, s.left+6, s.width-12, 0))
	out := brick{height: set.height + 10}
	out.marks = append(out.marks, page.Box{
		X: s.left, W: s.width, H: set.height + 4, Filled: true, Fill: amberPale, Border: 1, Outline: amber,
	})
	for _, m := range set.marks {
		out.marks = append(out.marks, moved(m, 0, 2))
	}
	return []brick{out}
}

func (s *setter) letterhead(l page.Letterhead) []brick {
	out := []brick{{height: s.space(8), marks: []page.Mark{
		page.Line{X1: s.left, Y1: 1, X2: s.left + s.width, Y2: 1, Width: 2, Colour: s.accent},
	}}}
	logo, logoWidth, logoHeight := s.letterheadLogo(l)
	left, limit, chipWidth := s.left, s.width, 0.0
	if logoWidth > 0 {
		left, limit = left+logoWidth+logoGap, limit-logoWidth-logoGap
	}
	chip := s.heavyText(page.SansBold, 8, 11, s.accent)
	if l.Tag != "" {
		chipWidth = min(s.textWidth(s.clean(l.Tag), chip.plain, chip.size)+16, s.width/3)
		limit -= chipWidth + 12
	}
	text := s.textIn(page.RoleParagraph, page.Clip(l.Name, 160), s.heavyText(page.SansHeavy, 13, 17, s.accent), left, limit, 0)
	text = append(text, s.textIn(page.RoleParagraph, page.Clip(l.Office, 160), s.sansText(9.2, 12.4, grey), left, limit, 0)...)
	set := stacked(text)
	if drop := (logoHeight - set.height) / 2; drop > 0 {
		set = lowered(set, drop)
		set.height += drop
	}
	set.marks, set.height = append(logo, set.marks...), max(set.height, logoHeight)
	if l.Tag != "" {
		x := s.left + s.width - chipWidth
		chip.align = page.Center
		tag := stacked(s.textIn(page.RoleParagraph, l.Tag, chip, x+4, chipWidth-8, 0))
		set.marks = append(set.marks, page.Box{X: x, Y: 3, W: chipWidth, H: tag.height + 5, Filled: true, Fill: s.tint})
		set.marks = append(set.marks, lowered(tag, 5.5).marks...)
		set.height = max(set.height, tag.height+9)
	}
	return append(out, set)
}

// runningHead names sender and title on the pages after the first.
func (s *setter) runningHead(doc page.Document) []brick {
	left := s.runningText(heavy(page.SansBold, 8, 12, s.accent))
	right := s.runningText(sans(8, 12, grey))
	right.align = page.Right
	name := s.text(page.Clip(doc.Letterhead.Name, 60), left, s.left, s.width*0.45, 0)
	title := s.text(page.Clip(doc.Title, 70), right, s.left+s.width*0.45, s.width*0.55, 0)
	b := stacked(name)
	other := stacked(title)
	b.marks = append(b.marks, other.marks...)
	b.height = max(b.height, other.height) + 4
	b.marks = append(b.marks, page.Line{
		X1: s.left, Y1: b.height, X2: s.left + s.width, Y2: b.height, Width: 0.8, Colour: s.accent,
	})
	b.height += 10
	return []brick{b}
}

// runningText is read in passing: it grows less than the rest.
func (k look) runningText(st style) style {
	if k.large {
		st.size, st.leading = 12, 15
	}
	return st
}

// pageLabel is the width of "Pagina n di m".
func (k look) pageLabel() float64 {
	if k.large {
		return 130
	}
	return 100
}

func (s *setter) footer(f page.Footer) brick {
	st := s.footText()
	mark := s.heavyText(page.SansHeavy, 7, footStyle().leading, amber)
	mark.align = page.Right
	label := max(s.pageLabel(), s.textWidth(s.clean(f.Mark), mark.plain, mark.size)+12)
	var text []brick
	for _, l := range f.Lines {
		limit := s.width
		if len(text) == 0 || len(text) == 1 && f.Mark != "" { // beside the page's number
			limit -= label
		}
		text = append(text, s.text(l, st, s.left, limit, 0)...)
	}
	set := stacked(text)
	out := brick{height: max(set.height, 2*st.leading) + 14}
	out.marks = append(out.marks, page.Line{X1: s.left, Y1: 9, X2: s.left + s.width, Y2: 9, Width: 0.5, Colour: line})
	for _, m := range set.marks {
		out.marks = append(out.marks, moved(m, 0, 13))
	}
	if f.Mark != "" {
		for _, m := range stacked(s.text(f.Mark, mark, s.left+s.width-label+6, label-6, 0)).marks {
			out.marks = append(out.marks, moved(m, 0, 13+st.leading))
		}
	}
	return out
}

// number is "Pagina n di m" on a page.
func (c chrome) number(n, total int) []page.Mark {
	text := strings.NewReplacer("{n}", strconv.Itoa(n), "{total}", strconv.Itoa(total)).Replace(c.page)
	s := c.setter
	s.look = c.look
	st := s.heavyText(page.SansBold, 7.6, footStyle().leading, ink)
	st.leading, st.align = s.footText().leading, page.Right
	defer s.close(s.repeated(page.PageFoot))
	return stacked(s.text(text, st, s.left+s.width-s.pageLabel()+6, s.pageLabel()-6, 0)).marks
}

// stack is a document on its pages, before they are drawn.
type stack struct {
	chrome chrome
	pages  [][]place
}

// place is a brick at a height of the text.
type place struct {
	*brick
	y     float64
	again bool // a repeated head: it was read out once
}

// headOf is what stands at the top of a document's page.
func (c *chrome) headOf(n int) *brick {
	if n == 0 {
		return &c.first
	}
	return &c.later
}

// draw puts stacks on pages, numbered through, with structure and bookmarks.
func (s *setter) draw(dl *page.DisplayList, stacks []stack) {
	var appeared []int
	total := 0
	see := func(b *brick) {
		for _, m := range b.marks {
			if id := of(m); id > 0 && (len(appeared) == 0 || appeared[len(appeared)-1] != id) {
				appeared = append(appeared, id)
			}
		}
	}
	for i := range stacks {
		total += len(stacks[i].pages)
		for n, body := range stacks[i].pages {
			see(stacks[i].chrome.headOf(n))
			for _, p := range body {
				if !p.again {
					see(p.brick)
				}
			}
		}
	}
	var names []int
	dl.Elements, names = s.settled(appeared)
	d := drawn{list: dl, names: names, total: total}
	for i := range stacks {
		for n, body := range stacks[i].pages {
			d.page(&stacks[i].chrome, n, body)
		}
	}
	if total <= fewPages {
		dl.Bookmarks = nil
	}
}

// fewPages need no bookmarks.
const fewPages = 3

// drawn is a display list that grows.
type drawn struct {
	list  *page.DisplayList
	names []int
	total int
}

func (d *drawn) page(c *chrome, n int, body []place) {
	var marks []page.Mark
	put := func(list []page.Mark, y float64) {
		for _, m := range list {
			marks = append(marks, placed(m, 0, y, d.names))
		}
	}
	head := c.headOf(n)
	put(head.marks, top)
	for _, p := range body {
		if p.again {
			put(silent(p.marks), top+head.height+p.y)
			continue
		}
		put(p.marks, top+head.height+p.y)
		if p.title != "" {
			d.list.Bookmarks = append(d.list.Bookmarks, page.Bookmark{
				Title: p.title, Level: p.level, Page: len(d.list.Pages) + 1, Top: top + head.height + p.y,
			})
		}
	}
	foot := pageHeight - bottom - c.footer.height
	put(c.footer.marks, foot)
	put(c.number(len(d.list.Pages)+1, d.total), foot+13)
	d.list.Pages = append(d.list.Pages, page.Page{Marks: marks})
}

// silent are marks that are seen again but belong to no element: all but
// the links.
func silent(marks []page.Mark) []page.Mark {
	out := make([]page.Mark, 0, len(marks))
	for _, m := range marks {
		switch m := m.(type) {
		case page.Link:
		case page.Run:
			m.Of = page.PageHead
			out = append(out, m)
		default:
			out = append(out, m)
		}
	}
	return out
}

// inexact is what sums of heights may differ by when they are made in another
// order.
const inexact = 0.01

// paginate breaks bricks into pages: groups that must stay together move as
// one when a page can hold them.
func paginate(bricks []brick, first, later float64) [][]place {
	pages := [][]place{nil}
	first, later = first+inexact, later+inexact
	y, room, fresh := 0.0, first, true
	for i := 0; i < len(bricks); {
		if bricks[i].fresh && !fresh {
			pages, y, room, fresh = append(pages, nil), 0, later, true
		}
		end := loosened(bricks, i, groupEnd(bricks, i), room-y, later)
		need := total(bricks[i:end])
		if !fresh && y+need > room && (need <= later || y+bricks[i].before+bricks[i].height > room) {
			pages, y, room, fresh = append(pages, nil), 0, later, true
		}
		if need > later {
			end = i + 1 // a group taller than a page breaks like anything else
		}
		at := len(pages) - 1
		for k := i; k < end; k++ {
			b := &bricks[k]
			switch {
			case fresh && at > 0 && b.head != nil:
				pages[at] = append(pages[at], place{brick: b.head, y: y, again: true})
				y += b.head.height
			case !fresh || at == 0:
				y += b.before
			}
			pages[at] = append(pages[at], place{brick: b, y: y})
			y += b.height
			fresh = false
		}
		i = end
	}
	return pages
}

// wasted is the share of a page that may stay empty for what must stay
// together; longestChain is how many headings in a row are no damage.
const (
	wasted       = 0.3
	longestChain = 30
)

// loosened ends a group earlier when it would leave much of a page empty, or
// is taller than one: where it is not so strict or, in a chain without end,
// where the page does. It stays whole when there is no such place.
func loosened(bricks []brick, i, end int, left, later float64) int {
	need := total(bricks[i:end])
	if need <= left || need <= later && left <= wasted*later {
		return end
	}
	limit := left
	if left <= wasted*later {
		limit = later
	}
	at, h := end, 0.0
	for k := i; k < end; k++ {
		if h += bricks[k].before + bricks[k].height; h > limit {
			break
		}
		if bricks[k].soft || end-i > longestChain {
			at = k + 1
		}
	}
	return at
}

// The last page looks forgotten when less than this share of it is used. Then
// the spaces are made smaller, down to the least, if that saves the page.
const (
	forgotten    = 0.2
	leastSpace   = 0.55
	leastLeading = 0.94
	closest      = 2.6  // spaces that are so small stay as they are
	severalLines = 32.0 // a brick so high has them
	bullet       = 8.0  // no bullet is larger

	forgottenLarge = 0.35 // the lines of large print are nearly twice as high
)

// tightened breaks bricks into pages, with less white between them when a few
// lines would be alone on the last page. Large print may get as close as the
// usual one.
func (k look) tightened(bricks []brick, first, later float64) [][]place {
	few, spaces := forgotten, []float64{0.85, 0.7, leastSpace}
	if k.large {
		few, spaces = forgottenLarge, append(spaces, leastSpace/largeSpace)
	}
	pages := paginate(bricks, first, later)
	n := len(pages)
	if n < 2 || len(pages[n-1]) == 0 {
		return pages
	}
	if end := pages[n-1][len(pages[n-1])-1]; end.y+end.height > few*later {
		return pages
	}
	for _, space := range spaces {
		if tight := paginate(closer(bricks, space, 1), first, later); len(tight) < n {
			return tight
		}
	}
	if tight := paginate(closer(bricks, spaces[len(spaces)-1], leastLeading), first, later); len(tight) < n {
		return tight
	}
	return pages
}

// closer makes spaces and the lines of texts smaller.
func closer(bricks []brick, space, leading float64) []brick {
	out := slices.Clone(bricks)
	for i := range out {
		out[i].before = max(out[i].before*space, min(out[i].before, closest))
		if leading < 1 && out[i].height < severalLines && !solid(out[i]) {
			out[i].height *= leading
		}
	}
	return out
}

// solid reports whether marks fill a brick, as a ground or a rule at its foot
// do; lines of text and their bullets do not.
func solid(b brick) bool {
	return slices.ContainsFunc(b.marks, func(m page.Mark) bool {
		switch m := m.(type) {
		case page.Run, page.Link:
			return false
		case page.Line:
			return m.Y2 > b.height-1
		case page.Box:
			return m.H > bullet
		}
		return true
	})
}

// Air is what a section gets above its heading when there is room for it:
// never on the cost of words.
const air = 6.0

func aired(bricks []brick, room float64) {
	n := 0
	for _, b := range bricks {
		if b.level == belowSection {
			n++
		}
	}
	each := min(air, (room-1)/float64(max(n, 1))) // a point less: sums are not exact
	for i := range bricks {
		if bricks[i].level == belowSection && each > 0 {
			bricks[i].before += each
		}
	}
}

// mostTogether is how many bricks stay together: a chain of headings without
// text is damage.
const mostTogether = 40

// groupEnd is the end of the bricks that stay with the one at i. A group that
// is too long ends where it is not so strict.
func groupEnd(bricks []brick, i int) int {
	end, soft := i+1, i+mostTogether
	for end < len(bricks) && bricks[end-1].keep && !bricks[end].fresh {
		if bricks[end-1].soft {
			soft = end
		}
		if end-i >= mostTogether {
			return soft
		}
		end++
	}
	return end
}
