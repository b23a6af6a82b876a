package expr

import (
	"math"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The functions behind pg_cast's entries with method 'f'.

func toInt(size int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return fit(a[0].Int(), size) }
}

func intToFloat(size int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		if size == 32 {
			return types.Float(float64(float32(a[0].Int()))), nil
		}
		return types.Float(float64(a[0].Int())), nil
	}
}

func floatToInt(size int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		f := math.RoundToEven(a[0].Float())
		limit := math.Ldexp(1, size-1)
		if math.IsNaN(f) || f < -limit || f >= limit {
			return types.Null, intRange(size)
		}
		return types.Int(int64(f)), nil
	}
}

// floatToNumeric keeps 15 (for float4 6) significant digits, as PostgreSQL does.
func floatToNumeric(digits int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		f := a[0].Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return types.Object(floatSpecial(f)), nil
		}
		d, err := types.ParseNumeric(strconv.FormatFloat(f, 'g', digits, 64))
		if err != nil {
			return types.Null, err
		}
		return types.Object(trimToShortest(d, f, digits)), nil
	}
}

// trimToShortest is %g's dropping of zeros.
func trimToShortest(d *apd.Decimal, _ float64, _ int) *apd.Decimal { return trimScale(d) }

func textOf(t *types.Type) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		return types.String(t.Text(a[0], c.env())), nil
	}
}

func charLength(a []types.Datum) int32 { return int32(a[1].Int()) }

// maxValueBytes is how long a value may be. What multiplies looks at it before it does so:
// memory that is not there ends the server.
const maxValueBytes = 1 << 30

func tooLong() error {
	return sqlerr.New(sqlerr.ProgramLimitExceeded, "requested length too large")
}

// outOfMemory is PostgreSQL's for a result that grows beyond what a value may be.
func outOfMemory() error {
	return sqlerr.New(sqlerr.ProgramLimitExceeded, "out of memory").WithDetail("A value cannot be longer than %d bytes.", maxValueBytes)
}

// lengthCast is varchar(x, typmod, explicit) and its kin.
func lengthCast(t *types.Type) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		explicit := len(a) > 2 && a[2].Bool()
		switch length := a[1].Int(); { // which no declaration has looked at when the function is called by its name
		case length > maxValueBytes/8:
			return types.Null, tooLong()
		case (t == types.Timestamp || t == types.TimestampTZ) && (length < 0 || length > 6):
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "timestamp(%d) precision must be between 0 and 6", length)
		}
		return types.ApplyTypmod(t, a[0], charLength(a), explicit)
	}
}

func init() {
	register(map[string]EvalFunc{
		"i2toi4": toInt(32), "i4toi2": toInt(16), "int48": toInt(64), "int84": toInt(32), "int28": toInt(64), "int82": toInt(16),
		"i8tooid": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if v := a[0].Int(); v < 0 || v > math.MaxUint32 {
				return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "OID out of range")
			}
			return a[0], nil
		},
		"oidtoi8": same, "i2tof": intToFloat(32), "i4tof": intToFloat(32), "i8tof": intToFloat(32),
		"i2tod": intToFloat(64), "i4tod": intToFloat(64), "i8tod": intToFloat(64),
		"ftoi2": floatToInt(16), "ftoi4": floatToInt(32), "ftoi8": floatToInt(64),
		"dtoi2": floatToInt(16), "dtoi4": floatToInt(32), "dtoi8": floatToInt(64), "ftod": same,
		"dtof": func(_ *Context, a []types.Datum) (types.Datum, error) {
			f := a[0].Float()
			g := float64(float32(f))
			if math.IsInf(g, 0) && !math.IsInf(f, 0) {
				return types.Null, floatOverflow()
			}
			if g == 0 && f != 0 {
				return types.Null, floatUnderflow()
			}
			return types.Float(g), nil
		},
		"float4_numeric": floatToNumeric(6), "float8_numeric": floatToNumeric(15),
		"numeric_int2": smallFunc1(smallInt(16), func(_ *Context, a []types.Datum) (types.Datum, error) { return numericInt(num(a[0]), 16) }),
		"numeric_int4": smallFunc1(smallInt(32), func(_ *Context, a []types.Datum) (types.Datum, error) { return numericInt(num(a[0]), 32) }),
		"numeric_int8": smallFunc1(smallInt(64), func(_ *Context, a []types.Datum) (types.Datum, error) { return numericInt(num(a[0]), 64) }),
		"numeric_float8": smallFunc1(smallFloat, func(_ *Context, a []types.Datum) (types.Datum, error) {
			v, err := types.ParseFloat(string(types.AppendNumeric(nil, num(a[0]))), 64, "double precision")
			return types.Float(v), err
		}),
		"numeric_float4": func(_ *Context, a []types.Datum) (types.Datum, error) {
			v, err := types.ParseFloat(string(types.AppendNumeric(nil, num(a[0]))), 32, "real")
			return types.Float(v), err
		},
		"int4_bool": func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Bool(a[0].Int() != 0), nil },
		"bool_int4": same,
		"booltext": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.String(strconv.FormatBool(a[0].Bool())), nil
		},
		"rtrim1": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.String(strings.TrimRight(a[0].Str(), " ")), nil
		},
		"text_name": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.String(types.ClipName(a[0].Str())), nil
		},
		"bpchar_name": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.String(types.ClipName(strings.TrimRight(a[0].Str(), " "))), nil
		},
		"name_text":   same,
		"name_bpchar": same,
		"text_char":   textToChar,
		"char_text":   textOf(types.Char),
		"char_bpchar": textOf(types.Char),
		"chartoi4":    func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Int(int64(int8(a[0].Int()))), nil },
		"i4tochar": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if v := a[0].Int(); v < math.MinInt8 || v > math.MaxInt8 {
				return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "\"char\" out of range")
			}
			return types.Int(int64(uint8(a[0].Int()))), nil
		},
		"varchar": lengthCast(types.Varchar), "bpchar": lengthCast(types.BPChar), "numeric": lengthCast(types.Numeric),
		"bit": lengthCast(types.Bit), "varbit": lengthCast(types.Varbit), "timestamp_scale": lengthCast(types.Timestamp),
		"timestamptz_scale": lengthCast(types.TimestampTZ), "time_scale": lengthCast(types.Time), "timetz_scale": lengthCast(types.TimeTZType),
		"interval_scale": lengthCast(types.IntervalType), "network_show": networkShow, "jsonb_bool": jsonbTo(types.JSONBool, "boolean"),
		"jsonb_numeric": jsonbTo(types.JSONNumber, "numeric"), "jsonb_int2": jsonbTo(types.JSONNumber, "smallint"),
		"jsonb_int4": jsonbTo(types.JSONNumber, "integer"), "jsonb_int8": jsonbTo(types.JSONNumber, "bigint"),
		"jsonb_float4": jsonbTo(types.JSONNumber, "real"), "jsonb_float8": jsonbTo(types.JSONNumber, "double precision"),
		"bitfromint4": bitFromInt(32), "bitfromint8": bitFromInt(64), "bittoint4": bitToInt(32), "bittoint8": bitToInt(64),
		"inet_to_cidr": inetToCIDR, "text_regclass": func(c *Context, a []types.Datum) (types.Datum, error) {
			return types.RegClass.Input(a[0].Str(), types.NoTypmod, c.env())
		},
	})
	for _, symbol := range []string{"int2_numeric", "int4_numeric", "int8_numeric"} {
		evalCode[symbol] = func(_ *Context, a []types.Datum) (types.Datum, error) { return types.NumericFromInt(a[0].Int()), nil }
	}
}

func textToChar(_ *Context, a []types.Datum) (types.Datum, error) {
	return types.Char.Input(a[0].Str(), types.NoTypmod, types.DefaultEnv)
}

func networkShow(_ *Context, a []types.Datum) (types.Datum, error) {
	return types.String(types.CIDR.Text(a[0], types.DefaultEnv)), nil
}

// jsonbTo casts a jsonb scalar.
func jsonbTo(kind types.JSONKind, name string) EvalFunc {
	names := map[types.JSONKind]string{types.JSONNull: "null", types.JSONString: "string", types.JSONNumber: "numeric",
		types.JSONBool: "boolean", types.JSONArray: "array", types.JSONObject: "object"}
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		j := a[0].JSON()
		if j.Kind != kind {
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "cannot cast jsonb %s to type %s", names[j.Kind], name)
		}
		switch name {
		case "boolean":
			return types.Bool(j.Bool), nil
		case "smallint":
			return numericInt(j.Num, 16)
		case "integer":
			return numericInt(j.Num, 32)
		case "bigint":
			return numericInt(j.Num, 64)
		case "real":
			v, err := types.ParseFloat(string(types.AppendNumeric(nil, j.Num)), 32, name)
			return types.Float(v), err
		case "double precision":
			v, err := types.ParseFloat(string(types.AppendNumeric(nil, j.Num)), 64, name)
			return types.Float(v), err
		}
		return types.Object(j.Num), nil
	}
}

func bitFromInt(size int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		n := int(a[1].Int())
		if n < 1 {
			n = 1
		}
		v := a[0].Int()
		out := make([]byte, n)
		for i := range out {
			shift := n - 1 - i
			bit := v >> min(shift, 63) & 1
			if shift >= size {
				bit = v >> (size - 1) & 1
			}
			out[i] = '0' + byte(bit)
		}
		return types.Bytes(out), nil
	}
}

func bitToInt(size int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		s := a[0].Str()
		if len(s) > size {
			return types.Null, intRange(size)
		}
		var v uint64
		for i := range len(s) {
			v = v<<1 | uint64(s[i]-'0')
		}
		if size == 32 {
			return types.Int(int64(int32(v))), nil
		}
		return types.Int(int64(v)), nil
	}
}
