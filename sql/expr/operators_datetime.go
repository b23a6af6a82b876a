package expr

import (
	"math"
	"time"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Arithmetic of dates, times and intervals, and the casts among them.

func timestampRange() error {
	return sqlerr.New(sqlerr.DatetimeFieldOverflow, "timestamp out of range")
}

func dateRange() error { return sqlerr.New(sqlerr.DatetimeFieldOverflow, "date out of range") }

func intervalRange() error {
	return sqlerr.New(sqlerr.DatetimeFieldOverflow, "interval out of range")
}

func interval(d types.Datum) types.Interval {
	v, _ := d.Object().(types.Interval)
	return v
}

// addIntervals adds sign times b to a.
func addIntervals(a, b types.Interval, sign int64) (types.Interval, error) {
	months := int64(a.Months) + sign*int64(b.Months)
	days := int64(a.Days) + sign*int64(b.Days)
	micros := a.Micros + sign*b.Micros
	if months != int64(int32(months)) || days != int64(int32(days)) ||
		sign < 0 && b.Micros == math.MinInt64 || sign*b.Micros > 0 && micros < a.Micros || sign*b.Micros < 0 && micros > a.Micros {
		return types.Interval{}, intervalRange()
	}
	return types.Interval{Months: int32(months), Days: int32(days), Micros: micros}, nil
}

// scaleInterval multiplies by factor/divisor, the fractions of months and days
// carried down, as interval_mul and interval_div do.
func scaleInterval(v types.Interval, factor, divisor float64) (types.Interval, error) {
	months := float64(v.Months) * factor / divisor
	days := float64(v.Days) * factor / divisor
	micros := float64(v.Micros) * factor / divisor
	fits := func(f float64) bool { return f >= math.MinInt32 && f < -float64(math.MinInt32) }
	if !fits(months) || !fits(days) {
		return types.Interval{}, intervalRange()
	}
	out := types.Interval{Months: int32(months), Days: int32(days)}
	round6 := func(f float64) float64 { return math.RoundToEven(f*1e6) / 1e6 }
	monthDays := round6((months - math.Trunc(months)) * 30)
	secs := round6((days - math.Trunc(days) + monthDays - math.Trunc(monthDays)) * 86400)
	whole := int64(out.Days)
	if math.Abs(secs) >= 86400 {
		whole += int64(secs / 86400)
		secs -= math.Trunc(secs/86400) * 86400
	}
	if whole += int64(monthDays); whole != int64(int32(whole)) {
		return types.Interval{}, intervalRange()
	}
	out.Days = int32(whole)
	total := math.RoundToEven(micros + secs*1e6)
	if !(total >= math.MinInt64 && total < -float64(math.MinInt64)) {
		return types.Interval{}, intervalRange()
	}
	out.Micros = int64(total)
	return out, nil
}

// addMonths moves a wall clock by months, to the month's last day at most.
func addMonths(ts int64, months int32) (int64, error) {
	c := types.BreakTimestamp(ts)
	m := c.Year*12 + c.Month - 1 + int(months)
	year := m / 12
	month := m % 12
	if month < 0 {
		month, year = month+12, year-1
	}
	c.Year, c.Month = year, month+1
	c.Day = min(c.Day, types.DaysInMonth(c.Year, c.Month))
	out, ok := c.Timestamp()
	if !ok {
		return 0, timestampRange()
	}
	return out, nil
}

// addToTimestamp adds an interval to a timestamp, or, with a location, to a
// timestamptz, whose months and days are counted on its wall clock.
func addToTimestamp(ts int64, v types.Interval, loc *time.Location) (int64, error) {
	if types.IsInfinite(ts) {
		return ts, nil
	}
	if v.Months != 0 || v.Days != 0 {
		local := ts
		if loc != nil {
			local = types.ToLocal(ts, loc)
		}
		if v.Months != 0 {
			var err error
			if local, err = addMonths(local, v.Months); err != nil {
				return 0, err
			}
		}
		local += int64(v.Days) * types.MicrosPerDay
		ts = local
		if loc != nil {
			ts = types.FromLocal(local, loc)
		}
	}
	out := ts + v.Micros
	if v.Micros > 0 && out < ts || v.Micros < 0 && out > ts || !types.ValidTimestamp(out) {
		return 0, timestampRange()
	}
	return out, nil
}

func negInterval(v types.Interval) (types.Interval, error) {
	return addIntervals(types.Interval{}, v, -1)
}

// plusInterval is timestamp (or, zoned, timestamptz) plus or minus an interval.
func plusInterval(zoned bool, sign int64) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		v := interval(a[1])
		if sign < 0 {
			var err error
			if v, err = negInterval(v); err != nil {
				return types.Null, err
			}
		}
		var loc *time.Location
		if zoned {
			loc = c.env().Location
		}
		ts, err := addToTimestamp(a[0].Int(), v, loc)
		return types.Int(ts), err
	}
}

func flip(f EvalFunc) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) { return f(c, []types.Datum{a[1], a[0]}) }
}

// dateTS gives a date's midnight; beyond the timestamps is 22008.
func dateTS(days int64) (int64, error) {
	ts := dateToTimestamp(days)
	if types.IsInfinite(ts) {
		if !types.IsInfiniteDate(days) {
			return 0, sqlerr.New(sqlerr.DatetimeFieldOverflow, "date out of range for timestamp")
		}
		return ts, nil
	}
	if !types.ValidTimestamp(ts) {
		return 0, sqlerr.New(sqlerr.DatetimeFieldOverflow, "date out of range for timestamp")
	}
	return ts, nil
}

func dateInterval(sign int64) EvalFunc {
	plus := plusInterval(false, sign)
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		ts, err := dateTS(a[0].Int())
		if err != nil {
			return types.Null, err
		}
		return plus(c, []types.Datum{types.Int(ts), a[1]})
	}
}

func dateDays(sign int64) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		if types.IsInfiniteDate(a[0].Int()) {
			return a[0], nil
		}
		d := a[0].Int() + sign*a[1].Int()
		if !types.ValidDate(d) {
			return types.Null, dateRange()
		}
		return types.Int(d), nil
	}
}

func timestampDate(ts int64) types.Datum {
	switch ts {
	case types.PosInfinity:
		return types.Int(types.DatePosInfinity)
	case types.NegInfinity:
		return types.Int(types.DateNegInfinity)
	}
	return types.Int(floorDiv(ts, types.MicrosPerDay))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

func timeOfDay(ts int64) types.Datum {
	if types.IsInfinite(ts) {
		return types.Null
	}
	return types.Int(floorMod(ts, types.MicrosPerDay))
}

func plusTime(sign int64) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Int(floorMod(a[0].Int()+sign*(interval(a[1]).Micros%types.MicrosPerDay), types.MicrosPerDay)), nil
	}
}

func plusTimeTZ(sign int64) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		v := a[0].Object().(types.TimeTZ)
		v.Micros = floorMod(v.Micros+sign*(interval(a[1]).Micros%types.MicrosPerDay), types.MicrosPerDay)
		return types.Object(v), nil
	}
}

func init() {
	tsPlus, tzPlus, datePlus := plusInterval(false, 1), plusInterval(true, 1), dateInterval(1)
	dateTime := func(_ *Context, a []types.Datum) (types.Datum, error) {
		ts, err := dateTS(a[0].Int())
		if err != nil || types.IsInfinite(ts) {
			return types.Int(ts), err
		}
		return types.Int(ts + a[1].Int()), nil
	}
	dateTimeTZ := func(_ *Context, a []types.Datum) (types.Datum, error) {
		ts, err := dateTS(a[0].Int())
		if err != nil || types.IsInfinite(ts) {
			return types.Int(ts), err
		}
		v := a[1].Object().(types.TimeTZ)
		return types.Int(ts + v.Micros - int64(v.East)*types.MicrosPerSecond), nil
	}
	table := map[string]EvalFunc{
		"date_pli": dateDays(1), "date_mii": dateDays(-1), "sql:integer_pl_date": flip(dateDays(1)),
		"date_mi": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if types.IsInfiniteDate(a[0].Int()) || types.IsInfiniteDate(a[1].Int()) {
				return types.Null, sqlerr.New(sqlerr.DatetimeFieldOverflow, "cannot subtract infinite dates")
			}
			return fit(a[0].Int()-a[1].Int(), 32)
		},
		"date_pl_interval": datePlus, "date_mi_interval": dateInterval(-1), "sql:interval_pl_date": flip(datePlus),
		"datetime_timestamp": dateTime, "datetimetz_timestamptz": dateTimeTZ, "sql:timedate_pl": flip(dateTime), "sql:timetzdate_pl": flip(dateTimeTZ),
		"timestamp_pl_interval": tsPlus, "timestamp_mi_interval": plusInterval(false, -1), "sql:interval_pl_timestamp": flip(tsPlus),
		"timestamptz_pl_interval": tzPlus, "timestamptz_mi_interval": plusInterval(true, -1), "sql:interval_pl_timestamptz": flip(tzPlus),
		"timestamp_mi": func(_ *Context, a []types.Datum) (types.Datum, error) {
			x, y := a[0].Int(), a[1].Int()
			if types.IsInfinite(x) || types.IsInfinite(y) {
				return types.Null, sqlerr.New(sqlerr.DatetimeFieldOverflow, "cannot subtract infinite timestamps")
			}
			return justified(justifyHours(types.Interval{Micros: x - y}))
		},
		"time_pl_interval": plusTime(1), "time_mi_interval": plusTime(-1), "sql:interval_pl_time": flip(plusTime(1)),
		"timetz_pl_interval": plusTimeTZ(1), "timetz_mi_interval": plusTimeTZ(-1), "sql:interval_pl_timetz": flip(plusTimeTZ(1)),
		"time_mi_time": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Object(types.Interval{Micros: a[0].Int() - a[1].Int()}), nil
		},
		"interval_pl": func(_ *Context, a []types.Datum) (types.Datum, error) {
			v, err := addIntervals(interval(a[0]), interval(a[1]), 1)
			return types.Object(v), err
		},
		"interval_mi": func(_ *Context, a []types.Datum) (types.Datum, error) {
			v, err := addIntervals(interval(a[0]), interval(a[1]), -1)
			return types.Object(v), err
		},
		"interval_um": func(_ *Context, a []types.Datum) (types.Datum, error) {
			v, err := negInterval(interval(a[0]))
			return types.Object(v), err
		},
		"interval_mul": func(_ *Context, a []types.Datum) (types.Datum, error) {
			v, err := scaleInterval(interval(a[0]), a[1].Float(), 1)
			return types.Object(v), err
		},
		"mul_d_interval": func(_ *Context, a []types.Datum) (types.Datum, error) {
			v, err := scaleInterval(interval(a[1]), a[0].Float(), 1)
			return types.Object(v), err
		},
		"interval_div": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[1].Float() == 0 {
				return types.Null, divisionByZero()
			}
			v, err := scaleInterval(interval(a[0]), 1, a[1].Float())
			return types.Object(v), err
		},
		// Casts.
		"date_timestamp": func(_ *Context, a []types.Datum) (types.Datum, error) {
			ts, err := dateTS(a[0].Int())
			return types.Int(ts), err
		},
		"date_timestamptz": func(c *Context, a []types.Datum) (types.Datum, error) {
			ts, err := dateTS(a[0].Int())
			return types.Int(types.FromLocal(ts, c.env().Location)), err
		},
		"timestamp_date": func(_ *Context, a []types.Datum) (types.Datum, error) { return timestampDate(a[0].Int()), nil },
		"timestamptz_date": func(c *Context, a []types.Datum) (types.Datum, error) {
			return timestampDate(types.ToLocal(a[0].Int(), c.env().Location)), nil
		},
		"timestamp_timestamptz": func(c *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(types.FromLocal(a[0].Int(), c.env().Location)), nil
		},
		"timestamptz_timestamp": func(c *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(types.ToLocal(a[0].Int(), c.env().Location)), nil
		},
		"timestamp_time": func(_ *Context, a []types.Datum) (types.Datum, error) { return timeOfDay(a[0].Int()), nil },
		"timestamptz_time": func(c *Context, a []types.Datum) (types.Datum, error) {
			return timeOfDay(types.ToLocal(a[0].Int(), c.env().Location)), nil
		},
		"timestamptz_timetz": func(c *Context, a []types.Datum) (types.Datum, error) {
			if types.IsInfinite(a[0].Int()) {
				return types.Null, nil
			}
			off, _ := types.ZoneAt(a[0].Int(), c.env().Location)
			local := a[0].Int() + int64(off)*types.MicrosPerSecond
			return types.Object(types.TimeTZ{Micros: floorMod(local, types.MicrosPerDay), East: int32(off)}), nil
		},
		"time_interval": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Object(types.Interval{Micros: a[0].Int()}), nil
		},
		"interval_time": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(floorMod(interval(a[0]).Micros, types.MicrosPerDay)), nil
		},
		"time_timetz": func(c *Context, a []types.Datum) (types.Datum, error) {
			off, _ := types.ZoneAt(types.TimestampFromTime(c.txTime()), c.env().Location)
			return types.Object(types.TimeTZ{Micros: a[0].Int(), East: int32(off)}), nil
		},
		"timetz_time": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(a[0].Object().(types.TimeTZ).Micros), nil
		},
	}
	register(table)
}

// txTime gives now(), also without a Context.
func (c *Context) txTime() time.Time {
	if c == nil || c.TxTime.IsZero() {
		return time.Now()
	}
	return c.TxTime
}

// justifyHours turns 24 hours into days.
func justifyHours(v types.Interval) (types.Interval, bool) {
	if !addTo(&v.Days, v.Micros/types.MicrosPerDay) {
		return v, false
	}
	v.Micros %= types.MicrosPerDay
	switch {
	case v.Days > 0 && v.Micros < 0:
		v.Micros, v.Days = v.Micros+types.MicrosPerDay, v.Days-1
	case v.Days < 0 && v.Micros > 0:
		v.Micros, v.Days = v.Micros-types.MicrosPerDay, v.Days+1
	}
	return v, true
}

// justifyDays turns 30 days into months.
func justifyDays(v types.Interval) (types.Interval, bool) {
	if !addTo(&v.Months, int64(v.Days/30)) {
		return v, false
	}
	v.Days %= 30
	switch {
	case v.Months > 0 && v.Days < 0:
		v.Days, v.Months = v.Days+30, v.Months-1
	case v.Months < 0 && v.Days > 0:
		v.Days, v.Months = v.Days-30, v.Months+1
	}
	return v, true
}
