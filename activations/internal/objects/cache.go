package objects

import (
	"container/list"
	"sync"
)

const (
	usualBlock = 8 << 20
	usualLimit = 256 << 20
	maxFetches = 32 // blocks on their way at once
)

// cache keeps the blocks of objects that were read last, up to a limit.
type cache struct {
	block int64 // bytes of one

	mu     sync.Mutex
	room   sync.Cond
	limit  int64
	used   int64 // by blocks that are there or on their way
	open   int64 // bytes of all open objects
	coming int
	blocks map[blockKey]*block
	recent list.List // of those that are there, the last one used in front
	free   [][]byte
}

type blockKey struct {
	of *Object
	n  int64
}

type block struct {
	blockKey
	b       []byte
	err     error
	there   chan struct{}
	readers int
	place   *list.Element
}

func newCache(size int64) *cache {
	c := &cache{block: size, limit: max(usualLimit, 4*size), blocks: map[blockKey]*block{}}
	c.room.L = &c.mu
	return c
}

// SetLimit bounds the bytes that are kept. Some blocks there must be.
func (c *Client) SetLimit(n int64) int64 {
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	c.cache.limit = max(n, 4*c.cache.block)
	c.cache.evict(0)
	c.cache.free = nil
	return c.cache.limit
}

// holds reports whether all open objects can be kept as a whole.
func (c *cache) holds() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open <= c.limit
}

// read copies from the block that has the offset, which is fetched if it is not
// there.
func (c *cache) read(o *Object, b []byte, offset int64) (int, error) {
	key := blockKey{o, offset / c.block}
	c.mu.Lock()
	k := c.blocks[key]
	if k == nil {
		k = &block{blockKey: key, there: make(chan struct{})}
		c.blocks[key] = k
		k.readers++
		c.fetch(k)
	} else {
		k.readers++
		if k.place != nil {
			c.recent.MoveToFront(k.place)
		}
	}
	c.mu.Unlock()

	<-k.there
	n := 0
	if k.err == nil {
		n = copy(b, k.b[offset-key.n*c.block:])
	}
	c.mu.Lock()
	k.readers--
	c.room.Broadcast()
	c.mu.Unlock()
	return n, k.err
}

// fetch brings a block. The lock is held but while the store is waited for.
func (c *cache) fetch(k *block) {
	size := min(c.block, k.of.Size-k.n*c.block)
	for {
		c.evict(size)
		// Without any block on its way there is none to wait for.
		if c.coming == 0 || c.coming < maxFetches && c.used+size <= c.limit {
			break
		}
		c.room.Wait()
	}
	c.coming++
	c.used += size
	b := c.buffer(size)
	c.mu.Unlock()
	err := k.of.fetch(b, k.n*c.block)
	c.mu.Lock()
	c.coming--
	c.add(k, b, err)
	c.room.Broadcast()
}

// add makes a block that has come, or an error in its place, known.
func (c *cache) add(k *block, b []byte, err error) {
	if k.b, k.err = b, err; err == nil && c.blocks[k.blockKey] == k {
		k.place = c.recent.PushFront(k)
	} else {
		c.used -= int64(len(b))
		if c.blocks[k.blockKey] == k {
			delete(c.blocks, k.blockKey)
		}
	}
	close(k.there)
}

// put adds the first block of an object that was opened.
func (c *cache) put(o *Object, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := &block{blockKey: blockKey{o, 0}, there: make(chan struct{})}
	c.blocks[k.blockKey] = k
	c.open += o.Size
	c.evict(int64(len(b)))
	c.used += int64(len(b))
	c.add(k, b, nil)
}

// evict makes room for so many bytes, as far as blocks are not being read.
func (c *cache) evict(size int64) {
	for e := c.recent.Back(); e != nil && c.used+size > c.limit; {
		k := e.Value.(*block)
		e = e.Prev()
		if k.readers == 0 {
			c.remove(k)
		}
	}
}

func (c *cache) remove(k *block) {
	c.recent.Remove(k.place)
	delete(c.blocks, k.blockKey)
	c.used -= int64(len(k.b))
	if k.readers == 0 && int64(cap(k.b)) == c.block && len(c.free) < maxFetches {
		c.free = append(c.free, k.b)
	}
}

// buffer is memory for a block, of one that has gone where there is one.
func (c *cache) buffer(size int64) []byte {
	if n := len(c.free); size == c.block && n > 0 {
		b := c.free[n-1]
		c.free = c.free[:n-1]
		return b
	}
	return make([]byte, size)
}

// drop removes the blocks of an object that was put.
func (c *cache) drop(o *Object) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open -= o.Size
	for n := int64(0); n*c.block < o.Size; n++ {
		k := c.blocks[blockKey{o, n}]
		if k == nil {
			continue
		}
		if k.place != nil {
			c.remove(k)
		} else {
			delete(c.blocks, k.blockKey) // add finds it gone
		}
	}
}
