package apiserver_test

import (
	"net/http"
	"testing"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// asking is a request that lacks nothing, as its program sends it. Names and
// codes are nobody's.
func asking(t testing.TB, id string, documents ...membership.Document) []byte {
	t.Helper()
	return encoded(t, request(id, documents...))
}

func request(id string, documents ...membership.Document) membership.Request {
	seat := app.Address{Street: "Via Roma 1", PostalCode: "12042", Municipality: "Valserena", Province: "CN"}
	return membership.Request{
		Type: wire.TypeMembershipRequest, ID: id,
		Body: membership.Body{
			Authority: app.Authority{
				ID: "demo_01", Name: "Comune di Valserena", TaxCode: "00161450069", Province: "CN",
				PEC: "protocollo@pec.valserena.example", Website: "www.valserena.example",
			},
			Address: seat,
		},
		Representative: membership.Person{Name: "Nome Cognome", TaxCode: "RSSMRA80A01L219M", Role: "Sindaco"},
		Contact:        membership.Person{Name: "Altro Nome", Email: "referente@valserena.example", Phone: "0172 12345"},
		Officer:        membership.Person{Name: "Terzo Nome", PEC: "rpd@pec.valserena.example"},
		Operators:      []membership.Person{{Name: "Uno", Email: "uno@valserena.example"}},
		Offices: []app.Office{{
			Name: "Ufficio Relazioni con il Pubblico", Kind: "urp", Email: "urp@valserena.example", Address: &seat,
			OpeningHours: []app.Hours{{Days: []string{"MO", "TU"}, Opens: "08:30", Closes: "12:30"}},
		}},
		Act:  membership.Act{Organ: "Giunta comunale", Kind: "executive", Number: "12", Date: "2026-10-01"},
		Aims: membership.Aims(), Documents: documents,
	}
}

func document(kind, name string, content []byte) membership.Document {
	return membership.Document{Kind: kind, Title: name, Name: name, MediaType: "application/pdf", Size: int64(len(content)), SHA256: wire.Hash(content)}
}

// version is that of the request of the cast as an examiner reads it.
func (c *cast) version(t *testing.T) int64 {
	t.Helper()
	for _, who := range c.callers {
		if who.name == "istruttore" {
			return into[membership.Case](t, who.call(c.rig, http.MethodGet, "/membership-requests/"+c.request, nil), 200).Version
		}
	}
	t.Fatal("no istruttore")
	return 0
}
