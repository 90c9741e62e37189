package membership

import (
	"context"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/exchange"
	"polis/app/membership"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// networkForm asks how the region is reached: by the file that it gives
// away, or by its address and, where it has one of its own, its certificate.
type networkForm struct {
	s      *Screen
	root   fyne.CanvasObject
	reader *widgets.Reader
	hub    *widgets.Field
	ca     *widgets.Field
	save   *widgets.Button
	stops  []fyne.Focusable
	lane   *screen.Lane

	known membership.Network // as it is stored
	read  bool
	busy  bool
}

func newNetwork(s *Screen) *networkForm {
	n := &networkForm{s: s, reader: widgets.NewReader(), lane: screen.NewLane(s.d.Host.Runner)}
	n.reader.MaxWidth = 760
	w := s.words
	back := widgets.NewButton(widgets.ButtonSpec{
		Label: w("rail.membership"), Key: screen.KeyLabel(screen.ActionSearch, w), Icon: fynetheme.NavigateBackIcon(), OnPress: n.leave,
	})
	file := widgets.NewButton(widgets.ButtonSpec{Label: w("membership.network.file"), Icon: fynetheme.FolderOpenIcon(), OnPress: n.pickFile})
	grow := n.reader.Relayout
	n.hub = widgets.NewField(widgets.FieldSpec{
		Label: w("membership.network.hub"), Help: w("membership.network.hub_help"), Placeholder: "https://",
		OnChange: func(string) { n.hub.Fail("") }, OnEnter: n.send, OnGrow: grow,
	})
	pick := widgets.NewButton(widgets.ButtonSpec{Label: w("membership.network.pick"), Icon: fynetheme.FolderOpenIcon(), OnPress: n.pickCertificate})
	n.ca = widgets.NewField(widgets.FieldSpec{
		Label: w("membership.network.ca"), Help: w("membership.network.ca_help"), Beside: []fyne.CanvasObject{pick},
		OnChange: func(string) { n.ca.Fail("") }, OnEnter: n.send, OnGrow: grow,
	})
	n.save = widgets.NewButton(widgets.ButtonSpec{
		Label: w("membership.network.save"), Key: w("key_name.Return"), Icon: fynetheme.ConfirmIcon(), Weight: widgets.Primary, OnPress: n.send,
	})
	n.stops = []fyne.Focusable{back, file, n.hub.Focus(), n.ca.Focus(), pick, n.save}
	for _, b := range []*widgets.Button{file, pick, n.save} {
		b.OnFocus = func() { n.reader.RevealObject(b) }
	}
	k := theme.Current().Tokens()
	card := func(title, text string, below ...fyne.CanvasObject) fyne.CanvasObject {
		words := widgets.Stack(2, append([]fyne.CanvasObject{widgets.NewWrapped(widgets.Heading, title), widgets.NewWrapped(widgets.Body, text)}, below...)...)
		return widgets.Panel(widgets.Pad(3.5, 4, 3.5, 4, words), widgets.Surface{Fill: k.Quiet, Radius: 6})
	}
	page := widgets.Pad(3, 4, 5, 0, widgets.Stack(
		3, card(w("membership.network.by_file"), w("membership.network.by_file_text"), widgets.Below(file)),
		card(w("membership.network.by_hand"), w("membership.network.by_hand_text"), n.hub, n.ca, widgets.Below(n.save)),
	))
	n.reader.Set([]widgets.Placed{{Piece: widgets.Whole(page)}})
	title := widgets.Stack(0, widgets.NewWrapped(widgets.Title, w("membership.network.title")), widgets.NewWrapped(widgets.Secondary, w("membership.network.text")))
	head := widgets.Pad(2.5, 4, 2, 3.25, widgets.Stack(1, widgets.Row(0, -1, back), widgets.Pad(0, 0, 0, 0.75, title)))
	n.root = widgets.Frame(widgets.Stack(0, head, widgets.Line()), nil, nil, widgets.Pad(0, 0, 0, 4, n.reader))
	return n
}

// Object implements view.
func (n *networkForm) Object() fyne.CanvasObject { return n.root }

// Close implements view.
func (n *networkForm) Close() { n.lane.Drop() }

// Shown implements view.
func (n *networkForm) Shown() {
	n.s.d.Host.Canvas().Focus(n.stops[1])
	n.s.d.Host.Trace("network settings shown")
	if n.read {
		return
	}
	n.lane.Go(func(ctx context.Context) func() {
		known, err := n.s.d.Applications.Network(ctx)
		return func() {
			n.read = true
			if err != nil {
				return // nothing is known yet: the fields are empty
			}
			n.known = known
			if n.hub.Text() == "" {
				n.hub.Set(known.Hub)
			}
			if known.CA != "" {
				n.ca.SetHelp(n.s.words("membership.network.ca_known"))
			}
		}
	})
}

// Do implements view.
func (n *networkForm) Do(a screen.Action) bool {
	switch a {
	case screen.ActionNext:
		n.move(1)
	case screen.ActionPrevious:
		n.move(-1)
	case screen.ActionPageDown:
		n.reader.ScrollPage(1)
	case screen.ActionPageUp:
		n.reader.ScrollPage(-1)
	case screen.ActionSearch:
		n.leave()
	default:
		return false
	}
	return true
}

func (n *networkForm) move(by int) {
	c := n.s.d.Host.Canvas()
	at := -1
	for i, f := range n.stops {
		if c.Focused() == f {
			at = i
		}
	}
	f := n.stops[min(max(at+by, 0), len(n.stops)-1)]
	c.Focus(f)
	if o, ok := f.(fyne.CanvasObject); ok && at+by > 0 {
		n.reader.RevealObject(o)
	}
}

// leave goes back to where one came from: the request, or the list.
func (n *networkForm) leave() {
	s := n.s
	if s.d.State.id == "" {
		s.openList()
		return
	}
	form := s.d.State.form
	s.read(s.d.State.id, func(f membership.Filed) {
		if form {
			s.openForm(f)
			return
		}
		s.showCase(f)
	})
}

func (n *networkForm) pickFile() {
	n.s.d.PickOpen(n.s.words("membership.network.file"), []string{".json", ".polis"}, func(path string) {
		if path == "" {
			return
		}
		n.store(func() (membership.Network, error) { return n.s.d.Applications.ReadNetwork(path) })
	})
}

func (n *networkForm) pickCertificate() {
	n.s.d.PickOpen(n.s.words("membership.network.ca"), []string{".pem", ".crt", ".cer"}, func(path string) {
		if path != "" {
			n.ca.Set(path)
			n.ca.Fail("")
		}
		n.s.d.Host.Canvas().Focus(n.ca.Focus())
	})
}

// send stores what was typed.
func (n *networkForm) send() {
	hub, wrong := exchange.HubAddress(n.hub.Text())
	if wrong != "" {
		n.hub.Fail(n.s.words("membership.network.hub." + wrong))
		n.s.d.Host.Canvas().Focus(n.hub.Focus())
		return
	}
	path, known := n.ca.Text(), n.known
	n.store(func() (membership.Network, error) {
		out := membership.Network{Hub: hub}
		if hub == known.Hub { // what came with the file of the same region still holds
			out = known
		}
		if path == "" {
			return out, nil
		}
		ca, err := exchange.ReadCertificate(path)
		out.CA = string(ca)
		return out, err
	})
}

// store keeps the settings that read returns, and sends what waited for
// them.
func (n *networkForm) store(read func() (membership.Network, error)) {
	if n.busy {
		return
	}
	n.busy = true
	s := n.s
	s.d.Host.Runner.Go(func() func() {
		network, err := read()
		if err == nil {
			err = s.d.Applications.SetNetwork(context.Background(), network)
		}
		return func() {
			n.busy = false
			if err != nil {
				n.fail(err)
				return
			}
			s.d.Host.Banner(banner, nil)
			s.d.Host.Toast(s.words("membership.network.saved", "hub", network.Hub), nil)
			s.d.Host.Trace("network settings saved", "hub", network.Hub)
			n.leave()
			s.refreshQuietly()
		}
	})
}

// fail says what is wrong, at the field where it is one.
func (n *networkForm) fail(err error) {
	host := n.s.d.Host
	host.Trace("network settings refused", "code", string(app.ErrorCode(err)))
	if app.ErrorCode(err) == app.CodeFile && n.ca.Text() != "" {
		n.ca.Fail(n.s.words("membership.network.ca_wrong"))
		host.Canvas().Focus(n.ca.Focus())
		return
	}
	message, hint := n.s.explain(err)
	host.Log.Error("shown to the operator", "banner", banner, "error", err)
	host.Banner(banner, &widgets.BannerSpec{Kind: widgets.Bad, Title: message, Text: hint})
}
