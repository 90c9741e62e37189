package apiserver

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// schemaSet collects the named types that the document refers to.
type schemaSet map[string]any

// names holds the types that the contract calls otherwise than Go does.
func (schemaSet) names() map[reflect.Type]string {
	return map[reflect.Type]string{
		reflect.TypeFor[contactBody]():              "Contact",
		reflect.TypeFor[sheetBody]():                "Sheet",
		reflect.TypeFor[tokenRequest]():             "TokenRequest",
		reflect.TypeFor[membership.Request]():       "MembershipRequest",
		reflect.TypeFor[membership.Case]():          "MembershipCase",
		reflect.TypeFor[membership.CasePage]():      "MembershipCases",
		reflect.TypeFor[membership.Change]():        "MembershipChange",
		reflect.TypeFor[membership.Entry]():         "MembershipHistoryEntry",
		reflect.TypeFor[membership.Document]():      "MembershipDocument",
		reflect.TypeFor[membership.Letter]():        "MembershipLetter",
		reflect.TypeFor[membership.LetterRequest](): "MembershipLetterRequest",
		reflect.TypeFor[membership.Body]():          "PublicBody",
		reflect.TypeFor[membership.Act]():           "ApprovingAct",
		reflect.TypeFor[membership.Network]():       "NetworkSettings",
		reflect.TypeFor[membership.Protocol]():      "ProtocolNumber",
		reflect.TypeFor[membership.Signature]():     "DocumentSignature",
	}
}

// Bounds of what has no bound of its own.
const (
	maxText  = 1 << 20
	maxShort = 200
	maxItems = 10_000
)

// of returns the schema of a type; field is the JSON name of the member that
// has it, "" for none.
func (s schemaSet) of(t reflect.Type, field string) map[string]any {
	switch t {
	case reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time", "maxLength": 40}
	case reflect.TypeFor[app.Date]():
		return map[string]any{"type": "string", "maxLength": 40, "description": "A day or a moment, as it was written."}
	case reflect.TypeFor[json.RawMessage]():
		return map[string]any{"type": "object", "additionalProperties": true, "description": freeObject(field)}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem(), field)
	case reflect.Slice:
		most := maxItems
		if t.Elem() == reflect.TypeFor[wire.UploadItem]() {
			most = wire.MaxBatchItems
		}
		return map[string]any{"type": "array", "maxItems": most, "items": s.of(t.Elem(), strings.TrimSuffix(field, "s"))}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem(), "")}
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
	return textOf(field)
}

func freeObject(field string) string {
	switch field {
	case "payload":
		return "The item's frozen content."
	case "current":
		return "What is stored now."
	case "content":
		return "What was sent."
	}
	return "A line with its version, or a tombstone."
}

// textOf is the schema of a text by the name of its member.
func textOf(field string) map[string]any {
	switch field {
	case "device", "contact", "visit", "operator":
		return map[string]any{"type": "string", "maxLength": 36, "description": "A UUID."}
	case "sha256", "audit_head", "catalog_digest":
		return map[string]any{"type": "string", "pattern": "^([0-9a-f]{64})?$", "maxLength": 64}
	case "id", "authority", "office", "sheet", "code", "base", "channel", "user", "request_type", "topic", "outcome", "unmet_reason",
		"role", "state", "verdict", "type", "language", "name", "reason":
		return text(maxShort)
	}
	return text(maxText)
}

func (s schemaSet) reference(t reflect.Type) map[string]any {
	name, ok := s.names()[t]
	if !ok {
		name = t.Name()
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
		properties[name] = s.of(f.Type, name)
		if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
			required = append(required, name)
		}
	}
	slices.Sort(required)
	return map[string]any{"type": "object", "properties": properties, "required": required}
}
