package study

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/types"

	"tell/activations"
)

// listColumn is how the lists of a column are given to an expression.
type listColumn struct {
	item   types.Type
	floats bool // whole numbers among others
}

// listOf looks at all lists of a column: their items have one type, or any.
func listOf(c *activations.Column) listColumn {
	kinds := map[types.Type]bool{}
	for i := range c.Len() {
		for _, v := range (listColumn{}).value(c.String(i)) {
			switch v.(type) {
			case bool:
				kinds[types.Bool] = true
			case int:
				kinds[types.Int] = true
			case float64:
				kinds[types.Float64] = true
			case string:
				kinds[types.String] = true
			default:
				kinds[types.Any] = true
			}
		}
	}
	l := listColumn{item: types.Any, floats: kinds[types.Float64]}
	if len(kinds) == 2 && kinds[types.Int] && kinds[types.Float64] {
		l.item = types.Float64
	} else if len(kinds) == 1 {
		for l.item = range kinds {
		}
	}
	return l
}

// value is a list from its JSON text.
func (l listColumn) value(text string) []any {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var items []any
	dec.Decode(&items) // the table has read it
	l.plain(items)
	return items
}

// plain makes ints and floats of the numbers.
func (l listColumn) plain(items []any) {
	for i, v := range items {
		switch v := v.(type) {
		case json.Number:
			items[i] = l.number(v.String())
		case []any:
			l.plain(v)
		case map[string]any:
			for key, field := range v {
				one := []any{field}
				l.plain(one)
				v[key] = one[0]
			}
		}
	}
}

// number is text where 64 bits do not hold it.
func (l listColumn) number(text string) any {
	if n, err := strconv.Atoi(text); err == nil && !l.floats {
		return n
	}
	if x, err := strconv.ParseFloat(text, 64); err == nil && (l.floats || strings.ContainsAny(text, ".eE")) {
		return x
	}
	return text
}

// listPatcher takes a list for itself where a study decodes it: fromJSON(list) is what
// was written when lists were text.
type listPatcher struct{ *activations.Examples }

func (p listPatcher) Visit(node *ast.Node) {
	n, ok := (*node).(*ast.CallNode)
	if !ok || len(n.Arguments) != 1 {
		return
	}
	if f, ok := n.Callee.(*ast.IdentifierNode); !ok || f.Value != "fromJSON" {
		return
	}
	var name string
	switch of := n.Arguments[0].(type) {
	case *ast.IdentifierNode:
		name = of.Value
	case *ast.MemberNode:
		name, _ = dotted(of)
	}
	if c, ok := p.Column(name); ok && c.IsList() {
		ast.Patch(node, n.Arguments[0])
	}
}
