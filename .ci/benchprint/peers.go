package main

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"polis/app/page"
)

// peer is one way to make a PDF.
type peer struct {
	name    string
	missing string // why it is left out, "" = it is here
	version string
	// cold is the command that makes out of the one document.
	cold func(out string) *exec.Cmd
	// warm is what a sheet of many costs; nil = not asked.
	warm func() (cost, error)

	colds, warms costs
	peak         int // kB
	bytes        int
	pages, words int
	tagged       string
}

// cost is time in milliseconds: as a clock shows it, and as it was used by all
// processors. On a busy machine only the second can be repeated.
type cost struct{ Clock, CPU float64 }

type costs []cost

// middle is the median of each.
func (c costs) middle() cost {
	var clock, cpu []float64
	for _, one := range c {
		clock, cpu = append(clock, one.Clock), append(cpu, one.CPU)
	}
	return cost{median(clock), median(cpu)}
}

// bench is one run.
type bench struct {
	folder string
	self   string
	one    string // the document that is measured alone
	many   string // those of the warm figures
	docs   []page.Document
	peers  []*peer
	report strings.Builder
}

func newBench(folder string, sheets int) (*bench, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b := &bench{folder: folder, self: self, one: filepath.Join(folder, "one.gob"), many: filepath.Join(folder, "many.gob")}
	all, err := b.documents()
	if err != nil {
		return nil, err
	}
	b.docs = all["complete"][:min(sheets, len(all["complete"]))]
	mixed := slices.Concat(all["one page"], all["complete"])
	for file, docs := range map[string][]page.Document{b.one: b.docs[:1], b.many: b.docs, filepath.Join(folder, "all.gob"): mixed} {
		if err := write(file, docs); err != nil {
			return nil, err
		}
	}
	if err := b.sources(); err != nil {
		return nil, err
	}
	b.peers = []*peer{b.own("ours", "ours"), b.own("plain", "gopdf, plain"), b.chromium(), b.weasyprint(), b.typst(), b.typstNode(), b.polisctl()}
	return b, nil
}

func (b *bench) documents() (map[string][]page.Document, error) {
	register()
	f, err := os.Open(filepath.Join(b.folder, "documents.gob"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all map[string][]page.Document
	if err := gob.NewDecoder(f).Decode(&all); err != nil {
		return nil, err
	}
	if len(all["complete"]) == 0 {
		return nil, errors.New("no documents")
	}
	return all, nil
}

func write(file string, docs []page.Document) error {
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode(docs); err != nil {
		return err
	}
	return os.WriteFile(file, buf.Bytes(), 0o600)
}

// sources writes the same content for the peers.
func (b *bench) sources() error {
	fonts, err := filepath.Abs("assets/fonts")
	if err != nil {
		return err
	}
	for i, doc := range b.docs {
		text, err := web(doc, fonts)
		if err != nil {
			return err
		}
		if err := os.WriteFile(b.html(i), []byte(text), 0o600); err != nil {
			return err
		}
	}
	if err := b.typFiles("one", false, b.docs[:1]); err != nil {
		return err
	}
	if err := b.typFiles("many", false, b.docs); err != nil {
		return err
	}
	for i := range b.docs {
		if err := b.typFiles(fmt.Sprintf("recent-%02d", i), true, b.docs[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) typFiles(name string, recent bool, docs []page.Document) error {
	text, err := typeset(recent, docs...)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.folder, name+".typ"), []byte(text), 0o600)
}

func (b *bench) html(i int) string { return filepath.Join(b.folder, fmt.Sprintf("sheet-%02d.html", i)) }

// own is ours, or plain gopdf with our layout.
func (b *bench) own(kind, name string) *peer {
	return &peer{
		name: name,
		cold: func(out string) *exec.Cmd { return exec.Command(b.self, "-draw", kind, b.one, out) },
		warm: func() (cost, error) { return told[cost](exec.Command(b.self, "-warm", kind, b.many)) },
	}
}

func (b *bench) chromium() *peer {
	return &peer{
		name: "Chromium", missing: absent("chromium"), version: first("chromium", "--version"),
		cold: func(out string) *exec.Cmd {
			return exec.Command("chromium", append(quiet(filepath.Join(b.folder, "chromium")), "--no-pdf-header-footer", "--print-to-pdf="+out, "file://"+b.html(0))...)
		},
		warm: b.chromiumWarm,
	}
}

func (b *bench) weasyprint() *peer {
	return &peer{
		name: "WeasyPrint", missing: absent("weasyprint"), version: first("weasyprint", "--version"),
		cold: func(out string) *exec.Cmd { return exec.Command("weasyprint", "-q", b.html(0), out) },
		warm: func() (cost, error) {
			args := []string{"-c", weasyprintWarm}
			for i := range b.docs {
				args = append(args, b.html(i))
			}
			return told[cost](exec.Command("/usr/bin/python3", args...))
		},
	}
}

const weasyprintWarm = `
import json, sys, time
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
fonts = FontConfiguration()
for counts in (False, True):
    clock, cpu = time.monotonic(), time.process_time()
    for file in sys.argv[1:]:
        HTML(filename=file).write_pdf(font_config=fonts)
    if counts:
        per = 1000 / len(sys.argv[1:])
        print(json.dumps({"Clock": (time.monotonic() - clock) * per, "CPU": (time.process_time() - cpu) * per}))
`

// typst's program makes one document a process: what one of many sheets needs
// more than one of a single sheet.
func (b *bench) typst() *peer {
	compile := func(name, out string) *exec.Cmd {
		return exec.Command("typst", "compile", "--font-path", "assets/fonts", filepath.Join(b.folder, name+".typ"), out)
	}
	return &peer{
		name: "typst", missing: absent("typst"), version: first("typst", "--version"),
		cold: func(out string) *exec.Cmd { return compile("one", out) },
		warm: func() (cost, error) {
			one, err := timed(compile("one", filepath.Join(b.folder, "warm.pdf")))
			if err != nil {
				return cost{}, err
			}
			all, err := timed(compile("many", filepath.Join(b.folder, "warm.pdf")))
			others := float64(max(len(b.docs)-1, 1))
			return cost{(all.Clock - one.Clock) / others, (all.CPU - one.CPU) / others}, err
		},
	}
}

// typstNode is a later typst, which the npm registry has as an addon of node:
// one process can make many documents with it. Its start is node's.
func (b *bench) typstNode() *peer {
	folder := filepath.Join(filepath.Dir(b.folder), "typst")
	script := func(args ...string) *exec.Cmd {
		cmd := exec.Command("node", append([]string{"--input-type=module", "-e", typstScript, "--"}, args...)...)
		cmd.Dir = folder
		return cmd
	}
	fonts, err := filepath.Abs("assets/fonts")
	missing := absent("node")
	if _, there := os.Stat(filepath.Join(folder, "node_modules", "@myriaddreamin", "typst-ts-node-compiler")); err != nil || there != nil {
		missing = "not installed"
	}
	file := func(i int) string { return filepath.Join(b.folder, fmt.Sprintf("recent-%02d.typ", i)) }
	return &peer{
		name: "typst in node", missing: missing, version: "typst-ts-node-compiler 0.7.0",
		cold: func(out string) *exec.Cmd { return script(fonts, out, file(0)) },
		warm: func() (cost, error) {
			args := []string{fonts, ""}
			for i := range b.docs {
				args = append(args, file(i))
			}
			return told[cost](script(args...))
		},
	}
}

const typstScript = `
import { NodeCompiler } from '@myriaddreamin/typst-ts-node-compiler';
import fs from 'fs';
const [fonts, out, ...files] = process.argv.slice(1);
const compiler = NodeCompiler.create({ workspace: '/', fontArgs: [{ fontPaths: [fonts] }] });
if (out) {
	fs.writeFileSync(out, compiler.pdf({ mainFilePath: files[0] }));
} else {
	// It remembers what it made: a second round would measure nothing.
	compiler.pdf({ mainFilePath: files[0] });
	const others = files.length > 1 ? files.slice(1) : files;
	const clock = performance.now(), cpu = process.cpuUsage();
	for (const file of others) compiler.pdf({ mainFilePath: file });
	const used = process.cpuUsage(cpu);
	console.log(JSON.stringify({ Clock: (performance.now() - clock) / others.length, CPU: (used.user + used.system) / 1000 / others.length }));
}
`

// polisctl is the product's own program: it opens the databases, builds the
// search and the desk, then prints.
func (b *bench) polisctl() *peer {
	program := filepath.Join(filepath.Dir(b.folder), "polisctl")
	return &peer{
		name: "polisctl", missing: absent(program),
		cold: func(out string) *exec.Cmd {
			return exec.Command(program, "--data", filepath.Join(b.folder, "dimostrazione"), "sheet", b.docs[0].Code, "--complete", "--pdf", out)
		},
	}
}

func absent(program string) string {
	if _, err := exec.LookPath(program); err != nil {
		return "not installed"
	}
	return ""
}

// first is the first line that a program says.
func first(program string, args ...string) string {
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}

func timed(cmd *exec.Cmd) (cost, error) {
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	start := time.Now()
	err := cmd.Run()
	took := milliseconds(time.Since(start))
	if err != nil {
		return cost{}, fmt.Errorf("%w\n%s", failed(cmd, err), complaints.Bytes())
	}
	used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return cost{took, milliseconds(used)}, nil
}

func failed(cmd *exec.Cmd, err error) error { return fmt.Errorf("%s: %w", cmd.Path, err) }

func told[T any](cmd *exec.Cmd) (T, error) {
	var v T
	out, err := cmd.Output()
	if err != nil {
		return v, failed(cmd, err)
	}
	return v, json.Unmarshal(out, &v)
}

// memory is the most that a command and all that it starts had at once, in
// kB. One process says so itself (VmHWM); of several, shared memory is
// counted once (PSS), looked at every few milliseconds.
func memory(cmd *exec.Cmd) (int, error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	most := 0
	for tick := time.Tick(4 * time.Millisecond); ; {
		select {
		case err := <-done:
			return most, err
		case <-tick:
			family := descendants(strconv.Itoa(cmd.Process.Pid))
			now := 0
			if len(family) == 1 {
				now = status(family[0], "VmHWM")
			} else {
				for _, pid := range family {
					now += pss(pid)
				}
			}
			most = max(most, now)
		}
	}
}

func descendants(pid string) []string {
	family := []string{pid}
	threads, err := filepath.Glob("/proc/" + pid + "/task/*/children")
	if err != nil {
		return family
	}
	for _, file := range threads {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for _, child := range strings.Fields(string(text)) {
			family = append(family, descendants(child)...)
		}
	}
	return family
}

// used is the processors' time of processes, in milliseconds.
func used(family []string) float64 {
	ticks := 0
	for _, pid := range family {
		text, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			continue
		}
		// The name, in brackets, may hold blanks; times are the 14th and 15th.
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		for _, f := range fields[11:13] {
			n, err := strconv.Atoi(f)
			if err == nil {
				ticks += n
			}
		}
	}
	return float64(ticks) * 10
}

func pss(pid string) int {
	text, err := os.ReadFile("/proc/" + pid + "/smaps_rollup")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err == nil {
				return n
			}
		}
	}
	return 0
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(v))
	return sorted[len(sorted)/2]
}

func largest(v []float64) float64 { return slices.Max(v) }
