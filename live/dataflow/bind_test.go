package dataflow

import (
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

func column(num int16, name string, t *types.Type) *catalog.Column {
	return &catalog.Column{Num: num, Name: name, Type: catalog.TypeRef{Type: t}, Typmod: types.NoTypmod}
}

// testTable has columns id (the primary key), gone, n.
func testTable() *catalog.Table {
	return &catalog.Table{OID: 20000, Name: "t", Schema: catalog.SchemaPublic, Kind: catalog.KindDurable,
		Columns: []*catalog.Column{column(1, "id", types.Int8), column(2, "gone", types.Text), column(3, "n", types.Int4)},
		Indexes: []*catalog.Index{{Name: "t_pkey", Primary: true, Unique: true, Keys: []catalog.IndexKey{{Column: 1}}}}}
}

// testProgram is SELECT n, _seq FROM t WHERE n > 5.
func testProgram(t *testing.T, table *catalog.Table) *Program {
	t.Helper()
	n := &expr.Column{Index: 2, T: types.Int4, Mod: types.NoTypmod, Name: "n"}
	cond, err := expr.ResolveOperator(">", n, &expr.Const{Value: types.Int(5), T: types.Int4, Mod: types.NoTypmod}, -1)
	if err != nil {
		t.Fatal(err)
	}
	seq := &expr.Column{Index: 3, T: types.Int8, Mod: types.NoTypmod, Name: "_seq"}
	root := &plan.Project{Input: &plan.Scan{Table: table, Filter: cond}, Exprs: []expr.Expr{n, seq}}
	p, err := Compile(&plan.Plan{Root: root, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// partitionProgram is testProgram of a partition t, whose rows are read as those of a
// table with the columns n, id and gone.
func partitionProgram(t *testing.T, table *catalog.Table) *Program {
	t.Helper()
	at := func(i int, of *types.Type) *expr.Column { return &expr.Column{Index: i, T: of, Mod: types.NoTypmod} }
	up := &plan.Project{Input: &plan.Scan{Table: table}, Exprs: []expr.Expr{at(2, types.Int4), at(0, types.Int8), at(1, types.Text), at(3, types.Int8)}}
	root := &plan.Project{Input: up, Exprs: []expr.Expr{at(0, types.Int4), at(3, types.Int8)}}
	p, err := Compile(&plan.Plan{Root: root, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBindToOtherDescriptors(t *testing.T) {
	table := testTable()
	bindToOthers(t, table, testProgram(t, table))
	bindToOthers(t, table, partitionProgram(t, table))
}

func bindToOthers(t *testing.T, table *catalog.Table, p *Program) {
	t.Helper()
	for _, try := range []struct {
		name string
		edit func(*catalog.Table)
		ok   bool
	}{
		{"nothing", func(*catalog.Table) {}, true},
		{"an unused column dropped", func(t *catalog.Table) { t.Columns = append(t.Columns[:1:1], t.Columns[2]) }, true},
		{"a column added", func(t *catalog.Table) { t.Columns = append(t.Columns, column(4, "new", types.Text)) }, true},
		{"an unused column renamed", func(t *catalog.Table) { t.Columns[1] = column(2, "x", types.Text) }, true},
		{"a used column renamed", func(t *catalog.Table) { t.Columns[2] = column(3, "x", types.Int4) }, false},
		{"a used column retyped", func(t *catalog.Table) { t.Columns[2] = column(3, "n", types.Int8) }, false},
		{"a used column dropped", func(t *catalog.Table) { t.Columns = t.Columns[:2] }, false},
		{"dropped and made again", func(t *catalog.Table) { t.Columns[2] = column(4, "n", types.Int4) }, false},
		{"the table renamed", func(t *catalog.Table) { t.Name = "u" }, false},
		{"the primary key dropped", func(t *catalog.Table) { t.Indexes = nil }, false},
		{"another table", func(t *catalog.Table) { t.OID++ }, false},
	} {
		is := table.Clone()
		try.edit(is)
		flow, ok := p.For(is)
		if ok != try.ok {
			t.Errorf("%s: bound %v", try.name, ok)
		}
		if !ok {
			continue
		}
		row := make(types.Row, len(is.Columns)+1)
		row[is.Ordinal(3)], row[len(is.Columns)] = types.Int(7), types.Int(99)
		out, ok, err := flow.Row(&expr.Context{}, row)
		if err != nil || !ok || out[0].Int() != 7 || out[1].Int() != 99 {
			t.Errorf("%s: row %v, %v, %v", try.name, out, ok, err)
		}
	}
}

func TestDeltas(t *testing.T) {
	table := testTable()
	flow, _ := testProgram(t, table).For(table)
	stored := func(n int64) types.Row {
		return types.Row{types.Int(1), types.Null, types.Int(n), types.Int(9), types.Null}
	}
	for _, try := range []struct {
		change  tables.Change
		weights []int
		cause   Cause
	}{
		{tables.Change{New: stored(6)}, []int{+1}, Inserted},
		{tables.Change{New: stored(5)}, nil, 0},
		{tables.Change{Old: stored(6)}, []int{-1}, Deleted},
		{tables.Change{Old: stored(6), Reason: tables.Expire}, []int{-1}, Expired},
		{tables.Change{Old: stored(6), New: stored(7)}, []int{-1, +1}, Updated},
		{tables.Change{Old: stored(4), New: stored(7)}, []int{+1}, Updated},
		{tables.Change{Old: stored(7), New: stored(4)}, []int{-1}, Updated},
	} {
		try.change.Table, try.change.Key = table, "1"
		d, err := flow.Apply(&expr.Context{}, []*tables.Change{&try.change})
		if err != nil || len(d) != len(try.weights) {
			t.Errorf("%+v: %v, %v", try.change, d, err)
			continue
		}
		for i, e := range d {
			if e.Weight != try.weights[i] || e.Cause != try.cause || e.ID != "1" {
				t.Errorf("%+v: entry %+v", try.change, e)
			}
		}
	}
	short := tables.Change{Table: table, New: types.Row{types.Int(1)}}
	if _, err := flow.Apply(&expr.Context{}, []*tables.Change{&short}); err == nil {
		t.Error("a row of another layout was accepted")
	}
}
