package review

import (
	"encoding/json"
	"slices"
	"time"

	"polis/app"
	"polis/app/membership"
)

// kept is what an examiner did with a request and nobody else sees: ticks,
// documents that were opened, texts that were begun. It outlives the program.
type kept struct {
	Ticks  []string                   `json:"ticks,omitempty"`
	Opened []string                   `json:"opened,omitempty"` // documents, by SHA-256
	Texts  map[membership.Event]begun `json:"texts,omitempty"`
}

// begun is a decision that is being written.
type begun struct {
	Reason string   `json:"reason,omitempty"`
	Fields []string `json:"fields,omitempty"`
	Number string   `json:"number,omitempty"`
	Date   app.Date `json:"date,omitempty"`
}

func (b *begun) empty() bool { return b.Reason == "" && len(b.Fields) == 0 && b.Number == "" }

// settingKept is where what is kept of a request is, by its ID.
const settingKept = "review:"

// keepAfter is how long after the last key a text is written down.
const keepAfter = time.Second

// keptOf returns what is kept of a request.
func (s *Screen) keptOf(id string) *kept {
	if k := s.d.State.kept[id]; k != nil {
		return k
	}
	k := &kept{}
	if s.d.Setting != nil {
		if text := s.d.Setting(settingKept + id); text != "" {
			if err := json.Unmarshal([]byte(text), k); err != nil {
				s.d.Host.Log.Warn("what was kept of a request is lost", "error", err)
			}
		}
	}
	if k.Texts == nil {
		k.Texts = map[membership.Event]begun{}
	}
	s.d.State.kept[id] = k
	return k
}

// keep writes down what is kept of a request.
func (s *Screen) keep(id string) {
	k := s.d.State.kept[id]
	if k == nil || s.d.SetSetting == nil {
		return
	}
	for e, b := range k.Texts {
		if b.empty() {
			delete(k.Texts, e)
		}
	}
	text := ""
	if len(k.Ticks) > 0 || len(k.Opened) > 0 || len(k.Texts) > 0 {
		raw, err := json.Marshal(k)
		if err != nil {
			s.d.Host.Log.Warn("what is kept of a request", "error", err)
			return
		}
		text = string(raw)
	}
	if text != s.d.Setting(settingKept+id) {
		s.d.SetSetting(settingKept+id, text)
	}
}

func (k *kept) tick(item string, on bool) {
	k.Ticks = slices.DeleteFunc(k.Ticks, func(t string) bool { return t == item })
	if on {
		k.Ticks = append(k.Ticks, item)
	}
}
