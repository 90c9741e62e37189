package search

import (
	"fmt"
	"strings"

	"polis/app"
)

// corpus is a small catalogue of our own, as messy as the tests need.
func corpus() []Doc {
	docs := []Doc{
		regional(
			"r_test-0001", "Carta d'identità smarrita: duplicato", "Cosa fare quando si perde la carta d'identità o viene rubata.",
			"Per avere il **duplicato** serve la denuncia di smarrimento.\n\n1. Si presenta la denuncia ai Carabinieri.\n2. Si prenota allo sportello anagrafe.",
			"carta identità persa", "ho perso la carta d'identità",
		),
		regional(
			"r_test-0002", "Carta d'identità elettronica (CIE)", "Come chiedere o rinnovare la carta d'identità elettronica.",
			"La carta si chiede all'ufficio anagrafe del Comune. Servono una fototessera e il codice fiscale.",
			"CIE", "rinnovo carta identità",
		),
		regional(
			"r_test-0003", "Passaporto: rilascio e rinnovo", "Il passaporto si chiede alla Questura.",
			"Serve la carta d'identità in corso di validità.",
		),
		regional(
			"r_test-0004", "Tassa automobilistica regionale", "Il pagamento annuale per chi possiede un veicolo.",
			"La tassa si paga entro l'ultimo giorno del mese dopo la scadenza.", "bollo auto",
		),
		regional(
			"r_test-0005", "TARI: tassa sui rifiuti", "Iscrizione, variazione e cessazione dell'utenza dei rifiuti.",
			"La dichiarazione si presenta all'ufficio tributi.", "nettezza urbana",
		),
		regional(
			"r_test-0006", "ISEE: indicatore della situazione economica", "L'I.S.E.E. serve per avere prestazioni agevolate.",
			"La DSU si presenta a un CAF. Vale fino al 31 dicembre.",
		),
		regional(
			"r_test-0007", "Permessi della legge 104/92", "Tre giorni al mese per assistere un familiare.",
			"La domanda si presenta all'INPS. Vedi l'art. 33 della legge 104/1992 e il modello F24, il 730 non basta.",
		),
		regional("r_test-0008", "Assegnazione di una casa popolare", "Domanda per gli alloggi di edilizia sociale.", "Il bando dice chi può chiedere la casa."),
		regional("r_test-0009", "Caso di emergenza: numeri utili", "Che cosa fare in caso di calamità.", "In ogni caso si chiama il 112."),
		regional("r_test-0010", "Certificato di residenza", "Attesta dove una persona abita.", "Si chiede all'anagrafe o si stampa da casa."),
		regional("r_test-0011", "Cambio di residenza", "Dichiarare un nuovo indirizzo.", "Entro 20 giorni dal trasferimento."),
		regional("r_test-0012", "Reddito di cittadinanza", "Misura non più attiva.", "Sostituita da altre misure."),
		regional("r_test-0013", "Assegno di inclusione", "Sostegno al reddito.", "Ha sostituito il reddito di cittadinanza."),
		regional("r_test-0014", "Contrassegno di parcheggio per disabili (CUDE)", "Per chi ha difficoltà a camminare.", "Serve il verbale medico."),
		regional("r_test-0015", "Carta dei servizi", "Gli impegni dell'ente.", "Che cosa si può chiedere."),
	}
	docs[11].Status = app.StatusDiscontinued
	docs[1].Translations = []Text{{
		Language: "en", Title: "Electronic identity card", Summary: "How to get the identity card.",
		Sections: []string{"Book an appointment at the registry office. Children need both parents."},
	}}
	docs[4].Topics, docs[3].Topics = []string{"tassa-sui-rifiuti"}, []string{"Imposte"}
	docs[0].Topics, docs[1].Topics = []string{"Identità"}, []string{"identita"}
	docs[3].Audiences = []string{"citizens", "businesses"}
	docs = append(docs, adaptation("demo_borgo-0001", "demo_borgo", docs[1]), adaptation("demo_ponte-0001", "demo_ponte", docs[1]))
	return docs
}

func regional(code, title, summary, section string, alternatives ...string) Doc {
	return Doc{
		Code: code, Authority: "r_test", Language: "it", Level: app.LevelRegional, Status: app.StatusActive, Title: title,
		Summary: summary, Sections: []string{section}, AlternativeTitles: alternatives, Audiences: []string{"citizens"},
	}
}

func adaptation(code, authority string, base Doc) Doc {
	d := base
	d.Code, d.Authority, d.Level, d.Base = code, authority, app.LevelAuthority, base.Code
	d.Sections = append([]string{"Allo sportello di " + authority + "."}, base.Sections...)
	return d
}

// messy is a generated catalogue as bad as real ones: long titles, empty
// bodies, giant texts, wide tables, odd characters.
func messy(n int) []Doc {
	syllables := strings.Fields("ca ri to me la no pe si du fo gra ste qui ve zo bi an te lo mi")
	word := func(i int) string {
		s := ""
		for i += 7; i > 0; i /= len(syllables) {
			s += syllables[i%len(syllables)]
		}
		return s
	}
	docs := make([]Doc, n)
	for i := range docs {
		d := Doc{Code: fmt.Sprintf("x_mess-%04d", i), Authority: "x_mess", Language: "it", Level: app.LevelAuthority}
		d.Title = strings.ToUpper(word(i)) + " – dell’" + word(i*3) + " «" + word(i*i+1) + "»"
		switch i % 10 {
		case 0:
			d.Title = strings.Repeat(d.Title+" ", 12)
		case 1:
			d.Title, d.Summary = "", "\x00\xff\u202e"
		case 2:
			d.Sections = []string{"|" + strings.Repeat(" "+word(i)+" |", 60) + "\n|" + strings.Repeat("---|", 60)}
		case 3:
			d.Sections = []string{strings.Repeat(word(i+2)+" "+word(i*5)+". ", 3000)}
		default:
			for j := range 120 {
				d.Summary += word(i*j+j) + " "
			}
		}
		docs[i] = d
	}
	return docs
}
