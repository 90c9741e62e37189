package page

import "slices"

// tells reports whether sections say anything of the service itself: where
// the offices are is no answer yet.
func (b *sheetBuilder) tells(sections []Section) bool {
	if len(b.summary()) > 0 {
		return true
	}
	return slices.ContainsFunc(sections, func(s Section) bool {
		switch s.Key {
		case "notices", "opening", "places":
			return false
		case "cards":
			return slices.ContainsFunc(s.Parts, cardsTell)
		}
		return true
	})
}

func cardsTell(p Part) bool {
	cards, ok := p.(Cards)
	return ok && slices.ContainsFunc(cards, func(c Card) bool {
		return len(c.Blocks) > 0 || slices.ContainsFunc(c.Facts, func(f Fact) bool { return f.Key != "where" })
	})
}

// noText says of a sheet without any text that it has none, so that nobody
// looks for the rest of the paper, and where the service is described: at
// its source, else on its page, else at the office.
func (b *sheetBuilder) noText() Section {
	notice := Notice{Kind: NoticeReview, Title: b.Words("page.no_text")}
	if u := safeURL(b.r.SourceURL); u != "" {
		notice.Text = []Inline{{Text: b.Words("page.no_text_source") + " "}, {Text: shownURL(u), URL: u}}
	} else {
		notice.Text = Text(b.Words(b.withoutQR("page.no_text_ask")))
	}
	return Section{Key: "no_text", Lang: b.Lang, Parts: []Part{notice}}
}
