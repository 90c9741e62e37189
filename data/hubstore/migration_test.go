package hubstore

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polis/app/membership"
	"polis/app/region"
)

// TestHubOfTheFirstVersion opens a database that the first version left, with
// workstations and contacts.
func TestHubOfTheFirstVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	script, err := scripts.ReadFile("migrations/0001_first.sql")
	if err != nil {
		t.Fatal(err)
	}
	raw(t, path, fmt.Sprintf(`PRAGMA application_id = %d`, applicationID),
		`CREATE TABLE schema_migration (version INTEGER PRIMARY KEY, applied_at BIGINT NOT NULL)`, string(script), `INSERT INTO schema_migration VALUES (1, 0)`,
		`INSERT INTO feed VALUES (1, 'e', 0, 0)`,
		`INSERT INTO operator VALUES ('o1', 'demo', 'urp', 'operatore', 5), ('o2', 'other', '', 'operatore', 5)`,
		`INSERT INTO device VALUES ('d1', 'demo', 'urp', 'o1', 'k', 'Sportello', 1000, 0, 1)`,
		`INSERT INTO contact VALUES ('c2', 'demo', 'urp', 'o1', 'd1', 'h', '{"b":2}', 20), ('c1', 'demo', 'urp', 'o1', 'd1', 'h', '{"a":1}', 10)`)
	s := open(t, path)
	if err := s.View(t.Context(), func(tx region.Tx) error {
		rows, err := tx.PrivateAfter(region.PrivateQuery{Authority: "demo", Office: "urp", AfterProposals: -1, Limit: 10})
		if err != nil {
			return err
		}
		var list []string
		for _, r := range rows {
			list = append(list, fmt.Sprintf("%d %s %s %s", r.Version, r.Type, r.ID, r.Line))
		}
		if got := strings.Join(list, ", "); got != `1 device d1 , 2 operator o1 , 3 contact c1 {"a":1}, 4 contact c2 {"b":2}` {
			t.Errorf("private feed: %s", got)
		}
		for authority, want := range map[string]int64{"demo": 4, "other": 1, "nobody": 0} {
			if last, err := tx.PrivateLast(authority); err != nil || last != want {
				t.Errorf("%s: %d %v", authority, last, err)
			}
		}
		d, found, err := tx.Device("d1")
		if err != nil || !found || d.Version != 1 || d.RenewBy.Sub(d.EnrolledAt) != 365*24*time.Hour {
			t.Errorf("%+v %t %v", d, found, err)
		}
		o, found, err := tx.Operator("o1")
		if err != nil || !found || !o.Active || o.PublicKey != "" || o.Version != 2 {
			t.Errorf("%+v %t %v", o, found, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), func(tx region.Tx) error {
		last, err := tx.AdvancePrivate("demo", 2)
		if last != 6 {
			t.Errorf("the counter goes on at %d", last)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestRequestsOfReleasedVersions: what applicants sent before there were cases
// is a case from then on.
func TestRequestsOfReleasedVersions(t *testing.T) {
	for from := 1; from <= 3; from++ {
		t.Run(fmt.Sprintf("version %d", from), func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *Store) { t.Helper(); requestsOf(t, s, from) })
		})
	}
}

func requestsOf(t *testing.T, s *Store, from int) {
	t.Helper()
	at := func(text string) int64 {
		moment, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return moment.UnixMilli()
	}
	if err := s.update(t.Context(), func(x *tx) error {
		if err := x.dropEmpty(); err != nil {
			return err
		}
		if err := x.migrateTo(map[int]bool{}, from, clock().Now()); err != nil || from < 2 {
			return err
		}
		for i, r := range []struct{ id, day, line string }{
			{"b", "2026-11-27", `{"id":"b","type":"membership_request","body":{"id":"C_B","name":"Comune B"}}`},
			{"a", "2026-11-27", `{"id":"a","name":"of another shape","type":"membership_request","body":7}`},
			{"c", "2027-06-01", `{"id":"c","type":"membership_request"}`},
		} {
			if err := x.done(`INSERT INTO membership_request (id, owner, sha256, state, line, received_at) VALUES (?, ?, ?, 'received', ?, ?)`,
				r.id, "owner", fmt.Sprint(i), []byte(r.line), at(r.day)); err != nil {
				return err
			}
		}
		return x.done(`INSERT INTO applicant_blob (owner, sha256, size, received, changed_at) VALUES ('owner', 'sha', 7, 7, 0)`)
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.migrate(t.Context(), clock().Now()); err != nil {
		t.Fatal(err)
	}
	var numbers []string
	var first, next int64
	err := s.Update(t.Context(), func(tx region.Tx) error {
		list, err := tx.MembershipsAfter(0, 10)
		if err != nil {
			return err
		}
		numbers = nil
		for _, r := range list {
			numbers = append(numbers, r.ID+" "+r.Number)
			if r.State != membership.Sent || len(r.History) != 1 || !r.History[0].At.Equal(r.ReceivedAt) || r.Owner != "owner" {
				t.Errorf("%+v", r)
			}
			if r.ID == "b" && (r.Authority != "c_b" || r.Name != "Comune B") {
				t.Errorf("%+v", r)
			}
		}
		if from >= 2 { // nobody knows which request needs it: it stays
			if named, err := tx.NamedDocuments("a"); err != nil || len(named) != 1 {
				t.Errorf("documents %+v, %v", named, err)
			}
			if gone, err := tx.DeleteUselessBlob("owner", "sha", clock().Now()); err != nil || gone {
				t.Errorf("a document of before was removed: %t, %v", gone, err)
			}
		}
		if next, err = tx.NextReceiptNumber(2026); err == nil {
			first, err = tx.NextMembershipVersion()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(strings.Join(numbers, ", "), " then ", next, " ", first)
	want := "a 2026-00001, b 2026-00002, c 2027-00001 then 3 4"
	if from < 2 {
		want = " then 1 1"
	}
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A request of before goes the whole way like others.
func TestRequestOfBeforeIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		t.Helper()
		err := s.Update(t.Context(), func(r region.Tx) error {
			own, err := ownTx(r)
			if err != nil {
				return err
			}
			if err := own.done(`INSERT INTO membership_request (id, owner, sha256, state, line, received_at, version, number) VALUES ('a', 'o', 'h', 'sent', ?, 5, 1, '1970-00001')`, []byte("{}")); err != nil {
				return err
			}
			m, _, err := r.LockMembership("a")
			if err != nil {
				return err
			}
			end := time.UnixMilli(90_000).UTC()
			m.State, m.Version, m.ExpiresAt, m.Authority, m.Member.Offices = membership.Accepted, 2, &end, "c_a", []string{"c_a-urp"}
			return r.PutMembership(m)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.View(t.Context(), func(r region.Tx) error {
			m, found, err := r.Membership("a")
			if !found || m.State != membership.Accepted || m.Version != 2 || m.Member.Offices[0] != "c_a-urp" || len(m.History) != 1 || m.Number != "1970-00001" {
				t.Errorf("%+v", m)
			}
			if err != nil {
				return err
			}
			early, err := r.MembershipsDue(time.UnixMilli(89_999))
			if err != nil || len(early) != 0 {
				t.Errorf("%v %v", early, err)
			}
			due, err := r.MembershipsDue(time.UnixMilli(90_000))
			if err != nil || len(due) != 1 {
				t.Errorf("%v %v", due, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// After a restore every case has a version that nobody saw, in the same order.
func TestNewEpochRenumbersCases(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		t.Helper()
		versions := func() (list []int64) {
			if err := s.View(t.Context(), func(r region.Tx) error {
				cases, err := r.MembershipsAfter(0, 10)
				list = nil
				for _, c := range cases {
					list = append(list, c.Version)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return list
		}
		if err := s.Update(t.Context(), func(r region.Tx) error {
			for _, id := range []string{"a", "b", "c"} {
				version, err := r.NextMembershipVersion()
				if err != nil {
					return err
				}
				if _, err := r.AddMembership(region.MembershipRecord{Case: membership.Case{ID: id, Version: version, State: membership.Sent}, Line: []byte("{}")}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			before := versions()
			if _, err := s.NewEpoch(t.Context(), clock()); err != nil {
				t.Fatal(err)
			}
			after := versions()
			if len(after) != 3 || after[0] <= before[2] || after[0] >= after[1] || after[1] >= after[2] {
				t.Errorf("%v after %v", after, before)
			}
			if err := s.Update(t.Context(), func(r region.Tx) error {
				next, err := r.NextMembershipVersion()
				if next <= after[2] {
					t.Errorf("next %d after %v", next, after)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A page of the queue asks for rivals once a line: reading all requests each
// time took a minute with 1,500 of them.
func TestRivalsAreFoundByIndex(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "hub.db"))
	steps := 0
	err := s.View(t.Context(), func(rtx region.Tx) error {
		inside, ok := rtx.(*tx)
		if !ok {
			t.Fatalf("%T", rtx)
		}
		return inside.each(func(row scanner) error {
			var id, parent, unused int
			var what string
			err := row.Scan(&id, &parent, &unused, &what)
			if steps++; strings.Contains(what, "SCAN") {
				t.Errorf("it reads every request: %s", what)
			}
			return err
		}, "EXPLAIN QUERY PLAN "+rivals(), "id", "authority", "tax code", "name", 20)
	})
	if err != nil || steps == 0 {
		t.Errorf("%d steps, %v", steps, err)
	}
}
