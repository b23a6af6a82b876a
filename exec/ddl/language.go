package ddl

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// languages are those that there are, by name.
var languages = map[string]catalog.OID{
	"internal": catalog.LanguageInternal, "c": catalog.LanguageC, "sql": catalog.LanguageSQL, catalog.PLpgSQL: catalog.LanguagePLpgSQL,
}

// grantedLanguages are what GRANT ON LANGUAGE is about. What is not there yet is made, as
// the default has it.
func (s *Session) grantedLanguages(edit *catalog.Editor, st *ast.GrantStmt) (list []catalog.Object, err error) {
	for _, n := range st.Objects {
		name := n.Parts[0]
		oid := languages[name]
		switch {
		case oid == 0:
			return nil, sqlerr.New(sqlerr.UndefinedObject, `language "%s" does not exist`, name)
		case oid == catalog.LanguageInternal || oid == catalog.LanguageC:
			return nil, sqlerr.New(sqlerr.WrongObjectType, `language "%s" is not trusted`, name).
				WithDetail("GRANT and REVOKE are not allowed on untrusted languages, because only superusers can use untrusted languages.")
		}
		l := edit.Catalog().Language(s.Env.Database, name)
		if l == nil {
			l = &catalog.Language{OID: edit.NewOID(), Language: oid, Name: name, Database: s.Env.Database,
				ACL: catalog.ObjectACL(catalog.RolePostgres, catalog.PrivUsage, catalog.PrivUsage)}
		}
		list = append(list, l)
	}
	return list, nil
}

// mayUse checks the right to use a language.
func (s *Session) mayUse(language string) error {
	if !s.Tx.Catalog().MayUseLanguage(s.Role.OID, s.Env.Database, language) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for language %s", language)
	}
	return nil
}
