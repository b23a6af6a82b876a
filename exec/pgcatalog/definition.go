package pgcatalog

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// What is the same for all objects that have a catalog.Definition.

// definedClass is the catalog that lists a class, and the word for one of it.
var definedClasses = map[catalog.Class]struct {
	class types.OID
	word  string
}{
	catalog.ClassForeignDataWrapper: {classWrapper, "foreign-data wrapper"},
	catalog.ClassForeignServer:      {classServer, "server"},
	catalog.ClassUserMapping:        {classMapping, "user mapping"},
	catalog.ClassOperatorClass:      {classOpclass, "operator class"},
	catalog.ClassOperatorFamily:     {2753, "operator family"},
	catalog.ClassTSParser:           {3601, "text search parser"},
	catalog.ClassTSTemplate:         {3764, "text search template"},
	catalog.ClassTSDictionary:       {3600, "text search dictionary"},
	catalog.ClassTSConfiguration:    {3602, "text search configuration"},
	catalog.ClassConversion:         {2607, "conversion"},
	catalog.ClassProceduralLanguage: {classLanguage, "language"},
	catalog.ClassEventTrigger:       {3466, "event trigger"},
	catalog.ClassPublication:        {classPublication, "publication"},
	catalog.ClassSubscription:       {classSubscription, "subscription"},
}

// classOfDefined is the catalog that lists an object.
func classOfDefined(d catalog.Defined) types.OID { return definedClasses[d.ObjectClass()].class }

// ofDatabase says whether an object is one of the current database.
func (s *Snapshot) ofDatabase(d catalog.Defined) bool {
	sc := s.Catalog.SchemaByOID(d.Parent())
	return d.Parent() == s.Database.OID || sc != nil && sc.Database == s.Database.OID
}

// definedOf lists the objects of a type in the database, by OID.
func definedOf[T catalog.Defined](s *Snapshot) (list []T) {
	for o := range s.Catalog.All() {
		d, ok := o.(T)
		if !ok {
			continue
		}
		if s.ofDatabase(d) {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b T) int { return int(a.ObjectOID()) - int(b.ObjectOID()) })
	return list
}

// describeDefined is pg_describe_object() of one.
func (r *Reader) describeDefined(d catalog.Defined) string {
	if m, ok := d.(*catalog.UserMapping); ok {
		return "user mapping for " + catalog.MappedName(r.Catalog, m) + " on server " + r.Catalog.ForeignServerByOID(m.Server).Name
	}
	name := d.ObjectName()
	if sc := r.Catalog.SchemaByOID(d.Parent()); sc != nil {
		if name = expr.QuoteIdent(name); !r.schemaVisible(sc.OID) {
			name = r.qualified(sc.OID, d.ObjectName())
		}
	}
	if m, ok := d.(interface{ MethodName() string }); ok {
		name += " for access method " + m.MethodName()
	}
	return definedClasses[d.ObjectClass()].word + " " + name
}

// guardedDefined finds an object of a class that lies in the database.
func guardedDefined(class catalog.Class, word string) finder {
	return func(r *Reader, d types.Datum) (*guarded, error) {
		o := r.Catalog.DefinedByOID(oidArg(d))
		if d.IsString() {
			if o = r.Catalog.Defined(class, r.Database.OID, d.Str()); o == nil {
				return nil, sqlerr.New(sqlerr.UndefinedObject, `%s "%s" does not exist`, word, d.Str())
			}
		}
		if o == nil || o.ObjectClass() != class {
			return nil, nil
		}
		return &guarded{owner: o.Head().Owner, acl: o.Head().ACL}, nil
	}
}
