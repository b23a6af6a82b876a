package circuit

// ShortRuns has sequences consist of runs of few rows, until what it gives is called.
func ShortRuns() (restore func()) {
	before := runLength
	runLength = 3
	return func() { runLength = before }
}
