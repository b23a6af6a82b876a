package live

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	now := time.Unix(0, 0)
	var p pace
	step := func(every time.Duration, rounds, commits int) (longest time.Duration) {
		for range rounds {
			now = now.Add(every)
			longest = max(longest, p.wait(now))
			p.round(now, commits)
		}
		return longest
	}
	want := func(what string, got, least, most time.Duration) {
		t.Helper()
		if got < least || got > most {
			t.Errorf("%s: waits %v", what, got)
		}
	}
	want("the first", step(0, 1, 1), 0, 0)
	want("a thousand a second", step(time.Millisecond, 1000, 1), 0, 0)
	want("two close to each other", step(10*time.Microsecond, 2, 1), 0, 0)
	want("a thousand a second again", step(time.Millisecond, 10, 1), 0, 0)
	want("twenty thousand a second", step(50*time.Microsecond, 100, 1), rounds-50*time.Microsecond, rounds)
	want("taken together", step(rounds, 100, 20), 0, 0)
	want("still in a hurry", p.wait(now), rounds, rounds)
	want("a second of nothing", p.wait(now.Add(time.Second)), 0, 0)
	step(time.Second, 1, 1)
	step(time.Millisecond, 10, 1)
	want("slow again", p.wait(now), 0, 0)
}
