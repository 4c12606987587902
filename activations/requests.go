package activations

import (
	"fmt"
	"path/filepath"
	"strings"
)

// requestAxes are those of a file that vLLM's hidden-states connector writes
// for every request: hidden_states of tokens x layers x width beside token_ids.
var requestAxes = []Axis{Position, Layer, Width}

// isRequest reports whether the tensors are those of one request.
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
	return states != nil && tokens != nil && len(tensors) == 2 && len(states.stored.shape) == 3 &&
		len(tokens.stored.shape) == 1 && states.stored.shape[0] == tokens.stored.shape[0]
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
