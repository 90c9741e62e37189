package bench

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	var sheets []app.Sheet
	for _, name := range files {
		more, err := readSheets(name)
		if err != nil {
			return nil, err
		}
		sheets = append(sheets, more...)
	}
	return docsOf(sheets), nil
}

// Real reads a catalogue of the shared folder. Where it is missing, the
// error is fs.ErrNotExist and the caller says so loudly.
func (f Folders) Real(name string) ([]search.Doc, error) {
	sheets, err := readSheets(filepath.Join(f.Shared, "data", "sheets", name+".jsonl.gz"))
	return docsOf(sheets), err
}

// Words reads the synonyms and best bets of the sample; nil when it has none.
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
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return search.NewWords(synonyms, bets), nil
}

func readSheets(name string) ([]app.Sheet, error) {
	var sheets []app.Sheet
	err := lines(name, func(line []byte) error {
		var s struct {
			Type string
			app.Sheet
		}
		err := json.Unmarshal(line, &s)
		if err == nil && s.Type == "sheet" {
			sheets = append(sheets, s.Sheet)
		}
		return err
	})
	return sheets, err
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

func docsOf(sheets []app.Sheet) []search.Doc {
	byCode := map[string]*app.Sheet{}
	for i := range sheets {
		byCode[sheets[i].Code] = &sheets[i]
	}
	docs := make([]search.Doc, len(sheets))
	for i := range sheets {
		docs[i] = search.DocOf(app.Adapt(&sheets[i], byCode[sheets[i].Base]))
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
		topics: d.Topics,
	}
	for _, t := range d.Translations {
		f.names = append(f.names, t.Title)
		f.summary = append(f.summary, t.Summary)
		f.body = append(f.body, t.Sections...)
	}
	return f
}
