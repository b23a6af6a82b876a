// Package ddl runs the statements that change definitions. Each reads the
// catalog through the transaction, checks what PostgreSQL checks, and puts new
// descriptors into the transaction; nothing is visible to others before it
// commits.
package ddl

import (
	"cmp"
	"context"
	"log/slog"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// Session is what a statement needs of the session that runs it.
type Session struct {
	Tx   *tables.Tx
	Env  *plan.Env
	Eval *expr.Context
	// Role is the role whose privileges apply; User is whose slices are seen.
	Role *catalog.Role
	User string
	// SessionUser is the name that the session has logged in with.
	SessionUser string
	// TempName is the name of the session's schema of temporary relations.
	TempName string
	// InBlock: a transaction block is open.
	InBlock bool
	// OutsideBlock refuses to go on with a command in a transaction block or a function.
	OutsideBlock func(command string) error
	// Concurrently does what CONCURRENTLY says.
	Concurrently Concurrently
	// Constraints is what is told of triggers to fire, and Runtime what they run with.
	Constraints *exec.Constraints
	Runtime     func() *exec.Runtime
	// Pending says whether a table has deferred checks to come.
	Pending func(table catalog.OID) bool
	// Setting gives the value that SET would give a setting, checked; Under calls do
	// with what planning depends on under settings, as name=value.
	Setting func(*ast.VariableSetStmt) (string, error)
	// StoredSetting is that of ALTER ROLE and ALTER DATABASE, with the setting's name.
	StoredSetting func(*ast.VariableSetStmt) (name, value string, err error)
	Under         func(config []string, do func(*plan.Env) error) error
	// Plan plans a query that is part of the statement, privileges checked.
	Plan func(ast.Statement) (*plan.Plan, error)
	// PlanInner is Plan for a query that may have parameters, and gives these.
	PlanInner func(ast.Statement) (*plan.Plan, []types.Datum, error)
	// Authorize checks the privileges that a plan requires.
	Authorize func(*plan.Plan) error
	// Internal finds a built-in function that no query can call.
	Internal func(name string, args []catalog.OID) (oid, result catalog.OID)
	// Rewriting tells of a table that is about to be written anew, for a reason as
	// pg_event_trigger_table_rewrite_reason() has it.
	Rewriting func(t *catalog.Table, reason int) error
	// RestrictedAs makes functions that run until the end act as the owner of a relation,
	// and Restricted says that the statement stands in such a function.
	RestrictedAs func(owner catalog.OID) (end func())
	Restricted   bool
	// Run runs such a query with its parameters; a row is valid during the call.
	Run func(p *plan.Plan, params []types.Datum, each func(types.Row) error) error
	// Clients counts the other sessions in a database; with end it ends them
	// and counts none.
	Clients func(database catalog.OID, end bool) int
	Log     *slog.Logger

	notices []*sqlerr.Error
	// several: the statement drops more than one object by name.
	several bool
	// cascaded is what goes with them so far.
	cascaded []string
	// Uncommitted is the transaction's mark on labels of enums.
	Uncommitted *types.Uncommitted
	// retyping are the actions of an ALTER TABLE that give columns other types.
	retyping []*ast.AlterTableCmd
	// dropping lists the objects that the statement drops by name.
	dropping []catalog.OID
}

// Tag is a statement's command tag as far as its kind decides it.
func Tag(stmt ast.Statement) string {
	switch s := stmt.(type) {
	case *ast.CreateStmt:
		if s.Foreign {
			return "CREATE FOREIGN TABLE"
		}
		return "CREATE TABLE"
	case *ast.IndexStmt:
		return "CREATE INDEX"
	case *ast.CreateTableAsStmt:
		if s.Materialized {
			return "CREATE MATERIALIZED VIEW"
		}
		return "CREATE TABLE AS"
	case *ast.RefreshStmt:
		return "REFRESH MATERIALIZED VIEW"
	case *ast.ViewStmt:
		return "CREATE VIEW"
	case *ast.CreateSchemaStmt:
		return "CREATE SCHEMA"
	case *ast.CreateSeqStmt:
		return "CREATE SEQUENCE"
	case *ast.CreateOperatorStmt:
		return "CREATE OPERATOR"
	case *ast.DropOperatorStmt:
		return "DROP OPERATOR"
	case *ast.AlterOperatorStmt:
		return "ALTER OPERATOR"
	case *ast.CreateCastStmt:
		return "CREATE CAST"
	case *ast.DropCastStmt:
		return "DROP CAST"
	case *ast.CreateAggregateStmt:
		return "CREATE AGGREGATE"
	case *ast.CreateFunctionStmt:
		if s.Procedure {
			return "CREATE PROCEDURE"
		}
		return "CREATE FUNCTION"
	case *ast.AlterDefaultPrivilegesStmt:
		return "ALTER DEFAULT PRIVILEGES"
	case *ast.ReassignOwnedStmt:
		return "REASSIGN OWNED"
	case *ast.DropOwnedStmt:
		return "DROP OWNED"
	case *ast.AlterDatabaseStmt, *ast.AlterDatabaseSetStmt:
		return "ALTER DATABASE"
	case *ast.CreateStatsStmt:
		return "CREATE STATISTICS"
	case *ast.AlterStatsStmt:
		return "ALTER STATISTICS"
	case *ast.ClusterStmt:
		return "CLUSTER"
	case *ast.ReindexStmt:
		return "REINDEX"
	case *ast.CreateExtensionStmt:
		return "CREATE EXTENSION"
	case *ast.CreateCollationStmt:
		return "CREATE COLLATION"
	case *ast.AlterExtensionStmt:
		return "ALTER EXTENSION"
	case *ast.CreatePolicyStmt:
		return "CREATE POLICY"
	case *ast.AlterPolicyStmt:
		return "ALTER POLICY"
	case *ast.DropPolicyStmt:
		return "DROP POLICY"
	case *ast.CreateTrigStmt:
		return "CREATE TRIGGER"
	case *ast.DropTrigStmt:
		return "DROP TRIGGER"
	case *ast.CreateRuleStmt:
		return "CREATE RULE"
	case *ast.DropRuleStmt:
		return "DROP RULE"
	case *ast.CreateFdwStmt:
		if s.Alter {
			return "ALTER FOREIGN DATA WRAPPER"
		}
		return "CREATE FOREIGN DATA WRAPPER"
	case *ast.CreateServerStmt:
		if s.Alter {
			return "ALTER SERVER"
		}
		return "CREATE SERVER"
	case *ast.UserMappingStmt:
		return upper(s.Command) + " USER MAPPING"
	case *ast.CreateTextSearchStmt:
		return "CREATE " + upper(string(s.Object))
	case *ast.AlterTSDictionaryStmt:
		return "ALTER TEXT SEARCH DICTIONARY"
	case *ast.AlterTSMappingStmt:
		return "ALTER TEXT SEARCH CONFIGURATION"
	case *ast.CreateOpClassStmt:
		return "CREATE OPERATOR CLASS"
	case *ast.OpFamilyStmt:
		if s.Alter {
			return "ALTER OPERATOR FAMILY"
		}
		return "CREATE OPERATOR FAMILY"
	case *ast.CreateConversionStmt:
		return "CREATE CONVERSION"
	case *ast.CreatePLangStmt:
		return "CREATE LANGUAGE"
	case *ast.PublicationStmt:
		if s.Action != "" {
			return "ALTER PUBLICATION"
		}
		return "CREATE PUBLICATION"
	case *ast.SubscriptionStmt:
		if s.Action != "" {
			return "ALTER SUBSCRIPTION"
		}
		return "CREATE SUBSCRIPTION"
	case *ast.CreateEventTrigStmt:
		return "CREATE EVENT TRIGGER"
	case *ast.AlterEventTrigStmt:
		return "ALTER EVENT TRIGGER"
	case *ast.ImportForeignSchemaStmt:
		return "IMPORT FOREIGN SCHEMA"
	case *ast.AlterFunctionStmt:
		return "ALTER " + upper(string(s.Object))
	case *ast.DropFunctionStmt:
		return "DROP " + upper(string(s.Object))
	case *ast.DropStmt:
		return "DROP " + upper(string(s.Object))
	case *ast.TruncateStmt:
		return "TRUNCATE TABLE"
	case *ast.CreateRoleStmt:
		return "CREATE ROLE"
	case *ast.AlterRoleStmt, *ast.AlterRoleSetStmt:
		return "ALTER ROLE"
	case *ast.DropRoleStmt:
		return "DROP ROLE"
	case *ast.GrantStmt:
		if s.Grant {
			return "GRANT"
		}
		return "REVOKE"
	case *ast.GrantRoleStmt:
		switch {
		case s.Group:
			return "ALTER ROLE"
		case s.Grant:
			return "GRANT ROLE"
		}
		return "REVOKE ROLE"
	case *ast.AlterTableStmt:
		return "ALTER " + upper(cmp.Or(string(s.ObjType), "table"))
	case *ast.RenameStmt:
		if s.Object == "attribute" {
			return "ALTER TYPE"
		}
		if s.RelationType != "" {
			return "ALTER " + upper(string(s.RelationType))
		}
		return "ALTER " + upper(string(s.Object))
	case *ast.AlterObjectSchemaStmt:
		return "ALTER " + upper(string(s.Object))
	case *ast.CommentStmt:
		return "COMMENT"
	case *ast.AlterSeqStmt:
		return "ALTER SEQUENCE"
	case *ast.CreateEnumStmt, *ast.CompositeTypeStmt, *ast.CreateRangeStmt:
		return "CREATE TYPE"
	case *ast.AlterEnumStmt, *ast.AlterTypeStmt:
		return "ALTER TYPE"
	case *ast.CreateDomainStmt:
		return "CREATE DOMAIN"
	case *ast.AlterDomainStmt:
		return "ALTER DOMAIN"
	case *ast.AlterOwnerStmt:
		return "ALTER " + upper(string(s.Object))
	case *ast.CreatedbStmt:
		return "CREATE DATABASE"
	case *ast.DropdbStmt:
		return "DROP DATABASE"
	}
	return stmt.Kind()
}

// Run runs a statement and gives its tag and what there was to say.
func Run(ctx context.Context, s *Session, stmt ast.Statement) (string, []*sqlerr.Error, error) {
	var err error
	if changesShared(stmt) {
		s.Tx.ShareDefinitions()
	}
	switch stmt.(type) {
	case *ast.CreateStmt, *ast.AlterTableStmt, *ast.IndexStmt, *ast.CreateDomainStmt, *ast.AlterDomainStmt:
		s.qualifyFunctions(stmt)
	}
	switch st := stmt.(type) {
	case *ast.CreateTableAsStmt:
		rows, filled, err := s.createTableAs(ctx, st)
		if err != nil || !filled {
			return Tag(st), s.notices, err
		}
		return selectTag(rows), s.notices, nil
	case *ast.CreateFunctionStmt:
		err = s.createFunction(ctx, st)
	case *ast.CreateOperatorStmt:
		err = s.createOperator(ctx, st)
	case *ast.DropOperatorStmt:
		err = s.dropOperator(ctx, st)
	case *ast.AlterOperatorStmt:
		err = s.alterOperator(ctx, st)
	case *ast.CreateCastStmt:
		err = s.createCast(ctx, st)
	case *ast.DropCastStmt:
		err = s.dropCast(ctx, st)
	case *ast.CreateAggregateStmt:
		err = s.createAggregate(ctx, st)
	case *ast.AlterDefaultPrivilegesStmt:
		err = s.alterDefaultPrivileges(ctx, st)
	case *ast.ReassignOwnedStmt:
		err = s.reassignOwned(ctx, st)
	case *ast.DropOwnedStmt:
		err = s.dropOwned(ctx, st)
	case *ast.AlterDatabaseStmt:
		err = s.alterDatabase(ctx, st)
	case *ast.AlterDatabaseSetStmt:
		err = s.alterDatabaseSet(ctx, st)
	case *ast.CreateStatsStmt:
		err = s.createStatistics(ctx, st)
	case *ast.AlterStatsStmt:
		err = s.alterStatistics(ctx, st)
	case *ast.ClusterStmt:
		err = s.cluster(ctx, st)
	case *ast.ReindexStmt:
		err = s.reindex(ctx, st)
	case *ast.CreateExtensionStmt:
		err = s.createExtension(ctx, st)
	case *ast.CreateCollationStmt:
		err = s.createCollation(ctx, st)
	case *ast.AlterExtensionStmt:
		err = s.alterExtension(ctx, st)
	case *ast.CreatePolicyStmt:
		err = s.createPolicy(ctx, st)
	case *ast.AlterPolicyStmt:
		err = s.alterPolicy(ctx, st)
	case *ast.DropPolicyStmt:
		err = s.dropPolicy(ctx, st)
	case *ast.AlterFunctionStmt:
		err = s.alterFunction(ctx, st)
	case *ast.DropFunctionStmt:
		err = s.dropFunction(ctx, st)
	case *ast.CreateStmt:
		err = s.createTable(ctx, st)
	case *ast.RefreshStmt:
		err = s.refresh(ctx, st)
	case *ast.IndexStmt:
		err = s.createIndex(ctx, st)
	case *ast.ViewStmt:
		err = s.createView(ctx, st)
	case *ast.CreateSchemaStmt:
		err = s.createSchema(ctx, st)
	case *ast.CreateSeqStmt:
		err = s.createSequence(ctx, st)
	case *ast.DropStmt:
		err = s.drop(ctx, st)
	case *ast.TruncateStmt:
		err = s.truncate(ctx, st)
	case *ast.CreateRoleStmt:
		err = s.createRole(ctx, st)
	case *ast.AlterRoleStmt:
		err = s.alterRole(ctx, st)
	case *ast.AlterRoleSetStmt:
		err = s.alterRoleSet(ctx, st)
	case *ast.DropRoleStmt:
		err = s.dropRole(ctx, st)
	case *ast.GrantStmt:
		err = s.grant(ctx, st)
	case *ast.GrantRoleStmt:
		err = s.grantRole(ctx, st)
	case *ast.AlterTableStmt:
		err = s.alterTable(ctx, st)
	case *ast.RenameStmt:
		err = s.rename(ctx, st)
	case *ast.CommentStmt:
		err = s.comment(ctx, st)
	case *ast.AlterSeqStmt:
		err = s.alterSequence(ctx, st)
	case *ast.AlterObjectSchemaStmt:
		err = s.setSchema(ctx, st)
	case *ast.AlterOwnerStmt:
		switch st.Object {
		case "schema":
			err = s.alterSchema(ctx, st)
		case "database":
			err = s.alterDatabaseOwner(ctx, st)
		case "large object":
			err = s.alterLargeObjectOwner(ctx, st)
		default:
			err = s.alterTypeOwner(ctx, st)
		}
	case *ast.CreatedbStmt:
		err = s.createDatabase(ctx, st)
	case *ast.DropdbStmt:
		err = s.dropDatabase(ctx, st)
	case *ast.CreateEnumStmt:
		err = s.createEnum(ctx, st)
	case *ast.AlterEnumStmt:
		err = s.alterEnum(ctx, st)
	case *ast.CreateDomainStmt:
		err = s.createDomain(ctx, st)
	case *ast.AlterDomainStmt:
		err = s.alterDomain(ctx, st)
	case *ast.CompositeTypeStmt:
		err = s.createComposite(ctx, st)
	case *ast.AlterTypeStmt:
		err = s.alterAttributes(ctx, st)
	case *ast.CreateRangeStmt:
		err = s.createRange(ctx, st)
	case *ast.CreateTrigStmt:
		err = s.createTrigger(ctx, st)
	case *ast.DropTrigStmt:
		err = s.dropTrigger(ctx, st)
	case *ast.CreateRuleStmt:
		err = s.createRule(ctx, st)
	case *ast.DropRuleStmt:
		err = s.dropRule(ctx, st)
	case *ast.CreateFdwStmt:
		err = s.foreignWrapper(ctx, st)
	case *ast.CreateServerStmt:
		err = s.foreignServer(ctx, st)
	case *ast.UserMappingStmt:
		err = s.userMapping(ctx, st)
	case *ast.CreateTextSearchStmt:
		err = s.createTextSearch(ctx, st)
	case *ast.AlterTSDictionaryStmt:
		err = s.alterDictionary(ctx, st)
	case *ast.AlterTSMappingStmt:
		err = s.alterMapping(ctx, st)
	case *ast.CreateOpClassStmt:
		err = s.createOpClass(ctx, st)
	case *ast.OpFamilyStmt:
		err = s.opFamily(ctx, st)
	case *ast.CreateConversionStmt:
		err = s.createConversion(ctx, st)
	case *ast.CreatePLangStmt:
		err = s.createLanguage(ctx, st)
	case *ast.PublicationStmt:
		err = s.publication(ctx, st)
	case *ast.SubscriptionStmt:
		err = s.subscription(ctx, st)
	case *ast.CreateEventTrigStmt:
		err = s.createEventTrigger(ctx, st)
	case *ast.AlterEventTrigStmt:
		err = s.alterEventTrigger(ctx, st)
	case *ast.ImportForeignSchemaStmt:
		err = s.importForeignSchema(st)
	case *ast.UnsupportedStmt:
		err = sqlerr.Unsupported(st.Construct)
	default:
		err = sqlerr.Unsupported(stmt.Kind())
	}
	if err != nil {
		return "", s.notices, err
	}
	return Tag(stmt), s.notices, nil
}

// notice adds a NOTICE.
func (s *Session) notice(code sqlerr.Code, format string, args ...any) {
	s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityNotice, code, format, args...))
}

// debug adds a message for who listens to DEBUG1.
func (s *Session) debug(format string, args ...any) {
	s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityDebug, sqlerr.SuccessfulCompletion, format, args...))
}

// owner demands that the role owns an object.
func (s *Session) owner(owner catalog.OID, what, name string) error {
	if s.Tx.Catalog().OwnedBy(s.Role.OID, owner) {
		return nil
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, "must be owner of %s %s", what, name)
}

// mayCreate demands the right to create in a schema.
func (s *Session) mayCreate(schema *catalog.Schema) error {
	switch schema.OID {
	case catalog.SchemaPGCatalog, catalog.SchemaKalam, catalog.SchemaInfo:
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for schema %s", schema.Name)
	}
	if s.Tx.Catalog().Allowed(s.Role.OID, schema.Owner, schema.ACL, catalog.PrivCreate) {
		return nil
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for schema %s", schema.Name)
}

func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 32
		}
	}
	return string(b)
}
