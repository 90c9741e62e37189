// Package pdf writes a display list as a tagged PDF file: PDF/UA-1 for who
// reads with ears or fingers, PDF/A-2a for the archives. gopdf draws; what it
// drew is taken apart, tagged after the list's structure and put together
// anew. The package decides nothing about the page: what was laid out is what
// is drawn, and the same list gives the same bytes.
package pdf

import (
	"errors"
	"fmt"
	"io"

	"polis/app"
	"polis/app/page"
)

// Writer writes files with one set of fonts; any number of goroutines may use
// it at once. A program needs one: it keeps what is costly to make ready.
type Writer struct {
	fonts   page.Fonts
	metrics page.Metrics
	zips    zips
}

// New takes the fonts and the metrics that lists are laid out with.
func New(fonts page.Fonts, metrics page.Metrics) *Writer {
	return &Writer{fonts: fonts, metrics: metrics}
}

// Write draws the list and writes the file to out, all or nothing. It fails
// with app.CodePrint, also when gopdf panics: a sheet that cannot be printed
// must not close the window.
func (w *Writer) Write(out io.Writer, dl page.DisplayList) error {
	data, err := w.Bytes(dl)
	if err != nil {
		return err
	}
	if _, err := out.Write(data); err != nil {
		return app.Fault(app.CodePrint, fmt.Errorf("writing the PDF: %w", err), "code", dl.Code)
	}
	return nil
}

// Bytes draws the list as a file in memory; it fails like Write.
func (w *Writer) Bytes(dl page.DisplayList) (data []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			data, err = nil, app.Fault(app.CodePrint, fmt.Errorf("gopdf panicked: %v", p), "code", dl.Code)
		}
	}()
	if data, err = w.compose(dl); err != nil {
		return nil, app.Fault(app.CodePrint, err, "code", dl.Code)
	}
	return data, nil
}

func (w *Writer) compose(dl page.DisplayList) ([]byte, error) {
	if len(dl.Pages) == 0 {
		return nil, errors.New("a document without pages")
	}
	t, err := newTree(dl)
	if err != nil {
		return nil, err
	}
	drawn, err := draw(dl, t, w.fonts, w.metrics)
	if err != nil {
		return nil, err
	}
	f, err := takeApart(drawn, &w.zips)
	if err != nil {
		return nil, fmt.Errorf("what gopdf drew: %w", err)
	}
	if err := f.finish(dl, t); err != nil {
		return nil, err
	}
	return f.bytes(), nil
}
