package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_relation_size() and its kin. An index's entries are counted with its
// table, so indexes have no size of their own.

func init() {
	size := func(r *Reader, a []types.Datum) (types.Datum, error) {
		return r.sizeOf(a[0])
	}
	functions["pg_table_size"] = size
	functions["pg_total_relation_size"] = size
	functions["pg_relation_size"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		if len(a) > 1 && a[1].Str() != "main" {
			return types.Int(0), nil // the other forks
		}
		return r.sizeOf(a[0])
	}
	functions["pg_indexes_size"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		if v, err := r.sizeOf(a[0]); v.IsNull() || err != nil {
			return v, err
		}
		return types.Int(0), nil
	}
	functions["pg_database_size"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		total := int64(0)
		for o := range r.Catalog.All() {
			if t, ok := o.(*catalog.Table); ok {
				if a[0].IsString() && r.databaseName(t) != a[0].Str() || !a[0].IsString() && t.Database != oidArg(a[0]) {
					continue
				}
				total += r.bytes(t)
			}
		}
		return types.Int(total), nil
	}
	functions["pg_tablespace_size"] = func(r *Reader, _ []types.Datum) (types.Datum, error) {
		total := int64(0)
		for o := range r.Catalog.All() {
			if t, ok := o.(*catalog.Table); ok {
				total += r.bytes(t)
			}
		}
		return types.Int(total), nil
	}
	functions["pg_relation_filenode"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		if rel, row := r.one("pg_class", oidArg(a[0])); row != nil && row[rel.columns["relfilenode"]].Int() != 0 {
			return row[rel.columns["relfilenode"]], nil
		}
		return types.Null, nil
	}
	functions["pg_relation_filepath"] = constant(types.Null) // relations have no files of their own
}

func (r *Reader) databaseName(t *catalog.Table) string {
	if d, ok := r.Catalog.Get(t.Database).(*catalog.Database); ok {
		return d.Name
	}
	return ""
}

// sizeOf gives a relation's size; NULL for one that is not there.
func (r *Reader) sizeOf(d types.Datum) (types.Datum, error) {
	oid := oidArg(d)
	if t := r.Catalog.Table(oid); t != nil {
		return types.Int(r.bytes(t)), nil
	}
	if _, row := r.one("pg_class", oid); row != nil {
		return types.Int(0), nil
	}
	return types.Null, nil
}
