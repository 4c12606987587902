package activations

import "encoding/json"

// layersKey is where Convert keeps the names of the layers: in the metadata of
// safetensors, and of the column of states in Arrow.
const layersKey = "layers"

// layersText is the names of the layers as JSON.
func (o *output) layersText() string {
	text, err := json.Marshal(o.layers)
	if err != nil {
		panic(err) // strings only
	}
	return string(text)
}

// layerNames reads what layersText has written. Other programs may keep other
// things under that key, so that what is no list of n names is nil.
func layerNames(text string, n int) []string {
	var names []string
	if json.Unmarshal([]byte(text), &names) != nil || len(names) != n {
		return nil
	}
	return names
}
