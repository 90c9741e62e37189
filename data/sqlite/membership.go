package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"polis/app"
	"polis/app/membership"
)

var _ membership.Store = (*Office)(nil)

const applications = `SELECT a.id, a.saved_at, a.sent_at, a.problem, a.params,
	(SELECT count(*) FROM application_item i WHERE i.application = a.id) FROM application a`

// Applications returns the requests that were made here, the newest first.
func (o *Office) Applications(ctx context.Context) ([]membership.Stored, error) {
	all, err := o.applications(ctx, applications+" ORDER BY a.id DESC") // UUIDv7
	return all, fault(err, o.f.path)
}

// Application returns one request. CodeNotFound.
func (o *Office) Application(ctx context.Context, id string) (membership.Stored, error) {
	all, err := o.applications(ctx, applications+" WHERE a.id = ?", id)
	if err == nil && len(all) == 0 {
		err = app.Fault(app.CodeNotFound, nil, "what", id)
	}
	if err != nil {
		return membership.Stored{}, fault(err, o.f.path)
	}
	return all[0], nil
}

func (o *Office) applications(ctx context.Context, query string, args ...any) (all []membership.Stored, err error) {
	tx, err := o.f.ro.BeginTx(ctx, nil) // a request and its texts belong together
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // only read
	err = each(ctx, tx, query, func(scan func(...any) error) error {
		var s membership.Stored
		var saved, sent, params string
		if err := scan(&s.Request.ID, &saved, &sent, &s.Problem, &params, &s.Waiting); err != nil {
			return err
		}
		var problem, savedErr, sentErr error
		s.Params, problem = problemParams(params)
		s.SavedAt, savedErr = moment(saved)
		s.SentAt, sentErr = moment(sent)
		all = append(all, s)
		return errors.Join(problem, savedErr, sentErr)
	}, args...)
	if err != nil {
		return nil, err
	}
	t := o.texts(tx)
	for i := range all {
		if err := t.application(ctx, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, text)
}

func problemParams(text string) (params map[string]string, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &params)
	}
	return params, err
}

func problemText(params map[string]string) (string, error) {
	if len(params) == 0 {
		return "", nil
	}
	text, err := json.Marshal(params)
	return string(text), err
}

// application adds the texts of a request. What does not open is left out and
// said.
func (t *texts) application(ctx context.Context, s *membership.Stored) error {
	id := s.Request.ID
	var c membership.Case
	_, err := t.get(ctx, textDraft, id, &s.Request)
	known := false
	if err == nil {
		_, err = t.get(ctx, textFrozen, id, &s.Frozen)
	}
	if err == nil {
		known, err = t.get(ctx, textCase, id, &c)
	}
	if app.ErrorCode(err) == app.CodeKeyLocked {
		s.Request, s.Frozen = membership.Request{ID: id}, nil
		s.Problem, s.Params = app.CodeKeyLocked, nil
		return nil
	}
	if err == nil && known {
		s.Case = &c
	}
	s.Request.ID = id
	return err
}

// SaveDraft stores a draft, a new one too.
func (o *Office) SaveDraft(ctx context.Context, r membership.Request, at time.Time) error {
	o.openKeys()
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO application (id, saved_at) VALUES (?, ?)
			ON CONFLICT (id) DO UPDATE SET saved_at = excluded.saved_at, problem = '', params = ''`, r.ID, utc(at))
		if err != nil {
			return err
		}
		return o.putText(ctx, tx, textDraft, r.ID, r)
	})
}

// DropApplication removes all that is known of a request.
func (o *Office) DropApplication(ctx context.Context, id string) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		if err := dropItems(ctx, tx, "application = ?", id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM application WHERE id = ?", id); err != nil {
			return err
		}
		return dropText(ctx, tx, id, textDraft, textFrozen, textCase)
	})
}

func dropItems(ctx context.Context, tx *sql.Tx, which string, args ...any) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM membership_text WHERE kind = 'item' AND id IN (SELECT id FROM application_item WHERE "+which+")", args...) //nolint:gosec // our own words
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM application_item WHERE "+which, args...) //nolint:gosec // our own words
	return err
}

// Freeze stores a request as it is to be sent and queues what brings it to
// the hub, in the place of what of it still waits to be sent.
func (o *Office) Freeze(ctx context.Context, r membership.Request, frozen []byte, items []membership.Item, at time.Time) error {
	o.openKeys()
	return o.f.write(ctx, func(tx *sql.Tx) error {
		err := dropItems(ctx, tx, "grp IN (SELECT grp FROM application_item WHERE application = ? AND kind = 'request')", r.ID)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE application SET saved_at = ?, sent_at = ?, problem = '', params = '' WHERE id = ?", utc(at), utc(at), r.ID)
		if err != nil {
			return err
		}
		if err := o.putText(ctx, tx, textDraft, r.ID, r); err != nil {
			return err
		}
		if err := o.putText(ctx, tx, textFrozen, r.ID, frozen); err != nil {
			return err
		}
		return o.enqueueItems(ctx, tx, items)
	})
}

// Enqueue queues items about a request.
func (o *Office) Enqueue(ctx context.Context, items []membership.Item) error {
	o.openKeys()
	return o.f.write(ctx, func(tx *sql.Tx) error {
		for _, i := range items {
			if _, err := tx.ExecContext(ctx, "UPDATE application SET problem = '', params = '' WHERE id = ?", i.Request); err != nil {
				return err
			}
		}
		return o.enqueueItems(ctx, tx, items)
	})
}

func (o *Office) enqueueItems(ctx context.Context, tx *sql.Tx, items []membership.Item) error {
	for _, i := range items {
		_, err := tx.ExecContext(ctx, "INSERT INTO application_item (id, grp, application, kind) VALUES (?, ?, ?, ?)", i.ID, i.Group, i.Request, i.Kind)
		if err != nil {
			return err
		}
		if err := o.putText(ctx, tx, textItem, i.ID, i); err != nil {
			return err
		}
	}
	return nil
}

// WaitingItems returns all items in their order. One that does not open waits
// for the keys, and what came after it about its request with it.
func (o *Office) WaitingItems(ctx context.Context) ([]membership.Item, error) {
	var items []membership.Item
	err := each(ctx, o.f.ro, "SELECT id, application FROM application_item ORDER BY seq", func(scan func(...any) error) error {
		var i membership.Item
		err := scan(&i.ID, &i.Request)
		items = append(items, i)
		return err
	})
	if err != nil {
		return nil, fault(err, o.f.path)
	}
	t := o.texts(o.f.ro)
	out, locked := items[:0], map[string]bool{}
	for _, i := range items {
		found, err := t.get(ctx, textItem, i.ID, &i)
		switch {
		case app.ErrorCode(err) == app.CodeKeyLocked:
			locked[i.Request] = true
		case err != nil:
			return nil, fault(err, o.f.path)
		case found && !locked[i.Request]: // else it was answered just now
			out = append(out, i)
		}
	}
	return out, nil
}

// ItemAnswered ends an item; c, unless it is nil, is what the hub told.
func (o *Office) ItemAnswered(ctx context.Context, item membership.Item, c *membership.Case) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		if err := dropItems(ctx, tx, "id = ?", item.ID); err != nil || c == nil {
			return err
		}
		return o.putText(ctx, tx, textCase, item.Request, withoutContent(*c))
	})
}

// withoutContent: what was sent is known here.
func withoutContent(c membership.Case) membership.Case {
	c.Content = nil
	return c
}

// ItemRefused ends an item that the hub will never take, and those of its group
// with it. A request that never arrived is a draft again; what was sent anew
// meanwhile waits on.
func (o *Office) ItemRefused(ctx context.Context, item membership.Item, problem app.Code, params map[string]string) error {
	text, err := problemText(params)
	if err != nil {
		return fmt.Errorf("refusal: %w", err)
	}
	return o.f.write(ctx, func(tx *sql.Tx) error {
		var waits, cases int
		err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM application_item WHERE id = ?),
			(SELECT count(*) FROM membership_text WHERE kind = 'case' AND id = ?)`, item.ID, item.Request).Scan(&waits, &cases)
		if err != nil || waits == 0 {
			return err
		}
		which, sent := "application = ? AND (id = ? OR grp = ?)", "sent_at"
		if cases == 0 {
			which, sent = "application = ? OR id = ? OR grp = ?", "''"
		}
		if err := dropItems(ctx, tx, which, item.Request, item.ID, item.Group); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE application SET problem = ?, params = ?, sent_at = "+sent+" WHERE id = ?", problem, text, item.Request)
		return err
	})
}

// Told stores a case as the hub tells it.
func (o *Office) Told(ctx context.Context, c membership.Case) error {
	o.openKeys()
	return o.f.write(ctx, func(tx *sql.Tx) error { return o.putText(ctx, tx, textCase, c.ID, withoutContent(c)) })
}

// Troubled notes why a request's last try failed, "" when it did not.
func (o *Office) Troubled(ctx context.Context, id string, problem app.Code, params map[string]string) error {
	text, err := problemText(params)
	if err != nil {
		return fmt.Errorf("problem: %w", err)
	}
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE application SET problem = ?, params = ? WHERE id = ?", problem, text, id)
		return err
	})
}

// UsedFiles names the documents that are needed still. CodeKeyLocked.
func (o *Office) UsedFiles(ctx context.Context, closedBefore time.Time) (map[string]bool, error) {
	used, err := o.usedFiles(ctx, closedBefore)
	return used, fault(err, o.f.path)
}

func (o *Office) usedFiles(ctx context.Context, closedBefore time.Time) (map[string]bool, error) {
	if err := o.allOpen(ctx); err != nil {
		return nil, err
	}
	used := map[string]bool{}
	note := func(docs []membership.Document, more ...*membership.Document) {
		for _, d := range docs {
			used[d.SHA256] = true
		}
		for _, d := range more {
			if d != nil {
				used[d.SHA256] = true
			}
		}
	}
	all, err := o.Applications(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		s := &all[i]
		if s.Case != nil && over(s.Case, closedBefore) {
			continue
		}
		if err := noteContent(s.Frozen, note); err != nil {
			return nil, err
		}
		note(s.Request.Documents)
		if s.Case != nil {
			note(nil, s.Case.Agreement)
		}
	}
	items, err := o.WaitingItems(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range items {
		note(nil, i.Document)
	}
	return used, o.usedInReview(ctx, closedBefore, note)
}

func noteContent(request []byte, note func([]membership.Document, ...*membership.Document)) error {
	if len(request) == 0 {
		return nil
	}
	var r struct{ Documents []membership.Document }
	if err := json.Unmarshal(request, &r); err != nil {
		return err
	}
	note(r.Documents)
	return nil
}

// over reports that a case was closed before a moment.
func over(c *membership.Case, moment time.Time) bool {
	if c.State.Open() || c.State == membership.Active || len(c.History) == 0 {
		return false
	}
	return c.History[len(c.History)-1].At.Before(moment)
}
