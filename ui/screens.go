package ui

import (
	"context"
	"encoding/json"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	appcontacts "polis/app/contacts"
	"polis/assets"
	"polis/ui/contacts"
	"polis/ui/desk"
	"polis/ui/doors"
	"polis/ui/handover"
	"polis/ui/help"
	"polis/ui/membership"
	"polis/ui/network"
	"polis/ui/printing"
	"polis/ui/review"
	"polis/ui/screen"
	"polis/ui/settings"
	"polis/ui/theme"
)

// routes lists the screens of the rail, in its order.
func (w *Window) routes() []screen.Route {
	routes := []screen.Route{screen.Desk, screen.Contacts}
	if w.services != nil && w.services.Network != nil {
		routes = append(routes, screen.Network)
	}
	if w.services != nil && w.services.Membership != nil {
		routes = append(routes, screen.Membership)
	}
	if w.examines() {
		routes = append(routes, screen.Review)
	}
	return append(routes, screen.Settings, screen.Help)
}

// makers build the screens, each when it is first shown.
func (w *Window) makers() map[screen.Route]func() screen.Screen {
	all := map[screen.Route]func() screen.Screen{
		screen.Desk: w.makeDesk, screen.Contacts: w.makeContacts, screen.Settings: w.makeSettings, screen.Help: w.makeHelp,
		screen.Printing: w.makePrinting,
	}
	if w.services != nil && w.services.Membership != nil {
		all[screen.Membership] = w.makeMembership
	}
	if w.examines() {
		all[screen.Review] = w.makeReview
	}
	if w.services != nil && w.services.Network != nil {
		all[screen.Network] = w.makeNetwork
	}
	return all
}

func routeIcon(r screen.Route) fyne.Resource {
	switch r {
	case screen.Contacts:
		return fynetheme.ListIcon()
	case screen.Membership:
		return fynetheme.MailComposeIcon()
	case screen.Review:
		return fynetheme.DocumentIcon()
	case screen.Network:
		return fynetheme.HomeIcon()
	case screen.Settings:
		return fynetheme.SettingsIcon()
	case screen.Help:
		return fynetheme.HelpIcon()
	}
	return fynetheme.SearchIcon()
}

func (w *Window) makeDesk() screen.Screen {
	topics := vocabulary("topics")
	labels := map[string]app.Vocabulary{
		"topic": app.NewVocabulary(topics), "audience": app.NewVocabulary(vocabulary("audiences")),
		"life-event": app.NewVocabulary(vocabulary("life-events")),
	}
	codes := make([]string, len(topics))
	for i, t := range topics {
		codes[i] = t.Code
	}
	d := desk.Deps{
		Host: w.host, Desk: w.services.Desk, State: w.state, Books: w.p.Books, Topics: codes,
		Document: w.services.Document, Hand: w.hand, Preview: w.preview,
		Label: func(field, value string) string {
			switch field {
			case "level":
				if w.words.Has("level." + value) {
					return w.words.Text("level." + value)
				}
				return value
			case "authority":
				if name := w.services.Authority(value).Name; name != "" {
					return name
				}
				return value
			}
			return labels[field].Label(value, w.words.Lang())
		},
	}
	if w.services.Exchange != nil {
		d.Arriving, d.Sync = w.arriving, w.sync
	}
	return desk.New(d)
}

// vocabulary reads an embedded vocabulary; a test sees to it that all can be
// read.
func vocabulary(name string) []app.Term {
	var terms []app.Term
	if err := json.Unmarshal(assets.Read("vocabularies/"+name+".json"), &terms); err != nil {
		return nil
	}
	return terms
}

// rooms is what the screens remember while the window is built anew.
type rooms struct {
	settings   settings.State
	help       help.State
	printing   printing.State
	doors      doors.State
	membership membership.State
	review     review.State
	network    network.State
	entrance   *doors.Screen // while there are no services
}

func (w *Window) makePrinting() screen.Screen {
	s := w.services
	return printing.New(printing.Deps{
		Host: w.host, Hand: w.hand, Desk: s.Desk, Press: s.Press, Books: w.p.Books, State: &w.rooms.printing,
		Picture: s.Picture, Document: s.Document,
		Back: func() {
			if w.route == screen.Printing { // who went elsewhere while it was sent stays there
				w.back()
			}
		},
	})
}

// newHand makes what hands papers over; it outlives the screens.
func (w *Window) newHand() {
	if w.hand != nil {
		w.hand.Close()
		w.hand = nil
	}
	if w.papers != nil {
		w.papers.Close()
		w.papers = nil
	}
	s := w.services
	if s == nil {
		return
	}
	if s.Membership != nil {
		w.papers = w.newPapers()
	}
	w.hand = handover.New(handover.Params{
		Host: func() *screen.Host { return w.host }, Press: s.Press, PDF: s.Desk.Write, SaveFolder: s.SaveFolder, Mail: w.p.Mail,
		Choose: w.preview, PickFolder: w.pickFolder,
	})
}

// preview shows a paper with all that can be chosen.
func (w *Window) preview(subject handover.Subject) {
	if w.route == screen.Printing { // it is being chosen
		return
	}
	w.rooms.printing.Take(subject)
	if old := w.screens[screen.Printing]; old != nil { // of another paper
		old.Close()
		delete(w.screens, screen.Printing)
	}
	w.Go(screen.Printing)
}

func (w *Window) makeContacts() screen.Screen {
	s := w.services
	return contacts.New(contacts.Deps{
		Host: w.host, Source: s.Contacts, CallMade: s.CallMade, Clock: w.p.Clock, Demonstration: s.Demonstration,
		Topic: func(code string) string {
			if code == app.TopicUnspecified || code == "" {
				return w.words.Text("topic.unspecified")
			}
			return app.NewVocabulary(vocabulary("topics")).Label(code, w.words.Lang())
		},
		Office: w.officeName,
		Title: func(ctx context.Context, code string) string {
			v, err := s.Desk.Read(ctx, code, "it")
			if err != nil {
				return ""
			}
			return v.Title
		},
		Save:    contacts.SaveIn(s.SaveFolder),
		Receipt: func(c app.Contact) { w.preview(handover.Subject{Contact: &c}) },
		Outdated: func(ctx context.Context) ([]appcontacts.Papers, error) {
			return appcontacts.Outdated(ctx, s.Contacts, s.Sheets, w.p.Clock.Now())
		},
	})
}

func (w *Window) makeSettings() screen.Screen {
	looks := make([]string, 0, len(theme.Modes()))
	for _, m := range theme.Modes() {
		looks = append(looks, string(m))
	}
	d := settings.Deps{
		Host: w.host, State: &w.rooms.settings, Language: w.Language(), SetLanguage: w.SetLanguage,
		Look: string(w.Mode()), Looks: looks, SetLook: func(look string) { w.SetMode(theme.Mode(look)) },
		Scale: w.Scale(), SetScale: w.SetScale,
		Authority: func(id string) string { return w.services.Authority(id).Name }, Office: w.officeName,
		DataFolder: w.services.DataFolder, SaveFolder: w.services.SaveFolder, Version: w.p.Version,
		PickOpen: w.pickOpen, PickSave: w.pickSave, Import: w.importBundle,
	}
	if w.services.Press != nil {
		d.Press, d.Hand = w.services.Press, w.hand
	}
	if w.services.Exchange != nil {
		d.Exchange = w.services.Exchange
	}
	if w.services.Demonstration {
		d.Activate = w.Leave
	}
	if w.services.Operators != nil {
		d.Staff = &settings.Staff{
			Operators: w.services.Operators, Offices: w.services.Offices, Claimed: w.claimed, AutoLock: w.AutoLock(), SetAutoLock: w.SetAutoLock,
		}
	}
	return settings.New(d)
}

func (w *Window) makeHelp() screen.Screen {
	return help.New(help.Deps{Host: w.host, Read: assets.Read, Names: assets.Names, Version: w.p.Version, State: &w.rooms.help})
}

func (w *Window) officeName(id string) string {
	if w.services == nil || w.services.Office == nil {
		return ""
	}
	return w.services.Office(id)
}

// showDoors shows the ways in while the workstation is not enrolled.
func (w *Window) showDoors() {
	var ready *Services
	keep := func(s *Services, err error) error {
		ready = s
		return err
	}
	w.rooms.entrance = doors.New(doors.Deps{
		Host: w.host, Window: w.win, State: &w.rooms.doors, SetLanguage: w.SetLanguage,
		Enrol: func(ctx context.Context, hub, code string, ca []byte) error {
			return keep(w.p.Enrol(ctx, hub, code, ca))
		},
		Demonstrate: func(ctx context.Context) error { return keep(w.p.Demonstrate(ctx)) },
		Done:        func() { w.Enter(ready) },
		Applied: func() {
			w.Enter(ready)
			w.Go(screen.Membership)
		},
	})
	w.frame.put(w.rooms.entrance.Object())
}
