package sqlite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"polis/app/exchange"
)

const (
	downloadFolder = "scaricamenti" // what is not here whole yet
	partEnding     = ".parte"
)

// part is a download on disk that goes on where it was cut off.
type part struct {
	f *os.File
	n int64
}

// openPart opens the partial file of a content, also from the run before.
func (c *Catalogue) openPart(sha string) (*part, error) {
	if !isHash(sha) {
		return nil, manifestFault("%q is not a hash", sha)
	}
	path := filepath.Join(c.folder, downloadFolder, sha+partEnding)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fault(err, filepath.Dir(path))
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault(err, path)
	}
	n, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, errors.Join(fault(err, path), f.Close())
	}
	return &part{f: f, n: n}, nil
}

// Write adds to what is there.
func (p *part) Write(b []byte) (int, error) {
	n, err := p.f.Write(b)
	p.n += int64(n)
	return n, fault(err, p.f.Name())
}

// Len returns how many bytes are there.
func (p *part) Len() int64 { return p.n }

// Reset begins again with nothing.
func (p *part) Reset() error {
	_, err := p.f.Seek(0, io.SeekStart)
	p.n = 0
	return fault(errors.Join(err, p.f.Truncate(0)), p.f.Name())
}

// check holds the whole content against its hash.
func (p *part) check(sha string) error {
	if _, err := p.f.Seek(0, io.SeekStart); err != nil {
		return fault(err, p.f.Name())
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, p.f); err != nil {
		return fault(err, p.f.Name())
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != sha {
		return manifestFault("content of %s is %s", sha, got)
	}
	_, err := p.f.Seek(0, io.SeekStart)
	return fault(err, p.f.Name())
}

// download fills the partial file and passes it on, whole and checked. What
// is wrong is thrown away; what was cut off stays for the next time.
func (c *Catalogue) download(sha string, load func(exchange.Partial) error, use func(p *part) error) (err error) {
	p, err := c.openPart(sha)
	if err != nil {
		return err
	}
	gone := false
	defer func() {
		err = errors.Join(err, p.f.Close())
		if gone {
			err = errors.Join(err, os.Remove(p.f.Name()))
		}
	}()
	if err := load(p); err != nil {
		return err
	}
	gone = true
	if err := p.check(sha); err != nil {
		return err
	}
	gone = false // a full disk or a power cut while it is used must not load it again
	if err := use(p); err != nil {
		return err
	}
	gone = true
	return nil
}

// Download fills the partial file of a snapshot; see exchange.Catalogue.
func (c *Catalogue) Download(_ context.Context, sha string, load func(exchange.Partial) error, use func(io.Reader) error) error {
	if err := c.forgetParts(sha); err != nil {
		return err
	}
	return c.download(sha, load, func(p *part) error { return use(p.f) })
}

// forgetParts removes snapshots that were never completed and that nobody
// will ask for any more.
func (c *Catalogue) forgetParts(but string) error {
	list, err := os.ReadDir(filepath.Join(c.folder, downloadFolder))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fault(err, c.folder)
	}
	for _, entry := range list {
		if name := entry.Name(); strings.HasSuffix(name, partEnding) && name != but+partEnding {
			if err := os.Remove(filepath.Join(c.folder, downloadFolder, name)); err != nil {
				return fault(err, c.folder)
			}
		}
	}
	return nil
}

// Documents lists what sheets refer to and what is here; see
// exchange.Catalogue.
func (c *Catalogue) Documents(ctx context.Context) ([]exchange.Document, error) {
	byHash := map[string]*exchange.Document{}
	get := func(sha string) *exchange.Document {
		if byHash[sha] == nil {
			byHash[sha] = &exchange.Document{SHA256: sha}
		}
		return byHash[sha]
	}
	err := c.read(func(f *file) error {
		// a sheet's documents and marks, and the marks of authorities
		const q = `SELECT a.value ->> '$.sha256' AS sha, e.id, ifnull(CAST(e.line AS TEXT) ->> '$.authority', ''), 0
				FROM entity e, json_each(CAST(e.line AS TEXT), '$.attachments') a WHERE e.type = 'sheet' AND sha <> ''
			UNION ALL SELECT CAST(e.line AS TEXT) ->> '$.logo' AS sha, e.id, ifnull(CAST(e.line AS TEXT) ->> '$.authority', ''), 0
				FROM entity e WHERE e.type = 'sheet' AND sha <> ''
			UNION ALL SELECT CAST(e.line AS TEXT) ->> '$.logo' AS sha, '', e.id, 1 FROM entity e WHERE e.type = 'authority' AND sha <> ''`
		return each(ctx, f.ro, q, func(scan func(...any) error) error {
			var sha, code, authority string
			var logo bool
			err := scan(&sha, &code, &authority, &logo)
			if err != nil || !isHash(sha) {
				return err
			}
			d := get(sha)
			d.Authorities, d.Logo = append(d.Authorities, authority), d.Logo || logo
			if code != "" {
				d.Sheets = append(d.Sheets, code)
			}
			return nil
		})
	})
	if err != nil {
		return nil, c.mend(ctx, err)
	}
	files, err := os.ReadDir(filepath.Join(c.folder, blobFolder))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fault(err, c.folder)
	}
	for _, entry := range files {
		if info, err := entry.Info(); err == nil && isHash(entry.Name()) {
			d := get(entry.Name())
			d.Here, d.Size = true, info.Size()
		}
	}
	out := make([]exchange.Document, 0, len(byHash))
	for _, d := range byHash {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b exchange.Document) int { return strings.Compare(a.SHA256, b.SHA256) })
	return out, nil
}

// LoadDocument stores a document under its SHA-256: written aside, checked,
// on disk, then renamed.
func (c *Catalogue) LoadDocument(_ context.Context, sha string, load func(exchange.Partial) error) (int64, error) {
	var size int64
	folder := filepath.Join(c.folder, blobFolder)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return 0, fault(err, folder)
	}
	err := c.download(sha, load, func(p *part) error {
		size = p.n
		tmp, err := os.CreateTemp(folder, "nuovo-*")
		if err != nil {
			return fault(err, folder)
		}
		_, werr := io.Copy(tmp, p.f)
		if err := errors.Join(werr, tmp.Sync(), tmp.Close()); err != nil {
			return errors.Join(fault(err, folder), os.Remove(tmp.Name()))
		}
		return fault(os.Rename(tmp.Name(), c.blobPath(sha)), folder)
	})
	return size, err
}

// SaveBlob stores a document that is at hand.
func (c *Catalogue) SaveBlob(ctx context.Context, sha string, write func(io.Writer) error) error {
	_, err := c.LoadDocument(ctx, sha, func(to exchange.Partial) error { return errors.Join(to.Reset(), write(to)) })
	return err
}

// DropDocument removes a document.
func (c *Catalogue) DropDocument(_ context.Context, sha string) error {
	if !isHash(sha) {
		return nil
	}
	err := os.Remove(c.blobPath(sha))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return fault(err, c.folder)
}
