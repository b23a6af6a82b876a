package pgcatalog

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// What indexes can do, asked by name; NULL for a property or an index that is not
// there.

func init() {
	functions["pg_indexam_has_property"] = func(_ *Reader, a []types.Datum) (types.Datum, error) {
		m := catalog.AccessMethodByOID(oidArg(a[0]))
		if m == nil {
			return types.Null, nil
		}
		return property(map[string]bool{"can_order": m.Ordered, "can_unique": m.Unique, "can_multi_col": m.Multicolumn, "can_exclude": m.Plain, "can_include": m.Include}, a[1])
	}
	functions["pg_index_has_property"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		_, i := r.Catalog.IndexByOID(oidArg(a[0]))
		if i == nil {
			return types.Null, nil
		}
		m := methodOf(i)
		return property(map[string]bool{"clusterable": m.Ordered || m.Name == "gist", "index_scan": m.Plain, "bitmap_scan": true, "backward_scan": m.Stored}, a[1])
	}
	functions["pg_index_column_has_property"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		t, i := r.Catalog.IndexByOID(oidArg(a[0]))
		if i == nil {
			return types.Null, nil
		}
		m := methodOf(i)
		at := int(a[1].Int()) - 1
		columns := r.indexColumns(t, i)
		if at < 0 || at >= len(columns) {
			return types.Null, nil
		}
		key := columns[at].key
		if key == nil { // an INCLUDE column has no order
			return property(map[string]bool{"asc": false, "desc": false, "nulls_first": false, "nulls_last": false, "orderable": false,
				"distance_orderable": false, "returnable": true, "search_array": false, "search_nulls": false}, a[2])
		}
		return property(map[string]bool{"asc": m.Ordered && !key.Desc, "desc": m.Ordered && key.Desc, "nulls_first": m.Ordered && key.NullsFirst, "nulls_last": m.Ordered && !key.NullsFirst,
			"orderable": m.Ordered, "distance_orderable": false, "returnable": m.Ordered, "search_array": m.Ordered, "search_nulls": m.SearchNulls}, a[2])
	}
	for name, v := range map[string]types.Datum{
		"pg_encoding_max_length": types.Int(4), "pg_jit_available": types.Bool(false), "pg_notification_queue_usage": types.Float(0),
		"pg_get_replica_identity_index": types.Null, "pg_collation_actual_version": types.Null, "pg_database_collation_actual_version": types.Null, "pg_column_compression": types.Null,
	} {
		functions[name] = constant(v)
	}
}

func property(known map[string]bool, name types.Datum) (types.Datum, error) {
	if v, ok := known[strings.ToLower(name.Str())]; ok {
		return types.Bool(v), nil
	}
	return types.Null, nil
}

// noEntries is what is done to the entries of indexes of a method, which has nothing to do.
func noEntries(method, word string) function {
	return func(r *Reader, a []types.Datum) (types.Datum, error) {
		at, there := r.row("pg_class", oidArg(a[0]))
		if !there {
			return types.Null, sqlerr.New(sqlerr.UndefinedTable, "could not open relation with OID %d", oidArg(a[0]))
		}
		if kind := at("relkind").Int(); kind != 'i' && kind != 'I' {
			return types.Null, sqlerr.New(sqlerr.WrongObjectType, `"%s" is not an index`, at("relname").Str())
		}
		t, i := r.Catalog.IndexByOID(oidArg(a[0]))
		switch {
		case i == nil || i.Method != method:
			return types.Null, sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a %s index`, at("relname").Str(), word)
		case !r.Catalog.OwnedBy(r.Role.OID, t.Owner):
			return types.Null, sqlerr.New(sqlerr.InsufficientPrivilege, "must be owner of index %s", i.Name)
		}
		return types.Int(0), nil
	}
}
