package main

import (
	"strconv"
	"strings"

	"polis/app/search"
)

// explain prints why a hit stands where it does.
func (c *control) explain(w *search.Why) error {
	if w == nil {
		return nil
	}
	place := "ctl.why.some"
	switch {
	case w.Chosen:
		place = "ctl.why.chosen"
	case w.All:
		place = "ctl.why.all"
	}
	standing := "ctl.why.standing"
	if w.Own {
		standing = "ctl.why.standing_own"
	}
	err := c.line("     %s · %s", c.book.Text(place), c.book.Text("ctl.why.score",
		"text", c.share(w.Text), "title", c.share(w.Title), "title_share", c.share(w.TitleShare),
		"text_share", c.share(1-w.TitleShare), "standing", c.book.Text(standing, "factor", c.share(w.Standing))))
	for i := range w.Words {
		if err == nil {
			err = c.line("       %s", c.explainWord(&w.Words[i]))
		}
	}
	return err
}

func (c *control) explainWord(w *search.WhyWord) string {
	has := "ctl.why.has"
	if !w.Has {
		has = "ctl.why.has_not"
	}
	how := c.book.Text("ctl.why.how."+w.How, "as", strings.Join(w.As, ", "))
	text := c.book.Text(has, "word", w.Typed, "how", how, "rarity", c.share(w.Rarity), "sheets", c.book.Count("ctl.found", w.Sheets))
	if len(w.Also) > 0 {
		text += " · " + c.book.Text("ctl.why.also", "words", strings.Join(w.Also, ", "))
	}
	switch {
	case w.Place:
		text += " · " + c.book.Text("ctl.why.place")
	case w.Soft:
		text += " · " + c.book.Text("ctl.why.soft")
	case w.Exact:
		text += " · " + c.book.Text("ctl.why.exact")
	}
	return text
}

// share writes a factor with two decimals, the way of the language.
func (c *control) share(v float64) string {
	text := strconv.FormatFloat(v, 'f', 2, 64)
	if c.book.Lang() == "it" {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}
