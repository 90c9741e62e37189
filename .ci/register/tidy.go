package main

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"polis/app/search"
)

// tidy makes texts of the index readable: it was typed in by thousands of
// offices, in capitals, with apostrophes for accents, and never proofread.
type tidy struct {
	towns    map[string]string // folded -> as ISTAT writes it
	accented map[string]string // one word, folded -> with its accent
}

func newTidy(towns []row) *tidy {
	t := &tidy{towns: map[string]string{}, accented: map[string]string{}}
	for _, r := range towns {
		name := r["comune"]
		t.towns[foldAll(name)] = name
		for _, word := range strings.Fields(name) {
			if last := []rune(word); len(last) > 3 && strings.ContainsRune("àèéìòù", last[len(last)-1]) {
				t.accented[search.Fold(word)] = word
			}
		}
	}
	for _, word := range []string{"città", "comunità", "unità", "libertà", "località", "carità", "società", "attività", "università", "mobilità", "autorità"} {
		t.accented[search.Fold(word)] = word
	}
	return t
}

// foldAll makes names comparable: letters and digits only.
func foldAll(s string) string {
	return search.Fold(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s))
}

var (
	blanks   = regexp.MustCompile(`\s+`)
	quoted   = regexp.MustCompile(`(^|\s)'([^']+(?:'\S[^']*)*)'(\s|$)`)
	accent   = regexp.MustCompile(`(?i)([aeiou])'($|[\s,;.)\-])`)
	elision  = regexp.MustCompile(`(?i)(^|[\s(])(D|L|Dell|All|Dall|Nell|Sull)\s?'\s*(\pL)`)
	spaced   = regexp.MustCompile(`\s*,\s*`)
	number   = regexp.MustCompile(`(?i)[,\s]+n(?:r|°|\.°|umero)?[.,\s]*\s*(\d)`)
	shouted  = regexp.MustCompile(`\b[A-Z]{4,}`)
	mailIn   = regexp.MustCompile(`[^\s,]+@[a-z.]+`)
	roman    = regexp.MustCompile(`(?i)^(x{1,3}(ix|iv|v?i{0,3})|ix|iv|vi{1,3}|i{2,3})$`)
	townLine = regexp.MustCompile(`^(.*?),?\s*(\d{5})\s[^,]*,\s*\([A-Z]{2}\)$`)
)

// plain takes out what is no text.
func plain(s string) string {
	s = html.UnescapeString(s)
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		case strings.ContainsRune("`´’‘", r):
			return '\''
		}
		return r
	}, s)
	return strings.TrimSpace(blanks.ReplaceAllString(s, " "))
}

func (t *tidy) name(s string) string {
	s = quoted.ReplaceAllString(plain(s), "$1«$2»$3")
	if s == strings.ToUpper(s) && strings.Contains(s, " ") {
		s = title(s)
	}
	return strings.ReplaceAll(t.words(s), " ,", ",")
}

// title writes words in capitals as names; sigle with dots stay.
func title(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		if !strings.Contains(w, ".") || strings.Count(w, ".") == 1 {
			words[i] = capitals(w)
		}
	}
	return strings.Join(words, " ")
}

// capitals leaves the first letter of every part large.
func capitals(w string) string {
	start := true
	return strings.Map(func(r rune) rune {
		up := start
		start = !unicode.IsLetter(r)
		if up {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, w)
}

// words sets accents, and small letters where Italian has them.
func (t *tidy) words(s string) string {
	s = elision.ReplaceAllStringFunc(s, func(m string) string {
		p := elision.FindStringSubmatch(m)
		return p[1] + strings.ToLower(p[2]) + "'" + strings.ToUpper(p[3])
	})
	s = accent.ReplaceAllStringFunc(s, func(m string) string {
		r := []rune(m)
		grave := map[rune]rune{'a': 'à', 'e': 'è', 'i': 'ì', 'o': 'ò', 'u': 'ù', 'A': 'À', 'E': 'È', 'I': 'Ì', 'O': 'Ò', 'U': 'Ù'}[r[0]]
		return string(grave) + string(r[2:])
	})
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = t.word(w, i, words)
	}
	s = strings.Join(words, " ")
	if s != "" {
		r := []rune(s)
		r[0] = unicode.ToUpper(r[0])
		s = string(r)
	}
	return s
}

func (t *tidy) word(w string, at int, words []string) string {
	if w == "Dè" || w == "dè" { // De' is short for Dei
		return "de'"
	}
	if len(w) == 2 && w[1] == '.' { // an initial
		return strings.ToUpper(w)
	}
	bare := strings.TrimRight(w, ",;.")
	tail := w[len(bare):]
	if with, ok := t.withAccent(bare); ok {
		return with + tail
	}
	if roman.MatchString(bare) && bare != "il" {
		return strings.ToUpper(bare) + tail
	}
	if at == 0 || strings.HasSuffix(words[at-1], "-") {
		return w
	}
	low := strings.ToLower(bare)
	switch low {
	case "di", "dei", "del", "della", "delle", "dello", "degli", "da", "dal", "dalla", "e", "ed", "per", "in", "tra", "con", "al", "alla", "alle", "nel", "nella", "sul":
		return low + tail
	case "il", "la", "lo", "le", "i", "gli": // articles only after such words: La Loggia is a town
		if slices.Contains([]string{"per", "tra", "con"}, strings.ToLower(words[at-1])) {
			return low + tail
		}
	}
	return w
}

// withAccent gives a word the accent that it lacks, in letters as large as
// they were.
func (t *tidy) withAccent(bare string) (string, bool) {
	with, ok := t.accented[search.Fold(bare)]
	if !ok || search.Fold(bare) != strings.ToLower(bare) {
		return "", false
	}
	switch bare {
	case strings.ToUpper(bare):
		return strings.ToUpper(with), true
	case strings.ToLower(bare):
		return strings.ToLower(with), true
	}
	return capitals(with), true
}

func (t *tidy) place(s string) string {
	s = plain(s)
	if name, ok := t.towns[foldAll(s)]; ok {
		return name
	}
	return t.words(s)
}

// street unifies what stands before and between.
func (t *tidy) street(s string) string {
	s = strings.Trim(plain(s), " ,")
	if strings.Trim(s, "0123456789") == "" {
		return ""
	}
	if s == strings.ToUpper(s) && strings.Contains(s, " ") {
		s = title(s)
	}
	s = number.ReplaceAllString(mailIn.ReplaceAllString(s, ""), ", $1")
	s = spaced.ReplaceAllString(s, ", ")
	for short, long := range map[string]string{"p.zza ": "Piazza ", "p.za ": "Piazza ", "p. ": "Piazza ", "v. ": "Via ", "v.le ": "Viale ", "c.so ": "Corso ", "loc. ": "Località ", "fraz. ": "Frazione "} {
		if len(s) > len(short) && strings.EqualFold(s[:len(short)], short) {
			s = long + s[len(short):]
		}
	}
	return t.words(shouted.ReplaceAllStringFunc(s, func(w string) string {
		if roman.MatchString(w) {
			return w
		}
		return capitals(w)
	}))
}

// townAddress takes "Via Roma, 1, 10010 Agliè, (TO)" apart.
func (t *tidy) townAddress(s string) (street, postal string) {
	m := townLine.FindStringSubmatch(plain(s))
	if m == nil {
		return "", ""
	}
	return t.street(m[1]), m[2]
}

// site is the address as people type it.
func (t *tidy) site(s string) string {
	s = strings.Trim(plain(s), " /")
	for _, scheme := range []string{"http://", "https://", "htto://"} {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			s = s[len(scheme):]
		}
	}
	host, path, _ := strings.Cut(s, "/")
	if path != "" {
		path = "/" + path
	}
	return strings.ToLower(host) + path
}

// acronym is a sigla that people use; what only repeats the name, or is a
// word of all, is none.
func (t *tidy) acronym(s, name string) string {
	s = plain(s)
	switch strings.ToLower(s) {
	case "", "pa", "null", "unione", "unione dei comuni", "ipab", "aci":
		return ""
	}
	if strings.EqualFold(s, name) {
		return ""
	}
	return s
}
