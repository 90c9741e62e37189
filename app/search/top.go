package search

import (
	"cmp"
	"slices"
)

// ranked is a sheet with its place's key: more is better.
type ranked struct {
	key uint64
	doc uint32
}

// top keeps the n best of many: a heap with the worst kept one on top.
type top struct {
	n    int
	heap []ranked
}

func (t *top) add(r ranked) {
	if len(t.heap) < t.n || (t.n > 0 && r.key > t.heap[0].key) {
		t.push(r)
	}
}

func (t *top) push(r ranked) {
	if len(t.heap) < t.n {
		t.heap = append(t.heap, r)
		for i := len(t.heap) - 1; i > 0; {
			parent := (i - 1) / 2
			if t.heap[parent].key <= t.heap[i].key {
				return
			}
			t.heap[parent], t.heap[i] = t.heap[i], t.heap[parent]
			i = parent
		}
		return
	}
	t.heap[0] = r
	t.sink()
}

func (t *top) sink() {
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(t.heap); c++ {
			if t.heap[c].key < t.heap[least].key {
				least = c
			}
		}
		if least == i {
			return
		}
		t.heap[i], t.heap[least] = t.heap[least], t.heap[i]
		i = least
	}
}

// sorted returns what was kept, best first.
func (t *top) sorted() []ranked {
	slices.SortFunc(t.heap, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.key, a.key), cmp.Compare(a.doc, b.doc))
	})
	return t.heap
}
