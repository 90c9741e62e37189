package trial_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"polis/app"
	"polis/cmd/station"
	"polis/cmd/trial"
	"polis/data/sqlite"
	"polis/data/wire"
)

// link20 is a link of 20 Mbit/s in the measure of toxiproxy, kB/s.
const link20 = `{"rate":2500}`

// region is a hub with the real sheets behind a link of 20 Mbit/s, and a
// count of what passes it.
type region struct {
	hub  *trial.Hub
	link *trial.Link
	way  *trial.Cutter
	ca   []byte
}

func newRegion(b *testing.B) *region {
	b.Helper()
	r := &region{hub: trial.NewHub(b, trial.RealFiles(b)...)}
	authority := filepath.Join(b.TempDir(), "ente.jsonl")
	if err := os.WriteFile(authority, []byte(`{"type":"authority","id":"prova","name":"Ente di prova"}`+"\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	r.hub.Run("import", authority)
	r.hub.Run("publish")
	r.hub.Serve()
	r.link = trial.NewLink(b, r.hub.URL)
	r.link.Spoil("bandwidth", "downstream", link20)
	r.way = trial.NewCutter(b, r.link.URL)
	var err error
	if r.ca, err = os.ReadFile(r.hub.CA()); err != nil {
		b.Fatal(err)
	}
	return r
}

// station enrols a new workstation.
func (r *region) station(b *testing.B) *station.Station {
	b.Helper()
	s, err := station.Open(b.Context(), station.Params{Folder: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Enrol(b.Context(), r.way.URL, r.hub.Code("prova", ""), r.ca); err != nil {
		b.Fatal(err)
	}
	return s
}

func (r *region) sync(b *testing.B, s *station.Station) {
	b.Helper()
	if _, err := s.Engine.Sync(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// cpu is the time that this process has used. The hub is another process;
// the link is not.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFirstSync compares a workstation's first synchronisation with what
// it cannot do without: the bytes over the link, then reading and indexing.
func BenchmarkFirstSync(b *testing.B) {
	r := newRegion(b)
	m, snapshot := r.fetch(b)
	var transfer, build, whole, used time.Duration
	var bytesDown int64
	for b.Loop() {
		start := time.Now()
		r.fetch(b)
		transfer += time.Since(start)
		build += apply(b, m, snapshot)
		s := r.station(b)
		before, _ := r.way.Passed()
		cpuBefore := cpu(b)
		start = time.Now()
		r.sync(b, s)
		whole += time.Since(start)
		used += cpu(b) - cpuBefore
		after, _ := r.way.Passed()
		bytesDown += after - before
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	n := float64(b.N)
	b.ReportMetric(float64(bytesDown)/n/1e6, "MB-wire")
	b.ReportMetric(transfer.Seconds()/n, "transfer-s")
	b.ReportMetric(build.Seconds()/n, "build-s")
	b.ReportMetric(whole.Seconds()/n, "sync-s")
	b.ReportMetric(used.Seconds()/n, "cpu-s")
	b.ReportMetric(whole.Seconds()/(transfer+build).Seconds(), "of-limit")
}

// fetch downloads manifest and snapshot as plainly as can be.
func (r *region) fetch(b *testing.B) (wire.Manifest, []byte) {
	b.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(r.ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}}
	defer transport.CloseIdleConnections()
	get := func(path string) []byte {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, r.way.URL+path, nil)
		if err != nil {
			b.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if cerr := resp.Body.Close(); err != nil || cerr != nil || resp.StatusCode != http.StatusOK {
			b.Fatal(resp.Status, err, cerr)
		}
		return body
	}
	var signed wire.SignedManifest
	var m wire.Manifest
	if err := json.Unmarshal(get("/manifest"), &signed); err != nil {
		b.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(signed.Manifest.Payload)
	if err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		b.Fatal(err)
	}
	return m, get("/snapshots/" + m.Snapshot.SHA256)
}

// apply builds a catalogue of a snapshot that is here already.
func apply(b *testing.B, m wire.Manifest, snapshot []byte) time.Duration {
	b.Helper()
	c, err := sqlite.OpenCatalogue(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if err := c.Replace(b.Context(), m, "", bytes.NewReader(snapshot)); err != nil {
		b.Fatal(err)
	}
	took := time.Since(start)
	if err := c.Close(); err != nil {
		b.Fatal(err)
	}
	return took
}

// BenchmarkDelta measures what a change costs, by its size.
func BenchmarkDelta(b *testing.B) {
	for _, share := range []float64{0.001, 0.01, 0.1} {
		b.Run(fmt.Sprintf("%g%%", 100*share), func(b *testing.B) {
			r := newRegion(b)
			s := r.station(b)
			r.sync(b, s)
			var whole, used time.Duration
			var down int64
			var sheets int
			for b.Loop() {
				sheets = r.change(b, share)
				before, _ := r.way.Passed()
				cpuBefore, start := cpu(b), time.Now()
				r.sync(b, s)
				whole += time.Since(start)
				used += cpu(b) - cpuBefore
				after, _ := r.way.Passed()
				down += after - before
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
			n := float64(b.N)
			b.ReportMetric(float64(sheets), "sheets")
			b.ReportMetric(float64(down)/n/1e3, "kB-wire")
			b.ReportMetric(float64(down)/n/float64(sheets), "B/sheet")
			b.ReportMetric(1e3*whole.Seconds()/n, "sync-ms")
			b.ReportMetric(1e3*used.Seconds()/n, "cpu-ms")
		})
	}
}

// change gives a share of the sheets new keywords and publishes them.
func (r *region) change(b *testing.B, share float64) (n int) {
	b.Helper()
	var out bytes.Buffer
	for line := range strings.Lines(r.hub.Run("export", "--type", "sheet")) {
		if rand.Float64() >= share {
			continue
		}
		var sheet map[string]any
		if err := json.Unmarshal([]byte(line), &sheet); err != nil {
			b.Fatal(err)
		}
		sheet["keywords"] = []string{fmt.Sprintf("parola%d", rand.IntN(1e6))}
		text, err := json.Marshal(sheet)
		if err != nil {
			b.Fatal(err)
		}
		out.Write(append(text, '\n'))
		n++
	}
	file := filepath.Join(b.TempDir(), "cambio.jsonl")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	r.hub.Run("import", file)
	r.hub.Run("publish")
	return n
}

// BenchmarkContactsUp measures how contacts leave after a day without link,
// and what it costs to send them all once more.
func BenchmarkContactsUp(b *testing.B) {
	r := newRegion(b)
	s := r.station(b)
	r.sync(b, s)
	const contacts = 200
	var whole, again time.Duration
	var up int64
	for b.Loop() {
		for range contacts {
			c := app.Contact{Channel: "phone", User: "citizen", Outcome: "resolved", RequestType: "information", Topic: "anagrafe"}
			if _, err := s.Desk.Record(context.Background(), c, app.Personal{}); err != nil {
				b.Fatal(err)
			}
		}
		_, before := r.way.Passed()
		start := time.Now()
		r.sync(b, s)
		whole += time.Since(start)
		_, after := r.way.Passed()
		up += after - before
		again += r.again(b, s, contacts)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	n := float64(b.N) * contacts
	b.ReportMetric(1e3*again.Seconds()/n, "ms/duplicate")
	b.ReportMetric(1e3*whole.Seconds()/n, "ms/contact")
	b.ReportMetric(float64(up)/n, "B/contact")
}

// again lets the newest contacts wait once more, as after a restored hub, and
// sends them to a hub that has them.
func (r *region) again(b *testing.B, s *station.Station, contacts int) time.Duration {
	b.Helper()
	if err := s.Office.ForgetReceipts(b.Context()); err != nil {
		b.Fatal(err)
	}
	n, err := s.Office.Requeue(b.Context(), "")
	if err != nil || n < contacts {
		b.Fatalf("%d of %d wait again: %v", n, contacts, err)
	}
	start := time.Now()
	r.sync(b, s)
	return time.Since(start) * time.Duration(contacts) / time.Duration(n)
}
