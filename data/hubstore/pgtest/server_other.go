//go:build !linux

package pgtest

import "errors"

// Server is not offered on this system yet.
type Server struct{}

const shared = ""

var errSystem = errors.New("tests start PostgreSQL on Linux only")

// New always fails here.
func New() (*Server, error) { return nil, errSystem }

// Start always fails here.
func (*Server) Start() error { return errSystem }

// Crash always fails here.
func (*Server) Crash() error { return errSystem }

// Close has nothing to close.
func (*Server) Close() error { return nil }

// Address has none to give.
func (*Server) Address(string) string { return "" }

// NewDatabase always fails here.
func (*Server) NewDatabase() (string, error) { return "", errSystem }

func newDatabase(string) (string, error) { return "", errSystem }
