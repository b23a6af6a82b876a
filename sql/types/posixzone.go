package types

import (
	"strings"
	"time"
)

// summerZone reads a POSIX time zone with summer time: "std offset dst [offset]
// [,start[/time],end[/time]]". Without the dates they are those that the United States
// have. Nil: it is none.
func summerZone(name string) *time.Location {
	rest, ok := zoneName(name)
	if !ok {
		return nil
	}
	n := 0
	for n < len(rest) && strings.IndexByte("+-0123456789:", rest[n]) >= 0 {
		n++
	}
	if n == 0 {
		return nil
	}
	if rest, ok = zoneName(rest[n:]); !ok {
		return nil
	}
	if !strings.Contains(rest, ",") {
		name += ",M3.2.0,M11.1.0"
	}
	loc, err := time.LoadLocationFromTZData(name, ruleData(name))
	if err != nil {
		return nil
	}
	// A rule that cannot be read leaves the zone without any.
	winter, summer := time.Date(2024, 1, 15, 0, 0, 0, 0, loc), time.Date(2024, 7, 15, 0, 0, 0, 0, loc)
	if a, _ := winter.Zone(); a == "UTC" && !strings.HasPrefix(name, "UTC") && !strings.HasPrefix(name, "<UTC") {
		if b, _ := summer.Zone(); b == "UTC" {
			return nil
		}
	}
	return loc
}

// zoneName cuts the abbreviation at the front of a POSIX time zone: letters, or anything
// between angle brackets.
func zoneName(s string) (rest string, ok bool) {
	if inner, found := strings.CutPrefix(s, "<"); found {
		name, rest, closed := strings.Cut(inner, ">")
		return rest, closed && len(name) >= 3
	}
	n := 0
	for n < len(s) && (s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z') {
		n++
	}
	return s[n:], n >= 3
}

// ruleData is a time zone of the form of RFC 8536 that has nothing but a rule.
func ruleData(rule string) []byte {
	header := func() []byte {
		b := append([]byte("TZif2"), make([]byte, 15)...)
		b = append(b, make([]byte, 12)...)                   // no UT/local indicators, no leap seconds
		return append(b, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4) // no transitions, one type, 4 bytes of names
	}
	zone := []byte{0, 0, 0, 0, 0, 0, 'U', 'T', 'C', 0}
	data := append(header(), zone...)
	data = append(append(data, header()...), zone...)
	return append(data, "\n"+rule+"\n"...)
}
