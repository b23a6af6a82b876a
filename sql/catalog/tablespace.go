package catalog

// Tablespaces are built in and the bootstrap superuser's. The server keeps of one who may
// make objects in it, from the first GRANT or REVOKE on: until then that is its owner.

// OIDs of the tablespaces, as in pg_tablespace.
const (
	TablespaceDefault OID = 1663
	TablespaceGlobal  OID = 1664
)

// Tablespace has the privileges on a tablespace.
type Tablespace struct {
	OID  OID // as in pg_tablespace
	Name string
	ACL  ACL
}

func (t *Tablespace) ObjectClass() Class { return ClassTablespace }
func (t *Tablespace) ObjectOID() OID     { return t.OID }
func (t *Tablespace) ObjectName() string { return t.Name }
func (t *Tablespace) Parent() OID        { return 0 }

// Tablespace gives the privileges on a tablespace, or nil where nothing has been granted.
func (c *Catalog) Tablespace(oid OID) *Tablespace {
	t, _ := c.objects[oid].(*Tablespace)
	return t
}
