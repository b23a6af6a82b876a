package catalog

import (
	_ "embed" // PostgreSQL's collations
	"strconv"
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/types"
)

// CollationRows are the rows of PostgreSQL 15's pg_collation, in COPY's text format: oid,
// collname, collnamespace, collowner, collprovider, collisdeterministic, collencoding,
// collcollate, collctype, colliculocale, collversion.
//
//go:embed pg15/pg_collation.tsv
var CollationRows string

// Collation describes a collation: one that is built in, or that a user has made.
type Collation struct {
	OID    OID
	Name   string
	Schema OID
	Owner  OID
	// ICU: Locale is a name of ICU's. Otherwise it is the operating system's C or POSIX.
	ICU    bool
	Locale string
	// Nondeterministic: texts that differ in bytes may be equal. Nothing can be ordered by
	// one yet.
	Nondeterministic bool   `json:",omitempty"`
	Comment          string `json:",omitempty"`
}

func (c *Collation) ObjectClass() Class { return ClassCollation }
func (c *Collation) ObjectOID() OID     { return c.OID }
func (c *Collation) ObjectName() string { return c.Name }
func (c *Collation) Parent() OID        { return c.Schema }

// Order is what expressions are ordered by.
func (c *Collation) Order() *types.Collation {
	o := &types.Collation{OID: c.OID}
	if c.ICU {
		o.Locale = c.Locale
	}
	return o
}

// DefaultCollation is the OID of the collation of texts that name none.
const DefaultCollation OID = 100

var builtinCollations = sync.OnceValues(func() (byName map[string]*Collation, byOID map[OID]*Collation) {
	byName, byOID = map[string]*Collation{}, map[OID]*Collation{}
	for line := range strings.Lines(CollationRows) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		oid, err := strconv.ParseUint(f[0], 10, 32)
		if err != nil {
			panic("catalog: recorded collation " + line)
		}
		c := &Collation{OID: OID(oid), Name: f[1], Schema: SchemaPGCatalog, Owner: RolePostgres, ICU: f[4] == "i", Locale: f[7]}
		if c.ICU {
			c.Locale = f[9]
		}
		byName[c.Name], byOID[c.OID] = c, c
	}
	return byName, byOID
})

// Collation finds a collation of a schema by name, or nil.
func (c *Catalog) Collation(schema OID, collation string) *Collation {
	if schema == SchemaPGCatalog {
		byName, _ := builtinCollations()
		return byName[collation]
	}
	found, _ := c.objects[c.names[name{schema, byte(ClassCollation), collation}]].(*Collation)
	return found
}

// CollationByOID finds a collation, or nil.
func (c *Catalog) CollationByOID(oid OID) *Collation {
	if _, byOID := builtinCollations(); byOID[oid] != nil {
		return byOID[oid]
	}
	found, _ := c.objects[oid].(*Collation)
	return found
}
