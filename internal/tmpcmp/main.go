package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"tell/internal/kernel"
	"tell/run"
	"tell/study"
)

func main() {
	kernel.Use()
	s, err := study.Load(os.Args[1])
	if err != nil { panic(err) }
	r, scores, err := run.Run(context.Background(), s, run.Options{Parts: os.Args[2]})
	if err != nil { fmt.Println(err); os.Exit(1) }
	f, _ := os.Create(os.Args[3])
	e := json.NewEncoder(f); e.SetIndent("", " ")
	type sc struct{ID string; Fold, Layer int; Score float64}
	var out []sc
	for _, x := range scores { out = append(out, sc{x.ID, x.Fold, x.Layer, x.Score}) }
	if err := e.Encode(map[string]any{"r": r, "s": out}); err != nil { panic(err) }
}
