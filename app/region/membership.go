package region

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// Bounds of a request, and of what is said about it, in bytes.
const (
	MaxMembershipRequest = 256 << 10
	MaxMembershipChange  = 64 << 10
	maxReason            = 8 << 10
	maxChangeFields      = 200
	maxChangeLine        = 200 // of a field's path, a protocol's number and its day
	maxHistory           = 300 // entries, before an applicant may only withdraw
	maxRivals            = 20  // told of a request: strangers may send thousands for one body
)

// Bodies is the register of public bodies.
type Bodies interface {
	ByID(ipa string) (membership.Body, bool)
}

// Administrator is who works at the hub's own command line.
func Administrator(authority string) Caller {
	return Caller{
		Device: Device{Authority: authority},
		Acting: &wire.OperatorRecord{Authority: authority, Role: wire.RoleAdministrator, Active: true},
	}
}

// examines reports whether the caller may deal with requests.
func examines(c Caller) bool { return c.Is(wire.RoleExaminer, wire.RoleAdministrator) }

// asker is who asks for a change: an applicant of its own request, or somebody
// of the region.
type asker struct {
	owner string // "" = the region
	actor membership.Actor
	looks bool // a screen that shows which version was read
}

func (a asker) owns(r MembershipRecord) bool { return a.owner == "" || a.owner == r.Owner }

func examiner(c Caller) asker {
	a := asker{actor: membership.Actor{Role: membership.ByExaminer, ID: c.Acting.ID}, looks: c.Device.ID != ""}
	if c.Is(wire.RoleAdministrator) {
		a.actor.Role = membership.ByAdministrator
	}
	return a
}

// mayNow refuses what somebody decided who has read an older version, and an
// applicant without end.
func (a asker) mayNow(r *MembershipRecord, c membership.Change) error {
	switch {
	case a.owner == "" && c.Seen != r.Version && (a.looks || c.Seen != 0):
		return app.Fault(app.CodeChanged, nil, "what", r.ID)
	case a.owner != "" && len(r.History) >= maxHistory && c.Event != membership.Withdraw:
		return app.Fault(app.CodeForbidden, nil)
	}
	return nil
}

// submission is a request that was read.
type submission struct {
	id, sha256 string
	line       []byte
	request    membership.Request
	keys       membershipKeys
	file       *membership.File // that it came in, nil = by the link
}

// membershipKeys tell whether two requests are of the same body.
type membershipKeys struct{ authority, taxCode, name string }

// errTaken: another process was faster with the same identifier.
var errTaken = errors.New("membership request: the identifier was taken meanwhile")

// PutMembershipRequest stores an applicant's request. The same request again
// is no change. While nobody has looked at it its owner may replace it, and
// when the region asked to complete it another content is the answer. Codes:
// CodeInvalid, CodeMembershipIncomplete (n), CodeTooManyFiles,
// CodeFileTooLarge, CodeNotFound (somebody else's), CodeMembershipState,
// CodeMembershipOlder (another version came after it), CodeForbidden (too
// many), CodeTooManyRequests (of all applicants together, or of one address).
func (h *Hub) PutMembershipRequest(ctx context.Context, a Applicant, id string, body []byte) (c membership.Case, created bool, err error) {
	in, err := h.readMembership(id, body)
	if err != nil {
		return membership.Case{}, false, err
	}
	r, created, err := h.putMembership(ctx, a, in)
	if err != nil {
		return membership.Case{}, false, err
	}
	return r.ForApplicant(), created, nil
}

func (h *Hub) putMembership(ctx context.Context, a Applicant, in submission) (r MembershipRecord, created bool, err error) {
	var refusal error // returned after the commit: a term that ended meanwhile stays ended
	for {
		err = h.store.Update(ctx, func(tx Tx) error {
			refusal = nil
			was, found, err := tx.LockMembership(in.id)
			if err != nil {
				return err
			}
			r, created = was, !found
			switch {
			case !found:
				return h.submit(tx, &r, a, in)
			case was.Owner != a.Thumbprint:
				return app.Fault(app.CodeNotFound, nil, "what", in.id)
			}
			refusal, err = h.settle(tx, &r, func() error { return h.replace(tx, &r, in) })
			return err
		})
		if err == nil {
			err = refusal
		}
		if !errors.Is(err, errTaken) {
			return r, created, err
		}
	}
}

// submit takes a request that is new.
func (h *Hub) submit(tx Tx, r *MembershipRecord, a Applicant, in submission) error {
	requests, _, _, err := tx.ApplicantUse(a.Thumbprint)
	if err != nil {
		return err
	}
	if requests >= maxRequests {
		return app.Fault(app.CodeForbidden, nil)
	}
	if err := h.full(tx, a); err != nil {
		return err
	}
	fresh, _, _ := shares()
	if err := h.share(tx, a, fresh, 1); err != nil {
		return err
	}
	now := h.now()
	*r = MembershipRecord{Owner: a.Thumbprint, Case: membership.Case{ID: in.id, ReceivedAt: now}}
	if err := h.take(tx, r, in); err != nil {
		return err
	}
	if err := r.Apply(membership.Change{Request: in.id, Event: membership.Submit}, membership.Actor{Role: membership.ByApplicant}, now); err != nil {
		return err
	}
	year := membership.ItalianTime(now).Year()
	n, err := tx.NextReceiptNumber(year)
	if err != nil {
		return err
	}
	r.Number = receiptNumber(year, n)
	if r.Version, err = tx.NextMembershipVersion(); err != nil {
		return err
	}
	added, err := tx.AddMembership(*r)
	if err == nil && !added {
		err = errTaken
	}
	return err
}

func receiptNumber(year int, n int64) string {
	text := strconv.FormatInt(n, 10)
	return strconv.Itoa(year) + "-" + strings.Repeat("0", max(5-len(text), 0)) + text
}

// replace takes other content in place of what is there.
func (h *Hub) replace(tx Tx, r *MembershipRecord, in submission) error {
	if r.SHA256 == in.sha256 {
		return nil
	}
	if len(r.History) >= maxHistory {
		return app.Fault(app.CodeForbidden, nil)
	}
	if in.request.Revision < revision(r.Line) {
		return app.Fault(app.CodeMembershipOlder, nil)
	}
	event := membership.Replace
	if r.State == membership.Integration && (in.file == nil || integrates(r, in.file)) {
		event = membership.Integrate
	}
	if err := r.Apply(membership.Change{Request: r.ID, Event: event}, membership.Actor{Role: membership.ByApplicant}, h.now()); err != nil {
		return err
	}
	if err := h.take(tx, r, in); err != nil {
		return err
	}
	return keepMembership(tx, r)
}

// revision tells which version of a request is stored.
func revision(line []byte) int {
	var r struct{ Revision int }
	_ = json.Unmarshal(line, &r) // what is no request any more is older than any
	return r.Revision
}

// take puts the content into the record; its documents must have come before,
// and those of the content before it are needed no longer.
func (h *Hub) take(tx Tx, r *MembershipRecord, in submission) error {
	if err := tx.UnnameDocuments(r.ID, r.Owner); err != nil {
		return err
	}
	for _, d := range in.request.Documents {
		if err := h.hasDocument(tx, r, &d); err != nil {
			return err
		}
	}
	r.SHA256, r.Line = in.sha256, in.line
	r.Authority, r.Name = in.keys.authority, strings.TrimSpace(in.request.Body.Name)
	if known, ok := h.registered(r.Authority); ok { // whose line and letter it will be
		r.Name = known.Name
	}
	r.TaxCode, r.NameKey = in.keys.taxCode, in.keys.name
	return nil
}

func keepMembership(tx Tx, r *MembershipRecord) (err error) {
	if r.Version, err = tx.NextMembershipVersion(); err != nil {
		return err
	}
	return tx.PutMembership(*r)
}

// settle ends a term that has passed before it lets something be asked of the
// request. The end stays even when what is asked is refused for it, so a
// refusal comes back apart from the faults of the storage.
func (h *Hub) settle(tx Tx, r *MembershipRecord, ask func() error) (refusal, err error) {
	ended, err := h.expire(tx, r)
	if err != nil || !ended {
		if err == nil {
			err = ask()
		}
		return nil, err
	}
	err = tx.Savepoint(ask)
	var own *app.Error
	if errors.As(err, &own) {
		return err, nil
	}
	return nil, err
}

// expire lets the applicant's time be over from the moment it was.
func (h *Hub) expire(tx Tx, r *MembershipRecord) (bool, error) {
	if r.ExpiresAt == nil || h.now().Before(*r.ExpiresAt) {
		return false, nil
	}
	change := membership.Change{Request: r.ID, Event: membership.Expire}
	if err := r.Apply(change, membership.Actor{Role: membership.ByHub}, *r.ExpiresAt); err != nil {
		return false, err
	}
	return true, keepMembership(tx, r)
}

// ExpireMemberships ends the requests whose applicants let their time pass and
// returns how many there were.
func (h *Hub) ExpireMemberships(ctx context.Context) (n int, err error) {
	var due []string
	err = h.store.View(ctx, func(tx Tx) (err error) {
		due, err = tx.MembershipsDue(h.now())
		return err
	})
	for _, id := range due {
		if err != nil {
			break
		}
		var ended bool
		err = h.store.Update(ctx, func(tx Tx) error {
			ended = false
			r, found, err := tx.LockMembership(id)
			if err == nil && found {
				ended, err = h.expire(tx, &r)
			}
			return err
		})
		if err == nil && ended {
			n++
		}
	}
	return n, err
}

func (h *Hub) readMembership(id string, body []byte) (in submission, err error) {
	if err := checkUUID("id", id); err != nil {
		return in, err
	}
	invalid := func(field, value string, err error) error {
		return app.Fault(app.CodeInvalid, err, "field", field, "value", clip(value))
	}
	if len(body) > MaxMembershipRequest {
		return in, invalid("body", strconv.Itoa(len(body)), nil)
	}
	in.id = id
	if in.line, err = wire.Canonical(body); err == nil {
		err = json.Unmarshal(in.line, &in.request)
	}
	r := &in.request
	switch {
	case err != nil:
		return in, invalid("body", "", err)
	case r.Type != wire.TypeMembershipRequest:
		return in, invalid("type", r.Type, nil)
	case r.ID != id:
		return in, invalid("id", r.ID, nil)
	case len(r.Documents) > membership.MaxDocuments:
		return in, app.Fault(app.CodeTooManyFiles, nil, "n", strconv.Itoa(membership.MaxDocuments))
	case len(r.Offices) > membership.MaxOffices:
		return in, invalid("offices", strconv.Itoa(len(r.Offices)), nil)
	case len(r.Operators) > membership.MaxOperators:
		return in, invalid("operators", strconv.Itoa(len(r.Operators)), nil)
	}
	for _, d := range r.Documents {
		if err := checkDocument("documents", d); err != nil {
			return in, err
		}
	}
	if _, known := h.registered(r.Body.ID); h.bodies != nil && !known {
		r.Body.Registered = false // who says so must fill in what the register does not
	}
	if n := membership.Incomplete(r.CheckAt(h.clock.Now())); n > 0 {
		return in, app.Fault(app.CodeMembershipIncomplete, nil, "n", strconv.Itoa(n))
	}
	in.sha256, in.keys = wire.Hash(in.line), h.keysOf(r.Body)
	return in, nil
}

func checkDocument(field string, d membership.Document) error {
	switch {
	case d.Size > membership.MaxDocument:
		return app.Fault(app.CodeFileTooLarge, nil, "name", clip(d.Name), "mb", strconv.Itoa(membership.MaxDocument>>20))
	case !isSHA256(d.SHA256), d.Size < 1:
		return app.Fault(app.CodeInvalid, nil, "field", field, "value", clip(d.SHA256))
	}
	return nil
}

// keysOf says of which body a request is.
func (h *Hub) keysOf(b membership.Body) membershipKeys {
	k := membershipKeys{authority: strings.ToLower(strings.TrimSpace(b.ID))}
	if known, ok := h.registered(b.ID); ok {
		k.authority = known.ID
	}
	k.taxCode = strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, b.TaxCode)
	words := strings.FieldsFunc(strings.ToLower(b.Name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	k.name = strings.Join(words, " ")
	return k
}

// registered looks a body up.
func (h *Hub) registered(ipa string) (membership.Body, bool) {
	if h.bodies == nil || strings.TrimSpace(ipa) == "" {
		return membership.Body{}, false
	}
	return h.bodies.ByID(strings.TrimSpace(ipa))
}

// MembershipRequest returns an applicant's own request with its content.
// Codes: CodeNotFound.
func (h *Hub) MembershipRequest(ctx context.Context, a Applicant, id string) (membership.Case, error) {
	r, err := h.membershipRecord(ctx, id, a.Thumbprint)
	if err != nil {
		return membership.Case{}, err
	}
	c := r.ForApplicant()
	c.Content = r.Line
	return c, nil
}

// membershipRecord reads a request, whoever's when owner is "".
func (h *Hub) membershipRecord(ctx context.Context, id, owner string) (r MembershipRecord, err error) {
	for range 2 {
		err = h.store.View(ctx, func(tx Tx) error {
			var found bool
			var err error
			r, found, err = tx.Membership(id)
			if err == nil && (!found || owner != "" && owner != r.Owner) {
				err = app.Fault(app.CodeNotFound, nil, "what", clip(id))
			}
			return err
		})
		if err != nil || r.ExpiresAt == nil || h.now().Before(*r.ExpiresAt) {
			return r, err
		}
		if _, err = h.ExpireMemberships(ctx); err != nil {
			return r, err
		}
	}
	return r, err
}

// ApplicantChange lets an event of the applicant happen to its request; the
// same change again gets the case as it is now. Codes: CodeInvalid,
// CodeNotFound, CodeMembershipState, CodeForbidden, CodeConflict (the
// identifier is that of another change), CodeNotSigned.
func (h *Hub) ApplicantChange(ctx context.Context, a Applicant, c membership.Change) (membership.Case, error) {
	if c.Event == membership.Submit || c.Event == membership.Replace { // a request comes with its content
		return membership.Case{}, app.Fault(app.CodeInvalid, nil, "field", "event", "value", string(c.Event))
	}
	r, err := h.changeMembership(ctx, c, asker{owner: a.Thumbprint, actor: membership.Actor{Role: membership.ByApplicant}})
	if err != nil {
		return membership.Case{}, err
	}
	return r.ForApplicant(), nil
}

// ExaminerChange lets an event of the region happen to a request; the same
// change again gets the case as it is now. A change of a case that is no
// longer the one that was read is refused. What changes the catalogue is
// published at once. Codes: CodeForbidden, CodeInvalid, CodeNotFound,
// CodeMembershipState, CodeChanged, CodeConflict (the identifier is that of
// another change), CodeMemberAlready, CodeNotSigned.
func (h *Hub) ExaminerChange(ctx context.Context, caller Caller, c membership.Change) (membership.Case, error) {
	if !examines(caller) {
		return membership.Case{}, app.Fault(app.CodeForbidden, nil)
	}
	if c.Event == membership.IssueLetter { // comes with a letter
		return membership.Case{}, app.Fault(app.CodeInvalid, nil, "field", "event", "value", string(c.Event))
	}
	if _, err := h.changeMembership(ctx, c, examiner(caller)); err != nil {
		return membership.Case{}, err
	}
	if slices.Contains([]membership.Event{membership.Activate, membership.End, membership.Restore}, c.Event) {
		if err := h.publishMember(ctx); err != nil { // the same change again tries once more
			return membership.Case{}, err
		}
	}
	return h.examinedCase(ctx, c.Request)
}

func (h *Hub) changeMembership(ctx context.Context, c membership.Change, who asker) (r MembershipRecord, err error) {
	claim, err := readChange(c, h.now())
	if err != nil {
		return r, err
	}
	var first membership.FirstSteps
	if c.Event == membership.Activate {
		if first, err = h.firstSteps(ctx, claim.ID); err != nil {
			return r, err
		}
	}
	var refusal error // returned after the commit, see settle
	err = h.store.Update(ctx, func(tx Tx) error {
		var found bool
		var err error
		refusal = nil
		r, found, err = tx.LockMembership(c.Request)
		if err == nil && (!found || !who.owns(r)) {
			err = app.Fault(app.CodeNotFound, nil, "what", clip(c.Request))
		}
		if err != nil {
			return err
		}
		refusal, err = h.settle(tx, &r, func() error {
			isNew, err := claimChange(tx, claim)
			if err != nil || !isNew {
				return err
			}
			return h.applyChange(tx, &r, c, who, first)
		})
		return err
	})
	if err == nil {
		err = refusal
	}
	return r, err
}

// readChange checks what needs no database.
func readChange(c membership.Change, now time.Time) (MembershipChange, error) {
	if err := errors.Join(checkUUID("id", c.ID), checkUUID("request", c.Request)); err != nil {
		return MembershipChange{}, err
	}
	raw, err := wire.Marshal(c)
	switch {
	case err != nil:
		return MembershipChange{}, err
	case len(raw) > MaxMembershipChange:
		return MembershipChange{}, app.Fault(app.CodeInvalid, nil, "field", "body", "value", strconv.Itoa(len(raw)))
	case len(c.Reason) > maxReason:
		return MembershipChange{}, app.Fault(app.CodeInvalid, nil, "field", "reason", "value", strconv.Itoa(len(c.Reason)))
	case len(c.Fields) > maxChangeFields:
		return MembershipChange{}, app.Fault(app.CodeInvalid, nil, "field", "fields", "value", strconv.Itoa(len(c.Fields)))
	}
	for _, line := range append([]string{c.Protocol.Number, string(c.Protocol.Date)}, c.Fields...) {
		if len(line) > maxChangeLine {
			return MembershipChange{}, app.Fault(app.CodeInvalid, nil, "field", "protocol", "value", clip(line))
		}
	}
	if c.Document != nil {
		if err := checkDocument("document", *c.Document); err != nil {
			return MembershipChange{}, err
		}
	}
	return MembershipChange{ID: c.ID, Request: c.Request, SHA256: wire.Hash(raw), At: now}, nil
}

// claimChange reports false when the change has happened before.
func claimChange(tx Tx, claim MembershipChange) (bool, error) {
	isNew, err := tx.AddMembershipChange(claim)
	if err != nil || isNew {
		return isNew, err
	}
	was, found, err := tx.MembershipChange(claim.ID)
	if err == nil && (!found || was.SHA256 != claim.SHA256) {
		err = app.Fault(app.CodeConflict, nil, "what", claim.ID)
	}
	return false, err
}

func (h *Hub) applyChange(tx Tx, r *MembershipRecord, c membership.Change, who asker, first membership.FirstSteps) error {
	if err := who.mayNow(r, c); err != nil {
		return err
	}
	if who.owner != "" {
		c.Fields = nil // only the region asks for some
	}
	if c.Document != nil {
		d := *c.Document
		c.Document = &d
	}
	err := r.Apply(c, who.actor, h.now())
	if err == nil && c.Document != nil {
		err = h.hasDocument(tx, r, c.Document)
	}
	if err != nil {
		return err
	}
	switch c.Event {
	case membership.Register:
		err = tx.RegisterDocuments(r.ID)
	case membership.Accept: // nobody signs for what cannot be
		err = h.onlyMember(tx, r)
	case membership.Activate:
		err = h.activate(tx, r, first)
	case membership.End:
		err = h.endMember(tx, r)
	case membership.Restore:
		err = h.restoreMember(tx, r)
	}
	if err != nil {
		return err
	}
	return keepMembership(tx, r)
}

// MembershipCases returns a page of the examiners' queue: cases with a version
// above the cursor, oldest change first, without content. Codes:
// CodeForbidden.
func (h *Hub) MembershipCases(ctx context.Context, caller Caller, after int64, limit int) (membership.CasePage, error) {
	page := membership.CasePage{Items: []membership.Case{}}
	if !examines(caller) {
		return page, app.Fault(app.CodeForbidden, nil)
	}
	if _, err := h.ExpireMemberships(ctx); err != nil {
		return page, err
	}
	limit = min(max(limit, 1), MaxPage)
	err := h.store.View(ctx, func(tx Tx) error {
		page = membership.CasePage{Items: []membership.Case{}}
		rows, err := tx.MembershipsAfter(after, limit+1)
		if err != nil {
			return err
		}
		if page.HasMore = len(rows) > limit; page.HasMore {
			rows = rows[:limit]
		}
		size := 0
		for _, r := range rows {
			if err := addRivals(tx, &r); err != nil {
				return err
			}
			text, err := json.Marshal(r.Case)
			if err != nil {
				return err
			}
			if size += len(text); size > maxPageBytes && len(page.Items) > 0 {
				page.HasMore = true
				break
			}
			page.Items = append(page.Items, r.Case)
		}
		return nil
	})
	return page, err
}

// addRivals names the other open requests for the same body.
func addRivals(tx Tx, r *MembershipRecord) (err error) {
	r.Rivals = nil
	if r.State.Open() {
		r.Rivals, err = tx.MembershipRivals(*r, maxRivals)
	}
	return err
}

// MembershipCase returns a case with its content and its rivals. Codes:
// CodeForbidden, CodeNotFound.
func (h *Hub) MembershipCase(ctx context.Context, caller Caller, id string) (membership.Case, error) {
	if !examines(caller) {
		return membership.Case{}, app.Fault(app.CodeForbidden, nil)
	}
	return h.examinedCase(ctx, id)
}

func (h *Hub) examinedCase(ctx context.Context, id string) (membership.Case, error) {
	r, err := h.membershipRecord(ctx, id, "")
	if err == nil {
		err = h.store.View(ctx, func(tx Tx) error { return addRivals(tx, &r) })
	}
	if err != nil {
		return membership.Case{}, err
	}
	c := r.Case
	c.Content = r.Line
	return c, nil
}

// NetworkSettings says how a workstation reaches this hub before it is
// enrolled.
func (h *Hub) NetworkSettings(ctx context.Context) (membership.Network, error) {
	k, err := h.currentKeys(ctx)
	if err != nil {
		return membership.Network{}, err
	}
	return membership.Network{Hub: h.address, CA: h.ca, UploadKey: k.uploadKey, Roots: k.roots}, nil
}
