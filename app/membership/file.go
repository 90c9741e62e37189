package membership

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"polis/app"
	"polis/data/wire"
)

// MaxFile is the largest request on a stick, in bytes: packed or unpacked,
// all documents together.
const MaxFile = 64 << 20

// Members of the zip archive of a File: the request first, then documents,
// named by their content.
const (
	fileRequest   = "richiesta.json"
	fileDocuments = "documenti/"
	fileMagic     = "PK\x03\x04"
)

// fileClaims are those of a File's signature: a JWS in its compact form, with
// the applicant's public key (JWK) in its header. There is no time in them
// that anybody judges: a stick may travel for weeks, and the same request
// twice does no harm.
type fileClaims struct {
	jwt.RegisteredClaims
	Request string `json:"request"` // its ID
	SHA256  string `json:"sha256"`  // of its canonical bytes
}

// fileAudience keeps a signature of something else from counting as one of a
// File, and the other way round.
const fileAudience = "polis-membership-file"

// SignFile signs the canonical bytes of a request with the applicant's key.
func SignFile(key *ecdsa.PrivateKey, id string, request []byte, at time.Time) (string, error) {
	jwk, err := wire.NewJWK(&key.PublicKey)
	if err != nil {
		return "", err
	}
	t := jwt.NewWithClaims(jwt.SigningMethodES256, fileClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: jwk.Thumbprint(), Audience: jwt.ClaimStrings{fileAudience}, IssuedAt: jwt.NewNumericDate(at),
		},
		Request: id, SHA256: wire.Hash(request),
	})
	t.Header["jwk"] = jwk
	text, err := t.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign request: %w", err)
	}
	return text, nil
}

// owner verifies the signature of a file and returns the thumbprint of the
// key that made it: the same that owns what comes over the network.
func (f *File) owner(id string) (string, error) {
	var claims fileClaims
	var thumbprint string
	_, err := jwt.ParseWithClaims(f.Signature, &claims, func(t *jwt.Token) (any, error) {
		key, name, err := wire.ParseJWK(t.Header["jwk"])
		thumbprint = name
		return key, err
	}, jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}), jwt.WithoutClaimsValidation())
	switch {
	case err != nil:
		return "", fmt.Errorf("signature: %w", err)
	case claims.Subject != thumbprint || claims.Request != id || claims.SHA256 != wire.Hash(f.Request) || len(claims.Audience) != 1 || claims.Audience[0] != fileAudience:
		return "", errors.New("signature of another key or of another request")
	}
	return thumbprint, nil
}

// Pack returns the file as a zip archive, ready to be sealed to the hub's
// upload key. open returns the content of a document. CodeFileTooLarge.
func (f *File) Pack(open func(sha256 string) (io.ReadCloser, error)) ([]byte, error) {
	var all int64
	for _, d := range f.Documents {
		if all += d.Size; all > MaxFile-MaxDocument/2 { // room for the request itself
			return nil, app.Fault(app.CodeFileTooLarge, nil, "name", d.Name, "mb", strconv.Itoa(MaxFile>>20))
		}
	}
	head, err := wire.Marshal(f)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	add := func(name string, content io.Reader) error {
		// Pictures and PDF are packed already; no moment, so equal contents
		// are equal files.
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = io.Copy(w, content)
		}
		return err
	}
	err = add(fileRequest, bytes.NewReader(head))
	done := map[string]bool{}
	for _, d := range f.Documents {
		if err == nil && !done[d.SHA256] {
			done[d.SHA256] = true
			err = addDocument(add, d.SHA256, open)
		}
	}
	if err := errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func addDocument(add func(string, io.Reader) error, sha256 string, open func(string) (io.ReadCloser, error)) error {
	content, err := open(sha256)
	if err != nil {
		return err
	}
	return errors.Join(add(fileDocuments+sha256, content), content.Close())
}

// Unpacked is a File as the hub reads it: everything in it is checked against
// its hash, its size and the signature; whether the request is complete is
// not.
type Unpacked struct {
	ID      string // of the request
	Owner   string // thumbprint of the applicant's key
	Request []byte // canonical
	File    File
	Content map[string][]byte // of the documents, by SHA-256
}

// UnpackFile reads what Pack wrote, opened with the hub's key. Nobody says
// that it comes from us: CodeMembershipFile for whatever does not hold.
func UnpackFile(plain []byte) (*Unpacked, error) {
	u, err := unpack(plain)
	if err != nil {
		return nil, app.Fault(app.CodeMembershipFile, err, "path", "")
	}
	return u, nil
}

func unpack(plain []byte) (*Unpacked, error) {
	if len(plain) > MaxFile || !bytes.HasPrefix(plain, []byte(fileMagic)) {
		return nil, fmt.Errorf("%d bytes, or no zip", len(plain))
	}
	z, err := zip.NewReader(bytes.NewReader(plain), int64(len(plain)))
	if err != nil {
		return nil, err
	}
	u := &Unpacked{Content: map[string][]byte{}}
	left := int64(MaxFile)
	for i, m := range z.File {
		sha, isDocument := strings.CutPrefix(m.Name, fileDocuments)
		if m.Method != zip.Store || i > MaxDocuments || (i == 0) != (m.Name == fileRequest) || (i > 0 && !isDocument) {
			return nil, fmt.Errorf("member %d is not in its place", i)
		}
		content, err := readMember(m, &left)
		switch {
		case err != nil:
			return nil, err
		case i == 0:
			if err := u.head(content); err != nil {
				return nil, err
			}
		case wire.Hash(content) != sha || u.Content[sha] != nil || len(content) > MaxDocument:
			return nil, fmt.Errorf("document %d is not what its name says", i)
		default:
			u.Content[sha] = content
		}
	}
	return u, u.whole()
}

func readMember(m *zip.File, left *int64) ([]byte, error) {
	r, err := m.Open()
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(r, *left+1))
	if *left -= int64(len(content)); *left < 0 {
		err = errors.New("it unpacks to too much")
	}
	return content, errors.Join(err, r.Close())
}

func (u *Unpacked) head(text []byte) error {
	if err := json.Unmarshal(text, &u.File); err != nil {
		return err
	}
	line, err := wire.Canonical(u.File.Request)
	if err != nil {
		return err
	}
	var r struct{ Type, ID string }
	if err := json.Unmarshal(line, &r); err != nil || r.Type != wire.TypeMembershipRequest {
		return fmt.Errorf("type %q (%w)", r.Type, err)
	}
	u.File.Request, u.Request, u.ID = line, line, r.ID
	u.Owner, err = u.File.owner(r.ID)
	return err
}

// whole: what the request names is there, and nothing else.
func (u *Unpacked) whole() error {
	var r struct{ Documents []Document }
	if err := json.Unmarshal(u.Request, &r); err != nil {
		return err
	}
	named := map[string]bool{}
	for _, d := range r.Documents {
		if content, here := u.Content[d.SHA256]; !here || int64(len(content)) != d.Size {
			return fmt.Errorf("a document of %d bytes is missing", d.Size)
		}
		named[d.SHA256] = true
	}
	if len(named) != len(u.Content) {
		return errors.New("a document that the request does not name")
	}
	u.File.Documents = r.Documents // signed, unlike the list beside it
	return nil
}
