package ddl

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The catalogs whose objects have options, as validators are told them.
const (
	optionsOfWrapper   = 2328 // pg_foreign_data_wrapper
	optionsOfServer    = 1417 // pg_foreign_server
	optionsOfMapping   = 1418 // pg_user_mapping
	optionsOfTable     = 3118 // pg_foreign_table
	optionsOfAttribute = 1249 // pg_attribute
)

// foreignOptions gives the options that there are when those of a statement have been
// added, set and dropped, if the wrapper's validator has nothing against them.
func (s *Session) foreignOptions(have []string, list []*ast.ForeignOption, of catalog.OID, validator catalog.OID) ([]string, error) {
	have = slices.Clone(have)
	for _, o := range list {
		at := slices.IndexFunc(have, func(option string) bool { return strings.HasPrefix(option, o.Name+"=") })
		switch {
		case at < 0 && (o.Action == "set" || o.Action == "drop"):
			return nil, sqlerr.New(sqlerr.UndefinedObject, `option "%s" not found`, o.Name)
		case o.Action == "drop":
			have = slices.Delete(have, at, at+1)
		case o.Action == "set":
			have[at] = o.Name + "=" + o.Value
		case at >= 0:
			return nil, sqlerr.New(sqlerr.DuplicateObject, `option "%s" provided more than once`, o.Name)
		default:
			have = append(have, o.Name+"="+o.Value)
		}
	}
	if validator == 0 {
		return have, nil
	}
	return have, s.validate(have, of, validator)
}

// validate calls a validator, for the error that it may report.
func (s *Session) validate(options []string, of, validator catalog.OID) error {
	call := &ast.FuncCall{Loc: -1, Name: []string{"pg_catalog", "postgresql_fdw_validator"}}
	if r, ok := s.Tx.Catalog().Get(validator).(*catalog.Routine); ok {
		call.Name = []string{s.Tx.Catalog().SchemaByOID(r.Schema).Name, r.Name}
	}
	list := &ast.ArrayExpr{Loc: -1}
	for _, o := range options {
		list.Elements = append(list.Elements, &ast.Const{Loc: -1, Kind: ast.ConstString, Text: o})
	}
	texts := &ast.TypeName{Loc: -1, Names: []string{"pg_catalog", "text"}, Bounds: []int{-1}}
	oid := &ast.TypeName{Loc: -1, Names: []string{"pg_catalog", "oid"}}
	call.Args = []ast.Expr{
		&ast.TypeCast{Loc: -1, Arg: list, Type: texts},
		&ast.TypeCast{Loc: -1, Arg: &ast.Const{Loc: -1, Kind: ast.ConstInteger, Int: int64(of)}, Type: oid},
	}
	p, err := s.Plan(&ast.SelectStmt{Targets: []*ast.ResTarget{{Loc: -1, Val: call}}})
	if err != nil {
		return err
	}
	return s.Run(p, nil, func(types.Row) error { return nil })
}
