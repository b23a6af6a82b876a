package expr

import (
	"math"
	"math/bits"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Integer and floating-point arithmetic, with PostgreSQL's overflow rules.

func divisionByZero() error { return sqlerr.New(sqlerr.DivisionByZero, "division by zero") }

func intRange(size int) error {
	name := map[int]string{16: "smallint", 32: "integer", 64: "bigint"}[size]
	return sqlerr.New(sqlerr.NumericValueOutOfRange, "%s out of range", name)
}

// fit checks that v is within so many bits.
func fit(v int64, size int) (types.Datum, error) {
	if size == 32 && v != int64(int32(v)) || size == 16 && v != int64(int16(v)) {
		return types.Null, intRange(size)
	}
	return types.Int(v), nil
}

func addInt(size int) BinaryFunc {
	return func(_ *Context, a, b types.Datum) (types.Datum, error) {
		x, y := a.Int(), b.Int()
		s := x + y
		if (s > x) != (y > 0) && y != 0 {
			return types.Null, intRange(64)
		}
		return fit(s, size)
	}
}

func subInt(size int) BinaryFunc {
	return func(_ *Context, a, b types.Datum) (types.Datum, error) {
		x, y := a.Int(), b.Int()
		s := x - y
		if (s < x) != (y > 0) && y != 0 {
			return types.Null, intRange(64)
		}
		return fit(s, size)
	}
}

func mulInt(size int) BinaryFunc {
	return func(_ *Context, a, b types.Datum) (types.Datum, error) {
		p, ok := mul64(a.Int(), b.Int())
		if !ok {
			return types.Null, intRange(64)
		}
		return fit(p, size)
	}
}

// add64 adds unless the sum overflows.
func add64(x, y int64) (int64, bool) {
	sum := x + y
	return sum, y == 0 || (sum > x) == (y > 0)
}

// mul64 multiplies unless the product overflows.
func mul64(x, y int64) (int64, bool) {
	if x == 0 || y == 0 {
		return 0, true
	}
	ux, uy := absU(x), absU(y)
	hi, lo := bits.Mul64(ux, uy)
	negative := (x < 0) != (y < 0)
	switch {
	case hi != 0:
		return 0, false
	case negative && lo <= 1<<63:
		return -int64(lo), true
	case !negative && lo <= math.MaxInt64:
		return int64(lo), true
	}
	return 0, false
}

func absU(v int64) uint64 {
	if v < 0 {
		return uint64(-v)
	}
	return uint64(v)
}

func divInt(size int) BinaryFunc {
	return func(_ *Context, a, b types.Datum) (types.Datum, error) {
		x, y := a.Int(), b.Int()
		if y == 0 {
			return types.Null, divisionByZero()
		}
		if y == -1 {
			if x == math.MinInt64 {
				return types.Null, intRange(64)
			}
			return fit(-x, size)
		}
		return types.Int(x / y), nil
	}
}

func modInt(_ *Context, a, b types.Datum) (types.Datum, error) {
	y := b.Int()
	switch y {
	case 0:
		return types.Null, divisionByZero()
	case -1:
		return types.Int(0), nil
	}
	return types.Int(a.Int() % y), nil
}

func negInt(size int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		if a[0].Int() == math.MinInt64 {
			return types.Null, intRange(64)
		}
		return fit(-a[0].Int(), size)
	}
}

func absInt(size int) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		if a[0].Int() >= 0 {
			return a[0], nil
		}
		return negInt(size)(c, a)
	}
}

func intOp(f func(x, y int64) int64) BinaryFunc {
	return func(_ *Context, a, b types.Datum) (types.Datum, error) {
		return types.Int(f(a.Int(), b.Int())), nil
	}
}

func shiftLeft(size int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		n := uint(a[1].Int()) & uint(max(size, 32)-1)
		switch size {
		case 16:
			return types.Int(int64(int16(int32(a[0].Int()) << n))), nil
		case 32:
			return types.Int(int64(int32(a[0].Int()) << n)), nil
		}
		return types.Int(a[0].Int() << n), nil
	}
}

func shiftRight(size int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Int(a[0].Int() >> (uint(a[1].Int()) & uint(max(size, 32)-1))), nil
	}
}

func floatOverflow() error {
	return sqlerr.New(sqlerr.NumericValueOutOfRange, "value out of range: overflow")
}

func floatUnderflow() error {
	return sqlerr.New(sqlerr.NumericValueOutOfRange, "value out of range: underflow")
}

// floatOp applies f in float32 or float64 and checks for overflow, and for
// underflow where zero says that no operand was zero.
func floatOp(size int, f func(x, y float64) float64, zero func(x, y float64) bool) BinaryFunc {
	return func(_ *Context, a, b types.Datum) (types.Datum, error) {
		x, y := a.Float(), b.Float()
		r := f(x, y)
		if size == 32 {
			r = float64(float32(r))
		}
		if math.IsInf(r, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
			return types.Null, floatOverflow()
		}
		if r == 0 && zero != nil && zero(x, y) {
			return types.Null, floatUnderflow()
		}
		return types.Float(r), nil
	}
}

func addF(x, y float64) float64 { return x + y }
func subF(x, y float64) float64 { return x - y }
func mulF(x, y float64) float64 { return x * y }

func mulZero(x, y float64) bool { return x != 0 && y != 0 }
func divZero(x, y float64) bool { return x != 0 && !math.IsInf(y, 0) }

func divFloat(size int) BinaryFunc {
	div := floatOp(size, func(x, y float64) float64 { return x / y }, divZero)
	return func(c *Context, a, b types.Datum) (types.Datum, error) {
		if b.Float() == 0 && !math.IsNaN(a.Float()) {
			return types.Null, divisionByZero()
		}
		return div(c, a, b)
	}
}

func floatFunc(f func(float64) float64) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Float(f(a[0].Float())), nil
	}
}

func same(_ *Context, a []types.Datum) (types.Datum, error) { return a[0], nil }

func init() {
	table := map[string]EvalFunc{
		"int2um": negInt(16), "int4um": negInt(32), "int8um": negInt(64),
		"int2abs": absInt(16), "int4abs": absInt(32), "int8abs": absInt(64),
		"int2up": same, "int4up": same, "int8up": same, "float4up": same, "float8up": same, "numeric_uplus": same,
		"int4inc":  func(_ *Context, a []types.Datum) (types.Datum, error) { return fit(a[0].Int()+1, 32) },
		"float4um": floatFunc(func(x float64) float64 { return -x }), "float8um": floatFunc(func(x float64) float64 { return -x }),
		"float4abs": floatFunc(math.Abs), "float8abs": floatFunc(math.Abs),
	}
	binary := map[string]BinaryFunc{"int2mod": modInt, "int4mod": modInt, "int8mod": modInt}
	// The cross-type integer operators compute in the wider type.
	for prefix, size := range map[string]int{"int2": 16, "int4": 32, "int8": 64, "int24": 32, "int42": 32, "int28": 64, "int82": 64, "int48": 64, "int84": 64} {
		binary[prefix+"pl"], binary[prefix+"mi"] = addInt(size), subInt(size)
		binary[prefix+"mul"], binary[prefix+"div"] = mulInt(size), divInt(size)
	}
	for prefix, size := range map[string]int{"int2": 16, "int4": 32, "int8": 64} {
		binary[prefix+"and"] = intOp(func(x, y int64) int64 { return x & y })
		binary[prefix+"or"] = intOp(func(x, y int64) int64 { return x | y })
		binary[prefix+"xor"] = intOp(func(x, y int64) int64 { return x ^ y })
		table[prefix+"not"] = func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Int(^a[0].Int()), nil }
		table[prefix+"shl"], table[prefix+"shr"] = shiftLeft(size), shiftRight(size)
	}
	for prefix, size := range map[string]int{"float4": 32, "float8": 64, "float48": 64, "float84": 64} {
		binary[prefix+"pl"], binary[prefix+"mi"] = floatOp(size, addF, nil), floatOp(size, subF, nil)
		binary[prefix+"mul"], binary[prefix+"div"] = floatOp(size, mulF, mulZero), divFloat(size)
	}
	register(table)
	registerBinary(binary)
}
