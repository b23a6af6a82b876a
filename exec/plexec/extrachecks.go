package plexec

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The checks of plpgsql.extra_warnings and plpgsql.extra_errors.
const (
	ShadowedVariables     = "shadowed_variables"
	tooManyRows           = "too_many_rows"
	strictMultiAssignment = "strict_multi_assignment"
)

// ExtraCheck says what comes of a check by the settings that setting reads: ERROR, WARNING
// or, empty, nothing.
func ExtraCheck(setting func(name string, missingOK bool) (string, error), check string) sqlerr.Severity {
	asks := func(name string) bool {
		list, err := setting(name, true)
		if err != nil || list == "" {
			return false
		}
		return slices.ContainsFunc(strings.Split(list, ","), func(word string) bool {
			word = strings.ToLower(strings.TrimSpace(word))
			return word == check || word == "all"
		})
	}
	switch {
	case asks("plpgsql.extra_errors"):
		return sqlerr.SeverityError
	case asks("plpgsql.extra_warnings"):
		return sqlerr.SeverityWarning
	}
	return ""
}

// extra reports e as the settings want a check reported: it gives the error, or warns.
func (f *frame) extra(level sqlerr.Severity, e *sqlerr.Error) error {
	if level != sqlerr.SeverityWarning {
		return e
	}
	e.Severity = level
	return f.host.Notice(e)
}

// sameCount is strict_multi_assignment for an assignment of so many values to so many
// targets.
func (f *frame) sameCount(values, targets int) error {
	if values == targets {
		return nil
	}
	level := ExtraCheck(f.host.Setting, strictMultiAssignment)
	if level == "" {
		return nil
	}
	setting := "extra_errors"
	if level == sqlerr.SeverityWarning {
		setting = "extra_warnings"
	}
	return f.extra(level, sqlerr.New(sqlerr.DatatypeMismatch, "number of source and target fields in assignment does not match").
		WithDetail("%s check of %s is active.", strictMultiAssignment, setting).
		WithHint("Make sure the query returns the exact list of columns."))
}

// withParams adds to an error of INTO STRICT what the parameters of its statement were, if
// the function or the setting asks for that.
func (f *frame) withParams(e *sqlerr.Error, into *plpgsql.Into, params func() string) *sqlerr.Error {
	if into == nil || !into.Strict {
		return e
	}
	print := f.fn.tree.PrintStrictParams
	if print == plpgsql.ParamsBySetting {
		value, err := f.host.Setting("plpgsql.print_strict_params", true)
		if on, ok := types.ParseBool(value); err == nil && ok && on {
			print = plpgsql.ParamsPrinted
		}
	}
	if list := params(); print == plpgsql.ParamsPrinted && list != "" {
		return e.WithDetail("parameters: %s", list)
	}
	return e
}

// namedParams lists the variables that a statement reads, with their values.
func (f *frame) namedParams(p *prepared) string {
	var read []int
	for _, s := range p.slots {
		if !slices.Contains(read, s.variable) {
			read = append(read, s.variable)
		}
	}
	slices.Sort(read)
	var list []string
	for _, n := range read {
		list = append(list, f.fn.tree.Variables[n].Name+" = "+f.quoted(f.whole(n)))
	}
	return strings.Join(list, ", ")
}

// numberedParams lists the values of EXECUTE's USING.
func (f *frame) numberedParams(params []types.Datum, declared []*types.Type) string {
	var list []string
	for i, v := range params {
		list = append(list, "$"+strconv.Itoa(i+1)+" = "+f.quoted(typed{v, declared[i], types.NoTypmod}))
	}
	return strings.Join(list, ", ")
}

func (f *frame) quoted(v typed) string {
	if v.value.IsNull() {
		return "NULL"
	}
	return "'" + strings.ReplaceAll(f.text(v), "'", "''") + "'"
}
