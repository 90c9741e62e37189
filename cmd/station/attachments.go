package station

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/data/folder"
)

// attachments keeps documents of membership requests in a folder, named by
// their content.
type attachments struct {
	folder string // of the documents
	shown  string // where those that are opened go
	// signature reads what a signed file says of itself. CodeNotSigned.
	signature func(content []byte) (membership.Signature, error)
}

var _ membership.Files = (*attachments)(nil)

const newDocument = ".nuovo-" // begins the name of one that is being written

// mediaP7M is the media type of a signed envelope.
const mediaP7M = "application/pkcs7-mime"

// accepted are the kinds of documents that go with a request.
func accepted() []string {
	return []string{
		"application/pdf", mediaP7M, "image/png", "image/jpeg", "text/plain", "text/csv",
		"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	}
}

// Keep stores a document. What is too large is noticed while it is read.
func (a *attachments) Keep(ctx context.Context, name string, content io.Reader) (membership.Document, error) {
	d := membership.Document{Name: name}
	var text bytes.Buffer
	source := &reading{ctx: ctx, r: io.LimitReader(content, membership.MaxDocument+1)}
	err := a.write(func(w io.Writer) (string, error) {
		sum := sha256.New()
		n, err := io.Copy(io.MultiWriter(w, sum, &text), source)
		switch {
		case source.err != nil:
			return "", app.Fault(app.CodeFile, source.err, "path", name)
		case err != nil:
			return "", err
		case n > membership.MaxDocument:
			return "", app.Fault(app.CodeFileTooLarge, nil, "name", name, "mb", strconv.Itoa(membership.MaxDocument>>20))
		case n == 0:
			return "", app.Fault(app.CodeFileEmpty, nil, "name", name)
		}
		_, kind, signature, err := a.kind(text.Bytes())
		if app.ErrorCode(err) == app.CodeSignatureDetached {
			return "", err
		}
		if !slices.Contains(accepted(), kind) {
			return "", app.Fault(app.CodeFileKind, nil, "name", name)
		}
		d.MediaType, d.Size, d.SHA256, d.Signature = kind, n, hex.EncodeToString(sum.Sum(nil)), signature
		return d.SHA256, nil
	})
	if err != nil {
		return membership.Document{}, err
	}
	return d, nil
}

// reading tells the faults of what is read from those of what is written.
type reading struct {
	ctx context.Context //nolint:containedctx // a reader has no other way to know
	r   io.Reader
	err error
}

func (r *reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		r.err = err
		return 0, err
	}
	n, err := r.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// kind tells by its content what a document is: the ending of its name and its
// media type, "" for what is not accepted, and its signature, or why it has
// none.
func (a *attachments) kind(content []byte) (ending, media string, signature *membership.Signature, unsigned error) {
	if a.signature != nil {
		var s membership.Signature
		if s, unsigned = a.signature(content); unsigned == nil {
			signature = &s
			if s.Format == membership.FormatCAdES {
				return ".p7m", mediaP7M, signature, nil
			}
		}
	}
	if ending, media = harmless(content); ending == "" {
		media = ""
	}
	return ending, media, signature, unsigned
}

// write fills a file aside and gives it its name, on disk, when it is
// complete; nothing is changed otherwise.
func (a *attachments) write(fill func(io.Writer) (sha256 string, err error)) (err error) {
	if err := os.MkdirAll(a.folder, 0o700); err != nil {
		return fileFault(err, a.folder)
	}
	tmp, err := os.CreateTemp(a.folder, newDocument+"*") // mode 0600
	if err != nil {
		return fileFault(err, a.folder)
	}
	defer func() {
		if err != nil {
			_ = tmp.Close() // it may be closed already
			err = errors.Join(fileFault(err, a.folder), os.Remove(tmp.Name()))
		}
	}()
	sum, err := fill(tmp)
	if err == nil {
		err = errors.Join(tmp.Sync(), tmp.Close())
	}
	if err == nil {
		err = os.Rename(tmp.Name(), a.path(sum))
	}
	if err != nil {
		return err
	}
	_ = folder.Sync(a.folder) // the file itself is on disk
	return nil
}

func (a *attachments) path(sum string) string { return filepath.Join(a.folder, sum) }

func isHash(text string) bool { return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == "" }

// Load stores a document that comes from the hub.
func (a *attachments) Load(_ context.Context, sum string, write func(io.Writer) error) error {
	if !isHash(sum) {
		return app.Fault(app.CodeInvalid, nil, "field", "sha256", "value", "")
	}
	return a.write(func(w io.Writer) (string, error) {
		hash := sha256.New()
		if err := write(io.MultiWriter(w, hash)); err != nil {
			return "", err
		}
		if hex.EncodeToString(hash.Sum(nil)) != sum {
			return "", app.Fault(app.CodeDocumentDamaged, nil)
		}
		return sum, nil
	})
}

// Open opens a document. CodeNotFound.
func (a *attachments) Open(sum string) (io.ReadSeekCloser, error) {
	if !isHash(sum) {
		return nil, app.Fault(app.CodeNotFound, nil, "what", "")
	}
	f, err := os.Open(a.path(sum))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, app.Fault(app.CodeNotFound, err, "what", sum[:8])
	}
	if err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", a.path(sum))
	}
	return f, nil
}

// Show makes a document a file that a viewer can open.
func (a *attachments) Show(_ context.Context, sum string) (string, error) {
	if !isHash(sum) {
		return "", app.Fault(app.CodeNotFound, nil, "what", "")
	}
	if _, err := os.Stat(a.path(sum)); errors.Is(err, fs.ErrNotExist) {
		return "", app.Fault(app.CodeNotFound, err, "what", sum[:8])
	}
	return showable(a.path(sum), sum, a.shown, func(content []byte) (ending, kind string) {
		ending, kind, _, _ = a.kind(content)
		return ending, kind
	})
}

// Sweep removes documents that are not used and were stored before a moment,
// and what a program that was cut off left behind.
func (a *attachments) Sweep(ctx context.Context, used map[string]bool, before time.Time) error {
	entries, err := os.ReadDir(a.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return app.Fault(app.CodeFolder, err, "path", a.folder)
	}
	for _, e := range entries {
		info, err := e.Info()
		ours := isHash(e.Name()) || strings.HasPrefix(e.Name(), newDocument)
		if err != nil || !ours || used[e.Name()] || !info.Mode().IsRegular() || !info.ModTime().Before(before) {
			continue
		}
		if err := os.Remove(a.path(e.Name())); err != nil {
			return app.Fault(app.CodeFile, err, "path", a.path(e.Name()))
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}
