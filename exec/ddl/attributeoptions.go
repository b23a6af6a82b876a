package ddl

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// attributeOptions runs ALTER COLUMN ... SET (...) and RESET (...), which are kept and
// shown: n_distinct and n_distinct_inherited.
func (s *Session) attributeOptions(old *catalog.Table, cmd *ast.AlterTableCmd) error {
	at, err := alterableColumn(old, cmd.Name)
	if err != nil {
		return err
	}
	c := *old.Columns[at]
	c.Options = slices.Clone(c.Options)
	for _, o := range cmd.Options {
		if o.Namespace != "" {
			return sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized parameter namespace "%s"`, o.Namespace)
		}
		set := cmd.Kind == "SetAttributeOptions"
		if !set && o.Value != nil {
			return sqlerr.New(sqlerr.SyntaxError, "RESET must not include values for parameters")
		}
		if o.Name != "n_distinct" && o.Name != "n_distinct_inherited" {
			if !set {
				continue
			}
			return sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized parameter "%s"`, o.Name)
		}
		c.Options = slices.DeleteFunc(c.Options, func(have string) bool { return strings.HasPrefix(have, o.Name+"=") })
		if !set {
			continue
		}
		text := "true"
		if o.Value != nil {
			text = optionText(o)
		}
		f, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil:
			return sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for floating point option "%s": %s`, o.Name, text)
		case f < -1 || f > math.MaxFloat64:
			return sqlerr.New(sqlerr.InvalidParameterValue, `value %s out of bounds for option "%s"`, text, o.Name).
				WithDetail(`Valid values are between "%f" and "%f".`, -1.0, math.MaxFloat64)
		}
		c.Options = append(c.Options, o.Name+"="+text)
	}
	t := old.Clone()
	t.Columns = slices.Clone(old.Columns)
	t.Columns[at] = &c
	s.Tx.PutObject(t)
	return nil
}
