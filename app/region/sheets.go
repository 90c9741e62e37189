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
	var e wire.Entity
	err := h.store.View(ctx, func(tx Tx) (err error) {
		e, err = editable(tx, c, code)
		return err
	})
	if err == nil && e.Hash == "" {
		err = app.Fault(app.CodeNotFound, nil, "what", clip(code))
	}
	return e, err
}

// editable returns the working line, an empty one when there is none; whose
// it is decides who may.
func editable(tx Tx, c Caller, code string) (wire.Entity, error) {
	if !c.Is(wire.RoleEditor, wire.RoleManager, wire.RoleAdministrator) {
		return wire.Entity{}, app.Fault(app.CodeForbidden, nil)
	}
	e, found, err := tx.WorkingLine(Key{wire.TypeSheet, code})
	if err != nil || !found {
		return wire.Entity{}, err
	}
	return e, mayEdit(c, e)
}

func mayEdit(c Caller, e wire.Entity) error {
	s, err := e.Sheet()
	if err == nil && s.Authority != c.Authority && !c.Is(wire.RoleAdministrator) {
		err = app.Fault(app.CodeForbidden, nil)
	}
	return err
}

// SheetChange is an edit of a sheet: Match is the hash of the line that was
// read; New is set when there was none.
type SheetChange struct {
	Code  string
	Body  []byte
	Match []string
	New   bool
}

// PutSheet changes the working line of a sheet; the next publication shows
// it. When the line is no longer the one that was read, CodeChanged comes with
// the present one. Codes: CodeInvalid, CodeForbidden, CodeChanged.
func (h *Hub) PutSheet(ctx context.Context, c Caller, change SheetChange) (stored wire.Entity, created bool, err error) {
	e, err := readSheet(change)
	if err != nil {
		return wire.Entity{}, false, err
	}
	var current wire.Entity
	err = h.store.Update(ctx, func(tx Tx) error {
		current = wire.Entity{}
		was, err := editable(tx, c, change.Code)
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
			return app.Fault(app.CodeChanged, nil, "what", change.Code)
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
			if current, err = editable(tx, c, change.Code); err != nil {
				return err
			}
			return app.Fault(app.CodeChanged, nil, "what", change.Code)
		}
		return tx.CountImport()
	})
	if err != nil {
		return current, false, err
	}
	return e, created, nil
}

// readSheet refuses unknown fields: an editor would not see that they were
// left out.
func readSheet(change SheetChange) (wire.Entity, error) {
	invalid := func(field, value string, err error) error {
		return app.Fault(app.CodeInvalid, err, "field", field, "value", clip(value))
	}
	e, warnings, err := wire.ParseLine(change.Body)
	switch {
	case err != nil:
		return e, invalid("body", err.Error(), err)
	case len(warnings) > 0:
		return e, invalid("body", strings.Join(warnings, "; "), errors.New("unknown fields"))
	case e.Type != wire.TypeSheet:
		return e, invalid("type", e.Type, nil)
	case e.ID != change.Code:
		return e, invalid("code", e.ID, nil)
	}
	return e, nil
}
