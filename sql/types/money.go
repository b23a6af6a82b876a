package types

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

// moneyCodec is money: an amount in hundredths, written as lc_monetary C and en_US have it.
type moneyCodec struct{}

const (
	moneySymbol  = "$"
	moneyDigits  = 2 // behind the point
	moneyGroup   = 3 // digits between commas
	moneySpacing = " \t\n\v\f\r"
)

// moneyText is an amount that is read.
type moneyText struct {
	rest     string
	negative bool
}

// skip takes off spaces and one of the prefixes, if there is one.
func (m *moneyText) skip(prefixes string) (taken byte) {
	m.rest = strings.TrimLeft(m.rest, moneySpacing)
	if m.rest != "" && strings.IndexByte(prefixes, m.rest[0]) >= 0 {
		taken, m.rest = m.rest[0], m.rest[1:]
	}
	m.rest = strings.TrimLeft(m.rest, moneySpacing)
	return taken
}

func (moneyCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	m := moneyText{rest: s}
	m.skip(moneySymbol)
	if sign := m.skip("-(+"); sign == '-' || sign == '(' {
		m.negative = true
	}
	m.skip(moneySymbol)
	// The amount is added up below zero, where there is room for the smallest.
	value, places, point, fits := int64(0), 0, false, true
	times := func(digit int64) {
		if value < (math.MinInt64+digit)/10 {
			fits = false
			return
		}
		value = value*10 - digit
	}
	for ; m.rest != ""; m.rest = m.rest[1:] {
		c := m.rest[0]
		if isDigit(c) && (!point || places < moneyDigits) {
			times(int64(c - '0'))
			if point {
				places++
			}
			continue
		}
		if c == '.' && !point {
			point = true
			continue
		}
		if c != ',' {
			break
		}
	}
	round := m.rest != "" && m.rest[0] >= '5' && isDigit(m.rest[0])
	if round {
		if value == math.MinInt64 {
			fits = false
		}
		value--
	}
	for ; places < moneyDigits; places++ {
		times(0)
	}
	if !fits {
		return Null, outOfRange("money", s)
	}
	m.rest = strings.TrimLeft(m.rest, "0123456789")
	for _, c := range []byte(m.rest) {
		switch {
		case strings.IndexByte(moneySpacing+")+"+moneySymbol, c) >= 0:
		case c == '-':
			m.negative = true
		default:
			return Null, badSyntax("money", s)
		}
	}
	if m.negative {
		return Int(value), nil
	}
	if value == math.MinInt64 {
		return Null, outOfRange("money", s)
	}
	return Int(-value), nil
}

func (moneyCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	v := d.Int()
	amount := uint64(v)
	if v < 0 {
		dst, amount = append(dst, '-'), -amount
	}
	dst = append(dst, moneySymbol...)
	whole := strconv.FormatUint(amount/100, 10)
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%moneyGroup == 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, whole[i])
	}
	return append(dst, '.', byte('0'+amount/10%10), byte('0'+amount%10))
}

func (moneyCodec) receive(t *Type, b []byte, m int32, env *Env) (Datum, error) {
	return intCodec{64}.receive(t, b, m, env)
}

func (moneyCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(d.Int()))
}

func (moneyCodec) compare(_ *Type, a, b Datum) int { return intCodec{64}.compare(Int8, a, b) }
