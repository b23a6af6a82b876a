package expr

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Comparison functions are made, not written: over two values of one type they
// are the type's own order, and over two types of one family both values are
// brought to one representation first.

// comparisonSuffixes are how the symbols of comparison functions end.
var comparisonSuffixes = []struct {
	suffix string
	test   func(int) bool
}{
	{"neq", func(c int) bool { return c != 0 }}, // of xid
	{"_eq", func(c int) bool { return c == 0 }}, {"_ne", func(c int) bool { return c != 0 }},
	{"_lt", func(c int) bool { return c < 0 }}, {"_le", func(c int) bool { return c <= 0 }},
	{"_gt", func(c int) bool { return c > 0 }}, {"_ge", func(c int) bool { return c >= 0 }},
	{"eq", func(c int) bool { return c == 0 }}, {"ne", func(c int) bool { return c != 0 }},
	{"lt", func(c int) bool { return c < 0 }}, {"le", func(c int) bool { return c <= 0 }},
	{"gt", func(c int) bool { return c > 0 }}, {"ge", func(c int) bool { return c >= 0 }},
}

// comparisonCode gives the code of a comparison function, or nil.
func comparisonCode(f *Function) EvalFunc {
	if len(f.Args) != 2 || strings.Contains(f.Symbol, "regex") || strings.Contains(f.Symbol, "like") {
		return nil
	}
	if test := booleanComparison(f); test != nil {
		if f.Strict {
			f.Binary = test
		}
		return test.eval
	}
	if f.Result == types.Int4 && (strings.HasSuffix(f.Symbol, "cmp") || strings.Contains(f.Symbol, "_cmp_")) {
		if cmp := ordering(f.Args[0], f.Args[1]); cmp != nil {
			return func(c *Context, a []types.Datum) (types.Datum, error) {
				return types.Int(int64(cmp(c, a[0], a[1]))), nil
			}
		}
		return nil
	}
	if f.Result != types.Boolean && f.Result.Same(f.Args[0]) && f.Args[0].Same(f.Args[1]) {
		larger, smaller := strings.HasSuffix(f.Symbol, "larger"), strings.HasSuffix(f.Symbol, "smaller")
		if t := f.Args[0]; larger || smaller {
			compare := t.Compare
			if t == types.AnyArray {
				compare = func(a, b types.Datum) int { return types.CompareArrays(a.Array().Elem, a.Array(), b.Array()) }
			}
			return func(_ *Context, a []types.Datum) (types.Datum, error) {
				if (compare(a[0], a[1]) > 0) == larger {
					return a[0], nil
				}
				return a[1], nil
			}
		}
		return nil
	}
	return nil
}

// booleanComparison gives the code of a comparison that is true or false, or nil.
func booleanComparison(f *Function) BinaryFunc {
	if f.Result != types.Boolean {
		return nil
	}
	// date_eq_timestamp and nameeqtext name the second type last.
	symbol := f.Symbol
	for _, tail := range []string{"_timestamptz", "_timestamp", "_date", "text", "name"} {
		if short, ok := strings.CutSuffix(symbol, tail); ok && !f.Args[0].Same(f.Args[1]) {
			symbol = short
			break
		}
	}
	for _, s := range comparisonSuffixes {
		if !strings.HasSuffix(symbol, s.suffix) {
			continue
		}
		if f.Args[0] == types.RecordType && f.Args[1] == types.RecordType {
			return recordComparison(symbol, s.test)
		}
		if code := scalarComparison(f.Args[0], f.Args[1], s.test); code != nil {
			return code
		}
		cmp := ordering(f.Args[0], f.Args[1])
		if cmp == nil {
			return nil
		}
		test := s.test
		return func(c *Context, a, b types.Datum) (types.Datum, error) {
			return types.Bool(test(cmp(c, a, b))), nil
		}
	}
	return nil
}

// scalarComparison compares values that are held as integers, or nil. test is one
// of comparisonSuffixes.
func scalarComparison(l, r *types.Type, test func(int) bool) BinaryFunc {
	if !heldAsInt[l] || !heldAsInt[r] || !l.Same(r) && !(integers[l] && integers[r]) {
		return nil
	}
	switch less, equal, greater := test(-1), test(0), test(1); {
	case equal && !less && !greater:
		return func(_ *Context, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Int() == b.Int()), nil }
	case less && greater:
		return func(_ *Context, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Int() != b.Int()), nil }
	case less && equal:
		return func(_ *Context, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Int() <= b.Int()), nil }
	case less:
		return func(_ *Context, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Int() < b.Int()), nil }
	case equal:
		return func(_ *Context, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Int() >= b.Int()), nil }
	}
	return func(_ *Context, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Int() > b.Int()), nil }
}

var (
	integers  = map[*types.Type]bool{types.Int2: true, types.Int4: true, types.Int8: true, types.Oid: true}
	heldAsInt = map[*types.Type]bool{types.Int2: true, types.Int4: true, types.Int8: true, types.Oid: true,
		types.Date: true, types.Timestamp: true, types.TimestampTZ: true, types.Time: true, types.Boolean: true}
)

// ordering gives the comparison of two types, or nil.
func ordering(l, r *types.Type) func(c *Context, a, b types.Datum) int {
	isInt := func(t *types.Type) bool {
		return t == types.Int2 || t == types.Int4 || t == types.Int8 || t == types.Oid
	}
	isText := func(t *types.Type) bool { return t == types.Text || t == types.Name || t == types.Varchar }
	isFloat := func(t *types.Type) bool { return t == types.Float4 || t == types.Float8 }
	switch {
	case l == types.AnyArray && r == types.AnyArray:
		return func(_ *Context, a, b types.Datum) int {
			x, y := a.Array(), b.Array()
			return types.CompareArrays(x.Elem, x, y)
		}
	case l == types.RecordType:
		return func(_ *Context, a, b types.Datum) int { return types.RecordType.Compare(a, b) }
	case l == types.XID || l == types.CID:
		return func(_ *Context, a, b types.Datum) int { return types.Oid.Compare(a, b) }
	case l.Same(r):
		if !l.Comparable() || isPolymorphic(l) {
			return nil
		}
		return func(_ *Context, a, b types.Datum) int { return l.Compare(a, b) }
	case isInt(l) && isInt(r):
		return func(_ *Context, a, b types.Datum) int { return types.Int8.Compare(a, b) }
	case isText(l) && isText(r):
		return func(_ *Context, a, b types.Datum) int { return types.Text.Compare(a, b) }
	case isFloat(l) && isFloat(r):
		return func(_ *Context, a, b types.Datum) int { return types.Float8.Compare(a, b) }
	}
	toTS, ok1 := momentOf(l, r)
	fromTS, ok2 := momentOf(r, l)
	if ok1 && ok2 {
		return func(c *Context, a, b types.Datum) int {
			return types.Int8.Compare(types.Int(toTS(c, a)), types.Int(fromTS(c, b)))
		}
	}
	return nil
}

// momentOf makes dates and timestamps comparable: t's values as timestamps, in
// UTC if either side has a time zone.
func momentOf(t, other *types.Type) (func(c *Context, d types.Datum) int64, bool) {
	zoned := t == types.TimestampTZ || other == types.TimestampTZ
	switch t {
	case types.Date:
		return func(c *Context, d types.Datum) int64 {
			ts := dateToTimestamp(d.Int())
			if zoned && ts != beyondTimestamps {
				ts = types.FromLocal(ts, c.env().Location)
			}
			return ts
		}, true
	case types.Timestamp:
		return func(c *Context, d types.Datum) int64 {
			if zoned {
				return types.FromLocal(d.Int(), c.env().Location)
			}
			return d.Int()
		}, true
	case types.TimestampTZ:
		return func(_ *Context, d types.Datum) int64 { return d.Int() }, true
	}
	return nil, false
}

// beyondTimestamps is what a date compares as that lies after every timestamp: less
// than infinity.
const beyondTimestamps = types.PosInfinity - 1

// dateToTimestamp gives midnight.
func dateToTimestamp(days int64) int64 {
	switch {
	case days == types.DatePosInfinity:
		return types.PosInfinity
	case days == types.DateNegInfinity:
		return types.NegInfinity
	case days > types.PosInfinity/types.MicrosPerDay:
		return beyondTimestamps
	}
	return days * types.MicrosPerDay
}

func init() {
	registerTyped(map[string]TypedFunc{
		"enum_eq": enumTest(func(c int) bool { return c == 0 }), "enum_ne": enumTest(func(c int) bool { return c != 0 }),
		"enum_lt": enumTest(func(c int) bool { return c < 0 }), "enum_le": enumTest(func(c int) bool { return c <= 0 }),
		"enum_gt": enumTest(func(c int) bool { return c > 0 }), "enum_ge": enumTest(func(c int) bool { return c >= 0 }),
	})
}

func enumTest(test func(int) bool) TypedFunc {
	return func(args []*types.Type, _ *types.Type) EvalFunc {
		t := args[0]
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(test(t.Compare(a[0], a[1]))), nil
		}
	}
}
