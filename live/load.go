package live

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// readState reads the tables of a view as of one commit, and gives that.
func (f *flow) readState(ctx context.Context, store *tables.Store) (*viewState, storage.Seq, error) {
	tx := store.Begin(tables.TxOptions{Isolation: tables.RepeatableRead, ReadOnly: true})
	defer tx.Rollback()
	st := newViewState(f.view)
	for _, planned := range f.view.sources {
		table := tx.Catalog().Table(planned.OID)
		if table == nil {
			return nil, 0, droppedEnd(f)
		}
		cursor, err := tx.Scan(ctx, tables.Scan{Table: table, User: f.user, Expired: true})
		if err != nil {
			return nil, 0, err
		}
		rows := st.rows[planned.OID]
		for cursor.Next() && err == nil {
			var row types.Row
			if row, err = layout(planned, table, cursor.Row().Clone()); err == nil {
				st.put(rows, cursor.Ref().Key(), row)
			}
			if st.bytes > f.view.limit {
				break // compute says so
			}
		}
		if err == nil {
			err = cursor.Err()
		}
		cursor.Close()
		if err == errAltered {
			return nil, 0, alteredEnd(f)
		}
		if err != nil {
			return nil, 0, err
		}
	}
	seq := tx.SnapshotSeq()
	if len(f.view.sources) == 0 {
		seq = store.Durable()
	}
	return st, seq, store.WaitDurable(ctx, seq)
}

// load makes a view's state, or waits for whoever does. c is the caller's own.
func (h *Hub) load(ctx context.Context, store *tables.Store, f *flow, c *expr.Context) error {
	v := f.view
	h.mu.Lock()
	first := !v.loading
	v.loading = true
	h.mu.Unlock()
	if !first {
		select {
		case <-v.loaded:
		case <-ctx.Done():
			return errOver
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		return v.failed
	}
	// Whoever else waits must not hang on this caller's fate.
	st, seq, err := f.readState(h.ctx, store)
	if err == nil {
		st.result, err = st.compute(v, c)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	defer close(v.loaded)
	for _, w := range v.waiting {
		if w.seq <= seq || err != nil {
			continue
		}
		_, err = st.step(v, c, w.changes)
	}
	v.waiting = nil
	if err == errAltered {
		err = alteredEnd(f)
	}
	if v.failed = err; err == nil {
		v.state, v.asOf = st, seq
	}
	return err
}

// readView delivers the result of a view as of the newest commit processed.
func (p *snapshotReader) readView(store *tables.Store) error {
	f := p.sub.flow
	if err := p.hub.load(p.ctx, store, f, p.sub.request.EvalContext()); err != nil {
		return err
	}
	// No commit is processed while the lock is held: the result is as of the
	// last one, and whatever comes next is a change to it.
	p.hub.mu.Lock()
	result, seq := f.view.state.result, max(p.hub.processed(), f.view.asOf)
	p.buffer()
	p.sub.receiver.mu.Lock()
	p.sub.base(seq)
	p.sub.receiver.mu.Unlock()
	p.hub.mu.Unlock()
	p.seq = seq
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
// cursor and forward again.
func (s *Subscription) replayView(ctx context.Context, store *tables.Store, after storage.Seq) (groups []group, until storage.Seq, ok bool, err error) {
	f, v := s.flow, s.flow.view
	c := s.request.EvalContext()
	// From when the view has its state on, its groups reach the subscription.
	if err := s.receiver.hub.load(ctx, store, f, c); err != nil {
		return nil, 0, false, err
	}
	st, until, err := f.readState(ctx, store)
	if err != nil {
		return nil, 0, false, err
	}
	var commits []viewCommit
	streams, err := store.ReadChanges(ctx, after, func(cs *tables.ChangeSet) error {
		if cs.Seq > until {
			return errReached
		}
		var mine []*tables.Change
		for _, t := range v.sources {
			for _, oid := range append(cs.Dropped[:len(cs.Dropped):len(cs.Dropped)], cs.Altered...) {
				if oid == t.OID {
					return errLost
				}
			}
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
	if err == errLost {
		return nil, 0, false, nil
	}
	if err != nil && err != errReached {
		return nil, 0, false, err
	}
	if store.LogStart() > after || !streams && !f.durable() {
		return nil, 0, false, nil
	}
	for i := len(commits) - 1; i >= 0; i-- {
		for k := len(commits[i].changes) - 1; k >= 0; k-- {
			if err := st.change(v, commits[i].changes[k], true); err != nil {
				return nil, 0, false, nil
			}
		}
	}
	if st.result, err = st.compute(v, c); err != nil {
		return nil, 0, false, err
	}
	left := s.receiver.hub.queueBytes()
	for _, commit := range commits {
		d, err := st.step(v, c, commit.changes)
		if err != nil {
			return nil, 0, false, err
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
