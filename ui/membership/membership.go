// Package membership is the screen of how a body joins the network: the list
// of the requests that this workstation made, the form of one (the wizard),
// and what became of one that was sent. A workstation that is not enrolled
// has it too.
package membership

import (
	"context"
	"io"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/app"
	"polis/app/membership"
	"polis/app/page"
	"polis/ui/handover"
	"polis/ui/screen"
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
	// Export writes a request as one sealed file for a stick.
	Export(ctx context.Context, id string, w io.Writer) error
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

	// Activate leads to the form for the activation code, with the hub's
	// address and certificate; nil where the workstation is enrolled.
	Activate func(n membership.Network)
	// Enrolled says that the workstation has a hub already: nobody asks for
	// the address.
	Enrolled bool
}

// State is where somebody was, and what they have seen.
type State struct {
	id     string // of the request in front, "" = the list
	form   bool   // it is the form
	wizard wizardState
	// Open is a request to be shown at once.
	Open string
}

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
	visible bool
	closed  bool
}

// New builds the screen.
func New(d Deps) *Screen {
	if d.State == nil {
		d.State = &State{}
	}
	if d.Location == nil {
		d.Location = time.Local
	}
	s := &Screen{d: d, root: container.NewStack(), lane: screen.NewLane(d.Host.Runner)}
	return s
}

func (s *Screen) words(key string, args ...string) string { return s.d.Host.Words.Text(key, args...) }

// show puts a view to the front.
func (s *Screen) show(v view) {
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

// openForm shows the form of a request; the wizard goes on where it was.
func (s *Screen) openForm(f membership.Filed) {
	s.d.State.id, s.d.State.form = f.Request.ID, true
	s.show(newWizard(s, f))
}

// openList shows the list of requests.
func (s *Screen) openList() {
	s.d.State.id, s.d.State.form = "", false
}

// openCase shows what became of a request; a draft goes to its form.
func (s *Screen) openCase(id string) {
	s.d.State.id, s.d.State.form = id, false
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
