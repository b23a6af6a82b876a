package pgcatalog

import (
	"fmt"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// manyTables makes a catalog of n tables of ten columns each.
func manyTables(n int) (*Snapshot, []*catalog.Table) {
	edit := catalog.New().Edit()
	var tables []*catalog.Table
	for i := range n {
		t := &catalog.Table{OID: edit.NewOID(), Name: fmt.Sprintf("t%d", i), Schema: catalog.SchemaPublic, Database: catalog.DatabaseFirst, Owner: catalog.RolePostgres, Kind: catalog.KindDurable, NextColumn: 11}
		for c := range 10 {
			t.Columns = append(t.Columns, &catalog.Column{Num: int16(c + 1), Name: fmt.Sprintf("c%d", c), Type: catalog.TypeRef{Type: types.Int4}, Typmod: types.NoTypmod, Default: "1"})
		}
		t.Indexes = []*catalog.Index{{OID: edit.NewOID(), Name: t.Name + "_pkey", Unique: true, Primary: true, ConstraintOID: edit.NewOID(), Keys: []catalog.IndexKey{{Column: 1}}}}
		edit.Put(t)
		tables = append(tables, t)
	}
	cat := edit.Done()
	db := cat.Get(catalog.DatabaseFirst).(*catalog.Database)
	return NewSnapshot(cat, db, cat.RoleByOID(catalog.RolePostgres), nil), tables
}

func count(t testing.TB, s *Snapshot, relation, column string, value types.Datum) (n int) {
	r := find("pg_catalog." + relation)
	err := s.Rows(r.Virtual, r.columns[column], value, func(types.Row) error { n++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestLookup finds the rows of one table among those of a thousand without
// reading the others.
func TestLookup(t *testing.T) {
	s, tables := manyTables(1000)
	for _, table := range tables {
		oid := datum(table.OID)
		if n := count(t, s, "pg_class", "oid", oid); n != 1 {
			t.Fatalf("%d rows of pg_class for %s", n, table.Name)
		}
		if n := count(t, s, "pg_class", "relname", types.String(table.Name)); n != 1 {
			t.Fatalf("%d rows of pg_class named %s", n, table.Name)
		}
		if n := count(t, s, "pg_attribute", "attrelid", oid); n != 10+len(SystemColumns) {
			t.Fatalf("%d rows of pg_attribute for %s", n, table.Name)
		}
		if n := count(t, s, "pg_attrdef", "adrelid", oid); n != 10 {
			t.Fatalf("%d rows of pg_attrdef for %s", n, table.Name)
		}
		if n := count(t, s, "pg_index", "indrelid", oid); n != 1 {
			t.Fatalf("%d rows of pg_index for %s", n, table.Name)
		}
	}
	if n := count(t, s, "pg_class", "oid", types.Int(4_000_000_000)); n != 0 {
		t.Errorf("%d rows for an OID that nothing has", n)
	}
	if n := count(t, s, "pg_type", "oid", types.Int(23)); n != 1 {
		t.Errorf("%d rows for a built-in type", n)
	}
}

// TestUniqueOIDs has every catalog's oid once.
func TestUniqueOIDs(t *testing.T) {
	s, _ := manyTables(50)
	for _, r := range byOID {
		at, ok := r.columns["oid"]
		if !ok || !r.Stored {
			continue
		}
		seen := map[int64]bool{}
		err := s.Rows(r.Virtual, -1, types.Null, func(row types.Row) error {
			if seen[row[at].Int()] {
				t.Errorf("%s has oid %d twice", r.Name, row[at].Int())
			}
			seen[row[at].Int()] = true
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestFunctionNames has a function of pg_proc for every name here, so that each
// can be called.
func TestFunctionNames(t *testing.T) {
	for name := range functions {
		if len(expr.FunctionsNamed(name)) == 0 {
			t.Errorf("no function is named %s", name)
		}
	}
}

func BenchmarkSnapshot(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s, tables := manyTables(1000)
		b.StartTimer()
		count(b, s, "pg_class", "oid", datum(tables[0].OID))
		count(b, s, "pg_attribute", "attrelid", datum(tables[0].OID))
	}
}
