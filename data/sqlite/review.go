package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"polis/app"
	"polis/app/membership"
)

var _ membership.ReviewStore = (*Office)(nil)

const (
	settingReview = "membership.review_cursor" // with the epoch of the hub
	// settingUploadsEpoch is where the exchange keeps the hub's epoch.
	settingUploadsEpoch = "exchange.uploads_epoch"
)

// ids reads a column of identifiers.
func (o *Office) ids(ctx context.Context, query string) ([]string, error) {
	var ids []string
	err := each(ctx, o.f.ro, query, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, fault(err, o.f.path)
	}
	return ids, nil
}

// Reviewed returns the cases as last read, without Content. Those that do not
// open are left out: they are read anew.
func (o *Office) Reviewed(ctx context.Context) ([]membership.Case, error) {
	ids, err := o.ids(ctx, "SELECT id FROM review_case ORDER BY id DESC")
	if err != nil {
		return nil, err
	}
	t := o.texts(o.f.ro)
	cases := make([]membership.Case, 0, len(ids))
	for _, id := range ids {
		var c membership.Case
		found, err := t.get(ctx, textReview, id, &c)
		if app.ErrorCode(err) == app.CodeKeyLocked {
			continue
		}
		if err != nil {
			return nil, fault(err, o.f.path)
		}
		if found {
			cases = append(cases, c)
		}
	}
	return cases, nil
}

// ReviewedCase returns a case, with Content when that was ever read.
// CodeNotFound, CodeKeyLocked.
func (o *Office) ReviewedCase(ctx context.Context, id string) (membership.Case, error) {
	c, err := o.reviewedCase(ctx, o.f.ro, id)
	return c, fault(err, o.f.path)
}

func (o *Office) reviewedCase(ctx context.Context, q querier, id string) (c membership.Case, err error) {
	t := o.texts(q)
	found, err := t.get(ctx, textReview, id, &c)
	if err == nil && !found {
		err = app.Fault(app.CodeNotFound, nil, "what", id)
	}
	if err != nil {
		return membership.Case{}, err
	}
	var content []byte
	if found, err = t.get(ctx, textContent, id, &content); err != nil {
		return membership.Case{}, err
	}
	if found {
		c.Content = content
	}
	return c, nil
}

// ReviewCursor is the highest version that was read of this hub. Versions of
// one that began anew from an older copy are lower.
func (o *Office) ReviewCursor(ctx context.Context) (int64, error) {
	text, err := o.Setting(ctx, settingReview)
	if err != nil || text == "" {
		return 0, err
	}
	epoch, err := o.Setting(ctx, settingUploadsEpoch)
	if err != nil {
		return 0, err
	}
	n, of, _ := strings.Cut(text, " ")
	if of != epoch {
		return 0, nil
	}
	return strconv.ParseInt(n, 10, 64)
}

// SaveReviewed stores cases; Content and Rivals that they lack stay.
func (o *Office) SaveReviewed(ctx context.Context, cases []membership.Case, cursor int64) error {
	o.openKeys()
	return o.f.write(ctx, func(tx *sql.Tx) error {
		for i := range cases {
			if err := o.saveReviewed(ctx, tx, cases[i]); err != nil {
				return err
			}
		}
		if cursor <= 0 {
			return nil
		}
		epoch, err := settingOf(ctx, tx, settingUploadsEpoch)
		if err != nil {
			return err
		}
		return setSetting(ctx, tx, settingReview, strconv.FormatInt(cursor, 10)+" "+epoch)
	})
}

func (o *Office) saveReviewed(ctx context.Context, tx *sql.Tx, c membership.Case) error {
	if len(c.Content) > 0 {
		if err := o.putText(ctx, tx, textContent, c.ID, []byte(c.Content)); err != nil {
			return err
		}
	} else {
		was, err := o.reviewedCase(ctx, tx, c.ID)
		if err != nil && app.ErrorCode(err) != app.CodeNotFound && app.ErrorCode(err) != app.CodeKeyLocked {
			return err
		}
		if c.Rivals == nil && c.State.Open() {
			c.Rivals = was.Rivals
		}
		if was.SHA256 != c.SHA256 { // it was replaced: what was read is another request
			if err := dropText(ctx, tx, c.ID, textContent); err != nil {
				return err
			}
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO review_case (id, version) VALUES (?, ?)", c.ID, c.Version)
	if err != nil {
		return err
	}
	return o.putText(ctx, tx, textReview, c.ID, withoutContent(c))
}

// Decide stores a decision; one of the same ID stays as it is.
func (o *Office) Decide(ctx context.Context, d membership.Decision) error {
	o.openKeys()
	return o.f.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "INSERT INTO review_decision (id, operator, at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING", d.Change.ID, d.Operator, utc(d.At))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return o.putText(ctx, tx, textDecision, d.Change.ID, d.Change)
	})
}

// Decisions returns what was decided here and is not over, in its order.
func (o *Office) Decisions(ctx context.Context) ([]membership.Decision, error) {
	var all []membership.Decision
	err := each(ctx, o.f.ro, "SELECT id, operator, at, problem, params, refused FROM review_decision ORDER BY seq", func(scan func(...any) error) error {
		var d membership.Decision
		var at, params string
		if err := scan(&d.Change.ID, &d.Operator, &at, &d.Problem, &params, &d.Refused); err != nil {
			return err
		}
		var perr, terr error
		d.Params, perr = problemParams(params)
		d.At, terr = moment(at)
		all = append(all, d)
		return errors.Join(perr, terr)
	})
	if err != nil {
		return nil, fault(err, o.f.path)
	}
	t := o.texts(o.f.ro)
	out := all[:0]
	for _, d := range all {
		found, err := t.get(ctx, textDecision, d.Change.ID, &d.Change)
		if err != nil && app.ErrorCode(err) != app.CodeKeyLocked { // that one waits for the keys
			return nil, fault(err, o.f.path)
		}
		if found && err == nil {
			out = append(out, d)
		}
	}
	return out, nil
}

// Decided ends a decision; c, unless it is nil, is what the hub told.
func (o *Office) Decided(ctx context.Context, change string, c *membership.Case) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM review_decision WHERE id = ?", change); err != nil {
			return err
		}
		if err := dropText(ctx, tx, change, textDecision); err != nil || c == nil {
			return err
		}
		return o.saveReviewed(ctx, tx, *c)
	})
}

// DecisionFailed notes why a decision did not get through.
func (o *Office) DecisionFailed(ctx context.Context, change string, problem app.Code, params map[string]string, refused bool) error {
	text, err := problemText(params)
	if err != nil {
		return fmt.Errorf("decision: %w", err)
	}
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE review_decision SET problem = ?, params = ?, refused = ? WHERE id = ?", problem, text, refused, change)
		return err
	})
}

// KeepRegionDocument queues a document for the hub.
func (o *Office) KeepRegionDocument(ctx context.Context, d membership.RegionDocument) error {
	o.openKeys()
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO review_document (request, sha256) VALUES (?, ?)", d.Request, d.Document.SHA256)
		if err != nil {
			return err
		}
		return o.putText(ctx, tx, textDocument, d.Request+"|"+d.Document.SHA256, d)
	})
}

// RegionDocuments returns the documents that go to the hub.
func (o *Office) RegionDocuments(ctx context.Context) ([]membership.RegionDocument, error) {
	ids, err := o.ids(ctx, "SELECT request || '|' || sha256 FROM review_document ORDER BY request, sha256")
	if err != nil {
		return nil, err
	}
	t := o.texts(o.f.ro)
	var all []membership.RegionDocument
	for _, id := range ids {
		var d membership.RegionDocument
		found, err := t.get(ctx, textDocument, id, &d)
		if err != nil && app.ErrorCode(err) != app.CodeKeyLocked {
			return nil, fault(err, o.f.path)
		}
		if found && err == nil {
			all = append(all, d)
		}
	}
	return all, nil
}

// DropRegionDocument ends the way of a document.
func (o *Office) DropRegionDocument(ctx context.Context, d membership.RegionDocument) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM review_document WHERE request = ? AND sha256 = ?", d.Request, d.Document.SHA256); err != nil {
			return err
		}
		return dropText(ctx, tx, d.Request+"|"+d.Document.SHA256, textDocument)
	})
}

// usedInReview notes the documents of cases that are examined here.
func (o *Office) usedInReview(ctx context.Context, closedBefore time.Time, note func([]membership.Document, ...*membership.Document)) error {
	cases, err := o.Reviewed(ctx)
	if err != nil {
		return err
	}
	for i := range cases {
		if over(&cases[i], closedBefore) {
			continue
		}
		note(nil, cases[i].Agreement)
		c, err := o.ReviewedCase(ctx, cases[i].ID)
		if err == nil {
			err = noteContent(c.Content, note)
		}
		if err != nil {
			return err
		}
	}
	decisions, err := o.Decisions(ctx)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		note(nil, d.Change.Document)
	}
	waiting, err := o.RegionDocuments(ctx)
	for i := range waiting {
		note(nil, &waiting[i].Document)
	}
	return err
}

func settingOf(ctx context.Context, q querier, key string) (value string, err error) {
	err = each(ctx, q, "SELECT value FROM setting WHERE key = ?", func(scan func(...any) error) error { return scan(&value) }, key)
	return value, err
}
