package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"time"

	"golang.org/x/image/vector"

	"polis/app"
	"polis/app/desk"
	"polis/app/page"
	"polis/assets"
	"polis/cmd/station"
)

// public is where the codes of the gallery lead: nowhere.
const public = "https://polis.example/schede/"

// paper is one document of the gallery.
type paper struct {
	name  string // of its files
	shows string // under its pictures
	doc   page.Document
}

// shop makes papers of the sample as the desk does.
type shop struct {
	*station.Station
	words map[string]page.Words
}

func (s shop) view(code, lang string) (desk.View, error) {
	v, err := s.Desk.Read(context.Background(), code, lang)
	v.PublicURL = public + code
	return v, err
}

func (s shop) options(lang string) desk.PrintOptions {
	return desk.PrintOptions{Lang: lang, Words: s.words[lang]}
}

// papers are the gallery's, one of each kind.
func (s shop) papers() ([]paper, error) {
	var out []paper
	sheets := []struct {
		name, shows, code, lang string
		change                  func(*desk.View, *desk.PrintOptions)
	}{
		{"01-una-pagina", "Scheda su una pagina", "r_piemon-0001", "it", nil},
		{"02-completa", "Scheda completa", "demo_borgo-0001", "it", func(_ *desk.View, o *desk.PrintOptions) { o.Complete = true }},
		{"03-grande", "Caratteri grandi", "r_piemon-0101", "it", func(_ *desk.View, o *desk.PrintOptions) { o.Large = true }},
		{"04-inglese", "In inglese", "r_piemon-0027", "en", nil},
		{"05-ucraino", "In ucraino, caratteri cirillici", "r_piemon-0001", "it", ukrainian},
		{"06-adattamento", "Adattamento locale", "demo_valserena-0203", "it", func(_ *desk.View, o *desk.PrintOptions) { o.Complete = true }},
		{"07-avviso", "Con un avviso", "demo_ponte-0101", "it", nil},
		{"08-non-attiva", "Servizio non più attivo", "r_piemon-0125", "it", nil},
	}
	for _, sheet := range sheets {
		v, err := s.view(sheet.code, sheet.lang)
		if err != nil {
			return nil, err
		}
		o := s.options(sheet.lang)
		if sheet.change != nil {
			sheet.change(&v, &o)
		}
		out = append(out, paper{sheet.name, sheet.shows, s.Desk.Document(v, o)})
	}
	more, err := s.others()
	if err != nil {
		return nil, err
	}
	out = append(append(out, more...), s.memberships()...)
	for _, i := range []int{1, 5} {
		head := &out[i].doc.Letterhead
		if head.Logo, err = logo(head.Colour); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// others are the papers beside the sheet.
func (s shop) others() ([]paper, error) {
	var views []desk.View
	for _, code := range []string{"demo_borgo-0003", "demo_borgo-0201", "r_piemon-0102", "r_piemon-0129"} {
		v, err := s.view(code, "it")
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return []paper{
		{"09-fascicolo", "Fascicolo con indice", s.Desk.Dossier(views, s.options("it"))},
		{"10-ricevuta", "Ricevuta del contatto", s.receipt(views)},
		{"11-uffici", "Elenco degli uffici", s.Desk.OfficesPaper("demo_borgo", s.options("it"))},
		{"12-modulo", "Modulo da compilare a mano", s.form()},
		{"13-rapporto", "Rapporto con tabelle e grafici", s.report()},
	}, nil
}

// documents are all sheets of the sample, each as one page and complete.
func (s shop) documents() (map[string][]page.Document, error) {
	readings, err := s.Catalogue.Readings(context.Background(), codes())
	if err != nil {
		return nil, err
	}
	out := map[string][]page.Document{}
	for _, r := range readings {
		v, err := s.view(r.Code, "it")
		if err != nil {
			return nil, err
		}
		o := s.options("it")
		out["one page"] = append(out["one page"], s.Desk.Document(v, o))
		o.Complete = true
		out["complete"] = append(out["complete"], s.Desk.Document(v, o))
	}
	return out, nil
}

// codes are those of the sample's sheets, the one that is measured alone
// before the others.
func codes() []string {
	out := []string{"demo_borgo-0001"}
	for _, file := range assets.Sample() {
		for line := range bytes.Lines(file) {
			var sheet struct{ Type, Code string }
			if json.Unmarshal(line, &sheet) == nil && sheet.Type == "sheet" && sheet.Code != out[0] {
				out = append(out, sheet.Code)
			}
		}
	}
	return out
}

func (s shop) receipt(views []desk.View) page.Document {
	in := page.ReceiptInput{Paper: s.head("it")}
	in.Contact = app.Contact{
		Number: "2026-00012", Authority: "demo_borgo", Office: "demo_borgo-urp", OpenedAt: in.PrintedOn,
		Outcome: "deferred", FollowUp: &app.FollowUp{Due: app.Day(in.PrintedOn.AddDate(0, 0, 7))}, ProtocolNumber: "0012345/2026",
	}
	for i, v := range views[:3] {
		in.Given = append(in.Given, page.Given{Code: v.Code, Title: v.Title, Version: v.Version, Language: "it", Copies: 1 + i%2, PublicURL: v.PublicURL})
	}
	if o, ok := s.Catalogue.Office("demo_borgo-anagrafe"); ok {
		in.Referral = &o
	}
	if o, ok := s.Catalogue.Office("demo_borgo-urp"); ok {
		in.Office = &o
	}
	return page.Receipt(in)
}

func (s shop) head(lang string) page.Paper {
	return page.Paper{
		Authority: s.Catalogue.Authority("demo_borgo"), PrintedBy: s.Desk.OfficeName(), PrintedOn: s.Desk.Now(),
		Demonstration: true, Lang: lang, Words: s.words[lang],
	}
}

// bare is a paper of the office with nothing on it yet.
func (s shop) bare(code, title, tag string) page.Document {
	doc := page.Offices(page.OfficesInput{Paper: s.head("it")})
	doc.Code, doc.Title, doc.Letterhead.Tag = code, title, tag
	doc.Footer.Lines = doc.Footer.Lines[1:]
	doc.Sections = nil
	return doc
}

// form is what later capabilities will ask of the layout: blanks, boxes to
// tick, places to sign.
func (s shop) form() page.Document {
	doc := s.bare("modulo", "Richiesta di copia di documenti", "Modulo")
	text := func(t string) page.Prose { return page.Prose{Blocks: page.Parse(t)} }
	doc.Sections = []page.Section{
		{Key: "opening", Parts: []page.Part{page.Opening{
			Title: "Richiesta di copia di documenti",
			Lead:  page.Text("Da consegnare allo sportello o da spedire con la copia di un documento di identità. Scrivere in stampatello."),
		}}},
		{Key: "who", Title: "Chi chiede", Parts: []page.Part{page.Fields{
			{Label: "Cognome", Columns: 6},
			{Label: "Nome", Columns: 6},
			{Label: "Nato/a a", Columns: 8},
			{Label: "il", Columns: 4, Hint: "giorno, mese, anno"},
			{Label: "Codice fiscale", Boxes: 16},
			{Label: "Indirizzo", Columns: 8, Hint: "via, numero"},
			{Label: "CAP", Columns: 4, Boxes: 5},
			{Label: "Comune di residenza", Value: "Borgo San Lorenzo al Colle", Columns: 8},
			{Label: "Telefono", Columns: 4},
			{Label: "Posta elettronica o PEC"},
		}}},
		{Key: "what", Title: "Che cosa chiede", Parts: []page.Part{page.Fields{
			{Label: "In qualità di", Choices: []page.Choice{{Label: "diretto interessato", On: true}, {Label: "delegato"}, {Label: "legale rappresentante"}}},
			{Label: "Documento richiesto", Hint: "tipo, numero, anno, ufficio che l’ha emesso", Lines: 3},
			{Label: "Forma della copia", Choices: []page.Choice{{Label: "semplice"}, {Label: "autentica, in bollo"}, {Label: "per posta elettronica"}}},
			{Label: "Motivo della richiesta", Lines: 4},
		}}},
		{Key: "declares", Title: "Dichiara", Parts: []page.Part{text(
			"- di avere letto l’informativa sul trattamento dei dati esposta allo sportello;\n- di sapere che le copie si ritirano **entro trenta giorni** dall’avviso;\n- di accettare il costo delle copie indicato nella [tabella dei diritti](https://polis.example/diritti).",
		)}},
		{Key: "signatures", Title: "Firme", Parts: []page.Part{
			page.Fields{{Label: "Luogo", Columns: 8}, {Label: "Data", Columns: 4}},
			page.Signatures{{Label: "Chi chiede", Note: "firma per esteso"}, {Label: "Per l’ufficio", Name: "Ufficio relazioni con il pubblico", Note: "timbro e firma di chi riceve"}},
		}},
	}
	return doc
}

// report has tables and charts; its figures are made up, and the paper says
// that it is a demonstration.
func (s shop) report() page.Document {
	doc := s.bare("rapporto", "Contatti dello sportello, gennaio–ottobre 2026", "Rapporto")
	months := []string{"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott"}
	var counter, phone, mail []float64
	for i := range months {
		counter = append(counter, math.Round(420+90*math.Sin(float64(i)*0.9)))
		phone = append(phone, math.Round(260+60*math.Cos(float64(i)*0.7)))
		mail = append(mail, math.Round(90+12*float64(i)))
	}
	phone[7] = math.NaN() // the exchange was out of order
	topics := []string{"Carta d’identità e passaporto", "Tributi: IMU, TARI", "Residenza e cambi di indirizzo", "Scuola, mensa e trasporto", "Edilizia", "Segnalazioni"}
	shares := []float64{28.4, 21.9, 17.2, 14.6, 9.8, 8.1}
	percent := func(v float64) string { return fmt.Sprintf("%d,%d", int(v), int(math.Round(v*10))%10) }
	cell := func(t string, a page.Align) page.Cell { return page.Cell{Inlines: page.Text(t), Align: a} }
	grid := page.Grid{Caption: "Contatti per mese e canale", RowHeads: true, Totals: 1}
	for i, h := range []string{"Mese", "Sportello", "Telefono", "Posta elettronica", "Totale"} {
		grid.Head = append(grid.Head, cell(h, page.Align(min(i, 1))))
	}
	var sums [4]float64
	row := func(name string, v [4]float64) []page.Cell {
		cells := []page.Cell{cell(name, page.Left)}
		for _, n := range v {
			text := "non rilevato"
			if !math.IsNaN(n) {
				text = page.Number(int(n), "it")
			}
			cells = append(cells, cell(text, page.Right))
		}
		return cells
	}
	for i, m := range months {
		v := [4]float64{counter[i], phone[i], mail[i]}
		for k, n := range v[:3] {
			if !math.IsNaN(n) {
				sums[k] += n
				v[3] += n
			}
		}
		sums[3] += v[3]
		grid.Rows = append(grid.Rows, row(m, v))
	}
	grid.Rows = append(grid.Rows, row("Totale", sums))
	byTopic := page.Grid{Caption: "Argomenti", RowHeads: true, Head: []page.Cell{cell("Argomento", page.Left), cell("Quota %", page.Right), cell("Osservazioni", page.Left)}}
	for i, t := range topics {
		note := "—"
		if i == 1 {
			note = "Cresce da maggio a giugno, prima della scadenza della prima rata, e di nuovo in ottobre."
		}
		byTopic.Rows = append(byTopic.Rows, []page.Cell{cell(t, page.Left), cell(percent(shares[i]), page.Right), cell(note, page.Left)})
	}
	doc.Sections = []page.Section{
		{Key: "opening", Parts: []page.Part{page.Opening{Title: doc.Title, Lead: page.Text("Quante persone si sono rivolte allo sportello, per quale canale e per quali argomenti. Le cifre sono inventate.")}}},
		{Key: "cards", Parts: []page.Part{page.Cards{
			{Title: "In breve", Facts: []page.Fact{{Key: "n", Label: "Contatti", Value: page.Number(int(sums[3]), "it")}, {Key: "p", Label: "Allo sportello", Value: percent(100*sums[0]/sums[3]) + " %"}}},
			{Title: "Da sapere", Blocks: page.Parse("In **agosto** il centralino non ha funzionato: le chiamate non sono contate.")},
		}}},
		{Key: "months", Title: "Per mese", Parts: []page.Part{
			page.Chart{Kind: page.Lines, Title: "Contatti per mese", Alt: "Lo sportello sta tra 330 e 510 contatti al mese, il telefono tra 200 e 320, la posta elettronica sale da 90 a 198.", Labels: months, Unit: "contatti", Series: []page.Series{{Name: "Sportello", Figures: counter}, {Name: "Telefono", Figures: phone}, {Name: "Posta elettronica", Figures: mail}}},
			grid,
		}},
		{Key: "topics", Title: "Per argomento", Parts: []page.Part{
			page.Chart{Kind: page.Bars, Title: "Quota degli argomenti", Alt: "Carta d’identità e passaporto 28,4 %, tributi 21,9 %, poi residenza, scuola, edilizia e segnalazioni.", Labels: topics, Unit: "%", Format: percent, Series: []page.Series{{Name: "2026", Figures: shares}}},
			byTopic,
			page.Chart{Kind: page.Columns, Title: "Esito dei contatti, per trimestre", Alt: "I contatti risolti subito crescono da 71 a 78 per cento.", Labels: []string{"I", "II", "III"}, Unit: "%", Series: []page.Series{{Name: "Risolti subito", Figures: []float64{71, 74, 78}}, {Name: "Indirizzati altrove", Figures: []float64{21, 19, 16}}, {Name: "Non soddisfatti", Figures: []float64{8, 7, 6}}}},
		}},
	}
	return doc
}

// ukrainian gives a sheet a translation, as an editor would: the sample has
// none in Cyrillic script.
func ukrainian(v *desk.View, _ *desk.PrintOptions) {
	v.Shown = "uk"
	v.Title = "Електронне посвідчення особи: видача та поновлення"
	v.Summary = "Електронне посвідчення особи (CIE) підтверджує, хто ви є, і відкриває доступ до послуг державних установ в інтернеті."
	v.Sections = map[string]string{
		"description":  "Посвідчення видає муніципалітет, у якому ви зареєстровані. Воно **надходить поштою** на вказану адресу або до муніципалітету.",
		"applicants":   "- Громадяни Італії, які проживають у муніципалітеті;\n- іноземці, зареєстровані в муніципалітеті: для них посвідчення *не дає права* на виїзд за кордон.",
		"how_to":       "1. Запишіться на прийом на сайті [prenotazionicie.interno.gov.it](https://www.prenotazionicie.interno.gov.it) або у відділі реєстрації.\n2. Прийдіть особисто: потрібні відбитки пальців і підпис.\n3. Отримайте квитанцію з першою половиною кодів PIN і PUK.",
		"requirements": "Попереднє посвідчення, одна фотографія для документів, картка медичного страхування. Якщо посвідчення втрачено, потрібна заява до поліції.",
		"deadlines":    "Посвідчення надходить приблизно за шість робочих днів. Його можна поновити за 180 днів до закінчення строку дії.",
		"contacts":     "Її, їжак, ґанок, є, щедрість: усі літери на своєму місці.",
	}
	v.Inputs = []app.Item{{Name: "Попереднє посвідчення особи"}, {Name: "Фотографія для документів"}, {Name: "Картка медичного страхування (codice fiscale)"}}
	v.ProcessingTime = &app.ProcessingTime{Text: "близько шести робочих днів"}
	if v.Translations == nil {
		v.Translations = map[string]app.Translation{}
	}
	v.Translations["uk"] = app.Translation{Title: v.Title, Summary: v.Summary, Sections: v.Sections}
}

// logo is a mark of nobody: a ring and a hill, in the sender's colour.
func logo(c page.Colour) ([]byte, error) {
	const side = 240
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	fill := func(c color.NRGBA, shape func(z *vector.Rasterizer)) {
		z := vector.NewRasterizer(side, side)
		shape(z)
		z.Draw(m, m.Rect, image.NewUniform(c), image.Point{})
	}
	circle := func(z *vector.Rasterizer, r float64) {
		z.MoveTo(float32(side/2+r), side/2)
		for a := 1; a < 180; a++ {
			z.LineTo(float32(side/2+r*math.Cos(float64(a)*math.Pi/90)), float32(side/2+r*math.Sin(float64(a)*math.Pi/90)))
		}
		z.ClosePath()
	}
	own, white := color.NRGBA{uint8(c >> 16), uint8(c >> 8), uint8(c), 255}, color.NRGBA{255, 255, 255, 255}
	fill(own, func(z *vector.Rasterizer) { circle(z, 116) })
	fill(white, func(z *vector.Rasterizer) { circle(z, 100) })
	fill(own, func(z *vector.Rasterizer) {
		z.MoveTo(42, 180)
		z.QuadTo(90, 60, 130, 120)
		z.QuadTo(160, 90, 198, 180)
		z.ClosePath()
	})
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
}

// noon is when the gallery is printed: the same pages every time.
type noon struct{}

func (noon) Now() time.Time { return time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) }
