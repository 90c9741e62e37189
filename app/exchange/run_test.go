package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"polis/app"
	"polis/app/exchange"
	"polis/data/wire"
)

// timers are those that the engine waits for, in a test's hand.
type timers struct {
	mu   sync.Mutex
	wait []time.Duration
	fire chan time.Time
	set  chan time.Duration
}

func newTimers() *timers {
	return &timers{fire: make(chan time.Time), set: make(chan time.Duration, 100)}
}

func (t *timers) timer(d time.Duration) (<-chan time.Time, func()) {
	t.mu.Lock()
	t.wait = append(t.wait, d)
	t.mu.Unlock()
	t.set <- d
	return t.fire, func() {}
}

// running starts the engine in the background and waits for its first round.
func running(t *testing.T, s *station) *timers {
	t.Helper()
	ts := newTimers()
	s.adapt = func(p *exchange.Params) { p.Timer = ts.timer }
	s.restart()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { s.engine.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	<-ts.set
	return ts
}

func TestBackgroundRounds(t *testing.T) {
	h, s := bench(t)
	ts := running(t, s)
	if st := s.status(); st.Sheets != 2 || st.NextTry == nil || !st.NextTry.After(s.clock.Now()) {
		t.Fatalf("%+v", st)
	}
	h.publish(titles(3, "Nuova"))
	ts.fire <- s.clock.Now()
	<-ts.set
	if st := s.status(); st.Sheets != 3 {
		t.Fatalf("%+v", st)
	}
	// A queue that waits is tried within a minute, whatever else.
	h.mu.Lock()
	h.before = func(string) error { return errDown }
	h.mu.Unlock()
	s.log("")
	s.engine.Wake()
	if d := <-ts.set; d > time.Minute {
		t.Fatalf("the next try is in %v", d)
	}
	h.mu.Lock()
	h.before = nil
	h.mu.Unlock()
	ts.fire <- s.clock.Now() // one poll after healing
	<-ts.set
	s.waiting(0, 0)
	// The hub wants to be left alone: the background waits at least so long.
	h.mu.Lock()
	h.before = func(string) error {
		return app.Fault(app.CodeHubBusy, nil, "hub", "h", exchange.ParamRetryAfter, "3000")
	}
	h.mu.Unlock()
	s.engine.Wake()
	if d := <-ts.set; d < 3000*time.Second {
		t.Fatalf("the next try is in %v", d)
	}
}

func TestPausedByHandOnly(t *testing.T) {
	ctx := context.Background()
	h, s := bench(t)
	if err := s.engine.SetPaused(ctx, true); err != nil {
		t.Fatal(err)
	}
	ts := running(t, s)
	s.log("")
	s.engine.Wake()
	<-ts.set
	if st := s.status(); len(h.calls("")) != 0 || !st.Paused || st.NextTry != nil || st.Waiting != 1 {
		t.Fatalf("%v %+v", h.log, st)
	}
	s.engine.SyncNow()
	<-ts.set
	s.waiting(0, 0)
	if err := s.engine.SetPaused(ctx, false); err != nil {
		t.Fatal(err)
	}
	<-ts.set
	if st := s.status(); st.Paused {
		t.Fatalf("%+v", st)
	}
}

func TestAnotherNetworkWakes(t *testing.T) {
	_, s := bench(t)
	fire := make(chan time.Time)
	looked, rounds := make(chan struct{}, 10), make(chan struct{}, 10)
	var mu sync.Mutex
	network := "a"
	s.adapt = func(p *exchange.Params) {
		p.Network = func() string {
			mu.Lock()
			defer mu.Unlock()
			return network
		}
		p.Timer = func(d time.Duration) (<-chan time.Time, func()) {
			if d == 5*time.Second {
				looked <- struct{}{}
				return fire, func() {}
			}
			rounds <- struct{}{}
			return nil, func() {}
		}
	}
	s.restart()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { s.engine.Run(ctx); close(done) }()
	<-rounds
	<-looked
	mu.Lock()
	network = "b"
	mu.Unlock()
	fire <- s.clock.Now()
	<-rounds
	stop()
	<-done
}

func TestCancelKeepsWhatCame(t *testing.T) {
	h, s := bench(t)
	h.publish(titles(300, "Carta"))
	h.cut = 500
	h.after = func(call string) error {
		if strings.HasPrefix(call, "manifest") {
			s.engine.Cancel()
		}
		return nil
	}
	_, err := s.engine.Sync(context.Background())
	if app.ErrorCode(err) != app.CodeSyncInterrupted {
		t.Fatalf("%v", err)
	}
	if st := s.status(); st.Running || st.Fault != nil && st.Problem == string(app.CodeSyncInterrupted) {
		t.Fatalf("%+v", st)
	}
	h.after, h.cut = nil, 0
	if sum := s.sync(""); sum.Sheets != 300 {
		t.Fatalf("%+v", sum)
	}
	s.engine.Cancel() // nothing is under way
}

// A metered link: no documents by themselves, no whole catalogue unasked, few
// polls; contacts go up all the same.
func TestMeteredLink(t *testing.T) {
	ctx := context.Background()
	h, s := bench(t)
	content := []byte("%PDF-1.7 modulo")
	h.blobs[wire.Hash(content)] = content
	h.publish(map[string]string{"x-1": withDocument("x-1", content)})
	if err := s.engine.SetLink(ctx, "fast"); app.ErrorCode(err) != app.CodeInvalid {
		t.Fatalf("%v", err)
	}
	if err := s.engine.SetLink(ctx, exchange.LinkMetered); err != nil {
		t.Fatal(err)
	}
	ts := running(t, s) // the first catalogue comes by itself
	if st := s.status(); st.Sheets != 1 || st.Link != exchange.LinkMetered || len(h.calls("blob")) != 0 {
		t.Fatalf("%+v %v", st, h.log)
	}
	h.forget()
	s.log("")
	s.engine.Wake()
	<-ts.set
	s.waiting(0, 0)
	if got := h.calls("manifest"); len(got) != 0 {
		t.Fatalf("polled for a contact: %v", got)
	}
	s.clock.move(31 * time.Minute)
	h.restore(h.backup())
	h.publish(titles(5, "Nuova"))
	s.engine.Wake()
	<-ts.set
	if st := s.status(); st.Problem != string(app.CodeSnapshotWaits) || st.Sheets != 1 {
		t.Fatalf("%+v", st)
	}
	if sum := s.sync(""); sum.Sheets != 5 { // somebody asks
		t.Fatalf("%+v", sum)
	}
}

func withDocument(code string, contents ...[]byte) string {
	var list []string
	for i, c := range contents {
		list = append(list, fmt.Sprintf(`{"id":"a%d","title":"Modulo","kind":"form","sha256":%q,"media_type":"application/pdf"}`, i, wire.Hash(c)))
	}
	return fmt.Sprintf(`{"type":"sheet","code":%q,"authority":%q,"language":"it","title":"Carta","attachments":[%s]}`, code, code[:1], strings.Join(list, ","))
}

// Documents come after contacts, the useful ones first, as far as the budget
// goes; what no longer fits goes, the least useful first, and is not loaded
// again and again.
func TestDocumentsWithinTheBudget(t *testing.T) {
	ctx := context.Background()
	h, s := bench(t)
	content := func(mark string, mb int) []byte {
		b := slices.Repeat([]byte(mark), mb<<20-100) // and room for the mark of the authority
		h.blobs[wire.Hash(b)] = b
		return b
	}
	asked, own, other, huge := content("a", 1), content("o", 1), content("x", 1), content("h", 3)
	logo := []byte("\x89PNG of the authority")
	h.blobs[wire.Hash(logo)] = logo
	h.publish(map[string]string{"x": `{"type":"authority","id":"x","name":"Ente","logo":"` + wire.Hash(logo) + `"}`, "y-1": withDocument("y-1", asked), "x-1": withDocument("x-1", own, huge), "z-1": withDocument("z-1", other)})
	c := app.Contact{
		ID: newID(), Visit: newID(), Authority: "x", Operator: "op", RecordedAt: s.clock.Now(), Channel: app.ChannelInPerson, User: app.UserCitizen,
		RequestType: app.RequestTypeInformation, Outcome: app.OutcomeResolved, Sheets: []app.ContactSheet{{Code: "y-1", Version: 1, HandedOut: true}},
	}
	if _, err := s.office.Save(ctx, c, app.Personal{}); err != nil {
		t.Fatal(err)
	}
	here := func(want ...[]byte) {
		t.Helper()
		if got := s.catalogue.Logo(wire.Hash(logo)); (got != nil) != (len(want) > 0) {
			t.Fatalf("the mark of the authority is here: %v", got != nil)
		}
		for name, b := range map[string][]byte{"asked": asked, "own": own, "other": other, "huge": huge} {
			_, got := s.catalogue.BlobPath(wire.Hash(b))
			wanted := slices.ContainsFunc(want, func(w []byte) bool { return &w[0] == &b[0] })
			if got != wanted {
				t.Fatalf("%s is here: %v, want %v", name, got, wanted)
			}
		}
	}
	if err := errors.Join(s.engine.SetDocumentBudget(ctx, 2), s.engine.SetDocumentBudget(ctx, -1)); app.ErrorCode(err) != app.CodeInvalid {
		t.Fatal(err)
	}
	s.sync("")
	here(asked, own)
	if calls := h.calls(""); slices.IndexFunc(calls, func(c string) bool { return strings.HasPrefix(c, "batch") }) > slices.IndexFunc(calls, func(c string) bool { return strings.HasPrefix(c, "blob") }) {
		t.Fatalf("documents before contacts: %v", calls)
	}
	h.forget()
	s.sync("")
	if got := h.calls("blob"); len(got) != 0 {
		t.Fatalf("loaded again: %v", got)
	}
	for _, step := range []struct {
		mb   int
		want [][]byte
	}{{1, [][]byte{asked}}, {6, [][]byte{asked, own, other, huge}}, {3, [][]byte{asked, own, other}}, {0, nil}} {
		if err := s.engine.SetDocumentBudget(ctx, step.mb); err != nil {
			t.Fatal(err)
		}
		s.sync("")
		here(step.want...)
	}
	if st := s.status(); st.MissingBlobs != 5 {
		t.Fatalf("%d documents are missing", st.MissingBlobs)
	}
}

// A filter on the way that stops a document, now and for ever.
func TestUpAlthoughADocumentIsStopped(t *testing.T) {
	for _, code := range []app.Code{app.CodeHubAnswer, app.CodeHubUnreachable} {
		h, s := bench(t)
		content := []byte("%PDF-1.7")
		h.blobs[wire.Hash(content)] = content
		h.publish(map[string]string{"x-1": withDocument("x-1", content)})
		h.before = func(call string) error {
			if strings.HasPrefix(call, "blob") {
				return app.Fault(code, nil, "hub", "h")
			}
			return nil
		}
		s.log("")
		s.sync(code)
		s.waiting(0, 0)
	}
}
