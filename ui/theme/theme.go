// Package theme is the look of the window: colours, type and sizes of the
// design, light, dark and with high contrast, at any scale.
package theme

import (
	"image/color"
	"sync"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/assets"
)

// Sizes of type at 100 %.
const (
	bodySize      = 15
	secondarySize = 12.5
	sectionSize   = 16
	titleSize     = 24
	figureSize    = 26
)

// Bounds of the scale, as a factor.
const (
	MinScale = 1.0
	MaxScale = 2.0
)

// Theme is a look at a scale. It also knows how wide letters are, which
// makes breaking long texts into lines quick.
type Theme struct {
	mode   Mode
	scale  float32
	tokens Tokens
	fonts  map[fyne.TextStyle]fyne.Resource

	mu       sync.Mutex
	advances map[face]map[rune]float32
}

type face struct {
	size         float32
	bold, italic bool
}

// New returns a theme; a scale outside the bounds is moved to the nearest.
func New(mode Mode, scale float32) *Theme {
	font := func(name string) fyne.Resource { return fyne.NewStaticResource(name+".ttf", assets.Font(name)) }
	return &Theme{
		mode: mode, scale: min(max(scale, MinScale), MaxScale), tokens: tokensOf(mode),
		fonts: map[fyne.TextStyle]fyne.Resource{
			{}:                         font("TitilliumWeb_400Regular"),
			{Bold: true}:               font("TitilliumWeb_600SemiBold"),
			{Italic: true}:             font("TitilliumWeb_400Regular_Italic"),
			{Bold: true, Italic: true}: font("TitilliumWeb_600SemiBold_Italic"),
		},
		advances: map[face]map[rune]float32{},
	}
}

// Current returns the theme of the running program.
func Current() *Theme {
	if t, ok := fyne.CurrentApp().Settings().Theme().(*Theme); ok {
		return t
	}
	return New(Light, MinScale)
}

// Mode returns the look.
func (t *Theme) Mode() Mode { return t.mode }

// Scale returns the factor.
func (t *Theme) Scale() float32 { return t.scale }

// Tokens returns the colours.
func (t *Theme) Tokens() Tokens { return t.tokens }

// Px scales a length of the design.
func (t *Theme) Px(n float32) float32 { return n * t.scale }

// Body is the size of running text.
func (t *Theme) Body() float32 { return bodySize * t.scale }

// Secondary is the size of what is told beside it.
func (t *Theme) Secondary() float32 { return secondarySize * t.scale }

// Section is the size of a section's heading.
func (t *Theme) Section() float32 { return sectionSize * t.scale }

// Title is the size of a sheet's title.
func (t *Theme) Title() float32 { return titleSize * t.scale }

// Figure is the size of a number that is the message.
func (t *Theme) Figure() float32 { return figureSize * t.scale }

// LineHeight returns the height of a line of type.
func (t *Theme) LineHeight(size float32) float32 {
	return fyne.MeasureText("Ag", size, fyne.TextStyle{}).Height
}

// Width returns how wide a text is, as the sum of its letters: right enough
// to break lines, and a hundred times quicker than shaping.
func (t *Theme) Width(s string, size float32, bold, italic bool) float32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := face{size, bold, italic}
	known := t.advances[f]
	if known == nil {
		known = map[rune]float32{}
		t.advances[f] = known
	}
	var w float32
	for _, r := range s {
		a, ok := known[r]
		if !ok {
			a = fyne.MeasureText(string(r), size, fyne.TextStyle{Bold: bold, Italic: italic}).Width
			known[r] = a
		}
		w += a
	}
	return w
}

// Font implements fyne.Theme.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource {
	if s.Monospace || s.Symbol {
		return fynetheme.DefaultTheme().Font(s)
	}
	return t.fonts[fyne.TextStyle{Bold: s.Bold, Italic: s.Italic}]
}

// Icon implements fyne.Theme.
func (t *Theme) Icon(n fyne.ThemeIconName) fyne.Resource { return fynetheme.DefaultTheme().Icon(n) }

// Size implements fyne.Theme.
func (t *Theme) Size(n fyne.ThemeSizeName) float32 { return t.baseSize(n) * t.scale }

func (t *Theme) baseSize(n fyne.ThemeSizeName) float32 {
	switch n {
	case fynetheme.SizeNameText:
		return bodySize
	case fynetheme.SizeNameCaptionText:
		return secondarySize
	case fynetheme.SizeNameSubHeadingText:
		return sectionSize
	case fynetheme.SizeNameHeadingText:
		return titleSize
	case fynetheme.SizeNameInputRadius, fynetheme.SizeNameSelectionRadius, fynetheme.SizeNamePadding:
		return 4
	case fynetheme.SizeNameInnerPadding:
		return 8
	case fynetheme.SizeNameScrollBar:
		return 12
	case fynetheme.SizeNameScrollBarSmall:
		return 6
	}
	return fynetheme.DefaultTheme().Size(n)
}

// Color implements fyne.Theme; the system's variant does not matter, the
// operator chooses the look.
func (t *Theme) Color(n fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	if c, ok := t.ink(n); ok {
		return c
	}
	if c, ok := t.surface(n); ok {
		return c
	}
	variant := fynetheme.VariantLight
	if t.mode != Light {
		variant = fynetheme.VariantDark
	}
	return fynetheme.DefaultTheme().Color(n, variant)
}

// Names of our colours for icons, beside those of Fyne.
const (
	ColorText         fyne.ThemeColorName = "polisText"
	ColorTitle        fyne.ThemeColorName = "polisTitle"
	ColorMuted        fyne.ThemeColorName = "polisMuted"
	ColorLink         fyne.ThemeColorName = "polisLink"
	ColorOnPrimary    fyne.ThemeColorName = "polisOnPrimary"
	ColorOnRail       fyne.ThemeColorName = "polisOnRail"
	ColorOnRailChosen fyne.ThemeColorName = "polisOnRailChosen"
	ColorGreen        fyne.ThemeColorName = "polisGreen"
	ColorAmber        fyne.ThemeColorName = "polisAmber"
	ColorRed          fyne.ThemeColorName = "polisRed"
)

func (t *Theme) ink(n fyne.ThemeColorName) (color.Color, bool) {
	k := &t.tokens
	switch n {
	case fynetheme.ColorNameForeground, ColorText:
		return k.Text, true
	case ColorTitle:
		return k.Title, true
	case fynetheme.ColorNamePlaceHolder, fynetheme.ColorNameDisabled, ColorMuted:
		return k.Muted, true
	case fynetheme.ColorNamePrimary, fynetheme.ColorNameHyperlink, ColorLink:
		return k.Link, true
	case fynetheme.ColorNameForegroundOnPrimary, ColorOnPrimary:
		return k.OnPrimary, true
	case ColorOnRail:
		return k.OnRail, true
	case ColorOnRailChosen:
		return k.OnRailChosen(), true
	case fynetheme.ColorNameSuccess, ColorGreen:
		return k.Green, true
	case fynetheme.ColorNameWarning, ColorAmber:
		return k.Amber, true
	case fynetheme.ColorNameError, ColorRed:
		return k.Red, true
	case fynetheme.ColorNameForegroundOnError, fynetheme.ColorNameForegroundOnSuccess, fynetheme.ColorNameForegroundOnWarning:
		return k.Paper, true
	}
	return nil, false
}

func (t *Theme) surface(n fyne.ThemeColorName) (color.Color, bool) {
	k := &t.tokens
	switch n {
	case fynetheme.ColorNameBackground, fynetheme.ColorNameInputBackground, fynetheme.ColorNameMenuBackground,
		fynetheme.ColorNameOverlayBackground:
		return k.Paper, true
	case fynetheme.ColorNameButton, fynetheme.ColorNameDisabledButton, fynetheme.ColorNameHeaderBackground:
		return k.Quiet, true
	case fynetheme.ColorNameHover, fynetheme.ColorNamePressed:
		return k.Hover, true
	case fynetheme.ColorNameSelection:
		return k.Chosen, true
	case fynetheme.ColorNameInputBorder:
		return k.Border, true
	case fynetheme.ColorNameFocus:
		return k.Focus, true
	case fynetheme.ColorNameSeparator:
		return k.Line, true
	case fynetheme.ColorNameScrollBar:
		return k.Border, true
	case fynetheme.ColorNameScrollBarBackground:
		return color.NRGBA{}, true
	case fynetheme.ColorNameShadow:
		return k.Shadow, true
	}
	return nil, false
}
