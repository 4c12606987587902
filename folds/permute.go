package folds

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// PermuteLabels draws labels under the null hypothesis that the features carry
// no information about them, as a [Permuter] without units does.
func PermuteLabels(label, group, fold []int, seed uint64, draw int) []int {
	return withoutUnits(label, group, fold).Draw(seed, draw)
}

// Arrangements is the number of distinct labels that PermuteLabels can draw,
// the observed ones among them; +Inf where it exceeds a float64. A permutation
// p-value cannot be smaller than one over it.
func Arrangements(label, group, fold []int) float64 {
	return withoutUnits(label, group, fold).Arrangements()
}

func withoutUnits(label, group, fold []int) *Permuter {
	p, err := NewPermuter(label, group, fold, nil)
	if err != nil {
		panic(err)
	}
	return p
}

// Permuter draws labels under the null hypothesis that the features carry no
// information about them.
//
// Rows of one unit, such as several wordings of one claim, carry one label and
// move as one. Without units every row is its own.
//
// Groups are exchangeability blocks (Winkler et al. 2014, NeuroImage 92;
// Winkler et al. 2015, NeuroImage 123). The shape of a group is the multiset of
// its units' numbers of rows. What may be permuted depends on how the labels lie
// in a group:
//
//   - Constant groups, whose rows all share one label, exchange their label as
//     a whole with constant groups of the same shape.
//   - Even groups, with as many rows of label 0 as of label 1, keep their two
//     halves together; a fair coin decides which half is called 1. So do groups
//     with equally many rows, at least two, of each of several labels, whose parts
//     exchange their labels. Shuffling
//     single rows would be wrong as soon as the rows of one label are more
//     alike than rows of different labels for a reason other than the label,
//     such as three wordings of one claim: it tears apart what belongs together,
//     the draws vary too little, and the p-value is too small.
//   - Uneven groups, with labels in unequal number, and those in which every row
//     has another, as with numbers, exchange the labels of
//     their units as whole blocks with uneven groups of the same shape, and are
//     then shuffled within: units of equal number of rows among themselves.
//     Their parts cannot swap names without changing the number of labels, so
//     that here the units of a group are taken to be exchangeable. Where rows of
//     a claim are given as units of their own, they are not (see
//     [Permuter.Validity]).
//
// When the folds were stratified by these labels, only groups of the same fold
// exchange labels. Otherwise the draws would lose the balance between folds that
// the observed labels have, which lowers their pooled AUROC and makes p too
// small.
//
// Every draw is uniform over the arrangements, whose number Arrangements gives;
// each fold and kind of group keeps its count of every label. The kinds and
// shapes of groups are the same in every arrangement, so that the arrangements
// of any of them are the same set, on which the test rests.
type Permuter struct {
	label   []int
	classes [][]block
	units   bool // units were given
}

// Draw returns the labels of one draw. draw numbers the draws of one test; the
// same seed and draw give the same labels.
func (p *Permuter) Draw(seed uint64, draw int) []int {
	rng := rand.New(rand.NewPCG(seed^permuteStream, uint64(draw)))
	permuted := slices.Clone(p.label)
	for _, class := range p.classes {
		switch class[0].kind {
		case constantBlock:
			exchange(permuted, p.label, class, rng)
		case evenBlock:
			rename(permuted, class, rng)
		case unevenBlock:
			exchange(permuted, p.label, class, rng)
			shuffleWithin(permuted, class, rng)
		}
	}
	return permuted
}

// exchange gives every block the labels of a block drawn without replacement.
func exchange(permuted, label []int, class []block, rng *rand.Rand) {
	for to, from := range rng.Perm(len(class)) {
		for i, u := range class[to].units {
			u.call(permuted, label[class[from].units[i].rows[0]])
		}
	}
}

// rename swaps the names of a block's two labels with probability 1/2, and names
// the parts of one with more labels anew.
func rename(permuted []int, class []block, rng *rand.Rand) {
	for _, b := range class {
		names := slices.Sorted(maps.Keys(b.count))
		if len(b.count) == 2 {
			if rng.IntN(2) == 0 {
				continue
			}
			slices.Reverse(names)
		} else {
			rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		}
		to := make(map[int]int, len(names))
		for i, l := range slices.Sorted(maps.Keys(b.count)) {
			to[l] = names[i]
		}
		for _, u := range b.units {
			u.call(permuted, to[permuted[u.rows[0]]])
		}
	}
}

// shuffleWithin shuffles the labels of the units of every block, among those of
// equal size.
func shuffleWithin(permuted []int, class []block, rng *rand.Rand) {
	for _, b := range class {
		for alike := range b.alike() {
			rng.Shuffle(len(alike), func(i, j int) {
				first, second := permuted[alike[i].rows[0]], permuted[alike[j].rows[0]]
				alike[i].call(permuted, second)
				alike[j].call(permuted, first)
			})
		}
	}
}

// Arrangements is the number of distinct labels that can be drawn, the observed
// ones among them; +Inf where it exceeds a float64. A permutation p-value cannot
// be smaller than one over it.
func (p *Permuter) Arrangements() float64 {
	var log float64
	for _, class := range p.classes {
		if class[0].kind == evenBlock {
			for _, b := range class {
				if len(b.count) == 2 {
					log += math.Ln2
				} else {
					log += logFactorial(len(b.count))
				}
			}
			continue
		}
		// Blocks with as many units of each label of every size are the same
		// once they are shuffled.
		log += logFactorial(len(class))
		same := make(map[string]int)
		for _, b := range class {
			same[b.profile(p.label)]++
			for alike := range b.alike() {
				ways := logFactorial(len(alike))
				for _, of := range slices.Backward(tally(alike, p.label)) {
					ways -= logFactorial(of[1])
				}
				log += ways
			}
		}
		// In a fixed order, so that the sum has the same digits every time.
		var counts []int
		for _, n := range same {
			counts = append(counts, n)
		}
		slices.Sort(counts)
		for _, n := range counts {
			log -= logFactorial(n)
		}
	}
	n := math.Exp(log)
	if n < 1<<40 {
		return math.Round(n)
	}
	return n
}

func logFactorial(n int) float64 {
	v, _ := math.Lgamma(float64(n) + 1)
	return v
}

// classesOf gathers blocks into classes within which labels are permuted.
func classesOf(blocks []block) [][]block {
	slices.SortFunc(blocks, func(b, c block) int {
		return cmp.Or(b.compareClass(c), cmp.Compare(b.group, c.group))
	})
	var classes [][]block
	for len(blocks) > 0 {
		n := 1
		for n < len(blocks) && blocks[n].compareClass(blocks[0]) == 0 {
			n++
		}
		classes = append(classes, blocks[:n])
		blocks = blocks[n:]
	}
	return classes
}
