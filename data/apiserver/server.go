package apiserver

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	proxyproto "github.com/pires/go-proxyproto"

	"polis/app"
)

const (
	headerTimeout  = 10 * time.Second
	readTimeout    = 30 * time.Second
	writeTimeout   = 2 * time.Minute
	idleTimeout    = 2 * time.Minute
	stopTimeout    = 10 * time.Second
	maxHeaderBytes = 16 << 10
)

// CertificateSource answers with the server's certificate; it may renew it
// between two calls.
type CertificateSource func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// Server answers HTTPS at one address.
type Server struct {
	listener net.Listener
	server   *http.Server
}

// ListenParams are what a server stands on. Announcing are proxies that pass
// TLS through and say before it, by the PROXY protocol, whom they speak for;
// one that does not say it is refused.
type ListenParams struct {
	Address     string
	Handler     http.Handler
	Certificate CertificateSource
	Log         *slog.Logger
	Announcing  []netip.Prefix
}

// Listen takes the address. Codes: CodeListen (address).
func Listen(ctx context.Context, p ListenParams) (*Server, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", p.Address)
	if err != nil {
		return nil, app.Fault(app.CodeListen, err, "address", p.Address)
	}
	if len(p.Announcing) > 0 {
		listener = &proxyproto.Listener{Listener: listener, ConnPolicy: announced(p.Announcing), ReadHeaderTimeout: headerTimeout}
	}
	return &Server{listener: listener, server: &http.Server{
		Handler: p.Handler, TLSConfig: TLSConfig(p.Certificate),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(withoutAddresses{p.Log.Handler()}, slog.LevelDebug),
	}}, nil
}

// announced takes the word of the proxies, and nobody else's.
func announced(proxies []netip.Prefix) proxyproto.ConnPolicyFunc {
	return func(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
		from, err := netip.ParseAddrPort(o.Upstream.String())
		if err == nil && within(proxies, from.Addr()) {
			return proxyproto.REQUIRE, nil
		}
		return proxyproto.SKIP, nil
	}
}

// TLSConfig allows TLS 1.2 and 1.3 with authenticated encryption and forward
// secrecy only.
func TLSConfig(certificate CertificateSource) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		GetCertificate: certificate,
	}
}

// Address returns the address that is listened at, with the real port.
func (s *Server) Address() net.Addr { return s.listener.Addr() }

// Serve answers until ctx ends, then lets running requests finish.
func (s *Server) Serve(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- s.server.ServeTLS(s.listener, "", "") }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := s.server.Shutdown(stop); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if err := s.server.Close(); err != nil { // whoever did not finish in time
		return err
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// withoutAddresses keeps net/http's own lines, which name the peer's
// address, out of the log.
type withoutAddresses struct{ slog.Handler }

// Handle replaces the line.
func (h withoutAddresses) Handle(ctx context.Context, r slog.Record) error {
	return h.Handler.Handle(ctx, slog.NewRecord(r.Time, r.Level, "connection failed", 0))
}
