package pgcatalog

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_class, pg_namespace, pg_inherits' kin: what relations there are.

// Access methods, as pg_am has them.
const (
	amHeap catalog.OID = 2
)

func init() {
	makesParts("pg_class", classRows)
	makes("pg_namespace", namespaceRows)
}

func namespaceRows(s *Snapshot, out *rows) {
	s.objects()
	for _, sc := range s.once.schemas {
		out.add("oid", sc.OID, "nspname", sc.Name, "nspowner", sc.Owner, "nspacl", s.acl(sc.ACL))
	}
}

// persistence is relpersistence of what has no storage of its own: that of its schema.
func (s *Snapshot) persistence(schema catalog.OID) byte {
	if sc := s.Catalog.SchemaByOID(schema); sc != nil && strings.HasPrefix(sc.Name, "pg_temp_") {
		return 't'
	}
	return 'p'
}

// emptyPages is how many pages an index of each access method has at least.
var emptyPages = map[string]int{"btree": 1, "hash": 4, "gist": 1, "gin": 2, "spgist": 3, "brin": 3}

func classRows(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.tables {
		persistence, replica := byte('p'), cmp.Or(t.Replica, 'd')
		switch {
		case t.Temporary:
			persistence = 't'
		case !t.Durable(), t.Unlogged:
			persistence = 'u'
		}
		kind := byte('r')
		method, file := amHeap, t.OID
		switch {
		case t.Query != nil:
			kind = 'm'
		case t.Key != nil:
			kind, method, file = 'p', 0, 0
		case t.Server != 0:
			kind, method, file = 'f', 0, 0
		}
		out.add("oid", t.OID, "relname", t.Name, "relnamespace", t.Schema, "reltype", rowTypeOID(t.OID), "reloftype", t.OfType, "relowner", t.Owner, "relam", method, "relfilenode", file,
			"relhassubclass", s.Catalog.HasChildren(t.OID), "relispartition", t.Bound != nil, "relpartbound", s.bound(t),
			"reltuples", -1.0, "relhasindex", len(t.Indexes) > 0, "relpersistence", persistence, "relkind", kind,
			"relnatts", len(t.Columns), "relchecks", len(t.Checks), "relhasrules", len(t.Rules) > 0 || t.Query != nil, "relhastriggers", s.triggered(t), "relispopulated", t.Query == nil || t.Query.Populated, "relreplident", replica,
			"relrowsecurity", t.RowSecurity, "relforcerowsecurity", t.ForceRowSecurity,
			"relacl", s.acl(t.ACL), "reloptions", options(t))
		for _, i := range t.Indexes {
			kind, file, pages := byte('i'), i.OID, emptyPages[methodOf(i).Name]
			if t.Key != nil {
				kind, file, pages = 'I', 0, 0
			}
			_, parts := s.Catalog.IndexChildren(t, i.OID)
			out.add("oid", i.OID, "relname", i.Name, "relnamespace", t.Schema, "relowner", t.Owner, "relam", methodOf(i).OID, "relfilenode", file, "relpages", pages, "relhassubclass", len(parts) > 0, "relispartition", i.Parent != 0,
				"relpersistence", persistence, "relkind", kind, "reloptions", settings(i.Options), "relnatts", len(i.Keys)+len(i.Include), "relispopulated", true, "relreplident", byte('n'))
		}
	}
	for _, t := range s.once.types {
		if t.Kind == types.KindComposite {
			out.add("oid", compositeRelation(t), "relname", t.Name, "relnamespace", t.Schema, "reltype", t.OID, "relowner", t.Owner, "relpersistence", byte('p'), "relkind", byte('c'),
				"relnatts", len(t.Attributes), "relispopulated", true, "relreplident", byte('n'))
		}
	}
	for _, q := range s.once.sequences {
		out.add("oid", q.OID, "relname", q.Name, "relnamespace", q.Schema, "relowner", q.Owner, "relfilenode", q.OID, "relpages", 1, "reltuples", 1.0,
			"relpersistence", s.persistence(q.Schema), "relkind", byte('S'), "relnatts", len(catalog.SequenceView(q).Columns), "relispopulated", true, "relreplident", byte('n'),
			"relacl", s.acl(q.ACL))
	}
	for _, v := range s.once.views {
		out.add("oid", v.OID, "relname", v.Name, "relnamespace", v.Schema, "reltype", rowTypeOID(v.OID), "relowner", v.Owner, "reltuples", -1.0, "relpersistence", s.persistence(v.Schema), "relkind", byte('v'),
			"relnatts", len(v.Columns), "relhasrules", true, "relhastriggers", len(v.Triggers) > 0, "relispopulated", true, "relreplident", byte('n'), "relacl", s.acl(v.ACL),
			"reloptions", settings(v.Options))
	}
	for _, v := range s.virtuals() {
		kind := byte('v')
		if r := byOID[v.OID]; r != nil {
			kind = r.kind
		}
		am, pages := catalog.OID(0), 0.0
		if kind == 'r' {
			am = amHeap
		} else {
			pages = -1
		}
		out.add("oid", v.OID, "relname", v.Name, "relnamespace", v.Schema, "reltype", rowTypeOID(v.OID), "relowner", catalog.RolePostgres, "relam", am, "reltuples", pages,
			"relpersistence", byte('p'), "relkind", kind, "relnatts", len(v.Columns), "relhasrules", kind == 'v', "relispopulated", true, "relreplident", byte('n'),
			"relacl", s.acl(v.Grants()))
	}
}

// options is pg_class.reloptions: the settings that make a table user or
// stream, and storage parameters.
func options(t *catalog.Table) any {
	var out []string
	switch {
	case t.PerUser && !t.Durable():
		out = append(out, "type=user_stream")
	case t.PerUser:
		out = append(out, "type=user")
	case !t.Durable():
		out = append(out, "type=stream")
	}
	if t.TTL > 0 {
		out = append(out, "ttl="+t.TTL.String())
	}
	if t.MaxRows > 0 {
		out = append(out, fmt.Sprintf("max_rows=%d", t.MaxRows))
	}
	return settings(append(out, t.Options...))
}

// settings is NULL without any.
func settings(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return list
}

// virtuals lists the system relations by OID, where all rows are made or those of no
// object.
func (s *Snapshot) virtuals() []*catalog.Virtual {
	if s.part == ofObject {
		return nil
	}
	all := catalog.Virtuals()
	sortByOID(all)
	return all
}

// virtualByOID finds a system relation, of this package or a session's; nil if
// there is none.
func virtualByOID(oid catalog.OID) *catalog.Virtual {
	for _, v := range catalog.Virtuals() {
		if v.OID == oid {
			return v
		}
	}
	return nil
}

// vector makes an int2vector or oidvector.
func vector(elem *types.Type, list []int64) types.Datum {
	elems := make([]types.Datum, len(list))
	for i, v := range list {
		elems[i] = types.Int(v)
	}
	return types.Object(types.NewVector(elem, elems))
}

// array makes an array of integers.
func array(elem *types.Type, list []int64) types.Datum {
	elems := make([]types.Datum, len(list))
	for i, v := range list {
		elems[i] = types.Int(v)
	}
	return types.ArrayDatum(elem, elems)
}
