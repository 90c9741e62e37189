package station

import (
	"bytes"
	"context"
	"io"
	"os"

	"polis/app"
	"polis/app/exchange"
)

// ImportBundle takes over a file that came on a stick. CodeFile, and those of
// the engine.
func (s *Station) ImportBundle(ctx context.Context, path string) (sum exchange.Summary, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, app.Fault(app.CodeFile, err, "path", path)
	}
	defer func() { _ = f.Close() }() // only read
	return s.Engine.ImportBundle(ctx, f)
}

// ExportUploads writes what waits into a file for a stick, whole or not at
// all, and returns how many items it holds; without any there is no file.
// CodeFile, CodeDiskFull, and those of the engine.
func (s *Station) ExportUploads(ctx context.Context, path string) (int, error) {
	var file bytes.Buffer
	n, err := s.Engine.ExportUploads(ctx, &file)
	if err != nil || n == 0 {
		return n, err
	}
	return n, WriteFile(path, func(w io.Writer) error { _, err := file.WriteTo(w); return err })
}
