package tables

import (
	"context"
	"slices"
	"sync"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/expr/inverted"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// Descriptors hold the expressions of indexes as text. Who opens the store says
// how they are bound (Options.IndexCode); bound, they are kept for as long as the
// table's descriptor is the same.

// indexCode is an index with its expressions bound over the table's row.
type indexCode struct {
	table     *catalog.Table
	index     *catalog.Index
	keys      []expr.Expr // nil for plain columns
	predicate expr.Expr   // nil for a whole index
	types     []*types.Type
	places    []int // of the plain columns
	// operators are an exclusion constraint's, over the keys of two rows; equal of them,
	// from the first on, are equalities that the order of the entries knows.
	operators []expr.Expr
	equal     int
	// classes are the operator classes of an inverted index; compound is which of them has the cells in compound
	// entries, or -1.
	classes  []*inverted.Class
	compound int
	// routines: keys or predicate call functions of users, which only a session can run.
	routines bool
}

// indexCodes keeps what has been bound, by index, of definitions that are committed: those
// of a transaction are its own, and go with it.
type indexCodes struct {
	bind       func(*catalog.Catalog, *catalog.Table, *catalog.Index) ([]expr.Expr, expr.Expr, error)
	exclusions func(*catalog.Index, []*types.Type) ([]expr.Expr, error)
	kept       sync.Map // catalog.OID -> *indexCode
}

// code gives an index with its expressions.
func (t *Tx) code(table *catalog.Table, index *catalog.Index) (*indexCode, error) {
	s := &t.store.indexes
	for _, kept := range []*sync.Map{&s.kept, &t.codes} {
		if have, ok := kept.Load(index.OID); ok {
			if c := have.(*indexCode); c.table == table && c.index == index {
				return c, nil
			}
		}
	}
	c := &indexCode{table: table, index: index}
	plain := index.Predicate == ""
	for _, k := range index.Keys {
		at := table.Ordinal(k.Column)
		c.places = append(c.places, at)
		if at >= 0 {
			c.types = append(c.types, table.Columns[at].Type.Type)
		} else {
			c.types = append(c.types, nil)
			plain = false
		}
	}
	if !plain {
		if s.bind == nil {
			return nil, sqlerr.Internal("index %s has expressions, which nobody can bind", index.Name)
		}
		var err error
		if c.keys, c.predicate, err = s.bind(t.Catalog(), table, index); err != nil {
			return nil, err
		}
		for i, k := range c.keys {
			if k != nil {
				c.types[i] = k.Type()
				c.routines = c.routines || expr.CallsRoutine(k)
			}
		}
		c.routines = c.routines || c.predicate != nil && expr.CallsRoutine(c.predicate)
	}
	if index.Inverted() {
		for i, k := range index.Keys {
			c.classes = append(c.classes, inverted.Of(index.Method, k.OpClass, c.types[i]))
		}
		c.compound = compoundPlace(c.classes)
	}
	if index.Exclusion != nil {
		if err := s.bindExclusion(c); err != nil {
			return nil, err
		}
	}
	if t.store.Catalog().Table(table.OID) == table {
		s.kept.Store(index.OID, c)
	} else {
		t.codes.Store(index.OID, c)
	}
	return c, nil
}

// forgetIndexes gives up what is kept of indexes, and of tables' rewriting, that go with a change of
// definitions.
func (s *Store) forgetIndexes(old, new *catalog.Catalog, changed map[catalog.OID]catalog.Object) {
	for oid := range changed {
		was := old.Table(oid)
		if was == nil {
			continue
		}
		is := new.Table(oid)
		if is == nil {
			s.rewrites.forget(oid)
		}
		for _, index := range was.Indexes {
			if is == nil || !slices.ContainsFunc(is.Indexes, func(i *catalog.Index) bool { return i.OID == index.OID }) {
				s.indexes.kept.Delete(index.OID)
				s.made.forget(index.OID)
			}
		}
	}
}

// evaluation is what the expressions of indexes, which are immutable, are
// evaluated with.
var evaluation = &expr.Context{Env: types.DefaultEnv}

// compute gives the keys of a row in an index that calls functions of users, and whether
// it has the row. Such a function may run statements of the same transaction.
func (t *Tx) compute(c *indexCode, row types.Row) (values types.Row, has bool, err error) {
	if t.opts.Routines == nil {
		return nil, false, sqlerr.Internal("nobody can run the functions of index %s", c.index.Name)
	}
	buf, buf2 := t.buf, t.buf2
	t.buf, t.buf2 = nil, nil
	defer func() { t.buf, t.buf2 = buf, buf2 }()
	ec := t.opts.Routines()
	if has, err = c.holds(ec, row); err != nil || !has {
		return nil, false, err
	}
	values = make(types.Row, len(c.types))
	for i := range values {
		if values[i], err = c.evaluate(ec, i, row); err != nil {
			return nil, false, err
		}
	}
	return values, true, nil
}

// entryOf gives what the entry of a row is made of, if the index has one: the row, or its keys
// where they have been computed.
func (t *Tx) entryOf(c *indexCode, row types.Row) (from entrySource, has bool, err error) {
	if c.routines {
		values, has, err := t.compute(c, row)
		return entrySource{values, true}, has, err
	}
	has, err = c.holds(evaluation, row)
	return entrySource{row, false}, has, err
}

// entrySource is a row, or the keys of one.
type entrySource struct {
	types.Row
	computed bool
}

// holds says whether an index has an entry for a row.
func (c *indexCode) holds(ec *expr.Context, row types.Row) (bool, error) {
	if c.predicate == nil {
		return true, nil
	}
	v, err := c.predicate.Eval(ec, row)
	return err == nil && !v.IsNull() && v.Bool(), err
}

// evaluate computes one key.
func (c *indexCode) evaluate(ec *expr.Context, i int, row types.Row) (types.Datum, error) {
	if c.keys == nil || c.keys[i] == nil {
		return row[c.places[i]], nil
	}
	return c.keys[i].Eval(ec, row)
}

// value gives one key.
func (c *indexCode) value(i int, from entrySource) (types.Datum, error) {
	if from.computed {
		return from.Row[i], nil
	}
	return c.evaluate(evaluation, i, from.Row)
}

// appendKeys appends the keys of a row; nulls says whether one is NULL.
func (c *indexCode) appendKeys(dst []byte, from entrySource) (key []byte, nulls bool, err error) {
	for i, k := range c.index.Keys {
		v, err := c.value(i, from)
		if err != nil {
			return dst, false, err
		}
		nulls = nulls || v.IsNull()
		dst = keys.AppendColumn(dst, c.types[i], v, k)
	}
	return dst, nulls, nil
}

// appendEntry appends the key of a row's entry in an index; nothing if it has
// none. A unique entry without NULLs is the key alone; any other has the row's
// key behind it.
func (t *Tx) appendEntry(dst []byte, table *catalog.Table, index *catalog.Index, user string, row types.Row, rowKey string) (key []byte, unique bool, err error) {
	c, err := t.code(table, index)
	if err != nil {
		return nil, false, err
	}
	from, has, err := t.entryOf(c, row)
	if err != nil || !has {
		return dst, false, err
	}
	key, nulls, err := c.appendKeys(keys.AppendSlice(dst, table, index.OID, user), from)
	if err != nil {
		return nil, false, err
	}
	unique = index.Unique && !index.Deferrable && (index.NullsNotDistinct || !nulls)
	if !unique {
		key = append(key, rowKey...)
	}
	return key, unique, nil
}

// need says which columns the entries of an index are made of; nil is all.
func (c *indexCode) need() []bool {
	if c.predicate != nil || slices.Contains(c.places, -1) {
		return nil
	}
	need := make([]bool, len(c.table.Columns))
	for _, at := range c.places {
		need[at] = true
	}
	return need
}

// lockDeferred locks the key that a row has in a unique index whose duplicates
// are looked for later, unless somebody else has: CheckUnique will wait for it.
func (t *Tx) lockDeferred(ctx context.Context, table *catalog.Table, index *catalog.Index, user string, row, old types.Row) error {
	key, err := t.deferredKey(table, index, user, row)
	if err != nil || key == "" {
		return err
	}
	if old != nil {
		if before, err := t.deferredKey(table, index, user, old); err != nil || before == key {
			return err
		}
	}
	if err := t.acquire(ctx, key, exclusive, NoWait); err != errSkipped {
		return err
	}
	return nil
}

// deferredKey begins the entries of a row's key; nothing if it needs no check.
func (t *Tx) deferredKey(table *catalog.Table, index *catalog.Index, user string, row types.Row) (string, error) {
	c, err := t.code(table, index)
	if err != nil {
		return "", err
	}
	from, has, err := t.entryOf(c, row)
	if err != nil || !has {
		return "", err
	}
	key, nulls, err := c.appendKeys(keys.AppendSlice(nil, table, index.OID, user), from)
	if err != nil || nulls && !index.NullsNotDistinct {
		return "", err
	}
	return string(key), nil
}

// CheckUnique demands that no other row has the key that a row has in a unique
// index whose duplicates are looked for later, once others who have the key too
// have ended; or that no other excludes it, of an exclusion constraint.
func (t *Tx) CheckUnique(ctx context.Context, table *catalog.Table, index *catalog.Index, user, rowKey string) error {
	if index.Exclusion != nil {
		return t.checkExcluded(ctx, table, index, user, rowKey)
	}
	row, _, err := t.latest(table, rowKey)
	if err != nil || row == nil {
		return err
	}
	key, err := t.deferredKey(table, index, user, row)
	if err != nil || key == "" {
		return err
	}
	if err := t.acquire(ctx, key, exclusive, Block); err != nil {
		return err
	}
	snap := t.store.snapshot()
	defer snap.release()
	it := t.mergedIterator(snap, t.now(), []byte(key), keys.End([]byte(key)), false)
	defer it.close()
	for {
		_, value, ok := it.next()
		if !ok {
			return translate(it.base.Err())
		}
		if string(value) != rowKey {
			return t.duplicate(table, index, row)
		}
	}
}

// describeKey writes a row's key in an index as PostgreSQL's details do.
func (t *Tx) describeKey(table *catalog.Table, index *catalog.Index, row types.Row) string {
	c, err := t.code(table, index)
	if err != nil {
		return ""
	}
	from, _, err := t.entryOf(c, row)
	if err != nil {
		return ""
	}
	names, values := []byte("("), []byte("(")
	for i := range index.Keys {
		if i > 0 {
			names, values = append(names, ", "...), append(values, ", "...)
		}
		if c.places[i] >= 0 {
			names = append(names, table.Columns[c.places[i]].Name...)
		} else {
			names = append(names, expressionText(c.keys[i])...)
		}
		switch v, err := c.value(i, from); {
		case err != nil:
		case v.IsNull():
			values = append(values, "null"...)
		default:
			values = c.types[i].AppendText(values, v, types.DefaultEnv)
		}
	}
	return string(names) + ")=" + string(values) + ")"
}

// expressionText is an expression as the definition of an index shows it: in
// parentheses, unless it is a function call.
func expressionText(e expr.Expr) string {
	text := expr.Definition(e, true)
	if expr.LooksLikeFunction(e) {
		return text
	}
	return "(" + text + ")"
}
