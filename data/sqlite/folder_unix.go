//go:build !windows

package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// syncFolder puts the names in a folder on disk: what was created, renamed
// and removed in it.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	if err = d.Sync(); errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil // a file system that knows no such thing
	}
	return errors.Join(err, d.Close())
}

// syncPath puts a folder's own name on disk, and those of the folders that it
// lies in. One that may be passed but not read was not made by us.
func syncPath(path string) error {
	path, err := filepath.Abs(path)
	for err == nil && filepath.Dir(path) != path {
		path = filepath.Dir(path)
		if err = syncFolder(path); errors.Is(err, fs.ErrPermission) {
			err = nil
		}
	}
	return err
}
