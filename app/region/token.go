package region

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"polis/app"
	"polis/data/wire"
)

const (
	tokenLife     = 10 * time.Minute
	assertionLife = 10 * time.Minute
	clockLeeway   = time.Minute
	tokenIssuer   = "polis-hub"
	tokenUse      = "polis-hub-access" // audience of access tokens: an assertion never passes for one

	deviceLife  = 365 * 24 * time.Hour // of a device's key
	deviceGrace = 30 * 24 * time.Hour  // in which it can still be renewed
)

// Caller is who makes a request: a workstation, and the operator at work there
// when there is one.
type Caller struct {
	Device
	Acting *wire.OperatorRecord // nil: the token is the workstation's alone
}

// Is reports whether the operator at work has one of the roles.
func (c Caller) Is(roles ...string) bool {
	return c.Acting != nil && slices.Contains(roles, c.Acting.Role)
}

// accessClaims are those of an access token.
type accessClaims struct {
	jwt.RegisteredClaims
	Operator string `json:"operator,omitempty"`
}

// assertionClaims are those of a device's or an operator's assertion. What a
// key has signed for an upload, in whoever's hands, is none.
type assertionClaims struct {
	jwt.RegisteredClaims
	Device        string          `json:"device,omitempty"`
	SignedHeaders json.RawMessage `json:"signed_headers,omitempty"`
}

// Validate is called by the parser beside its own checks.
func (c *assertionClaims) Validate() error {
	if c.SignedHeaders != nil {
		return errors.New("the signature of an upload in place of an assertion")
	}
	return nil
}

// Token exchanges an assertion signed by the device's key for an access
// token. With an assertion of an operator of the same authority too, the token
// acts with that operator's role. Codes: CodeUnauthorized, CodeDeviceRevoked,
// CodeMembershipEnded, CodeDeviceExpired.
func (h *Hub) Token(ctx context.Context, assertion, operatorAssertion string) (wire.Token, error) {
	k, err := h.currentKeys(ctx)
	if err != nil {
		return wire.Token{}, err
	}
	device, err := h.assertedDevice(ctx, assertion)
	if err != nil {
		return wire.Token{}, err
	}
	var operator string
	if operatorAssertion != "" {
		if operator, err = h.assertedOperator(ctx, device, operatorAssertion); err != nil {
			return wire.Token{}, err
		}
	}
	now := h.clock.Now()
	access, err := jwt.NewWithClaims(jwt.SigningMethodHS256, accessClaims{Operator: operator, RegisteredClaims: jwt.RegisteredClaims{
		Issuer: tokenIssuer, Subject: device.ID, Audience: jwt.ClaimStrings{tokenUse},
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(tokenLife)),
	}}).SignedString(k.token)
	if err != nil {
		return wire.Token{}, fmt.Errorf("access token: %w", err)
	}
	return wire.Token{AccessToken: access, TokenType: "Bearer", ExpiresIn: int(tokenLife / time.Second)}, nil
}

// assertedDevice finds the device that the assertion names and checks its
// signature with that device's key. When that is the renewed one, the key
// before it is out.
func (h *Hub) assertedDevice(ctx context.Context, assertion string) (Device, error) {
	var claims assertionClaims
	var device Device
	err := h.verify(assertion, &claims, func() (keys []string, err error) {
		device, err = h.anyDevice(ctx, claims.Subject)
		return []string{device.PublicKey, device.PreviousKey}, err
	})
	if err == nil {
		err = h.fresh(claims.RegisteredClaims)
	}
	if err == nil {
		err = h.store.View(ctx, func(tx Tx) error { return h.admittedMember(tx, device) })
	}
	if err != nil {
		return Device{}, err
	}
	if device.PreviousKey == "" || verifies(assertion, device.PublicKey, &claims) != nil {
		return device, nil
	}
	return device, h.store.Update(ctx, func(tx Tx) error {
		now, found, err := lockedDevice(tx, device.ID)
		if err != nil || !found || now.PublicKey != device.PublicKey {
			return err
		}
		now.PreviousKey = ""
		return tx.ChangeDevice(now)
	})
}

// assertedOperator checks who works at the device.
func (h *Hub) assertedOperator(ctx context.Context, d Device, assertion string) (string, error) {
	var claims assertionClaims
	var o wire.OperatorRecord
	err := h.verify(assertion, &claims, func() ([]string, error) {
		found := false
		err := h.store.View(ctx, func(tx Tx) (err error) {
			o, found, err = tx.Operator(claims.Subject)
			return err
		})
		if err == nil && !worksAt(o, found, d) {
			err = app.Fault(app.CodeUnauthorized, errors.New("unknown operator, or one of another place"))
		}
		return []string{o.PublicKey}, err
	})
	if err == nil {
		err = h.fresh(claims.RegisteredClaims)
	}
	if err == nil && claims.Device != d.ID {
		err = app.Fault(app.CodeUnauthorized, errors.New("operator's assertion for another device"))
	}
	return o.ID, err
}

// worksAt reports whether an operator may work at a device.
func worksAt(o wire.OperatorRecord, found bool, d Device) bool {
	return found && o.Active && o.Authority == d.Authority && (o.Office == "" || o.Office == d.Office)
}

// verify checks a JWT by one of the keys that its subject has; what keys
// returns as a fault passes as it is.
func (h *Hub) verify(text string, claims jwt.Claims, keys func() ([]string, error), options ...jwt.ParserOption) error {
	var fault error // of the storage or the subject, not of the text
	options = append(options, jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}), jwt.WithAudience(wire.TokenAudience), jwt.WithTimeFunc(h.clock.Now))
	_, err := jwt.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) {
		var known []string
		if known, fault = keys(); fault != nil {
			return nil, fault
		}
		set := jwt.VerificationKeySet{}
		for _, k := range known {
			if k == "" {
				continue
			}
			key, err := parsePublicKey(k)
			if err != nil {
				return nil, err
			}
			set.Keys = append(set.Keys, key)
		}
		return set, nil
	}, append(options, jwt.WithLeeway(clockLeeway))...)
	if fault != nil {
		return fault
	}
	if err != nil {
		return app.Fault(app.CodeUnauthorized, err)
	}
	return nil
}

// verifies checks nothing but the signature.
func verifies(text, publicKey string, claims jwt.Claims) error {
	_, err := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}), jwt.WithoutClaimsValidation()).
		ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return parsePublicKey(publicKey) })
	return err
}

// fresh holds for assertions that speak for themselves and for a short time.
func (h *Hub) fresh(c jwt.RegisteredClaims) error {
	switch {
	case c.Issuer != c.Subject:
		return app.Fault(app.CodeUnauthorized, errors.New("assertion: iss is not sub"))
	case c.ExpiresAt == nil:
		return app.Fault(app.CodeUnauthorized, errors.New("assertion: no end"))
	case c.ExpiresAt.After(h.clock.Now().Add(assertionLife + clockLeeway)):
		return app.Fault(app.CodeUnauthorized, errors.New("assertion: lives too long"))
	}
	return nil
}

// Authenticate returns who an access token was given to. Device and operator
// are looked up every time, so that a revoked one is out at once. Codes:
// CodeUnauthorized, CodeDeviceRevoked, CodeMembershipEnded, CodeDeviceExpired.
func (h *Hub) Authenticate(ctx context.Context, access string) (Caller, error) {
	k, err := h.currentKeys(ctx)
	if err != nil {
		return Caller{}, err
	}
	var claims accessClaims
	_, err = jwt.ParseWithClaims(access, &claims, func(*jwt.Token) (any, error) { return k.token, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithAudience(tokenUse), jwt.WithIssuer(tokenIssuer), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(h.clock.Now))
	if err != nil {
		return Caller{}, app.Fault(app.CodeUnauthorized, err)
	}
	var c Caller
	err = h.store.View(ctx, func(tx Tx) (err error) {
		c, err = h.caller(tx, claims.Subject, claims.Operator)
		return err
	})
	return c, err
}

// caller puts device and operator together. Without a named operator the
// record that came with the enrolment acts, as long as nobody gave it a
// password.
func (h *Hub) caller(tx Tx, device, operator string) (Caller, error) {
	d, found, err := tx.Device(device)
	if err == nil && !found {
		err = app.Fault(app.CodeUnauthorized, errors.New("unknown device"))
	}
	if err == nil {
		err = h.admittedMember(tx, d)
	}
	if err != nil {
		return Caller{}, err
	}
	c := Caller{Device: d}
	id := operator
	if id == "" {
		id = d.Operator.ID
	}
	o, found, err := tx.Operator(id)
	if err != nil {
		return Caller{}, err
	}
	if worksAt(o, found, d) && (operator != "" || o.PublicKey == "") {
		c.Acting = &o
	}
	return c, nil
}

// admittedMember tells the workstations of a body that left the network why
// they are out.
func (h *Hub) admittedMember(tx Tx, d Device) error {
	err := h.admitted(d)
	if app.ErrorCode(err) != app.CodeDeviceRevoked {
		return err
	}
	if out, lookup := ended(tx, d.Authority); lookup != nil {
		return lookup
	} else if out {
		return app.Fault(app.CodeMembershipEnded, nil)
	}
	return err
}

// admitted refuses workstations that are out.
func (h *Hub) admitted(d Device) error {
	switch {
	case d.Revoked():
		return app.Fault(app.CodeDeviceRevoked, nil)
	case h.clock.Now().After(d.RenewBy.Add(deviceGrace)):
		return app.Fault(app.CodeDeviceExpired, nil)
	}
	return nil
}

// anyDevice finds a device, also one that is out.
func (h *Hub) anyDevice(ctx context.Context, id string) (Device, error) {
	var device Device
	var found bool
	err := h.store.View(ctx, func(tx Tx) (err error) {
		device, found, err = tx.Device(id)
		return err
	})
	if err == nil && !found {
		err = app.Fault(app.CodeUnauthorized, errors.New("unknown device"))
	}
	return device, err
}
