package phrase

import (
	"errors"
	"testing"

	"polis/app"
)

func book(t *testing.T) *Book {
	t.Helper()
	b, err := New("it", []byte(`{"a":"Ciao {name}","n.one":"{n} scheda","n.many":"{n} schede",
		"error.internal":"Guasto.","error.invalid":"Il valore «{value}» non va.","hint.invalid":"Correggere.",
		"error.usage":"Perché {detail}","why.login":"vuole un nome"}`))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestText(t *testing.T) {
	b := book(t)
	for _, c := range [][2]string{
		{b.Text("a", "name", "Alba"), "Ciao Alba"},
		{b.Text("missing"), "missing"},
		{b.Count("n", 1), "1 scheda"},
		{b.Count("n", 1284), "1.284 schede"},
		{b.Number(-1234567), "-1.234.567"},
		{b.Number(999), "999"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %q, want %q", c[0], c[1])
		}
	}
}

func TestError(t *testing.T) {
	b := book(t)
	if m, h := b.Error(app.Fault(app.CodeInvalid, nil, "value", "x")); m != "Il valore «x» non va." || h != "Correggere." {
		t.Errorf("%q %q", m, h)
	}
	if m, h := b.Error(errors.New("boom")); m != "Guasto." || h != "" {
		t.Errorf("%q %q", m, h)
	}
}

func TestErrorDetailInWords(t *testing.T) {
	b := book(t)
	for detail, want := range map[string]string{"why.login": "Perché vuole un nome", "disco pieno": "Perché disco pieno"} {
		if m, _ := b.Error(app.Fault(app.CodeUsage, nil, "detail", detail)); m != want {
			t.Errorf("%q, want %q", m, want)
		}
	}
}

func TestTwice(t *testing.T) {
	if _, err := New("it", []byte(`{"a":"1"}`), []byte(`{"a":"2"}`)); err == nil {
		t.Error("a key in two files was accepted")
	}
}
