package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/exchange"
	"polis/cmd/trial"
	"polis/data/api"
	"polis/data/apiserver"
	"polis/data/hubstore/pgtest"
	"polis/data/secret"
	"polis/data/wire"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// replica is a real polis-hub serve on a database that others serve too.
type replica struct {
	t       testing.TB
	program string
	folder  string
	db      string
	args    []string // of serve
	address string   // host:port
	cmd     *exec.Cmd
	log     lines
}

func (r *replica) command(args ...string) *exec.Cmd {
	cmd := exec.Command(r.program, args...) // #nosec G204 -- our own program
	cmd.Env = append(os.Environ(), "POLIS_HUB_DATA="+r.folder, "POLIS_HUB_DB="+r.db, "LANG=C")
	cmd.Stderr = &r.log
	return cmd
}

func (r *replica) run(in string, args ...string) string {
	r.t.Helper()
	cmd := r.command(args...)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("%v: %v\n%s", args, err, r.log.String())
	}
	return string(out)
}

func (r *replica) start() {
	r.t.Helper()
	r.cmd = r.command(append([]string{
		"serve", "--listen", "127.0.0.1:0", "--public-base", "https://sheets.example", // of all replicas, or they sign different manifests
	}, r.args...)...)
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(r.stop)
	line, err := bufio.NewReader(out).ReadString('\n')
	at, ok := strings.CutPrefix(strings.TrimSpace(line), "listening https://")
	if err != nil || !ok {
		r.t.Fatalf("serve said %q (%v)", line, err)
	}
	r.address = at
}

// stop ends it as systemd does; it must leave in order.
func (r *replica) stop() {
	if r.cmd == nil {
		return
	}
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		r.t.Error(err)
	}
	if err := r.cmd.Wait(); err != nil {
		r.t.Errorf("serve after SIGTERM: %v\n%s", err, r.log.String())
	}
	r.cmd = nil
}

func (r *replica) kill() error {
	cmd := r.cmd
	r.cmd = nil
	err := cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	return err
}

// pair is replicas on one database behind a balancer.
type pair struct {
	t        testing.TB
	replicas []*replica
	url      string // of the balancer
	ca       []byte
}

func newPair(t testing.TB, program, db string, n int, args ...string) *pair {
	t.Helper()
	r := &pair{t: t}
	for range n {
		r.replicas = append(r.replicas, &replica{t: t, program: program, folder: t.TempDir(), db: db, args: args})
	}
	first := r.replicas[0]
	first.run("", "migrate")
	first.run(catalogue, "import", "-")
	first.run("", "publish")
	first.start()
	// One authority for both; each has a certificate of its own.
	for _, other := range r.replicas[1:] {
		for _, name := range []string{"ca.pem", "ca.key"} {
			text, err := os.ReadFile(filepath.Join(first.folder, name))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(other.folder, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		other.start()
	}
	var err error
	if r.ca, err = os.ReadFile(filepath.Join(first.folder, apiserver.AuthorityFile)); err != nil {
		t.Fatal(err)
	}
	r.balance()
	return r
}

// last is the replica that nobody kills.
func (p *pair) last() *replica { return p.replicas[len(p.replicas)-1] }

// balance passes TCP to the replicas in turn; who does not answer is left
// out.
func (p *pair) balance() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	p.url = "https://" + l.Addr().String()
	var passing sync.WaitGroup
	p.t.Cleanup(func() { _ = l.Close(); passing.Wait() })
	var addresses []string
	for _, one := range p.replicas {
		addresses = append(addresses, one.address)
	}
	go func() {
		for n := 0; ; n++ {
			down, err := l.Accept()
			if err != nil {
				return
			}
			passing.Go(func() {
				up, err := net.Dial("tcp", addresses[n%len(addresses)])
				if err != nil {
					up, err = net.Dial("tcp", addresses[(n+1)%len(addresses)])
				}
				if err != nil {
					_ = down.Close()
					return
				}
				pass(down, up)
			})
		}
	}()
}

func pass(a, b net.Conn) {
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			_ = way[0].Close()
			_ = way[1].Close()
		})
	}
	both.Wait()
}

// workstation sends contacts until each is acknowledged.
type workstation struct {
	t        testing.TB
	clients  []*api.Client // of one device, with connections of their own
	enrolled wire.Enrolment
	dropped  atomic.Int64 // calls without an answer
}

func (p *pair) enrol() *workstation {
	p.t.Helper()
	code := strings.TrimSpace(p.last().run("", "enrolment-code", "--authority", "demo", "--office", "demo-urp"))
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	der, err := secret.Public(key)
	if err != nil {
		p.t.Fatal(err)
	}
	w := &workstation{t: p.t}
	client := func(device string) *api.Client {
		c, err := api.New(exchange.Device{Hub: p.url, ID: device, CA: p.ca}, key, app.SystemClock{}, nil)
		if err != nil {
			p.t.Fatal(err)
		}
		p.t.Cleanup(c.Close)
		return c
	}
	if w.enrolled, err = client("").Enrol(p.t.Context(), wire.EnrolmentRequest{Code: code, PublicKey: base64.RawURLEncoding.EncodeToString(der)}); err != nil {
		p.t.Fatal(err)
	}
	for range 5 {
		w.clients = append(w.clients, client(w.enrolled.Device))
	}
	return w
}

// kinds is how many items of different types a batch has.
const kinds = 3

// batch is a new contact, what is sealed of it, and the call that it promised.
func (w *workstation) batch() (id string, b wire.UploadBatch, err error) {
	e := w.enrolled
	var ids [kinds]string
	for i := range ids {
		made, err := uuid.NewV7()
		if err != nil {
			return "", b, err
		}
		ids[i] = made.String()
	}
	at := time.Now().UTC().Truncate(time.Second)
	id = ids[0]
	contact, err := wire.EncodeContact(app.Contact{
		ID: id, Visit: id, Authority: e.Authority, Office: e.Office, Operator: e.Operator.ID, RecordedAt: at,
		Channel: "phone", User: "citizen", RequestType: "forms", Outcome: "deferred", FollowUp: &app.FollowUp{Due: "2026-12-01"},
	})
	if err != nil {
		return "", b, err
	}
	sealed, err := wire.Marshal(wire.ContactPrivate{
		Type: wire.TypeContactPrivate, ID: ids[1], Contact: id, Authority: e.Authority, Office: e.Office, Operator: e.Operator.ID,
		Key: "age1prova", Sealed: "c2lnaWxsYXRv", RecordedAt: at,
	})
	if err != nil {
		return "", b, err
	}
	call, err := wire.Marshal(wire.FollowUp{
		Type: wire.TypeFollowUp, ID: ids[2], Contact: id, Authority: e.Authority, Office: e.Office, Operator: e.Operator.ID, RecordedAt: at,
	})
	for i, kind := range []string{wire.TypeContact, wire.TypeContactPrivate, wire.TypeFollowUp} {
		line := [][]byte{contact, sealed, call}[i]
		b.Items = append(b.Items, wire.UploadItem{Type: kind, ID: ids[i], SHA256: wire.Hash(line), Payload: line})
	}
	return id, b, err
}

// took reports that every item has a good verdict of its very bytes.
func took(b wire.UploadBatch, verdicts []wire.Verdict) bool {
	if len(verdicts) != len(b.Items) {
		return false
	}
	for i, v := range verdicts {
		if v.SHA256 != b.Items[i].SHA256 || v.Verdict != verdicts[0].Verdict {
			return false
		}
	}
	return true
}

// contact sends a new contact through n connections at once.
func (w *workstation) contact(ctx context.Context, n int) (id string, err error) {
	id, batch, err := w.batch()
	if err != nil {
		return "", err
	}
	var all sync.WaitGroup
	var created atomic.Int64
	for _, c := range w.clients[:n] {
		all.Go(func() {
			for ctx.Err() == nil {
				verdicts, err := c.PutBatch(ctx, uuid.NewString(), batch)
				if err == nil && took(batch, verdicts) {
					if verdicts[0].Verdict == wire.VerdictCreated {
						created.Add(1)
					}
					return
				}
				w.dropped.Add(1)
				if code := app.ErrorCode(err); code != "" && code != app.CodeHubUnreachable && code != app.CodeSyncInterrupted && code != app.CodeHubAnswer && code != app.CodeHubBusy {
					w.t.Errorf("refused: %v", err)
					return
				}
				time.Sleep(10 * time.Millisecond) // the backoff of a client
			}
		})
	}
	all.Wait()
	if created.Load() > 1 {
		w.t.Errorf("%s was created %d times", id, created.Load())
	}
	return id, ctx.Err()
}

// checkReceipts: each contact has one receipt.
func (w *workstation) checkReceipts(want int) {
	w.t.Helper()
	seen := map[string]int{}
	cursor := ""
	for more := true; more; {
		page, err := w.clients[0].Receipts(w.t.Context(), cursor)
		if app.ErrorCode(err) == app.CodeHubUnreachable { // its replica was killed
			continue
		}
		if err != nil {
			w.t.Error(err)
			return
		}
		for _, r := range page.Items {
			seen[r.ID]++
		}
		cursor, more = page.NextCursor, page.HasMore
	}
	for id, n := range seen {
		if n != 1 {
			w.t.Errorf("%d receipts for %s", n, id)
		}
	}
	if len(seen) != kinds*want {
		w.t.Errorf("%d items have a receipt, not %d", len(seen), kinds*want)
	}
}

// storm has several workstations upload at once; disturb runs in the middle
// of it. It returns the contacts that were acknowledged.
func (p *pair) storm(workstations, each int, disturb func() error) (acked []string, dropped int64) {
	p.t.Helper()
	var mu sync.Mutex
	middle := make(chan struct{})
	var once sync.Once
	var all sync.WaitGroup
	for range workstations {
		w := p.enrol()
		all.Go(func() {
			for i := range each {
				n := 1
				if i%3 == 0 {
					n = len(w.clients)
				}
				id, err := w.contact(p.t.Context(), n)
				if err != nil {
					p.t.Error(err)
					return
				}
				mu.Lock()
				if acked = append(acked, id); len(acked) >= workstations*each/3 {
					once.Do(func() { close(middle) })
				}
				mu.Unlock()
			}
			w.checkReceipts(each)
			mu.Lock()
			dropped += w.dropped.Load()
			mu.Unlock()
		})
	}
	select {
	case <-middle:
		if err := disturb(); err != nil {
			p.t.Error(err)
		}
	case <-p.t.Context().Done():
	}
	all.Wait()
	return acked, dropped
}

// checkOnce reads the database: every acknowledged contact is there once, and
// nothing else.
func (p *pair) checkOnce(acked []string) {
	p.t.Helper()
	stored := map[string]int{}
	for line := range strings.Lines(p.last().run("", "export", "--type", "contact")) {
		var c struct{ ID string }
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			p.t.Fatal(err)
		}
		stored[c.ID]++
	}
	for _, id := range acked {
		if stored[id] != 1 {
			p.t.Errorf("contact %s is there %d times", id, stored[id])
		}
	}
	for i, one := range p.replicas {
		for _, id := range acked {
			if strings.Contains(one.log.String(), id) {
				p.t.Errorf("the log of replica %d names a contact", i)
				break
			}
		}
	}
	if len(stored) != len(acked) {
		p.t.Errorf("%d contacts stored, %d acknowledged", len(stored), len(acked))
	}
}

func TestAReplicaIsKilledWhileContactsArrive(t *testing.T) {
	r := newPair(t, trial.Build(t, "polis-hub", "CGO_ENABLED=0"), pgtest.Database(t), 2)
	acked, dropped := r.storm(4, 30, r.replicas[0].kill)
	if len(acked) != 120 {
		t.Errorf("%d acknowledged", len(acked))
	}
	r.checkOnce(acked)
	t.Logf("%d contacts acknowledged, every third sent five times at once, %d calls without an answer, each stored once", len(acked), dropped)
}

func TestPostgreSQLIsKilledWhileContactsArrive(t *testing.T) {
	server := pgtest.Start(t)
	db, err := server.NewDatabase()
	if err != nil {
		t.Fatal(err)
	}
	r := newPair(t, trial.Build(t, "polis-hub", "CGO_ENABLED=0"), db, 2)
	client := trusting(t, filepath.Join(r.replicas[0].folder, "ca.pem"))
	t.Cleanup(client.CloseIdleConnections)
	acked, dropped := r.storm(3, 30, func() error {
		if err := server.Crash(); err != nil {
			return err
		}
		res, err := client.Get("https://" + r.replicas[0].address + "/status")
		if err == nil && (res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Content-Type") != wire.ProblemMediaType) {
			t.Errorf("health without a database: %d %v", res.StatusCode, res.Header)
		}
		if err == nil {
			err = res.Body.Close()
		}
		return errors.Join(err, server.Start())
	})
	if len(acked) != 90 {
		t.Errorf("%d acknowledged", len(acked))
	}
	r.checkOnce(acked)
	if dropped == 0 {
		t.Error("nobody noticed that the database was away")
	}
	t.Logf("%d contacts acknowledged, %d calls without an answer, each stored once", len(acked), dropped)
}
