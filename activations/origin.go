package activations

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tell/activations/internal/input"
)

// origin is what a file says about where its states come from. What it does not
// say is empty.
type origin struct {
	model     string
	embedding string // the name of the layer that is the output of the embedding
}

// The keys of metadata under which files say it. Convert and the exporter write
// the first of them.
var modelKeys = []string{"model", "model_name", "model_id", "base_model"}

const embeddingKey = "embedding_layer"

// noEmbedding is the name of no layer, for formats that keep no embedding.
const noEmbedding = "none"

// originOf reads metadata, of which value gives the text under a key, or
// nothing.
func originOf(value func(key string) string) origin {
	o := origin{embedding: shortText(value(embeddingKey))}
	for _, key := range modelKeys {
		if o.model == "" {
			o.model = shortText(value(key))
		}
	}
	return o
}

// metadata is what originOf reads again.
func (o origin) metadata() (keys, values []string) {
	if o.embedding != "" {
		keys, values = append(keys, embeddingKey), append(values, o.embedding)
	}
	if o.model != "" {
		keys, values = append(keys, modelKeys[0]), append(values, o.model)
	}
	return keys, values
}

// and leaves what both say.
func (o origin) and(other origin) origin {
	if o.model != other.model {
		o.model = ""
	}
	if o.embedding != other.embedding {
		o.embedding = ""
	}
	return o
}

// maxShortText bounds names that files give, in bytes.
const maxShortText = 256

// shortText is text that can stand in a line, else nothing.
func shortText(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > maxShortText || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return text
}

// Model returns the name of the model that the states are of, as the file or a
// note beside it gives it: at most 256 bytes that can be printed. It is empty
// where nothing gives it, or where the shards do not give the same.
//
// It is read from the keys model, model_name, model_id and base_model in the
// metadata of safetensors, Arrow schemas and Parquet, in the JSON file beside a
// raw array, in the manifest of an lmprobe extraction, and from the export.json
// of tell's exporter.
func (d *Dump) Model() string { return d.origin.model }

// EmbeddingLayer returns the number of the layer that is the output of the
// embedding, or -1 if the dump is known to have none. Where nothing says so known
// is false: a layer 0 may as well be the output of the first block.
//
// It is said by a layer whose name ends in embedding, embed or the like, by the
// key embedding_layer, a layer's name, beside where Model looks, by the exporter,
// and by lmprobe, which keeps no embedding.
func (d *Dump) EmbeddingLayer() (number int, known bool) {
	names := d.LayerNames()
	index := slices.IndexFunc(names, namesEmbedding)
	if d.origin.embedding != "" {
		index, known = slices.Index(names, d.origin.embedding), true
	}
	if index < 0 {
		return -1, known
	}
	return d.numbers[index], true
}

// embeddingNames are what libraries call the module or its output.
var embeddingNames = []string{"embed", "embedding", "embeddings", "embed_tokens", "word_embeddings", "wte", "hook_embed"}

// namesEmbedding reports whether the last part of a layer's name says that it is
// the embedding.
func namesEmbedding(name string) bool {
	name = strings.ToLower(name[strings.LastIndexAny(name, "./")+1:])
	return slices.Contains(embeddingNames, name)
}

// exportNote is what tell's exporter writes beside the states.
type exportNote struct {
	Settings struct {
		Model any `json:"model"`
		// Only states that are all of a model's hidden_states, as transformers
		// returns them, have the digest of their tokens.
		Tokens any `json:"tokens_sha256"`
	} `json:"settings"`
	Shape     []int `json:"shape"`
	Embedding any   `json:"embedding_layer"`
}

// exportName is the file that tell's exporter leaves beside the states.
const exportName = "export.json"

// maxNote bounds notes that are read on the chance that they belong to a dump.
const maxNote = 1 << 20

// exported reads the note of tell's exporter beside the file at path. A file of
// that name that is another's, or about other states, says nothing.
func exported(path string, c contents) origin {
	f, err := input.Open(input.Join(input.Dir(path), exportName))
	if err != nil {
		return origin{}
	}
	defer f.Close()
	var note exportNote
	shape := c.shape
	if f.Size > maxNote || input.ReadJSON(f, &note) != nil || len(note.Shape) < 3 || len(note.Shape) > 4 ||
		note.Shape[0] != shape.Rows || note.Shape[1] != shape.Layers || note.Shape[len(note.Shape)-1] != shape.Width {
		return origin{}
	}
	o := origin{model: textOf(note.Settings.Model), embedding: textOf(note.Embedding)}
	if o.embedding == "" && textOf(note.Settings.Tokens) != "" {
		o.embedding = "0"
		if c.layers != nil {
			o.embedding = c.layers[0]
		}
	}
	return o
}

// textOf is a value of JSON that is to be a name: a text, or a whole number.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return shortText(v)
	case float64:
		if v >= 0 && v < input.MaxNumbers && v == float64(int(v)) {
			return strconv.Itoa(int(v))
		}
	}
	return ""
}
