package operators

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"polis/app"
)

// Bounds of passwords and of guessing them.
const (
	LeastPassword = 8 // characters
	mostTries     = 5
	firstLock     = 15 * time.Minute
	longestLock   = 24 * time.Hour
)

// Login opens the session of a person of this workstation. A try is counted
// before it is made: whoever ends the program meanwhile has used it up.
// CodePassword with the tries left, CodeOperatorLocked with the minutes to
// wait, CodeOperatorKey, CodeNotFound.
func (o *Operators) Login(ctx context.Context, id, password string) (Person, error) {
	o.logins.Lock()
	defer o.logins.Unlock()
	p, err := o.entitled(ctx, id)
	if err != nil {
		return Person{}, err
	}
	left, err := o.countTry(ctx, p)
	if err != nil {
		return Person{}, err
	}
	key, err := o.p.Passwords.OpenKey(id, password, p.SealedKey, p.PublicKey)
	switch app.ErrorCode(err) {
	case "":
	case app.CodePassword:
		return Person{}, o.failed(ctx, p, left)
	default:
		return Person{}, err
	}
	if err := o.p.Store.SetTries(ctx, id, Tries{}); err != nil {
		return Person{}, err
	}
	if err := o.p.Store.Audit(ctx, app.AuditLogin, id, "", o.p.Clock.Now()); err != nil {
		return Person{}, err
	}
	o.begin(p, key)
	return p, nil
}

// entitled returns the record of somebody who may work here.
func (o *Operators) entitled(ctx context.Context, id string) (Person, error) {
	here, err := o.Here(ctx)
	if err != nil {
		return Person{}, err
	}
	for _, p := range here {
		if p.ID == id && p.HasPassword() {
			return p, nil
		}
	}
	return Person{}, app.Fault(app.CodeNotFound, nil, "what", id)
}

// countTry takes one try and returns how many are left, or says how long to
// wait.
func (o *Operators) countTry(ctx context.Context, p Person) (left int, err error) {
	t, err := o.p.Store.Tries(ctx, p.ID)
	if err != nil {
		return 0, err
	}
	sum := sha256.Sum256([]byte(p.SealedKey))
	of, now := hex.EncodeToString(sum[:8]), o.p.Clock.Now()
	if t.Of != of {
		t = Tries{Of: of}
	}
	if !t.Locked.IsZero() {
		if now.Before(t.Locked) { // the clock was set back: the wait begins again
			t.Locked = now
			if err := o.p.Store.SetTries(ctx, p.ID, t); err != nil {
				return 0, err
			}
		}
		if wait := t.Locked.Add(t.For).Sub(now); wait > 0 {
			return 0, lockedFor(wait)
		}
	}
	t.Failed++
	if t.Failed >= mostTries { // 15 minutes, then twice as long after every further one
		t.Locked, t.For = now, min(firstLock<<min(t.Failed-mostTries, 10), longestLock)
	}
	return max(mostTries-t.Failed, 0), o.p.Store.SetTries(ctx, p.ID, t)
}

// lockedFor says how many minutes to wait, rounded up.
func lockedFor(wait time.Duration) error {
	minutes := int((wait + time.Minute - 1) / time.Minute)
	return app.Fault(app.CodeOperatorLocked, nil, "n", strconv.Itoa(minutes))
}

// failed tells of a wrong password.
func (o *Operators) failed(ctx context.Context, p Person, left int) error {
	now := o.p.Clock.Now()
	kind := app.AuditFailedLogin
	if left == 0 {
		kind = app.AuditLockedOut
	}
	if err := o.p.Store.Audit(ctx, kind, p.ID, "", now); err != nil {
		return err
	}
	if left > 0 {
		return app.Fault(app.CodePassword, nil, "n", strconv.Itoa(left))
	}
	t, err := o.p.Store.Tries(ctx, p.ID)
	if err != nil {
		return err
	}
	return lockedFor(t.For)
}

// CheckPassword says what is too weak about a new password. CodePasswordWeak.
func CheckPassword(password, name string) error {
	weak := app.Fault(app.CodePasswordWeak, nil, "n", strconv.Itoa(LeastPassword))
	if utf8.RuneCountInString(password) < LeastPassword {
		return weak
	}
	lower := strings.ToLower(password)
	first, _ := utf8.DecodeRuneInString(lower)
	if strings.Trim(lower, string(first)) == "" { // one character, many times
		return weak
	}
	squeeze := func(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), "") }
	words := strings.Fields(strings.ToLower(name))
	if n := squeeze(name); n != "" && (squeeze(password) == n || strings.Contains(n, squeeze(password))) {
		return weak
	}
	for i := range words {
		if rest := append(append([]string{}, words[i:]...), words[:i]...); squeeze(password) == strings.Join(rest, "") {
			return weak
		}
	}
	return nil
}

// ChangePassword puts the key of who is at work under a new password: here
// and on every workstation of the authority. CodePassword when the old one is
// wrong, CodePasswordWeak, CodePasswordSame, those of Hub.
func (o *Operators) ChangePassword(ctx context.Context, old, fresh string) error {
	p, ok := o.Current()
	if !ok {
		return app.Fault(app.CodeForbidden, nil)
	}
	p, err := o.find(ctx, p.ID)
	if err != nil {
		return err
	}
	if err := CheckPassword(fresh, p.Name); err != nil {
		return err
	}
	if old == fresh {
		return app.Fault(app.CodePasswordSame, nil)
	}
	key, err := o.unlockAgain(ctx, p, old)
	if err != nil {
		return err
	}
	r := p.OperatorRecord
	if r.SealedKey, err = o.p.Passwords.SealKey(r.ID, fresh, key); err != nil {
		return err
	}
	r.MustChange = false
	kept, err := o.put(ctx, r)
	if err != nil {
		return err
	}
	p.OperatorRecord = kept
	o.begin(p, key)
	return o.p.Store.Audit(ctx, app.AuditPassword, p.ID, "", o.p.Clock.Now())
}

// unlockAgain opens the key of who is at work once more; guesses count as
// they do at the login.
func (o *Operators) unlockAgain(ctx context.Context, p Person, password string) (*ecdsa.PrivateKey, error) {
	o.logins.Lock()
	defer o.logins.Unlock()
	left, err := o.countTry(ctx, p)
	if err != nil {
		return nil, err
	}
	key, err := o.p.Passwords.OpenKey(p.ID, password, p.SealedKey, p.PublicKey)
	if app.ErrorCode(err) == app.CodePassword {
		return nil, o.failed(ctx, p, left)
	}
	if err != nil {
		return nil, err
	}
	return key, o.p.Store.SetTries(ctx, p.ID, Tries{})
}
