package desk

import (
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

// printView saves the sheet's page and opens it. The hand-out is noted as soon
// as the page is saved; a contact that is closed in the meantime waits for it.
func (s *Screen) printView(v appdesk.View) {
	visit := s.visit()
	options := appdesk.PrintOptions{Words: s.sheet.wordsFor(&v), Lang: s.sheet.langFor(&v)}
	s.printing++
	s.d.Host.Runner.Go(func() func() {
		path, err := save(s.d.SaveFolder, fileName(v), func(f *os.File) error { return s.d.Desk.Print(f, v, options) })
		return func() {
			s.printing--
			if err != nil {
				s.logNext = nil // the person has no paper yet: let the operator decide
				s.d.Host.Fail("print", err)
				return
			}
			visit.HandOut(&v.Reading, 1)
			s.bar.counts()
			s.show(visit, v.Code, path)
			s.logWhatWaited()
		}
	})
}

// show opens the saved page with the system's program and says where it is.
// When the next person is there already, nothing is said of the last one's
// sheet.
func (s *Screen) show(visit *appdesk.Visit, code, path string) {
	s.d.Host.Banner("print", nil)
	s.d.Host.Runner.Go(func() func() {
		err := s.d.Host.Open(path)
		return func() {
			w, where := s.words(), path
			if visit != s.visit() {
				where = s.d.SaveFolder
			}
			if err != nil {
				s.d.Host.Log.Warn("printed file does not open", "path", path, "error", err)
				s.d.Host.Banner("print", &widgets.BannerSpec{
					Kind: widgets.Warn, Title: w("desk.printed_not_opened", "path", where), Text: w("desk.printed_not_opened_hint"),
				})
			} else if visit == s.visit() {
				s.d.Host.Toast(w("desk.printed", "path", where), nil)
			}
			s.d.Host.Trace("printed", "path", path, "code", code)
		}
	})
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
