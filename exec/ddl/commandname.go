package ddl

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// transactionNames are those of statements that begin and end transactions.
var transactionNames = map[ast.TransactionOp]string{
	ast.TransBegin: "BEGIN", ast.TransStart: "START TRANSACTION", ast.TransCommit: "COMMIT", ast.TransRollback: "ROLLBACK",
	ast.TransSavepoint: "SAVEPOINT", ast.TransRelease: "RELEASE", ast.TransRollbackTo: "ROLLBACK TO SAVEPOINT",
	ast.TransPrepare: "PREPARE TRANSACTION", ast.TransCommitPrepared: "COMMIT PREPARED", ast.TransRollbackPrepared: "ROLLBACK PREPARED",
}

// CommandName is what errors call a statement that cannot be run where it stands.
func CommandName(stmt ast.Statement) string {
	switch s := stmt.(type) {
	case *ast.SelectStmt:
		if s.Into != nil {
			return "SELECT INTO"
		}
		return "SELECT"
	case *ast.InsertStmt:
		return "INSERT"
	case *ast.UpdateStmt:
		return "UPDATE"
	case *ast.DeleteStmt:
		return "DELETE"
	case *ast.MergeStmt:
		return "MERGE"
	case *ast.TransactionStmt:
		return transactionNames[s.Op]
	case *ast.CopyStmt:
		return "COPY"
	case *ast.VariableSetStmt:
		if s.Op == ast.ResetOne || s.Op == ast.ResetAll {
			return "RESET"
		}
		return "SET"
	case *ast.VariableShowStmt:
		return "SHOW"
	case *ast.PrepareStmt:
		return "PREPARE"
	case *ast.ExecuteStmt:
		return "EXECUTE"
	case *ast.DeallocateStmt:
		if s.Name == "" {
			return "DEALLOCATE ALL"
		}
		return "DEALLOCATE"
	case *ast.DeclareCursorStmt:
		return "DECLARE CURSOR"
	case *ast.FetchStmt:
		if s.Move {
			return "MOVE"
		}
		return "FETCH"
	case *ast.ClosePortalStmt:
		return "CLOSE CURSOR"
	case *ast.ListenStmt:
		return "LISTEN"
	case *ast.NotifyStmt:
		return "NOTIFY"
	case *ast.UnlistenStmt:
		return "UNLISTEN"
	case *ast.ExplainStmt:
		return "EXPLAIN"
	case *ast.LockStmt:
		return "LOCK TABLE"
	case *ast.ConstraintsSetStmt:
		return "SET CONSTRAINTS"
	case *ast.VacuumStmt:
		if s.Vacuum {
			return "VACUUM"
		}
		return "ANALYZE"
	case *ast.CheckPointStmt:
		return "CHECKPOINT"
	case *ast.DoStmt:
		return "DO"
	case *ast.CallStmt:
		return "CALL"
	}
	if tag := Tag(stmt); tag != "" {
		return tag
	}
	return stmt.Kind()
}
