// Package membership is the screen of how a body joins the network: the list
// of the requests that this workstation made, the form of one (the wizard),
// and what became of one that was sent. A workstation that is not enrolled
// has it too.
package membership

import (
	"context"
	"io"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/membership"
	"polis/app/page"
	"polis/ui/handover"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// Applications are the requests of this workstation. All of it may touch the
// disk and runs in the background; nothing of it waits for the network but
// Refresh.
type Applications interface {
	// All returns the requests, the newest first.
	All(ctx context.Context) ([]membership.Filed, error)
	// New makes an empty draft and stores it.
	New(ctx context.Context) (membership.Filed, error)
	Get(ctx context.Context, id string) (membership.Filed, error)
	// Save stores a draft, whatever it lacks.
	Save(ctx context.Context, r membership.Request) (savedAt time.Time, err error)
	// Discard removes a draft; saving it again takes that back.
	Discard(ctx context.Context, id string) error
	// Attach stores a file with a request. CodeNotSigned for an agreement
	// without a digital signature, CodeTooLarge, CodeFile.
	Attach(ctx context.Context, id, kind, title, name string, content io.Reader) (membership.Document, error)
	Detach(ctx context.Context, id, sha256 string) error
	// Submit freezes a request and queues it; also the answer to a region
	// that asked to complete it. CodeMembershipIncomplete.
	Submit(ctx context.Context, id string) (membership.Filed, error)
	Withdraw(ctx context.Context, id, reason string) (membership.Filed, error)
	DeliverAgreement(ctx context.Context, id string, d membership.Document) (membership.Filed, error)
	// SetProtocol notes the number under which the body's own office
	// registered the request.
	SetProtocol(ctx context.Context, id string, p membership.Protocol) error
	// Refresh sends what waits and asks how the requests stand.
	Refresh(ctx context.Context) error
	// Export writes a request, with what waits of it, as one sealed file for a
	// stick.
	Export(ctx context.Context, id string, w io.Writer) error
	// ReadAnswer takes over how a request stands from a file of the region.
	// CodeMembershipAnswer, CodeMembershipOlder, CodeRoots.
	ReadAnswer(ctx context.Context, path string) (membership.Filed, error)
	Network(ctx context.Context) (membership.Network, error)
	SetNetwork(ctx context.Context, n membership.Network) error
	// ReadNetwork reads the settings file that the region gives away.
	ReadNetwork(path string) (membership.Network, error)
	// Open makes a stored document a file to be shown.
	Open(ctx context.Context, sha256 string) (path string, err error)
}

// Register is the embedded list of public bodies.
type Register interface {
	// Find returns bodies by name or a part of it, code or province, best
	// first.
	Find(query string, limit int) []membership.Body
	ByID(ipa string) (membership.Body, bool)
	// Municipality returns ISTAT code and province of a municipality.
	Municipality(name string) (istat, province string, ok bool)
	AsOf() app.Date
}

// PaperKind is a paper of a request.
type PaperKind string

// The papers of a request.
const (
	PaperRequest   PaperKind = "request"
	PaperAgreement PaperKind = "agreement"
	PaperReceipt   PaperKind = "receipt" // once the region has it
)

// Match is whether a signed file holds the agreement that was prepared here.
type Match string

// What a comparison finds.
const (
	MatchUnknown Match = "unknown"
	MatchSame    Match = "same"
	MatchOther   Match = "other"
)

// Deps are the screen's needs; those that may be nil say so.
type Deps struct {
	Host         *screen.Host
	Applications Applications
	// Register reads the list of bodies, when it is first asked for; it runs
	// in the background.
	Register func() (Register, error)
	Clock    app.Clock
	Location *time.Location // nil = the computer's
	// State outlives the screen: another language builds the window anew.
	State *State

	// Hand hands papers over: printer, file. Draw lays one out; it runs in
	// the background.
	Hand *handover.Hand
	Draw func(ctx context.Context, kind PaperKind, f membership.Filed) (page.DisplayList, error)
	// Compare says whether a signed file holds the agreement with the data of
	// a request; it runs in the background. Nil = nobody can tell.
	Compare func(ctx context.Context, f membership.Filed, d *membership.Document) (Match, error)
	// ProtocolFiles writes what the body's protocol office needs into a new
	// folder below parent: the papers as PDF, the attachments, the ready
	// message. It runs in the background.
	ProtocolFiles func(ctx context.Context, f membership.Filed, parent string) (folder string, err error)
	// SaveFolder is where files go when nobody says otherwise.
	SaveFolder string
	// PickOpen and PickFolder let the operator choose; the second is told ""
	// when nothing was chosen. Both may be nil: paths are typed then.
	PickOpen   func(title string, extensions []string, chosen func(path string))
	PickFolder func(title, from string, chosen func(path string))

	// Setting and SetSetting keep what was seen; nil = it is told again.
	Setting    func(key string) string
	SetSetting func(key, value string)

	// Activate leads to the form for the activation code, with the hub's
	// address and certificate; nil where the workstation is enrolled.
	Activate func(n membership.Network)
	// Enrolled says that the workstation has a hub already: nobody asks for
	// the address.
	Enrolled bool
}

// State is where somebody was; it outlives the screen.
type State struct {
	id     string // of the request in front, "" = the list
	form   bool   // it is the form
	list   string // the request that was opened last
	wizard wizardState
}

// Open lets the screen show a request when it comes to the front.
func (s *State) Open(id string) { s.id, s.form = id, false }

// view is a page of the screen: list, form, one request, network.
type view interface {
	Object() fyne.CanvasObject
	// Shown is told when it comes to the front, and when the screen does: it
	// takes the focus.
	Shown()
	Do(a screen.Action) bool
	// Close is told when it leaves; work under way must not come back.
	Close()
}

// Screen shows one view at a time.
type Screen struct {
	d       Deps
	root    *fyne.Container
	front   view
	lane    *screen.Lane // what leads to another view
	asking  *screen.Lane // asking the region how things stand
	memory  Memory
	visible bool
	busy    bool // the region is being asked
}

// New builds the screen.
func New(d Deps) *Screen {
	if d.State == nil {
		d.State = &State{}
	}
	if d.Location == nil {
		d.Location = time.Local
	}
	s := &Screen{d: d, root: widgets.Overlay(), lane: screen.NewLane(d.Host.Runner), asking: screen.NewLane(d.Host.Runner), memory: Memory{}}
	if d.Setting != nil {
		s.memory = ReadMemory(d.Setting(SettingSeen))
	}
	return s
}

// SettingSeen keeps what was seen of the requests.
const SettingSeen = "membership_seen"

// banner is the screen's message at the top.
const banner = "membership"

func (s *Screen) words(key string, args ...string) string { return s.d.Host.Words.Text(key, args...) }

// Object implements screen.Screen.
func (s *Screen) Object() fyne.CanvasObject { return s.root }

// Shown implements screen.Screen: what was in front is there again, as it is
// now.
func (s *Screen) Shown() {
	s.visible = true
	want := s.d.State.id
	switch front := s.front.(type) {
	case nil:
	case *caseView:
		if front.f.Request.ID == want && !s.d.State.form {
			front.Shown()
			return
		}
	case *list:
		if want == "" {
			front.Shown()
			return
		}
	default:
		if s.d.State.form || want == "" {
			front.Shown()
			return
		}
	}
	if want == "" {
		s.openList()
		return
	}
	if s.front == nil {
		s.show(newList(s)) // what is drawn until the request was read
	}
	s.read(want, func(f membership.Filed) {
		if s.d.State.form && f.Editable() {
			s.openForm(f)
			return
		}
		s.showCase(f)
	})
}

// Type implements screen.Screen.
func (s *Screen) Type(rune) {}

// Close implements screen.Screen.
func (s *Screen) Close() {
	s.visible = false
	s.lane.Drop()
	s.asking.Drop()
	if s.front != nil {
		s.front.Close()
	}
}

// Do implements screen.Screen: the view first, then what all have in common.
func (s *Screen) Do(a screen.Action) bool {
	if s.front != nil && s.front.Do(a) {
		return true
	}
	switch a {
	case screen.ActionSync:
		s.refresh()
		return !s.d.Enrolled // one that is enrolled synchronises too
	case screen.ActionSearch:
		if _, ok := s.front.(*list); ok {
			return false
		}
		s.openList()
		return true
	}
	return false
}

// Refresh shows anew what may have changed: the region answered.
func (s *Screen) Refresh() {
	switch front := s.front.(type) {
	case *list:
		front.load()
	case *caseView:
		front.load()
	}
}

// refresh sends what waits and asks the region how the requests stand.
func (s *Screen) refresh() {
	if s.busy {
		return
	}
	s.busy = true
	s.d.Host.Notice(s.words("membership.list.asking"))
	s.d.Host.Runner.Go(func() func() {
		err := s.d.Applications.Refresh(context.Background())
		return func() {
			s.busy = false
			s.Refresh()
			switch {
			case err == nil:
				s.d.Host.Banner(banner, nil)
				s.d.Host.Notice(s.words("membership.list.asked"))
			case app.ErrorCode(err) == app.CodeNoNetwork:
				s.openNetwork()
			default:
				message, hint := s.explain(err)
				s.d.Host.Banner(banner, &widgets.BannerSpec{Kind: widgets.Warn, Title: message, Text: hint})
			}
			s.d.Host.Trace("membership refreshed", "code", string(app.ErrorCode(err)))
		}
	})
}

// refreshQuietly lets what waits leave; how that ends is told by the requests
// themselves.
func (s *Screen) refreshQuietly() {
	s.d.Host.Runner.Go(func() func() {
		err := s.d.Applications.Refresh(context.Background())
		return func() {
			if err != nil {
				s.d.Host.Log.Info("requests", "error", err)
			}
			s.Refresh()
		}
	})
}

// explain says what happened and what is safe, in the words of requests
// where they have their own.
func (s *Screen) explain(err error) (message, hint string) {
	message, hint = s.d.Host.Words.Error(err)
	if own := "membership.hint." + string(app.ErrorCode(err)); s.d.Host.Words.Has(own) {
		hint = s.words(own)
	}
	return message, hint
}

// problem says why a request could not leave or be asked about.
func (s *Screen) problem(f *membership.Filed) (message, hint string) {
	key := "membership.problem." + string(f.Problem)
	if s.d.Host.Words.Has(key) {
		_, hint = s.explain(app.Fault(f.Problem, nil))
		return s.words(key), hint
	}
	return s.explain(app.Fault(f.Problem, nil, "hub", "", "name", "", "n", "", "seconds", ""))
}

// line says of a request which body and which number.
func (s *Screen) line(f *membership.Filed) string {
	var parts []string
	if id := f.Request.Body.ID; id != "" {
		parts = append(parts, s.words("membership.case.ipa", "code", id))
	}
	if p := f.Request.Body.Province; p != "" {
		parts = append(parts, p)
	}
	switch {
	case f.Case != nil && f.Case.Number != "":
		parts = append(parts, s.words("membership.case.number", "number", f.Case.Number, "date", s.told().Day(f.Case.ReceivedAt)))
	case !f.SentAt.IsZero():
		parts = append(parts, s.words("membership.case.sent_off", "date", s.told().Moment(f.SentAt)))
	case !f.SavedAt.IsZero():
		parts = append(parts, s.words("membership.case.saved", "date", s.told().Moment(f.SavedAt)))
	}
	return strings.Join(parts, " · ")
}

// show puts a view to the front.
func (s *Screen) show(v view) {
	s.lane.Drop()
	if s.front != nil {
		s.front.Close()
	}
	s.front = v
	s.root.Objects = []fyne.CanvasObject{v.Object()}
	s.root.Refresh()
	if s.visible {
		v.Shown()
	}
}

// read asks for a request and hands it on; one that is gone leads to the
// list.
func (s *Screen) read(id string, then func(f membership.Filed)) {
	s.lane.Go(func(ctx context.Context) func() {
		f, err := s.d.Applications.Get(ctx, id)
		return func() {
			if err != nil {
				s.openList()
				s.d.Host.Fail(banner, err)
				return
			}
			then(f)
		}
	})
}

// openList shows the list of requests.
func (s *Screen) openList() {
	s.d.State.id, s.d.State.form = "", false
	s.show(newList(s))
}

// open shows a request: a draft in its form, others with what became of
// them.
func (s *Screen) open(f membership.Filed) {
	if f.State() == membership.Draft {
		s.openForm(f)
		return
	}
	s.showCase(f)
}

// openCase shows what became of a request.
func (s *Screen) openCase(id string) {
	s.read(id, s.showCase)
}

func (s *Screen) showCase(f membership.Filed) {
	s.d.State.id, s.d.State.form, s.d.State.list = f.Request.ID, false, f.Request.ID
	s.show(newCase(s, f))
}

// openForm shows the form of a request; the wizard goes on where it was.
func (s *Screen) openForm(f membership.Filed) {
	s.d.State.id, s.d.State.form, s.d.State.list = f.Request.ID, true, f.Request.ID
	s.show(newWizard(s, f))
}

// create makes a draft and opens its form.
func (s *Screen) create() {
	s.lane.Go(func(ctx context.Context) func() {
		f, err := s.d.Applications.New(ctx)
		return func() {
			if err != nil {
				s.d.Host.Fail(banner, err)
				return
			}
			s.openForm(f)
		}
	})
}

// openNetwork asks for the address of the region's server.
func (s *Screen) openNetwork() { s.show(newNetwork(s)) }

// see notes that somebody has read how a request stands.
func (s *Screen) see(f *membership.Filed) {
	if s.memory.See(f) && s.d.SetSetting != nil {
		s.d.SetSetting(SettingSeen, s.memory.String())
	}
}

// paper is a paper of a request as it is handed over.
func (s *Screen) paper(kind PaperKind, f membership.Filed) handover.Paper {
	name := handover.FileName(s.words("membership.file."+string(kind))+" "+f.Request.Body.ID, string(kind))
	return handover.Paper{
		Title: s.words("membership.paper." + string(kind)), Name: name,
		Draw: func(ctx context.Context) (page.DisplayList, error) { return s.d.Draw(ctx, kind, f) },
	}
}

// print prints a paper, or saves and opens it where there is no printer.
func (s *Screen) print(kind PaperKind, f membership.Filed) {
	s.d.Hand.Print(s.paper(kind, f), func(bool) {})
}

// savePaper asks where a paper goes as a file.
func (s *Screen) savePaper(kind PaperKind, f membership.Filed) { s.d.Hand.SaveAs(s.paper(kind, f)) }
