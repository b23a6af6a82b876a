package live

import (
	"container/heap"
	"slices"

	"github.com/kalamsql/kalamsql/live/dataflow"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// unordered is the program of a list over one table whose rows are asked for that were written
// last; nil if the subscription is of another kind.
func (p *snapshotReader) unordered() *dataflow.Program {
	r := &p.sub.request
	if r.Options.LastRows <= 0 || r.Unordered == nil || p.sub.flow.view.temporal {
		return nil
	}
	program, err := dataflow.Compile(r.Unordered)
	if err != nil {
		return nil // it is more than a list
	}
	return program
}

// last delivers the n rows that were written last, oldest first: by _seq, and
// among the rows of one commit in the order of the scan. It keeps no more than
// those in memory.
func (p *snapshotReader) last(c *expr.Context, bound *dataflow.Flow, cursor *tables.Cursor) error {
	n := p.sub.request.Options.LastRows
	var newest written
	size := 0
	for at := 0; cursor.Next(); at++ {
		if at%givenUpAfter == 0 && p.ctx.Err() != nil {
			return errOver
		}
		stored := cursor.Row()
		w := writtenRow{seq: stored[len(bound.Table.Columns)].Int(), at: at}
		if len(newest) == n && !newest[0].before(w) {
			continue
		}
		row, ok, err := bound.Row(c, stored)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if w.row = row; !bound.Fresh {
			w.row = row.Clone()
		}
		size += rowBytes(w.row)
		heap.Push(&newest, w)
		if len(newest) > n {
			size -= rowBytes(heap.Pop(&newest).(writtenRow).row)
		}
		if int64(size) > p.hub.opts.Limits.StateBytes {
			return &End{Code: sqlerr.ConfigurationLimitExceeded, Reason: ReasonStateLimit,
				Message: "the rows asked for with last_rows take more memory than a subscription may"}
		}
	}
	if err := cursor.Err(); err != nil {
		return err
	}
	slices.SortFunc(newest, func(a, b writtenRow) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	for _, w := range newest {
		if err := p.add(w.row); err != nil {
			return err
		}
	}
	return nil
}

// writtenRow is a result row with when it was written.
type writtenRow struct {
	seq int64
	at  int
	row types.Row
}

func (w writtenRow) before(o writtenRow) bool {
	return w.seq < o.seq || w.seq == o.seq && w.at < o.at
}

// written is a heap with the oldest row on top.
type written []writtenRow

func (w written) Len() int           { return len(w) }
func (w written) Less(i, j int) bool { return w[i].before(w[j]) }
func (w written) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *written) Push(x any)        { *w = append(*w, x.(writtenRow)) }
func (w *written) Pop() any {
	last := len(*w) - 1
	x := (*w)[last]
	*w = (*w)[:last]
	return x
}
