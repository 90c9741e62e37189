package api

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// stubbed is an applicant at a hub that answers as it is told.
func stubbed(t *testing.T, answer http.HandlerFunc) *Applicant {
	t.Helper()
	hub, ca, key := listening(t, answer)
	a, err := NewApplicant(membership.Network{Hub: hub, CA: string(ca)}, key, app.SystemClock{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", mediaJSON)
	_ = json.NewEncoder(w).Encode(v)
}

func TestNoNetworkNoApplicant(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []membership.Network{{}, {Hub: "http://hub.example"}, {Hub: "hub.example"}, {Hub: "https://"}} {
		if _, err := NewApplicant(n, key, app.SystemClock{}, nil); app.ErrorCode(err) != app.CodeInvalid {
			t.Errorf("%+v: %v", n, err)
		}
	}
	if _, err := NewApplicant(membership.Network{Hub: "https://hub.example", CA: "none"}, key, app.SystemClock{}, nil); app.ErrorCode(err) != app.CodeFile {
		t.Errorf("CA: %v", err)
	}
	if other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader); err != nil {
		t.Fatal(err)
	} else if _, err := NewApplicant(membership.Network{Hub: "https://hub.example"}, other, app.SystemClock{}, nil); err == nil {
		t.Error("a key on another curve")
	}
}

// Whatever stands between and says 200 is not believed.
func TestOnlyCasesAreTakenForReceipts(t *testing.T) {
	body := []byte(`{"id":"r","type":"membership_request"}`)
	good := membership.Case{ID: "r", State: membership.Sent, Version: 3, SHA256: wire.Hash(body)}
	with := func(change func(*membership.Case)) membership.Case { c := good; change(&c); return c }
	for name, tt := range map[string]struct {
		answer any
		want   app.Code
	}{
		"good":                  {good, ""},
		"nothing":               {struct{}{}, app.CodeHubAnswer},
		"another request":       {with(func(c *membership.Case) { c.ID = "s" }), app.CodeHubAnswer},
		"no state":              {with(func(c *membership.Case) { c.State = "" }), app.CodeHubAnswer},
		"no version":            {with(func(c *membership.Case) { c.Version = 0 }), app.CodeHubAnswer},
		"of another content":    {with(func(c *membership.Case) { c.SHA256 = wire.Hash(nil) }), app.CodeHubAnswer},
		"a text":                {"Accedi", app.CodeHubAnswer},
		"an array of something": {[]int{1}, app.CodeHubAnswer},
	} {
		a := stubbed(t, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, tt.answer) })
		if _, err := a.PutRequest(context.Background(), "r", body); app.ErrorCode(err) != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
		if name == "of another content" {
			continue
		}
		if _, err := a.PutChange(context.Background(), membership.Change{ID: "c", Request: "r", Event: membership.Withdraw}); app.ErrorCode(err) != tt.want {
			t.Errorf("%s: change: %v, want %q", name, err, tt.want)
		}
	}
}

// A workstation whose clock is wrong signs by the hub's as soon as it knows
// it, and asks no third time.
func TestApplicantSignsByTheHubsClock(t *testing.T) {
	at := time.Now().Add(48 * time.Hour)
	tries, stubborn := 0, false
	a := stubbed(t, func(w http.ResponseWriter, r *http.Request) {
		tries++
		w.Header().Set("Date", at.UTC().Format(http.TimeFormat))
		var claims jwt.RegisteredClaims
		if _, _, err := jwt.NewParser().ParseUnverified(r.Header.Get(wire.SignatureHeader), &claims); err != nil {
			t.Error(err)
		}
		if stubborn || claims.IssuedAt.Sub(at).Abs() > time.Minute {
			problem(w, http.StatusUnauthorized, app.CodeUnauthorized)
			return
		}
		answerJSON(w, membership.Case{ID: "r", State: membership.Sent, Version: 1})
	})
	if _, err := a.Request(context.Background(), "r"); err != nil || tries != 2 {
		t.Errorf("%v after %d tries", err, tries)
	}
	if _, err := a.Request(context.Background(), "r"); err != nil || tries != 3 {
		t.Errorf("%v after %d tries", err, tries)
	}
	stubborn = true
	if _, err := a.Request(context.Background(), "r"); app.ErrorCode(err) != app.CodeUnauthorized || tries != 4 {
		t.Errorf("%v after %d tries", err, tries)
	}
}

// keeper is the hub's side of documents in parts. Of the requests that cuts
// names the answer is lost.
type keeper struct {
	t        *testing.T
	sum      string
	size     int64
	got      []byte
	puts     int
	cuts     []int
	lengths  []int
	noStatus bool // there is no GET, as with documents of the region
}

func (k *keeper) serve(w http.ResponseWriter, r *http.Request) {
	state := func() wire.BlobUpload {
		received := int64(len(k.got))
		return wire.BlobUpload{SHA256: k.sum, Size: k.size, Received: received, Complete: received == k.size}
	}
	if r.URL.Path == "/token" {
		answerJSON(w, wire.Token{AccessToken: "t", ExpiresIn: 600})
		return
	}
	if r.Method == http.MethodGet {
		if k.noStatus {
			k.t.Error("asked how far a document of the region is")
		}
		if len(k.got) == 0 {
			problem(w, http.StatusNotFound, app.CodeNotFound)
			return
		}
		answerJSON(w, state())
		return
	}
	k.puts++
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get(wire.DigestHeader) != wire.DigestOf(body) {
		k.t.Errorf("%v, digest %s", err, r.Header.Get(wire.DigestHeader))
	}
	var starts, ends, size int64
	if _, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &starts, &ends, &size); err != nil || ends-starts+1 != int64(len(body)) || size != k.size {
		k.t.Errorf("%s of %d bytes: %v", r.Header.Get("Content-Range"), len(body), err)
	}
	k.lengths = append(k.lengths, len(body))
	switch {
	case ends+1 <= int64(len(k.got)):
	case starts != int64(len(k.got)):
		problem(w, http.StatusConflict, app.CodeConflict)
		return
	default:
		k.got = append(k.got, body...)
	}
	if slices.Contains(k.cuts, k.puts) {
		panic(http.ErrAbortHandler)
	}
	answerJSON(w, state())
}

func TestDocumentGoesUpInParts(t *testing.T) {
	content := bytes.Repeat([]byte("delibera "), 400_000) // 3.6 MB
	for name, region := range map[string]bool{"applicant": false, "examiner": true} {
		t.Run(name, func(t *testing.T) {
			k := &keeper{t: t, sum: wire.Hash(content), size: int64(len(content)), cuts: []int{3, 4, 6, 7}, noStatus: region}
			a, c := stubbed(t, k.serve), stub(t, k.serve)
			send := func() error {
				if region {
					return c.PutRegionDocument(context.Background(), "r", k.sum, k.size, bytes.NewReader(content))
				}
				return a.PutDocument(context.Background(), k.sum, k.size, bytes.NewReader(content))
			}
			lost := 0
			for err := send(); err != nil; err = send() {
				if lost++; app.ErrorCode(err) != app.CodeHubUnreachable || lost > 10 {
					t.Fatal(err)
				}
			}
			if lost != 4 || !bytes.Equal(k.got, content) {
				t.Errorf("%d answers were lost, %d of %d bytes arrived", lost, len(k.got), len(content))
			}
			if longest := slices.Max(k.lengths); longest > largestPart || longest < largestPart/2 {
				t.Errorf("parts of %v bytes", k.lengths)
			}
			puts := k.puts
			if err := send(); err != nil {
				t.Error(err)
			}
			if again := k.puts - puts; again > 1 || again == 1 && !region {
				t.Errorf("sent again: %d parts", again)
			}
			// The hub forgot what nobody went on with, behind our back.
			k.got = nil
			if err := send(); err != nil || !bytes.Equal(k.got, content) {
				t.Errorf("%v, %d bytes", err, len(k.got))
			}
		})
	}
}

// A hub that says nonsense about a document ends the try, not the program.
func TestNonsenseAboutDocuments(t *testing.T) {
	content := make([]byte, 3*smallestPart)
	sum, size := wire.Hash(content), int64(len(content))
	for name, now := range map[string]wire.BlobUpload{
		"another":           {SHA256: wire.Hash(nil), Size: size, Received: size, Complete: true},
		"another size":      {SHA256: sum, Size: size + 1, Received: size + 1, Complete: true},
		"more than all":     {SHA256: sum, Size: size, Received: size + 1},
		"less than nothing": {SHA256: sum, Size: size, Received: -1},
		"half but complete": {SHA256: sum, Size: size, Received: 1, Complete: true},
		"never more":        {SHA256: sum, Size: size},
		"empty":             {},
	} {
		puts := 0
		a := stubbed(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut {
				puts++
			}
			answerJSON(w, now)
		})
		err := a.PutDocument(context.Background(), sum, size, bytes.NewReader(content))
		if app.ErrorCode(err) != app.CodeHubAnswer || puts > 1 {
			t.Errorf("%s: %v after %d parts", name, err, puts)
		}
	}
	a := stubbed(t, func(w http.ResponseWriter, _ *http.Request) { problem(w, http.StatusConflict, app.CodeConflict) })
	if err := a.PutDocument(context.Background(), sum, size, bytes.NewReader(content)); app.ErrorCode(err) != app.CodeConflict {
		t.Error(err)
	}
	k := &keeper{t: t, sum: sum, size: size + 1}
	short := stubbed(t, k.serve)
	if err := short.PutDocument(context.Background(), sum, size+1, bytes.NewReader(content)); !errors.Is(err, io.EOF) {
		t.Errorf("a file that became shorter: %v", err)
	}
}

func TestPartsGrowAndShrink(t *testing.T) {
	var p parts
	for range 10 {
		p.went(true)
	}
	if p.next() != largestPart {
		t.Errorf("%d", p.next())
	}
	for range 10 {
		p.went(false)
	}
	if p.next() != smallestPart {
		t.Errorf("%d", p.next())
	}
}

func TestExaminersQueue(t *testing.T) {
	one := func(v int64) membership.Case {
		return membership.Case{ID: fmt.Sprint("r", v), State: membership.Sent, Version: v}
	}
	for name, tt := range map[string]struct {
		answer any
		want   app.Code
	}{
		"two":            {membership.CasePage{Items: []membership.Case{one(8), one(11)}, HasMore: true}, ""},
		"none":           {membership.CasePage{Items: []membership.Case{}}, ""},
		"nothing":        {struct{}{}, app.CodeHubAnswer},
		"more of none":   {membership.CasePage{Items: []membership.Case{}, HasMore: true}, app.CodeHubAnswer},
		"the same again": {membership.CasePage{Items: []membership.Case{one(7)}}, app.CodeHubAnswer},
		"out of order":   {membership.CasePage{Items: []membership.Case{one(9), one(8)}}, app.CodeHubAnswer},
		"not a case":     {membership.CasePage{Items: []membership.Case{{Version: 9}}}, app.CodeHubAnswer},
	} {
		c := stub(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/token" {
				answerJSON(w, wire.Token{AccessToken: "t", ExpiresIn: 600})
				return
			}
			if r.URL.String() != "/membership-requests?after=7" {
				t.Errorf("%s", r.URL)
			}
			answerJSON(w, tt.answer)
		})
		if _, err := c.Cases(context.Background(), 7); app.ErrorCode(err) != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, app.Fault(app.CodeDiskFull, nil) }

func TestDocumentComesWholeOrNot(t *testing.T) {
	content := strings.Repeat("delibera ", 10_000)
	answer := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, content) }
	tokens := 0
	c := stub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			tokens++
			answerJSON(w, wire.Token{AccessToken: fmt.Sprint("t", tokens), ExpiresIn: 600})
			return
		}
		if r.URL.Path != "/membership-requests/r/documents/"+wire.Hash([]byte(content)) {
			t.Errorf("%s", r.URL)
		}
		answer(w, r)
	})
	get := func(w io.Writer) error {
		return c.Document(context.Background(), "r", wire.Hash([]byte(content)), w)
	}
	var b bytes.Buffer
	if err := get(&b); err != nil || b.String() != content {
		t.Errorf("%v, %d bytes", err, b.Len())
	}
	if err := get(full{}); app.ErrorCode(err) != app.CodeDiskFull {
		t.Errorf("no room: %v", err)
	}
	// The hub began anew: the token of before is none.
	plain := answer
	answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t2" {
			problem(w, http.StatusUnauthorized, app.CodeUnauthorized)
			return
		}
		plain(w, r)
	}
	if err := get(io.Discard); err != nil {
		t.Errorf("another token: %v", err)
	}
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   app.Code
	}{
		"another content": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, content+"x") }, app.CodeHubAnswer},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			_, _ = io.WriteString(w, content[:5000])
		}, app.CodeSyncInterrupted},
		"without end": {func(w http.ResponseWriter, _ *http.Request) {
			for range membership.MaxDocument>>20 + 1 {
				_, _ = w.Write(make([]byte, 1<<20))
			}
		}, app.CodeHubAnswer},
		"not there": {func(w http.ResponseWriter, _ *http.Request) { problem(w, http.StatusNotFound, app.CodeNotFound) }, app.CodeNotFound},
		"refused":   {func(w http.ResponseWriter, _ *http.Request) { problem(w, http.StatusForbidden, app.CodeForbidden) }, app.CodeForbidden},
	} {
		answer = tt.answer
		if err := get(io.Discard); app.ErrorCode(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

func TestLetterIsOne(t *testing.T) {
	good := membership.Letter{Request: "r", Code: "AAAA", PEC: "protocollo@pec.example.it"}
	for name, tt := range map[string]struct {
		answer any
		want   app.Code
	}{
		"good":          {good, ""},
		"nothing":       {struct{}{}, app.CodeHubAnswer},
		"for another":   {membership.Letter{Request: "s", Code: "AAAA", PEC: good.PEC}, app.CodeHubAnswer},
		"without code":  {membership.Letter{Request: "r", PEC: good.PEC}, app.CodeHubAnswer},
		"without a PEC": {membership.Letter{Request: "r", Code: "AAAA"}, app.CodeHubAnswer},
	} {
		c := stub(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/token" {
				answerJSON(w, wire.Token{AccessToken: "t", ExpiresIn: 600})
				return
			}
			answerJSON(w, tt.answer)
		})
		if _, err := c.Letter(context.Background(), membership.LetterRequest{Change: "c", Request: "r"}); app.ErrorCode(err) != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}
