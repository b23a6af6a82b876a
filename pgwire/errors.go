package pgwire

import (
	"strconv"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// protocolViolation is 08P01, what a message that breaks the protocol gets.
func protocolViolation(format string, args ...any) *sqlerr.Error {
	return sqlerr.New(sqlerr.ProtocolViolation, format, args...)
}

// errorResponse appends an ErrorResponse.
func (o *output) errorResponse(e *sqlerr.Error) { o.report('E', e) }

// noticeResponse appends a NoticeResponse.
func (o *output) noticeResponse(e *sqlerr.Error) { o.report('N', e) }

// report appends the fields of e in PostgreSQL's order.
func (o *output) report(kind byte, e *sqlerr.Error) {
	severity := e.Severity
	if severity == "" {
		severity = sqlerr.SeverityError
	}
	o.abort()
	o.begin(kind)
	o.field('S', string(severity))
	o.field('V', string(severity))
	o.field('C', string(e.Code))
	o.field('M', e.Message)
	o.field('D', e.Detail)
	o.field('H', e.Hint)
	if e.Position > 0 {
		o.field('P', strconv.Itoa(e.Position))
	}
	if e.InternalQuery != "" {
		o.field('p', strconv.Itoa(e.InternalPosition))
		o.field('q', e.InternalQuery)
	}
	o.field('W', e.Where)
	o.field('s', e.Schema)
	o.field('t', e.Table)
	o.field('c', e.Column)
	o.field('d', e.DataType)
	o.field('n', e.Constraint)
	o.place(e)
	o.byte(0)
	_ = o.end() // no message of ours comes near the limit
}

// field appends one field of a report; an empty one is left out.
func (o *output) field(code byte, value string) {
	if value != "" {
		o.byte(code)
		o.cstring(value)
	}
}

// fatal gives e with severity FATAL, leaving e itself alone.
func fatal(e *sqlerr.Error) *sqlerr.Error {
	f := *e
	return f.Fatal()
}

// errShutdown tells a client that the server stops.
func errShutdown() *sqlerr.Error {
	return sqlerr.New(sqlerr.AdminShutdown, "terminating connection due to administrator command").Fatal()
}
