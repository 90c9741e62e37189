package exchange_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"polis/app"
	"polis/app/exchange"
	"polis/data/wire"
)

// chaos is two workstations of one office and a hub that fails as it is told.
type chaos struct {
	h        *hub
	stations []*station
	saved    map[string]bool
	backup   *state
	sheets   int
}

// Whatever is done and whatever fails: once all is well again, two polls
// empty the queues; the hub has every contact exactly once, every workstation
// has those of the others, and the catalogue is the hub's.
func TestChaosConverges(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h, a := bench(t)
		c := &chaos{h: h, stations: []*station{a, newStation(t, h, a.clock, "2")}, saved: map[string]bool{}, sheets: 2, backup: h.backup()}
		defer func() {
			for _, s := range c.stations {
				_ = s.close()
			}
		}()
		for range rapid.IntRange(10, 30).Draw(rt, "steps") {
			c.step(rt)
		}
		c.heal(rt)
	})
}

func (c *chaos) step(rt *rapid.T) {
	ctx := context.Background()
	s := c.stations[rapid.IntRange(0, 1).Draw(rt, "station")]
	switch rapid.SampledFrom([]string{"log", "log", "sync", "sync", "bad sync", "bad sync", "close", "restart", "time", "publish", "backup", "restore", "restore", "lose"}).Draw(rt, "step") {
	case "log":
		c.saved[s.log("").ID] = true
	case "close":
		if list, err := s.office.Contacts(ctx, app.Span{}, 1); err != nil {
			rt.Fatal(err)
		} else if len(list) > 0 {
			if err := s.office.CloseFollowUp(ctx, list[0].ID, "op", s.clock.Now()); err != nil {
				rt.Fatal(err)
			}
		}
	case "sync":
		c.h.before, c.h.after, c.h.cut = nil, nil, 0
		_, _ = s.engine.Sync(ctx)
	case "bad sync":
		c.faults(rt)
		_, _ = s.engine.Sync(ctx) // it may fail: that is the point
	case "restart":
		s.restart()
	case "time":
		s.clock.move(time.Duration(rapid.IntRange(1, 40*24*60).Draw(rt, "minutes")) * time.Minute)
	case "publish":
		c.sheets = rapid.IntRange(1, 12).Draw(rt, "sheets")
		c.h.publish(titles(c.sheets, rapid.SampledFrom([]string{"Carta", "Tessera"}).Draw(rt, "word")))
	case "backup":
		c.backup = c.h.backup()
	case "restore":
		c.h.restore(c.backup)
		c.h.publish(titles(c.sheets, "Nuova"))
	case "lose":
		if err := s.close(); err != nil {
			rt.Fatal(err)
		}
		if err := removeCatalogue(s.folder); err != nil {
			rt.Fatal(err)
		}
		s.open()
	}
}

// faults lets some calls fail before or after they did something.
func (c *chaos) faults(rt *rapid.T) {
	fails := func(label string) func(string) error {
		odds := rapid.SliceOfN(rapid.IntRange(0, 5), 8, 8).Draw(rt, label)
		n := 0
		return func(string) error {
			n++
			switch odds[n%len(odds)] {
			case 0:
				return errDown
			case 1:
				if label == "after" {
					return app.Fault(app.CodeHubAnswer, nil, "hub", "h")
				}
			}
			return nil
		}
	}
	c.h.before, c.h.after = fails("before"), fails("after")
	c.h.cut = rapid.SampledFrom([]int{0, 0, 40, 120}).Draw(rt, "cut")
}

func (c *chaos) heal(rt *rapid.T) {
	ctx := context.Background()
	c.h.before, c.h.after, c.h.cut = nil, nil, 0
	for range 2 {
		for _, s := range c.stations {
			if _, err := s.engine.Sync(ctx); err != nil {
				rt.Fatalf("healed, but: %v", err)
			}
		}
	}
	for _, s := range c.stations { // those that came up last
		if _, err := s.engine.Sync(ctx); err != nil {
			rt.Fatalf("healed, but: %v", err)
		}
	}
	times := map[string]int{}
	for _, l := range c.h.s.private {
		if l.Type == wire.TypeContact {
			times[l.ID]++
		}
	}
	for id := range c.saved {
		if times[id] != 1 {
			rt.Fatalf("contact %s is %d times at the hub", id, times[id])
		}
	}
	if len(times) != len(c.saved) {
		rt.Fatalf("%d contacts at the hub, %d were saved", len(times), len(c.saved))
	}
	var seen []string
	for _, s := range c.stations {
		if w, q, err := s.office.Counts(ctx); err != nil || w != 0 || q != 0 {
			rt.Fatalf("%d stuck, %d refused (%v)", w, q, err)
		}
		seen = append(seen, c.view(rt, s))
	}
	if seen[0] != seen[1] {
		rt.Fatalf("the workstations differ:\n%s\n%s", seen[0], seen[1])
	}
}

// view is what a workstation shows of office and catalogue.
func (c *chaos) view(rt *rapid.T, s *station) string {
	ctx := context.Background()
	list, err := s.office.Contacts(ctx, app.Span{}, 0)
	if err != nil {
		rt.Fatal(err)
	}
	here := map[string]bool{}
	for _, e := range list {
		here[e.ID+" "+e.Closed.Format(time.RFC3339)] = true
		if e.State != exchange.StateAcked {
			rt.Fatalf("%s is %s", e.ID, e.State)
		}
	}
	if len(here) != len(c.saved) {
		rt.Fatalf("%d contacts here, %d were saved", len(here), len(c.saved))
	}
	held, err := s.catalogue.Held(ctx)
	if m := c.h.manifest(); err != nil || held.Digest != m.CatalogDigest || held.Version != m.Version {
		rt.Fatalf("the catalogue is not the hub's: %+v (%v)", held, err)
	}
	return strings.Join(slices.Sorted(maps.Keys(here)), "\n") + held.Digest
}
