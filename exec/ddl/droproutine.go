package ddl

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// dropFunction runs DROP FUNCTION and DROP ROUTINE.
func (s *Session) dropFunction(ctx context.Context, st *ast.DropFunctionStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	for _, f := range st.Functions {
		r, err := s.namedRoutine(f)
		if err != nil {
			e := sqlerr.From(err)
			if st.IfExists && (e.Code == sqlerr.UndefinedFunction || e.Code == sqlerr.UndefinedObject || e.Code == sqlerr.InvalidSchemaName) {
				s.missingRoutine(f, e, st.Object)
				continue
			}
			return err
		}
		if err := ofKind(r, st.Object); err != nil {
			return err
		}
		if err := s.owner(r.Owner, r.What(), strings.Join(f.Name.Parts, ".")); err != nil {
			return err
		}
		if e, ok := edit.Catalog().Get(r.Extension).(*catalog.Extension); ok {
			return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop function %s because extension %s requires it", s.shownRoutine(r), e.Name).
				WithHint("You can drop extension %s instead.", e.Name)
		}
		if t := edit.Catalog().UserType(r.Constructs); r.Constructs != 0 && t != nil {
			return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop function %s because type %s requires it", s.shownRoutine(r), t.Name).
				WithHint("You can drop type %s instead.", t.Name)
		}
		if err := s.settle(s.describe(r), s.dependentsOf(ctx, edit, r), st.Cascade); err != nil {
			return err
		}
		s.Tx.DropObject(r.OID)
	}
	return nil
}

// ofKind says whether a routine is of the kind that a statement names.
func ofKind(r *catalog.Routine, object ast.ObjectType) error {
	shown := strings.ReplaceAll(r.Signature(), ",", ", ")
	switch {
	case object == "function" && r.Aggregate != nil:
		return sqlerr.New(sqlerr.WrongObjectType, `"%s" is an aggregate function`, r.Name).WithHint("Use DROP AGGREGATE to drop aggregate functions.")
	case object == "function" && r.Procedure || object == "procedure" && !r.Procedure:
		return sqlerr.New(sqlerr.WrongObjectType, "%s is not a %s", shown, object)
	case object == "aggregate" && r.Aggregate == nil:
		return sqlerr.New(sqlerr.WrongObjectType, "function %s is not an aggregate", shown)
	}
	return nil
}

// missingRoutine says that there is no function to drop.
func (s *Session) missingRoutine(f *ast.FuncRef, e *sqlerr.Error, object ast.ObjectType) {
	if e.Code != sqlerr.UndefinedFunction {
		s.notice(sqlerr.SuccessfulCompletion, "%s, skipping", e.Message)
		return
	}
	var args []string
	for _, p := range f.Params {
		if p.Mode != 'o' {
			args = append(args, writtenType(p.Type))
		}
	}
	s.notice(sqlerr.SuccessfulCompletion, "%s %s(%s) does not exist, skipping", object, strings.Join(f.Name.Parts, "."), strings.Join(args, ","))
}

// namedRoutine finds the function that a statement names.
func (s *Session) namedRoutine(f *ast.FuncRef) (*catalog.Routine, error) {
	var want []*types.Type
	for _, p := range f.Params {
		if p.Mode == 'o' {
			continue
		}
		t, _, err := s.Env.TypeName(p.Type)
		if err != nil {
			return nil, err
		}
		want = append(want, t)
	}
	return s.routineNamed(f, want)
}

// routineNamed finds the function of a name with arguments of given types, if it is
// listed.
func (s *Session) routineNamed(f *ast.FuncRef, want []*types.Type) (*catalog.Routine, error) {
	name := f.Name.Parts[len(f.Name.Parts)-1]
	path := s.Env.SearchPath
	if n := len(f.Name.Parts); n > 1 {
		path = f.Name.Parts[n-2 : n-1]
		if sc := s.Env.Catalog.SchemaByOID(s.Env.TempSchema); path[0] == "pg_temp" && sc != nil {
			path = []string{sc.Name}
		}
		sc := s.Env.Catalog.Schema(s.Env.Database, path[0])
		if sc == nil {
			return nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, path[0])
		}
		if sc.OID != s.Env.TempSchema && !s.Env.Catalog.MayUse(s.Role.OID, sc) {
			return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for schema %s", sc.Name)
		}
	}
	var found []*catalog.Routine
	for _, schema := range path {
		sc := s.Env.Catalog.Schema(s.Env.Database, schema)
		for _, r := range s.Tx.Catalog().Routines(name) {
			if sc == nil || r.Schema != sc.OID {
				continue
			}
			if !f.Listed || slices.EqualFunc(r.Inputs(), want, func(p *catalog.Parameter, t *types.Type) bool { return p.Type.Same(t) }) {
				found = append(found, r)
			}
		}
		if len(found) > 0 && f.Listed {
			break
		}
	}
	shown := strings.Join(f.Name.Parts, ".")
	kind := "function"
	if f.Object == "procedure" || f.Object == "aggregate" {
		kind = string(f.Object)
	}
	switch {
	case len(found) == 0 && f.Listed:
		var parts []string
		for _, t := range want {
			parts = append(parts, t.String())
		}
		if f.Object == "aggregate" && parts == nil {
			parts = []string{"*"}
		}
		return nil, sqlerr.New(sqlerr.UndefinedFunction, "%s %s(%s) does not exist", kind, shown, strings.Join(parts, ", "))
	case len(found) == 0:
		return nil, sqlerr.New(sqlerr.UndefinedFunction, `could not find a %s named "%s"`, kind, shown)
	case len(found) > 1:
		return nil, sqlerr.New(sqlerr.AmbiguousFunction, `%s name "%s" is not unique`, cmp.Or(string(f.Object), "function"), shown).
			WithHint("Specify the argument list to select the %s unambiguously.", cmp.Or(string(f.Object), "function"))
	}
	return found[0], nil
}

// called is what expressions call: a function, an operator, or a cast, which has no name.
type called struct {
	oid    catalog.OID
	name   string
	schema catalog.OID
}

func calledRoutine(r *catalog.Routine) called { return called{r.OID, r.Name, r.Schema} }

// madeWith lists the operators and casts that are made with a function, and what depends
// on those.
func (s *Session) madeWith(ctx context.Context, edit *catalog.Editor, f catalog.OID, on string) []dependent {
	if _, ok := s.Tx.Catalog().Get(f).(*catalog.Routine); !ok {
		return nil
	}
	return s.extending(ctx, edit, on, func(o *catalog.Operator) bool { return o.Function == f || o.Restrict == f || o.Join == f }, func(c *catalog.Cast) bool { return c.Function == f })
}

// extending lists operators and casts as what depends on something.
func (s *Session) extending(ctx context.Context, edit *catalog.Editor, on string, operator func(*catalog.Operator) bool, cast func(*catalog.Cast) bool) (list []dependent) {
	if !s.Tx.Catalog().Extended() {
		return nil
	}
	for o := range s.Tx.Catalog().All() {
		op, isOperator := o.(*catalog.Operator)
		c, isCast := o.(*catalog.Cast)
		if isOperator && operator(op) || isCast && cast(c) {
			list = append(list, s.whole(ctx, edit, o, on))
		}
	}
	return list
}

// callers lists what depends on a function, an operator or a cast: operators and casts,
// views, other functions, and expressions of tables and domains.
func (s *Session) callers(ctx context.Context, edit *catalog.Editor, r called, on string) []dependent {
	list := s.madeWith(ctx, edit, r.oid, on)
	list = append(list, s.usingObject(ctx, edit, r.oid, on)...)
	list = append(list, s.routinesThat(ctx, edit, on, func(f *catalog.Routine) bool { return f.OID != r.oid && slices.Contains(f.Uses, r.oid) })...)
	list = append(list, s.policiesUsing(r.oid, on)...)
	for o := range s.Tx.Catalog().All() {
		switch o := o.(type) {
		case *catalog.UserType:
			list = append(list, s.domainCallers(ctx, edit, o, r, on)...)
		case *catalog.Table:
			list = append(list, s.tableCallers(ctx, edit, o, r, on)...)
		}
	}
	list = append(list, s.rulesUsing(r.oid, on)...)
	list = append(list, s.wrappersCalling(ctx, edit, r.oid, on)...)
	for _, t := range s.Tx.Catalog().EventTriggers(s.Env.Database, "") {
		if t.Function == r.oid {
			list = append(list, s.whole(ctx, edit, t, on))
		}
	}
	return append(list, s.triggersCalling(r.oid, on)...)
}

// domainCallers lists the constraints of a domain that call a function; a domain whose default
// does goes itself.
func (s *Session) domainCallers(ctx context.Context, edit *catalog.Editor, u *catalog.UserType, r called, on string) (list []dependent) {
	calls := func(text string) bool {
		return text != "" && strings.Contains(text, r.name) && slices.Contains(plan.DomainRoutines(s.Env, text, u.Base.Type), r.oid)
	}
	if calls(u.Default) {
		list = append(list, s.whole(ctx, edit, u, on))
	}
	for _, k := range u.Checks {
		if calls(k.Expr) {
			list = append(list, dependent{oid: k.OID, of: u.OID, what: "constraint " + parser.QuoteIdent(k.Name), on: on, drop: func() error {
				if now := s.Tx.Catalog().UserType(u.OID); now != nil {
					c := *now
					c.Checks = slices.DeleteFunc(slices.Clone(c.Checks), func(have *catalog.Check) bool { return have.OID == k.OID })
					s.Tx.PutObject(&c)
				}
				return nil
			}})
		}
	}
	return list
}

// tableCallers lists the expressions of a table that call a function.
func (s *Session) tableCallers(ctx context.Context, edit *catalog.Editor, t *catalog.Table, r called, on string) (list []dependent) {
	calls := func(text string) bool {
		if text == "" || !strings.Contains(text, r.name) {
			return false
		}
		e, err := parser.ParseExpr(text)
		if err != nil {
			return false
		}
		return slices.Contains(plan.RoutinesOf(s.Env, t, e), r.oid)
	}
	change := func(f func(*catalog.Table)) func() error {
		return func() error {
			now := *s.Tx.Catalog().Table(t.OID)
			f(&now)
			s.Tx.PutObject(&now)
			return nil
		}
	}
	table := s.shownName(t)
	for i, c := range t.Columns {
		if c.Default == "" || !calls(c.Default) {
			continue
		}
		if c.Generated {
			list = append(list, s.dependentColumn(ctx, edit, t, c, on))
			continue
		}
		list = append(list, dependent{oid: t.OID, of: t.OID, what: "default value for " + s.shownColumn(t, c.Name), on: on, drop: change(func(now *catalog.Table) {
			now.Columns = slices.Clone(now.Columns)
			without := *now.Columns[i]
			without.Default = ""
			now.Columns[i] = &without
		})})
	}
	for _, k := range t.Checks {
		if calls(k.Expr) {
			list = append(list, dependent{oid: k.OID, of: t.OID, what: "constraint " + parser.QuoteIdent(k.Name) + " on table " + table, on: on, drop: change(func(now *catalog.Table) {
				now.Checks = slices.DeleteFunc(slices.Clone(now.Checks), func(c *catalog.Check) bool { return c.OID == k.OID })
			})})
		}
	}
	for _, index := range t.Indexes {
		uses := index.Predicate != "" && calls(index.Predicate)
		for _, k := range index.Keys {
			uses = uses || k.Column == 0 && calls(k.Expr)
		}
		if uses {
			list = append(list, s.dependentIndex(ctx, edit, t, index, on))
		}
	}
	return list
}

// dependentIndex makes a dependent of an index.
func (s *Session) dependentIndex(ctx context.Context, edit *catalog.Editor, t *catalog.Table, index *catalog.Index, on string) dependent {
	return dependent{oid: index.OID, of: t.OID, what: "index " + s.shownIn(t.Schema, index.Name), on: on, drop: func() error {
		if now, at := s.Tx.Catalog().IndexByOID(index.OID); at != nil {
			return s.dropIndex(ctx, edit, now, at, true, false)
		}
		return nil // it went with its column
	}}
}

// unindexed refuses another definition for a function in SQL that an index is ordered by: its
// expression may stand in the index itself. Of others that is their owner's care, as on PostgreSQL.
func (s *Session) unindexed(ctx context.Context, r *catalog.Routine) error {
	if r.Language != "" {
		return nil
	}
	for o := range s.Tx.Catalog().All() {
		t, ok := o.(*catalog.Table)
		if !ok {
			continue
		}
		for _, d := range s.tableCallers(ctx, nil, t, calledRoutine(r), "") {
			if strings.HasPrefix(d.what, "index ") {
				return sqlerr.Unsupported("replacing a function that %s calls", d.what)
			}
		}
	}
	return nil
}
