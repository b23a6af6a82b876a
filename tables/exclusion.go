package tables

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/expr/inverted"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/sql/types/sortkey"
	"github.com/kalamsql/kalamsql/tables/keys"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// An exclusion constraint keeps rows apart by operators, so that there is no key that
// could be locked. A transaction notes instead which keys it is about to store, if none
// that another has noted excludes them, and otherwise waits for that other's end. What it
// has noted, nobody can store who excludes it; so it then looks at what is committed, and
// at its own. Rows that somebody is changing or deleting are waited for.
//
// The look-up is a search in the constraint's index, if that is an inverted one (inverted.go). In one by the
// order of values it reads the entries that have the same values in the keys that are compared for equality
// first; where there are no entries, it reads the table.

// exclusions are the keys noted by running transactions.
type exclusions struct {
	mu struct {
		sync.Mutex
		noted map[excludingPlace]map[*Tx][]types.Row
	}
}

// excludingPlace is where keys are noted: they exclude none of other places, being different in what is compared
// for equality.
type excludingPlace struct {
	index catalog.OID
	user  string
	equal string
}

// bindExclusion binds the operators of an exclusion constraint.
func (s *indexCodes) bindExclusion(c *indexCode) error {
	if s.exclusions == nil {
		return sqlerr.Internal("exclusion constraint %s has operators, which nobody can bind", c.index.Name)
	}
	var err error
	if c.operators, err = s.exclusions(c.index, c.types); err != nil || c.index.Declared {
		return err
	}
	for c.equal < len(c.operators) && isEquality(c.operators[c.equal]) {
		c.equal++
	}
	return nil
}

// isEquality says whether an operator is the equality by which entries are ordered.
func isEquality(e expr.Expr) bool {
	call, ok := e.(*expr.Call)
	return ok && call.Op != nil && call.Op.Name == "="
}

// excludes says whether all operators are true of the keys of two rows.
func (c *indexCode) excludes(a, b types.Row) (bool, error) {
	both := slices.Concat(a, b)
	for _, op := range c.operators {
		if v, err := op.Eval(evaluation, both); err != nil || v.IsNull() || !v.Bool() {
			return false, err
		}
	}
	return true, nil
}

// exclusionKeys computes the keys of a row; nil if it cannot exclude any other, because
// the index has it not or because a key is NULL.
func (c *indexCode) exclusionKeys(row types.Row) (types.Row, error) {
	if has, err := c.holds(evaluation, row); err != nil || !has {
		return nil, err
	}
	list := make(types.Row, len(c.types))
	for i := range c.types {
		v, err := c.evaluate(evaluation, i, row)
		if err != nil || v.IsNull() {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

// excluding finds a row that an exclusion constraint keeps from being beside a row about
// to be stored in the place of that at self, which is old.
func (t *Tx) excluding(ctx context.Context, table *catalog.Table, index *catalog.Index, user string, row types.Row, self string, old types.Row) (*conflict, error) {
	c, err := t.code(table, index)
	if err != nil {
		return nil, err
	}
	mine, err := c.exclusionKeys(row)
	if err != nil || mine == nil {
		return nil, err
	}
	if old != nil {
		was, err := c.exclusionKeys(old)
		if err != nil {
			return nil, err
		}
		if was != nil && sameKeys(c, was, mine) {
			return nil, nil
		}
	}
	if err := t.noteExclusion(ctx, c, user, mine); err != nil {
		return nil, err
	}
	return t.findExcluded(ctx, c, user, mine, self)
}

// sameKeys says whether two rows have the same keys, to the byte.
func sameKeys(c *indexCode, a, b types.Row) bool {
	for i, typ := range c.types {
		if !rowcodec.Identical(typ, a[i], b[i]) {
			return false
		}
	}
	return true
}

// exclusionLock names the lock that others wait for the end of the transaction with.
func (t *Tx) exclusionLock() string {
	return string(binary.BigEndian.AppendUint64([]byte{'y'}, t.owner.Transaction))
}

// noteExclusion notes keys, once no other transaction has noted any that they exclude.
func (t *Tx) noteExclusion(ctx context.Context, c *indexCode, user string, mine types.Row) error {
	if !t.store.locks.Holds(&t.owner, t.exclusionLock(), exclusive) {
		// Nobody can hold it, so that nobody is waited for.
		if err := t.acquire(ctx, t.exclusionLock(), exclusive, SkipLocked); err != nil {
			return err
		}
	}
	for {
		other, err := t.store.exclusions.note(t, c, user, mine)
		if err != nil || other == "" {
			return err
		}
		mark := t.owner.Mark()
		if err := t.acquire(ctx, other, exclusive, Block); err != nil {
			return err
		}
		t.store.locks.ReleaseSince(&t.owner, mark)
	}
}

// note notes keys for a transaction, or gives the lock of one that must end first.
func (e *exclusions) note(t *Tx, c *indexCode, user string, mine types.Row) (string, error) {
	var equal []byte
	for i, op := range c.operators {
		if isEquality(op) && sortkey.Encodable(c.types[i]) {
			equal = sortkey.Append(equal, c.types[i], mine[i])
		}
	}
	place := excludingPlace{c.index.OID, user, string(equal)}
	e.mu.Lock()
	defer e.mu.Unlock()
	for tx, list := range e.mu.noted[place] {
		if tx == t {
			continue
		}
		for _, keys := range list {
			if conflicts, err := c.excludes(mine, keys); err != nil {
				return "", err
			} else if conflicts {
				return tx.exclusionLock(), nil
			}
		}
	}
	if e.mu.noted == nil {
		e.mu.noted = map[excludingPlace]map[*Tx][]types.Row{}
	}
	if e.mu.noted[place] == nil {
		e.mu.noted[place] = map[*Tx][]types.Row{}
	}
	if e.mu.noted[place][t] == nil {
		t.excludes = append(t.excludes, place)
	}
	e.mu.noted[place][t] = append(e.mu.noted[place][t], mine)
	return "", nil
}

// endExclusions forgets what the transaction has noted.
func (t *Tx) endExclusions() {
	if t.excludes == nil {
		return
	}
	e := &t.store.exclusions
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, place := range t.excludes {
		if delete(e.mu.noted[place], t); len(e.mu.noted[place]) == 0 {
			delete(e.mu.noted, place)
		}
	}
	t.excludes = nil
}

// findExcluded finds a row that is there, committed or the transaction's own, and whose
// keys exclude some.
func (t *Tx) findExcluded(ctx context.Context, c *indexCode, user string, mine types.Row, self string) (*conflict, error) {
	for {
		key, row, err := t.searchExcluded(ctx, c, user, mine, self)
		if err != nil || key == "" {
			return nil, err
		}
		if w := t.mine(key); w == nil || w.row.old != nil {
			mark := t.owner.Mark()
			if err := t.acquireRow(ctx, key, LockShare, Block); err != nil {
				return nil, err
			}
			t.store.locks.ReleaseSince(&t.owner, mark)
		}
		now, _, err := t.latest(c.table, key)
		if err != nil {
			return nil, err
		}
		if now == nil {
			continue // it is gone
		}
		if seqOf(c.table, now) == seqOf(c.table, row) && versionOf(c.table, now) == versionOf(c.table, row) {
			return &conflict{index: c.index, ref: RowRef{key: key, user: user}, row: now}, nil
		}
	}
}

// searchExcluded looks through the rows that may exclude keys.
func (t *Tx) searchExcluded(ctx context.Context, c *indexCode, user string, mine types.Row, self string) (string, types.Row, error) {
	snap := t.store.snapshot()
	defer snap.release()
	next, end := t.mayExclude(snap, c, user, mine)
	for n := 1; ; n++ {
		key, ok := next()
		if !ok {
			return "", nil, end()
		}
		if n%4096 == 0 && ctx.Err() != nil {
			return "", nil, cmp.Or(end(), translate(ctx.Err()))
		}
		found, row, err := t.excludedBy(c, mine, key, self)
		if err != nil || found {
			return key, row, cmp.Or(end(), err)
		}
	}
}

// excludedBy says whether the row at a key excludes others' keys.
func (t *Tx) excludedBy(c *indexCode, mine types.Row, key, self string) (bool, types.Row, error) {
	if key == self {
		return false, nil, nil
	}
	row, _, err := t.latest(c.table, key)
	if err != nil || row == nil {
		return false, nil, err
	}
	other, err := c.exclusionKeys(row)
	if err != nil || other == nil {
		return false, nil, err
	}
	found, err := c.excludes(mine, other)
	return found, row, err
}

// mayExclude gives the keys of the rows that may exclude keys, one after the other, and what ends that.
func (t *Tx) mayExclude(snap *snapshot, c *indexCode, user string, mine types.Row) (next func() (string, bool), end func() error) {
	slice := catalog.OID(0)
	switch {
	case c.index.Inverted():
		x := (&search{tx: t, snap: snap, own: t.now(), code: c}).begin(user, c.excludingQuery(mine))
		if x == nil {
			break // it tells nothing
		}
		return func() (string, bool) {
				key, ok := x.next(nil)
				return string(key), ok
			}, func() error {
				x.close()
				return x.err
			}
	case !c.index.Declared:
		slice = c.index.OID
	}
	prefix := keys.AppendSlice(nil, c.table, slice, user)
	if slice != 0 {
		for i := range c.equal {
			prefix = keys.AppendColumn(prefix, c.types[i], mine[i], c.index.Keys[i])
		}
	}
	it := t.mergedIterator(snap, t.now(), prefix, keys.End(prefix), false)
	return func() (string, bool) {
		key, value, ok := it.next()
		if slice != 0 {
			key = value
		}
		return string(key), ok
	}, func() error { return translate(it.close()) }
}

// excludingQuery asks for the rows that may exclude keys.
func (c *indexCode) excludingQuery(mine types.Row) *inverted.Query {
	var all []*inverted.Query
	for i, class := range c.classes {
		call, ok := c.operators[i].(*expr.Call)
		if !ok || call.Op == nil || !class.Knows(call.Op.Name, c.types[i], c.types[i]) {
			continue
		}
		if q, err := class.Query(evaluation, call.Op.Name, c.types[i], mine[i]); err == nil { // the error is that of the condition
			all = append(all, q.On(i))
		}
	}
	return inverted.AllOf(all...)
}

// checkExcluded demands that no other row excludes that at a key, of a constraint that is
// checked later.
func (t *Tx) checkExcluded(ctx context.Context, table *catalog.Table, index *catalog.Index, user, rowKey string) error {
	row, _, err := t.latest(table, rowKey)
	if err != nil || row == nil {
		return err
	}
	found, err := t.excluding(ctx, table, index, user, row, rowKey, nil)
	if err != nil || found == nil {
		return err
	}
	return t.excluded(table, index, row, found.row)
}

// excluded is the exclusion violation.
func (t *Tx) excluded(table *catalog.Table, index *catalog.Index, row, other types.Row) error {
	detail := "Key conflicts with existing key."
	if t.showsKey(table, index) {
		detail = "Key " + t.describeKey(table, index, row) + " conflicts with existing key " + t.describeKey(table, index, other) + "."
	}
	return sqlerr.New(sqlerr.ExclusionViolation, `conflicting key value violates exclusion constraint "%s"`, index.Name).
		WithDetail("%s", detail).OnTable(t.schemaOf(table), table.Name).OnConstraint(index.Name)
}

// verifyExclusion demands that the rows of a table meet a new exclusion constraint.
func (t *Tx) verifyExclusion(ctx context.Context, table *catalog.Table, index *catalog.Index) error {
	c, err := t.code(table, index)
	if err != nil {
		return err
	}
	row := make(types.Row, len(table.Columns)+SystemValues)
	return t.everyRow(ctx, table, func(place, value []byte) error {
		key := string(place)
		if _, err := t.store.decodeRow(table, value, nil, row, 0); err != nil {
			return err
		}
		mine, err := c.exclusionKeys(row)
		if err != nil || mine == nil {
			return err
		}
		at, other, err := t.searchExcluded(ctx, c, userOf(table, key), mine, key)
		if err != nil || at == "" {
			return err
		}
		return sqlerr.New(sqlerr.ExclusionViolation, `could not create exclusion constraint "%s"`, index.Name).
			WithDetail("Key %s conflicts with key %s.", t.describeKey(table, index, row), t.describeKey(table, index, other)).
			OnTable(t.schemaOf(table), table.Name).OnConstraint(index.Name)
	})
}
