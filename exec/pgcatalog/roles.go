package pgcatalog

import (
	"cmp"
	"sort"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_authid and the views over it: roles, memberships, their settings. The
// password is shown to nobody.

func init() {
	makes("pg_authid", authidRows)
	makes("pg_roles", roleRows)
	makes("pg_auth_members", memberRows)
	makes("pg_user", userRows)
	makes("pg_shadow", userRows)
	makes("pg_group", groupRows)
	makes("pg_db_role_setting", settingRows)
	makes("pg_database", databaseRows)
}

// hiddenPassword stands where pg_roles shows none.
const hiddenPassword = "********"

func (s *Snapshot) roles() []*catalog.Role {
	var out []*catalog.Role
	for o := range s.Catalog.All() {
		if r, ok := o.(*catalog.Role); ok {
			out = append(out, r)
		}
	}
	sortByOID(out)
	return out
}

func validUntil(r *catalog.Role) types.Datum {
	if r.ValidUntil != "" {
		if v, err := types.TimestampTZ.Input(r.ValidUntil, types.NoTypmod, types.DefaultEnv); err == nil {
			return v
		}
	}
	return types.Null
}

func authidRows(s *Snapshot, out *rows) {
	for _, r := range s.roles() {
		var password any
		if r.Password != "" {
			password = hiddenPassword
		}
		out.add("oid", r.OID, "rolname", r.Name, "rolsuper", r.Superuser, "rolinherit", r.Inherit, "rolcreaterole", r.CreateRole, "rolcreatedb", r.CreateDB,
			"rolcanlogin", r.Login, "rolreplication", r.Replication, "rolbypassrls", r.BypassRLS, "rolconnlimit", r.ConnLimit, "rolpassword", password, "rolvaliduntil", validUntil(r))
	}
}

func roleRows(s *Snapshot, out *rows) {
	for _, r := range s.roles() {
		out.add("oid", r.OID, "rolname", r.Name, "rolsuper", r.Superuser, "rolinherit", r.Inherit, "rolcreaterole", r.CreateRole, "rolcreatedb", r.CreateDB,
			"rolcanlogin", r.Login, "rolreplication", r.Replication, "rolbypassrls", r.BypassRLS, "rolconnlimit", r.ConnLimit, "rolpassword", hiddenPassword,
			"rolvaliduntil", validUntil(r), "rolconfig", config(r.Settings))
	}
}

// config is a text[] of name=value; NULL for none.
func config(settings map[string]string) any {
	if len(settings) == 0 {
		return nil
	}
	out := make([]string, 0, len(settings))
	for name, value := range settings {
		out = append(out, name+"="+value)
	}
	sort.Strings(out)
	return out
}

func memberRows(s *Snapshot, out *rows) {
	for _, r := range s.roles() {
		parents := make([]catalog.OID, 0, len(r.MemberOf))
		for parent := range r.MemberOf {
			parents = append(parents, parent)
		}
		sort.Slice(parents, func(i, j int) bool { return parents[i] < parents[j] })
		for _, parent := range parents {
			out.add("roleid", parent, "member", r.OID, "grantor", cmp.Or(r.Grantors[parent], catalog.RolePostgres), "admin_option", r.MemberOf[parent])
		}
	}
}

func userRows(s *Snapshot, out *rows) {
	for _, r := range s.roles() {
		if r.Login {
			out.add("usename", r.Name, "usesysid", r.OID, "usecreatedb", r.CreateDB, "usesuper", r.Superuser, "userepl", r.Replication, "usebypassrls", r.BypassRLS,
				"passwd", hiddenPassword, "valuntil", validUntil(r), "useconfig", config(r.Settings))
		}
	}
}

func groupRows(s *Snapshot, out *rows) {
	roles := s.roles()
	for _, g := range roles {
		if g.Login {
			continue
		}
		var members []int64
		for _, r := range roles {
			if _, ok := r.MemberOf[g.OID]; ok {
				members = append(members, int64(r.OID))
			}
		}
		out.add("groname", g.Name, "grosysid", g.OID, "grolist", array(types.Oid, members))
	}
}

func settingRows(s *Snapshot, out *rows) {
	for _, r := range s.roles() {
		if len(r.Settings) > 0 {
			out.add("setdatabase", 0, "setrole", r.OID, "setconfig", config(r.Settings))
		}
	}
	for _, d := range s.databases() {
		if len(d.Settings) > 0 {
			out.add("setdatabase", d.OID, "setrole", 0, "setconfig", config(d.Settings))
		}
		for _, r := range s.roles() {
			if own := d.RoleSettings[r.OID]; len(own) > 0 {
				out.add("setdatabase", d.OID, "setrole", r.OID, "setconfig", config(own))
			}
		}
	}
}

func (s *Snapshot) databases() []*catalog.Database {
	var out []*catalog.Database
	for o := range s.Catalog.All() {
		if d, ok := o.(*catalog.Database); ok {
			out = append(out, d)
		}
	}
	sortByOID(out)
	return out
}

// encodingUTF8 is the number of the only encoding there is.
const encodingUTF8 = 6

// template0 is the database that PostgreSQL never changes. Here it is a name.
const template0 catalog.OID = 4

func databaseRows(s *Snapshot, out *rows) {
	if s.Catalog.Database("template0") == nil {
		out.add("oid", template0, "datname", "template0", "datdba", catalog.RolePostgres, "encoding", encodingUTF8, "datlocprovider", byte('c'), "datistemplate", true, "datconnlimit", -1,
			"dattablespace", tablespaceMain, "datcollate", "C", "datctype", "C", "datacl", s.acl(catalog.ObjectACL(catalog.RolePostgres, catalog.AllPrivileges('d'), catalog.PrivConnect)))
	}
	for _, d := range s.databases() {
		limit := -1
		if d.Limit != nil {
			limit = *d.Limit
		}
		out.add("oid", d.OID, "datname", d.Name, "datdba", d.Owner, "encoding", encodingUTF8, "datlocprovider", byte('c'), "datistemplate", d.IsTemplate(), "datallowconn", !d.Closed, "datconnlimit", limit,
			"dattablespace", tablespaceMain, "datcollate", "C", "datctype", "C", "datacl", s.acl(d.ACL))
	}
}
