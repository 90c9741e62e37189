package powercut

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// The calls that are looked at: what the model knows, and what it must refuse
// rather than overlook.
const (
	known = "copy_file_range,open,openat,openat2,creat,close,read,write,pwrite64,writev,pwritev,pwritev2,lseek,ftruncate,truncate,fsync,fdatasync," +
		"rename,renameat,renameat2,unlink,unlinkat,link,linkat,mkdir,mkdirat,rmdir,mmap"
	refused = "dup,dup2,dup3,fallocate,sendfile,splice,symlink,symlinkat,sync,syncfs,sync_file_range,msync,io_uring_setup,execve"
)

// longest is the longest write whose bytes strace writes down.
const longest = 64 << 20

// Need skips the test, loudly, where programs cannot be watched.
func Need(t testing.TB) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: the power-cut replay watches system calls with strace, which is for Linux")
	}
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("SKIPPED: the power-cut replay needs strace (.ci/packages.sh test)")
	}
	cmd := exec.Command("strace", "-f", "--seccomp-bpf", "-o", filepath.Join(t.TempDir(), "log"), "-e", "trace=openat", "true") //nolint:gosec // our own words
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: strace is not permitted here: %v %s", err, out)
	}
}

// Run runs a program to its end and records what it does to the folder. It
// returns what the program wrote and an error when it failed; a record that
// does not lead to the very folder that is on disk is an error too. The
// program must not start others.
func (r *Recording) Run(cmd *exec.Cmd) (stdout string, err error) {
	file, err := os.CreateTemp("", "powercut-*.strace")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	args := []string{
		"-f", "--seccomp-bpf", "-y", "-xx", "-s", strconv.Itoa(longest), "-o", file.Name(), "-e", "signal=none",
		"-e", "trace=?" + strings.ReplaceAll(known+","+refused, ",", ",?"), cmd.Path,
	}
	watched := exec.Command("strace", append(args, cmd.Args[1:]...)...) //nolint:gosec // a program of the test
	watched.Env, watched.Dir = cmd.Env, cmd.Dir
	var out, errs bytes.Buffer
	watched.Stdout, watched.Stderr = &out, &errs
	if err := watched.Run(); err != nil {
		return out.String(), fmt.Errorf("%v: %w\n%s%s", cmd.Args, err, out.String(), errs.String())
	}
	if err := r.read(file); err != nil {
		return out.String(), err
	}
	return out.String(), r.Rebuild(len(r.ops), Journalled, Everything, nil).same(r.Root)
}

// read appends the operations of one program.
func (r *Recording) read(log io.Reader) error {
	p := &process{r: r, open: map[int]*handle{}, waiting: map[string]*call{}}
	in := bufio.NewReaderSize(log, 1<<20)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			if err := p.line(strings.TrimSuffix(line, "\n")); err != nil {
				return fmt.Errorf("%w in %.300s", err, line)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// process is a program whose record is being read.
type process struct {
	r       *Recording
	open    map[int]*handle
	waiting map[string]*call // by thread: called and not returned
	started bool
}

// handle is an open file below the root.
type handle struct {
	node *node
	at   int64
	end  bool // writes go to the end
}

// call is one system call.
type call struct {
	name  string
	text  string // arguments as strace writes them
	args  []string
	start int
	ret   int64
}

// line takes one line of strace in: a call, the beginning or the end of one.
func (p *process) line(line string) error {
	thread, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimLeft(rest, " ")
	if strings.HasPrefix(rest, "+++") || strings.HasPrefix(rest, "---") {
		return nil
	}
	c := &call{start: len(p.r.ops)}
	if tail, ok := strings.CutPrefix(rest, "<... "); ok {
		name, tail, _ := strings.Cut(tail, " resumed>")
		if c = p.waiting[thread]; c == nil || c.name != name {
			return errors.New("the end of a call that did not begin")
		}
		delete(p.waiting, thread)
		return p.returned(c, c.text+tail)
	}
	var ok bool
	if c.name, rest, ok = strings.Cut(rest, "("); !ok {
		return errors.New("no call")
	}
	if begun, ok := strings.CutSuffix(rest, " <unfinished ...>"); ok {
		c.text = begun
		p.waiting[thread] = c
		return p.called(c, begun)
	}
	if err := p.called(c, rest); err != nil {
		return err
	}
	return p.returned(c, rest)
}

// called does what counts from the moment of the call: a promise is made, a
// file's number is free for others.
func (p *process) called(c *call, text string) error {
	switch c.name {
	case "write":
		args := split(text)
		if number(args[0]) == 1 && len(args) > 1 {
			said, err := decoded(args[1])
			p.r.ops = append(p.r.ops, op{kind: promise, text: string(said), whatFor: "stdout"})
			return err
		}
	case "close":
		delete(p.open, number(split(text)[0]))
	}
	return nil
}

// returned does the call itself, when it succeeded.
func (p *process) returned(c *call, text string) error {
	end := strings.LastIndex(text, ") ")
	_, ret, ok := strings.Cut(text[max(end, 0):], "= ")
	if end < 0 || !ok {
		return errors.New("a call without its result")
	}
	ret, _, _ = strings.Cut(ret, " ")
	ret, _, _ = strings.Cut(ret, "<")
	n, err := strconv.ParseInt(ret, 0, 64)
	if ret == "?" || n < 0 {
		return nil // interrupted or refused: nothing happened
	}
	if err != nil && c.name != "mmap" {
		return fmt.Errorf("result %q: %w", ret, err)
	}
	c.ret, c.args = n, split(text[:end])
	switch c.name {
	case "open", "openat", "creat":
		return p.opened(c)
	case "close":
		return nil
	case "read", "lseek", "write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate", "fsync", "fdatasync", "copy_file_range":
		return p.used(c)
	case "rename", "renameat", "renameat2", "link", "linkat":
		return p.moved(c)
	case "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat":
		return p.entry(c)
	case "mmap":
		return p.mapped(c)
	case "execve":
		if p.started {
			return errors.New("the program starts another")
		}
		p.started = true
		return nil
	}
	return p.refuse(c, text[:end])
}

// refuse stops at a call that the model does not know, when it is about the
// folder.
func (p *process) refuse(c *call, text string) error {
	about := strings.Contains(text, hexed(p.r.Root))
	if about || c.name == "sync" || c.name == "io_uring_setup" {
		return fmt.Errorf("%s is unknown to the model", c.name)
	}
	return nil
}

func hexed(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, `\x%02x`, c)
	}
	return b.String()
}

func (p *process) opened(c *call) error {
	args, flags := c.args, ""
	if c.name == "openat" {
		args = args[1:]
	}
	if len(args) > 1 {
		flags = args[1]
	}
	if c.name == "creat" {
		flags = "O_CREAT|O_TRUNC"
	}
	dir, base, err := p.place(c, 0)
	if err != nil || dir == nil {
		return err
	}
	n := dir.now[base]
	switch {
	case leftOut(base):
		return nil
	case base == "":
		n = dir
	case strings.Contains(flags, "O_TMPFILE"):
		return errors.New("O_TMPFILE is unknown to the model")
	case n == nil:
		n = p.r.newNode(false)
		dir.now[base] = n
		p.r.ops = append(p.r.ops, op{kind: name, node: n, dir: dir, name: base, whatFor: "create"})
	case strings.Contains(flags, "O_TRUNC"):
		p.r.ops = append(p.r.ops, op{kind: resize, node: n, whatFor: "O_TRUNC"})
	}
	p.open[int(c.ret)] = &handle{node: n, end: strings.Contains(flags, "O_APPEND")}
	return nil
}

// place finds the folder and the name of the call's path argument number i
// (a folder's number before it counts with it); a nil folder is elsewhere. The
// root itself has no name.
func (p *process) place(c *call, i int) (*node, string, error) {
	at := ""
	if strings.HasSuffix(c.name, "at") || strings.HasSuffix(c.name, "at2") {
		i *= 2
		if _, dir, ok := strings.Cut(c.args[i], "<"); ok {
			text, err := decoded(`"` + strings.TrimSuffix(dir, ">") + `"`)
			if err != nil {
				return nil, "", err
			}
			at = string(text)
		}
		i++
	}
	text, err := decoded(c.args[i])
	if err != nil {
		return nil, "", err
	}
	path := string(text)
	if !filepath.IsAbs(path) {
		path = filepath.Join(at, path)
	}
	rel, err := filepath.Rel(p.r.Root, filepath.Clean(path))
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return nil, "", nil //nolint:nilerr // elsewhere
	}
	if rel == "." {
		return p.r.root, "", nil
	}
	dir := p.r.root
	parts := strings.Split(rel, "/")
	for _, part := range parts[:len(parts)-1] {
		if dir = dir.now[part]; dir == nil || !dir.folder {
			return nil, "", fmt.Errorf("%s: no folder %s", path, part)
		}
	}
	return dir, parts[len(parts)-1], nil
}

// used does what is done with an open file.
func (p *process) used(c *call) error {
	if c.name == "copy_file_range" {
		return p.copied(c)
	}
	h := p.open[number(c.args[0])]
	if h == nil {
		return nil
	}
	o := op{kind: write, node: h.node, off: h.at, start: c.start, whatFor: c.name}
	switch c.name {
	case "read":
		h.at += c.ret
		return nil
	case "lseek":
		h.at = c.ret
		return nil
	case "fsync", "fdatasync":
		o.kind = sync
	case "ftruncate":
		o.kind, o.off = resize, int64(number(c.args[1]))
	default:
		if err := p.written(c, h, &o); err != nil {
			return err
		}
	}
	p.r.ops = append(p.r.ops, o)
	return nil
}

// written completes a write with its bytes and its place.
func (p *process) written(c *call, h *handle, o *op) error {
	var err error
	if o.data, err = decoded(c.args[1]); err != nil {
		return err
	}
	if int64(len(o.data)) < c.ret {
		return fmt.Errorf("strace shows %d bytes of %d", len(o.data), c.ret)
	}
	o.data = o.data[:c.ret]
	switch {
	case c.name == "pwrite64":
		o.off = int64(number(c.args[3]))
	case strings.HasPrefix(c.name, "pwritev"):
		o.off = int64(number(c.args[3]))
	case h.end:
		o.off = p.r.length(h.node)
		h.at = o.off + c.ret
	default:
		h.at += c.ret
	}
	return nil
}

// copied writes what another file holds at that moment, from where each of
// the two is being read and written.
func (p *process) copied(c *call) error {
	from, to := p.open[number(c.args[0])], p.open[number(c.args[2])]
	if from == nil && to == nil {
		return nil
	}
	if from == nil || to == nil || c.args[1] != "NULL" || c.args[3] != "NULL" {
		return errors.New("a copy whose bytes are not known")
	}
	held := p.r.content(from.node)
	if from.at+c.ret > int64(len(held)) {
		return fmt.Errorf("a copy of %d bytes at %d of %d", c.ret, from.at, len(held))
	}
	o := op{kind: write, node: to.node, off: to.at, start: c.start, whatFor: c.name, data: bytes.Clone(held[from.at : from.at+c.ret])}
	from.at += c.ret
	to.at += c.ret
	p.r.ops = append(p.r.ops, o)
	return nil
}

// content is what a file holds at the end of the record.
func (r *Recording) content(n *node) []byte {
	held := bytes.Clone(n.base)
	grow := func(size int64) {
		if more := size - int64(len(held)); more > 0 {
			held = append(held, make([]byte, more)...)
		}
	}
	for i := range r.ops {
		switch o := &r.ops[i]; {
		case o.node != n:
		case o.kind == write:
			grow(o.off + int64(len(o.data)))
			copy(held[o.off:], o.data)
		case o.kind == resize:
			grow(o.off)
			held = held[:o.off]
		}
	}
	return held
}

// length is how long a file is at the end of the record.
func (r *Recording) length(n *node) int64 {
	size := int64(len(n.base))
	for i := range r.ops {
		switch o := &r.ops[i]; {
		case o.node != n:
		case o.kind == write:
			size = max(size, o.off+int64(len(o.data)))
		case o.kind == resize:
			size = o.off
		}
	}
	return size
}

func (p *process) moved(c *call) error {
	from, old, err := p.place(c, 0)
	if err != nil {
		return err
	}
	to, fresh, err := p.place(c, 1)
	if err != nil || (from == nil && to == nil) {
		return err
	}
	if from == nil || to == nil || strings.Contains(c.text, "RENAME_EXCHANGE") {
		return errors.New("something comes into the folder or leaves it")
	}
	n := from.now[old]
	if leftOut(old) && leftOut(fresh) {
		return nil
	}
	if n == nil {
		return fmt.Errorf("nothing is called %s", old)
	}
	to.now[fresh] = n
	if strings.HasPrefix(c.name, "link") {
		p.r.ops = append(p.r.ops, op{kind: name, node: n, dir: to, name: fresh, whatFor: c.name})
		return nil
	}
	delete(from.now, old)
	to.now[fresh] = n
	p.r.ops = append(p.r.ops, op{kind: rename, node: n, dir: from, name: old, to: to, toName: fresh, whatFor: c.name})
	return nil
}

func (p *process) entry(c *call) error {
	dir, base, err := p.place(c, 0)
	if err != nil || dir == nil || leftOut(base) {
		return err
	}
	if strings.HasPrefix(c.name, "mkdir") {
		n := p.r.newNode(true)
		dir.now[base] = n
		p.r.ops = append(p.r.ops, op{kind: name, node: n, dir: dir, name: base, whatFor: c.name})
		return nil
	}
	p.r.ops = append(p.r.ops, op{kind: unname, node: dir.now[base], dir: dir, name: base, whatFor: c.name})
	delete(dir.now, base)
	return nil
}

// mapped refuses memory through which a file is written unseen.
func (p *process) mapped(c *call) error {
	if len(c.args) < 5 || !strings.Contains(c.args[3], "MAP_SHARED") || !strings.Contains(c.args[2], "PROT_WRITE") {
		return nil
	}
	h := p.open[number(c.args[4])]
	if h == nil {
		return nil
	}
	return errors.New("a file of the folder is written through memory")
}

// split takes arguments apart; strings hold no commas, for strace writes them
// in hexadecimal.
func split(text string) []string {
	var args []string
	depth, from := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth--
		case ',':
			if depth == 0 {
				args = append(args, strings.TrimSpace(text[from:i]))
				from = i + 1
			}
		}
	}
	return append(args, strings.TrimSpace(text[from:]))
}

// number reads an argument that may carry a path: "5<\x2f...>".
func number(arg string) int {
	arg, _, _ = strings.Cut(arg, "<")
	n, err := strconv.ParseInt(arg, 0, 64)
	if err != nil {
		return -1
	}
	return int(n)
}

// decoded joins the strings of an argument.
func decoded(arg string) ([]byte, error) {
	var all []byte
	for {
		_, rest, ok := strings.Cut(arg, `"`)
		if !ok {
			return all, nil
		}
		text, rest, ok := strings.Cut(rest, `"`)
		if !ok || strings.HasPrefix(rest, "...") {
			return nil, errors.New("a string without its end")
		}
		b, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
		if err != nil {
			return nil, err
		}
		all, arg = append(all, b...), rest
	}
}
