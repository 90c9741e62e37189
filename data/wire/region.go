package wire

// Report is the answer of GET /reports. The rows' N and Suppressed add up to
// N; Suppressed counts the contacts in rows too small to be shown.
type Report struct {
	From       string      `json:"from"` // days, both included
	To         string      `json:"to"`
	N          int         `json:"n"`
	By         []string    `json:"by"`
	Rows       []ReportRow `json:"rows"`
	Suppressed int         `json:"suppressed"`
}

// ReportRow has a value for each of the report's By.
type ReportRow struct {
	Values []string `json:"values"`
	N      int      `json:"n"`
}

// TypeMembershipRequest is the type of a request to join the network. Its
// content is a JSON object with "type" and "id" and what the form asks for.
const TypeMembershipRequest = "membership_request"

// MembershipHead is what every membership request says of itself.
type MembershipHead struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// BlobUpload says how far an applicant's document is; the next part starts at
// Received.
type BlobUpload struct {
	SHA256   string `json:"sha256"`
	Size     int64  `json:"size"`
	Received int64  `json:"received"`
	Complete bool   `json:"complete"`
}

// MaxBlobPart is the longest part of a document that is sent up, in bytes.
const MaxBlobPart = 4 << 20
