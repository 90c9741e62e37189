package pdf

import (
	"os"
	"testing"
)

func dump(t *testing.T, name string, data []byte) {
	os.MkdirAll("/tmp/pdfout", 0o755)
	os.WriteFile("/tmp/pdfout/"+name+".pdf", data, 0o644)
	t.Log(len(data))
}
