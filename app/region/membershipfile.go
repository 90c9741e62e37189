package region

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"filippo.io/age"
	"github.com/golang-jwt/jwt/v5"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// ImportMembershipFile takes a request that came on a stick or by PEC, with
// what its applicant asks of it, as the link would have brought both; the same
// file again, or an older one, is no change. Codes: CodeForbidden,
// CodeMembershipFile, CodeUnauthorized (the signature), CodeMembershipOlder,
// and those of PutMembershipRequest and ApplicantChange. What is refused keeps
// back what the file asks for after it.
func (h *Hub) ImportMembershipFile(ctx context.Context, caller Caller, content []byte) (membership.Case, error) {
	if !examines(caller) {
		return membership.Case{}, app.Fault(app.CodeForbidden, nil)
	}
	k, err := h.currentKeys(ctx)
	if err != nil {
		return membership.Case{}, err
	}
	plain, err := unsealFile(content, k.upload)
	if err != nil {
		return membership.Case{}, app.Fault(app.CodeMembershipFile, err, "path", "")
	}
	in := fileImport{h: h, documents: map[string][]byte{}}
	in.file, err = membership.ReadFile(plain, func(sha string, content []byte) error {
		in.documents[sha] = content
		return nil
	})
	if err != nil {
		return membership.Case{}, err
	}
	if in.applicant, err = fileApplicant(in.file); err != nil {
		return membership.Case{}, err
	}
	var head wire.MembershipHead
	if err := json.Unmarshal(in.file.Request, &head); err != nil {
		return membership.Case{}, app.Fault(app.CodeMembershipFile, err, "path", "")
	}
	if err := in.request(ctx, head.ID); err != nil {
		return membership.Case{}, err
	}
	for i := range in.file.Changes {
		if err := in.change(ctx, head.ID, &in.file.Changes[i]); err != nil {
			return membership.Case{}, err
		}
	}
	return h.examinedCase(ctx, head.ID)
}

// fileImport is a file on its way in.
type fileImport struct {
	h         *Hub
	file      membership.File
	applicant Applicant
	documents map[string][]byte
}

// request stores the request, unless it is there as it is: what was complete
// then is not judged again.
func (i *fileImport) request(ctx context.Context, id string) error {
	line, err := wire.Canonical(i.file.Request)
	if err != nil {
		return app.Fault(app.CodeMembershipFile, err, "path", "")
	}
	was, err := i.h.membershipRecord(ctx, id, i.applicant.Thumbprint)
	if err == nil && was.SHA256 == wire.Hash(line) {
		return nil
	}
	if err != nil && app.ErrorCode(err) != app.CodeNotFound {
		return err
	}
	in, err := i.h.readMembership(id, line)
	if err != nil {
		return err
	}
	in.file = &i.file
	for _, d := range in.request.Documents {
		if err := i.h.putWhole(ctx, i.applicant, d.SHA256, i.documents[d.SHA256]); err != nil {
			return err
		}
	}
	_, _, err = i.h.putMembership(ctx, i.applicant, in)
	return err
}

// change lets what the applicant asks happen.
func (i *fileImport) change(ctx context.Context, id string, c *membership.Change) error {
	if c.Request != id {
		return app.Fault(app.CodeMembershipFile, errors.New("a change of another request"), "path", "")
	}
	if c.Event == membership.Integrate {
		now, err := i.h.membershipRecord(ctx, id, i.applicant.Thumbprint)
		if err != nil || !integrates(&now, &i.file) { // the content that went before it was the answer
			return err
		}
	}
	if c.Document != nil {
		if err := i.h.putWhole(ctx, i.applicant, c.Document.SHA256, i.documents[c.Document.SHA256]); err != nil {
			return err
		}
	}
	_, err := i.h.ApplicantChange(ctx, i.applicant, *c)
	return err
}

// integrates reports that a file answers what the region asks for now.
func integrates(r *MembershipRecord, f *membership.File) bool {
	asked := 0
	for _, e := range r.History {
		if e.Event == membership.RequestIntegration {
			asked++
		}
	}
	return r.State == membership.Integration && f.Answers >= asked
}

func unsealFile(sealed []byte, key age.Identity) ([]byte, error) {
	if len(sealed) > membership.MaxFile {
		return nil, errors.New("membership file: too large")
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), key)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, membership.MaxFile))
}

// fileApplicant finds who signed the file. The time of the signature is not
// judged: a stick may travel for weeks.
func fileApplicant(f membership.File) (Applicant, error) {
	part, err := f.SignedPart()
	if err != nil {
		return Applicant{}, app.Fault(app.CodeMembershipFile, err, "path", "")
	}
	var claims signatureClaims
	var owner string
	_, err = jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}), jwt.WithoutClaimsValidation()).
		ParseWithClaims(f.Signature, &claims, func(t *jwt.Token) (any, error) {
			key, thumbprint, err := parseJWK(t.Header["jwk"])
			owner = thumbprint
			return key, err
		})
	switch {
	case err != nil:
	case claims.Subject != owner || claims.Issuer != owner || !slices.Contains(claims.Audience, wire.TokenAudience):
		err = errors.New("signature of another key")
	case !claims.signs("digest", wire.DigestOf(part)) || !claims.signs("content-type", membership.FileMedia):
		err = errors.New("the signature is for another content")
	}
	return Applicant{Thumbprint: owner, vouched: true}, unsigned(err)
}

// putWhole stores a document of an applicant; what came in parts before is
// completed.
func (h *Hub) putWhole(ctx context.Context, a Applicant, sha string, content []byte) error {
	size := int64(len(content))
	upload, err := h.BlobUpload(ctx, a, sha)
	if app.ErrorCode(err) == app.CodeNotFound {
		upload, err = wire.BlobUpload{}, nil
	}
	for at := upload.Received; err == nil && !upload.Complete && at < size; at = upload.Received {
		end := min(at+wire.MaxBlobPart, size)
		upload, _, err = h.PutBlobPart(ctx, a, BlobPart{SHA256: sha, Starts: at, Size: size, Content: content[at:end]})
	}
	return err
}
