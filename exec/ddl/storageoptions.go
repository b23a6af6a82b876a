package ddl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Storage parameters of tables are checked, kept and shown. Nothing here has pages to fill
// or dead rows to clean away.

const (
	maxInt           = 1<<31 - 1
	maxFreezeAge     = 2_000_000_000
	maxMinimalFreeze = 1_000_000_000
)

// tableOptions are the storage parameters of tables and materialised views.
var tableOptions = map[string]storageOption{
	"fillfactor": {low: 10, high: 100}, "parallel_workers": {low: 0, high: 1024}, "toast_tuple_target": {low: 128, high: 8160},
	"user_catalog_table": {}, "vacuum_truncate": {}, "autovacuum_enabled": {},
	"vacuum_index_cleanup":                  {words: []string{"auto", "on", "off", "true", "false", "yes", "no", "1", "0"}},
	"log_autovacuum_min_duration":           {low: -1, high: maxInt},
	"autovacuum_vacuum_threshold":           {low: 0, high: maxInt},
	"autovacuum_vacuum_insert_threshold":    {low: -1, high: maxInt},
	"autovacuum_analyze_threshold":          {low: 0, high: maxInt},
	"autovacuum_vacuum_cost_limit":          {low: 1, high: 10000},
	"autovacuum_vacuum_cost_delay":          {high: 100, fraction: true},
	"autovacuum_vacuum_scale_factor":        {high: 100, fraction: true},
	"autovacuum_vacuum_insert_scale_factor": {high: 100, fraction: true},
	"autovacuum_analyze_scale_factor":       {high: 100, fraction: true},
	"autovacuum_freeze_min_age":             {low: 0, high: maxMinimalFreeze},
	"autovacuum_multixact_freeze_min_age":   {low: 0, high: maxMinimalFreeze},
	"autovacuum_freeze_max_age":             {low: 100_000, high: maxFreezeAge},
	"autovacuum_multixact_freeze_max_age":   {low: 10_000, high: maxFreezeAge},
	"autovacuum_freeze_table_age":           {low: 0, high: maxFreezeAge},
	"autovacuum_multixact_freeze_table_age": {low: 0, high: maxFreezeAge},
}

// tableStorage adds parameters to those that a table has, as pg_class shows them. Those of
// a TOAST table are checked: there is none.
func tableStorage(have []string, options []*ast.DefElem) ([]string, error) {
	out := slices.Clone(have)
	given := map[string]bool{}
	for _, o := range options {
		rule, ok := tableOptions[o.Name]
		switch key := o.Namespace + "." + o.Name; {
		case o.Namespace != "" && o.Namespace != "toast":
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized parameter namespace "%s"`, o.Namespace)
		case !ok:
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized parameter "%s"`, o.Name)
		case given[key]:
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, `parameter "%s" specified more than once`, o.Name)
		default:
			given[key] = true
		}
		value := optionText(o)
		if o.Value == nil {
			value = "true"
		}
		if err := rule.check(o.Name, value); err != nil {
			return nil, err
		}
		if o.Namespace == "" {
			out = append(withoutOption(out, o.Name), o.Name+"="+value)
		}
	}
	return out, nil
}

// setStorage runs ALTER TABLE ... SET and RESET of parameters.
func (s *Session) setStorage(old *catalog.Table, cmd *ast.AlterTableCmd) (err error) {
	t := old.Clone()
	switch {
	case cmd.Kind == "ResetRelOptions":
		for _, o := range cmd.Options {
			if o.Value != nil {
				return sqlerr.New(sqlerr.SyntaxError, "RESET must not include values for parameters")
			}
			if o.Namespace == "" {
				t.Options = withoutOption(t.Options, o.Name)
			}
		}
	case t.Key != nil && len(cmd.Options) > 0: // it has no storage
		return sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized parameter "%s"`, cmd.Options[0].Name)
	default:
		if t.Options, err = tableStorage(t.Options, cmd.Options); err != nil {
			return err
		}
	}
	s.Tx.PutObject(t)
	return nil
}

// withoutOption gives a list without the option of a name.
func withoutOption(list []string, option string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(have string) bool {
		name, _, _ := strings.Cut(have, "=")
		return name == option
	})
}

// checkFraction checks a number that need not be whole.
func (r storageOption) checkFraction(name, value string) error {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for floating point option "%s": %s`, name, value)
	}
	least, most := r.least, r.most
	if most == 0 {
		least, most = float64(r.low), float64(r.high)
	}
	if n < least || n > most {
		return sqlerr.New(sqlerr.InvalidParameterValue, `value %s out of bounds for option "%s"`, value, name).
			WithDetail(`Valid values are between "%f" and "%f".`, least, most)
	}
	return nil
}
