package api

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"polis/app"
	"polis/app/operators"
	"polis/data/wire"
)

var _ operators.Hub = (*Client)(nil)

// acting is whose key signs beside the device's.
type acting struct {
	id  string
	key *ecdsa.PrivateKey
}

// ActAs makes an operator's key sign from now on; "" and nil for nobody's.
// The next call asks for another token.
func (c *Client) ActAs(id string, key *ecdsa.PrivateKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.acting.id != id || c.acting.key != key {
		c.acting, c.token = acting{id, key}, ""
	}
}

// operatorAssertion is the second one of POST /token, "" while nobody has
// logged in.
func (c *Client) operatorAssertion(who acting) (string, error) {
	if who.key == nil {
		return "", nil
	}
	now := c.hubNow()
	signed, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": who.id, "sub": who.id, "aud": wire.TokenAudience, "jti": uuid.NewString(), "device": c.device,
		"iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	}).SignedString(who.key)
	if err != nil {
		return "", fmt.Errorf("sign operator assertion: %w", err)
	}
	return signed, nil
}

// PutOperator implements operators.Hub.
func (c *Client) PutOperator(ctx context.Context, r wire.OperatorRecord) (wire.OperatorRecord, error) {
	var out wire.OperatorRecord
	if err := c.manage(ctx, http.MethodPut, "/operators/"+url.PathEscape(r.ID), r, &out); err != nil {
		return wire.OperatorRecord{}, err
	}
	if out.ID != r.ID || out.Version < max(r.Version, 1) {
		return wire.OperatorRecord{}, app.Fault(app.CodeHubAnswer, fmt.Errorf("record of %q, version %d", out.ID, out.Version), "hub", c.hub)
	}
	return out, nil
}

// PutDevice implements operators.Hub.
func (c *Client) PutDevice(ctx context.Context, id string, change wire.DeviceChange) (wire.DeviceRecord, error) {
	var out wire.DeviceRecord
	err := c.manage(ctx, http.MethodPut, "/devices/"+url.PathEscape(id), change, &out)
	return out, err
}

// NewCode implements operators.Hub.
func (c *Client) NewCode(ctx context.Context, r wire.CodeRequest) (wire.EnrolmentCode, error) {
	var out wire.EnrolmentCode
	if err := c.manage(ctx, http.MethodPost, "/enrolment-codes", r, &out); err != nil {
		return wire.EnrolmentCode{}, err
	}
	if out.Code == "" {
		return wire.EnrolmentCode{}, app.Fault(app.CodeHubAnswer, fmt.Errorf("an empty code"), "hub", c.hub)
	}
	return out, nil
}

func (c *Client) manage(ctx context.Context, method, path string, body, out any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return c.authorized(ctx, method, path, text, out)
}
