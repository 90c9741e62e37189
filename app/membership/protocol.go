package membership

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode"

	"polis/app"
	"polis/app/page"
)

// Documents opens what goes with a request, by its SHA-256.
type Documents func(ctx context.Context, sha256 string) (io.ReadCloser, error)

// The names of files for a protocol office, which is Italian.
const (
	fileRequest   = "richiesta-adesione-"
	fileAgreement = "protocollo-intesa-"
	fileSigned    = "protocollo-firmato-"
	fileReceipt   = "ricevuta-"
	fileLetter    = "lettera-attivazione-"
	fileMessage   = "messaggio-PEC.txt"
	folderRequest = "adesione-"
	folderLetter  = "attivazione-"
)

// Enclosure is a file that goes with a certified mail: its name, and what it is.
type Enclosure struct{ Name, About string }

// RequestMessage is the certified mail with which the body's protocol office
// sends a request, or what completes it, or the signed agreement, by the
// state of its Case; as plain text. It says what is asked for at that stage
// and names what is enclosed.
func RequestMessage(in PaperInput, enclosed []Enclosure) (subject, body string) {
	p, r, kind := in.writer(), &in.Request, in.message()
	name, ipa := p.toSay(in.name()), p.toSay(r.Body.ID)
	paragraphs := []string{p.word("mail."+kind+".text", "body", name, "ipa", ipa)}
	if kind != "agreement" && in.signedAgreement() != nil {
		paragraphs = append(paragraphs, p.word("mail.signed_already"))
	}
	var refs []string
	add := func(key, name, value string, more ...string) {
		if value != "" {
			refs = append(refs, p.word("mail."+key, append(more, name, value)...))
		}
	}
	add("protocol_own", "protocol", p.protocol(r.Protocol))
	if c := in.Case; c != nil {
		day, _ := p.moment(c.ReceivedAt)
		add("receipt", "number", c.Number, "date", day)
		add("protocol_region", "protocol", p.protocol(c.Protocol))
		if e := c.Last(RequestIntegration); e != nil && kind == "integration" {
			day, _ := p.moment(e.At)
			add("asked_on", "date", day)
		}
	}
	add("id", "id", r.ID)
	paragraphs = append(paragraphs, strings.Join(refs, "\n"), p.word("mail."+kind+".ask"))
	lines := make([]string, len(enclosed))
	for i, e := range enclosed {
		lines[i] = e.Name
		if e.About != "" {
			lines[i] += ": " + e.About
		}
	}
	signer := joined("\n", p.word("mail.regards"), joined(", ", r.Representative.Name, r.Representative.Role), in.name())
	paragraphs = append(paragraphs, signer, p.listed("mail.attached", lines))
	return p.subject("mail."+kind+".subject", name), text(paragraphs)
}

// message is what the body has to send next.
func (in PaperInput) message() string {
	switch {
	case in.Case == nil:
	case in.Case.State == Integration:
		return "integration"
	case in.Case.State == Accepted:
		return "agreement"
	}
	return "request"
}

// LetterMessage is the certified mail with which the region's protocol office
// sends the letter that is attached as file. The code is in the letter only.
func LetterMessage(in LetterInput, file string) (subject, body string) {
	p, l := in.writer(), &in.Letter
	day, _ := p.moment(l.ExpiresAt)
	refs := ""
	if protocol := p.protocol(l.Protocol); protocol != "" {
		refs = p.word("mail.protocol_region", "protocol", protocol)
	}
	name := p.toSay(l.Name)
	return p.subject("mail.letter.subject", name), text([]string{
		p.word("mail.letter.text", "body", name, "date", day), p.word("mail.letter.keep"), refs,
		joined("\n", p.word("mail.regards"), p.word("region")), p.listed("mail.attached", []string{file}),
	})
}

// LetterMail is the message as a text file for the protocol office, with its
// address and its subject.
func LetterMail(in LetterInput, file string) []byte {
	p := in.writer()
	subject, body := LetterMessage(in, file)
	return p.mail(p.word("mail.letter.before"), in.Letter.PEC, subject, body, []string{file})
}

// longestSubject is what mail programs show of a subject.
const longestSubject = 120

func (p writer) subject(key, name string) string {
	room := longestSubject - len([]rune(p.word(key, "body", "")))
	return p.word(key, "body", page.Clip(name, room))
}

// listed are names of files under a sentence.
func (p writer) listed(key string, files []string) string {
	if len(files) == 0 {
		return ""
	}
	return p.word(key) + "\n- " + strings.Join(files, "\n- ")
}

// text are paragraphs with an empty line between them.
func text(paragraphs []string) string {
	var kept []string
	for _, t := range paragraphs {
		if t = strings.TrimSpace(t); t != "" {
			kept = append(kept, t)
		}
	}
	return strings.ReplaceAll(strings.Join(kept, "\n\n"), "\u00A0", " ") // mail programs have odd ideas of other blanks
}

// mail is a certified mail as a file to copy from: what to do first, to whom,
// subject, what to attach, text.
func (p writer) mail(before, to, subject, body string, files []string) []byte {
	all := text([]string{
		before, p.word("mail.to", "to", to) + "\n" + p.word("mail.subject", "subject", subject),
		p.listed("mail.attach", files), p.word("mail.text") + "\n\n" + body,
	})
	return []byte(strings.ReplaceAll(all, "\n", "\r\n") + "\r\n") // for the editors of offices
}

// signedAgreement is the digitally signed agreement that goes to the region:
// the one that is being delivered, or that went with the request and was not
// given back. Nil when there is none.
func (in PaperInput) signedAgreement() *Document {
	switch {
	case in.Agreement != nil:
		return in.Agreement
	case in.Case != nil && in.Case.Last(ReturnAgreement) != nil:
		return nil
	}
	for i := range in.Request.Documents {
		if d := &in.Request.Documents[i]; d.Kind == DocumentAgreement && d.Signature != nil {
			return d
		}
	}
	return nil
}

// ProtocolFiles makes a folder in parent for the protocol office of the body:
// the request, the agreement, the receipt once there is one, the documents,
// the signed agreement, and the text of the certified mail. It is there whole
// or not at all, and nothing that exists is touched. It returns the folder's
// path. CodePrint, CodeFile and CodeDiskFull (path), what open returns.
func ProtocolFiles(ctx context.Context, in PaperInput, paper Paper, open Documents, parent string) (folder string, err error) {
	p, ipa, kind := in.writer(), safeName(in.Request.Body.ID), in.message()
	pack := packet{in: in, last: kind == "agreement"}
	pack.add(printed(fileRequest+ipa+".pdf", paper, RequestPaper(in)), p.word("mail.file.request"), !pack.last)
	pack.agreement(printed(fileAgreement+ipa+".pdf", paper, AgreementPaper(in)))
	if in.Case != nil {
		pack.add(printed(fileReceipt+safeName(in.Case.Number)+".pdf", paper, ReceiptPaper(in)), "", false)
	}
	signed := in.signedAgreement()
	document := func(name string, d *Document) {
		isSigned := signed != nil && d.SHA256 == signed.SHA256
		pack.add(file{name, func(w io.Writer) error { return copied(ctx, w, open, d.SHA256) }}, in.about(d, isSigned), !pack.last || isSigned)
	}
	with := false
	for i := range in.Request.Documents {
		d := &in.Request.Documents[i]
		with = with || signed != nil && d.SHA256 == signed.SHA256
		document(fmt.Sprintf("allegato-%02d-%s", i+1, safeName(d.Name)), d)
	}
	if signed != nil && !with {
		document(fileSigned+safeName(signed.Name), signed)
	}
	subject, body := RequestMessage(in, pack.enclosed)
	before := "mail." + kind + ".before"
	if signed != nil {
		before += "_signed"
	}
	pack.add(file{fileMessage, func(w io.Writer) error {
		_, err := w.Write(p.mail(p.word(before), p.word("mail.to_region"), subject, body, pack.attach))
		return err
	}}, "", false)
	return writeFolder(ctx, parent, folderRequest+ipa, pack.files)
}

// packet collects the files of a folder and says which of them the mail takes.
type packet struct {
	in       PaperInput
	last     bool // only the signed agreement goes
	files    []file
	enclosed []Enclosure
	attach   []string // what the office is told
}

func (p *packet) add(f file, about string, goes bool) {
	p.files = append(p.files, f)
	if goes {
		p.enclosed, p.attach = append(p.enclosed, Enclosure{f.name, about}), append(p.attach, f.name)
	}
}

// agreement adds the text of the agreement, which is still to be signed where
// nobody has.
func (p *packet) agreement(f file) {
	w := p.in.writer()
	switch signed := p.in.signedAgreement() != nil; {
	case p.last && !signed:
		p.add(f, w.word("mail.file.agreement_signed"), true)
		p.attach[len(p.attach)-1] = w.word("mail.sign_first", "file", f.name)
	case signed:
		p.add(f, w.word("mail.file.agreement_text"), !p.last)
	default:
		p.add(f, w.word("mail.file.agreement"), true)
	}
}

// about says of a document what it is, and its fingerprint.
func (in PaperInput) about(d *Document, agreement bool) string {
	p := in.writer()
	what := page.Clip(flat(d.Title), clippedLine)
	if agreement {
		what = p.word("mail.file.agreement_signed")
	}
	if d.Signature != nil {
		what = joined(", ", what, p.signed(d.Signature))
	}
	return joined("; ", what, "SHA-256 "+d.SHA256)
}

// LetterFile is the name of the letter's file.
func LetterFile(l Letter) string { return fileLetter + safeName(l.Authority) + ".pdf" }

// LetterFiles makes the same for the protocol office of the region: the
// letter with the activation code, and the text of the certified mail. Only
// the owner of the files can read them, where the system knows owners.
func LetterFiles(in LetterInput, paper Paper, parent string) (folder string, err error) {
	p, ipa := in.writer(), safeName(in.Letter.Authority)
	letter := printed(LetterFile(in.Letter), paper, LetterPaper(in))
	subject, body := LetterMessage(in, letter.name)
	message := file{fileMessage, func(w io.Writer) error {
		_, err := w.Write(p.mail(p.word("mail.letter.before"), in.Letter.PEC, subject, body, []string{letter.name}))
		return err
	}}
	return writeFolder(context.Background(), parent, folderLetter+ipa, []file{letter, message})
}

// file is one of a folder.
type file struct {
	name  string
	write func(io.Writer) error
}

func printed(name string, paper Paper, doc page.Document) file {
	return file{name, func(w io.Writer) error {
		list, err := paper.Layout(doc)
		if err != nil {
			return err
		}
		return paper.PDF(w, list)
	}}
}

func copied(ctx context.Context, w io.Writer, open Documents, sha256 string) error {
	from, err := open(ctx, sha256)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, from)
	return errors.Join(err, from.Close())
}

// mostFolders are tried before giving up: "adesione-c_a124-2" and so on.
const mostFolders = 1000

// writeFolder fills a folder aside and gives it its name when it is complete.
func writeFolder(ctx context.Context, parent, name string, files []file) (folder string, err error) {
	temp, err := os.MkdirTemp(parent, ".polis-*")
	if err != nil {
		return "", fileFault(err, parent)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(temp))
		}
	}()
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if err := writeOne(filepath.Join(temp, f.name), f.write); err != nil {
			return "", fileFault(err, filepath.Join(parent, name, f.name))
		}
	}
	for n := 1; n <= mostFolders; n++ {
		folder = filepath.Join(parent, name)
		if n > 1 {
			folder = fmt.Sprintf("%s-%d", folder, n)
		}
		if _, err = os.Lstat(folder); err == nil {
			continue
		}
		if err = os.Rename(temp, folder); err == nil {
			return folder, nil
		}
		if _, taken := os.Lstat(folder); taken != nil {
			break // not because somebody was faster
		}
	}
	return "", fileFault(err, folder)
}

func writeOne(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Sync(), f.Close())
}

// fileFault tells what happened to a file; faults that have words already
// keep them.
func fileFault(err error, path string) error {
	switch {
	case err == nil, app.ErrorCode(err) != app.CodeInternal, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, syscall.ENOSPC):
		return app.Fault(app.CodeDiskFull, err, "path", path)
	}
	return app.Fault(app.CodeFile, err, "path", path)
}

// The longest name of a file, without what is put before it, and of its
// ending.
const (
	longestName   = 80
	longestEnding = 12
)

// safeName is a name that every system takes for a file: letters, digits,
// points, hyphens and underscores, neither hidden nor endless. What is left
// of its ending stays.
func safeName(name string) string {
	var b strings.Builder
	for _, r := range flat(name) {
		switch {
		case r == '.' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	safe := strings.Trim(b.String(), ".-")
	if safe == "" {
		return "senza-nome"
	}
	letters := []rune(safe)
	if len(letters) <= longestName {
		return safe
	}
	ending := []rune(filepath.Ext(safe))
	if len(ending) > longestEnding {
		ending = nil
	}
	return strings.TrimRight(string(letters[:longestName-len(ending)]), ".-") + string(ending)
}
