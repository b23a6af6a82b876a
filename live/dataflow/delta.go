package dataflow

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Cause says what happened to the stored row behind an entry.
type Cause uint8

// The causes.
const (
	Inserted Cause = iota
	Updated
	Deleted
	// Expired: its time to live in a stream table ended.
	Expired
	// Revoked: it was updated, and policies let it be seen no longer.
	Revoked
)

// Entry is one signed row.
type Entry struct {
	// ID is the identity of the stored row; the old and the new row of one
	// UPDATE share it and stand next to each other, old first.
	ID     string
	Row    types.Row // immutable
	Weight int       // +1 or -1
	Cause  Cause
}

// Delta is the change that one commit makes to an operator's output.
type Delta []Entry

// Operator turns the delta of its input into the delta of its output. It may
// reuse the input's memory, but not the rows in it.
type Operator interface {
	Apply(c *expr.Context, in Delta) (Delta, error)
}

// stage is an operator that treats each row alone, so that it can serve a
// snapshot as well: it gives the row it makes of row, or false for none.
type stage interface {
	Operator
	row(c *expr.Context, row types.Row) (types.Row, bool, error)
}
