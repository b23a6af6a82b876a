package expr

import (
	"math/big"
	"net/netip"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Arithmetic with addresses: masks, neighbours, bits.

// mask is the netmask of a prefix, as bytes.
func mask(p netip.Prefix) []byte {
	out := make([]byte, p.Addr().BitLen()/8)
	for i := range p.Bits() {
		out[i/8] |= 0x80 >> (i % 8)
	}
	return out
}

// whole is an address of bytes, with all of its bits.
func whole(raw []byte) netip.Prefix {
	a, _ := netip.AddrFromSlice(raw)
	return netip.PrefixFrom(a, a.BitLen())
}

// bytewise computes an address byte by byte from an address and its mask.
func bytewise(p netip.Prefix, f func(address, mask byte) byte) []byte {
	raw, m := p.Addr().AsSlice(), mask(p)
	for i := range raw {
		raw[i] = f(raw[i], m[i])
	}
	return raw
}

func addressFunc(f func(p netip.Prefix) netip.Prefix) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Object(f(prefix(a[0]))), nil }
}

// addressBits joins two addresses of one family bit by bit.
func addressBits(verb string, f func(x, y byte) byte) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		x, y := prefix(a[0]), prefix(a[1])
		if x.Addr().BitLen() != y.Addr().BitLen() {
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "cannot %s inet values of different sizes", verb)
		}
		raw, other := x.Addr().AsSlice(), y.Addr().AsSlice()
		for i := range raw {
			raw[i] = f(raw[i], other[i])
		}
		return types.Object(netip.PrefixFrom(whole(raw).Addr(), max(x.Bits(), y.Bits()))), nil
	}
}

// moved is an address so far behind another.
func moved(p netip.Prefix, by int64) (types.Datum, error) {
	n := new(big.Int).SetBytes(p.Addr().AsSlice())
	n.Add(n, big.NewInt(by))
	raw := make([]byte, p.Addr().BitLen()/8)
	if n.Sign() < 0 || n.BitLen() > p.Addr().BitLen() {
		return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "result is out of range")
	}
	n.FillBytes(raw)
	return types.Object(netip.PrefixFrom(whole(raw).Addr(), p.Bits())), nil
}

// abbreviated is a network without the zeros that its mask implies.
func abbreviated(p netip.Prefix) string {
	if !p.Addr().Is4() {
		text := types.AddressText(p.Addr())
		if last := strings.LastIndexByte(text, ':'); strings.Contains(text, ".") && p.Bits() > 96 { // IPv4 at the end
			parts := strings.Split(text[last+1:], ".")[:max(2, (p.Bits()-96+7)/8)]
			text = text[:last+1] + strings.Join(parts, ".")
		}
		return text + "/" + strconv.Itoa(p.Bits())
	}
	parts := strings.Split(p.Addr().String(), ".")[:max(1, (p.Bits()+7)/8)]
	return strings.Join(parts, ".") + "/" + strconv.Itoa(p.Bits())
}

// withMask gives an address another number of bits; -1 is all of them.
func withMask(cut bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		p, n := prefix(a[0]), a[1].Int()
		if n == -1 {
			n = int64(p.Addr().BitLen())
		}
		if n < 0 || n > int64(p.Addr().BitLen()) {
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "invalid mask length: %d", n)
		}
		p = netip.PrefixFrom(p.Addr(), int(n))
		if cut {
			p = p.Masked()
		}
		return types.Object(p), nil
	}
}

// macBits computes an address of a card byte by byte.
func macBits(f func(x, y byte) byte) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		raw := []byte(a[0].Str())
		for i := range raw {
			var y byte
			if len(a) > 1 {
				y = a[1].Str()[i]
			}
			raw[i] = f(raw[i], y)
		}
		return types.Bytes(raw), nil
	}
}

// maker keeps the maker of a card, its first three bytes.
func maker(_ *Context, a []types.Datum) (types.Datum, error) {
	raw := []byte(a[0].Str())
	clear(raw[3:])
	return types.Bytes(raw), nil
}

func init() {
	and, or, not := func(x, y byte) byte { return x & y }, func(x, y byte) byte { return x | y }, func(x, _ byte) byte { return ^x }
	register(map[string]EvalFunc{
		"network_broadcast": addressFunc(func(p netip.Prefix) netip.Prefix {
			return netip.PrefixFrom(whole(bytewise(p, func(a, m byte) byte { return a | ^m })).Addr(), p.Bits())
		}),
		"network_netmask":  addressFunc(func(p netip.Prefix) netip.Prefix { return whole(mask(p)) }),
		"network_hostmask": addressFunc(func(p netip.Prefix) netip.Prefix { return whole(bytewise(p, func(_, m byte) byte { return ^m })) }),
		"cidr_abbrev": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.String(abbreviated(prefix(a[0]))), nil
		},
		"inet_set_masklen": withMask(false),
		"cidr_set_masklen": withMask(true),
		"inetnot": addressFunc(func(p netip.Prefix) netip.Prefix {
			return netip.PrefixFrom(whole(bytewise(p, not)).Addr(), p.Bits())
		}),
		"inetand":         addressBits("AND", and),
		"inetor":          addressBits("OR", or),
		"inetpl":          func(_ *Context, a []types.Datum) (types.Datum, error) { return moved(prefix(a[0]), a[1].Int()) },
		"sql:int8pl_inet": func(_ *Context, a []types.Datum) (types.Datum, error) { return moved(prefix(a[1]), a[0].Int()) },
		"inetmi_int8": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return moved(prefix(a[0]), -a[1].Int())
		},
		"inetmi": func(_ *Context, a []types.Datum) (types.Datum, error) {
			x, y := prefix(a[0]).Addr(), prefix(a[1]).Addr()
			if x.BitLen() != y.BitLen() {
				return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "cannot subtract inet values of different sizes")
			}
			n := new(big.Int).SetBytes(x.AsSlice())
			if n.Sub(n, new(big.Int).SetBytes(y.AsSlice())); !n.IsInt64() {
				return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "result is out of range")
			}
			return types.Int(n.Int64()), nil
		},
		"inet_same_family": netTest(func(x, y netip.Prefix) bool { return x.Addr().BitLen() == y.Addr().BitLen() }),
		"inet_merge": func(_ *Context, a []types.Datum) (types.Datum, error) {
			x, y := prefix(a[0]), prefix(a[1])
			if x.Addr().BitLen() != y.Addr().BitLen() {
				return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "cannot merge addresses from different families")
			}
			n := min(x.Bits(), y.Bits())
			for ; n > 0 && netip.PrefixFrom(x.Addr(), n).Masked() != netip.PrefixFrom(y.Addr(), n).Masked(); n-- {
			}
			return types.Object(netip.PrefixFrom(x.Addr(), n).Masked()), nil
		},
		"macaddr_and": macBits(and), "macaddr_or": macBits(or), "macaddr_not": macBits(not), "macaddr_trunc": maker,
		"macaddr8_and": macBits(and), "macaddr8_or": macBits(or), "macaddr8_not": macBits(not), "macaddr8_trunc": maker,
		"macaddrtomacaddr8": func(_ *Context, a []types.Datum) (types.Datum, error) {
			m := a[0].Str()
			return types.Bytes([]byte(m[:3] + "\xff\xfe" + m[3:])), nil
		},
		"macaddr8tomacaddr": func(_ *Context, a []types.Datum) (types.Datum, error) {
			m := a[0].Str()
			if m[3:5] != "\xff\xfe" {
				return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "macaddr8 data out of range to convert to macaddr").
					WithHint("Only addresses that have FF and FE as values in the 4th and 5th bytes from the left, for example xx:xx:xx:ff:fe:xx:xx:xx, are eligible to be converted from macaddr8 to macaddr.")
			}
			return types.Bytes([]byte(m[:3] + m[5:])), nil
		},
		"macaddr8_set7bit": func(_ *Context, a []types.Datum) (types.Datum, error) {
			raw := []byte(a[0].Str())
			raw[0] |= 0x02
			return types.Bytes(raw), nil
		},
	})
}
