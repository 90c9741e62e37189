package station

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"polis/app"
)

// DefaultFolder is where a workstation's data lie when nobody says otherwise:
// they belong to the machine, and to the person only where the machine's
// place cannot be written.
func DefaultFolder() string {
	switch runtime.GOOS {
	case "windows":
		if base := os.Getenv("ProgramData"); base != "" {
			return filepath.Join(base, "POLIS")
		}
	case "darwin":
		return filepath.Join(home(), "Library", "Application Support", "POLIS")
	default:
		const machine = "/var/lib/polis"
		if info, err := os.Stat(machine); os.Geteuid() == 0 || (err == nil && info.IsDir() && writable(machine)) {
			return machine
		}
		if base := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(base) {
			return filepath.Join(base, "polis")
		}
	}
	return filepath.Join(home(), ".local", "share", "polis")
}

func home() string {
	if h, err := os.UserHomeDir(); err == nil {
		return h
	}
	return os.TempDir()
}

func writable(folder string) bool {
	f, err := os.CreateTemp(folder, ".prova-*")
	if err != nil {
		return false
	}
	return errors.Join(f.Close(), os.Remove(f.Name())) == nil
}

// prepare makes the folder and shows that it can be used.
func prepare(folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return app.Fault(app.CodeFolder, err, "path", folder)
	}
	info, err := os.Stat(folder)
	if err != nil || !info.IsDir() {
		return app.Fault(app.CodeFolder, errors.Join(err, fs.ErrInvalid), "path", folder)
	}
	return nil
}
