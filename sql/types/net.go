package types

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// inetCodec is inet and cidr; values are netip.Prefix.
type inetCodec struct{ cidr bool }

func (c inetCodec) input(t *Type, s string, _ int32, _ *Env) (Datum, error) {
	text, bits, hasBits := strings.Cut(s, "/")
	implied := -1
	if c.cidr && !strings.Contains(text, ":") && text != "" {
		if !hasBits {
			implied = impliedBits(text)
		}
		for strings.Count(text, ".") < 3 {
			text += ".0"
		}
	}
	addr, err := netip.ParseAddr(withoutZeros(text))
	if err != nil || addr.Zone() != "" {
		return Null, badSyntax(t.SQLName, s)
	}
	n := addr.BitLen()
	if hasBits {
		v, err := strconv.Atoi(bits)
		if err != nil || v < 0 || v > n || bits != strconv.Itoa(v) {
			return Null, badSyntax(t.SQLName, s)
		}
		n = v
	}
	if implied >= 0 {
		n = implied
	}
	p := netip.PrefixFrom(addr, n)
	if c.cidr && p.Masked() != p {
		return Null, sqlerr.New(sqlerr.InvalidTextRepresentation, "invalid cidr value: \"%s\"", s).WithDetail("Value has bits set to right of mask.")
	}
	return Object(p), nil
}

// impliedBits is how many bits a network in IPv4 has that says nothing of them: those
// of its class, and of all bytes that are written.
func impliedBits(text string) int {
	first, _, _ := strings.Cut(text, ".")
	written := 8 * (strings.Count(text, ".") + 1)
	n, _ := strconv.Atoi(first)
	switch {
	case n >= 240:
		return 32
	case n >= 224:
		return max(4, written)
	case n >= 192:
		return max(24, written)
	case n >= 128:
		return max(16, written)
	}
	return max(8, written)
}

func (c inetCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	p := d.Object().(netip.Prefix)
	dst = appendAddress(dst, p.Addr())
	if c.cidr || p.Bits() != p.Addr().BitLen() {
		dst = strconv.AppendInt(append(dst, '/'), int64(p.Bits()), 10)
	}
	return dst
}

// AddressText is an address as inet shows it.
func AddressText(a netip.Addr) string { return string(appendAddress(nil, a)) }

// appendAddress writes an address; one of IPv6 whose first 96 bits are zeros, and no more
// of them, ends in IPv4's notation.
func appendAddress(dst []byte, a netip.Addr) []byte {
	if b := a.As16(); a.Is6() && !a.Is4In6() && [12]byte(b[:12]) == [12]byte{} && (b[12] != 0 || b[13] != 0) {
		return netip.AddrFrom4([4]byte(b[12:])).AppendTo(append(dst, "::"...))
	}
	return a.AppendTo(dst)
}

// The address families of the binary form.
const (
	familyIPv4 = 2
	familyIPv6 = 3
)

func (c inetCodec) receive(t *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if len(b) < 4 {
		return Null, shortMessage()
	}
	want := 4
	switch b[0] {
	case familyIPv4:
	case familyIPv6:
		want = 16
	default:
		return Null, badBinary("invalid address family in external \"%s\" value", t.Name)
	}
	if int(b[1]) > want*8 {
		return Null, badBinary("invalid bits in external \"%s\" value", t.Name)
	}
	if int(b[3]) != want {
		return Null, badBinary("invalid length in external \"%s\" value", t.Name)
	}
	if err := wantLen(b[4:], want); err != nil {
		return Null, err
	}
	addr, _ := netip.AddrFromSlice(b[4:])
	p := netip.PrefixFrom(addr, int(b[1]))
	if c.cidr && p.Masked() != p {
		return Null, badBinary("invalid external \"cidr\" value").(*sqlerr.Error).WithDetail("Value has bits set to right of mask.")
	}
	return Object(p), nil
}
func (c inetCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	p := d.Object().(netip.Prefix)
	family, isCIDR := byte(familyIPv4), byte(0)
	if p.Addr().Is6() {
		family = familyIPv6
	}
	if c.cidr {
		isCIDR = 1
	}
	raw := p.Addr().AsSlice()
	return append(append(dst, family, byte(p.Bits()), isCIDR, byte(len(raw))), raw...)
}

// compare orders by family, then by the network's bits, then by their number,
// then by the whole address.
func (inetCodec) compare(_ *Type, a, b Datum) int {
	x, y := a.Object().(netip.Prefix), b.Object().(netip.Prefix)
	if c := compareInts(int64(x.Addr().BitLen()), int64(y.Addr().BitLen())); c != 0 {
		return c
	}
	common := min(x.Bits(), y.Bits())
	px, _ := x.Addr().Prefix(common)
	py, _ := y.Addr().Prefix(common)
	if c := px.Addr().Compare(py.Addr()); c != 0 {
		return c
	}
	if c := compareInts(int64(x.Bits()), int64(y.Bits())); c != 0 {
		return c
	}
	return x.Addr().Compare(y.Addr())
}

// withoutZeros takes the leading zeros off the numbers of an IPv4 address, which are
// decimal with them too.
func withoutZeros(text string) string {
	if strings.Contains(text, ":") || !strings.HasPrefix(text, "0") && !strings.Contains(text, ".0") {
		return text
	}
	parts := strings.Split(text, ".")
	for i, p := range parts {
		if p != "" {
			if parts[i] = strings.TrimLeft(p, "0"); parts[i] == "" {
				parts[i] = "0"
			}
		}
	}
	return strings.Join(parts, ".")
}

// macForms are the ways to write a macaddr, in which numbers between colons or hyphens may
// have any number of digits.
var macForms = []*regexp.Regexp{
	regexp.MustCompile(`^([0-9a-f]+):([0-9a-f]+):([0-9a-f]+):([0-9a-f]+):([0-9a-f]+):([0-9a-f]+)$`),
	regexp.MustCompile(`^([0-9a-f]+)-([0-9a-f]+)-([0-9a-f]+)-([0-9a-f]+)-([0-9a-f]+)-([0-9a-f]+)$`),
	regexp.MustCompile(`^(..)(..)(..)[:-]?(..)(..)(..)$`),
	regexp.MustCompile(`^(..)(..)[.](..)(..)[.](..)(..)$`),
	regexp.MustCompile(`^(..)(..)-(..)(..)-(..)(..)$`),
}

// readMAC reads a macaddr.
func readMAC(s string) ([]byte, error) {
	for _, form := range macForms {
		m := form.FindStringSubmatch(strings.ToLower(trimSpace(s)))
		if m == nil {
			continue
		}
		var out []byte
		for _, octet := range m[1:] {
			v, err := strconv.ParseUint(octet, 16, 64)
			if errors.Is(err, strconv.ErrSyntax) {
				return nil, badSyntax("macaddr", s)
			}
			if err != nil || v > 255 {
				return nil, sqlerr.New(sqlerr.NumericValueOutOfRange, `invalid octet value in "macaddr" value: "%s"`, s)
			}
			out = append(out, byte(v))
		}
		return out, nil
	}
	return nil, badSyntax("macaddr", s)
}

// readMAC8 reads a macaddr8: pairs of digits, some of them with one sort of separator
// behind them. Six bytes are a macaddr.
func readMAC8(s string) ([]byte, error) {
	text := trimSpace(s)
	var out []byte
	var separator byte
	for len(text) >= 2 {
		b, err := hex.DecodeString(text[:2])
		if err != nil {
			return nil, badSyntax("macaddr8", s)
		}
		out, text = append(out, b[0]), text[2:]
		if text != "" && strings.IndexByte(":-.", text[0]) >= 0 {
			if separator != 0 && separator != text[0] {
				return nil, badSyntax("macaddr8", s)
			}
			separator, text = text[0], text[1:]
		}
	}
	switch {
	case text == "" && len(out) == 8:
		return out, nil
	case text == "" && len(out) == 6:
		return append(append(append([]byte{}, out[:3]...), 0xff, 0xfe), out[3:]...), nil
	}
	return nil, badSyntax("macaddr8", s)
}

// macCodec is macaddr and macaddr8, a string of so many bytes.
type macCodec struct{ size int }

func (c macCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	read := readMAC
	if c.size == 8 {
		read = readMAC8
	}
	raw, err := read(s)
	if err != nil {
		return Null, err
	}
	return Bytes(raw), nil
}
func (macCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	for i, b := range []byte(d.Str()) {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = hex.AppendEncode(dst, []byte{b})
	}
	return dst
}
func (c macCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, c.size); err != nil {
		return Null, err
	}
	return Bytes(b), nil
}
func (macCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}
func (macCodec) compare(_ *Type, a, b Datum) int { return compareStrings(a.Str(), b.Str()) }
