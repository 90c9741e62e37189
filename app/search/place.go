package search

import (
	"math"
	"slices"
)

// place is an authority as people name it: the words of its name that are its
// own, "valserena alpina" of Comune di Valserena Alpina.
type place struct {
	owner uint32
	words []string // folded
}

// nobody owns a place that is no authority of the catalogue.
const nobody = math.MaxUint32

func placesOf(names []string) map[string][]place {
	places := map[string][]place{}
	for owner, name := range names {
		words := phraseWords(name, langItalian)
		words = slices.DeleteFunc(words, genericName)
		if len(words) > 0 {
			places[words[0]] = append(places[words[0]], place{u32(owner), words})
		}
	}
	return places
}

// genericName reports the words that many authorities share.
func genericName(word string) bool {
	switch word {
	case "comune", "comuni", "citta", "provincia", "regione", "metropolitana", "unione", "montana", "comunita", "consorzio",
		"azienda", "sanitaria", "locale", "ente", "agenzia", "regionale", "provinciale", "nazionale", "camera", "commercio",
		"ministero", "prefettura", "questura", "istituto", "ufficio", "territoriale", "parco", "universita", "ospedale", "asl":
		return true
	}
	return len(word) < 2
}

// Bounds of names: a word that other authorities use in their titles is no
// name of a place there (the pool and the municipality of Piscina).
const (
	maxNamesakes = 3
	titleImpact  = 7 // from which a word stands in a title
	maxElsewhere = 3
)

// namePlaces marks the words that name an authority, so that they choose
// among sheets and need not be in them.
func (x *Index) namePlaces(groups []group) {
	if len(groups) < 2 {
		return
	}
	p, at, n := x.placeIn(groups)
	if n == 0 || n == len(groups) || (n == 1 && x.usedElsewhere(groups[at].folded, p.owner)) {
		return
	}
	if slices.ContainsFunc(groups[at:at+n], func(g group) bool { return g.quoted }) {
		return
	}
	for i := at; i < at+n; i++ {
		groups[i].place, groups[i].owner = true, p.owner
	}
}

// placeIn finds the place that most words of a query name, and where. Of a
// municipality that is no authority here all words are needed.
func (x *Index) placeIn(groups []group) (best place, at, n int) {
	for i := range groups {
		list := x.docs.places[groups[i].folded]
		for _, p := range list {
			if k := p.namedFrom(groups[i:]); k > n && (len(list) <= maxNamesakes || k == len(p.words)) {
				best, at, n = p, i, k
			}
		}
		for _, p := range x.editable.get().placesFrom(groups[i].folded) {
			if k := p.namedFrom(groups[i:]); k > n && k == len(p.words) {
				best, at, n = p, i, k
			}
		}
	}
	return best, at, n
}

// namedFrom returns how many of the place's words stand at the start of the
// groups.
func (p *place) namedFrom(groups []group) int {
	n := 1
	for n < len(p.words) && n < len(groups) && groups[n].names(p.words[n]) {
		n++
	}
	return n
}

// names reports a group that is a word of a name, perhaps still being typed.
func (g *group) names(word string) bool {
	return g.folded == word || (g.typing && len(g.folded) >= 3 && len(word) > len(g.folded) && word[:len(g.folded)] == g.folded)
}

func (x *Index) usedElsewhere(word string, owner uint32) bool {
	n := 0
	for _, p := range x.postingsOf(x.stemsOfText(word)) {
		if p.impact >= titleImpact && x.docs.owner[p.doc] != owner {
			if n++; n >= maxElsewhere {
				return true
			}
		}
	}
	return false
}

// asked returns the authority that a query names, or the operator's own.
func (x *Index) askedAuthority(groups []group, own string) (id string, named bool) {
	for i := range groups {
		if groups[i].place && groups[i].owner != nobody {
			return x.docs.owners[groups[i].owner], true
		}
	}
	return own, false
}
