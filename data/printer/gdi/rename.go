package gdi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unicode/utf16"

	"polis/app/page"
)

// familyOf is the name under which a face is known to GDI, and to it alone:
// Windows finds fonts by family and weight, several of ours share a family,
// and a PC may have other versions of them installed.
func familyOf(f page.Face) string { return fmt.Sprintf("POLIS face %d", int(f)+1) }

var errFont = errors.New("not a TrueType font")

type table struct {
	tag  string
	data []byte
}

// rename gives a font another family name, in memory.
func rename(font []byte, family string) ([]byte, error) {
	tables, err := tablesOf(font)
	if err != nil {
		return nil, err
	}
	found := false
	for i := range tables {
		switch tables[i].tag {
		case "name":
			tables[i].data, found = names(family), true
		case "head":
			if len(tables[i].data) < 12 {
				return nil, errFont
			}
			tables[i].data = slices.Clone(tables[i].data)
			binary.BigEndian.PutUint32(tables[i].data[8:], 0) // the sum of the whole, set at the end
		}
	}
	if !found {
		return nil, errFont
	}
	return assemble(font[:4], tables), nil
}

// tablesOf reads the directory. A signature would not hold any more.
func tablesOf(font []byte) ([]table, error) {
	if len(font) < 12 {
		return nil, errFont
	}
	n := int(binary.BigEndian.Uint16(font[4:]))
	if len(font) < 12+16*n {
		return nil, errFont
	}
	var tables []table
	for i := range n {
		entry := font[12+16*i:]
		from, size := int64(binary.BigEndian.Uint32(entry[8:])), int64(binary.BigEndian.Uint32(entry[12:]))
		if from+size > int64(len(font)) {
			return nil, errFont
		}
		if tag := string(entry[:4]); tag != "DSIG" {
			tables = append(tables, table{tag, font[from : from+size]})
		}
	}
	return tables, nil
}

// assemble writes tables, which are in the order of their tags, as a font.
func assemble(version []byte, tables []table) []byte {
	n := len(tables)
	power, log := 1, 0
	for power*2 <= n {
		power, log = power*2, log+1
	}
	out := bytes.NewBuffer(slices.Clone(version))
	for _, v := range []int{n, 16 * power, log, 16 * (n - power)} {
		put16(out, v)
	}
	at, head := 12+16*n, 0
	for _, t := range tables {
		if t.tag == "head" {
			head = at
		}
		out.WriteString(t.tag)
		put32(out, sum(t.data))
		put32(out, uint32(at))          //nolint:gosec // fonts are small
		put32(out, uint32(len(t.data))) //nolint:gosec // fonts are small
		at += (len(t.data) + 3) &^ 3
	}
	for _, t := range tables {
		out.Write(t.data)
		out.Write(make([]byte, -len(t.data)&3))
	}
	font := out.Bytes()
	if head > 0 {
		binary.BigEndian.PutUint32(font[head+8:], 0xB1B0AFBA-sum(font))
	}
	return font
}

// names is a table of the four names that Windows asks for.
func names(family string) []byte {
	const header, record = 6, 12
	values := []struct {
		id   int
		text string
	}{{1, family}, {2, "Regular"}, {4, family}, {6, postScriptName(family)}}
	var dir, text bytes.Buffer
	for _, v := range []int{0, len(values), header + record*len(values)} {
		put16(&dir, v)
	}
	for _, v := range values {
		units := utf16.Encode([]rune(v.text))
		// Windows, Unicode, English of the United States
		for _, x := range []int{3, 1, 0x409, v.id, 2 * len(units), text.Len()} {
			put16(&dir, x)
		}
		for _, u := range units {
			put16(&text, int(u))
		}
	}
	return append(dir.Bytes(), text.Bytes()...)
}

func postScriptName(family string) string {
	return string(bytes.ReplaceAll([]byte(family), []byte(" "), []byte("-")))
}

// sum adds up a table's words, the last filled up with zeros.
func sum(data []byte) uint32 {
	var total uint32
	for len(data) >= 4 {
		total += binary.BigEndian.Uint32(data)
		data = data[4:]
	}
	var last [4]byte
	copy(last[:], data)
	return total + binary.BigEndian.Uint32(last[:])
}

func put16(b *bytes.Buffer, v int) {
	b.Write(binary.BigEndian.AppendUint16(nil, uint16(v))) //nolint:gosec // counts and places in a small table
}

func put32(b *bytes.Buffer, v uint32) { b.Write(binary.BigEndian.AppendUint32(nil, v)) }
