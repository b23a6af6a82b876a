package circuit

import (
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// # The rows there are
//
// The first step brings whole tables. Lists of them, of what passes a filter and of what
// is projected would be several times what most circuits keep in the end: a count of a
// million rows by a hundred groups keeps a hundred. So in the first step rows go from
// the table one by one through the operators that treat each alone to the first that
// keeps something, which says what it needs of them.

// Rows gives the rows of a table that matter as of one commit, one after another, as
// changes without an old row, until do fails.
type Rows func(of Use, do func(Change) error) error

// Use is what is done with rows that are given one by one.
type Use struct {
	// Kept: they are kept; otherwise they are valid until the next one.
	Kept bool
	// Known: their identities matter; otherwise they may be empty.
	Known bool
}

// toKeep is the use of an operator that keeps rows.
var toKeep = Use{Kept: true, Known: true}

// giver is an operator that can give its changes in the first step one by one.
type giver interface {
	give(t *tick, of Use, do func(Change) error) error
}

// Begin is the first step, with the rows of tables as something gives them; it is not
// called for those of which nothing is needed.
func (x *Circuit) Begin(c *expr.Context, at At, now time.Time, rows map[catalog.OID]Rows) error {
	changes := map[catalog.OID][]Change{}
	for oid, give := range rows {
		if s := x.Sources[oid]; s != nil && s.brought() > 1 { // it is read once for all
			changes[oid] = []Change{}
			err := give(toKeep, func(ch Change) error {
				changes[oid] = append(changes[oid], ch)
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	x.tick.rows = rows
	_, err := x.Step(c, at, now, changes)
	x.tick.rows = nil
	return err
}

// brought is in how many ways the first step reads the table.
func (s *Source) brought() (n int) {
	for _, r := range s.readings {
		if !r.there {
			n++
		}
	}
	return n
}

// begins says whether a step brings the rows there are, and nothing that changes or goes.
func (t *tick) begins() bool { return len(t.rows) > 0 }

// each calls do with the changes of an operator, one by one where that can be.
func each(t *tick, in operator, of Use, do func(Change) error) error {
	if g, ok := in.(giver); ok && t.begins() {
		return g.give(t, of, do)
	}
	list, err := in.step(t)
	for i := 0; i < len(list) && err == nil; i++ {
		if err = do(list[i]); err == nil {
			err = t.interrupted(i)
		}
	}
	return err
}

func (o *source) give(t *tick, of Use, do func(Change) error) error {
	list := t.changes[o.scan.Table.OID]
	if rows := t.rows[o.scan.Table.OID]; rows != nil && list == nil {
		return rows(of, do)
	}
	for i, ch := range list {
		if err := do(ch); err != nil {
			return err
		}
		if err := t.interrupted(i); err != nil {
			return err
		}
	}
	return nil
}

func (o *filter) give(t *tick, of Use, do func(Change) error) error {
	return each(t, o.input, Use{Known: of.Known}, func(ch Change) error {
		row, err := o.pass(t.c, ch.New)
		if row == nil || err != nil {
			return err
		}
		if of.Kept { // most may not pass
			ch.New = row.Clone()
		}
		return do(ch)
	})
}

func (o *project) give(t *tick, of Use, do func(Change) error) error {
	row := make(types.Row, len(o.exprs))
	return each(t, o.input, Use{Known: of.Known}, func(ch Change) error {
		if of.Kept {
			row = make(types.Row, len(o.exprs))
		}
		if err := evalRow(t.c, row, o.exprs, ch.New); err != nil {
			return err
		}
		ch.New = row
		return do(ch)
	})
}

func (o *narrow) give(t *tick, of Use, do func(Change) error) error {
	n := len(o.types)
	return each(t, o.input, of, func(ch Change) error {
		ch.New = ch.New[:n:n]
		return do(ch)
	})
}

func (o *unionAll) give(t *tick, of Use, do func(Change) error) error {
	for i, side := range []operator{o.left, o.right} {
		tag := string([]byte{byte(i)})
		err := each(t, side, of, func(ch Change) error {
			if of.Known {
				ch.ID = tag + ch.ID
			}
			return do(ch)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
