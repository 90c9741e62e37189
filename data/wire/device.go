package wire

import (
	"encoding/json"
	"time"
)

// EnrolmentRequest is the body of POST /device-enrolments. PublicKey is the
// workstation's ES256 key as base64url of its DER SubjectPublicKeyInfo.
type EnrolmentRequest struct {
	Code      string `json:"code"`
	PublicKey string `json:"public_key"`
	Name      string `json:"name,omitempty"` // of the workstation, for the authority's list
	// SealKey is the age recipient to which secrets are sealed for this
	// workstation.
	SealKey string `json:"seal_key,omitempty"`
	// Authority and Office are those of a workstation that is enrolled anew,
	// with what it has: a code of another place is refused and stays good.
	Authority string `json:"authority,omitempty"`
	Office    string `json:"office,omitempty"`
}

// Enrolment is the answer: who the workstation is from now on. The same code
// with the same key gets the same answer. HubRoots are Ed25519 keys in
// base64url.
type Enrolment struct {
	Device    string   `json:"device"`
	Authority string   `json:"authority"`
	Office    string   `json:"office,omitempty"`
	Operator  Operator `json:"operator"`
	HubRoots  []string `json:"hub_roots"`
	// UploadKey is the age recipient of the hub, for uploads that travel on a
	// USB stick.
	UploadKey string `json:"upload_key,omitempty"`
	// RenewBy is when the device's key must have been renewed.
	RenewBy time.Time `json:"renew_by"`
}

// Operator is the hub's record of a person of an authority: nothing but an
// opaque id and a role travels.
type Operator struct {
	ID   string `json:"id"`
	Role string `json:"role"`
}

// Token is the answer of POST /token (RFC 6749); ExpiresIn in seconds.
type Token struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
}

// Parameters of POST /token: client credentials by a signed assertion
// (RFC 7523). The assertion's iss and sub are the device, aud is
// TokenAudience. When an operator is at work, operator_assertion is a second
// one, signed by the operator's key: iss and sub are the operator, and the
// claim "device" names the device.
const (
	GrantType     = "client_credentials"
	AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	TokenAudience = "polis-hub"
)

// Problem is the body of every 4xx and 5xx answer (RFC 9457, media type
// application/problem+json). Code is the domain's error code.
type Problem struct {
	Type   string            `json:"type"`
	Title  string            `json:"title"`
	Status int               `json:"status"`
	Detail string            `json:"detail,omitempty"`
	Code   string            `json:"code,omitempty"`
	Params map[string]string `json:"params,omitempty"`
	// Current is what is stored now, when a change was made from another state.
	Current json.RawMessage `json:"current,omitempty"`
}

// ProblemMediaType is the Content-Type of a Problem.
const ProblemMediaType = "application/problem+json"

// Receipt says what became of an uploaded item: State is "stored" for a
// contact.
type Receipt struct {
	ID         string    `json:"id"`
	Type       string    `json:"type"`
	SHA256     string    `json:"sha256"`
	State      string    `json:"state"`
	ReceivedAt time.Time `json:"received_at"`
}

// States of receipts. StateStaleBase is that of a proposal to change a sheet
// that has a newer version than the one that was read.
const (
	StateStored    = "stored"
	StateStaleBase = "stale_base"
)

// TypeContact is the type of a contact's line and receipt.
const TypeContact = "contact"

// Receipts is a page of receipts of the calling workstation; everything up
// to DurableUpto (a cursor) is in the hub's backup-safe storage.
type Receipts struct {
	Items       []Receipt `json:"items"`
	NextCursor  string    `json:"next_cursor"`
	HasMore     bool      `json:"has_more"`
	DurableUpto string    `json:"durable_upto"`
}
