package region

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// What becomes of a body that joins the network, leaves it and comes back.

// activate makes a body a member: its lines of the catalogue, its responsabile
// and its first steps.
func (h *Hub) activate(tx Tx, r *MembershipRecord, first membership.FirstSteps) error {
	var content membership.Request
	if err := json.Unmarshal(r.Line, &content); err != nil {
		return fmt.Errorf("request %s: %w", r.ID, err)
	}
	if err := h.onlyMember(tx, r); err != nil {
		return err
	}
	authority, err := h.authorityOf(tx, r, content.Body)
	if err != nil {
		return err
	}
	if err := putLine(tx, wire.TypeAuthority, authority); err != nil {
		return err
	}
	r.Member = Member{Authority: authority.ID}
	for _, o := range content.Offices {
		o.Authority = authority.ID
		if o.ID, err = officeID(tx, authority.ID, o.Kind, r.Member.Offices); err != nil {
			return err
		}
		if err := putOffice(tx, o); err != nil {
			return err
		}
		r.Member.Offices = append(r.Member.Offices, o.ID)
	}
	if len(r.Member.Offices) == 0 {
		return app.Fault(app.CodeInvalid, nil, "field", "offices", "value", "")
	}
	if err := tx.CountImport(); err != nil {
		return err
	}
	rows, err := h.responsabile(tx, r.Member)
	if err != nil {
		return err
	}
	row, err := putFirstSteps(tx, authority.ID, first)
	if err != nil {
		return err
	}
	return listPrivate(tx, authority.ID, append(rows, row))
}

// onlyMember refuses a body that is a member by another request. Nobody else
// changes what the authority has until the transaction ends.
func (h *Hub) onlyMember(tx Tx, r *MembershipRecord) error {
	if err := lockAuthority(tx, r.Authority); err != nil {
		return err
	}
	active, err := tx.MembershipsOf(r.Authority, membership.Active)
	if err != nil {
		return err
	}
	for _, id := range active {
		if id != r.ID {
			return app.Fault(app.CodeMemberAlready, nil, "name", r.Name)
		}
	}
	return nil
}

// authorityOf puts a member's line together: the register's facts, else those
// of the request, and what an earlier line had beside them.
func (h *Hub) authorityOf(tx Tx, r *MembershipRecord, body membership.Body) (app.Authority, error) {
	old, found, err := authorityLine(tx, r.Authority)
	if err != nil {
		return old, err
	}
	a, present := body.Authority, app.Authority{}
	if found && old.EndedOn == "" {
		present = old
	}
	if known, ok := h.registered(r.Authority); ok {
		a = known.Authority
		a.Website = cmp.Or(a.Website, body.Website)
		a.PEC = cmp.Or(a.PEC, present.PEC, body.PEC)
	} else {
		a = over(present, a)
	}
	a.ID, a.EndedOn = r.Authority, ""
	a.Logo, a.Colour, a.Website = cmp.Or(old.Logo, a.Logo), cmp.Or(old.Colour, a.Colour), cmp.Or(a.Website, old.Website)
	return a, nil
}

// over is what the network says of a body that is in it; what a request says
// of it only fills gaps: whoever asks may be a stranger to the body.
func over(present, asked app.Authority) app.Authority {
	a := asked
	a.Name, a.Kind, a.ISTATCode = cmp.Or(present.Name, a.Name), cmp.Or(present.Kind, a.Kind), cmp.Or(present.ISTATCode, a.ISTATCode)
	a.Belfiore, a.TaxCode = cmp.Or(present.Belfiore, a.Belfiore), cmp.Or(present.TaxCode, a.TaxCode)
	a.Province, a.PEC, a.Website = cmp.Or(present.Province, a.Province), cmp.Or(present.PEC, a.PEC), cmp.Or(present.Website, a.Website)
	return a
}

func authorityLine(tx Tx, id string) (a app.Authority, found bool, err error) {
	e, found, err := tx.WorkingLine(Key{wire.TypeAuthority, id})
	if err == nil && found {
		a, err = e.Authority()
	}
	return a, found, err
}

// officeID names an office by its kind. One of an earlier membership is
// updated; what is somebody else's, or made just now, is left alone.
func officeID(tx Tx, authority, kind string, made []string) (string, error) {
	if !slices.Contains(membership.OfficeKinds(), kind) {
		kind = "other"
	}
	id := authority + "-" + kind
	for n := 2; ; n++ {
		e, found, err := tx.WorkingLine(Key{wire.TypeOffice, id})
		if err != nil {
			return "", err
		}
		if !found {
			return id, nil
		}
		o, err := e.Office()
		if err != nil {
			return "", err
		}
		if o.Authority == authority && !slices.Contains(made, id) {
			return id, nil
		}
		id = authority + "-" + kind + "-" + strconv.Itoa(n)
	}
}

// putOffice stores an office as it was declared; of an earlier line at the
// same address the place on the map stays.
func putOffice(tx Tx, o app.Office) error {
	e, found, err := tx.WorkingLine(Key{wire.TypeOffice, o.ID})
	if err != nil {
		return err
	}
	if found {
		old, err := e.Office()
		if err != nil {
			return err
		}
		if o.Address != nil && old.Address != nil && o.Address.Lat == nil && o.Address.Street == old.Address.Street {
			at := *o.Address
			at.Lat, at.Lon = old.Address.Lat, old.Address.Lon
			o.Address = &at
		}
	}
	return putLine(tx, wire.TypeOffice, o)
}

// putLine stores a line as an import would.
func putLine(tx Tx, kind string, v any) error {
	raw, err := wire.Marshal(v)
	if err != nil {
		return err
	}
	fields := map[string]any{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	fields["type"] = kind
	if raw, err = wire.Marshal(fields); err != nil {
		return err
	}
	e, _, err := wire.ParseLine(raw)
	if err != nil {
		return app.Fault(app.CodeInvalid, err, "field", kind, "value", "")
	}
	return tx.PutWorking(e)
}

// responsabile makes sure that somebody can work at the first office, and
// returns what the authority's workstations are to be told.
func (h *Hub) responsabile(tx Tx, m Member) ([]PrivateRow, error) {
	office, there, err := firstOffice(tx, m)
	if err != nil || !there { // who has no office works when there is one
		return nil, err
	}
	_, found, err := tx.OperatorAt(m.Authority, office.ID, wire.RoleManager)
	if err != nil || found {
		return nil, err
	}
	o := wire.OperatorRecord{ID: uuid.NewString(), Authority: m.Authority, Office: office.ID, Role: wire.RoleManager, Active: true}
	return []PrivateRow{operatorRow(o)}, tx.PutOperator(o, h.now())
}

// firstOffice is the first of a member's offices that is still there, and its
// own: offices are closed, and given away.
func firstOffice(tx Tx, m Member) (o app.Office, found bool, err error) {
	for _, id := range m.Offices {
		e, there, err := tx.WorkingLine(Key{wire.TypeOffice, id})
		if err != nil || !there {
			if err != nil {
				return o, false, err
			}
			continue
		}
		if o, err = e.Office(); err != nil || o.Authority == m.Authority {
			return o, err == nil, err
		}
	}
	return app.Office{}, false, nil
}

func operatorRow(o wire.OperatorRecord) PrivateRow {
	return PrivateRow{Type: wire.TypeOperator, ID: o.ID, Authority: o.Authority, Office: o.Office}
}

func putFirstSteps(tx Tx, authority string, first membership.FirstSteps) (PrivateRow, error) {
	first.Type, first.ID = membership.TypeFirstSteps, authority
	line, err := wire.Marshal(first)
	if err != nil {
		return PrivateRow{}, err
	}
	return PrivateRow{Type: first.Type, ID: authority, Authority: authority}, tx.PutFirstSteps(authority, line)
}

// endMember lets a body leave: its line is marked, its workstations, codes and
// operators are out of use. What they logged stays.
func (h *Hub) endMember(tx Tx, r *MembershipRecord) error {
	authority := r.Member.Authority
	// Codes before the authority, as an enrolment does: two that meet must not
	// wait for each other.
	if err := tx.VoidCodes(authority, ""); err != nil {
		return err
	}
	if err := lockAuthority(tx, authority); err != nil {
		return err
	}
	if err := endAuthority(tx, authority, h.today()); err != nil {
		return err
	}
	devices, err := tx.Devices(authority)
	if err != nil {
		return err
	}
	var rows []PrivateRow
	for _, d := range devices {
		if d.Revoked() {
			continue
		}
		d.RevokedAt = h.now()
		if err := tx.ChangeDevice(d); err != nil {
			return err
		}
		rows = append(rows, d.row())
	}
	operators, err := tx.Operators(authority)
	if err != nil {
		return err
	}
	r.Member.Operators = nil
	for _, o := range operators {
		if !o.Active {
			continue
		}
		o.Active = false
		if err := tx.PutOperator(o, h.now()); err != nil {
			return err
		}
		rows = append(rows, operatorRow(o))
		r.Member.Operators = append(r.Member.Operators, o.ID)
	}
	return listPrivate(tx, authority, rows)
}

// restoreMember takes a body back. Its operators work again; its workstations
// are enrolled anew, by a new letter.
func (h *Hub) restoreMember(tx Tx, r *MembershipRecord) error {
	if err := h.onlyMember(tx, r); err != nil {
		return err
	}
	if err := endAuthority(tx, r.Member.Authority, ""); err != nil {
		return err
	}
	var rows []PrivateRow
	for _, id := range r.Member.Operators {
		o, found, err := tx.Operator(id)
		if err != nil {
			return err
		}
		if !found || o.Active {
			continue
		}
		o.Active = true
		if err := tx.PutOperator(o, h.now()); err != nil {
			return err
		}
		rows = append(rows, operatorRow(o))
	}
	r.Member.Operators = nil
	made, err := h.responsabile(tx, r.Member)
	if err != nil {
		return err
	}
	return listPrivate(tx, r.Member.Authority, append(rows, made...))
}

// endAuthority marks an authority's line, or takes the mark away.
func endAuthority(tx Tx, authority string, on app.Date) error {
	e, found, err := tx.WorkingLine(Key{wire.TypeAuthority, authority})
	if err != nil || !found { // deleted meanwhile: nothing to mark
		return err
	}
	if e, err = endedLine(e.Line, on); err != nil {
		return err
	}
	if err := tx.PutWorking(e); err != nil {
		return err
	}
	return tx.CountImport()
}

// ended reports whether an authority has left the network.
func ended(tx Tx, authority string) (bool, error) {
	e, found, err := tx.WorkingLine(Key{wire.TypeAuthority, authority})
	if err != nil || !found {
		return false, err
	}
	a, err := e.Authority()
	return a.EndedOn != "", err
}

func (h *Hub) today() app.Date { return membership.Today(h.clock.Now()) }

// publishMember shows workstations what has just changed. When an import that
// nobody published would delete too much, both wait for who imported it. Who
// loses to others again and again has nothing to do: the second of them began
// after the first had ended, so it has what changed here. It goes on when who
// asked has given up: asked again, it would not come to an end either.
func (h *Hub) publishMember(ctx context.Context) error {
	_, err := h.Publish(context.WithoutCancel(ctx), PublishParams{})
	if code := app.ErrorCode(err); code == app.CodeBrake || code == app.CodeConflict {
		return nil
	}
	return err
}

// rankedContacts is how many contacts of the network, the newest, are looked at
// for a new member: more would keep its examiner waiting, and say no more.
const rankedContacts = 30_000

// firstSteps ranks the sheets of region and state by how many recent contacts
// of the network consulted them or an adaptation of theirs; where that is said of too
// few, those follow that most authorities adapt, then by title. A change that
// happened before needs none.
func (h *Hub) firstSteps(ctx context.Context, change string) (membership.FirstSteps, error) {
	var r ranking
	err := h.store.View(ctx, func(tx Tx) error {
		if _, happened, err := tx.MembershipChange(change); err != nil || happened {
			return err
		}
		r = ranking{sheets: map[string]*rankedSheet{}, base: map[string]string{}, corrected: map[string]bool{}}
		if err := tx.WorkingLines([]string{wire.TypeSheet}, r.sheet); err != nil {
			return err
		}
		return tx.NewestContactLines(rankedContacts, r.count)
	})
	return membership.FirstSteps{Sheets: r.most(), MadeAt: h.now()}, err
}

// ranking counts contacts by sheet.
type ranking struct {
	sheets    map[string]*rankedSheet // of region and state
	base      map[string]string       // adaptation -> the sheet that it lies over
	corrected map[string]bool         // authority + contact: there is a correction
}

type rankedSheet struct {
	code, title string
	contacts    int
	adapters    map[string]bool
}

func (r *ranking) of(code string) *rankedSheet {
	s, ok := r.sheets[code]
	if !ok {
		s = &rankedSheet{adapters: map[string]bool{}}
		r.sheets[code] = s
	}
	return s
}

func (r *ranking) sheet(e wire.Entity) error {
	s, err := e.Sheet()
	if err != nil {
		return err
	}
	switch {
	case s.Base != "":
		r.base[s.Code] = s.Base
		r.of(s.Base).adapters[s.Authority] = true
	case (s.Level == "national" || s.Level == "regional") && (s.Status == "" || s.Status == "active"):
		of := r.of(s.Code)
		of.code, of.title = s.Code, s.Title
	}
	return nil
}

// count takes contacts from the newest on: a correction comes before what it
// corrects.
func (r *ranking) count(line []byte) error {
	c, err := wire.DecodeContact(line)
	if err != nil {
		return err
	}
	superseded := r.corrected[c.Authority+"\x00"+c.ID]
	if c.Corrects != "" {
		k := c.Authority + "\x00" + c.Corrects
		superseded = superseded || r.corrected[k]
		r.corrected[k] = true
	}
	if superseded {
		return nil
	}
	counted := map[string]bool{}
	for _, s := range c.Sheets {
		code := cmp.Or(r.base[s.Code], s.Code)
		if of, ok := r.sheets[code]; ok && !counted[code] {
			of.contacts++
			counted[code] = true
		}
	}
	return nil
}

// most lists the first of them.
func (r *ranking) most() []string {
	list := make([]*rankedSheet, 0, len(r.sheets))
	for _, s := range r.sheets {
		if s.code != "" { // else a base that is not in the catalogue, or not offered
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *rankedSheet) int {
		return cmp.Or(cmp.Compare(b.contacts, a.contacts), cmp.Compare(len(b.adapters), len(a.adapters)),
			strings.Compare(strings.ToLower(a.title), strings.ToLower(b.title)), strings.Compare(a.code, b.code))
	})
	codes := []string{}
	for _, s := range list[:min(len(list), membership.MostRequested)] {
		codes = append(codes, s.code)
	}
	return codes
}
