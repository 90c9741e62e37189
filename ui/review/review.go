// Package review is the screen of those who examine requests to join the
// network: the queue at the left, at the right one request with what is to be
// checked and what can be decided. The queue is there without the network;
// decisions that cannot leave are kept and go later, each of them once.
package review

import (
	"context"
	"io"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/membership"
	"polis/app/page"
	"polis/ui/handover"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// Review examines requests. All of it may touch the disk, and what speaks to
// the hub takes its time: it runs in the background.
type Review interface {
	// Queue returns the requests as last read: open ones first, by when
	// something must have happened, then closed ones, the newest first.
	Queue(ctx context.Context) ([]membership.Case, error)
	// ReadAt is when the queue was read last, zero when it was not since the
	// program runs.
	ReadAt() time.Time
	// Refresh sends what waits and reads what is new.
	Refresh(ctx context.Context) error
	// Kept returns a request with its content as it was last read, at once.
	Kept(ctx context.Context, id string) (membership.Case, membership.Request, error)
	// Get returns a request with its content: from the hub, or as it was last
	// read.
	Get(ctx context.Context, id string) (membership.Case, membership.Request, error)
	// Do makes a decision happen. It is stored before it is sent.
	Do(ctx context.Context, c membership.Change) (membership.Case, error)
	// Waiting returns the decisions that have not been answered, and those
	// that were refused and nobody has seen.
	Waiting(ctx context.Context) ([]membership.Decision, error)
	// Dismiss removes a refused one: somebody has seen it.
	Dismiss(ctx context.Context, change string) error
	// Fetch makes a document of a request a file that can be opened.
	Fetch(ctx context.Context, request, sha256 string) (path string, err error)
	// AttachAgreement stores a signed agreement that came by PEC.
	AttachAgreement(ctx context.Context, request, name string, content io.Reader) (membership.Document, error)
	// Letter makes a new activation code and what the letter says; it needs
	// the hub.
	Letter(ctx context.Context, r membership.LetterRequest) (membership.Letter, error)
	// Import hands over a request that came on a stick or by PEC; it needs the
	// hub.
	Import(ctx context.Context, path string) (membership.Case, error)
	// May reports that somebody is at work who examines requests.
	May(ctx context.Context) bool
}

// Register is the embedded list of public bodies.
type Register interface {
	ByID(ipa string) (membership.Body, bool)
	AsOf() app.Date
}

// Deps are the screen's needs; those that may be nil say so.
type Deps struct {
	Host   *screen.Host
	Review Review
	// Register reads the list of bodies, when it is first asked for; it runs
	// in the background. Nil = nothing is compared with it.
	Register func() (Register, error)
	Clock    app.Clock
	Location *time.Location // nil = the computer's
	// State outlives the screen: another language builds the window anew.
	State *State
	// Role is that of who is at work.
	Role string

	// Hand hands letters over, Draw lays one out and Files writes it with the
	// text of the certified mail into a new folder below parent; both run in
	// the background.
	Hand  *handover.Hand
	Draw  func(ctx context.Context, l membership.Letter) (page.DisplayList, error)
	Files func(ctx context.Context, l membership.Letter, parent string) (folder string, err error)
	// Mail is the certified mail that brings the letter; the code is not in it.
	Mail func(l membership.Letter) (subject, body string)
	// AgreementHashes are the SHA-256 of our agreement for a request as PDF, as
	// it may have been signed: with the body's protocol number or before it; it
	// runs in the background. Nil = nobody can tell what was signed.
	AgreementHashes func(ctx context.Context, r membership.Request) ([]string, error)
	// SaveFolder is where files go when nobody says otherwise.
	SaveFolder string
	PickOpen   func(title string, extensions []string, chosen func(path string))
	PickFolder func(title, from string, chosen func(path string))
	// Setting and SetSetting keep ticks and texts that were begun; nil = only
	// while the window is open.
	Setting    func(key string) string
	SetSetting func(key, value string)
}

// State is where somebody was; it outlives the screen, not who was at work.
type State struct {
	id      string // of the request in front
	filter  string // state of which requests are listed, "" = all
	letters map[string]membership.Letter
	kept    map[string]*kept
}

// banner is the screen's message at the top.
const banner = "review"

// Screen is the queue with the chosen request beside it.
type Screen struct {
	d        Deps
	root     fyne.CanvasObject
	split    *widgets.Split
	queue    *queue
	file     *file
	register Register // nil until it was read
	asking   *screen.Lane
	visible  bool
	busy     bool // the hub is being asked
}

// New builds the screen.
func New(d Deps) *Screen {
	if d.State == nil {
		d.State = &State{}
	}
	if d.State.letters == nil {
		d.State.letters, d.State.kept = map[string]membership.Letter{}, map[string]*kept{}
	}
	if d.Location == nil {
		d.Location = time.Local
	}
	s := &Screen{d: d, asking: screen.NewLane(d.Host.Runner)}
	s.file = newFile(s)
	s.queue = newQueue(s)
	s.split = widgets.NewSplit(s.queue.root, s.file.root, 0.36)
	s.split.OnNarrow = func(bool) { s.file.draw(s.file.focused()) }
	s.root = s.split
	return s
}

func (s *Screen) words(key string, args ...string) string { return s.d.Host.Words.Text(key, args...) }

// Object implements screen.Screen.
func (s *Screen) Object() fyne.CanvasObject { return s.root }

// Shown implements screen.Screen.
func (s *Screen) Shown() {
	s.visible = true
	s.queue.focus()
	s.queue.load()
	s.file.load()
}

// Refresh shows anew what may have changed.
func (s *Screen) Refresh() {
	s.queue.load()
	s.file.load()
}

// Type implements screen.Screen.
func (s *Screen) Type(rune) {}

// Close implements screen.Screen.
func (s *Screen) Close() {
	s.visible = false
	s.asking.Drop()
	s.queue.lane.Drop()
	s.file.close()
}

// Do implements screen.Screen.
func (s *Screen) Do(a screen.Action) bool {
	if a == screen.ActionSync {
		s.refresh()
		return false // the catalogue is asked for too
	}
	if s.file.focused() != "" && s.file.do(a) {
		return true
	}
	return s.queue.do(a)
}

// open shows a request at the right.
func (s *Screen) open(id string) {
	if s.d.State.id != id {
		s.d.State.id = id
		s.file.show(s.queue.find(id))
	}
	s.split.ShowSecond(true)
}

// toQueue leads back to the queue.
func (s *Screen) toQueue() {
	s.split.ShowSecond(false)
	s.queue.focus()
}

// refresh sends what waits and asks for what is new.
func (s *Screen) refresh() {
	if s.busy {
		return
	}
	s.busy = true
	s.queue.tell()
	s.d.Host.Runner.Go(func() func() {
		err := s.d.Review.Refresh(context.Background())
		return func() {
			s.busy = false
			s.queue.load()
			s.file.load()
			if err != nil {
				s.fail(err)
			} else {
				s.d.Host.Banner(banner, nil)
				s.d.Host.Notice(s.words("review.read"))
			}
			s.d.Host.Trace("review refreshed", "code", string(app.ErrorCode(err)))
		}
	})
}

// fail tells above the screen what did not work, and what is safe.
func (s *Screen) fail(err error) {
	message, hint := s.explain(err)
	kind := widgets.Bad
	if offline(app.ErrorCode(err)) {
		kind = widgets.Warn
	}
	s.d.Host.Log.Error("shown to the operator", "banner", banner, "error", err)
	s.d.Host.Banner(banner, &widgets.BannerSpec{Kind: kind, Title: message, Text: hint})
	s.d.Host.Trace("banner", "id", banner, "text", message)
}

// offline reports a fault that passes by itself.
func offline(c app.Code) bool {
	return slices.Contains([]app.Code{app.CodeHubUnreachable, app.CodeHubBusy, app.CodeTooManyRequests}, c)
}

// explain says what happened and what is safe, in the words of requests where
// they have their own.
func (s *Screen) explain(err error) (message, hint string) {
	return s.explained(app.ErrorCode(err), app.ErrorParams(err), err)
}

func (s *Screen) explained(code app.Code, params map[string]string, err error) (message, hint string) {
	switch code {
	case app.CodeMembershipState:
		state := "membership.state." + params["state"]
		if s.d.Host.Words.Has(state) {
			err = app.Fault(code, nil, "state", s.words(state), "event", params["event"])
		}
	case app.CodeChanged:
		err = app.Fault(code, nil, "what", s.words("review.this_request"))
	}
	if err == nil {
		args := []string{}
		for k, v := range params {
			args = append(args, k, v)
		}
		err = app.Fault(code, nil, args...)
	}
	message, hint = s.d.Host.Words.Error(err)
	if own := "review.hint." + string(code); s.d.Host.Words.Has(own) {
		hint = s.words(own)
	}
	return message, hint
}

// importFile lets the operator choose a request that came on a stick or by
// PEC.
func (s *Screen) importFile() {
	s.d.PickOpen(s.words("review.import_pick"), []string{".polis", ".zip", ".age"}, func(path string) {
		s.queue.focus()
		if path == "" {
			return
		}
		s.d.Host.Notice(s.words("review.importing"))
		s.d.Host.Runner.Go(func() func() {
			c, err := s.d.Review.Import(context.Background(), path)
			return func() {
				if err != nil {
					s.fail(err)
					return
				}
				s.d.Host.Banner(banner, nil)
				s.d.Host.Toast(s.words("review.imported", "name", c.Name, "number", c.Number), nil)
				s.d.State.filter = ""
				s.queue.wanted = c.ID
				s.queue.load()
				s.d.Host.Trace("review imported", "state", string(c.State))
			}
		})
	})
}
