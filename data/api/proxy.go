package api

import (
	"context"
	"net"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// Sources of a proxy.
const (
	ProxyNone        = ""
	ProxyEnvironment = "environment"
	ProxyWindows     = "windows"
	ProxyGnome       = "gnome"
)

// proxyKept is how long an answer of the system is believed: settings change
// while the window is open, and asking costs a program start.
const proxyKept = time.Minute

// askTimeout bounds how long the desktop may take to say its proxy.
const askTimeout = 3 * time.Second

// systemProxy is a fixed proxy as a desktop has it. Ignore lists hosts that
// are reached directly, with "*" at either end; "<local>" are names without a
// dot.
type systemProxy struct {
	address string // host:port or URL
	ignore  []string
}

// Proxy finds the proxy of the hub: the environment first, then the fixed one
// of Windows, then GNOME's. Scripts that choose proxies (PAC) are not run.
type Proxy struct {
	environment func() *httpproxy.Config
	systems     []proxySource
	now         func() time.Time

	mu     sync.Mutex
	read   time.Time
	found  systemProxy
	source string
}

type proxySource struct {
	name string
	ask  func() (systemProxy, bool)
}

// NewProxy looks where this computer keeps its proxy.
func NewProxy() *Proxy {
	return &Proxy{
		environment: httpproxy.FromEnvironment, now: time.Now,
		systems: []proxySource{{ProxyWindows, windowsProxy}, {ProxyGnome, func() (systemProxy, bool) { return gnomeProxy(askProgram) }}},
	}
}

// For returns the proxy of an address, nil when it is reached directly.
func (p *Proxy) For(u *url.URL) (*url.URL, error) {
	proxy, _, err := p.find(u)
	return proxy, err
}

// Explain says by which proxy an address is reached, without its password,
// and who says so; both are empty when it is reached directly.
func (p *Proxy) Explain(address string) (proxy, source string) {
	u, err := url.Parse(address)
	if err != nil {
		return "", ProxyNone
	}
	found, source, err := p.find(u)
	if err != nil || found == nil {
		return "", ProxyNone
	}
	return found.Redacted(), source
}

func (p *Proxy) find(u *url.URL) (*url.URL, string, error) {
	if env := p.environment(); env.HTTPSProxy != "" || env.HTTPProxy != "" {
		proxy, err := env.ProxyFunc()(u)
		return proxy, ProxyEnvironment, err
	}
	system, source := p.system()
	if system.address == "" {
		return nil, ProxyNone, nil
	}
	host := u.Hostname()
	config := httpproxy.Config{HTTPSProxy: system.address, HTTPProxy: system.address}
	var rest []string
	for _, pattern := range system.ignore {
		switch pattern = strings.TrimSpace(pattern); {
		case pattern == "<local>":
			if !strings.Contains(host, ".") && net.ParseIP(host) == nil {
				return nil, ProxyNone, nil
			}
		case strings.HasSuffix(pattern, "*") && len(pattern) > 1: // 10.*
			if strings.HasPrefix(host, strings.TrimSuffix(pattern, "*")) {
				return nil, ProxyNone, nil
			}
		default:
			rest = append(rest, strings.TrimPrefix(pattern, "*.")) // the domain and what is below it
		}
	}
	config.NoProxy = strings.Join(rest, ",")
	proxy, err := config.ProxyFunc()(u)
	if proxy == nil {
		source = ProxyNone
	}
	return proxy, source, err
}

func (p *Proxy) system() (systemProxy, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); p.read.IsZero() || now.Sub(p.read) > proxyKept || now.Before(p.read) {
		p.read, p.found, p.source = now, systemProxy{}, ProxyNone
		for _, s := range p.systems {
			if found, ok := s.ask(); ok {
				p.found, p.source = found, s.name
				break
			}
		}
	}
	return p.found, p.source
}

// gnomeProxy reads GNOME's fixed proxy through its own program.
func gnomeProxy(ask func(schema, key string) (string, bool)) (systemProxy, bool) {
	const schema = "org.gnome.system.proxy"
	if mode, ok := ask(schema, "mode"); !ok || unquote(mode) != "manual" {
		return systemProxy{}, false
	}
	for _, kind := range []string{".https", ".http"} {
		host, ok := ask(schema+kind, "host")
		if host = unquote(host); !ok || host == "" {
			continue
		}
		text, _ := ask(schema+kind, "port")
		port, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
		if err != nil || port == 0 {
			continue
		}
		ignore, _ := ask(schema, "ignore-hosts")
		return systemProxy{address: net.JoinHostPort(host, strconv.FormatUint(port, 10)), ignore: gnomeList(ignore)}, true
	}
	return systemProxy{}, false
}

func unquote(s string) string { return strings.Trim(strings.TrimSpace(s), "'") }

// gnomeList reads ['a', 'b'], or @as [] for none.
func gnomeList(text string) []string {
	_, rest, found := strings.Cut(text, "[")
	rest, _, closed := strings.Cut(rest, "]")
	if !found || !closed {
		return nil
	}
	var list []string
	for part := range strings.SplitSeq(rest, ",") {
		if part = unquote(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// askProgram asks gsettings, where there is one.
func askProgram(schema, key string) (string, bool) {
	program, err := exec.LookPath("gsettings")
	if err != nil {
		return "", false
	}
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "get", schema, key).Output() //nolint:gosec // our own words
	return string(out), err == nil
}
