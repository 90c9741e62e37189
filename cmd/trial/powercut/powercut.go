// Package powercut shows what a disk may hold after the power failed: it
// records what real programs do to a folder (strace), and rebuilds the folder
// as it could be found after a cut at any moment. Only tests import it.
//
// # The model
//
// A write, or a change of a file's length, is on disk for certain once an
// fsync or fdatasync of that file that was called after it has returned.
// Before, the disk may have it or not, or some 512-byte sectors or 4 KiB
// pages of it, independently of every other write; a file may have grown
// without its new bytes, which are zeros then. Sectors that nobody wrote do
// not change. Names (create, rename, link, unlink, mkdir) follow one of two
// kinds of disk:
//
//   - Journalled, as ext4 (data=ordered), XFS and NTFS are: changes of names
//     reach the disk in their order, all those before any fsync that returned
//     are there, and of the later ones any first few.
//   - Careless, the letter of POSIX: changes of names in a folder are there for
//     certain only after an fsync of that folder; any of the others may be
//     there without those before them. A rename is one change.
//
// Of what is not certain a rebuilt folder has nothing, everything, or a part
// drawn by a seeded source. SQLite's -shm files are left out: they are shared
// memory that is made anew.
//
// A program has promised what it wrote to its standard output when that write
// was called, which is in the same record as what it did to the folder.
package powercut

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// kind is what an operation does.
type kind int

const (
	write   kind = iota // data at off
	resize              // to size
	name                // node gets a name in dir: create, mkdir, link
	rename              // node goes from one name to another
	unname              // a name goes: unlink, rmdir
	sync                // what came before start is on disk
	promise             // text on standard output
)

// op is one operation on the folder, at its place in time.
type op struct {
	kind    kind
	node    *node
	off     int64 // write; the length for resize
	data    []byte
	dir     *node // of the name
	name    string
	to      *node // the new folder, rename only
	toName  string
	start   int    // sync: how many operations had ended when it was called
	text    string // promise
	whatFor string // the system call, for messages
}

// node is a file or a folder, whatever its names are.
type node struct {
	id      int
	folder  bool
	base    []byte           // content before the record
	entries map[string]*node // of a folder, before the record
	now     map[string]*node // of a folder, at the end of the record
}

// Recording is what programs did to a folder, in order.
type Recording struct {
	Root string

	root  *node
	nodes int
	ops   []op
}

// Record begins a record of a folder. It and all that is in it now are taken
// to be on disk.
func Record(root string) (*Recording, error) {
	r := &Recording{Root: root}
	var err error
	r.root, err = r.load(root)
	return r, err
}

func (r *Recording) newNode(folder bool) *node {
	n := &node{id: r.nodes, folder: folder}
	if folder {
		n.entries, n.now = map[string]*node{}, map[string]*node{}
	}
	r.nodes++
	return n
}

func (r *Recording) load(path string) (*node, error) {
	list, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	n := r.newNode(true)
	for _, e := range list {
		var child *node
		switch p := filepath.Join(path, e.Name()); {
		case e.IsDir():
			child, err = r.load(p)
		case e.Type().IsRegular():
			child = r.newNode(false)
			child.base, err = os.ReadFile(p)
		default:
			err = fmt.Errorf("%s is neither file nor folder", p)
		}
		if err != nil {
			return nil, err
		}
		n.entries[e.Name()], n.now[e.Name()] = child, child
	}
	return n, nil
}

// Moments returns the cuts that matter most: before and after every fsync and
// every change of a name, and after every promise. A cut is a number of
// operations that had ended.
func (r *Recording) Moments() []int {
	cuts := map[int]bool{0: true, len(r.ops): true}
	for i := range r.ops {
		switch r.ops[i].kind {
		case write, resize:
		case promise:
			cuts[i+1] = true
		case name, rename, unname, sync:
			cuts[i], cuts[i+1] = true, true
		}
	}
	return slices.Sorted(maps.Keys(cuts))
}

// Len returns how many operations were recorded.
func (r *Recording) Len() int { return len(r.ops) }

// Syncs returns how many of them are an fsync.
func (r *Recording) Syncs() int {
	n := 0
	for i := range r.ops {
		if r.ops[i].kind == sync {
			n++
		}
	}
	return n
}

// Promised returns what was written to standard output before the cut.
func (r *Recording) Promised(cut int) string {
	var b strings.Builder
	for i := range r.ops[:cut] {
		b.WriteString(r.ops[i].text)
	}
	return b.String()
}

// Around describes the operations around a cut, for messages of a test.
func (r *Recording) Around(cut int) string {
	var b strings.Builder
	for i := max(0, cut-12); i < min(len(r.ops), cut+4); i++ {
		if i == cut {
			b.WriteString("  ---- power cut ----\n")
		}
		o := &r.ops[i]
		target := o.name
		if o.node != nil {
			target = r.nameOf(o.node) + " " + target
		}
		fmt.Fprintf(&b, "  %6d %-10s %s off=%d len=%d %s%.60q\n", i, o.whatFor, target, o.off, len(o.data), o.toName, o.text)
	}
	return b.String()
}

// nameOf returns a name that a node had at any time.
func (r *Recording) nameOf(n *node) string {
	if n == r.root {
		return "."
	}
	for i := range r.ops {
		if r.ops[i].node == n && r.ops[i].kind == name {
			return r.ops[i].name
		}
	}
	for path, p := range before(r.root, "") {
		if p == n {
			return path
		}
	}
	return fmt.Sprintf("#%d", n.id)
}

func before(n *node, path string) map[string]*node {
	all := map[string]*node{}
	for name, child := range n.entries {
		p := filepath.Join(path, name)
		all[p] = child
		maps.Copy(all, before(child, p))
	}
	return all
}

// Tree is a folder's content: paths below it, with "/" at the end for
// folders, whose content is nil.
type Tree map[string][]byte

// Write makes the folder on disk. It must be empty.
func (t Tree) Write(folder string) error {
	for _, p := range slices.Sorted(maps.Keys(t)) {
		path := filepath.Join(folder, p)
		if strings.HasSuffix(p, "/") {
			if err := os.MkdirAll(path, 0o750); err != nil {
				return err
			}
		} else if err := os.WriteFile(path, t[p], 0o600); err != nil {
			return err
		}
	}
	return nil
}

// same compares the tree with a folder on disk.
func (t Tree) same(folder string) error {
	seen := map[string]bool{}
	files := os.DirFS(folder)
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == "." || leftOut(path) {
			return err
		}
		if d.IsDir() {
			seen[path+"/"] = true
			return nil
		}
		seen[path] = true
		text, err := fs.ReadFile(files, path)
		if err == nil && !bytes.Equal(text, t[path]) {
			err = fmt.Errorf("%s has %d bytes, the record says %d others", path, len(text), len(t[path]))
		}
		return err
	})
	if err != nil {
		return err
	}
	for p := range t {
		if !seen[p] {
			return fmt.Errorf("%s is in the record and not in the folder", p)
		}
	}
	for p := range seen {
		if _, ok := t[p]; !ok {
			return fmt.Errorf("%s is in the folder and not in the record", p)
		}
	}
	return nil
}

// leftOut reports whether a file is shared memory and no data.
func leftOut(path string) bool { return strings.HasSuffix(path, "-shm") }
