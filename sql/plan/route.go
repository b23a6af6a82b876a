package plan

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// PartitionLevel is a partitioned table as rows of a table at or above it, or of a
// partition of it, are led through it. Keys are over those rows.
type PartitionLevel struct {
	Table  *catalog.Table
	Parts  *catalog.Partitions
	Keys   []expr.Expr
	schema string
	// below are the levels of the partitions that are partitioned themselves.
	below map[catalog.OID]*PartitionLevel
}

// partitionLevels makes the level of t for rows of root.
func (p *planner) partitionLevels(root, t *catalog.Table) (*PartitionLevel, error) {
	parts, err := p.env.Catalog.Partitions(t)
	if err != nil {
		return nil, err
	}
	l := &PartitionLevel{Table: t, Parts: parts, schema: p.schemaName(t.Schema), below: map[catalog.OID]*PartitionLevel{}}
	if l.Keys, err = p.partitionKeys(root, t); err != nil {
		return nil, err
	}
	for _, part := range parts.List {
		if part.Table.Key == nil {
			continue
		}
		if l.below[part.Table.OID], err = p.partitionLevels(root, part.Table); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// partitionKeys binds the key of t over rows of root, which has the same columns by name.
func (p *planner) partitionKeys(root, t *catalog.Table) ([]expr.Expr, error) {
	var keys []expr.Expr
	for i := range t.Key.Columns {
		e, err := p.partitionKey(t, &t.Key.Columns[i])
		if err != nil {
			return nil, err
		}
		if root.OID != t.OID {
			to, err := columnsIn(t, root)
			if err != nil {
				return nil, err
			}
			e = moveColumns(e, to)
		}
		keys = append(keys, e)
	}
	return keys, nil
}

// partitionKey binds one column of a partition key over the table's rows.
func (p *planner) partitionKey(t *catalog.Table, k *catalog.PartitionColumn) (expr.Expr, error) {
	if k.Expr == "" {
		at := t.Ordinal(k.Column)
		if at < 0 {
			return nil, sqlerr.Internal("a column of the partition key of %s is not there", t.Name)
		}
		c := t.Columns[at]
		return &expr.Column{Index: at, T: c.Type.Type, Mod: c.Typmod, Name: c.Name}, nil
	}
	sc := &scope{}
	sc.add(t.Name, "", tableColumns(t), len(t.Columns))
	e, err := p.stored(k.Expr, sc, "partition key expressions")
	if err == nil && p.env.Functions != nil {
		e, err = expr.FoldConstants(e, p.env.Functions)
	}
	return e, err
}

// moveColumns gives an expression over rows whose columns are elsewhere.
func moveColumns(e expr.Expr, to []int) expr.Expr {
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		c, ok := e.(*expr.Column)
		if !ok || c.Index >= len(to) || to[c.Index] == c.Index {
			return e
		}
		moved := *c
		moved.Index = to[c.Index]
		return &moved
	})
}

// Holds says whether a row belongs to a leaf below the level.
func (l *PartitionLevel) Holds(c *expr.Context, leaf catalog.OID, row types.Row) (bool, error) {
	for l != nil {
		values, err := l.values(c, row)
		if err != nil {
			return false, err
		}
		part := l.Parts.Find(values)
		if part == nil || part.Table.OID == leaf {
			return part != nil, nil
		}
		l = l.below[part.Table.OID]
	}
	return false, nil
}

// values computes the key of a row.
func (l *PartitionLevel) values(c *expr.Context, row types.Row) ([]types.Datum, error) {
	values := make([]types.Datum, len(l.Keys))
	for i, k := range l.Keys {
		var err error
		if values[i], err = k.Eval(c, row); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// Route finds the leaf that a row belongs to.
func (l *PartitionLevel) Route(c *expr.Context, row types.Row) (*catalog.Table, error) {
	for {
		values, err := l.values(c, row)
		if err != nil {
			return nil, err
		}
		part := l.Parts.Find(values)
		if part == nil {
			err := sqlerr.New(sqlerr.CheckViolation, `no partition of relation "%s" found for row`, l.Table.Name).OnTable(l.schema, l.Table.Name)
			if key := l.describe(c, values); key != "" {
				err = err.WithDetail("Partition key of the failing row contains %s.", key)
			}
			return nil, err
		}
		if part.Table.Key == nil {
			return part.Table, nil
		}
		l = l.below[part.Table.OID]
	}
}

// describe writes (columns) = (values), each value cut at 64 bytes.
func (l *PartitionLevel) describe(c *expr.Context, values []types.Datum) string {
	var columns, shown []string
	for i, v := range values {
		columns = append(columns, l.keyText(i))
		text := "null"
		if !v.IsNull() {
			text = string(l.Keys[i].Type().AppendText(nil, v, c.Env))
		}
		if len(text) > 64 {
			cut := 64
			for cut > 0 && text[cut]&0xC0 == 0x80 {
				cut--
			}
			text = text[:cut] + "..."
		}
		shown = append(shown, text)
	}
	return "(" + strings.Join(columns, ", ") + ") = (" + strings.Join(shown, ", ") + ")"
}

// keyText writes a column of the key.
func (l *PartitionLevel) keyText(i int) string {
	return partitionKeyText(l.Keys[i])
}

func partitionKeyText(e expr.Expr) string {
	switch e := e.(type) {
	case *expr.Column:
		return expr.QuoteIdent(e.Name)
	case *expr.Call:
		if e.Form == expr.FormFunction {
			return expr.Definition(e, true)
		}
	}
	return "(" + expr.Definition(e, true) + ")"
}

// Within is what a partition wants of rows that are written to it directly: that they
// fall into it, and into each partition it is part of.
type Within struct {
	Table  *catalog.Table
	levels []*PartitionLevel // the nearest first
}

// within makes the condition of a partition; nil for any other table.
func (p *planner) within(t *catalog.Table) (*Within, error) {
	if t.Bound == nil {
		return nil, nil
	}
	w := &Within{Table: t}
	for _, a := range p.env.Catalog.Ancestors(t) {
		parts, err := p.env.Catalog.Partitions(a)
		if err != nil {
			return nil, err
		}
		l := &PartitionLevel{Table: a, Parts: parts}
		if l.Keys, err = p.partitionKeys(t, a); err != nil {
			return nil, err
		}
		w.levels = append(w.levels, l)
	}
	return w, nil
}

// Fits says whether a row of the partition belongs there.
func (w *Within) Fits(c *expr.Context, row types.Row) (bool, error) {
	if w == nil {
		return true, nil
	}
	at := w.Table
	for _, l := range w.levels {
		values, err := l.values(c, row)
		if err != nil {
			return false, err
		}
		if part := l.Parts.Find(values); part == nil || part.Table.OID != at.OID {
			return false, nil
		}
		at = l.Table
	}
	return true, nil
}

// NewWithin makes the condition of a partition; nil for any other table.
func NewWithin(env *Env, t *catalog.Table) (*Within, error) {
	return (&planner{env: env, params: &expr.ParamTypes{}}).within(t)
}
