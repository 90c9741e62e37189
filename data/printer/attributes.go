package printer

import (
	"slices"
	"strings"

	"github.com/OpenPrinting/goipp"

	"polis/app/printing"
)

// values are the attributes of one thing.
type values goipp.Attributes

func (v values) all(name string) goipp.Values {
	for _, a := range v {
		if a.Name == name {
			return a.Values
		}
	}
	return nil
}

func (v values) has(name string) bool { return len(v.all(name)) > 0 }

// text returns the first value in words, "" when there is none.
func (v values) text(name string) string {
	for _, x := range v.texts(name) {
		return x
	}
	return ""
}

func (v values) texts(name string) []string {
	var out []string
	for _, x := range v.all(name) {
		switch x := x.V.(type) {
		case goipp.String:
			out = append(out, string(x))
		case goipp.TextWithLang:
			out = append(out, x.Text)
		}
	}
	return out
}

// number returns the first whole number, or otherwise.
func (v values) number(name string, otherwise int) int {
	for _, x := range v.all(name) {
		if n, ok := x.V.(goipp.Integer); ok {
			return int(n)
		}
	}
	return otherwise
}

func (v values) yes(name string) bool {
	for _, x := range v.all(name) {
		if b, ok := x.V.(goipp.Boolean); ok {
			return bool(b)
		}
	}
	return false
}

// lists reports whether a value is among those named; what is not told is
// taken to be there.
func (v values) lists(name, value string) bool {
	return !v.has(name) || slices.Contains(v.texts(name), value)
}

// printerAttributes are what is asked about a printer.
func printerAttributes() []string {
	return append(stateAttributes(),
		"printer-name", "printer-info", "printer-location", "printer-make-and-model", "printer-type",
		"printer-is-accepting-jobs", "queued-job-count", "sides-supported", "print-color-mode-supported", "color-supported", "media-supported",
		"document-format-supported", "copies-supported", "page-ranges-supported", "multiple-document-handling-supported",
	)
}

// stateAttributes are what is asked about how a printer is.
func stateAttributes() []string {
	return []string{"printer-state", "printer-state-reasons", "printer-state-change-time", "printer-up-time"}
}

// The states of printers in IPP.
const (
	stateProcessing = 4
	stateStopped    = 5
)

// printer reads what a printer tells of itself.
func (v values) printer(id string) printing.Printer {
	p := printing.Printer{
		ID: id, Name: v.text("printer-info"), Location: v.text("printer-location"), Model: v.text("printer-make-and-model"),
		Accepting: !v.has("printer-is-accepting-jobs") || v.yes("printer-is-accepting-jobs"),
		Waiting:   v.number("queued-job-count", -1),
		State:     v.state(), Faults: v.faults(), Can: v.abilities(),
	}
	if p.Name == "" {
		p.Name = v.text("printer-name")
	}
	if p.Name == "" {
		p.Name = id
	}
	return p
}

func (v values) state() printing.State {
	switch v.number("printer-state", 0) {
	case stateProcessing:
		return printing.Printing
	case stateStopped:
		return printing.Stopped
	}
	return printing.Idle
}

func (v values) abilities() printing.Abilities {
	can := printing.Abilities{
		Duplex:    v.lists("sides-supported", "two-sided-long-edge"),
		Colour:    v.colour(),
		Documents: v.lists("document-format-supported", pdfType),
		OneCopy:   v.oneCopy(),
		WholeOnly: v.has("page-ranges-supported") && !v.yes("page-ranges-supported"),
	}
	for _, p := range []printing.Paper{printing.A4, printing.A3, printing.A5} {
		if v.medium(p) != "" {
			can.Papers = append(can.Papers, p)
		}
	}
	return can
}

func (v values) colour() bool {
	switch {
	case v.has("color-supported"):
		return v.yes("color-supported")
	case v.has("print-color-mode-supported"):
		return slices.Contains(v.texts("print-color-mode-supported"), "color")
	}
	return true
}

func (v values) oneCopy() bool {
	for _, x := range v.all("copies-supported") {
		switch x := x.V.(type) {
		case goipp.Range:
			return x.Upper < 2
		case goipp.Integer:
			return x < 2
		}
	}
	return false
}

// medium returns the printer's name for a paper, "" when it has none.
func (v values) medium(p printing.Paper) string {
	name := mediumName(p)
	if !v.has("media-supported") {
		return name
	}
	for _, m := range v.texts("media-supported") {
		if m == name || m == string(p) || strings.HasPrefix(m, name+"_") {
			return m
		}
	}
	return ""
}

// mediumName is a paper's name by the standard for media names (PWG 5101.1).
func mediumName(p printing.Paper) string {
	switch p {
	case printing.A3:
		return "iso_a3_297x420mm"
	case printing.A5:
		return "iso_a5_148x210mm"
	}
	return "iso_a4_210x297mm"
}

// faults reads why a printer does not print, or soon will not.
func (v values) faults() []printing.Fault {
	var out []printing.Fault
	for _, keyword := range v.texts("printer-state-reasons") {
		f, tell := faultOf(keyword)
		if keyword == connecting {
			f, tell = printing.Fault{Reason: printing.FaultOffline, Stops: true}, v.forSeconds() >= patience
		}
		if tell && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	if v.state() == printing.Stopped && !slices.ContainsFunc(out, func(f printing.Fault) bool { return f.Stops }) {
		out = append(out, printing.Fault{Reason: printing.FaultPaused, Stops: true})
	}
	return out
}

// CUPS says that it is connecting at the start of every job, and as long as
// nobody answers: only after patience (seconds) is it a fault.
const (
	connecting = "connecting-to-device"
	patience   = 10
)

// forSeconds is how long a printer has been in its state, by its own clock.
func (v values) forSeconds() int {
	up, changed := v.number("printer-up-time", 0), v.number("printer-state-change-time", 0)
	return up - changed
}

// grade is how a keyword is told apart from the same one with another end.
type grade int

const (
	bySuffix grade = iota // stops unless the printer calls it a warning or report
	never                 // is only told
	always                // stops, whatever the printer calls it
)

type faultKind struct {
	reason printing.FaultReason
	grade  grade
}

func faultKinds() map[string]faultKind {
	return map[string]faultKind{
		"media-empty": {printing.FaultPaperOut, bySuffix}, "media-needed": {printing.FaultPaperOut, bySuffix}, "media-low": {printing.FaultPaperLow, never},
		"media-jam":   {printing.FaultJam, bySuffix},
		"toner-empty": {printing.FaultTonerOut, bySuffix}, "marker-supply-empty": {printing.FaultTonerOut, bySuffix},
		"toner-low": {printing.FaultTonerLow, never}, "marker-supply-low": {printing.FaultTonerLow, never},
		"cover-open": {printing.FaultCoverOpen, bySuffix}, "door-open": {printing.FaultCoverOpen, bySuffix}, "interlock-open": {printing.FaultCoverOpen, bySuffix},
		"offline": {printing.FaultOffline, always}, "shutdown": {printing.FaultOffline, always}, "timed-out": {printing.FaultOffline, bySuffix},
		"output-area-full": {printing.FaultOutputFull, bySuffix}, "output-area-almost-full": {printing.FaultOutputFull, never},
		"paused": {printing.FaultPaused, always}, "moving-to-paused": {printing.FaultPaused, always},
		"hold-new-jobs": {printing.FaultHeld, always},
	}
}

// faultOf reads one keyword of printer-state-reasons; CUPS's notes about its
// own work are not for people.
func faultOf(keyword string) (printing.Fault, bool) {
	base, suffix := keyword, ""
	for _, s := range []string{"error", "warning", "report"} {
		if b, ok := strings.CutSuffix(keyword, "-"+s); ok {
			base, suffix = b, s
		}
	}
	k, known := faultKinds()[base]
	switch {
	case known:
		stops := k.grade == always || k.grade == bySuffix && (suffix == "" || suffix == "error")
		return printing.Fault{Reason: k.reason, Stops: stops}, true
	case base == "" || base == "none" || strings.HasPrefix(base, "cups-") || strings.HasPrefix(base, "com.apple.") || base == connecting || suffix == "report":
		return printing.Fault{}, false
	}
	return printing.Fault{Reason: printing.FaultOther, Detail: base, Stops: suffix == "error"}, true
}
