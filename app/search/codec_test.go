package search

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func blobOf(t testing.TB, docs []Doc) []byte {
	t.Helper()
	blob, err := Build(docs).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

func TestOpenAnswersTheSame(t *testing.T) {
	docs := append(corpus(), messy(300)...)
	built := Build(docs)
	opened, err := Open(blobOf(t, docs))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"", "c", "ca", "car", "carta identita smarita", "casa", "104/92", "pasaporto", "x_mess-0003", "carime tolanope"} {
		a, b := built.Search(Query{Text: q, Own: "demo_borgo"}), opened.Search(Query{Text: q, Own: "demo_borgo"})
		a.Took, b.Took = 0, 0
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%q: built %v, opened %v", q, codesOf(a), codesOf(b))
		}
	}
}

func TestBuildIsDeterministic(t *testing.T) {
	docs := append(corpus(), messy(300)...)
	if !bytes.Equal(blobOf(t, docs), blobOf(t, docs)) {
		t.Error("the same sheets make different blobs")
	}
	many := buildSegment(docs, nil, nil)
	one := newShard(0, nil)
	sorted := slices.SortedFunc(slices.Values(docs), func(a, b Doc) int { return strings.Compare(a.Code, b.Code) })
	for i := range sorted {
		one.add(&sorted[i])
	}
	single := &segment{langs: many.langs}
	single.sheets.fill(sorted)
	single.assemble([]*shard{one})
	if !reflect.DeepEqual(many, single) {
		t.Error("the number of processors changes the index")
	}
}

func TestOpenRefusesDamage(t *testing.T) {
	blob := blobOf(t, corpus())
	for i := range blob {
		bad := bytes.Clone(blob)
		bad[i] ^= 0x10
		if _, err := Open(bad); err == nil {
			t.Fatalf("byte %d flipped, still opens", i)
		}
	}
	for i := range blob {
		if _, err := Open(blob[:i]); err == nil {
			t.Fatalf("opens %d of %d bytes", i, len(blob))
		}
	}
}

// Damage under a right checksum must not break a search either.
func TestOpenSurvivesForgery(t *testing.T) {
	blob := blobOf(t, corpus())
	for i := blobHeader; i < len(blob); i += 3 {
		bad := bytes.Clone(blob)
		bad[i] ^= 0xff
		tryBlob(sealed(bad))
	}
}

// sealed gives a blob a right header.
func sealed(blob []byte) []byte {
	copy(blob, blobMagic)
	binary.LittleEndian.PutUint32(blob[len(blobMagic):], checksum(blob[blobHeader:]))
	return blob
}

func tryBlob(blob []byte) {
	x, err := Open(blob)
	if err != nil {
		return
	}
	for _, q := range []string{"", "c", "carta identita smarita", "pasaporto", "casa"} {
		x.Search(Query{Text: q, Own: "demo_borgo", Filters: []Filter{{"topic", "imposte"}}})
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(blobOf(f, nil))
	f.Add(blobOf(f, corpus()[:3]))
	f.Add([]byte("POLISX"))
	f.Fuzz(func(_ *testing.T, blob []byte) {
		tryBlob(blob)
		if len(blob) >= blobHeader {
			tryBlob(sealed(bytes.Clone(blob)))
		}
	})
}
