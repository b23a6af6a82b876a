package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The window functions. WindowPartition.Frames, where the executor sets it,
// bounds first_value, last_value and nth_value; without it the frame is the
// default one, from the partition's start to the last peer of the row.

func init() {
	for name, f := range map[string]WindowFunc{
		"row_number": func(_ *Context, w *WindowPartition) error {
			for i := range w.Results {
				w.Results[i] = types.Int(int64(i + 1))
			}
			return nil
		},
		"rank":         ranking(func(first, _, _ int) types.Datum { return types.Int(int64(first + 1)) }),
		"dense_rank":   ranking(func(_, group, _ int) types.Datum { return types.Int(int64(group + 1)) }),
		"percent_rank": ranking(percentRank),
		"cume_dist":    cumeDist,
		"ntile":        ntile,
		"lag":          shifted(-1),
		"lead":         shifted(1),
		"first_value": func(_ *Context, w *WindowPartition) error {
			return frameValue(w, func(low, _, _ int) int { return low })
		},
		"last_value": func(_ *Context, w *WindowPartition) error {
			return frameValue(w, func(_, high, _ int) int { return high - 1 })
		},
		"nth_value": nthValue,
	} {
		windowCode[name] = f
	}
}

// ranking fills a value from the first row of the peer group, the group's
// number, and the number of rows.
func ranking(f func(first, group, rows int) types.Datum) WindowFunc {
	return func(_ *Context, w *WindowPartition) error {
		first, group := 0, -1
		for i := range w.Results {
			if i == 0 || w.Peers[i] != w.Peers[i-1] {
				first = i
				group++
			}
			w.Results[i] = f(first, group, len(w.Results))
		}
		return nil
	}
}

func percentRank(first, _, rows int) types.Datum {
	if rows <= 1 {
		return types.Float(0)
	}
	return types.Float(float64(first) / float64(rows-1))
}

// lastPeer gives the row after the last peer of row i.
func lastPeer(w *WindowPartition, i int) int {
	j := i + 1
	for j < len(w.Peers) && w.Peers[j] == w.Peers[i] {
		j++
	}
	return j
}

func cumeDist(_ *Context, w *WindowPartition) error {
	for i := 0; i < len(w.Results); {
		j := lastPeer(w, i)
		for k := i; k < j; k++ {
			w.Results[k] = types.Float(float64(j) / float64(len(w.Results)))
		}
		i = j
	}
	return nil
}

func ntile(_ *Context, w *WindowPartition) error {
	rows := len(w.Results)
	if rows == 0 {
		return nil
	}
	if w.Args[0][0].IsNull() {
		return nil
	}
	n := int(w.Args[0][0].Int())
	if n <= 0 {
		return sqlerr.New(sqlerr.InvalidArgumentForNtileFunction, "argument of ntile must be greater than zero")
	}
	size, extra := rows/n, rows%n
	i := 0
	for bucket := 1; bucket <= n && i < rows; bucket++ {
		count := size
		if bucket <= extra {
			count++
		}
		for range count {
			w.Results[i] = types.Int(int64(bucket))
			i++
		}
	}
	return nil
}

// shifted is lag (-1) and lead (1): value, offset, default.
func shifted(sign int) WindowFunc {
	return func(_ *Context, w *WindowPartition) error {
		for i, args := range w.Args {
			offset := 1
			if len(args) > 1 {
				if args[1].IsNull() {
					w.Results[i] = types.Null
					continue
				}
				offset = int(args[1].Int())
			}
			at := i + sign*offset
			switch {
			case at >= 0 && at < len(w.Args):
				w.Results[i] = w.Args[at][0]
			case len(args) > 2:
				w.Results[i] = args[2]
			default:
				w.Results[i] = types.Null
			}
		}
		return nil
	}
}

// frameOf gives the rows of row i's frame.
func frameOf(w *WindowPartition, i int) (low, high int) {
	if w.Frames != nil {
		return w.Frames[i][0], w.Frames[i][1]
	}
	return 0, lastPeer(w, i)
}

func frameValue(w *WindowPartition, pick func(low, high, i int) int) error {
	for i := range w.Results {
		low, high := frameOf(w, i)
		w.Results[i] = types.Null
		if at := pick(low, high, i); low < high && at >= low && at < high {
			w.Results[i] = w.Args[at][0]
		}
	}
	return nil
}

func nthValue(_ *Context, w *WindowPartition) error {
	for i := range w.Results {
		w.Results[i] = types.Null
		if w.Args[i][1].IsNull() {
			continue
		}
		n := int(w.Args[i][1].Int())
		if n <= 0 {
			return sqlerr.New(sqlerr.InvalidArgumentForNthValueFunction, "argument of nth_value must be greater than zero")
		}
		if low, high := frameOf(w, i); low+n-1 < high {
			w.Results[i] = w.Args[low+n-1][0]
		}
	}
	return nil
}
