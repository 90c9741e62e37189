package apiserver_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"polis/data/apiserver"
)

func TestOpenAPI(t *testing.T) {
	raw, err := apiserver.OpenAPI("1.2.3", "https://hub.example")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]any
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	var routes []string
	for path, item := range doc.Paths {
		for method := range item {
			routes = append(routes, method+" "+path)
		}
		if !regexp.MustCompile(`^(/[a-z0-9-]+|/\{[a-z0-9]+\})+$`).MatchString(path) {
			t.Errorf("path %s is not kebab-case", path)
		}
	}
	slices.Sort(routes)
	want := "get /blob-uploads/{sha256},get /blobs/{sha256},get /changes,get /manifest," +
		"get /membership-requests,get /membership-requests/{id},get /membership-requests/{id}/documents/{sha256},get /network-settings,get /offices/{id},get /private-changes," +
		"get /receipts,get /reports,get /sheets/{code},get /snapshots/{sha256},get /status,post /device-enrolments,post /enrolment-codes," +
		"post /membership-files,post /membership-letters,post /token," +
		"put /blobs/{sha256},put /contact-privates/{id},put /contacts/{id},put /devices/{id},put /devices/{id}/key,put /follow-ups/{id}," +
		"put /key-envelopes/{id},put /membership-changes/{id},put /membership-requests/{id},put /membership-requests/{id}/documents/{sha256}," +
		"put /offices/{id},put /operators/{id},put /proposals/{id},put /sheets/{code},put /upload-batches/{id}"
	if got := strings.Join(routes, ","); got != want {
		t.Errorf("routes %s", got)
	}
	references := regexp.MustCompile(`"#/components/schemas/([A-Za-z]+)"`).FindAllSubmatch(raw, -1)
	for _, ref := range references {
		if doc.Components.Schemas[string(ref[1])] == nil {
			t.Errorf("schema %s is missing", ref[1])
		}
	}
	if len(references) < 20 || doc.OpenAPI != "3.1.0" {
		t.Errorf("%d references, version %s", len(references), doc.OpenAPI)
	}
}
