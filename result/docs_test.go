package result

//go:generate go test -run ^Test(Docs|JSONOf|CSVOf) -update .

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestDocs compares docs/results.md with what the definitions say.
func TestDocs(t *testing.T) { golden(t, "../docs/results.md", docs()) }

const docsHead = `# The results of a run

Made by ` + "`go generate ./result`" + ` from the definitions in the code; change them there.
` + "`tell explain NAME`" + ` prints any entry of this page.

A run leaves its numbers in five files. The first three hold the same estimates,
the last two the same scores.

| file | what it is |
|---|---|
| ` + "`results.json`" + ` | everything: data, protocol, warnings, what was chosen, every estimate, definitions, provenance. ` + "`schema`" + ` is ` + "`" + Schema + "`" + `; a file of another schema is refused |
| ` + "`results.csv`" + ` | the table: a row an estimate |
| ` + "`results.parquet`" + ` | the same columns with their types |
| ` + "`scores.csv`" + ` | the out-of-fold scores: a row for each row of the examples and each repeat of the folds |
| ` + "`scores.parquet`" + ` | the same columns with their types. This is the one to compute with, and the one that ` + "`tell gap DIR`" + ` and ` + "`tell report DIR`" + ` read |

The same study and seed give the same bytes on one platform, one instruction set
and one version of Go, which ` + "`results.json`" + ` names under ` + "`provenance`" + `. Only the
command, which is there too, is as it was typed.

In ` + "`results.json`" + ` a row of ` + "`table`" + ` leaves out what does not apply to it. Its
` + "`estimate`" + ` has ` + "`value`" + `, ` + "`low`, `high`, `level`" + ` where there is an interval, ` + "`n`, `groups`" + `,
` + "`method`" + `, and ` + "`warnings`" + ` with the code and the text of every flag, or
` + "`not_estimable`" + ` with the reason where there is no value. Numbers are always finite.

To read one number, choose the block, then predictor, subset and key:

` + "```python" + `
import pandas as pd

t = pd.read_parquet("results.parquet")
t[(t.block == "nested") & (t.predictor == "probe") & (t.key == "auroc")]
t[(t.block == "gap") & t.subset.isna()].set_index("key")[["value", "low", "high"]]
` + "```" + `

## Columns of results.csv and results.parquet

An empty field is absent, or cannot be estimated; in Parquet it is null.

`

const docsCSV = `
## Texts in CSV

Numbers are the shortest decimals that read back as the same float. Texts are not
quite the same in CSV as in Parquet:

- A carriage return before a line break is left out.
- A text that begins with ` + "`=`, `+`, `-`, `@`" + `, a tab or a carriage return, and is no
  number, gets a single quote before it, so that no spreadsheet runs it. So does
  a text that begins so behind single quotes of its own. To get such a text back,
  take one quote away where ` + "`^'+[=+\\-@\\t\\r]`" + ` matches.

In Parquet texts are as they were, except that bytes that are not UTF-8 become
U+FFFD.
`

func docs() []byte {
	var b bytes.Buffer
	b.WriteString(docsHead)
	list(&b, "column", "type", "meaning")
	for _, c := range tableColumns {
		row(&b, code(c.name), c.kind(), c.means)
	}

	b.WriteString("\n## Blocks\n\n")
	list(&b, "block", "what it is")
	for _, x := range Blocks() {
		row(&b, code(string(x.Name)), x.Definition)
	}
	b.WriteString("\n## Predictors\n\n")
	list(&b, "predictor", "what it predicts the label from")
	for _, p := range predictorInfo {
		row(&b, code(p[0]), p[1])
	}
	b.WriteString("\n## Units\n\n")
	list(&b, "unit", "how a value is read")
	for _, u := range unitInfo {
		row(&b, u[0], u[1])
	}

	b.WriteString("\n## Keys\n\nThe symbols are explained under [terms](#terms). A key that ends in `" + Difference + "` has the unit of its\nmetric and may be negative. In the block `contrast` the unit is " + UnitDifference + ", but for the number of groups.\n")
	for _, block := range Blocks() {
		var also []string
		var own []Key
		for _, k := range Keys() {
			switch {
			case k.Blocks[0] == block.Name:
				own = append(own, k)
			case slices.Contains(k.Blocks, block.Name):
				also = append(also, code(k.Name))
			}
		}
		fmt.Fprintf(&b, "\n### In %s\n\n", code(string(block.Name)))
		if len(also) > 0 {
			fmt.Fprintf(&b, "From the blocks above: %s.\n", strings.Join(also, ", "))
		}
		if len(own) == 0 {
			continue
		}
		if len(also) > 0 {
			b.WriteString("\n")
		}
		list(&b, "key", "title", "definition", "unit", "source")
		for _, k := range own {
			row(&b, code(k.Name), k.Title, k.Definition, k.Unit, k.Source)
		}
	}

	b.WriteString("\n## Flags\n\n")
	list(&b, "flag", "meaning", "source")
	for _, f := range Flags() {
		row(&b, code(f.Code), f.Definition, "package "+f.Source)
	}
	b.WriteString("\n## Warnings\n\nOf a study as a whole, in `results.json` and at the head of the page. Some codes of the\nflags above stand there too.\n\n")
	list(&b, "code", "meaning", "source")
	for _, w := range WarningCodes() {
		row(&b, code(w.Code), w.Definition, "package "+w.Source)
	}
	b.WriteString("\n## Terms\n\n")
	for _, t := range terms {
		fmt.Fprintf(&b, "- **%s**: %s.\n", t.Term, t.Text)
	}

	b.WriteString("\n## Columns of scores.csv and scores.parquet\n\nA row of the examples has one row here for every repeat. `id` and `repeat` together stand once.\n\n")
	list(&b, "column", "type", "meaning")
	for _, c := range scoreColumns([]string{"NAME"}) {
		means := c.means
		if strings.HasPrefix(c.name, StratumPrefix) {
			means = "value of the declared stratum NAME; a column for each"
		}
		row(&b, code(c.name), c.kind(), means)
	}
	b.WriteString(docsCSV)
	return b.Bytes()
}

func (c column[R]) kind() string {
	switch {
	case c.text != nil:
		return "string"
	case c.integer != nil:
		return "int64"
	}
	return "double"
}

func code(s string) string { return "`" + s + "`" }

func list(b *bytes.Buffer, header ...string) {
	row(b, header...)
	b.WriteString("|" + strings.Repeat("---|", len(header)) + "\n")
}

func row(b *bytes.Buffer, cells ...string) {
	for _, c := range cells {
		b.WriteString("| " + strings.ReplaceAll(c, "|", `\|`) + " ")
	}
	b.WriteString("|\n")
}

// Every unit of a comparison is explained, and its key has no other unit
// elsewhere.
func TestUnitsOfComparisons(t *testing.T) {
	known := map[string]bool{}
	for _, u := range unitInfo {
		known[u[0]] = true
	}
	unit := map[string]string{}
	for _, k := range Keys() {
		unit[k.Name] = k.Unit
	}
	for _, c := range comparisons {
		for _, q := range c.quantities() {
			if !known[q.Unit] {
				t.Errorf("%s: the unit %q is not explained", q.Key, q.Unit)
			}
			if unit[q.Key] != q.Unit {
				t.Errorf("%s: found the unit %q in block %s, expected %q as elsewhere", q.Key, q.Unit, c.block, unit[q.Key])
			}
		}
	}
}
