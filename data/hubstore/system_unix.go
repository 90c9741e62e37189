//go:build !windows

package hubstore

import (
	"errors"
	"os"
	"syscall"
)

// syncDir makes a rename durable.
func syncDir(dir string) error {
	d, err := os.Open(dir) // #nosec G304 -- a folder of the hub
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func isDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
