package pgwire

import (
	"encoding/binary"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// functionCall answers a FunctionCall message: FunctionCallResponse or an error,
// and ReadyForQuery.
func (c *conn) functionCall(m message) error {
	b := body{rest: m.body, client: c.client()}
	oid := types.OID(b.int32())
	formats := b.formats()
	args := make([]session.Param, b.count(4))
	for i := range args {
		if n := b.int32(); n == -1 {
			args[i].Null = true
		} else {
			args[i].Value = b.bytes(int(n))
		}
	}
	result := b.int16()
	if e := b.finish(); e != nil {
		return c.refuse(e)
	}
	if len(formats) > 1 && len(formats) != len(args) {
		return c.refuse(protocolViolation("function call message contains %d argument formats but %d arguments", len(formats), len(args)))
	}
	for i := range args {
		switch format := formatOf(formats, i); format {
		case binaryFormat:
			args[i].Binary = true
		case textFormat:
			if e := checkUTF8(args[i].Value); e != nil {
				return c.refuse(e)
			}
		default:
			return c.refuse(unsupportedFormat(format))
		}
	}
	if result != textFormat && result != binaryFormat {
		return c.refuse(unsupportedFormat(result))
	}
	c.batch = false
	w := &functionResult{results{c: c, formats: []int16{result}}}
	err := c.session.FunctionCall(c.ctx, oid, args, w)
	c.streaming.Store(false)
	if err != nil {
		return c.refuse(sqlerr.From(err))
	}
	return c.sync()
}

// functionResult sends the only value of a result as a FunctionCallResponse.
type functionResult struct{ results }

// Row implements session.ResultWriter.
func (r *functionResult) Row(row types.Row) error {
	if len(row) != 1 || len(r.columns) != 1 {
		return sqlerr.Internal("result of a function call has %d columns", len(row))
	}
	o := r.c.out
	o.begin('V')
	if d := row[0]; d.IsNull() {
		o.int32(-1)
	} else {
		o.int32(0)
		start := len(o.buf)
		if t := r.columns[0].Type; r.formats[0] == binaryFormat {
			o.buf = t.AppendBinary(o.buf, d, r.env)
		} else {
			o.buf = t.AppendText(o.buf, d, r.env)
		}
		binary.BigEndian.PutUint32(o.buf[start-4:], uint32(len(o.buf)-start))
	}
	return o.end()
}

// Complete implements session.ResultWriter: the response has said it all.
func (r *functionResult) Complete(string) error { return nil }
