package expr

import "github.com/kalamsql/kalamsql/sql/types"

// Function is one entry of the function table: pg_proc's row and the code.
// Operators and casts are Functions too, found through their own tables.
type Function struct {
	OID        types.OID // pg_proc.oid where PostgreSQL has the function
	Name       string
	Args       []*types.Type // polymorphic pseudo-types allowed
	Variadic   bool          // the last argument type is the element of a VARIADIC array, or "any"
	Defaults   int           // how many trailing arguments may be left out
	Result     *types.Type
	Strict     bool
	Volatility Volatility

	Symbol      string   // names the code: pg_proc.prosrc
	Kind        byte     // pg_proc.prokind: 'f', 'a' aggregate, 'w' window
	ReturnsSet  bool     // pg_proc.proretset
	ArgNames    []string // of the arguments, where they have names
	DefaultText []string // the expressions of the last Defaults arguments
	AggKind     byte     // of an aggregate: 'n', 'o' ordered-set, 'h' hypothetical-set
	DirectArgs  int      // of an ordered-set aggregate

	// Eval computes the value. Exactly one of Eval, Aggregate, OrderedSet,
	// Window and Set is set.
	// args is the callee's during the call only.
	Eval func(c *Context, args []types.Datum) (types.Datum, error)
	// Binary is Eval of a strict function of two arguments, which some have.
	Binary func(c *Context, a, b types.Datum) (types.Datum, error)
	// Typed makes Eval for given types; ResolveFunction calls it and answers a
	// copy of the Function that has Eval.
	Typed TypedFunc
	// Settle is as Typed for a user's function with polymorphic parameters: it gives
	// the function for given argument types.
	Settle func(args []*types.Type) *Function
	// SettleError is why Settle could not make code.
	SettleError error
	// Types are the argument types of a Function that Settle made.
	Types []*types.Type
	// Aggregate makes the state of one group.
	Aggregate func(argTypes []*types.Type, result *types.Type) Aggregate
	// OrderedSet computes an ordered-set or hypothetical-set aggregate of one
	// group.
	OrderedSet OrderedSetFunc
	// Collation is what a min or max of texts compares by; nil: by their bytes.
	Collation *types.Collation
	// Set makes the rows of a set-returning function.
	Set func(c *Context, args []types.Datum, yield func(types.Row) error) error
	// TypedSet makes Set for given types, as Typed makes Eval.
	TypedSet func(args []*types.Type, result *types.Type) SetFunc
	// Window computes a window function over a partition.
	Window WindowFunc
	// Later: PostgreSQL 15 has not got it, so that any of a user's with its name comes first.
	Later bool
	// Routine: a user made it. The session runs it (see RoutineHost), unless it is an
	// extension's, which has a Symbol.
	Routine bool
	// Before: the search path comes to its schema before pg_catalog.
	Before bool
	// Path counts the schemas that the search path has before its own.
	Path int
	// Shown is how a definition spells its name; empty: by Name.
	Shown string
	// WithFields makes the function for a column definition list, for one whose
	// result is made of it; nil for any other.
	WithFields func(fields []types.Field) *Function
	// Column names the result in FROM; empty: the function's name does.
	Column string
	// XMLTable is set for the function that an XMLTABLE becomes.
	XMLTable *XMLTable
	// JSON is set for JSON_OBJECTAGG and JSON_ARRAYAGG, JSONTable for the function that a
	// JSON_TABLE becomes.
	JSON      *JSONConstructor
	JSONTable *JSONTable
	// Columns names and types the result of a function that returns records.
	Columns []types.Field
}

// IsTable says whether an XMLTABLE or a JSON_TABLE has become the function.
func (f *Function) IsTable() bool { return f.XMLTable != nil || f.JSONTable != nil }

// Aggregate is the state of one aggregate over one group.
type Aggregate interface {
	// Add takes one input row's arguments. Strict aggregates skip rows with a
	// NULL argument before Add is called (Function.Strict). args is the callee's
	// during the call only.
	Add(c *Context, args []types.Datum) error
	// Result gives the value so far; it may be called more than once.
	Result(c *Context) (types.Datum, error)
}

// Shrinking is an Aggregate whose first rows can be taken away again, for frames that move.
// It costs those nothing that only grow; Reversible can take any rows away.
type Shrinking interface {
	Aggregate
	// Drop takes back what Add has been given, the oldest row that is still there. False
	// says that it cannot tell what the state would be without the row, which is of no use
	// any more then.
	Drop(args []types.Datum) bool
}

// WindowFunc computes a window function's value for every row of a partition.
type WindowFunc func(c *Context, w *WindowPartition) error

// WindowPartition is one sorted partition handed to a WindowFunc.
type WindowPartition struct {
	Args    [][]types.Datum // per row, the evaluated arguments
	Peers   []int           // per row, the index of its peer group
	Results []types.Datum   // per row, to be filled
	// Frames bounds the frame of each row: from, and to exclusive. nil is the
	// default frame, from the first row to the last peer.
	Frames [][2]int
}
