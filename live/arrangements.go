package live

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/kalamsql/kalamsql/live/circuit"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// # Shared arrangements
//
// Views whose circuits want the same arrangement of a table are given the same one
// (see package circuit). The hub's worker tells it each commit before it runs the
// dataflows that the commit concerns, and has it forget afterwards what nobody will
// read any more. Those that keep what they look for need not be asked about every
// change of the table: the arrangement knows who looks for the keys of a changed row, so that
// a commit finds the few that it concerns. Who makes a view first loads its arrangements, then reads the
// other tables: what an arrangement remembers is held for it from before on until
// the view has caught up with the worker. The last view to go takes it along.

// arrangements are those there are. They are guarded by the hub's lock.
type arrangements struct {
	byIdentity map[string]*arrangement
	byTable    map[catalog.OID][]*arrangement
	// moved are those that the commit under way has changed.
	moved []*arrangement
}

// arrangement is one of them, with its users. Its fields from users on are guarded by
// the hub's lock.
type arrangement struct {
	*circuit.Arrangement
	want     *circuit.Want // of whoever made it
	identity string
	layout   layout
	user     string
	context  *expr.Context // for whoever advances it

	users int
	// holds are the commits as of which views that are being made may read.
	holds []storage.Seq
	// loaded is closed when the rows are there, or failed is set.
	loaded  chan struct{}
	loading bool
	ready   bool
	failed  error
	asOf    storage.Seq
	// waiting are the commits that came while the rows were read.
	waiting backlog
	pending []*tables.Change // of the commit being processed
}

// held are the arrangements of a view that is being made, in the order of its
// circuit's wants, and since when they remember for it.
type held struct {
	list  []*arrangement
	since storage.Seq
}

// acquire gives a view the arrangements that its circuit wants, those there are or
// new ones. The hub's lock is held.
func (h *Hub) acquire(f *flow, c *expr.Context) (of held) {
	all := &h.mu.arrangements
	of.since = h.processed()
	for _, w := range f.view.shape.Wants {
		l := f.view.layoutOf(w.Scan.Table)
		user := f.sliceOf(l.planned)
		identity := fmt.Sprintf("%q %v %s", user, l.used, w.Identity())
		a := all.byIdentity[identity]
		if a == nil {
			a = &arrangement{Arrangement: circuit.NewArrangement(w, f.view.limit), want: w, identity: identity, layout: l, user: user, context: c, loaded: make(chan struct{})}
			all.byIdentity[identity] = a
			all.byTable[l.planned.OID] = append(all.byTable[l.planned.OID], a)
		}
		a.users++
		a.holds = append(a.holds, of.since)
		of.list = append(of.list, a)
	}
	f.view.arrangements = of.list
	return of
}

// letGo says that the view has caught up. The hub's lock is held.
func (h *Hub) letGo(of held) {
	for _, a := range of.list {
		a.holds = without(a.holds, of.since)
		a.forget(h.processed())
	}
}

// give hands them to a circuit of a flow's view.
func (of held) give(f *flow, x *circuit.Circuit) {
	for i, w := range x.Wants {
		w.Owner = f
		w.Use(of.list[i].Arrangement)
	}
}

// leave says that a circuit is of no more use.
func leave(x *circuit.Circuit) {
	for _, w := range x.Wants {
		w.Leave()
	}
}

// told has the arrangements of a view that has caught up tell which commits concern
// it, where every change of their tables would. The hub's lock is held.
func (h *Hub) told(f *flow, of held) {
	for i, w := range f.view.circuit.Wants {
		a := of.list[i]
		if oid := a.layout.planned.OID; w.Told && h.mu.routes.told(f, oid, a.user) {
			f.view.told = append(f.view.told, a)
		} else {
			w.Owner = nil
		}
	}
}

// release takes a view's arrangements from it. The hub's lock is held.
func (h *Hub) release(f *flow) {
	if f.view == nil {
		return
	}
	all := &h.mu.arrangements
	if f.view.circuit != nil {
		leave(f.view.circuit)
	}
	for _, a := range f.view.arrangements {
		if a.users--; a.users > 0 {
			continue
		}
		delete(all.byIdentity, a.identity)
		oid := a.layout.planned.OID
		if all.byTable[oid] = without(all.byTable[oid], a); len(all.byTable[oid]) == 0 {
			delete(all.byTable, oid)
		}
	}
}

// forget has the arrangement forget what was before the newest commit, or before
// what is held.
func (a *arrangement) forget(newest storage.Seq) {
	if !a.ready {
		return
	}
	for _, hold := range a.holds {
		newest = min(newest, hold)
	}
	a.Forget(circuit.Moment(newest))
}

// arrange tells the arrangements what a commit does. The hub's lock is held.
func (h *Hub) arrange(cs *tables.ChangeSet) {
	all := &h.mu.arrangements
	if len(all.byTable) == 0 {
		return
	}
	for i := range cs.Changes {
		ch := &cs.Changes[i]
		for _, a := range all.byTable[ch.Table.OID] {
			if a.user != ch.User {
				continue
			}
			if len(a.pending) == 0 {
				all.moved = append(all.moved, a)
			}
			a.pending = append(a.pending, ch)
		}
	}
	for _, a := range all.moved {
		a.take(cs.Seq, a.pending, h.opts.Limits.StateBytes, func(w *circuit.Want) {
			if f, ok := w.Owner.(*flow); ok {
				h.work.touch(f, cs.Seq)
			}
		})
	}
}

// arranged is called when all dataflows have taken a commit. The hub's lock is held.
func (h *Hub) arranged(seq storage.Seq) {
	all := &h.mu.arrangements
	for _, a := range all.moved {
		a.forget(seq)
		clear(a.pending)
		a.pending = a.pending[:0]
	}
	clear(all.moved)
	all.moved = all.moved[:0]
}

// take advances the arrangement by a commit, or keeps the commit until the rows are
// there. What fails is told to whoever reads.
func (a *arrangement) take(seq storage.Seq, changes []*tables.Change, limit int64, concerned func(*circuit.Want)) {
	if a.ready {
		if seq > a.asOf {
			_ = a.advance(seq, changes, concerned) // readers are told
		}
		return
	}
	a.waiting.add(seq, changes, limit) // the view that waits for the rows is told
}

func (a *arrangement) advance(seq storage.Seq, changes []*tables.Change, concerned func(*circuit.Want)) error {
	list := make([]circuit.Change, 0, len(changes))
	for _, ch := range changes {
		change, err := a.layout.change(ch)
		if err != nil {
			a.Fail(err)
			break
		}
		list = append(list, change)
	}
	return a.Advance(a.context, circuit.Moment(seq), list, concerned)
}

// loadArrangements waits until a view's arrangements have their rows, and reads
// those that nobody reads yet.
func (h *Hub) loadArrangements(ctx context.Context, store *tables.Store, f *flow, of held) error {
	h.mu.Lock()
	var mine []*arrangement
	for _, a := range of.list {
		if !a.loading {
			a.loading = true
			mine = append(mine, a)
		}
	}
	h.mu.Unlock()
	for _, a := range mine {
		h.start(a, func() (storage.Seq, error) { return f.readArrangement(ctx, store, a) })
		close(a.loaded)
	}
	for _, a := range of.list {
		select {
		case <-a.loaded:
		case <-ctx.Done():
			return errOver
		}
		h.mu.Lock()
		err := a.failed
		h.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// start reads the rows of an arrangement, and takes what has happened meanwhile.
func (h *Hub) start(a *arrangement, read func() (storage.Seq, error)) {
	began := time.Now()
	seq, err := read()
	if err != nil {
		h.mu.Lock()
	} else {
		err = h.workOff(&a.waiting, seq, began, func(w viewCommit) error { return a.advance(w.seq, w.changes, nil) })
	}
	defer h.mu.Unlock()
	a.waiting, a.asOf, a.failed, a.ready = backlog{}, seq, err, true
	a.forget(h.processed())
}

// readArrangement fills an arrangement with its table's rows as of one commit, and
// gives that. A panic becomes an error, since others wait for the outcome.
func (f *flow) readArrangement(ctx context.Context, store *tables.Store, a *arrangement) (seq storage.Seq, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = sqlerr.Internal("panic in a dataflow: %v\n%s", p, debug.Stack())
		}
	}()
	tx := store.Begin(tables.TxOptions{Isolation: tables.RepeatableRead, ReadOnly: true})
	defer tx.Rollback()
	if err := tx.LockTable(ctx, a.layout.planned.OID, tables.AccessShareMode, false); err != nil {
		return 0, err
	}
	table := tx.Catalog().Table(a.layout.planned.OID)
	if table == nil {
		return 0, droppedEnd(a.layout.planned.Name)
	}
	tx.FixView()
	seq = tx.SnapshotSeq()
	scan, none, err := f.viewScan([]*plan.Scan{a.want.Scan}, a.layout.planned, table, a.context)
	if err != nil || none {
		return seq, err
	}
	cursor, err := tx.Scan(ctx, scan)
	if err != nil {
		return 0, err
	}
	defer cursor.Close()
	const batch = givenUpAfter
	list := make([]circuit.Change, 0, batch)
	for {
		next := cursor.Next()
		if next {
			row, err := a.layout.row(table, cursor.Row())
			if err == errAltered {
				return 0, alteredEnd(table.Name)
			}
			if err != nil {
				return 0, err
			}
			list = append(list, circuit.Change{ID: cursor.Ref().Key(), New: row.Clone()})
		}
		if len(list) == batch || !next {
			if ctx.Err() != nil {
				return 0, context.Cause(ctx)
			}
			if err := a.Advance(a.context, circuit.Moment(seq), list, nil); err != nil {
				return 0, err
			}
			// Nobody reads as of an earlier commit than its hold, and none of this is later.
			a.Forget(circuit.Moment(seq))
			if a.Bytes() > f.view.limit {
				return 0, stateLimit()
			}
			list = list[:0]
		}
		if !next {
			break
		}
	}
	if err := cursor.Err(); err != nil {
		return 0, err
	}
	return seq, store.WaitDurable(ctx, seq)
}
