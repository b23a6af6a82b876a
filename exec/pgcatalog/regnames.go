package pgcatalog

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The reg* types hold OIDs and are written as names.

// RegIn finds the OID of a name written for a reg* type; unknown names raise
// PostgreSQL's errors.
func (r *Reader) RegIn(t *types.Type, name string) (types.OID, error) {
	switch t {
	case types.RegClass:
		return r.regClass(name)
	case types.RegType:
		tn, err := parser.ParseTypeName(name)
		if err != nil {
			return 0, err
		}
		if len(tn.Names) > 2 {
			if tn.Names, err = r.inDatabase(tn.Names, "qualified"); err != nil {
				return 0, err
			}
		}
		found, _, err := r.Env.TypeName(tn)
		if err != nil {
			e := *sqlerr.From(err)
			e.Offset = 0
			return 0, &e
		}
		return found.OID, nil
	case types.RegProc:
		return r.regProc(name)
	case types.RegProcedure:
		return r.regProcedure(name)
	case types.RegOper, types.RegOperator:
		return r.regOperator(t, name)
	}
	parts, ok := SplitName(name)
	if !ok {
		return 0, sqlerr.New(sqlerr.InvalidName, "invalid name syntax")
	}
	last := parts[len(parts)-1]
	if len(parts) > 1 && (t == types.RegNamespace || t == types.RegRole) {
		return 0, sqlerr.New(sqlerr.InvalidName, "invalid name syntax")
	}
	switch t {
	case types.RegNamespace:
		if sc := r.Catalog.Schema(r.Database.OID, last); sc != nil {
			return sc.OID, nil
		}
		return 0, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, last)
	case types.RegRole:
		if role := r.Catalog.Role(last); role != nil {
			return role.OID, nil
		}
		return 0, sqlerr.New(sqlerr.UndefinedObject, `role "%s" does not exist`, last)
	case types.RegCollation:
		if oid := named("pg_collation", "collname", last); oid != 0 {
			return oid, nil
		}
		return 0, sqlerr.New(sqlerr.UndefinedObject, `collation "%s" for encoding "UTF8" does not exist`, strings.Join(parts, "."))
	case types.RegConfig, types.RegDictionary:
		if oid := r.madeTextSearch(t, parts); oid != 0 {
			return oid, nil
		}
		return textSearchObject(t, parts)
	}
	return 0, sqlerr.Unsupported("input of type %s", t)
}

// named finds a built-in object by its name.
func named(relation, column, name string) types.OID {
	rel := find("pg_catalog." + relation)
	for _, row := range rel.builtinSet().lookup(rel.columns[column], types.String(name)) {
		return oidArg(row[rel.columns["oid"]])
	}
	return 0
}

// nameParts splits a name of an object in a schema, of a kind that errors call what, and
// leaves the name of the database out.
func (r *Reader) nameParts(name, what string) ([]string, error) {
	parts, ok := SplitName(name)
	if !ok {
		return nil, sqlerr.New(sqlerr.InvalidName, "invalid name syntax")
	}
	return r.inDatabase(parts, what)
}

// inDatabase checks that a name is one of this database, which it may begin with.
func (r *Reader) inDatabase(parts []string, what string) ([]string, error) {
	text := strings.Join(parts, ".")
	switch {
	case len(parts) < 3:
		return parts, nil
	case len(parts) > 3:
		return nil, sqlerr.New(sqlerr.SyntaxError, "improper %s name (too many dotted names): %s", what, text)
	case parts[0] == r.Database.Name:
		return parts[1:], nil
	case what == "relation":
		text = `"` + text + `"`
	}
	return nil, sqlerr.New(sqlerr.FeatureNotSupported, "cross-database references are not implemented: %s", text)
}

// regClass finds a relation or index along the search path.
func (r *Reader) regClass(name string) (types.OID, error) {
	parts, err := r.nameParts(name, "relation")
	if err != nil {
		return 0, err
	}
	last, schemas := parts[len(parts)-1], r.path()
	if len(parts) > 1 {
		schemas = nil
		schema := parts[len(parts)-2]
		if schema == "pg_temp" && r.Env.TempSchema != 0 {
			schemas = []catalog.OID{r.Env.TempSchema}
		} else if sc := r.Catalog.Schema(r.Database.OID, schema); sc != nil {
			schemas = []catalog.OID{sc.OID}
		} else {
			return 0, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, schema)
		}
	}
	for _, sc := range schemas {
		if rel := r.Catalog.Relation(sc, last); rel != nil {
			return rel.ObjectOID(), nil
		}
		if _, i := r.Catalog.Index(sc, last); i != nil {
			return i.OID, nil
		}
	}
	return 0, sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, strings.Join(parts, "."))
}

// functionsNamed lists the OIDs of the functions that a possibly qualified name
// means.
func (r *Reader) functionsNamed(name string) ([]types.OID, error) {
	parts, err := r.nameParts(name, "qualified")
	if err != nil {
		return nil, err
	}
	var out []types.OID
	schemas := r.path()
	if len(parts) > 1 && parts[len(parts)-2] != "pg_catalog" {
		sc := r.Catalog.Schema(r.Database.OID, parts[len(parts)-2])
		if sc == nil {
			return nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, parts[len(parts)-2])
		}
		schemas = []catalog.OID{sc.OID}
	}
	for _, sc := range schemas {
		for _, f := range r.Catalog.Routines(parts[len(parts)-1]) {
			if f.Schema == sc {
				out = append(out, f.OID)
			}
		}
	}
	if len(parts) > 1 && parts[len(parts)-2] != "pg_catalog" {
		return out, nil
	}
	rel := find("pg_catalog.pg_proc")
	for _, set := range []*set{rel.builtinSet(), r.set(rel)} {
		for _, row := range set.lookup(rel.columns["proname"], types.String(parts[len(parts)-1])) {
			if oid := oidArg(row[rel.columns["oid"]]); !isRoutine(r, oid) {
				out = append(out, oid)
			}
		}
	}
	return out, nil
}

// isRoutine says whether a user made a function.
func isRoutine(r *Reader, oid types.OID) bool {
	_, ok := r.Catalog.Get(oid).(*catalog.Routine)
	return ok
}

func (r *Reader) regProc(name string) (types.OID, error) {
	oids, err := r.functionsNamed(name)
	if err != nil {
		return 0, err
	}
	parts, _ := SplitName(name)
	switch {
	case len(oids) == 0:
		return 0, sqlerr.New(sqlerr.UndefinedFunction, `function "%s" does not exist`, name)
	case len(oids) > 1, len(expr.FunctionsNamed(parts[len(parts)-1])) > 1: // also those that are refused
		return 0, sqlerr.New(sqlerr.AmbiguousFunction, `more than one function named "%s"`, name)
	}
	return oids[0], nil
}

func (r *Reader) regProcedure(name string) (types.OID, error) {
	base, rest, ok := strings.Cut(name, "(")
	if !ok {
		return 0, sqlerr.New(sqlerr.InvalidTextRepresentation, "expected a left parenthesis")
	}
	oids, err := r.functionsNamed(base)
	if err != nil {
		return 0, err
	}
	rest, ok = strings.CutSuffix(strings.TrimSpace(rest), ")")
	if !ok {
		return 0, sqlerr.New(sqlerr.InvalidTextRepresentation, "expected a right parenthesis")
	}
	args, err := r.typeList(rest)
	if err != nil {
		return 0, err
	}
	for _, oid := range oids {
		if p := r.proc(oid); p != nil && slices.Equal(p.inputs, args) {
			return oid, nil
		}
	}
	return 0, sqlerr.New(sqlerr.UndefinedFunction, `function "%s" does not exist`, name)
}

// typeList reads types between commas; NONE is no type.
func (r *Reader) typeList(list string) ([]types.OID, error) {
	if strings.TrimSpace(list) == "" {
		return nil, nil
	}
	var out []types.OID
	for _, word := range strings.Split(list, ",") {
		if strings.EqualFold(strings.TrimSpace(word), "none") {
			out = append(out, 0)
			continue
		}
		oid, err := r.RegIn(types.RegType, strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		out = append(out, oid)
	}
	return out, nil
}

func (r *Reader) regOperator(t *types.Type, name string) (types.OID, error) {
	base, rest, hasTypes := strings.Cut(name, "(")
	schema, base := "", strings.TrimSpace(base)
	if at := strings.LastIndexByte(base, '.'); at >= 0 {
		schema, base = strings.Trim(base[:at], `"`), base[at+1:]
	}
	var args []types.OID
	if t == types.RegOperator {
		if !hasTypes {
			return 0, sqlerr.New(sqlerr.InvalidTextRepresentation, "expected a left parenthesis")
		}
		var err error
		if args, err = r.typeList(strings.TrimSuffix(strings.TrimSpace(rest), ")")); err != nil {
			return 0, err
		}
		if len(args) != 2 {
			return 0, sqlerr.New(sqlerr.UndefinedParameter, "missing argument").WithHint("Use NONE to denote the missing argument of a unary operator.")
		}
	}
	var matches []types.OID
	if schema != "pg_catalog" {
		matches = r.ownOperators(schema, base, args)
	}
	for _, o := range expr.AllOperators() {
		if schema != "" && schema != "pg_catalog" {
			break
		}
		left := types.OID(0)
		if o.Left != nil {
			left = o.Left.OID
		}
		if o.Name == base && (args == nil || args[0] == left && args[1] == o.Right.OID) {
			matches = append(matches, o.OID)
		}
	}
	switch len(matches) {
	case 0:
		return 0, sqlerr.New(sqlerr.UndefinedFunction, "operator does not exist: %s", name)
	case 1:
		return matches[0], nil
	}
	return 0, sqlerr.New(sqlerr.AmbiguousFunction, "more than one operator named %s", name)
}

// RegOut names an OID of a reg* type; false where there is no such object.
func (r *Reader) RegOut(t *types.Type, oid types.OID) (string, bool) {
	switch t {
	case types.RegClass:
		if t, i := r.Catalog.IndexByOID(oid); i != nil {
			return r.indexName(t, i), true
		}
		if rel, ok := r.Catalog.Get(oid).(catalog.Relation); ok {
			return r.relationName(rel), true
		}
		if v := virtualByOID(oid); v != nil {
			return r.relationName(v), true
		}
		if u := r.Catalog.UserType(oid - compositeRelation(&catalog.UserType{})); u != nil && u.Kind == types.KindComposite {
			if r.relationVisible(oid, u.Schema, u.Name) {
				return expr.QuoteIdent(u.Name), true
			}
			return r.qualified(u.Schema, u.Name), true
		}
	case types.RegType:
		return r.formatType(oid, types.NoTypmod)
	case types.RegNamespace:
		if sc := r.Catalog.SchemaByOID(oid); sc != nil {
			return expr.QuoteIdent(sc.Name), true
		}
	case types.RegRole:
		if role := r.Catalog.RoleByOID(oid); role != nil {
			return expr.QuoteIdent(role.Name), true
		}
	case types.RegProc:
		if p := r.proc(oid); p != nil {
			if f, ok := r.Catalog.Get(oid).(*catalog.Routine); ok {
				return r.routineName(f), true
			}
			return r.procName(p), true
		}
	case types.RegProcedure:
		if p := r.proc(oid); p != nil {
			args := make([]string, len(p.inputs))
			for i, a := range p.inputs {
				args[i] = p.typeText(r, a)
			}
			name := expr.QuoteIdent(p.name)
			if f, ok := r.Catalog.Get(oid).(*catalog.Routine); ok {
				name = r.routineName(f)
			}
			return name + "(" + strings.Join(args, ",") + ")", true
		}
	case types.RegOper, types.RegOperator:
		if o := r.operator(oid); o != nil {
			return r.ownOperatorText(t, o), true
		}
		return operatorName(t, oid)
	case types.RegConfig, types.RegDictionary:
		if d, ok := r.Catalog.Get(oid).(catalog.Defined); ok {
			if !r.schemaVisible(d.Parent()) {
				return r.qualified(d.Parent(), d.ObjectName()), true
			}
			return expr.QuoteIdent(d.ObjectName()), true
		}
		return textSearchName(t, oid)
	case types.RegCollation:
		if rel, row := r.one("pg_collation", oid); row != nil {
			return expr.QuoteIdent(row[rel.columns["collname"]].Str()), true
		}
	}
	return "", false
}

// procName is regproc's output: the name, qualified where another function has
// it too.
func (r *Reader) procName(p *proc) string {
	rel := find("pg_catalog.pg_proc")
	if len(rel.builtinSet().lookup(rel.columns["proname"], types.String(p.name))) > 1 {
		return r.qualified(p.schema, p.name)
	}
	return expr.QuoteIdent(p.name)
}

func operatorName(t *types.Type, oid types.OID) (string, bool) {
	o := expr.OperatorByOID(oid)
	if o == nil {
		return "", false
	}
	if t == types.RegOper {
		same := 0
		for _, other := range expr.AllOperators() {
			if other.Name == o.Name {
				same++
			}
		}
		if same > 1 {
			return "pg_catalog." + o.Name, true
		}
		return o.Name, true
	}
	left := "NONE"
	if o.Left != nil {
		left = o.Left.SQLName
	}
	return o.Name + "(" + left + "," + o.Right.SQLName + ")", true
}
