package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/region"
	"polis/data/apiserver"
	"polis/data/hubstore"
	"polis/data/metrics"
)

type serveFlags struct {
	listen, cert, key, publicBase, metrics string
	proxies                                []string
	announced                              bool
}

func (p *program) serveCommand() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve --listen HOST:PORT [--tls-cert FILE --tls-key FILE] [--public-base URL] [--metrics 127.0.0.1:9464]",
		Short: "Answer the workstations over HTTPS",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			how, err := p.reachable(false)
			if err != nil {
				return err
			}
			certificate, ca, err := p.certificate(f)
			if err != nil {
				return err
			}
			how.publicBase, how.brief, how.ca = strings.TrimSuffix(f.publicBase, "/"), true, ca
			return p.withHow(c.Context(), how, func(o *opened) error { return p.serve(c.Context(), o, f, certificate) })
		},
	}
	c.Flags().StringVar(&f.listen, "listen", "", "address, for example 127.0.0.1:8443")
	c.Flags().StringVar(&f.cert, "tls-cert", "", "certificate chain in PEM (default: of the hub's own authority, ca.pem in the data folder)")
	c.Flags().StringVar(&f.key, "tls-key", "", "its key in PEM")
	c.Flags().StringSliceVar(&f.proxies, "trusted-proxy", nil, "network of reverse proxies, for example 10.0.0.0/8, that say in X-Forwarded-For whom they speak for")
	c.Flags().BoolVar(&f.announced, "proxy-protocol", false, "the trusted proxies pass TLS through and say in the PROXY protocol whom they speak for")
	c.Flags().StringVar(&f.publicBase, "public-base", "", "address of the public pages, for QR codes (default: where it listens)")
	c.Flags().StringVar(&f.metrics, "metrics", "", "loopback address for Prometheus, for example 127.0.0.1:9464")
	return c
}

func (f serveFlags) check() error {
	if f.metrics != "" {
		if err := metrics.CheckAddress(f.metrics); err != nil {
			return err
		}
	}
	if _, _, err := net.SplitHostPort(f.listen); err != nil {
		return app.Fault(app.CodeUsage, err, "detail", "--listen HOST:PORT")
	}
	if f.announced && len(f.proxies) == 0 {
		return app.Fault(app.CodeUsage, nil, "detail", "--proxy-protocol --trusted-proxy NETWORK")
	}
	if (f.cert == "") != (f.key == "") {
		return app.Fault(app.CodeUsage, nil, "detail", "--tls-cert FILE --tls-key FILE")
	}
	if f.publicBase == "" {
		return nil
	}
	u, err := url.Parse(f.publicBase)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return app.Fault(app.CodeInvalid, err, "field", "--public-base", "value", f.publicBase)
	}
	return nil
}

func (f serveFlags) networks() ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, text := range f.proxies {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, app.Fault(app.CodeInvalid, err, "field", "--trusted-proxy", "value", text)
		}
		list = append(list, network)
	}
	return list, nil
}

func (p *program) serve(ctx context.Context, o *opened, f serveFlags, certificate apiserver.CertificateSource) error {
	log := slog.New(slog.NewJSONHandler(p.err, nil))
	if err := o.Prepare(ctx); err != nil {
		return err
	}
	proxies, err := f.networks()
	if err != nil {
		return err
	}
	var announcing []netip.Prefix
	if f.announced { // what a caller says of itself inside TLS counts for nothing
		proxies, announcing = nil, proxies
	}
	handler, err := apiserver.New(apiserver.Params{Hub: o.Hub, Log: log, Proxies: proxies})
	if err != nil {
		return err
	}
	figures := metrics.New(metrics.Params{Version: version, Published: o.PublishedVersion})
	if f.metrics != "" {
		handler = figures.Measured(handler)
	}
	server, err := apiserver.Listen(ctx, apiserver.ListenParams{Address: f.listen, Handler: handler, Certificate: certificate, Log: log, Announcing: announcing})
	if err != nil {
		return err
	}
	var beside *metrics.Server
	if f.metrics != "" {
		if beside, err = figures.Listen(ctx, f.metrics); err != nil {
			return err
		}
		log.Info("metrics", "address", beside.Address().String())
	}
	at := address(f.listen, server.Address())
	o.ServedAt(at)
	if _, err := fmt.Fprintln(p.out, "listening "+at); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	tended := make(chan struct{})
	go func() {
		defer close(tended)
		o.tend(ctx, log)
	}()
	defer func() { stop(); <-tended }() // before the database is closed
	return together(ctx, server, beside)
}

// together serves until ctx ends or one of them fails; then the other stops
// in order too.
func together(ctx context.Context, server *apiserver.Server, beside *metrics.Server) error {
	if beside == nil {
		return server.Serve(ctx)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		defer stop()
		ended <- beside.Serve(ctx)
	}()
	err := server.Serve(ctx)
	stop()
	return joined(err, <-ended)
}

// certificate returns the server's certificate, and its authority when that
// is the hub's own.
func (p *program) certificate(f serveFlags) (source apiserver.CertificateSource, ca string, err error) {
	if f.cert != "" {
		source, err = apiserver.LoadCertificate(f.cert, f.key)
		return source, "", err
	}
	host, _, err := net.SplitHostPort(f.listen)
	if err != nil {
		return nil, "", err
	}
	folder, err := p.folder()
	if err != nil {
		return nil, "", err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, "", app.Fault(app.CodeFolder, err, "path", folder)
	}
	own, err := apiserver.NewOwnAuthority(folder, apiserver.Hosts(host), p.clock, hubstore.WriteSecretFile)
	if err != nil {
		return nil, "", err
	}
	ca, err = ownAuthority(folder)
	return own.Certificate, ca, err
}

// address is what to type to reach the server: the host that was asked for
// and the real port.
func address(listen string, actual net.Addr) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "https://" + listen
	}
	if tcp, ok := actual.(*net.TCPAddr); ok {
		port = fmt.Sprint(tcp.Port)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "https://" + net.JoinHostPort(host, port)
}

func (p *program) codeCommand() *cobra.Command {
	var params region.EnrolmentCodeParams
	c := &cobra.Command{
		Use:   "enrolment-code --authority ID [--office ID] [--role ROLE] [--valid 15m]",
		Short: "Make a one-time code that activates a workstation",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if params.Authority == "" {
				return app.Fault(app.CodeUsage, nil, "detail", "--authority ID")
			}
			return p.with(c.Context(), "", func(o *opened) error {
				code, err := o.NewEnrolmentCode(c.Context(), params)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(p.out, code)
				return err
			})
		},
	}
	c.Flags().StringVar(&params.Authority, "authority", "", "identifier of the authority, its IPA code")
	c.Flags().StringVar(&params.Office, "office", "", "identifier of the office")
	c.Flags().StringVar(&params.Role, "role", "", "role that comes with it: "+strings.Join(region.Roles(), ", ")+
		" (default responsabile while the authority has none, else operatore)")
	c.Flags().DurationVar(&params.Valid, "valid", 15*time.Minute, "how long the code holds, at most 720h")
	return c
}

func (p *program) openapiCommand() *cobra.Command {
	var server string
	c := &cobra.Command{
		Use:   "openapi",
		Short: "Print the OpenAPI 3.1 document of the API",
		Args:  usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			doc, err := apiserver.OpenAPI(version, server)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(p.out, string(doc))
			return err
		},
	}
	c.Flags().StringVar(&server, "server", "https://hub.example", "address of the API")
	return c
}
