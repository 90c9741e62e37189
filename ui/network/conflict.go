package network

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/membership"
	"polis/app/network"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// conflict shows an edit beside what somebody else left in its place.
type conflict struct {
	s      *Screen
	shown  network.Office
	root   fyne.CanvasObject
	reader *widgets.Reader
	mine   *widgets.Button
	theirs *widgets.Button
}

func newConflict(s *Screen, shown network.Office) *conflict {
	v := &conflict{s: s, shown: shown, reader: widgets.NewReader()}
	v.reader.MaxWidth = 860
	e := *shown.Edit
	text := "network.conflict.text"
	if e.Theirs == nil {
		text = "network.conflict.gone"
	}
	page := []fyne.CanvasObject{
		widgets.EndsOrUnder(2, widgets.NewWrapped(widgets.Heading, shown.Name), s.badges(&shown)),
		widgets.NewBanner(widgets.BannerSpec{Kind: widgets.Warn, Title: s.words("network.conflict.title"), Text: s.words(text)}),
	}
	for _, d := range e.Differences() {
		page = append(page, v.difference(&e, d))
	}
	v.mine = widgets.NewButton(widgets.ButtonSpec{Label: s.words("network.conflict.keep_mine"), OnPress: v.keepMine})
	v.theirs = widgets.NewButton(widgets.ButtonSpec{Label: s.words("network.conflict.keep_theirs"), OnPress: func() { s.giveUp(e, "network.conflict.kept_theirs") }})
	if !s.may {
		v.mine.Disable()
		v.theirs.Disable()
	}
	v.reader.Set([]widgets.Placed{{Piece: widgets.Whole(widgets.Pad(2, 1, 5, 1, widgets.Stack(3, page...)))}})
	foot := widgets.Stack(0, widgets.Line(), widgets.Pad(1.5, 4, 1.5, 4, widgets.Wrap(1, 1, v.theirs, v.mine)))
	v.root = widgets.Frame(nil, foot, nil, widgets.Pad(0, 0, 0, 4, v.reader))
	return v
}

// difference shows a part in both versions.
func (v *conflict) difference(e *network.Edit, d network.Difference) fyne.CanvasObject {
	s := v.s
	k := theme.Current().Tokens()
	cell := func(head, text string, quiet bool) fyne.CanvasObject {
		role := widgets.Body
		if quiet {
			role = widgets.Secondary
		}
		content := widgets.Stack(0.5, widgets.NewWrapped(widgets.SecondaryStrong, s.words(head)), widgets.NewWrapped(role, text))
		return widgets.Panel(widgets.Pad(2, 3, 2, 3, content), widgets.Surface{Fill: k.Quiet, Radius: 6})
	}
	mine := s.partText(&e.Office, d.Part)
	if !d.Ours {
		mine = s.words("network.conflict.untouched")
	}
	return widgets.Stack(1, widgets.NewWrapped(widgets.Section, s.words("network.label."+string(d.Part))),
		widgets.Level([]float32{1, 1}, cell("network.conflict.mine", mine, !d.Ours), cell("network.conflict.theirs", s.partText(e.Theirs, d.Part), false)))
}

// partText writes a part of an office.
func (s *Screen) partText(o *app.Office, p network.Part) string {
	var lines []string
	switch p {
	case "name":
		lines = append(lines, o.Name)
	case "kind":
		lines = append(lines, s.kindText(o.Kind))
	case "address":
		if a := o.Address; a != nil {
			lines = append(lines, s.addressText(a))
		}
	case "phone":
		lines = append(lines, o.Phone)
	case "email":
		lines = append(lines, o.Email)
	case "pec":
		lines = append(lines, o.PEC)
	case "opening_notes":
		lines = append(lines, o.OpeningNotes)
	case "opening_hours":
		if len(o.OpeningHours) > 0 {
			for _, d := range membership.WeekDays() {
				lines = append(lines, s.words("network.day."+d)+" "+s.hoursText(o.OpeningHours, d))
			}
		}
	case "closures":
		for _, c := range o.Closures {
			lines = append(lines, s.closureText(c))
		}
	}
	text := strings.Join(lines, "\n")
	if text == "" {
		return s.words("network.conflict.empty")
	}
	return text
}

// addressText writes an address with its place on the map.
func (s *Screen) addressText(a *app.Address) string {
	town := strings.TrimSpace(a.PostalCode + " " + a.Municipality)
	if a.Province != "" {
		town += " (" + a.Province + ")"
	}
	parts := slices.DeleteFunc([]string{a.Street, town, placeText(a, s.d.Host.Words.Lang())}, func(t string) bool { return t == "" })
	return strings.Join(parts, " · ")
}

func (v *conflict) keepMine() {
	s := v.s
	s.work(func(ctx context.Context) error {
		_, err := s.d.Offices.KeepMine(ctx, v.shown.ID)
		return err
	}, func() {
		s.anew()
		s.d.Host.Notice(s.words("network.conflict.kept_mine"))
	})
}

func (v *conflict) object() fyne.CanvasObject { return v.root }
func (v *conflict) id() string                { return v.shown.ID }

func (v *conflict) update(s *Screen) bool {
	return s.unchanged(&v.shown)
}

// unchanged reports that an office is still what is shown of it.
func (s *Screen) unchanged(shown *network.Office) bool {
	now := s.office(shown.ID)
	a, err1 := json.Marshal(now)
	b, err2 := json.Marshal(shown)
	return now != nil && err1 == nil && err2 == nil && bytes.Equal(a, b)
}

func (v *conflict) focus() { v.s.d.Host.Canvas().Focus(v.theirs) }

func (v *conflict) do(a screen.Action) bool {
	c := v.s.d.Host.Canvas()
	switch a {
	case screen.ActionNext:
		c.Focus(v.mine)
	case screen.ActionPrevious:
		c.Focus(v.theirs)
	case screen.ActionPageDown:
		v.reader.ScrollPage(1)
	case screen.ActionPageUp:
		v.reader.ScrollPage(-1)
	default:
		return false
	}
	return true
}

func (*conflict) close() {}

// reading shows an office to who may not edit it.
type reading struct {
	s      *Screen
	shown  network.Office
	root   fyne.CanvasObject
	reader *widgets.Reader
}

func newReading(s *Screen, shown network.Office) *reading {
	v := &reading{s: s, shown: shown, reader: widgets.NewReader()}
	v.reader.MaxWidth = 760
	page := []fyne.CanvasObject{widgets.EndsOrUnder(2, widgets.NewWrapped(widgets.Heading, shown.Name), s.badges(&shown))}
	if e := shown.Edit; e != nil && e.State == network.Waiting {
		page = append(page, widgets.NewBanner(widgets.BannerSpec{Kind: widgets.Warn, Text: s.words("network.waiting_who", s.moment(e.At)...)}))
	}
	for _, p := range network.Parts()[1:] {
		page = append(page, widgets.Stack(0.25, widgets.NewWrapped(widgets.SecondaryStrong, s.words("network.label."+string(p))),
			widgets.NewWrapped(widgets.Body, s.partText(&shown.Office, p))))
	}
	v.reader.Set([]widgets.Placed{{Piece: widgets.Whole(widgets.Pad(2, 1, 5, 1, widgets.Stack(2, page...)))}})
	v.root = widgets.Pad(0, 0, 0, 4, v.reader)
	return v
}

func (v *reading) object() fyne.CanvasObject { return v.root }
func (v *reading) id() string                { return v.shown.ID }

func (v *reading) update(s *Screen) bool {
	return !s.may && s.unchanged(&v.shown)
}

func (v *reading) focus() { v.s.d.Host.Canvas().Focus(v.s.rows) }

func (v *reading) do(a screen.Action) bool {
	switch a {
	case screen.ActionPageDown:
		v.reader.ScrollPage(1)
	case screen.ActionPageUp:
		v.reader.ScrollPage(-1)
	default:
		return false
	}
	return true
}

func (*reading) close() {}
