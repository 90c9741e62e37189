package membership

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/exchange"
)

// ReviewParams are the needs of Review.
type ReviewParams struct {
	Store ReviewStore
	Files Files
	Clock app.Clock
	// Connect returns a client of the hub in the name of who is at work.
	// CodeNotEnrolled.
	Connect func(ctx context.Context) (ExaminerHub, error)
	// Who is at work, and as what; empty when nobody is.
	Who func(ctx context.Context) (operator, role string)
	// Timer as in Params.
	Timer func(time.Duration) (fire <-chan time.Time, stop func())
}

// Review examines requests at the region. The queue is kept here and can be
// read without the network; a decision is frozen before it is sent and kept
// until the hub has answered. Safe for concurrent use.
type Review struct {
	p      ReviewParams
	rounds *exchange.Rounds
	one    sync.Mutex // somebody speaks to the hub
	ahead  sync.Mutex // requests are being read ahead
	saving sync.Mutex // an older answer must not replace a newer one
	mu     sync.Mutex
	readAt time.Time         // when all was read last, since the program runs
	held   map[string]string // SHA-256 of contents that are here, by request
}

// aheadMost is how many requests a round reads ahead.
const aheadMost = 50

// NewReview returns the examiner's side of a workstation.
func NewReview(p ReviewParams) *Review {
	return &Review{p: p, rounds: exchange.NewRounds(p.Clock, p.Timer), held: map[string]string{}}
}

// Run refreshes every few minutes and on Wake, while somebody is at work who
// examines requests, until ctx ends.
func (v *Review) Run(ctx context.Context) {
	v.rounds.Run(ctx, func(ctx context.Context) error {
		if !v.May(ctx) {
			return nil
		}
		return v.Refresh(ctx)
	})
}

// Wake asks for a round in the background soon: somebody else is at work.
func (v *Review) Wake() { v.rounds.Wake() }

// OnChange lets somebody be told, from any goroutine, that the queue changed.
func (v *Review) OnChange(tell func()) { v.rounds.OnChange(tell) }

// May reports that somebody is at work who examines requests.
func (v *Review) May(ctx context.Context) bool {
	_, role := v.p.Who(ctx)
	return role == ByExaminer || role == ByAdministrator
}

// Queue returns the requests as last read: open ones first, by when something
// must have happened, then closed ones, the newest first.
func (v *Review) Queue(ctx context.Context) ([]Case, error) {
	cases, err := v.p.Store.Reviewed(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(cases, func(a, b Case) int {
		if a.State.Open() != b.State.Open() {
			if a.State.Open() {
				return -1
			}
			return 1
		}
		if a.State.Open() {
			return cmp.Or(a.until().Compare(b.until()), a.ReceivedAt.Compare(b.ReceivedAt), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(b.changedAt().Compare(a.changedAt()), cmp.Compare(b.ID, a.ID))
	})
	return cases, nil
}

// until is when somebody's term ends: after all others when none runs, the
// region's own first step included.
func (c *Case) until() time.Time {
	switch {
	case c.Due != nil:
		return *c.Due
	case c.ExpiresAt != nil:
		return *c.ExpiresAt
	case c.State == Sent || c.State == Signed: // nothing runs, and the region is to act
		return c.changedAt().Add(ReviewDays * 24 * time.Hour)
	}
	return time.Unix(1<<40, 0)
}

func (c *Case) changedAt() time.Time {
	if n := len(c.History); n > 0 {
		return c.History[n-1].At
	}
	return c.ReceivedAt
}

// Refresh sends the decisions of who is at work that wait, reads what is new,
// and the contents of open requests that are not here, so that they open
// without the network. CodeForbidden (nobody is at work who examines), and
// those of the hub.
func (v *Review) Refresh(ctx context.Context) error {
	hub, err := v.hub(ctx)
	if err != nil {
		return err
	}
	if err := v.round(ctx, hub); err != nil {
		return err
	}
	return v.readAhead(ctx, hub)
}

// round is what decisions wait for; reading ahead is not.
func (v *Review) round(ctx context.Context, hub ExaminerHub) error {
	v.one.Lock()
	defer v.one.Unlock()
	defer v.rounds.Tell()
	if err := v.deliver(ctx, hub, ""); err != nil {
		return err
	}
	return v.read(ctx, hub)
}

// readAhead keeps the contents of open requests, at most aheadMost a round,
// those first whose term ends first. One that the hub does not give is told
// to who opens it.
func (v *Review) readAhead(ctx context.Context, hub ExaminerHub) error {
	if !v.ahead.TryLock() {
		return nil
	}
	defer v.ahead.Unlock()
	cases, err := v.Queue(ctx)
	if err != nil {
		return err
	}
	asked := 0
	for i := range cases {
		c := &cases[i]
		if !c.State.Open() || asked == aheadMost || v.holds(ctx, c) {
			continue
		}
		asked++
		now, err := hub.Case(ctx, c.ID)
		if err == nil {
			err = v.keepCase(ctx, now)
		}
		if err != nil && (ctx.Err() != nil || !final(app.ErrorCode(err))) {
			return err
		}
	}
	return nil
}

// holds reports that the content of a case is here.
func (v *Review) holds(ctx context.Context, c *Case) bool {
	v.mu.Lock()
	here := v.held[c.ID] == c.SHA256
	v.mu.Unlock()
	if here {
		return true
	}
	kept, err := v.p.Store.ReviewedCase(ctx, c.ID)
	if err != nil || kept.Content == nil {
		return false
	}
	v.mu.Lock()
	v.held[c.ID] = kept.SHA256
	v.mu.Unlock()
	return kept.SHA256 == c.SHA256
}

// keepCase stores what the hub told of one case, unless a later answer was
// stored meanwhile.
func (v *Review) keepCase(ctx context.Context, c Case) error {
	v.saving.Lock()
	defer v.saving.Unlock()
	kept, err := v.p.Store.ReviewedCase(ctx, c.ID)
	if err == nil && kept.Version > c.Version {
		return nil
	}
	return v.p.Store.SaveReviewed(ctx, []Case{c}, 0)
}

func (v *Review) hub(ctx context.Context) (ExaminerHub, error) {
	if !v.May(ctx) {
		return nil, app.Fault(app.CodeForbidden, nil)
	}
	return v.p.Connect(ctx)
}

// read takes over what is new.
func (v *Review) read(ctx context.Context, hub ExaminerHub) error {
	after, err := v.p.Store.ReviewCursor(ctx)
	if err != nil {
		return err
	}
	for {
		page, err := hub.Cases(ctx, after)
		if err != nil {
			return err
		}
		for _, c := range page.Items {
			after = max(after, c.Version)
		}
		if len(page.Items) > 0 {
			v.saving.Lock()
			err := v.p.Store.SaveReviewed(ctx, page.Items, after)
			v.saving.Unlock()
			if err != nil {
				return err
			}
		}
		if !page.HasMore || len(page.Items) == 0 {
			v.mu.Lock()
			v.readAt = v.p.Clock.Now()
			v.mu.Unlock()
			return nil
		}
	}
}

// deliver sends what waits: documents, then decisions in their order. What
// the hub refuses stays, marked, until it was seen. The answer to one decision
// is the error when it is named.
func (v *Review) deliver(ctx context.Context, hub ExaminerHub, named string) error {
	if err := v.documents(ctx, hub); err != nil {
		return err
	}
	all, err := v.p.Store.Decisions(ctx)
	if err != nil {
		return err
	}
	var answer error
	for _, d := range all {
		if who, _ := v.p.Who(ctx); d.Refused || d.Operator != who { // what somebody else decided goes in their name, whoever comes to work meanwhile
			if d.Change.ID == named {
				answer = d.unsent()
			}
			continue
		}
		c, err := hub.PutChange(ctx, d.Change)
		switch code := app.ErrorCode(err); {
		case err == nil:
			v.saving.Lock()
			err = v.p.Store.Decided(ctx, d.Change.ID, &c)
			v.saving.Unlock()
		case ctx.Err() != nil:
			return err
		default:
			over := final(code)
			if serr := v.p.Store.DecisionFailed(ctx, d.Change.ID, code, app.ErrorParams(err), over); serr != nil || !over {
				return errors.Join(err, serr)
			}
			if d.Change.ID == named {
				answer = err
			}
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return answer
}

// unsent is why a decision does not go: the hub refused it before, or somebody
// else is at work.
func (d *Decision) unsent() error {
	if !d.Refused {
		return app.Fault(app.CodeForbidden, nil)
	}
	var params []string
	for name, value := range d.Params {
		params = append(params, name, value)
	}
	return app.Fault(d.Problem, nil, params...)
}

func (v *Review) documents(ctx context.Context, hub ExaminerHub) error {
	waiting, err := v.p.Store.RegionDocuments(ctx)
	if err != nil {
		return err
	}
	for _, d := range waiting {
		f, err := v.p.Files.Open(d.Document.SHA256)
		if err == nil {
			err = hub.PutRegionDocument(ctx, d.Request, d.Document.SHA256, d.Document.Size, f)
			_ = f.Close() // only read
		}
		if err != nil && !final(app.ErrorCode(err)) {
			return err
		}
		// One that is refused is told by the decision that names it.
		if err := v.p.Store.DropRegionDocument(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// ReadAt is when the hub's queue was read last; zero when it was not since the
// program runs.
func (v *Review) ReadAt() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.readAt
}

// NewChange asks for an event of a case as it was seen, under an identifier of
// its own.
func NewChange(c *Case, e Event) (Change, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Change{}, app.Fault(app.CodeInternal, err)
	}
	return Change{ID: id.String(), Request: c.ID, Event: e, Seen: c.Version}, nil
}

// Kept returns a request with its content as it was last read, without the
// network. CodeNotFound when it was never read.
func (v *Review) Kept(ctx context.Context, id string) (Case, Request, error) {
	c, err := v.p.Store.ReviewedCase(ctx, id)
	if err == nil && c.Content == nil {
		err = app.Fault(app.CodeNotFound, nil, "what", id)
	}
	if err != nil {
		return Case{}, Request{}, err
	}
	return opened(c)
}

// Get returns a request with its content: from the hub, or as it was last
// read. CodeNotFound; those of the hub when it was never read.
func (v *Review) Get(ctx context.Context, id string) (Case, Request, error) {
	c, err := v.fromHub(ctx, id)
	if err != nil {
		kept, r, kerr := v.Kept(ctx, id)
		if kerr != nil {
			return Case{}, Request{}, err
		}
		return kept, r, nil
	}
	return opened(c)
}

// opened reads the content of a case.
func opened(c Case) (Case, Request, error) {
	var r Request
	if err := json.Unmarshal(c.Content, &r); err != nil {
		return Case{}, Request{}, app.Fault(app.CodeHubAnswer, err, "hub", "")
	}
	return c, r, nil
}

func (v *Review) fromHub(ctx context.Context, id string) (Case, error) {
	hub, err := v.hub(ctx)
	if err != nil {
		return Case{}, err
	}
	c, err := hub.Case(ctx, id)
	if err != nil {
		return Case{}, err
	}
	return c, v.keepCase(ctx, c)
}

// Do makes a decision happen. It is stored before it is sent; when the hub
// cannot be reached it waits (Waiting) and goes with the next Refresh of the
// same examiner, or with Do of the same change. CodeInvalid (id), CodeForbidden
// (nobody is at work who examines), and those of the hub: CodeChanged and
// CodeMembershipState end the decision, and Dismiss removes it.
func (v *Review) Do(ctx context.Context, c Change) (Case, error) {
	if uuid.Validate(c.ID) != nil {
		return Case{}, app.Fault(app.CodeInvalid, nil, "field", "id", "value", c.ID)
	}
	if !v.May(ctx) {
		return Case{}, app.Fault(app.CodeForbidden, nil)
	}
	who, _ := v.p.Who(ctx)
	if err := v.p.Store.Decide(ctx, Decision{Change: c, Operator: who, At: v.p.Clock.Now()}); err != nil {
		return Case{}, err
	}
	v.one.Lock()
	defer v.one.Unlock()
	defer v.rounds.Tell()
	hub, err := v.hub(ctx)
	if err == nil {
		err = v.deliver(ctx, hub, c.ID)
	}
	if final(app.ErrorCode(err)) && hub != nil {
		if now, rerr := hub.Case(ctx, c.Request); rerr == nil { // what is there now explains the refusal
			err = errors.Join(err, v.keepCase(ctx, now))
		}
	}
	if err != nil {
		return Case{}, err
	}
	return v.p.Store.ReviewedCase(ctx, c.Request)
}

// Waiting returns the decisions that the hub has not answered, and those that
// it refused and nobody has seen.
func (v *Review) Waiting(ctx context.Context) ([]Decision, error) { return v.p.Store.Decisions(ctx) }

// Dismiss removes a decision that the hub refused; one that waits stays.
func (v *Review) Dismiss(ctx context.Context, change string) error {
	all, err := v.p.Store.Decisions(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(d Decision) bool { return d.Change.ID == change && d.Refused }) {
		return nil
	}
	if err := v.p.Store.Decided(ctx, change, nil); err != nil {
		return err
	}
	v.rounds.Tell()
	return nil
}

// Fetch makes a document of a request a file that a viewer can open; one that
// is here already is not loaded again.
func (v *Review) Fetch(ctx context.Context, request, sha256 string) (string, error) {
	f, err := v.p.Files.Open(sha256)
	if err == nil {
		_ = f.Close() // only looked for
		return v.p.Files.Show(ctx, sha256)
	}
	hub, err := v.hub(ctx)
	if err != nil {
		return "", err
	}
	err = v.p.Files.Load(ctx, sha256, func(w io.Writer) error { return hub.Document(ctx, request, sha256, w) })
	if err != nil {
		return "", err
	}
	return v.p.Files.Show(ctx, sha256)
}

// AttachAgreement stores a signed agreement that came by PEC. It goes to the
// hub before the decision that names it. Codes: those of Files.Keep,
// CodeNotSigned.
func (v *Review) AttachAgreement(ctx context.Context, request, name string, content io.Reader) (Document, error) {
	d, err := keep(ctx, v.p.Files, DocumentAgreement, "", name, content)
	if err != nil {
		return Document{}, err
	}
	return d, v.p.Store.KeepRegionDocument(ctx, RegionDocument{Request: request, Document: d})
}

// Letter makes a new activation code and the letter that brings it to the
// body's PEC. It needs the hub; nothing of it is stored here.
func (v *Review) Letter(ctx context.Context, r LetterRequest) (Letter, error) {
	hub, err := v.hub(ctx)
	if err != nil {
		return Letter{}, err
	}
	letter, err := hub.Letter(ctx, r)
	if err != nil {
		return Letter{}, err
	}
	if c, err := hub.Case(ctx, r.Request); err == nil { // its history says so; lost, it is read the next time
		if v.keepCase(ctx, c) == nil {
			v.rounds.Tell()
		}
	}
	return letter, nil
}

// Import hands a request that came on a stick or by PEC to the hub. CodeFile,
// CodeMembershipFile, and those of the hub.
func (v *Review) Import(ctx context.Context, path string) (Case, error) {
	content, err := readFile(path, MaxFile)
	if err != nil {
		return Case{}, err
	}
	if len(content) == 0 || len(content) > MaxFile {
		return Case{}, app.Fault(app.CodeMembershipFile, errors.New(strconv.Itoa(len(content))+" bytes"), "path", path)
	}
	hub, err := v.hub(ctx)
	if err != nil {
		return Case{}, err
	}
	c, err := hub.ImportFile(ctx, content)
	if err != nil {
		return Case{}, err
	}
	if err := v.p.Store.SaveReviewed(ctx, []Case{c}, 0); err != nil {
		return Case{}, err
	}
	v.rounds.Tell()
	return c, nil
}
