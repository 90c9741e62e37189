package station

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/app/page"
	"polis/data/pdf/accessible"
)

// bodies are requests of every size: as they should be, begun, and as much as
// fits into one.
func bodies() map[string]membership.Request {
	return map[string]membership.Request{"usual": usual(), "begun": {ID: "0192f0c1-7c1e-7d0a-9b1c-3a5de6f70003"}, "endless": endless()}
}

func usual() membership.Request {
	seat := app.Address{Street: "Piazza della Prova 1", PostalCode: "12999", Municipality: "Borgo di Prova", Province: "CN"}
	person := func(name string) membership.Person {
		return membership.Person{Name: name, Role: "Incarico", Email: strings.ToLower(strings.Fields(name)[0]) + "@ente.example"}
	}
	r := membership.Request{
		Type: "membership_request", ID: "0192f0c1-7c1e-7d0a-9b1c-3a5de6f70001", Dated: "2026-11-23",
		Body: membership.Body{
			Authority: app.Authority{ID: "c_zzz1", Name: "Comune di Borgo di Prova", TaxCode: "99999999990", PEC: "ente@pec.example", Province: "CN"}, Address: seat,
		},
		Representative: person("Rappresentante di prova"), Contact: person("Referente di prova"), Officer: person("Responsabile di prova"),
		Operators: []membership.Person{person("Operatore di prova")},
		Offices: []app.Office{{
			Name: "Sportello di prova", Kind: "urp", Address: &seat, Email: "urp@ente.example",
			OpeningHours: []app.Hours{{Days: []string{"MO", "WE"}, Opens: "08:30", Closes: "12:30"}, {Days: []string{"WE"}, Opens: "14:00", Closes: "16:30"}},
		}},
		Act: membership.Act{Organ: "Giunta", Kind: "executive", Number: "112", Date: "2026-11-16"}, Aims: membership.Aims(),
		Documents: []membership.Document{{
			Kind: membership.DocumentAct, Title: "Deliberazione", Name: "delibera.pdf.p7m", Size: 412_340, SHA256: strings.Repeat("0123456789abcdef", 4),
			Signature: &membership.Signature{Format: membership.FormatCAdES, Signer: "Segretario di prova"},
		}},
		Protocol: membership.Protocol{Number: "0012345/2026", Date: "2026-11-23"},
	}
	r.Representative.TaxCode = "AAAAAA00A01A001G"
	return r
}

func endless() membership.Request {
	r := usual()
	long := strings.Repeat("Denominazione lunghissima dell’ente di prova ", 6)
	r.Body.Name, r.Note = long, strings.Repeat("Nota che non finisce, con <segni> *strani* e [parentesi](https://a.example). ", 40)
	r.Body.Address.Street = "Via " + long
	r.Body.PEC = strings.Repeat("indirizzo.lunghissimo.", 8) + "@pec.example"
	r.Representative.Name, r.Representative.Role = strings.Repeat("Nome ", 30), strings.Repeat("Incarico ", 20)
	r.Offices, r.Operators, r.Documents = nil, nil, nil
	for i := range membership.MaxOffices {
		o := usual().Offices[0]
		o.Name = fmt.Sprintf("Sportello %d %s", i+1, strings.Repeat("polifunzionale ", i))
		o.OpeningHours = append(o.OpeningHours, app.Hours{Days: []string{"MO", "TU", "TH", "FR", "SA", "SU"}, Opens: "17:00", Closes: "19:30"})
		o.OpeningNotes = strings.Repeat("Su appuntamento. ", i)
		r.Offices = append(r.Offices, o)
	}
	for i := range membership.MaxOperators {
		r.Operators = append(r.Operators, membership.Person{Name: fmt.Sprintf("Operatore %d", i+1), Role: "URP", Email: fmt.Sprintf("operatore.%d@ente.example", i+1), Phone: "+39 0173 000000"})
	}
	for i := range membership.MaxDocuments {
		r.Documents = append(r.Documents, membership.Document{
			Kind: membership.DocumentOther, Name: strings.Repeat("allegato-senza-fine-", 1+i) + ".pdf", Size: int64(i) << 20, SHA256: fmt.Sprintf("%064x", i),
		})
	}
	return r
}

func received(r membership.Request) *membership.Case {
	at := time.Date(2026, 11, 23, 9, 12, 0, 0, time.UTC)
	due := at.AddDate(0, 0, membership.ReviewDays)
	c := &membership.Case{
		ID: r.ID, State: membership.UnderReview, SHA256: strings.Repeat("f0", 32), Number: "2026-00007", ReceivedAt: at, Due: &due,
		Authority: r.Body.ID, Name: r.Body.Name, Protocol: membership.Protocol{Number: "00098765", Date: "2026-11-24"},
	}
	for _, e := range []membership.Event{membership.Submit, membership.Register, membership.StartReview} {
		c.History = append(c.History, membership.Entry{At: at, Event: e, By: membership.Actor{Role: membership.ByExaminer}, Reason: strings.Repeat("Motivo. ", 12)})
	}
	return c
}

func letter(name string) membership.Letter {
	at := time.Date(2026, 12, 9, 8, 0, 0, 0, time.UTC)
	return membership.Letter{
		Request: "0192f0c1-7c1e-7d0a-9b1c-3a5de6f70001", Authority: "c_zzz1", Name: name, PEC: "ente@pec.example", Code: "ABCD-EFGHJ-KLMNP-QRSTU-VWXYZ",
		ExpiresAt: at.AddDate(0, 0, 30), Hub: "https://polis.example", Office: "Sportello di prova", Role: "responsabile", IssuedAt: at,
		Protocol: membership.Protocol{Number: "00101234", Date: "2026-12-09"},
	}
}

// TestMembershipPapers sets every paper of a membership, in both languages
// and sizes, of requests of every size, and holds it against the checker of
// tagged files: nothing on them has no words, and the same makes the same
// bytes.
func TestMembershipPapers(t *testing.T) {
	paper, err := NewPaper()
	if err != nil {
		t.Fatal(err)
	}
	books, err := Books()
	if err != nil {
		t.Fatal(err)
	}
	for size, r := range bodies() {
		for lang, book := range books {
			for _, large := range []bool{false, true} {
				in := membership.PaperInput{Request: r, Case: received(r), Words: book.Text, Lang: lang, Large: large}
				l := membership.LetterInput{Letter: letter(r.Body.Name), Words: book.Text, Lang: lang, Large: large}
				for what, make := range map[string]func() page.Document{
					"request":   func() page.Document { return membership.RequestPaper(in) },
					"agreement": func() page.Document { return membership.AgreementPaper(in) },
					"receipt":   func() page.Document { return membership.ReceiptPaper(in) },
					"letter":    func() page.Document { return membership.LetterPaper(l) },
				} {
					t.Run(fmt.Sprintf("%s %s %s large=%v", what, size, lang, large), func(t *testing.T) {
						t.Parallel()
						doc := make()
						data := written(t, paper, doc)
						if !bytes.Equal(data, written(t, paper, make())) {
							t.Error("the same paper has other bytes")
						}
						sound(t, doc, data)
					})
				}
			}
		}
	}
}

// A signature without its document is refused for what it is.
func TestASignatureAlone(t *testing.T) {
	files := &attachments{folder: t.TempDir(), signature: func(content []byte) (membership.Signature, error) {
		if bytes.HasPrefix(content, []byte("firma")) {
			return membership.Signature{}, app.Fault(app.CodeSignatureDetached, nil)
		}
		return membership.Signature{}, app.Fault(app.CodeNotSigned, nil)
	}}
	for content, want := range map[string]app.Code{"firma\x00\x01": app.CodeSignatureDetached, "\x00\x01\x02": app.CodeFileKind} {
		_, err := files.Keep(t.Context(), "protocollo.p7s", strings.NewReader(content))
		if app.ErrorCode(err) != want {
			t.Errorf("%q: %v", content, err)
		}
	}
	if left, err := os.ReadDir(files.folder); err != nil || len(left) != 0 {
		t.Errorf("%d files, %v", len(left), err)
	}
}

func written(t *testing.T, paper *Paper, doc page.Document) []byte {
	t.Helper()
	list, err := paper.Layout(doc)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := paper.PDF(&file, list); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// sound holds a file against the checker and qpdf, and looks for keys that
// have no words and places that nobody filled.
func sound(t *testing.T, doc page.Document, data []byte) {
	t.Helper()
	report, err := accessible.Check(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Error(f)
	}
	text := doc.Text() + "\n" + strings.Join(doc.Footer.Lines, "\n")
	for _, bare := range []string{"joining.", "membership.", "role.", "doors.", "rail.", "staff.", "page.", "{", "}"} {
		if strings.Contains(text, bare) {
			t.Errorf("%q stands on the paper:\n%s", bare, text)
		}
	}
	qpdf, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("NOT TESTED, qpdf is not installed")
	}
	path := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(qpdf, "--check", path).CombinedOutput(); err != nil || !strings.Contains(string(out), "No syntax or stream encoding errors") {
		t.Errorf("qpdf: %v: %s", err, out)
	}
}
