package circuit

import (
	"encoding/binary"
	"fmt"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// source is the rows of a table.
type source struct{ scan *plan.Scan }

func (o *source) step(t *tick) (list []Change, err error) {
	if len(t.rows) == 0 {
		return t.changes[o.scan.Table.OID], nil
	}
	err = o.give(t, toKeep, func(ch Change) error {
		list = append(list, ch)
		return nil
	})
	return list, err
}

func (o *source) inputs() []operator { return nil }
func (o *source) String() string     { return "Changes of " + o.scan.Table.Name }

// constants is rows that are there from the first step on: VALUES, and functions
// in FROM.
type constants struct {
	node     plan.Node
	evaluate evaluate
}

func (o *constants) step(t *tick) ([]Change, error) {
	if t.n > 1 {
		return nil, nil
	}
	rows, err := o.evaluate(t.c, &plan.Plan{Root: o.node}, nil)
	out := make([]Change, len(rows))
	for i, row := range rows {
		out[i] = Change{ID: string(binary.BigEndian.AppendUint32(nil, uint32(i))), New: row}
	}
	return out, err
}

func (o *constants) inputs() []operator { return nil }
func (o *constants) String() string     { return "Constant rows" }

// filter passes the rows for which a condition is true.
type filter struct {
	input operator
	cond  expr.Expr
	// secures is the part of it that policies want; nil for none.
	secures expr.Expr
}

func newFilter(in operator, cond expr.Expr) *filter { return &filter{in, cond, expr.Securing(cond)} }

func (o *filter) step(t *tick) ([]Change, error) {
	in, err := o.input.step(t)
	if len(in) == 0 || err != nil {
		return nil, err
	}
	out := make([]Change, 0, len(in))
	for i, ch := range in {
		if ch.Old, err = o.pass(t.c, ch.Old); err != nil {
			return nil, err
		}
		is := ch.New
		if ch.New, err = o.pass(t.c, ch.New); err != nil {
			return nil, err
		}
		if o.secures != nil && ch.Old != nil && is != nil && ch.New == nil {
			v, err := o.secures.Eval(t.c, is)
			if err != nil {
				return nil, err
			}
			if !v.Bool() {
				ch.Cause |= Revoked
			}
		}
		if ch.Old != nil || ch.New != nil {
			out = append(out, ch)
		}
		if err := t.interrupted(i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (o *filter) pass(c *expr.Context, row types.Row) (types.Row, error) {
	if row == nil {
		return nil, nil
	}
	v, err := o.cond.Eval(c, row)
	if err != nil || !v.Bool() {
		return nil, err
	}
	return row, nil
}

func (o *filter) inputs() []operator { return []operator{o.input} }
func (o *filter) String() string     { return "Filter: " + expr.String(o.cond) }

// project computes its columns from each row.
type project struct {
	input operator
	exprs []expr.Expr
	types []*types.Type
}

func newProject(in operator, exprs []expr.Expr) *project {
	return &project{input: in, exprs: exprs, types: typesOf(exprs)}
}

func (o *project) step(t *tick) ([]Change, error) {
	in, err := o.input.step(t)
	if len(in) == 0 || err != nil {
		return nil, err
	}
	out := make([]Change, 0, len(in))
	for i, ch := range in {
		if ch.Old, err = o.row(t.c, ch.Old); err != nil {
			return nil, err
		}
		if ch.New, err = o.row(t.c, ch.New); err != nil {
			return nil, err
		}
		if changed(o.types, ch.Old, ch.New) {
			out = append(out, ch)
		}
		if err := t.interrupted(i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (o *project) row(c *expr.Context, row types.Row) (types.Row, error) {
	if row == nil {
		return nil, nil
	}
	out := make(types.Row, len(o.exprs))
	return out, evalRow(c, out, o.exprs, row)
}

func (o *project) inputs() []operator { return []operator{o.input} }
func (o *project) String() string     { return fmt.Sprintf("Project (%d columns)", len(o.exprs)) }

// narrow drops the columns that lookups have added.
type narrow struct {
	input operator
	types []*types.Type // of those that stay
}

func (o *narrow) step(t *tick) ([]Change, error) {
	in, err := o.input.step(t)
	if len(in) == 0 || err != nil {
		return nil, err
	}
	cut := func(row types.Row) types.Row {
		if row == nil {
			return nil
		}
		return row[:len(o.types):len(o.types)]
	}
	out := make([]Change, 0, len(in))
	for _, ch := range in {
		ch.Old, ch.New = cut(ch.Old), cut(ch.New)
		if changed(o.types, ch.Old, ch.New) {
			out = append(out, ch)
		}
	}
	return out, nil
}

func (o *narrow) inputs() []operator { return []operator{o.input} }
func (o *narrow) String() string     { return fmt.Sprintf("Project (%d columns)", len(o.types)) }

// shared is an operator that several read: a WITH query.
type shared struct {
	input   operator
	name    string
	done    int // the tick that changes are of
	changes []Change
}

func (o *shared) step(t *tick) (_ []Change, err error) {
	if o.done != t.n {
		o.done = t.n
		o.changes, err = o.input.step(t)
	}
	return o.changes, err
}

func (o *shared) inputs() []operator { return []operator{o.input} }
func (o *shared) String() string     { return "Shared rows of " + o.name }

// unionAll is the rows of both sides.
type unionAll struct{ left, right operator }

func (o *unionAll) step(t *tick) ([]Change, error) {
	left, err := o.left.step(t)
	if err != nil {
		return nil, err
	}
	right, err := o.right.step(t)
	if err != nil || len(left)+len(right) == 0 {
		return nil, err
	}
	out := make([]Change, 0, len(left)+len(right))
	for i, side := range [][]Change{left, right} {
		tag := string([]byte{byte(i)})
		for _, ch := range side {
			ch.ID = tag + ch.ID
			out = append(out, ch)
		}
	}
	return out, nil
}

func (o *unionAll) inputs() []operator { return []operator{o.left, o.right} }
func (o *unionAll) String() string     { return "Append" }
