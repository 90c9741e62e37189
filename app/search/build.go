package search

import (
	"encoding/binary"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"

	"polis/app"
)

// Weight of a word by where it stands, and the length at which a field's
// words count in full. The lengths are fixed, not averages of the catalogue,
// so that a sheet weighs the same in whatever index it lies.
const (
	weightTitle       = 9
	weightAlternative = 6
	weightKeyword     = 4
	weightSummary     = 2
	weightSection     = 1
	weightTopic       = 0.7
	weightAuthority   = 3

	lengthTitle   = 5
	lengthKeyword = 3
	lengthSummary = 20
	lengthSection = 100
	lengthShare   = 0.5 // how much length matters, 0 to 1

	saturation = 4 // weight at which an impact reaches one half

	// Impacts are kept in a few bits, together with the distance to the sheet
	// before: one byte for most postings.
	impactBits   = 4
	impactLevels = 1 << impactBits
	maxImpact    = impactLevels - 1
)

// maxKeywordTitle is the longest keyword, in words, that ranking treats like
// a short title; longer ones are sentences.
const maxKeywordTitle = 4

// Build makes the index of a catalogue. Sheets are analysed on all
// processors; the result does not depend on how many there are, nor on the
// order of the sheets.
func Build(docs []Doc) *Index { return compose([]*segment{buildSegment(docs, nil, nil)}) }

// buildSegment analyses sheets; gone are the codes that earlier segments
// lose by it, known is an index whose words need not be reduced again, or nil.
func buildSegment(docs []Doc, gone []string, known *Index) *segment {
	docs = slices.Clone(docs)
	slices.SortStableFunc(docs, func(a, b Doc) int { return strings.Compare(a.Code, b.Code) })
	docs = slices.CompactFunc(docs, func(a, b Doc) bool { return a.Code == b.Code })
	s := &segment{langs: languagesOf(docs), gone: slices.Compact(slices.Sorted(slices.Values(gone)))}
	s.sheets.fill(docs)
	s.assemble(gather(docs, known))
	return s
}

// gather analyses the documents in contiguous parts, one a processor.
func gather(docs []Doc, known *Index) []*shard {
	n := max(1, min(runtime.GOMAXPROCS(0), 8, len(docs)/16))
	shards := make([]*shard, n)
	var wg sync.WaitGroup
	for i := range shards {
		from, to := i*len(docs)/n, (i+1)*len(docs)/n
		wg.Go(func() {
			s := newShard(from, known)
			for j := from; j < to; j++ {
				s.add(&docs[j])
			}
			shards[i] = s
		})
	}
	wg.Wait()
	return shards
}

func languagesOf(docs []Doc) []string {
	found := map[string]bool{langItalian: true}
	for i := range docs {
		found[docs[i].Language] = true
		for _, t := range docs[i].Translations {
			found[t.Language] = true
		}
	}
	return slices.DeleteFunc(stemmed(), func(l string) bool { return !found[l] })
}

// fill copies what ranking and facets need.
func (t *sheetTable) fill(docs []Doc) {
	n := len(docs)
	t.codes, t.owner, t.base, t.state = make([]string, n), make([]uint32, n), make([]uint32, n), make([]uint8, n)
	owners, bases := map[string]uint32{}, map[string]uint32{}
	for i := range docs {
		d := &docs[i]
		t.codes[i], t.state[i] = d.Code, stateOf(d.Status)
		t.owner[i] = numbered(owners, d.Authority, &t.owners)
		if int(t.owner[i]) == len(t.names) {
			t.names = append(t.names, d.AuthorityName)
		}
		if d.Base != "" && d.Base != d.Code {
			t.base[i] = numbered(bases, d.Base, &t.bases) + 1
		}
	}
	t.fillValues(docs)
}

// numbered returns the number of a name, the next one when it is new.
func numbered(known map[string]uint32, name string, list *[]string) uint32 {
	id, ok := known[name]
	if !ok {
		id = u32(len(*list))
		known[name] = id
		*list = append(*list, name)
	}
	return id
}

func stateOf(status string) uint8 {
	switch status {
	case app.StatusDiscontinued:
		return stateDiscontinued
	case app.StatusInactive, app.StatusSuspended:
		return statePaused
	}
	return stateActive
}

// shard is the analysis of one part of the catalogue; its numbers of words
// and stems are its own.
type shard struct {
	known  *Index
	doc    int // number of the sheet being added
	raws   map[string]map[string]uint32
	raw    []rawWord
	words  map[string]uint32
	word   []shardWord
	stems  map[string]uint32
	stem   []shardStem
	titles [][]uint32 // of each sheet: kind, n, n words, ...

	weights []float32 // of the stems in this sheet
	touched []uint32
	found   []uint32 // raw words of this field
}

// rawWord is a word exactly as written, in one language.
type rawWord struct {
	text       string
	word, stem uint32
	stop       bool
	count      uint32
}

type shardWord struct {
	folded           string
	langs            uint8
	docs, titled     uint32
	lastDoc, lastTit int
	stems            []uint32
}

type shardStem struct {
	name  string
	posts []posting
}

type posting struct {
	doc    uint32
	impact uint8 // 0 to maxImpact
}

func newShard(first int, known *Index) *shard {
	return &shard{
		known: known, doc: first - 1, raws: map[string]map[string]uint32{},
		words: map[string]uint32{}, stems: map[string]uint32{},
	}
}

// add analyses one sheet.
func (s *shard) add(d *Doc) {
	s.doc++
	s.titles = append(s.titles, nil)
	s.title(d.Title, d.Language, weightTitle, titleMain)
	for _, t := range d.AlternativeTitles {
		s.title(t, d.Language, weightAlternative, titleAlternative)
	}
	for _, k := range d.Keywords {
		s.title(k, d.Language, weightKeyword, titleKeyword)
	}
	s.text(d.Summary, d.Language, weightSummary, lengthSummary)
	for _, t := range d.Sections {
		s.text(plain(t), d.Language, weightSection, lengthSection)
	}
	for _, t := range d.Topics {
		s.text(t, langItalian, weightTopic, lengthKeyword)
	}
	s.text(d.AuthorityName, langItalian, weightAuthority, lengthKeyword)
	for _, t := range d.Translations {
		s.title(t.Title, t.Language, weightAlternative, titleAlternative)
		s.text(t.Summary, t.Language, weightSummary, lengthSummary)
		for _, section := range t.Sections {
			s.text(plain(section), t.Language, weightSection, lengthSection)
		}
	}
	s.flush()
}

// title adds a field whose words also rank by their place.
func (s *shard) title(text, lang string, weight float32, kind uint32) {
	length := float32(lengthTitle)
	if kind == titleKeyword {
		length = lengthKeyword
	}
	s.text(text, lang, weight, length)
	if len(s.found) == 0 || (kind == titleKeyword && len(s.found) > maxKeywordTitle) {
		return
	}
	last := len(s.titles) - 1
	at := append(s.titles[last], kind, u32(len(s.found)))
	for _, raw := range s.found {
		w := s.raw[raw].word
		at = append(at, w)
		if s.word[w].lastTit != s.doc {
			s.word[w].lastTit = s.doc
			s.word[w].titled++
		}
	}
	s.titles[last] = at
}

// text adds a field's words to the sheet's weights.
func (s *shard) text(text, lang string, weight, length float32) {
	s.found = s.found[:0]
	if text == "" {
		return
	}
	known := s.raws[lang]
	if known == nil {
		known = map[string]uint32{}
		s.raws[lang] = known
	}
	sc := scanner{text: text}
	for t, ok := sc.next(); ok; t, ok = sc.next() {
		if t.kind == kindElided {
			continue
		}
		written := cut(t.text, maxRawBytes)
		id, ok := known[written]
		if !ok {
			id = s.learn(strings.Clone(written), lang)
			known[s.raw[id].text] = id
		}
		r := &s.raw[id]
		r.count++
		if !r.stop {
			s.found = append(s.found, id)
		}
	}
	weight /= 1 - lengthShare + lengthShare*max(float32(len(s.found))/length, 0.5)
	for _, id := range s.found {
		s.weigh(s.raw[id], weight)
	}
}

func (s *shard) weigh(r rawWord, weight float32) {
	if s.weights[r.stem] == 0 {
		s.touched = append(s.touched, r.stem)
	}
	s.weights[r.stem] += weight
	if w := &s.word[r.word]; w.lastDoc != s.doc {
		w.lastDoc = s.doc
		w.docs++
	}
}

// learn folds and stems a word seen for the first time.
func (s *shard) learn(written, lang string) uint32 {
	folded := Fold(written)
	r := rawWord{text: written, stop: folded == "" || stopWord(folded, lang)}
	if !r.stop {
		r.word, r.stem = s.number(folded), s.stemNumber(s.stemOf(folded, lang))
		w := &s.word[r.word]
		w.langs |= langBit(lang)
		if !slices.Contains(w.stems, r.stem) {
			w.stems = append(w.stems, r.stem)
		}
	}
	s.raw = append(s.raw, r)
	return u32(len(s.raw) - 1)
}

// stemOf looks a word up before it reduces it: that is the slowest part of
// analysing a few sheets.
func (s *shard) stemOf(folded, lang string) string {
	if s.known != nil {
		if id, ok := s.known.lex.find(folded); ok && s.known.lex.langs[id] == langBit(lang) {
			if stems := s.known.lex.stemsOf(id); len(stems) == 1 {
				return s.known.stems[stems[0]]
			}
		}
	}
	return stem(folded, lang)
}

func (s *shard) number(folded string) uint32 {
	id, ok := s.words[folded]
	if !ok {
		id = u32(len(s.word))
		s.words[folded] = id
		s.word = append(s.word, shardWord{folded: folded, lastDoc: -1, lastTit: -1})
	}
	return id
}

func (s *shard) stemNumber(name string) uint32 {
	id, ok := s.stems[name]
	if !ok {
		id = u32(len(s.stem))
		s.stems[name] = id
		s.stem = append(s.stem, shardStem{name: name})
		s.weights = append(s.weights, 0)
	}
	return id
}

// flush turns the sheet's weights into postings.
func (s *shard) flush() {
	for _, id := range s.touched {
		w := s.weights[id]
		s.weights[id] = 0
		impact := uint8(min(maxImpact, impactLevels*w/(w+saturation)))
		s.stem[id].posts = append(s.stem[id].posts, posting{u32(s.doc), impact})
	}
	s.touched = s.touched[:0]
}

// appendPostings writes postings: distance from the last sheet and impact in
// one number.
func appendPostings(dst []byte, last uint32, posts []posting) ([]byte, uint32) {
	for _, p := range posts {
		dst = binary.AppendUvarint(dst, uint64(p.doc-last)<<impactBits|uint64(p.impact))
		last = p.doc
	}
	return dst, last
}

// postingReader walks over a list of postings; damaged lists end early.
type postingReader struct {
	list []byte
	doc  uint64
}

func (r *postingReader) next() (p posting, ok bool) {
	v, n := binary.Uvarint(r.list)
	if n <= 0 {
		return posting{}, false
	}
	r.list = r.list[n:]
	if r.doc += v >> impactBits; r.doc > math.MaxUint32 {
		return posting{}, false
	}
	return posting{uint32(r.doc), uint8(v & maxImpact)}, true
}

// shown is a word as a text writes it: one spelling for every way in which
// accents are encoded.
func shown(written string) string { return norm.NFC.String(strings.ToLower(written)) }
