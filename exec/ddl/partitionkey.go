package ddl

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// partitionBy makes the table a partitioned one.
func (b *tableBuilder) partitionBy(spec *ast.PartitionSpec) error {
	t := b.table
	key := &catalog.PartitionKey{Strategy: map[string]catalog.PartitionStrategy{"list": catalog.PartitionList, "range": catalog.PartitionRange, "hash": catalog.PartitionHash}[spec.Strategy]}
	if key.Strategy == catalog.PartitionList && len(spec.Params) > 1 {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, `cannot use "list" partition strategy with more than one column`)
	}
	if len(spec.Params) > 32 {
		return sqlerr.New("54011", "cannot partition using more than 32 columns").At(spec.Pos())
	}
	for i, e := range spec.Params {
		column, err := b.partitionColumn(e, i+1)
		if err != nil {
			return err
		}
		typ := column.Type.Type
		method := catalog.AccessMethodNamed("btree")
		if key.Strategy == catalog.PartitionHash {
			method = catalog.AccessMethodNamed("hash")
		}
		if len(e.OpClass) > 0 {
			if column.OpClass, err = b.keyClass(method, e, typ); err != nil {
				return err
			}
		}
		switch {
		case key.Strategy == catalog.PartitionHash && !typ.Hashable():
			return sqlerr.New(sqlerr.UndefinedObject, `data type %s has no default operator class for access method "hash"`, typ).
				WithHint("You must specify a hash operator class or define a default hash operator class for the data type.")
		case key.Strategy == catalog.PartitionHash && !typ.PartitionHashable():
			return sqlerr.Unsupported("PARTITION BY HASH over type %s", typ)
		case key.Strategy != catalog.PartitionHash && !typ.Comparable():
			return sqlerr.New(sqlerr.UndefinedObject, `data type %s has no default operator class for access method "btree"`, typ).
				WithHint("You must specify a btree operator class or define a default btree operator class for the data type.")
		}
		if len(e.Collation) > 0 {
			if !isCollatable(typ) {
				return sqlerr.New(sqlerr.DatatypeMismatch, "collations are not supported by type %s", typ).At(e.Pos())
			}
			if column.Collation = e.Collation[len(e.Collation)-1]; column.Collation == "default" {
				column.Collation = ""
			}
		}
		key.Columns = append(key.Columns, column)
	}
	t.Key = key
	return nil
}

func isCollatable(t *types.Type) bool {
	for t.Kind == types.KindDomain {
		t = t.Base
	}
	return t == types.Text || t == types.Varchar || t == types.BPChar || t == types.Name
}

// partitionColumn makes one column of a key, the nth.
func (b *tableBuilder) partitionColumn(e *ast.IndexElem, n int) (out catalog.PartitionColumn, err error) {
	t := b.table
	name := e.Name
	if ref, ok := e.Expr.(*ast.ColumnRef); ok && !ref.Star && len(ref.Fields) == 1 {
		name = ref.Fields[0]
	}
	if name != "" {
		at := t.ColumnIndex(name)
		switch {
		case at < 0 && slices.Contains(systemColumnNames, name):
			return out, sqlerr.New(sqlerr.InvalidObjectDefinition, `cannot use system column "%s" in partition key`, name).At(e.Pos())
		case at < 0:
			return out, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" named in partition key does not exist`, name).At(e.Pos())
		case t.Columns[at].Generated:
			return out, sqlerr.New(sqlerr.InvalidObjectDefinition, "cannot use generated column in partition key").
				WithDetail(`Column "%s" is a generated column.`, name).At(e.Pos())
		}
		return catalog.PartitionColumn{Column: t.Columns[at].Num, Type: t.Columns[at].Type}, nil
	}
	env := *b.s.Env
	env.Catalog = b.edit.Catalog()
	subquery := false
	ast.Inspect(e.Expr, func(n ast.Node) bool {
		_, is := n.(*ast.SubLink)
		subquery = subquery || is
		return !subquery
	})
	if subquery {
		return out, sqlerr.New(sqlerr.FeatureNotSupported, "cannot use subquery in partition key expression")
	}
	bound, err := plan.RowExpression(&env, t, e.Expr, "partition key expressions")
	if err != nil {
		return out, unlocated(err)
	}
	bad := func(format string, args ...any) *sqlerr.Error {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, format, args...)
	}
	columns := false
	expr.Walk(bound, func(x expr.Expr) bool {
		switch x := x.(type) {
		case *expr.Column:
			switch columns = true; {
			case err != nil:
			case x.Index >= len(t.Columns):
				err = bad("partition key expressions cannot contain system column references")
			case t.Columns[x.Index].Generated:
				err = bad("cannot use generated column in partition key").WithDetail(`Column "%s" is a generated column.`, x.Name).At(e.Pos())
			}
		case *expr.RowExpr:
			if len(x.Names) > 0 && err == nil {
				err = bad("partition key expressions cannot contain whole-row references")
			}
		case *expr.Call:
			if x.Fn.Set != nil && err == nil {
				err = sqlerr.New(sqlerr.FeatureNotSupported, "set-returning functions are not allowed in partition key expressions")
			}
		}
		return err == nil
	})
	switch {
	case err != nil:
		return out, err
	case bound.Type().Kind == types.KindPseudo:
		return out, bad("partition key column %d has pseudo-type %s", n, bound.Type())
	case expr.MaxVolatility(bound) != expr.Immutable:
		return out, bad("functions in partition key expression must be marked IMMUTABLE")
	case !columns:
		return out, bad("cannot use constant expression as partition key")
	}
	return catalog.PartitionColumn{Expr: parser.Deparse(e.Expr), Type: catalog.TypeRef{Type: bound.Type()}}, nil
}

var systemColumnNames = []string{"tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"}
