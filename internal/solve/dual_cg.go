package solve

import "context"

// combination is the conjugate gradient iteration of one column. An image is
// the product of a vector with K.
type combination struct {
	*column
	residual, direction, image    []float64
	conditioned, conditionedImage []float64

	product float64 // of the residual and the conditioned residual
	limit   float64 // of that product, to stop at
}

func newCombination(c *column) *combination {
	m := len(c.gradient)
	buf := make([]float64, 5*m)
	e := &combination{
		column:   c,
		residual: buf[:m], direction: buf[m : 2*m], image: buf[2*m : 3*m],
		conditioned: buf[3*m : 4*m], conditionedImage: buf[4*m:],
	}
	for j, g := range c.gradient {
		e.residual[j] = -g
	}
	c.clearStep()
	return e
}

// conjugateAll takes steps of all columns, until the product of each is at most its limit, and
// returns how many are not there when their endurance ends. A limit is asked for once,
// before the first step; condition sets conditioned residuals and their images.
func conjugateAll(ctx context.Context, columns []*column, condition func([]*combination), limit func(*combination) float64) (left int, err error) {
	live := make([]*combination, len(columns))
	for i, c := range columns {
		live[i] = newCombination(c)
	}
	condition(live)
	for _, e := range live {
		copy(e.direction, e.conditioned)
		copy(e.image, e.conditionedImage)
		e.product = dot(e.residual, e.conditionedImage)
		e.limit = limit(e)
	}
	for iter := 0; len(live) > 0 && iter < endurance; iter++ {
		if err := ctx.Err(); err != nil {
			return len(live), err
		}
		for _, e := range live {
			e.advance()
			e.turns++
		}
		condition(live)
		kept := live[:0]
		for _, e := range live {
			if !e.turn() {
				kept = append(kept, e)
			}
		}
		live = kept
	}
	return len(live), nil
}

// advance takes one step along the direction p, whose product with the Hessian
// is p + (D - ddᵀ/Σd)Kp.
func (e *combination) advance() {
	var cross float64
	if e.total > 0 {
		cross = dot(e.curvature, e.image) / e.total
	}
	curved := dot(e.direction, e.image)
	for j, v := range e.image {
		curved += e.curvature[j] * (v - cross) * v
	}
	a := e.product / curved
	if !(curved > 0) {
		a = 0 // nothing is left but rounding
	}
	axpy(a, e.direction, e.step.w)
	axpy(a, e.image, e.step.margin)
	e.step.b -= a * cross
	for j, v := range e.image {
		e.residual[j] -= a * (e.direction[j] + e.curvature[j]*(v-cross))
	}
}

// turn makes the conditioned residual conjugate to the directions before it,
// and reports whether it is small enough.
func (e *combination) turn() bool {
	product := dot(e.residual, e.conditionedImage)
	if product <= e.limit {
		return true
	}
	beta := product / e.product
	e.product = product
	for j, z := range e.conditioned {
		e.direction[j] = z + beta*e.direction[j]
		e.image[j] = e.conditionedImage[j] + beta*e.image[j]
	}
	return false
}
