package search

import (
	"bytes"
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
	blobMagic  = "POLISX\x00\x02"
	blobHeader = len(blobMagic) + 4
)

// Reasons why a blob cannot be opened; the cure is always to build it anew.
var (
	errVersion = errors.New("search: not an index, or of another version")
	errDamaged = errors.New("search: damaged index")
)

// MarshalBinary returns the last segment as one blob for Open: the whole
// index right after Build or Merged, what the last With added otherwise.
func (x *Index) MarshalBinary() ([]byte, error) {
	s := x.parts[len(x.parts)-1].segment
	w := writer{b: make([]byte, blobHeader, blobHeader+2*len(s.postings.data))}
	w.sheets(&s.sheets)
	w.words(&s.words)
	w.sorted(s.stems)
	w.numbers(s.stemDocs)
	w.table(&s.postings)
	w.sorted(s.prefixes.names)
	w.table(&s.prefixes.postings)
	w.strings(s.langs)
	w.strings(s.gone)
	copy(w.b, blobMagic)
	binary.LittleEndian.PutUint32(w.b[len(blobMagic):], checksum(w.b[blobHeader:]))
	return w.b, nil
}

func (w *writer) sheets(t *sheetTable) {
	w.sorted(t.codes)
	w.strings(t.owners)
	w.strings(t.names)
	w.numbers(t.owner)
	w.strings(t.bases)
	w.numbers(t.base)
	w.bytes(t.state)
	w.numbers(t.order)
	w.table(&t.titles)
	w.number(len(t.values))
	for _, v := range t.values {
		w.number(int(v.field))
		w.string(v.text)
	}
	w.rising(t.valueOff)
	w.numbers(t.valueIDs)
}

func (w *writer) words(t *wordTable) {
	w.sorted(t.names)
	w.numbers(t.docs)
	w.numbers(t.titled)
	w.bytes(t.langs)
	w.rising(t.stemOff)
	w.numbers(t.stemIDs)
	names := slices.Sorted(maps.Keys(t.accented))
	w.sorted(names)
	for _, name := range names {
		w.string(t.accented[name])
	}
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// Open reads the blob of a whole index and those of the changes over it,
// oldest first. The index refers to the blobs, which must not change while
// it is in use.
func Open(base []byte, changes ...[]byte) (*Index, error) {
	segs := make([]*segment, 0, 1+len(changes))
	for _, blob := range append([][]byte{base}, changes...) {
		s, err := openSegment(blob)
		if err != nil {
			return nil, err
		}
		segs = append(segs, s)
	}
	return compose(segs), nil
}

func openSegment(blob []byte) (*segment, error) {
	if len(blob) < blobHeader || string(blob[:len(blobMagic)]) != blobMagic {
		return nil, errVersion
	}
	if binary.LittleEndian.Uint32(blob[len(blobMagic):]) != checksum(blob[blobHeader:]) {
		return nil, errDamaged
	}
	r := reader{b: blob[blobHeader:]}
	s := &segment{}
	r.sheets(&s.sheets)
	r.words(&s.words)
	s.stems = r.sorted()
	s.stemDocs = r.numbers(len(s.stems), math.MaxUint32)
	s.postings = r.table(len(s.stems))
	s.prefixes.names = r.sorted()
	s.prefixes.postings = r.table(len(s.prefixes.names))
	s.langs = r.strings()
	s.gone = r.strings()
	r.within(s.words.stemIDs, len(s.stems))
	if r.bad || len(r.b) > 0 {
		return nil, errDamaged
	}
	return s, nil
}

func (r *reader) sheets(t *sheetTable) {
	t.codes = r.sorted()
	n := len(t.codes)
	t.owners, t.names = r.strings(), r.strings()
	if len(t.names) != len(t.owners) {
		r.fail()
	}
	t.owner = r.numbers(n, uint64(len(t.owners)))
	t.bases = r.strings()
	t.base = r.numbers(n, uint64(len(t.bases))+1)
	t.state = r.bytes(n)
	t.order = r.numbers(n, uint64(n))
	t.titles = r.table(n)
	t.values = make([]facetValue, r.count(-1))
	for i := range t.values {
		field := r.uvarint()
		if field >= uint64(len(facetFields())) {
			r.fail()
			return
		}
		t.values[i] = facetValue{uint8(field), r.string()} //nolint:gosec // one of a few fields
	}
	t.valueOff = r.rising(n + 1)
	t.valueIDs = r.numbers(-1, uint64(len(t.values)))
	r.spans(t.valueOff, len(t.valueIDs))
}

func (r *reader) words(t *wordTable) {
	t.names = r.sorted()
	n := len(t.names)
	t.docs = r.numbers(n, math.MaxUint32)
	t.titled = r.numbers(n, math.MaxUint32)
	t.langs = r.bytes(n)
	t.stemOff = r.rising(n + 1)
	t.stemIDs = r.numbers(-1, math.MaxUint32)
	r.spans(t.stemOff, len(t.stemIDs))
	names := r.sorted()
	t.accented = make(map[string]string, len(names))
	for _, name := range names {
		t.accented[name] = r.string()
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
		for same < min(len(s), len(last), maxName) && s[same] == last[same] {
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

// maxName is the longest beginning that two names share, in bytes.
const maxName = 1 << 10

// sorted reads strings into one block of memory.
func (r *reader) sorted() []string {
	n := r.count(-1)
	ends := make([]int, n)
	var all []byte
	start := 0 // of the string before
	for i := range n {
		same := r.uvarint()
		rest := r.bytes(-1)
		if same > uint64(len(all)-start) || same > maxName {
			r.fail()
			return nil
		}
		from := len(all)
		all = append(all, all[start:start+int(same)]...)
		all = append(all, rest...)
		if i > 0 && bytes.Compare(all[from:], all[start:from]) <= 0 {
			r.fail()
			return nil
		}
		start, ends[i] = from, len(all)
	}
	block, from := string(all), 0
	list := make([]string, n)
	for i, end := range ends {
		list[i], from = block[from:end], end
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
