package apiserver

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"polis/app/region"
)

// Generous bounds within this process: they stop what runs wild, not a busy
// office behind one address.
const (
	readsPerMinute  = 300_000
	devicePerMinute = 1_200
)

// Parts of documents that strangers send at once, in this process: each may
// take ten minutes and is in memory meanwhile.
const (
	partsAtOnce = 64
	partsOfOne  = 16
	gateWait    = 5 * time.Second
)

// limiter counts by minutes, in memory only.
type limiter struct {
	limit int64

	mu   sync.Mutex
	ends time.Time
	hits map[string]int64
}

func newLimiter(limit int64) *limiter { return &limiter{limit: limit} }

func (l *limiter) take(who string, now time.Time) (region.Quota, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if starts := now.Truncate(time.Minute); l.hits == nil || !l.ends.Equal(starts.Add(time.Minute)) {
		l.ends, l.hits = starts.Add(time.Minute), map[string]int64{}
	}
	l.hits[who]++
	q := region.Quota{Limit: l.limit, Remaining: max(0, l.limit-l.hits[who]), Reset: l.ends}
	if l.hits[who] > l.limit {
		return q, region.TooMany(q, now)
	}
	return q, nil
}

// admit counts every request by its address.
func (a *api) admit(w http.ResponseWriter, r *http.Request) error {
	quota, err := a.reads.take(a.address(r), a.clock.Now())
	return a.limited(w, quota, err)
}

// limited tells the caller what remains of its quota.
func (a *api) limited(w http.ResponseWriter, q region.Quota, err error) error {
	if q.Limit > 0 {
		h := w.Header()
		h.Set("X-RateLimit-Limit", strconv.FormatInt(q.Limit, 10))
		h.Set("X-RateLimit-Remaining", strconv.FormatInt(q.Remaining, 10))
		h.Set("X-RateLimit-Reset", strconv.FormatInt(max(0, int64(q.Reset.Sub(a.clock.Now())/time.Second)), 10))
	}
	return err
}

// address is whom a request comes from, for counting only: it is neither
// logged nor stored. Of IPv6 the network counts, because a household has a
// whole one.
func (a *api) address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && a.proxied(ip); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		ip = next
	}
	ip = ip.Unmap()
	if ip.Is6() {
		if network, err := ip.Prefix(64); err == nil {
			return network.String()
		}
	}
	return ip.String()
}

func (a *api) proxied(ip netip.Addr) bool { return within(a.proxies, ip) }

func within(networks []netip.Prefix, ip netip.Addr) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(ip.Unmap()) })
}

// gate bounds how many of something go on at once: of all, and of one caller.
type gate struct {
	all, each int

	mu     sync.Mutex
	inside map[string]int
	total  int
}

func newGate(all, each int) *gate { return &gate{all: all, each: each, inside: map[string]int{}} }

// enter lets somebody in until leave is called, or says when to try again.
func (g *gate) enter(who string, now time.Time) (leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.total >= g.all || g.inside[who] >= g.each {
		return nil, region.TooMany(region.Quota{Reset: now.Add(gateWait)}, now)
	}
	g.total++
	g.inside[who]++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.total--
		if g.inside[who]--; g.inside[who] == 0 {
			delete(g.inside, who)
		}
	}, nil
}
