package region

import (
	"context"
	"fmt"
	"io"
	"slices"

	"polis/app"
	"polis/data/wire"
)

// ExportTypes lists what can be exported.
func ExportTypes() []string { return append(CatalogueTypes(), wire.TypeContact) }

// Export writes the working lines of a type ("" for the whole catalogue), or
// the contacts, as JSON Lines; what it writes imports again to the same
// digest. Codes: CodeInvalid (type).
func (h *Hub) Export(ctx context.Context, kind string, w io.Writer) error {
	if kind != "" && !slices.Contains(ExportTypes(), kind) {
		return app.Fault(app.CodeInvalid, nil, "field", "type", "value", kind)
	}
	write := func(line []byte) error {
		if _, err := w.Write(append(slices.Clip(line), '\n')); err != nil {
			return fmt.Errorf("export: %w", err)
		}
		return ctx.Err()
	}
	return h.store.View(ctx, func(tx Tx) error {
		if kind == wire.TypeContact {
			return tx.ContactLines("", write)
		}
		var types []string
		if kind != "" {
			types = []string{kind}
		}
		return tx.WorkingLines(types, func(e wire.Entity) error { return write(e.Line) })
	})
}
