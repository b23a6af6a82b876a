package catalog

import "slices"

// Extension describes an extension of a database. Its functions are routines that
// name it; what it offers is in the server (expr.Extensions).
type Extension struct {
	OID      OID
	Name     string
	Database OID
	Schema   OID
	Owner    OID
	Version  string
	Comment  string
	// Requires are the extensions that it cannot be there without.
	Requires []OID `json:",omitempty"`
}

func (e *Extension) ObjectClass() Class { return ClassExtension }
func (e *Extension) ObjectOID() OID     { return e.OID }
func (e *Extension) ObjectName() string { return e.Name }
func (e *Extension) Parent() OID        { return e.Database }

// Extension finds an extension of a database by name, or nil.
func (c *Catalog) Extension(database OID, extension string) *Extension {
	e, _ := c.objects[c.names[name{database, byte(ClassExtension), extension}]].(*Extension)
	return e
}

// Members lists the functions of an extension.
func (c *Catalog) Members(e *Extension) (list []*Routine) {
	for _, o := range c.objects {
		if r, ok := o.(*Routine); ok && r.Extension == e.OID {
			list = append(list, r)
		}
	}
	return list
}

// MemberTypes lists the types that an extension brings.
func (c *Catalog) MemberTypes(e *Extension) (list []*UserType) {
	for _, o := range c.objects {
		if t, ok := o.(*UserType); ok && t.Extension == e.OID {
			list = append(list, t)
		}
	}
	return list
}

// MemberViews lists the views of an extension, in the order in which they were made.
func (c *Catalog) MemberViews(e *Extension) (list []*View) {
	for _, o := range c.objects {
		if v, ok := o.(*View); ok && v.Extension == e.OID {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b *View) int { return int(a.OID) - int(b.OID) })
	return list
}
