package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// statement parses one statement by its first word.
func (p *parser) statement() ast.Statement {
	t := p.tok()
	if t.kind == tokOp && t.text == "(" {
		return p.selectStmt()
	}
	if t.kind != tokIdent {
		p.unexpected()
	}
	switch t.text {
	case "select", "values", "table", "with", "insert", "update", "delete":
		return p.preparable()
	case "merge":
		p.unsupported(p.loc(), "MERGE")
	case "begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release":
		return p.transaction()
	case "set":
		return p.set()
	case "reset":
		return p.reset()
	case "show":
		return p.show()
	case "prepare":
		return p.prepare()
	case "execute":
		return p.execute()
	case "deallocate":
		p.advance()
		p.take("prepare")
		if p.take("all") {
			return &ast.DeallocateStmt{}
		}
		return &ast.DeallocateStmt{Name: p.colID()}
	case "declare":
		return p.declare()
	case "fetch", "move":
		return p.fetch()
	case "close":
		s := &ast.ClosePortalStmt{Loc: p.loc()}
		p.advance()
		if !p.take("all") {
			s.Name = p.colID()
		}
		return s
	case "listen":
		return p.listen()
	case "notify":
		p.advance()
		s := &ast.NotifyStmt{Channel: p.colID()}
		if p.accept(",") {
			s.Payload = p.str()
		}
		return s
	case "unlisten":
		p.advance()
		if p.accept("*") {
			return &ast.UnlistenStmt{}
		}
		return &ast.UnlistenStmt{Channel: p.colID()}
	case "subscribe":
		return p.subscribe()
	case "explain":
		return p.explain()
	case "copy":
		return p.copyStmt()
	case "truncate":
		return p.truncate()
	case "discard":
		p.advance()
		if !p.is("all", "plans", "sequences", "temp", "temporary") {
			p.unexpected()
		}
		return &ast.DiscardStmt{Target: strings.TrimSuffix(p.advance().text, "orary")}
	case "lock":
		return p.lock()
	case "vacuum", "analyze", "analyse":
		return p.vacuum()
	case "checkpoint":
		p.advance()
		return &ast.CheckPointStmt{}
	case "create":
		return p.create()
	case "drop":
		return p.drop()
	case "alter":
		return p.alter()
	case "refresh":
		return p.refresh()
	case "comment":
		return p.comment()
	case "grant", "revoke":
		return p.grant()
	case "backup":
		s := &ast.BackupStmt{Loc: p.loc()}
		p.advance()
		p.expect("to")
		s.Path = p.str()
		return s
	case "do":
		p.skipUnsupported("DoStmt", "DO")
	case "call":
		p.skipUnsupported("CallStmt", "CALL")
	case "cluster", "reindex", "load", "security", "reassign", "import":
		p.skipUnsupported("UtilityStmt", strings.ToUpper(t.text))
	}
	p.unexpected()
	return nil
}

// skipUnsupported refuses a statement by name.
func (p *parser) skipUnsupported(kind, construct string) {
	p.unsupported(p.loc(), construct)
}

func (p *parser) transaction() ast.Statement {
	s := &ast.TransactionStmt{Loc: p.loc()}
	word := p.advance().text
	work := func() {
		if !p.take("work") {
			p.take("transaction")
		}
	}
	chain := func() {
		if p.take("and") {
			no := p.take("no")
			p.expect("chain")
			s.Chain = !no
		}
	}
	switch word {
	case "begin":
		work()
		s.Options = p.transactionModes()
	case "start":
		s.Op = ast.TransStart
		p.expect("transaction")
		s.Options = p.transactionModes()
	case "commit", "end":
		s.Op = ast.TransCommit
		if word == "commit" && p.take("prepared") {
			s.Op, s.GID = ast.TransCommitPrepared, p.str()
			return s
		}
		work()
		chain()
	case "rollback", "abort":
		s.Op = ast.TransRollback
		if word == "rollback" && p.take("prepared") {
			s.Op, s.GID = ast.TransRollbackPrepared, p.str()
			return s
		}
		work()
		if word == "rollback" && p.take("to") {
			p.take("savepoint")
			s.Op, s.Savepoint = ast.TransRollbackTo, p.colID()
			return s
		}
		chain()
	case "savepoint":
		s.Op, s.Savepoint = ast.TransSavepoint, p.colID()
	case "release":
		p.take("savepoint")
		s.Op, s.Savepoint = ast.TransRelease, p.colID()
	}
	return s
}

// transactionModes parses ISOLATION LEVEL, READ ONLY and DEFERRABLE.
func (p *parser) transactionModes() []*ast.DefElem {
	var list []*ast.DefElem
	add := func(name string, value *ast.Const) {
		list = append(list, &ast.DefElem{Loc: -1, Name: name, Value: value})
	}
	boolean := func(b bool) *ast.Const { return &ast.Const{Loc: -1, Kind: ast.ConstBool, Bool: b} }
	for {
		switch {
		case p.takeSeq("isolation", "level"):
			level := ""
			switch {
			case p.take("serializable"):
				level = "serializable"
			case p.takeSeq("repeatable", "read"):
				level = "repeatable read"
			case p.takeSeq("read", "committed"):
				level = "read committed"
			default:
				p.expect("read", "uncommitted")
				level = "read uncommitted"
			}
			add("transaction_isolation", &ast.Const{Loc: -1, Kind: ast.ConstString, Text: level})
		case p.takeSeq("read", "only"):
			add("transaction_read_only", boolean(true))
		case p.takeSeq("read", "write"):
			add("transaction_read_only", boolean(false))
		case p.take("deferrable"):
			add("transaction_deferrable", boolean(true))
		case p.takeSeq("not", "deferrable"):
			add("transaction_deferrable", boolean(false))
		default:
			return list
		}
		p.accept(",")
	}
}

func (p *parser) set() ast.Statement {
	s := &ast.VariableSetStmt{Loc: p.loc()}
	p.expect("set")
	if p.take("constraints") {
		c := &ast.ConstraintsSetStmt{}
		if !p.take("all") {
			c.Names = p.anyNames()
		}
		if p.take("deferred") {
			c.Deferred = true
		} else {
			p.expect("immediate")
		}
		return c
	}
	if p.takeSeq("session", "characteristics") {
		p.expect("as", "transaction")
		s.Op, s.Name, s.Options = ast.SetMulti, "SESSION CHARACTERISTICS", p.transactionModes()
		return s
	}
	if p.is("local") && !setAssigns(p.ahead(1)) {
		p.advance()
		s.Local = true
	} else if p.is("session") && !setAssigns(p.ahead(1)) && !isWord(p.ahead(1), "authorization") {
		p.advance()
	}
	switch {
	case p.is("transaction") && !setAssigns(p.ahead(1)):
		p.advance()
		if p.take("snapshot") {
			s.Op, s.Name, s.Args = ast.SetMulti, "TRANSACTION SNAPSHOT", []ast.Expr{&ast.Const{Loc: p.loc(), Kind: ast.ConstString, Text: p.str()}}
			return s
		}
		s.Op, s.Name, s.Options = ast.SetMulti, "TRANSACTION", p.transactionModes()
		return s
	case p.takeSeq("time", "zone"):
		s.Name = "timezone"
		return p.setTimeZone(s)
	case p.takeSeq("session", "authorization"):
		s.Name = "session_authorization"
		if p.take("default") {
			s.Op = ast.SetDefault
			return s
		}
		s.Args = []ast.Expr{p.wordOrString()}
		return s
	case p.is("role") && !setAssigns(p.ahead(1)):
		p.advance()
		s.Name, s.Args = "role", []ast.Expr{p.wordOrString()}
		return s
	case p.is("names") && !setAssigns(p.ahead(1)):
		p.advance()
		s.Name = "client_encoding"
		if p.tok().kind == tokString {
			s.Args = []ast.Expr{p.wordOrString()}
		} else {
			p.take("default")
			s.Op = ast.SetDefault
		}
		return s
	case p.is("schema") && p.ahead(1).kind == tokString:
		p.advance()
		s.Name, s.Args = "search_path", []ast.Expr{p.wordOrString()}
		return s
	}
	s.Name = p.varName()
	if p.takeSeq("from", "current") {
		s.Op = ast.SetCurrent
		return s
	}
	if !p.accept("=") {
		p.expect("to")
	}
	if p.take("default") {
		s.Op = ast.SetDefault
		return s
	}
	for {
		s.Args = append(s.Args, p.setValue())
		if !p.accept(",") {
			return s
		}
	}
}

// setAssigns says whether a token makes the word before it a setting's name.
func setAssigns(t *token) bool {
	return t.kind == tokOp && (t.text == "=" || t.text == ".") || isWord(t, "to")
}

// varName is a setting's name, with dots.
func (p *parser) varName() string {
	name := p.colID()
	for p.accept(".") {
		name += "." + p.colLabel()
	}
	return name
}

// setValue parses a value of SET: a word, a string, a number or a boolean.
func (p *parser) setValue() ast.Expr {
	if p.is("true", "false", "on") {
		return &ast.Const{Loc: p.loc(), Kind: ast.ConstString, Text: p.advance().text}
	}
	if t := p.tok(); t.kind == tokIdent && !mayName(t, "UCT") {
		p.unexpected()
	}
	return p.optionValue().(*ast.Const)
}

// wordOrString is NonReservedWord_or_Sconst.
func (p *parser) wordOrString() ast.Expr {
	loc := p.loc()
	if p.tok().kind == tokString {
		return &ast.Const{Loc: loc, Kind: ast.ConstString, Text: p.str()}
	}
	return &ast.Const{Loc: loc, Kind: ast.ConstString, Text: p.name("UCT")}
}

func (p *parser) setTimeZone(s *ast.VariableSetStmt) ast.Statement {
	switch {
	case p.take("default"), p.take("local"):
		s.Op = ast.SetDefault
	case p.is("interval"):
		s.Args = []ast.Expr{p.intervalLiteral()}
	default:
		s.Args = []ast.Expr{p.optionValue().(*ast.Const)}
	}
	return s
}

func (p *parser) reset() ast.Statement {
	s := &ast.VariableSetStmt{Loc: p.loc(), Op: ast.ResetOne}
	p.expect("reset")
	switch {
	case p.take("all"):
		s.Op = ast.ResetAll
	case p.takeSeq("time", "zone"):
		s.Name = "timezone"
	case p.takeSeq("session", "authorization"):
		s.Name = "session_authorization"
	case p.takeSeq("transaction", "isolation", "level"):
		s.Name = "transaction_isolation"
	default:
		s.Name = p.varName()
	}
	return s
}

func (p *parser) show() ast.Statement {
	s := &ast.VariableShowStmt{Loc: p.loc()}
	p.expect("show")
	switch {
	case p.take("all"):
		s.Name = "all"
	case p.takeSeq("time", "zone"):
		s.Name = "timezone"
	case p.takeSeq("session", "authorization"):
		s.Name = "session_authorization"
	case p.takeSeq("transaction", "isolation", "level"):
		s.Name = "transaction_isolation"
	default:
		s.Name = p.varName()
	}
	return s
}

func (p *parser) prepare() ast.Statement {
	loc := p.loc()
	p.expect("prepare")
	if p.take("transaction") {
		return &ast.TransactionStmt{Loc: loc, Op: ast.TransPrepare, GID: p.str()}
	}
	s := &ast.PrepareStmt{Name: p.colID()}
	if p.accept("(") {
		for {
			s.ArgTypes = append(s.ArgTypes, p.typeName())
			if !p.accept(",") {
				break
			}
		}
		p.expectOp(")")
	}
	p.expect("as")
	s.Query = p.preparable()
	p.numParams = 0 // they are the prepared statement's
	return s
}

func (p *parser) execute() ast.Statement {
	loc := p.loc()
	p.expect("execute")
	if p.isSeq("as", "user") {
		p.at += 2
		s := &ast.ExecuteAsStmt{Loc: loc}
		switch t := p.tok(); t.kind {
		case tokString, tokParam:
			s.User = p.primary()
		default:
			p.unexpected()
		}
		p.expectOp("(")
		s.Statement = p.statement()
		p.expectOp(")")
		return s
	}
	s := &ast.ExecuteStmt{Loc: loc, Name: p.colID()}
	if p.accept("(") {
		s.Args = p.exprList()
		p.expectOp(")")
	}
	return s
}

func (p *parser) declare() ast.Statement {
	s := &ast.DeclareCursorStmt{Loc: p.loc()}
	p.expect("declare")
	s.Name = p.colID()
	for {
		switch {
		case p.take("binary"):
			s.Binary = true
		case p.take("insensitive"):
			s.Insensitive = true
		case p.take("asensitive"):
			s.Asensitive = true
		case p.take("scroll"):
			s.Scroll = ast.Scroll
		case p.takeSeq("no", "scroll"):
			s.Scroll = ast.NoScroll
		default:
			p.expect("cursor")
			if p.takeSeq("with", "hold") {
				s.Hold = true
			} else {
				p.takeSeq("without", "hold")
			}
			p.expect("for")
			if p.is("subscribe") {
				s.Query = p.subscribe()
			} else {
				s.Query = p.selectStmt()
			}
			return s
		}
	}
}

func (p *parser) fetch() ast.Statement {
	s := &ast.FetchStmt{Loc: p.loc(), Move: p.is("move"), Count: 1}
	p.advance()
	signed := func() bool {
		t := p.tok()
		return t.kind == tokInteger || t.kind == tokOp && (t.text == "-" || t.text == "+")
	}
	switch {
	case p.take("next"):
	case p.take("prior"):
		s.Direction = ast.FetchBackward
	case p.take("first"):
		s.Direction = ast.FetchAbsolute
	case p.take("last"):
		s.Direction, s.Count = ast.FetchAbsolute, -1
	case p.take("absolute"):
		s.Direction, s.Count = ast.FetchAbsolute, p.integer()
	case p.take("relative"):
		s.Direction, s.Count = ast.FetchRelative, p.integer()
	case p.take("all"):
		s.Count = ast.FetchAll
	case signed():
		s.Count = p.integer()
	case p.is("forward", "backward") && !(p.ahead(1).kind == tokEOF || p.ahead(1).text == ";"):
		if p.advance().text == "backward" {
			s.Direction = ast.FetchBackward
		}
		switch {
		case p.take("all"):
			s.Count = ast.FetchAll
		case signed():
			s.Count = p.integer()
		}
	}
	if !p.take("from") {
		p.take("in")
	}
	s.Cursor = p.colID()
	if p.is("with") {
		s.Options = p.liveOptions()
	}
	return s
}

// liveOptions parses WITH (name [= value], ...) of kalamsql's statements.
func (p *parser) liveOptions() []*ast.DefElem {
	p.expect("with")
	p.expectOp("(")
	var list []*ast.DefElem
	for {
		d := &ast.DefElem{Loc: p.loc(), Name: p.colLabel()}
		if p.accept("=") {
			d.Value = p.optionValue()
		}
		list = append(list, d)
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	return list
}

func (p *parser) listen() ast.Statement {
	s := &ast.ListenStmt{Loc: p.loc()}
	p.expect("listen")
	s.Channel = p.colID()
	if p.is("with") {
		s.Options = p.liveOptions()
		if !p.is("for") {
			p.unexpected()
		}
	}
	if p.take("for") {
		start := p.tok().pos
		s.Query = p.selectStmt()
		s.QueryText = strings.TrimSpace(p.src[start:p.toks[p.at-1].end])
	}
	return s
}

func (p *parser) subscribe() *ast.SubscribeStmt {
	s := &ast.SubscribeStmt{Loc: p.loc()}
	p.expect("subscribe", "to")
	start := p.tok().pos
	s.Query = p.selectStmt()
	s.QueryText = strings.TrimSpace(p.src[start:p.toks[p.at-1].end])
	if p.is("with") {
		s.Options = p.liveOptions()
	}
	return s
}

func (p *parser) explain() ast.Statement {
	s := &ast.ExplainStmt{}
	p.expect("explain")
	flag := func(name string) { s.Options = append(s.Options, &ast.DefElem{Loc: -1, Name: name}) }
	if p.isOp("(") && !p.startsQueryParen() {
		s.Options = p.copyGenericOptions()
	} else {
		if p.take("analyze", "analyse") {
			flag("analyze")
		}
		if p.take("verbose") {
			flag("verbose")
		}
	}
	switch {
	case p.is("subscribe"):
		s.Query = p.subscribe()
	case p.is("declare"):
		s.Query = p.declare()
	case p.is("execute"):
		s.Query = p.execute()
	case p.is("create"):
		s.Query = p.create()
	default:
		s.Query = p.preparable()
	}
	return s
}

func (p *parser) lock() ast.Statement {
	s := &ast.LockStmt{Mode: "ACCESS EXCLUSIVE"}
	p.expect("lock")
	p.take("table")
	for {
		s.Relations = append(s.Relations, p.relationExpr())
		if !p.accept(",") {
			break
		}
	}
	if p.take("in") {
		var words []string
		for p.is("access", "row", "share", "update", "exclusive") {
			words = append(words, strings.ToUpper(p.advance().text))
		}
		s.Mode = strings.Join(words, " ")
		switch s.Mode {
		case "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE":
		default:
			p.unexpected()
		}
		p.expect("mode")
	}
	s.NoWait = p.take("nowait")
	return s
}

func (p *parser) vacuum() ast.Statement {
	s := &ast.VacuumStmt{Vacuum: p.is("vacuum")}
	p.advance()
	if p.isOp("(") {
		s.Options = p.copyGenericOptions()
	} else {
		for p.is("full", "freeze", "verbose", "analyze", "analyse") {
			s.Options = append(s.Options, &ast.DefElem{Loc: p.loc(), Name: p.advance().text})
		}
	}
	if p.tok().kind == tokEOF || p.isOp(";") {
		return s
	}
	for {
		r := ast.VacuumRelation{Relation: p.relationExpr()}
		r.Columns = p.parenNames()
		s.Relations = append(s.Relations, r)
		if !p.accept(",") {
			return s
		}
	}
}
