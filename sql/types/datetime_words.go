package types

// wordKind is what a word in a date or time is for.
type wordKind uint8

const (
	wordUnknown  wordKind = iota
	wordReserved          // now, today, infinity
	wordMonth
	wordWeekday
	wordIgnored   // at, on
	wordMeridian  // value 1 for am, 2 for pm
	wordEra       // value 1 for BC
	wordDaylight  // dst behind a zone
	wordUnit      // the next field's unit, a timePart
	wordISOTime   // t
	wordAgo       // of intervals
	wordTimezone  // an abbreviation of a time zone
	wordZoneOfDST // one of a daylight saving time
)

// timePart is a part of a date, time or interval that a unit names.
type timePart uint8

const (
	partNone timePart = iota
	partYear
	partMonth
	partDay
	partHour
	partMinute
	partSecond
	partMilli
	partMicro
	partWeek
	partDecade
	partCentury
	partMillennium
	partJulian
	partISOTime
	partDayOfYear
	partWeekday
	partISOYear
	partISOWeekday
	partQuarter
	partZone
)

// Reserved words, as values of wordReserved.
const (
	nowWord = iota
	todayWord
	yesterdayWord
	tomorrowWord
	zuluWord
	epochWord
	infinityWord
	negInfinityWord
)

type timeWord struct {
	kind  wordKind
	value int
}

// wordLength is how many bytes of a word are looked at.
const wordLength = 10

func lookTimeWord(words map[string]timeWord, s string) timeWord {
	if len(s) > wordLength {
		s = s[:wordLength]
	}
	return words[s]
}

// isTimeWord says whether a word means something in a date, so that digits behind
// it do not make it the name of a zone.
func isTimeWord(s string) bool { return lookTimeWord(dateWords, s).kind != wordUnknown }

// dateWords are the words of dates and times other than zones.
var dateWords = func() map[string]timeWord {
	w := map[string]timeWord{
		"now": {wordReserved, nowWord}, "today": {wordReserved, todayWord}, "yesterday": {wordReserved, yesterdayWord},
		"tomorrow": {wordReserved, tomorrowWord}, "allballs": {wordReserved, zuluWord}, "epoch": {wordReserved, epochWord},
		"infinity": {wordReserved, infinityWord}, "-infinity": {wordReserved, negInfinityWord},
		"am": {wordMeridian, 1}, "pm": {wordMeridian, 2}, "ad": {wordEra, 0}, "bc": {wordEra, 1},
		"at": {wordIgnored, 0}, "on": {wordIgnored, 0}, "dst": {wordDaylight, 0}, "t": {wordISOTime, 0},
		"d": {wordUnit, int(partDay)}, "h": {wordUnit, int(partHour)}, "m": {wordUnit, int(partMonth)}, "mm": {wordUnit, int(partMinute)},
		"s": {wordUnit, int(partSecond)}, "y": {wordUnit, int(partYear)}, "j": {wordUnit, int(partJulian)},
		"jd": {wordUnit, int(partJulian)}, "julian": {wordUnit, int(partJulian)},
		"dow": {wordUnit, int(partWeekday)}, "doy": {wordUnit, int(partDayOfYear)},
		"isodow": {wordUnit, int(partISOWeekday)}, "isoyear": {wordUnit, int(partISOYear)},
	}
	months := [][]string{{"jan", "january"}, {"feb", "february"}, {"mar", "march"}, {"apr", "april"}, {"may"}, {"jun", "june"},
		{"jul", "july"}, {"aug", "august"}, {"sep", "sept", "september"}, {"oct", "october"}, {"nov", "november"}, {"dec", "december"}}
	for i, names := range months {
		for _, n := range names {
			w[n] = timeWord{wordMonth, i + 1}
		}
	}
	days := [][]string{{"sun", "sunday"}, {"mon", "monday"}, {"tue", "tues", "tuesday"}, {"wed", "weds", "wednesday"},
		{"thu", "thur", "thurs", "thursday"}, {"fri", "friday"}, {"sat", "saturday"}}
	for i, names := range days {
		for _, n := range names {
			w[n] = timeWord{wordWeekday, i}
		}
	}
	return w
}()

// intervalWords are the units of intervals, cut to wordLength.
var intervalWords = func() map[string]timeWord {
	w := map[string]timeWord{"ago": {wordAgo, 0}}
	for part, names := range map[timePart][]string{
		partMicro:      {"us", "usec", "usecs", "usecond", "useconds", "microsecon"},
		partMilli:      {"ms", "msec", "msecs", "msecond", "mseconds", "millisecon"},
		partSecond:     {"s", "sec", "secs", "second", "seconds"},
		partMinute:     {"m", "min", "mins", "minute", "minutes"},
		partHour:       {"h", "hr", "hrs", "hour", "hours"},
		partDay:        {"d", "day", "days"},
		partWeek:       {"w", "week", "weeks"},
		partMonth:      {"mon", "mons", "month", "months"},
		partQuarter:    {"qtr", "quarter"},
		partYear:       {"y", "yr", "yrs", "year", "years"},
		partDecade:     {"dec", "decs", "decade", "decades"},
		partCentury:    {"c", "cent", "century", "centuries"},
		partMillennium: {"mil", "mils", "millennia", "millennium"},
		partZone:       {"timezone", "timezone_h", "timezone_m"},
	} {
		for _, n := range names {
			w[n] = timeWord{wordUnit, int(part)}
		}
	}
	return w
}()
