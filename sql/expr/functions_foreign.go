package expr

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Options that postgresql_fdw_validator() knows: those of connections, of servers and of
// user mappings.
const (
	serverOptions  types.OID = 1417 // pg_foreign_server
	mappingOptions types.OID = 1418 // pg_user_mapping
)

var connectionOptions = map[types.OID][]string{
	serverOptions:  {"authtype", "service", "connect_timeout", "dbname", "host", "hostaddr", "port", "tty", "options", "requiressl", "sslmode", "gsslib"},
	mappingOptions: {"user", "password"},
}

func init() {
	register(map[string]EvalFunc{"postgresql_fdw_validator": validateConnection})
}

// validateConnection is postgresql_fdw_validator().
func validateConnection(_ *Context, a []types.Datum) (types.Datum, error) {
	valid := connectionOptions[types.OID(uint32(a[1].Int()))]
next:
	for _, o := range a[0].Array().Elems {
		name, _, _ := strings.Cut(o.Str(), "=")
		for _, v := range valid {
			if v == name {
				continue next
			}
		}
		err := sqlerr.New(sqlerr.SyntaxError, `invalid option "%s"`, name)
		if valid == nil {
			return types.Null, err.WithHint("There are no valid options in this context.")
		}
		return types.Null, err.WithHint("Valid options in this context are: %s", strings.Join(valid, ", "))
	}
	return types.Bool(true), nil
}
