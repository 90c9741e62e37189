package membership

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"polis/app"
	"polis/app/search"
)

// Bodies is the register: the list of the public bodies of Piemonte from which an
// applicant chooses its own. It does not change and may be used by many at
// once.
type Bodies struct {
	bodies []Body
	lines  []registered     // of the same places
	byCode map[string][]int // IPA, ISTAT, Belfiore and tax codes in small letters
	towns  map[string]int   // folded names of municipalities
	asOf   app.Date
}

// registered is what is looked for in a body.
type registered struct {
	name  []string // words, folded
	own   int      // how many of them are no generic ones
	sigle []string
	place []string // of the seat
	all   string   // all of these, with blanks between them
	rank  int      // of the kind
}

// RegisterColumns are the columns of the register's file, which begins with a
// line "# YEAR".
func RegisterColumns() []string {
	return []string{"kind", "ipa", "name", "acronym", "municipality", "province", "postal_code", "street", "istat_code", "belfiore", "tax_code", "website", "pec"}
}

// BodyKinds lists the kinds of bodies of the register, those first that most
// people look for.
func BodyKinds() []string {
	return []string{
		"municipality", "metropolitan_city", "province", "region", "union", "health_authority", "hospital",
		"chamber_of_commerce", "university", "agency", "consortium", "park", "care", "other",
	}
}

var errRegister = errors.New("not a register of bodies")

// NewRegister reads the register's file.
func NewRegister(content []byte) (*Bodies, error) {
	head, rest, _ := bytes.Cut(content, []byte("\n"))
	year, ok := strings.CutPrefix(strings.TrimSpace(string(head)), "# ")
	if !ok {
		return nil, errRegister
	}
	r := &Bodies{byCode: map[string][]int{}, towns: map[string]int{}, asOf: app.Date(year)}
	lines := csv.NewReader(bytes.NewReader(rest))
	columns, err := lines.Read()
	if err != nil || !slices.Equal(columns, RegisterColumns()) {
		return nil, fmt.Errorf("%w: columns %v", errRegister, columns)
	}
	for {
		f, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errRegister, err)
		}
		r.add(f)
	}
}

// add takes a line, fields in the order of RegisterColumns.
func (r *Bodies) add(f []string) {
	kind, acronym, province := f[0], f[3], f[5]
	b := Body{
		Authority: app.Authority{
			ID: f[1], Name: f[2], Kind: kind, Province: province, ISTATCode: f[8], Belfiore: f[9], TaxCode: f[10], Website: f[11], PEC: f[12],
		},
		Address:    app.Address{Municipality: f[4], Province: province, PostalCode: f[6], Street: f[7]},
		Registered: true,
	}
	at := len(r.bodies)
	for _, code := range []string{b.ID, b.ISTATCode, b.Belfiore, b.TaxCode} {
		if code = strings.ToLower(code); code != "" {
			r.byCode[code] = append(r.byCode[code], at)
		}
	}
	if kind == "municipality" {
		b.Address.ISTATCode = b.ISTATCode
		r.towns[key(b.Address.Municipality)] = at
	}
	line := registered{name: search.Named(b.Name), rank: slices.Index(BodyKinds(), kind)}
	for _, w := range line.name {
		if !generic(w) {
			line.own++
		}
	}
	line.sigle = search.Named(acronym)
	line.place = append(search.Named(b.Address.Municipality), search.Named(provinceName(province))...)
	line.place = append(line.place, strings.ToLower(province))
	line.all = strings.Join(slices.Concat(line.name, line.sigle, line.place), " ")
	r.bodies, r.lines = append(r.bodies, b), append(r.lines, line)
}

// key is the form by which names are the same.
func key(name string) string { return strings.Join(search.Named(name), " ") }

// generic reports words that many bodies share; "comune" and "di" alone name
// nobody.
func generic(word string) bool {
	switch word {
	case "comune", "comuni", "citta", "provincia", "unione", "montana", "comunita", "consorzio", "azienda", "sanitaria", "locale",
		"ente", "agenzia", "regionale", "casa", "riposo", "camera", "commercio", "industria", "artigianato", "agricoltura", "intercomunale",
		"servizi", "socio", "assistenziali", "metropolitana", "regione", "ipab":
		return true
	}
	return false
}

// provinceName returns the name to a sigla, "" for others.
func provinceName(sigla string) string {
	switch sigla {
	case "AL":
		return "Alessandria"
	case "AT":
		return "Asti"
	case "BI":
		return "Biella"
	case "CN":
		return "Cuneo"
	case "NO":
		return "Novara"
	case "TO":
		return "Torino"
	case "VB":
		return "Verbano Cusio Ossola"
	case "VC":
		return "Vercelli"
	}
	return ""
}

// AsOf is the year ("2018") of the index from which all but the
// municipalities come: what has changed since then is not known here.
func (r *Bodies) AsOf() app.Date { return r.asOf }

// Len returns how many bodies the register has.
func (r *Bodies) Len() int { return len(r.bodies) }

// ByID returns the body with an IPA code, in large or small letters.
func (r *Bodies) ByID(ipa string) (Body, bool) {
	code := strings.ToLower(strings.TrimSpace(ipa))
	for _, at := range r.byCode[code] {
		if strings.EqualFold(r.bodies[at].ID, code) {
			return r.bodies[at], true
		}
	}
	return Body{}, false
}

// Municipality returns the ISTAT code and the province (sigla) of a
// municipality, with or without "Comune di" and the sigla after it:
// "Bra", "comune di bra", "Bra (CN)".
func (r *Bodies) Municipality(name string) (istat, province string, ok bool) {
	words := search.Named(name)
	if n := len(words); n > 1 && provinceName(strings.ToUpper(words[n-1])) != "" {
		if at, found := r.towns[strings.Join(words[:n-1], " ")]; found && r.bodies[at].Province == strings.ToUpper(words[n-1]) {
			return r.bodies[at].ISTATCode, r.bodies[at].Province, true
		}
	}
	at, found := r.towns[strings.Join(words, " ")]
	if !found && len(words) > 1 && (words[0] == "comune" || words[0] == "citta") {
		return r.Municipality(strings.Join(words[1:], " "))
	}
	if !found {
		return "", "", false
	}
	return r.bodies[at].ISTATCode, r.bodies[at].Province, true
}

// Find returns the bodies that have all the words of a query in their name,
// sigla, seat or province, or whose code it is; the best first, at most
// limit (0 = all). The last word may be unfinished, and so may the others.
func (r *Bodies) Find(query string, limit int) []Body {
	hits := r.codes(strings.ToLower(strings.TrimSpace(query)))
	if len(hits) == 0 {
		hits = r.words(search.Named(query))
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(r.lines[a.at].rank, r.lines[b.at].rank), cmp.Compare(len(r.lines[a.at].name), len(r.lines[b.at].name)), cmp.Compare(a.at, b.at))
	})
	if limit > 0 && len(hits) > limit {
		hits = hits[:limit]
	}
	found := make([]Body, len(hits))
	for i, h := range hits {
		found[i] = r.bodies[h.at]
	}
	return found
}

type hit struct{ at, score int }

// codes finds whole codes, and IPA codes by their beginning.
func (r *Bodies) codes(query string) []hit {
	var hits []hit
	for _, at := range r.byCode[query] {
		hits = append(hits, hit{at, 0})
	}
	if len(hits) == 0 && len(query) > 2 && strings.Contains(query, "_") {
		for at := range r.bodies {
			if strings.HasPrefix(strings.ToLower(r.bodies[at].ID), query) {
				hits = append(hits, hit{at, 0})
			}
		}
	}
	return hits
}

func (r *Bodies) words(query []string) []hit {
	if len(query) == 0 {
		return nil
	}
	var hits []hit
	for at := range r.lines {
		if score := r.lines[at].score(query); score > 0 {
			hits = append(hits, hit{at, score})
		}
	}
	return hits
}

// What a word of the query is worth, by where it stands.
const (
	worthWord   = 100 // a word of the name
	worthSigla  = 90
	worthStart  = 60 // the beginning of one
	worthSeat   = 20 // seat or province
	worthInside = 15 // a part of a word of the name
	worthWhole  = 50 // the query says all that is the name's own
	worthFirst  = 10 // the name's own words begin with the query's
	leastInside = 4  // letters
)

// score is 0 where a word of the query is missing.
func (l *registered) score(query []string) int {
	for _, w := range query { // nearly all bodies go here
		if !strings.Contains(l.all, w) {
			return 0
		}
	}
	sum, own := 0, 0
	for _, w := range query {
		worth := l.worth(w)
		if worth == 0 {
			return 0
		}
		if worth == worthWord && !generic(w) {
			own++
		}
		sum += worth
	}
	if own > 0 && own == l.own {
		sum += worthWhole
	}
	if first := firstOwn(l.name); strings.HasPrefix(first, firstOwn(query)) && !generic(first) {
		sum += worthFirst
	}
	return sum
}

// worth is what one word of the query finds at best.
func (l *registered) worth(w string) int {
	best := 0
	for _, n := range l.name {
		best = max(best, worthIn(n, w))
	}
	for _, s := range l.sigle {
		best = max(best, min(worthIn(s, w), worthSigla))
	}
	for _, p := range l.place {
		if p == w || (len(w) > 2 && strings.HasPrefix(p, w)) {
			best = max(best, worthSeat)
		}
	}
	return best
}

// firstOwn is the first word that is not everybody's.
func firstOwn(words []string) string {
	for _, w := range words {
		if !generic(w) {
			return w
		}
	}
	return strings.Join(words[:min(len(words), 1)], "")
}

func worthIn(word, w string) int {
	switch {
	case word == w:
		return worthWord
	case strings.HasPrefix(word, w):
		return worthStart
	case len(w) >= leastInside && strings.Contains(word, w):
		return worthInside
	}
	return 0
}
