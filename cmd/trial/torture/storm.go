package torture

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// storm spoils the link and kills the hub until ctx ends.
func (w *world) storm(ctx context.Context, r *rand.Rand) {
	blows := []func(){w.killHub, func() { w.publish(r) }, func() { w.publish(r) }, w.takeBackup, w.restore, func() {}, func() {}}
	w.takeBackup()
	for n := 0; ctx.Err() == nil; n++ {
		if n %= len(blows); n == 0 { // every kind comes in every round, in another order
			r.Shuffle(len(blows), func(i, j int) { blows[i], blows[j] = blows[j], blows[i] })
		}
		w.spoil(r)
		blows[n]()
		wait(ctx, time.Duration(200+r.IntN(1500))*time.Millisecond)
		if r.IntN(3) > 0 {
			w.link.Heal()
			wait(ctx, time.Duration(r.IntN(1500))*time.Millisecond)
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// spoil makes the link bad in one of the ways that links are.
func (w *world) spoil(r *rand.Rand) {
	stream := []string{"downstream", "upstream"}[r.IntN(2)]
	w.count(func(f *Figures) { f.Faults++ })
	switch r.IntN(8) {
	case 0:
		w.link.Down()
	case 1:
		w.link.Spoil("latency", stream, fmt.Sprintf(`{"latency":%d,"jitter":100}`, 50+r.IntN(800)))
	case 2:
		w.link.Spoil("bandwidth", stream, `{"rate":2}`)
	case 3:
		w.link.Spoil("slicer", stream, `{"average_size":64,"size_variation":32,"delay":50}`)
	case 4:
		w.link.Spoil("reset_peer", stream, fmt.Sprintf(`{"timeout":%d}`, r.IntN(600)))
	case 5: // the answer is lost: sent and never read
		w.link.Spoil("timeout", "downstream", fmt.Sprintf(`{"timeout":%d}`, 100+r.IntN(900)))
	default:
		w.link.Spoil("limit_data", stream, fmt.Sprintf(`{"bytes":%d}`, r.IntN(20000)))
	}
}

func (w *world) killHub() {
	w.hubBusy.Lock()
	defer w.hubBusy.Unlock()
	w.hub.Kill()
	w.hub.Serve()
	w.count(func(f *Figures) { f.HubKills++ })
}

// publish changes one sheet of the sample.
func (w *world) publish(r *rand.Rand) {
	w.hubBusy.Lock()
	defer w.hubBusy.Unlock()
	file := filepath.Join(w.t.TempDir(), "cambio.jsonl")
	line := fmt.Sprintf(`{"type":"sheet","code":"demo_borgo-09%02d","authority":"demo_borgo","language":"it","title":"Prova numero %d"}`+"\n", r.IntN(40), r.IntN(1e6))
	if err := os.WriteFile(file, []byte(line), 0o600); err != nil {
		w.t.Error(err)
		return
	}
	w.hub.Run("import", file)
	w.hub.Run("publish")
	w.count(func(f *Figures) { f.Published++ })
}

func (w *world) takeBackup() {
	w.hubBusy.Lock()
	defer w.hubBusy.Unlock()
	file := filepath.Join(w.t.TempDir(), "hub.polisbackup")
	w.hub.Run("backup", file)
	w.backup = file
}

// restore gives the hub the life of its latest backup, in a folder of its
// own; the certificate's authority is what it was.
func (w *world) restore() {
	w.hubBusy.Lock()
	defer w.hubBusy.Unlock()
	if w.backup == "" {
		return
	}
	w.hub.Kill()
	old := w.hub.Data
	w.lives++
	w.hub.Data = filepath.Join(filepath.Dir(old), fmt.Sprintf("life-%d", w.lives))
	if err := os.MkdirAll(w.hub.Data, 0o700); err != nil {
		w.t.Fatal(err)
	}
	for _, name := range []string{"ca.pem", "ca.key", "root.key"} {
		text, err := os.ReadFile(filepath.Join(old, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(w.hub.Data, name), text, 0o600)
		}
		if err != nil && !os.IsNotExist(err) {
			w.t.Fatal(err)
		}
	}
	w.hub.Run("restore", w.backup)
	w.hub.Serve()
	w.count(func(f *Figures) { f.Restores++ })
}
