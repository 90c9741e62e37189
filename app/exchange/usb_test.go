package exchange_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/exchange"
	"polis/data/wire"
)

const sealMark = "sealed for "

// open marks what is sealed instead of encrypting it: data/secret does that.
func usbStation(t *testing.T) (*hub, *station) {
	h, s := bench(t)
	s.adapt = func(p *exchange.Params) {
		p.Seal = func(recipient string, plain []byte) ([]byte, error) {
			return append([]byte(sealMark+recipient+"\n"), plain...), nil
		}
		p.Unseal = func(sealed []byte) ([]byte, error) {
			head, plain, found := bytes.Cut(sealed, []byte("\n"))
			if !found || string(head) != sealMark+"d1" {
				return nil, errors.New("sealed for somebody else")
			}
			return plain, nil
		}
	}
	s.restart()
	return h, s
}

// bundle writes what the hub would: a snapshot, or the changes since a cursor.
func (h *hub) bundle(t *testing.T, changes bool, device string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := wire.NewBundleWriter(&buf, false)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := json.Marshal(h.signed())
	if err != nil {
		t.Fatal(err)
	}
	info, err := json.Marshal(wire.BundleInfo{Type: wire.TypeBundle})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(w.AddBytes(wire.BundleManifest, "", signed), w.AddBytes(wire.BundleInfoFile, "", info))
	if changes {
		var lines []byte
		for _, c := range h.s.feed {
			if lines, err = c.AppendWire(lines); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, '\n')
		}
		err = errors.Join(err, w.AddBytes(wire.BundleChanges, "", lines))
	} else {
		err = errors.Join(err, w.AddBytes(wire.BundleSnapshot, "", h.snapshot()))
	}
	for sha, content := range h.blobs {
		err = errors.Join(err, w.AddBytes(wire.BundleBlobs, sha, content))
	}
	if device != "" {
		err = errors.Join(err, w.AddBytes(wire.BundlePrivate, "0190a5a0-0000-7000-8000-00000000000"+strings.TrimPrefix(device, "d"), h.part(t, device)))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// part is what a bundle brings to one workstation.
func (h *hub) part(t *testing.T, device string) []byte {
	t.Helper()
	c := client{h, device, nil}
	list := h.s.receipts[device]
	p := wire.PrivatePart{
		Type: wire.TypePrivatePart, Device: partOf(device), Epoch: h.s.epoch, IssuedAt: h.now(),
		Receipts: wire.Receipts{Items: list, NextCursor: h.s.epoch + "-" + itoa(len(list)), DurableUpto: h.s.epoch + "-" + itoa(len(list))},
	}
	for _, l := range c.h.s.private {
		raw, err := l.AppendWire(nil)
		if err != nil {
			t.Fatal(err)
		}
		p.PrivateChanges.Items = append(p.PrivateChanges.Items, raw)
	}
	p.PrivateChanges.NextCursor = h.s.epoch + "-" + itoa(len(h.s.private))
	signed, err := wire.Sign(p, h.online)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(signed)
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte(sealMark+device+"\n"), text...)
}

func itoa(n int) string {
	text, err := json.Marshal(n)
	if err != nil {
		return ""
	}
	return string(text)
}

func partOf(device string) string {
	return "0190a5a0-0000-7000-8000-00000000000" + strings.TrimPrefix(device, "d")
}

func (s *station) load(file []byte, want app.Code) exchange.Summary {
	s.t.Helper()
	sum, err := s.engine.ImportBundle(context.Background(), bytes.NewReader(file))
	if app.ErrorCode(err) != want {
		s.t.Fatalf("import: %v, want %q", err, want)
	}
	return sum
}

// rename gives the workstation the identifier that a bundle can name.
func (s *station) rename(t *testing.T, device string) {
	t.Helper()
	ctx := context.Background()
	d, err := s.office.Device(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s.hub.s.keys[partOf(device)] = s.hub.s.keys[d.ID]
	d.ID, d.UploadKey = partOf(device), "age1hub"
	if err := s.office.SaveDevice(ctx, d); err != nil {
		t.Fatal(err)
	}
}

func TestBundleIsTakenLikeTheNetwork(t *testing.T) {
	h, s := usbStation(t)
	s.rename(t, "d1")
	document := []byte("%PDF-1.7 modulo")
	h.blobs[wire.Hash(document)] = document
	sum := s.load(h.bundle(t, false, ""), "")
	if sum.Sheets != 2 || sum.Documents != 1 {
		t.Fatalf("%+v", sum)
	}
	if _, here := s.catalogue.BlobPath(wire.Hash(document)); !here {
		t.Fatal("the document did not come")
	}
	h.publish(titles(3, "Nuova"))
	if sum := s.load(h.bundle(t, true, ""), ""); sum.Sheets != 3 {
		t.Fatalf("%+v", sum)
	}
	if sum := s.load(h.bundle(t, true, ""), ""); sum.Changed != 0 || sum.Sheets != 3 {
		t.Fatalf("the same again: %+v", sum)
	}
	s.clock.move(time.Minute)
	if sum := s.sync(""); sum.Sheets != 3 || len(h.calls("snapshot")) != 0 { // and the network goes on from there
		t.Fatalf("%+v %v", sum, h.log)
	}
}

// Uploads travel by stick, and the receipts of the next bundle settle them.
func TestUploadsByStick(t *testing.T) {
	ctx := context.Background()
	h, s := usbStation(t)
	var none bytes.Buffer
	if _, err := s.engine.ExportUploads(ctx, &none); app.ErrorCode(err) != app.CodeUploadKey {
		t.Fatalf("without the hub's key: %v", err)
	}
	s.rename(t, "d1")
	if n, err := s.engine.ExportUploads(ctx, &none); err != nil || n != 0 || none.Len() != 0 {
		t.Fatalf("%d %v, %d bytes", n, err, none.Len())
	}
	for range 3 {
		s.log("")
	}
	h.before = func(string) error { return errDown } // one batch is on its way and may have arrived
	s.sync(app.CodeHubUnreachable)
	for range wire.MaxBatchItems {
		s.log("")
	}
	var file bytes.Buffer
	n, err := s.engine.ExportUploads(ctx, &file)
	if err != nil || n != wire.MaxBatchItems+3 {
		t.Fatalf("%d %v", n, err)
	}
	s.waiting(wire.MaxBatchItems+3, 0)
	head, plain, _ := bytes.Cut(file.Bytes(), []byte("\n"))
	up, batches, digest, err := wire.DecodeUploadFile(plain)
	if err != nil || string(head) != sealMark+"age1hub" || up.Signature != "signed "+digest || up.Device != partOf("d1") || len(batches) != 2 {
		t.Fatalf("%s %+v %v", head, up, err)
	}
	h.before = nil
	at := client{h, "d1", nil}
	for _, b := range batches {
		for _, item := range b.Items {
			if v, err := at.put(item); err != nil || v.Verdict != wire.VerdictCreated {
				t.Fatalf("%+v %v", v, err)
			}
		}
	}
	s.load(h.bundle(t, false, "d1"), "")
	s.waiting(0, 0)
	s.log("")
	h.s.receipts[partOf("d1")] = h.s.receipts["d1"]
	s.sync("")
	if len(h.s.uploads) != wire.MaxBatchItems+4 || len(h.s.private) != wire.MaxBatchItems+4 {
		t.Fatalf("%d uploads", len(h.s.uploads))
	}
}

// Tampered, truncated, older, foreign: refused in words, nothing changes.
func TestBundlesThatAreRefused(t *testing.T) {
	ctx := context.Background()
	for name, tt := range map[string]struct {
		make func(t *testing.T, h *hub, good []byte) []byte
		want app.Code
	}{
		"truncated":          {func(_ *testing.T, _ *hub, good []byte) []byte { return good[:len(good)*2/3] }, app.CodeBundle},
		"without its end":    {func(_ *testing.T, _ *hub, good []byte) []byte { return good[:len(good)-2048] }, app.CodeBundle},
		"nothing":            {func(*testing.T, *hub, []byte) []byte { return nil }, app.CodeBundle},
		"a page of a portal": {func(*testing.T, *hub, []byte) []byte { return []byte("<html>Accedi</html>") }, app.CodeBundle},
		"tampered snapshot": {func(t *testing.T, h *hub, good []byte) []byte {
			at := bytes.Index(good, h.snapshot())
			if at < 0 {
				t.Fatal("no snapshot")
			}
			return flip(good, at+20)
		}, app.CodeBundle},
		"tampered manifest": {func(_ *testing.T, _ *hub, good []byte) []byte {
			return flip(good, bytes.Index(good, []byte(`"payload":"`))+30)
		}, app.CodeBundle},
		"another root": {func(t *testing.T, h *hub, _ []byte) []byte {
			other := newHub(t, h.now)
			other.s, other.issued = h.s, h.issued
			return other.bundle(t, false, "")
		}, app.CodeBundle},
		"part signed by somebody": {func(t *testing.T, h *hub, _ []byte) []byte {
			_, forger, err := ed25519.GenerateKey(nil)
			if err != nil {
				t.Fatal(err)
			}
			online := h.online
			h.online = forger
			part := h.part(t, "d1")
			h.online = online
			good := h.bundle(t, false, "d1")
			return bytes.Replace(good, h.part(t, "d1"), part, 1)
		}, app.CodeBundle},
		"older": {func(t *testing.T, h *hub, _ []byte) []byte {
			h.s = &state{epoch: "e0", version: 1, sheets: h.s.sheets}
			return h.bundle(t, false, "")
		}, app.CodeBundleOlder},
		"changes to another epoch": {func(t *testing.T, h *hub, _ []byte) []byte {
			h.restore(h.s)
			return h.bundle(t, true, "")
		}, app.CodeBundleGap},
		"changes that do not reach": {func(t *testing.T, h *hub, _ []byte) []byte {
			for _, n := range []string{"Due", "Tre"} {
				h.publish(map[string]string{"x-1": n})
			}
			h.s.feed = map[string]wire.Change{}
			return h.bundle(t, true, "")
		}, app.CodeBundleGap},
	} {
		t.Run(name, func(t *testing.T) {
			h, s := usbStation(t)
			h.publish(titles(60, "Carta"))
			s.sync("")
			s.rename(t, "d1")
			before, err := s.catalogue.Held(ctx)
			if err != nil {
				t.Fatal(err)
			}
			h.publish(titles(70, "Nuova"))
			s.load(tt.make(t, h, h.bundle(t, false, "")), tt.want)
			if held, err := s.catalogue.Held(ctx); err != nil || held != before {
				t.Fatalf("%+v %v, was %+v", held, err, before)
			}
			if st, err := s.engine.Status(ctx); err != nil || st.Problem != "" {
				t.Errorf("a wrong file is told as a problem of the workstation: %q %v", st.Problem, err)
			}
		})
	}
}

func flip(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 0x01
	return b
}

// Whatever a stick brings, the program neither falls nor changes anything
// that is not signed.
func FuzzImportBundle(f *testing.F) {
	h, s := bench(f)
	f.Add([]byte("nothing"))
	f.Add(make([]byte, 4096))
	_ = h
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, err := s.engine.ImportBundle(context.Background(), bytes.NewReader(file)); err == nil {
			t.Fatal("taken")
		}
	})
}
