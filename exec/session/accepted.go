package session

import (
	_ "embed" // PostgreSQL's presets
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// pg15presets.tsv has the settings of PostgreSQL 15 that are accepted for
// clients' sake alone: what they ask of a planner, a log or an operating system
// changes no result. Each has what SHOW says of it to begin with; what values it
// takes, and who may set it, is in pg15settings.tsv.
//
//go:embed pg15presets.tsv
var acceptedPresets string

// acceptedSettings makes the settings of pg15presets.tsv.
func acceptedSettings() (list []*variable) {
	for line := range strings.Lines(acceptedPresets) {
		name, preset, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		note := settingNotes()[strings.ToLower(name)]
		v := &variable{name: name, preset: preset, help: note[3], superuser: note[5] == "superuser", readOnly: note[5] != "superuser" && note[5] != "user"}
		v.check = noteCheck(note)
		list = append(list, v)
	}
	return list
}

// noteCheck makes the check of a setting out of its recorded description.
func noteCheck(note []string) func(name, value string) (string, error) {
	unit := note[1]
	if unit == `\N` {
		unit = ""
	}
	bound := func(i int) float64 {
		f, _ := strconv.ParseFloat(note[i], 64)
		return f
	}
	switch note[6] {
	case "bool":
		return checkBool
	case "enum":
		words := strings.Split(strings.Trim(note[9], "{}"), ",")
		one := oneOf(words...)
		if !slices.Contains(words, "on") {
			return one
		}
		return func(name, value string) (string, error) { // on and off may be written as any truth value
			if b, ok := parseBool(value); ok {
				value = onOff(b)
			}
			return one(name, value)
		}
	case "integer":
		return quantity(unit, true, bound(7), bound(8))
	case "real":
		return quantity(unit, false, bound(7), bound(8))
	}
	return nil
}

// measure is a kind of units: their sizes in the least of them, from the largest
// to the least, and how a hint lists them.
type measure struct {
	units []unitSize
	hint  string
}

type unitSize struct {
	name string
	size float64
}

var (
	memoryUnits = &measure{[]unitSize{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"kB", 1 << 10}, {"B", 1}}, `Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".`}
	timeUnits   = &measure{[]unitSize{{"d", 86400e6}, {"h", 3600e6}, {"min", 60e6}, {"s", 1e6}, {"ms", 1e3}, {"us", 1}}, `Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".`}
)

// measured gives what a setting's unit is a unit of, and its size; nil for none.
func measured(unit string) (*measure, float64) {
	if unit == "8kB" {
		return memoryUnits, 8 << 10
	}
	for _, m := range []*measure{memoryUnits, timeUnits} {
		for _, u := range m.units {
			if u.name == unit {
				return m, u.size
			}
		}
	}
	return nil, 1
}

// size is that of a unit in the least of them.
func (m *measure) size(unit string) (float64, bool) {
	for _, u := range m.units {
		if u.name == unit {
			return u.size, true
		}
	}
	return 0, false
}

// quantity checks a number, which may have a unit where the setting has one, and
// prints it in the largest that divides it.
func quantity(unit string, whole bool, low, high float64) func(name, value string) (string, error) {
	m, base := measured(unit)
	return func(name, value string) (string, error) {
		text := strings.TrimSpace(value)
		end := len(strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		number, suffix := strings.TrimSpace(text[:end]), text[end:]
		n, err := strconv.ParseFloat(number, 64)
		if err != nil {
			i, ierr := strconv.ParseInt(text, 0, 64)
			if ierr != nil {
				return "", invalidValue(name, value)
			}
			n, suffix = float64(i), ""
		}
		if suffix != "" {
			if m == nil {
				return "", invalidValue(name, value)
			}
			size, ok := m.size(suffix)
			if !ok {
				return "", sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for parameter "%s": "%s"`, name, value).WithHint("%s", m.hint)
			}
			n *= size / base
		}
		if whole {
			if n = math.RoundToEven(n); math.Abs(n) > math.MaxInt32 {
				return "", sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for parameter "%s": "%s"`, name, value).WithHint("Value exceeds integer range.")
			}
		}
		if n < low || n > high || math.IsNaN(n) {
			shown := ""
			if unit != "" {
				shown = " " + unit
			}
			return "", sqlerr.New(sqlerr.InvalidParameterValue, `%s%s is outside the valid range for parameter "%s" (%s .. %s)`, decimal(n), shown, name, decimal(low), decimal(high))
		}
		if m != nil && n > 0 {
			for _, u := range m.units {
				if scaled := n * base / u.size; scaled == math.Trunc(scaled) {
					return decimal(scaled) + u.name, nil
				}
			}
		}
		return decimal(n), nil
	}
}

func decimal(n float64) string {
	if n == math.Trunc(n) && math.Abs(n) < 1e15 {
		return strconv.FormatInt(int64(n), 10)
	}
	return strconv.FormatFloat(n, 'g', 6, 64)
}
