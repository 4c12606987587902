package study

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/vm/runtime"
)

// The limits of an expression. The library counts the items of lists that it
// makes, but not the text, and what its functions make only afterwards.
const (
	maxExpression       = 16 << 10 // bytes of source
	maxExpressionMemory = 64 << 20 // bytes of text and lists on a row
)

// budget is what an expression may still take on the row at hand.
type budget struct{ left int }

func (b *budget) renew() { b.left = maxExpressionMemory }

func (b *budget) spend(n int) error {
	if b.left -= n; n < 0 || b.left < 0 {
		return fmt.Errorf("the expression takes more than %d bytes of memory", maxExpressionMemory)
	}
	return nil
}

// makers are the functions that make text or lists, with the memory that they
// take for their arguments, at most limit or any number above it.
var makers = map[string]func(args []any, limit int) int{
	"upper": ofAll(2), "lower": ofAll(2), "string": ofAll(1), "toJSON": ofAll(6), "fromJSON": ofAll(16), "toBase64": ofAll(2), "fromBase64": ofAll(1),
	"split": pieces, "splitAfter": pieces, "replace": replaced, "repeat": repeated, "join": joined,
	"concat": ofAll(1), "flatten": ofAll(1), "sort": ofAll(1), "reverse": ofAll(1), "uniq": ofAll(1),
	"keys": ofAll(1), "values": ofAll(1), "toPairs": ofAll(3), "fromPairs": ofAll(3),
}

// boundMakers has these functions spend the budget before they run.
func boundMakers(b *budget) expr.Option {
	return func(c *conf.Config) {
		for _, f := range builtin.Builtins {
			cost, ok := makers[f.Name]
			if !ok {
				continue
			}
			bounded := *f
			bounded.Fast, bounded.Safe = nil, nil
			bounded.Func = func(args ...any) (any, error) {
				if err := b.spend(cost(args, maxExpressionMemory)); err != nil {
					return nil, err
				}
				switch {
				case f.Fast != nil:
					return f.Fast(args[0]), nil
				case f.Safe != nil:
					v, _, err := f.Safe(args...)
					return v, err
				}
				return f.Func(args...)
			}
			c.Disabled[f.Name] = true
			c.Functions[f.Name] = &bounded
		}
	}
}

const itemSize = 24 // bytes of memory of an item of a list, about

// sizeOf is the size of a value as text or as a list. It stops counting above
// limit, as a list may hold one text again and again.
func sizeOf(v any, limit int) int {
	if text, ok := v.(string); ok {
		return len(text)
	}
	r, total := reflect.ValueOf(v), itemSize
	switch r.Kind() {
	case reflect.String:
		return r.Len()
	case reflect.Slice, reflect.Array:
		for i := 0; i < r.Len() && total <= limit; i++ {
			total += itemSize + sizeOf(r.Index(i).Interface(), limit-total)
		}
	case reflect.Map:
		for m := r.MapRange(); m.Next() && total <= limit; {
			total += itemSize + sizeOf(m.Key().Interface(), limit-total) + sizeOf(m.Value().Interface(), limit-total)
		}
	}
	return total
}

// ofAll is times the size of all arguments.
func ofAll(times int) func(args []any, limit int) int {
	return func(args []any, limit int) int {
		total := 0
		for _, v := range args {
			if total += times * sizeOf(v, limit); total > limit {
				break
			}
		}
		return total
	}
}

func textAt(args []any, i int) string {
	if i < len(args) {
		text, _ := args[i].(string)
		return text
	}
	return ""
}

func pieces(args []any, _ int) int {
	return itemSize * (2 + strings.Count(textAt(args, 0), textAt(args, 1)))
}

func replaced(args []any, limit int) int {
	text, with := textAt(args, 0), textAt(args, 2)
	n := strings.Count(text, textAt(args, 1))
	if len(with) > 0 && n > limit/len(with) {
		return limit + 1
	}
	return len(text) + n*len(with)
}

func repeated(args []any, limit int) int {
	if len(args) < 2 {
		return 0
	}
	n, text := runtime.ToInt(args[1]), textAt(args, 0)
	if len(text) > 0 && n > limit/len(text) {
		return limit + 1
	}
	return max(0, n*len(text))
}

func joined(args []any, limit int) int {
	if len(args) == 0 {
		return 0
	}
	n, between := sizeOf(args[0], limit), textAt(args, 1)
	if len(between) > 0 && n/itemSize > limit/len(between) {
		return limit + 1
	}
	return n + n/itemSize*len(between)
}

const plusName = "$plus"

// plus is +, which joins texts within the budget.
func (b *budget) plus(args ...any) (any, error) {
	x, ok := args[0].(string)
	y, both := args[1].(string)
	if ok && both {
		if err := b.spend(len(x) + len(y)); err != nil {
			return nil, err
		}
	}
	return runtime.Add(args[0], args[1]), nil
}

// plusPatcher has + call plus where its operands may be text.
type plusPatcher struct{}

func (plusPatcher) Visit(node *ast.Node) {
	n, ok := (*node).(*ast.BinaryNode)
	if !ok || n.Operator != "+" || !mayBeText(n.Left) || !mayBeText(n.Right) {
		return
	}
	ast.Patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: plusName}, Arguments: []ast.Node{n.Left, n.Right}})
}

func mayBeText(n ast.Node) bool {
	t := n.Type()
	return t == nil || slices.Contains([]reflect.Kind{reflect.Interface, reflect.String}, t.Kind())
}
