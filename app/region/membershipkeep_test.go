package region_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/app/region"
	"polis/data/wire"
)

const day = 24 * time.Hour

// asks puts a request with a document.
func (j *joining) asks(t testing.TB, a region.Applicant, content string) (id, sha string) {
	t.Helper()
	r := request(newID())
	r.Documents = []membership.Document{j.document(t, a, membership.DocumentAct, content)}
	j.put(t, a, r)
	return r.ID, r.Documents[0].SHA256
}

// attaches puts a document with a request that came to the region by PEC.
func (j *joining) attaches(t testing.TB, id, content string) (sha string) {
	t.Helper()
	part := region.BlobPart{SHA256: wire.Hash([]byte(content)), Size: int64(len(content)), Content: []byte(content)}
	if _, _, err := j.PutRegionDocument(j.ctx, j.examiner, id, part); err != nil {
		t.Fatal(err)
	}
	return part.SHA256
}

func (j *joining) reads(id, sha string) error {
	in, _, err := j.MembershipDocument(j.ctx, j.examiner, id, sha)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read
	content, err := io.ReadAll(in)
	if err == nil && wire.Hash(content) != sha {
		err = fmt.Errorf("%d bytes of something else", len(content))
	}
	return err
}

func (j *joining) update(t testing.TB, fn func(region.Tx) error) {
	t.Helper()
	store, err := j.open()
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Update(j.ctx, fn); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

func (j *joining) tend(t testing.TB, want region.Removal) {
	t.Helper()
	if got, err := j.Tend(j.ctx); err != nil || got != want {
		t.Errorf("removed %+v, %v, want %+v", got, err, want)
	}
}

// Documents of a request that came to nothing are removed after twelve months;
// what is said of them stays, and so does what another request or a member
// needs.
func TestDocumentsOfClosedRequestsGo(t *testing.T) {
	j := newJoining(t)
	rejected, act := j.asks(t, j.a, "the act")
	pec := j.attaches(t, rejected, "by PEC")
	j.decideAll(t, rejected, membership.Register, membership.StartReview, membership.Reject)
	other, shared := j.asks(t, region.Applicant{Thumbprint: "helper"}, "shared")
	open, _ := j.asks(t, region.Applicant{Thumbprint: "helper"}, "shared")
	j.decideAll(t, open, membership.Register)
	j.decideAll(t, other, membership.Register, membership.Reject)
	member, membersAct := j.asks(t, j.a, "of a member")
	j.decideAll(t, member, toActive()...)
	agreement := j.seen(t, member).Agreement.SHA256

	j.clock.add(11 * 30 * day)
	j.tend(t, region.Removal{})
	if err := j.reads(rejected, act); err != nil {
		t.Fatal(err)
	}
	before := j.seen(t, rejected)
	j.clock.add(40 * day)
	j.tend(t, region.Removal{Requests: 2, Documents: 2, Size: int64(len("the act") + len("by PEC"))})
	j.tend(t, region.Removal{})
	for _, sha := range []string{act, pec} {
		err := j.reads(rejected, sha)
		if code := app.ErrorCode(err); code != app.CodeDocumentsRemoved && code != app.CodeNotFound {
			t.Errorf("%v", err)
		}
	}
	wantCode(t, j.reads(rejected, act), app.CodeDocumentsRemoved)
	wantCode(t, j.reads(other, shared), app.CodeDocumentsRemoved)
	for id, sha := range map[string]string{open: shared, member: membersAct} {
		if err := j.reads(id, sha); err != nil {
			t.Errorf("%s: %v", sha, err)
		}
	}
	if err := j.reads(member, agreement); err != nil {
		t.Errorf("the member's agreement: %v", err)
	}
	after := j.seen(t, rejected)
	if at := after.DocumentsRemovedAt; at == nil || !at.Equal(j.clock.Now()) || after.Version <= before.Version {
		t.Errorf("removed at %v, version %d after %d", at, after.Version, before.Version)
	}
	after.DocumentsRemovedAt, after.Version = nil, before.Version
	if was, is := string(must(json.Marshal(before))), string(must(json.Marshal(after))); was != is || !strings.Contains(is, act) || !strings.Contains(is, protocol().Number) {
		t.Errorf("%s\n%s", was, is)
	}
	_, _, err := j.PutRegionDocument(j.ctx, j.examiner, rejected, region.BlobPart{SHA256: act, Size: 7, Content: []byte("the act")})
	wantCode(t, err, app.CodeMembershipState)
	if c, err := j.MembershipRequest(j.ctx, j.a, rejected); err != nil || c.DocumentsRemovedAt == nil {
		t.Errorf("the applicant reads %v, %v", c.DocumentsRemovedAt, err)
	}
	j.decideAll(t, open, membership.Reject)
	j.clock.add(13 * 30 * day)
	j.tend(t, region.Removal{Requests: 1, Documents: 1, Size: int64(len("shared"))})
	if err := j.reads(member, agreement); err != nil {
		t.Errorf("the member's agreement: %v", err)
	}
}

// Who withdrew before anybody looked leaves documents for a week only.
func TestDocumentsThatNobodyLookedAt(t *testing.T) {
	j := newJoining(t)
	id, act := j.asks(t, j.a, "the act")
	if _, err := j.ApplicantChange(j.ctx, j.a, membership.Change{ID: newID(), Request: id, Event: membership.Withdraw}); err != nil {
		t.Fatal(err)
	}
	j.clock.add(6 * day)
	j.tend(t, region.Removal{})
	j.clock.add(2 * day)
	j.tend(t, region.Removal{Requests: 1, Documents: 1, Size: 7})
	wantCode(t, j.reads(id, act), app.CodeDocumentsRemoved)
}

// The region chooses for how long, for all its replicas.
func TestHowLongDocumentsAreKept(t *testing.T) {
	j := newJoining(t)
	if months, err := j.MonthsKept(j.ctx); err != nil || months != region.DefaultMonthsKept {
		t.Errorf("%d, %v", months, err)
	}
	for _, months := range []int{-1, region.MaxMonthsKept + 1} {
		wantCode(t, j.KeepFor(j.ctx, months), app.CodeInvalid)
	}
	id, act := j.asks(t, j.a, "the act")
	j.decideAll(t, id, membership.Register, membership.Reject)
	j.clock.add(800 * day)
	for _, months := range []int{0, 36} {
		if err := j.KeepFor(j.ctx, months); err != nil {
			t.Fatal(err)
		}
		j.tend(t, region.Removal{})
		if err := j.reads(id, act); err != nil {
			t.Fatalf("%d months: %v", months, err)
		}
	}
	if months, err := j.process(t).MonthsKept(j.ctx); err != nil || months != 36 {
		t.Errorf("a replica: %d, %v", months, err)
	}
	if err := j.KeepFor(j.ctx, 1); err != nil {
		t.Fatal(err)
	}
	j.tend(t, region.Removal{Requests: 1, Documents: 1, Size: 7})
}

// Several replicas that remove at once remove once.
func TestReplicasRemoveOnce(t *testing.T) {
	j := newJoining(t)
	const n = 12
	var first string
	for i := range n {
		id, _ := j.asks(t, region.Applicant{Thumbprint: fmt.Sprint("applicant ", i)}, fmt.Sprint("act ", 10+i))
		j.decideAll(t, id, membership.Register, membership.Reject)
		first = id
	}
	j.clock.add(400 * day)
	hubs := []*region.Hub{j.Hub, j.another(t), j.another(t)}
	sums, errs := make([]region.Removal, len(hubs)), make([]error, len(hubs))
	var wg sync.WaitGroup
	for i, h := range hubs {
		wg.Go(func() { sums[i], errs[i] = h.Tend(j.ctx) })
	}
	wg.Wait()
	var all region.Removal
	for i := range hubs {
		if errs[i] != nil {
			t.Error(errs[i])
		}
		all.Requests += sums[i].Requests
		all.Documents += sums[i].Documents
		all.Size += sums[i].Size
	}
	if left, err := j.Tend(j.ctx); err != nil { // a replica that saw others at work may have stopped early
		t.Error(err)
	} else if all.Requests+left.Requests != n || all.Documents+left.Documents != n || all.Size+left.Size != n*6 {
		t.Errorf("removed %+v and %+v, want %d", all, left, n)
	}
	if c := j.seen(t, first); c.DocumentsRemovedAt == nil {
		t.Errorf("%+v", c)
	}
}

// What somebody names while it is being removed is there, or is refused.
func TestNamedWhileItIsRemoved(t *testing.T) {
	j := newJoining(t)
	taken := 0
	for i := range 20 {
		a := region.Applicant{Thumbprint: fmt.Sprint("applicant ", i)}
		id, act := j.asks(t, a, fmt.Sprint("act ", i))
		if _, err := j.ApplicantChange(j.ctx, a, membership.Change{ID: newID(), Request: id, Event: membership.Withdraw}); err != nil {
			t.Fatal(err)
		}
		r := request(newID())
		r.Documents = []membership.Document{{Kind: membership.DocumentAct, Title: "Delibera", Name: "delibera.pdf", Size: int64(len(fmt.Sprint("act ", i))), SHA256: act}}
		replica := j.another(t)
		var putErr, removeErr error
		var wg sync.WaitGroup
		wg.Go(func() { _, _, putErr = j.PutMembershipRequest(j.ctx, a, r.ID, must(wire.Marshal(r))) })
		wg.Go(func() { _, removeErr = replica.RemoveDocumentsOf(j.ctx, j.examiner, id) })
		wg.Wait()
		if removeErr != nil {
			t.Fatal(removeErr)
		}
		if putErr != nil {
			wantCode(t, putErr, app.CodeInvalid)
			continue
		}
		taken++
		if err := j.reads(r.ID, act); err != nil {
			t.Errorf("a request was taken and its document is gone: %v", err)
		}
	}
	t.Logf("%d of 20 were taken", taken)
}

// An administrator need not wait.
func TestRemovedBeforeTheirTime(t *testing.T) {
	j := newJoining(t)
	id, act := j.asks(t, j.a, "the act")
	_, err := j.RemoveDocumentsOf(j.ctx, region.Caller{Device: j.examiner.Device}, id)
	wantCode(t, err, app.CodeForbidden)
	_, err = j.RemoveDocumentsOf(j.ctx, j.examiner, newID())
	wantCode(t, err, app.CodeNotFound)
	_, err = j.RemoveDocumentsOf(j.ctx, j.examiner, id)
	wantCode(t, err, app.CodeMembershipState)
	if err := j.reads(id, act); err != nil {
		t.Fatal(err)
	}
	j.decideAll(t, id, membership.Register, membership.Reject)
	for _, want := range []region.Removal{{Requests: 1, Documents: 1, Size: 7}, {}} {
		if got, err := j.RemoveDocumentsOf(j.ctx, j.examiner, id); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
	_, err = j.BlobUpload(j.ctx, j.a, act)
	wantCode(t, err, app.CodeNotFound)
}

// The room of strangers is taken by what nobody of the region has looked at.
func TestWhatTheRegionHasRegisteredTakesNoRoom(t *testing.T) {
	j := newJoining(t)
	id, act := j.asks(t, j.a, "the act")
	j.update(t, func(tx region.Tx) error { // as if it were as large as the room
		b, _, err := tx.ApplicantBlob(j.a.Thumbprint, act)
		if err != nil {
			return err
		}
		b.Size, b.Received = 8<<30, 8<<30
		return tx.PutApplicantBlob(b)
	})
	content := []byte("statuto")
	put := func() error {
		_, _, err := j.PutBlobPart(j.ctx, region.Applicant{Thumbprint: "another"}, region.BlobPart{SHA256: wire.Hash(content), Size: int64(len(content)), Content: content})
		return err
	}
	wantCode(t, put(), app.CodeTooManyRequests)
	if room, err := j.Room(j.ctx); err != nil || room.Requests != 1 || room.Documents != 1 || room.Size != 8<<30 || !room.Scarce() {
		t.Errorf("%+v, %v", room, err)
	}
	j.decideAll(t, id, membership.Register)
	if err := put(); err != nil {
		t.Error(err)
	}
	if room, err := j.Room(j.ctx); err != nil || room.Requests != 0 || room.Documents != 1 || room.Size != 7 || room.Scarce() {
		t.Errorf("%+v, %v", room, err)
	}
	j.document(t, j.a, membership.DocumentOther, "of who has something registered")
}

// When strangers have filled their room, what an examiner brings still comes in.
func TestFileOnAStickNeedsNoRoom(t *testing.T) {
	j := newJoining(t)
	j.update(t, func(tx region.Tx) error {
		return tx.PutApplicantBlob(region.ApplicantBlob{Owner: "stranger", SHA256: wire.Hash([]byte("huge")), Size: 9 << 30, Received: 9 << 30, ChangedAt: j.clock.Now()})
	})
	k := newApplicantKey(t)
	const act = "the act"
	r := request(newID())
	r.Documents = []membership.Document{{Kind: membership.DocumentAct, Title: "Delibera", Name: "delibera.pdf", Size: int64(len(act)), SHA256: wire.Hash([]byte(act))}}
	body := must(wire.Marshal(r))
	_, _, err := j.PutMembershipRequest(j.ctx, region.Applicant{Thumbprint: k.thumbprint}, r.ID, body)
	if code := app.ErrorCode(err); code != app.CodeTooManyRequests {
		t.Fatalf("there is room: %v", err)
	}
	f := k.file(t, membership.File{Request: body, Documents: r.Documents})
	sealed := j.seal(t, archive(t, f, map[string]string{r.Documents[0].SHA256: act}))
	if c, err := j.ImportMembershipFile(j.ctx, j.examiner, sealed); err != nil || c.State != membership.Sent {
		t.Fatalf("%+v %v", c, err)
	}
	if err := j.reads(r.ID, r.Documents[0].SHA256); err != nil {
		t.Error(err)
	}
}

// One address has its share of a day and no more, whatever keys it makes; what
// is refused takes nothing, and others are not refused.
func TestShareOfAnAddress(t *testing.T) {
	j := newJoining(t)
	here := region.Applicant{Thumbprint: "mine", Address: "192.0.2.7"}
	content := func(text string) region.BlobPart {
		return region.BlobPart{SHA256: wire.Hash([]byte(text)), Size: int64(len(text)), Content: []byte(text)}
	}
	put := func(a region.Applicant, p region.BlobPart) error {
		_, _, err := j.PutBlobPart(j.ctx, a, p)
		return err
	}
	ask := func(a region.Applicant) error {
		r := request(newID())
		_, _, err := j.PutMembershipRequest(j.ctx, a, r.ID, must(wire.Marshal(r)))
		return err
	}
	if err := put(here, content("first")); err != nil {
		t.Fatal(err)
	}
	took := func(name string, n int64) {
		j.update(t, func(tx region.Tx) error {
			var k struct {
				Key []byte `json:"key"`
			}
			raw, err := tx.Secret("rate")
			if err == nil {
				err = json.Unmarshal(raw, &k)
			}
			if err != nil {
				return err
			}
			mac := hmac.New(sha256.New, k.Key)
			mac.Write([]byte(here.Address))
			bucket := name + ":" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
			_, err = tx.CountHits(bucket, j.clock.Now().Truncate(day).Unix(), n)
			return err
		})
	}
	elsewhere, stick := region.Applicant{Thumbprint: "mine", Address: "192.0.2.8"}, region.Applicant{Thumbprint: "mine"}
	took("document-bytes", 1<<30-10)
	wantCode(t, put(here, content("six of")), app.CodeTooManyRequests)
	for range 2 {
		if err := put(here, content("first")); err != nil {
			t.Errorf("what is there already costs nothing: %v", err)
		}
	}
	if err := put(here, content("five.")); err != nil {
		t.Errorf("what is refused took something: %v", err)
	}
	wantCode(t, put(region.Applicant{Thumbprint: "another key", Address: here.Address}, content("six of")), app.CodeTooManyRequests)
	for _, a := range []region.Applicant{elsewhere, stick} {
		if err := put(a, content("from "+a.Address)); err != nil {
			t.Error(err)
		}
	}
	took("new-requests", 199)
	if err := ask(here); err != nil {
		t.Error(err)
	}
	wantCode(t, ask(here), app.CodeTooManyRequests)
	for _, a := range []region.Applicant{elsewhere, stick} {
		if err := ask(a); err != nil {
			t.Error(err)
		}
	}
	j.clock.add(day)
	if err := put(here, content("six of")); err != nil {
		t.Errorf("tomorrow: %v", err)
	}
	took("new-documents", 1999)
	wantCode(t, put(here, content("one too many")), app.CodeTooManyRequests)
	if err := ask(here); err != nil {
		t.Errorf("tomorrow: %v", err)
	}
}

// Thousands of requests for one body, or very long ones, do not keep the
// examiners from reading their queue.
func TestQueueOfManyAndLongRequests(t *testing.T) {
	j := newJoining(t)
	const n, most = 25, 20
	for i := range n {
		j.put(t, region.Applicant{Thumbprint: fmt.Sprint("applicant ", i)}, request(newID()))
	}
	page, err := j.MembershipCases(j.ctx, j.examiner, 0, 1000)
	if err != nil || len(page.Items) != n || page.HasMore || len(page.Items[0].Rivals) != most {
		t.Fatalf("%d cases, more %t, %d rivals, %v", len(page.Items), page.HasMore, len(page.Items[0].Rivals), err)
	}
	j.update(t, func(tx region.Tx) error {
		for _, c := range page.Items[:6] {
			r, _, err := tx.LockMembership(c.ID)
			if err != nil {
				return err
			}
			r.History[0].Reason = strings.Repeat("perché ", 1<<17)
			if err := tx.PutMembership(r); err != nil {
				return err
			}
		}
		return nil
	})
	seen := 0
	for after, pages := int64(0), 0; ; pages++ {
		page, err := j.MembershipCases(j.ctx, j.examiner, after, 1000)
		if err != nil || len(page.Items) == 0 {
			t.Fatalf("%d cases, %v", len(page.Items), err)
		}
		if size := len(must(json.Marshal(page))); size > 5<<20 {
			t.Errorf("a page of %d bytes", size)
		}
		seen += len(page.Items)
		if after = page.Items[len(page.Items)-1].Version; !page.HasMore {
			if pages == 0 {
				t.Error("all on one page")
			}
			break
		}
	}
	if seen != n {
		t.Errorf("%d of %d", seen, n)
	}
}
