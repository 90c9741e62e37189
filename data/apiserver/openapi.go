package apiserver

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

// operation is what the OpenAPI document says about an endpoint beyond its
// route.
type operation struct {
	id, summary, tag string
	secured          bool
	parameters       []parameter
	requestMedia     string
	request          any
	answers          map[int]answer
	problems         []int // besides 500
}

type parameter struct {
	name, in, description string
	schema                map[string]any
}

type answer struct {
	description, media string
	body               any // a Go value whose type is the schema, or a schema
	headers            []string
}

// tokenRequest is the form of POST /token.
type tokenRequest struct {
	GrantType           string `json:"grant_type"`
	ClientAssertionType string `json:"client_assertion_type"`
	ClientAssertion     string `json:"client_assertion"`
}

type contactBody struct {
	Type string `json:"type"`
	app.Contact
}

func statusDoc() operation {
	return operation{
		id: "get-status", summary: "Health of the hub", tag: "hub",
		answers:  map[int]answer{200: {"The hub answers; the Date header gives its clock.", wire.ProblemMediaType, wire.Problem{}, nil}},
		problems: []int{503},
	}
}

func enrolDoc() operation {
	return operation{
		id: "create-device-enrolment", summary: "Exchange a one-time code for a device identity", tag: "devices",
		requestMedia: mediaJSON, request: wire.EnrolmentRequest{},
		answers:  map[int]answer{200: {"The device; the same code with the same key gets the same answer.", mediaJSON, wire.Enrolment{}, nil}},
		problems: []int{400, 403, 413, 415, 429},
	}
}

func tokenDoc() operation {
	return operation{
		id: "create-token", summary: "Exchange a signed assertion for an access token", tag: "devices",
		requestMedia: mediaForm, request: tokenRequest{},
		answers:  map[int]answer{200: {"An access token.", mediaJSON, wire.Token{}, nil}},
		problems: []int{400, 401, 413, 415},
	}
}

func manifestDoc() operation {
	return operation{
		id: "get-manifest", summary: "Signed manifest of the latest publication", tag: "catalogue",
		parameters: []parameter{{"If-None-Match", "header", "Entity tag of the manifest already held.", text()}},
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
		id: "get-" + what, summary: "Immutable " + what + " by the SHA-256 of its bytes", tag: "catalogue",
		parameters: []parameter{
			{"sha256", "path", "SHA-256 of the content in hexadecimal.", map[string]any{"type": "string", "pattern": "^[0-9a-f]{64}$"}},
			{"Range", "header", "Bytes wanted.", text()},
		},
		answers: map[int]answer{
			200: {"The whole content.", media, file, headers},
			206: {"The bytes asked for.", media, file, append(headers, "Content-Range")},
		},
		problems: []int{404, 416},
	}
}

func contactDoc() operation {
	receipt := func(description string) answer { return answer{description, mediaJSON, wire.Receipt{}, nil} }
	return operation{
		id: "put-contact", summary: "Store a contact under the identifier that the workstation gave it", tag: "uploads", secured: true,
		parameters:   []parameter{{"id", "path", "UUID of the contact.", map[string]any{"type": "string", "format": "uuid"}}},
		requestMedia: mediaJSON, request: contactBody{},
		answers:  map[int]answer{200: receipt("The same contact is stored already."), 201: receipt("Stored.")},
		problems: []int{400, 401, 403, 409, 413, 503, 507},
	}
}

func receiptsDoc() operation {
	return operation{
		id: "list-receipts", summary: "What became of the workstation's uploads", tag: "uploads", secured: true,
		parameters: pageParameters(),
		answers:    map[int]answer{200: {"A page of receipts.", mediaJSON, wire.Receipts{}, nil}},
		problems:   []int{400, 401, 410},
	}
}

func pageParameters() []parameter {
	return []parameter{
		{"cursor", "query", "Where the page before ended; absent for the beginning.", text()},
		{"limit", "query", "Most items in the page.", map[string]any{
			"type": "integer", "format": "int32", "minimum": 1, "maximum": region.MaxPage, "default": region.DefaultPage,
		}},
	}
}

func text() map[string]any { return map[string]any{"type": "string"} }

// OpenAPI returns the OpenAPI 3.1 document of the endpoints that this
// program answers, made from the same Go types.
func OpenAPI(version, server string) ([]byte, error) {
	schemas := schemaSet{}
	paths := map[string]any{}
	for _, e := range endpoints() {
		item, ok := paths[e.path].(map[string]any)
		if !ok {
			item = map[string]any{}
			paths[e.path] = item
		}
		item[strings.ToLower(e.method)] = e.doc.document(schemas)
	}
	doc := map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": "POLIS hub", "version": version,
			"summary":     "Synchronisation of workstations with the regional catalogue",
			"x-summary":   "Synchronisation of workstations with the regional catalogue",
			"description": "A signed snapshot and a feed of changes go down, contacts come up by idempotent PUT.",
			"contact":     map[string]any{"name": "POLIS Piemonte", "url": server},
			"license":     map[string]any{"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
		},
		"servers": []any{map[string]any{"url": server, "description": "The regional hub"}},
		"tags": []any{
			tag("catalogue", "What the network publishes."), tag("devices", "Enrolment of workstations and tokens."),
			tag("hub", "The hub itself."), tag("uploads", "What workstations send."),
		},
		"paths": paths,
		"components": map[string]any{
			"schemas":         schemas,
			"securitySchemes": map[string]any{"device-token": map[string]any{"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
		},
	}
	return json.MarshalIndent(doc, "", "  ")
}

func tag(name, description string) map[string]any {
	return map[string]any{"name": name, "description": description}
}

func (o operation) document(schemas schemaSet) map[string]any {
	doc := map[string]any{
		"operationId": o.id, "summary": o.summary, "description": o.summary + ".", "tags": []string{o.tag},
		"responses": o.responses(schemas),
	}
	if len(o.parameters) > 0 {
		var list []any
		for _, p := range o.parameters {
			list = append(list, map[string]any{
				"name": p.name, "in": p.in, "description": p.description, "required": p.in == "path", "schema": p.schema,
			})
		}
		doc["parameters"] = list
	}
	if o.request != nil {
		doc["requestBody"] = map[string]any{"required": true, "content": content(o.requestMedia, o.request, schemas)}
	}
	if o.secured {
		doc["security"] = []any{map[string]any{"device-token": []string{}}}
	} else {
		doc["security"] = []any{}
	}
	return doc
}

func (o operation) responses(schemas schemaSet) map[string]any {
	out := map[string]any{}
	for status, a := range o.answers {
		r := map[string]any{"description": a.description}
		if a.body != nil {
			r["content"] = content(a.media, a.body, schemas)
		}
		if len(a.headers) > 0 {
			headers := map[string]any{}
			for _, h := range a.headers {
				headers[h] = map[string]any{"description": h + " as in RFC 9110.", "schema": text()}
			}
			r["headers"] = headers
		}
		out[strconv.Itoa(status)] = r
	}
	for _, status := range append(slices.Clone(o.problems), http.StatusInternalServerError) {
		out[strconv.Itoa(status)] = map[string]any{
			"description": http.StatusText(status) + ".",
			"content":     content(wire.ProblemMediaType, wire.Problem{}, schemas),
		}
	}
	return out
}

func content(media string, body any, schemas schemaSet) map[string]any {
	schema, ok := body.(map[string]any)
	if !ok {
		schema = schemas.of(reflect.TypeOf(body))
	}
	return map[string]any{media: map[string]any{"schema": schema}}
}

// schemaSet collects the named types that the document refers to.
type schemaSet map[string]any

// names holds the types that the contract calls otherwise than Go does.
func (schemaSet) names() map[reflect.Type]string {
	return map[reflect.Type]string{reflect.TypeFor[contactBody](): "contact"}
}

func (s schemaSet) of(t reflect.Type) map[string]any {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return map[string]any{
			"type": "object", "required": []string{"type", "version"}, "additionalProperties": true,
			"description": "A line of the catalogue with its version, or a tombstone.",
			"properties":  map[string]any{"type": text(), "version": map[string]any{"type": "integer", "format": "int64"}},
		}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		return s.reference(t)
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float64:
		return map[string]any{"type": "number", "format": "double"}
	case reflect.Int64:
		return map[string]any{"type": "integer", "format": "int64"}
	case reflect.Int:
		return map[string]any{"type": "integer", "format": "int32"}
	}
	return text()
}

func (s schemaSet) reference(t reflect.Type) map[string]any {
	name, ok := s.names()[t]
	if !ok {
		name = kebab(t.Name())
	}
	if _, known := s[name]; !known {
		s[name] = nil // ends recursion
		s[name] = s.object(t)
	}
	return map[string]any{"$ref": "#/components/schemas/" + name}
}

func (s schemaSet) object(t reflect.Type) map[string]any {
	properties := map[string]any{}
	required := []string{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || name == "" || name == "-" {
			continue
		}
		properties[name] = s.of(f.Type)
		if !strings.Contains(options, "omitempty") {
			required = append(required, name)
		}
	}
	slices.Sort(required)
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('-')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
