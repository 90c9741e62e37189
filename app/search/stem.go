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
	if len(word) < 4 || acronym(word) || !letters(word) {
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
	case "aci", "adi", "aire", "anpr", "arpa", "asl", "aslto", "aspi", "atc", "caf", "cciaa", "cie", "cila", "cilas",
		"cns", "cosap", "cude", "cup", "dat", "dis", "dsu", "durc", "edisu", "enea", "eni", "erp", "foia", "gdpr",
		"ici", "imu", "inail", "inpdap", "inps", "ires", "irap", "irpef", "ise", "isee", "iuc", "iva", "ivg", "lea",
		"mef", "mepa", "naspi", "pagopa", "pec", "pra", "prg", "prgc", "puc", "rdc", "rei", "rsa", "scea", "scia",
		"serd", "sert", "sfl", "siae", "spid", "stp", "suap", "sue", "tares", "tari", "tarsu", "tasi", "tosap",
		"tso", "uepe", "urp", "ztl":
		return true
	}
	return false
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
		"sapere", "volevo", "vuole", "vogliamo", "dobbiamo", "possiamo", "potrei", "dovrei", "informazioni", "info",
		"ufficio", "sportello", "presso", "ancora", "gia", "adesso", "ora", "posto", "tipo", "nuovo", "nuova", "mettere", "prendere",
		"dare", "danno", "trovo", "trovare", "conviene", "tocca", "qualcuno", "comune", "signora", "signore", "buongiorno", "salve",
		"get", "need", "want", "apply", "do", "does", "much", "help", "please", "obtain",
		"comment", "faire", "obtenir", "demander", "combien":
		return true
	}
	return false
}
