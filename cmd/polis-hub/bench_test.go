package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"polis/cmd/trial"
	"polis/data/hubstore/pgtest"
	"polis/data/wire"
)

// clients is how many connections are kept, each with one request at a time.
const clients = 16

// BenchmarkHub is what real hub processes answer over TLS to clients that
// keep their connections, on this machine: polls that find nothing new, and
// contacts. The clients take their share of the processors.
func BenchmarkHub(b *testing.B) {
	program := trial.Build(b, "polis-hub", "CGO_ENABLED=0")
	for _, c := range []struct {
		name     string
		postgres bool
		replicas int
	}{{"sqlite", false, 1}, {"postgres", true, 1}, {"postgres-2-replicas", true, 2}} {
		b.Run(c.name, func(b *testing.B) {
			db := ""
			if c.postgres {
				db = pgtest.Database(b)
			}
			p := newPair(b, program, db, c.replicas)
			b.Run("manifest-304", func(b *testing.B) {
				targets := p.targets(b, "/manifest")
				measure(b, func(i int) error { return targets[i].get(http.StatusNotModified) })
			})
			b.Run("changes-newest", func(b *testing.B) {
				targets := p.targets(b, "/changes")
				measure(b, func(i int) error { return targets[i].get(http.StatusOK) })
			})
			var stations []*workstation // enrolled once: the hub counts tries
			for range clients {
				stations = append(stations, p.enrol())
			}
			b.Run("contact", func(b *testing.B) {
				measure(b, func(i int) error {
					_, err := stations[i].contact(b.Context(), 1)
					return err
				})
			})
		})
	}
}

// measure runs b.N requests from all clients.
func measure(b *testing.B, do func(client int) error) {
	b.Helper()
	for i := range clients { // connections, tokens
		if err := do(i); err != nil {
			b.Fatal(err)
		}
	}
	var next atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	b.ResetTimer()
	start := time.Now()
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			var own []time.Duration
			for next.Add(1) <= int64(b.N) {
				at := time.Now()
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
				own = append(own, time.Since(at))
			}
			mu.Lock()
			took = append(took, own...)
			mu.Unlock()
		})
	}
	all.Wait()
	elapsed := time.Since(start)
	b.StopTimer()
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	ms := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(float64(len(took))/elapsed.Seconds(), "req/s")
	b.ReportMetric(ms(.5), "p50-ms")
	b.ReportMetric(ms(.99), "p99-ms")
}

// target is a workstation that polls.
type target struct {
	client *http.Client
	url    string
	etag   string
}

func (t *target) get(want int) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, t.url, nil)
	if err != nil {
		return err
	}
	if t.etag != "" {
		req.Header.Set("If-None-Match", t.etag)
	}
	res, err := t.client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode != want {
		err = errors.New(res.Status)
	}
	return errors.Join(err, res.Body.Close())
}

// targets knows what is newest, as a workstation does between publications.
func (p *pair) targets(b *testing.B, path string) []*target {
	b.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(p.ca) {
		b.Fatal("no authority")
	}
	var list []*target
	for range clients {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
		b.Cleanup(transport.CloseIdleConnections)
		list = append(list, &target{client: &http.Client{Transport: transport}, url: p.url + path})
	}
	res, err := list[0].client.Get(p.url + "/manifest")
	if err != nil {
		b.Fatal(err)
	}
	var signed wire.SignedManifest
	if err := errors.Join(json.NewDecoder(res.Body).Decode(&signed), res.Body.Close()); err != nil {
		b.Fatal(err)
	}
	page := struct {
		NextCursor string `json:"next_cursor"`
	}{}
	if res, err = list[0].client.Get(p.url + "/changes?limit=1000"); err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(json.NewDecoder(res.Body).Decode(&page), res.Body.Close()); err != nil {
		b.Fatal(err)
	}
	first, err := list[0].client.Get(p.url + "/manifest")
	if err != nil || first.Body.Close() != nil {
		b.Fatal(err)
	}
	for _, t := range list {
		if path == "/manifest" {
			t.etag = first.Header.Get("ETag")
		} else {
			t.url += "?cursor=" + url.QueryEscape(page.NextCursor)
		}
	}
	return list
}
