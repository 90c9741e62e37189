package main

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"

	"polis/app"
)

const (
	logFile   = "polis.log"
	crashFile = "arresto.txt"
	logLimit  = 2 << 20 // bytes; then one older file is kept
)

// openLog writes the program's log beside the data, and what a crash leaves
// behind into a file of its own. Neither holds personal data.
func openLog(folder string) (*slog.Logger, io.Closer, error) {
	path := filepath.Join(folder, logFile)
	if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, nil, app.Fault(app.CodeFolder, err, "path", folder)
		}
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, app.Fault(app.CodeFolder, err, "path", folder)
	}
	crash, err := os.OpenFile(filepath.Join(folder, crashFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, errors.Join(app.Fault(app.CodeFolder, err, "path", folder), f.Close())
	}
	err = debug.SetCrashOutput(crash, debug.CrashOptions{}) // it keeps a handle of its own
	if err := errors.Join(err, crash.Close()); err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return slog.New(slog.NewTextHandler(f, nil)), f, nil
}
