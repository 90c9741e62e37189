package layout

import (
	"strings"

	"polis/app/page"
)

// fitting is the search for the versions of the sections that together fill
// one page.
type fitting struct {
	setter   *setter
	doc      page.Document
	sections []built
	level    []int // version chosen, by section; 0 is the longest
	room     float64
}

// fit shortens sections until all is on one page, in large print until all
// would be on one page of the usual print: it says the same, on as many pages
// as it needs.
func (s *setter) fit(doc page.Document, sections []built, c chrome) []brick {
	f := fitting{setter: s, doc: doc, sections: sections, level: make([]int, len(sections)), room: c.room()}
	if !doc.Large {
		f.choose()
		return f.bricks()
	}
	usual := doc
	usual.Large = false
	if levels, err := s.usualLevels(usual); err == nil {
		f.level = levels
	}
	return f.bricks()
}

// usualLevels are the versions that the usual print has.
func (s *setter) usualLevels(doc page.Document) ([]int, error) {
	defer func(k look) { s.look = k }(s.look)
	s.look = lookOf(doc)
	sections, err := s.build(doc)
	if err != nil {
		return nil, err
	}
	f := fitting{setter: s, doc: doc, sections: sections, level: make([]int, len(sections)), room: s.chrome(doc).room()}
	f.choose()
	return f.level, nil
}

// choose finds the versions. When all sections do not fit as they are, every
// one starts from its shortest version and versions are given back, the most
// important first, as long as there is room. When even the shortest do not
// fit, the paper has more pages: nothing is cut off.
func (f *fitting) choose() {
	if f.fits() {
		return
	}
	for i, b := range f.sections {
		f.level[i] = len(b.section.Shorter)
	}
	f.giveBack()
}

func (f *fitting) fits() bool { return total(f.bricks()) <= f.room }

// giveBack undoes cuts for which there is room, in the reverse of their
// order.
func (f *fitting) giveBack() {
	tried := map[int]bool{}
	for {
		best := -1
		for i, b := range f.sections {
			if f.level[i] == 0 || tried[i] {
				continue
			}
			if best < 0 || b.section.Shorter[f.level[i]-1].Order > f.sections[best].section.Shorter[f.level[best]-1].Order {
				best = i
			}
		}
		if best < 0 {
			return
		}
		f.level[best]--
		if !f.fits() {
			f.level[best]++
			tried[best] = true
		}
	}
}

// bricks are those of the chosen versions, with the line that tells what is
// missing.
func (f *fitting) bricks() []brick {
	var out []brick
	for i := range f.sections {
		out = append(out, f.version(i, f.level[i])...)
	}
	return append(out, f.told()...)
}

// version sets a version of a section when it is first needed. What does not
// lay out as a shorter version is left as it was: the longest one did.
func (f *fitting) version(i, level int) []brick {
	b := &f.sections[i]
	for len(b.versions) <= level {
		set, err := f.setter.section(inPart(b.section, f.doc), b.section.Shorter[len(b.versions)-1].Parts)
		if err != nil {
			set = b.versions[len(b.versions)-1]
		}
		b.versions = append(b.versions, set)
	}
	return b.versions[level]
}

// inPart is a section that says beside its title that it is not whole: who
// reads a list of what to bring must not take it for all there is.
func inPart(sec page.Section, doc page.Document) page.Section {
	switch {
	case doc.InPart == "":
	case sec.Note == "":
		sec.Note = doc.InPart
	default:
		sec.Note = doc.InPart + " · " + sec.Note
	}
	return sec
}

// told says in one line what was left out and what was shortened.
func (f *fitting) told() []brick {
	var out, short []string
	for i, b := range f.sections {
		name := b.section.Title
		if name == "" {
			name = b.section.Name
		}
		level := f.level[i]
		switch {
		case name == "":
		case level > 0 && len(b.section.Shorter[level-1].Parts) == 0 && !b.section.Told:
			out = append(out, name)
		case level > 0 || b.section.Shortened:
			short = append(short, name)
		}
	}
	var sentences []string
	if len(out) > 0 && f.doc.LeftOut != "" {
		sentences = append(sentences, strings.ReplaceAll(f.doc.LeftOut, "{what}", strings.Join(out, ", ")))
	}
	if len(short) > 0 && f.doc.Shortened != "" {
		sentences = append(sentences, strings.ReplaceAll(f.doc.Shortened, "{what}", strings.Join(short, ", ")))
	}
	if len(sentences) == 0 {
		return nil
	}
	if f.doc.Rest != "" {
		sentences = append(sentences, f.doc.Rest)
	}
	st := f.setter.smallText()
	st.plain, st.colour = page.SansItalic, ink
	return keepAll(f.setter.textIn(page.RoleParagraph, strings.Join(sentences, " "), st, f.setter.left, f.setter.width, 9))
}
