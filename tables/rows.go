package tables

import (
	"context"
	"encoding/binary"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// RowRef names a row within a transaction.
type RowRef struct{ key, user string }

// RefTo is the reference to the row with a key, in the slice of a user.
func RefTo(table *catalog.Table, user, key string) RowRef {
	if !table.PerUser {
		user = "" // everybody's
	}
	return RowRef{key, user}
}

// Key is the row's identity in storage.
func (r RowRef) Key() string { return r.key }

// stampSize is the commit sequence at the head of a stored row; a stream row
// has the time it was written after it.
const stampSize = 8

// encodeRow makes the stored form of a row, with room for the stamp.
func (t *Tx) encodeRow(table *catalog.Table, row types.Row) []byte {
	b := make([]byte, stampSize, stampSize+8+16*len(row))
	if !table.Durable() {
		b = binary.BigEndian.AppendUint64(b, uint64(t.store.now().UnixMicro()))
	}
	return rowcodec.Append(b, table, row)
}

// decodeRow reads a stored row into row, whose last value becomes _seq. live is
// false for a stream row whose time to live has ended.
func (s *Store) decodeRow(table *catalog.Table, value []byte, need []bool, row types.Row, now int64) (live bool, err error) {
	at := stampSize
	if len(value) < at {
		return false, sqlerr.New(sqlerr.DataCorrupted, `a row of table "%s" cannot be read`, table.Name)
	}
	if !table.Durable() {
		if len(value) < at+8 {
			return false, sqlerr.New(sqlerr.DataCorrupted, `a row of table "%s" cannot be read`, table.Name)
		}
		written := int64(binary.BigEndian.Uint64(value[at:]))
		at += 8
		if table.TTL > 0 && now > 0 && written+table.TTL.Microseconds() <= now {
			return false, nil
		}
	}
	if err := rowcodec.Decode(table, value[at:], need, row[:len(table.Columns)]); err != nil {
		return false, err
	}
	row[len(table.Columns)] = types.Int(int64(binary.BigEndian.Uint64(value)))
	return true, nil
}

// latest reads the newest version of a row: the transaction's own, or the
// committed one. Nil: there is none.
func (t *Tx) latest(table *catalog.Table, key string) (row types.Row, own *write, err error) {
	if w := t.mine(key); w != nil {
		if w.value == nil {
			return nil, w, nil
		}
		row = make(types.Row, len(table.Columns)+1)
		if w.row != nil && w.row.new != nil && !w.row.silent {
			copy(row, w.row.new[:len(table.Columns)])
			return row, w, nil
		}
		_, err = t.store.decodeRow(table, w.value, nil, row, 0)
		return row, w, err
	}
	value, found, err := t.store.engine.GetLatest([]byte(key), nil)
	if err != nil {
		return nil, nil, translate(err)
	}
	if !found {
		return nil, nil, nil
	}
	row = make(types.Row, len(table.Columns)+1)
	if _, err := t.store.decodeRow(table, value, nil, row, 0); err != nil {
		return nil, nil, err
	}
	return row, nil, nil
}

// rowKey makes the key of a new row.
func (s *Store) rowKey(table *catalog.Table, user string, row types.Row) []byte {
	key := keys.SlicePrefix(table, 0, user)
	pk := table.PrimaryKey()
	if pk == nil {
		return binary.BigEndian.AppendUint64(key, s.rowID.Add(1))
	}
	return appendKeys(key, table, pk, row)
}

func appendKeys(key []byte, table *catalog.Table, index *catalog.Index, row types.Row) []byte {
	for _, k := range index.Keys {
		at := table.Ordinal(k.Column)
		key = keys.AppendColumn(key, table.Columns[at].Type.Type, row[at], k)
	}
	return key
}

// indexKey makes the key of a row's entry in an index. A unique entry without
// NULLs is the key alone; any other has the row's key behind it.
func indexKey(table *catalog.Table, index *catalog.Index, user string, row types.Row, rowKey string) (key []byte, unique bool) {
	key = appendKeys(keys.SlicePrefix(table, index.OID, user), table, index, row)
	unique = index.Unique
	if unique && !index.NullsNotDistinct {
		for _, k := range index.Keys {
			unique = unique && !row[table.Ordinal(k.Column)].IsNull()
		}
	}
	if !unique {
		key = append(key, rowKey...)
	}
	return key, unique
}

// mayWrite checks the transaction's mode and locks the table.
func (t *Tx) mayWrite(ctx context.Context, table *catalog.Table, user string) error {
	if t.opts.ReadOnly {
		return sqlerr.New(sqlerr.ReadOnlySQLTransaction, "cannot write in a read-only transaction")
	}
	if table.PerUser && user == "" {
		return sqlerr.Internal("table %s written without a user", table.Name)
	}
	return t.use(ctx, table, RowExclusiveMode)
}

// Insert adds a row. The row belongs to the transaction afterwards.
func (t *Tx) Insert(ctx context.Context, table *catalog.Table, user string, row types.Row) (RowRef, error) {
	ref, conflict, _, index, err := t.insert(ctx, table, user, row, nil)
	if err != nil {
		return RowRef{}, err
	}
	if conflict != nil {
		return RowRef{}, t.duplicate(table, index, row)
	}
	return *ref, nil
}

// InsertUnlessConflict adds a row unless one with the same key is there in one
// of the arbiter indexes (nil: any); then it gives that row, locked for update.
// A duplicate in another index is an error.
func (t *Tx) InsertUnlessConflict(ctx context.Context, table *catalog.Table, user string, row types.Row, arbiters []*catalog.Index) (ref, conflict *RowRef, existing types.Row, err error) {
	ref, conflict, existing, index, err := t.insert(ctx, table, user, row, arbiters)
	if err != nil || conflict == nil {
		return ref, nil, nil, err
	}
	if arbiters != nil {
		arbiter := false
		for _, a := range arbiters {
			arbiter = arbiter || a.OID == index.OID
		}
		if !arbiter {
			return nil, nil, nil, t.duplicate(table, index, row)
		}
	}
	if t.opts.Isolation != ReadCommitted {
		if seq := existing[len(existing)-1]; !seq.IsNull() && storage.Seq(seq.Int()) > t.view().Seq() {
			return nil, nil, nil, sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent update")
		}
	}
	return nil, conflict, existing, nil
}

// insert adds a row, or gives the one that is in its way and the index.
func (t *Tx) insert(ctx context.Context, table *catalog.Table, user string, row types.Row, first []*catalog.Index) (ref, conflict *RowRef, existing types.Row, in *catalog.Index, err error) {
	if err := t.mayWrite(ctx, table, user); err != nil {
		return nil, nil, nil, nil, err
	}
	if !table.PerUser {
		user = "" // everybody's
	}
	key := string(t.store.rowKey(table, user, row))
	if pk := table.PrimaryKey(); pk != nil {
		if err := t.acquire(ctx, key, rowModes[LockUpdate], Block); err != nil {
			return nil, nil, nil, nil, err
		}
		existing, _, err := t.latest(table, key)
		if err != nil {
			return nil, nil, nil, nil, err
		}
		if existing != nil && !t.expired(table, key) {
			return nil, &RowRef{key, user}, existing, pk, nil
		}
	}
	conflict, existing, in, err = t.checkUnique(ctx, table, user, row, key, "", first)
	if err != nil || conflict != nil {
		return nil, conflict, existing, in, err
	}
	if err := t.writeRow(table, user, key, row); err != nil {
		return nil, nil, nil, nil, err
	}
	return &RowRef{key, user}, nil, nil, nil, nil
}

// expired says whether the committed stream row at a key is past its time and
// only waits to be removed.
func (t *Tx) expired(table *catalog.Table, key string) bool {
	if table.Durable() || table.TTL == 0 || t.mine(key) != nil {
		return false
	}
	value, found, err := t.store.engine.GetLatest([]byte(key), nil)
	if err != nil || !found || len(value) < stampSize+8 {
		return false
	}
	return int64(binary.BigEndian.Uint64(value[stampSize:]))+table.TTL.Microseconds() <= t.store.now().UnixMicro()
}

// checkUnique locks the row's keys in the unique indexes and finds a row that
// has one of them already. self is the key of the row being updated.
func (t *Tx) checkUnique(ctx context.Context, table *catalog.Table, user string, row types.Row, key, self string, first []*catalog.Index) (*RowRef, types.Row, *catalog.Index, error) {
	check := func(index *catalog.Index) (*RowRef, types.Row, error) {
		entry, unique := indexKey(table, index, user, row, key)
		if !unique {
			return nil, nil, nil
		}
		if err := t.acquire(ctx, string(entry), exclusive, Block); err != nil {
			return nil, nil, err
		}
		at, err := t.latestEntry(string(entry))
		if err != nil || at == "" || at == self || at == key {
			return nil, nil, err
		}
		if err := t.acquire(ctx, at, rowModes[LockUpdate], Block); err != nil {
			return nil, nil, err
		}
		existing, _, err := t.latest(table, at)
		if err != nil || existing == nil || t.expired(table, at) {
			return nil, nil, err
		}
		return &RowRef{at, user}, existing, nil
	}
	for _, wanted := range []bool{true, false} {
		for _, index := range table.Indexes {
			if index.Primary || !index.Unique || isArbiter(first, index) != wanted {
				continue
			}
			conflict, existing, err := check(index)
			if err != nil || conflict != nil {
				return conflict, existing, index, err
			}
		}
	}
	return nil, nil, nil, nil
}

func isArbiter(list []*catalog.Index, index *catalog.Index) bool {
	for _, i := range list {
		if i.OID == index.OID {
			return true
		}
	}
	return false
}

// latestEntry reads the newest version of an index entry: the key of its row,
// or nothing.
func (t *Tx) latestEntry(key string) (string, error) {
	if w := t.mine(key); w != nil {
		return string(w.value), nil
	}
	value, found, err := t.store.engine.GetLatest([]byte(key), nil)
	if err != nil || !found {
		return "", translate(err)
	}
	return string(value), nil
}

// duplicate is the unique violation.
func (t *Tx) duplicate(table *catalog.Table, index *catalog.Index, row types.Row) error {
	names, values := "", ""
	for i, k := range index.Keys {
		if i > 0 {
			names, values = names+", ", values+", "
		}
		at := table.Ordinal(k.Column)
		names += table.Columns[at].Name
		if row[at].IsNull() {
			values += "null"
		} else {
			values += string(table.Columns[at].Type.AppendText(nil, row[at], types.DefaultEnv))
		}
	}
	schema := ""
	if s := t.Catalog().SchemaByOID(table.Schema); s != nil {
		schema = s.Name
	}
	return sqlerr.New(sqlerr.UniqueViolation, `duplicate key value violates unique constraint "%s"`, index.Name).
		WithDetail("Key (%s)=(%s) already exists.", names, values).OnTable(schema, table.Name).OnConstraint(index.Name)
}

// writeRow records a new row at a key, with its index entries.
func (t *Tx) writeRow(table *catalog.Table, user, key string, row types.Row) error {
	r := &rowWrite{table: table, user: user, new: row, order: t.nextOrder()}
	if w := t.mine(key); w != nil && w.row != nil && !w.row.moved {
		r.old, r.order = w.row.old, w.row.order // inserted where this transaction deleted
	} else if w == nil && !table.Durable() && table.TTL > 0 {
		old, _, err := t.latest(table, key) // an expired row that is not removed yet
		if err != nil {
			return err
		}
		r.old = old
	}
	t.put(&write{key: key, value: t.encodeRow(table, row), row: r})
	t.putEntries(table, user, key, row)
	return nil
}

func (t *Tx) nextOrder() int {
	t.order++
	return t.order
}

// putEntries adds a row's index entries; dropEntries removes them.
func (t *Tx) putEntries(table *catalog.Table, user, key string, row types.Row) {
	for _, index := range table.Indexes {
		if !index.Primary {
			entry, _ := indexKey(table, index, user, row, key)
			t.put(&write{key: string(entry), value: []byte(key)})
		}
	}
}

func (t *Tx) dropEntries(table *catalog.Table, user, key string, row types.Row) {
	for _, index := range table.Indexes {
		if !index.Primary {
			entry, _ := indexKey(table, index, user, row, key)
			t.put(&write{key: string(entry)})
		}
	}
}

// Update replaces a row that Lock has locked. The new row belongs to the
// transaction afterwards.
func (t *Tx) Update(ctx context.Context, table *catalog.Table, ref RowRef, row types.Row) (RowRef, error) {
	if err := t.mayWrite(ctx, table, ref.user); err != nil {
		return RowRef{}, err
	}
	if err := t.acquire(ctx, ref.key, rowModes[LockNoKeyUpdate], Block); err != nil {
		return RowRef{}, err
	}
	current, own, err := t.latest(table, ref.key)
	if err != nil {
		return RowRef{}, err
	}
	if current == nil {
		return RowRef{}, sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent delete")
	}
	key := ref.key
	if table.PrimaryKey() != nil {
		key = string(t.store.rowKey(table, ref.user, row))
	}
	if key != ref.key {
		return t.move(ctx, table, ref, key, current, own, row)
	}
	conflict, _, index, err := t.checkUnique(ctx, table, ref.user, row, key, key, nil)
	if err != nil {
		return RowRef{}, err
	}
	if conflict != nil {
		return RowRef{}, t.duplicate(table, index, row)
	}
	t.dropEntries(table, ref.user, key, current)
	r := &rowWrite{table: table, user: ref.user, new: row, old: current}
	if own != nil && own.row != nil && !own.row.silent {
		r.old, r.order = own.row.old, own.row.order
	} else {
		r.order = t.nextOrder()
	}
	t.put(&write{key: key, value: t.encodeRow(table, row), row: r})
	t.putEntries(table, ref.user, key, row)
	return ref, nil
}

// move is an update that changes the primary key: the row leaves one key and
// appears under another.
func (t *Tx) move(ctx context.Context, table *catalog.Table, ref RowRef, key string, current types.Row, own *write, row types.Row) (RowRef, error) {
	if err := t.acquire(ctx, key, rowModes[LockUpdate], Block); err != nil {
		return RowRef{}, err
	}
	if err := t.acquire(ctx, ref.key, rowModes[LockUpdate], Block); err != nil {
		return RowRef{}, err
	}
	there, thereOwn, err := t.latest(table, key)
	if err != nil {
		return RowRef{}, err
	}
	if there != nil && !t.expired(table, key) {
		return RowRef{}, t.duplicate(table, table.PrimaryKey(), row)
	}
	conflict, _, index, err := t.checkUnique(ctx, table, ref.user, row, key, ref.key, nil)
	if err != nil {
		return RowRef{}, err
	}
	if conflict != nil {
		return RowRef{}, t.duplicate(table, index, row)
	}
	base, order := current, t.nextOrder()
	if own != nil && own.row != nil && !own.row.silent {
		base, order = own.row.old, own.row.order
	}
	t.dropEntries(table, ref.user, ref.key, current)
	arrived := &rowWrite{table: table, user: ref.user, new: row, old: base, order: order}
	left := &rowWrite{table: table, user: ref.user, moved: true, order: order}
	if thereOwn != nil && thereOwn.row != nil && !thereOwn.row.moved && thereOwn.row.old != nil {
		// A committed row was deleted where this one arrives: that one is
		// replaced, and this one's own old row is deleted.
		arrived.old = thereOwn.row.old
		left = &rowWrite{table: table, user: ref.user, old: base, order: order}
	}
	t.put(&write{key: ref.key, row: left})
	t.put(&write{key: key, value: t.encodeRow(table, row), row: arrived})
	t.putEntries(table, ref.user, key, row)
	return RowRef{key, ref.user}, nil
}

// Delete removes a row that Lock has locked.
func (t *Tx) Delete(ctx context.Context, table *catalog.Table, ref RowRef) error {
	return t.delete(ctx, table, ref, ReasonNone)
}

func (t *Tx) delete(ctx context.Context, table *catalog.Table, ref RowRef, reason Reason) error {
	if err := t.mayWrite(ctx, table, ref.user); err != nil {
		return err
	}
	if err := t.acquire(ctx, ref.key, rowModes[LockUpdate], Block); err != nil {
		return err
	}
	current, own, err := t.latest(table, ref.key)
	if err != nil || current == nil {
		return err
	}
	r := &rowWrite{table: table, user: ref.user, old: current, reason: reason}
	if own != nil && own.row != nil && !own.row.silent {
		r.old, r.order = own.row.old, own.row.order
	} else {
		r.order = t.nextOrder()
	}
	t.dropEntries(table, ref.user, ref.key, current)
	t.put(&write{key: ref.key, row: r})
	return nil
}

// LockStatus is what became of a row since the statement saw it.
type LockStatus uint8

// The outcomes of Lock.
const (
	Unchanged LockStatus = iota
	Changed              // by a commit since the snapshot: Row is the newest version
	Gone
	Skipped // SKIP LOCKED, or changed by this very statement
)

// LockResult is the outcome of Lock.
type LockResult struct {
	Status LockStatus
	Row    types.Row
}

// Lock locks a row the statement has seen until the end of the transaction.
// Above READ COMMITTED a row that has changed is 40001.
func (t *Tx) Lock(ctx context.Context, table *catalog.Table, ref RowRef, strength LockStrength, wait LockWait) (LockResult, error) {
	if err := t.use(ctx, table, RowShareMode); err != nil {
		return LockResult{}, err
	}
	if err := t.acquire(ctx, ref.key, rowModes[strength], wait); err != nil {
		if err != errSkipped {
			return LockResult{}, err
		}
		if wait == SkipLocked {
			return LockResult{Status: Skipped}, nil
		}
		return LockResult{}, sqlerr.New(sqlerr.LockNotAvailable, `could not obtain lock on row in relation "%s"`, table.Name)
	}
	if own := t.mine(ref.key); own != nil {
		var before *write
		if t.seen != nil {
			before, _ = t.seen.Get(own)
		}
		if before != own {
			return LockResult{Status: Skipped}, nil
		}
		return LockResult{Status: Unchanged}, nil
	}
	row, _, err := t.latest(table, ref.key)
	if err != nil {
		return LockResult{}, err
	}
	switch {
	case row == nil:
		if t.opts.Isolation != ReadCommitted {
			return LockResult{}, sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent delete")
		}
		return LockResult{Status: Gone}, nil
	case storage.Seq(row[len(row)-1].Int()) > t.view().Seq():
		if t.opts.Isolation != ReadCommitted {
			return LockResult{}, sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent update")
		}
		t.maxSeen = max(t.maxSeen, storage.Seq(row[len(row)-1].Int()))
		return LockResult{Status: Changed, Row: row}, nil
	}
	return LockResult{Status: Unchanged, Row: row}, nil
}
