package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"polis/app"
	"polis/cmd/trial"
)

// ctl runs polisctl on a data folder and returns its output and exit code.
type ctl struct {
	t      testing.TB
	folder string
}

func newCtl(t testing.TB) *ctl {
	t.Helper()
	t.Setenv("POLIS_LANG", "it")
	return &ctl{t: t, folder: filepath.Join(t.TempDir(), "postazione")}
}

func (c *ctl) run(args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"--data", c.folder}, args...), &out, &errs)
	return out.String(), errs.String(), code
}

func (c *ctl) good(args ...string) string {
	c.t.Helper()
	out, errs, code := c.run(args...)
	if code != 0 {
		c.t.Fatalf("polisctl %v: exit %d\n%s%s", args, code, out, errs)
	}
	return out
}

// bad wants a failure told in words with a hint, and the code behind it.
func (c *ctl) bad(want app.Code, args ...string) {
	c.t.Helper()
	out, errs, code := c.run(args...)
	if code == 0 {
		c.t.Fatalf("polisctl %v should fail; it said %s", args, out)
	}
	if !strings.HasPrefix(errs, "error: ") || !strings.Contains(errs, "\nhint: ") {
		c.t.Errorf("polisctl %v: no error and hint in %q", args, errs)
	}
	if sentence := firstWords(c.t, want); !strings.Contains(errs, sentence) {
		c.t.Errorf("polisctl %v: want %s (%q), got %q", args, want, sentence, errs)
	}
}

// firstWords returns the sentence of a code up to its first parameter.
func firstWords(t testing.TB, code app.Code) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(trial.Root(t), "assets", "translations", "errors.it.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]string
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	s, _, _ := strings.Cut(m["error."+string(code)], "{")
	if s == "" {
		t.Fatalf("no sentence for %s", code)
	}
	return s
}

func decode[T any](t testing.TB, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func enrolled(t testing.TB, h *trial.Hub, url string) *ctl {
	t.Helper()
	c := newCtl(t)
	c.good("enrol", "--hub", url, "--code", h.Code("demo_borgo", "demo_borgo-urp"), "--ca", h.CA())
	return c
}

type statusJSON struct {
	Enrolled        bool
	Sheets          int
	Version         int64  `json:"catalogue_version"`
	CatalogueDigest string `json:"catalogue_digest"`
	Waiting         int
	Quarantined     int
	Problem         string
	Authority       string
}

func (c *ctl) status() statusJSON {
	c.t.Helper()
	return decode[statusJSON](c.t, c.good("--json", "status"))
}

func TestCounterWithoutWindow(t *testing.T) {
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	c := enrolled(t, h, h.URL)
	c.good("sync")
	st := c.status()
	if !st.Enrolled || st.Sheets < 80 || st.Problem != "" || st.Authority != "demo_borgo" {
		t.Fatalf("status %+v", st)
	}
	h.Stop() // from here on offline

	res := decode[searchJSON](t, c.good("search", "--json", "--limit", "5", "carta", "identita", "smarita"))
	if res.Corrected != "carta identità smarrita" || len(res.Hits) == 0 || res.Hits[0].Code != "demo_borgo-0002" {
		t.Fatalf("search: corrected %q, hits %+v", res.Corrected, res.Hits)
	}
	local := decode[searchJSON](t, c.good("search", "--json", "--filter", "authority=demo_ponte", "carta identità"))
	for _, hit := range local.Hits {
		if hit.Authority != "demo_ponte" {
			t.Errorf("filter lets %s of %s through", hit.Code, hit.Authority)
		}
	}
	if local.Total == 0 || local.Total != len(local.Hits) {
		t.Errorf("filtered: %d, shown %d", local.Total, len(local.Hits))
	}

	sheet := decode[app.Sheet](t, c.good("sheet", "demo_borgo-0002", "--json"))
	if sheet.Base != "r_piemon-0002" {
		t.Errorf("sheet %+v", sheet)
	}
	if text := c.good("sheet", "r_piemon-0002", "--lang", "en"); !strings.Contains(text, "identity card") {
		t.Errorf("English text: %.200s", text)
	}
	pdf := filepath.Join(t.TempDir(), "foglio.pdf")
	c.good("sheet", "demo_borgo-0002", "--pdf", pdf)
	if b, err := os.ReadFile(pdf); err != nil || !bytes.HasPrefix(b, []byte("%PDF-")) {
		t.Errorf("pdf: %d bytes, %v", len(b), err)
	}

	for _, args := range [][]string{
		{"demo_borgo-0002", "--large"}, {"demo_borgo-0002", "r_piemon-0006", "--complete", "--lang", "en"}, {"--offices", "demo_borgo"},
	} {
		c.good(append([]string{"print", "--pdf", pdf}, args...)...)
		if b, err := os.ReadFile(pdf); err != nil || !bytes.HasPrefix(b, []byte("%PDF-")) {
			t.Errorf("print %v: %d bytes, %v", args, len(b), err)
		}
	}
	c.bad(app.CodeSheetNotFound, "print", "demo_borgo-0002", "x-1", "--pdf", pdf)
	c.bad(app.CodeNotFound, "print", "--offices", "x", "--pdf", pdf)
	c.bad(app.CodeUsage, "print", "--pdf", pdf)
	c.bad(app.CodeUsage, "print", "demo_borgo-0002")
	c.bad(app.CodeInvalid, "print", "demo_borgo-0002", "--lang", "xx", "--pdf", pdf)
	c.bad(app.CodeNotFound, "receipt", "1999-00001", "--pdf", pdf)

	out := c.good("contact", "add", "--channel", "in_person", "--user", "citizen", "--outcome", "resolved",
		"--sheet", "demo_borgo-0002@handed-out", "--sheet", "r_piemon-0006", "--note", "riservata")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	id := lines[len(lines)-1]
	list := decode[map[string][]app.Contact](t, c.good("contact", "list", "--json"))["contacts"]
	if len(list) != 1 || list[0].ID != id || len(list[0].Sheets) != 2 || !list[0].Sheets[0].HandedOut || list[0].Sheets[1].HandedOut ||
		list[0].Sheets[0].Version < 1 || list[0].Operator == "" || list[0].Office != "demo_borgo-urp" {
		t.Fatalf("contact %s: %+v", id, list)
	}
	c.good("receipt", list[0].Number, "--lang", "en", "--pdf", pdf)
	if b, err := os.ReadFile(pdf); err != nil || !bytes.HasPrefix(b, []byte("%PDF-")) {
		t.Errorf("receipt: %d bytes, %v", len(b), err)
	}
	c.bad(app.CodeHubUnreachable, "sync")
	if st := c.status(); st.Waiting != 1 || st.Sheets < 80 {
		t.Fatalf("offline: %+v", st)
	}

	h.Serve() // another port: the hub of the enrolment is at another address now
	exported := h.Run("export", "--type", "contact")
	if strings.Contains(exported, id) {
		t.Fatal("the contact is there before it was sent")
	}
	csv := filepath.Join(t.TempDir(), "contatti.csv")
	c.good("contact", "list", "--csv", csv)
	if b, err := os.ReadFile(csv); err != nil || !strings.Contains(string(b), id) || strings.Contains(string(b), "riservata") {
		t.Errorf("csv: %s %v", b, err)
	}
}

func TestContactsArriveOnceAndChangesFollow(t *testing.T) {
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	c := enrolled(t, h, h.URL)
	c.good("sync")
	for range 3 {
		c.good("contact", "add", "--channel", "phone", "--user", "business", "--outcome", "unmet", "--unmet-reason", "sheet_missing")
	}
	c.good("sync")
	c.good("sync")
	if n := strings.Count(h.Run("export", "--type", "contact"), `"type":"contact"`); n != 3 {
		t.Fatalf("the hub has %d contacts, want 3", n)
	}
	if st := c.status(); st.Waiting != 0 || st.Quarantined != 0 {
		t.Fatalf("status %+v", st)
	}
	before := c.status()
	change := filepath.Join(t.TempDir(), "nuova.jsonl")
	text := `{"type":"sheet","code":"demo_borgo-0999","authority":"demo_borgo","language":"it","title":"Lampioni spenti: segnalazione"}` + "\n"
	if err := os.WriteFile(change, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h.Run("import", change) // beside the running serve
	c.good("sync")
	if st := c.status(); st.CatalogueDigest != before.CatalogueDigest {
		t.Fatal("an unpublished line reached the workstation")
	}
	h.Run("publish")
	c.good("sync")
	if st := c.status(); st.Sheets != before.Sheets+1 || st.Version <= before.Version {
		t.Fatalf("after publish: %+v", st)
	}
	if res := decode[searchJSON](t, c.good("search", "--json", "lampioni spenti")); len(res.Hits) == 0 || res.Hits[0].Code != "demo_borgo-0999" {
		t.Fatalf("lampioni spenti: %+v", res.Hits)
	}
}

// Who was given a paper that is out of date can be found.
func TestPapersOfAnEarlierVersion(t *testing.T) {
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	c := enrolled(t, h, h.URL)
	c.good("sync")
	type papers struct{ Papers []outdated }
	for range 2 {
		c.good("contact", "add", "--channel", "in_person", "--user", "citizen", "--outcome", "resolved", "--sheet", "demo_borgo-0002@handed-out")
	}
	c.good("contact", "add", "--channel", "in_person", "--user", "citizen", "--outcome", "resolved", "--sheet", "demo_borgo-0002")
	if out := decode[papers](t, c.good("contact", "papers", "--json")); len(out.Papers) != 0 {
		t.Fatalf("nothing has changed: %+v", out)
	}
	base := strings.Replace(h.Run("export", "--type", "sheet"), `"code":"r_piemon-0002"`, `"alternative_titles":["un altro nome"],"code":"r_piemon-0002"`, 1)
	change := filepath.Join(t.TempDir(), "cambiata.jsonl")
	if err := os.WriteFile(change, []byte(base), 0o600); err != nil {
		t.Fatal(err)
	}
	h.Run("import", change)
	h.Run("publish")
	c.good("sync")
	out := decode[papers](t, c.good("contact", "papers", "--json")).Papers
	if len(out) != 1 || out[0].Code != "demo_borgo-0002" || out[0].Copies != 2 || len(out[0].Contacts) != 2 || out[0].ToTell != 0 {
		t.Fatalf("after the region changed the base of the sheet: %+v", out)
	}
	if text := c.good("contact", "papers"); !strings.Contains(text, "2 fogli dati · 2 contatti") {
		t.Error(text)
	}
	if text := c.good("contact", "papers", "--csv", "-"); strings.Count(text, "\n") != 3 {
		t.Error(text)
	}
}

func TestBadInput(t *testing.T) {
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	c := newCtl(t)
	c.bad(app.CodeNotEnrolled, "sync")
	c.bad(app.CodeNotEnrolled, "contact", "add", "--channel", "phone", "--user", "citizen", "--outcome", "resolved")
	c.bad(app.CodeEnrolmentCode, "enrol", "--hub", h.URL, "--code", "AAAA-BBBB-CCCC", "--ca", h.CA())
	c.bad(app.CodeHubCertificate, "enrol", "--hub", h.URL, "--code", "AAAA-BBBB-CCCC")
	c.bad(app.CodeInvalid, "enrol", "--hub", "http://127.0.0.1:1", "--code", "AAAA-BBBB-CCCC")
	c.bad(app.CodeHubUnreachable, "enrol", "--hub", "https://127.0.0.1:1", "--code", "AAAA-BBBB-CCCC")
	c.bad(app.CodeFile, "enrol", "--hub", h.URL, "--code", "AAAA-BBBB-CCCC", "--ca", "no-such.pem")
	c.bad(app.CodeUsage, "enrol")
	c.bad(app.CodeUsage, "dance")
	c.bad(app.CodeUsage, "search", "--colour", "red")
	code := h.Code("demo_borgo", "demo_borgo-urp")
	c.good("enrol", "--hub", h.URL, "--code", code, "--ca", h.CA())
	c.bad(app.CodeAlreadyEnrolled, "enrol", "--hub", h.URL, "--code", code, "--ca", h.CA())
	other := newCtl(t)
	other.bad(app.CodeEnrolmentCode, "enrol", "--hub", h.URL, "--code", code, "--ca", h.CA())
	c.good("sync")
	c.bad(app.CodeSheetNotFound, "sheet", "nessuna-0000")
	c.bad(app.CodeSheetNotFound, "contact", "add", "--channel", "phone", "--user", "citizen", "--outcome", "resolved", "--sheet", "nessuna-0000")
	c.bad(app.CodeInvalid, "contact", "add", "--channel", "pigeon", "--user", "citizen", "--outcome", "resolved")
	c.bad(app.CodeInvalid, "contact", "list", "--from", "yesterday")
	c.bad(app.CodeInvalid, "search", "--filter", "mood=good", "x")
	c.bad(app.CodeFile, "sheet", "r_piemon-0001", "--pdf", filepath.Join(t.TempDir(), "no", "such", "folder.pdf"))
	for _, q := range []string{"", `"`, `-`, `"carta`, strings.Repeat("à ", 5000), "\x00\xff\xfe", "((((", "* OR *", "'; DROP TABLE entity;--"} {
		c.good("search", "--json", "--", q)
	}
	if list := decode[map[string][]app.Contact](t, c.good("contact", "list", "--json"))["contacts"]; len(list) != 0 {
		t.Errorf("refused contacts were stored: %+v", list)
	}
}

func TestBadFolders(t *testing.T) {
	c := newCtl(t)
	file := filepath.Join(t.TempDir(), "un-file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.folder = file
	c.bad(app.CodeFolder, "status")
	c.folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(c.folder, "ufficio.db"), bytes.Repeat([]byte("not a database "), 500), 0o600); err != nil {
		t.Fatal(err)
	}
	c.bad(app.CodeOfficeDamaged, "status")
}

func TestDamagedCatalogueComesBack(t *testing.T) {
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	c := enrolled(t, h, h.URL)
	c.good("sync")
	c.good("contact", "add", "--channel", "phone", "--user", "citizen", "--outcome", "resolved")
	sheets := c.status().Sheets
	if err := os.WriteFile(filepath.Join(c.folder, "catalogo.db"), bytes.Repeat([]byte("garbage "), 9000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errs, code := c.run("status")
	if code != 0 || !strings.Contains(errs, "danneggiato") {
		t.Fatalf("the damage is not told: exit %d %q", code, errs)
	}
	c.good("search", "carta")
	c.good("sync")
	if st := c.status(); st.Sheets != sheets || st.Problem != "" {
		t.Fatalf("after the new download: %+v", st)
	}
	if list := decode[map[string][]app.Contact](t, c.good("contact", "list", "--json"))["contacts"]; len(list) != 1 {
		t.Fatalf("contacts: %d", len(list))
	}
}

// The hub goes away in the middle of a synchronisation, at many places; what
// was there stays, and the next synchronisation ends well.
func TestHubStopsInTheMiddle(t *testing.T) {
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	cut := trial.NewCutter(t, h.URL)
	c := enrolled(t, h, cut.URL)
	sheets := 0
	for _, after := range []int64{0, 1, 500, 3000, 6000, 20_000, 60_000, 100_000, 140_000} {
		cut.CutAfter(after)
		if _, errs, code := c.run("sync"); code == 0 {
			t.Errorf("cut after %d bytes: the synchronisation says it worked", after)
		} else if !strings.Contains(errs, "hint: ") {
			t.Errorf("cut after %d bytes: %q", after, errs)
		}
		if st := c.status(); st.Sheets != 0 && st.CatalogueDigest == "" {
			t.Fatalf("half a catalogue: %+v", st)
		}
		c.good("search", "carta")
	}
	cut.CutAfter(-1)
	c.good("sync")
	if sheets = c.status().Sheets; sheets < 80 {
		t.Fatalf("%d sheets", sheets)
	}
	c.good("contact", "add", "--channel", "phone", "--user", "citizen", "--outcome", "resolved")
	cut.CutAfter(2500)
	_, _, _ = c.run("sync")
	cut.CutAfter(-1)
	c.good("sync")
	if n := strings.Count(h.Run("export", "--type", "contact"), `"type":"contact"`); n != 1 {
		t.Fatalf("the hub has the contact %d times", n)
	}
	if st := c.status(); st.Waiting != 0 || st.Sheets != sheets {
		t.Fatalf("%+v", st)
	}
}

// Logging on a full disk says so and loses nothing that was logged before.
func TestFullDiskWhileLogging(t *testing.T) {
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	c := newCtl(t)
	c.folder = t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", c.folder).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: a small tmpfs cannot be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", c.folder).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	c.good("enrol", "--hub", h.URL, "--code", h.Code("demo_borgo", "demo_borgo-urp"), "--ca", h.CA())
	c.good("contact", "add", "--channel", "phone", "--user", "citizen", "--outcome", "resolved")
	filler := filepath.Join(c.folder, "riempimento")
	if out, err := exec.Command("dd", "if=/dev/zero", "of="+filler, "bs=4k").CombinedOutput(); err == nil {
		t.Fatalf("the disk is not full: %s", out)
	}
	c.bad(app.CodeDiskFull, "contact", "add", "--channel", "phone", "--user", "citizen", "--outcome", "resolved", "--note", strings.Repeat("nota ", 5000))
	c.bad(app.CodeDiskFull, "sync")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	c.good("contact", "add", "--channel", "phone", "--user", "citizen", "--outcome", "resolved")
	if list := decode[map[string][]app.Contact](t, c.good("contact", "list", "--json"))["contacts"]; len(list) != 2 {
		t.Fatalf("%d contacts, want the two that were acknowledged", len(list))
	}
}
