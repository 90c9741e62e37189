package ui

import (
	"context"

	"polis/app"
	"polis/app/network"
	uinetwork "polis/ui/network"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// bannerSteps leads a new member to what it completes first.
const bannerSteps = "first steps"

func (w *Window) makeNetwork() screen.Screen {
	s := w.services
	d := uinetwork.Deps{
		Host: w.host, Offices: s.Network, State: &w.rooms.network, Demonstration: s.Demonstration,
		Authority: func() app.Authority { return s.Authority(s.Desk.Authority()) },
		Read: func(code string) {
			w.Go(screen.Desk)
			if room, ok := w.screens[screen.Desk].(interface{ Read(code string) }); ok {
				room.Read(code)
			}
		},
	}
	if m := s.Membership; m != nil && m.Register != nil {
		d.Municipality = func(name string) (istat, province string, ok bool) {
			register, err := m.Register()
			if err != nil {
				w.p.Log.Error("register", "error", err)
				return "", "", false
			}
			return register.Municipality(name)
		}
	}
	return uinetwork.New(d)
}

// followNetwork shows what becomes of edited offices, and a new member what
// to complete first.
func (w *Window) followNetwork() {
	s := w.services
	if s == nil || s.Network == nil {
		return
	}
	s.Network.OnChange(func() {
		w.p.Runner.Post(func() {
			if w.services == s {
				w.refreshNetwork()
			}
		})
	})
	w.tellSteps()
}

// refreshNetwork shows the own authority anew: an edit went on, or the
// catalogue or who is at work changed.
func (w *Window) refreshNetwork() {
	if room, ok := w.screens[screen.Network].(interface{ Refresh() }); ok {
		room.Refresh()
	}
	w.tellSteps()
}

// tellSteps proposes the first steps above the screen until they are done or
// were put aside, and tells of edits that somebody must look at; the screen of
// the own authority shows them itself.
func (w *Window) tellSteps() {
	s := w.services
	if s == nil || s.Network == nil {
		return
	}
	w.p.Runner.Go(func() func() {
		steps, err := s.Network.FirstSteps(context.Background())
		var offices []network.Office
		if err == nil {
			offices, err = s.Network.All(context.Background())
		}
		steps.New = steps.New && s.Network.May(context.Background()) // they are for who may take them
		return func() {
			switch {
			case w.services != s:
			case err != nil:
				w.p.Log.Error("own authority", "error", err)
			default:
				w.proposeSteps(&steps)
				w.tellOffices(offices)
			}
		}
	})
}

// bannerOffices tells of an edit about which a person must decide.
const bannerOffices = "offices"

// tellOffices says above the other screens that an edit of an office met
// another one, or was refused.
func (w *Window) tellOffices(offices []network.Office) {
	for i := range offices {
		e := offices[i].Edit
		if e == nil || e.State != network.Changed && e.State != network.Refused || w.route == screen.Network || w.news.office == e.Hash {
			continue
		}
		key, id := "network.banner."+string(e.State), offices[i].ID
		w.frame.banner(bannerOffices, &widgets.BannerSpec{
			Kind: widgets.Warn, Title: w.words.Text(key, "office", offices[i].Name), Text: w.words.Text(key + "_text"),
			Action: w.words.Text("network.banner.open"), OnAction: func() {
				w.frame.banner(bannerOffices, nil)
				w.rooms.network.Open(id)
				w.Go(screen.Network)
			},
			OnDismiss: func() { w.news.office = e.Hash },
		})
		w.p.Trace("banner", "id", bannerOffices)
		return
	}
	w.frame.banner(bannerOffices, nil)
}

func (w *Window) proposeSteps(steps *network.FirstSteps) {
	if !steps.New || w.route == screen.Network || w.news.steps {
		w.frame.banner(bannerSteps, nil)
		return
	}
	n := w.words.Number
	w.frame.banner(bannerSteps, &widgets.BannerSpec{
		Kind: widgets.Info, Title: w.words.Text("network.steps.banner"),
		Text:   w.words.Text("network.steps.banner_text", "n", n(steps.Done), "all", n(len(steps.Steps))),
		Action: w.words.Text("network.steps.banner_open"),
		OnAction: func() {
			w.frame.banner(bannerSteps, nil)
			w.rooms.network.Steps()
			w.Go(screen.Network)
		},
		OnDismiss: func() { w.news.steps = true }, // until the next start
	})
	w.p.Trace("banner", "id", bannerSteps)
}
