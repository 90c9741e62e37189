package station_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"polis/app"
	"polis/cmd/station"
	"polis/cmd/trial"
)

// region is a hub with the settings and the catalogue that it gives away.
func region(t *testing.T) (settings, bundle string) {
	t.Helper()
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	folder := t.TempDir()
	settings, bundle = filepath.Join(folder, "rete.json"), filepath.Join(folder, "catalogo.polis")
	h.Run("settings", "--public-ca", "--address", "https://hub.example", "--out", settings)
	h.Run("bundle", "-o", bundle)
	return settings, bundle
}

// bare is a workstation that is not enrolled, with nothing beside its program.
func bare(t *testing.T, p station.Params) *station.Station {
	t.Helper()
	if p.Folder == "" {
		p.Folder = t.TempDir()
	}
	if p.Beside == "" {
		p.Beside = t.TempDir()
	}
	s, err := station.Open(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// shows opens the demonstration and reports whether it is of the network's
// catalogue, and why not.
func shows(t *testing.T, s *station.Station) (signed bool, why app.Code) {
	t.Helper()
	d, err := s.Demonstrate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if n := d.Catalogue.Index().Len(); n == 0 {
		t.Error("there is nothing to read")
	}
	if d.Catalogue.Demonstration() != (d.Reading == nil) {
		t.Error("labelled as a sample although it is none, or the other way round")
	}
	if d.Enrolled() || d.Folder == s.Folder {
		t.Error("it is not a workstation of its own")
	}
	return d.Reading != nil, app.ErrorCode(d.Unread)
}

func copied(t *testing.T, from, folder, name string) string {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// use gives a workstation the region's settings.
func use(t *testing.T, s *station.Station, settings string) {
	t.Helper()
	n, err := s.Applications.ReadNetwork(settings)
	if err == nil {
		err = s.Applications.SetNetwork(context.Background(), n)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A workstation without a code: first the sample; with the region's settings
// and a catalogue in a file, that one; spoilt on the disk, the sample again
// and the reason; a new import mends it.
func TestBareWorkstationReadsTheCatalogue(t *testing.T) {
	ctx := context.Background()
	settings, bundle := region(t)
	s := bare(t, station.Params{})
	if signed, why := shows(t, s); signed || why != "" || s.Bundled() {
		t.Fatalf("%v %q before anything was imported", signed, why)
	}
	if _, err := s.KeepBundle(ctx, bundle); app.ErrorCode(err) != app.CodeRoots || s.Bundled() {
		t.Fatalf("kept without knowing who may sign: %v", err)
	}
	use(t, s, settings)
	r, err := s.KeepBundle(ctx, bundle)
	if err != nil || r.Version == 0 || r.Sheets == 0 || !s.Bundled() {
		t.Fatalf("%v: %+v", err, r)
	}
	if signed, why := shows(t, s); !signed || why != "" {
		t.Fatalf("the sample, %q", why)
	}
	if again, err := s.CheckBundle(ctx); err != nil || again != r {
		t.Errorf("%v: %+v, was %+v", err, again, r)
	}

	kept := filepath.Join(s.Folder, station.BundleFile)
	content, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := bytes.Clone(content)
	spoilt[len(spoilt)/2] ^= 1
	for name, text := range map[string][]byte{"tampered": spoilt, "cut off": content[:len(content)/2], "empty": nil} {
		if err := os.WriteFile(kept, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if signed, why := shows(t, s); signed || why != app.CodeBundleUnread {
			t.Errorf("%s: signed %v, %q", name, signed, why)
		}
		if _, err := s.KeepBundle(ctx, kept); app.ErrorCode(err) != app.CodeBundle {
			t.Errorf("%s: kept (%v)", name, err)
		}
	}
	if _, err := s.KeepBundle(ctx, bundle); err != nil {
		t.Fatal(err)
	}
	if signed, why := shows(t, s); !signed || why != "" {
		t.Errorf("not mended: %q", why)
	}
	if err := s.DropBundle(); err != nil || s.Bundled() {
		t.Error(err)
	}
	if signed, why := shows(t, s); signed || why != "" {
		t.Errorf("%v %q after it was removed", signed, why)
	}
}

// Only the own region's keys count: another hub's catalogue is refused when it
// is imported, and when it came into the folder by another way.
func TestForeignCatalogueIsNotRead(t *testing.T) {
	settings, _ := region(t)
	_, foreign := region(t)
	s := bare(t, station.Params{})
	use(t, s, settings)
	if _, err := s.KeepBundle(context.Background(), foreign); app.ErrorCode(err) != app.CodeBundle || s.Bundled() {
		t.Errorf("kept: %v", err)
	}
	copied(t, foreign, s.Folder, station.BundleFile)
	if signed, why := shows(t, s); signed || why != app.CodeBundleUnread {
		t.Errorf("signed %v, %q", signed, why)
	}
}

// A month after it was signed nobody confirms a catalogue any more.
func TestCatalogueIsNotReadForever(t *testing.T) {
	settings, bundle := region(t)
	at := time.Now()
	s := bare(t, station.Params{Clock: app.ClockFunc(func() time.Time { return at })})
	use(t, s, settings)
	if _, err := s.KeepBundle(context.Background(), bundle); err != nil {
		t.Fatal(err)
	}
	at = at.AddDate(0, 0, 29)
	if signed, why := shows(t, s); !signed {
		t.Errorf("after 29 days the sample, %q", why)
	}
	at = at.AddDate(0, 0, 2)
	if signed, why := shows(t, s); signed || why != app.CodeBundleExpired {
		t.Errorf("after 31 days signed %v, %q", signed, why)
	}
}

// Who prepares installations puts two files beside the program: the settings
// are taken over, and the catalogue is read without any step by hand.
func TestPreparedInstallation(t *testing.T) {
	ctx := context.Background()
	settings, bundle := region(t)
	program := t.TempDir()
	copied(t, bundle, program, station.BundleFile)
	s := bare(t, station.Params{Beside: program})
	if signed, why := shows(t, s); signed || why != app.CodeRoots {
		t.Errorf("without settings signed %v, %q", signed, why)
	}
	copied(t, settings, program, station.NetworkFile)
	if err := s.Adopt(ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Applications.Network(ctx); err != nil || n.Hub != "https://hub.example" {
		t.Errorf("%+v %v", n, err)
	}
	if signed, why := shows(t, s); !signed || why != "" {
		t.Errorf("the sample, %q", why)
	}
	if err := os.WriteFile(filepath.Join(program, station.NetworkFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := bare(t, station.Params{Beside: program})
	if err := other.Adopt(ctx); app.ErrorCode(err) != app.CodeNetworkFile {
		t.Errorf("damaged settings: %v", err)
	}
	if signed, why := shows(t, other); signed || why != app.CodeNetworkFile {
		t.Errorf("damaged settings: signed %v, %q", signed, why)
	}
}
