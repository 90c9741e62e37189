package region

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"filippo.io/age"
	"github.com/google/uuid"

	"polis/app"
	"polis/data/wire"
)

// The shape of a code: 32 signs that cannot be taken for each other, so five
// bits a sign. The prefix is public: tries are counted on it.
const (
	codeAlphabet    = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	codePrefix      = 4
	codeSecretShort = 10 // 50 bits, for minutes
	codeSecretLong  = 20 // 100 bits, for days
	codeGroup       = 5

	shortValidity = time.Hour
	maxValidity   = 30 * 24 * time.Hour
	maxTries      = 5
	letterTries   = 100 // of a long code that lies with a body for days: none finds it by trying
	maxName       = 100
	maxSealKey    = 120 // bytes of an age recipient
)

// EnrolmentCodeParams say for whom a code is and how long it holds. Role is
// that of the operator record that comes with the workstation; without one it
// is responsabile while the authority has none, else operatore.
type EnrolmentCodeParams struct {
	Authority, Office string
	Role              string
	Valid             time.Duration
}

// Roles lists the roles of operators.
func Roles() []string {
	return []string{wire.RoleOperator, wire.RoleManager, wire.RoleEditor, wire.RoleAdministrator, wire.RoleExaminer}
}

// NewEnrolmentCode returns a one-time code that enrols a workstation. Codes:
// CodeNotFound (authority or office), CodeInvalid (valid, role),
// CodeMembershipEnded.
func (h *Hub) NewEnrolmentCode(ctx context.Context, p EnrolmentCodeParams) (string, error) {
	if p.Valid <= 0 || p.Valid > maxValidity {
		return "", app.Fault(app.CodeInvalid, nil, "field", "valid", "value", p.Valid.String())
	}
	if p.Role != "" && !slices.Contains(Roles(), p.Role) {
		return "", app.Fault(app.CodeInvalid, nil, "field", "role", "value", clip(p.Role))
	}
	length := codeSecretShort
	if p.Valid > shortValidity {
		length = codeSecretLong
	}
	secret, err := randomText(length)
	if err != nil {
		return "", err
	}
	var prefix string
	err = h.store.Update(ctx, func(tx Tx) error {
		if err := mustExist(tx, p.Authority, p.Office); err != nil {
			return err
		}
		if err := mustBeMember(tx, p.Authority); err != nil {
			return err
		}
		prefix, err = addCode(tx, secret, EnrolmentCode{
			Authority: p.Authority, Office: p.Office, Role: p.Role, ExpiresAt: h.clock.Now().Add(p.Valid),
		})
		return err
	})
	return groups(prefix, secret), err
}

// addCode stores a code under a prefix that is free.
func addCode(tx Tx, secret string, c EnrolmentCode) (string, error) {
	for range 20 {
		prefix, err := randomText(codePrefix)
		if err != nil {
			return "", err
		}
		c.Prefix, c.SecretHash = prefix, secretHash(prefix, secret)
		added, err := tx.AddCode(c)
		if err != nil || added {
			return prefix, err
		}
	}
	return "", errors.New("no free prefix for an enrolment code")
}

func mustExist(tx Tx, authority, office string) error {
	_, found, err := tx.WorkingLine(Key{wire.TypeAuthority, authority})
	if err != nil {
		return err
	}
	if !found {
		return app.Fault(app.CodeNotFound, nil, "what", authority)
	}
	if office == "" {
		return nil
	}
	e, found, err := tx.WorkingLine(Key{wire.TypeOffice, office})
	if err != nil {
		return err
	}
	if found {
		o, err := e.Office()
		if err != nil {
			return err
		}
		found = o.Authority == authority
	}
	if !found {
		return app.Fault(app.CodeNotFound, nil, "what", office)
	}
	return nil
}

// mustBeMember refuses an authority that has left the network.
func mustBeMember(tx Tx, authority string) error {
	out, err := ended(tx, authority)
	if err == nil && out {
		err = app.Fault(app.CodeMembershipEnded, nil)
	}
	return err
}

// randomText draws signs of the alphabet, whose size divides 256.
func randomText(n int) (string, error) {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("random: %w", err)
	}
	for i := range b {
		b[i] = codeAlphabet[int(b[i])%len(codeAlphabet)]
	}
	return string(b), nil
}

func groups(prefix, secret string) string {
	if prefix == "" {
		return ""
	}
	text := prefix
	for i := 0; i < len(secret); i += codeGroup {
		text += "-" + secret[i:min(i+codeGroup, len(secret))]
	}
	return text
}

// splitCode undoes what hands do to a code: spaces, hyphens of any kind,
// small letters.
func splitCode(code string) (prefix, secret string, ok bool) {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, code)
	if len(plain) != codePrefix+codeSecretShort && len(plain) != codePrefix+codeSecretLong {
		return "", "", false
	}
	if strings.Trim(plain, codeAlphabet) != "" {
		return "", "", false
	}
	return plain[:codePrefix], plain[codePrefix:], true
}

func secretHash(prefix, secret string) string {
	sum := sha256.Sum256([]byte("polis enrolment code\x00" + prefix + "\x00" + secret))
	return hex.EncodeToString(sum[:])
}

// Enrol exchanges a code for a device. The same code with the same key gets
// the same answer again, because the first one may have been lost on the
// way. A workstation that says whose it was uses no code of somebody else.
// Codes: CodeInvalid (public_key, name, seal_key), CodeEnrolmentCode,
// CodeOtherPlace, CodeTooManyTries, CodeMembershipEnded.
func (h *Hub) Enrol(ctx context.Context, req wire.EnrolmentRequest) (wire.Enrolment, error) {
	if _, err := parsePublicKey(req.PublicKey); err != nil {
		return wire.Enrolment{}, app.Fault(app.CodeInvalid, err, "field", "public_key", "value", clip(req.PublicKey))
	}
	if err := checkName(req.Name); err != nil {
		return wire.Enrolment{}, err
	}
	if err := checkRecipient(req.SealKey); err != nil {
		return wire.Enrolment{}, err
	}
	k, err := h.currentKeys(ctx)
	if err != nil {
		return wire.Enrolment{}, err
	}
	var device Device
	var refusal error // returned after the commit: a counted try must stay
	err = h.store.Update(ctx, func(tx Tx) error {
		var err error
		device, refusal, err = h.exchange(tx, req)
		return err
	})
	if err != nil {
		return wire.Enrolment{}, err
	}
	if refusal != nil {
		return wire.Enrolment{}, refusal
	}
	return wire.Enrolment{
		Device: device.ID, Authority: device.Authority, Office: device.Office,
		Operator: device.Operator, HubRoots: k.roots, UploadKey: k.uploadKey, RenewBy: device.RenewBy,
	}, nil
}

func checkName(name string) error {
	if utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return app.Fault(app.CodeInvalid, nil, "field", "name", "value", clip(name))
	}
	return nil
}

// checkRecipient takes an age recipient, or none.
func checkRecipient(key string) error {
	if key == "" {
		return nil
	}
	if _, err := age.ParseX25519Recipient(key); err != nil {
		return app.Fault(app.CodeInvalid, err, "field", "seal_key", "value", clip(key))
	}
	return nil
}

func (h *Hub) exchange(tx Tx, req wire.EnrolmentRequest) (device Device, refusal, err error) {
	wrong := app.Fault(app.CodeEnrolmentCode, nil)
	prefix, secret, ok := splitCode(req.Code)
	if !ok {
		return Device{}, wrong, nil
	}
	code, found, err := tx.LockCode(prefix)
	if err != nil || !found {
		return Device{}, wrong, err
	}
	if code.Tries >= code.mostTries() {
		return Device{}, app.Fault(app.CodeTooManyTries, nil), nil
	}
	if subtle.ConstantTimeCompare([]byte(secretHash(prefix, secret)), []byte(code.SecretHash)) != 1 {
		return Device{}, wrong, tx.CountTry(prefix)
	}
	if code.Device != "" {
		device, found, err := tx.Device(code.Device)
		if err != nil || !found || device.PublicKey != req.PublicKey || device.Revoked() {
			return Device{}, wrong, err
		}
		return device, nil, nil
	}
	if code.Void || !h.clock.Now().Before(code.ExpiresAt) {
		return Device{}, wrong, nil
	}
	if !code.takes(req) {
		return Device{}, app.Fault(app.CodeOtherPlace, nil), nil
	}
	device, err = h.addDevice(tx, code, req)
	return device, nil, err
}

func (c EnrolmentCode) mostTries() int {
	if c.Letter != "" {
		return letterTries
	}
	return maxTries
}

// takes reports whether a workstation may use the code: one that is enrolled
// anew stays where it was.
func (c EnrolmentCode) takes(req wire.EnrolmentRequest) bool {
	return req.Authority == "" || req.Authority == c.Authority && req.Office == c.Office
}

// addDevice makes the device, and the operator that comes with it: one record
// for each office and role.
func (h *Hub) addDevice(tx Tx, code EnrolmentCode, req wire.EnrolmentRequest) (Device, error) {
	if err := lockAuthority(tx, code.Authority); err != nil {
		return Device{}, err
	}
	if err := mustBeMember(tx, code.Authority); err != nil {
		return Device{}, err
	}
	now := h.now()
	var rows []PrivateRow
	role, err := enrolmentRole(tx, code)
	if err != nil {
		return Device{}, err
	}
	o, found, err := tx.OperatorAt(code.Authority, code.Office, role)
	if err != nil {
		return Device{}, err
	}
	if !found {
		o = wire.OperatorRecord{ID: uuid.NewString(), Authority: code.Authority, Office: code.Office, Role: role, Active: true}
		if err := tx.PutOperator(o, now); err != nil {
			return Device{}, err
		}
		rows = append(rows, PrivateRow{Type: wire.TypeOperator, ID: o.ID, Authority: o.Authority, Office: o.Office})
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Device{}, fmt.Errorf("device id: %w", err)
	}
	d := Device{
		ID: id.String(), Authority: code.Authority, Office: code.Office, Operator: wire.Operator{ID: o.ID, Role: o.Role},
		PublicKey: req.PublicKey, SealKey: req.SealKey, Name: req.Name, EnrolledAt: now, RenewBy: now.Add(deviceLife),
	}
	if err := tx.AddDevice(d); err != nil {
		return Device{}, err
	}
	if err := tx.UseCode(code.Prefix, d.ID); err != nil {
		return Device{}, err
	}
	return d, listPrivate(tx, d.Authority, append(rows, d.row()))
}

func enrolmentRole(tx Tx, code EnrolmentCode) (string, error) {
	if code.Role != "" {
		return code.Role, nil
	}
	managed, err := tx.HasRole(code.Authority, wire.RoleManager)
	if managed {
		return wire.RoleOperator, err
	}
	return wire.RoleManager, err
}

func (d Device) row() PrivateRow {
	return PrivateRow{Type: wire.TypeDevice, ID: d.ID, Authority: d.Authority, Office: d.Office}
}

func parsePublicKey(text string) (*ecdsa.PublicKey, error) {
	der, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("public key: not ECDSA P-256")
	}
	return key, nil
}
