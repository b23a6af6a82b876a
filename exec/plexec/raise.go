package plexec

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// severities are those of RAISE's levels.
var severities = map[string]sqlerr.Severity{
	"EXCEPTION": sqlerr.SeverityError, "WARNING": sqlerr.SeverityWarning, "NOTICE": sqlerr.SeverityNotice, "INFO": sqlerr.SeverityInfo,
	"LOG": sqlerr.SeverityLog, "DEBUG": sqlerr.SeverityDebug,
}

// raise runs RAISE.
func (f *frame) raise(s *plpgsql.Raise) error {
	if s.Level == "" { // again
		if len(f.handled) == 0 {
			return sqlerr.New(sqlerr.StackedDiagnosticsAccessedWithoutActiveHandler, "RAISE without parameters cannot be used outside an exception handler")
		}
		again := *f.handled[len(f.handled)-1]
		return &located{&again}
	}
	e := &sqlerr.Error{Severity: severities[s.Level], Code: sqlerr.Code(s.Condition), Routine: "exec_stmt_raise"}
	if s.Message != nil {
		text, err := f.message(*s.Message, s.Args)
		if err != nil {
			return err
		}
		e.Message = text
	}
	for _, o := range s.Options {
		if err := f.raiseOption(e, s, o); err != nil {
			return err
		}
	}
	if e.Code == "" {
		e.Code = map[string]sqlerr.Code{"EXCEPTION": sqlerr.RaiseException, "WARNING": sqlerr.Warning}[s.Level]
		if e.Code == "" {
			e.Code = sqlerr.SuccessfulCompletion
		}
	}
	if e.Message == "" && s.Message == nil {
		if e.Message = s.Name; e.Message == "" {
			e.Message = string(e.Code)
		}
	}
	if s.Level == "EXCEPTION" {
		return e
	}
	e.AddContext(f.where())
	return f.host.Notice(e)
}

// message puts values in the place of each % of a format.
func (f *frame) message(format string, args []*plpgsql.Expr) (string, error) {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		switch {
		case format[i] != '%':
			b.WriteByte(format[i])
		case i+1 < len(format) && format[i+1] == '%':
			b.WriteByte('%')
			i++
		default:
			v, err := f.value(args[0])
			if err != nil {
				return "", err
			}
			args = args[1:]
			if v.value.IsNull() {
				b.WriteString("<NULL>")
			} else {
				b.WriteString(f.text(v))
			}
		}
	}
	return b.String(), nil
}

// text is a value's text.
func (f *frame) text(v typed) string {
	if v.typ == types.Unknown {
		return v.value.Str()
	}
	return v.typ.Text(v.value, f.host.Evaluation(f.ctx).Env)
}

// raiseOption puts an option of USING into the message.
func (f *frame) raiseOption(e *sqlerr.Error, s *plpgsql.Raise, o plpgsql.RaiseOption) error {
	v, err := f.value(o.Value)
	if err != nil {
		return err
	}
	if v.value.IsNull() {
		return sqlerr.New(sqlerr.NullValueNotAllowed, "RAISE statement option cannot be null")
	}
	text := f.text(v)
	again := func(name string, was bool) error {
		if was {
			return sqlerr.New(sqlerr.SyntaxError, "RAISE option already specified: %s", name)
		}
		return nil
	}
	into := map[string]*string{"MESSAGE": &e.Message, "DETAIL": &e.Detail, "HINT": &e.Hint, "COLUMN": &e.Column, "CONSTRAINT": &e.Constraint, "DATATYPE": &e.DataType, "TABLE": &e.Table, "SCHEMA": &e.Schema}
	if o.Name == "ERRCODE" {
		if err := again(o.Name, e.Code != ""); err != nil {
			return err
		}
		code := text
		if !validState(code) {
			codes := plpgsql.ConditionCodes(text)
			if codes == nil {
				return sqlerr.New(sqlerr.UndefinedObject, `unrecognized exception condition "%s"`, text)
			}
			code = codes[0]
		}
		e.Code = sqlerr.Code(code)
		return nil
	}
	to := into[o.Name]
	if err := again(o.Name, *to != "" || o.Name == "MESSAGE" && s.Message != nil); err != nil {
		return err
	}
	*to = text
	return nil
}

// validState says whether a text is a SQLSTATE.
func validState(s string) bool {
	return len(s) == 5 && strings.Trim(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// assert runs ASSERT.
func (f *frame) assert(s *plpgsql.Assert) error {
	if on, err := f.host.Setting("plpgsql.check_asserts", true); err == nil && (on == "off" || on == "false") {
		return nil
	}
	ok, err := f.condition(s.Cond)
	if err != nil || ok {
		return err
	}
	message := "assertion failed"
	if s.Message != nil {
		v, err := f.value(s.Message)
		if err != nil {
			return err
		}
		if !v.value.IsNull() {
			message = f.text(v)
		}
	}
	return sqlerr.New(sqlerr.AssertFailure, "%s", message)
}

// getDiagnostics runs GET DIAGNOSTICS.
func (f *frame) getDiagnostics(s *plpgsql.GetDiagnostics) error {
	var e *sqlerr.Error
	if s.Stacked {
		if len(f.handled) == 0 {
			return sqlerr.New(sqlerr.StackedDiagnosticsAccessedWithoutActiveHandler, "GET STACKED DIAGNOSTICS cannot be used outside an exception handler")
		}
		e = f.handled[len(f.handled)-1]
	}
	for _, d := range s.Items {
		v := typed{typ: types.Text, typmod: types.NoTypmod}
		switch d.Item {
		case "ROW_COUNT":
			v = typed{types.Int(f.rowCount), types.Int8, types.NoTypmod}
		case "PG_CONTEXT":
			v.value = types.String(strings.Join(append([]string{f.where()}, f.host.Callers()...), "\n"))
		case "RETURNED_SQLSTATE":
			v.value = types.String(string(e.Code))
		case "MESSAGE_TEXT":
			v.value = types.String(e.Message)
		case "PG_EXCEPTION_DETAIL":
			v.value = types.String(e.Detail)
		case "PG_EXCEPTION_HINT":
			v.value = types.String(e.Hint)
		case "PG_EXCEPTION_CONTEXT":
			v.value = types.String(strings.Join(append([]string{e.Where}, f.host.Callers()...), "\n"))
		case "COLUMN_NAME":
			v.value = types.String(e.Column)
		case "CONSTRAINT_NAME":
			v.value = types.String(e.Constraint)
		case "PG_DATATYPE_NAME":
			v.value = types.String(e.DataType)
		case "TABLE_NAME":
			v.value = types.String(e.Table)
		case "SCHEMA_NAME":
			v.value = types.String(e.Schema)
		}
		if err := f.assign(d.Target, v); err != nil {
			return err
		}
	}
	return nil
}
