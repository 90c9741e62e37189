package membership_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"polis/app"
	"polis/app/membership"
	"polis/data/sqlite"
	"polis/data/wire"
)

// examined is the region's hub as examiners see it.
type examined struct {
	*region

	who   membership.Actor
	after func() error // the answer is lost
	asked int64        // the cursor of the last page
	read  []string     // cases whose content was asked for
}

func (h *examined) Cases(_ context.Context, after int64) (membership.CasePage, error) {
	h.asked = after
	if h.fault != nil {
		return membership.CasePage{}, h.fault
	}
	page := membership.CasePage{}
	for v := after + 1; v <= h.version && len(page.Items) < 2; v++ {
		for _, c := range h.cases {
			if c.Version == v {
				page.Items = append(page.Items, *c)
				page.HasMore = v < h.version
			}
		}
	}
	return page, nil
}

func (h *examined) Case(_ context.Context, id string) (membership.Case, error) {
	if h.fault != nil {
		return membership.Case{}, h.fault
	}
	h.read = append(h.read, id)
	c := *h.cases[id]
	c.Content = h.bodies[id]
	return c, nil
}

func (h *examined) PutChange(_ context.Context, change membership.Change) (membership.Case, error) {
	if h.fault != nil {
		return membership.Case{}, h.fault
	}
	c := h.cases[change.Request]
	if h.changes[change.ID] == "" {
		if change.Seen != c.Version {
			return membership.Case{}, app.Fault(app.CodeChanged, nil, "what", change.Request)
		}
		if err := h.apply(c, change, h.who); err != nil {
			return membership.Case{}, err
		}
		h.changes[change.ID] = change.ID
	}
	if h.after != nil {
		return membership.Case{}, h.after()
	}
	return *c, nil
}

func (h *examined) Document(_ context.Context, _, sha256 string, w io.Writer) error {
	_, err := w.Write(h.blobs[sha256])
	return err
}

func (h *examined) PutRegionDocument(ctx context.Context, _, sha256 string, size int64, content io.ReadSeeker) error {
	return h.PutDocument(ctx, sha256, size, content)
}

func (h *examined) Letter(_ context.Context, r membership.LetterRequest) (membership.Letter, error) {
	return membership.Letter{Request: r.Request, Code: "CODICE"}, h.fault
}

func (h *examined) ImportFile(ctx context.Context, content []byte) (membership.Case, error) {
	if _, err := h.PutRequest(ctx, "b", content); err != nil {
		return membership.Case{}, err
	}
	return *h.cases["b"], nil
}

// bench is an examiner's workstation.
type bench struct {
	*membership.Review

	t        *testing.T
	hub      *examined
	files    drawer
	office   *sqlite.Office
	folder   string
	who      string
	role     string
	requests int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, files: drawer{}, folder: t.TempDir(), who: "op-1", role: membership.ByExaminer}
	b.hub = &examined{region: newRegion(t, at), who: membership.Actor{Role: membership.ByExaminer, ID: "op-1"}}
	b.start()
	t.Cleanup(func() { _ = b.office.Close() })
	return b
}

func (b *bench) start() {
	b.t.Helper()
	b.office = reopened(b.t, b.office, b.folder)
	b.Review = membership.NewReview(membership.ReviewParams{
		Store: b.office, Files: b.files, Clock: app.ClockFunc(at),
		Connect: func(context.Context) (membership.ExaminerHub, error) { return b.hub, nil },
		Who:     func(context.Context) (string, string) { return b.who, b.role },
	})
}

// arrives lets a request reach the region.
func (b *bench) arrives() string {
	b.t.Helper()
	b.requests++
	r := whole()
	r.ID = strings.Replace(r.ID, "000000000001", "00000000000"+string(rune('0'+b.requests)), 1)
	r.Documents = nil
	body, err := wire.Marshal(r)
	if err == nil {
		_, err = b.hub.PutRequest(context.Background(), r.ID, body)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return r.ID
}

func (b *bench) refresh() {
	b.t.Helper()
	if err := b.Refresh(context.Background()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) decision(n int, id string, c membership.Change) membership.Change {
	c.ID, c.Request, c.Seen = "0193a000-0000-7000-8000-00000000010"+string(rune('0'+n)), id, b.hub.cases[id].Version
	return c
}

func TestTheQueueIsReadOffline(t *testing.T) {
	ctx := context.Background()
	b := newBench(t)
	first, second, third := b.arrives(), b.arrives(), b.arrives()
	b.refresh()
	if b.hub.asked < 2 {
		t.Errorf("one page was enough: %d", b.hub.asked)
	}
	if _, err := b.Do(ctx, b.decision(1, third, registered)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Do(ctx, b.decision(2, third, membership.Change{Event: membership.Reject, Reason: "doppia"})); err != nil {
		t.Fatal(err)
	}
	b.hub.fault = app.Fault(app.CodeHubUnreachable, nil)
	b.start()
	queue, err := b.Queue(ctx)
	if err != nil || len(queue) != 3 || queue[0].ID != first || queue[2].ID != third || queue[2].State != membership.Rejected {
		t.Fatalf("%+v, %v", queue, err)
	}
	if c, r, err := b.Get(ctx, first); err != nil || r.Body.Name != whole().Body.Name || c.State != membership.Sent {
		t.Errorf("%+v, %v", r, err)
	}
	if _, r, err := b.Kept(ctx, second); err != nil || r.ID != second { // nobody ever opened it
		t.Errorf("%+v, %v", r, err)
	}
	if _, _, err := b.Get(ctx, "none"); app.ErrorCode(err) != app.CodeHubUnreachable {
		t.Errorf("one that was never read: %v", err)
	}
	b.role = "operatore"
	if b.May(ctx) {
		t.Error("everybody may examine")
	}
	if err := b.Refresh(ctx); app.ErrorCode(err) != app.CodeForbidden {
		t.Errorf("%v", err)
	}
}

// Open requests are read ahead, once each, and not more than a round bears;
// closed ones are not.
func TestRequestsAreReadAhead(t *testing.T) {
	ctx := context.Background()
	b := newBench(t)
	id := b.arrives()
	closed := b.arrives()
	for _, c := range []membership.Change{registered, {Event: membership.Reject, Reason: "doppia"}} {
		if err := b.hub.apply(b.hub.cases[closed], c, b.hub.who); err != nil {
			t.Fatal(err)
		}
	}
	b.refresh()
	b.refresh()
	if len(b.hub.read) != 1 || b.hub.read[0] != id {
		t.Fatalf("read %v", b.hub.read)
	}
	if _, _, err := b.Kept(ctx, closed); app.ErrorCode(err) != app.CodeNotFound {
		t.Errorf("a closed one: %v", err)
	}
	b.start() // what is kept is known after a start
	b.refresh()
	if len(b.hub.read) != 1 {
		t.Errorf("read again: %v", b.hub.read)
	}
	// Another content of the same request is read.
	b.hub.version++
	b.hub.cases[id].SHA256, b.hub.cases[id].Version = "other", b.hub.version
	b.refresh()
	if len(b.hub.read) != 2 {
		t.Errorf("one that was replaced was not read: %v", b.hub.read)
	}
	for n := range 60 {
		copied := *b.hub.cases[id]
		b.hub.version++
		copied.ID, copied.Version = fmt.Sprintf("copy-%02d", n), b.hub.version
		b.hub.cases[copied.ID], b.hub.bodies[copied.ID] = &copied, b.hub.bodies[id]
	}
	b.refresh()
	if len(b.hub.read) != 52 {
		t.Errorf("%d in a round", len(b.hub.read)-2)
	}
	b.refresh()
	if len(b.hub.read) != 62 {
		t.Errorf("%d in all", len(b.hub.read))
	}
}

func TestDecisionsAreKeptUntilAnswered(t *testing.T) {
	ctx := context.Background()
	b := newBench(t)
	id := b.arrives()
	b.refresh()
	c := b.decision(1, id, registered)
	b.hub.after = func() error { return app.Fault(app.CodeHubUnreachable, nil) }
	if _, err := b.Do(ctx, c); app.ErrorCode(err) != app.CodeHubUnreachable {
		t.Fatalf("%v", err)
	}
	b.start()
	if all, err := b.Waiting(ctx); err != nil || len(all) != 1 || all[0].Problem != app.CodeHubUnreachable || all[0].Refused {
		t.Fatalf("%+v, %v", all, err)
	}
	b.hub.after, b.who = nil, "op-2"
	b.refresh() // in nobody else's name
	if all, err := b.Waiting(ctx); err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	b.who = "op-1"
	b.refresh()
	if all, err := b.Waiting(ctx); err != nil || len(all) != 0 || b.hub.happened(membership.Register) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	// Somebody was quicker: it is refused, shown, and gone when it was seen.
	late := b.decision(2, id, review)
	late.Seen--
	if _, err := b.Do(ctx, late); app.ErrorCode(err) != app.CodeChanged {
		t.Fatalf("%v", err)
	}
	if all, err := b.Waiting(ctx); err != nil || len(all) != 1 || !all[0].Refused {
		t.Fatalf("%+v, %v", all, err)
	}
	b.refresh() // it is not tried again
	if _, err := b.Do(ctx, late); app.ErrorCode(err) != app.CodeChanged {
		t.Fatalf("the same once more: %v", err)
	}
	if err := b.Dismiss(ctx, late.ID); err != nil {
		t.Fatal(err)
	}
	if all, err := b.Waiting(ctx); err != nil || len(all) != 0 || b.hub.happened(membership.StartReview) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := b.Do(ctx, membership.Change{}); app.ErrorCode(err) != app.CodeInvalid {
		t.Errorf("%v", err)
	}
}

// Who comes to work while decisions go out does not send those of others.
func TestDecisionsGoInTheirOwnName(t *testing.T) {
	ctx := context.Background()
	b := newBench(t)
	first, second := b.arrives(), b.arrives()
	b.refresh()
	b.hub.fault = app.Fault(app.CodeHubUnreachable, nil)
	for i, id := range []string{first, second} {
		if _, err := b.Do(ctx, b.decision(i+1, id, registered)); app.ErrorCode(err) != app.CodeHubUnreachable {
			t.Fatal(err)
		}
	}
	b.hub.fault = nil
	b.hub.after = func() error { b.who, b.hub.after = "op-2", nil; return nil }
	b.refresh()
	if all, err := b.Waiting(ctx); err != nil || len(all) != 1 || all[0].Change.Request != second || b.hub.happened(membership.Register) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	if _, err := b.Do(ctx, b.decision(2, second, registered)); app.ErrorCode(err) != app.CodeForbidden {
		t.Errorf("somebody else's decision once more: %v", err)
	}
}

// An agreement that came by PEC reaches the hub before the decision that
// names it, also when it was taken without the network.
func TestAgreementByPEC(t *testing.T) {
	ctx := context.Background()
	b := newBench(t)
	id := b.arrives()
	b.hub.examine(registered, review, membership.Change{Event: membership.Accept})
	b.refresh()
	if _, err := b.AttachAgreement(ctx, id, "scansione.pdf", strings.NewReader("una scansione")); app.ErrorCode(err) != app.CodeNotSigned {
		t.Errorf("%v", err)
	}
	b.hub.fault = app.Fault(app.CodeHubUnreachable, nil)
	doc, err := b.AttachAgreement(ctx, id, "firmato.p7m", strings.NewReader("p7m firmato"))
	if err != nil {
		t.Fatal(err)
	}
	decision := b.decision(1, id, membership.Change{Event: membership.RegisterAgreement, Document: &doc})
	if _, err := b.Do(ctx, decision); app.ErrorCode(err) != app.CodeHubUnreachable {
		t.Fatalf("%v", err)
	}
	b.hub.fault = nil
	b.start()
	c, err := b.Do(ctx, decision) // pressed again
	if err != nil || c.State != membership.Signed || b.hub.blobs[doc.SHA256] == nil {
		t.Fatalf("%s, %v", c.State, err)
	}
	letter, err := b.Letter(ctx, membership.LetterRequest{Request: id})
	if err != nil || letter.Code == "" {
		t.Errorf("%v", err)
	}
	delete(b.files, doc.SHA256)
	if path, err := b.Fetch(ctx, id, doc.SHA256); err != nil || path != "/"+doc.SHA256 || b.files[doc.SHA256] == nil {
		t.Errorf("%q, %v", path, err)
	}
}

func TestImport(t *testing.T) {
	ctx := context.Background()
	b := newBench(t)
	path := filepath.Join(t.TempDir(), "richiesta")
	if _, err := b.Import(ctx, path); app.ErrorCode(err) != app.CodeFile {
		t.Errorf("none: %v", err)
	}
	body, err := json.Marshal(map[string]string{"id": "b"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := b.Import(ctx, path); err != nil || c.ID != "b" {
		t.Errorf("%+v, %v", c, err)
	}
	if queue, err := b.Queue(ctx); err != nil || len(queue) != 1 {
		t.Errorf("%d, %v", len(queue), err)
	}
	if err := os.Truncate(path, membership.MaxFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Import(ctx, path); app.ErrorCode(err) != app.CodeMembershipFile {
		t.Errorf("too large: %v", err)
	}
}
