// Command sampledocs makes the documents of the sample catalogue: one small
// PDF for every attachment whose address begins with
// https://polis.example/allegati/. The files go to assets/sample/blobs by
// their SHA-256, files that nothing names any more are removed, and the hash
// is written into the attachment's line. The same sheets give the same bytes.
//
//	go run .ci/sampledocs/main.go      (from the root of the repository)
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"polis/app"
	"polis/app/page"
	"polis/app/phrase"
	"polis/assets"
	"polis/data/layout"
	"polis/data/pdf"
)

const (
	sampleFolder = "assets/sample"
	blobFolder   = "assets/sample/blobs"
	ownAddress   = "https://polis.example/allegati/"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "sampledocs:", err)
		os.Exit(1)
	}
}

func run() error {
	files, err := filepath.Glob(filepath.Join(sampleFolder, "*.jsonl"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no sample in %s, run from the root of the repository: %w", sampleFolder, err)
	}
	cat, err := read(files)
	if err != nil {
		return err
	}
	press, err := newPress()
	if err != nil {
		return err
	}
	hashes := map[string]string{} // by address
	for _, s := range cat.ordered() {
		for _, a := range s.Attachments {
			if !strings.HasPrefix(a.URL, ownAddress) {
				continue
			}
			if hashes[a.URL], err = press.produce(cat.paper(s, a)); err != nil {
				return fmt.Errorf("%s: %w", a.ID, err)
			}
		}
	}
	if err := sweep(hashes); err != nil {
		return err
	}
	fmt.Printf("%d documents\n", len(hashes))
	return stamp(files, hashes)
}

// catalogue is what the documents need of the sample.
type catalogue struct {
	sheets      map[string]*app.Sheet
	authorities map[string]string // names by id
}

func read(files []string) (*catalogue, error) {
	c := &catalogue{sheets: map[string]*app.Sheet{}, authorities: map[string]string{}}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if err := c.add(lines.Bytes()); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return c, nil
}

func (c *catalogue) add(line []byte) error {
	var l struct {
		Type string `json:"type"`
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return err
	}
	switch l.Type {
	case "authority":
		c.authorities[l.ID] = l.Name
	case "sheet":
		var s app.Sheet
		if err := json.Unmarshal(line, &s); err != nil {
			return err
		}
		c.sheets[s.Code] = &s
	}
	return nil
}

func (c *catalogue) ordered() []*app.Sheet {
	var out []*app.Sheet
	for _, s := range c.sheets {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *app.Sheet) int { return strings.Compare(a.Code, b.Code) })
	return out
}

func (c *catalogue) paper(s *app.Sheet, a app.Attachment) paper {
	return paper{reading: app.Adapt(s, c.sheets[s.Base]), attachment: a, authority: c.authorities[s.Authority]}
}

// paper is one document to be made.
type paper struct {
	reading    app.Reading
	attachment app.Attachment
	authority  string
}

// title is the attachment's without its "Modulo dimostrativo:", which the
// letterhead and the band tell.
func (p paper) title() string {
	_, after, found := strings.Cut(p.attachment.Title, ": ")
	if !found {
		return p.attachment.Title
	}
	letters := []rune(after)
	letters[0] = unicode.ToUpper(letters[0])
	return string(letters)
}

func (p paper) sections() []page.Section {
	lead := "Documento di prova della scheda «" + p.reading.Title + "»."
	switch p.attachment.Kind {
	case app.AttachmentForm:
		lead = "Modulo di prova per la pratica «" + p.reading.Title + "». Si compila in stampatello."
	case app.AttachmentInstructions:
		lead = "Promemoria di prova per la pratica «" + p.reading.Title + "»."
	}
	out := []page.Section{{Key: "opening", Parts: []page.Part{page.Opening{Title: p.title(), Lead: page.Text(lead)}}}}
	switch p.attachment.Kind {
	case app.AttachmentForm:
		return append(out, p.form()...)
	case app.AttachmentInstructions:
		return append(out, p.instructions()...)
	}
	return append(out, p.notice()...)
}

func (p paper) form() []page.Section {
	own := fields(p.attachment.ID)
	out := []page.Section{
		prose("who", "Chi presenta", lines("Nome e cognome", "Luogo e data di nascita", "Codice fiscale", "Residenza", "E-mail o altro recapito")),
		prose("what", "Che cosa chiede o dichiara", lines(own...)),
	}
	if inputs := p.inputs(); len(inputs.Items) > 0 {
		out = append(out, prose("with", "Documenti da allegare", inputs))
	}
	privacy := "I dati servono solo a trattare la richiesta (Regolamento UE 2016/679). Chi dichiara il falso " +
		"ne risponde secondo l'art. 76 del D.P.R. 28 dicembre 2000, n. 445."
	return append(out,
		page.Section{Key: "privacy", Parts: []page.Part{page.Prose{Small: true, Blocks: []page.Block{{Inlines: page.Text(privacy)}}}}},
		prose("sign", "Data e firma", lines("Luogo e data", "Firma")),
	)
}

// inputs is what the sheet asks for, but the form itself.
func (p paper) inputs() page.Block {
	list := page.Block{Kind: page.List}
	for _, in := range p.reading.Inputs {
		if in.Kind != "REQ" || p.attachment.Kind != app.AttachmentForm {
			list.Items = append(list.Items, []page.Block{{Inlines: page.Text(in.Name)}})
		}
	}
	return list
}

func (p paper) instructions() []page.Section {
	out := []page.Section{p.text("how_to", "Che cosa fare, in ordine")}
	if inputs := p.inputs(); len(inputs.Items) > 0 {
		out = append(out, prose("with", "Che cosa preparare", inputs))
	}
	return append(out, p.text("deadlines", "Tempi"), p.text("costs", "Costi"))
}

func (p paper) notice() []page.Section {
	return []page.Section{
		p.text("access", "Quando e dove"),
		p.text("applicants", "Chi può partecipare"),
		p.text("requirements", "Requisiti"),
		p.text("how_to", "Come partecipare"),
		p.text("deadlines", "Scadenze e graduatoria"),
		p.text("costs", "Costi"),
		p.text("remedies", "Opposizioni"),
	}
}

// text is a section of the sheet, in at most as many characters as leave
// room for the others.
func (p paper) text(key, title string) page.Section {
	blocks, _ := page.Shorten(page.Parse(p.reading.Sections[key]), 900)
	return page.Section{Key: key, Title: title, Parts: page.StepParts(blocks)}
}

func prose(key, title string, blocks ...page.Block) page.Section {
	return page.Section{Key: key, Title: title, Parts: []page.Part{page.Prose{Blocks: blocks}}}
}

// lines is a table to be filled in by hand: hard spaces give the right column
// its width, an empty second line gives the height to write in.
func lines(labels ...string) page.Block {
	table := page.Block{Kind: page.Table, Head: []page.Cell{{}, {}}}
	const hard = "\u00a0"
	for _, l := range labels {
		table.Rows = append(table.Rows, []page.Cell{
			{Inlines: []page.Inline{{Text: l}, {Break: true}, {Text: hard}}},
			{Inlines: page.Text(strings.Repeat(hard, 120))},
		})
	}
	return table
}

// fields are the lines of each form that belong to its subject.
func fields(id string) []string {
	byForm := map[string][]string{
		"r_piemon-0003-a1":       {"Nome e cognome del minore", "Luogo e data di nascita del minore", "Assenso all'espatrio (sì / no)"},
		"r_piemon-0007-a1":       {"Comune da cui si trasferisce", "Nuovo indirizzo e interno", "Altri componenti della famiglia", "Titolo con cui occupa la casa", "Targhe dei veicoli intestati"},
		"r_piemon-0014-a1":       {"Dichiara di essere / di avere", "Data o periodo", "Ufficio a cui è destinata"},
		"r_piemon-0030-a1":       {"Titolo di studio", "Sezione elettorale", "Professione"},
		"r_piemon-0031-a1":       {"Documento richiesto", "Ufficio che lo conserva", "Motivo della richiesta", "Vedere, copia semplice o copia conforme"},
		"r_piemon-0102-a2":       {"Persona delegata", "Documento della persona delegata", "Medico o pediatra scelto"},
		"demo_borgo-0101-a1":     {"Nome e cognome del bambino", "Data di nascita del bambino", "Tempo pieno o parziale", "Mese di inizio"},
		"demo_borgo-0103-a1":     {"Persona a cui serve il contrassegno", "Primo rilascio, rinnovo o duplicato", "Permanente o temporaneo", "Targhe usate di solito"},
		"demo_ponte-0101-a1":     {"Nome e cognome dell'alunno", "Scuola e classe", "Giorni di mensa", "Dieta speciale (sì / no)"},
		"demo_ponte-0103-a1":     {"Componenti della famiglia", "Valore ISEE", "Alloggio attuale", "Situazioni di disagio"},
		"demo_valserena-0101-a1": {"Nome e cognome dell'alunno", "Scuola e classe", "Fermata di salita", "Chi ritira l'alunno alla fermata"},
		"r_piemon-0202-a1":       {"Targa del veicolo", "Esenzione o rimborso", "Motivo", "IBAN per il rimborso"},
		"r_piemon-0203-a1":       {"Indirizzo dell'immobile", "Foglio, particella, subalterno", "Superficie in metri quadrati", "Inizio, variazione o cessazione dal", "Numero di occupanti"},
		"r_piemon-0209-a1":       {"Atto da pagare (numero e data)", "Somma da pagare", "Numero di rate", "Motivo della difficoltà"},
		"r_piemon-0216-a1":       {"Indirizzo dell'immobile", "Foglio, particella, subalterno", "Pratica (numero e anno, se noti)", "Motivo della richiesta"},
		"r_piemon-0219-a1":       {"Indirizzo dell'alloggio", "Foglio, particella, subalterno", "Persone che vi abitano", "A che cosa serve il certificato"},
		"demo_borgo-0205-a1":     {"Associazione o gruppo", "Sala o patrocinio", "Titolo dell'iniziativa", "Data e orario", "Persone previste"},
	}
	if own, ok := byForm[id]; ok {
		return own
	}
	return []string{"Oggetto", "Motivo della richiesta"}
}

// press sets and draws.
type press struct {
	engine *layout.Engine
	writer *pdf.Writer
	words  page.Words
}

func newPress() (*press, error) {
	book, err := phrase.New("it", assets.Translations("it")...)
	if err != nil {
		return nil, err
	}
	fonts := page.LoadFonts(assets.Font)
	engine, err := layout.New(fonts)
	if err != nil {
		return nil, err
	}
	return &press{engine: engine, writer: pdf.New(fonts, engine), words: book.Text}, nil
}

// produce writes the document and returns its SHA-256.
func (m *press) produce(p paper) (string, error) {
	list, err := m.engine.Layout(m.document(p))
	if err != nil {
		return "", err
	}
	if len(list.Pages) != 1 {
		return "", fmt.Errorf("%d pages, one is wanted", len(list.Pages))
	}
	data, err := m.writer.Bytes(list)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	return hash, os.WriteFile(filepath.Join(blobFolder, hash+".pdf"), data, 0o644) //nolint:gosec // a public document of the repository
}

func (m *press) document(p paper) page.Document {
	sections := slices.DeleteFunc(p.sections(), func(s page.Section) bool { return len(s.Parts) == 0 })
	return page.Document{
		Code: p.attachment.ID, Title: p.title(), Author: p.authority, Subject: p.reading.Title, Language: "it",
		Created:    time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		Letterhead: page.Letterhead{Name: p.authority, Tag: m.words("attachment." + p.attachment.Kind)},
		Band:       m.words("page.demonstration"),
		Sections:   sections,
		Footer: page.Footer{
			Lines: []string{"Scheda " + p.reading.Code + " · " + p.attachment.ID, "Catalogo dimostrativo di POLIS: nessun ufficio accetta questo documento."},
			Mark:  m.words("page.demonstration_short"),
			Page:  m.words("page.number", "n", "{n}", "total", "{total}"),
		},
	}
}

// sweep removes the documents that no attachment names.
func sweep(hashes map[string]string) error {
	keep := map[string]bool{}
	for _, h := range hashes {
		keep[h+".pdf"] = true
	}
	entries, err := os.ReadDir(blobFolder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if keep[e.Name()] {
			continue
		}
		if err := os.Remove(filepath.Join(blobFolder, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// stamp writes the hashes behind the addresses; nothing else of a line
// changes, so that a difference shows only what was made anew.
func stamp(files []string, hashes map[string]string) error {
	address := regexp.MustCompile(`"url": "(` + regexp.QuoteMeta(ownAddress) + `[^"]+)"(, "sha256": "[^"]*")?`)
	for _, name := range files {
		old, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		text := address.ReplaceAllFunc(old, func(found []byte) []byte {
			url := string(address.FindSubmatch(found)[1])
			return fmt.Appendf(nil, `"url": %q, "sha256": %q`, url, hashes[url])
		})
		if bytes.Equal(old, text) {
			continue
		}
		if err := os.WriteFile(name, text, 0o644); err != nil { //nolint:gosec // a public file of the repository
			return err
		}
	}
	return nil
}
