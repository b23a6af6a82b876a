package ast

// ColumnRef is a column name, possibly qualified: a, t.a, s.t.a. A final "*"
// is Star.
type ColumnRef struct {
	Loc
	Fields []string
	Star   bool
}

// ParamRef is $N.
type ParamRef struct {
	Loc
	N int
}

// ConstKind says what a constant was written as.
type ConstKind uint8

// The kinds of constants.
const (
	ConstNull ConstKind = iota
	ConstBool
	ConstInteger // fits int4
	ConstFloat   // any other number; Text as written, underscores removed
	ConstString
	ConstBit // B'..' or X'..': Text begins with b or x
)

// Const is a literal.
type Const struct {
	Loc
	Kind ConstKind
	Bool bool
	Int  int64
	Text string
}

// OpKind is PostgreSQL's A_Expr_Kind.
type OpKind uint8

// The kinds of operator expressions.
const (
	OpNormal      OpKind = iota // a op b, op a
	OpAny                       // a op ANY (array)
	OpAll                       // a op ALL (array)
	OpDistinct                  // IS DISTINCT FROM
	OpNotDistinct               // IS NOT DISTINCT FROM
	OpNullIf                    // NULLIF(a, b)
	OpIn                        // a [NOT] IN (list): Op "=" or "<>"; Right is a List
	OpLike                      // [NOT] LIKE: Op "~~" or "!~~"
	OpILike                     // [NOT] ILIKE: "~~*" or "!~~*"
	OpSimilar                   // [NOT] SIMILAR TO: "~" or "!~"
	OpBetween                   // Right is a List of two
	OpNotBetween
	OpBetweenSym
	OpNotBetweenSym
)

// AExpr is an operator expression. Left is nil for a prefix operator. For LIKE
// and SIMILAR TO with ESCAPE, Right is a FuncCall of pg_catalog.like_escape or
// similar_to_escape, as PostgreSQL has it.
type AExpr struct {
	Loc         // of the operator
	OpKind      OpKind
	Op          []string // possibly qualified by OPERATOR(): last part is the symbol
	Left, Right Expr
}

// BoolOp is AND, OR or NOT.
type BoolOp uint8

// The boolean operators.
const (
	BoolAnd BoolOp = iota
	BoolOr
	BoolNot
)

// BoolExpr is AND or OR over two or more arguments (chains are flattened), or
// NOT over one.
type BoolExpr struct {
	Loc
	Op   BoolOp
	Args []Expr
}

// NullTest is IS [NOT] NULL.
type NullTest struct {
	Loc
	Arg Expr
	Not bool
}

// BooleanTest is IS [NOT] TRUE, FALSE or UNKNOWN.
type BooleanTest struct {
	Loc
	Arg Expr
	// Value is "TRUE", "FALSE" or "UNKNOWN".
	Value string
	Not   bool
}

// TypeCast is CAST(a AS t), a::t and t 'literal'.
type TypeCast struct {
	Loc
	Arg  Expr
	Type *TypeName
}

// FuncCall is a function call; the SQL-syntax forms (EXTRACT, OVERLAY,
// POSITION, SUBSTRING, TRIM, AT TIME ZONE, ...) arrive as the pg_catalog
// functions PostgreSQL makes of them, with Form "sql".
type FuncCall struct {
	Loc
	Name          []string
	Args          []Expr
	Star          bool // count(*)
	Distinct      bool
	Variadic      bool // the last argument is VARIADIC
	OrderBy       []*SortBy
	WithinGroup   bool // OrderBy is of WITHIN GROUP
	Filter        Expr
	Over          *WindowDef // nil: not a window call
	SQLSyntax     bool       // COERCE_SQL_SYNTAX
	RespectIgnore string     // unused by PostgreSQL 15; must be empty
	// JSON says more of JSON_OBJECTAGG and JSON_ARRAYAGG; nil for any other call.
	JSON *JSONExpr
}

// NamedArg is name => value in a call.
type NamedArg struct {
	Loc
	Name string
	Arg  Expr
}

// SQLValueFunction is CURRENT_DATE, CURRENT_USER and their kin, written without
// parentheses. Op is the lower-case keyword; Typmod is the precision or -1.
type SQLValueFunction struct {
	Loc
	Op     string
	Typmod int
}

// CaseExpr is CASE [arg] WHEN .. THEN .. ELSE .. END.
type CaseExpr struct {
	Loc
	Arg   Expr
	Whens []CaseWhen
	Else  Expr
}

// CaseWhen is one arm of a CASE.
type CaseWhen struct {
	Loc
	When, Then Expr
}

// CoalesceExpr is COALESCE(args).
type CoalesceExpr struct {
	Loc
	Args []Expr
}

// MinMaxExpr is GREATEST or LEAST.
type MinMaxExpr struct {
	Loc
	Greatest bool
	Args     []Expr
}

// SubLinkKind says how a subquery is used as an expression.
type SubLinkKind uint8

// The kinds of sublinks.
const (
	SubLinkExpr   SubLinkKind = iota // (SELECT ...)
	SubLinkExists                    // EXISTS (SELECT ...)
	SubLinkAny                       // a op ANY (SELECT ...), a IN (SELECT ...): Op empty for IN
	SubLinkAll                       // a op ALL (SELECT ...)
	SubLinkArray                     // ARRAY(SELECT ...)
)

// SubLink is a subquery in an expression.
type SubLink struct {
	Loc
	LinkKind SubLinkKind
	Test     Expr // left side of ANY and ALL
	Op       []string
	Query    Statement // SelectStmt
}

// ArrayExpr is ARRAY[...]; nested ARRAY brackets are ArrayExprs too.
type ArrayExpr struct {
	Loc
	Elements []Expr
}

// RowExpr is ROW(...) or (a, b).
type RowExpr struct {
	Loc
	Args []Expr
	// Explicit: written with ROW.
	Explicit bool
}

// Indirection is arg[i], arg[l:u], arg.field, arg.*.
type Indirection struct {
	Loc
	Arg  Expr
	Path []IndirectionElem
}

// IndirectionElem is one step of an Indirection.
type IndirectionElem struct {
	Field        string // .field
	Star         bool   // .*
	Slice        bool   // [Lower:Upper]
	Lower, Upper Expr   // [Upper] for a plain subscript
}

// CollateClause is arg COLLATE name.
type CollateClause struct {
	Loc
	Arg  Expr
	Name []string
}

// GroupingFunc is GROUPING(args).
type GroupingFunc struct {
	Loc
	Args []Expr
}

// IsJSON is arg IS [NOT] JSON [VALUE|SCALAR|ARRAY|OBJECT] [WITH UNIQUE KEYS]; JSONKind is
// that word, or empty.
type IsJSON struct {
	Loc
	Arg        Expr
	JSONKind   string
	UniqueKeys bool
	Not        bool
}

// XMLOp is what an XMLExpr does.
type XMLOp string

// The expressions of XML.
const (
	XMLConcat     XMLOp = "xmlconcat"
	XMLElement    XMLOp = "xmlelement"
	XMLForest     XMLOp = "xmlforest"
	XMLParse      XMLOp = "xmlparse"
	XMLPI         XMLOp = "xmlpi"
	XMLRoot       XMLOp = "xmlroot"
	XMLSerialize  XMLOp = "xmlserialize"
	XMLIsDocument XMLOp = "document"
)

// XMLExpr is one of the expressions that make XML. Named are the attributes of an element
// and the elements of a forest, whose names may be missing.
type XMLExpr struct {
	Loc
	Op    XMLOp
	Name  string // of an element or a processing instruction
	Named []*ResTarget
	Args  []Expr
	// Document and Preserve are those of XMLPARSE and XMLSERIALIZE, Type is what that
	// makes.
	Document, Preserve bool
	Type               *TypeName
	// Version is XMLROOT's; nil: NO VALUE. Standalone is "YES", "NO", "NO VALUE" or empty.
	Version    Expr
	Standalone string
}

// XMLTable is XMLTABLE in FROM.
type XMLTable struct {
	Loc
	Namespaces []*ResTarget
	// Rows is the path of the rows in Document.
	Rows, Document Expr
	Columns        []*XMLTableColumn
}

// XMLTableColumn is a column of XMLTABLE: FOR ORDINALITY, which has no type, or one with a
// path and a default, which may be nil.
type XMLTableColumn struct {
	Loc
	Name          string
	Ordinality    bool
	Type          *TypeName
	NotNull       bool
	Path, Default Expr
}

// SetToDefault is DEFAULT as a value.
type SetToDefault struct{ Loc }

// CurrentOf is CURRENT OF cursor.
type CurrentOf struct {
	Loc
	Cursor string
}

// List is a bare list of expressions (the right side of IN and BETWEEN).
type List struct {
	Loc
	Items []Expr
}

// MultiAssign stands for column N of M of a row source in UPDATE SET (a,b) = src.
type MultiAssign struct {
	Loc
	Source Expr
	N, Of  int
}

func (*ColumnRef) node()        {}
func (*ParamRef) node()         {}
func (*Const) node()            {}
func (*AExpr) node()            {}
func (*BoolExpr) node()         {}
func (*NullTest) node()         {}
func (*BooleanTest) node()      {}
func (*TypeCast) node()         {}
func (*FuncCall) node()         {}
func (*NamedArg) node()         {}
func (*SQLValueFunction) node() {}
func (*CaseExpr) node()         {}
func (*CoalesceExpr) node()     {}
func (*MinMaxExpr) node()       {}
func (*SubLink) node()          {}
func (*ArrayExpr) node()        {}
func (*RowExpr) node()          {}
func (*Indirection) node()      {}
func (*CollateClause) node()    {}
func (*GroupingFunc) node()     {}
func (*IsJSON) node()           {}
func (*XMLExpr) node()          {}
func (*XMLTable) node()         {}
func (*XMLTableColumn) node()   {}
func (*SetToDefault) node()     {}
func (*CurrentOf) node()        {}
func (*List) node()             {}
func (*MultiAssign) node()      {}
