package trial

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Link is the way from workstations to a hub, through a proxy that can be
// made bad: cut, slow, sliced, reset. What passes it stays encrypted.
type Link struct {
	URL string

	t      testing.TB
	server *toxiproxy.ApiServer

	mu     sync.Mutex
	proxy  *toxiproxy.Proxy
	toxics []string // as JSON
}

// NewLink listens on loopback and passes everything to the hub at target
// (https://HOST:PORT); the test's end closes it.
func NewLink(t testing.TB, target string) *Link {
	t.Helper()
	zerolog.SetGlobalLevel(zerolog.Disabled) // some toxics know no other logger
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	l := &Link{t: t, server: server, proxy: toxiproxy.NewProxy(server, "link", "127.0.0.1:0", strings.TrimPrefix(target, "https://"))}
	if err := l.proxy.Start(); err != nil {
		t.Fatalf("link: %v", err)
	}
	t.Cleanup(l.Down)
	l.URL = "https://" + l.proxy.Listen
	return l
}

// Down refuses new connections and cuts those that are open.
func (l *Link) Down() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.proxy.Stop()
}

// Up takes connections again at the same address.
func (l *Link) Up() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.start()
}

func (l *Link) start() {
	if l.proxy.Enabled {
		return
	}
	if err := l.proxy.Start(); err != nil {
		l.t.Errorf("link: %v", err)
	}
}

// Spoil adds a toxic of the kind with its attributes as JSON, towards the
// workstation ("downstream") or the hub ("upstream"). Open connections are
// cut; a link that is down stays so.
func (l *Link) Spoil(kind, stream, attributes string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	up := l.proxy.Enabled
	l.toxics = append(l.toxics, fmt.Sprintf(`{"name":"%s-%d","type":"%s","stream":"%s","attributes":%s}`, kind, len(l.toxics), kind, stream, attributes))
	l.renew()
	if up {
		l.start()
	}
}

// Heal takes every toxic away and connections again; those that were open are
// cut.
func (l *Link) Heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.toxics = nil
	l.renew()
	l.start()
}

// renew replaces the proxy by one with the toxics as they are now: toxiproxy
// can wait for ever when they change under a connection that ends just then.
func (l *Link) renew() {
	l.proxy.Stop()
	l.proxy = toxiproxy.NewProxy(l.server, "link", l.proxy.Listen, l.proxy.Upstream)
	for _, text := range l.toxics {
		if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(text)); err != nil {
			l.t.Errorf("link: %s: %v", text, err)
		}
	}
}
