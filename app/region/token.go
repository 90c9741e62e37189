package region

import (
	"context"
	"errors"
	"fmt"
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
)

// Token exchanges an assertion signed by the device's key for an access
// token. Codes: CodeUnauthorized.
func (h *Hub) Token(ctx context.Context, assertion string) (wire.Token, error) {
	k, err := h.currentKeys(ctx)
	if err != nil {
		return wire.Token{}, err
	}
	device, err := h.assertedDevice(ctx, assertion)
	if err != nil {
		return wire.Token{}, err
	}
	now := h.clock.Now()
	access, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer: tokenIssuer, Subject: device.ID, Audience: jwt.ClaimStrings{tokenUse},
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(tokenLife)),
	}).SignedString(k.token)
	if err != nil {
		return wire.Token{}, fmt.Errorf("access token: %w", err)
	}
	return wire.Token{AccessToken: access, TokenType: "Bearer", ExpiresIn: int(tokenLife / time.Second)}, nil
}

// assertedDevice finds the device that the assertion names and checks its
// signature with that device's key.
func (h *Hub) assertedDevice(ctx context.Context, assertion string) (Device, error) {
	var device Device
	var fault error // of the storage, not of the assertion
	var claims jwt.RegisteredClaims
	_, err := jwt.ParseWithClaims(assertion, &claims, func(*jwt.Token) (any, error) {
		device, fault = h.device(ctx, claims.Subject)
		if fault != nil {
			return nil, fault
		}
		return parsePublicKey(device.PublicKey)
	},
		jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}),
		jwt.WithAudience(wire.TokenAudience), jwt.WithExpirationRequired(),
		jwt.WithLeeway(clockLeeway), jwt.WithTimeFunc(h.clock.Now))
	switch {
	case fault != nil:
		return Device{}, fault
	case err != nil:
		return Device{}, app.Fault(app.CodeUnauthorized, err)
	case claims.Issuer != claims.Subject:
		return Device{}, app.Fault(app.CodeUnauthorized, errors.New("assertion: iss is not sub"))
	case claims.ExpiresAt.After(h.clock.Now().Add(assertionLife + clockLeeway)):
		return Device{}, app.Fault(app.CodeUnauthorized, errors.New("assertion: lives too long"))
	}
	return device, nil
}

// Authenticate returns the device that an access token was given to. The
// device is looked up every time, so that a revoked one is out at once.
// Codes: CodeUnauthorized.
func (h *Hub) Authenticate(ctx context.Context, access string) (Device, error) {
	k, err := h.currentKeys(ctx)
	if err != nil {
		return Device{}, err
	}
	var claims jwt.RegisteredClaims
	_, err = jwt.ParseWithClaims(access, &claims, func(*jwt.Token) (any, error) { return k.token, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithAudience(tokenUse), jwt.WithIssuer(tokenIssuer), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(h.clock.Now))
	if err != nil {
		return Device{}, app.Fault(app.CodeUnauthorized, err)
	}
	return h.device(ctx, claims.Subject)
}

func (h *Hub) device(ctx context.Context, id string) (Device, error) {
	var device Device
	var found bool
	err := h.store.View(ctx, func(tx Tx) (err error) {
		device, found, err = tx.Device(id)
		return err
	})
	if err != nil {
		return Device{}, err
	}
	if !found || device.Revoked {
		return Device{}, app.Fault(app.CodeUnauthorized, errors.New("unknown or revoked device"))
	}
	return device, nil
}
