package tables

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/lock"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// preparedState is a prepared transaction as it is stored.
type preparedState struct {
	GID             string
	Database, Owner catalog.OID
	At              time.Time
	XIDs            []uint32 // the first, those between, the last
	Written         uint16
	Order           int
	Locks           []lock.Grant
	LockSecret      lock.Secret
	Objects         []preparedObject
	Definitions     bool // the transaction changes definitions
	Dropped         [][]byte
	Rewritten       []catalog.OID
	Made            []catalog.OID `json:",omitempty"`
	Rekeyed         []preparedRekeyed
	Truncated       []catalog.OID
	TakenAway       []string
	Writes          []preparedWrite
}

// preparedRekeyed is a table whose rows are under other keys now.
type preparedRekeyed struct {
	Table catalog.OID
	Was   []byte
}

// preparedObject is a definition that was put or, without a value, dropped.
type preparedObject struct {
	OID   catalog.OID
	Class catalog.Class
	Value []byte
}

// preparedWrite is a write: of an index entry, or with a table of a row.
type preparedWrite struct {
	Key       string
	Value     []byte
	Deleted   bool
	Table     catalog.OID
	User      string
	Old       []byte // as the change log has it
	Order     int
	Reason    Reason
	Version   uint64
	Silent    bool
	Unlogged  bool
	Rewritten bool
}

// preparedPage is how many bytes of a stored transaction one row has.
const preparedPage = 1 << 20

// storePrepared stores what the transaction has done, durably, and lets the transaction
// delete that.
func (t *Tx) storePrepared(ctx context.Context, x *PreparedTx) error {
	state, err := t.preparedState(x)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(state); err != nil {
		return fmt.Errorf("store a prepared transaction: %w", err)
	}
	tx := t.store.Begin(TxOptions{Sync: true})
	defer tx.Rollback()
	tx.StartStatement()
	page := int64(0)
	for data := range slices.Chunk(b.Bytes(), preparedPage) {
		row := types.Row{types.String(x.GID), types.Int(page), types.String(string(data))}
		if _, err := tx.Insert(ctx, catalog.PreparedTransactions, "", row); err != nil {
			return err
		}
		page++
	}
	own := tx.own
	seq, err := tx.Commit(ctx)
	if err != nil {
		return err
	}
	own.Scan(func(w *write) bool {
		if w.row != nil {
			old := make(types.Row, len(w.row.table.Columns)+SystemValues)
			if _, err = t.store.decodeRow(w.row.table, w.value, nil, old, 0); err != nil {
				return false
			}
			old[len(w.row.table.Columns)] = types.Int(int64(seq))
			t.put(&write{key: w.key, row: &rowWrite{table: w.row.table, old: old, order: t.nextOrder()}})
		}
		return true
	})
	return err
}

func (t *Tx) preparedState(x *PreparedTx) (*preparedState, error) {
	s := &preparedState{GID: x.GID, Database: x.Database, Owner: x.Owner, At: x.At, XIDs: append([]uint32{t.xid}, t.moreXIDs...), Written: t.written,
		Order: t.order, Locks: t.store.locks.Grants(&t.owner), LockSecret: t.store.locks.Secret(), Dropped: t.droppedRanges, Rewritten: t.rewritten, Made: t.made, TakenAway: t.takenAway, Definitions: t.edit != nil}
	s.XIDs, s.Truncated = append(s.XIDs, t.lastXID), t.truncated
	for _, r := range t.rekeyed {
		s.Rekeyed = append(s.Rekeyed, preparedRekeyed{r.table, r.was})
	}
	for oid, o := range t.objects {
		p := preparedObject{OID: oid}
		if o != nil {
			var err error
			if p.Value, err = json.Marshal(o); err != nil {
				return nil, fmt.Errorf("store definition %d: %w", oid, err)
			}
			p.Class = o.ObjectClass()
		}
		s.Objects = append(s.Objects, p)
	}
	if t.own == nil {
		return s, nil
	}
	var e logEntry
	s.Writes = make([]preparedWrite, 0, t.own.Len())
	t.own.Scan(func(w *write) bool {
		p := preparedWrite{Key: w.key, Value: w.value, Deleted: w.value == nil}
		if r := w.row; r != nil {
			p.Table, p.User, p.Order, p.Reason, p.Version, p.Silent, p.Unlogged, p.Rewritten = r.table.OID, r.user, r.order, r.reason, uint64(r.version), r.silent, r.unlogged, r.rewritten
			if r.old != nil {
				e.bytes = e.bytes[:0]
				e.row(r.table, r.old)
				p.Old = bytes.Clone((&logReader{b: e.bytes}).field())
			}
		}
		s.Writes = append(s.Writes, p)
		return true
	})
	return s, nil
}

// restorePrepared makes the prepared transactions that an earlier run has left. Nobody
// has begun another yet.
func (s *Store) restorePrepared() error {
	rows, err := s.storedPrepared()
	if err != nil {
		return err
	}
	var states []preparedState
	var stored [][]storedRow
	for len(rows) > 0 {
		gid, n := rows[0].row[0].Str(), 0
		var data []byte
		for n < len(rows) && rows[n].row[0].Str() == gid {
			data = append(data, rows[n].row[2].Str()...)
			n++
		}
		var state preparedState
		if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&state); err != nil {
			return fmt.Errorf("prepared transaction %q: %w", gid, err)
		}
		states, stored = append(states, state), append(stored, rows[:n])
		if state.LockSecret != (lock.Secret{}) {
			s.locks.Adopt(state.LockSecret) // there is one: a run takes it over from the last
		}
		rows = rows[n:]
	}
	for i := range states {
		if err := s.restore(&states[i], stored[i]); err != nil {
			return fmt.Errorf("prepared transaction %q: %w", states[i].GID, err)
		}
	}
	return nil
}

// storedPrepared reads what is stored of prepared transactions.
func (s *Store) storedPrepared() ([]storedRow, error) {
	reader := s.Begin(TxOptions{})
	defer reader.Rollback()
	reader.StartStatement()
	return reader.preparedRows()
}

func (s *Store) restore(state *preparedState, stored []storedRow) error {
	t := s.Begin(TxOptions{Sync: true})
	t.order, t.written, t.droppedRanges, t.rewritten, t.made = state.Order, state.Written, state.Dropped, state.Rewritten, state.Made
	t.truncated = state.Truncated
	for _, r := range state.Rekeyed {
		t.rekeyed = append(t.rekeyed, rekeyed{r.Table, r.Was})
	}
	t.restoreXIDs(state.XIDs)
	if state.Definitions {
		t.rebase()
		for _, p := range state.Objects {
			if p.Value == nil {
				t.DropObject(p.OID)
				t.objects[p.OID] = nil
				continue
			}
			o, err := decodeObject(p.Class, p.Value)
			if err != nil {
				return err
			}
			t.PutObject(o)
		}
	}
	for i := range state.Writes {
		w, err := t.restoreWrite(&state.Writes[i])
		if err != nil {
			return err
		}
		t.put(w)
	}
	for _, r := range stored {
		t.put(&write{key: r.ref.key, row: &rowWrite{table: catalog.PreparedTransactions, old: r.row, order: t.nextOrder()}})
	}
	s.locks.Restore(&t.owner, state.Locks)
	for i := range state.Writes { // also what it had by a claim
		if w := &state.Writes[i]; w.Table != 0 && !t.store.locks.Holds(&t.owner, w.Key, rowModes[LockUpdate]) {
			s.locks.Restore(&t.owner, []lock.Grant{{Name: w.Key, Bit: rowModes[LockUpdate].Bit}})
		}
	}
	for _, key := range state.TakenAway {
		t.leaves(key)
	}
	if err := t.noteAgain(); err != nil {
		return err
	}
	x := &PreparedTx{GID: state.GID, Database: state.Database, Owner: state.Owner, At: state.At, XID: t.xid, tx: t}
	return s.prepared.enter(x, int(^uint(0)>>1))
}

// restoreXIDs gives the transaction its numbers again.
func (t *Tx) restoreXIDs(xids []uint32) {
	t.xid, t.lastXID = xids[0], xids[len(xids)-1]
	t.moreXIDs = xids[1 : len(xids)-1]
	x := &t.store.xids
	x.mu.Lock()
	defer x.mu.Unlock()
	x.mu.running = append(x.mu.running, xids...)
}

// noteAgain notes the keys of exclusion constraints that the transaction has written.
func (t *Tx) noteAgain() (err error) {
	t.own.Scan(func(w *write) bool {
		if w.row == nil || w.row.new == nil {
			return true
		}
		for _, index := range w.row.table.Indexes {
			if index.Exclusion == nil {
				continue
			}
			var c *indexCode
			var mine types.Row
			if c, err = t.code(w.row.table, index); err == nil {
				mine, err = c.exclusionKeys(w.row.new)
			}
			if err == nil && mine != nil {
				err = t.noteExclusion(context.Background(), c, w.row.user, mine)
			}
			if err != nil {
				return false
			}
		}
		return true
	})
	return err
}

func (t *Tx) restoreWrite(p *preparedWrite) (*write, error) {
	w := &write{key: p.Key}
	if !p.Deleted {
		w.value = append([]byte{}, p.Value...)
	}
	if p.Table == 0 {
		if w.key[0] == storage.SpaceSequence {
			t.restarts = append(t.restarts, sequenceOf(w.key))
		}
		return w, nil
	}
	table := t.Catalog().Table(p.Table)
	if table == nil {
		return nil, fmt.Errorf("there is no table %d", p.Table)
	}
	w.row = &rowWrite{table: table, user: p.User, order: p.Order, reason: p.Reason, version: rowVersion(p.Version), silent: p.Silent, unlogged: p.Unlogged, rewritten: p.Rewritten}
	var err error
	if w.row.old, err = decodeLogRow(table, p.Old); err != nil || w.value == nil {
		return w, err
	}
	_, columns := cutVersion(w.value[stampSize:])
	w.row.new = make(types.Row, len(table.Columns), len(table.Columns)+SystemValues)
	return w, rowcodec.Decode(table, columns, nil, w.row.new)
}
