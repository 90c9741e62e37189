package exchange_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain keeps the random tests short; `go test -rapid.checks=5000` is the
// long run.
func TestMain(m *testing.M) {
	flag.Parse()
	long := false
	flag.Visit(func(f *flag.Flag) { long = long || f.Name == "rapid.checks" })
	if !long {
		if err := flag.Set("rapid.checks", "6"); err != nil {
			os.Exit(2)
		}
	}
	os.Exit(m.Run())
}
