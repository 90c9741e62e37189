package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"polis/app"
	"polis/data/wire"
)

// Numbered returns this workstation's own contact of a number ("2026-00012").
// CodeNotFound.
func (o *Office) Numbered(ctx context.Context, number string) (app.Contact, error) {
	var line []byte
	err := o.f.ro.QueryRowContext(ctx, "SELECT line FROM contact WHERE number = ? AND own ORDER BY recorded_at DESC LIMIT 1", number).Scan(&line)
	if errors.Is(err, sql.ErrNoRows) {
		return app.Contact{}, app.Fault(app.CodeNotFound, nil, "what", number)
	}
	if err != nil {
		return app.Contact{}, fault(err, o.f.path)
	}
	return wire.DecodeContact(line)
}
