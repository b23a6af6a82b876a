package ddl

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// changesShared says whether a statement may change what databases share: roles and
// the databases themselves. Those named here change definitions of their own database
// alone, whatever is changed with them.
func changesShared(stmt ast.Statement) bool {
	switch st := stmt.(type) {
	case *ast.CreateStmt, *ast.CreateTableAsStmt, *ast.RefreshStmt, *ast.IndexStmt, *ast.ViewStmt, *ast.AlterTableStmt, *ast.TruncateStmt,
		*ast.CreateSeqStmt, *ast.AlterSeqStmt, *ast.CreateSchemaStmt, *ast.AlterObjectSchemaStmt, *ast.CreateExtensionStmt,
		*ast.CreateEnumStmt, *ast.AlterEnumStmt, *ast.CreateDomainStmt, *ast.AlterDomainStmt, *ast.CompositeTypeStmt, *ast.AlterTypeStmt, *ast.CreateRangeStmt,
		*ast.CreateFunctionStmt, *ast.AlterFunctionStmt, *ast.DropFunctionStmt, *ast.CreateAggregateStmt,
		*ast.CreateOperatorStmt, *ast.DropOperatorStmt, *ast.CreateCastStmt, *ast.DropCastStmt, *ast.CreateCollationStmt,
		*ast.CreateTrigStmt, *ast.DropTrigStmt, *ast.CreateRuleStmt, *ast.DropRuleStmt, *ast.CreatePolicyStmt, *ast.AlterPolicyStmt, *ast.DropPolicyStmt,
		*ast.CreateStatsStmt, *ast.AlterStatsStmt:
		return false
	case *ast.DropStmt: // DROP ROLE and DROP DATABASE are statements of their own
		return false
	case *ast.CommentStmt:
		return sharedObject(st.Object)
	case *ast.RenameStmt:
		return sharedObject(st.Object)
	case *ast.AlterOwnerStmt:
		return sharedObject(st.Object)
	case *ast.GrantStmt:
		return sharedObject(st.Object)
	}
	return true
}

func sharedObject(o ast.ObjectType) bool { return o == "role" || o == "database" || o == "tablespace" }
