// Package handover puts a paper into a person's hand: by a printer, as a
// file, by e-mail, as a code to photograph. It follows what becomes of a
// print and tells it in words. It is no screen: those that hand something
// over share it.
package handover

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"polis/app"
	"polis/app/page"
	"polis/app/printing"
)

// Paper is something to hand over. Draw and File run in the background, the
// other functions on the window's goroutine; those may be nil.
type Paper struct {
	Code    string // of the sheet, for the trace
	Title   string // of the job and the message: never a person's name
	Name    string // of its file, without ending
	Address string // of its public page, "" = none
	// About is what it was chosen from, to choose again; nil = nothing.
	About *Subject
	// Draw lays the document out.
	Draw func(ctx context.Context) (page.DisplayList, error)
	// File is the path of a finished PDF that is not ours; Draw is nil then.
	File func(ctx context.Context) (path string, err error)
	// Given is told when the paper has left: the print system has it, or the
	// file was opened or sent.
	Given func(copies int)
	// Returned takes that back. When the contact is logged already, which
	// nobody changes any more, it returns its number.
	Returned func(copies int) (logged string)
	// Begun is told when the paper sets out for a printer or a program, Ended
	// when nothing of it is under way any more, after Given: what is recorded
	// in between would lack it.
	Begun func()
	Ended func(left bool)
	// Here reports whether the person is still there: what is told to the
	// next one does not name the paper. Nil = always.
	Here func() bool
}

func (p *Paper) given(copies int) {
	if p.Given != nil {
		p.Given(copies)
	}
}

func (p *Paper) returned(copies int) (logged string) {
	if p.Returned == nil {
		return ""
	}
	return p.Returned(copies)
}

// sets tells that the paper sets out; what it returns is told once how that
// ended.
func (p *Paper) sets(ended func(left bool)) func(left bool) {
	if p.Begun != nil {
		p.Begun()
	}
	return func(left bool) {
		if p.Ended != nil {
			p.Ended(left)
		}
		ended(left)
	}
}

func (p *Paper) here() bool { return p.Here == nil || p.Here() }

// message is where it is told how it goes with the paper. A document of
// somebody else has its own: what goes well with the next one must not take
// away that this one was refused.
func (p *Paper) message() string {
	if p.File != nil {
		return bannerPaper + " " + p.Name
	}
	return bannerPaper
}

// work is what the printer gets.
func (h *Hand) work(ctx context.Context, p *Paper) (printing.Work, error) {
	if p.File != nil {
		path, err := p.File(ctx)
		if err != nil {
			return printing.Work{}, err
		}
		return printing.Work{Title: p.Title, PDF: func(w io.Writer) error { return copyFile(w, path) }}, nil
	}
	list, err := p.Draw(ctx)
	if err != nil {
		return printing.Work{}, err
	}
	return printing.Work{Title: p.Title, List: &list, PDF: func(w io.Writer) error { return h.p.PDF(w, list) }}, nil
}

func copyFile(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return app.Fault(app.CodeFile, err, "path", path)
	}
	defer func() { _ = f.Close() }() // it was only read
	if _, err := io.Copy(w, f); err != nil {
		return app.Fault(app.CodeFile, err, "path", path)
	}
	return nil
}

// keep makes the paper a file in the folder of saved papers.
func (h *Hand) keep(ctx context.Context, p *Paper) (path string, err error) {
	work, err := h.work(ctx, p)
	if err != nil {
		return "", err
	}
	return save(h.p.SaveFolder, p.Name, work.PDF)
}

// save writes a file whole or not at all. A file of that name that cannot be
// replaced, because a program shows it, gets a neighbour.
func save(folder, name string, write func(io.Writer) error) (string, error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", app.Fault(app.CodeFolder, err, "path", folder)
	}
	temporary, err := aside(folder, write)
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(temporary) }() // gone already when all went well
	path := filepath.Join(folder, name+".pdf")
	for n := 2; ; n++ {
		if err = os.Rename(temporary, path); err == nil {
			return path, nil
		}
		if n > 9 {
			return "", app.Fault(app.CodeFile, err, "path", path)
		}
		path = filepath.Join(folder, fmt.Sprintf("%s-%d.pdf", name, n))
	}
}

// FileName makes a name of words, with letters that every system takes;
// fallback when none is left.
func FileName(words, fallback string) string {
	const longest = 48
	var b strings.Builder
	dash := false
	for _, r := range norm.NFD.String(strings.ToLower(words)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_'):
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			dash = false
			b.WriteRune(r)
		default:
			dash = true
		}
		if b.Len() >= longest {
			break
		}
	}
	if b.Len() == 0 {
		return fallback
	}
	return b.String()
}
