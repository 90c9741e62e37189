// Package layout places a document on pages: it measures with our fonts,
// breaks lines and pages, shortens a one-page paper until it fits, and
// returns a display list that every back-end draws as it is. What is laid
// out is final: "Pagina n di m" is known before anything is drawn.
package layout

import (
	"fmt"
	"math"

	"golang.org/x/image/font/sfnt"

	"polis/app"
	"polis/app/page"
)

// Engine lays documents out and tells how wide signs are (page.Metrics). It
// is safe for use by several goroutines.
type Engine struct {
	metrics [page.FaceCount]*metrics
	hyphens map[string]hyphens // by language
}

var _ page.Metrics = (*Engine)(nil)

// New reads the fonts; it fails with app.CodeInternal when one of them is
// not a font.
func New(fonts page.Fonts) (*Engine, error) {
	e := &Engine{}
	for face, data := range fonts {
		f, err := sfnt.Parse(data)
		if err != nil {
			return nil, app.Fault(app.CodeInternal, fmt.Errorf("font %s: %w", page.Face(face).File(), err))
		}
		e.metrics[face] = newMetrics(f)
	}
	return e, nil
}

// Layout places the document on A4 pages. It fails with app.CodePrint, and
// with app.CodeScript when the document is in a script that we cannot set.
func (e *Engine) Layout(doc page.Document) (page.DisplayList, error) {
	s := newSetter(e, doc)
	stacks, err := s.everything(doc)
	if err != nil {
		return page.DisplayList{}, app.Fault(app.CodePrint, err, "code", doc.Code)
	}
	if err := s.readable(doc); err != nil {
		return page.DisplayList{}, err
	}
	dl := page.DisplayList{
		Code: doc.Code, Title: s.clean(doc.Title), Author: s.clean(doc.Author), Subject: s.clean(doc.Subject), Language: doc.Language,
		Created: doc.Created, Width: pageWidth, Height: pageHeight, Enclosed: s.firsts,
	}
	s.draw(&dl, stacks)
	return dl, nil
}

// document sets a document as content of the current element.
func (s *setter) document(doc page.Document) (stack, error) {
	s.look = lookOf(doc)
	sections, err := s.build(doc)
	if err != nil {
		return stack{}, err
	}
	c := s.chrome(doc)
	var bricks []brick
	if doc.OnePage {
		bricks = s.fit(doc, sections, c)
		aired(bricks, c.room()-total(bricks))
	} else {
		for _, sec := range sections {
			bricks = append(bricks, sec.versions[0]...)
		}
		aired(bricks, math.Inf(1))
	}
	return stack{chrome: c, pages: s.tightened(bricks, c.room(), c.roomLater())}, nil
}
