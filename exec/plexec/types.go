package plexec

import (
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

func itoa(n int) string { return strconv.Itoa(n) }

// declared finds the type of a variable.
func (f *Function) declared(env *plan.Env, v *plpgsql.Variable) (kind, error) {
	switch {
	case v.Cursor != nil:
		return kind{typ: refcursor(), typmod: types.NoTypmod}, nil
	case v.Type == nil && (v.Name == "sqlstate" || v.Name == "sqlerrm"):
		return kind{typ: types.Text, typmod: types.NoTypmod}, nil
	case v.Type == nil:
		return kind{typ: types.Text, typmod: types.NoTypmod, open: true}, nil
	case v.Type.Record:
		return kind{typ: types.RecordType, typmod: types.NoTypmod, record: true}, nil
	}
	k, err := f.named(env, v.Type)
	if err != nil {
		e := *sqlerr.From(err)
		if e.Offset == 0 {
			e.Where = plpgsql.Compiling(f.name(), v.Line)
		}
		return kind{}, &e
	}
	return k, nil
}

// refcursor is the type of cursors' names, where there is one of that name.
func refcursor() *types.Type {
	if t := types.ByName("refcursor"); t != nil {
		return t
	}
	return types.Text
}

// name is what the function is called.
func (f *Function) name() string {
	if f.Routine == nil {
		return inline
	}
	return f.Shown
}

// named finds a type that was written.
func (f *Function) named(env *plan.Env, t *plpgsql.TypeRef) (kind, error) {
	switch {
	case t.Percent == "rowtype":
		return relationKind(env, t.Parts)
	case t.Copied >= 0:
		return f.copied(t)
	case t.Percent == "type":
		return columnKind(env, t.Parts)
	}
	typ, typmod, err := env.TypeName(t.Name)
	if err == nil {
		if typ.Kind == types.KindPseudo && typ != types.RecordType {
			return kind{}, sqlerr.New(sqlerr.FeatureNotSupported, `variable has pseudo-type %s`, typ)
		}
		return kindOf(typ, typmod), nil
	}
	if t.Name.Bounds == nil && !t.Name.SetOf {
		if k, err := relationKind(env, t.Name.Names); err == nil {
			return k, nil
		}
	}
	e := *sqlerr.From(err)
	e.Offset = t.At + 1 + max(e.Offset-1, 0)
	return kind{}, &e
}

// copied is the type of another variable, or of its field.
func (f *Function) copied(t *plpgsql.TypeRef) (kind, error) {
	if t.Copied >= len(f.kinds) {
		return kind{}, sqlerr.Internal("variable %d is not declared yet", t.Copied)
	}
	k := f.kinds[t.Copied]
	for _, name := range t.Parts {
		found := false
		for _, field := range k.fields {
			if field.Name == name {
				k, found = kindOf(field.Type, field.Typmod), true
				break
			}
		}
		if !found {
			return kind{}, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" does not exist`, name)
		}
	}
	return k, nil
}

// relationKind is the type of a relation's rows.
func relationKind(env *plan.Env, parts []string) (kind, error) {
	schema, name := "", parts[len(parts)-1]
	if len(parts) > 1 {
		schema = parts[len(parts)-2]
	}
	if k := rowKind(env.ResolveRelation(schema, name)); k.fields != nil {
		return k, nil
	}
	return kind{}, sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, strings.Join(parts, "."))
}

// rowKind is the type of a relation's rows; without fields for what has none.
func rowKind(o catalog.Object) kind {
	k := kind{typ: types.RecordType, typmod: types.NoTypmod, record: true}
	switch rel := o.(type) {
	case *catalog.Table:
		for _, c := range rel.Columns {
			k.fields = append(k.fields, types.Field{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod})
		}
	case *catalog.View:
		for _, c := range rel.Columns {
			k.fields = append(k.fields, types.Field{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod})
		}
	case *catalog.Virtual:
		for _, c := range rel.Columns {
			k.fields = append(k.fields, types.Field{Name: c.Name, Type: c.Type.Type, Typmod: types.NoTypmod})
		}
	}
	return k
}

// columnKind is the type of a relation's column.
func columnKind(env *plan.Env, parts []string) (kind, error) {
	if len(parts) < 2 {
		return kind{}, sqlerr.New(sqlerr.SyntaxError, `variable "%s" does not exist`, parts[0])
	}
	k, err := relationKind(env, parts[:len(parts)-1])
	if err != nil {
		return k, err
	}
	column := parts[len(parts)-1]
	for _, field := range k.fields {
		if field.Name == column {
			return kindOf(field.Type, field.Typmod), nil
		}
	}
	return kind{}, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, column, parts[len(parts)-2])
}

// shownRoutine is a routine with the types of its arguments, as errors name it.
func shownRoutine(env *plan.Env, r *catalog.Routine) string {
	var args []string
	for _, p := range r.Inputs() {
		args = append(args, p.Type.String())
	}
	name := expr.QuoteIdent(r.Name)
	if sc := env.Catalog.SchemaByOID(r.Schema); sc != nil && !visible(env, sc, r) {
		name = expr.QuoteIdent(sc.Name) + "." + name
	}
	return name + "(" + strings.Join(args, ",") + ")"
}

// visible says whether a routine is found without its schema.
func visible(env *plan.Env, sc *catalog.Schema, r *catalog.Routine) bool {
	if sc.OID == env.TempSchema {
		return false // functions are not looked for there
	}
	for _, name := range env.SearchPath {
		if name == sc.Name {
			return true
		}
	}
	return false
}
