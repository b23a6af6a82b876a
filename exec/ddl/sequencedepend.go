package ddl

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// What depends on a sequence are the defaults that call it. That a column owns it
// is the other way round: it goes with the column.

// defaultsCalling lists the defaults that depend on a sequence, which messages call on.
func (s *Session) defaultsCalling(q *catalog.Sequence, on string) (list []dependent) {
	for o := range s.Tx.Catalog().All() {
		t, ok := o.(*catalog.Table)
		if !ok || t.Database != s.Env.Database {
			continue
		}
		for _, c := range t.Columns {
			if !s.calls(c, q) {
				continue
			}
			list = append(list, dependent{oid: t.OID, of: t.OID, what: "default value for " + s.shownColumn(t, c.Name), on: on, drop: func() error {
				changed := s.Tx.Catalog().Table(t.OID).Clone()
				at := changed.Ordinal(c.Num)
				column := *changed.Columns[at]
				column.Default = ""
				changed.Columns[at] = &column
				s.Tx.PutObject(changed)
				return nil
			}})
		}
	}
	return list
}

// calls says whether a column's default is made of a sequence's values.
func (s *Session) calls(c *catalog.Column, q *catalog.Sequence) bool {
	if c.Generated || c.Identity != 0 || !strings.Contains(c.Default, "nextval") {
		return false
	}
	parsed, err := parser.ParseExpr(c.Default)
	if err != nil {
		return false
	}
	qualified, found := s.sequenceName(q), false
	ast.Inspect(parsed, func(n ast.Node) bool {
		if call, ok := n.(*ast.FuncCall); ok && call.Name[len(call.Name)-1] == "nextval" && len(call.Args) == 1 {
			k := sequenceLiteral(call.Args[0])
			found = found || k != nil && (k.Text == qualified || s.named(k.Text) == q.OID)
		}
		return !found
	})
	return found
}

// ownedBy lists the sequences that go with a table's column; 0 is any.
func (s *Session) ownedBy(t *catalog.Table, column int16) (list []*catalog.Sequence) {
	for o := range s.Tx.Catalog().All() {
		if q, ok := o.(*catalog.Sequence); ok && q.OwnerTable == t.OID && (column == 0 || q.OwnerColumn == column) {
			list = append(list, q)
		}
	}
	return list
}

// identitySequence refuses to drop the sequence of an identity column.
func (s *Session) identitySequence(q *catalog.Sequence) error {
	t := s.Tx.Catalog().Table(q.OwnerTable)
	if t == nil {
		return nil
	}
	c := t.Columns[t.Ordinal(q.OwnerColumn)]
	if c.Identity == 0 || c.Sequence != q.OID {
		return nil
	}
	column := "column " + c.Name + " of table " + s.shownName(t)
	return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop sequence %s because %s requires it", s.shownRelation(q), column).
		WithHint("You can drop %s instead.", column)
}

// disown lets the column that a sequence is dropped from forget it.
func (s *Session) disown(q *catalog.Sequence) {
	t := s.Tx.Catalog().Table(q.OwnerTable)
	if t == nil {
		return
	}
	if at := t.Ordinal(q.OwnerColumn); t.Columns[at].Sequence == q.OID {
		s.setColumnSequence(t, at, 0)
	}
}
