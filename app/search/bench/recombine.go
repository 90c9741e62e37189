package bench

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"polis/app"
	"polis/app/search"
)

// Bounds of recombined sheets: 3 to 6 kB of text, of pieces short enough
// that a giant sheet does not fill a small one.
const (
	leastText = 3000
	mostText  = 6000
	pieceText = 1500
)

// Place is a municipality that has sheets; its name is in their text.
type Place struct{ ID, Name, Address string }

// Places reads the municipalities of the shared folder, or makes some up.
func (f Folders) Places() ([]Place, error) {
	file, err := os.Open(filepath.Join(f.Shared, "data", "territory", "comuni-piemonte.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		return madeUp(1180), nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	r := csv.NewReader(file)
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	var places []Place
	for _, row := range rows[1:] {
		if len(row) >= 8 && row[3] != "" {
			places = append(places, Place{ID: row[3], Name: row[1], Address: row[7]})
		}
	}
	return places, nil
}

func madeUp(n int) []Place {
	places := make([]Place, n)
	for i := range places {
		name := fmt.Sprintf("Borgo%d", i)
		places[i] = Place{ID: fmt.Sprintf("c_%04d", i), Name: name, Address: fmt.Sprintf("Via Roma, %d, %s", i, name)}
	}
	return places
}

// pool is what the sheets of one language are made of. Pieces are shared:
// 100,000 sheets cost little more memory than what they are made of.
type pool struct {
	language  string
	heads     []*search.Doc // titles, keywords, topics and audiences
	summaries []string
	pieces    []string
}

// Recombine makes n sheets out of real ones: title, summary and sections
// come from different sheets, so that words are as frequent as they are.
// Italian has the share that it has in the source and at least half. The
// first twentieth is regional, and every tenth of the others adapts one of it.
func Recombine(source []search.Doc, n int, places []Place, seed uint64) []search.Doc {
	italian, other := poolsOf(source)
	share := 1.0
	if len(other.heads) > 0 {
		share = max(0.5, float64(len(italian.heads))/float64(len(italian.heads)+len(other.heads)))
	}
	m := maker{rnd: Random(seed), places: places}
	docs := make([]search.Doc, n)
	regional := max(1, n/20)
	for i := range docs {
		p := other
		if m.rnd.Float64() < share {
			p = italian
		}
		docs[i] = m.sheet(p, i)
		switch {
		case i < regional:
			docs[i].Authority, docs[i].Level = "r_piemon", app.LevelRegional
		case m.rnd.IntN(10) == 0:
			base := &docs[m.rnd.IntN(regional)]
			docs[i].Base, docs[i].Title, docs[i].Language = base.Code, base.Title, base.Language
		}
	}
	return docs
}

func poolsOf(source []search.Doc) (italian, other *pool) {
	italian, other = &pool{language: "it"}, &pool{language: "fr"}
	for i := range source {
		d := &source[i]
		p := italian
		if d.Language == other.language {
			p = other
		}
		p.heads = append(p.heads, d)
		if d.Summary != "" {
			p.summaries = append(p.summaries, piecesOf(d.Summary)[0])
		}
		for _, s := range d.Sections {
			p.pieces = append(p.pieces, piecesOf(s)...)
		}
	}
	return italian, other
}

// piecesOf cuts a text at ends of lines or blanks into pieces of at most
// pieceText bytes.
func piecesOf(text string) []string {
	var pieces []string
	for len(text) > pieceText {
		at := strings.LastIndexByte(text[:pieceText], '\n')
		if at < pieceText/2 {
			at = strings.LastIndexByte(text[:pieceText], ' ')
		}
		if at < pieceText/2 {
			at = pieceText
			for !utf8.RuneStart(text[at]) {
				at--
			}
		}
		pieces, text = append(pieces, text[:at]), strings.TrimSpace(text[at:])
	}
	return append(pieces, text)
}

type maker struct {
	rnd    *rand.Rand
	places []Place
}

func (m *maker) sheet(p *pool, i int) search.Doc {
	head := pick(m.rnd, p.heads)
	place := pick(m.rnd, m.places)
	d := search.Doc{
		Code: fmt.Sprintf("%s-%06d", place.ID, i), Authority: place.ID, Language: p.language,
		Level: app.LevelAuthority, Status: head.Status, Title: m.title(p, head, place),
		AlternativeTitles: head.AlternativeTitles, Keywords: head.Keywords, Topics: head.Topics,
		Audiences: head.Audiences, LifeEvents: head.LifeEvents,
	}
	if len(p.summaries) > 0 {
		d.Summary = pick(m.rnd, p.summaries)
	}
	d.Sections = append(m.sections(p), m.contacts(place, i))
	return d
}

// title is a real one, one with the place behind it, or halves of two.
func (m *maker) title(p *pool, head *search.Doc, place Place) string {
	switch m.rnd.IntN(4) {
	case 0:
		return head.Title + " - " + place.Name
	case 1:
		a, b := strings.Fields(head.Title), strings.Fields(pick(m.rnd, p.heads).Title)
		return strings.Join(slices.Concat(a[:(len(a)+1)/2], b[len(b)/2:]), " ")
	}
	return head.Title
}

func (m *maker) sections(p *pool) []string {
	var out []string
	if len(p.pieces) == 0 {
		return out
	}
	wanted := leastText + m.rnd.IntN(mostText-leastText)
	for size := 0; size < wanted; {
		piece := pick(m.rnd, p.pieces)
		out = append(out, piece)
		size += len(piece) + 1
	}
	return out
}

// contacts has the words that few sheets share: names, streets, numbers.
func (m *maker) contacts(place Place, i int) string {
	text := "Comune di " + place.Name + ", " + place.Address
	if i%4 == 0 {
		text += fmt.Sprintf(". Delibera n. %d/%d", 100+i, 1990+m.rnd.IntN(36))
	}
	return text
}

func pick[T any](rnd *rand.Rand, from []T) T { return from[rnd.IntN(len(from))] }
