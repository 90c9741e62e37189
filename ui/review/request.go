package review

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/app/page"
	"polis/ui/widgets"
)

// entry is a field of a request as it is read, with its path in the form.
type entry struct{ path, label, value string }

// group are the fields of one thing: the body, a person, an office.
type group struct {
	path, title string
	entries     []entry
}

// collector gathers the fields of a request.
type collector struct {
	s   *Screen
	all []group
}

func (c *collector) begin(path string) {
	part, nth, _ := strings.Cut(path, ".")
	n, _ := strconv.Atoi(nth) // nothing of which there may be several has none
	c.all = append(c.all, group{path: path, title: c.s.words("review.part."+part, "n", strconv.Itoa(n+1))})
}

// add takes a field of the group that was begun last; an empty one too, it
// tells what is missing.
func (c *collector) add(leaf, value string) {
	g := &c.all[len(c.all)-1]
	name := leaf[strings.LastIndex(leaf, ".")+1:]
	g.entries = append(g.entries, entry{g.path + "." + leaf, c.s.words("review.leaf." + name), strings.TrimSpace(value)})
}

func (c *collector) address(a *app.Address) {
	if a == nil {
		a = &app.Address{}
	}
	c.add("address.street", a.Street)
	c.add("address.postal_code", a.PostalCode)
	c.add("address.municipality", joined(" ", a.Municipality, bracketed(a.Province)))
}

func (c *collector) person(path string, p *membership.Person, leaves ...string) {
	c.begin(path)
	of := map[string]string{"name": p.Name, "role": p.Role, "tax_code": p.TaxCode, "email": p.Email, "phone": p.Phone, "pec": p.PEC}
	for _, l := range leaves {
		c.add(l, of[l])
	}
}

func joined(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), sep)
}

func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

// groups are all fields of a request but its documents, in the order of the
// form.
func (s *Screen) groups(r *membership.Request) []group {
	c := &collector{s: s}
	b := &r.Body
	c.begin("body")
	for _, f := range [][2]string{
		{"name", b.Name},
		{"id", b.ID},
		{"tax_code", b.TaxCode},
		{"istat_code", b.ISTATCode},
		{"belfiore", b.Belfiore},
		{"province", b.Province},
		{"pec", b.PEC},
		{"website", b.Website},
	} {
		c.add(f[0], f[1])
	}
	c.address(&b.Address)
	c.person("legal_representative", &r.Representative, "name", "role", "tax_code", "email", "pec", "phone")
	c.person("contact_person", &r.Contact, "name", "role", "email", "phone")
	c.person("data_protection_officer", &r.Officer, "name", "email", "pec", "phone")
	for i := range r.Operators {
		c.person(fmt.Sprintf("operators.%d", i), &r.Operators[i], "name", "role", "email", "phone")
	}
	for i := range r.Offices {
		c.office(fmt.Sprintf("offices.%d", i), &r.Offices[i])
	}
	c.begin("approving_act")
	c.add("organ", r.Act.Organ)
	c.add("kind", s.choice("membership.act.", r.Act.Kind))
	c.add("number", r.Act.Number)
	c.add("date", page.Date(r.Act.Date, s.d.Host.Words.Lang()))
	c.begin("protocol")
	c.add("number", r.Protocol.Number)
	c.add("date", page.Date(r.Protocol.Date, s.d.Host.Words.Lang()))
	c.declared(r)
	return c.all
}

func (c *collector) office(path string, o *app.Office) {
	c.begin(path)
	c.add("name", o.Name)
	c.add("kind", c.s.choice("membership.office.", o.Kind))
	c.address(o.Address)
	c.add("phone", o.Phone)
	c.add("email", o.Email)
	c.add("pec", o.PEC)
	var hours []string
	for _, h := range page.OpeningHours(o.OpeningHours, c.s.d.Host.Words.Text) {
		hours = append(hours, h.Days+" "+h.Times)
	}
	c.add("opening_hours", strings.Join(hours, "; "))
	if o.OpeningNotes != "" {
		c.add("opening_notes", o.OpeningNotes)
	}
}

// declared are the aims that the body shares, and what it notes.
func (c *collector) declared(r *membership.Request) {
	c.begin("aims")
	g := &c.all[len(c.all)-1]
	for _, aim := range membership.Aims() {
		value := "review.no"
		if slices.Contains(r.Aims, aim) {
			value = "review.yes"
		}
		g.entries = append(g.entries, entry{"aims." + aim, c.s.words("membership.aim." + aim), c.s.words(value)})
	}
	if r.Note != "" {
		c.begin("note")
		c.all[len(c.all)-1].entries = []entry{{"note", c.s.words("review.leaf.note"), r.Note}}
	}
}

func (s *Screen) choice(prefix, code string) string {
	if s.d.Host.Words.Has(prefix + code) {
		return s.words(prefix + code)
	}
	return code
}

// paths are all fields that can be asked to be completed.
func (s *Screen) paths(r *membership.Request) []string {
	var out []string
	for _, g := range s.groups(r) {
		if g.path == "aims" || g.path == "note" {
			out = append(out, g.path)
			continue
		}
		for _, e := range g.entries {
			out = append(out, e.path)
		}
	}
	return append(out, "documents.act", "documents.agreement", "documents")
}

// origin says of a field of the body that somebody typed it, "" for what is as
// in the register, which same reports.
func (f *file) origin(e *entry) (text string, same bool) {
	leaf, ok := strings.CutPrefix(e.path, "body.")
	if !ok || e.value == "" || f.s.register == nil {
		return "", false
	}
	known, ok := f.s.register.ByID(f.r.Body.ID)
	of := map[string]string{
		"name": known.Name, "id": known.ID, "tax_code": known.TaxCode, "istat_code": known.ISTATCode, "belfiore": known.Belfiore,
		"province": known.Province, "pec": known.PEC, "website": known.Website, "address.street": known.Address.Street,
		"address.postal_code":  known.Address.PostalCode,
		"address.municipality": joined(" ", known.Address.Municipality, bracketed(known.Address.Province)),
	}
	if ok && strings.EqualFold(strings.TrimSpace(of[leaf]), e.value) {
		return "", true
	}
	if ok && of[leaf] != "" {
		return f.s.words("review.differs", "value", of[leaf]), false
	}
	return f.s.words("review.typed"), false
}

// fromRegister says once for a section what is as in the register: said at
// each field it would hide the fields that were typed.
func (f *file) fromRegister(g *group) string {
	same, typed := false, false
	for i := range g.entries {
		text, known := f.origin(&g.entries[i])
		same, typed = same || known, typed || text != ""
	}
	switch {
	case same && typed:
		return f.s.words("review.from_register_but")
	case same:
		return f.s.words("review.from_register")
	}
	return ""
}

// request shows what the body declares, in groups.
func (f *file) request() fyne.CanvasObject {
	out := widgets.Stack(3.5)
	wrong := map[string]string{}
	for _, x := range f.findings {
		wrong[x.Field] = f.s.sentence(x)
	}
	for _, g := range f.s.groups(&f.r) {
		fields := widgets.Pairs()
		for i := range g.entries {
			e := &g.entries[i]
			value := e.value
			cell := widgets.Stack(0, widgets.NewWrapped(widgets.Secondary, capital(e.label)))
			if value == "" {
				cell.Add(widgets.NewWrapped(widgets.Secondary, f.s.words("review.nothing")))
			} else {
				cell.Add(widgets.NewWrapped(widgets.Body, value))
			}
			if text, _ := f.origin(e); text != "" {
				cell.Add(widgets.NewWrapped(widgets.Late, text))
			}
			if text := wrong[e.path]; text != "" {
				cell.Add(widgets.NewWrapped(widgets.Late, text))
			}
			fields.Add(cell)
		}
		section := widgets.Stack(1, widgets.NewWrapped(widgets.Section, g.title))
		if text := f.fromRegister(&g); text != "" {
			section.Add(widgets.NewWrapped(widgets.Secondary, text))
		}
		section.Add(fields)
		out.Add(section)
	}
	return out
}

// sentence says what is wrong with a field.
func (s *Screen) sentence(x membership.Finding) string {
	return s.words("membership.check."+x.Key, x.Params...)
}

// documents are the files of the request; pressing one fetches and opens it.
func (f *file) documents() fyne.CanvasObject {
	s := f.s
	all := f.files()
	out := widgets.Stack(0.5, widgets.NewWrapped(widgets.Section, s.words("membership.case.documents")))
	if len(all) == 0 {
		out.Add(widgets.NewWrapped(widgets.Body, s.words("review.no_documents")))
	}
	if at := f.c.DocumentsRemovedAt; at != nil {
		out.Add(widgets.NewWrapped(widgets.Body, s.words("review.documents_removed", "date", s.told().Day(*at))))
	}
	for i := range all {
		d := &all[i]
		about := s.about(d)
		if d.Kind == membership.DocumentAgreement {
			about = joined(" · ", about, s.words("review.encloses."+f.encloses(d)))
		}
		if slices.Contains(f.kept.Opened, d.SHA256) {
			about = joined(" · ", about, s.words("review.opened"))
		}
		title := d.Title
		if title == "" {
			title = d.Name
		}
		row := widgets.NewLinkRow(fynetheme.DocumentIcon(), title, about, func() { f.openDocument(d.SHA256) })
		row.OnFocus = func() { f.reader.RevealObject(row) }
		f.stops = append(f.stops, stop{"document " + d.SHA256, row})
		out.Add(row)
	}
	return out
}

// files are the documents that came with the request, and the agreement that
// came after it.
func (f *file) files() []membership.Document {
	all := slices.Clone(f.r.Documents)
	if a := f.c.Agreement; a != nil && !slices.ContainsFunc(all, func(d membership.Document) bool { return d.SHA256 == a.SHA256 }) {
		all = append(all, *a)
	}
	return all
}

// encloses says whether what was signed is our agreement: "ours", "other",
// or "unknown" when that cannot be told.
func (f *file) encloses(d *membership.Document) string {
	switch {
	case d.Signature == nil || d.Signature.Encloses == "" || len(f.agreements) == 0:
		return "unknown"
	case slices.Contains(f.agreements, d.Signature.Encloses):
		return "ours"
	}
	return "other"
}
