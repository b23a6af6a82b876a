package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// windowSpec parses ( [name] PARTITION BY ... ORDER BY ... frame ).
func (p *parser) windowSpec() *ast.WindowDef {
	w := &ast.WindowDef{Loc: p.loc()}
	p.expectOp("(")
	if mayName(p.tok(), "UC") && !p.is("partition", "range", "rows", "groups") {
		w.RefName = p.advance().text
	}
	if p.takeSeq("partition", "by") {
		w.PartitionBy = p.exprList()
	}
	if p.is("order") {
		w.OrderBy = p.orderBy()
	}
	if p.is("range", "rows", "groups") {
		w.Frame = p.frame()
	}
	p.expectOp(")")
	return w
}

func (p *parser) frame() *ast.WindowFrame {
	f := &ast.WindowFrame{End: ast.FrameBound{Kind: ast.CurrentRow}}
	f.Unit = map[string]ast.FrameUnit{"range": ast.FrameRange, "rows": ast.FrameRows, "groups": ast.FrameGroups}[p.advance().text]
	start := p.loc()
	end := start
	if p.take("between") {
		f.Between = true
		start = p.loc()
		f.Start = p.frameBound()
		p.expect("and")
		end = p.loc()
		f.End = p.frameBound()
	} else {
		f.Start = p.frameBound()
	}
	bad := func(at ast.Loc, message string) {
		panic(sqlerr.New(sqlerr.WindowingError, "%s", message).At(int(at)))
	}
	switch {
	case f.Start.Kind == ast.UnboundedFollowing:
		bad(start, "frame start cannot be UNBOUNDED FOLLOWING")
	case f.End.Kind == ast.UnboundedPreceding:
		bad(end, "frame end cannot be UNBOUNDED PRECEDING")
	case f.Start.Kind == ast.CurrentRow && f.End.Kind == ast.OffsetPreceding:
		bad(end, "frame starting from current row cannot have preceding rows")
	case f.Start.Kind == ast.OffsetFollowing && !f.Between:
		bad(start, "frame starting from following row cannot end with current row")
	case f.Start.Kind == ast.OffsetFollowing && (f.End.Kind == ast.OffsetPreceding || f.End.Kind == ast.CurrentRow):
		bad(end, "frame starting from following row cannot have preceding rows")
	}
	if p.take("exclude") {
		switch {
		case p.takeSeq("current", "row"):
			f.Exclude = ast.ExcludeCurrentRow
		case p.take("group"):
			f.Exclude = ast.ExcludeGroup
		case p.take("ties"):
			f.Exclude = ast.ExcludeTies
		default:
			p.expect("no", "others")
		}
	}
	return f
}

func (p *parser) frameBound() ast.FrameBound {
	switch {
	case p.takeSeq("unbounded", "preceding"):
		return ast.FrameBound{Kind: ast.UnboundedPreceding}
	case p.takeSeq("unbounded", "following"):
		return ast.FrameBound{Kind: ast.UnboundedFollowing}
	case p.takeSeq("current", "row"):
		return ast.FrameBound{Kind: ast.CurrentRow}
	}
	b := ast.FrameBound{Kind: ast.OffsetFollowing, Offset: p.expr(0)}
	if p.take("preceding") {
		b.Kind = ast.OffsetPreceding
		return b
	}
	p.expect("following")
	return b
}
