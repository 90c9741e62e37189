package layout

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"polis/app"
	"polis/app/page"
)

// sampleSheets are the sheets of the sample catalogue.
func sampleSheets(tb testing.TB) []app.Sheet {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "assets", "sample", "*.jsonl"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no sample: %v", err)
	}
	var out []app.Sheet
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			var s struct {
				Type string `json:"type"`
				app.Sheet
			}
			if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
				tb.Fatal(err)
			}
			if s.Type == "sheet" {
				out = append(out, s.Sheet)
			}
		}
	}
	if len(out) < 50 {
		tb.Fatalf("only %d sheets in the sample", len(out))
	}
	return out
}

// The text through the elements is the document's text, for every sheet of
// the sample.
func TestElementsSayTheDocument(t *testing.T) {
	e, w := testEngine(t), testWords(t)
	for _, sheet := range sampleSheets(t) {
		doc := page.Sheet(input(sheet, w, true))
		dl, err := e.Layout(doc)
		if err != nil {
			t.Errorf("%s: %v", sheet.Code, err)
			continue
		}
		checkElements(t, sheet.Code, dl)
		sameText(t, sheet.Code, doc, dl)
		if short, err := e.Layout(page.Sheet(input(sheet, w, false))); err != nil {
			t.Errorf("%s: %v", sheet.Code, err)
		} else {
			checkElements(t, sheet.Code+" on one page", short)
		}
	}
}

// allTables reports whether no table had to be set as records, which say its
// head with every value.
func allTables(doc page.Document, dl page.DisplayList) bool {
	want, got := 0, 0
	for _, s := range doc.Sections {
		for _, p := range s.Parts {
			switch p := p.(type) {
			case page.Prose:
				want += tablesIn(p.Blocks)
			case page.Steps:
				for _, item := range p.Items {
					want += tablesIn(item)
				}
			}
		}
	}
	for _, e := range dl.Elements {
		if e.Role == page.RoleRows { // those of facts and hours have none
			got++
		}
	}
	return got >= want
}

func tablesIn(blocks []page.Block) int {
	n := 0
	for _, b := range blocks {
		if b.Kind == page.Table {
			n++
		}
		for _, item := range b.Items {
			n += tablesIn(item)
		}
	}
	return n
}

// sameText compares line by line, in the characters that can be printed.
func sameText(t *testing.T, name string, doc page.Document, dl page.DisplayList) {
	t.Helper()
	s := newSetter(testEngine(t), doc)
	var want []string
	for line := range strings.Lines(doc.Text()) {
		if words := strings.Fields(s.clean(line)); len(words) > 0 {
			want = append(want, strings.Join(words, " "))
		}
	}
	got := strings.Split(dl.Text(), "\n")
	for i := range max(len(got), len(want)) {
		a, b := at(got, i), at(want, i)
		if a != b {
			t.Errorf("%s: line %d of %d and %d\n got %q\nwant %q", name, i+1, len(got), len(want), a, b)
			return
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// around says in what an element may stand; roles that are not named may
// stand in anything.
var around = map[page.Role][]page.Role{
	page.RoleItem:     {page.RoleList},
	page.RoleLabel:    {page.RoleItem},
	page.RoleBody:     {page.RoleItem},
	page.RoleHead:     {page.RoleTable},
	page.RoleRows:     {page.RoleTable},
	page.RoleRow:      {page.RoleTable, page.RoleHead, page.RoleRows},
	page.RoleHeadCell: {page.RoleRow},
	page.RoleCell:     {page.RoleRow},
	page.RoleSection:  {page.RoleDocument, page.RolePart, page.RoleSection},
	page.RoleH1:       {page.RoleSection},
}

// within says what an element may hold; roles that are not named may hold
// anything.
var within = map[page.Role][]page.Role{
	page.RoleList:  {page.RoleItem, page.RoleCaption},
	page.RoleItem:  {page.RoleLabel, page.RoleBody},
	page.RoleTable: {page.RoleHead, page.RoleRows, page.RoleRow, page.RoleCaption},
	page.RoleHead:  {page.RoleRow},
	page.RoleRows:  {page.RoleRow},
	page.RoleRow:   {page.RoleHeadCell, page.RoleCell},
}

// checkElements holds for every structure: parents first, rows only in
// tables, no gaps in headings, rows as long as each other, no element
// without content, every text in an element or outside on purpose.
func checkElements(t rapid.TB, name string, dl page.DisplayList) {
	t.Helper()
	if len(dl.Elements) == 0 || dl.Elements[0].Role != page.RoleDocument || dl.Elements[0].Parent != -1 {
		t.Fatalf("%s: the first element is not the document", name)
	}
	used := make([]bool, len(dl.Elements))
	for n, p := range dl.Pages {
		for _, m := range p.Marks {
			id := of(m)
			if id >= len(dl.Elements) || id < page.PageFoot {
				t.Fatalf("%s: a mark of element %d of %d", name, id, len(dl.Elements))
			}
			switch m := m.(type) {
			case page.Run:
				if id == page.Decoration {
					t.Errorf("%s: %q on page %d is in no element", name, m.Text, n+1)
				}
			case page.Link:
				if dl.Elements[max(id, 0)].Role != page.RoleLink || m.Text == "" {
					t.Errorf("%s: the link to %s is in a %s, text %q", name, m.URL, dl.Elements[max(id, 0)].Role, m.Text)
				}
			case page.Code:
				if e := dl.Elements[max(id, 0)]; e.Role != page.RoleFigure || e.Alt == "" {
					t.Errorf("%s: a code without words", name)
				}
			}
			for ; id > 0 && !used[id]; id = dl.Elements[id].Parent {
				used[id] = true
			}
		}
	}
	last := 0
	cells := map[int]int{} // by table
	width := make([]int, len(dl.Elements))
	for id, e := range dl.Elements[1:] {
		id++
		if e.Parent < 0 || e.Parent >= id {
			t.Fatalf("%s: element %d has the parent %d", name, id, e.Parent)
		}
		parent := dl.Elements[e.Parent].Role
		if allowed, ok := around[e.Role]; ok && !slices.Contains(allowed, parent) {
			t.Errorf("%s: a %s in a %s", name, e.Role, parent)
		}
		if allowed, ok := within[parent]; ok && !slices.Contains(allowed, e.Role) {
			t.Errorf("%s: a %s holds a %s", name, parent, e.Role)
		}
		if !used[id] && !inTable(e.Role) {
			t.Errorf("%s: the %s %d has no content", name, e.Role, id)
		}
		if len(e.Role) == 2 && e.Role[0] == 'H' {
			level := int(e.Role[1] - '0')
			if level > last+1 {
				t.Errorf("%s: H%d after H%d", name, level, last)
			}
			last = level
		}
		if e.Role == page.RoleHeadCell || e.Role == page.RoleCell {
			width[e.Parent] += max(e.Columns, 1)
		}
	}
	for id, e := range dl.Elements {
		if e.Role != page.RoleRow {
			continue
		}
		table := e.Parent
		for dl.Elements[table].Role != page.RoleTable {
			table = dl.Elements[table].Parent
		}
		if n, ok := cells[table]; ok && n != width[id] {
			t.Errorf("%s: a row of %d cells in a table of %d", name, width[id], n)
		}
		cells[table] = width[id]
	}
}

// outlineOf writes the structure as nested names, without what the test is
// not about.
func outlineOf(dl page.DisplayList, from page.Role) string {
	depth := make([]int, len(dl.Elements))
	var b strings.Builder
	on := -1
	for id, e := range dl.Elements {
		if id > 0 {
			depth[id] = depth[e.Parent] + 1
		}
		if on >= 0 && depth[id] <= on {
			break
		}
		if on < 0 && e.Role == from {
			on = depth[id]
		}
		if on < 0 {
			continue
		}
		b.WriteString(strings.Repeat(" ", depth[id]-on) + string(e.Role))
		for _, more := range []string{string(e.Scope), e.Lang} {
			if more != "" {
				b.WriteString(" " + more)
			}
		}
		if e.Ordered {
			b.WriteString(" ordered")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func laidOut(t *testing.T, doc page.Document) page.DisplayList {
	t.Helper()
	dl, err := testEngine(t).Layout(doc)
	if err != nil {
		t.Fatal(err)
	}
	return dl
}

func section(title string, parts ...page.Part) page.Document {
	return page.Document{Title: "Carta", Language: "it", Sections: []page.Section{
		{Parts: []page.Part{page.Opening{Title: "Carta"}}},
		{Title: title, Parts: parts},
	}}
}

func markdown(source string) page.Part { return page.Prose{Blocks: page.Parse(source)} }

func TestStructure(t *testing.T) {
	tests := []struct {
		name, want string
		from       page.Role
		part       page.Part
	}{
		{"a list in a numbered list", "L ordered\n LI\n  Lbl\n  LBody\n   P\n   L\n    LI\n     LBody\n LI\n  Lbl\n  LBody\n", page.RoleList, markdown("1. uno\n   - a\n2. due")},
		{"steps", "L ordered\n LI\n  Lbl\n  LBody\n", page.RoleList, page.Steps{Start: 3, Items: [][]page.Block{page.Parse("uno")}}},
		{"a table with an empty cell", "Table\n THead\n  TR\n   TH Column\n   TH Column\n TBody\n  TR\n   TD\n   TD\n", page.RoleTable, markdown("|A|B|\n|---|---|\n|x| |\n")},
		{"facts", "Table\n TR\n  TH Row\n  TD\n   Link\n", page.RoleTable, page.Cards{{Title: "In breve", Facts: []page.Fact{{Label: "Online", Value: "a.example", URL: "https://a.example"}}}}},
		{"a place", "Sect\n H2\n H3\n P\n Table\n  TR\n   TH Row\n   TD\n P\n", "", page.Places{{
			Name: "Anagrafe", Lines: [][]page.Inline{page.Text("Via Roma 1")},
			Hours: []page.HoursRow{{Days: "lun", Times: "9-12"}}, Notes: []string{"Chiuso"},
		}}},
		{"a link of two styles", "P\n Link\n", "", markdown("[uno **due**](https://a.example)")},
		{"words in another language", "P\n Span en\n", "", page.Prose{Blocks: []page.Block{{Inlines: []page.Inline{{Text: "il "}, {Text: "cloud", Lang: "en"}, {Text: "sì", Lang: "it"}}}}}},
		{"headings that jump", "Sect\n H2\n H3\n H4\n H4\n H3\n H4\n", "", markdown("## a\n\n##### b\n\n#### c\n\n# d\n\n###### e")},
		{"nothing empty", "Sect\n H2\n P\n", "", page.Prose{Blocks: []page.Block{{}, {Inlines: page.Text("uno")}, {Kind: page.Rule}}}},
	}
	for _, tt := range tests {
		dl := laidOut(t, section("Titolo", tt.part))
		checkElements(t, tt.name, dl)
		from := tt.from
		if from == "" {
			from = page.Role(strings.Fields(tt.want)[0])
		}
		got := outlineOf(page.DisplayList{Elements: secondSection(dl.Elements)}, from)
		if got != tt.want {
			t.Errorf("%s: got\n%swant\n%s", tt.name, got, tt.want)
		}
	}
}

// secondSection keeps the elements of the last section.
func secondSection(elements []page.Element) []page.Element {
	last := 0
	for id, e := range elements {
		if e.Role == page.RoleSection && e.Parent == 0 {
			last = id
		}
	}
	out := []page.Element{{Parent: -1, Role: page.RoleDocument}}
	for _, e := range elements[last:] {
		e.Parent = max(e.Parent-last+1, 0)
		out = append(out, e)
	}
	return out
}

// A row over a page is one row, a repeated head is none, and a link over two
// lines is one link.
func TestStructureOverPages(t *testing.T) {
	dl := laidOut(t, section("Tabella", markdown("|Voce|Testo|\n|---|---|\n|uno|"+strings.Repeat("parole che non finiscono ", 700)+"|\n|due|x|\n")))
	checkElements(t, "tall row", dl)
	rows, heads := 0, 0
	for _, e := range dl.Elements {
		switch e.Role {
		case page.RoleRow:
			rows++
		case page.RoleHead:
			heads++
		}
	}
	if len(dl.Pages) < 3 || rows != 3 || heads != 1 {
		t.Errorf("%d rows and %d heads on %d pages", rows, heads, len(dl.Pages))
	}
	if n := strings.Count(dl.Text(), "Voce"); n != 1 {
		t.Errorf("the head is read out %d times", n)
	}
	dl = laidOut(t, section("Legami", markdown("["+strings.Repeat("un lungo legame ", 12)+"](https://a.example/x)")))
	links, marks := 0, 0
	for _, e := range dl.Elements {
		if e.Role == page.RoleLink {
			links++
		}
	}
	for _, m := range dl.Pages[0].Marks {
		if l, ok := m.(page.Link); ok && strings.HasSuffix(l.Text, "(a.example/x)") {
			marks++
		}
	}
	if links != 1 || marks < 2 {
		t.Errorf("%d links with %d marks", links, marks)
	}
}

// Words of ours around a text in another language are told apart.
func TestLanguages(t *testing.T) {
	doc := section("Titolo", markdown("Text"))
	doc.Language, doc.Labels = "en", "it"
	doc.Letterhead = page.Letterhead{Name: "Comune"}
	doc.Sections[1].Lang = "fr"
	dl := laidOut(t, doc)
	want := "Document\n P it\n Sect\n  H1\n Sect fr\n  H2 it\n  P\n"
	if got := outlineOf(dl, page.RoleDocument); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Long documents have bookmarks that lead to their headings.
func TestBookmarks(t *testing.T) {
	doc := section("Lunga", markdown(strings.Repeat("Un paragrafo che si ripete su molte pagine.\n\n", 300)))
	doc.Sections = append(doc.Sections, page.Section{Title: "Fine", Parts: []page.Part{markdown("x")}})
	dl := laidOut(t, doc)
	var got []string
	for _, b := range dl.Bookmarks {
		got = append(got, b.Title)
		found := slices.ContainsFunc(dl.Pages[b.Page-1].Marks, func(m page.Mark) bool {
			r, ok := m.(page.Run)
			return ok && r.Text == b.Title && r.Y > b.Top && r.Y < b.Top+30
		})
		if !found {
			t.Errorf("%q is not at %.0f on page %d", b.Title, b.Top, b.Page)
		}
	}
	if want := []string{"Carta", "Lunga", "Fine"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if dl := laidOut(t, section("Breve", markdown("x"))); dl.Bookmarks != nil {
		t.Errorf("a page has bookmarks: %v", dl.Bookmarks)
	}
}
