// Package catalog describes the objects of a server: databases, schemas,
// relations, types and roles. Descriptors are immutable, and so is a Catalog,
// which is one version of all of them: a transaction that changes definitions
// makes itself a new version with an Editor and installs it when it commits.
// Nothing here reads or writes anything; package tables stores the descriptors.
package catalog

import (
	"iter"
	"maps"

	"github.com/kalamsql/kalamsql/sql/types"
)

// OID is an object identifier.
type OID = types.OID

// Class is the kind of an object, and part of the key it is stored under.
type Class byte

// The classes of objects.
const (
	ClassDatabase   Class = 'd'
	ClassSchema     Class = 'n'
	ClassTable      Class = 'r'
	ClassView       Class = 'v'
	ClassSequence   Class = 'S'
	ClassType       Class = 't'
	ClassRole       Class = 'a'
	ClassRoutine    Class = 'f'
	ClassExtension  Class = 'x'
	ClassDefaultACL Class = 'D'
	ClassCollation  Class = 'c'
	ClassOperator   Class = 'o'
	ClassCast       Class = 'C'
	ClassLanguage   Class = 'l'
	ClassTablespace Class = 'b'

	ClassForeignDataWrapper Class = 'w'
	ClassForeignServer      Class = 's'
	ClassUserMapping        Class = 'u'
	ClassEventTrigger       Class = 'e'
	ClassOperatorClass      Class = 'O'
	ClassOperatorFamily     Class = 'F'
	ClassConversion         Class = 'k'
	ClassProceduralLanguage Class = 'L'
	ClassTSParser           Class = 'p'
	ClassTSTemplate         Class = 'm'
	ClassTSDictionary       Class = 'i'
	ClassTSConfiguration    Class = 'g'
	ClassPublication        Class = 'P'
	ClassSubscription       Class = 'U'
)

// Object is anything a catalog holds.
type Object interface {
	ObjectClass() Class
	ObjectOID() OID
	// ObjectName is the unqualified name.
	ObjectName() string
	// Parent is the object it lives in: a schema's database, a relation's
	// schema; 0 for databases and roles.
	Parent() OID
}

// Relation is an object that can stand in FROM, or shares the name space of
// those that can: *Table, *View, *Sequence, *Virtual.
type Relation interface {
	Object
	relation()
}

// name is the key of a name space: relations share one, types another.
type name struct {
	parent OID
	space  byte // 'd' databases, 'n' schemas, 'r' relations and indexes, 't' types, 'a' roles, and so on: a Class
	name   string
}

// Catalog is one version of all definitions. It is safe for any number of
// goroutines.
type Catalog struct {
	// Version grows by one with every committed change of definitions.
	Version uint64
	objects map[OID]Object
	names   map[name]OID
	indexes map[OID]OID // index OID -> table OID
	// referencing leads from a table to those whose foreign keys reference it.
	referencing map[OID][]OID
	// children leads from a table to those that inherit from it.
	children map[OID][]OID
	// partitions are those of partitioned tables, found when they are asked for.
	partitions *partitionCache
	// types are those that users have made, and their arrays.
	types map[OID]*types.Type
	// rowUsers are the tables, views and routines that have types of rows in them.
	rowUsers map[OID]bool
	// routines are the functions of each name.
	routines map[string][]OID
	// operators are those of each name that users made, and casts is how many casts they made.
	operators map[string][]OID
	casts     int
	// events is how many event triggers there are, and publications how many of those.
	events, publications int
	nextOID              OID
}

// OIDs of the objects that exist from the first start.
const (
	RolePostgres     OID = 10    // the bootstrap superuser
	DatabaseFirst    OID = 5     // database postgres
	DatabaseTemplate OID = 1     // database template1
	schemaTemplate   OID = 13009 // schema public in it
	SchemaPGCatalog  OID = 11    // pg_catalog
	SchemaPublic     OID = 2200  // public of the first database
	RoleKalamUser    OID = 4200  // kalam_user: the privileges of end users who are no role
	SchemaKalam      OID = 13000 // kalam: the server's own views
	SchemaInfo       OID = 13001 // information_schema
)

// New gives the catalog of a server that has just been made: role postgres,
// role kalam_user, database postgres with schema public.
func New() *Catalog {
	c := &Catalog{objects: map[OID]Object{}, names: map[name]OID{}, indexes: map[OID]OID{}, referencing: map[OID][]OID{}, children: map[OID][]OID{}, routines: map[string][]OID{}, operators: map[string][]OID{}, nextOID: types.FirstUserOID}
	e := c.Edit()
	for _, r := range predefinedRoles {
		e.put(r)
	}
	for _, o := range Bootstrap() {
		e.Put(o)
	}
	return e.Done()
}

// PublicComment is what initdb says of schema public.
const PublicComment = "standard public schema"

// Bootstrap lists the objects of a new server, for the first transaction to
// store.
func Bootstrap() []Object {
	return []Object{
		&Role{OID: RolePostgres, Name: "postgres", Superuser: true, Inherit: true, CreateRole: true, CreateDB: true, Login: true, Replication: true, BypassRLS: true, Impersonate: true, ConnLimit: -1},
		&Role{OID: RoleKalamUser, Name: "kalam_user", Inherit: true, ConnLimit: -1},
		&Database{OID: DatabaseFirst, Name: "postgres", Owner: RolePostgres},
		&Schema{OID: SchemaPublic, Name: "public", Database: DatabaseFirst, Owner: RolePostgres,
			ACL: PublicSchemaACL(RolePostgres), Comment: PublicComment},
		Template()[0], Template()[1],
	}
}

// Template lists database template1 with its schema. Servers that were made before it was
// a database have neither.
func Template() []Object {
	return []Object{
		&Database{OID: DatabaseTemplate, Name: "template1", Owner: RolePostgres, ACL: ObjectACL(RolePostgres, AllPrivileges('d'), PrivConnect),
			Comment: "default template for new databases"},
		&Schema{OID: schemaTemplate, Name: "public", Database: DatabaseTemplate, Owner: RolePostgres, ACL: PublicSchemaACL(RolePostgres), Comment: PublicComment},
	}
}

// Load builds a catalog from stored objects.
func Load(objects iter.Seq[Object], version uint64) *Catalog {
	c := &Catalog{objects: map[OID]Object{}, names: map[name]OID{}, indexes: map[OID]OID{}, referencing: map[OID][]OID{}, children: map[OID][]OID{}, routines: map[string][]OID{}, operators: map[string][]OID{}, nextOID: types.FirstUserOID}
	e := c.Edit()
	for _, r := range predefinedRoles {
		e.put(r)
	}
	for o := range objects {
		e.put(o)
	}
	e.retype()
	c = e.Done()
	c.Version = version
	return c
}

// Get finds an object by OID, or nil.
func (c *Catalog) Get(oid OID) Object { return c.objects[oid] }

// All lists every object, in no order.
func (c *Catalog) All() iter.Seq[Object] { return maps.Values(c.objects) }

// Database finds a database by name, or nil.
func (c *Catalog) Database(dbName string) *Database {
	d, _ := c.objects[c.names[name{0, 'd', dbName}]].(*Database)
	return d
}

// Schema finds a schema of a database by name, or nil. The system schemas
// belong to every database.
func (c *Catalog) Schema(database OID, schema string) *Schema {
	switch schema {
	case "pg_catalog":
		return systemSchemas[0]
	case "kalam":
		return systemSchemas[1]
	case "information_schema":
		return systemSchemas[2]
	}
	s, _ := c.objects[c.names[name{database, 'n', schema}]].(*Schema)
	return s
}

var systemSchemas = []*Schema{
	{OID: SchemaPGCatalog, Name: "pg_catalog", Owner: RolePostgres, ACL: PublicSchemaACL(RolePostgres)},
	{OID: SchemaKalam, Name: "kalam", Owner: RolePostgres, ACL: PublicSchemaACL(RolePostgres)},
	{OID: SchemaInfo, Name: "information_schema", Owner: RolePostgres, ACL: PublicSchemaACL(RolePostgres)},
}

// SchemaByOID finds a schema, the system's own among them, or nil.
func (c *Catalog) SchemaByOID(oid OID) *Schema {
	for _, s := range systemSchemas {
		if s.OID == oid {
			return s
		}
	}
	s, _ := c.objects[oid].(*Schema)
	return s
}

// Relation finds a relation in a schema by name, or nil. An index has no
// Relation of its own: see Index.
func (c *Catalog) Relation(schema OID, relation string) Relation {
	switch schema {
	case SchemaPGCatalog, SchemaKalam, SchemaInfo:
		if v := virtuals[virtualName{schema, relation}]; v != nil {
			return v
		}
		return nil
	}
	r, _ := c.objects[c.names[name{schema, 'r', relation}]].(Relation)
	return r
}

// Table finds a table by OID, or nil.
func (c *Catalog) Table(oid OID) *Table {
	switch oid {
	case LargeObjects.OID:
		return LargeObjects
	case LargeObjectPages.OID:
		return LargeObjectPages
	case PreparedTransactions.OID:
		return PreparedTransactions
	}
	t, _ := c.objects[oid].(*Table)
	return t
}

// Index finds an index in a schema by name, with its table; nil if there is
// none.
func (c *Catalog) Index(schema OID, index string) (*Table, *Index) {
	oid, ok := c.names[name{schema, 'r', index}]
	if !ok {
		return nil, nil
	}
	return c.IndexByOID(oid)
}

// IndexByOID finds an index and its table; nil if there is none.
func (c *Catalog) IndexByOID(oid OID) (*Table, *Index) {
	t := c.Table(c.indexes[oid])
	if t == nil {
		return nil, nil
	}
	for _, i := range t.Indexes {
		if i.OID == oid {
			return t, i
		}
	}
	return nil, nil
}

// RelationNameTaken says whether a relation or index has that name in schema.
func (c *Catalog) RelationNameTaken(schema OID, relation string) bool {
	_, ok := c.names[name{schema, 'r', relation}]
	return ok
}

// Type finds a user type in a schema by name, or nil.
func (c *Catalog) Type(schema OID, typeName string) *UserType {
	t, _ := c.objects[c.names[name{schema, 't', typeName}]].(*UserType)
	return t
}

// Role finds a role by name, or nil.
func (c *Catalog) Role(roleName string) *Role {
	r, _ := c.objects[c.names[name{0, 'a', roleName}]].(*Role)
	return r
}

// RoleByOID finds a role, or nil.
func (c *Catalog) RoleByOID(oid OID) *Role {
	r, _ := c.objects[oid].(*Role)
	return r
}

// Edit begins a new version.
func (c *Catalog) Edit() *Editor {
	return &Editor{next: &Catalog{
		Version:      c.Version + 1,
		objects:      maps.Clone(c.objects),
		names:        maps.Clone(c.names),
		indexes:      maps.Clone(c.indexes),
		referencing:  maps.Clone(c.referencing),
		children:     maps.Clone(c.children),
		types:        c.types,
		rowUsers:     c.rowUsers,
		routines:     maps.Clone(c.routines),
		operators:    maps.Clone(c.operators),
		casts:        c.casts,
		events:       c.events,
		publications: c.publications,
		nextOID:      c.nextOID,
	}}
}

// Editor makes one new version of a catalog. It belongs to one goroutine.
type Editor struct {
	next *Catalog
	// allocate gives OIDs where several editors are at work at once; nil: the
	// catalog's next one.
	allocate func() OID
}

// AllocateWith has NewOID ask allocate, which must give OIDs from NextOID on.
func (e *Editor) AllocateWith(allocate func() OID) { e.allocate = allocate }

// NextOID is above every OID that an object of the catalog has or has had.
func (c *Catalog) NextOID() OID { return c.nextOID }

// Catalog gives the version so far, for reading; it changes with the editor.
func (e *Editor) Catalog() *Catalog { return e.next }

// NewOID gives an OID that no object has had.
func (e *Editor) NewOID() OID {
	if e.allocate != nil {
		oid := e.allocate()
		e.next.nextOID = max(e.next.nextOID, oid+1)
		return oid
	}
	oid := e.next.nextOID
	e.next.nextOID++
	return oid
}

// Put adds an object, or replaces the one with its OID.
func (e *Editor) Put(o Object) {
	e.put(o)
	switch o.(type) {
	case *UserType:
		e.retype()
	case *Table, *View:
		e.retypeRows()
	}
}

func (e *Editor) put(o Object) {
	if old := e.next.objects[o.ObjectOID()]; old != nil {
		e.unname(old)
	}
	oid := o.ObjectOID()
	e.next.objects[oid] = o
	e.next.names[name{o.Parent(), space(o), nameOf(o)}] = oid
	if r, ok := o.(*Routine); ok {
		e.named(r)
	}
	e.noteOperator(o)
	switch o := o.(type) {
	case *EventTrigger:
		e.next.events++
	case *Publication:
		e.next.publications++
		e.next.nextOID = max(e.next.nextOID, o.LastOID()+1)
	}
	e.noteRowUser(o)
	if oid >= e.next.nextOID {
		e.next.nextOID = oid + 1
	}
	if t, ok := o.(*UserType); ok {
		e.next.nextOID = max(e.next.nextOID, t.LastOID()+1)
	}
	if v, ok := o.(*View); ok {
		e.next.nextOID = max(e.next.nextOID, lastTriggerOID(v.Triggers)+1, lastRuleOID(v.Rules)+1)
	}
	if t, ok := o.(*Table); ok {
		e.reference(t)
		e.inherit(t)
		e.next.nextOID = max(e.next.nextOID, t.LastOID()+1)
		for _, i := range t.Indexes {
			e.next.indexes[i.OID] = t.OID
			e.next.names[name{t.Schema, 'r', i.Name}] = i.OID
		}
	}
}

// Drop removes an object; nothing that depends on it is looked at.
func (e *Editor) Drop(oid OID) {
	if old := e.next.objects[oid]; old != nil {
		e.unname(old)
		delete(e.next.objects, oid)
		if _, ok := old.(*UserType); ok {
			e.retype()
		}
	}
}

// Done gives the finished version; the editor must not be used again.
func (e *Editor) Done() *Catalog { return e.next }

func (e *Editor) unname(o Object) {
	delete(e.next.names, name{o.Parent(), space(o), nameOf(o)})
	if r, ok := o.(*Routine); ok {
		e.unnamed(r)
	}
	e.forgetOperator(o)
	switch o.(type) {
	case *EventTrigger:
		e.next.events--
	case *Publication:
		e.next.publications--
	}
	if t, ok := o.(*Table); ok {
		e.unreference(t)
		e.disinherit(t)
		for _, i := range t.Indexes {
			delete(e.next.indexes, i.OID)
			delete(e.next.names, name{t.Schema, 'r', i.Name})
		}
	}
}

func space(o Object) byte {
	switch o.ObjectClass() {
	case ClassTable, ClassView, ClassSequence:
		return 'r'
	default:
		return byte(o.ObjectClass())
	}
}
