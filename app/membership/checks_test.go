package membership_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/app/phrase"
	"polis/assets"
)

// The codes below were made for these tests; the names in them are nobody's.
func TestTaxCode(t *testing.T) {
	for code, want := range map[string]string{
		"":                      "",
		"RSSMRA80A01L219M":      "",
		" rssmra80a01l219m ":    "",
		"RSSMRA80A41L219Q":      "", // a woman
		"RSSMRA80A01L219N":      "taxcode_check",
		"RSSMRA80A01L21":        "taxcode_length",
		"RSSMRA80A01L219MM":     "taxcode_length",
		"RSSMRA80A32L219X":      "taxcode_date",
		"RSSMRA80A00L219X":      "taxcode_date",
		"RSSMRA80A40L219X":      "taxcode_date",
		"RSSMRA80B30L219X":      "taxcode_date",
		"RSSMRA81B29L219X":      "taxcode_date",
		"RSSMRA80A72L219X":      "taxcode_date",
		"RSSMRA80F01L219M":      "taxcode_form", // no month has an F
		"RSSMRA80A01N219M":      "taxcode_form", // no place begins with N
		"R5SMRA80A01L219M":      "taxcode_form",
		"RSSMRA80A01Z001X":      "taxcode_place",
		"RSSMRA80A01A000X":      "taxcode_place",
		"RSSMRÀ80A01L219M":      "taxcode_form",
		"1234567890123456":      "taxcode_form",
		strings.Repeat("A", 16): "taxcode_form",
	} {
		if got := membership.TaxCode(code); got != want {
			t.Errorf("TaxCode(%q) = %q, want %q", code, got, want)
		}
	}
}

// Every letter of omocodia stands for its digit: the birthday is read as it
// would be, and only one check character fits.
func TestTaxCodeOmocodia(t *testing.T) {
	places := []int{14, 13, 12, 10, 9, 7, 6} // in which they are replaced, the last first
	plain := []byte("RSSMRA80A01L219")
	for n := range 1 << len(places) {
		code := slices.Clone(plain)
		for i, p := range places {
			if n>>i&1 == 1 {
				code[p] = "LMNPQRSTUV"[code[p]-'0']
			}
		}
		fits := 0
		for last := byte('A'); last <= 'Z'; last++ {
			switch key := membership.TaxCode(string(append(slices.Clone(code), last))); key {
			case "":
				fits++
			case "taxcode_check":
			default:
				t.Fatalf("%s%c: %q", code, last, key)
			}
		}
		if fits != 1 {
			t.Fatalf("%s: %d check characters fit", code, fits)
		}
	}
	// A day that does not exist is found behind its letters too.
	if key := membership.TaxCode("RSSMRA80APNL219X"); key != "taxcode_date" {
		t.Errorf("day 32 in letters: %q", key)
	}
}

// One wrong digit is always found, as are most swapped neighbours.
func TestBodyTaxCode(t *testing.T) {
	const good = "00161450069"
	for code, want := range map[string]string{
		"": "", good: "", " " + good + " ": "", "0016145006": "body_taxcode_form", "001614500690": "body_taxcode_form",
		"0016145006X": "body_taxcode_form", "00000000000": "body_taxcode_form", "RSSMRA80A01L219M": "body_taxcode_form",
	} {
		if got := membership.BodyTaxCode(code); got != want {
			t.Errorf("BodyTaxCode(%q) = %q, want %q", code, got, want)
		}
	}
	for i := range good {
		for d := byte('0'); d <= '9'; d++ {
			code := []byte(good)
			if code[i] == d {
				continue
			}
			code[i] = d
			if got := membership.BodyTaxCode(string(code)); got != "body_taxcode_check" {
				t.Errorf("BodyTaxCode(%q) = %q", code, got)
			}
		}
	}
}

func TestSingleChecks(t *testing.T) {
	type check func(string) string
	for _, c := range []struct {
		name  string
		check check
		cases map[string]string
	}{
		{"IPACode", membership.IPACode, map[string]string{
			"": "", "c_a124": "", "ASL_TO4": "", "PT": "", "3bep4zax": "", "istsc_TOIC894006": "",
			"c-a124": "ipa", "c a124": "ipa", "ccg_": "", "_c": "ipa", "c": "ipa", "cà": "ipa", "../c_a124": "ipa",
		}},
		{"Email", emailKey, map[string]string{
			"": "", "urp@esempio.it": "", " urp@esempio.it ": "", "u.r-p+1@posta.esempio.it": "", "urp": "email_at", "@esempio.it": "email_name",
			"urp@": "email_none", "urp@esempio": "email_domain", "urp@esempio.": "email_domain", "urp @esempio.it": "email_space",
			"urp@esempio..it": "email_form", "urp@@esempio.it": "email_form", "urp@-esempio.it": "email_form", "Urp <urp@esempio.it>": "email_space",
			"urp,info@esempio.it": "email_form", "urp@esempio.i": "email_form", "urp@127.0.0.1": "email_form", "urp.@esempio.it": "email_form",
			strings.Repeat("a", 65) + "@esempio.it": "email_form", "urp@.it": "email_form", "protocollo@pec.comune.x.to.it": "",
			"urp\u200b@esempio.it": "email_form", "\u202eurp@esempio.it": "email_form", "\ufeffurp@esempio.it": "email_form",
		}},
		{"Email of a PEC", emailKey, map[string]string{"comunebra@pec": "email_domain", "comune@pec.esempio.it": ""}},
		{"Phone", membership.Phone, map[string]string{
			"": "", "011 4321": "", "+39 011/432.11-11": "", "(011) 432111": "", "800123456 int. 12": "", "112": "phone", "011\u00a0432111": "", "0173 441111 / 0173 442222": "",
			"0173/441111, 0173/442222": "", "0173 441111; 335 1234567": "", "0173 441111 - 0173 442222": "", "011 4321 / 12": "", "0173 441111,": "phone", "0173 441111 / tel": "phone", "12 34": "phone",
			"telefono 01112345": "phone", "chiedere": "phone", "1234567890123456": "phone", "011\n43211": "phone", "à11432111": "phone",
		}},
		{"PostalCode", membership.PostalCode, map[string]string{"": "", "12042": "", "1204": "postal_code", "120422": "postal_code", "1204O": "postal_code", "١٢٠٤٢": "postal_code"}},
		{"Website", membership.Website, map[string]string{
			"": "", "www.esempio.it": "", "https://www.esempio.it/a?b=c": "", "http://esempio.it": "", "esempio": "website", "ftp://esempio.it": "website",
			"https://nome:segreto@esempio.it": "website", "javascript://esempio.it": "website", "www.esempio .it": "website", "https://": "website", "%zz": "website",
		}},
	} {
		for text, want := range c.cases {
			if got := c.check(text); got != want {
				t.Errorf("%s(%q) = %q, want %q", c.name, text, got, want)
			}
		}
	}
}

func TestHours(t *testing.T) {
	open := func(opens, closes string) app.Hours { return app.Hours{Opens: opens, Closes: closes} }
	for _, c := range []struct {
		day  []app.Hours
		want string
	}{
		{nil, ""},
		{[]app.Hours{open("", "")}, ""},
		{[]app.Hours{open("08:30", "12:30")}, ""},
		{[]app.Hours{open("08:30", "12:30"), open("14:30", "17:00")}, ""},
		{[]app.Hours{open("14:30", "17:00"), open("08:30", "12:30")}, ""},
		{[]app.Hours{open("08:30", "12:30"), open("12:30", "17:00")}, ""},
		{[]app.Hours{open("14:30", "24:00")}, ""},
		{[]app.Hours{open("08:30", "")}, "hours_half"},
		{[]app.Hours{open("", "12:30")}, "hours_half"},
		{[]app.Hours{open("8:30", "12:30")}, "hours_form"},
		{[]app.Hours{open("08.30", "12:30")}, "hours_form"},
		{[]app.Hours{open("08:30", "25:00")}, "hours_form"},
		{[]app.Hours{open("12:30", "08:30")}, "hours_order"},
		{[]app.Hours{open("08:30", "08:30")}, "hours_order"},
		{[]app.Hours{open("08:30", "15:00"), open("14:30", "17:00")}, "hours_overlap"},
		{[]app.Hours{open("14:30", "17:00"), open("08:30", "15:00")}, "hours_overlap"},
		{[]app.Hours{open("08:30", "09:00"), open("10:00", "11:00"), open("12:00", "13:00")}, "hours_many"},
	} {
		if got := membership.DayHours(c.day); got != c.want {
			t.Errorf("%v: %q, want %q", c.day, got, c.want)
		}
	}
}

func TestPastDate(t *testing.T) {
	for date, want := range map[app.Date]string{
		"": "", "2026-11-03": "", "2026-11-04": "date_future", "2027-01-01": "date_future", "1990-01-01": "", "1989-12-31": "date_old",
		"0206-11-03": "date_old", "3/11/2026": "date_form", "2026-02-30": "date_form", "2026-11-03T10:00:00Z": "date_form",
	} {
		if got := membership.PastDate(date, "2026-11-03"); got != want {
			t.Errorf("PastDate(%q) = %q, want %q", date, got, want)
		}
	}
	// Half past eleven at night in London is already the next day in Italy.
	if got := membership.Today(time.Date(2026, 7, 1, 23, 30, 0, 0, time.UTC)); got != "2026-07-02" {
		t.Error(got)
	}
	if got := membership.Today(time.Date(2026, 12, 1, 22, 30, 0, 0, time.UTC)); got != "2026-12-01" {
		t.Errorf("in winter the day has half an hour left: %s", got)
	}
}

// whole is a request that lacks nothing, also of what can come later.
func whole() membership.Request {
	r := specimen.Request("019ac1d2-0000-7000-8000-000000000001",
		specimen.Document(membership.DocumentAct, "delibera.pdf", []byte("a")), specimen.Document(membership.DocumentAgreement, "protocollo.pdf.p7m", []byte("b")))
	r.Operators = append(r.Operators, membership.Person{Name: "Due", Email: "due@valserena.example"})
	r.Offices[0].OpeningHours = append(r.Offices[0].OpeningHours, app.Hours{Days: []string{"TU"}, Opens: "14:30", Closes: "17:00"})
	return r
}

func at() time.Time { return time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC) }

func TestCheckWhole(t *testing.T) {
	r := whole()
	if found := r.CheckAt(at()); len(found) != 0 {
		t.Errorf("found %+v", found)
	}
	if r = whole(); membership.Incomplete(r.Check()) != 0 {
		t.Error("a whole request is not whole by today's clock")
	}
}

// An empty draft names what is missing on every page but that of documents,
// in the order of the form, and nothing that is not missing.
func TestCheckEmpty(t *testing.T) {
	found := (&membership.Request{}).CheckAt(at())
	pages := map[membership.Step]int{}
	last := 0
	for _, f := range found {
		page := slices.Index(membership.Steps(), f.Step)
		if page < last {
			t.Errorf("%s after a later page", f.Field)
		}
		last = page
		pages[f.Step]++
		if !f.Missing {
			t.Errorf("%s: %s is not missing", f.Field, f.Key)
		}
	}
	for _, step := range membership.Steps() {
		if pages[step] == 0 {
			t.Errorf("nothing is missing on %s", step)
		}
	}
	if n := membership.Incomplete(found); n < 15 || n >= len(found) {
		t.Errorf("%d of %d stop it", n, len(found))
	}
}

func TestCheckFindings(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(r *membership.Request)
		step   membership.Step
		field  string
		key    string
		warns  bool
	}{
		{"IPA code", func(r *membership.Request) { r.Body.ID = "c a" }, membership.StepBody, "body.id", "ipa", false},
		{"body's code", func(r *membership.Request) { r.Body.TaxCode = "00161450068" }, membership.StepBody, "body.tax_code", "body_taxcode_check", false},
		{"no body's code", func(r *membership.Request) { r.Body.TaxCode = "" }, membership.StepBody, "body.tax_code", "missing", false},
		{"no PEC", func(r *membership.Request) { r.Body.PEC = " " }, membership.StepBody, "body.pec", "missing", false},
		{"blank address", func(r *membership.Request) { r.Body.Address.Street = "" }, membership.StepBody, "body.address.street", "missing", false},
		{"ISTAT", func(r *membership.Request) { r.Body.ISTATCode = "4029" }, membership.StepBody, "body.istat_code", "istat", false},
		{"Belfiore", func(r *membership.Request) { r.Body.Belfiore = "A12" }, membership.StepBody, "body.belfiore", "belfiore", false},
		{"province", func(r *membership.Request) { r.Body.Province = "Cuneo" }, membership.StepBody, "body.province", "province", false},
		{"line break", func(r *membership.Request) { r.Body.Name = "Comune\r\nBcc: altri" }, membership.StepBody, "body.name", "characters", false},
		{"turned name", func(r *membership.Request) { r.Body.Name = "Comune di \u202eabalA" }, membership.StepBody, "body.name", "characters", false},
		{"turned file", func(r *membership.Request) { r.Documents[0].Name = "delibera\u202efdp.exe" }, membership.StepDocuments, "documents.0.name", "characters", false},
		{"turned note", func(r *membership.Request) { r.Note = "a\u2066b" }, membership.StepSummary, "note", "characters", false},
		{"long name", func(r *membership.Request) { r.Body.Name = strings.Repeat("à", 201) }, membership.StepBody, "body.name", "too_long", false},
		{"tax code", func(r *membership.Request) { r.Representative.TaxCode = "RSSMRA80A01L219N" }, membership.StepPeople, "legal_representative.tax_code", "taxcode_check", false},
		{"role", func(r *membership.Request) { r.Representative.Role = "" }, membership.StepPeople, "legal_representative.role", "missing", false},
		{"contact's phone", func(r *membership.Request) { r.Contact.Phone = "" }, membership.StepPeople, "contact_person.phone", "phone_missing", true},
		{"officer's address", func(r *membership.Request) { r.Officer.PEC = "" }, membership.StepPeople, "data_protection_officer.email", "missing", false},
		{"no operators", func(r *membership.Request) { r.Operators = nil }, membership.StepPeople, "operators", "operators_none", false},
		{"many operators", func(r *membership.Request) {
			for i := range membership.MaxOperators {
				r.Operators = append(r.Operators, membership.Person{Name: fmt.Sprint("Operatore ", i), Email: fmt.Sprintf("o%d@valserena.example", i)})
			}
		}, membership.StepPeople, "operators", "operators_many", false},
		{"twice the same address", func(r *membership.Request) { r.Operators[1].Email = "UNO@valserena.example" }, membership.StepPeople, "operators.1.email", "operator_same_email", false},
		{"namesakes", func(r *membership.Request) { r.Operators[1].Name = " uno" }, membership.StepPeople, "operators.1.name", "operator_same_name", true},
		{"no offices", func(r *membership.Request) { r.Offices = nil }, membership.StepOffices, "offices", "offices_none", false},
		{"office's kind", func(r *membership.Request) { r.Offices[0].Kind = "bar" }, membership.StepOffices, "offices.0.kind", "choice", false},
		{"office's PEC", func(r *membership.Request) { r.Offices[0].PEC = "comunebra@pec" }, membership.StepOffices, "offices.0.pec", "email_domain", false},
		{"office's contact", func(r *membership.Request) { r.Offices[0].Email = "" }, membership.StepOffices, "offices.0.email", "office_contact", false},
		{"no address", func(r *membership.Request) { r.Offices[0].Address = nil }, membership.StepOffices, "offices.0.address.postal_code", "missing", false},
		{"same office", func(r *membership.Request) { r.Offices = append(r.Offices, r.Offices[0]) }, membership.StepOffices, "offices.1.name", "office_same", false},
		{"many offices", func(r *membership.Request) { r.Offices = make([]app.Office, membership.MaxOffices+1) }, membership.StepOffices, "offices", "offices_many", false},
		{"no hours", func(r *membership.Request) { r.Offices[0].OpeningHours = nil }, membership.StepOffices, "offices.0.opening_hours", "hours_none", true},
		{"hours overlap", func(r *membership.Request) { r.Offices[0].OpeningHours[1].Opens = "12:00" }, membership.StepOffices, "offices.0.opening_hours.TU", "hours_overlap", false},
		{"no such day", func(r *membership.Request) { r.Offices[0].OpeningHours[1].Days = []string{"LU"} }, membership.StepOffices, "offices.0.opening_hours", "hours_day", false},
		{"act of tomorrow", func(r *membership.Request) { r.Act.Date = "2026-11-04" }, membership.StepAct, "approving_act.date", "date_future", false},
		{"act's kind", func(r *membership.Request) { r.Act.Kind = "promise" }, membership.StepAct, "approving_act.kind", "choice", false},
		{"act's number", func(r *membership.Request) { r.Act.Number = "" }, membership.StepAct, "approving_act.number", "missing", false},
		{"no aims", func(r *membership.Request) { r.Aims = nil }, membership.StepAct, "aims", "aims_none", false},
		{"some aims", func(r *membership.Request) { r.Aims = r.Aims[:2] }, membership.StepAct, "aims", "aims_some", true},
		{"another aim", func(r *membership.Request) { r.Aims = append(r.Aims, "gain") }, membership.StepAct, "aims", "choice", false},
		{"not signed yet", func(r *membership.Request) { r.Documents = r.Documents[:1] }, membership.StepAct, membership.FieldAgreement, "agreement_missing", true},
		{"a scan", func(r *membership.Request) { r.Documents[1].Signature = nil }, membership.StepDocuments, "documents.1", "agreement_unsigned", false},
		{"no copy of the act", func(r *membership.Request) { r.Documents = r.Documents[1:] }, membership.StepDocuments, membership.FieldAct, "act_missing", true},
		{"same document", func(r *membership.Request) { r.Documents[1].SHA256 = r.Documents[0].SHA256 }, membership.StepDocuments, "documents.1", "document_same", false},
		{"huge document", func(r *membership.Request) { r.Documents[0].Size = membership.MaxDocument + 1 }, membership.StepDocuments, "documents.0", "document_large", false},
		{"empty document", func(r *membership.Request) { r.Documents[0].Size = 0 }, membership.StepDocuments, "documents.0", "document_empty", false},
		{"a path", func(r *membership.Request) { r.Documents[0].Name = "../delibera.pdf" }, membership.StepDocuments, "documents.0", "document_broken", false},
		{"no hash", func(r *membership.Request) { r.Documents[0].SHA256 = "../../x" }, membership.StepDocuments, "documents.0", "document_broken", false},
		{"many documents", func(r *membership.Request) {
			r.Documents = append(r.Documents, make([]membership.Document, membership.MaxDocuments)...)
		}, membership.StepDocuments, "documents", "documents_many", false},
		{"two agreements", func(r *membership.Request) {
			d := r.Documents[1]
			d.SHA256 = strings.Repeat("c", 64)
			r.Documents = append(r.Documents, d)
		}, membership.StepDocuments, membership.FieldAgreement, "agreement_many", false},
		{"no protocol", func(r *membership.Request) { r.Protocol = membership.Protocol{} }, membership.StepSummary, "protocol.number", "protocol_missing", true},
		{"protocol's day", func(r *membership.Request) { r.Protocol.Date = "" }, membership.StepSummary, "protocol.date", "missing", false},
		{"long note", func(r *membership.Request) { r.Note = strings.Repeat("x", membership.MaxNote+1) }, membership.StepSummary, "note", "too_long", false},
	} {
		r := whole()
		c.change(&r)
		found := r.CheckAt(at())
		i := slices.IndexFunc(found, func(f membership.Finding) bool { return f.Field == c.field && f.Key == c.key })
		switch {
		case i < 0:
			t.Errorf("%s: found %+v", c.name, found)
		case found[i].Step != c.step || found[i].Warning != c.warns:
			t.Errorf("%s: %+v", c.name, found[i])
		case membership.Incomplete(found) == 0 && !c.warns:
			t.Errorf("%s: it may be sent", c.name)
		case c.warns && membership.Incomplete(found) != 0:
			t.Errorf("%s: a warning stops it: %+v", c.name, found)
		}
	}
}

// What the register knows is not asked for.
func TestCheckRegistered(t *testing.T) {
	r := whole()
	r.Body.Registered, r.Body.TaxCode, r.Body.Address = true, "", app.Address{}
	if n := membership.Incomplete(r.CheckAt(at())); n != 0 {
		t.Errorf("%d findings: %+v", n, r.CheckAt(at()))
	}
}

// Every key that the checks can give has its words in both languages, every
// sentence of a check is used, and what it names is handed over.
func TestCheckWords(t *testing.T) {
	var source strings.Builder
	for _, file := range []string{"checks.go", "checking.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	for _, lang := range []string{"it", "en"} {
		book, err := phrase.New(lang, assets.Translations(lang)...)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range book.Keys() {
			if check, ok := strings.CutPrefix(key, "membership.check."); ok && !strings.Contains(source.String(), `"`+check+`"`) {
				t.Errorf("%s: nothing finds %s", lang, check)
			}
		}
		var keys []string
		for _, s := range membership.Steps() {
			keys = append(keys, "step."+string(s))
		}
		for _, s := range membership.States() {
			keys = append(keys, "state."+string(s))
			for _, role := range []string{membership.ByApplicant, membership.ByHub, membership.ByExaminer} {
				for _, e := range membership.Allowed(s, role) {
					keys = append(keys, "event."+string(e))
				}
			}
		}
		for prefix, codes := range map[string][]string{"aim.": membership.Aims(), "act.": membership.ActKinds(), "office.": membership.OfficeKinds()} {
			for _, code := range codes {
				keys = append(keys, prefix+code)
			}
		}
		for _, key := range keys {
			if !book.Has("membership." + key) {
				t.Errorf("%s: no words for %s", lang, key)
			}
		}
		for _, f := range badFindings() {
			key := "membership.check." + f.Key
			if text := book.Text(key, f.Params...); !book.Has(key) || regexp.MustCompile(`\{\w+\}`).MatchString(text) {
				t.Errorf("%s: %q", lang, text)
			}
		}
	}
	said, err := phrase.New("it", assets.Translations("it")...)
	if err != nil {
		t.Fatal(err)
	}
	r := whole()
	r.Offices[0].PEC = "comunebra@pec"
	if found := r.CheckAt(at()); len(found) != 1 || said.Text("membership.check."+found[0].Key, found[0].Params...) != "Manca il dominio dopo «pec»." {
		t.Errorf("%+v", found)
	}
}

// badFindings are those of a request in which as much as possible is wrong.
func badFindings() []membership.Finding {
	var found []membership.Finding
	for _, bad := range []string{"", "x@y", "@", "x", "x@", "a b", "\x00", strings.Repeat("x", 5000), "99999", "RSSMRA80A01L219N", "RSSMRA80A99L219N", "RSSMRA80A01Z000N", "RSSMRA80A01L2199", "00161450068"} {
		p := membership.Person{Name: bad, TaxCode: bad, Role: bad, Email: bad, Phone: bad, PEC: bad}
		place := app.Address{Street: bad, PostalCode: bad, Municipality: bad, Province: bad, ISTATCode: bad}
		office := app.Office{Name: bad, Kind: bad, Address: &place, Phone: bad, Email: bad, PEC: bad, OpeningNotes: bad, OpeningHours: []app.Hours{
			{Days: []string{bad}},
			{Days: []string{"MO"}, Opens: "12:00", Closes: "10:00"},
			{Days: []string{"TU"}, Opens: "12:00"},
			{Days: []string{"WE"}, Opens: "x", Closes: "y"},
			{Days: []string{"TH"}, Opens: "08:00", Closes: "12:00"},
			{Days: []string{"TH", "FR", "FR", "FR"}, Opens: "08:00", Closes: "12:00"},
		}}
		d := membership.Document{Kind: bad, Title: bad, Name: bad, SHA256: bad, Size: int64(len(bad)) << 20}
		signed := d
		signed.Kind = membership.DocumentAgreement
		r := membership.Request{
			Body:           membership.Body{Authority: app.Authority{ID: bad, Name: bad, ISTATCode: bad, Belfiore: bad, TaxCode: bad, Province: bad, Website: bad, PEC: bad}, Address: place},
			Representative: p, Contact: p, Officer: p, Operators: []membership.Person{p, p}, Offices: []app.Office{office, office},
			Act:  membership.Act{Organ: bad, Kind: bad, Number: bad, Date: app.Date(bad)},
			Aims: []string{bad}, Documents: []membership.Document{d, signed, signed}, Protocol: membership.Protocol{Number: bad, Date: app.Date(bad)}, Note: bad,
		}
		found = append(found, r.CheckAt(at())...)
		r.Act.Date, r.Protocol.Date, r.Aims = "2999-01-01", "0206-01-01", membership.Aims()[:1]
		r.Operators, r.Offices, r.Documents = make([]membership.Person, 51), make([]app.Office, 21), make([]membership.Document, 21)
		found = append(found, r.CheckAt(at())...)
	}
	return found
}

func emailKey(s string) string {
	key, _ := membership.Email(s)
	return key
}
