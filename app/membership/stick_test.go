package membership_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// stick carries files between a desk and a region that have no link.
type stick struct {
	*desk
	root, online ed25519.PrivateKey
	until        time.Time
}

func newStick(t *testing.T) *stick {
	d := newDesk(t)
	k := &stick{desk: d, root: ed25519.NewKeyFromSeed(make([]byte, 32)), online: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)), until: at().Add(365 * 24 * time.Hour)}
	k.trust(k.root)
	d.hub.fault = app.Fault(app.CodeHubUnreachable, nil, "hub", "")
	return k
}

func public(key ed25519.PrivateKey) string {
	return base64.RawURLEncoding.EncodeToString(key[32:])
}

func (k *stick) trust(roots ...ed25519.PrivateKey) {
	k.t.Helper()
	n := membership.Network{Hub: "https://hub.example", UploadKey: "age1qqq"}
	for _, r := range roots {
		n.Roots = append(n.Roots, public(r))
	}
	if err := k.SetNetwork(context.Background(), n); err != nil {
		k.t.Fatal(err)
	}
}

// up exports what waits.
func (k *stick) up(id string) membership.File {
	k.t.Helper()
	var out bytes.Buffer
	if err := k.Export(context.Background(), id, &out); err != nil {
		k.t.Fatal(err)
	}
	_, plain, _ := bytes.Cut(out.Bytes(), []byte("\n"))
	f, err := membership.ReadFile(plain, func(sha string, content []byte) error {
		k.hub.blobs[sha] = content
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
	part, err := f.SignedPart()
	if err != nil || f.Signature != "signed "+wire.Hash(part) {
		k.t.Fatalf("signed %q, %v", f.Signature, err)
	}
	return f
}

// arrives lets the region take a file over.
func (k *stick) arrives(f membership.File) {
	k.t.Helper()
	fault := k.hub.fault
	k.hub.fault = nil
	defer func() { k.hub.fault = fault }()
	var head wire.MembershipHead
	if err := json.Unmarshal(f.Request, &head); err != nil {
		k.t.Fatal(err)
	}
	if _, err := k.hub.PutRequest(context.Background(), head.ID, f.Request); err != nil {
		k.t.Fatal(err)
	}
	for _, c := range f.Changes {
		if c.Event == membership.Integrate && k.hub.cases[head.ID].State != membership.Integration {
			continue
		}
		if _, err := k.hub.PutChange(context.Background(), c); err != nil {
			k.t.Fatal(err)
		}
	}
}

// answer is how the only request stands, as the region writes it down.
func (k *stick) answer() []byte {
	k.t.Helper()
	for _, c := range k.hub.cases {
		return k.seal(membership.Answer{Type: membership.TypeAnswer, IssuedAt: k.now(), Case: c.ForApplicant()}, k.online, k.root)
	}
	k.t.Fatal("the region has none")
	return nil
}

func (k *stick) seal(a membership.Answer, online, root ed25519.PrivateKey) []byte {
	k.t.Helper()
	signed, err := wire.Sign(a, online)
	if err != nil {
		k.t.Fatal(err)
	}
	stated, err := wire.Sign(wire.OnlineKey{Key: public(k.online), Serial: 1, ExpiresAt: k.until}, root)
	if err != nil {
		k.t.Fatal(err)
	}
	plain, err := wire.Marshal(membership.SignedAnswer{Answer: signed, OnlineKey: stated})
	if err != nil {
		k.t.Fatal(err)
	}
	return append([]byte("age1desk\n"), plain...)
}

func (k *stick) read(answer []byte) (membership.Filed, error) {
	k.t.Helper()
	path := filepath.Join(k.t.TempDir(), "risposta.polis")
	if err := os.WriteFile(path, answer, 0o600); err != nil {
		k.t.Fatal(err)
	}
	return k.ReadAnswer(context.Background(), path)
}

// A workstation that never has a link: everything that it asks leaves by
// files, and what it learns comes by files.
func TestEverythingBySticks(t *testing.T) {
	ctx := t.Context()
	k := newStick(t)
	id := k.draft()
	first := k.up(id)
	if f := k.only(); f.Waiting != 3 || f.Request.AnswerKey != "age1desk" || f.Request.Revision != 0 || len(first.Documents) != 2 {
		t.Fatalf("%+v", f)
	}
	_ = k.Refresh(ctx) // nobody answers
	if f := k.only(); f.Problem != app.CodeHubUnreachable {
		t.Fatal(f.Problem)
	}
	k.arrives(first)
	f := k.must(k.read(k.answer()))
	if f.Waiting != 0 || f.Problem != "" || f.State() != membership.Sent || f.Case.Number != "2026-00001" {
		t.Fatalf("%d wait, %s, %+v", f.Waiting, f.Problem, f.Case)
	}
	k.hub.examine(registered, review, complete)
	if f = k.must(k.read(k.answer())); f.State() != membership.Integration || !f.SentAt.IsZero() {
		t.Fatalf("%+v", f)
	}
	r := f.Request
	r.Note = "Ora sì"
	if _, err := k.Save(ctx, r); err != nil {
		t.Fatal(err)
	}
	second := k.up(id)
	if f = k.only(); second.Answers != 1 || f.Request.Revision != 1 || f.Leaving != membership.Integrate {
		t.Fatalf("answers %d, revision %d, %s", second.Answers, f.Request.Revision, f.Leaving)
	}
	k.must(k.read(k.answer())) // the same as before: it waits on
	if f = k.only(); f.Waiting == 0 {
		t.Fatal("what the region does not have yet waits no more")
	}
	k.arrives(second)
	if f = k.must(k.read(k.answer())); f.Waiting != 0 || f.State() != membership.UnderReview {
		t.Fatalf("%d wait, %s", f.Waiting, f.State())
	}
	k.hub.examine(membership.Change{Event: membership.Accept})
	k.must(k.read(k.answer()))
	doc, err := k.Attach(ctx, id, membership.DocumentAgreement, "", "firmato.p7m", strings.NewReader("p7m firmato"))
	if err != nil {
		t.Fatal(err)
	}
	if f = k.must(k.DeliverAgreement(ctx, id, doc)); f.Delivering == nil || f.Delivering.SHA256 != doc.SHA256 {
		t.Fatalf("%+v", f.Delivering)
	}
	third := k.up(id)
	if len(third.Changes) != 1 || third.Changes[0].Event != membership.DeliverAgreement || len(third.Documents) != 3 || third.Answers != 1 {
		t.Fatalf("%+v", third)
	}
	k.arrives(third)
	late := k.answer()
	k.hub.fault = nil // the link is back before the answer is read
	k.refresh()
	if f = k.only(); f.Waiting != 0 || f.Problem != "" || f.Case.Agreement == nil || k.hub.happened(membership.DeliverAgreement) != 1 {
		t.Fatalf("%d wait, %s, %+v", f.Waiting, f.Problem, f.Case)
	}
	k.must(k.read(late)) // and says nothing new
	if k.hub.happened(membership.Integrate) != 1 {
		t.Error(eventsOf(f.Case))
	}
}

// What the region cannot take any more is told by its answer, and waits no
// longer; a withdrawal travels alone, also of a request whose form is open.
func TestWhatAnAnswerEnds(t *testing.T) {
	ctx := t.Context()
	k := newStick(t)
	id := k.draft()
	k.arrives(k.up(id))
	sent := k.must(k.read(k.answer()))
	k.must(k.Withdraw(ctx, id, "Ripensato"))
	f := k.up(id)
	if len(f.Changes) != 1 || f.Changes[0].Event != membership.Withdraw || !bytes.Equal(f.Request, k.hub.bodies[id]) {
		t.Fatalf("%+v", f)
	}
	k.hub.examine(registered, membership.Change{Event: membership.Reject, Reason: "Non è un ente"})
	got := k.must(k.read(k.answer()))
	if got.State() != membership.Rejected || got.Waiting != 0 || got.Problem != app.CodeMembershipState || got.Params["event"] != string(membership.Withdraw) {
		t.Fatalf("%+v", got)
	}
	old := k.seal(membership.Answer{Type: membership.TypeAnswer, Case: *sent.Case}, k.online, k.root)
	if _, err := k.read(old); app.ErrorCode(err) != app.CodeMembershipOlder {
		t.Errorf("an older answer: %v", err)
	}
	if now := k.only(); now.State() != membership.Rejected {
		t.Error("the older answer was taken over")
	}
}

// Nothing is believed but what a root of the region stands behind.
func TestAnswersOfOthers(t *testing.T) {
	k := newStick(t)
	id := k.draft()
	k.arrives(k.up(id))
	good := k.answer()
	c := *k.hub.cases[id]
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32))
	another := membership.Answer{Type: membership.TypeAnswer, Case: c}
	another.Case.ID = "0192f0c1-7c1e-7d0a-9b1c-3a5de6f70009"
	for name, tt := range map[string]struct {
		file []byte
		code app.Code
	}{
		"nothing":             {nil, app.CodeMembershipAnswer},
		"sealed to another":   {bytes.Replace(good, []byte("age1desk"), []byte("age1else"), 1), app.CodeMembershipAnswer},
		"cut":                 {good[:len(good)-9], app.CodeMembershipAnswer},
		"a stranger's root":   {k.seal(membership.Answer{Type: membership.TypeAnswer, Case: c}, k.online, stranger), app.CodeMembershipAnswer},
		"a stranger's answer": {k.seal(membership.Answer{Type: membership.TypeAnswer, Case: c}, stranger, k.root), app.CodeMembershipAnswer},
		"something else":      {k.seal(membership.Answer{Type: "manifest", Case: c}, k.online, k.root), app.CodeMembershipAnswer},
		"another request":     {k.seal(another, k.online, k.root), app.CodeNotFound},
		"too long":            {make([]byte, membership.MaxAnswer+1), app.CodeMembershipAnswer},
	} {
		if _, err := k.read(tt.file); app.ErrorCode(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	k.clock = k.until.Add(time.Hour)
	if _, err := k.read(good); app.ErrorCode(err) != app.CodeMembershipAnswer {
		t.Errorf("by a key that holds no longer: %v", err)
	}
	k.clock = at()
	k.trust()
	if _, err := k.read(good); app.ErrorCode(err) != app.CodeRoots {
		t.Errorf("without roots: %v", err)
	}
	if f := k.only(); f.Case != nil || f.Waiting != 3 {
		t.Errorf("%+v", f)
	}
	k.trust(stranger, k.root)
	k.must(k.read(good))
}

// A program that is killed while it reads an answer has nothing lost when it
// reads it again.
func TestKilledWhileReadingAnAnswer(t *testing.T) {
	for dies := 1; ; dies++ {
		k := newStick(t)
		id := k.draft()
		k.arrives(k.up(id))
		k.life.steps, k.life.dies = 0, dies
		_, err := k.read(k.answer())
		k.life.dies = 0
		if err == nil {
			if dies < 5 {
				t.Errorf("only %d steps", dies)
			}
			return
		}
		k.start()
		if f := k.must(k.read(k.answer())); f.Waiting != 0 || f.Case == nil || f.Problem != "" {
			t.Fatalf("killed at step %d: %+v", dies, f)
		}
	}
}

// What is too much for one file leaves out what the region has.
func TestALargeRequestAndItsAgreement(t *testing.T) {
	ctx := t.Context()
	k := newStick(t)
	id := k.draft()
	for i := range 3 {
		content := append([]byte{byte('a' + i)}, make([]byte, 20<<20-1)...)
		if _, err := k.Attach(ctx, id, membership.DocumentOther, "", "grande.pdf", bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	k.arrives(k.up(id))
	k.hub.examine(registered, review, membership.Change{Event: membership.Accept})
	k.must(k.read(k.answer()))
	doc, err := k.Attach(ctx, id, membership.DocumentAgreement, "", "firmato.p7m", bytes.NewReader(append([]byte("p7m"), make([]byte, 5<<20)...)))
	if err != nil {
		t.Fatal(err)
	}
	k.must(k.DeliverAgreement(ctx, id, doc))
	if f := k.up(id); len(f.Documents) != 1 || f.Documents[0].SHA256 != doc.SHA256 {
		t.Fatalf("%d documents", len(f.Documents))
	}
}
