package station

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"polis/app"
)

// packed makes an archive of names; the first one is stored as it is.
func packed(t *testing.T, first, content string, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateHeader(&zip.FileHeader{Name: first, Method: zip.Store})
	if err == nil {
		_, err = io.WriteString(f, content)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, "<x/>")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hidden is a PDF with an action in packed objects.
func hidden(t *testing.T, action string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, err := io.WriteString(w, "1 0 <</S/"+action+"/F(x)>>")
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return []byte("%PDF-1.7\n1 0 obj <</Type/ObjStm/N 1/First 4/Length 40/Filter/FlateDecode>>stream\n" + b.String() + "\nendstream endobj\n%%EOF")
}

func TestKindsOfDocuments(t *testing.T) {
	const odt = "application/vnd.oasis.opendocument.text"
	for name, c := range map[string]struct {
		content []byte
		ending  string
	}{
		"pdf":            {[]byte("%PDF-1.4\n1 0 obj <</Type/Catalog>> endobj\n%%EOF"), ".pdf"},
		"png":            {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), ".png"},
		"jpeg":           {[]byte("\xff\xd8\xff\xe0\x00\x10JFIF"), ".jpg"},
		"text":           {[]byte("Il modulo si presenta allo sportello: è gratuito.\n"), ".txt"},
		"odt":            {packed(t, "mimetype", odt, "content.xml"), ".odt"},
		"docx":           {packed(t, "[Content_Types].xml", "<Types/>", "_rels/.rels", "word/document.xml"), ".docx"},
		"odt, macros":    {packed(t, "mimetype", odt, "content.xml", "Basic/Standard/Module1.xml"), ""},
		"docm":           {packed(t, "[Content_Types].xml", "<Types/>", "_rels/.rels", "word/document.xml", "word/vbaProject.bin"), ""},
		"zip":            {packed(t, "a.exe", "MZ"), ""},
		"html":           {[]byte("<!DOCTYPE html><html><script>alert(1)</script>"), ""},
		"svg":            {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), ""},
		"program":        {[]byte("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff"), ""},
		"linux program":  {[]byte("\x7fELF\x02\x01\x01\x00"), ""},
		"script":         {[]byte("#!/bin/sh\nrm -rf /\n"), ""},
		"old word":       {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...), ""},
		"rtf":            {[]byte(`{\rtf1\ansi {\object\objemb}}`), ""},
		"unknown":        {[]byte("\x00\x01\x02\x03\xfe\xff\x00"), ""},
		"pdf, launch":    {[]byte("%PDF-1.4\n1 0 obj <</S /Launch /F (cmd.exe)>> endobj"), ""},
		"pdf, escaped":   {[]byte("%PDF-1.4\n1 0 obj <</S /L#61unch /F (cmd.exe)>> endobj"), ""},
		"pdf, packed":    {hidden(t, "Launch"), ""},
		"pdf, a lookout": {[]byte("%PDF-1.4\n1 0 obj <</S /Launchpad>> endobj"), ".pdf"},
	} {
		if ending, kind := harmless(c.content); ending != c.ending {
			t.Errorf("%s: %q (%s), want %q", name, ending, kind, c.ending)
		}
	}
	if !commands(hidden(t, "JavaScript"), "JavaScript", "JS") || commands([]byte("%PDF-1.4 <</JSON 1>>"), "JavaScript", "JS") {
		t.Error("commands are not seen, or seen where there are none")
	}
}

// A name may be written with numbers, its object may be far away, and what is
// packed may be larger than anybody looks through.
func TestCommandsThatHide(t *testing.T) {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write(append(bytes.Repeat([]byte(" "), mostUnpacked), "1 0 <</S/Launch/F(x)>>"...)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	plain := string(hidden(t, "Launch"))
	for name, pdf := range map[string]string{
		"escaped type": strings.Replace(plain, "/ObjStm", "/Obj#53tm", 1),
		"far away":     strings.Replace(plain, "/ObjStm", "/ObjStm"+strings.Repeat(" ", 3000), 1),
		"a string":     strings.Replace(plain, "/ObjStm", "/ObjStm/X(stream\n)", 1),
		"large":        "%PDF-1.7\n1 0 obj <</Type/ObjStm/Filter/FlateDecode>>stream\n" + packed.String() + "\nendstream",
	} {
		if !commands([]byte(pdf), "Launch") {
			t.Errorf("%s: not seen", name)
		}
	}
	// Pictures are packed, too, and are no objects.
	if commands([]byte(strings.Replace(plain, "/ObjStm", "/XObject", 1)), "Launch") {
		t.Error("a picture is taken for objects")
	}
}

// However many objects are packed, they are looked at one after the other.
func TestManyPackedObjects(t *testing.T) {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write(bytes.Repeat([]byte("x"), 4<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	pdf := "%PDF-1.7\n" + strings.Repeat("1 0 obj <</Type/ObjStm/Filter/FlateDecode>>stream\n"+packed.String()+"\nendstream endobj\n", 100)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if !commands([]byte(pdf), "Launch") {
		t.Error("more than anybody packs, and nobody looked at all of it")
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 256<<20 {
		t.Errorf("%d MB for it", got>>20)
	}
}

func TestDocument(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, Params{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	keep := func(text string) string {
		t.Helper()
		sum := sha256.Sum256([]byte(text))
		hash := hex.EncodeToString(sum[:])
		if err := s.Catalogue.SaveBlob(ctx, hash, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
			t.Fatal(err)
		}
		return hash
	}
	form := keep("%PDF-1.4 modulo")
	path, err := s.Document(ctx, form)
	if err != nil || filepath.Ext(path) != ".pdf" {
		t.Fatalf("%q, %v", path, err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "%PDF-1.4 modulo" {
		t.Errorf("%q, %v", text, err)
	}
	for content, code := range map[string]app.Code{
		"MZ\x90\x00\x03\x00\x00\x00": app.CodeDocumentKind, "%PDF-1.4 <</S /JavaScript /JS (x)>>": app.CodeDocumentActive,
	} {
		path, err := s.Document(ctx, keep(content))
		if app.ErrorCode(err) != code || (path != "") != (code == app.CodeDocumentActive) {
			t.Errorf("%q: %q, %v", content, path, err)
		}
	}
	blob, _ := s.Catalogue.BlobPath(form)
	if err := os.WriteFile(blob, []byte("%PDF-1.4 un altro"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Document(ctx, form); app.ErrorCode(err) != app.CodeDocumentDamaged {
		t.Errorf("a damaged document: %v", err)
	}
	if _, err := s.Document(ctx, "00"); app.ErrorCode(err) != app.CodeNotFound {
		t.Errorf("none: %v", err)
	}
}
