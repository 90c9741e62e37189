package main

import (
	"slices"
	"strings"
)

// kindOf returns the kind of a body by its class in IPA and its name, "" for
// what is left out. Municipalities come from ISTAT's table.
func kindOf(class, name string) string {
	name = strings.ToLower(name)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
	}
	if has("liquidazione", "onlus", "s.r.l.", "s.p.a.", "strada ", "irriguo", "arginatura") {
		return ""
	}
	for beginning, kind := range map[string]string{
		"Regioni, ": "region", "Province ": "province", "Citta' Metropolitane": "metropolitan_city",
		"Unioni di Comuni": "union", "Comunita' Montane": "union",
		"Aziende Sanitarie Locali": "health_authority", "Aziende Ospedaliere": "hospital", "Istituti Zooprofilattici": "agency",
		"Camere di Commercio": "chamber_of_commerce", "Universita' ": "university", "Istituzioni per l'Alta": "university",
		"Parchi ": "park", "Consorzi tra": "consortium", "Consorzi di Bacino": "consortium",
		"Enti di Regolazione": "agency", "Autorita' di Bacino": "agency", "Aziende e Consorzi": "agency",
		"Aziende Pubbliche": "care", "Enti Pubblici Produttori": "care", "Enti Pubblici Non Economici": "care",
		"Agenzi": "agency", "Enti e Istituzioni di Ricerca": "agency", "Altri Enti Locali": "other",
	} {
		if strings.HasPrefix(class, beginning) {
			return kind
		}
	}
	if !strings.HasPrefix(class, "Comuni ") || strings.HasPrefix(name, "comune ") || strings.HasPrefix(name, "citta' ") {
		return ""
	}
	switch {
	case has("comunita", "unione"):
		return "union"
	case has("consorzio"):
		return "consortium"
	case has("comune", "scuola", "centrale"):
		return "other"
	}
	return ""
}

// leftOut are bodies of a class that is in, which are none that could join:
// the Olympic agency of 2006, a notaries' commission, a commissioner, a
// foundation, an institute of research, an association.
func leftOut() []string {
	return []string{"alsdx", "crdpv", "cgcid", "fomauri", "inrm", "udpie", "spiddto", "ciasm", "cdcss"}
}

// persons are bodies whose address in the index is that of somebody by name.
func persons() []string { return []string{"aimar", "aidbi", "cror_cn"} }

// corrected are names that no rule makes readable.
func corrected() map[string]string {
	return map[string]string{
		"scpli":    "Scuola comunale professionale A. Lattes - Istituzione del Comune di Cuneo",
		"cobu":     "Consorzio obbligatorio unico di bacino del Verbano Cusio Ossola",
		"ucbno":    "Unione di Comuni Basso Novarese",
		"cis_001":  "Consorzio intercomunale socio assistenziale Valle di Susa",
		"clasa":    "Consorzio per l'attività socio assistenziale",
		"crvm":     "Casa di riposo Vincenzo Mosso - Ipab",
		"cmvgm_cn": "Comunità Montana Valli Grana e Maira",
		"cmvcv_01": "Comunità Montana Val Chiusella, Valle Sacra e Dora Baltea Canavesana",
		"ummcn":    "Unione Montana Mondolè",
		"udcabs":   "Unione dei Comuni di Airasca, Buriasco e Scalenghe",
		"cados":    "Consorzio C.A.DO.S.",
	}
}
