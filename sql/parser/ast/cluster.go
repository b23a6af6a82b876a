package ast

// ClusterStmt is CLUSTER of a table, or of all that have been clustered.
type ClusterStmt struct {
	Loc
	Relation *RangeVar // nil: all
	Index    string    // empty: that of before
	Options  []*DefElem
}

func (*ClusterStmt) node() {}

// Kind implements Statement.
func (*ClusterStmt) Kind() string { return "ClusterStmt" }
