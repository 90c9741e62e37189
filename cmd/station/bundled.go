package station

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"polis/app"
	"polis/app/exchange"
)

// What whoever prepares installations may put beside the program, for
// workstations that are not enrolled: the network's catalogue as "polis-hub
// bundle" writes it, and the settings as "polis-hub settings" does. The
// catalogue also lies in the data folder, where an import puts it; that one
// comes first.
const (
	BundleFile  = "catalogo-rete.polis"
	NetworkFile = "impostazioni-rete.json"
)

// programFolder is where the program lies, "" when the system does not say.
func programFolder() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return filepath.Dir(path)
}

// bundled is the catalogue that can be read here, "" when there is none.
func (s *Station) bundled() string {
	for _, folder := range []string{s.Folder, s.beside} {
		if folder == "" {
			continue
		}
		path := filepath.Join(folder, BundleFile)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// Bundled reports whether the demonstration has a catalogue of the network to
// show; whether it may be trusted is checked when it is opened.
func (s *Station) Bundled() bool { return !s.Enrolled() && s.bundled() != "" }

// roots are the keys by which catalogues are trusted before the enrolment: of
// the settings that a person took from the region, or of those beside the
// program, which then hold for requests too.
func (s *Station) roots(ctx context.Context) ([]string, error) {
	n, err := s.Applications.Network(ctx)
	if err != nil || len(n.Roots) > 0 || s.beside == "" {
		return n.Roots, err
	}
	given, err := s.Applications.ReadNetwork(filepath.Join(s.beside, NetworkFile))
	switch {
	case app.ErrorCode(err) == app.CodeFile && errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case n.Hub == "":
		return given.Roots, s.Applications.SetNetwork(ctx, given)
	case n.Hub != given.Hub: // a person chose another region
		return nil, nil
	}
	return given.Roots, nil
}

// Adopt takes the settings beside the program over when none are known, so
// that a prepared installation can ask to join at once. Without such a file
// nothing happens. CodeNetworkFile.
func (s *Station) Adopt(ctx context.Context) error {
	if s.Enrolled() {
		return nil
	}
	_, err := s.roots(ctx)
	return err
}

// CheckBundle says what the catalogue is that can be read here. CodeNotFound,
// and those of exchange.Engine.CheckBundle.
func (s *Station) CheckBundle(ctx context.Context) (exchange.Reading, error) {
	path := s.bundled()
	if path == "" {
		return exchange.Reading{}, app.Fault(app.CodeNotFound, nil, "what", BundleFile)
	}
	return s.checkBundle(ctx, path)
}

func (s *Station) checkBundle(ctx context.Context, path string) (r exchange.Reading, err error) {
	roots, err := s.roots(ctx)
	if err != nil {
		return r, err
	}
	err = withFile(path, func(f *os.File) (err error) {
		r, err = s.Engine.CheckBundle(ctx, f, roots)
		return err
	})
	return r, err
}

// withFile opens a file for as long as use takes.
func withFile(path string, use func(*os.File) error) error {
	f, err := os.Open(path)
	if err != nil {
		return app.Fault(app.CodeFile, err, "path", path)
	}
	defer func() { _ = f.Close() }() // only read
	return use(f)
}

// KeepBundle checks a catalogue of the network and keeps it in the data
// folder for the demonstration to show. CodeAlreadyEnrolled (it has the
// catalogue of its hub), CodeFile, CodeDiskFull, CodeBundleOlder, and those
// of exchange.Engine.CheckBundle.
func (s *Station) KeepBundle(ctx context.Context, path string) (exchange.Reading, error) {
	if s.Enrolled() {
		n, err := s.network(ctx)
		return exchange.Reading{}, cmp.Or(err, error(app.Fault(app.CodeAlreadyEnrolled, nil, "hub", n.Hub)))
	}
	r, err := s.checkBundle(ctx, path)
	if err != nil {
		return r, err
	}
	// What is kept and does not hold any more keeps nothing out.
	if before, err := s.CheckBundle(ctx); err == nil && r.Older(before) {
		return before, app.Fault(app.CodeBundleOlder, nil)
	}
	kept := filepath.Join(s.Folder, BundleFile)
	if same, err := filepath.Abs(path); err == nil && same == kept {
		return r, nil
	}
	return r, withFile(path, func(f *os.File) error {
		return WriteFile(kept, func(w io.Writer) error { _, err := io.Copy(w, f); return err })
	})
}

// DropBundle forgets the catalogue in the data folder. CodeFile.
func (s *Station) DropBundle() error {
	if err := os.Remove(filepath.Join(s.Folder, BundleFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return app.Fault(app.CodeFile, err, "path", BundleFile)
	}
	return nil
}

// Demonstrate makes the workstation of the demonstration, from the start each
// time: of the network's catalogue when one that is rightly signed lies here,
// else of the sample. Its Reading says which, its Unread why the catalogue
// was not taken.
func (s *Station) Demonstrate(ctx context.Context) (*Station, error) {
	p := Params{Folder: s.Folder, Clock: s.clock}
	path := s.bundled()
	if path == "" {
		return OpenDemonstration(ctx, p)
	}
	roots, err := s.roots(ctx)
	if err == nil {
		var d *Station
		if d, err = openReading(ctx, p, path, roots); err == nil {
			return d, nil
		}
	}
	if ctx.Err() != nil {
		return nil, err
	}
	d, oerr := OpenDemonstration(ctx, p)
	if oerr != nil {
		return nil, oerr
	}
	if d.Unread = err; app.ErrorCode(err) == app.CodeBundle || app.ErrorCode(err) == app.CodeManifest || app.ErrorCode(err) == app.CodeBundleGap {
		d.Unread = app.Fault(app.CodeBundleUnread, err)
	}
	return d, nil
}

// openReading makes a workstation that reads a catalogue of the network and
// is nobody's: what is logged there is not kept.
func openReading(ctx context.Context, p Params, path string, roots []string) (*Station, error) {
	s, err := openAnew(ctx, p)
	if err != nil {
		return nil, err
	}
	var r exchange.Reading
	err = withFile(path, func(f *os.File) (err error) {
		r, err = s.Engine.ReadBundle(ctx, f, roots)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.Reading = &r
	s.as(exchange.Device{Authority: readers, Office: readers, Operator: readers, Role: "operatore"})
	return s, nil
}

// readers is who reads a catalogue without being of the network.
const readers = "consultazione"
