package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"polis/app"
	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/cmd/trial"
)

// write puts a file into a folder of the test.
func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
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
	text, err := json.Marshal(specimen.Request(""))
	if err != nil {
		t.Fatal(err)
	}
	f := decode[filedJSON](t, c.good("--json", "membership", "new", "--from", write(t, "richiesta.json", text)))
	c.good("membership", "attach", f.ID, write(t, "delibera.pdf", []byte("%PDF-1.4\n1 0 obj <</Type/Catalog>> endobj\n%%EOF")), "--kind", "act")
	c.good("membership", "attach", f.ID, trial.SignedFile(t, []byte("bozza")), "--kind", "agreement")
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
	c.good("membership", "agreement", id, trial.SignedFile(t, []byte("protocollo d'intesa")))
	h.Run("membership", "register-agreement", id)
	h.Run("membership", "activate", id)
	letter := decode[struct{ Code string }](t, h.Run("membership", "letter", id, "--json", "--print-code", "--address", h.URL, "--pec", specimen.PEC))
	if letter.Code == "" {
		t.Fatal("no code")
	}
	c.good("enrol", "--hub", h.URL, "--code", letter.Code, "--ca", h.CA())
	c.good("sync")
	if st := c.status(); st.Authority != specimen.Authority {
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
	c.bad(app.CodeHubUnreachable, "membership", "agreement", id, trial.SignedFile(t, []byte("protocollo d'intesa"))) // it waits
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
