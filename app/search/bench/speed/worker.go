package speed

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"polis/app/search"
	"polis/app/search/bench"
)

// Job is what a worker process is told: a system, its folder, the corpus.
type Job struct {
	System string
	Dir    string
	Sheets int
	Folder bench.Folders
}

// Built is what building cost.
type Built struct {
	Wall, CPU time.Duration
	Size      int64
}

// Build builds the index of a corpus and reports as JSON.
func (j *Job) Build(out io.Writer) (err error) {
	docs, _, err := Corpus(j.Folder, j.Sheets)
	if err != nil {
		return err
	}
	s, err := newSystem(j.System, j.Dir)
	if err != nil {
		return err
	}
	began, cpu := time.Now(), cpuTime()
	if err := s.Build(docs); err != nil {
		return err
	}
	b := Built{Wall: time.Since(began), CPU: cpuTime() - cpu}
	if b.Size, err = s.Size(); err != nil {
		return err
	}
	return errors.Join(json.NewEncoder(out).Encode(b), s.Close())
}

// Opened is what opening cost.
type Opened struct{ Open time.Duration }

// request is a batch of questions, or what else the worker is to do.
type request struct {
	Do     string // "" asks
	Texts  []string
	Screen bool
	Budget time.Duration
}

// answer is how long each question took; of a batch whose budget is spent
// only the first ones.
type answer struct {
	Took   []time.Duration
	Memory Memory
	Error  string
}

// server answers batches about one system.
type server struct {
	job    *Job
	system bench.System
	before Memory
	texts  map[string]*search.Doc
}

// Serve opens the system and answers requests until the input ends.
func (j *Job) Serve(in io.Reader, out io.Writer) error {
	system, err := newSystem(j.System, j.Dir)
	if err != nil {
		return err
	}
	s := server{job: j, system: system, before: memory()}
	opened, err := s.open()
	if err != nil {
		return err
	}
	reply := json.NewEncoder(out)
	if err := reply.Encode(opened); err != nil {
		return err
	}
	for dec := json.NewDecoder(in); ; {
		var r request
		err := dec.Decode(&r)
		if errors.Is(err, io.EOF) {
			return system.Close()
		}
		if err != nil {
			return err
		}
		a, err := s.handle(r)
		if err != nil {
			a.Error = err.Error()
		}
		if err := reply.Encode(a); err != nil {
			return err
		}
	}
}

// open opens the system five times, lets it open, and tells the median.
func (s *server) open() (Opened, error) {
	var took []time.Duration
	for i := range 5 {
		if i > 0 {
			if err := s.system.Close(); err != nil {
				return Opened{}, err
			}
		}
		began := time.Now()
		if err := s.system.Open(); err != nil {
			return Opened{}, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return Opened{took[len(took)/2]}, nil
}

func (s *server) handle(r request) (answer, error) {
	switch r.Do {
	case "memory":
		now := memory()
		return answer{Memory: Memory{Resident: now.Resident - s.before.Resident, Heap: now.Heap - s.before.Heap}}, nil
	case "texts":
		return answer{}, s.load()
	}
	return s.ask(r)
}

// load gets the texts that snippets are cut of; in the product they are in
// the database.
func (s *server) load() error {
	docs, _, err := Corpus(s.job.Folder, s.job.Sheets)
	s.texts = make(map[string]*search.Doc, len(docs))
	for i := range docs {
		s.texts[docs[i].Code] = &docs[i]
	}
	return err
}

func (s *server) ask(r request) (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), r.Budget)
	defer cancel()
	var a answer
	for _, text := range r.Texts {
		began := time.Now()
		err := s.one(ctx, text, r.Screen)
		a.Took = append(a.Took, time.Since(began))
		if ctx.Err() != nil {
			break // the last one is as long as it was let
		}
		if err != nil {
			return a, err
		}
	}
	return a, nil
}

// hitsAsked is how many sheets every system returns.
const hitsAsked = 20

func (s *server) one(ctx context.Context, text string, screen bool) error {
	ours, ok := s.system.(*bench.Ours)
	if !screen || !ok {
		_, err := s.system.Search(ctx, text, hitsAsked)
		return err
	}
	r := ours.Full(text, hitsAsked)
	for _, h := range r.Hits[:min(8, len(r.Hits))] {
		d := s.texts[h.Code]
		search.SnippetOf(h.Matched, d.Language, append([]string{d.Summary}, d.Sections...), 160)
		search.Highlight(d.Title, h.Matched, d.Language)
	}
	return nil
}
