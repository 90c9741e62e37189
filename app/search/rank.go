package search

import (
	"cmp"
	"math"
	"slices"
)

// rerankWindow is how many of the best sheets are looked at closely.
const rerankWindow = 200

// How a sheet's standing multiplies its score.
const (
	factorOwn      = 1.12 // the operator's own authority
	factorNamed    = 1.6  // the authority that the query names
	factorUnnamed  = 0.5  // sheets of others when one is named
	factorAdapted  = 0.8  // a base that the own authority has adapted
	factorForeign  = 0.85 // what another authority adapted
	factorPaused   = 0.85
	factorOver     = 0.6 // discontinued
	shareOfTitle   = 0.6 // title's part in the score, the text has the rest
	popularityStep = 0.05
	popularityMost = 0.3
)

// standing holds what depends on who asks.
type standing struct {
	name    string
	named   bool   // by the query
	own     uint32 // number of the operator's authority
	known   bool
	adapted map[uint32]uint32 // base -> the own adaptation of it
	factor  []float32         // by which a sheet's score is multiplied
}

// standing returns that of an authority; the last one is kept.
func (x *Index) standing(own string, named bool) *standing {
	if s := x.last.Load(); s != nil && s.name == own && s.named == named {
		return s
	}
	d := &x.docs
	s := &standing{name: own, named: named, adapted: map[uint32]uint32{}}
	if s.own, s.known = d.ownerIDs[own]; s.known && own != "" {
		for _, doc := range d.byOwner[s.own] {
			if d.state[doc] != stateDiscontinued {
				s.adapted[uint32(d.base[doc])] = doc //nolint:gosec // byOwner lists only sheets with a base
			}
		}
	} else {
		s.known = false
	}
	s.factor = make([]float32, len(d.codes))
	for doc := range s.factor {
		s.factor[doc] = s.factorOf(d, u32(doc))
	}
	x.last.Store(s)
	return s
}

func (s *standing) owns(d *docTable, doc uint32) bool { return s.known && d.owner[doc] == s.own }

func (s *standing) factorOf(d *docTable, doc uint32) float32 {
	f := float32(1)
	if d.boost != nil {
		f += d.boost[doc]
	}
	_, adapted := s.adapted[doc]
	switch {
	case s.owns(d, doc) && s.named:
		f *= factorNamed
	case s.owns(d, doc):
		f *= factorOwn
	case s.named && d.local[doc]:
		f *= factorUnnamed
	case d.base[doc] >= 0:
		f *= factorForeign
	case adapted:
		f *= factorAdapted
	}
	switch d.state[doc] {
	case statePaused:
		f *= factorPaused
	case stateDiscontinued:
		f *= factorOver
	}
	return f
}

// tier orders sheets before any score does: those with all the words before
// the others, and among them those that are discontinued last. Of sheets that
// have only some of the words a discontinued one may be what was meant.
func tier(full bool, state uint8) int {
	switch {
	case !full:
		return 0
	case state == stateDiscontinued:
		return 1
	}
	return tierMost
}

const tierMost = 2

// key packs tier, score and, for equal ones, the order of titles into one
// number that sorts like them.
func key(tier int, score float32, order uint32) uint64 {
	return uint64(keyScore(tier, score))<<32 | uint64(math.MaxUint32-order)
}

func keyScore(tier int, score float32) uint32 {
	return math.Float32bits(float32(tier)*64 + min(max(score, 0), 63))
}

// plainKey ranks without words: discontinued sheets last, own ones first,
// then by hand-outs, then by title. Of two equal titles the base comes
// before what other authorities made of it, as its code is the older one.
func (x *Index) plainKey(doc uint32, s *standing) uint64 {
	d := &x.docs
	k := uint64(math.MaxUint32 - d.order[doc])
	if d.boost != nil {
		k |= uint64(d.boost[doc]*(1<<20)) << 32
	}
	if s.owns(d, doc) {
		k |= 1 << 62
	}
	if d.state[doc] != stateDiscontinued {
		k |= 1 << 63
	}
	return k
}

// placed is a sheet with its final score and what it is made of.
type placed struct {
	doc         uint32
	tier        int
	score       float32
	text, title float32
}

// rerank looks at the titles of the best sheets and orders them finally.
func (x *Index) rerank(best []ranked, m *members) []placed {
	r := newTitleRanker(x, m.groups)
	list := make([]placed, len(best))
	for i, b := range best {
		p := placed{doc: b.doc, tier: m.tier(b.doc), text: m.text(b.doc), title: r.score(b.doc)}
		p.score = ((1-shareOfTitle)*p.text + shareOfTitle*p.title) * m.st.factor[b.doc]
		list[i] = p
	}
	m.yield(list)
	slices.SortStableFunc(list, func(a, b placed) int {
		return cmp.Or(cmp.Compare(b.tier, a.tier), cmp.Compare(b.score, a.score),
			cmp.Compare(x.docs.order[a.doc], x.docs.order[b.doc]))
	})
	return x.families(list, m.st)
}

// ownTitle is from where on a title of the own authority is what was typed.
const ownTitle = 0.9

// yield lets best bets stand back where the operator's own authority has a
// sheet of that very title: it was written after them.
func (m *members) yield(list []placed) {
	best := float32(ownTitle)
	for i := range list {
		if p := &list[i]; m.st.owns(&m.x.docs, p.doc) && m.x.docs.state[p.doc] == stateActive {
			best = max(best, p.title)
		}
	}
	if best == ownTitle {
		return
	}
	for i := range list {
		if p := &list[i]; m.coded[p.doc] > 0 && m.coded[p.doc] <= tiersBet && p.title < best {
			p.tier -= m.coded[p.doc]
		}
	}
}

// families puts the own adaptation of a sheet before its base and the
// adaptations of others after it, wherever their scores had them.
func (x *Index) families(list []placed, st *standing) []placed {
	at := make(map[uint32]int, len(list))
	for i, p := range list {
		at[p.doc] = i
	}
	parent := make([]int, len(list)) // place of the base, -1 without one
	for i, p := range list {
		parent[i] = -1
		if b := x.docs.base[p.doc]; b >= 0 {
			if j, ok := at[uint32(b)]; ok {
				parent[i] = j
			}
		}
	}
	out := make([]placed, 0, len(list))
	done := make([]bool, len(list))
	emit := func(i int) {
		if !done[i] {
			done[i] = true
			out = append(out, list[i])
		}
	}
	withOwn := func(i int) { // the own adaptation of a base, then the base
		if own, ok := st.adapted[list[i].doc]; ok {
			if j, ok := at[own]; ok {
				emit(j)
			}
		}
		emit(i)
	}
	for i, p := range list {
		if b := parent[i]; b >= 0 && !st.owns(&x.docs, p.doc) && x.docs.state[list[b].doc] != stateDiscontinued {
			withOwn(b)
		}
		withOwn(i)
	}
	return out
}
