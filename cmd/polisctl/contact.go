package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/contacts"
	"polis/cmd/station"
)

func (c *control) contactCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "contact", Short: c.book.Text("ctl.contact"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("contact " + args[0])
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error { return usage("contact add | contact list | contact papers") },
	}
	cmd.AddCommand(c.contactAddCommand(), c.contactListCommand(), c.contactPapersCommand())
	return cmd
}

// handedOut marks a sheet that was given on paper.
const handedOut = "@handed-out"

func (c *control) contactAddCommand() *cobra.Command {
	var k app.Contact
	var sheets []string
	var note, referral, due string
	cmd := &cobra.Command{
		Use:   "add --channel C --user U --outcome O [--request-type T] [--topic T] [--sheet CODE[@handed-out]]... [--note TEXT]",
		Short: c.book.Text("ctl.contact_add"), Args: c.exactly(0, "contact add"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := extras(&k, referral, due); err != nil {
				return err
			}
			return c.with(cmd.Context(), func(s *station.Station) error {
				var err error
				if k.Sheets, err = contactSheets(cmd.Context(), s, sheets); err != nil {
					return err
				}
				saved, err := s.Desk.Record(cmd.Context(), k, app.Personal{Note: note})
				if err != nil {
					return err
				}
				if c.json {
					return c.writeJSON(saved)
				}
				return c.line("%s\n%s", c.book.Text("ctl.logged", "number", saved.Number), saved.ID)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&k.Channel, "channel", "", strings.Join(app.Channels(), "|"))
	f.StringVar(&k.User, "user", "", strings.Join(app.Users(), "|"))
	f.StringVar(&k.Outcome, "outcome", "", strings.Join(app.Outcomes(), "|"))
	f.StringVar(&k.RequestType, "request-type", app.RequestTypeInformation, strings.Join(app.RequestTypes(), "|"))
	f.StringVar(&k.Topic, "topic", app.TopicUnspecified, c.book.Text("ctl.flag.topic"))
	f.StringVar(&k.UnmetReason, "unmet-reason", "", strings.Join(app.UnmetReasons(), "|"))
	f.StringArrayVar(&sheets, "sheet", nil, c.book.Text("ctl.flag.sheet"))
	f.StringVar(&note, "note", "", c.book.Text("ctl.flag.note"))
	f.StringVar(&referral, "referral", "", c.book.Text("ctl.flag.referral"))
	f.StringVar(&due, "follow-up", "", c.book.Text("ctl.flag.follow_up"))
	return cmd
}

func extras(k *app.Contact, referral, due string) error {
	if referral != "" {
		k.Referral = &app.Referral{Office: referral}
	}
	if due != "" {
		if _, err := time.Parse(time.DateOnly, due); err != nil {
			return app.Fault(app.CodeInvalid, err, "field", "follow_up", "value", due)
		}
		k.FollowUp = &app.FollowUp{Due: app.Date(due)}
	}
	return nil
}

func contactSheets(ctx context.Context, s *station.Station, args []string) ([]app.ContactSheet, error) {
	var out []app.ContactSheet
	for _, a := range args {
		code, given := strings.CutSuffix(a, handedOut)
		r, err := s.Catalogue.Reading(ctx, code)
		if err != nil {
			return nil, err
		}
		cs := app.ContactSheet{Code: r.Code, Version: r.Version, Language: r.Shown, HandedOut: given}
		if given {
			cs.Copies = 1
		}
		out = append(out, cs)
	}
	return out, nil
}

func (c *control) contactListCommand() *cobra.Command {
	var from, to, file string
	cmd := &cobra.Command{
		Use: "list [--from D] [--to D] [--csv FILE]", Short: c.book.Text("ctl.contact_list"), Args: c.exactly(0, "contact list"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			span := app.Span{From: app.Date(from), To: app.Date(to)}
			for field, d := range map[string]string{"from": from, "to": to} {
				if _, err := time.Parse(time.DateOnly, d); d != "" && err != nil {
					return app.Fault(app.CodeInvalid, err, "field", field, "value", d)
				}
			}
			return c.with(cmd.Context(), func(s *station.Station) error {
				entries, err := s.Office.Contacts(cmd.Context(), span, 0)
				if err != nil {
					return err
				}
				return c.listContacts(entries, file)
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", "", c.book.Text("ctl.flag.from"))
	cmd.Flags().StringVar(&to, "to", "", c.book.Text("ctl.flag.to"))
	cmd.Flags().StringVar(&file, "csv", "", c.book.Text("ctl.flag.csv"))
	return cmd
}

func (c *control) listContacts(entries []contacts.Entry, file string) error {
	switch {
	case file == "-":
		return contacts.WriteCSV(c.out, entries, time.Local)
	case file != "":
		err := station.WriteFile(file, func(w io.Writer) error { return contacts.WriteCSV(w, entries, time.Local) })
		if err != nil {
			return err
		}
		return c.line("%s", c.book.Text("ctl.saved", "path", file))
	case c.json:
		list := make([]app.Contact, len(entries))
		for i := range entries {
			list[i] = entries[i].Contact
		}
		return c.writeJSON(map[string][]app.Contact{"contacts": list})
	}
	for i := range entries {
		e := &entries[i]
		err := c.line("%s  %s  %-10s %-12s %-12s %s", e.Number, e.RecordedAt.Local().Format("2006-01-02 15:04"),
			c.book.Text("channel."+e.Channel), c.book.Text("user."+e.User), c.book.Text("outcome."+e.Outcome), e.ID)
		if err != nil {
			return err
		}
	}
	return c.line("%s", c.book.Count("ctl.contacts", len(entries)))
}

func (c *control) contactPapersCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "papers [--csv FILE]", Short: c.book.Text("ctl.contact_papers"), Args: c.exactly(0, "contact papers"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(s *station.Station) error {
				all, err := contacts.Outdated(cmd.Context(), s.Office, s.Catalogue, time.Now())
				if err != nil {
					return err
				}
				return c.listPapers(all, file)
			})
		},
	}
	cmd.Flags().StringVar(&file, "csv", "", c.book.Text("ctl.flag.csv"))
	return cmd
}

// outdated is what programs are told of papers of one sheet; whom to tell is
// read in the window only.
type outdated struct {
	Code     string   `json:"code"`
	Title    string   `json:"title,omitempty"`
	Version  int64    `json:"version"`
	Copies   int      `json:"copies"`
	ToTell   int      `json:"to_tell"`
	Contacts []string `json:"contacts"` // their numbers
}

func (c *control) listPapers(all []contacts.Papers, file string) error {
	switch {
	case file == "-":
		return contacts.WritePapersCSV(c.out, all, time.Local)
	case file != "":
		err := station.WriteFile(file, func(w io.Writer) error { return contacts.WritePapersCSV(w, all, time.Local) })
		if err != nil {
			return err
		}
		return c.line("%s", c.book.Text("ctl.saved", "path", file))
	}
	list := make([]outdated, len(all))
	for i := range all {
		p := &all[i]
		list[i] = outdated{Code: p.Code, Title: p.Title, Version: p.Version, Copies: p.Copies, ToTell: len(p.ToTell()), Contacts: []string{}}
		for k := range p.Contacts {
			list[i].Contacts = append(list[i].Contacts, p.Contacts[k].Number)
		}
	}
	if c.json {
		return c.writeJSON(map[string][]outdated{"papers": list})
	}
	for _, o := range list {
		title := o.Title
		if title == "" {
			title = c.book.Text("contacts.detail.gone", "code", o.Code)
		}
		numbers := []string{c.book.Count("contacts.papers.copies", o.Copies), c.book.Count("contacts.count", len(o.Contacts))}
		if o.ToTell > 0 {
			numbers = append(numbers, c.book.Count("contacts.papers.to_tell", o.ToTell))
		}
		if err := c.line("%s  %s\n    %s", o.Code, title, strings.Join(numbers, " · ")); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return c.line("%s", c.book.Text("contacts.empty.papers"))
	}
	return nil
}
