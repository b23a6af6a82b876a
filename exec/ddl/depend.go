package ddl

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// dependent is what has to go with an object that is dropped.
type dependent struct {
	// oid is the object's, or orders a part of a relation among its siblings.
	oid catalog.OID
	// of is the relation that it is a part of: it goes unmentioned when that goes.
	of   catalog.OID
	what string // as messages name it; "" for what goes unmentioned in any case
	on   string // what it depends on
	drop func() error
	// below lists what depends on it in turn; nil when nothing can.
	below func() []dependent
}

// whole makes a dependent of an object that messages say depends on another.
func (s *Session) whole(ctx context.Context, edit *catalog.Editor, o catalog.Object, on string) dependent {
	return dependent{
		oid: o.ObjectOID(), what: s.describe(o), on: on,
		drop:  func() error { return s.remove(ctx, edit, o) },
		below: func() []dependent { return s.dependentsOf(ctx, edit, o) },
	}
}

// unmentioned makes a dependent of what goes with an object without being named.
func unmentioned(oid catalog.OID, below func() []dependent) dependent {
	return dependent{oid: oid, below: below, drop: func() error { return nil }}
}

// describe is what messages call an object.
func (s *Session) describe(o catalog.Object) string {
	switch o := o.(type) {
	case *catalog.Sequence:
		return "sequence " + s.shownRelation(o)
	case catalog.Relation:
		return kindOf(o) + " " + s.shownRelation(o)
	case *catalog.UserType:
		return "type " + s.shownIn(o.Schema, o.Name)
	case *catalog.Routine:
		return "function " + s.shownRoutine(o) // whatever its kind
	case *catalog.Operator:
		return "operator " + s.shownOperator(o)
	case *catalog.Cast:
		return o.What()
	case catalog.Defined:
		return s.shownDefined(o)
	case *catalog.Collation:
		return "collation " + s.shownIn(o.Schema, o.Name)
	case *catalog.Extension:
		return "extension " + o.Name
	case *catalog.Schema:
		return "schema " + o.Name
	}
	return o.ObjectName()
}

// walk puts dependents, and theirs in turn, into the order in which PostgreSQL comes upon them:
// each before what depends on it, of several the oldest first, and what several depend on under
// the youngest of them. What the statement drops by name is left out, and so are the parts of
// relations that go.
func (s *Session) walk(list []dependent) (all []dependent) {
	seen, going := map[string]bool{}, map[catalog.OID]bool{}
	for _, oid := range s.dropping {
		going[oid] = true
	}
	var visit func([]dependent)
	visit = func(list []dependent) {
		slices.SortStableFunc(list, func(a, b dependent) int { return cmp.Compare(a.oid, b.oid) })
		for _, d := range slices.Backward(list) {
			key := d.what
			if key == "" {
				key = strconv.Itoa(int(d.oid))
			}
			if seen[key] || d.of == 0 && d.what != "" && slices.Contains(s.dropping, d.oid) {
				continue
			}
			seen[key] = true
			if d.of == 0 {
				going[d.oid] = true
			}
			if d.below != nil {
				visit(d.below())
			}
			all = append(all, d)
		}
	}
	visit(list)
	slices.Reverse(all)
	return slices.DeleteFunc(all, func(d dependent) bool { return d.what == "" || d.of != 0 && going[d.of] })
}

// referencing lists the foreign keys of other tables that depend on a table, or
// on part of one; on says what messages call that.
func (s *Session) referencing(ctx context.Context, t *catalog.Table, on string, concerned func(*catalog.ForeignKey) bool) []dependent {
	var list []dependent
	for _, r := range s.Tx.Catalog().Referencing(t.OID) {
		if r.Key.Parent != 0 || !concerned(r.Key) {
			continue
		}
		list = append(list, dependent{oid: r.Key.OID, of: r.Table.OID, what: "constraint " + r.Key.Name + " on table " + s.shownName(r.Table), on: on, drop: func() error {
			return s.dropForeignKey(ctx, r)
		}})
	}
	return list
}

// usingObject lists the views that use a relation or a function; on is what messages
// call it.
func (s *Session) usingObject(ctx context.Context, edit *catalog.Editor, used catalog.OID, on string) []dependent {
	return s.viewsThat(ctx, edit, on, func(v *catalog.View) bool { return slices.Contains(v.Uses, used) })
}

// viewsThat lists the views that depend on something, which messages call on.
func (s *Session) viewsThat(ctx context.Context, edit *catalog.Editor, on string, depend func(*catalog.View) bool) (list []dependent) {
	for o := range s.Tx.Catalog().All() {
		if v, _ := viewOver(o); v != nil && depend(v) {
			list = append(list, s.whole(ctx, edit, o, on))
		}
	}
	return list
}

// shownName is a table's name, qualified unless the search path finds it.
func (s *Session) shownName(t *catalog.Table) string { return s.shownRelation(t) }

// shownRelation is a relation's name, qualified unless the search path finds it.
func (s *Session) shownRelation(r catalog.Relation) string {
	found := s.Env.ResolveRelation("", r.ObjectName())
	if found != nil && found.ObjectOID() == r.ObjectOID() {
		return parser.QuoteIdent(r.ObjectName())
	}
	return parser.QuoteIdent(s.Tx.Catalog().SchemaByOID(r.Parent()).Name) + "." + parser.QuoteIdent(r.ObjectName())
}

// severalObjects is what messages call those that a statement drops together.
const severalObjects = "desired object(s)"

// settle drops what depends on an object with it; without CASCADE it is an
// error that there is anything.
func (s *Session) settle(what string, list []dependent, cascade bool) error {
	if list = s.walk(list); len(list) == 0 {
		return nil
	}
	var depends, drops []string
	for _, d := range list {
		depends = append(depends, d.what+" depends on "+d.on)
		drops = append(drops, "drop cascades to "+d.what)
	}
	if !cascade {
		it := "it"
		if what == severalObjects {
			it = "them"
		}
		return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop %s because other objects depend on %s", what, it).
			WithDetail("%s", strings.Join(depends, "\n")).WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
	}
	for _, d := range slices.Backward(list) { // what depends goes first
		if err := d.drop(); err != nil {
			return err
		}
	}
	s.cascaded = append(s.cascaded, drops...)
	if !s.several {
		s.tellCascaded()
	}
	return nil
}

// tellCascaded says what has gone with what the statement drops.
func (s *Session) tellCascaded() {
	switch drops := s.cascaded; len(drops) {
	case 0:
	case 1:
		s.notice(sqlerr.SuccessfulCompletion, "%s", drops[0])
	default:
		s.notice(sqlerr.SuccessfulCompletion, "drop cascades to %d other objects", len(drops))
		s.notices[len(s.notices)-1] = s.notices[len(s.notices)-1].WithDetail("%s", strings.Join(drops, "\n"))
	}
	s.cascaded = nil
}

// dropDependents drops what depends on a relation.
func (s *Session) dropDependents(ctx context.Context, edit *catalog.Editor, r catalog.Relation, cascade bool) error {
	what := s.describe(r)
	if s.several {
		what = severalObjects
	}
	return s.settle(what, s.dependentsOf(ctx, edit, r), cascade)
}

// dependentsOf lists what depends on an object and is not part of it.
func (s *Session) dependentsOf(ctx context.Context, edit *catalog.Editor, o catalog.Object) []dependent {
	switch o := o.(type) {
	case catalog.Defined:
		return s.onDefined(ctx, edit, o)
	case *catalog.Schema:
		return s.schemaContents(ctx, edit, o)
	case *catalog.Extension:
		return s.callersOfExtension(ctx, edit, o)
	case *catalog.Routine:
		return s.callers(ctx, edit, calledRoutine(o), s.describe(o))
	case *catalog.Operator:
		return s.callers(ctx, edit, called{o.OID, o.Name, o.Schema}, s.describe(o))
	case *catalog.Cast:
		return s.callers(ctx, edit, called{oid: o.OID}, s.describe(o))
	case *catalog.Collation:
		return s.orderedBy(ctx, edit, o)
	case *catalog.UserType:
		return s.typeDependents(ctx, edit, o)
	case catalog.Relation:
		return s.relationDependents(ctx, edit, o)
	}
	return nil
}

// relationDependents lists what depends on a relation, and what inherits from it.
func (s *Session) relationDependents(ctx context.Context, edit *catalog.Editor, r catalog.Relation) (list []dependent) {
	oid, on := r.ObjectOID(), s.describe(r)
	switch r := r.(type) {
	case *catalog.Table:
		list = append(s.tableDependents(ctx, edit, r, on), s.holdingRows(ctx, edit, r)...)
	case *catalog.Sequence:
		list = s.defaultsCalling(r, on)
	}
	list = append(list, s.routinesThat(ctx, edit, "type "+s.shownRelation(r), func(f *catalog.Routine) bool { return f.HasRowOf(oid) })...)
	list = append(list, s.usingObject(ctx, edit, oid, on)...)
	list = append(list, s.rulesUsing(oid, on)...)
	list = append(list, s.policiesUsing(oid, on)...)
	return append(list, s.routinesThat(ctx, edit, on, func(f *catalog.Routine) bool {
		return slices.Contains(f.Uses, oid) && !f.HasRowOf(oid)
	})...)
}

// tableDependents lists the foreign keys that reference a table, or what it is a partition of,
// and what inherits from it; partitions and the sequences of its columns go unmentioned.
func (s *Session) tableDependents(ctx context.Context, edit *catalog.Editor, t *catalog.Table, on string) []dependent {
	own := func(k *catalog.ForeignKey) bool { return t.ForeignKey(k.OID) == nil }
	list := s.referencing(ctx, t, on, own)
	for _, a := range s.Tx.Catalog().Ancestors(t) {
		list = append(list, s.referencing(ctx, a, on, own)...)
	}
	for _, q := range s.ownedBy(t, 0) {
		list = append(list, unmentioned(q.OID, func() []dependent { return s.dependentsOf(ctx, edit, q) }))
	}
	for _, child := range s.Tx.Catalog().Children(t.OID) {
		d := s.whole(ctx, edit, child, on)
		if child.Bound != nil {
			d = unmentioned(child.OID, d.below)
		}
		list = append(list, d)
	}
	return list
}

// columnDependents lists what depends on a column of a table.
func (s *Session) columnDependents(ctx context.Context, edit *catalog.Editor, t *catalog.Table, c *catalog.Column) []dependent {
	on := s.shownColumn(t, c.Name)
	list := s.computedFrom(ctx, edit, t, c.Name, on)
	list = append(list, s.referencing(ctx, t, on, func(k *catalog.ForeignKey) bool {
		return slices.Contains(k.RefColumns, c.Num) && !(t.ForeignKey(k.OID) != nil && slices.Contains(k.Columns, c.Num))
	})...)
	list = append(list, s.viewsThat(ctx, edit, on, func(v *catalog.View) bool { return v.Bound.ReadsColumn(t.OID, c.Num) })...)
	list = append(list, s.policiesReading(t, c, on)...)
	list = append(list, s.triggersReading(t, c.Num, on)...)
	list = append(list, s.publishedReading(t, c.Num, on)...)
	return append(list, s.rulesReading(t, c.Num, on)...)
}

// shownColumn is what messages call a column.
func (s *Session) shownColumn(t *catalog.Table, name string) string {
	return "column " + parser.QuoteIdent(name) + " of table " + s.shownName(t)
}

// dependentColumn makes a dependent of a column.
func (s *Session) dependentColumn(ctx context.Context, edit *catalog.Editor, t *catalog.Table, c *catalog.Column, on string) dependent {
	return dependent{
		oid: t.OID, of: t.OID, what: s.shownColumn(t, c.Name), on: on,
		drop: func() error {
			if now := s.Tx.Catalog().Table(t.OID); now != nil && now.ColumnIndex(c.Name) >= 0 {
				return s.dropColumn(ctx, now, &ast.AlterTableCmd{Name: c.Name, Cascade: true})
			}
			return nil // it went with another
		},
		below: func() []dependent { return s.columnDependents(ctx, edit, t, c) },
	}
}

// routinesThat lists functions as what depends on something.
func (s *Session) routinesThat(ctx context.Context, edit *catalog.Editor, on string, depends func(*catalog.Routine) bool) (list []dependent) {
	for o := range s.Tx.Catalog().All() {
		if f, ok := o.(*catalog.Routine); ok && depends(f) {
			list = append(list, s.whole(ctx, edit, f, on))
		}
	}
	return list
}

// remove drops an object that nothing depends on any more.
func (s *Session) remove(ctx context.Context, edit *catalog.Editor, o catalog.Object) error {
	switch now := s.Tx.Catalog().Get(o.ObjectOID()).(type) {
	case nil: // it went with another
	case *catalog.Table:
		return s.removeTable(ctx, edit, now)
	case *catalog.Schema:
		s.removeSchema(now)
	case *catalog.Extension:
		s.removeExtension(now)
	case *catalog.Operator:
		s.removeOperator(now)
	case *catalog.UserType:
		s.removeType(now)
	default:
		s.Tx.DropObject(now.ObjectOID())
	}
	return nil
}
