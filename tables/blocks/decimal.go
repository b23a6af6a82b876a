package blocks

import "github.com/kalamsql/kalamsql/sql/types"

// decimal gives a numeric that is not NULL.
func (c *column) decimal(i int) types.Datum {
	if c.objects != nil {
		return c.objects[i]
	}
	scale := c.scale
	if c.scales != nil {
		scale = c.scales[i]
	}
	d, _ := types.SmallNumeric(int64(c.number(i)), int32(scale))
	return d
}

// addDecimal takes the numeric of the row numbered i. From the first one on that has too
// many digits all of them are objects.
func (b *columnBuilder) addDecimal(i int, d types.Datum, stored int) {
	if b.objects != nil {
		b.addObject(d, stored)
		return
	}
	digits, scale, ok := types.Shrunk(d).Small()
	if !ok && !d.IsNull() {
		for k := range i {
			b.addObject(b.kept(k), stored)
		}
		b.addObject(d, stored)
		return
	}
	b.numbers, b.scales = append(b.numbers, uint64(digits)), append(b.scales, uint8(scale))
	switch {
	case d.IsNull():
	case b.scale < 0:
		b.scale = int(scale)
	default:
		b.scaled = b.scaled || b.scale != int(scale)
	}
}

// kept gives the small numeric, or NULL, that was added k-th.
func (b *columnBuilder) kept(k int) types.Datum {
	if b.nulls[k>>6]&(1<<(k&63)) != 0 {
		return types.Null
	}
	d, _ := types.SmallNumeric(int64(b.numbers[k]), int32(b.scales[k]))
	return d
}

// decimals puts what was added into a column.
func (b *columnBuilder) decimals(c *column) {
	if b.objects != nil {
		c.objects = b.objects
		return
	}
	b.pack(c)
	if b.scaled {
		c.scales = append(c.scales, b.scales...)
	} else {
		c.scale = uint8(max(b.scale, 0))
	}
}

// chooseDecimals is choose for numerics: digits of one scale are compared with those that
// the value has at it, which may lie between two.
func (c *column) chooseDecimals(cond Condition, rows, room []uint16, n int) []uint16 {
	if c.objects == nil && c.scales == nil {
		if rewritten, ok := cond.atScale(int32(c.scale)); ok {
			return c.chooseInts(rewritten, rows, room, n)
		}
	}
	chosen := room[:0]
	for k := range count(rows, n) {
		i := at(rows, k)
		if !c.null(int(i)) && cond.Op.holds(types.Numeric.Compare(c.decimal(int(i)), cond.Value)) {
			chosen = append(chosen, i)
		}
	}
	return chosen
}

// atScale rewrites a condition on numerics to one on their digits at a scale; false where
// it is none.
func (c Condition) atScale(scale int32) (Condition, bool) {
	v, have, ok := types.Shrunk(c.Value).Small()
	if !ok {
		return c, false
	}
	if have <= scale {
		v, ok = types.ScaleUp(v, scale-have)
		c.Value = types.Int(v)
		return c, ok
	}
	if have-scale > 18 {
		return c, false
	}
	by := types.SmallPower(have - scale)
	below, rest := v/by, v%by
	if rest < 0 {
		below--
	}
	c.Value = types.Int(below)
	if rest == 0 {
		return c, true
	}
	// The value lies between below and the number after it.
	switch c.Op {
	case Less:
		c.Op = LessOrEqual
	case GreaterOrEqual:
		c.Op = Greater
	case Equal, NotEqual:
		return c, false
	}
	return c, true
}

// holds says whether a comparison with this result is true.
func (op Op) holds(c int) bool {
	switch op {
	case Equal:
		return c == 0
	case NotEqual:
		return c != 0
	case Less:
		return c < 0
	case LessOrEqual:
		return c <= 0
	case Greater:
		return c > 0
	}
	return c >= 0
}
