package pgcatalog

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_depend: what functions that users have made depend on, and what on them.

// edge notes that an object depends on another's column (0: all of it).
type edge func(class, oid, refClass, refOID catalog.OID, column int, kind byte)

// dependRoutines adds the edges of the functions, and those of views, which depend
// on all that their queries name.
func dependRoutines(s *Snapshot, on edge) {
	routines := routinesOf(s)
	for _, r := range routines {
		if s.part == ofObject {
			break
		}
		if r.Extension != 0 {
			continue // it belongs to that
		}
		on(classProc, r.OID, classNamespace, r.Schema, 0, 'n')
		if r.Constructs != 0 {
			on(classProc, r.OID, classType, r.Constructs, 0, 'i')
		}
		s.dependUses(on, classProc, r.OID, r.Uses)
		if r.RowOf != 0 {
			on(classProc, r.OID, classType, rowTypeOID(r.RowOf), 0, 'n')
		}
		for _, t := range append([]types.OID{r.Result.OID}, parameterTypes(r)...) {
			if u := s.userType(t); u != nil {
				on(classProc, r.OID, classType, u.OID, 0, 'n')
			}
		}
	}
	if s.part != ofObject {
		s.dependOperators(on)
	}
	for _, v := range s.queries() {
		for _, used := range v.Uses { // what else it depends on, queryDepends says
			if class := calledClass(s.Catalog.Get(used)); class != 0 {
				on(classRewrite, ruleOID(v), class, used, 0, 'n')
			}
		}
	}
	if len(routines) == 0 {
		return
	}
	for _, r := range s.rules() {
		for _, used := range r.Uses {
			if class := calledClass(s.Catalog.Get(used)); class != 0 {
				on(classRewrite, r.OID, class, used, 0, 'n')
			}
		}
	}
	for _, t := range s.once.tables {
		for _, c := range t.Columns {
			if c.Default != "" && c.Identity == 0 {
				s.dependCalls(on, classAttrdef, attrdefOID(t.OID, int(c.Num)), t, c.Default)
			}
		}
		for _, k := range t.Checks {
			s.dependCalls(on, classConstraint, k.OID, t, k.Expr)
		}
		for _, i := range t.Indexes {
			for _, k := range i.Keys {
				s.dependCalls(on, classClass, i.OID, t, k.Expr)
			}
			s.dependCalls(on, classClass, i.OID, t, i.Predicate)
		}
	}
}

func parameterTypes(r *catalog.Routine) (list []types.OID) {
	for i := range r.Params {
		list = append(list, r.Params[i].Type.OID)
	}
	return list
}

// userType finds the type that a user made, also by its array's OID.
func (s *Snapshot) userType(oid types.OID) *catalog.UserType {
	for _, u := range s.entire().once.types {
		if u.Is(oid) {
			return u
		}
	}
	return nil
}

// calledClass is the catalog of what expressions call; 0 for anything else.
func calledClass(o catalog.Object) catalog.OID {
	switch o.(type) {
	case *catalog.Routine:
		return classProc
	case *catalog.Operator:
		return classOperator
	case *catalog.Cast:
		return classCast
	case *catalog.Collation:
		return classCollation
	}
	return 0
}

// dependUses adds edges to relations and functions.
func (s *Snapshot) dependUses(on edge, class, oid catalog.OID, uses []catalog.OID) {
	for _, used := range uses {
		if called := calledClass(s.Catalog.Get(used)); called != 0 {
			on(class, oid, called, used, 0, 'n')
		} else if s.Catalog.Get(used) != nil {
			on(class, oid, classClass, used, 0, 'n')
		}
	}
}

// dependCalls adds edges to the functions that a stored expression calls.
func (s *Snapshot) dependCalls(on edge, class, oid catalog.OID, t *catalog.Table, stored string) {
	if !strings.Contains(stored, ".") {
		return
	}
	e := s.bind(t, stored)
	if e == nil {
		return
	}
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Call); ok && c.Fn.Routine {
			on(class, oid, classProc, c.Fn.OID, 0, 'n')
		}
		return true
	})
}
