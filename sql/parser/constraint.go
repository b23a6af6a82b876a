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
	case p.take("primary"):
		p.expect("key")
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
	return k
}

func (p *parser) nullsDistinct(k *ast.Constraint) { k.NullsNotDistinct = p.nullsNotDistinct() }

// nullsNotDistinct parses NULLS [NOT] DISTINCT, or nothing.
func (p *parser) nullsNotDistinct() bool {
	if p.tok().joined || !p.take("nulls") {
		return false
	}
	not := p.take("not")
	p.expect("distinct")
	return not
}

func (p *parser) generated(k *ast.Constraint) {
	when := p.loc()
	p.generatedWhen(k)
	p.expect("as")
	if p.take("identity") {
		p.identityOptions(k)
		return
	}
	k.Type = ast.ConstrGenerated
	p.expectOp("(")
	k.Expr = p.expr(0)
	p.expectOp(")")
	p.expect("stored")
	if !k.Always {
		p.fail(when, "for a generated column, GENERATED ALWAYS must be specified")
	}
}

// deferral parses the attributes of a table's constraint, or a trigger: kind
// is the word for it in errors. What the kind cannot have is refused.
func (p *parser) deferral(k *ast.Constraint, kind string) {
	var notDeferrable, deferrable, immediate, deferred bool
	for {
		loc := p.loc()
		switch {
		case p.take("deferrable"):
			deferrable = true
		case p.takeSeq("not", "deferrable"):
			notDeferrable = true
		case p.takeSeq("initially", "deferred"):
			deferred = true
		case p.takeSeq("initially", "immediate"):
			immediate = true
		case p.takeSeq("not", "valid"):
			k.NotValid = true
		case p.takeSeq("no", "inherit"):
			k.NoInherit = true
		default:
			k.Deferrable, k.InitiallyDeferred = deferrable || deferred, deferred
			k.DeferSpecified = deferrable || notDeferrable
			p.checkAttributes(k, kind)
			return
		}
		switch {
		case notDeferrable && deferred:
			p.fail(loc, "constraint declared INITIALLY DEFERRED must be DEFERRABLE")
		case notDeferrable && deferrable, immediate && deferred:
			p.fail(loc, "conflicting constraint properties")
		}
	}
}

// checkAttributes refuses attributes as PostgreSQL's processCASbits does.
func (p *parser) checkAttributes(k *ast.Constraint, kind string) {
	refuse := func(attribute string) {
		panic(sqlerr.New(sqlerr.FeatureNotSupported, "%s constraints cannot be marked %s", kind, attribute))
	}
	switch {
	case k.Deferrable && kind == "CHECK":
		refuse("DEFERRABLE")
	case k.NotValid && kind != "CHECK" && kind != "FOREIGN KEY":
		refuse("NOT VALID")
	case k.NoInherit && kind != "CHECK":
		refuse("NO INHERIT")
	}
}

func (p *parser) indexParameters(k *ast.Constraint) {
	if p.take("with") {
		k.Options = p.definition()
	}
	if p.take("using") {
		p.expect("index", "tablespace")
		k.Tablespace = p.colID()
	}
}

func (p *parser) references(k *ast.Constraint) {
	p.expect("references")
	k.References = p.qualifiedName()
	k.RefColumns = p.parenNames()
	k.Match = 's'
	if loc := p.loc(); p.take("match") {
		switch {
		case p.take("full"):
			k.Match = 'f'
		case p.take("partial"):
			panic(sqlerr.New(sqlerr.FeatureNotSupported, "MATCH PARTIAL not yet implemented").At(int(loc)))
		default:
			p.expect("simple")
		}
	}
	var updated, deleted bool
	for p.is("on") && (!updated || !deleted) {
		p.advance()
		update := !updated && p.take("update")
		if !update {
			if deleted {
				p.unexpected()
			}
			p.expect("delete")
		}
		action, columns := p.keyAction(update)
		if update {
			updated, k.OnUpdate = true, action
		} else {
			deleted, k.OnDelete, k.OnDeleteColumns = true, action, columns
		}
	}
}

// keyAction parses a referential action. Only SET NULL and SET DEFAULT of ON
// DELETE name columns.
func (p *parser) keyAction(update bool) (action ast.FKAction, columns []string) {
	loc := p.loc()
	switch {
	case p.take("no"):
		p.expect("action")
		return ast.FKNoAction, nil
	case p.take("restrict"):
		return ast.FKRestrict, nil
	case p.take("cascade"):
		return ast.FKCascade, nil
	}
	p.expect("set")
	action, word := ast.FKSetNull, "SET NULL"
	if !p.take("null") {
		p.expect("default")
		action, word = ast.FKSetDefault, "SET DEFAULT"
	}
	if columns = p.parenNames(); columns != nil && update {
		panic(sqlerr.New(sqlerr.FeatureNotSupported, "a column list with %s is only supported for ON DELETE actions", word).At(int(loc)))
	}
	return action, columns
}

func (p *parser) tableConstraint() *ast.Constraint {
	k := &ast.Constraint{Loc: p.loc()}
	if p.take("constraint") {
		k.Name = p.colID()
	}
	kind := ""
	switch {
	case p.take("check"):
		kind = "CHECK"
		p.expectOp("(")
		k.Type, k.Expr = ast.ConstrCheck, p.expr(0)
		p.expectOp(")")
	case p.take("primary"):
		kind = "PRIMARY KEY"
		p.expect("key")
		k.Type = ast.ConstrPrimary
		p.keyColumns(k)
	case p.take("unique"):
		kind = "UNIQUE"
		k.Type = ast.ConstrUnique
		if p.nullsDistinct(k); !p.isOp("(") && p.toks[p.at-1].text == "distinct" {
			p.unexpected()
		}
		p.keyColumns(k)
	case p.take("foreign"):
		kind = "FOREIGN KEY"
		p.expect("key")
		k.Type = ast.ConstrForeign
		p.expectOp("(")
		k.Keys = p.nameList()
		p.expectOp(")")
		p.references(k)
	case p.take("exclude"):
		kind = "EXCLUDE"
		p.exclusion(k)
	default:
		p.unexpected()
	}
	p.deferral(k, kind)
	return k
}

// exclusion parses EXCLUDE [USING method] ( element WITH operator, ... ).
func (p *parser) exclusion(k *ast.Constraint) {
	k.Type = ast.ConstrExclusion
	if p.take("using") {
		k.AccessMethod = p.colID()
	}
	p.expectOp("(")
	for {
		e := &ast.Exclusion{Elem: p.indexElem()}
		p.expect("with")
		e.Op = p.anyOperator()
		k.Exclusions = append(k.Exclusions, e)
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	if p.take("include") {
		k.Including = p.requiredNames()
	}
	p.indexParameters(k)
	if p.take("where") {
		p.expectOp("(")
		k.Where = p.expr(0)
		p.expectOp(")")
	}
}

func (p *parser) keyColumns(k *ast.Constraint) {
	if !p.isOp("(") && p.takeSeq("using", "index") {
		k.IndexName = p.colID()
		return
	}
	k.Keys = p.requiredNames()
	if p.take("include") {
		k.Including = p.requiredNames()
	}
	p.indexParameters(k)
}

// generatedWhen parses ALWAYS or BY DEFAULT.
func (p *parser) generatedWhen(k *ast.Constraint) {
	if p.take("always") {
		k.Always = true
		return
	}
	p.expect("by", "default")
}

// identity parses what follows ADD GENERATED.
func (p *parser) identity(k *ast.Constraint) {
	p.generatedWhen(k)
	p.expect("as", "identity")
	p.identityOptions(k)
}

// identityOptions parses the sequence options behind IDENTITY.
func (p *parser) identityOptions(k *ast.Constraint) {
	k.Type = ast.ConstrIdentity
	if p.accept("(") {
		if k.SeqOptions = p.sequenceOptions(); k.SeqOptions == nil {
			p.unexpected()
		}
		p.expectOp(")")
	}
}
