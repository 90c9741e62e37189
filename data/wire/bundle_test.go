package wire

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func writeBundle(t testing.TB, compressed bool) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewBundleWriter(&out, compressed)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range [][3]string{
		{BundleManifest, "", `{}`},
		{BundleInfoFile, "", `{"type":"bundle"}`},
		{BundleSnapshot, "", "snapshot"},
		{BundleBlobs, Hash([]byte("b")), "b"},
		{BundlePrivate, "0198c0de-0000-7000-8000-000000000001", "sealed"},
	} {
		if err := w.AddBytes(m[0], m[1], []byte(m[2])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// drain reads a bundle to its end and names its members.
func drain(raw []byte) (names []string, err error) {
	r, err := NewBundleReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for {
		m, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return names, err
		}
		if _, err := r.Bytes(m); err != nil {
			return names, err
		}
		names = append(names, m.Name())
	}
}

func TestBundleIsReadAsItWasWritten(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		raw := writeBundle(t, compressed)
		if !bytes.Equal(raw, writeBundle(t, compressed)) {
			t.Error("equal contents, different files")
		}
		names, err := drain(raw)
		want := "manifest.json bundle.json snapshot.zst blobs/" + Hash([]byte("b")) + " private/0198c0de-0000-7000-8000-000000000001.age"
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("%s, %v", got, err)
		}
	}
}

func TestBundleCutAtEveryByte(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		raw := writeBundle(t, compressed)
		whole, err := drain(raw)
		if err != nil {
			t.Fatal(err)
		}
		for n := range raw {
			names, err := drain(raw[:n])
			if err != nil && !errors.Is(err, ErrBundle) {
				t.Fatalf("cut at %d: %v", n, err)
			}
			if err == nil && len(names) < len(whole) {
				t.Fatalf("cut at %d: %v passed as whole", n, names)
			}
		}
	}
}

func TestForeignArchivesAreNoBundles(t *testing.T) {
	archive := func(headers ...tar.Header) []byte {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for _, h := range headers {
			if err := w.WriteHeader(&h); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(make([]byte, h.Size)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	file := func(name string, size int64) tar.Header {
		return tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size}
	}
	head := file(BundleManifest, 2)
	blob := BundleBlobs + Hash(nil)
	for name, raw := range map[string][]byte{
		"empty":              nil,
		"text":               []byte("not an archive, but long enough to look at"),
		"no member":          archive(),
		"no manifest":        archive(file(BundleSnapshot, 1)),
		"climbing path":      archive(head, file("blobs/../../etc/passwd", 1)),
		"absolute path":      archive(head, file("/manifest.json", 1)),
		"unknown member":     archive(head, file("run.exe", 1)),
		"blob with a name":   archive(head, file("blobs/carta.pdf", 1)),
		"device of nobody":   archive(head, file("private/x.age", 1)),
		"link":               archive(head, tar.Header{Typeflag: tar.TypeSymlink, Name: blob, Linkname: "/etc/passwd"}),
		"twice":              archive(head, file(blob, 1), file(blob, 1)),
		"manifest again":     archive(head, head),
		"wrong order":        archive(head, file(blob, 1), file(BundleSnapshot, 1)),
		"snapshot + changes": archive(head, file(BundleSnapshot, 1), file(BundleChanges, 1)),
		"giant manifest":     archive(file(BundleManifest, maxBundleHead+1)),
	} {
		if _, err := drain(raw); !errors.Is(err, ErrBundle) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w, err := NewBundleWriter(io.Discard, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.AddBytes("../x", "", nil); !errors.Is(err, ErrBundle) {
		t.Errorf("written: %v", err)
	}
	if err := w.Add(BundleMember{Kind: BundleManifest, Size: 3}, strings.NewReader("x")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("shorter than said: %v", err)
	}
}

func TestUploadFile(t *testing.T) {
	batches := []UploadFileBatch{{ID: "b1", UploadBatch: UploadBatch{Items: []UploadItem{{Type: TypeContact, ID: "c", SHA256: "h", Payload: []byte(`{"a":1}`)}}}}, {ID: "b2"}}
	var signed string
	plain, err := EncodeUploadFile(UploadFile{ID: "f", Device: "d"}, batches, func(digest string) (string, error) {
		signed = digest
		return "jwt", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	head, got, digest, err := DecodeUploadFile(plain)
	if err != nil || head.Device != "d" || head.Signature != "jwt" || digest != signed || len(got) != 2 || got[0].Items[0].ID != "c" {
		t.Errorf("%+v %+v %s %v", head, got, digest, err)
	}
	if _, _, other, err := DecodeUploadFile(bytes.Replace(plain, []byte(`"a":1`), []byte(`"a":2`), 1)); err != nil || other == signed {
		t.Errorf("a changed file has the same digest: %v", err)
	}
	for _, bad := range []string{"", "{}", "{}\n", "nonsense\n", `{"type":"upload_file"}`, `{"type":"upload_file"}` + "\nnonsense\n"} {
		if _, _, _, err := DecodeUploadFile([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func FuzzBundle(f *testing.F) {
	f.Add(writeBundle(f, false))
	f.Add(writeBundle(f, true))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := drain(raw); err != nil && !errors.Is(err, ErrBundle) {
			t.Error(err)
		}
	})
}
