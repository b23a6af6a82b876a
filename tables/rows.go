package tables

import (
	"bytes"
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
type RowRef struct {
	key, user string
	seq       storage.Seq // of the version that was seen
	version   rowVersion  // given when the transaction has written the row
	conflict  bool        // it was in the way of an INSERT
}

// Version is the row's version as it stands in its row, if the transaction has
// written it.
func (r RowRef) Version() types.Datum { return r.version.datum() }

// RefTo is the reference to a row, with its system columns, that has a key in the
// slice of a user.
func RefTo(table *catalog.Table, user, key string, row types.Row) RowRef {
	if !table.PerUser {
		user = "" // everybody's
	}
	return RowRef{key: key, user: user, seq: seqOf(table, row)}
}

// RefOf is RefTo for a row whose _seq is known.
func RefOf(table *catalog.Table, user, key string, seq types.Datum) RowRef {
	if !table.PerUser {
		user = ""
	}
	return RowRef{key: key, user: user, seq: storage.Seq(seq.Int())}
}

// Key is the row's identity in storage.
func (r RowRef) Key() string { return r.key }

// stampSize is the commit sequence at the head of a stored row; a stream row
// has the time it was written after it.
const stampSize = 8

// encodeRow makes the stored form of a row, with room for the stamp, which is
// zero until the commit.
func (t *Tx) encodeRow(table *catalog.Table, row types.Row, version rowVersion) []byte {
	b := append(t.buf[:0], make([]byte, stampSize)...)
	if !table.Durable() {
		b = binary.BigEndian.AppendUint64(b, uint64(t.store.now().UnixMicro()))
	}
	t.buf = rowcodec.Append(version.append(b), table, row)
	return t.keepBytes(t.buf)
}

// decodeRow reads a stored row into row, the last values of which become the
// system columns. live is
// false for a stream row whose time to live has ended.
func (s *Store) decodeRow(table *catalog.Table, value []byte, need []bool, row types.Row, now int64) (live bool, err error) {
	columns, version, live, err := rowPart(table, value, now)
	if err != nil || !live {
		return false, err
	}
	if err := rowcodec.Decode(table, columns, need, row[:len(table.Columns)]); err != nil {
		return false, err
	}
	row[len(table.Columns)] = types.Int(int64(s.engine.Seq(value)))
	row[len(table.Columns)+1] = version.datum()
	return true, nil
}

// rowPart is the part of a stored row that has the columns, and its version. live
// is false for a stream row whose time to live has ended.
func rowPart(table *catalog.Table, value []byte, now int64) (columns []byte, version rowVersion, live bool, err error) {
	at := stampSize
	if len(value) < at {
		return nil, 0, false, sqlerr.New(sqlerr.DataCorrupted, `a row of table "%s" cannot be read`, table.Name)
	}
	if !table.Durable() {
		if len(value) < at+8 {
			return nil, 0, false, sqlerr.New(sqlerr.DataCorrupted, `a row of table "%s" cannot be read`, table.Name)
		}
		written := int64(binary.BigEndian.Uint64(value[at:]))
		at += 8
		if table.TTL > 0 && now > 0 && written+table.TTL.Microseconds() <= now {
			return nil, 0, false, nil
		}
	}
	version, columns = cutVersion(value[at:])
	return columns, version, true, nil
}

// latest reads the newest version of a row: the transaction's own, or the
// committed one. Nil: there is none.
func (t *Tx) latest(table *catalog.Table, key string) (row types.Row, own *write, err error) {
	if w := t.mine(key); w != nil {
		if w.value == nil {
			return nil, w, nil
		}
		row = make(types.Row, len(table.Columns)+SystemValues)
		if w.row.new != nil {
			copy(row, w.row.new[:len(table.Columns)])
			row[len(row)-1] = w.row.version.datum()
			return row, w, nil
		}
		_, err = t.store.decodeRow(table, w.value, nil, row, 0)
		return row, w, err
	}
	value, found, err := t.getLatest(key)
	if err != nil {
		return nil, nil, unreadable(table, err)
	}
	if !found {
		return nil, nil, nil
	}
	row = make(types.Row, len(table.Columns)+SystemValues)
	if _, err := t.store.decodeRow(table, value, nil, row, 0); err != nil {
		return nil, nil, err
	}
	return row, nil, nil
}

// rowKey makes the key of a new row.
func (t *Tx) rowKey(table *catalog.Table, user string, row types.Row) string {
	t.buf = keys.AppendSlice(t.buf[:0], table, 0, user)
	if pk := table.PrimaryKey(); pk != nil {
		t.buf = appendPrimary(t.buf, table, pk, row)
	} else {
		t.buf = binary.BigEndian.AppendUint64(t.buf, t.store.rowID.Add(1))
	}
	return string(t.buf)
}

// appendPrimary appends a row's primary key, which is of plain columns.
func appendPrimary(key []byte, table *catalog.Table, index *catalog.Index, row types.Row) []byte {
	for _, k := range index.Keys {
		at := table.Ordinal(k.Column)
		key = keys.AppendColumn(key, table.Columns[at].Type.Type, row[at], k)
	}
	return key
}

// written is when a stored stream row was written, in microseconds since 1970.
func written(value []byte) int64 { return int64(binary.BigEndian.Uint64(value[stampSize:])) }

// mayWrite checks the transaction's mode and locks the table.
func (t *Tx) mayWrite(ctx context.Context, table *catalog.Table, user string) error {
	if t.opts.ReadOnly && !table.Temporary {
		return sqlerr.New(sqlerr.ReadOnlySQLTransaction, "cannot write in a read-only transaction")
	}
	if table.PerUser && user == "" {
		return sqlerr.Internal("table %s written without a user", table.Name)
	}
	if err := t.relieve(); err != nil {
		return err
	}
	if limit := t.store.maxWrites; limit > 0 && t.size > limit {
		return sqlerr.New(sqlerr.OutOfMemory, "out of memory").WithDetail("The transaction keeps %d bytes of writes in memory, of which --transaction-limit allows %d.", t.size, limit).
			WithHint("Write less in one transaction.")
	}
	return t.use(ctx, table, RowExclusiveMode)
}

// record notes what is at a row's key from now on: row, or nothing. committed
// is the row that is there if the transaction has not written the key before.
// replaces says that the row takes the place of one that was in an INSERT's way.
func (t *Tx) record(table *catalog.Table, user, key string, committed, row types.Row, reason Reason, replaces bool) rowVersion {
	entry := t.entry()
	entry.key, entry.rowWrite = key, rowWrite{table: table, user: user, old: committed, new: row, reason: reason}
	r := &entry.rowWrite
	t.bounded = t.bounded || table.MaxRows > 0
	switch w := t.mine(key); {
	case w == nil:
		r.order = t.nextOrder()
	case w.row.silent:
		r.order, r.rewritten, r.loaded = t.nextOrder(), true, w.row.loaded
	default:
		r.old, r.order, r.rewritten, r.loaded = relaid(w.row.old, w.row.table, table), w.row.order, w.row.rewritten, w.row.loaded
	}
	if r.order == 0 { // it lies in files
		r.order = t.nextOrder()
	}
	entry.row = r
	if row != nil {
		if r.version = versionOf(table, r.old); r.version == 0 || replaces || !r.unchanged() {
			r.version = t.nextVersion(replaces)
		}
		entry.value = t.encodeRow(table, row, r.version)
		if t.packs(r) {
			r.new = nil
		}
	}
	t.put(&entry.write)
	return r.version
}

// packAfter is after how many rows a transaction keeps them in their stored form only:
// as values they take more than all the rest of a bulk load.
const packAfter = 1 << 12

// packs says whether a row is kept in its stored form only. One that is what it was is
// not, since that could not be told any more.
func (t *Tx) packs(r *rowWrite) bool {
	return t.order > packAfter && r.table.Durable() && !r.unchanged()
}

// relaid gives a row of a table under another descriptor of it: a transaction may
// delete a row, change the definition and insert the row again. A column that has come
// since, or has another type now, is NULL: who reads it is told of the definition.
func relaid(row types.Row, was, is *catalog.Table) types.Row {
	if row == nil || was == is {
		return row
	}
	out := make(types.Row, len(is.Columns), len(is.Columns)+SystemValues)
	for i, c := range is.Columns {
		if at := was.Ordinal(c.Num); at >= 0 && was.Columns[at].Type.Means(c.Type.Type) {
			out[i] = row[at]
		}
	}
	return append(out, row[len(was.Columns):]...)
}

func (t *Tx) nextOrder() int {
	t.order++
	return t.order
}

// reindex brings the index entries of a row from its old version and key to the
// new ones; a nil version has none. Entries that stay are not written.
func (t *Tx) reindex(table *catalog.Table, user, oldKey string, old types.Row, newKey string, new types.Row) error {
	var newValue []byte
	for _, index := range table.Indexes {
		if index.Primary || index.Declared || index.Unready {
			continue
		}
		if index.Inverted() {
			c, err := t.code(table, index)
			if err == nil {
				err = t.reindexInverted(c, user, oldKey, old, newKey, new)
			}
			if err != nil {
				return err
			}
			continue
		}
		before, after := t.buf[:0], t.buf2[:0]
		var err error
		var alone bool
		if old != nil {
			if before, alone, err = t.appendEntry(before, table, index, user, old, oldKey); err != nil {
				return err
			}
		}
		if new != nil {
			if after, _, err = t.appendEntry(after, table, index, user, new, newKey); err != nil {
				return err
			}
		}
		t.buf, t.buf2 = before, after
		if oldKey == newKey && bytes.Equal(before, after) {
			continue
		}
		from, to := string(before), string(after)
		if from != "" && alone && index.Invalid {
			if at, err := t.latestEntry(from); err != nil {
				return err
			} else if at != oldKey {
				from = "" // it is another row's
			}
		}
		if from != "" {
			t.put(&write{key: from})
		}
		if to != "" {
			if newValue == nil {
				newValue = []byte(newKey)
			}
			t.put(&write{key: to, value: newValue})
		}
	}
	return nil
}

// removeExpired removes a stream row past its time that only waits to be
// removed, and says whether it was one. The caller has locked the key.
func (t *Tx) removeExpired(table *catalog.Table, user, key string, row types.Row) (bool, error) {
	expired, err := t.expired(table, key)
	if err != nil || !expired {
		return false, err
	}
	t.record(table, user, key, row, nil, Expire, false)
	return true, t.reindex(table, user, key, row, key, nil)
}

// expired says whether the committed stream row at a key is past its time and
// only waits to be removed.
func (t *Tx) expired(table *catalog.Table, key string) (bool, error) {
	if table.Durable() || table.TTL == 0 || t.mine(key) != nil {
		return false, nil
	}
	value, found, err := t.getLatest(key)
	if err != nil || !found || len(value) < stampSize+8 {
		return false, translate(err)
	}
	return written(value)+table.TTL.Microseconds() <= t.store.now().UnixMicro(), nil
}
