package ddl

import (
	"context"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// createTableAs runs CREATE TABLE AS, SELECT INTO and CREATE MATERIALIZED VIEW, and gives the number of
// rows; filled is false when the query was not run.
func (s *Session) createTableAs(ctx context.Context, st *ast.CreateTableAsStmt) (rows int64, filled bool, err error) {
	into := st.Into
	schema, temporary, err := s.creationSchema(ctx, into.Relation, into.Persistence)
	if err != nil {
		return 0, false, err
	}
	p, params, err := s.PlanInner(st.Query)
	if err != nil {
		return 0, false, err
	}
	if st.Materialized && len(p.Params) > 0 {
		return 0, false, sqlerr.New(sqlerr.FeatureNotSupported, "materialized views may not be defined using bound parameters")
	}
	edit, err := s.edit(ctx, temporary)
	if err != nil {
		return 0, false, err
	}
	if edit.Catalog().RelationNameTaken(schema.OID, into.Relation.Name) {
		if st.IfNotExists {
			s.notice(sqlerr.DuplicateTable, `relation "%s" already exists, skipping`, into.Relation.Name)
			return 0, false, nil
		}
		return 0, false, sqlerr.New(sqlerr.DuplicateTable, `relation "%s" already exists`, into.Relation.Name)
	}
	b := &tableBuilder{s: s, edit: edit, schema: schema, taken: map[string]bool{}}
	b.table = &catalog.Table{OID: edit.NewOID(), Name: into.Relation.Name, Schema: schema.OID, Database: schema.Database, Owner: s.Role.OID, Kind: catalog.KindDurable, NextColumn: 1}
	if err := b.kind(&ast.CreateStmt{Relation: into.Relation, TableKind: st.TableKind, Options: into.Options}); err != nil {
		return 0, false, err
	}
	if err := makeTemporary(b.table, temporary, into.OnCommit); err != nil {
		return 0, false, err
	}
	if err := b.resultColumns(into.Columns, p.Root.Columns()); err != nil {
		return 0, false, err
	}
	b.table.ACL = s.newTableACL(b.table)
	if st.Materialized {
		query, ok := st.Query.(*ast.SelectStmt)
		if !ok {
			return 0, false, sqlerr.Internal("materialized view of %s", st.Query.Kind())
		}
		if b.table.Query, err = s.materializedQuery(b.table, query, p); err != nil {
			return 0, false, err
		}
		b.table.Query.Populated = !into.NoData
	}
	s.Tx.PutObject(b.table)
	if into.NoData {
		_, executed := st.Query.(*ast.ExecuteStmt)
		return 0, executed, nil
	}
	err = s.Run(p, params, func(row types.Row) error {
		rows++
		_, err := s.Tx.Insert(ctx, b.table, s.User, row.Clone())
		return err
	})
	return rows, true, err
}

// resultColumns makes a table's columns from a query's.
func (b *tableBuilder) resultColumns(names []string, cols []plan.Column) error {
	if len(names) > len(cols) {
		return sqlerr.New(sqlerr.SyntaxError, "too many column names were specified")
	}
	for i, c := range cols {
		name := c.Name
		if i < len(names) {
			name = names[i]
		}
		if b.table.ColumnIndex(name) >= 0 {
			return sqlerr.New(sqlerr.DuplicateColumn, `column "%s" specified more than once`, name)
		}
		if c.Type == types.Void || c.Type == types.RecordType || c.Type.Elem == types.RecordType {
			return sqlerr.New(sqlerr.InvalidTableDefinition, `column "%s" has pseudo-type %s`, name, c.Type)
		}
		if err := b.s.mayHoldRows(b.table, c.Type); err != nil {
			return err
		}
		if err := mayUseType(b.s.Tx.Catalog(), b.s.Role.OID, c.Type); err != nil {
			return err
		}
		b.table.Columns = append(b.table.Columns, &catalog.Column{Num: b.table.NextColumn, Name: name, Type: catalog.TypeRef{Type: c.Type}, Typmod: c.Typmod, Collation: c.Collation})
		b.table.NextColumn++
	}
	return nil
}

func selectTag(rows int64) string { return "SELECT " + strconv.FormatInt(rows, 10) }
