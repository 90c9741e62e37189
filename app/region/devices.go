package region

import (
	"context"
	"errors"
	"time"

	"polis/app"
	"polis/data/wire"
)

const codeLife = 15 * time.Minute // of a code that a responsabile shows

// ChangeDevice renames a workstation of the caller's authority or puts it out
// of use, for good. Codes: CodeInvalid (name), CodeForbidden, CodeNotFound,
// CodeConflict (it is out already).
func (h *Hub) ChangeDevice(ctx context.Context, c Caller, id string, change wire.DeviceChange) (wire.DeviceRecord, error) {
	if !c.Is(wire.RoleManager, wire.RoleAdministrator) {
		return wire.DeviceRecord{}, app.Fault(app.CodeForbidden, nil)
	}
	if err := checkName(change.Name); err != nil {
		return wire.DeviceRecord{}, err
	}
	var record wire.DeviceRecord
	err := h.store.Update(ctx, func(tx Tx) error {
		d, found, err := lockedDevice(tx, id)
		if err == nil && (!found || d.Authority != c.Authority && !c.Is(wire.RoleAdministrator)) {
			err = app.Fault(app.CodeNotFound, nil, "what", clip(id))
		}
		if err == nil && d.Revoked() && !change.Revoked {
			err = app.Fault(app.CodeConflict, nil, "what", id)
		}
		if err != nil {
			return err
		}
		was := d
		d.Name = change.Name
		if change.Revoked && !d.Revoked() {
			d.RevokedAt = h.now()
		}
		record, err = changeDevice(tx, was, d)
		return err
	})
	return record, err
}

// lockedDevice reads a device that nobody else changes meanwhile.
func lockedDevice(tx Tx, id string) (Device, bool, error) {
	d, found, err := tx.Device(id)
	if err != nil || !found {
		return d, found, err
	}
	if err := lockAuthority(tx, d.Authority); err != nil {
		return d, found, err
	}
	return tx.Device(id)
}

// changeDevice stores what differs and tells the authority's workstations.
func changeDevice(tx Tx, was, d Device) (wire.DeviceRecord, error) {
	if was == d {
		return d.Record(), nil
	}
	if err := tx.ChangeDevice(d); err != nil {
		return wire.DeviceRecord{}, err
	}
	if err := listPrivate(tx, d.Authority, []PrivateRow{d.row()}); err != nil {
		return wire.DeviceRecord{}, err
	}
	d, _, err := tx.Device(d.ID)
	return d.Record(), err
}

// RenewKey gives the calling workstation a new key. The old one holds until
// the new one was used, so that an answer that got lost locks nobody out; the
// same key again gets the same answer. Codes: CodeInvalid (public_key),
// CodeForbidden (another device), CodeUnauthorized (the proof).
func (h *Hub) RenewKey(ctx context.Context, c Caller, id string, r wire.KeyRenewal) (wire.DeviceRecord, error) {
	if id != c.Device.ID {
		return wire.DeviceRecord{}, app.Fault(app.CodeForbidden, nil)
	}
	if _, err := parsePublicKey(r.PublicKey); err != nil {
		return wire.DeviceRecord{}, app.Fault(app.CodeInvalid, err, "field", "public_key", "value", clip(r.PublicKey))
	}
	var claims assertionClaims
	err := h.verify(r.Proof, &claims, func() ([]string, error) { return []string{r.PublicKey}, nil })
	if err == nil {
		err = h.fresh(claims.RegisteredClaims)
	}
	if err == nil && claims.Subject != id {
		err = app.Fault(app.CodeUnauthorized, errors.New("proof for another device"))
	}
	if err != nil {
		return wire.DeviceRecord{}, err
	}
	var record wire.DeviceRecord
	err = h.store.Update(ctx, func(tx Tx) error {
		d, _, err := lockedDevice(tx, id)
		if err != nil {
			return err
		}
		if d.PublicKey == r.PublicKey {
			record = d.Record()
			return nil
		}
		was := d
		if d.PreviousKey == "" { // else the key in between was never used
			d.PreviousKey = d.PublicKey
		}
		d.PublicKey, d.RenewBy = r.PublicKey, h.now().Add(deviceLife)
		record, err = changeDevice(tx, was, d)
		return err
	})
	return record, err
}

// NewCode makes a code for a further workstation of the caller's authority.
// Codes: CodeForbidden, CodeNotFound (office).
func (h *Hub) NewCode(ctx context.Context, c Caller, r wire.CodeRequest) (wire.EnrolmentCode, error) {
	if !c.Is(wire.RoleManager) {
		return wire.EnrolmentCode{}, app.Fault(app.CodeForbidden, nil)
	}
	code, err := h.NewEnrolmentCode(ctx, EnrolmentCodeParams{
		Authority: c.Authority, Office: r.Office, Role: wire.RoleOperator, Valid: codeLife,
	})
	return wire.EnrolmentCode{Code: code, ExpiresAt: h.clock.Now().UTC().Add(codeLife).Truncate(time.Second)}, err
}

// ListDevices lists the workstations of an authority ("" for all), for the
// administrator's command line.
func (h *Hub) ListDevices(ctx context.Context, authority string) ([]wire.DeviceRecord, error) {
	var list []wire.DeviceRecord
	err := h.store.View(ctx, func(tx Tx) error {
		devices, err := tx.Devices(authority)
		list = nil
		for _, d := range devices {
			list = append(list, d.Record())
		}
		return err
	})
	return list, err
}

// RevokeDevice puts a workstation out of use. Codes: CodeNotFound.
func (h *Hub) RevokeDevice(ctx context.Context, id string) error {
	return h.store.Update(ctx, func(tx Tx) error {
		d, found, err := lockedDevice(tx, id)
		if err == nil && !found {
			err = app.Fault(app.CodeNotFound, nil, "what", clip(id))
		}
		if err != nil || d.Revoked() {
			return err
		}
		was := d
		d.RevokedAt = h.now()
		_, err = changeDevice(tx, was, d)
		return err
	})
}
