package hubstore

import (
	"errors"
	"syscall"
)

// Numbers of the Windows API.
const (
	errorHandleDiskFull syscall.Errno = 39
	errorDiskFull       syscall.Errno = 112
)

// syncDir has nothing to do: folders cannot be flushed on Windows, where
// NTFS keeps a journal of renames.
func syncDir(string) error { return nil }

func isDiskFull(err error) bool {
	return errors.Is(err, errorDiskFull) || errors.Is(err, errorHandleDiskFull)
}
