package catalog

// Definition is what all objects have in common that are kept as they were defined, and
// whose statements differ in little but words: foreign-data wrappers, servers, event
// triggers, conversions, operator classes and the parts of text search.
type Definition struct {
	OID  OID
	Name string
	// Within is the schema, or the database of objects that lie in none.
	Within  OID
	Owner   OID
	ACL     ACL
	Comment string `json:",omitempty"`
	// Extension is whose member it is; 0: nobody's.
	Extension OID `json:",omitempty"`
}

// ObjectOID implements Object.
func (d *Definition) ObjectOID() OID { return d.OID }

// ObjectName implements Object.
func (d *Definition) ObjectName() string { return d.Name }

// Parent implements Object.
func (d *Definition) Parent() OID { return d.Within }

// Head is the part that all of them have, of a copy for changes.
func (d *Definition) Head() *Definition { return d }

// Defined is an object with a Definition.
type Defined interface {
	Object
	Head() *Definition
	// Copy is the object anew, to be changed. What it points to is shared.
	Copy() Defined
}

// Defined finds one of them by its name in a schema or a database, or nil. See DefinedKey.
func (c *Catalog) Defined(class Class, within OID, key string) Defined {
	d, _ := c.objects[c.names[name{within, byte(class), key}]].(Defined)
	return d
}

// DefinedByOID finds one of them by its OID, or nil.
func (c *Catalog) DefinedByOID(oid OID) Defined {
	d, _ := c.objects[oid].(Defined)
	return d
}

// NewDefined makes an empty object of a class, to be read into; nil if it is none of
// these.
func NewDefined(class Class) Defined {
	switch class {
	case ClassForeignDataWrapper:
		return &ForeignDataWrapper{}
	case ClassForeignServer:
		return &ForeignServer{}
	case ClassUserMapping:
		return &UserMapping{}
	case ClassEventTrigger:
		return &EventTrigger{}
	case ClassOperatorClass:
		return &UserClass{}
	case ClassOperatorFamily:
		return &OperatorFamily{}
	case ClassConversion:
		return &Conversion{}
	case ClassTSParser:
		return &TSParser{}
	case ClassTSTemplate:
		return &TSTemplate{}
	case ClassTSDictionary:
		return &TSDictionary{}
	case ClassTSConfiguration:
		return &TSConfiguration{}
	case ClassPublication:
		return &Publication{}
	case ClassSubscription:
		return &Subscription{}
	case ClassProceduralLanguage:
		return &ProceduralLanguage{}
	}
	return nil
}

// DefinedKey is what an object is found by: its name and, of operator classes and families,
// their access method's.
func DefinedKey(name, method string) string {
	if method == "" {
		return name
	}
	return method + " " + name
}
