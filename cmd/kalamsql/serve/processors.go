package serve

import (
	"os"
	"runtime"
)

// spareProcessors lets one goroutine more run than there are processors. One is
// mostly in an fsync, and the runtime would leave its place empty until it notices:
// a sixth of what sixteen writers get done. The environment's GOMAXPROCS is left
// alone.
func spareProcessors() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
}
