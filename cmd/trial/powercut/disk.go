package powercut

import (
	"math/rand/v2"
	"slices"
)

// Disk is how a disk keeps names; see the package's model.
type Disk int

// The two kinds of disk.
const (
	Journalled Disk = iota
	Careless
)

func (d Disk) String() string { return [...]string{"journalled", "careless"}[d] }

// Rest is what became of the operations that are not certain.
type Rest int

// What can become of them.
const (
	Nothing Rest = iota
	Everything
	Some
)

func (r Rest) String() string { return [...]string{"nothing", "everything", "some"}[r] }

// Rebuild returns the folder as a disk may show it after a cut. rng is used
// for Some only.
func (r *Recording) Rebuild(cut int, d Disk, rest Rest, rng *rand.Rand) Tree {
	a := &aftermath{ops: r.ops[:cut], disk: d, rest: rest, rng: rng, synced: map[*node]int{}, names: map[*node]map[string]*node{}, files: map[*node][]byte{}}
	a.look()
	a.draw()
	a.replay()
	t := Tree{}
	a.walk(r.root, "", t)
	return t
}

// aftermath is one rebuilding.
type aftermath struct {
	ops    []op
	disk   Disk
	rest   Rest
	rng    *rand.Rand
	synced map[*node]int // what ended before is on disk
	last   int           // the same for any file

	keep  float64 // share of uncertain data that is there
	grain int64   // what is kept or lost as one: 0 whole writes
	first int     // names up to here are there, journalled disks only
	until int     // data up to here are there, -1 when not in order

	names map[*node]map[string]*node
	files map[*node][]byte
}

func (a *aftermath) look() {
	for i := range a.ops {
		if o := &a.ops[i]; o.kind == sync {
			a.synced[o.node] = max(a.synced[o.node], o.start)
			a.last = max(a.last, o.start)
		}
	}
}

// draw chooses how the disk behaves this time.
func (a *aftermath) draw() {
	a.until = -1
	switch a.rest {
	case Nothing:
		a.first = a.last
	case Everything:
		a.first, a.keep = len(a.ops), 1
	case Some:
		a.first = a.last + a.rng.IntN(len(a.ops)-a.last+1)
		a.keep = []float64{0, 0.1, 0.5, 0.9, 1}[a.rng.IntN(5)]
		a.grain = []int64{0, 512, 4096}[a.rng.IntN(3)]
		if a.rng.IntN(4) == 0 {
			a.until = a.rng.IntN(len(a.ops) + 1)
		}
	}
}

func (a *aftermath) replay() {
	for i := range a.ops {
		switch o := &a.ops[i]; o.kind {
		case write, resize:
			a.data(i, o)
		case name, rename, unname:
			if a.named(i, o) {
				a.rename(o)
			}
		case sync, promise:
		}
	}
}

// named reports whether a change of names is there.
func (a *aftermath) named(i int, o *op) bool {
	if a.disk == Journalled {
		return i < a.last || i < a.first
	}
	certain := i < a.synced[o.dir] && (o.to == nil || i < a.synced[o.to])
	return certain || a.rest == Everything || (a.rest == Some && a.rng.Float64() < max(0.1, min(a.keep, 0.9)))
}

func (a *aftermath) rename(o *op) {
	from := a.entries(o.dir)
	switch o.kind {
	case name:
		from[o.name] = o.node
	case unname:
		delete(from, o.name)
	case rename:
		if from[o.name] == o.node {
			delete(from, o.name)
		}
		a.entries(o.to)[o.toName] = o.node
	case write, resize, sync, promise:
	}
}

func (a *aftermath) entries(folder *node) map[string]*node {
	if a.names[folder] == nil {
		a.names[folder] = map[string]*node{}
		for n, child := range folder.entries {
			a.names[folder][n] = child
		}
	}
	return a.names[folder]
}

func (a *aftermath) content(file *node) []byte {
	if _, ok := a.files[file]; !ok {
		a.files[file] = slices.Clone(file.base)
	}
	return a.files[file]
}

// data lays a write over the file: whole when it is certain, else what the
// disk chose to keep of it.
func (a *aftermath) data(i int, o *op) {
	text := a.content(o.node)
	switch {
	case i < a.synced[o.node] || a.rest == Everything || i < a.until:
		text = lay(text, o, 0, int64(len(o.data)))
	case a.rest == Nothing || a.until >= 0:
	case o.kind == resize || a.grain == 0:
		if a.rng.Float64() < a.keep {
			text = lay(text, o, 0, int64(len(o.data)))
		}
	default:
		if a.rng.Float64() < a.keep/2 { // the length is there, whatever becomes of the bytes
			text = grow(text, o.off+int64(len(o.data)))
		}
		for from := int64(0); from < int64(len(o.data)); {
			to := min(int64(len(o.data)), (o.off+from)/a.grain*a.grain+a.grain-o.off)
			if a.rng.Float64() < a.keep {
				text = lay(text, o, from, to)
			}
			from = to
		}
	}
	a.files[o.node] = text
}

// lay puts bytes from..to of an operation in place.
func lay(text []byte, o *op, from, to int64) []byte {
	if o.kind == resize {
		if o.off < int64(len(text)) {
			return text[:o.off:o.off]
		}
		return grow(text, o.off)
	}
	text = grow(text, o.off+to)
	copy(text[o.off+from:], o.data[from:to])
	return text
}

func grow(text []byte, to int64) []byte {
	if missing := to - int64(len(text)); missing > 0 {
		text = append(text, make([]byte, missing)...)
	}
	return text
}

func (a *aftermath) walk(folder *node, path string, t Tree) {
	for n, child := range a.entries(folder) {
		p := path + n
		switch {
		case child.folder:
			t[p+"/"] = nil
			a.walk(child, p+"/", t)
		case !leftOut(p):
			t[p] = a.content(child)
		}
	}
}
