package ddl

import (
	"context"
	"slices"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// createDomain runs CREATE DOMAIN.
func (s *Session) createDomain(ctx context.Context, st *ast.CreateDomainStmt) error {
	t, edit, err := s.newType(ctx, st.Name, types.KindDomain)
	if err != nil {
		return err
	}
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	base, typmod, err := s.usableType(&env, st.Type)
	if err != nil {
		return err
	}
	if base.Kind == types.KindPseudo {
		return sqlerr.New(sqlerr.DatatypeMismatch, `"%s" is not a valid base type for a domain`, base)
	}
	t.Base, t.Typmod = catalog.TypeRef{Type: base}, typmod
	if t.Collation, err = s.collationOf(collationName(st.Collation), base); err != nil {
		return err
	}
	null, defaulted := "", false
	for _, k := range st.Constraints {
		switch k.Type {
		case ast.ConstrNotNull, ast.ConstrNull:
			now := "NULL"
			if k.Type == ast.ConstrNotNull {
				now = "NOT NULL"
			}
			if null != "" && null != now {
				return sqlerr.New(sqlerr.SyntaxError, "conflicting NULL/NOT NULL constraints")
			}
			null, t.NotNull = now, now == "NOT NULL"
		case ast.ConstrDefault:
			if defaulted {
				return sqlerr.New(sqlerr.SyntaxError, "multiple default expressions")
			}
			defaulted = true
			if t.Default, err = s.domainDefault(&env, t, k.Expr); err != nil {
				return err
			}
		case ast.ConstrCheck:
			if err := s.domainCheck(edit, t, k); err != nil {
				return err
			}
		case ast.ConstrUnique, ast.ConstrPrimary, ast.ConstrForeign:
			word := map[ast.ConstrType]string{ast.ConstrUnique: "unique", ast.ConstrPrimary: "primary key", ast.ConstrForeign: "foreign key"}[k.Type]
			return sqlerr.New(sqlerr.SyntaxError, "%s constraints not possible for domains", word)
		default:
			return sqlerr.New(sqlerr.FeatureNotSupported, "specifying GENERATED not supported for domains")
		}
	}
	s.Tx.PutObject(t)
	return nil
}

// domainDefault is the default of a domain, as it is stored.
func (s *Session) domainDefault(env *plan.Env, t *catalog.UserType, e ast.Expr) (string, error) {
	bound, err := plan.RowExpression(env, nil, e, "DEFAULT expressions")
	if err != nil {
		return "", err
	}
	c := &catalog.Column{Name: t.Name, Type: t.Base, Typmod: t.Typmod}
	assigned, err := plan.Assign(s.Env, bound, c, -1)
	if err != nil || nullDefault(bound, c) {
		return "", err
	}
	if _, err := settleLiterals(env, e, assigned); err != nil {
		return "", err
	}
	return parser.Deparse(e), nil
}

// domainCheck adds a CHECK to a domain.
func (s *Session) domainCheck(edit *catalog.Editor, t *catalog.UserType, k *ast.Constraint) error {
	taken := func(name string) bool {
		return slices.ContainsFunc(t.Checks, func(have *catalog.Check) bool { return have.Name == name })
	}
	name := k.Name
	if name == "" {
		name = t.Name + "_check"
		for n := 1; taken(name); n++ {
			name = t.Name + "_check" + strconv.Itoa(n)
		}
	} else if taken(name) {
		return sqlerr.New(sqlerr.DuplicateObject, `constraint "%s" for domain "%s" already exists`, name, t.Name)
	}
	text := parser.Deparse(k.Expr)
	env := *s.Env
	env.Catalog = edit.Catalog()
	bound, err := plan.DomainCheck(&env, text, t.Base.Type)
	if err != nil {
		return unlocated(err)
	}
	parsed, err := parser.ParseExpr(text)
	if err != nil {
		return err
	}
	if _, err := settleLiterals(&env, parsed, bound); err != nil {
		return unlocated(err)
	}
	text = parser.Deparse(parsed)
	t.Checks = append(t.Checks, &catalog.Check{OID: edit.NewOID(), Name: name, Expr: text, NotValid: k.NotValid})
	return nil
}

// alterDomain runs ALTER DOMAIN.
func (s *Session) alterDomain(ctx context.Context, st *ast.AlterDomainStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	old, err := s.namedType(st.Name)
	if err != nil {
		return err
	}
	if old.Kind != types.KindDomain {
		return sqlerr.New(sqlerr.WrongObjectType, "%s is not a domain", old.Name)
	}
	t := *old
	t.Checks = slices.Clone(old.Checks)
	find := func(name string) (int, error) {
		at := slices.IndexFunc(t.Checks, func(k *catalog.Check) bool { return k.Name == name })
		if at < 0 {
			return -1, sqlerr.New(sqlerr.UndefinedObject, `constraint "%s" of domain "%s" does not exist`, name, t.Name)
		}
		return at, nil
	}
	verify := false
	switch st.Op {
	case "SetDefault":
		t.Default = ""
		if st.Expr != nil {
			env := *s.Env
			env.Catalog = edit.Catalog()
			if t.Default, err = s.domainDefault(&env, &t, st.Expr); err != nil {
				return err
			}
		}
	case "SetNotNull":
		verify, t.NotNull = !t.NotNull, true
	case "DropNotNull":
		t.NotNull = false
	case "AddConstraint":
		if st.Constraint.Type != ast.ConstrCheck {
			return sqlerr.New(sqlerr.SyntaxError, "only CHECK constraints can be added to a domain")
		}
		if err := s.domainCheck(edit, &t, st.Constraint); err != nil {
			return err
		}
		verify = !st.Constraint.NotValid
	case "DropConstraint":
		at, err := find(st.Constraint.Name)
		if err != nil && st.MissingOK {
			s.notice(sqlerr.SuccessfulCompletion, `constraint "%s" of domain "%s" does not exist, skipping`, st.Constraint.Name, t.Name)
			return nil
		}
		if err != nil {
			return err
		}
		t.Checks = slices.Delete(t.Checks, at, at+1)
	case "ValidateConstraint", "RenameConstraint":
		at, err := find(st.Constraint.Name)
		if err != nil {
			return err
		}
		k := *t.Checks[at]
		if st.Op == "RenameConstraint" {
			if _, err := find(st.NewName); err == nil {
				return sqlerr.New(sqlerr.DuplicateObject, `constraint "%s" for domain "%s" already exists`, st.NewName, t.Name)
			}
			k.Name = st.NewName
		} else {
			verify, k.NotValid = k.NotValid, false
		}
		t.Checks[at] = &k
	}
	s.Tx.PutObject(&t)
	if verify {
		return s.verifyDomain(ctx, &t)
	}
	return nil
}

// verifyDomain demands that what is stored meets the constraints of a domain.
func (s *Session) verifyDomain(ctx context.Context, u *catalog.UserType) error {
	domain := s.Tx.Catalog().TypeByOID(u.OID)
	for _, c := range s.columnsOfType(u.OID) {
		if err := s.Tx.LockTable(ctx, c.table.OID, tables.ShareMode, false); err != nil {
			return err
		}
		column := c.table.Columns[c.at]
		of := column.Type.Type
		for of.Kind == types.KindDomain && of.OID != domain.OID {
			of = of.Base
		}
		if of.OID != domain.OID {
			return sqlerr.New(sqlerr.FeatureNotSupported, `cannot alter type "%s" because column "%s.%s" uses it`, u.Name, c.table.Name, column.Name)
		}
		err := s.everyRow(ctx, c.table, nil, func(row types.Row) error {
			err := expr.CheckDomain(s.Eval, domain, row[c.at])
			if err == nil {
				return nil
			}
			if e := sqlerr.From(err); e.Code == sqlerr.NotNullViolation {
				return sqlerr.New(sqlerr.NotNullViolation, `column "%s" of table "%s" contains null values`, column.Name, c.table.Name).OnTable(s.schemaName(c.table), c.table.Name).OnColumn(column.Name)
			} else if e.Code != sqlerr.CheckViolation {
				return err
			}
			return sqlerr.New(sqlerr.CheckViolation, `column "%s" of table "%s" contains values that violate the new constraint`, column.Name, c.table.Name).
				OnTable(s.schemaName(c.table), c.table.Name).OnColumn(column.Name)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
