package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// terminals are the rules that the parser's own functions read: each says
// whether what it stands for begins here, and then reads it.
var terminals map[string]func(p *parser) bool

func init() {
	named := func(categories string) func(p *parser) bool {
		return func(p *parser) bool {
			if !mayName(p.tok(), categories) {
				return false
			}
			p.advance()
			return true
		}
	}
	token := func(kinds ...kind) func(p *parser) bool {
		return func(p *parser) bool {
			for _, k := range kinds {
				if p.tok().kind == k {
					p.advance()
					return true
				}
			}
			return false
		}
	}
	starting := func(starts func(p *parser) bool, read func(p *parser)) func(p *parser) bool {
		return func(p *parser) bool {
			if !starts(p) {
				return false
			}
			read(p)
			return true
		}
	}
	nameStarts := func(p *parser) bool { return mayName(p.tok(), "UC") }
	terminals = map[string]func(p *parser) bool{
		"name":        named("UC"),
		"label":       named("UCTR"),
		"nonreserved": named("UCT"),
		"param_name":  named("UT"),
		"ident":       func(p *parser) bool { return isPlainName(p.tok()) && named("U")(p) },
		"string":      token(tokString),
		"int":         token(tokInteger),
		"constant":    token(tokInteger, tokNumber, tokString),
		"signed":      (*parser).signedInteger,
		"number":      (*parser).signedNumber,
		"reserved": func(p *parser) bool {
			return p.tok().kind == tokIdent && p.tok().category == reserved && p.take(p.tok().text)
		},
		"operator": func(p *parser) bool { return p.operatorToken(false) },
		"anyname":  starting(nameStarts, func(p *parser) { p.anyName() }),
		"relation": starting(nameStarts, func(p *parser) { p.qualifiedName() }),
		"target":   starting(func(p *parser) bool { return nameStarts(p) || p.is("only") }, func(p *parser) { p.relationExpr() }),
		"role": starting(func(p *parser) bool {
			return mayName(p.tok(), "UCT") || p.is("current_user", "session_user", "current_role")
		}, func(p *parser) { p.roleSpec() }),
		"type":              starting((*parser).startsType, func(p *parser) { p.typeName() }),
		"functype":          starting((*parser).startsType, func(p *parser) { p.funcType() }),
		"expr":              starting((*parser).startsExpr, func(p *parser) { p.expr(0) }),
		"publication_items": (*parser).publicationItems,
		"trigger_events":    (*parser).triggerEvents,
		"policy_kind":       (*parser).policyKind,
		"missing":           (*parser).missingArgument,
		"no_longer_from":    (*parser).noLongerFrom,
		"no_outputs":        (*parser).noOutputs,
		"no_replace":        (*parser).constraintReplace,
		"xml_unknown":       (*parser).xmlColumnOption,
		"sort_item":         starting((*parser).startsExpr, func(p *parser) { p.sortBy() }),
		"bare_query":        starting(func(p *parser) bool { return p.startsQueryAt(0) }, func(p *parser) { p.selectStmt() }),
		"bexpr":             starting((*parser).startsExpr, func(p *parser) { p.bExpr() }),
		"primary":           starting((*parser).startsExpr, func(p *parser) { p.primary() }),
		"simpletype":        starting((*parser).startsType, func(p *parser) { p.simpleTypeName() }),
		"query":             starting((*parser).startsQuery, func(p *parser) { p.selectStmt() }),
		"select":            func(p *parser) bool { p.query(); return true },
		"symbol":            func(p *parser) bool { return p.operatorToken(true) },
		"def_type":          starting(func(p *parser) bool { return p.startsType() && !(p.is("operator") && p.ahead(1).text == "(") }, func(p *parser) { p.funcType() }),
		"change":            starting(func(p *parser) bool { return p.is("insert", "update", "delete", "with", "merge") }, func(p *parser) { p.preparable() }),
		"notify":            starting(func(p *parser) bool { return p.is("notify") }, func(p *parser) { p.statement() }),
		"fromlist":          starting(func(p *parser) bool { return p.tok().kind != tokEOF }, func(p *parser) { p.fromList() }),
		"funcname":          (*parser).funcName,
		"funcarg":           (*parser).funcArg,
		"call":              starting(func(p *parser) bool { return p.isFunctionInFrom() }, func(p *parser) { p.functionExpr() }),
		"application":       (*parser).funcApplication,
		"body":              (*parser).routineBody,
		"quals":             func(p *parser) bool { p.columnQualifiers(&ast.ColumnDef{}); return true },
		"constraint":        starting((*parser).startsTableConstraint, func(p *parser) { p.tableConstraint() }),
		"columndef":         starting(nameStarts, func(p *parser) { p.columnDef() }),
		"element":           starting(func(p *parser) bool { return !p.isOp(")") }, func(p *parser) { p.tableElement(&ast.CreateStmt{}) }),
		"deferral":          func(p *parser) bool { p.deferral(&ast.Constraint{}, "TRIGGER"); return true },
		"constr_attrs":      func(p *parser) bool { p.deferral(&ast.Constraint{}, "FOREIGN KEY"); return true },
		"bound":             starting(func(p *parser) bool { return p.is("for", "default") }, func(p *parser) { p.partitionBound() }),
		"reloptions":        starting(func(p *parser) bool { return p.isOp("(") }, func(p *parser) { p.relOptions() }),
		"options":           starting(func(p *parser) bool { return p.isOp("(") }, func(p *parser) { p.utilityOptions() }),
		"setting":           starting(nameStartsSetting, func(p *parser) { p.setRestMore(&ast.VariableSetStmt{}) }),
		"assignment":        starting(nameStarts, func(p *parser) { p.genericSet(&ast.VariableSetStmt{}) }),
		"reset":             starting(func(p *parser) bool { return p.is("reset") }, func(p *parser) { p.reset() }),
		"sequence":          func(p *parser) bool { p.sequenceOptions(); return true },
	}
}

func nameStartsSetting(p *parser) bool { return mayName(p.tok(), "UC") || p.is("authorization") }

func (p *parser) signedInteger() bool {
	n := 0
	if p.isOp("-") || p.isOp("+") {
		n = 1
	}
	if p.ahead(n).kind != tokInteger {
		p.reached = max(p.reached, p.at+n)
		return false
	}
	p.at += n + 1
	return true
}

func (p *parser) signedNumber() bool {
	n := 0
	if p.isOp("-") || p.isOp("+") {
		n = 1
	}
	if k := p.ahead(n).kind; k != tokInteger && k != tokNumber {
		p.reached = max(p.reached, p.at+n)
		return false
	}
	p.at += n + 1
	return true
}

// isOperatorSymbol says whether a token is an operator of PostgreSQL's all_Op.
func isOperatorSymbol(t *token) bool {
	if t.kind != tokOp {
		return false
	}
	switch t.text {
	case "(", ")", "[", "]", ",", ";", ".", "..", ":", "::", ":=", "=>":
		return false
	}
	return true
}

// operatorToken reads an operator, which may be qualified unless it has to be
// bare.
func (p *parser) operatorToken(bare bool) bool {
	if isOperatorSymbol(p.tok()) {
		p.advance()
		return true
	}
	if bare {
		return false
	}
	n := 0
	for mayName(p.ahead(n), "UC") && p.ahead(n+1).kind == tokOp && p.ahead(n+1).text == "." {
		n += 2
	}
	if n == 0 || !isOperatorSymbol(p.ahead(n)) {
		if mayName(p.ahead(n), "UC") {
			n++
		}
		p.reached = max(p.reached, p.at+n)
		return false
	}
	p.at += n + 1
	return true
}

// typeKeywords are the keywords that begin a type although they name columns.
var typeKeywords = []string{"int", "integer", "smallint", "bigint", "real", "float", "decimal", "dec", "numeric", "boolean", "bit",
	"character", "char", "varchar", "json", "national", "nchar", "timestamp", "time", "interval", "setof"}

func (p *parser) startsType() bool { return startsType(p.tok()) }

func startsType(t *token) bool { return mayName(t, "UT") || isWord(t, typeKeywords...) }

// startsExpr says whether an expression can begin with the current token.
func (p *parser) startsExpr() bool {
	switch t := p.tok(); t.kind {
	case tokEOF, tokError:
		return false
	case tokOp:
		return t.text == "(" || t.text == "+" || t.text == "-" || p.isOperator()
	case tokIdent:
		return mayName(t, "UCT") || p.is("array", "case", "cast", "current_catalog", "current_date", "current_role", "current_time", "current_timestamp", "current_user",
			"default", "false", "localtime", "localtimestamp", "not", "null", "session_user", "true", "unique", "user")
	}
	return true
}

// funcName reads func_name: a function's name, or a qualified one.
func (p *parser) funcName() bool {
	t := p.tok()
	if !mayName(t, "UCT") {
		return false
	}
	p.advance()
	if !p.isOp(".") {
		if !mayName(t, "UT") && p.isOp("(") {
			p.unexpected()
		}
		return true
	}
	if !mayName(t, "UC") {
		p.unexpected()
	}
	for p.accept(".") {
		p.colLabel()
	}
	return true
}

// funcArg reads [mode] [name] type of a function's parameter.
func (p *parser) funcArg() bool {
	mode := func() bool { return p.takeSeq("in", "out") || p.takeAny("in", "out", "inout", "variadic") }
	if !mode() && !p.startsType() {
		return false
	}
	if mayName(p.tok(), "UT") && (startsType(p.ahead(1)) || isWord(p.ahead(1), "in", "out", "inout", "variadic")) {
		p.advance()
		mode()
	}
	if !p.startsType() {
		p.unexpected()
	}
	p.funcType()
	return true
}

// funcApplication reads a call without what may follow it: CALL's.
func (p *parser) funcApplication() bool {
	if !mayName(p.tok(), "UCT") {
		return false
	}
	loc := p.loc()
	p.funcName()
	if !p.isOp("(") {
		p.unexpected()
	}
	p.callArgs(&ast.FuncCall{Loc: loc})
	return true
}

// routineBody reads RETURN expr or BEGIN ATOMIC ... END.
func (p *parser) routineBody() bool {
	switch {
	case p.take("return"):
		p.expr(0)
		return true
	case !p.takeSeq("begin", "atomic"):
		return false
	}
	for !p.take("end") {
		switch {
		case p.isOp(";"):
		case p.take("return"):
			p.expr(0)
		case p.is("begin"):
			p.unexpected() // no transaction begins or ends in a function
		default:
			p.statement()
		}
		p.expectOp(";")
	}
	return true
}
