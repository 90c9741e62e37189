// Package desk is the counter at work: it searches, reads and prints sheets
// for the person in front and turns the visit in progress into contact
// records.
package desk

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"polis/app"
	"polis/app/page"
	"polis/app/search"
)

// Catalogue is what the desk reads. Implementations answer in every state,
// from the newest complete catalogue.
type Catalogue interface {
	// Reading returns a sheet with its base laid under it; CodeSheetNotFound.
	Reading(ctx context.Context, code string) (app.Reading, error)
	// Readings returns the sheets that exist, in the order asked.
	Readings(ctx context.Context, codes []string) ([]app.Reading, error)
	// Authorities and Offices are small and held in memory.
	Authority(id string) app.Authority
	Office(id string) (app.Office, bool)
	// Offices lists the offices of an authority by name.
	Offices(authority string) []app.Office
	// Logo returns the picture that an authority or sheet names by its
	// SHA-256; nil when there is none or it is not here.
	Logo(sha256 string) []byte
	// Index returns the search index of the newest catalogue; never nil.
	Index() *search.Index
	// Alerted returns the sheets with an alert on a day; where the own
	// authority has adapted one, its adaptation stands for it.
	Alerted(ctx context.Context, day app.Date, own string) ([]Alerted, error)
	// PublicURL returns the address of a sheet's public page, "" when the
	// catalogue has none.
	PublicURL(code string) string
	// Demonstration reports whether this is the embedded sample.
	Demonstration() bool
}

// Log keeps contacts. When Save returns without error the contact survives a
// power cut and will reach the hub.
type Log interface {
	// Save completes the contact (number, authority, office, operator) and
	// returns it as stored. CodeNotEnrolled, CodeDiskFull, CodeInvalid.
	Save(ctx context.Context, c app.Contact, p app.Personal) (app.Contact, error)
	// NumberToday returns how many contacts this workstation logged on the
	// day of t.
	NumberToday(ctx context.Context, t time.Time) (int, error)
}

// Identity tells whose desk this is; zero while not enrolled.
type Identity struct{ Authority, Office, Operator string }

// Paper lays documents out and draws them.
type Paper interface {
	// Layout places a document on pages. CodePrint.
	Layout(doc page.Document) (page.DisplayList, error)
	// PDF writes pages as a file. CodePrint.
	PDF(w io.Writer, list page.DisplayList) error
}

// Params are the desk's needs; all but ClockOffset are required.
type Params struct {
	Catalogue Catalogue
	Log       Log
	HandOuts  HandOuts
	Paper     Paper
	Clock     app.Clock
	Identity  func() Identity
	Topics    app.Vocabulary
	// ClockOffset is the hub's time less this computer's; nil = not known.
	ClockOffset func() time.Duration
}

// Desk serves one workstation; safe for concurrent use.
type Desk struct {
	p      Params
	demand *demand
	shelf  *shelf
}

// New returns a desk; a missing need is CodeInternal.
func New(p Params) (*Desk, error) {
	if p.Catalogue == nil || p.Log == nil || p.HandOuts == nil || p.Paper == nil || p.Clock == nil || p.Identity == nil || p.Topics == nil {
		return nil, app.Fault(app.CodeInternal, nil)
	}
	return &Desk{p: p, demand: &demand{log: p.HandOuts, clock: p.Clock}, shelf: &shelf{catalogue: p.Catalogue}}, nil
}

// Request is what the operator asks for.
type Request struct {
	Text    string
	Filters []search.Filter
	Literal bool // take the words as typed
	Limit   int  // 0 = 50
	Explain bool // say of every row why it stands where it does
	Lang    string
}

// Results is a page of answers, ready to be shown.
type Results struct {
	search.Result
	Rows        []Row
	Suggestions []Suggestion // how what is typed may go on
	Ways        []Way        // what else to ask when nothing was found
}

// Row is one answer.
type Row struct {
	Code, Title   string
	TitleSpans    []search.Span
	Snippet       search.Snippet
	AuthorityID   string
	AuthorityName string
	Topic         string // label of the first topic
	VerifiedAt    app.Date
	Level, Status string
	Adaptation    bool // a local adaptation of a regional or national sheet
	Own           bool // of the desk's own authority
	ToReview      bool
	// EndedOn is the day on which the authority left the network, "" = it is
	// a member.
	EndedOn app.Date
	Score   float64
	Why     *search.Why
	Group   Group  // of the home list
	Alert   string // of today, in the home list
}

const (
	defaultLimit = 50
	maxLimit     = 200
	snippetRunes = 170
)

// Search answers a request. An empty text without filters is the home list,
// with filters it lists the catalogue.
func (d *Desk) Search(ctx context.Context, r Request) (Results, error) {
	limit := r.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	empty := strings.TrimSpace(r.Text) == ""
	home := empty && len(r.Filters) == 0
	own := d.p.Identity().Authority
	newest := d.p.Catalogue.Index()
	q := search.Query{
		Text: r.Text, Filters: r.Filters, Limit: min(limit, maxLimit), Own: own, Literal: r.Literal,
		Explain: r.Explain,
	}
	var unread error
	q.Texts = func(codes []string) ([][]string, error) {
		texts, err := d.texts(ctx, codes)
		unread = err
		return texts, err
	}
	ix := d.demand.index(ctx, newest, home)
	out := Results{Result: ix.Search(q)}
	if unread != nil {
		return Results{}, unread
	}
	if home {
		return d.home(ctx, r, newest, out)
	}
	readings, err := d.shelf.readings(ctx, newest, codesOf(out.Hits))
	if err != nil {
		return Results{}, err
	}
	hits := make(map[string]search.Hit, len(out.Hits))
	for _, h := range out.Hits {
		hits[h.Code] = h
	}
	now := d.p.Clock.Now()
	d.membersFirst(readings)
	for i := range readings {
		out.Rows = append(out.Rows, d.row(&readings[i], hits[readings[i].Code], r.Lang, own, now))
	}
	switch {
	case out.Total == 0:
		out.Ways = ways(ix, q)
	case !empty && out.Corrected == "":
		out.Suggestions = suggestions(r.Text, ix.Words().Needs(r.Text, mostSuggestions), readings)
	}
	return out, nil
}

// membersFirst puts the sheets of authorities that left the network behind the
// others: nobody keeps them up to date any more.
func (d *Desk) membersFirst(readings []app.Reading) {
	left := func(r app.Reading) int { return min(len(d.endedOn(r.Authority)), 1) }
	slices.SortStableFunc(readings, func(a, b app.Reading) int { return left(a) - left(b) })
}

func (d *Desk) endedOn(authority string) app.Date { return d.p.Catalogue.Authority(authority).EndedOn }

// texts reads sheets for what was quoted in a query.
func (d *Desk) texts(ctx context.Context, codes []string) ([][]string, error) {
	readings, err := d.p.Catalogue.Readings(ctx, codes)
	if err != nil {
		return nil, err
	}
	byCode := make(map[string][]string, len(readings))
	for i := range readings {
		doc := search.DocOf(readings[i])
		byCode[readings[i].Code] = doc.Texts()
	}
	texts := make([][]string, len(codes))
	for i, code := range codes {
		texts[i] = byCode[code]
	}
	return texts, nil
}

func (d *Desk) row(r *app.Reading, h search.Hit, lang, own string, now time.Time) Row {
	row := Row{
		Code: r.Code, Title: strings.TrimSpace(r.Title), AuthorityID: r.Authority, AuthorityName: d.p.Catalogue.Authority(r.Authority).Name,
		VerifiedAt: r.VerifiedAt, Level: r.Level, Status: r.Status, Adaptation: r.Sheet.Base != "",
		Own: own != "" && r.Authority == own, ToReview: r.ToReview(now), EndedOn: d.endedOn(r.Authority), Score: h.Score, Why: h.Why,
	}
	if len(r.Topics) > 0 {
		row.Topic = d.p.Topics.Label(r.Topics[0], lang)
	}
	row.TitleSpans = search.Highlight(row.Title, h.Matched, r.Language)
	texts := make([]string, 0, len(r.Sections)+1)
	if r.Summary != "" {
		texts = append(texts, r.Summary)
	}
	for _, k := range r.SectionKeys() {
		texts = append(texts, r.Sections[k])
	}
	row.Snippet = search.SnippetOf(h.Matched, r.Language, texts, snippetRunes)
	return row
}

// View is a sheet with what is shown beside it.
type View struct {
	app.Reading
	AuthorityName string
	OfficesFull   []app.Office
	PublicURL     string
	Languages     []string
	Alert         string
	ToReview      bool
	EndedOn       app.Date // of the authority's membership
	Demonstration bool     // an example: marked on screen and paper
}

// Read returns a sheet in the language where it is translated, else in its
// own. CodeSheetNotFound.
func (d *Desk) Read(ctx context.Context, code, lang string) (View, error) {
	r, err := d.p.Catalogue.Reading(ctx, code)
	if err != nil {
		return View{}, err
	}
	now := d.p.Clock.Now()
	v := View{
		Languages: r.Sheet.Languages(), Alert: r.AlertOn(now), ToReview: r.ToReview(now),
		AuthorityName: d.p.Catalogue.Authority(r.Authority).Name, EndedOn: d.endedOn(r.Authority), PublicURL: d.p.Catalogue.PublicURL(r.Code),
		Demonstration: d.p.Catalogue.Demonstration() || r.Demonstrative(),
	}
	r.Sheet, r.Shown = r.Sheet.In(lang)
	v.Reading = r
	for _, id := range r.Offices {
		if o, ok := d.p.Catalogue.Office(id); ok {
			v.OfficesFull = append(v.OfficesFull, o)
		}
	}
	return v, nil
}

// Print writes the sheet as PDF. CodePrint.
func (d *Desk) Print(w io.Writer, v View, o PrintOptions) error {
	return d.PDF(w, d.Document(v, o))
}

// Layout places a document on pages. CodePrint.
func (d *Desk) Layout(doc page.Document) (page.DisplayList, error) { return d.p.Paper.Layout(doc) }

// PDF lays a document out and writes it as a file. CodePrint.
func (d *Desk) PDF(w io.Writer, doc page.Document) error {
	list, err := d.p.Paper.Layout(doc)
	if err != nil {
		return err
	}
	return d.p.Paper.PDF(w, list)
}

// Write writes pages that were laid out as a file. CodePrint.
func (d *Desk) Write(w io.Writer, list page.DisplayList) error { return d.p.Paper.PDF(w, list) }

// Authority returns whose desk this is, "" while not enrolled.
func (d *Desk) Authority() string { return d.p.Identity().Authority }

// OfficeName returns the name of the desk's office and authority, for paper
// and rail.
func (d *Desk) OfficeName() string {
	id := d.p.Identity()
	return d.officeName(id.Authority, id.Office)
}

func (d *Desk) officeName(authority, office string) string {
	name := d.p.Catalogue.Authority(authority).Name
	if o, ok := d.p.Catalogue.Office(office); ok && o.Name != "" {
		if name == "" || strings.Contains(o.Name, name) {
			return o.Name
		}
		return o.Name + " – " + name
	}
	return name
}

// Log closes the contact in progress and returns it as stored; the visit is
// left as it was, so that nothing is lost when storing fails.
func (d *Desk) Log(ctx context.Context, v *Visit) (app.Contact, error) {
	return d.Record(ctx, v.contact(d.p.Clock.Now()), v.personal())
}

// Record stores a contact that was made elsewhere (command line); ids and
// times that are missing are filled in.
func (d *Desk) Record(ctx context.Context, c app.Contact, p app.Personal) (app.Contact, error) {
	now := d.p.Clock.Now().UTC()
	if c.ID == "" {
		c.ID = newID()
	}
	if c.Visit == "" {
		c.Visit = newID()
	}
	for _, t := range []*time.Time{&c.OpenedAt, &c.ClosedAt, &c.RecordedAt} {
		if t.IsZero() {
			*t = now
		}
	}
	if d.p.ClockOffset != nil {
		c.ClockOffsetMS = d.p.ClockOffset().Milliseconds()
	}
	id := d.p.Identity()
	c.Authority, c.Office, c.Operator = id.Authority, id.Office, id.Operator
	if id.Operator == "" {
		return app.Contact{}, app.Fault(app.CodeNotEnrolled, nil)
	}
	if err := c.Validate(); err != nil {
		return app.Contact{}, err
	}
	return d.demand.saving(func() (app.Contact, error) { return d.p.Log.Save(ctx, c, p) })
}

// NumberToday returns the number of the next contact of the day, from 1.
func (d *Desk) NumberToday(ctx context.Context) (int, error) {
	n, err := d.p.Log.NumberToday(ctx, d.p.Clock.Now())
	return n + 1, err
}

// Now returns the desk's time.
func (d *Desk) Now() time.Time { return d.p.Clock.Now() }
