package accessible

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// element is an element of the structure tree.
type element struct {
	number   ref
	role     string
	lang     string // its own or that around it
	alt      string
	actual   string
	dict     dict
	parent   *element
	children []*element
	kids     []any // spot, note or *element in the order of reading
	notes    int
}

// note is an annotation that the tree holds.
type note struct{ number ref }

// The roles that are known here.
const (
	grouping = " Document Part Art Sect Div BlockQuote TOC TOCI Index NonStruct Private "
	blocks   = " P H1 H2 H3 H4 H5 H6 L LI Lbl LBody Table TR TH TD THead TBody TFoot Caption Figure Formula Form Note BibEntry Code "
	inlines  = " Span Quote Reference Link Annot "
	withText = " P H1 H2 H3 H4 H5 H6 Lbl Caption Span Link "
)

func among(set, role string) bool { return role != "" && strings.Contains(set, " "+role+" ") }

// structure reads the tree and checks what can be seen in it alone.
func (c *checker) structure() {
	root := c.dict(c.catalog["StructTreeRoot"])
	if root == nil {
		c.found("tree", "there is none")
		return
	}
	c.parents = map[int]any{}
	c.numbers(root["ParentTree"], 0)
	for key := range c.parents {
		if next, ok := c.get(root["ParentTreeNextKey"]).(float64); !ok || key >= int(next) {
			c.found("parent tree", "ParentTreeNextKey is not above %d", key)
			break
		}
	}
	at, _ := c.catalog["StructTreeRoot"].(ref)
	var top []*element
	for _, v := range c.list(root["K"]) {
		if e := c.element(v, at, nil, 0); e != nil {
			top = append(top, e)
		}
	}
	if len(top) != 1 || top[0].role != "Document" {
		c.found("tree", "its only top is not one Document")
	}
	for _, e := range top {
		c.walk(e)
	}
	c.headings(top)
	c.passages(top)
}

// list is a value, or the values of an array.
func (c *checker) list(v any) array {
	if a := c.array(v); a != nil {
		return a
	}
	if v == nil {
		return nil
	}
	return array{v}
}

// numbers reads a number tree.
func (c *checker) numbers(v any, depth int) {
	d := c.dict(v)
	const deepest = 10
	if d == nil || depth > deepest {
		c.found("parent tree", "it cannot be read")
		return
	}
	nums := c.array(d["Nums"])
	last := -1
	for i := 0; i+1 < len(nums); i += 2 {
		key := whole(c.get(nums[i]))
		if key <= last {
			c.found("parent tree", "key %d is not in its order", key)
		}
		last = key
		c.parents[key] = nums[i+1]
	}
	for _, kid := range c.array(d["Kids"]) {
		c.numbers(kid, depth+1)
	}
}

func (c *checker) element(v any, parent ref, around *element, depth int) *element {
	r, ok := v.(ref)
	d := c.dict(v)
	const deepest = 60
	if !ok || d == nil || depth > deepest {
		c.found("tree", "object %d has a child that is none", parent)
		return nil
	}
	if c.elements[r] != nil {
		c.found("tree", "element %d stands in the tree twice", r)
		return nil
	}
	e := &element{number: r, role: string(c.name(d["S"])), dict: d, parent: around, alt: c.text(d["Alt"]), actual: c.text(d["ActualText"])}
	c.elements[r] = e
	if d["P"] != parent {
		c.found("tree", "%s %d does not name its parent", e.role, r)
	}
	if !among(grouping, e.role) && !among(blocks, e.role) && !among(inlines, e.role) {
		c.found("role", "%q of element %d is no standard role", e.role, r)
	}
	if around != nil {
		e.lang = around.lang
	} else {
		e.lang = c.report.Lang
	}
	if l, ok := d["Lang"]; ok {
		if e.lang = c.text(l); !languageTag(e.lang) {
			c.found("lang", "%s %d is in the language %q", e.role, r, e.lang)
		}
	}
	for _, kid := range c.list(d["K"]) {
		c.kid(e, kid, depth)
	}
	return e
}

func (c *checker) kid(e *element, kid any, depth int) {
	if f, ok := c.get(kid).(float64); ok {
		c.claim(e, e.dict["Pg"], int(f))
		return
	}
	d := c.dict(kid)
	pg := d["Pg"]
	if pg == nil {
		pg = e.dict["Pg"]
	}
	switch c.name(d["Type"]) {
	case "MCR":
		c.claim(e, pg, whole(c.get(d["MCID"])))
	case "OBJR":
		r, _ := d["Obj"].(ref)
		c.note(e, pg, r)
	default:
		if child := c.element(kid, e.number, e, depth+1); child != nil {
			e.children = append(e.children, child)
			e.kids = append(e.kids, child)
		}
	}
}

// claim notes that an element says that it holds content of a page.
func (c *checker) claim(e *element, pg any, mcid int) {
	r, _ := pg.(ref)
	number, ok := c.pageAt[r]
	at := spot{number, mcid}
	if !ok || c.content[at] == nil {
		c.found("parent tree", "%s %d holds content %d of a page that has none", e.role, e.number, mcid)
		return
	}
	c.content[at].claimed++
	if key := whole(c.get(c.pages[number].dict["StructParents"])); true {
		owners := c.array(c.parents[key])
		if mcid >= len(owners) || owners[mcid] != e.number {
			c.found("parent tree", "content %d of page %d does not lead back to %s %d", mcid, number+1, e.role, e.number)
		}
	}
	e.kids = append(e.kids, at)
	c.read = append(c.read, at)
}

func (c *checker) note(e *element, pg any, r ref) {
	page, _ := pg.(ref)
	number, ok := c.pageAt[page]
	if !ok || !slices.Contains(c.array(c.pages[number].dict["Annots"]), any(r)) {
		c.found("annotation", "%s %d holds annotation %d, which is not on its page", e.role, e.number, r)
		return
	}
	e.notes++
	e.kids = append(e.kids, note{r})
	if key := whole(c.get(c.dict(r)["StructParent"])); c.parents[key] != e.number {
		c.found("parent tree", "annotation %d does not lead back to %s %d", r, e.role, e.number)
	}
}

// walk checks an element and those in it.
func (c *checker) walk(e *element) {
	c.nesting(e)
	switch e.role {
	case "Table":
		c.table(e)
	case "L":
		c.aList(e)
	case "Figure":
		c.figure(e)
	case "Link":
		if e.notes == 0 {
			c.found("link", "Link %d has no annotation", e.number)
		}
	}
	if among(withText, e.role) && len(e.kids) == 0 {
		c.found("empty", "%s %d holds nothing", e.role, e.number)
	}
	if e.dict["ActualText"] != nil && e.lang == "" || e.alt != "" && e.lang == "" {
		c.found("lang", "%s %d has words of no language", e.role, e.number)
	}
	for _, child := range e.children {
		c.walk(child)
	}
}

// nesting checks that an element stands where it may.
func (c *checker) nesting(e *element) {
	parent := ""
	if e.parent != nil {
		parent = e.parent.role
	}
	in := map[string]string{
		"TR": " Table THead TBody TFoot ", "THead": " Table ", "TBody": " Table ", "TFoot": " Table ", "TH": " TR ", "TD": " TR ",
		"LI": " L ", "LBody": " LI ", "TOCI": " TOC ", "Caption": " Table L Figure TOC ",
		"Document": "  ", "Lbl": " LI TOCI Note Form ", "TOC": " Document Part Art Sect Div TOC TOCI ",
	}
	if set, ok := in[e.role]; ok && !strings.Contains(set, " "+parent+" ") {
		c.found("nesting", "%s %d in %s", e.role, e.number, parent)
	}
	holds := map[string]string{
		"Table": " THead TBody TFoot TR Caption ", "THead": " TR ", "TBody": " TR ", "TR": " TH TD ", "L": " L LI Caption ",
		"LI": " Lbl LBody ", "TOC": " TOC TOCI Caption ",
	}
	set, ok := holds[e.role]
	if (ok || among(grouping, e.role) && e.role != "TOCI") && len(e.kids) > len(e.children) {
		c.found("nesting", "%s %d holds content of its own", e.role, e.number)
	}
	c.children(e, set)
}

// children checks what an element holds; set names what it may, when not all.
func (c *checker) children(e *element, set string) {
	for i, child := range e.children {
		if set != "" && !among(set, child.role) {
			c.found("nesting", "%s %d in %s", child.role, child.number, e.role)
		}
		if child.role == "Caption" && i > 0 && (e.role != "Table" || i < len(e.children)-1) {
			c.found("nesting", "Caption %d is not the first", child.number)
		}
		if among(" P H1 H2 H3 H4 H5 H6 Span Link Lbl ", e.role) && !among(inlines, child.role) && child.role != "Figure" {
			c.found("nesting", "%s %d in %s", child.role, child.number, e.role)
		}
	}
}

// attribute finds a value in an element's attributes.
func (c *checker) attribute(e *element, owner, key name) any {
	for _, v := range c.list(e.dict["A"]) {
		if d := c.dict(v); c.name(d["O"]) == owner && d[key] != nil {
			return c.get(d[key])
		}
	}
	return nil
}

// table checks that rows are equally long and that heads say what they name.
func (c *checker) table(t *element) {
	columns, heads, hasHead, hasBody := -1, 0, 0, 0
	var rows func(*element)
	rows = func(e *element) {
		for _, child := range e.children {
			switch child.role {
			case "THead":
				hasHead++
				rows(child)
			case "TBody", "TFoot":
				hasBody++
				rows(child)
			case "TR":
				n, h := c.row(child)
				heads += h
				if columns >= 0 && n != columns {
					c.found("table", "row %d of table %d has %d cells, others have %d", child.number, t.number, n, columns)
				}
				columns = n
			}
		}
	}
	rows(t)
	if heads == 0 {
		c.found("table", "table %d has no heads", t.number)
	}
	if hasHead > 1 || hasHead == 1 && hasBody == 0 {
		c.found("table", "table %d has several heads, or no body", t.number)
	}
}

func (c *checker) row(r *element) (cells, heads int) {
	for _, cell := range r.children {
		span := 1
		if v := c.attribute(cell, "Table", "ColSpan"); v != nil {
			span = whole(v)
		}
		if span < 1 {
			c.found("table", "cell %d spans %d columns", cell.number, span)
		}
		cells += max(span, 1)
		if cell.role != "TH" {
			continue
		}
		heads++
		if s := c.attribute(cell, "Table", "Scope"); s != name("Column") && s != name("Row") && s != name("Both") {
			c.found("table", "head %d does not say what it names", cell.number)
		}
	}
	return cells, heads
}

func (c *checker) aList(l *element) {
	items := 0
	for _, item := range l.children {
		if item.role != "LI" {
			continue
		}
		items++
		if len(item.children) == 0 || item.children[len(item.children)-1].role != "LBody" {
			c.found("list", "item %d has no body", item.number)
		}
	}
	if items == 0 {
		c.found("list", "list %d has no items", l.number)
	}
	if kind, _ := c.attribute(l, "List", "ListNumbering").(name); !among(" Disc Circle Square Decimal UpperRoman LowerRoman UpperAlpha LowerAlpha ", string(kind)) {
		c.found("list", "list %d does not say how it is numbered", l.number)
	}
}

func (c *checker) figure(f *element) {
	if strings.TrimSpace(f.alt) == "" {
		c.found("figure", "figure %d is not described in words", f.number)
	}
	b, _ := c.attribute(f, "Layout", "BBox").(array)
	if len(b) != 4 {
		c.found("figure", "figure %d does not say where it is", f.number)
		return
	}
	var v [4]float64
	for i := range v {
		v[i], _ = c.get(b[i]).(float64)
	}
	const edge = 2 // a stroke may be a little outside
	box := c.array(c.dict(c.catalog["Pages"])["MediaBox"])
	if len(box) == 4 {
		w, _ := box[2].(float64)
		h, _ := box[3].(float64)
		if v[0] < -edge || v[1] < -edge || v[2] > w+edge || v[3] > h+edge || v[0] >= v[2] || v[1] >= v[3] {
			c.found("figure", "figure %d is at %v", f.number, v)
		}
	}
}

// headings checks that levels are not skipped and that the first is H1.
func (c *checker) headings(top []*element) {
	level := 0
	var walk func(*element)
	walk = func(e *element) {
		if len(e.role) == 2 && e.role[0] == 'H' {
			now := int(e.role[1] - '0')
			if now > level+1 {
				c.found("heading", "%s %d after level %d", e.role, e.number, level)
			}
			level = now
		}
		for _, child := range e.children {
			walk(child)
		}
	}
	for _, e := range top {
		walk(e)
	}
}

// bothWays checks that what the pages hold is in the tree, once, and in the
// same order, and that every annotation is.
func (c *checker) bothWays() {
	for _, at := range c.order {
		p := c.content[at]
		if p.claimed != 1 {
			c.found("parent tree", "content %d of page %d stands in the tree %d times", at.mcid, at.page+1, p.claimed)
		}
		if !p.drawn {
			c.found("empty", "content %d of page %d shows nothing", at.mcid, at.page+1)
		}
	}
	keys := map[int]bool{}
	for i, p := range c.pages {
		c.annotations(i, p, keys)
		key, ok := c.get(p.dict["StructParents"]).(float64)
		if !ok {
			if c.content[spot{i, 0}] != nil {
				c.found("parent tree", "page %d has tagged content and no StructParents", i+1)
			}
			continue
		}
		if keys[int(key)] {
			c.found("parent tree", "key %d serves twice", int(key))
		}
		keys[int(key)] = true
		for mcid := range c.array(c.parents[int(key)]) {
			if c.content[spot{i, mcid}] == nil {
				c.found("parent tree", "page %d has no content %d", i+1, mcid)
			}
		}
	}
	for key := range c.parents {
		if !keys[key] {
			c.found("parent tree", "key %d is nobody's", key)
		}
	}
	last := map[int]int{}
	for _, at := range c.read {
		if at.mcid < last[at.page] {
			c.found("order", "content %d of page %d is read after %d", at.mcid, at.page+1, last[at.page])
		}
		last[at.page] = at.mcid
	}
}

func (c *checker) annotations(i int, p pageOf, keys map[int]bool) {
	for _, v := range c.array(p.dict["Annots"]) {
		r, _ := v.(ref)
		d := c.dict(v)
		c.report.Links++
		if c.name(d["Subtype"]) != "Link" {
			c.found("annotation", "annotation %d is no link", r)
			continue
		}
		const hidden, printed = 1 | 2 | 32 | 256, 4
		if f := whole(c.get(d["F"])); f < 0 || f&hidden != 0 || f&printed == 0 {
			c.found("annotation", "annotation %d does not print, or hides", r)
		}
		if c.text(d["Contents"]) == "" {
			c.found("annotation", "annotation %d says nothing", r)
		}
		if c.text(c.dict(d["A"])["URI"]) == "" && !c.leads(d["Dest"]) {
			c.found("annotation", "annotation %d leads nowhere", r)
		}
		if len(c.array(d["Rect"])) != 4 {
			c.found("annotation", "annotation %d has no place", r)
		}
		key := whole(c.get(d["StructParent"]))
		if keys[key] {
			c.found("parent tree", "key %d serves twice", key)
		}
		keys[key] = true
		owner, _ := c.parents[key].(ref)
		e := c.elements[owner]
		if e == nil || e.role != "Link" || !slices.Contains(e.kids, any(note{r})) {
			c.found("annotation", "annotation %d of page %d is in no Link", r, i+1)
		}
	}
}

// passages reads the text through the tags and checks how lines follow each
// other.
func (c *checker) passages(top []*element) {
	var walk func(*element)
	walk = func(e *element) {
		if e.role == "Figure" {
			c.report.Passages = append(c.report.Passages, Passage{e.role, e.lang, e.alt})
			return
		}
		var shows []show
		c.inLine(e, &shows)
		if len(shows) > 0 {
			c.report.Passages = append(c.report.Passages, Passage{e.role, e.lang, c.flow(e, shows)})
		}
		for _, child := range e.children {
			if !among(inlines, child.role) || len(shows) == 0 {
				walk(child)
			}
		}
	}
	for _, e := range top {
		walk(e)
	}
}

// inLine gathers the text of an element and of the elements in its lines.
func (c *checker) inLine(e *element, shows *[]show) {
	for _, kid := range e.kids {
		switch kid := kid.(type) {
		case spot:
			*shows = append(*shows, c.content[kid].shows...)
		case *element:
			if among(inlines, kid.role) {
				c.inLine(kid, shows)
			}
		}
	}
}

// flow joins what is shown. Where a line ends there must be a blank, or words
// glue together; a hyphen that only divides must say so.
func (c *checker) flow(e *element, shows []show) string {
	var b strings.Builder
	for i, s := range shows {
		b.WriteString(s.text)
		if i+1 == len(shows) || joined(s, shows[i+1]) {
			continue
		}
		next := shows[i+1].text
		before, _ := utf8.DecodeLastRuneInString(b.String())
		after, _ := utf8.DecodeRuneInString(next)
		switch {
		case unicode.IsSpace(before), unicode.IsSpace(after), before == '\u00AD', next == "", b.Len() == 0:
		case before == '-' && s.raw == "-" && unicode.IsLower(after) && i > 0 && endsInLetter(shows[i-1].raw):
			c.found("hyphen", "%s %d: a hyphen at a line's end is not said to divide: %q", e.role, e.number, tail(b.String())+"|"+next)
		case before == '-', before == '\'', before == '’', longWord(b.String(), next):
		default:
			c.found("glued", "%s %d: %q", e.role, e.number, tail(b.String())+"|"+next)
		}
	}
	return b.String()
}

// longWord says whether what stands at both sides is one word that no column
// can hold, an address mostly.
func longWord(before, after string) bool {
	const most = 25
	word := before[strings.LastIndexFunc(before, unicode.IsSpace)+1:]
	rest, _, _ := strings.Cut(after, " ")
	return len(word)+len(rest) > most || strings.ContainsAny(word+rest, "/@_.")
}

func endsInLetter(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsLetter(r)
}

func tail(s string) string {
	const most = 30
	r := []rune(s)
	return string(r[max(0, len(r)-most):])
}
