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

// Applications are requests to join in memory, with a region that obeys the
// real state machine: Offline keeps everything here.
type Applications struct {
	Filed   []membership.Filed
	Net     membership.Network
	Offline bool
	// Errs are the faults of calls by name; Attached is what Attach makes of
	// any file.
	Errs     map[string]error
	Attached membership.Document
	Asked    []string
	At       time.Time

	told    []func()
	waiting map[string][]membership.Change
}

// NewApplications returns no requests, at a time.
func NewApplications(at time.Time) *Applications {
	return &Applications{At: at, Errs: map[string]error{}, waiting: map[string][]membership.Change{}}
}

func (a *Applications) ask(call string, args ...any) error {
	a.Asked = append(a.Asked, fmt.Sprint(append([]any{call, " "}, args...)...))
	return a.Errs[call]
}

func (a *Applications) at(id string) *membership.Filed {
	i := slices.IndexFunc(a.Filed, func(f membership.Filed) bool { return f.Request.ID == id })
	if i < 0 {
		return nil
	}
	return &a.Filed[i]
}

// OnChange keeps who is told.
func (a *Applications) OnChange(tell func()) { a.told = append(a.told, tell) }

// All returns copies.
func (a *Applications) All(context.Context) ([]membership.Filed, error) {
	if err := a.ask("all"); err != nil {
		return nil, err
	}
	all := make([]membership.Filed, len(a.Filed))
	for i := range a.Filed {
		all[i] = copied(&a.Filed[i])
	}
	return all, nil
}

func copied(f *membership.Filed) membership.Filed {
	out := *f
	out.Request.Documents = slices.Clone(f.Request.Documents)
	if f.Case != nil {
		c := *f.Case
		c.History = slices.Clone(c.History)
		out.Case = &c
	}
	return out
}

// New adds an empty draft.
func (a *Applications) New(context.Context) (membership.Filed, error) {
	f := membership.Filed{Request: membership.Request{ID: fmt.Sprintf("request-%d", len(a.Filed)+1)}, SavedAt: a.At}
	a.Filed = slices.Insert(a.Filed, 0, f)
	return f, a.ask("new")
}

// Get returns a copy.
func (a *Applications) Get(_ context.Context, id string) (membership.Filed, error) {
	if f := a.at(id); f != nil && a.Errs["get"] == nil {
		return copied(f), nil
	}
	return membership.Filed{}, app.Fault(app.CodeNotFound, a.Errs["get"], "what", id)
}

// Save stores a draft.
func (a *Applications) Save(_ context.Context, r membership.Request) (time.Time, error) {
	if err := a.ask("save", r.ID); err != nil {
		return time.Time{}, err
	}
	f := a.at(r.ID)
	if f == nil {
		a.Filed = slices.Insert(a.Filed, 0, membership.Filed{})
		f = &a.Filed[0]
	}
	f.Request, f.SavedAt = r, a.At
	return a.At, nil
}

// Discard removes a draft.
func (a *Applications) Discard(_ context.Context, id string) error {
	a.Filed = slices.DeleteFunc(a.Filed, func(f membership.Filed) bool { return f.Request.ID == id })
	return a.ask("discard", id)
}

// Attach returns Attached with what it was told.
func (a *Applications) Attach(_ context.Context, id, kind, title, name string, content io.Reader) (membership.Document, error) {
	if err := a.ask("attach", id, " ", kind, " ", name); err != nil {
		return membership.Document{}, err
	}
	bytes, err := io.ReadAll(content)
	d := a.Attached
	d.Kind, d.Title, d.Name, d.Size = kind, title, name, int64(len(bytes))
	return d, err
}

// Detach forgets a document.
func (a *Applications) Detach(_ context.Context, id, sha256 string) error {
	return a.ask("detach", id, " ", sha256)
}

// Submit sends a request, or keeps it while Offline.
func (a *Applications) Submit(_ context.Context, id string) (membership.Filed, error) {
	f := a.at(id)
	if err := a.ask("submit", id); err != nil {
		return membership.Filed{}, err
	}
	f.SentAt = a.At
	event := membership.Submit
	switch f.State() {
	case membership.Integration:
		event = membership.Integrate
	case membership.Sent:
		if f.Case != nil {
			event = membership.Replace
		}
	}
	return a.queue(id, membership.Change{Event: event})
}

// Withdraw takes a request back.
func (a *Applications) Withdraw(_ context.Context, id, reason string) (membership.Filed, error) {
	if err := a.ask("withdraw", id, " ", reason); err != nil {
		return membership.Filed{}, err
	}
	return a.queue(id, membership.Change{Event: membership.Withdraw, Reason: reason})
}

// DeliverAgreement delivers what Attach returned.
func (a *Applications) DeliverAgreement(_ context.Context, id string, d membership.Document) (membership.Filed, error) {
	if err := a.ask("deliver", id, " ", d.Name); err != nil {
		return membership.Filed{}, err
	}
	return a.queue(id, membership.Change{Event: membership.DeliverAgreement, Document: &d})
}

// SetProtocol notes the body's own number.
func (a *Applications) SetProtocol(_ context.Context, id string, p membership.Protocol) error {
	a.at(id).Request.Protocol = p
	return a.ask("protocol", id, " ", p.Number, " ", p.Date)
}

func (a *Applications) queue(id string, c membership.Change) (membership.Filed, error) {
	f := a.at(id)
	a.waiting[id] = append(a.waiting[id], c)
	f.Waiting, f.Leaving = len(a.waiting[id]), c.Event
	if c.Event == membership.DeliverAgreement {
		f.Delivering = c.Document
	}
	if !a.Offline {
		a.send(f)
	}
	return copied(f), nil
}

func (a *Applications) send(f *membership.Filed) {
	for _, c := range a.waiting[f.Request.ID] {
		if err := a.apply(f, c, membership.ByApplicant); err != nil {
			f.Problem = app.ErrorCode(err)
		}
	}
	delete(a.waiting, f.Request.ID)
	f.Waiting, f.Leaving, f.Delivering = 0, "", nil
}

func (a *Applications) apply(f *membership.Filed, c membership.Change, role string) error {
	k := f.Case
	if k == nil {
		k = &membership.Case{ID: f.Request.ID, Number: "2026-00007", ReceivedAt: a.At, Authority: f.Request.Body.ID, Name: f.Request.Body.Name}
	}
	if err := k.Apply(c, membership.Actor{Role: role}, a.At); err != nil {
		return err
	}
	f.Case = k
	if k.State == membership.Integration {
		f.SentAt = time.Time{}
	}
	return nil
}

// Region lets the region do something to a request, and tells.
func (a *Applications) Region(id string, c membership.Change) error {
	role := membership.ByExaminer
	if c.Event == membership.Expire {
		role = membership.ByHub
	}
	if err := a.apply(a.at(id), c, role); err != nil {
		return err
	}
	for _, tell := range a.told {
		tell()
	}
	return nil
}

// Refresh sends what waits, unless Offline.
func (a *Applications) Refresh(context.Context) error {
	if err := a.ask("refresh"); err != nil {
		return err
	}
	if a.Offline {
		return app.Fault(app.CodeHubUnreachable, nil, "hub", a.Net.Hub)
	}
	for i := range a.Filed {
		a.send(&a.Filed[i])
	}
	return nil
}

// Export writes the request's identifier.
func (a *Applications) Export(_ context.Context, id string, w io.Writer) error {
	if err := a.ask("export", id); err != nil {
		return err
	}
	_, err := io.WriteString(w, id)
	return err
}

// ReadAnswer lets what waits arrive, and tells how the first request stands.
func (a *Applications) ReadAnswer(_ context.Context, path string) (membership.Filed, error) {
	if err := a.ask("answer", path); err != nil {
		return membership.Filed{}, err
	}
	f := &a.Filed[0]
	a.send(f)
	return copied(f), nil
}

// Network returns Net.
func (a *Applications) Network(context.Context) (membership.Network, error) {
	if a.Net.Hub == "" {
		return a.Net, app.Fault(app.CodeNoNetwork, nil)
	}
	return a.Net, a.Errs["network"]
}

// SetNetwork changes Net.
func (a *Applications) SetNetwork(_ context.Context, n membership.Network) error {
	if err := a.ask("set network", n.Hub); err != nil {
		return err
	}
	a.Net = n
	return nil
}

// ReadNetwork knows one region.
func (a *Applications) ReadNetwork(path string) (membership.Network, error) {
	return membership.Network{Hub: "https://hub.example", CA: "PEM", UploadKey: "age1"}, a.ask("read network", path)
}

// Open returns a path that tells which document it is.
func (a *Applications) Open(_ context.Context, sha256 string) (string, error) {
	return "document-" + sha256, a.ask("open", sha256)
}
