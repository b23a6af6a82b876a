package expr

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// checkPathTemplate demands that only separators of the standard stand between
// the fields of a template.
func checkPathTemplate(template string) error {
	for _, p := range dateTemplate(template) {
		if p.key == "" && !p.quoted && strings.Trim(p.text, "-./,':; ") != "" {
			return sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid datetime format separator: \"%s\"", p.text)
		}
	}
	return nil
}

// templateParts says what the fields of a template are about.
func templateParts(template string) (dated, timed, zoned bool) {
	for _, p := range dateTemplate(template) {
		switch p.key {
		case "":
		case "TZH", "TZM", "OF", "TZ":
			zoned = true
		case "HH", "HH12", "HH24", "MI", "SS", "SSSS", "SSSSS", "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6",
			"AM", "PM", "A.M.", "P.M.":
			timed = true
		default:
			dated = true
		}
	}
	return dated, timed, zoned
}

// momentByTemplate reads a date or time by a template of to_timestamp; its type
// follows from the fields of the template.
func momentByTemplate(text, template string) (*pathMoment, error) {
	bad := func(message string) error { return sqlerr.New(sqlerr.InvalidDatetimeFormat, "%s", message) }
	dated, timed, zoned := templateParts(template)
	civil, east := types.Civil{}, (*int)(nil)
	if template != "" {
		var err error
		if civil, east, err = scanMoment(text, template, true); err != nil {
			return nil, err
		}
	}
	switch {
	case dated && zoned && !timed:
		return nil, bad("datetime format is zoned but not timed")
	case !dated && !timed:
		return nil, bad("datetime format is not dated and not timed")
	}
	return newMoment(civil, dated, timed, east)
}
