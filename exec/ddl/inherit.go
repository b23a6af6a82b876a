package ddl

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// What CREATE TABLE takes from the tables that a new one inherits from: their columns
// first, in their order, each name once, and their CHECK constraints. Columns that the
// statement defines are merged with those of the same name.

// inheritance is what a new table has from its parents.
type inheritance struct {
	parents []*catalog.Table
	// columns are how many of the table's first columns are inherited.
	columns int
	// conflicting are columns whose parents have different defaults or expressions, and
	// whether these are expressions, until the statement gives one.
	conflicting map[string]bool
	order       []string
	// seen are how many of the statement's columns have been looked at.
	seen      int
	partition bool
}

// parents finds and locks the tables that a new one inherits from.
func (s *Session) parents(ctx context.Context, names []*ast.RangeVar, child *catalog.Table, partition bool) ([]*catalog.Table, error) {
	var list []*catalog.Table
	for _, v := range names {
		p, err := s.parent(ctx, v, child, partition)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(list, func(have *catalog.Table) bool { return have.OID == p.OID }) {
			return nil, sqlerr.New(sqlerr.DuplicateTable, `relation "%s" would be inherited from more than once`, p.Name)
		}
		list = append(list, p)
	}
	return list, nil
}

func (s *Session) parent(ctx context.Context, v *ast.RangeVar, child *catalog.Table, partition bool) (*catalog.Table, error) {
	r, err := s.Env.Named(v)
	if err != nil {
		return nil, unlocated(err)
	}
	p, ok := r.(*catalog.Table)
	if !ok || p.Query != nil {
		return nil, sqlerr.New(sqlerr.WrongObjectType, `inherited relation "%s" is not a table or foreign table`, r.ObjectName())
	}
	mode := tables.ShareUpdateExclusiveMode
	if partition {
		mode = tables.AccessExclusiveMode
	}
	if err := s.Tx.LockTable(ctx, p.OID, mode, false); err != nil {
		return nil, err
	}
	if p = s.Tx.Catalog().Table(p.OID); p == nil {
		return nil, sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, v.Name)
	}
	switch {
	case partition && p.Key == nil:
		return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, `"%s" is not partitioned`, p.Name)
	case !partition && p.Key != nil:
		return nil, sqlerr.New(sqlerr.WrongObjectType, `cannot inherit from partitioned table "%s"`, p.Name)
	case !partition && p.Bound != nil:
		return nil, sqlerr.New(sqlerr.WrongObjectType, `cannot inherit from partition "%s"`, p.Name)
	}
	if err := sameLifetime(p, child, partition); err != nil {
		return nil, err
	}
	return p, s.owner(p.Owner, kindOf(p), p.Name)
}

// sameLifetime refuses to mix temporary and permanent tables, and kinds of tables.
func sameLifetime(p, child *catalog.Table, partition bool) error {
	switch {
	case p.Temporary && !child.Temporary && partition:
		return sqlerr.New(sqlerr.WrongObjectType, `cannot create a permanent relation as partition of temporary relation "%s"`, p.Name)
	case p.Temporary && !child.Temporary:
		return sqlerr.New(sqlerr.WrongObjectType, `cannot inherit from temporary relation "%s"`, p.Name)
	case !p.Temporary && child.Temporary && partition:
		return sqlerr.New(sqlerr.WrongObjectType, `cannot create a temporary relation as partition of permanent relation "%s"`, p.Name)
	case child.Temporary && !p.PerUser && p.Durable():
		// Only its session reads it with the parent.
	case p.Kind != child.Kind || p.PerUser != child.PerUser:
		return sqlerr.Unsupported("inheritance between tables of different kinds")
	}
	return nil
}

// inherit gives the table the columns and constraints of its parents.
func (b *tableBuilder) inherit(parents []*catalog.Table, partition bool) error {
	in := &inheritance{parents: parents, conflicting: map[string]bool{}, partition: partition}
	b.inherited = in
	t := b.table
	for _, p := range parents {
		t.Parents = append(t.Parents, p.OID)
		for _, c := range p.Columns {
			if err := b.inheritColumn(c); err != nil {
				return err
			}
		}
		for _, k := range p.Checks {
			if k.NoInherit {
				continue
			}
			if err := b.inheritCheck(k); err != nil {
				return err
			}
		}
	}
	in.columns = len(t.Columns)
	return nil
}

func (b *tableBuilder) inheritColumn(from *catalog.Column) error {
	t := b.table
	at := t.ColumnIndex(from.Name)
	if at < 0 {
		c := &catalog.Column{Num: t.NextColumn, Name: from.Name, Type: from.Type, Typmod: from.Typmod, NotNull: from.NotNull, Default: inheritedDefault(from), Generated: from.Generated,
			Collation: from.Collation, Storage: from.Storage, Compression: from.Compression, Inheritance: catalog.Inheritance{InhCount: 1, NotLocal: true}}
		t.NextColumn++
		t.Columns = append(t.Columns, c)
		return nil
	}
	c := t.Columns[at]
	b.s.notice(sqlerr.SuccessfulCompletion, `merging multiple inherited definitions of column "%s"`, c.Name)
	if !c.Type.Same(from.Type.Type) || c.Typmod != from.Typmod {
		return sqlerr.New(sqlerr.DatatypeMismatch, `inherited column "%s" has a type conflict`, c.Name).
			WithDetail("%s versus %s", types.FormatType(c.Type.Type, c.Typmod), types.FormatType(from.Type.Type, from.Typmod))
	}
	if err := b.sameCollation("inherited column", c, from.Collation); err != nil {
		return err
	}
	if a, b := storageOf(c), storageOf(from); a != b {
		return sqlerr.New(sqlerr.DatatypeMismatch, `inherited column "%s" has a storage parameter conflict`, c.Name).WithDetail("%s versus %s", a, b)
	}
	method, err := sameCompression(c.Name, c.Compression, from.Compression)
	if err != nil {
		return err
	}
	c.Compression = method
	if c.Generated != from.Generated {
		return sqlerr.New(sqlerr.DatatypeMismatch, `inherited column "%s" has a generation conflict`, c.Name)
	}
	c.InhCount++
	c.NotNull = c.NotNull || from.NotNull
	switch text := inheritedDefault(from); {
	case text == "" || text == c.Default:
	case c.Default == "":
		c.Default = text
	default:
		if _, there := b.inherited.conflicting[c.Name]; !there {
			b.inherited.order = append(b.inherited.order, c.Name)
		}
		b.inherited.conflicting[c.Name] = c.Generated
	}
	return nil
}

// inheritedDefault is the default that a column hands down: an identity column does not.
func inheritedDefault(c *catalog.Column) string {
	if c.Identity != 0 {
		return ""
	}
	return c.Default
}

// inheritCheck merges a constraint of a parent with those that are there.
func (b *tableBuilder) inheritCheck(from *catalog.Check) error {
	t := b.table
	for i, k := range t.Checks {
		if k.Name != from.Name {
			continue
		}
		if k.Expr != from.Expr {
			return sqlerr.New(sqlerr.DuplicateObject, `check constraint name "%s" appears multiple times but with different expressions`, k.Name)
		}
		merged := *k
		merged.InhCount++
		t.Checks[i] = &merged
		return nil
	}
	t.Checks = append(t.Checks, &catalog.Check{OID: b.edit.NewOID(), Name: from.Name, Expr: from.Expr, Inheritance: catalog.Inheritance{InhCount: 1, NotLocal: true}})
	return nil
}

// mergeColumn merges a column that the statement defines with the inherited one of its
// name; done is false if there is none.
func (b *tableBuilder) mergeColumn(def *ast.ColumnDef) (done bool, err error) {
	t, in := b.table, b.inherited
	at := -1
	if in != nil {
		at = slices.IndexFunc(t.Columns[:in.columns], func(c *catalog.Column) bool { return c.Name == def.Name })
	}
	switch {
	case at < 0 && in != nil && in.partition:
		return true, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" does not exist`, def.Name)
	case at < 0:
		return false, nil
	}
	c := *t.Columns[at]
	if !c.NotLocal && !in.partition || in.partition && slices.Contains(b.options, def.Name) {
		return true, sqlerr.New(sqlerr.DuplicateColumn, `column "%s" specified more than once`, def.Name)
	}
	b.options = append(b.options, def.Name)
	columns, next := t.Columns, t.NextColumn
	t.Columns, t.NextColumn = nil, c.Num
	if def.Type == nil {
		err = b.columnOf(def, &catalog.Column{Num: c.Num, Name: def.Name, Type: c.Type, Typmod: c.Typmod}, false)
	} else {
		err = b.column(def)
	}
	if err != nil {
		return true, err
	}
	own := t.Columns[0]
	t.Columns, t.NextColumn = columns, next
	t.Columns[at] = &c
	if !in.partition {
		if at == in.seen {
			b.s.notice(sqlerr.SuccessfulCompletion, `merging column "%s" with inherited definition`, c.Name)
		} else {
			b.s.notice(sqlerr.SuccessfulCompletion, `moving and merging column "%s" with inherited definition`, c.Name)
			n := b.s.notices
			n[len(n)-1] = n[len(n)-1].WithDetail("User-specified column moved to the position of the inherited column.")
		}
		in.seen++
		if !c.Type.Same(own.Type.Type) || c.Typmod != own.Typmod {
			return true, sqlerr.New(sqlerr.DatatypeMismatch, `column "%s" has a type conflict`, c.Name).
				WithDetail("%s versus %s", types.FormatType(c.Type.Type, c.Typmod), types.FormatType(own.Type.Type, own.Typmod))
		}
		if err := b.sameCollation("column", &c, own.Collation); err != nil {
			return true, err
		}
		method, err := sameCompression(c.Name, c.Compression, own.Compression)
		if err != nil {
			return true, err
		}
		c.Compression = method
		if own.Storage != 0 {
			c.Storage = own.Storage
		}
		c.NotLocal = false
	}
	switch {
	case c.Generated && own.Generated:
		return true, sqlerr.New(sqlerr.InvalidTableDefinition, `child column "%s" specifies generation expression`, c.Name).
			WithHint("Omit the generation expression in the definition of the child table column to inherit the generation expression from the parent table.")
	case c.Generated && own.Identity != 0:
		return true, sqlerr.New(sqlerr.InvalidTableDefinition, `column "%s" inherits from generated column but specifies identity`, c.Name)
	case c.Generated && own.Default != "":
		return true, sqlerr.New(sqlerr.InvalidTableDefinition, `column "%s" inherits from generated column but specifies default`, c.Name)
	case own.Generated && in.partition:
		return true, sqlerr.Unsupported("generated columns in a partition's own definition")
	}
	c.NotNull = c.NotNull || own.NotNull
	if own.Default != "" {
		c.Default, c.Generated, c.Identity, c.Sequence = own.Default, own.Generated, own.Identity, own.Sequence
		delete(in.conflicting, c.Name)
	}
	return true, nil
}

// settleInherited refuses columns whose parents have different defaults.
func (b *tableBuilder) settleInherited() error {
	if b.inherited == nil {
		return nil
	}
	for _, name := range b.inherited.order {
		switch generated, there := b.inherited.conflicting[name]; {
		case there && generated:
			return sqlerr.New(sqlerr.InvalidColumnDefinition, `column "%s" inherits conflicting generation expressions`, name)
		case there:
			return sqlerr.New(sqlerr.InvalidColumnDefinition, `column "%s" inherits conflicting default values`, name).
				WithHint("To resolve the conflict, specify a default explicitly.")
		}
	}
	return nil
}

// mergeCheck merges a constraint that is given a name with the inherited one of that
// name; done is false if there is none.
func (b *tableBuilder) mergeCheck(k *ast.Constraint) (done bool, err error) {
	if k.Name == "" {
		return false, nil
	}
	t := b.table
	at := slices.IndexFunc(t.Checks, func(c *catalog.Check) bool { return c.Name == k.Name })
	if at < 0 || t.Checks[at].InhCount == 0 || !t.Checks[at].NotLocal {
		return false, nil
	}
	if parser.Deparse(k.Expr) != t.Checks[at].Expr {
		return false, nil
	}
	if k.NoInherit {
		return true, sqlerr.New(sqlerr.InvalidObjectDefinition, `constraint "%s" conflicts with inherited constraint on relation "%s"`, k.Name, t.Name)
	}
	merged := *t.Checks[at]
	merged.NotLocal = b.inherited != nil && b.inherited.partition
	t.Checks[at] = &merged
	b.s.notice(sqlerr.SuccessfulCompletion, `merging constraint "%s" with inherited definition`, k.Name)
	return true, nil
}

// sameCollation demands that an inherited column is ordered as another of its name.
func (b *tableBuilder) sameCollation(what string, c *catalog.Column, other *types.Collation) error {
	name := func(c *types.Collation) (string, catalog.OID) {
		if c == nil {
			return "default", catalog.DefaultCollation
		}
		if found, ok := b.s.Tx.Catalog().Get(c.OID).(*catalog.Collation); ok {
			return found.Name, c.OID
		}
		return "", c.OID
	}
	have, a := name(c.Collation)
	want, b2 := name(other)
	if a == b2 {
		return nil
	}
	return sqlerr.New(sqlerr.CollationMismatch, `%s "%s" has a collation conflict`, what, c.Name).WithDetail(`"%s" versus "%s"`, have, want)
}

// storageOf is how the values of a column are stored, as SET STORAGE calls it.
func storageOf(c *catalog.Column) string {
	switch t := c.Type.Type; {
	case c.Storage != 0:
		return map[byte]string{'p': "PLAIN", 'e': "EXTERNAL", 'm': "MAIN", 'x': "EXTENDED"}[c.Storage]
	case !toastable(t):
		return "PLAIN"
	case t == types.Numeric || t == types.Inet || t == types.CIDR:
		return "MAIN"
	}
	return "EXTENDED"
}

// mergeLike merges a column that LIKE copies with the inherited one of its name.
func (b *tableBuilder) mergeLike(src *likeSource, from *catalog.Column) error {
	t := b.table
	at := t.ColumnIndex(from.Name)
	c := *t.Columns[at]
	if !c.NotLocal {
		return sqlerr.New(sqlerr.DuplicateColumn, `column "%s" specified more than once`, from.Name)
	}
	b.s.notice(sqlerr.SuccessfulCompletion, `merging column "%s" with inherited definition`, c.Name)
	if !c.Type.Same(from.Type.Type) || c.Typmod != from.Typmod {
		return sqlerr.New(sqlerr.DatatypeMismatch, `column "%s" has a type conflict`, c.Name).
			WithDetail("%s versus %s", types.FormatType(c.Type.Type, c.Typmod), types.FormatType(from.Type.Type, from.Typmod))
	}
	if err := b.sameCollation("column", &c, from.Collation); err != nil {
		return err
	}
	if a, b := storageOf(&c), storageOf(from); src.include["storage"] && a != b {
		return sqlerr.New(sqlerr.DatatypeMismatch, `column "%s" has a storage parameter conflict`, c.Name).WithDetail("%s versus %s", a, b)
	}
	if src.include["compression"] {
		method, err := sameCompression(c.Name, c.Compression, from.Compression)
		if err != nil {
			return err
		}
		c.Compression = method
	}
	if src.include["comments"] {
		c.Comment = from.Comment
	}
	c.NotLocal, c.NotNull = false, c.NotNull || from.NotNull
	t.Columns[at] = &c
	b.inherited.seen++
	return nil
}
