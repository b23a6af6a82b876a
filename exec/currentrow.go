package exec

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// # WHERE CURRENT OF
//
// The operators of a cursor's query know which rows of tables the row is made of that
// they have given last: a scan the one that it is on, LockRows those that it has locked.
// A cursor keeps that with each of its rows (Positions), and whoever changes the row that
// the cursor is on finds it by its key.

// Position is a table that rows of a query come from.
type Position struct {
	Table catalog.OID
	// Locked: by FOR UPDATE or its kin.
	Locked bool
}

// Positions are the tables whose rows a query's operator gives one by one, or has locked.
// at appends, for each of them, the OID of the table that the row given last is in, of a
// partition maybe, and its key.
func Positions(op Operator) (list []Position, at func(types.Row) types.Row) {
	switch o := unwatched(op).(type) {
	case *root:
		return Positions(o.Operator)
	case *project:
		return Positions(o.input)
	case *filter:
		return Positions(o.input)
	case *limit:
		return Positions(o.input)
	case *scan:
		return []Position{{o.node.Table.OID, o.node.Lock != nil}}, func(row types.Row) types.Row {
			if o.cursor == nil || o.ahead != nil {
				return append(row, types.Null, types.Null)
			}
			return append(row, types.Int(int64(o.node.Table.OID)), types.String(o.cursor.Ref().Key()))
		}
	case *appendRows:
		return []Position{{Table: o.node.Table.OID}}, func(row types.Row) types.Row { return memberPosition(o.member, row) }
	case *mergeAppend:
		return []Position{{Table: o.node.Table.OID}}, func(row types.Row) types.Row {
			if o.last < 0 {
				return append(row, types.Null, types.Null)
			}
			return memberPosition(o.members[o.last], row)
		}
	case *lockRows:
		for _, t := range o.node.Tables {
			list = append(list, Position{t.Table.OID, true})
		}
		return list, func(row types.Row) types.Row { return append(row, o.locked...) }
	}
	return nil, nil
}

// memberPosition appends where the row of an Append's member is.
func memberPosition(member Operator, row types.Row) types.Row {
	if member != nil {
		if list, at := Positions(member); len(list) == 1 {
			return at(row)
		}
	}
	return append(row, types.Null, types.Null)
}

// currentRow gives the row of a table that a cursor is on.
type currentRow struct {
	rt   *Runtime
	node *plan.CurrentRow
	done bool
}

func (o *currentRow) Next() (types.Row, error) {
	if o.done {
		return nil, nil
	}
	o.done = true
	name, err := o.node.Cursor.Eval(o.rt.Eval, nil)
	if err != nil {
		return nil, err
	}
	if name.IsNull() || o.rt.Position == nil {
		return nil, sqlerr.New(sqlerr.NullValueNotAllowed, "cursor variable is null")
	}
	leaf, key, err := o.rt.Position(o.rt.Ctx, name.Str(), o.node.Table)
	if err != nil || key == "" {
		return nil, err
	}
	if o.node.Heirs == nil {
		row, err := o.rt.Tx.Current(o.node.Table, key)
		if row == nil || err != nil {
			return nil, err
		}
		return append(row, types.String(key)), nil
	}
	heir, err := o.node.Heirs.Get(o.rt.Tx.Catalog(), leaf)
	if err != nil {
		return nil, err
	}
	row, err := o.rt.Tx.Current(heir.Table, key)
	if row == nil || err != nil {
		return nil, err
	}
	return append(heir.Up(row, row[len(heir.Table.Columns):]...), types.String(key), types.Int(int64(leaf))), nil
}

func (o *currentRow) Close() { o.done = true }
