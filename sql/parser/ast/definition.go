package ast

// CreateFdwStmt is CREATE and ALTER FOREIGN DATA WRAPPER. Functions are HANDLER and
// VALIDATOR as they were written, with the function's name, or nil for NO.
type CreateFdwStmt struct {
	Loc
	Name      string
	Alter     bool
	Functions []*DefElem
	Options   []*ForeignOption
}

// ForeignOption is one of OPTIONS (...). Action is "add", "set", "drop", or empty where
// none is written.
type ForeignOption struct {
	Loc
	Action, Name, Value string
}

func (*ForeignOption) node() {}

// CreateServerStmt is CREATE and ALTER SERVER.
type CreateServerStmt struct {
	Loc
	Name        string
	Alter       bool
	IfNotExists bool
	Type        string
	// Versioned: VERSION was written; Version is nil for VERSION NULL.
	Versioned bool
	Version   *string
	Wrapper   string
	Options   []*ForeignOption
}

// UserMappingStmt is CREATE, ALTER and DROP USER MAPPING.
type UserMappingStmt struct {
	Loc
	Command     string // "create", "alter", "drop"
	User        *RoleSpec
	Server      string
	IfNotExists bool
	IfExists    bool
	Options     []*ForeignOption
}

// ImportForeignSchemaStmt is IMPORT FOREIGN SCHEMA.
type ImportForeignSchemaStmt struct {
	Loc
	Remote, Server, Local string
}

// CreateEventTrigStmt is CREATE EVENT TRIGGER.
type CreateEventTrigStmt struct {
	Loc
	Name, Event string
	Filters     []EventFilter
	Function    *Name
}

// EventFilter is one of WHEN variable IN (values).
type EventFilter struct {
	Variable string
	Values   []string
}

// AlterEventTrigStmt is ALTER EVENT TRIGGER ... ENABLE or DISABLE, as pg_event_trigger has
// it.
type AlterEventTrigStmt struct {
	Loc
	Name    string
	Enabled byte
}

// PublicationStmt is CREATE PUBLICATION and, with an Action, ALTER PUBLICATION: options, or
// add, set and drop of Items.
type PublicationStmt struct {
	Loc
	Name, Action string
	AllTables    bool
	Items        []*PublicationItem
	Options      []*DefElem
}

// PublicationItem is a table or, InSchema, all tables of a schema; an empty Schema is
// CURRENT_SCHEMA.
type PublicationItem struct {
	Loc
	Table    *RangeVar
	Columns  []string
	Where    Expr
	InSchema bool
	Schema   string
}

// SubscriptionStmt is CREATE SUBSCRIPTION and, with an Action, ALTER SUBSCRIPTION: options,
// connection, refresh, skip, enable, disable, or add, set and drop of Publications.
type SubscriptionStmt struct {
	Loc
	Name, Action string
	Connection   string
	Publications []string
	Options      []*DefElem
}

// CreateOpClassStmt is CREATE OPERATOR CLASS.
type CreateOpClassStmt struct {
	Loc
	Name    *Name
	Default bool
	Type    *TypeName
	Method  string
	Family  *Name // nil: one of the class's name
	Items   []OpClassItem
}

// OpFamilyStmt is CREATE OPERATOR FAMILY, without items, and ALTER OPERATOR FAMILY.
type OpFamilyStmt struct {
	Loc
	Name   *Name
	Method string
	Alter  bool
	Drop   bool
	Items  []OpClassItem
}

// OpClassItem is an operator, a function or the storage type of an operator class.
type OpClassItem struct {
	Kind     string // "operator", "function", "storage"
	Number   int64
	Operator *Name
	// Types are those of the operator's operands, of which a missing one is nil, or those
	// that a function is for.
	Types    []*TypeName
	Function *FuncRef
	Sort     *Name // FOR ORDER BY
	Type     *TypeName
}

// CreateConversionStmt is CREATE CONVERSION.
type CreateConversionStmt struct {
	Loc
	Name     *Name
	Default  bool
	From, To string
	Function *Name
}

// CreatePLangStmt is CREATE LANGUAGE.
type CreatePLangStmt struct {
	Loc
	Name                       string
	Replace, Trusted           bool
	Handler, Inline, Validator *Name
}

// CreateTextSearchStmt is CREATE TEXT SEARCH PARSER, TEMPLATE, DICTIONARY and CONFIGURATION.
type CreateTextSearchStmt struct {
	Loc
	Object  ObjectType
	Name    *Name
	Options []*AggregateOption
}

// AlterTSDictionaryStmt is ALTER TEXT SEARCH DICTIONARY with options.
type AlterTSDictionaryStmt struct {
	Loc
	Name    *Name
	Options []*AggregateOption
}

// AlterTSMappingStmt is ALTER TEXT SEARCH CONFIGURATION ... MAPPING.
type AlterTSMappingStmt struct {
	Loc
	Name         *Name
	Command      string // "add", "alter", "drop"
	Tokens       []string
	Replace      *Name // REPLACE this WITH the only one of Dictionaries
	Dictionaries []*Name
	IfExists     bool
}

func (*CreateTextSearchStmt) node()  {}
func (*AlterTSDictionaryStmt) node() {}
func (*AlterTSMappingStmt) node()    {}

// Kind implements Statement.
func (*CreateTextSearchStmt) Kind() string { return "DefineStmt" }

// Kind implements Statement.
func (*AlterTSDictionaryStmt) Kind() string { return "AlterTSDictionaryStmt" }

// Kind implements Statement.
func (*AlterTSMappingStmt) Kind() string { return "AlterTSConfigurationStmt" }

func (*CreateOpClassStmt) node()    {}
func (*OpFamilyStmt) node()         {}
func (*CreateConversionStmt) node() {}
func (*CreatePLangStmt) node()      {}

// Kind implements Statement.
func (*CreateOpClassStmt) Kind() string { return "CreateOpClassStmt" }

// Kind implements Statement.
func (s *OpFamilyStmt) Kind() string {
	if s.Alter {
		return "AlterOpFamilyStmt"
	}
	return "CreateOpFamilyStmt"
}

// Kind implements Statement.
func (*CreateConversionStmt) Kind() string { return "CreateConversionStmt" }

// Kind implements Statement.
func (*CreatePLangStmt) Kind() string { return "CreatePLangStmt" }

func (*PublicationStmt) node()     {}
func (*SubscriptionStmt) node()    {}
func (*CreateEventTrigStmt) node() {}
func (*AlterEventTrigStmt) node()  {}

// Kind implements Statement.
func (s *PublicationStmt) Kind() string {
	if s.Action != "" {
		return "AlterPublicationStmt"
	}
	return "CreatePublicationStmt"
}

// Kind implements Statement.
func (s *SubscriptionStmt) Kind() string {
	if s.Action != "" {
		return "AlterSubscriptionStmt"
	}
	return "CreateSubscriptionStmt"
}

// Kind implements Statement.
func (*CreateEventTrigStmt) Kind() string { return "CreateEventTrigStmt" }

// Kind implements Statement.
func (*AlterEventTrigStmt) Kind() string { return "AlterEventTrigStmt" }

func (*CreateFdwStmt) node()           {}
func (*CreateServerStmt) node()        {}
func (*UserMappingStmt) node()         {}
func (*ImportForeignSchemaStmt) node() {}

// Kind implements Statement.
func (s *CreateFdwStmt) Kind() string {
	if s.Alter {
		return "AlterFdwStmt"
	}
	return "CreateFdwStmt"
}

// Kind implements Statement.
func (s *CreateServerStmt) Kind() string {
	if s.Alter {
		return "AlterForeignServerStmt"
	}
	return "CreateForeignServerStmt"
}

// Kind implements Statement.
func (s *UserMappingStmt) Kind() string {
	switch s.Command {
	case "alter":
		return "AlterUserMappingStmt"
	case "drop":
		return "DropUserMappingStmt"
	}
	return "CreateUserMappingStmt"
}

// Kind implements Statement.
func (*ImportForeignSchemaStmt) Kind() string { return "ImportForeignSchemaStmt" }
