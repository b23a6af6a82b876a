package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// The bits of an interval's field mask, as in PostgreSQL's datetime.h.
var intervalFields = map[string]int64{"year": 1 << 2, "month": 1 << 1, "day": 1 << 3, "hour": 1 << 10, "minute": 1 << 11, "second": 1 << 12}

const intervalFullRange = 0x7FFF

// typeName parses a type with its modifiers and array bounds.
func (p *parser) typeName() *ast.TypeName {
	p.enter()
	defer p.leave()
	outer := p.functional
	p.functional = false
	t := p.typeWithBounds()
	p.functional = outer
	return t
}

// funcType is PostgreSQL's func_type: a function's type may be name%TYPE.
func (p *parser) funcType() *ast.TypeName {
	outer := p.functional
	p.functional = true
	t := p.typeWithBounds()
	p.functional = outer
	return t
}

func (p *parser) typeWithBounds() *ast.TypeName {
	setOf := p.take("setof")
	t := p.simpleTypeName()
	t.SetOf = setOf
	if t.PctType {
		return t
	}
	bound := func() int {
		if p.isOp("]") {
			return -1
		}
		if p.tok().kind != tokInteger {
			p.unexpected()
		}
		return int(p.integer())
	}
	if p.take("array") {
		t.Bounds = []int{-1}
		if p.accept("[") {
			if p.isOp("]") {
				p.unexpected()
			}
			t.Bounds[0] = bound()
			p.expectOp("]")
		}
		return t
	}
	for p.accept("[") {
		t.Bounds = append(t.Bounds, bound())
		p.expectOp("]")
	}
	return t
}

// systemType names a type of pg_catalog.
func systemType(loc ast.Loc, name string) *ast.TypeName {
	return &ast.TypeName{Loc: loc, Names: []string{"pg_catalog", name}}
}

func (p *parser) simpleTypeName() *ast.TypeName {
	loc := p.loc()
	t := p.tok()
	if t.kind == tokIdent {
		simple := map[string]string{"int": "int4", "integer": "int4", "smallint": "int2", "bigint": "int8", "real": "float4", "boolean": "bool"}
		if name, ok := simple[t.text]; ok {
			p.advance()
			return systemType(loc, name)
		}
		switch t.text {
		case "float":
			p.advance()
			name := "float8"
			if p.accept("(") {
				at := p.tok()
				if at.kind != tokInteger {
					p.unexpected()
				}
				n := p.integer()
				p.expectOp(")")
				switch {
				case n < 1:
					panic(invalidAt(at, "precision for type float must be at least 1 bit"))
				case n <= 24:
					name = "float4"
				case n > 53:
					panic(invalidAt(at, "precision for type float must be less than 54 bits"))
				}
			}
			return systemType(loc, name)
		case "double":
			if isWord(p.ahead(1), "precision") {
				p.at += 2
				return systemType(loc, "float8")
			}
		case "decimal", "dec", "numeric":
			p.advance()
			typ := systemType(loc, "numeric")
			typ.Mods = p.typeMods()
			return typ
		case "bit":
			p.advance()
			typ := systemType(loc, "bit")
			if p.take("varying") {
				typ.Names[1] = "varbit"
			}
			typ.Mods = p.typeMods()
			if p.defaultLength = typ.Mods == nil && typ.Names[1] == "bit"; p.defaultLength {
				typ.Mods = []ast.Expr{&ast.Const{Loc: -1, Kind: ast.ConstInteger, Int: 1}}
			}
			return typ
		case "character", "char", "varchar", "national", "nchar":
			return p.characterType(loc)
		case "timestamp", "time":
			return p.timeType(loc)
		case "json":
			p.advance()
			return systemType(loc, "json")
		case "interval":
			p.advance()
			typ := systemType(loc, "interval")
			typ.Mods = p.intervalMods()
			return typ
		}
	}
	if !mayName(t, "UT") {
		p.unexpected()
	}
	p.defaultLength = false
	typ := &ast.TypeName{Loc: loc, Names: []string{p.advance().text}}
	for p.isOp(".") {
		p.advance()
		typ.Names = append(typ.Names, p.colLabel())
	}
	if p.functional && len(typ.Names) > 1 && p.isOp("%") && isWord(p.ahead(1), "type") {
		p.at += 2
		typ.PctType = true
		return typ
	}
	typ.Mods = p.typeMods()
	return typ
}

func invalidAt(t *token, message string) error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "%s", message).At(t.pos)
}

// typeMods is an optional list of modifiers.
func (p *parser) typeMods() []ast.Expr {
	if !p.accept("(") {
		return nil
	}
	mods := p.exprList()
	p.expectOp(")")
	return mods
}

func (p *parser) characterType(loc ast.Loc) *ast.TypeName {
	typ := systemType(loc, "bpchar")
	switch p.advance().text {
	case "varchar":
		typ.Names[1] = "varchar"
	case "national":
		if !p.take("character", "char") {
			p.unexpected()
		}
	}
	if p.take("varying") {
		typ.Names[1] = "varchar"
	}
	if p.accept("(") {
		if p.tok().kind != tokInteger {
			p.unexpected()
		}
		typ.Mods = []ast.Expr{number(p.advance())}
		p.expectOp(")")
	}
	if p.defaultLength = typ.Mods == nil && typ.Names[1] == "bpchar"; p.defaultLength {
		typ.Mods = []ast.Expr{&ast.Const{Loc: -1, Kind: ast.ConstInteger, Int: 1}}
	}
	return typ
}

func (p *parser) timeType(loc ast.Loc) *ast.TypeName {
	name := p.advance().text
	typ := systemType(loc, name)
	if p.accept("(") {
		at := p.tok()
		if at.kind != tokInteger {
			p.unexpected()
		}
		p.advance()
		typ.Mods = []ast.Expr{number(at)}
		p.expectOp(")")
	}
	switch {
	case p.is("with") && isWord(p.ahead(1), "time"):
		p.expect("with", "time", "zone")
		typ.Names[1] += "tz"
	case p.is("without") && isWord(p.ahead(1), "time"):
		p.expect("without", "time", "zone")
	}
	return typ
}

// intervalMods parses the fields and precision of INTERVAL, as PostgreSQL
// encodes them: a mask, and a precision for seconds.
func (p *parser) intervalMods() []ast.Expr {
	integer := func(n int64) ast.Expr { return &ast.Const{Loc: -1, Kind: ast.ConstInteger, Int: n} }
	precision := func() []ast.Expr {
		if !p.isOp("(") {
			return nil
		}
		p.advance()
		t := p.tok()
		if t.kind != tokInteger {
			p.unexpected()
		}
		p.advance()
		p.expectOp(")")
		return []ast.Expr{number(t)}
	}
	if p.isOp("(") {
		return append([]ast.Expr{integer(intervalFullRange)}, precision()...)
	}
	if !p.is("year", "month", "day", "hour", "minute", "second") {
		return nil
	}
	order := []string{"year", "month", "day", "hour", "minute", "second"}
	from := p.advance().text
	mask := intervalFields[from]
	last := from
	if p.is("to") {
		allowed := map[string]string{"year": "month", "day": "hour minute second", "hour": "minute second", "minute": "second"}[from]
		next := p.ahead(1)
		if next.kind == tokIdent && allowed != "" && strings.Contains(" "+allowed+" ", " "+next.text+" ") {
			p.at += 2
			last = next.text
			in := false
			for _, f := range order {
				in = in || f == from
				if in {
					mask |= intervalFields[f]
				}
				if f == last {
					break
				}
			}
			if from == "year" {
				mask = intervalFields["year"] | intervalFields["month"]
			}
		} else {
			p.advance()
			p.unexpected()
		}
	}
	mods := []ast.Expr{integer(mask)}
	if last == "second" {
		mods = append(mods, precision()...)
	}
	return mods
}

// intervalLiteral parses INTERVAL 'text' fields, and INTERVAL(p) 'text'.
func (p *parser) intervalLiteral() ast.Expr {
	loc := p.loc()
	p.advance()
	typ := systemType(loc, "interval")
	precision := p.isOp("(")
	if precision {
		typ.Mods = p.intervalMods()
	}
	c := &ast.Const{Loc: p.loc(), Kind: ast.ConstString, Text: p.str()}
	if !precision && !p.isOp("(") {
		typ.Mods = p.intervalMods()
	}
	return &ast.TypeCast{Loc: loc, Arg: c, Type: typ}
}
