package ddl

import (
	"cmp"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// foreignTables lists the tables of a server, by OID.
func (s *Session) foreignTables(server catalog.OID) (list []*catalog.Table) {
	for o := range s.Tx.Catalog().All() {
		if t, ok := o.(*catalog.Table); ok && t.Server == server {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *catalog.Table) int { return cmp.Compare(a.OID, b.OID) })
	return list
}

// foreignConstraints are the constraints that foreign tables do not have.
var foreignConstraints = map[ast.ConstrType]string{
	ast.ConstrPrimary: "primary key", ast.ConstrUnique: "unique", ast.ConstrForeign: "foreign key", ast.ConstrExclusion: "exclusion",
}

// notForeign is the error that foreign tables do not have a constraint.
func notForeign(list []*ast.Constraint) error {
	for _, k := range list {
		if word := foreignConstraints[k.Type]; word != "" {
			return sqlerr.New(sqlerr.FeatureNotSupported, "%s constraints are not supported on foreign tables", word).At(k.Pos())
		}
	}
	return nil
}

// fitsForeign checks that a foreign table can have what CREATE FOREIGN TABLE says.
func fitsForeign(st *ast.CreateStmt) error {
	for _, e := range st.Elements {
		switch e := e.(type) {
		case *ast.ColumnDef:
			if err := notForeign(e.Constraints); err != nil {
				return err
			}
		case *ast.Constraint:
			if err := notForeign([]*ast.Constraint{e}); err != nil {
				return err
			}
		case *ast.TableLike:
			return sqlerr.New(sqlerr.WrongObjectType, "LIKE is not supported for creating foreign tables").At(e.Relation.Pos())
		}
	}
	return nil
}

// ofServer makes the table one of a server, and gives its columns their options.
func (b *tableBuilder) ofServer(st *ast.CreateStmt) (err error) {
	cat, t := b.edit.Catalog(), b.table
	v := cat.ForeignServer(b.s.Env.Database, st.Server)
	if v == nil {
		return absentServer(st.Server)
	}
	if err := b.s.mayUseServer(v); err != nil {
		return err
	}
	t.Server = v.OID
	if t.ServerOptions, err = b.s.foreignOptions(nil, st.ServerOptions, optionsOfTable, cat.WrapperOf(v).Validator); err != nil {
		return err
	}
	for _, def := range st.Columns {
		if err := b.columnOptions(def); err != nil {
			return err
		}
	}
	return nil
}

// columnOptions gives a column the options of its definition.
func (b *tableBuilder) columnOptions(def *ast.ColumnDef) (err error) {
	at := b.table.ColumnIndex(def.Name)
	if def.FdwOptions == nil || at < 0 {
		return nil
	}
	if err := actionFits("AlterColumnGenericOptions", b.table); err != nil {
		return err
	}
	c := *b.table.Columns[at]
	cat := b.s.Tx.Catalog()
	validator := cat.WrapperOf(cat.ForeignServerByOID(b.table.Server)).Validator
	if c.ServerOptions, err = b.s.foreignOptions(c.ServerOptions, def.FdwOptions, optionsOfAttribute, validator); err != nil {
		return err
	}
	b.table.Columns[at] = &c
	return nil
}

// alterForeignOptions runs OPTIONS (...) of ALTER FOREIGN TABLE, of the table or of a column.
func (s *Session) alterForeignOptions(old *catalog.Table, cmd *ast.AlterTableCmd) (err error) {
	t := old.Clone()
	if cmd.Kind == "AlterColumnGenericOptions" {
		if _, err := alterableColumn(t, cmd.Name); err != nil {
			return err
		}
		b := &tableBuilder{s: s, table: t, altering: true}
		err = b.columnOptions(&ast.ColumnDef{Name: cmd.Name, FdwOptions: cmd.Foreign})
	} else {
		cat := s.Tx.Catalog()
		t.ServerOptions, err = s.foreignOptions(t.ServerOptions, cmd.Foreign, optionsOfTable, cat.WrapperOf(cat.ForeignServerByOID(t.Server)).Validator)
	}
	if err == nil {
		s.Tx.PutObject(t)
	}
	return err
}
