package session

import (
	"context"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/exec/ddl"
	"github.com/kalamsql/kalamsql/exec/plexec"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/textsearch"
	"github.com/kalamsql/kalamsql/sql/types"
)

func init() {
	hostFunctions["ts_rewrite"] = func(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error) {
		return s.rewriteByQuery(s.contextOf(c), args[0], args[1].Str())
	}
}

// rewriteByQuery is ts_rewrite(tsquery, text): of each row of a query, what its first column
// is gives way to the second.
func (s *Session) rewriteByQuery(ctx context.Context, query types.Datum, text string) (types.Datum, error) {
	rewritten := textsearch.Rewriting(query.TSQuery())
	checked := false
	err := s.eachRowOf(ctx, text, func(cols []plan.Column) error {
		checked = true
		if len(cols) != 2 || cols[0].Type != types.TSQuery || cols[1].Type != types.TSQuery {
			return sqlerr.New(sqlerr.InvalidParameterValue, "ts_rewrite query must return two tsquery columns")
		}
		return nil
	}, func(row types.Row) error {
		if !row[0].IsNull() && !row[1].IsNull() {
			rewritten.Next(row[0].TSQuery(), row[1].TSQuery()).Again()
		}
		return nil
	})
	if err != nil || !checked {
		return types.Null, err
	}
	return types.TSQueryDatum(rewritten.Query()), nil
}

// eachRowOf runs a query that a function is given as text, as a cursor of it would be: shape
// is told its columns before each gets a row.
func (s *Session) eachRowOf(ctx context.Context, text string, shape func([]plan.Column) error, each func(types.Row) error) error {
	within := func(err error) error {
		e := *sqlerr.From(err)
		if e.Offset > 0 && e.Offset <= len(text)+1 {
			e.InternalQuery, e.InternalPosition = text, utf8.RuneCountInString(text[:e.Offset-1])+1
		} else {
			e.AddContext(`SQL statement "` + text + `"`)
		}
		e.Offset, e.Position = 0, 0
		return &e
	}
	list, err := parser.Parse(text)
	if err != nil {
		return within(err)
	}
	if len(list) != 1 {
		return sqlerr.New(sqlerr.InvalidCursorDefinition, "cannot open multi-query plan as cursor")
	}
	stmt := list[0].Statement
	var returning []*ast.ResTarget
	switch st := stmt.(type) {
	case *ast.SelectStmt:
		if st.Into == nil {
			returning = []*ast.ResTarget{nil}
		}
	case *ast.InsertStmt:
		returning = st.Returning
	case *ast.UpdateStmt:
		returning = st.Returning
	case *ast.DeleteStmt:
		returning = st.Returning
	}
	if returning == nil {
		return sqlerr.New(sqlerr.InvalidCursorDefinition, "cannot open %s query as cursor", ddl.CommandName(stmt))
	}
	p, err := plan.Statement(s.planEnv(), stmt, nil, 0)
	if err == nil {
		err = p.Failure
	}
	if err != nil {
		return within(err)
	}
	if !p.ReadOnly {
		return within(sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed in a non-volatile function", ddl.CommandName(stmt)))
	}
	if err := shape(p.Root.Columns()); err != nil {
		return err
	}
	h := (*proceduralHost)(s)
	if _, err := h.Query(ctx, plexec.Query{Plan: p, Command: "SELECT"}, each); err != nil {
		return within(err)
	}
	return nil
}
