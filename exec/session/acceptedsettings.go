package session

import (
	_ "embed" // settings of PostgreSQL that mean nothing here
	"math"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// pg15accepted.tsv is pg_settings of PostgreSQL 15 for the settings that any session
// may change there and that no result depends on: what steers the planner, the
// vacuum, the log and the counters. They are kept and shown, and have no effect. The
// columns are those of pg15settings.tsv, and the value as SHOW prints it.
//
//go:embed pg15accepted.tsv
var acceptedSettings string

func init() {
	for line := range strings.Lines(acceptedSettings) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		v := &variable{name: f[0], preset: f[10], superuser: f[5] == "superuser", help: f[3]}
		switch f[6] {
		case "bool":
			v.check = checkBool
		case "enum":
			v.check = oneOf(strings.Split(strings.Trim(f[9], "{}"), ",")...)
			if f[0] == "constraint_exclusion" || f[0] == "compute_query_id" || f[0] == "force_parallel_mode" || f[0] == "wal_compression" {
				v.check = boolOr(v.check)
			}
		case "integer", "real":
			low, _ := strconv.ParseFloat(f[7], 64)
			high, _ := strconv.ParseFloat(f[8], 64)
			v.check = quantity(strings.TrimPrefix(f[1], `\N`), low, high, f[6] == "integer")
		}
		variables[strings.ToLower(v.name)], presets[strings.ToLower(v.name)] = v, v.preset
	}
}

// boolOr lets on and off be written as any truth value, besides what check takes.
func boolOr(check func(string, string) (string, error)) func(string, string) (string, error) {
	return func(name, value string) (string, error) {
		if b, ok := parseBool(value); ok {
			value = onOff(b)
		}
		return check(name, value)
	}
}

// quantityUnits are the units that a number may be written in, the largest first, by
// the unit that a setting counts in.
var quantityUnits = map[string][]struct {
	name   string
	factor float64
}{
	"B":   {{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"kB", 1 << 10}, {"B", 1}},
	"kB":  {{"TB", 1 << 30}, {"GB", 1 << 20}, {"MB", 1 << 10}, {"kB", 1}, {"B", 1.0 / 1024}},
	"8kB": {{"TB", 1 << 27}, {"GB", 1 << 17}, {"MB", 1 << 7}, {"kB", 1.0 / 8}, {"B", 1.0 / 8192}},
	"ms":  {{"d", 86_400_000}, {"h", 3_600_000}, {"min", 60_000}, {"s", 1000}, {"ms", 1}, {"us", 0.001}},
	"s":   {{"d", 86_400}, {"h", 3600}, {"min", 60}, {"s", 1}, {"ms", 0.001}, {"us", 0.000001}},
}

// quantity makes the check of a number between low and high, in units of unit.
func quantity(unit string, low, high float64, integer bool) func(string, string) (string, error) {
	units := quantityUnits[unit]
	return func(name, value string) (string, error) {
		text := strings.TrimSpace(value)
		end := strings.LastIndexAny(text, "0123456789.") + 1
		n, err := strconv.ParseFloat(text[:end], 64)
		if err != nil && integer {
			var whole int64
			if whole, err = strconv.ParseInt(text[:end], 0, 64); err == nil {
				n = float64(whole)
			}
		}
		if err != nil {
			return "", invalidValue(name, value)
		}
		if written := strings.TrimSpace(text[end:]); written != "" {
			known := false
			for _, u := range units {
				if u.name == written {
					n, known = n*u.factor, true
				}
			}
			if !known {
				return "", invalidQuantityUnit(name, value, unit)
			}
		}
		if integer {
			n = math.RoundToEven(n)
		}
		if n < low || n > high {
			suffix := unit
			if suffix != "" {
				suffix = " " + suffix
			}
			return "", sqlerr.New(sqlerr.InvalidParameterValue, `%s%s is outside the valid range for parameter "%s" (%s .. %s)`,
				plainNumber(n), suffix, name, plainNumber(low), plainNumber(high))
		}
		if n > 0 {
			for _, u := range units {
				if part := n / u.factor; part == math.Trunc(part) {
					return plainNumber(part) + u.name, nil
				}
			}
		}
		return plainNumber(n), nil
	}
}

func invalidQuantityUnit(name, value, unit string) error {
	err := sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for parameter "%s": "%s"`, name, value)
	switch unit {
	case "":
		return err
	case "ms", "s":
		return err.WithHint(`Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".`)
	}
	return err.WithHint(`Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".`)
}

// plainNumber writes a number as printf's %g does, and whole ones in full.
func plainNumber(n float64) string {
	if n == math.Trunc(n) && math.Abs(n) < 1e15 {
		return strconv.FormatFloat(n, 'f', 0, 64)
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}
