package study

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tell/activations"
)

// Draft drafts a study of a dump and the table of examples that belongs to it, to
// be kept at path: the text of a study file that runs, with the columns that look
// like label, group, condition and text, the other ones that could be meant, and
// the values of every column as comments. The dump is one that spec opens. It is an
// error where no column can be a label.
func Draft(path string, spec activations.Spec, dump *activations.Dump, tablePath string, examples *activations.Examples) (string, error) {
	d := &drafting{examples: examples, rows: examples.Len()}
	for _, c := range examples.Columns() {
		d.columns = append(d.columns, surveyOf(c))
	}
	labels := d.labels()
	if len(labels) == 0 {
		return "", fmt.Errorf("%s: found no column with two values on rows enough, expected one that can be a label among %s", tablePath, examples.Names())
	}
	var b strings.Builder
	b.WriteString("# Drafted by tell init from the columns of the table. Check every line.\n\n")
	d.activations(&b, path, spec, dump)
	fmt.Fprintf(&b, "examples: %s\n", quoted(relative(path, tablePath)))
	if err := d.join(&b, dump, tablePath); err != nil {
		return "", err
	}
	d.label = labels[0]
	d.writeLabel(&b, labels)
	d.writeGroup(&b)
	d.writeOthers(&b)
	d.writeBehaviour(&b)
	b.WriteString("\n# What the columns hold, with the number of rows:\n")
	for _, c := range d.columns {
		fmt.Fprintf(&b, "#   %s\n", c)
	}
	text := b.String()
	s, err := parse(path, []byte(text))
	if err != nil {
		return "", err
	}
	if s.Join != (Join{}) {
		spec.ID = s.Join.Activations
		if dump, err = activations.Open(spec); err != nil {
			return "", err
		}
		defer dump.Close()
	}
	_, err = s.Cases(dump)
	return text, err
}

// Fits reports why the rows of a dump and of the table at a path cannot belong
// together: they are not as many, and no column has ids that both have.
func Fits(dump *activations.Dump, tablePath string, examples *activations.Examples) error {
	d := &drafting{examples: examples, rows: examples.Len()}
	return d.join(&strings.Builder{}, dump, tablePath)
}

// survey is what the values of a column look like.
type survey struct {
	*activations.Column
	count  map[string]int // of the values that are not null
	nulls  int
	length int // of the values as text, on average
}

func surveyOf(c *activations.Column) *survey {
	s := &survey{Column: c, count: map[string]int{}}
	total := 0
	for i := range c.Len() {
		if c.IsNull(i) {
			s.nulls++
			continue
		}
		text := c.String(i)
		s.count[text]++
		total += utf8.RuneCountInString(text)
	}
	s.length = total / max(1, c.Len()-s.nulls)
	return s
}

// values are the values, the most frequent first.
func (s *survey) values() []string {
	return slices.SortedFunc(maps.Keys(s.count), func(a, b string) int {
		if n := s.count[b] - s.count[a]; n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
}

// String shows the kind and the most frequent values.
func (s *survey) String() string {
	const few, most = 6, 24
	kind := string(s.Kind)
	if s.IsList() {
		kind = "list"
	}
	text := fmt.Sprintf("%s, %s: ", oneLine(s.Name, 2*most), kind)
	values := s.values()
	if s.Kind == activations.Float || s.Kind == activations.Int && len(values) > 2*few {
		low, high := math.Inf(1), math.Inf(-1)
		var others []string // NaN and infinities of a table in CSV
		for _, v := range values {
			x, err := strconv.ParseFloat(v, 64)
			if err == nil && !math.IsNaN(x) && !math.IsInf(x, 0) {
				low, high = min(low, x), max(high, x)
			} else {
				others = append(others, fmt.Sprintf("%s (%d)", v, s.count[v]))
			}
		}
		values = nil
		if low <= high {
			text += fmt.Sprintf("%.6g to %.6g, ", low, high)
		}
		text += fmt.Sprintf("%d different", len(s.count))
		if others != nil {
			text += ", among them " + strings.Join(others, ", ")
		}
	} else if len(values) > max(few, s.Len()/2) {
		text += fmt.Sprintf("%d different, such as %s", len(values), oneLine(values[0], 2*most))
		values = nil
	}
	for i, v := range values[:min(few, len(values))] {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s (%d)", oneLine(v, most), s.count[v])
	}
	if more := len(values) - few; more > 0 {
		text += fmt.Sprintf(" and %d more values", more)
	}
	if s.nulls > 0 {
		text += fmt.Sprintf("; null (%d)", s.nulls)
	}
	return text
}

// oneLine is a text that can stand in a comment.
func oneLine(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "..."
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) || text == "" {
		return strconv.Quote(text)
	}
	return text
}

// isText tells prose from names.
func (s *survey) isText() bool {
	return s.Kind == activations.String && s.length >= 20 && !strings.HasPrefix(strings.TrimSpace(s.values()[0]), "{") && !strings.HasPrefix(strings.TrimSpace(s.values()[0]), "[")
}

// named tells how well the name of the column fits one of the words, the first
// being the best: 0 where it fits none.
func (s *survey) named(words ...string) int {
	name := strings.ToLower(s.Name)
	for i, w := range words {
		if name == w {
			return 2 * (len(words) - i)
		}
	}
	for i, w := range words {
		if slices.Contains(nameParts.Split(name, -1), w) {
			return len(words) - i
		}
	}
	return 0
}

var nameParts = regexp.MustCompile(`[^a-z0-9]+`)

// Words that columns are called by.
var (
	labelWords     = []string{"label", "target", "y", "wrong", "true", "truth", "false", "right", "valid", "constraint"}
	behaviourWords = []string{"correct", "agreed", "echoed", "chose", "chosen", "said", "success", "acted", "complied", "refused", "pred", "prediction", "finished", "greedy", "own"}
	groupWords     = []string{"group", "group_id", "item", "subject", "question", "topic", "entity", "cluster", "pair"}
	conditionWords = []string{"condition", "domain", "variant", "setting", "template", "wording", "kind"}
	idWords        = []string{"id", "row_id", "example_id", "uid", "key", "name"}
	textWords      = []string{"prompt", "text", "question", "input", "statement", "sentence"}
	saidWords      = []string{"generated", "answer", "response", "completion", "output", "said"}
)

// drafting is the study on the way.
type drafting struct {
	examples *activations.Examples
	columns  []*survey
	rows     int
	label    *candidate
	group    string
	used     []string // columns that have a place
}

// candidate is a column that can be the label.
type candidate struct {
	*survey
	label, filter string // expressions
	names         []string
	rows          [2]int
	rank          int
}

// labels are the columns that can be the label, the likeliest first.
func (d *drafting) labels() []*candidate {
	var all []*candidate
	for i, s := range d.columns {
		c := candidateOf(s)
		if c == nil || min(c.rows[0], c.rows[1]) < 10 {
			continue
		}
		c.rank = 100*s.named(labelWords...) - i
		if c.names != nil {
			c.rank -= 50
		}
		if s.named(behaviourWords...) > 0 {
			c.rank -= 1000
		}
		if s.named("correct") > 0 {
			c.rank += 50
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b *candidate) int { return b.rank - a.rank })
	return all
}

// candidateOf makes a label of a column of 0 and 1, perhaps with other numbers for
// rows without a label, of bools, or of two names.
func candidateOf(s *survey) *candidate {
	c := &candidate{survey: s, label: s.Name}
	id := identifier(s.Name)
	switch {
	case s.Kind == activations.Bool && len(s.count) == 2:
		c.rows = [2]int{s.count["false"], s.count["true"]}
	case (s.Kind == activations.Int || s.Kind == activations.Float) && s.count["0"] > 0 && s.count["1"] > 0 && len(s.count) <= 3:
		c.rows = [2]int{s.count["0"], s.count["1"]}
		if len(s.count) == 3 {
			c.filter = id + " in [0, 1]"
		}
	case s.Kind == activations.String && !s.IsList() && len(s.count) == 2:
		names := slices.Sorted(maps.Keys(s.count))
		if slices.Contains(negative, strings.ToLower(names[1])) {
			slices.Reverse(names)
		}
		c.names, c.rows = names, [2]int{s.count[names[0]], s.count[names[1]]}
		c.label = fmt.Sprintf("%s == %s", id, strconv.Quote(names[1]))
	default:
		return nil
	}
	if s.nulls > 0 {
		known := id + " != nil"
		if c.filter != "" {
			known += " and " + c.filter
		}
		c.filter = known
	}
	return c
}

// negative are names that are label 0.
var negative = []string{"no", "false", "wrong", "incorrect", "negative", "safe"}

var isIdentifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// identifier is how an expression calls a column.
func identifier(name string) string {
	if isIdentifier.MatchString(name) {
		return name
	}
	return "$env[" + strconv.Quote(name) + "]"
}

var isPlain = regexp.MustCompile(`^[A-Za-z_./][A-Za-z0-9_./-]*$`)

// yamlWords are plain words that YAML takes for something else.
var yamlWords = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

// quoted is a value of YAML.
func quoted(text string) string {
	if isPlain.MatchString(text) && !slices.Contains(yamlWords, strings.ToLower(text)) {
		return text
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// relative is a path as the study file gives it.
func relative(study, path string) string {
	if filepath.IsAbs(path) || activations.IsRemote(path) {
		return path
	}
	rel, err := filepath.Rel(filepath.Dir(study), path)
	if err != nil { // only one of them begins at the root
		if path, err = filepath.Abs(path); err == nil {
			rel, err = filepath.Rel(filepath.Dir(study), path)
		}
		if err != nil {
			return path
		}
	}
	return filepath.ToSlash(rel)
}

func (d *drafting) activations(b *strings.Builder, path string, spec activations.Spec, dump *activations.Dump) {
	b.WriteString("activations:\n")
	if len(spec.Paths) == 1 {
		fmt.Fprintf(b, "  path: %s", quoted(relative(path, spec.Paths[0])))
	} else {
		b.WriteString("  path:")
		for _, p := range spec.Paths {
			fmt.Fprintf(b, "\n    - %s", quoted(relative(path, p)))
		}
	}
	fmt.Fprintf(b, "  # %s\n", dump.Shape())
	if spec.Axes != nil {
		fmt.Fprintf(b, "  axes: %s\n", strings.ReplaceAll(fmt.Sprint(spec.Axes), " ", ", "))
	}
	for _, k := range [][2]string{{"dtype", string(spec.DType)}, {"tensor", spec.Tensor}, {"position", spec.Position}, {"length", spec.Length}} {
		if k[1] != "" {
			fmt.Fprintf(b, "  %s: %s\n", k[0], quoted(k[1]))
		}
	}
	if spec.Mask != "" {
		mask := spec.Mask
		if activations.IsMaskFile(mask) {
			mask = relative(path, mask)
		}
		fmt.Fprintf(b, "  mask: %s\n", quoted(mask))
	}
	if spec.Shape != nil {
		fmt.Fprintf(b, "  shape: %s\n", strings.ReplaceAll(fmt.Sprint(spec.Shape), " ", ", "))
	}
	if _, known := dump.EmbeddingLayer(); !known {
		b.WriteString("  # embedding: 0  # where layer 0 is the output of the embeddings, which the dump does not say\n")
	}
}

// join finds how rows and examples belong together.
func (d *drafting) join(b *strings.Builder, dump *activations.Dump, tablePath string) error {
	beside, err := dump.Examples()
	if err != nil {
		return err
	}
	rows := dump.Shape().Rows
	if beside != nil {
		for _, c := range beside.Columns() {
			if own, ok := d.examples.Column(c.Name); ok && holdsIDs(c, own) {
				fmt.Fprintf(b, "join: %s\n", quoted(c.Name))
				return nil
			}
		}
		for _, c := range beside.Columns() {
			for _, own := range d.examples.Columns() {
				if c.Kind == activations.String && holdsIDs(c, own) {
					fmt.Fprintf(b, "join: {activations: %s, examples: %s}\n", quoted(c.Name), quoted(own.Name))
					return nil
				}
			}
		}
	}
	if rows != d.rows {
		return fmt.Errorf("%s: found %d examples for %d rows of hidden states, expected as many, or a column of ids that both have", tablePath, d.rows, rows)
	}
	b.WriteString("join: position  # line i describes row i\n")
	return nil
}

// holdsIDs reports whether both columns are unique and the dump has every id of the
// examples.
func holdsIDs(ofDump, ofExamples *activations.Column) bool {
	if !unique(ofDump) || !unique(ofExamples) {
		return false
	}
	has := map[string]bool{}
	for i := range ofDump.Len() {
		has[ofDump.String(i)] = true
	}
	for i := range ofExamples.Len() {
		if !has[ofExamples.String(i)] {
			return false
		}
	}
	return true
}

func unique(c *activations.Column) bool {
	seen := map[string]bool{}
	for i := range c.Len() {
		v := c.String(i)
		if c.IsNull(i) || seen[v] {
			return false
		}
		seen[v] = true
	}
	return c.Kind == activations.String || c.Kind == activations.Int
}

func (d *drafting) writeLabel(b *strings.Builder, labels []*candidate) {
	b.WriteString("\n")
	c := d.label
	if c.filter != "" {
		fmt.Fprintf(b, "rows: %s\n", quoted(c.filter))
	}
	fmt.Fprintf(b, "target:\n  label: %s  # 0 on %d rows, 1 on %d\n", quoted(c.label), c.rows[0], c.rows[1])
	if c.names != nil {
		fmt.Fprintf(b, "  names: [%s, %s]\n", quoted(c.names[0]), quoted(c.names[1]))
	}
	for _, other := range labels[1:] {
		text := quoted(other.label)
		if other.filter != "" {
			text += ", with rows: " + quoted(other.filter)
		}
		fmt.Fprintf(b, "  # or label: %s\n", text)
	}
	d.used = append(d.used, c.Name)
}

// minGroups is as many groups as outer folds can hold with some for the inner.
const minGroups = 10

// writeGroup looks for the column whose rows depend on each other: values that come
// back, many of them, under both labels where that can be.
func (d *drafting) writeGroup(b *strings.Builder) {
	type group struct {
		*survey
		groups, mixed, rank int
	}
	var all []group
	label := d.label.Column
	for _, s := range d.columns {
		if s.Name == d.label.Name || s.nulls > 0 || s.Kind == activations.Float || s.Kind == activations.Bool || s.named(saidWords...) > 0 {
			continue
		}
		seen := map[string]map[string]bool{}
		rows := 0
		for i := range d.rows {
			if v := label.String(i); !label.IsNull(i) && (d.label.filter == "" || v == "0" || v == "1" || d.label.Kind == activations.String) {
				g := s.Column.String(i)
				if seen[g] == nil {
					seen[g] = map[string]bool{}
				}
				seen[g][v] = true
				rows++
			}
		}
		g := group{survey: s, groups: len(seen)}
		for _, of := range seen {
			if len(of) > 1 {
				g.mixed++
			}
		}
		if g.groups < minGroups || 3*g.groups > 2*rows {
			continue
		}
		g.rank = 1000*s.named(groupWords...) + 100*g.mixed/g.groups
		if s.Kind == activations.Int && s.named(groupWords...) == 0 {
			g.rank -= 500 // a quantity more often than a name
		}
		if s.isText() && s.named(groupWords...) == 0 {
			g.rank -= 400 // a prompt that comes back: better than none
		}
		all = append(all, g)
	}
	slices.SortStableFunc(all, func(a, b group) int { return b.rank - a.rank })
	if len(all) == 0 {
		b.WriteString("# group: COLUMN  # rows that depend on each other, such as those about one subject: without it every row is its own group\n")
		return
	}
	for i, g := range all {
		if i == 0 {
			fmt.Fprintf(b, "group: %s  # %d groups, %d of them with both labels; no fold separates the rows of one\n", quoted(g.Name), g.groups, g.mixed)
			d.group, d.used = g.Name, append(d.used, g.Name)
			continue
		}
		fmt.Fprintf(b, "# or group: %s  # %d groups, %d of them with both labels\n", quoted(g.Name), g.groups, g.mixed)
	}
}

// writeOthers writes condition, text, said and id.
func (d *drafting) writeOthers(b *strings.Builder) {
	for _, k := range []struct {
		key   string
		words []string
		fits  func(*survey) bool
		must  bool // by its name
	}{
		{"condition", conditionWords, func(s *survey) bool {
			return len(s.count) >= 2 && len(s.count) <= 12 && s.Kind != activations.Float && s.Kind != activations.Bool && !s.isText()
		}, true},
		{"text", textWords, func(s *survey) bool {
			return s.isText() && (s.named(textWords...) > 0 || s.named(saidWords...)+s.named(groupWords...)+s.named(idWords...) == 0)
		}, false},
		{"said", saidWords, func(s *survey) bool { return s.Kind == activations.String && len(s.count) > 2 }, true},
		{"id", idWords, func(s *survey) bool { return unique(s.Column) }, true},
	} {
		var fit []*survey
		for _, s := range d.columns {
			free := !slices.Contains(d.used, s.Name) || k.key == "text" && s.Name == d.group
			if free && len(s.count) > 0 && k.fits(s) && (!k.must || s.named(k.words...) > 0) {
				fit = append(fit, s)
			}
		}
		rank := func(s *survey) int {
			if k.key == "condition" && !d.bothLabels(s) {
				return 0
			}
			return s.named(k.words...)
		}
		slices.SortStableFunc(fit, func(x, y *survey) int { return rank(y) - rank(x) })
		for i, s := range fit {
			line := fmt.Sprintf("%s: %s", k.key, quoted(s.Name))
			if i > 0 {
				line = "# or " + line
			} else {
				d.used = append(d.used, s.Name)
			}
			b.WriteString(line + "\n")
		}
	}
}

// bothLabels tells whether every value of a column occurs under both labels.
func (d *drafting) bothLabels(s *survey) bool {
	seen := map[string]map[string]bool{}
	for i := range d.rows {
		v := s.Column.String(i)
		if seen[v] == nil {
			seen[v] = map[string]bool{}
		}
		if !d.label.IsNull(i) {
			seen[v][d.label.Column.String(i)] = true
		}
	}
	for _, labels := range seen {
		if len(labels) < 2 {
			return false
		}
	}
	return true
}

// writeBehaviour shows how behaviour is mapped, with the columns it may be in.
func (d *drafting) writeBehaviour(b *strings.Builder) {
	b.WriteString("\n# What the model did, on the label's terms, is for you to say. Without it there is no gap.\n")
	var names []string
	for _, s := range d.columns {
		if s.Name != d.label.Name && candidateOf(s) != nil {
			names = append(names, oneLine(s.Name, 40))
		}
	}
	if names != nil {
		fmt.Fprintf(b, "# Columns with two values: %s.\n", strings.Join(names, ", "))
	}
	b.WriteString("# decision:\n#   acts_as_0: EXPRESSION  # true where the model acted as if the label were 0\n#   acts_as_1: EXPRESSION\n")
	b.WriteString("# nuisance: [len(COLUMN)]  # surface features that the probe should beat\n")
}
