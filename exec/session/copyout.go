package session

import (
	"encoding/binary"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// copyBinaryHeader begins binary COPY data: signature, flags, extension.
var copyBinaryHeader = []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")

// copyWriter encodes rows as COPY data, one CopyData a row.
type copyWriter struct {
	opts    copyOptions
	columns []ResultColumn
	env     *types.Env
	w       ResultWriter
	line    []byte
	value   []byte
	begun   bool // the binary header is out, which goes with the first row
	naming  bool // it is the header line that is written
}

func newCopyWriter(opts copyOptions, columns []ResultColumn, env *types.Env, w ResultWriter) (*copyWriter, error) {
	c := &copyWriter{opts: opts, columns: columns, env: env, w: w}
	if opts.binary {
		for _, col := range columns {
			if !col.Type.HasBinary() {
				return nil, sqlerr.New(sqlerr.UndefinedFunction, "no binary output function available for type %s", col.Type)
			}
		}
	}
	if err := w.CopyOut(CopyFormat{Binary: opts.binary, Columns: len(columns)}); err != nil {
		return nil, err
	}
	switch {
	case opts.binary:
	case opts.header:
		c.naming = true
		for i, col := range columns {
			if i > 0 {
				c.line = append(c.line, opts.delimiter)
			}
			c.line = c.field(c.line, i, []byte(col.Name))
		}
		c.naming = false
		return c, w.CopyData(append(c.line, '\n'))
	}
	return c, nil
}

// row sends one row.
func (c *copyWriter) row(row types.Row) error {
	c.line = c.line[:0]
	if c.opts.binary {
		c.header()
		c.line = binary.BigEndian.AppendUint16(c.line, uint16(len(c.columns)))
		for i, d := range row {
			if d.IsNull() {
				c.line = binary.BigEndian.AppendUint32(c.line, 0xFFFFFFFF)
				continue
			}
			c.value = c.columns[i].Type.AppendBinary(c.value[:0], d, c.env)
			c.line = binary.BigEndian.AppendUint32(c.line, uint32(len(c.value)))
			c.line = append(c.line, c.value...)
		}
		return c.w.CopyData(c.line)
	}
	for i, d := range row {
		if i > 0 {
			c.line = append(c.line, c.opts.delimiter)
		}
		if d.IsNull() {
			c.line = append(c.line, c.opts.null...)
			continue
		}
		c.value = c.columns[i].Type.AppendText(c.value[:0], d, c.env)
		c.line = c.field(c.line, i, c.value)
	}
	c.line = append(c.line, '\n')
	return c.w.CopyData(c.line)
}

// field appends a value in the format's quoting.
func (c *copyWriter) field(dst []byte, column int, v []byte) []byte {
	if c.opts.csv {
		return c.csvField(dst, column, v)
	}
	for _, b := range v {
		switch b {
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			if c.opts.delimiter == '\t' {
				dst = append(dst, `\t`...)
			} else {
				dst = append(dst, b)
			}
		case '\v':
			dst = append(dst, `\v`...)
		case '\\':
			dst = append(dst, `\\`...)
		case c.opts.delimiter:
			dst = append(dst, '\\', b)
		default:
			dst = append(dst, b)
		}
	}
	return dst
}

func (c *copyWriter) csvField(dst []byte, column int, v []byte) []byte {
	quote := !c.naming && (c.opts.quoteAll || c.opts.forceQuote[c.columns[column].Name]) || string(v) == c.opts.null || len(c.columns) == 1 && string(v) == `\.`
	for _, b := range v {
		quote = quote || b == c.opts.delimiter || b == c.opts.quote || b == '\n' || b == '\r'
	}
	if !quote {
		return append(dst, v...)
	}
	dst = append(dst, c.opts.quote)
	for _, b := range v {
		if b == c.opts.quote || b == c.opts.escape {
			dst = append(dst, c.opts.escape)
		}
		dst = append(dst, b)
	}
	return append(dst, c.opts.quote)
}

// header begins binary data.
func (c *copyWriter) header() {
	if !c.begun {
		c.line, c.begun = append(c.line, copyBinaryHeader...), true
	}
}

// done ends the data.
func (c *copyWriter) done() error {
	if c.opts.binary {
		c.line = c.line[:0]
		c.header()
		if err := c.w.CopyData(append(c.line, 0xFF, 0xFF)); err != nil {
			return err
		}
	}
	return c.w.CopyDone()
}
