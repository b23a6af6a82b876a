package ddl

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// dependent is what has to go with an object that is dropped.
type dependent struct {
	what string // as messages name it
	on   string // what it depends on
	drop func() error
}

// referencing lists the foreign keys of other tables that depend on a table, or
// on part of one; on says what messages call that.
func (s *Session) referencing(ctx context.Context, t *catalog.Table, on string, concerned func(*catalog.ForeignKey) bool) []dependent {
	var list []dependent
	for _, r := range s.Tx.Catalog().Referencing(t.OID) {
		if r.Key.Parent != 0 || slices.Contains(s.dropping, r.Table.OID) || concerned != nil && !concerned(r.Key) {
			continue
		}
		list = append(list, dependent{"constraint " + r.Key.Name + " on table " + s.shownName(r.Table), on, func() error { return s.dropForeignKey(ctx, r) }})
	}
	return list
}

// using lists the views that use a relation, and those that use them.
func (s *Session) using(ctx context.Context, edit *catalog.Editor, used catalog.Relation, kind string, seen map[catalog.OID]bool) []dependent {
	return s.usingObject(ctx, edit, used.ObjectOID(), kind+" "+s.shownRelation(used), seen)
}

// usingObject lists the views that use a relation or a function, and those that
// use them; on is what messages call it.
func (s *Session) usingObject(ctx context.Context, edit *catalog.Editor, used catalog.OID, on string, seen map[catalog.OID]bool) []dependent {
	return s.viewsThat(ctx, edit, on, seen, func(v *catalog.View) bool { return slices.Contains(v.Uses, used) })
}

// readingColumn lists the views that read a column of a relation, and those that
// use them.
func (s *Session) readingColumn(ctx context.Context, edit *catalog.Editor, t *catalog.Table, c *catalog.Column, seen map[catalog.OID]bool) []dependent {
	return s.viewsThat(ctx, edit, "column "+c.Name+" of table "+s.shownName(t), seen, func(v *catalog.View) bool { return v.Bound.ReadsColumn(t.OID, c.Num) })
}

// viewsThat lists the views that depend on something, which messages call on, and
// those that use them. Views that were seen are left out.
func (s *Session) viewsThat(ctx context.Context, edit *catalog.Editor, on string, seen map[catalog.OID]bool, depend func(*catalog.View) bool) []dependent {
	var views []catalog.Relation
	for o := range s.Tx.Catalog().All() {
		v, _ := viewOver(o)
		if v != nil && depend(v) && !seen[v.OID] && !slices.Contains(s.dropping, v.OID) {
			views = append(views, o.(catalog.Relation))
			seen[v.OID] = true
		}
	}
	slices.SortFunc(views, func(a, b catalog.Relation) int { return cmp.Compare(a.ObjectOID(), b.ObjectOID()) })
	var list []dependent
	for _, v := range views {
		_, is := viewOver(v)
		list = append(list, dependent{is + " " + s.shownRelation(v), on, func() error {
			if t, ok := v.(*catalog.Table); ok {
				return s.removeTable(ctx, edit, t)
			}
			s.Tx.DropObject(v.ObjectOID())
			return nil
		}})
		list = append(list, s.using(ctx, edit, v, is, seen)...)
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
	if len(list) == 0 {
		return nil
	}
	var depends, drops []string
	seen := map[string]bool{}
	list = slices.DeleteFunc(list, func(d dependent) bool {
		had := seen[d.what]
		seen[d.what] = true
		return had
	})
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
	for _, d := range list {
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
func (s *Session) dropDependents(ctx context.Context, edit *catalog.Editor, r catalog.Relation, kind string, cascade bool, list ...dependent) error {
	list = append(list, s.dependents(ctx, edit, r, kind, map[catalog.OID]bool{})...)
	what := kind + " " + s.shownRelation(r)
	if s.several {
		what = severalObjects
	}
	return s.settle(what, list, cascade)
}

// dependents lists what depends on a relation, and on its partitions, which go with it.
// Relations that were seen are left out.
func (s *Session) dependents(ctx context.Context, edit *catalog.Editor, r catalog.Relation, kind string, seen map[catalog.OID]bool) (list []dependent) {
	if t, ok := r.(*catalog.Table); ok {
		own := func(k *catalog.ForeignKey) bool { return t.ForeignKey(k.OID) == nil }
		list = append(list, s.referencing(ctx, t, kind+" "+s.shownName(t), own)...)
		if !slices.Contains(s.dropping, t.OID) {
			s.dropping = append(s.dropping, t.OID)
		}
		for _, a := range s.Tx.Catalog().Ancestors(t) {
			if !slices.Contains(s.dropping, a.OID) {
				list = append(list, s.referencing(ctx, a, kind+" "+s.shownName(t), own)...)
			}
		}
		for _, child := range s.below(t, seen) {
			if child.table.Bound == nil {
				list = append(list, dependent{child.table.Word() + " " + s.shownName(child.table), child.parent.Word() + " " + s.shownName(child.parent), func() error {
					if now := s.Tx.Catalog().Table(child.table.OID); now != nil {
						return s.removeTable(ctx, edit, now)
					}
					return nil
				}})
			}
			list = append(list, s.dependents(ctx, edit, child.table, child.table.Word(), seen)...)
		}
	}
	shown := s.shownRelation(r)
	list = append(list, s.routinesThat("type "+shown, func(f *catalog.Routine) bool { return f.HasRowOf(r.ObjectOID()) })...)
	list = append(list, s.using(ctx, edit, r, kind, seen)...)
	list = append(list, s.rulesUsing(r.ObjectOID(), kind+" "+shown, seen)...)
	list = append(list, s.policiesUsing(r.ObjectOID(), kind+" "+shown)...)
	list = append(list, s.routinesThat(kind+" "+shown, func(f *catalog.Routine) bool {
		return slices.Contains(f.Uses, r.ObjectOID()) && !f.HasRowOf(r.ObjectOID())
	})...)
	return list
}

// routinesThat lists functions as what depends on something, in the order they were
// made in.
func (s *Session) routinesThat(on string, depends func(*catalog.Routine) bool) (list []dependent) {
	var routines []*catalog.Routine
	for o := range s.Tx.Catalog().All() {
		if f, ok := o.(*catalog.Routine); ok && depends(f) {
			routines = append(routines, f)
		}
	}
	slices.SortFunc(routines, func(a, b *catalog.Routine) int { return int(a.OID) - int(b.OID) })
	for _, f := range routines {
		list = append(list, dependent{"function " + f.Signature(), on, func() error {
			s.Tx.DropObject(f.OID)
			return nil
		}})
	}
	return list
}

// childOf is a table that depends on one that it inherits from.
type childOf struct{ table, parent *catalog.Table }

// below lists the tables that inherit from one, at any level, as PostgreSQL comes upon them:
// each after what it inherits from, and of several the older first. Those that were seen, or
// are dropped by name, are left out.
func (s *Session) below(t *catalog.Table, seen map[catalog.OID]bool) (list []childOf) {
	var visit func(*catalog.Table)
	visit = func(parent *catalog.Table) {
		children := s.Tx.Catalog().Children(parent.OID)
		for i := len(children) - 1; i >= 0; i-- {
			child := children[i]
			if seen[child.OID] || child.Bound == nil && slices.Contains(s.dropping, child.OID) {
				continue
			}
			seen[child.OID] = true
			visit(child)
			list = append(list, childOf{child, parent})
		}
	}
	visit(t)
	slices.Reverse(list)
	return list
}
