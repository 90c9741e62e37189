package membership

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/app/page"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// bodyStep asks which body it is: chosen from the register, or typed in.
func (w *wizard) bodyStep() []fyne.CanvasObject {
	switch {
	case w.r.Body.Registered:
		return w.registered()
	case w.r.Body.ID != "" || w.r.Body.Name != "" || w.st.left["body.free"]:
		return w.typedBody()
	}
	w.search = w.newSearch()
	return []fyne.CanvasObject{w.search.object}
}

// bodySearch finds the body in the register while somebody types.
type bodySearch struct {
	w      *wizard
	object fyne.CanvasObject
	field  *widgets.Field
	hits   *fyne.Container
	found  []membership.Body
	none   *widgets.Button
}

// mostHits is how many bodies are offered at once.
const mostHits = 8

func (w *wizard) newSearch() *bodySearch {
	b := &bodySearch{w: w, hits: widgets.Stack(0)}
	b.field = widgets.NewField(widgets.FieldSpec{
		Label: w.words("wizard.body.search"), Help: w.words("wizard.body.search_help"), Placeholder: w.words("wizard.body.search_hint"),
		OnChange: func(string) { b.ask() }, OnEnter: b.first, OnGrow: w.reader.Relayout,
	})
	c := &control{path: "body.id", focus: b.field.Focus(), say: b.field.Say}
	b.field.Entry().OnFocus = func() { w.gains(c) }
	w.add(c)
	b.none = widgets.NewButton(widgets.ButtonSpec{Label: w.words("wizard.body.free"), OnPress: w.freeBody})
	b.none.OnFocus = func() { w.reveal(b.none) }
	b.show(nil)
	b.object = w.section(w.words("wizard.body.title"), w.words("wizard.body.text"), b.field, b.hits, aligned(widgets.Wrap(1, 1, b.none)))
	return b
}

// ask looks the words up; an answer to older words is dropped.
func (b *bodySearch) ask() {
	query := b.field.Text()
	register := b.w.register
	if register == nil || query == "" {
		b.show(nil)
		return
	}
	b.w.lane.Go(func(context.Context) func() {
		found := register.Find(query, mostHits)
		return func() {
			b.show(found)
			b.w.s.d.Host.Trace("bodies found", "n", len(found))
		}
	})
}

// show offers bodies, in the order of the keys too.
func (b *bodySearch) show(found []membership.Body) {
	w := b.w
	b.found = found
	b.hits.Objects = nil
	w.stops = []fyne.Focusable{b.field.Focus()}
	for i, body := range found {
		row := widgets.NewLinkRow(fynetheme.HomeIcon(), body.Name, w.about(&body), func() { b.take(i) })
		row.OnFocus = func() { w.reveal(row) }
		b.hits.Add(row)
		w.stops = append(w.stops, row)
	}
	if query := b.field.Text(); len(found) == 0 && query != "" && w.register != nil {
		b.hits.Add(widgets.NewWrapped(widgets.Body, w.words("wizard.body.none", "query", query)))
	}
	w.stops = append(w.stops, b.none)
	b.hits.Refresh()
	w.reader.Relayout()
}

// about says what a body is, and where.
func (w *wizard) about(b *membership.Body) string {
	var parts []string
	for _, p := range []string{w.bodyKind(b.Kind), b.Province, b.ID} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " · ")
}

// bodyKind names the kind of a body; one without words shows itself.
func (w *wizard) bodyKind(kind string) string {
	if key := "wizard.kind." + kind; kind != "" && w.s.d.Host.Words.Has(key) {
		return w.words(key)
	}
	return kind
}

// first takes the best hit.
func (b *bodySearch) first() {
	if len(b.found) > 0 {
		b.take(0)
	}
}

func (b *bodySearch) take(i int) {
	body := b.found[i]
	body.Registered = true
	b.w.setBody(body)
	b.w.s.d.Host.Trace("body chosen", "id", body.ID)
	b.w.focus(b.w.next)
}

// setBody changes the body and whatever was made of the one before.
func (w *wizard) setBody(body membership.Body) {
	w.r.Body = body
	delete(w.st.left, "body.free")
	w.saver.now(nil)
	w.redraw("")
}

// freeBody lets somebody type what the register does not have.
func (w *wizard) freeBody() {
	if w.search != nil {
		w.r.Body.Name = w.search.field.Text()
	}
	w.st.left["body.free"] = true
	w.redraw("body.name")
}

// changeBody goes back to the search; what was there can be taken back.
func (w *wizard) changeBody() {
	before := w.r.Body
	w.setBody(membership.Body{})
	w.focusAt("body.id")
	w.s.d.Host.Toast(w.words("wizard.body.cleared", "body", before.Name), func() {
		if !w.closed {
			w.setBody(before)
		}
	})
}

// registered shows what the register says; only what it lacks can be typed.
func (w *wizard) registered() []fyne.CanvasObject {
	b := &w.r.Body
	words := w.words
	k := theme.Current().Tokens()
	change := w.button("body.change", widgets.ButtonSpec{Label: words("wizard.body.change"), Icon: fynetheme.SearchIcon(), OnPress: w.changeBody})
	head := widgets.Panel(widgets.Pad(3, 4, 3, 4, widgets.EndsOrUnder(4,
		widgets.Stack(0.5, widgets.NewWrapped(widgets.Heading, b.Name), widgets.NewWrapped(widgets.Secondary, w.source())),
		widgets.Wrap(0, 0, change),
	)), widgets.Surface{Fill: k.Chosen, Stroke: k.ChosenBorder, Radius: 6})
	rows := []fyne.CanvasObject{
		head,
		widgets.Beside([]float32{1, 1, 1}, w.fixed("wizard.label.ipa", b.ID), w.fixed("wizard.label.body_tax_code", b.TaxCode), w.fixed("wizard.label.kind", w.bodyKind(b.Kind))),
		widgets.Beside([]float32{1, 1, 1}, w.fixed("wizard.label.istat", b.ISTATCode), w.fixed("wizard.label.belfiore", b.Belfiore), w.fixed("wizard.label.province", b.Province)),
	}
	address := w.fixed("wizard.label.address", page.AddressLine(&b.Address))
	pec := fyne.CanvasObject(w.fixed("wizard.label.pec", b.PEC))
	if w.lacksPEC() {
		pec = w.input(fieldSpec{path: "body.pec", label: "wizard.label.pec", help: words("wizard.body.pec_missing"), value: &b.PEC})
	}
	rows = append(rows, widgets.Beside([]float32{2, 1}, address, w.fixed("wizard.label.website", b.Website)), widgets.Beside([]float32{1}, pec))
	return []fyne.CanvasObject{w.section(words("wizard.body.title"), "", rows...)}
}

// source says where the facts come from.
func (w *wizard) source() string {
	if w.register == nil {
		return w.words("wizard.body.source")
	}
	return w.words("wizard.body.source_of", "date", page.Date(w.register.AsOf(), w.s.d.Host.Words.Lang()))
}

// lacksPEC reports that the register knows no certified address of the body,
// so that it has to be typed.
func (w *wizard) lacksPEC() bool {
	if w.register == nil {
		return w.r.Body.PEC == ""
	}
	known, ok := w.register.ByID(w.r.Body.ID)
	return !ok || known.PEC == ""
}

// typedBody asks for the facts of a body that is not in the register.
func (w *wizard) typedBody() []fyne.CanvasObject {
	b := &w.r.Body
	words := w.words
	back := w.button("body.search", widgets.ButtonSpec{Label: words("wizard.body.to_search"), Icon: fynetheme.SearchIcon(), OnPress: w.changeBody})
	upper := func(s string) string { return strings.ToUpper(s) }
	facts := []fyne.CanvasObject{
		aligned(widgets.Wrap(0, 0, back)),
		widgets.Beside([]float32{2, 1}, w.input(fieldSpec{path: "body.name", label: "wizard.label.body_name", value: &b.Name}),
			w.input(fieldSpec{path: "body.id", label: "wizard.label.ipa", help: words("wizard.body.ipa_help"), value: &b.ID, tidy: func(s string) string { return strings.ToLower(s) }})),
		widgets.Beside([]float32{1, 1, 1}, w.input(fieldSpec{path: "body.tax_code", label: "wizard.label.body_tax_code", help: words("wizard.body.tax_help"), value: &b.TaxCode}),
			w.input(fieldSpec{path: "body.istat_code", label: "wizard.label.istat", help: words("wizard.body.if_any"), value: &b.ISTATCode}),
			w.input(fieldSpec{path: "body.belfiore", label: "wizard.label.belfiore", help: words("wizard.body.if_any"), value: &b.Belfiore, tidy: upper})),
	}
	facts = append(facts, w.place("body.address.", &b.Address, func() {
		if b.Province == "" || !w.st.left["body.province"] {
			b.Province = b.Address.Province
		}
	})...)
	facts = append(facts, widgets.Beside([]float32{2, 1}, w.input(fieldSpec{path: "body.pec", label: "wizard.label.pec", value: &b.PEC}),
		w.input(fieldSpec{path: "body.website", label: "wizard.label.website", help: words("wizard.body.if_any"), value: &b.Website})))
	return []fyne.CanvasObject{w.section(words("wizard.body.free_title"), words("wizard.body.free_text"), facts...)}
}

// place asks for an address. The municipality's code and province come from
// the register when it knows the name.
func (w *wizard) place(path string, a *app.Address, known func()) []fyne.CanvasObject {
	look := func() string {
		if w.register == nil || a.Municipality == "" {
			return w.words("wizard.place.help")
		}
		istat, province, ok := w.register.Municipality(a.Municipality)
		if !ok {
			return w.words("wizard.place.unknown")
		}
		return w.words("wizard.place.known", "istat", istat, "province", province)
	}
	street := w.input(fieldSpec{path: path + "street", label: "wizard.label.street", value: &a.Street})
	var town *widgets.Field
	town = w.input(fieldSpec{path: path + "municipality", label: "wizard.label.municipality", help: look(), value: &a.Municipality, after: func() {
		a.ISTATCode, a.Province = "", ""
		if w.register != nil {
			if istat, province, ok := w.register.Municipality(a.Municipality); ok {
				a.ISTATCode, a.Province = istat, province
			}
		}
		if known != nil {
			known()
		}
		town.SetHelp(look())
	}})
	w.places = append(w.places, func() { town.SetHelp(look()) })
	code := w.input(fieldSpec{path: path + "postal_code", label: "wizard.label.postal_code", value: &a.PostalCode})
	return []fyne.CanvasObject{widgets.Beside([]float32{1, 1, 1}, street, town, code)}
}
