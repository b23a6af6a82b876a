package session

import (
	"context"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// functionCallName is that of the statement and the portal of a function call. No
// client can use it: names on the wire end at a zero byte.
const functionCallName = "\x00function call"

// FunctionCall calls a function by its OID and gives w its result, as a row of one
// column. It is part of the transaction that Sync ends.
func (s *Session) FunctionCall(ctx context.Context, oid types.OID, args []Param, w ResultWriter) (err error) {
	defer func() {
		if err != nil {
			e := *sqlerr.From(err)
			e.Position, e.Where = 0, "" // of a text that nobody has written
			err = &e
			s.fail()
		}
	}()
	if err := s.mayRun(&ast.SelectStmt{}); err != nil {
		return err
	}
	f := expr.FunctionByOID(oid)
	switch {
	case f == nil:
		return sqlerr.New(sqlerr.UndefinedFunction, "function with OID %d does not exist", oid)
	case f.Kind != 'f' || f.Set != nil:
		return sqlerr.New(sqlerr.FeatureNotSupported, `cannot call function "%s" via fastpath interface`, f.Name)
	case len(args) != len(f.Args):
		return sqlerr.New(sqlerr.ProtocolViolation, "function call message contains %d arguments but function requires %d", len(args), len(f.Args))
	}
	declared := make([]types.OID, len(args))
	params := make([]string, len(args))
	for i, t := range f.Args {
		declared[i], params[i] = t.OID, "$"+strconv.Itoa(i+1)
	}
	text := "SELECT pg_catalog." + parser.QuoteIdent(f.Name) + "(" + strings.Join(params, ", ") + ")"
	defer s.CloseStatement(functionCallName)
	defer s.ClosePortal(functionCallName)
	if err := s.Parse(ctx, functionCallName, text, declared); err != nil {
		return err
	}
	if err := s.Bind(ctx, functionCallName, functionCallName, args, nil); err != nil {
		return err
	}
	return s.Execute(ctx, functionCallName, 0, w)
}
