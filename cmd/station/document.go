package station

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"polis/app"
)

// SaveFolder is where printed sheets, exports and opened documents go.
func (s *Station) SaveFolder() string { return filepath.Join(s.Folder, "stampe") }

// Document makes a document of the catalogue a file that the system's viewer
// can open; its kind is told by its content, never by its name. CodeNotFound
// when it is not on this computer, CodeInvalid when its kind is not one that
// is opened.
func (s *Station) Document(_ context.Context, sha256 string) (string, error) {
	source, here := s.Catalogue.BlobPath(sha256)
	if !here {
		return "", app.Fault(app.CodeNotFound, nil, "what", sha256[:min(8, len(sha256))])
	}
	text, err := os.ReadFile(source)
	if err != nil {
		return "", app.Fault(app.CodeFile, err, "path", source)
	}
	ending := ending(text)
	if ending == "" {
		return "", app.Fault(app.CodeInvalid, errors.New("content is of no known kind"), "field", "document", "value", sha256[:8])
	}
	folder := filepath.Join(s.SaveFolder(), "documenti")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", app.Fault(app.CodeFolder, err, "path", folder)
	}
	path := filepath.Join(folder, sha256[:12]+ending)
	return path, WriteFile(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

func ending(text []byte) string {
	for magic, e := range map[string]string{"%PDF-": ".pdf", "\x89PNG\r\n": ".png", "\xff\xd8\xff": ".jpg"} {
		if bytes.HasPrefix(text, []byte(magic)) {
			return e
		}
	}
	return ""
}
