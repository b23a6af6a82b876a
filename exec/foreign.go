package exec

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// ForeignTable is the error that the rows of a foreign table cannot be read or changed: no
// wrapper has a handler.
func ForeignTable(cat *catalog.Catalog, t *catalog.Table) error {
	wrapper := ""
	if v := cat.ForeignServerByOID(t.Server); v != nil {
		wrapper = cat.WrapperOf(v).Name
	}
	return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `foreign-data wrapper "%s" has no handler`, wrapper)
}
