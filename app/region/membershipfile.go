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

// ImportMembershipFile takes a request that came on a stick or by PEC, as its
// applicant would have sent it; the same file again is no change. Codes:
// CodeForbidden, CodeMembershipFile, CodeUnauthorized (the signature), and
// those of PutMembershipRequest.
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
	documents := map[string][]byte{}
	f, err := membership.ReadFile(plain, func(sha string, content []byte) error {
		documents[sha] = content
		return nil
	})
	if err != nil {
		return membership.Case{}, err
	}
	a, err := fileApplicant(f)
	if err != nil {
		return membership.Case{}, err
	}
	var head wire.MembershipHead
	if err := json.Unmarshal(f.Request, &head); err != nil {
		return membership.Case{}, app.Fault(app.CodeMembershipFile, err, "path", "")
	}
	in, err := h.readMembership(head.ID, f.Request)
	if err != nil {
		return membership.Case{}, err
	}
	for _, d := range in.request.Documents {
		if err := h.putWhole(ctx, a, d.SHA256, documents[d.SHA256]); err != nil {
			return membership.Case{}, err
		}
	}
	if _, _, err := h.putMembership(ctx, a, in); err != nil {
		return membership.Case{}, err
	}
	return h.examinedCase(ctx, in.id)
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

// fileApplicant finds who signed the request. The time of the signature is not
// judged: a stick may travel for weeks.
func fileApplicant(f membership.File) (Applicant, error) {
	line, err := wire.Canonical(f.Request)
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
	case !claims.signs("digest", wire.DigestOf(line)) || !claims.signs("content-type", membership.FileMedia):
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
