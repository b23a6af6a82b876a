package pgwire

import (
	"encoding/binary"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// results writes what one Query or Execute produces.
type results struct {
	c        *conn
	describe bool // RowDescription is sent: the simple protocol
	formats  []int16

	columns []session.ResultColumn
	env     *types.Env
	copied  *types.Charset // of the data of COPY TO; nil is UTF-8
}

var _ session.ResultWriter = (*results)(nil)

// Columns implements session.ResultWriter.
func (r *results) Columns(columns []session.ResultColumn) error {
	r.columns = columns
	r.env = r.c.session.Env()
	r.c.out.client = r.env.Client
	if !r.describe {
		return nil
	}
	r.formats = r.formats[:0]
	for i, c := range columns {
		if c.Binary {
			r.formats = append(r.formats, make([]int16, i+1-len(r.formats))...)
			r.formats[i] = binaryFormat
		}
	}
	if n := len(r.formats); n > 0 {
		r.formats = append(r.formats, make([]int16, len(columns)-n)...)
	}
	return r.c.out.rowDescription(columns, r.formats)
}

// Row implements session.ResultWriter: a DataRow encoded straight into the
// output buffer.
func (r *results) Row(row types.Row) error {
	if len(row) != len(r.columns) {
		return sqlerr.Internal("row of %d values for %d columns", len(row), len(r.columns))
	}
	o := r.c.out
	o.begin('D')
	o.int16(int16(len(row)))
	for i, d := range row {
		if d.IsNull() {
			o.int32(-1)
			continue
		}
		o.int32(0)
		start := len(o.buf)
		switch t, binaryForm := r.columns[i].Type, formatOf(r.formats, i) == binaryFormat; {
		case r.env.Client != nil && (!binaryForm || t.Textual()):
			o.buf = t.AppendText(o.buf, d, r.env)
			var err error
			if o.buf, err = r.env.Client.Encode(o.buf[:start], string(o.buf[start:])); err != nil {
				o.abort()
				return err
			}
		case binaryForm:
			o.buf = t.AppendBinary(o.buf, d, r.env)
		default:
			o.buf = t.AppendText(o.buf, d, r.env)
		}
		binary.BigEndian.PutUint32(o.buf[start-4:], uint32(len(o.buf)-start))
	}
	if err := o.end(); err != nil {
		return err
	}
	return o.full()
}

// Complete implements session.ResultWriter.
func (r *results) Complete(tag string) error {
	r.c.streaming.Store(false)
	r.c.out.begin('C')
	r.c.out.cstring(tag)
	return r.c.out.end()
}

// Suspended implements session.ResultWriter.
func (r *results) Suspended() error {
	r.c.out.empty('s')
	return nil
}

// Empty implements session.ResultWriter.
func (r *results) Empty() error {
	r.c.out.empty('I')
	return nil
}

// Notice implements session.ResultWriter. It leaves at once: a statement that tells how
// far it is may go on for long, or wait.
func (r *results) Notice(n *sqlerr.Error) error {
	r.c.out.noticeResponse(n)
	return r.c.out.flush()
}

// Flush implements session.ResultWriter. It marks the statement as live: one
// that would never end by itself, so it ends when the client has left, though it
// has asked for nothing else, and when the server shuts down.
func (r *results) Flush() error {
	r.c.streaming.Store(true)
	if r.c.terminated.Load() {
		return errClientGone
	}
	if r.c.server.draining.Err() != nil {
		r.c.cancel(errShutdown())
	}
	return r.c.out.flush()
}

// rowDescription appends the columns of a result; formats nil means text.
func (o *output) rowDescription(columns []session.ResultColumn, formats []int16) error {
	o.begin('T')
	o.int16(int16(len(columns)))
	for i := range columns {
		column := &columns[i]
		o.cstring(column.Name)
		o.int32(int32(column.Table))
		o.int16(column.Num)
		o.int32(int32(column.Type.OID))
		o.int16(column.Type.Len)
		o.int32(column.Typmod)
		o.int16(formatOf(formats, i))
	}
	return o.end()
}
