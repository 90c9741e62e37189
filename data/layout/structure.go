package layout

import (
	"slices"

	"polis/app/page"
)

// tree is the document's structure while it is set. Parts open an element,
// set what belongs to it and close it again:
//
//	defer s.close(s.open(page.RoleTable))
//
// Every mark made in between is content of the current element, s.at.
// Elements may be opened for versions of a section that are then dropped:
// settled keeps those that have marks on the paper.
type tree struct {
	elements []page.Element
	langs    []string // what each element is written in
	levels   []int    // how deep a heading is meant to be; 0 = no heading
	at       int      // the current element, or page.PageHead, page.PageFoot
	labels   string   // language of headings and other words of ours
}

func newTree(lang, labels string) tree {
	if labels == "" {
		labels = lang
	}
	return tree{
		elements: []page.Element{{Parent: -1, Role: page.RoleDocument}},
		langs:    []string{lang}, levels: []int{0}, labels: labels,
	}
}

// open begins an element in the current one; close gets what it returns.
func (t *tree) open(role page.Role) (back int) { return t.openAs(page.Element{Role: role}) }

// openIn begins an element in a language; "" is that of what is around it.
func (t *tree) openIn(role page.Role, lang string) (back int) {
	return t.openAs(page.Element{Role: role, Lang: lang})
}

// openHeading begins a heading: 1 is the document's title, 2 a section's,
// deeper ones are below. Levels are made to have no gaps in the end.
func (t *tree) openHeading(level int, lang string) (back int) {
	back = t.openIn(page.RoleH1, lang)
	if t.at > 0 {
		t.levels[t.at] = level
	}
	return back
}

// openAs begins an element with more than a role. What is repeated on every
// page has no elements.
func (t *tree) openAs(e page.Element) (back int) {
	back = t.at
	if back < 0 {
		return back
	}
	e.Parent = back
	lang := t.langs[back]
	if e.Lang == lang {
		e.Lang = ""
	}
	if e.Lang != "" {
		lang = e.Lang
	}
	t.at = len(t.elements)
	t.elements = append(t.elements, e)
	t.langs = append(t.langs, lang)
	t.levels = append(t.levels, 0)
	return back
}

// repeated begins what stands on every page: page.PageHead or PageFoot.
func (t *tree) repeated(where int) (back int) {
	back, t.at = t.at, where
	return back
}

func (t *tree) close(back int) { t.at = back }

// lang is the language of the current element.
func (t *tree) lang() string {
	if t.at < 0 {
		return t.labels
	}
	return t.langs[t.at]
}

// settled returns the elements that are used, in the order of reading, and
// the new index of each one. Marks tell which: appeared are the elements of
// all marks in their order on the pages. Empty cells of tables stay.
func (t *tree) settled(appeared []int) (elements []page.Element, names []int) {
	first := make([]int, len(t.elements)) // 1 + the place of its first mark
	first[0] = 1
	for k, id := range appeared {
		for ; id > 0 && first[id] == 0; id = t.elements[id].Parent {
			first[id] = k + 1
		}
	}
	children := make([][]int, len(t.elements))
	for id := 1; id < len(t.elements); id++ {
		parent := t.elements[id].Parent
		if first[id] == 0 && first[parent] > 0 && inTable(t.elements[id].Role) {
			first[id] = first[parent]
		}
		if first[id] > 0 {
			children[parent] = append(children[parent], id)
		}
	}
	o := outline{tree: t, first: first, children: children, names: make([]int, len(t.elements))}
	o.add(0, -1)
	return o.out, o.names
}

func inTable(r page.Role) bool {
	switch r {
	case page.RoleHead, page.RoleRows, page.RoleRow, page.RoleHeadCell, page.RoleCell:
		return true
	}
	return false
}

// outline puts the elements in the order of reading.
type outline struct {
	tree     *tree
	first    []int
	children [][]int
	names    []int
	out      []page.Element
	open     []int // the headings above, as deep as they were meant
}

func (o *outline) add(id, parent int) {
	e := o.tree.elements[id]
	e.Parent = parent
	if level := o.tree.levels[id]; level > 0 {
		for len(o.open) > 0 && o.open[len(o.open)-1] >= level {
			o.open = o.open[:len(o.open)-1]
		}
		o.open = append(o.open, level)
		e.Role = headingRole(len(o.open))
	}
	name := len(o.out)
	o.names[id] = name
	o.out = append(o.out, e)
	list := o.children[id]
	if e.Role == page.RoleDocument || e.Role == page.RolePart {
		// versions of sections are set when they are needed, not in order
		slices.SortStableFunc(list, func(a, b int) int { return o.first[a] - o.first[b] })
	}
	for _, child := range list {
		o.add(child, name)
	}
}

func headingRole(level int) page.Role {
	roles := []page.Role{page.RoleH1, page.RoleH2, page.RoleH3, page.RoleH4, page.RoleH5, page.RoleH6}
	return roles[min(level, len(roles))-1]
}
