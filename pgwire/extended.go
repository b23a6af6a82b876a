package pgwire

import (
	"cmp"
	"fmt"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Codes of the format of parameters and results.
const (
	textFormat   = 0
	binaryFormat = 1
)

// extended runs one message of the extended protocol. The error is to be sent
// as ErrorResponse; the session knows of it already.
func (c *conn) extended(m message) error {
	b := &body{rest: m.body, client: c.client()}
	switch m.kind {
	case 'P':
		return c.parse(b)
	case 'B':
		return c.bind(b)
	case 'D':
		return c.describe(b)
	case 'E':
		return c.execute(b)
	case 'C':
		return c.closeObject(b)
	case 'H':
		return c.out.flush()
	}
	return c.failed(sqlerr.Internal("message %q has no reader", m.kind))
}

// client is the encoding of the client's text, nil for UTF-8. What is sent from now on is
// in it.
func (c *conn) client() *types.Charset {
	c.out.client = c.session.Env().Client
	return c.out.client
}

// failed tells the session of an error that it did not find itself.
func (c *conn) failed(e *sqlerr.Error) error {
	c.session.Fail()
	return e
}

func (c *conn) parse(b *body) error {
	name, sql := b.string(), b.string()
	paramTypes := make([]types.OID, b.count(4))
	for i := range paramTypes {
		paramTypes[i] = types.OID(b.int32())
	}
	if e := b.finish(); e != nil {
		return c.failed(e)
	}
	c.logSQL("parse", sql)
	if err := c.session.Parse(c.ctx, name, sql, paramTypes); err != nil {
		return err
	}
	c.out.empty('1')
	return nil
}

func (c *conn) bind(b *body) error {
	portal, statement := b.string(), b.string()
	formats := b.formats()
	params := make([]session.Param, b.count(4))
	if b.err == nil && len(formats) > 1 && len(formats) != len(params) {
		return c.failed(protocolViolation("bind message has %d parameter formats but %d parameters", len(formats), len(params)))
	}
	for i := range params {
		if n := b.int32(); n == -1 {
			params[i].Null = true
		} else {
			params[i].Value = b.bytes(int(n))
		}
		if b.err != nil {
			return c.failed(atParam(b.err, portal, i))
		}
	}
	resultFormats := b.formats()
	if e := b.finish(); e != nil {
		return c.failed(e)
	}
	for i := range params {
		p := &params[i]
		switch format := formatOf(formats, i); format {
		case binaryFormat:
			p.Binary = true
		case textFormat:
			if b.client != nil && !p.Null {
				text, err := b.client.Decode(p.Value)
				if err != nil {
					return c.failed(atParam(sqlerr.From(err), portal, i))
				}
				p.Value = []byte(text)
			} else if e := checkUTF8(p.Value); e != nil {
				return c.failed(atParam(e, portal, i))
			}
		default:
			return c.failed(atParam(unsupportedFormat(format), portal, i))
		}
	}
	if err := c.session.Bind(c.ctx, portal, statement, params, resultFormats); err != nil {
		return err
	}
	c.out.empty('2')
	return nil
}

// atParam gives an error the context line that names a parameter of a Bind.
func atParam(e *sqlerr.Error, portal string, i int) *sqlerr.Error {
	if e.Where = fmt.Sprintf("unnamed portal parameter $%d", i+1); portal != "" {
		e.Where = fmt.Sprintf("portal \"%s\" parameter $%d", portal, i+1)
	}
	return e
}

func unsupportedFormat(format int16) *sqlerr.Error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "unsupported format code: %d", format)
}

// formats reads a list of format codes.
func (b *body) formats() []int16 {
	n := b.count(2)
	if n == 0 {
		return nil
	}
	formats := make([]int16, n)
	for i := range formats {
		formats[i] = b.int16()
	}
	return formats
}

// formatOf gives the format of item i: none means text, one is for all.
func formatOf(formats []int16, i int) int16 {
	switch {
	case len(formats) == 0:
		return textFormat
	case len(formats) == 1:
		return formats[0]
	case i < len(formats):
		return formats[i]
	}
	return textFormat
}

func (c *conn) describe(b *body) error {
	kind, name := b.byte(), b.string()
	if e := b.finish(); e != nil {
		return c.failed(e)
	}
	var columns []session.ResultColumn
	var formats []int16
	var err error
	switch kind {
	case 'S':
		var params []types.OID
		failure := error(nil)
		if params, columns, failure = c.session.DescribeStatement(name); failure != nil && params == nil {
			return failure
		}
		c.out.begin('t')
		c.out.int16(int16(len(params)))
		for _, oid := range params {
			c.out.int32(int32(oid))
		}
		if err := c.out.end(); err != nil || failure != nil {
			return cmp.Or(err, failure)
		}
	case 'P':
		if columns, formats, err = c.session.DescribePortal(name); err != nil {
			return err
		}
	default:
		return c.failed(protocolViolation("invalid DESCRIBE message subtype %d", kind))
	}
	if columns == nil {
		c.out.empty('n')
		return nil
	}
	return c.out.rowDescription(columns, formats)
}

func (c *conn) execute(b *body) error {
	portal, maxRows := b.string(), b.int32()
	if e := b.finish(); e != nil {
		return c.failed(e)
	}
	w := &results{c: c, formats: c.session.PortalFormats(portal)}
	for _, format := range w.formats { // PostgreSQL, too, looks at them only here
		if format != textFormat && format != binaryFormat {
			return c.failed(unsupportedFormat(format))
		}
	}
	err := c.session.Execute(c.ctx, portal, max(0, int(maxRows)), w)
	c.streaming.Store(false)
	return err
}

func (c *conn) closeObject(b *body) error {
	kind, name := b.byte(), b.string()
	if e := b.finish(); e != nil {
		return c.failed(e)
	}
	switch kind {
	case 'S':
		c.session.CloseStatement(name)
	case 'P':
		c.session.ClosePortal(name)
	default:
		return c.failed(protocolViolation("invalid CLOSE message subtype %d", kind))
	}
	c.out.empty('3')
	return nil
}
