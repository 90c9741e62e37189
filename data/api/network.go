package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"polis/app/network"
)

var _ network.Hub = (*Client)(nil)

// currentLine is the cause of a refusal that came with what is stored now.
type currentLine struct {
	error
	line []byte
}

func (c currentLine) Unwrap() error { return c.error }

// PutOffice implements network.Hub.
func (c *Client) PutOffice(ctx context.Context, id string, line []byte, match []string) (current []byte, err error) {
	header := map[string]string{"If-None-Match": "*"}
	if len(match) > 0 {
		header = map[string]string{"If-Match": `"` + strings.Join(match, `", "`) + `"`}
	}
	var stored json.RawMessage
	err = c.asDevice(ctx, outgoing{
		method: http.MethodPut, path: "/offices/" + url.PathEscape(id), header: header, media: mediaJSON, body: line, timeout: callTimeout,
	}, &stored)
	var changed currentLine
	if errors.As(err, &changed) {
		return changed.line, err
	}
	if err == nil && !isOffice(stored, id) {
		return nil, c.wrong("no office %q", id)
	}
	return stored, err
}

// Office implements network.Hub.
func (c *Client) Office(ctx context.Context, id string) ([]byte, error) {
	var line json.RawMessage
	if err := c.authorized(ctx, http.MethodGet, "/offices/"+url.PathEscape(id), nil, &line); err != nil {
		return nil, err
	}
	if !isOffice(line, id) {
		return nil, c.wrong("no office %q", id)
	}
	return line, nil
}

// isOffice tells an office from what somebody between here and the hub says.
func isOffice(line []byte, id string) bool {
	var head struct{ Type, ID string }
	return json.Unmarshal(line, &head) == nil && head.Type == "office" && head.ID == id
}
