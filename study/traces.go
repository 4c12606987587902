package study

import "tell/activations"

// Traces show how the score of a few rows moves along their positions.
type Traces struct {
	// Rows is how many are drawn of each quadrant. Default: 1.
	Rows int `yaml:"rows"`
	// TokenText is a column of lists: what is written at every position. Default:
	// positions have their names.
	TokenText string `yaml:"token_text"`
}

// maxTraces bounds the rows of a quadrant; each is a panel of a figure.
const maxTraces = 5

func (s *Study) checkTraces() error {
	t := s.Traces
	if t == nil {
		return nil
	}
	if t.Rows == 0 {
		t.Rows = 1
	}
	if t.Rows < 1 || t.Rows > maxTraces {
		return s.ErrorAt("traces.rows", "found %d, expected 1 to %d of each quadrant", t.Rows, maxTraces)
	}
	return nil
}

// tokens reads what is written at the positions.
func (t *table) tokens(_ *activations.Dump, c *Cases) (err error) {
	if t.Traces != nil {
		c.TokenText, err = listsOf[string](t, "traces.token_text", t.Traces.TokenText)
	}
	return err
}
