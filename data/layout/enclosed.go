package layout

import (
	"fmt"

	"polis/app/page"
)

// numbering is where the documents that are enclosed begin.
type numbering struct {
	starts []int // their first pages; 0 = not known yet
	before int   // pages before the document that is being set
}

// everything sets a document with those that it encloses: each on pages of
// its own with its own head and foot. The document itself is set twice, first
// to see how many pages it takes, then with the numbers of its index.
func (s *setter) everything(doc page.Document) ([]stack, error) {
	defer func(outer numbering) { s.numbering = outer }(s.numbering)
	s.starts = make([]int, len(doc.Enclosed))
	front, err := s.document(doc)
	if err != nil || len(doc.Enclosed) == 0 {
		return []stack{front}, err
	}
	out := []stack{front}
	starts, at := s.starts, s.before+len(front.pages)
	for i, d := range doc.Enclosed {
		starts[i], s.before = at+1, at
		set, err := s.enclosed(d)
		if err != nil {
			return nil, fmt.Errorf("enclosed document %d, %s: %w", i+1, d.Code, err)
		}
		for k := range set {
			at += len(set[k].pages)
		}
		out = append(out, set...)
	}
	s.starts, s.firsts = starts, starts // the outermost document is the last one to end
	out[0], err = s.document(doc)
	return out, err
}

// enclosed sets one document of several, in its own language and look.
func (s *setter) enclosed(doc page.Document) ([]stack, error) {
	defer func(labels string, outer look) { s.labels, s.look = labels, outer }(s.labels, s.look)
	s.labels, s.look = doc.Labels, lookOf(doc)
	if s.labels == "" {
		s.labels = doc.Language
	}
	defer s.close(s.openIn(page.RolePart, doc.Language))
	return s.everything(doc)
}
