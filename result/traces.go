package result

// A Trace is a row whose score is followed along its positions. The scores are in the
// block Traced, in the rows of the subset row = ID.
type Trace struct {
	ID string `json:"id"`
	// Label is 0 or 1, or the index of the row's level; 0 of a number or share.
	Label int `json:"label"`
	// Target is the number or the share of the row, nil where it has a level.
	Target *float64 `json:"target,omitempty"`
	// Behaviour is 0 or 1, nil where the study maps none.
	Behaviour *int `json:"behaviour,omitempty"`
	// Right tells whether the probe reads the row rightly at the position that it was
	// trained at; a number or share, with no more than the median error.
	Right bool `json:"probe_right"`
	// Fold is the outer fold of the first repeat that tests the row; its probe was
	// trained at Layer and Position.
	Fold     int `json:"fold"`
	Layer    int `json:"layer"`
	Position int `json:"position"`
	// TokenText is what is written at every position, nil where nothing says it.
	TokenText []string `json:"token_text,omitempty"`
}

// KeyScoreAt is the key of the probabilities of a trace, KeyDecodedAt that of what is
// decoded of a number, share or ordered level; ColumnRow is the column of their subsets.
const (
	KeyScoreAt   = "score_at"
	KeyDecodedAt = "decoded_at"
	UnitDecoded  = "value of the target"
	ColumnRow    = "row"
)
