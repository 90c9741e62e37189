package widgets_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/ui/widgets"
)

// TestMarkup compares the anatomy of a few widgets with what was approved by
// eye; testdata/failed shows what differs.
func TestMarkup(t *testing.T) {
	start(t)
	chosen := widgets.NewChoice([]widgets.Option{
		{Value: "resolved", Label: "Risolto"}, {Value: "referred", Label: "Rinviato"}, {Value: "unmet", Label: "Non soddisfatto"},
	}, 2, "Altro", nil)
	chosen.Set("unmet")
	active := widgets.NewChip("Destinatari", nil, nil)
	active.Set("Destinatari: Cittadini", true)
	failing := widgets.NewField(widgets.FieldSpec{Label: "PEC", Help: "come nell'indice", Value: "comunebra@pec"})
	failing.Fail("Dopo «pec» manca il dominio.")
	for name, o := range map[string]fyne.CanvasObject{
		"button-primary": widgets.NewButton(widgets.ButtonSpec{
			Label: "Stampa", Key: "Ctrl+P", Icon: fynetheme.DocumentPrintIcon(), Weight: widgets.Primary,
		}),
		"button-quiet": widgets.NewButton(widgets.ButtonSpec{Label: "Copia indirizzo"}),
		"badge":        widgets.NewBadge(widgets.Warn, "da rivedere"),
		"chip":         active,
		"choice":       chosen,
		"field":        widgets.NewField(widgets.FieldSpec{Label: "E-mail", Help: "dello sportello", Value: "urp@polis.example"}),
		"field-wrong":  failing,
		"select": widgets.NewSelect(widgets.SelectSpec{
			Label: "Tipo", Options: []widgets.Option{{Value: "urp", Label: "URP"}, {Value: "suap", Label: "SUAP"}}, Value: "suap",
		}),
		"steps": steps(nil),
		"facts": widgets.Facts([]widgets.Fact{
			{Label: "Costo", Value: "22,21 €"}, {Label: "Tempi", Value: "entro 6 giorni lavorativi"},
		}),
	} {
		o.Resize(fyne.NewSize(max(o.MinSize().Width, 320), o.MinSize().Height))
		if h := widgets.HeightFor(o, o.Size().Width); h > o.Size().Height {
			o.Resize(fyne.NewSize(o.Size().Width, h))
		}
		test.AssertObjectRendersToMarkup(t, name+".xml", o)
	}
}
