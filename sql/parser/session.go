package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
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
	case "do":
		return p.doBlock()
	case "call":
		return p.callStatement()
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
	case "reassign":
		return p.reassignOwned()
	case "cluster":
		return p.cluster()
	case "reindex":
		return p.reindex()
	case "refresh":
		return p.refresh()
	case "import":
		return p.importForeignSchema()
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
