package region_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

// statement opens what a workstation would get, trusting the given root.
func (b *bench) statement(t testing.TB, h *region.Hub, root ed25519.PublicKey) wire.OnlineKey {
	t.Helper()
	body, _, err := h.Manifest(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	var signed wire.SignedManifest
	if err := json.Unmarshal(body, &signed); err != nil {
		t.Fatal(err)
	}
	_, stated, err := signed.OpenStatement(b.clock.Now(), root)
	if err != nil {
		t.Fatal(err)
	}
	return stated
}

func newRoot(t testing.TB) (ed25519.PublicKey, ed25519.PrivateKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return public, private
}

func (b *bench) signedKey(t testing.TB, root ed25519.PrivateKey) region.KeyStatement {
	t.Helper()
	request, err := b.RequestKey(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	s, err := region.SignKey(root, request, b.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bench) install(t testing.TB, root ed25519.PrivateKey) wire.OnlineKey {
	t.Helper()
	stated, err := b.InstallKey(b.ctx, b.signedKey(t, root), false)
	if err != nil {
		t.Fatal(err)
	}
	return stated
}

func TestOfflineRootRotatesTheKey(t *testing.T) {
	b := newBench(t)
	public, root := newRoot(t)
	first := b.install(t, root) // before the hub was ever prepared: the only root
	b.load(t, sheet(1, "a"))
	b.publish(t)
	serving := b.process(t)
	if got := b.statement(t, serving, public); got != first || got.Serial != 1 {
		t.Errorf("%+v, installed %+v", got, first)
	}
	e, err := b.Enrol(b.ctx, wire.EnrolmentRequest{Code: func() string { b.load(t, places); return b.code(t, "demo", "", time.Minute) }(), PublicKey: newWorkstation(t).public})
	if err != nil || len(e.HubRoots) != 1 || e.HubRoots[0] != base64.RawURLEncoding.EncodeToString(public) {
		t.Errorf("%+v %v", e, err)
	}
	b.clock.add(100 * 24 * time.Hour)
	if got := b.statement(t, serving, public); got != first {
		t.Errorf("re-signed daily by the same key: %+v", got)
	}
	second := b.install(t, root)
	// Another process serves: the key before is out with its next answer.
	if got := b.statement(t, serving, public); got != second || got.Serial != 2 || got.Key == first.Key {
		t.Errorf("%+v, installed %+v", got, second)
	}
	b.clock.add(366 * 24 * time.Hour)
	_, _, err = b.process(t).Manifest(b.ctx)
	wantCode(t, err, app.CodeSigningKey) // the folder's key must not sign in the place of an offline root
	b.install(t, root)
	if got := b.statement(t, serving, public); got.Serial != 3 {
		t.Errorf("%+v", got)
	}
}

func TestKeyStatementsThatDoNotHold(t *testing.T) {
	b := newBench(t)
	_, root := newRoot(t)
	_, other := newRoot(t)
	old := b.signedKey(t, root)
	b.install(t, root)
	replaced := b.signedKey(t, root)
	pending := b.signedKey(t, root)
	tampered := pending
	tampered.Root = b.signedKey(t, other).Root
	foreign := b.signedKey(t, other)
	for name, s := range map[string]region.KeyStatement{
		"the one before": old, "of a request that another one replaced": replaced, "of an earlier request": pending,
		"with another root": tampered, "of a root that nobody knows": foreign, "nothing": {},
	} {
		_, err := b.InstallKey(b.ctx, s, false)
		if app.ErrorCode(err) != app.CodeSigningKey {
			t.Errorf("%s: %v", name, err)
		}
	}
	last := b.signedKey(t, root)
	b.clock.add(366 * 24 * time.Hour)
	_, err := b.InstallKey(b.ctx, last, false)
	wantCode(t, err, app.CodeSigningKey)
	if _, err := b.InstallKey(b.ctx, b.signedKey(t, other), true); err != nil {
		t.Errorf("a root that the administrator means: %v", err)
	}
	if _, err := region.SignKey(root, region.KeyRequest{Type: "key_request", Key: "short", Serial: 1}, b.clock.Now()); app.ErrorCode(err) != app.CodeInvalid {
		t.Errorf("%v", err)
	}
}

func TestSerialAscendsWithTheFoldersRoot(t *testing.T) {
	b := newBench(t)
	b.load(t, sheet(1, "a"))
	b.publish(t)
	if _, _, err := b.Manifest(b.ctx); err != nil {
		t.Fatal(err)
	}
	root := b.roots(t)[0]
	first := b.statement(t, b.Hub, root)
	b.clock.add(310 * 24 * time.Hour)
	if second := b.statement(t, b.Hub, root); second.Serial != first.Serial+1 || second.Key != first.Key {
		t.Errorf("%+v, then %+v", first, second)
	}
}
