package operators

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"polis/app"
	"polis/data/wire"
)

// Roles lists those that a responsabile may give, the likeliest first.
func Roles() []string { return []string{wire.RoleOperator, wire.RoleManager, wire.RoleEditor} }

const mostName = 100 // characters

// checkName trims a name. CodeInvalid.
func checkName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	if n := utf8.RuneCountInString(name); n == 0 || n > mostName {
		return "", app.Fault(app.CodeInvalid, nil, "field", "name", "value", "")
	}
	return name, nil
}

// Claim gives the record that came with the enrolment a name and a password:
// from then on this office logs in. CodeForbidden when it has one already,
// CodeInvalid, CodePasswordWeak, CodeOfficeKey, those of Hub.
func (o *Operators) Claim(ctx context.Context, name, password string) (Person, error) {
	home, err := o.p.Store.Home(ctx)
	if err != nil {
		return Person{}, err
	}
	p, err := o.find(ctx, home.Operator)
	if err != nil {
		return Person{}, err
	}
	if p.HasPassword() {
		return Person{}, app.Fault(app.CodeForbidden, nil)
	}
	if name, err = checkName(name); err != nil {
		return Person{}, err
	}
	if err := CheckPassword(password, name); err != nil {
		return Person{}, err
	}
	r := p.OperatorRecord
	if r.SealedName, err = o.p.Store.SealName(ctx, name); err != nil {
		return Person{}, err
	}
	key, err := o.newKey(&r, password)
	if err != nil {
		return Person{}, err
	}
	r.MustChange = false
	if r, err = o.put(ctx, r); err != nil {
		return Person{}, err
	}
	p = Person{OperatorRecord: r, Name: name}
	o.begin(p, key)
	return p, o.p.Store.Audit(ctx, app.AuditOperatorChanged, r.ID, r.ID, o.p.Clock.Now())
}

// NewPerson is somebody who is to work for the authority.
type NewPerson struct{ Name, Office, Role string }

// Create adds an operator and returns the temporary password: it is shown
// once and kept nowhere. CodeForbidden, CodeInvalid, CodeOfficeKey, those of
// Hub.
func (o *Operators) Create(ctx context.Context, n NewPerson) (p Person, password string, err error) {
	me, err := o.manager(ctx)
	if err != nil {
		return Person{}, "", err
	}
	if !me.HasPassword() { // or nobody could manage from now on
		return Person{}, "", app.Fault(app.CodeForbidden, nil)
	}
	if n.Name, err = checkName(n.Name); err != nil {
		return Person{}, "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Person{}, "", err
	}
	r := wire.OperatorRecord{
		Type: wire.TypeOperator, ID: id.String(), Authority: me.Authority, Office: n.Office, Role: n.Role, Active: true, MustChange: true,
	}
	if r.SealedName, err = o.p.Store.SealName(ctx, n.Name); err != nil {
		return Person{}, "", err
	}
	password = temporary()
	if _, err = o.newKey(&r, password); err != nil {
		return Person{}, "", err
	}
	if r, err = o.put(ctx, r); err != nil {
		return Person{}, "", err
	}
	return Person{OperatorRecord: r, Name: n.Name}, password, o.p.Store.Audit(ctx, app.AuditOperatorCreated, me.ID, r.ID, o.p.Clock.Now())
}

// SetRole gives a person another role. CodeForbidden, CodeNotFound, those of
// Hub; as all changes of a record.
func (o *Operators) SetRole(ctx context.Context, id, role string) error {
	return o.change(ctx, id, func(r *wire.OperatorRecord) error { r.Role = role; return nil })
}

// SetOffice moves a person to another office, "" for every one.
func (o *Operators) SetOffice(ctx context.Context, id, office string) error {
	return o.change(ctx, id, func(r *wire.OperatorRecord) error { r.Office = office; return nil })
}

// SetActive lets a person in or keeps them out; what they logged stays.
func (o *Operators) SetActive(ctx context.Context, id string, active bool) error {
	return o.change(ctx, id, func(r *wire.OperatorRecord) error { r.Active = active; return nil })
}

// Rename gives a person another name, sealed to this office.
func (o *Operators) Rename(ctx context.Context, id, name string) error {
	name, err := checkName(name)
	if err != nil {
		return err
	}
	return o.change(ctx, id, func(r *wire.OperatorRecord) error {
		r.SealedName, err = o.p.Store.SealName(ctx, name)
		return err
	})
}

// ResetPassword gives a person a new key under a temporary password, which it
// returns; it ends a lock too.
func (o *Operators) ResetPassword(ctx context.Context, id string) (password string, err error) {
	password = temporary()
	return password, o.change(ctx, id, func(r *wire.OperatorRecord) error {
		r.MustChange = true
		_, err := o.newKey(r, password)
		return err
	})
}

func (o *Operators) change(ctx context.Context, id string, do func(*wire.OperatorRecord) error) error {
	me, err := o.manager(ctx)
	if err != nil {
		return err
	}
	p, err := o.find(ctx, id)
	if err != nil {
		return err
	}
	r := p.OperatorRecord
	if err := do(&r); err != nil {
		return err
	}
	if _, err := o.put(ctx, r); err != nil {
		return err
	}
	return o.p.Store.Audit(ctx, app.AuditOperatorChanged, me.ID, id, o.p.Clock.Now())
}

// ChangeWorkstation renames a workstation or revokes it: a revoked one is out
// within ten minutes and never comes back.
func (o *Operators) ChangeWorkstation(ctx context.Context, id, name string, revoked bool) error {
	c := wire.DeviceChange{Name: name, Revoked: revoked}
	me, err := o.manager(ctx)
	if err != nil {
		return err
	}
	hub, err := o.p.Connect(ctx)
	if err != nil {
		return err
	}
	r, err := hub.PutDevice(ctx, id, c)
	if err != nil {
		return changed(err)
	}
	if r.ID == id {
		if err := o.p.Store.KeepWorkstation(ctx, r); err != nil {
			return err
		}
	}
	kind := app.AuditDeviceRenamed
	if c.Revoked {
		kind = app.AuditDeviceRevoked
	}
	return o.p.Store.Audit(ctx, kind, me.ID, id, o.p.Clock.Now())
}

// NewCode makes an activation code for a further workstation of an office.
func (o *Operators) NewCode(ctx context.Context, office string) (wire.EnrolmentCode, error) {
	me, err := o.manager(ctx)
	if err != nil {
		return wire.EnrolmentCode{}, err
	}
	hub, err := o.p.Connect(ctx)
	if err != nil {
		return wire.EnrolmentCode{}, err
	}
	code, err := hub.NewCode(ctx, wire.CodeRequest{Office: office})
	if err != nil {
		return wire.EnrolmentCode{}, err
	}
	return code, o.p.Store.Audit(ctx, app.AuditCode, me.ID, office, o.p.Clock.Now())
}

// People lists the operators of the authority.
func (o *Operators) People(ctx context.Context) ([]Person, error) { return o.p.Store.Operators(ctx) }

// Workstations lists the devices of the authority.
func (o *Operators) Workstations(ctx context.Context) ([]Workstation, error) {
	return o.p.Store.Workstations(ctx)
}

// Home says whose workstation this is.
func (o *Operators) Home(ctx context.Context) (Home, error) { return o.p.Store.Home(ctx) }

// manager returns who is at work when they may manage. CodeForbidden.
func (o *Operators) manager(ctx context.Context) (Person, error) {
	may, err := o.MayManage(ctx)
	if err != nil {
		return Person{}, err
	}
	if !may {
		return Person{}, app.Fault(app.CodeForbidden, nil)
	}
	return o.AtWork(ctx)
}

// newKey makes a signing key under a password and writes it into the record.
func (o *Operators) newKey(r *wire.OperatorRecord, password string) (*ecdsa.PrivateKey, error) {
	key, err := o.p.Passwords.NewKey()
	if err != nil {
		return nil, err
	}
	if r.PublicKey, err = o.p.Passwords.PublicHalf(key); err != nil {
		return nil, err
	}
	r.SealedKey, err = o.p.Passwords.SealKey(r.ID, password, key)
	return key, err
}

// put sends a record and stores what the hub made of it.
func (o *Operators) put(ctx context.Context, r wire.OperatorRecord) (wire.OperatorRecord, error) {
	hub, err := o.p.Connect(ctx)
	if err != nil {
		return r, err
	}
	stored, err := hub.PutOperator(ctx, r)
	if err != nil {
		return r, changed(err)
	}
	return stored, o.p.Store.KeepOperator(ctx, stored)
}

// changed says in words that somebody else was faster.
func changed(err error) error {
	if app.ErrorCode(err) == app.CodeConflict {
		return app.Fault(app.CodeRecordChanged, err)
	}
	return err
}

// temporary returns a password that can be read aloud and copied by hand:
// three groups of four of 28 characters that nobody confuses, 57 bits.
func temporary() string {
	const letters = "abcdefghkmnpqrstuvwxyz234679"
	out := make([]byte, 0, 14)
	for b := make([]byte, 1); len(out) < 14; {
		if len(out) == 4 || len(out) == 9 {
			out = append(out, '-')
			continue
		}
		_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
		if int(b[0]) < 256/len(letters)*len(letters) {
			out = append(out, letters[int(b[0])%len(letters)])
		}
	}
	return string(out)
}
