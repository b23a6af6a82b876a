package tables

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/blocks"
	"github.com/kalamsql/kalamsql/tables/lock"
	"github.com/kalamsql/kalamsql/tables/turns"
)

// Options configure a Store. Storage.Publish is set by the store.
type Options struct {
	Storage   storage.Options
	Logger    *slog.Logger
	Now       func() time.Time
	Publisher Publisher
	// StreamChangeBytes and StreamChanges bound what commits of stream tables are held
	// in memory to resume from, in bytes and in number.
	StreamChangeBytes int64
	StreamChanges     int
	// MaxLocks bounds the locks held at once, rows' and keys' included, and
	// MaxTransactionBytes what one transaction may keep of its writes (53200); 0 is no bound.
	MaxLocks            int
	MaxTransactionBytes int64
	// SpillBytes is after how many bytes, about, what a transaction writes goes to files;
	// zero is 64 MB.
	SpillBytes int64
	// Blocks bounds the rows that are remembered column by column; zero is a quarter of
	// Storage.CacheBytes.
	Blocks blocks.Limits
	// IndexCode binds the expressions and the condition of an index over the
	// table's row (plan.IndexCode); nil if no index has any.
	IndexCode func(*catalog.Catalog, *catalog.Table, *catalog.Index) ([]expr.Expr, expr.Expr, error)
	// ExclusionCode binds the operators of an exclusion constraint whose keys have some
	// types over the keys of two rows (plan.ExclusionCode); nil if there is none.
	ExclusionCode func(*catalog.Index, []*types.Type) ([]expr.Expr, error)
}

const defaultBlockBytes = 64 << 20

// Store is an open database directory.
type Store struct {
	engine    *storage.Engine
	log       *slog.Logger
	now       func() time.Time
	publisher Publisher

	catalog atomic.Pointer[catalog.Catalog]
	version atomic.Uint64 // of the newest catalog version ever made
	oids    oids
	xids    xids
	rowID   atomic.Uint64 // of the newest row without a primary key

	exported     exported
	locks        *lock.Table
	spillAfter   int64         // bytes after which a transaction's writes go to files
	maxWrites    int64         // bytes that one transaction may write; 0 is no bound
	transactions atomic.Uint64 // numbers them
	streams      streams
	ring         ring
	recent       recentWrites
	rewrites     lastCommits // of tables whose rows were rewritten
	made         lastCommits // of indexes of tables that were there before
	leaving      leaving
	moves        moves
	newest       newest
	lastWrites   lastWrites
	indexes      indexCodes
	statistics   statistics
	counters     tally
	highest      highest
	prepared     preparedTxs
	exclusions   exclusions
	turns        *turns.Turns
	blocks       *blocks.Cache

	sequences struct {
		sync.Mutex
		state map[catalog.OID]*sequenceState
	}
}

// Turns are those in which what reads and computes for long does so.
func (s *Store) Turns() *turns.Turns { return s.turns }

// rowIDBits is how many rows without a primary key one start of the store may
// number, as a power of two; the bits above number the start, so that no number
// is given twice whatever the clock says.
const rowIDBits = 40

// Open opens the store, makes its first catalog when it is new, and starts to
// expire stream rows.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{log: o.Logger, now: o.Now, publisher: o.Publisher, locks: lock.New(o.MaxLocks, listedByName), maxWrites: o.MaxTransactionBytes, spillAfter: o.SpillBytes}
	if s.spillAfter == 0 {
		s.spillAfter = defaultSpill
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.indexes.bind, s.indexes.exclusions = o.IndexCode, o.ExclusionCode
	s.turns = turns.New(turns.Processors)
	s.ring.limit = o.StreamChanges
	if s.ring.limit == 0 {
		s.ring.limit = 100_000
	}
	if s.ring.bytes = o.StreamChangeBytes; s.ring.bytes == 0 {
		s.ring.bytes = 64 << 20
	}
	s.streams.mu.slices = map[string]*slice{}
	s.sequences.state = map[catalog.OID]*sequenceState{}
	s.highest.tables = map[catalog.OID]*highestKey{}
	s.statistics.mu.tables, s.statistics.mu.due = map[catalog.OID]*tableStatistics{}, map[catalog.OID]bool{}
	opts := o.Storage
	opts.Publish = s.publish
	opts.Now = s.now
	if opts.Logger == nil {
		opts.Logger = s.log
	}
	var err error
	if s.engine, err = storage.Open(opts); err != nil {
		return nil, err
	}
	if o.Blocks.Bytes <= 0 {
		o.Blocks = blocks.Limits{Bytes: defaultBlockBytes, Rows: blocks.DefaultRows, RowBytes: 1 << 20}
		if o.Storage.CacheBytes > 0 {
			o.Blocks.Bytes = o.Storage.CacheBytes / 4
		}
	}
	s.blocks = blocks.New(s.engine, o.Blocks)
	s.rowID.Store(s.engine.Epoch() << rowIDBits)
	if err := s.loadCatalog(ctx); err != nil {
		return nil, errors.Join(err, s.engine.Close())
	}
	if err := s.restorePrepared(); err != nil {
		return nil, errors.Join(err, s.engine.Close())
	}
	s.streams.start(s)
	s.statistics.start(s)
	return s, nil
}

// Close stops expiry, gives back the values that sequences have reserved, and
// closes the storage. Transactions must have ended.
func (s *Store) Close() error {
	s.streams.stop()
	s.statistics.stop()
	s.closePrepared()
	s.forgetSnapshot(math.MaxUint64)
	return errors.Join(s.settleSequences(), s.settleStatistics(), s.engine.Close())
}

// unchanged is the change set of a commit that changes no rows. It is published too:
// who waits for what has been committed waits for its sequence.
func unchanged(seq storage.Seq, at time.Time) any { return &ChangeSet{Seq: seq, At: at} }

// publish hands a durable commit on. It is storage's Publish. The commit stands
// whatever the publisher does: one that panics is logged.
func (s *Store) publish(seq storage.Seq, payload any) {
	cs, ok := payload.(*ChangeSet)
	if !ok || s.publisher == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic while publishing a commit", "seq", seq, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	s.publisher.Publish(cs)
}

// Catalog is the newest committed version of the definitions.
func (s *Store) Catalog() *catalog.Catalog { return s.catalog.Load() }

// Applied is the newest commit that new snapshots see.
func (s *Store) Applied() storage.Seq { return s.engine.Applied() }

// Durable is the newest commit that is durable and published.
func (s *Store) Durable() storage.Seq { return s.engine.Durable() }

// WaitDurable waits until a commit is durable.
func (s *Store) WaitDurable(ctx context.Context, seq storage.Seq) error {
	if s.engine.Durable() >= seq {
		return nil
	}
	return translate(s.engine.WaitDurable(ctx, seq))
}

// Epoch numbers this start of the store.
func (s *Store) Epoch() uint64 { return s.engine.Epoch() }

// EpochStart is the last sequence that an epoch found when it began.
func (s *Store) EpochStart(epoch uint64) (storage.Seq, bool) { return s.engine.EpochStart(epoch) }

// LogStart is the lowest sequence after which the change log is whole.
func (s *Store) LogStart() storage.Seq { return s.engine.LogStart() }

// Backup writes everything that is durable, as of one commit, into a directory
// that must not be there yet, and gives that commit. It is a data directory: the
// rows of stream and temporary tables are not in it. Writers go on meanwhile.
func (s *Store) Backup(dir string) (storage.Seq, error) {
	seq, err := s.engine.Checkpoint(dir)
	return seq, translate(err)
}

// TrimLog drops what the change log need not keep any more.
func (s *Store) TrimLog(now time.Time) error { return translate(s.engine.TrimLog(now)) }

func objectKey(o catalog.Class, oid catalog.OID) []byte {
	return []byte{storage.SpaceCatalog, byte(o), byte(oid >> 24), byte(oid >> 16), byte(oid >> 8), byte(oid)}
}

// loadCatalog reads the stored definitions, or stores the first ones.
func (s *Store) loadCatalog(ctx context.Context) error {
	snap := s.engine.Snapshot()
	defer snap.Close()
	it := snap.NewIter([]byte{storage.SpaceCatalog}, []byte{storage.SpaceCatalog + 1})
	defer it.Close()
	var objects []catalog.Object
	stored := map[catalog.OID][]byte{}
	for ok := it.First(); ok; ok = it.Next() {
		if bytes.Equal(it.Key(), nextOIDKey) {
			s.oids.raise(catalog.OID(binary.BigEndian.Uint32(it.Value())))
			continue
		}
		if bytes.Equal(it.Key(), nextXIDKey) {
			s.xids.load(it.Value())
			continue
		}
		if catalog.Class(it.Key()[1]) == statisticsClass {
			stored[oidOfKey(it.Key())] = bytes.Clone(it.Value())
			continue
		}
		o, err := decodeObject(catalog.Class(it.Key()[1]), it.Value())
		if err != nil {
			return err
		}
		s.oids.used(o)
		objects = append(objects, o)
	}
	if err := it.Err(); err != nil {
		return err
	}
	if err := s.loadSequenceOIDs(snap); err != nil {
		return err
	}
	if objects == nil {
		return s.bootstrap(ctx)
	}
	s.install(catalog.Load(seq(objects), s.version.Add(1)))
	s.loadStatistics(stored)
	if s.Catalog().Get(catalog.DatabaseTemplate) == nil && s.Catalog().Database("template1") == nil {
		return s.put(ctx, catalog.Template())
	}
	return nil
}

// loadSequenceOIDs notes the OIDs of sequences that have a stored value, some of
// whose creation may have been rolled back.
func (s *Store) loadSequenceOIDs(snap *storage.Snapshot) error {
	it := snap.NewIter([]byte{storage.SpaceSequence}, []byte{storage.SpaceSequence + 1})
	defer it.Close()
	if it.Last() {
		s.oids.raise(catalog.OID(binary.BigEndian.Uint32(it.Key()[1:])) + 1)
	}
	return it.Err()
}

func seq[T any](list []T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, v := range list {
			if !yield(v) {
				return
			}
		}
	}
}

// bootstrap stores the objects of a new server.
func (s *Store) bootstrap(ctx context.Context) error {
	s.install(catalog.Load(seq([]catalog.Object{}), s.version.Add(1)))
	return s.put(ctx, catalog.Bootstrap())
}

// put stores objects in a transaction of its own.
func (s *Store) put(ctx context.Context, objects []catalog.Object) error {
	tx := s.Begin(TxOptions{Sync: true})
	if _, err := tx.Edit(ctx); err != nil {
		return err
	}
	for _, o := range objects {
		tx.PutObject(o)
	}
	_, err := tx.Commit(ctx)
	return err
}

// install makes a version of the definitions the current one.
func (s *Store) install(c *catalog.Catalog) { s.catalog.Store(c) }

// decodeObject reads a stored descriptor.
func decodeObject(class catalog.Class, value []byte) (catalog.Object, error) {
	var o catalog.Object
	switch class {
	case catalog.ClassDatabase:
		o = &catalog.Database{}
	case catalog.ClassSchema:
		o = &catalog.Schema{}
	case catalog.ClassTable:
		o = &catalog.Table{}
	case catalog.ClassView:
		o = &catalog.View{}
	case catalog.ClassSequence:
		o = &catalog.Sequence{}
	case catalog.ClassType:
		o = &catalog.UserType{}
	case catalog.ClassRole:
		o = &catalog.Role{}
	case catalog.ClassRoutine:
		o = &catalog.Routine{}
	case catalog.ClassDefaultACL:
		o = &catalog.DefaultACL{}
	case catalog.ClassExtension:
		o = &catalog.Extension{}
	case catalog.ClassLanguage:
		o = &catalog.Language{}
	case catalog.ClassTablespace:
		o = &catalog.Tablespace{}
	case catalog.ClassCollation:
		o = &catalog.Collation{}
	case catalog.ClassOperator:
		o = &catalog.Operator{}
	case catalog.ClassCast:
		o = &catalog.Cast{}
	default:
		defined := catalog.NewDefined(class)
		if defined == nil {
			return nil, fmt.Errorf("stored object of unknown class %q", class)
		}
		o = defined
	}
	if err := json.Unmarshal(value, o); err != nil {
		return nil, err
	}
	catalog.SettleACL(o)
	return o, nil
}

// translate turns storage's sentinels into SQL errors.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrDiskFull):
		return sqlerr.New(sqlerr.DiskFull, "could not extend storage: No space left on device").WithHint("Check free disk space.").WithCause(err)
	case errors.Is(err, storage.ErrExists):
		return sqlerr.New(sqlerr.DuplicateFile, "could not create directory: %s", err).WithCause(err)
	case errors.Is(err, storage.ErrReadOnly):
		return sqlerr.New(sqlerr.IOError, "the database is read-only after a failed write to disk").WithHint("Restart the server once the disk is in order.").WithCause(err)
	case errors.Is(err, storage.ErrCorrupt):
		return sqlerr.New(sqlerr.DataCorrupted, "stored data cannot be read").WithCause(err)
	case errors.Is(err, storage.ErrClosed):
		return sqlerr.New(sqlerr.AdminShutdown, "terminating connection due to administrator command").WithCause(err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to user request").WithCause(err)
	}
	var e *sqlerr.Error
	if errors.As(err, &e) {
		return e
	}
	return sqlerr.Internal("storage: %w", err)
}

// unreadable is translate that says which table is affected by damage.
func unreadable(table *catalog.Table, err error) error {
	if errors.Is(err, storage.ErrCorrupt) {
		return sqlerr.New(sqlerr.DataCorrupted, `stored data of table "%s" cannot be read`, table.Name).
			WithHint("Other tables can be read. Restore this one from a backup.").WithCause(err)
	}
	return translate(err)
}
