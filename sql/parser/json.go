package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// SQL/JSON's functions, of PostgreSQL 16 and 17. To PostgreSQL 15 their names are those of
// functions like any other, which users may have made: what is written as a plain call
// is Plain, and what can be nothing else is a FuncCall.

// jsonCall reads the call of a function whose name is one of SQL/JSON's.
func (p *parser) jsonCall(loc ast.Loc) ast.Expr {
	if p.jsonPlain() {
		return p.nameOrCall()
	}
	windowless := p.windowless
	p.windowless = false
	p.enter()
	defer p.leave()
	x := &ast.JSONExpr{Loc: loc, Op: ast.JSONOp(p.tok().text)}
	p.at += 2
	switch x.Op {
	case ast.JSONObject:
		if p.isOp(")") || p.is("returning") {
			break
		}
		f := &ast.FuncCall{Loc: loc, Name: []string{"pg_catalog", "json_object"}}
		key, named := p.jsonName()
		if !named {
			f.Args = p.moreArgs(key)
			p.expectOp(")")
			return f
		}
		x.Args = append(x.Args, &ast.JSONArg{Val: key}, p.jsonValueOf())
		for p.accept(",") {
			if key, named = p.jsonName(); !named {
				p.unexpected()
			}
			x.Args = append(x.Args, &ast.JSONArg{Val: key}, p.jsonValueOf())
		}
		p.jsonNulls(x)
		x.Unique = p.jsonUnique()
	case ast.JSONArray:
		switch {
		case p.isOp(")"):
			x.Plain = true
		case p.is("returning"):
		case p.startsQueryAt(0):
			x.Query = p.selectStmt()
			x.QueryFormat = p.jsonFormat()
		default:
			x.Args = p.jsonItems()
			x.Plain = p.isOp(")") && formatless(x.Args)
			p.jsonNulls(x)
		}
	case ast.JSONObjectAgg, ast.JSONArrayAgg:
		return p.jsonAggregate(x, windowless)
	case ast.JSONParse:
		x.Args = []*ast.JSONArg{p.jsonItem()}
		x.Plain = p.isOp(")") && formatless(x.Args)
		x.Unique = p.jsonUnique()
	case ast.JSONScalar:
		x.Args = []*ast.JSONArg{{Val: p.expr(0)}}
		x.Plain = p.isOp(")")
	case ast.JSONSerialize:
		x.Args = []*ast.JSONArg{p.jsonItem()}
		x.Plain = p.isOp(")") && formatless(x.Args)
	default:
		if f := p.jsonQuery(x, windowless); f != nil {
			return f
		}
	}
	if x.Op != ast.JSONParse && x.Op != ast.JSONScalar && x.Path == nil {
		x.Returning = p.jsonReturning()
	}
	if x.Plain && p.isOp(",") { // more values than SQL/JSON's function has
		return p.jsonPlainRest(x, windowless)
	}
	p.expectOp(")")
	return x
}

// jsonPlain says whether a call cannot be one of SQL/JSON.
func (p *parser) jsonPlain() bool {
	next := p.ahead(2)
	switch {
	case next.kind == tokOp && next.text == "*", isWord(next, "variadic", "distinct", "all"):
		return true
	case next.kind == tokOp && next.text == ")":
		return !p.is("json_array", "json_object", "json")
	}
	behind := p.ahead(3)
	return behind.kind == tokOp && (behind.text == "=>" || behind.text == ":=") && mayName(next, "UT") && !p.is("json_object", "json")
}

// jsonPlainRest reads on in a call that SQL/JSON has not got, from behind the first values.
func (p *parser) jsonPlainRest(x *ast.JSONExpr, windowless bool) *ast.FuncCall {
	f := &ast.FuncCall{Loc: x.Loc, Name: []string{string(x.Op)}}
	for _, a := range x.Args {
		f.Args = append(f.Args, a.Val)
	}
	if x.Path != nil {
		f.Args = append(f.Args, x.Path)
	}
	for p.accept(",") {
		if p.take("variadic") {
			f.Variadic = true
		}
		if f.Args = append(f.Args, p.callArg()); f.Variadic {
			break
		}
	}
	if p.is("order") {
		f.OrderBy = p.orderBy()
	}
	if p.expectOp(")"); !windowless {
		p.callTail(f)
	}
	return f
}

// jsonAggregate reads JSON_OBJECTAGG and JSON_ARRAYAGG.
func (p *parser) jsonAggregate(x *ast.JSONExpr, windowless bool) ast.Expr {
	f := &ast.FuncCall{Loc: x.Loc, Name: []string{"pg_catalog", string(x.Op)}, SQLSyntax: true, JSON: x}
	if x.Op == ast.JSONObjectAgg {
		key, named := p.jsonName()
		if x.Args = []*ast.JSONArg{{Val: key}}; !named {
			return p.jsonPlainRest(x, windowless)
		}
		x.Args = append(x.Args, p.jsonValueOf())
		p.jsonNulls(x)
		x.Unique = p.jsonUnique()
	} else {
		x.Args = []*ast.JSONArg{p.jsonItem()}
		x.Plain = formatless(x.Args)
		if x.Plain && p.isOp(",") {
			return p.jsonPlainRest(x, windowless)
		}
		if p.is("order") {
			f.OrderBy = p.orderBy()
		}
		x.Plain = x.Plain && p.isOp(")")
		p.jsonNulls(x)
	}
	x.Returning = p.jsonReturning()
	p.expectOp(")")
	for _, a := range x.Args {
		f.Args, a.Val = append(f.Args, a.Val), nil
	}
	if !windowless {
		p.callTail(f)
	}
	return f
}

// jsonQuery reads JSON_VALUE, JSON_QUERY and JSON_EXISTS up to the parenthesis, or gives
// the call that it is instead.
func (p *parser) jsonQuery(x *ast.JSONExpr, windowless bool) *ast.FuncCall {
	x.Args = []*ast.JSONArg{p.jsonItem()}
	plain := formatless(x.Args)
	if plain && p.isOp(")") {
		return p.jsonPlainRest(x, windowless)
	}
	p.expectOp(",")
	x.Path = p.expr(0)
	if plain && p.isOp(",") {
		return p.jsonPlainRest(x, windowless)
	}
	x.Plain = plain && p.isOp(")")
	x.Passing = p.jsonPassing()
	if x.Op == ast.JSONExists {
		x.OnError = p.jsonOnError()
		return nil
	}
	x.Returning = p.jsonReturning()
	if x.Op == ast.JSONQuery {
		p.jsonWrapper(&x.JSONBehaviors)
		p.jsonQuotes(&x.JSONBehaviors)
	}
	p.jsonOnBoth(&x.JSONBehaviors)
	return nil
}

// jsonName reads the name of a member up to VALUE or a colon; named is false where neither
// follows.
func (p *parser) jsonName() (key ast.Expr, named bool) {
	if p.isOp("+") || p.isOp("-") || p.is("not") || p.isOperator() || isNamedArg(p) {
		key = p.callArg()
		return key, p.isOp(":")
	}
	outer := p.mode
	p.mode = modeExpr
	defer func() { p.mode = outer }()
	key = p.primary()
	if p.is("value") {
		return key, true
	}
	key = p.operators(key, 0)
	return key, p.isOp(":")
}

// jsonValueOf reads the value behind a member's name.
func (p *parser) jsonValueOf() *ast.JSONArg {
	if !p.accept(":") {
		p.expect("value")
	}
	return p.jsonItem()
}

// jsonItem reads a value with its format.
func (p *parser) jsonItem() *ast.JSONArg {
	a := &ast.JSONArg{Val: p.expr(0)}
	a.Format = p.jsonFormat()
	return a
}

func (p *parser) jsonItems() []*ast.JSONArg {
	list := []*ast.JSONArg{p.jsonItem()}
	for p.accept(",") {
		list = append(list, p.jsonItem())
	}
	return list
}

func formatless(args []*ast.JSONArg) bool {
	for _, a := range args {
		if a.Format != nil {
			return false
		}
	}
	return true
}

// jsonFormat reads FORMAT JSON, if it is there.
func (p *parser) jsonFormat() *ast.JSONFormat {
	f := &ast.JSONFormat{Loc: p.loc()}
	if !p.tok().joined || !p.take("format") {
		return nil
	}
	p.expect("json")
	if p.take("encoding") {
		switch name := p.colID(); strings.ToLower(name) {
		case "utf8", "utf16", "utf32":
			f.Encoding = strings.ToUpper(name)
		default:
			panic(sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized JSON encoding: %s", name))
		}
	}
	return f
}

// jsonNulls reads NULL or ABSENT ON NULL.
func (p *parser) jsonNulls(x *ast.JSONExpr) {
	if p.is("null", "absent") {
		x.Nulls = strings.ToUpper(p.advance().text)
		p.expect("on", "null")
	}
}

// jsonUnique reads WITH or WITHOUT UNIQUE KEYS, and says whether it is WITH.
func (p *parser) jsonUnique() bool {
	if !p.is("with", "without") {
		return false
	}
	with := p.advance().text == "with"
	p.expect("unique")
	p.take("keys")
	return with
}

// jsonReturning reads RETURNING, if it is there.
func (p *parser) jsonReturning() *ast.JSONReturning {
	if !p.take("returning") {
		return nil
	}
	r := &ast.JSONReturning{Loc: p.loc(), Type: p.typeName()}
	r.Format = p.jsonFormat()
	return r
}

func (p *parser) jsonPassing() (list []*ast.JSONArg) {
	if !p.take("passing") {
		return nil
	}
	for {
		a := p.jsonItem()
		p.expect("as")
		a.Name = p.colLabel()
		if list = append(list, a); !p.accept(",") {
			return list
		}
	}
}

func (p *parser) jsonWrapper(b *ast.JSONBehaviors) {
	switch {
	case p.take("without"):
		b.Wrapper = "WITHOUT"
	case p.take("with"):
		b.Wrapper = "UNCONDITIONAL"
		if p.is("conditional", "unconditional") {
			b.Wrapper = strings.ToUpper(p.advance().text)
		}
	default:
		return
	}
	p.take("array")
	p.expect("wrapper")
}

func (p *parser) jsonQuotes(b *ast.JSONBehaviors) {
	if !p.is("keep", "omit") {
		return
	}
	b.Quotes = strings.ToUpper(p.advance().text)
	p.expect("quotes")
	if p.take("on") {
		p.expect("scalar", "string")
	}
}

// jsonBehavior reads what stands before ON EMPTY or ON ERROR; nil if nothing does.
func (p *parser) jsonBehavior() *ast.JSONBehavior {
	b := &ast.JSONBehavior{Loc: p.loc()}
	switch {
	case p.take("default"):
		b.What, b.Default = "DEFAULT", p.expr(0)
	case p.is("error", "null", "true", "false", "unknown"):
		b.What = strings.ToUpper(p.advance().text)
	case p.take("empty"):
		b.What = "EMPTY"
		if p.is("array", "object") {
			b.What += " " + strings.ToUpper(p.advance().text)
		}
	default:
		return nil
	}
	p.expect("on")
	return b
}

// jsonOnBoth reads ON EMPTY and ON ERROR.
func (p *parser) jsonOnBoth(b *ast.JSONBehaviors) {
	what := p.jsonBehavior()
	if what == nil {
		return
	}
	if !p.take("empty") {
		p.expect("error")
		b.OnError = what
		return
	}
	b.OnEmpty, b.OnError = what, p.jsonOnError()
}

// jsonOnError reads ON ERROR alone.
func (p *parser) jsonOnError() *ast.JSONBehavior {
	b := p.jsonBehavior()
	if b != nil {
		p.expect("error")
	}
	return b
}

// jsonTable reads JSON_TABLE(...) in FROM; plain: it is the call of a function of that name.
func (p *parser) jsonTable(loc ast.Loc) (call ast.Expr, plain bool) {
	if p.jsonPlain() {
		return p.functionExpr(), true
	}
	p.enter()
	defer p.leave()
	p.at += 2
	t := &ast.JSONTable{Loc: loc, Item: p.jsonItem()}
	x := &ast.JSONExpr{Loc: loc, Op: "json_table", Args: []*ast.JSONArg{t.Item}}
	if t.Item.Format == nil && p.isOp(")") {
		return p.jsonPlainRest(x, true), true
	}
	p.expectOp(",")
	at := p.tok().pos
	if t.Path = p.expr(0); t.Item.Format == nil && (p.isOp(",") || p.isOp(")")) {
		x.Path = t.Path
		return p.jsonPlainRest(x, true), true
	}
	if p.take("as") {
		t.PathName = p.colID()
	}
	t.Passing = p.jsonPassing()
	p.expect("columns")
	t.Columns = p.jsonColumns()
	t.OnError = p.jsonOnError()
	p.expectOp(")")
	if c, ok := t.Path.(*ast.Const); !ok || c.Kind != ast.ConstString {
		panic(sqlerr.New(sqlerr.FeatureNotSupported, "only string constants are supported in JSON_TABLE path specification").At(at))
	}
	return t, false
}

func (p *parser) jsonColumns() (list []*ast.JSONTableColumn) {
	p.enter()
	defer p.leave()
	p.expectOp("(")
	for {
		if list = append(list, p.jsonColumn()); !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	return list
}

func (p *parser) jsonColumn() *ast.JSONTableColumn {
	c := &ast.JSONTableColumn{Loc: p.loc()}
	if next := p.ahead(1); p.is("nested") && (next.kind == tokString || isWord(next, "path")) {
		p.advance()
		p.take("path")
		c.Nested, c.Path = true, p.jsonPathConst()
		if p.take("as") {
			c.Name = p.colID()
		}
		p.expect("columns")
		c.Columns = p.jsonColumns()
		return c
	}
	c.Name = p.colID()
	if p.is("for") {
		p.expect("for", "ordinality")
		c.Ordinality = true
		return c
	}
	c.Type = p.typeName()
	if p.take("exists") {
		if c.Exists = true; p.take("path") {
			c.Path = p.jsonPathConst()
		}
		c.OnError = p.jsonOnError()
		return c
	}
	c.Format = p.jsonFormat()
	if p.take("path") {
		c.Path = p.jsonPathConst()
	}
	p.jsonWrapper(&c.JSONBehaviors)
	p.jsonQuotes(&c.JSONBehaviors)
	p.jsonOnBoth(&c.JSONBehaviors)
	return c
}

func (p *parser) jsonPathConst() ast.Expr {
	return &ast.Const{Loc: p.loc(), Kind: ast.ConstString, Text: p.str()}
}
