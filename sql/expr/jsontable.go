package expr

import (
	"github.com/kalamsql/kalamsql/sql/types"
)

// JSONTable says what a JSON_TABLE makes of its arguments: the item, and what its paths
// are passed. Each column is an expression over a row of the item that its path has found
// and of the arguments behind the first.
type JSONTable struct {
	Names   []string // of what is passed
	Root    *JSONTablePath
	Columns []JSONTableColumn
	// ErrorOnError: what is wrong with a path of rows is an error.
	ErrorOnError bool
}

// JSONTablePath is a path whose items are rows: the columns that it has, and the nested
// paths within each item.
type JSONTablePath struct {
	Path    *types.PathTree
	Name    string
	Columns []int
	Nested  []*JSONTablePath
}

// JSONTableColumn is one column of a JSON_TABLE; Value is nil for FOR ORDINALITY.
type JSONTableColumn struct {
	types.Field
	Value *JSONQuery
}

// Function makes the function, for arguments of the given types.
func (t *JSONTable) Function(args []*types.Type) *Function {
	f := &Function{Name: "json_table", Args: args, Result: types.RecordType, Volatility: Stable, Kind: 'f', ReturnsSet: true, JSONTable: t}
	f.Set = func(c *Context, args []types.Datum, yield func(types.Row) error) error {
		if args[0].IsNull() {
			return nil
		}
		s := &jsonTableScan{of: t, c: c, yield: yield, row: make(types.Row, len(t.Columns)), input: make(types.Row, len(args))}
		copy(s.input, args)
		s.vars.names = t.Names
		for i, v := range args[1:] {
			item, err := pathItemOf(c, f.Args[i+1], v)
			if err != nil {
				return err
			}
			s.vars.items = append(s.vars.items, item)
		}
		return s.rows(t.Root, args[0].JSON(), func() error { return s.yield(s.row) })
	}
	for _, c := range t.Columns {
		f.Columns = append(f.Columns, c.Field)
	}
	return f
}

// jsonTableScan is a JSON_TABLE over one item. row is the row that is being made, input
// what its columns are computed of.
type jsonTableScan struct {
	of    *JSONTable
	c     *Context
	vars  pathVars
	row   types.Row
	input types.Row
	yield func(types.Row) error
}

// rows makes the rows of a path within an item: each of its items joined with the rows of
// the nested paths, one path after the other, whose other columns are NULL.
func (s *jsonTableScan) rows(p *JSONTablePath, item *types.JSON, done func() error) error {
	var found pathItems
	res, err := evalPathWith(s.c, p.Path, item, &s.vars, !s.of.ErrorOnError, &found)
	if err != nil && s.of.ErrorOnError {
		return err
	}
	if err != nil && !soft(err) {
		return err
	}
	if err != nil || res == pathFailed {
		found = nil
	}
	for n, f := range found {
		s.clear(p)
		s.input[0] = types.Object(f.json)
		for _, i := range p.Columns {
			if s.row[i], err = s.column(i, n); err != nil {
				return err
			}
		}
		some := false
		for _, nested := range p.Nested {
			err := s.rows(nested, f.json, func() error {
				some = true
				return done()
			})
			if err != nil {
				return err
			}
			s.clear(nested)
		}
		if !some {
			if err := done(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *jsonTableScan) column(i, n int) (types.Datum, error) {
	if q := s.of.Columns[i].Value; q != nil {
		return q.Eval(s.c, s.input)
	}
	return types.Int(int64(n) + 1), nil
}

// clear makes the columns of a path NULL, and those below.
func (s *jsonTableScan) clear(p *JSONTablePath) {
	for _, i := range p.Columns {
		s.row[i] = types.Null
	}
	for _, nested := range p.Nested {
		s.clear(nested)
	}
}
