package accessible

import (
	"errors"
	"math"
	"strings"
)

// piece is marked content that belongs to an element.
type piece struct {
	spot    spot
	tag     name
	shows   []show
	drawn   bool // something is painted, text or not
	actual  string
	instead bool // ActualText is there
	claimed int  // how often the tree holds it
}

// show is text that one operator shows, on its baseline.
type show struct {
	page        int
	x, right, y float64
	size        float64
	text        string
	raw         string // what the signs say where ActualText says something else
}

// painter reads one page's content.
type painter struct {
	c     *checker
	page  int
	fonts dict
	xobj  dict
	stack []marked
	piece *piece

	depth      int // of q
	inText     bool
	font       *font
	size, x, y float64 // x, y: where the text's line begins
	pen        float64 // where the next sign stands
	path       bool
}

// marked is an open marked content.
type marked struct {
	artifact, tagged bool
}

// readPages reads the page tree and the pages' contents.
func (c *checker) readPages() {
	c.pageAt = map[ref]int{}
	c.collect(c.catalog["Pages"], 0)
	if len(c.pages) == 0 {
		c.found("page", "there is none")
	}
	for i, p := range c.pages {
		c.onePage(i, p)
	}
}

func (c *checker) collect(v any, depth int) {
	d := c.dict(v)
	r, _ := v.(ref)
	const deepest = 20
	if d == nil || depth > deepest {
		c.found("page", "object %d of the page tree is no dictionary", r)
		return
	}
	if c.name(d["Type"]) == "Page" {
		c.pageAt[r] = len(c.pages)
		c.pages = append(c.pages, pageOf{r, d})
		return
	}
	for _, kid := range c.array(d["Kids"]) {
		c.collect(kid, depth+1)
	}
}

func (c *checker) onePage(i int, p pageOf) {
	if p.dict["AA"] != nil || p.dict["PresSteps"] != nil {
		c.found("forbidden", "page %d acts by itself", i+1)
	}
	if c.array(p.dict["Annots"]) != nil && c.name(p.dict["Tabs"]) != "S" {
		c.found("tabs", "page %d does not follow the structure with the tabulator", i+1)
	}
	if g := c.dict(p.dict["Group"]); g != nil && c.name(g["CS"]) != "DeviceRGB" {
		c.found("colour", "page %d blends in other colours", i+1)
	}
	s, ok := c.get(p.dict["Contents"]).(*stream)
	if !ok {
		c.found("page", "page %d has no content", i+1)
		return
	}
	data, err := c.decode(s)
	if err != nil {
		c.found("page", "page %d: %v", i+1, err)
		return
	}
	resources := c.dict(p.dict["Resources"])
	w := &painter{c: c, page: i, fonts: c.dict(resources["Font"]), xobj: c.dict(resources["XObject"])}
	w.read(data)
}

func (w *painter) read(data []byte) {
	l := lexer{data: data}
	var operands []any
	for {
		v, err := l.plain()
		if errors.Is(err, errCut) && l.at >= len(l.data) {
			break
		}
		if err != nil {
			w.c.found("content", "page %d: %v", w.page+1, err)
			return
		}
		op, ok := v.(keyword)
		if !ok {
			operands = append(operands, v)
			continue
		}
		w.operator(string(op), operands)
		operands = operands[:0]
	}
	if len(w.stack) > 0 || w.depth != 0 || w.inText {
		w.c.found("nesting", "page %d ends with something open", w.page+1)
	}
}

func (w *painter) operator(op string, a []any) {
	switch op {
	case "BMC", "BDC":
		w.begin(a)
	case "EMC":
		w.end()
	case "q", "Q":
		w.depth += map[string]int{"q": 1, "Q": -1}[op]
		if w.depth < 0 || w.depth > 28 || w.inText {
			w.c.found("nesting", "page %d: %s at depth %d", w.page+1, op, w.depth)
		}
	case "BT", "ET":
		if w.inText == (op == "BT") {
			w.c.found("nesting", "page %d: %s where it cannot be", w.page+1, op)
		}
		w.inText, w.x, w.y, w.pen = op == "BT", 0, 0, 0
	case "Tf", "Td", "TD", "Tm", "Tj", "TJ":
		w.textual(op, a)
	case "m", "l", "c", "v", "y", "h", "re":
		w.path = true
		w.outside(op)
	case "S", "s", "f", "F", "f*", "B", "B*", "b", "b*":
		w.outside(op)
		if !w.path {
			w.c.found("content", "page %d: %s paints nothing", w.page+1, op)
		}
		w.path = false
		w.painted(op)
	case "Do":
		w.outside(op)
		w.object(a)
	case "rg", "RG", "g", "G", "w", "J", "j", "M", "d", "cm", "Tc":
	default:
		w.c.found("operator", "page %d: %s", w.page+1, op)
	}
}

// outside notes what stands in a text object and cannot.
func (w *painter) outside(op string) {
	if w.inText {
		w.c.found("nesting", "page %d: %s in a text", w.page+1, op)
	}
}

func (w *painter) begin(a []any) {
	if len(a) == 0 {
		w.c.found("content", "page %d: marked content without a tag", w.page+1)
		w.stack = append(w.stack, marked{})
		return
	}
	tag, _ := a[0].(name)
	var properties dict
	if len(a) > 1 {
		properties, _ = a[1].(dict)
	}
	m := marked{artifact: tag == "Artifact", tagged: properties["MCID"] != nil}
	for _, around := range w.stack {
		switch {
		case m.artifact && around.tagged, m.tagged && around.artifact:
			w.c.found("artifact", "page %d: tagged content and an artifact within each other", w.page+1)
		case m.artifact && around.artifact, m.tagged && around.tagged:
			w.c.found("nesting", "page %d: %s within marked content of its kind", w.page+1, tag)
		}
	}
	w.stack = append(w.stack, m)
	if m.artifact {
		w.artifact(properties)
	}
	if !m.tagged {
		return
	}
	at := spot{w.page, whole(properties["MCID"])}
	if w.c.content[at] != nil || at.mcid < 0 {
		w.c.found("mcid", "page %d has content %d twice", w.page+1, at.mcid)
	}
	w.piece = &piece{spot: at, tag: tag}
	if v, ok := properties["ActualText"]; ok {
		w.piece.actual, w.piece.instead = w.c.text(v), true
	}
	w.c.content[at] = w.piece
	w.c.order = append(w.c.order, at)
}

func (w *painter) artifact(d dict) {
	kind, sub := w.c.name(d["Type"]), w.c.name(d["Subtype"])
	switch {
	case kind == "Layout" && sub == "", kind == "Pagination" && (sub == "Header" || sub == "Footer"):
	default:
		w.c.found("artifact", "page %d has an artifact of the kind %q %q", w.page+1, kind, sub)
	}
}

func (w *painter) end() {
	if len(w.stack) == 0 {
		w.c.found("nesting", "page %d: EMC without a beginning", w.page+1)
		return
	}
	if w.stack[len(w.stack)-1].tagged {
		w.piece = nil
	}
	w.stack = w.stack[:len(w.stack)-1]
}

// painted notes that something is shown: it must be tagged or an artifact.
func (w *painter) painted(what string) {
	for _, m := range w.stack {
		if m.artifact || m.tagged {
			if w.piece != nil {
				w.piece.drawn = true
			}
			return
		}
	}
	w.c.found("untagged", "page %d: %s is neither tagged nor an artifact", w.page+1, what)
}

func (w *painter) object(a []any) {
	w.painted("a picture")
	n := name("")
	if len(a) == 1 {
		n, _ = a[0].(name)
	}
	s, ok := w.c.get(w.xobj[n]).(*stream)
	if !ok || w.c.name(s.dict["Subtype"]) != "Image" {
		w.c.found("content", "page %d: %q is no picture", w.page+1, n)
	}
}

func (w *painter) textual(op string, a []any) {
	n := func(i int) float64 {
		if i >= len(a) {
			return 0
		}
		f, _ := a[i].(float64)
		return f
	}
	switch op {
	case "Tf":
		if len(a) != 2 {
			w.c.found("content", "page %d: Tf without a font", w.page+1)
			return
		}
		key, _ := a[0].(name)
		r, ok := w.fonts[key].(ref)
		if !ok {
			w.c.found("font", "page %d: there is no font %s", w.page+1, key)
			return
		}
		w.font, w.size = w.c.font(r), n(1)
		return
	case "Td", "TD":
		w.x, w.y = w.x+n(0), w.y+n(1)
		w.pen = w.x
	case "Tm":
		w.x, w.y = n(4), n(5)
		w.pen = w.x
	case "Tj", "TJ":
		w.show(a)
	}
	if !w.inText {
		w.c.found("nesting", "page %d: %s outside a text", w.page+1, op)
	}
}

func (w *painter) show(a []any) {
	w.painted("text")
	if w.font == nil {
		w.c.found("font", "page %d shows text without a font", w.page+1)
		return
	}
	if len(a) == 1 {
		if all, ok := a[0].(array); ok {
			a = all
		}
	}
	s := show{page: w.page, x: w.pen, y: w.y, size: w.size}
	var b strings.Builder
	for _, v := range a {
		switch v := v.(type) {
		case float64:
			w.pen -= v * w.size / 1000
		case str:
			if len(v)%2 != 0 {
				w.c.found("content", "page %d shows half a sign", w.page+1)
			}
			for i := 0; i+1 < len(v); i += 2 {
				code := int(v[i])<<8 | int(v[i+1])
				b.WriteString(w.c.sign(w.font, code, w.piece != nil && w.piece.instead))
				width, ok := w.font.widths[code]
				if !ok {
					width = w.font.usual
				}
				w.pen += width * w.size / 1000
			}
		}
	}
	s.text, s.raw, s.right = b.String(), b.String(), w.pen
	if w.piece == nil {
		return
	}
	if w.piece.instead {
		s.text = ""
		if len(w.piece.shows) == 0 {
			s.text = w.piece.actual
		}
	}
	w.piece.shows = append(w.piece.shows, s)
}

// joined says how two texts of one paragraph follow each other: on one line
// without a gap they are one word.
func joined(a, b show) bool {
	const gap, alike = 0.15, 0.5
	away := b.x - a.right
	return a.page == b.page && math.Abs(a.y-b.y) < alike && away < gap*a.size && away > -gap*a.size
}
