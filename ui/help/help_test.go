package help_test

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"polis/assets"
	"polis/ui/help"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/uitest"
)

func enter(t *testing.T, lang string, scale float32) (*uitest.Room, *help.Screen) {
	t.Helper()
	r := uitest.NewRoom(t, lang, theme.Light, scale)
	s := help.New(help.Deps{Host: r.Host, Read: assets.Read, Names: assets.Names, Version: "1.2.3"})
	r.Enter(s, 1200, 728)
	return r, s
}

// chapters lists the second headings of the guide.
func chapters(lang string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllSubmatch(assets.Read("docs/guida."+lang+".md"), -1) {
		out = append(out, string(m[1]))
	}
	return out
}

// Both guides have the same shape: chapters, items, rows, and the same keys.
func TestGuidesSayTheSameThings(t *testing.T) {
	shape := func(lang string) string {
		var b strings.Builder
		for line := range strings.Lines(string(assets.Read("docs/guida." + lang + ".md"))) {
			mark := regexp.MustCompile(`^(#+|- |\d+\.|\||)`).FindString(line)
			keys := regexp.MustCompile(`\*\*(F\d+|Ctrl\+\w)\*\*`).FindAllString(line, -1)
			fmt.Fprintf(&b, "%s%v\n", mark, keys)
		}
		return b.String()
	}
	it, en := strings.Split(shape("it"), "\n"), strings.Split(shape("en"), "\n")
	if len(it) != len(en) {
		t.Fatalf("%d lines in Italian, %d in English", len(it), len(en))
	}
	for i := range it {
		if it[i] != en[i] {
			t.Errorf("line %d: %q in Italian, %q in English", i+1, it[i], en[i])
		}
	}
}

// The keys that the guide names exist.
func TestKeysOfTheGuideExist(t *testing.T) {
	r, _ := enter(t, "it", 1)
	var known []string
	for _, b := range screen.KeyMap() {
		known = append(known, b.Label(r.Host.Words.Text))
	}
	guide := string(assets.Read("docs/guida.it.md"))
	for _, m := range regexp.MustCompile(`\*\*(F\d+|Ctrl\+\w|Esc|Invio|Pag su|Pag giù)\*\*`).FindAllStringSubmatch(guide, -1) {
		if !slices.Contains(known, m[1]) {
			t.Errorf("the guide names %s, which is no key: %q", m[1], known)
		}
	}
}

func TestEveryChapterByKeyboard(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		r, _ := enter(t, lang, 1)
		titles := chapters(lang)
		if len(titles) < 12 {
			t.Fatalf("%s: chapters %q", lang, titles)
		}
		for _, title := range titles {
			r.Wants(title)
			if n := strings.Count(strings.Join(uitest.Texts(r.Canvas), "\n"), title); n < 2 {
				t.Errorf("%s: %q is in the list only", lang, title)
			}
			r.Press(fyne.KeyDown)
		}
		for _, b := range screen.KeyMap() { // the chapter after the guide
			if !b.Alias {
				r.Wants(r.Host.Words.Text("key." + string(b.Action)))
			}
		}
		r.Press(fyne.KeyDown, fyne.KeyDown)
		r.Wants("1.2.3")
		r.Press(fyne.KeyDown)
		r.Wants("1.2.3")
	}
}

func TestLicences(t *testing.T) {
	r, s := enter(t, "it", 1)
	for range len(chapters("it")) + 1 {
		r.Press(fyne.KeyDown)
	}
	r.Wants("EUPL 1.2")
	names := slices.DeleteFunc(assets.Names("licences"), func(n string) bool { return path.Ext(n) == ".md" })
	for _, n := range names {
		r.Wants(path.Base(n))
	}
	r.Tab()
	r.Press(fyne.KeyReturn)
	r.Wants("Copyright", "Licenze")
	if r.Focused() != "Licenze" {
		t.Errorf("focus on %s", r.Focused())
	}
	if !s.Do(screen.ActionSearch) {
		t.Error("Esc does not close the licence")
	}
	r.Wants("EUPL 1.2")
	if s.Do(screen.ActionSearch) {
		t.Error("Esc is swallowed")
	}
}

func TestSmallWindow(t *testing.T) {
	r, _ := enter(t, "it", 1)
	r.Resize(500, 500)
	r.Button("Capitolo: " + chapters("it")[0]).Press()
	r.Canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	r.Canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	r.Button("Capitolo: " + chapters("it")[1])
	if _, ok := r.Canvas.Focused().(fyne.Widget); !ok {
		t.Error("the focus is nowhere")
	}
}

func TestScrolling(t *testing.T) {
	r, s := enter(t, "it", 1)
	r.Resize(900, 300)
	r.Press(fyne.KeyDown)
	const last = "chi cura"
	if r.Shows(last) {
		t.Fatal("it is all in sight: nothing to scroll")
	}
	for range 6 {
		s.Do(screen.ActionPageDown)
	}
	r.Wants(last)
}

func TestNothingIsCut(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		for _, scale := range []float32{1, 1.5, 2} {
			r, _ := enter(t, lang, scale)
			for i := range len(chapters(lang)) + 3 {
				r.Sweep(fmt.Sprintf("%s %.2f chapter %d", lang, scale, i))
				r.Press(fyne.KeyDown)
			}
		}
	}
}

func TestMissingGuideIsTheItalianOne(t *testing.T) {
	r := uitest.NewRoom(t, "en", theme.Light, 1)
	r.OpenErr = errors.New("no browser")
	read := func(name string) []byte {
		if name == "docs/guida.en.md" {
			return nil
		}
		return assets.Read(name)
	}
	r.Enter(help.New(help.Deps{Host: r.Host, Read: read, Names: assets.Names}), 1200, 728)
	r.Wants(chapters("it")[0])
}
