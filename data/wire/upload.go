package wire

import (
	"encoding/json"
	"time"
)

// Types of what workstations send up. All are append-only: an item is never
// changed under its identifier; what came later names what it is about.
const (
	// TypeContactPrivate is what only the office may read of a contact.
	TypeContactPrivate = "contact_private"
	// TypeFollowUp says that a promised call was made.
	TypeFollowUp = "follow_up"
	// TypeProposal asks editors to change or write a sheet.
	TypeProposal = "proposal"
	// TypeKeyEnvelope hands the office's key to one of its workstations.
	TypeKeyEnvelope = "key_envelope"
)

// Bounds of a batch.
const (
	MaxBatchItems = 100
	MaxBatchBytes = 1 << 20
)

// UploadBatch is the body of PUT /upload-batches/{uuid}. AuditHead is the
// head of the workstation's audit chain, in hexadecimal.
type UploadBatch struct {
	Items     []UploadItem `json:"items"`
	AuditHead string       `json:"audit_head,omitempty"`
}

// UploadItem is a frozen item: SHA256 is that of the payload's canonical
// bytes.
type UploadItem struct {
	Type    string          `json:"type"`
	ID      string          `json:"id"` // UUIDv7
	SHA256  string          `json:"sha256"`
	Payload json.RawMessage `json:"payload"`
}

// BatchAnswer has a verdict for each item that was looked at. An item without
// one was not taken. The same batch again gets the same answer.
type BatchAnswer struct {
	Items []Verdict `json:"items"`
}

// Verdict says what became of an item.
type Verdict struct {
	Type    string   `json:"type"`
	ID      string   `json:"id"`
	SHA256  string   `json:"sha256"`
	Verdict string   `json:"verdict"`
	Problem *Problem `json:"problem,omitempty"` // of a rejected one
}

// Verdicts.
const (
	VerdictCreated              = "created"
	VerdictDuplicate            = "duplicate"
	VerdictAcceptedWithConflict = "accepted_with_conflict" // a proposal whose base is no longer the newest
	VerdictRejected             = "rejected"
)

// ContactPrivate carries the note and, when a reply needs it, the identity of
// who asked. Sealed is an age file in base64url, readable with the office's
// key only; Key is that key's public half (an age recipient).
type ContactPrivate struct {
	Type       string    `json:"type"`
	ID         string    `json:"id"`
	Contact    string    `json:"contact"`
	Authority  string    `json:"authority"`
	Office     string    `json:"office"`
	Operator   string    `json:"operator"`
	Key        string    `json:"key"`
	Sealed     string    `json:"sealed"`
	RecordedAt time.Time `json:"recorded_at"`
}

// FollowUp closes the follow-up of a contact; any workstation of the office
// may do so.
type FollowUp struct {
	Type       string    `json:"type"`
	ID         string    `json:"id"`
	Contact    string    `json:"contact"`
	Authority  string    `json:"authority"`
	Office     string    `json:"office"`
	Operator   string    `json:"operator"`
	RecordedAt time.Time `json:"recorded_at"`
}

// Proposal asks the editors of a sheet for a change, or for a new sheet when
// Sheet is empty. Reason is one of the contact's unmet reasons. Sections hold
// the proposed text; Query is a search without answer, its wording confirmed
// by the operator.
type Proposal struct {
	Type        string            `json:"type"`
	ID          string            `json:"id"`
	Authority   string            `json:"authority"`
	Office      string            `json:"office"`
	Operator    string            `json:"operator"`
	Sheet       string            `json:"sheet"`
	BaseVersion int64             `json:"base_version"`
	Reason      string            `json:"reason"`
	Query       string            `json:"query"`
	Text        string            `json:"text"`
	Sections    map[string]string `json:"sections"`
	RecordedAt  time.Time         `json:"recorded_at"`
}

// KeyEnvelope is the office's private key, sealed to a workstation: Sealed is
// an age file in base64url to the device's SealKey, Key the public half.
type KeyEnvelope struct {
	Type       string    `json:"type"`
	ID         string    `json:"id"`
	Authority  string    `json:"authority"`
	Office     string    `json:"office"`
	Device     string    `json:"device"`
	Key        string    `json:"key"`
	Sealed     string    `json:"sealed"`
	RecordedAt time.Time `json:"recorded_at"`
}

// DigestHeader and SignatureHeader carry the signature of an upload at the
// level of the application (ModI INTEGRITY_REST_01): the SHA-256 of the body
// and a JWT of the device's key (ES256) that names it.
const (
	DigestHeader    = "Digest"
	SignatureHeader = "Agid-JWT-Signature"
)
