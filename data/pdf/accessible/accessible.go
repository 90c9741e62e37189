// Package accessible checks tagged PDF files of the kind that data/pdf
// writes, and reads their text the way that screen readers do: through the
// tags. It reads a finished file on its own and shares no code with its
// writer. It holds a file against what PDF/UA-1 and PDF/A-2a ask of such
// files, and against what they cannot ask: that words do not glue together
// and that the order of reading is that of the pages. Only tests use it.
package accessible

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// Report is what was found in a file.
type Report struct {
	Findings []Finding // what is wrong; none is a good file
	Passages []Passage // the text through the tags, in the order of reading
	Pages    int
	Links    int
	Lang     string // of the document
}

// Finding is one fault: the rule in a word, and what breaks it where.
type Finding struct{ Rule, What string }

func (f Finding) String() string { return f.Rule + ": " + f.What }

// Passage is the text of one element with that of the elements in its lines
// (spans, links). Of a figure it is the alternative text.
type Passage struct{ Role, Lang, Text string }

// Check reads a file. It fails when it cannot be read at all; all other
// faults are findings.
func Check(data []byte) (Report, error) {
	r, err := open(data)
	if err != nil {
		return Report{}, fmt.Errorf("accessible: %w", err)
	}
	c := &checker{reader: r, data: data, fonts: map[ref]*font{}, content: map[spot]*piece{}, elements: map[ref]*element{}}
	c.catalog, _ = r.get(r.trailer["Root"]).(dict)
	if c.catalog == nil {
		return Report{}, fmt.Errorf("accessible: %w: no catalogue", errCut)
	}
	c.file()
	c.objects()
	c.metadata()
	c.readPages()
	c.structure()
	c.bothWays()
	c.outlines()
	c.report.Pages = len(c.pages)
	return c.report, nil
}

type checker struct {
	*reader
	data     []byte
	catalog  dict
	report   Report
	pages    []pageOf
	pageAt   map[ref]int
	fonts    map[ref]*font
	content  map[spot]*piece
	order    []spot // of tagged content, as it is drawn
	read     []spot // the same, as the tree tells it
	elements map[ref]*element
	parents  map[int]any // the parent tree
}

// spot is marked content: its page and its MCID.
type spot struct{ page, mcid int }

type pageOf struct {
	number ref
	dict   dict
}

func (c *checker) found(rule, what string, args ...any) {
	const most = 200 // one fault in a large file is found often
	if len(c.report.Findings) < most {
		c.report.Findings = append(c.report.Findings, Finding{rule, fmt.Sprintf(what, args...)})
	}
}

func (c *checker) dict(v any) dict {
	switch v := c.get(v).(type) {
	case dict:
		return v
	case *stream:
		return v.dict
	}
	return nil
}

func (c *checker) array(v any) array {
	a, _ := c.get(v).(array)
	return a
}

func (c *checker) name(v any) name {
	n, _ := c.get(v).(name)
	return n
}

// text reads a string for people.
func (c *checker) text(v any) string {
	s, ok := c.get(v).(str)
	if !ok {
		return ""
	}
	if !strings.HasPrefix(string(s), "\xFE\xFF") {
		runes := make([]rune, 0, len(s))
		for i := range len(s) {
			runes = append(runes, rune(s[i]))
		}
		return string(runes)
	}
	var units []uint16
	for i := 2; i+1 < len(s); i += 2 {
		units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return string(utf16.Decode(units))
}

// languageTag says whether a tag has the form of RFC 3066.
func languageTag(tag string) bool {
	for i, part := range strings.Split(tag, "-") {
		if part == "" || len(part) > 8 {
			return false
		}
		for _, r := range part {
			letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
			if !letter && (i == 0 || r < '0' || r > '9') {
				return false
			}
		}
	}
	return true
}
