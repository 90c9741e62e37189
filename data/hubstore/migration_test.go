package hubstore

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
