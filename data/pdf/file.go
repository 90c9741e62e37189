package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// file is a PDF file in memory: gopdf's objects under gopdf's numbers, ours
// after them.
type file struct {
	objects []object // by number less one
	root    int
	info    int
	zips    *zips
}

// object is one object; data is nil when it is no stream. What is empty is
// not written.
type object struct {
	dict []byte // with its brackets, for a stream without Length
	data []byte
}

// takeApart reads the file that gopdf wrote.
func takeApart(data []byte, z *zips) (*file, error) {
	at := bytes.LastIndex(data, []byte("startxref\n"))
	if at < 0 {
		return nil, errors.New("no startxref")
	}
	start, _, _ := bytes.Cut(data[at+len("startxref\n"):], []byte{'\n'})
	xref, err := strconv.Atoi(string(start))
	if err != nil || xref >= at {
		return nil, errors.New("startxref leads nowhere")
	}
	lines := strings.Split(string(data[xref:at]), "\n")
	if len(lines) < 3 || lines[0] != "xref" {
		return nil, errors.New("no xref table")
	}
	count, err := strconv.Atoi(strings.TrimPrefix(lines[1], "0 "))
	if err != nil || count < 1 || len(lines) < count+2 {
		return nil, errors.New("the xref table is cut")
	}
	f := &file{zips: z}
	end := xref
	f.objects = make([]object, count-1)
	for n := count - 1; n >= 1; n-- {
		offset, err := strconv.Atoi(strings.TrimLeft(lines[2+n][:10], "0"))
		if err != nil || offset >= end {
			return nil, fmt.Errorf("object %d is not where it should be", n)
		}
		if f.objects[n-1], err = readObject(data[offset:end], n); err != nil {
			return nil, err
		}
		end = offset
	}
	return f, nil
}

func readObject(data []byte, n int) (object, error) {
	body, ok := bytes.CutPrefix(data, fmt.Appendf(nil, "%d 0 obj\n", n))
	if !ok {
		return object{}, fmt.Errorf("object %d has no beginning", n)
	}
	body, ok = bytes.CutSuffix(bytes.TrimRight(body, "\n"), []byte("endobj"))
	if !ok {
		return object{}, fmt.Errorf("object %d has no end", n)
	}
	dict, stream, isStream := bytes.Cut(body, []byte("stream\n"))
	o := object{dict: bytes.TrimSpace(dict)}
	if !isStream {
		return o, nil
	}
	length, err := strconv.Atoi(field(o.dict, "Length"))
	if err != nil || length > len(stream) {
		return object{}, fmt.Errorf("object %d is cut", n)
	}
	o.data = stream[:length:length]
	return o, nil
}

// field is the plain value of a key in a dictionary as gopdf writes them.
func field(dict []byte, key string) string {
	for rest := dict; ; {
		_, after, ok := bytes.Cut(rest, []byte("/"+key))
		if !ok {
			return ""
		}
		if rest = after; len(after) > 0 && after[0] != ' ' && after[0] != '[' && after[0] != '/' {
			continue // a longer key
		}
		after = bytes.TrimLeft(after, " ")
		end := bytes.IndexAny(after, "\n")
		if end < 0 {
			end = len(after)
		}
		return string(bytes.TrimSpace(after[:end]))
	}
}

// reference is the object number in "12 0 R" or "[12 0 R]".
func reference(value string) int {
	number, _, _ := strings.Cut(strings.TrimLeft(value, "[ "), " ")
	n, _ := strconv.Atoi(number) // zero is no object
	return n
}

func (f *file) object(n int) *object {
	if n < 1 || n > len(f.objects) {
		return &object{}
	}
	return &f.objects[n-1]
}

// reserve gives a number for an object that is set later.
func (f *file) reserve() int {
	f.objects = append(f.objects, object{})
	return len(f.objects)
}

func (f *file) add(dict string, args ...any) int {
	n := f.reserve()
	f.set(n, dict, args...)
	return n
}

func (f *file) set(n int, dict string, args ...any) {
	f.objects[n-1] = object{dict: fmt.Appendf(nil, dict, args...)}
}

// setStream makes object n a stream, compressed when it is worth the while, a
// small one in haste: being thorough gains little there.
func (f *file) setStream(n int, data []byte) {
	const tiny, small = 800, 16384
	if len(data) < tiny {
		f.objects[n-1] = object{dict: []byte("<<>>"), data: data}
		return
	}
	f.objects[n-1] = object{dict: []byte("<</Filter/FlateDecode>>"), data: f.zips.compressed(data, len(data) < small)}
}

// inOne is how many objects share a compressed stream.
const inOne = 500

// bytes writes the file: streams as they are, other objects in compressed
// streams, the table of all of them at the end. The identifier is a hash of
// what is before it.
func (f *file) bytes() []byte {
	size := 4096
	for _, o := range f.objects {
		size += len(o.data) + len(o.dict)/4 + 40
	}
	out := make([]byte, 0, size)
	out = append(out, "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"...)
	places := make([]place, len(f.objects)+1)
	var loose []int
	for i, o := range f.objects {
		switch {
		case o.data != nil:
			places[i+1] = place{kind: 1, at: len(out)}
			out = f.writeStream(out, i+1, o)
		case len(o.dict) > 0:
			loose = append(loose, i+1)
		}
	}
	for len(loose) > 0 {
		n := min(inOne, len(loose))
		places = append(places, place{kind: 1, at: len(out)})
		holder := len(places) - 1
		for i, number := range loose[:n] {
			places[number] = place{kind: 2, at: holder, index: i}
		}
		out = f.writeStream(out, holder, f.together(loose[:n]))
		loose = loose[n:]
	}
	start := len(out)
	places = append(places, place{kind: 1, at: start})
	id := sha256.Sum256(out)
	out = f.writeStream(out, len(places)-1, f.table(places, id[:16]))
	return fmt.Appendf(out, "startxref\n%d\n%%%%EOF\n", start)
}

func (f *file) writeStream(out []byte, n int, o object) []byte {
	out = fmt.Appendf(out, "%d 0 obj\n", n)
	out = append(out, bytes.TrimSuffix(o.dict, []byte(">>"))...)
	out = fmt.Appendf(out, "/Length %d>>\nstream\n", len(o.data))
	out = append(out, o.data...)
	return append(out, "\nendstream\nendobj\n"...)
}

// together puts objects into an object stream.
func (f *file) together(numbers []int) object {
	var head, body []byte
	for _, n := range numbers {
		head = fmt.Appendf(head, "%d %d ", n, len(body))
		body = append(append(body, f.objects[n-1].dict...), '\n')
	}
	return object{
		dict: fmt.Appendf(nil, "<</Type/ObjStm/N %d/First %d/Filter/FlateDecode>>", len(numbers), len(head)),
		data: f.zips.compressed(append(head, body...), true),
	}
}

// place is where an object is: kind 1 at an offset, kind 2 in an object stream
// as the index-th; kind 0 is none.
type place struct{ kind, at, index int }

// table is the cross-reference stream.
func (f *file) table(places []place, id []byte) object {
	const row = 1 + 4 + 2
	rows := make([]byte, 0, (row+1)*len(places))
	var before [row]byte
	for i, p := range places {
		var now [row]byte
		now[0] = byte(p.kind)                                //nolint:gosec // 0, 1 or 2
		binary.BigEndian.PutUint32(now[1:], uint32(p.at))    //nolint:gosec // no file has 4 GB
		binary.BigEndian.PutUint16(now[5:], uint16(p.index)) //nolint:gosec // less than inOne
		if i == 0 {
			now = [row]byte{5: 0xFF, 6: 0xFF}
		}
		rows = append(rows, 2) // what differs from the row before
		for k := range now {
			rows = append(rows, now[k]-before[k])
		}
		before = now
	}
	return object{
		dict: fmt.Appendf(nil, "<</Type/XRef/Size %d/W[1 4 2]/Root %d 0 R/Info %d 0 R/ID[<%X><%X>]"+
			"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns %d>>>>", len(places), f.root, f.info, id, id, row),
		data: f.zips.compressed(rows, true),
	}
}
