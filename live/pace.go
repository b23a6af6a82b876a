package live

import "time"

// # Thousands of commits a second
//
// A few live queries over what many sessions write would have their receivers woken for
// each commit: a write to a socket and a reading of it, thousands of times a second, which
// cost the writers on the same machine more than all the rest of it. So when commits come
// that fast, the worker takes those of a millisecond together, and receivers
// are told of them at once. Nobody waits for it but those who are told, who are behind by
// more than that anyway; at any slower pace each commit is processed when it comes.

const (
	// hurried is between how many commits, on average, there is less time when the worker
	// begins to take them together.
	hurried = 150 * time.Microsecond
	// rounds is the time from one round to the next then.
	rounds = time.Millisecond
)

// pace is how fast commits come to the worker.
type pace struct {
	last time.Time
	each time.Duration // between two commits, on average
}

// round notes that so many commits are taken now.
func (p *pace) round(now time.Time, commits int) {
	each := hurried * 8
	if !p.last.IsZero() {
		each = min(each, now.Sub(p.last)/time.Duration(commits))
	}
	for range min(commits, 8) {
		p.each += (each - p.each) / 8
	}
	p.last = now
}

// wait is how long to wait for more commits before the next round.
func (p *pace) wait(now time.Time) time.Duration {
	if p.last.IsZero() || p.each >= hurried {
		return 0
	}
	return max(0, rounds-now.Sub(p.last))
}
