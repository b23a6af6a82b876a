package main

import "math/rand/v2"

// choices is where a generator takes its decisions from: a list that is made up
// as it goes, and can be given again, shortened and simplified, to make a smaller
// query of the same kind. 0 is always the simplest choice.
type choices struct {
	list   []int
	at     int
	random *rand.Rand // nil: nothing is made up; what is missing is 0
}

// of gives a number below n.
func (c *choices) of(n int) int {
	if c.at < len(c.list) {
		c.at++
		return c.list[c.at-1] % n
	}
	v := 0
	if c.random != nil {
		v = c.random.IntN(n)
		c.list = append(c.list, v)
		c.at++
	}
	return v
}

// chance is true in so many of a hundred cases.
func (c *choices) chance(percent int) bool { return c.of(100) >= 100-percent }

// one takes an element; the first is the simplest.
func one[T any](c *choices, list ...T) T { return list[c.of(len(list))] }

// shrink looks for a shorter and simpler list that still fails.
func shrink(list []int, fails func([]int) bool) []int {
	for again := true; again; {
		again = false
		for size := len(list) / 2; size > 0; size /= 2 {
			for at := 0; at+size <= len(list); {
				less := append(append([]int(nil), list[:at]...), list[at+size:]...)
				if fails(less) {
					list, again = less, true
					continue
				}
				at += size
			}
		}
		for i, v := range list {
			for _, smaller := range []int{0, v / 2, v - 1} {
				if smaller < 0 || smaller >= list[i] {
					continue
				}
				less := append([]int(nil), list...)
				less[i] = smaller
				if fails(less) {
					list, again = less, true
					break
				}
			}
		}
	}
	return list
}
