package study

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"tell/activations"
)

// Error is something wrong in a study file or in the data that it asks for.
type Error struct {
	// Where is file and line, as far as they are known.
	Where string
	// Key is the key of the study file or the column of the examples.
	Key string

	cause error
}

// Error gives place, key and cause: "study.yaml:4: target.label: ...".
func (e *Error) Error() string {
	lines := strings.Split(e.cause.Error(), "\n")
	for i, line := range lines {
		lines[i] = activations.Printable(line)
	}
	parts := []string{activations.Printable(e.Where), activations.Printable(e.Key), strings.Join(lines, "\n")}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ": ")
}

// Unwrap returns the error without its place.
func (e *Error) Unwrap() error { return e.cause }

// keyError is an error at a key whose line is found later: a message or, of a
// value of the wrong form, what was expected.
type keyError struct{ key, message, expected string }

func (e *keyError) Error() string { return e.key + ": " + cmp.Or(e.message, "expected "+e.expected) }

// keyIndex finds the lines and values of a study file by key, such as
// "probe.folds" or "layers[2]", and keys by place.
type keyIndex struct {
	line  map[string]int
	value map[string]ast.Node
	key   map[place]string
}

type place struct{ line, column int }

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{}
	}
	return place{t.Position.Line, t.Position.Column}
}

func indexKeys(root ast.Node) keyIndex {
	x := keyIndex{map[string]int{}, map[string]ast.Node{}, map[place]string{}}
	x.add("", root)
	return x
}

func (x *keyIndex) add(path string, node ast.Node) {
	switch n := node.(type) {
	case *ast.MappingNode:
		x.mark(path, n)
		for _, v := range n.Values {
			x.add(path, v)
		}
	case *ast.MappingValueNode:
		key := n.Key.String()
		if text, ok := n.Key.(*ast.StringNode); ok {
			key = text.Value // without its quotes, as in JSON
		}
		if path != "" {
			key = path + "." + key
		}
		x.mark(key, n.Key)
		x.value[key] = n.Value
		x.add(key, n.Value)
	case *ast.SequenceNode:
		x.mark(path, n)
		for i, v := range n.Values {
			item := fmt.Sprintf("%s[%d]", path, i)
			x.mark(item, v)
			x.value[item] = v
			x.add(item, v)
		}
	case *ast.AnchorNode:
		x.add(path, n.Value)
	case *ast.TagNode:
		x.add(path, n.Value)
	default:
		x.mark(path, n)
	}
}

func (x *keyIndex) mark(key string, node ast.Node) {
	if node == nil || node.GetToken() == nil {
		return
	}
	p := placeOf(node.GetToken())
	if _, seen := x.line[key]; !seen {
		x.line[key] = p.line
	}
	if _, seen := x.key[p]; !seen {
		x.key[p] = key
	}
}

// where is the file and the line of a key or, when the file does not have it,
// of what it would lie in.
func (x *keyIndex) where(file, key string) string {
	for {
		if line := x.line[key]; line > 0 && key != "" {
			return fmt.Sprintf("%s:%d", file, line)
		}
		cut := strings.LastIndexAny(key, ".[")
		if cut < 0 {
			return file
		}
		key = key[:cut]
	}
}

// written is the beginning of a value as the file has it, on one line.
func (x *keyIndex) written(key string) string {
	node := x.value[key]
	if node == nil {
		return "nothing"
	}
	return fmt.Sprintf("%.60s", strings.Join(strings.Fields(node.String()), " "))
}

// ErrorAt is an [*Error] at a key of the study file, such as "probe.folds". format
// and args are those of [fmt.Errorf], %w included.
func (s *Study) ErrorAt(key, format string, args ...any) error {
	return &Error{Where: s.keys.where(s.Path, key), Key: key, cause: fmt.Errorf(format, args...)}
}

// decodeError puts an error of the YAML decoder into the form of this package.
func (s *Study) decodeError(err error) error {
	if bad, ok := errors.AsType[*keyError](err); ok {
		if bad.expected != "" {
			return s.ErrorAt(bad.key, "found %s, expected %s", s.keys.written(bad.key), bad.expected)
		}
		return s.ErrorAt(bad.key, "%s", bad.message)
	}
	bad, ok := errors.AsType[yaml.Error](err)
	if !ok || bad.GetToken() == nil {
		return &Error{Where: s.Path, cause: fmt.Errorf("not a study file: %w", err)}
	}
	at := placeOf(bad.GetToken())
	key := s.keys.key[at]
	found := fmt.Sprintf("%.40q", bad.GetToken().Value)
	var message string
	switch bad := bad.(type) {
	case *yaml.UnknownFieldError:
		message = "unknown key" + suggest(lastKey(key), knownKeys(parentKey(key)))
	case *yaml.TypeError:
		message = fmt.Sprintf("found %s, expected %s", found, inWords(bad.DstType))
	case *yaml.OverflowError:
		message = fmt.Sprintf("found %s, expected %s", bad.SrcNum, inWords(bad.DstType))
	case *yaml.UnexpectedNodeTypeError:
		message = fmt.Sprintf("found %s, expected a %s", bad.Actual.YAMLName(), bad.Expected.YAMLName())
		if value, ok := s.keys.value[key]; ok && bad.Expected == ast.SequenceType && bad.Actual != ast.MappingType {
			message += fmt.Sprintf(": write [%.40s]", value.GetToken().Value)
		}
	default:
		key, message = "", "not YAML: "+bad.GetMessage()
		if strings.HasPrefix(message, "not YAML: ',' or") || strings.Contains(message, "invalid header option") {
			message += `; inside {} an expression with brackets has quotes: {score: "p[0]"}`
		}
	}
	return &Error{Where: fmt.Sprintf("%s:%d", s.Path, at.line), Key: key, cause: errors.New(message)}
}

func parentKey(key string) string { return key[:max(0, strings.LastIndexByte(key, '.'))] }
func lastKey(key string) string   { return key[strings.LastIndexByte(key, '.')+1:] }

func inWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number from 0 to 2^64-1"
	case reflect.Float64:
		return "a number"
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	return "a mapping of keys to values"
}

// knownKeys lists the keys that may appear under a key.
func knownKeys(parent string) []string {
	t := reflect.TypeFor[Study]()
	if strings.HasPrefix(parent, "compare[") {
		return keysOfComparisons()
	}
	if parent != "" {
		for name := range strings.SplitSeq(parent, ".") {
			field, ok := fieldOf(t, name)
			if !ok {
				return nil
			}
			t = field.Type
			if t.Kind() == reflect.Pointer {
				t = t.Elem()
			}
		}
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return keysOf(t)
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for field := range t.Fields() {
		if key := field.Tag.Get("yaml"); key != "" && key != "-" {
			keys = append(keys, key)
		}
	}
	return keys
}

func fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	if t.Kind() != reflect.Struct {
		return reflect.StructField{}, false
	}
	for field := range t.Fields() {
		if field.Tag.Get("yaml") == key {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

// suggest names the nearest of the known names if it is near enough to be what
// was meant, else all of them.
func suggest(name string, known []string) string {
	best, distance := "", len(name)/3+2
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf(", did you mean %q?", best)
	case len(known) == 0:
		return ""
	}
	return ", expected one of " + strings.Join(known, ", ")
}
