package livemodel

import (
	"slices"
	"time"
)

// smaller takes steps out of a history for as long as it still fails, and for no
// longer than a limit.
func smaller(h history, limit time.Duration, fails func(history) bool) history {
	end := time.Now().Add(limit)
	for size := len(h) / 2; size > 0; {
		took := false
		for at := 0; at+size <= len(h); {
			if time.Now().After(end) {
				return h
			}
			without := append(slices.Clone(h[:at]), h[at+size:]...)
			if fails(without) {
				h, took = without, true
			} else {
				at += size
			}
		}
		if !took || size > 1 {
			size /= 2
		}
	}
	return h
}
