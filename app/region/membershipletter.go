package region

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// MembershipLetter makes a new activation code for a member, which takes the
// place of those that were not used, and returns what the letter to the body's
// PEC says. The code is in the answer and nowhere else: when that is lost the
// same letter asked for again gets another code. Codes: CodeForbidden,
// CodeInvalid, CodeNotFound, CodeMembershipState, CodeNoRegisterPEC (name),
// CodeConflict (the identifier is that of another change, or the letter's code
// was used).
func (h *Hub) MembershipLetter(ctx context.Context, caller Caller, ask membership.LetterRequest) (membership.Letter, error) {
	if !examines(caller) {
		return membership.Letter{}, app.Fault(app.CodeForbidden, nil)
	}
	c := membership.Change{ID: ask.Change, Request: ask.Request, Event: membership.IssueLetter}
	claim, err := readChange(c, h.now())
	if err != nil {
		return membership.Letter{}, err
	}
	secret, err := randomText(codeSecretLong)
	if err != nil {
		return membership.Letter{}, err
	}
	var letter membership.Letter
	err = h.store.Update(ctx, func(tx Tx) error {
		r, found, err := tx.LockMembership(ask.Request)
		if err == nil && !found {
			err = app.Fault(app.CodeNotFound, nil, "what", clip(ask.Request))
		}
		if err != nil {
			return err
		}
		isNew, err := claimChange(tx, claim)
		if err != nil {
			return err
		}
		letter, err = h.letter(tx, &r, letterOf{ask: ask, by: examiner(caller).actor, secret: secret, again: !isNew})
		return err
	})
	return letter, err
}

// letterOf is a letter that is asked for, for the first time or again.
type letterOf struct {
	ask    membership.LetterRequest
	by     membership.Actor
	secret string
	again  bool
}

func (h *Hub) letter(tx Tx, r *MembershipRecord, l letterOf) (membership.Letter, error) {
	now := h.now()
	history := r.History
	if err := r.Apply(membership.Change{ID: l.ask.Change, Request: r.ID, Event: membership.IssueLetter}, l.by, now); err != nil {
		return membership.Letter{}, err
	}
	if l.again {
		r.History = history
		used, err := tx.LetterUsed(l.ask.Change)
		if err == nil && used {
			err = app.Fault(app.CodeConflict, nil, "what", l.ask.Change)
		}
		if err != nil {
			return membership.Letter{}, err
		}
	}
	letter, err := h.letterTo(tx, r, l.ask.PEC)
	if err != nil {
		return membership.Letter{}, err
	}
	o, found, err := firstOffice(tx, r.Member)
	if err == nil && !found {
		err = app.Fault(app.CodeNotFound, nil, "what", strings.Join(r.Member.Offices, ", "))
	}
	if err != nil {
		return membership.Letter{}, err
	}
	if err := tx.VoidCodes(r.Member.Authority, r.ID); err != nil {
		return membership.Letter{}, err
	}
	code := EnrolmentCode{
		Authority: r.Member.Authority, Office: o.ID, Role: wire.RoleManager, ExpiresAt: now.Add(maxValidity),
		Request: r.ID, Letter: l.ask.Change,
	}
	prefix, err := addCode(tx, l.secret, code)
	if err != nil {
		return membership.Letter{}, err
	}
	letter.Code, letter.Office, letter.Role = groups(prefix, l.secret), o.Name, code.Role
	letter.IssuedAt, letter.ExpiresAt = now, code.ExpiresAt
	if l.again {
		return letter, nil
	}
	return letter, keepMembership(tx, r)
}

// letterTo says to whom a letter goes: the address is that of the register, or
// one that the region gave the body's line, never one of the request alone.
func (h *Hub) letterTo(tx Tx, r *MembershipRecord, confirmed string) (membership.Letter, error) {
	var content membership.Request
	if err := json.Unmarshal(r.Line, &content); err != nil {
		return membership.Letter{}, fmt.Errorf("request %s: %w", r.ID, err)
	}
	line, _, err := authorityLine(tx, r.Member.Authority)
	if err != nil {
		return membership.Letter{}, err
	}
	body, pec, own := content.Body, "", strings.TrimSpace(content.Body.PEC)
	body.Name = cmp.Or(line.Name, body.Name)
	if known, ok := h.registered(r.Authority); ok {
		body, pec = known, known.PEC
	}
	if of := strings.TrimSpace(line.PEC); pec == "" && !strings.EqualFold(of, own) {
		pec = of
	}
	if pec == "" && own != "" && strings.EqualFold(strings.TrimSpace(confirmed), own) {
		pec = own
	}
	if pec == "" {
		return membership.Letter{}, app.Fault(app.CodeNoRegisterPEC, nil, "name", body.Name)
	}
	l := membership.Letter{
		Request: r.ID, Authority: r.Member.Authority, Name: body.Name, Address: postal(body.Address),
		PEC: pec, Hub: h.address, Protocol: r.Protocol,
	}
	for _, e := range r.History {
		if e.Event == membership.RegisterAgreement {
			l.Agreement = e.Protocol
		}
	}
	return l, nil
}

// postal writes an address in one line.
func postal(a app.Address) string {
	place := strings.TrimSpace(a.PostalCode + " " + a.Municipality)
	if place != "" && a.Province != "" {
		place += " (" + a.Province + ")"
	}
	if a.Street == "" || place == "" {
		return a.Street + place
	}
	return a.Street + ", " + place
}
