package faults

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"polis/app"
	"polis/app/region"
	"polis/data/hubstore/pgtest"
	"polis/data/wire"
)

// Whatever is done and whatever fails: once all is well again two rounds
// empty the queues, the catalogues are the hub's, both workstations of an
// office know the same, the other office knows nothing of it, and the hub has
// every contact that was saved exactly once.
func TestOracle(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { converges(t, rt, nil, 10, 30) })
}

func TestOracleOnPostgreSQL(t *testing.T) {
	database := func() string { return pgtest.Database(t) }
	database() // or the test is skipped before it begins
	checks := flag.Lookup("rapid.checks").Value
	usual := checks.String()
	n, err := strconv.Atoi(usual)
	ok(t, err)
	ok(t, checks.Set(strconv.Itoa(max(1, n/3)))) // a database for each life of the hub takes its time
	defer func() { ok(t, checks.Set(usual)) }()
	rapid.Check(t, func(rt *rapid.T) { converges(t, rt, database, 10, 20) })
}

// oracle is a hub, two workstations of one office and one of another.
type oracle struct {
	*hub
	t      *rapid.T
	desks  []*desk
	saved  map[string]*desk
	stored string // the latest backup
	by     region.Caller
}

func converges(t *testing.T, rt *rapid.T, database func() string, least, most int) {
	h := newHub(rt, t.TempDir(), database)
	defer h.close()
	o := &oracle{hub: h, t: rt, saved: map[string]*desk{}}
	defer func() {
		for _, d := range o.desks {
			_ = d.Station.Close()
		}
	}()
	for i, office := range []string{"demo-urp", "demo-urp", "demo-bib"} {
		d := newDesk(rt, h, filepath.Join(h.folder, fmt.Sprint("desk-", i)), office)
		o.desks = append(o.desks, d)
	}
	o.stored = h.backup()
	for range rapid.IntRange(least, most).Draw(rt, "steps") {
		o.step()
	}
	o.heal()
}

func (o *oracle) step() {
	d := o.desks[rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2}).Draw(o.t, "desk")]
	steps := o.steps()
	names := slices.Sorted(maps.Keys(steps))
	for range 3 { // what an office does most
		names = append(names, "log", "log with a note", "sync", "bad sync", "bad sync")
	}
	steps[rapid.SampledFrom(names).Draw(o.t, "step")](d)
}

func (o *oracle) steps() map[string]func(*desk) {
	return map[string]func(*desk){
		"log":             func(d *desk) { o.log(d, nil, app.Personal{}) },
		"log with a note": func(d *desk) { o.log(d, nil, app.Personal{Note: "da ricordare"}) },
		"promise": func(d *desk) {
			o.log(d, func(c *app.Contact) { c.Outcome, c.FollowUp = "deferred", &app.FollowUp{Due: "2026-12-01"} },
				app.Personal{Identity: app.Identity{Phone: "000"}})
		},
		"correct":  o.correct,
		"keep":     o.keepPromise,
		"sync":     func(d *desk) { o.round(d, nil) },
		"bad sync": func(d *desk) { o.round(d, o.faults()) },
		"publish": func(*desk) {
			o.publish(rapid.IntRange(1, 12).Draw(o.t, "sheets"), rapid.SampledFrom([]string{"Carta", "Tessera"}).Draw(o.t, "word"))
		},
		"restart": (*desk).restart,
		"lose":    (*desk).loseCatalogue,
		"time": func(*desk) {
			o.clock.move(time.Duration(rapid.IntRange(1, 3*24*60).Draw(o.t, "minutes")) * time.Minute)
		},
		"backup":      func(*desk) { o.stored = o.backup() },
		"restore":     func(*desk) { o.begin(o.stored); o.publish(5, "Nuova") },
		"revoke":      o.revoke,
		"an operator": o.operator,
	}
}

func (o *oracle) log(d *desk, change func(*app.Contact), p app.Personal) {
	o.saved[d.log(change, p).ID] = d
}

func (o *oracle) list(d *desk) map[string]string {
	o.t.Helper()
	entries, err := d.Office.Contacts(context.Background(), app.Span{}, 0)
	ok(o.t, err)
	list := map[string]string{}
	for _, e := range entries {
		list[e.ID] = fmt.Sprint(e.Corrects, " ", e.Note, " ", e.Identity, " ", e.Unreadable, " ", e.Closed.IsZero(), " ", e.FollowUp != nil)
	}
	return list
}

func (o *oracle) correct(d *desk) {
	entries, err := d.Office.Contacts(context.Background(), app.Span{}, 1)
	ok(o.t, err)
	for _, e := range entries {
		o.log(d, func(c *app.Contact) { c.Corrects = e.ID }, app.Personal{})
	}
}

func (o *oracle) keepPromise(d *desk) {
	entries, err := d.Office.Contacts(context.Background(), app.Span{}, 0)
	ok(o.t, err)
	for _, e := range entries {
		if e.FollowUp != nil && e.Closed.IsZero() {
			ok(o.t, d.Office.CloseFollowUp(context.Background(), e.ID, e.Operator, d.clock.Now()))
			return
		}
	}
}

// round is one synchronisation; it may fail, and a search answers all the
// same once there is a catalogue.
func (o *oracle) round(d *desk, b between) {
	had := d.held().Sheets > 0
	o.stand(b)
	_, _ = d.Engine.Sync(context.Background())
	o.stand(nil)
	ok(o.t, d.Tend(context.Background()))
	if had {
		d.searches()
	}
}

// faults lets every call of a round go as it is drawn.
func (o *oracle) faults() between {
	list := rapid.SliceOfN(rapid.SampledFrom([]bad{
		fine, fine, fine, fine, lost, lost, refused, truncated, sliced, busyFor, busyUntil, portal, gateway,
	}), 12, 12).Draw(o.t, "faults")
	var n atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		spoil(w, r, next, list[int(n.Add(1))%len(list)], o.clock.Now())
	}
}

// revoke puts a workstation out of use and takes it in again with the files
// that it has.
func (o *oracle) revoke(d *desk) {
	ok(o.t, o.now.Load().RevokeDevice(context.Background(), d.device().ID))
	_, err := d.Engine.Sync(context.Background())
	if code := app.ErrorCode(err); code != app.CodeDeviceRevoked && code != app.CodeHubBusy { // or it still leaves the hub alone
		o.t.Fatalf("revoked, and: %v", err)
	}
	d.enrol()
	o.stored = o.backup() // who enrolled after the backup has to enrol again
}

// operator adds somebody to the authority.
func (o *oracle) operator(*desk) {
	record := wire.OperatorRecord{Type: wire.TypeOperator, ID: uuid.NewString(), Authority: "demo", Role: wire.RoleOperator, Active: true}
	acting := wire.OperatorRecord{ID: "x", Authority: "demo", Role: wire.RoleManager, Active: true}
	_, _, err := o.now.Load().PutOperator(context.Background(), region.Caller{
		Device: region.Device{ID: o.desks[0].device().ID, Authority: "demo"}, Acting: &acting,
	}, record.ID, record)
	ok(o.t, err)
}

func (o *oracle) heal() {
	ctx := context.Background()
	o.clock.move(time.Hour) // what the hub asked for is over
	waited := map[string]bool{}
	for _, d := range o.desks {
		items, err := d.Office.Waiting(ctx)
		ok(o.t, err)
		for _, i := range items {
			waited[i.ID] = true
		}
	}
	for n := range 5 {
		for _, d := range o.desks {
			d.sync("")
		}
		if n != 1 {
			continue
		}
		for i, d := range o.desks {
			items, err := d.Office.Waiting(ctx)
			ok(o.t, err)
			for _, item := range items {
				if waited[item.ID] {
					o.t.Fatalf("desk %d: %s %s waits after two rounds", i, item.Type, item.ID)
				}
			}
		}
	}
	o.arrived(slices.Collect(maps.Keys(o.saved))...)
	o.compare()
}

func (o *oracle) compare() {
	_, m := o.signed()
	views := make([]string, len(o.desks))
	for i, d := range o.desks {
		d.waiting(0, 0)
		if h := d.held(); h.Digest != m.CatalogDigest || h.Version != m.Version || h.Epoch != m.Epoch {
			o.t.Fatalf("desk %d: the catalogue is not the hub's: %+v", i, h)
		}
		list := o.list(d)
		for id, by := range o.saved {
			if _, here := list[id]; here != (by.office == d.office) {
				o.t.Fatalf("desk %d of %s: contact of %s is here: %v", i, d.office, by.office, here)
			}
		}
		var lines []string
		for id, text := range list {
			lines = append(lines, id+" "+text)
		}
		slices.Sort(lines)
		views[i] = strings.Join(lines, "\n")
		o.samePeople(d)
	}
	if views[0] != views[1] {
		o.t.Fatalf("two workstations of one office differ:\n%s\n\n%s", views[0], views[1])
	}
}

func (o *oracle) samePeople(d *desk) {
	want, err := o.now.Load().ListOperators(context.Background(), "demo")
	ok(o.t, err)
	got, err := d.Office.Operators(context.Background())
	ok(o.t, err)
	var there, here []string
	for _, r := range want {
		there = append(there, r.ID)
	}
	for _, p := range got {
		here = append(here, p.ID)
	}
	slices.Sort(there)
	slices.Sort(here)
	if !slices.Equal(there, here) {
		o.t.Fatalf("operators %v, the hub has %v", here, there)
	}
}
