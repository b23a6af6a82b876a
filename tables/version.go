package tables

import (
	"encoding/binary"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
)

// Every version of a row has a number that no other has: the number of the
// transaction that wrote it and a count within that. PostgreSQL's ctid and xmin
// are made of it. Unlike the commit sequence it is known when the row is
// written, so that RETURNING can tell it. A transaction that writes more rows
// than one number has room for takes another, as subtransactions of PostgreSQL
// do.

// SystemValues is how many values follow a table's columns in its rows: _seq, and
// the version as an int8, NULL for a row that has none.
const SystemValues = 2

// rowVersion is the transaction's number in 32 bits, the count in 16, and in the
// lowest bit whether the row has replaced one that was in the way of an INSERT.
// Zero is none: rows stored before there were versions.
type rowVersion uint64

func (v rowVersion) datum() types.Datum {
	if v == 0 {
		return types.Null
	}
	return types.Int(int64(v))
}

// versionOf is the version of a row with its system values; row may be nil.
func versionOf(table *catalog.Table, row types.Row) rowVersion {
	if len(row) < len(table.Columns)+SystemValues {
		return 0
	}
	return rowVersion(row[len(table.Columns)+1].Int())
}

// A version is stored before the columns, as if it were the column numbered 0.
const versionTag = 0

// append stores a version.
func (v rowVersion) append(dst []byte) []byte {
	if v == 0 {
		return dst
	}
	return binary.AppendUvarint(append(dst, versionTag), uint64(v))
}

// cutVersion reads the version before the columns of a stored row, and gives the
// columns.
func cutVersion(b []byte) (rowVersion, []byte) {
	if len(b) == 0 || b[0] != versionTag {
		return 0, b
	}
	v, n := binary.Uvarint(b[1:])
	if n <= 0 {
		return 0, b // the columns cannot be read either
	}
	return rowVersion(v), b[1+n:]
}

// nextVersion numbers a row that the transaction writes.
func (t *Tx) nextVersion(replaces bool) rowVersion {
	if t.lastXID == 0 || t.written == math.MaxUint16 {
		t.takeXID()
	}
	t.written++
	v := rowVersion(t.lastXID)<<17 | rowVersion(t.written)<<1
	if replaces {
		v |= 1
	}
	return v
}

func (t *Tx) takeXID() {
	if t.lastXID != t.xid {
		t.moreXIDs = append(t.moreXIDs, t.lastXID)
	}
	t.lastXID, t.written = t.store.xids.next(), 0
	if t.xid == 0 {
		t.xid = t.lastXID
	}
}

// endXIDs says that the transaction's numbers are no longer those of one that runs,
// when what it has committed is visible.
func (t *Tx) endXIDs() {
	if t.xid == 0 {
		return
	}
	x := &t.store.xids
	x.mu.Lock()
	x.mu.running = slices.DeleteFunc(x.mu.running, func(xid uint32) bool {
		return xid == t.xid || xid == t.lastXID || slices.Contains(t.moreXIDs, xid)
	})
	x.mu.Unlock()
	t.store.forgetSnapshot(math.MaxUint64) // one that holds it to be running is for nobody else
}

// XIDSnapshot says of the statement's snapshot which transactions had ended, as
// pg_current_snapshot() does.
func (t *Tx) XIDSnapshot() *types.XIDSnapshot {
	v := t.view()
	out := &types.XIDSnapshot{Xmax: uint64(v.nextXID)}
	running := slices.Clone(v.running)
	slices.Sort(running)
	// It ends behind the last that has ended.
	for n := len(running); n > 0 && uint64(running[n-1]) == out.Xmax-1; n-- {
		out.Xmax--
		running = running[:n-1]
	}
	out.Xmin = out.Xmax
	for _, xid := range running {
		out.Xmin = min(out.Xmin, uint64(xid))
		if xid != t.xid && xid != t.lastXID && !slices.Contains(t.moreXIDs, xid) {
			out.Running = append(out.Running, uint64(xid))
		}
	}
	return out
}

// XID is the transaction's number, 0 if it has none yet; one is taken when it
// writes its first row, or here with assign.
func (t *Tx) XID(assign bool) uint32 {
	if assign && t.xid == 0 {
		t.takeXID()
	}
	return t.xid
}

// NextXID is the number that the next transaction to write will have.
func (s *Store) NextXID() uint32 { return s.xids.last.Load() + 1 }

// xids numbers transactions. After 2³² of them numbers come again.
type xids struct {
	last  atomic.Uint32
	limit atomic.Uint32 // no committed transaction has a number beyond it unless it stores a new one
	mu    struct {
		sync.Mutex
		running []uint32 // of transactions that have not ended
	}
}

// nextXIDKey is where the limit is stored, among the definitions.
var nextXIDKey = []byte{storage.SpaceCatalog, 'X'}

const (
	// firstXID is the first that PostgreSQL hands out; those below mean other things.
	firstXID = 3
	// xidStep is how many numbers one stored limit is good for. A start skips as many
	// again, for commits that have passed each other.
	xidStep = 1 << 16
)

// next gives a number to a transaction that runs.
func (x *xids) next() uint32 {
	x.mu.Lock()
	defer x.mu.Unlock()
	for {
		if xid := x.last.Add(1); xid >= firstXID {
			x.mu.running = append(x.mu.running, xid)
			return xid
		}
	}
}

// state gives the numbers of those that run, and the next.
func (x *xids) state() (running []uint32, next uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.mu.running), max(x.last.Load()+1, firstXID)
}

// load continues behind what earlier runs may have used.
func (x *xids) load(stored []byte) {
	x.limit.Store(binary.BigEndian.Uint32(stored))
	x.last.Store(x.limit.Load() + xidStep)
}

// keep stores a new limit with a commit that has gone beyond the last.
func (x *xids) keep(used uint32, b *storage.Batch) {
	limit := x.limit.Load()
	if used == 0 || int32(used-limit) < 0 {
		return
	}
	b.Set(nextXIDKey, binary.BigEndian.AppendUint32(nil, used+xidStep))
	x.limit.CompareAndSwap(limit, used+xidStep)
}
