package assets_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"polis/app"
	"polis/assets"
	"polis/data/wire"
)

// sample is the decoded sample catalogue.
type sample struct {
	authorities map[string]app.Authority
	offices     map[string]app.Office
	sheets      map[string]app.Sheet
	synonyms    map[string]app.Synonym
	bets        map[string]app.BestBet
	lines       map[string][]byte // by id
}

func readSample(t *testing.T) sample {
	t.Helper()
	s := sample{
		map[string]app.Authority{},
		map[string]app.Office{},
		map[string]app.Sheet{},
		map[string]app.Synonym{},
		map[string]app.BestBet{},
		map[string][]byte{},
	}
	for _, file := range assets.Sample() {
		err := wire.Lines(bytes.NewReader(file), func(n int, line []byte) error {
			e, warnings, err := wire.ParseLine(line)
			if err != nil || len(warnings) > 0 {
				t.Errorf("line %d %.80s: %v %v", n, line, err, warnings)
				return nil
			}
			if s.lines[e.ID] != nil {
				t.Errorf("%s is there twice", e.ID)
			}
			s.lines[e.ID] = line
			return s.take(t, e)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s sample) take(t *testing.T, e wire.Entity) (err error) {
	t.Helper()
	switch e.Type {
	case wire.TypeAuthority:
		s.authorities[e.ID], err = e.Authority()
	case wire.TypeOffice:
		s.offices[e.ID], err = e.Office()
	case wire.TypeSheet:
		s.sheets[e.ID], err = e.Sheet()
	case wire.TypeSynonym:
		s.synonyms[e.ID], err = e.Synonym()
	case wire.TypeBestBet:
		s.bets[e.ID], err = e.BestBet()
	default:
		t.Errorf("%s: a line of type %q", e.ID, e.Type)
	}
	return err
}

func fictitious(authority string) bool { return strings.HasPrefix(authority, "demo_") }

func vocabulary(t *testing.T, name string) map[string]bool {
	t.Helper()
	var entries []struct{ Code, IT, EN string }
	if err := json.Unmarshal(assets.Read("vocabularies/"+name+".json"), &entries); err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, e := range entries {
		codes[e.Code] = true
	}
	return codes
}

func TestSampleIsLargeEnough(t *testing.T) {
	s := readSample(t)
	invented, translated := 0, 0
	for id := range s.authorities {
		if fictitious(id) {
			invented++
		}
	}
	for _, sh := range s.sheets {
		if completeInEnglish(sh) && sh.Base == "" {
			translated++
		}
	}
	for _, c := range []struct {
		what      string
		is, least int
	}{
		{"sheets", len(s.sheets), 80},
		{"fictitious municipalities", invented, 3},
		{"real authorities", len(s.authorities) - invented, 20},
		{"sheets with a complete English translation", translated, 20},
	} {
		if c.is < c.least {
			t.Errorf("%d %s, at least %d are wanted", c.is, c.what, c.least)
		}
	}
}

// A translation that is begun is complete: no reader finds half a sheet in
// another language.
func TestSampleTranslations(t *testing.T) {
	for code, sh := range readSample(t).sheets {
		if _, begun := sh.Translations["en"]; begun && !completeInEnglish(sh) {
			t.Errorf("%s is translated in part", code)
		}
	}
}

func completeInEnglish(sh app.Sheet) bool {
	en := sh.Translations["en"]
	for key := range sh.Sections {
		if strings.TrimSpace(en.Sections[key]) == "" {
			return false
		}
	}
	// An adaptation may leave title and summary to its base.
	named := en.Title != "" && en.Summary != "" || sh.Base != ""
	return named && len(en.Sections) == len(sh.Sections) && len(en.Sections) > 0
}

// Screen and paper mark a sheet as demonstrative by its source.
func TestSampleSheetsAreMarked(t *testing.T) {
	for code, sh := range readSample(t).sheets {
		if !sh.Demonstrative() {
			t.Errorf("%s is not marked as demonstrative", code)
		}
	}
}

func TestSampleSheetsAreComplete(t *testing.T) {
	for code, sh := range readSample(t).sheets {
		if sh.Title == "" || sh.Summary == "" || sh.Language != "it" || sh.Status == "" ||
			len(sh.Keywords) == 0 || len(sh.AlternativeTitles) == 0 {
			t.Errorf("%s: title, summary, language, status, keywords or other titles are missing", code)
		}
		for key, text := range sh.Sections {
			if !slices.Contains(app.SectionOrder(), key) || strings.TrimSpace(text) == "" {
				t.Errorf("%s: section %q is unknown or empty", code, key)
			}
		}
		if sh.Base == "" && len(sh.Sections) < 6 {
			t.Errorf("%s: %d sections, 6 are wanted", code, len(sh.Sections))
		}
		if n := len(sh.Inputs); sh.Base == "" && n > 0 && n < 3 {
			t.Errorf("%s: %d things to bring, none or 3 are wanted", code, n)
		}
	}
}

func TestSampleReferences(t *testing.T) {
	s := readSample(t)
	for id, o := range s.offices {
		if _, ok := s.authorities[o.Authority]; !ok {
			t.Errorf("office %s: no authority %q", id, o.Authority)
		}
	}
	for code, sh := range s.sheets {
		if _, ok := s.authorities[sh.Authority]; !ok || !strings.HasPrefix(code, sh.Authority+"-") {
			t.Errorf("%s: authority %q", code, sh.Authority)
		}
		if base, ok := s.sheets[sh.Base]; sh.Base != "" && (!ok || base.Base != "") {
			t.Errorf("%s: base %q is not there or an adaptation itself", code, sh.Base)
		}
		for _, o := range append(slices.Clone(sh.Offices), sh.VerifiedBy) {
			if _, ok := s.offices[o]; !ok {
				t.Errorf("%s: no office %q", code, o)
			}
		}
	}
}

func TestSampleVocabularies(t *testing.T) {
	topics, events, audiences := vocabulary(t, "topics"), vocabulary(t, "life-events"), vocabulary(t, "audiences")
	categories := []string{ // of Modello Comuni
		"Agricoltura e pesca", "Ambiente", "Anagrafe e stato civile", "Appalti pubblici", "Autorizzazioni",
		"Catasto e urbanistica", "Cultura e tempo libero", "Educazione e formazione",
		"Giustizia e sicurezza pubblica", "Imprese e commercio", "Mobilità e trasporti",
		"Salute, benessere e assistenza", "Tributi, finanze e contravvenzioni", "Turismo", "Vita lavorativa",
	}
	check := func(code, what string, known map[string]bool, values []string) {
		for _, v := range values {
			if !known[v] {
				t.Errorf("%s: no %s %q", code, what, v)
			}
		}
	}
	for code, sh := range readSample(t).sheets {
		check(code, "topic", topics, sh.Topics)
		check(code, "life event", events, sh.LifeEvents)
		check(code, "audience", audiences, sh.Audiences)
		if !slices.Contains(categories, sh.Category) {
			t.Errorf("%s: no category %q", code, sh.Category)
		}
		if len(sh.Topics) == 0 || len(sh.Audiences) == 0 {
			t.Errorf("%s: no topic or no audience", code)
		}
	}
}

func TestSampleAttachments(t *testing.T) {
	const own = "https://polis.example/allegati/"
	kinds, ownKinds := map[string]int{}, map[string]int{}
	used, ids := map[string]bool{}, map[string]bool{}
	for code, sh := range readSample(t).sheets {
		for _, a := range sh.Attachments {
			if ids[a.ID] || !strings.HasPrefix(a.ID, code+"-a") || a.Title == "" {
				t.Errorf("%s: attachment %q is there twice, of another sheet or without title", code, a.ID)
			}
			ids[a.ID] = true
			kinds[a.Kind]++
			if !strings.HasPrefix(a.URL, own) {
				if a.SHA256 != "" {
					t.Errorf("%s has a file that is not ours", a.ID)
				}
				continue
			}
			ownKinds[a.Kind]++
			used[a.SHA256] = true
			checkDocument(t, a)
		}
	}
	for _, k := range []string{
		app.AttachmentLink, app.AttachmentNotice, app.AttachmentForm, app.AttachmentLaw, app.AttachmentInstructions,
	} {
		if kinds[k] == 0 {
			t.Errorf("no attachment of kind %s", k)
		}
		delete(kinds, k)
	}
	if len(kinds) > 0 {
		t.Errorf("unknown kinds of attachment %v", kinds)
	}
	if ownKinds[app.AttachmentForm] < 3 || ownKinds[app.AttachmentNotice] < 1 || ownKinds[app.AttachmentInstructions] < 1 {
		t.Errorf("own documents by kind: %v", ownKinds)
	}
	for _, h := range assets.SampleBlobs() {
		if !used[h] {
			t.Errorf("no attachment names the document %s: go run .ci/sampledocs/main.go", h)
		}
	}
}

func checkDocument(t *testing.T, a app.Attachment) {
	t.Helper()
	data := assets.SampleBlob(a.SHA256)
	sum := sha256.Sum256(data)
	if hex.EncodeToString(sum[:]) != a.SHA256 || !bytes.HasPrefix(data, []byte("%PDF-")) {
		t.Errorf("%s: its document is not there or another: go run .ci/sampledocs/main.go", a.ID)
	}
	if !strings.Contains(a.Title, "dimostrativ") || a.MediaType != "application/pdf" {
		t.Errorf("%s: title %q, media type %q", a.ID, a.Title, a.MediaType)
	}
}

// Of real bodies the sample tells only what the registers publish as their
// identity; addresses, hours and prices are those of bodies that do not exist.
func TestSampleInventsNothingAboutRealBodies(t *testing.T) {
	s := readSample(t)
	for id, a := range s.authorities {
		if fictitious(id) {
			example(t, id, a.Website, a.PEC)
			continue
		}
		if a.PEC != "" || a.Logo != "" {
			t.Errorf("%s: a real body with pec or logo", id)
		}
	}
	for id, o := range s.offices {
		if fictitious(o.Authority) {
			_, host, _ := strings.Cut(o.Email, "@")
			example(t, id, host)
		} else if o.Address != nil || o.Email != "" || len(o.OpeningHours) > 0 || o.OpeningNotes != "" || len(o.Closures) > 0 {
			t.Errorf("%s: a real office with address, e-mail or hours", id)
		}
		if o.Phone != "" {
			t.Errorf("%s has a telephone number", id)
		}
	}
	for code, sh := range s.sheets {
		if !fictitious(sh.Authority) && (sh.Level == app.LevelAuthority || sh.Authority != "r_piemon") {
			t.Errorf("%s: a local sheet of a real body", code)
		}
		if fictitious(sh.Authority) && sh.Level != app.LevelAuthority {
			t.Errorf("%s: level %q", code, sh.Level)
		}
	}
}

func example(t *testing.T, id string, hosts ...string) {
	t.Helper()
	for _, h := range hosts {
		if h != "" && !strings.HasSuffix(h, ".example") {
			t.Errorf("%s: %q is not an example", id, h)
		}
	}
}

// A price of the Region's sheets stands on a rule that the same sheet cites.
func TestSamplePricesStandOnRules(t *testing.T) {
	for code, sh := range readSample(t).sheets {
		if fictitious(sh.Authority) {
			continue
		}
		stamp := strings.Contains(strings.Join(texts(t, sh.Sections), "\n"), "16,00")
		for _, f := range sh.Fees {
			if f.Amount != "" && f.Amount != "0.00" && len(sh.Rules) == 0 {
				t.Errorf("%s: %s without a rule", code, f.Amount)
			}
			stamp = stamp || f.Amount == "16.00"
		}
		if stamp && !slices.ContainsFunc(sh.Rules, func(r app.Rule) bool { return strings.Contains(r.Title, "1972, n. 642") }) {
			t.Errorf("%s: revenue stamp without D.P.R. 642/1972", code)
		}
	}
}

func TestSampleHasNoTelephoneNumbers(t *testing.T) {
	s := readSample(t)
	for id, line := range s.lines {
		if isWords(id) {
			continue // people type 112 and 1522; nobody reads them there
		}
		for _, text := range texts(t, json.RawMessage(line)) {
			if found := telephone(text); found != "" {
				t.Errorf("%s: %q in %.120q", id, found, text)
			}
			for _, m := range regexp.MustCompile(`\S+@([\w.-]+)`).FindAllStringSubmatch(text, -1) {
				example(t, id, strings.TrimRight(m[1], "."))
			}
		}
	}
}

func TestTelephone(t *testing.T) {
	for _, text := range []string{
		"chiamare il 112", "il 116117", "011 1234567", "0173/292929", "+39 011", "tel. 5", "numero verde 800 333 444",
		"chiami 3331234567", "Call 112 now", "il 118.",
	} {
		if telephone(text) == "" {
			t.Errorf("%q has a number that was not seen", text)
		}
	}
	for _, text := range []string{
		"D.Lgs. 31 marzo 1998, n. 114", "D.P.R. 115/2002", "legge 104", "modello 730", "F24", "120.000 euro", "36.151,98",
		"artt. 112 e 118", "il telefono", "entro 118,00 euro", "dal 2024 al 2026",
	} {
		if found := telephone(text); found != "" {
			t.Errorf("%q in %q is no telephone number", found, text)
		}
	}
}

// telephone returns what looks like a telephone number in a text; addresses,
// amounts and the numbers of laws are none.
func telephone(text string) string {
	for _, other := range []string{
		`https?://[^\s)]+`, `urn:\S+`,
		`(?i)\b(n\.|artt?\.|articol[oi]|comm[ai]|legge)\s+\d+(( e |, | o |-)\d+)*`,
		`\b\d+/\d{2,4}\b`, `\b\d{1,3}(\.\d{3})+(,\d\d)?\b`, `\b\d+[.,]\d\d\b`,
	} {
		text = regexp.MustCompile(other).ReplaceAllString(text, "§")
	}
	return regexp.MustCompile(
		`(?i)\+39|\btel\.|\b(112|113|115|118|116 ?117|1522)\b|\b0\d{1,3}[ ./-]?\d{5,}|\b800[ .-]?\d{3}|\d{6,}`,
	).FindString(text)
}

// texts are the values of a JSON object that people read, in any depth.
func texts(t *testing.T, v any) []string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var decoded any
	if err := json.Unmarshal(raw, &decoded); err != nil {
		t.Fatal(err)
	}
	codes := []string{ // not read as text
		"id", "code", "base", "tax_code", "istat_code", "postal_code", "sha256", "urn", "modified_at", "verified_at",
	}
	var out []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for k, e := range v {
				if !slices.Contains(codes, k) {
					walk(e)
				}
			}
		}
	}
	walk(decoded)
	return out
}

func TestSampleAddresses(t *testing.T) {
	for code, sh := range readSample(t).sheets {
		addresses := []string{sh.OnlineService, sh.PublicURL, sh.SourceURL}
		for _, a := range sh.Attachments {
			addresses = append(addresses, a.URL)
		}
		for _, r := range sh.Rules {
			addresses = append(addresses, r.URL)
		}
		for _, address := range addresses {
			if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
				t.Errorf("%s: address %q", code, address)
			}
		}
	}
}
