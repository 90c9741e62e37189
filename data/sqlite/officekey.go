package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/exchange"
	"polis/data/secret"
	"polis/data/wire"
)

// Keys are the workstation's own: what only this computer may read passes
// through them.
type Keys interface {
	SealKey() (string, error)
	OpenSealed(sealed string) ([]byte, error)
	Wrap(plain []byte, place string) ([]byte, error)
	Unwrap(sealed []byte, place string) ([]byte, error)
}

// UseKeys gives the file its keys. Without any, notes stay as they are and
// nothing of colleagues is opened.
func (o *Office) UseKeys(k Keys) { o.keys = k }

// errNoKeys says that nobody gave the file its keys.
var errNoKeys = errors.New("no keys")

// keyRing is the office's keys that this workstation holds, by public half.
type keyRing map[string]secret.OfficeKey

func (o *Office) officeKeys(ctx context.Context, q querier) (keyRing, error) {
	ring := keyRing{}
	if o.keys == nil {
		return ring, nil
	}
	err := each(ctx, q, "SELECT public, wrapped FROM office_key", func(scan func(...any) error) error {
		var public string
		var wrapped []byte
		if err := scan(&public, &wrapped); err != nil {
			return err
		}
		text, err := o.keys.Unwrap(wrapped, officeKeyPlace(public))
		if err != nil { // as good as not held: another workstation hands it out again
			return nil //nolint:nilerr // told by diagnose
		}
		key, err := secret.ParseOfficeKey(string(text))
		if err != nil {
			return err
		}
		ring[public] = key
		return nil
	})
	return ring, err
}

func officeKeyPlace(public string) string { return "office_key|wrapped|" + public }

// open reads something sealed with whichever key fits; nil when none does.
func (r keyRing) open(sealed string) []byte {
	if sealed == "" {
		return nil
	}
	for _, k := range r {
		if plain, err := k.Open(sealed); err == nil {
			return plain
		}
	}
	return nil
}

// situation is what a workstation knows about the keys of its office.
type situation struct {
	device  exchange.Device
	held    keyRing
	peers   []wire.DeviceRecord        // of the office, this one too
	listed  bool                       // this workstation is among them and not revoked
	reached map[string]map[string]bool // key -> devices that an envelope was made for
	burnt   map[string]bool            // keys that a revoked workstation may have
}

// sealing is the key with which the office seals from now on: the lowest one
// that no revoked workstation has. Every workstation comes to the same one,
// whoever made it first. "" when there is none or it is not held here.
func (s *situation) sealing() string {
	for _, public := range slices.Sorted(maps.Keys(s.reached)) {
		if _, held := s.held[public]; held && !s.burnt[public] {
			return public
		}
	}
	return ""
}

// lacks reports that the office has no key that is safe, on whichever
// workstation.
func (s *situation) lacks() bool {
	for public := range s.reached {
		if !s.burnt[public] {
			return false
		}
	}
	return true
}

func (o *Office) situation(ctx context.Context, tx *sql.Tx) (*situation, error) {
	s := &situation{reached: map[string]map[string]bool{}, burnt: map[string]bool{}}
	var err error
	if s.device, err = o.Device(ctx); err != nil || !s.device.Enrolled() {
		return s, err
	}
	if s.held, err = o.officeKeys(ctx, tx); err != nil {
		return nil, err
	}
	all, err := devices(ctx, tx)
	if err != nil {
		return nil, err
	}
	revoked := map[string]bool{}
	for _, d := range all {
		if d.Authority != s.device.Authority || d.Office != s.device.Office {
			continue
		}
		revoked[d.ID] = d.RevokedAt != nil
		s.peers = append(s.peers, d)
		s.listed = s.listed || d.ID == s.device.ID && d.RevokedAt == nil
	}
	for public := range s.held {
		s.reach(public, s.device.ID)
	}
	if err := s.handed(ctx, tx); err != nil {
		return nil, err
	}
	for public, devices := range s.reached {
		for d := range devices {
			s.burnt[public] = s.burnt[public] || revoked[d]
		}
	}
	return s, nil
}

// handed learns which keys went to which workstations, from the office's
// envelopes and our own that are still on their way.
func (s *situation) handed(ctx context.Context, tx *sql.Tx) error {
	err := privateLines(ctx, tx, wire.TypeKeyEnvelope, func(line []byte, _ int64) error {
		var e wire.KeyEnvelope
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("key envelope: %w", err)
		}
		if e.Authority == s.device.Authority && e.Office == s.device.Office {
			s.reach(e.Key, e.Device)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return each(ctx, tx, "SELECT public, device FROM key_handed", func(scan func(...any) error) error {
		var public, device string
		err := scan(&public, &device)
		s.reach(public, device)
		return err
	})
}

func (s *situation) reach(public, device string) {
	if s.reached[public] == nil {
		s.reached[public] = map[string]bool{}
	}
	s.reached[public][device] = true
}

// Tend puts the office's secrets in order: it takes keys that came, makes one
// where the office has none that is safe, hands out what it holds, seals what
// lay open and queues what waited for a key. It reports whether something
// waits for the hub now. Run it after opening and after every exchange; again
// it changes nothing. CodeKeyLocked.
func (o *Office) Tend(ctx context.Context, now time.Time) (queued bool, err error) {
	if o.keys == nil {
		return false, nil
	}
	if _, err := o.keys.SealKey(); err != nil { // before the file is held
		return false, err
	}
	sealed := 0
	err = o.f.write(ctx, func(tx *sql.Tx) error {
		s, err := o.situation(ctx, tx)
		if err != nil {
			return err
		}
		if sealed, err = o.sealNotes(ctx, tx); err != nil {
			return err
		}
		texts, err := o.sealTexts(ctx, tx)
		sealed += texts
		if err != nil || !s.device.Enrolled() {
			return err
		}
		before, err := queueLength(ctx, tx)
		if err != nil {
			return err
		}
		if err := o.tendKeys(ctx, tx, s, now); err != nil {
			return err
		}
		if err := o.sendPrivate(ctx, tx, s); err != nil {
			return err
		}
		after, err := queueLength(ctx, tx)
		queued = after > before
		return err
	})
	if err == nil && sealed > 0 { // what lay open must not live on in the log of changes
		_, err = o.f.rw.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
		err = fault(err, o.f.path)
	}
	return queued, err
}

func queueLength(ctx context.Context, tx *sql.Tx) (n int, err error) {
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM outbox").Scan(&n)
	return n, err
}

func (o *Office) tendKeys(ctx context.Context, tx *sql.Tx, s *situation, now time.Time) error {
	if err := o.takeKeys(ctx, tx, s, now); err != nil {
		return err
	}
	if s.listed && s.lacks() {
		if err := o.makeKey(ctx, tx, s, now); err != nil {
			return err
		}
	}
	if !s.listed {
		return nil
	}
	for _, public := range slices.Sorted(maps.Keys(s.held)) {
		for _, d := range s.peers {
			if d.RevokedAt != nil || d.SealKey == "" || d.ID == s.device.ID || s.reached[public][d.ID] {
				continue
			}
			if err := handOut(ctx, tx, s, s.held[public], d, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeKeys opens the envelopes that are for this workstation. One that does
// not open, or holds another key than it says, is left alone.
func (o *Office) takeKeys(ctx context.Context, tx *sql.Tx, s *situation, now time.Time) error {
	var came []secret.OfficeKey
	err := privateLines(ctx, tx, wire.TypeKeyEnvelope, func(line []byte, _ int64) error {
		var e wire.KeyEnvelope
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("key envelope: %w", err)
		}
		if _, held := s.held[e.Key]; held || e.Device != s.device.ID || e.Office != s.device.Office {
			return nil
		}
		text, err := o.keys.OpenSealed(e.Sealed)
		if err != nil {
			return nil //nolint:nilerr // made for a key that this workstation had before
		}
		if key, err := secret.ParseOfficeKey(string(text)); err == nil && key.Public() == e.Key {
			came = append(came, key)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range came {
		if err := o.holdKey(ctx, tx, s, key, now); err != nil {
			return err
		}
	}
	return nil
}

func (o *Office) holdKey(ctx context.Context, tx *sql.Tx, s *situation, key secret.OfficeKey, now time.Time) error {
	wrapped, err := o.keys.Wrap([]byte(key.Secret()), officeKeyPlace(key.Public()))
	if err != nil {
		return err
	}
	s.held[key.Public()] = key
	s.reach(key.Public(), s.device.ID)
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO office_key (public, wrapped, made_at) VALUES (?, ?, ?)",
		key.Public(), wrapped, now.UTC().Format(time.RFC3339Nano))
	return err
}

// makeKey makes a key for the office. An envelope for this workstation too
// tells the others who has it, so that they know when it is no longer safe.
func (o *Office) makeKey(ctx context.Context, tx *sql.Tx, s *situation, now time.Time) error {
	key, err := secret.NewOfficeKey()
	if err != nil {
		return err
	}
	if err := o.holdKey(ctx, tx, s, key, now); err != nil {
		return err
	}
	recipient, err := o.keys.SealKey()
	if err != nil {
		return err
	}
	self := wire.DeviceRecord{ID: s.device.ID, SealKey: recipient}
	if err := handOut(ctx, tx, s, key, self, now); err != nil {
		return err
	}
	return audit(ctx, tx, app.AuditOfficeKey, "", key.Public(), now)
}

// handOut queues a key for a workstation. A recipient that is none, from a
// workstation of an odd version, must not keep the others waiting.
func handOut(ctx context.Context, tx *sql.Tx, s *situation, key secret.OfficeKey, to wire.DeviceRecord, now time.Time) error {
	sealed, err := secret.SealTo(to.SealKey, []byte(key.Secret()))
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	line, err := wire.Marshal(wire.KeyEnvelope{
		Type: wire.TypeKeyEnvelope, ID: id.String(), Authority: s.device.Authority, Office: s.device.Office, Device: to.ID,
		Key: key.Public(), Sealed: sealed, RecordedAt: now.UTC(),
	})
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO key_handed (public, device) VALUES (?, ?)", key.Public(), to.ID); err != nil {
		return err
	}
	s.reach(key.Public(), to.ID)
	return enqueue(ctx, tx, wire.TypeKeyEnvelope, id.String(), line, now)
}

// SealName seals a name to the office. CodeOfficeKey.
func (o *Office) SealName(ctx context.Context, name string) (sealed string, err error) {
	err = o.f.write(ctx, func(tx *sql.Tx) error {
		s, err := o.situation(ctx, tx)
		if err != nil {
			return err
		}
		public := s.sealing()
		if public == "" {
			return app.Fault(app.CodeOfficeKey, nil)
		}
		sealed, err = secret.SealTo(public, []byte(name))
		return err
	})
	return sealed, err
}
