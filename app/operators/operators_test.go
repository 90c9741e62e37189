package operators_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/operators"
	"polis/data/wire"
)

// bench is a workstation in memory with a hub that obeys.
type bench struct {
	t     *testing.T
	ops   *operators.Operators
	now   time.Time
	home  operators.Home
	all   map[string]operators.Person
	tries map[string]operators.Tries
	audit []string
	acts  []string
	hub   hub
}

// hub keeps records and answers as the region does.
type hub struct {
	fault   error
	version int64
	put     []wire.OperatorRecord
	devices []wire.DeviceChange
}

func (h *hub) PutOperator(_ context.Context, r wire.OperatorRecord) (wire.OperatorRecord, error) {
	if h.fault != nil {
		return wire.OperatorRecord{}, h.fault
	}
	h.version++
	r.Version = h.version
	h.put = append(h.put, r)
	return r, nil
}

func (h *hub) PutDevice(_ context.Context, id string, c wire.DeviceChange) (wire.DeviceRecord, error) {
	h.devices = append(h.devices, c)
	return wire.DeviceRecord{ID: id, Name: c.Name}, h.fault
}

func (h *hub) NewCode(_ context.Context, r wire.CodeRequest) (wire.EnrolmentCode, error) {
	return wire.EnrolmentCode{Code: "CODE-" + r.Office}, h.fault
}

// keys seals in the open: what is looked at here is who may, not how.
type keys struct{ made map[string]*ecdsa.PrivateKey }

func (k keys) NewKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	k.made[fmt.Sprint("half-", len(k.made))] = key
	return key, err
}

func (k keys) PublicHalf(key *ecdsa.PrivateKey) (string, error) {
	for half, made := range k.made {
		if made == key {
			return half, nil
		}
	}
	return "", fmt.Errorf("unknown key")
}

func (k keys) SealKey(id, password string, key *ecdsa.PrivateKey) (string, error) {
	half, err := k.PublicHalf(key)
	return id + "|" + password + "|" + half, err
}

func (k keys) OpenKey(id, password, sealed, public string) (*ecdsa.PrivateKey, error) {
	part := strings.Split(sealed, "|")
	switch {
	case len(part) != 3 || part[0] != id || part[2] != public:
		return nil, app.Fault(app.CodeOperatorKey, nil)
	case part[1] != password:
		return nil, app.Fault(app.CodePassword, nil)
	}
	return k.made[public], nil
}

func (b *bench) Home(context.Context) (operators.Home, error) { return b.home, nil }
func (b *bench) Operators(context.Context) ([]operators.Person, error) {
	var out []operators.Person
	for _, p := range b.all {
		out = append(out, p)
	}
	slices.SortFunc(out, func(x, y operators.Person) int { return strings.Compare(x.ID, y.ID) })
	return out, nil
}
func (b *bench) Workstations(context.Context) ([]operators.Workstation, error) { return nil, nil }
func (b *bench) KeepOperator(_ context.Context, r wire.OperatorRecord) error {
	p := b.all[r.ID]
	p.OperatorRecord = r
	p.Name = strings.TrimPrefix(r.SealedName, "sealed ")
	b.all[r.ID] = p
	return nil
}
func (b *bench) KeepWorkstation(context.Context, wire.DeviceRecord) error { return nil }
func (b *bench) SealName(_ context.Context, name string) (string, error) {
	return "sealed " + name, nil
}

func (b *bench) Tries(_ context.Context, id string) (operators.Tries, error) {
	return b.tries[id], nil
}

func (b *bench) SetTries(_ context.Context, id string, t operators.Tries) error {
	b.tries[id] = t
	return nil
}

func (b *bench) Audit(_ context.Context, kind, operator, object string, _ time.Time) error {
	b.audit = append(b.audit, kind+" "+operator+" "+object)
	return nil
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		t: t, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), all: map[string]operators.Person{}, tries: map[string]operators.Tries{},
		home: operators.Home{Device: "d-1", Authority: "c_x", Office: "urp", Operator: "op-0", Role: wire.RoleManager},
	}
	b.all["op-0"] = operators.Person{OperatorRecord: wire.OperatorRecord{ID: "op-0", Authority: "c_x", Office: "urp", Role: wire.RoleManager, Active: true}}
	b.start(keys{map[string]*ecdsa.PrivateKey{}})
	return b
}

// start is the program that starts.
func (b *bench) start(k keys) {
	b.t.Helper()
	var err error
	b.ops, err = operators.New(operators.Params{
		Store: b, Passwords: k, Clock: app.ClockFunc(func() time.Time { return b.now }),
		Connect: func(context.Context) (operators.Hub, error) { return &b.hub, nil },
		ActAs:   func(id string, key *ecdsa.PrivateKey) { b.acts = append(b.acts, fmt.Sprint(id, " ", key != nil)) },
	})
	b.ok(err)
}

func (b *bench) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) wants(err error, code app.Code) {
	b.t.Helper()
	if app.ErrorCode(err) != code {
		b.t.Errorf("got %v, want %q", err, code)
	}
}

var ctx = context.Background()

// claimed is an office whose responsabile has a password, with one operator.
func claimed(t *testing.T) (b *bench, operator, password string) {
	t.Helper()
	b = newBench(t)
	_, err := b.ops.Claim(ctx, "Responsabile Inventata", "una lunga frase")
	b.ok(err)
	p, password, err := b.ops.Create(ctx, operators.NewPerson{Name: " Operatore  Inventato ", Office: "urp", Role: wire.RoleOperator})
	b.ok(err)
	b.ok(b.ops.Lock(ctx))
	return b, p.ID, password
}

// As long as nobody has a password the workstation works without.
func TestWithoutPasswords(t *testing.T) {
	b := newBench(t)
	if required, err := b.ops.Required(ctx); required || err != nil {
		t.Fatalf("%v, %v", required, err)
	}
	if may, err := b.ops.MayManage(ctx); !may || err != nil {
		t.Errorf("the responsabile may not manage: %v", err)
	}
	if p, err := b.ops.AtWork(ctx); p.ID != "op-0" || err != nil {
		t.Errorf("%+v, %v", p, err)
	}
	// One who adds somebody with a password before having one would shut the
	// own door.
	_, _, err := b.ops.Create(ctx, operators.NewPerson{Name: "Altra Persona", Role: wire.RoleOperator})
	b.wants(err, app.CodeForbidden)
}

func TestClaimAndCreate(t *testing.T) {
	b, operator, password := claimed(t)
	if required, _ := b.ops.Required(ctx); !required {
		t.Error("no login is asked for")
	}
	if may, _ := b.ops.MayManage(ctx); may {
		t.Error("somebody who did not log in manages")
	}
	_, err := b.ops.Claim(ctx, "Altra Persona", "altra lunga frase")
	b.wants(err, app.CodeForbidden)
	r := b.hub.put[1]
	if r.ID != operator || r.Authority != "c_x" || r.Office != "urp" || !r.MustChange || !r.Active || r.SealedName != "sealed Operatore Inventato" || strings.Contains(r.SealedName+r.ID, password) {
		t.Errorf("record %+v", r)
	}
	if len(password) != 14 || strings.Trim(password, "abcdefghkmnpqrstuvwxyz234679-") != "" {
		t.Errorf("temporary password %q", password)
	}
	p, err := b.ops.Login(ctx, operator, password)
	b.ok(err)
	if !p.MustChange || p.Name != "Operatore Inventato" {
		t.Errorf("logged in %+v", p)
	}
	_, _, err = b.ops.Create(ctx, operators.NewPerson{Name: "Altra Persona", Role: wire.RoleOperator})
	b.wants(err, app.CodeForbidden)
	b.ok(b.ops.ChangePassword(ctx, password, "una parola mia"))
	if now, _ := b.ops.Current(); now.MustChange {
		t.Error("still has to change")
	}
	b.wants(b.ops.ChangePassword(ctx, "una parola mia", "una parola mia"), app.CodePasswordSame)
	b.ok(b.ops.Lock(ctx))
	_, err = b.ops.Login(ctx, operator, password)
	b.wants(err, app.CodePassword)
	_, err = b.ops.Login(ctx, operator, "una parola mia")
	b.ok(err)
	want := []string{"op-0 true", " false", operator + " true", operator + " true", " false", operator + " true"}
	if !slices.Equal(b.acts, want) {
		t.Errorf("acted as %q, want %q", b.acts, want)
	}
	for _, line := range b.audit {
		if strings.Contains(line, "Inventat") || strings.Contains(line, "frase") {
			t.Errorf("the audit names somebody: %q", line)
		}
	}
}

// Five wrong passwords lock the login; a new start does not help, a clock
// that is set back neither; waiting does, or a new password.
func TestLockAfterFive(t *testing.T) {
	b, operator, password := claimed(t)
	for left := 4; left > 0; left-- {
		_, err := b.ops.Login(ctx, operator, "sbagliata")
		if app.ErrorCode(err) != app.CodePassword || app.ErrorParams(err)["n"] != fmt.Sprint(left) {
			t.Fatalf("got %v, want %d left", err, left)
		}
	}
	_, err := b.ops.Login(ctx, operator, "sbagliata")
	if app.ErrorCode(err) != app.CodeOperatorLocked || app.ErrorParams(err)["n"] != "15" {
		t.Fatalf("got %v", err)
	}
	locked := func(minutes string) {
		t.Helper()
		_, err := b.ops.Login(ctx, operator, password)
		if app.ErrorCode(err) != app.CodeOperatorLocked || app.ErrorParams(err)["n"] != minutes {
			t.Errorf("got %v, want %s minutes", err, minutes)
		}
	}
	locked("15")
	b.start(keys{map[string]*ecdsa.PrivateKey{}})
	b.now = b.now.Add(10 * time.Minute)
	locked("5")
	b.now = b.now.Add(-48 * time.Hour)
	locked("15")
	b.now = b.now.Add(15 * time.Minute)
	_, err = b.ops.Login(ctx, operator, "sbagliata") // twice as long after every further one
	if app.ErrorParams(err)["n"] != "30" {
		t.Errorf("got %v", err)
	}
	b.now = b.now.Add(30 * time.Minute)
	if _, err = b.ops.Login(ctx, operator, password); err != nil {
		t.Errorf("after waiting: %v", err)
	}
	if !slices.Contains(b.audit, "locked_out "+operator+" ") {
		t.Errorf("audit %q", b.audit)
	}
	for range 5 {
		_, _ = b.ops.Login(ctx, operator, "sbagliata")
	}
	_, err = b.ops.Login(ctx, "op-0", "una lunga frase")
	b.ok(err)
	fresh, err := b.ops.ResetPassword(ctx, operator)
	b.ok(err)
	if _, err := b.ops.Login(ctx, operator, fresh); err != nil {
		t.Errorf("with a new password: %v", err)
	}
}

// A tampered key is not a wrong password and opens nothing.
func TestTamperedKey(t *testing.T) {
	b, operator, password := claimed(t)
	p := b.all[operator]
	p.PublicKey = "half-of-somebody-else"
	b.all[operator] = p
	_, err := b.ops.Login(ctx, operator, password)
	b.wants(err, app.CodeOperatorKey)
	if _, in := b.ops.Current(); in {
		t.Error("logged in")
	}
}

func TestWhoMayNotLogIn(t *testing.T) {
	b, operator, password := claimed(t)
	_, err := b.ops.Login(ctx, "op-0", "una lunga frase")
	b.ok(err)
	b.ok(b.ops.SetOffice(ctx, operator, "biblioteca"))
	_, err = b.ops.Login(ctx, operator, password)
	b.wants(err, app.CodeNotFound)
	b.ok(b.ops.SetOffice(ctx, operator, ""))
	b.ok(b.ops.SetActive(ctx, operator, false))
	_, err = b.ops.Login(ctx, operator, password)
	b.wants(err, app.CodeNotFound)
	b.ok(b.ops.SetActive(ctx, operator, true))
	_, err = b.ops.Login(ctx, operator, password)
	b.ok(err)
}

func TestHubSaysNo(t *testing.T) {
	b, operator, _ := claimed(t)
	_, err := b.ops.Login(ctx, "op-0", "una lunga frase")
	b.ok(err)
	b.hub.fault = app.Fault(app.CodeHubUnreachable, nil, "hub", "https://hub.example")
	_, _, err = b.ops.Create(ctx, operators.NewPerson{Name: "Altra Persona", Role: wire.RoleOperator})
	b.wants(err, app.CodeHubUnreachable)
	b.wants(b.ops.ChangePassword(ctx, "una lunga frase", "un'altra frase"), app.CodeHubUnreachable)
	_, err = b.ops.NewCode(ctx, "urp")
	b.wants(err, app.CodeHubUnreachable)
	b.hub.fault = app.Fault(app.CodeConflict, nil)
	b.wants(b.ops.SetRole(ctx, operator, wire.RoleEditor), app.CodeRecordChanged)
	b.hub.fault = nil
	b.ok(b.ops.Lock(ctx))
	if _, err := b.ops.Login(ctx, "op-0", "una lunga frase"); err != nil {
		t.Errorf("the old password no longer holds: %v", err)
	}
	b.ok(b.ops.ChangeWorkstation(ctx, "d-2", "Sportello 2", true))
	if code, err := b.ops.NewCode(ctx, "urp"); err != nil || code.Code != "CODE-urp" {
		t.Errorf("%+v, %v", code, err)
	}
	if last := b.audit[len(b.audit)-2:]; !slices.Equal(last, []string{"device_revoked op-0 d-2", "code_made op-0 urp"}) {
		t.Errorf("audit %q", last)
	}
}

func TestPasswordsThatAreTooWeak(t *testing.T) {
	for password, good := range map[string]bool{
		"": false, "sette77": false, "aaaaaaaaaa": false, "tizia prova": false, "Prova Tizia": false, "provatizia": false, "àààààààà": false,
		"otto8888": true, "tizia prova 7": true, "tre parole semplici": true,
	} {
		if err := operators.CheckPassword(password, "Tizia Prova"); (err == nil) != good {
			t.Errorf("%q: %v", password, err)
		}
	}
}
