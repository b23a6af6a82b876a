package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// statement parses one statement by its first word.
func (p *parser) statement() ast.Statement {
	p.enter()
	defer p.leave()
	t := p.tok()
	if t.kind == tokOp && t.text == "(" {
		return p.query()
	}
	if t.kind != tokIdent {
		p.unexpected()
	}
	switch t.text {
	case "select", "values", "table", "with", "insert", "update", "delete", "merge":
		return p.preparable()
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
		if !p.nameEnds(1) {
			p.take("prepare")
		}
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
	}
	return p.unsupportedStatement(t.text)
}

// nameEnds says whether the statement ends n tokens ahead, so that a word
// before it is a name and no keyword.
func (p *parser) nameEnds(n int) bool {
	t := p.ahead(n)
	return t.kind == tokEOF || t.kind == tokOp && (t.text == ";" || t.text == ")")
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
			s.Chain = !p.take("no")
			p.expect("chain")
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
			if !p.nameEnds(1) {
				p.take("savepoint")
			}
			s.Op, s.Savepoint = ast.TransRollbackTo, p.colID()
			return s
		}
		chain()
	case "savepoint":
		s.Op, s.Savepoint = ast.TransSavepoint, p.colID()
	case "release":
		if !p.nameEnds(1) {
			p.take("savepoint")
		}
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
				if !p.takeSeq("read", "uncommitted") {
					p.unexpected()
				}
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
			if list != nil && p.toks[p.at-1].text == "," {
				p.unexpected()
			}
			return list
		}
		p.accept(",")
	}
}

// requiredModes is one transaction mode or more.
func (p *parser) requiredModes() []*ast.DefElem {
	list := p.transactionModes()
	if list == nil {
		p.unexpected()
	}
	return list
}

func (p *parser) set() ast.Statement {
	s := &ast.VariableSetStmt{Loc: p.loc()}
	p.expect("set")
	word := func(w string) bool { return p.is(w) && !setAssigns(p.ahead(1)) }
	if word("constraints") {
		p.advance()
		c := &ast.ConstraintsSetStmt{}
		if !p.take("all") {
			c.Names = p.relationNames()
		}
		if p.take("deferred") {
			c.Deferred = true
		} else {
			p.expect("immediate")
		}
		return c
	}
	switch {
	case word("local"):
		p.advance()
		s.Local = true
	case word("session") && !isWord(p.ahead(1), "authorization", "characteristics"), p.isSeq("session", "session") && !setAssigns(p.ahead(2)):
		p.advance()
	}
	switch {
	case p.isSeq("session", "characteristics") && !s.Local:
		p.at += 2
		p.expect("as", "transaction")
		s.Op, s.Name, s.Options = ast.SetMulti, "SESSION CHARACTERISTICS", p.requiredModes()
		return s
	case word("transaction") && !isWord(p.ahead(1), "snapshot"):
		p.advance()
		p.isSeq("snapshot")
		s.Op, s.Name, s.Options = ast.SetMulti, "TRANSACTION", p.requiredModes()
		return s
	}
	p.setRestMore(s)
	return s
}

// setRestMore parses PostgreSQL's set_rest_more: what SET and the options of
// functions, roles and databases have in common.
func (p *parser) setRestMore(s *ast.VariableSetStmt) {
	word := func(w string) bool { return p.is(w) && !setAssigns(p.ahead(1)) }
	text := func() []ast.Expr {
		return []ast.Expr{&ast.Const{Loc: p.loc(), Kind: ast.ConstString, Text: p.str()}}
	}
	switch {
	case p.isSeq("transaction", "snapshot"):
		p.at += 2
		s.Op, s.Name, s.Args = ast.SetMulti, "TRANSACTION SNAPSHOT", text()
	case p.takeSeq("time", "zone"):
		s.Name = "timezone"
		p.setTimeZone(s)
	case p.takeSeq("session", "authorization"):
		s.Name = "session_authorization"
		if p.take("default") {
			s.Op = ast.SetDefault
			return
		}
		s.Args = []ast.Expr{p.wordOrString()}
	case word("role"):
		p.advance()
		s.Name, s.Args = "role", []ast.Expr{p.wordOrString()}
	case word("names"):
		p.advance()
		s.Name = "client_encoding"
		if p.tok().kind == tokString {
			s.Args = []ast.Expr{p.wordOrString()}
		} else {
			p.take("default")
			s.Op = ast.SetDefault
		}
	case word("schema"):
		p.advance()
		s.Name, s.Args = "search_path", text()
	case word("catalog"):
		p.advance()
		loc := p.loc()
		p.str()
		panic(sqlerr.New(sqlerr.FeatureNotSupported, "current database cannot be changed").At(int(loc)))
	case word("xml"):
		p.advance()
		p.expect("option")
		if !p.is("document", "content") {
			p.unexpected()
		}
		s.Name, s.Args = "xmloption", []ast.Expr{&ast.Const{Loc: p.loc(), Kind: ast.ConstString, Text: p.advance().text}}
	default:
		p.genericSet(s)
	}
}

// genericSet parses name = values, name = DEFAULT, and name FROM CURRENT.
func (p *parser) genericSet(s *ast.VariableSetStmt) {
	s.Name = p.varName()
	if p.takeSeq("from", "current") {
		s.Op = ast.SetCurrent
		return
	}
	if !p.accept("=") {
		p.expect("to")
	}
	if p.take("default") {
		s.Op = ast.SetDefault
		return
	}
	for {
		s.Args = append(s.Args, p.setValue())
		if !p.accept(",") {
			return
		}
	}
}

// setAssigns says whether a token makes the word before it a setting's name.
func setAssigns(t *token) bool {
	return t.kind == tokOp && (t.text == "=" || t.text == ".") || isWord(t, "to", "from")
}

// varName is a setting's name, with dots.
func (p *parser) varName() string {
	name := p.colID()
	for p.accept(".") {
		if name == "kalam" { // kalam.user
			name += "." + p.colLabel()
			continue
		}
		name += "." + p.colID()
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

func (p *parser) setTimeZone(s *ast.VariableSetStmt) {
	t := p.tok()
	_, key := keywords[t.text]
	switch {
	case p.take("default"), p.take("local"):
		s.Op = ast.SetDefault
	case p.is("interval"):
		s.Args = []ast.Expr{p.intervalLiteral()}
		const allowed = 1<<10 | 1<<11 // hour, minute
		if mods := s.Args[0].(*ast.TypeCast).Type.Mods; mods != nil {
			mask := mods[0].(*ast.Const).Int
			if mask&^allowed != 0 && mask != intervalFullRange {
				p.fail(ast.Loc(p.toks[p.at-1].pos), "time zone interval must be HOUR or HOUR TO MINUTE")
			}
		}
	case t.kind == tokIdent && key, t.kind == tokOp && t.text != "-" && t.text != "+":
		p.unexpected()
	default:
		s.Args = []ast.Expr{p.optionValue().(*ast.Const)}
	}
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
	if p.is("transaction") && !isWord(p.ahead(1), "as") && p.ahead(1).text != "(" {
		p.advance()
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
			if p.take("with") {
				p.expect("hold")
				s.Hold = true
			} else if p.take("without") {
				p.expect("hold")
			}
			p.expect("for")
			if p.is("subscribe") {
				s.Query = p.subscribe()
			} else {
				s.Query = p.query()
			}
			return s
		}
	}
}

func (p *parser) fetch() ast.Statement {
	s := &ast.FetchStmt{Loc: p.loc(), Move: p.is("move"), Count: 1}
	p.advance()
	signed := func() bool { return p.tok().kind == tokInteger || p.isOp("-") || p.isOp("+") }
	count := func() int64 {
		at := p.at
		if !p.signedInteger() {
			p.unexpected()
		}
		p.at = at
		return p.integer()
	}
	// Before the end a word is the cursor's name.
	direction := func(word string) bool {
		return p.is(word) && !p.nameEnds(1) && !isWord(p.ahead(1), "with") && p.take(word)
	}
	switch {
	case direction("next"):
	case direction("prior"):
		s.Direction = ast.FetchBackward
	case direction("first"):
		s.Direction = ast.FetchAbsolute
	case direction("last"):
		s.Direction, s.Count = ast.FetchAbsolute, -1
	case direction("absolute"):
		s.Direction, s.Count = ast.FetchAbsolute, count()
	case direction("relative"):
		s.Direction, s.Count = ast.FetchRelative, count()
	case p.take("all"):
		s.Count = ast.FetchAll
	case signed():
		s.Count = count()
	case p.is("forward", "backward") && (direction("forward") || direction("backward")):
		if p.toks[p.at-1].text == "backward" {
			s.Direction = ast.FetchBackward
		}
		switch {
		case p.take("all"):
			s.Count = ast.FetchAll
		case signed():
			s.Count = count()
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
	if p.isOp("(") && !p.startsQueryParen() && p.ahead(1).text != "(" {
		s.Options = p.utilityOptions()
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
	case p.is("create"), p.is("refresh"):
		word := p.at + 1
		s.Query = p.statement()
		switch kind := s.Query.Kind(); kind {
		case "CreateTableAsStmt", "RefreshMatViewStmt":
		default:
			p.unexpectedAt(&p.toks[word])
		}
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
		s.Mode = p.lockMode()
		p.expect("mode")
	}
	s.NoWait = p.take("nowait")
	return s
}

// lockMode parses the name of a lock's mode.
func (p *parser) lockMode() string {
	for _, mode := range []string{"access share", "access exclusive", "row share", "row exclusive", "share update exclusive", "share row exclusive", "share", "exclusive"} {
		if p.takeSeq(strings.Fields(mode)...) {
			return strings.ToUpper(mode)
		}
	}
	p.unexpected()
	return ""
}

func (p *parser) vacuum() ast.Statement {
	s := &ast.VacuumStmt{Vacuum: p.is("vacuum")}
	p.advance()
	flag := func(words ...string) {
		if p.is(words...) {
			s.Options = append(s.Options, &ast.DefElem{Loc: p.loc(), Name: words[0]})
			p.advance()
		}
	}
	switch {
	case p.isOp("("):
		s.Options = p.utilityOptions()
	case s.Vacuum:
		flag("full")
		flag("freeze")
		flag("verbose")
		flag("analyze", "analyse")
	default:
		flag("verbose")
	}
	if p.nameEnds(0) {
		return s
	}
	for {
		r := ast.VacuumRelation{Relation: p.qualifiedName()}
		r.Columns = p.parenNames()
		s.Relations = append(s.Relations, r)
		if !p.accept(",") {
			return s
		}
	}
}

// utilityOptions parses ( name [value], ... ) of EXPLAIN, VACUUM and the like.
func (p *parser) utilityOptions() []*ast.DefElem {
	var list []*ast.DefElem
	p.expectOp("(")
	for {
		d := &ast.DefElem{Loc: p.loc()}
		switch {
		case p.take("analyze", "analyse"):
			d.Name = "analyze"
		case p.take("format"):
			d.Name = "format" // even if JSON follows
		default:
			d.Name = p.name("UCT")
		}
		if !p.isOp(",") && !p.isOp(")") {
			d.Value = p.setValue()
		}
		list = append(list, d)
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	return list
}
