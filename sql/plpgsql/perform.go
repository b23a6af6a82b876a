package plpgsql

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

func integerName() *ast.TypeName { return &ast.TypeName{Names: []string{"pg_catalog", "int4"}} }

// dynamic reads what follows EXECUTE, up to its semicolon.
func (r *reader) dynamic(line Line, end string) *Dynamic {
	s := &Dynamic{Line: line}
	s.Query = r.expr("into", "using", end)
	for {
		t := r.tok()
		switch {
		case r.take("into"):
			if s.Into != nil {
				r.wrongAt(t, "syntax error")
			}
			s.Into = r.into()
		case r.take("using"):
			if s.Using != nil {
				r.wrongAt(t, "syntax error")
			}
			s.Using = r.exprList(end, "into")
		case r.accept(end):
			return s
		default:
			r.unexpected()
		}
	}
}

// returnStatement reads RETURN, RETURN NEXT and RETURN QUERY.
func (r *reader) returnStatement() Statement {
	line := r.here()
	t := r.next()
	sig := &r.signature
	switch {
	case r.is("next"):
		r.next()
		if !sig.Set {
			r.failCode(t, sqlerr.DatatypeMismatch, "cannot use RETURN NEXT in a non-SETOF function")
		}
		s := &ReturnNext{Line: line}
		if sig.Outputs {
			if !isOp(r.tok(), ";") {
				r.failCode(r.tok(), sqlerr.DatatypeMismatch, "RETURN NEXT cannot have a parameter in function with OUT parameters")
			}
		} else {
			s.Value = r.expr(";")
		}
		r.expectOp(";")
		return s
	case r.is("query"):
		r.next()
		if !sig.Set {
			r.failCode(t, sqlerr.DatatypeMismatch, "cannot use RETURN QUERY in a non-SETOF function")
		}
		s := &ReturnQuery{Line: line}
		if r.is("execute") {
			at := r.here()
			r.next()
			d := &Dynamic{Line: at, Query: r.expr("using", ";")}
			if r.take("using") {
				d.Using = r.exprList(";")
			}
			s.Dynamic = d
		} else {
			s.Query = r.statement(";")
		}
		r.expectOp(";")
		return s
	}
	s := &Return{Line: line}
	refuse := ""
	switch {
	case sig.Set:
		refuse = "RETURN cannot have a parameter in function returning set"
	case sig.Procedure && !sig.Outputs && sig.Void:
		refuse = "RETURN cannot have a parameter in a procedure"
	case sig.Void:
		refuse = "RETURN cannot have a parameter in function returning void"
	case sig.Outputs:
		refuse = "RETURN cannot have a parameter in function with OUT parameters"
	default:
		s.Value = r.exprTo(";")
		return s
	}
	if !r.accept(";") {
		e := sqlerr.New(sqlerr.DatatypeMismatch, "%s", refuse).At(r.tok().Pos)
		if sig.Set {
			e = e.WithHint("Use RETURN NEXT or RETURN QUERY.")
		}
		if sig.Procedure {
			e.Code = sqlerr.SyntaxError
		}
		panic(e)
	}
	return s
}

// raise reads RAISE.
func (r *reader) raise() Statement {
	s := &Raise{Line: r.here(), Level: "EXCEPTION"}
	r.next()
	if r.accept(";") {
		s.Level = ""
		return s
	}
	if r.is("exception", "warning", "notice", "info", "log", "debug") {
		s.Level = strings.ToUpper(r.next().Text)
	}
	switch t := r.tok(); {
	case t.Kind == parser.StringToken:
		text := t.Text
		s.Message = &text
		r.next()
		for r.accept(",") {
			s.Args = append(s.Args, r.expr(",", ";", "using"))
		}
	case r.take("sqlstate"):
		code := r.tok()
		if code.Kind != parser.StringToken {
			r.unexpected()
		}
		if !isSQLState(code.Text) {
			r.fail(code, "invalid SQLSTATE code")
		}
		s.Condition = r.next().Text
		s.Name = s.Condition
	case isName(t) && !r.is("using"):
		s.Name = r.next().Text
		if codes := ConditionCodes(s.Name); codes != nil {
			s.Condition = codes[0]
		} else {
			r.failNear(t, sqlerr.New(sqlerr.UndefinedObject, `unrecognized exception condition "%s"`, s.Name))
		}
	case r.is("using"):
	case !isOp(t, ";"):
		r.unexpected()
	}
	if r.take("using") {
		for {
			t := r.tok()
			o := RaiseOption{Name: strings.ToUpper(r.anyName())}
			switch o.Name {
			case "ERRCODE", "MESSAGE", "DETAIL", "HINT", "COLUMN", "CONSTRAINT", "DATATYPE", "TABLE", "SCHEMA":
			default:
				r.wrongAt(t, "unrecognized RAISE statement option")
			}
			if !r.accept("=") && !r.accept(":=") {
				r.wrong("syntax error, expected \"=\"")
			}
			o.Value = r.expr(",", ";")
			s.Options = append(s.Options, o)
			if !r.accept(",") {
				break
			}
		}
	}
	end := r.tok()
	r.expectOp(";")
	if s.Message != nil {
		r.countPlaceholders(s, end)
	}
	return s
}

// countPlaceholders checks that RAISE has a value for each %.
func (r *reader) countPlaceholders(s *Raise, end *parser.Token) {
	expected := 0
	for i := 0; i < len(*s.Message); i++ {
		if (*s.Message)[i] != '%' {
			continue
		}
		if i+1 < len(*s.Message) && (*s.Message)[i+1] == '%' {
			i++
			continue
		}
		expected++
	}
	switch {
	case expected < len(s.Args):
		r.failNear(end, sqlerr.New(sqlerr.SyntaxError, "too many parameters specified for RAISE"))
	case expected > len(s.Args):
		r.failNear(end, sqlerr.New(sqlerr.SyntaxError, "too few parameters specified for RAISE"))
	}
}

// diagnostics are the items of GET DIAGNOSTICS; true: of GET STACKED DIAGNOSTICS.
var diagnostics = map[string]bool{
	"ROW_COUNT": false, "PG_ROUTINE_OID": false, "PG_CONTEXT": false, "RETURNED_SQLSTATE": true, "MESSAGE_TEXT": true, "PG_EXCEPTION_DETAIL": true, "PG_EXCEPTION_HINT": true,
	"PG_EXCEPTION_CONTEXT": true, "COLUMN_NAME": true, "CONSTRAINT_NAME": true, "PG_DATATYPE_NAME": true, "TABLE_NAME": true, "SCHEMA_NAME": true,
}

// getDiagnostics reads GET DIAGNOSTICS.
func (r *reader) getDiagnostics() Statement {
	s := &GetDiagnostics{Line: r.here()}
	start := r.next()
	if r.take("stacked") {
		s.Stacked = true
	} else {
		r.take("current")
	}
	r.expect("diagnostics")
	for {
		d := Diagnostic{Target: r.target()}
		if !r.accept("=") && !r.accept(":=") {
			r.unexpected()
		}
		t := r.tok()
		d.Item = strings.ToUpper(r.anyName())
		stacked, known := diagnostics[d.Item]
		switch {
		case !known || d.Item == "PG_ROUTINE_OID":
			r.wrongAt(t, "unrecognized GET DIAGNOSTICS item")
		case stacked && !s.Stacked:
			r.fail(start, "diagnostics item %s is not allowed in GET CURRENT DIAGNOSTICS", d.Item)
		case !stacked && s.Stacked:
			r.fail(start, "diagnostics item %s is not allowed in GET STACKED DIAGNOSTICS", d.Item)
		}
		s.Items = append(s.Items, d)
		if !r.accept(",") {
			break
		}
	}
	r.expectOp(";")
	return s
}
