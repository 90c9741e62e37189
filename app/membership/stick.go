package membership

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"polis/app"
	"polis/data/wire"
)

// Both ways of a workstation without a link: what waits leaves in a sealed
// file, what the region answers comes back in one.

// Export writes what waits of a request, and the request itself, as one sealed
// file for a stick or PEC. What was not sent yet is frozen and queued as by
// Submit. Everything goes on waiting until the region has answered: whichever
// way arrives first, it happens once. Codes: those of Submit, CodeNoNetwork,
// CodeUploadKey, CodeFileTooLarge.
func (a *Applications) Export(ctx context.Context, id string, w io.Writer) error {
	n, hub, err := a.hub(ctx)
	if err != nil {
		return err
	}
	if n.UploadKey == "" {
		if n, err = a.askKeys(ctx, hub, n); err != nil || n.UploadKey == "" {
			return app.Fault(app.CodeUploadKey, err)
		}
	}
	s, items, err := a.toLeave(ctx, id)
	if err != nil {
		return err
	}
	plain, err := a.pack(&s, items, hub)
	if err != nil {
		return err
	}
	sealed, err := a.p.Seal(n.UploadKey, plain)
	if err == nil {
		_, err = w.Write(sealed)
	}
	return err
}

// toLeave is a request as it is to leave, with what waits of it.
func (a *Applications) toLeave(ctx context.Context, id string) (Stored, []Item, error) {
	s, err := a.p.Store.Application(ctx, id)
	if err != nil {
		return s, nil, err
	}
	items, err := a.waitingOf(ctx, id)
	if err != nil {
		return s, nil, err
	}
	if !s.Editable() || slices.ContainsFunc(items, func(i Item) bool { return i.is(Withdraw) }) {
		return s, items, nil
	}
	if s, err = a.submit(ctx, id); err != nil {
		return s, nil, err
	}
	a.Wake()
	items, err = a.waitingOf(ctx, id)
	return s, items, err
}

func (a *Applications) pack(s *Stored, items []Item, hub Hub) ([]byte, error) {
	if s.Frozen == nil {
		return nil, refused(Submit, s.State())
	}
	f := File{Request: s.Frozen, Answers: s.answers(items)}
	docs, err := documentsOf(s.Frozen)
	if err != nil {
		return nil, err
	}
	var later []Document
	for _, i := range items {
		if i.Kind != ItemChange {
			continue
		}
		f.Changes = append(f.Changes, *i.Change)
		if d := i.Change.Document; d != nil && !slices.ContainsFunc(docs, func(o Document) bool { return o.SHA256 == d.SHA256 }) {
			later = append(later, *d)
		}
	}
	f.Documents = append(docs, later...)
	if s.Case != nil && s.Case.SHA256 == wire.Hash(s.Frozen) && f.size() > MaxFile-maxFileHead {
		f.Documents = later // the region has the others
	}
	part, err := f.SignedPart()
	if err == nil {
		f.Signature, err = hub.SignFile(part)
	}
	if err != nil {
		return nil, err
	}
	var plain bytes.Buffer
	err = WriteFile(&plain, f, func(sha256 string) (io.ReadCloser, error) { return a.p.Files.Open(sha256) })
	return plain.Bytes(), err
}

// answers is how many times the region had asked for integration when the
// request was frozen.
func (s *Stored) answers(items []Item) int {
	for _, i := range items {
		if i.Kind == ItemRequest || i.is(Integrate) {
			return i.Answers
		}
	}
	if s.Case == nil {
		return 0
	}
	return count(s.Case, Integrate)
}

// ReadAnswer takes over how the region says in a file that a request of this
// workstation stands, by the same rules as over the link. What waited and is
// in its history has arrived; what cannot happen any more is told and waits no
// longer. Codes: CodeFile, CodeRoots (nobody said who may sign),
// CodeMembershipAnswer (damaged, somebody else's, or signed by others),
// CodeMembershipOlder, CodeNotFound, CodeKeyLocked.
func (a *Applications) ReadAnswer(ctx context.Context, path string) (Filed, error) {
	content, err := readFile(path, MaxAnswer)
	if err != nil {
		return Filed{}, err
	}
	n, err := a.Network(ctx)
	if err != nil {
		return Filed{}, err
	}
	if len(n.Roots) == 0 {
		return Filed{}, app.Fault(app.CodeRoots, nil)
	}
	c, err := a.openAnswer(content, n.Roots)
	if err != nil {
		if app.ErrorCode(err) != app.CodeKeyLocked {
			err = app.Fault(app.CodeMembershipAnswer, err, "path", path)
		}
		return Filed{}, err
	}
	a.one.Lock() // what a round has asked before must not come after it
	err = a.told(ctx, &c)
	a.one.Unlock()
	if err != nil {
		return Filed{}, err
	}
	a.rounds.Tell()
	return a.Get(ctx, c.ID)
}

// openAnswer believes what a root stands behind.
func (a *Applications) openAnswer(sealed []byte, trusted []string) (Case, error) {
	if len(sealed) > MaxAnswer {
		return Case{}, errTooLong
	}
	plain, err := a.p.Unseal(sealed)
	if err != nil {
		return Case{}, err
	}
	var signed SignedAnswer
	if err := json.Unmarshal(plain, &signed); err != nil {
		return Case{}, err
	}
	roots := make([]ed25519.PublicKey, len(trusted))
	for i, text := range trusted {
		if roots[i], err = base64.RawURLEncoding.DecodeString(text); err != nil {
			return Case{}, err
		}
	}
	out, err := signed.open(a.p.Clock.Now(), roots)
	if c := &out.Case; err == nil && (out.Type != TypeAnswer || c.ID == "" || c.Version < 1 || !slices.Contains(States(), c.State)) {
		err = errors.New("the region signed something else")
	}
	return out.Case, err
}

func (s *SignedAnswer) open(now time.Time, roots []ed25519.PublicKey) (out Answer, err error) {
	var stated wire.OnlineKey
	if err := s.OnlineKey.Verify(&stated, roots...); err != nil {
		return out, err
	}
	if now.After(stated.ExpiresAt) {
		return out, wire.ErrSignature
	}
	key, err := stated.Public()
	if err == nil {
		err = s.Answer.Verify(&out, key)
	}
	return out, err
}

// told stores a case that came by a file, and ends what waited for it.
func (a *Applications) told(ctx context.Context, c *Case) error {
	s, err := a.p.Store.Application(ctx, c.ID)
	switch {
	case err != nil:
		return err
	case s.Problem == app.CodeKeyLocked:
		return app.Fault(app.CodeKeyLocked, nil)
	case s.Case != nil && c.Version < s.Case.Version:
		return app.Fault(app.CodeMembershipOlder, nil)
	}
	items, err := a.waitingOf(ctx, c.ID)
	if err == nil && (s.Case == nil || s.Case.Version != c.Version || s.Case.State != c.State) {
		err = a.p.Store.Told(ctx, *c)
	}
	if err != nil {
		return err
	}
	return a.settle(ctx, c, items)
}

// settle ends what waits and is settled by a case: parts first, so that a
// program that ends here leaves what tells of them.
func (a *Applications) settle(ctx context.Context, c *Case, items []Item) error {
	waits, refusedNow := false, false
	for _, head := range items {
		if head.Kind == ItemDocument {
			continue
		}
		switch arrived, why := head.settledBy(c); {
		case arrived:
			for _, part := range items {
				if part.Kind != ItemDocument || part.Group != head.Group {
					continue
				}
				if err := a.p.Store.ItemAnswered(ctx, part, nil); err != nil {
					return err
				}
			}
			if err := a.p.Store.ItemAnswered(ctx, head, nil); err != nil {
				return err
			}
		case why != nil:
			refusedNow = true
			if err := a.p.Store.ItemRefused(ctx, head, app.ErrorCode(why), app.ErrorParams(why)); err != nil {
				return err
			}
		default:
			waits = true
		}
	}
	if waits || refusedNow {
		return nil
	}
	return a.p.Store.Troubled(ctx, c.ID, "", nil)
}

// settledBy says whether a case shows that an item arrived, or why it never
// will.
func (i *Item) settledBy(c *Case) (arrived bool, why error) {
	event := Replace
	switch {
	case i.Kind == ItemRequest:
		if c.SHA256 == wire.Hash(i.Body) {
			return true, nil
		}
		if c.State == Integration && count(c, RequestIntegration) <= i.Answers {
			return false, nil // it is the answer
		}
	case i.is(Integrate):
		event = Integrate
		if answered(c, i.Answers) {
			return true, nil
		}
	default:
		event = i.Change.Event
		if slices.ContainsFunc(c.History, func(e Entry) bool { return e.Change == i.ID }) {
			return true, nil
		}
	}
	if slices.Contains(Allowed(c.State, ByApplicant), event) {
		return false, nil
	}
	return false, refused(event, c.State)
}

// answerKey is what the region seals its answers to, "" while the keys of the
// workstation do not open.
func (a *Applications) answerKey() string {
	key, err := a.p.AnswerKey()
	if err != nil {
		return ""
	}
	return key
}

// revised is a request as it is sent after another version, in canonical
// bytes: the same content is the same version.
func revised(r Request, before []byte) (Request, []byte, error) {
	var was struct{ Revision int }
	if before != nil {
		if err := json.Unmarshal(before, &was); err != nil {
			return r, nil, errors.Join(errNoDocument, err)
		}
	}
	r.Revision = was.Revision
	body, err := wire.Marshal(r)
	if err != nil || before == nil || bytes.Equal(body, before) {
		return r, body, err
	}
	r.Revision++
	body, err = wire.Marshal(r)
	return r, body, err
}

// size is how long the documents are together.
func (f *File) size() (bytes int64) {
	for _, d := range f.Documents {
		bytes += d.Size
	}
	return bytes
}
