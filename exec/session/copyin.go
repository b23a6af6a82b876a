package session

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// copyReader decodes COPY data into rows, however it was split.
type copyReader struct {
	opts    copyOptions
	table   *catalog.Table
	columns []*catalog.Column
	env     *types.Env
	source  CopySource
	buf     []byte // read and not yet used
	ended   bool
	line    int
	// text is the line under way, while errors may show it; column is the one
	// of a binary row.
	text    []byte
	shown   bool
	column  string
	ends    lineEnd
	started bool
	// fields and value are those of the line under way, kept for the next.
	fields []field
	value  []byte
	values types.Row
}

// field is one of a line.
type field struct {
	text string
	null bool
}

// lineEnd is how the lines of text end, which the first one decides.
type lineEnd uint8

const (
	endUnknown lineEnd = iota
	endNewline
	endCarriageReturn
)

// shownBytes is how much of a line an error shows.
const shownBytes = 100

func newCopyReader(opts copyOptions, t *catalog.Table, columns []*catalog.Column, env *types.Env, source CopySource) *copyReader {
	return &copyReader{opts: opts, table: t, columns: columns, env: env, source: source}
}

// more reads the next piece; false at the end.
func (r *copyReader) more(ctx context.Context) (bool, error) {
	if r.ended {
		return false, nil
	}
	b, err := r.source.Next(ctx)
	if errors.Is(err, io.EOF) {
		r.ended = true
		return false, nil
	}
	if err != nil {
		return false, r.where(err)
	}
	r.buf = append(r.buf, b...)
	return true, nil
}

// where adds the context line to an error.
func (r *copyReader) where(err error) error {
	e := *sqlerr.From(err)
	if e.Where == "" {
		e.Where = fmt.Sprintf("COPY %s, line %d", r.table.Name, r.line)
		switch {
		case r.column != "":
			e.Where += ", column " + r.column
		case r.shown && e.Code != sqlerr.UniqueViolation && e.Code != sqlerr.ExclusionViolation:
			e.Where += `: "` + shorten(r.text) + `"`
		}
	}
	return &e
}

// shorten cuts a text for display, between characters.
func shorten(text []byte) string {
	if len(text) <= shownBytes {
		return string(text)
	}
	n := shownBytes
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return string(text[:n]) + "..."
}

func (r *copyReader) bad(format string, args ...any) error {
	return r.where(sqlerr.New(sqlerr.BadCopyFileFormat, format, args...))
}

// emptyRow is room for the next row's values.
func (r *copyReader) emptyRow() types.Row {
	if r.values == nil {
		r.values = make(types.Row, len(r.columns))
	}
	clear(r.values)
	return r.values
}

// row gives the next row's values, valid until the next call; nil at the end.
func (r *copyReader) row(ctx context.Context) (types.Row, error) {
	if r.opts.binary {
		return r.binaryRow(ctx)
	}
	if r.opts.header && !r.started {
		names, ok, err := r.record(ctx)
		if err != nil || !ok {
			return nil, err
		}
		if err := r.matchHeader(names); err != nil {
			return nil, err
		}
	}
	r.started = true
	fields, ok, err := r.record(ctx)
	if err != nil || !ok {
		return nil, err
	}
	if len(r.columns) == 0 && len(fields) == 1 && fields[0].text == "" && (!fields[0].null || r.opts.null == "") {
		return r.emptyRow(), nil // an empty line is a row of no columns
	}
	if len(fields) > len(r.columns) {
		return nil, r.bad("extra data after last expected column")
	}
	row := r.emptyRow()
	for i, c := range r.columns {
		if i >= len(fields) {
			return nil, r.bad(`missing data for column "%s"`, c.Name)
		}
		if fields[i].null {
			continue
		}
		v, err := c.Type.Input(fields[i].text, c.Typmod, r.env)
		if err != nil {
			e := *sqlerr.From(err)
			if e.Where != "" {
				e.Where += "\n"
			}
			e.Where += fmt.Sprintf("COPY %s, line %d, column %s: \"%s\"", r.table.Name, r.line, c.Name, fields[i].text)
			return nil, &e
		}
		row[i] = v
	}
	return row, nil
}

// matchHeader compares the header line with the columns, if that is wanted.
func (r *copyReader) matchHeader(names []field) error {
	if !r.opts.headerMatch {
		return nil
	}
	if len(names) != len(r.columns) {
		return r.bad("wrong number of fields in header line: got %d, expected %d", len(names), len(r.columns))
	}
	for i, c := range r.columns {
		switch {
		case names[i].null:
			return r.bad(`column name mismatch in header line field %d: got null value ("%s"), expected "%s"`, i+1, r.opts.null, c.Name)
		case names[i].text != c.Name:
			return r.bad(`column name mismatch in header line field %d: got "%s", expected "%s"`, i+1, names[i].text, c.Name)
		}
	}
	return nil
}

// record reads one line and takes it apart; a nil field is NULL.
func (r *copyReader) record(ctx context.Context) (fields []field, ok bool, err error) {
	end, quoted, escaped, from := -1, false, false, 0
	r.line++
	r.shown = false
	for {
		if !r.opts.csv {
			if at := bytes.IndexByte(r.buf[from:], '\n'); at >= 0 {
				end = from + at
			}
		}
		// In CSV a line end inside quotes is data.
		for i := from; r.opts.csv && i < len(r.buf) && end < 0; i++ {
			b := r.buf[i]
			switch {
			case quoted && b == r.opts.escape && r.opts.escape != r.opts.quote:
				escaped = !escaped
				continue
			case b == r.opts.quote && !escaped:
				quoted = !quoted
			case b == '\n' && !quoted:
				end = i
			}
			escaped = false
		}
		from = len(r.buf)
		if end >= 0 {
			break
		}
		got, err := r.more(ctx)
		if err != nil {
			return nil, false, err
		}
		if !got {
			if len(r.buf) == 0 {
				return nil, false, nil
			}
			if quoted {
				r.text, r.shown = r.buf, true
				return nil, false, r.bad("unterminated CSV quoted field")
			}
			end = len(r.buf)
			break
		}
	}
	line := r.buf[:end]
	r.buf = r.buf[min(end+1, len(r.buf)):]
	line, err = r.trimEnd(line)
	if err != nil {
		return nil, false, err
	}
	r.text, r.shown = line, true
	if string(line) == `\.` {
		for { // the rest is ignored
			r.buf = nil
			if got, err := r.more(ctx); err != nil || !got {
				return nil, false, err
			}
		}
	}
	if r.opts.csv {
		fields = r.csvFields(line)
	} else {
		fields = r.textFields(line)
	}
	return fields, true, nil
}

// trimEnd takes the carriage return off a line. All lines end as the first does.
func (r *copyReader) trimEnd(line []byte) ([]byte, error) {
	cut, returns := bytes.CutSuffix(line, []byte{'\r'})
	switch {
	case r.ends == endUnknown && returns:
		r.ends = endCarriageReturn
	case r.ends == endUnknown:
		r.ends = endNewline
	case r.ends == endCarriageReturn && !returns && !r.ended:
		if r.opts.csv {
			return nil, r.bad("unquoted newline found in data")
		}
		return nil, r.where(sqlerr.New(sqlerr.BadCopyFileFormat, "literal newline found in data").WithHint(`Use "\n" to represent newline.`))
	case r.ends == endNewline && returns:
		if r.opts.csv {
			return nil, r.where(sqlerr.New(sqlerr.BadCopyFileFormat, "unquoted carriage return found in data").
				WithHint("Use quoted CSV field to represent carriage return."))
		}
		return nil, r.where(sqlerr.New(sqlerr.BadCopyFileFormat, "literal carriage return found in data").
			WithHint(`Use "\r" to represent carriage return.`))
	}
	return cut, nil
}

// textFields takes a line of text apart. The fields of one without escapes share
// its copy.
func (r *copyReader) textFields(line []byte) []field {
	fields := r.fields[:0]
	if bytes.IndexByte(line, '\\') < 0 {
		for text, more := string(line), true; more; {
			var f field
			f.text, text, more = cutByte(text, r.opts.delimiter)
			f.null = f.text == r.opts.null
			fields = append(fields, f)
		}
		r.fields = fields
		return fields
	}
	value := r.value[:0]
	start := 0
	finish := func(end int) {
		if string(line[start:end]) == r.opts.null {
			fields = append(fields, field{null: true})
		} else {
			fields = append(fields, field{text: string(value)})
		}
		value = value[:0]
	}
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case b == r.opts.delimiter:
			finish(i)
			start = i + 1
		case b == '\\' && i+1 < len(line):
			i++
			switch e := line[i]; {
			case e == 'b':
				value = append(value, '\b')
			case e == 'f':
				value = append(value, '\f')
			case e == 'n':
				value = append(value, '\n')
			case e == 'r':
				value = append(value, '\r')
			case e == 't':
				value = append(value, '\t')
			case e == 'v':
				value = append(value, '\v')
			case e >= '0' && e <= '7':
				n := 0
				for k := 0; k < 3 && i < len(line) && line[i] >= '0' && line[i] <= '7'; k++ {
					n = n*8 + int(line[i]-'0')
					i++
				}
				i--
				value = append(value, byte(n))
			case e == 'x' && i+1 < len(line) && hexDigit(line[i+1]) >= 0:
				n := 0
				for k := 0; k < 2 && i+1 < len(line) && hexDigit(line[i+1]) >= 0; k++ {
					i++
					n = n<<4 + hexDigit(line[i])
				}
				value = append(value, byte(n))
			default:
				value = append(value, e)
			}
		default:
			value = append(value, b)
		}
	}
	finish(len(line))
	r.fields, r.value = fields, value
	return fields
}

// cutByte is strings.Cut at a byte.
func cutByte(s string, sep byte) (before, after string, found bool) {
	if i := strings.IndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// hexDigit is the value of a hexadecimal digit, -1 for what is none.
func hexDigit(b byte) int {
	if b >= 'A' && b <= 'F' {
		b += 'a' - 'A'
	}
	return strings.IndexByte("0123456789abcdef", b)
}

func (r *copyReader) csvFields(line []byte) []field {
	fields, value := r.fields[:0], r.value[:0]
	inQuotes, wasQuoted := false, false
	finish := func() {
		column := ""
		if len(fields) < len(r.columns) {
			column = r.columns[len(fields)].Name
		}
		if string(value) == r.opts.null && (!wasQuoted && !r.opts.forceNotNull[column] || wasQuoted && r.opts.forceNull[column]) {
			fields = append(fields, field{null: true})
		} else {
			fields = append(fields, field{text: string(value)})
		}
		value, wasQuoted = value[:0], false
	}
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case inQuotes && b == r.opts.escape && i+1 < len(line) && (line[i+1] == r.opts.quote || line[i+1] == r.opts.escape):
			i++
			value = append(value, line[i])
		case b == r.opts.quote:
			inQuotes, wasQuoted = !inQuotes, true
		case b == r.opts.delimiter && !inQuotes:
			finish()
		default:
			value = append(value, b)
		}
	}
	finish()
	r.fields, r.value = fields, value
	return fields
}

// need makes sure that n bytes are there; false at the end of the data.
func (r *copyReader) need(ctx context.Context, n int) (bool, error) {
	for len(r.buf) < n {
		if got, err := r.more(ctx); err != nil || !got {
			return false, err
		}
	}
	return true, nil
}

func (r *copyReader) binaryRow(ctx context.Context) (types.Row, error) {
	take := func(n int) ([]byte, error) {
		ok, err := r.need(ctx, n)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, r.bad("unexpected EOF in COPY data")
		}
		b := r.buf[:n]
		r.buf = r.buf[n:]
		return b, nil
	}
	if !r.started {
		r.started = true
		if ok, err := r.need(ctx, 11); err != nil {
			return nil, err
		} else if !ok || !bytes.Equal(r.buf[:11], copyBinaryHeader[:11]) {
			return nil, sqlerr.New(sqlerr.BadCopyFileFormat, "COPY file signature not recognized")
		}
		b, err := take(len(copyBinaryHeader))
		if err != nil {
			return nil, err
		}
		if _, err := take(int(binary.BigEndian.Uint32(b[15:19]))); err != nil {
			return nil, err
		}
	}
	if ok, err := r.need(ctx, 2); err != nil || !ok {
		return nil, err
	}
	b, err := take(2)
	if err != nil {
		return nil, err
	}
	n := int(int16(binary.BigEndian.Uint16(b)))
	if n == -1 {
		for {
			r.buf = nil
			if got, err := r.more(ctx); err != nil || !got {
				return nil, err
			}
		}
	}
	r.line++
	if n != len(r.columns) {
		return nil, r.bad("row field count is %d, expected %d", n, len(r.columns))
	}
	row := r.emptyRow()
	defer func() { r.column = "" }()
	for i, c := range r.columns {
		r.column = c.Name
		if b, err = take(4); err != nil {
			return nil, err
		}
		size := int(int32(binary.BigEndian.Uint32(b)))
		if size == -1 {
			continue
		}
		if size < 0 {
			return nil, r.bad("invalid field size")
		}
		if b, err = take(size); err != nil {
			return nil, err
		}
		if row[i], err = c.Type.Receive(b, c.Typmod, r.env); err != nil {
			return nil, r.where(err)
		}
	}
	return row, nil
}

// newLoader plans INSERT INTO relation (columns) for rows to come: they are stored
// as by INSERT, with defaults, constraints and checks.
func (s *Session) newLoader(ctx context.Context, relation *ast.RangeVar, columns []*catalog.Column) (*exec.Loader, error) {
	names := make([]*ast.ResTarget, len(columns))
	values := make([]ast.Expr, len(columns))
	declared := make([]*types.Type, len(columns))
	for i, c := range columns {
		names[i] = &ast.ResTarget{Loc: -1, Name: c.Name}
		values[i] = &ast.ParamRef{Loc: -1, N: i + 1}
		declared[i] = c.Type.Type
	}
	stmt := &ast.InsertStmt{Relation: relation, Columns: names, Overriding: ast.OverridingSystem,
		Source: &ast.SelectStmt{Values: [][]ast.Expr{values}}}
	env := s.planEnv()
	env.Loading = true
	p, err := plan.Statement(env, stmt, declared, len(columns))
	if err != nil {
		return nil, err
	}
	if in, ok := p.Root.(*plan.Insert); ok && in.Secured() {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "COPY FROM not supported with row-level security").WithHint("Use INSERT statements instead.")
	}
	if err := s.authorize(p); err != nil {
		return nil, err
	}
	s.tx.tx.StartStatement()
	rt := s.runtime(ctx, s.User())
	return exec.NewLoader(rt, p), nil
}
