package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"polis/app"
)

// Types of catalogue lines. A workstation keeps lines of other types as they
// are, so that a newer hub does not break an older window.
const (
	TypeAuthority = "authority"
	TypeOffice    = "office"
	TypeSheet     = "sheet"
	TypeEvent     = "event"
	TypeSynonym   = "synonym"
	TypeBestBet   = "best_bet"
)

// MaxLine is the longest line that is read, in bytes.
const MaxLine = 8 << 20

// maxID is the longest identifier, in bytes.
const maxID = 200

// Entity is one line of the catalogue without the version that the hub gives
// it: canonical bytes and their hash.
type Entity struct {
	Type, ID, Hash string
	Line           []byte
}

// Change is one line as it travels: an entity with its version, or its
// tombstone.
type Change struct {
	Entity
	Version int64
	Deleted bool
}

// ParseLine reads a line of an import file. Unknown fields come back as
// warnings; a line that cannot be read is an error.
func ParseLine(raw []byte) (Entity, []string, error) {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return Entity{}, nil, fmt.Errorf("not a JSON object: %w", err)
	}
	target, err := newTarget(head.Type)
	if err != nil {
		return Entity{}, nil, err
	}
	warnings, err := decode(raw, target)
	if err != nil {
		return Entity{}, nil, err
	}
	id, err := target.check()
	if err != nil {
		return Entity{}, nil, err
	}
	line, err := Marshal(target)
	if err != nil {
		return Entity{}, nil, err
	}
	return Entity{Type: head.Type, ID: id, Hash: Hash(line), Line: line}, warnings, nil
}

// target is a line being read: a domain type beside its "type".
type target interface{ check() (id string, err error) }

type (
	authorityLine struct {
		Type string `json:"type"`
		app.Authority
	}
	officeLine struct {
		Type string `json:"type"`
		app.Office
	}
	sheetLine struct {
		Type string `json:"type"`
		app.Sheet
	}
	eventLine struct {
		Type string `json:"type"`
		app.Event
	}
)

func newTarget(kind string) (target, error) {
	switch kind {
	case TypeAuthority:
		return &authorityLine{}, nil
	case TypeOffice:
		return &officeLine{}, nil
	case TypeSheet:
		return &sheetLine{}, nil
	case TypeEvent:
		return &eventLine{}, nil
	case TypeSynonym:
		return &synonymLine{}, nil
	case TypeBestBet:
		return &betLine{}, nil
	case "":
		return nil, errors.New(`the field "type" is missing`)
	}
	return nil, fmt.Errorf("unknown type %q", clip(kind))
}

func (l *authorityLine) check() (string, error) {
	return l.ID, require(l.ID, field{"id", l.ID}, field{"name", l.Name})
}

func (l *officeLine) check() (string, error) {
	return l.ID, require(l.ID, field{"id", l.ID}, field{"authority", l.Office.Authority}, field{"name", l.Name})
}

func (l *sheetLine) check() (string, error) {
	return l.Code, require(l.Code, field{"code", l.Code}, field{"authority", l.Sheet.Authority},
		field{"language", l.Language}, field{"title", l.Title})
}

func (l *eventLine) check() (string, error) {
	return l.ID, require(l.ID, field{"id", l.ID}, field{"title", l.Title})
}

type field struct{ name, value string }

func require(id string, fields ...field) error {
	for _, f := range fields {
		if strings.TrimSpace(f.value) == "" {
			return fmt.Errorf("the field %q is missing", f.name)
		}
	}
	if len(id) > maxID || strings.ContainsFunc(id, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '/' || r == '\\' }) {
		return fmt.Errorf("identifier %q: spaces, slashes and more than %d bytes are not allowed", clip(id), maxID)
	}
	return nil
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}

func decode(raw []byte, into any) ([]string, error) {
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	err := strict.Decode(into)
	if err == nil {
		return nil, nil
	}
	if name, found := strings.CutPrefix(err.Error(), "json: unknown field "); found {
		if err := json.Unmarshal(raw, into); err != nil {
			return nil, fmt.Errorf("not readable: %w", err)
		}
		return []string{"unknown field " + name + " left out"}, nil
	}
	return nil, fmt.Errorf("not readable: %w", err)
}

// AppendWire appends the change as a line of the feed, without newline.
func (c Change) AppendWire(b []byte) ([]byte, error) {
	if c.Deleted {
		line, err := Marshal(map[string]any{"type": c.Type, "id": c.ID, "op": "delete", "version": c.Version})
		return append(b, line...), err
	}
	if len(c.Line) < 2 || c.Line[len(c.Line)-1] != '}' {
		return nil, fmt.Errorf("line of %s %s is not an object", c.Type, c.ID)
	}
	b = append(b, c.Line[:len(c.Line)-1]...)
	return fmt.Appendf(b, `,"version":%d}`, c.Version), nil
}

// ParseWire reads a line of the feed or of a snapshot. The hash is computed
// here, over the canonical bytes without the version.
func ParseWire(raw []byte) (Change, error) {
	var head struct {
		Type    string `json:"type"`
		ID      string `json:"id"`
		Code    string `json:"code"`
		Op      string `json:"op"`
		Version int64  `json:"version"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return Change{}, fmt.Errorf("feed line: %w", err)
	}
	id := head.ID
	if head.Type == TypeSheet && head.Op != "delete" {
		id = head.Code
	}
	if head.Type == "" || id == "" || head.Version <= 0 {
		return Change{}, errors.New("feed line: type, id or version is missing")
	}
	c := Change{Entity: Entity{Type: head.Type, ID: id}, Version: head.Version, Deleted: head.Op == "delete"}
	if c.Deleted {
		return c, nil
	}
	line, err := withoutVersion(raw)
	if err != nil {
		return Change{}, err
	}
	c.Line, c.Hash = line, Hash(line)
	return c, nil
}

func withoutVersion(raw []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var fields map[string]any
	if err := dec.Decode(&fields); err != nil {
		return nil, fmt.Errorf("feed line: %w", err)
	}
	delete(fields, "version")
	return compact(fields)
}

// Sheet decodes the line of a sheet.
func (e Entity) Sheet() (app.Sheet, error) { return decodeAs[app.Sheet](e) }

// Authority decodes the line of an authority.
func (e Entity) Authority() (app.Authority, error) { return decodeAs[app.Authority](e) }

// Office decodes the line of an office.
func (e Entity) Office() (app.Office, error) { return decodeAs[app.Office](e) }

func decodeAs[T any](e Entity) (T, error) {
	var v T
	if err := json.Unmarshal(e.Line, &v); err != nil {
		return v, fmt.Errorf("%s %s: %w", e.Type, e.ID, err)
	}
	return v, nil
}

// Lines calls yield for every line that is not blank, with its number from
// 1. A line longer than MaxLine is passed as nil: it is one bad line, not the
// end of the file.
func Lines(r io.Reader, yield func(number int, line []byte) error) error {
	br := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		line, tooLong, err := readLine(br)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read line %d: %w", n, err)
		}
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		if tooLong {
			line = nil
		}
		if tooLong || len(bytes.TrimSpace(line)) > 0 {
			if yerr := yield(n, line); yerr != nil {
				return yerr
			}
		}
		if err != nil {
			return nil
		}
	}
}

func readLine(br *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := br.ReadSlice('\n')
		if len(line)+len(part) > MaxLine {
			tooLong, line = true, nil
		} else if !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}
