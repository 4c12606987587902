package activations

import (
	"slices"
	"strings"
	"testing"

	"tell/activations/internal/input"
)

func nestedSpec(name string, axes ...Axis) Spec {
	return Spec{Paths: []string{"torch_nested_" + name + ".pt"}, Axes: axes}
}

// Rows and layers in lists, tuples and dictionaries, as torch.save wrote them: row i
// has i+2 positions, or the last of them alone.
func TestTorchNested(t *testing.T) {
	last := func(row, _ int) (int, int) { return row + 1, row + 2 }
	for name, test := range map[string]struct {
		spec     Spec
		position string
		numbers  []int
		ids      bool
	}{
		"tuples":        {nestedSpec("hidden"), "last", []int{0, 1, 2}, false},
		"tuples, axes":  {nestedSpec("hidden", Row, Layer, Position, Width), "last", []int{0, 1, 2}, false},
		"lists":         {nestedSpec("lists", Row, Layer, Position, Width), "last", []int{0, 1, 2}, false},
		"hooks":         {nestedSpec("hooks"), "", []int{2, 6, 10}, false},
		"hooks, axes":   {nestedSpec("hooks", Layer, Row, Width), "", []int{2, 6, 10}, false},
		"ids":           {nestedSpec("ids", Row, Layer, Width), "", []int{0, 1, 2}, true},
		"ids of layers": {nestedSpec("id_layers"), "", []int{2, 6, 10}, true},
		"records":       {nestedSpec("records"), "", []int{0, 1, 2}, true},
	} {
		t.Run(name, func(t *testing.T) {
			test.spec.Paths[0] = formatsFile(test.spec.Paths[0])
			if test.spec.Position = test.position; test.ids {
				test.spec.ID = "id"
			}
			d := open(t, test.spec)
			if want := (Shape{5, 3, 1, 4}); d.Shape() != want {
				t.Fatalf("%v, want %v", d.Shape(), want)
			}
			if !slices.Equal(d.LayerNumbers(), test.numbers) {
				t.Errorf("layers %v, want %v", d.LayerNumbers(), test.numbers)
			}
			checkChosen(t, d, last)
			ids, err := d.IDs()
			if err != nil || test.ids && strings.Join(ids, " ") != "a-0 a-1 b-0 b-1 c-0" {
				t.Errorf("ids %q, %v", ids, err)
			}
		})
	}
	mean := nestedSpec("hidden")
	mean.Paths[0], mean.Position = formatsFile(mean.Paths[0]), "mean"
	checkChosen(t, open(t, mean), func(row, _ int) (int, int) { return 0, row + 2 })
}

// A list over batches of rows, as wide as all of them or each as its longest row.
func TestTorchBatches(t *testing.T) {
	full := func(int, int) (int, int) { return 5, 6 }
	uneven := func(row, _ int) (int, int) { return row/2*2 + 1, row/2*2 + 2 }
	all := []Axis{Batch, Layer, Row, Position, Width}
	for name, test := range map[string]struct {
		spec  Spec
		last  func(row, layer int) (int, int)
		shape Shape
	}{
		"tuples":       {nestedSpec("batches"), full, Shape{5, 3, 1, 4}},
		"tuples, axes": {nestedSpec("batches", all...), full, Shape{5, 3, 1, 4}},
		"uneven":       {nestedSpec("uneven_batches"), uneven, Shape{5, 3, 1, 4}},
		"uneven, axes": {nestedSpec("uneven_batches", all...), uneven, Shape{5, 3, 1, 4}},
		"hooks":        {nestedSpec("batch_hooks"), full, Shape{5, 3, 1, 4}},
		"hooks, axes":  {nestedSpec("batch_hooks", Layer, Batch, Row, Position, Width), full, Shape{5, 3, 1, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			test.spec.Paths[0], test.spec.Position = formatsFile(test.spec.Paths[0]), "last"
			d := open(t, test.spec)
			if d.Shape() != test.shape {
				t.Fatalf("%v, want %v", d.Shape(), test.shape)
			}
			checkChosen(t, d, test.last)
			if notes := strings.Join(d.Notes(), "; "); !strings.Contains(notes, "3 batches are joined along the rows, to 5") {
				t.Errorf("notes %q", notes)
			}
		})
	}
	spec := nestedSpec("batch_last", Batch, Row, Width)
	spec.Paths[0] = formatsFile(spec.Paths[0])
	d := open(t, spec)
	got := make([]float64, 20)
	if err := d.ReadFloat64(got, 0, 0, 0, 5); err != nil {
		t.Fatal(err)
	}
	for row := range 5 { // layer 1, position 5 of the stepped numbers
		if want := float64(4*(6*(3*row+1)+5)) / 8; got[4*row] != want {
			t.Errorf("row %d begins with %v, want %v", row, got[4*row], want)
		}
	}
}

func TestTorchRecords(t *testing.T) {
	e, err := open(t, Spec{Paths: []string{formatsFile("torch_nested_records.pt")}}).Examples()
	if err != nil {
		t.Fatal(err)
	}
	for column, want := range map[string][]any{"label": {0, 1, 0, 1, 0}, "note": {nil, nil, nil, "kept", nil}} {
		c, ok := e.Column(column)
		for i, v := range want {
			if !ok || c.Value(i) != v {
				t.Errorf("%s is %v, want %v", column, c, want)
			}
		}
	}
}

func TestTorchNestedRefused(t *testing.T) {
	checkRefused(t, []refused{
		{"lists", nestedSpec("lists"), []string{`5 x 3 tensors, the first "0.0" of shape [2 4]`,
			"axes: [row, layer, position, width] for 5 rows x 3 layers", "axes: [layer, row, position, width] for 3 rows x 5 layers"}},
		{"ids", nestedSpec("ids"), []string{`"a-0", "a-1"`, "rows or layers", "axes: [row, layer, width] where each is a row", `tensor: "*"`}},
		{"order", nestedSpec("lists", Layer, Row, Position, Width), []string{`tensor "1.0"`, "3 positions", `2 positions x 4 wide as in tensor "0.0"`}},
		{"position first", nestedSpec("lists", Position, Row, Layer, Width), []string{"row, batch or layer for the first 2"}},
		{"batches alone", nestedSpec("batch_last"), []string{`"0", "1", "2", of shapes such as [2 4] whose first axes differ`, "axes: [row, position, width] where each is a row, or axes: [batch, row, width]"}},
		{"batches without rows", nestedSpec("batches", Batch, Layer, Position, Width), []string{"row after the first 2"}},
		{"no batches", nestedSpec("batches", Row, Layer, Position, Width), []string{"shape [2 6 4]", "batch in the place of row"}},
		{"layers alone", nestedSpec("ids", Layer, Row, Width), []string{"[row width] alone"}},
	})
}

// A list of one row is still a list of rows.
func TestTorchNestedOneRow(t *testing.T) {
	one := torchView(4, 0, []int64{1, 2}, []int64{2, 1})
	for _, axes := range [][]Axis{nil, {Row, Layer, Position, Width}} {
		s, err := openTorch(input.InMemory("x.pt", torchFile(t, "]("+"("+one+one+"te")), Spec{Axes: axes})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := s.contents().shape, (Shape{1, 2, 1, 2}); got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// What rows and layers lack is named.
func TestTorchNestedDiffers(t *testing.T) {
	one := torchView(4, 0, []int64{1, 2}, []int64{2, 1})
	batch := torchView(4, 0, []int64{2, 1, 2}, []int64{2, 2, 1})
	long := torchView(4, 0, []int64{2, 2}, []int64{2, 1})
	wide := torchView(4, 0, []int64{1, 3}, []int64{3, 1})
	double := strings.Replace(torchView(2, 0, []int64{1, 2}, []int64{2, 1}), "Float", "Double", 1)
	whole := strings.Replace(torchView(4, 0, []int64{1, 2}, []int64{2, 1}), "Float", "Int", 1)
	tuple := func(items ...string) string { return "(" + strings.Join(items, "") + "t" }
	list := func(items ...string) string { return "](" + strings.Join(items, "") + "e" }
	dict := func(items ...string) string { return "}(" + strings.Join(items, "") + "u" }
	two := tuple(one, one)
	for name, test := range map[string]struct {
		pickle string
		want   []string
	}{
		"layers":         {list(two, tuple(one, one, one)), []string{`"0": found 2 of the tensors`, `3, one for each of "0", "1", "2"`}},
		"empty":          {list(two, ")", two), []string{`"1": found a tuple without a tensor`, `as in "0"`}},
		"first empty":    {list("]", two, two), []string{`"0": found a list without a tensor`, `as in "1"`}},
		"none":           {list(two, "N"), []string{`"1": found None without a tensor`}},
		"no hook":        {dict(pickledText("layer_0"), list(one, one), pickledText("layer_1"), "]", pickledText("layer_2"), list(one, one)), []string{`"layer_1": found a list without a tensor`}},
		"no record":      {dict(pickledText("a"), dict(pickledText("h"), one, pickledText("y"), "K\x01"), pickledText("b"), dict(pickledText("h"), one), pickledText("c"), dict(pickledText("y"), "K\x01")), []string{`"c": found a dict without a tensor`, `as in "a"`}},
		"rows":           {dict(pickledText("layer_0"), list(one, one), pickledText("layer_1"), list(one)), []string{`"layer_1": found 1 of the tensors`, "expected 2"}},
		"rank":           {list(two, tuple(one, torchView(4, 0, []int64{2}, []int64{1}))), []string{`"1": found 1 of the tensors`, "expected 2"}},
		"batch":          {list(two, tuple(one, batch)), []string{`tensor "1.1": found shape [2 1 2]`, "a batch of one"}},
		"width":          {list(two, tuple(one, wide)), []string{`tensor "1.1"`, "3 wide", `2 wide as in tensor "0.0"`}},
		"positions":      {list(two, tuple(one, long)), []string{`tensor "1.1"`, "2 positions", `as in tensor "0.0"`}},
		"dtype":          {list(two, tuple(one, double)), []string{`tensor "1.1"`, "f64", `f32 as in tensor "0.0"`}},
		"integers":       {list(two, tuple(one, whole)), []string{`"1": found 1 of the tensors`, "expected 2"}},
		"batches of one": {list(one, one), []string{`"0", "1", each of shape [1 2]`, "rows or layers", "[row, layer, width] where each is a row", "[row, width]"}},
		"both tuples":    {tuple(two, two), []string{"rows of layers or layers of rows"}},
		"vectors":        {list(torchView(4, 0, []int64{2}, []int64{1}), torchView(4, 2, []int64{2}, []int64{1})), []string{"axes: [row, width]"}},
		"nested":         {torchCall("torch._utils", "_rebuild_nested_tensor"), []string{"a nested tensor", "list(tensor.unbind())"}},
		"fields apart":   {list(manyFields(one, 3000)...), []string{"unfold into far more"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openTorch(input.InMemory("x.pt", torchFile(t, test.pickle)), Spec{})
			if err == nil {
				t.Fatal("opened")
			}
			checkFormatError(t, err, append(test.want, "x.pt")...)
		})
	}
	for position, want := range map[string]string{"last": `2 positions, expected 1 as in tensor "1.0"`, "": "2 positions x 2 wide"} {
		_, err := openTorch(input.InMemory("x.pt", torchFile(t, list(two, tuple(one, long)))), Spec{Position: position})
		checkFormatError(t, err, `tensor "1.1"`, want)
	}
}

// manyFields are n records, each with fields that no other has.
func manyFields(tensor string, n int) []string {
	records := make([]string, n)
	for i := range records {
		name := strings.Repeat("f", i%40) + string(rune('a'+i%26)) + string(rune('0'+i/26))
		records[i] = "}(" + pickledText("h") + "h\x00" + pickledText(name) + "K\x01u"
	}
	records[0] = "}(" + pickledText("h") + tensor + "q\x00" + pickledText("a") + "K\x01u"
	return records
}
