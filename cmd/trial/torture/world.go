// Package torture runs workstations and a hub as processes, cuts the link
// between them, kills them and restores the hub from old backups, at random
// under a seed that is told, and then, when everything is healed, compares
// what the people at the counters saw acknowledged with what the hub holds.
package torture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"polis/cmd/trial"
)

// Figures are what a run is judged by.
type Figures struct {
	Contacts  int // saved, as the workstation said
	Kills     int // of workstation processes, with SIGKILL
	HubKills  int
	Restores  int // of the hub from a backup
	Faults    int // of the link
	Published int
	Answers   int // of searches, under any fault
	Lost      int // saved and not in the hub in the end
	Doubled   int // in the hub more than once
	Stuck     int // still waiting after two rounds of synchronisation
	Silent    int // searches that did not answer
	Apart     int // workstations whose catalogue or log differs from the hub's in the end
}

func (f Figures) String() string {
	return fmt.Sprintf("contacts %d, kills %d, hub kills %d, restores %d, link faults %d, publications %d, searches %d; lost %d, doubled %d, stuck %d, silent %d, apart %d",
		f.Contacts, f.Kills, f.HubKills, f.Restores, f.Faults, f.Published, f.Answers, f.Lost, f.Doubled, f.Stuck, f.Silent, f.Apart)
}

// world is one hub and its workstations.
type world struct {
	t       testing.TB
	hub     *trial.Hub
	link    *trial.Link
	control string // the program polisctl
	desks   []*desk

	hubBusy sync.Mutex // one hand on the hub's process and folder
	backup  string     // latest one, "" = none yet
	lives   int

	mu      sync.Mutex
	figures Figures
	shown   map[string]string // mark of a contact -> the workstation that showed it as saved
	serial  int
}

func (w *world) count(add func(*Figures)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	add(&w.figures)
}

// newWorld serves the sample and enrols workstations: two of one office, one
// of another authority.
func newWorld(t testing.TB, hubFlags ...string) *world {
	t.Helper()
	w := &world{t: t, control: trial.Build(t, "polisctl", "CGO_ENABLED=0"), shown: map[string]string{}}
	w.hub = trial.NewHub(t)
	w.hub.Flags = hubFlags
	w.hub.Run(append([]string{"import"}, trial.SampleFiles(t)...)...)
	w.hub.Run("publish")
	w.hub.Serve()
	w.hub.Listen = strings.TrimPrefix(w.hub.URL, "https://")
	w.link = trial.NewLink(t, w.hub.URL)
	for i, office := range []string{"demo_borgo-urp", "demo_borgo-urp", "demo_ponte-urp"} {
		d := &desk{w: w, name: fmt.Sprintf("desk %d", i), office: office, folder: filepath.Join(t.TempDir(), "postazione")}
		authority, _, _ := strings.Cut(office, "-")
		d.must("enrol", "--hub", w.link.URL, "--code", w.hub.Code(authority, office), "--ca", w.hub.CA())
		d.must("sync")
		w.desks = append(w.desks, d)
	}
	return w
}

// desk is a workstation: a data folder on which polisctl is run.
type desk struct {
	w                    *world
	name, office, folder string
	kills                int // of its processes; the world's mutex holds for it
}

func (d *desk) killed() int {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	return d.kills
}

// run runs polisctl and, when after is not negative, kills it then.
func (d *desk) run(after time.Duration, args ...string) (out, errs string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.w.control, append([]string{"--data", d.folder}, args...)...) //nolint:gosec // our own program
	cmd.Env = append(os.Environ(), "POLIS_LANG=it", "POLIS_KEYRING=off")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		return "", "", err
	}
	if after >= 0 {
		timer := time.AfterFunc(after, func() {
			if cmd.Process.Kill() == nil {
				d.w.count(func(f *Figures) { f.Kills++; d.kills++ })
			}
		})
		defer timer.Stop()
	}
	err = cmd.Wait()
	return stdout.String(), stderr.String(), err
}

func (d *desk) must(args ...string) string {
	d.w.t.Helper()
	out, errs, err := d.run(-1, args...)
	if err != nil {
		d.w.t.Fatalf("%s: polisctl %v: %v\n%s%s", d.name, args, err, out, errs)
	}
	return out
}

// log saves a contact; the mark in its topic is told from all others. It
// counts only when the program said that it is saved.
func (d *desk) log(r *rand.Rand, after time.Duration) {
	d.w.mu.Lock()
	d.w.serial++
	mark := fmt.Sprintf("mark-%06d", d.w.serial)
	d.w.mu.Unlock()
	args := []string{"contact", "add", "--channel", "phone", "--user", "citizen", "--outcome", "resolved", "--topic", mark}
	if r.IntN(3) == 0 {
		args = append(args, "--note", "da richiamare")
	}
	out, errs, err := d.run(after, args...)
	if err == nil || strings.Count(out, "\n") >= 2 {
		d.w.mu.Lock()
		d.w.shown[mark] = d.name
		d.w.figures.Contacts++
		d.w.mu.Unlock()
		return
	}
	if after < 0 {
		d.w.t.Errorf("%s: a contact was not saved: %v\n%s", d.name, err, errs)
	}
}

// find searches: an answer must come whatever the link and the hub do.
func (d *desk) find() {
	if out, errs, err := d.run(-1, "search", "--json", "carta identita"); err != nil || !strings.Contains(out, `"hits"`) {
		d.w.count(func(f *Figures) { f.Silent++ })
		d.w.t.Errorf("%s: no answer: %v\n%s%s", d.name, err, out, errs)
		return
	}
	d.w.count(func(f *Figures) { f.Answers++ })
}

type status struct {
	Waiting, Quarantined int
	Digest               string `json:"catalogue_digest"`
	Problem              string
}

func (d *desk) status() status {
	d.w.t.Helper()
	var s status
	if err := json.Unmarshal([]byte(d.must("status", "--json")), &s); err != nil {
		d.w.t.Errorf("%s: status: %v", d.name, err)
	}
	return s
}

// work does what people and accidents do at one workstation until ctx ends.
func (d *desk) work(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		after := time.Duration(-1)
		if r.IntN(2) == 0 {
			after = time.Duration(r.IntN(400)) * time.Millisecond
		}
		switch n := r.IntN(20); {
		case n < 9:
			d.log(r, after)
		case n < 16:
			_, _, _ = d.run(after, "sync") // it may fail: that is what the link is bad for
		case n < 19:
			d.find()
		default:
			d.loseCatalogue()
		}
	}
}

// die starts a program and kills it, until so many were killed; the moment
// is anywhere in the time that it takes when nobody kills it.
func (d *desk) die(r *rand.Rand, kills int) {
	var lasts [2]time.Duration
	for i, do := range []func(){func() { d.must("sync") }, func() { d.log(r, -1) }} {
		start := time.Now()
		do()
		lasts[i] = time.Since(start)
	}
	for n := range 3 * kills {
		if d.killed() >= kills {
			return
		}
		after := time.Duration(r.Int64N(int64(lasts[n%2] * 5 / 4)))
		if n%2 == 0 {
			_, _, _ = d.run(after, "sync")
		} else {
			d.log(r, after)
		}
	}
}

// loseCatalogue removes what can be downloaded again.
func (d *desk) loseCatalogue() {
	files, err := filepath.Glob(filepath.Join(d.folder, "catalogo.db*"))
	if err != nil {
		d.w.t.Fatal(err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
			d.w.t.Error(err)
		}
	}
	_, _, _ = d.run(-1, "sync")
}
