package search

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"maps"
	"math"
	"slices"
)

// The blob: magic with the version of the format, checksum of the rest, the
// tables one after the other. Another version is simply rebuilt.
const (
	blobMagic  = "POLISX\x00\x01"
	blobHeader = len(blobMagic) + 4
)

// Reasons why a blob cannot be opened; the cure is always to build it anew.
var (
	errVersion = errors.New("search: not an index, or of another version")
	errDamaged = errors.New("search: damaged index")
)

// MarshalBinary returns the index as one blob for Open.
func (x *Index) MarshalBinary() ([]byte, error) {
	w := writer{b: make([]byte, blobHeader, blobHeader+2*len(x.stems.postings.data))}
	d := &x.docs
	w.strings(d.codes)
	w.strings(d.authorities)
	w.numbers(d.authority)
	bases := make([]uint32, len(d.base))
	for i, b := range d.base {
		bases[i] = uint32(b + 1) //nolint:gosec // -1 is the least
	}
	w.numbers(bases)
	w.bytes(d.state)
	w.numbers(d.order)
	w.numbers(d.popularity)
	w.table(&d.titles)
	for i := range d.facets {
		w.strings(d.facets[i].values)
		w.rising(d.facets[i].offsets)
		w.numbers(d.facets[i].ids)
	}
	w.sorted(x.lex.words)
	w.numbers(x.lex.docs)
	w.numbers(x.lex.titled)
	w.rising(x.lex.stemOff)
	w.numbers(x.lex.stemIDs)
	ids := slices.Sorted(maps.Keys(x.lex.accented))
	w.rising(ids)
	for _, id := range ids {
		w.string(x.lex.accented[id])
	}
	w.sorted(x.stems.names)
	w.numbers(x.stems.docs)
	w.table(&x.stems.postings)
	w.sorted(x.prefixes.names)
	w.table(&x.prefixes.postings)
	w.strings(x.langs)
	copy(w.b, blobMagic)
	binary.LittleEndian.PutUint32(w.b[len(blobMagic):], checksum(w.b[blobHeader:]))
	return w.b, nil
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// Open reads a blob of MarshalBinary. It refers to the blob, which must not
// change while the index is in use.
func Open(blob []byte) (*Index, error) {
	if len(blob) < blobHeader || string(blob[:len(blobMagic)]) != blobMagic {
		return nil, errVersion
	}
	if binary.LittleEndian.Uint32(blob[len(blobMagic):]) != checksum(blob[blobHeader:]) {
		return nil, errDamaged
	}
	r := reader{b: blob[blobHeader:]}
	x := &Index{}
	r.docs(&x.docs)
	r.lexicon(&x.lex)
	x.stems.names = r.sorted()
	x.stems.docs = r.numbers(len(x.stems.names), math.MaxUint32)
	x.stems.postings = r.table(len(x.stems.names))
	x.prefixes.names = r.sorted()
	x.prefixes.postings = r.table(len(x.prefixes.names))
	x.langs = r.strings()
	r.within(x.lex.stemIDs, len(x.stems.names))
	if r.bad || len(r.b) > 0 {
		return nil, errDamaged
	}
	x.finish()
	return x, nil
}

func (r *reader) docs(d *docTable) {
	d.codes = r.strings()
	n := len(d.codes)
	d.authorities = r.strings()
	d.authority = r.numbers(n, uint64(len(d.authorities)))
	for _, b := range r.numbers(n, uint64(n)+1) {
		d.base = append(d.base, int32(b)-1) //nolint:gosec // at most n
	}
	d.state = r.bytes(n)
	d.order = r.numbers(n, uint64(n))
	d.popularity = r.numbers(n, math.MaxUint32)
	d.titles = r.table(n)
	d.facets = make([]facet, len(facetFields()))
	for i := range d.facets {
		f := &d.facets[i]
		f.values = r.strings()
		f.offsets = r.rising(n + 1)
		f.ids = r.numbers(-1, uint64(len(f.values)))
		r.spans(f.offsets, len(f.ids))
	}
}

func (r *reader) lexicon(l *lexicon) {
	l.words = r.sorted()
	n := len(l.words)
	l.docs = r.numbers(n, math.MaxUint32)
	l.titled = r.numbers(n, math.MaxUint32)
	l.stemOff = r.rising(n + 1)
	l.stemIDs = r.numbers(-1, math.MaxUint32)
	r.spans(l.stemOff, len(l.stemIDs))
	ids := r.rising(-1)
	r.within(ids, n)
	l.accented = make(map[uint32]string, len(ids))
	for _, id := range ids {
		l.accented[id] = r.string()
	}
}

// writer appends the tables of an index.
type writer struct{ b []byte }

func (w *writer) number(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) } //nolint:gosec // lengths

func (w *writer) string(s string) {
	w.number(len(s))
	w.b = append(w.b, s...)
}

func (w *writer) bytes(b []byte) {
	w.number(len(b))
	w.b = append(w.b, b...)
}

func (w *writer) strings(list []string) {
	w.number(len(list))
	for _, s := range list {
		w.string(s)
	}
}

// sorted writes each string as what differs from the one before it.
func (w *writer) sorted(list []string) {
	w.number(len(list))
	last := ""
	for _, s := range list {
		same := 0
		for same < len(s) && same < len(last) && s[same] == last[same] {
			same++
		}
		w.number(same)
		w.string(s[same:])
		last = s
	}
}

func (w *writer) numbers(list []uint32) {
	w.number(len(list))
	for _, n := range list {
		w.b = binary.AppendUvarint(w.b, uint64(n))
	}
}

// rising writes numbers that never fall as their differences.
func (w *writer) rising(list []uint32) {
	w.number(len(list))
	last := uint32(0)
	for _, n := range list {
		w.b = binary.AppendUvarint(w.b, uint64(n-last))
		last = n
	}
}

func (w *writer) table(t *byteTable) {
	w.rising(t.offsets)
	w.bytes(t.data)
}

// reader takes the tables off a blob. Whatever does not hold sets bad, after
// which everything reads as empty.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) fail() {
	r.bad, r.b = true, nil
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads how many entries follow; each takes at least one byte.
func (r *reader) count(want int) int {
	v := r.uvarint()
	if v > uint64(len(r.b)) || (want >= 0 && v != uint64(want)) {
		r.fail()
		return 0
	}
	return int(v) //nolint:gosec // at most the bytes that are left
}

func (r *reader) string() string { return string(r.bytes(-1)) }

func (r *reader) bytes(want int) []byte {
	n := r.count(want)
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) strings() []string {
	list := make([]string, r.count(-1))
	for i := range list {
		list[i] = r.string()
	}
	return list
}

func (r *reader) sorted() []string {
	list := make([]string, r.count(-1))
	last := ""
	for i := range list {
		same := r.uvarint()
		rest := r.bytes(-1)
		if same > uint64(len(last)) || same > maxRawBytes {
			r.fail()
			return nil
		}
		list[i] = last[:same] + string(rest)
		if i > 0 && list[i] <= last {
			r.fail()
		}
		last = list[i]
	}
	return list
}

// numbers reads a list of numbers below limit; want is its length or -1.
func (r *reader) numbers(want int, limit uint64) []uint32 {
	list := make([]uint32, r.count(want))
	for i := range list {
		v := r.uvarint()
		if v >= limit && v != 0 || v > math.MaxUint32 {
			r.fail()
			return list
		}
		list[i] = uint32(v)
	}
	if limit == 0 && len(list) > 0 {
		r.fail()
	}
	return list
}

func (r *reader) rising(want int) []uint32 {
	list := make([]uint32, r.count(want))
	last := uint64(0)
	for i := range list {
		last += r.uvarint()
		if last > math.MaxUint32 {
			r.fail()
			return list
		}
		list[i] = uint32(last)
	}
	return list
}

// spans checks that offsets lie within n entries.
func (r *reader) spans(offsets []uint32, n int) {
	if len(offsets) == 0 || uint64(offsets[len(offsets)-1]) > uint64(n) { //nolint:gosec // a length
		r.fail()
	}
}

func (r *reader) within(list []uint32, n int) {
	for _, v := range list {
		if uint64(v) >= uint64(n) { //nolint:gosec // a length
			r.fail()
			return
		}
	}
}

func (r *reader) table(entries int) byteTable {
	t := byteTable{offsets: r.rising(entries + 1)}
	t.data = r.bytes(-1)
	r.spans(t.offsets, len(t.data))
	return t
}
