package station

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"polis/app"
)

// WriteFile writes a file aside and puts it in place when it is complete: a
// reader never sees half of it. CodeFile, CodeDiskFull.
func WriteFile(path string, write func(io.Writer) error) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".polis-*")
	if err != nil {
		return fileFault(err, path)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fileFault(err, path), os.Remove(tmp.Name()))
		}
	}()
	if err := errors.Join(write(tmp), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Chmod(tmp.Name(), 0o644); err != nil { //nolint:gosec // a document for people
		return err
	}
	return os.Rename(tmp.Name(), path)
}

func fileFault(err error, path string) error {
	if app.ErrorCode(err) != app.CodeInternal {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) {
		return app.Fault(app.CodeDiskFull, err, "path", path)
	}
	return app.Fault(app.CodeFile, err, "path", path)
}
