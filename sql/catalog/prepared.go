package catalog

import "github.com/kalamsql/kalamsql/sql/types"

// PreparedTransactions has what transactions that are prepared, and neither committed nor
// rolled back, have done, in pages: a table like those of large objects.
var PreparedTransactions = systemTable(13014, 13015, "prepared_transactions", 2,
	&Column{Name: "gid", Type: TypeRef{types.Text}, NotNull: true},
	&Column{Name: "page", Type: TypeRef{types.Int4}, NotNull: true},
	&Column{Name: "data", Type: TypeRef{types.Bytea}, NotNull: true},
)
