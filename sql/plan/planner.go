package plan

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Env is what planning a statement depends on besides its text.
type Env struct {
	// Ctx ends planning; nil does not.
	Ctx        context.Context
	Catalog    *catalog.Catalog
	Database   catalog.OID
	SearchPath []string // schemas, in order; pg_catalog is searched first unless it is named
	TempSchema catalog.OID
	Types      *types.Env
	Functions  *expr.Context // for folding constants; nil folds nothing
	// Statistics gives what is known of a table; nil knows nothing.
	Statistics func(*catalog.Table) *catalog.Statistics
	// Virtual gives what is known of a system relation; nil, here or given, is nothing.
	Virtual func(*catalog.Virtual) *VirtualStatistics
	// Built says whether an index has entries for all rows of the snapshot that the plan is
	// for; nil: all have.
	Built func(index catalog.OID) bool
	// Watched: the plan is for a live query and says which columns it names.
	Watched bool
	// Role is the executing role, for which policies may hold; nil is above them.
	// NoRowSecurity (row_security off) makes it an error that they do.
	Role          *catalog.Role
	NoRowSecurity bool
	// Replica: session_replication_role is that, so that other rules apply.
	Replica bool
	// Loading: the INSERT is a COPY, for which rules do not count.
	Loading bool
	// Shown is set where expressions are planned to be written: it spells the names
	// of functions of users, whose calls then stay calls.
	Shown func(*catalog.Routine) string
	// ShownOperator and ShownType are Shown of operators and of the types of users.
	ShownOperator func(*catalog.Operator) string
	ShownType     func(*types.Type) string

	// Transitions are the tables that the running function of a trigger sees.
	Transitions []Transition

	// names are those of the stored query being planned; nil outside of one.
	names *catalog.BoundNames
	// binding collects what names stand for; nil collects nothing.
	binding *catalog.BoundNames
}

// planner plans one statement.
type planner struct {
	env    *Env
	params *expr.ParamTypes
	// onlyDeclared: a parameter that params lacks is not there.
	onlyDeclared bool
	requires     []Requirement
	inherits     []Requirement
	whole        []catalog.OID
	rowLocks     []catalog.OID
	// top is the WITH of the statement itself, where alone queries may change something.
	top *ast.WithClause
	// late are the locking clauses of the query whose FROM is being planned, if its
	// rows are locked above that.
	late     []*ast.LockingClause
	volatile expr.Volatility
	// as is the owner of the view being planned, and viewDepth how many views
	// that is in.
	as        catalog.OID
	viewDepth int
	views     []catalog.OID // those views
	// failure is the first error of a constant expression.
	failure error
	// start is the first error of an expression that is found out when the statement starts,
	// whether or not it is come to.
	start error
	// misfit is the first value for a column that takes none, an error of what PostgreSQL rewrites
	// when it has analysed all of the statement.
	misfit *sqlerr.Error
	// unmatched is that ON CONFLICT names what no index is unique in, which is found out
	// when everything else is right.
	unmatched error
	// modifies: a WITH query changes a table.
	modifies bool
	// workReads counts the references to a recursion under way.
	workReads int
	// steps counts what was done, to look now and then whether it is still wanted.
	steps int
	// level counts the subqueries and LATERAL items around what is planned.
	level int
	// statistics are those that the plan is made with.
	statistics map[catalog.OID]*catalog.Statistics
	// arguments are what the names of parameters mean in a function's body.
	arguments *arguments
	// variables are what names may mean in a body of a procedural language.
	variables *Variables
	// routines are the functions of users that are called.
	routines []catalog.OID
	runs     bool // some of them are run
	inlined  *int // how many were put in the place of calls
	// byRole: the plan depends on who executes it; securing are the tables whose
	// policies are being bound.
	byRole   bool
	securing []catalog.OID
	// typed is what expressions are typed with, once it is known; see typing.
	typed *expr.Typing
	// rules are those whose commands are being planned, inWith counts the WITH queries around
	// the statement, unruled is the statement that is planned as if there were no rules, and
	// asRows the view that is planned as a table of its rows in it.
	rules   []applied
	inWith  int
	unruled ast.Statement
	asRows  catalog.OID
	// ctes are the WITH queries in sight, innermost last.
	ctes []*cte
	// references, unless it is nil, collects how columns were referred to.
	references *references
}

// OnlyDeclared is, in the place of the number of parameters, that there are no others
// than those declared.
const OnlyDeclared = -1

// Statement plans SELECT, INSERT, UPDATE or DELETE. declared gives the
// parameter types the client stated; nil entries are inferred.
func Statement(env *Env, stmt ast.Statement, declared []*types.Type, numParams int) (*Plan, error) {
	p := &planner{env: env, params: &expr.ParamTypes{Types: make([]*types.Type, max(len(declared), numParams))}, onlyDeclared: numParams == OnlyDeclared}
	copy(p.params.Types, declared)
	root, readOnly, err := p.statement(stmt)
	if err != nil {
		return nil, err
	}
	if p.misfit != nil {
		return nil, p.misfit
	}
	for i, t := range p.params.Types {
		if t == nil || t == types.Unknown {
			return nil, sqlerr.New(sqlerr.IndeterminateDatatype, "could not determine data type of parameter $%d", i+1)
		}
	}
	if err := p.cancelled(); err != nil {
		return nil, err
	}
	var named map[catalog.OID][]int16
	if env.Watched {
		named = columnsNamed(root)
	}
	root = p.finish(root)
	if p.unmatched != nil && p.failure == nil {
		return nil, p.unmatched
	}
	if err := p.cancelled(); err != nil {
		return nil, err
	}
	if p.failure == nil {
		p.failure = p.start
	}
	return &Plan{Root: root, Named: named, Params: p.params.Types, Requires: p.requires, Inherits: p.inherits, Whole: p.whole, RowLocks: p.rowLocks, Routines: p.routines, Runs: p.runs, ByRole: p.byRole, Catalog: env.Catalog, Version: env.Catalog.Version, ReadOnly: readOnly, Failure: p.failure, Volatility: p.volatile, Statistics: p.statistics}, nil
}

// interrupted says, now and then, whether the statement has been cancelled.
func (p *planner) interrupted() error {
	if p.steps++; p.steps%256 != 0 {
		return nil
	}
	return p.cancelled()
}

func (p *planner) cancelled() error {
	if p.env.Ctx == nil || p.env.Ctx.Err() == nil {
		return nil
	}
	return Cancelled(p.env.Ctx)
}

// Cancelled is the error of a statement whose context has ended: its cause when
// that is an SQL error, 57014 otherwise.
func Cancelled(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != nil && cause != context.Canceled && cause != context.DeadlineExceeded {
		return sqlerr.From(cause)
	}
	return sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to user request")
}

// finish computes what is constant below a node and chooses access paths.
func (p *planner) finish(n Node) Node {
	if p.env.Functions != nil {
		if err := fold(n, p.env.Functions); p.failure == nil {
			p.failure = err
		}
	}
	p.learn(n)
	n = optimize(n)
	needed(n, nil, p.env.Watched) // an index that covers it costs less
	chooseAccess(n)
	orderedAccess(n, wholeResult)
	dropImplied(n)
	needed(n, nil, p.env.Watched)
	coverScans(n)
	memoize(n)
	return n
}

// learn gives the scans below a node what is known of their tables and indexes.
func (p *planner) learn(n Node) {
	if s, ok := n.(*Scan); ok && s.code == nil {
		s.readIndexes(p.env)
	}
	if s, ok := n.(*Scan); ok && p.env.Statistics != nil && s.stats == nil && s.Table.OID != 0 {
		if s.stats = p.statistics[s.Table.OID]; s.stats == nil {
			if s.stats = p.env.Statistics(s.Table); p.statistics == nil {
				p.statistics = map[catalog.OID]*catalog.Statistics{}
			}
			p.statistics[s.Table.OID] = s.stats
		}
	}
	for _, in := range n.Inputs() {
		p.learn(in)
	}
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			p.learn(c.Query)
		}
	}
}

func (p *planner) statement(stmt ast.Statement) (root Node, readOnly bool, err error) {
	p.top = withOf(stmt)
	switch s := stmt.(type) {
	case *ast.SelectStmt:
		root, err = p.selectStmt(s, nil)
		if err == nil {
			root, err = p.settleUnknown(root)
		}
		return root, len(s.Locking) == 0 && !p.modifies, err
	case *ast.InsertStmt:
		root, err = p.insert(s)
	case *ast.UpdateStmt:
		root, err = p.update(s)
	case *ast.DeleteStmt:
		root, err = p.delete(s)
	case *ast.MergeStmt:
		root, err = p.merge(s)
	default:
		err = sqlerr.Unsupported(stmt.Kind() + " as a query")
	}
	return root, false, err
}

// settleUnknown gives untyped literals and parameters in the select list the
// type text, as PostgreSQL does for a query's final output.
func (p *planner) settleUnknown(n Node) (Node, error) {
	project := n
	for {
		switch t := project.(type) {
		case *Sort:
			project = t.Input
			continue
		case *Limit:
			project = t.Input
			continue
		case *Distinct:
			project = t.Input
			continue
		case *With:
			project = t.Input
			continue
		}
		break
	}
	pr, ok := project.(*Project)
	if !ok {
		return n, nil
	}
	for i, e := range pr.Exprs {
		if pr.cols[i].Type == types.Unknown && e.Type() != types.Unknown { // a parameter that has got a type since
			if arg, ok := e.(*expr.Param); ok && e.Type() != types.Text {
				return nil, sqlerr.New(sqlerr.AmbiguousParameter, "inconsistent types deduced for parameter $%d", arg.N).
					WithDetail("%s versus text", e.Type()).At(arg.Loc)
			}
			pr.cols[i].Type = e.Type()
		}
		if e.Type() != types.Unknown {
			continue
		}
		c, err := p.typing().Coerce(e, types.Text, types.NoTypmod, expr.Implicit)
		if err != nil {
			return nil, err
		}
		pr.Exprs[i] = c
		pr.cols[i].Type = types.Text
	}
	return n, nil
}

// ResolveRelation finds a relation by name along the search path; nil if there
// is none. A schema that does not exist is 3F000 only where PostgreSQL says so,
// which for lookups it does not.
func (env *Env) ResolveRelation(schema, name string) catalog.Relation {
	if schema != "" {
		s := env.schema(schema)
		if s == nil {
			return nil
		}
		return env.Catalog.Relation(s.OID, name)
	}
	for _, s := range env.searchSchemas() {
		if r := env.Catalog.Relation(s, name); r != nil {
			return r
		}
	}
	return nil
}

func (env *Env) schema(name string) *catalog.Schema {
	if name == "pg_temp" && env.TempSchema != 0 {
		return env.Catalog.SchemaByOID(env.TempSchema)
	}
	return env.Catalog.Schema(env.Database, name)
}

// searchSchemas lists the schemas that unqualified names are looked up in.
func (env *Env) searchSchemas() []catalog.OID {
	path := make([]catalog.OID, 0, len(env.SearchPath)+2)
	if env.TempSchema != 0 {
		path = append(path, env.TempSchema)
	}
	named := false
	for _, s := range env.SearchPath {
		named = named || s == "pg_catalog"
	}
	if !named {
		path = append(path, catalog.SchemaPGCatalog)
	}
	for _, s := range env.SearchPath {
		if sc := env.schema(s); sc != nil {
			path = append(path, sc.OID)
		}
	}
	return path
}

// CreationSchema is the schema that a new object goes to.
func (env *Env) CreationSchema(schema string, loc int) (*catalog.Schema, error) {
	if schema != "" {
		s := env.schema(schema)
		if s == nil {
			return nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, schema).At(loc)
		}
		return s, nil
	}
	for _, name := range env.SearchPath {
		if s := env.schema(name); s != nil {
			return s, nil
		}
	}
	return nil, sqlerr.New(sqlerr.InvalidSchemaName, "no schema has been selected to create in").At(loc)
}

// UndefinedRelation is PostgreSQL's error for a relation that is not there.
func UndefinedRelation(v *ast.RangeVar) error {
	name := v.Name
	if v.Schema != "" {
		name = v.Schema + "." + v.Name
	}
	return sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, name).At(v.Pos())
}

// Relation finds the relation a RangeVar names, or says what PostgreSQL says.
func (env *Env) Relation(v *ast.RangeVar) (catalog.Relation, error) {
	if v.Catalog != "" {
		if d := env.Catalog.Database(v.Catalog); d == nil || d.OID != env.Database {
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, `cross-database references are not implemented: "%s.%s.%s"`, v.Catalog, v.Schema, v.Name).At(v.Pos())
		}
	}
	r := env.boundRelation(v)
	if r == nil {
		r = env.ResolveRelation(v.Schema, v.Name)
	}
	if r == nil {
		if err := env.unchangeable(v); err != nil {
			return nil, err
		}
		return nil, UndefinedRelation(v)
	}
	env.bindRelation(v, r)
	if t, ok := r.(*catalog.Table); ok && t.Temporary && t.Schema != env.TempSchema && env.names.At(v.Pos()) == nil {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "cannot access temporary tables of other sessions")
	}
	return r, nil
}

// Named is Relation for statements that are not queries: their errors have no position.
func (env *Env) Named(v *ast.RangeVar) (catalog.Relation, error) {
	r, err := env.Relation(v)
	if err != nil {
		fault := sqlerr.From(err)
		fault.Offset = 0
		return nil, fault
	}
	return r, nil
}

// NamedTable is Table for them.
func (env *Env) NamedTable(v *ast.RangeVar, verb string) (*catalog.Table, error) {
	t, err := env.Table(v, verb)
	if err != nil {
		fault := sqlerr.From(err)
		fault.Offset = 0
		return nil, fault
	}
	return t, nil
}

// Table finds the table that a statement wants to change.
func (env *Env) Table(v *ast.RangeVar, verb string) (*catalog.Table, error) {
	r, err := env.Relation(v)
	if err != nil {
		return nil, err
	}
	switch r := r.(type) {
	case *catalog.Table:
		if r.Query != nil && (verb == "insert into" || verb == "update" || verb == "delete from") {
			return nil, sqlerr.New(sqlerr.WrongObjectType, `cannot change materialized view "%s"`, r.Name)
		}
		return r, nil
	case *catalog.View:
		return nil, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `cannot %s view "%s"`, verb, r.Name)
	case *catalog.Sequence:
		return nil, sqlerr.New(sqlerr.WrongObjectType, `cannot change sequence "%s"`, r.Name)
	default:
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for view %s", r.ObjectName())
	}
}
