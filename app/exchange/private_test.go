package exchange_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"polis/app"
	"polis/app/contacts"
	"polis/app/exchange"
	"polis/data/wire"
)

func TestColleaguesContactsArrive(t *testing.T) {
	ctx := context.Background()
	h, a := bench(t)
	b := newStation(t, h, a.clock, "2")
	mine := a.log("")
	for range 5 {
		b.log("")
	}
	for _, s := range []*station{a, b, a} {
		s.sync("")
	}
	for _, s := range []*station{a, b} {
		list, err := s.office.Contacts(ctx, app.Span{}, 0)
		own := slices.DeleteFunc(slices.Clone(list), func(e entry) bool { return e.Colleague })
		today, terr := s.office.NumberToday(ctx, s.clock.Now())
		if err != nil || terr != nil || len(list) != 6 || len(own) != today {
			t.Fatalf("%d contacts, %d own, %d today (%v %v)", len(list), len(own), today, err, terr)
		}
	}
	// A follow-up opened here is closed there, once.
	for range 2 {
		if err := b.office.CloseFollowUp(ctx, mine.ID, "op", b.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	b.waiting(1, 0)
	b.sync("")
	a.sync("")
	list, err := a.office.Contacts(ctx, app.Span{}, 0)
	i := slices.IndexFunc(list, func(e entry) bool { return e.ID == mine.ID })
	if err != nil || i < 0 || !list[i].Closed.Equal(b.clock.Now()) || list[i].Colleague {
		t.Fatalf("%+v %v", list, err)
	}
	if err := a.office.CloseFollowUp(ctx, newID(), "op", a.clock.Now()); app.ErrorCode(err) != app.CodeNotFound {
		t.Fatalf("a stranger's: %v", err)
	}
}

func line(kind, id string, version int64) wire.Change {
	raw := fmt.Appendf(nil, `{"id":%q,"role":"r%d","type":%q,"version":%d}`, id, version, kind, version)
	c, err := wire.ParsePrivate(raw)
	if err != nil {
		panic(err) // of a test's own line
	}
	return c
}

// Whatever the order in which pages come, and however often, the higher
// version stays.
func TestPrivateLinesDoNotDependOnOrder(t *testing.T) {
	ctx := context.Background()
	rapid.Check(t, func(rt *rapid.T) {
		h, s := bench(t)
		_ = h
		versions := rapid.SliceOfN(rapid.Int64Range(1, 9), 1, 12).Draw(rt, "versions")
		var highest int64
		for _, v := range versions {
			highest = max(highest, v)
			if err := s.office.ApplyPrivate(ctx, exchange.PrivatePage{Lines: []wire.Change{line(wire.TypeOperator, "o", v)}, Cursor: "c"}); err != nil {
				rt.Fatal(err)
			}
		}
		got, err := s.office.PrivateLines(ctx, wire.TypeOperator)
		if want := string(line(wire.TypeOperator, "o", highest).Line); err != nil || len(got) != 1 || string(got[0]) != want {
			rt.Fatalf("%s, want %s (%v)", got, want, err)
		}
	})
}

// A hub that began anew may have lower versions, and operators that are not
// there any more are gone.
func TestPrivateWayDownBeginsAnew(t *testing.T) {
	ctx := context.Background()
	h, s := bench(t)
	for i := range 5 {
		h.s.private = append(h.s.private, line(wire.TypeOperator, fmt.Sprintf("o%d", i), int64(10+i)))
	}
	s.sync("")
	h.restore(h.backup())
	h.s.private = []wire.Change{line(wire.TypeOperator, "o1", 1), line(wire.TypeOperator, "o7", 2)}
	s.sync("")
	got, err := s.office.PrivateLines(ctx, wire.TypeOperator)
	if err != nil || len(got) != 2 || !strings.Contains(string(got[0]), `"r1"`) {
		t.Fatalf("%s %v", got, err)
	}
}

func TestPrivateLinesThatAreNone(t *testing.T) {
	for _, raw := range []string{"", "{}", `{"type":"contact","id":"x","version":1}`, `{"type":"follow_up","id":"x","version":1,"recorded_at":"2026-01-01T00:00:00Z"}`, `{"type":"contact","id":"x","version":1,"recorded_at":7}`} {
		if _, err := wire.ParsePrivate([]byte(raw)); err == nil {
			t.Errorf("%s was taken", raw)
		}
	}
}

type entry = contacts.Entry
