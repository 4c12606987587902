package activations

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// thriftChecker walks over a struct in Thrift's compact protocol, as Parquet's
// footer is, before a decoder may trust it: containers and strings have to fit
// in the bytes, and nothing nests without end.
type thriftChecker struct {
	b  []byte
	at int
	// children counts, of every schema element, the children it announces.
	children []int64
}

// Types of the compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
	thriftUUID   = 13
)

const maxThriftDepth = 32

var errThriftShort = errors.New("a value beyond its end")

// checkParquetFooter checks the metadata of a Parquet file and the depth of
// its schema, whose tree decoders build by recursion.
func checkParquetFooter(b []byte) error {
	c := thriftChecker{b: b}
	if err := c.structure(0, c.footerField); err != nil {
		return fmt.Errorf("%w at byte %d of it", err, c.at)
	}
	open := []int64{1}
	for _, n := range c.children {
		for len(open) > 0 && open[len(open)-1] == 0 {
			open = open[:len(open)-1]
		}
		if len(open) == 0 || n < 0 || len(open) > maxArrowDepth {
			return fmt.Errorf("a schema that is not a tree, or is more than %d deep", maxArrowDepth)
		}
		open[len(open)-1]--
		open = append(open, n)
	}
	return nil
}

// checkThrift checks a struct of which nothing is known.
func checkThrift(b []byte) error {
	c := thriftChecker{b: b}
	if err := c.structure(0, func(_ int64, typ byte) error { return c.value(typ, 1) }); err != nil {
		return fmt.Errorf("%w at byte %d of it", err, c.at)
	}
	return nil
}

// footerField looks into the list of schema elements, field 2.
func (c *thriftChecker) footerField(id int64, typ byte) error {
	if id != 2 || typ != thriftList {
		return c.value(typ, 1)
	}
	n, element, err := c.listHead()
	if err != nil || element != thriftStruct {
		return errors.Join(err, c.elements(n, element, 1))
	}
	for range n {
		count := int64(0)
		err := c.structure(1, func(id int64, typ byte) error {
			if id == 5 && typ == thriftI32 {
				var err error
				count, err = c.zigzag()
				return err
			}
			return c.value(typ, 2)
		})
		if err != nil {
			return err
		}
		c.children = append(c.children, count)
	}
	return nil
}

// structure calls field for every field; field moves past the value.
func (c *thriftChecker) structure(depth int, field func(id int64, typ byte) error) error {
	if depth > maxThriftDepth {
		return errors.New("structs nested too deep")
	}
	id := int64(0)
	for {
		head, err := c.byte()
		if err != nil || head == 0 {
			return err
		}
		if delta := int64(head >> 4); delta > 0 {
			id += delta
		} else if id, err = c.zigzag(); err != nil {
			return err
		}
		if err := field(id, head&15); err != nil {
			return err
		}
	}
}

func (c *thriftChecker) value(typ byte, depth int) error {
	switch typ {
	case thriftTrue, thriftFalse:
		return nil
	case thriftByte:
		return c.skip(1)
	case thriftI16, thriftI32, thriftI64:
		_, err := c.zigzag()
		return err
	case thriftDouble:
		return c.skip(8)
	case thriftUUID:
		return c.skip(16)
	case thriftBinary:
		n, err := c.varint()
		if err != nil {
			return err
		}
		return c.skip(n)
	case thriftList, thriftSet:
		n, element, err := c.listHead()
		if err != nil {
			return err
		}
		return c.elements(n, element, depth)
	case thriftMap:
		return c.pairs(depth)
	case thriftStruct:
		return c.structure(depth, func(_ int64, typ byte) error { return c.value(typ, depth+1) })
	}
	return fmt.Errorf("type %d", typ)
}

// element is a value in a container, where a bool takes a byte.
func (c *thriftChecker) element(typ byte, depth int) error {
	if depth > maxThriftDepth {
		return errors.New("containers nested too deep")
	}
	if typ == thriftTrue || typ == thriftFalse {
		return c.skip(1)
	}
	return c.value(typ, depth+1)
}

func (c *thriftChecker) elements(n uint64, typ byte, depth int) error {
	for range n {
		if err := c.element(typ, depth); err != nil {
			return err
		}
	}
	return nil
}

func (c *thriftChecker) pairs(depth int) error {
	n, err := c.varint()
	if err != nil || n == 0 {
		return err
	}
	if n > uint64(len(c.b)-c.at) {
		return errThriftShort
	}
	types, err := c.byte()
	if err != nil {
		return err
	}
	for range n {
		if err := errors.Join(c.element(types>>4, depth), c.element(types&15, depth)); err != nil {
			return err
		}
	}
	return nil
}

// listHead reads how many elements a list has, each of at least a byte.
func (c *thriftChecker) listHead() (n uint64, element byte, err error) {
	head, err := c.byte()
	if err != nil {
		return 0, 0, err
	}
	if n = uint64(head >> 4); n == 15 {
		if n, err = c.varint(); err != nil {
			return 0, 0, err
		}
	}
	if n > uint64(len(c.b)-c.at) {
		return 0, 0, errThriftShort
	}
	return n, head & 15, nil
}

func (c *thriftChecker) byte() (byte, error) {
	if c.at >= len(c.b) {
		return 0, errThriftShort
	}
	c.at++
	return c.b[c.at-1], nil
}

func (c *thriftChecker) skip(n uint64) error {
	if n > uint64(len(c.b)-c.at) {
		return errThriftShort
	}
	c.at += int(n)
	return nil
}

func (c *thriftChecker) varint() (uint64, error) {
	v, n := binary.Uvarint(c.b[c.at:])
	if n <= 0 {
		return 0, errThriftShort
	}
	c.at += n
	return v, nil
}

func (c *thriftChecker) zigzag() (int64, error) {
	v, err := c.varint()
	return int64(v>>1) ^ -int64(v&1), err
}
