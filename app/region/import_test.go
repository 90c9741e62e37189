package region_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

func TestImportCounts(t *testing.T) {
	b := newBench(t)
	first := places + sheet(1, "Carta") + sheet(2, "Passaporto")
	for _, step := range []struct {
		name, text string
		kind       string
		want       region.Tally
	}{
		{"new", first, wire.TypeSheet, region.Tally{New: 2}},
		{"again", first, wire.TypeSheet, region.Tally{Unchanged: 2}},
		{"changed", sheet(1, "Carta d'identità") + sheet(2, "Passaporto"), wire.TypeSheet, region.Tally{Changed: 1, Unchanged: 1}},
		{"bad beside good", sheet(3, "ISEE") + "{\"type\":\"sheet\"}\n", wire.TypeSheet, region.Tally{New: 1, Refused: 1}},
		{"unreadable", sheet(3, "ISEE") + "nonsense\n", region.UnknownType, region.Tally{Refused: 1}},
		{"twice in a file", sheet(4, "a") + sheet(4, "b") + sheet(4, "a"), wire.TypeSheet, region.Tally{New: 1, Changed: 2}},
		{"deleted", `{"type":"sheet","id":"demo-0004","op":"delete"}`, wire.TypeSheet, region.Tally{Deleted: 1}},
		{"deleted by code", `{"type":"sheet","code":"demo-0003","op":"delete"}`, wire.TypeSheet, region.Tally{Deleted: 1}},
		{"deleted twice", `{"type":"sheet","id":"demo-0004","op":"delete"}`, wire.TypeSheet, region.Tally{Unchanged: 1}},
		{"deletion of nothing", sheet(1, "x") + `{"type":"sheet","op":"delete"}`, wire.TypeSheet, region.Tally{Changed: 1, Refused: 1}},
		{"deletion of a stranger", sheet(1, "x") + `{"type":"dog","id":"1","op":"delete"}`, region.UnknownType, region.Tally{Refused: 1}},
		{"deleted and back", `{"type":"sheet","id":"demo-0002","op":"delete"}` + "\n" + sheet(2, "Passaporto"), wire.TypeSheet, region.Tally{Deleted: 1, New: 1}},
	} {
		t.Run(step.name, func(t *testing.T) {
			if got := b.load(t, step.text).Types[step.kind]; got != step.want {
				t.Errorf("%s: %+v, want %+v", step.kind, got, step.want)
			}
		})
	}
	want := sheet(1, "x") + sheet(2, "Passaporto")
	if got := b.export(t, wire.TypeSheet); !sameLines(got, want) {
		t.Errorf("catalogue is\n%swant\n%s", got, want)
	}
}

func sameLines(a, b string) bool {
	canonical := func(text string) (lines []string) {
		for line := range strings.Lines(text) {
			c, err := wire.Canonical([]byte(line))
			lines = append(lines, string(c))
			if err != nil {
				lines = append(lines, err.Error())
			}
		}
		slices.Sort(lines)
		return lines
	}
	return slices.Equal(canonical(a), canonical(b))
}

func TestImportNamesLineAndReason(t *testing.T) {
	b := newBench(t)
	var got []region.Refusal
	text := sheet(1, "Carta") + "\n{\"type\":\"sheet\",\"code\":\"x\"}\n[1]\n"
	_, err := b.Import(b.ctx, region.ImportParams{Sources: source(text), Refused: func(r region.Refusal) { got = append(got, r) }})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Line != 3 || got[1].Line != 4 || !strings.Contains(got[0].Reason, `"authority"`) {
		t.Errorf("refusals %+v", got)
	}
}

func TestImportStrictRefusesTheWholeFile(t *testing.T) {
	b := newBench(t)
	_, err := b.Import(b.ctx, region.ImportParams{Sources: source(sheet(1, "Carta") + "bad\n"), Strict: true})
	wantCode(t, err, app.CodeImportRefused)
	if app.ErrorParams(err)["n"] != "1" {
		t.Errorf("params %v", app.ErrorParams(err))
	}
	if got := b.export(t, ""); got != "" {
		t.Errorf("something was imported: %s", got)
	}
	if _, err := b.Import(b.ctx, region.ImportParams{Sources: source(sheet(1, "Carta")), Strict: true}); err != nil {
		t.Errorf("a good file: %v", err)
	}
}

func TestImportOfNothingReadableFails(t *testing.T) {
	b := newBench(t)
	_, err := b.Import(b.ctx, region.ImportParams{Sources: source("<html>\n</html>\n")})
	wantCode(t, err, app.CodeImportRefused)
}

func TestImportCompressed(t *testing.T) {
	plain := places + sheet(1, "Carta")
	var gz, zst bytes.Buffer
	gw := gzip.NewWriter(&gz)
	zw, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{gw, zw} {
		if _, err := io.WriteString(w, plain); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"plain": plain, "gzip": gz.String(), "zstd": zst.String(), "byte order mark": "\xef\xbb\xbf" + plain} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			if got := b.load(t, text).Types[wire.TypeSheet]; got.New != 1 || got.Refused != 0 {
				t.Errorf("%+v", got)
			}
		})
	}
	t.Run("cut short", func(t *testing.T) {
		b := newBench(t)
		_, err := b.Import(b.ctx, region.ImportParams{Sources: source(gz.String()[:gz.Len()-9])})
		wantCode(t, err, app.CodeFile)
		if got := b.export(t, ""); got != "" {
			t.Errorf("half a file was imported: %s", got)
		}
	})
}

func TestImportIsOneTransactionOverAllFiles(t *testing.T) {
	b := newBench(t)
	broken := region.Source{Name: "gone", Open: func() (io.ReadCloser, error) { return nil, errors.New("no such file") }}
	_, err := b.Import(b.ctx, region.ImportParams{Sources: append(source(sheet(1, "Carta")), broken)})
	wantCode(t, err, app.CodeFile)
	if got := b.export(t, ""); got != "" {
		t.Errorf("something was imported: %s", got)
	}
}

func TestImportWarnsOnceForEachUnknownField(t *testing.T) {
	b := newBench(t)
	line := `{"type":"authority","id":"a%","name":"n","mood":"good"}` + "\n"
	r := b.load(t, strings.ReplaceAll(line, "%", "1")+strings.ReplaceAll(line, "%", "2"))
	if len(r.Warnings) != 1 || r.Warnings[0].Count != 2 || r.Warnings[0].Line != 1 || !strings.Contains(r.Warnings[0].Text, "mood") {
		t.Errorf("%+v", r.Warnings)
	}
	if r.Types[wire.TypeAuthority].New != 2 {
		t.Errorf("a warning cost a line: %+v", r.Types)
	}
}

func TestImportBlobs(t *testing.T) {
	b := newBench(t)
	from := fstest.MapFS{
		"modulo.pdf":   {Data: []byte("%PDF-1.7 one")},
		"sub/logo.png": {Data: []byte("picture")},
		"sub/same.png": {Data: []byte("picture")},
		"empty":        {},
	}
	params := region.ImportParams{Sources: source(sheet(1, "Carta")), Blobs: from}
	r, err := b.Import(b.ctx, params)
	if err != nil || r.BlobsNew != 2 || r.BlobsKnown != 1 || len(r.Warnings) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	f, err := b.Blob(wire.Hash([]byte("picture")))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err != nil || string(content) != "picture" || f.Close() != nil {
		t.Errorf("%q, %v", content, err)
	}
	for _, sha := range []string{wire.Hash(nil), "../hub.db", strings.Repeat("A", 64), ""} {
		_, err := b.Blob(sha)
		wantCode(t, err, app.CodeNotFound)
	}
}

func TestExportImportsAgainToTheSameDigest(t *testing.T) {
	a, b := newBench(t), newBench(t)
	a.load(t, places+sheet(1, "Carta <d'identità> & altro")+sheet(2, "Passaporto")+
		`{"type":"event","id":"e1","title":"Corso","seats":30}`+"\n"+
		`{"type":"office","id":"o","authority":"demo","name":"n","address":{"lat":44.70,"lon":8.030}}`)
	exported := a.export(t, "")
	b.load(t, exported)
	if again := b.export(t, ""); again != exported {
		t.Error("the second export differs")
	}
	if x, y := a.publish(t), b.publish(t); x.Digest != y.Digest || x.Digest == "" {
		t.Errorf("digests %s, %s", x.Digest, y.Digest)
	}
	if got := a.export(t, wire.TypeEvent); strings.Count(got, "\n") != 1 {
		t.Errorf("events: %s", got)
	}
	wantCode(t, a.Export(a.ctx, "dog", io.Discard), app.CodeInvalid)
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(places + sheet(1, "Carta")))
	f.Add([]byte(`{"type":"sheet","id":"x","op":"delete"}` + "\n" + sheet(1, "Carta") + sheet(1, "Carta 2")))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte("\x28\xb5\x2f\xfd\x00"))
	f.Add([]byte(`{"type":"sheet","TYPE":"office","op":"delete","OP":"x","id":"1","ID":"2"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a := memoryHub(t)
		told := 0
		r, err := a.Import(t.Context(), region.ImportParams{Sources: source(string(raw)), Refused: func(region.Refusal) { told++ }})
		if code := app.ErrorCode(err); err != nil && code != app.CodeImportRefused && code != app.CodeFile {
			t.Fatalf("%q: %v", raw, err)
		}
		refused := 0
		for _, n := range r.Types {
			refused += n.Refused
		}
		if err == nil && refused != told {
			t.Fatalf("%d refused, %d told", refused, told)
		}
		var exported, again bytes.Buffer
		if err := a.Export(t.Context(), "", &exported); err != nil {
			t.Fatal(err)
		}
		b := memoryHub(t)
		if _, err := b.Import(t.Context(), region.ImportParams{Sources: source(exported.String()), Strict: true}); err != nil {
			t.Fatalf("%q: %v", &exported, err)
		}
		if err := b.Export(t.Context(), "", &again); err != nil || !bytes.Equal(exported.Bytes(), again.Bytes()) {
			t.Fatalf("not stable: %q, %v", &exported, err)
		}
	})
}

// memory is just enough of a store to import into and export from, thousands
// of times a second.
type memory struct {
	region.Tx
	lines map[region.Key]wire.Entity
}

func memoryHub(t *testing.T) *region.Hub {
	t.Helper()
	h, err := region.New(region.Params{
		Store: &memory{lines: map[region.Key]wire.Entity{}}, Files: struct{ region.Files }{}, Clock: app.SystemClock{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (m *memory) View(_ context.Context, fn func(region.Tx) error) error { return fn(m) }

func (m *memory) Update(_ context.Context, fn func(region.Tx) error) error { return fn(m) }

func (m *memory) CountImport() error { return nil }

func (m *memory) WorkingHashes() (map[region.Key]string, error) {
	hashes := map[region.Key]string{}
	for k, e := range m.lines {
		hashes[k] = e.Hash
	}
	return hashes, nil
}

func (m *memory) PutWorking(e wire.Entity) error {
	m.lines[region.Key{Type: e.Type, ID: e.ID}] = e
	return nil
}

func (m *memory) DeleteWorking(k region.Key) error {
	delete(m.lines, k)
	return nil
}

func (m *memory) WorkingLines(_ []string, yield func(wire.Entity) error) error {
	keys := slices.SortedFunc(maps.Keys(m.lines), func(a, b region.Key) int {
		return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID))
	})
	for _, k := range keys {
		if err := yield(m.lines[k]); err != nil {
			return err
		}
	}
	return nil
}
