package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/exchange"
	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/data/api"
	"polis/data/secret"
	"polis/data/wire"
)

// serving starts the server of the folder of c and returns its address; it
// ends with the test.
func (c *command) serving() string {
	c.t.Helper()
	ctx, stop := context.WithCancel(c.t.Context())
	reader, writer := io.Pipe()
	var log bytes.Buffer
	p := program{in: strings.NewReader(""), out: writer, err: &log, clock: app.SystemClock{}, getenv: func(n string) string { return c.env[n] }}
	done := make(chan int, 1)
	go func() {
		done <- p.run(ctx, []string{"serve", "--listen", "127.0.0.1:0"})
		_ = writer.Close()
	}()
	line := make([]byte, 200)
	n, err := reader.Read(line)
	if err != nil {
		c.t.Fatal(err, log.String())
	}
	c.t.Cleanup(func() {
		stop()
		if status := <-done; status != 0 {
			c.t.Errorf("status %d: %s", status, log.String())
		}
	})
	match := regexp.MustCompile(`^listening (https://127\.0\.0\.1:[1-9][0-9]*)\n$`).FindStringSubmatch(string(line[:n]))
	if match == nil {
		c.t.Fatalf("printed %q", line[:n])
	}
	return match[1]
}

// asking is a request that lacks nothing, as its program sends it.
func asking(t *testing.T, id string, documents ...membership.Document) []byte {
	t.Helper()
	line, err := wire.Marshal(specimen.Request(id, documents...))
	if err == nil {
		line, err = wire.Canonical(line)
	}
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// joining is a hub that serves, with an applicant who knows the settings file
// and nothing else.
type joining struct {
	*command
	network membership.Network
	hub     *api.Applicant
	key     *ecdsa.PrivateKey
}

func newJoining(t *testing.T) *joining {
	t.Helper()
	c := newCommand(t)
	c.in = catalogue
	c.ok("import", "-")
	c.ok("publish")
	file := filepath.Join(t.TempDir(), "rete.json")
	c.fails("--address", "settings", "--out", file)
	c.env["POLIS_HUB_ADDRESS"] = c.serving()
	c.fails("--out", "settings")
	c.ok("settings", "--out", file)
	j := &joining{command: c, key: newKey(t)}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &j.network)
	}
	if err != nil || j.network.Hub != c.env["POLIS_HUB_ADDRESS"] || j.network.CA == "" {
		t.Fatalf("%v: %+v", err, j.network)
	}
	j.hub = j.applicant(j.key)
	return j
}

func (j *joining) applicant(key *ecdsa.PrivateKey) *api.Applicant {
	j.t.Helper()
	hub, err := api.NewApplicant(j.network, key, app.SystemClock{}, nil)
	if err != nil {
		j.t.Fatal(err)
	}
	j.t.Cleanup(hub.Close)
	return hub
}

// told runs a command of membership and reads its JSON.
func told[T any](c *command, args ...string) T {
	c.t.Helper()
	var v T
	if err := json.Unmarshal([]byte(c.ok(append([]string{"membership", "--json"}, args...)...)), &v); err != nil {
		c.t.Fatalf("%v: %v\n%s", args, err, &c.out)
	}
	return v
}

// ask sends a request with the approving act.
func (j *joining) ask(hub *api.Applicant) membership.Case {
	j.t.Helper()
	act := bytes.Repeat([]byte("%PDF-1.4 delibera "), 20_000)
	d := membership.Document{Kind: membership.DocumentAct, Title: "Delibera", Name: "delibera.pdf", MediaType: "application/pdf", Size: int64(len(act)), SHA256: wire.Hash(act)}
	if err := hub.PutDocument(j.t.Context(), d.SHA256, d.Size, bytes.NewReader(act)); err != nil {
		j.t.Fatal(err)
	}
	id := uuid.Must(uuid.NewV7()).String()
	now, err := hub.PutRequest(j.t.Context(), id, asking(j.t, id, d))
	if err != nil {
		j.t.Fatal(err)
	}
	return now
}

// TestMembershipCommands goes from the settings file to a workstation that is
// in, by the commands of a script.
func TestMembershipCommands(t *testing.T) {
	j := newJoining(t)
	ctx := t.Context()
	if n, err := j.hub.Network(ctx); err != nil || len(n.Roots) == 0 || !reflect.DeepEqual(n, j.network) {
		t.Errorf("the server says %+v, %v", n, err)
	}
	sent := j.ask(j.hub)
	if list := j.ok("membership", "list"); !strings.Contains(list, sent.Number) || !strings.Contains(list, specimen.Authority) || strings.Count(list, "\n") != 2 {
		t.Errorf("list\n%s", list)
	}
	if all := told[[]membership.Case](j.command, "list"); len(all) != 1 || all[0].ID != sent.ID {
		t.Errorf("%+v", all)
	}
	j.fails("2026-99999", "membership", "show", "2026-99999")
	j.fails("protocol.number", "membership", "register", sent.Number)
	year, month, day := time.Now().UTC().Date()
	late := time.Date(year, month, day, 23, 30, 0, 0, time.UTC) // in Italy it is the next day
	j.clock = app.ClockFunc(func() time.Time { return late })
	if now := told[membership.Case](j.command, "register", sent.Number, "--protocol", "77/A"); now.State != membership.Registered || now.Protocol.Number != "77/A" ||
		now.Protocol.Date != app.Day(late.AddDate(0, 0, 1)) || !strings.Contains(j.ok("membership", "list"), string(app.Day(late.AddDate(0, 0, 31)))) {
		t.Errorf("%+v\n%s", now, &j.out)
	}
	j.clock = app.SystemClock{}
	j.ok("membership", "review", sent.ID)
	j.fails("reason", "membership", "request-integration", sent.ID)
	again := uuid.Must(uuid.NewV7()).String()
	for range 2 { // a script that was cut off asks once more
		now := told[membership.Case](j.command, "request-integration", sent.ID, "--reason", "Manca il telefono.", "--field", "offices.0.phone", "--change", again)
		if len(now.History) != 4 || now.State != membership.Integration {
			t.Errorf("%+v", now)
		}
	}
	var content membership.Request
	own, err := j.hub.Request(ctx, sent.ID)
	if err == nil {
		err = json.Unmarshal(own.Content, &content)
	}
	if err != nil || own.History[3].Reason != "Manca il telefono." || own.History[3].By.ID != "" {
		t.Fatalf("%+v, %v", own, err)
	}
	content.Offices[0].Phone = "0172 12345"
	line, err := wire.Marshal(content)
	if err == nil {
		line, err = wire.Canonical(line)
	}
	if err != nil {
		t.Fatal(err)
	}
	if now, err := j.hub.PutRequest(ctx, sent.ID, line); err != nil || now.State != membership.UnderReview {
		t.Fatalf("%+v, %v", now, err)
	}
	j.ok("membership", "accept", sent.Number)
	j.fails("", "membership", "activate", sent.Number) // nothing was signed
	j.signs(sent)
	j.letsIn(sent)
}

// signs registers the signed agreement, as it came by PEC.
func (j *joining) signs(sent membership.Case) {
	j.t.Helper()
	folder := j.t.TempDir()
	scan, signed := filepath.Join(folder, "scansione.pdf"), filepath.Join(folder, "protocollo.pdf.p7m")
	if err := errors.Join(os.WriteFile(scan, []byte("%PDF-1.4 scan"), 0o600), os.WriteFile(signed, specimen.Envelope([]byte("%PDF-1.4 protocollo")), 0o600)); err != nil {
		j.t.Fatal(err)
	}
	j.fails("scansione.pdf", "membership", "register-agreement", sent.ID, "--file", scan)
	j.fails("nowhere", "membership", "register-agreement", sent.ID, "--file", filepath.Join(folder, "nowhere"))
	now := told[membership.Case](j.command, "register-agreement", sent.ID, "--file", signed, "--protocol", "90", "--date", "2026-11-20")
	if now.State != membership.Signed || now.Agreement == nil || now.Agreement.Signature == nil || now.Agreement.Signature.Encloses != wire.Hash([]byte("%PDF-1.4 protocollo")) {
		j.t.Errorf("%+v %+v", now, now.Agreement)
	}
}

// letsIn activates, enrols with the code of the second letter, and ends.
func (j *joining) letsIn(sent membership.Case) {
	t := j.t
	t.Helper()
	folder := t.TempDir()
	letter := filepath.Join(folder, "lettera.pdf")
	j.ok("membership", "activate", sent.ID)
	j.fails("register", "membership", "letter", sent.ID, "--letter", letter) // it knows no PEC of this body
	const pec = "protocollo@pec.valserena.example"
	printed := j.ok("membership", "letter", sent.ID, "--letter", letter, "--pec", pec)
	pdf, err := os.ReadFile(letter)
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Fatalf("%v: %.20q", err, pdf)
	}
	mail, err := os.ReadFile(filepath.Join(folder, "lettera.txt"))
	if err != nil || !strings.Contains(string(mail), pec) || !strings.Contains(string(mail), "lettera.pdf") {
		t.Errorf("%v: %s", err, mail)
	}
	for _, path := range []string{letter, filepath.Join(folder, "lettera.txt")} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info, err)
		}
	}
	code := regexp.MustCompile(`[A-Z2-9]{4}(-[A-Z2-9]{4,5}){3,}`)
	if code.MatchString(printed) || code.Match(mail) {
		t.Errorf("the code is told unasked: %s%s", printed, mail)
	}
	first := told[letterAnswer](j.command, "letter", sent.ID, "--print-code", "--pec", pec)
	again := uuid.Must(uuid.NewV7()).String() // a script that was cut off asks once more
	cut := told[letterAnswer](j.command, "letter", sent.ID, "--print-code", "--pec", pec, "--change", again)
	second := told[letterAnswer](j.command, "letter", sent.ID, "--print-code", "--pec", pec, "--change", again)
	if cut.Code == second.Code || len(second.Case.History) != len(cut.Case.History) || len(cut.Case.History) != len(first.Case.History)+1 {
		t.Errorf("%+v, then %+v", cut.Case.History, second.Case.History)
	}
	if !code.MatchString(first.Code) || first.Code == second.Code || first.PEC != pec || second.Case.State != membership.Active {
		t.Errorf("%+v", first)
	}
	if own, err := j.hub.Request(t.Context(), sent.ID); err != nil || strings.Contains(fmt.Sprintf("%+v %s", own, own.Content), second.Code) {
		t.Errorf("the applicant sees the code: %v", err)
	}
	if _, err := j.enrol(first.Code); app.ErrorCode(err) != app.CodeEnrolmentCode {
		t.Errorf("an earlier code holds: %v", err)
	}
	device, err := j.enrol(second.Code)
	if err != nil || device.Authority != specimen.Authority || device.Operator.Role != wire.RoleManager {
		t.Fatalf("%+v %v", device, err)
	}
	if _, err := j.enrol(second.Code); app.ErrorCode(err) != app.CodeEnrolmentCode {
		t.Errorf("the code holds twice: %v", err)
	}
	j.fails("reason", "membership", "end", sent.ID)
	if now := told[membership.Case](j.command, "end", sent.ID, "--reason", "Recesso."); now.State != membership.Ended {
		t.Errorf("%+v", now)
	}
	if back := told[letterAnswer](j.command, "restore", sent.ID, "--reason", "Recesso ritirato.", "--print-code", "--pec", pec); back.Case.State != membership.Active || !code.MatchString(back.Code) {
		t.Errorf("%+v", back)
	}
	if shown := j.ok("membership", "show", sent.Number); !strings.Contains(shown, "Recesso ritirato.") || strings.Contains(shown, second.Code) {
		t.Errorf("show\n%s", shown)
	}
}

// enrol activates a fresh workstation.
func (j *joining) enrol(code string) (wire.Enrolment, error) {
	j.t.Helper()
	enrolled, _, err := j.enrolKey(code)
	return enrolled, err
}

func (j *joining) enrolKey(code string) (wire.Enrolment, *ecdsa.PrivateKey, error) {
	j.t.Helper()
	key := newKey(j.t)
	c, err := api.New(exchange.Device{Hub: j.network.Hub, CA: []byte(j.network.CA)}, key, app.SystemClock{}, nil)
	if err != nil {
		j.t.Fatal(err)
	}
	defer c.Close()
	public, err := exchange.PublicKey(key)
	if err != nil {
		j.t.Fatal(err)
	}
	enrolled, err := c.Enrol(j.t.Context(), wire.EnrolmentRequest{Code: code, PublicKey: public, Name: "Sportello"})
	return enrolled, key, err
}

// TestMembershipImport takes a request that came on a stick, twice, and none
// that was touched.
func TestMembershipImport(t *testing.T) {
	j := newJoining(t)
	act := []byte("%PDF-1.4 delibera")
	d := membership.Document{Kind: membership.DocumentAct, Title: "Delibera", Name: "delibera.pdf", MediaType: "application/pdf", Size: int64(len(act)), SHA256: wire.Hash(act)}
	id := uuid.Must(uuid.NewV7()).String()
	line := asking(t, id, d)
	pack := func(request []byte, signed []byte) string {
		t.Helper()
		f := membership.File{Request: signed, Documents: []membership.Document{d}}
		part, err := f.SignedPart()
		if err == nil {
			f.Request = request
			f.Signature, err = j.hub.SignFile(part)
		}
		if err != nil {
			t.Fatal(err)
		}
		var plain bytes.Buffer
		err = membership.WriteFile(&plain, f, func(string) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(act)), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := secret.SealBytes(j.network.UploadKey, plain.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "richiesta.polis")
		if err := os.WriteFile(file, sealed, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := pack(line, line)
	for range 2 {
		if now := told[membership.Case](j.command, "import", good); now.ID != id || now.State != membership.Sent || len(now.History) != 1 {
			t.Errorf("%+v", now)
		}
	}
	if own, err := j.hub.Request(t.Context(), id); err != nil || own.State != membership.Sent {
		t.Errorf("who signed does not own it: %+v, %v", own, err)
	}
	other := uuid.Must(uuid.NewV7()).String()
	j.fails("error: ", "membership", "import", pack(asking(t, other, d), line))
	text := filepath.Join(t.TempDir(), "testo.txt")
	if err := os.WriteFile(text, []byte("niente"), 0o600); err != nil {
		t.Fatal(err)
	}
	j.fails("testo.txt", "membership", "import", text)
	j.fails("nowhere", "membership", "import", filepath.Join(t.TempDir(), "nowhere"))
	if all := told[[]membership.Case](j.command, "list"); len(all) != 1 {
		t.Errorf("%+v", all)
	}
}

func TestMembershipRefusals(t *testing.T) {
	j := newJoining(t)
	sent := j.ask(j.hub)
	if rival := j.ask(j.applicant(newKey(t))); rival.Number == sent.Number {
		t.Errorf("%+v", rival)
	}
	if now := told[membership.Case](j.command, "show", sent.Number); len(now.Rivals) != 1 {
		t.Errorf("%+v", now.Rivals)
	}
	j.ok("membership", "register", sent.Number, "--protocol", "1")
	j.ok("membership", "reject", sent.Number, "--reason", "Non è un ente pubblico.")
	j.fails("", "membership", "accept", sent.Number)
	if open := told[[]membership.Case](j.command, "list", "--open"); len(open) != 1 || open[0].ID == sent.ID {
		t.Errorf("%+v", open)
	}
	letter := filepath.Join(t.TempDir(), "lettera.pdf")
	j.fails("", "membership", "letter", sent.Number, "--letter", letter)
	j.fails("--letter", "membership", "letter", sent.Number)
	j.fails("lang", "membership", "letter", sent.Number, "--letter", letter, "--lang", "de")
	if _, err := os.Stat(letter); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a letter for nobody: %v", err)
	}
	j.env["POLIS_HUB_ADDRESS"] = "http://hub.example"
	j.fails("http://hub.example", "settings", "--out", letter)
}

// TestExaminersWorkstation decides over the network what the commands decide
// beside the server.
func TestExaminersWorkstation(t *testing.T) {
	j := newJoining(t)
	ctx := t.Context()
	sent := j.ask(j.hub)
	enrolled, key, err := j.enrolKey(strings.TrimSpace(j.ok("enrolment-code", "--authority", "demo", "--office", "demo-urp", "--role", wire.RoleExaminer)))
	if err != nil {
		t.Fatal(err)
	}
	c, err := api.New(exchange.Device{ID: enrolled.Device, Hub: j.network.Hub, CA: []byte(j.network.CA)}, key, app.SystemClock{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	page, err := c.Cases(ctx, 0)
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != sent.ID {
		t.Fatalf("%+v, %v", page, err)
	}
	if page, err := c.Cases(ctx, page.Items[0].Version); err != nil || len(page.Items) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
	now, err := c.Case(ctx, sent.ID)
	var content membership.Request
	if err == nil {
		err = json.Unmarshal(now.Content, &content)
	}
	if err != nil || len(content.Documents) != 1 {
		t.Fatalf("%+v, %v", now, err)
	}
	var act bytes.Buffer
	if err := c.Document(ctx, sent.ID, content.Documents[0].SHA256, &act); err != nil || int64(act.Len()) != content.Documents[0].Size {
		t.Errorf("%d bytes, %v", act.Len(), err)
	}
	change := membership.Change{
		ID: uuid.Must(uuid.NewV7()).String(), Request: sent.ID, Event: membership.Register, Seen: now.Version,
		Protocol: membership.Protocol{Number: "77", Date: "2026-11-03"},
	}
	for range 2 {
		if now, err = c.PutChange(ctx, change); err != nil || now.State != membership.Registered || len(now.History) != 2 {
			t.Errorf("%+v, %v", now, err)
		}
	}
	change.ID, change.Event = uuid.Must(uuid.NewV7()).String(), membership.StartReview
	if _, err := c.PutChange(ctx, change); app.ErrorCode(err) != app.CodeChanged {
		t.Errorf("a case that is no longer what was read: %v", err)
	}
	agreement := specimen.Envelope(bytes.Repeat([]byte("protocollo "), 5500))
	for range 2 {
		if err := c.PutRegionDocument(ctx, sent.ID, wire.Hash(agreement), int64(len(agreement)), bytes.NewReader(agreement)); err != nil {
			t.Error(err)
		}
	}
	var back bytes.Buffer
	if err := c.Document(ctx, sent.ID, wire.Hash(agreement), &back); err != nil || !bytes.Equal(back.Bytes(), agreement) {
		t.Errorf("%d bytes, %v", back.Len(), err)
	}
	_, err = c.Letter(ctx, membership.LetterRequest{Change: uuid.Must(uuid.NewV7()).String(), Request: sent.ID})
	if app.ErrorCode(err) != app.CodeMembershipState {
		t.Errorf("a letter for who is no member: %v", err)
	}
	if _, err := c.ImportFile(ctx, []byte("niente")); app.ErrorCode(err) != app.CodeMembershipFile {
		t.Errorf("no file: %v", err)
	}
}

// ahead is a clock that is so many days ahead.
type ahead int

func (a ahead) Now() time.Time { return time.Now().AddDate(0, 0, int(a)) }

// watched hears of a line in a server's log.
type watched struct {
	words string
	heard chan struct{}
	once  sync.Once
}

// Write implements io.Writer; the log writes whole lines.
func (w *watched) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(w.words)) {
		w.once.Do(func() { close(w.heard) })
	}
	return len(line), nil
}

// Documents of closed requests go by themselves while the hub serves, or by
// command.
func TestDocumentsAreRemoved(t *testing.T) {
	j := newJoining(t)
	reject := func(number string) {
		j.ok("membership", "register", number, "--protocol", "7")
		j.ok("membership", "reject", number, "--reason", "chiesta due volte")
	}
	first, second := j.ask(j.hub), j.ask(j.applicant(newKey(t)))
	if got := j.ok("membership", "retention"); got != "documents of closed requests are kept 12 months\nnot registered yet: requests 2 of 5000, documents 2 of 20000, MiB 0 of 8192\n" {
		t.Errorf("%s", got)
	}
	j.fails("months", "membership", "retention", "--months", "121")
	if got := told[map[string]any](j.command, "retention", "--months", "1"); got["months"] != 1.0 {
		t.Errorf("%v", got)
	}
	j.fails("arg", "membership", "remove-documents", "nobody", "else")
	j.fails("sent", "membership", "remove-documents", second.Number)
	reject(first.Number)
	if got := j.ok("membership", "remove-documents"); got != "removed: requests 0, documents 0, bytes 0\n" {
		t.Errorf("%s", got)
	}
	log := &watched{words: "documents removed", heard: make(chan struct{})}
	ctx, stop := context.WithCancel(t.Context())
	later := program{in: strings.NewReader(""), out: io.Discard, err: log, clock: ahead(40), getenv: func(n string) string { return j.env[n] }}
	done := make(chan int, 1)
	go func() { done <- later.run(ctx, []string{"serve", "--listen", "127.0.0.1:0"}) }()
	select {
	case <-log.heard:
	case status := <-done:
		t.Fatalf("the server ended with %d", status)
	}
	stop()
	if status := <-done; status != 0 {
		t.Errorf("status %d", status)
	}
	if got := j.ok("membership", "show", first.Number); !strings.Contains(got, "\ndocuments removed "+ahead(40).Now().Format("2006-")) || !strings.Contains(got, "7 of ") {
		t.Errorf("%s", got)
	}
	if c := told[membership.Case](j.command, "show", second.Number); c.DocumentsRemovedAt != nil {
		t.Errorf("%+v", c)
	}
	reject(second.Number)
	if got := j.ok("membership", "remove-documents", second.Number); got != "removed: requests 1, documents 1, bytes 360000\n" {
		t.Errorf("%s", got)
	}
}
