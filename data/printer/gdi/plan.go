package gdi

import (
	"context"
	"slices"

	"polis/app/printing"
)

// blank stands for an empty side in an order of pages.
const blank = -1

// cut returns which of n pages are printed, the first is 0, each once and
// in the document's order. Nil ranges are all of them.
func cut(n int, ranges []printing.Range) []int {
	var pages []int
	for i := range n {
		if ranges == nil || slices.ContainsFunc(ranges, func(r printing.Range) bool { return r.From <= i+1 && i+1 <= r.To }) {
			pages = append(pages, i)
		}
	}
	return pages
}

// repeat is the order of pages of several copies that we make ourselves. On
// both sides of the paper each copy begins on a sheet of its own.
func repeat(pages []int, copies int, duplex bool) []int {
	order := slices.Clone(pages)
	for range copies - 1 {
		if duplex && len(pages)%2 == 1 {
			order = append(order, blank)
		}
		order = append(order, pages...)
	}
	return order
}

// byDriver reports whether the driver makes the copies, each in order.
func byDriver(pages, copies, most int, collates bool) bool {
	return copies <= most && (copies == 1 || pages == 1 || collates)
}

// press is one document on its way to a printer.
type press interface {
	start(title string) (job uint32, err error)
	begin() error
	draw(page int) error
	end() error
	finish() error
	abort()
}

// run prints the pages in order. A failure, and an end of ctx between two
// pages, takes back what was already handed over.
func run(ctx context.Context, p press, title string, order []int) (job uint32, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	job, err = p.start(title)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			p.abort()
		}
	}()
	for _, n := range order {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err := side(p, n); err != nil {
			return 0, err
		}
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return job, p.finish()
}

func side(p press, n int) error {
	if err := p.begin(); err != nil {
		return err
	}
	if n != blank {
		if err := p.draw(n); err != nil {
			return err
		}
	}
	return p.end()
}

// titleOf is a title as the queue can keep it.
func titleOf(title string) string {
	const most = 120
	clean := make([]rune, 0, len(title))
	for _, r := range title {
		if r < ' ' {
			r = ' '
		}
		clean = append(clean, r)
	}
	if len(clean) > most {
		clean = append(clean[:most-1], '…')
	}
	return string(clean)
}
