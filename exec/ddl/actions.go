package ddl

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Actions of ALTER TABLE that are for tables alone, although the statement names views,
// materialized views and sequences too.

// tableActions are their kinds, as messages name them.
var tableActions = map[string]string{
	"EnableRowSecurity": "ENABLE ROW SECURITY", "DisableRowSecurity": "DISABLE ROW SECURITY",
	"ForceRowSecurity": "FORCE ROW SECURITY", "NoForceRowSecurity": "NO FORCE ROW SECURITY",
	"AddColumn": "ADD COLUMN", "DropColumn": "DROP COLUMN", "AlterColumnType": "ALTER COLUMN ... SET DATA TYPE",
	"SetNotNull": "ALTER COLUMN ... SET NOT NULL", "DropNotNull": "ALTER COLUMN ... DROP NOT NULL",
	"DropExpression": "ALTER COLUMN ... DROP EXPRESSION", "SetStatistics": "ALTER COLUMN ... SET STATISTICS", "SetStorage": "ALTER COLUMN ... SET STORAGE", "SetCompression": "ALTER COLUMN ... SET COMPRESSION",
	"AddConstraint": "ADD CONSTRAINT", "DropConstraint": "DROP CONSTRAINT", "ValidateConstraint": "VALIDATE CONSTRAINT", "AlterConstraint": "ALTER CONSTRAINT",
	"AddInherit": "INHERIT", "DropInherit": "NO INHERIT", "AttachPartition": "ATTACH PARTITION", "DetachPartition": "DETACH PARTITION",
	"EnableTrig": "ENABLE TRIGGER", "EnableTrigAll": "ENABLE TRIGGER ALL", "EnableTrigUser": "ENABLE TRIGGER USER", "EnableAlwaysTrig": "ENABLE ALWAYS TRIGGER",
	"EnableReplicaTrig": "ENABLE REPLICA TRIGGER", "DisableTrig": "DISABLE TRIGGER", "DisableTrigAll": "DISABLE TRIGGER ALL", "DisableTrigUser": "DISABLE TRIGGER USER",
	"ReplicaIdentity": "REPLICA IDENTITY", "ClusterOn": "CLUSTER ON",
	"EnableRule": "ENABLE RULE", "EnableAlwaysRule": "ENABLE ALWAYS RULE", "EnableReplicaRule": "ENABLE REPLICA RULE", "DisableRule": "DISABLE RULE",
}

// foreignActions are those of tables that foreign tables do not have.
var foreignActions = map[string]string{
	"EnableRowSecurity": "ENABLE ROW SECURITY", "DisableRowSecurity": "DISABLE ROW SECURITY", "ForceRowSecurity": "FORCE ROW SECURITY", "NoForceRowSecurity": "NO FORCE ROW SECURITY",
	"AlterConstraint": "ALTER CONSTRAINT", "AttachPartition": "ATTACH PARTITION", "DetachPartition": "DETACH PARTITION", "ReplicaIdentity": "REPLICA IDENTITY",
	"ClusterOn": "CLUSTER ON", "DropCluster": "SET WITHOUT CLUSTER", "SetLogged": "SET LOGGED", "SetUnLogged": "SET UNLOGGED", "SetRelOptions": "SET", "ResetRelOptions": "RESET",
	"EnableRule": "ENABLE RULE", "EnableAlwaysRule": "ENABLE ALWAYS RULE", "EnableReplicaRule": "ENABLE REPLICA RULE", "DisableRule": "DISABLE RULE", "AddOf": "OF", "DropOf": "NOT OF",
}

// optionActions are those that foreign tables alone have.
var optionActions = map[string]string{"GenericOptions": "OPTIONS", "AlterColumnGenericOptions": "ALTER COLUMN ... OPTIONS"}

// storedActions are those that materialized views have as well.
var storedActions = map[string]bool{"SetStatistics": true, "SetStorage": true, "SetCompression": true, "ClusterOn": true, "ReplicaIdentity": true}

// actionFits is 42809 for an action that a relation of this kind does not have.
func actionFits(kind string, r catalog.Relation) error {
	t, isTable := r.(*catalog.Table)
	word := tableActions[kind]
	switch {
	case optionActions[kind] != "":
		if word = optionActions[kind]; isTable && t.Server != 0 {
			return nil
		}
	case isTable && t.Server != 0:
		word = foreignActions[kind]
	}
	if word == "" {
		return nil
	}
	what := "views"
	switch r := r.(type) {
	case *catalog.Table:
		if what = "tables"; r.Server != 0 {
			what = "foreign tables"
		}
		if r.Server != 0 || optionActions[kind] != "" {
			break
		}
		if r.Query == nil || storedActions[kind] {
			return nil
		}
		what = "materialized views"
	case *catalog.Sequence:
		what = "sequences"
	case *catalog.View:
	default:
		return nil
	}
	return sqlerr.New(sqlerr.WrongObjectType, `ALTER action %s cannot be performed on relation "%s"`, word, r.ObjectName()).
		WithDetail("This operation is not supported for %s.", what)
}
