package tables

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// The records of a change-log entry, each behind its letter.
const (
	recordChange   = 'c' // table, user, op, reason, key, old, new
	recordBefore   = 'b' // class, JSON: the table or view of the record behind it, as it was; of those dropped, only of tables that inherited
	recordObject   = 'o' // class, JSON
	recordDrop     = 'd' // class, OID
	recordSequence = 's' // OID, value, called
	recordRewrite  = 'w' // key, stored value: a row rewritten by ALTER TABLE
	recordForget   = 'f' // OID: what the entry has said of the table's rows so far is void
	recordAgain    = 'a' // changes of one key may come more than once: what counts is from where to where they lead
	recordUntold   = 'u' // OID: what the commit has done to it is not told
	recordRekey    = 'k' // OID: the table's rows lie under the keys of its new definition; where that or their old form does not say how, rewrites follow
)

// recordTruncate is an OID: all rows of the table have gone, before what else the commit
// does to it.
const recordTruncate = 't'

// logChangeSize is about what a change takes besides its key and its rows.
const logChangeSize = 16

// logEntry builds the change-log entry of a commit. With a backup, the entries
// after it rebuild everything durable.
type logEntry struct {
	bytes, scratch []byte
	cut            bool          // parts of it are in the batch already
	load           *storage.Load // has the entry, instead of a batch
	err            error         // of the load's files
}

// into hands what there is over to the batch once it is as much as is stored in one
// piece; last, the rest of it.
func (e *logEntry) into(b *storage.Batch, last bool) {
	switch {
	case e.load != nil:
		if (len(e.bytes) >= storage.LogPart || last && len(e.bytes) > 0) && e.err == nil {
			e.err = e.load.AppendLog(e.bytes)
			e.bytes = e.bytes[:0]
		}
	case len(e.bytes) >= storage.LogPart || last && e.cut && len(e.bytes) > 0:
		b.AppendLog(e.bytes)
		e.bytes, e.cut = e.bytes[:0], true
	case last && len(e.bytes) > 0:
		b.SetLog(e.bytes)
	}
}

func (e *logEntry) bytesField(b []byte) {
	e.bytes = binary.AppendUvarint(e.bytes, uint64(len(b)))
	e.bytes = append(e.bytes, b...)
}

// change adds a change; stored is the stored form of the new row, if there is
// one.
func (e *logEntry) change(c *Change, stored []byte) {
	e.bytes = append(e.bytes, recordChange)
	e.bytes = binary.AppendUvarint(e.bytes, uint64(c.Table.OID))
	e.text(c.User)
	e.bytes = append(e.bytes, byte(c.Op), byte(c.Reason))
	e.text(c.Key)
	e.row(c.Table, c.Old)
	e.bytesField(stored) // its stamp is read as the commit's
}

func (e *logEntry) text(s string) {
	e.bytes = binary.AppendUvarint(e.bytes, uint64(len(s)))
	e.bytes = append(e.bytes, s...)
}

// row is empty for none; otherwise the sequence it had and its columns.
func (e *logEntry) row(t *catalog.Table, row types.Row) {
	if row == nil {
		e.bytesField(nil)
		return
	}
	e.scratch = binary.BigEndian.AppendUint64(e.scratch[:0], uint64(row[len(t.Columns)].Int()))
	e.scratch = rowcodec.Append(versionOf(t, row).append(e.scratch), t, row)
	e.bytesField(e.scratch)
}

func (e *logEntry) rewrite(w *write) {
	if !w.row.table.Durable() {
		return
	}
	e.bytes = append(e.bytes, recordRewrite)
	e.text(w.key)
	e.bytesField(w.value)
}

func (e *logEntry) truncate(table catalog.OID) {
	e.bytes = binary.AppendUvarint(append(e.bytes, recordTruncate), uint64(table))
}

func (e *logEntry) forget(table catalog.OID) {
	e.bytes = binary.AppendUvarint(append(e.bytes, recordForget), uint64(table))
}

func (e *logEntry) untold(oid catalog.OID) {
	e.bytes = binary.AppendUvarint(append(e.bytes, recordUntold), uint64(oid))
}

func (e *logEntry) again() { e.bytes = append(e.bytes, recordAgain) }

func (e *logEntry) rekey(table catalog.OID) {
	e.bytes = binary.AppendUvarint(append(e.bytes, recordRekey), uint64(table))
}

// before notes how a table or view was that object is about to replace, or that drop drops. It is of no use
// for rebuilding anything, but says what rows of earlier entries were.
func (e *logEntry) before(class catalog.Class, value []byte) {
	e.bytes = append(e.bytes, recordBefore, byte(class))
	e.bytesField(value)
}

func (e *logEntry) object(class catalog.Class, value []byte) {
	e.bytes = append(e.bytes, recordObject, byte(class))
	e.bytesField(value)
}

func (e *logEntry) drop(class catalog.Class, oid catalog.OID) {
	e.bytes = append(e.bytes, recordDrop, byte(class))
	e.bytes = binary.AppendUvarint(e.bytes, uint64(oid))
}

func (e *logEntry) sequence(oid catalog.OID, value int64, called bool) {
	e.bytes = append(e.bytes, recordSequence)
	e.bytes = binary.AppendUvarint(e.bytes, uint64(oid))
	e.bytes = binary.AppendVarint(e.bytes, value)
	e.bytes = append(e.bytes, boolByte(called))
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// logReader takes an entry apart.
type logReader struct {
	b   []byte
	bad bool
}

func (r *logReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad = true
		r.b = nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *logReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *logReader) field() []byte {
	n := r.uvarint()
	if uint64(len(r.b)) < n {
		r.bad = true
		r.b = nil
		return nil
	}
	f := r.b[:n]
	r.b = r.b[n:]
	return f
}

// entryTables gives the tables as which the rows of log entries are read; nil: nobody can
// watch it any more.
type entryTables func(catalog.OID) *catalog.Table

// decodeEntry makes the change set of a log entry. Changes of tables that are
// gone are left out. Altered lists new objects as well as changed ones. Where a column had another
// type its values may be no values of that which it has now: they are NULL, and misfits
// says so. Who reads the column does not go on across the commit that has changed the type.
func (s *Store) decodeEntry(seq storage.Seq, at time.Time, payload []byte, tables entryTables) (cs *ChangeSet, misfits bool, err error) {
	cs = &ChangeSet{Seq: seq, At: at}
	cat := s.Catalog()
	r := &logReader{b: payload}
	var before catalog.Relation
	again := false
	for len(r.b) > 0 && !r.bad {
		switch r.byte() {
		case recordChange:
			table := tables(catalog.OID(r.uvarint()))
			c := Change{Table: table, User: string(r.field()), Op: Op(r.byte()), Reason: Reason(r.byte()), Key: string(r.field())}
			old, new := r.field(), r.field()
			if table == nil || r.bad {
				continue
			}
			if c.Old, err = decodeOldRow(table, old, &misfits); err != nil {
				return nil, false, err
			}
			if c.New, err = decodeOldRow(table, new, &misfits); err != nil {
				return nil, false, err
			}
			if c.New != nil {
				c.New[len(table.Columns)] = types.Int(int64(seq))
			}
			cs.Changes = append(cs.Changes, c)
		case recordBefore:
			class, value := catalog.Class(r.byte()), r.field()
			if r.bad {
				break
			}
			o, err := decodeObject(class, value)
			if err != nil {
				return nil, false, err
			}
			before, _ = o.(catalog.Relation)
		case recordObject:
			class, value := catalog.Class(r.byte()), r.field()
			if r.bad {
				break
			}
			o, err := decodeObject(class, value)
			if err != nil {
				return nil, false, err
			}
			cs.Altered = append(cs.Altered, o.ObjectOID())
			cs.Roles = cs.Roles || class == catalog.ClassRole
			if after, ok := o.(catalog.Relation); ok && before != nil {
				cs.Redefined = append(cs.Redefined, Redefinition{cat.Retyped(before), cat.Retyped(after)})
			}
			before = nil
		case recordDrop:
			if before != nil {
				cs.Redefined = append(cs.Redefined, Redefinition{Before: cat.Retyped(before)})
			}
			before = nil
			cs.Roles = catalog.Class(r.byte()) == catalog.ClassRole || cs.Roles
			cs.Dropped = append(cs.Dropped, catalog.OID(r.uvarint()))
		case recordSequence:
			r.uvarint()
			_, n := binary.Varint(r.b)
			if n <= 0 {
				r.bad = true
				break
			}
			r.b = r.b[n:]
			r.byte()
		case recordRewrite:
			r.field()
			r.field()
		case recordForget:
			oid := catalog.OID(r.uvarint())
			cs.Changes = slices.DeleteFunc(cs.Changes, func(c Change) bool { return c.Table.OID == oid })
		case recordUntold:
			cs.Untold = append(cs.Untold, catalog.OID(r.uvarint()))
		case recordAgain:
			again = true
		case recordTruncate:
			cs.Truncated = append(cs.Truncated, catalog.OID(r.uvarint()))
		case recordRekey:
			cs.Rekeyed = append(cs.Rekeyed, catalog.OID(r.uvarint()))
		default:
			r.bad = true
		}
	}
	if r.bad {
		return nil, false, sqlerr.New(sqlerr.DataCorrupted, "change-log entry %d cannot be read", seq)
	}
	if again {
		cs.Changes = netChanges(cs.Changes)
	}
	return cs, misfits, nil
}

// netChanges makes one of the changes of each key, where the first was. One that leads back
// to what the row was stays: the row has the commit's stamp.
func netChanges(list []Change) []Change {
	at := make(map[string]int, len(list))
	net := list[:0]
	for _, c := range list {
		i, seen := at[c.Key]
		if !seen {
			at[c.Key] = len(net)
			net = append(net, c)
			continue
		}
		first := &net[i]
		first.New, first.Reason = c.New, c.Reason
		switch {
		case first.New == nil:
			first.Op = Delete
		case first.Old == nil:
			first.Op = Insert
		default:
			first.Op = Update
		}
	}
	return slices.DeleteFunc(net, func(c Change) bool { return c.Old == nil && c.New == nil })
}

// decodeLogRow reads a row of the log that is as the table is; nil for none.
func decodeLogRow(t *catalog.Table, b []byte) (types.Row, error) {
	misfits := false
	row, err := decodeOldRow(t, b, &misfits)
	if misfits && err == nil {
		err = sqlerr.New(sqlerr.DataCorrupted, `a row of table "%s" cannot be read`, t.Name)
	}
	return row, err
}

// decodeOldRow reads a row of the log whose columns may have had other types. misfits is set
// where they had.
func decodeOldRow(t *catalog.Table, b []byte, misfits *bool) (types.Row, error) {
	if len(b) < 8 {
		return nil, nil
	}
	row := make(types.Row, len(t.Columns)+SystemValues)
	row[len(t.Columns)] = types.Int(int64(binary.BigEndian.Uint64(b)))
	version, columns := cutVersion(b[8:])
	row[len(t.Columns)+1] = version.datum()
	misfit, err := rowcodec.DecodeOld(t, columns, row[:len(t.Columns)])
	*misfits = *misfits || misfit
	return row, err
}

// readEntry reads the change set of one commit, whose rows are of given tables.
func (s *Store) readEntry(seq storage.Seq, tables entryTables) (cs *ChangeSet, err error) {
	misfits := false
	found, err := s.engine.ReadLogEntry(seq, func(at time.Time, payload []byte) error {
		cs, misfits, err = s.decodeEntry(seq, at, payload, tables)
		return err
	})
	if misfits && err == nil {
		err = misfit(seq)
	}
	if err == nil && !found {
		err = sqlerr.New(sqlerr.DataCorrupted, "the change log lacks commit %d", seq)
	}
	return cs, translate(err)
}

func misfit(seq storage.Seq) error {
	return sqlerr.New(sqlerr.DataCorrupted, "change-log entry %d has values that its table cannot have", seq)
}

// ReadChanges calls fn with the change set of every commit after a sequence
// that is published, in order: those of durable tables from the change log,
// those of stream tables from memory. streamsHeld says whether the latter are
// all still held. Whether the log is whole is for LogStart to say, afterwards. A value of before its
// column got another type may be NULL.
func (s *Store) ReadChanges(ctx context.Context, after storage.Seq, fn func(*ChangeSet) error) (streamsHeld bool, err error) {
	// What is durable now is in the ring: a commit is put there before that.
	upTo := s.engine.Durable()
	streams, held := s.ring.after(after)
	emit := func(cs *ChangeSet) error {
		if cs.Seq > upTo {
			return nil
		}
		return fn(cs)
	}
	odd := storage.Seq(0) // an entry with values of other types, and no definition behind it yet
	err = s.engine.ReadLog(ctx, after, func(seq storage.Seq, at time.Time, payload []byte) error {
		for len(streams) > 0 && streams[0].Seq < seq {
			if err := emit(streams[0]); err != nil {
				return err
			}
			streams = streams[1:]
		}
		cs, misfits, err := s.decodeEntry(seq, at, payload, s.Catalog().Table)
		switch {
		case err != nil:
			return err
		case misfits:
			odd = seq
		case len(cs.Altered) > 0:
			odd = 0
		}
		if len(streams) > 0 && streams[0].Seq == seq {
			cs.Changes = append(cs.Changes, streams[0].Changes...)
			streams = streams[1:]
		}
		return emit(cs)
	})
	if err == nil && odd > 0 {
		err = misfit(odd)
	}
	if err != nil {
		return held, translate(err)
	}
	for _, cs := range streams {
		if err := emit(cs); err != nil {
			return held, err
		}
	}
	return held, nil
}

// StreamsHeld says whether all changes of stream tables after a sequence are
// still held.
func (s *Store) StreamsHeld(after storage.Seq) bool {
	_, held := s.ring.after(after)
	return held
}

// ring holds the newest changes of stream tables, which no log has. It is bounded
// in commits and in bytes; the oldest go.
type ring struct {
	mu struct {
		sync.Mutex
		sets  []*ChangeSet
		sizes []int64 // bytes of each, about
		bytes int64   // of all
		// lost is the newest sequence whose set has been dropped.
		lost storage.Seq
	}
	limit int   // commits
	bytes int64 // of all
}

// changeBytes is about what a change takes beside its rows and its key.
const changeBytes = 160

// inRing says whether the changes of a table are held in the ring. Those of
// temporary tables are not: nobody can come back to them.
func inRing(t *catalog.Table) bool { return !t.Durable() && !t.Temporary }

// add keeps the stream part of a change set. It is called in sequence order.
func (r *ring) add(cs *ChangeSet) {
	if !slices.ContainsFunc(cs.Changes, func(c Change) bool { return inRing(c.Table) }) {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(cs.Changes), func(c Change) bool { return !inRing(c.Table) })
	size := int64(0)
	for i := range kept {
		size += kept[i].Old.Bytes() + kept[i].New.Bytes() + int64(len(kept[i].Key)) + changeBytes
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.sets, r.mu.sizes = append(r.mu.sets, &ChangeSet{Seq: cs.Seq, At: cs.At, Changes: kept}), append(r.mu.sizes, size)
	r.mu.bytes += size
	over := len(r.mu.sets) - r.limit
	if over <= r.limit/4 && r.mu.bytes <= r.bytes {
		return
	}
	// A quarter more goes at once, so that the rest is not moved for every commit.
	drop := max(0, over)
	for i, left := 0, r.mu.bytes; i < len(r.mu.sets); i++ {
		if i >= drop && left <= r.bytes-r.bytes/4 {
			break
		}
		left -= r.mu.sizes[i]
		drop = max(drop, i+1)
	}
	for _, gone := range r.mu.sizes[:drop] {
		r.mu.bytes -= gone
	}
	r.mu.lost = r.mu.sets[drop-1].Seq
	r.mu.sets, r.mu.sizes = slices.Clone(r.mu.sets[drop:]), slices.Clone(r.mu.sizes[drop:])
}

// after lists the sets after a sequence, and whether none of them is lost.
func (r *ring) after(seq storage.Seq) ([]*ChangeSet, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, _ := slices.BinarySearchFunc(r.mu.sets, seq+1, func(cs *ChangeSet, s storage.Seq) int {
		switch {
		case cs.Seq < s:
			return -1
		case cs.Seq > s:
			return 1
		}
		return 0
	})
	return slices.Clone(r.mu.sets[at:]), seq >= r.mu.lost
}
