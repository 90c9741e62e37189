package region

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"polis/app"
)

// How long the hub keeps documents of requests that came to nothing. Requests,
// their history and what they say of their documents stay, and so do the
// documents of members and of who was one.

// secretKept is where the region's choice lies, beside the hub's keys: it is
// one for all replicas and goes into the backup.
const secretKept = "documents_kept"

// Months for which documents of a closed request are kept.
const (
	DefaultMonthsKept = 12
	MaxMonthsKept     = 120
)

// unregisteredKept is how long documents stay of a request that was withdrawn
// before the region gave it a number: nobody has looked at them.
const unregisteredKept = 7 * 24 * time.Hour

// removedAtOnce is how many requests or documents are looked for at a time.
const removedAtOnce = 100

type kept struct {
	Months int `json:"months"`
}

// MonthsKept returns for how many months documents of closed requests are
// kept, 0 for ever.
func (h *Hub) MonthsKept(ctx context.Context) (int, error) {
	k := kept{Months: DefaultMonthsKept}
	err := h.store.View(ctx, func(tx Tx) error { return loadJSON(tx, secretKept, &k) })
	return k.Months, err
}

// KeepFor sets for how many months documents of closed requests are kept, 0
// for ever. Codes: CodeInvalid (months).
func (h *Hub) KeepFor(ctx context.Context, months int) error {
	if months < 0 || months > MaxMonthsKept {
		return app.Fault(app.CodeInvalid, nil, "field", "months", "value", strconv.Itoa(months))
	}
	raw, err := json.Marshal(kept{months})
	if err != nil {
		return err
	}
	return h.store.Update(ctx, func(tx Tx) error { return tx.SetSecret(secretKept, raw) })
}

// Removal says what was removed.
type Removal struct {
	Requests  int // whose documents were
	Documents int // abandoned uploads among them
	Size      int64
}

// Tend does what is due without anybody asking: terms that have passed end,
// and documents that have had their time go. It may run in several processes
// at once.
func (h *Hub) Tend(ctx context.Context) (Removal, error) {
	if _, err := h.ExpireMemberships(ctx); err != nil {
		return Removal{}, err
	}
	return h.RemoveDocuments(ctx)
}

// RemoveDocuments removes the documents of requests that were closed longer
// ago than documents are kept, and those that no request needs.
func (h *Hub) RemoveDocuments(ctx context.Context) (done Removal, err error) {
	months, err := h.MonthsKept(ctx)
	if err != nil {
		return done, err
	}
	now := h.now()
	registered, unregistered := time.UnixMilli(0), now.Add(-unregisteredKept)
	if months > 0 {
		registered = now.AddDate(0, -months, 0)
	}
	due := func(r *MembershipRecord) bool {
		until := unregistered
		if r.Protocol.Number != "" {
			until = registered
		}
		return !r.ClosedAt().After(until)
	}
	for more := true; more && err == nil; {
		var list []string
		err = h.store.View(ctx, func(tx Tx) (err error) {
			list, err = tx.MembershipsClosed(registered, unregistered, removedAtOnce)
			return err
		})
		more = false
		for _, id := range list {
			if err == nil {
				var changed bool
				_, changed, err = h.unname(ctx, id, due, &done)
				more = more || changed // else others do the same
			}
		}
	}
	if err == nil {
		err = h.sweep(ctx, now.Add(-forgetParts), &done)
	}
	return done, err
}

// RemoveDocumentsOf removes the documents of one closed request before their
// time. Codes: CodeForbidden, CodeNotFound, CodeMembershipState.
func (h *Hub) RemoveDocumentsOf(ctx context.Context, caller Caller, request string) (done Removal, err error) {
	if !examines(caller) {
		return done, app.Fault(app.CodeForbidden, nil)
	}
	list, _, err := h.unname(ctx, request, func(*MembershipRecord) bool { return true }, &done)
	for _, b := range list {
		if err == nil {
			err = h.removeBlob(ctx, b, h.now().Add(time.Millisecond), &done)
		}
	}
	return done, err
}

// unname lets a closed request need no documents any more, and returns those
// that it needed and whether anything changed. From here on they are not
// shown; each goes in a transaction of its own, because contacts must not wait
// for all of them.
func (h *Hub) unname(ctx context.Context, request string, due func(*MembershipRecord) bool, done *Removal) (list []ApplicantBlob, changed bool, err error) {
	err = h.store.Update(ctx, func(tx Tx) error {
		list, changed = nil, false
		r, found, err := tx.LockMembership(request)
		switch {
		case err != nil:
			return err
		case !found:
			return app.Fault(app.CodeNotFound, nil, "what", clip(request))
		case !r.State.Closed():
			return app.Fault(app.CodeMembershipState, nil, "event", "remove_documents", "state", string(r.State))
		case r.DocumentsRemovedAt != nil || !due(&r): // another process was faster
			return nil
		}
		if list, err = tx.NamedDocuments(request); err != nil {
			return err
		}
		changed = true
		if err := tx.UnnameDocuments(request, ""); err != nil || len(list) == 0 {
			return err
		}
		at := h.now()
		r.DocumentsRemovedAt = &at
		return keepMembership(tx, &r)
	})
	if err != nil {
		return nil, false, err
	}
	if len(list) > 0 {
		done.Requests++
	}
	return list, changed, nil
}

// sweep removes what no request needs and nobody has touched since then.
func (h *Hub) sweep(ctx context.Context, before time.Time, done *Removal) error {
	for {
		var list []ApplicantBlob
		err := h.store.View(ctx, func(tx Tx) (err error) {
			list, err = tx.UselessBlobs(before, removedAtOnce)
			return err
		})
		was := done.Documents
		for _, b := range list {
			if err == nil {
				err = h.removeBlob(ctx, b, before, done)
			}
		}
		if err != nil || done.Documents == was { // nothing is left, or others do the same
			return err
		}
	}
}

func (h *Hub) removeBlob(ctx context.Context, b ApplicantBlob, before time.Time, done *Removal) error {
	gone := false
	err := h.store.Update(ctx, func(tx Tx) (err error) {
		gone, err = tx.DeleteUselessBlob(b.Owner, b.SHA256, before)
		return err
	})
	if err == nil && gone {
		done.Documents++
		done.Size += b.Received
	}
	return err
}

// Room says how much of what all applicants together may send is taken by
// requests that the region has not registered.
type Room struct {
	Requests, MaxRequests   int
	Documents, MaxDocuments int
	Size, MaxSize           int64
}

// Room tells how full it is.
func (h *Hub) Room(ctx context.Context) (Room, error) {
	r := Room{MaxRequests: maxAllRequests, MaxDocuments: maxAllBlobs, MaxSize: maxAllSize}
	err := h.store.View(ctx, func(tx Tx) (err error) {
		r.Requests, r.Documents, r.Size, err = tx.AllApplicantsUse()
		return err
	})
	return r, err
}

// Scarce reports that little is left.
func (r Room) Scarce() bool {
	return 5*r.Requests >= 4*r.MaxRequests || 5*r.Documents >= 4*r.MaxDocuments || 5*r.Size >= 4*r.MaxSize
}
