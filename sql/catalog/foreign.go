package catalog

import "strconv"

// ForeignDataWrapper describes a foreign-data wrapper. There are none that can read or
// write anything: it, its servers and their tables are definitions.
type ForeignDataWrapper struct {
	Definition
	// Handler and Validator are functions, or 0.
	Handler   OID      `json:",omitempty"`
	Validator OID      `json:",omitempty"`
	Options   []string `json:",omitempty"` // name=value
}

// ForeignServer describes a server of a wrapper.
type ForeignServer struct {
	Definition
	Wrapper OID
	Type    string   `json:",omitempty"`
	Version *string  `json:",omitempty"`
	Options []string `json:",omitempty"`
}

// UserMapping says what a role is on a server; RolePublic is for those without one. Its
// name is made by MappingName.
type UserMapping struct {
	Definition
	Server  OID
	User    OID
	Options []string `json:",omitempty"`
}

// MappingName is the name of the mapping of a role on a server, which nobody sees.
func MappingName(server, user OID) string {
	return strconv.FormatUint(uint64(server), 10) + " " + strconv.FormatUint(uint64(user), 10)
}

// ObjectClass implements Object.
func (w *ForeignDataWrapper) ObjectClass() Class { return ClassForeignDataWrapper }

// ObjectClass implements Object.
func (s *ForeignServer) ObjectClass() Class { return ClassForeignServer }

// ObjectClass implements Object.
func (m *UserMapping) ObjectClass() Class { return ClassUserMapping }

// Copy implements Defined.
func (w *ForeignDataWrapper) Copy() Defined { c := *w; return &c }

// Copy implements Defined.
func (s *ForeignServer) Copy() Defined { c := *s; return &c }

// Copy implements Defined.
func (m *UserMapping) Copy() Defined { c := *m; return &c }

// ForeignDataWrapper finds a wrapper by name, or nil.
func (c *Catalog) ForeignDataWrapper(database OID, wrapper string) *ForeignDataWrapper {
	w, _ := c.Defined(ClassForeignDataWrapper, database, wrapper).(*ForeignDataWrapper)
	return w
}

// ForeignServer finds a server by name, or nil.
func (c *Catalog) ForeignServer(database OID, server string) *ForeignServer {
	s, _ := c.Defined(ClassForeignServer, database, server).(*ForeignServer)
	return s
}

// ForeignServerByOID finds a server by OID, or nil.
func (c *Catalog) ForeignServerByOID(oid OID) *ForeignServer {
	s, _ := c.objects[oid].(*ForeignServer)
	return s
}

// WrapperOf finds the wrapper of a server.
func (c *Catalog) WrapperOf(s *ForeignServer) *ForeignDataWrapper {
	w, _ := c.objects[s.Wrapper].(*ForeignDataWrapper)
	return w
}

// UserMapping finds the mapping of a role on a server, or nil.
func (c *Catalog) UserMapping(server *ForeignServer, user OID) *UserMapping {
	m, _ := c.Defined(ClassUserMapping, server.Within, MappingName(server.OID, user)).(*UserMapping)
	return m
}

// MappedName is the name of the role of a mapping.
func MappedName(c *Catalog, m *UserMapping) string {
	if r := c.RoleByOID(m.User); r != nil {
		return r.Name
	}
	return "public"
}
