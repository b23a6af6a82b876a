package expr

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension tablefunc. Its functions run queries, through the session, and write what those
// give as text, which the types of the result read.

func init() {
	e := &Extension{Name: "tablefunc", Version: "1.0", Comment: "functions that manipulate whole tables, including crosstab"}
	for n := 2; n <= 4; n++ {
		t := ExtensionType(fmt.Sprintf("tablefunc_crosstab_%d", n))
		t.Kind = types.KindComposite
		t.Fields = []types.Field{{Name: "row_name", Type: types.Text, Typmod: types.NoTypmod}}
		for i := range n {
			t.Fields = append(t.Fields, types.Field{Name: fmt.Sprintf("category_%d", i+1), Type: types.Text, Typmod: types.NoTypmod})
		}
		e.Types = append(e.Types, t)
	}
	defined := func(rows func(fields []types.Field) SetFunc, without error) func(*ExtensionFunction) {
		return func(f *ExtensionFunction) {
			f.WithFields = rows
			f.Set = func(*Context, []types.Datum, func(types.Row) error) error { return without }
		}
	}
	materialized := sqlerr.New(sqlerr.FeatureNotSupported, "materialize mode required, but it is not allowed in this context")
	recorded(e, map[string]any{
		"normal_rand":           SetFunc(normalRandom),
		"crosstab":              defined(crosstab, sqlerr.New(sqlerr.FeatureNotSupported, "function returning record called in context that cannot accept type record")),
		"crosstab_hash":         defined(crosstabOf, materialized),
		"connectby_text":        defined(connectBy(false), materialized),
		"connectby_text_serial": defined(connectBy(true), materialized),
	})
}

func normalRandom(_ *Context, a []types.Datum, yield func(types.Row) error) error {
	if a[0].Int() < 0 {
		return sqlerr.New(sqlerr.InvalidParameterValue, "number of rows cannot be negative")
	}
	for range a[0].Int() {
		if err := yield(one(types.Float(rand.NormFloat64()*a[2].Float() + a[1].Float()))); err != nil {
			return err
		}
	}
	return nil
}

// queryResult is what a query gave.
type queryResult struct {
	columns []types.Field
	rows    []types.Row
}

// runQuery has the session run a query that changes nothing.
func runQuery(c *Context, text string) (*queryResult, error) {
	list, err := c.Host.Call(c, "query_rows", []types.Datum{types.String(text)})
	if err != nil {
		return nil, err
	}
	out := &queryResult{}
	for i, e := range list.Array().Elems {
		r := e.Record()
		if i > 0 {
			out.rows = append(out.rows, r.Values)
			continue
		}
		for j, t := range r.Types { // the first has the modifiers of the columns
			out.columns = append(out.columns, types.Field{Type: t, Typmod: int32(r.Values[j].Int())})
		}
	}
	return out, nil
}

// text is a value as text, or nil for NULL.
func (q *queryResult) text(c *Context, row types.Row, column int) *string {
	if row[column].IsNull() {
		return nil
	}
	s := q.columns[column].Type.Text(row[column], c.env())
	return &s
}

func sameText(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

// rowOfTexts makes a record of fields of the texts of their values.
func rowOfTexts(c *Context, fields []types.Field, values []*string) (types.Row, error) {
	r := &types.Record{Values: make([]types.Datum, len(fields))}
	for i, f := range fields {
		r.Types, r.Names = append(r.Types, f.Type), append(r.Names, f.Name)
		if r.Values[i] = types.Null; values[i] != nil {
			v, err := f.Type.Input(*values[i], f.Typmod, c.env())
			if err != nil {
				return nil, err
			}
			r.Values[i] = v
		}
		if f.Type.Kind == types.KindDomain {
			if err := CheckDomain(c, f.Type, r.Values[i]); err != nil {
				return nil, err
			}
		}
	}
	return one(types.Object(r)), nil
}

func invalidReturn(format string, args ...any) error {
	return sqlerr.New(sqlerr.DatatypeMismatch, "invalid return type").WithDetail(format, args...)
}

// crosstab gives a row for each run of rows with one name, and in it their values in the
// order in which they come.
func crosstab(fields []types.Field) SetFunc {
	return func(c *Context, a []types.Datum, yield func(types.Row) error) error {
		q, err := runQuery(c, a[0].Str())
		if err != nil || len(q.rows) == 0 {
			return err
		}
		if len(q.columns) != 3 {
			return sqlerr.New(sqlerr.InvalidParameterValue, "invalid source data SQL statement").
				WithDetail("The provided SQL must return 3 columns: rowid, category, and values.")
		}
		incompatible := sqlerr.New(sqlerr.SyntaxError, "return and sql tuple descriptions are incompatible")
		if len(fields) < 2 {
			return incompatible
		}
		if !fields[0].Type.Same(q.columns[0].Type) {
			return invalidReturn("SQL rowid datatype does not match return rowid datatype.")
		}
		for _, f := range fields[1:] {
			if !f.Type.Same(q.columns[2].Type) {
				return incompatible
			}
		}
		var last *string
		for i := 0; i < len(q.rows); {
			name := q.text(c, q.rows[i], 0)
			if i > 0 && sameText(last, name) {
				i++ // there is no column left for it
				continue
			}
			values := []*string{name}
			for ; i < len(q.rows) && len(values) < len(fields) && sameText(name, q.text(c, q.rows[i], 0)); i++ {
				values = append(values, q.text(c, q.rows[i], 2))
			}
			last = name
			row, err := rowOfTexts(c, fields, append(values, make([]*string, len(fields)-len(values))...))
			if err == nil {
				err = yield(row)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// crosstabOf gives a row for each run of rows with one name, and in it their values under
// the categories that another query lists.
func crosstabOf(fields []types.Field) SetFunc {
	return func(c *Context, a []types.Datum, yield func(types.Row) error) error {
		if len(fields) < 2 {
			return sqlerr.New(sqlerr.SyntaxError, "query-specified return tuple and crosstab function are not compatible")
		}
		categories, err := crosstabCategories(c, a[1].Str())
		if err != nil {
			return err
		}
		q, err := runQuery(c, a[0].Str())
		if err != nil || len(q.rows) == 0 {
			return err
		}
		n := len(q.columns)
		switch {
		case len(categories) == 0:
			return sqlerr.New(sqlerr.SyntaxError, `provided "categories" SQL must return 1 column of at least one row`)
		case n < 3:
			return sqlerr.New(sqlerr.InvalidParameterValue, "invalid source data SQL statement").
				WithDetail("The provided SQL must return 3  columns; rowid, category, and values.")
		case len(fields) != n-2+len(categories):
			return sqlerr.New(sqlerr.SyntaxError, "invalid return type").
				WithDetail("Query-specified return tuple has %d columns but crosstab returns %d.", len(fields), n-2+len(categories))
		}
		var values []*string
		flush := func() error {
			row, err := rowOfTexts(c, fields, values)
			if err != nil {
				return err
			}
			return yield(row)
		}
		for _, row := range q.rows {
			if name := q.text(c, row, 0); values == nil || !sameText(values[0], name) {
				if values != nil {
					if err := flush(); err != nil {
						return err
					}
				}
				values = make([]*string, len(fields))
				for j := range n - 2 {
					values[j] = q.text(c, row, j)
				}
			}
			if category := q.text(c, row, n-2); category != nil {
				if at, known := categories[shortCategory(*category)]; known {
					values[n-2+at] = q.text(c, row, n-1)
				}
			}
		}
		return flush()
	}
}

// shortCategory is how much of a category's name counts.
func shortCategory(name string) string {
	const most = 62
	return name[:min(len(name), most)]
}

// crosstabCategories gives the place of each category that a query lists.
func crosstabCategories(c *Context, query string) (map[string]int, error) {
	q, err := runQuery(c, query)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	if len(q.rows) > 0 && len(q.columns) != 1 {
		return nil, sqlerr.New(sqlerr.SyntaxError, `provided "categories" SQL must return 1 column of at least one row`)
	}
	for i, row := range q.rows {
		name := q.text(c, row, 0)
		if name == nil {
			return nil, sqlerr.New(sqlerr.SyntaxError, `provided "categories" SQL must not return NULL values`)
		}
		if _, twice := at[shortCategory(*name)]; twice {
			return nil, sqlerr.New(sqlerr.DuplicateObject, "duplicate category name")
		}
		at[shortCategory(*name)] = i
	}
	return at, nil
}

// connected is one run of connectby().
type connected struct {
	c      *Context
	fields []types.Field
	yield  func(types.Row) error
	// query is what stands before a key in the query for what is below it, rest behind.
	query, rest      string
	delimiter        string
	most             int64 // levels; 0: all
	branches, serial bool
	number           int
}

// connectBy gives a key and what is below it, depth first; ordered: by a column, with
// a number for each row.
func connectBy(ordered bool) func(fields []types.Field) SetFunc {
	return func(fields []types.Field) SetFunc {
		return func(c *Context, a []types.Datum, yield func(types.Row) error) error {
			t := &connected{c: c, fields: fields, yield: yield, serial: ordered, delimiter: "~"}
			relation, key, parent := a[0].Str(), a[1].Str(), a[2].Str()
			a = a[3:]
			if ordered {
				t.rest = " ORDER BY " + a[0].Str()
				a = a[1:]
			}
			start := a[0].Str()
			t.most = a[1].Int()
			if t.branches = len(a) > 2; t.branches {
				t.delimiter = a[2].Str()
			}
			if err := t.check(); err != nil {
				return err
			}
			t.query = "SELECT " + key + ", " + parent + " FROM " + relation + " WHERE " + parent + " = "
			t.rest = " AND " + key + " IS NOT NULL AND " + key + " <> " + parent + t.rest
			if err := t.row(&start, nil, 0, start); err != nil {
				return err
			}
			return t.below(start, start, 1)
		}
	}
}

// check demands that the columns are those that are given.
func (t *connected) check() error {
	want := 3
	if t.branches {
		want++
	}
	if t.serial {
		want++
	}
	is := func(at int, is *types.Type) bool { return t.fields[at].Type == is }
	switch {
	case len(t.fields) != want:
		return invalidReturn("Query-specified return tuple has wrong number of columns.")
	case !t.fields[0].Type.Same(t.fields[1].Type):
		return invalidReturn("First two columns must be the same type.")
	case !is(2, types.Int4):
		return invalidReturn("Third column must be type %s.", types.Int4)
	case t.branches && !is(3, types.Text):
		return invalidReturn("Fourth column must be type %s.", types.Text)
	case t.branches && t.serial && !is(4, types.Int4):
		return sqlerr.New(sqlerr.DatatypeMismatch, "query-specified return tuple not valid for Connectby: fifth column must be type %s", types.Int4)
	case !t.branches && t.serial && !is(3, types.Int4):
		return sqlerr.New(sqlerr.DatatypeMismatch, "query-specified return tuple not valid for Connectby: fourth column must be type %s", types.Int4)
	}
	return nil
}

// compatible demands that the columns of the query are of the types of the first two.
func (t *connected) compatible(q *queryResult) error {
	if len(q.columns) < 2 {
		return invalidReturn("Query must return at least two columns.")
	}
	for i, what := range []string{"key field", "parent key field"} {
		has, want := q.columns[i], t.fields[i]
		if !has.Type.Same(want.Type) || want.Typmod >= 0 && want.Typmod != has.Typmod {
			return invalidReturn("SQL %s type %s does not match return %s type %s.", what, types.FormatType(want.Type, want.Typmod), what, types.FormatType(has.Type, has.Typmod))
		}
	}
	return nil
}

func (t *connected) row(key, parent *string, level int64, branch string) error {
	depth := fmt.Sprint(level)
	values := []*string{key, parent, &depth}
	if t.branches {
		values = append(values, &branch)
	}
	if t.serial {
		t.number++
		n := fmt.Sprint(t.number)
		values = append(values, &n)
	}
	row, err := rowOfTexts(t.c, t.fields, values)
	if err != nil {
		return err
	}
	return t.yield(row)
}

// maxTreeDepth bounds the levels, each of which is a query that goes on.
const maxTreeDepth = 10000

// below gives what is below a key at a level, to which a branch leads.
func (t *connected) below(key, branch string, level int64) error {
	if t.most > 0 && level > t.most {
		return nil
	}
	if level > maxTreeDepth {
		return sqlerr.New(sqlerr.StatementTooComplex, "stack depth limit exceeded")
	}
	q, err := runQuery(t.c, t.query+QuoteLiteral(key)+t.rest)
	if err != nil || len(q.rows) == 0 {
		return err
	}
	if err := t.compatible(q); err != nil {
		return err
	}
	ancestors := t.delimiter + branch + t.delimiter
	for _, row := range q.rows {
		child := q.text(t.c, row, 0)
		next := branch
		if child != nil {
			if strings.Contains(ancestors, t.delimiter+*child+t.delimiter) {
				return sqlerr.New(sqlerr.InvalidRecursion, "infinite recursion detected")
			}
			next += t.delimiter + *child
		}
		if err := t.row(child, q.text(t.c, row, 1), level, next); err != nil {
			return err
		}
		if child != nil {
			if err := t.below(*child, next, level+1); err != nil {
				return err
			}
		}
	}
	return nil
}
