package region

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"polis/app"
	"polis/data/wire"
)

// Bounds of what an operator's record holds sealed, in bytes.
const (
	maxSealedKey  = 4 << 10
	maxSealedName = 4 << 10
)

// PutOperator stores an operator's record, when the caller may. The record
// says which version it was made from, 0 for a new one; the same record again
// gets the same answer. Codes: CodeInvalid, CodeForbidden, CodeNotFound
// (office), CodeConflict (another version).
func (h *Hub) PutOperator(ctx context.Context, c Caller, id string, o wire.OperatorRecord) (stored wire.OperatorRecord, created bool, err error) {
	if err := checkOperator(id, o); err != nil {
		return wire.OperatorRecord{}, false, err
	}
	o.Type = wire.TypeOperator
	err = h.store.Update(ctx, func(tx Tx) error {
		if err := lockAuthority(tx, o.Authority); err != nil {
			return err
		}
		was, found, err := tx.Operator(id)
		if err != nil {
			return err
		}
		if err := mayPut(c, was, found, o); err != nil {
			return err
		}
		created = !found
		if same := was; found {
			same.Version = o.Version
			if same == o {
				stored = was
				return nil
			}
		}
		if o.Version != was.Version {
			return app.Fault(app.CodeConflict, nil, "what", id)
		}
		stored, err = h.putOperator(tx, o)
		return err
	})
	return stored, created, err
}

func (h *Hub) putOperator(tx Tx, o wire.OperatorRecord) (wire.OperatorRecord, error) {
	if o.Office != "" {
		if err := mustExist(tx, o.Authority, o.Office); err != nil {
			return o, err
		}
	}
	if err := tx.PutOperator(o, h.now()); err != nil {
		return o, err
	}
	err := listPrivate(tx, o.Authority, []PrivateRow{{Type: wire.TypeOperator, ID: o.ID, Authority: o.Authority, Office: o.Office}})
	if err != nil {
		return o, err
	}
	o, _, err = tx.Operator(o.ID)
	return o, err
}

// mayPut is who may change what of an operator.
func mayPut(c Caller, was wire.OperatorRecord, found bool, o wire.OperatorRecord) error {
	if found && was.Authority != o.Authority {
		return app.Fault(app.CodeForbidden, nil)
	}
	if c.Is(wire.RoleAdministrator) || o.Authority == c.Authority && (manages(c, was, found, o) || found && ownKeys(c, was, o)) {
		return nil
	}
	return app.Fault(app.CodeForbidden, nil)
}

// manages: a responsabile, but not over those of the region.
func manages(c Caller, was wire.OperatorRecord, found bool, o wire.OperatorRecord) bool {
	ofAuthority := []string{wire.RoleOperator, wire.RoleManager, wire.RoleEditor}
	return c.Is(wire.RoleManager) && slices.Contains(ofAuthority, o.Role) && (!found || slices.Contains(ofAuthority, was.Role))
}

// ownKeys: an operator its own, and a workstation those of the record that
// came with it, once.
func ownKeys(c Caller, was, o wire.OperatorRecord) bool {
	if c.Acting != nil && c.Acting.ID == o.ID {
		return onlySealed(was, o, true)
	}
	return c.Device.Operator.ID == o.ID && was.Active && was.PublicKey == "" && onlySealed(was, o, false)
}

// onlySealed reports whether nothing but keys and name differs, and the mark
// of a password that somebody else gave.
func onlySealed(was, o wire.OperatorRecord, mustChange bool) bool {
	was.PublicKey, was.SealedKey, was.SealedName, was.Version = o.PublicKey, o.SealedKey, o.SealedName, o.Version
	if mustChange {
		was.MustChange = o.MustChange
	}
	return was == o
}

func checkOperator(id string, o wire.OperatorRecord) error {
	if err := checkUUID("id", id); err != nil {
		return err
	}
	invalid := func(field, value string) error {
		return app.Fault(app.CodeInvalid, nil, "field", field, "value", clip(value))
	}
	switch {
	case o.ID != id:
		return invalid("id", o.ID)
	case o.Type != "" && o.Type != wire.TypeOperator:
		return invalid("type", o.Type)
	case o.Authority == "":
		return invalid("authority", "")
	case !slices.Contains(Roles(), o.Role):
		return invalid("role", o.Role)
	case o.Version < 0:
		return invalid("version", strconv.FormatInt(o.Version, 10))
	case len(o.SealedKey) > maxSealedKey || strings.ContainsFunc(o.SealedKey, notBase64URL):
		return invalid("sealed_key", o.SealedKey)
	case len(o.SealedName) > maxSealedName || strings.ContainsFunc(o.SealedName, notBase64URL):
		return invalid("sealed_name", o.SealedName)
	}
	if o.PublicKey == "" {
		return nil
	}
	if _, err := parsePublicKey(o.PublicKey); err != nil {
		return invalid("public_key", o.PublicKey)
	}
	return nil
}

// ListOperators lists the operators of an authority ("" for all), for the
// administrator's command line.
func (h *Hub) ListOperators(ctx context.Context, authority string) ([]wire.OperatorRecord, error) {
	var list []wire.OperatorRecord
	err := h.store.View(ctx, func(tx Tx) (err error) {
		list, err = tx.Operators(authority)
		return err
	})
	return list, err
}

// DisableOperator takes an operator's roles away. Codes: CodeNotFound.
func (h *Hub) DisableOperator(ctx context.Context, id string) error {
	return h.store.Update(ctx, func(tx Tx) error {
		o, found, err := tx.Operator(id)
		if err == nil && found {
			if err = lockAuthority(tx, o.Authority); err == nil {
				o, found, err = tx.Operator(id)
			}
		}
		if err != nil {
			return err
		}
		if !found {
			return app.Fault(app.CodeNotFound, nil, "what", clip(id))
		}
		if !o.Active {
			return nil
		}
		o.Active = false
		_, err = h.putOperator(tx, o)
		return err
	})
}
