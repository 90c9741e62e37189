// Command gallery makes papers of every kind of the sample catalogue and puts
// them side by side: a PDF each, its pages as poppler draws them, and one
// contact sheet of all pages as the preview shows them. Each page of the
// preview is held against the PDF's.
//
//	go run ./.ci/gallery FOLDER      (from the root of the repository)
//
// With -sheets it writes instead all sheets of the sample as documents, one
// page and complete, for .ci/benchprint, and leaves the demonstration beside
// them.
package main

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"

	scaling "golang.org/x/image/draw"

	"polis/app/page"
	"polis/cmd/station"
)

// The contact sheet: pages in a row, and their width in dots.
const (
	across    = 6
	thumbnail = 420
	gap       = 24
	caption   = 30
)

// fullWidth is that of the single pages, 150 dots an inch.
const fullWidth = 1240

func main() {
	var err error
	switch {
	case len(os.Args) == 2:
		err = run(os.Args[1])
	case len(os.Args) == 3 && os.Args[1] == "-sheets":
		err = sheets(os.Args[2])
	default:
		fmt.Fprintln(os.Stderr, "usage: gallery [-sheets] FOLDER")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gallery:", err)
		os.Exit(1)
	}
}

func run(folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	papers, err := sample()
	if err != nil {
		return err
	}
	press, err := newPress(folder)
	if err != nil {
		return err
	}
	defer press.table.Flush()
	fmt.Fprintln(press.table, "paper\tpages\tbytes\tpreview beside PDF, worst page (of 255)\t")
	var faults error
	for _, p := range papers {
		if err := press.print(p); err != nil {
			faults = errors.Join(faults, fmt.Errorf("%s: %w", p.name, err))
		}
	}
	return errors.Join(faults, press.contactSheet())
}

// sample opens the demonstration in a folder of its own and takes its papers.
func sample() ([]paper, error) {
	folder, err := os.MkdirTemp("", "gallery")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	s, err := open(folder)
	if err != nil {
		return nil, err
	}
	papers, err := s.papers()
	return papers, errors.Join(err, s.Close())
}

func open(folder string) (shop, error) {
	s, err := station.OpenDemonstration(context.Background(), station.Params{Folder: folder, Clock: noon{}})
	if err != nil {
		return shop{}, err
	}
	books, err := station.Books()
	if err != nil {
		return shop{}, errors.Join(err, s.Close())
	}
	words := map[string]page.Words{}
	for lang, book := range books {
		words[lang] = book.Text
	}
	return shop{s, words}, nil
}

// sheets writes the documents of all sheets to documents.gob.
func sheets(folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	s, err := open(folder)
	if err != nil {
		return err
	}
	documents, err := s.documents()
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	for _, part := range []any{page.Opening{}, page.Notice{}, page.Cards{}, page.Prose{}, page.Steps{}, page.Places{}, page.Grid{}} {
		gob.Register(part)
	}
	f, err := os.Create(filepath.Join(folder, "documents.gob"))
	if err != nil {
		return err
	}
	return errors.Join(gob.NewEncoder(f).Encode(documents), f.Close())
}

// press prints papers and collects their pages.
type press struct {
	folder string
	paper  *station.Paper
	table  *tabwriter.Writer
	pages  []thumb
}

type thumb struct {
	picture image.Image
	caption string
}

func newPress(folder string) (*press, error) {
	drawn, err := station.NewPaper()
	return &press{folder: folder, paper: drawn, table: tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)}, err
}

// print makes the files of one paper.
func (p *press) print(of paper) error {
	list, err := p.paper.Layout(of.doc)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := p.paper.PDF(&file, list); err != nil {
		return err
	}
	base := filepath.Join(p.folder, of.name)
	if err := os.WriteFile(base+".pdf", file.Bytes(), 0o600); err != nil {
		return err
	}
	old, err := filepath.Glob(base + "-*.png")
	if err != nil {
		return err
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	if out, err := exec.Command("pdftoppm", "-png", "-scale-to-x", fmt.Sprint(fullWidth), "-scale-to-y", "-1", base+".pdf", base).CombinedOutput(); err != nil {
		return fmt.Errorf("pdftoppm: %w: %s", err, out)
	}
	worst := 0.0
	for n := range list.Pages {
		differs, err := p.page(&list, n, base)
		if err != nil {
			return err
		}
		worst = max(worst, differs)
		title := of.shows
		if len(list.Pages) > 1 {
			title = fmt.Sprintf("%s, %d di %d", of.shows, n+1, len(list.Pages))
		}
		small, err := p.paper.Picture(&list, n, thumbnail)
		if err != nil {
			return err
		}
		p.pages = append(p.pages, thumb{small, title})
	}
	fmt.Fprintf(p.table, "%s\t%d\t%d\t%.2f\t\n", of.name, len(list.Pages), file.Len(), worst)
	return nil
}

// page holds a page of the preview against the PDF's. Both are made smaller
// first: which dots an edge lies on differs, what is there must not.
func (p *press) page(list *page.DisplayList, n int, base string) (float64, error) {
	ours, err := p.paper.Picture(list, n, fullWidth)
	if err != nil {
		return 0, err
	}
	digits := len(fmt.Sprint(len(list.Pages)))
	f, err := os.Open(fmt.Sprintf("%s-%0*d.png", base, digits, n+1))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	theirs, err := png.Decode(f)
	if err != nil {
		return 0, err
	}
	a, b := smaller(ours), smaller(theirs)
	sum := 0.0
	for i := range a.Pix {
		sum += math.Abs(float64(a.Pix[i]) - float64(b.Pix[i]))
	}
	return sum / float64(len(a.Pix)), nil
}

func smaller(m image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, 248, 351))
	scaling.CatmullRom.Scale(out, out.Rect, m, m.Bounds(), scaling.Src, nil)
	return out
}

// contactSheet puts all pages on one picture.
func (p *press) contactSheet() error {
	if len(p.pages) == 0 {
		return errors.New("no pages")
	}
	high := 0
	for _, t := range p.pages {
		high = max(high, t.picture.Bounds().Dy())
	}
	rows := (len(p.pages) + across - 1) / across
	sheet := image.NewRGBA(image.Rect(0, 0, gap+across*(thumbnail+gap), gap+rows*(high+caption+gap)))
	draw.Draw(sheet, sheet.Rect, image.NewUniform(image.Black), image.Point{}, draw.Src)
	for i, t := range p.pages {
		at := image.Pt(gap+i%across*(thumbnail+gap), gap+i/across*(high+caption+gap))
		draw.Draw(sheet, t.picture.Bounds().Add(at), t.picture, image.Point{}, draw.Src)
		words, err := p.words(t.caption)
		if err != nil {
			return err
		}
		draw.Draw(sheet, words.Bounds().Add(at.Add(image.Pt(0, high))), words, image.Point{}, draw.Src)
	}
	path := filepath.Join(p.folder, "contact-sheet.png")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := png.Encode(f, sheet); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// words draws a caption, light on black, as a page of its own.
func (p *press) words(text string) (image.Image, error) {
	list := page.DisplayList{Code: "didascalia", Width: thumbnail, Height: caption, Pages: []page.Page{{Marks: []page.Mark{
		page.Box{W: thumbnail, H: caption, Filled: true, Fill: 0},
		page.Run{Y: 21, Face: page.SansBold, Size: 17, Colour: 0xFFFFFF, Text: strings.ReplaceAll(text, "’", "'")},
	}}}}
	return p.paper.Picture(&list, 0, thumbnail)
}
