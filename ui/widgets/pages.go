package widgets

import (
	"image"
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"polis/ui/theme"
)

// Zoom says how large pages are shown.
type Zoom float32

// The zooms that follow the room there is; others are parts of the size on
// paper.
const (
	ZoomPage  Zoom = 0  // the whole page is in sight
	ZoomWidth Zoom = -1 // as wide as there is room
)

// Pages shows the pages of a paper below each other. Only those in sight, and
// their neighbours, have a picture: a long paper costs no more than a short
// one.
type Pages struct {
	widget.BaseWidget
	// OnWant asks for the picture of a page, so many pixels wide; Put brings
	// it. It may be asked again for another width.
	OnWant func(page, width int)
	// OnPage is told which page is in the middle.
	OnPage func(page int)
	// OnPress is told which page was clicked; nil = clicks do nothing.
	OnPress func(page int)
	// Numbered writes the number below each page.
	Numbered bool
	// Name is said in place of a page while there is nothing to show.
	Name string

	scroll  *container.Scroll
	sheets  *sheets
	empty   *Text
	ring    *canvas.Rectangle
	focused bool
}

// pagePoints is the width of a page on the screen at 100 %, in the toolkit's
// units: A4 at 96 dots an inch.
const pagePoints = 793.7

// NewPages returns pages of nothing.
func NewPages(zoom Zoom) *Pages {
	p := &Pages{ring: newRing(0), empty: NewWrapped(Secondary, "")}
	p.sheets = &sheets{p: p, zoom: zoom, ratio: 1.414, marked: -1, wanted: map[int]int{}, images: map[int]*canvas.Image{}}
	p.sheets.ExtendBaseWidget(p.sheets)
	p.scroll = container.NewScroll(p.sheets)
	p.scroll.OnScrolled = func(fyne.Position) { p.look() }
	p.empty.centred = true
	p.ExtendBaseWidget(p)
	return p
}

// Set shows another paper of n pages; ratio is height by width. It stays at
// the page it was where there is one.
func (p *Pages) Set(n int, ratio float32) {
	at := min(p.Page(), max(n-1, 0))
	p.sheets.n, p.sheets.ratio = n, ratio
	p.sheets.images, p.sheets.wanted = map[int]*canvas.Image{}, map[int]int{}
	p.sheets.marked = min(p.sheets.marked, n-1)
	p.arrange()
	p.Go(at)
}

// Say shows words in place of pages.
func (p *Pages) Say(text string) {
	p.empty.Set(text)
	p.Set(0, p.sheets.ratio)
}

// Put brings the picture of a page; one that is not asked for any more is
// dropped.
func (p *Pages) Put(page, width int, img image.Image) {
	if p.sheets.wanted[page] != width {
		return
	}
	c := canvas.NewImageFromImage(img)
	c.FillMode, c.ScaleMode = canvas.ImageFillStretch, canvas.ImageScaleSmooth
	p.sheets.images[page] = c
	p.sheets.place()
}

// Wants reports whether the picture of a page is still asked for.
func (p *Pages) Wants(page, width int) bool { return p.sheets.wanted[page] == width }

// Len returns how many pages there are.
func (p *Pages) Len() int { return p.sheets.n }

// Drawn returns how many pages have a picture.
func (p *Pages) Drawn() int { return len(p.sheets.images) }

// Mark frames a page and brings it in sight, -1 none.
func (p *Pages) Mark(page int) {
	if p.sheets.marked == page {
		return
	}
	p.sheets.marked = page
	p.sheets.place()
	top, h := p.sheets.top(page), p.sheets.high()
	switch view := p.scroll.Size().Height; {
	case page < 0 || page >= p.sheets.n:
	case top < p.scroll.Offset.Y:
		p.scrollTo(top - Space(2))
	case top+h > p.scroll.Offset.Y+view:
		p.scrollTo(top + h - view + Space(6))
	}
}

// Page returns the page in the middle, from 0.
func (p *Pages) Page() int {
	if p.sheets.n == 0 || p.sheets.step() <= 0 {
		return 0
	}
	middle := p.scroll.Offset.Y + p.scroll.Size().Height/2
	return min(max(int((middle-p.sheets.margin())/p.sheets.step()), 0), p.sheets.n-1)
}

// Go brings a page to the top; the nearest when there is none of that number.
func (p *Pages) Go(page int) {
	page = min(max(page, 0), max(p.sheets.n-1, 0))
	p.scrollTo(p.sheets.top(page) - p.sheets.margin())
}

// ScrollBy goes down, up with a negative part, by a part of the height.
func (p *Pages) ScrollBy(part float32) {
	p.scrollTo(p.scroll.Offset.Y + part*p.scroll.Size().Height)
}

func (p *Pages) scrollTo(y float32) {
	most := p.sheets.MinSize().Height - p.scroll.Size().Height
	p.scroll.ScrollToOffset(fyne.NewPos(p.scroll.Offset.X, max(min(y, most), 0)))
	p.look()
}

// Zoom returns how large the pages are.
func (p *Pages) Zoom() Zoom { return p.sheets.zoom }

// Shown is the size of the pages as part of that on paper.
func (p *Pages) Shown() float32 { return p.sheets.wide() / pagePoints }

// SetZoom shows the pages larger or smaller and stays at the same page.
func (p *Pages) SetZoom(z Zoom) {
	at := p.Page()
	p.sheets.zoom = z
	p.arrange()
	p.Go(at)
}

func (p *Pages) arrange() {
	SetVisible(p.empty, p.sheets.n == 0)
	p.sheets.view = p.scroll.Size()
	p.sheets.Resize(p.sheets.MinSize().Max(p.scroll.Size()))
	p.scroll.Refresh()
	p.look()
}

// look asks for the pictures in sight and drops those far away.
func (p *Pages) look() {
	s := p.sheets
	if size := p.scroll.Size(); s.n > 0 && size.Height > 0 && size.Width > 2*s.margin() { // there is something to see
		s.look(p.scroll.Offset.Y, p.scroll.Offset.Y+p.scroll.Size().Height)
		if p.OnPage != nil {
			p.OnPage(p.Page())
		}
	}
	s.place()
}

// FocusGained implements fyne.Focusable.
func (p *Pages) FocusGained() { p.focused = true; p.Refresh() }

// FocusLost implements fyne.Focusable.
func (p *Pages) FocusLost() { p.focused = false; p.Refresh() }

// TypedRune implements fyne.Focusable.
func (p *Pages) TypedRune(r rune) { forwardRune(p, r) }

// TypedKey implements fyne.Focusable: the window's keys turn the pages.
func (p *Pages) TypedKey(e *fyne.KeyEvent) { forwardKey(p, e) }

// TypedShortcut implements fyne.Shortcutable.
func (p *Pages) TypedShortcut(s fyne.Shortcut) { forwardShortcut(p, s) }

// MinSize implements fyne.CanvasObject.
func (p *Pages) MinSize() fyne.Size { return fyne.NewSize(Space(16), Space(16)) }

// Around tells the sweep for cut texts what scrolls.
func (p *Pages) Around() *container.Scroll { return p.scroll }

// CreateRenderer implements fyne.Widget.
func (p *Pages) CreateRenderer() fyne.WidgetRenderer {
	return &drawn{
		objects: []fyne.CanvasObject{p.scroll, p.empty, p.ring},
		min:     p.MinSize,
		layout: func(s fyne.Size) {
			at, before := p.Page(), p.scroll.Size()
			Place(p.scroll, 0, 0, s.Width, s.Height)
			w := max(s.Width-Space(8), Space(10))
			Place(p.empty, Space(4), s.Height*0.3, w, HeightFor(p.empty, w))
			Place(p.ring, 1, 1, s.Width-2, s.Height-2)
			p.arrange()
			if before != s && before.Height > 0 {
				p.Go(at)
			}
		},
		refresh: func() { SetVisible(p.ring, p.focused) },
	}
}

// sheets draws the pages.
type sheets struct {
	widget.BaseWidget
	p       *Pages
	n       int
	ratio   float32
	zoom    Zoom
	view    fyne.Size
	marked  int
	wanted  map[int]int // width in pixels, by page
	images  map[int]*canvas.Image
	from    int // the pages that have objects
	to      int
	objects []fyne.CanvasObject
}

func (s *sheets) margin() float32 { return Space(3) }

func (s *sheets) label() float32 {
	if s.p.Numbered {
		return theme.Current().LineHeight(theme.Current().Secondary()) + Space(0.5)
	}
	return 0
}

func (s *sheets) wide() float32 {
	room := max(s.view.Width-2*s.margin(), Space(10))
	switch s.zoom {
	case ZoomPage:
		return min(room, max(s.view.Height-2*s.margin()-s.label(), Space(10))/s.ratio)
	case ZoomWidth:
		return room
	}
	return pagePoints * float32(s.zoom)
}

func (s *sheets) high() float32           { return s.wide() * s.ratio }
func (s *sheets) step() float32           { return s.high() + s.label() + s.margin() }
func (s *sheets) top(page int) float32    { return s.margin() + float32(page)*s.step() }
func (s *sheets) at(y float32) (page int) { return int((y - s.margin()) / s.step()) }

// MinSize implements fyne.CanvasObject.
func (s *sheets) MinSize() fyne.Size {
	if s.n == 0 {
		return fyne.NewSize(1, 1)
	}
	return fyne.NewSize(s.wide()+2*s.margin(), s.top(s.n))
}

func (s *sheets) look(from, to float32) {
	s.from, s.to = max(s.at(from), 0), min(s.at(to)+1, s.n)
	near := s.to - s.from // so many pages around are kept
	for page := range s.images {
		if page < s.from-near || page >= s.to+near {
			delete(s.images, page)
			delete(s.wanted, page)
		}
	}
	for page := range s.wanted {
		if page < s.from-near || page >= s.to+near {
			delete(s.wanted, page)
		}
	}
	width := s.pixels()
	for _, span := range [][2]int{{s.from, s.to}, {s.to, min(s.to+1, s.n)}, {max(s.from-1, 0), s.from}} {
		for page := span[0]; page < span[1]; page++ {
			if s.wanted[page] != width {
				s.wanted[page] = width
				if s.p.OnWant != nil {
					s.p.OnWant(page, width)
				}
			}
		}
	}
}

// pixels is the width of a page on the display.
func (s *sheets) pixels() int { return max(int(s.wide()*s.scale()+0.5), 1) }

// scale is how many pixels a point has on the display.
func (s *sheets) scale() float32 {
	if c := canvasOf(s.p); c != nil && c.Scale() > 0 {
		return c.Scale()
	}
	return 1
}

// place draws the pages in sight.
func (s *sheets) place() {
	th := theme.Current()
	k := th.Tokens()
	s.objects = nil
	scale := s.scale() // on whole pixels, or a picture hides an edge of its frame
	whole := func(v float32) float32 { return float32(int(v*scale+0.5)) / scale }
	w, h := whole(s.wide()), whole(s.high())
	x := whole(max((max(s.Size().Width, s.view.Width)-w)/2, s.margin()))
	for page := s.from; page < s.to && page < s.n; page++ {
		y := whole(s.top(page))
		frame := canvas.NewRectangle(color.White)
		frame.StrokeColor, frame.StrokeWidth = k.Line, 1
		if page == s.marked {
			frame.StrokeColor, frame.StrokeWidth = k.ChosenBorder, th.Px(3)
		}
		edge := frame.StrokeWidth
		Place(frame, x-edge, y-edge, w+2*edge, h+2*edge)
		s.objects = append(s.objects, frame)
		if img := s.images[page]; img != nil {
			Place(img, x, y, w, h)
			s.objects = append(s.objects, img)
		}
		if s.p.Numbered {
			number := canvas.NewText(strconv.Itoa(page+1), k.Muted)
			number.TextSize = th.Secondary()
			m := number.MinSize()
			Place(number, x+(w-m.Width)/2, y+h+Space(0.5), m.Width, m.Height)
			s.objects = append(s.objects, number)
		}
	}
	canvas.Refresh(s)
}

// Tapped implements fyne.Tappable.
func (s *sheets) Tapped(e *fyne.PointEvent) {
	if page := s.at(e.Position.Y); s.p.OnPress != nil && page >= 0 && page < s.n {
		s.p.OnPress(page)
	}
}

// Cursor implements desktop.Cursorable.
func (s *sheets) Cursor() desktop.Cursor {
	if s.p.OnPress != nil {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

// CreateRenderer implements fyne.Widget.
func (s *sheets) CreateRenderer() fyne.WidgetRenderer { return &sheetsRenderer{s} }

type sheetsRenderer struct{ s *sheets }

func (r *sheetsRenderer) Layout(fyne.Size)             { r.s.place() }
func (r *sheetsRenderer) MinSize() fyne.Size           { return r.s.MinSize() }
func (r *sheetsRenderer) Refresh()                     { canvas.Refresh(r.s) }
func (r *sheetsRenderer) Objects() []fyne.CanvasObject { return r.s.objects }
func (r *sheetsRenderer) Destroy()                     {}
