// Command benchprint measures the printed sheet beside other ways to make a
// PDF of the same content: gopdf without tags, Chromium, WeasyPrint, typst.
// Those that are not installed are left out, and the table says so.
//
//	benchprint [-rounds N] [-sheets N] FOLDER
//
// FOLDER holds documents.gob, which .ci/gallery writes; what is made stays
// there. The other modes are what it starts of itself in new processes:
//
//	benchprint -draw ours|plain DOCUMENT OUT   one document, as a file
//	benchprint -warm ours|plain DOCUMENTS      all of them, in milliseconds each
//	benchprint -bytes ours|plain DOCUMENTS     all of them, their sizes together
//	benchprint -thousand DOCUMENTS             memory over a thousand sheets
//	benchprint -preview DOCUMENTS              pages for the screen
package main

import (
	"crypto/sha256"
	"encoding/gob"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"polis/app/page"
	"polis/assets"
	"polis/data/layout"
	"polis/data/pdf"
	"polis/data/raster"
)

func main() {
	draw := flag.String("draw", "", "")
	warm := flag.String("warm", "", "")
	sizes := flag.String("bytes", "", "")
	thousand := flag.Bool("thousand", false, "")
	preview := flag.Bool("preview", false, "")
	peak := flag.Bool("peak", false, "with -draw: tell the memory that it needed")
	rounds := flag.Int("rounds", 15, "cold starts of each")
	sheets := flag.Int("sheets", 40, "different sheets, for the warm figures")
	flag.Parse()
	var err error
	switch {
	case *draw != "" && flag.NArg() == 2:
		err = drawOne(*draw, flag.Arg(0), flag.Arg(1))
		if *peak && err == nil {
			fmt.Println(status("self", "VmHWM"))
		}
	case *warm != "" && flag.NArg() == 1:
		err = drawAll(*warm, flag.Arg(0))
	case *sizes != "" && flag.NArg() == 1:
		err = addUp(*sizes, flag.Arg(0))
	case *thousand && flag.NArg() == 1:
		err = drawThousand(flag.Arg(0))
	case *preview && flag.NArg() == 1:
		err = drawPreview(flag.Arg(0))
	case flag.NArg() == 1:
		err = compare(flag.Arg(0), *rounds, *sheets)
	default:
		fmt.Fprintln(os.Stderr, "usage: benchprint [-rounds N] [-sheets N] FOLDER")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchprint:", err)
		os.Exit(1)
	}
}

// maker lays documents out and makes files of them.
type maker struct {
	fonts  page.Fonts
	engine *layout.Engine
	tagged *pdf.Writer
	plain  bool
}

func newMaker(kind string) (*maker, error) {
	fonts := page.LoadFonts(assets.Font)
	engine, err := layout.New(fonts)
	if err != nil {
		return nil, err
	}
	for lang, patterns := range assets.Hyphenation() {
		if err := engine.Hyphenate(lang, patterns); err != nil {
			return nil, err
		}
	}
	return &maker{fonts, engine, pdf.New(fonts, engine), kind == "plain"}, nil
}

func (m *maker) file(doc page.Document) ([]byte, error) {
	list, err := m.engine.Layout(doc)
	if err != nil {
		return nil, err
	}
	if m.plain {
		return plainPDF(&list, m.fonts, m.engine)
	}
	return m.tagged.Bytes(list)
}

func drawOne(kind, in, out string) error {
	docs, err := read(in)
	if err != nil {
		return err
	}
	m, err := newMaker(kind)
	if err != nil {
		return err
	}
	data, err := m.file(docs[0])
	if err != nil {
		return err
	}
	return os.WriteFile(out, data, 0o600)
}

// drawAll prints what a document costs, after one round that does not
// count.
func drawAll(kind, in string) error {
	docs, err := read(in)
	if err != nil {
		return err
	}
	m, err := newMaker(kind)
	if err != nil {
		return err
	}
	for _, counts := range []bool{false, true} {
		start, before := time.Now(), ownCPU()
		for _, doc := range docs {
			if _, err := m.file(doc); err != nil {
				return err
			}
		}
		n := float64(len(docs))
		if counts {
			return json.NewEncoder(os.Stdout).Encode(cost{milliseconds(time.Since(start)) / n, (ownCPU() - before) / n})
		}
	}
	return nil
}

// addUp prints how many bytes all files have.
func addUp(kind, in string) error {
	docs, err := read(in)
	if err != nil {
		return err
	}
	m, err := newMaker(kind)
	if err != nil {
		return err
	}
	sum := 0
	for _, doc := range docs {
		data, err := m.file(doc)
		if err != nil {
			return err
		}
		sum += len(data)
	}
	fmt.Println(sum)
	return nil
}

// ownCPU is the processors' time of this process, in milliseconds.
func ownCPU() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return milliseconds(time.Duration(usage.Utime.Nano() + usage.Stime.Nano()))
}

// thousandth is what is told of a thousand sheets.
type thousandth struct {
	Resident []int // kB after every hundred
	Millis   float64
	Digests  int // different files; as many as different documents
}

func drawThousand(in string) error {
	docs, err := read(in)
	if err != nil {
		return err
	}
	m, err := newMaker("ours")
	if err != nil {
		return err
	}
	told, seen := thousandth{}, map[string]bool{}
	start := time.Now()
	for i := range 1000 {
		n := i % len(docs)
		data, err := m.file(docs[n])
		if err != nil {
			return err
		}
		seen[fmt.Sprintf("%d %x", n, sha256.Sum256(data))] = true
		if (i+1)%100 == 0 {
			told.Resident = append(told.Resident, status("self", "VmRSS"))
		}
	}
	told.Millis = milliseconds(time.Since(start)) / 1000
	told.Digests = len(seen) - min(len(docs), 1000)
	return json.NewEncoder(os.Stdout).Encode(told)
}

// previewed is what is told of pages for the screen.
type previewed struct {
	Cold, Warm, Worst, Thumbnail float64 // milliseconds
	Pages                        int
}

func drawPreview(in string) error {
	docs, err := read(in)
	if err != nil {
		return err
	}
	m, err := newMaker("ours")
	if err != nil {
		return err
	}
	drawer, err := raster.New(m.fonts, m.engine)
	if err != nil {
		return err
	}
	var told previewed
	for pass, width := range []int{900, 900, 160, 160} {
		var pages []float64
		for _, doc := range docs {
			list, err := m.engine.Layout(doc)
			if err != nil {
				return err
			}
			for n := range list.Pages {
				start := time.Now()
				if _, err := drawer.Page(&list, n, width); err != nil {
					return err
				}
				pages = append(pages, milliseconds(time.Since(start)))
			}
		}
		switch pass {
		case 0:
			told.Cold = pages[0]
		case 1:
			told.Warm, told.Worst, told.Pages = median(pages), largest(pages), len(pages)
		case 3:
			told.Thumbnail = median(pages)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(told)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// read opens a list of documents.
func read(file string) ([]page.Document, error) {
	register()
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var docs []page.Document
	if err := gob.NewDecoder(f).Decode(&docs); err != nil {
		return nil, err
	}
	if len(docs) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return docs, nil
}

func register() {
	for _, part := range []any{page.Opening{}, page.Notice{}, page.Cards{}, page.Prose{}, page.Steps{}, page.Places{}, page.Grid{}} {
		gob.Register(part)
	}
}

// status reads a figure in kB of a process, 0 when it is gone.
func status(pid, field string) int {
	text, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err == nil {
				return n
			}
		}
	}
	return 0
}
