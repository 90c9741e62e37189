package membership_test

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// onStick makes a file of a request with documents.
func onStick(t testing.TB, documents ...[]byte) []byte {
	t.Helper()
	content := map[string][]byte{}
	f := membership.File{Request: []byte(`{"id":"1","type":"membership_request"}`), Signature: "s"}
	for _, text := range documents {
		d := membership.Document{Name: "a.pdf", Size: int64(len(text)), SHA256: wire.Hash(text)}
		content[d.SHA256] = text
		f.Documents = append(f.Documents, d)
	}
	var out bytes.Buffer
	err := membership.WriteFile(&out, f, func(sha string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content[sha])), nil })
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What is packed small and unpacks to more than a file may have is refused
// before it is all in memory.
func TestFileThatUnpacksToTooMuch(t *testing.T) {
	var documents [][]byte
	for i := range 3 {
		documents = append(documents, bytes.Repeat([]byte{byte('a' + i)}, membership.MaxDocument))
	}
	packed := onStick(t, documents...)
	read := 0
	if _, err := membership.ReadFile(packed, func(_ string, content []byte) error { read += len(content); return nil }); err != nil || read != 3*membership.MaxDocument {
		t.Fatalf("%d bytes, %v", read, err)
	}
	// Ours would not write it; somebody else may.
	var head bytes.Buffer
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(&head)
	large := bytes.Repeat([]byte("z"), membership.MaxDocument)
	f := membership.File{Request: []byte(`{}`)}
	for _, text := range append(documents, large) {
		f.Documents = append(f.Documents, membership.Document{SHA256: wire.Hash(text)})
	}
	line, err := wire.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	add := func(name string, content []byte) {
		out, err := w.Create(name)
		if err == nil {
			_, err = out.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add(z.File[0].Name, line)
	for _, text := range append(documents, large) {
		add("documents/"+wire.Hash(text), text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := membership.ReadFile(head.Bytes(), func(string, []byte) error { return nil }); app.ErrorCode(err) != app.CodeMembershipFile {
		t.Errorf("%v", err)
	}
}

func FuzzReadFile(f *testing.F) {
	f.Add(onStick(f, []byte("delibera")))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := membership.ReadFile(b, func(sha string, content []byte) error {
			if wire.Hash(content) != sha {
				t.Error("a document is not what its name says")
			}
			return nil
		})
		if err != nil && app.ErrorCode(err) != app.CodeMembershipFile {
			t.Error(err)
		}
	})
}
