package main

import (
	"fmt"
	"strings"
)

// A function is one function in Go's arm64 assembly. It keeps no pointer and
// needs no stack.
type function struct {
	name      string
	doc       []string
	signature string
	params    map[string]param
	argBytes  int
	body      strings.Builder
	generals  int // general registers handed out
}

// A param lies at an offset from the frame pointer.
type param struct {
	kind   string
	offset int
}

// newFunction starts a function; the signature names the type of each
// parameter.
func newFunction(name, signature string, doc ...string) *function {
	f := &function{name: name, doc: doc, signature: signature, params: make(map[string]param)}
	for declared := range strings.SplitSeq(signature, ", ") {
		name, kind, _ := strings.Cut(declared, " ")
		size := 8
		switch kind {
		case "float32":
			size = 4
		case "bool":
			size = 1
		}
		f.argBytes = (f.argBytes + size - 1) / size * size
		f.params[name] = param{kind, f.argBytes}
		f.argBytes += size
	}
	return f
}

func (f *function) assembly() string {
	return fmt.Sprintf("// func %s(%s)\nTEXT ·%[1]s(SB), NOSPLIT, $0-%[3]d\n%s", f.name, f.signature, f.argBytes, f.body.String())
}

func (f *function) declaration() string {
	return fmt.Sprintf("// %s\n//\n//go:noescape\nfunc %s(%s)\n", strings.Join(f.doc, "\n// "), f.name, f.signature)
}

// op writes an instruction.
func (f *function) op(name string, operands ...any) {
	texts := make([]string, len(operands))
	for i, o := range operands {
		texts[i] = fmt.Sprint(o)
	}
	fmt.Fprintf(&f.body, "\t%s\n", strings.TrimSpace(name+"\t"+strings.Join(texts, ", ")))
}

// word writes an instruction that Go's assembler lacks; text is what Arm
// calls it.
func (f *function) word(code uint32, text string, operands ...any) {
	fmt.Fprintf(&f.body, "\tWORD\t$%#08x // %s\n", code, fmt.Sprintf(text, operands...))
}

func (f *function) label(name string) { fmt.Fprintf(&f.body, "\n%s:\n", name) }

func (f *function) comment(text string) { fmt.Fprintf(&f.body, "\n\t// %s\n", text) }

// loop writes a loop that runs while n, which it counts down, is at least by.
func (f *function) loop(name string, n general, by int, body func()) {
	f.op("CMP", immediate(by), n)
	f.op("BLT", name+"End")
	f.label(name)
	body()
	f.op("SUB", immediate(by), n)
	f.op("CMP", immediate(by), n)
	f.op("BGE", name)
	f.label(name + "End")
}

// A general is a general register.
type general int

func (r general) String() string { return fmt.Sprintf("R%d", int(r)) }

// general hands out a register. R18 belongs to the operating system, what lies
// above R26 to Go.
func (f *function) general() general {
	r := general(f.generals)
	if r == 18 {
		panic(f.name + " needs too many registers")
	}
	f.generals++
	return r
}

// load returns a parameter in a register of its own.
func (f *function) load(name string) general {
	p, ok := f.params[name]
	if !ok {
		panic(f.name + " has no parameter " + name)
	}
	move := "MOVD"
	if p.kind == "bool" {
		move = "MOVBU"
	}
	r := f.general()
	f.op(move, fmt.Sprintf("%s+%d(FP)", name, p.offset), r)
	return r
}

// loadFloat loads a parameter into the first lane of v.
func (f *function) loadFloat(p precision, name string, v vector) {
	f.op(p.move, fmt.Sprintf("%s+%d(FP)", name, f.params[name].offset), v.float())
}

// apart returns count pointers from base on that lie step bytes apart.
func (f *function) apart(base, step general, count int) []general {
	pointers := []general{base}
	for len(pointers) < count {
		next := f.general()
		f.op("ADD", step, pointers[len(pointers)-1], next)
		pointers = append(pointers, next)
	}
	return pointers
}

func immediate(v int) string { return fmt.Sprintf("$%d", v) }

// at is the address base + offset bytes.
func at(base general, offset int) string {
	if offset == 0 {
		return fmt.Sprintf("(%v)", base)
	}
	return fmt.Sprintf("%d(%v)", offset, base)
}

func pair(a, b vector) string { return fmt.Sprintf("(%s, %s)", a.float(), b.float()) }

// loadVectors loads neighbouring vectors.
func (f *function) loadVectors(from general, offset int, to []vector) {
	for ; len(to) > 1; to, offset = to[2:], offset+2*vectorBytes {
		f.op("FLDPQ", at(from, offset), pair(to[0], to[1]))
	}
	for _, v := range to {
		f.op("FMOVQ", at(from, offset), v.float())
	}
}

// storeVectors stores neighbouring vectors.
func (f *function) storeVectors(from []vector, to general, offset int) {
	for ; len(from) > 1; from, offset = from[2:], offset+2*vectorBytes {
		f.op("FSTPQ", pair(from[0], from[1]), at(to, offset))
	}
	for _, v := range from {
		f.op("FMOVQ", v.float(), at(to, offset))
	}
}
