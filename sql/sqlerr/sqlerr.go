// Package sqlerr holds the one error type that crosses the rooms of kalamsql.
//
// An Error is made where the fact is known, with the SQLSTATE and the wording
// PostgreSQL uses, and travels unchanged to the edge (pgwire, live/ws), which
// alone turns it into bytes. An error that is not an *Error is a fault of ours:
// From makes it XX000 and keeps the cause for the log, never for the client.
package sqlerr

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Severity is the severity field of an ErrorResponse or NoticeResponse.
type Severity string

// The severities of PostgreSQL that kalamsql sends.
const (
	SeverityError   Severity = "ERROR"
	SeverityFatal   Severity = "FATAL"
	SeverityWarning Severity = "WARNING"
	SeverityNotice  Severity = "NOTICE"
	SeverityInfo    Severity = "INFO"
	SeverityLog     Severity = "LOG"
	SeverityDebug   Severity = "DEBUG"
)

// Error is an error or notice as PostgreSQL's ErrorResponse describes one.
// It is immutable once it has left the function that made it, except for
// Resolve, which the session calls once.
type Error struct {
	Severity Severity
	Code     Code
	Message  string
	Detail   string
	Hint     string

	// Offset is the byte offset into the statement's text plus one; 0 is
	// unknown. Whoever knows the tree sets it, with At.
	Offset int
	// Unplaced: the error has no place, and At gives it none.
	Unplaced bool
	// Position is what the client sees: characters from 1; 0 is unknown.
	Position int

	Schema, Table, Column, DataType, Constraint string

	// InternalQuery is the text of a statement that the server made or that stands in
	// a function, and InternalPosition where in it the error lies, in characters from 1.
	InternalQuery    string
	InternalPosition int

	// Where is the context line, as in "COPY t, line 3".
	Where string
	// Routine is PostgreSQL's name of the function that reports the error, where
	// drivers tell errors apart by it.
	Routine string

	cause error
}

// New makes an error with severity ERROR.
func New(code Code, format string, args ...any) *Error {
	e := &Error{Severity: SeverityError, Code: code, Message: format}
	if len(args) > 0 {
		e.Message = fmt.Sprintf(format, args...)
	}
	return e
}

// Notice makes a message for NoticeResponse.
func Notice(severity Severity, code Code, format string, args ...any) *Error {
	e := New(code, format, args...)
	e.Severity = severity
	return e
}

// Unsupported is 0A000: PostgreSQL has the construct, kalamsql does not yet.
func Unsupported(construct string, args ...any) *Error {
	return New(FeatureNotSupported, construct+" is not supported", args...)
}

// Internal is XX000: a state that the code calls impossible. The detail is
// logged and not sent.
func Internal(format string, args ...any) *Error {
	return &Error{Severity: SeverityError, Code: InternalError, Message: "internal error", cause: fmt.Errorf(format, args...)}
}

// Error implements error.
func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s (SQLSTATE %s): %v", e.Message, e.Code, e.cause)
	}
	return fmt.Sprintf("%s (SQLSTATE %s)", e.Message, e.Code)
}

// Unwrap gives the cause kept for the log.
func (e *Error) Unwrap() error { return e.cause }

// WithDetail sets the detail line and returns e.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = format
	if len(args) > 0 {
		e.Detail = fmt.Sprintf(format, args...)
	}
	return e
}

// WithHint sets the hint line and returns e.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = format
	if len(args) > 0 {
		e.Hint = fmt.Sprintf(format, args...)
	}
	return e
}

// WithCause keeps an underlying error for the log and returns e.
func (e *Error) WithCause(cause error) *Error {
	e.cause = cause
	return e
}

// Fatal makes e end the connection and returns e.
func (e *Error) Fatal() *Error {
	e.Severity = SeverityFatal
	return e
}

// At sets where in the statement the error lies: a byte offset from 0, or a
// negative number for unknown. An offset already set stays, since the inner
// place is the better one.
func (e *Error) At(loc int) *Error {
	if e.Offset == 0 && loc >= 0 && !e.Unplaced {
		e.Offset = loc + 1
	}
	return e
}

// Nowhere lets e have no place in the statement, as PostgreSQL has it, and returns e.
func (e *Error) Nowhere() *Error {
	e.Unplaced = true
	return e
}

// AddContext adds a line to Where, of what is around the lines before it.
func (e *Error) AddContext(line string) {
	if e.Where != "" {
		e.Where += "\n"
	}
	e.Where += line
}

// OnTable names the relation the error is about.
func (e *Error) OnTable(schema, table string) *Error {
	e.Schema, e.Table = schema, table
	return e
}

// OnType names the type that the error is about.
func (e *Error) OnType(schema, typeName string) *Error {
	e.Schema, e.DataType = schema, typeName
	return e
}

// OnColumn names the column the error is about.
func (e *Error) OnColumn(column string) *Error {
	e.Column = column
	return e
}

// OnConstraint names the constraint that was violated.
func (e *Error) OnConstraint(constraint string) *Error {
	e.Constraint = constraint
	return e
}

// Resolve turns the byte offset into PostgreSQL's character position within
// sql, the text the client sent. It works on a copy when it changes anything.
func (e *Error) Resolve(sql string) *Error {
	if e.Offset == 0 || e.Position != 0 {
		return e
	}
	at := min(e.Offset-1, len(sql))
	resolved := *e
	resolved.Position = utf8.RuneCountInString(sql[:at]) + 1
	return &resolved
}

// From gives err as an *Error: itself, the one it wraps, or XX000 with err as
// its cause. From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Internal("%w", err)
}

// HasCode says whether err is an *Error with the given SQLSTATE.
func HasCode(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}
