package membership

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"polis/app"
	"polis/data/wire"
)

// The archive of a request that travels on a stick or by PEC: the File and
// its documents, each named by its content. MaxFile bounds the archive, sealed
// or not.
const (
	MaxFile        = 64 << 20
	MaxFileChanges = 8
	FileMedia      = "application/json" // content type that the signature names, beside the digest of the signed part

	fileEntry     = "request.json"
	documentEntry = "documents/"
	maxFileHead   = 1 << 20
)

// SignedPart is what the applicant's key signs: everything but the signature
// and the contents of the documents, which it names by their hashes. Of a file
// that was read it is what stands there, also what this program does not know.
func (f *File) SignedPart() ([]byte, error) {
	if f.signed != nil {
		return f.signed, nil
	}
	unsigned := *f
	unsigned.Signature = ""
	return wire.Marshal(unsigned)
}

// parse reads the head of an archive.
func (f *File) parse(head []byte) error {
	var all map[string]json.RawMessage
	err := json.Unmarshal(head, &all)
	if err == nil {
		err = json.Unmarshal(head, f)
	}
	if err == nil {
		delete(all, "signature")
		f.signed, err = wire.Marshal(all)
	}
	if err == nil && (len(f.Documents) > MaxDocuments+MaxFileChanges || len(f.Changes) > MaxFileChanges) {
		err = errors.New("too many documents or changes")
	}
	return err
}

// WriteFile writes the archive. open returns the content of a document. Codes:
// CodeFileTooLarge (name, mb).
func WriteFile(w io.Writer, f File, open func(sha256 string) (io.ReadCloser, error)) error {
	var size int64
	var largest Document // that is to be made smaller
	for _, d := range f.Documents {
		if size += d.Size; d.Size > largest.Size {
			largest = d
		}
	}
	if size > MaxFile-maxFileHead {
		return app.Fault(app.CodeFileTooLarge, nil, "name", largest.Name, "mb", fmt.Sprint(MaxFile>>20))
	}
	z := zip.NewWriter(w)
	head, err := wire.Marshal(f)
	if err == nil {
		err = addEntry(z, fileEntry, bytes.NewReader(head))
	}
	for _, d := range f.Documents {
		if err != nil {
			break
		}
		err = addDocument(z, d.SHA256, open)
	}
	return errors.Join(err, z.Close())
}

func addDocument(z *zip.Writer, sha256 string, open func(string) (io.ReadCloser, error)) error {
	content, err := open(sha256)
	if err != nil {
		return err
	}
	return errors.Join(addEntry(z, documentEntry+sha256, content), content.Close())
}

func addEntry(z *zip.Writer, name string, content io.Reader) error {
	out, err := z.Create(name)
	if err == nil {
		_, err = io.Copy(out, content)
	}
	return err
}

// ReadFile reads the archive and gives every document that it names to yield.
// Nothing in it is believed but the documents' hashes, which are computed.
// Codes: CodeMembershipFile, and what yield returns.
func ReadFile(plain []byte, yield func(sha256 string, content []byte) error) (File, error) {
	var f File
	damaged := func(err error) (File, error) { return f, app.Fault(app.CodeMembershipFile, err, "path", "") }
	z, err := zip.NewReader(bytes.NewReader(plain), int64(len(plain)))
	if err != nil {
		return damaged(err)
	}
	head, err := readEntry(z, fileEntry, maxFileHead)
	if err == nil {
		err = f.parse(head)
	}
	if err != nil {
		return damaged(err)
	}
	left := int64(MaxFile) // of all together: what is packed small may be large
	for _, d := range f.Documents {
		content, err := readEntry(z, documentEntry+d.SHA256, min(left, MaxDocument))
		left -= int64(len(content))
		if err == nil && wire.Hash(content) != d.SHA256 {
			err = fmt.Errorf("document %s has another content", d.SHA256)
		}
		if err != nil || len(d.SHA256) != 64 || strings.ContainsAny(d.SHA256, `/\.`) {
			return damaged(err)
		}
		if err := yield(d.SHA256, content); err != nil {
			return f, err
		}
	}
	return f, nil
}

// readEntry never unpacks more than a document may have.
func readEntry(z *zip.Reader, name string, most int64) ([]byte, error) {
	in, err := z.Open(name)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(in, most+1))
	if err == nil && int64(len(content)) > most {
		err = fmt.Errorf("%s is too large", name)
	}
	return content, errors.Join(err, in.Close())
}
