package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// grain is the number of multiplications that are worth a goroutine.
const grain = 1 << 22

// workers returns how many goroutines a product of that many multiplications
// is divided among.
func (impl Implementation) workers(multiplications int) int {
	workers := impl.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return min(workers, 1+multiplications/grain)
}

// computing counts the goroutines that run kernels, so that calls made side
// by side do not start more than there are processors.
var computing atomic.Int64

// parallel runs do(0) to do(tasks-1) on at most workers goroutines, the
// caller's among them. It starts fewer where other calls keep the processors
// busy.
func parallel(workers, tasks int, do func(task int)) {
	computing.Add(1)
	defer computing.Add(-1)
	free := runtime.GOMAXPROCS(0) - int(computing.Load())
	helpers := max(0, min(workers-1, tasks-1, free))
	if helpers == 0 {
		for t := range tasks {
			do(t)
		}
		return
	}
	computing.Add(int64(helpers))

	var next atomic.Int64
	work := func() {
		for t := int(next.Add(1)) - 1; t < tasks; t = int(next.Add(1)) - 1 {
			do(t)
		}
	}
	var wg sync.WaitGroup
	for range helpers {
		wg.Go(func() {
			defer computing.Add(-1)
			work()
		})
	}
	work()
	wg.Wait()
}
