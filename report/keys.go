package report

import "tell/result"

// titleOf names a key of the table in words.
func titleOf(key string) string {
	if k, ok := result.Explain(key); ok {
		return k.Title
	}
	return key
}

// definitionOf says what a key of the table stands for, or nothing.
func definitionOf(key string) string {
	k, _ := result.Explain(key)
	return k.Definition
}
