package main

import (
	"context"
	"log/slog"

	"polis/app"
	"polis/app/exchange"
	"polis/cmd/station"
)

// background is the exchange as the window sees it.
type background struct {
	station *station.Station
	changes *changes
	log     *slog.Logger
}

func (b *background) Status() exchange.Status {
	st, err := b.station.Engine.Status(context.Background())
	if err != nil {
		b.log.Error("status", "error", err)
		st.Fault, st.Problem = err, string(app.ErrorCode(err))
	}
	return st
}

func (b *background) SyncNow() { b.station.Engine.SyncNow() }

func (b *background) Cancel() { b.station.Engine.Cancel() }

func (b *background) OnChange(do func(exchange.Status)) { b.changes.set(do) }

func (b *background) SetPaused(paused bool) error {
	return b.station.Engine.SetPaused(context.Background(), paused)
}

func (b *background) SetLink(link string) error {
	return b.station.Engine.SetLink(context.Background(), link)
}

func (b *background) DocumentBudget() (int, error) {
	return b.station.Engine.DocumentBudget(context.Background())
}

func (b *background) SetDocumentBudget(mb int) error {
	return b.station.Engine.SetDocumentBudget(context.Background(), mb)
}

func (b *background) AcceptDeletions(version int64) error {
	return b.station.Engine.AcceptDeletions(context.Background(), version)
}

func (b *background) EnrolAgain(code string) error {
	ctx := context.Background()
	d, err := b.station.Office.Device(ctx)
	if err != nil {
		return err
	}
	if err := b.station.EnrolAs(ctx, exchange.Enrolling{Hub: d.Hub, Code: code, CA: d.CA}); err != nil {
		return err
	}
	b.station.Engine.SyncNow()
	return nil
}

func (b *background) Quarantine() ([]exchange.QuarantinedItem, error) {
	return b.station.Office.Quarantine(context.Background())
}

func (b *background) Retry(id string) error {
	err := b.station.Office.Retry(context.Background(), id)
	if err == nil {
		b.station.Engine.SyncNow()
	}
	return err
}

func (b *background) Discard(id string) error {
	return b.station.Office.Discard(context.Background(), id)
}

func (b *background) ImportBundle(path string) (exchange.Summary, error) {
	return b.station.ImportBundle(context.Background(), path)
}

func (b *background) ExportUploads(path string) (int, error) {
	return b.station.ExportUploads(context.Background(), path)
}
