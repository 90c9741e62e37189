package search

import (
	"slices"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/italian"
)

// The languages whose words are stemmed; any other is compared as written.
const (
	langItalian = "it"
	langEnglish = "en"
	langFrench  = "fr"
)

func stemmed() []string { return []string{langItalian, langEnglish, langFrench} }

// acronymMark ends the stem of a sigla, which no other word may have: "dati"
// is no form of DAT.
const acronymMark = "."

// langBit is the bit of a language in wordTable.langs; all that are not
// stemmed share the last one.
func langBit(lang string) uint8 {
	if i := slices.Index(stemmed(), lang); i >= 0 {
		return 1 << i
	}
	return 1 << 7
}

// stem returns the stem of a folded word. Accents are folded before, because
// who types in a hurry leaves them out; sigle, numbers and short words are
// their own stem.
func stem(word, lang string) string {
	if acronym(word) {
		return word + acronymMark
	}
	if len(word) < 4 || !letters(word) {
		return word
	}
	env := snowballstem.NewEnv(word)
	switch lang {
	case langItalian:
		italian.Stem(env)
	case langEnglish:
		english.Stem(env)
	case langFrench:
		french.Stem(env)
	default:
		return word
	}
	if s := env.Current(); len(s) >= 2 {
		return s
	}
	return word
}

// letters reports whether a folded word is made of plain letters only; the
// stemmers know no others.
func letters(word string) bool {
	for i := range len(word) {
		if word[i]-'a' >= 26 {
			return false
		}
	}
	return true
}

// acronym reports sigle that a stemmer would damage (tari is not tar-).
func acronym(word string) bool {
	switch word {
	case "abf", "aci", "ade", "ader", "adi", "adm", "ads", "agcm", "agcom", "agea", "aia", "aib", "aido", "aire",
		"anac", "anci", "anpr", "aou", "apl", "apr", "aps", "arera", "arpa", "arpea", "asd", "asl", "aslo", "aslto",
		"aspi", "asst", "atc", "ateco", "atl", "ato", "ats", "aua", "ausl", "auu", "bes", "bip", "caa", "cad", "caf",
		"cav", "cciaa", "ccvlps", "cdd", "cdi", "cds", "cdu", "cie", "cig", "cil", "cila", "cilas", "cimp", "cin", "cit",
		"cns", "coc", "coni", "corecom", "cosap", "cpi", "cpia", "cqc", "cras", "cri", "cse", "csm", "csr", "csv", "cude",
		"cup", "dae", "dat", "deco", "did", "dop", "dpo", "dsa", "dsu", "duc", "dup", "durc", "edisu", "eer", "enac",
		"enea", "eni", "enpa", "erp", "ers", "ets", "foia", "forsu", "fse", "gdf", "gdp", "gdpr", "gol", "gpl", "gse",
		"gtt", "haccp", "hcp", "iap", "iat", "ici", "icp", "ids", "iefp", "igp", "imu", "inad", "inail", "inpdai",
		"inpdap", "inps", "irap", "ires", "irpef", "ise", "isee", "ispra", "iuc", "iuv", "iva", "ivass", "ivg", "lea",
		"lipu", "lpu", "lsu", "mef", "mepa", "mlol", "mmg", "msna", "mude", "naspi", "ncc", "npi", "nue", "odv", "oss",
		"pac", "pagopa", "pai", "pcto", "pdc", "pdp", "peba", "pec", "peep", "pei", "pgt", "pls", "pnrr", "pra", "prg",
		"prgc", "psr", "pua", "puc", "pums", "raee", "raf", "rasd", "rca", "rdc", "rdl", "rea", "rentri", "rfi", "rpct",
		"rpd", "rsa", "rsd", "rsu", "runts", "rup", "saap", "sab", "sad", "sbn", "scea", "scia", "scu", "serd", "sert",
		"sfl", "siae", "sian", "siisl", "siproimi", "sisp", "spid", "ssd", "ssn", "ssr", "stp", "suap", "tar", "tares",
		"tari", "tarsu", "tasi", "team", "tefa", "tfr", "tfs", "tosap", "tpl", "tso", "tuel", "tulps", "uepe", "umc",
		"unep", "urp", "utg", "uvg", "uvm", "vas", "vinca", "vvf", "vvff", "ztl":
		return true
	}
	return false
}

// Silent reports a folded word that asks for nothing by itself in any
// language.
func Silent(folded string) bool {
	return softWord(folded) || stopItalian(folded) || stopEnglish(folded) || stopFrench(folded)
}

// stopWord reports the words that say nothing about what a text is about.
func stopWord(word, lang string) bool {
	switch lang {
	case langEnglish:
		return stopEnglish(word)
	case langFrench:
		return stopFrench(word)
	}
	return stopItalian(word)
}

func stopItalian(word string) bool {
	switch word {
	case "a", "ad", "ai", "al", "alla", "alle", "allo", "agli", "anche", "c", "che", "chi", "ci", "cio", "coi", "col",
		"come", "con", "cui", "d", "da", "dai", "dal", "dalla", "dalle", "dallo", "dagli", "degli", "dei", "del", "della",
		"delle", "dello", "di", "e", "ed", "ha", "hai", "hanno", "ho", "i", "il", "in", "io", "l", "la", "le", "lo", "gli", "ma",
		"mi", "mia", "mio", "ne", "nei", "nel", "nella", "nelle", "nello", "negli", "noi", "non", "o", "od", "per",
		"piu", "puo", "quale", "quali", "quando", "quella", "quelle", "quello", "questa", "queste", "questi",
		"questo", "s", "se", "si", "sia", "sono", "su", "sua", "sue", "sugli", "sui", "sul", "sulla", "sulle",
		"sullo", "suo", "suoi", "ti", "tra", "fra", "un", "una", "uno", "vi", "cosa", "cos", "essere", "devo", "deve", "voglio", "vorrei",
		"posso":
		return true
	}
	return false
}

func stopEnglish(word string) bool {
	switch word {
	case "a", "an", "and", "are", "as", "at", "be", "by", "can", "for", "from", "has", "have", "how", "i", "if",
		"in", "is", "it", "its", "my", "not", "of", "on", "or", "s", "t", "that", "the", "their", "this", "to",
		"was", "were", "what", "when", "where", "which", "who", "will", "with", "you", "your":
		return true
	}
	return false
}

func stopFrench(word string) bool {
	switch word {
	case "a", "au", "aux", "avec", "ce", "ces", "cette", "d", "dans", "de", "des", "du", "elle", "en", "et",
		"il", "ils", "j", "l", "la", "le", "les", "leur", "lui", "n", "ne", "on", "ou", "par", "pas", "plus",
		"pour", "qu", "que", "qui", "s", "sa", "se", "ses", "son", "sont", "sur", "un", "une", "vous", "votre",
		"vos", "est", "etre", "ont":
		return true
	}
	return false
}

// softWord reports the words with which people ask, whatever they ask for:
// they may help, but no sheet must have them.
func softWord(word string) bool {
	switch word {
	case "fare", "faccio", "fa", "si fa", "fai", "farlo", "serve", "servono", "occorre", "occorrono", "bisogna", "bisogno",
		"dove", "quanto", "quanti", "perche", "chiedere", "chiedo", "richiedere", "richiesta", "ottenere", "avere", "vado", "andare",
		"costa", "costano", "spetta", "spettano", "rivolgere", "rivolgersi", "rivolgermi", "succede", "qui", "qua", "dopo", "prima",
		"oppure", "invece", "tanto", "molto", "poco", "tutti", "tutto", "tutta", "tutte", "viene", "vengono", "arrivata", "arrivato",
		"sapere", "volevo", "vuole", "vogliamo", "dobbiamo", "possiamo", "potrei", "dovrei", "informazioni", "info",
		"ufficio", "sportello", "presso", "ancora", "gia", "adesso", "ora", "posto", "tipo", "nuovo", "nuova", "mettere", "prendere",
		"dare", "danno", "trovo", "trovare", "conviene", "tocca", "qualcuno", "comune", "signora", "signore", "buongiorno", "salve",
		"get", "need", "want", "apply", "do", "does", "much", "help", "please", "obtain", "find", "make", "would", "like", "should",
		"use", "am", "new", "there", "any", "some", "got", "me", "us", "we", "our", "must", "could", "may", "give", "take", "about",
		"comment", "faire", "obtenir", "demander", "combien":
		return true
	}
	return false
}
