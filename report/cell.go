package report

import "tell/result"

// A cell is an estimate ready to print.
type cell struct {
	Value    string
	Interval string
	Reason   string // why there is no value
	Notes    []string
}

func cellOf(row result.Row) cell {
	e := row.Estimate
	switch {
	case !e.OK():
		return cell{Reason: e.Reason, Notes: e.Notes()}
	case row.Unit == result.UnitP:
		return cell{Value: pValue(e.Value), Notes: e.Notes()}
	}
	format := number
	if isDifference(row) {
		format = signed
	}
	digits := digitsOf(e, 3)
	return cell{Value: format(e.Value, digits), Interval: interval(e, digits, format), Notes: e.Notes()}
}
