package pdf

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"polis/app/page"
)

// tree is the document's structure at work: the list's elements, what of the
// pages' content belongs to each, and the links. Orders count marked content
// and links through the document, as they are read.
type tree struct {
	elements []page.Element
	nodes    []node
	order    int
	content  [][]int // page by page the element of every marked content, by its MCID
	notes    []note
	feet     map[string]int // link elements of what is on many pages, by address
	actual   map[spot]string
}

// spot is a mark: its page and its place there.
type spot struct{ page, mark int }

// node is what is known of an element besides the list's words.
type node struct {
	kids     []kid // its own content, in order
	children []int
	first    int // the order in which it begins, own content or a child's; unread when it has none
	box      box // around the marks of a figure
}

// kid is marked content of a page (mcid) or, with mcid less than zero, a link.
type kid struct{ order, page, mcid, note int }

// note is a link on a page (an annotation), and the element that it is in.
type note struct {
	page, element int
	link          page.Link
}

const unread = math.MaxInt

type box struct{ left, top, right, bottom float64 }

func newTree(dl page.DisplayList) (*tree, error) {
	t := &tree{
		elements: append([]page.Element(nil), dl.Elements...),
		content:  make([][]int, len(dl.Pages)), feet: map[string]int{}, actual: map[spot]string{},
	}
	if len(t.elements) == 0 {
		t.elements = []page.Element{{Parent: -1, Role: page.RoleDocument}}
	}
	t.nodes = make([]node, len(t.elements))
	for i, e := range t.elements {
		if (i == 0) != (e.Parent < 0) || e.Parent >= i {
			return nil, fmt.Errorf("element %d stands in element %d", i, e.Parent)
		}
		if e.Role == "" {
			return nil, fmt.Errorf("element %d has no role", i)
		}
		t.place(i)
	}
	return t, leadsTrue(dl)
}

// leadsTrue checks that marks name elements, links and bookmarks pages that
// there are.
func leadsTrue(dl page.DisplayList) error {
	for n, p := range dl.Pages {
		for i, m := range p.Marks {
			if of := owner(m); of < page.PageFoot || of >= len(dl.Elements) && of > 0 {
				return fmt.Errorf("page %d, mark %d: no element %d", n+1, i, of)
			}
			if l, ok := m.(page.Link); ok && (l.Page < 0 || l.Page > len(dl.Pages)) {
				return fmt.Errorf("page %d: a link to page %d of %d", n+1, l.Page, len(dl.Pages))
			}
		}
	}
	for _, b := range dl.Bookmarks {
		if b.Page < 1 || b.Page > len(dl.Pages) {
			return fmt.Errorf("a bookmark to page %d of %d", b.Page, len(dl.Pages))
		}
	}
	return nil
}

// place puts an element into its parent's children.
func (t *tree) place(i int) {
	e := t.elements[i]
	t.nodes[i].first = unread
	t.nodes[i].box = box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	if e.Parent >= 0 {
		t.nodes[e.Parent].children = append(t.nodes[e.Parent].children, i)
	}
}

// owner is the element that a mark is the content of.
func owner(m page.Mark) int {
	switch m := m.(type) {
	case page.Run:
		return m.Of
	case page.Box:
		return m.Of
	case page.Line:
		return m.Of
	case page.Path:
		return m.Of
	case page.Picture:
		return m.Of
	case page.Code:
		return m.Of
	case page.Link:
		return m.Of
	}
	return page.Decoration
}

// spell makes a run's text what can be drawn, with no sign that the font
// lacks. What it stands for is kept.
func (t *tree) spell(number, mark int, r page.Run, metrics page.Metrics) page.Run {
	actual := r.Actual
	if r.Face >= 0 && r.Face < page.FaceCount {
		drawn := strings.Map(func(c rune) rune {
			if metrics.Advance(r.Face, c) >= 0 {
				return c
			}
			if metrics.Advance(r.Face, '\uFFFD') >= 0 {
				return '\uFFFD'
			}
			return '?'
		}, r.Text)
		if drawn != r.Text && actual == "" {
			actual = strings.ToValidUTF8(r.Text, "\uFFFD")
		}
		r.Text = drawn
	}
	if actual != "" && r.Of > 0 {
		t.actual[spot{number, mark}] = actual
	}
	return r
}

// begin notes that marked content of an element begins on a page, and
// returns its number there.
func (t *tree) begin(number, element int) int {
	mcid := len(t.content[number])
	t.content[number] = append(t.content[number], element)
	t.add(element, kid{page: number, mcid: mcid})
	return mcid
}

func (t *tree) add(element int, k kid) {
	k.order = t.order
	t.order++
	t.nodes[element].kids = append(t.nodes[element].kids, k)
	for e := element; e >= 0 && t.nodes[e].first == unread; e = t.elements[e].Parent {
		t.nodes[e].first = k.order
	}
}

// link notes a link. It belongs to an element Link: the one that the mark
// names or that is around it, else a new one there. One that leads nowhere is
// none.
func (t *tree) link(number int, l page.Link) {
	if l.Page == 0 && l.URL == "" {
		return
	}
	at := l.Of
	for at > 0 && t.elements[at].Role != page.RoleLink {
		at = t.elements[at].Parent
	}
	if at <= 0 {
		at = t.linkIn(max(l.Of, 0), l)
	}
	t.add(at, kid{page: number, mcid: -1, note: len(t.notes)})
	t.notes = append(t.notes, note{page: number, element: at, link: l})
}

// linkIn makes an element Link. Links of heads and feet, which no element
// has, get one for all pages.
func (t *tree) linkIn(parent int, l page.Link) int {
	to := fmt.Sprintf("%d %s", l.Page, l.URL)
	if i, ok := t.feet[to]; ok && parent == 0 {
		return i
	}
	i := len(t.elements)
	t.elements = append(t.elements, page.Element{Parent: parent, Role: page.RoleLink})
	t.nodes = append(t.nodes, node{})
	t.place(i)
	if parent == 0 {
		t.feet[to] = i
	}
	return i
}

// grow widens a figure's box by one of its marks.
func (t *tree) grow(element int, m page.Mark) {
	b := &t.nodes[element].box
	add := func(left, top, right, bottom float64) {
		b.left, b.right = min(b.left, left), max(b.right, right)
		b.top, b.bottom = min(b.top, top), max(b.bottom, bottom)
	}
	switch m := m.(type) {
	case page.Run:
		add(m.X, m.Y-m.Size, m.X+m.Width, m.Y+0.25*m.Size)
	case page.Box:
		add(m.X, m.Y, m.X+m.W, m.Y+m.H)
	case page.Line:
		add(min(m.X1, m.X2), min(m.Y1, m.Y2), max(m.X1, m.X2), max(m.Y1, m.Y2))
	case page.Path:
		for _, p := range m.Points {
			add(p.X, p.Y, p.X, p.Y)
		}
	case page.Picture:
		add(m.X, m.Y, m.X+m.W, m.Y+m.H)
	case page.Code:
		add(m.X, m.Y, m.X+m.Size, m.Y+m.Size)
	}
}

// figure is the figure that an element is or is in; zero when it is none.
func (t *tree) figure(element int) int {
	for element > 0 && t.elements[element].Role != page.RoleFigure {
		element = t.elements[element].Parent
	}
	return max(element, 0)
}

// kept says whether an element stands in the file: it has content, or a table
// needs it.
func (t *tree) kept(i int) bool {
	e := t.elements[i]
	return i == 0 || t.nodes[i].first != unread || e.Role == page.RoleCell || e.Role == page.RoleHeadCell || t.keepsCell(i)
}

func (t *tree) keepsCell(i int) bool {
	for _, c := range t.nodes[i].children {
		if t.kept(c) {
			return true
		}
	}
	return false
}

// reading calls own for every piece of an element's own content and child for
// every child, in the order of reading: children stand in their order, own
// content before the child that begins after it.
func (t *tree) reading(i int, own func(kid), child func(int)) {
	rest := t.nodes[i].kids
	for _, c := range t.nodes[i].children {
		if !t.kept(c) {
			continue
		}
		for first := t.nodes[c].first; first != unread && len(rest) > 0 && rest[0].order < first; rest = rest[1:] {
			own(rest[0])
		}
		child(c)
	}
	for _, k := range rest {
		own(k)
	}
}

var errMarker = errors.New("a marker that is none of ours")
