package pdf

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"polis/app/page"
)

// structure is what the pages must say about the tree.
type structure struct {
	root    int
	entries []string // page by page, for the page's dictionary
}

// structure writes the tree, the links and the way from the pages' content
// back to the tree.
func (f *file) structure(dl page.DisplayList, t *tree, pages []int) structure {
	w := &treeWriter{file: f, tree: t, pages: pages, height: dl.Height}
	root := f.reserve()
	w.numbers = make([]int, len(t.elements))
	for i := range t.elements {
		if t.kept(i) {
			w.numbers[i] = f.reserve()
		}
	}
	s := structure{root: root, entries: make([]string, len(pages))}
	onPage := w.links()
	for i := range t.elements {
		if t.kept(i) {
			w.element(i, cmp.Or(w.parent(i), root))
		}
	}
	parents := f.reserve()
	f.set(root, "<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R/ParentTreeNextKey %d>>",
		w.numbers[0], parents, len(pages)+len(t.notes))
	var nums strings.Builder
	for n, content := range t.content {
		if len(content) > 0 {
			s.entries[n] = fmt.Sprintf("/StructParents %d", n)
			fmt.Fprintf(&nums, "%d[", n)
			for _, e := range content {
				fmt.Fprintf(&nums, "%d 0 R ", w.numbers[e])
			}
			nums.WriteByte(']')
		}
		if len(onPage[n]) > 0 {
			s.entries[n] += "/Annots[" + references(onPage[n]) + "]"
		}
		s.entries[n] += "/Tabs/S"
	}
	for i, note := range t.notes {
		fmt.Fprintf(&nums, "%d %d 0 R ", len(pages)+i, w.numbers[note.element])
	}
	f.set(parents, "<</Nums[%s]>>", nums.String())
	return s
}

type treeWriter struct {
	file    *file
	tree    *tree
	pages   []int
	numbers []int // of the elements' objects
	notes   []int // of the links' objects
	height  float64
}

func (w *treeWriter) parent(i int) int {
	if p := w.tree.elements[i].Parent; p >= 0 {
		return w.numbers[p]
	}
	return 0
}

func (w *treeWriter) element(i, parent int) {
	e := w.tree.elements[i]
	var kids []string
	home := -1 // the page that the element says it is on
	w.tree.reading(i, func(k kid) {
		if home < 0 {
			home = k.page
		}
		elsewhere := ""
		if k.page != home {
			elsewhere = fmt.Sprintf("/Pg %d 0 R", w.pages[k.page])
		}
		switch {
		case k.mcid < 0:
			kids = append(kids, fmt.Sprintf("<</Type/OBJR%s/Obj %d 0 R>>", elsewhere, w.notes[k.note]))
		case elsewhere != "":
			kids = append(kids, fmt.Sprintf("<</Type/MCR%s/MCID %d>>", elsewhere, k.mcid))
		default:
			kids = append(kids, strconv.Itoa(k.mcid))
		}
	}, func(c int) { kids = append(kids, fmt.Sprintf("%d 0 R", w.numbers[c])) })
	b := fmt.Appendf(nil, "<</S/%s/P %d 0 R", e.Role, parent)
	if home >= 0 {
		b = fmt.Appendf(b, "/Pg %d 0 R", w.pages[home])
	}
	if e.Lang != "" && languageTag(e.Lang) {
		b = fmt.Appendf(b, "/Lang%s", textString(e.Lang))
	}
	if e.Alt != "" {
		b = fmt.Appendf(b, "/Alt%s", textString(line(e.Alt)))
	}
	b = append(b, w.attributes(i, e)...)
	if len(kids) == 1 {
		b = fmt.Appendf(b, "/K %s", kids[0])
	} else if len(kids) > 1 {
		b = fmt.Appendf(b, "/K[%s]", strings.Join(kids, " "))
	}
	w.file.set(w.numbers[i], "%s>>", b)
}

func (w *treeWriter) attributes(i int, e page.Element) string {
	switch e.Role {
	case page.RoleFigure:
		b := w.tree.nodes[i].box
		if b.left > b.right {
			return ""
		}
		return fmt.Sprintf("/A<</O/Layout/Placement/Block/BBox[%s %s %s %s]>>",
			decimal(b.left), decimal(w.height-b.bottom), decimal(b.right), decimal(w.height-b.top))
	case page.RoleList:
		if e.Ordered {
			return "/A<</O/List/ListNumbering/Decimal>>"
		}
		return "/A<</O/List/ListNumbering/Disc>>"
	case page.RoleHeadCell, page.RoleCell:
		var a string
		if e.Role == page.RoleHeadCell {
			a = "/Scope/" + string(cmp.Or(e.Scope, page.ScopeColumn))
		}
		if e.Columns > 1 {
			a += fmt.Sprintf("/ColSpan %d", e.Columns)
		}
		if a != "" {
			return "/A<</O/Table" + a + ">>"
		}
	}
	return ""
}

// links writes the links and returns their numbers page by page.
func (w *treeWriter) links() [][]int {
	onPage := make([][]int, len(w.pages))
	for i, n := range w.tree.notes {
		l := n.link
		action := ""
		text := l.Text
		if l.Page > 0 {
			action = fmt.Sprintf("/Dest[%d 0 R/XYZ null %s null]", w.pages[l.Page-1], decimal(w.height-l.Top))
			text = cmp.Or(line(text), strconv.Itoa(l.Page))
		} else {
			action = "/A<</S/URI/URI" + byteString(address(l.URL)) + ">>"
			text = cmp.Or(line(text), address(l.URL))
		}
		number := w.file.add("<</Type/Annot/Subtype/Link/Rect[%s %s %s %s]/Border[0 0 0]/F 4/StructParent %d/Contents%s%s>>",
			decimal(l.X), decimal(w.height-l.Y-l.H), decimal(l.X+l.W), decimal(w.height-l.Y), len(w.pages)+i,
			textString(text), action)
		w.notes = append(w.notes, number)
		onPage[n.page] = append(onPage[n.page], number)
	}
	return onPage
}

// address writes a URL in ASCII, as PDF demands, and not longer than a string
// may be.
func address(u string) string {
	var b strings.Builder
	for i := range min(len(u), longest) {
		if c := u[i]; c <= ' ' || c >= 0x7F {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(u[i])
	}
	return b.String()
}

// outlines writes the bookmarks; the result is what the catalogue says of
// them.
func (f *file) outlines(dl page.DisplayList, pages []int) string {
	if len(dl.Bookmarks) == 0 {
		return ""
	}
	root := f.reserve()
	type entry struct{ number, parent, prev, next, first, last, count int }
	entries := make([]entry, len(dl.Bookmarks))
	var path []int // the entries around the present one
	top := entry{number: root}
	at := func(i int) *entry {
		if i < 0 {
			return &top
		}
		return &entries[i]
	}
	for i, b := range dl.Bookmarks {
		for len(path) > 0 && dl.Bookmarks[path[len(path)-1]].Level >= b.Level {
			path = path[:len(path)-1]
		}
		e := &entries[i]
		e.number = f.reserve()
		up := -1
		if len(path) > 0 {
			up = path[len(path)-1]
		}
		parent := at(up)
		e.parent = parent.number
		if parent.first == 0 {
			parent.first = e.number
		} else {
			e.prev = parent.last
			entries[e.prev-entries[0].number].next = e.number
		}
		parent.last = e.number
		parent.count++
		path = append(path, i)
	}
	f.set(root, "<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>", top.first, top.last, top.count)
	for i, b := range dl.Bookmarks {
		e := entries[i]
		d := fmt.Appendf(nil, "<</Title%s/Parent %d 0 R/Dest[%d 0 R/XYZ null %s null]",
			textString(line(b.Title)), e.parent, pages[b.Page-1], decimal(dl.Height-b.Top))
		for _, link := range []struct {
			key string
			to  int
		}{{"Prev", e.prev}, {"Next", e.next}, {"First", e.first}, {"Last", e.last}} {
			if link.to > 0 {
				d = fmt.Appendf(d, "/%s %d 0 R", link.key, link.to)
			}
		}
		if e.count > 0 {
			d = fmt.Appendf(d, "/Count -%d", e.count) // closed
		}
		f.set(e.number, "%s>>", d)
	}
	return fmt.Sprintf("/PageMode/UseOutlines/Outlines %d 0 R", root)
}
