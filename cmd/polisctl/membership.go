package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/membership"
	"polis/cmd/station"
)

// membershipCommand makes requests to join the network and follows them, as
// the screen Adesioni does.
func (c *control) membershipCommand() *cobra.Command {
	const how = "membership list|show|new|attach|detach|submit|withdraw|agreement|export|answer|refresh|network"
	cmd := &cobra.Command{
		Use: "membership", Short: c.book.Text("ctl.membership"),
		RunE: func(*cobra.Command, []string) error { return usage(how) },
	}
	cmd.AddCommand(c.requestList(), c.requestShow(), c.requestNew(), c.requestAttach(), c.requestDetach(), c.requestSubmit(), c.requestWithdraw(),
		c.requestAgreement(), c.requestExport(), c.requestAnswer(), c.requestRefresh(), c.requestNetwork())
	return cmd
}

// filedJSON is a request as programs read it.
type filedJSON struct {
	ID      string              `json:"id"`
	State   membership.State    `json:"state"`
	Body    string              `json:"body,omitempty"`
	Number  string              `json:"number,omitempty"` // of the receipt
	SavedAt time.Time           `json:"saved_at"`
	SentAt  *time.Time          `json:"sent_at,omitempty"`
	Waiting int                 `json:"waiting"`
	Problem app.Code            `json:"problem,omitempty"`
	Params  map[string]string   `json:"params,omitempty"`
	Case    *membership.Case    `json:"case,omitempty"`
	Request *membership.Request `json:"request,omitempty"`
}

func toJSON(f membership.Filed, whole bool) filedJSON {
	out := filedJSON{
		ID: f.Request.ID, State: f.State(), Body: f.Request.Body.Name, SavedAt: f.SavedAt.UTC(), Waiting: f.Waiting, Problem: f.Problem, Params: f.Params,
	}
	if !f.SentAt.IsZero() {
		at := f.SentAt.UTC()
		out.SentAt = &at
	}
	if f.Case != nil {
		out.Number = f.Case.Number
	}
	if whole {
		out.Case, out.Request = f.Case, &f.Request
	}
	return out
}

func (c *control) requestList() *cobra.Command {
	return c.act("membership", "list", 0, func(ctx context.Context, s *station.Station, _ []string) error {
		all, err := s.Applications.All(ctx)
		if err != nil {
			return err
		}
		if c.json {
			items := make([]filedJSON, len(all))
			for i := range all {
				items[i] = toJSON(all[i], false)
			}
			return c.writeJSON(map[string]any{"items": items})
		}
		for _, f := range all {
			if err := c.filedLine(f); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *control) filedLine(f membership.Filed) error {
	number := ""
	if f.Case != nil {
		number = f.Case.Number
	}
	return c.line("%s  %-24s %-12s %s", f.Request.ID, c.book.Text("membership.state."+string(f.State())), orDash(number), orDash(f.Request.Body.Name))
}

func (c *control) requestShow() *cobra.Command {
	return c.act("membership", "show ID", 1, func(ctx context.Context, s *station.Station, args []string) error {
		f, err := s.Applications.Get(ctx, args[0])
		if err != nil {
			return err
		}
		return c.showFiled(f)
	})
}

// showFiled shows how a request stands, what is to be done, and its history.
func (c *control) showFiled(f membership.Filed) error {
	if c.json {
		return c.writeJSON(toJSON(f, true))
	}
	if err := c.filedLine(f); err != nil {
		return err
	}
	rows := [][2]string{{c.book.Text("ctl.row.waiting"), c.book.Number(f.Waiting)}}
	if f.Problem != "" {
		fault := app.Fault(f.Problem, nil)
		fault.Params = f.Params
		message, hint := c.book.Error(fault)
		rows = append(rows, [2]string{c.book.Text("ctl.row.problem"), message}, [2]string{c.book.Text("ctl.row.hint"), hint})
	}
	for _, d := range f.Request.Documents {
		rows = append(rows, [2]string{c.book.Text("ctl.row.document"), d.Name + "  " + d.SHA256})
	}
	if f.Case != nil {
		for _, e := range f.Case.History {
			rows = append(rows, [2]string{c.moment(e.At), c.book.Text("membership.event."+string(e.Event)) + reason(e)})
		}
	}
	for _, r := range rows {
		if err := c.line("%-22s %s", r[0], r[1]); err != nil {
			return err
		}
	}
	return nil
}

func reason(e membership.Entry) string {
	if e.Reason == "" {
		return ""
	}
	return ": " + e.Reason
}

func (c *control) requestNew() *cobra.Command {
	var from string
	cmd := c.act("membership", "new [--from FILE.json]", 0, func(ctx context.Context, s *station.Station, _ []string) error {
		var r membership.Request
		if from != "" {
			text, err := os.ReadFile(from)
			if err != nil {
				return app.Fault(app.CodeFile, err, "path", from)
			}
			if err := json.Unmarshal(text, &r); err != nil {
				return app.Fault(app.CodeInvalid, err, "field", "from", "value", from)
			}
		}
		f, err := s.Applications.New(ctx)
		if err == nil && from != "" {
			r.ID, r.Documents = f.Request.ID, nil // those are attached
			_, err = s.Applications.Save(ctx, r)
		}
		return c.after(ctx, s, f.Request.ID, err)
	})
	cmd.Flags().StringVar(&from, "from", "", c.book.Text("ctl.flag.request"))
	return cmd
}

// after shows a request as it is after something was done with it.
func (c *control) after(ctx context.Context, s *station.Station, id string, err error) error {
	if err != nil {
		return err
	}
	f, err := s.Applications.Get(ctx, id)
	if err != nil {
		return err
	}
	return c.showFiled(f)
}

func (c *control) requestAttach() *cobra.Command {
	var kind, title string
	cmd := c.act("membership", "attach ID FILE", 2, func(ctx context.Context, s *station.Station, args []string) error {
		_, err := attach(ctx, s, args[0], kind, title, args[1])
		return c.after(ctx, s, args[0], err)
	})
	cmd.Flags().StringVar(&kind, "kind", membership.DocumentOther, c.book.Text("ctl.flag.document_kind"))
	cmd.Flags().StringVar(&title, "title", "", c.book.Text("ctl.flag.title"))
	return cmd
}

func attach(ctx context.Context, s *station.Station, id, kind, title, path string) (d membership.Document, err error) {
	f, err := os.Open(path)
	if err != nil {
		return d, app.Fault(app.CodeFile, err, "path", path)
	}
	d, err = s.Applications.Attach(ctx, id, kind, title, filepath.Base(path), f)
	_ = f.Close() // only read
	return d, err
}

func (c *control) requestDetach() *cobra.Command {
	return c.act("membership", "detach ID SHA256", 2, func(ctx context.Context, s *station.Station, args []string) error {
		return c.after(ctx, s, args[0], s.Applications.Detach(ctx, args[0], args[1]))
	})
}

func (c *control) requestSubmit() *cobra.Command {
	return c.act("membership", "submit ID", 1, func(ctx context.Context, s *station.Station, args []string) error {
		_, err := s.Applications.Submit(ctx, args[0])
		return c.sent(ctx, s, args[0], err)
	})
}

// sent sends what was queued and shows what became of it. What the hub
// refused, and a hub that is out of reach, is a failure: what was queued stays
// so and goes with the next refresh.
func (c *control) sent(ctx context.Context, s *station.Station, id string, err error) error {
	if err == nil {
		err = s.Applications.Refresh(ctx)
	}
	f, gerr := s.Applications.Get(ctx, id)
	if err != nil || gerr != nil {
		return cmp.Or(err, gerr)
	}
	if err := c.showFiled(f); err != nil || f.Problem == "" {
		return err
	}
	fault := app.Fault(f.Problem, nil)
	fault.Params = f.Params
	return fault
}

func (c *control) requestWithdraw() *cobra.Command {
	var why string
	cmd := c.act("membership", "withdraw ID [--reason TEXT]", 1, func(ctx context.Context, s *station.Station, args []string) error {
		_, err := s.Applications.Withdraw(ctx, args[0], why)
		return c.sent(ctx, s, args[0], err)
	})
	cmd.Flags().StringVar(&why, "reason", "", c.book.Text("ctl.flag.reason"))
	return cmd
}

func (c *control) requestAgreement() *cobra.Command {
	return c.act("membership", "agreement ID FILE", 2, func(ctx context.Context, s *station.Station, args []string) error {
		d, err := attach(ctx, s, args[0], membership.DocumentAgreement, "", args[1])
		if err == nil {
			_, err = s.Applications.DeliverAgreement(ctx, args[0], d)
		}
		return c.sent(ctx, s, args[0], err)
	})
}

func (c *control) requestExport() *cobra.Command {
	return c.act("membership", "export ID FILE", 2, func(ctx context.Context, s *station.Station, args []string) error {
		err := station.WriteFile(args[1], func(w io.Writer) error { return s.Applications.Export(ctx, args[0], w) })
		if err != nil {
			return err
		}
		return c.line("%s", args[1])
	})
}

func (c *control) requestAnswer() *cobra.Command {
	return c.act("membership", "answer FILE", 1, func(ctx context.Context, s *station.Station, args []string) error {
		f, err := s.Applications.ReadAnswer(ctx, args[0])
		return c.after(ctx, s, f.Request.ID, err)
	})
}

func (c *control) requestRefresh() *cobra.Command {
	return c.act("membership", "refresh", 0, func(ctx context.Context, s *station.Station, _ []string) error {
		return s.Applications.Refresh(ctx)
	})
}

func (c *control) requestNetwork() *cobra.Command {
	var file, hub, ca string
	cmd := c.act("membership", "network [--file FILE | --hub URL [--ca FILE]]", 0, func(ctx context.Context, s *station.Station, _ []string) error {
		var err error
		switch {
		case file != "" && hub != "", ca != "" && hub == "":
			return usage("membership network --file FILE | --hub URL [--ca FILE]")
		case file != "":
			var n membership.Network
			if n, err = s.Applications.ReadNetwork(file); err == nil {
				err = s.Applications.SetNetwork(ctx, n)
			}
		case hub != "":
			err = typedIn(ctx, s, hub, ca)
		}
		n, nerr := s.Applications.Network(ctx)
		if err := errors.Join(err, nerr); err != nil {
			return err
		}
		if c.json {
			return c.writeJSON(n)
		}
		return c.line("%s", cmp.Or(n.Hub, c.book.Text("ctl.none")))
	})
	cmd.Flags().StringVar(&file, "file", "", c.book.Text("ctl.flag.network"))
	cmd.Flags().StringVar(&hub, "hub", "", c.book.Text("ctl.flag.hub"))
	cmd.Flags().StringVar(&ca, "ca", "", c.book.Text("ctl.flag.ca"))
	return cmd
}

func typedIn(ctx context.Context, s *station.Station, hub, ca string) error {
	n := membership.Network{Hub: hub}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return app.Fault(app.CodeFile, err, "path", ca)
		}
		n.CA = string(pem)
	}
	return s.Applications.SetNetwork(ctx, n)
}
