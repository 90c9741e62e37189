package exchange

import (
	"context"
	"strconv"
	"time"

	"polis/app"
)

// Settings that a person chooses, and their values.
const (
	SettingLink      = "exchange.link"        // LinkNormal or LinkMetered
	SettingDocuments = "exchange.document_mb" // for offline use; "0" = none
	LinkNormal       = "normal"
	LinkMetered      = "metered"
)

// Settings that the engine keeps.
const (
	settingLastSync = "exchange.last_sync"
	settingPaused   = "exchange.paused"
	settingTrust    = "exchange.trust"
	settingOffset   = "exchange.clock_offset_ms"
	settingBrake    = "exchange.brake"
	settingAccepted = "exchange.deletions_accepted"
	settingEpoch    = "exchange.uploads_epoch"
)

const (
	defaultDocumentMB = 500
	maxDocumentMB     = 1 << 20
	clockTolerance    = 5 * time.Minute
	clockNoise        = 2 * time.Second // the hub tells whole seconds
)

// SetPaused stops the rounds in the background, or lets them go on; who asks
// by hand still synchronises.
func (e *Engine) SetPaused(ctx context.Context, paused bool) error {
	value := ""
	if paused {
		value = "1"
	}
	if err := e.p.Outbox.SetSetting(ctx, settingPaused, value); err != nil {
		return err
	}
	if !paused {
		e.Wake()
	}
	e.tell(ctx)
	return nil
}

func (e *Engine) paused(ctx context.Context) bool {
	v, err := e.p.Outbox.Setting(ctx, settingPaused)
	return err == nil && v != ""
}

// SetLink says what the way to the hub costs. CodeInvalid.
func (e *Engine) SetLink(ctx context.Context, link string) error {
	if link != LinkNormal && link != LinkMetered {
		return app.Fault(app.CodeInvalid, nil, "field", "link", "value", link)
	}
	if err := e.p.Outbox.SetSetting(ctx, SettingLink, link); err != nil {
		return err
	}
	e.tell(ctx)
	return nil
}

func (e *Engine) metered(ctx context.Context) (bool, error) {
	v, err := e.p.Outbox.Setting(ctx, SettingLink)
	return v == LinkMetered, err
}

// SetDocumentBudget says how many MB of documents are kept here; 0 = none.
// CodeInvalid.
func (e *Engine) SetDocumentBudget(ctx context.Context, mb int) error {
	if mb < 0 || mb > maxDocumentMB {
		return app.Fault(app.CodeInvalid, nil, "field", "documents", "value", strconv.Itoa(mb))
	}
	return e.p.Outbox.SetSetting(ctx, SettingDocuments, strconv.Itoa(mb))
}

// DocumentBudget returns how many MB of documents are kept here.
func (e *Engine) DocumentBudget(ctx context.Context) (int, error) {
	v, err := e.p.Outbox.Setting(ctx, SettingDocuments)
	if n, nerr := strconv.Atoi(v); nerr == nil && n >= 0 {
		return n, err
	}
	return defaultDocumentMB, err
}
