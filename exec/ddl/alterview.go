package ddl

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// alterOther runs ALTER VIEW, and what of ALTER TABLE there is for views and
// sequences: OWNER TO.
func (s *Session) alterOther(ctx context.Context, st *ast.AlterTableStmt) error {
	r := s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name)
	if r == nil && st.IfExists {
		s.notice(sqlerr.SuccessfulCompletion, `relation "%s" does not exist, skipping`, st.Relation.Name)
		return nil
	}
	if r == nil {
		return unlocated(plan.UndefinedRelation(st.Relation))
	}
	for i, cmd := range st.Cmds {
		if err := actionFits(cmd.Kind, r); err != nil {
			return err
		}
		if i > 0 { // as the action before has left it
			r, _ = s.Tx.Catalog().Get(r.ObjectOID()).(catalog.Relation)
		}
		switch o := r.(type) {
		case *catalog.View:
			if err := s.owner(o.Owner, "view", o.Name); err != nil {
				return err
			}
			if err := s.alterView(ctx, o, st, cmd); err != nil {
				return err
			}
		case *catalog.Sequence:
			if err := s.owner(o.Owner, "sequence", o.Name); err != nil {
				return err
			}
			c := *o
			if err := s.alterOwner(ctx, st, cmd, o.Schema, &c.Owner, &c.ACL); err != nil {
				return err
			}
			s.Tx.PutObject(&c)
		default:
			return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a %s`, r.ObjectName(), cmp.Or(string(st.ObjType), "table"))
		}
	}
	return nil
}

func (s *Session) alterOwner(ctx context.Context, st *ast.AlterTableStmt, cmd *ast.AlterTableCmd, schema catalog.OID, owner *catalog.OID, acl *catalog.ACL) error {
	if cmd.Kind != "ChangeOwner" {
		return sqlerr.Unsupported("ALTER %s ... %s", upper(string(st.ObjType)), cmd.Kind).At(cmd.Pos())
	}
	role, err := s.roleOf(cmd.NewOwner)
	if err != nil {
		return err
	}
	if *owner != role.OID {
		if err := s.mayOwn(role, schema); err != nil {
			return err
		}
		*acl = acl.Moved(*owner, role.OID)
	}
	*owner = role.OID
	_, err = s.Tx.Edit(ctx)
	return err
}

func (s *Session) alterView(ctx context.Context, old *catalog.View, st *ast.AlterTableStmt, cmd *ast.AlterTableCmd) error {
	v := *old
	switch cmd.Kind {
	case "SetRelOptions", "ResetRelOptions":
		edit, err := s.Tx.Edit(ctx)
		if err != nil {
			return err
		}
		if cmd.Kind == "ResetRelOptions" {
			v.Options = slices.DeleteFunc(slices.Clone(v.Options), func(have string) bool {
				name, _, _ := strings.Cut(have, "=")
				return slices.ContainsFunc(cmd.Options, func(o *ast.DefElem) bool { return o.Name == name })
			})
		} else if v.Options, err = viewOptions(v.Options, cmd.Options); err != nil {
			return err
		}
		if err := s.checkable(edit.Catalog(), &v); err != nil {
			return err
		}
	case "ColumnDefault":
		if err := s.viewDefault(ctx, &v, cmd); err != nil {
			return err
		}
	default:
		if err := s.alterOwner(ctx, st, cmd, v.Schema, &v.Owner, &v.ACL); err != nil {
			return err
		}
	}
	s.Tx.PutObject(&v)
	return nil
}

// viewDefault gives a column of a view the default that rows have which are inserted
// through it.
func (s *Session) viewDefault(ctx context.Context, v *catalog.View, cmd *ast.AlterTableCmd) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(v.Columns, func(c *catalog.Column) bool { return c.Name == cmd.Name })
	if at < 0 {
		return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, cmd.Name, v.Name)
	}
	c := *v.Columns[at]
	c.Default = ""
	v.Columns = slices.Clone(v.Columns)
	v.Columns[at] = &c
	if cmd.Expr == nil {
		return nil
	}
	c.Default = parser.Deparse(cmd.Expr)
	env := *s.Env
	env.Catalog = edit.Catalog()
	v.Columns[at], err = verifyDefault(&env, plan.TriggerTable(v), &c, cmd.Expr)
	return err
}

// viewOptions adds the options of WITH or SET to those there.
func viewOptions(have []string, options []*ast.DefElem) ([]string, error) {
	out := slices.Clone(have)
	for _, o := range options {
		value := strings.ToLower(optionText(o))
		switch o.Name {
		case "check_option":
			if value != "local" && value != "cascaded" {
				return nil, sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for enum option "check_option": %s`, optionText(o)).
					WithDetail(`Valid values are "local" and "cascaded".`)
			}
		case "security_barrier", "security_invoker":
			switch value {
			case "", "true", "on", "yes", "1":
				value = "true"
			case "false", "off", "no", "0":
				value = "false"
			default:
				return nil, sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for boolean option "%s": %s`, o.Name, optionText(o))
			}
		default:
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized parameter "%s"`, o.Name)
		}
		out = slices.DeleteFunc(out, func(have string) bool { return strings.HasPrefix(have, o.Name+"=") })
		out = append(out, o.Name+"="+value)
	}
	return out, nil
}

// checkable refuses WITH CHECK OPTION for a view through which nothing can be
// written.
func (s *Session) checkable(c *catalog.Catalog, v *catalog.View) error {
	if v.Option("check_option") == "" {
		return nil
	}
	env := *s.Env
	env.Catalog, env.Role = c, nil
	if _, err := plan.Updatable(&env, v); err != nil {
		return sqlerr.New(sqlerr.FeatureNotSupported, "WITH CHECK OPTION is supported only on automatically updatable views").WithHint("%s", sqlerr.From(err).Detail)
	}
	return nil
}
