package ddl

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// alterTable runs ALTER TABLE: columns, their types and defaults, NOT NULL,
// constraints and owners.
func (s *Session) alterTable(ctx context.Context, st *ast.AlterTableStmt) error {
	named := s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name)
	_, isView := named.(*catalog.View)
	_, isSequence := named.(*catalog.Sequence)
	_, isTable := named.(*catalog.Table)
	if st.ObjType == "view" || st.ObjType == "sequence" || isView || isSequence || !isTable && ownerOnly(st) {
		return s.alterOther(ctx, st)
	}
	if st.ObjType == "materialized view" {
		if err := actionFits(st.Cmds[0].Kind, named); err != nil {
			return err
		}
	}
	if st.ObjType == "index" && st.Cmds[0].Kind == "AttachPartition" {
		return s.attachIndex(ctx, st)
	} else if st.ObjType == "index" {
		return s.alterIndex(ctx, st)
	}
	for _, cmd := range st.Cmds {
		if cmd.ColumnNum != 0 {
			return sqlerr.New(sqlerr.FeatureNotSupported, "cannot refer to non-index column by number")
		}
	}
	what := "table"
	switch st.ObjType {
	case "table", "":
		if t, ok := named.(*catalog.Table); ok {
			what = t.Word()
		}
	case "foreign table":
		what = "foreign table"
	case "materialized view":
		what = "materialized view"
		for _, cmd := range st.Cmds {
			if !slices.Contains(ofMaterializedViews, cmd.Kind) {
				return sqlerr.Unsupported("ALTER MATERIALIZED VIEW ... %s", cmd.Kind).At(cmd.Pos())
			}
		}
	default:
		return sqlerr.Unsupported("ALTER %s", upper(string(st.ObjType)))
	}
	if s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name) == nil && st.IfExists {
		s.notice(sqlerr.SuccessfulCompletion, `relation "%s" does not exist, skipping`, st.Relation.Name)
		return nil
	}
	if err := s.systemCatalog(st.Relation); err != nil {
		return err
	}
	old, err := s.Env.NamedTable(st.Relation, "alter")
	if err != nil {
		return err
	}
	if what == "materialized view" && old.Query == nil {
		return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a materialized view`, old.Name)
	}
	if what == "foreign table" && old.Server == 0 {
		return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a foreign table`, old.Name)
	}
	if err := s.owner(old.Owner, what, old.Name); err != nil {
		return err
	}
	edit, err := s.edit(ctx, old.Temporary)
	if err != nil {
		return err
	}
	if err := s.Tx.LockTable(ctx, old.OID, lockLevel(st.Cmds...), false); err != nil {
		return err
	}
	if err := s.idle(old, "ALTER TABLE"); err != nil {
		return err
	}
	for _, cmd := range st.Cmds {
		if err := actionFits(cmd.Kind, old); err != nil {
			return err
		}
		if text := untypedActions[cmd.Kind]; text != "" && old.OfType != 0 {
			return sqlerr.New(sqlerr.WrongObjectType, "%s", text)
		}
	}
	if err := s.mayReshape(old, st.Cmds); err != nil {
		return err
	}
	cmds := slices.Clone(st.Cmds)
	converts := slices.ContainsFunc(cmds, func(c *ast.AlterTableCmd) bool { return c.Kind == "AlterColumnType" && c.Expr != nil })
	slices.SortStableFunc(cmds, func(a, b *ast.AlterTableCmd) int { return alterPass(a, converts) - alterPass(b, converts) })
	s.retyping = nil
	for i, cmd := range cmds {
		if cmd.Kind == "AlterColumnType" {
			if s.retyping = append(s.retyping, cmd); i+1 < len(cmds) && cmds[i+1].Kind == cmd.Kind {
				continue // with the last of them
			}
		}
		if err := s.alterTree(ctx, edit, old.OID, cmd, !st.Relation.Only, false); err != nil {
			return err
		}
	}
	return nil
}

// alterPass says when an action is done among those of its statement: what goes does so
// first, then columns get other types, then there are new columns, constraints over columns,
// what columns are like, and at last what refers to other tables. If USING converts rows, it
// reads columns that are dropped.
func alterPass(cmd *ast.AlterTableCmd, converts bool) int {
	switch cmd.Kind {
	case "DropColumn":
		if converts {
			return 2
		}
		return 0
	case "DropConstraint", "DropNotNull", "DropExpression", "DropIdentity":
		return 0
	case "ColumnDefault":
		if cmd.Expr == nil {
			return 0
		}
		return 7
	case "AlterColumnType":
		return 1
	case "AddColumn":
		return 3
	case "SetNotNull":
		return 5
	case "AddConstraint":
		switch cmd.Constraint.Type {
		case ast.ConstrCheck:
			return 4
		case ast.ConstrForeign:
			return 7
		}
		return 6
	case "AddIdentity":
		return 7
	}
	return 8
}

// ofMaterializedViews are the actions that materialised views have.
var ofMaterializedViews = []string{"SetAccessMethod", "SetTableSpace", "ChangeOwner", "SetRelOptions", "ResetRelOptions", "ClusterOn", "DropCluster", "SetStatistics", "SetStorage", "SetCompression", "SetAttributeOptions", "ResetAttributeOptions"}

// alterOne runs one action on one table.
func (s *Session) alterOne(ctx context.Context, edit *catalog.Editor, t *catalog.Table, cmd *ast.AlterTableCmd) (err error) {
	switch cmd.Kind {
	case "AddColumn":
		err = s.addColumn(ctx, edit, t, cmd)
	case "DropColumn":
		err = s.dropColumn(ctx, t, cmd)
	case "AddConstraint":
		err = s.addConstraint(ctx, edit, t, cmd)
	case "DropExpression":
		err = s.dropExpression(t, cmd)
	case "AlterConstraint":
		err = s.alterConstraint(t, cmd)
	case "ValidateConstraint":
		err = s.validateConstraint(ctx, t, cmd)
	case "DropConstraint":
		err = s.dropConstraint(ctx, t, cmd)
	case "AlterColumnType":
		err = s.alterTypes(ctx, t, s.retypings(cmd))
	case "ColumnDefault", "SetNotNull", "DropNotNull":
		err = s.alterColumn(ctx, t, cmd)
	case "AddIdentity", "SetIdentity", "DropIdentity":
		err = s.alterIdentity(ctx, edit, t, cmd)
	case "ChangeOwner":
		role, rerr := s.roleOf(cmd.NewOwner)
		if rerr != nil {
			return rerr
		}
		c := t.Clone()
		if t.Owner != role.OID {
			if err := s.mayOwn(role, t.Schema); err != nil {
				return err
			}
			c = movedColumns(c, t.Owner, role.OID).(*catalog.Table)
			c.Owner, c.ACL = role.OID, t.ACL.Moved(t.Owner, role.OID)
		}
		s.Tx.PutObject(c)
		for _, column := range c.Columns { // their sequences are the owner's too
			if seq, ok := s.Tx.Catalog().Get(column.Sequence).(*catalog.Sequence); ok {
				s.Tx.PutObject(withOwner(withACL(seq, seq.ACL.Moved(seq.Owner, role.OID)), role.OID))
			}
		}
	case "EnableRowSecurity", "DisableRowSecurity", "ForceRowSecurity", "NoForceRowSecurity":
		err = s.rowSecurity(t, cmd)
	case "EnableRule", "EnableAlwaysRule", "EnableReplicaRule", "DisableRule":
		err = s.enableRule(t, cmd)
	case "EnableTrig", "EnableTrigAll", "EnableTrigUser", "EnableAlwaysTrig", "EnableReplicaTrig", "DisableTrig", "DisableTrigAll", "DisableTrigUser":
		err = s.triggers(ctx, t, cmd)
	case "ReplicaIdentity":
		err = s.replicaIdentity(t, cmd)
	case "ClusterOn", "DropCluster":
		err = s.clusterOn(t, cmd)
	case "DropOids": // there are none
	case "SetLogged", "SetUnLogged":
		err = s.setLogged(t, cmd.Kind == "SetLogged")
	case "SetAttributeOptions", "ResetAttributeOptions":
		err = s.attributeOptions(t, cmd)
	case "SetStatistics", "SetStorage", "SetCompression":
		err = s.alterColumnStorage(t, cmd)
	case "SetTableSpace":
		err = tablespace(cmd.Name)
	case "SetAccessMethod":
		err = tableMethod(cmd.Name)
	case "AddOf", "DropOf":
		err = s.alterOfType(t, cmd)
	case "GenericOptions", "AlterColumnGenericOptions":
		err = s.alterForeignOptions(t, cmd)
	case "SetRelOptions", "ResetRelOptions":
		err = s.setStorage(t, cmd)
	case "AttachPartition":
		err = s.attachPartition(ctx, edit, t, cmd)
	case "DetachPartition", "DetachPartitionFinalize":
		err = s.detachPartition(ctx, t, cmd)
	case "AddInherit":
		err = s.addInherit(ctx, edit, t, cmd)
	case "DropInherit":
		err = s.dropInherit(ctx, t, cmd)
	default:
		err = sqlerr.Unsupported("ALTER TABLE ... %s", cmd.Kind).At(cmd.Pos())
	}
	return err
}

// ownerOnly says whether a statement does nothing but change the owner, which
// ALTER TABLE does for views and sequences too.
func ownerOnly(st *ast.AlterTableStmt) bool {
	return !slices.ContainsFunc(st.Cmds, func(c *ast.AlterTableCmd) bool { return c.Kind != "ChangeOwner" })
}

// addColumn adds a column; the rows there are get its default.
func (s *Session) addColumn(ctx context.Context, edit *catalog.Editor, old *catalog.Table, cmd *ast.AlterTableCmd) error {
	if old.ColumnIndex(cmd.Column.Name) >= 0 {
		if cmd.MissingOK {
			s.notice(sqlerr.DuplicateColumn, `column "%s" of relation "%s" already exists, skipping`, cmd.Column.Name, old.Name)
			return nil
		}
		return sqlerr.New(sqlerr.DuplicateColumn, `column "%s" of relation "%s" already exists`, cmd.Column.Name, old.Name)
	}
	t := old.Clone()
	b := &tableBuilder{s: s, edit: edit, schema: edit.Catalog().SchemaByOID(t.Schema), table: t, taken: map[string]bool{}, altering: true}
	if err := b.column(cmd.Column); err != nil {
		return err
	}
	indexes, checks := len(t.Indexes), len(t.Checks)
	if err := b.columnOptions(cmd.Column); err != nil {
		return err
	}
	for _, k := range cmd.Column.Constraints {
		if err := b.constraint(k, cmd.Column); err != nil {
			return err
		}
	}
	for _, seq := range b.sequences {
		s.Tx.PutObject(seq)
	}
	reshape, err := s.reshaping(ctx, old)
	if err != nil {
		return err
	}
	s.Tx.PutObject(t)
	if err := b.verifyExpressions(); err != nil {
		return err
	}
	if err := s.fillColumn(ctx, old, t); err != nil {
		return err
	}
	if err := reshape(); err != nil {
		return err
	}
	for _, c := range t.Checks[checks:] {
		if err := s.verifyCheck(ctx, t, c); err != nil {
			return err
		}
	}
	for _, i := range t.Indexes[indexes:] {
		if err := s.buildIndex(ctx, t, i); err != nil {
			return err
		}
	}
	return s.addForeignKeys(ctx, b)
}

// fillMissing gives the rows that are there the value of a new last column without
// touching them, where it is the same for all.
func (s *Session) fillMissing(ctx context.Context, old, t *catalog.Table, value expr.Expr) (done bool, err error) {
	c := t.Columns[len(t.Columns)-1]
	if c.Generated || !t.Durable() || s.Tx.HasWritten(old) || value != nil && (c.Type.OID >= types.FirstUserOID || expr.MaxVolatility(value) == expr.Volatile) {
		return false, nil
	}
	missing := types.Null
	if value != nil {
		if missing, err = value.Eval(s.Eval, nil); err != nil {
			return false, err
		}
	}
	if missing.IsNull() {
		if !c.NotNull {
			return true, nil
		}
		return false, nil // which is an error if there are rows
	}
	fixed := *c
	fixed.Missing = catalog.NewMissing(c.Type.Type, missing)
	t.Columns[len(t.Columns)-1] = &fixed
	s.Tx.PutObject(t)
	return true, nil
}

// fillColumn gives the rows that are there the value of a new last column.
func (s *Session) fillColumn(ctx context.Context, old, t *catalog.Table) error {
	at := len(t.Columns) - 1
	c := t.Columns[at]
	var value expr.Expr
	if text := plan.DefaultText(c); text != "" {
		parsed, err := parser.ParseExpr(text)
		if err != nil {
			return err
		}
		env := *s.Env
		env.Catalog = s.Tx.Catalog()
		row := (*catalog.Table)(nil)
		if c.Generated {
			row = t
		}
		if value, err = plan.RowExpression(&env, row, parsed, "DEFAULT expressions"); err != nil {
			return err
		}
		if value, err = plan.Assign(s.Env, value, c, -1); err != nil {
			return err
		}
	}
	if done, err := s.fillMissing(ctx, old, t, value); done || err != nil {
		return err
	}
	if s.Rewriting != nil {
		if err := s.Rewriting(old, rewriteDefault); err != nil {
			return err
		}
	}
	return s.Tx.RewriteRows(ctx, old, t, func(row types.Row) (types.Row, error) {
		out := append(append(make(types.Row, 0, at+2), row[:at]...), types.Null)
		if value != nil {
			v, err := value.Eval(s.Eval, out)
			if err != nil {
				return nil, err
			}
			out[at] = v
		}
		if c.NotNull && out[at].IsNull() {
			return nil, sqlerr.New(sqlerr.NotNullViolation, `column "%s" of relation "%s" contains null values`, c.Name, t.Name)
		}
		return out, nil
	})
}

// dropColumn removes a column with the indexes over it.
func (s *Session) dropColumn(ctx context.Context, old *catalog.Table, cmd *ast.AlterTableCmd) error {
	at := old.ColumnIndex(cmd.Name)
	if at < 0 {
		if cmd.Name == "tableoid" || slices.Contains(expr.VersionColumns, cmd.Name) {
			return sqlerr.New(sqlerr.FeatureNotSupported, `cannot drop system column "%s"`, cmd.Name)
		}
		if cmd.MissingOK {
			s.notice(sqlerr.SuccessfulCompletion, `column "%s" of relation "%s" does not exist, skipping`, cmd.Name, old.Name)
			return nil
		}
		return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, cmd.Name, old.Name)
	}
	var t *catalog.Table
	num := old.Columns[at].Num
	uses := func(i *catalog.Index) bool { return reads(i, old.Columns[at]) }
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	what := s.shownColumn(old, cmd.Name)
	if s.several {
		what = severalObjects
	}
	if err := s.settle(what, s.columnDependents(ctx, edit, old, old.Columns[at]), cmd.Cascade); err != nil {
		return err
	}
	old = s.Tx.Catalog().Table(old.OID) // without what has gone
	t, at = old.Clone(), old.ColumnIndex(cmd.Name)
	t.Foreign = slices.DeleteFunc(t.Foreign, func(k *catalog.ForeignKey) bool { return slices.Contains(k.Columns, num) })
	pk := old.PrimaryKey()
	rekey := pk != nil && uses(pk)
	if !rekey {
		for _, i := range old.Indexes {
			if uses(i) {
				s.Tx.DropIndexStorage(old, i)
			}
		}
	}
	t.Indexes = slices.DeleteFunc(t.Indexes, uses)
	t.Columns = slices.Delete(t.Columns, at, at+1)
	t.Checks = slices.DeleteFunc(t.Checks, func(c *catalog.Check) bool {
		parsed, err := parser.ParseExpr(c.Expr)
		return err == nil && slices.Contains(columnsOf(parsed), cmd.Name)
	})
	dropStatisticsOver(t, old.Columns[at])
	for _, q := range s.ownedBy(old, num) {
		s.Tx.DropObject(q.OID)
	}
	reshape, err := s.reshaping(ctx, old)
	if err != nil {
		return err
	}
	s.Tx.PutObject(t)
	without := func(row types.Row) (types.Row, error) {
		out := append(make(types.Row, 0, len(row)), row[:at]...)
		return append(out, row[at+1:len(old.Columns)]...), nil
	}
	if rekey {
		err = s.Tx.Rekey(ctx, old, t, without)
	} else {
		err = s.Tx.RewriteRows(ctx, old, t, without)
	}
	if err != nil {
		return err
	}
	return reshape()
}

// computedFrom lists the generated columns that are computed from one.
func (s *Session) computedFrom(ctx context.Context, edit *catalog.Editor, t *catalog.Table, column, on string) (list []dependent) {
	for _, c := range t.Columns {
		if !c.Generated || c.Name == column {
			continue
		}
		parsed, err := parser.ParseExpr(c.Default)
		if err == nil && slices.Contains(columnsOf(parsed), column) {
			list = append(list, s.dependentColumn(ctx, edit, t, c, on))
		}
	}
	return list
}

// alterColumn changes a column's default or NOT NULL.
func (s *Session) alterColumn(ctx context.Context, old *catalog.Table, cmd *ast.AlterTableCmd) error {
	at, err := alterableColumn(old, cmd.Name)
	if err != nil {
		return err
	}
	t := old.Clone()
	c := *old.Columns[at]
	t.Columns[at] = &c
	switch cmd.Kind {
	case "ColumnDefault":
		switch {
		case c.Identity != 0:
			err := sqlerr.New(sqlerr.SyntaxError, `column "%s" of relation "%s" is an identity column`, c.Name, t.Name)
			if cmd.Expr == nil {
				err = err.WithHint("Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.")
			}
			return err
		case c.Generated:
			err := sqlerr.New(sqlerr.SyntaxError, `column "%s" of relation "%s" is a generated column`, c.Name, t.Name)
			if cmd.Expr == nil {
				err = err.WithHint("Use ALTER TABLE ... ALTER COLUMN ... DROP EXPRESSION instead.")
			}
			return err
		}
		c.Default = ""
		if cmd.Expr != nil {
			c.Default = parser.Deparse(cmd.Expr)
		}
		s.Tx.PutObject(t)
		return (&tableBuilder{s: s, table: t}).verifyExpressions()
	case "DropNotNull":
		if pk := old.PrimaryConstraint(); pk != nil && slices.ContainsFunc(pk.Keys, func(k catalog.IndexKey) bool { return k.Column == c.Num }) {
			return sqlerr.New(sqlerr.InvalidTableDefinition, `column "%s" is in a primary key`, c.Name)
		}
		for _, i := range old.Indexes {
			if i.OID == old.ReplicaIndex && slices.ContainsFunc(i.Keys, func(k catalog.IndexKey) bool { return k.Column == c.Num }) {
				return sqlerr.New(sqlerr.InvalidTableDefinition, `column "%s" is in index used as replica identity`, c.Name)
			}
		}
		if c.Identity != 0 {
			return sqlerr.New(sqlerr.SyntaxError, `column "%s" of relation "%s" is an identity column`, c.Name, old.Name)
		}
		c.NotNull = false
		s.Tx.PutObject(t)
		return nil
	}
	c.NotNull = true
	s.Tx.PutObject(t)
	return s.verifyNotNull(ctx, old, t)
}

// rename runs ALTER ... RENAME of tables, columns and schemas.
func (s *Session) rename(ctx context.Context, st *ast.RenameStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	if definedClasses[st.Object] != nil {
		return s.renameDefined(st)
	}
	if st.Object == "schema" {
		return s.renameSchema(ctx, st)
	}
	if st.Object == "role" {
		return s.renameRole(edit, st)
	}
	if st.Object == "database" {
		return s.renameDatabase(ctx, edit, st)
	}
	if st.Object == "type" || st.Object == "domain" {
		return s.renameType(st)
	}
	if st.Object == "attribute" {
		return s.renameAttribute(ctx, st)
	}
	if st.Object == "trigger" {
		return s.renameTrigger(ctx, st)
	}
	if st.Object == "rule" {
		return s.renameRule(ctx, st)
	}
	if done, err := s.renameIndexAs(ctx, st); done || err != nil {
		return err
	}
	switch st.Object {
	case "table", "column", "constraint", "view", "sequence", "materialized view", "index", "foreign table":
	default:
		return sqlerr.Unsupported("ALTER %s ... RENAME", upper(string(st.Object)))
	}
	if st.IfExists && s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name) == nil {
		s.notice(sqlerr.SuccessfulCompletion, `relation "%s" does not exist, skipping`, st.Relation.Name)
		return nil
	}
	if done, err := s.renameOther(edit, st); done || err != nil {
		return err
	}
	old, err := s.Env.NamedTable(st.Relation, "alter")
	if err != nil {
		return err
	}
	if err := s.owner(old.Owner, kindOf(old), old.Name); err != nil {
		return err
	}
	if err := s.Tx.LockTable(ctx, old.OID, tables.AccessExclusiveMode, false); err != nil {
		return err
	}
	t := old.Clone()
	if st.Object == "constraint" {
		return s.renameConstraint(edit, t, st, false)
	}
	if err := s.unwrittenInPolicies(old.OID, st.Object); err != nil {
		return err
	}
	if st.Object == "column" && old.OfType != 0 {
		return sqlerr.New(sqlerr.WrongObjectType, "cannot rename column of typed table")
	}
	if st.Object != "column" {
		if edit.Catalog().RelationNameTaken(t.Schema, st.NewName) {
			return sqlerr.New(sqlerr.DuplicateTable, `relation "%s" already exists`, st.NewName)
		}
		t.Name = st.NewName
		err := s.renameInside(t, func(ref *ast.ColumnRef) {
			if n := len(ref.Fields); n > 1 && ref.Fields[n-2] == old.Name {
				ref.Fields[n-2] = st.NewName
			}
		})
		s.Tx.PutObject(t)
		return err
	}
	return s.renameColumn(ctx, old, st, false)
}

// renameColumn renames a column, with those of tables that inherit it unless ONLY is
// written; below says that the table is one of these.
func (s *Session) renameColumn(ctx context.Context, old *catalog.Table, st *ast.RenameStmt, below bool) error {
	t := old.Clone()
	at := old.ColumnIndex(st.SubName)
	if at < 0 {
		return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" does not exist`, st.SubName)
	}
	if old.ColumnIndex(st.NewName) >= 0 {
		return sqlerr.New(sqlerr.DuplicateColumn, `column "%s" of relation "%s" already exists`, st.NewName, t.Name)
	}
	c := *old.Columns[at]
	if !below {
		if err := s.renamable(old, "column", c.Name, c.Inheritance, st.Relation.Only); err != nil {
			return err
		}
	} else if err := s.renamedElsewhere(old, "column", c.Name, c.InhCount, st); err != nil {
		return err
	}
	if err := s.unreadColumns(catalog.RowTypeOID(old.OID), "renaming"); err != nil {
		return err
	}
	c.Name = st.NewName
	t.Columns[at] = &c
	err := s.renameInside(t, func(ref *ast.ColumnRef) {
		if last := len(ref.Fields) - 1; ref.Fields[last] == st.SubName {
			ref.Fields[last] = st.NewName
		}
	})
	if err == nil {
		err = renameInTriggers(t, st.SubName, st.NewName)
	}
	if err == nil && t.Key != nil {
		err = renameInKey(t, st.SubName, st.NewName)
	}
	s.Tx.PutObject(t)
	for _, child := range s.Tx.Catalog().Children(t.OID) {
		if err != nil {
			break
		}
		if err = s.forChild(ctx, child, tables.AccessExclusiveMode); err == nil {
			if child = s.Tx.Catalog().Table(child.OID); child.ColumnIndex(st.SubName) >= 0 {
				err = s.renameColumn(ctx, child, st, true)
			}
		}
	}
	return err
}

// renameInKey lets the expressions of a partition key follow a column. The table is a clone.
func renameInKey(t *catalog.Table, from, to string) error {
	key := &catalog.PartitionKey{Strategy: t.Key.Strategy, Columns: slices.Clone(t.Key.Columns)}
	for i := range key.Columns {
		k := &key.Columns[i]
		if k.Expr == "" {
			continue
		}
		parsed, err := parser.ParseExpr(k.Expr)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if ref, ok := n.(*ast.ColumnRef); ok && !ref.Star && ref.Fields[len(ref.Fields)-1] == from {
				ref.Fields[len(ref.Fields)-1] = to
			}
			return true
		})
		k.Expr = parser.Deparse(parsed)
	}
	t.Key = key
	return nil
}
