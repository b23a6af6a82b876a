package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// isoWeekStart gives the Julian day number of the Monday of an ISO week.
func isoWeekStart(year, week int) int {
	fourth := types.JulianDay(year, 1, 4)
	return (week-1)*7 + fourth - fourth%7
}

// assemble makes a date and a time of what was found in text.
func (m *scannedMoment) assemble(text string) (types.Civil, *int, error) {
	outOfRange := func() (types.Civil, *int, error) {
		return types.Civil{}, nil, sqlerr.New(sqlerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", text)
	}
	c := types.Civil{Month: 1, Day: 1}
	if m.secondOfDay != 0 {
		c.Hour, c.Minute, c.Second = m.secondOfDay/3600, m.secondOfDay/60%60, m.secondOfDay%60
	}
	for _, f := range []struct {
		to   *int
		from int
	}{{&c.Second, m.second}, {&c.Minute, m.minute}, {&c.Hour, m.hour}} {
		if f.from != 0 {
			*f.to = f.from
		}
	}
	if m.twelve {
		if c.Hour < 1 || c.Hour > 12 {
			return c, nil, badDatetime("hour \"%d\" is invalid for the 12-hour clock", c.Hour).
				WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
		}
		if m.pm != 0 && c.Hour < 12 {
			c.Hour += 12
		} else if m.pm == 0 && c.Hour == 12 {
			c.Hour = 0
		}
	}
	m.setYear(&c)
	if m.julian != 0 {
		c.Year, c.Month, c.Day = types.FromJulianDay(m.julian)
	}
	if m.week != 0 {
		if m.conventions == isoWeeks {
			jd := isoWeekStart(c.Year, m.week)
			switch {
			case m.weekDay > 1:
				jd += m.weekDay - 2
			case m.weekDay == 1: // Sunday ends the week
				jd += 6
			}
			c.Year, c.Month, c.Day = types.FromJulianDay(jd)
		} else {
			m.yearDay = (m.week-1)*7 + 1
		}
	}
	if m.weekOfMonth != 0 {
		m.day = (m.weekOfMonth-1)*7 + 1
	}
	if m.day != 0 {
		c.Day = m.day
	}
	if m.month != 0 {
		c.Month = m.month
	}
	if m.yearDay != 0 && (c.Month <= 1 || c.Day <= 1) {
		if c.Year == 0 && m.bc == 0 {
			return c, nil, badDatetime("cannot calculate day of year without year information")
		}
		if m.conventions == isoWeeks {
			c.Year, c.Month, c.Day = types.FromJulianDay(isoWeekStart(c.Year, 1) - 1 + m.yearDay)
		} else {
			month, before := 1, 0
			for month <= 12 && m.yearDay > before+types.DaysInMonth(c.Year, month) {
				before += types.DaysInMonth(c.Year, month)
				month++
			}
			if c.Month <= 1 {
				c.Month = month
			}
			if c.Day <= 1 {
				c.Day = m.yearDay - before
			}
		}
	}
	c.Micro = m.milli*1000 + m.micro
	if c.Month < 1 || c.Month > 12 || c.Day < 1 || c.Day > types.DaysInMonth(c.Year, c.Month) ||
		c.Hour < 0 || c.Hour > 23 || c.Minute < 0 || c.Minute > 59 || c.Second < 0 || c.Second > 59 || c.Micro < 0 || c.Micro > 999999 {
		return outOfRange()
	}
	if m.zoneSign == 0 {
		return c, nil, nil
	}
	if m.zoneHour < 0 || m.zoneHour > 15 || m.zoneMinute < 0 || m.zoneMinute > 59 {
		return outOfRange()
	}
	east := m.zoneSign * (m.zoneHour*3600 + m.zoneMinute*60)
	return c, &east, nil
}

// setYear makes the year of the fields for it, astronomically counted.
func (m *scannedMoment) setYear(c *types.Civil) {
	if m.bc != 0 && (m.year == 0 || m.yearWidth <= 2) {
		m.century = -m.century
	}
	switch {
	case m.year != 0 && m.century != 0 && m.yearWidth <= 2:
		switch c.Year = m.year % 100; {
		case c.Year != 0 && m.century >= 0:
			c.Year += (m.century - 1) * 100
		case c.Year != 0:
			c.Year = (m.century+1)*100 - c.Year + 1
		case m.century >= 0:
			c.Year = m.century * 100
		default:
			c.Year = m.century*100 + 1
		}
	case m.year != 0:
		c.Year = m.year
		if m.bc != 0 {
			c.Year = -c.Year
		}
		if c.Year < 0 {
			c.Year++
		}
	case m.century > 0:
		c.Year = (m.century-1)*100 + 1
	case m.century < 0:
		c.Year = m.century*100 + 1
	}
}
