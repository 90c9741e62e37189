package page

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"polis/app"
)

func paper(t *testing.T, lang string) Paper {
	return Paper{
		Authority: app.Authority{ID: "c_zzz1", Name: "Comune di Borgo", Colour: "#7A1F3D"}, Logo: []byte("png"),
		PrintedBy: "URP – Comune di Borgo", PrintedOn: time.Date(2026, 11, 23, 10, 0, 0, 0, time.FixedZone("CET", 3600)),
		Lang: lang, Words: testWords(t, lang),
	}
}

func offices() []app.Office {
	return []app.Office{
		{
			ID: "a", Name: "Anagrafe", Phone: "0173 000000", Email: "a@borgo.example", Address: &app.Address{Street: "Via Roma 1", Municipality: "Borgo"},
			OpeningHours: []app.Hours{{Days: []string{"MO", "TU"}, Opens: "08:30", Closes: "12:00"}, {Days: []string{"TU"}, Opens: "14:30", Closes: "17:00"}},
			OpeningNotes: "**Solo** su appuntamento " + strings.Repeat("e ancora ", 40) + "fine.",
			Closures:     []app.Closure{{Span: app.Span{From: "2026-12-24", To: "2026-12-26"}, Reason: "Natale"}},
		},
		{ID: "b", Name: "Tributi", OpeningHours: []app.Hours{{Days: []string{"SA"}, Opens: "09:00", Closes: "11:00"}}},
		{ID: "c", Name: "Archivio"},
	}
}

// says wants sentences on a paper, in order.
func says(t *testing.T, d Document, want ...string) {
	t.Helper()
	text := d.Text() + "\n" + strings.Join(d.Footer.Lines, "\n")
	at := 0
	for _, w := range want {
		i := strings.Index(text[at:], w)
		if i < 0 {
			t.Errorf("the paper does not say %q after the first %d bytes of\n%s", w, at, text)
			return
		}
		at += i
	}
}

func TestOfficesPaper(t *testing.T) {
	d := Offices(OfficesInput{Paper: paper(t, "it"), Offices: offices()})
	says(t, d, "Comune di Borgo\nURP\n", "Sportelli e orari", "3 sportelli", "Sportello Lun Mar Sab\n", "Anagrafe 8:30–12:00 8:30–12:00 14:30–17:00 chiuso\n",
		"Tributi chiuso chiuso 9:00–11:00\n", "Indirizzi e recapiti", "Via Roma 1, Borgo\n", "tel. 0173 000000 · a@borgo.example\n", "Lun 8:30–12:00\n",
		"e ancora fine.\n", "Chiuso: 24–26 dicembre 2026 (Natale)", "Archivio\nOrari non indicati", "Stampato il 23 novembre 2026 · URP")
	if strings.Contains(d.Text(), "Archivio chiuso") {
		t.Error("an office whose hours are not known is not always closed")
	}
	if d.Letterhead.Colour != 0x7A1F3D || d.Letterhead.Logo == nil {
		t.Errorf("letterhead %+v", d.Letterhead)
	}
	en := Offices(OfficesInput{Paper: paper(t, "en"), Offices: offices()[:1], For: " Identity  card ", PublicURL: "https://a.example/x"})
	says(t, en, "Where to go: Identity card", "The offices for this service", "Up-to-date page\na.example/x", "Mon 8:30–12:00", "Printed on 23 November 2026")
	if strings.Contains(en.Text(), "Who is open") {
		t.Error("one office needs no comparison")
	}
	says(t, Offices(OfficesInput{Paper: paper(t, "it")}), "nessuno sportello")
	large := paper(t, "it")
	large.Large = true
	if d := Offices(OfficesInput{Paper: large, Offices: offices()}); strings.Contains(d.Text(), "Chi è aperto") || !d.Large {
		t.Error("a table of seven columns in large print")
	}
}

func TestDossier(t *testing.T) {
	first, second := fullInput(t, "it"), fullInput(t, "it")
	first.Demonstration = false
	second.Reading.Sheet.Code, second.Reading.Sheet.Title, second.Complete, second.PublicURL = "c_zzz1-0002", "Passaporto", true, ""
	second.Reading.Fees, second.Offices = nil, nil
	second.Reading.Sections = map[string]string{"how_to": "Così."}
	d := Dossier(DossierInput{Paper: paper(t, "it"), Sheets: []SheetInput{first, second}})
	says(t, d, "Raccolta di schede informative", "2 schede", "Indice", "Carta d'identità Comune di Borgo · schede.example/schede/c_zzz1-0001\n", "Passaporto Comune di Borgo\n",
		"Scheda Costo Tempi Dove\n", "Carta d'identità 22,21 € (rilascio); Gratuito entro 6 giorni Anagrafe (una delle 2 sedi), oppure online\n", "Passaporto vedi la scheda entro 6 giorni Online\n",
		"Carta d'identità\nChe cos'è.", "Passaporto\nChe cos'è.")
	if len(d.Enclosed) != 2 || !d.Enclosed[0].OnePage || d.Enclosed[1].OnePage || d.OnePage {
		t.Error("each sheet keeps its own form")
	}
	if d.Enclosed[0].Band != "" || d.Enclosed[1].Band == "" || d.Band == "" || d.Footer.Mark == "" {
		t.Error("one example makes the whole an example, and no other sheet")
	}
	if d.Code != "c_zzz1-0001 c_zzz1-0002" {
		t.Errorf("code %q", d.Code)
	}
	alone := Dossier(DossierInput{Paper: paper(t, "en"), Sheets: []SheetInput{first}})
	says(t, alone, "One information sheet.", "Contents")
}

func TestReceipt(t *testing.T) {
	all := offices()
	c := app.Contact{
		Number: "2026-00012", Authority: "c_zzz1", Office: "a", Operator: "op-7f3a", ID: "0199-secret", Visit: "0199-visit",
		OpenedAt: time.Date(2026, 11, 23, 8, 42, 0, 0, time.UTC), Outcome: "deferred", FollowUp: &app.FollowUp{Due: "2026-11-30"},
		UnmetReason: "unclear", ProtocolNumber: "123/2026", Gender: "f", AgeBand: "65+", Language: "ro", Residence: "fuori comune", Assistance: "lis", QueueTicket: "A42",
		Topic: "violenza", RequestType: "complaint", User: "citizen", Channel: "in_person",
	}
	in := ReceiptInput{
		Paper: paper(t, "it"), Contact: c, Office: &all[0], Referral: &all[1],
		Given: []Given{
			{Code: "c_zzz1-0001", Title: "Carta d'identità", Version: 3, Language: "it", Copies: 2, PublicURL: "https://a.example/schede/c_zzz1-0001"},
			{Code: "c_zzz1-0002", Version: 1, Language: "en", Copies: 1},
		},
	}
	d := Receipt(in)
	says(t, d, "Ricevuta\n", "Ricevuta del contatto n. 2026-00012\n", "23 novembre 2026 alle ore 9:42", "richiamerà per dare la risposta entro il 30 novembre 2026.",
		"Numero 2026-00012\nUfficio URP\nProtocollo 123/2026\nRichiamata entro 30 novembre 2026\nConsegnato 2 schede\n", "Dove andare\nTributi\nSab 9:00–11:00\n",
		"Schede consegnate\nCarta d'identità\ncodice c_zzz1-0001 · versione 3 · 2 copie\na.example/schede/c_zzz1-0001\nc_zzz1-0002\ncodice c_zzz1-0002 · versione 1\n",
		"Per ogni domanda\nAnagrafe\n", "tel. 0173 000000", "non ci sono dati personali")
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{
		c.ID, c.Visit, c.Operator, `"f"`, c.AgeBand, "\"ro\"", c.Residence, "lis\"", c.QueueTicket, c.Topic, "violenza", "complaint", "citizen", "unclear",
	} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("the receipt has %q", secret)
		}
	}
	if !slices.ContainsFunc(d.Sections, func(s Section) bool {
		scans, ok := any(first(s.Parts)).(Scans)
		return ok && scans[0].QR != nil && scans[0].QR.Text == in.Given[0].PublicURL && scans[1].QR == nil && scans[1].Lang == "en"
	}) {
		t.Error("no code, or one that leads nowhere")
	}
}

func first(parts []Part) Part {
	if len(parts) == 0 {
		return nil
	}
	return parts[0]
}

// Every outcome has its sentences, in both languages.
func TestReceiptTellsEveryOutcome(t *testing.T) {
	office := offices()[0]
	for _, lang := range []string{"it", "en"} {
		told := map[string]string{}
		for _, outcome := range app.Outcomes() {
			for _, referral := range []*app.Office{nil, &office} {
				for _, due := range []*app.FollowUp{nil, {Due: "2026-12-01"}} {
					in := ReceiptInput{Paper: paper(t, lang), Contact: app.Contact{Number: "1", Outcome: outcome, FollowUp: due}, Referral: referral}
					told[in.outcome()] += fmt.Sprintln(outcome)
					Receipt(in)
				}
			}
		}
		if len(told) != 8 {
			t.Errorf("%s: %d sentences: %v", lang, len(told), told)
		}
	}
}
