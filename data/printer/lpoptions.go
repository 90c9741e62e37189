//go:build unix

package printer

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/OpenPrinting/goipp"

	"polis/app/printing"
)

// option is a setting of a queue: the driver's ("InputSlot"), or an attribute
// of IPP ("sides").
type option struct{ name, value string }

// lpOptions are what the computer and its user set for their queues, with
// lpoptions or a print dialog. CUPS applies them in the program that prints,
// not in its service.
type lpOptions struct {
	dests     map[string][]option // by queue or queue/instance, which has nothing of its queue
	instances []string            // queue/instance, in the order of the files
	standard  string              // the default, "" = not said
}

// readOptions reads lpoptions files, later ones over earlier ones; one that
// cannot be read says nothing.
func readOptions(files ...string) lpOptions {
	l := lpOptions{dests: map[string][]option{}}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			l.line(line)
		}
	}
	return l
}

// line reads "Dest queue/instance name=value..." or "Default ...".
func (l *lpOptions) line(line string) {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	queue, settings, _ := strings.Cut(strings.TrimSpace(rest), " ")
	standard := strings.EqualFold(word, "default")
	if queue == "" || !standard && !strings.EqualFold(word, "dest") {
		return
	}
	if standard {
		l.standard = queue
	}
	if strings.Contains(queue, "/") && !slices.Contains(l.instances, queue) {
		l.instances = append(l.instances, queue)
	}
	l.dests[queue] = over(l.dests[queue], parseOptions(settings))
}

// over lays options over others of the same names.
func over(under, upper []option) []option {
	out := slices.Clone(under)
	for _, o := range upper {
		out = append(without(out, o.name), o)
	}
	return out
}

func without(options []option, names ...string) []option {
	return slices.DeleteFunc(slices.Clone(options), func(o option) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, o.name) })
	})
}

// parseOptions reads `name=value name="two words" name={a=1 b=2} flag
// noflag`; a backslash takes the next sign as it is.
func parseOptions(text string) []option {
	var out []option
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		end := strings.IndexAny(text, "= \t")
		if end < 0 || text[end] != '=' {
			if end < 0 {
				end = len(text)
			}
			out = append(out, flag(text[:end]))
			text = text[end:]
			continue
		}
		value, rest := optionValue(text[end+1:])
		if end > 0 {
			out = over(out, []option{{text[:end], value}})
		}
		text = rest
	}
	return out
}

// flag is an option without a value.
func flag(name string) option {
	if off, ok := strings.CutPrefix(name, "no"); ok && off != "" {
		return option{off, "false"}
	}
	return option{name, "true"}
}

// optionValue reads a value up to the next blank outside quotes and braces.
func optionValue(text string) (value, rest string) {
	var b strings.Builder
	var quote byte
	depth := 0
	for i := 0; i < len(text); i++ {
		ch := text[i]
		switch {
		case ch == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case quote != 0 && ch == quote:
			quote = 0
		case quote != 0:
			b.WriteByte(ch)
		case depth == 0 && (ch == '\'' || ch == '"'):
			quote = ch
		case depth == 0 && (ch == ' ' || ch == '\t'):
			return b.String(), text[i:]
		default:
			switch ch {
			case '{':
				depth++
			case '}':
				depth--
			}
			b.WriteByte(ch)
		}
	}
	return b.String(), ""
}

// kind is how an option is written in IPP.
type kind struct {
	tag       goipp.Tag
	many      bool
	operation bool // belongs to the operation, not to the job
}

// kinds are the options that are not written as names.
func kinds() map[string]kind {
	out := map[string]kind{
		"page-ranges": {tag: goipp.TagRange, many: true}, "finishings": {tag: goipp.TagEnum, many: true}, "job-sheets": {tag: goipp.TagName, many: true},
		"orientation-requested": {tag: goipp.TagEnum}, "print-quality": {tag: goipp.TagEnum}, "printer-resolution": {tag: goipp.TagResolution},
		"job-password": {tag: goipp.TagString, operation: true}, "job-password-encryption": {tag: goipp.TagKeyword, operation: true},
		"media": {tag: goipp.TagKeyword, many: true},
	}
	for _, n := range []string{"copies", "job-priority", "number-up", "brightness", "gamma", "hue", "saturation", "scaling", "ppi", "natural-scaling"} {
		out[n] = kind{tag: goipp.TagInteger}
	}
	for _, n := range []string{"fit-to-page", "fitplot", "mirror", "prettyprint", "wrap", "landscape", "emit-jcl"} {
		out[n] = kind{tag: goipp.TagBoolean}
	}
	for _, n := range []string{
		"sides", "print-color-mode", "output-bin", "job-hold-until", "multiple-document-handling", "number-up-layout", "page-border", "page-set",
		"print-scaling", "print-content-optimize", "print-rendering-intent", "page-delivery", "job-account-type", "position",
	} {
		out[n] = kind{tag: goipp.TagKeyword}
	}
	return out
}

// encode writes options as attributes of the operation and of the job.
func encode(options []option) (operation, job goipp.Attributes) {
	for _, o := range options {
		k, known := kinds()[strings.ToLower(o.name)]
		switch {
		case o.name == "raw", o.name == "document-format", strings.HasSuffix(o.name, "-default"), strings.HasSuffix(o.name, "-supported"):
			continue // not of a job
		case known:
		case strings.HasPrefix(o.name, "printer-"):
			continue // of the printer
		case strings.EqualFold(o.value, "true"), strings.EqualFold(o.value, "false"):
			k.tag = goipp.TagBoolean
		case strings.HasPrefix(o.value, "{"):
			k.tag = goipp.TagBeginCollection
		default:
			k.tag = goipp.TagName
		}
		a, ok := attribute(o, k)
		switch {
		case !ok:
		case k.operation:
			operation.Add(a)
		default:
			job.Add(a)
		}
	}
	return operation, job
}

func attribute(o option, k kind) (goipp.Attribute, bool) {
	texts := []string{o.value}
	if k.many {
		texts = strings.Split(o.value, ",")
	}
	a := goipp.Attribute{Name: o.name}
	for _, t := range texts {
		v, ok := value(strings.TrimSpace(t), k.tag)
		if !ok {
			return a, false
		}
		a.Values.Add(k.tag, v)
	}
	return a, true
}

// value reads one value; what cannot be read is not sent.
func value(text string, tag goipp.Tag) (goipp.Value, bool) {
	switch tag {
	case goipp.TagInteger, goipp.TagEnum:
		n, err := strconv.ParseInt(text, 10, 32)
		return goipp.Integer(n), err == nil
	case goipp.TagBoolean:
		yes := slices.Contains([]string{"true", "on", "yes"}, strings.ToLower(text))
		return goipp.Boolean(yes), true
	case goipp.TagRange:
		return rangeValue(text)
	case goipp.TagResolution:
		return resolution(text)
	case goipp.TagString:
		return goipp.Binary(text), true
	case goipp.TagBeginCollection:
		_, members := encode(parseOptions(strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}")))
		return goipp.Collection(members), len(members) > 0
	}
	return goipp.String(text), text != ""
}

func rangeValue(text string) (goipp.Value, bool) {
	from, to, open := strings.Cut(text, "-")
	r := goipp.Range{Lower: 1, Upper: 1<<31 - 1}
	var err error
	if from != "" {
		if r.Lower, err = strconv.Atoi(from); err != nil {
			return r, false
		}
	}
	switch {
	case !open:
		r.Upper = r.Lower
	case to != "":
		if r.Upper, err = strconv.Atoi(to); err != nil {
			return r, false
		}
	}
	return r, r.Lower >= 1 && r.Upper >= r.Lower
}

// resolution reads "600dpi" and "600x300dpi".
func resolution(text string) (goipp.Value, bool) {
	number, metric := strings.CutSuffix(strings.TrimSuffix(strings.ToLower(text), "m"), "dpc")
	number = strings.TrimSuffix(number, "dpi")
	units := goipp.UnitsDpi
	if metric {
		units = goipp.UnitsDpcm
	}
	x, y, two := strings.Cut(number, "x")
	if !two {
		y = x
	}
	across, err1 := strconv.Atoi(x)
	along, err2 := strconv.Atoi(y)
	return goipp.Resolution{Xres: across, Yres: along, Units: units}, err1 == nil && err2 == nil
}

// yielding takes out of the queue's settings what was chosen otherwise for
// this job, by all the names that drivers have for it.
func yielding(settings []option, o printing.Options) []option {
	if o.Copies > 1 {
		settings = without(settings, "copies", "multiple-document-handling", "collate")
	}
	if o.Duplex != "" {
		settings = without(settings, "sides", "Duplex", "KMDuplex", "JCLDuplex", "EFDuplex", "EFDuplexing", "ARDuplex")
	}
	if o.Mono {
		settings = without(settings, "print-color-mode", "output-mode", "ColorModel", "ColorMode", "Color", "SelectColor", "HPColorMode", "XRXColor", "OutputMode")
	}
	if o.Paper != "" {
		settings = without(settings, "media", "media-col", "PageSize", "PageRegion")
	}
	if len(o.Ranges) > 0 {
		settings = without(settings, "page-ranges", "page-set")
	}
	return settings
}

// optionFiles are where the computer's and the user's settings lie.
func optionFiles(p Params) []string {
	files := []string{filepath.Join(p.Etc, "lpoptions")}
	if p.Home != "" {
		files = append(files, filepath.Join(p.Home, ".cups", "lpoptions"))
	}
	return files
}
