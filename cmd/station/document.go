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
	"regexp"
	"strconv"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"polis/app"
)

// SaveFolder is where printed sheets, exports and opened documents go.
func (s *Station) SaveFolder() string { return filepath.Join(s.Folder, "stampe") }

// Document makes a document of the catalogue a file that the system's viewer
// can open; its kind is told by its content, never by its name or by what the
// catalogue says of it. CodeNotFound when it is not on this computer,
// CodeDocumentDamaged when it is not what its hash says, CodeDocumentKind when
// its kind is not one that is opened. With CodeDocumentActive there is a path
// nevertheless: printed, its commands do nothing; who opens it should know.
func (s *Station) Document(_ context.Context, hash string) (string, error) {
	source, here := s.Catalogue.BlobPath(hash)
	if !here {
		return "", app.Fault(app.CodeNotFound, nil, "what", hash[:min(8, len(hash))])
	}
	return showable(source, hash, s.SaveFolder(), harmless)
}

// showable copies a document into a folder for a viewer, under a name of
// ours, when its content has the hash and is of a kind that is opened.
func showable(source, hash, folder string, kindOf func([]byte) (ending, kind string)) (string, error) {
	text, err := os.ReadFile(source)
	if err != nil {
		return "", app.Fault(app.CodeFile, err, "path", source)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != hash {
		return "", app.Fault(app.CodeDocumentDamaged, nil)
	}
	ending, kind := kindOf(text)
	if ending == "" {
		return "", app.Fault(app.CodeDocumentKind, nil, "kind", kind)
	}
	folder = filepath.Join(folder, "documenti")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", app.Fault(app.CodeFolder, err, "path", folder)
	}
	path := filepath.Join(folder, hash[:12]+ending)
	if old, err := os.ReadFile(path); err != nil || !bytes.Equal(old, text) {
		if err := WriteFile(path, func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
			return "", err
		}
	}
	if ending == ".pdf" && commands(text, "JavaScript", "JS") {
		return path, app.Fault(app.CodeDocumentActive, nil)
	}
	return path, nil
}

// harmless returns the ending of a document that a viewer may be given, "" for
// any other, and what it is. Archives and the old formats of office programs
// may hold anything, so they are none; text is only ever opened as text.
func harmless(content []byte) (ending, kind string) {
	found := mimetype.Detect(content)
	kind, _, _ = strings.Cut(found.String(), ";")
	switch kind {
	case "application/pdf":
		if commands(content, "Launch") {
			return "", kind
		}
		return ".pdf", kind
	case "image/png", "image/jpeg":
		return found.Extension(), kind
	case "text/plain", "text/csv", "text/tab-separated-values":
		return ".txt", kind
	case "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.presentation",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation":
		if macros(content) {
			return "", kind
		}
		return found.Extension(), kind
	}
	return "", kind
}

// macros reports whether an office document holds programs, or cannot be
// looked into.
func macros(content []byte) bool {
	files, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return true
	}
	for _, f := range files.File {
		name := strings.ToLower(f.Name)
		for _, part := range []string{"vbaproject", "vbadata", "macrosheets/", "activex/", "embeddings/"} { // Word, Excel, PowerPoint
			if strings.Contains(name, part) {
				return true
			}
		}
		for _, start := range []string{"basic/", "scripts/", "object "} { // OpenDocument
			if strings.HasPrefix(name, start) {
				return true
			}
		}
	}
	return false
}

// streams are where packed parts of a PDF begin; escaped finds letters of a
// name that are written as numbers.
var (
	streams = regexp.MustCompile(`stream\r?\n`)
	escaped = regexp.MustCompile(`#[0-9A-Fa-f]{2}`)
)

// mostUnpacked bounds what is unpacked of one stream, mostInAll of all of
// them: who packs more does not want it to be looked at.
const (
	mostUnpacked = 8 << 20
	mostInAll    = 64 << 20
	mostBefore   = 4 << 10
)

// commands reports whether a PDF names one of some kinds of action, or packs
// more than can be looked at. It looks into packed objects too; what is
// encrypted it cannot see.
func commands(pdf []byte, actions ...string) bool {
	name := regexp.MustCompile(`/(` + strings.Join(actions, "|") + `)[^A-Za-z0-9_.\-]`)
	if name.Match(unescaped(pdf)) {
		return true
	}
	var text bytes.Buffer
	object, before, all := 0, 0, 0
	for _, at := range streams.FindAllIndex(pdf, -1) {
		if i := bytes.LastIndex(pdf[before:at[0]], []byte("obj")); i >= 0 {
			object = before + i
		} else {
			object = max(object, at[0]-mostBefore) // the word is in a string, or many times without an object
		}
		before = at[1]
		if !bytes.Contains(unescaped(pdf[object:at[0]]), []byte("/ObjStm")) {
			continue
		}
		r, err := zlib.NewReader(bytes.NewReader(pdf[at[1]:]))
		if err != nil {
			continue // not packed so; what is not packed was seen
		}
		text.Reset()
		_, _ = io.Copy(&text, io.LimitReader(r, mostUnpacked+1)) // what could be unpacked is looked at
		if all += text.Len(); text.Len() > mostUnpacked || all > mostInAll || name.Match(unescaped(text.Bytes())) {
			return true
		}
	}
	return false
}

func unescaped(text []byte) []byte {
	if bytes.IndexByte(text, '#') < 0 {
		return text
	}
	return escaped.ReplaceAllFunc(text, func(b []byte) []byte {
		n, err := strconv.ParseUint(string(b[1:]), 16, 8)
		if err != nil {
			return b
		}
		return []byte{byte(n)}
	})
}
