package live

import (
	"errors"
	"slices"

	"github.com/tidwall/btree"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// # Queries over more than one table
//
// A query that is not one table, filtered and projected, is a view: it keeps the
// rows of the tables it reads, as of the last commit processed, and its result.
// A commit that concerns it changes the rows kept, the query is evaluated over
// them again, and the difference of the two results is the group. So the group
// is exact to the commit whatever the query is made of, and costs as much as
// the query does; the rows kept count against the state limit.
//
// Change groups can be undone as well as done. To resume from a cursor the rows
// as they are now are taken back through the change log to the cursor, and then
// forward again, commit by commit.

// Evaluate runs a plan over the rows of tables in memory (exec.Evaluate).
type Evaluate func(c *expr.Context, p *plan.Plan, rows map[catalog.OID][]types.Row) ([]types.Row, error)

// view is what a query over several tables keeps. Its state is guarded by the
// hub's lock.
type view struct {
	plan     *plan.Plan
	evaluate Evaluate
	sources  []*catalog.Table
	key      []int
	ordered  bool // the result is a list, whose positions are told
	limit    int64
	schema   []SchemaColumn

	// loaded is closed when state is there, or failed is set.
	loaded  chan struct{}
	loading bool
	failed  error
	state   *viewState
	// asOf is the commit that state was read at: earlier ones are in it.
	asOf storage.Seq
	// waiting are the commits that came while the state was loaded.
	waiting []viewCommit
}

// viewCommit is what a commit did to the tables of a view.
type viewCommit struct {
	seq     storage.Seq
	changes []*tables.Change
}

// viewState is the rows of the tables and the result over them.
type viewState struct {
	rows   map[catalog.OID]*btree.Map[string, types.Row]
	lists  map[catalog.OID][]types.Row // rows as lists; nil entries are stale
	result []types.Row
	bytes  int64
}

func newViewState(v *view) *viewState {
	st := &viewState{rows: map[catalog.OID]*btree.Map[string, types.Row]{}, lists: map[catalog.OID][]types.Row{}}
	for _, t := range v.sources {
		st.rows[t.OID] = &btree.Map[string, types.Row]{}
	}
	return st
}

// newView makes the view of a plan, or says by name what in it cannot be live.
func newView(p *plan.Plan, evaluate Evaluate, limit int64) (*view, error) {
	v := &view{plan: p, evaluate: evaluate, key: plan.Key(p.Root), limit: limit, loaded: make(chan struct{})}
	var refused error
	refuse := func(what string, args ...any) {
		if refused == nil {
			refused = sqlerr.Unsupported(what+" in a live query", args...)
		}
	}
	plan.EachNode(p.Root, func(n plan.Node) {
		switch n := n.(type) {
		case *plan.Scan:
			switch {
			case n.Lock != nil:
				refuse("FOR UPDATE, FOR SHARE or its kin")
			case n.Table.Temporary:
				refuse("a temporary table")
			}
			if !slices.ContainsFunc(v.sources, func(t *catalog.Table) bool { return t.OID == n.Table.OID }) {
				v.sources = append(v.sources, n.Table)
			}
		case *plan.VirtualScan:
			refuse("system view %s", n.View.Name)
		case *plan.Insert, *plan.Update, *plan.Delete:
			refuse("a change of a table")
		}
		plan.EachExpr(n, func(e expr.Expr) {
			if c, ok := e.(*expr.Call); ok && c.Fn.Volatility == expr.Volatile {
				refuse("volatile function %s()", c.Fn.Name)
			}
		})
	})
	if refused == nil && p.Volatility == expr.Volatile {
		refuse("a volatile function")
	}
	v.ordered = isOrdered(p.Root)
	return v, refused
}

// isOrdered says whether the order of a result means something.
func isOrdered(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Sort:
		return true
	case *plan.Limit:
		return isOrdered(n.Input)
	case *plan.Project:
		return isOrdered(n.Input)
	case *plan.With:
		return isOrdered(n.Input)
	}
	return false
}

// change applies one change of a table; back undoes it.
func (st *viewState) change(v *view, ch *tables.Change, back bool) error {
	old, row := ch.Old, ch.New
	if back {
		old, row = row, old
	}
	of := v.source(ch.Table.OID)
	if of == nil {
		return nil
	}
	rows := st.rows[of.OID]
	st.lists[of.OID] = nil
	if row == nil {
		if was, ok := rows.Delete(ch.Key); ok {
			st.bytes -= int64(rowBytes(was))
		}
		return nil
	}
	row, err := layout(of, ch.Table, row)
	if err != nil {
		return err
	}
	st.put(rows, ch.Key, row)
	return nil
}

func (st *viewState) put(rows *btree.Map[string, types.Row], key string, row types.Row) {
	st.bytes += int64(rowBytes(row))
	if was, ok := rows.Set(key, row); ok {
		st.bytes -= int64(rowBytes(was))
	}
}

func (v *view) source(oid catalog.OID) *catalog.Table {
	for _, t := range v.sources {
		if t.OID == oid {
			return t
		}
	}
	return nil
}

// errAltered says that a table has another shape than the query was planned for.
var errAltered = errors.New("a table was altered")

// layout gives a row of a table's newer shape the shape that was planned: new
// columns are left out.
func layout(planned, is *catalog.Table, row types.Row) (types.Row, error) {
	if planned == is {
		return row, nil
	}
	out := make(types.Row, len(planned.Columns)+1)
	for i, c := range planned.Columns {
		at := is.Ordinal(c.Num)
		if at < 0 || is.Columns[at].Name != c.Name || is.Columns[at].Type.OID != c.Type.OID || is.Columns[at].Typmod != c.Typmod {
			return nil, errAltered
		}
		out[i] = row[at]
	}
	out[len(planned.Columns)] = row[len(is.Columns)]
	return out, nil
}

// means says whether the query means the same with a table as it is now.
func (v *view) means(is *catalog.Table) bool {
	planned := v.source(is.OID)
	if planned == nil || planned.Name != is.Name || planned.Schema != is.Schema || planned.PerUser != is.PerUser || planned.Kind != is.Kind {
		return planned == nil
	}
	_, err := layout(planned, is, make(types.Row, len(is.Columns)+1))
	return err == nil
}

// compute evaluates the query over the rows kept.
func (st *viewState) compute(v *view, c *expr.Context) ([]types.Row, error) {
	if st.bytes > v.limit {
		return nil, &End{Code: sqlerr.ConfigurationLimitExceeded, Reason: ReasonStateLimit,
			Message: "the rows that the query is about take more memory than a subscription may"}
	}
	for oid, rows := range st.rows {
		if st.lists[oid] != nil {
			continue
		}
		list := make([]types.Row, 0, rows.Len())
		rows.Scan(func(_ string, row types.Row) bool {
			list = append(list, row)
			return true
		})
		st.lists[oid] = list
	}
	return v.evaluate(c, v.plan, st.lists)
}

// step applies a commit and gives the group, nil when the result did not change.
func (st *viewState) step(v *view, c *expr.Context, changes []*tables.Change) (*Delta, error) {
	for _, ch := range changes {
		if err := st.change(v, ch, false); err != nil {
			return nil, err
		}
	}
	result, err := st.compute(v, c)
	if err != nil {
		return nil, err
	}
	list := v.difference(st.result, result, causeOf(changes))
	st.result = result
	if len(list) == 0 {
		return nil, nil
	}
	return newDelta(v.schema, list), nil
}

// apply takes a commit; the hub's lock is held.
func (v *view) apply(c *expr.Context, seq storage.Seq, changes []*tables.Change) (*Delta, error) {
	if v.state == nil {
		v.waiting = append(v.waiting, viewCommit{seq, slices.Clone(changes)})
		return nil, nil
	}
	if seq <= v.asOf {
		return nil, nil
	}
	return v.state.step(v, c, changes)
}

// causeOf gives the reasons for rows that come and go by a commit: what was done
// to the tables, where all of it was the same.
func causeOf(changes []*tables.Change) (cause struct{ came, went Reason }) {
	cause.came, cause.went = CameInsert, WentLeave
	for _, ch := range changes {
		if ch.Op != tables.Insert {
			cause.came = CameEnter
		}
		switch {
		case ch.Reason == tables.Expire:
			cause.went = WentExpire
		case ch.Op == tables.Delete && cause.went == WentLeave:
			cause.went = WentDelete
		}
	}
	return cause
}
