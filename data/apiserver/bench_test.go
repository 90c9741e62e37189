package apiserver_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/region"
	"polis/data/apiserver"
	"polis/data/hubstore"
	"polis/data/wire"
)

// BenchmarkRequests is what a poll of a workstation and an upload cost one
// process, without the network.
func BenchmarkRequests(b *testing.B) {
	folder := b.TempDir()
	store, err := hubstore.OpenSQLite(b.Context(), filepath.Join(folder, "hub.db"), app.SystemClock{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	files, err := hubstore.OpenFolder(folder)
	if err != nil {
		b.Fatal(err)
	}
	hub, err := region.New(region.Params{Store: store, Files: files, Clock: app.SystemClock{}})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := hub.Import(b.Context(), region.ImportParams{Sources: []region.Source{{Name: "b", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(catalogue)), nil
	}}}}); err != nil {
		b.Fatal(err)
	}
	if _, err := hub.Publish(b.Context(), region.PublishParams{}); err != nil {
		b.Fatal(err)
	}
	handler, err := apiserver.New(apiserver.Params{Hub: hub, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	at, err := hub.Changes(b.Context(), "", region.MaxPage)
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{"/manifest", "/changes?cursor=" + at.NextCursor} {
		b.Run(path[:8], func(b *testing.B) {
			for b.Loop() {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
				if w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
		})
	}
	b.Run("contact", func(b *testing.B) { benchmarkContact(b, hub, store) })
}

func benchmarkContact(b *testing.B, hub *region.Hub, store *hubstore.Store) {
	d := region.Device{ID: uuid.NewString(), Authority: "demo", Operator: wire.Operator{ID: "o"}}
	if err := store.Update(b.Context(), func(tx region.Tx) error {
		if err := tx.PutOperator(wire.OperatorRecord{ID: "o", Authority: d.Authority, Role: wire.RoleOperator, Active: true}, d.EnrolledAt); err != nil {
			return err
		}
		return tx.AddDevice(d)
	}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		id := uuid.NewString()
		body, err := wire.EncodeContact(app.Contact{
			ID: id, Visit: id, Authority: "demo", Operator: "o", Channel: "phone", User: "citizen", RequestType: "forms", Outcome: "resolved", RecordedAt: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
		})
		if err != nil {
			b.Fatal(err)
		}
		if _, created, err := hub.PutContact(b.Context(), d, id, body); err != nil || !created {
			b.Fatal(created, err)
		}
	}
}
