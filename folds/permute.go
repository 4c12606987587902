package folds

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// PermuteLabels draws labels under the null hypothesis that the features carry
// no information about them. draw numbers the draws of one test; the same seed
// and draw give the same labels.
//
// Groups are exchangeability blocks (Winkler et al. 2014, NeuroImage 92;
// Winkler et al. 2015, NeuroImage 123). What may be permuted depends on how the
// labels lie in a group:
//
//   - Constant groups, whose rows all share one label, exchange their label as
//     a whole with constant groups of the same size.
//   - Even groups, with as many rows of label 0 as of label 1, keep their two
//     halves together; a fair coin decides which half is called 1. Shuffling
//     single rows would be wrong as soon as the rows of one label are more
//     alike than rows of different labels for a reason other than the label,
//     such as three wordings of one claim: it tears apart what belongs together,
//     the draws vary too little, and the p-value is too small.
//   - Uneven groups, with both labels in unequal number, exchange their labels
//     as whole blocks with uneven groups of the same size, and are then
//     shuffled within. Their parts cannot swap names without changing the
//     number of labels, so that here the rows of a group are taken to be
//     exchangeable.
//
// fold holds every row's fold when the folds were stratified by these labels:
// then only groups of the same fold exchange labels. Otherwise the draws would
// lose the balance between folds that the observed labels have, which lowers
// their pooled AUROC and makes p too small. It may be nil for folds that were
// made without the labels.
//
// Every draw is uniform over the arrangements, whose number Arrangements gives,
// and each fold and kind of group keeps its count of both labels. Labels are 0
// or 1. It panics if the lengths differ.
func PermuteLabels(label, group, fold []int, seed uint64, draw int) []int {
	rng := rand.New(rand.NewPCG(seed^permuteStream, uint64(draw)))
	permuted := slices.Clone(label)
	for _, class := range classes(label, group, fold) {
		switch class[0].kind {
		case constantBlock:
			exchange(permuted, label, class, rng)
		case evenBlock:
			flip(permuted, class, rng)
		case unevenBlock:
			exchange(permuted, label, class, rng)
			shuffleWithin(permuted, class, rng)
		}
	}
	return permuted
}

// exchange gives every block the labels of a block drawn without replacement.
func exchange(permuted, label []int, class []block, rng *rand.Rand) {
	for to, from := range rng.Perm(len(class)) {
		for i, row := range class[to].rows {
			permuted[row] = label[class[from].rows[i]]
		}
	}
}

// flip swaps the names of a block's two labels with probability 1/2.
func flip(permuted []int, class []block, rng *rand.Rand) {
	for _, b := range class {
		if rng.IntN(2) == 0 {
			continue
		}
		for _, row := range b.rows {
			permuted[row] = 1 - permuted[row]
		}
	}
}

func shuffleWithin(permuted []int, class []block, rng *rand.Rand) {
	for _, b := range class {
		rng.Shuffle(len(b.rows), func(i, j int) {
			i, j = b.rows[i], b.rows[j]
			permuted[i], permuted[j] = permuted[j], permuted[i]
		})
	}
}

// Arrangements is the number of distinct labels that PermuteLabels can draw,
// the observed ones among them; +Inf where it exceeds a float64. A permutation
// p-value cannot be smaller than one over it.
func Arrangements(label, group, fold []int) float64 {
	var log float64
	for _, class := range classes(label, group, fold) {
		switch class[0].kind {
		case evenBlock:
			log += float64(len(class)) * math.Ln2
		case constantBlock, unevenBlock:
			log += logFactorial(len(class))
			alike := make([]int, len(class[0].rows)+1)
			for _, b := range class {
				alike[b.ones]++
			}
			for ones, n := range alike {
				log -= logFactorial(n)
				within := logFactorial(len(class[0].rows)) - logFactorial(ones) - logFactorial(len(class[0].rows)-ones)
				log += float64(n) * within
			}
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

// blockKind says how the labels lie in a group.
type blockKind int

const (
	constantBlock blockKind = iota
	evenBlock
	unevenBlock
)

// block is the rows of one group.
type block struct {
	group, fold int
	kind        blockKind
	ones        int
	rows        []int
}

func (b block) compareClass(c block) int {
	return cmp.Or(cmp.Compare(b.fold, c.fold), cmp.Compare(b.kind, c.kind), cmp.Compare(len(b.rows), len(c.rows)))
}

// classes gathers the groups into classes within which labels are permuted.
func classes(label, group, fold []int) [][]block {
	if len(group) != len(label) || fold != nil && len(fold) != len(label) {
		panic("folds: label, group and fold differ in length")
	}
	blocks := blocksOf(label, group, fold)
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

func blocksOf(label, group, fold []int) []block {
	var blocks []block
	number := make(map[int]int)
	for row, g := range group {
		n, seen := number[g]
		if !seen {
			n = len(blocks)
			number[g] = n
			blocks = append(blocks, block{group: g})
			if fold != nil {
				blocks[n].fold = fold[row]
			}
		}
		blocks[n].rows = append(blocks[n].rows, row)
		blocks[n].ones += label[row]
	}
	for i, b := range blocks {
		switch {
		case b.ones == 0 || b.ones == len(b.rows):
			blocks[i].kind = constantBlock
		case 2*b.ones == len(b.rows):
			blocks[i].kind = evenBlock
		default:
			blocks[i].kind = unevenBlock
		}
	}
	return blocks
}
