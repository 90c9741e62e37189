package hubstore

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"polis/app"
	"polis/app/region"
)

const (
	kindSnapshot = "snapshot"
	kindBlob     = "blob"

	chunkSize = 1 << 20
	// A file of 50 MiB over a slow network between the hub and its database.
	fileTimeout = 10 * time.Minute
	// Nobody still downloads a snapshot that was replaced so long ago.
	cacheLife = 24 * time.Hour
)

// Files are the snapshots and blobs of a hub.
type Files interface {
	region.Files
	// Blobs lists the hashes of all blobs.
	Blobs(ctx context.Context) ([]string, error)
	// restore stores a file of a backup.
	restore(t *tx, kind string, r io.Reader) (sha256 string, err error)
}

// OpenFiles opens the data folder. With SQLite the files are there and
// nowhere else; with PostgreSQL they are in the database, and the folder is
// this replica's copy of those that were asked for. Codes: CodeFolder.
func OpenFiles(s *Store, path string) (Files, error) {
	folder, err := OpenFolder(path)
	if err != nil {
		return nil, err
	}
	if _, ok := s.dialect.(*postgresDialect); !ok {
		return folder, nil
	}
	return &sharedFiles{folder: folder, store: s}, nil
}

// Blobs lists the blobs of the folder.
func (f *Folder) Blobs(context.Context) ([]string, error) {
	dir := filepath.Join(f.path, blobFolder)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, f.fault(err, dir)
	}
	var list []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			list = append(list, e.Name())
		}
	}
	return list, nil
}

// sharedFiles keeps every file in the database, in pieces.
type sharedFiles struct {
	folder *Folder
	store  *Store
	fill   sync.Mutex // one file at a time comes out of the database
}

// RootKey is never in the database: who reads that must not sign for the
// region.
func (f *sharedFiles) RootKey(create bool) (ed25519.PrivateKey, error) {
	return f.folder.RootKey(create)
}

// CreateSnapshot stores what write produces. Codes: those of the folder and
// of the database.
func (f *sharedFiles) CreateSnapshot(write func(io.Writer) error) (sha string, size int64, err error) {
	sha, size, err = f.folder.CreateSnapshot(write)
	if err == nil {
		_, err = f.upload(kindSnapshot, sha, f.folder.snapshot(sha), size)
	}
	return sha, size, err
}

// CreateBlob stores an attachment or logo. Codes: those of the folder and of
// the database.
func (f *sharedFiles) CreateBlob(r io.Reader) (isNew bool, err error) {
	sha, size, _, err := f.folder.createBlob(r)
	if err != nil {
		return false, err
	}
	return f.upload(kindBlob, sha, f.folder.blob(sha), size)
}

// upload copies a local file into the database, whole or not at all.
func (f *sharedFiles) upload(kind, sha, path string, size int64) (isNew bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), fileTimeout)
	defer cancel()
	file, err := os.Open(path) // #nosec G304 -- just written by the folder
	if err != nil {
		return false, f.folder.fault(err, path)
	}
	err = f.store.update(ctx, func(t *tx) error {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		isNew, err = t.addFile(kind, sha, size, file)
		return err
	})
	return isNew, errors.Join(err, file.Close())
}

func (t *tx) addFile(kind, sha string, size int64, r io.Reader) (isNew bool, err error) {
	// Whoever stores the same file waits here for the other one.
	isNew, err = t.added(`INSERT INTO stored_file (kind, sha256, size, stored_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		kind, sha, size, time.Now().UnixMilli())
	if err != nil || !isNew {
		return false, err
	}
	return true, t.addChunks(kind, sha, r)
}

func (t *tx) addChunks(kind, sha string, r io.Reader) error {
	buffer := make([]byte, chunkSize)
	for seq := 0; ; seq++ {
		n, err := io.ReadFull(r, buffer)
		if n > 0 {
			if err := t.done(`INSERT INTO file_chunk (kind, sha256, seq, content) VALUES (?, ?, ?, ?)`, kind, sha, seq, buffer[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// OpenSnapshot opens a snapshot, from the database when this replica has not
// got it yet. Codes: CodeNotFound, and those of folder and database.
func (f *sharedFiles) OpenSnapshot(sha string) (fs.File, error) {
	return f.open(kindSnapshot, sha, f.folder.OpenSnapshot)
}

// OpenBlob opens an attachment or logo likewise.
func (f *sharedFiles) OpenBlob(sha string) (fs.File, error) {
	return f.open(kindBlob, sha, f.folder.OpenBlob)
}

func (f *sharedFiles) open(kind, sha string, local func(string) (fs.File, error)) (fs.File, error) {
	file, err := local(sha)
	if app.ErrorCode(err) != app.CodeNotFound {
		return file, err
	}
	f.fill.Lock()
	defer f.fill.Unlock()
	if file, err := local(sha); app.ErrorCode(err) != app.CodeNotFound {
		return file, err // another request was faster
	}
	if err := f.download(kind, sha); err != nil {
		return nil, err
	}
	return local(sha)
}

// download brings a file into the folder, where it gets its name only when
// its bytes have the right hash.
func (f *sharedFiles) download(kind, sha string) error {
	ctx, cancel := context.WithTimeout(context.Background(), fileTimeout)
	defer cancel()
	dir, name := filepath.Join(f.folder.path, blobFolder), f.folder.blob
	if kind == kindSnapshot {
		dir, name = filepath.Join(f.folder.path, snapshotFolder), f.folder.snapshot
	}
	_, _, _, err := f.folder.create(dir, name, func(w io.Writer) error {
		hash := sha256.New()
		if err := f.read(ctx, kind, sha, io.MultiWriter(w, hash)); err != nil {
			return err
		}
		if hex.EncodeToString(hash.Sum(nil)) != sha {
			return fmt.Errorf("%s %s is damaged in the database", kind, sha)
		}
		return nil
	})
	if err == nil && kind == kindSnapshot {
		err = f.pruneCache(ctx)
	}
	return err
}

func (f *sharedFiles) read(ctx context.Context, kind, sha string, w io.Writer) error {
	return f.store.view(ctx, func(t *tx) error {
		var size, got int64
		ok, err := found(t.row(`SELECT size FROM stored_file WHERE kind = ? AND sha256 = ?`, kind, sha).Scan(&size))
		if err != nil {
			return err
		}
		if !ok {
			return app.Fault(app.CodeNotFound, nil, "what", sha)
		}
		err = t.each(func(row scanner) error {
			var piece []byte
			if err := row.Scan(&piece); err != nil {
				return err
			}
			got += int64(len(piece))
			_, err := w.Write(piece)
			return err
		}, `SELECT content FROM file_chunk WHERE kind = ? AND sha256 = ? ORDER BY seq`, kind, sha)
		if err == nil && got != size {
			err = fmt.Errorf("%s %s has %d bytes of %d in the database", kind, sha, got, size)
		}
		return err
	})
}

// pruneCache removes snapshots of this replica that the database has no
// longer.
func (f *sharedFiles) pruneCache(ctx context.Context) error {
	keep, err := f.hashes(ctx, kindSnapshot)
	if err != nil {
		return err
	}
	return f.folder.PruneSnapshots(keep, time.Now().Add(-cacheLife))
}

func (f *sharedFiles) hashes(ctx context.Context, kind string) ([]string, error) {
	var list []string
	err := f.store.view(ctx, func(t *tx) (err error) {
		list, err = t.names(`SELECT sha256 FROM stored_file WHERE kind = ? ORDER BY sha256`, kind)
		return err
	})
	return list, err
}

// Blobs lists the blobs of the database.
func (f *sharedFiles) Blobs(ctx context.Context) ([]string, error) { return f.hashes(ctx, kindBlob) }

// PruneSnapshots removes old snapshots from the database and from this
// replica's folder; other replicas follow when they fetch the next one.
func (f *sharedFiles) PruneSnapshots(keep []string, before time.Time) error {
	ctx, cancel := context.WithTimeout(context.Background(), fileTimeout)
	defer cancel()
	err := f.store.update(ctx, func(t *tx) error {
		old, err := t.names(`SELECT sha256 FROM stored_file WHERE kind = ? AND stored_at < ?`, kindSnapshot, before.UnixMilli())
		if err != nil {
			return err
		}
		for _, sha := range old {
			if slices.Contains(keep, sha) {
				continue
			}
			if err := t.done(`DELETE FROM file_chunk WHERE kind = ? AND sha256 = ?`, kindSnapshot, sha); err != nil {
				return err
			}
			if err := t.done(`DELETE FROM stored_file WHERE kind = ? AND sha256 = ?`, kindSnapshot, sha); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, f.folder.PruneSnapshots(keep, before))
}
