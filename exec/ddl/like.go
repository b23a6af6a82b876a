package ddl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// likeSource is the relation that LIKE names, and what of it is wanted.
type likeSource struct {
	table   *catalog.Table // with the columns only, for a view
	include map[string]bool
}

// like finds what a LIKE copies.
func (b *tableBuilder) like(l *ast.TableLike) (*likeSource, error) {
	r, err := b.s.Env.Relation(l.Relation)
	if err != nil {
		return nil, err
	}
	src := &likeSource{include: map[string]bool{}}
	var owner catalog.OID
	var acl catalog.ACL
	word := "table"
	switch r := r.(type) {
	case *catalog.Table:
		src.table, owner, acl = r, r.Owner, r.ACL
	case *catalog.View:
		src.table, owner, acl, word = &catalog.Table{Columns: r.Columns}, r.Owner, r.ACL, "view"
	case *catalog.Virtual:
		src.table, owner, acl = &catalog.Table{Columns: r.Columns}, catalog.RolePostgres, catalog.ObjectACL(catalog.RolePostgres, catalog.PrivAllTable, catalog.PrivSelect)
	default:
		return nil, sqlerr.New(sqlerr.WrongObjectType, `relation "%s" is invalid in LIKE clause`, r.ObjectName()).
			WithDetail("This operation is not supported for sequences.").At(l.Relation.Pos())
	}
	if !b.s.Tx.Catalog().Allowed(b.s.Role.OID, owner, acl, catalog.PrivSelect) {
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for %s %s", word, r.ObjectName())
	}
	for _, o := range l.Options {
		names := []string{o.Name}
		if o.Name == "all" {
			names = []string{"comments", "constraints", "defaults", "generated", "identity", "indexes", "statistics", "storage", "compression"}
		}
		for _, n := range names {
			src.include[n] = o.Including
		}
	}
	return src, nil
}

// likeColumns adds the columns of a LIKE.
func (b *tableBuilder) likeColumns(l *ast.TableLike) error {
	src, err := b.like(l)
	if err != nil {
		return err
	}
	for _, from := range src.table.Columns {
		if in := b.inherited; in != nil && b.table.ColumnIndex(from.Name) >= 0 && b.table.ColumnIndex(from.Name) < in.columns {
			if err := b.mergeLike(src, from); err != nil {
				return err
			}
			continue
		}
		if b.table.ColumnIndex(from.Name) >= 0 {
			return sqlerr.New(sqlerr.DuplicateColumn, `column "%s" specified more than once`, from.Name)
		}
		c := &catalog.Column{Num: b.table.NextColumn, Name: from.Name, Type: from.Type, Typmod: from.Typmod, NotNull: from.NotNull, Collation: from.Collation}
		b.table.NextColumn++
		switch {
		case from.Generated:
			if src.include["generated"] {
				c.Default, c.Generated = from.Default, true
			}
		case from.Identity != 0:
			if src.include["identity"] {
				c.Identity = from.Identity
				b.sequence(c)
			}
		case src.include["defaults"]:
			c.Default = from.Default
		}
		if src.include["comments"] {
			c.Comment = from.Comment
		}
		if src.include["storage"] {
			c.Storage = from.Storage
		}
		if src.include["compression"] {
			c.Compression = from.Compression
		}
		b.table.Columns = append(b.table.Columns, c)
	}
	return nil
}

// likeRest adds the constraints and indexes of a LIKE, when all columns are
// there.
func (b *tableBuilder) likeRest(l *ast.TableLike) error {
	src, err := b.like(l)
	if err != nil {
		return err
	}
	if src.include["constraints"] {
		for _, k := range src.table.Checks {
			if err := b.likeCheck(src, k); err != nil {
				return err
			}
		}
	}
	if src.include["statistics"] {
		for _, from := range src.table.Extended {
			b.likeStatistics(src, from)
		}
	}
	if !src.include["indexes"] {
		return nil
	}
	for _, from := range src.table.Indexes {
		if err := b.likeIndex(src, from); err != nil {
			return err
		}
	}
	return nil
}

// likeCheck copies a constraint, or makes one that is inherited the table's own.
func (b *tableBuilder) likeCheck(src *likeSource, from *catalog.Check) error {
	comment := ""
	if src.include["comments"] {
		comment = from.Comment
	}
	for i, have := range b.table.Checks {
		if have.Name == from.Name && have.InhCount > 0 && have.NotLocal && have.Expr == from.Expr {
			b.s.notice(sqlerr.SuccessfulCompletion, `merging constraint "%s" with inherited definition`, have.Name)
			merged := *have
			merged.NotLocal, merged.Comment = false, comment
			b.table.Checks[i] = &merged
			return nil
		}
	}
	if tableHasConstraint(b.table, from.Name) {
		return sqlerr.New(sqlerr.DuplicateObject, `check constraint "%s" already exists`, from.Name)
	}
	if from.NoInherit && b.table.Key != nil {
		return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot add NO INHERIT constraint to partitioned table "%s"`, b.table.Name)
	}
	b.table.Checks = append(b.table.Checks, &catalog.Check{OID: b.edit.NewOID(), Name: from.Name, Expr: from.Expr, NoInherit: from.NoInherit, Comment: comment})
	return nil
}

// likeStatistics copies a statistics object, under a name of its own.
func (b *tableBuilder) likeStatistics(src *likeSource, from *catalog.ExtendedStatistics) {
	st := *from
	st.OID, st.Schema, st.Owner, st.Target, st.Columns = b.edit.NewOID(), b.schema.OID, b.s.Role.OID, -1, nil
	if !src.include["comments"] {
		st.Comment = ""
	}
	var names []string
	for _, num := range from.Columns {
		c := b.table.Columns[b.table.ColumnIndex(src.table.Columns[src.table.Ordinal(num)].Name)]
		st.Columns, names = append(st.Columns, c.Num), append(names, c.Name)
	}
	slices.Sort(st.Columns)
	for range from.Exprs {
		names = append(names, "expr")
	}
	stem := b.table.Name + "_" + strings.Join(names, "_") + "_stat"
	st.Name = stem
	for n := 1; b.statisticsNamed(st.Name); n++ {
		st.Name = stem + strconv.Itoa(n)
	}
	b.table.Extended = append(b.table.Extended, &st)
}

// statisticsNamed says whether the schema, or the table that is being made, has statistics of
// a name.
func (b *tableBuilder) statisticsNamed(name string) bool {
	_, taken := b.edit.Catalog().ExtendedNamed(b.schema.OID, name)
	return taken != nil || slices.ContainsFunc(b.table.Extended, func(have *catalog.ExtendedStatistics) bool { return have.Name == name })
}

// likeIndex copies an index, under a name of its own.
func (b *tableBuilder) likeIndex(src *likeSource, from *catalog.Index) error {
	index := *from
	index.OID, index.ConstraintOID = b.edit.NewOID(), 0
	if index.Constraint {
		index.ConstraintOID = b.edit.NewOID()
	}
	if !src.include["comments"] {
		index.Comment = ""
	}
	column := func(num int16) (*catalog.Column, int) {
		at := b.table.ColumnIndex(src.table.Columns[src.table.Ordinal(num)].Name)
		return b.table.Columns[at], at
	}
	var names []string
	index.Keys, index.Include = nil, nil
	for _, k := range from.Keys {
		if k.Column == 0 {
			index.Keys, names = append(index.Keys, k), numbered(names, keyName(k.Expr))
			continue
		}
		c, _ := column(k.Column)
		k.Column = c.Num
		index.Keys = append(index.Keys, k)
		names = numbered(names, c.Name)
	}
	for _, num := range from.Include {
		c, _ := column(num)
		index.Include = append(index.Include, c.Num)
		names = numbered(names, c.Name)
	}
	switch {
	case index.IsPrimary():
		if b.table.PrimaryConstraint() != nil {
			return sqlerr.New(sqlerr.InvalidTableDefinition, `multiple primary keys for table "%s" are not allowed`, b.table.Name)
		}
		index.Name = b.freeName(b.table.Name, "", "pkey")
		if index.DeferrablePrimary {
			break
		}
		b.table.Indexes = append([]*catalog.Index{&index}, b.table.Indexes...) // its order is that of the rows
		return nil
	case index.Exclusion != nil:
		index.Name = b.freeName(b.table.Name, strings.Join(names, "_"), "excl")
	case index.Constraint:
		index.Name = b.freeName(b.table.Name, strings.Join(names, "_"), "key")
	default:
		index.Name = b.freeName(b.table.Name, strings.Join(names, "_"), "idx")
	}
	b.table.Indexes = append(b.table.Indexes, &index)
	return nil
}
