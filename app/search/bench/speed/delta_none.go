//go:build !delta

package speed

import (
	"encoding/json"
	"io"
)

// Delta says that it cannot be measured. This file goes, and the tag of
// delta.go with it, when search.Index has With and Blobs.
func (*Job) Delta(out io.Writer) error {
	return json.NewEncoder(out).Encode(Delta{Missing: true})
}
