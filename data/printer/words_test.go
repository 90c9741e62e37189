//go:build unix

package printer

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/OpenPrinting/goipp"
	"pgregory.net/rapid"

	"polis/app/printing"
)

func TestFaultWords(t *testing.T) {
	for keyword, want := range map[string]printing.Fault{
		"media-empty-error": {Reason: printing.FaultPaperOut, Stops: true}, "media-empty": {Reason: printing.FaultPaperOut, Stops: true},
		"media-empty-warning": {Reason: printing.FaultPaperOut}, "media-low-error": {Reason: printing.FaultPaperLow},
		"media-needed-report": {Reason: printing.FaultPaperOut}, "media-jam-error": {Reason: printing.FaultJam, Stops: true},
		"marker-supply-low-report": {Reason: printing.FaultTonerLow}, "marker-supply-empty-error": {Reason: printing.FaultTonerOut, Stops: true},
		"door-open-error": {Reason: printing.FaultCoverOpen, Stops: true}, "offline-report": {Reason: printing.FaultOffline, Stops: true},
		"connecting-to-device": {}, "output-area-full-error": {Reason: printing.FaultOutputFull, Stops: true},
		"paused": {Reason: printing.FaultPaused, Stops: true}, "hold-new-jobs": {Reason: printing.FaultHeld, Stops: true},
		"fuser-over-temp-error": {Reason: printing.FaultOther, Detail: "fuser-over-temp", Stops: true}, "opc-near-eol": {Reason: printing.FaultOther, Detail: "opc-near-eol"},
		"none": {}, "": {}, "cups-waiting-for-job-completed": {}, "power-saving-report": {}, "com.apple.print.recoverable": {},
	} {
		if got, tell := faultOf(keyword); got != want || tell != (want != printing.Fault{}) {
			t.Errorf("%q: %+v %v, want %+v", keyword, got, tell, want)
		}
	}
	stopped := values{goipp.MakeAttribute("printer-state", goipp.TagEnum, goipp.Integer(stateStopped))}
	if f := stopped.faults(); len(f) != 1 || f[0].Reason != printing.FaultPaused {
		t.Errorf("a stopped printer without a reason: %+v", f)
	}
}

// Connecting takes a moment; when it lasts, nobody is there.
func TestConnecting(t *testing.T) {
	for seconds, want := range map[int]int{0: 0, 9: 0, 10: 1, 600: 1} {
		v := values{
			goipp.MakeAttribute("printer-state-reasons", goipp.TagKeyword, goipp.String("connecting-to-device")),
			goipp.MakeAttribute("printer-state-change-time", goipp.TagInteger, goipp.Integer(1000)),
			goipp.MakeAttribute("printer-up-time", goipp.TagInteger, goipp.Integer(1000+seconds)),
		}
		f := v.faults()
		if len(f) != want || want > 0 && !has(f, printing.FaultOffline) {
			t.Errorf("after %d seconds: %+v", seconds, f)
		}
	}
}

func TestJobStates(t *testing.T) {
	printer := func(reason string) values {
		return values{goipp.MakeAttribute("printer-state-reasons", goipp.TagKeyword, goipp.String(reason))}
	}
	for _, k := range []struct {
		state  int
		reason string
		want   printing.JobState
		faults int
	}{
		{3, "none", printing.JobWaiting, 0},
		{3, "paused", printing.JobStopped, 1},
		{jobHeld, "none", printing.JobWaiting, 1},
		{jobProcessing, "none", printing.JobPrinting, 0},
		{jobProcessing, "toner-low-warning", printing.JobPrinting, 1},
		{jobProcessing, "media-empty-error", printing.JobStopped, 1},
		{jobStopped, "none", printing.JobStopped, 0},
		{jobCancelled, "media-empty-error", printing.JobCancelled, 0},
		{jobAborted, "none", printing.JobFailed, 0},
		{jobCompleted, "media-empty-error", printing.JobDone, 0},
		{0, "none", printing.JobWaiting, 0},
	} {
		job := values{goipp.MakeAttribute("job-state", goipp.TagEnum, goipp.Integer(k.state))}
		if st := jobStatus(job, printer(k.reason)); st.State != k.want || len(st.Faults) != k.faults {
			t.Errorf("%d %s: %+v", k.state, k.reason, st)
		}
	}
}

func TestParseOptions(t *testing.T) {
	for text, want := range map[string][]option{
		"":                                  nil,
		"a=1 b=two c":                       {{"a", "1"}, {"b", "two"}, {"c", "true"}},
		"nocollate  x=1\tx=2":               {{"collate", "false"}, {"x", "2"}},
		`a="due parole" b='e "tre"' c=x\ y`: {{"a", "due parole"}, {"b", `e "tre"`}, {"c", "x y"}},
		"media-col={media-size={x-dimension=1 y-dimension=2} media-source=tray-2} z=1": {{"media-col", "{media-size={x-dimension=1 y-dimension=2} media-source=tray-2}"}, {"z", "1"}},
		`a="open`: {{"a", "open"}}, "=x y": {{"y", "true"}}, "a=": {{"a", ""}},
	} {
		if got := parseOptions(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Whatever value is written in quotes is read as it was, and reading always
// ends.
func TestOptionsAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []option
		var text strings.Builder
		for i := range rapid.IntRange(0, 5).Draw(t, "n") {
			v := rapid.StringOf(rapid.RuneFrom([]rune("ab \\\"'{}=,è"))).Draw(t, "value")
			name := fmt.Sprintf("o%d", i)
			want = append(want, option{name, v})
			fmt.Fprintf(&text, " %s=\"%s\"", name, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v))
		}
		if got := parseOptions(text.String()); !slices.Equal(got, want) {
			t.Fatalf("%s: %q", text.String(), got)
		}
		parseOptions(rapid.String().Draw(t, "rubbish"))
	})
}

func TestEncodeOptions(t *testing.T) {
	operation, job := encode(parseOptions("copies=2 sides=two-sided-long-edge page-ranges=1-2,5- finishings=4,5 printer-resolution=600x300dpi InputSlot=Tray2 " +
		"fit-to-page=on Stamp=true media-col={media-source=tray-2 media-size={x-dimension=21000}} job-password=1234 printer-info=x raw job-sheets=none,none " +
		"job-priority=molto sides-default=x job-hold-until=indefinite"))
	if len(operation) != 1 || operation[0].Name != "job-password" || operation[0].Values[0].T != goipp.TagString {
		t.Errorf("operation: %+v", operation)
	}
	got := map[string]string{}
	for _, a := range job {
		got[a.Name] = fmt.Sprint(a.Values[0].T, " ", a.Values)
	}
	want := map[string]string{
		"copies": "integer 2", "sides": "keyword two-sided-long-edge", "page-ranges": "rangeOfInteger [1-2,5-2147483647]", "finishings": "enum [4,5]",
		"printer-resolution": "resolution 600x300dpi", "InputSlot": "nameWithoutLanguage Tray2", "fit-to-page": "boolean true", "Stamp": "boolean true",
		"job-sheets": "nameWithoutLanguage [none,none]", "job-hold-until": "keyword indefinite",
	}
	size := got["media-col"]
	delete(got, "media-col")
	if !reflect.DeepEqual(got, want) || !strings.Contains(size, "media-source=tray-2") || !strings.Contains(size, "x-dimension=21000") {
		t.Errorf("got %v\nwant %v\nmedia-col %s", got, want, size)
	}
	m := goipp.NewRequest(goipp.DefaultVersion, goipp.OpPrintJob, 1)
	m.Job = job
	if _, err := m.EncodeBytes(); err != nil {
		t.Error(err)
	}
}

func TestYielding(t *testing.T) {
	settings := parseOptions("sides=one-sided Duplex=None ColorModel=RGB PageSize=A3 media-col={a=1} page-set=odd InputSlot=Tray2 JobPIN=1234 copies=7")
	left := yielding(settings, printing.Options{Copies: 2, Duplex: printing.LongEdge, Mono: true, Paper: printing.A4, Ranges: []printing.Range{{From: 1, To: 1}}})
	if want := []option{{"InputSlot", "Tray2"}, {"JobPIN", "1234"}}; !slices.Equal(left, want) {
		t.Errorf("%v", left)
	}
	if got := yielding(settings, printing.Options{Copies: 1}); !slices.Equal(got, settings) {
		t.Errorf("%v", got)
	}
}

func TestNamesFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "bytes"))
		got := name(text)
		if len(got) > longestName || !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\n\r\t\x1b") {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func TestFindServer(t *testing.T) {
	write := func(folder, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, "client.conf"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	etc, home := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".cups"), 0o700); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	p := Params{Etc: etc, Home: home, Getenv: func(name string) string { return env[name] }}
	if s := findServer(p); s.said || !s.socket() && s.address != "localhost:631" {
		t.Errorf("nobody said where: %+v", s)
	}
	write(etc, "# note\nServerName stampe.example:8631/version=1.1\nEncryption Required\n")
	if s := findServer(p); s != (server{address: "stampe.example:8631", secure: true, said: true}) {
		t.Errorf("%+v", s)
	}
	write(filepath.Join(home, ".cups"), "ServerName  altre.example\nEncryption IfRequested\n")
	if s := findServer(p); s != (server{address: "altre.example:631", said: true}) {
		t.Errorf("%+v", s)
	}
	for said, want := range map[string]string{"/run/x.sock": "/run/x.sock", "[::1]": "[::1]:631", "[::1]:8631": "[::1]:8631", "terze.example": "terze.example:631"} {
		env["CUPS_SERVER"] = said
		if s := findServer(p); s.address != want || !s.said || s.socket() != strings.HasPrefix(want, "/") {
			t.Errorf("%s: %+v", said, s)
		}
	}
}

func TestLpstat(t *testing.T) {
	text := `system default destination: due
printer due disabled since Fri Nov 27 20:45:53 2026 -
	Paused
	Form mounted:
	Description: Sala «due»
	Alerts: media-empty-error toner-low-report
	Location: Primo piano
printer uno now printing uno-7.  enabled since Fri Nov 27 20:45:53 2026
	Description: uno
	Alerts: none
	Location: 
due not accepting requests since Fri Nov 27 20:45:53 2026 -
	Rejecting Jobs
uno accepting requests since Fri Nov 27 20:45:53 2026
`
	all := parseStatus(text)
	if len(all) != 2 || all[0].ID != "due" || !all[0].Default || all[0].Accepting || all[0].State != printing.Stopped || all[0].Name != "Sala «due»" ||
		all[0].Location != "Primo piano" || !has(all[0].Faults, printing.FaultPaused) || !has(all[0].Faults, printing.FaultPaperOut) || len(all[0].Faults) != 3 {
		t.Errorf("%+v", all)
	}
	if all[1].ID != "uno" || all[1].State != printing.Printing || !all[1].Accepting || len(all[1].Faults) != 0 || all[1].Default {
		t.Errorf("%+v", all[1])
	}
	if all := parseStatus("no system default destination\n"); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

// The document lies aside where nobody else finds it.
func TestDocumentLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	f, done, err := document(pages(t, "Uno", 1))
	if err != nil {
		t.Fatal(err)
	}
	left, err := fs.Glob(os.DirFS(os.TempDir()), "*")
	if info, serr := f.Stat(); err != nil || serr != nil || info.Size() == 0 || info.Mode().Perm() != 0o600 || len(left) != 0 {
		t.Errorf("%v %v %v %v", left, err, info, serr)
	}
	done()
}
