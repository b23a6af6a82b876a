package types

// word takes a word: a month, a reserved word, a unit for the next field, or a
// time zone.
func (d *timeDecoder) word(i int, s string) (found, decodeError) {
	if a, ok := Abbrevs()[s]; ok {
		d.hasZone = true
		if a.Zone != nil {
			d.abbrev = a
		} else {
			d.offset = a.East
		}
		return foundZone, decodeOK
	}
	w := lookTimeWord(dateWords, s)
	switch w.kind {
	case wordIgnored:
		return 0, decodeOK
	case wordReserved:
		return d.reserved(w.value)
	case wordMonth:
		if d.clockOnly {
			return 0, decodeSyntax
		}
		got := foundMonth
		if d.found&foundMonth != 0 && !d.textMonth && d.found&foundDay == 0 && d.Month >= 1 && d.Month <= 31 {
			d.Day, got = d.Month, foundDay // the number before was the day
		}
		d.Month, d.textMonth = w.value, true
		return got, decodeOK
	case wordWeekday:
		if d.clockOnly {
			return 0, decodeSyntax
		}
		return foundWeekday, decodeOK
	case wordMeridian:
		d.meridian = w.value
		return foundMeridian, decodeOK
	case wordEra:
		d.bc = w.value == 1
		return foundEra, decodeOK
	case wordDaylight:
		d.offset += 3600
		return foundDaylight, decodeOK
	case wordUnit:
		d.expect = timePart(w.value)
		return 0, decodeOK
	case wordISOTime:
		if !d.clockOnly && d.found&foundDate != foundDate || i+1 >= len(d.fields) {
			return 0, decodeSyntax
		}
		switch d.fields[i+1].kind {
		case fieldNumber, fieldTime, fieldDate:
			d.expect = partISOTime
			return 0, decodeOK
		}
		return 0, decodeSyntax
	}
	loc, ok := LoadZone(s)
	if !ok {
		return 0, decodeSyntax
	}
	d.hasZone, d.zone = true, loc
	return foundZone, decodeOK
}

func (d *timeDecoder) reserved(word int) (found, decodeError) {
	if d.clockOnly {
		switch word {
		case nowWord:
			d.special, d.now = "now", true
			return foundTime, decodeOK
		case zuluWord:
			d.Hour, d.Minute, d.Second, d.Micro = 0, 0, 0, 0
			d.hasZone, d.offset = true, 0
			return foundTime | foundZone, decodeOK
		}
		return 0, decodeSyntax
	}
	switch word {
	case nowWord:
		d.special, d.now = "now", true
		return foundDate | foundTime | foundZone, decodeOK
	case epochWord:
		d.special = "epoch"
		return foundReserved, decodeOK
	case infinityWord:
		d.special = "infinity"
		return foundReserved, decodeOK
	case negInfinityWord:
		d.special = "-infinity"
		return foundReserved, decodeOK
	case zuluWord:
		d.Hour, d.Minute, d.Second, d.Micro = 0, 0, 0, 0
		d.hasZone, d.offset = true, 0
		return foundTime | foundZone, decodeOK
	}
	days := BreakTimestamp(ToLocal(TimestampFromTime(d.env.Now()), d.env.Location)).Days()
	switch word {
	case yesterdayWord:
		days--
	case tomorrowWord:
		days++
	}
	c := BreakDate(days)
	d.Year, d.Month, d.Day = c.Year, c.Month, c.Day
	return foundDate, decodeOK
}

// finish checks what was found as a whole.
func (d *timeDecoder) finish() decodeError {
	if e := d.checkDate(); e != decodeOK {
		return e
	}
	if d.meridian != 0 {
		if d.Hour > 12 {
			return decodeRange
		}
		if d.meridian == 1 && d.Hour == 12 {
			d.Hour = 0
		} else if d.meridian == 2 && d.Hour != 12 {
			d.Hour += 12
		}
	}
	d.hasDate = d.found&foundDate == foundDate
	if d.clockOnly {
		if d.Hour < 0 || d.Hour > 24 || d.Minute < 0 || d.Minute > 59 || d.Second < 0 || d.Second > 60 || d.TimeOfDay() > MicrosPerDay {
			return decodeRange
		}
		if d.found&foundTime != foundTime {
			return decodeSyntax
		}
		if d.zone != nil && !d.hasDate && d.special == "" {
			east, fixed := fixedOffset(d.zone)
			if !fixed {
				return decodeSyntax
			}
			d.zone, d.offset = nil, east
		}
		if (d.abbrev != nil || !d.hasZone) && d.found&foundDate != 0 && !d.hasDate {
			return decodeSyntax
		}
	} else if d.special == "" {
		if !d.hasDate {
			return decodeSyntax
		}
	}
	if d.found&foundDaylight != 0 && (d.zone != nil || d.abbrev != nil || d.found&foundZone == 0) {
		return decodeSyntax
	}
	return decodeOK
}

// checkDate completes the year and checks month and day.
func (d *timeDecoder) checkDate() decodeError {
	if d.now {
		return decodeOK
	}
	if d.found&foundYear != 0 {
		switch {
		case d.julian:
		case d.bc:
			if d.Year <= 0 {
				return decodeRange
			}
			d.Year = 1 - d.Year
		case d.twoDigits:
			switch {
			case d.Year < 0:
				return decodeRange
			case d.Year < 70:
				d.Year += 2000
			case d.Year < 100:
				d.Year += 1900
			}
		case d.Year <= 0:
			return decodeRange
		}
	}
	if d.found&foundYearDay != 0 {
		d.Year, d.Month, d.Day = FromJulianDay(JulianDay(d.Year, 1, 1) + d.yearDay - 1)
	}
	if d.found&foundMonth != 0 && (d.Month < 1 || d.Month > 12) || d.found&foundDay != 0 && (d.Day < 1 || d.Day > 31) {
		return decodeOrder
	}
	if d.found&foundDate == foundDate && d.Day > DaysInMonth(d.Year, d.Month) {
		return decodeRange
	}
	return decodeOK
}
