package membership

import (
	"encoding/hex"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"polis/app"
)

// The single checks return "" for what holds and for an empty text (whether
// something may be empty is Request.Check's), else the key of the sentence
// "membership.check.<key>". They read what people type: blanks around it and
// small letters do no harm.

// Lengths of texts, in letters.
const (
	MaxText = 200  // one line
	MaxNote = 4000 // several lines
)

// TaxCode checks the tax code of a person: sixteen characters, a birthday and
// a place that can exist, the check character; also when digits were replaced
// by letters because two people would have the same code (omocodia). Keys:
// taxcode_length, taxcode_form, taxcode_date, taxcode_place, taxcode_check.
func TaxCode(s string) (key string) {
	s = strings.ToUpper(strings.TrimSpace(s))
	switch {
	case s == "":
		return ""
	case utf8.RuneCountInString(s) != 16:
		return "taxcode_length"
	case !taxCodeForm.MatchString(s):
		return "taxcode_form"
	}
	plain := withoutOmocodia(s)
	switch {
	case !birthday(plain[6:11]):
		return "taxcode_date"
	case plain[11] == 'Z' && plain[12:15] < "100", plain[12:15] == "000":
		return "taxcode_place"
	case taxCodeCheck(s[:15]) != s[15]:
		return "taxcode_check"
	}
	return ""
}

// In the place of a digit there may be its letter of omocodia; places of Italy
// begin with A to M, countries with Z.
var taxCodeForm = regexp.MustCompile(`^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-MZ][0-9LMNPQRSTUV]{3}[A-Z]$`)

func withoutOmocodia(s string) string {
	b := []byte(s)
	for _, i := range []int{6, 7, 9, 10, 12, 13, 14} {
		if digit := strings.IndexByte("LMNPQRSTUV", b[i]); digit >= 0 {
			b[i] = "0123456789"[digit]
		}
	}
	return string(b)
}

// birthday reads year, letter of the month and day (women: 40 more). Of the
// two centuries that a year may belong to, one must have the day.
func birthday(s string) bool {
	year, err1 := strconv.Atoi(s[:2])
	day, err2 := strconv.Atoi(s[3:])
	if day > 40 {
		day -= 40
	}
	if err1 != nil || err2 != nil || day < 1 {
		return false
	}
	month := time.Month(strings.IndexByte("ABCDEHLMPRST", s[2]) + 1)
	return slices.ContainsFunc([]int{1900, 2000}, func(century int) bool {
		return time.Date(century+year, month, day, 0, 0, 0, 0, time.UTC).Month() == month
	})
}

// taxCodeCheck is the check character of the first fifteen (decree of 23
// December 1976).
func taxCodeCheck(s string) byte {
	odd := [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	sum := 0
	for i := range len(s) {
		value := int(s[i]) - 'A'
		if s[i] <= '9' {
			value = int(s[i]) - '0'
		}
		if i%2 == 0 { // the first, third... place
			value = odd[value]
		}
		sum += value
	}
	return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[sum%26]
}

// BodyTaxCode checks the tax code of a body: eleven digits, the last of which
// checks the others. Keys: body_taxcode_form, body_taxcode_check.
func BodyTaxCode(s string) (key string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if len(s) != 11 || !digits(s) || s == "00000000000" {
		return "body_taxcode_form"
	}
	sum := 0
	for i := range len(s) {
		d := int(s[i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	if sum%10 != 0 {
		return "body_taxcode_check"
	}
	return ""
}

// IPACode checks the form of a code of the index of public administrations.
// Key: ipa.
func IPACode(s string) (key string) {
	if s = strings.TrimSpace(s); s == "" || ipaForm.MatchString(s) {
		return ""
	}
	return "ipa"
}

var (
	ipaForm      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_]{1,31}$`)
	istatForm    = regexp.MustCompile(`^[0-9]{6}$`)
	belfioreForm = regexp.MustCompile(`^[A-MZa-mz][0-9]{3}$`)
	provinceForm = regexp.MustCompile(`^[A-Za-z]{2}$`)
)

// Email checks an address, also a certified one: only its provider knows
// whether it is one. Keys: email_at, email_name, email_none (nothing after
// the @), email_domain (nothing after a first word, which is part),
// email_space, email_form.
func Email(s string) (key, part string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", ""
	}
	name, domain, at := strings.Cut(s, "@")
	switch {
	case strings.ContainsFunc(s, unicode.IsSpace):
		return "email_space", ""
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Cf, r) }): // seen by nobody, copied from pages
		return "email_form", ""
	case !at:
		return "email_at", ""
	case name == "":
		return "email_name", ""
	case domain == "":
		return "email_none", ""
	}
	first, rest, _ := strings.Cut(domain, ".")
	if strings.Trim(rest, ".") == "" && first != "" {
		return "email_domain", first
	}
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || len(s) > 254 || len(name) > 64 || !domainName(domain) {
		return "email_form", ""
	}
	return "", ""
}

// domainName reports a name as mail servers and sites have it.
func domainName(s string) bool {
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool { return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && len(last) > 1 && !digits(last)
}

// Phone checks a telephone number loosely: from five to fifteen digits, with
// what people write between them and an internal number after them; or several
// of them, as offices write them: "0173 441111 / 0173 442222". Key: phone.
func Phone(s string) (key string) {
	s = strings.TrimSpace(s)
	if s == "" || isPhone(s) {
		return ""
	}
	several := betweenPhones.Split(s, -1)
	if len(several) == 1 || slices.ContainsFunc(several, func(one string) bool { return !isPhone(one) }) {
		return "phone"
	}
	return ""
}

// What stands between two numbers; a stroke or a hyphen alone is part of one.
var betweenPhones = regexp.MustCompile(`\s*[,;]\s*|\s+[/–-]\s+`)

func isPhone(s string) bool {
	n := 0
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= '0' && r <= '9':
			n++
		case r != '\u00a0' && !strings.ContainsRune("+()/.- internoxt", r):
			return false
		}
	}
	return n >= 5 && n <= 15 && strings.ContainsAny(s[:1], "+(0123456789")
}

// PostalCode checks for five digits. Key: postal_code.
func PostalCode(s string) (key string) {
	if s = strings.TrimSpace(s); s == "" || (len(s) == 5 && digits(s)) {
		return ""
	}
	return "postal_code"
}

// Website checks the address of a site; "https://" may be left out. Key:
// website.
func Website(s string) (key string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || !domainName(u.Hostname()) {
		return "website"
	}
	return ""
}

// Hours checks one opening, local times "15:04"; both empty is closed. Keys:
// hours_half (one of the two), hours_form, hours_order.
func Hours(opens, closes string) (key string) {
	if opens == "" && closes == "" {
		return ""
	}
	if opens == "" || closes == "" {
		return "hours_half"
	}
	from, ok1 := clock(opens)
	to, ok2 := clock(closes)
	switch {
	case !ok1 || !ok2:
		return "hours_form"
	case from >= to:
		return "hours_order"
	}
	return ""
}

// clock returns minutes since midnight; "24:00" is a closing time.
func clock(s string) (minutes int, ok bool) {
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil && len(s) == 5
}

// Openings a day at most: morning and afternoon, as the form has them.
const openingsADay = 2

// WeekDays lists the days of app.Hours in their order.
func WeekDays() []string { return []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"} }

// DayHours checks the openings of one day together. Keys: as Hours, and
// hours_overlap, hours_many.
func DayHours(day []app.Hours) (key string) {
	open := slices.DeleteFunc(slices.Clone(day), func(h app.Hours) bool { return h.Opens == "" && h.Closes == "" })
	for _, h := range open {
		if key := Hours(h.Opens, h.Closes); key != "" {
			return key
		}
	}
	if len(open) > openingsADay {
		return "hours_many"
	}
	slices.SortStableFunc(open, func(a, b app.Hours) int { return strings.Compare(a.Opens, b.Opens) })
	for i := 1; i < len(open); i++ {
		if open[i].Opens < open[i-1].Closes {
			return "hours_overlap"
		}
	}
	return ""
}

// PastDate checks the day of something that has happened; today is the day
// where the office is. Keys: date_form, date_future, date_old (a typing
// error).
func PastDate(d, today app.Date) (key string) {
	if d == "" {
		return ""
	}
	day, err := time.Parse(time.DateOnly, string(d))
	switch {
	case err != nil:
		return "date_form"
	case day.Year() < oldestYear:
		return "date_old"
	case d > today:
		return "date_future"
	}
	return ""
}

// oldestYear is when the law on municipalities gave offices to the public
// their shape; no act of joining is older.
const oldestYear = 1990

// Today is the day in Italy at a moment, whatever time zone a program runs in:
// workstation and hub must come to the same findings.
func Today(now time.Time) app.Date { return app.Day(ItalianTime(now)) }

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// Incomplete counts the findings that keep a request from being sent.
func Incomplete(findings []Finding) int {
	n := 0
	for _, f := range findings {
		if !f.Warning {
			n++
		}
	}
	return n
}

// Check returns everything that is missing or wrong, in the order of the
// form, and warnings: what can come later or is only unusual. The signed
// agreement is one of those, because it is signed after the acceptance.
func (r *Request) Check() []Finding { return r.CheckAt(time.Now()) }

// CheckAt is Check at a moment.
func (r *Request) CheckAt(now time.Time) []Finding {
	c := &checking{today: Today(now)}
	c.body(&r.Body)
	c.people(r)
	c.offices(r.Offices)
	c.act(r)
	c.documents(r.Documents)
	c.step = StepSummary
	if c.date("protocol.date", r.Protocol.Date); r.Protocol.Number == "" {
		c.warn("protocol.number", "protocol_missing", true)
	} else if r.Protocol.Date == "" {
		c.add("protocol.date", "missing", true)
	}
	c.line("protocol.number", r.Protocol.Number)
	c.text("note", r.Note, MaxNote)
	return c.found
}

// checking gathers findings, those of one page of the form after the other.
type checking struct {
	step  Step
	today app.Date
	found []Finding
}

func (c *checking) add(field, key string, missing bool, params ...string) {
	c.found = append(c.found, Finding{Step: c.step, Field: field, Key: key, Params: params, Missing: missing})
}

func (c *checking) warn(field, key string, missing bool, params ...string) {
	c.add(field, key, missing, params...)
	c.found[len(c.found)-1].Warning = true
}

// need reports an empty text, and whether it was filled in.
func (c *checking) need(field, value string) bool {
	if strings.TrimSpace(value) != "" {
		return true
	}
	c.add(field, "missing", true)
	return false
}

// valid adds what a single check found.
func (c *checking) valid(field, key string, params ...string) {
	if key != "" {
		c.add(field, key, false, params...)
	}
}

func (c *checking) email(field, value string) {
	key, part := Email(value)
	c.valid(field, key, "part", part)
}

func (c *checking) date(field string, d app.Date) { c.valid(field, PastDate(d, c.today)) }

// line checks a text of one line, text one of several.
func (c *checking) line(field, value string) {
	if strings.ContainsFunc(value, unicode.IsControl) {
		c.add(field, "characters", false)
	}
	c.text(field, value, MaxText)
}

func (c *checking) text(field, value string, most int) {
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) || strings.ContainsFunc(value, turns) {
		c.add(field, "characters", false)
	}
	if utf8.RuneCountInString(value) > most {
		c.add(field, "too_long", false, "n", strconv.Itoa(most))
	}
}

// turns reports signs that change the direction of what follows: a name must
// read as it is written.
func turns(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }

func (c *checking) form(field, value, key string, form *regexp.Regexp) {
	if value != "" && !form.MatchString(value) {
		c.add(field, key, false)
	}
}

func (c *checking) body(b *Body) {
	c.step = StepBody
	if c.need("body.id", b.ID) {
		c.valid("body.id", IPACode(b.ID))
	}
	if c.need("body.name", b.Name) {
		c.line("body.name", b.Name)
	}
	// What the register does not know of its own bodies nobody can fill in.
	if b.Registered || c.need("body.tax_code", b.TaxCode) {
		c.valid("body.tax_code", BodyTaxCode(b.TaxCode))
	}
	if c.need("body.pec", b.PEC) {
		c.email("body.pec", b.PEC)
	}
	c.valid("body.website", Website(b.Website))
	c.form("body.istat_code", b.ISTATCode, "istat", istatForm)
	c.form("body.belfiore", b.Belfiore, "belfiore", belfioreForm)
	c.form("body.province", b.Province, "province", provinceForm)
	if !b.Registered {
		c.place("body.address.", &b.Address)
	} else {
		c.placeForm("body.address.", &b.Address)
	}
}

func (c *checking) place(path string, a *app.Address) {
	c.need(path+"street", a.Street)
	c.need(path+"postal_code", a.PostalCode)
	c.need(path+"municipality", a.Municipality)
	c.placeForm(path, a)
}

func (c *checking) placeForm(path string, a *app.Address) {
	c.line(path+"street", a.Street)
	c.valid(path+"postal_code", PostalCode(a.PostalCode))
	c.line(path+"municipality", a.Municipality)
	c.form(path+"province", a.Province, "province", provinceForm)
	c.form(path+"istat_code", a.ISTATCode, "istat", istatForm)
}

func (c *checking) people(r *Request) {
	c.step = StepPeople
	path := "legal_representative."
	c.person(path, &r.Representative)
	c.need(path+"role", r.Representative.Role)
	if c.need(path+"tax_code", r.Representative.TaxCode) {
		c.valid(path+"tax_code", TaxCode(r.Representative.TaxCode))
	}
	path = "contact_person."
	c.person(path, &r.Contact)
	c.need(path+"email", r.Contact.Email)
	if r.Contact.Phone == "" {
		c.warn(path+"phone", "phone_missing", true)
	}
	path = "data_protection_officer."
	c.person(path, &r.Officer)
	if r.Officer.PEC == "" {
		c.need(path+"email", r.Officer.Email)
	}
	c.operators(r.Operators)
}

// person checks what is the same of everybody; only the name is compulsory.
func (c *checking) person(path string, p *Person) {
	if c.need(path+"name", p.Name) {
		c.line(path+"name", p.Name)
	}
	c.line(path+"role", p.Role)
	c.email(path+"email", p.Email)
	c.valid(path+"phone", Phone(p.Phone))
	c.email(path+"pec", p.PEC)
}

func (c *checking) operators(operators []Person) {
	switch {
	case len(operators) == 0:
		c.add("operators", "operators_none", true)
	case len(operators) > MaxOperators:
		c.add("operators", "operators_many", false, "n", strconv.Itoa(MaxOperators))
		return
	}
	names, addresses := map[string]bool{}, map[string]bool{}
	for i := range operators {
		p := &operators[i]
		path := fmt.Sprintf("operators.%d.", i)
		c.person(path, p)
		c.need(path+"email", p.Email)
		name, email := same(p.Name), same(p.Email)
		switch {
		case email != "" && addresses[email]:
			c.add(path+"email", "operator_same_email", false, "value", strings.TrimSpace(p.Email))
		case name != "" && names[name]:
			c.warn(path+"name", "operator_same_name", false, "value", strings.TrimSpace(p.Name))
		}
		names[name], addresses[email] = true, true
	}
}

// same is the form by which two texts are compared.
func same(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func (c *checking) offices(offices []app.Office) {
	c.step = StepOffices
	switch {
	case len(offices) == 0:
		c.add("offices", "offices_none", true)
	case len(offices) > MaxOffices:
		c.add("offices", "offices_many", false, "n", strconv.Itoa(MaxOffices))
		return
	}
	seen := map[string]bool{}
	for i := range offices {
		o := &offices[i]
		path := fmt.Sprintf("offices.%d.", i)
		c.office(path, o)
		where := o.Address
		if where == nil {
			where = &app.Address{}
		}
		key := same(o.Name) + "\n" + same(where.Street) + "\n" + same(where.Municipality)
		if same(o.Name) != "" && seen[key] {
			c.add(path+"name", "office_same", false, "value", strings.TrimSpace(o.Name))
		}
		seen[key] = true
	}
}

// CheckOffice returns everything that is missing or wrong about one office;
// the fields have the names that they have in app.Office.
func CheckOffice(o *app.Office) []Finding {
	c := &checking{step: StepOffices}
	c.office("", o)
	return c.found
}

func (c *checking) office(path string, o *app.Office) {
	if c.need(path+"name", o.Name) {
		c.line(path+"name", o.Name)
	}
	if c.need(path+"kind", o.Kind) && !slices.Contains(OfficeKinds(), o.Kind) {
		c.add(path+"kind", "choice", false, "value", o.Kind)
	}
	where := o.Address
	if where == nil {
		where = &app.Address{}
	}
	c.place(path+"address.", where)
	if o.Phone == "" && o.Email == "" && o.PEC == "" {
		c.add(path+"email", "office_contact", true)
	}
	c.valid(path+"phone", Phone(o.Phone))
	c.email(path+"email", o.Email)
	c.email(path+"pec", o.PEC)
	c.text(path+"opening_notes", o.OpeningNotes, MaxNote)
	c.hours(path+"opening_hours", o.OpeningHours)
}

func (c *checking) hours(path string, hours []app.Hours) {
	if len(hours) == 0 {
		c.warn(path, "hours_none", true)
	}
	days := map[string][]app.Hours{}
	for _, h := range hours {
		if len(h.Days) == 0 {
			c.add(path, "hours_day", false, "value", "")
		}
		for _, day := range h.Days {
			if !slices.Contains(WeekDays(), day) {
				c.add(path, "hours_day", false, "value", day)
			}
			days[day] = append(days[day], h)
		}
	}
	for _, day := range WeekDays() {
		c.valid(path+"."+day, DayHours(days[day]), "n", strconv.Itoa(openingsADay))
	}
}

// The paths of documents that are looked for by their kind.
const (
	FieldAct       = "documents." + DocumentAct
	FieldAgreement = "documents." + DocumentAgreement
)

func (c *checking) act(r *Request) {
	c.step = StepAct
	a := &r.Act
	if c.need("approving_act.kind", a.Kind) && !slices.Contains(ActKinds(), a.Kind) {
		c.add("approving_act.kind", "choice", false, "value", a.Kind)
	}
	c.need("approving_act.organ", a.Organ)
	c.line("approving_act.organ", a.Organ)
	c.need("approving_act.number", a.Number)
	c.line("approving_act.number", a.Number)
	if c.need("approving_act.date", string(a.Date)) {
		c.date("approving_act.date", a.Date)
	}
	known := 0
	for _, aim := range Aims() {
		if slices.Contains(r.Aims, aim) {
			known++
		}
	}
	switch {
	case known == 0:
		c.add("aims", "aims_none", true)
	case known < len(Aims()):
		c.warn("aims", "aims_some", true)
	}
	for _, aim := range r.Aims {
		if !slices.Contains(Aims(), aim) {
			c.add("aims", "choice", false, "value", aim)
		}
	}
	if !slices.ContainsFunc(r.Documents, func(d Document) bool { return d.Kind == DocumentAgreement }) {
		c.warn(FieldAgreement, "agreement_missing", true)
	}
}

func (c *checking) documents(documents []Document) {
	c.step = StepDocuments
	if len(documents) > MaxDocuments {
		c.add("documents", "documents_many", false, "n", strconv.Itoa(MaxDocuments))
		return
	}
	kinds, seen := map[string]int{}, map[string]bool{}
	for i := range documents {
		d := &documents[i]
		path := fmt.Sprintf("documents.%d", i)
		c.document(path, d)
		if d.SHA256 != "" && seen[d.SHA256] {
			c.add(path, "document_same", false, "name", d.Name)
		}
		seen[d.SHA256] = true
		kinds[d.Kind]++
	}
	if kinds[DocumentAct] == 0 {
		c.warn(FieldAct, "act_missing", true)
	}
	if kinds[DocumentAgreement] > 1 {
		c.add(FieldAgreement, "agreement_many", false)
	}
}

func (c *checking) document(path string, d *Document) {
	if !slices.Contains([]string{DocumentAct, DocumentAgreement, DocumentOther}, d.Kind) {
		c.add(path+".kind", "choice", false, "value", d.Kind)
	}
	c.line(path+".title", d.Title)
	c.line(path+".name", d.Name)
	if hash, err := hex.DecodeString(d.SHA256); d.Name == "" || strings.ContainsAny(d.Name, `/\`) || err != nil || len(hash) != 32 || d.SHA256 != strings.ToLower(d.SHA256) {
		c.add(path, "document_broken", false, "name", d.Name)
	}
	switch {
	case d.Size <= 0:
		c.add(path, "document_empty", false, "name", d.Name)
	case d.Size > MaxDocument:
		c.add(path, "document_large", false, "name", d.Name, "mb", strconv.Itoa(MaxDocument>>20))
	}
	if d.Kind == DocumentAgreement && d.Signature == nil {
		c.add(path, "agreement_unsigned", false, "name", d.Name)
	}
}
