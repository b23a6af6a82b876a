package expr

import (
	"regexp"
	"strconv"
	"time"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pathMoment is what datetime() gives: a value of one of the types for dates and
// times. Of a timestamp with time zone, east is the offset that it was written
// with.
type pathMoment struct {
	t    *types.Type
	v    types.Datum
	east int
}

// datetime is the method of that name, and those of pathMoments.
func (e *pathEval) datetime(n *types.PathNode, at pathItem, found *pathItems) (pathResult, error) {
	if !at.is(types.JSONString) {
		return e.fail(sqlerr.InvalidSQLJSONDatetimeArgument, "jsonpath item method .%s() can only be applied to a string", n.Str)
	}
	var m *pathMoment
	if n.Left != nil && n.Str == "datetime" {
		err := checkPathTemplate(n.Left.Str)
		if err != nil {
			return pathFailed, err
		}
		if m, err = momentByTemplate(at.json.Str, n.Left.Str); err != nil {
			if e.silent {
				err = nil
			}
			return pathFailed, err
		}
	} else if m = standardMoment(at.json.Str); m == nil {
		if e.silent {
			return pathFailed, nil
		}
		err := sqlerr.New(sqlerr.InvalidSQLJSONDatetimeArgument, "%s format is not recognized: \"%s\"", n.Str, at.json.Str)
		if n.Str == "datetime" {
			err = err.WithHint("Use a datetime template argument to specify the input data format.")
		}
		return pathFailed, err
	}
	if n.Str != "datetime" {
		var err error
		if m, err = e.momentAs(n, m, at.json.Str); err != nil {
			if e.silent && sqlerr.HasCode(err, sqlerr.InvalidSQLJSONDatetimeArgument) {
				err = nil
			}
			return pathFailed, err
		}
	}
	return e.next(n, pathItem{json: types.NewJSONString(m.text(e.c)), moment: m}, found)
}

// text is the moment in ISO 8601.
func (m *pathMoment) text(c *Context) string {
	if m.t != types.TimestampTZ && m.t != types.TimeTZType {
		return jsonScalarText(c, m.t, m.v)
	}
	clock := types.FormatOffset(nil, m.east)
	if len(clock) == 3 {
		clock = append(clock, ":00"...)
	}
	if m.t == types.TimeTZType {
		v, _ := m.v.Object().(types.TimeTZ)
		return types.Time.Text(types.Int(v.Micros), types.DefaultEnv) + string(clock)
	}
	local := types.Int(m.v.Int() + int64(m.east)*usSecond)
	return jsonScalarText(c, types.Timestamp, local) + string(clock)
}

// isoMoment is what datetime() reads without a template.
var isoMoment = regexp.MustCompile(`^\s*(?:(\d{1,6})-(\d{1,2})-(\d{1,2}))?(?:(?:T|\s+)?(\d{1,2}):\s*(\d{1,2}):\s*(\d{1,2})(?:\.(\d{1,6}))?(?:(\s*\+|-)(\d{1,2})(?::(\d{1,2}))?)?)?\s*$`)

// standardMoment reads a date, time or timestamp in ISO 8601, or answers nil.
func standardMoment(s string) *pathMoment {
	f := isoMoment.FindStringSubmatch(s)
	if f == nil || f[1] == "" && f[4] == "" {
		return nil
	}
	number := func(i int) int {
		v, _ := strconv.Atoi(f[i])
		return v
	}
	c := types.Civil{Year: number(1), Month: number(2), Day: number(3), Hour: number(4), Minute: number(5), Second: number(6)}
	c.Micro, _ = strconv.Atoi((f[7] + "000000")[:6])
	if f[1] == "" {
		c.Year, c.Month, c.Day = 1, 1, 1
	}
	if c.Month < 1 || c.Month > 12 || c.Day < 1 || c.Day > types.DaysInMonth(c.Year, c.Month) || c.Hour > 23 || c.Minute > 59 || c.Second > 59 {
		return nil
	}
	var east *int
	if f[8] != "" {
		v := number(9)*3600 + number(10)*60
		if number(9) > 15 || number(10) > 59 {
			return nil
		}
		if f[8] == "-" {
			v = -v
		}
		east = &v
	}
	m, err := newMoment(c, f[1] != "", f[4] != "", east)
	if err != nil {
		return nil
	}
	return m
}

// newMoment makes a value of the type that has the parts there are.
func newMoment(c types.Civil, dated, timed bool, east *int) (*pathMoment, error) {
	m := &pathMoment{}
	if east != nil {
		m.east = *east
	}
	switch {
	case dated && timed:
		ts, ok := c.Timestamp()
		if !ok {
			return nil, timestampRange()
		}
		m.t, m.v = types.Timestamp, types.Int(ts)
		if east != nil {
			m.t, m.v = types.TimestampTZ, types.Int(ts-int64(*east)*usSecond)
		}
	case dated:
		m.t, m.v = types.Date, types.Int(c.Days())
		if !types.ValidDate(c.Days()) {
			return nil, dateRange()
		}
	case east != nil:
		m.t, m.v = types.TimeTZType, types.Object(types.TimeTZ{Micros: c.TimeOfDay(), East: int32(*east)})
	default:
		m.t, m.v = types.Time, types.Int(c.TimeOfDay())
	}
	return m, nil
}

// compareMoments orders two moments; those of which only one has a date cannot
// be compared.
func (e *pathEval) compareMoments(a, b *pathMoment) (order int, comparable bool, err error) {
	if isClock(a.t) != isClock(b.t) {
		return 0, false, nil
	}
	rank := func(t *types.Type) int {
		switch t {
		case types.Timestamp, types.TimeTZType:
			return 1
		case types.TimestampTZ:
			return 2
		}
		return 0
	}
	if rank(a.t) > rank(b.t) {
		order, comparable, err = e.compareMoments(b, a)
		return -order, comparable, err
	}
	v, err := e.convertMoment(a, b.t)
	if err != nil {
		return 0, false, err
	}
	return b.t.Compare(v, b.v), true, nil
}

func isClock(t *types.Type) bool { return t == types.Time || t == types.TimeTZType }

// convertMoment gives m as a value of a type that says more. What needs the
// session's time zone is for the _tz functions.
func (e *pathEval) convertMoment(m *pathMoment, to *types.Type) (types.Datum, error) {
	if m.t == to {
		return m.v, nil
	}
	if to != types.Timestamp && !e.zoned {
		return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "cannot convert value from %s to %s without time zone usage", m.t.Name, to.Name).
			WithHint("Use *_tz() function for time zone support.")
	}
	local := m.v.Int()
	if m.t == types.Date {
		local *= types.MicrosPerDay
	}
	zone := e.c.env().Location
	switch to {
	case types.TimestampTZ:
		return types.Int(types.FromLocal(local, zone)), nil
	case types.TimeTZType:
		now := e.c.TxTime
		if now.IsZero() {
			now = time.Now()
		}
		east, _ := types.ZoneAt(types.TimestampFromTime(now), zone)
		return types.Object(types.TimeTZ{Micros: local, East: int32(east)}), nil
	}
	return types.Int(local), nil
}
