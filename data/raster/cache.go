package raster

import "sync"

// cache remembers what was made, up to a number of bytes: what was not asked
// for while the younger half filled up is forgotten.
type cache[K comparable, V any] struct {
	mu         sync.Mutex
	young, old map[K]entry[V]
	bytes      int // of the young half
	limit      int // of both
}

type entry[V any] struct {
	value V
	bytes int
}

func newCache[K comparable, V any](limit int) *cache[K, V] {
	return &cache[K, V]{young: map[K]entry[V]{}, limit: limit}
}

func (c *cache[K, V]) get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.young[key]
	if ok {
		return e.value, true
	}
	if e, ok = c.old[key]; ok {
		c.keep(key, e)
	}
	return e.value, ok
}

// put remembers a value; one that would need half of the room is not kept.
func (c *cache[K, V]) put(key K, value V, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, here := c.young[key]; !here && bytes < c.limit/2 {
		c.keep(key, entry[V]{value, bytes})
	}
}

func (c *cache[K, V]) keep(key K, e entry[V]) {
	if c.bytes+e.bytes > c.limit/2 {
		c.young, c.old, c.bytes = map[K]entry[V]{}, c.young, 0
	}
	c.young[key] = e
	c.bytes += e.bytes
}
