package tables

import (
	"context"
	"fmt"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// Verified is what Verify has looked at, and what it found.
type Verified struct {
	Tables, Rows, Entries, Commits int64
	// Last is the newest commit.
	Last storage.Seq
	// Problems are the disagreements found, at most maxProblems of them.
	Problems []string

	start   storage.Seq   // the change log has what came after
	commits []storage.Seq // in it, in order
}

const maxProblems = 100

func (v *Verified) problem(format string, args ...any) {
	if len(v.Problems) < maxProblems {
		v.Problems = append(v.Problems, fmt.Sprintf(format, args...))
	}
}

// Verify reads every row and index entry of the durable tables and the whole
// change log: that each row can be decoded, lies under its own key and has no NULL
// where none may be; that each index has the entries of its rows and no others, but of one that
// calls functions of users, which are not run, only how many there may be and that they lead to rows;
// that the log can be read from its start to the newest commit, in order; and that
// it has every commit that wrote a row since. The
// error is that of a store that cannot be read.
func (s *Store) Verify(ctx context.Context) (*Verified, error) {
	v := &Verified{}
	start := s.LogStart()
	last := start
	_, err := s.ReadChanges(ctx, last, func(cs *ChangeSet) error {
		if cs.Seq <= last {
			v.problem("the change log has commit %d after commit %d", cs.Seq, last)
		}
		last = cs.Seq
		v.commits = append(v.commits, cs.Seq)
		v.Commits++
		return nil
	})
	if err != nil {
		return v, fmt.Errorf("change log: %w", err)
	}
	v.start = start
	tx := s.Begin(TxOptions{Isolation: RepeatableRead, ReadOnly: true})
	defer tx.Rollback()
	for o := range tx.Catalog().All() {
		if t, ok := o.(*catalog.Table); ok && t.Durable() {
			if err := tx.verifyTable(ctx, t, v); err != nil {
				return v, fmt.Errorf("table %s: %w", t.Name, err)
			}
		}
	}
	if v.Last = s.Durable(); last > v.Last {
		v.problem("the change log ends with commit %d, the store with %d", last, v.Last)
	}
	return v, nil
}

func (t *Tx) verifyTable(ctx context.Context, table *catalog.Table, v *Verified) error {
	v.Tables++
	row := make(types.Row, len(table.Columns)+SystemValues)
	wanted := make([]int64, len(table.Indexes))
	var buf []byte
	err := t.everyRow(ctx, table, func(at, value []byte) error {
		key := string(at)
		v.Rows++
		if _, err := t.store.decodeRow(table, value, nil, row, 0); err != nil {
			v.problem("table %s: a row cannot be read: %v", table.Name, err)
			return nil
		}
		for i, c := range table.Columns {
			if c.NotNull && row[i].IsNull() {
				v.problem("table %s: column %s is NULL in the row at %x", table.Name, c.Name, key)
			}
		}
		if seq := seqOf(table, row); seq > v.start {
			if _, there := slices.BinarySearch(v.commits, seq); !there {
				v.problem("table %s: the change log lacks commit %d, which wrote the row at %x", table.Name, seq, key)
			}
		}
		user := userOf(table, key)
		for i, index := range table.Indexes {
			if index.Primary {
				if at := t.rowKey(table, user, row); at != key {
					v.problem("table %s: the row at %x belongs at %x", table.Name, key, at)
				}
				continue
			}
			if index.Declared || index.Unready {
				continue
			}
			if c, err := t.code(table, index); err == nil && c.routines {
				wanted[i]++
				continue
			}
			if index.Inverted() {
				c, err := t.code(table, index)
				if err != nil {
					v.problem("index %s: %v", index.Name, err)
					continue
				}
				n, err := t.verifyInverted(c, user, row, key, v)
				if err != nil {
					return err
				}
				wanted[i] += n
				continue
			}
			entry, _, err := t.appendEntry(buf[:0], table, index, user, row, key)
			if err != nil {
				v.problem("index %s: %v", index.Name, err)
				continue
			}
			if len(entry) == 0 { // not of the index's rows
				continue
			}
			buf = entry
			at, found, err := t.store.engine.GetLatest(entry, nil)
			switch {
			case err != nil:
				return translate(err)
			case index.Invalid && (!found || string(at) != key):
				continue // it is not complete, and two rows may have a key
			case !found:
				v.problem("index %s: the row at %x has no entry", index.Name, key)
			case string(at) != key:
				v.problem("index %s: the entry of the row at %x leads to %x", index.Name, key, at)
			}
			wanted[i]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, index := range table.Indexes {
		if index.Primary || index.Unready {
			continue
		}
		c := &indexCode{table: table, index: index}
		if !index.Declared {
			var err error
			if c, err = t.code(table, index); err != nil {
				v.problem("index %s: %v", index.Name, err)
				continue
			}
		}
		n, err := t.countEntries(ctx, c, v)
		if err != nil {
			return err
		}
		switch v.Entries += n; {
		case n == wanted[i] || c.routines && (index.Inverted() || c.predicate != nil && n < wanted[i]):
		case index.Inverted():
			if err := t.surplusEntries(ctx, c, v); err != nil {
				return err
			}
		default:
			v.problem("index %s: %d entries for %d rows", index.Name, n, wanted[i])
		}
	}
	return nil
}

// countEntries counts the entries of an index, and looks for the rows of those that have not been
// computed from rows.
func (t *Tx) countEntries(ctx context.Context, c *indexCode, v *Verified) (n int64, err error) {
	table, index := c.table, c.index
	snap := t.store.snapshot()
	defer snap.release()
	prefix := keys.IndexPrefix(table, index.OID)
	it := newMergedIterator(snap.NewIter(prefix, keys.End(prefix)), nil, prefix, keys.End(prefix), false)
	defer it.close()
	for {
		key, at, ok := it.next()
		if !ok {
			return n, translate(it.base.Err())
		}
		if c.routines && !index.Inverted() {
			if _, found, err := t.store.engine.GetLatest(at, nil); err != nil {
				return n, translate(err)
			} else if !found {
				v.problem("index %s: the entry at %x leads to no row", index.Name, key)
			}
		}
		if n++; n%4096 == 0 && ctx.Err() != nil {
			return n, translate(ctx.Err())
		}
	}
}
