package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// policyCommands are pg_policy.polcmd by name.
var policyCommands = map[string]byte{"all": '*', "select": 'r', "insert": 'a', "update": 'w', "delete": 'd'}

// policyTable finds and locks the table of a policy. With missing, one that is not
// there is no error.
func (s *Session) policyTable(ctx context.Context, v *ast.RangeVar) (*catalog.Table, error) {
	t, err := s.Env.NamedTable(v, "alter")
	if err != nil {
		if _, isView := s.Env.ResolveRelation(v.Schema, v.Name).(*catalog.View); isView {
			return nil, sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a table`, v.Name)
		}
		return nil, unlocated(err)
	}
	if err := s.owner(t.Owner, kindOf(t), t.Name); err != nil {
		return nil, err
	}
	if _, err := s.edit(ctx, t.Temporary); err != nil {
		return nil, err
	}
	if err := s.Tx.LockTable(ctx, t.OID, tables.AccessExclusiveMode, false); err != nil {
		return nil, err
	}
	return s.Tx.Catalog().Table(t.OID), nil
}

// createPolicy runs CREATE POLICY.
func (s *Session) createPolicy(ctx context.Context, st *ast.CreatePolicyStmt) error {
	switch command := policyCommands[st.Command]; {
	case command == 'a' && st.Using != nil:
		return sqlerr.New(sqlerr.SyntaxError, "only WITH CHECK expression allowed for INSERT")
	case (command == 'r' || command == 'd') && st.Check != nil:
		return sqlerr.New(sqlerr.SyntaxError, "WITH CHECK cannot be applied to SELECT or DELETE")
	}
	t, err := s.policyTable(ctx, st.Relation)
	if err != nil {
		return err
	}
	if t.Policy(st.Name) != nil {
		return sqlerr.New(sqlerr.DuplicateObject, `policy "%s" for table "%s" already exists`, st.Name, t.Name)
	}
	edit, err := s.edit(ctx, t.Temporary)
	if err != nil {
		return err
	}
	p := &catalog.Policy{OID: edit.NewOID(), Name: st.Name, Command: policyCommands[st.Command], Restrictive: st.Restrictive, Roles: []catalog.OID{catalog.RolePublic}}
	if err := s.fillPolicy(t, p, st.Roles, st.Using, st.Check); err != nil {
		return err
	}
	c := t.Clone()
	c.Policies = append(c.Policies, p)
	s.Tx.PutObject(c)
	return nil
}

// fillPolicy sets what is given of a policy.
func (s *Session) fillPolicy(t *catalog.Table, p *catalog.Policy, roles []*ast.RoleSpec, using, check ast.Expr) (err error) {
	if roles != nil {
		if p.Roles, err = s.policyRoles(roles); err != nil {
			return err
		}
	}
	if using != nil {
		if p.Using, err = s.policyCondition(t, p, using); err != nil {
			return err
		}
	}
	if check != nil {
		p.Check, err = s.policyCondition(t, p, check)
	}
	return err
}

// policyRoles finds the roles of a policy; PUBLIC makes the others needless.
func (s *Session) policyRoles(roles []*ast.RoleSpec) (list []catalog.OID, err error) {
	for _, r := range roles {
		if r.Name == "public" {
			if len(roles) > 1 {
				s.notice(sqlerr.SuccessfulCompletion, "ignoring specified roles other than PUBLIC")
				s.notices[len(s.notices)-1].Severity = sqlerr.SeverityWarning
				s.notices[len(s.notices)-1].Hint = "All roles are members of the PUBLIC role."
			}
			return []catalog.OID{catalog.RolePublic}, nil
		}
		role, err := s.roleOf(r)
		if err != nil {
			return nil, err
		}
		list = append(list, role.OID)
	}
	return list, nil
}

// policyCondition checks a condition and gives its text, in which relations and
// functions have their schemas.
func (s *Session) policyCondition(t *catalog.Table, p *catalog.Policy, e ast.Expr) (string, error) {
	uses, err := plan.PolicyCondition(s.Env, t, e)
	if err != nil {
		return "", unlocated(err)
	}
	for _, oid := range uses {
		if oid != t.OID && !slices.Contains(p.Uses, oid) {
			p.Uses = append(slices.Clone(p.Uses), oid)
		}
	}
	s.qualifyRelations(e)
	s.qualifyFunctions(e)
	return parser.Deparse(e), nil
}

// alterPolicy runs ALTER POLICY.
func (s *Session) alterPolicy(ctx context.Context, st *ast.AlterPolicyStmt) error {
	if st.IfExists && s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name) == nil {
		s.notice(sqlerr.SuccessfulCompletion, `relation "%s" does not exist, skipping`, st.Relation.Name)
		return nil
	}
	t, err := s.policyTable(ctx, st.Relation)
	if err != nil {
		return err
	}
	old := t.Policy(st.Name)
	if old == nil {
		return sqlerr.New(sqlerr.UndefinedObject, `policy "%s" for table "%s" does not exist`, st.Name, t.Name)
	}
	p := *old
	switch {
	case st.NewName != "":
		if t.Policy(st.NewName) != nil {
			return sqlerr.New(sqlerr.DuplicateObject, `policy "%s" for table "%s" already exists`, st.NewName, t.Name)
		}
		p.Name = st.NewName
	case (p.Command == 'r' || p.Command == 'd') && st.Check != nil:
		return sqlerr.New(sqlerr.SyntaxError, "only USING expression allowed for SELECT, DELETE")
	case p.Command == 'a' && st.Using != nil:
		return sqlerr.New(sqlerr.SyntaxError, "only WITH CHECK expression allowed for INSERT")
	default:
		if err := s.fillPolicy(t, &p, st.Roles, st.Using, st.Check); err != nil {
			return err
		}
	}
	c := t.Clone()
	c.Policies[slices.Index(t.Policies, old)] = &p
	s.Tx.PutObject(c)
	return nil
}

// dropPolicy runs DROP POLICY.
func (s *Session) dropPolicy(ctx context.Context, st *ast.DropPolicyStmt) error {
	if st.IfExists && s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name) == nil {
		s.notice(sqlerr.SuccessfulCompletion, `relation "%s" does not exist, skipping`, st.Relation.Name)
		return nil
	}
	if t, ok := s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name).(*catalog.Table); ok {
		if err := s.owner(t.Owner, "relation", t.Name); err != nil {
			return err
		}
	}
	t, err := s.policyTable(ctx, st.Relation)
	if err != nil {
		return err
	}
	p := t.Policy(st.Name)
	if p == nil {
		if st.IfExists {
			s.notice(sqlerr.SuccessfulCompletion, `policy "%s" for relation "%s" does not exist, skipping`, st.Name, t.Name)
			return nil
		}
		return sqlerr.New(sqlerr.UndefinedObject, `policy "%s" for table "%s" does not exist`, st.Name, t.Name)
	}
	s.removePolicy(t.OID, p.OID)
	return nil
}

func (s *Session) removePolicy(table, policy catalog.OID) {
	c := s.Tx.Catalog().Table(table).Clone()
	c.Policies = slices.DeleteFunc(c.Policies, func(p *catalog.Policy) bool { return p.OID == policy })
	s.Tx.PutObject(c)
}

// policiesUsing lists the policies whose conditions name an object.
func (s *Session) policiesUsing(oid catalog.OID, on string) (list []dependent) {
	for o := range s.Tx.Catalog().All() {
		t, ok := o.(*catalog.Table)
		if !ok || t.OID == oid {
			continue
		}
		for _, p := range t.Policies {
			if slices.Contains(p.Uses, oid) {
				list = append(list, dependent{oid: p.OID, of: t.OID, what: "policy " + p.Name + " on table " + s.shownName(t), on: on, drop: func() error {
					s.removePolicy(t.OID, p.OID)
					return nil
				}})
			}
		}
	}
	return list
}

// rowSecurity runs ALTER TABLE ... [NO] FORCE, ENABLE and DISABLE ROW LEVEL SECURITY.
func (s *Session) rowSecurity(t *catalog.Table, cmd *ast.AlterTableCmd) error {
	c := t.Clone()
	switch cmd.Kind {
	case "EnableRowSecurity":
		c.RowSecurity = true
	case "DisableRowSecurity":
		c.RowSecurity = false
	case "ForceRowSecurity":
		c.ForceRowSecurity = true
	case "NoForceRowSecurity":
		c.ForceRowSecurity = false
	}
	s.Tx.PutObject(c)
	return nil
}

// policyReads says whether a policy's condition reads a column.
func policyReads(env *plan.Env, t *catalog.Table, p *catalog.Policy, num int16) bool {
	for _, text := range []string{p.Using, p.Check} {
		if text == "" {
			continue
		}
		parsed, err := parser.ParseExpr(text)
		if err != nil {
			return true
		}
		bound, err := plan.PolicyExpression(env, t, parsed)
		if err != nil {
			return true
		}
		reads := false
		expr.Walk(bound, func(e expr.Expr) bool {
			c, ok := e.(*expr.Column)
			reads = reads || ok && c.Index < len(t.Columns) && t.Columns[c.Index].Num == num
			return !reads
		})
		if reads {
			return true
		}
	}
	return false
}

// policiesReading lists the policies of a table that read one of its columns, and
// those of others that may.
func (s *Session) policiesReading(t *catalog.Table, column *catalog.Column, on string) (list []dependent) {
	env := *s.Env
	env.Role = nil
	for _, p := range t.Policies {
		if policyReads(&env, t, p, column.Num) {
			list = append(list, dependent{oid: p.OID, of: t.OID, what: "policy " + p.Name + " on table " + s.shownName(t), on: on, drop: func() error {
				s.removePolicy(t.OID, p.OID)
				return nil
			}})
		}
	}
	for o := range s.Tx.Catalog().All() {
		other, ok := o.(*catalog.Table)
		if !ok || other.OID == t.OID {
			continue
		}
		for _, p := range other.Policies {
			if slices.Contains(p.Uses, t.OID) && (strings.Contains(p.Using, column.Name) || strings.Contains(p.Check, column.Name)) {
				list = append(list, dependent{oid: p.OID, of: other.OID, what: "policy " + p.Name + " on table " + s.shownName(other), on: on, drop: func() error {
					s.removePolicy(other.OID, p.OID)
					return nil
				}})
			}
		}
	}
	return list
}

// unwrittenInPolicies refuses to rename what a policy names in a subquery.
func (s *Session) unwrittenInPolicies(oid catalog.OID, what ast.ObjectType) error {
	if list := s.policiesUsing(oid, ""); len(list) > 0 {
		return sqlerr.Unsupported("renaming a %s that %s names", what, list[0].what)
	}
	return nil
}
