package ast

// Persistence is a relation's persistence.
type Persistence uint8

// The persistences.
const (
	Permanent Persistence = iota
	Temporary
	Unlogged
)

// OnCommit is a temporary table's ON COMMIT.
type OnCommit uint8

// The actions on commit.
const (
	OnCommitNone OnCommit = iota
	OnCommitPreserve
	OnCommitDelete
	OnCommitDrop
)

// TableKind is kalamsql's kind of table, as written in CREATE.
type TableKind uint8

// The kinds: none written (a shared table, unless WITH says otherwise), SHARED,
// USER, STREAM, USER STREAM.
const (
	KindUnspecified TableKind = iota
	KindShared
	KindUser
	KindStream
	KindUserStream
)

// DefElem is a name = value option.
type DefElem struct {
	Loc
	Namespace string
	Name      string
	Value     Node // Expr, *TypeName, *Name, or nil for a bare name
}

func (*DefElem) node() {}

// CreateStmt is CREATE TABLE.
type CreateStmt struct {
	Relation    *RangeVar
	TableKind   TableKind
	Persistence Persistence
	IfNotExists bool
	Columns     []*ColumnDef
	Constraints []*Constraint
	Likes       []*TableLike
	// Elements keeps the order of columns, constraints and LIKEs as written.
	Elements       []Node
	Inherits       []*RangeVar
	PartitionBy    *PartitionSpec
	PartitionOf    *RangeVar
	PartitionBound *PartitionBound
	OfType         *TypeName
	// Foreign: it is CREATE FOREIGN TABLE, of a server.
	Foreign       bool
	Server        string
	ServerOptions []*ForeignOption
	AccessMethod  string
	Options       []*DefElem
	OnCommit      OnCommit
	Tablespace    string
}

// PartitionSpec is PARTITION BY.
type PartitionSpec struct {
	Loc
	Strategy string
	Params   []*IndexElem
}

// PartitionBound is FOR VALUES ... or DEFAULT.
type PartitionBound struct {
	Loc
	Default            bool
	In, From, To       []Expr
	Modulus, Remainder int
}

// ColumnDef is a column definition.
type ColumnDef struct {
	Loc
	Name        string
	Type        *TypeName // nil in the typed-table form and in CREATE TABLE AS lists
	Collation   *Name     // where it stands is where COLLATE does
	Compression string
	Storage     string
	Constraints []*Constraint
	FdwOptions  []*ForeignOption
}

func (*ColumnDef) node() {}

// ConstrType is the type of a constraint.
type ConstrType uint8

// The constraint types.
const (
	ConstrNull ConstrType = iota
	ConstrNotNull
	ConstrDefault
	ConstrIdentity
	ConstrGenerated
	ConstrCheck
	ConstrPrimary
	ConstrUnique
	ConstrExclusion
	ConstrForeign
)

// Constraint is a column's or table's constraint.
type Constraint struct {
	Loc
	Type                          ConstrType
	Name                          string
	Deferrable, InitiallyDeferred bool
	// DeferSpecified: [NOT] DEFERRABLE was written.
	DeferSpecified bool
	NoInherit      bool
	NotValid       bool

	Expr Expr // CHECK, DEFAULT, GENERATED

	Always     bool       // IDENTITY: ALWAYS, not BY DEFAULT
	SeqOptions []*DefElem // IDENTITY (...)

	Keys             []string // PRIMARY KEY, UNIQUE; FOREIGN KEY's own columns
	Including        []string
	NullsNotDistinct bool
	IndexName        string // USING INDEX
	Options          []*DefElem
	Tablespace       string

	// EXCLUDE
	AccessMethod string
	Exclusions   []*Exclusion
	Where        Expr

	// FOREIGN KEY
	References         *RangeVar
	RefColumns         []string
	Match              byte // 's', 'f', 'p'
	OnDelete, OnUpdate FKAction
	OnDeleteColumns    []string
}

func (*Constraint) node() {}

// Exclusion is one element of EXCLUDE: elem WITH operator.
type Exclusion struct {
	Elem *IndexElem
	Op   []string
}

// FKAction is a referential action.
type FKAction uint8

// The referential actions.
const (
	FKNoAction FKAction = iota
	FKRestrict
	FKCascade
	FKSetNull
	FKSetDefault
)

// TableLike is LIKE table INCLUDING/EXCLUDING options.
type TableLike struct {
	Loc
	Relation *RangeVar
	// Options lists "INCLUDING DEFAULTS" and the like in order: true includes.
	Options []LikeOption
}

// LikeOption is one INCLUDING or EXCLUDING.
type LikeOption struct {
	Including bool
	Name      string // "defaults", "all", ...
}

func (*TableLike) node() {}

// CreateTableAsStmt is CREATE TABLE AS and CREATE MATERIALIZED VIEW.
type CreateTableAsStmt struct {
	Into         *IntoClause
	TableKind    TableKind
	Query        Statement // SelectStmt or ExecuteStmt
	Materialized bool
	IfNotExists  bool
}

// RefreshStmt is REFRESH MATERIALIZED VIEW.
type RefreshStmt struct {
	Relation     *RangeVar
	Concurrently bool
	NoData       bool
}

// IndexElem is one key of an index.
type IndexElem struct {
	Loc
	Name           string // a column, or empty
	Expr           Expr
	Collation      []string
	OpClass        []string
	OpClassOptions []*DefElem
	Dir            SortDir
	Nulls          NullsOrder
}

// IndexStmt is CREATE INDEX.
type IndexStmt struct {
	Name                              string
	Relation                          *RangeVar
	AccessMethod                      string
	Unique, Concurrently, IfNotExists bool
	NullsNotDistinct                  bool
	Elems                             []*IndexElem
	Including                         []*IndexElem
	Options                           []*DefElem
	Tablespace                        string
	Where                             Expr
}

// ViewStmt is CREATE [OR REPLACE] VIEW.
type ViewStmt struct {
	Relation    *RangeVar
	Persistence Persistence
	Replace     bool
	Recursive   bool
	Columns     []string
	Query       *SelectStmt
	Options     []*DefElem
	CheckOption string // "", "local", "cascaded"
}

// CreateSeqStmt is CREATE SEQUENCE; AlterSeqStmt is ALTER SEQUENCE.
type CreateSeqStmt struct {
	Relation    *RangeVar
	Persistence Persistence
	IfNotExists bool
	Options     []*DefElem
}

// AlterSeqStmt is ALTER SEQUENCE.
type AlterSeqStmt struct {
	Relation *RangeVar
	IfExists bool
	Options  []*DefElem
}

// CreateSchemaStmt is CREATE SCHEMA (and NAMESPACE).
type CreateSchemaStmt struct {
	Name        string
	AuthRole    *RoleSpec
	IfNotExists bool
	Elements    []Statement
}

// CreateEnumStmt is CREATE TYPE ... AS ENUM.
type CreateEnumStmt struct {
	Name   *Name
	Labels []string
}

// AlterEnumStmt is ALTER TYPE ... ADD VALUE or RENAME VALUE.
type AlterEnumStmt struct {
	Name        *Name
	Rename      bool   // RENAME VALUE
	OldLabel    string // its old label
	NewLabel    string
	Neighbor    string
	After       bool
	IfNotExists bool
}

// CompositeTypeStmt is CREATE TYPE ... AS (...).
type CompositeTypeStmt struct {
	Name    *Name
	Columns []*ColumnDef
}

// AlterTypeStmt is ALTER TYPE with commands about attributes.
type AlterTypeStmt struct {
	Name *Name
	Cmds []*AlterTableCmd
}

// CreateRangeStmt is CREATE TYPE ... AS RANGE; the values of its parameters are type
// names.
type CreateRangeStmt struct {
	Name   *Name
	Params []*DefElem
}

// CreateDomainStmt is CREATE DOMAIN.
type CreateDomainStmt struct {
	Name        *Name
	Type        *TypeName
	Collation   []string
	Constraints []*Constraint
}

// AlterTableStmt is ALTER TABLE (INDEX, VIEW, SEQUENCE, ...) with its
// subcommands.
type AlterTableStmt struct {
	ObjType  ObjectType
	Relation *RangeVar
	IfExists bool
	Cmds     []*AlterTableCmd
}

// AlterTableCmd is one subcommand of ALTER TABLE. Kind is PostgreSQL's
// AlterTableType without its AT_ prefix: "AddColumn", "DropColumn",
// "ColumnDefault" (Expr nil drops it), "SetNotNull", "DropNotNull",
// "AlterColumnType", "AddConstraint", "DropConstraint", "ValidateConstraint",
// "ChangeOwner", "SetRelOptions", "ResetRelOptions", "AddIdentity",
// "SetIdentity", "DropIdentity", "DropExpression", "SetStatistics",
// "SetStorage", "SetCompression", "EnableTrig", "EnableRowSecurity", "AddInherit", "DropInherit",
// "AttachPartition", "DetachPartition", "DetachPartitionFinalize", ...
type AlterTableCmd struct {
	Loc
	Kind       string
	Name       string
	Name2      string   // SetStorage: the storage; SetCompression: the method
	Names      []string // AddOf: the type
	NewOwner   *RoleSpec
	Column     *ColumnDef
	Constraint *Constraint
	Expr       Expr
	Options    []*DefElem
	// Foreign are OPTIONS (...) of a foreign table or of a column of one.
	Foreign []*ForeignOption
	Num     int
	// ColumnNum: SetStatistics of the column of an index with that number, from 1.
	ColumnNum int
	Relation  *RangeVar
	Bound     *PartitionBound
	// Concurrently: DETACH PARTITION ... CONCURRENTLY.
	Concurrently bool
	Cascade      bool
	MissingOK    bool
}

// ObjectType names a kind of object in DROP, RENAME, COMMENT, GRANT: PostgreSQL's
// word in lower case: "table", "index", "view", "materialized view", "sequence",
// "schema", "type", "domain", "function", "column", "constraint", "database", ...
type ObjectType string

// DropStmt is DROP of one or several objects.
type DropStmt struct {
	Object ObjectType
	Names  []*Name
	// Types holds the objects of DROP TYPE/DOMAIN/FUNCTION with arguments.
	Types        []*TypeName
	Method       string // of operator classes and families: their access method
	IfExists     bool
	Cascade      bool
	Concurrently bool
}

// RenameStmt is ALTER ... RENAME.
type RenameStmt struct {
	Object       ObjectType // what is renamed: "table", "column", "constraint", ...
	RelationType ObjectType // for a column: of what
	Relation     *RangeVar
	Name         *Name  // for objects that are not relations
	Method       string // as in DropStmt
	SubName      string // the column, constraint or attribute
	NewName      string
	IfExists     bool
	Cascade      bool
}

// AlterObjectSchemaStmt is ALTER ... SET SCHEMA.
type AlterObjectSchemaStmt struct {
	Object    ObjectType
	Relation  *RangeVar
	Name      *Name
	Method    string // as in DropStmt
	NewSchema string
	IfExists  bool
}

// AlterOwnerStmt is ALTER SCHEMA/TYPE/DATABASE ... OWNER TO.
type AlterOwnerStmt struct {
	Object ObjectType
	Name   *Name
	Method string // as in DropStmt
	Owner  *RoleSpec
}

// CommentStmt is COMMENT ON.
type CommentStmt struct {
	Object   ObjectType
	Name     *Name
	Method   string // as in DropStmt
	Type     *TypeName
	Relation *Name    // of a constraint or policy; the domain of a "domain constraint"
	Comment  *string  // nil: IS NULL
	Function *FuncRef // of a function
	Operator *OperatorRef
	Cast     *CastRef
}

// RoleSpec names a role: a name, or one of "current_user", "session_user",
// "current_role", "public" as a keyword.
type RoleSpec struct {
	Loc
	Name    string
	Keyword bool
}

// CreateRoleStmt is CREATE ROLE, USER or GROUP.
type CreateRoleStmt struct {
	StmtType    string // "role", "user", "group"
	Name        string
	Options     []*DefElem
	IfNotExists bool
}

// AlterRoleStmt is ALTER ROLE with options.
type AlterRoleStmt struct {
	Role    *RoleSpec
	Options []*DefElem
}

// AlterRoleSetStmt is ALTER ROLE ... [IN DATABASE d] SET/RESET.
type AlterRoleSetStmt struct {
	Role     *RoleSpec // nil: ALL
	Database string
	Set      *VariableSetStmt
}

// DropRoleStmt is DROP ROLE.
type DropRoleStmt struct {
	Roles    []*RoleSpec
	IfExists bool
}

// GrantStmt is GRANT and REVOKE on objects.
type GrantStmt struct {
	// Routines is the word behind ALL: functions, procedures or routines.
	Routines    string
	Grant       bool
	Object      ObjectType
	AllInSchema bool
	Objects     []*Name
	Privileges  []Privilege // nil: ALL
	Grantees    []*RoleSpec
	GrantOption bool
	GrantedBy   *RoleSpec
	Cascade     bool
	Functions   []*FuncRef // of ON FUNCTION
}

// Privilege is one privilege, with columns where it has them.
type Privilege struct {
	Name    string // lower case
	Columns []string
}

// GrantRoleStmt is GRANT role TO role and its REVOKE.
type GrantRoleStmt struct {
	Grant       bool
	Roles       []Privilege
	Grantees    []*RoleSpec
	AdminOption bool
	GrantedBy   *RoleSpec
	Cascade     bool
	Group       bool // ALTER GROUP
}

// AlterDefaultPrivilegesStmt is ALTER DEFAULT PRIVILEGES. Scopes are the clauses of
// Roles and Schemas as they were written.
type AlterDefaultPrivilegesStmt struct {
	Scopes  []*DefElem
	Roles   []*RoleSpec
	Schemas []string
	Action  *GrantStmt
}

// CreatedbStmt, DropdbStmt and AlterDatabaseStmt are about databases.
type CreatedbStmt struct {
	Name    string
	Options []*DefElem
}

// DropdbStmt is DROP DATABASE.
type DropdbStmt struct {
	Name     string
	IfExists bool
	Options  []*DefElem
}

// AlterDatabaseStmt is ALTER DATABASE with options, or REFRESH COLLATION VERSION.
type AlterDatabaseStmt struct {
	Name             string
	Options          []*DefElem
	RefreshCollation bool
}

func (*AlterDatabaseStmt) node() {}

// Kind implements Statement.
func (s *AlterDatabaseStmt) Kind() string {
	if s.RefreshCollation {
		return "AlterDatabaseRefreshCollStmt"
	}
	return "AlterDatabaseStmt"
}

// AlterDatabaseSetStmt is ALTER DATABASE ... SET/RESET.
type AlterDatabaseSetStmt struct {
	Name string
	Set  *VariableSetStmt
}

// UnsupportedStmt is a statement of PostgreSQL's that is understood as such and
// has no tree here (CREATE FUNCTION, CREATE TRIGGER, ...): executing it is 0A000.
type UnsupportedStmt struct {
	Loc
	// StmtKind is PostgreSQL's node name; Construct is what the message names.
	StmtKind, Construct string
	// Text is the statement in canonical form: its tokens, one space between
	// words.
	Text string
}

func (*CreateStmt) node() {}

// Kind names PostgreSQL's node.
func (*CreateStmt) Kind() string { return "CreateStmt" }
func (*CreateTableAsStmt) node() {}

// Kind names PostgreSQL's node.
func (*CreateTableAsStmt) Kind() string { return "CreateTableAsStmt" }
func (*RefreshStmt) node()              {}

// Kind names PostgreSQL's node.
func (*RefreshStmt) Kind() string { return "RefreshMatViewStmt" }
func (*IndexStmt) node()          {}

// Kind names PostgreSQL's node.
func (*IndexStmt) Kind() string { return "IndexStmt" }
func (*ViewStmt) node()         {}

// Kind names PostgreSQL's node.
func (*ViewStmt) Kind() string { return "ViewStmt" }
func (*CreateSeqStmt) node()   {}

// Kind names PostgreSQL's node.
func (*CreateSeqStmt) Kind() string { return "CreateSeqStmt" }
func (*AlterSeqStmt) node()         {}

// Kind names PostgreSQL's node.
func (*AlterSeqStmt) Kind() string { return "AlterSeqStmt" }
func (*CreateSchemaStmt) node()    {}

// Kind names PostgreSQL's node.
func (*CreateSchemaStmt) Kind() string { return "CreateSchemaStmt" }
func (*CreateEnumStmt) node()          {}

// Kind names PostgreSQL's node.
func (*CreateEnumStmt) Kind() string { return "CreateEnumStmt" }
func (*AlterEnumStmt) node()         {}

// Kind names PostgreSQL's node.
func (*AlterEnumStmt) Kind() string { return "AlterEnumStmt" }
func (*CompositeTypeStmt) node()    {}

// Kind names PostgreSQL's node.
func (*CompositeTypeStmt) Kind() string { return "CompositeTypeStmt" }
func (*AlterTypeStmt) node()            {}

// Kind names PostgreSQL's node.
func (*AlterTypeStmt) Kind() string { return "AlterTableStmt" }
func (*CreateRangeStmt) node()      {}

// Kind names PostgreSQL's node.
func (*CreateRangeStmt) Kind() string { return "CreateRangeStmt" }
func (*CreateDomainStmt) node()       {}

// Kind names PostgreSQL's node.
func (*CreateDomainStmt) Kind() string { return "CreateDomainStmt" }
func (*AlterTableStmt) node()          {}

// Kind names PostgreSQL's node.
func (*AlterTableStmt) Kind() string { return "AlterTableStmt" }
func (*DropStmt) node()              {}

// Kind names PostgreSQL's node.
func (*DropStmt) Kind() string { return "DropStmt" }
func (*RenameStmt) node()      {}

// Kind names PostgreSQL's node.
func (*RenameStmt) Kind() string     { return "RenameStmt" }
func (*AlterObjectSchemaStmt) node() {}

// Kind names PostgreSQL's node.
func (*AlterObjectSchemaStmt) Kind() string { return "AlterObjectSchemaStmt" }
func (*AlterOwnerStmt) node()               {}

// Kind names PostgreSQL's node.
func (*AlterOwnerStmt) Kind() string { return "AlterOwnerStmt" }
func (*CommentStmt) node()           {}

// Kind names PostgreSQL's node.
func (*CommentStmt) Kind() string { return "CommentStmt" }
func (*CreateRoleStmt) node()     {}

// Kind names PostgreSQL's node.
func (*CreateRoleStmt) Kind() string { return "CreateRoleStmt" }
func (*AlterRoleStmt) node()         {}

// Kind names PostgreSQL's node.
func (*AlterRoleStmt) Kind() string { return "AlterRoleStmt" }
func (*AlterRoleSetStmt) node()     {}

// Kind names PostgreSQL's node.
func (*AlterRoleSetStmt) Kind() string { return "AlterRoleSetStmt" }
func (*DropRoleStmt) node()            {}

// Kind names PostgreSQL's node.
func (*DropRoleStmt) Kind() string { return "DropRoleStmt" }
func (*GrantStmt) node()           {}

// Kind names PostgreSQL's node.
func (*GrantStmt) Kind() string { return "GrantStmt" }
func (*GrantRoleStmt) node()    {}

// Kind names PostgreSQL's node.
func (*GrantRoleStmt) Kind() string       { return "GrantRoleStmt" }
func (*AlterDefaultPrivilegesStmt) node() {}

// Kind names PostgreSQL's node.
func (*AlterDefaultPrivilegesStmt) Kind() string { return "AlterDefaultPrivilegesStmt" }
func (*CreatedbStmt) node()                      {}

// Kind names PostgreSQL's node.
func (*CreatedbStmt) Kind() string { return "CreatedbStmt" }
func (*DropdbStmt) node()          {}

// Kind names PostgreSQL's node.
func (*DropdbStmt) Kind() string    { return "DropdbStmt" }
func (*AlterDatabaseSetStmt) node() {}

// Kind names PostgreSQL's node.
func (*AlterDatabaseSetStmt) Kind() string { return "AlterDatabaseSetStmt" }

// Kind names PostgreSQL's node.
func (*UnsupportedStmt) node() {}

// Kind names PostgreSQL's node.
func (s *UnsupportedStmt) Kind() string { return s.StmtKind }
