package speed

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"polis/app/search/bench"
)

// Plan is what is to be measured.
type Plan struct {
	Folder   bench.Folders
	Sizes    []int
	Systems  []string
	BleveMax int           // bleve is left out of larger corpora
	Queries  int           // of each class
	Rounds   int           // batches of a class, systems in turns
	Budget   time.Duration // of each system and class
	Self     []string      // how to start a worker
	Log      io.Writer     // progress
}

// figures are one system's over one corpus.
type figures struct {
	system string
	built  Built
	opened Opened
	memory Memory
	took   map[string][]time.Duration
}

// Run measures all sizes and prints their tables.
func (p *Plan) Run(w io.Writer) error {
	for _, n := range p.Sizes {
		if err := p.size(w, n); err != nil {
			return fmt.Errorf("%d sheets: %w", n, err)
		}
	}
	return nil
}

func (p *Plan) size(w io.Writer, n int) error {
	dir, err := os.MkdirTemp("", "polis-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	r, err := p.corpus(n)
	if err != nil {
		return err
	}
	if r.figures, err = p.build(dir, n); err != nil {
		return err
	}
	if err := p.questions(r, dir); err != nil {
		return err
	}
	if slices.Contains(p.Systems, Ours) {
		p.say("%d sheets: 100 sheets change while others search", n)
		if err := p.once("delta", Ours, dir, n, &r.delta); err != nil {
			return err
		}
	}
	r.print(w)
	return nil
}

// corpus tells what is known of the sheets before anything is built; the
// sheets themselves are let go, the workers need the memory.
func (p *Plan) corpus(n int) (*report, error) {
	docs, from, err := Corpus(p.Folder, n)
	if err != nil {
		return nil, err
	}
	r := &report{sheets: n, from: from, text: bench.TextSize(docs), classes: Classes(docs, p.Queries, seedClasses)}
	for i := range docs {
		if docs[i].Language == "it" {
			r.italian++
		}
	}
	return r, nil
}

// build builds every index once; variants of a peer share it.
func (p *Plan) build(dir string, n int) ([]*figures, error) {
	built := map[string]Built{}
	var all []*figures
	for _, system := range p.Systems {
		base := strings.TrimSuffix(system, titles)
		if base == Bleve && n > p.BleveMax {
			continue
		}
		b, ok := built[base]
		if !ok {
			p.say("%d sheets: %s is built", n, base)
			if err := p.once("build", base, dir, n, &b); err != nil {
				return nil, err
			}
			built[base] = b
		}
		all = append(all, &figures{system: system, built: b, took: map[string][]time.Duration{}})
	}
	return all, nil
}

func (p *Plan) say(format string, args ...any) {
	fmt.Fprintf(p.Log, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

func (p *Plan) command(role, system, dir string, sheets int) *exec.Cmd {
	args := append(slices.Clone(p.Self[1:]), "-role", role, "-system", system, "-dir", dir,
		"-sheets", strconv.Itoa(sheets), "-root", p.Folder.Root)
	cmd := exec.Command(p.Self[0], args...) //nolint:gosec // this very program
	cmd.Stderr = os.Stderr
	return cmd
}

// once runs a worker that reports and ends.
func (p *Plan) once(role, system, dir string, sheets int, result any) error {
	out, err := p.command(role, system, dir, sheets).Output()
	if err != nil {
		return fmt.Errorf("%s %s: %w", role, system, err)
	}
	return json.Unmarshal(out, result)
}

// served is a worker that answers batches.
type served struct {
	*figures
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
	left time.Duration // of the budget of this class
}

// questions asks every class, the systems in turns.
func (p *Plan) questions(r *report, dir string) (err error) {
	var all []*served
	defer func() {
		for _, s := range all {
			err = errors.Join(err, s.in.Close(), s.cmd.Wait())
		}
	}()
	for _, f := range r.figures {
		s, err := p.serve(f, dir, r.sheets)
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	if err := p.warm(r, all); err != nil {
		return err
	}
	for i := range r.classes {
		p.say("%d sheets: %s", r.sheets, r.classes[i].Name)
		if err := p.class(&r.classes[i], all); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) serve(f *figures, dir string, sheets int) (*served, error) {
	s := &served{figures: f, cmd: p.command("serve", f.system, dir, sheets)}
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.out = json.NewDecoder(out)
	return s, s.out.Decode(&s.opened)
}

func (s *served) call(r request) (answer, error) {
	var a answer
	if err := json.NewEncoder(s.in).Encode(r); err != nil {
		return a, fmt.Errorf("%s: %w", s.system, err)
	}
	if err := s.out.Decode(&a); err != nil {
		return a, fmt.Errorf("%s: %w", s.system, err)
	}
	if a.Error != "" {
		return a, fmt.Errorf("%s: %s", s.system, a.Error)
	}
	return a, nil
}

// warm asks some questions of every class unmeasured, then looks at the
// memory, and last has ours load the texts for its snippets.
func (p *Plan) warm(r *report, all []*served) error {
	for _, s := range all {
		for i := range r.classes {
			c := &r.classes[i]
			if c.Screen {
				continue
			}
			if _, err := s.call(request{Texts: c.Texts[:min(20, len(c.Texts))], Budget: p.Budget / 4}); err != nil {
				return err
			}
		}
		a, err := s.call(request{Do: "memory"})
		if err != nil {
			return err
		}
		s.memory = a.Memory
		if s.system == Ours {
			if _, err := s.call(request{Do: "texts"}); err != nil {
				return err
			}
		}
	}
	return nil
}

// class asks the questions of a class in batches; who begins changes.
func (p *Plan) class(c *Class, all []*served) error {
	for _, s := range all {
		s.left = p.Budget
	}
	rounds := max(1, min(p.Rounds, len(c.Texts)))
	for round := range rounds {
		batch := c.Texts[round*len(c.Texts)/rounds : (round+1)*len(c.Texts)/rounds]
		for i := range all {
			s := all[(i+round)%len(all)]
			if c.Screen && s.system != Ours {
				continue
			}
			if err := s.batch(c, batch); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *served) batch(c *Class, texts []string) error {
	if s.left <= 0 {
		return nil
	}
	a, err := s.call(request{Texts: texts, Screen: c.Screen, Budget: s.left})
	if err != nil {
		return err
	}
	s.took[c.Name] = append(s.took[c.Name], a.Took...)
	for _, t := range a.Took {
		s.left -= t
	}
	return nil
}
