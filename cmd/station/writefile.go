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
	if target, lerr := filepath.EvalSymlinks(path); lerr == nil {
		path = target // what a link leads to is replaced, not the link
	}
	if info, serr := os.Stat(path); serr == nil && !info.Mode().IsRegular() {
		return writeDevice(path, write)
	}
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

// writeDevice writes into what is no plain file: a terminal, a pipe.
func writeDevice(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fileFault(err, path)
	}
	return fileFault(errors.Join(write(f), f.Close()), path)
}

func fileFault(err error, path string) error {
	if err == nil {
		return nil
	}
	if app.ErrorCode(err) != app.CodeInternal {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) {
		return app.Fault(app.CodeDiskFull, err, "path", path)
	}
	return app.Fault(app.CodeFile, err, "path", path)
}
