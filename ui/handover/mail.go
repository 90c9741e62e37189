package handover

import (
	"net/url"
	"strings"

	"polis/app/page"
)

const (
	mostMailto = 1900 // as long as an address may be that every system hands on
	mostTitle  = 120  // of a message
)

// Mailto makes the address that opens a new message in a mail program. Lines
// of the body end as mail wants them. What is too long is shortened.
func Mailto(subject, body string) string {
	subject = page.Clip(strings.Join(strings.Fields(subject), " "), mostTitle)
	body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\n", "\r\n")
	for most := len(body); ; most = most * 3 / 4 {
		address := "mailto:?subject=" + mailEscape(subject) + "&body=" + mailEscape(page.Clip(body, most))
		if len(address) <= mostMailto || most == 0 {
			return address
		}
	}
}

// mailEscape writes a blank as %20: a plus would stay one in the message.
func mailEscape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
