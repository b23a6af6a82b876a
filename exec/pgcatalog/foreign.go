package pgcatalog

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Foreign data: wrappers, servers, user mappings and foreign tables.

// OIDs of their catalogs.
const (
	classWrapper types.OID = 2328
	classServer  types.OID = 1417
	classMapping types.OID = 1418
)

func init() {
	makes("pg_foreign_data_wrapper", func(s *Snapshot, out *rows) {
		for _, w := range definedOf[*catalog.ForeignDataWrapper](s) {
			out.add("oid", w.OID, "fdwname", w.Name, "fdwowner", w.Owner, "fdwhandler", w.Handler, "fdwvalidator", w.Validator,
				"fdwacl", s.acl(w.ACL), "fdwoptions", settings(w.Options))
		}
	})
	makes("pg_foreign_server", func(s *Snapshot, out *rows) {
		for _, v := range definedOf[*catalog.ForeignServer](s) {
			out.add("oid", v.OID, "srvname", v.Name, "srvowner", v.Owner, "srvfdw", v.Wrapper, "srvtype", orNull(v.Type), "srvversion", version(v),
				"srvacl", s.acl(v.ACL), "srvoptions", settings(v.Options))
		}
	})
	makes("pg_event_trigger", func(s *Snapshot, out *rows) {
		for _, t := range s.Catalog.EventTriggers(s.Database.OID, "") {
			out.add("oid", t.OID, "evtname", t.Name, "evtevent", t.Event, "evtowner", t.Owner, "evtfoid", t.Function, "evtenabled", t.Enabled, "evttags", settings(t.Tags))
		}
	})
	makes("pg_user_mapping", func(s *Snapshot, out *rows) {
		for _, m := range definedOf[*catalog.UserMapping](s) {
			out.add("oid", m.OID, "umuser", m.User, "umserver", m.Server, "umoptions", settings(m.Options))
		}
	})
	makes("pg_user_mappings", func(s *Snapshot, out *rows) {
		for _, m := range definedOf[*catalog.UserMapping](s) {
			v := s.Catalog.ForeignServerByOID(m.Server)
			options := settings(m.Options)
			if !s.showsMapping(v, m) {
				options = nil
			}
			out.add("umid", m.OID, "srvid", m.Server, "srvname", v.Name, "umuser", m.User, "usename", catalog.MappedName(s.Catalog, m), "umoptions", options)
		}
	})
	makes("pg_foreign_table", func(s *Snapshot, out *rows) {
		for _, t := range s.foreignTables() {
			out.add("ftrelid", t.OID, "ftserver", t.Server, "ftoptions", settings(t.ServerOptions))
		}
	})
}

func version(v *catalog.ForeignServer) any {
	if v.Version == nil {
		return nil
	}
	return *v.Version
}

// showsMapping says whether the role may see what a mapping's options are.
func (s *Snapshot) showsMapping(v *catalog.ForeignServer, m *catalog.UserMapping) bool {
	switch {
	case m.User == s.Role.OID:
		return s.Catalog.OwnedBy(s.Role.OID, v.Owner) || s.Catalog.Allowed(s.Role.OID, v.Owner, v.ACL, catalog.PrivUsage)
	case m.User == catalog.RolePublic:
		return s.Catalog.OwnedBy(s.Role.OID, v.Owner)
	}
	return s.Role.Superuser
}

// foreignTables lists those of the database.
func (s *Snapshot) foreignTables() (list []*catalog.Table) {
	s.objects()
	for _, t := range s.once.tables {
		if t.Server != 0 {
			list = append(list, t)
		}
	}
	return list
}

// eachOption calls yield with the name and value of each option.
func eachOption(options []string, yield func(name, value string)) {
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		yield(name, value)
	}
}

// foreignDepends adds pg_depend's rows about foreign data.
func (s *Snapshot) foreignDepends(on edge) {
	if s.part == ofObject {
		for _, t := range s.foreignTables() {
			on(classClass, t.OID, classServer, t.Server, 0, 'n')
		}
		return
	}
	for _, w := range definedOf[*catalog.ForeignDataWrapper](s) {
		for _, f := range []catalog.OID{w.Handler, w.Validator} {
			if f >= types.FirstUserOID {
				on(classWrapper, w.OID, classProc, f, 0, 'n')
			}
		}
	}
	for _, t := range s.Catalog.EventTriggers(s.Database.OID, "") {
		on(3466, t.OID, classProc, t.Function, 0, 'n')
	}
	for _, v := range definedOf[*catalog.ForeignServer](s) {
		on(classServer, v.OID, classWrapper, v.Wrapper, 0, 'n')
	}
	for _, m := range definedOf[*catalog.UserMapping](s) {
		on(classMapping, m.OID, classServer, m.Server, 0, 'n')
	}
}
