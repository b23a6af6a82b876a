package pgcatalog

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_policy, pg_policies and row_security_active().

func init() {
	makes("pg_policy", policyRows)
	makes("pg_policies", policiesRows)
	functions["row_security_active"] = rowSecurityActive
}

// policyNames are pg_policies.cmd by pg_policy.polcmd.
var policyNames = map[byte]string{'*': "ALL", 'r': "SELECT", 'a': "INSERT", 'w': "UPDATE", 'd': "DELETE"}

func policyRows(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.tables {
		for _, p := range t.Policies {
			var roles []int64
			for _, oid := range p.Roles {
				roles = append(roles, int64(oid))
			}
			pairs := []any{"oid", p.OID, "polname", p.Name, "polrelid", t.OID, "polcmd", p.Command, "polpermissive", !p.Restrictive, "polroles", array(types.Oid, roles)}
			if p.Using != "" {
				pairs = append(pairs, "polqual", s.policyText(t, p.Using))
			}
			if p.Check != "" {
				pairs = append(pairs, "polwithcheck", s.policyText(t, p.Check))
			}
			out.add(pairs...)
		}
	}
}

func policiesRows(s *Snapshot, out *rows) {
	s.objects()
	r := &Reader{Snapshot: s, Env: s.env()}
	for _, t := range s.once.tables {
		for _, p := range t.Policies {
			kind := "PERMISSIVE"
			if p.Restrictive {
				kind = "RESTRICTIVE"
			}
			var roles []string
			for _, oid := range p.Roles {
				if oid == catalog.RolePublic {
					roles = []string{"public"}
					break
				}
				roles = append(roles, s.roleName(oid))
			}
			slices.Sort(roles)
			pairs := []any{"schemaname", s.schemaName(t.Schema), "tablename", t.Name, "policyname", p.Name, "permissive", kind, "roles", roles, "cmd", policyNames[p.Command]}
			if p.Using != "" {
				pairs = append(pairs, "qual", r.condition(t, s.policyText(t, p.Using)))
			}
			if p.Check != "" {
				pairs = append(pairs, "with_check", r.condition(t, s.policyText(t, p.Check)))
			}
			out.add(pairs...)
		}
	}
}

// condition writes what policyText gives as the session has it.
func (r *Reader) condition(t *catalog.Table, text string) string {
	if hasSubquery(text) {
		return r.reprint(t, text, false)
	}
	return r.shorten(text)
}

// policyText writes a policy's condition: analysed and printed again, or as it was
// stored where it has a subquery.
func (s *Snapshot) policyText(t *catalog.Table, stored string) string {
	if hasSubquery(stored) {
		return "(" + stored + ")"
	}
	return s.expression(t, stored, nil)
}

// hasSubquery says whether the text of an expression has a subquery.
func hasSubquery(text string) (found bool) {
	if !strings.Contains(strings.ToLower(text), "select") {
		return false
	}
	e, err := parser.ParseExpr(text)
	if err != nil {
		return false
	}
	ast.Inspect(e, func(n ast.Node) bool {
		_, is := n.(*ast.SubLink)
		found = found || is
		return !found
	})
	return found
}

// rowSecurityActive is row_security_active(): whether policies hold for the role.
func rowSecurityActive(r *Reader, a []types.Datum) (types.Datum, error) {
	oid := oidArg(a[0])
	if a[0].IsString() {
		var err error
		if oid, err = r.regClass(a[0].Str()); err != nil {
			return types.Null, err
		}
	}
	t := r.Catalog.Table(oid)
	return types.Bool(t != nil && r.Catalog.RowSecured(t, r.Role)), nil
}
