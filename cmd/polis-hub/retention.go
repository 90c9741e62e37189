package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"polis/app/region"
)

// How long documents of requests that came to nothing are kept.

// tendEvery is how often a server looks for what is due.
const tendEvery = time.Hour

// tend does what is due, now and every hour, until ctx ends. What fails is
// tried again the next time.
func (o *opened) tend(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(tendEvery)
	defer ticker.Stop()
	for {
		if err := o.tendOnce(ctx, log); err != nil && ctx.Err() == nil {
			log.Warn("retention", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (o *opened) tendOnce(ctx context.Context, log *slog.Logger) error {
	done, err := o.Tend(ctx)
	if done != (region.Removal{}) {
		log.Info("documents removed", "requests", done.Requests, "documents", done.Documents, "bytes", done.Size)
	}
	if err != nil {
		return err
	}
	room, err := o.Room(ctx)
	if err == nil && room.Scarce() {
		log.Warn("little room is left for requests that are not registered", "requests", room.Requests, "documents", room.Documents, "bytes", room.Size)
	}
	return err
}

func (p *program) membershipRetention() *cobra.Command {
	var months int
	c := &cobra.Command{
		Use:   "retention [--months N]",
		Short: "Say or set how long documents of closed requests are kept, and say how much room strangers have left",
		Long: `Say or set for how many months the documents of requests are kept that were rejected, withdrawn or have expired;
0 keeps them for ever. The servers remove them by themselves. Requests, their history and the documents of members stay.`,
		Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), "", func(o *opened) error {
				if c.Flags().Changed("months") {
					if err := o.KeepFor(c.Context(), months); err != nil {
						return err
					}
				}
				return p.printRetention(c.Context(), o)
			})
		},
	}
	c.Flags().IntVar(&months, "months", region.DefaultMonthsKept, "months after a request was closed, at most 120; 0 for ever")
	return c
}

func (p *program) printRetention(ctx context.Context, o *opened) error {
	months, err := o.MonthsKept(ctx)
	if err != nil {
		return err
	}
	room, err := o.Room(ctx)
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(map[string]any{"months": months, "room": map[string]any{
			"requests": room.Requests, "max_requests": room.MaxRequests, "documents": room.Documents, "max_documents": room.MaxDocuments,
			"size": room.Size, "max_size": room.MaxSize,
		}})
	}
	kept := fmt.Sprintf("%d months", months)
	if months == 0 {
		kept = "for ever"
	}
	_, err = fmt.Fprintf(p.out, "documents of closed requests are kept %s\nnot registered yet: requests %d of %d, documents %d of %d, MiB %d of %d\n",
		kept, room.Requests, room.MaxRequests, room.Documents, room.MaxDocuments, room.Size>>20, room.MaxSize>>20)
	return err
}

func (p *program) membershipRemoveDocuments() *cobra.Command {
	return &cobra.Command{
		Use:   "remove-documents [REQUEST]",
		Short: "Remove what is due now, as the servers do by themselves; with REQUEST the documents of that closed request, before their time",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), "", func(o *opened) error {
				done, err := p.removeDocuments(c.Context(), o, args)
				if err != nil {
					return err
				}
				if p.json {
					return p.printJSON(map[string]any{"requests": done.Requests, "documents": done.Documents, "size": done.Size})
				}
				_, err = fmt.Fprintf(p.out, "removed: requests %d, documents %d, bytes %d\n", done.Requests, done.Documents, done.Size)
				return err
			})
		},
	}
}

func (p *program) removeDocuments(ctx context.Context, o *opened, args []string) (region.Removal, error) {
	if len(args) == 0 {
		return o.RemoveDocuments(ctx)
	}
	now, err := find(ctx, o, args[0])
	if err != nil {
		return region.Removal{}, err
	}
	return o.RemoveDocumentsOf(ctx, administrator(), now.ID)
}
