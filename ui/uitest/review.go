package uitest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"polis/app"
	"polis/app/membership"
)

// Review is an examiner's side in memory, with a hub that obeys the real state
// machine. Offline keeps decisions here; Ahead lets somebody else be faster.
type Review struct {
	Cases     []membership.Case
	Requests  map[string]membership.Request
	Decisions []membership.Decision
	Role      string
	Offline   bool
	At        time.Time
	Read      time.Time
	Asked     []string
	Errs      map[string]error // faults of calls by name
	Attached  membership.Document
	Letters   []membership.LetterRequest
	Imported  membership.Request
	Held      map[string]bool // requests whose content is kept here

	told    []func()
	version int64
}

// NewReview returns an empty queue, at a time.
func NewReview(at time.Time) *Review {
	return &Review{Requests: map[string]membership.Request{}, Role: membership.ByExaminer, At: at, Errs: map[string]error{}}
}

func (v *Review) ask(call string, args ...any) error {
	v.Asked = append(v.Asked, fmt.Sprint(append([]any{call, " "}, args...)...))
	return v.Errs[call]
}

func (v *Review) link() error {
	if v.Offline {
		return app.Fault(app.CodeHubUnreachable, nil, "hub", "https://hub.example")
	}
	return nil
}

// Add puts a request into the queue, as it stands after some changes.
func (v *Review) Add(r membership.Request, changes ...membership.Change) error {
	v.version++
	c := membership.Case{ID: r.ID, Version: v.version, Number: fmt.Sprintf("2026-%05d", len(v.Cases)+1), ReceivedAt: v.At, Authority: r.Body.ID, Name: r.Body.Name}
	v.Requests[r.ID] = r
	v.Cases = append(v.Cases, c)
	for _, change := range append([]membership.Change{{Event: membership.Submit}}, changes...) {
		if err := v.Change(r.ID, change); err != nil {
			return err
		}
	}
	return nil
}

// Change lets anybody but the screen do something to a request, and tells.
func (v *Review) Change(id string, c membership.Change) error {
	role := v.Role
	switch c.Event {
	case membership.Expire:
		role = membership.ByHub
	case membership.Submit, membership.Replace, membership.Integrate, membership.DeliverAgreement, membership.Withdraw:
		role = membership.ByApplicant
	}
	if err := v.apply(id, c, role); err != nil {
		return err
	}
	v.Tell()
	return nil
}

func (v *Review) apply(id string, c membership.Change, role string) error {
	k := v.at(id)
	if k == nil {
		return app.Fault(app.CodeNotFound, nil, "what", id)
	}
	if c.Seen != 0 && c.Seen != k.Version {
		return app.Fault(app.CodeChanged, nil, "what", id)
	}
	if err := k.Apply(c, membership.Actor{Role: role}, v.At); err != nil {
		return err
	}
	v.version++
	k.Version = v.version
	return nil
}

func (v *Review) at(id string) *membership.Case {
	i := slices.IndexFunc(v.Cases, func(c membership.Case) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &v.Cases[i]
}

// Tell tells who listens.
func (v *Review) Tell() {
	for _, tell := range v.told {
		tell()
	}
}

// OnChange keeps who is told.
func (v *Review) OnChange(tell func()) { v.told = append(v.told, tell) }

// Wake notes that it was called.
func (v *Review) Wake() { v.Asked = append(v.Asked, "wake ") }

// May says so of the examiners' roles.
func (v *Review) May(context.Context) bool { return v.Role != "" }

// ReadAt returns Read.
func (v *Review) ReadAt() time.Time { return v.Read }

// Queue returns open cases, then closed ones.
func (v *Review) Queue(context.Context) ([]membership.Case, error) {
	all := make([]membership.Case, 0, len(v.Cases))
	for _, open := range []bool{true, false} {
		for i := range v.Cases {
			if v.Cases[i].State.Open() == open {
				all = append(all, own(&v.Cases[i]))
			}
		}
	}
	return all, v.Errs["queue"]
}

func own(c *membership.Case) membership.Case {
	out := *c
	out.History = slices.Clone(c.History)
	return out
}

// Refresh sends what waits.
func (v *Review) Refresh(context.Context) error {
	if err := v.ask("refresh"); err != nil {
		return err
	}
	if err := v.link(); err != nil {
		return err
	}
	_ = v.send("") // whoever waits for one of them asks for it by name
	v.Read = v.At
	v.Tell()
	return nil
}

// send hands over what waits; the answer to one of them is the error.
func (v *Review) send(named string) (answer error) {
	kept := v.Decisions[:0:0]
	for _, d := range v.Decisions {
		if !d.Refused {
			err := v.apply(d.Change.Request, d.Change, v.Role)
			if err == nil {
				continue
			}
			d.Refused, d.Problem, d.Params = true, app.ErrorCode(err), app.ErrorParams(err)
			if d.Change.ID == named {
				answer = err
			}
		}
		kept = append(kept, d)
	}
	v.Decisions = kept
	return answer
}

// Kept returns a request of Held.
func (v *Review) Kept(_ context.Context, id string) (membership.Case, membership.Request, error) {
	k := v.at(id)
	if k == nil || !v.Held[id] {
		return membership.Case{}, membership.Request{}, app.Fault(app.CodeNotFound, nil, "what", id)
	}
	return own(k), v.Requests[id], nil
}

// Get returns a request, when there is a link.
func (v *Review) Get(_ context.Context, id string) (membership.Case, membership.Request, error) {
	k := v.at(id)
	if k == nil {
		return membership.Case{}, membership.Request{}, app.Fault(app.CodeNotFound, nil, "what", id)
	}
	return own(k), v.Requests[id], v.Errs["get"]
}

// Do stores a decision, and sends it unless Offline.
func (v *Review) Do(_ context.Context, c membership.Change) (membership.Case, error) {
	if err := v.ask("do", c.Event, " ", c.Reason); err != nil {
		return membership.Case{}, err
	}
	if !slices.ContainsFunc(v.Decisions, func(d membership.Decision) bool { return d.Change.ID == c.ID }) {
		v.Decisions = append(v.Decisions, membership.Decision{Change: c, At: v.At})
	}
	if err := v.link(); err != nil {
		v.Decisions[len(v.Decisions)-1].Problem = app.ErrorCode(err)
		return membership.Case{}, err
	}
	if err := v.send(c.ID); err != nil {
		return membership.Case{}, err
	}
	v.Tell()
	return own(v.at(c.Request)), nil
}

// Waiting returns copies.
func (v *Review) Waiting(context.Context) ([]membership.Decision, error) {
	return slices.Clone(v.Decisions), nil
}

// Dismiss removes a refused decision.
func (v *Review) Dismiss(_ context.Context, change string) error {
	v.Decisions = slices.DeleteFunc(v.Decisions, func(d membership.Decision) bool { return d.Change.ID == change && d.Refused })
	return v.ask("dismiss")
}

// Fetch returns a path that tells which document it is.
func (v *Review) Fetch(_ context.Context, _, sha256 string) (string, error) {
	if err := v.ask("fetch", sha256); err != nil {
		return "", err
	}
	return "document-" + sha256, v.link()
}

// AttachAgreement returns Attached with its name.
func (v *Review) AttachAgreement(_ context.Context, request, name string, content io.Reader) (membership.Document, error) {
	if err := v.ask("attach", request, " ", name); err != nil {
		return membership.Document{}, err
	}
	bytes, err := io.ReadAll(content)
	d := v.Attached
	d.Kind, d.Name, d.Size = membership.DocumentAgreement, name, int64(len(bytes))
	return d, err
}

// Letter makes a code that tests can look for.
func (v *Review) Letter(_ context.Context, r membership.LetterRequest) (membership.Letter, error) {
	if err := v.ask("letter", r.PEC); err != nil {
		return membership.Letter{}, err
	}
	if err := v.link(); err != nil {
		return membership.Letter{}, err
	}
	if err := v.apply(r.Request, membership.Change{ID: r.Change, Event: membership.IssueLetter}, v.Role); err != nil {
		return membership.Letter{}, err
	}
	v.Letters = append(v.Letters, r)
	k, q := v.at(r.Request), v.Requests[r.Request]
	v.Tell()
	return membership.Letter{
		Request: r.Request, Authority: k.Authority, Name: k.Name, PEC: q.Body.PEC, Code: fmt.Sprintf("SEGRETO%d", len(v.Letters)),
		Hub: "https://hub.example", Office: "URP", Role: "responsabile", IssuedAt: v.At, ExpiresAt: v.At.AddDate(0, 0, 30),
	}, nil
}

// Import adds Imported.
func (v *Review) Import(_ context.Context, path string) (membership.Case, error) {
	if err := v.ask("import", path); err != nil {
		return membership.Case{}, err
	}
	if err := v.Add(v.Imported); err != nil {
		return membership.Case{}, err
	}
	return own(v.at(v.Imported.ID)), v.link()
}
