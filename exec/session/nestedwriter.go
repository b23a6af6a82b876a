package session

import (
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// nestedWriter takes the result of a statement that a function runs.
type nestedWriter struct {
	session *Session
	columns []plan.Column
	each    func([]plan.Column, types.Row) error
}

// Columns implements ResultWriter, as all of these.
func (w *nestedWriter) Columns(columns []ResultColumn) error {
	w.columns = make([]plan.Column, len(columns))
	for i, c := range columns {
		w.columns[i] = plan.Column{Name: c.Name, Type: c.Type, Typmod: c.Typmod}
	}
	return nil
}

// Row gives a row on.
func (w *nestedWriter) Row(row types.Row) error { return w.each(w.columns, row) }

// Complete is not of interest.
func (w *nestedWriter) Complete(string) error { return nil }

// Suspended does not happen.
func (w *nestedWriter) Suspended() error { return nil }

// Empty is not of interest.
func (w *nestedWriter) Empty() error { return nil }

// Notice is for the client.
func (w *nestedWriter) Notice(n *sqlerr.Error) error { return (*proceduralHost)(w.session).Notice(n) }

// Flush is not of interest.
func (w *nestedWriter) Flush() error { return nil }

// CopyIn is refused.
func (w *nestedWriter) CopyIn(CopyFormat) (CopySource, error) { return nil, errNestedCopy() }

// CopyOut is refused.
func (w *nestedWriter) CopyOut(CopyFormat) error { return errNestedCopy() }

// CopyData does not happen.
func (w *nestedWriter) CopyData([]byte) error { return errNestedCopy() }

// CopyDone does not happen.
func (w *nestedWriter) CopyDone() error { return errNestedCopy() }

func errNestedCopy() error {
	return sqlerr.New(sqlerr.FeatureNotSupported, "cannot COPY to/from client in PL/pgSQL")
}
