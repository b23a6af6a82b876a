package ddl

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// tableBuilder collects a new table's descriptor.
type tableBuilder struct {
	s      *Session
	edit   *catalog.Editor
	schema *catalog.Schema
	table  *catalog.Table
	// names of constraints and indexes made so far, in the schema.
	taken     map[string]bool
	sequences []*catalog.Sequence
	foreign   []wantedKey
	// written are defaults and checks as the statement has them, by writtenDefault and
	// writtenCheck of their names.
	written   map[string]ast.Expr
	altering  bool // the table is there already, perhaps with rows
	ofForeign bool // it is to be a foreign one
	// inherited is what the table has from its parents, nil without any, and options are
	// the inherited columns that the statement has named.
	inherited *inheritance
	options   []string
}

// createTable runs CREATE TABLE of every kind.
func (s *Session) createTable(ctx context.Context, st *ast.CreateStmt) error {
	switch {
	case len(st.Inherits) > 0 && st.PartitionBy != nil:
		return sqlerr.New(sqlerr.InvalidTableDefinition, "cannot create partitioned table as inheritance child")
	}
	if st.Foreign {
		if err := fitsForeign(st); err != nil {
			return err
		}
	}
	schema, temporary, err := s.creationSchema(ctx, st.Relation, st.Persistence)
	if err != nil {
		return err
	}
	edit, err := s.edit(ctx, temporary)
	if err != nil {
		return err
	}
	if edit.Catalog().Type(schema.OID, st.Relation.Name) != nil {
		return sqlerr.New(sqlerr.DuplicateObject, `type "%s" already exists`, st.Relation.Name).
			WithHint("A relation has an associated type of the same name, so you must use a name that doesn't conflict with any existing type.")
	}
	if edit.Catalog().RelationNameTaken(schema.OID, st.Relation.Name) {
		if st.IfNotExists {
			s.notice(sqlerr.DuplicateTable, `relation "%s" already exists, skipping`, st.Relation.Name)
			return nil
		}
		return sqlerr.New(sqlerr.DuplicateTable, `relation "%s" already exists`, st.Relation.Name)
	}
	if st.AccessMethod != "" {
		if err := tableMethod(st.AccessMethod); err != nil {
			return err
		}
	}
	if st.Tablespace != "" {
		if err := tablespace(st.Tablespace); err != nil {
			return err
		}
	}
	b := &tableBuilder{s: s, edit: edit, schema: schema, taken: map[string]bool{}, ofForeign: st.Foreign}
	b.table = &catalog.Table{OID: edit.NewOID(), Name: st.Relation.Name, Schema: schema.OID, Database: schema.Database, Owner: s.Role.OID, Kind: catalog.KindDurable, NextColumn: 1,
		Unlogged: st.Persistence == ast.Unlogged}
	if err := b.kind(st); err != nil {
		return err
	}
	if err := makeTemporary(b.table, temporary, st.OnCommit); err != nil {
		return err
	}
	if err := b.heritage(ctx, st); err != nil {
		return err
	}
	if st.OfType != nil {
		if err := b.typed(st); err != nil {
			return err
		}
	}
	for _, e := range st.Elements {
		var err error
		switch e := e.(type) {
		case *ast.ColumnDef:
			if st.OfType != nil {
				break
			}
			var merged bool
			if merged, err = b.mergeColumn(e); err == nil && !merged {
				err = b.column(e)
			}
			if b.inherited != nil && !merged {
				b.inherited.seen++
			}
		case *ast.TableLike:
			err = b.likeColumns(e)
		}
		if err != nil {
			return err
		}
	}
	if err := b.settleInherited(); err != nil {
		return err
	}
	if st.PartitionOf != nil {
		if err := b.bound(st.PartitionBound); err != nil {
			return err
		}
	}
	if st.PartitionBy != nil {
		if err := b.partitionBy(st.PartitionBy); err != nil {
			return err
		}
	}
	if err := b.inheritedIndexes(); err != nil {
		return err
	}
	// Primary keys first: their index is the order of the rows.
	for _, pass := range []bool{true, false} {
		for _, c := range st.Columns {
			for _, k := range c.Constraints {
				if (k.Type == ast.ConstrPrimary) == pass {
					if err := b.constraint(k, c); err != nil {
						return err
					}
				}
			}
		}
		for _, k := range st.Constraints {
			if (k.Type == ast.ConstrPrimary) == pass {
				if err := b.constraint(k, nil); err != nil {
					return err
				}
			}
		}
	}
	for _, l := range st.Likes {
		if err := b.likeRest(l); err != nil {
			return err
		}
	}
	if st.Foreign {
		if err := b.ofServer(st); err != nil {
			return err
		}
	} else {
		for _, def := range st.Columns {
			if err := b.columnOptions(def); err != nil {
				return err
			}
		}
	}
	b.table.ACL = s.newTableACL(b.table)
	for _, seq := range b.sequences {
		s.Tx.PutObject(seq)
	}
	s.Tx.PutObject(b.table)
	if err := b.verifyExpressions(); err != nil {
		return err
	}
	if _, err = b.addForeignKeys(ctx); err != nil {
		return err
	}
	if st.PartitionOf != nil {
		return b.becomePartition(ctx)
	}
	return nil
}

// kind settles shared, user, stream or user stream, from the statement's word
// and its WITH options.
func (b *tableBuilder) kind(st *ast.CreateStmt) error {
	t := b.table
	switch st.TableKind {
	case ast.KindUser:
		t.PerUser = true
	case ast.KindStream:
		t.Kind = catalog.KindStream
	case ast.KindUserStream:
		t.PerUser, t.Kind = true, catalog.KindStream
	}
	var storage []*ast.DefElem
	for _, o := range st.Options {
		value := optionText(o)
		switch strings.ToLower(o.Name) {
		case "type":
			switch strings.ToLower(value) {
			case "shared":
				if st.TableKind != ast.KindUnspecified && st.TableKind != ast.KindShared {
					return sqlerr.New(sqlerr.InvalidParameterValue, "conflicting table kinds")
				}
			case "user":
				t.PerUser = true
			case "stream":
				t.Kind = catalog.KindStream
			case "user stream", "user_stream":
				t.PerUser, t.Kind = true, catalog.KindStream
			default:
				return sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "type": "%s"`, value).WithHint("Table types are shared, user, stream and user stream.")
			}
		case "ttl", "max_rows":
		case "oids":
			if on, err := booleanOption(o.Name, value); err != nil {
				return err
			} else if on {
				return sqlerr.New(sqlerr.FeatureNotSupported, "tables declared WITH OIDS are not supported")
			}
		default:
			if st.PartitionBy != nil { // it has no storage
				return sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized parameter "%s"`, o.Name)
			}
			storage = append(storage, o)
		}
	}
	var err error
	if t.Options, err = tableStorage(nil, storage); err != nil {
		return err
	}
	for _, o := range st.Options {
		value := optionText(o)
		switch strings.ToLower(o.Name) {
		case "ttl":
			ttl, err := parseTTL(value)
			if err != nil {
				return err
			}
			t.TTL = ttl
		case "max_rows":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil || n <= 0 {
				return sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "max_rows": "%s"`, value)
			}
			t.MaxRows = n
		default:
			continue
		}
		if t.Kind != catalog.KindStream {
			return sqlerr.New(sqlerr.InvalidParameterValue, `option "%s" is for stream tables only`, o.Name)
		}
	}
	return nil
}

// parseTTL reads '30s', '500 ms', '2 hours' or a number of seconds.
func parseTTL(value string) (time.Duration, error) {
	if d, err := time.ParseDuration(strings.ReplaceAll(value, " ", "")); err == nil && d > 0 {
		return d, nil
	}
	if n, err := strconv.ParseFloat(value, 64); err == nil && n > 0 {
		return time.Duration(n * float64(time.Second)), nil
	}
	v, err := types.IntervalType.Input(value, types.NoTypmod, types.DefaultEnv)
	if err == nil {
		if iv, ok := v.Object().(types.Interval); ok {
			d := time.Duration(iv.Micros)*time.Microsecond + time.Duration(iv.Days)*24*time.Hour + time.Duration(iv.Months)*30*24*time.Hour
			if d > 0 {
				return d, nil
			}
		}
	}
	return 0, sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "ttl": "%s"`, value).WithHint("A time to live is written like '30s', '5m' or '2 hours'.")
}

// serialTypes are the column types that stand for a sequence.
var serialTypes = map[string]*types.Type{
	"serial": types.Int4, "serial4": types.Int4, "bigserial": types.Int8, "serial8": types.Int8, "smallserial": types.Int2, "serial2": types.Int2,
}

// column adds a column with its type, default, identity and NOT NULL.
func (b *tableBuilder) column(def *ast.ColumnDef) error {
	t := b.table
	if t.ColumnIndex(def.Name) >= 0 {
		return sqlerr.New(sqlerr.DuplicateColumn, `column "%s" specified more than once`, def.Name)
	}
	for _, sys := range []string{"_seq", "tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"} {
		if def.Name == sys {
			return sqlerr.New(sqlerr.DuplicateColumn, `column name "%s" conflicts with a system column name`, def.Name)
		}
	}
	c := &catalog.Column{Num: t.NextColumn, Name: def.Name, Typmod: types.NoTypmod}
	t.NextColumn++
	serial := false
	if names := def.Type.Names; len(names) == 1 && serialTypes[names[0]] != nil && def.Type.Bounds == nil {
		c.Type.Type, serial = serialTypes[names[0]], true
	} else {
		typ, typmod, err := b.s.usableType(b.s.Env, def.Type)
		if err != nil {
			return err
		}
		if typ.Kind == types.KindPseudo {
			return sqlerr.New(sqlerr.InvalidTableDefinition, `column "%s" has pseudo-type %s`, def.Name, typ)
		}
		if err := b.s.mayHoldRows(b.table, typ); err != nil {
			return err
		}
		c.Type.Type, c.Typmod = typ, typmod
	}
	var err error
	if c.Collation, err = b.s.collationOf(def.Collation, c.Type.Type); err != nil {
		return err
	}
	return b.columnOf(def, c, serial)
}

// columnOf adds a column that has its type.
func (b *tableBuilder) columnOf(def *ast.ColumnDef, c *catalog.Column, serial bool) error {
	t := b.table
	var err error
	if def.Storage != "" {
		if c.Storage, err = storageNamed(c.Type.Type, def.Storage); err != nil {
			return err
		}
	}
	if def.Compression != "" {
		if c.Compression, err = compressionOf(c.Type.Type, def.Compression); err != nil {
			return err
		}
	}
	if serial {
		b.sequence(c)
		c.NotNull = true
	}
	null := false
	conflict := func(what string) error {
		return sqlerr.New(sqlerr.SyntaxError, `%s for column "%s" of table "%s"`, what, def.Name, t.Name)
	}
	for _, k := range def.Constraints {
		switch k.Type {
		case ast.ConstrNull:
			if null = true; c.NotNull {
				return conflict("conflicting NULL/NOT NULL declarations")
			}
		case ast.ConstrNotNull:
			if c.NotNull = true; null {
				return conflict("conflicting NULL/NOT NULL declarations")
			}
		case ast.ConstrDefault, ast.ConstrGenerated:
			switch generated := k.Type == ast.ConstrGenerated; {
			case c.Identity != 0 && generated:
				return conflict("both identity and generation expression specified")
			case c.Identity != 0:
				return conflict("both default and identity specified")
			case c.Default != "" && generated && c.Generated:
				return conflict("multiple generation clauses specified")
			case c.Default != "" && (generated || c.Generated):
				return conflict("both default and generation expression specified")
			case c.Default != "":
				return conflict("multiple default values specified")
			}
			c.Default, c.Generated = parser.Deparse(k.Expr), k.Type == ast.ConstrGenerated
			b.note(writtenDefault(c.Name), k.Expr)
		case ast.ConstrIdentity:
			switch {
			case c.Identity != 0:
				return conflict("multiple identity specifications")
			case c.Generated:
				return conflict("both identity and generation expression specified")
			case c.Default != "":
				return conflict("both default and identity specified")
			case null:
				return conflict("conflicting NULL/NOT NULL declarations")
			}
			switch c.Type.Type {
			case types.Int2, types.Int4, types.Int8:
			default:
				return sqlerr.New(sqlerr.InvalidParameterValue, "identity column type must be smallint, integer, or bigint")
			}
			c.Identity = 'd'
			if k.Always {
				c.Identity = 'a'
			}
			c.NotNull = true
			seq := b.sequence(c)
			if err := applySequenceOptions(seq, k.SeqOptions); err != nil {
				return err
			}
		}
	}
	t.Columns = append(t.Columns, c)
	return nil
}

// sequence makes the sequence a serial or identity column owns, and its
// default.
func (b *tableBuilder) sequence(c *catalog.Column) *catalog.Sequence {
	return b.sequenceNamed(c, "")
}

// sequenceNamed is sequence with a name; empty: one is made.
func (b *tableBuilder) sequenceNamed(c *catalog.Column, name string) *catalog.Sequence {
	seq := newSequence(c.Type.Type)
	seq.OID = b.edit.NewOID()
	seq.Schema, seq.Owner = b.schema.OID, b.s.Role.OID
	seq.ACL = b.s.newACL(seq.Schema, 'S')
	if seq.Name = name; name == "" {
		seq.Name = b.freeName(b.table.Name, c.Name, "seq")
	}
	seq.OwnerTable, seq.OwnerColumn = b.table.OID, c.Num
	c.Sequence = seq.OID
	c.Default = "nextval('" + strings.ReplaceAll(parser.QuoteIdent(b.schema.Name)+"."+parser.QuoteIdent(seq.Name), "'", "''") + "')"
	b.sequences = append(b.sequences, seq)
	statement := "CREATE TABLE"
	if b.altering {
		statement = "ALTER TABLE"
	}
	b.s.debug(`%s will create implicit sequence "%s" for serial column "%s.%s"`, statement, seq.Name, b.table.Name, c.Name)
	return seq
}

// constraint adds what a constraint says besides what column has taken.
func (b *tableBuilder) constraint(k *ast.Constraint, column *ast.ColumnDef) error {
	t := b.table
	if t.Server != 0 {
		if err := notForeign([]*ast.Constraint{k}); err != nil {
			return err
		}
	}
	switch k.Type {
	case ast.ConstrPrimary, ast.ConstrUnique:
		if k.IndexName != "" {
			return sqlerr.New(sqlerr.FeatureNotSupported, "cannot use an existing index in CREATE TABLE").At(k.Pos())
		}
		keys := k.Keys
		if column != nil && keys == nil {
			keys = []string{column.Name}
		}
		return b.unique(k, keys)
	case ast.ConstrCheck:
		if done, err := b.mergeCheck(k); done || err != nil {
			return err
		}
		if k.NoInherit && t.Key != nil {
			return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot add NO INHERIT constraint to partitioned table "%s"`, t.Name)
		}
		about := ""
		if cols := columnsOf(k.Expr); len(cols) == 1 {
			about = cols[0]
		}
		name, err := b.constraintName(k.Name, about, "check")
		if err != nil {
			return err
		}
		b.note(writtenCheck(name), k.Expr)
		t.Checks = append(t.Checks, &catalog.Check{OID: b.edit.NewOID(), Name: name, Expr: parser.Deparse(k.Expr), NotValid: k.NotValid && b.altering, NoInherit: k.NoInherit})
	case ast.ConstrForeign:
		columns := k.Keys
		if column != nil {
			columns = []string{column.Name}
		}
		b.foreign = append(b.foreign, wantedKey{k, columns})
	case ast.ConstrExclusion:
		if t.Key != nil {
			return sqlerr.New(sqlerr.FeatureNotSupported, "exclusion constraints are not supported on partitioned tables").At(k.Pos())
		}
		return b.exclusion(k)
	}
	return nil
}

// unique adds the index of a PRIMARY KEY or UNIQUE constraint.
func (b *tableBuilder) unique(k *ast.Constraint, keys []string) error {
	t := b.table
	primary := k.Type == ast.ConstrPrimary
	if primary && t.PrimaryConstraint() != nil && (b.altering || b.inherited != nil && b.inherited.partition) {
		return sqlerr.New(sqlerr.InvalidTableDefinition, `multiple primary keys for table "%s" are not allowed`, t.Name)
	}
	if primary && t.PrimaryConstraint() != nil {
		return sqlerr.New(sqlerr.InvalidTableDefinition, `multiple primary keys for table "%s" are not allowed`, t.Name).At(k.Pos())
	}
	index := &catalog.Index{OID: b.edit.NewOID(), Unique: true, Primary: primary && !k.Deferrable, DeferrablePrimary: primary && k.Deferrable, Constraint: true, NullsNotDistinct: k.NullsNotDistinct,
		Deferrable: k.Deferrable, InitiallyDeferred: k.InitiallyDeferred}
	index.ConstraintOID = b.edit.NewOID()
	for _, name := range keys {
		at := t.ColumnIndex(name)
		if at < 0 && primary && b.altering {
			return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, name, t.Name)
		}
		if at < 0 {
			return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" named in key does not exist`, name).At(k.Pos())
		}
		c := t.Columns[at]
		if !c.Type.Comparable() {
			return sqlerr.New(sqlerr.UndefinedObject, `data type %s has no default operator class for access method "btree"`, c.Type.Type).
				WithHint("You must specify an operator class for the index or define a default operator class for the data type.")
		}
		if !tables.Indexable(c.Type.Type) {
			return sqlerr.Unsupported("an index on type %s", c.Type.Type)
		}
		for _, have := range index.Keys {
			if have.Column == c.Num {
				what := "unique constraint"
				if primary {
					what = "primary key constraint"
				}
				return sqlerr.New(sqlerr.DuplicateColumn, `column "%s" appears twice in %s`, name, what).At(k.Pos())
			}
		}
		if primary && !c.NotNull {
			fixed := *c
			fixed.NotNull = true
			t.Columns[at] = &fixed
		}
		index.Keys = append(index.Keys, catalog.IndexKey{Column: c.Num})
	}
	for _, name := range k.Including {
		at := t.ColumnIndex(name)
		if at < 0 {
			return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" named in key does not exist`, name).At(k.Pos())
		}
		index.Include = append(index.Include, t.Columns[at].Num)
	}
	switch {
	case k.Name != "":
		if b.taken[k.Name] || b.edit.Catalog().RelationNameTaken(b.schema.OID, k.Name) {
			return sqlerr.New(sqlerr.DuplicateTable, `relation "%s" already exists`, k.Name)
		}
		if tableHasConstraint(t, k.Name) {
			return sqlerr.New(sqlerr.DuplicateObject, `constraint "%s" for relation "%s" already exists`, k.Name, t.Name)
		}
		index.Name = k.Name
		b.taken[k.Name] = true
	case primary:
		index.Name = b.freeName(t.Name, "", "pkey")
	default:
		index.Name = b.freeName(t.Name, strings.Join(withIncluded(keys, k.Including), "_"), "key")
	}
	t.Indexes = append(t.Indexes, index)
	what := "UNIQUE"
	if primary {
		what = "PRIMARY KEY"
	}
	b.implicitIndex(what, index.Name)
	return uniqueAcross(t, index)
}

// implicitIndex says what index a constraint brings along.
func (b *tableBuilder) implicitIndex(constraint, name string) {
	statement := "CREATE TABLE /"
	if b.altering {
		statement = "ALTER TABLE / ADD"
	}
	b.s.debug(`%s %s will create implicit index "%s" for table "%s"`, statement, constraint, name, b.table.Name)
}

func writtenDefault(column string) string { return "default " + column }
func writtenCheck(name string) string     { return "check " + name }

// note keeps an expression as it was written.
func (b *tableBuilder) note(key string, e ast.Expr) {
	if b.written == nil {
		b.written = map[string]ast.Expr{}
	}
	b.written[key] = e
}

// verifyExpressions binds the defaults and checks of the finished table, so
// that what is stored can be used.
func (b *tableBuilder) verifyExpressions() error {
	t := b.table
	env := *b.s.Env
	env.Catalog = b.s.Tx.Catalog()
	replaced := false
	for i, c := range t.Columns {
		if c.Default == "" {
			continue
		}
		verified, err := verifyDefault(&env, t, c, b.written[writtenDefault(c.Name)])
		if err != nil {
			return err
		}
		if verified != c {
			t.Columns[i], replaced = verified, true
		}
	}
	for i, k := range t.Checks {
		written := b.written[writtenCheck(k.Name)]
		parsed, err := parsedOr(written, k.Expr)
		if err != nil {
			return err
		}
		e, err := plan.RowExpression(&env, t, parsed, "check constraints")
		if err != nil {
			return located(written, err)
		}
		if from := e.Type(); from != types.Unknown && from != types.Boolean {
			return sqlerr.New(sqlerr.DatatypeMismatch, "argument of CHECK must be type boolean, not type %s", from)
		}
		settled, err := settleLiterals(&env, parsed, e)
		if err != nil {
			return unlocated(err)
		}
		if settled {
			changed := *k
			changed.Expr, replaced = parser.Deparse(parsed), true
			t.Checks[i] = &changed
		}
	}
	if replaced {
		b.s.Tx.PutObject(t)
	}
	return nil
}

// nullDefault says whether a default is NULL and no more, which is as if there were none:
// not where the value is still to be converted, or a domain's own default would take its place.
func nullDefault(e expr.Expr, c *catalog.Column) bool {
	k, ok := e.(*expr.Const)
	if !ok || !k.Value.IsNull() || c.Generated || c.Type.Type.Kind == types.KindDomain {
		return false
	}
	return (k.T == types.Unknown || k.T.Same(c.Type.Type)) && (c.Typmod == types.NoTypmod || c.Type.Type == types.IntervalType)
}

// unlocated drops a position that counts in the stored text.
func unlocated(err error) error {
	e := *sqlerr.From(err)
	e.Offset = 0
	return &e
}

func optionText(o *ast.DefElem) string {
	switch v := o.Value.(type) {
	case *ast.Const:
		switch v.Kind {
		case ast.ConstInteger:
			return strconv.FormatInt(v.Int, 10)
		case ast.ConstBool:
			return strconv.FormatBool(v.Bool)
		}
		return v.Text
	case *ast.Name:
		return strings.Join(v.Parts, ".")
	case *ast.TypeName:
		return strings.Join(v.Names, ".")
	case *ast.ColumnRef:
		return strings.Join(v.Fields, ".")
	}
	return ""
}
