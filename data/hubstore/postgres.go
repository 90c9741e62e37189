package hubstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"polis/app"
)

// Two replicas with these pools take a third of the 100 connections that
// PostgreSQL has when nobody configured it.
const (
	postgresReaders = 8
	postgresWriters = 8
	connectTimeout  = 10 * time.Second
	idleConnection  = 5 * time.Minute
)

// PostgresParams say how to open a database of PostgreSQL.
type PostgresParams struct {
	Address string // postgres://USER@HOST:PORT/NAME?...
	Clock   app.Clock
	Migrate bool // bring the schema up to date
	// Patient lifts the limit of two minutes on a statement: a backup and an
	// export stream through one.
	Patient bool
}

// OpenPostgres opens a database of PostgreSQL. Without Migrate an older
// schema is refused. Codes: CodeInvalid (the address, or one that would not
// verify the server), CodeDatabase (database, detail), CodeDatabaseBusy,
// CodeDatabaseForeign, CodeDatabaseOld (database, from, to).
func OpenPostgres(ctx context.Context, p PostgresParams) (*Store, error) {
	config, err := postgresConfig(p.Address)
	if err != nil {
		return nil, err
	}
	for name, value := range postgresSettings(p.Patient) {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
	d := &postgresDialect{name: postgresName(config)}
	open := func(limit int) *sql.DB {
		db := stdlib.OpenDB(*config)
		db.SetMaxOpenConns(limit)
		db.SetMaxIdleConns(limit)
		db.SetConnMaxIdleTime(idleConnection)
		return db
	}
	s := newStore(d, open(postgresWriters), open(postgresReaders))
	err = s.checkPostgres(ctx)
	if err == nil && p.Migrate {
		err = s.migrate(ctx, p.Clock.Now())
	} else if err == nil {
		err = s.checkSchema(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// postgresSettings are set for every connection unless the address says
// otherwise. A hub that hangs must not hold locks for the others; what was
// acknowledged is on the disk.
func postgresSettings(patient bool) map[string]string {
	statement := "120s"
	if patient {
		statement = "0"
	}
	return map[string]string{
		"application_name":                    "polis-hub",
		"synchronous_commit":                  "on",
		"lock_timeout":                        "10s",
		"statement_timeout":                   statement,
		"idle_in_transaction_session_timeout": "60s",
		"timezone":                            "UTC",
		"client_encoding":                     "UTF8",
	}
}

// postgresConfig reads the address. A server elsewhere is verified: without
// sslmode that is verify-full, and a weaker one is refused.
func postgresConfig(address string) (*pgx.ConnConfig, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, invalidAddress(errors.New("not an address of PostgreSQL"))
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, invalidAddress(errors.New("the address cannot be read")) // err may quote it
	}
	if !verifies(config) && !u.Query().Has("sslmode") {
		query := u.Query()
		query.Set("sslmode", "verify-full")
		u.RawQuery = query.Encode()
		if config, err = pgx.ParseConfig(u.String()); err != nil {
			return nil, invalidAddress(errors.New("the address cannot be read"))
		}
	}
	if !verifies(config) {
		return nil, app.Fault(app.CodeInvalid, nil, "field", "--db", "value", "sslmode: verify-full")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	return config, nil
}

func invalidAddress(err error) error {
	return app.Fault(app.CodeInvalid, err, "field", "--db", "value", "postgres://...")
}

// verifies tells whether every server that may be connected to is on this
// machine or proves who it is.
func verifies(config *pgx.ConnConfig) bool {
	tries := []*pgconn.FallbackConfig{{Host: config.Host, TLSConfig: config.TLSConfig}}
	for _, t := range append(tries, config.Fallbacks...) {
		if ip := net.ParseIP(t.Host); strings.HasPrefix(t.Host, "/") || t.Host == "localhost" || ip != nil && ip.IsLoopback() {
			continue
		}
		if t.TLSConfig == nil || t.TLSConfig.InsecureSkipVerify {
			return false
		}
	}
	return true
}

// postgresName is how messages call the database: without user and password.
func postgresName(config *pgx.ConnConfig) string {
	host := config.Host
	if !strings.HasPrefix(host, "/") {
		host = net.JoinHostPort(host, strconv.Itoa(int(config.Port)))
	}
	return host + "/" + config.Database
}

// checkPostgres makes sure that text and commits will be what they seem.
func (s *Store) checkPostgres(ctx context.Context) error {
	for name, want := range map[string]string{"server_encoding": "UTF8", "fsync": "on"} {
		var got string
		if err := s.read.db.QueryRowContext(ctx, "SELECT current_setting($1)", name).Scan(&got); err != nil {
			return s.fault(err)
		}
		if got != want {
			return app.Fault(app.CodeInvalid, nil, "field", "PostgreSQL: "+name, "value", got)
		}
	}
	return nil
}

type postgresDialect struct {
	name  string
	bound sync.Map // ? statement -> $1 statement
}

// driverCaches: pgx prepares a statement on the connection that first runs it.
func (*postgresDialect) driverCaches() bool { return true }

// view: one state for all statements of the transaction.
func (*postgresDialect) view() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

func (d *postgresDialect) rebind(query string) string {
	if known, ok := d.bound.Load(query); ok {
		if text, ok := known.(string); ok {
			return text
		}
	}
	var b strings.Builder
	n, quoted := 0, false
	for _, r := range query {
		switch {
		case r == '\'':
			quoted = !quoted
		case r == '?' && !quoted:
			n++
			b.WriteString("$" + strconv.Itoa(n))
			continue
		}
		b.WriteRune(r)
	}
	d.bound.Store(query, b.String())
	return b.String()
}

// script: bytes have another name, and text is sorted by its bytes, as
// SQLite does, whatever the language of the database.
func (*postgresDialect) script(text string) string {
	text = regexp.MustCompile(`(?m)--.*$`).ReplaceAllString(text, "")
	text = regexp.MustCompile(`\bBLOB\b`).ReplaceAllString(text, "BYTEA")
	return regexp.MustCompile(`\bTEXT\b`).ReplaceAllString(text, `TEXT COLLATE "C"`)
}

// migrationLock is an arbitrary number of ours ("POLH").
const migrationLock = applicationID

// lock lets one process at a time migrate; the others wait until it is done.
func (*postgresDialect) lock(t *tx) error {
	if err := t.command("SET LOCAL lock_timeout = 0"); err != nil {
		return err
	}
	if err := t.command("SET LOCAL statement_timeout = 0"); err != nil {
		return err
	}
	return t.command("SELECT pg_advisory_xact_lock(" + strconv.Itoa(migrationLock) + ")")
}

func (*postgresDialect) tables() string {
	return `SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema() ORDER BY 1`
}

func (*postgresDialect) columns() string {
	return `SELECT column_name, CASE data_type WHEN 'bytea' THEN 1 ELSE 0 END FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position`
}

func (d *postgresDialect) foreign(err error) error {
	return app.Fault(app.CodeDatabaseForeign, err, "database", d.name)
}

func (d *postgresDialect) old(from, to int) error {
	return app.Fault(app.CodeDatabaseOld, nil, "database", d.name, "from", strconv.Itoa(from), "to", strconv.Itoa(to))
}

func (d *postgresDialect) notEmpty() error {
	return app.Fault(app.CodeDatabaseNotEmpty, nil, "database", d.name)
}

// again: a deadlock, or a state that another transaction changed meanwhile.
func (*postgresDialect) again(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	// 0A000 is a statement that was prepared for an older schema.
	return e.Code == "40001" || e.Code == "40P01" || e.Code == "0A000" && strings.Contains(e.Message, "cached plan")
}

func (d *postgresDialect) fault(err error) error {
	var e *pgconn.PgError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &e):
		return d.serverFault(e, err)
	case isConnectionFault(err):
		return app.Fault(app.CodeDatabase, err, "database", d.name, "detail", "connection")
	}
	return err
}

func (d *postgresDialect) serverFault(e *pgconn.PgError, err error) error {
	switch e.Code {
	case "53100":
		return app.Fault(app.CodeDiskFull, err, "path", d.name)
	case "40001", "40P01", "55P03", "57014", "25P03": // serialization, deadlock, timeouts of lock, statement and idle transaction
		return app.Fault(app.CodeDatabaseBusy, err, "database", d.name)
	case "22021":
		return app.Fault(app.CodeInvalid, err, "field", "text", "value", "") // a zero byte in a text
	case "57P01", "57P02", "57P03", "53200", "53300", "3D000", "42501", "25006": // stopped, starting, no memory, no connections; no database, no right, a standby
		return app.Fault(app.CodeDatabase, err, "database", d.name, "detail", e.Code+" "+e.Message)
	}
	if class := e.Code[:min(2, len(e.Code))]; class == "08" || class == "28" || class == "58" { // connection, login, system
		return app.Fault(app.CodeDatabase, err, "database", d.name, "detail", e.Code+" "+e.Message)
	}
	return err
}

func isConnectionFault(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || pgconn.SafeToRetry(err) || strings.Contains(fmt.Sprint(err), "conn closed")
}
