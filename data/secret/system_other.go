//go:build !windows

package secret

import (
	"fmt"
	"os"
	"runtime"

	"github.com/zalando/go-keyring"
)

const keyringService = "polis"

func systemMachine() Machine { return nil }

// systemKeyring returns the keyring of who runs the program, nil where there
// is no session that could have one: the library would start a bus of its
// own.
func systemKeyring() Keyring {
	if runtime.GOOS != "darwin" && os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		if _, err := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Getuid())); err != nil {
			return nil
		}
	}
	return userKeyring{}
}

type userKeyring struct{}

func (userKeyring) Get(entry string) (string, error) { return keyring.Get(keyringService, entry) }

func (userKeyring) Set(entry, secret string) error { return keyring.Set(keyringService, entry, secret) }
