package live

import (
	"context"
	"errors"
	"log/slog"

	"github.com/kalamsql/kalamsql/live/dataflow"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
	"github.com/kalamsql/kalamsql/tables/turns"
)

// windowBytes bounds the batches of a snapshot that wait to be taken, and
// batchBytes one batch.
const (
	windowBytes = 1 << 20
	batchBytes  = 256 << 10
)

// errOver says that the subscription has ended while its snapshot was read.
var errOver = errors.New("subscription is over")

// run reads the snapshot and makes the subscription live. It is the goroutine
// of one starting subscription, and belongs to the receiver.
func (s *Subscription) run(ctx context.Context, cancel context.CancelFunc, store *tables.Store) {
	r := s.receiver
	defer r.wg.Done()
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			s.fail(r.hub.failed(sqlerr.Internal("panic in a snapshot: %v", p)))
		}
	}()
	reader := snapshotReader{sub: s, hub: r.hub, ctx: ctx}
	defer reader.leave()
	err := reader.read(store)
	var end *End
	switch {
	case err == nil || errors.Is(err, errOver) || ctx.Err() != nil:
	case errors.As(err, &end):
		s.fail(end)
	default:
		r.hub.opts.Logger.Debug("snapshot failed", slog.Any("error", err))
		s.fail(r.hub.failed(err))
	}
}

// fail ends the subscription.
func (s *Subscription) fail(e *End) {
	s.receiver.end(s, e)
	s.receiver.hub.detach(s)
}

// Error lets an End travel as an error inside the package.
func (e *End) Error() string { return e.Message }

// snapshotReader reads one snapshot. It holds one of the hub's slots while it
// reads, and none while it waits for its client.
type snapshotReader struct {
	sub     *Subscription
	hub     *Hub
	ctx     context.Context
	holding bool
	turn    turns.Turn

	seq  storage.Seq
	rows []types.Row
	size int
	num  int
}

func (p *snapshotReader) enter() error {
	select {
	case p.hub.slots <- struct{}{}:
		p.holding = true
		return nil
	case <-p.ctx.Done():
		return errOver
	}
}

func (p *snapshotReader) leave() {
	if p.holding {
		p.holding = false
		p.turn.End()
		<-p.hub.slots
	}
}

// read goes through the table as of one sequence. From before that sequence is
// chosen on, the changes of later commits are kept, so that none falls between.
func (p *snapshotReader) read(store *tables.Store) error {
	f, program := p.sub.flow, p.sub.flow.program
	if f.view != nil { // it waits for a place of its own
		if err := p.hub.load(p.ctx, store, f, p.sub.request.EvalContext()); err != nil {
			return err
		}
		program = p.unordered()
	}
	if program != nil {
		if err := f.awaitTables(p.ctx, store); err != nil {
			return err
		}
	}
	if err := p.enter(); err != nil {
		return err
	}
	if p.turn = store.Turns().Of(); program == nil {
		return p.readView()
	}
	p.buffer()
	tx := store.Begin(tables.TxOptions{Isolation: tables.RepeatableRead, ReadOnly: true})
	defer tx.Rollback()
	table := tx.Catalog().Table(program.Scan.Table.OID)
	if table == nil {
		return droppedEnd(f.name())
	}
	bound, ok := program.For(table)
	if !ok {
		return alteredEnd(f.name())
	}
	c := p.sub.request.EvalContext()
	scan, none, err := scanOf(c, f, program, table)
	if err != nil {
		return err
	}
	cursor, err := tx.Scan(p.ctx, scan)
	if err != nil {
		return err
	}
	defer cursor.Close()
	if err := p.base(store, tx.SnapshotSeq()); err != nil {
		return err
	}
	switch {
	case none:
	case p.sub.request.Options.LastRows > 0:
		err = p.last(c, bound, cursor)
	default:
		err = p.all(c, bound, cursor)
	}
	if err != nil {
		return err
	}
	return p.flush(false)
}

// buffer has the changes of commits kept from now on.
func (p *snapshotReader) buffer() {
	p.sub.receiver.mu.Lock()
	defer p.sub.receiver.mu.Unlock()
	p.sub.buffering = true
}

// base fixes the snapshot's sequence and waits until it is durable: no client
// is shown what a crash can take back.
func (p *snapshotReader) base(store *tables.Store, seq storage.Seq) error {
	p.sub.receiver.mu.Lock()
	p.sub.base(seq)
	p.sub.receiver.mu.Unlock()
	p.seq = seq
	return store.WaitDurable(p.ctx, seq)
}

// all delivers every row of the result.
func (p *snapshotReader) all(c *expr.Context, bound *dataflow.Flow, cursor *tables.Cursor) error {
	for n := 1; cursor.Next(); n++ {
		if n%256 == 0 {
			p.turn.Check()
			if p.ctx.Err() != nil {
				return errOver
			}
		}
		row, ok, err := bound.Row(c, cursor.Row())
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if !bound.Fresh {
			row = row.Clone()
		}
		if err := p.add(row); err != nil {
			return err
		}
	}
	return cursor.Err()
}

// add collects a row; when the batch was full before it, more follow for sure,
// and the batch is delivered.
func (p *snapshotReader) add(row types.Row) error {
	if len(p.rows) >= p.sub.request.Options.BatchSize || p.size >= batchBytes {
		if err := p.flush(true); err != nil {
			return err
		}
	}
	p.rows = append(p.rows, row)
	p.size += rowBytes(row)
	return nil
}

// flush delivers the batch as soon as the client has room for it and, in pull
// mode, has asked for it. The last one makes the subscription live.
func (p *snapshotReader) flush(more bool) error {
	b := &SnapshotBatch{Sub: p.sub, Rows: p.rows, Num: p.num, More: more, seq: p.seq, size: eventBytes + p.size}
	if !more {
		b.Cursor = EncodeCursor(p.hub.epoch(), p.seq)
		if err := p.sub.reached(p.ctx); err != nil {
			return err
		}
	}
	p.rows, p.size, p.num = nil, 0, p.num+1
	for {
		done, err := p.deliver(b)
		if done || err != nil {
			return err
		}
		p.leave()
		select {
		case <-p.sub.room:
		case <-p.ctx.Done():
			return errOver
		}
		if err := p.enter(); err != nil {
			return err
		}
	}
}

func (p *snapshotReader) deliver(b *SnapshotBatch) (bool, error) {
	s, r := p.sub, p.sub.receiver
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.state != starting || r.mu.closed {
		return false, errOver
	}
	asked := !s.request.Options.Pull || b.Num == 0 || s.pulls > 0
	window := min(windowBytes, p.hub.queueBytes()/2)
	if !asked || s.batches > 0 && s.batches+b.size > window {
		return false, nil
	}
	if s.request.Options.Pull && b.Num > 0 {
		s.pulls--
	}
	if !b.More {
		r.goLive(s, b, nil)
		return true, nil
	}
	s.queued += b.size
	s.batches += b.size
	r.mu.queue = append(r.mu.queue, b)
	r.signal()
	return true, nil
}

// scanOf makes the scan of a snapshot: the planned ranges where the index is
// still the planned one, else the whole table.
func scanOf(c *expr.Context, f *flow, program *dataflow.Program, table *catalog.Table) (scan tables.Scan, none bool, err error) {
	// Rows past their time are part of the result until their end is announced.
	scan = tables.Scan{Table: table, User: f.user, Expired: true}
	planned := program.Scan
	if planned.Ranges == nil || table != planned.Table {
		return scan, false, nil
	}
	scan.Index = planned.Index
	scan.Ranges, none, err = evalRanges(c, planned)
	return scan, none, err
}
