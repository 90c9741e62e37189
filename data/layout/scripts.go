package layout

import (
	"fmt"
	"unicode"

	"polis/app"
	"polis/app/page"
)

// foreign are letters of scripts whose signs change with their neighbours or
// that none of our fonts has: Arabic, Hebrew, Chinese and others.
func foreign(r rune) bool {
	if r < 0x590 || !unicode.IsLetter(r) && !unicode.IsMark(r) {
		return false
	}
	return !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian,
		unicode.Common, unicode.Inherited)
}

// countForeign notes that a letter cannot be set.
func (s *setter) countForeign(r rune) { s.foreign = s.foreign || foreign(r) }

// aShare of a document's letters may be of scripts that cannot be set: a name
// or a word in brackets. With more it would be no document.
const aShare = 0.1

// readable fails with app.CodeScript when too much of a document cannot be
// set; single words are shown by the replacement sign.
func (s *setter) readable(doc page.Document) error {
	if !s.foreign {
		return nil
	}
	letters, lost := 0, map[string]int{}
	for _, r := range doc.Text() {
		if r < 0x590 && unicode.IsLetter(r) {
			letters++
		} else if unicode.IsLetter(r) {
			letters++
			if foreign(r) {
				lost[scriptOf(r)]++
			}
		}
	}
	total, most := 0, ""
	for name, n := range lost {
		total += n
		if most == "" || n > lost[most] || n == lost[most] && name < most {
			most = name
		}
	}
	if float64(total) <= aShare*float64(letters) {
		return nil
	}
	return app.Fault(app.CodeScript, fmt.Errorf("%d of %d letters are of scripts that cannot be set", total, letters), "script", most)
}

func scriptOf(r rune) string {
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
