package torture

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// judge heals everything, lets each workstation synchronise twice and
// compares.
func (w *world) judge() Figures {
	w.link.Heal()
	for _, d := range w.desks {
		for range 2 {
			if out, errs, err := d.run(-1, "sync"); err != nil {
				w.t.Errorf("%s: sync after healing: %v\n%s%s", d.name, err, out, errs)
			}
		}
	}
	for _, d := range w.desks { // and once more for what the others brought last
		d.must("sync")
		if s := d.status(); s.Waiting+s.Quarantined > 0 {
			w.t.Errorf("%s: %d wait, %d in quarantine (%s)", d.name, s.Waiting, s.Quarantined, s.Problem)
			w.figures.Stuck += s.Waiting + s.Quarantined
		}
	}
	held := w.held()
	for mark, d := range w.shown {
		if held[mark].n == 0 {
			w.figures.Lost++
			w.t.Errorf("%s was saved at %s and is not in the hub", mark, d)
		}
	}
	for mark, h := range held {
		if h.n > 1 {
			w.figures.Doubled++
			w.t.Errorf("%s is %d times in the hub", mark, h.n)
		}
	}
	w.compare(held)
	return w.figures
}

type arrival struct {
	n      int
	office string
}

type contact struct{ Topic, Office string }

// held counts the marks in the hub.
func (w *world) held() map[string]arrival {
	marks := map[string]arrival{}
	for line := range strings.Lines(w.hub.Run("export", "--type", "contact")) {
		var c contact
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			w.t.Fatalf("export: %v in %s", err, line)
		}
		marks[c.Topic] = arrival{n: marks[c.Topic].n + 1, office: c.Office}
	}
	return marks
}

// compare holds each workstation's catalogue against that of the hub and its
// log against what the hub has of its office.
func (w *world) compare(held map[string]arrival) {
	digest := w.digest()
	for _, d := range w.desks {
		if s := d.status(); s.Digest != digest {
			w.figures.Apart++
			w.t.Errorf("%s: catalogue %s, the hub's is %s (%s)", d.name, s.Digest, digest, s.Problem)
		}
		var list struct{ Contacts []contact }
		if err := json.Unmarshal([]byte(d.must("contact", "list", "--json")), &list); err != nil {
			w.t.Fatal(err)
		}
		here, there := map[string]int{}, map[string]int{}
		for _, c := range list.Contacts {
			here[c.Topic]++
		}
		for mark, a := range held {
			if a.office == d.office {
				there[mark] = 1
			}
		}
		if !maps.Equal(here, there) {
			w.figures.Apart++
			w.t.Errorf("%s: its log has %d contacts, the hub %d of its office; differing: %v", d.name, len(here), len(there), differing(here, there))
		}
	}
}

func differing(a, b map[string]int) []string {
	var list []string
	for k := range a {
		if a[k] != b[k] {
			list = append(list, fmt.Sprintf("%s here %d", k, a[k]))
		}
	}
	for k := range b {
		if a[k] == 0 {
			list = append(list, k+" only there")
		}
	}
	slices.Sort(list)
	return list[:min(len(list), 10)]
}

// digest is that of the latest publication; publishing without a change
// tells it again.
func (w *world) digest() string {
	_, digest, found := strings.Cut(strings.TrimSpace(w.hub.Run("publish")), "digest ")
	if !found {
		w.t.Error("publish tells no digest")
	}
	return digest
}
