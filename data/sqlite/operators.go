package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"polis/app/operators"
	"polis/data/wire"
)

var _ operators.Store = (*Office)(nil)

// Home says whose workstation this is; zero before the enrolment.
func (o *Office) Home(ctx context.Context) (operators.Home, error) {
	d, err := o.Device(ctx)
	return operators.Home{Device: d.ID, Authority: d.Authority, Office: d.Office, Operator: d.Operator, Role: d.Role}, err
}

// Operators returns the operators of the authority by name, the Italian way;
// those whose name this workstation cannot open come last.
func (o *Office) Operators(ctx context.Context) ([]operators.Person, error) {
	held, err := o.officeKeys(ctx, o.f.ro)
	if err != nil {
		return nil, err
	}
	var people []operators.Person
	err = privateLines(ctx, o.f.ro, wire.TypeOperator, func(line []byte, version int64) error {
		var p operators.Person
		if err := json.Unmarshal(line, &p.OperatorRecord); err != nil {
			return fmt.Errorf("operator: %w", err)
		}
		p.Version = version
		p.Name = string(held.open(p.SealedName))
		people = append(people, p)
		return nil
	})
	byName := collate.New(language.Italian)
	slices.SortStableFunc(people, func(a, b operators.Person) int {
		if (a.Name == "") != (b.Name == "") {
			return len(b.Name) - len(a.Name)
		}
		return byName.CompareString(a.Name, b.Name)
	})
	return people, fault(err, o.f.path)
}

// Workstations returns the devices of the authority, the oldest first.
func (o *Office) Workstations(ctx context.Context) ([]operators.Workstation, error) {
	d, err := o.Device(ctx)
	if err != nil {
		return nil, err
	}
	devices, err := devices(ctx, o.f.ro)
	list := make([]operators.Workstation, len(devices))
	for i, r := range devices {
		list[i] = operators.Workstation{DeviceRecord: r, Own: r.ID == d.ID}
	}
	slices.SortStableFunc(list, func(a, b operators.Workstation) int { return a.EnrolledAt.Compare(b.EnrolledAt) })
	return list, fault(err, o.f.path)
}

func devices(ctx context.Context, q querier) ([]wire.DeviceRecord, error) {
	var list []wire.DeviceRecord
	err := privateLines(ctx, q, wire.TypeDevice, func(line []byte, version int64) error {
		var r wire.DeviceRecord
		if err := json.Unmarshal(line, &r); err != nil {
			return fmt.Errorf("device: %w", err)
		}
		r.Version = version
		list = append(list, r)
		return nil
	})
	return list, err
}

// KeepOperator stores a record that the hub answered with.
func (o *Office) KeepOperator(ctx context.Context, r wire.OperatorRecord) error {
	version := r.Version
	r.Type, r.Version = wire.TypeOperator, 0
	return o.keepLine(ctx, r.Type, r.ID, version, r)
}

// KeepWorkstation stores a record that the hub answered with.
func (o *Office) KeepWorkstation(ctx context.Context, r wire.DeviceRecord) error {
	version := r.Version
	r.Type, r.Version = wire.TypeDevice, 0
	return o.keepLine(ctx, r.Type, r.ID, version, r)
}

func (o *Office) keepLine(ctx context.Context, kind, id string, version int64, record any) error {
	line, err := wire.Marshal(record)
	if err != nil {
		return err
	}
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO private_line (type, id, version, line) VALUES (?, ?, ?, ?)
			ON CONFLICT (type, id) DO UPDATE SET version = excluded.version, line = excluded.line WHERE excluded.version > private_line.version`,
			kind, id, version, line)
		return err
	})
}

// Tries returns how often in a row an operator's password was wrong.
func (o *Office) Tries(ctx context.Context, operator string) (operators.Tries, error) {
	var t operators.Tries
	var since, wait int64
	err := o.f.ro.QueryRowContext(ctx, "SELECT failed, locked_at, locked_ms, of FROM login_try WHERE operator = ?", operator).
		Scan(&t.Failed, &since, &wait, &t.Of)
	if errors.Is(err, sql.ErrNoRows) {
		return operators.Tries{}, nil
	}
	if since != 0 {
		t.Locked, t.For = time.UnixMilli(since), time.Duration(wait)*time.Millisecond
	}
	return t, fault(err, o.f.path)
}

// SetTries stores it, on disk when it returns.
func (o *Office) SetTries(ctx context.Context, operator string, t operators.Tries) error {
	var since int64
	if !t.Locked.IsZero() {
		since = t.Locked.UnixMilli()
	}
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO login_try (operator, failed, locked_at, locked_ms, of) VALUES (?, ?, ?, ?, ?)",
			operator, t.Failed, since, t.For.Milliseconds(), t.Of)
		return err
	})
}

// privateLines calls do for every line of a type.
func privateLines(ctx context.Context, q querier, kind string, do func(line []byte, version int64) error) error {
	return each(ctx, q, "SELECT line, version FROM private_line WHERE type = ? ORDER BY id", func(scan func(...any) error) error {
		var line []byte
		var version int64
		if err := scan(&line, &version); err != nil {
			return err
		}
		return do(line, version)
	}, kind)
}
