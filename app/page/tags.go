package page

import (
	"regexp"
	"slices"
	"strings"
)

// tags are the HTML elements that are open at a place of a text. Other tags
// than those of emphasis count only where they name a language.
type tags struct{ open []tag }

type tag struct {
	name, lang   string
	bold, italic bool
}

// mostTags bounds how many can be open: more is damage.
const mostTags = 32

func (t *tags) top() *tag {
	if t == nil || len(t.open) == 0 {
		return nil
	}
	return &t.open[len(t.open)-1]
}

// read takes a tag as it is written, "<span lang=\"en\">" or "</span>".
func (t *tags) read(text string) {
	text = strings.Trim(text, "<> \t\n")
	closing := strings.HasPrefix(text, "/")
	name, rest, _ := strings.Cut(strings.Map(blankToSpace, strings.TrimPrefix(text, "/")), " ")
	name = strings.ToLower(name)
	switch {
	case closing:
		t.close(name)
	case strings.HasSuffix(text, "/") || len(t.open) >= mostTags || strings.HasPrefix(name, "!") || slices.Contains([]string{"img", "hr", "wbr", "input", "meta", "link"}, name):
	default:
		next := tag{}
		if top := t.top(); top != nil {
			next = *top
		}
		next.name = name
		if lang := languageOf(rest); lang != "" {
			next.lang = lang
		}
		next.bold = next.bold || name == "b" || name == "strong"
		next.italic = next.italic || name == "i" || name == "em"
		t.open = append(t.open, next)
	}
}

func (t *tags) close(name string) {
	for i := len(t.open) - 1; i >= 0; i-- {
		if t.open[i].name == name {
			t.open = t.open[:i]
			return
		}
	}
}

func blankToSpace(r rune) rune {
	if r == '\n' || r == '\t' {
		return ' '
	}
	return r
}

// languageOf finds the language (BCP 47) among a tag's attributes.
func languageOf(attributes string) string {
	if !strings.Contains(strings.ToLower(attributes), "lang") {
		return ""
	}
	m := regexp.MustCompile(`(?i)(?:^|\s)(?:xml:)?lang\s*=\s*["']?([a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3})(?:["'\s]|$)`).FindStringSubmatch(attributes)
	if m == nil {
		return ""
	}
	return m[1]
}
