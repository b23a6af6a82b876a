package live

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
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

// SchemaColumn is a column of a live result. Key columns together identify a
// row; a result without any has no key.
type SchemaColumn struct {
	plan.Column
	Key   bool
	label []byte // the name as a JSON object's key, with its colon
}

// Compiled is what a query over one table is made into, once for all requests that have
// the same plan with other parameters. Its zero value is ready; it must not be copied.
type Compiled struct {
	once  sync.Once
	query *query
	err   error
}

// query is what flows of one plan have in common. It never changes.
type query struct {
	// program is the query over one table; a query over more has a view instead.
	program *dataflow.Program
	schema  []SchemaColumn
	key     []int       // positions of the key's columns; nil: no key
	table   catalog.OID // of program
	// views are those that the query reads, named the columns that it names.
	views []*catalog.View
	named map[catalog.OID][]int16
	// family are the tables that it reads with their heirs, and those heirs.
	family []catalog.OID
	// lasting: whoever asks the query again as the same user is asking the same, so that
	// it can be resumed.
	lasting bool
	// byRole: policies hold, or functions of users, routines, are called.
	byRole   bool
	routines []catalog.OID
	// made tells apart what planning has made of one text.
	made string
}

// flow is a running dataflow with the subscriptions that share it. Its fields
// after subs are guarded by the hub's lock; those before never change.
type flow struct {
	*query
	share   string // the identity it is shared by; empty: not shared
	view    *view
	user    string // the slice it sees; empty for a table without slices
	keys    []dataflow.Equality
	context *expr.Context // used by the hub's worker only

	subs []*Subscription
	// asOf is Request.AsOf of who made it: whoever joins it comes later.
	asOf storage.Seq

	// due is when time alone may change the result; zero: never.
	due     time.Time
	dueAt   int // its place in the clock's heap
	bound   *dataflow.Flow
	touched storage.Seq      // the commit that it was run for last
	listed  uint64           // the list that it is in (eachFlow)
	pending []*tables.Change // of the commit being processed
}

// newFlow compiles a request.
func (h *Hub) newFlow(req *Request) (*flow, error) {
	f := &flow{context: req.EvalContext(), asOf: req.AsOf}
	refused := dataflow.Check(req.Plan)
	if (refused != nil || circuit.Temporal(req.Plan.Root)) && h.opts.Evaluate != nil {
		f.query = newQuery(req.Plan)
		f.lasting = f.lasting && !req.Dated
		return f, f.overTables(req, h)
	}
	c := req.Compiled
	if c == nil {
		c = &Compiled{}
	}
	c.once.Do(func() { c.query, c.err = compile(req.Plan) })
	if c.err != nil {
		return nil, c.err
	}
	if f.query = c.query; req.Dated { // it is nobody else's
		f.lasting = false
	}
	table := f.program.Scan.Table
	if table.PerUser {
		f.user = req.User
	}
	f.keys = routingKeys(f.program.Equalities(f.context))
	f.bound, _ = f.program.For(table)
	f.share = f.shareKey(req, f.program.Columns, f.program.Volatility)
	return f, nil
}

// newQuery makes what is known of every plan.
func newQuery(p *plan.Plan) *query {
	q := &query{named: p.Named, lasting: lasting(p), byRole: p.ByRole || len(p.Routines) > 0, routines: p.Routines, made: madeOf(p)}
	for _, r := range p.Requires {
		if v, ok := r.Relation.(*catalog.View); ok && !slices.Contains(q.views, v) {
			q.views = append(q.views, v)
		}
	}
	for _, oid := range p.Whole {
		q.family = append(q.family, oid)
		if t := p.Catalog.Table(oid); t != nil {
			for _, heir := range p.Catalog.Heirs(t) {
				q.family = append(q.family, heir.OID)
			}
		}
	}
	return q
}

// madeOf says what a plan is made of, with its constants: what '01/02/2026' and 'today'
// are goes by the settings and the time at which a query is planned.
func madeOf(p *plan.Plan) string {
	h := sha256.New()
	plan.EachNode(p.Root, func(n plan.Node) {
		fmt.Fprintf(h, "%T", n)
		plan.EachExpr(n, func(e expr.Expr) {
			fmt.Fprintf(h, " %T", e)
			if c, ok := e.(*expr.Const); ok && !c.Value.IsNull() {
				fmt.Fprintf(h, "%q", c.T.Text(c.Value, types.DefaultEnv))
			}
		})
	})
	return string(h.Sum(nil))
}

// compile makes the query of a plan over one table.
func compile(p *plan.Plan) (q *query, err error) {
	q = newQuery(p)
	if q.program, err = dataflow.Compile(p); err != nil {
		return nil, err
	}
	q.table, q.key = q.program.Scan.Table.OID, q.program.Key
	q.schema = schemaOf(q.program.Columns, q.key)
	return q, nil
}

// overTables makes the flow of a query that needs a view.
func (f *flow) overTables(req *Request, h *Hub) error {
	v, err := h.newView(req.Plan, f.context)
	if err != nil {
		return err
	}
	for _, t := range v.sources {
		if t.PerUser {
			f.user = req.User
		}
	}
	cols := req.Plan.Root.Columns()
	f.view, f.key, f.schema = v, v.key, schemaOf(cols, v.key)
	v.schema = f.schema
	volatility := req.Plan.Volatility
	plan.EachNode(req.Plan.Root, func(n plan.Node) {
		plan.EachExpr(n, func(e expr.Expr) { volatility = max(volatility, expr.MaxVolatility(e)) })
	})
	f.share = f.shareKey(req, cols, volatility)
	return nil
}

// planned says whether the flow was planned after a commit that the hub comes to only now. All
// that the commit did is in what its subscriptions begin with, and was done under definitions that
// may have been others.
func (f *flow) planned(cs *tables.ChangeSet) bool { return cs.Seq <= f.asOf }

// sliceOf is the slice of a table that the flow sees.
func (f *flow) sliceOf(t *catalog.Table) string {
	if t.PerUser {
		return f.user
	}
	return ""
}

// keysOf is what the changes of a table are routed to the flow by; nil: all.
func (f *flow) keysOf(table catalog.OID) []dataflow.Equality {
	if f.view != nil {
		return f.view.keys[table]
	}
	return f.keys
}

// sources are the tables that the flow reads, as they were when it was planned.
func (f *flow) sources() []*catalog.Table {
	if f.view != nil {
		return f.view.sources
	}
	return []*catalog.Table{f.program.Scan.Table}
}

// name is that of the table, or of the first of several.
func (f *flow) name() string {
	if all := f.sources(); len(all) > 0 {
		return all[0].Name
	}
	return ""
}

// nameOf is the name that one of the flow's tables had when the query was planned.
func (f *flow) nameOf(oid catalog.OID) string {
	for _, t := range f.sources() {
		if t.OID == oid {
			return t.Name
		}
	}
	return f.name()
}

// stateBytes is what the flow keeps. The hub's lock is held.
func (f *flow) stateBytes() int64 {
	if f.view == nil || f.view.circuit == nil {
		return 0
	}
	return f.view.circuit.Bytes()
}

// arrangedBytes is what the arrangements keep that the flow shares with others. The
// hub's lock is held.
func (f *flow) arrangedBytes() int64 {
	if f.view == nil {
		return 0
	}
	return f.view.arranged()
}

// durable says whether everything that the flow reads survives a restart.
func (f *flow) durable() bool {
	for _, t := range f.sources() {
		if !t.Durable() {
			return false
		}
	}
	return true
}

// stillMeans says whether the query means the same with a table as it is now.
func (f *flow) stillMeans(t *catalog.Table) bool { return f.names(t) && f.sameRows(t) }

// sameRows says whether the rows of a table under another descriptor are the same to
// the query.
func (f *flow) sameRows(t *catalog.Table) bool {
	if f.view != nil {
		return f.view.means(t)
	}
	_, ok := f.program.For(t)
	return ok
}

// adopt uses a table as it is from now on: it still means the same. The hub's lock is held.
func (f *flow) adopt(t *catalog.Table) {
	if f.view == nil {
		if bound, ok := f.program.For(t); ok {
			f.bound = bound
		}
	}
}

// names says whether a table still has the columns that the query names, under
// those names: also where its result does not need them.
func (f *flow) names(t *catalog.Table) bool {
	at := slices.IndexFunc(f.sources(), func(s *catalog.Table) bool { return s.OID == t.OID })
	if at < 0 {
		return true
	}
	planned := f.sources()[at]
	for _, num := range f.named[t.OID] {
		was, is := planned.Ordinal(num), t.Ordinal(num)
		if was >= 0 && (is < 0 || t.Columns[is].Name != planned.Columns[was].Name) {
			return false
		}
	}
	return true
}

// throughViews says whether the views that the query reads are still what they
// were; nil if so.
func (f *flow) throughViews(cat *catalog.Catalog) *End {
	for _, v := range f.views {
		switch is, _ := cat.Get(v.OID).(*catalog.View); {
		case is == nil:
			return &End{Code: sqlerr.UndefinedTable, Reason: ReasonTableDropped, Message: `view "` + v.Name + `" was dropped`}
		case !sameView(is, v):
			return &End{Code: sqlerr.ObjectNotInPrerequisiteState, Reason: ReasonTableAltered,
				Message: `view "` + v.Name + `" was altered and the query no longer means the same`}
		}
	}
	return nil
}

// sameView says whether a view under another descriptor means the same.
func sameView(a, b *catalog.View) bool {
	return a == b || a.Name == b.Name && a.Schema == b.Schema && a.Query == b.Query && slices.Equal(a.SearchPath, b.SearchPath) &&
		slices.EqualFunc(a.Columns, b.Columns, func(x, y *catalog.Column) bool {
			return x.Name == y.Name && x.Type.Type.OID == y.Type.Type.OID && x.Typmod == y.Typmod
		})
}

// crosses says whether a replay may go on across a commit: whether the query meant
// the same before and after what it did to the definitions of what it reads.
func (f *flow) crosses(cs *tables.ChangeSet) bool {
	if !redefines(cs) {
		return true
	}
	if f.byRole && !f.crossesRules(cs) || !f.sameFamily(cs) {
		return false
	}
	for _, t := range f.sources() {
		for _, c := range t.Columns {
			if uses(c.Type.Type, cs.Altered) {
				return false // what it was is not known any more
			}
		}
		if !crosses(cs, t, f.sameRows) {
			return false
		}
	}
	for _, v := range f.views {
		if !crosses(cs, v, func(is *catalog.View) bool { return sameView(is, v) }) {
			return false
		}
	}
	return true
}

// sameFamily says whether a commit leaves it as it was who inherits from the tables of the query: that no partition
// or heir has gone or come. One that is new has no rows of before, and is told of where it is read.
func (f *flow) sameFamily(cs *tables.ChangeSet) bool {
	of := func(r catalog.Relation) (parents []catalog.OID) {
		if t, ok := r.(*catalog.Table); ok {
			parents = t.Parents
		}
		return parents
	}
	ours := func(oid catalog.OID) bool { return slices.Contains(f.family, oid) }
	for _, d := range cs.Redefined {
		before, after := of(d.Before), of(d.After)
		if !slices.Equal(before, after) && (slices.ContainsFunc(before, ours) || slices.ContainsFunc(after, ours)) {
			return false
		}
	}
	return true
}

// uses says whether a type is one of those with the OIDs, or is made of one.
func uses(t *types.Type, oids []catalog.OID) bool {
	if t == nil {
		return false
	}
	return slices.Contains(oids, t.OID) || uses(t.Elem, oids) || uses(t.Base, oids) || uses(t.Subtype, oids) ||
		slices.ContainsFunc(t.Fields, func(f types.Field) bool { return uses(f.Type, oids) })
}

// crossesRules says whether a commit leaves the policies and functions of the query as
// they were, and who they hold for.
func (f *flow) crossesRules(cs *tables.ChangeSet) bool {
	if cs.Roles {
		return false
	}
	for _, oid := range f.routines {
		if slices.Contains(cs.Altered, oid) || slices.Contains(cs.Dropped, oid) {
			return false
		}
	}
	for _, d := range cs.Redefined {
		before, ok := d.Before.(*catalog.Table)
		after, is := d.After.(*catalog.Table)
		if ok && is && (before.RowSecurity != after.RowSecurity || before.ForceRowSecurity != after.ForceRowSecurity || before.Owner != after.Owner ||
			!reflect.DeepEqual(before.Policies, after.Policies)) {
			return false // of this table or of one that a policy looks into
		}
	}
	return true
}

// lasting says whether a plan gives the same whenever the same user asks.
func lasting(p *plan.Plan) bool {
	volatility := expr.Immutable
	plan.EachNode(p.Root, func(n plan.Node) {
		plan.EachExpr(n, func(e expr.Expr) { volatility = max(volatility, expr.LastingVolatility(e)) })
	})
	return volatility == expr.Immutable
}

// redefines says whether a commit does anything that a replay might not cross.
func redefines(cs *tables.ChangeSet) bool {
	return len(cs.Dropped)+len(cs.Altered)+len(cs.Rekeyed)+len(cs.Truncated)+len(cs.Untold) > 0
}

func crosses[R catalog.Relation](cs *tables.ChangeSet, r R, same func(R) bool) bool {
	oid := r.ObjectOID()
	if slices.Contains(cs.Dropped, oid) || slices.Contains(cs.Rekeyed, oid) || slices.Contains(cs.Truncated, oid) || slices.Contains(cs.Untold, oid) {
		return false
	}
	if !slices.Contains(cs.Altered, oid) {
		return true
	}
	for _, d := range cs.Redefined {
		if d.Before.ObjectOID() == oid {
			before, ok := d.Before.(R)
			after, is := d.After.(R)
			return ok && is && same(before) && same(after)
		}
	}
	return false // it is new
}

func schemaOf(columns []plan.Column, key []int) []SchemaColumn {
	schema := make([]SchemaColumn, len(columns))
	for i, c := range columns {
		schema[i] = SchemaColumn{Column: c, label: append(types.AppendJSONString(nil, c.Name), ':')}
	}
	for _, i := range key {
		schema[i].Key = true
	}
	return schema
}

// shareKey is the identity of a dataflow: text, what planning has made of it, parameters,
// slice, database, table and the shape of the result. A query with a stable function has none:
// now() is each subscription's own, and so may be the settings that a stable
// function looks at. Nor has one over tables with policies, which are the role's,
// or with functions of users, which may be replaced.
func (f *flow) shareKey(req *Request, columns []plan.Column, volatility expr.Volatility) string {
	if volatility != expr.Immutable || req.Plan.ByRole || len(req.Plan.Routines) > 0 {
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
	put(f.made)
	put(f.user)
	for _, t := range f.sources() {
		fmt.Fprintf(&b, "%d/%d", t.Database, t.OID)
		for _, c := range t.Columns { // the text has their names alone
			if slices.Contains(f.named[t.OID], c.Num) {
				fmt.Fprintf(&b, ":%d/%d/%d", c.Num, c.Type.Type.OID, c.Typmod)
				put(c.Name) // a view reads it whatever it is called, and one flow ends when that changes
			}
		}
	}
	for _, v := range f.views {
		fmt.Fprintf(&b, "v%d", v.OID)
		put(v.Query)
	}
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
	for _, c := range columns {
		put(c.Name)
		fmt.Fprintf(&b, "%d/%d/%d", c.Type.OID, c.Typmod, c.Num)
	}
	sum := sha256.Sum256([]byte(b.String())) // there may be many, and texts are long
	return string(sum[:])
}

// delta runs the changes of one table descriptor after another through the
// program and gives the group, nil when the result did not change. altered
// says that the query means nothing under the descriptor of a change. A panic
// becomes an error.
func (f *flow) delta(c *expr.Context, seq storage.Seq, changes []*tables.Change) (d *Delta, altered bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = sqlerr.Internal("panic in a dataflow: %v\n%s", p, debug.Stack())
		}
	}()
	if f.view != nil {
		d, err = f.view.apply(c, seq, changes)
		return d, err == errAltered, err
	}
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
	list := changesOf(f.schema, f.key, all)
	if len(list) == 0 {
		return nil, false, nil
	}
	return newDelta(f.schema, list), false, nil
}

// turned gives what time alone has done to the result. A panic becomes an error.
func (f *flow) turned() (d *Delta, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = sqlerr.Internal("panic in a dataflow: %v\n%s", p, debug.Stack())
		}
	}()
	return f.view.turn(f.context)
}

// bind gives the program for a descriptor. It keeps the worker's last one.
func (f *flow) bind(t *catalog.Table) (*dataflow.Flow, bool) {
	if f.bound.Table == t {
		return f.bound, true
	}
	return f.program.For(t)
}
