package membership

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/page"
	"polis/app/phrase"
)

// testBook are the sentences of all translation files.
func testBook(t *testing.T, lang string) *phrase.Book {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "..", "assets", "translations", "*."+lang+".json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no translations: %v", err)
	}
	var files [][]byte
	for _, n := range names {
		data, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, data)
	}
	b, err := phrase.New(lang, files...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func onPaper(t *testing.T, r Request) PaperInput {
	t.Helper()
	return PaperInput{Request: r, Words: testBook(t, "it").Text, Lang: "it", Zone: time.FixedZone("CET", 3600)}
}

// declared is a request that can be sent.
func declared() Request {
	seat := app.Address{Street: "Piazza della Prova 1", PostalCode: "12999", Municipality: "Borgo di Prova", Province: "CN"}
	return Request{
		Type: "membership_request", ID: "0192f0c1-7c1e-7d0a-9b1c-3a5de6f70001", Dated: "2026-11-23",
		Body: Body{Authority: app.Authority{
			ID: "c_zzz1", Name: "Comune di Borgo di Prova", TaxCode: "99999999990", PEC: "ente@pec.example", Province: "CN",
			ISTATCode: "004999", Belfiore: "Z999", Website: "www.ente.example",
		}, Address: seat},
		Representative: Person{Name: "Rappresentante di prova", TaxCode: "AAAAAA00A01A001G", Role: "Sindaco", Email: "sindaco@ente.example", Phone: "0173 111111", PEC: "sindaco@pec.example"},
		Contact:        Person{Name: "Referente di prova", Role: "Funzionario", Email: "referente@ente.example", Phone: "0173 222222"},
		Officer:        Person{Name: "Responsabile di prova", Email: "dpo@ente.example", PEC: "dpo@pec.example"},
		Operators:      []Person{{Name: "Operatore di prova", Role: "Sportellista", Email: "operatore@ente.example", Phone: "0173 333333"}},
		Offices: []app.Office{{
			Name: "Sportello di prova", Kind: "urp", Address: &seat, Email: "urp@ente.example", PEC: "urp@pec.example", Phone: "0173 444444",
			OpeningHours: []app.Hours{{Days: []string{"MO"}, Opens: "08:30", Closes: "12:45"}}, OpeningNotes: "Chiuso in agosto.",
		}},
		Act:  Act{Organ: "Giunta comunale", Kind: "executive", Number: "112", Date: "2026-11-16"},
		Aims: Aims(),
		Documents: []Document{{
			Kind: DocumentAct, Title: "Deliberazione di prova", Name: "delibera.pdf.p7m", MediaType: "application/pkcs7-mime", Size: 412_340,
			SHA256: strings.Repeat("0123456789abcdef", 4), Signature: &Signature{Format: FormatCAdES, Signer: "Segretario di prova"},
		}},
		Protocol: Protocol{Number: "0012345/2026", Date: "2026-11-23"},
		Note:     "Una nota *con* [segni] <strani>.",
	}
}

func received(r Request, s State) *Case {
	at := time.Date(2026, 11, 23, 9, 12, 0, 0, time.UTC)
	return &Case{ID: r.ID, State: s, SHA256: strings.Repeat("f0", 32), Number: "2026-00007", ReceivedAt: at, Authority: r.Body.ID, Name: r.Body.Name}
}

// spaced is a text with plain blanks only.
func spaced(s string) string { return strings.ReplaceAll(s, "\u00A0", " ") }

func says(t *testing.T, doc page.Document, want ...string) {
	t.Helper()
	text := spaced(doc.Band + "\n" + doc.Text() + "\n" + strings.Join(doc.Footer.Lines, "\n"))
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("the paper does not say %q:\n%s", w, text)
		}
	}
}

// Everything that the body declares stands on its request, in both sizes.
func TestRequestPaperSaysEverything(t *testing.T) {
	r := declared()
	if found := r.Check(); Incomplete(found) > 0 {
		t.Fatalf("the request is not complete: %+v", found)
	}
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := json.Unmarshal(raw, &values); err != nil {
		t.Fatal(err)
	}
	in := onPaper(t, r)
	for _, in.Large = range []bool{false, true} {
		doc := RequestPaper(in)
		if doc.Band != "" || doc.Footer.Mark != "" {
			t.Errorf("a complete request is marked %q, %q", doc.Band, doc.Footer.Mark)
		}
		says(t, doc, "Deliberazione della giunta", "16 novembre 2026", "8:30–12:45", "01234567 89abcdef", "413 kB", "non verificato", "23 nov 2026")
		everyText(values, "", func(path, value string) {
			for _, coded := range []string{".type", ".kind", ".aims", ".days", ".opens", ".closes", ".date", ".dated", ".sha256", ".media_type"} {
				if strings.HasSuffix(path, coded) {
					return // told in words of their own
				}
			}
			says(t, doc, value)
		})
		for _, aim := range Aims() {
			says(t, doc, in.Words("membership.aim."+aim))
		}
	}
}

func everyText(v any, path string, say func(path, value string)) {
	switch v := v.(type) {
	case string:
		say(path, v)
	case []any:
		for _, e := range v {
			everyText(e, path, say)
		}
	case map[string]any:
		for k, e := range v {
			everyText(e, path+"."+k, say)
		}
	}
}

// What can be missing or wrong has words on the paper of a draft: no field is
// told by its path.
func TestDraftTellsWhatIsMissing(t *testing.T) {
	broken := declared()
	broken.Body.TaxCode, broken.Body.Website, broken.Body.ISTATCode, broken.Body.Belfiore, broken.Body.Province = "1", "x y", "1", "1", "1"
	broken.Representative, broken.Contact, broken.Officer = Person{Name: "X", TaxCode: "1", Email: "a", Phone: "x"}, Person{}, Person{PEC: "a"}
	broken.Operators = append(broken.Operators, Person{Name: "Altra", Email: "@"}, Person{})
	broken.Offices = append(broken.Offices, app.Office{Email: "x", OpeningHours: []app.Hours{{Days: []string{"TU"}, Opens: "9"}}}, app.Office{Name: "Y", Kind: "z"})
	broken.Act, broken.Aims = Act{Kind: "x", Date: "ieri"}, []string{"x"}
	broken.Documents = append(broken.Documents, Document{Kind: DocumentAgreement}, Document{Kind: "x", Name: "y"})
	broken.Protocol = Protocol{Number: "1"}
	for name, r := range map[string]Request{"empty": {ID: "x"}, "broken": broken} {
		for _, lang := range []string{"it", "en"} {
			in := onPaper(t, r)
			in.Words, in.Lang = testBook(t, lang).Text, lang
			doc := RequestPaper(in)
			text := doc.Text()
			for _, bare := range []string{"joining.", "membership.", "{", "}", "day.", "offices."} {
				if strings.Contains(text, bare) {
					t.Errorf("%s, %s: %q stands on the paper:\n%s", name, lang, bare, text)
				}
			}
			if mark := in.writer().word("draft_mark"); !strings.Contains(doc.Band, mark) || doc.Footer.Mark != mark {
				t.Errorf("%s, %s: marked %q, %q", name, lang, doc.Band, doc.Footer.Mark)
			}
		}
	}
	says(t, RequestPaper(onPaper(t, broken)), "Operatore 3: nome, e-mail\n", "Ente, codice fiscale: Il codice fiscale di un ente ha 11 cifre.\n",
		"Sportello 2, orari mar: ", "Sportello 3: indirizzo, CAP, comune\n", "Sportello 3: Serve almeno un recapito")
	says(t, RequestPaper(onPaper(t, Request{ID: "x"})), "(da indicare)", "Nessuno sportello indicato", "Nessun documento allegato")
	if in := onPaper(t, declared()); in.draft() {
		t.Error("a complete request is no draft")
	}
}

// The tax code stands below its name: beside the addresses a column of its own
// would break every name into words. Nobody else is asked for one.
func TestTaxCodeStandsBelowTheName(t *testing.T) {
	in := onPaper(t, declared())
	g, ok := in.people().(page.Grid)
	if !ok || len(g.Head) != 3 || len(g.Rows) != 3 {
		t.Fatalf("people are told in %+v", g)
	}
	label := in.writer().word("column.tax_code") + ": "
	for i, row := range g.Rows {
		if name := page.PlainInlines(row[1].Inlines); strings.Contains(name, label) != (i == 0) {
			t.Errorf("row %d: %q", i, name)
		}
	}
	in.Request.Representative.TaxCode = ""
	if text := RequestPaper(in).Text(); !strings.Contains(text, label+in.writer().word("to_say")) {
		t.Error("a tax code that is missing is not asked for")
	}
}

func TestDatesAreWrittenAsTheyAreSaid(t *testing.T) {
	p := onPaper(t, declared()).writer()
	for date, want := range map[app.Date]string{
		"2026-03-08": "n. 5 dell'8 marzo 2026", "2026-11-11": "n. 5 dell'11 novembre 2026", "2026-11-18": "n. 5 del 18 novembre 2026", "2026-01-01": "n. 5 del 1 gennaio 2026", "": "n. 5",
	} {
		if got := spaced(p.protocol(Protocol{Number: " 5 ", Date: date})); got != want {
			t.Errorf("%q is told as %q", date, got)
		}
	}
}

func TestAgreementPaper(t *testing.T) {
	r := declared()
	r.Contact.Name = "Referente *di* [prova](https://a.example)"
	doc := AgreementPaper(onPaper(t, r))
	says(t, doc, "tra la Regione Piemonte e l'ente Comune di Borgo di Prova", "legge 7 giugno 2000, n. 150", "legge 7 agosto 1990, n. 241",
		"Deliberazione della giunta (Giunta comunale) n. 112 del 16 novembre 2026", "n. 0012345/2026 del 23 novembre 2026", "comma 2-bis",
		"Referente *di* [prova](https://a.example), Funzionario", "Responsabile di prova", "Art. 10 – Firma digitale", "Sportello di prova")
	for _, s := range doc.Sections {
		for _, p := range s.Parts {
			if prose, ok := p.(page.Prose); ok && strings.Contains(strings.Join(addresses(prose.Blocks), " "), "a.example") {
				t.Error("what somebody typed became a link")
			}
		}
	}
	// the articles are those that the words list: the region may have others
	in := onPaper(t, r)
	own := in.Words
	in.Words = func(key string, args ...string) string {
		switch key {
		case "joining.agreement.articles":
			return "own"
		case "joining.agreement.own.title":
			return "Patto"
		case "joining.agreement.own.text":
			return "Vale per " + args[1] + "."
		}
		return own(key, args...)
	}
	doc = AgreementPaper(in)
	says(t, doc, "Art. 1 – Patto\nVale per Comune di Borgo di Prova.")
	if strings.Contains(doc.Text(), "Art. 2") {
		t.Error("articles that the words do not list")
	}
}

func addresses(blocks []page.Block) []string {
	var out []string
	for _, b := range blocks {
		for _, in := range b.Inlines {
			out = append(out, in.URL)
		}
		for _, item := range b.Items {
			out = append(out, addresses(item)...)
		}
	}
	return out
}

func TestReceiptPaper(t *testing.T) {
	in := onPaper(t, declared())
	in.Case = received(in.Request, Sent)
	says(t, ReceiptPaper(in), "Ricevuta n. 2026-00007", "il 23 novembre 2026 alle 10:12", "f0f0f0f0 f0f0f0f0", "Deliberazione di prova", "30 giorni",
		"Questa non è la registrazione di protocollo", "Inviata")
	due := in.Case.ReceivedAt.AddDate(0, 0, ReplyDays)
	in.Case.State, in.Case.ExpiresAt, in.Case.Protocol = Integration, &due, Protocol{Number: "77", Date: "2026-11-24"}
	in.Case.History = []Entry{{Event: Submit, By: Actor{Role: ByApplicant}}, {Event: RequestIntegration, By: Actor{Role: ByExaminer, ID: "opaco"}, Reason: "Manca la firma."}}
	doc := ReceiptPaper(in)
	says(t, doc, "n. 77 del 24 novembre 2026", "L'ente risponde entro il 23 dicembre 2026", "Integrazione richiesta Regione Manca la firma.")
	if text := doc.Text(); strings.Contains(text, "opaco") || strings.Contains(text, "non è la registrazione") {
		t.Errorf("the receipt says who examines, or denies its registration:\n%s", text)
	}
	in.Case = nil
	if ReceiptPaper(in).Title == "" {
		t.Error("no title")
	}
}

func posted(t *testing.T) LetterInput {
	t.Helper()
	at := time.Date(2026, 12, 9, 8, 0, 0, 0, time.UTC)
	return LetterInput{Words: testBook(t, "it").Text, Lang: "it", Zone: time.FixedZone("CET", 3600), Letter: Letter{
		Request: "x", Authority: "c_zzz1", Name: "Comune di Borgo di Prova", Address: "Piazza della Prova 1", PEC: "ente@pec.example",
		Code: "ABCD-EFGHJ-KLMNP-QRSTU-VWXYZ", ExpiresAt: at.AddDate(0, 0, 30), Hub: "https://polis.example", Office: "Sportello di prova", Role: "responsabile",
		IssuedAt: at, Protocol: Protocol{Number: "00101234", Date: "2026-12-09"}, Agreement: Protocol{Number: "00100999", Date: "2026-12-04"},
	}}
}

func TestLetterPaper(t *testing.T) {
	doc := LetterPaper(posted(t))
	says(t, doc, "PER LA SOLA PEC DELL'ENTE", "ABCD-EFGHJ-KLMNP-QRSTU-VWXYZ", "fino all'8 gennaio 2027 alle 9:00", "Vale una sola volta", "https://polis.example",
		"ente@pec.example", "«Attiva la postazione»", "«Indirizzo del server regionale»", "n. 00100999 del 4 dicembre 2026", "Responsabile", "Sportello di prova")
	if !slices.ContainsFunc(doc.Sections, func(s page.Section) bool {
		return slices.ContainsFunc(s.Parts, func(p page.Part) bool { _, ok := p.(page.Spelled); return ok })
	}) {
		t.Error("the code is not spelled")
	}
}
