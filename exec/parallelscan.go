package exec

import (
	"runtime/debug"
	"sync"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
	"github.com/kalamsql/kalamsql/tables/turns"
)

// A scan that goes on for long is read ahead by two goroutines: what is left of the
// table is divided into parts, each goroutine takes the next part, and the rows that
// pass the filter are handed out in the order of the parts, so that nobody sees a
// difference. This is worth it only while a core is idle: one statement at a time
// does so for each two cores, and the others read on alone.

const (
	// aloneRows is how many rows a scan reads before it asks for help.
	aloneRows = 4096
	// partRows is about how many rows a part has, batchRows how many are handed over
	// at once, and batchesAhead how many batches of a part may wait.
	partRows     = 2048
	batchRows    = 256
	batchesAhead = 2 * partRows / batchRows
	scanWorkers  = 2
	partsAhead   = 2 * scanWorkers
)

// helpers are those who may help scans: a place for each two cores.
var helpers = make(chan struct{}, max(1, turns.Processors/2))

// parallelScan reads what is left of a scan.
type parallelScan struct {
	// filter is the scan's, rest what is left of it for rows that are chosen.
	filter, rest expr.Expr
	parts        []*scanPart
	width        int
	// filled are the columns that are not NULL in every row.
	filled []int
	now    int       // the part that is handed out
	batch  *rowBatch // of it
	at     int       // of the next row in batch
	free   chan *rowBatch
	next   chan int // the parts that nobody has taken
	// ahead has a place for each part that is read and not handed out whole.
	ahead  chan struct{}
	done   chan struct{}
	ended  sync.WaitGroup
	closed bool
	given  int64 // rows
}

// scanPart is one part and its rows.
type scanPart struct {
	cursor  *tables.Cursor
	batches chan *rowBatch // closed behind the last
	err     error          // set before batches is closed
	removed int64
}

// rowBatch is some rows one behind the other.
type rowBatch struct {
	values []types.Datum
	rows   int
}

// newParallelScan divides what a cursor has still to read, if that is worth it and
// the filter may be computed anywhere.
func newParallelScan(rt *Runtime, cursor *tables.Cursor, n *plan.Scan, rest expr.Expr) *parallelScan {
	filter, width := n.Filter, plan.Width(n)
	if turns.Processors < 2 || filter != nil && (expr.MaxVolatility(filter) != expr.Immutable || !plain(filter)) {
		return nil
	}
	select {
	case helpers <- struct{}{}:
	default:
		return nil
	}
	cursors := cursor.Split(partRows, 2*scanWorkers)
	if cursors == nil {
		<-helpers
		return nil
	}
	p := &parallelScan{filter: filter, rest: rest, width: width, free: make(chan *rowBatch, 4*batchesAhead), next: make(chan int, len(cursors)), ahead: make(chan struct{}, partsAhead), done: make(chan struct{})}
	for i := range width {
		if n.Need == nil || i >= len(n.Need) || n.Need[i] {
			p.filled = append(p.filled, i)
		}
	}
	for i, c := range cursors {
		p.parts = append(p.parts, &scanPart{cursor: c, batches: make(chan *rowBatch, batchesAhead)})
		p.next <- i
	}
	close(p.next)
	for range scanWorkers {
		p.ended.Add(1)
		// Each has a context of its own to compute with.
		own := *rt.Eval
		own.Fork()
		turn := rt.Turn.Fork()
		go p.work(&own, &turn)
	}
	return p
}

// plain says whether an expression has nothing in it that belongs to the statement's
// goroutine.
func plain(e expr.Expr) bool {
	ok := true
	expr.Walk(e, func(e expr.Expr) bool {
		switch e := e.(type) {
		case *expr.Call:
			ok = ok && !e.Fn.Routine
		case *expr.Column, *expr.Const, *expr.Param, *expr.And, *expr.Or, *expr.Not, *expr.IsNull, *expr.Like, *expr.InList, *expr.Relabel:
		default:
			ok = false
		}
		return ok
	})
	return ok
}

// work reads parts until there are none.
func (p *parallelScan) work(c *expr.Context, turn *turns.Turn) {
	defer p.ended.Done()
	defer turn.End()
	for {
		select {
		case p.ahead <- struct{}{}:
		default:
			turn.End() // who reads what is there may need it
			select {
			case <-p.done:
				return
			case p.ahead <- struct{}{}:
			}
		}
		i, more := <-p.next
		if !more {
			return
		}
		part := p.parts[i]
		part.err = p.read(c, turn, part)
		part.removed += part.cursor.Skipped()
		part.cursor.Close()
		close(part.batches)
	}
}

// read reads one part.
func (p *parallelScan) read(c *expr.Context, turn *turns.Turn, part *scanPart) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = sqlerr.Internal("panic in a scan: %v\n%s", v, debug.Stack())
		}
	}()
	var batch *rowBatch
	send := func() bool {
		select {
		case part.batches <- batch:
			batch = nil
			return true
		default:
			turn.End()
		}
		select {
		case part.batches <- batch:
			batch = nil
			return true
		case <-p.done:
			return false
		}
	}
	for n := 1; part.cursor.Next(); n++ {
		if n%batchRows == 0 {
			turn.Check()
		}
		row := part.cursor.Row()
		filter := p.filter
		if part.cursor.Chosen() {
			filter = p.rest
		}
		if filter != nil {
			v, err := filter.Eval(c, row)
			if err != nil {
				if batch != nil {
					send() // what comes before the error
				}
				return err
			}
			if !v.Bool() {
				if part.removed++; part.removed%1024 == 0 {
					select {
					case <-p.done:
						return nil
					default:
					}
				}
				continue
			}
		}
		if batch == nil {
			select {
			case batch = <-p.free:
				batch.rows = 0
			default:
				batch = &rowBatch{values: make([]types.Datum, batchRows*p.width)}
			}
		}
		to := batch.values[batch.rows*p.width : (batch.rows+1)*p.width]
		for _, i := range p.filled {
			to[i] = row[i]
		}
		if batch.rows++; batch.rows == batchRows && !send() {
			return nil
		}
	}
	if batch != nil && !send() {
		return nil
	}
	return part.cursor.Err()
}

// Next gives the next row, nil at the end.
func (p *parallelScan) Next(rt *Runtime) (types.Row, error) {
	for {
		if p.batch != nil && p.at < p.batch.rows {
			p.at++
			p.given++
			return p.batch.values[(p.at-1)*p.width : p.at*p.width : p.at*p.width], nil
		}
		if p.batch != nil {
			select {
			case p.free <- p.batch:
			default:
			}
			p.batch = nil
		}
		if p.now == len(p.parts) {
			p.Close()
			return nil, nil
		}
		part := p.parts[p.now]
		if len(part.batches) == 0 {
			rt.Turn.End() // those who read may need it
		}
		select {
		case batch, more := <-part.batches:
			if !more {
				if part.err != nil {
					return nil, part.err
				}
				p.now++
				<-p.ahead
				continue
			}
			p.batch, p.at = batch, 0
		case <-rt.Ctx.Done():
			return nil, Cancelled(rt.Ctx)
		}
	}
}

// Close ends the goroutines and waits for them; it may be called more than once.
func (p *parallelScan) Close() {
	if p.closed {
		return
	}
	p.closed = true
	close(p.done)
	p.ended.Wait()
	for range p.next { // parts that nobody has taken
	}
	for _, part := range p.parts {
		part.cursor.Close()
	}
	<-helpers
}

// removed counts the rows that the filter has removed.
func (p *parallelScan) removed() (n int64) {
	for _, part := range p.parts {
		n += part.removed
	}
	return n
}
