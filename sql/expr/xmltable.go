package expr

import (
	"github.com/kalamsql/kalamsql/sql/expr/xmltree"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// XMLTable says what the arguments of the function are that an XMLTABLE becomes: the
// document, the path of the rows, the URIs of the namespaces, and what its columns have.
type XMLTable struct {
	Spaces  []string // the namespaces' prefixes
	Columns []XMLTableColumn
}

// XMLTableColumn is one column of an XMLTABLE.
type XMLTableColumn struct {
	types.Field
	Ordinality, NotNull bool
	// Path and Default are the places of their arguments; zero: there is none.
	Path, Default int
}

// The places of the arguments that each XMLTABLE has; the namespaces follow.
const (
	XMLTableDocument = iota
	XMLTableRows
	XMLTableSpaces
)

// Function makes the function, for arguments of the given types.
func (t *XMLTable) Function(args []*types.Type) *Function {
	f := &Function{Name: "xmltable", Args: args, Result: types.RecordType, Volatility: Stable, Kind: 'f', ReturnsSet: true, XMLTable: t, Set: t.rows}
	for _, c := range t.Columns {
		f.Columns = append(f.Columns, c.Field)
	}
	return f
}

// xmlTableScan is an XMLTABLE over one document.
type xmlTableScan struct {
	of    *XMLTable
	c     *Context
	args  []types.Datum
	paths []*xmltree.Path // by column
}

// rows makes the rows: one for each node of the rows' path.
func (t *XMLTable) rows(c *Context, args []types.Datum, yield func(types.Row) error) error {
	if args[XMLTableDocument].IsNull() {
		return nil
	}
	doc, err := xmlDocument(args[XMLTableDocument])
	if err != nil {
		return err
	}
	spaces := map[string]string{}
	for i, prefix := range t.Spaces {
		uri := args[XMLTableSpaces+i]
		if uri.IsNull() {
			return sqlerr.New(sqlerr.NullValueNotAllowed, "namespace URI must not be null")
		}
		spaces[prefix] = uri.Str()
	}
	path := args[XMLTableRows]
	switch {
	case path.IsNull():
		return sqlerr.New(sqlerr.NullValueNotAllowed, "row filter expression must not be null")
	case path.Str() == "":
		return sqlerr.New(sqlerr.DataException, "row path filter must not be empty string")
	}
	rows, err := compiledPath(path.Str(), spaces)
	if err != nil {
		return err
	}
	s := &xmlTableScan{of: t, c: c, args: args}
	if err := s.compile(spaces); err != nil {
		return err
	}
	v, err := pathValue(rows, doc)
	if err != nil {
		return err
	}
	nodes, _ := v.([]*xmltree.Node)
	row := make(types.Row, len(t.Columns))
	for n, node := range nodes {
		for i := range t.Columns {
			if row[i], err = s.column(i, n, node); err != nil {
				return err
			}
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return nil
}

// compile reads the paths of the columns; one without is named like its node.
func (s *xmlTableScan) compile(spaces map[string]string) (err error) {
	s.paths = make([]*xmltree.Path, len(s.of.Columns))
	for i, col := range s.of.Columns {
		text := col.Name
		if col.Path > 0 {
			v := s.args[col.Path]
			switch {
			case v.IsNull():
				return sqlerr.New(sqlerr.NullValueNotAllowed, "column filter expression must not be null").WithDetail(`Filter for column "%s" is null.`, col.Name)
			case v.Str() == "":
				return sqlerr.New(sqlerr.DataException, "column path filter must not be empty string")
			}
			text = v.Str()
		}
		if !col.Ordinality {
			if s.paths[i], err = compiledPath(text, spaces); err != nil {
				return err
			}
		}
	}
	return nil
}

// column gives the value of a column for the n-th node.
func (s *xmlTableScan) column(i, n int, node *xmltree.Node) (types.Datum, error) {
	col := &s.of.Columns[i]
	if col.Ordinality {
		return types.Int(int64(n) + 1), nil
	}
	v, err := pathValue(s.paths[i], node)
	if err != nil {
		return types.Null, err
	}
	text, null, err := columnText(v, col.Type)
	if err != nil {
		return types.Null, err
	}
	out := types.Null
	if null {
		if col.Default > 0 {
			out = s.args[col.Default]
		}
	} else {
		if out, err = BaseType(col.Type).Input(text, col.Typmod, s.c.env()); err != nil {
			return types.Null, err
		}
		if col.Type.Kind == types.KindDomain {
			if out, err = (&ToDomain{Arg: &Const{Value: out, T: BaseType(col.Type), Mod: types.NoTypmod, Loc: -1}, T: col.Type}).Eval(s.c, nil); err != nil {
				return types.Null, err
			}
		}
	}
	if out.IsNull() && col.NotNull {
		return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, `null is not allowed in column "%s"`, col.Name)
	}
	return out, nil
}

// columnText is the text of what a path gives, for a column of a type.
func columnText(v xmltree.Value, t *types.Type) (text string, null bool, err error) {
	isXML := BaseType(t) == types.XML
	switch v := v.(type) {
	case []*xmltree.Node:
		switch {
		case len(v) == 0:
			return "", true, nil
		case isXML:
			for _, n := range v {
				text += nodeXML(n)
			}
			return text, false, nil
		case len(v) > 1:
			return "", false, sqlerr.New(sqlerr.CardinalityViolation, "more than one value returned by column XPath expression")
		}
		return v[0].Value(), false, nil
	case bool:
		if t.Category == 'N' {
			return map[bool]string{true: "1", false: "0"}[v], false, nil
		}
	case float64:
		return pathNumber(v), false, nil
	case string:
		if isXML {
			return types.XMLEscape(v), false, nil
		}
	}
	return scalarText(v), false, nil
}
