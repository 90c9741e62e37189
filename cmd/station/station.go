// Package station wires the rooms of a workstation together, once for the
// window and once for the command line.
package station

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"polis/app"
	"polis/app/contacts"
	"polis/app/desk"
	"polis/app/exchange"
	"polis/app/membership"
	"polis/app/network"
	"polis/app/operators"
	"polis/app/page"
	"polis/app/phrase"
	"polis/app/printing"
	"polis/assets"
	"polis/data/api"
	"polis/data/layout"
	"polis/data/pdf"
	"polis/data/printer"
	"polis/data/raster"
	"polis/data/secret"
	"polis/data/sqlite"
)

// Station is a workstation at work on one data folder.
type Station struct {
	Folder    string
	Office    *sqlite.Office
	Catalogue *sqlite.Catalogue
	Desk      *desk.Desk
	Engine    *exchange.Engine
	Operators *operators.Operators
	Paper     *Paper
	Press     *printing.Press
	// Applications and Review are how bodies join the network: their requests,
	// and those that the region examines.
	Applications *membership.Applications
	Review       *membership.Review
	// Network is what the authority does for itself: its offices, its first
	// steps as a member.
	Network *network.Offices

	clock   app.Clock
	proxy   *api.Proxy
	people  people
	joining joining

	mu     sync.Mutex
	device exchange.Device
	client *api.Client
	of     string // hub, device, authority and key of client
}

// Params say where and how; Clock and Location have defaults.
type Params struct {
	Folder   string
	Clock    app.Clock
	Location *time.Location
	Changed  func(exchange.Status) // told from any goroutine

	demonstration bool
}

// Open opens the folder's files and wires what works on them. CodeFolder,
// CodeFolderForeign, CodeOfficeDamaged, CodeDiskFull.
func Open(ctx context.Context, p Params) (*Station, error) {
	if p.Clock == nil {
		p.Clock = app.SystemClock{}
	}
	if p.Location == nil {
		p.Location = time.Local
	}
	if err := prepare(p.Folder); err != nil {
		return nil, err
	}
	s := &Station{Folder: p.Folder, clock: p.Clock, proxy: api.NewProxy()}
	var err error
	if s.Office, err = sqlite.OpenOffice(ctx, p.Folder, p.Location); err != nil {
		return nil, err
	}
	if s.Catalogue, err = sqlite.OpenCatalogue(ctx, p.Folder); err != nil {
		return nil, errors.Join(err, s.Office.Close())
	}
	if err := s.wire(ctx, p); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Station) wire(ctx context.Context, p Params) error {
	var err error
	if s.device, err = s.Office.Device(ctx); err != nil {
		return err
	}
	if err := s.wireOperators(); err != nil {
		return err
	}
	s.wireMembership()
	s.wireNetwork(p.demonstration)
	if s.Paper, err = NewPaper(); err != nil {
		return err
	}
	if err := s.wirePress(); err != nil {
		return err
	}
	topics, err := Vocabulary("topics")
	if err != nil {
		return err
	}
	s.Desk, err = desk.New(desk.Params{
		Catalogue: sqlite.Overlaid{Catalogue: s.Catalogue, Shown: s.Network.Shown}, Log: sending{s.Office, s.Send}, HandOuts: s.Office, Paper: s.Paper, Clock: p.Clock, Identity: s.identity,
		Topics: topics, ClockOffset: s.clockOffset,
	})
	if err != nil {
		return err
	}
	s.Engine, err = exchange.New(exchange.Params{
		Catalogue: s.Catalogue, Outbox: s.Office, Connect: s.connect, Keys: s.people.vault, SealKey: s.people.vault.SealKey, Clock: p.Clock,
		Seal: secret.SealBytes, Unseal: s.people.vault.OpenBytes,
		Audit: s.audit, Network: networks, Exclusive: s.exclusive, Changed: s.watching(p.Changed),
	})
	if err != nil {
		return err
	}
	return s.Network.Load(ctx)
}

// wirePress joins the computer's printers, and those that were typed in here,
// with what this workstation remembers of them.
func (s *Station) wirePress() (err error) {
	all := printer.New(printer.Params{
		Fonts: s.Paper.fonts, Metrics: s.Paper.engine,
		Direct: func(ctx context.Context) ([]string, error) { return printing.Addresses(ctx, s.Office) },
	})
	s.Press, err = printing.New(printing.Params{Printers: all, Settings: s.Office})
	return err
}

// clockOffset is what the exchange measured, once there is one.
func (s *Station) clockOffset() time.Duration {
	if s.Engine == nil {
		return 0
	}
	return s.Engine.ClockOffset()
}

// Send asks the exchange to bring up what waits.
func (s *Station) Send() { s.Engine.Wake() }

// sending is a log that lets a contact leave as soon as it is saved.
type sending struct {
	*sqlite.Office
	send func()
}

func (l sending) Save(ctx context.Context, c app.Contact, p app.Personal) (app.Contact, error) {
	saved, err := l.Office.Save(ctx, c, p)
	if err == nil {
		l.send()
	}
	return saved, err
}

// CallMade notes in the name of who is at work that the call that a contact
// promised was made, and lets it leave at once. CodeNotEnrolled, CodeNotFound.
func (s *Station) CallMade(ctx context.Context, contact string) error {
	operator := s.identity().Operator
	if operator == "" {
		return app.Fault(app.CodeNotEnrolled, nil)
	}
	var calls contacts.FollowUps = s.Office
	if err := calls.CloseFollowUp(ctx, contact, operator, s.clock.Now()); err != nil {
		return err
	}
	s.Send()
	return nil
}

// Enrol activates the workstation and takes its new identity over.
func (s *Station) Enrol(ctx context.Context, hub, code string, ca []byte) error {
	return s.EnrolAs(ctx, exchange.Enrolling{Hub: hub, Code: code, CA: ca})
}

// EnrolAs activates the workstation with a name for the authority's list.
func (s *Station) EnrolAs(ctx context.Context, in exchange.Enrolling) error {
	if err := s.Engine.Enrol(ctx, in); err != nil {
		return err
	}
	d, err := s.Office.Device(ctx)
	s.mu.Lock()
	s.device = d
	s.mu.Unlock()
	if err != nil {
		return err
	}
	s.Applications.Wake() // requests go to the hub that it is now enrolled at
	return s.Office.Audit(ctx, app.AuditEnrolment, "", d.ID, s.clock.Now())
}

// OfficeName names an office of the catalogue, "" when it is not there.
func (s *Station) OfficeName(id string) string {
	o, _ := s.Catalogue.Office(id)
	return o.Name
}

// Enrolled reports whether the workstation has a hub.
func (s *Station) Enrolled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.device.Enrolled()
}

// Close closes the files and the connections to the hub.
func (s *Station) Close() error {
	s.closeOperators()
	s.mu.Lock()
	if s.client != nil {
		s.client.Close()
	}
	s.mu.Unlock()
	s.joining.end()
	return errors.Join(s.Catalogue.Close(), s.Office.Close())
}

func (s *Station) identity() desk.Identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return desk.Identity{Authority: s.device.Authority, Office: s.device.Office, Operator: s.operator()}
}

// connect keeps the client of a hub, a device, the hub's own authority and a
// key, with its connection and token.
func (s *Station) connect(d exchange.Device, signer crypto.Signer) (exchange.Hub, error) {
	key, ok := signer.(*ecdsa.PrivateKey)
	if !ok {
		return nil, app.Fault(app.CodeInternal, fmt.Errorf("device key of type %T", signer))
	}
	public, err := exchange.PublicKey(key)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if of := d.Hub + "\x00" + d.ID + "\x00" + string(d.CA) + "\x00" + public; s.client == nil || s.of != of {
		c, err := api.New(d, key, s.clock, s.proxy.For)
		if err != nil {
			return nil, err
		}
		if s.client != nil {
			s.client.Close()
		}
		s.client, s.of = c, of
		s.introduce()
	}
	return s.client, nil
}

// Proxy says by which proxy the hub is reached and who says so, "" when
// directly.
func (s *Station) Proxy(hub string) (address, source string) { return s.proxy.Explain(hub) }

// Keeping says how the keys of the workstation are kept.
func (s *Station) Keeping() (secret.Keeping, error) { return s.people.vault.Keeping() }

// exclusive waits until no other program synchronises this folder, then sees
// what that one brought.
func (s *Station) exclusive(ctx context.Context) (func(), error) {
	lock := flock.New(filepath.Join(s.Folder, "sincronizzazione.lock"))
	ctx, cancel := context.WithTimeout(ctx, exclusiveWait)
	defer cancel()
	if ok, err := lock.TryLockContext(ctx, exclusiveRetry); !ok || err != nil {
		return nil, app.Fault(app.CodeSyncBusy, err)
	}
	release := func() { _ = lock.Close() } // the system drops the lock with the process at the latest
	if err := s.Catalogue.Refresh(ctx); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

const (
	exclusiveWait  = 2 * time.Minute
	exclusiveRetry = 200 * time.Millisecond
)

// DemonstrationFolder is where the demonstration of a data folder lies.
func DemonstrationFolder(folder string) string { return filepath.Join(folder, "dimostrazione") }

// OpenDemonstration makes a workstation of the embedded sample, from the
// start each time: nothing real is in it and nothing is kept.
func OpenDemonstration(ctx context.Context, p Params) (*Station, error) {
	p.Folder = DemonstrationFolder(p.Folder)
	if err := os.RemoveAll(p.Folder); err != nil {
		return nil, app.Fault(app.CodeFolder, err, "path", p.Folder)
	}
	p.demonstration = true
	s, err := Open(ctx, p)
	if err != nil {
		return nil, err
	}
	if err := s.Catalogue.LoadSample(ctx, assets.Sample()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	for _, sha := range assets.SampleBlobs() {
		write := func(w io.Writer) error { _, err := w.Write(assets.SampleBlob(sha)); return err }
		if err := s.Catalogue.SaveBlob(ctx, sha, write); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.device = exchange.Device{Authority: "demo_borgo", Office: "demo_borgo-urp", Operator: "dimostrazione", Role: "operatore"}
	return s, nil
}

// Paper draws pages as PDF and for the screen with the embedded fonts.
type Paper struct {
	engine *layout.Engine
	fonts  page.Fonts
	writer *pdf.Writer
	drawer *raster.Drawer
}

// NewPaper loads the fonts.
func NewPaper() (*Paper, error) {
	fonts := page.LoadFonts(assets.Font)
	engine, err := layout.New(fonts)
	if err != nil {
		return nil, fmt.Errorf("fonts: %w", err)
	}
	for lang, patterns := range assets.Hyphenation() {
		if err := engine.Hyphenate(lang, patterns); err != nil {
			return nil, err
		}
	}
	drawer, err := raster.New(fonts, engine)
	if err != nil {
		return nil, fmt.Errorf("fonts: %w", err)
	}
	return &Paper{engine: engine, fonts: fonts, writer: pdf.New(fonts, engine), drawer: drawer}, nil
}

// Layout places a document on pages. CodePrint.
func (p *Paper) Layout(doc page.Document) (page.DisplayList, error) { return p.engine.Layout(doc) }

// PDF writes pages as a file. CodePrint.
func (p *Paper) PDF(w io.Writer, list page.DisplayList) error {
	return p.writer.Write(w, list)
}

// Picture draws page n, the first is 0, for the screen, width dots wide.
// CodePrint.
func (p *Paper) Picture(list *page.DisplayList, n, width int) (image.Image, error) {
	picture, err := p.drawer.Page(list, n, width)
	if err != nil {
		return nil, err
	}
	return picture, nil
}

// Vocabulary reads one of the embedded vocabularies by name.
func Vocabulary(name string) (app.Vocabulary, error) {
	var terms []app.Term
	if err := json.Unmarshal(assets.Read("vocabularies/"+name+".json"), &terms); err != nil {
		return nil, fmt.Errorf("vocabulary %s: %w", name, err)
	}
	return app.NewVocabulary(terms), nil
}

// Books reads the translation files of both languages.
func Books() (map[string]*phrase.Book, error) {
	books := map[string]*phrase.Book{}
	for _, lang := range []string{"it", "en"} {
		b, err := phrase.New(lang, assets.Translations(lang)...)
		if err != nil {
			return nil, err
		}
		books[lang] = b
	}
	return books, nil
}
