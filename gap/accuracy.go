package gap

import "fmt"

// A predictor is one of the ways in which a row's label is guessed.
type predictor int

const (
	behaviour predictor = iota
	calibrated
	text
	probe
)

var predictors = [...]struct{ key, symbol, words string }{
	behaviour:  {KeyAccuracyBehaviour, "B", "the behaviour"},
	calibrated: {KeyAccuracyCalibrated, "C", "the calibrated behaviour"},
	text:       {KeyAccuracyText, "T", "the text-only predictor"},
	probe:      {KeyAccuracyProbe, "Ŷ", "the probe"},
}

func (o outcome) guess(p predictor) int {
	switch p {
	case behaviour:
		return o.behaviour
	case calibrated:
		return o.calibrated
	case text:
		return o.text
	}
	return o.probe
}

// accuracy is the share of rows that the predictor gets right.
type accuracy struct{ of predictor }

func (e accuracy) about() about {
	p := predictors[e.of]
	a := about{
		key:        p.key,
		title:      "Accuracy of " + p.words,
		definition: fmt.Sprintf("P(%s=Y)", p.symbol),
		kind:       Share,
	}
	switch e.of {
	case calibrated:
		a.definition += ", where C is the label predicted out of fold from the behaviour alone"
	case text:
		a.definition += ", where T is the label predicted out of fold from the prompt's text alone"
	}
	return a
}

func (e accuracy) at(v *view) value {
	switch {
	case e.of == calibrated && !v.hasCalibrated:
		return value{reason: "no calibrated behaviour is given"}
	case e.of == text && !v.hasText:
		return value{reason: "no text-only prediction is given"}
	}
	return v.share(func(o outcome) bool { return o.guess(e.of) == o.label })
}
