package region

import (
	"bytes"
	"context"
	"encoding/json"

	"filippo.io/age"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// MembershipAnswer returns how a request stands as a file for the workstation
// that made it and has no link: signed by the hub, sealed to the workstation.
// Codes: CodeForbidden, CodeNotFound, CodeInvalid (the request does not say
// what to seal to).
func (h *Hub) MembershipAnswer(ctx context.Context, caller Caller, id string) ([]byte, error) {
	if !examines(caller) {
		return nil, app.Fault(app.CodeForbidden, nil)
	}
	k, err := h.currentKeys(ctx)
	if err != nil {
		return nil, err
	}
	r, err := h.membershipRecord(ctx, id, "")
	if err != nil {
		return nil, err
	}
	var request struct {
		AnswerKey string `json:"answer_key"`
	}
	err = json.Unmarshal(r.Line, &request)
	var to *age.X25519Recipient
	if err == nil {
		to, err = age.ParseX25519Recipient(request.AnswerKey)
	}
	if err != nil {
		return nil, app.Fault(app.CodeInvalid, err, "field", "answer_key", "value", clip(request.AnswerKey))
	}
	out := membership.SignedAnswer{OnlineKey: k.statement}
	answer := membership.Answer{Type: membership.TypeAnswer, IssuedAt: h.now(), Case: r.ForApplicant()}
	if out.Answer, err = wire.Sign(answer, k.online); err != nil {
		return nil, err
	}
	plain, err := wire.Marshal(out)
	if err != nil {
		return nil, err
	}
	return sealTo(to, plain)
}

// sealTo encrypts for one reader.
func sealTo(to age.Recipient, plain []byte) ([]byte, error) {
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil { // writes the last piece
		return nil, err
	}
	return sealed.Bytes(), nil
}
