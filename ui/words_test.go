package ui_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"polis/app"
	"polis/assets"
	"polis/ui/screen"
	"polis/ui/uitest"
)

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	books, err := uitest.Books()
	must(t, err)
	for a, b := range map[string]string{"it": "en", "en": "it"} {
		for _, key := range books[a].Keys() {
			if !books[b].Has(key) {
				t.Errorf("%s has %q, %s does not", a, key, b)
			}
			if !slices.Equal(places(books[a].Text(key)), places(books[b].Text(key))) {
				t.Errorf("%q: %v and %v", key, places(books[a].Text(key)), places(books[b].Text(key)))
			}
		}
	}
}

// places are the {names} of a sentence, sorted.
func places(s string) []string {
	found := regexp.MustCompile(`\{\w+\}`).FindAllString(s, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// TestEveryKeyInTheCodeHasWords reads the sources of the window: a literal
// that looks like a key of one of our families must be one, alone or as a
// count, or begin some.
func TestEveryKeyInTheCodeHasWords(t *testing.T) {
	books, err := uitest.Books()
	must(t, err)
	it := books["it"]
	families := map[string]bool{}
	for _, k := range it.Keys() {
		family, _, _ := strings.Cut(k, ".")
		families[family] = true
	}
	literal := regexp.MustCompile(`"([a-z]+(?:_[a-z]+)*\.[A-Za-z_.-]*)"`)
	must(t, filepath.WalkDir(".", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "uitest") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range literal.FindAllStringSubmatch(string(source), -1) {
			key := m[1]
			family, _, _ := strings.Cut(key, ".")
			if !families[family] || it.Has(key) || it.Has(key+".one") && it.Has(key+".many") {
				continue
			}
			begins := func(k string) bool { return strings.HasPrefix(k, key) }
			if strings.HasSuffix(key, ".") && slices.ContainsFunc(it.Keys(), begins) {
				continue
			}
			t.Errorf("%s uses %q, which has no words", path, key)
		}
		return err
	}))
}

func TestEveryValueHasALabel(t *testing.T) {
	books, err := uitest.Books()
	must(t, err)
	lists := map[string][]string{
		"channel.": app.Channels(), "user.": app.Users(), "outcome.": app.Outcomes(), "request.": app.RequestTypes(),
		"unmet.": app.UnmetReasons(), "section.": app.SectionOrder(),
		"badge.": {app.StatusInactive, app.StatusSuspended, app.StatusDiscontinued},
		"facet.": {"topic", "authority", "audience", "life-event"}, "level.": {app.LevelNational, app.LevelRegional, app.LevelAuthority},
	}
	for _, r := range []screen.Route{screen.Desk, screen.Contacts, screen.Settings, screen.Help, screen.Printing, screen.Review} {
		lists["rail."] = append(lists["rail."], string(r))
	}
	for lang, book := range books {
		for prefix, values := range lists {
			for _, v := range values {
				if !book.Has(prefix + v) {
					t.Errorf("%s: %s%s has no label", lang, prefix, v)
				}
			}
		}
	}
}

// TestToolkitSpeaksItalian compares our words with the toolkit's own.
func TestToolkitSpeaksItalian(t *testing.T) {
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "fyne.io/fyne/v2/lang").Output()
	must(t, err)
	raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "translations", "base.en.json"))
	must(t, err)
	var base map[string]any
	must(t, json.Unmarshal(raw, &base))
	for _, lang := range []string{"it", "en"} {
		var ours map[string]string
		must(t, json.Unmarshal(assets.Read("translations/fyne."+lang+".json"), &ours))
		for key := range base {
			if ours[key] == "" {
				t.Errorf("%s: the toolkit's %q has no words", lang, key)
			}
		}
	}
}
