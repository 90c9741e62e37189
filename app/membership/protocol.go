package membership

import (
	"context"
	"io"
)

// Documents opens what goes with a request, by its SHA-256.
type Documents func(ctx context.Context, sha256 string) (io.ReadCloser, error)

// RequestMessage is the certified mail with which the body's protocol office
// sends a request, as plain text. Files are the names of what is attached.
func RequestMessage(in PaperInput, files []string) (subject, body string) { return "", "" }

// LetterMessage is the certified mail with which the region's protocol office
// sends the letter that is attached as file. The code is in the letter only.
func LetterMessage(in LetterInput, file string) (subject, body string) { return "", "" }

// ProtocolFiles makes a folder in parent for the protocol office of the body:
// the request, the agreement, the receipt once there is one, the documents,
// and the text of the certified mail. It is there whole or not at all, and
// nothing that exists is touched. It returns the folder's path. CodePrint,
// CodeFile (path), what open returns.
func ProtocolFiles(ctx context.Context, in PaperInput, paper Paper, open Documents, parent string) (folder string, err error) {
	return "", nil
}

// LetterFiles makes the same for the protocol office of the region: the
// letter with the activation code, and the text of the certified mail.
func LetterFiles(in LetterInput, paper Paper, parent string) (folder string, err error) {
	return "", nil
}
