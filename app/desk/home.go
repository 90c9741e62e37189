package desk

import (
	"cmp"
	"context"
	"slices"

	"polis/app"
	"polis/app/search"
)

// Group is the part of the home list that a row stands in.
type Group string

// The groups, in their order. Rows of a search have none.
const (
	GroupAlerts    Group = "alerts"
	GroupRequested Group = "requested"
	GroupAll       Group = "all"
)

// Alerted is a sheet with an alert, and what says how near it is.
type Alerted struct{ Code, Authority, Level string }

// How many alerts are shown: those of others only while there are few, what
// the office is asked for most is more use.
const (
	mostOwnAlerts = 5
	mostAlerts    = 3
)

// home is what an empty search shows: the alerts of the day, what the office
// is asked for most, and then all sheets.
func (d *Desk) home(ctx context.Context, r Request, ix *search.Index, out Results) (Results, error) {
	own := d.p.Identity().Authority
	now := d.p.Clock.Now()
	alerts, err := d.alerts(ctx, ix, own)
	if err != nil {
		return Results{}, err
	}
	requested, err := d.shelf.readings(ctx, ix, first(d.demand.requested(), 2*mostRequested))
	if err != nil {
		return Results{}, err
	}
	requested = slices.DeleteFunc(requested, func(r app.Reading) bool { return r.Status == app.StatusDiscontinued })
	all, err := d.shelf.readings(ctx, ix, codesOf(out.Hits))
	if err != nil {
		return Results{}, err
	}
	groups := []struct {
		group Group
		list  []app.Reading
	}{{GroupAlerts, alerts}, {GroupRequested, first(requested, mostRequested)}, {GroupAll, all}}
	plain := len(alerts) == 0 && len(requested) == 0
	seen := map[string]bool{}
	for _, g := range groups {
		for i := range g.list {
			if seen[g.list[i].Code] {
				continue
			}
			seen[g.list[i].Code] = true
			row := d.row(&g.list[i], search.Hit{}, r.Lang, own, now)
			row.Alert = g.list[i].AlertOn(now)
			if !plain {
				row.Group = g.group
			}
			out.Rows = append(out.Rows, row)
		}
	}
	return out, nil
}

// alerts returns the sheets with an alert today: those of the own authority
// first, then those for everybody.
func (d *Desk) alerts(ctx context.Context, ix *search.Index, own string) ([]app.Reading, error) {
	now := d.p.Clock.Now()
	list, err := d.p.Catalogue.Alerted(ctx, app.Day(now), own)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b Alerted) int {
		return cmp.Or(cmp.Compare(distance(a, own), distance(b, own)), cmp.Compare(a.Code, b.Code))
	})
	var codes []string
	for _, a := range first(list, mostOwnAlerts) {
		if len(codes) < mostAlerts || distance(a, own) == 0 {
			codes = append(codes, a.Code)
		}
	}
	readings, err := d.shelf.readings(ctx, ix, codes)
	return slices.DeleteFunc(readings, func(r app.Reading) bool { return r.AlertOn(now) == "" }), err
}

func distance(a Alerted, own string) int {
	switch {
	case own != "" && a.Authority == own:
		return 0
	case a.Level == app.LevelRegional || a.Level == app.LevelNational:
		return 1
	}
	return 2
}

func first[T any](list []T, n int) []T { return list[:min(len(list), n)] }

func codesOf(hits []search.Hit) []string {
	codes := make([]string, len(hits))
	for i, h := range hits {
		codes[i] = h.Code
	}
	return codes
}
