package activations

import (
	"fmt"
	"path/filepath"
	"strings"
)

// requestAxes are those of a file that vLLM's hidden-states connector writes
// for every request: hidden_states of tokens x layers x width beside token_ids.
var requestAxes = []Axis{Position, Layer, Width}

// isRequest reports whether the tensors are those of one request: states, tokens,
// and perhaps more that has a value for every token.
func isRequest(tensors []*tensor) bool {
	var states, tokens *tensor
	for _, t := range tensors {
		switch t.name {
		case "hidden_states":
			states = t
		case "token_ids":
			tokens = t
		}
	}
	if states == nil || tokens == nil || len(states.stored.shape) != 3 {
		return false
	}
	for _, t := range tensors {
		if t != states && (len(t.stored.shape) != 1 || t.stored.shape[0] != states.stored.shape[0]) {
			return false
		}
	}
	return true
}

// requestTokens is the file of a request whose tokens are read as rows. Its
// table says which token of which file a row is.
type requestTokens struct{ *tensorSource }

func (s requestTokens) table() (*Examples, error) {
	e, err := s.tensorSource.table()
	if err != nil || e == nil {
		return nil, err
	}
	base := filepath.Base(s.file.Path)
	name := strings.TrimSuffix(base, filepath.Ext(base))
	file := &Column{Name: "file", Kind: String}
	position := &Column{Name: "position", Kind: Int}
	token := &Column{Name: "token", Kind: String}
	for i := range e.Len() {
		file.Append(name)
		position.Append(i)
		token.Append(fmt.Sprintf("%s:%d", name, i))
	}
	return e.With(file, position, token), nil
}
