package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"time"

	"polis/app"
	"polis/data/wire"
)

// keepAcked is how long an upload stays here at least after the hub took it:
// a hub that is restored from a backup gets it again.
const keepAcked = 30 * 24 * time.Hour

// push sends what waits and reads what became of it. When the hub began anew
// it is asked first what it still has.
func (e *Engine) push(ctx context.Context, r *round) (err error) {
	defer func() { e.heed(err) }()
	known, err := e.p.Outbox.Setting(ctx, settingEpoch)
	if err != nil {
		return err
	}
	if r.epoch != "" && known != r.epoch {
		if _, err := e.receipts(ctx, r, known != ""); err != nil {
			return err
		}
	}
	if err := e.send(ctx, r); err != nil {
		return err
	}
	again, err := e.receipts(ctx, r, false)
	if err == nil && again > 0 {
		err = e.send(ctx, r)
	}
	if err != nil {
		return err
	}
	_, err = e.p.Outbox.Prune(ctx, e.now(ctx).Add(-keepAcked))
	return err
}

// refused reports that the hub does not take this workstation for what it
// says it is. Nothing is lost by it: what waits goes on waiting.
func refused(err error) bool {
	switch app.ErrorCode(err) {
	case app.CodeUnauthorized, app.CodeDeviceRevoked, app.CodeDeviceExpired, app.CodeMembershipEnded:
		return true
	}
	return false
}

// send sends batches until nothing is due. A poisoned item goes to
// quarantine; a hub that does not answer ends the round.
func (e *Engine) send(ctx context.Context, r *round) error {
	limit, renamed := wire.MaxBatchItems, false
	waiting, _, err := e.p.Outbox.Counts(ctx)
	if err != nil {
		return err
	}
	for done := 0; ; {
		b, err := e.p.Outbox.NextBatch(ctx, e.p.Clock.Now(), limit)
		if err != nil || len(b.Items) == 0 {
			return err
		}
		e.report(ctx, StageUpload, int64(done), int64(max(waiting, done+len(b.Items))))
		verdicts, err := r.hub.PutBatch(ctx, b.ID, batchOf(b))
		switch code := app.ErrorCode(err); {
		case err == nil:
			err = e.settle(ctx, r, b, verdicts)
			done += len(b.Items)
		case code == app.CodeConflict && !renamed: // the name is taken, the items may be good
			renamed = true
			err = e.p.Outbox.Dissolve(ctx, b.ID)
		case code == app.CodeInvalid || code == app.CodeConflict:
			limit = max(1, len(b.Items)/2)
			err = e.divide(ctx, r, b, err)
		case ctx.Err() == nil && !refused(err): // else it is no fault of the batch
			err = errors.Join(err, e.putOff(ctx, b, err))
		}
		if err != nil {
			return err
		}
	}
}

// AloneAfter is after how many tries that got no answer an item is sent
// alone, behind the others: what the hub, or something on the way to it,
// cannot bear in one must not keep all from going up.
const AloneAfter = 5

// putOff leaves a batch for later: as it is, because the answer may have been
// lost, or after many tries taken apart.
func (e *Engine) putOff(ctx context.Context, b Batch, why error) error {
	tries := b.Attempts
	for _, item := range b.Items {
		tries = max(tries, item.Attempts)
	}
	until := e.p.Clock.Now().Add(backoff(tries))
	if tries < AloneAfter || busy(why) {
		return e.p.Outbox.Postpone(ctx, b.ID, until)
	}
	outcomes := make([]Outcome, len(b.Items))
	for i, item := range b.Items {
		outcomes[i] = Outcome{ID: item.ID, State: StateQueued, Until: until, Alone: true}
	}
	return e.p.Outbox.Settle(ctx, b.ID, outcomes, e.now(ctx))
}

// divide deals with a batch that was refused as a whole: one of its items is
// poison, and halves find which.
func (e *Engine) divide(ctx context.Context, r *round, b Batch, why error) error {
	if len(b.Items) > 1 {
		return e.p.Outbox.Dissolve(ctx, b.ID)
	}
	r.sum.Refused++
	o := Outcome{ID: b.Items[0].ID, State: StateQuarantined, Problem: app.ErrorCode(why), Params: app.ErrorParams(why)}
	return e.p.Outbox.Settle(ctx, b.ID, []Outcome{o}, e.now(ctx))
}

func batchOf(b Batch) wire.UploadBatch {
	out := wire.UploadBatch{Items: make([]wire.UploadItem, len(b.Items)), AuditHead: b.AuditHead}
	for i, item := range b.Items {
		out.Items[i] = wire.UploadItem{Type: item.Type, ID: item.ID, SHA256: item.SHA256, Payload: json.RawMessage(item.Payload)}
	}
	return out
}

// settle takes the hub's verdicts over. An item without a verdict, or with
// one of other bytes, waits on and goes in another batch: under the name of
// this one the hub would only repeat itself. A batch without any verdict ends
// the round.
func (e *Engine) settle(ctx context.Context, r *round, b Batch, verdicts []wire.Verdict) error {
	now := e.p.Clock.Now()
	byID := make(map[string]wire.Verdict, len(verdicts))
	for _, v := range verdicts {
		byID[v.Type+" "+v.ID] = v
	}
	outcomes := make([]Outcome, 0, len(b.Items))
	settled := 0
	for _, item := range b.Items {
		o := judgeItem(item, byID[item.Type+" "+item.ID], r.epoch)
		switch o.State {
		case StateAcked:
			r.sum.Sent++
			settled++
		case StateQuarantined:
			r.sum.Refused++
			settled++
		default:
			o.Until = now.Add(backoff(max(b.Attempts, item.Attempts)))
		}
		outcomes = append(outcomes, o)
	}
	err := e.p.Outbox.Settle(ctx, b.ID, outcomes, e.now(ctx))
	if settled == 0 {
		err = errors.Join(app.Fault(app.CodeHubAnswer, errors.New("a batch without verdicts"), "hub", r.d.Hub), err)
	}
	return err
}

func judgeItem(item Item, v wire.Verdict, epoch string) Outcome {
	o := Outcome{ID: item.ID, State: StateQueued}
	switch v.Verdict {
	case wire.VerdictCreated, wire.VerdictDuplicate, wire.VerdictAcceptedWithConflict:
		if v.SHA256 == item.SHA256 {
			o.State, o.Epoch = StateAcked, epoch
		}
	case wire.VerdictRejected:
		o.State, o.Problem = StateQuarantined, app.CodeInvalid
		if v.Problem != nil {
			if v.Problem.Code != "" {
				o.Problem = app.Code(v.Problem.Code)
			}
			o.Params = maps.Clone(v.Problem.Params)
		}
	}
	return o
}

// readReceipts reads the pages that are not here yet.
func (e *Engine) readReceipts(ctx context.Context, r *round) error {
	cursor, err := e.p.Outbox.ReceiptsCursor(ctx)
	if err != nil {
		return err
	}
	for more := true; more; {
		page, err := r.hub.Receipts(ctx, cursor)
		if err != nil {
			return err
		}
		more = page.HasMore && page.NextCursor != cursor && page.NextCursor != ""
		if page.NextCursor == "" {
			page.NextCursor = cursor
		}
		if err := e.p.Outbox.SetReceipts(ctx, page, r.epoch, e.now(ctx)); err != nil {
			return err
		}
		cursor = page.NextCursor
	}
	return nil
}

// receipts reads what became of uploads. When the hub began anew (a backup
// was restored) all of them are read, and what it does not have is sent
// again: their number is returned.
func (e *Engine) receipts(ctx context.Context, r *round, anew bool) (requeued int, err error) {
	if anew {
		if err := e.p.Outbox.ForgetReceipts(ctx); err != nil {
			return 0, err
		}
	}
	err = e.readReceipts(ctx, r)
	if lostCursor(err) && !anew {
		return e.receipts(ctx, r, true)
	}
	if err != nil {
		return 0, err
	}
	if anew {
		if requeued, err = e.p.Outbox.Requeue(ctx, r.epoch); err != nil {
			return 0, err
		}
	}
	if r.epoch == "" {
		return requeued, nil
	}
	return requeued, e.p.Outbox.SetSetting(ctx, settingEpoch, r.epoch)
}
