package membership

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"polis/app/page"
)

// wanting is what keeps the request from being sent. Papers do not read the
// clock, so they do not know which days lie ahead.
func (in PaperInput) wanting() []Finding {
	all := in.Request.CheckAt(time.Date(9000, 1, 1, 12, 0, 0, 0, time.UTC))
	return slices.DeleteFunc(all, func(f Finding) bool { return f.Warning })
}

// draft reports whether the request cannot be sent yet: then its papers are
// drafts.
func (in PaperInput) draft() bool { return len(in.wanting()) > 0 }

// missing lists what is wanting, by the pages of the form.
func (in PaperInput) missing(doc *page.Document) {
	p := in.writer()
	wanting := in.wanting()
	if len(wanting) == 0 {
		return
	}
	var blocks []page.Block
	for _, step := range Steps() {
		var items [][]page.Block
		for _, text := range in.sentences(wanting, step) {
			items = append(items, []page.Block{{Kind: page.Paragraph, Inlines: page.Text(text)}})
		}
		if len(items) > 0 {
			name := page.Inline{Text: in.Words("membership.step." + string(step)), Bold: true}
			blocks = append(blocks, page.Block{Kind: page.Paragraph, Inlines: []page.Inline{name}}, page.Block{Kind: page.List, Items: items})
		}
	}
	p.section(doc, "request.missing", paragraph(p.word("request.missing_lead")), page.Prose{Blocks: blocks})
}

// sentences tell what is wanting on a page of the form: of one person, office
// or thing the empty fields together, then what is wrong, each alone.
func (in PaperInput) sentences(wanting []Finding, step Step) []string {
	p := in.writer()
	var out []string
	empty := map[string]int{} // who -> where its sentence is
	fields := map[string][]string{}
	for _, f := range wanting {
		if f.Step != step {
			continue
		}
		who, field := in.owner(f.Field)
		what := in.Words("membership.check."+f.Key, f.Params...)
		switch {
		case who == "":
			out = append(out, what)
		case field == "", f.Missing && f.Key != "missing": // such a sentence names what it asks for
			out = append(out, p.word("missing.one", "who", who, "what", what))
		case f.Key != "missing":
			out = append(out, p.word("missing.wrong", "who", who, "field", field, "what", what))
		default:
			if _, begun := empty[who]; !begun {
				empty[who] = len(out)
				out = append(out, "")
			}
			fields[who] = append(fields[who], field)
			out[empty[who]] = p.word("missing.fields", "who", who, "fields", strings.Join(fields[who], ", "))
		}
	}
	return out
}

// owner tells in words whose field a path is, and which: "operators.1.email"
// is "Operatore 2" and "e-mail". A list as a whole belongs to nobody.
func (in PaperInput) owner(path string) (who, field string) {
	parts := strings.Split(path, ".")
	if len(parts) == 1 {
		return "", ""
	}
	number := ""
	rest := parts[1:]
	if n, err := strconv.Atoi(rest[0]); err == nil {
		number, rest = strconv.Itoa(n+1), rest[1:]
	}
	who = in.writer().word("who."+parts[0], "n", number)
	if len(rest) > 1 && rest[0] == "opening_hours" {
		return who, in.writer().word("field.opening_hours") + " " + in.Words("day."+rest[1])
	}
	if len(rest) > 0 {
		field = in.writer().word("field." + rest[len(rest)-1])
	}
	return who, field
}
