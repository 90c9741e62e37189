package membership

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"polis/app"
)

// A request is checked as a whole here, by the single checks of checks.go.

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
