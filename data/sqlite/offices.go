package sqlite

import (
	"cmp"
	"slices"
	"strings"

	"polis/app"
)

// Offices lists the offices of an authority by name.
func (c *Catalogue) Offices(authority string) []app.Office {
	var list []app.Office
	for _, o := range c.now().offices {
		if o.Authority == authority {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b app.Office) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID)) })
	return list
}
