package search

import "strings"

// plain takes the Markdown marks out of a text so that it reads as one
// running line: headings, list marks, emphasis, table bars and the addresses
// of links go; their words stay.
func plain(md string) string {
	p := plainer{blank: true}
	p.b.Grow(len(md))
	for line := range strings.Lines(md) {
		p.line(lineText(line))
		p.write(' ')
	}
	return strings.TrimRight(p.b.String(), " ")
}

// plainer writes text with single blanks.
type plainer struct {
	b     strings.Builder
	blank bool // the last byte written, or the start
}

func (p *plainer) write(c byte) {
	if c == ' ' && p.blank {
		return
	}
	p.b.WriteByte(c)
	p.blank = c == ' '
}

func (p *plainer) line(line string) {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case '*', '`', '[':
		case '\\':
			if i+1 < len(line) && strings.IndexByte("\\`*_{}[]()#+-.!|>", line[i+1]) >= 0 {
				i++
				p.write(line[i])
			}
		case '_':
			if insideWord(line, i) {
				p.write(c)
			}
		case ']':
			i += linkTarget(line[i+1:])
		case '|', '\t', '\r', '\n', 0:
			p.write(' ')
		default:
			p.write(c)
		}
	}
}

// lineText drops what only shapes a line: indentation, heading and list
// marks, quotes and rules between table rows.
func lineText(line string) string {
	line = strings.TrimSpace(line)
	if strings.Trim(line, "|-: =") == "" {
		return ""
	}
	line = strings.TrimLeft(line, "#> ")
	for _, mark := range []string{"- ", "* ", "+ "} {
		line = strings.TrimPrefix(line, mark)
	}
	return strings.TrimSpace(strings.Trim(line, "|"))
}

// insideWord keeps the underscore of c_a124 and drops that of _emphasis_.
func insideWord(line string, i int) bool {
	return i > 0 && i+1 < len(line) && wordByte(line[i-1]) && wordByte(line[i+1])
}

// maxTarget is the longest address of a link that is left out, in bytes.
const maxTarget = 2 << 10

// linkTarget returns the length of "(address)" at the start of rest.
func linkTarget(rest string) int {
	if !strings.HasPrefix(rest, "(") {
		return 0
	}
	return strings.IndexByte(rest[:min(len(rest), maxTarget)], ')') + 1
}
