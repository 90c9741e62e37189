package exchange_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"testing"
	"time"

	"polis/app"
	"polis/app/exchange"
)

// trusted is the root of a hub as settings say it.
func (h *hub) trusted(t *testing.T) []string {
	t.Helper()
	root, ok := h.root.Public().(ed25519.PublicKey)
	if !ok {
		t.Fatal("no root")
	}
	return []string{base64.RawURLEncoding.EncodeToString(root)}
}

// reader is a workstation that is not enrolled.
func reader(t *testing.T) (*hub, *station) {
	t.Helper()
	h, s := bench(t)
	if err := s.office.SaveDevice(context.Background(), exchange.Device{}); err != nil {
		t.Fatal(err)
	}
	h.publish(titles(12, "Carta"))
	return h, s
}

// A workstation without a hub reads a catalogue by the root keys of the
// region's settings, whole, and nothing else that was made to look like one.
func TestReadingWithoutEnrolment(t *testing.T) {
	ctx := context.Background()
	for name, tt := range map[string]struct {
		make func(t *testing.T, h *hub, s *station, good []byte) ([]byte, []string)
		want app.Code
	}{
		"good": {func(t *testing.T, h *hub, _ *station, good []byte) ([]byte, []string) {
			return good, h.trusted(t)
		}, ""},
		"with somebody's private part": {func(t *testing.T, h *hub, _ *station, _ []byte) ([]byte, []string) {
			return h.bundle(t, false, "d1"), h.trusted(t)
		}, ""},
		"one of several roots": {func(t *testing.T, h *hub, _ *station, good []byte) ([]byte, []string) {
			return good, append(newHub(t, h.now).trusted(t), h.trusted(t)...)
		}, ""},
		"no roots": {func(_ *testing.T, _ *hub, _ *station, good []byte) ([]byte, []string) {
			return good, nil
		}, app.CodeRoots},
		"foreign root": {func(t *testing.T, h *hub, _ *station, good []byte) ([]byte, []string) {
			return good, newHub(t, h.now).trusted(t)
		}, app.CodeBundle},
		"tampered snapshot": {func(t *testing.T, h *hub, _ *station, good []byte) ([]byte, []string) {
			return flip(good, bytes.Index(good, h.snapshot())+20), h.trusted(t)
		}, app.CodeBundle},
		"tampered manifest": {func(t *testing.T, h *hub, _ *station, good []byte) ([]byte, []string) {
			return flip(good, bytes.Index(good, []byte(`"payload":"`))+30), h.trusted(t)
		}, app.CodeBundle},
		"truncated": {func(t *testing.T, h *hub, _ *station, good []byte) ([]byte, []string) {
			return good[:len(good)*2/3], h.trusted(t)
		}, app.CodeBundle},
		"nothing": {func(t *testing.T, h *hub, _ *station, _ []byte) ([]byte, []string) {
			return nil, h.trusted(t)
		}, app.CodeBundle},
		"only changes": {func(t *testing.T, h *hub, _ *station, _ []byte) ([]byte, []string) {
			return h.bundle(t, true, ""), h.trusted(t)
		}, app.CodeBundleGap},
		"too old": {func(t *testing.T, h *hub, s *station, good []byte) ([]byte, []string) {
			s.clock.move(31 * 24 * time.Hour)
			return good, h.trusted(t)
		}, app.CodeBundleExpired},
	} {
		t.Run(name, func(t *testing.T) {
			h, s := reader(t)
			file, roots := tt.make(t, h, s, h.bundle(t, false, ""))
			r, err := s.engine.CheckBundle(ctx, bytes.NewReader(file), roots)
			if app.ErrorCode(err) != tt.want {
				t.Fatalf("check: %v, want %q", err, tt.want)
			}
			got, err := s.engine.ReadBundle(ctx, bytes.NewReader(file), roots)
			if app.ErrorCode(err) != tt.want || got != r {
				t.Fatalf("read: %v, want %q; %+v, checked %+v", err, tt.want, got, r)
			}
			held, err := s.catalogue.Held(ctx)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case tt.want != "":
				if held.Version != 0 || r != (exchange.Reading{}) {
					t.Errorf("refused, and %+v is here (%+v)", held, r)
				}
			case held.Version != r.Version || r.Version == 0 || r.Sheets != 12 || !r.ExpiresAt.After(r.IssuedAt):
				t.Errorf("held %+v, told %+v", held, r)
			}
		})
	}
}

// What an enrolled workstation has is its hub's.
func TestReadingIsForNobodyEnrolled(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	if _, err := s.engine.ReadBundle(context.Background(), bytes.NewReader(h.bundle(t, false, "")), h.trusted(t)); app.ErrorCode(err) != app.CodeAlreadyEnrolled {
		t.Errorf("%v", err)
	}
}
