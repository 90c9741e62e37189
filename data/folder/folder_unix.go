//go:build !windows

// Package folder puts the names of files on disk, not only their content.
package folder

import (
	"errors"
	"os"
	"syscall"
)

// Sync makes what was created, renamed and removed in a folder survive a power
// cut. On file systems that know no such thing it does nothing. Errors are
// the system's.
func Sync(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	if err = d.Sync(); errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
