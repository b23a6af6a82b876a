package ddl

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// partitionBound reads FOR VALUES in the types of a partitioned table's key.
func (s *Session) partitionBound(parent *catalog.Table, b *ast.PartitionBound) (*catalog.PartitionBound, error) {
	key := parent.Key
	wrong := func(format string, args ...any) error {
		return sqlerr.New(sqlerr.InvalidTableDefinition, format, args...).At(b.Pos())
	}
	if b.Default {
		if key.Strategy == catalog.PartitionHash {
			return nil, sqlerr.New(sqlerr.InvalidTableDefinition, "a hash-partitioned table may not have a default partition")
		}
		return &catalog.PartitionBound{Default: true}, nil
	}
	out := &catalog.PartitionBound{}
	switch key.Strategy {
	case catalog.PartitionHash:
		if b.In != nil || b.From != nil {
			return nil, wrong("invalid bound specification for a hash partition")
		}
		bad := func(text string) error { return sqlerr.New(sqlerr.InvalidTableDefinition, "%s", text) }
		switch {
		case b.Modulus <= 0:
			return nil, bad("modulus for hash partition must be an integer value greater than zero")
		case b.Remainder < 0:
			return nil, bad("remainder for hash partition must be an integer value greater than or equal to zero")
		case b.Remainder >= b.Modulus:
			return nil, bad("remainder for hash partition must be less than modulus")
		}
		out.Modulus, out.Remainder = b.Modulus, b.Remainder
	case catalog.PartitionList:
		if b.In == nil {
			return nil, wrong("invalid bound specification for a list partition")
		}
		for _, e := range b.In {
			v, err := s.boundValue(parent, 0, e)
			if err != nil {
				return nil, err
			}
			same := false
			for _, have := range out.In {
				same = same || have == v
			}
			if !same {
				out.In = append(out.In, v)
			}
		}
	case catalog.PartitionRange:
		if b.From == nil {
			return nil, wrong("invalid bound specification for a range partition")
		}
		if len(b.From) != len(key.Columns) {
			return nil, sqlerr.New(sqlerr.InvalidTableDefinition, "FROM must specify exactly one value per partitioning column")
		}
		if len(b.To) != len(key.Columns) {
			return nil, sqlerr.New(sqlerr.InvalidTableDefinition, "TO must specify exactly one value per partitioning column")
		}
		var err error
		if out.From, err = s.rangeBound(parent, b.From); err != nil {
			return nil, err
		}
		if out.To, err = s.rangeBound(parent, b.To); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Session) rangeBound(parent *catalog.Table, list []ast.Expr) ([]catalog.BoundValue, error) {
	var out []catalog.BoundValue
	var infinite byte
	for i, e := range list {
		v := catalog.BoundValue{}
		if ref, ok := e.(*ast.ColumnRef); ok && len(ref.Fields) == 1 && !ref.Star {
			switch ref.Fields[0] {
			case "minvalue":
				v.Kind = '-'
			case "maxvalue":
				v.Kind = '+'
			}
		}
		if infinite != 0 && v.Kind != infinite {
			word := "MINVALUE"
			if infinite == '+' {
				word = "MAXVALUE"
			}
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, "every bound following %s must also be %s", word, word).At(e.Pos())
		}
		if infinite = v.Kind; infinite == 0 {
			var err error
			if v, err = s.boundValue(parent, i, e); err != nil {
				return nil, err
			}
			if v.Kind == 'n' {
				return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, "cannot specify NULL in range bound")
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// boundValue computes one value of a bound.
func (s *Session) boundValue(parent *catalog.Table, i int, e ast.Expr) (v catalog.BoundValue, err error) {
	column := &parent.Key.Columns[i]
	t, name := column.Type.Type, ""
	if c := parent.Ordinal(column.Column); column.Column != 0 && c >= 0 {
		name = parent.Columns[c].Name
	} else {
		name = s.partitionKeyText(parent, column)
	}
	if err := refuseInBound(e); err != nil {
		return v, err
	}
	bound, err := plan.RowExpression(s.Env, nil, e, "partition bound")
	if err != nil {
		return v, err
	}
	cast := func() error {
		return sqlerr.New(sqlerr.DatatypeMismatch, `specified value cannot be cast to type %s for column "%s"`, t, name).At(e.Pos())
	}
	if from := bound.Type(); from != types.Unknown && !from.Same(t) && !expr.CanCoerce(from, t, expr.Assignment) {
		return v, cast()
	}
	typmod := int32(types.NoTypmod)
	if c := parent.Ordinal(column.Column); column.Column != 0 && c >= 0 {
		typmod = parent.Columns[c].Typmod
	}
	bound, err = expr.Coerce(bound, t, typmod, expr.Assignment)
	if err != nil {
		return v, err
	}
	d, err := bound.Eval(s.Eval, nil)
	if err != nil {
		return v, err
	}
	if d.IsNull() {
		return catalog.BoundValue{Kind: 'n'}, nil
	}
	return catalog.BoundValue{Text: string(t.AppendText(nil, d, types.DefaultEnv))}, nil
}

// refuseInBound refuses what a bound must not be made of.
func refuseInBound(e ast.Expr) (err error) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ColumnRef:
			if err == nil {
				err = sqlerr.New(sqlerr.FeatureNotSupported, "cannot use column reference in partition bound expression").At(n.Pos())
			}
		case *ast.SubLink:
			if err == nil {
				err = sqlerr.New(sqlerr.FeatureNotSupported, "cannot use subquery in partition bound").At(n.Pos())
			}
		}
		return err == nil
	})
	return err
}

// partitionKeyText writes an expression of a partition key.
func (s *Session) partitionKeyText(t *catalog.Table, c *catalog.PartitionColumn) string {
	parsed, err := parser.ParseExpr(c.Expr)
	if err != nil {
		return c.Expr
	}
	bound, err := plan.RowExpression(s.Env, t, parsed, "partition key expressions")
	if err != nil {
		return c.Expr
	}
	return expr.Definition(bound, false)
}

// newBound holds a bound against those of the other partitions.
func (s *Session) newBound(parent *catalog.Table, name string, b *catalog.PartitionBound, at *ast.PartitionBound) error {
	parts, err := s.Tx.Catalog().Partitions(parent)
	if err != nil {
		return err
	}
	one, err := catalog.NewPartition(parent.Key, nil, b)
	if err != nil {
		return err
	}
	if b.Default {
		if parts.Default >= 0 {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, `partition "%s" conflicts with existing default partition "%s"`, name, parts.List[parts.Default].Table.Name).At(at.Pos())
		}
		return nil
	}
	loc := at.Pos()
	switch parent.Key.Strategy {
	case catalog.PartitionHash:
		if err := factor(parts, b.Modulus); err != nil {
			return err
		}
	case catalog.PartitionRange:
		if parent.Key.CompareBounds(one.From, one.To) >= 0 {
			loc := at.From[0].Pos()
			return sqlerr.New(sqlerr.InvalidObjectDefinition, `empty range bound specified for partition "%s"`, name).
				WithDetail("Specified lower bound %s is greater than or equal to upper bound %s.", rangeText(parent, b.From), rangeText(parent, b.To)).At(loc)
		}
		loc = rangeOverlapAt(parent, parts, one, at)
	case catalog.PartitionList:
		loc = listOverlapAt(parts, one, at)
	}
	if with := parts.Overlaps(one); with != nil {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, `partition "%s" would overlap partition "%s"`, name, with.Table.Name).At(loc)
	}
	return nil
}

// rangeOverlapAt is where a range that overlaps others is wrong: its beginning, where that lies
// in another partition, and its end otherwise.
func rangeOverlapAt(parent *catalog.Table, parts *catalog.Partitions, one *catalog.Partition, at *ast.PartitionBound) int {
	with := parts.Overlaps(one)
	if with == nil {
		return at.Pos()
	}
	key := parent.Key
	side, ours, theirs := at.From, one.From, with.To
	if key.CompareBounds(one.From, with.From) < 0 {
		side, ours, theirs = at.To, one.To, with.From
	}
	for i := range ours {
		if c := key.CompareBounds(ours[i:i+1], theirs[i:i+1]); c != 0 && len(ours) > 1 {
			return side[i].Pos()
		}
	}
	return side[0].Pos()
}

// listOverlapAt is the first value that another partition has.
func listOverlapAt(parts *catalog.Partitions, one *catalog.Partition, at *ast.PartitionBound) int {
	for i, v := range one.In {
		if i < len(at.In) && parts.Overlaps(&catalog.Partition{In: []types.Datum{v}}) != nil {
			return at.In[i].Pos()
		}
	}
	return at.Pos()
}

// factor demands that each modulus is a factor of the next larger one.
func factor(parts *catalog.Partitions, modulus int) error {
	wrong := func(format string, args ...any) error {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "every hash partition modulus must be a factor of the next larger modulus").WithDetail(format, args...)
	}
	var below, above *catalog.Partition
	for _, p := range parts.List {
		if p.Modulus <= modulus {
			below = p
		} else if above == nil {
			above = p
		}
	}
	if below == nil && above == nil {
		return nil
	}
	if below == nil {
		if above.Modulus%modulus != 0 {
			return wrong(`The new modulus %d is not a factor of %d, the modulus of existing partition "%s".`, modulus, above.Modulus, above.Table.Name)
		}
		return nil
	}
	if modulus%below.Modulus != 0 {
		return wrong(`The new modulus %d is not divisible by %d, the modulus of existing partition "%s".`, modulus, below.Modulus, below.Table.Name)
	}
	if above != nil && above.Modulus%modulus != 0 {
		return wrong(`The new modulus %d is not a factor of %d, the modulus of existing partition "%s".`, modulus, above.Modulus, above.Table.Name)
	}
	return nil
}

// rangeText writes an end of a range as FOR VALUES has it.
func rangeText(parent *catalog.Table, list []catalog.BoundValue) string {
	var out []string
	for i, v := range list {
		out = append(out, catalog.BoundText(parent.Key.Columns[i].Type.Type, v))
	}
	return "(" + strings.Join(out, ", ") + ")"
}
