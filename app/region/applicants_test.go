package region_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestBlobInParts(t *testing.T) {
	b := newBench(t)
	a := region.Applicant{Thumbprint: "mine"}
	content := bytes.Repeat([]byte("statuto "), 1000)
	sha, size := wire.Hash(content), int64(len(content))
	put := func(from, to int64) (wire.BlobUpload, bool, error) {
		return b.PutBlobPart(b.ctx, a, region.BlobPart{SHA256: sha, Starts: from, Size: size, Content: content[from:to]})
	}
	if u, done, err := put(0, 3000); err != nil || done || u.Received != 3000 || u.Complete {
		t.Fatalf("%+v %v", u, err)
	}
	if u, _, err := put(0, 3000); err != nil || u.Received != 3000 {
		t.Errorf("a lost answer: %+v %v", u, err)
	}
	_, _, err := put(4000, 5000)
	wantCode(t, err, app.CodeConflict) // a gap
	if u, err := b.process(t).BlobUpload(b.ctx, a, sha); err != nil || u.Received != 3000 {
		t.Errorf("after a break: %+v %v", u, err)
	}
	if u, done, err := put(3000, size); err != nil || !done || !u.Complete {
		t.Errorf("%+v %v", u, err)
	}
	_, err = b.BlobUpload(b.ctx, region.Applicant{Thumbprint: "other"}, sha)
	wantCode(t, err, app.CodeNotFound)
	if _, err := b.Blob(sha); app.ErrorCode(err) != app.CodeNotFound {
		t.Errorf("an applicant's document is published: %v", err)
	}
	// Content that has not the hash it came under leaves nothing.
	lie := wire.Hash([]byte("else"))
	_, _, err = b.PutBlobPart(b.ctx, a, region.BlobPart{SHA256: lie, Size: 3, Content: []byte("abc")})
	wantCode(t, err, app.CodeInvalid)
	_, err = b.BlobUpload(b.ctx, a, lie)
	wantCode(t, err, app.CodeNotFound)
	for _, p := range []region.BlobPart{
		{SHA256: "x", Size: 1, Content: []byte("a")},
		{SHA256: lie, Size: region.MaxBlob + 1, Content: []byte("a")},
		{SHA256: lie, Size: 1, Starts: -1, Content: []byte("a")},
		{SHA256: lie, Size: 1},
		{SHA256: lie, Size: 1, Starts: 1, Content: []byte("a")},
	} {
		_, _, err := b.PutBlobPart(b.ctx, a, p)
		wantCode(t, err, app.CodeInvalid)
	}
	for i := range int64(17) { // 50 MiB each: what is beyond 800 is too much
		_, _, err := b.PutBlobPart(b.ctx, a, region.BlobPart{SHA256: wire.Hash([]byte{byte(i)}), Size: region.MaxBlob, Content: []byte("a")})
		if (i < 15) != (err == nil) {
			t.Errorf("document %d: %v", i, err)
		}
	}
}

// Keys cost nothing: all applicants together have a bound too, and what
// nobody went on with is forgotten.
func TestRoomForApplicantsEnds(t *testing.T) {
	b := newBench(t)
	store, err := b.open()
	if err != nil {
		t.Fatal(err)
	}
	const size = 9 << 30
	stopped := region.ApplicantBlob{Owner: "somebody", SHA256: wire.Hash([]byte("huge")), Size: size + 1, Received: size, ChangedAt: b.clock.Now()}
	err = store.Update(b.ctx, func(tx region.Tx) error {
		return errors.Join(tx.PutApplicantBlob(stopped), tx.AddBlobPart(stopped.Owner, stopped.SHA256, 0, []byte("a part")))
	})
	if err = errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	content := []byte("statuto")
	put := func() error {
		_, _, err := b.PutBlobPart(b.ctx, region.Applicant{Thumbprint: "mine"}, region.BlobPart{SHA256: wire.Hash(content), Size: int64(len(content)), Content: content})
		return err
	}
	if err := put(); app.ErrorCode(err) != app.CodeTooManyRequests || app.ErrorParams(err)["seconds"] == "" {
		t.Errorf("beyond the bound: %v", err)
	}
	b.clock.add(49 * time.Hour)
	if got, err := b.Tend(b.ctx); err != nil || got != (region.Removal{Documents: 1, Size: size}) {
		t.Errorf("removed %+v, %v", got, err)
	}
	if err := put(); err != nil {
		t.Errorf("two days later: %v", err)
	}
	_, err = b.BlobUpload(b.ctx, region.Applicant{Thumbprint: stopped.Owner}, stopped.SHA256)
	wantCode(t, err, app.CodeNotFound)
}
