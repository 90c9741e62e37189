package accessible

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// The values of a PDF file; numbers are float64, true and false are bool and
// null is nil.
type (
	name  string
	str   string
	array []any
	dict  map[name]any
	ref   int // object number; generations other than zero are not read
)

type stream struct {
	dict dict
	raw  []byte
}

// reader reads files as gopdf and the package above write them: one
// cross-reference table or stream, object streams, Flate.
type reader struct {
	data    []byte
	trailer dict
	places  map[ref]place
	known   map[ref]any
	packed  map[ref][]packed
}

// place is an offset, or an object stream and a place in it.
type place struct {
	offset int
	holder ref
	index  int
}

type packed struct {
	number ref
	value  any
}

var errCut = errors.New("the file ends too early")

func open(data []byte) (*reader, error) {
	r := &reader{data: data, places: map[ref]place{}, known: map[ref]any{}, packed: map[ref][]packed{}}
	at := bytes.LastIndex(data, []byte("startxref"))
	if at < 0 {
		return nil, errors.New("no startxref")
	}
	l := lexer{data: data, at: at + len("startxref")}
	start, err := l.integer()
	if err != nil || start < 0 || start >= len(data) {
		return nil, errors.New("startxref leads nowhere")
	}
	if bytes.HasPrefix(data[start:], []byte("xref")) {
		return r, r.table(start + len("xref"))
	}
	return r, r.tableStream(start)
}

func (r *reader) table(at int) error {
	l := lexer{data: r.data, at: at}
	for {
		l.blank()
		if bytes.HasPrefix(l.data[l.at:], []byte("trailer")) {
			l.at += len("trailer")
			break
		}
		first, err1 := l.integer()
		count, err2 := l.integer()
		if err := errors.Join(err1, err2); err != nil {
			return fmt.Errorf("the cross-reference table: %w", err)
		}
		for i := range count {
			offset, err := l.integer()
			if err != nil {
				return fmt.Errorf("the cross-reference table: %w", err)
			}
			_, _ = l.integer()
			kind, _ := l.value()
			if kind == keyword("n") {
				r.places[ref(first+i)] = place{offset: offset}
			}
		}
	}
	v, err := l.value()
	if err != nil {
		return fmt.Errorf("the trailer: %w", err)
	}
	var ok bool
	if r.trailer, ok = v.(dict); !ok {
		return errors.New("the trailer is no dictionary")
	}
	return nil
}

func (r *reader) tableStream(at int) error {
	v, _, err := r.objectAt(at)
	if err != nil {
		return fmt.Errorf("the cross-reference stream: %w", err)
	}
	s, ok := v.(*stream)
	if !ok || s.dict["Type"] != name("XRef") {
		return errors.New("startxref leads to no cross-reference stream")
	}
	r.trailer = s.dict
	rows, err := r.decode(s)
	if err != nil {
		return fmt.Errorf("the cross-reference stream: %w", err)
	}
	widths, _ := s.dict["W"].(array)
	if len(widths) != 3 {
		return errors.New("the cross-reference stream has no widths")
	}
	var w [3]int
	for i := range w {
		w[i] = whole(widths[i])
		if w[i] < 0 || w[i] > 8 {
			return errors.New("the cross-reference stream has odd widths")
		}
	}
	row := w[0] + w[1] + w[2]
	for n := 0; row > 0 && len(rows) >= row; n++ {
		a, b, c := number(rows[:w[0]]), number(rows[w[0]:w[0]+w[1]]), number(rows[w[0]+w[1]:row])
		rows = rows[row:]
		switch a {
		case 1:
			r.places[ref(n)] = place{offset: b}
		case 2:
			r.places[ref(n)] = place{holder: ref(b), index: c}
		}
	}
	return nil
}

func number(b []byte) int {
	n := 0
	for _, c := range b {
		n = n<<8 | int(c)
	}
	return n
}

func whole(v any) int {
	f, ok := v.(float64)
	if !ok {
		return -1
	}
	return int(f)
}

// objectAt reads "12 0 obj ... endobj".
func (r *reader) objectAt(at int) (any, ref, error) {
	if at < 0 || at >= len(r.data) {
		return nil, 0, errCut
	}
	l := lexer{data: r.data, at: at}
	n, err1 := l.integer()
	_, err2 := l.integer()
	word, err3 := l.value()
	if err := errors.Join(err1, err2, err3); err != nil || word != keyword("obj") {
		return nil, 0, fmt.Errorf("no object at %d", at)
	}
	v, err := l.value()
	if err != nil {
		return nil, 0, err
	}
	word, err = l.value()
	if err != nil {
		return nil, 0, err
	}
	if word == keyword("endobj") {
		return v, ref(n), nil
	}
	d, ok := v.(dict)
	if word != keyword("stream") || !ok {
		return nil, 0, fmt.Errorf("object %d does not end", n)
	}
	l.at = bytes.IndexByte(l.data[l.at:], '\n') + l.at + 1
	length := whole(r.get(d["Length"]))
	if length < 0 || l.at+length > len(l.data) {
		return nil, 0, fmt.Errorf("object %d: %w", n, errCut)
	}
	s := &stream{dict: d, raw: l.data[l.at : l.at+length]}
	l.at += length
	if word, err = l.value(); err != nil || word != keyword("endstream") {
		return nil, 0, fmt.Errorf("the length of object %d is wrong", n)
	}
	return s, ref(n), nil
}

// get follows a reference; what cannot be read is null.
func (r *reader) get(v any) any {
	n, ok := v.(ref)
	if !ok {
		return v
	}
	if v, ok := r.known[n]; ok {
		return v
	}
	r.known[n] = nil // an object that needs itself
	value, err := r.read(n)
	if err != nil {
		return nil
	}
	r.known[n] = value
	return value
}

func (r *reader) read(n ref) (any, error) {
	p, ok := r.places[n]
	if !ok {
		return nil, nil
	}
	if p.holder == 0 {
		v, found, err := r.objectAt(p.offset)
		if err == nil && found != n {
			return nil, fmt.Errorf("object %d stands where object %d should be", found, n)
		}
		return v, err
	}
	all, err := r.unpack(p.holder)
	if err != nil {
		return nil, err
	}
	if p.index >= len(all) || all[p.index].number != n {
		return nil, fmt.Errorf("object %d is not where it should be", n)
	}
	return all[p.index].value, nil
}

func (r *reader) unpack(holder ref) ([]packed, error) {
	if all, ok := r.packed[holder]; ok {
		return all, nil
	}
	s, ok := r.get(holder).(*stream)
	if !ok {
		return nil, fmt.Errorf("object %d is no object stream", holder)
	}
	data, err := r.decode(s)
	if err != nil {
		return nil, err
	}
	first := whole(s.dict["First"])
	head := lexer{data: data}
	var all []packed
	for range whole(s.dict["N"]) {
		n, err1 := head.integer()
		offset, err2 := head.integer()
		if err := errors.Join(err1, err2); err != nil || first+offset >= len(data) || first < 0 {
			return nil, fmt.Errorf("the head of object stream %d is wrong", holder)
		}
		body := lexer{data: data, at: first + offset}
		v, err := body.value()
		if err != nil {
			return nil, fmt.Errorf("object %d: %w", n, err)
		}
		all = append(all, packed{ref(n), v})
	}
	r.packed[holder] = all
	return all, nil
}

// decode undoes Flate and its predictor for bytes; pictures stay as they are.
func (r *reader) decode(s *stream) ([]byte, error) {
	switch filter := r.get(s.dict["Filter"]).(type) {
	case nil:
		return s.raw, nil
	case name:
		if filter != "FlateDecode" {
			return nil, fmt.Errorf("filter %s is not read here", filter)
		}
	default:
		return nil, errors.New("several filters are not read here")
	}
	z, err := zlib.NewReader(bytes.NewReader(s.raw))
	if err != nil {
		return nil, fmt.Errorf("a compressed stream: %w", err)
	}
	const most = 1 << 28
	data, err := io.ReadAll(io.LimitReader(z, most))
	if err != nil {
		return nil, fmt.Errorf("a compressed stream: %w", err)
	}
	parameters, _ := r.get(s.dict["DecodeParms"]).(dict)
	if whole(parameters["Predictor"]) < 10 {
		return data, nil
	}
	return upwards(data, whole(parameters["Columns"]))
}

// upwards undoes the PNG predictors that tables use, none and up.
func upwards(data []byte, columns int) ([]byte, error) {
	if columns < 1 {
		return nil, errors.New("a predictor without columns")
	}
	var out []byte
	before := make([]byte, columns)
	for len(data) > columns {
		row := bytes.Clone(data[1 : columns+1])
		switch data[0] {
		case 0:
		case 2:
			for i := range row {
				row[i] += before[i]
			}
		default:
			return nil, fmt.Errorf("predictor %d is not read here", data[0])
		}
		out = append(out, row...)
		before, data = row, data[columns+1:]
	}
	return out, nil
}

// lexer reads values and, in content streams, operators.
type lexer struct {
	data []byte
	at   int
}

// keyword is a word that is no value: obj, an operator.
type keyword string

func (l *lexer) blank() {
	for l.at < len(l.data) {
		switch l.data[l.at] {
		case ' ', '\n', '\r', '\t', '\f', 0:
			l.at++
		case '%':
			for l.at < len(l.data) && l.data[l.at] != '\n' && l.data[l.at] != '\r' {
				l.at++
			}
		default:
			return
		}
	}
}

func (l *lexer) integer() (int, error) {
	v, err := l.plain()
	if err != nil {
		return 0, err
	}
	f, ok := v.(float64)
	if !ok || f != float64(int(f)) {
		return 0, fmt.Errorf("%v is no number", v)
	}
	return int(f), nil
}

// value reads a value with references.
func (l *lexer) value() (any, error) {
	v, err := l.plain()
	if f, ok := v.(float64); ok && f >= 0 && f == float64(int(f)) {
		saved := l.at
		if generation, err := l.plain(); err == nil && generation == 0.0 {
			if word, err := l.plain(); err == nil && word == keyword("R") {
				return ref(int(f)), nil
			}
		}
		l.at = saved
	}
	return v, err
}

func (l *lexer) plain() (any, error) {
	l.blank()
	if l.at >= len(l.data) {
		return nil, errCut
	}
	switch c := l.data[l.at]; c {
	case '/':
		return l.name()
	case '(':
		return l.literal()
	case '[':
		l.at++
		return l.array()
	case '<':
		if l.at+1 < len(l.data) && l.data[l.at+1] == '<' {
			l.at += 2
			return l.dict()
		}
		return l.hex()
	case ']', '>', '{', '}', ')':
		l.at++
		return keyword(c), nil
	}
	word := l.word()
	if f, err := strconv.ParseFloat(word, 64); err == nil && (word[0] < 'A' || word[0] > 'z') {
		return f, nil
	}
	switch word {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	return keyword(word), nil
}

func (l *lexer) word() string {
	start := l.at
	for l.at < len(l.data) && !bytes.ContainsRune([]byte(" \n\r\t\f\x00/()[]<>{}%"), rune(l.data[l.at])) {
		l.at++
	}
	return string(l.data[start:l.at])
}

func (l *lexer) name() (any, error) {
	l.at++
	word := []byte(l.word())
	for i := 0; i+2 < len(word); i++ {
		if word[i] == '#' {
			if c, err := strconv.ParseUint(string(word[i+1:i+3]), 16, 8); err == nil {
				word = append(append(bytes.Clone(word[:i]), byte(c)), word[i+3:]...)
			}
		}
	}
	return name(word), nil
}

func (l *lexer) array() (any, error) {
	a := array{}
	for {
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		if v == keyword("]") {
			return a, nil
		}
		if k, ok := v.(keyword); ok {
			return nil, fmt.Errorf("%q in an array", string(k))
		}
		a = append(a, v)
	}
}

func (l *lexer) dict() (any, error) {
	d := dict{}
	for {
		key, err := l.plain()
		if err != nil {
			return nil, err
		}
		if key == keyword(">") {
			l.at++ // the second one
			return d, nil
		}
		k, ok := key.(name)
		if !ok {
			return nil, fmt.Errorf("a key that is no name: %v", key)
		}
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		if w, ok := v.(keyword); ok {
			return nil, fmt.Errorf("%q as the value of /%s", string(w), k)
		}
		if _, twice := d[k]; twice {
			return nil, fmt.Errorf("/%s twice in a dictionary", k)
		}
		d[k] = v
	}
}

func (l *lexer) hex() (any, error) {
	end := bytes.IndexByte(l.data[l.at:], '>')
	if end < 0 {
		return nil, errCut
	}
	digits := l.data[l.at+1 : l.at+end]
	l.at += end + 1
	if len(digits)%2 != 0 {
		return nil, errors.New("a hexadecimal string with an odd number of digits")
	}
	out := make([]byte, len(digits)/2)
	for i := range out {
		c, err := strconv.ParseUint(string(digits[2*i:2*i+2]), 16, 8)
		if err != nil {
			return nil, errors.New("a hexadecimal string with other signs")
		}
		out[i] = byte(c)
	}
	return str(out), nil
}

func (l *lexer) literal() (any, error) {
	var out []byte
	depth := 0
	for ; l.at < len(l.data); l.at++ {
		c := l.data[l.at]
		switch c {
		case '(':
			depth++
			if depth == 1 {
				continue
			}
		case ')':
			depth--
			if depth == 0 {
				l.at++
				return str(out), nil
			}
		case '\\':
			l.at++
			if l.at >= len(l.data) {
				return nil, errCut
			}
			out = append(out, l.escape()...)
			continue
		}
		out = append(out, c)
	}
	return nil, errCut
}

func (l *lexer) escape() []byte {
	c := l.data[l.at]
	if i := bytes.IndexByte([]byte("nrtbf"), c); i >= 0 {
		return []byte{"\n\r\t\b\f"[i]}
	}
	if c < '0' || c > '7' {
		return []byte{c}
	}
	n := 0
	for k := 0; k < 3 && l.at < len(l.data) && l.data[l.at] >= '0' && l.data[l.at] <= '7'; k++ {
		n = n*8 + int(l.data[l.at]-'0')
		l.at++
	}
	l.at--
	return []byte{byte(n & 0xFF)}
}
