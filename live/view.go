package live

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/live/circuit"
	"github.com/kalamsql/kalamsql/live/dataflow"
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
// A query that is not one table, filtered and projected, is a view: it has a
// circuit, which keeps what the query needs of the tables as of the last commit
// processed, and its result. A commit that concerns it is one step of the circuit,
// whose output is the group: exact to the commit, whatever the query is made of.
// See package circuit for how that is done; what it keeps counts against the
// state limit.
//
// To resume from a cursor the tables' rows as they are now are taken back through
// the change log to the cursor, and a circuit of its own goes forward again from
// there, commit by commit.

// Evaluate runs a plan over the rows of tables in memory (exec.Evaluate).
type Evaluate = circuit.Evaluate

// view is what a query over several tables keeps. Its state is guarded by the
// hub's lock.
type view struct {
	plan     *plan.Plan
	evaluate Evaluate
	sources  []*catalog.Table
	// used says by table which columns the query reads; nil is all. The others are
	// NULL in all that the circuit is given.
	used  map[catalog.OID][]bool
	reads map[catalog.OID]*circuit.Source
	// keys are, by table, what fixes the rows that concern the view.
	keys  map[catalog.OID][]dataflow.Equality
	key   []int
	limit int64
	// temporal: time alone changes the result. clock tells it, and now is the time
	// of the last step.
	temporal bool
	clock    func() time.Time
	now      time.Time
	// processed says which commit the hub's worker has processed last.
	processed func() storage.Seq
	// arrangements are those of the circuit's that are shared; those in told say which
	// changes of their tables concern the view.
	arrangements, told []*arrangement
	// shape is a circuit that is never run.
	shape  *circuit.Circuit
	schema []SchemaColumn

	// loaded is closed when circuit is there, or failed is set.
	loaded  chan struct{}
	loading bool
	// reading: it reads its tables, and commits must be kept until it has.
	reading bool
	giveUp  context.CancelFunc // ends the loading, for nobody waits for it any more
	failed  error
	circuit *circuit.Circuit
	// spent is how long so many steps have taken while commits waited, the lags-th time that
	// they did.
	spent time.Duration
	steps int
	lags  uint64
	// rows is the result as a list; nil when that is stale.
	rows *resultRows
	// asOf is the commit that the tables were read at: earlier ones are in it.
	asOf storage.Seq
	// waiting are the commits that came while they were read.
	waiting backlog
}

// newView makes the view of a plan, or says by name what in it cannot be live. c
// evaluates what fixes rows; without it the view cannot be routed to.
func (h *Hub) newView(p *plan.Plan, c *expr.Context) (*view, error) {
	v := &view{plan: p, evaluate: h.opts.Evaluate, key: plan.Key(p.Root), limit: h.opts.Limits.StateBytes, clock: h.opts.Now, processed: h.processed,
		temporal: circuit.Temporal(p.Root), used: map[catalog.OID][]bool{}, loaded: make(chan struct{})}
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
			v.use(n)
		case *plan.LockRows:
			refuse("FOR UPDATE, FOR SHARE or its kin")
		case *plan.Sample:
			refuse("TABLESAMPLE")
		case *plan.VirtualScan:
			refuse("system view %s", n.View.Name)
		case *plan.Insert, *plan.Update, *plan.Delete, *plan.Merge, *plan.SystemUpdate:
			refuse("a change of a table")
		}
		plan.EachExpr(n, func(e expr.Expr) {
			if c, ok := e.(*expr.Call); ok && c.Fn.Volatility == expr.Volatile {
				refuse("volatile function %s()", c.Fn.Name)
			}
		})
	})
	if refused == nil && p.Runs {
		refuse("a function of a user that is more than an expression")
	}
	if refused == nil && p.Volatility == expr.Volatile {
		refuse("a volatile function")
	}
	if refused != nil {
		return nil, refused
	}
	v.shape = circuit.Build(p, h.opts.Evaluate, true)
	v.reads = v.shape.Sources
	v.keys = map[catalog.OID][]dataflow.Equality{}
	if c != nil {
		for oid, r := range v.reads {
			v.keys[oid] = sourceKeys(r, c)
		}
	}
	return v, nil
}

// use adds a scan's table and the columns that it reads.
func (v *view) use(n *plan.Scan) {
	oid := n.Table.OID
	if v.source(oid) == nil {
		v.sources = append(v.sources, n.Table)
		v.used[oid] = slices.Clone(n.Need)
		return
	}
	have := v.used[oid]
	if have == nil || n.Need == nil {
		v.used[oid] = nil
		return
	}
	for i, need := range n.Need {
		have[i] = have[i] || need
	}
}

// sourceKeys says what to route the changes of a table by: what all the scans of
// it fix alike.
func sourceKeys(r *circuit.Source, c *expr.Context) (keys []dataflow.Equality) {
	for i, s := range r.Scans() {
		k := routingKeys(dataflow.Equalities([]expr.Expr{s.Filter}, r.Table, c))
		if i > 0 && !slices.EqualFunc(k, keys, sameEquality) {
			return nil
		}
		keys = k
	}
	return keys
}

func sameEquality(a, b dataflow.Equality) bool {
	return a.Num == b.Num && a.Type == b.Type && slices.EqualFunc(a.Values, b.Values, func(x, y types.Datum) bool { return types.Identical(a.Type, x, y) })
}

func (v *view) source(oid catalog.OID) *catalog.Table {
	for _, t := range v.sources {
		if t.OID == oid {
			return t
		}
	}
	return nil
}

// changesOf gives the changes of a commit as the circuit takes them.
func (v *view) changesOf(commit []*tables.Change) (map[catalog.OID][]circuit.Change, error) {
	out := map[catalog.OID][]circuit.Change{}
	for _, ch := range commit {
		of := v.source(ch.Table.OID)
		if of == nil {
			continue
		}
		change, err := v.layoutOf(of).change(ch)
		if err != nil {
			return nil, err
		}
		out[of.OID] = append(out[of.OID], change)
	}
	return out, nil
}

// layoutOf is how the circuit takes the rows of a table.
func (v *view) layoutOf(planned *catalog.Table) layout { return layout{planned, v.used[planned.OID]} }

// means says whether the query means the same with a table as it is now.
func (v *view) means(is *catalog.Table) bool {
	planned := v.source(is.OID)
	if planned == nil || planned.Name != is.Name || planned.Schema != is.Schema || planned.PerUser != is.PerUser || planned.Kind != is.Kind {
		return planned == nil
	}
	_, err := v.layoutOf(planned).row(is, make(types.Row, len(is.Columns)+tables.SystemValues))
	return err == nil
}

// step takes a commit through a circuit of the view and gives the group, nil when
// the result did not change.
func (v *view) step(x *circuit.Circuit, c *expr.Context, seq storage.Seq, commit []*tables.Change) (*Delta, error) {
	return v.stepAt(x, c, circuit.At{Before: circuit.Moment(seq) - 1, After: circuit.Moment(seq)}, commit)
}

func (v *view) stepAt(x *circuit.Circuit, c *expr.Context, at circuit.At, commit []*tables.Change) (*Delta, error) {
	changes, err := v.changesOf(commit)
	if err != nil {
		return nil, err
	}
	out, err := v.take(x, c, at, changes)
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, nil
	}
	return newDelta(v.schema, groupOf(out, x.Ordered, causeOf(commit))), nil
}

// take takes changes through a circuit that may not keep more than the limit.
func (v *view) take(x *circuit.Circuit, c *expr.Context, at circuit.At, changes map[catalog.OID][]circuit.Change) ([]circuit.Output, error) {
	x.Limit(v.limit)
	out, err := x.Step(c, at, v.time(), changes)
	if errors.Is(err, circuit.ErrLimit) || err == nil && v.keeps(x) > v.limit {
		return nil, stateLimit()
	}
	return out, err
}

// keeps is roughly what a circuit of the view needs in memory, its own and what it
// shares: whether a query may be live does not depend on who else is there.
func (v *view) keeps(x *circuit.Circuit) int64 {
	if len(x.Wants) == 0 {
		return x.Bytes()
	}
	return x.Bytes() + v.arranged()
}

// arranged is what the arrangements keep that the view shares.
func (v *view) arranged() (bytes int64) {
	for i, a := range v.arrangements {
		if slices.Index(v.arrangements, a) == i {
			bytes += a.Bytes()
		}
	}
	return bytes
}

// time is what the clock says; it never falls.
func (v *view) time() time.Time {
	if now := v.clock(); now.After(v.now) {
		v.now = now
	}
	return v.now
}

// turn gives what time alone has done, nil for nothing; the hub's lock is held.
func (v *view) turn(c *expr.Context) (*Delta, error) {
	if v.circuit == nil {
		return nil, nil
	}
	if next, ok := v.circuit.Turns(); !ok || next.After(v.time()) {
		return nil, nil
	}
	now := circuit.Moment(v.processed())
	d, err := v.stepAt(v.circuit, c, circuit.At{Before: now, After: now}, nil)
	if d != nil {
		v.rows = nil
	}
	return d, err
}

func stateLimit() *End {
	return &End{Code: sqlerr.ConfigurationLimitExceeded, Reason: ReasonStateLimit,
		Message: "what the query keeps takes more memory than a subscription may"}
}

// groupOf makes changes of a circuit's output. Those of a result without order
// are safe to apply one by one: what goes does so before anything comes.
func groupOf(out []circuit.Output, ordered bool, cause causes) []Change {
	group := make([]Change, 0, len(out))
	var updates, inserts []Change
	for _, o := range out {
		ch := Change{Op: OpUpdate, Row: o.New, Old: o.Old, At: o.At, FromAt: o.FromAt, positioned: ordered}
		switch of := cause.of(o.Cause); {
		case o.Old == nil:
			ch.Op, ch.Reason = OpInsert, of.came
		case o.New == nil:
			ch.Op, ch.Reason = OpDelete, of.went
		}
		switch {
		case ordered || ch.Op == OpDelete:
			group = append(group, ch)
		case ch.Op == OpUpdate:
			updates = append(updates, ch)
		default:
			inserts = append(inserts, ch)
		}
	}
	return append(append(group, updates...), inserts...)
}

// apply takes a commit; the hub's lock is held.
func (v *view) apply(c *expr.Context, seq storage.Seq, changes []*tables.Change) (*Delta, error) {
	if v.circuit == nil {
		if v.reading && !v.waiting.add(seq, changes, v.limit) {
			return nil, stateLimit()
		}
		return nil, nil
	}
	if seq <= v.asOf {
		return nil, nil
	}
	d, err := v.step(v.circuit, c, seq, changes)
	if d != nil {
		v.rows = nil
	}
	return d, err
}

// result is the result as it is now; the hub's lock is held.
func (v *view) result() *resultRows {
	if v.rows == nil {
		v.rows = &resultRows{copied: v.circuit.Rows()}
	}
	return v.rows
}

// resultRows is a result as of some commit. It is made a list of without any lock, once
// for all that begin with it.
type resultRows struct {
	once   sync.Once
	copied func() []types.Row
	rows   []types.Row
}

// list gives the rows; it must not be changed.
func (r *resultRows) list() []types.Row {
	r.once.Do(func() { r.rows, r.copied = r.copied(), nil })
	return r.rows
}

// causes are the reasons for rows that come and go by a commit.
type causes struct{ came, went Reason }

// of gives the reasons of one row; what a commit did as a whole tells them where it is
// not known what was done to the row.
func (c causes) of(row circuit.Cause) causes {
	if row == 0 {
		return c
	}
	c = causes{CameEnter, WentLeave}
	if row&circuit.Inserted != 0 {
		c.came = CameInsert
	}
	switch {
	case row&circuit.Expired != 0:
		c.went = WentExpire
	case row&circuit.Deleted != 0:
		c.went = WentDelete
	case row&circuit.Revoked != 0:
		c.went = WentRevoke
	}
	return c
}

// causeOf gives the reasons: what was done to the tables, where all of it was the
// same.
func causeOf(changes []*tables.Change) (cause causes) {
	cause.came, cause.went = CameInsert, WentLeave
	if len(changes) == 0 { // time
		cause.came = CameEnter
	}
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
