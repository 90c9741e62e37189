package api

import (
	"net/url"
	"testing"
	"time"

	"golang.org/x/net/http/httpproxy"
)

func proxyOf(env httpproxy.Config, windows, gnome *systemProxy) *Proxy {
	ask := func(s *systemProxy) func() (systemProxy, bool) {
		return func() (systemProxy, bool) {
			if s == nil {
				return systemProxy{}, false
			}
			return *s, true
		}
	}
	return &Proxy{
		environment: func() *httpproxy.Config { return &env }, now: time.Now,
		systems: []proxySource{{ProxyWindows, ask(windows)}, {ProxyGnome, ask(gnome)}},
	}
}

func TestProxyIsFoundInOrder(t *testing.T) {
	env := httpproxy.Config{HTTPSProxy: "http://user:secret@env.example:1", NoProxy: "direct.example"}
	windows := &systemProxy{address: "win.example:2", ignore: []string{"*.intranet.example", "10.*", "<local>"}}
	gnome := &systemProxy{address: "gnome.example:3"}
	for _, tt := range []struct {
		p               *Proxy
		hub, want, from string
	}{
		{proxyOf(env, windows, gnome), "https://hub.example", "http://user:xxxxx@env.example:1", ProxyEnvironment},
		{proxyOf(env, windows, gnome), "https://direct.example", "", ""},
		{proxyOf(httpproxy.Config{}, windows, gnome), "https://hub.example", "http://win.example:2", ProxyWindows},
		{proxyOf(httpproxy.Config{}, windows, gnome), "https://hub.intranet.example", "", ""},
		{proxyOf(httpproxy.Config{}, windows, gnome), "https://10.1.2.3:8443", "", ""},
		{proxyOf(httpproxy.Config{}, windows, gnome), "https://hub:8443", "", ""},
		{proxyOf(httpproxy.Config{}, nil, gnome), "https://hub.example", "http://gnome.example:3", ProxyGnome},
		{proxyOf(httpproxy.Config{}, nil, nil), "https://hub.example", "", ""},
	} {
		if got, from := tt.p.Explain(tt.hub); got != tt.want || from != tt.from {
			t.Errorf("%s: %q from %q, want %q from %q", tt.hub, got, from, tt.want, tt.from)
		}
	}
	u, err := proxyOf(httpproxy.Config{}, windows, nil).For(&url.URL{Scheme: "https", Host: "hub.example"})
	if err != nil || u.Host != "win.example:2" {
		t.Errorf("%v %v", u, err)
	}
}

func TestProxySettingsAreReadAgain(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	found := systemProxy{}
	p := &Proxy{
		environment: func() *httpproxy.Config { return &httpproxy.Config{} }, now: func() time.Time { return now },
		systems: []proxySource{{ProxyGnome, func() (systemProxy, bool) { return found, found.address != "" }}},
	}
	if got, _ := p.Explain("https://hub.example"); got != "" {
		t.Fatal(got)
	}
	found.address = "later.example:1"
	if got, _ := p.Explain("https://hub.example"); got != "" {
		t.Fatal("asked again at once")
	}
	now = now.Add(2 * proxyKept)
	if got, _ := p.Explain("https://hub.example"); got != "http://later.example:1" {
		t.Fatalf("%q", got)
	}
}

func TestGnomeProxy(t *testing.T) {
	answers := map[string]string{
		"org.gnome.system.proxy mode": "'manual'\n", "org.gnome.system.proxy.https host": "''\n", "org.gnome.system.proxy.https port": "0\n",
		"org.gnome.system.proxy.http host": "'proxy.example'\n", "org.gnome.system.proxy.http port": "3128\n",
		"org.gnome.system.proxy ignore-hosts": "['localhost', '*.intranet.example']\n",
	}
	ask := func(schema, key string) (string, bool) { a, ok := answers[schema+" "+key]; return a, ok }
	got, ok := gnomeProxy(ask)
	if !ok || got.address != "proxy.example:3128" || len(got.ignore) != 2 || got.ignore[1] != "*.intranet.example" {
		t.Fatalf("%+v %v", got, ok)
	}
	for _, mode := range []string{"'none'", "'auto'"} {
		answers["org.gnome.system.proxy mode"] = mode
		if _, ok := gnomeProxy(ask); ok {
			t.Errorf("mode %s has a proxy", mode)
		}
	}
	if _, ok := gnomeProxy(func(string, string) (string, bool) { return "", false }); ok {
		t.Error("a desktop without the program has a proxy")
	}
}
