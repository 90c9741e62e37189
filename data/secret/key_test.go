package secret

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"polis/app"
)

func TestDeviceKeyIsMadeOnceAndPrivate(t *testing.T) {
	folder := t.TempDir()
	a, err := DeviceKey(folder)
	if err != nil {
		t.Fatal(err)
	}
	b, err := DeviceKey(folder)
	if err != nil || !a.Equal(b) {
		t.Fatalf("second read: another key (%v)", err)
	}
	info, err := os.Stat(filepath.Join(folder, KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if der, err := Public(a); err != nil || len(der) == 0 {
		t.Errorf("public half: %d bytes, %v", len(der), err)
	}
}

func TestDeviceKeyThatIsNone(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, KeyFile), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := DeviceKey(folder); app.ErrorCode(err) != app.CodeFile {
		t.Errorf("got %v", err)
	}
}
