package printing

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/app/page"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// preview is the paper's pages, as they will be printed.
type preview struct {
	s      *Screen
	object fyne.CanvasObject
	pages  *widgets.Pages
	thumbs *widgets.Pages
	where  *widgets.Text
	zoom   *widgets.Button
	list   *page.DisplayList
	wants  []want
	busy   bool
	closed bool
}

// want is a picture that was asked for.
type want struct {
	of          *widgets.Pages
	page, width int
}

func zooms() []widgets.Zoom { return []widgets.Zoom{0.5, 0.75, 1, 1.25, 1.5, 2} }

func newPreview(s *Screen) *preview {
	p := &preview{s: s, pages: widgets.NewPages(s.d.State.zoom), thumbs: widgets.NewPages(widgets.ZoomWidth)}
	p.where = widgets.NewText(widgets.Secondary, "")
	small := func(label string, do func()) *widgets.Button {
		return widgets.NewButton(widgets.ButtonSpec{Label: label, Small: true, OnPress: do})
	}
	p.zoom = small("", p.zoomMenu)
	tools := widgets.Wrap(0.5, 0, small("–", func() { p.zoomBy(-1) }), p.zoom, small("+", func() { p.zoomBy(1) }))
	p.pages.OnWant = func(n, width int) { p.want(want{p.pages, n, width}) }
	p.pages.OnPage = func(n int) { p.tell(n) }
	p.thumbs.Numbered = true
	p.thumbs.OnWant = func(n, width int) { p.want(want{p.thumbs, n, width}) }
	p.thumbs.OnPress = func(n int) { p.pages.Go(n) }
	k := theme.Current().Tokens()
	head := widgets.Pad(0.75, 3, 0.75, 3, widgets.Ends(2, p.where, tools))
	body := widgets.Frame(widgets.Stack(0, head, widgets.Line()), nil, nil, container.New(&thumbsLayout{p}, p.thumbs, p.pages))
	p.object = widgets.Panel(body, widgets.Surface{Fill: k.Quiet})
	p.tell(0)
	return p
}

func (p *preview) close() { p.closed, p.wants = true, nil }

// say shows words in place of the paper.
func (p *preview) say(text string) {
	p.list, p.wants = nil, nil
	p.pages.Say(text)
	p.thumbs.Say("")
	p.tell(0)
}

// show shows a paper.
func (p *preview) show(list *page.DisplayList) {
	p.list, p.wants = list, nil
	ratio := float32(list.Height / list.Width)
	p.pages.Set(len(list.Pages), ratio)
	p.thumbs.Set(len(list.Pages), ratio)
	p.tell(p.pages.Page())
	p.object.Refresh()
}

// tell says which page is in sight, and how large.
func (p *preview) tell(n int) {
	w := p.s.words
	p.zoom.SetLabel(p.zoomLabel(p.pages.Zoom()))
	if p.pages.Len() == 0 {
		p.where.Set("")
		return
	}
	p.where.Set(w("print.page", "n", strconv.Itoa(n+1), "total", strconv.Itoa(p.pages.Len())))
	p.thumbs.Mark(n)
}

func (p *preview) zoomLabel(z widgets.Zoom) string {
	switch z {
	case widgets.ZoomPage:
		return p.s.words("print.zoom_page")
	case widgets.ZoomWidth:
		return p.s.words("print.zoom_width")
	}
	return p.s.words("settings.percent", "n", strconv.Itoa(int(z*100+0.5)))
}

func (p *preview) zoomMenu() {
	all := append([]widgets.Zoom{widgets.ZoomPage, widgets.ZoomWidth}, zooms()...)
	items := make([]widgets.MenuItem, len(all))
	for i, z := range all {
		items[i] = widgets.MenuItem{Label: p.zoomLabel(z), Checked: z == p.pages.Zoom(), OnPress: func() { p.setZoom(z) }}
	}
	widgets.ShowMenu(p.zoom, items)
}

func (p *preview) setZoom(z widgets.Zoom) {
	p.s.d.State.zoom = z
	p.pages.SetZoom(z)
	p.tell(p.pages.Page())
}

// zoomBy takes the next larger or smaller size than what is seen.
func (p *preview) zoomBy(step int) {
	now, all := widgets.Zoom(p.pages.Shown()), zooms()
	if step > 0 {
		for _, z := range all {
			if z > now+0.01 {
				p.setZoom(z)
				return
			}
		}
		return
	}
	for i := len(all) - 1; i >= 0; i-- {
		if all[i] < now-0.01 {
			p.setZoom(all[i])
			return
		}
	}
}

// want draws pictures one after the other, what was asked for last first:
// that is what is in sight.
func (p *preview) want(w want) {
	p.wants = append(p.wants, w)
	p.next()
}

func (p *preview) next() {
	for !p.busy && !p.closed && len(p.wants) > 0 && p.list != nil && p.s.d.Picture != nil {
		last := len(p.wants) - 1
		w := p.wants[last]
		p.wants = p.wants[:last]
		if !w.of.Wants(w.page, w.width) {
			continue
		}
		p.draw(w)
	}
}

func (p *preview) draw(w want) {
	list := p.list
	p.busy = true
	p.s.d.Host.Runner.Go(func() func() {
		img, err := p.s.d.Picture(list, w.page, w.width)
		return func() {
			p.busy = false
			switch {
			case p.closed:
				return
			case err != nil:
				p.s.d.Host.Log.Error("preview", "page", w.page+1, "error", err)
			case list == p.list:
				w.of.Put(w.page, w.width, img)
				if w.of == p.pages {
					p.s.d.Host.Trace("page drawn", "n", w.page+1, "width", w.width)
				}
			}
			p.next()
		}
	})
}

// do obeys the keys that turn pages.
func (p *preview) do(a screen.Action) bool {
	whole := p.pages.Zoom() == widgets.ZoomPage
	switch a {
	case screen.ActionNext:
		p.pages.ScrollBy(0.2)
	case screen.ActionPrevious:
		p.pages.ScrollBy(-0.2)
	case screen.ActionPageDown:
		if whole {
			p.pages.Go(p.pages.Page() + 1)
		} else {
			p.pages.ScrollBy(0.9)
		}
	case screen.ActionPageUp:
		if whole {
			p.pages.Go(p.pages.Page() - 1)
		} else {
			p.pages.ScrollBy(-0.9)
		}
	case screen.ActionFirst:
		p.pages.Go(0)
	case screen.ActionLast:
		p.pages.Go(p.pages.Len() - 1)
	case screen.ActionZoomIn:
		p.zoomBy(1)
	case screen.ActionZoomOut:
		p.zoomBy(-1)
	case screen.ActionZoomPage:
		p.setZoom(widgets.ZoomPage)
	default:
		return false
	}
	return true
}
