package exec

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// lockRows locks the table rows that its input's rows are made of.
type lockRows struct {
	rt    *Runtime
	input Operator
	node  *plan.LockRows
	// locked are, for each table, the OID of the one that the row locked last is in, and
	// the row's key.
	locked types.Row
}

func newLockRows(rt *Runtime, in Operator, n *plan.LockRows) *lockRows {
	return &lockRows{rt: rt, input: in, node: n}
}

// Next implements Operator.
func (o *lockRows) Next() (types.Row, error) {
	for {
		row, err := o.input.Next()
		if row == nil || err != nil {
			return nil, err
		}
		if row, err = o.lock(row); row != nil || err != nil {
			return row, err
		}
	}
}

// lock gives a row with the newest versions of what it is made of; nil when one of
// them is gone or skipped, or it is no longer of the query.
func (o *lockRows) lock(row types.Row) (types.Row, error) {
	newest := row
	o.locked = o.locked[:0]
	for _, t := range o.node.Tables {
		at := t.At + refAt(t.Table)
		table, ref := t.Table, tables.RefTo(t.Table, o.rt.User, row[at].Str(), row[t.At:at])
		var heir *plan.Heir
		if t.Heirs != nil {
			var err error
			if heir, ref, err = heirOf(o.rt, t.Heirs, row[t.At:]); err != nil {
				return nil, err
			}
			table = heir.Table
		}
		o.locked = append(o.locked, types.Int(int64(table.OID)), types.String(ref.Key()))
		strength, wait := lockMode(t.Lock)
		got, err := o.rt.Tx.Lock(o.rt.Ctx, table, ref, strength, wait)
		if err != nil {
			return nil, err
		}
		switch got.Status {
		case tables.Unchanged:
		case tables.Changed:
			if &newest[0] == &row[0] {
				newest = row.Clone()
			}
			if heir != nil {
				copy(newest[t.At:at], heir.Up(got.Row, got.Row[len(table.Columns):]...))
				break
			}
			copy(newest[t.At:at], got.Row)
		default:
			return nil, nil
		}
	}
	if &newest[0] == &row[0] || o.node.Cond == nil {
		return newest, nil
	}
	v, err := o.node.Cond.Eval(o.rt.Eval, newest)
	if err != nil || !v.Bool() {
		return nil, err
	}
	return newest, nil
}

// Close implements Operator.
func (o *lockRows) Close() { o.input.Close() }

// lockMode is a locking clause as transactions lock rows.
func lockMode(l *plan.RowLock) (tables.LockStrength, tables.LockWait) {
	wait := tables.Block
	switch {
	case l.NoWait:
		wait = tables.NoWait
	case l.SkipLocked:
		wait = tables.SkipLocked
	}
	switch ast.LockStrength(l.Strength) {
	case ast.LockForKeyShare:
		return tables.LockKeyShare, wait
	case ast.LockForShare:
		return tables.LockShare, wait
	case ast.LockForNoKeyUpdate:
		return tables.LockNoKeyUpdate, wait
	}
	return tables.LockUpdate, wait
}
