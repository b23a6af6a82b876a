package circuit

import (
	"context"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Change is the change of one row of a collection: a row that came has no Old,
// one that went no New. Rows are immutable.
type Change struct {
	ID       string
	Old, New types.Row
	// Cause is what was done to the rows that it comes from.
	Cause Cause
}

// Cause is a set of what is done to rows of tables; empty: not known.
type Cause uint8

// What is done to a row.
const (
	Inserted Cause = 1 << iota
	Updated
	Deleted
	Expired
	// Revoked: policies let it be seen no longer.
	Revoked
)

// Evaluate runs a plan over rows in memory in the place of its tables'
// (exec.Evaluate). Those of plan.Given are at 0. It is 53400 if it needs more memory than
// most bytes, zero being no bound.
type Evaluate func(c *expr.Context, p *plan.Plan, rows map[catalog.OID][]types.Row, most int64) ([]types.Row, error)

// evaluate is Evaluate within the limit of a circuit.
type evaluate func(c *expr.Context, p *plan.Plan, rows map[catalog.OID][]types.Row) ([]types.Row, error)

func (e Evaluate) within(m *meter) evaluate {
	return func(c *expr.Context, p *plan.Plan, rows map[catalog.OID][]types.Row) ([]types.Row, error) {
		out, err := e(c, p, rows, m.limit)
		if sqlerr.HasCode(err, sqlerr.ConfigurationLimitExceeded) {
			err = ErrLimit
		}
		return out, err
	}
}

// Circuit keeps the result of one query. It is used by one goroutine at a time.
type Circuit struct {
	out   output
	tick  tick
	meter *meter
	// temporal are the filters that time turns.
	temporal []*temporal
	// Ordered: the result is a list, and Output has positions.
	Ordered bool
	// Sources are the tables it reads.
	Sources map[catalog.OID]*Source
	// Wants are the arrangements that it shares with others.
	Wants []*Want
}

// Output is the change of one row of the result. In an ordered result the row is
// taken out at FromAt and put in at At, when the outputs of a step are applied
// one after another.
type Output struct {
	Old, New   types.Row
	FromAt, At int
	Cause      Cause
}

// operator gives, once per tick, the change of its collection. What it gives
// belongs to it until the next tick; identities in it are all different.
type operator interface {
	step(t *tick) ([]Change, error)
	described
}

// described is what EXPLAIN shows.
type described interface {
	inputs() []operator
	String() string
}

// output is where a circuit ends: it keeps the result.
type output interface {
	step(t *tick) ([]Output, error)
	rows() func() []types.Row
	top() described
}

// tick is one step of a circuit.
type tick struct {
	n       int // from 1
	at      At
	first   bool // it brings the rows there are
	c       *expr.Context
	now     time.Time // what temporal filters go by
	changes map[catalog.OID][]Change
	// rows give in the first step the rows of tables that are not among the changes.
	rows map[catalog.OID]Rows
}

// At says as of which commits a step reads the arrangements that a circuit shares:
// before what it takes, and after that. In the first step both are what the rows
// that it brings are as of.
type At struct{ Before, After Moment }

// interrupted says whether whoever waits for the step has gone; loops ask every
// 1024 rows.
func (t *tick) interrupted(i int) error {
	if i%1024 != 1023 || t.c.Ctx == nil {
		return nil
	}
	return context.Cause(t.c.Ctx)
}

// meter counts the bytes that operators keep. limit is how many they may while a step
// goes on; 0: any number.
type meter struct{ bytes, limit int64 }

func (m *meter) add(row types.Row)  { m.bytes += rowWeight(row) }
func (m *meter) drop(row types.Row) { m.bytes -= rowWeight(row) }

// datumWeight is roughly what keeping one value among others costs.
func datumWeight(d types.Datum) int64 {
	if d.IsString() {
		return 112 + int64(len(d.Str()))
	}
	return 112
}

// rowWeight is roughly what keeping a row costs. The values themselves are
// shared by all that keep the row.
func rowWeight(row types.Row) int64 {
	n := int64(96)
	for _, d := range row {
		n += 24
		if d.IsString() {
			n += int64(len(d.Str()))
		} else if d.Int() == 0 && !d.IsNull() {
			n += 32
		}
	}
	return n
}

// Step takes the changes of one commit, by table, and gives the change of the
// result, at a time that never falls. Each row of a table is in it once at
// most. The first step brings the rows there are. A step without changes does what
// time has done. What comes back may be kept.
func (x *Circuit) Step(c *expr.Context, at At, now time.Time, changes map[catalog.OID][]Change) ([]Output, error) {
	x.tick.n++
	x.tick.first = x.tick.n == 1
	x.tick.c, x.tick.at, x.tick.now, x.tick.changes = c, at, now, changes
	out, err := x.out.step(&x.tick)
	x.tick.c, x.tick.changes = nil, nil // the first step's are whole tables
	return out, err
}

// Turns is when the result may next change by time alone; false for never.
func (x *Circuit) Turns() (next time.Time, ok bool) {
	for _, o := range x.temporal {
		if r, some := o.turns.Min(); some && (!ok || r.turns.Before(next)) {
			next, ok = r.turns, true
		}
	}
	return next, ok
}

// Rows is the result as it is now: in its order, if it has one. It takes no time; what it
// gives makes the list, in any goroutine and once at most, while the circuit goes on.
func (x *Circuit) Rows() func() []types.Row { return x.out.rows() }

// Limit ends a step with ErrLimit that keeps more bytes and might go on for ever.
func (x *Circuit) Limit(bytes int64) { x.meter.limit = bytes }

// Bytes is roughly what the circuit keeps, arrangements that it shares aside.
func (x *Circuit) Bytes() int64 { return x.meter.bytes }

// Explain gives the operators, as a tree of lines.
func (x *Circuit) Explain() []string {
	var lines []string
	var walk func(op described, indent string)
	walk = func(op described, indent string) {
		lines = append(lines, indent+op.String())
		if indent == "" {
			indent = "  ->  "
		} else {
			indent = "      " + indent
		}
		for _, in := range op.inputs() {
			walk(in, indent)
		}
	}
	walk(x.out.top(), "")
	return lines
}
