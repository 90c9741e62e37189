// Package pdf writes a display list as a tagged PDF file: PDF/UA-1 for who
// reads with ears or fingers, PDF/A-2a for the archives. gopdf draws; what it
// drew is taken apart, tagged after the list's structure and put together
// anew. The package decides nothing about the page: what was laid out is what
// is drawn, and the same list gives the same bytes.
package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"polis/app"
	"polis/app/page"
)

// Write draws the list and writes the file to w, all or nothing. The metrics
// are those that the list was laid out with. It fails with app.CodePrint,
// also when gopdf panics: a sheet that cannot be printed must not close the
// window.
func Write(w io.Writer, dl page.DisplayList, fonts page.Fonts, metrics page.Metrics) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = app.Fault(app.CodePrint, fmt.Errorf("gopdf panicked: %v", p), "code", dl.Code)
		}
	}()
	data, err := compose(dl, fonts, metrics)
	if err != nil {
		return app.Fault(app.CodePrint, err, "code", dl.Code)
	}
	if _, err := w.Write(data); err != nil {
		return app.Fault(app.CodePrint, fmt.Errorf("writing the PDF: %w", err), "code", dl.Code)
	}
	return nil
}

// Bytes draws the list as a file in memory; it fails like Write.
func Bytes(dl page.DisplayList, fonts page.Fonts, metrics page.Metrics) ([]byte, error) {
	var b bytes.Buffer
	err := Write(&b, dl, fonts, metrics)
	return b.Bytes(), err
}

func compose(dl page.DisplayList, fonts page.Fonts, metrics page.Metrics) ([]byte, error) {
	if len(dl.Pages) == 0 {
		return nil, errors.New("a document without pages")
	}
	t, err := newTree(dl)
	if err != nil {
		return nil, err
	}
	drawn, err := draw(dl, t, fonts, metrics)
	if err != nil {
		return nil, err
	}
	f, err := takeApart(drawn)
	if err != nil {
		return nil, fmt.Errorf("what gopdf drew: %w", err)
	}
	if err := f.finish(dl, t); err != nil {
		return nil, err
	}
	return f.bytes(), nil
}
