package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// alter parses ALTER.
func (p *parser) alter() ast.Statement {
	start := p.at
	p.expect("alter")
	if s := p.alterDefined(start); s != nil {
		return s
	}
	p.at = start + 1
	switch {
	case p.isSeq("foreign", "data", "wrapper"):
		return p.foreignWrapper(start, "alter")
	case p.is("server"):
		return p.foreignServer(start, "alter")
	case p.isSeq("operator", "family"):
		return p.opFamily(start, "alter")
	case p.isSeq("text", "search"):
		return p.alterTextSearch(start)
	case p.is("publication"):
		return p.publicationStmt(start, "alter", "ALTER PUBLICATION")
	case p.is("subscription"):
		return p.subscriptionStmt(start, "alter", "ALTER SUBSCRIPTION")
	case p.isSeq("event", "trigger"):
		return p.alterEventTrigger(start)
	case p.is("user") && p.isUserMapping():
		return p.userMapping(start, "alter")
	case p.takeSeq("user", "stream", "table"), p.takeSeq("user", "table"), p.takeSeq("stream", "table"), p.takeSeq("shared", "table"):
		return p.alterRelation("table")
	case p.is("role", "group"), p.is("user") && !p.isUserMapping():
		return p.alterRole()
	case p.is("table", "index") && isWord(p.ahead(1), "all"):
	case p.is("index") && p.dependsAhead():
	case p.is("table", "index", "view", "sequence"):
		return p.alterRelation(ast.ObjectType(p.advance().text))
	case p.takeSeq("foreign", "table"):
		return p.alterRelation("foreign table")
	case p.isSeq("materialized", "view") && !isWord(p.ahead(2), "all") && !p.dependsAhead():
		p.at += 2
		return p.alterRelation("materialized view")
	case p.is("function", "procedure", "routine"):
		return p.alterFunction(start)
	case p.is("aggregate"):
		return p.alterAggregate(start)
	case p.is("operator") && !isWord(p.ahead(1), "class", "family"):
		return p.alterOperator(start)
	case p.isSeq("default", "privileges"):
		return p.alterDefaultPrivileges(start)
	case p.is("database") && isWord(p.ahead(2), "rename", "owner", "reset"), p.is("database") && isWord(p.ahead(2), "set") && !isWord(p.ahead(3), "tablespace"):
		return p.alterDatabase(start)
	case p.is("database") && !isWord(p.ahead(2), "set"):
		p.advance()
		s := &ast.AlterDatabaseStmt{Name: p.colID()}
		if s.RefreshCollation = p.takeSeq("refresh", "collation", "version"); !s.RefreshCollation {
			p.take("with")
			s.Options = p.databaseOptions()
		}
		return s
	case p.is("policy"):
		return p.alterPolicy(start)
	case p.is("trigger"):
		if s := p.renameTrigger(start); s != nil {
			return s
		}
	case p.is("rule"):
		return p.renameRule(start)
	case p.is("statistics"):
		return p.alterStatistics(start)
	case p.is("extension") && isWord(p.ahead(2), "update"):
		return p.alterExtension(start)
	case p.is("type", "domain"):
		if s := p.alterType(); s != nil {
			return s
		}
	case p.takeSeq("large", "object"):
		name := p.largeObject()
		p.expect("owner", "to")
		return &ast.AlterOwnerStmt{Object: "large object", Name: name, Owner: p.roleSpec()}
	case p.is("schema") && isWord(p.ahead(2), "rename"):
		p.advance()
		name := &ast.Name{Loc: p.loc(), Parts: []string{p.colID()}}
		p.expect("rename", "to")
		return &ast.RenameStmt{Object: "schema", Name: name, NewName: p.colID()}
	case p.is("schema") && isWord(p.ahead(2), "owner"):
		p.advance()
		name := &ast.Name{Loc: p.loc(), Parts: []string{p.colID()}}
		p.expect("owner", "to")
		return &ast.AlterOwnerStmt{Object: "schema", Name: name, Owner: p.roleSpec()}
	}
	p.at = start
	return p.unsupportedStatement("alter")
}

// isUserMapping says whether USER MAPPING begins here, and no user of that name.
func (p *parser) isUserMapping() bool {
	return isWord(p.ahead(1), "mapping") && isWord(p.ahead(2), "for", "if")
}

// dependsAhead says whether ALTER of a relation goes on with [NO] DEPENDS.
func (p *parser) dependsAhead() bool {
	n := 1
	if p.is("materialized") {
		n = 2
	}
	for mayName(p.ahead(n), "UCTR") && p.ahead(n+1).kind == tokOp && p.ahead(n+1).text == "." {
		n += 2
	}
	return isWord(p.ahead(n+1), "depends") || isWord(p.ahead(n+1), "no") && isWord(p.ahead(n+2), "depends")
}

func (p *parser) alterRelation(object ast.ObjectType) ast.Statement {
	ifExists := p.ifExists()
	var v *ast.RangeVar
	if object == "table" || object == "foreign table" {
		v = p.relationExpr()
	} else {
		v = p.qualifiedName()
	}
	if p.take("rename") {
		return p.renameRelation(&ast.RenameStmt{Object: object, Relation: v, IfExists: ifExists})
	}
	if object != "index" && p.takeSeq("set", "schema") {
		return &ast.AlterObjectSchemaStmt{Object: object, Relation: v, NewSchema: p.colID(), IfExists: ifExists}
	}
	if object == "sequence" {
		if options := p.sequenceOptions(); options != nil {
			return &ast.AlterSeqStmt{Relation: v, IfExists: ifExists, Options: options}
		}
	}
	s := &ast.AlterTableStmt{ObjType: object, Relation: v, IfExists: ifExists}
	if p.is("attach", "detach") && (object == "table" || object == "index" && p.is("attach")) {
		s.Cmds = append(s.Cmds, p.partitionCmd(object))
		return s
	}
	for {
		s.Cmds = append(s.Cmds, p.alterCmd())
		if !p.accept(",") {
			return s
		}
	}
}

func (p *parser) renameRelation(r *ast.RenameStmt) ast.Statement {
	object := r.Object
	switch {
	case p.take("to"):
		r.NewName = p.colID()
		return r
	case object == "index" || object == "sequence":
		p.unexpected()
	case object == "table" && p.take("constraint"):
		r.Object, r.RelationType = "constraint", object
	default:
		p.take("column")
		r.Object, r.RelationType = "column", object
	}
	r.SubName = p.colID()
	p.expect("to")
	r.NewName = p.colID()
	return r
}

// alterCmd parses one action of ALTER TABLE.
func (p *parser) alterCmd() *ast.AlterTableCmd {
	c := &ast.AlterTableCmd{Loc: p.loc()}
	start := p.at
	switch {
	case p.take("add"):
		if p.startsTableConstraint() {
			c.Kind, c.Constraint = "AddConstraint", p.tableConstraint()
			return c
		}
		p.take("column")
		c.Kind, c.MissingOK = "AddColumn", p.ifNotExists()
		c.Column = p.columnDef()
		return c
	case p.take("drop"):
		c.Kind = "DropColumn"
		if p.take("constraint") {
			c.Kind = "DropConstraint"
		} else {
			p.take("column")
		}
		c.MissingOK = p.ifExists()
		c.Name = p.colID()
		c.Cascade = p.dropBehavior()
		return c
	case p.takeSeq("alter", "constraint"):
		return p.alterConstraint(c)
	case p.is("alter") && !isWord(p.ahead(1), "constraint"):
		p.advance()
		p.take("column")
		p.alterColumn(c)
		return c
	case p.takeSeq("enable", "row", "level", "security"):
		c.Kind = "EnableRowSecurity"
		return c
	case p.takeSeq("disable", "row", "level", "security"):
		c.Kind = "DisableRowSecurity"
		return c
	case p.takeSeq("enable", "trigger"):
		p.triggerName(c, "EnableTrig")
		return c
	case p.takeSeq("disable", "trigger"):
		p.triggerName(c, "DisableTrig")
		return c
	case p.takeSeq("enable", "always", "trigger"):
		c.Kind, c.Name = "EnableAlwaysTrig", p.colID()
		return c
	case p.takeSeq("enable", "replica", "trigger"):
		c.Kind, c.Name = "EnableReplicaTrig", p.colID()
		return c
	case p.takeSeq("enable", "rule"):
		c.Kind, c.Name = "EnableRule", p.colID()
		return c
	case p.takeSeq("disable", "rule"):
		c.Kind, c.Name = "DisableRule", p.colID()
		return c
	case p.takeSeq("enable", "always", "rule"):
		c.Kind, c.Name = "EnableAlwaysRule", p.colID()
		return c
	case p.takeSeq("enable", "replica", "rule"):
		c.Kind, c.Name = "EnableReplicaRule", p.colID()
		return c
	case p.takeSeq("force", "row", "level", "security"):
		c.Kind = "ForceRowSecurity"
		return c
	case p.takeSeq("no", "force", "row", "level", "security"):
		c.Kind = "NoForceRowSecurity"
		return c
	case p.takeSeq("owner", "to"):
		c.Kind, c.NewOwner = "ChangeOwner", p.roleSpec()
		return c
	case p.is("set") && p.ahead(1).kind == tokOp && p.ahead(1).text == "(":
		p.advance()
		c.Kind, c.Options = "SetRelOptions", p.relOptions()
		return c
	case p.take("reset"):
		c.Kind, c.Options = "ResetRelOptions", p.relOptions()
		return c
	case p.takeSeq("replica", "identity"):
		c.Kind, c.Name2 = "ReplicaIdentity", p.tok().text
		switch {
		case p.takeSeq("using", "index"):
			c.Name = p.colID()
		case !p.take("nothing", "full", "default"):
			p.unexpected()
		}
		return c
	case p.takeSeq("cluster", "on"):
		c.Kind, c.Name = "ClusterOn", p.colID()
		return c
	case p.takeSeq("set", "without", "cluster"):
		c.Kind = "DropCluster"
		return c
	case p.takeSeq("set", "without", "oids"):
		c.Kind = "DropOids"
		return c
	case p.takeSeq("validate", "constraint"):
		c.Kind, c.Name = "ValidateConstraint", p.colID()
		return c
	case p.takeSeq("set", "tablespace"):
		c.Kind, c.Name = "SetTableSpace", p.colID()
		return c
	case p.takeSeq("set", "access", "method"):
		c.Kind, c.Name = "SetAccessMethod", p.colID()
		return c
	case p.take("inherit"):
		c.Kind, c.Relation = "AddInherit", p.qualifiedName()
		return c
	case p.take("of"):
		c.Kind, c.Names = "AddOf", p.anyName().Parts
		return c
	case p.takeSeq("not", "of"):
		c.Kind = "DropOf"
		return c
	case p.takeSeq("no", "inherit"):
		c.Kind, c.Relation = "DropInherit", p.qualifiedName()
		return c
	}
	if p.is("options") {
		p.follow("alter_options")
		p.at = start
		c.Kind, c.Foreign = "GenericOptions", p.foreignOptions()
		return c
	}
	if kind := map[string]string{"logged": "SetLogged", "unlogged": "SetUnLogged"}[p.ahead(1).text]; kind != "" && p.is("set") {
		p.at += 2
		c.Kind = kind
		return c
	}
	p.follow("table_command")
	p.refuse(c.Loc, "ALTER TABLE ... %s", upper(p.words(start, 2)...))
	return c
}

// triggerName parses which triggers ENABLE and DISABLE are about.
func (p *parser) triggerName(c *ast.AlterTableCmd, kind string) {
	switch {
	case p.take("all"):
		c.Kind = kind + "All"
	case p.take("user"):
		c.Kind = kind + "User"
	default:
		c.Kind, c.Name = kind, p.colID()
	}
}

// words gives up to n keywords from a token on, to name a construct.
func (p *parser) words(from, n int) []string {
	var list []string
	for i := from; i < p.at && len(list) < n; i++ {
		if t := &p.toks[i]; t.kind == tokIdent && (i == from || t.category != 0) {
			list = append(list, t.text)
			continue
		}
		break
	}
	return list
}

func (p *parser) alterColumn(c *ast.AlterTableCmd) {
	if t := p.tok(); t.kind == tokInteger {
		c.ColumnNum = int(p.integer())
		p.expect("set", "statistics")
		at := p.at
		if !p.signedInteger() {
			p.unexpected()
		}
		p.at = at
		c.Kind, c.Num = "SetStatistics", int(p.integer())
		if c.ColumnNum < 1 || c.ColumnNum > 32767 {
			panic(sqlerr.New(sqlerr.InvalidParameterValue, "column number must be in range from 1 to 32767").At(t.pos))
		}
		return
	}
	c.Name = p.colID()
	start := p.at
	switch {
	case p.takeSeq("set", "default"):
		c.Kind, c.Expr = "ColumnDefault", p.expr(0)
		return
	case p.takeSeq("drop", "default"):
		c.Kind = "ColumnDefault"
		return
	case p.takeSeq("set", "not", "null"):
		c.Kind = "SetNotNull"
		return
	case p.takeSeq("drop", "not", "null"):
		c.Kind = "DropNotNull"
		return
	case p.is("type"), p.isSeq("set", "data", "type"):
		p.takeSeq("set", "data")
		p.expect("type")
		c.Kind, c.Column = "AlterColumnType", &ast.ColumnDef{Loc: p.loc(), Type: p.typeName()}
		if loc := p.loc(); p.take("collate") {
			c.Column.Collation = &ast.Name{Loc: loc, Parts: p.anyName().Parts}
		}
		if p.take("using") {
			c.Expr = p.expr(0)
		}
		return
	case p.isSeq("set", "statistics"):
		p.at += 2
		at := p.at
		if !p.signedInteger() {
			p.unexpected()
		}
		p.at = at
		c.Kind, c.Num = "SetStatistics", int(p.integer())
		return
	case p.isSeq("add", "generated"):
		p.at += 2
		c.Kind, c.Constraint = "AddIdentity", &ast.Constraint{Loc: c.Loc}
		p.identity(c.Constraint)
		return
	case p.takeSeq("drop", "identity"):
		c.Kind, c.MissingOK = "DropIdentity", p.ifExists()
		return
	case p.takeSeq("drop", "expression"):
		c.Kind, c.MissingOK = "DropExpression", p.ifExists()
		return
	case p.is("restart"), p.isSeq("set", "generated"), p.is("set") && isWord(p.ahead(1), "increment", "start", "restart", "minvalue", "maxvalue", "cache", "cycle", "no"):
		p.identityChanges(c)
		return
	case p.is("set", "reset") && p.ahead(1).kind == tokOp && p.ahead(1).text == "(":
		c.Kind = "SetAttributeOptions"
		if p.advance().text == "reset" {
			c.Kind = "ResetAttributeOptions"
		}
		c.Options = p.relOptions()
		return
	case p.takeSeq("set", "compression"):
		c.Kind = "SetCompression"
		if c.Name2 = "default"; !p.take("default") {
			c.Name2 = p.colID()
		}
		return
	case p.takeSeq("set", "storage"):
		c.Kind = "SetStorage"
		if c.Name2 = "default"; !p.take("default") { // DEFAULT since PostgreSQL 16
			c.Name2 = p.colID()
		}
		return
	}
	if p.is("options") {
		p.follow("alter_options")
		p.at = start
		c.Kind, c.Foreign = "AlterColumnGenericOptions", p.foreignOptions()
		return
	}
	p.follow("column_command")
	p.refuse(c.Loc, "ALTER COLUMN ... %s", upper(p.words(start, 2)...))
}

// identityChanges reads what is to change of an identity column: SET GENERATED, which goes
// to the constraint, and options of its sequence.
func (p *parser) identityChanges(c *ast.AlterTableCmd) {
	c.Kind = "SetIdentity"
	for {
		switch {
		case p.is("restart"):
			c.Options = append(c.Options, p.sequenceOption())
		case p.takeSeq("set", "generated"):
			c.Constraint = &ast.Constraint{Loc: c.Loc}
			p.generatedWhen(c.Constraint)
		case p.is("set"):
			p.advance()
			o := p.sequenceOption()
			if o == nil {
				p.unexpected()
			}
			c.Options = append(c.Options, o)
		default:
			return
		}
	}
}

// upper names a construct by its keywords.
func upper(words ...string) string { return strings.ToUpper(strings.Join(words, " ")) }
