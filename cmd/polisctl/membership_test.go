package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"polis/app"
	"polis/app/membership"
	"polis/cmd/trial"
)

// wholeRequest is a request that lacks nothing, of a body that is in no
// register.
func wholeRequest() membership.Request {
	place := app.Address{Street: "Via Roma 1", PostalCode: "12042", Municipality: "Valserena", Province: "CN"}
	return membership.Request{
		Body: membership.Body{
			Authority: app.Authority{ID: "demo_valserena", Name: "Comune di Valserena", TaxCode: "00161450069", Province: "CN", PEC: "protocollo@pec.valserena.example"},
			Address:   place,
		},
		Representative: membership.Person{Name: "Nome Cognome", TaxCode: "RSSMRA80A01L219M", Role: "Sindaco"},
		Contact:        membership.Person{Name: "Altro Nome", Email: "referente@valserena.example", Phone: "0172 12345"},
		Officer:        membership.Person{Name: "Terzo Nome", PEC: "rpd@pec.valserena.example"},
		Operators:      []membership.Person{{Name: "Uno", Email: "uno@valserena.example"}},
		Offices: []app.Office{{
			Name: "Ufficio Relazioni con il Pubblico", Kind: "urp", Email: "urp@valserena.example", Address: &place,
			OpeningHours: []app.Hours{{Days: []string{"MO", "TU"}, Opens: "08:30", Closes: "12:30"}},
		}},
		Act:      membership.Act{Organ: "Giunta comunale", Kind: "executive", Number: "12", Date: "2025-10-01"},
		Aims:     membership.Aims(),
		Protocol: membership.Protocol{Number: "1", Date: "2025-10-02"},
	}
}

// write puts a file into a folder of the test.
func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// signed makes an envelope as a signing program does.
func signed(t *testing.T, content string) string {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	folder := t.TempDir()
	in, out := write(t, "protocollo.txt", []byte(content)), filepath.Join(folder, "protocollo.p7m")
	key, cert := filepath.Join(folder, "key.pem"), filepath.Join(folder, "cert.pem")
	for _, args := range [][]string{
		{"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=Nome Cognome", "-days", "2"},
		{"cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-md", "sha256", "-signer", cert, "-inkey", key, "-in", in, "-out", out},
	} {
		if text, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, text)
		}
	}
	return out
}

// joining is a workstation that is not enrolled and knows its hub.
func joining(t *testing.T, h *trial.Hub) *ctl {
	t.Helper()
	c := newCtl(t)
	settings := filepath.Join(t.TempDir(), "rete.json")
	h.Run("settings", "--address", h.URL, "--out", settings)
	c.good("membership", "network", "--file", settings)
	return c
}

// draft makes a whole draft with its documents.
func (c *ctl) draft(t *testing.T) string {
	t.Helper()
	text, err := json.Marshal(wholeRequest())
	if err != nil {
		t.Fatal(err)
	}
	f := decode[filedJSON](t, c.good("--json", "membership", "new", "--from", write(t, "richiesta.json", text)))
	c.good("membership", "attach", f.ID, write(t, "delibera.pdf", []byte("%PDF-1.4\n1 0 obj <</Type/Catalog>> endobj\n%%EOF")), "--kind", "act")
	c.good("membership", "attach", f.ID, signed(t, "bozza"), "--kind", "agreement")
	return f.ID
}

func (c *ctl) filed(id string) filedJSON {
	c.t.Helper()
	return decode[filedJSON](c.t, c.good("--json", "membership", "show", id))
}

func TestABodyJoins(t *testing.T) {
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	c := joining(t, h)
	id := c.draft(t)
	sent := decode[filedJSON](t, c.good("--json", "membership", "submit", id))
	if sent.State != membership.Sent || !strings.HasSuffix(sent.Number, "-00001") || sent.Waiting != 0 {
		t.Fatalf("%+v", sent)
	}
	h.Run("membership", "register", id, "--protocol", "77")
	h.Run("membership", "review", id)
	h.Run("membership", "request-integration", id, "--reason", "Manca l'orario", "--field", "offices.0.opening_hours")
	c.good("membership", "refresh")
	if f := c.filed(id); f.State != membership.Integration || f.Case.Protocol.Number != "77" || f.SentAt != nil {
		t.Fatalf("%+v", f)
	}
	h.Stop() // from here on the answer waits
	c.bad(app.CodeHubUnreachable, "membership", "submit", id)
	if f := c.filed(id); f.Waiting == 0 || f.Problem != app.CodeHubUnreachable {
		t.Fatalf("%+v", f)
	}
	h.Listen = strings.TrimPrefix(h.URL, "https://")
	h.Serve()
	c.good("membership", "refresh")
	h.Run("membership", "accept", id)
	c.good("membership", "refresh")
	c.good("membership", "agreement", id, signed(t, "protocollo d'intesa"))
	h.Run("membership", "register-agreement", id)
	h.Run("membership", "activate", id)
	letter := decode[struct{ Code string }](t, h.Run("membership", "letter", id, "--json", "--print-code", "--address", h.URL, "--pec", "protocollo@pec.valserena.example"))
	if letter.Code == "" {
		t.Fatal("no code")
	}
	c.good("enrol", "--hub", h.URL, "--code", letter.Code, "--ca", h.CA())
	c.good("sync")
	if st := c.status(); st.Authority != "demo_valserena" {
		t.Errorf("enrolled as %q", st.Authority)
	}
	c.good("membership", "refresh") // by the enrolment's own network, with the same key
	f := c.filed(id)
	events := []membership.Event{}
	for _, e := range f.Case.History {
		events = append(events, e.Event)
	}
	if f.State != membership.Active || !slices.Equal(events, []membership.Event{
		membership.Submit, membership.Register, membership.StartReview, membership.RequestIntegration, membership.Integrate,
		membership.Accept, membership.DeliverAgreement, membership.RegisterAgreement, membership.Activate, membership.IssueLetter,
	}) {
		t.Errorf("%s %v", f.State, events)
	}
	if strings.Contains(c.good("--json", "membership", "show", id), letter.Code) {
		t.Error("the code is shown to the applicant")
	}
}

func TestARequestOnAStick(t *testing.T) {
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	c := joining(t, h)
	id := c.draft(t)
	h.Stop()
	file := filepath.Join(t.TempDir(), "richiesta.polis")
	c.good("membership", "export", id, file)
	got := decode[membership.Case](t, h.Run("membership", "import", file, "--json"))
	if got.ID != id || got.State != membership.Sent {
		t.Fatalf("%+v", got)
	}
	h.Run("membership", "import", file)
	answer := filepath.Join(t.TempDir(), "risposta.polis")
	h.Run("membership", "export", got.Number, "-o", answer)
	if f := decode[filedJSON](t, c.good("--json", "membership", "answer", answer)); f.Number != got.Number || f.Waiting != 0 || f.Problem != "" {
		t.Errorf("%+v", f)
	}
	stranger := joining(t, h)
	stranger.bad(app.CodeMembershipAnswer, "membership", "answer", answer)
	for _, step := range [][]string{{"register", id, "--protocol", "77"}, {"review", id}, {"accept", id}, {"export", id, "-o", answer}} {
		h.Run(append([]string{"membership"}, step...)...)
	}
	c.good("membership", "answer", answer)
	c.bad(app.CodeHubUnreachable, "membership", "agreement", id, signed(t, "protocollo d'intesa")) // it waits
	c.good("membership", "export", id, file)
	if got = decode[membership.Case](t, h.Run("membership", "import", file, "--json")); got.Agreement == nil {
		t.Fatalf("%+v", got)
	}
	h.Listen = strings.TrimPrefix(h.URL, "https://")
	h.Serve()
	c.good("membership", "refresh")
	if f := c.filed(id); f.Case == nil || f.Number != got.Number || f.Waiting != 0 || len(f.Case.History) != 5 {
		t.Errorf("%+v", f)
	}
	c.good("membership", "withdraw", id, "--reason", "ci ripensiamo")
	if f := c.filed(id); f.State != membership.Withdrawn {
		t.Errorf("%+v", f)
	}
	c.bad(app.CodeMembershipState, "membership", "withdraw", id)
}

func TestBadRequests(t *testing.T) {
	c := newCtl(t)
	f := decode[filedJSON](t, c.good("--json", "membership", "new"))
	c.bad(app.CodeMembershipIncomplete, "membership", "submit", f.ID)
	c.bad(app.CodeNotFound, "membership", "show", "0193a000-0000-7000-8000-000000000001")
	c.bad(app.CodeNotSigned, "membership", "attach", f.ID, write(t, "scansione.pdf", []byte("%PDF-1.4\n%%EOF")), "--kind", "agreement")
	c.bad(app.CodeFileKind, "membership", "attach", f.ID, write(t, "a.pdf", []byte("MZ\x90\x00\x03\x00\x00\x00")))
	c.bad(app.CodeFileEmpty, "membership", "attach", f.ID, write(t, "vuoto.pdf", nil))
	large := filepath.Join(t.TempDir(), "grande.pdf")
	if err := os.WriteFile(large, []byte("%PDF-1.4"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, 200<<20); err != nil {
		t.Fatal(err)
	}
	c.bad(app.CodeFileTooLarge, "membership", "attach", f.ID, large)
	c.bad(app.CodeNoNetwork, "membership", "refresh")
	c.bad(app.CodeNetworkFile, "membership", "network", "--file", write(t, "rete.json", []byte(`{"hub":"http://hub.example"}`)))
	c.bad(app.CodeInvalid, "membership", "network", "--hub", "hub.example")
	c.bad(app.CodeUsage, "membership", "network", "--ca", large)
	c.bad(app.CodeNoNetwork, "membership", "export", f.ID, filepath.Join(t.TempDir(), "x"))
	c.bad(app.CodeInvalid, "membership", "new", "--from", write(t, "r.json", []byte("{")))
}
