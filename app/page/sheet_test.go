package page

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polis/app"
)

// testWords reads our own translation files; a key that is missing fails
// the test.
func testWords(t *testing.T, lang string) Words {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "assets", "translations", "page."+lang+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatal(err)
	}
	return func(key string, args ...string) string {
		text, ok := texts[key]
		if !ok {
			t.Errorf("%s: no sentence for %q", lang, key)
			return key
		}
		for i := 0; i+1 < len(args); i += 2 {
			text = strings.ReplaceAll(text, "{"+args[i]+"}", args[i+1])
		}
		for i := 0; i+1 < len(args); i += 2 {
			if strings.HasPrefix(args[i+1], "{") {
				return text // a template for the layout
			}
		}
		if strings.Contains(text, "{") {
			t.Errorf("%s: %q keeps a placeholder: %q", lang, key, text)
		}
		return text
	}
}

func fullInput(t *testing.T, lang string) SheetInput {
	sections := map[string]string{"altro_testo": "Testo di un altro catalogo."}
	for _, key := range app.SectionOrder() {
		sections[key] = "Testo della sezione " + key + "."
	}
	sections["how_to"] = "Prima:\n\n1. Uno\n2. Due\n\nPoi basta."
	return SheetInput{
		Reading: app.Reading{
			Sheet: app.Sheet{
				Code: "c_zzz1-0001", Title: " Carta  d'identità ", Summary: "Che cos'è.", Language: "it", Sections: sections,
				Status: app.StatusSuspended, StatusReason: "lavori", Alert: &app.Alert{Text: "Solo **su appuntamento**"},
				Audiences: []string{"citizens", "businesses", "public-bodies", "associations"},
				Fees:      []app.Fee{{Description: "rilascio", Amount: "22.21", Currency: "EUR"}, {Amount: "0"}},
				Inputs:    []app.Item{{Name: "Fotografia recente"}}, Outputs: []app.Item{{Name: "Carta"}},
				ProcessingTime: &app.ProcessingTime{MaxDays: 6}, Validity: "10 anni", OnlineService: "https://servizi.example/cie",
				Rules: []app.Rule{{Title: "Legge uno"}, {Title: "Legge uno"}},
				Attachments: []app.Attachment{
					{Title: "Modulo", Kind: app.AttachmentForm, URL: "https://a.example/m.pdf"},
					{Kind: app.AttachmentForm},
					{Kind: app.AttachmentLink},
					{Kind: app.AttachmentNotice},
					{Kind: app.AttachmentInstructions},
				},
				VerifiedAt: "2026-01-10", ReviewBy: "2026-07-10",
			},
			Shown: "it", Version: 3, Local: map[string]bool{"costs": true},
		},
		Authority: app.Authority{ID: "c_zzz1", Name: "Comune di Borgo"},
		Offices: []app.Office{
			{
				Name: "Anagrafe", Phone: "0173 000000", Email: "a@borgo.example", Address: &app.Address{Street: "Via Roma 1"},
				Closures: []app.Closure{
					{Span: app.Span{From: "2026-12-24", To: "2026-12-26"}, Reason: "Natale"},
					{Span: app.Span{From: "2026-12-31", To: "2026-12-31"}},
					{Span: app.Span{From: "2025-12-24", To: "2025-12-26"}, Reason: "passata"},
					{Span: app.Span{From: "2027-08-10", To: "2027-08-20"}, Reason: "lontana"},
				},
			},
			{Name: "Sede di Valle"},
		},
		PrintedBy: "URP", PrintedOn: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
		PublicURL: "https://schede.example/schede/c_zzz1-0001", Demonstration: true,
		Lang: lang, Words: testWords(t, lang), Topic: func(code string) string { return code },
	}
}

// allText is all that a document says.
func allText(d Document) string {
	lines := []string{d.Title, d.Band, d.Letterhead.Name, d.Footer.Mark, strings.Join(d.Footer.Lines, "\n")}
	for _, s := range d.Sections {
		lines = append(lines, s.Title, s.Note)
		for _, p := range s.Parts {
			lines = append(lines, partText(p))
		}
	}
	return strings.Join(lines, "\n")
}

func partText(p Part) string {
	var lines []string
	switch p := p.(type) {
	case Opening:
		lines = append(lines, p.Title, PlainInlines(p.Lead))
		if p.QR != nil {
			lines = append(lines, p.QR.Caption, p.QR.Address)
		}
	case Notice:
		lines = append(lines, p.Title, PlainInlines(p.Text))
	case Cards:
		for _, c := range p {
			lines = append(lines, c.Title, PlainBlocks(c.Blocks))
			for _, f := range c.Facts {
				lines = append(lines, f.Label+" "+f.Value)
			}
		}
	case Prose:
		lines = append(lines, PlainBlocks(p.Blocks))
	case Steps:
		for _, item := range p.Items {
			lines = append(lines, PlainBlocks(item))
		}
	case Places:
		for _, pl := range p {
			lines = append(lines, pl.Name, strings.Join(pl.Notes, "\n"))
			for _, l := range pl.Lines {
				lines = append(lines, PlainInlines(l))
			}
		}
	}
	return strings.Join(lines, "\n")
}

func TestSheetSaysEverything(t *testing.T) {
	for _, complete := range []bool{false, true} {
		in := fullInput(t, "it")
		in.Complete = complete
		got := allText(Sheet(in))
		want := []string{
			"Carta d'identità", "Comune di Borgo", "Che cos'è.", "ESEMPIO DIMOSTRATIVO – non valido come informazione",
			"Servizio sospeso\nlavori", "Solo su appuntamento", "Andavano ricontrollate entro il 10 luglio 2026",
			"22,21 € (rilascio); Gratuito", "entro 6 giorni", "10 anni", "Fotografia recente", "Uno\nDue", "Poi basta.",
			"testo locale: Comune di Borgo", "Via Roma 1", "tel. 0173 000000", "Chiuso: 24–26 dicembre 2026 (Natale); 31 dicembre 2026",
			"a.example/m.pdf", "lo chieda all'ufficio", "Legge uno", "servizi.example/cie",
			"Fonte: schede.example/schede/c_zzz1-0001 · versione 3 · verificata il 10 gennaio 2026, da rivedere",
			"Stampata il 23 novembre 2026 · URP", "Testo di un altro catalogo.",
		}
		for _, key := range app.SectionOrder() {
			if key != "how_to" && (complete || key != "costs" && key != "deadlines") { // told on the card
				want = append(want, "Testo della sezione "+key)
			}
		}
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("complete %v: the paper does not say %q", complete, w)
			}
		}
		if strings.Contains(got, "passata") || strings.Contains(got, "lontana") || strings.Count(got, "Legge uno") != 1 {
			t.Errorf("complete %v: the paper says too much", complete)
		}
	}
}

func TestSheetEnglishAndWithoutCode(t *testing.T) {
	in := fullInput(t, "en")
	in.PublicURL, in.Reading.VerifiedAt, in.Demonstration, in.Reading.Status = "", "", false, app.StatusActive
	in.Reading.Alert, in.Reading.ReviewBy = nil, ""
	d := Sheet(in)
	got := allText(d)
	for _, w := range []string{"Who it is for", "€22.21", "verification date not stated", "Source: Comune di Borgo", "ask the office"} {
		if !strings.Contains(strings.ToLower(got), strings.ToLower(w)) {
			t.Errorf("the paper does not say %q", w)
		}
	}
	if strings.Contains(got+d.LeftOut+d.Shortened+d.Rest, "QR") {
		t.Error("the paper speaks of a code that it does not have")
	}
	if d.Band != "" || d.Footer.Mark != "" {
		t.Error("not a demonstration")
	}
}

// A sheet without any text says so on every kind of paper, and where the
// service is described; offices are no text.
func TestSheetOfNothing(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		words := testWords(t, lang)
		for _, tt := range []struct {
			name, source, public, want string
		}{
			{"source", "https://www.comune.example/servizi/9", "https://schede.example/x", words("page.no_text_source") + " comune.example/servizi/9"},
			{"code", "", "https://schede.example/x", words("page.no_text_ask")},
			{"neither", "", "", words("page.no_text_ask_no_qr")},
		} {
			for _, complete := range []bool{false, true} {
				in := SheetInput{Words: words, Lang: lang, PublicURL: tt.public, Complete: complete, Large: complete, Offices: []app.Office{{Name: "Anagrafe", Phone: "0173 000000"}}}
				in.Reading.Title, in.Reading.SourceURL = "Servizio", tt.source
				doc := Sheet(in)
				if len(doc.Sections) < 2 || doc.Sections[1].Key != "no_text" {
					t.Fatalf("%s %s: sections %+v", lang, tt.name, doc.Sections)
				}
				if got := partText(doc.Sections[1].Parts[0]); got != words("page.no_text")+"\n"+tt.want {
					t.Errorf("%s %s: %q", lang, tt.name, got)
				}
			}
		}
	}
	for _, sheet := range []app.Sheet{
		{Summary: "Che cos'è."},
		{Sections: map[string]string{"notes": "Nota."}},
		{Validity: "un anno"},
		{Audiences: []string{"citizens"}},
		{OnlineService: "https://a.example"},
	} {
		in := SheetInput{Words: testWords(t, "it"), Lang: "it", Reading: app.Reading{Sheet: sheet}}
		if got := Sheet(in).Text(); strings.Contains(got, in.Words("page.no_text")) {
			t.Errorf("%+v has a text, yet: %s", sheet, got)
		}
	}
}

// The online service is on the card of one page: its link is not listed
// again. The complete paper lists all there is.
func TestTheOnlineServiceIsNotListedAgain(t *testing.T) {
	in := fullInput(t, "it")
	in.Reading.Attachments = []app.Attachment{
		{Title: "Portale dei servizi", Kind: app.AttachmentLink, URL: "https://www.servizi.example/cie/"},
		{Title: "Altro portale", Kind: app.AttachmentLink, URL: "https://altro.example"},
		{Title: "Modulo in linea", Kind: app.AttachmentForm, URL: "https://servizi.example/cie"},
	}
	for _, complete := range []bool{false, true} {
		in.Complete = complete
		got := allText(Sheet(in))
		if strings.Contains(got, "Portale dei servizi") != complete || !strings.Contains(got, "Altro portale") || !strings.Contains(got, "Modulo in linea") {
			t.Errorf("complete %v: %s", complete, got)
		}
	}
}

func TestKeyFacts(t *testing.T) {
	fee := func(amount, description string) app.Fee {
		return app.Fee{Amount: amount, Description: description, Currency: "EUR"}
	}
	long := strings.Repeat("lunga descrizione ", 4)
	tests := []struct {
		name  string
		sheet app.Sheet
		n     int // offices
		want  string
	}{
		{"nothing", app.Sheet{}, 0, ""},
		{"one price", app.Sheet{Fees: []app.Fee{fee("22.21", "")}}, 0, "cost=22,21 €"},
		{"free", app.Sheet{Fees: []app.Fee{fee("0.00", "")}}, 0, "cost=Gratuito"},
		{"not known", app.Sheet{Fees: []app.Fee{fee("", "varia"), fee("5", "diritti")}}, 0, "cost=varia; 5 € (diritti)"},
		{"many", app.Sheet{Fees: []app.Fee{fee("5", long), fee("1200", long), fee("7", "altra "+long)}}, 0, "cost=da 5 € a 1.200 €"},
		{"range", app.Sheet{Fees: []app.Fee{fee("5", long[:50]), fee("1200", long[:50])}}, 0, "cost=da 5 € a 1.200 €"},
		{"up to", app.Sheet{Fees: []app.Fee{fee("0", long[:50]), fee("12", long[:50])}}, 0, "cost=gratuito o fino a 12 €"},
		{"short texts", app.Sheet{Sections: map[string]string{"costs": "**Gratis**", "deadlines": long + long}}, 0, "cost=Gratis"},
		{"order", app.Sheet{
			Validity: "1 anno", ProcessingTime: &app.ProcessingTime{MaxDays: 1}, Fees: []app.Fee{fee("1", "")},
			OnlineService: "https://a.example",
		}, 2, "cost=1 €|time=entro 1 giorno|validity=1 anno|where=Sede (una delle 2 sedi), oppure online"},
		{"online", app.Sheet{OnlineService: "https://a.example"}, 0, "where=Online"},
		{"office and online", app.Sheet{OnlineService: "https://a.example"}, 1, "where=Sede, oppure online"},
		{"office", app.Sheet{}, 1, "where=Sede"},
	}
	for _, tt := range tests {
		offices := []app.Office{{Name: "Sede"}, {Name: "Altra"}}[:tt.n]
		var got []string
		for _, f := range KeyFacts(app.Reading{Sheet: tt.sheet}, offices, "it", testWords(t, "it")) {
			got = append(got, f.Key+"="+f.Value)
			if n := len([]rune(f.Value)); n > factLength+40 {
				t.Errorf("%s: a fact of %d characters", tt.name, n)
			}
		}
		if s := strings.Join(got, "|"); s != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, s, tt.want)
		}
	}
}

func TestShorten(t *testing.T) {
	blocks := Parse("## Uno\n\n" + strings.Repeat("parola ", 30) + "**forte e ancora forte**\n\n## Due\n\n- a\n- b\n- c\n")
	tests := []struct {
		limit  int
		ending string
		cut    bool
	}{
		{10000, "c", false},
		{40 + 230 + 40 + 80, "b", true},
		{40 + 200, "forte", true},
		{100, "parola …", true},
		{0, "", true},
	}
	for _, tt := range tests {
		short, cut := Shorten(blocks, tt.limit)
		got := PlainBlocks(short)
		if cut != tt.cut || !strings.HasSuffix(got, tt.ending) {
			t.Errorf("limit %d: cut %v, %q", tt.limit, cut, got)
		}
		if n := len([]rune(got)); n > tt.limit+60 {
			t.Errorf("limit %d: %d characters", tt.limit, n)
		}
		if len(short) > 0 && short[len(short)-1].Kind == Heading {
			t.Errorf("limit %d: ends with a heading", tt.limit)
		}
	}
	// the space between two styles survives a cut
	short, _ := Shorten(Parse("**Paghi.** "+strings.Repeat("Con carta o contanti ", 20)), 60)
	if got := PlainBlocks(short); !strings.HasPrefix(got, "Paghi. Con carta") {
		t.Errorf("got %q", got)
	}
	// neither two words of an item nor what announces it stay behind
	short, cut := Shorten(Parse(strings.Repeat("Una frase intera. ", 10)+"\n\nBisogna avere lavorato:\n\n- in Francia per almeno trenta anni, anche non consecutivi"), 230)
	if got := PlainBlocks(short); !cut || !strings.HasSuffix(got, "intera.") {
		t.Errorf("cut %v, %q", cut, got)
	}
}

// Where no office says where to go, the paper keeps what the sheet says of it.
func TestWhereToGoHoldsOutWithoutOffices(t *testing.T) {
	last := func(offices ...app.Office) int {
		in := fullInput(t, "it")
		in.Complete, in.Offices = false, offices
		in.Reading.Sections["access"] = strings.Repeat("Allo sportello anagrafe, su appuntamento. ", 20)
		for _, s := range Sheet(in).Sections {
			if s.Key == "access" {
				return s.Shorter[len(s.Shorter)-1].Order
			}
		}
		t.Fatal("no section says where to go")
		return 0
	}
	with, without := last(app.Office{Name: "Anagrafe", Address: &app.Address{Street: "Via Roma 1"}}), last()
	if without <= with || without <= 88 {
		t.Errorf("left out at %d with an office, at %d without", with, without)
	}
	if named := last(app.Office{Name: "Anagrafe"}); named != without {
		t.Errorf("an office of which only the name is known says where to go: %d", named)
	}
}

// A summary that only repeats the title is not said again.
func TestTheTitleIsNotItsOwnSummary(t *testing.T) {
	in := fullInput(t, "it")
	in.Reading.Title, in.Reading.Summary = "Passaporto", " passaporto."
	for _, s := range Sheet(in).Sections {
		if o, ok := s.Parts[0].(Opening); ok && len(o.Lead) > 0 {
			t.Errorf("the paper says %q below its title", PlainInlines(o.Lead))
		}
	}
}

// A translation that has another set of keys shows a bare key to somebody.
func TestTranslationsHaveTheSameKeys(t *testing.T) {
	read := func(lang string) map[string]string {
		var m map[string]string
		data, err := os.ReadFile(filepath.Join("..", "..", "assets", "translations", "page."+lang+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	it, en := read("it"), read("en")
	for k := range it {
		if en[k] == "" || it[k] == "" {
			t.Errorf("key %q has no sentence", k)
		}
	}
	if len(it) != len(en) {
		t.Errorf("%d Italian and %d English sentences", len(it), len(en))
	}
}
