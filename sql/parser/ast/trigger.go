package ast

// CreateTrigStmt is CREATE TRIGGER.
type CreateTrigStmt struct {
	Loc
	Replace    bool
	Constraint bool
	Name       string
	Relation   *RangeVar
	Function   *Name
	Args       []string
	Timing     string // "before", "after", "instead"
	Row        bool
	Events     []TriggerEvent
	// Transitions are those of REFERENCING.
	Transitions                   []TriggerTransition
	When                          Expr
	Deferrable, InitiallyDeferred bool
	// From is the relation that FROM names, of a constraint trigger.
	From *RangeVar
}

// TriggerEvent is one of INSERT, UPDATE [OF columns], DELETE and TRUNCATE.
type TriggerEvent struct {
	Loc
	Event   string
	Columns []string
}

// TriggerTransition is OLD or NEW TABLE (or ROW) AS name.
type TriggerTransition struct {
	Name       string
	New, Table bool
}

// DropTrigStmt is DROP TRIGGER.
type DropTrigStmt struct {
	Loc
	Name     string
	Relation *RangeVar
	IfExists bool
	Cascade  bool
}

func (*CreateTrigStmt) node() {}
func (*DropTrigStmt) node()   {}

// Kind implements Statement.
func (*CreateTrigStmt) Kind() string { return "CreateTrigStmt" }

// Kind implements Statement.
func (*DropTrigStmt) Kind() string { return "DropStmt" }
