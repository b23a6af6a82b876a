package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// columnConstraint parses one constraint of a column; nil if there is none.
func (p *parser) columnConstraint() *ast.Constraint {
	k := &ast.Constraint{Loc: p.loc()}
	if p.take("constraint") {
		k.Name = p.colID()
	}
	switch {
	case p.takeSeq("not", "null"):
		k.Type = ast.ConstrNotNull
	case p.take("null"):
		k.Type = ast.ConstrNull
	case p.take("default"):
		k.Type, k.Expr = ast.ConstrDefault, p.bExpr()
	case p.take("check"):
		p.expectOp("(")
		k.Type, k.Expr = ast.ConstrCheck, p.expr(0)
		p.expectOp(")")
		k.NoInherit = p.takeSeq("no", "inherit")
	case p.takeSeq("primary", "key"):
		k.Type = ast.ConstrPrimary
		p.indexParameters(k)
	case p.take("unique"):
		k.Type = ast.ConstrUnique
		p.nullsDistinct(k)
		p.indexParameters(k)
	case p.is("references"):
		k.Type = ast.ConstrForeign
		p.references(k)
	case p.take("generated"):
		p.generated(k)
	default:
		if k.Name != "" {
			p.unexpected()
		}
		return nil
	}
	p.deferral(k)
	return k
}

func (p *parser) nullsDistinct(k *ast.Constraint) {
	if p.takeSeq("nulls", "not", "distinct") {
		k.NullsNotDistinct = true
		return
	}
	p.takeSeq("nulls", "distinct")
}

func (p *parser) generated(k *ast.Constraint) {
	switch {
	case p.take("always"):
		k.Always = true
	default:
		p.expect("by", "default")
	}
	p.expect("as")
	if p.take("identity") {
		k.Type = ast.ConstrIdentity
		if p.accept("(") {
			k.SeqOptions = p.sequenceOptions()
			p.expectOp(")")
		}
		return
	}
	if !k.Always {
		panic(sqlerr.New(sqlerr.SyntaxError, "for a generated column, GENERATED ALWAYS must be specified").At(k.Pos()))
	}
	k.Type = ast.ConstrGenerated
	p.expectOp("(")
	k.Expr = p.expr(0)
	p.expectOp(")")
	p.expect("stored")
}

// deferral parses DEFERRABLE and INITIALLY.
func (p *parser) deferral(k *ast.Constraint) {
	for {
		switch {
		case p.take("deferrable"):
			k.Deferrable, k.DeferSpecified = true, true
		case p.takeSeq("not", "deferrable"):
			k.DeferSpecified = true
		case p.takeSeq("initially", "deferred"):
			k.InitiallyDeferred, k.Deferrable = true, true
		case p.takeSeq("initially", "immediate"):
		case p.takeSeq("not", "valid"):
			k.NotValid = true
		case p.takeSeq("no", "inherit"):
			k.NoInherit = true
		default:
			return
		}
	}
}

func (p *parser) indexParameters(k *ast.Constraint) {
	if p.take("include") {
		k.Including = p.parenNames()
	}
	if p.take("with") {
		k.Options = p.relOptions()
	}
	if p.takeSeq("using", "index", "tablespace") {
		k.Tablespace = p.colID()
	}
}

func (p *parser) references(k *ast.Constraint) {
	p.expect("references")
	k.References = p.qualifiedName()
	k.RefColumns = p.parenNames()
	k.Match = 's'
	if p.take("match") {
		switch {
		case p.take("full"):
			k.Match = 'f'
		case p.take("partial"):
			k.Match = 'p'
		default:
			p.expect("simple")
		}
	}
	for p.is("on") {
		p.advance()
		update := p.take("update")
		if !update {
			p.expect("delete")
		}
		action := ast.FKNoAction
		switch {
		case p.takeSeq("no", "action"):
		case p.take("restrict"):
			action = ast.FKRestrict
		case p.take("cascade"):
			action = ast.FKCascade
		case p.takeSeq("set", "null"):
			action = ast.FKSetNull
		default:
			p.expect("set", "default")
			action = ast.FKSetDefault
		}
		if update {
			k.OnUpdate = action
			continue
		}
		k.OnDelete = action
		k.OnDeleteColumns = p.parenNames()
	}
}

func (p *parser) tableConstraint() *ast.Constraint {
	k := &ast.Constraint{Loc: p.loc()}
	if p.take("constraint") {
		k.Name = p.colID()
	}
	switch {
	case p.take("check"):
		p.expectOp("(")
		k.Type, k.Expr = ast.ConstrCheck, p.expr(0)
		p.expectOp(")")
	case p.takeSeq("primary", "key"):
		k.Type = ast.ConstrPrimary
		p.keyColumns(k)
	case p.take("unique"):
		k.Type = ast.ConstrUnique
		p.nullsDistinct(k)
		p.keyColumns(k)
	case p.takeSeq("foreign", "key"):
		k.Type = ast.ConstrForeign
		p.expectOp("(")
		k.Keys = p.nameList()
		p.expectOp(")")
		p.references(k)
	case p.is("exclude"):
		p.unsupported(p.loc(), "an exclusion constraint")
	default:
		p.unexpected()
	}
	p.deferral(k)
	return k
}

func (p *parser) keyColumns(k *ast.Constraint) {
	if p.takeSeq("using", "index") {
		k.IndexName = p.colID()
		return
	}
	p.expectOp("(")
	k.Keys = p.nameList()
	p.expectOp(")")
	p.indexParameters(k)
}
