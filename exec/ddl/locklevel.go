package ddl

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/tables"
)

// lockLevel is the mode in which ALTER TABLE locks its table for some actions: readers wait
// only where what they do depends on what changes, and writers where what they store does.
// Unlike PostgreSQL, whose readers find what the parameters and the partitions of a table are
// while they run, SET (...) and ATTACH PARTITION keep everybody out.
func lockLevel(cmds ...*ast.AlterTableCmd) tables.LockMode {
	level := tables.ShareUpdateExclusiveMode
	for _, cmd := range cmds {
		level = max(level, actionLockLevel(cmd))
	}
	return level
}

func actionLockLevel(cmd *ast.AlterTableCmd) tables.LockMode {
	switch cmd.Kind {
	case "ValidateConstraint", "SetStatistics", "SetAttributeOptions", "ResetAttributeOptions", "ClusterOn", "DropCluster":
		return tables.ShareUpdateExclusiveMode
	case "EnableTrig", "EnableTrigAll", "EnableTrigUser", "EnableAlwaysTrig", "EnableReplicaTrig", "DisableTrig", "DisableTrigAll", "DisableTrigUser":
		return tables.ShareRowExclusiveMode
	case "AddConstraint":
		if cmd.Constraint != nil && cmd.Constraint.Type == ast.ConstrForeign {
			return tables.ShareRowExclusiveMode
		}
	}
	return tables.AccessExclusiveMode
}
