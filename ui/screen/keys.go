package screen

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// Action is what a key asks for.
type Action string

// The actions of the key map.
const (
	ActionNext       Action = "next"
	ActionPrevious   Action = "previous"
	ActionRead       Action = "read"
	ActionComplete   Action = "complete" // the search, at its end
	ActionPageDown   Action = "page_down"
	ActionPageUp     Action = "page_up"
	ActionSearch     Action = "search" // back to the search, never discards
	ActionPrint      Action = "print"
	ActionPreview    Action = "preview" // the paper with all that can be chosen
	ActionFirst      Action = "first"   // page
	ActionLast       Action = "last"
	ActionZoomIn     Action = "zoom_in"
	ActionZoomOut    Action = "zoom_out"
	ActionZoomPage   Action = "zoom_page"
	ActionLog        Action = "log"
	ActionAnother    Action = "another" // another request of the same person
	ActionNewPerson  Action = "new_person"
	ActionPark       Action = "park"
	ActionNote       Action = "note"
	ActionMissing    Action = "missing" // no sheet answers
	ActionSheetLang  Action = "sheet_language"
	ActionCalled     Action = "called" // a promised call was made
	ActionSync       Action = "sync"
	ActionCover      Action = "cover"
	ActionSwitch     Action = "switch" // somebody else logs in
	ActionHelp       Action = "help"
	ActionGoDesk     Action = "go_desk"
	ActionGoContacts Action = "go_contacts"
	ActionGoSettings Action = "go_settings"
	ActionGoBack     Action = "go_back"
	ActionGoNext     Action = "go_next" // page of a form
	ActionGoMembers  Action = "go_membership"
	ActionGoReview   Action = "go_review"
	ActionGoNetwork  Action = "go_network"
	ActionSave       Action = "save" // what is being edited
)

// Binding ties a key to an action. The sentence in Help is the one of the
// translation key "key." + Action.
type Binding struct {
	Action   Action
	Key      fyne.KeyName
	Modifier fyne.KeyModifier
	Alias    bool // a second key for the same thing, not shown in Help
}

// KeyMap is the only list of keys: the window obeys it, buttons and Help
// show it.
func KeyMap() []Binding {
	return []Binding{
		{Action: ActionSearch, Key: fyne.KeyEscape},
		{Action: ActionNext, Key: fyne.KeyDown},
		{Action: ActionPrevious, Key: fyne.KeyUp},
		{Action: ActionRead, Key: fyne.KeyReturn},
		{Action: ActionRead, Key: fyne.KeyEnter, Alias: true},
		{Action: ActionComplete, Key: fyne.KeyRight},
		{Action: ActionPageDown, Key: fyne.KeyPageDown},
		{Action: ActionPageUp, Key: fyne.KeyPageUp},
		{Action: ActionPrint, Key: fyne.KeyP, Modifier: fyne.KeyModifierControl},
		{Action: ActionPreview, Key: fyne.KeyP, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift},
		{Action: ActionFirst, Key: fyne.KeyHome},
		{Action: ActionLast, Key: fyne.KeyEnd},
		{Action: ActionZoomIn, Key: fyne.KeyPlus, Modifier: fyne.KeyModifierControl},
		{Action: ActionZoomOut, Key: fyne.KeyMinus, Modifier: fyne.KeyModifierControl},
		{Action: ActionZoomPage, Key: fyne.Key0, Modifier: fyne.KeyModifierControl},
		{Action: ActionSheetLang, Key: fyne.KeyE, Modifier: fyne.KeyModifierControl},
		{Action: ActionMissing, Key: fyne.KeyB, Modifier: fyne.KeyModifierControl},
		{Action: ActionLog, Key: fyne.KeyF9},
		{Action: ActionAnother, Key: fyne.KeyF8},
		{Action: ActionNote, Key: fyne.KeyF7},
		{Action: ActionPark, Key: fyne.KeyF6},
		{Action: ActionNewPerson, Key: fyne.KeyF4},
		{Action: ActionSync, Key: fyne.KeyF5},
		{Action: ActionCalled, Key: fyne.KeyF3},
		{Action: ActionCover, Key: fyne.KeyL, Modifier: fyne.KeyModifierControl},
		{Action: ActionSwitch, Key: fyne.KeyF2},
		{Action: ActionHelp, Key: fyne.KeyF1},
		{Action: ActionGoDesk, Key: fyne.Key1, Modifier: fyne.KeyModifierControl},
		{Action: ActionGoContacts, Key: fyne.Key2, Modifier: fyne.KeyModifierControl},
		{Action: ActionGoSettings, Key: fyne.Key3, Modifier: fyne.KeyModifierControl},
		{Action: ActionGoMembers, Key: fyne.Key4, Modifier: fyne.KeyModifierControl},
		{Action: ActionGoReview, Key: fyne.Key6, Modifier: fyne.KeyModifierControl},
		{Action: ActionGoNetwork, Key: fyne.Key5, Modifier: fyne.KeyModifierControl},
		{Action: ActionSave, Key: fyne.KeyS, Modifier: fyne.KeyModifierControl},
		{Action: ActionGoBack, Key: fyne.KeyLeft, Modifier: fyne.KeyModifierAlt},
		{Action: ActionGoNext, Key: fyne.KeyRight, Modifier: fyne.KeyModifierAlt},
	}
}

// Plain returns the action of a key without modifier, "" when it has none.
func Plain(key fyne.KeyName) Action {
	for _, b := range KeyMap() {
		if b.Key == key && b.Modifier == 0 {
			return b.Action
		}
	}
	return ""
}

// Shortcut returns the Fyne shortcut of a binding with a modifier.
func (b Binding) Shortcut() fyne.Shortcut {
	return &desktop.CustomShortcut{KeyName: b.Key, Modifier: b.Modifier}
}

// Label writes the key as it is shown beside an action, with the words for
// the keys that have a name ("key_name.Escape" and so on).
func (b Binding) Label(words func(key string, args ...string) string) string {
	label := ""
	switch b.Modifier {
	case fyne.KeyModifierControl:
		label = "Ctrl+"
	case fyne.KeyModifierAlt:
		label = "Alt+"
	case fyne.KeyModifierControl | fyne.KeyModifierShift:
		label = "Ctrl+" + words("key_name.Shift") + "+"
	}
	switch {
	case b.Modifier != 0 && b.Key == fyne.KeyLeft:
		return label + "←"
	case b.Modifier != 0 && b.Key == fyne.KeyRight:
		return label + "→"
	}
	switch b.Key {
	case fyne.KeyHome, fyne.KeyEnd, fyne.KeyEscape, fyne.KeyUp, fyne.KeyDown, fyne.KeyLeft, fyne.KeyRight, fyne.KeyReturn, fyne.KeyPageUp, fyne.KeyPageDown:
		return label + words("key_name."+string(b.Key))
	}
	return label + string(b.Key)
}

// KeyLabel writes the key of an action, "" when it has none.
func KeyLabel(a Action, words func(key string, args ...string) string) string {
	for _, b := range KeyMap() {
		if b.Action == a && !b.Alias {
			return b.Label(words)
		}
	}
	return ""
}
