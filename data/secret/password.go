package secret

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"

	"polis/app"
)

// stretch is how a password becomes a key: Argon2id.
type stretch struct {
	Salt   []byte `json:"salt"`
	Time   uint32 `json:"time"`
	Memory uint32 `json:"memory"` // KiB
	Lanes  uint8  `json:"lanes"`
}

// newStretch costs 0.3 to 0.5 s and 64 MiB on an office computer. The figures
// are written beside what is sealed, so they can grow.
func newStretch() stretch {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails: crypto/rand ends the program instead
	return stretch{Salt: salt, Time: 5, Memory: 64 << 10, Lanes: 1}
}

// Bounds of what somebody else's file may ask this computer to do.
const (
	mostTime   = 64
	mostMemory = 1 << 20 // KiB
	mostLanes  = 16
)

func (s stretch) valid() bool {
	return len(s.Salt) >= 16 && s.Time >= 1 && s.Time <= mostTime && s.Memory >= 8*1024 && s.Memory <= mostMemory &&
		s.Lanes >= 1 && s.Lanes <= mostLanes
}

// keys returns the key and a word by which a wrong password is told from
// changed bytes.
func (s stretch) keys(password string) (key, check []byte) {
	out := argon2.IDKey([]byte(password), s.Salt, s.Time, s.Memory, s.Lanes, 2*KeySize)
	sum := sha256.Sum256(out[KeySize:])
	return out[:KeySize], sum[:16]
}

// locked is something behind a password.
type locked struct {
	V int `json:"v"`
	stretch
	Check  []byte `json:"check"`
	Sealed []byte `json:"sealed"`
}

func lock(plain []byte, password, place string) ([]byte, error) {
	l := locked{V: 1, stretch: newStretch()}
	var key []byte
	key, l.Check = l.keys(password)
	var err error
	if l.Sealed, err = Seal(key, plain, place); err != nil {
		return nil, err
	}
	return json.Marshal(l)
}

// errPassword says that the password is another one.
var errPassword = errors.New("another password")

func unlock(text []byte, password, place string) ([]byte, error) {
	var l locked
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("%w: %w", errSealed, err)
	}
	if l.V != 1 || !l.valid() {
		return nil, fmt.Errorf("%w: version %d", errSealed, l.V)
	}
	key, check := l.keys(password)
	if subtle.ConstantTimeCompare(check, l.Check) != 1 {
		return nil, errPassword
	}
	return Open(key, l.Sealed, place)
}

// Passwords keeps operators' signing keys under their passwords.
type Passwords struct{}

func operatorPlace(id string) string { return "operator|sealed_key|" + id }

// NewKey makes a signing key (ES256) for an operator.
func (Passwords) NewKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// PublicHalf returns the public half as it travels: base64url of the DER
// SubjectPublicKeyInfo.
func (Passwords) PublicHalf(key *ecdsa.PrivateKey) (string, error) {
	der, err := Public(key)
	return base64.RawURLEncoding.EncodeToString(der), err
}

// SealKey returns an operator's key under a password, in base64url.
func (Passwords) SealKey(id, password string, key *ecdsa.PrivateKey) (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("operator key: %w", err)
	}
	text, err := lock(der, password, operatorPlace(id))
	return base64.RawURLEncoding.EncodeToString(text), err
}

// OpenKey undoes SealKey and checks that the key is the one of the public
// half. CodePassword for a wrong password, CodeOperatorKey when the sealed
// key is damaged or of somebody else.
func (p Passwords) OpenKey(id, password, sealed, public string) (*ecdsa.PrivateKey, error) {
	text, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return nil, app.Fault(app.CodeOperatorKey, err)
	}
	der, err := unlock(text, password, operatorPlace(id))
	if errors.Is(err, errPassword) {
		return nil, app.Fault(app.CodePassword, nil)
	}
	if err != nil {
		return nil, app.Fault(app.CodeOperatorKey, err)
	}
	key, err := parseKey(der)
	if err != nil {
		return nil, app.Fault(app.CodeOperatorKey, err)
	}
	if half, err := p.PublicHalf(key); err != nil || half != public {
		return nil, app.Fault(app.CodeOperatorKey, errors.Join(errors.New("the public half is of another key"), err))
	}
	return key, nil
}

func parseKey(der []byte) (*ecdsa.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok || ec.Curve != elliptic.P256() {
		return nil, fmt.Errorf("key of type %T", key)
	}
	return ec, nil
}

// Public returns the public half as DER SubjectPublicKeyInfo.
func Public(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("public half: %w", err)
	}
	return der, nil
}
