package signature

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"
)

// cms is what is read of a SignedData (RFC 5652).
type cms struct {
	content []byte // nil: it is elsewhere
	stamp   bool   // a time stamp, which is nobody's signature
	signers []string
}

// Bounds of what one envelope may hold.
const (
	maxCertificates = 100
	maxInfos        = 50
)

// parseCMS reads the signed data at the start of b; what follows it is
// padding.
func parseCMS(b []byte) (cms, error) {
	fields, err := signedData(b)
	if err != nil {
		return cms{}, errNone
	}
	var c cms
	if err := c.readContent(fields[2]); err != nil {
		return cms{}, errNone
	}
	var certificates []*x509.Certificate
	if fields[3].tag == context0 {
		certificates = readCertificates(fields[3])
	}
	infos := fields[len(fields)-1]
	if infos.tag != tagSet || len(infos.content) == 0 {
		return cms{}, errNone // certificates alone are no signature
	}
	if err := c.readSigners(infos, certificates); err != nil {
		return cms{}, errNone
	}
	return c, nil
}

// signedData takes the covers off: ContentInfo, its content, and the fields
// of that, which are version, algorithms, what was signed, perhaps
// certificates and lists, signers.
func signedData(b []byte) ([]element, error) {
	outer, _, err := next(b)
	if err != nil || outer.tag != tagSequence {
		return nil, errBER
	}
	info, err := outer.parts()
	if err != nil || len(info) < 2 || info[1].tag != context0 || !isOID(info[0], 1, 2, 840, 113549, 1, 7, 2) {
		return nil, errBER
	}
	data, _, err := next(info[1].content)
	if err != nil || data.tag != tagSequence {
		return nil, errBER
	}
	fields, err := data.parts()
	if err != nil || len(fields) < 4 || fields[1].tag != tagSet || fields[2].tag != tagSequence {
		return nil, errBER
	}
	return fields, nil
}

func (c *cms) readSigners(infos element, certificates []*x509.Certificate) error {
	for rest, n := infos.content, 0; len(rest) > 0 && n < maxInfos; n++ {
		var signer element
		var err error
		if signer, rest, err = next(rest); err != nil || signer.tag != tagSequence {
			return errBER
		}
		name, ok := signerOf(signer, certificates)
		if !ok {
			return errBER
		}
		if name != "" && !slices.Contains(c.signers, name) {
			c.signers = append(c.signers, name)
		}
	}
	return nil
}

// readContent reads what was signed.
func (c *cms) readContent(encapsulated element) error {
	parts, err := encapsulated.parts()
	if err != nil || len(parts) == 0 {
		return errBER
	}
	c.stamp = isOID(parts[0], 1, 2, 840, 113549, 1, 9, 16, 1, 4)
	if len(parts) == 1 {
		return nil
	}
	if parts[1].tag != context0 {
		return errBER
	}
	if len(parts[1].content) == 0 {
		return nil
	}
	octets, _, err := next(parts[1].content)
	if err != nil {
		return err
	}
	c.content, err = octets.octets(3)
	if c.content == nil && err == nil {
		c.content = []byte{}
	}
	return err
}

// readCertificates reads what it can: one that Go does not understand costs
// a name, not the signature.
func readCertificates(set element) []*x509.Certificate {
	var all []*x509.Certificate
	for rest := set.content; len(rest) > 0 && len(all) < maxCertificates; {
		var e element
		var err error
		if e, rest, err = next(rest); err != nil {
			break
		}
		if c, err := x509.ParseCertificate(e.whole); err == nil {
			all = append(all, c)
		}
	}
	return all
}

// signerOf returns the name of who signed, "" when its certificate is not
// there; false when this is no signer's information.
func signerOf(info element, certificates []*x509.Certificate) (string, bool) {
	parts, err := info.parts()
	if err != nil || len(parts) < 5 {
		return "", false
	}
	who := parts[1]
	if who.tag != tagSequence && who.tag != 0x80 {
		return "", false
	}
	for _, c := range certificates {
		if who.tag == 0x80 && len(c.SubjectKeyId) > 0 && bytes.Equal(who.content, c.SubjectKeyId) {
			return nameIn(c), true
		}
		if who.tag == tagSequence && issued(c, who) {
			return nameIn(c), true
		}
	}
	return "", true
}

// issued reports a certificate of this issuer and serial number.
func issued(c *x509.Certificate, who element) bool {
	issuer, rest, err := next(who.content)
	if err != nil {
		return false
	}
	serial, _, err := next(rest)
	if err != nil || serial.tag != asn1.TagInteger {
		return false
	}
	return new(big.Int).SetBytes(serial.content).Cmp(c.SerialNumber) == 0 && bytes.Equal(issuer.whole, c.RawIssuer)
}

// nameIn is the common name of who has a certificate, else first and last
// name.
func nameIn(c *x509.Certificate) string {
	if name := clean(c.Subject.CommonName); name != "" {
		return name
	}
	var given, last string
	for _, n := range c.Subject.Names {
		text, _ := n.Value.(string)
		switch {
		case n.Type.Equal(asn1.ObjectIdentifier{2, 5, 4, 42}):
			given = text
		case n.Type.Equal(asn1.ObjectIdentifier{2, 5, 4, 4}):
			last = text
		}
	}
	return clean(strings.TrimSpace(given + " " + last))
}

func isOID(e element, oid ...int) bool {
	var got asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(e.whole, &got)
	return err == nil && len(rest) == 0 && got.Equal(oid)
}
