package live

import (
	"encoding/binary"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/kalamsql/kalamsql/live/dataflow"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// SchemaColumn is a column of a live result. Key columns together identify a
// row; a result without any has no key.
type SchemaColumn struct {
	plan.Column
	Key   bool
	label []byte // the name as a JSON object's key, with its colon
}

// flow is a running dataflow with the subscriptions that share it. Its fields
// after subs are guarded by the hub's lock; those before never change.
type flow struct {
	share   string // the identity it is shared by; empty: not shared
	program *dataflow.Program
	schema  []SchemaColumn
	table   catalog.OID
	user    string // the slice it sees; empty for a table without slices
	keys    []dataflow.Equality
	context *expr.Context // used by the hub's worker only

	subs []*Subscription

	bound   *dataflow.Flow
	pending []*tables.Change // of the commit being processed
}

// newFlow compiles a request.
func newFlow(req *Request) (*flow, error) {
	f := &flow{context: req.EvalContext()}
	var err error
	if f.program, err = dataflow.Compile(req.Plan, f.context); err != nil {
		return nil, err
	}
	table := f.program.Scan.Table
	f.table = table.OID
	if table.PerUser {
		f.user = req.User
	}
	f.schema = schemaOf(f.program)
	f.keys = routingKeys(f.program.Equalities)
	f.bound, _ = f.program.For(table)
	f.share = f.shareKey(req)
	return f, nil
}

func schemaOf(p *dataflow.Program) []SchemaColumn {
	schema := make([]SchemaColumn, len(p.Columns))
	for i, c := range p.Columns {
		schema[i] = SchemaColumn{Column: c, label: append(types.AppendJSONString(nil, c.Name), ':')}
	}
	for _, i := range p.Key {
		schema[i].Key = true
	}
	return schema
}

// shareKey is the identity of a dataflow: text, parameters, slice, database,
// table and the shape of the result. A query with a stable function has none:
// now() is each subscription's own, and so may be the settings that a stable
// function looks at.
func (f *flow) shareKey(req *Request) string {
	if f.program.Volatility != expr.Immutable {
		return ""
	}
	var b strings.Builder
	put := func(s string) {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(s)))
		b.Write(n[:])
		b.WriteString(s)
	}
	put(req.Text)
	put(f.user)
	fmt.Fprintf(&b, "%d/%d", f.program.Scan.Table.Database, f.table)
	for i, p := range req.Params {
		t := types.Text
		if i < len(req.Plan.Params) && req.Plan.Params[i] != nil {
			t = req.Plan.Params[i]
		}
		fmt.Fprintf(&b, "$%d", t.OID)
		if p.IsNull() {
			b.WriteByte('N')
			continue
		}
		put(t.Text(p, types.DefaultEnv))
	}
	for _, c := range f.program.Columns {
		put(c.Name)
		fmt.Fprintf(&b, "%d/%d/%d", c.Type.OID, c.Typmod, c.Num)
	}
	return b.String()
}

// delta runs the changes of one table descriptor after another through the
// program and gives the group, nil when the result did not change. altered
// says that the query means nothing under the descriptor of a change. A panic
// becomes an error.
func (f *flow) delta(c *expr.Context, changes []*tables.Change) (d *Delta, altered bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = sqlerr.Internal("panic in a dataflow: %v\n%s", p, debug.Stack())
		}
	}()
	var all dataflow.Delta
	for len(changes) > 0 {
		n := 1
		for n < len(changes) && changes[n].Table == changes[0].Table {
			n++
		}
		bound, ok := f.bind(changes[0].Table)
		if !ok {
			return nil, true, nil
		}
		part, err := bound.Apply(c, changes[:n])
		if err != nil {
			return nil, false, err
		}
		if all == nil {
			all = part
		} else {
			all = append(all, part...)
		}
		changes = changes[n:]
	}
	if len(all) == 0 {
		return nil, false, nil
	}
	list := changesOf(f.schema, f.program.Key, all)
	if len(list) == 0 {
		return nil, false, nil
	}
	return newDelta(f.schema, list), false, nil
}

// bind gives the program for a descriptor. It keeps the worker's last one.
func (f *flow) bind(t *catalog.Table) (*dataflow.Flow, bool) {
	if f.bound.Table == t {
		return f.bound, true
	}
	return f.program.For(t)
}

// replayed is delta for a goroutine other than the worker's.
func (f *flow) replayed(c *expr.Context, changes []*tables.Change) (*Delta, bool, error) {
	own := &flow{program: f.program, schema: f.schema}
	own.bound, _ = f.program.For(f.program.Scan.Table)
	return own.delta(c, changes)
}
