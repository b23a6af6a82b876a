package expr

import (
	"math"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// now and its kin, date_trunc, extract, age, make_*, justify_*, time zones.

const (
	usSecond = types.MicrosPerSecond
	usMinute = 60 * usSecond
	usHour   = 60 * usMinute
	usDay    = types.MicrosPerDay
)

// unitNames spells date_trunc's and extract's units.
var unitNames = map[string]string{}

func init() {
	for unit, names := range map[string]string{
		"microseconds": "microseconds microsecond us usec usecs useconds", "milliseconds": "milliseconds millisecond ms msec msecs mseconds",
		"second": "second seconds s sec secs", "minute": "minute minutes m min mins", "hour": "hour hours h hr hrs",
		"day": "day days d", "week": "week weeks w", "month": "month months mon mons", "quarter": "quarter qtr",
		"year": "year years y yr yrs", "decade": "decade decades dec decs", "century": "century centuries c cent", "millennium": "millennium millennia mil mils",
		"dow": "dow", "doy": "doy", "isodow": "isodow", "isoyear": "isoyear", "epoch": "epoch", "julian": "julian j jd",
		"timezone": "timezone", "timezone_hour": "timezone_hour timezone_h", "timezone_minute": "timezone_minute timezone_m",
	} {
		for _, n := range strings.Fields(names) {
			unitNames[n] = unit
		}
	}
}

func badUnit(given, unit, typeName string) error {
	if unit == "" {
		return sqlerr.New(sqlerr.InvalidParameterValue, "unit \"%s\" not recognized for type %s", strings.ToLower(given), typeName)
	}
	return sqlerr.New(sqlerr.FeatureNotSupported, "unit \"%s\" not supported for type %s", strings.ToLower(given), typeName)
}

// truncCivil is date_trunc on a wall clock.
func truncCivil(ts int64, given, typeName string) (int64, error) {
	unit := unitNames[strings.ToLower(given)]
	c := types.BreakTimestamp(ts)
	c2 := types.Civil{Year: c.Year, Month: 1, Day: 1}
	switch unit {
	case "microseconds":
		return ts, nil
	case "milliseconds":
		return ts - floorMod(ts, 1000), nil
	case "second":
		return ts - floorMod(ts, usSecond), nil
	case "minute":
		return ts - floorMod(ts, usMinute), nil
	case "hour":
		return ts - floorMod(ts, usHour), nil
	case "day":
		return ts - floorMod(ts, usDay), nil
	case "week":
		days := floorDiv(ts, usDay)
		return (days - floorMod(days+5, 7)) * usDay, nil
	case "month":
		c2.Month = c.Month
	case "quarter":
		c2.Month = (c.Month-1)/3*3 + 1
	case "year":
	case "decade":
		if c.Year > 0 {
			c2.Year = c.Year / 10 * 10
		} else {
			c2.Year = -((8-(c.Year-1))/10)*10 + 0
		}
	case "century":
		if c.Year > 0 {
			c2.Year = (c.Year+99)/100*100 - 99
		} else {
			c2.Year = -((99-(c.Year-1))/100)*100 + 1
		}
	case "millennium":
		if c.Year > 0 {
			c2.Year = (c.Year+999)/1000*1000 - 999
		} else {
			c2.Year = -((999-(c.Year-1))/1000)*1000 + 1
		}
	default:
		return 0, badUnit(given, unit, typeName)
	}
	out, ok := c2.Timestamp()
	if !ok {
		return 0, timestampRange()
	}
	return out, nil
}

func truncTimestamp(_ *Context, a []types.Datum) (types.Datum, error) {
	if types.IsInfinite(a[1].Int()) {
		return a[1], nil
	}
	ts, err := truncCivil(a[1].Int(), a[0].Str(), "timestamp without time zone")
	return types.Int(ts), err
}

func truncZoned(ts int64, unit string, clock types.Clock) (types.Datum, error) {
	if types.IsInfinite(ts) {
		return types.Int(ts), nil
	}
	local := clock.ToLocal(ts)
	out, err := truncCivil(local, unit, "timestamp with time zone")
	if err != nil {
		return types.Null, err
	}
	if u := unitNames[strings.ToLower(unit)]; u == "microseconds" || u == "milliseconds" || u == "second" || u == "minute" || u == "hour" {
		return types.Int(ts - (local - out)), nil // the offset stays
	}
	return types.Int(clock.FromLocal(out)), nil
}

func truncInterval(_ *Context, a []types.Datum) (types.Datum, error) {
	v := interval(a[1])
	unit := unitNames[strings.ToLower(a[0].Str())]
	years := v.Months / 12
	switch unit {
	case "microseconds":
	case "milliseconds":
		v.Micros -= v.Micros % 1000
	case "second":
		v.Micros -= v.Micros % usSecond
	case "minute":
		v.Micros -= v.Micros % usMinute
	case "hour":
		v.Micros -= v.Micros % usHour
	case "day":
		v.Micros = 0
	case "month":
		v.Days, v.Micros = 0, 0
	case "quarter":
		v = types.Interval{Months: v.Months / 3 * 3}
	case "year":
		v = types.Interval{Months: years * 12}
	case "decade":
		v = types.Interval{Months: years / 10 * 120}
	case "century":
		v = types.Interval{Months: years / 100 * 1200}
	case "millennium":
		v = types.Interval{Months: years / 1000 * 12000}
	default:
		return types.Null, badUnit(a[0].Str(), unit, "interval")
	}
	return types.Object(v), nil
}

// calendarAge is age(): the difference in years, months and days.
func calendarAge(x, y int64) types.Interval {
	sign := int32(1)
	if x < y {
		x, y, sign = y, x, -1
	}
	a, b := types.BreakTimestamp(x), types.BreakTimestamp(y)
	months := (a.Year-b.Year)*12 + a.Month - b.Month
	days := a.Day - b.Day
	us := a.TimeOfDay() - b.TimeOfDay()
	if us < 0 {
		us, days = us+usDay, days-1
	}
	for days < 0 { // the month to borrow from is the earlier moment's
		days += types.DaysInMonth(b.Year, b.Month)
		months--
	}
	return types.Interval{Months: sign * int32(months), Days: sign * int32(days), Micros: int64(sign) * us}
}

func currentTimestamp(pick func(c *Context) time.Time) EvalFunc {
	return func(c *Context, _ []types.Datum) (types.Datum, error) { return types.TimestampDatum(pick(c)), nil }
}

// clockNamed finds the zone or abbreviation that a function's argument names.
func clockNamed(name string) (types.Clock, error) {
	clock, ok := types.ClockNamed(name)
	if !ok {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "time zone \"%s\" not recognized", name)
	}
	return clock, nil
}

// clockOffset makes a zone of an interval.
func clockOffset(v types.Interval) (types.Clock, error) {
	if v.Months != 0 || v.Days != 0 {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "interval time zone \"%s\" must not include months or days", string(types.AppendInterval(nil, v, types.IntervalPostgres)))
	}
	return types.ClockIn(time.FixedZone("", int(v.Micros/usSecond))), nil
}

// clockOfTimestamp is clockNamed for make_timestamptz, which takes offsets too, with
// the sign that ISO gives them.
func clockOfTimestamp(name string) (types.Clock, error) {
	if name != "" && name[0] >= '0' && name[0] <= '9' {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "invalid input syntax for type %s: \"%s\"", "numeric time zone", name).
			WithHint("Numeric time zones must have \"-\" or \"+\" as first character.")
	}
	east, ok, inRange := types.ParseZoneOffset(name)
	switch {
	case ok && !inRange:
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "numeric time zone \"%s\" out of range", name)
	case ok:
		return types.ClockIn(time.FixedZone("", east)), nil
	}
	return clockNamed(name)
}

// atZone is AT TIME ZONE with a name or an interval.
func atZone(f func(clock types.Clock, ts int64) int64) (byName, byInterval EvalFunc) {
	with := func(find func(d types.Datum) (types.Clock, error)) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			if types.IsInfinite(a[1].Int()) { // in whatever zone
				return a[1], nil
			}
			clock, err := find(a[0])
			if err != nil {
				return types.Null, err
			}
			return types.Int(f(clock, a[1].Int())), nil
		}
	}
	byName = with(func(d types.Datum) (types.Clock, error) { return clockNamed(d.Str()) })
	byInterval = with(func(d types.Datum) (types.Clock, error) { return clockOffset(interval(d)) })
	return byName, byInterval
}

func makeDate(y, m, d int64) (int64, error) {
	bad := sqlerr.New(sqlerr.DatetimeFieldOverflow, "date field value out of range: %d-%02d-%02d", y, m, d)
	if y == 0 {
		return 0, bad
	}
	if y < 0 {
		y++
	}
	if m < 1 || m > 12 || y > 5874897 || y < -4713 || d < 1 || int(d) > types.DaysInMonth(int(y), int(m)) {
		return 0, bad
	}
	return types.Civil{Year: int(y), Month: int(m), Day: int(d)}.Days(), nil
}

func makeTime(h, m int64, s float64) (int64, error) {
	if h < 0 || m < 0 || m > 59 || s < 0 || s > 60 || math.IsNaN(s) || h > 24 || h == 24 && (m > 0 || s > 0) {
		return 0, sqlerr.New(sqlerr.DatetimeFieldOverflow, "time field value out of range: %d:%02d:%02g", h, m, s)
	}
	return h*usHour + m*usMinute + int64(math.RoundToEven(s*1e6)), nil
}

func makeTimestamp(a []types.Datum) (int64, error) {
	d, err := makeDate(a[0].Int(), a[1].Int(), a[2].Int())
	if err != nil {
		return 0, err
	}
	t, err := makeTime(a[3].Int(), a[4].Int(), a[5].Float())
	return d*usDay + t, err
}

// overlaps is OVERLAPS over comparable values; NULL ends are open.
func overlaps(less func(a, b types.Datum) bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		s1, e1, s2, e2 := a[0], a[1], a[2], a[3]
		order := func(s, e types.Datum) (types.Datum, types.Datum, bool) {
			switch {
			case s.IsNull() && e.IsNull():
				return s, e, false
			case s.IsNull(), !e.IsNull() && less(e, s):
				return e, s, true
			}
			return s, e, true
		}
		var ok1, ok2 bool
		if s1, e1, ok1 = order(s1, e1); !ok1 {
			return types.Null, nil
		}
		if s2, e2, ok2 = order(s2, e2); !ok2 {
			return types.Null, nil
		}
		switch {
		case less(s2, s1):
			s1, e1, s2, e2 = s2, e2, s1, e1
			fallthrough
		case less(s1, s2):
			if e1.IsNull() {
				return types.Null, nil
			}
			if less(s2, e1) {
				return types.Bool(true), nil
			}
			if e2.IsNull() {
				return types.Null, nil
			}
			return types.Bool(false), nil
		}
		if e1.IsNull() || e2.IsNull() {
			return types.Null, nil
		}
		return types.Bool(true), nil
	}
}

func init() {
	tsNum, tsFloat := extraction(func(_ *Context, u string, d types.Datum) (part, bool, error) {
		return timestampPart(u, d.Int(), d.Int(), nil, "timestamp without time zone")
	})
	tzNum, tzFloat := extraction(func(c *Context, u string, d types.Datum) (part, bool, error) {
		off, _ := 0, ""
		if !types.IsInfinite(d.Int()) {
			off, _ = types.ZoneAt(d.Int(), c.env().Location)
		}
		return timestampPart(u, types.ToLocal(d.Int(), c.env().Location), d.Int(), &off, "timestamp with time zone")
	})
	dateNum, dateFloat := extraction(func(_ *Context, u string, d types.Datum) (part, bool, error) {
		unit := unitNames[strings.ToLower(u)]
		switch unit {
		case "microseconds", "milliseconds", "second", "minute", "hour", "timezone", "timezone_hour", "timezone_minute":
			return part{}, false, badUnit(u, unit, "date")
		case "epoch":
			if !types.IsInfiniteDate(d.Int()) {
				return part{value: d.Int()*86400 - types.UnixEpochMicros/usSecond}, false, nil
			}
		}
		ts, err := dateTS(d.Int())
		if err != nil {
			return part{}, false, err
		}
		return timestampPart(u, ts, ts, nil, "date")
	})
	timeNum, timeFloat := extraction(func(_ *Context, u string, d types.Datum) (part, bool, error) {
		unit := unitNames[strings.ToLower(u)]
		if unit == "epoch" {
			return part{value: d.Int(), scale: 6}, false, nil
		}
		p, ok := clockPart(unit, d.Int())
		if !ok {
			return part{}, false, badUnit(u, unit, "time without time zone")
		}
		return p, false, nil
	})
	timetzNum, timetzFloat := extraction(func(_ *Context, u string, d types.Datum) (part, bool, error) {
		unit := unitNames[strings.ToLower(u)]
		v := d.Object().(types.TimeTZ)
		switch unit {
		case "epoch":
			return part{value: v.Micros - int64(v.East)*usSecond, scale: 6}, false, nil
		case "timezone":
			return part{value: int64(v.East)}, false, nil
		case "timezone_hour":
			return part{value: int64(v.East / 3600)}, false, nil
		case "timezone_minute":
			return part{value: int64(v.East / 60 % 60)}, false, nil
		}
		p, ok := clockPart(unit, v.Micros)
		if !ok {
			return part{}, false, badUnit(u, unit, "time with time zone")
		}
		return p, false, nil
	})
	ivNum, ivFloat := extraction(func(_ *Context, u string, d types.Datum) (part, bool, error) {
		p, err := intervalPart(u, interval(d))
		return p, false, err
	})
	toLocalName, toLocalInterval := atZone(types.Clock.ToLocal)
	fromLocalName, fromLocalInterval := atZone(types.Clock.FromLocal)
	age := func(x, y int64) (types.Datum, error) {
		if types.IsInfinite(x) || types.IsInfinite(y) {
			return types.Null, timestampRange()
		}
		return types.Object(calendarAge(x, y)), nil
	}
	intOverlaps := overlaps(func(a, b types.Datum) bool { return a.Int() < b.Int() })
	register(map[string]EvalFunc{
		"now":                 currentTimestamp((*Context).txTime),
		"statement_timestamp": currentTimestamp(func(c *Context) time.Time { return c.StatementTime }),
		"clock_timestamp":     currentTimestamp((*Context).clock),
		"timeofday": func(c *Context, _ []types.Datum) (types.Datum, error) {
			return types.String(c.clock().In(c.env().Location).Format("Mon Jan 02 15:04:05.000000 2006 MST")), nil
		},
		"timestamp_trunc": truncTimestamp, "interval_trunc": truncInterval,
		"timestamptz_trunc": func(c *Context, a []types.Datum) (types.Datum, error) {
			return truncZoned(a[1].Int(), a[0].Str(), types.ClockIn(c.env().Location))
		},
		"timestamptz_trunc_zone": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if types.IsInfinite(a[1].Int()) {
				return a[1], nil
			}
			clock, err := clockNamed(a[2].Str())
			if err != nil {
				return types.Null, err
			}
			return truncZoned(a[1].Int(), a[0].Str(), clock)
		},
		"extract_timestamp": tsNum, "timestamp_part": tsFloat, "extract_timestamptz": tzNum, "timestamptz_part": tzFloat,
		"extract_date": dateNum, "extract_time": timeNum, "time_part": timeFloat, "extract_timetz": timetzNum, "timetz_part": timetzFloat,
		"extract_interval": ivNum, "interval_part": ivFloat, "sql:date_part": func(c *Context, a []types.Datum) (types.Datum, error) {
			u := unitNames[strings.ToLower(a[0].Str())]
			if u == "hour" || u == "minute" || u == "second" || u == "milliseconds" || u == "microseconds" || u == "epoch" {
				ts, err := dateTS(a[1].Int())
				if err != nil {
					return types.Null, err
				}
				return tsFloat(c, []types.Datum{a[0], types.Int(ts)})
			}
			if u == "" { // it is taken for a field of the timestamp that the date is
				return tsFloat(c, a)
			}
			return dateFloat(c, a)
		},
		"timestamp_age": func(_ *Context, a []types.Datum) (types.Datum, error) { return age(a[0].Int(), a[1].Int()) },
		"timestamptz_age": func(c *Context, a []types.Datum) (types.Datum, error) {
			loc := c.env().Location
			return age(types.ToLocal(a[0].Int(), loc), types.ToLocal(a[1].Int(), loc))
		},
		"make_date": func(_ *Context, a []types.Datum) (types.Datum, error) {
			d, err := makeDate(a[0].Int(), a[1].Int(), a[2].Int())
			return types.Int(d), err
		},
		"make_time": func(_ *Context, a []types.Datum) (types.Datum, error) {
			t, err := makeTime(a[0].Int(), a[1].Int(), a[2].Float())
			return types.Int(t), err
		},
		"make_timestamp": func(_ *Context, a []types.Datum) (types.Datum, error) {
			ts, err := makeTimestamp(a)
			return types.Int(ts), err
		},
		"make_timestamptz": func(c *Context, a []types.Datum) (types.Datum, error) {
			ts, err := makeTimestamp(a)
			return types.Int(types.FromLocal(ts, c.env().Location)), err
		},
		"make_timestamptz_at_timezone": func(_ *Context, a []types.Datum) (types.Datum, error) {
			ts, err := makeTimestamp(a)
			if err != nil {
				return types.Null, err
			}
			clock, err := clockOfTimestamp(a[6].Str())
			if err != nil {
				return types.Null, err
			}
			return types.Int(clock.FromLocal(ts)), nil
		},
		"make_interval": func(_ *Context, a []types.Datum) (types.Datum, error) {
			months := a[0].Int()*12 + a[1].Int() // wraps, as in PostgreSQL
			days := a[2].Int()*7 + a[3].Int()
			secs := a[6].Float()
			if math.IsNaN(secs) || math.IsInf(secs, 0) {
				return types.Null, intervalRange()
			}
			return types.Object(types.Interval{Months: int32(months), Days: int32(days),
				Micros: a[4].Int()*usHour + a[5].Int()*usMinute + int64(math.RoundToEven(secs*1e6))}), nil
		},
		"interval_justify_hours": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return justified(justifyHours(interval(a[0])))
		},
		"interval_justify_days": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return justified(justifyDays(interval(a[0])))
		},
		"interval_justify_interval": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return justified(justifyInterval(interval(a[0])))
		},
		"float8_timestamptz": func(_ *Context, a []types.Datum) (types.Datum, error) {
			f := a[0].Float()
			switch {
			case math.IsNaN(f):
				return types.Null, sqlerr.New(sqlerr.DatetimeFieldOverflow, "timestamp cannot be NaN")
			case math.IsInf(f, 1):
				return types.Int(types.PosInfinity), nil
			case math.IsInf(f, -1):
				return types.Int(types.NegInfinity), nil
			case math.Abs(f) > 9.3e12:
				return types.Null, sqlerr.New(sqlerr.DatetimeFieldOverflow, "timestamp out of range: \"%g\"", f)
			}
			return types.Int(int64(math.RoundToEven(f*1e6)) + types.UnixEpochMicros), nil
		},
		"date_finite": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(!types.IsInfiniteDate(a[0].Int())), nil
		},
		"timestamp_finite": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(!types.IsInfinite(a[0].Int())), nil
		},
		"interval_finite":  func(*Context, []types.Datum) (types.Datum, error) { return types.Bool(true), nil },
		"timestamptz_zone": toLocalName, "timestamptz_izone": toLocalInterval, "timestamp_zone": fromLocalName, "timestamp_izone": fromLocalInterval,
		"timetz_zone": func(c *Context, a []types.Datum) (types.Datum, error) {
			clock, err := clockNamed(a[0].Str())
			if err != nil {
				return types.Null, err
			}
			return timetzAt(c, a[1], clock), nil
		},
		"timetz_izone": func(c *Context, a []types.Datum) (types.Datum, error) {
			clock, err := clockOffset(interval(a[0]))
			if err != nil {
				return types.Null, err
			}
			return timetzAt(c, a[1], clock), nil
		},
		"overlaps_timestamp": intOverlaps, "overlaps_time": intOverlaps,
		"overlaps_timetz": overlaps(func(a, b types.Datum) bool { return types.TimeTZType.Compare(a, b) < 0 }),
		"timestamp_bin":   dateBin, "timestamptz_bin": dateBin,
	})
	registerTyped(map[string]TypedFunc{
		"sql:age": func(args []*types.Type, _ *types.Type) EvalFunc {
			return func(c *Context, a []types.Datum) (types.Datum, error) {
				today := types.ToLocal(types.TimestampFromTime(c.txTime()), c.env().Location)
				today -= floorMod(today, usDay)
				x := a[0].Int()
				if args[0] == types.TimestampTZ {
					x = types.ToLocal(x, c.env().Location)
				}
				return age(today, x)
			}
		},
		"sql:overlaps": sqlOverlaps,
		"sql:timestamptz": func([]*types.Type, *types.Type) EvalFunc {
			return func(c *Context, a []types.Datum) (types.Datum, error) {
				ts, err := dateTS(a[0].Int())
				if err != nil || types.IsInfinite(ts) {
					return types.Int(ts), err
				}
				return types.Int(types.FromLocal(ts+a[1].Int(), c.env().Location)), nil
			}
		},
	})
}

// sqlOverlaps brings interval ends to moments and asks OVERLAPS.
func sqlOverlaps(args []*types.Type, _ *types.Type) EvalFunc {
	plus := evalCode["timestamp_pl_interval"]
	switch args[0] {
	case types.TimestampTZ:
		plus = evalCode["timestamptz_pl_interval"]
	case types.Time:
		plus = evalCode["time_pl_interval"]
	}
	base := evalCode["overlaps_timestamp"]
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		b := append([]types.Datum{}, a...)
		for _, i := range []int{1, 3} {
			if args[i] != types.IntervalType || b[i].IsNull() {
				continue
			}
			if b[i-1].IsNull() {
				b[i] = types.Null
				continue
			}
			v, err := plus(c, []types.Datum{b[i-1], b[i]})
			if err != nil {
				return types.Null, err
			}
			b[i] = v
		}
		return base(c, b)
	}
}

func timetzAt(c *Context, d types.Datum, clock types.Clock) types.Datum {
	v := d.Object().(types.TimeTZ)
	now := types.TimestampFromTime(c.txTime())
	off := int((clock.ToLocal(now) - now) / usSecond)
	us := floorMod(v.Micros+int64(off-int(v.East))*usSecond, usDay)
	return types.Object(types.TimeTZ{Micros: us, East: int32(off)})
}

func justified(v types.Interval, inRange bool) (types.Datum, error) {
	if !inRange {
		return types.Null, intervalRange()
	}
	return types.Object(v), nil
}

// addTo adds within the range of an integer.
func addTo(to *int32, n int64) bool {
	sum := int64(*to) + n
	*to = int32(sum)
	return sum == int64(*to)
}

func justifyInterval(v types.Interval) (types.Interval, bool) {
	wholeMonths := func() bool {
		months := v.Days / 30
		v.Days %= 30
		return addTo(&v.Months, int64(months))
	}
	if v.Days > 0 && v.Micros > 0 || v.Days < 0 && v.Micros < 0 {
		if !wholeMonths() {
			return v, false
		}
	}
	v.Days += int32(v.Micros / usDay)
	v.Micros %= usDay
	if !wholeMonths() {
		return v, false
	}
	if v.Months > 0 && (v.Days < 0 || v.Days == 0 && v.Micros < 0) {
		v.Days, v.Months = v.Days+30, v.Months-1
	} else if v.Months < 0 && (v.Days > 0 || v.Days == 0 && v.Micros > 0) {
		v.Days, v.Months = v.Days-30, v.Months+1
	}
	if v.Days > 0 && v.Micros < 0 {
		v.Micros, v.Days = v.Micros+usDay, v.Days-1
	} else if v.Days < 0 && v.Micros > 0 {
		v.Micros, v.Days = v.Micros-usDay, v.Days+1
	}
	return v, true
}

// dateBin is date_bin(): the start of the stride that a moment lies in.
func dateBin(_ *Context, a []types.Datum) (types.Datum, error) {
	stride, ts, origin := interval(a[0]), a[1].Int(), a[2].Int()
	if types.IsInfinite(ts) {
		return a[1], nil
	}
	if types.IsInfinite(origin) {
		return types.Null, sqlerr.New(sqlerr.DatetimeFieldOverflow, "origin out of range")
	}
	if stride.Months != 0 {
		return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "timestamps cannot be binned into intervals containing months or years")
	}
	days, fits := mul64(int64(stride.Days), usDay)
	us, ok := add64(days, stride.Micros)
	if fits = fits && ok; fits && us <= 0 {
		return types.Null, sqlerr.New(sqlerr.DatetimeFieldOverflow, "stride must be greater than zero")
	}
	apart, ok := add64(ts, -origin)
	if !fits || !ok {
		return types.Null, intervalRange()
	}
	out, ok := add64(ts, -floorMod(apart, us))
	if !ok || !types.ValidTimestamp(out) {
		return types.Null, timestampRange()
	}
	return types.Int(out), nil
}
