package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"polis/app"
	"polis/app/exchange"
	"polis/app/region"
	"polis/cmd/trial"
)

func (h *hub) bundle(p region.BundleParams) []byte {
	h.t.Helper()
	var out bytes.Buffer
	_, err := h.now.Load().Bundle(context.Background(), p, &out)
	ok(h.t, err)
	return out.Bytes()
}

// away stands between a workstation and any network.
func (h *hub) away() { h.stand(on("", nobody)) }

// A stick is carried while bits of it rot, at many places and in each kind of
// bundle: whatever arrives is refused and changes nothing, or is exactly what
// the hub signed.
func TestRottenBundles(t *testing.T) {
	for name, compress := range map[string]bool{"plain": false, "packed": true} {
		t.Run(name, func(t *testing.T) {
			h, d := counter(t)
			colleague := newDesk(t, h, filepath.Join(h.folder, "colleague"), "demo-urp")
			defer colleague.close()
			colleague.log(nil, app.Personal{})
			colleague.sync("")
			was := d.held()
			h.publish(9, "Tessera")
			h.attach("%PDF-1.7 modulo")
			_, m := h.signed()
			h.away()
			file := h.bundle(region.BundleParams{Since: sinceOf(t, was.Cursor), Devices: []string{d.device().ID}, Compress: compress})
			refused, harmless := 0, 0
			try := func(what string, rotten []byte) {
				_, err := d.Engine.ImportBundle(context.Background(), bytes.NewReader(rotten))
				code := app.ErrorCode(err)
				switch {
				case code == app.CodeBundle || code == app.CodeBundleGap || code == app.CodeBundleOlder:
					refused++
				case err == nil && d.held().Digest == m.CatalogDigest: // a bit that fills a tar up, unpacked
					harmless++
					was = d.held()
				default:
					t.Errorf("%s: the person sees %v", what, err)
				}
				d.untouched(was)
			}
			step := max(1, len(file)/150)
			for at := 0; at < len(file); at++ {
				if at%step != 0 || file[at] == 0 { // what fills a tar up says nothing
					continue
				}
				rotten := bytes.Clone(file)
				rotten[at] ^= 0x10
				try(fmt.Sprint("bit at ", at), rotten)
			}
			for size := 0; size < len(file)-1024; size += 3 * step { // so does its end
				try(fmt.Sprint("cut at ", size), file[:size])
			}
			if refused < 80 {
				t.Errorf("only %d tries", refused)
			}
			t.Logf("%d refused, %d harmless", refused, harmless)
			sum, err := d.Engine.ImportBundle(context.Background(), bytes.NewReader(file))
			ok(t, err)
			if sum.Received == 0 && harmless == 0 {
				t.Error("nothing of the colleague came")
			}
			if d.held().Digest != m.CatalogDigest {
				t.Error("the catalogue is not the hub's")
			}
			list, err := d.Office.Contacts(context.Background(), app.Span{}, 0)
			if err != nil || len(list) != 1 || !list[0].Colleague {
				t.Errorf("the colleague's contact: %+v %v", list, err)
			}
		})
	}
}

// TestBundlesOfAnotherTime: what is older than what is here, another hub's, or
// has a gap before it.
func TestBundlesOfAnotherTime(t *testing.T) {
	h, d := counter(t)
	ctx := context.Background()
	older := h.bundle(region.BundleParams{})
	h.load(`{"type":"sheet","code":"demo-solo","authority":"demo","language":"it","title":"Una sola numero 1"}`+"\n", false)
	since := sinceOf(t, must[exchange.Held](t)(d.Catalogue.Held(ctx)).Cursor)
	_, m := h.signed()
	between := sinceOf(t, m.Cursor)
	h.publish(9, "Seconda")
	another := newHub(t, t.TempDir(), nil)
	defer another.close()
	another.publish(9, "Altrui")
	newest := h.bundle(region.BundleParams{Since: since})
	gap := h.bundle(region.BundleParams{Since: between})
	foreign := another.bundle(region.BundleParams{})
	h.away()
	was := d.held()
	for name, tt := range map[string]struct {
		file []byte
		code app.Code
	}{
		"a gap":         {gap, app.CodeBundleGap},
		"another hub's": {foreign, app.CodeBundle},
		"no bundle":     {[]byte("non è una chiavetta di POLIS"), app.CodeBundle},
		"empty":         {nil, app.CodeBundle},
	} {
		_, err := d.Engine.ImportBundle(ctx, bytes.NewReader(tt.file))
		if app.ErrorCode(err) != tt.code {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
		d.untouched(was)
	}
	_, err := d.Engine.ImportBundle(ctx, bytes.NewReader(newest))
	ok(t, err)
	was = d.held()
	_, err = d.Engine.ImportBundle(ctx, bytes.NewReader(older))
	wantCode(t, err, app.CodeBundleOlder)
	d.untouched(was)
	_, err = d.Engine.ImportBundle(ctx, bytes.NewReader(newest)) // twice is once
	ok(t, err)
	d.untouched(was)
	d.heals()
}

// ctl runs the real polisctl on a folder.
type ctl struct {
	t               testing.TB
	program, folder string
}

func (c ctl) try(args ...string) (out, errs string, err error) {
	cmd := exec.CommandContext(c.t.Context(), c.program, append([]string{"--data", c.folder}, args...)...)
	cmd.Env = append(os.Environ(), "POLIS_LANG=it", "POLIS_KEYRING=off")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

func (c ctl) good(args ...string) string {
	c.t.Helper()
	out, errs, err := c.try(args...)
	if err != nil {
		c.t.Fatalf("polisctl %v: %v\n%s%s", args, err, out, errs)
	}
	return out
}

// TestPolisctlBesideTheWindow logs and synchronises on a folder that another
// program has open and synchronises too.
func TestPolisctlBesideTheWindow(t *testing.T) {
	h, d := counter(t)
	beside := ctl{t, trial.Build(t, "polisctl", "CGO_ENABLED=0"), d.folder}
	var saved []string
	for n := range 4 {
		window := make(chan error, 1)
		h.publish(5+n, fmt.Sprint("Giro", n))
		saved = append(saved, d.log(nil, app.Personal{}).ID)
		go func() {
			_, err := d.Engine.Sync(context.Background())
			window <- err
		}()
		out := strings.Fields(beside.good("contact", "add", "--channel", "phone", "--user", "citizen", "--outcome", "resolved"))
		saved = append(saved, out[len(out)-1])
		beside.good("sync")
		beside.good("search", "numero")
		ok(t, <-window)
		d.searches()
	}
	d.heals(saved...)
}

type ctlStatus struct {
	Sheets, Waiting, Quarantined int
	Digest                       string `json:"catalogue_digest"`
}

func (c ctl) status() (s ctlStatus) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.good("status", "--json")), &s); err != nil {
		c.t.Fatal(err)
	}
	return s
}

// exported writes what waits into a file and returns how many items it has.
func (c ctl) exported(path string) int {
	c.t.Helper()
	var answer struct{ Items int }
	if err := json.Unmarshal([]byte(c.good("export-uploads", path, "--json")), &answer); err != nil {
		c.t.Fatal(err)
	}
	return answer.Items
}

// TestStickByTheRealPrograms is a workstation without a network from its first
// day on: catalogue, changes, what colleagues logged and receipts come by
// polis-hub bundle, contacts go by polisctl export-uploads.
func TestStickByTheRealPrograms(t *testing.T) {
	hub := trial.NewHub(t)
	hub.Run(append([]string{"import"}, trial.SampleFiles(t)...)...)
	digest := after(t, hub.Run("publish"), "digest ")
	hub.Serve()
	stick := t.TempDir()
	desk := ctl{t, trial.Build(t, "polisctl", "CGO_ENABLED=0"), filepath.Join(t.TempDir(), "postazione")}
	desk.good("enrol", "--hub", hub.URL, "--code", hub.Code("demo_borgo", "demo_borgo-urp"), "--ca", hub.CA())
	hub.Stop() // there is no network from here on
	_, row, _ := strings.Cut(hub.Run("device", "list"), "\n")
	device := strings.Fields(row)[0]

	whole := filepath.Join(stick, "tutto.polis")
	hub.Run("bundle", "-o", whole, "--device", device)
	desk.good("import", whole)
	if s := desk.status(); s.Digest != digest || s.Sheets < 80 {
		t.Fatalf("%+v, want %s", s, digest)
	}
	for n := range 3 {
		desk.good("contact", "add", "--channel", "phone", "--user", "citizen", "--outcome", "resolved", "--note", fmt.Sprint("nota ", n))
	}
	uploads := filepath.Join(stick, "contatti.age")
	items := desk.exported(uploads)
	if text, err := os.ReadFile(uploads); err != nil || bytes.Contains(text, []byte("nota")) || items < 3 || desk.status().Waiting != 3 {
		t.Fatalf("%d items, %+v, %v", items, desk.status(), err)
	}
	first := hub.Run("import-uploads", uploads)
	if again := hub.Run("import-uploads", uploads); again != first || !strings.Contains(first, fmt.Sprint(items, " created")) {
		t.Errorf("first %q, then %q", first, again) // a replay has the same verdicts
	}
	other := filepath.Join(stick, "di-nuovo.age")
	if more := desk.exported(other); more < items { // nobody told it that they arrived
		t.Errorf("%d items, then %d", items, more)
	}
	if text := hub.Run("import-uploads", other); !strings.Contains(text, fmt.Sprint(items, " duplicate")) {
		t.Errorf("sent again: %q", text)
	}
	if n := strings.Count(hub.Run("export", "--type", "contact"), `"type":"contact"`); n != 3 {
		t.Fatalf("%d contacts at the hub", n)
	}
	if s := desk.status(); s.Waiting != 3 {
		t.Fatalf("%+v: nobody told the workstation yet", s)
	}
	rotten := must[[]byte](t)(os.ReadFile(uploads))
	rotten[len(rotten)/2] ^= 1
	ok(t, os.WriteFile(uploads, rotten, 0o600))
	if out, err := hub.Try("import-uploads", uploads); err == nil {
		t.Errorf("rotten uploads were taken: %s", out)
	}

	change := filepath.Join(stick, "nuova.jsonl")
	ok(t, os.WriteFile(change, []byte(`{"type":"sheet","code":"demo_borgo-0999","authority":"demo_borgo","language":"it","title":"Lampioni spenti"}`+"\n"), 0o600))
	hub.Run("import", change)
	digest = after(t, hub.Run("publish"), "digest ")
	delta := filepath.Join(stick, "novita.polis")
	hub.Run("bundle", "-o", delta, "--device", device, "--since", "1", "--zstd")
	desk.good("import", delta)
	if s := desk.status(); s.Digest != digest || s.Quarantined != 0 {
		t.Fatalf("%+v, want %s", s, digest)
	}
	desk.good("import", delta) // twice is once
	list := desk.good("contact", "list", "--json")
	if n := strings.Count(list, `"id"`); n != 3 {
		t.Errorf("%d contacts here", n)
	}
	// What the workstation sealed only afterwards goes with the next stick.
	if desk.exported(uploads) > 0 {
		hub.Run("import-uploads", uploads)
		hub.Run("bundle", "-o", delta, "--device", device, "--since", "1")
		desk.good("import", delta)
	}
	if s := desk.status(); s.Waiting != 0 || s.Quarantined != 0 {
		t.Errorf("%+v after the receipts", s)
	}
	if _, errs, err := desk.try("import", whole); err == nil || !strings.Contains(errs, "hint: ") {
		t.Errorf("an older stick: %v %s", err, errs)
	}
	if s := desk.status(); s.Digest != digest {
		t.Errorf("%+v after an older stick", s)
	}
}

func after(t *testing.T, text, word string) string {
	t.Helper()
	_, rest, found := strings.Cut(strings.TrimSpace(text), word)
	if !found {
		t.Fatalf("no %q in %q", word, text)
	}
	return rest
}
