package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/membership"
	"polis/app/region"
	"polis/data/signature"
	"polis/data/wire"
)

// Requests to join, for who administers the hub and for scripts: the same
// decisions as on an examiner's screen.

func (p *program) membershipCommand() *cobra.Command {
	c := &cobra.Command{Use: "membership", Short: "Deal with requests to join the network", Args: usage(cobra.NoArgs), RunE: help}
	c.PersistentFlags().BoolVar(&p.json, "json", false, "answer in JSON")
	c.AddCommand(p.membershipList(), p.membershipShow(), p.membershipLetter(), p.membershipActivate(), p.membershipImport(),
		p.membershipExport(), p.membershipRestore(), p.registerAgreement(), p.membershipRetention(), p.membershipRemoveDocuments())
	for _, d := range []decision{
		{use: "register", short: "Give a request the number under which the region's protocol office has it", event: membership.Register, protocol: true},
		{use: "review", short: "Begin to examine a request", event: membership.StartReview},
		{use: "request-integration", short: "Ask the body to complete its request; the region's term stops", event: membership.RequestIntegration, reason: true, fields: true},
		{use: "accept", short: "Accept a request; the body has 30 days to sign the agreement", event: membership.Accept, reason: true},
		{use: "reject", short: "Reject a request", event: membership.Reject, reason: true},
		{use: "return-agreement", short: "Ask the body to sign the agreement again", event: membership.ReturnAgreement, reason: true},
		{use: "end", short: "End a membership: workstations and codes hold no longer, figures stay", event: membership.End, reason: true},
	} {
		c.AddCommand(p.decide(d))
	}
	return c
}

// decision is an event that a command of its own lets happen.
type decision struct {
	use, short               string
	event                    membership.Event
	reason, fields, protocol bool // flags that it has
}

// change collects what the flags of a decision say.
type change struct {
	membership.Change
	date string
}

func (ch *change) add(c *cobra.Command, d decision) {
	c.Flags().StringVar(&ch.ID, "change", "", "identifier (UUID) of this decision: the same one again is no second decision (default: a fresh one)")
	if d.reason {
		c.Flags().StringVar(&ch.Reason, "reason", "", "why, for the body to read")
	}
	if d.fields {
		c.Flags().StringArrayVar(&ch.Fields, "field", nil, "what is to be completed, for example offices.0.email; may be repeated")
	}
	if d.protocol {
		c.Flags().StringVar(&ch.Protocol.Number, "protocol", "", "number of the region's protocol office")
		c.Flags().StringVar(&ch.date, "date", "", "its day, for example 2026-11-03 (default: today in Italy)")
	}
}

func (p *program) decide(d decision) *cobra.Command {
	var ch change
	c := &cobra.Command{
		Use: d.use + " REQUEST", Short: d.short, Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), "", func(o *opened) error {
				now, err := p.happen(c.Context(), o, args[0], d.event, ch)
				if err != nil {
					return err
				}
				return p.printCase(now)
			})
		},
	}
	ch.add(c, d)
	return c
}

// happen lets an event happen to the request as it is now.
func (p *program) happen(ctx context.Context, o *opened, name string, event membership.Event, ch change) (membership.Case, error) {
	now, err := find(ctx, o, name)
	if err != nil {
		return membership.Case{}, err
	}
	next := ch.Change
	next.Request, next.Event = now.ID, event
	if next.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return membership.Case{}, err
		}
		next.ID = id.String()
	}
	if next.Protocol.Number != "" {
		next.Protocol.Date = app.Date(cmp.Or(ch.date, string(membership.Today(p.clock.Now()))))
	}
	if event == membership.RegisterAgreement && next.Document == nil {
		next.Document = now.Agreement
	}
	return o.ExaminerChange(ctx, administrator(), next)
}

// administrator is who works at the hub's own command line.
func administrator() region.Caller { return region.Administrator("") }

// find takes the identifier of a request or the number of its receipt.
func find(ctx context.Context, o *opened, name string) (membership.Case, error) {
	if uuid.Validate(name) == nil {
		return o.MembershipCase(ctx, administrator(), name)
	}
	all, err := cases(ctx, o)
	if err != nil {
		return membership.Case{}, err
	}
	for _, c := range all {
		if c.Number == name {
			return o.MembershipCase(ctx, administrator(), c.ID)
		}
	}
	return membership.Case{}, app.Fault(app.CodeNotFound, nil, "what", name)
}

// cases returns all requests, the newest first.
func cases(ctx context.Context, o *opened) ([]membership.Case, error) {
	var all []membership.Case
	for after, more := int64(0), true; more; {
		page, err := o.MembershipCases(ctx, administrator(), after, region.MaxPage)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if more = page.HasMore && len(page.Items) > 0; more {
			after = page.Items[len(page.Items)-1].Version
		}
	}
	slices.SortStableFunc(all, func(a, b membership.Case) int {
		return cmp.Or(b.ReceivedAt.Compare(a.ReceivedAt), cmp.Compare(b.Number, a.Number))
	})
	return slices.CompactFunc(all, func(a, b membership.Case) bool { return a.ID == b.ID }), nil // one that changed meanwhile comes twice
}

func (p *program) membershipList() *cobra.Command {
	var open bool
	c := &cobra.Command{
		Use: "list [--open] [--json]", Short: "List requests, the newest first", Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), "", func(o *opened) error {
				all, err := cases(c.Context(), o)
				if err != nil {
					return err
				}
				if open {
					all = slices.DeleteFunc(all, func(c membership.Case) bool { return !c.State.Open() })
				}
				if p.json {
					return p.printJSON(all)
				}
				return p.table("number\trequest\tstate\tbody\tname\treceived\tdue\texpires", len(all), func(i int) string {
					c := all[i]
					return strings.Join([]string{c.Number, c.ID, string(c.State), c.Authority, c.Name, day(&c.ReceivedAt), day(c.Due), day(c.ExpiresAt)}, "\t")
				})
			})
		},
	}
	c.Flags().BoolVar(&open, "open", false, "only those that are still dealt with")
	return c
}

func (p *program) membershipShow() *cobra.Command {
	return &cobra.Command{
		Use: "show REQUEST [--json]", Short: "Show a request with its history; REQUEST is its identifier or the number of its receipt", Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), "", func(o *opened) error {
				now, err := find(c.Context(), o, args[0])
				if err != nil {
					return err
				}
				return p.printCase(now)
			})
		},
	}
}

func (p *program) printJSON(v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.out, string(text))
	return err
}

// printCase says where a request stands and how it came there.
func (p *program) printCase(c membership.Case) error {
	if p.json {
		return p.printJSON(c)
	}
	head := fmt.Sprintf("%s  %s\n%s (%s)\n%s", c.Number, c.ID, c.Name, c.Authority, c.State)
	for _, term := range []struct {
		name string
		at   *time.Time
	}{{"due", c.Due}, {"expires", c.ExpiresAt}} {
		if term.at != nil {
			head += fmt.Sprintf(", %s %s", term.name, day(term.at))
		}
	}
	if c.DocumentsRemovedAt != nil {
		head += "\ndocuments removed " + day(c.DocumentsRemovedAt)
	}
	if len(c.Rivals) > 0 {
		head += "\nother requests for this body: " + strings.Join(c.Rivals, ", ")
	}
	if _, err := fmt.Fprintln(p.out, head); err != nil {
		return err
	}
	return p.table("when\twhat\tto\tby\twhy", len(c.History), func(i int) string {
		e := c.History[i]
		why := strings.Join(strings.Fields(e.Reason), " ")
		if e.Protocol.Number != "" {
			why = strings.TrimSpace(e.Protocol.Number + " of " + string(e.Protocol.Date) + " " + why)
		}
		return strings.Join([]string{e.At.Format(time.RFC3339), string(e.Event), string(e.To), e.By.Role, printable(why)}, "\t")
	})
}

// printable leaves out what a terminal would obey: strangers write reasons.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, text)
}

// registerAgreement takes the agreement that the body delivered, or a file
// that came by PEC.
func (p *program) registerAgreement() *cobra.Command {
	var ch change
	var file string
	c := &cobra.Command{
		Use:   "register-agreement REQUEST [--file FILE] [--protocol NUMBER] [--date DAY]",
		Short: "Register the digitally signed agreement, as it was delivered or from a file that came by PEC",
		Args:  usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), "", func(o *opened) error {
				if file != "" {
					d, err := p.storeAgreement(c.Context(), o, args[0], file)
					if err != nil {
						return err
					}
					ch.Document = &d
				}
				now, err := p.happen(c.Context(), o, args[0], membership.RegisterAgreement, ch)
				if err != nil {
					return err
				}
				return p.printCase(now)
			})
		},
	}
	ch.add(c, decision{protocol: true})
	c.Flags().StringVar(&file, "file", "", "the signed agreement, a .p7m or a signed PDF")
	return c
}

// storeAgreement puts a signed agreement that came to the region with its
// request.
func (p *program) storeAgreement(ctx context.Context, o *opened, name, file string) (membership.Document, error) {
	now, err := find(ctx, o, name)
	if err != nil {
		return membership.Document{}, err
	}
	content, err := bounded(file, membership.MaxDocument)
	if err != nil {
		return membership.Document{}, err
	}
	signed, err := signature.ReadSignature(content)
	if app.ErrorCode(err) == app.CodeSignatureDetached {
		return membership.Document{}, err
	}
	if err != nil {
		return membership.Document{}, app.Fault(app.CodeNotSigned, err, "name", filepath.Base(file))
	}
	sum := sha256.Sum256(content)
	d := membership.Document{
		Kind: membership.DocumentAgreement, Title: filepath.Base(file), Name: filepath.Base(file), MediaType: "application/pdf",
		Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]), Signature: &signed,
	}
	if signed.Format == membership.FormatCAdES {
		d.MediaType = "application/pkcs7-mime"
	}
	for at := int64(0); at < d.Size; {
		part := region.BlobPart{SHA256: d.SHA256, Starts: at, Size: d.Size, Content: content[at:min(at+wire.MaxBlobPart, d.Size)]}
		upload, _, err := o.PutRegionDocument(ctx, administrator(), now.ID, part)
		if err != nil {
			return membership.Document{}, err
		}
		at = upload.Received
	}
	return d, nil
}

// bounded reads a file that is not longer than that.
func bounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", path)
	}
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", path)
	}
	if int64(len(content)) > most {
		return nil, app.Fault(app.CodeFileTooLarge, nil, "name", filepath.Base(path), "mb", strconv.FormatInt(most>>20, 10))
	}
	return content, nil
}

func (p *program) membershipImport() *cobra.Command {
	return &cobra.Command{
		Use: "import FILE [--json]", Short: "Take a request, and what its body asks of it since, from a stick or a PEC, sealed to this hub", Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			content, err := bounded(args[0], membership.MaxFile)
			if err != nil {
				return err
			}
			return p.with(c.Context(), "", func(o *opened) error {
				now, err := o.ImportMembershipFile(c.Context(), administrator(), content)
				if app.ErrorCode(err) == app.CodeMembershipFile {
					return app.Fault(app.CodeMembershipFile, err, "path", args[0])
				}
				if err != nil {
					return err
				}
				return p.printCase(now)
			})
		},
	}
}

// membershipExport is the way down for who has no link.
func (p *program) membershipExport() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "export REQUEST -o FILE", Short: "Write how a request stands, signed and sealed to the workstation that made it, for a stick or a PEC", Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if out == "" {
				return app.Fault(app.CodeUsage, nil, "detail", "-o FILE")
			}
			return p.with(c.Context(), "", func(o *opened) error {
				now, err := find(c.Context(), o, args[0])
				if err != nil {
					return err
				}
				answer, err := o.MembershipAnswer(c.Context(), administrator(), now.ID)
				if err != nil {
					return err
				}
				if err := replaced(out, func(w io.Writer) error { _, err := w.Write(answer); return err }); err != nil {
					return err
				}
				return p.printCase(now)
			})
		},
	}
	c.Flags().StringVarP(&out, "output", "o", "", "file to write")
	return c
}
