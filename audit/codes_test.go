package audit

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tell/folds"
	"tell/result"
)

// Every code that the audit warns with is defined where `tell explain` finds it,
// and none is defined that it does not use.
func TestCodesAreDefined(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	used := []string{folds.RowsExchanged} // as Validity gives it
	files := token.NewFileSet()
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "warn" {
				if l, ok := call.Args[0].(*ast.BasicLit); ok {
					code, err := strconv.Unquote(l.Value)
					if err != nil {
						t.Fatal(err)
					}
					used = append(used, code)
				}
			}
			return true
		})
	}
	if len(used) < 25 {
		t.Fatalf("found only the codes %q", used)
	}
	for _, code := range used {
		k, ok := result.Explain(code)
		if !ok || k.Kind != "warning" && k.Kind != "flag" {
			t.Errorf("%s is not explained", code)
		}
	}
	for _, w := range result.WarningCodes() {
		if w.Source == "audit" && !slices.Contains(used, w.Code) {
			t.Errorf("%s is explained and never given", w.Code)
		}
	}
}
