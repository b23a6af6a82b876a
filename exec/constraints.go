package exec

import (
	"context"
	"maps"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// # Foreign keys
//
// What a statement changes is checked when it has ended, as PostgreSQL's
// constraint triggers do: a row may reference one that comes later in the same
// statement. The transaction tells of every changed row (tables.Tx.Observe), and
// Constraints notes what is to be done about it: a row of a referencing table
// has to find its row in the referenced one, and a key that a referenced table
// has lost must not be referenced any more, or the rows that do must follow.
// The notes are worked off in their order, and what an action changes is noted
// behind them.
//
// A check of a deferrable constraint may be put off until the transaction
// commits. Actions are not put off.
//
// Two things make this hold under concurrency. Who references a row keeps it
// locked FOR KEY SHARE until his transaction ends, and so whoever takes the key
// away waits for him. And who takes a key away looks for references among all
// that is committed by then, whatever his own snapshot is.

// Constraints is what a transaction has still to check. It belongs to the
// session, for one transaction at a time.
type Constraints struct {
	// Env gives what planning depends on; Runtime what executing does, for a user.
	Env     func() *plan.Env
	Runtime func(ctx context.Context, user string) *Runtime
	// Replica says whether the session replays what another server has checked:
	// session_replication_role. Nothing is noted then.
	Replica func() bool
	// Restricted says whether nothing may be put off: what runs does so with the rights
	// of somebody whom whoever runs it need not trust.
	Restricted func() bool
	// Fire runs the function of a trigger, for a user and as a level of statements
	// (Nest), and gives the row that it returned, with the relation's columns; nil for
	// NULL.
	Fire func(ctx context.Context, user string, routine catalog.OID, t *TriggerCall) (types.Row, error)

	tx *tables.Tx
	// observe is note, as transactions want it.
	observe func(tables.RowChange)
	state   ConstraintState
	now     []check // what the statement under way has brought about
	// fired is what BEFORE STATEMENT triggers have fired for in the statement under
	// way; depth is how many triggers are under way.
	fired map[firedFor]bool
	depth int
	// rows are those that the level of statements has changed, kept those of triggers
	// that were put off; shown is what the running function sees of transition tables.
	rows  rowsOfLevel
	kept  []*changedRows
	shown []TransitionTable
	// moving is the row under way to another partition.
	moving *movingRow
	// locked remembers the keys found last, which need not be looked for again.
	locked map[string]bool
	plans  map[actionKey]*plan.Plan
	keys   map[catalog.OID]*foreignKey
	// version is the catalog's that plans and keys were made with.
	version uint64
}

// ConstraintState is what a savepoint keeps: a value, never changed in place.
type ConstraintState struct {
	later []check // put off until the commit
	// all and modes are SET CONSTRAINTS.
	all   deferral
	modes map[catalog.OID]bool
}

// deferral is SET CONSTRAINTS ALL.
type deferral uint8

const (
	asDeclared deferral = iota
	allDeferred
	allImmediate
)

// check is one thing to be done about a changed row.
type check struct {
	table catalog.OID // that has the foreign key
	key   catalog.OID
	user  string
	// row is where a row is that has to find what it references; otherwise old is
	// the key that the referenced table has lost, and new, unless it is nil, what
	// it has become.
	row      string
	old, new []types.Datum
	// from is the table that has lost the key: the referenced one, or a leaf of it.
	from catalog.OID
	// unique: it is a unique constraint, and row may be a duplicate.
	unique bool
	// event, unless it is nil: a trigger of table is to fire.
	event *triggerEvent
}

// Begin starts with a new transaction.
func (c *Constraints) Begin(tx *tables.Tx) {
	c.Release()
	c.tx, c.state, c.now, c.locked, c.fired = tx, ConstraintState{}, nil, nil, nil
	if c.observe == nil {
		c.observe = c.note
	}
	tx.Observe(c.observe)
}

// Release gives up what the transaction has kept, which has ended.
func (c *Constraints) Release() {
	c.closeRows()
	c.closeKept()
}

// Mark is the state to return to; Return returns to it.
func (c *Constraints) Mark() ConstraintState { return c.state }

// Return takes back what has been noted since a mark.
func (c *Constraints) Return(to ConstraintState) {
	c.closeRows()
	c.state, c.now, c.locked, c.fired = to, nil, nil, nil
}

// note looks at a changed row.
func (c *Constraints) note(ch tables.RowChange) {
	cat := c.tx.Catalog()
	table := cat.Table(ch.Table.OID)
	if table == nil {
		return
	}
	if c.Replica() {
		return
	}
	if ch.Old != nil {
		c.noteLosses(cat, table, ch)
	}
	if ch.New == nil {
		return
	}
	for _, i := range table.Indexes {
		if i.Deferrable {
			c.now = append(c.now, check{table: table.OID, key: i.ConstraintOID, user: ch.User, row: ch.NewKey, unique: true})
		}
	}
	for _, k := range table.Foreign {
		values := pick(table, k.Columns, ch.New)
		if k.Unchecked || unreferenced(k, values) {
			continue
		}
		if ch.Old != nil && !ch.Fresh && same(table, k.Columns, values, pick(table, k.Columns, ch.Old), false) {
			continue
		}
		c.now = append(c.now, check{table: table.OID, key: k.OID, user: ch.User, row: ch.NewKey})
	}
}

// noteLoss notes that a key is gone that is referenced in a table, or in what it is a
// partition of.
func (c *Constraints) noteLoss(table, referenced *catalog.Table, r catalog.Reference, ch tables.RowChange) {
	old := pickNamed(referenced, r.Key.RefColumns, table, ch.Old)
	for _, v := range old {
		if v.IsNull() {
			return
		}
	}
	loss := check{table: r.Table.OID, key: r.Key.OID, user: ch.User, old: old, from: table.OID}
	switch {
	case ch.New != nil:
		loss.new = pickNamed(referenced, r.Key.RefColumns, table, ch.New)
	case c.moving != nil && referenced.OID != table.OID:
		loss.new = pickNamed(referenced, r.Key.RefColumns, c.moving.table, c.moving.row)
	}
	if loss.new != nil && same(referenced, r.Key.RefColumns, old, loss.new, true) {
		return
	}
	c.now = append(c.now, loss)
}

// pick gives the values of columns in a row.
func pick(t *catalog.Table, columns []int16, row types.Row) []types.Datum {
	out := make([]types.Datum, len(columns))
	for i, num := range columns {
		out[i] = row[t.Ordinal(num)]
	}
	return out
}

// unreferenced says whether values that have NULLs among them reference
// nothing; with MATCH FULL only NULLs alone do.
func unreferenced(k *catalog.ForeignKey, values []types.Datum) bool {
	nulls := 0
	for _, v := range values {
		if v.IsNull() {
			nulls++
		}
	}
	return nulls == len(values) || nulls > 0 && k.Match != 'f'
}

// same says whether two keys are equal; exactly, to the byte.
func same(t *catalog.Table, columns []int16, a, b []types.Datum, exactly bool) bool {
	for i, num := range columns {
		typ := t.Columns[t.Ordinal(num)].Type.Type
		switch {
		case a[i].IsNull() != b[i].IsNull():
			return false
		case a[i].IsNull():
		case exactly && !rowcodec.Identical(typ, a[i], b[i]), !exactly && typ.Compare(a[i], b[i]) != 0:
			return false
		}
	}
	return true
}

// Pending says whether a table has checks to come.
func (c *Constraints) Pending(table catalog.OID) bool {
	cat := c.tx.Catalog()
	for _, ck := range c.state.later {
		if ck.old == nil {
			if ck.table == table {
				return true
			}
			continue
		}
		if t := cat.Table(ck.table); t != nil {
			if k := t.ForeignKey(ck.key); k != nil && k.References == table {
				return true
			}
		}
	}
	return false
}

// EndStatement does what the statement that has ended has brought about, except
// what is put off.
func (c *Constraints) EndStatement(ctx context.Context) error {
	if len(c.now) == 0 {
		c.closeRows()
		c.fired = nil
		return nil
	}
	return c.run(ctx, false)
}

// EndTransaction does what was put off, before the commit.
func (c *Constraints) EndTransaction(ctx context.Context) error {
	if len(c.now)+len(c.state.later) == 0 {
		return nil
	}
	c.now = append(c.state.later[:len(c.state.later):len(c.state.later)], c.now...)
	c.state.later = nil
	return c.run(ctx, true)
}

// run works off the notes, and then those that have been made meanwhile. last puts
// nothing off.
func (c *Constraints) run(ctx context.Context, last bool) error {
	c.locked = nil
	defer c.closeRows()
	for done := 0; len(c.now) > 0; {
		notes := c.now
		c.now, c.fired = nil, nil
		for _, ck := range notes {
			if done%256 == 0 && ctx.Err() != nil {
				return Cancelled(ctx)
			}
			done++
			if err := c.workOff(ctx, ck, last); err != nil {
				return err
			}
		}
	}
	c.fired = nil
	return nil
}

// workOff does what a note is about, or puts it off.
func (c *Constraints) workOff(ctx context.Context, ck check, last bool) error {
	switch {
	case ck.unique:
		return c.unique(ctx, ck, last)
	case ck.event != nil:
		if t := ck.event.trigger; !last && c.deferred(t.ConstraintOID, t.Deferrable, t.InitiallyDeferred) {
			return c.putOff(ck)
		}
		return c.fire(ctx, ck)
	}
	k, err := c.foreignKey(ck)
	if k == nil || err != nil {
		return err // it was dropped
	}
	if !last && k.putsOff(ck) && c.deferred(k.key.OID, k.key.Deferrable, k.key.InitiallyDeferred) {
		return c.putOff(ck)
	}
	return c.do(ctx, k, ck)
}

// putOff keeps a note for the commit. What savepoints have kept is the beginning of
// the list, which stays until they are returned to.
func (c *Constraints) putOff(ck check) error {
	if c.Restricted != nil && c.Restricted() {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "cannot fire deferred trigger within security-restricted operation")
	}
	if ck.event != nil && ck.event.rows != nil {
		ck.event.rows.kept = true
	}
	c.state.later = append(c.state.later, ck)
	return nil
}

// deferred says whether checks of a constraint are put off now.
func (c *Constraints) deferred(oid catalog.OID, deferrable, initially bool) bool {
	if !deferrable {
		return false
	}
	if mode, ok := c.state.modes[oid]; ok {
		return mode
	}
	switch c.state.all {
	case allDeferred:
		return true
	case allImmediate:
		return false
	}
	return initially
}

// unique looks for a duplicate of a row, or puts that off.
func (c *Constraints) unique(ctx context.Context, ck check, last bool) error {
	t := c.tx.Catalog().Table(ck.table)
	if t == nil {
		return nil
	}
	for _, i := range t.Indexes {
		if i.ConstraintOID != ck.key {
			continue
		}
		if !last && c.deferred(ck.key, i.Deferrable, i.InitiallyDeferred) {
			return c.putOff(ck)
		}
		return c.tx.CheckUnique(ctx, t, i, ck.user, ck.row)
	}
	return nil
}

// SetAll is SET CONSTRAINTS ALL.
func (c *Constraints) SetAll(ctx context.Context, deferred bool) error {
	c.state.all, c.state.modes = allImmediate, nil
	if deferred {
		c.state.all = allDeferred
	}
	return c.catchUp(ctx)
}

// Set is SET CONSTRAINTS for some.
func (c *Constraints) Set(ctx context.Context, constraints []catalog.OID, deferred bool) error {
	modes := maps.Clone(c.state.modes)
	if modes == nil {
		modes = map[catalog.OID]bool{}
	}
	for _, oid := range constraints {
		modes[oid] = deferred
	}
	c.state.modes = modes
	return c.catchUp(ctx)
}

// catchUp does what is no longer to be put off.
func (c *Constraints) catchUp(ctx context.Context) error {
	c.now, c.state.later = c.state.later, nil
	if len(c.now) == 0 {
		return nil
	}
	return c.run(ctx, false)
}
