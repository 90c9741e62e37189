package metrics

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"polis/app"
)

const (
	readTimeout = 10 * time.Second
	stopTimeout = 5 * time.Second
)

// Server answers Prometheus.
type Server struct {
	listener net.Listener
	server   *http.Server
}

// Listen takes an address of this machine: the figures are nobody else's and
// travel without TLS. Codes: CodeMetricsAddress, CodeListen (address).
func (m *Metrics) Listen(ctx context.Context, address string) (*Server, error) {
	if err := CheckAddress(address); err != nil {
		return nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, app.Fault(app.CodeListen, err, "address", address)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Endpoint())
	return &Server{listener: listener, server: &http.Server{
		Handler: mux, ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, WriteTimeout: readTimeout,
	}}, nil
}

// CheckAddress refuses what others could reach. Codes: CodeMetricsAddress
// (address).
func CheckAddress(address string) error {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return app.Fault(app.CodeMetricsAddress, err, "address", address)
	}
	return nil
}

// Address is where it listens.
func (s *Server) Address() net.Addr { return s.listener.Addr() }

// Serve answers until ctx ends.
func (s *Server) Serve(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- s.server.Serve(s.listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	err := errors.Join(s.server.Shutdown(stop), s.server.Close())
	if gone := <-failed; !errors.Is(gone, http.ErrServerClosed) {
		err = errors.Join(err, gone)
	}
	return err
}
