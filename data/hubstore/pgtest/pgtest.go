// Package pgtest gives tests a real PostgreSQL: one server for each test
// binary, started from the installed programs, and a database for each test.
package pgtest

import (
	"fmt"
	"os"
	"testing"
)

// Where Main leaves the server's address, or why there is none, for the
// tests of its binary.
const (
	addressVariable = "POLIS_PGTEST_ADDRESS"
	reasonVariable  = "POLIS_PGTEST_REASON"
)

// Main is for TestMain: it runs the tests beside a server.
func Main(m *testing.M) int {
	if os.Getenv(addressVariable) != "" { // of the process that started this one
		return m.Run()
	}
	s, err := New()
	if err != nil {
		set(reasonVariable, err.Error())
		return m.Run()
	}
	set(addressVariable, s.Address(shared))
	code := m.Run()
	if err := s.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "PostgreSQL of the tests:", err)
		code = max(code, 1)
	}
	return code
}

func set(name, value string) {
	if err := os.Setenv(name, value); err != nil {
		panic(err) // a name of ours is always valid
	}
}

// Database returns the address of an empty database of the binary's server.
// Without PostgreSQL the test is skipped, and says so.
func Database(t testing.TB) string {
	t.Helper()
	address := os.Getenv(addressVariable)
	if address == "" {
		t.Skip("SKIPPED: no PostgreSQL for this test: " + os.Getenv(reasonVariable))
	}
	database, err := newDatabase(address)
	if err != nil {
		t.Fatal(err)
	}
	return database
}

// Start gives the test a server of its own, to be crashed and started again.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := New()
	if err != nil {
		t.Skip("SKIPPED: no PostgreSQL for this test: " + err.Error())
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
