package region

import (
	"context"
	"errors"
	"slices"
	"strings"

	"polis/app"
	"polis/data/wire"
)

// Sheet returns the working line of a sheet for who may edit it. Codes:
// CodeForbidden, CodeNotFound.
func (h *Hub) Sheet(ctx context.Context, c Caller, code string) (wire.Entity, error) {
	return h.edited(ctx, c, Key{wire.TypeSheet, code})
}

func (h *Hub) edited(ctx context.Context, c Caller, k Key) (wire.Entity, error) {
	var e wire.Entity
	err := h.store.View(ctx, func(tx Tx) (err error) {
		e, err = editable(tx, c, k)
		return err
	})
	if err == nil && e.Hash == "" {
		err = app.Fault(app.CodeNotFound, nil, "what", clip(k.ID))
	}
	return e, err
}

// editable returns the working line, an empty one when there is none; whose
// it is decides who may.
func editable(tx Tx, c Caller, k Key) (wire.Entity, error) {
	if !c.Is(wire.RoleEditor, wire.RoleManager, wire.RoleAdministrator) {
		return wire.Entity{}, app.Fault(app.CodeForbidden, nil)
	}
	e, found, err := tx.WorkingLine(k)
	if err != nil || !found {
		return wire.Entity{}, err
	}
	return e, mayEdit(c, e)
}

func mayEdit(c Caller, e wire.Entity) error {
	authority, err := ownerOf(e)
	if err == nil && authority != c.Authority && !c.Is(wire.RoleAdministrator) {
		err = app.Fault(app.CodeForbidden, nil)
	}
	return err
}

// ownerOf returns the authority of a sheet or an office.
func ownerOf(e wire.Entity) (string, error) {
	if e.Type == wire.TypeOffice {
		o, err := e.Office()
		return o.Authority, err
	}
	s, err := e.Sheet()
	return s.Authority, err
}

// LineChange is an edit of a sheet or an office: Match is the hash of the line
// that was read; New is set when there was none.
type LineChange struct {
	ID    string // a sheet's code
	Body  []byte
	Match []string
	New   bool
}

// PutSheet changes the working line of a sheet; the next publication shows
// it. When the line is no longer the one that was read, CodeChanged comes with
// the present one. Codes: CodeInvalid, CodeForbidden, CodeChanged.
func (h *Hub) PutSheet(ctx context.Context, c Caller, change LineChange) (stored wire.Entity, created bool, err error) {
	return h.putEdited(ctx, c, wire.TypeSheet, change)
}

// Office returns the working line of an office for who may edit it. Codes:
// CodeForbidden, CodeNotFound.
func (h *Hub) Office(ctx context.Context, c Caller, id string) (wire.Entity, error) {
	return h.edited(ctx, c, Key{wire.TypeOffice, id})
}

// PutOffice changes the working line of an office and publishes: who stands
// before a closed door cannot wait for the night. When the line is no longer
// the one that was read, CodeChanged comes with the present one. Codes:
// CodeInvalid, CodeForbidden, CodeChanged.
func (h *Hub) PutOffice(ctx context.Context, c Caller, change LineChange) (stored wire.Entity, created bool, err error) {
	stored, created, err = h.putEdited(ctx, c, wire.TypeOffice, change)
	if err != nil {
		return stored, created, err
	}
	return stored, created, h.publishMember(ctx)
}

func (h *Hub) putEdited(ctx context.Context, c Caller, kind string, change LineChange) (stored wire.Entity, created bool, err error) {
	e, err := readEdited(kind, change)
	if err != nil {
		return wire.Entity{}, false, err
	}
	var current wire.Entity
	err = h.store.Update(ctx, func(tx Tx) error {
		current = wire.Entity{}
		was, err := editable(tx, c, Key{kind, change.ID})
		if err != nil {
			return err
		}
		if err := mayEdit(c, e); err != nil {
			return err
		}
		current = was
		matches := was.Hash != "" && (slices.Contains(change.Match, was.Hash) || slices.Contains(change.Match, "*"))
		if change.New {
			matches = was.Hash == ""
		}
		if !matches {
			return app.Fault(app.CodeChanged, nil, "what", change.ID)
		}
		created = was.Hash == ""
		if was.Hash == e.Hash {
			return nil
		}
		done, err := tx.ReplaceWorking(e, was.Hash)
		if err != nil {
			return err
		}
		if !done { // somebody was faster on another replica
			if current, err = editable(tx, c, Key{kind, change.ID}); err != nil {
				return err
			}
			return app.Fault(app.CodeChanged, nil, "what", change.ID)
		}
		return tx.CountImport()
	})
	if err != nil {
		return current, false, err
	}
	return e, created, nil
}

// readEdited refuses unknown fields: an editor would not see that they were
// left out.
func readEdited(kind string, change LineChange) (wire.Entity, error) {
	invalid := func(field, value string, err error) error {
		return app.Fault(app.CodeInvalid, err, "field", field, "value", clip(value))
	}
	e, warnings, err := wire.ParseLine(change.Body)
	switch {
	case err != nil:
		return e, invalid("body", err.Error(), err)
	case len(warnings) > 0:
		return e, invalid("body", strings.Join(warnings, "; "), errors.New("unknown fields"))
	case e.Type != kind:
		return e, invalid("type", e.Type, nil)
	case e.ID != change.ID:
		return e, invalid("id", e.ID, nil)
	}
	return e, nil
}
