package pgcatalog

import (
	"math"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// function computes one of PostgreSQL's functions about the catalog. Overloads
// share one; they are told apart by the number of arguments and by whether an
// argument is a name or an OID.
type function func(r *Reader, a []types.Datum) (types.Datum, error)

// functions holds the functions by name; the functions_*.go files fill it.
var functions = map[string]function{}

// Call computes a function; ok is false if it is not one of this package's.
func (r *Reader) Call(name string, args []types.Datum) (value types.Datum, ok bool, err error) {
	f := functions[name]
	if f == nil {
		return types.Null, false, nil
	}
	value, err = f(r, args)
	return value, true, err
}

func text(s string) (types.Datum, error) { return types.String(s), nil }

// found gives text, or NULL.
func found(s string, ok bool) (types.Datum, error) {
	if !ok {
		return types.Null, nil
	}
	return types.String(s), nil
}

func oidArg(d types.Datum) catalog.OID { return catalog.OID(uint32(d.Int())) }

// isTrue says whether an optional boolean argument is there and true.
func isTrue(a []types.Datum, at int) bool { return len(a) > at && a[at].Bool() }

// constant makes a function that always gives the same.
func constant(v types.Datum) function {
	return func(*Reader, []types.Datum) (types.Datum, error) { return v, nil }
}

func init() {
	for name, f := range map[string]function{
		"format_type": func(r *Reader, a []types.Datum) (types.Datum, error) {
			if a[0].IsNull() {
				return types.Null, nil
			}
			typmod := types.NoTypmod
			if !a[1].IsNull() {
				// Without a length character is another type than CHARACTER.
				if typmod = int32(a[1].Int()); typmod == types.NoTypmod && oidArg(a[0]) == types.BPChar.OID {
					return text("bpchar")
				}
			}
			if a[0].Int() == 0 {
				return text("-")
			}
			if name, ok := r.formatType(oidArg(a[0]), typmod); ok {
				return text(name)
			}
			return text("???")
		},
		"pg_get_expr": func(r *Reader, a []types.Datum) (types.Datum, error) {
			stored, relation := a[0].Str(), oidArg(a[1])
			t := r.Catalog.Table(relation)
			if t != nil && t.Bound != nil && (stored == "DEFAULT" || strings.HasPrefix(stored, "FOR VALUES ")) {
				return text(stored) // pg_class.relpartbound
			}
			if relation != 0 && t == nil && r.Catalog.Get(relation) == nil && virtualByOID(relation) == nil {
				return types.Null, nil
			}
			if pretty := isTrue(a, 2); pretty || r.styled(stored) || r.namesOwn(t, stored) || t != nil && hasSubquery(stored) {
				return text(r.reprint(t, stored, pretty))
			}
			return text(r.shorten(stored))
		},
		"pg_get_indexdef": func(r *Reader, a []types.Datum) (types.Datum, error) {
			t, i := r.Catalog.IndexByOID(oidArg(a[0]))
			if i == nil {
				return types.Null, nil
			}
			if len(a) == 1 {
				return text(r.indexDefinition(t, i, 0, false))
			}
			return text(r.indexDefinition(t, i, int(a[1].Int()), isTrue(a, 2)))
		},
		"pg_get_constraintdef": func(r *Reader, a []types.Datum) (types.Datum, error) {
			return found(r.constraintDefinition(oidArg(a[0]), isTrue(a, 1)))
		},
		"pg_get_viewdef": func(r *Reader, a []types.Datum) (types.Datum, error) {
			oid := oidArg(a[0])
			if a[0].IsString() {
				var err error
				if oid, err = r.regClass(a[0].Str()); err != nil {
					return types.Null, err
				}
			}
			v := r.query(oid)
			if v == nil {
				return types.Null, nil
			}
			// The other second argument is a line length.
			return text(r.viewDefinition(v, isTrue(a, 1)))
		},
		"pg_get_ruledef": func(r *Reader, a []types.Datum) (types.Datum, error) {
			rel, row := r.one("pg_rewrite", oidArg(a[0]))
			if row == nil {
				return types.Null, nil
			}
			if of, rule := r.rule(oidArg(a[0])); rule != nil {
				return text(r.ruleDefinition(of, rule, isTrue(a, 1)))
			}
			v := r.query(oidArg(row[rel.columns["ev_class"]]))
			if v == nil {
				return types.Null, nil
			}
			on := r.qualified(v.Schema, v.Name)
			if isTrue(a, 1) {
				on = r.relationName(v)
			}
			return text("CREATE RULE \"_RETURN\" AS\n    ON SELECT TO " + on + " DO INSTEAD " + r.viewDefinition(v, isTrue(a, 1)))
		},
		"pg_get_userbyid": func(r *Reader, a []types.Datum) (types.Datum, error) { return text(r.roleName(oidArg(a[0]))) },
		"pg_get_serial_sequence": func(r *Reader, a []types.Datum) (types.Datum, error) {
			return r.serialSequence(a[0].Str(), a[1].Str())
		},
		"pg_describe_object": func(r *Reader, a []types.Datum) (types.Datum, error) {
			s := r.describe(oidArg(a[0]), oidArg(a[1]), int(a[2].Int()))
			return found(s, s != "")
		},
		"obj_description": func(r *Reader, a []types.Datum) (types.Datum, error) {
			class := catalog.OID(0)
			if len(a) > 1 {
				if class = classByName(a[1].Str()); class == 0 {
					return types.Null, nil
				}
			}
			return r.description(oidArg(a[0]), class, 0), nil
		},
		"col_description": func(r *Reader, a []types.Datum) (types.Datum, error) {
			return r.description(oidArg(a[0]), classClass, a[1].Int()), nil
		},
		"shobj_description": func(r *Reader, a []types.Datum) (types.Datum, error) {
			return r.sharedDescription(oidArg(a[0]), classByName(a[1].Str())), nil
		},
		"age": func(r *Reader, a []types.Datum) (types.Datum, error) {
			if a[0].Int() < firstXID {
				return types.Int(math.MaxInt32), nil // there from the start
			}
			return types.Int(int64(int32(firstXID + int64(r.Catalog.Version) + 1 - a[0].Int()))), nil
		},
		"pg_tablespace_location": constant(types.String("")),
		// Indexes of these methods have no entries, of which some could be left to be made.
		"brin_summarize_new_values": noEntries("brin", "BRIN"), "brin_summarize_range": noEntries("brin", "BRIN"),
		"brin_desummarize_range": noEntries("brin", "BRIN"), "gin_clean_pending_list": noEntries("gin", "GIN"),
		// No relation has extended statistics or rules.
		"pg_is_other_temp_schema": constant(types.Bool(false)),
		"pg_my_temp_schema":       func(r *Reader, _ []types.Datum) (types.Datum, error) { return datum(r.Env.TempSchema), nil },
		"pg_relation_is_updatable": func(r *Reader, a []types.Datum) (types.Datum, error) {
			if rel, ok := r.Catalog.Get(oidArg(a[0])).(catalog.Relation); ok {
				return types.Int(r.changes(rel, a[1].Bool(), nil)), nil
			}
			return types.Int(0), nil
		},
		"pg_column_is_updatable": func(r *Reader, a []types.Datum) (types.Datum, error) {
			rel, ok := r.Catalog.Get(oidArg(a[0])).(catalog.Relation)
			return types.Bool(ok && r.assignable(rel, int(a[1].Int()), a[2].Bool())), nil
		},
		"pg_sequence_last_value": func(r *Reader, a []types.Datum) (types.Datum, error) {
			if q, ok := r.Catalog.Get(oidArg(a[0])).(*catalog.Sequence); ok {
				if v, _, called, err := r.Tx.SequenceValue(q); called || err != nil {
					return types.Int(v), err
				}
			}
			return types.Null, nil
		},
	} {
		functions[name] = f
	}
}

// classByName finds a catalog by its name in pg_catalog; 0 if it is none.
func classByName(name string) catalog.OID {
	if r := byName["pg_catalog."+name]; r != nil {
		return r.OID
	}
	return 0
}

// formatType is format_type() of a type that is there.
func (r *Reader) formatType(oid catalog.OID, typmod int32) (string, bool) {
	if t := types.ByOID(oid); t != nil {
		return types.FormatType(t, typmod), true
	}
	if d, ok := domains[oid]; ok {
		return "information_schema." + d.name, true
	}
	if t := r.Catalog.UserType(oid); t != nil {
		name := r.qualified(t.Schema, t.Name)
		if r.typeVisible(t.OID, t.Schema, t.Name) {
			name = expr.QuoteIdent(t.Name)
		}
		if oid == t.Array {
			name += "[]"
		}
		return name, true
	}
	if handlerTypes[oid] {
		_, row := r.one("pg_type", oid)
		return row[find("pg_catalog.pg_type").columns["typname"]].Str(), true
	}
	if rel, isArray := r.relationOfRowType(oid); rel != nil {
		name := r.relationName(rel)
		if isArray {
			name += "[]"
		}
		return name, true
	}
	return "", false
}

// typeVisible says whether an unqualified name finds that type.
func (r *Reader) typeVisible(oid, schema catalog.OID, name string) bool {
	for _, sc := range r.path() {
		if sc == catalog.SchemaPGCatalog && types.ByName(name) != nil {
			return types.ByName(name).OID == oid
		}
		if t := r.Catalog.Type(sc, name); t != nil {
			return t.OID == oid
		}
		if rel := r.Catalog.Relation(sc, name); rel != nil && rowTypeOID(rel.ObjectOID()) == oid {
			return true
		}
	}
	return false
}

// serialSequence is pg_get_serial_sequence().
func (r *Reader) serialSequence(table, column string) (types.Datum, error) {
	oid, err := r.regClass(table)
	if err != nil {
		return types.Null, err
	}
	if _, err := r.hasColumn(datum(oid), types.String(column)); err != nil {
		return types.Null, err
	}
	t := r.Catalog.Table(oid)
	if t == nil {
		return types.Null, nil
	}
	if at := t.ColumnIndex(column); at >= 0 {
		if q := r.ownedSequence(t, t.Columns[at]); q != nil {
			return text(r.qualified(q.Schema, q.Name))
		}
	}
	return types.Null, nil
}
