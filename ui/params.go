// Package ui is the window: rail, routes, banners, keys, language and look.
// Screens live in packages below; none knows another.
package ui

import (
	"context"
	"image"
	"io"
	"log/slog"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/contacts"
	"polis/app/desk"
	"polis/app/exchange"
	"polis/app/operators"
	"polis/app/page"
	"polis/app/phrase"
	"polis/app/printing"
	"polis/ui/membership"
	"polis/ui/network"
	"polis/ui/review"
	"polis/ui/screen"
	"polis/ui/settings"
)

// Settings keeps what the operator chose: language, theme, scale, window.
type Settings interface {
	Setting(key string) string
	SetSetting(key, value string) error
}

// Keys of the settings.
const (
	SettingLanguage = "language" // it, en
	SettingTheme    = "theme"    // light, dark, contrast
	SettingScale    = "scale"    // in percent
	SettingWindow   = "window"   // last size, "1366x728"
)

// Exchange synchronises with the hub in the background.
type Exchange interface {
	settings.Exchange
	// OnChange registers who is told of every change, from any goroutine; a
	// later call replaces the earlier.
	OnChange(func(exchange.Status))
}

// Applications are the requests to join that this workstation makes.
type Applications interface {
	membership.Applications
	// OnChange registers who is told, from any goroutine, that a request
	// stands otherwise than before.
	OnChange(func())
}

// Review examines the requests of others.
type Review interface {
	review.Review
	// OnChange registers who is told, from any goroutine, that the queue
	// changed.
	OnChange(func())
	// Wake asks for a round in the background soon.
	Wake()
}

// Membership is how a body asks to join. It is real in the demonstration
// too.
type Membership struct {
	Applications Applications
	// Register reads the embedded list of public bodies; it runs in the
	// background.
	Register func() (membership.Register, error)
	// Document opens a stored document of a request.
	Document func(ctx context.Context, sha256 string) (io.ReadCloser, error)
	// SaveFolder is where papers and exports go.
	SaveFolder string
	// Settings keep what was seen; those of the demonstration would be lost.
	Settings Settings
}

// Offices are the offices of the own authority.
type Offices interface {
	network.Offices
	// OnChange registers who is told, from any goroutine, that an edit stands
	// otherwise than before.
	OnChange(func())
}

// Services are the use cases of an enrolled workstation, or of the
// demonstration.
type Services struct {
	Desk     *desk.Desk
	Contacts contacts.Source
	// Sheets tells which papers are out of date.
	Sheets contacts.Sheets
	// CallMade notes that the call that a contact promised was made, in the
	// name of who is at work; may be nil.
	CallMade func(ctx context.Context, contact string) error
	Exchange Exchange // nil in the demonstration
	Settings Settings
	// Operators is who works here, with a password or without; nil in the
	// demonstration.
	Operators *operators.Operators
	// Authority finds a public body of the catalogue.
	Authority func(id string) app.Authority
	// Office names an office of the catalogue, "" when it is not there; may
	// be nil.
	Office func(id string) string
	// Offices lists the offices of a body of the catalogue; may be nil.
	Offices func(authority string) []app.Office
	// Document makes a document of the catalogue a file; nil without any.
	Document func(ctx context.Context, sha256 string) (path string, err error)
	// Press prints; nil where nothing can be printed.
	Press *printing.Press
	// Picture draws page n of a paper, from 0, so many pixels wide; nil = no
	// preview.
	Picture func(list *page.DisplayList, n, width int) (image.Image, error)
	// Membership is nil where nobody can ask to join.
	Membership *Membership
	// Review examines requests to join, while somebody is at work who may; nil
	// where nobody can.
	Review Review
	// Network is nil where nobody can see the own authority.
	Network Offices
	// DataFolder is where the workstation's files are, SaveFolder where
	// printed sheets and exports go.
	DataFolder    string
	SaveFolder    string
	Demonstration bool
	// Alerts are faults met while starting, shown as banners.
	Alerts []error
	// Close releases what is open when the window closes; may be nil.
	Close func() error
}

// Params are the window's needs.
type Params struct {
	App fyne.App
	// Services is nil while the workstation is not enrolled: doors show.
	Services *Services
	// Settings hold while there are no services; may be nil.
	Settings Settings
	// Enrol turns an activation code into services.
	Enrol func(ctx context.Context, hub, code string, ca []byte) (*Services, error)
	// Demonstrate opens the embedded sample.
	Demonstrate func(ctx context.Context) (*Services, error)
	// Books are the words of each language; "it" is required.
	Books map[string]*phrase.Book
	// Open shows a file or address with the system's programs.
	Open func(path string) error
	// Mail opens a message with a file in the mail program and reports whether
	// the file is attached; nil = a mailto address is opened.
	Mail func(subject, body, file string) (attached bool, err error)
	Log  *slog.Logger
	// Clock tells the time; nil = the system's.
	Clock app.Clock
	// Runner does the background work; nil = screen.Background.
	Runner screen.Runner
	// Trace tells tests what has finished; nil = the file named by
	// POLIS_TEST_LOG, when it is set.
	Trace   func(event string, args ...any)
	Version string
}

func (p *Params) complete() error {
	if p.App == nil || p.Books["it"] == nil || p.Open == nil {
		return app.Fault(app.CodeInternal, nil)
	}
	if p.Services != nil && (p.Services.Desk == nil || p.Services.Authority == nil) {
		return app.Fault(app.CodeInternal, nil)
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if p.Clock == nil {
		p.Clock = app.SystemClock{}
	}
	if p.Trace == nil {
		p.Trace = traceFile(p.Log)
	}
	return nil
}
