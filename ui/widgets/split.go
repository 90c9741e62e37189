package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"polis/ui/theme"
)

// Split shows two panes beside each other, with a border that can be
// dragged; where there is no room for both it shows one at a time.
type Split struct {
	widget.BaseWidget
	// OnNarrow is told when room for both panes was lost or won.
	OnNarrow func(narrow bool)

	left, right fyne.CanvasObject
	share       float32 // of the left pane
	narrow      bool
	second      bool // which pane shows while narrow
	border      *splitBorder
}

// Bounds of the panes at 100 %.
const (
	leastLeft  = 330
	leastRight = 430
)

// NewSplit returns a split; share is the left pane's part of the width.
func NewSplit(left, right fyne.CanvasObject, share float32) *Split {
	s := &Split{left: left, right: right, share: share}
	s.border = &splitBorder{s: s}
	s.border.ExtendBaseWidget(s.border)
	s.ExtendBaseWidget(s)
	return s
}

// Narrow reports whether one pane shows at a time.
func (s *Split) Narrow() bool { return s.narrow }

// ShowSecond chooses the pane that shows while narrow.
func (s *Split) ShowSecond(second bool) {
	if s.second == second {
		return
	}
	s.second = second
	s.arrange(s.Size())
	if !s.narrow {
		return
	}
	// The toolkit forgets what was out of sight for a minute, and gives the
	// focus to no control within it. Looking for what is hidden now meets
	// everything that is not.
	gone := s.left
	if !second {
		gone = s.right
	}
	fyne.CurrentApp().Driver().AbsolutePositionForObject(gone)
}

func (s *Split) arrange(size fyne.Size) {
	th := theme.Current()
	if size.Width <= 0 {
		return
	}
	if narrow := size.Width < th.Px(leastLeft+leastRight); narrow != s.narrow {
		s.narrow = narrow
		if s.OnNarrow != nil {
			s.OnNarrow(narrow)
		}
	}
	SetVisible(s.border, !s.narrow)
	SetVisible(s.left, !s.narrow || !s.second)
	SetVisible(s.right, !s.narrow || s.second)
	if s.narrow {
		Place(s.left, 0, 0, size.Width, size.Height)
		Place(s.right, 0, 0, size.Width, size.Height)
		return
	}
	grip := th.Px(5)
	w := min(max(size.Width*s.share, th.Px(leastLeft)), size.Width-th.Px(leastRight))
	Place(s.left, 0, 0, w, size.Height)
	Place(s.border, w, 0, grip, size.Height)
	Place(s.right, w+grip, 0, size.Width-w-grip, size.Height)
}

// MinSize implements fyne.CanvasObject.
func (s *Split) MinSize() fyne.Size { return fyne.NewSize(Space(20), Space(10)) }

// CreateRenderer implements fyne.Widget.
func (s *Split) CreateRenderer() fyne.WidgetRenderer {
	return &drawn{
		objects: []fyne.CanvasObject{s.left, s.border, s.right},
		min:     s.MinSize,
		layout:  s.arrange,
		refresh: func() { s.arrange(s.Size()) },
	}
}

type splitBorder struct {
	widget.BaseWidget
	s       *Split
	hovered bool
}

func (b *splitBorder) Dragged(e *fyne.DragEvent) {
	if w := b.s.Size().Width; w > 0 {
		b.s.share = (b.Position().X + e.Position.X) / w
		b.s.arrange(b.s.Size())
	}
}

func (b *splitBorder) DragEnd()                       {}
func (b *splitBorder) Cursor() desktop.Cursor         { return desktop.HResizeCursor }
func (b *splitBorder) MouseIn(*desktop.MouseEvent)    { b.hovered = true; b.Refresh() }
func (b *splitBorder) MouseMoved(*desktop.MouseEvent) {}
func (b *splitBorder) MouseOut()                      { b.hovered = false; b.Refresh() }

// CreateRenderer implements fyne.Widget.
func (b *splitBorder) CreateRenderer() fyne.WidgetRenderer {
	k := theme.Current().Tokens()
	line := canvas.NewRectangle(k.Line)
	return &drawn{
		objects: []fyne.CanvasObject{line},
		layout: func(s fyne.Size) {
			w := max(theme.Current().Px(1), 1)
			Place(line, (s.Width-w)/2, 0, w, s.Height)
		},
		refresh: func() {
			line.FillColor = k.Line
			if b.hovered {
				line.FillColor = k.Border
			}
			canvas.Refresh(line)
		},
	}
}
