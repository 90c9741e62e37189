//go:build !windows

package sqlite

import (
	"errors"
	"io/fs"
	"path/filepath"

	"polis/data/folder"
)

// syncPath puts a folder's own name on disk, and those of the folders that it
// lies in. One that may be passed but not read was not made by us.
func syncPath(path string) error {
	path, err := filepath.Abs(path)
	for err == nil && filepath.Dir(path) != path {
		path = filepath.Dir(path)
		if err = folder.Sync(path); errors.Is(err, fs.ErrPermission) {
			err = nil
		}
	}
	return err
}
