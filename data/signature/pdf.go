package signature

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"

	"polis/app/membership"
)

// Signatures of a PDF that are looked at.
const maxRanges = 50

// A signature of a PDF is a dictionary that says which bytes of the file were
// signed; the gap between the two ranges is the signature, in hexadecimal
// digits. It is never compressed, because it is filled in last.
var byteRange = regexp.MustCompile(`/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]`)

// isPDF reports the mark that stands in the first 1,024 bytes, but not that
// of a PDF in an envelope.
func isPDF(content []byte) bool {
	return len(content) > 0 && content[0] != tagSequence && bytes.Contains(content[:min(len(content), 1024)], []byte("%PDF-"))
}

func readPDF(content []byte) (signed, error) {
	s := signed{format: membership.FormatPAdES}
	first := -1 // where the first signature's gap begins
	firstEnd := 0
	for _, m := range byteRange.FindAllSubmatch(content, maxRanges) {
		from, to, end, ok := gap(m, len(content))
		if !ok {
			continue
		}
		digits := bytes.Trim(content[from:to], "<> \t\r\n\x00")
		der := make([]byte, hex.DecodedLen(len(digits)))
		n, err := hex.Decode(der, digits)
		if err != nil && n == 0 {
			continue
		}
		c, err := parseCMS(der[:n])
		if err != nil || c.stamp {
			continue
		}
		if first < 0 || end < firstEnd {
			first, firstEnd = from, end
		}
		for _, name := range c.signers {
			if len(s.signers) < maxSigners && !slices.Contains(s.signers, name) {
				s.signers = append(s.signers, name)
			}
		}
	}
	if first < 0 {
		return signed{}, errNone
	}
	s.documents = before(content[:firstEnd], first)
	return s, nil
}

// gap returns where the signature stands and where the signed bytes end.
func gap(m [][]byte, size int) (from, to, end int, ok bool) {
	var n [4]int
	for i := range n {
		v, err := strconv.Atoi(string(m[i+1]))
		if err != nil || v > size {
			return 0, 0, 0, false
		}
		n[i] = v
	}
	from, to, end = n[1], n[2], n[2]+n[3]
	return from, to, end, n[0] == 0 && from < to && end <= size
}

// before returns what the file may have been before the first signature was
// added, likeliest first; nothing when the program that signed wrote the
// whole file anew. An addition names the cross-references before it (/Prev).
func before(revision []byte, signature int) [][]byte {
	mark := []byte("%%EOF")
	at := bytes.LastIndex(revision[:signature], mark)
	if at < 0 || !bytes.Contains(revision[at:], []byte("/Prev")) {
		return nil
	}
	end := at + len(mark)
	var found [][]byte
	for _, eol := range []string{"\r\n", "\n", "\r", ""} {
		if bytes.HasPrefix(revision[end:], []byte(eol)) {
			found = append(found, revision[:end+len(eol)])
		}
	}
	return found
}
