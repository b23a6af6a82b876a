package pgcatalog

import (
	"sort"
	"sync"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Snapshot is what the system relations hold for one version of the catalog,
// one database and, since information_schema shows what one may use, one role.
// It is safe for any number of goroutines.
type Snapshot struct {
	Catalog  *catalog.Catalog
	Database *catalog.Database
	Role     *catalog.Role
	mu       struct {
		sync.Mutex
		sets map[catalog.OID]*set
	}
	foreign struct {
		sync.Once
		by map[catalog.OID][]foreignKey // by the table they reference
	}
	once struct {
		sync.Once
		tables    []*catalog.Table
		views     []*catalog.View
		sequences []*catalog.Sequence
		schemas   []*catalog.Schema
		types     []*catalog.UserType
	}
}

// set is the rows of one relation.
type set struct {
	list []types.Row
	mu   struct {
		sync.Mutex
		// indexes maps, for a column, a value to the rows that have it.
		indexes map[int]map[any][]types.Row
	}
}

// NewSnapshot describes a version of the catalog that does not change while the
// snapshot is used.
func NewSnapshot(cat *catalog.Catalog, database *catalog.Database, role *catalog.Role) *Snapshot {
	return &Snapshot{Catalog: cat, Database: database, Role: role}
}

// Has says whether the relation's rows are made here.
func Has(v *catalog.Virtual) bool { return byOID[v.OID] != nil }

// Rows gives the rows of a relation, or only those whose column at position
// column equals value; column is -1 for all. The rows are shared and must not
// be changed.
func (s *Snapshot) Rows(v *catalog.Virtual, column int, value types.Datum, yield func(types.Row) error) error {
	r := byOID[v.OID]
	if r == nil {
		return sqlerr.Internal("no rows for view %s", v.Name)
	}
	for _, set := range []*set{r.builtinSet(), s.set(r)} {
		list := set.list
		if column >= 0 {
			list = set.lookup(column, value)
		}
		for _, row := range list {
			if err := yield(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// one gives the row of a catalog with that oid, and its relation; nil if there
// is none.
func (s *Snapshot) one(catalogName string, oid catalog.OID) (*relation, types.Row) {
	r := find("pg_catalog." + catalogName)
	at := r.columns["oid"]
	for _, set := range []*set{r.builtinSet(), s.set(r)} {
		if found := set.lookup(at, types.Int(int64(oid))); len(found) > 0 {
			return r, found[0]
		}
	}
	return r, nil
}

// builtinSet gives the rows of built-in objects, which are in every version.
func (r *relation) builtinSet() *set {
	r.builtins.Do(func() { r.builtins.set = &set{list: r.builtin()} })
	return r.builtins.set
}

// firstXID is the first transaction number that PostgreSQL hands out.
const firstXID = 3

// set makes the relation's rows at the first call. Two sessions that meet here
// may both make them; one set stays.
func (s *Snapshot) set(r *relation) *set {
	s.mu.Lock()
	st := s.mu.sets[r.OID]
	s.mu.Unlock()
	if st != nil {
		return st
	}
	out := &rows{r: r}
	if r.make != nil {
		r.make(s, out)
	}
	if r.Stored {
		for _, row := range out.list {
			row[len(r.Columns)+1] = types.Int(firstXID + int64(s.Catalog.Version))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st = s.mu.sets[r.OID]; st == nil {
		st = &set{list: out.list}
		if s.mu.sets == nil {
			s.mu.sets = map[catalog.OID]*set{}
		}
		s.mu.sets[r.OID] = st
	}
	return st
}

// lookup finds the rows whose column has a value.
func (st *set) lookup(column int, value types.Datum) []types.Row {
	if value.IsNull() || len(st.list) == 0 {
		return nil
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	index := st.mu.indexes[column]
	if index == nil {
		index = map[any][]types.Row{}
		for _, row := range st.list {
			if k := key(row[column]); k != nil {
				index[k] = append(index[k], row)
			}
		}
		if st.mu.indexes == nil {
			st.mu.indexes = map[int]map[any][]types.Row{}
		}
		st.mu.indexes[column] = index
	}
	return index[key(value)]
}

// key gives a comparable form of an integer or a string; nil for NULL.
func key(d types.Datum) any {
	switch {
	case d.IsNull():
		return nil
	case d.IsString():
		return d.Str()
	}
	return d.Int()
}

// objects sorts the catalog's objects of the database once.
func (s *Snapshot) objects() {
	s.once.Do(func() {
		o := &s.once
		for object := range s.Catalog.All() {
			if sc := s.Catalog.SchemaByOID(object.Parent()); sc != nil && sc.Database != 0 && sc.Database != s.Database.OID {
				continue
			}
			switch object := object.(type) {
			case *catalog.Table:
				o.tables = append(o.tables, object)
			case *catalog.View:
				o.views = append(o.views, object)
			case *catalog.Sequence:
				o.sequences = append(o.sequences, object)
			case *catalog.UserType:
				o.types = append(o.types, object)
			case *catalog.Schema:
				if object.Database == s.Database.OID {
					o.schemas = append(o.schemas, object)
				}
			}
		}
		for _, oid := range []catalog.OID{catalog.SchemaPGCatalog, catalog.SchemaInfo, catalog.SchemaKalam} {
			o.schemas = append(o.schemas, s.Catalog.SchemaByOID(oid))
		}
		sortByOID(o.tables)
		sortByOID(o.views)
		sortByOID(o.sequences)
		sortByOID(o.types)
		sortByOID(o.schemas)
	})
}

func sortByOID[T catalog.Object](list []T) {
	sort.Slice(list, func(i, j int) bool { return list[i].ObjectOID() < list[j].ObjectOID() })
}

// env resolves the names in stored expressions: pg_catalog only, and columns.
func (s *Snapshot) env() *plan.Env {
	return &plan.Env{Catalog: s.Catalog, Database: s.Database.OID, SearchPath: []string{"public"}, Types: types.DefaultEnv, Shown: s.routineName}
}

func (s *Snapshot) schemaName(oid catalog.OID) string {
	if sc := s.Catalog.SchemaByOID(oid); sc != nil {
		return sc.Name
	}
	return ""
}

// roleName is pg_get_userbyid().
func (s *Snapshot) roleName(oid catalog.OID) string {
	if r := s.Catalog.RoleByOID(oid); r != nil {
		return r.Name
	}
	return "unknown (OID=" + decimal(int64(oid)) + ")"
}
