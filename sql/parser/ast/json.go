package ast

// JSONOp is what a JSONExpr does: the name of the function, in small letters.
type JSONOp string

// The functions of SQL/JSON.
const (
	JSONObject    JSONOp = "json_object"
	JSONArray     JSONOp = "json_array"
	JSONObjectAgg JSONOp = "json_objectagg"
	JSONArrayAgg  JSONOp = "json_arrayagg"
	JSONParse     JSONOp = "json"
	JSONScalar    JSONOp = "json_scalar"
	JSONSerialize JSONOp = "json_serialize"
	JSONExists    JSONOp = "json_exists"
	JSONValue     JSONOp = "json_value"
	JSONQuery     JSONOp = "json_query"
)

// JSONExpr is a call of one of SQL/JSON's functions. Those of the aggregates are FuncCalls,
// whose JSON is one without values.
type JSONExpr struct {
	Loc
	Op JSONOp
	// Args are the values; of JSON_OBJECT names and values in turn.
	Args []*JSONArg
	// Query is that of JSON_ARRAY(query), whose format is QueryFormat.
	Query       Statement
	QueryFormat *JSONFormat
	// Nulls is "NULL" or "ABSENT" (ON NULL), or empty.
	Nulls     string
	Unique    bool
	Returning *JSONReturning
	// Path and what follows are those of the query functions, whose item is the only Args.
	Path    Expr
	Passing []*JSONArg
	JSONBehaviors
	// Plain: it reads like the call of any function, which a user's of that name may be.
	Plain bool
}

// JSONBehaviors says how JSON_VALUE, JSON_QUERY, JSON_EXISTS and the columns of JSON_TABLE
// make their value.
type JSONBehaviors struct {
	// Wrapper is "WITHOUT", "CONDITIONAL", "UNCONDITIONAL" or empty, Quotes "KEEP", "OMIT" or
	// empty.
	Wrapper, Quotes  string
	OnEmpty, OnError *JSONBehavior
}

// JSONArg is a value with a format, which may be nil; one behind PASSING has a name.
type JSONArg struct {
	Val    Expr
	Format *JSONFormat
	Name   string
}

// JSONFormat is FORMAT JSON, with the encoding that is written there, in capitals, or none.
type JSONFormat struct {
	Loc
	Encoding string
}

// JSONReturning is RETURNING type, with a format or none.
type JSONReturning struct {
	Loc
	Type   *TypeName
	Format *JSONFormat
}

// JSONBehavior is what stands before ON EMPTY and ON ERROR: "ERROR", "NULL", "TRUE",
// "FALSE", "UNKNOWN", "EMPTY", "EMPTY ARRAY", "EMPTY OBJECT" or "DEFAULT", which has a value.
type JSONBehavior struct {
	Loc
	What    string
	Default Expr
}

// JSONTable is JSON_TABLE in FROM.
type JSONTable struct {
	Loc
	Item     *JSONArg
	Path     Expr // a string
	PathName string
	Passing  []*JSONArg
	Columns  []*JSONTableColumn
	OnError  *JSONBehavior
}

// JSONTableColumn is a column of JSON_TABLE: FOR ORDINALITY, which has no type; EXISTS; a
// nested path, which has columns instead of a type; or one with a value.
type JSONTableColumn struct {
	Loc
	Name               string // of the column, or of the nested path
	Ordinality, Exists bool
	Nested             bool
	Type               *TypeName
	Format             *JSONFormat
	Path               Expr // a string, or nil
	JSONBehaviors
	Columns []*JSONTableColumn
}

func (*JSONExpr) node()        {}
func (*JSONTable) node()       {}
func (*JSONTableColumn) node() {}
