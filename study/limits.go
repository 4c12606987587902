package study

import (
	"fmt"
	"math"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"

	"tell/activations"
)

// The limits of a study file. A few hundred bytes of YAML can stand for
// billions of values by aliases, and brackets within brackets take the parser
// far more memory than they have bytes.
const (
	maxStudyBytes  = 4 << 20
	maxStudyDepth  = 32
	maxStudyTokens = 1 << 18 // keys, values and signs
	maxStudyValues = 1 << 18 // with what aliases stand for
)

// checkSize refuses a study that is too large or too deep to be parsed.
func (s *Study) checkSize(raw []byte) error {
	if format := activations.Recognise(raw); format != "" {
		return &Error{Where: s.Path, cause: fmt.Errorf("found a dump (%s), expected a study; to look at it: tell inspect %s", format, s.Path)}
	}
	if len(raw) > maxStudyBytes {
		return &Error{Where: s.Path, cause: fmt.Errorf("found more than %d bytes, expected a study", maxStudyBytes)}
	}
	tokens, ok := tokensOf(string(raw))
	if !ok {
		return &Error{Where: s.Path, cause: fmt.Errorf("found more than %d keys, values and brackets, expected at most so many", maxStudyTokens)}
	}
	if line := tooDeep(tokens); line > 0 {
		return &Error{Where: fmt.Sprintf("%s:%d", s.Path, line), cause: fmt.Errorf("found lists or mappings in more than %d levels, expected at most so many", maxStudyDepth)}
	}
	return nil
}

// tokensOf returns the tokens of a study, or no if there are too many.
func tokensOf(text string) (tokens token.Tokens, ok bool) {
	var s scanner.Scanner
	s.Init(text)
	for len(tokens) <= maxStudyTokens {
		more, err := s.Scan()
		if err != nil {
			return tokens, true // the parser says what is wrong
		}
		tokens.Add(more...)
	}
	return nil, false
}

// tooDeep returns the line on which values nest too deeply, or 0.
func tooDeep(tokens token.Tokens) int {
	var blocks []int // columns that nested blocks begin in
	flow := 0
	for i, t := range tokens {
		begins := t
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow = max(0, flow-1)
		case token.MappingValueType:
			if i > 0 {
				begins = tokens[i-1]
			}
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType, token.SequenceEntryType, token.MappingKeyType, token.MappingValueType, token.TagType, token.AnchorType:
		default:
			continue
		}
		at := placeOf(begins)
		for len(blocks) > 0 && blocks[len(blocks)-1] >= at.column {
			blocks = blocks[:len(blocks)-1]
		}
		if flow == 0 {
			blocks = append(blocks, at.column)
		}
		if len(blocks)+flow > maxStudyDepth {
			return at.line
		}
	}
	return 0
}

// checkValues refuses a document whose aliases stand for too many values.
func (s *Study) checkValues(root ast.Node) error {
	c := valueCounter{anchors: map[string]int{}}
	if n := c.count(root); n > maxStudyValues {
		at := placeOf(c.alias)
		return &Error{Where: fmt.Sprintf("%s:%d", s.Path, at.line), cause: fmt.Errorf("found aliases that stand for more than %d values, expected at most so many", maxStudyValues)}
	}
	return nil
}

// valueCounter counts values without following aliases more than once.
type valueCounter struct {
	anchors map[string]int
	alias   *token.Token // the first that stands for too many
}

func (c *valueCounter) count(node ast.Node) int {
	switch n := node.(type) {
	case *ast.MappingNode:
		total := 1
		for _, v := range n.Values {
			total = sum(total, c.count(v))
		}
		return total
	case *ast.MappingValueNode:
		return sum(c.count(n.Key), c.count(n.Value))
	case *ast.SequenceNode:
		total := 1
		for _, v := range n.Values {
			total = sum(total, c.count(v))
		}
		return total
	case *ast.AnchorNode:
		total := c.count(n.Value)
		c.anchors[anchorName(n.Name)] = total
		return total
	case *ast.AliasNode:
		total := max(1, c.anchors[anchorName(n.Value)])
		if total > maxStudyValues && c.alias == nil {
			c.alias = n.GetToken()
		}
		return total
	case *ast.TagNode:
		return c.count(n.Value)
	case *ast.MappingKeyNode:
		return c.count(n.Value)
	}
	return 1
}

func anchorName(n ast.Node) string {
	if n == nil || n.GetToken() == nil {
		return ""
	}
	return n.GetToken().Value
}

// sum adds counts that may be beyond what an int holds.
func sum(a, b int) int {
	if a > math.MaxInt32 || b > math.MaxInt32 {
		return math.MaxInt32
	}
	return a + b
}
