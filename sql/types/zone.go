package types

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// gregorianCycle is 400 years, after which the calendar, and with it the rules of
// a zone, repeat.
const gregorianCycle = 146097 * MicrosPerDay

// ZoneAt gives the offset east of UTC in seconds, and the abbreviation, that
// holds in loc at a moment. One more than a cycle ahead is looked up as an
// earlier one, since Go's clock does not reach as far as timestamps.
func ZoneAt(ts int64, loc *time.Location) (offset int, abbrev string) {
	if ts > 2*gregorianCycle {
		ts = gregorianCycle + ts%gregorianCycle
	}
	name, off := TimeFromTimestamp(ts).In(loc).Zone()
	return off, name
}

// ToLocal gives the wall clock in loc at a moment, as a timestamp.
func ToLocal(ts int64, loc *time.Location) int64 {
	if IsInfinite(ts) || loc == time.UTC {
		return ts
	}
	off, _ := ZoneAt(ts, loc)
	return ts + int64(off)*MicrosPerSecond
}

// FromLocal gives the moment of a wall clock reading in loc. A reading that the
// clocks skip counts as before the change, one that they show twice as after it.
func FromLocal(local int64, loc *time.Location) int64 {
	if IsInfinite(local) || loc == time.UTC {
		return local
	}
	o1, _ := ZoneAt(local-MicrosPerDay, loc)
	o2, _ := ZoneAt(local+MicrosPerDay, loc)
	before, after := local-int64(o1)*MicrosPerSecond, local-int64(o2)*MicrosPerSecond
	if o1 == o2 {
		return before
	}
	atBefore, _ := ZoneAt(before, loc)
	atAfter, _ := ZoneAt(after, loc)
	switch {
	case atAfter == o2:
		return after
	case atBefore == o1:
		return before
	}
	return before
}

//go:embed zoneabbrevs.tsv
var zoneAbbrevsTSV string

// Abbrev is what an abbreviation of a time zone stands for in PostgreSQL's
// default set: an offset in seconds east of UTC, or, where that changed over the
// years, a zone whose history says it.
type Abbrev struct {
	Name     string // in upper case
	East     int
	Daylight bool
	Zone     *time.Location
}

// Abbrevs gives all abbreviations by their lower-case names. Nobody changes it.
var Abbrevs = sync.OnceValue(func() map[string]*Abbrev {
	all := map[string]*Abbrev{}
	for _, line := range strings.Split(strings.TrimSpace(zoneAbbrevsTSV), "\n") {
		f := strings.Split(line, "\t")
		a := &Abbrev{Name: strings.ToUpper(f[0]), Daylight: len(f) > 2}
		if n, err := strconv.Atoi(f[1]); err == nil {
			a.East = n
		} else if loc, ok := LoadZone(f[1]); ok {
			a.Zone = loc
		} else {
			continue
		}
		all[f[0]] = a
	}
	return all
})

// At gives the offset that the abbreviation means at a moment: what it meant when
// it was last used up to then, or else what it came to mean first. East holds
// when the zone's history does not know the abbreviation; ok is false then.
func (a *Abbrev) At(ts int64) (east int, daylight, ok bool) {
	if a.Zone == nil {
		return a.East, a.Daylight, true
	}
	t := TimeFromTimestamp(ts).In(a.Zone)
	matches := func(t time.Time) bool {
		name, off := t.Zone()
		if name != a.Name {
			return false
		}
		east, daylight = off, t.IsDST()
		return true
	}
	for back := t; ; {
		if matches(back) {
			return east, daylight, true
		}
		start, _ := back.ZoneBounds()
		if start.IsZero() {
			break
		}
		back = start.Add(-time.Second)
	}
	for ahead, n := t, 0; n < 1000; n++ {
		_, end := ahead.ZoneBounds()
		if end.IsZero() {
			break
		}
		if ahead = end; matches(ahead) {
			return east, daylight, true
		}
	}
	return 0, false, false
}

// FromLocal gives the moment of a wall clock reading under the abbreviation.
func (a *Abbrev) FromLocal(local int64) int64 {
	if a.Zone == nil {
		return local - int64(a.East)*MicrosPerSecond
	}
	moment := FromLocal(local, a.Zone)
	if east, _, ok := a.At(moment); ok {
		return local - int64(east)*MicrosPerSecond
	}
	return moment
}

// ToLocal gives the wall clock under the abbreviation at a moment.
func (a *Abbrev) ToLocal(ts int64) int64 {
	if a.Zone == nil {
		return ts + int64(a.East)*MicrosPerSecond
	}
	if east, _, ok := a.At(ts); ok {
		return ts + int64(east)*MicrosPerSecond
	}
	return ToLocal(ts, a.Zone)
}

var zones sync.Map // string -> *time.Location; nil for unknown names

// LoadZone finds a time zone by its IANA name in any case, or makes it of a
// POSIX form such as PST8PDT,M3.2.0,M11.1.0 or UTC+3, whose sign is west
// positive. The answer is shared.
func LoadZone(name string) (*time.Location, bool) {
	if loc, ok := zones.Load(name); ok {
		l := loc.(*time.Location)
		return l, l != nil
	}
	loc := findZone(name)
	if len(name) < 64 {
		zones.Store(name, loc)
	}
	return loc, loc != nil
}

func findZone(name string) *time.Location {
	if name == "" || strings.EqualFold(name, "local") || strings.Contains(name, "..") {
		return nil
	}
	lower := strings.ToLower(name)
	if lower == "utc" || lower == "gmt" || lower == "zulu" || lower == "uct" || lower == "etc/utc" {
		if lower == "utc" || lower == "etc/utc" {
			return time.UTC
		}
		return time.FixedZone(strings.ToUpper(name), 0)
	}
	if loc, err := time.LoadLocation(name); err == nil {
		return loc
	}
	title := titleZone(lower)
	area, place, _ := strings.Cut(title, "/")
	for _, try := range []string{title, strings.ToUpper(name), strings.ToUpper(area) + "/" + place} { // US/Eastern

		if loc, err := time.LoadLocation(try); err == nil {
			return loc
		}
	}
	return posixZone(name)
}

// titleZone spells a lower-case zone name as the IANA database does.
func titleZone(s string) string {
	b := []byte(s)
	start := true
	for i, c := range b {
		if start && c >= 'a' && c <= 'z' {
			b[i] = c - 32
		}
		start = c == '/' || c == '_' || c == '-'
	}
	out := string(b)
	for _, small := range []string{"_Of_", "_Es_", "_Au_", "_In_", "-De-", "-Au-", "-Of-"} {
		out = strings.ReplaceAll(out, small, strings.ToLower(small))
	}
	return out
}

// defaultDaylightRule is when daylight saving begins and ends in a POSIX form
// that names a daylight abbreviation and no rule.
const defaultDaylightRule = ",M3.2.0,M11.1.0"

// posixZone reads std offset [dst [offset] [,rule]], where a name is letters or
// stands in angle brackets.
func posixZone(name string) *time.Location {
	std, rest, _ := posixName(name)
	west, rest, ok := posixOffset(rest)
	if !ok {
		return nil
	}
	if rest == "" {
		return time.FixedZone(strings.ToUpper(std), -west)
	}
	dst, rest, ok := posixName(rest)
	if !ok {
		return nil
	}
	dstWest := west - 3600
	if rest != "" && rest[0] != ',' && rest[0] != ';' {
		if dstWest, rest, ok = posixOffset(rest); !ok {
			return nil
		}
	}
	if rest == "" {
		rest = defaultDaylightRule
	}
	spec := fmt.Sprintf("<%s>%s<%s>%s,%s", strings.ToUpper(std), clockOffset(west), strings.ToUpper(dst), clockOffset(dstWest), strings.ToUpper(rest[1:]))
	loc, err := time.LoadLocationFromTZData(strings.ToUpper(name), ruleData(strings.ToUpper(std), -west, spec))
	if err != nil {
		return nil
	}
	return loc
}

// posixName cuts a zone's abbreviation off.
func posixName(s string) (name, rest string, ok bool) {
	if strings.HasPrefix(s, "<") {
		end := strings.IndexByte(s, '>')
		if end < 0 {
			return "", "", false
		}
		return s[1:end], s[end+1:], end > 1
	}
	n := 0
	for n < len(s) && isAlpha(s[n]|0x20) {
		n++
	}
	return s[:n], s[n:], n > 0
}

// posixOffset cuts [+-]hh[:mm[:ss]] off, in seconds.
func posixOffset(s string) (secs int, rest string, ok bool) {
	n := 0
	for n < len(s) && (isDigit(s[n]) || s[n] == ':' || n == 0 && (s[n] == '+' || s[n] == '-')) {
		n++
	}
	secs, ok = parseOffset(s[:n], 24*7-1)
	return secs, s[n:], ok
}

func clockOffset(secs int) string {
	sign := ""
	if secs < 0 {
		sign, secs = "-", -secs
	}
	return fmt.Sprintf("%s%d:%02d:%02d", sign, secs/3600, secs/60%60, secs%60)
}

// ruleData is a zone of one rule as the contents of a file of the IANA database
// (RFC 8536, version 2).
func ruleData(std string, east int, rule string) []byte {
	part := func(name string) []byte {
		b := append([]byte("TZif2"), make([]byte, 15)...)
		for _, count := range []int{0, 0, 0, 0, 1, len(name) + 1} { // one local time type
			b = binary.BigEndian.AppendUint32(b, uint32(count))
		}
		b = binary.BigEndian.AppendUint32(b, uint32(int32(east)))
		b = append(b, 0, 0)
		return append(append(b, name...), 0)
	}
	return append(append(part(std), part(std)...), "\n"+rule+"\n"...)
}

// parseOffset reads [+-]hh[[:]mm[[:]ss]] as seconds.
func parseOffset(s string, maxHours int) (int, bool) {
	sign := 1
	switch {
	case strings.HasPrefix(s, "+"):
		s = s[1:]
	case strings.HasPrefix(s, "-"):
		sign, s = -1, s[1:]
	}
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, false
	}
	total, unit := 0, 3600
	for i, p := range parts {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return 0, false
		}
		n, _ := strconv.Atoi(p)
		if i == 0 && n > maxHours || i > 0 && n > 59 {
			return 0, false
		}
		total += n * unit
		unit /= 60
	}
	return sign * total, true
}

// fixedOffset gives the offset of a zone that never changes it.
func fixedOffset(loc *time.Location) (east int, ok bool) {
	t := time.Unix(0, 0).In(loc)
	start, end := t.ZoneBounds()
	_, east = t.Zone()
	return east, start.IsZero() && end.IsZero()
}

// Clock is how wall clocks go somewhere: a zone's or an abbreviation's.
type Clock interface {
	FromLocal(local int64) int64
	ToLocal(ts int64) int64
}

type locationClock struct{ loc *time.Location }

func (c locationClock) FromLocal(local int64) int64 { return FromLocal(local, c.loc) }
func (c locationClock) ToLocal(ts int64) int64      { return ToLocal(ts, c.loc) }

// ClockIn is the clock of a zone.
func ClockIn(loc *time.Location) Clock { return locationClock{loc} }

// ClockNamed finds an abbreviation or a zone. Abbreviations come first.
func ClockNamed(name string) (Clock, bool) {
	if a, ok := Abbrevs()[strings.ToLower(name)]; ok {
		return a, true
	}
	loc, ok := LoadZone(name)
	return locationClock{loc}, ok
}
