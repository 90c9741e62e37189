package layout

import (
	"strings"
	"testing"

	"polis/app/page"
)

func TestTitlesBreakWhereTheyAreRead(t *testing.T) {
	for _, tt := range []struct{ name, title, want string }{
		{"too uneven at the colon", "Neve: gomme, catene e sosta nei mesi freddi", "Neve: gomme, catene |e\u00a0sosta nei mesi freddi"},
		{"balanced colon", "Carta d'identità elettronica: rilascio e rinnovo", "Carta d’identità elettronica: |rilascio e rinnovo"},
		{"at the colon", "Cambio di casa: arrivi da un altro Comune", "Cambio di casa: |arrivi da un altro Comune"},
		{"no letter at the end", "Cremazione e affidamento delle ceneri", "Cremazione |e\u00a0affidamento delle ceneri"},
		{"one line", "Unione civile", "Unione civile"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSetter(testEngine(t), page.Document{Language: "it"})
			title := s.clean(tt.title)
			st := s.titleText(len(title))
			broken, width := s.title(title, st, 380)
			var got []string
			for _, l := range s.lines(broken, st, width) {
				if l.width > 380 {
					t.Errorf("%q is %.0f wide", l.text(), l.width)
				}
				got = append(got, l.text())
			}
			if lines := strings.Join(got, "|"); lines != tt.want {
				t.Errorf("got %q, want %q", lines, tt.want)
			}
		})
	}
}
