package secret

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

func systemKeyring() Keyring { return nil }

func systemMachine() Machine { return dpapi{} }

// dpapi encrypts for this computer and not for its present user: the data
// folder is shared by all who work at it.
type dpapi struct{}

func (dpapi) Protect(plain []byte) ([]byte, error) {
	in := blob(plain)
	var out windows.DataBlob
	if err := windows.CryptProtectData(&in, nil, nil, 0, nil, windows.CRYPTPROTECT_LOCAL_MACHINE|windows.CRYPTPROTECT_UI_FORBIDDEN, &out); err != nil {
		return nil, fmt.Errorf("DPAPI: %w", err)
	}
	return taken(out)
}

func (dpapi) Unprotect(sealed []byte) ([]byte, error) {
	in := blob(sealed)
	var out windows.DataBlob
	if err := windows.CryptUnprotectData(&in, nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, &out); err != nil {
		return nil, fmt.Errorf("DPAPI: %w", err)
	}
	return taken(out)
}

func blob(b []byte) windows.DataBlob {
	if len(b) == 0 {
		return windows.DataBlob{}
	}
	return windows.DataBlob{Size: uint32(len(b)), Data: &b[0]}
}

// taken copies what the system allocated and gives it back.
func taken(out windows.DataBlob) ([]byte, error) {
	b := append([]byte(nil), unsafe.Slice(out.Data, out.Size)...)
	if _, err := windows.LocalFree(windows.Handle(unsafe.Pointer(out.Data))); err != nil {
		return nil, fmt.Errorf("DPAPI: %w", err)
	}
	return b, nil
}
