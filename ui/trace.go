package ui

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
)

// traceFile returns a function that writes a line for every event to the
// file that POLIS_TEST_LOG names, so that tests of the real window wait for
// a line and never sleep. Without the variable nothing is written.
func traceFile(log *slog.Logger) func(string, ...any) {
	path := os.Getenv("POLIS_TEST_LOG")
	if path == "" {
		return func(string, ...any) {}
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the tests' own variable
	if err != nil {
		log.Warn("no test log", "path", path, "error", err)
		return func(string, ...any) {}
	}
	var mu sync.Mutex
	return func(event string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		if _, err := f.WriteString(traceLine(event, args)); err != nil {
			log.Warn("test log", "error", err)
		}
	}
}

// traceLine writes `search shown q="carta" n=38`.
func traceLine(event string, args []any) string {
	var b strings.Builder
	b.WriteString(event)
	for i := 0; i+1 < len(args); i += 2 {
		if text, ok := args[i+1].(string); ok {
			fmt.Fprintf(&b, " %v=%q", args[i], text)
			continue
		}
		fmt.Fprintf(&b, " %v=%v", args[i], args[i+1])
	}
	b.WriteByte('\n')
	return b.String()
}
