// Package faults puts the real pieces together (hub, its database, its HTTPS
// side, the client, the engine, both files of a workstation) and lets
// everything fail that sync.md names; cmd/trial/torture does the same with
// processes. assets/docs/synchronisation.md says which test stands for which
// line of its table.
package faults

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"polis/app"
	"polis/app/exchange"
	"polis/app/membership"
	"polis/app/region"
	"polis/assets"
	"polis/cmd/station"
	"polis/data/api"
	"polis/data/apiserver"
	"polis/data/hubstore"
	"polis/data/hubstore/pgtest"
	"polis/data/secret"
	"polis/data/signature"
	"polis/data/wire"
)

// usual is how many random histories a short run has.
const usual = 6

// TestMain keeps the random tests short; `go test -rapid.checks=500` is the
// long run.
func TestMain(m *testing.M) {
	flag.Parse()
	long := false
	flag.Visit(func(f *flag.Flag) { long = long || f.Name == "rapid.checks" })
	if !long {
		if err := flag.Set("rapid.checks", strconv.Itoa(usual)); err != nil {
			os.Exit(2)
		}
	}
	if err := os.Setenv(secret.KeyringVariable, "off"); err != nil {
		os.Exit(2)
	}
	os.Exit(pgtest.Main(m))
}

// thorough reports that somebody asked for the long run.
func thorough() bool {
	n, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	return err == nil && n > usual
}

// teller is what testing.TB and *rapid.T have in common.
type teller interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

func must[T any](t teller) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatalf("%v", err)
		}
		return v
	}
}

func ok(t teller, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

func wantCode(t teller, err error, code app.Code) {
	t.Helper()
	if app.ErrorCode(err) != code {
		t.Fatalf("got %v, want %q", err, code)
	}
}

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func start() *clock {
	return &clock{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t
}

// between stands between the workstations and the hub.
type between func(w http.ResponseWriter, r *http.Request, hub http.Handler)

// life is what a restored backup replaces.
type life struct {
	*region.Hub
	store   *hubstore.Store
	files   hubstore.Files
	handler http.Handler
	folder  string
}

// hub is a real one behind real TLS.
type hub struct {
	t        teller
	folder   string
	database func() string // address of an empty PostgreSQL database; nil = SQLite
	clock    *clock
	lives    int
	now      atomic.Pointer[life]
	between  atomic.Pointer[between]
	server   *httptest.Server
	ca       []byte
}

const places = `{"type":"authority","id":"demo","name":"Comune di Prova"}
{"type":"office","id":"demo-urp","authority":"demo","name":"URP"}
{"type":"office","id":"demo-bib","authority":"demo","name":"Biblioteca"}
`

func newHub(t teller, folder string, database func() string) *hub {
	t.Helper()
	h := &hub{t: t, folder: folder, database: database, clock: start()}
	h.server = httptest.NewUnstartedServer(http.HandlerFunc(h.answer))
	own := must[*apiserver.OwnAuthority](t)(apiserver.NewOwnAuthority(folder, apiserver.Hosts("127.0.0.1"), app.SystemClock{}, hubstore.WriteSecretFile))
	h.ca = must[[]byte](t)(os.ReadFile(filepath.Join(folder, apiserver.AuthorityFile)))
	h.begin("")
	h.server.EnableHTTP2 = true
	h.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	h.server.Config.ConnContext = withConn
	h.server.Listener = cuttable{h.server.Listener}
	h.server.TLS = apiserver.TLSConfig(own.Certificate)
	h.server.TLS.Certificates = []tls.Certificate{*must[*tls.Certificate](t)(own.Certificate(nil))} // else httptest brings its own
	h.server.StartTLS()
	h.publish(6, "Carta")
	return h
}

// begin gives the hub a new database, filled from a backup unless that is "".
func (h *hub) begin(backup string) {
	h.t.Helper()
	ctx := context.Background()
	h.lives++
	l := &life{folder: filepath.Join(h.folder, "life-"+strconv.Itoa(h.lives))}
	ok(h.t, os.MkdirAll(l.folder, 0o700))
	if was := h.now.Load(); was != nil { // the root is kept elsewhere than the database
		key := must[[]byte](h.t)(os.ReadFile(filepath.Join(was.folder, "root.key")))
		ok(h.t, os.WriteFile(filepath.Join(l.folder, "root.key"), key, 0o600))
		ok(h.t, was.store.Close())
	}
	if h.database == nil {
		l.store = must[*hubstore.Store](h.t)(hubstore.OpenSQLite(ctx, filepath.Join(l.folder, "hub.db"), h.clock))
	} else {
		l.store = must[*hubstore.Store](h.t)(hubstore.OpenPostgres(ctx, hubstore.PostgresParams{Address: h.database(), Clock: h.clock, Migrate: true}))
	}
	l.files = must[hubstore.Files](h.t)(hubstore.OpenFiles(l.store, l.folder))
	if backup != "" {
		_, err := l.store.Restore(ctx, l.files, backup, h.clock)
		ok(h.t, err)
	}
	l.Hub = must[*region.Hub](h.t)(region.New(region.Params{
		Store: l.store, Files: l.files, Clock: h.clock, PublicBase: "https://schede.example",
		Address: "https://" + h.server.Listener.Addr().String(), CA: string(h.ca), Signature: signature.ReadSignature,
		Bodies: must[*membership.Bodies](h.t)(membership.NewRegister(assets.Register())),
	}))
	l.handler = must[http.Handler](h.t)(apiserver.New(apiserver.Params{Hub: l.Hub, Log: slog.New(slog.DiscardHandler), Clock: h.clock}))
	h.now.Store(l)
}

func (h *hub) close() {
	h.server.Close()
	ok(h.t, h.now.Load().store.Close())
}

func (h *hub) answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", h.clock.Now().UTC().Format(http.TimeFormat))
	handler := h.now.Load().handler
	if b := h.between.Load(); b != nil {
		(*b)(w, r, handler)
		return
	}
	handler.ServeHTTP(w, r)
}

// stand puts something between; nil takes it away.
func (h *hub) stand(b between) {
	if b == nil {
		h.between.Store(nil)
		return
	}
	h.between.Store(&b)
}

// publish makes the catalogue n sheets with a word in their titles.
func (h *hub) publish(n int, word string) {
	h.t.Helper()
	var text strings.Builder
	text.WriteString(places)
	for i := range 40 {
		if i < n {
			fmt.Fprintf(&text, `{"type":"sheet","code":"demo-%d","authority":"demo","language":"it","title":"%s numero %d"}`+"\n", i, word, i)
		} else {
			fmt.Fprintf(&text, `{"type":"sheet","id":"demo-%d","op":"delete"}`+"\n", i)
		}
	}
	h.load(text.String(), false)
}

// attach publishes a sheet with a document and returns its hash.
func (h *hub) attach(content string) string {
	h.t.Helper()
	sha := wire.Hash([]byte(content))
	dir := filepath.Join(h.folder, "blobs")
	ok(h.t, os.MkdirAll(dir, 0o700))
	ok(h.t, os.WriteFile(filepath.Join(dir, sha), []byte(content), 0o600))
	_, err := h.now.Load().Import(context.Background(), region.ImportParams{Blobs: os.DirFS(dir)})
	ok(h.t, err)
	h.load(fmt.Sprintf(`{"type":"sheet","code":"demo-modulo","authority":"demo","language":"it","title":"Modulo numero 0",`+
		`"attachments":[{"id":"a","title":"Modulo","kind":"form","sha256":"%s","media_type":"application/pdf"}]}`+"\n", sha), false)
	return sha
}

func (h *hub) load(lines string, mass bool) {
	h.t.Helper()
	ctx := context.Background()
	l := h.now.Load()
	_, err := l.Import(ctx, region.ImportParams{Sources: []region.Source{{Name: "t", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(lines)), nil
	}}}})
	ok(h.t, err)
	_, err = l.Publish(ctx, region.PublishParams{MassDeletion: mass})
	ok(h.t, err)
}

// signed is what GET /manifest answers now.
func (h *hub) signed() (body []byte, m wire.Manifest) {
	h.t.Helper()
	body, _, err := h.now.Load().Manifest(context.Background())
	ok(h.t, err)
	return body, opened(h.t, body)
}

func opened(t teller, body []byte) (m wire.Manifest) {
	t.Helper()
	var signed wire.SignedManifest
	ok(t, json.Unmarshal(body, &signed))
	ok(t, json.Unmarshal(must[[]byte](t)(base64.RawURLEncoding.DecodeString(signed.Manifest.Payload)), &m))
	return m
}

func (h *hub) code(office, role string) string {
	h.t.Helper()
	return must[string](h.t)(h.now.Load().NewEnrolmentCode(context.Background(), region.EnrolmentCodeParams{
		Authority: "demo", Office: office, Role: role, Valid: 10 * time.Minute,
	}))
}

// contacts counts the contacts in the hub's database.
func (h *hub) contacts() map[string]int {
	h.t.Helper()
	var out bytes.Buffer
	ok(h.t, h.now.Load().Export(context.Background(), wire.TypeContact, &out))
	times := map[string]int{}
	for line := range strings.Lines(out.String()) {
		var c struct{ ID string }
		ok(h.t, json.Unmarshal([]byte(line), &c))
		times[c.ID]++
	}
	return times
}

func (h *hub) backup() string {
	h.t.Helper()
	l := h.now.Load()
	file := filepath.Join(h.folder, fmt.Sprintf("hub-%d.polisbackup", time.Now().UnixNano()))
	_, err := l.store.Backup(context.Background(), l.files, file, h.clock)
	ok(h.t, err)
	return file
}

// desk is a workstation: real files, real keys, the engine that the programs
// have.
type desk struct {
	*station.Station
	t      teller
	h      *hub
	office string
	folder string
	clock  *clock
}

func newDesk(t teller, h *hub, folder, office string) *desk {
	t.Helper()
	return newDeskAt(t, h, folder, office, h.clock)
}

// newDeskAt is a workstation with a clock of its own.
func newDeskAt(t teller, h *hub, folder, office string, c *clock) *desk {
	t.Helper()
	d := &desk{t: t, h: h, office: office, folder: folder, clock: c}
	d.open()
	d.enrol()
	return d
}

func (d *desk) open() {
	d.t.Helper()
	d.Station = must[*station.Station](d.t)(station.Open(context.Background(), station.Params{Folder: d.folder, Clock: d.clock, Location: time.UTC}))
}

func (d *desk) close() {
	d.t.Helper()
	ok(d.t, d.Station.Close())
}

func (d *desk) restart() {
	d.t.Helper()
	d.close()
	d.open()
}

func (d *desk) enrol() {
	d.t.Helper()
	ok(d.t, d.Enrol(context.Background(), d.h.server.URL, d.h.code(d.office, ""), d.h.ca))
}

func (d *desk) device() exchange.Device {
	d.t.Helper()
	return must[exchange.Device](d.t)(d.Office.Device(context.Background()))
}

// sync wants a code, "" = all well, and lets the station do what it does
// after an exchange.
func (d *desk) sync(code app.Code) exchange.Summary {
	d.t.Helper()
	sum, err := d.Engine.Sync(context.Background())
	wantCode(d.t, err, code)
	ok(d.t, d.Tend(context.Background()))
	return sum
}

// log saves a contact as the counter does.
func (d *desk) log(change func(*app.Contact), p app.Personal) app.Contact {
	d.t.Helper()
	c := app.Contact{Channel: "phone", User: app.UserCitizen, RequestType: app.RequestTypeInformation, Outcome: app.OutcomeResolved}
	if change != nil {
		change(&c)
	}
	return must[app.Contact](d.t)(d.Desk.Record(context.Background(), c, p))
}

// waiting wants so many items in the queue, whatever they are, and in
// quarantine.
func (d *desk) waiting(waiting, quarantined int) {
	d.t.Helper()
	items := must[[]exchange.Item](d.t)(d.Office.Waiting(context.Background()))
	_, q, err := d.Office.Counts(context.Background())
	if err != nil || len(items) != waiting || q != quarantined {
		d.t.Fatalf("%d wait, %d in quarantine (%v), want %d and %d", len(items), q, err, waiting, quarantined)
	}
}

func (d *desk) held() exchange.Held {
	d.t.Helper()
	return must[exchange.Held](d.t)(d.Catalogue.Held(context.Background()))
}

// searches wants an answer whatever the state (I4).
func (d *desk) searches() {
	d.t.Helper()
	res := d.Catalogue.Index().Search(searchFor("numero"))
	if len(res.Hits) == 0 {
		d.t.Fatalf("the search found nothing")
	}
}

// loseCatalogue removes what can be downloaded again.
func (d *desk) loseCatalogue() {
	d.t.Helper()
	d.close()
	for _, f := range must[[]string](d.t)(filepath.Glob(filepath.Join(d.folder, "catalogo.db*"))) {
		if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
			d.t.Fatalf("%v", err)
		}
	}
	d.open()
}

// arrived wants each of the contacts in the hub exactly once, and no others
// (I1).
func (h *hub) arrived(saved ...string) {
	h.t.Helper()
	times := h.contacts()
	for _, id := range saved {
		if times[id] != 1 {
			h.t.Fatalf("contact %s is %d times at the hub", id, times[id])
		}
	}
	if len(times) != len(saved) {
		h.t.Fatalf("%d contacts at the hub, %d were saved", len(times), len(saved))
	}
}

// client is the real one, as this workstation.
func (d *desk) client() *api.Client {
	d.t.Helper()
	key := must[*ecdsa.PrivateKey](d.t)(d.Vault().Key())
	return must[*api.Client](d.t)(api.New(d.device(), key, d.clock, nil))
}

// sinceOf is the version of the feed that a cursor stands at.
func sinceOf(t teller, cursor string) int64 {
	t.Helper()
	text := string(must[[]byte](t)(base64.RawURLEncoding.DecodeString(cursor)))
	return must[int64](t)(strconv.ParseInt(text[strings.LastIndex(text, ".")+1:], 10, 64))
}

// nobody is what a network without a hub answers.
func nobody(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// future is a cursor of the same epoch that no replica has reached.
func future(t teller, cursor string) string {
	t.Helper()
	text := string(must[[]byte](t)(base64.RawURLEncoding.DecodeString(cursor)))
	at := strings.LastIndex(text, ".")
	return base64.RawURLEncoding.EncodeToString([]byte(text[:at] + ".999999"))
}
