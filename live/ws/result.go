package ws

import (
	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// resultWriter collects what statements produce as JSON: for each its members
// command, columns and rows.
type resultWriter struct {
	results []result
	current result
	notices []*sqlerr.Error
	limit   int64
	size    int64
}

// result is one statement's result.
type result struct {
	command string
	schema  []live.SchemaColumn
	columns []byte // JSON array; nil: the statement returns no rows
	rows    []byte // JSON objects behind one another, comma separated
}

// Columns announces rows.
func (w *resultWriter) Columns(columns []session.ResultColumn) error {
	if columns == nil {
		return nil
	}
	w.current.columns = append(w.current.columns[:0], '[')
	for i, c := range columns {
		if i > 0 {
			w.current.columns = append(w.current.columns, ',')
		}
		w.current.columns = appendString(append(w.current.columns, `{"name":`...), c.Name)
		w.current.columns = append(appendMember(w.current.columns, "type", c.Type.Name), '}')
		w.current.schema = append(w.current.schema, live.SchemaColumn{Column: plan.Column{Name: c.Name, Type: c.Type, Typmod: c.Typmod}})
	}
	w.current.columns = append(w.current.columns, ']')
	return nil
}

// Row encodes a row.
func (w *resultWriter) Row(row types.Row) error {
	if len(w.current.rows) > 0 {
		w.current.rows = append(w.current.rows, ',')
	}
	before := len(w.current.rows)
	w.current.rows = live.AppendRowJSON(w.current.rows, w.current.schema, row)
	if w.size += int64(len(w.current.rows) - before); w.size > w.limit {
		return sqlerr.New(sqlerr.ConfigurationLimitExceeded, "the result is larger than %d bytes", w.limit).WithHint("Use LIMIT, or a PostgreSQL connection, which streams.")
	}
	return nil
}

// Complete ends a statement.
func (w *resultWriter) Complete(tag string) error {
	w.current.command = tag
	w.results = append(w.results, w.current)
	w.current = result{}
	return nil
}

// Suspended does not happen: there is no row limit.
func (w *resultWriter) Suspended() error { return nil }

// Empty answers an empty query.
func (w *resultWriter) Empty() error { return w.Complete("") }

// Notice keeps a notice.
func (w *resultWriter) Notice(n *sqlerr.Error) error {
	w.notices = append(w.notices, n)
	return nil
}

// Flush refuses what never ends.
func (w *resultWriter) Flush() error {
	return sqlerr.Unsupported("SUBSCRIBE here").WithHint(`Send a "subscribe" message over the WebSocket instead.`)
}

var errCopy = sqlerr.Unsupported("COPY over WebSocket and HTTP")

// CopyIn refuses COPY.
func (w *resultWriter) CopyIn(session.CopyFormat) (session.CopySource, error) { return nil, errCopy }

// CopyOut refuses COPY.
func (w *resultWriter) CopyOut(session.CopyFormat) error { return errCopy }

// CopyData refuses COPY.
func (w *resultWriter) CopyData([]byte) error { return errCopy }

// CopyDone refuses COPY.
func (w *resultWriter) CopyDone() error { return errCopy }

// append writes a result's members, without braces.
func (r *result) append(dst []byte) []byte {
	dst = append(dst, `"command":`...)
	dst = appendString(dst, r.command)
	dst = append(dst, `,"columns":`...)
	if r.columns == nil {
		dst = append(dst, "[]"...)
	} else {
		dst = append(dst, r.columns...)
	}
	dst = append(dst, `,"rows":[`...)
	dst = append(dst, r.rows...)
	return append(dst, ']')
}
