// Package operators is who works at this workstation: login with a password,
// lock, quick switch, and, for a responsabile, the operators and the
// workstations of the authority.
package operators

import (
	"context"
	"crypto/ecdsa"
	"slices"
	"sync"
	"time"

	"polis/app"
	"polis/data/wire"
)

type (
	// Record is an operator as the hub knows it.
	Record = wire.OperatorRecord
	// Device is a workstation as the hub knows it.
	Device = wire.DeviceRecord
	// DeviceChange is what a responsabile may change of one.
	DeviceChange = wire.DeviceChange
	// CodeRequest asks for the activation of a further workstation.
	CodeRequest = wire.CodeRequest
	// EnrolmentCode activates it.
	EnrolmentCode = wire.EnrolmentCode
)

// Person is an operator of the authority with a name, "" when it was sealed
// to an office whose key is not here.
type Person struct {
	wire.OperatorRecord
	Name string
}

// HasPassword reports whether the person logs in with one.
func (p Person) HasPassword() bool { return p.PublicKey != "" }

// Manages reports whether the person may manage operators and workstations.
func (p Person) Manages() bool { return p.Role == wire.RoleManager || p.Role == wire.RoleAdministrator }

// Workstation is a device of the authority.
type Workstation struct {
	wire.DeviceRecord
	Own bool // this one
}

// Home is whose workstation this is; zero while not enrolled.
type Home struct{ Device, Authority, Office, Operator, Role string }

// Tries is how often in a row a password was wrong. Of says for which sealed
// key: another one begins anew.
type Tries struct {
	Failed int
	Locked time.Time     // since when; zero = not locked
	For    time.Duration // how long
	Of     string
}

// Store is ufficio.db as this use case needs it.
type Store interface {
	Home(ctx context.Context) (Home, error)
	Operators(ctx context.Context) ([]Person, error)
	Workstations(ctx context.Context) ([]Workstation, error)
	// KeepOperator and KeepWorkstation store what the hub answered, ahead of
	// the feed.
	KeepOperator(ctx context.Context, r wire.OperatorRecord) error
	KeepWorkstation(ctx context.Context, r wire.DeviceRecord) error
	// SealName seals a name to the office. CodeOfficeKey.
	SealName(ctx context.Context, name string) (string, error)
	Tries(ctx context.Context, operator string) (Tries, error)
	SetTries(ctx context.Context, operator string, t Tries) error
	// Audit appends a line: what, by whom, about what (opaque ids).
	Audit(ctx context.Context, kind, operator, object string, at time.Time) error
}

// Hub is what a responsabile changes there. Besides the codes of every call:
// CodeForbidden, CodeConflict when the record is no longer the one changed.
type Hub interface {
	PutOperator(ctx context.Context, r wire.OperatorRecord) (wire.OperatorRecord, error)
	PutDevice(ctx context.Context, id string, c wire.DeviceChange) (wire.DeviceRecord, error)
	NewCode(ctx context.Context, r wire.CodeRequest) (wire.EnrolmentCode, error)
}

// Passwords keeps signing keys under passwords.
type Passwords interface {
	NewKey() (*ecdsa.PrivateKey, error)
	PublicHalf(key *ecdsa.PrivateKey) (string, error)
	SealKey(id, password string, key *ecdsa.PrivateKey) (string, error)
	// OpenKey: CodePassword, CodeOperatorKey.
	OpenKey(id, password, sealed, public string) (*ecdsa.PrivateKey, error)
}

// Params are the use case's needs; all but ActAs are required.
type Params struct {
	Store     Store
	Passwords Passwords
	// Connect returns the hub. CodeNotEnrolled, CodeKeyLocked.
	Connect func(ctx context.Context) (Hub, error)
	Clock   app.Clock
	// ActAs is told whose key signs from now on; "" and nil for nobody's.
	ActAs func(id string, key *ecdsa.PrivateKey)
}

// Operators serves one workstation; safe for concurrent use.
type Operators struct {
	p Params

	logins  sync.Mutex // one at a time: tries are counted before they are made
	mu      sync.Mutex
	current *session
}

type session struct {
	person Person
	key    *ecdsa.PrivateKey
}

// New returns the use case; a missing need is CodeInternal.
func New(p Params) (*Operators, error) {
	if p.Store == nil || p.Passwords == nil || p.Connect == nil || p.Clock == nil {
		return nil, app.Fault(app.CodeInternal, nil)
	}
	if p.ActAs == nil {
		p.ActAs = func(string, *ecdsa.PrivateKey) {}
	}
	return &Operators{p: p}, nil
}

// Here lists who may work at this workstation, by name: the active operators
// of its office and those of every office.
func (o *Operators) Here(ctx context.Context) ([]Person, error) {
	home, err := o.p.Store.Home(ctx)
	if err != nil {
		return nil, err
	}
	all, err := o.p.Store.Operators(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(p Person) bool {
		return !p.Active || p.Office != "" && p.Office != home.Office
	}), nil
}

// Required reports whether somebody has to log in: as long as nobody here has
// a password the workstation works without.
func (o *Operators) Required(ctx context.Context) (bool, error) {
	here, err := o.Here(ctx)
	return slices.ContainsFunc(here, Person.HasPassword), err
}

// Current returns who has logged in.
func (o *Operators) Current() (Person, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.current == nil {
		return Person{}, false
	}
	return o.current.person, true
}

// AtWork returns who contacts are logged by: who has logged in, else the
// record that came with the enrolment.
func (o *Operators) AtWork(ctx context.Context) (Person, error) {
	if p, ok := o.Current(); ok {
		return p, nil
	}
	home, err := o.p.Store.Home(ctx)
	if err != nil {
		return Person{}, err
	}
	all, err := o.p.Store.Operators(ctx)
	for _, p := range all {
		if p.ID == home.Operator {
			return p, err
		}
	}
	return Person{OperatorRecord: wire.OperatorRecord{ID: home.Operator, Authority: home.Authority, Office: home.Office, Role: home.Role, Active: true}}, err
}

// MayManage reports whether the person at work may manage; where passwords
// are in use only somebody who logged in may.
func (o *Operators) MayManage(ctx context.Context) (bool, error) {
	p, err := o.AtWork(ctx)
	if err != nil || !p.Manages() {
		return false, err
	}
	required, err := o.Required(ctx)
	if _, in := o.Current(); required && !in {
		return false, err
	}
	return err == nil, err
}

// Holds reports whether who has logged in still may work: the newest record
// is active and has the key that was opened. True when nobody has logged in,
// or when the record is not here (a hub began anew): the hub decides then.
func (o *Operators) Holds(ctx context.Context) (bool, error) {
	in, ok := o.Current()
	if !ok {
		return true, nil
	}
	now, err := o.find(ctx, in.ID)
	if app.ErrorCode(err) == app.CodeNotFound {
		return true, nil
	}
	if err != nil {
		return true, err
	}
	return now.Active && now.PublicKey == in.PublicKey, nil
}

// Lock ends the session: nobody's key signs any more.
func (o *Operators) Lock(ctx context.Context) error {
	o.mu.Lock()
	was := o.current
	o.current = nil
	o.mu.Unlock()
	if was == nil {
		return nil
	}
	o.p.ActAs("", nil)
	return o.p.Store.Audit(ctx, app.AuditLock, was.person.ID, "", o.p.Clock.Now())
}

func (o *Operators) begin(p Person, key *ecdsa.PrivateKey) {
	o.mu.Lock()
	o.current = &session{p, key}
	o.mu.Unlock()
	o.p.ActAs(p.ID, key)
}

// find returns the newest record of somebody. CodeNotFound.
func (o *Operators) find(ctx context.Context, id string) (Person, error) {
	all, err := o.p.Store.Operators(ctx)
	if err != nil {
		return Person{}, err
	}
	i := slices.IndexFunc(all, func(p Person) bool { return p.ID == id })
	if i < 0 {
		return Person{}, app.Fault(app.CodeNotFound, nil, "what", id)
	}
	return all[i], nil
}
