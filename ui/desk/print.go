package desk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"polis/app"
	appdesk "polis/app/desk"
	"polis/ui/widgets"
)

// print puts the open sheet on paper; when none is open, the chosen one.
func (s *Screen) print() {
	if s.sheet.view != nil {
		s.printView(*s.sheet.view)
		return
	}
	if s.find.pending {
		return
	}
	if row, ok := s.find.chosen(); ok {
		s.readThen(row.Code, s.d.Host.Words.Lang(), true, func() { s.printView(*s.sheet.view) })
	}
}

// printed is what became of a sheet on its way to paper.
type printed struct {
	path    string
	openErr error
}

func (s *Screen) printView(v appdesk.View) {
	visit := s.visit()
	options := appdesk.PrintOptions{Words: s.sheet.wordsFor(&v), Lang: s.sheet.langFor(&v)}
	s.lanes.print.Go(func(context.Context) func() {
		path, err := save(s.d.SaveFolder, fileName(v), func(f *os.File) error { return s.d.Desk.Print(f, v, options) })
		done := printed{path: path}
		if err == nil {
			done.openErr = s.d.Host.Open(path)
		}
		return func() {
			if err != nil {
				s.d.Host.Fail("print", err)
				return
			}
			s.handedOut(visit, v, done)
		}
	})
}

func (s *Screen) handedOut(visit *appdesk.Visit, v appdesk.View, done printed) {
	if visit == s.visit() && !s.busy {
		visit.HandOut(&v.Reading, 1)
		s.bar.counts()
	}
	w := s.words()
	s.d.Host.Banner("print", nil)
	if done.openErr != nil {
		s.d.Host.Log.Warn("printed file does not open", "path", done.path, "error", done.openErr)
		s.d.Host.Banner("print", &widgets.BannerSpec{
			Kind: widgets.Warn, Title: w("desk.printed_not_opened", "path", done.path), Text: w("desk.printed_not_opened_hint"),
		})
	} else {
		s.d.Host.Toast(w("desk.printed", "path", done.path), nil)
	}
	s.d.Host.Trace("printed", "path", done.path, "code", v.Code)
}

// save writes a file whole or not at all. A file of that name that cannot be
// replaced, because a program shows it, gets a neighbour.
func save(folder, name string, write func(*os.File) error) (string, error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", app.Fault(app.CodeFolder, err, "path", folder)
	}
	temporary, err := os.CreateTemp(folder, ".polis-*.pdf")
	if err != nil {
		return "", app.Fault(app.CodeFolder, err, "path", folder)
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // gone already when all went well
	if err := write(temporary); err != nil {
		_ = temporary.Close() // the first error says more
		return "", err
	}
	if err := temporary.Close(); err != nil {
		return "", app.Fault(app.CodeFile, err, "path", temporary.Name())
	}
	path := filepath.Join(folder, name+".pdf")
	for n := 2; ; n++ {
		if err = os.Rename(temporary.Name(), path); err == nil {
			return path, nil
		}
		if n > 9 {
			return "", app.Fault(app.CodeFile, err, "path", path)
		}
		path = filepath.Join(folder, fmt.Sprintf("%s-%d.pdf", name, n))
	}
}

// fileName is made of code and title, with letters that every system takes.
func fileName(v appdesk.View) string {
	const longest = 48
	var b strings.Builder
	dash := false
	for _, r := range norm.NFD.String(strings.ToLower(v.Code + " " + v.Title)) {
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
		return "scheda"
	}
	return b.String()
}
