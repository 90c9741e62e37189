package exchange_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"polis/app"
	"polis/app/exchange"
	"polis/data/wire"
)

// errDown is what a client says of a hub that is not there.
var errDown = app.Fault(app.CodeHubUnreachable, nil, "hub", "h")

// state is what a hub holds and what its backup brings back.
type state struct {
	epoch   string
	version int64 // of the catalogue
	sheets  map[string]wire.Change
	feed    map[string]wire.Change // by id, tombstones too

	uploads  map[string]string // id -> sha256
	batches  map[string]string // id -> sha256 of the body
	answers  map[string][]wire.Verdict
	receipts map[string][]wire.Receipt // by device
	private  []wire.Change
	keys     map[string]string // device -> public key
}

func (s *state) clone() *state {
	c := *s
	c.sheets, c.feed, c.uploads = maps.Clone(s.sheets), maps.Clone(s.feed), maps.Clone(s.uploads)
	c.batches, c.answers, c.receipts = maps.Clone(s.batches), maps.Clone(s.answers), maps.Clone(s.receipts)
	c.private, c.keys = slices.Clone(s.private), maps.Clone(s.keys)
	return &c
}

// hub is an honest hub in memory, with a way to make it fail.
type hub struct {
	t            testing.TB
	root, online ed25519.PrivateKey
	now          func() time.Time

	mu     sync.Mutex
	s      *state
	serial int64
	issued time.Time
	epochs int
	life   time.Duration
	blobs  map[string][]byte
	log    []string
	// before and after may fail a call before it does anything, or lose its
	// answer.
	before, after func(call string) error
	refuse        map[string]app.Code // items
	silent        map[string]bool     // items without verdict
	pages         func(page wire.Changes) wire.Changes
	cut           int // downloads are cut after so many bytes
	mass          bool
	offset        time.Duration // of the workstation's clock
}

func newHub(t testing.TB, now func() time.Time) *hub {
	_, root, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, online, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &hub{
		t: t, root: root, online: online, now: now, life: 30 * 24 * time.Hour, serial: 1, blobs: map[string][]byte{},
		refuse: map[string]app.Code{}, silent: map[string]bool{},
		s: &state{
			epoch: "e0", sheets: map[string]wire.Change{}, feed: map[string]wire.Change{}, uploads: map[string]string{},
			batches: map[string]string{}, answers: map[string][]wire.Verdict{}, receipts: map[string][]wire.Receipt{}, keys: map[string]string{},
		},
	}
	return h
}

// publish makes these the sheets of the catalogue: code -> title, or a whole
// line when it begins with a brace.
func (h *hub) publish(sheets map[string]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.s.version++
	h.issued = h.now()
	next := map[string]wire.Change{}
	for code, title := range sheets {
		line := title
		if !strings.HasPrefix(line, "{") {
			line = fmt.Sprintf(`{"type":"sheet","code":%q,"authority":"x","language":"it","title":%q}`, code, title)
		}
		e, _, err := wire.ParseLine([]byte(line))
		if err != nil {
			h.t.Fatal(err)
		}
		c := wire.Change{Entity: e, Version: h.s.version}
		if was, ok := h.s.sheets[code]; ok && was.Hash == c.Hash {
			c = was
		} else {
			h.s.feed[code] = c
		}
		next[code] = c
	}
	for code, was := range h.s.sheets {
		if _, ok := next[code]; !ok {
			h.s.feed[code] = wire.Change{Entity: wire.Entity{Type: was.Type, ID: code}, Version: h.s.version, Deleted: true}
		}
	}
	h.s.sheets = next
}

func (h *hub) snapshot() []byte {
	var buf bytes.Buffer
	enc, err := zstd.NewWriter(&buf)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, code := range slices.Sorted(maps.Keys(h.s.sheets)) {
		line, err := h.s.sheets[code].AppendWire(nil)
		if err != nil {
			h.t.Fatal(err)
		}
		if _, err := enc.Write(append(line, '\n')); err != nil {
			h.t.Fatal(err)
		}
	}
	if err := enc.Close(); err != nil {
		h.t.Fatal(err)
	}
	return buf.Bytes()
}

func (h *hub) cursor() string { return h.s.epoch + "-" + strconv.FormatInt(h.s.version, 10) }

func (h *hub) manifest() wire.Manifest {
	var d wire.Digest
	counts := map[string]int{}
	for _, c := range h.s.sheets {
		d.Add(c.Type, c.ID, c.Hash)
		counts[c.Type]++
	}
	snapshot := h.snapshot()
	return wire.Manifest{
		Epoch: h.s.epoch, Version: h.s.version, IssuedAt: h.issued, ExpiresAt: h.issued.Add(h.life), Cursor: h.cursor(), Counts: counts,
		CatalogDigest: d.Sum(), MassDeletion: h.mass, Snapshot: wire.Snapshot{SHA256: wire.Hash(snapshot), Size: int64(len(snapshot)), Cursor: h.cursor()},
	}
}

func (h *hub) signed() wire.SignedManifest {
	public, ok := h.online.Public().(ed25519.PublicKey)
	if !ok {
		h.t.Fatal("no key")
	}
	key, err := wire.Sign(wire.OnlineKey{Key: base64.RawURLEncoding.EncodeToString(public), Serial: h.serial, ExpiresAt: h.issued.AddDate(1, 0, 0)}, h.root)
	if err != nil {
		h.t.Fatal(err)
	}
	m, err := wire.Sign(h.manifest(), h.online)
	if err != nil {
		h.t.Fatal(err)
	}
	return wire.SignedManifest{Manifest: m, OnlineKey: key}
}

// backup copies the hub; restore brings the copy back under another epoch, as
// a restored hub must.
func (h *hub) backup() *state {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.s.clone()
}

func (h *hub) restore(s *state) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.s = s.clone()
	h.epochs++
	h.s.epoch = "e" + strconv.Itoa(h.epochs)
	h.issued = h.now()
}

// own tells what workstations sent, without telling of a device what it sent
// itself.
func (h *hub) addPrivate(line []byte) {
	c, err := wire.ParsePrivate(append(line[:len(line)-1:len(line)-1], `,"version":1}`...))
	if err != nil {
		h.t.Fatal(err)
	}
	c.Version = int64(len(h.s.private) + 1)
	h.s.private = append(h.s.private, c)
}

func (h *hub) calls(prefix string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(h.log), func(s string) bool { return !strings.HasPrefix(s, prefix) })
}

func (h *hub) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.log = nil
}

// client is the hub as one device sees it.
type client struct {
	h      *hub
	device string
	key    crypto.Signer
}

func (c client) call(name string, do func() error) error {
	c.h.mu.Lock()
	defer c.h.mu.Unlock()
	c.h.log = append(c.h.log, name)
	if c.h.before != nil {
		if err := c.h.before(name); err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	if c.h.after != nil {
		return c.h.after(name)
	}
	return nil
}

// known stands for the token: the hub knows the device by its key.
func (c client) known() error {
	public, err := exchange.PublicKey(c.key)
	if err != nil {
		return err
	}
	if c.h.s.keys[c.device] != public {
		return app.Fault(app.CodeUnauthorized, nil)
	}
	return nil
}

func (c client) Enrol(_ context.Context, r wire.EnrolmentRequest) (out wire.Enrolment, err error) {
	err = c.call("enrol", func() error {
		if !strings.HasPrefix(r.Code, "GOOD") {
			return app.Fault(app.CodeEnrolmentCode, nil)
		}
		if r.Authority != "" && (r.Authority != "x" || r.Office != "x-urp" || strings.HasPrefix(r.Code, "GOODother")) {
			return app.Fault(app.CodeOtherPlace, nil)
		}
		root, ok := c.h.root.Public().(ed25519.PublicKey)
		if !ok {
			return errors.New("no root")
		}
		device := "d" + strings.TrimPrefix(r.Code, "GOOD")
		c.h.s.keys[device] = r.PublicKey
		out = wire.Enrolment{
			Device: device, Authority: "x", Office: "x-urp", Operator: wire.Operator{ID: "op", Role: "operatore"},
			HubRoots: []string{base64.RawURLEncoding.EncodeToString(root)}, RenewBy: c.h.now().AddDate(1, 0, 0),
		}
		return nil
	})
	return out, err
}

func (c client) Manifest(_ context.Context, etag string) (m *wire.SignedManifest, tag string, err error) {
	err = c.call("manifest "+etag, func() error {
		signed := c.h.signed()
		tag = wire.Hash([]byte(signed.Manifest.Signature))[:8]
		if etag != tag {
			m = &signed
		}
		return nil
	})
	return m, tag, err
}

func (c client) pour(content []byte, to exchange.Partial, limit int64) error {
	if int64(len(content)) > limit {
		return app.Fault(app.CodeManifest, errors.New("too large"))
	}
	rest := content[min(int(to.Len()), len(content)):]
	if c.h.cut > 0 && len(rest) > c.h.cut {
		if _, err := to.Write(rest[:c.h.cut]); err != nil {
			return err
		}
		return app.Fault(app.CodeSyncInterrupted, nil, "hub", "h")
	}
	_, err := to.Write(rest)
	return err
}

func (c client) Snapshot(_ context.Context, sha string, limit int64, to exchange.Partial, _ func(int64)) error {
	return c.call("snapshot "+strconv.FormatInt(to.Len(), 10), func() error {
		content := c.h.snapshot()
		if wire.Hash(content) != sha {
			return app.Fault(app.CodeNotFound, nil, "what", sha)
		}
		return c.pour(content, to, limit)
	})
}

func (c client) Blob(_ context.Context, sha string, limit int64, to exchange.Partial) error {
	return c.call("blob "+sha[:6], func() error {
		content, ok := c.h.blobs[sha]
		if !ok {
			return app.Fault(app.CodeNotFound, nil, "what", sha)
		}
		return c.pour(content, to, limit)
	})
}

func (c client) Changes(_ context.Context, cursor string, _ int) (page wire.Changes, err error) {
	err = c.call("changes "+cursor, func() error {
		epoch, text, _ := strings.Cut(cursor, "-")
		from, perr := strconv.ParseInt(text, 10, 64)
		if epoch != c.h.s.epoch || perr != nil {
			return app.Fault(app.CodeCursorExpired, nil)
		}
		list := slices.SortedFunc(maps.Values(c.h.s.feed), func(a, b wire.Change) int { return strings.Compare(a.ID, b.ID) })
		page = wire.Changes{NextCursor: c.h.cursor(), Items: []json.RawMessage{}}
		for _, ch := range list {
			if ch.Version > from {
				line, err := ch.AppendWire(nil)
				if err != nil {
					return err
				}
				page.Items = append(page.Items, line)
			}
		}
		if c.h.pages != nil {
			page = c.h.pages(page)
		}
		return nil
	})
	return page, err
}

func (c client) PrivateChanges(_ context.Context, cursor string, limit int) (page wire.Changes, err error) {
	err = c.call("private "+cursor, func() error {
		if err := c.known(); err != nil {
			return err
		}
		from := 0
		if cursor != "" {
			epoch, text, _ := strings.Cut(cursor, "-")
			n, perr := strconv.Atoi(text)
			if epoch != c.h.s.epoch || perr != nil {
				return app.Fault(app.CodeCursorExpired, nil)
			}
			from = n
		}
		to := min(from+min(limit, 3), len(c.h.s.private)) // small pages: many of them
		page = wire.Changes{NextCursor: c.h.s.epoch + "-" + strconv.Itoa(to), HasMore: to < len(c.h.s.private), Items: []json.RawMessage{}}
		for _, ch := range c.h.s.private[from:to] {
			line, err := ch.AppendWire(nil)
			if err != nil {
				return err
			}
			page.Items = append(page.Items, line)
		}
		return nil
	})
	return page, err
}

func (c client) PutBatch(_ context.Context, id string, b wire.UploadBatch) (verdicts []wire.Verdict, err error) {
	err = c.call("batch "+id, func() error {
		if err := c.known(); err != nil {
			return err
		}
		body, err := wire.Marshal(b)
		if err != nil {
			return err
		}
		if was, ok := c.h.s.batches[id]; ok {
			if was != wire.Hash(body) {
				return app.Fault(app.CodeConflict, nil, "what", id)
			}
			verdicts = c.h.s.answers[id]
			return nil
		}
		for _, item := range b.Items {
			if c.h.silent[item.ID] {
				continue
			}
			v, err := c.put(item)
			if err != nil {
				return err
			}
			verdicts = append(verdicts, v)
		}
		c.h.s.batches[id], c.h.s.answers[id] = wire.Hash(body), verdicts
		return nil
	})
	return verdicts, err
}

func (c client) put(item wire.UploadItem) (wire.Verdict, error) {
	v := wire.Verdict{Type: item.Type, ID: item.ID, SHA256: item.SHA256, Verdict: wire.VerdictCreated}
	code := c.h.refuse[item.ID]
	canonical, err := wire.Canonical(item.Payload)
	if err != nil {
		return v, err
	}
	if wire.Hash(canonical) != item.SHA256 {
		code = app.CodeInvalid
	}
	was, had := c.h.s.uploads[item.ID]
	if had && was != item.SHA256 {
		code = app.CodeConflict
	}
	switch {
	case code != "":
		v.Verdict, v.Problem = wire.VerdictRejected, &wire.Problem{Code: string(code), Params: map[string]string{"field": "sheet"}}
	case had:
		v.Verdict = wire.VerdictDuplicate
	default:
		c.h.s.uploads[item.ID] = item.SHA256
		c.h.addPrivate(canonical)
	}
	if code == "" && !slices.ContainsFunc(c.h.s.receipts[c.device], func(r wire.Receipt) bool { return r.ID == item.ID }) {
		c.h.s.receipts[c.device] = append(c.h.s.receipts[c.device], wire.Receipt{ID: item.ID, Type: item.Type, SHA256: item.SHA256, State: wire.StateStored, ReceivedAt: c.h.now()})
	}
	return v, nil
}

func (c client) Receipts(_ context.Context, cursor string) (page wire.Receipts, err error) {
	err = c.call("receipts "+cursor, func() error {
		if err := c.known(); err != nil {
			return err
		}
		from := 0
		if cursor != "" {
			epoch, text, _ := strings.Cut(cursor, "-")
			n, perr := strconv.Atoi(text)
			if epoch != c.h.s.epoch || perr != nil {
				return app.Fault(app.CodeCursorExpired, nil)
			}
			from = n
		}
		list := c.h.s.receipts[c.device]
		to := min(from+4, len(list))
		at := func(n int) string { return c.h.s.epoch + "-" + strconv.Itoa(n) }
		page = wire.Receipts{Items: list[from:to], NextCursor: at(to), HasMore: to < len(list), DurableUpto: at(len(list))}
		return nil
	})
	return page, err
}

func (c client) RenewKey(_ context.Context, next crypto.Signer) (until time.Time, err error) {
	err = c.call("renew", func() error {
		if err := c.known(); err != nil {
			return err
		}
		public, err := exchange.PublicKey(next)
		c.h.s.keys[c.device] = public
		until = c.h.now().AddDate(1, 0, 0)
		return err
	})
	return until, err
}

func (c client) SignUploadFile(digest string) (string, error) { return "signed " + digest, nil }

func (c client) Offset() (time.Duration, bool) {
	c.h.mu.Lock()
	defer c.h.mu.Unlock()
	return c.h.offset, true
}

var _ io.Writer = exchange.Partial(nil)
