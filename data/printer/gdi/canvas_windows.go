package gdi

import (
	"fmt"
	"math"
	"unsafe"

	"golang.org/x/sys/windows"

	"polis/app/page"
)

// GDI's numbers.
const (
	capHorzRes, capVertRes             = 8, 10
	capPerInchX, capPerInchY           = 88, 90
	capPaperW, capPaperH               = 110, 111
	capPaperLeft, capPaperTop          = 112, 113
	stockHollowBrush, stockHollowPen   = 5, 8
	stockFont                          = 13
	transparent, baseline, winding     = 1, 24, 2
	halftone, copySource, copyPattern  = 4, 0x00CC0020, 0x00F00021
	byGlyph                            = 0x10
	geometric, flatEnds, mitred        = 0x10000, 0x200, 0x2000
	trueTypeOnly, anyCharset, anyWidth = 7, 1, 0
)

// canvas is a document on a printer: a press.
type canvas struct {
	l       *library
	dc      uintptr
	list    *page.DisplayList
	mono    bool // drawn without colours: not every driver leaves them out
	files   page.Fonts
	to      placing
	setter  setter
	loaded  [page.FaceCount]uintptr
	fonts   map[fontKey]uintptr
	bitmaps map[*byte]*bitmap
}

type fontKey struct {
	face page.Face
	high int32
}

// openCanvas makes the printer ready to be drawn on; close it.
func (l *library) openCanvas(printer string, settings devmode, list *page.DisplayList, mono bool, p Params) (*canvas, error) {
	driver, name := windows.StringToUTF16Ptr("WINSPOOL"), windows.StringToUTF16Ptr(printer)
	dc, _, err := l.createDC.Call(uintptr(unsafe.Pointer(driver)), uintptr(unsafe.Pointer(name)), 0, uintptr(unsafe.Pointer(&settings[0])))
	if dc == 0 {
		return nil, failed(err)
	}
	c := &canvas{
		l: l, dc: dc, list: list, mono: mono, files: p.Fonts, setter: setter{metrics: p.Metrics},
		fonts: map[fontKey]uintptr{}, bitmaps: map[*byte]*bitmap{},
	}
	c.to = place(c.paper(), list.Width, list.Height, ink(list))
	return c, nil
}

func (c *canvas) paper() paper {
	is := func(which uintptr) float64 {
		n, _, _ := c.l.deviceCaps.Call(c.dc, which)
		return float64(int32(n))
	}
	p := paper{
		perInchX: is(capPerInchX), perInchY: is(capPerInchY), w: is(capPaperW), h: is(capPaperH),
		left: is(capPaperLeft), top: is(capPaperTop), areaW: is(capHorzRes), areaH: is(capVertRes),
	}
	if p.w == 0 || p.h == 0 { // no printer, but a drawing surface
		p.w, p.h, p.left, p.top = p.areaW, p.areaH, 0, 0
	}
	return p
}

func (c *canvas) close() {
	font, _, _ := c.l.stockObject.Call(stockFont)
	_, _, _ = c.l.selectObject.Call(c.dc, font)
	for _, f := range c.fonts {
		_, _, _ = c.l.deleteObject.Call(f)
	}
	_, _, _ = c.l.deleteDC.Call(c.dc)
	for _, f := range c.loaded {
		if f != 0 {
			_, _, _ = c.l.removeFont.Call(f)
		}
	}
}

// docInfo is DOCINFOW.
type docInfo struct {
	size                    int32
	title, output, datatype *uint16
	kind                    uint32
}

func (c *canvas) start(title string) (uint32, error) {
	name, err := windows.UTF16PtrFromString(titleOf(title))
	if err != nil {
		return 0, err
	}
	info := docInfo{title: name}
	info.size = int32(unsafe.Sizeof(info))
	job, _, err := c.l.startDoc.Call(c.dc, uintptr(unsafe.Pointer(&info)))
	if int32(job) <= 0 {
		return 0, failed(err)
	}
	return uint32(job), nil
}

func (c *canvas) begin() error { return c.step(c.l.startPage) }
func (c *canvas) end() error   { return c.step(c.l.endPage) }
func (c *canvas) finish() error {
	return c.step(c.l.endDoc)
}
func (c *canvas) abort() { _, _, _ = c.l.abortDoc.Call(c.dc) }

func (c *canvas) step(p *windows.LazyProc) error {
	if n, _, err := p.Call(c.dc); int32(n) <= 0 {
		return fmt.Errorf("%s: %w", p.Name, failed(err))
	}
	return nil
}

// draw draws a page; the DC may have forgotten its state since the last.
func (c *canvas) draw(n int) error {
	_, _, _ = c.l.bkMode.Call(c.dc, transparent)
	_, _, _ = c.l.textAlign.Call(c.dc, baseline)
	_, _, _ = c.l.fillMode.Call(c.dc, winding)
	_, _, _ = c.l.stretchMode.Call(c.dc, halftone)
	_, _, _ = c.l.brushOrigin.Call(c.dc, 0, 0, 0)
	for _, m := range c.list.Pages[n].Marks {
		if err := c.mark(m); err != nil {
			return spoilt(c.list.Code, n, err)
		}
	}
	return nil
}

func (c *canvas) mark(m page.Mark) error {
	switch m := m.(type) {
	case page.Run:
		return c.run(m)
	case page.Box:
		return c.box(m)
	case page.Line:
		return c.stroke([]page.Point{{X: m.X1, Y: m.Y1}, {X: m.X2, Y: m.Y2}}, m.Width, m.Colour, false)
	case page.Path:
		return c.path(m)
	case page.Code:
		return c.fill(0, c.to.modules(m)...)
	case page.Picture:
		return c.picture(m)
	case page.Link: // leads nowhere on paper
		return nil
	}
	return fmt.Errorf("a mark that paper does not know: %T", m)
}

func (c *canvas) run(r page.Run) error {
	t, err := c.setter.set(r, c.to, c.files)
	if err != nil || len(t.glyphs) == 0 {
		return err
	}
	font, err := c.font(r.Face, c.to.high(r.Size))
	if err != nil {
		return err
	}
	_, _, _ = c.l.selectObject.Call(c.dc, font)
	_, _, _ = c.l.textColour.Call(c.dc, c.ink(r.Colour))
	ok, _, err := c.l.textOut.Call(c.dc, uintptr(t.x), uintptr(t.y), byGlyph, 0,
		uintptr(unsafe.Pointer(&t.glyphs[0])), uintptr(len(t.glyphs)), uintptr(unsafe.Pointer(&t.moves[0])))
	if ok == 0 {
		return fmt.Errorf("text: %w", failed(err))
	}
	return nil
}

// font makes a face ready in a size, and makes sure that it is the one: a
// wrong font would print other letters, since glyphs are numbers.
func (c *canvas) font(f page.Face, high int32) (uintptr, error) {
	key := fontKey{f, high}
	if font, ok := c.fonts[key]; ok {
		return font, nil
	}
	if err := c.loadFont(f); err != nil {
		return 0, err
	}
	family := windows.StringToUTF16(familyOf(f))
	font, _, err := c.l.createFont.Call(uintptr(-high), 0, 0, 0, 0, 0, 0, 0, anyCharset, trueTypeOnly, 0, 0, anyWidth,
		uintptr(unsafe.Pointer(&family[0])))
	if font == 0 {
		return 0, fmt.Errorf("font %s: %w", f.File(), failed(err))
	}
	c.fonts[key] = font
	_, _, _ = c.l.selectObject.Call(c.dc, font)
	var got [64]uint16
	_, _, _ = c.l.textFace.Call(c.dc, uintptr(len(got)), uintptr(unsafe.Pointer(&got[0])))
	if name := windows.UTF16ToString(got[:]); name != familyOf(f) {
		return 0, fmt.Errorf("font %s: Windows would take %q", f.File(), name)
	}
	return font, nil
}

func (c *canvas) loadFont(f page.Face) error {
	if c.loaded[f] != 0 {
		return nil
	}
	data, err := rename(c.files[f], familyOf(f))
	if err != nil {
		return fmt.Errorf("font %s: %w", f.File(), err)
	}
	count := uint32(0)
	handle, _, err := c.l.addFont.Call(uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)), 0, uintptr(unsafe.Pointer(&count)))
	if handle == 0 {
		return fmt.Errorf("font %s: %w", f.File(), failed(err))
	}
	c.loaded[f] = handle
	return nil
}

func (c *canvas) box(b page.Box) error {
	if b.Filled {
		if err := c.fill(b.Fill, c.to.area(b.X, b.Y, b.W, b.H)); err != nil {
			return err
		}
	}
	if b.Border <= 0 {
		return nil
	}
	return c.stroke([]page.Point{{X: b.X, Y: b.Y}, {X: b.X + b.W, Y: b.Y}, {X: b.X + b.W, Y: b.Y + b.H}, {X: b.X, Y: b.Y + b.H}},
		b.Border, b.Outline, true)
}

func (c *canvas) path(p page.Path) error {
	if p.Filled {
		hollow, _, _ := c.l.stockObject.Call(stockHollowPen)
		if err := c.with2(hollow, c.solid(p.Fill), func() error { return c.points(c.l.polygon, p.Points, 3) }); err != nil {
			return err
		}
	}
	if p.Width <= 0 {
		return nil
	}
	return c.stroke(p.Points, p.Width, p.Colour, p.Closed)
}

// fill paints rectangles.
func (c *canvas) fill(colour page.Colour, areas ...area) error {
	return c.with(c.solid(colour), func() error {
		for _, a := range areas {
			ok, _, err := c.l.patBlt.Call(c.dc, uintptr(a.x), uintptr(a.y), uintptr(a.w), uintptr(a.h), copyPattern)
			if ok == 0 {
				return fmt.Errorf("rectangle: %w", failed(err))
			}
		}
		return nil
	})
}

// logBrush is LOGBRUSH.
type logBrush struct {
	style, colour uint32
	hatch         uintptr
}

// stroke draws through points with a pen that is as wide as on every other
// printer.
func (c *canvas) stroke(points []page.Point, width float64, colour page.Colour, closed bool) error {
	ink := logBrush{colour: inkOf(colour, c.mono)}
	pen, _, _ := c.l.pen.Call(geometric|flatEnds|mitred, uintptr(c.to.wide(width)), uintptr(unsafe.Pointer(&ink)), 0, 0)
	if !closed {
		return c.with(pen, func() error { return c.points(c.l.polyline, points, 2) })
	}
	hollow, _, _ := c.l.stockObject.Call(stockHollowBrush)
	return c.with(pen, func() error {
		return c.selected(hollow, func() error { return c.points(c.l.polygon, points, 3) })
	})
}

// points draws with a procedure that takes points, if they are enough.
func (c *canvas) points(p *windows.LazyProc, points []page.Point, least int) error {
	if len(points) < least {
		return nil
	}
	at := make([][2]int32, len(points))
	for i, pt := range points {
		at[i] = [2]int32{c.to.x(pt.X), c.to.y(pt.Y)}
	}
	if ok, _, err := p.Call(c.dc, uintptr(unsafe.Pointer(&at[0])), uintptr(len(at))); ok == 0 {
		return fmt.Errorf("%s: %w", p.Name, failed(err))
	}
	return nil
}

func (c *canvas) ink(colour page.Colour) uintptr { return uintptr(inkOf(colour, c.mono)) }

func (c *canvas) solid(colour page.Colour) uintptr {
	brush, _, _ := c.l.brush.Call(c.ink(colour))
	return brush
}

// with draws with a pen or brush and gives it back.
func (c *canvas) with(object uintptr, work func() error) error {
	if object == 0 {
		return fmt.Errorf("no pen or brush: %w", windows.ERROR_NOT_ENOUGH_MEMORY)
	}
	defer func() { _, _, _ = c.l.deleteObject.Call(object) }()
	return c.selected(object, work)
}

// with2 is with for a brush beside a stock object.
func (c *canvas) with2(stock, object uintptr, work func() error) error {
	return c.with(object, func() error { return c.selected(stock, work) })
}

func (c *canvas) selected(object uintptr, work func() error) error {
	before, _, _ := c.l.selectObject.Call(c.dc, object)
	defer func() { _, _, _ = c.l.selectObject.Call(c.dc, before) }()
	return work()
}

// bitmapInfo is BITMAPINFOHEADER.
type bitmapInfo struct {
	size                     uint32
	w, h                     int32
	planes, bits             uint16
	compression, bytes       uint32
	perMetreX, perMetreY     int32
	coloursUsed, coloursMust uint32
}

func (c *canvas) picture(p page.Picture) error {
	key := unsafe.SliceData(p.Data)
	b := c.bitmaps[key]
	if b == nil {
		var err error
		if b, err = decode(p.Data, c.mono); err != nil {
			return err
		}
		c.bitmaps[key] = b
	}
	info := bitmapInfo{w: int32(b.w), h: int32(b.h), planes: 1, bits: 24}
	info.size = uint32(unsafe.Sizeof(info))
	a := c.to.area(p.X, p.Y, p.W, p.H)
	rows, _, err := c.l.stretch.Call(c.dc, uintptr(a.x), uintptr(a.y), uintptr(a.w), uintptr(a.h), 0, 0, uintptr(b.w), uintptr(b.h),
		uintptr(unsafe.Pointer(&b.bits[0])), uintptr(unsafe.Pointer(&info)), 0, copySource)
	if n := uint32(rows); n == 0 || n == math.MaxUint32 {
		return fmt.Errorf("picture: %w", failed(err))
	}
	return nil
}
