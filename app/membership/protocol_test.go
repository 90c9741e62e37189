package membership

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"polis/app"
	"polis/app/page"
)

// sheet is a paper that writes a document's title; fails names one that it
// cannot write.
type sheet struct{ fails string }

func (s sheet) Layout(doc page.Document) (page.DisplayList, error) {
	if doc.Letterhead.Tag == s.fails {
		return page.DisplayList{}, app.Fault(app.CodePrint, nil, "code", doc.Code)
	}
	return page.DisplayList{Title: doc.Title}, nil
}

func (s sheet) PDF(w io.Writer, list page.DisplayList) error {
	_, err := io.WriteString(w, list.Title)
	return err
}

func stored(content map[string]string) Documents {
	return func(_ context.Context, sha256 string) (io.ReadCloser, error) {
		text, ok := content[sha256]
		if !ok {
			return nil, app.Fault(app.CodeNotFound, nil, "what", sha256)
		}
		return io.NopCloser(strings.NewReader(text)), nil
	}
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestProtocolFiles(t *testing.T) {
	in, parent := onPaper(t, declared()), t.TempDir()
	sha := in.Request.Documents[0].SHA256
	open := stored(map[string]string{sha: "delibera"})
	folder, err := ProtocolFiles(t.Context(), in, sheet{}, open, parent)
	if err != nil || folder != filepath.Join(parent, "adesione-c_zzz1") {
		t.Fatalf("%q, %v", folder, err)
	}
	want := []string{"allegato-01-delibera.pdf.p7m", "messaggio-PEC.txt", "protocollo-intesa-c_zzz1.pdf", "richiesta-adesione-c_zzz1.pdf"}
	if got := names(t, folder); !slices.Equal(got, want) {
		t.Errorf("files %q", got)
	}
	message := read(t, folder, "messaggio-PEC.txt")
	for _, w := range []string{
		"Oggetto: Richiesta di adesione alla rete POLIS Piemonte – Comune di Borgo di Prova\r\n", "- allegato-01-delibera.pdf.p7m\r\n", "- richiesta-adesione-c_zzz1.pdf: richiesta di adesione\r\n",
		"- protocollo-intesa-c_zzz1.pdf: testo del protocollo d'intesa, per conoscenza: si firma dopo l'accoglimento\r\n",
		"- allegato-01-delibera.pdf.p7m: Deliberazione di prova, firmato (p7m) da Segretario di prova; firmatario non verificato; SHA-256 " + sha + "\r\n",
		"Si chiede di registrare la richiesta, di esaminarla",
		"Protocollo dell'ente: n. 0012345/2026 del 23 novembre 2026.", "Rappresentante di prova, Sindaco\r\n",
	} {
		if !strings.Contains(spaced(message), w) {
			t.Errorf("the message does not say %q:\n%s", w, message)
		}
	}
	if strings.Contains(strings.ReplaceAll(message, "\r\n", ""), "\n") {
		t.Error("line ends of two kinds")
	}
	// again: beside, nothing that exists is touched; the same bytes
	in.Case = received(in.Request, Accepted)
	again, err := ProtocolFiles(t.Context(), in, sheet{}, open, parent)
	if err != nil || again != folder+"-2" {
		t.Fatalf("%q, %v", again, err)
	}
	if got := names(t, again); !slices.Contains(got, "ricevuta-2026-00007.pdf") {
		t.Errorf("files %q", got)
	}
	if m := read(t, again, "messaggio-PEC.txt"); !strings.Contains(m, "Protocollo d'intesa firmato") || strings.Contains(m, "allegato-01") {
		t.Errorf("after the acceptance the agreement is sent:\n%s", m)
	}
	if read(t, folder, "allegato-01-delibera.pdf.p7m") != "delibera" || read(t, folder, "messaggio-PEC.txt") != message {
		t.Error("the first folder was changed")
	}
}

// The mail names the signed agreement that goes with it, wherever it comes
// from, and says what is asked for.
func TestProtocolFilesWithASignedAgreement(t *testing.T) {
	signed := Document{
		Kind: DocumentAgreement, Title: "Protocollo", Name: "protocollo.pdf.p7m", Size: 9, SHA256: strings.Repeat("ab", 32),
		Signature: &Signature{Format: FormatCAdES, Signer: "Sindaca di prova"},
	}
	early := declared()
	early.Documents = append(slices.Clone(early.Documents), signed)
	open := stored(map[string]string{declared().Documents[0].SHA256: "delibera", signed.SHA256: "firmato"})
	about := ": protocollo d'intesa firmato digitalmente, firmato (p7m) da Sindaca di prova; firmatario non verificato; SHA-256 " + signed.SHA256
	for name, tt := range map[string]struct {
		request   Request
		state     State
		agreement *Document
		file      string // that is enclosed, "" = none is signed yet
		others    int    // files beside it
		want      []string
	}{
		"with the request": {early, Draft, nil, "allegato-02-protocollo.pdf.p7m", 3, []string{
			"Il protocollo d'intesa è già firmato", "allegare il file così com'è", "Si chiede di registrare la richiesta", "- protocollo-intesa-c_zzz1.pdf: testo del protocollo d'intesa, per conoscenza\r\n",
		}},
		"with an integration": {early, Integration, nil, "allegato-02-protocollo.pdf.p7m", 3, []string{
			"Oggetto: Integrazione", "Integrazione chiesta dalla Regione il 25 novembre 2026.", "Si chiede di riprendere l'esame della richiesta",
		}},
		"delivered": {declared(), Accepted, &signed, "protocollo-firmato-protocollo.pdf.p7m", 0, []string{
			"Oggetto: Protocollo d'intesa firmato", "Si chiede di registrare il protocollo d'intesa firmato e di attivare l'adesione", "il file firmato è in questa cartella",
		}},
		"delivered as it was sent before": {early, Accepted, nil, "allegato-02-protocollo.pdf.p7m", 0, []string{"il file firmato è in questa cartella"}},
		"still to be signed": {declared(), Accepted, nil, "", 1, []string{
			"- protocollo-intesa-c_zzz1.pdf, dopo la firma digitale: il file firmato (.p7m o PDF)\r\n", "- protocollo-intesa-c_zzz1.pdf: protocollo d'intesa firmato digitalmente\r\n",
			"La scansione di una firma a mano non vale",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			in := onPaper(t, tt.request)
			if in.Agreement = tt.agreement; tt.state != Draft {
				in.Case = received(tt.request, tt.state)
				in.Case.History = []Entry{{Event: RequestIntegration, At: in.Case.ReceivedAt.AddDate(0, 0, 2)}}
			}
			folder, err := ProtocolFiles(t.Context(), in, sheet{}, open, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			message := spaced(read(t, folder, "messaggio-PEC.txt"))
			for _, w := range tt.want {
				if !strings.Contains(message, w) {
					t.Errorf("the message does not say %q:\n%s", w, message)
				}
			}
			if tt.file != "" {
				if read(t, folder, tt.file) != "firmato" || !strings.Contains(message, "- "+tt.file+about+"\r\n") {
					t.Errorf("%s is not enclosed:\n%s", tt.file, message)
				}
				tt.others++
			}
			_, list, _ := strings.Cut(message, "Allegare alla PEC:\r\n")
			list, _, _ = strings.Cut(list, "\r\n\r\n")
			if got := strings.Split(list, "\r\n"); len(got) != tt.others {
				t.Errorf("to attach: %q", got)
			}
		})
	}
	in := onPaper(t, early)
	in.Case = received(early, Accepted)
	in.Case.History = []Entry{{Event: ReturnAgreement}}
	folder, err := ProtocolFiles(t.Context(), in, sheet{}, open, t.TempDir())
	if err != nil || strings.Contains(read(t, folder, "messaggio-PEC.txt"), "allegato-02") {
		t.Errorf("one that was given back goes again: %v", err)
	}
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// What fails leaves nothing behind, and says what it was.
func TestProtocolFilesWholeOrNotAtAll(t *testing.T) {
	in := onPaper(t, declared())
	open := stored(map[string]string{in.Request.Documents[0].SHA256: "delibera"})
	broken := errors.New("broken")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx    context.Context
		paper  Paper
		open   Documents
		parent string
		code   app.Code
	}{
		"paper":       {t.Context(), sheet{fails: "Protocollo d'intesa"}, open, t.TempDir(), app.CodePrint},
		"no document": {t.Context(), sheet{}, stored(nil), t.TempDir(), app.CodeNotFound},
		"reading": {t.Context(), sheet{}, func(context.Context, string) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader("half"), failing{broken})), nil
		}, t.TempDir(), app.CodeFile},
		"no folder": {t.Context(), sheet{}, open, filepath.Join(t.TempDir(), "none"), app.CodeFile},
	} {
		folder, err := ProtocolFiles(tt.ctx, in, tt.paper, tt.open, tt.parent)
		if app.ErrorCode(err) != tt.code || folder != "" {
			t.Errorf("%s: %q, %v", name, folder, err)
		}
		if entries, err := os.ReadDir(tt.parent); err == nil && len(entries) > 0 {
			t.Errorf("%s left %v", name, entries)
		}
	}
	parent := t.TempDir()
	if _, err := ProtocolFiles(over, in, sheet{}, open, parent); !errors.Is(err, context.Canceled) || len(names(t, parent)) > 0 {
		t.Errorf("cancelled: %v, %q", err, names(t, parent))
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestLetterFiles(t *testing.T) {
	in, parent := posted(t), t.TempDir()
	folder, err := LetterFiles(in, sheet{}, parent)
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, folder); !slices.Equal(got, []string{"lettera-attivazione-c_zzz1.pdf", "messaggio-PEC.txt"}) {
		t.Errorf("files %q", got)
	}
	message := read(t, folder, "messaggio-PEC.txt")
	if !strings.Contains(message, "A: ente@pec.example\r\n") || !strings.Contains(message, "- lettera-attivazione-c_zzz1.pdf") {
		t.Errorf("message:\n%s", message)
	}
	for _, secret := range []string{in.Letter.Code, "EFGHJ", "ABCD"} {
		if strings.Contains(message, secret) {
			t.Errorf("the code is in the message:\n%s", message)
		}
	}
}

func TestMessagesAreShortAndPlain(t *testing.T) {
	r := declared()
	r.Body.Name = strings.Repeat("Comune dal nome lunghissimo ", 20)
	for _, s := range []State{Draft, Sent, Integration, Accepted, Active} {
		in := onPaper(t, r)
		if s != Draft {
			in.Case = received(r, s)
		}
		subject, body := RequestMessage(in, []Enclosure{{Name: "a.pdf"}})
		if n := len([]rune(subject)); n > longestSubject || strings.ContainsAny(subject, "\n{}") {
			t.Errorf("%s: subject of %d: %q", s, n, subject)
		}
		if strings.Contains(body, "joining.") || strings.Contains(body, "{") || !strings.HasSuffix(body, "- a.pdf") {
			t.Errorf("%s: %s", s, body)
		}
	}
	l := posted(t)
	l.Letter.Name = r.Body.Name
	if subject, body := LetterMessage(l, "l.pdf"); len([]rune(subject)) > longestSubject || strings.Contains(body, "ABCD") {
		t.Errorf("%q\n%s", subject, body)
	}
}

func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"delibera.pdf.p7m": "delibera.pdf.p7m", "../../etc/passwd": "etc-passwd", "C:\\x\\y.pdf": "C-x-y.pdf", "": "senza-nome", "...": "senza-nome",
		"-rf *.pdf": "rf-.pdf", "Atto n. 5/2026 (copia).pdf": "Atto-n.-5-2026-copia-.pdf", "perché\n.pdf": "perché-.pdf", "con:alt": "con-alt",
		strings.Repeat("x", 300) + ".pdf": strings.Repeat("x", longestName-4) + ".pdf", ".nascosto": "nascosto", "a\x00b": "a-b",
	} {
		if got := safeName(name); got != want {
			t.Errorf("%q is %q, not %q", name, got, want)
		}
	}
	if got := safeName(strings.Repeat("è", 300)); len(got) > 255-len("allegato-01-") || !bytes.HasPrefix([]byte(got), []byte("è")) {
		t.Errorf("%d bytes", len(got))
	}
}
