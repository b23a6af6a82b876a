package expr

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// aclPrivileges names the letters of an aclitem, in their order.
var aclPrivileges = []struct {
	letter byte
	name   string
}{
	{'a', "INSERT"}, {'r', "SELECT"}, {'w', "UPDATE"}, {'d', "DELETE"}, {'D', "TRUNCATE"}, {'x', "REFERENCES"}, {'t', "TRIGGER"},
	{'X', "EXECUTE"}, {'U', "USAGE"}, {'C', "CREATE"}, {'T', "TEMPORARY"}, {'c', "CONNECT"},
}

func init() { registerSets(map[string]SetFunc{"aclexplode": aclExplode}) }

// aclExplode is aclexplode(aclitem[]): a row for each privilege.
func aclExplode(c *Context, a []types.Datum, yield func(types.Row) error) error {
	// role finds a role's OID; the empty name is PUBLIC.
	role := func(name string) (types.Datum, error) {
		if name == "" {
			return types.Int(0), nil
		}
		if !strings.HasPrefix(name, `"`) {
			name = QuoteIdent(name)
		}
		return c.Host.Call(c, "to_regrole", []types.Datum{types.String(name)})
	}
	for _, item := range a[0].Array().Elems {
		entry, grantorName := cutOutside(item.Str(), '/')
		granteeName, letters := cutOutside(entry, '=')
		grantee, err := role(granteeName)
		if err != nil {
			return err
		}
		grantor, err := role(grantorName)
		if err != nil {
			return err
		}
		for i := 0; i < len(letters); i++ {
			for _, p := range aclPrivileges {
				if p.letter != letters[i] {
					continue
				}
				grantable := i+1 < len(letters) && letters[i+1] == '*'
				if err := yield(types.Row{grantor, grantee, types.String(p.name), types.Bool(grantable)}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// cutOutside cuts s at the first sep outside double quotes.
func cutOutside(s string, sep byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
