package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_table_is_visible() and its kin: whether an unqualified name finds the
// object; NULL for one that is not there.

func init() {
	functions["pg_table_is_visible"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		return r.visibleRelation(oidArg(a[0])), nil
	}
	functions["pg_type_is_visible"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		oid := oidArg(a[0])
		if types.ByOID(oid) != nil {
			return types.Bool(true), nil
		}
		rel, row := r.one("pg_type", oid)
		if row == nil {
			return types.Null, nil
		}
		return types.Bool(r.typeVisible(oid, oidArg(row[rel.columns["typnamespace"]]), row[rel.columns["typname"]].Str())), nil
	}
	// Of these there is one for each name, whatever the path: what counts is
	// that its schema is on it.
	for name, c := range map[string]struct{ relation, schema string }{
		"pg_function_is_visible":       {"pg_proc", "pronamespace"},
		"pg_operator_is_visible":       {"pg_operator", "oprnamespace"},
		"pg_opclass_is_visible":        {"pg_opclass", "opcnamespace"},
		"pg_opfamily_is_visible":       {"pg_opfamily", "opfnamespace"},
		"pg_collation_is_visible":      {"pg_collation", "collnamespace"},
		"pg_conversion_is_visible":     {"pg_conversion", "connamespace"},
		"pg_statistics_obj_is_visible": {"pg_statistic_ext", "stxnamespace"},
		"pg_ts_config_is_visible":      {"pg_ts_config", "cfgnamespace"},
		"pg_ts_dict_is_visible":        {"pg_ts_dict", "dictnamespace"},
		"pg_ts_parser_is_visible":      {"pg_ts_parser", "prsnamespace"},
		"pg_ts_template_is_visible":    {"pg_ts_template", "tmplnamespace"},
	} {
		functions[name] = func(r *Reader, a []types.Datum) (types.Datum, error) {
			rel, row := r.one(c.relation, oidArg(a[0]))
			if row == nil {
				return types.Null, nil
			}
			return types.Bool(r.schemaVisible(oidArg(row[rel.columns[c.schema]]))), nil
		}
	}
}

func (r *Reader) visibleRelation(oid catalog.OID) types.Datum {
	if t, i := r.Catalog.IndexByOID(oid); i != nil {
		return types.Bool(r.relationVisible(oid, t.Schema, i.Name))
	}
	if rel, ok := r.Catalog.Get(oid).(catalog.Relation); ok {
		return types.Bool(r.relationVisible(oid, rel.Parent(), rel.ObjectName()))
	}
	if v := virtualByOID(oid); v != nil {
		return types.Bool(r.relationVisible(oid, v.Schema, v.Name))
	}
	if u := r.Catalog.UserType(oid - compositeRelation(&catalog.UserType{})); u != nil && u.Kind == types.KindComposite {
		return types.Bool(r.relationVisible(oid, u.Schema, u.Name))
	}
	return types.Null
}
