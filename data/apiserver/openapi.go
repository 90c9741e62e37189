package apiserver

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"polis/data/wire"
)

// operation is what the OpenAPI document says about an endpoint beyond its
// route.
type operation struct {
	id, summary, tag string
	description      string
	security         []string // names of schemes, any of which will do; none for what is public
	parameters       []parameter
	requestMedia     string
	request          any
	answers          map[int]answer
	problems         []int // besides those of every endpoint
}

type parameter struct {
	name, in, description string
	schema                map[string]any
	required              bool
}

type answer struct {
	description, media string
	body               any // a Go value whose type is the schema, or a schema
	headers            []string
}

// Names of the security schemes.
const (
	schemeDevice    = "device-token"
	schemeApplicant = "applicant-signature"
)

func text(most int) map[string]any { return map[string]any{"type": "string", "maxLength": most} }

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
	const summary = "Synchronisation of workstations with the regional catalogue"
	doc := map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": "POLIS hub", "version": version, "summary": summary, "x-summary": summary, "x-api-id": "polis-hub",
			"description": "A signed snapshot and a feed of changes go down; contacts, proposals and answers come up by idempotent PUT, " +
				"each batch signed by its workstation. What an authority keeps for itself goes down by a feed of its own.",
			"termsOfService": server + "/status",
			"contact":        map[string]any{"name": "The region that runs this hub", "url": server},
			"license":        map[string]any{"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
		},
		"servers": []any{map[string]any{"url": server, "description": "The regional hub"}},
		"tags": []any{
			tag("applicants", "Bodies that ask to join."), tag("authority", "What an authority does for itself."),
			tag("catalogue", "What the network publishes."), tag("devices", "Enrolment of workstations and tokens."),
			tag("examiners", "What the region does with requests to join."),
			tag("hub", "The hub itself."), tag("uploads", "What workstations send, and what became of it."),
		},
		"paths": paths,
		"components": map[string]any{
			"schemas": schemas,
			"headers": headerComponents(),
			"securitySchemes": map[string]any{
				schemeDevice: map[string]any{
					"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
					"description": "The token of POST /token.",
				},
				schemeApplicant: map[string]any{
					"type": "apiKey", "in": "header", "name": wire.SignatureHeader,
					"description": "A JWT (ES256) with the public key as jwk in its header; iss and sub are the key's thumbprint (RFC 7638), " +
						"aud is " + wire.TokenAudience + ", resource is method and path, signed_headers hold digest and content-type of the body.",
				},
			},
		},
	}
	return json.MarshalIndent(doc, "", "  ")
}

func tag(name, description string) map[string]any {
	return map[string]any{"name": name, "description": description}
}

// headerComponents are the headers of answers.
func headerComponents() map[string]any {
	number := func(description string) map[string]any {
		return map[string]any{"description": description, "schema": map[string]any{"type": "integer", "format": "int64", "minimum": 0}}
	}
	headers := map[string]any{
		"X-RateLimit-Limit":     number("How many requests the window allows."),
		"X-RateLimit-Remaining": number("How many of them remain."),
		"X-RateLimit-Reset":     number("Seconds until the next window."),
		"Retry-After":           number("Seconds to wait."),
	}
	for name, description := range map[string]string{
		"ETag": "Entity tag of the content.", "Accept-Ranges": "That parts can be asked for.", "Content-Range": "Which part this is.",
		"WWW-Authenticate": "How to authenticate.", "Content-Disposition": "That it is to be saved.",
		"Cache-Control": "How long a copy may be kept: no-store, no-cache or max-age.",
	} {
		headers[name] = map[string]any{"description": description, "schema": text(200)}
	}
	return headers
}

func (o operation) document(schemas schemaSet) map[string]any {
	description := o.description
	if description == "" {
		description = o.summary + "."
	}
	doc := map[string]any{
		"operationId": o.id, "summary": o.summary, "description": description, "tags": []string{o.tag},
		"responses": o.responses(schemas),
	}
	if len(o.parameters) > 0 {
		var list []any
		for _, p := range o.parameters {
			list = append(list, map[string]any{
				"name": p.name, "in": p.in, "description": p.description, "required": p.required || p.in == "path", "schema": p.schema,
			})
		}
		doc["parameters"] = list
	}
	if o.request != nil {
		doc["requestBody"] = map[string]any{"required": true, "description": "See the schema.", "content": content(o.requestMedia, o.request, schemas)}
	}
	security := []any{}
	for _, scheme := range o.security {
		security = append(security, map[string]any{scheme: []string{}})
	}
	doc["security"] = security
	return doc
}

func (o operation) responses(schemas schemaSet) map[string]any {
	out := map[string]any{}
	for status, a := range o.answers {
		r := map[string]any{"description": a.description, "headers": headers(append(limitHeaders(), a.headers...))}
		if a.body != nil {
			r["content"] = content(a.media, a.body, schemas)
		}
		out[strconv.Itoa(status)] = r
	}
	problems := map[int]bool{http.StatusTooManyRequests: true, http.StatusInternalServerError: true, http.StatusServiceUnavailable: true}
	for _, status := range o.problems {
		problems[status] = true
	}
	if len(o.security) > 0 {
		problems[http.StatusUnauthorized], problems[http.StatusForbidden] = true, true
	}
	for _, status := range slices.Sorted(maps.Keys(problems)) {
		more := limitHeaders()
		switch status {
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			more = append(more, "Retry-After")
		case http.StatusUnauthorized:
			more = append(more, "WWW-Authenticate")
		case http.StatusPreconditionFailed:
			more = append(more, "ETag")
		}
		out[strconv.Itoa(status)] = map[string]any{
			"description": http.StatusText(status) + ".", "headers": headers(more),
			"content": content(wire.ProblemMediaType, wire.Problem{}, schemas),
		}
	}
	return out
}

func limitHeaders() []string {
	return []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Cache-Control"}
}

func headers(names []string) map[string]any {
	out := map[string]any{}
	for _, name := range names {
		out[name] = map[string]any{"$ref": "#/components/headers/" + name}
	}
	return out
}

func content(media string, body any, schemas schemaSet) map[string]any {
	schema, ok := body.(map[string]any)
	if !ok {
		schema = schemas.of(reflect.TypeOf(body), "")
	}
	return map[string]any{media: map[string]any{"schema": schema}}
}
