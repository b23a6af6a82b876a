package pgcatalog

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_proc: the functions that users have made.

// pg_language's rows of built-in functions, of extensions' code and of SQL.
const (
	languageInternal catalog.OID = 12
	languageC        catalog.OID = 13
	languageSQL      catalog.OID = 14
	languagePLpgSQL              = catalog.LanguagePLpgSQL
)

func routineRows(s *Snapshot, out *rows) {
	for _, r := range routinesOf(s) {
		out.routine(s, r)
	}
}

// routineName names a function with its schema.
func (s *Snapshot) routineName(r *catalog.Routine) string {
	return expr.QuoteIdent(s.schemaName(r.Schema)) + "." + expr.QuoteIdent(r.Name)
}

// routineName names a function, with its schema where the search path finds
// another, or none.
func (r *Reader) routineName(f *catalog.Routine) string {
	for _, sc := range r.path() {
		for _, have := range r.Catalog.Routines(f.Name) {
			if have.Schema != sc || have.Signature() != f.Signature() {
				continue
			}
			if have.OID == f.OID && !builtinSignature(f) {
				return expr.QuoteIdent(f.Name)
			}
			return r.Snapshot.routineName(f)
		}
	}
	return r.Snapshot.routineName(f)
}

// builtinSignature says whether a built-in function, which every search path finds
// first, has a function's name and argument types.
func builtinSignature(f *catalog.Routine) bool {
	return slices.ContainsFunc(expr.FunctionsNamed(f.Name), func(b *expr.Function) bool {
		return slices.EqualFunc(b.Args, f.Inputs(), func(t *types.Type, p *catalog.Parameter) bool { return p.Type.Same(t) })
	})
}

// styled says whether a stored expression has dates or intervals that the session writes in
// a style of its own.
func (r *Reader) styled(stored string) bool {
	e := r.Env.Types
	if e == nil || e.DateStyle == types.DefaultEnv.DateStyle && e.IntervalStyle == types.DefaultEnv.IntervalStyle && e.Location == types.DefaultEnv.Location {
		return false
	}
	return strings.Contains(stored, "::date") || strings.Contains(stored, "::time") || strings.Contains(stored, "::interval")
}

// namesOwn says whether a stored expression names a function, an operator or a type of a
// user, which are spelled as the session finds them.
func (r *Reader) namesOwn(t *catalog.Table, stored string) (names bool) {
	if !strings.Contains(stored, ".") && !strings.Contains(stored, "::") && !r.Catalog.Extended() {
		return false
	}
	e := r.bind(t, stored)
	if e == nil {
		return false
	}
	expr.Walk(e, func(e expr.Expr) bool {
		c, ok := e.(*expr.Call)
		names = names || ok && (c.Fn.Routine || c.Spelling != "") || e.Type().OID >= types.FirstUserOID
		return !names
	})
	return names
}

// routinesOf lists the functions of the database.
func routinesOf(s *Snapshot) []*catalog.Routine { return s.entire().once.routines }

func (o *rows) routine(s *Snapshot, r *catalog.Routine) {
	var inputs, all []int64
	var names, defaults []string
	var modes []types.Datum
	named, outputs, variadic := false, false, catalog.OID(0)
	for i := range r.Params {
		p := &r.Params[i]
		all, names = append(all, int64(p.Type.OID)), append(names, p.Name)
		modes = append(modes, types.Int(int64(p.Mode)))
		named, outputs = named || p.Name != "", outputs || p.Mode != 'i'
		if p.Input() {
			inputs = append(inputs, int64(p.Type.OID))
		}
		if p.Default != "" {
			defaults = append(defaults, p.Default)
		}
		if p.Mode == 'v' {
			switch t := p.Type.Type; {
			case t == types.Any:
				variadic = t.OID
			case t == types.AnyArray:
				variadic = types.AnyElement.OID
			case t == types.AnyCompatiblearray:
				variadic = types.AnyCompatible.OID
			default:
				variadic = t.Elem.OID
			}
		}
	}
	returns := r.Result.OID
	if r.RowOf != 0 {
		returns = rowTypeOID(r.RowOf)
	}
	language := languageSQL
	kind := byte('f')
	if r.Procedure {
		kind = 'p'
	}
	if r.Aggregate != nil {
		kind = 'a'
	}
	switch {
	case r.Library != "":
		language = languageC
	case r.Language == catalog.Internal:
		language = languageInternal
	case r.Language == catalog.PLpgSQL:
		language = languagePLpgSQL
	}
	pairs := []any{"oid", r.OID, "proname", r.Name, "pronamespace", r.Schema, "proowner", r.Owner, "prolang", language, "procost", r.Cost, "prorows", r.Rows,
		"provariadic", variadic, "prokind", kind, "prosecdef", r.SecurityDefiner, "proleakproof", r.Leakproof, "proisstrict", r.Strict, "proretset", r.ReturnsSet,
		"provolatile", r.Volatility, "proparallel", r.Parallel, "pronargs", len(inputs), "pronargdefaults", len(defaults), "prorettype", returns,
		"proargtypes", vector(types.Oid, inputs), "prosrc", r.Source}
	if outputs {
		pairs = append(pairs, "proallargtypes", array(types.Oid, all), "proargmodes", types.ArrayDatum(types.Char, modes))
	}
	if r.Library != "" {
		pairs = append(pairs, "probin", "$libdir/"+r.Library)
	}
	if r.ACL != nil {
		pairs = append(pairs, "proacl", s.acl(r.ACL))
	}
	if r.Config != nil {
		pairs = append(pairs, "proconfig", r.Config)
	}
	if named {
		pairs = append(pairs, "proargnames", names)
	}
	if defaults != nil {
		pairs = append(pairs, "proargdefaults", strings.Join(defaults, ", "))
	}
	if r.Body != nil {
		pairs = append(pairs, "prosqlbody", sqlBody(r))
	}
	o.add(pairs...)
}

// sqlBody writes a body in standard SQL.
func sqlBody(r *catalog.Routine) string {
	if r.Return {
		return "RETURN " + strings.TrimPrefix(r.Body[0], "SELECT ")
	}
	var b strings.Builder
	b.WriteString("BEGIN ATOMIC\n")
	for _, s := range r.Body {
		b.WriteString(" " + s + ";\n")
	}
	return b.String() + "END"
}
