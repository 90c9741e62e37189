package bench

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/char/asciifolding"
	"github.com/blevesearch/bleve/v2/analysis/lang/it"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"

	"polis/app/search"
)

// Analysers of the bleve index: stemmed Italian, and words as they are for
// completing them.
const (
	analyserItalian = "it_folded"
	analyserPlain   = "plain_folded"
)

// boosted is a field with its weight; weights, stemmer, scoring and the length
// from which two slips are allowed were tuned on tuning queries only.
type boosted struct {
	field string
	boost float64
}

func bleveFields() []boosted {
	return []boosted{{"title", 9}, {"names", 9}, {"summary", 1.5}, {"body", 1}, {"topics", 0.7}}
}

// Weights of what stands in for a word of the query.
const (
	boostPrefix = 0.8
	boostTypo   = 0.5
)

// Bleve is a bleve index on disk, plain or with fuzzy words.
type Bleve struct {
	dir    string
	fuzzy  bool
	asking Asking
	stops  stopWords
	index  bleve.Index
}

// NewBleve keeps its index in dir. Plain and fuzzy read the same one.
func NewBleve(dir string, fuzzy bool, asking Asking) (*Bleve, error) {
	stops, err := newStopWords()
	return &Bleve{dir: dir, fuzzy: fuzzy, asking: asking, stops: stops}, err
}

// Name says which variant it is.
func (b *Bleve) Name() string {
	if b.fuzzy {
		return "bleve fuzzy"
	}
	return "bleve"
}

func (b *Bleve) folder() string { return filepath.Join(b.dir, "bleve") }

// bleveDoc is a sheet as bleve indexes it; Whole has the words of title and
// names unstemmed.
type bleveDoc struct {
	Title   string `json:"title"`
	Names   string `json:"names"`
	Whole   string `json:"whole"`
	Summary string `json:"summary"`
	Body    string `json:"body"`
	Topics  string `json:"topics"`
}

// Build uses bleve's offline builder, which leaves one merged segment.
func (b *Bleve) Build(docs []search.Doc) error {
	m, err := bleveMapping()
	if err != nil {
		return err
	}
	builder, err := bleve.NewBuilder(b.folder(), m, map[string]any{"buildPathPrefix": b.dir, "batchSize": 2000})
	if err != nil {
		return err
	}
	for i := range docs {
		f := fieldsOf(&docs[i])
		join := func(texts []string) string { return strings.Join(texts, "\n") }
		d := bleveDoc{
			Title: join(f.title), Names: join(f.names), Whole: join(f.title) + "\n" + join(f.names),
			Summary: join(f.summary), Body: join(f.body), Topics: join(f.topics),
		}
		if err := builder.Index(docs[i].Code, d); err != nil {
			return errors.Join(err, builder.Close())
		}
	}
	if err := builder.Close(); err != nil {
		return err
	}
	return b.Open()
}

func bleveMapping() (mapping.IndexMapping, error) {
	m := bleve.NewIndexMapping()
	m.ScoringModel = index.BM25Scoring
	err := errors.Join(
		m.AddCustomAnalyzer(analyserItalian, map[string]any{
			"type": custom.Name, "char_filters": []string{asciifolding.Name}, "tokenizer": unicode.Name,
			"token_filters": []string{lowercase.Name, it.ElisionName, it.StopName, it.SnowballStemmerName},
		}),
		m.AddCustomAnalyzer(analyserPlain, map[string]any{
			"type": custom.Name, "char_filters": []string{asciifolding.Name}, "tokenizer": unicode.Name,
			"token_filters": []string{lowercase.Name, it.ElisionName},
		}),
	)
	sheet := bleve.NewDocumentStaticMapping()
	add := func(name, analyser string) {
		f := bleve.NewTextFieldMapping()
		f.Analyzer, f.Store, f.DocValues, f.IncludeTermVectors, f.IncludeInAll = analyser, false, false, false, false
		sheet.AddFieldMappingsAt(name, f)
	}
	for _, f := range bleveFields() {
		add(f.field, analyserItalian)
	}
	add("whole", analyserPlain)
	m.DefaultMapping = sheet
	return m, err
}

// Open opens the index for reading.
func (b *Bleve) Open() (err error) {
	b.index, err = bleve.OpenUsing(b.folder(), map[string]any{"read_only": true})
	return err
}

// Size is that of the index's files.
func (b *Bleve) Size() (int64, error) { return bytesIn(b.folder()) }

// Search asks for all the words, then for any of them.
func (b *Bleve) Search(ctx context.Context, text string, limit int) ([]Hit, error) {
	q := b.stops.query(text)
	if len(q.words) == 0 {
		return nil, nil
	}
	terms := make([]query.Query, len(q.words))
	for i, w := range q.words {
		if b.asking.inTitles(q, i) {
			terms[i] = starting(search.Fold(w), "whole", bleveFields()[1].boost)
		} else {
			terms[i] = b.word(search.Fold(w), q.last(i))
		}
	}
	hits, err := b.ask(ctx, bleve.NewConjunctionQuery(terms...), limit)
	if err != nil || len(hits) >= min(b.asking.FillBelow, limit) || len(terms) == 1 {
		return hits, err
	}
	some, err := b.ask(ctx, bleve.NewDisjunctionQuery(terms...), limit)
	return fillUp(hits, some, limit), err
}

// word looks for one word in all fields; its words may be in different ones.
func (b *Bleve) word(word string, typing bool) query.Query {
	either := bleve.NewDisjunctionQuery()
	for _, f := range bleveFields() {
		either.AddQuery(matching(word, f.field, f.boost, 0))
		if n := slipsAllowed(word); b.fuzzy && n > 0 {
			either.AddQuery(matching(word, f.field, f.boost*boostTypo, n))
		}
		if typing && f.field != "topics" {
			either.AddQuery(starting(word, f.field, f.boost*boostPrefix))
		}
	}
	if typing {
		either.AddQuery(starting(word, "whole", bleveFields()[1].boost*boostPrefix))
	}
	return either
}

// slipsAllowed is the distance at which another word may be meant.
func slipsAllowed(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n >= 9:
		return 2
	case n >= 4:
		return 1
	}
	return 0
}

func matching(word, field string, boost float64, slips int) query.Query {
	m := bleve.NewMatchQuery(word)
	m.SetField(field)
	m.SetBoost(boost)
	if slips > 0 {
		m.SetFuzziness(slips)
		m.SetPrefix(1)
	}
	return m
}

func starting(word, field string, boost float64) query.Query {
	p := bleve.NewPrefixQuery(word)
	p.SetField(field)
	p.SetBoost(boost)
	return p
}

func (b *Bleve) ask(ctx context.Context, q query.Query, limit int) ([]Hit, error) {
	r, err := b.index.SearchInContext(ctx, bleve.NewSearchRequestOptions(q, limit, 0, false))
	if err != nil {
		return nil, err
	}
	hits := make([]Hit, len(r.Hits))
	for i, h := range r.Hits {
		hits[i] = Hit{h.ID, h.Score}
	}
	return hits, nil
}

// Close closes the index.
func (b *Bleve) Close() error {
	if b.index == nil {
		return nil
	}
	return b.index.Close()
}
