package exchange

import (
	"testing"
	"time"

	"polis/app"
)

func TestBackoffIsBounded(t *testing.T) {
	for attempts := range 70 {
		if d := backoff(attempts); d < 0 || d > backoffMax {
			t.Fatalf("attempt %d waits %v", attempts, d)
		}
	}
}

func TestRetryAfterIsBounded(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "x": 0, "-4": 0, "30": 30 * time.Second, "99999999999": holdMax, "9223372036854775807": holdMax} {
		if got := retryAfter(app.Fault(app.CodeHubBusy, nil, ParamRetryAfter, text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if retryAfter(nil) != 0 {
		t.Error("no fault asks for nothing")
	}
}
