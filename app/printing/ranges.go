package printing

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"polis/app"
)

// ParseRanges reads pages as people write them: "1-3, 5", "4-" to the end,
// "-2" from the beginning; "" is all pages and gives nil. The result is in
// order, each page once. CodeInvalid for what cannot be read and for pages
// that are not there; pages = 0 when nobody knows how many there are.
func ParseRanges(text string, pages int) ([]Range, error) {
	var out []Range
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' }) {
		part = strings.Join(strings.Fields(part), "")
		if part == "" {
			continue
		}
		r, ok := parseRange(part, pages)
		if !ok {
			return nil, app.Fault(app.CodeInvalid, nil, "field", "pages", "value", text)
		}
		out = append(out, r)
	}
	if len(out) == 0 && strings.TrimSpace(text) != "" {
		return nil, app.Fault(app.CodeInvalid, nil, "field", "pages", "value", text)
	}
	return tidy(out), nil
}

// parseRange reads "3", "1-3", "4-" and "-2"; all dashes are alike.
func parseRange(part string, pages int) (Range, bool) {
	last := pages
	if pages == 0 {
		last = math.MaxInt32
	}
	from, to, span := strings.Cut(strings.NewReplacer("–", "-", "—", "-").Replace(part), "-")
	if from == "" && to == "" {
		return Range{}, false
	}
	r := Range{From: 1, To: last}
	var errFrom, errTo error
	if from != "" {
		r.From, errFrom = strconv.Atoi(from)
	}
	switch {
	case !span:
		r.To = r.From
	case to != "":
		r.To, errTo = strconv.Atoi(to)
	}
	return r, errFrom == nil && errTo == nil && r.From >= 1 && r.To >= r.From && r.To <= last
}

// tidy puts ranges in their order and joins those that touch: printers want
// them so.
func tidy(ranges []Range) []Range {
	var out []Range
	for _, r := range ranges {
		out = append(out, Range{From: max(min(r.From, r.To), 1), To: max(r.From, r.To, 1)})
	}
	slices.SortFunc(out, func(a, b Range) int { return a.From - b.From })
	joined := out[:0]
	for _, r := range out {
		if n := len(joined); n > 0 && r.From <= joined[n-1].To+1 {
			joined[n-1].To = max(joined[n-1].To, r.To)
			continue
		}
		joined = append(joined, r)
	}
	return joined
}

// within leaves of tidy ranges what so many pages have.
func within(ranges []Range, pages int) []Range {
	var out []Range
	for _, r := range ranges {
		if r.From <= pages {
			out = append(out, Range{From: r.From, To: min(r.To, pages)})
		}
	}
	return out
}
