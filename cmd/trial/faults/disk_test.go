package faults

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"polis/app"
)

// The disk is full while a publication is applied or downloaded anew, and
// while a contact is saved: all of it is told, what was there stays and
// answers, and with room again everything goes on.
func TestFullDiskWhileApplying(t *testing.T) {
	h := newHub(t, t.TempDir(), nil)
	defer h.close()
	small := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", small).CombinedOutput(); err != nil { //nolint:gosec // a folder of the test
		t.Skipf("SKIPPED: a small tmpfs cannot be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", small).CombinedOutput(); err != nil { //nolint:gosec // the same
			t.Errorf("umount: %v %s", err, out)
		}
	})
	d := newDesk(t, h, filepath.Join(small, "desk"), "demo-urp")
	defer func() { d.close() }()
	d.sync("")
	d.sync("")
	saved := []string{d.log(nil, app.Personal{Note: "una nota"}).ID}
	d.sync("")
	for _, how := range []string{"apply", "download"} {
		was := d.held()
		if how == "apply" {
			h.publish(35, "Tessera")
		} else {
			h.begin(h.backup()) // another epoch: the whole catalogue comes again
			h.publish(30, "Nuova")
		}
		filler := filepath.Join(small, "riempimento")
		fill(t, filler)
		_, err := d.Engine.Sync(context.Background())
		wantCode(t, err, app.CodeDiskFull)
		d.untouched(was)
		if _, err := d.Desk.Record(context.Background(), app.Contact{
			Channel: "phone", User: app.UserCitizen, RequestType: app.RequestTypeInformation, Outcome: app.OutcomeResolved,
		}, app.Personal{Note: string(bytes.Repeat([]byte("nota "), 20_000))}); app.ErrorCode(err) != app.CodeDiskFull {
			t.Fatalf("%s: a contact that does not fit: %v", how, err)
		}
		ok(t, os.Remove(filler))
		saved = append(saved, d.log(nil, app.Personal{}).ID)
		d.heals(saved...)
	}
}

// fill leaves no byte free.
func fill(t *testing.T, path string) {
	t.Helper()
	f := must[*os.File](t)(os.Create(path)) //nolint:gosec // a file of the test
	_, err := io.Copy(f, zeroes{})
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	ok(t, f.Close())
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }
