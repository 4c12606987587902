package study

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"tell/activations"
)

// expression is a column of the examples or an expression over columns.
type expression struct {
	source   string
	examples *activations.Examples
	columns  []*activations.Column // those it reads
	program  *vm.Program           // nil when it is a column by itself
	lists    map[string]listColumn // of those of lists
	nils     bool                  // it deals with nil itself
	env      map[string]any
	budget   *budget
}

// compile understands source as the name of a column or, if there is none, as
// an expression. The error has no place in a file yet.
func compile(source string, e *activations.Examples) (*expression, error) {
	if c, ok := e.Column(source); ok {
		return &expression{source: source, examples: e, columns: []*activations.Column{c}}, nil
	}
	if len(source) > maxExpression {
		return nil, fmt.Errorf("`%.40s...`: found an expression of %d bytes, expected at most %d", source, len(source), maxExpression)
	}
	tree, err := parser.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("`%s`: %s", source, complaint(err))
	}
	fields := fieldPatcher{e}
	ast.Walk(&tree.Node, fields)
	names, err := columnsOf(tree.Node)
	if err != nil {
		return nil, fmt.Errorf("`%s`: %w", source, err)
	}
	x := &expression{source: source, examples: e, env: map[string]any{}, lists: map[string]listColumn{}, nils: mentionsNil(tree.Node), budget: &budget{}}
	schema := types.Map{}
	for _, name := range names {
		c, ok := e.Column(name)
		if !ok {
			return nil, errNoColumn(name, e)
		}
		x.columns = append(x.columns, c)
		schema[name] = typeOf(c, e.Len())
		if c.IsList() {
			x.lists[name] = listOf(c)
			if schema[name] != types.Any {
				schema[name] = types.Array(x.lists[name].item)
			}
		}
	}
	x.program, err = expr.Compile(source,
		expr.Env(schema),
		expr.Function(truthName, func(args ...any) (any, error) { return truth(args[0]) }, new(func(any) bool)),
		expr.Patch(fields),
		expr.Patch(listPatcher{e}),
		expr.Patch(truthPatcher{}),
		expr.DisableBuiltin("now"),
		boundMakers(x.budget),
		expr.Function(plusName, x.budget.plus, new(func(string, string) string), new(func(any, any) any)),
		expr.Patch(plusPatcher{}),
	)
	if err != nil {
		return nil, fmt.Errorf("`%s`: %s", source, complaint(err))
	}
	return x, nil
}

func errNoColumn(name string, e *activations.Examples) error {
	known := make([]string, 0, len(e.Columns()))
	for _, c := range e.Columns() {
		known = append(known, c.Name)
	}
	for _, o := range e.Omitted() {
		if o.Name == name {
			return fmt.Errorf("the examples leave column %q out: %s", name, o.Reason)
		}
	}
	for i, name := range known {
		if name == "" || strings.ContainsFunc(name, unicode.IsSpace) && strings.TrimSpace(name) != name {
			known[i] = strconv.Quote(name)
		}
	}
	return fmt.Errorf("the examples have no column %q%s", name, suggest(name, known))
}

// complaint is the message of the expression library without its drawing of
// the place.
func complaint(err error) string {
	message, _, _ := strings.Cut(err.Error(), "\n")
	if e, ok := errors.AsType[*file.Error](err); ok {
		message = e.Message
	}
	if strings.Contains(message, `Operator("=")`) {
		message += ": compare with =="
	}
	if strings.Contains(message, "type string[int]") {
		message += ": text has no items; where it holds a list in JSON, write fromJSON(COLUMN)[0]"
	}
	return strings.ReplaceAll(message, "[]interface {}", "list")
}

// typeOf is the type that the expression is checked against. A column with a
// null may hold anything.
func typeOf(c *activations.Column, rows int) types.Type {
	for i := range rows {
		if c.IsNull(i) {
			return types.Any
		}
	}
	switch c.Kind {
	case activations.Bool:
		return types.Bool
	case activations.Int:
		return types.Int
	case activations.Float:
		return types.Float64
	}
	return types.String
}

// value is the expression on row i.
func (x *expression) value(i int) (any, error) {
	if x.program == nil {
		return x.columns[0].Value(i), nil
	}
	for _, c := range x.columns {
		x.env[c.Name] = c.Value(i)
		if l, ok := x.lists[c.Name]; ok && !c.IsNull(i) {
			x.env[c.Name] = l.value(c.String(i))
		}
	}
	x.budget.renew()
	v, err := expr.Run(x.program, x.env)
	if err != nil {
		return nil, fmt.Errorf("`%s`: %s%s", x.source, complaint(err), x.nullHere(i))
	}
	return v, nil
}

// truth is the expression on row i as a truth value.
func (x *expression) truth(i int) (bool, error) {
	v, err := x.value(i)
	if err != nil {
		return false, err
	}
	t, err := truth(v)
	if err != nil {
		return false, fmt.Errorf("`%s`: %w%s", x.source, err, x.nullHere(i))
	}
	return t, nil
}

// nulls says why a value of row i is not one that was expected, and what to
// write.
func (x *expression) nulls(i int) string {
	if here := x.nullHere(i); here != "" || x.program != nil {
		return here
	}
	c := x.columns[0]
	name := spelled(x.source)
	switch v := c.Value(i).(type) {
	case string:
		if row, ok := c.NotNumber(); ok {
			return fmt.Sprintf("; the column is text because %s has %.40q, which is no number: leave such cells empty", x.examples.Where(row), c.String(row))
		}
		return fmt.Sprintf("; write for instance `%s == %.40q`", name, affirmative(x.examples, c, v))
	case int, float64:
		if x, ok := v.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
			return fmt.Sprintf("; leave such rows out with `rows: %s in [0, 1]`", name)
		}
		if n := severalValues(c); n > 3 {
			return fmt.Sprintf("; for two labels write for instance `%s == %v`, that one against the others, or `%s > 0`, or leave rows out with `rows`", name, v, name)
		}
		switch low, high := extremes(c); {
		case low == high:
			return "; every row has it"
		case low > 0 || high <= 0:
			return fmt.Sprintf("; write for instance `%s == %v`, or leave such rows out with `rows`", name, high)
		}
		return fmt.Sprintf("; write for instance `%s > 0`, or leave such rows out with `rows`", name)
	}
	return ""
}

// notNumber is nulls for a column of numbers.
func (x *expression) notNumber(i int) string {
	if x.program == nil {
		if _, isNumber := x.columns[0].Value(i).(float64); isNumber {
			return "; divide or clip such numbers, or leave such rows out with `rows`"
		}
	}
	return x.nulls(i)
}

// severalValues counts the different values of a column.
func severalValues(c *activations.Column) int {
	seen := map[string]bool{}
	for i := range c.Len() {
		if !c.IsNull(i) {
			seen[c.String(i)] = true
		}
	}
	return len(seen)
}

// extremes are the least and the largest number of a column.
func extremes(c *activations.Column) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for i := range c.Len() {
		if x, ok := asNumber(c.Value(i)); ok {
			low, high = min(low, x), max(high, x)
		}
	}
	return low, high
}

// spelled is how an expression names a column.
func spelled(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		return fmt.Sprintf("$env[%q]", name)
	}
	return name
}

// affirmative is the value of a column that most likely stands for 1: the one
// of a pair such as yes and no, else the one that was found.
func affirmative(e *activations.Examples, c *activations.Column, found string) string {
	pairs := [][2]string{{"yes", "no"}, {"true", "false"}, {"correct", "incorrect"}, {"right", "wrong"}, {"positive", "negative"}, {"pos", "neg"}, {"y", "n"}, {"t", "f"}}
	lower := strings.ToLower(found)
	for _, pair := range pairs {
		if lower != pair[1] {
			continue
		}
		for i := range e.Len() {
			if !c.IsNull(i) && strings.ToLower(c.String(i)) == pair[0] {
				return c.String(i)
			}
		}
	}
	return found
}

// nullHere says which columns are null on row i, and what to write.
func (x *expression) nullHere(i int) string {
	for _, c := range x.columns {
		if c.IsNull(i) {
			name := spelled(c.Name)
			return fmt.Sprintf("; %s is null here: test it with `%s != nil`, or leave such rows out with `rows: %s != nil`", c.Name, name, name)
		}
	}
	return ""
}

// truth accepts booleans and the numbers 0 and 1.
func truth(v any) (bool, error) {
	switch v {
	case true, 1, 1.0:
		return true, nil
	case false, 0, 0.0:
		return false, nil
	}
	return false, fmt.Errorf("found %s, expected true, false, 0 or 1", literal(v))
}

// literal writes a value as the expression language does.
func literal(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return fmt.Sprintf("%.60q", v)
	}
	return fmt.Sprint(v)
}

const truthName = "$truth"

// truthPatcher lets and, or, not and ?: take the numbers 0 and 1.
type truthPatcher struct{}

func (truthPatcher) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			asTruth(&n.Node)
		}
	case *ast.BinaryNode:
		if slices.Contains([]string{"and", "&&", "or", "||"}, n.Operator) {
			asTruth(&n.Left)
			asTruth(&n.Right)
		}
	case *ast.ConditionalNode:
		asTruth(&n.Cond)
	}
}

func asTruth(operand *ast.Node) {
	switch n := (*operand).(type) {
	case *ast.BoolNode:
		return
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return
		}
	}
	ast.Patch(operand, &ast.CallNode{
		Callee:    &ast.IdentifierNode{Value: truthName},
		Arguments: []ast.Node{*operand},
	})
}

// fieldPatcher reads meta.a as column meta.a where there is one: a field of a
// struct, or of the objects in column meta.
type fieldPatcher struct{ *activations.Examples }

func (p fieldPatcher) Visit(node *ast.Node) {
	n, ok := (*node).(*ast.MemberNode)
	if !ok {
		return
	}
	if env, ok := n.Node.(*ast.IdentifierNode); ok && env.Value == "$env" {
		return
	}
	name, ok := dotted(n)
	if !ok {
		return
	}
	if _, ok := p.Column(name); ok {
		ast.Patch(node, &ast.MemberNode{Node: &ast.IdentifierNode{Value: "$env"}, Property: &ast.StringNode{Value: name}})
	}
}

// dotted is the name of a column with its fields.
func dotted(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		return n.Value, n.Value != "$env"
	case *ast.MemberNode:
		field, ok := n.Property.(*ast.StringNode)
		if !ok {
			return "", false
		}
		if env, is := n.Node.(*ast.IdentifierNode); is && env.Value == "$env" {
			return field.Value, true
		}
		name, ok := dotted(n.Node)
		return name + "." + field.Value, ok
	}
	return "", false
}

// columnsOf lists the columns that an expression reads, in the order in which
// they come.
func columnsOf(node ast.Node) ([]string, error) {
	c := &columnCollector{known: map[ast.Node]bool{}}
	ast.Walk(&node, c)
	var names []string
	for _, n := range c.identifiers {
		switch {
		case c.known[n] || slices.Contains(c.variables, n.Value) || slices.Contains(names, n.Value):
		case n.Value == "$env":
			return nil, errors.New(`found $env, expected it with the name of a column: $env["name"]`)
		default:
			names = append(names, n.Value)
		}
	}
	for _, name := range c.quoted {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

type columnCollector struct {
	identifiers []*ast.IdentifierNode
	variables   []string          // declared by let
	quoted      []string          // $env["name"]
	known       map[ast.Node]bool // identifiers that are no column
}

func (c *columnCollector) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		c.identifiers = append(c.identifiers, n)
	case *ast.VariableDeclaratorNode:
		c.variables = append(c.variables, n.Name)
	case *ast.CallNode:
		c.known[n.Callee] = true
	case *ast.MemberNode:
		env, ok := n.Node.(*ast.IdentifierNode)
		name, quoted := n.Property.(*ast.StringNode)
		if ok && quoted && env.Value == "$env" {
			c.known[env] = true
			c.quoted = append(c.quoted, name.Value)
		}
	}
}

// nilFinder looks for what deals with nil in an expression.
type nilFinder struct{ found bool }

func (f *nilFinder) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.NilNode:
		f.found = true
	case *ast.BinaryNode:
		f.found = f.found || n.Operator == "??"
	}
}

func mentionsNil(node ast.Node) bool {
	var f nilFinder
	ast.Walk(&node, &f)
	return f.found
}
