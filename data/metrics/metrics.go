// Package metrics counts what a hub does, for Prometheus, at an address of
// this machine only. No label names a person, a workstation or an authority.
package metrics

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"polis/data/wire"
)

const (
	namespace   = "polis_hub"
	askTimeout  = 2 * time.Second
	maxVerdicts = 1 << 20 // bytes of an answer that are looked into
)

// Params say what is measured.
type Params struct {
	Version string
	// Published returns the version of the latest publication; an error means
	// that the database does not answer.
	Published func(context.Context) (int64, error)
}

// Metrics has a registry of its own.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
	uploads  *prometheus.CounterVec
}

// New makes the registry.
func New(p Params) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: counter("requests_total", "Requests by route and status.", "pattern", "status"),
		bytes:    counter("response_bytes_total", "Bytes of answers, without TLS and headers.", "pattern"),
		uploads:  counter("uploads_total", "Items of workstations by type and verdict.", "type", "verdict"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "request_duration_seconds", Help: "Time from request to answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"pattern"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "Always 1; the version is in the labels.",
		ConstLabels: prometheus.Labels{"version": p.Version, "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.bytes, m.uploads, m.duration, build, newStorage(p.Published),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// storage asks the hub when it is asked itself.
type storage struct {
	published   func(context.Context) (int64, error)
	up, version *prometheus.Desc
}

func newStorage(published func(context.Context) (int64, error)) *storage {
	return &storage{
		published: published,
		up:        prometheus.NewDesc(namespace+"_database_up", "1 when the database answers.", nil, nil),
		version:   prometheus.NewDesc(namespace+"_published_version", "Version of the latest publication.", nil, nil),
	}
}

// Describe is for the registry.
func (s *storage) Describe(into chan<- *prometheus.Desc) { into <- s.up; into <- s.version }

// Collect is for the registry.
func (s *storage) Collect(into chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	version, err := s.published(ctx)
	if err != nil {
		into <- prometheus.MustNewConstMetric(s.up, prometheus.GaugeValue, 0)
		return
	}
	into <- prometheus.MustNewConstMetric(s.up, prometheus.GaugeValue, 1)
	into <- prometheus.MustNewConstMetric(s.version, prometheus.GaugeValue, float64(version))
}

// Endpoint answers with the figures.
func (m *Metrics) Endpoint() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, Timeout: 2 * askTimeout})
}

// Measured counts what goes through a handler whose routes are patterns of
// http.ServeMux.
func (m *Metrics) Measured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		c := &counting{ResponseWriter: w, request: r, status: http.StatusOK}
		defer func() {
			pattern := r.Pattern
			if pattern == "" {
				pattern = "none"
			}
			m.requests.WithLabelValues(pattern, strconv.Itoa(c.status)).Inc()
			m.duration.WithLabelValues(pattern).Observe(time.Since(start).Seconds())
			m.bytes.WithLabelValues(pattern).Add(float64(c.sent))
			m.countUploads(pattern, c)
		}()
		next.ServeHTTP(c, r)
	})
}

// batchRoute is answered with a verdict for each item.
const batchRoute = "PUT /upload-batches/"

// itemTypes are what single PUTs carry, by the first part of their path.
func itemTypes() map[string]string {
	return map[string]string{"contacts": wire.TypeContact, "membership-requests": "membership_request"}
}

// countUploads knows types and verdicts of the contract only: whatever else
// a client writes becomes "other".
func (m *Metrics) countUploads(pattern string, c *counting) {
	if strings.HasPrefix(pattern, batchRoute) {
		var answer wire.BatchAnswer
		if c.status != http.StatusOK || json.Unmarshal(c.body.Bytes(), &answer) != nil {
			return
		}
		for _, v := range answer.Items {
			m.uploads.WithLabelValues(known(v.Type, knownTypes()), known(v.Verdict, knownVerdicts())).Inc()
		}
		return
	}
	path, isPut := strings.CutPrefix(pattern, "PUT /")
	first, _, _ := strings.Cut(path, "/")
	kind, isItem := itemTypes()[first]
	if !isPut || !isItem {
		return
	}
	verdict := wire.VerdictRejected
	switch {
	case c.status == http.StatusCreated:
		verdict = wire.VerdictCreated
	case c.status < http.StatusMultipleChoices:
		verdict = wire.VerdictDuplicate
	case c.status >= http.StatusInternalServerError:
		return // no verdict: it comes again
	}
	m.uploads.WithLabelValues(kind, verdict).Inc()
}

func knownTypes() []string {
	return []string{wire.TypeContact, wire.TypeContactPrivate, wire.TypeFollowUp, wire.TypeProposal, wire.TypeKeyEnvelope}
}

func knownVerdicts() []string {
	return []string{wire.VerdictCreated, wire.VerdictDuplicate, wire.VerdictAcceptedWithConflict, wire.VerdictRejected}
}

func known(name string, list []string) string {
	if slices.Contains(list, name) {
		return name
	}
	return "other"
}

// counting sees status and bytes of an answer, and keeps the verdicts.
type counting struct {
	http.ResponseWriter
	request *http.Request
	status  int
	started bool
	sent    int64
	body    bytes.Buffer
}

// WriteHeader remembers the first status.
func (c *counting) WriteHeader(status int) {
	if !c.started && status >= http.StatusOK {
		c.status, c.started = status, true
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (c *counting) Write(b []byte) (int, error) {
	c.started = true
	if strings.HasPrefix(c.request.Pattern, batchRoute) && c.body.Len()+len(b) <= maxVerdicts {
		c.body.Write(b)
	}
	n, err := c.ResponseWriter.Write(b)
	c.sent += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (c *counting) Unwrap() http.ResponseWriter { return c.ResponseWriter }
