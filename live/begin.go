package live

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/live/circuit"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
	"github.com/kalamsql/kalamsql/tables/turns"
)

// # Beginning many at once
//
// A view begins with its tables' rows as they are, which go one by one through its circuit.
// Where that is much, as many views begin at a time as there are processors; the others
// wait, and nothing is kept for them meanwhile: what is committed until they read is in
// what they read. Views that have little to read have places of their own, and never wait
// for a costly one.

// muchToRead is from how many rows on a view has much to read.
const muchToRead = 50_000

// loads are the places of views that begin: of those that read fewer rows than much, and
// of the others.
type loads struct {
	much      float64
	few, many chan struct{}
	all       sync.WaitGroup // of those who are under way; added to with the hub's lock held
}

func (l *loads) init(few int) {
	l.much = muchToRead
	l.few, l.many = make(chan struct{}, few), make(chan struct{}, max(1, turns.Processors))
}

// enter waits for a place for a view, once its tables can be read. A panic becomes an
// error.
func (l *loads) enter(ctx context.Context, store *tables.Store, f *flow) (leave func(), err error) {
	defer func() {
		if p := recover(); p != nil {
			err = sqlerr.Internal("panic in a dataflow: %v\n%s", p, debug.Stack())
		}
	}()
	if err := f.awaitTables(ctx, store); err != nil {
		return nil, err
	}
	places := l.few
	if f.toRead(store) >= l.much {
		places = l.many
	}
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, errOver
	}
}

// awaitTables waits until nobody has the flow's tables to himself: whoever waits for that
// must not take places from others, or hold a snapshot.
func (f *flow) awaitTables(ctx context.Context, store *tables.Store) error {
	for _, t := range f.sources() {
		tx := store.Begin(tables.TxOptions{ReadOnly: true}) // none is held while it waits for the next
		err := tx.LockTable(ctx, t.OID, tables.AccessShareMode, false)
		tx.Rollback()
		if err != nil {
			return err
		}
	}
	return nil
}

// lockTables has a transaction lock the flow's tables as readers do, before its snapshot
// is taken.
func (f *flow) lockTables(ctx context.Context, tx *tables.Tx) error {
	for _, t := range f.sources() {
		if err := tx.LockTable(ctx, t.OID, tables.AccessShareMode, false); err != nil {
			return err
		}
	}
	return nil
}

// toRead is roughly how many rows the view must read to begin.
func (f *flow) toRead(store *tables.Store) (rows float64) {
	for _, planned := range f.view.sources {
		read := f.view.reads[planned.OID]
		if read == nil {
			continue
		}
		if scans := read.Scans(); len(scans) == 1 && scans[0].Ranges != nil {
			rows += plan.Estimates{}.Of(scans[0]).Rows
			continue
		}
		st := store.Statistics(planned)
		all := st.Rows
		if planned.PerUser {
			all /= max(1, st.Slices)
		}
		rows += all
	}
	return rows
}

// load waits until a view has its state, which the first who asks for has made with c. It
// gives ctx's error when that ends first.
func (h *Hub) load(ctx context.Context, store *tables.Store, f *flow, c *expr.Context) error {
	v := f.view
	h.mu.Lock()
	if !v.loading {
		if h.mu.closed || len(f.subs) == 0 { // it has ended meanwhile
			h.mu.Unlock()
			return errOver
		}
		v.loading = true
		// Whoever else waits must not hang on this caller's fate.
		own := *c
		own.Ctx, v.giveUp = context.WithCancel(h.ctx)
		h.loads.all.Go(func() { h.make(store, f, &own) })
	}
	h.mu.Unlock()
	select {
	case <-v.loaded:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return v.failed
}

// make makes a view's state. c's context ends when nobody waits for it any more.
func (h *Hub) make(store *tables.Store, f *flow, c *expr.Context) {
	v := f.view
	x, seq, of, err := h.begin(c.Ctx, store, f, c)
	defer h.mu.Unlock() // begin has locked it
	defer close(v.loaded)
	v.giveUp()
	v.giveUp = nil
	defer h.letGo(of)
	v.waiting, v.reading = backlog{}, false
	if err == errAltered {
		err = alteredEnd(f.name())
	}
	switch v.failed = err; {
	case err == nil:
		v.circuit, v.asOf = x, seq
		if len(f.subs) == 0 { // nobody has waited
			leave(x)
			break
		}
		h.told(f, of)
		h.arm(f)
	case x != nil:
		leave(x)
	}
}

// begin makes a circuit of the view that has come to where the hub is. It returns with
// the hub's lock held.
func (h *Hub) begin(ctx context.Context, store *tables.Store, f *flow, c *expr.Context) (x *circuit.Circuit, seq storage.Seq, of held, err error) {
	leave, err := h.loads.enter(ctx, store, f)
	h.mu.Lock()
	if err == nil {
		defer leave()
		if ctx.Err() != nil { // nobody waits for it any more
			err = errOver
		}
	}
	if err != nil {
		return nil, 0, of, err
	}
	// Earlier commits are in what is read.
	f.view.reading = true
	of = h.acquire(f, c)
	h.mu.Unlock()
	began := time.Now()
	x, seq, err = h.open(ctx, store, f, c, of)
	if err != nil {
		h.mu.Lock()
		return x, seq, of, err
	}
	err = h.workOff(&f.view.waiting, seq, began, func(w viewCommit) error {
		return h.within(c, func() error {
			_, err := f.view.step(x, c, w.seq, w.changes)
			return err
		})
	})
	return x, seq, of, err
}

// open makes a circuit of the tables as they are, and gives the commit that is as
// of. A panic becomes an error, since others wait for the outcome.
func (h *Hub) open(ctx context.Context, store *tables.Store, f *flow, c *expr.Context, of held) (x *circuit.Circuit, seq storage.Seq, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = sqlerr.Internal("panic in a dataflow: %v\n%s", p, debug.Stack())
		}
	}()
	if err = h.loadArrangements(ctx, store, f, of); err != nil {
		return nil, 0, err
	}
	v := f.view
	tx := store.Begin(tables.TxOptions{Isolation: tables.RepeatableRead, ReadOnly: true})
	defer tx.Rollback()
	if err := f.lockTables(ctx, tx); err != nil {
		return nil, 0, err
	}
	if seq = store.Durable(); len(v.sources) > 0 {
		tx.FixView()
		seq = tx.SnapshotSeq()
	}
	if of.list != nil {
		if err := h.Await(ctx, seq); err != nil { // the arrangements are there by then
			return nil, 0, err
		}
	}
	x = circuit.Build(v.plan, v.evaluate, true)
	of.give(f, x)
	reader := &tableReader{flow: f, tx: tx, ctx: ctx, c: c, x: x, turn: store.Turns().Of()}
	defer reader.turn.End()
	rows := map[catalog.OID]circuit.Rows{}
	for _, planned := range v.sources {
		table := tx.Catalog().Table(planned.OID)
		if table == nil {
			return x, 0, droppedEnd(planned.Name)
		}
		rows[planned.OID] = func(use circuit.Use, do func(circuit.Change) error) error {
			return reader.read(planned, table, use, do)
		}
	}
	now := circuit.Moment(seq)
	x.Limit(v.limit)
	err = x.Begin(c, circuit.At{Before: now, After: now}, v.time(), rows)
	if errors.Is(err, circuit.ErrLimit) || err == nil && v.keeps(x) > v.limit {
		err = stateLimit()
	}
	if err == nil {
		err = store.WaitDurable(ctx, seq)
	}
	return x, seq, err
}

// tableReader gives the rows of a view's tables as of one commit to its circuit.
type tableReader struct {
	flow *flow
	tx   *tables.Tx
	ctx  context.Context
	c    *expr.Context
	x    *circuit.Circuit
	turn turns.Turn
	kept int64 // bytes of the rows that are kept, while it is not known by what
}

// askAfter is after how many rows it is asked whether anybody still waits for them.
const askAfter = 256

// read gives the rows of one table.
func (r *tableReader) read(planned, table *catalog.Table, use circuit.Use, do func(circuit.Change) error) error {
	v := r.flow.view
	source := v.reads[planned.OID]
	scans := source.First()
	scan, none, err := r.flow.viewScan(scans, source.Table, table, r.c)
	if none || err != nil {
		return err
	}
	scan.NoKeys = !use.Known
	l := v.layoutOf(planned)
	asStored := table == planned
	if asStored {
		scan.Need = l.used // the others are NULL
	}
	cursor, err := r.tx.Scan(r.ctx, scan)
	if err != nil {
		return err
	}
	defer cursor.Close()
	for n := 1; cursor.Next(); n++ {
		if n%askAfter == 0 {
			if err := r.ask(); err != nil {
				return err
			}
		}
		ch := circuit.Change{New: cursor.Row()}
		if !asStored {
			if ch.New, err = l.row(table, ch.New); err == errAltered {
				return alteredEnd(planned.Name)
			} else if err != nil {
				return err
			}
		}
		if use.Kept {
			if concerns, err := circuit.Concerns(r.c, scans, ch.New); err != nil {
				return err
			} else if !concerns {
				continue
			}
			ch.New = ch.New.Clone()
			r.kept += int64(rowBytes(ch.New))
		}
		if use.Known {
			ch.ID = cursor.Ref().Key()
		}
		if err := do(ch); err != nil {
			return err
		}
	}
	return cursor.Err()
}

// ask says whether to go on, and lets others compute.
func (r *tableReader) ask() error {
	r.turn.Check()
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	// What is kept may pass through lists first.
	if limit := r.flow.view.limit; r.x.Bytes() > limit || r.kept > 8*limit {
		return stateLimit()
	}
	return nil
}
