package main

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/app/page"
)

// memberships are the papers of a body that joins. Body and people do not
// exist.
func (s shop) memberships() []paper {
	input := func(lang string) membership.PaperInput {
		c := joining()
		return membership.PaperInput{
			Request: applying(s.Catalogue.Authority("demo_borgo")), Case: &c, Words: s.words[lang], Lang: lang, Zone: rome(), Demonstration: true,
		}
	}
	letter := func(lang string) page.Document {
		return membership.LetterPaper(membership.LetterInput{Letter: activating(), Words: s.words[lang], Lang: lang, Zone: rome(), Demonstration: true})
	}
	large := input("it")
	large.Large = true
	draft := membership.PaperInput{Request: begun(), Words: s.words["it"], Lang: "it", Demonstration: true}
	return []paper{
		{"14-adesione", "Richiesta di adesione", membership.RequestPaper(input("it"))},
		{"15-protocollo-intesa", "Protocollo d’intesa", membership.AgreementPaper(input("it"))},
		{"16-ricevuta-adesione", "Ricevuta della richiesta", membership.ReceiptPaper(input("it"))},
		{"17-lettera", "Lettera di attivazione", letter("it")},
		{"18-adesione-bozza", "Richiesta appena cominciata", membership.RequestPaper(draft)},
		{"19-adesione-grande", "Richiesta in caratteri grandi", membership.RequestPaper(large)},
		{"20-lettera-inglese", "Lettera in inglese", letter("en")},
	}
}

// rome is the time of the sample's winter, whatever the system knows of zones.
func rome() *time.Location { return time.FixedZone("CET", 60*60) }

func begun() membership.Request {
	r := membership.Request{ID: "0192f0c1-7c1e-7d0a-9b1c-3a5de6f70002"}
	r.Body.Name, r.Representative.Name = "Unione di Comuni di prova", "Legale rappresentante di prova"
	r.Offices = []app.Office{{Name: "Sportello unico"}}
	return r
}

func applying(body app.Authority) membership.Request {
	const domain = "@comune.borgosanlorenzoalcolle.example"
	seat := app.Address{Street: "Piazza dell'Esempio 1", PostalCode: "12999", Municipality: "Borgo San Lorenzo al Colle", Province: "CN"}
	body.PEC, body.TaxCode = "protocollo@pec.borgosanlorenzoalcolle.example", "99999999990"
	morning := func(days ...string) app.Hours { return app.Hours{Days: days, Opens: "08:30", Closes: "12:30"} }
	sum := func(of string) string { h := sha256.Sum256([]byte(of)); return hex.EncodeToString(h[:]) }
	return membership.Request{
		Type: "membership_request", ID: "0192f0c1-7c1e-7d0a-9b1c-3a5de6f70001", Dated: "2026-11-23",
		Body:           membership.Body{Authority: body, Address: seat},
		Representative: membership.Person{Name: "Legale rappresentante di prova", TaxCode: "AAAAAA00A01A001G", Role: "Sindaco", Email: "sindaco" + domain},
		Contact:        membership.Person{Name: "Referente di prova", Role: "Responsabile URP", Email: "referente" + domain},
		Officer:        membership.Person{Name: "Responsabile dei dati di prova", Email: "dpo" + domain, PEC: "dpo@pec.borgosanlorenzoalcolle.example"},
		Operators: []membership.Person{
			{Name: "Primo operatore di prova", Role: "URP", Email: "operatore1" + domain},
			{Name: "Secondo operatore di prova", Role: "Anagrafe", Email: "operatore2" + domain},
		},
		Offices: []app.Office{
			{
				Name: "Ufficio relazioni con il pubblico (URP)", Kind: "urp", Address: &seat, Email: "urp" + domain, PEC: "urp@pec.borgosanlorenzoalcolle.example",
				OpeningHours: []app.Hours{morning("MO", "TU", "WE", "TH", "FR"), {Days: []string{"TU", "TH"}, Opens: "14:30", Closes: "17:00"}},
			},
			{
				Name: "Informagiovani del Colle", Kind: "informagiovani", Email: "giovani" + domain,
				Address:      &app.Address{Street: "Via della Prova 12", PostalCode: "12999", Municipality: "Borgo San Lorenzo al Colle", Province: "CN"},
				OpeningHours: []app.Hours{morning("TU", "SA"), {Days: []string{"WE"}, Opens: "15:00", Closes: "18:30"}},
				OpeningNotes: "In agosto chiuso il sabato.",
			},
		},
		Act:  membership.Act{Organ: "Giunta comunale", Kind: "executive", Number: "112", Date: "2026-11-16"},
		Aims: membership.Aims(),
		Documents: []membership.Document{
			{Kind: membership.DocumentAct, Title: "Deliberazione n. 112 del 16 novembre 2026", Name: "DGC_112_2026.pdf.p7m", MediaType: "application/pkcs7-mime", Size: 412_340, SHA256: sum("act"), Signature: &membership.Signature{Format: membership.FormatCAdES, Signer: "Segretario di prova"}},
			{Kind: membership.DocumentOther, Title: "Planimetria degli sportelli", Name: "planimetria.pdf", MediaType: "application/pdf", Size: 1_843_200, SHA256: sum("plan")},
		},
		Protocol: membership.Protocol{Number: "0012345/2026", Date: "2026-11-23"},
		Note:     "Lo sportello Informagiovani apre al pubblico nel nuovo palazzo da gennaio.",
	}
}

func joining() membership.Case {
	at := time.Date(2026, 11, 23, 9, 12, 0, 0, time.UTC)
	due := at.AddDate(0, 0, membership.ReviewDays+1)
	sum := sha256.Sum256([]byte("request"))
	return membership.Case{
		ID: "0192f0c1-7c1e-7d0a-9b1c-3a5de6f70001", State: membership.Registered, SHA256: hex.EncodeToString(sum[:]), Version: 9,
		Number: "2026-00007", ReceivedAt: at, Protocol: membership.Protocol{Number: "00098765", Date: "2026-11-24"}, Due: &due,
		Authority: "demo_borgo", Name: "Comune di Borgo San Lorenzo al Colle",
		History: []membership.Entry{
			{At: at, Event: membership.Submit, To: membership.Sent, By: membership.Actor{Role: membership.ByApplicant}},
			{
				At: at.Add(26 * time.Hour), Event: membership.Register, From: membership.Sent, To: membership.Registered,
				By: membership.Actor{Role: membership.ByExaminer}, Protocol: membership.Protocol{Number: "00098765", Date: "2026-11-24"},
			},
		},
	}
}

func activating() membership.Letter {
	at := time.Date(2026, 12, 9, 8, 0, 0, 0, time.UTC)
	return membership.Letter{
		Request: "0192f0c1-7c1e-7d0a-9b1c-3a5de6f70001", Authority: "demo_borgo", Name: "Comune di Borgo San Lorenzo al Colle",
		Address: "Piazza dell'Esempio 1, 12999 Borgo San Lorenzo al Colle (CN)", PEC: "protocollo@pec.borgosanlorenzoalcolle.example",
		Code: "PRVA-ESEMP-NNVAL-ESEMP-NNVAL", ExpiresAt: at.AddDate(0, 0, 30), Hub: "https://polis.example",
		Protocol: membership.Protocol{Number: "00101234", Date: "2026-12-09"}, Agreement: membership.Protocol{Number: "00100999", Date: "2026-12-04"},
		Office: "Ufficio relazioni con il pubblico (URP)", Role: "responsabile", IssuedAt: at,
	}
}
