package pickle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// The limits bound what a short pickle can unfold into: a list takes one byte
// of a pickle and far more of memory.
const (
	maxValues = 1 << 21 // made or kept for later
	maxName   = 256     // of a module, or of what is in it
)

// machine is the state of the virtual machine that a pickle is a program for.
type machine struct {
	*Decoder
	code   []byte
	at     int // what is decoded next
	op     int // offset of the current opcode
	stack  []any
	marks  []int // heights of the stack
	memo   map[uint32]any
	values int
}

// Decode returns the value that b describes.
func (d *Decoder) Decode(b []byte) (any, error) {
	m := machine{Decoder: d, code: b, memo: map[uint32]any{}}
	for {
		m.op = m.at
		head, err := m.take(1)
		if err != nil {
			return nil, err
		}
		if head[0] == opStop {
			return m.result()
		}
		if err := m.step(head[0]); err != nil {
			return nil, err
		}
	}
}

func (m *machine) result() (any, error) {
	switch {
	case len(m.stack) != 1 || len(m.marks) > 0:
		return nil, m.errorf("one value", "%d values and %d marks at the end", len(m.stack), len(m.marks))
	case m.at < len(m.code):
		return nil, m.errorf("nothing", "%d bytes after the end", len(m.code)-m.at)
	}
	return m.stack[0], nil
}

func (m *machine) errorf(expected, found string, args ...any) error {
	return &Error{Offset: m.op, Found: fmt.Sprintf(found, args...), Expected: expected}
}

// take returns the next n bytes.
func (m *machine) take(n int) ([]byte, error) {
	if left := len(m.code) - m.at; n > left {
		return nil, m.errorf(fmt.Sprintf("%d", n), "%d bytes before the end of the pickle", left)
	}
	m.at += n
	return m.code[m.at-n : m.at], nil
}

// number reads a length or an index of size bytes.
func (m *machine) number(size int) (uint64, error) {
	var wide [8]byte
	b, err := m.take(size)
	copy(wide[:], b)
	return binary.LittleEndian.Uint64(wide[:]), err
}

// sized returns the bytes that follow their own length, a number of size bytes.
func (m *machine) sized(size int) ([]byte, error) {
	n, err := m.number(size)
	if err != nil {
		return nil, err
	}
	return m.take(int(min(n, math.MaxInt)))
}

// line returns the text before the next newline.
func (m *machine) line() (string, error) {
	rest := m.code[m.at:]
	n := bytes.IndexByte(rest[:min(len(rest), maxName+1)], '\n')
	if n < 0 {
		return "", m.errorf(fmt.Sprintf("a newline after at most %d bytes", maxName), "a name without an end")
	}
	m.at += n + 1
	return string(rest[:n]), nil
}

func (m *machine) count() error {
	if m.values++; m.values > maxValues {
		return m.errorf(fmt.Sprintf("at most %d", maxValues), "more values than tensors need")
	}
	return nil
}

func (m *machine) push(v any) error {
	m.stack = append(m.stack, v)
	return m.count()
}

// floor is the height above which the stack belongs to the latest mark.
func (m *machine) floor() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

// pop takes the last n values off the stack. They stay valid until the next push.
func (m *machine) pop(n int) ([]any, error) {
	if len(m.stack)-m.floor() < n {
		return nil, m.errorf(fmt.Sprintf("%d", n), "%d values on the stack", len(m.stack)-m.floor())
	}
	return m.drop(len(m.stack) - n), nil
}

// popMark takes the values above the latest mark, and the mark.
func (m *machine) popMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, m.errorf("one", "no mark on the stack")
	}
	height := m.floor()
	m.marks = m.marks[:len(m.marks)-1]
	return m.drop(height), nil
}

func (m *machine) drop(height int) []any {
	values := m.stack[height:]
	m.stack = m.stack[:height]
	return values
}

// top returns the last value, which stays on the stack.
func (m *machine) top() (any, error) {
	if len(m.stack) == m.floor() {
		return nil, m.errorf("a value", "an empty stack")
	}
	return m.stack[len(m.stack)-1], nil
}

// keep puts the last value in the memo.
func (m *machine) keep(index uint64) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	if index > math.MaxUint32 {
		return m.errorf("32 bits", "index %d of the memo", index)
	}
	m.memo[uint32(index)] = v
	return m.count()
}

// recall pushes what was kept.
func (m *machine) recall(index uint64) error {
	v, ok := m.memo[uint32(index)]
	if !ok {
		return m.errorf("one that was set", "index %d of the memo", index)
	}
	return m.push(v)
}

// global pushes the value of a name.
func (m *machine) global(module, name string) error {
	dotted := module + "." + name
	v, ok := m.Globals[dotted]
	if !ok {
		return m.errorf(m.Expected, "global %q", dotted)
	}
	return m.push(v)
}

// call applies what was pushed before the last value to it.
func (m *machine) call() error {
	v, err := m.pop(2)
	if err != nil {
		return err
	}
	f, ok := v[0].(Func)
	args, isTuple := v[1].(Tuple)
	if !ok || !isTuple {
		return m.errorf("a callable and a tuple", "a call of %s with %s", Kind(v[0]), Kind(v[1]))
	}
	made, err := f(args)
	return m.pushMade(made, err)
}

// load pushes what the id on the stack stands for.
func (m *machine) load() error {
	v, err := m.pop(1)
	if err != nil {
		return err
	}
	if m.Persistent == nil {
		return m.errorf("none", "a persistent id")
	}
	made, err := m.Persistent(v[0])
	return m.pushMade(made, err)
}

func (m *machine) pushMade(v any, err error) error {
	if e, ok := err.(*Error); ok {
		e.Offset = m.op
	}
	if err != nil {
		return err
	}
	return m.push(v)
}

// build gives an object its state. Of what there is only a dictionary has one:
// the attributes of an OrderedDict, which are no items.
func (m *machine) build() error {
	if _, err := m.pop(1); err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	if _, ok := v.(*Dict); !ok {
		return m.errorf("a dict", "a state for %s", Kind(v))
	}
	return nil
}

// extend appends values to the list that is last on the stack.
func (m *machine) extend(values []any) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	list, ok := v.(*List)
	if !ok {
		return m.errorf("a list", "items for %s", Kind(v))
	}
	list.Items = append(list.Items, values...)
	return nil
}

// set adds keys and values, by turns, to the dictionary that is last on the
// stack.
func (m *machine) set(pairs []any) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	dict, ok := v.(*Dict)
	if !ok || len(pairs)%2 > 0 {
		return m.errorf("pairs for a dict", "%d keys and values for %s", len(pairs), Kind(v))
	}
	for ; len(pairs) > 0; pairs = pairs[2:] {
		dict.Keys = append(dict.Keys, pairs[0])
		dict.Values = append(dict.Values, pairs[1])
	}
	return nil
}

// text is valid UTF-8: Python writes half a surrogate pair as if it were a
// character.
func text(b []byte) string { return strings.ToValidUTF8(string(b), "\ufffd") }
