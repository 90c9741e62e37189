package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"polis/app"
	"polis/app/network"
)

var (
	_ network.Store     = (*Office)(nil)
	_ network.Catalogue = (*Catalogue)(nil)
)

// OfficeEdits returns the edits that are under way, by office.
func (o *Office) OfficeEdits(ctx context.Context) ([]network.Edit, error) {
	var edits []network.Edit
	err := each(ctx, o.f.ro, "SELECT office, edit FROM office_edit ORDER BY office", func(scan func(...any) error) error {
		var id string
		var text []byte
		if err := scan(&id, &text); err != nil {
			return err
		}
		var e network.Edit
		if err := json.Unmarshal(text, &e); err != nil {
			return fmt.Errorf("edit of %s: %w", id, err)
		}
		edits = append(edits, e)
		return nil
	})
	return edits, fault(err, o.f.path)
}

// SaveOfficeEdit puts an edit in the place of the one that its office had.
func (o *Office) SaveOfficeEdit(ctx context.Context, e network.Edit) error {
	text, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("edit of %s: %w", e.Office.ID, err)
	}
	return o.f.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO office_edit (office, hash, edit) VALUES (?, ?, ?)", e.Office.ID, e.Hash, text); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM office_draft WHERE office = ?", e.Office.ID)
		return err
	})
}

// AnswerOfficeEdit stores what became of an edit, unless another one has
// taken its place.
func (o *Office) AnswerOfficeEdit(ctx context.Context, e network.Edit) error {
	text, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("edit of %s: %w", e.Office.ID, err)
	}
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE office_edit SET edit = ? WHERE office = ? AND hash = ?", text, e.Office.ID, e.Hash)
		return err
	})
}

// EndOfficeEdit removes an edit, unless another one has taken its place.
func (o *Office) EndOfficeEdit(ctx context.Context, e network.Edit) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM office_edit WHERE office = ? AND hash = ?", e.Office.ID, e.Hash)
		return err
	})
}

// OfficeDrafts returns what is being typed, by office.
func (o *Office) OfficeDrafts(ctx context.Context) (map[string]network.Draft, error) {
	drafts := map[string]network.Draft{}
	err := each(ctx, o.f.ro, "SELECT office, saved_at, line FROM office_draft", func(scan func(...any) error) error {
		var id, at string
		var line []byte
		if err := scan(&id, &at, &line); err != nil {
			return err
		}
		var d network.Draft
		if err := json.Unmarshal(line, &d.Office); err != nil {
			return fmt.Errorf("draft of %s: %w", id, err)
		}
		var err error
		if d.SavedAt, err = moment(at); err != nil {
			return fmt.Errorf("draft of %s: %w", id, err)
		}
		drafts[id] = d
		return nil
	})
	return drafts, fault(err, o.f.path)
}

// SaveOfficeDraft stores what is being typed.
func (o *Office) SaveOfficeDraft(ctx context.Context, d network.Draft) error {
	line, err := json.Marshal(d.Office)
	if err != nil {
		return fmt.Errorf("draft of %s: %w", d.Office.ID, err)
	}
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO office_draft (office, saved_at, line) VALUES (?, ?, ?)", d.Office.ID, utc(d.SavedAt), line)
		return err
	})
}

// DropOfficeDraft removes what was being typed.
func (o *Office) DropOfficeDraft(ctx context.Context, id string) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM office_draft WHERE office = ?", id)
		return err
	})
}

// Adapted returns which of the sheets an authority has an adaptation of.
func (c *Catalogue) Adapted(ctx context.Context, authority string, codes []string) (map[string]bool, error) {
	adapted := map[string]bool{}
	err := c.read(func(f *file) error {
		clear(adapted)
		for _, code := range codes {
			err := each(ctx, f.ro, `SELECT 1 FROM (SELECT CAST(line AS TEXT) AS l FROM `+withBase+`) WHERE l ->> 'authority' = ? LIMIT 1`,
				func(scan func(...any) error) error {
					var one int
					adapted[code] = true
					return scan(&one)
				}, code, authority)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return adapted, c.mend(ctx, err)
}

// Overlaid is a catalogue that shows offices as they were edited here.
type Overlaid struct {
	*Catalogue
	Shown func(app.Office) app.Office
}

// Office implements desk.Catalogue.
func (c Overlaid) Office(id string) (app.Office, bool) {
	o, ok := c.Catalogue.Office(id)
	if ok {
		o = c.Shown(o)
	}
	return o, ok
}

// Offices implements desk.Catalogue.
func (c Overlaid) Offices(authority string) []app.Office {
	list := c.Catalogue.Offices(authority)
	for i := range list {
		list[i] = c.Shown(list[i])
	}
	return list
}
