package apiserver

import (
	"strings"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

// What the OpenAPI document says of each endpoint.

// tokenRequest is the form of POST /token.
type tokenRequest struct {
	GrantType           string `json:"grant_type"`
	ClientAssertionType string `json:"client_assertion_type"`
	ClientAssertion     string `json:"client_assertion"`
	OperatorAssertion   string `json:"operator_assertion,omitempty"`
}

type contactBody struct {
	Type string `json:"type"`
	app.Contact
}

type sheetBody struct {
	Type string `json:"type"`
	app.Sheet
}

type officeBody struct {
	Type string `json:"type"`
	app.Office
}

func statusDoc() operation {
	return operation{
		id: "show-status", summary: "Health of the hub", tag: "hub",
		answers: map[int]answer{200: {"The hub answers; the Date header gives its clock.", wire.ProblemMediaType, wire.Problem{}, nil}},
	}
}

func enrolDoc() operation {
	return operation{
		id: "create-device-enrolment", summary: "Exchange a one-time code for a device identity", tag: "devices",
		description: "A workstation that is enrolled anew may say of which authority and office it was: a code of another place is then refused " +
			"and stays good.",
		requestMedia: mediaJSON, request: wire.EnrolmentRequest{},
		answers:  map[int]answer{200: {"The device; the same code with the same key gets the same answer.", mediaJSON, wire.Enrolment{}, nil}},
		problems: []int{400, 403, 408, 413, 415},
	}
}

func tokenDoc() operation {
	return operation{
		id: "create-token", summary: "Exchange signed assertions for an access token", tag: "devices",
		description: "The workstation's assertion, and that of the operator at work when there is one. Without it the token is the workstation's " +
			"alone, unless the operator record that came with it has no password yet.",
		requestMedia: mediaForm, request: tokenRequest{},
		answers:  map[int]answer{200: {"An access token.", mediaJSON, wire.Token{}, nil}},
		problems: []int{400, 401, 403, 408, 413, 415},
	}
}

func manifestDoc() operation {
	return operation{
		id: "show-manifest", summary: "Signed manifest of the latest publication", tag: "catalogue",
		parameters: []parameter{{name: "If-None-Match", in: "header", description: "Entity tag of the manifest already held.", schema: text(maxShort)}},
		answers: map[int]answer{
			200: {"The manifest.", mediaJSON, wire.SignedManifest{}, []string{"ETag"}},
			304: {"Not changed.", "", nil, []string{"ETag"}},
		},
		problems: []int{404},
	}
}

func changesDoc() operation {
	return operation{
		id: "list-changes", summary: "Changes of the catalogue after a cursor, ascending", tag: "catalogue",
		parameters: pageParameters(),
		answers:    map[int]answer{200: {"A page of the feed.", mediaJSON, wire.Changes{}, nil}},
		problems:   []int{400, 410},
	}
}

func fileDoc(what, media string) operation {
	file := map[string]any{"type": "string", "contentMediaType": media}
	headers := []string{"ETag", "Accept-Ranges"}
	return operation{
		id: "show-" + what, summary: "Immutable " + what + " by the SHA-256 of its bytes", tag: "catalogue",
		parameters: []parameter{hashParameter(), {name: "Range", in: "header", description: "Bytes wanted.", schema: text(maxShort)}},
		answers: map[int]answer{
			200: {"The whole content.", media, file, headers},
			206: {"The bytes asked for.", media, file, append(headers, "Content-Range")},
		},
		problems: []int{404, 416},
	}
}

func batchDoc() operation {
	return operation{
		id: "store-upload-batch", summary: "Store a batch of items", tag: "uploads", security: []string{schemeDevice},
		description: "Each item is stored for itself; one without a verdict was not taken and is to be sent again in another batch. " +
			"The same batch again gets the same answer.",
		parameters:   append(signatureParameters(), idParameter("UUID of the batch.")),
		requestMedia: mediaJSON, request: wire.UploadBatch{},
		answers:  map[int]answer{200: {"What became of each item.", mediaJSON, wire.BatchAnswer{}, nil}},
		problems: []int{400, 408, 409, 413, 415, 507},
	}
}

func uploadDoc(u uploadForm) operation {
	receipt := func(description string) answer { return answer{description, mediaJSON, wire.Receipt{}, nil} }
	return operation{
		id: strings.Replace(u.id, "put-", "store-", 1), summary: u.summary, tag: "uploads", security: []string{schemeDevice},
		description:  u.summary + ", under the identifier that the workstation gave it.",
		parameters:   append(signatureParameters(), idParameter("UUID of the item.")),
		requestMedia: mediaJSON, request: u.body,
		answers:  map[int]answer{200: receipt("The same item is stored already."), 201: receipt("Stored.")},
		problems: []int{400, 408, 409, 413, 415, 507},
	}
}

func receiptsDoc() operation {
	return operation{
		id: "list-receipts", summary: "What became of the workstation's uploads", tag: "uploads", security: []string{schemeDevice},
		parameters: pageParameters(),
		answers:    map[int]answer{200: {"A page of receipts.", mediaJSON, wire.Receipts{}, nil}},
		problems:   []int{400, 410},
	}
}

func privateChangesDoc() operation {
	return operation{
		id: "list-private-changes", summary: "What the workstation may know of its authority, after a cursor", tag: "uploads", security: []string{schemeDevice},
		description: "Operators and workstations of the authority; what the workstation's office sent, identities sealed to the office; " +
			"proposals for who edits. Ascending by version, which is the authority's own.",
		parameters: pageParameters(),
		answers:    map[int]answer{200: {"A page of the private feed.", mediaJSON, wire.Changes{}, nil}},
		problems:   []int{400, 410},
	}
}

func operatorDoc() operation {
	record := func(description string) answer {
		return answer{description, mediaJSON, wire.OperatorRecord{}, nil}
	}
	return operation{
		id: "store-operator", summary: "Store an operator's record", tag: "authority", security: []string{schemeDevice},
		description: "The body's version is the one that was read, 0 for a new record. A responsabile writes those of its authority, " +
			"an amministratore all, an operator its own keys; a workstation gives keys to the record that came with it.",
		parameters:   []parameter{idParameter("UUID of the operator.")},
		requestMedia: mediaJSON, request: wire.OperatorRecord{},
		answers:  map[int]answer{200: record("Changed, or the same already."), 201: record("New.")},
		problems: []int{400, 404, 408, 409, 413, 415},
	}
}

func deviceDoc() operation {
	return operation{
		id: "change-device", summary: "Rename a workstation or put it out of use", tag: "authority", security: []string{schemeDevice},
		parameters:   []parameter{idParameter("UUID of the workstation.")},
		requestMedia: mediaJSON, request: wire.DeviceChange{},
		answers:  map[int]answer{200: {"The workstation.", mediaJSON, wire.DeviceRecord{}, nil}},
		problems: []int{400, 404, 408, 409, 413, 415},
	}
}

func deviceKeyDoc() operation {
	return operation{
		id: "renew-device-key", summary: "Give the calling workstation a new key", tag: "devices", security: []string{schemeDevice},
		description:  "The old key holds until the new one was used; the same key again gets the same answer.",
		parameters:   []parameter{idParameter("UUID of the calling workstation.")},
		requestMedia: mediaJSON, request: wire.KeyRenewal{},
		answers:  map[int]answer{200: {"The workstation.", mediaJSON, wire.DeviceRecord{}, nil}},
		problems: []int{400, 408, 413, 415},
	}
}

func codeDoc() operation {
	return operation{
		id: "create-enrolment-code", summary: "Make a code for a further workstation of the authority", tag: "authority", security: []string{schemeDevice},
		requestMedia: mediaJSON, request: wire.CodeRequest{},
		answers:  map[int]answer{201: {"The code, to be typed at the workstation.", mediaJSON, wire.EnrolmentCode{}, nil}},
		problems: []int{400, 404, 408, 413, 415},
	}
}

func sheetDoc() operation {
	return operation{
		id: "show-sheet", summary: "A sheet as its editors last left it", tag: "authority", security: []string{schemeDevice},
		parameters: []parameter{codeParameter()},
		answers:    map[int]answer{200: {"The sheet.", mediaJSON, sheetBody{}, []string{"ETag"}}},
		problems:   []int{404},
	}
}

func putSheetDoc() operation {
	return putEditedDoc("sheet", "Change a sheet; the next publication shows it", codeParameter(), sheetBody{})
}

func officeDoc() operation {
	return operation{
		id: "show-office", summary: "An office as its authority last left it", tag: "authority", security: []string{schemeDevice},
		parameters: []parameter{officeParameter()},
		answers:    map[int]answer{200: {"The office.", mediaJSON, officeBody{}, []string{"ETag"}}},
		problems:   []int{404},
	}
}

func putOfficeDoc() operation {
	return putEditedDoc("office", "Change an office, its hours, its address; it is published at once", officeParameter(), officeBody{})
}

// putEditedDoc is about a line that takes the place of the one that was read.
func putEditedDoc(what, summary string, id parameter, body any) operation {
	line := func(description string) answer { return answer{description, mediaJSON, body, []string{"ETag"}} }
	return operation{
		id: "store-" + what, summary: summary, tag: "authority", security: []string{schemeDevice},
		description: "If-Match names the " + what + " that was read; a new one is stored with If-None-Match: *. When somebody else was faster, " +
			"the problem has the present " + what + " as current.",
		parameters: []parameter{
			id,
			{name: "If-Match", in: "header", description: "Entity tag of the " + what + " that was read.", schema: text(maxShort)},
			{name: "If-None-Match", in: "header", description: "* for a " + what + " that must not be there yet.", schema: text(maxShort)},
		},
		requestMedia: mediaJSON, request: body,
		answers:  map[int]answer{200: line("Changed."), 201: line("New.")},
		problems: []int{400, 408, 412, 413, 415, 428},
	}
}

func reportDoc() operation {
	day := map[string]any{"type": "string", "format": "date", "maxLength": 10}
	return operation{
		id: "show-report", summary: "How many contacts there were", tag: "authority", security: []string{schemeDevice},
		description: "Of the own authority for a responsabile, of the network for an amministratore, there without rows of fewer than five. " +
			"Operators are never counted by.",
		parameters: []parameter{
			{name: "from", in: "query", description: "First day.", schema: day, required: true},
			{name: "to", in: "query", description: "Last day.", schema: day, required: true},
			{
				name: "by", in: "query", description: "What to count by, up to four of " + strings.Join(region.ReportDimensions(), ", ") + ", with commas.",
				schema: map[string]any{"type": "string", "maxLength": maxShort, "pattern": "^[a-z_]+(,[a-z_]+)*$"},
			},
		},
		answers:  map[int]answer{200: {"The figures.", mediaJSON, wire.Report{}, nil}},
		problems: []int{400},
	}
}

func putBlobDoc() operation {
	upload := func(description string) answer { return answer{description, mediaJSON, wire.BlobUpload{}, nil} }
	return operation{
		id: "store-blob", summary: "Send a document, or a part of it", tag: "applicants", security: []string{schemeApplicant, schemeDevice},
		description: "Parts of at most 4 MiB come in their order and say by Content-Range which they are; one that is there already is no change. " +
			"With the last one the content must have its hash.",
		parameters:   append(signatureParameters(), hashParameter(), rangeParameter()),
		requestMedia: mediaBytes, request: bytesSchema(),
		answers:  map[int]answer{200: upload("How far the document is."), 201: upload("The document is complete.")},
		problems: []int{400, 408, 409, 413},
	}
}

func blobUploadDoc() operation {
	return operation{
		id: "show-blob-upload", summary: "How far an own document is", tag: "applicants", security: []string{schemeApplicant, schemeDevice},
		parameters: []parameter{hashParameter()},
		answers:    map[int]answer{200: {"How far it is.", mediaJSON, wire.BlobUpload{}, nil}},
		problems:   []int{404},
	}
}

func idParameter(description string) parameter {
	return parameter{name: "id", in: "path", description: description, schema: map[string]any{"type": "string", "format": "uuid", "maxLength": 36}}
}

func codeParameter() parameter {
	return parameter{name: "code", in: "path", description: "Code of the sheet.", schema: text(maxShort)}
}

func officeParameter() parameter {
	return parameter{name: "id", in: "path", description: "Identifier of the office.", schema: text(maxShort)}
}

func hashParameter() parameter {
	return parameter{name: "sha256", in: "path", description: "SHA-256 of the content in hexadecimal.", schema: map[string]any{"type": "string", "pattern": "^[0-9a-f]{64}$"}}
}

func rangeParameter() parameter {
	return parameter{name: "Content-Range", in: "header", description: "Which part this is: bytes FIRST-LAST/SIZE.", schema: text(maxShort)}
}

func bytesSchema() map[string]any {
	return map[string]any{"type": "string", "contentMediaType": mediaBytes}
}

func signatureParameters() []parameter {
	return []parameter{
		{name: wire.DigestHeader, in: "header", required: true, description: "SHA-256 of the body: SHA-256=BASE64.", schema: text(maxShort)},
		{
			name: wire.SignatureHeader, in: "header", required: true, schema: text(4096),
			description: "JWT (ES256) by the sender's key: iss and sub name it, aud is " + wire.TokenAudience + ", signed_headers hold digest and content-type.",
		},
	}
}

func pageParameters() []parameter {
	return []parameter{
		{name: "cursor", in: "query", description: "Where the page before ended; absent for the beginning.", schema: text(maxShort)},
		limitParameter(),
	}
}

func limitParameter() parameter {
	return parameter{name: "limit", in: "query", description: "Most items in the page.", schema: map[string]any{
		"type": "integer", "format": "int32", "minimum": 1, "maximum": region.MaxPage, "default": region.DefaultPage,
	}}
}
