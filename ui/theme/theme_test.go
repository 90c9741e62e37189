package theme_test

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/ui/theme"
)

type pair struct {
	name     string
	ink, bed color.NRGBA
}

// pairs lists every text colour with every surface it is written on.
func pairs(k theme.Tokens) []pair {
	on := func(bedName string, bed color.NRGBA, inks map[string]color.NRGBA) []pair {
		var out []pair
		for name, ink := range inks {
			out = append(out, pair{name + " on " + bedName, ink, bed})
		}
		return out
	}
	all := map[string]color.NRGBA{
		"text": k.Text, "title": k.Title, "muted": k.Muted, "link": k.Link, "green": k.Green, "amber": k.Amber, "red": k.Red,
	}
	plain := map[string]color.NRGBA{"text": k.Text, "title": k.Title, "muted": k.Muted, "link": k.Link}
	var out []pair
	out = append(out, on("paper", k.Paper, all)...)
	out = append(out, on("quiet", k.Quiet, all)...)
	out = append(out, on("chosen", k.Chosen, plain)...)
	out = append(out, on("hover", k.Hover, plain)...)
	out = append(out, on("mark", k.Mark, map[string]color.NRGBA{"text": k.Text, "title": k.Title, "link": k.Link})...)
	out = append(out, on("blue tint", k.BlueTint, plain)...)
	out = append(out, on("green tint", k.GreenTint, map[string]color.NRGBA{"text": k.Text, "green": k.Green})...)
	out = append(out, on("amber tint", k.AmberTint, map[string]color.NRGBA{"text": k.Text, "amber": k.Amber})...)
	out = append(out, on("red tint", k.RedTint, map[string]color.NRGBA{"text": k.Text, "red": k.Red})...)
	out = append(out, on("primary", k.Primary, map[string]color.NRGBA{"on primary": k.OnPrimary})...)
	out = append(out, on("primary hover", k.PrimaryHover, map[string]color.NRGBA{"on primary": k.OnPrimary})...)
	rail := map[string]color.NRGBA{"on rail": k.OnRail, "on rail muted": k.OnRailMuted, "good": k.OnRailGood, "late": k.OnRailLate, "bad": k.OnRailBad}
	out = append(out, on("rail", k.Rail, rail)...)
	out = append(out, on("rail hover", k.RailHover, rail)...)
	return append(out, on("rail chosen", k.RailChosen, map[string]color.NRGBA{"on rail chosen": k.OnRailChosen()})...)
}

func TestTextContrast(t *testing.T) {
	for _, m := range theme.Modes() {
		k := theme.New(m, 1).Tokens()
		for _, p := range pairs(k) {
			if r := ratio(p.ink, p.bed); r < 4.5 {
				t.Errorf("%s: %s has contrast %.2f:1, want 4.5:1", m, p.name, r)
			}
		}
		for _, p := range []pair{
			{"focus on paper", k.Focus, k.Paper},
			{"focus on quiet", k.Focus, k.Quiet},
			{"border on paper", k.Border, k.Paper},
			{"chosen border on chosen", k.ChosenBorder, k.Chosen},
		} {
			if r := ratio(p.ink, p.bed); r < 3 {
				t.Errorf("%s: %s has contrast %.2f:1, want 3:1", m, p.name, r)
			}
		}
	}
}

func ratio(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.NRGBA) float64 {
	channel := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(c.R) + 0.7152*channel(c.G) + 0.0722*channel(c.B)
}

func TestScaleMultipliesSizes(t *testing.T) {
	one, two := theme.New(theme.Light, 1), theme.New(theme.Light, 2)
	for _, n := range []fyne.ThemeSizeName{fynetheme.SizeNameText, fynetheme.SizeNamePadding, fynetheme.SizeNameScrollBar} {
		if two.Size(n) != 2*one.Size(n) {
			t.Errorf("%s: %v at 200 %%, %v at 100 %%", n, two.Size(n), one.Size(n))
		}
	}
	if got := theme.New(theme.Light, 9).Scale(); got != theme.MaxScale {
		t.Errorf("scale 9 became %v", got)
	}
}

func TestWidthIsThatOfTheShapedText(t *testing.T) {
	a := test.NewTempApp(t)
	th := theme.New(theme.Light, 1)
	a.Settings().SetTheme(th)
	text := "Carta d'identità elettronica: rilascio e duplicato per furto o smarrimento"
	for _, bold := range []bool{false, true} {
		shaped := fyne.MeasureText(text, th.Body(), fyne.TextStyle{Bold: bold}).Width
		if got := th.Width(text, th.Body(), bold, false); math.Abs(float64(got-shaped)) > 0.01*float64(shaped) {
			t.Errorf("bold %v: %v, shaped %v", bold, got, shaped)
		}
	}
}
