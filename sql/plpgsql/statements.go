package plpgsql

// Statement is one of a body.
type Statement interface {
	// Place is the line it begins in, and what it is called in errors.
	Place() (line int, name string)
}

// Line is the line of a statement.
type Line int

// The statements.
type (
	// Block is [<<label>>] [DECLARE ...] BEGIN ... [EXCEPTION ...] END.
	Block struct {
		Line
		Label    string
		Declared []int
		Body     []Statement
		// Handlers are those of EXCEPTION, in which the variables SQLSTATE and SQLERRM
		// are; nil: none.
		Handlers          []*Handler
		SQLState, SQLErrM int
	}
	// Handler is WHEN conditions THEN.
	Handler struct {
		Conditions []Condition
		Body       []Statement
	}
	// Condition is a SQLSTATE, of a class where its end is 000, or OTHERS.
	Condition struct {
		Codes  []string
		Others bool
	}
	// Assign is target := expression.
	Assign struct {
		Line
		Target *Target
		Value  *Expr
	}
	// If is IF ... ELSIF ... ELSE.
	If struct {
		Line
		Branches []Branch
		Else     []Statement
	}
	// Branch is a condition and what is done under it.
	Branch struct {
		Line
		Cond *Expr
		Body []Statement
	}
	// Case is CASE; with an operand that is put into a variable which the conditions
	// read.
	Case struct {
		Line
		Operand  *Expr
		Variable int
		Branches []Branch
		Else     []Statement
		HasElse  bool
	}
	// Loop is LOOP, or WHILE with Cond.
	Loop struct {
		Line
		Label string
		Cond  *Expr
		Body  []Statement
	}
	// ForInteger is FOR i IN [REVERSE] low..high [BY step].
	ForInteger struct {
		Line
		Label           string
		Variable        int
		Reverse         bool
		Low, High, Step *Expr
		Body            []Statement
	}
	// ForQuery is FOR target IN query, EXECUTE or cursor.
	ForQuery struct {
		Line
		Label   string
		Into    *Into
		Query   *Expr
		Dynamic *Dynamic
		Cursor  int // a bound cursor's variable, -1 for none
		Args    *Expr
		Body    []Statement
	}
	// ForEach is FOREACH target [SLICE n] IN ARRAY.
	ForEach struct {
		Line
		Label string
		// Target is the variable, or Into the list of them.
		Target *Target
		Into   *Into
		Slice  int
		Array  *Expr
		Body   []Statement
	}
	// Exit is EXIT or CONTINUE.
	Exit struct {
		Line
		Continue bool
		Label    string
		When     *Expr
	}
	// Return is RETURN; Value may be nil.
	Return struct {
		Line
		Value *Expr
	}
	// ReturnNext is RETURN NEXT.
	ReturnNext struct {
		Line
		Value *Expr
	}
	// ReturnQuery is RETURN QUERY, or RETURN QUERY EXECUTE.
	ReturnQuery struct {
		Line
		Query   *Expr
		Dynamic *Dynamic
	}
	// Raise is RAISE.
	Raise struct {
		Line
		Level     string // upper case
		Condition string // a SQLSTATE, empty for none
		Name      string // what Condition was written as
		Message   *string
		Args      []*Expr
		Options   []RaiseOption
	}
	// RaiseOption is one of USING.
	RaiseOption struct {
		Name  string // upper case
		Value *Expr
	}
	// Assert is ASSERT.
	Assert struct {
		Line
		Cond, Message *Expr
	}
	// ExecSQL is a statement in SQL.
	ExecSQL struct {
		Line
		Query *Expr
		Into  *Into
	}
	// Perform is PERFORM.
	Perform struct {
		Line
		Query *Expr
	}
	// Call is CALL, or DO.
	Call struct {
		Line
		Query *Expr
	}
	// Dynamic is EXECUTE.
	Dynamic struct {
		Line
		Query *Expr
		Into  *Into
		Using []*Expr
	}
	// Into is where a row goes: one record, or several targets.
	Into struct {
		Strict  bool
		Targets []*Target
	}
	// GetDiagnostics is GET [STACKED] DIAGNOSTICS.
	GetDiagnostics struct {
		Line
		Stacked bool
		Items   []Diagnostic
	}
	// Diagnostic is one item.
	Diagnostic struct {
		Target *Target
		Item   string // upper case
	}
	// Open is OPEN.
	Open struct {
		Line
		Cursor   int
		Scroll   bool
		NoScroll bool
		Query    *Expr
		Dynamic  *Dynamic
		Args     *Expr
	}
	// Fetch is FETCH or MOVE.
	Fetch struct {
		Line
		Move      bool
		Cursor    int
		Into      *Into
		Direction string // NEXT, PRIOR, FIRST, LAST, ABSOLUTE, RELATIVE, FORWARD, BACKWARD
		Count     *Expr
		All       bool
	}
	// Close is CLOSE.
	Close struct {
		Line
		Cursor int
	}
	// Null is NULL.
	Null struct{ Line }
	// EndTransaction is COMMIT or ROLLBACK.
	EndTransaction struct {
		Line
		Rollback bool
		Chain    bool
	}
)

// Place implements Statement, for each.
func (s *Block) Place() (int, string)      { return int(s.Line), "statement block" }
func (s *Assign) Place() (int, string)     { return int(s.Line), "assignment" }
func (s *If) Place() (int, string)         { return int(s.Line), "IF" }
func (s *Case) Place() (int, string)       { return int(s.Line), "CASE" }
func (s *ForInteger) Place() (int, string) { return int(s.Line), "FOR with integer loop variable" }
func (s *ForEach) Place() (int, string)    { return int(s.Line), "FOREACH over array" }
func (s *Return) Place() (int, string)     { return int(s.Line), "RETURN" }
func (s *ReturnNext) Place() (int, string) { return int(s.Line), "RETURN NEXT" }
func (s *ReturnQuery) Place() (int, string) {
	return int(s.Line), "RETURN QUERY"
}
func (s *Raise) Place() (int, string)   { return int(s.Line), "RAISE" }
func (s *Assert) Place() (int, string)  { return int(s.Line), "ASSERT" }
func (s *ExecSQL) Place() (int, string) { return int(s.Line), "SQL statement" }
func (s *Perform) Place() (int, string) { return int(s.Line), "PERFORM" }
func (s *Call) Place() (int, string)    { return int(s.Line), "CALL" }
func (s *Dynamic) Place() (int, string) { return int(s.Line), "EXECUTE" }
func (s *Open) Place() (int, string)    { return int(s.Line), "OPEN" }
func (s *Close) Place() (int, string)   { return int(s.Line), "CLOSE" }
func (s *Null) Place() (int, string)    { return int(s.Line), "NULL" }

// Place implements Statement.
func (s *Loop) Place() (int, string) {
	if s.Cond != nil {
		return int(s.Line), "WHILE"
	}
	return int(s.Line), "LOOP"
}

// Place implements Statement.
func (s *ForQuery) Place() (int, string) {
	switch {
	case s.Dynamic != nil:
		return int(s.Line), "FOR over EXECUTE statement"
	case s.Cursor >= 0:
		return int(s.Line), "FOR over cursor"
	}
	return int(s.Line), "FOR over SELECT rows"
}

// Place implements Statement.
func (s *Exit) Place() (int, string) {
	if s.Continue {
		return int(s.Line), "CONTINUE"
	}
	return int(s.Line), "EXIT"
}

// Place implements Statement.
func (s *GetDiagnostics) Place() (int, string) {
	if s.Stacked {
		return int(s.Line), "GET STACKED DIAGNOSTICS"
	}
	return int(s.Line), "GET DIAGNOSTICS"
}

// Place implements Statement.
func (s *Fetch) Place() (int, string) {
	if s.Move {
		return int(s.Line), "MOVE"
	}
	return int(s.Line), "FETCH"
}

// Place implements Statement.
func (s *EndTransaction) Place() (int, string) {
	if s.Rollback {
		return int(s.Line), "ROLLBACK"
	}
	return int(s.Line), "COMMIT"
}
