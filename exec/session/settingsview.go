package session

import (
	_ "embed" // what PostgreSQL says of its settings
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/types"
)

// pg15settings.tsv is, for the settings there are, pg_settings of PostgreSQL
// 15: name, unit, category, short_desc, extra_desc, context, vartype, min_val,
// max_val, enumvals.
//
//go:embed pg15settings.tsv
var recordedSettings string

// settingNotes are the recorded columns by the setting's name in lower case.
var settingNotes = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(recordedSettings) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		out[strings.ToLower(f[0])] = f
	}
	return out
})

// inUnit gives a setting's value as a number of its unit, as pg_settings does.
func inUnit(value, unit string) string {
	m, base := measured(unit)
	end := strings.LastIndexAny(value, "0123456789") + 1
	n, err := strconv.ParseFloat(value[:end], 64)
	if m == nil || err != nil {
		return value
	}
	size, ok := m.size(strings.TrimSpace(value[end:]))
	if !ok {
		return value
	}
	return decimal(n * size / base)
}

// transactionSettings are properties of the transaction, shown as settings.
var transactionSettings = []string{"transaction_deferrable", "transaction_isolation", "transaction_read_only"}

func settingRows(s *Session, add func(...any) error) error {
	orNull := func(v string) any {
		if v == `\N` {
			return nil
		}
		return v
	}
	for _, name := range append(s.settings.names(), transactionSettings...) {
		value, _ := s.settings.get(name)
		v, key, err := lookup(name)
		if slices.Contains(transactionSettings, name) {
			v = &variable{name: name, preset: s.settings.preset("default_" + name)}
			value, err = s.Setting(name, false)
		}
		if err != nil {
			return err
		}
		context, unit := "user", ""
		if v.readOnly {
			context = "internal"
		}
		pairs := []any{"name", v.name, "category", "Customized Options", "short_desc", v.help, "context", context, "vartype", "string", "pending_restart", false}
		if f := settingNotes()[key]; f != nil {
			unit = f[1]
			pairs = append(pairs, "context", f[5], "unit", orNull(f[1]), "category", f[2], "short_desc", orNull(f[3]), "extra_desc", orNull(f[4]), "vartype", f[6], "min_val", orNull(f[7]), "max_val", orNull(f[8]))
			if f[9] != `\N` {
				values, err := types.Text.Array.Input(f[9], types.NoTypmod, types.DefaultEnv)
				if err != nil {
					return err
				}
				pairs = append(pairs, "enumvals", values)
			}
		}
		reset := s.settings.preset(key)
		if slices.Contains(transactionSettings, name) {
			reset = v.preset
		}
		source := "default"
		switch {
		case value != reset:
			source = "session"
		case reset != v.preset:
			source = "configuration file"
		}
		pairs = append(pairs, "setting", inUnit(value, unit), "boot_val", inUnit(v.preset, unit), "reset_val", inUnit(reset, unit), "source", source)
		if err := add(pairs...); err != nil {
			return err
		}
	}
	return nil
}
