// Package specimen holds what tests of joining begin with: a request that
// lacks nothing, a register, decisions, a signed file. Only tests import it;
// the names and codes in it are nobody's.
package specimen

import (
	"bytes"
	"encoding/binary"
	"strings"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// The body that asks: in no register and not in the sample's catalogue, with
// an IPA code that nobody has.
const (
	Authority = "demo_nuova"
	Name      = "Comune di Valserena"
	PEC       = "protocollo@pec.valserena.example"
)

// Request is a request that lacks nothing but, where none is given, its
// documents. It happened long enough ago for every clock. Whoever changes one
// changes no other.
func Request(id string, documents ...membership.Document) membership.Request {
	seat := app.Address{Street: "Via Roma 1", PostalCode: "12042", Municipality: "Valserena", Province: "CN"}
	return membership.Request{
		Type: wire.TypeMembershipRequest, ID: id,
		Body: membership.Body{
			Authority: app.Authority{ID: Authority, Name: Name, TaxCode: "00161450069", Province: "CN", PEC: PEC, Website: "www.valserena.example"},
			Address:   seat,
		},
		Representative: membership.Person{Name: "Nome Cognome", TaxCode: "RSSMRA80A01L219M", Role: "Sindaco"},
		Contact:        membership.Person{Name: "Altro Nome", Email: "referente@valserena.example", Phone: "0172 12345"},
		Officer:        membership.Person{Name: "Terzo Nome", PEC: "rpd@pec.valserena.example"},
		Operators:      []membership.Person{{Name: "Uno", Email: "uno@valserena.example"}},
		Offices: []app.Office{{
			Name: "Ufficio Relazioni con il Pubblico", Kind: "urp", Email: "urp@valserena.example", Address: &seat,
			OpeningHours: []app.Hours{{Days: []string{"MO", "TU"}, Opens: "08:30", Closes: "12:30"}},
		}},
		Act:  membership.Act{Organ: "Giunta comunale", Kind: "executive", Number: "12", Date: "2025-10-01"},
		Aims: membership.Aims(), Documents: documents, Protocol: membership.Protocol{Number: "1", Date: "2025-10-02"},
	}
}

// Document describes a file as the program that attaches it; an agreement is
// signed by the representative.
func Document(kind, name string, content []byte) membership.Document {
	d := membership.Document{Kind: kind, Title: name, Name: name, MediaType: "application/pdf", Size: int64(len(content)), SHA256: wire.Hash(content)}
	if kind == membership.DocumentAgreement {
		d.MediaType, d.Signature = "application/pkcs7-mime", &membership.Signature{Format: membership.FormatCAdES, Signer: "Nome Cognome"}
	}
	return d
}

// Decision is an event of the region's, with all that some event asks for:
// why, the fields to complete, the region's number and day, the agreement.
// Identifiers are the caller's.
func Decision(e membership.Event) membership.Change {
	c := membership.Change{Event: e, Protocol: membership.Protocol{Number: "0041/2026", Date: "2026-11-20"}}
	switch e {
	case membership.RequestIntegration:
		c.Reason, c.Fields = "Manca il CAP dello sportello.", []string{"offices.0.address.postal_code", "approving_act.date"}
	case membership.Reject, membership.End, membership.Restore, membership.ReturnAgreement:
		c.Reason = "La firma non è del legale rappresentante."
	case membership.DeliverAgreement, membership.RegisterAgreement:
		d := Document(membership.DocumentAgreement, "protocollo.pdf.p7m", []byte("signed"))
		c.Document = &d
	}
	return c
}

// Register are bodies by their IPA codes, in small letters.
type Register map[string]membership.Body

// ByID finds a body by its IPA code, however it is written.
func (r Register) ByID(ipa string) (membership.Body, bool) {
	b, ok := r[strings.ToLower(ipa)]
	return b, ok
}

// AsOf is the year of the facts.
func (Register) AsOf() app.Date { return "2018" }

// Envelope encloses a content of less than 65,000 bytes in a p7m, as signing
// programs do. Nobody verifies what its signature says.
func Envelope(content []byte) []byte {
	ber := func(tag byte, parts ...[]byte) []byte {
		body := bytes.Join(parts, nil)
		head := binary.BigEndian.AppendUint16([]byte{tag, 0x82}, uint16(len(body))) //nolint:gosec // bounded
		return append(head, body...)
	}
	const sequence, set, integer, octets, explicit = 0x30, 0x31, 0x02, 0x04, 0xa0
	oid := func(last byte) []byte { return []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, last} }
	algorithm := ber(sequence, []byte{6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1})
	signer := ber(sequence, []byte{integer, 1, 1}, ber(sequence, ber(sequence), []byte{integer, 1, 1}), algorithm, algorithm, ber(octets, []byte("signed")))
	data := ber(sequence, []byte{integer, 1, 1}, ber(set, algorithm), ber(sequence, oid(1), ber(explicit, ber(octets, content))), ber(set, signer))
	return ber(sequence, oid(2), ber(explicit, data))
}
