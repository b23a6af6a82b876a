// Package tables is a scratch copy of the contract, to be dropped.
package tables

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
)

type Op uint8

const (
	Insert Op = iota
	Update
	Delete
)

type Reason uint8

const (
	ReasonNone Reason = iota
	Expire
	Truncate
)

type ChangeSet struct {
	Seq              storage.Seq
	At               time.Time
	Changes          []Change
	Notifications    []Notification
	Catalog          *catalog.Catalog
	Dropped, Altered []catalog.OID
}

type Notification struct {
	Channel, Payload string
	PID              int32
}

type Change struct {
	Table    *catalog.Table
	User     string
	Op       Op
	Reason   Reason
	Old, New types.Row
	Key      string
}

type Publisher interface{ Publish(*ChangeSet) }

type Isolation uint8

const (
	ReadCommitted Isolation = iota
	RepeatableRead
	Serializable
)

type TxOptions struct {
	Isolation Isolation
	ReadOnly  bool
	Sync      bool
}

type Bound struct {
	Value     types.Datum
	Inclusive bool
}
type Range struct {
	Prefix    []types.Datum
	Low, High *Bound
}
type Scan struct {
	Table   *catalog.Table
	User    string
	Index   *catalog.Index
	Ranges  []Range
	Reverse bool
	Need    []bool
}

type Store struct {
	mu    sync.Mutex
	cat   *catalog.Catalog
	rows  map[string]storedRow
	log   []*ChangeSet
	pub   Publisher
	epoch uint64
	Start uint64
}
type storedRow struct {
	table catalog.OID
	user  string
	row   types.Row
}
type Options struct{ Publisher Publisher }

func Open(ctx context.Context, o Options) (*Store, error) {
	return &Store{cat: catalog.New(), rows: map[string]storedRow{}, pub: o.Publisher, epoch: 1}, nil
}
func (s *Store) Catalog() *catalog.Catalog { s.mu.Lock(); defer s.mu.Unlock(); return s.cat }
func (s *Store) Epoch() uint64             { return s.epoch }
func (s *Store) EpochStart(e uint64) (storage.Seq, bool) {
	return 0, e == 1
}
func (s *Store) LogStart() storage.Seq { return storage.Seq(s.Start) }
func (s *Store) Applied() storage.Seq {
	s.mu.Lock()
	defer s.mu.Unlock()
	return storage.Seq(len(s.log))
}
func (s *Store) Durable() storage.Seq                                 { return s.Applied() }
func (s *Store) WaitDurable(ctx context.Context, q storage.Seq) error { return ctx.Err() }
func (s *Store) Close() error                                         { return nil }
func (s *Store) ReadChanges(ctx context.Context, after storage.Seq, fn func(*ChangeSet) error) (streams bool, err error) {
	s.mu.Lock()
	log := s.log[after:]
	s.mu.Unlock()
	for _, cs := range log {
		if err := fn(cs); err != nil {
			return true, err
		}
	}
	return true, nil
}

type Tx struct {
	s       *Store
	cat     *catalog.Catalog
	rows    map[string]storedRow
	seq     storage.Seq
	changes []Change
	notes   []Notification
	edit    *catalog.Editor
	dropped []catalog.OID
	altered []catalog.OID
}
type Cursor struct {
	rows []types.Row
	i    int
}
type RowRef struct{ key string }

func (s *Store) Begin(TxOptions) *Tx {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := make(map[string]storedRow, len(s.rows))
	for k, v := range s.rows {
		m[k] = v
	}
	return &Tx{s: s, cat: s.cat, rows: m, seq: storage.Seq(len(s.log))}
}
func (t *Tx) Catalog() *catalog.Catalog { return t.cat }
func (t *Tx) SnapshotSeq() storage.Seq  { return t.seq }
func (t *Tx) Rollback()                 {}
func (t *Tx) Scan(ctx context.Context, sc Scan) (*Cursor, error) {
	var keys []string
	for k, v := range t.rows {
		if v.table == sc.Table.OID && v.user == sc.User {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	c := &Cursor{i: -1}
	for _, k := range keys {
		c.rows = append(c.rows, t.rows[k].row)
	}
	return c, nil
}
func (c *Cursor) Next() bool     { c.i++; return c.i < len(c.rows) }
func (c *Cursor) Row() types.Row { return c.rows[c.i] }
func (c *Cursor) Err() error     { return nil }
func (c *Cursor) Close()         {}

func key(t *catalog.Table, user string, row types.Row) string {
	k := fmt.Sprintf("%d/%s", t.OID, user)
	if pk := t.PrimaryKey(); pk != nil {
		for _, c := range pk.Keys {
			i := t.Ordinal(c.Column)
			k += "/" + fmt.Sprintf("%20s", t.Columns[i].Type.Text(row[i], types.DefaultEnv))
		}
	}
	return k
}
func (t *Tx) Insert(ctx context.Context, tb *catalog.Table, user string, row types.Row) (RowRef, error) {
	k := key(tb, user, row)
	if tb.PrimaryKey() == nil {
		k += fmt.Sprintf("/%d/%d", t.seq, len(t.changes))
	}
	t.changes = append(t.changes, Change{Table: tb, User: user, Op: Insert, New: row.Clone(), Key: k})
	return RowRef{k}, nil
}
func (t *Tx) Update(ctx context.Context, tb *catalog.Table, user string, old, row types.Row) {
	t.changes = append(t.changes, Change{Table: tb, User: user, Op: Update, Old: old.Clone(), New: row.Clone(), Key: key(tb, user, row)})
}
func (t *Tx) Delete(ctx context.Context, tb *catalog.Table, user string, old types.Row, why Reason) {
	t.changes = append(t.changes, Change{Table: tb, User: user, Op: Delete, Reason: why, Old: old.Clone(), Key: key(tb, user, old)})
}
func (t *Tx) Notify(channel, payload string) {
	t.notes = append(t.notes, Notification{Channel: channel, Payload: payload})
}
func (t *Tx) Edit(ctx context.Context) (*catalog.Editor, error) {
	if t.edit == nil {
		t.edit = t.cat.Edit()
	}
	return t.edit, nil
}
func (t *Tx) PutObject(o catalog.Object) {
	e, _ := t.Edit(nil)
	if t.cat.Get(o.ObjectOID()) != nil {
		t.altered = append(t.altered, o.ObjectOID())
	}
	e.Put(o)
}
func (t *Tx) DropObject(o catalog.OID) {
	e, _ := t.Edit(nil)
	e.Drop(o)
	t.dropped = append(t.dropped, o)
}
func (t *Tx) Commit(ctx context.Context) (storage.Seq, error) {
	s := t.s
	s.mu.Lock()
	defer s.mu.Unlock()
	cs := &ChangeSet{Seq: storage.Seq(len(s.log) + 1), Notifications: t.notes, Dropped: t.dropped, Altered: t.altered}
	for _, c := range t.changes {
		seq := types.Int(int64(cs.Seq))
		if c.Old != nil {
			ok := key(c.Table, c.User, c.Old)
			if c.Table.PrimaryKey() == nil {
				ok = c.Key
			}
			cur, found := s.rows[ok]
			if !found {
				continue
			}
			c.Old = cur.row
			delete(s.rows, ok)
		} else if _, dup := s.rows[c.Key]; dup {
			continue
		}
		if c.New != nil {
			c.New = append(c.New[:len(c.Table.Columns):len(c.Table.Columns)], seq)
			if cur, dup := s.rows[c.Key]; dup {
				c.Old, c.Op = cur.row, Update
			}
			s.rows[c.Key] = storedRow{c.Table.OID, c.User, c.New}
		}
		cs.Changes = append(cs.Changes, c)
	}
	var net []Change
	at := map[string]int{}
	for _, c := range cs.Changes {
		i, ok := at[c.Key]
		if !ok {
			at[c.Key] = len(net)
			net = append(net, c)
			continue
		}
		net[i].New = c.New
		net[i].Reason = c.Reason
	}
	cs.Changes = nil
	for _, c := range net {
		switch {
		case c.Old == nil && c.New == nil:
			continue
		case c.Old == nil:
			c.Op = Insert
		case c.New == nil:
			c.Op = Delete
		default:
			c.Op = Update
		}
		cs.Changes = append(cs.Changes, c)
	}
	if t.edit != nil {
		s.cat = t.edit.Done()
		cs.Catalog = s.cat
	}
	s.log = append(s.log, cs)
	s.pub.Publish(cs)
	return cs.Seq, nil
}
