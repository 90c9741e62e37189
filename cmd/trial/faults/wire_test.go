package faults

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"time"

	"polis/app/search"
)

func searchFor(text string) search.Query { return search.Query{Text: text} }

// cuttable is a listener whose connections can be cut below TLS.
type cuttable struct{ net.Listener }

func (l cuttable) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &cutConn{Conn: c, left: -1}, nil
}

// cutConn ends after some more bytes to the workstation.
type cutConn struct {
	net.Conn
	mu   sync.Mutex
	left int // -1 = no end
	cut  bool
}

var errCut = errors.New("cut")

func (c *cutConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left < 0 || len(p) <= c.left {
		if c.left >= 0 {
			c.left -= len(p)
		}
		return c.Conn.Write(p)
	}
	n, err := c.Conn.Write(p[:c.left])
	c.left, c.cut = 0, true
	return n, errors.Join(err, c.Conn.Close(), errCut)
}

func (c *cutConn) end(after int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = after
}

func (c *cutConn) wasCut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cut
}

type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	if t, isTLS := c.(*tls.Conn); isTLS {
		c = t.NetConn()
	}
	return context.WithValue(ctx, connKey{}, c)
}

// connOf is the connection of a request, below TLS.
func connOf(r *http.Request) *cutConn {
	c, _ := r.Context().Value(connKey{}).(*cutConn)
	return c
}

// keep lets the hub answer and keeps the answer.
func keep(r *http.Request, hub http.Handler) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	hub.ServeHTTP(rec, r)
	return rec
}

// give passes a kept answer on.
func give(w http.ResponseWriter, rec *httptest.ResponseRecorder, body []byte) {
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(rec.Code)
	_, _ = w.Write(body) // the other end may be gone
}

// bad is a way in which a call goes wrong.
type bad string

const (
	fine      bad = "fine"
	lost      bad = "answer lost"
	refused   bad = "cut before"
	truncated bad = "truncated"
	sliced    bad = "sliced"
	busyFor   bad = "503 in seconds"
	busyUntil bad = "429 by date"
	portal    bad = "portal"
	gateway   bad = "bad gateway"
)

// spoil lets a call go wrong; now is the hub's time.
func spoil(w http.ResponseWriter, r *http.Request, hub http.Handler, how bad, now time.Time) {
	switch how {
	case lost:
		keep(r, hub)
		panic(http.ErrAbortHandler)
	case refused:
		panic(http.ErrAbortHandler)
	case truncated:
		rec := keep(r, hub)
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()))
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
		panic(http.ErrAbortHandler)
	case sliced:
		rec := keep(r, hub)
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		out := http.NewResponseController(w)
		for _, b := range rec.Body.Bytes() {
			_, _ = w.Write([]byte{b})
			_ = out.Flush()
		}
	case busyFor:
		w.Header().Set("Retry-After", "30")
		http.Error(w, "busy", http.StatusServiceUnavailable)
	case busyUntil:
		w.Header().Set("Retry-After", now.Add(time.Minute).UTC().Format(http.TimeFormat))
		http.Error(w, "busy", http.StatusTooManyRequests)
	case portal:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>Accedi alla rete</html>"))
	case gateway:
		http.Error(w, "bad gateway", http.StatusBadGateway)
	default:
		hub.ServeHTTP(w, r)
	}
}
