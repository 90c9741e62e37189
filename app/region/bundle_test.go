package region_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"filippo.io/age"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

// databaseText is all that the database's files hold.
func (b *bench) databaseText(t testing.TB) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(b.folder, "hub.db*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	return string(all)
}

// members reads a whole bundle.
func members(t testing.TB, raw []byte) map[string][]byte {
	t.Helper()
	r, err := wire.NewBundleReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all := map[string][]byte{}
	for {
		m, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if all[m.Name()], err = r.Bytes(m); err != nil {
			t.Fatal(err)
		}
	}
}

func (b *bench) bundle(t testing.TB, p region.BundleParams) ([]byte, region.BundleReport) {
	t.Helper()
	var out bytes.Buffer
	report, err := b.Bundle(b.ctx, p, &out)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), report
}

func TestBundleHoldsWhatTheNetworkWouldBring(t *testing.T) {
	b := newBench(t)
	content := []byte("%PDF-1.7 modulo")
	sha := wire.Hash(content)
	b.load(t, places+sheet(1, "a"))
	first := b.publish(t)
	line := `{"type":"sheet","code":"demo-0002","authority":"demo","language":"it","title":"b","attachments":[{"id":"1","title":"m","kind":"form","sha256":"` + sha + `"},{"id":"2","title":"n","kind":"form","sha256":"` + wire.Hash(nil) + `"}]}`
	if _, err := b.Import(b.ctx, region.ImportParams{Sources: source(line), Blobs: fstest.MapFS{"m.pdf": {Data: content}}}); err != nil {
		t.Fatal(err)
	}
	second := b.publish(t)
	raw, report := b.bundle(t, region.BundleParams{})
	if again, _ := b.bundle(t, region.BundleParams{}); !bytes.Equal(raw, again) {
		t.Error("equal states, different bundles")
	}
	if report.Blobs != 1 || report.Missing != 1 || report.Version != 2 {
		t.Errorf("%+v", report)
	}
	all := members(t, raw)
	var signed wire.SignedManifest
	if err := json.Unmarshal(all[wire.BundleManifest], &signed); err != nil {
		t.Fatal(err)
	}
	if m, err := signed.Open(b.clock.Now(), b.roots(t)...); err != nil || m.CatalogDigest != second.Digest || wire.Hash(all[wire.BundleSnapshot]) != m.Snapshot.SHA256 {
		t.Errorf("%+v %v", m, err)
	}
	if !bytes.Equal(all[wire.BundleBlobs+sha], content) {
		t.Error("the blob is another one")
	}
	raw, report = b.bundle(t, region.BundleParams{Since: first.Cursor, Compress: true})
	all = members(t, raw)
	var info wire.BundleInfo
	if err := json.Unmarshal(all[wire.BundleInfoFile], &info); err != nil || report.Changes != 1 || all[wire.BundleSnapshot] != nil {
		t.Errorf("%+v %v", report, err)
	}
	page, err := b.Changes(b.ctx, info.Since, 10)
	if err != nil || len(page.Items) != 1 || string(page.Items[0])+"\n" != string(all[wire.BundleChanges]) {
		t.Errorf("%s, want %s", all[wire.BundleChanges], page.Items)
	}
	if _, err := b.Bundle(b.ctx, region.BundleParams{Since: 999}, io.Discard); app.ErrorCode(err) != app.CodeInvalid {
		t.Errorf("%v", err)
	}
}

// TestUploadsAndReceiptsByStick carries contacts up and receipts down without
// a network.
func TestUploadsAndReceiptsByStick(t *testing.T) {
	b := newBench(t)
	b.load(t, places+sheet(1, "a"))
	b.publish(t)
	seal, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkstation(t)
	e, err := b.Enrol(b.ctx, wire.EnrolmentRequest{Code: b.code(t, "demo", "demo-urp", 60e9), PublicKey: w.public, SealKey: seal.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	w.device = e.Device
	c := contactOf(t, region.Device{Authority: e.Authority, Office: e.Office, Operator: e.Operator})
	payload := bytesOf(t, c)
	batches := []wire.UploadFileBatch{{ID: uuid.NewString(), UploadBatch: wire.UploadBatch{Items: []wire.UploadItem{
		{Type: wire.TypeContact, ID: c.ID, SHA256: wire.Hash(payload), Payload: payload},
		{Type: "dog", ID: c.ID, SHA256: wire.Hash(payload), Payload: payload},
	}}}}
	file := func(by *workstation, to string) *bytes.Reader {
		plain, err := wire.EncodeUploadFile(wire.UploadFile{ID: uuid.NewString(), Device: w.device, MadeAt: b.clock.Now()}, batches, func(digest string) (string, error) {
			return jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
				"iss": w.device, "sub": w.device, "aud": wire.TokenAudience,
				"signed_headers": []map[string]string{{"digest": digest}, {"content-type": wire.UploadFileMedia}},
			}).SignedString(by.key)
		})
		if err != nil {
			t.Fatal(err)
		}
		recipient, err := age.ParseX25519Recipient(to)
		if err != nil {
			t.Fatal(err)
		}
		var sealed bytes.Buffer
		out, err := age.Encrypt(&sealed, recipient)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(plain); err != nil || out.Close() != nil {
			t.Fatal(err)
		}
		return bytes.NewReader(sealed.Bytes())
	}
	for range 2 { // the stick may come twice
		r, err := b.ImportUploads(b.ctx, "x", file(w, e.UploadKey))
		if err != nil || r.Device != w.device || r.Verdicts[wire.VerdictCreated] != 1 || r.Verdicts[wire.VerdictRejected] != 1 || r.NotTaken != 0 {
			t.Errorf("%+v %v", r, err)
		}
	}
	_, err = b.ImportUploads(b.ctx, "x", file(newWorkstation(t), e.UploadKey))
	wantCode(t, err, app.CodeUnauthorized)
	_, err = b.ImportUploads(b.ctx, "x", file(w, seal.Recipient().String()))
	wantCode(t, err, app.CodeFile)
	_, err = b.ImportUploads(b.ctx, "x", bytes.NewReader([]byte("nonsense")))
	wantCode(t, err, app.CodeFile)

	raw, report := b.bundle(t, region.BundleParams{Offices: []string{"demo-urp"}})
	if report.Private != 1 {
		t.Fatalf("%+v", report)
	}
	part := b.opened(t, members(t, raw), w.device, seal)
	if len(part.Receipts.Items) != 1 || part.Receipts.Items[0].ID != c.ID || len(part.PrivateChanges.Items) != 3 || part.Device != w.device {
		t.Errorf("%+v", part)
	}
	// What the stick brought is not brought again by the network.
	caller := acting(region.Device{ID: w.device, Authority: "demo", Office: "demo-urp"}, wire.RoleOperator)
	if page, err := b.PrivateChanges(b.ctx, caller, part.PrivateChanges.NextCursor, 10); err != nil || len(page.Items) != 0 {
		t.Errorf("%+v %v", page, err)
	}
	if err := b.RevokeDevice(b.ctx, w.device); err != nil {
		t.Fatal(err)
	}
	_, err = b.ImportUploads(b.ctx, "x", file(w, e.UploadKey))
	wantCode(t, err, app.CodeDeviceRevoked)
	_, err = b.Bundle(b.ctx, region.BundleParams{Devices: []string{w.device}}, io.Discard)
	wantCode(t, err, app.CodeDeviceRevoked)
}

// opened reads a private part as its workstation does.
func (b *bench) opened(t testing.TB, all map[string][]byte, device string, seal *age.X25519Identity) wire.PrivatePart {
	t.Helper()
	r, err := age.Decrypt(bytes.NewReader(all[wire.BundlePrivate+device+".age"]), seal)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	var manifest wire.SignedManifest
	var signed wire.Signed
	if err := errors.Join(json.Unmarshal(all[wire.BundleManifest], &manifest), json.Unmarshal(plain, &signed)); err != nil {
		t.Fatal(err)
	}
	_, stated, err := manifest.OpenStatement(b.clock.Now(), b.roots(t)...)
	if err != nil {
		t.Fatal(err)
	}
	key, err := stated.Public()
	if err != nil {
		t.Fatal(err)
	}
	var part wire.PrivatePart
	if err := signed.Verify(&part, key); err != nil {
		t.Fatal(err)
	}
	return part
}
