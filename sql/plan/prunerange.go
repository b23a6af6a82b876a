package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// interval is what is known of a range key: a prefix of values, then bounds on the next
// column, over as many columns as low and high have.
type interval struct {
	low, high                   []types.Datum
	lowInclusive, highInclusive bool
}

func (l *PartitionLevel) fittingRanges(out []bool, facts []keyFacts) {
	key := l.Parts.Key
	for i := range facts {
		if facts[i].isNull { // only the default partition has it
			if l.Parts.Default >= 0 {
				out[l.Parts.Default] = true
			}
			return
		}
	}
	intervals := []interval{{lowInclusive: true, highInclusive: true}}
	for i := range facts {
		f := &facts[i]
		if f.isEqual && len(f.equal)*len(intervals) <= 1000 {
			var next []interval
			for _, iv := range intervals {
				for _, v := range f.equal {
					if f.allows(key.Columns[i].Type.Type, v) {
						next = append(next, interval{append(iv.low[:len(iv.low):len(iv.low)], v), append(iv.high[:len(iv.high):len(iv.high)], v), true, true})
					}
				}
			}
			intervals = next
			continue
		}
		for k := range intervals {
			iv := &intervals[k]
			if f.low != nil {
				iv.low, iv.lowInclusive = append(iv.low[:len(iv.low):len(iv.low)], f.low.value), f.low.inclusive
			}
			if f.high != nil {
				iv.high, iv.highInclusive = append(iv.high[:len(iv.high):len(iv.high)], f.high.value), f.high.inclusive
			}
		}
		break
	}
	strict := true
	for i := range facts {
		strict = strict && facts[i].strict()
	}
	for _, iv := range intervals {
		var last *catalog.Partition
		gap := false
		for i, part := range l.Parts.List {
			if part.Default || !iv.meets(key, part) {
				continue
			}
			out[i] = true
			switch {
			case last == nil:
				gap = !iv.beginsIn(key, part)
			case key.CompareBounds(last.To, part.From) != 0:
				gap = true
			}
			last = part
		}
		covered := last != nil && !gap && iv.endsIn(key, last)
		if at := l.Parts.Default; at >= 0 && !(covered && strict) {
			out[at] = true
		}
	}
}

// against compares the first columns of a range's end with values.
func against(key *catalog.PartitionKey, end []catalog.RangeDatum, values []types.Datum) int {
	for i, v := range values {
		if end[i].Beyond != 0 {
			return end[i].Beyond
		}
		if c := key.Columns[i].Type.Compare(end[i].Value, v); c != 0 {
			return c
		}
	}
	return 0
}

// meets says whether a partition may have rows in the interval.
func (iv *interval) meets(key *catalog.PartitionKey, part *catalog.Partition) bool {
	if len(iv.low) > 0 {
		n := len(iv.low)
		switch c := against(key, part.To, iv.low); {
		case c < 0:
			return false
		case c == 0 && (n == len(part.To) || !iv.lowInclusive || part.To[n].Beyond < 0):
			return false
		}
	}
	if len(iv.high) > 0 {
		n := len(iv.high)
		switch c := against(key, part.From, iv.high); {
		case c > 0:
			return false
		case c == 0 && (!iv.highInclusive || n < len(part.From) && part.From[n].Beyond > 0):
			return false
		}
	}
	return true
}

// beginsIn says whether nothing of the interval is below a partition, and endsIn whether
// nothing is above.
func (iv *interval) beginsIn(key *catalog.PartitionKey, part *catalog.Partition) bool {
	if len(iv.low) == 0 {
		return part.From[0].Beyond < 0
	}
	c := against(key, part.From, iv.low)
	return c < 0 || c == 0 && (len(iv.low) == len(part.From) || part.From[len(iv.low)].Beyond < 0)
}

func (iv *interval) endsIn(key *catalog.PartitionKey, part *catalog.Partition) bool {
	if len(iv.high) == 0 {
		return part.To[0].Beyond > 0
	}
	c := against(key, part.To, iv.high)
	return c > 0 || c == 0 && (!iv.highInclusive || len(iv.high) < len(part.To) && part.To[len(iv.high)].Beyond > 0)
}
