package membership_test

import (
	"testing"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

func FuzzReadFile(f *testing.F) {
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, plain []byte) {
		_, err := membership.ReadFile(plain, func(sha string, content []byte) error {
			if wire.Hash(content) != sha {
				t.Error("a document with another hash")
			}
			return nil
		})
		if code := app.ErrorCode(err); err != nil && code != app.CodeMembershipFile {
			t.Errorf("%v", err)
		}
	})
}
