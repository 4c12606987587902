package run

import (
	"context"

	"tell/internal/profile"
)

// The stages of a run in a profile, see [tell/internal/profile.Start].
const (
	StageReading      = "reading"      // and hashing, examples, folds
	StageSolving      = "solving"      // the probes
	StagePermutations = "permutations" // of the labels
	StageResampling   = "resampling"   // of the training rows
	StageBaselines    = "baselines"    // that are trained
	StageControls     = "controls"     // description length, control tasks, learning curves
	StageParts        = "parts"        // their files
	StageBootstrap    = "bootstrap"    // of metrics and of the gap
	StageHidden       = "hidden information"
	StageComparisons  = "comparisons"
)

// Stages are those of a run in their order. Rows that are streamed are read
// while they are trained on.
func Stages() profile.Settings {
	return profile.Settings{
		Stages: []string{
			StageReading, StageSolving, StagePermutations, StageResampling, StageBaselines, StageControls,
			StageParts, StageBootstrap, StageHidden, StageComparisons,
		},
		Packages: map[string]string{"tell/activations": StageReading},
	}
}

// staged makes a part as a stage.
func staged(ctx context.Context, stage string, c Cell, of func(context.Context, Cell) (*part, error)) (made *part, err error) {
	err = profile.In(ctx, stage, func(ctx context.Context) error {
		made, err = of(ctx, c)
		return err
	})
	return made, err
}
