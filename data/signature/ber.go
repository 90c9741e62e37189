package signature

import (
	"errors"
)

// Signing programs write BER: lengths that are told at the end, strings in
// pieces. The libraries at hand either refuse that (encoding/asn1) or walk
// into it without a bound, where a file of a few megabytes ends the program;
// so this small reader skips what it does not need and never goes deeper than
// maxDepth.

const (
	tagOctets    = 0x04
	tagSequence  = 0x30
	tagSet       = 0x31
	constructed  = 0x20
	context0     = 0xA0
	maxDepth     = 40
	maxParts     = 64
	endOfContent = 2 // bytes
)

var errBER = errors.New("not BER")

// element is one thing of BER. Content is what is in it, whole all its bytes.
type element struct {
	tag     byte
	content []byte
	whole   []byte
}

// next takes the first element of b.
func next(b []byte) (e element, rest []byte, err error) { return nextAt(b, maxDepth) }

func nextAt(b []byte, depth int) (e element, rest []byte, err error) {
	if depth == 0 || len(b) < 2 || b[0]&0x1F == 0x1F { // no structure here has large tags
		return element{}, nil, errBER
	}
	tag, length := b[0], b[1]
	if length != 0x80 {
		size, head, ok := definite(b)
		if !ok || size > len(b)-head {
			return element{}, nil, errBER
		}
		return element{tag, b[head : head+size], b[:head+size]}, b[head+size:], nil
	}
	if tag&constructed == 0 {
		return element{}, nil, errBER
	}
	inside := b[2:]
	for {
		if len(inside) < endOfContent {
			return element{}, nil, errBER
		}
		if inside[0] == 0 && inside[1] == 0 {
			end := len(b) - len(inside)
			return element{tag, b[2:end], b[:end+endOfContent]}, inside[endOfContent:], nil
		}
		if _, inside, err = nextAt(inside, depth-1); err != nil {
			return element{}, nil, err
		}
	}
}

// definite reads a length of one to five bytes.
func definite(b []byte) (size, head int, ok bool) {
	if b[1] < 0x80 {
		return int(b[1]), 2, true
	}
	n := int(b[1] & 0x7F)
	if n > 4 || len(b) < 2+n {
		return 0, 0, false
	}
	for _, c := range b[2 : 2+n] {
		size = size<<8 | int(c)
	}
	return size, 2 + n, size >= 0 && size <= MaxSize
}

// parts returns what is in an element, one after the other. No structure that
// is read so has many.
func (e element) parts() ([]element, error) {
	var all []element
	for rest := e.content; len(rest) > 0; {
		if len(all) == maxParts {
			return nil, errBER
		}
		var p element
		var err error
		if p, rest, err = next(rest); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// octets returns the bytes of a string, whole or in pieces.
func (e element) octets(depth int) ([]byte, error) {
	switch {
	case e.tag == tagOctets:
		return e.content, nil
	case e.tag != tagOctets|constructed || depth == 0:
		return nil, errBER
	}
	all := []byte{}
	for rest := e.content; len(rest) > 0; {
		var p element
		var err error
		if p, rest, err = next(rest); err != nil {
			return nil, err
		}
		piece, err := p.octets(depth - 1)
		if err != nil {
			return nil, err
		}
		all = append(all, piece...)
	}
	return all, nil
}
