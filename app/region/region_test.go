package region_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"polis/app"
	"polis/app/region"
	"polis/data/hubstore"
	"polis/data/hubstore/pgtest"
	"polis/data/wire"
)

// clock is moved by the tests.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// onPostgres is set while all tests run once more, on PostgreSQL.
const onPostgres = "POLIS_TEST_REGION_ON_POSTGRES"

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// TestAllAgainOnPostgreSQL runs every other test of this package in a second
// process whose hubs are on PostgreSQL.
func TestAllAgainOnPostgreSQL(t *testing.T) {
	if os.Getenv(onPostgres) != "" {
		t.Skip("this is the second process")
	}
	pgtest.Database(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	again := exec.CommandContext(t.Context(), program, "-test.v", "-test.run", "^Test", "-test.skip", "^"+t.Name()+"$|^TestReal")
	again.Env = append(os.Environ(), onPostgres+"=1")
	out, err := again.CombinedOutput()
	passed := bytes.Count(out, []byte("--- PASS"))
	if err != nil || passed < 30 {
		t.Fatalf("%d passed, %v\n%s", passed, err, out)
	}
	t.Logf("%d tests passed on PostgreSQL", passed)
}

// bench is a hub on a real database in a folder of its own.
type bench struct {
	*region.Hub
	folder   string
	database string // of PostgreSQL; SQLite in the folder when empty
	clock    *clock
	ctx      context.Context
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{folder: t.TempDir(), clock: &clock{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}, ctx: t.Context()}
	if os.Getenv(onPostgres) != "" {
		b.database = pgtest.Database(t)
	}
	b.Hub = b.process(t)
	return b
}

func (b *bench) open() (*hubstore.Store, error) {
	if b.database == "" {
		return hubstore.OpenSQLite(b.ctx, filepath.Join(b.folder, "hub.db"), b.clock)
	}
	return hubstore.OpenPostgres(b.ctx, hubstore.PostgresParams{Address: b.database, Clock: b.clock, Migrate: true})
}

// process opens the same folder once more, as another process would.
func (b *bench) process(t testing.TB) *region.Hub {
	t.Helper()
	return b.processWith(t, func(files region.Files) region.Files { return files })
}

func (b *bench) processWith(t testing.TB, wrap func(region.Files) region.Files) *region.Hub {
	t.Helper()
	return b.processParams(t, func(p *region.Params) { p.Files = wrap(p.Files) })
}

func (b *bench) processParams(t testing.TB, change func(*region.Params)) *region.Hub {
	t.Helper()
	store, err := b.open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	files, err := hubstore.OpenFiles(store, b.folder)
	if err != nil {
		t.Fatal(err)
	}
	p := region.Params{Store: store, Files: files, Clock: b.clock, PublicBase: "https://sheets.example"}
	change(&p)
	h, err := region.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func source(text string) []region.Source {
	return []region.Source{{Name: "test", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}
}

func (b *bench) load(t testing.TB, text string) region.ImportReport {
	t.Helper()
	r, err := b.Import(b.ctx, region.ImportParams{Sources: source(text)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (b *bench) publish(t testing.TB) region.PublishReport {
	t.Helper()
	r, err := b.Publish(b.ctx, region.PublishParams{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (b *bench) export(t testing.TB, kind string) string {
	t.Helper()
	var out bytes.Buffer
	if err := b.Export(b.ctx, kind, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func sheet(n int, title string) string {
	return fmt.Sprintf(`{"type":"sheet","code":"demo-%04d","authority":"demo","language":"it","title":%q}`+"\n", n, title)
}

const places = `{"type":"authority","id":"demo","name":"Comune di Prova"}
{"type":"authority","id":"other","name":"Comune di Altrove"}
{"type":"office","id":"demo-urp","authority":"demo","name":"URP"}
{"type":"office","id":"other-urp","authority":"other","name":"URP"}
`

func wantCode(t testing.TB, err error, code app.Code) {
	t.Helper()
	if app.ErrorCode(err) != code {
		t.Errorf("error %v, want code %q", err, code)
	}
}

// workstation holds the private key of a device.
type workstation struct {
	key    *ecdsa.PrivateKey
	public string
	device string
}

func newWorkstation(t testing.TB) *workstation {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return &workstation{key: key, public: base64.RawURLEncoding.EncodeToString(der)}
}

func (w *workstation) assertion(t testing.TB, now time.Time, change func(*jwt.RegisteredClaims)) string {
	t.Helper()
	claims := jwt.RegisteredClaims{
		Issuer: w.device, Subject: w.device, Audience: jwt.ClaimStrings{wire.TokenAudience},
		ExpiresAt: jwt.NewNumericDate(now.Add(time.Minute)),
	}
	if change != nil {
		change(&claims)
	}
	text, err := jwt.NewWithClaims(jwt.SigningMethodES256, claims).SignedString(w.key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (b *bench) code(t testing.TB, authority, office string, valid time.Duration) string {
	t.Helper()
	code, err := b.NewEnrolmentCode(b.ctx, region.EnrolmentCodeParams{Authority: authority, Office: office, Valid: valid})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (b *bench) enrol(t testing.TB, authority, office string) (*workstation, region.Device) {
	t.Helper()
	w := newWorkstation(t)
	e, err := b.Enrol(b.ctx, wire.EnrolmentRequest{Code: b.code(t, authority, office, time.Minute), PublicKey: w.public})
	if err != nil {
		t.Fatal(err)
	}
	w.device = e.Device
	token, err := b.Token(b.ctx, w.assertion(t, b.clock.Now(), nil), "")
	if err != nil {
		t.Fatal(err)
	}
	caller, err := b.Authenticate(b.ctx, token.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	return w, caller.Device
}

func (b *bench) manifestOf(t testing.TB, h *region.Hub) (wire.Manifest, []byte, string) {
	t.Helper()
	body, etag, err := h.Manifest(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	var signed wire.SignedManifest
	if err := json.Unmarshal(body, &signed); err != nil {
		t.Fatal(err)
	}
	m, err := signed.Open(b.clock.Now(), b.roots(t)...)
	if err != nil {
		t.Fatal(err)
	}
	return m, body, etag
}

// roots reads the public roots as a workstation gets them.
func (b *bench) roots(t testing.TB) []ed25519.PublicKey {
	t.Helper()
	files, err := hubstore.OpenFolder(b.folder)
	if err != nil {
		t.Fatal(err)
	}
	key, err := files.RootKey(false)
	if err != nil {
		t.Fatal(err)
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		t.Fatal("not a public key")
	}
	return []ed25519.PublicKey{public}
}
