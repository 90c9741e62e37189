package ui

import (
	"encoding/json"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/assets"
	"polis/ui/desk"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// routes lists the screens of the rail, in its order.
func (w *Window) routes() []screen.Route {
	return []screen.Route{screen.Desk}
}

// makers build the screens, each when it is first shown.
func (w *Window) makers() map[screen.Route]func() screen.Screen {
	return map[screen.Route]func() screen.Screen{
		screen.Desk: w.makeDesk,
	}
}

func routeIcon(r screen.Route) fyne.Resource {
	switch r {
	case screen.Contacts:
		return fynetheme.ListIcon()
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
	return desk.New(desk.Deps{
		Host: w.host, Desk: w.services.Desk, State: w.state, Books: w.p.Books, Topics: codes,
		Document: w.services.Document, SaveFolder: w.services.SaveFolder,
		Label: func(field, value string) string {
			if field == "authority" {
				if name := w.services.Authority(value).Name; name != "" {
					return name
				}
				return value
			}
			return labels[field].Label(value, w.words.Lang())
		},
	})
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

// showDoors shows the ways in while the workstation is not enrolled.
func (w *Window) showDoors() {
	w.frame.put(widgets.Empty(fynetheme.LoginIcon(), w.words.Text("error.not_enrolled"), w.words.Text("hint.not_enrolled")))
}
