package plexec

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// TriggerCall is what a trigger function is called for.
type TriggerCall struct {
	Name     string
	Relation *catalog.Table
	Schema   string // of Relation
	When     string // BEFORE, AFTER, INSTEAD OF
	Level    string // ROW, STATEMENT
	Op       string // INSERT, UPDATE, DELETE, TRUNCATE
	Args     []string
	// Old and New are rows of the table's columns; nil where there is none.
	Old, New types.Row
}

// triggerVariables are those of a trigger function.
type triggerVariables struct {
	new, old                                                                   int
	name, when, level, op, relid, relname, tableName, tableSchema, nargs, argv int
}

func newTriggerVariables(given func(kind, ...string) int) *triggerVariables {
	record := kind{typ: types.RecordType, typmod: types.NoTypmod, record: true}
	of := func(t *types.Type) kind { return kind{typ: t, typmod: types.NoTypmod} }
	return &triggerVariables{
		new: given(record, "new"), old: given(record, "old"),
		name: given(of(types.Name), "tg_name"), when: given(of(types.Text), "tg_when"), level: given(of(types.Text), "tg_level"),
		op: given(of(types.Text), "tg_op"), relid: given(of(types.Oid), "tg_relid"), relname: given(of(types.Name), "tg_relname"),
		tableName: given(of(types.Name), "tg_table_name"), tableSchema: given(of(types.Name), "tg_table_schema"),
		nargs: given(of(types.Int4), "tg_nargs"), argv: given(of(types.Text.Array), "tg_argv"),
	}
}

// RunTrigger calls a trigger function and gives the row that it returned, nil for NULL.
func RunTrigger(ctx context.Context, host Host, fn *Function, t *TriggerCall) (types.Row, error) {
	f := newFrame(ctx, host, fn)
	defer host.Enter(f.context)()
	v := fn.trigger
	f.setRow(v.new, t.Relation, t.New)
	f.setRow(v.old, t.Relation, t.Old)
	for n, text := range map[int]string{v.name: t.Name, v.when: t.When, v.level: t.Level, v.op: t.Op, v.relname: t.Relation.Name, v.tableName: t.Relation.Name, v.tableSchema: t.Schema} {
		f.vars[n].value = types.String(text)
	}
	f.vars[v.relid].value = types.Int(int64(t.Relation.OID))
	f.vars[v.nargs].value = types.Int(int64(len(t.Args)))
	if len(t.Args) > 0 {
		argv := &types.Array{Elem: types.Text, Dims: []int{len(t.Args)}, Lower: []int{0}}
		for _, a := range t.Args {
			argv.Elems = append(argv.Elems, types.String(a))
		}
		f.vars[v.argv].value = types.Object(argv)
	}
	if err := f.body(); err != nil {
		return nil, err
	}
	if !f.returned {
		return nil, f.located(sqlerr.New(sqlerr.FunctionExecutedNoReturnStatement, "control reached end of trigger procedure without RETURN"))
	}
	if f.result.value.IsNull() || t.Level == "STATEMENT" {
		return nil, nil
	}
	f.line, f.stmt, f.doing = 0, nil, "during function exit"
	row, err := f.triggerRow(t.Relation)
	if err != nil {
		return nil, f.located(err)
	}
	return row, nil
}

// setRow makes a variable a row of a table; where there is none it is NULL.
func (f *frame) setRow(n int, t *catalog.Table, row types.Row) {
	at := &f.vars[n]
	for _, c := range t.Columns {
		at.fields = append(at.fields, types.Field{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod})
	}
	if row == nil {
		at.values, at.null = make(types.Row, len(t.Columns)), true
		return
	}
	at.values, at.null = append(types.Row{}, row[:len(t.Columns)]...), false
}

// triggerRow gives the value that was returned the types of a table's columns.
func (f *frame) triggerRow(t *catalog.Table) (types.Row, error) {
	record := f.result.value.Record()
	if record == nil {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "cannot return non-composite value from function returning composite type")
	}
	if len(record.Values) != len(t.Columns) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "returned row structure does not match the structure of the triggering table").
			WithDetail("Number of returned columns (%d) does not match expected column count (%d).", len(record.Values), len(t.Columns))
	}
	out := make(types.Row, len(record.Values))
	for i, c := range t.Columns {
		var err error
		if out[i], err = f.convert(typed{record.Values[i], record.Types[i], types.NoTypmod}, c.Type.Type, c.Typmod); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// recordNamed is the variable that an expression is the name of; -1 if it is anything
// else.
func recordNamed(e *plpgsql.Expr) int {
	ref, ok := e.Value.(*ast.ColumnRef)
	if !ok || ref.Star {
		return -1
	}
	if n, used := e.Names.Find(ref.Fields); used == len(ref.Fields) {
		return n
	}
	return -1
}
