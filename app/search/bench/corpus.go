package bench

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"polis/app"
	"polis/app/search"
)

// Real catalogues of the shared folder; their texts never go into the project.
const (
	ComuniIT        = "comuni-it"
	ServicePublicFR = "service-public-fr"
)

// Folders says where catalogues are.
type Folders struct {
	Root   string // of the checkout
	Shared string // real catalogues, outside of it
}

// FoldersOf returns the folders of a checkout; POLIS_SHARED names the shared one.
func FoldersOf(root string) Folders {
	shared := os.Getenv("POLIS_SHARED")
	if shared == "" {
		shared = filepath.Join(root, "..", "shared")
	}
	return Folders{Root: root, Shared: shared}
}

// Sample reads the sample catalogue, which is always there.
func (f Folders) Sample() ([]search.Doc, error) {
	files, err := filepath.Glob(filepath.Join(f.Root, "assets", "sample", "sheets-*.jsonl"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no sample catalogue in %s", f.Root)
	}
	var c catalogue
	for _, name := range append(files, filepath.Join(f.Root, "assets", "sample", "authorities.jsonl")) {
		if err := c.read(name); err != nil {
			return nil, err
		}
	}
	return c.docs(), nil
}

// Real reads a catalogue of the shared folder. Where it is missing, the
// error is fs.ErrNotExist and the caller says so loudly.
func (f Folders) Real(name string) ([]search.Doc, error) {
	var c catalogue
	err := c.read(filepath.Join(f.Shared, "data", "sheets", name+".jsonl.gz"))
	return c.docs(), err
}

// Words reads what every workstation's search starts from: the synonyms and
// best bets of the sample, the names of municipalities.
func (f Folders) Words() (*search.Words, error) {
	var synonyms []app.Synonym
	var bets []app.BestBet
	err := lines(filepath.Join(f.Root, "assets", "sample", "synonyms.jsonl"), func(line []byte) error {
		var kind struct{ Type string }
		if err := json.Unmarshal(line, &kind); err != nil {
			return err
		}
		switch kind.Type {
		case "synonym":
			synonyms = append(synonyms, app.Synonym{})
			return json.Unmarshal(line, &synonyms[len(synonyms)-1])
		case "best_bet":
			bets = append(bets, app.BestBet{})
			return json.Unmarshal(line, &bets[len(bets)-1])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var places []string
	text, err := os.ReadFile(filepath.Join(f.Root, "assets", "vocabularies", "municipalities.json"))
	if err == nil {
		err = json.Unmarshal(text, &places)
	}
	return search.NewWords(synonyms, bets).WithPlaces(places), err
}

// catalogue is what is read of one: its sheets and its authorities' names.
type catalogue struct {
	sheets []app.Sheet
	names  map[string]string
}

func (c *catalogue) read(name string) error {
	if c.names == nil {
		c.names = map[string]string{}
	}
	return lines(name, func(line []byte) error {
		var head struct{ Type, ID, Name string }
		if err := json.Unmarshal(line, &head); err != nil {
			return err
		}
		switch head.Type {
		case "authority":
			c.names[head.ID] = head.Name
		case "sheet":
			c.sheets = append(c.sheets, app.Sheet{})
			return json.Unmarshal(line, &c.sheets[len(c.sheets)-1])
		}
		return nil
	})
}

// lines hands every line of a file that is not empty to take; an error says
// which line it was, never what stood there.
func lines(name string, take func([]byte) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	var in io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	r := bufio.NewReaderSize(in, 1<<20)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if len(strings.TrimSpace(string(line))) > 0 {
			if err := take(line); err != nil {
				return fmt.Errorf("%s:%d: %w", name, n, err)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

func (c *catalogue) docs() []search.Doc {
	byCode := map[string]*app.Sheet{}
	for i := range c.sheets {
		byCode[c.sheets[i].Code] = &c.sheets[i]
	}
	docs := make([]search.Doc, len(c.sheets))
	for i := range c.sheets {
		docs[i] = search.DocOf(app.Adapt(&c.sheets[i], byCode[c.sheets[i].Base]))
		docs[i].AuthorityName = c.names[docs[i].Authority]
	}
	return docs
}

// TextSize returns the bytes of text that every system indexes.
func TextSize(docs []search.Doc) int64 {
	sum := 0
	for i := range docs {
		f := fieldsOf(&docs[i])
		for _, texts := range [][]string{f.title, f.names, f.summary, f.body, f.topics} {
			for _, t := range texts {
				sum += len(t)
			}
		}
	}
	return int64(sum)
}

// fields are the texts of a sheet as the peers index them: the fields and the
// order of weights that the product has.
type fields struct {
	title, names, summary, body, topics []string
}

func fieldsOf(d *search.Doc) fields {
	f := fields{
		title: []string{d.Title}, summary: []string{d.Summary},
		names:  append(append([]string(nil), d.AlternativeTitles...), d.Keywords...),
		body:   append([]string(nil), d.Sections...),
		topics: append([]string{d.AuthorityName}, d.Topics...),
	}
	for _, t := range d.Translations {
		f.names = append(f.names, t.Title)
		f.summary = append(f.summary, t.Summary)
		f.body = append(f.body, t.Sections...)
	}
	return f
}
