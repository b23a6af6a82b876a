package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// defaults are what acldefault() gives for each kind of object: to PUBLIC, and
// to the owner.
var defaults = map[byte]struct{ public, owner catalog.Privileges }{
	'c': {},
	'r': {0, catalog.PrivAllTable},
	's': {0, catalog.PrivSelect | catalog.PrivUpdate | catalog.PrivUsage},
	'd': {catalog.PrivTemporary | catalog.PrivConnect, catalog.PrivCreate | catalog.PrivTemporary | catalog.PrivConnect},
	'f': {catalog.PrivExecute, catalog.PrivExecute},
	'l': {catalog.PrivUsage, catalog.PrivUsage},
	'L': {0, catalog.PrivSelect | catalog.PrivUpdate},
	'n': {0, catalog.PrivUsage | catalog.PrivCreate},
	'p': {},
	't': {0, catalog.PrivCreate},
	'F': {0, catalog.PrivUsage},
	'S': {0, catalog.PrivUsage},
	'T': {catalog.PrivUsage, catalog.PrivUsage},
}

func init() {
	functions["acldefault"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		d, ok := defaults[byte(a[0].Int())]
		if !ok {
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized object type abbreviation: %c", rune(a[0].Int()))
		}
		owner := oidArg(a[1])
		var items []types.Datum
		if d.public != 0 {
			items = append(items, types.String(r.aclItem(catalog.RolePublic, d.public, owner)))
		}
		if d.owner != 0 {
			items = append(items, types.String(r.aclItem(owner, d.owner, owner)))
		}
		return types.ArrayDatum(types.ACLItem, items), nil
	}
	functions["makeaclitem"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		const all = ^catalog.Privileges(0) >> 16
		bits, err := parsePrivilege(a[2].Str(), all)
		if err != nil {
			return types.Null, err
		}
		if a[3].Bool() {
			bits |= bits.GrantOption()
		}
		return text(r.aclItem(oidArg(a[0]), bits, oidArg(a[1])))
	}
}
