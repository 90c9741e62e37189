package uitest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"polis/app"
	"polis/app/operators"
)

// Staff is an office's operators in memory, with a hub that obeys. Passwords
// lie open: what is tested over it is who sees what.
type Staff struct {
	People   []operators.Person
	Stations []operators.Workstation
	Device   operators.Home
	Time     func() time.Time
	Fault    error // of the hub
	Lines    []string

	tries map[string]operators.Tries
	keys  map[string]*ecdsa.PrivateKey
}

// NewStaff returns an office with a responsabile and two operators, whose
// passwords are "password di" and the first name; with none of them it has
// only the record that came with the enrolment.
func NewStaff(authority, office string, passwords bool) *Staff {
	s := &Staff{
		Device: operators.Home{Device: "device-0001", Authority: authority, Office: office, Operator: "operator-1", Role: "responsabile"},
		Time:   Noon, tries: map[string]operators.Tries{}, keys: map[string]*ecdsa.PrivateKey{},
	}
	record := func(id, office, role string) operators.Record {
		return operators.Record{Type: "operator", ID: id, Authority: authority, Office: office, Role: role, Active: true, Version: 1}
	}
	s.Stations = []operators.Workstation{
		{DeviceRecord: operators.Device{ID: "device-0001", Authority: authority, Office: office, Name: "Sportello 1", EnrolledAt: Noon()}, Own: true},
		{DeviceRecord: operators.Device{ID: "device-0002", Authority: authority, Office: office, EnrolledAt: Noon()}},
	}
	s.People = []operators.Person{{OperatorRecord: record("operator-1", office, "responsabile")}}
	if !passwords {
		return s
	}
	s.People = append(s.People, operators.Person{OperatorRecord: record("operator-2", office, "operatore")}, operators.Person{OperatorRecord: record("operator-3", "", "redattore")})
	for i, name := range []string{"Alfa Prova", "Beta Esempio", "Éta Modello Dal Nome Piuttosto Lungo"} {
		p := &s.People[i]
		p.Name = name
		first, _, _ := strings.Cut(strings.ToLower(name), " ")
		s.give(&p.OperatorRecord, "password di "+first)
	}
	return s
}

func (s *Staff) give(r *operators.Record, password string) {
	r.PublicKey = fmt.Sprint("half-", len(s.keys))
	s.keys[r.PublicKey] = &ecdsa.PrivateKey{}
	r.SealedKey = password + "|" + r.PublicKey
}

// UseCases makes the use cases over this staff.
func (s *Staff) UseCases() (*operators.Operators, error) {
	return operators.New(operators.Params{
		Store: s, Passwords: openPasswords{s}, Clock: app.ClockFunc(func() time.Time { return s.Time() }),
		Connect: func(context.Context) (operators.Hub, error) { return s, s.Fault },
	})
}

// openPasswords implements operators.Passwords.
type openPasswords struct{ s *Staff }

func (p openPasswords) NewKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err == nil {
		p.s.keys[fmt.Sprint("half-", len(p.s.keys))] = key
	}
	return key, err
}

func (p openPasswords) PublicHalf(key *ecdsa.PrivateKey) (string, error) {
	for half, k := range p.s.keys {
		if k == key {
			return half, nil
		}
	}
	return "", app.Fault(app.CodeInternal, nil)
}

func (p openPasswords) SealKey(_, password string, key *ecdsa.PrivateKey) (string, error) {
	half, err := p.PublicHalf(key)
	return password + "|" + half, err
}

func (p openPasswords) OpenKey(_, password, sealed, public string) (*ecdsa.PrivateKey, error) {
	if sealed != password+"|"+public {
		return nil, app.Fault(app.CodePassword, nil)
	}
	return p.s.keys[public], nil
}

// Home implements operators.Store.
func (s *Staff) Home(context.Context) (operators.Home, error) { return s.Device, nil }

// Operators implements operators.Store.
func (s *Staff) Operators(context.Context) ([]operators.Person, error) {
	return slices.Clone(s.People), nil
}

// Workstations implements operators.Store.
func (s *Staff) Workstations(context.Context) ([]operators.Workstation, error) {
	return slices.Clone(s.Stations), nil
}

// KeepOperator implements operators.Store.
func (s *Staff) KeepOperator(_ context.Context, r operators.Record) error {
	p := operators.Person{OperatorRecord: r, Name: strings.TrimPrefix(r.SealedName, "sealed ")}
	i := slices.IndexFunc(s.People, func(q operators.Person) bool { return q.ID == r.ID })
	if i < 0 {
		s.People = append(s.People, p)
		return nil
	}
	if r.SealedName == s.People[i].SealedName {
		p.Name = s.People[i].Name
	}
	s.People[i] = p
	return nil
}

// KeepWorkstation implements operators.Store.
func (s *Staff) KeepWorkstation(_ context.Context, r operators.Device) error {
	for i := range s.Stations {
		if s.Stations[i].ID == r.ID {
			s.Stations[i].DeviceRecord = r
		}
	}
	return nil
}

// SealName implements operators.Store.
func (s *Staff) SealName(_ context.Context, name string) (string, error) {
	return "sealed " + name, nil
}

// Tries implements operators.Store.
func (s *Staff) Tries(_ context.Context, id string) (operators.Tries, error) { return s.tries[id], nil }

// SetTries implements operators.Store.
func (s *Staff) SetTries(_ context.Context, id string, t operators.Tries) error {
	s.tries[id] = t
	return nil
}

// Audit implements operators.Store.
func (s *Staff) Audit(_ context.Context, kind, operator, object string, _ time.Time) error {
	s.Lines = append(s.Lines, kind+" "+operator+" "+object)
	return nil
}

// PutOperator implements operators.Hub.
func (s *Staff) PutOperator(_ context.Context, r operators.Record) (operators.Record, error) {
	r.Version++
	return r, s.Fault
}

// PutDevice implements operators.Hub.
func (s *Staff) PutDevice(_ context.Context, id string, c operators.DeviceChange) (operators.Device, error) {
	for _, d := range s.Stations {
		if d.ID == id {
			d.Name = c.Name
			if at := s.Time(); c.Revoked {
				d.RevokedAt = &at
			}
			return d.DeviceRecord, s.Fault
		}
	}
	return operators.Device{}, app.Fault(app.CodeNotFound, nil, "what", id)
}

// NewCode implements operators.Hub.
func (s *Staff) NewCode(context.Context, operators.CodeRequest) (operators.EnrolmentCode, error) {
	return operators.EnrolmentCode{Code: "K7QD-M3RX-T9VA-2", ExpiresAt: s.Time().Add(15 * time.Minute)}, s.Fault
}
