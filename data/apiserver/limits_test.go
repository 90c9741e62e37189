package apiserver

import (
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"polis/app"
)

func TestAddressBehindProxies(t *testing.T) {
	a := &api{proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:5", "", "192.0.2.1"},
		{"192.0.2.1:5", "203.0.113.9", "192.0.2.1"}, // a stranger is not believed
		{"10.1.1.1:5", "203.0.113.9", "203.0.113.9"},
		{"10.1.1.1:5", "6.6.6.6, 203.0.113.9, 10.2.2.2", "203.0.113.9"}, // what the client itself wrote does not count
		{"10.1.1.1:5", "nonsense", "10.1.1.1"},
		{"10.1.1.1:5", "", "10.1.1.1"},
		{"[2001:db8:1:2:3:4:5:6]:5", "", "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.1]:5", "", "192.0.2.1"},
	} {
		r := httptest.NewRequest("GET", "/status", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := a.address(r); got != c.want {
			t.Errorf("%s by %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

func TestLimiter(t *testing.T) {
	l := newLimiter(2)
	now := time.Date(2026, 11, 23, 9, 0, 50, 0, time.UTC)
	for i := range 2 {
		if q, err := l.take("a", now); err != nil || q.Remaining != int64(1-i) || q.Limit != 2 {
			t.Errorf("%+v %v", q, err)
		}
	}
	_, err := l.take("a", now)
	if app.ErrorCode(err) != app.CodeTooManyRequests || app.ErrorParams(err)["seconds"] != "11" {
		t.Errorf("%v", err)
	}
	if _, err := l.take("b", now); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	if _, err := l.take("a", now.Add(10*time.Second)); err != nil {
		t.Errorf("in the next minute: %v", err)
	}
}

func TestGate(t *testing.T) {
	g, now := newGate(3, 2), time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	in := func(who string, want bool) (leave func()) {
		t.Helper()
		leave, err := g.enter(who, now)
		if want != (err == nil) || !want && (app.ErrorCode(err) != app.CodeTooManyRequests || app.ErrorParams(err)["seconds"] != "6") {
			t.Errorf("%s: %v", who, err)
		}
		return leave
	}
	first, second := in("a", true), in("a", true)
	in("a", false)
	third := in("b", true)
	in("c", false) // no room at all
	first()
	in("c", true)()
	second()
	third()
	if g.total != 0 || len(g.inside) != 0 {
		t.Errorf("%d inside, %v", g.total, g.inside)
	}
}
