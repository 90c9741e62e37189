package wire

import "time"

// Types of lines of the private way down, besides those of uploads. The feed
// has the shape of Changes, with cursors of its own. A line has the
// hub-assigned "version", ascending within the authority.
const (
	TypeOperator = "operator"
	TypeDevice   = "device"
)

// Roles of operators.
const (
	RoleOperator      = "operatore"
	RoleManager       = "responsabile"
	RoleEditor        = "redattore"
	RoleAdministrator = "amministratore" // of the region
	RoleExaminer      = "istruttore"     // of the region: reviews membership requests
)

// OperatorRecord is a person of an authority as the hub knows it: an opaque
// identifier and a role. The name is sealed to the office (an age file in
// base64url) and the hub cannot read it. SealedKey is the operator's signing
// key under the operator's password; a record without one works without a
// password, on the workstation that came with it.
type OperatorRecord struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Authority  string `json:"authority"`
	Office     string `json:"office"` // "" = every office of the authority
	Role       string `json:"role"`
	Active     bool   `json:"active"`
	PublicKey  string `json:"public_key"`  // ES256, base64url of the DER SubjectPublicKeyInfo
	SealedKey  string `json:"sealed_key"`  // base64url; the workstation's own shape
	SealedName string `json:"sealed_name"` // base64url
	MustChange bool   `json:"must_change"` // the password was given by somebody else
	Version    int64  `json:"version,omitempty"`
}

// DeviceRecord is a workstation of an authority. SealKey is the age recipient
// to which the office's key is sealed for it.
type DeviceRecord struct {
	Type       string     `json:"type"`
	ID         string     `json:"id"`
	Authority  string     `json:"authority"`
	Office     string     `json:"office"`
	Operator   string     `json:"operator"` // the record that came with the enrolment
	Name       string     `json:"name"`
	SealKey    string     `json:"seal_key"`
	EnrolledAt time.Time  `json:"enrolled_at"`
	RenewBy    time.Time  `json:"renew_by"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
	Version    int64      `json:"version,omitempty"`
}

// DeviceChange is the body of PUT /devices/{uuid}, for the responsabile.
type DeviceChange struct {
	Name    string `json:"name"`
	Revoked bool   `json:"revoked"`
}

// KeyRenewal is the body of PUT /devices/{uuid}/key. Proof is a JWT as in
// POST /token, signed by the new key, so that nobody registers a key that is
// not theirs.
type KeyRenewal struct {
	PublicKey string `json:"public_key"`
	Proof     string `json:"proof"`
}

// CodeRequest is the body of POST /enrolment-codes: a code for a further
// workstation of the caller's authority.
type CodeRequest struct {
	Office string `json:"office"`
}

// EnrolmentCode is the answer.
type EnrolmentCode struct {
	Code      string    `json:"code"`
	ExpiresAt time.Time `json:"expires_at"`
}
