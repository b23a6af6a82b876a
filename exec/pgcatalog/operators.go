package pgcatalog

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The operators and casts that users have made: pg_operator, pg_cast, and what they
// depend on.

const classCast catalog.OID = 2605

func init() {
	makes("pg_operator", func(s *Snapshot, out *rows) {
		for _, o := range s.operators() {
			kind, left, result := byte('b'), catalog.OID(0), catalog.OID(0)
			if o.Left.Type == nil {
				kind = 'l'
			} else {
				left = o.Left.OID
			}
			if o.Result.Type != nil {
				result = o.Result.OID
			}
			out.add("oid", o.OID, "oprname", o.Name, "oprnamespace", o.Schema, "oprowner", o.Owner, "oprkind", kind, "oprcanmerge", o.Merges, "oprcanhash", o.Hashes,
				"oprleft", left, "oprright", o.Right.OID, "oprresult", result, "oprcom", o.Commutator, "oprnegate", o.Negator,
				"oprcode", o.Function, "oprrest", o.Restrict, "oprjoin", o.Join)
		}
	})
	makes("pg_cast", func(s *Snapshot, out *rows) {
		rangeCasts(s, out)
		for _, c := range s.casts() {
			out.add("oid", c.OID, "castsource", c.Source.OID, "casttarget", c.Target.OID, "castfunc", c.Function, "castcontext", c.Context, "castmethod", c.Method)
		}
	})
}

// operators lists those of the database, by OID, with those of its extensions.
func (s *Snapshot) operators() (list []*catalog.Operator) {
	list = s.broughtOperators()
	if !s.Catalog.Extended() {
		return list
	}
	for o := range s.Catalog.All() {
		if o, ok := o.(*catalog.Operator); ok {
			if sc := s.Catalog.SchemaByOID(o.Schema); sc != nil && sc.Database == s.Database.OID {
				list = append(list, o)
			}
		}
	}
	sortByOID(list)
	return list
}

// casts lists those of the database, by OID, with those of its extensions.
func (s *Snapshot) casts() (list []*catalog.Cast) {
	for _, e := range s.extensions() {
		_, casts := s.brought(e)
		list = append(list, casts...)
	}
	if !s.Catalog.HasCasts() {
		return list
	}
	for o := range s.Catalog.All() {
		if c, ok := o.(*catalog.Cast); ok && c.Database == s.Database.OID {
			list = append(list, c)
		}
	}
	sortByOID(list)
	return list
}

// dependOperators adds the edges of operators and casts.
func (s *Snapshot) dependOperators(on edge) {
	function := func(class, oid, f catalog.OID) {
		if f >= types.FirstUserOID {
			on(class, oid, classProc, f, 0, 'n')
		}
	}
	typed := func(class, oid catalog.OID, list ...catalog.TypeRef) {
		for _, t := range list {
			if t.Type == nil {
				continue
			}
			if u := s.userType(t.OID); u != nil {
				on(class, oid, classType, u.OID, 0, 'n')
			}
		}
	}
	for _, o := range s.operators() {
		on(classOperator, o.OID, classNamespace, o.Schema, 0, 'n')
		typed(classOperator, o.OID, o.Left, o.Right, o.Result)
		function(classOperator, o.OID, o.Function)
		function(classOperator, o.OID, o.Restrict)
		function(classOperator, o.OID, o.Join)
	}
	for _, c := range s.casts() {
		typed(classCast, c.OID, c.Source, c.Target)
		function(classCast, c.OID, c.Function)
	}
}

// shows has an environment spell functions, operators and types as the session finds them.
func (r *Reader) shows(env *plan.Env) *plan.Env {
	env.Shown, env.ShownOperator, env.ShownType = r.routineName, r.operatorName, r.spellType
	if r.Env.Types != nil {
		env.Types = r.Env.Types
	}
	return env
}

// spellType is a user's type as the session finds it.
func (r *Reader) spellType(t *types.Type) string {
	if name, ok := r.formatType(t.OID, types.NoTypmod); ok {
		return name
	}
	return types.FormatType(t, types.NoTypmod)
}

// operatorName spells an operator as an expression does: alone if the search path finds
// it.
func (r *Reader) operatorName(o *catalog.Operator) string {
	if r.operatorVisible(o) {
		return o.Name
	}
	return r.Snapshot.operatorName(o)
}

func (s *Snapshot) operatorName(o *catalog.Operator) string {
	return "OPERATOR(" + expr.QuoteIdent(s.schemaName(o.Schema)) + "." + o.Name + ")"
}

// operatorVisible says whether the search path finds an operator.
func (r *Reader) operatorVisible(o *catalog.Operator) bool {
	for _, sc := range r.path() {
		if sc == catalog.SchemaPGCatalog {
			if op := builtinOperator(o.Name, o.Left.Type, o.Right.Type); op != nil {
				return false
			}
			continue
		}
		if found := r.Catalog.Operator(sc, o.Name, o.Left.Type, o.Right.Type); found != nil {
			return found.OID == o.OID
		}
		if o.OID < types.FirstUserOID && o.Schema == sc {
			return true
		}
	}
	return false
}

// builtinOperator finds a built-in operator of exactly these operands, or nil.
func builtinOperator(name string, left, right *types.Type) *expr.Operator {
	all := expr.AllOperators()
	at := slices.IndexFunc(all, func(o *expr.Operator) bool {
		return o.Name == name && o.Right.Same(right) && (o.Left == nil) == (left == nil) && (left == nil || o.Left.Same(left))
	})
	if at < 0 {
		return nil
	}
	return all[at]
}

// ownOperators are the operators of users of a name, in the schema or, without one, on the
// search path; operands narrow them down.
func (r *Reader) ownOperators(schema, name string, args []types.OID) (list []types.OID) {
	for _, o := range slices.Concat(r.Catalog.Operators(name), r.broughtOperators()) {
		if o.Name != name {
			continue
		}
		sc := r.Catalog.SchemaByOID(o.Schema)
		if sc == nil || sc.Database != r.Database.OID || schema != "" && sc.Name != schema || schema == "" && !slices.Contains(r.path(), o.Schema) {
			continue
		}
		left := types.OID(0)
		if o.Left.Type != nil {
			left = o.Left.OID
		}
		if args == nil || args[0] == left && args[1] == o.Right.OID {
			list = append(list, o.OID)
		}
	}
	return list
}

// ownOperatorText is regoper's and regoperator's output of an operator of a user.
func (r *Reader) ownOperatorText(t *types.Type, o *catalog.Operator) string {
	name := o.Name
	if t == types.RegOper {
		if len(r.ownOperators("", o.Name, nil)) != 1 || !r.operatorVisible(o) || slices.ContainsFunc(expr.AllOperators(), func(b *expr.Operator) bool { return b.Name == o.Name }) {
			name = expr.QuoteIdent(r.schemaName(o.Schema)) + "." + o.Name
		}
		return name
	}
	if !r.operatorVisible(o) {
		name = expr.QuoteIdent(r.schemaName(o.Schema)) + "." + o.Name
	}
	left := "NONE"
	if o.Left.Type != nil {
		left, _ = r.formatType(o.Left.OID, types.NoTypmod)
	}
	right, _ := r.formatType(o.Right.OID, types.NoTypmod)
	return name + "(" + left + "," + right + ")"
}
