package hubstore

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"polis/app"
	"polis/app/region"
	"polis/data/folder"
)

const (
	snapshotFolder = "snapshots"
	snapshotEnding = ".zst"
	blobFolder     = "blobs"
	rootKeyFile    = "root.key"
	rootKeyBlock   = "PRIVATE KEY"
)

// Folder is the hub's data folder beside the database.
type Folder struct{ path string }

// OpenFolder makes the data folder when it is missing. Codes: CodeFolder.
func OpenFolder(path string) (*Folder, error) {
	f := &Folder{path: path}
	for _, sub := range []string{snapshotFolder, blobFolder} {
		if err := os.MkdirAll(filepath.Join(path, sub), 0o700); err != nil {
			return nil, app.Fault(app.CodeFolder, err, "path", path)
		}
	}
	return f, nil
}

func (f *Folder) snapshot(sha string) string {
	return filepath.Join(f.path, snapshotFolder, sha+snapshotEnding)
}

func (f *Folder) blob(sha string) string { return filepath.Join(f.path, blobFolder, sha) }

// CreateSnapshot writes a snapshot under the hash of its bytes. Codes:
// CodeDiskFull, CodeFile.
func (f *Folder) CreateSnapshot(write func(io.Writer) error) (sha string, size int64, err error) {
	sha, size, _, err = f.create(filepath.Join(f.path, snapshotFolder), f.snapshot, write)
	return sha, size, err
}

// CreateBlob writes an attachment or logo under the hash of its bytes.
// Codes: CodeDiskFull, CodeFile, CodeInvalid (too large).
func (f *Folder) CreateBlob(r io.Reader) (isNew bool, err error) {
	_, _, isNew, err = f.createBlob(r)
	return isNew, err
}

func (f *Folder) createBlob(r io.Reader) (sha string, size int64, isNew bool, err error) {
	return f.create(filepath.Join(f.path, blobFolder), f.blob, func(w io.Writer) error {
		n, err := io.Copy(w, io.LimitReader(r, region.MaxBlob+1))
		if err == nil && n > region.MaxBlob {
			err = app.Fault(app.CodeInvalid, nil, "field", "blob", "value", "> 50 MiB")
		}
		return err
	})
}

// create writes a temporary file, flushes it to the disk and only then gives
// it its name: a name never stands for half a file.
func (f *Folder) create(dir string, name func(sha string) string, write func(io.Writer) error) (sha string, size int64, isNew bool, err error) {
	temp, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return "", 0, false, f.fault(err, dir)
	}
	defer func() {
		if rerr := os.Remove(temp.Name()); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}()
	hash := sha256.New()
	err = write(io.MultiWriter(temp, hash))
	if err == nil {
		size, err = temp.Seek(0, io.SeekCurrent)
	}
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return "", 0, false, f.fault(err, dir)
	}
	sha = hex.EncodeToString(hash.Sum(nil))
	if info, err := os.Stat(name(sha)); err == nil && info.Size() == size {
		return sha, size, false, nil
	}
	if err := os.Rename(temp.Name(), name(sha)); err != nil {
		return "", 0, false, f.fault(err, dir)
	}
	return sha, size, true, f.fault(folder.Sync(dir), dir)
}

// OpenSnapshot opens a snapshot. Codes: CodeNotFound, CodeFile.
func (f *Folder) OpenSnapshot(sha string) (fs.File, error) { return f.open(f.snapshot(sha), sha) }

// OpenBlob opens an attachment or logo. Codes: CodeNotFound, CodeFile.
func (f *Folder) OpenBlob(sha string) (fs.File, error) { return f.open(f.blob(sha), sha) }

func (f *Folder) open(path, sha string) (fs.File, error) {
	file, err := os.Open(path) // #nosec G304 -- the name is a hash that region checked
	if errors.Is(err, fs.ErrNotExist) {
		return nil, app.Fault(app.CodeNotFound, err, "what", sha)
	}
	if err != nil {
		return nil, f.fault(err, path)
	}
	return file, nil
}

// PruneSnapshots removes old snapshots and what an interrupted run left
// behind. Codes: CodeFile.
func (f *Folder) PruneSnapshots(keep []string, before time.Time) error {
	dir := filepath.Join(f.path, snapshotFolder)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return f.fault(err, dir)
	}
	var errs []error
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || slices.Contains(keep, strings.TrimSuffix(e.Name(), snapshotEnding)) || !info.ModTime().Before(before) {
			continue // gone already, or still wanted
		}
		errs = append(errs, f.fault(os.Remove(filepath.Join(dir, e.Name())), dir))
	}
	return errors.Join(errs...)
}

// RootKey reads the root key, PKCS #8 in PEM, readable by the hub's user
// only. Codes: CodeFile (path).
func (f *Folder) RootKey(create bool) (ed25519.PrivateKey, error) {
	path := filepath.Join(f.path, rootKeyFile)
	text, err := os.ReadFile(path) // #nosec G304 -- in the hub's own folder
	if errors.Is(err, fs.ErrNotExist) && create {
		return f.newRootKey(path)
	}
	if err != nil {
		return nil, f.fault(err, path)
	}
	key, err := parseRootKey(text)
	if err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", path)
	}
	return key, nil
}

// ReadRootKey reads a root key that is kept elsewhere. Codes: CodeFile (path).
func ReadRootKey(path string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(path) // #nosec G304 -- the administrator names it
	if err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", path)
	}
	key, err := parseRootKey(text)
	if err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", path)
	}
	return key, nil
}

func parseRootKey(text []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("root key: not PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("root key: not Ed25519")
	}
	return key, nil
}

func (f *Folder) newRootKey(path string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	if err := WriteSecretFile(path, pem.EncodeToMemory(&pem.Block{Type: rootKeyBlock, Bytes: der})); err != nil {
		return nil, f.fault(err, path)
	}
	return key, nil
}

// WriteSecretFile writes a file that only its owner may read, whole or not
// at all.
func WriteSecretFile(path string, content []byte) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(content)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return folder.Sync(filepath.Dir(path)) // a key that is relied on must not vanish with the power
}

func (f *Folder) fault(err error, path string) error {
	var known *app.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case isDiskFull(err):
		return app.Fault(app.CodeDiskFull, err, "path", path)
	case isFileError(err):
		return app.Fault(app.CodeFile, err, "path", path)
	}
	return err // of whoever produced the content
}

func isFileError(err error) bool {
	var path *fs.PathError
	var link *os.LinkError
	return errors.As(err, &path) || errors.As(err, &link)
}
