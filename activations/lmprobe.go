package activations

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tell/activations/internal/input"
)

// lmprobeKey is where lmprobe describes its tensors in the metadata of the
// Parquet index.
const lmprobeKey = "lmprobe:tensors"

// maxLMProbeFiles is how many files of states a dataset may have.
const maxLMProbeFiles = 1 << 20

// isLMProbe matches a dataset of lmprobe, format 2: a Parquet index with a line
// for every prompt, and safetensors files that each hold some tokens of one
// layer. It begins as any Parquet file does.
func isLMProbe(f *input.File, head []byte, _ Spec) bool {
	if !strings.HasPrefix(string(head), parquetMagic) {
		return false
	}
	p, err := newParquetFile(f)
	return err == nil && p.r.MetaData().KeyValueMetadata().FindValue(lmprobeKey) != nil
}

// lmprobeHidden is what the index says about the hidden states.
type lmprobeHidden struct {
	Layers  []int
	Dim     int
	Storage string
	File    string `json:"file_pattern"`
	Key     string `json:"key_pattern"`
	Shards  []json.RawMessage
	Name    string `json:"-"` // what layers are called: as Key, if it names them
}

// lmprobePiece is count tokens of a row that lie together in a shard.
type lmprobePiece struct{ shard, first, count int }

// lmprobeSource is an open dataset of lmprobe.
type lmprobeSource struct {
	index   *input.File
	columns func() (*Examples, error)
	root    string
	hidden  lmprobeHidden
	layers  []int // those whose files are here
	pieces  []lmprobePiece
	tokens  []int // of every row
	need    []int // how many tokens every shard must have at least
	size    contents
	batch   []lmprobeBatch // of an extraction, instead of numbered shards
	opened  []func() (*lmprobeLayer, error)

	mu    sync.Mutex
	files []*input.File
}

// lmprobeLayer is one layer as if it were one file of tokens.
type lmprobeLayer struct {
	file  *input.File
	dtype DType
}

func openLMProbe(f *input.File, spec Spec) (source, error) {
	p, err := newParquetFile(f)
	if err != nil {
		return nil, err
	}
	if spec.Axes != nil {
		return nil, f.Errorf("axes", -1, fmt.Sprint(spec.Axes), "none: the index of lmprobe says what is stored")
	}
	text := p.r.MetaData().KeyValueMetadata().FindValue(lmprobeKey)
	if text == nil {
		return nil, f.Errorf("metadata of lmprobe", -1, "none", "%s", lmprobeKey)
	}
	s := &lmprobeSource{index: f, root: input.Dir(input.Dir(f.Path))}
	s.columns = func() (*Examples, error) {
		return p.examples(func(string) bool { return false }, spec.counts())
	}
	if err := s.read(p, *text, spec); err != nil {
		return nil, errors.Join(err, s.closeShards())
	}
	s.size.origin = origin{model: p.origin().model, embedding: noEmbedding}
	return s, nil
}

// read finds the layers, the rows and where their tokens are.
func (s *lmprobeSource) read(p *parquetFile, text string, spec Spec) error {
	if err := s.readHidden([]byte(text)); err != nil {
		return err
	}
	if err := s.findPieces(p); err != nil {
		return err
	}
	if err := s.measureShards(); err != nil {
		return err
	}
	if err := s.findLayers(spec); err != nil {
		return err
	}
	return s.measure(spec)
}

// readHidden reads the description of the hidden states.
func (s *lmprobeSource) readHidden(text []byte) error {
	const part = "metadata of lmprobe"
	var tensors struct {
		Hidden *lmprobeHidden `json:"hidden_layers"`
	}
	if err := json.Unmarshal(text, &tensors); err != nil {
		return s.index.Errorf(part, -1, err.Error(), "a description of the tensors")
	}
	if tensors.Hidden == nil || len(tensors.Hidden.Layers) == 0 {
		return s.index.Errorf(part, -1, "no hidden layers", "some")
	}
	s.hidden = *tensors.Hidden
	s.hidden.Name = s.hidden.Key
	return s.checkHidden(part)
}

// checkHidden makes sure that sizes and layers can be meant.
func (s *lmprobeSource) checkHidden(part string) error {
	if d := s.hidden.Dim; d <= 0 || d > input.MaxNumbers {
		return s.index.Errorf(part, -1, fmt.Sprintf("a width of %d", d), "at least 1")
	}
	if n := int64(len(s.hidden.Shards)) * int64(len(s.hidden.Layers)); n == 0 || n > maxLMProbeFiles {
		return s.index.Errorf(part, -1, fmt.Sprintf("%d files", n), "1 to %d", maxLMProbeFiles)
	}
	if slices.Min(s.hidden.Layers) < 0 || len(slices.Compact(slices.Sorted(slices.Values(s.hidden.Layers)))) != len(s.hidden.Layers) {
		return s.index.Errorf(part, -1, fmt.Sprintf("layers %v", s.hidden.Layers), "each layer once")
	}
	return nil
}

// findPieces reads from the index where the tokens of every row are. Rows of
// pooled states have one token, and of others one for each token of the prompt:
// listed one by one, or from token_offset on.
func (s *lmprobeSource) findPieces(p *parquetFile) error {
	if s.hidden.Storage != "full_sequence" {
		return s.listed(p, "shard_index", "row_offset", "")
	}
	const shards, offsets = "token_shard_ids", "token_shard_offsets"
	table, err := p.examples(func(name string) bool { return name != shards && name != offsets }, []string{shards, offsets})
	if err != nil {
		return err
	}
	shard, ok := table.Column(shards)
	offset, both := table.Column(offsets)
	if !ok || !both {
		return s.listed(p, "shard_index", "token_offset", "num_tokens")
	}
	for row := range table.Len() {
		if err := s.addTokens(row, shard.String(row), offset.String(row)); err != nil {
			return err
		}
	}
	return nil
}

// addTokens adds a row whose tokens are listed one by one, as JSON.
func (s *lmprobeSource) addTokens(row int, shardList, offsetList string) error {
	var shards, offsets []int
	err := errors.Join(json.Unmarshal([]byte(shardList), &shards), json.Unmarshal([]byte(offsetList), &offsets))
	if err != nil || len(shards) != len(offsets) || len(shards) == 0 {
		return s.index.Errorf(fmt.Sprintf("row %d", row), -1, fmt.Sprintf("shards %.40q and offsets %.40q", shardList, offsetList), "one of each for every token")
	}
	s.tokens = append(s.tokens, len(shards))
	for i, shard := range shards {
		if err := s.addPiece(row, lmprobePiece{shard, offsets[i], 1}); err != nil {
			return err
		}
	}
	return nil
}

// listed takes one piece for every row from columns of the index; count is the
// column with its length, or empty for one token.
func (s *lmprobeSource) listed(p *parquetFile, shard, offset, count string) error {
	names := []string{shard, offset, count}
	table, err := p.examples(func(name string) bool { return !slices.Contains(names, name) }, nil)
	if err != nil {
		return err
	}
	value := func(name string, row int) (int, error) {
		if name == "" {
			return 1, nil
		}
		if c, ok := table.Column(name); ok {
			if v, ok := c.Value(row).(int); ok {
				return v, nil
			}
		}
		return 0, s.index.Errorf(fmt.Sprintf("column %q, row %d", name, row), -1, "no whole number", "where the states of the row are")
	}
	for row := range int(p.r.NumRows()) {
		var piece lmprobePiece
		for i, to := range []*int{&piece.shard, &piece.first, &piece.count} {
			if *to, err = value(names[i], row); err != nil {
				return err
			}
		}
		s.tokens = append(s.tokens, piece.count)
		if err := s.addPiece(row, piece); err != nil {
			return err
		}
	}
	return nil
}

// addPiece adds tokens of a row, to the piece before if they follow on it.
func (s *lmprobeSource) addPiece(row int, p lmprobePiece) error {
	if p.shard < 0 || p.shard >= len(s.hidden.Shards) || p.first < 0 || p.first > input.MaxNumbers || p.count <= 0 || p.count > input.MaxNumbers {
		return s.index.Errorf(fmt.Sprintf("row %d", row), -1, fmt.Sprintf("%d tokens from %d on in shard %d", p.count, p.first, p.shard),
			"tokens in one of %d shards", len(s.hidden.Shards))
	}
	if n := len(s.pieces); n > 0 {
		last := &s.pieces[n-1]
		if last.shard == p.shard && last.first+last.count == p.first {
			last.count += p.count
			return nil
		}
	}
	s.pieces = append(s.pieces, p)
	return nil
}

// measureShards finds how long every shard must be.
func (s *lmprobeSource) measureShards() error {
	s.need = make([]int, len(s.hidden.Shards))
	for _, p := range s.pieces {
		s.need[p.shard] = max(s.need[p.shard], p.first+p.count)
	}
	total := 0
	for _, n := range s.tokens {
		if total += n; total > input.MaxNumbers {
			break
		}
	}
	if _, ok := product([]int{total, s.hidden.Dim}, 8); total > input.MaxNumbers || !ok {
		return s.index.Errorf("prompts", -1, fmt.Sprintf("%d tokens or more, %d wide", total, s.hidden.Dim), "as many as files can have")
	}
	return nil
}

// findLayers leaves out the layers of which no file is here, as after a
// download of some of them, and picks among the others.
func (s *lmprobeSource) findLayers(spec Spec) error {
	var names []string
	byName, files := map[string]int{}, map[int][]File{}
	for _, layer := range slices.Sorted(slices.Values(s.hidden.Layers)) {
		var missing []string
		for shard := range s.need {
			path, err := s.path(layer, shard)
			if err != nil {
				return err
			}
			info, err := input.Stat(path)
			if err != nil || !info.Regular {
				missing = append(missing, path)
				continue
			}
			files[layer] = append(files[layer], File{path, info.Size, info.Modified, info.ETag})
		}
		switch {
		case len(missing) == len(s.need):
		case len(missing) > 0:
			return s.index.Errorf(fmt.Sprintf("layer %d", layer), -1, fmt.Sprintf("%d of its files, without %s", len(s.need)-len(missing), missing[0]), "all %d", len(s.need))
		default:
			name := fill(s.hidden.Name, layer, 0)
			names, byName[name] = append(names, name), layer
		}
	}
	if len(names) == 0 {
		first, _ := s.path(s.hidden.Layers[0], 0)
		return s.index.Errorf("layers", -1, "no file of any", "files such as %s", first)
	}
	chosen, err := choose(s.index, "layers", names, spec.Tensor)
	if err != nil {
		return err
	}
	s.size.layers = chosen.names
	for _, name := range chosen.names {
		layer := byName[name]
		s.layers = append(s.layers, layer)
		s.size.files = append(s.size.files, files[layer]...)
		s.opened = append(s.opened, sync.OnceValues(func() (*lmprobeLayer, error) { return s.openLayer(layer, spec) }))
	}
	return nil
}

// path is the file of a shard of a layer, which lies below the dataset.
func (s *lmprobeSource) path(layer, shard int) (string, error) {
	name := fill(s.hidden.File, layer, shard)
	if s.batch != nil {
		name = filepath.Join(name, s.batch[shard].File)
	}
	if !filepath.IsLocal(name) || strings.ContainsRune(name, '\\') {
		return "", s.index.Errorf("file_pattern", -1, fmt.Sprintf("%q", name), "files of the dataset")
	}
	return input.Join(s.root, name), nil
}

var patternField = regexp.MustCompile(`\{(layer|shard)(?::0?(\d)d)?\}`)

// fill puts numbers into a pattern such as layer{layer:03d}.
func fill(pattern string, layer, shard int) string {
	return patternField.ReplaceAllStringFunc(pattern, func(field string) string {
		parts := patternField.FindStringSubmatch(field)
		n := layer
		if parts[1] == "shard" {
			n = shard
		}
		digits, _ := strconv.Atoi(parts[2])
		return fmt.Sprintf("%0*d", digits, n)
	})
}

// measure takes the shape from the index and the type from the first layer.
func (s *lmprobeSource) measure(spec Spec) error {
	first, err := s.opened[0]()
	if err != nil {
		return err
	}
	s.size.dtype = first.dtype
	s.size.shape = Shape{Rows: len(s.tokens), Layers: len(s.layers), Positions: 1, Width: s.hidden.Dim}
	if len(s.tokens) == 0 {
		return nil
	}
	s.size.shape.Positions = slices.Max(s.tokens)
	if shortest := slices.Min(s.tokens); shortest != s.size.shape.Positions {
		if spec.Position == "" {
			return s.index.Errorf("prompts", -1, fmt.Sprintf("%d to %d tokens", shortest, s.size.shape.Positions), "as many in all, or a position to choose: last, first, mean")
		}
		s.size.lengths = s.tokens
	}
	return nil
}

// openLayer opens the shards of a layer and joins them.
func (s *lmprobeSource) openLayer(layer int, spec Spec) (*lmprobeLayer, error) {
	shards := make([]*tensor, len(s.need))
	for i := range shards {
		path, err := s.path(layer, i)
		if err != nil {
			return nil, err
		}
		if shards[i], err = s.openShard(path, layer, i, spec); err != nil {
			return nil, err
		}
		if first := shards[0]; shards[i].stored.dtype != first.stored.dtype {
			return nil, shards[i].source.Errorf(shards[i].stored.part, -1, string(shards[i].stored.dtype), "%s as in %s", first.stored.dtype, first.source.Path)
		}
	}
	joined := &joinedTokens{tokenSize: int64(s.hidden.Dim) * int64(shards[0].stored.dtype.size())}
	for _, p := range s.pieces {
		joined.add(shards[p.shard], p)
	}
	f := &input.File{Path: input.Join(s.root, fill(s.hidden.File, layer, 0)), Size: joined.size, R: joined}
	return &lmprobeLayer{file: f, dtype: shards[0].stored.dtype}, nil
}

// openShard finds the tensor of a shard and checks its shape.
func (s *lmprobeSource) openShard(path string, layer, shard int, spec Spec) (*tensor, error) {
	tensors, err := s.openTensors(path, spec)
	if err != nil {
		return nil, err
	}
	key := fill(s.hidden.Key, layer, 0)
	i := slices.IndexFunc(tensors, func(t *tensor) bool { return t.name == key })
	if i < 0 {
		return nil, &FormatError{File: path, Part: "tensors", Offset: -1, Found: "others", Expected: strconv.Quote(key)}
	}
	t := tensors[i]
	if t.refusal != nil {
		return nil, t.refusal
	}
	shape, fits, expected := t.stored.shape, false, ""
	if s.batch != nil {
		want := s.batch[shard].shape
		fits, expected = slices.Equal(shape, want), fmt.Sprintf("%v, as the manifest and the mask say", want)
	} else {
		fits = len(shape) == 2 && shape[0] >= s.need[shard] && shape[1] == s.hidden.Dim
		expected = fmt.Sprintf("%d tokens or more, %d wide, as the index says", s.need[shard], s.hidden.Dim)
	}
	if !fits {
		return nil, t.source.Errorf(t.stored.part, -1, fmt.Sprintf("shape %v", shape), "%s", expected)
	}
	return t, nil
}

// openTensors opens a file of states, which stays open.
func (s *lmprobeSource) openTensors(path string, spec Spec) ([]*tensor, error) {
	f, err := input.Open(path)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.files = append(s.files, f)
	many := len(s.files) > input.MaxOpenFiles
	s.mu.Unlock()
	tensors, err := readSafetensors(f, spec)
	if err == nil && many {
		_, err = f.Park()
	}
	return tensors, err
}

func (s *lmprobeSource) contents() contents { return s.size }

// layer returns the rows of a layer as one plane, or where they differ in
// length as a plane for each.
func (s *lmprobeSource) layer(i int) ([]plane, error) {
	l, err := s.opened[i]()
	if err != nil {
		return nil, err
	}
	item := int64(l.dtype.size())
	token := item * int64(s.hidden.Dim)
	p := plane{file: l.file, part: s.size.layers[i], dtype: l.dtype, rows: len(s.tokens), positions: s.size.shape.Positions, width: s.hidden.Dim,
		rowStride: token * int64(s.size.shape.Positions), positionStride: token, itemStride: item}
	if s.size.lengths == nil {
		return []plane{p}, nil
	}
	planes := make([]plane, len(s.tokens))
	for row, n := range s.tokens {
		planes[row] = p
		planes[row].rows, planes[row].positions = 1, n
		p.offset += token * int64(n)
	}
	return planes, nil
}

func (s *lmprobeSource) table() (*Examples, error) { return s.columns() }

func (s *lmprobeSource) Close() error { return errors.Join(s.index.Close(), s.closeShards()) }

func (s *lmprobeSource) closeShards() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.Close())
	}
	s.files = nil
	return errors.Join(errs...)
}
