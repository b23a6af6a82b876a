package serve

import (
	"os"
	"runtime"
)

// spare is how many goroutines more may run than there are processors. One is mostly in
// an fsync, and the runtime would leave its place empty until it notices: a sixth of
// what sixteen writers get done. The others are for what is short beside statements that
// compute (see package turns): where the operating system shares the processors out,
// who has waited goes first, and the network is looked at; the runtime does neither
// while all places are taken. Beside six reports sixteen writers get 350 transactions a
// second done with one to spare, and 5,000 with four.
const spare = 4

// spareProcessors makes the places. The environment's GOMAXPROCS is left alone.
func spareProcessors() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spare)
	}
}
