package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"polis/app"
	"polis/data/secret"
)

// membershipKey is the data key of requests to join the network. Retention
// destroys the keys of months; this one is none.
const membershipKey = "adesioni"

// Kinds of texts.
const (
	textDraft    = "draft"
	textFrozen   = "frozen"
	textCase     = "case"
	textItem     = "item"
	textReview   = "review"
	textContent  = "content"
	textDecision = "decision"
	textDocument = "document"
)

func textPlace(kind, id string) string { return "membership_text|" + kind + "|" + id }

// openKeys lets a keyring take its time before the file is held. Keys that do
// not open are no reason to refuse a draft.
func (o *Office) openKeys() {
	if o.keys != nil {
		_, _ = o.keys.SealKey()
	}
}

// putText stores a text sealed, or as it is while there are no keys.
func (o *Office) putText(ctx context.Context, tx *sql.Tx, kind, id string, v any) error {
	text, raw := v.([]byte)
	if !raw {
		var err error
		if text, err = json.Marshal(v); err != nil {
			return err
		}
	}
	name, sealed, err := o.sealText(ctx, tx, kind, id, text)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO membership_text (kind, id, key, content) VALUES (?, ?, ?, ?)", kind, id, name, sealed)
	return err
}

func (o *Office) sealText(ctx context.Context, tx *sql.Tx, kind, id string, text []byte) (name string, sealed []byte, err error) {
	name = membershipKey
	key, err := o.monthKey(ctx, tx, name, true)
	for range 3 { // a key under another KEK is left alone, for who has that KEK
		if err == nil || noKeys(err) {
			break
		}
		name += "+"
		key, err = o.monthKey(ctx, tx, name, true)
	}
	if noKeys(err) {
		return "", text, nil
	}
	if err == nil {
		sealed, err = secret.Seal(key, text, textPlace(kind, id))
	}
	return name, sealed, err
}

// texts are the texts of a kind as they lie, by ID, and the keys that were
// needed so far.
type texts struct {
	o    *Office
	q    querier
	keys map[string][]byte
}

func (o *Office) texts(q querier) *texts { return &texts{o: o, q: q, keys: map[string][]byte{}} }

// get reads a text into v (JSON), or as it is into a *[]byte. found is false
// when there is none. CodeKeyLocked when it does not open.
func (t *texts) get(ctx context.Context, kind, id string, v any) (found bool, err error) {
	var name string
	var content []byte
	err = each(ctx, t.q, "SELECT key, content FROM membership_text WHERE kind = ? AND id = ?", func(scan func(...any) error) error {
		found = true
		return scan(&name, &content)
	}, kind, id)
	if err != nil || !found {
		return false, err
	}
	if content, err = t.open(ctx, kind, id, name, content); err != nil {
		return true, err
	}
	if raw, ok := v.(*[]byte); ok {
		*raw = content
		return true, nil
	}
	if err := json.Unmarshal(content, v); err != nil {
		return true, fmt.Errorf("%s: %w", textPlace(kind, id), err)
	}
	return true, nil
}

func (t *texts) open(ctx context.Context, kind, id, name string, content []byte) ([]byte, error) {
	if name == "" {
		return content, nil
	}
	key, known := t.keys[name]
	if !known {
		var err error
		if key, err = t.o.monthKey(ctx, t.q, name, false); err != nil {
			key = nil // said in words where it is shown
		}
		t.keys[name] = key
	}
	plain, err := []byte(nil), error(nil)
	if key != nil {
		plain, err = secret.Open(key, content, textPlace(kind, id))
	}
	if key == nil || err != nil {
		return nil, app.Fault(app.CodeKeyLocked, err, "how", "")
	}
	return plain, nil
}

// allOpen reports that every text can be read. CodeKeyLocked.
func (o *Office) allOpen(ctx context.Context) error {
	var names []string
	err := each(ctx, o.f.ro, "SELECT DISTINCT key FROM membership_text WHERE key <> ''", func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		names = append(names, name)
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		if key, err := o.monthKey(ctx, o.f.ro, name, false); err != nil || key == nil {
			return app.Fault(app.CodeKeyLocked, err, "how", "")
		}
	}
	return nil
}

func dropText(ctx context.Context, tx *sql.Tx, id string, kinds ...string) error {
	for _, kind := range kinds {
		if _, err := tx.ExecContext(ctx, "DELETE FROM membership_text WHERE kind = ? AND id = ?", kind, id); err != nil {
			return err
		}
	}
	return nil
}

// sealTexts seals what lies open and overwrites it (secure_delete).
func (o *Office) sealTexts(ctx context.Context, tx *sql.Tx) (int, error) {
	type text struct {
		kind, id string
		content  []byte
	}
	var open []text
	err := each(ctx, tx, "SELECT kind, id, content FROM membership_text WHERE key = ''", func(scan func(...any) error) error {
		var t text
		err := scan(&t.kind, &t.id, &t.content)
		open = append(open, t)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, t := range open {
		if err := o.putText(ctx, tx, t.kind, t.id, t.content); err != nil {
			return 0, err
		}
	}
	return len(open), nil
}
