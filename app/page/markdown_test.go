package page

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func para(in ...Inline) Block { return Block{Kind: Paragraph, Inlines: in} }

func TestParse(t *testing.T) {
	tests := []struct {
		name, in string
		want     []Block
	}{
		{"empty", "", nil},
		{"blank", " \n\t\n", nil},
		{"paragraphs", "uno\ndue\n\ntre", []Block{para(Inline{Text: "uno due"}), para(Inline{Text: "tre"})}},
		{"styles", "a **b *c*** d", []Block{para(
			Inline{Text: "a "}, Inline{Text: "b ", Bold: true}, Inline{Text: "c", Bold: true, Italic: true}, Inline{Text: " d"})}},
		{"hard break", "a  \nb", []Block{para(Inline{Text: "a"}, Inline{Break: true}, Inline{Text: "b"})}},
		{"heading", "## Orari", []Block{{Kind: Heading, Level: 2, Inlines: []Inline{{Text: "Orari"}}}}},
		{"link", "[modulo](https://a.example/m)", []Block{para(Inline{Text: "modulo", URL: "https://a.example/m"})}},
		{"bare address", "vedi https://a.example/x", []Block{para(Inline{Text: "vedi "}, Inline{Text: "https://a.example/x", URL: "https://a.example/x"})}},
		{"mail", "<urp@a.example>", []Block{para(Inline{Text: "urp@a.example", URL: "mailto:urp@a.example"})}},
		{"a link must not run a program", "[x](javascript:alert) [y](file:///etc)", []Block{para(Inline{Text: "x y"})}},
		{"entities", "A&nbsp;B &amp; C &egrave; \\*", []Block{para(Inline{Text: "A\u00a0B & C è *"})}},
		{"html", "<p>Ciao <b>mondo</b></p>", []Block{para(Inline{Text: "Ciao mondo"})}},
		{"language", "Il <span lang=\"en\">cloud <b>first</b></span> e <i lang='fr'>guichet</i> <em>qui</em>.", []Block{para(
			Inline{Text: "Il "}, Inline{Text: "cloud ", Lang: "en"}, Inline{Text: "first", Lang: "en", Bold: true}, Inline{Text: " e "},
			Inline{Text: "guichet", Lang: "fr", Italic: true}, Inline{Text: " "}, Inline{Text: "qui", Italic: true}, Inline{Text: "."})}},
		{"language of Markdown inside", "<span\nlang=de-AT>a **b** [c](https://a.example)</span> d", []Block{para(
			Inline{Text: "a ", Lang: "de-AT"}, Inline{Text: "b", Lang: "de-AT", Bold: true}, Inline{Text: " ", Lang: "de-AT"},
			Inline{Text: "c", Lang: "de-AT", URL: "https://a.example"}, Inline{Text: " d"})}},
		{"a language that is none", "a <span lang=\"x()\">b</span> </i></span> <wbr>c", []Block{para(Inline{Text: "a b c"})}},
		{"tags that never end", "a <i>b\n\nc", []Block{para(Inline{Text: "a "}, Inline{Text: "b", Italic: true}), para(Inline{Text: "c"})}},
		{"loose list", "1. a\n\n   b\n\n   - c\n\n     d\n2. e", []Block{{Kind: List, Ordered: true, Start: 1, Items: [][]Block{
			{para(Inline{Text: "a"}), para(Inline{Text: "b"}), {Kind: List, Items: [][]Block{{para(Inline{Text: "c"}), para(Inline{Text: "d"})}}}},
			{para(Inline{Text: "e"})},
		}}}},
		{"link with a title", "[modulo](https://a.example/m \"Il modulo\")", []Block{para(Inline{Text: "modulo", URL: "https://a.example/m"})}},
		{"reference", "[modulo][m]\n\n[m]: https://a.example/m", []Block{para(Inline{Text: "modulo", URL: "https://a.example/m"})}},
		{"picture", "Vedi ![la mappa](https://a.example/m.png \"t\").", []Block{para(Inline{Text: "Vedi la mappa."})}},
		{"struck", "~~gratis~~ 5 €", []Block{para(Inline{Text: "~~gratis~~ 5 €"})}},
		{"tasks", "- [ ] uno\n- [x] due", []Block{{Kind: List, Items: [][]Block{{para(Inline{Text: "[ ] uno"})}, {para(Inline{Text: "[x] due"})}}}}},
		{"backslash break", "a\\\nb", []Block{para(Inline{Text: "a"}, Inline{Break: true}, Inline{Text: "b"})}},
		{"setext", "Orari\n-----\na", []Block{{Kind: Heading, Level: 2, Inlines: []Inline{{Text: "Orari"}}}, para(Inline{Text: "a"})}},
		{"centre", "|A|\n|:-:|\n|<b>1</b><br>2|", []Block{{
			Kind: Table, Head: []Cell{{Inlines: Text("A"), Align: Center}},
			Rows: [][]Cell{{{Inlines: []Inline{{Text: "1", Bold: true}, {Break: true}, {Text: "2"}}, Align: Center}}},
		}}},
		{"rule", "a\n\n---\n", []Block{para(Inline{Text: "a"}), {Kind: Rule}}},
		{"quote", "> uno\n> due", []Block{para(Inline{Text: "uno due"})}},
		{"code", "    a\n    b", []Block{para(Inline{Text: "a"}, Inline{Break: true}, Inline{Text: "b"})}},
		{"list", "- a\n  - b\n- c", []Block{{Kind: List, Items: [][]Block{
			{para(Inline{Text: "a"}), {Kind: List, Items: [][]Block{{para(Inline{Text: "b"})}}}},
			{para(Inline{Text: "c"})},
		}}}},
		{"ordered", "3. a\n4. b", []Block{{Kind: List, Ordered: true, Start: 3, Items: [][]Block{
			{para(Inline{Text: "a"})}, {para(Inline{Text: "b"})},
		}}}},
		{"table", "|A|B|\n|---|--:|\n|1|2|\n|3|", []Block{{
			Kind: Table,
			Head: []Cell{{Inlines: Text("A")}, {Inlines: Text("B"), Align: Right}},
			Rows: [][]Cell{
				{{Inlines: Text("1")}, {Inlines: Text("2"), Align: Right}},
				{{Inlines: Text("3")}, {}},
			},
		}}},
	}
	for _, tt := range tests {
		if got := Parse(tt.in); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: Parse(%q)\n got %+v\nwant %+v", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestPlain(t *testing.T) {
	got := Plain("# Titolo\n\nuno **due**  \ntre\n\n- a\n- b\n\n|A|B|\n|-|-|\n|1|2|")
	if want := "Titolo\nuno due tre\na\nb\nA · B\n1 · 2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Text that nests without end is damage; it must neither hang nor vanish.
func TestParseDamagedNesting(t *testing.T) {
	for _, in := range []string{
		strings.Repeat("> ", 20000) + "testo",
		strings.Repeat("- ", 20000) + "testo",
		strings.Repeat("*", 20000) + "testo",
		strings.Repeat("[", 5000) + "testo" + strings.Repeat("](http://a.example)", 50),
		strings.Repeat("> - ", 15) + "testo",
		"|" + strings.Repeat("a|", 3000) + "\n|" + strings.Repeat("-|", 3000) + "\n|testo|",
	} {
		if !strings.Contains(Plain(in), "testo") {
			t.Errorf("the text is lost in %.20q…", in)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a **b** [c](http://d.example)", "1. x\n   - y\n\n|a|b|\n|-|-|\n|1|", "<div>\n&#0; \x00 > - * 1)", "\u0301\u200d😀 \xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		blocks := Parse(s)
		checkBlocks(t, blocks, 0)
		short, _ := Shorten(blocks, 100)
		checkBlocks(t, short, 0)
		if !utf8.ValidString(PlainBlocks(blocks)) {
			t.Error("not UTF-8")
		}
	})
}

func checkBlocks(t *testing.T, blocks []Block, depth int) {
	t.Helper()
	if depth > maxNesting {
		t.Fatal("nested too deep")
	}
	for _, b := range blocks {
		checkInlines(t, b.Inlines)
		for _, item := range b.Items {
			checkBlocks(t, item, depth+1)
		}
		for _, row := range b.Rows {
			if len(row) != len(b.Head) {
				t.Errorf("row of %d cells under a head of %d", len(row), len(b.Head))
			}
			for _, c := range row {
				checkInlines(t, c.Inlines)
			}
		}
	}
}

func checkInlines(t *testing.T, inlines []Inline) {
	t.Helper()
	for _, in := range inlines {
		if in.Break != (in.Text == "") {
			t.Errorf("inline with break %v and text %q", in.Break, in.Text)
		}
		if strings.ContainsFunc(in.Text, unicode.IsControl) {
			t.Errorf("control character in %q", in.Text)
		}
		if in.URL != "" && safeURL(in.URL) == "" {
			t.Errorf("address %q", in.URL)
		}
	}
}
