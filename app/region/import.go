package region

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// MaxBlob is the largest attachment or logo, in bytes.
const MaxBlob = 50 << 20

// UnknownType is the row of an import's table for lines whose type cannot be
// read.
const UnknownType = "?"

// Source is one file to import, perhaps compressed with gzip or zstd.
type Source struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// ImportParams say what to import and how.
type ImportParams struct {
	Sources []Source
	Strict  bool          // refuse everything when a line is bad
	Blobs   fs.FS         // attachments and logos; nil for none
	Refused func(Refusal) // is told every bad line; may be nil
}

// Refusal is a line that could not be read.
type Refusal struct {
	Source string
	Line   int
	Reason string
}

// Tally counts the lines of one type.
type Tally struct{ New, Changed, Unchanged, Deleted, Refused int }

// Warning is something odd that cost nothing: how often and where first.
type Warning struct {
	Text   string
	Count  int
	Source string
	Line   int
}

// ImportReport says what an import did.
type ImportReport struct {
	Types                map[string]Tally
	Warnings             []Warning
	BlobsNew, BlobsKnown int
}

func (r *ImportReport) refused() (refused, read int) {
	for _, t := range r.Types {
		refused += t.Refused
		read += t.New + t.Changed + t.Unchanged + t.Deleted
	}
	return refused, read
}

// step is one line that will be applied. The line itself is kept only when
// its content is not stored yet.
type step struct {
	Key
	hash    string
	line    []byte
	deleted bool
}

// Import reads every source first, then changes the working lines in one
// short transaction: uploads never wait for a slow pipe. Codes:
// CodeImportRefused (n lines in strict mode, or nothing could be read),
// CodeFile (path), CodeInvalid, and those of the storage.
func (h *Hub) Import(ctx context.Context, p ImportParams) (ImportReport, error) {
	in := reading{params: p, types: map[string]Tally{}, warned: map[string]int{}}
	err := h.store.View(ctx, func(tx Tx) (err error) {
		in.known, err = tx.WorkingHashes()
		return err
	})
	if err != nil {
		return ImportReport{}, err
	}
	for _, s := range p.Sources {
		if err := in.source(ctx, s); err != nil {
			return ImportReport{}, err
		}
	}
	report := ImportReport{Types: in.types, Warnings: in.warnings}
	if refused, _ := report.refused(); refused > 0 && (p.Strict || len(in.steps) == 0) {
		return report, app.Fault(app.CodeImportRefused, nil, "n", strconv.Itoa(refused))
	}
	if p.Blobs != nil {
		if err := h.importBlobs(ctx, p.Blobs, &report); err != nil {
			return report, err
		}
	}
	report.Types, err = h.apply(ctx, in.steps, in.types)
	return report, err
}

// apply runs the steps over the working lines and counts them.
func (h *Hub) apply(ctx context.Context, steps []step, refused map[string]Tally) (map[string]Tally, error) {
	var types map[string]Tally
	err := h.store.Update(ctx, func(tx Tx) error {
		types = map[string]Tally{}
		for kind, t := range refused {
			types[kind] = t
		}
		state, err := tx.WorkingHashes()
		if err != nil {
			return err
		}
		changed := false
		for _, s := range steps {
			if s, err = s.marked(tx, state); err != nil {
				return err
			}
			did, err := s.apply(tx, state, types)
			if err != nil {
				return err
			}
			changed = changed || did
		}
		if !changed {
			return nil
		}
		return tx.CountImport()
	})
	return types, err
}

// marked lets an authority keep what its membership says: files that are
// imported know nothing of who left the network, or was taken back.
func (s step) marked(tx Tx, state map[Key]string) (step, error) {
	if hash, exists := state[s.Key]; s.Type != wire.TypeAuthority || s.deleted || !exists || hash == s.hash {
		return s, nil
	}
	was, found, err := tx.WorkingLine(s.Key)
	if err != nil || !found {
		return s, err
	}
	old, err := was.Authority()
	if err != nil {
		return s, err
	}
	if s.line == nil { // it was the same when the file was read, and changed since
		return step{Key: s.Key, hash: was.Hash}, nil
	}
	now, err := wire.Entity{Type: s.Type, ID: s.ID, Line: s.line}.Authority()
	if err != nil || now.EndedOn == old.EndedOn {
		return s, err
	}
	if old.EndedOn == "" {
		active, err := tx.MembershipsOf(s.ID, membership.Active)
		if err != nil || len(active) == 0 {
			return s, err
		}
	}
	e, err := endedLine(s.line, old.EndedOn)
	return step{Key: s.Key, hash: e.Hash, line: e.Line}, err
}

// endedLine is an authority's line with another mark; what else it says stays.
func endedLine(line []byte, on app.Date) (wire.Entity, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(line, &fields); err != nil {
		return wire.Entity{}, err
	}
	delete(fields, "ended_on")
	if on != "" {
		raw, err := json.Marshal(on)
		if err != nil {
			return wire.Entity{}, err
		}
		fields["ended_on"] = raw
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return wire.Entity{}, err
	}
	e, _, err := wire.ParseLine(raw)
	return e, err
}

func (s step) apply(tx Tx, state map[Key]string, types map[string]Tally) (changed bool, err error) {
	was, exists := state[s.Key]
	t := types[s.Type]
	switch {
	case s.deleted && exists:
		t.Deleted++
		delete(state, s.Key)
		changed, err = true, tx.DeleteWorking(s.Key)
	case s.deleted, exists && was == s.hash:
		t.Unchanged++
	default:
		if exists {
			t.Changed++
		} else {
			t.New++
		}
		state[s.Key] = s.hash
		changed, err = true, tx.PutWorking(wire.Entity{Type: s.Type, ID: s.ID, Hash: s.hash, Line: s.line})
	}
	types[s.Type] = t
	return changed, err
}

// reading collects the steps of all sources.
type reading struct {
	params   ImportParams
	known    map[Key]string // hashes as of the line read last
	steps    []step
	types    map[string]Tally
	warnings []Warning
	warned   map[string]int // place in warnings
}

func (in *reading) source(ctx context.Context, s Source) error {
	file, err := s.Open()
	if err != nil {
		return app.Fault(app.CodeFile, err, "path", s.Name)
	}
	err = in.lines(ctx, s.Name, file)
	if cerr := file.Close(); err == nil && cerr != nil {
		err = app.Fault(app.CodeFile, cerr, "path", s.Name)
	}
	return err
}

func (in *reading) lines(ctx context.Context, name string, r io.Reader) error {
	plain, done, err := decompress(r)
	if err != nil {
		return app.Fault(app.CodeFile, err, "path", name)
	}
	defer done()
	err = wire.Lines(plain, func(number int, line []byte) error {
		if number%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		in.line(name, number, line)
		return nil
	})
	if err != nil && ctx.Err() == nil {
		return app.Fault(app.CodeFile, err, "path", name)
	}
	return err
}

func (in *reading) line(name string, number int, line []byte) {
	s, warnings, err := in.parse(line)
	if err != nil {
		kind := lineType(line)
		t := in.types[kind]
		t.Refused++
		in.types[kind] = t
		if in.params.Refused != nil {
			in.params.Refused(Refusal{Source: name, Line: number, Reason: err.Error()})
		}
		return
	}
	in.steps = append(in.steps, s)
	for _, text := range warnings {
		in.warn(text, name, number)
	}
}

func (in *reading) warn(text, name string, number int) {
	i, seen := in.warned[text]
	if !seen {
		i = len(in.warnings)
		in.warned[text] = i
		in.warnings = append(in.warnings, Warning{Text: text, Source: name, Line: number})
	}
	in.warnings[i].Count++
}

func (in *reading) parse(line []byte) (step, []string, error) {
	if line == nil {
		return step{}, nil, fmt.Errorf("longer than %d bytes", wire.MaxLine)
	}
	if k, isDeletion, err := deletion(line); isDeletion || err != nil {
		var warnings []string
		if _, exists := in.known[k]; err == nil && !exists {
			warnings = append(warnings, "deletion of something that is not in the catalogue")
		}
		delete(in.known, k)
		return step{Key: k, deleted: true}, warnings, err
	}
	e, warnings, err := wire.ParseLine(line)
	if err != nil {
		return step{}, nil, err
	}
	s := step{Key: Key{e.Type, e.ID}, hash: e.Hash, line: e.Line}
	if in.known[s.Key] == e.Hash {
		s.line = nil
	}
	in.known[s.Key] = e.Hash
	return s, warnings, nil
}

// deletion recognises {"type","id","op":"delete"}.
func deletion(line []byte) (Key, bool, error) {
	if !bytes.Contains(line, []byte(`"op"`)) {
		return Key{}, false, nil
	}
	var d struct{ Type, ID, Code, Op string }
	if err := json.Unmarshal(line, &d); err != nil || d.Op != "delete" {
		return Key{}, false, nil // ParseLine says what is wrong with it
	}
	if d.ID == "" && d.Type == wire.TypeSheet {
		d.ID = d.Code
	}
	k := Key{d.Type, d.ID}
	if !slices.Contains(CatalogueTypes(), d.Type) {
		return k, true, errors.New("deletion of an unknown type")
	}
	if d.ID == "" {
		return k, true, errors.New(`the field "id" is missing`)
	}
	return k, true, nil
}

// CatalogueTypes lists the types of the catalogue's lines.
func CatalogueTypes() []string {
	return []string{wire.TypeAuthority, wire.TypeBestBet, wire.TypeEvent, wire.TypeOffice, wire.TypeSheet, wire.TypeSynonym}
}

func lineType(line []byte) string {
	var head struct{ Type string }
	if json.Unmarshal(line, &head) == nil && slices.Contains(CatalogueTypes(), head.Type) {
		return head.Type
	}
	return UnknownType
}

// importBlobs stores every regular file of the folder by its content.
func (h *Hub) importBlobs(ctx context.Context, from fs.FS, report *ImportReport) error {
	return fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return app.Fault(app.CodeFile, err, "path", name)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return app.Fault(app.CodeFile, err, "path", name)
		}
		if info.Size() == 0 || info.Size() > MaxBlob {
			report.Warnings = append(report.Warnings, Warning{Text: "file left out: empty or larger than 50 MiB", Count: 1, Source: name})
			return nil
		}
		isNew, err := h.importBlob(from, name)
		switch {
		case err != nil:
			return err
		case isNew:
			report.BlobsNew++
		default:
			report.BlobsKnown++
		}
		return nil
	})
}

func (h *Hub) importBlob(from fs.FS, name string) (bool, error) {
	f, err := from.Open(name)
	if err != nil {
		return false, app.Fault(app.CodeFile, err, "path", name)
	}
	isNew, err := h.files.CreateBlob(f)
	return isNew, errors.Join(err, f.Close())
}
