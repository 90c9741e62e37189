package sqlite

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/desk"
)

func TestHandOutsAreCounted(t *testing.T) {
	ctx := context.Background()
	o := office(t, t.TempDir())
	day := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	save := func(id, corrects string, at time.Time, sheets ...app.ContactSheet) {
		t.Helper()
		c := contact(id, at)
		c.Corrects, c.Sheets = corrects, sheets
		if _, err := o.Save(ctx, c, app.Personal{}); err != nil {
			t.Fatal(err)
		}
	}
	given := func(code string) app.ContactSheet { return app.ContactSheet{Code: code, HandedOut: true, Copies: 2} }
	save("old", "", day.AddDate(0, 0, -200), given("a"))
	save("1", "", day, given("a"), app.ContactSheet{Code: "b"})
	save("2", "", day, given("a"), given("c"))
	save("3", "2", day, given("a")) // c was not given after all
	save("4", "3", day, given("a"))
	save("5", "", day)
	got, err := o.HandedOut(ctx, app.Day(day.AddDate(0, 0, -180)))
	if err != nil || fmt.Sprint(got) != "map[a:2]" {
		t.Errorf("handed out %v, %v", got, err)
	}
}

func TestAlertsOfADay(t *testing.T) {
	ctx := context.Background()
	c := catalogue(t, t.TempDir())
	lines := []string{
		`{"type":"sheet","code":"r-1","authority":"r","level":"regional","language":"it","title":"A","alert":{"text":"x","from":"2026-11-20","to":"2026-11-30"}}`,
		`{"type":"sheet","code":"r-2","authority":"r","level":"regional","language":"it","title":"B","alert":{"text":"x"}}`,
		`{"type":"sheet","code":"r-3","authority":"r","language":"it","title":"C","alert":{"text":"x","to":"2026-11-22"}}`,
		`{"type":"sheet","code":"r-4","authority":"r","language":"it","title":"D","alert":{"text":"x","from":"2026-11-24"}}`,
		`{"type":"sheet","code":"r-5","authority":"r","language":"it","title":"about \"alert\":{"}`,
		`{"type":"sheet","code":"m-1","authority":"m","base":"r-1","language":"it","title":"E"}`,
		`{"type":"sheet","code":"n-1","authority":"n","base":"r-1","language":"it","title":"F"}`,
	}
	if err := c.LoadSample(ctx, [][]byte{[]byte(strings.Join(lines, "\n"))}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Alerted(ctx, "2026-11-23", "m")
	want := []desk.Alerted{{Code: "m-1", Authority: "m"}, {Code: "r-2", Authority: "r", Level: "regional"}}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("alerted %v, %v", got, err)
	}
	for query, index := range map[string]string{withAlert: "sheet_alert", withBase: "sheet_base"} {
		var id, parent, unused, plan string
		args := make([]any, strings.Count(query, "?"))
		err := c.f.ro.QueryRowContext(ctx, "EXPLAIN QUERY PLAN SELECT line FROM "+query, args...).Scan(&id, &parent, &unused, &plan)
		if err != nil || !strings.Contains(plan, index) {
			t.Errorf("%s is not used: %s, %v", index, plan, err)
		}
	}
}

// What the home list costs a busy office: 60 contacts a day.
func BenchmarkHandedOut(b *testing.B) {
	ctx := context.Background()
	o, err := OpenOffice(ctx, b.TempDir(), time.UTC)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = o.Close() }()
	day := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for i := range 60 * 180 {
		c := contact(fmt.Sprint(i), day)
		c.Sheets = []app.ContactSheet{{Code: fmt.Sprintf("x-%d", i%300), HandedOut: i%2 == 0}, {Code: "y"}}
		if _, err := o.Save(ctx, c, app.Personal{}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if counts, err := o.HandedOut(ctx, "2026-05-01"); err != nil || len(counts) != 150 {
			b.Fatal(len(counts), err)
		}
	}
}
