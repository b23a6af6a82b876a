package pgcatalog

import (
	"maps"
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
		// bases are the rows of relations at this version or an earlier one, held is what
		// this version has, and since what differs from earlier ones.
		bases map[catalog.OID]*base
		held  *objects
		since map[*objects]map[catalog.OID]bool
	}
	// part is which rows are made, and all the snapshot of all of them; see parts.go.
	part part
	all  *Snapshot
	once struct {
		sync.Once
		tables    []*catalog.Table
		views     []*catalog.View
		sequences []*catalog.Sequence
		schemas   []*catalog.Schema
		types     []*catalog.UserType
		routines  []*catalog.Routine
	}
}

// set is the rows of one relation.
type set struct {
	list []types.Row
	// base, unless it is nil, has the other rows: those of objects that are not in changed.
	base    *base
	changed map[catalog.OID]bool
	mu      struct {
		sync.Mutex
		// indexes maps, for a column, a value to the rows of list that have it.
		indexes map[int]map[any][]int32
	}
}

// NewSnapshot describes a version of the catalog that does not change while the
// snapshot is used. Of another version of the same database for the same role, which may
// be nil, it keeps what is still true.
func NewSnapshot(cat *catalog.Catalog, database *catalog.Database, role *catalog.Role, earlier *Snapshot) *Snapshot {
	s := &Snapshot{Catalog: cat, Database: database, Role: role}
	if earlier != nil && earlier.Database == database && earlier.Role == role {
		earlier.mu.Lock()
		s.mu.bases = maps.Clone(earlier.mu.bases)
		earlier.mu.Unlock()
	}
	return s
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
		if column < 0 {
			if err := set.each(yield); err != nil {
				return err
			}
			continue
		}
		for _, row := range set.lookup(column, value) {
			if err := yield(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// Statistics counts the rows of a relation, and their values, for the planner.
func (s *Snapshot) Statistics(v *catalog.Virtual) *plan.VirtualStatistics {
	r := byOID[v.OID]
	return &plan.VirtualStatistics{
		Rows: func() float64 { return float64(r.builtinSet().rows() + s.set(r).rows()) },
		Distinct: func(column int) float64 {
			return float64(r.builtinSet().distinct(column) + s.set(r).distinct(column))
		},
	}
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
	if s.all != nil {
		s = s.all
	}
	s.mu.Lock()
	st := s.mu.sets[r.OID]
	s.mu.Unlock()
	if st != nil {
		return st
	}
	var made *set
	if r.parts {
		made = s.partial(r)
	} else {
		out := &rows{r: r}
		if r.make != nil {
			r.make(s, out)
		}
		s.stamp(r, out.list)
		made = &set{list: out.list}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st = s.mu.sets[r.OID]; st == nil {
		st = made
		if s.mu.sets == nil {
			s.mu.sets = map[catalog.OID]*set{}
		}
		s.mu.sets[r.OID] = st
	}
	return st
}

// each gives all rows.
func (st *set) each(yield func(types.Row) error) error {
	if st.base != nil {
		for i, row := range st.base.list {
			if st.changed[st.base.owners[i]] {
				continue
			}
			if err := yield(row); err != nil {
				return err
			}
		}
	}
	for _, row := range st.list {
		if err := yield(row); err != nil {
			return err
		}
	}
	return nil
}

// rows is about how many rows there are.
func (st *set) rows() int {
	n := len(st.list)
	if st.base != nil {
		n += len(st.base.list)
	}
	return n
}

// distinct is about how many different values a column has.
func (st *set) distinct(column int) int {
	n := st.values(column)
	if st.base != nil {
		n = max(n, st.base.values(column))
	}
	return n
}

// lookup finds the rows whose column has a value.
func (st *set) lookup(column int, value types.Datum) (found []types.Row) {
	if value.IsNull() {
		return nil
	}
	if st.base != nil {
		for _, i := range st.base.positions(column, value) {
			if !st.changed[st.base.owners[i]] {
				found = append(found, st.base.list[i])
			}
		}
	}
	for _, i := range st.positions(column, value) {
		found = append(found, st.list[i])
	}
	return found
}

// positions finds where in list the rows are whose column has a value.
func (st *set) positions(column int, value types.Datum) []int32 {
	if len(st.list) == 0 {
		return nil
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.index(column)[key(value)]
}

// values is how many different values a column has in list.
func (st *set) values(column int) int {
	st.mu.Lock()
	defer st.mu.Unlock()
	return len(st.index(column))
}

// index has the positions of the rows by the values of a column. The caller holds mu.
func (st *set) index(column int) map[any][]int32 {
	index := st.mu.indexes[column]
	if index != nil {
		return index
	}
	index = map[any][]int32{}
	for i, row := range st.list {
		if k := key(row[column]); k != nil {
			index[k] = append(index[k], int32(i))
		}
	}
	if st.mu.indexes == nil {
		st.mu.indexes = map[int]map[any][]int32{}
	}
	st.mu.indexes[column] = index
	return index
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
			case *catalog.Routine:
				o.routines = append(o.routines, object)
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
		sortByOID(o.routines)
		sortByOID(o.schemas)
	})
}

// entire is the snapshot of all objects.
func (s *Snapshot) entire() *Snapshot {
	if s.all != nil {
		s = s.all
	}
	s.objects()
	return s
}

func sortByOID[T catalog.Object](list []T) {
	sort.Slice(list, func(i, j int) bool { return list[i].ObjectOID() < list[j].ObjectOID() })
}

// env resolves the names in stored expressions: pg_catalog only, and columns.
func (s *Snapshot) env() *plan.Env {
	return &plan.Env{Catalog: s.Catalog, Database: s.Database.OID, SearchPath: []string{"public"}, Types: types.DefaultEnv, Shown: s.routineName, ShownOperator: s.operatorName}
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
