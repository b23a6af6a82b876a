package ddl

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// serverFunction takes what CREATE FUNCTION says of a function whose code is the server's
// own: internal, or in C and of the library of an extension that is built in.
func (s *Session) serverFunction(r *catalog.Routine, st *ast.CreateFunctionStmt, language string) error {
	switch {
	case !s.Role.Superuser:
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for language %s", language)
	case st.Return != nil || st.Atomic:
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, `inline SQL function body only valid for language SQL`)
	case st.Source == nil:
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, "no function body specified")
	case language == "c":
		library := strings.TrimSuffix(strings.TrimPrefix(st.Source.Text, "$libdir/"), ".so")
		if expr.ExtensionNamed(library) == nil {
			return sqlerr.New("58P01", `could not access file "%s": No such file or directory`, st.Source.Text)
		}
		r.Library, r.Source = library, cmp.Or(st.LinkSymbol, r.Name)
		return nil
	case st.LinkSymbol != "":
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, `only one AS item needed for language "%s"`, language)
	}
	r.Language = catalog.Internal
	if r.Source == "" {
		r.Source = r.Name
	}
	return nil
}

// checkInternal says whether the server has the code of a function, for the types that it
// is declared with.
func checkInternal(r *catalog.Routine) error {
	var args []*types.Type
	for _, in := range r.Inputs() {
		args = append(args, in.Type.Type)
	}
	if f := expr.InternalFunction(r.Source, args); f != nil && f.Result == r.Result.Type {
		return nil
	}
	if !slices.ContainsFunc(expr.AllFunctions(), func(f *expr.Function) bool { return f.Symbol == r.Source }) {
		return sqlerr.New(sqlerr.UndefinedFunction, `there is no built-in function named "%s"`, r.Source)
	}
	return sqlerr.Unsupported("the built-in function %s with these types", r.Source)
}

// checkLibrary says whether the library of an extension has the code of a function, for
// the types that it is declared with.
func checkLibrary(r *catalog.Routine) error {
	known := false
	for _, f := range expr.ExtensionNamed(r.Library).Functions {
		if f.Symbol != r.Source {
			continue
		}
		known = true
		result := f.Result == r.Result.Type
		if f.WithFields != nil {
			result = r.ReturnsSet && (r.Result.Type == types.RecordType || r.Result.Type.Kind == types.KindComposite)
		}
		if result && slices.EqualFunc(r.Inputs(), f.Args, func(p *catalog.Parameter, a *types.Type) bool { return p.Type.Type == a }) && r.ReturnsSet == (f.Set != nil) {
			return nil
		}
	}
	if !known {
		return sqlerr.New(sqlerr.UndefinedFunction, `could not find function "%s" in file "$libdir/%s"`, r.Source, r.Library)
	}
	return sqlerr.Unsupported("the function %s of extension %s with these types", r.Source, r.Library)
}
