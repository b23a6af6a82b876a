package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_relation_size() and its kin: what has been written to disk, estimated.

func init() {
	// heap, indexes: the parts of a table that are counted.
	size := func(heap, indexes bool) function {
		return func(r *Reader, a []types.Datum) (types.Datum, error) { return r.sizeOf(oidArg(a[0]), heap, indexes) }
	}
	functions["pg_table_size"] = size(true, false)
	functions["pg_total_relation_size"] = size(true, true)
	functions["pg_indexes_size"] = size(false, true)
	functions["pg_relation_size"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		if len(a) > 1 && a[1].Str() != "main" {
			return types.Int(0), nil // the other forks
		}
		return r.sizeOf(oidArg(a[0]), true, false)
	}
	functions["pg_database_size"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		db, _ := r.Catalog.Get(oidArg(a[0])).(*catalog.Database)
		if a[0].IsString() {
			if _, err := r.guardedDatabase(a[0]); err != nil {
				return types.Null, err
			}
			db = r.Catalog.Database(a[0].Str())
		}
		if db == nil {
			return types.Null, nil
		}
		return r.sizeOfTables(func(t *catalog.Table) bool { return t.Database == db.OID })
	}
	functions["pg_tablespace_size"] = func(r *Reader, _ []types.Datum) (types.Datum, error) {
		return r.sizeOfTables(func(*catalog.Table) bool { return true })
	}
	functions["pg_relation_filenode"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		if rel, row := r.one("pg_class", oidArg(a[0])); row != nil && row[rel.columns["relfilenode"]].Int() != 0 {
			return row[rel.columns["relfilenode"]], nil
		}
		return types.Null, nil
	}
	functions["pg_collation_for"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		name, ok := r.RegOut(types.RegCollation, oidArg(a[0]))
		return found(name, ok)
	}
	functions["pg_relation_filepath"] = constant(types.Null) // relations have no files of their own
}

// sizeOfTables adds up tables with their indexes.
func (r *Reader) sizeOfTables(counts func(*catalog.Table) bool) (types.Datum, error) {
	total := int64(0)
	for o := range r.Catalog.All() {
		if t, ok := o.(*catalog.Table); ok && counts(t) {
			n, err := r.tableSize(t, true, true)
			if err != nil {
				return types.Null, err
			}
			total += n
		}
	}
	return types.Int(total), nil
}

func (r *Reader) tableSize(t *catalog.Table, heap, indexes bool) (total int64, err error) {
	if heap {
		if total, err = r.Store.Size(t, 0); err != nil {
			return 0, err
		}
	}
	if indexes {
		for _, i := range t.Indexes {
			n, err := r.Store.Size(t, i.OID)
			if err != nil {
				return 0, err
			}
			total += n
		}
	}
	return total, nil
}

// sizeOf gives a relation's size; NULL for one that is not there.
func (r *Reader) sizeOf(oid catalog.OID, heap, indexes bool) (types.Datum, error) {
	if t := r.Catalog.Table(oid); t != nil {
		n, err := r.tableSize(t, heap, indexes)
		return types.Int(n), err
	}
	if t, i := r.Catalog.IndexByOID(oid); i != nil && heap {
		n, err := r.Store.Size(t, i.OID)
		return types.Int(n), err
	}
	if _, row := r.one("pg_class", oid); row != nil {
		return types.Int(0), nil
	}
	return types.Null, nil
}
