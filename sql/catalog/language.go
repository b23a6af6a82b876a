package catalog

// Languages are built in and the bootstrap superuser's. A database keeps of one who may use
// it, from the first GRANT or REVOKE on: until then that is everybody.

// OIDs of the languages, as in pg_language.
const (
	LanguageInternal OID = 12
	LanguageC        OID = 13
	LanguageSQL      OID = 14
)

// Language has the privileges on a language of a database.
type Language struct {
	OID      OID // of this object
	Language OID
	Name     string
	Database OID
	ACL      ACL
}

func (l *Language) ObjectClass() Class { return ClassLanguage }
func (l *Language) ObjectOID() OID     { return l.OID }
func (l *Language) ObjectName() string { return l.Name }
func (l *Language) Parent() OID        { return l.Database }

// Language gives the privileges on a language, or nil where nothing has been granted.
func (c *Catalog) Language(database OID, language string) *Language {
	l, _ := c.objects[c.names[name{database, byte(ClassLanguage), language}]].(*Language)
	return l
}

// MayUseLanguage says whether a role may make functions in a language, or run DO in it.
func (c *Catalog) MayUseLanguage(role, database OID, language string) bool {
	l := c.Language(database, language)
	return l == nil || c.Allowed(role, RolePostgres, l.ACL, PrivUsage)
}
