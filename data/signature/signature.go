// Package signature reads what a digitally signed file says of itself: its
// form, who signed, which document was signed. It verifies nothing: neither
// the signature nor the certificate nor its issuer; that is done by the
// programs of the qualified providers, by those who register the document.
package signature

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"polis/app"
	"polis/app/membership"
)

// Bounds of what is read.
const (
	MaxSize    = 64 << 20 // bytes of a file
	maxNested  = 5        // envelopes in each other: "a.pdf.p7m.p7m"
	maxSigners = 8        // that are named
	maxName    = 120      // letters of a name
)

var (
	errNone     = errors.New("no signature")
	errDetached = errors.New("a signature without its document")
)

// ReadSignature tells what a signed file says of itself. Kind and name of the
// file play no part: CMS envelopes (.p7m: DER, BER, base64, PEM) and signed
// PDFs are known by their content. The signer is the name in the certificate,
// several are joined by ", "; Encloses is the SHA-256 of the innermost
// document, of a signed PDF that of the file as it was before the first
// signature. Codes: CodeNotSigned, CodeSignatureDetached (a signature whose
// document is in another file), CodeFileTooLarge (params: name, which is
// empty here, mb).
func ReadSignature(content []byte) (membership.Signature, error) {
	if len(content) > MaxSize {
		return membership.Signature{}, app.Fault(app.CodeFileTooLarge, nil, "name", "", "mb", strconv.Itoa(MaxSize>>20))
	}
	found, err := read(content, maxNested)
	switch {
	case errors.Is(err, errDetached):
		return membership.Signature{}, app.Fault(app.CodeSignatureDetached, err)
	case err != nil:
		return membership.Signature{}, app.Fault(app.CodeNotSigned, err, "name", "")
	}
	s := membership.Signature{Format: found.format, Signer: strings.Join(found.signers, ", ")}
	if len(found.documents) > 0 {
		s.Encloses = hash(found.documents[0])
	}
	return s, nil
}

// Holds reports that a document with a SHA-256 (hexadecimal) is what was
// signed. It knows more than Encloses: programs that sign a PDF do not say
// with how many line ends the document ended, here all are tried.
func Holds(content []byte, sha string) bool {
	if len(content) > MaxSize {
		return false
	}
	found, err := read(content, maxNested)
	return err == nil && slices.ContainsFunc(found.documents, func(d []byte) bool { return strings.EqualFold(hash(d), sha) })
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// signed is what was found in a file.
type signed struct {
	format  string
	signers []string
	// documents are what was signed, likeliest first; empty when it cannot be
	// told.
	documents [][]byte
}

// read looks into a file, and into what an envelope holds, as long as there
// are levels left.
func read(content []byte, levels int) (signed, error) {
	if isPDF(content) {
		return readPDF(content)
	}
	der, ok := envelope(content)
	if !ok {
		return signed{}, errNone
	}
	cms, err := parseCMS(der)
	if err != nil {
		return signed{}, err
	}
	if cms.stamp {
		return signed{}, errNone
	}
	if cms.content == nil {
		return signed{}, errDetached
	}
	s := signed{format: membership.FormatCAdES, signers: cms.signers, documents: [][]byte{cms.content}}
	if levels > 1 {
		if inner, err := read(cms.content, levels-1); err == nil {
			s.documents = append(inner.documents, cms.content)
			if len(inner.documents) == 0 {
				s.documents = nil
			}
			for _, name := range inner.signers {
				if !slices.Contains(s.signers, name) {
					s.signers = append(s.signers, name)
				}
			}
		}
	}
	s.signers = s.signers[:min(len(s.signers), maxSigners)]
	return s, nil
}

// envelope returns the BER of a file, out of PEM or base64 where it is
// wrapped in them.
func envelope(content []byte) ([]byte, bool) {
	if len(content) > 0 && content[0] == tagSequence {
		return content, true
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(content, []byte("\ufeff")))
	if bytes.HasPrefix(text, []byte("-----BEGIN ")) {
		if block, _ := pem.Decode(text); block != nil && len(block.Bytes) > 0 && block.Bytes[0] == tagSequence {
			return block.Bytes, true
		}
		return nil, false
	}
	// 0x30 begins with an M in base64; a look at the beginning saves copying
	// files that are something else.
	if len(text) == 0 || text[0] != 'M' || bytes.ContainsFunc(text[:min(len(text), 512)], func(r rune) bool { return !base64Rune(r) }) {
		return nil, false
	}
	packed := bytes.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '=' {
			return -1
		}
		return r
	}, text)
	der, err := base64.RawStdEncoding.DecodeString(string(packed))
	return der, err == nil && len(der) > 0 && der[0] == tagSequence
}

func base64Rune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("+/= \r\n\t", r)
}

// clean makes a name of a certificate fit to be shown.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, name)
	letters := []rune(strings.Join(strings.Fields(name), " "))
	return string(letters[:min(len(letters), maxName)])
}
