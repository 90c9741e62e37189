package desk

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"polis/app"
	"polis/app/search"
)

// HandOuts tells what this workstation handed out.
type HandOuts interface {
	// HandedOut returns in how many contacts since a day each sheet was handed
	// out, by code. A contact that another one corrects does not count.
	HandedOut(ctx context.Context, since app.Date) (map[string]int, error)
}

const (
	demandDays    = 180
	mostRequested = 10
)

// demand is what the office is asked for: the counts of its own hand-outs
// and an index that ranks by them. Safe for concurrent use.
type demand struct {
	log   HandOuts
	clock app.Clock

	asking sync.Mutex // one question to the log at a time

	mu     sync.Mutex
	counts map[string]int // nil until the log was asked
	stale  bool           // a contact was corrected since
	of     *search.Index  // what ranked was made of
	ranked *search.Index
}

// saving saves a contact and counts what it handed out. Nobody asks the log
// meanwhile, so that nothing is counted twice.
func (d *demand) saving(save func() (app.Contact, error)) (app.Contact, error) {
	d.asking.Lock()
	defer d.asking.Unlock()
	c, err := save()
	if err == nil {
		d.add(&c)
	}
	return c, err
}

func (d *demand) add(c *app.Contact) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case c.Corrects != "": // what it replaces is in the log
		d.stale = true
	case d.counts != nil && slices.ContainsFunc(c.Sheets, func(s app.ContactSheet) bool { return s.HandedOut }):
		counts := maps.Clone(d.counts)
		for _, s := range c.Sheets {
			if s.HandedOut {
				counts[s.Code]++
			}
		}
		d.counts, d.of, d.ranked = counts, nil, nil
	}
}

func (d *demand) knows(newest bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts != nil && (!newest || !d.stale)
}

// wants takes the duty to ask the log, if it has to be asked. While somebody
// types only the first search asks: no key waits for the log.
func (d *demand) wants(newest bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.counts != nil && (!newest || !d.stale) {
		return false
	}
	d.stale = false
	return true
}

// learn asks the log. A log that does not answer costs nothing but the
// order: it says what is wrong with it when a contact is saved.
func (d *demand) learn(ctx context.Context, newest bool) {
	if d.knows(newest) { // without waiting for a contact that is being saved
		return
	}
	d.asking.Lock()
	defer d.asking.Unlock()
	if !d.wants(newest) {
		return
	}
	counts, err := d.log.HandedOut(ctx, app.Day(d.clock.Now().AddDate(0, 0, -demandDays)))
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err == nil:
		d.of, d.ranked = nil, nil
	case ctx.Err() != nil: // nobody waits for the answer any more
		d.stale = true
		return
	default:
		counts, d.stale = d.counts, true // the next home list asks again
	}
	if counts == nil {
		counts = map[string]int{}
	}
	d.counts = counts
}

// index returns the newest index, ranking by what the office hands out.
func (d *demand) index(ctx context.Context, newest *search.Index, home bool) *search.Index {
	d.learn(ctx, home)
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.counts) == 0 {
		return newest
	}
	if d.of != newest {
		d.of, d.ranked = newest, newest.WithPopularity(d.counts)
	}
	return d.ranked
}

// requested lists the sheets that were handed out most, the most wanted
// first.
func (d *demand) requested() []string {
	d.mu.Lock()
	counts := d.counts // never changed once it is there
	d.mu.Unlock()
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}
