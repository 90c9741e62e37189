package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/data/secret"
	"polis/data/wire"
)

const request = "0193a000-0000-7000-8000-000000000001"

// personal is what nobody may read in the file.
const personal = "RSSMRA80A01L219M"

func filled() membership.Request {
	return specimen.Request(request, specimen.Document(membership.DocumentAct, "delibera.pdf", []byte("a")))
}

func frozenItems(t *testing.T, r membership.Request) (frozen []byte, all []membership.Item) {
	t.Helper()
	frozen, err := wire.Marshal(r)
	ok(t, err)
	return frozen, []membership.Item{
		{ID: "i1", Group: "g", Request: r.ID, Kind: membership.ItemDocument, Document: &r.Documents[0]},
		{ID: "i2", Group: "g", Request: r.ID, Kind: membership.ItemRequest, Body: frozen},
	}
}

// inFiles looks for a text in all files of a folder.
func inFiles(t *testing.T, folder, text string) bool {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, OfficeFile+"*"))
	ok(t, err)
	for _, name := range names {
		content, err := os.ReadFile(name)
		ok(t, err)
		if bytes.Contains(content, []byte(text)) {
			return true
		}
	}
	return false
}

func TestRequestsLieSealed(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	o := office(t, folder)
	o.UseKeys(secret.NewVault(secret.Params{Folder: folder}))
	r := filled()
	ok(t, o.SaveDraft(ctx, r, noon))
	frozen, all := frozenItems(t, r)
	ok(t, o.Freeze(ctx, r, frozen, all, noon))
	ok(t, o.Told(ctx, membership.Case{ID: request, State: membership.Sent, Name: personal, Content: frozen}))
	ok(t, o.SaveReviewed(ctx, []membership.Case{{ID: request, Version: 7, Name: personal, Content: frozen}}, 7))
	ok(t, o.Decide(ctx, membership.Decision{Change: membership.Change{ID: "c", Request: request, Reason: personal}, Operator: "op", At: noon}))
	ok(t, o.KeepRegionDocument(ctx, membership.RegionDocument{Request: request, Document: membership.Document{Name: personal, SHA256: "s"}}))
	ok(t, o.f.close())
	if inFiles(t, folder, personal) {
		t.Error("a tax code lies open")
	}
	o = office(t, folder)
	o.UseKeys(secret.NewVault(secret.Params{Folder: folder}))
	s, err := o.Application(ctx, request)
	ok(t, err)
	if s.Request.Representative.TaxCode != personal || !bytes.Equal(s.Frozen, frozen) || s.Case == nil || s.Case.Content != nil || s.Waiting != 2 || !s.SentAt.Equal(noon) {
		t.Errorf("%+v", s)
	}
	waiting, err := o.WaitingItems(ctx)
	ok(t, err)
	if len(waiting) != 2 || !bytes.Equal(waiting[1].Body, frozen) || waiting[0].Document.Name != "delibera.pdf" {
		t.Errorf("%+v", waiting)
	}
	c, err := o.ReviewedCase(ctx, request)
	ok(t, err)
	decisions, err := o.Decisions(ctx)
	ok(t, err)
	docs, err := o.RegionDocuments(ctx)
	ok(t, err)
	if !bytes.Equal(c.Content, frozen) || len(decisions) != 1 || decisions[0].Change.Reason != personal || len(docs) != 1 {
		t.Errorf("%+v %+v %+v", c, decisions, docs)
	}
	// Retention of contacts destroys nothing of it, whatever month it is.
	for _, month := range []string{"2026-11", "2026-12"} {
		_, err := o.DestroyMonth(ctx, month)
		ok(t, err)
	}
	if s, err = o.Application(ctx, request); err != nil || s.Problem != "" {
		t.Errorf("%s, %v", s.Problem, err)
	}
}

// While the keys do not open a draft is kept as it is, and sealed later; what
// lies sealed costs only itself.
func TestRequestsWhileKeysDoNotOpen(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	locked := secret.Params{Folder: folder, Passphrase: "una"}
	ok(t, func() error { _, err := secret.NewVault(locked).SealKey(); return err }())
	o := office(t, folder)
	o.UseKeys(secret.NewVault(secret.Params{Folder: folder}))
	r := filled()
	ok(t, o.SaveDraft(ctx, r, noon))
	frozen, all := frozenItems(t, r)
	ok(t, o.Freeze(ctx, r, frozen, all, noon))
	if s, err := o.Application(ctx, request); err != nil || s.Request.Representative.TaxCode != personal {
		t.Fatalf("%+v, %v", s, err)
	}
	o.UseKeys(secret.NewVault(locked))
	_, err := o.Tend(ctx, noon)
	ok(t, err)
	if inFiles(t, folder, personal) {
		t.Error("it was not sealed")
	}
	o.UseKeys(secret.NewVault(secret.Params{Folder: folder}))
	s, err := o.Application(ctx, request)
	if err != nil || s.Problem != app.CodeKeyLocked || s.Request.ID != request || s.Frozen != nil {
		t.Errorf("%+v, %v", s, err)
	}
	if waiting, err := o.WaitingItems(ctx); err != nil || len(waiting) != 0 {
		t.Errorf("%d, %v", len(waiting), err)
	}
	if _, err := o.UsedFiles(ctx, noon); app.ErrorCode(err) != app.CodeKeyLocked {
		t.Errorf("documents would be removed: %v", err)
	}
	ok(t, o.SaveDraft(ctx, r, noon)) // never refused
	o.UseKeys(secret.NewVault(locked))
	if waiting, err := o.WaitingItems(ctx); err != nil || len(waiting) != 2 {
		t.Errorf("%d, %v", len(waiting), err)
	}
	used, err := o.UsedFiles(ctx, noon)
	if err != nil || !used[wire.Hash([]byte("a"))] {
		t.Errorf("%v, %v", used, err)
	}
}

func TestItemsAndRefusals(t *testing.T) {
	ctx := context.Background()
	o := office(t, t.TempDir())
	r := filled()
	ok(t, o.SaveDraft(ctx, r, noon))
	frozen, all := frozenItems(t, r)
	ok(t, o.Freeze(ctx, r, frozen, all, noon))
	other := []membership.Item{{ID: "j1", Group: "h", Request: request, Kind: membership.ItemRequest, Body: frozen}}
	ok(t, o.Freeze(ctx, r, frozen, other, noon)) // in the place of the first
	if waiting, err := o.WaitingItems(ctx); err != nil || len(waiting) != 1 || waiting[0].ID != "j1" {
		t.Fatalf("%+v, %v", waiting, err)
	}
	withdraw := membership.Item{ID: "k", Group: "k", Request: request, Kind: membership.ItemChange, Change: &membership.Change{ID: "k", Event: membership.Withdraw}}
	ok(t, o.Enqueue(ctx, []membership.Item{withdraw}))
	ok(t, o.ItemRefused(ctx, all[1], app.CodeMembershipIncomplete, map[string]string{"n": "3"})) // which was on its way still
	s, err := o.Application(ctx, request)
	if err != nil || s.Waiting != 2 || s.SentAt.IsZero() || s.Problem != "" {
		t.Fatalf("the new version went with the old one: %+v, %v", s, err)
	}
	ok(t, o.ItemRefused(ctx, other[0], app.CodeMembershipIncomplete, map[string]string{"n": "3"}))
	s, err = o.Application(ctx, request)
	if err != nil || s.Waiting != 0 || !s.SentAt.IsZero() || s.Problem != app.CodeMembershipIncomplete || s.Params["n"] != "3" {
		t.Fatalf("%+v, %v", s, err)
	}
	ok(t, o.Freeze(ctx, r, frozen, all, noon))
	ok(t, o.ItemAnswered(ctx, all[0], nil))
	ok(t, o.ItemAnswered(ctx, all[1], &membership.Case{ID: request, State: membership.Sent, Version: 1}))
	ok(t, o.Enqueue(ctx, append(other, withdraw)))
	ok(t, o.ItemRefused(ctx, other[0], app.CodeMembershipState, nil)) // the hub has an earlier one: the withdrawal is for that
	s, err = o.Application(ctx, request)
	if err != nil || s.Waiting != 1 || s.SentAt.IsZero() || s.State() != membership.Sent {
		t.Fatalf("%+v, %v", s, err)
	}
	ok(t, o.DropApplication(ctx, request))
	var left int
	ok(t, o.f.ro.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM membership_text) + (SELECT count(*) FROM application_item)").Scan(&left))
	if _, err := o.Application(ctx, request); app.ErrorCode(err) != app.CodeNotFound || left != 0 {
		t.Errorf("%d left, %v", left, err)
	}
}

func TestReviewed(t *testing.T) {
	ctx := context.Background()
	o := office(t, t.TempDir())
	whole := membership.Case{ID: request, Version: 3, SHA256: "x", Rivals: []string{"r"}, Content: []byte(`{"id":"1"}`)}
	ok(t, o.SaveReviewed(ctx, []membership.Case{whole}, 3))
	listed := membership.Case{ID: request, Version: 4, SHA256: "x", State: membership.Accepted}
	ok(t, o.SaveReviewed(ctx, []membership.Case{listed}, 4))
	c, err := o.ReviewedCase(ctx, request)
	if err != nil || c.State != membership.Accepted || len(c.Rivals) != 1 || c.Content == nil {
		t.Fatalf("%+v, %v", c, err)
	}
	listed.SHA256, listed.Rivals = "y", []string{"r", "s"} // another content
	ok(t, o.SaveReviewed(ctx, []membership.Case{listed}, 0))
	if c, err = o.ReviewedCase(ctx, request); err != nil || c.Content != nil {
		t.Errorf("%s, %v", c.Content, err)
	}
	if n, err := o.ReviewCursor(ctx); err != nil || n != 4 {
		t.Errorf("%d, %v", n, err)
	}
	ok(t, o.SetSetting(ctx, settingUploadsEpoch, "another")) // the hub began anew
	if n, err := o.ReviewCursor(ctx); err != nil || n != 0 {
		t.Errorf("%d, %v", n, err)
	}
	d := membership.Decision{Change: membership.Change{ID: "c", Request: request, Event: membership.Accept}, Operator: "op", At: noon}
	ok(t, o.Decide(ctx, d))
	ok(t, o.DecisionFailed(ctx, "c", app.CodeChanged, map[string]string{"what": request}, true))
	again := d
	again.Operator = "other"
	ok(t, o.Decide(ctx, again)) // it stays as it is
	all, err := o.Decisions(ctx)
	if err != nil || len(all) != 1 || all[0].Operator != "op" || !all[0].Refused || all[0].Params["what"] != request || !all[0].At.Equal(noon) {
		t.Errorf("%+v, %v", all, err)
	}
	ok(t, o.Decided(ctx, "c", nil))
	if all, err = o.Decisions(ctx); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// Documents of what was closed long ago are not needed any more.
func TestUsedFiles(t *testing.T) {
	ctx := context.Background()
	o := office(t, t.TempDir())
	r := filled()
	ok(t, o.SaveDraft(ctx, r, noon))
	agreement := membership.Document{SHA256: "agreement"}
	c := membership.Case{ID: request, State: membership.Rejected, Agreement: &agreement, History: []membership.Entry{{At: noon}}}
	ok(t, o.Told(ctx, c))
	for moment, want := range map[time.Time]int{noon: 2, noon.Add(time.Second): 0} {
		if used, err := o.UsedFiles(ctx, moment); err != nil || len(used) != want {
			t.Errorf("%v: %v, %v", moment, used, err)
		}
	}
	c.State = membership.Active
	ok(t, o.Told(ctx, c))
	if used, err := o.UsedFiles(ctx, noon.Add(time.Hour)); err != nil || len(used) != 2 {
		t.Errorf("a member's: %v, %v", used, err)
	}
}

// ufficio.db of every version before goes on.
func TestMembershipAfterEveryVersion(t *testing.T) {
	ctx := context.Background()
	scripts := []string{"0001_first.sql", "0002_private.sql", "0003_operators.sql"}
	for n := 1; n <= len(scripts); n++ {
		folder := t.TempDir()
		db, err := sql.Open("sqlite", filepath.Join(folder, OfficeFile))
		ok(t, err)
		script := ""
		for _, name := range scripts[:n] {
			text, err := migrations.ReadFile("migrations/ufficio/" + name)
			ok(t, err)
			script += string(text)
		}
		script += fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d; INSERT INTO setting (key, value) VALUES ('a', 'b');", officeKind().applicationID, n)
		_, err = db.ExecContext(ctx, script)
		ok(t, err)
		ok(t, db.Close())
		o := office(t, folder)
		ok(t, o.SaveDraft(ctx, filled(), noon))
		if v, err := o.Setting(ctx, "a"); err != nil || v != "b" {
			t.Errorf("version %d: %q, %v", n, v, err)
		}
		if s, err := o.Application(ctx, request); err != nil || s.Request.Representative.TaxCode != personal {
			t.Errorf("version %d: %+v, %v", n, s, err)
		}
	}
}
