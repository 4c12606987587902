package hidden

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tell/internal/solve"
	"tell/target"
)

// softmax is the regression of k classes. Its margins are log-odds against the first
// class, k-1 of a row. A column of one number a row has a weight for each class, the
// penalty and so the optimum that of [solve.Multinomial]: half the sum of squares over
// all k classes, whose weights sum to 0. A column of log-odds, k-1 numbers a row class
// by class, has one weight, as in the conditional logit (McFadden 1974): it moves every
// class by what a model of the first level says of that class. With two classes both
// are the logistic regression of half the C.
type softmax struct {
	classes int
	x       [][]float64
	y       []float64

	at             []int     // the first parameter of each column, and of the intercepts
	ones           []float64 // the column of the intercepts
	p, rest        []float64 // class by class, less the first
	curved, scaled []float64 // by row
}

func (s *softmax) use(x [][]float64, y []float64) {
	n, q := len(y), s.classes-1
	s.x, s.y = x, y
	s.at = s.at[:0]
	next := 0
	for _, column := range x {
		s.at = append(s.at, next)
		if next++; len(column) == n {
			next += q - 1
		}
	}
	s.at = append(s.at, next)
	s.ones = sized(s.ones, n)
	for i := range s.ones {
		s.ones[i] = 1
	}
	s.p, s.rest = sized(s.p, q*n), sized(s.rest, q*n)
	s.curved, s.scaled = sized(s.curved, n), sized(s.scaled, n)
}

func (s *softmax) params() (all, shape, intercepts int) {
	q := s.classes - 1
	return s.at[len(s.x)] + q, 0, q
}

func (s *softmax) begin([]float64) {}

// column is column j as class a sees it, and its parameter there. The intercepts are
// the column after the last.
func (s *softmax) column(j, a int) (x []float64, param int) {
	n := len(s.y)
	switch {
	case j == len(s.x):
		return s.ones, s.at[j] + a
	case len(s.x[j]) == n:
		return s.x[j], s.at[j] + a
	}
	return s.x[j][a*n : (a+1)*n], s.at[j]
}

// margins sets dst to the log-odds of n rows, class by class.
func (s *softmax) margins(dst []float64, x [][]float64, w []float64, n int) {
	q := s.classes - 1
	for a := range q {
		m := dst[a*n : (a+1)*n]
		for i := range m {
			m[i] = w[s.at[len(x)]+a]
		}
		for j, column := range x {
			if len(column) == n {
				floats.AddScaled(m, w[s.at[j]+a], column)
			} else {
				floats.AddScaled(m, w[s.at[j]], column[a*n:(a+1)*n])
			}
		}
	}
}

// penalty is half the sum of the squared weights over all classes.
func (s *softmax) penalty(w []float64) float64 {
	var total float64
	for j := range s.x {
		v := w[s.at[j]:s.at[j+1]]
		total += floats.Dot(v, v)
		if len(s.x[j]) == len(s.y) {
			sum := floats.Sum(v)
			total -= sum * sum / float64(s.classes)
		}
	}
	return total / 2
}

// objective keeps the probabilities of all classes but the first.
func (s *softmax) objective(c float64, w []float64) float64 {
	n, q := len(s.y), s.classes-1
	s.margins(s.p, s.x, w, n)
	var loss float64
	product := 1.0 // of many totals, so that one logarithm serves them
	for i, y := range s.y {
		top := 0.0
		for a := range q {
			top = max(top, s.p[a*n+i])
		}
		if y > 0 {
			loss -= s.p[(int(y)-1)*n+i]
		}
		total := math.Exp(-top)
		for a := range q {
			e := math.Exp(s.p[a*n+i] - top)
			s.p[a*n+i] = e
			total += e
		}
		for a := range q {
			s.p[a*n+i] /= total
		}
		loss += top
		if product *= total; product > 0x1p1000 {
			loss += math.Log(product)
			product = 1
		}
	}
	loss += math.Log(product)
	return s.penalty(w) + c*loss
}

func (s *softmax) derivatives(c float64, w, gradient, hessian []float64) {
	n, q, k := len(s.y), s.classes-1, len(w)
	copy(s.rest, s.p)
	for i, y := range s.y {
		if y > 0 {
			s.rest[(int(y)-1)*n+i]--
		}
	}
	clear(gradient)
	clear(hessian)
	for j := range len(s.x) + 1 {
		for a := range q {
			x, param := s.column(j, a)
			gradient[param] += c * floats.Dot(s.rest[a*n:(a+1)*n], x)
		}
	}
	for a := range q {
		for b := range q {
			for i := range n {
				p := s.p[a*n+i]
				s.curved[i] = -p * s.p[b*n+i]
				if a == b {
					s.curved[i] += p
				}
			}
			for j := range len(s.x) + 1 {
				x, row := s.column(j, a)
				floats.MulTo(s.scaled, s.curved, x)
				for l := range j + 1 {
					if z, column := s.column(l, b); column <= row {
						hessian[row*k+column] += c * floats.Dot(s.scaled, z)
					}
				}
			}
		}
	}
	for j := range s.x {
		lo, hi := s.at[j], s.at[j+1]
		narrow := len(s.x[j]) == n
		mean := floats.Sum(w[lo:hi]) / float64(s.classes)
		for a := lo; a < hi; a++ {
			gradient[a] += w[a]
			hessian[a*k+a]++
			if narrow {
				gradient[a] -= mean
				for b := lo; b <= a; b++ {
					hessian[a*k+b] -= 1 / float64(s.classes)
				}
			}
		}
	}
}

func (s *softmax) predict(p []float64, x [][]float64, w, y []float64) float64 {
	n := len(y)
	margin := make([]float64, (s.classes-1)*n)
	s.margins(margin, x, w, n)
	one := make([]float64, s.classes)
	var loss float64
	for i := range y {
		for a := range s.classes - 1 {
			one[a+1] = margin[a*n+i]
		}
		loss += solve.Loss(target.KindClass, y[i], one, nil)
		solve.Score(p[i*s.classes:(i+1)*s.classes], target.KindClass, one, nil)
	}
	return loss
}

func (s *softmax) residual(dst []float64, y float64, p []float64) {
	for a := range dst {
		dst[a] = -p[a+1]
		if int(y) == a+1 {
			dst[a]++
		}
	}
}
