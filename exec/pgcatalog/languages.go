package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// language is one of those that there are.
type language struct {
	oid     catalog.OID
	name    string
	trusted bool
}

var languages = []language{
	{oid: catalog.LanguageInternal, name: "internal"}, {oid: catalog.LanguageC, name: "c"},
	{oid: catalog.LanguageSQL, name: "sql", trusted: true}, {oid: catalog.LanguagePLpgSQL, name: catalog.PLpgSQL, trusted: true},
}

// plpgsqlHandler is the OID of plpgsql_call_handler; those of its other functions follow.
const plpgsqlHandler catalog.OID = 13560

func init() {
	find("pg_catalog.pg_language").keep = func(*relation, types.Row) bool { return false } // their privileges are a database's
	makes("pg_language", func(s *Snapshot, out *rows) {
		for _, l := range languages {
			var acl types.Datum
			if granted := s.Catalog.Language(s.Database.OID, l.name); granted != nil {
				acl = s.acl(granted.ACL)
			}
			pairs := []any{"oid", l.oid, "lanname", l.name, "lanowner", catalog.RolePostgres, "lanispl", l.oid == catalog.LanguagePLpgSQL, "lanpltrusted", l.trusted, "lanacl", acl}
			if l.oid == catalog.LanguagePLpgSQL {
				pairs = append(pairs, "lanplcallfoid", plpgsqlHandler, "laninline", plpgsqlHandler+1, "lanvalidator", plpgsqlHandler+2)
			}
			out.add(pairs...)
		}
		for _, l := range definedOf[*catalog.ProceduralLanguage](s) {
			out.add("oid", l.OID, "lanname", l.Name, "lanowner", l.Owner, "lanispl", true, "lanpltrusted", l.Trusted, "lanacl", s.acl(l.ACL),
				"lanplcallfoid", l.Handler, "laninline", l.Inline, "lanvalidator", l.Validator)
		}
	})
}

// guardedLanguage finds a language by name or OID.
func (r *Reader) guardedLanguage(d types.Datum) (*guarded, error) {
	for _, l := range languages {
		if d.IsString() && d.Str() == l.name || !d.IsString() && oidArg(d) == l.oid {
			acl := catalog.ObjectACL(catalog.RolePostgres, catalog.PrivUsage, catalog.PrivUsage)
			if granted := r.Catalog.Language(r.Database.OID, l.name); granted != nil {
				acl = granted.ACL
			}
			return &guarded{owner: catalog.RolePostgres, acl: acl}, nil
		}
	}
	if d.IsString() {
		return nil, sqlerr.New(sqlerr.UndefinedObject, `language "%s" does not exist`, d.Str())
	}
	return nil, nil
}
