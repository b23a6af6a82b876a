package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// collationOf is the collation that COLLATE gives a column or domain of a type; without
// one it is the type's: a domain's, or the default.
func (s *Session) collationOf(name *ast.Name, t *types.Type) (*types.Collation, error) {
	if name == nil {
		if t.Kind == types.KindDomain {
			if u := s.Tx.Catalog().UserType(t.OID); u != nil {
				return u.Collation, nil
			}
		}
		return nil, nil
	}
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	c, err := env.Ordering(name.Parts)
	if err != nil {
		return nil, sqlerr.From(err).At(name.Pos())
	}
	if !expr.Collatable(t) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "collations are not supported by type %s", t).At(name.Pos())
	}
	if c.OID == catalog.DefaultCollation {
		return nil, nil
	}
	return c, nil
}

// collationName is a name without a place in the statement.
func collationName(parts []string) *ast.Name {
	if parts == nil {
		return nil
	}
	return &ast.Name{Loc: -1, Parts: parts}
}

// createCollation runs CREATE COLLATION: of ICU's locales, and of C and POSIX, which are
// the only ones of the operating system's that every system has.
func (s *Session) createCollation(ctx context.Context, st *ast.CreateCollationStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	v := rangeVar(st.Name, st.Name.Parts)
	schema, _, err := s.creationSchema(ctx, v, ast.Permanent)
	if err != nil {
		return unlocated(err)
	}
	c := &catalog.Collation{Name: v.Name, Schema: schema.OID, Owner: s.Role.OID}
	if err := s.defineCollation(st, c); err != nil {
		return err
	}
	encoding := ""
	if !c.ICU {
		encoding = ` for encoding "UTF8"`
	}
	if edit.Catalog().Collation(schema.OID, c.Name) != nil {
		if st.IfNotExists {
			s.notice(sqlerr.DuplicateObject, `collation "%s"%s already exists, skipping`, c.Name, encoding)
			return nil
		}
		return sqlerr.New(sqlerr.DuplicateObject, `collation "%s"%s already exists`, c.Name, encoding)
	}
	c.OID = edit.NewOID()
	s.Tx.PutObject(c)
	return nil
}

// defineCollation reads the options of CREATE COLLATION, or copies another.
func (s *Session) defineCollation(st *ast.CreateCollationStmt, c *catalog.Collation) error {
	if st.From != nil {
		return s.copyCollation(st.From.Parts, c)
	}
	given := map[string]string{}
	var from []string
	deterministic := true
	for _, o := range st.Options {
		name := strings.ToLower(o.Name)
		if _, again := given[name]; again || name == "from" && from != nil {
			return sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").At(o.Pos())
		}
		switch name {
		case "from":
			if n, ok := o.Value.(*ast.TypeName); ok {
				from = n.Names
			} else {
				from = []string{optionText(o)}
			}
		case "locale", "lc_collate", "lc_ctype", "provider", "version":
			given[name] = optionText(o)
		case "deterministic":
			value, ok := types.ParseBool(optionText(o))
			if !ok && o.Value != nil {
				return sqlerr.New(sqlerr.SyntaxError, "%s requires a Boolean value", o.Name)
			}
			given[name], deterministic = "", value || o.Value == nil
		default:
			return sqlerr.New(sqlerr.SyntaxError, `collation attribute "%s" not recognized`, o.Name).At(o.Pos())
		}
	}
	if from != nil {
		if len(given) > 0 {
			return sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").WithDetail("FROM cannot be specified together with any other options.")
		}
		return s.copyCollation(from, c)
	}
	locale, whole := given["locale"]
	collate, collates := given["lc_collate"]
	ctype, ctypes := given["lc_ctype"]
	if whole && (collates || ctypes) {
		return sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").WithDetail("LOCALE cannot be specified together with LC_COLLATE or LC_CTYPE.")
	}
	switch provider := strings.ToLower(given["provider"]); provider {
	case "icu":
		if !whole {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, `parameter "locale" must be specified`)
		}
		if !types.KnownLocale(locale) {
			return sqlerr.New(sqlerr.InvalidParameterValue, `could not open collator for locale "%s": U_ILLEGAL_ARGUMENT_ERROR`, locale)
		}
		c.ICU, c.Locale, c.Nondeterministic = true, locale, !deterministic
		if locale == "" || locale == "root" {
			c.Locale = "und"
		}
		return nil
	case "", "libc":
	default:
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "unrecognized collation provider: %s", given["provider"])
	}
	if whole {
		collate, ctype, collates, ctypes = locale, locale, true, true
	}
	switch {
	case !collates:
		return sqlerr.New(sqlerr.InvalidObjectDefinition, `parameter "lc_collate" must be specified`)
	case !ctypes:
		return sqlerr.New(sqlerr.InvalidObjectDefinition, `parameter "lc_ctype" must be specified`)
	case !deterministic:
		return sqlerr.New(sqlerr.FeatureNotSupported, "nondeterministic collations not supported with this provider")
	}
	for _, name := range []string{collate, ctype} {
		switch name {
		case "C", "POSIX", "C.UTF-8", "C.utf8":
		default:
			return sqlerr.New(sqlerr.InvalidParameterValue, `could not create locale "%s": No such file or directory`, name).
				WithDetail(`The operating system could not find any locale data for the locale name "%s".`, name)
		}
	}
	c.Locale = collate
	return nil
}

func (s *Session) copyCollation(names []string, c *catalog.Collation) error {
	from, err := s.Env.Collation(names)
	if err != nil {
		return err
	}
	if from.OID == catalog.DefaultCollation {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, `collation "default" cannot be copied`)
	}
	c.ICU, c.Locale, c.Nondeterministic = from.ICU, from.Locale, from.Nondeterministic
	return nil
}

// namedCollation finds a collation that is to be changed by its owner.
func (s *Session) namedCollation(n *ast.Name) (*catalog.Collation, error) {
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	c, err := env.Collation(n.Parts)
	if err != nil {
		return nil, err
	}
	return c, s.owner(c.Owner, "collation", c.Name)
}

// dropCollation drops a collation.
func (s *Session) dropCollation(ctx context.Context, edit *catalog.Editor, n *ast.Name, st *ast.DropStmt) error {
	c, err := s.namedCollation(n)
	if e := sqlerr.From(err); err != nil && st.IfExists && (e.Code == sqlerr.UndefinedObject || e.Code == sqlerr.InvalidSchemaName) {
		if e.Code == sqlerr.UndefinedObject {
			s.notice(sqlerr.SuccessfulCompletion, `collation "%s" does not exist, skipping`, strings.Join(n.Parts, "."))
		} else {
			s.notice(sqlerr.SuccessfulCompletion, "%s, skipping", e.Message)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if c.OID < types.FirstUserOID {
		return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop collation %s because it is required by the database system", c.Name)
	}
	if err := s.settle(s.describe(c), s.dependentsOf(ctx, edit, c), st.Cascade); err != nil {
		return err
	}
	s.Tx.DropObject(c.OID)
	return nil
}

// orderedBy lists what is ordered by a collation: columns, indexes and domains.
func (s *Session) orderedBy(ctx context.Context, edit *catalog.Editor, c *catalog.Collation) (list []dependent) {
	on := s.describe(c)
	for o := range s.Tx.Catalog().All() {
		switch o := o.(type) {
		case *catalog.Table:
			for _, col := range o.Columns {
				if col.Collation != nil && col.Collation.OID == c.OID {
					list = append(list, s.dependentColumn(ctx, edit, o, col, on))
				}
			}
			for _, i := range o.Indexes {
				if slices.ContainsFunc(i.Keys, func(k catalog.IndexKey) bool { return k.Collation != nil && k.Collation.OID == c.OID }) {
					list = append(list, s.dependentIndex(ctx, edit, o, i, on))
				}
			}
		case *catalog.UserType:
			if o.Collation != nil && o.Collation.OID == c.OID {
				list = append(list, s.whole(ctx, edit, o, on))
			}
		}
	}
	list = append(list, s.routinesThat(ctx, edit, on, func(f *catalog.Routine) bool { return slices.Contains(f.Uses, c.OID) })...)
	return append(list, s.usingObject(ctx, edit, c.OID, on)...)
}
