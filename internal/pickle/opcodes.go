package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// The opcodes by the names of Lib/pickletools.py.
const (
	opMark   = '('
	opStop   = '.'
	opReduce = 'R'
	opBuild  = 'b'
	opGlobal = 'c'

	opNone     = 'N'
	opNewTrue  = 0x88
	opNewFalse = 0x89
	opBinInt   = 'J'
	opBinInt1  = 'K'
	opBinInt2  = 'M'
	opLong1    = 0x8a
	opLong4    = 0x8b
	opBinFloat = 'G'

	opBinUnicode      = 'X'
	opShortBinUnicode = 0x8c
	opBinUnicode8     = 0x8d
	opBinBytes        = 'B'
	opShortBinBytes   = 'C'
	opBinBytes8       = 0x8e

	opEmptyTuple = ')'
	opTuple      = 't'
	opTuple1     = 0x85
	opTuple2     = 0x86
	opTuple3     = 0x87
	opEmptyList  = ']'
	opAppend     = 'a'
	opAppends    = 'e'
	opEmptyDict  = '}'
	opSetItem    = 's'
	opSetItems   = 'u'

	opBinPut      = 'q'
	opLongBinPut  = 'r'
	opMemoize     = 0x94
	opBinGet      = 'h'
	opLongBinGet  = 'j'
	opProto       = 0x80
	opFrame       = 0x95
	opBinPersID   = 'Q'
	opStackGlobal = 0x93
)

// step runs one opcode.
func (m *machine) step(op byte) error {
	switch op {
	case opMark:
		m.marks = append(m.marks, len(m.stack))
		return m.count()
	case opReduce:
		return m.call()
	case opBuild:
		return m.build()
	case opBinPersID:
		return m.load()
	case opGlobal, opStackGlobal:
		return m.stepGlobal(op)
	case opProto, opFrame:
		return m.stepFrame(op)
	case opBinPut, opLongBinPut, opMemoize, opBinGet, opLongBinGet:
		return m.stepMemo(op)
	case opEmptyTuple, opTuple, opTuple1, opTuple2, opTuple3:
		return m.stepTuple(op)
	case opEmptyList, opAppend, opAppends:
		return m.stepList(op)
	case opEmptyDict, opSetItem, opSetItems:
		return m.stepDict(op)
	case opBinUnicode, opShortBinUnicode, opBinUnicode8, opBinBytes, opShortBinBytes, opBinBytes8:
		return m.stepText(op)
	case opNone:
		return m.push(nil)
	case opNewTrue, opNewFalse:
		return m.push(op == opNewTrue)
	}
	return m.stepNumber(op)
}

func (m *machine) stepNumber(op byte) error {
	switch op {
	case opBinInt:
		n, err := m.number(4)
		if err != nil {
			return err
		}
		return m.push(int64(int32(n)))
	case opBinInt1, opBinInt2:
		size := 1
		if op == opBinInt2 {
			size = 2
		}
		n, err := m.number(size)
		if err != nil {
			return err
		}
		return m.push(int64(n))
	case opLong1, opLong4:
		size := 1
		if op == opLong4 {
			size = 4
		}
		b, err := m.sized(size)
		if err != nil {
			return err
		}
		if len(b) > 8 {
			return m.errorf("at most 8", "an int of %d bytes", len(b))
		}
		return m.push(signed(b))
	case opBinFloat:
		b, err := m.take(8)
		if err != nil {
			return err
		}
		return m.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	}
	return m.errorf("one that makes plain data", "opcode %q", op)
}

// signed reads a little-endian number of at most 8 bytes in two's complement.
func signed(b []byte) int64 {
	if len(b) == 0 {
		return 0
	}
	n := int64(int8(b[len(b)-1]))
	for i := len(b) - 2; i >= 0; i-- {
		n = n<<8 | int64(b[i])
	}
	return n
}

func (m *machine) stepText(op byte) error {
	size := 4
	switch op {
	case opShortBinUnicode, opShortBinBytes:
		size = 1
	case opBinUnicode8, opBinBytes8:
		size = 8
	}
	b, err := m.sized(size)
	if err != nil {
		return err
	}
	switch op {
	case opBinBytes, opShortBinBytes, opBinBytes8:
		return m.push(slices.Clone(b))
	}
	return m.push(text(b))
}

func (m *machine) stepTuple(op byte) (err error) {
	var values []any
	switch op {
	case opTuple:
		values, err = m.popMark()
	case opTuple1, opTuple2, opTuple3:
		values, err = m.pop(int(op) - opTuple1 + 1)
	}
	if err != nil {
		return err
	}
	return m.push(Tuple(slices.Clone(values)))
}

func (m *machine) stepList(op byte) (err error) {
	var values []any
	switch op {
	case opEmptyList:
		return m.push(&List{})
	case opAppend:
		values, err = m.pop(1)
	case opAppends:
		values, err = m.popMark()
	}
	if err != nil {
		return err
	}
	return m.extend(values)
}

func (m *machine) stepDict(op byte) (err error) {
	var pairs []any
	switch op {
	case opEmptyDict:
		return m.push(&Dict{})
	case opSetItem:
		pairs, err = m.pop(2)
	case opSetItems:
		pairs, err = m.popMark()
	}
	if err != nil {
		return err
	}
	return m.set(pairs)
}

func (m *machine) stepMemo(op byte) error {
	switch op {
	case opMemoize:
		return m.keep(uint64(len(m.memo)))
	case opBinPut, opLongBinPut:
		n, err := m.number(indexSize(op))
		if err != nil {
			return err
		}
		return m.keep(n)
	}
	n, err := m.number(indexSize(op))
	if err != nil {
		return err
	}
	return m.recall(n)
}

func indexSize(op byte) int {
	if op == opLongBinPut || op == opLongBinGet {
		return 4
	}
	return 1
}

// stepFrame checks what stands before the data. A frame only says how much to
// read at once.
func (m *machine) stepFrame(op byte) error {
	if op == opProto {
		version, err := m.number(1)
		if err == nil && (version < 2 || version > 5) {
			err = m.errorf("2 to 5", "protocol %d", version)
		}
		return err
	}
	size, err := m.number(8)
	if left := len(m.code) - m.at; err == nil && size > uint64(left) {
		err = m.errorf(fmt.Sprintf("at most %d", left), "a frame of %d bytes", size)
	}
	return err
}

func (m *machine) stepGlobal(op byte) error {
	if op == opGlobal {
		module, err := m.line()
		if err != nil {
			return err
		}
		name, err := m.line()
		if err != nil {
			return err
		}
		return m.global(module, name)
	}
	v, err := m.pop(2)
	if err != nil {
		return err
	}
	module, ok := v[0].(string)
	name, alsoText := v[1].(string)
	if !ok || !alsoText || len(module) > maxName || len(name) > maxName {
		return m.errorf(fmt.Sprintf("two str of at most %d bytes", maxName), "a global named by %s and %s", Kind(v[0]), Kind(v[1]))
	}
	return m.global(module, name)
}
