package exchange

import (
	"cmp"
	"context"
	"math"
	"slices"

	"polis/app"
)

const (
	maxDocument = 50 << 20 // bytes
	// demandDays is how far back hand-outs say which documents are wanted.
	demandDays = 180
)

// documents keeps the most useful attachments here, as far as the budget
// goes; one that fails is left for the next time.
func (e *Engine) documents(ctx context.Context, r *round) (err error) {
	defer func() { e.heed(err) }()
	if r.metered {
		return nil // what is here stays, nothing comes by itself
	}
	plan, err := e.plan(ctx, r.d)
	if err != nil {
		return err
	}
	missing := 0
	for i := range plan.list {
		d := &plan.list[i]
		if !plan.fits(d.Size) || !d.wanted() && plan.full {
			missing++
			if d.Here {
				if err := e.p.Catalogue.DropDocument(ctx, d.SHA256); err != nil {
					return err
				}
			}
			continue
		}
		if !d.Here && d.wanted() {
			e.report(ctx, StageDocuments, int64(i), int64(len(plan.list)))
			if err := e.load(ctx, r, plan, d); err != nil {
				return err
			}
			if !d.Here {
				missing++
				continue
			}
		}
		plan.used += d.Size
	}
	e.mu.Lock()
	e.missing = missing
	e.mu.Unlock()
	return nil
}

// load fetches a document and drops it again when it turns out to be over
// the budget: its size is known from then on.
func (e *Engine) load(ctx context.Context, r *round, plan *documentPlan, d *Document) error {
	limit := min(plan.budget-plan.used, maxDocument)
	if d.Size == 0 {
		limit = maxDocument
	}
	size, err := e.p.Catalogue.LoadDocument(ctx, d.SHA256, func(to Partial) error {
		return resume(to, func() error { return r.hub.Blob(ctx, d.SHA256, limit, to) })
	})
	switch app.ErrorCode(err) {
	case "":
	case app.CodeNotFound, app.CodeManifest: // the sheet prints its address instead
		return nil
	default:
		return err
	}
	r.sum.Documents++
	if err := e.p.Outbox.SetDocumentSize(ctx, d.SHA256, size); err != nil {
		return err
	}
	d.Size, d.Here = size, true
	if !plan.fits(size) {
		d.Here = false
		r.sum.Documents--
		return e.p.Catalogue.DropDocument(ctx, d.SHA256)
	}
	return nil
}

// documentPlan is what is wanted, the most useful first.
type documentPlan struct {
	list         []Document
	budget, used int64
	full         bool // what is here is already more than the budget
}

func (p *documentPlan) fits(size int64) bool { return p.budget > 0 && p.used+size <= p.budget }

// plan orders documents: the own mark, those of sheets that are handed out most, then those
// of the own authority, then the small ones. What no sheet names any more
// comes last.
func (e *Engine) plan(ctx context.Context, d Device) (*documentPlan, error) {
	list, err := e.p.Catalogue.Documents(ctx)
	if err != nil {
		return nil, err
	}
	mb, err := e.DocumentBudget(ctx)
	if err != nil {
		return nil, err
	}
	sizes, err := e.p.Outbox.DocumentSizes(ctx)
	if err != nil {
		return nil, err
	}
	demand, err := e.p.Outbox.HandedOut(ctx, app.Day(e.p.Clock.Now().AddDate(0, 0, -demandDays)))
	if err != nil {
		return nil, err
	}
	p := &documentPlan{list: list, budget: int64(mb) << 20}
	use := make(map[string]int, len(list))
	var here int64
	for i := range list {
		if !list[i].Here {
			list[i].Size = sizes[list[i].SHA256]
		} else {
			here += list[i].Size
		}
		use[list[i].SHA256] = usefulness(&list[i], demand, d.Authority)
	}
	p.full = here > p.budget
	slices.SortStableFunc(list, func(a, b Document) int {
		return cmp.Or(cmp.Compare(use[b.SHA256], use[a.SHA256]), cmp.Compare(a.Size, b.Size), cmp.Compare(a.SHA256, b.SHA256))
	})
	return p, nil
}

func usefulness(d *Document, demand map[string]int, own string) int {
	n := 0
	switch {
	case !d.wanted():
		return -1
	case d.Logo && own != "" && slices.Contains(d.Authorities, own):
		return math.MaxInt // on every paper
	case d.Logo:
		n = 1
	}
	for _, s := range d.Sheets {
		n += 2 * demand[s]
	}
	if own != "" && slices.Contains(d.Authorities, own) {
		n++
	}
	return n
}
