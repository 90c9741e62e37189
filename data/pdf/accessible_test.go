package pdf

import (
	"testing"

	"polis/data/pdf/accessible"
)

// checked writes the list and holds the file against the checker.
func checked(t *testing.T, data []byte) accessible.Report {
	t.Helper()
	report, err := accessible.Check(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Error(f)
	}
	return report
}

func TestEverythingIsTagged(t *testing.T) {
	data, err := New(testFonts(t), testMetrics(t)).Bytes(everything(t))
	if err != nil {
		t.Fatal(err)
	}
	r := checked(t, data)
	for _, p := range r.Passages {
		t.Logf("%+v", p)
	}
}
