package membership_test

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"testing"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

const fileID = "0193a000-0000-7000-8000-000000000001"

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// onStick makes a file of a request with two documents.
func onStick(t testing.TB, key *ecdsa.PrivateKey) (membership.File, map[string][]byte) {
	t.Helper()
	content := map[string][]byte{}
	r := membership.Request{Type: wire.TypeMembershipRequest, ID: fileID, Note: "perché <sì> & no"}
	for _, text := range []string{"%PDF-1.4 delibera", "una nota"} {
		sha := wire.Hash([]byte(text))
		content[sha] = []byte(text)
		r.Documents = append(r.Documents, membership.Document{Kind: membership.DocumentOther, Name: text + ".txt", Size: int64(len(text)), SHA256: sha})
	}
	line, err := wire.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := membership.SignFile(key, r.ID, line, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return membership.File{Request: line, Signature: signature, Documents: r.Documents}, content
}

func reader(content map[string][]byte) func(string) (io.ReadCloser, error) {
	return func(sha string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content[sha])), nil }
}

func TestFile(t *testing.T) {
	key := newKey(t)
	f, content := onStick(t, key)
	packed, err := f.Pack(reader(content))
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Pack(reader(content))
	if err != nil || !bytes.Equal(packed, again) {
		t.Error("equal requests are different files")
	}
	u, err := membership.UnpackFile(packed)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := wire.NewJWK(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if u.ID != fileID || u.Owner != jwk.Thumbprint() || !bytes.Equal(u.Request, f.Request) || len(u.Content) != 2 || len(u.File.Documents) != 2 {
		t.Errorf("%+v", u)
	}
}

func TestFilesThatDoNotHold(t *testing.T) {
	key := newKey(t)
	good, content := onStick(t, key)
	spoilt := func(change func(*membership.File, map[string][]byte)) []byte {
		f := good
		c := map[string][]byte{}
		for sha, text := range content {
			c[sha] = text
		}
		change(&f, c)
		packed, err := f.Pack(reader(c))
		if err != nil {
			t.Fatal(err)
		}
		return packed
	}
	first := good.Documents[0].SHA256
	files := map[string][]byte{
		"nothing": nil, "text": []byte("non è un file"), "an empty archive": emptyZip(t),
		"another's signature": spoilt(func(f *membership.File, _ map[string][]byte) {
			other, _ := onStick(t, newKey(t))
			f.Signature = other.Signature[:len(other.Signature)-10] + good.Signature[len(good.Signature)-10:]
		}),
		"no signature": spoilt(func(f *membership.File, _ map[string][]byte) { f.Signature = "" }),
		"a changed request": spoilt(func(f *membership.File, _ map[string][]byte) {
			f.Request = bytes.Replace(f.Request, []byte("no"), []byte("sì"), 1)
		}),
		"a changed document": spoilt(func(_ *membership.File, c map[string][]byte) { c[first] = []byte("un altro testo qui") }),
		"a document too few": spoilt(func(f *membership.File, _ map[string][]byte) { f.Documents = f.Documents[1:] }),
		"a document too many": spoilt(func(f *membership.File, c map[string][]byte) {
			d := membership.Document{SHA256: wire.Hash([]byte("x")), Size: 1}
			c[d.SHA256] = []byte("x")
			f.Documents = append(f.Documents[:2:2], d)
		}),
	}
	packed := spoilt(func(*membership.File, map[string][]byte) {})
	for _, n := range []int{1, len(packed) / 2, len(packed) - 1} {
		files["cut off"+string(rune('0'+n%10))] = packed[:n]
	}
	for name, file := range files {
		if _, err := membership.UnpackFile(file); app.ErrorCode(err) != app.CodeMembershipFile {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := good
	f.Documents = []membership.Document{{SHA256: first, Size: membership.MaxFile, Name: "grande.pdf"}}
	if _, err := f.Pack(reader(content)); app.ErrorCode(err) != app.CodeFileTooLarge {
		t.Errorf("too large: %v", err)
	}
}

func emptyZip(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := zip.NewWriter(&b).Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What packs more than it says must not be unpacked.
func TestFileBomb(t *testing.T) {
	f, content := onStick(t, newKey(t))
	head, err := wire.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	write := func(name string, method uint16, text []byte) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write("richiesta.json", zip.Store, head)
	for sha, text := range content {
		write("documenti/"+sha, zip.Deflate, text)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := membership.UnpackFile(b.Bytes()); app.ErrorCode(err) != app.CodeMembershipFile {
		t.Errorf("%v", err)
	}
}

func FuzzUnpackFile(f *testing.F) {
	file, content := onStick(f, newKey(f))
	packed, err := file.Pack(reader(content))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, b []byte) {
		u, err := membership.UnpackFile(b)
		if err != nil && app.ErrorCode(err) != app.CodeMembershipFile || err == nil && u.Owner == "" {
			t.Errorf("%+v, %v", u, err)
		}
	})
}
