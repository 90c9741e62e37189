package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/membership"
	"polis/app/page"
	"polis/app/phrase"
	"polis/assets"
	"polis/data/hubstore"
	"polis/data/layout"
	"polis/data/pdf"
)

// The letter with the activation code goes to the body's PEC and nowhere
// else.

// letterFlags say what becomes of a letter.
type letterFlags struct {
	file, lang, pec string
	change          string // "" = a fresh one
	code            bool
}

func (f *letterFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.file, "letter", "", "PDF to write, for the body's PEC; the text of the PEC comes beside it as .txt")
	c.Flags().StringVar(&f.lang, "lang", "it", "language of the letter: it, en")
	c.Flags().StringVar(&f.pec, "pec", "", "PEC of a body that the register does not know, confirmed: as in the request")
	c.Flags().BoolVar(&f.code, "print-code", false, "print the activation code, for tests and scripts")
}

func (f *letterFlags) wanted() bool { return f.file != "" || f.code }

// letterAnswer is what a command says of a letter. The code is in it only
// when somebody asked for that.
type letterAnswer struct {
	Case      membership.Case `json:"case"`
	PEC       string          `json:"pec,omitempty"`
	ExpiresAt *time.Time      `json:"expires_at,omitempty"`
	Code      string          `json:"code,omitempty"`
	Files     []string        `json:"files,omitempty"`
}

func (p *program) membershipActivate() *cobra.Command {
	return p.withLetter(&cobra.Command{
		Use:   "activate REQUEST [--letter FILE] [--print-code]",
		Short: "Make the body a member: authority, offices and responsabile, and the letter with the activation code",
	}, membership.Activate, decision{})
}

func (p *program) membershipRestore() *cobra.Command {
	return p.withLetter(&cobra.Command{
		Use: "restore REQUEST --reason TEXT [--letter FILE] [--print-code]", Short: "Take back the end of a membership; its workstations need a new code",
	}, membership.Restore, decision{reason: true})
}

func (p *program) membershipLetter() *cobra.Command {
	return p.withLetter(&cobra.Command{
		Use: "letter REQUEST --letter FILE [--print-code]", Short: "Make another letter; codes before that were not used hold no longer",
	}, "", decision{})
}

// withLetter completes a command that lets an event happen, none when it is
// "", and makes a letter when one is asked for.
func (p *program) withLetter(c *cobra.Command, event membership.Event, d decision) *cobra.Command {
	var ch change
	var f letterFlags
	c.Args = usage(cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, args []string) error {
		if event == "" && !f.wanted() {
			return app.Fault(app.CodeUsage, nil, "detail", "--letter FILE")
		}
		how, err := p.reachable(f.wanted())
		if err != nil {
			return err
		}
		return p.withHow(c.Context(), how, func(o *opened) error {
			if event != "" {
				if _, err := p.happen(c.Context(), o, args[0], event, ch); err != nil {
					return err
				}
			}
			answer, err := p.letter(c.Context(), o, args[0], f)
			if err != nil {
				return err
			}
			return p.printLetter(answer)
		})
	}
	if event != "" {
		ch.add(c, d)
	} else {
		c.Flags().StringVar(&f.change, "change", "", "identifier (UUID) of this letter: the same one again is no second letter, but its code takes the place of the one before (default: a fresh one)")
	}
	f.add(c)
	return c
}

// letter makes the letter and its files.
func (p *program) letter(ctx context.Context, o *opened, name string, f letterFlags) (answer letterAnswer, err error) {
	if answer.Case, err = find(ctx, o, name); err != nil || !f.wanted() {
		return answer, err
	}
	paper, err := newPaper(f.lang)
	if err != nil {
		return answer, err
	}
	if f.change == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return answer, err
		}
		f.change = id.String()
	}
	letter, err := o.MembershipLetter(ctx, administrator(), membership.LetterRequest{Change: f.change, Request: answer.Case.ID, PEC: f.pec})
	if err != nil {
		return answer, err
	}
	answer.PEC, answer.ExpiresAt = letter.PEC, &letter.ExpiresAt
	if f.code {
		answer.Code = letter.Code
	}
	if f.file != "" {
		if answer.Files, err = paper.write(f.file, letter); err != nil {
			return answer, err
		}
	}
	answer.Case, err = find(ctx, o, name)
	return answer, err
}

func (p *program) printLetter(a letterAnswer) error {
	if p.json {
		return p.printJSON(a)
	}
	if err := p.printCase(a.Case); err != nil {
		return err
	}
	var lines []string
	if a.PEC != "" {
		lines = append(lines, fmt.Sprintf("letter to %s, code until %s", a.PEC, day(a.ExpiresAt)))
	}
	lines = append(lines, a.Files...)
	if a.Code != "" {
		lines = append(lines, a.Code)
	}
	if len(lines) == 0 {
		return nil
	}
	_, err := fmt.Fprintln(p.out, strings.Join(lines, "\n"))
	return err
}

// paper sets letters in a language.
type paper struct {
	words  *phrase.Book
	engine *layout.Engine
	writer *pdf.Writer
}

// newPaper loads words and fonts. CodeInvalid for a language that we have no
// words in.
func newPaper(lang string) (*paper, error) {
	if lang != "it" && lang != "en" {
		return nil, app.Fault(app.CodeInvalid, nil, "field", "--lang", "value", lang)
	}
	words, err := phrase.New(lang, assets.Translations(lang)...)
	if err != nil {
		return nil, err
	}
	fonts := page.LoadFonts(assets.Font)
	engine, err := layout.New(fonts)
	if err != nil {
		return nil, err
	}
	for lang, patterns := range assets.Hyphenation() {
		if err := engine.Hyphenate(lang, patterns); err != nil {
			return nil, err
		}
	}
	return &paper{words, engine, pdf.New(fonts, engine)}, nil
}

// write writes the letter as PDF and beside it the text of the PEC; both can
// be read by their owner only.
func (a *paper) write(file string, letter membership.Letter) ([]string, error) {
	// A server's own clock may stand in another zone, and know no others.
	zone := membership.ItalianTime(letter.ExpiresAt).Location()
	in := membership.LetterInput{Letter: letter, Words: a.words.Text, Lang: a.words.Lang(), Zone: zone}
	list, err := a.engine.Layout(membership.LetterPaper(in))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := a.writer.Write(&out, list); err != nil {
		return nil, err
	}
	text := strings.TrimSuffix(file, filepath.Ext(file)) + ".txt"
	for _, f := range []struct {
		path    string
		content []byte
	}{{file, out.Bytes()}, {text, membership.LetterMail(in, filepath.Base(file))}} {
		if err := hubstore.WriteSecretFile(f.path, f.content); err != nil {
			return nil, app.Fault(app.CodeFile, err, "path", f.path)
		}
	}
	return []string{file, text}, nil
}
