package search

// Why says why a hit stands where it does: what polisctl search --explain
// shows.
type Why struct {
	Tier       int       `json:"tier"`             // sheets of a higher tier come first whatever the score
	All        bool      `json:"all_words"`        // has every word that any sheet has
	Chosen     bool      `json:"chosen,omitempty"` // found by its code or by a best bet
	Text       float64   `json:"text"`             // 0 to 1, from where the words stand and how rare they are
	Title      float64   `json:"title"`            // 0 to 1, how well a title is what was typed
	TitleShare float64   `json:"title_share"`      // of the title in the score
	Standing   float64   `json:"standing"`         // own authority, adaptation, state and hand-outs multiply the score
	Own        bool      `json:"own,omitempty"`
	Words      []WhyWord `json:"words"`
}

// WhyWord is one word of the query.
type WhyWord struct {
	Typed  string   `json:"typed"`
	How    string   `json:"how"`             // typed, form, completed, repaired, synonym, unknown
	As     []string `json:"as,omitempty"`    // what stands for it, at most a few
	Also   []string `json:"also,omitempty"`  // what the editable words say it means, at most a few
	Rarity float64  `json:"rarity"`          // weight of the word among the others
	Sheets int      `json:"sheets"`          // that have it
	Has    bool     `json:"has"`             // this sheet has it
	Soft   bool     `json:"soft,omitempty"`  // no sheet must have it
	Place  bool     `json:"place,omitempty"` // names an authority
	Exact  bool     `json:"exact,omitempty"` // quoted
}

const maxAs = 6

func (m *members) why(p *placed) *Why {
	w := &Why{
		Tier: p.tier, All: m.hasAll(m.s.mask[p.doc]), Chosen: m.coded[p.doc] > 0,
		Text: float64(p.text), Title: float64(p.title), TitleShare: shareOfTitle,
		Standing: float64(m.st.factor[p.doc]), Own: m.st.owns(&m.x.docs, p.doc),
	}
	for i := range m.groups {
		g := &m.groups[i]
		word := WhyWord{
			Typed: g.folded, How: g.how(), Rarity: float64(g.idf), Sheets: g.found,
			Has: m.s.mask[p.doc]&(1<<i) != 0, Soft: g.soft || g.optional, Place: g.place, Exact: g.quoted,
		}
		for _, c := range g.repaired {
			word.As = append(word.As, m.x.display(c.text))
		}
		for _, ph := range g.phrases {
			word.Also = append(word.Also, ph.text)
		}
		if len(word.As) == 0 {
			for _, a := range g.alts {
				word.As = append(word.As, m.x.stems[a.stem])
			}
		}
		word.As, word.Also = word.As[:min(len(word.As), maxAs)], word.Also[:min(len(word.Also), maxAs)]
		w.Words = append(w.Words, word)
	}
	return w
}

func (g *group) how() string {
	switch {
	case len(g.repaired) > 0:
		return "repaired"
	case len(g.phrases) > 0 && !g.exact:
		return "synonym"
	case g.word >= 0:
		return "typed"
	case g.exact:
		return "form"
	case len(g.alts) > 0 || g.short:
		return "completed"
	}
	return "unknown"
}
