package live

import (
	"errors"

	"github.com/kalamsql/kalamsql/live/circuit"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// layout is how a circuit takes the rows of a table: in the shape that was planned,
// with the columns that are read.
type layout struct {
	planned *catalog.Table
	used    []bool // nil: all columns
}

// errAltered says that a table has another shape than the query was planned for.
var errAltered = errors.New("a table was altered")

// row gives a row of the table under a descriptor.
func (l layout) row(is *catalog.Table, row types.Row) (types.Row, error) {
	if l.planned == is && l.used == nil {
		return row, nil
	}
	out := make(types.Row, len(l.planned.Columns)+tables.SystemValues)
	for i, c := range l.planned.Columns {
		if l.used != nil && !l.used[i] {
			out[i] = types.Null
			continue
		}
		at := i
		if l.planned != is {
			at = is.Ordinal(c.Num)
			if at < 0 || is.Columns[at].Name != c.Name || !is.Columns[at].Type.Means(c.Type.Type) || is.Columns[at].Typmod != c.Typmod {
				return nil, errAltered
			}
		}
		out[i] = row[at]
	}
	copy(out[len(l.planned.Columns):], row[len(is.Columns):])
	return out, nil
}

// change gives a change of a row.
func (l layout) change(ch *tables.Change) (out circuit.Change, err error) {
	out.ID = ch.Key
	switch {
	case ch.Reason == tables.Expire:
		out.Cause = circuit.Expired
	case ch.Op == tables.Insert:
		out.Cause = circuit.Inserted
	case ch.Op == tables.Delete:
		out.Cause = circuit.Deleted
	default:
		out.Cause = circuit.Updated
	}
	if ch.Old != nil {
		if out.Old, err = l.row(ch.Table, ch.Old); err != nil {
			return out, err
		}
	}
	if ch.New != nil {
		out.New, err = l.row(ch.Table, ch.New)
	}
	return out, err
}
