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
//
// What a thousand are told takes all processors for milliseconds: each of them is woken and
// writes to its socket. If the next commits come before that is done, writers and receivers
// want the processors at once, and there are many more receivers. So after a round that has
// told many the next one waits about as long as telling them has taken, which leaves half
// of the processors to others, and what has come meanwhile goes out in one write to each.

const (
	// hurried is between how many commits, on average, there is less time when the worker
	// begins to take them together.
	hurried = 150 * time.Microsecond
	// rounds is the time from one round to the next then.
	rounds = time.Millisecond
	// perReceiver is roughly the processor time that waking a receiver and its write cost.
	perReceiver = 10 * time.Microsecond
	// longestSpread bounds the time from a round that has told many to the next one.
	longestSpread = 50 * time.Millisecond
)

// pace is how fast commits come to the worker.
type pace struct {
	last time.Time
	each time.Duration // between two commits, on average
	// spread is the time from the last round to the next one that those who were told
	// in it take.
	spread time.Duration
}

// told notes how many times receivers were told of something in the last round.
func (p *pace) told(n, processors int) {
	p.spread = min(2*time.Duration(n)*perReceiver/time.Duration(processors), longestSpread)
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
	if p.last.IsZero() {
		return 0
	}
	gap := p.spread
	if p.each < hurried {
		gap = max(gap, rounds)
	}
	return max(0, gap-now.Sub(p.last))
}
