package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// partitionSpec parses PARTITION BY strategy (keys).
func (p *parser) partitionSpec() *ast.PartitionSpec {
	s := &ast.PartitionSpec{Loc: p.loc()}
	p.expect("partition", "by")
	strategy := p.colID()
	s.Strategy = strings.ToLower(strategy)
	p.expectOp("(")
	for {
		e := &ast.IndexElem{Loc: p.loc()}
		p.indexKey(e)
		if p.take("collate") {
			e.Collation = p.anyName().Parts
		}
		if mayName(p.tok(), "UC") {
			e.OpClass = p.anyName().Parts
		}
		s.Params = append(s.Params, e)
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	if s.Strategy != "list" && s.Strategy != "range" && s.Strategy != "hash" {
		panic(sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized partitioning strategy \"%s\"", strategy))
	}
	return s
}

// partitionCmd parses ATTACH PARTITION and DETACH PARTITION, which stand alone.
func (p *parser) partitionCmd(object ast.ObjectType) *ast.AlterTableCmd {
	c := &ast.AlterTableCmd{Loc: p.loc()}
	attach := p.take("attach")
	if !attach {
		p.expect("detach")
	}
	p.expect("partition")
	c.Relation = p.qualifiedName()
	switch {
	case attach:
		if c.Kind = "AttachPartition"; object != "index" {
			c.Bound = p.partitionBound()
		}
	case p.take("finalize"):
		c.Kind = "DetachPartitionFinalize"
	default:
		c.Kind, c.Concurrently = "DetachPartition", p.take("concurrently")
	}
	return c
}

// partitionBound parses FOR VALUES ... or DEFAULT.
func (p *parser) partitionBound() *ast.PartitionBound {
	b := &ast.PartitionBound{Loc: p.loc()}
	if p.take("default") {
		b.Default = true
		return b
	}
	p.expect("for", "values")
	b.Loc = p.loc()
	list := func() []ast.Expr {
		p.expectOp("(")
		items := p.exprList()
		p.expectOp(")")
		return items
	}
	switch {
	case p.take("with"):
		p.hashBound(b)
	case p.take("in"):
		b.In = list()
	default:
		p.expect("from")
		b.From = list()
		p.expect("to")
		b.To = list()
	}
	return b
}

// hashBound parses ( MODULUS n, REMAINDER n ).
func (p *parser) hashBound(b *ast.PartitionBound) {
	start := p.loc()
	p.expectOp("(")
	type part struct {
		name  string
		value int
		loc   ast.Loc
	}
	var parts []part
	for {
		e := part{loc: p.loc(), name: p.name("UCT")}
		if p.tok().kind != tokInteger {
			p.unexpected()
		}
		e.value = int(p.integer())
		parts = append(parts, e)
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	b.Modulus, b.Remainder = -1, -1
	once := func(field *int, e part) {
		if *field != -1 {
			panic(sqlerr.New(sqlerr.DuplicateObject, "%s for hash partition provided more than once", e.name).At(int(e.loc)))
		}
		*field = e.value
	}
	for _, e := range parts {
		switch e.name {
		case "modulus":
			once(&b.Modulus, e)
		case "remainder":
			once(&b.Remainder, e)
		default:
			p.fail(e.loc, `unrecognized hash partition bound specification "%s"`, e.name)
		}
	}
	switch {
	case b.Modulus == -1:
		p.fail(start, "modulus for hash partition must be specified")
	case b.Remainder == -1:
		p.fail(start, "remainder for hash partition must be specified")
	}
}
