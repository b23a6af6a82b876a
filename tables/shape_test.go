package tables

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// shape describes a table to make: columns as "name type", then indexes.
type shape struct {
	name    string
	columns string // "id int8, v text"
	primary string // "id"
	unique  []string
	index   []string // "v", "v desc", "v nulls first", "a b"
	kind    catalog.TableKind
	perUser bool
	ttl     time.Duration
	maxRows int64
	// nullsNotDistinct is of all unique indexes.
	nullsNotDistinct bool
}

// table makes a table.
func (w *world) table(s shape) *catalog.Table {
	w.t.Helper()
	ctx := context.Background()
	tx := w.store.Begin(TxOptions{Sync: true})
	defer tx.Rollback()
	e, err := tx.Edit(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	table := s.describe(w.t, e)
	tx.PutObject(table)
	w.commit(tx)
	return table
}

func (s shape) describe(t testing.TB, e *catalog.Editor) *catalog.Table {
	kind := s.kind
	if kind == 0 {
		kind = catalog.KindDurable
	}
	table := &catalog.Table{OID: e.NewOID(), Name: s.name, Schema: catalog.SchemaPublic, Database: catalog.DatabaseFirst, Owner: catalog.RolePostgres, Kind: kind, PerUser: s.perUser, TTL: s.ttl, MaxRows: s.maxRows}
	for i, c := range strings.Split(s.columns, ", ") {
		name, typ, _ := strings.Cut(c, " ")
		column := &catalog.Column{Num: int16(i + 1), Name: name, Type: catalog.TypeRef{Type: types.ByName(typ)}, Typmod: types.NoTypmod}
		if column.Type.Type == nil {
			t.Fatalf("no type %s", typ)
		}
		table.Columns = append(table.Columns, column)
	}
	table.NextColumn = int16(len(table.Columns) + 1)
	add := func(suffix, list string, index catalog.Index) {
		index.OID = e.NewOID()
		words := strings.Fields(list)
		index.Name = s.name
		for i := 0; i < len(words); i++ {
			switch words[i] {
			case "desc":
				k := &index.Keys[len(index.Keys)-1]
				k.Desc, k.NullsFirst = true, true
			case "nulls":
				i++
				index.Keys[len(index.Keys)-1].NullsFirst = words[i] == "first"
			default:
				index.Keys = append(index.Keys, catalog.IndexKey{Column: table.Columns[table.ColumnIndex(words[i])].Num})
				if !index.Primary {
					index.Name += "_" + words[i]
				}
			}
		}
		index.Name += suffix
		table.Indexes = append(table.Indexes, &index)
	}
	if s.primary != "" {
		add("_pkey", s.primary, catalog.Index{Primary: true, Unique: true, Constraint: true})
	}
	for _, u := range s.unique {
		add("_key", u, catalog.Index{Unique: true, Constraint: true, NullsNotDistinct: s.nullsNotDistinct})
	}
	for _, i := range s.index {
		add("_idx", i, catalog.Index{})
	}
	return table
}
