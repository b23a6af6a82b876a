package live

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/live/circuit"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// viewRows are rows of a view's tables, by table and key.
type viewRows map[catalog.OID]map[string]types.Row

// givenUpAfter is after how many rows it is asked whether anybody still waits for them.
const givenUpAfter = 1024

// readTables reads what concerns a view of its tables, as of one commit, and
// gives that.
func (f *flow) readTables(ctx context.Context, store *tables.Store, c *expr.Context) (viewRows, storage.Seq, error) {
	tx := store.Begin(tables.TxOptions{Isolation: tables.RepeatableRead, ReadOnly: true})
	defer tx.Rollback()
	all, size := viewRows{}, int64(0)
	for _, planned := range f.view.sources {
		table := tx.Catalog().Table(planned.OID)
		if table == nil {
			return nil, 0, droppedEnd(planned.Name)
		}
		read := f.view.reads[planned.OID]
		if read == nil {
			continue // nothing of it is needed after all
		}
		scans := read.Scans()
		scan, none, err := f.viewScan(scans, read.Table, table, c)
		if err != nil {
			return nil, 0, err
		}
		rows := map[string]types.Row{}
		all[planned.OID] = rows
		if none {
			continue
		}
		cursor, err := tx.Scan(ctx, scan)
		if err != nil {
			return nil, 0, err
		}
		for n := 1; cursor.Next() && err == nil; n++ {
			if n%givenUpAfter == 0 && ctx.Err() != nil {
				err = context.Cause(ctx)
				break
			}
			var row types.Row
			concerns := false
			if row, err = f.view.layoutOf(planned).row(table, cursor.Row()); err == nil {
				concerns, err = circuit.Concerns(c, scans, row)
			}
			if err != nil || !concerns {
				continue
			}
			rows[cursor.Ref().Key()] = row.Clone()
			// A circuit may keep much less than it is made of, as count(*) does.
			if size += int64(rowBytes(row)); size > 8*f.view.limit {
				err = stateLimit()
			}
		}
		if err == nil {
			err = cursor.Err()
		}
		cursor.Close()
		if err == errAltered {
			return nil, 0, alteredEnd(planned.Name)
		}
		if err != nil {
			return nil, 0, err
		}
	}
	seq := tx.SnapshotSeq()
	if len(f.view.sources) == 0 {
		seq = store.Durable()
	}
	return all, seq, store.WaitDurable(ctx, seq)
}

// viewScan is how a view reads a table: through the index that was planned where
// the table is read in one way only.
func (f *flow) viewScan(scans []*plan.Scan, planned, table *catalog.Table, c *expr.Context) (scan tables.Scan, none bool, err error) {
	// Rows past their time are part of the result until their end is announced.
	scan = tables.Scan{Table: table, User: f.user, Expired: true}
	if len(scans) != 1 || scans[0].Ranges == nil || table != planned {
		return scan, false, nil
	}
	scan.Index = scans[0].Index
	scan.Ranges, none, err = evalRanges(c, scans[0])
	return scan, none, err
}

// start makes a circuit of the view that has taken rows, which are as of a commit, and
// shares nothing.
func (f *flow) start(c *expr.Context, rows viewRows, seq storage.Seq) (*circuit.Circuit, error) {
	v := f.view
	changes := map[catalog.OID][]circuit.Change{}
	for oid, of := range rows {
		list := make([]circuit.Change, 0, len(of))
		for key, row := range of {
			list = append(list, circuit.Change{ID: key, New: row})
		}
		slices.SortFunc(list, func(a, b circuit.Change) int { return strings.Compare(a.ID, b.ID) })
		changes[oid] = list
	}
	x := circuit.Build(v.plan, v.evaluate, false)
	now := circuit.Moment(seq)
	_, err := v.take(x, c, circuit.At{Before: now, After: now}, changes)
	return x, err
}

// readView delivers the result of a view as of the newest commit processed.
func (p *snapshotReader) readView() error {
	f := p.sub.flow
	// No commit is processed while the lock is held: the result is as of the
	// last one, and whatever comes next is a change to it.
	p.hub.mu.Lock()
	copied, seq := f.view.result(), max(p.hub.processed(), f.view.asOf)
	p.buffer()
	p.sub.receiver.mu.Lock()
	p.sub.base(seq)
	p.sub.receiver.mu.Unlock()
	p.hub.mu.Unlock()
	p.seq = seq
	result := copied.list()
	if n := p.sub.request.Options.LastRows; n > 0 && n < len(result) {
		result = result[len(result)-n:]
	}
	for _, row := range result {
		if err := p.add(row); err != nil {
			return err
		}
	}
	return p.flush(false)
}

// replayView is replay for a view: the rows as they are now go back to the
// cursor and forward again. The view has its state, so that its groups from then on reach
// the subscription.
func (s *Subscription) replayView(ctx context.Context, store *tables.Store, after storage.Seq) (groups []group, until storage.Seq, ok bool, err error) {
	f, v := s.flow, s.flow.view
	c := s.request.EvalContext()
	c.Ctx = ctx
	rows, until, err := f.readTables(ctx, store, c)
	if err != nil {
		return nil, 0, false, err
	}
	var commits []viewCommit
	streams, err := store.ReadChanges(ctx, after, func(cs *tables.ChangeSet) error {
		if cs.Seq > until {
			return errReached
		}
		var mine []*tables.Change
		if !f.crosses(cs) {
			return errLost
		}
		for i := range cs.Changes {
			if ch := &cs.Changes[i]; v.source(ch.Table.OID) != nil && ch.User == f.sliceOf(ch.Table) {
				mine = append(mine, ch)
			}
		}
		if len(mine) > 0 {
			commits = append(commits, viewCommit{cs.Seq, mine})
		}
		return nil
	})
	if errors.Is(err, errLost) {
		return nil, 0, false, nil
	}
	if err != nil && !errors.Is(err, errReached) {
		return nil, 0, false, err
	}
	if store.LogStart() > after || !streams && !f.durable() {
		return nil, 0, false, nil
	}
	if err := v.undo(c, rows, commits); err != nil {
		return nil, 0, false, nil
	}
	x, err := f.start(c, rows, after)
	if err != nil {
		return nil, 0, false, ctx.Err()
	}
	left := s.receiver.hub.queueBytes()
	for _, commit := range commits {
		d, err := v.step(x, c, commit.seq, commit.changes)
		if err != nil {
			return nil, 0, false, ctx.Err()
		}
		if d == nil {
			continue
		}
		if left -= d.bytes; left < 0 {
			return nil, 0, false, nil
		}
		groups = append(groups, group{seq: commit.seq, cursor: EncodeCursor(store.Epoch(), commit.seq), delta: d})
	}
	return groups, until, true, nil
}

// undo takes rows back to before commits.
func (v *view) undo(c *expr.Context, rows viewRows, commits []viewCommit) error {
	for i := len(commits) - 1; i >= 0; i-- {
		changes, err := v.changesOf(commits[i].changes)
		if err != nil {
			return err
		}
		for oid, list := range changes {
			read := v.reads[oid]
			if read == nil {
				continue
			}
			for k := len(list) - 1; k >= 0; k-- {
				delete(rows[oid], list[k].ID)
				if list[k].Old == nil {
					continue
				}
				concerns, err := circuit.Concerns(c, read.Scans(), list[k].Old)
				if err != nil {
					return err
				}
				if concerns {
					rows[oid][list[k].ID] = list[k].Old
				}
			}
		}
	}
	return nil
}
