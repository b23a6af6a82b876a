package livemodel

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// discard takes results, and gives COPY its data.
type discard struct{ data string }

func (*discard) Columns([]session.ResultColumn) error { return nil }
func (*discard) Row(types.Row) error                  { return nil }
func (*discard) Complete(string) error                { return nil }
func (*discard) Suspended() error                     { return nil }
func (*discard) Empty() error                         { return nil }
func (*discard) Notice(*sqlerr.Error) error           { return nil }
func (*discard) Flush() error                         { return nil }
func (d *discard) CopyIn(session.CopyFormat) (session.CopySource, error) {
	return &copied{strings.NewReader(d.data)}, nil
}
func (*discard) CopyOut(session.CopyFormat) error { return nil }
func (*discard) CopyData([]byte) error            { return nil }
func (*discard) CopyDone() error                  { return nil }

// copied is what COPY reads.
type copied struct{ *strings.Reader }

// Next gives the next piece.
func (c *copied) Next(context.Context) ([]byte, error) {
	piece := make([]byte, 16)
	n, err := c.Read(piece)
	return piece[:n], err
}

// collect keeps rows as the live protocol writes them.
type collect struct {
	discard
	schema []live.SchemaColumn
	rows   []string
}

// Columns keeps the columns.
func (c *collect) Columns(columns []session.ResultColumn) error {
	for _, col := range columns {
		c.schema = append(c.schema, live.SchemaColumn{Column: plan.Column{Name: col.Name, Type: col.Type, Typmod: col.Typmod}})
	}
	return nil
}

// Row keeps a row.
func (c *collect) Row(row types.Row) error {
	c.rows = append(c.rows, string(live.AppendRowJSON(nil, c.schema, row)))
	return nil
}
