package ddl

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/types"
)

// qualifyFunctions gives the schema of functions, operators and types that users have made to
// their names in an expression that is stored, so that it means the same under every
// search path.
func (s *Session) qualifyFunctions(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AExpr:
			s.qualifyOperator(n)
		case *ast.TypeName:
			s.qualifyType(n)
		}
		call, ok := n.(*ast.FuncCall)
		if !ok || len(call.Name) != 1 || len(expr.FunctionsNamed(call.Name[0])) > 0 {
			return true
		}
		routines := s.Env.Catalog.Routines(call.Name[0])
		for _, name := range s.Env.SearchPath {
			schema := s.Env.Catalog.Schema(s.Env.Database, name)
			if schema != nil && slices.ContainsFunc(routines, func(r *catalog.Routine) bool { return r.Schema == schema.OID }) {
				call.Name = []string{schema.Name, call.Name[0]}
				break
			}
		}
		return true
	})
}

// qualifyOperator is qualifyFunctions for an operator.
func (s *Session) qualifyOperator(e *ast.AExpr) {
	if len(e.Op) != 1 || expr.IsOperator(e.Op[0]) || e.OpKind != ast.OpNormal && e.OpKind != ast.OpAny && e.OpKind != ast.OpAll {
		return
	}
	made := s.Env.Catalog.Operators(e.Op[0])
	for _, name := range s.Env.SearchPath {
		schema := s.Env.Catalog.Schema(s.Env.Database, name)
		if schema != nil && slices.ContainsFunc(made, func(o *catalog.Operator) bool { return o.Schema == schema.OID }) {
			e.Op = []string{schema.Name, e.Op[0]}
			return
		}
	}
}

// qualifyType is qualifyFunctions for a type.
func (s *Session) qualifyType(n *ast.TypeName) {
	if len(n.Names) != 1 || n.PctType || n.SetOf || types.ByName(n.Names[0]) != nil {
		return
	}
	for _, name := range s.Env.SearchPath {
		schema := s.Env.Catalog.Schema(s.Env.Database, name)
		if schema != nil && s.Env.Catalog.Type(schema.OID, n.Names[0]) != nil {
			n.Names = []string{schema.Name, n.Names[0]}
			return
		}
	}
}
