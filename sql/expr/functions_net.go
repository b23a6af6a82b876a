package expr

import (
	"net/netip"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Functions of inet and cidr.

func prefix(d types.Datum) netip.Prefix { return d.Object().(netip.Prefix) }

func inetToCIDR(_ *Context, a []types.Datum) (types.Datum, error) {
	return types.Object(prefix(a[0]).Masked()), nil
}

func netTest(f func(x, y netip.Prefix) bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Bool(f(prefix(a[0]), prefix(a[1]))), nil
	}
}

// within says whether y's network holds x's, which has at least so many bits.
func within(x, y netip.Prefix) bool {
	return x.Addr().BitLen() == y.Addr().BitLen() && x.Bits() >= y.Bits() && y.Contains(x.Addr())
}

func init() {
	register(map[string]EvalFunc{
		"network_sub":     netTest(func(x, y netip.Prefix) bool { return within(x, y) && x.Bits() > y.Bits() }),
		"network_subeq":   netTest(within),
		"network_sup":     netTest(func(x, y netip.Prefix) bool { return within(y, x) && y.Bits() > x.Bits() }),
		"network_supeq":   netTest(func(x, y netip.Prefix) bool { return within(y, x) }),
		"network_overlap": netTest(netip.Prefix.Overlaps),
		"network_host": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.String(types.AddressText(prefix(a[0]).Addr())), nil
		},
		"network_masklen": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(prefix(a[0]).Bits())), nil
		},
		"network_network": inetToCIDR,
		"network_family": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if prefix(a[0]).Addr().Is4() {
				return types.Int(4), nil
			}
			return types.Int(6), nil
		},
		"inet_abbrev": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.String(types.Inet.Text(a[0], types.DefaultEnv)), nil
		},
	})
}
