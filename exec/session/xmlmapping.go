package session

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Tables as XML: what SQL/XML makes of a table, a query, a cursor, a schema and the database.
// Each has a form for the data, one for an XML Schema that describes it (xmlschema.go), and
// one for both.

// xmlMapping is how data becomes XML.
type xmlMapping struct {
	s   *Session
	ctx context.Context
	// nulls: a column that is NULL has an empty element, marked as nil; none otherwise.
	nulls bool
	// forest: each row is an element named like the table; otherwise the table is one element
	// with rows in it.
	forest bool
	// namespace is the target namespace; empty is none.
	namespace string
	// hex: bytea is written in hexadecimal, as xmlbinary asks for, and not in base64.
	hex bool
}

// xmlParts say which of data and schema a function gives.
type xmlParts struct{ data, schema bool }

func init() {
	forms := map[string]xmlParts{"_to_xml": {data: true}, "_to_xmlschema": {schema: true}, "_to_xml_and_xmlschema": {true, true}}
	of := map[string]func(*xmlMapping, xmlParts, []types.Datum) (string, error){
		"table": func(m *xmlMapping, parts xmlParts, args []types.Datum) (string, error) {
			return m.tableXML(parts, args[0].Int())
		},
		"query": func(m *xmlMapping, parts xmlParts, args []types.Datum) (string, error) {
			return m.queryXML(parts, args[0].Str())
		},
		"schema": func(m *xmlMapping, parts xmlParts, args []types.Datum) (string, error) {
			return m.schemaXML(parts, args[0].Str())
		},
		"database": func(m *xmlMapping, parts xmlParts, _ []types.Datum) (string, error) { return m.databaseXML(parts) },
		"cursor":   (*xmlMapping).cursorXML,
	}
	for what, give := range of {
		for form, parts := range forms {
			hostFunctions[what+form] = func(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error) {
				n := len(args) - 3
				binary, _ := s.Setting("xmlbinary", true)
				m := &xmlMapping{s: s, ctx: s.contextOf(c), nulls: args[n].Bool(), forest: args[n+1].Bool(), namespace: args[n+2].Str(), hex: binary == "hex"}
				text, err := give(m, parts, args[:n])
				return types.String(text), err
			}
		}
	}
}

// xmlTable is a relation, and what it is called in XML.
type xmlTable struct{ schema, name string }

func (t xmlTable) query() string {
	return "SELECT * FROM " + expr.QuoteIdent(t.schema) + "." + expr.QuoteIdent(t.name)
}

func (m *xmlMapping) tableXML(parts xmlParts, oid int64) (string, error) {
	list, err := m.names("SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = %d", oid)
	if err != nil {
		return "", err
	}
	if len(list) == 0 {
		return "", sqlerr.New(sqlerr.UndefinedTable, "relation with OID %d does not exist", oid)
	}
	t := xmlTable{list[0][0], list[0][1]}
	return m.of(parts, t.query(), &t)
}

func (m *xmlMapping) queryXML(parts xmlParts, query string) (string, error) {
	return m.of(parts, query, nil)
}

// of gives a query as XML; t is the table that it reads whole.
func (m *xmlMapping) of(parts xmlParts, query string, t *xmlTable) (string, error) {
	schema := ""
	if parts.schema {
		columns, err := m.columns(query)
		if err == nil {
			schema, err = m.tableSchema(columns, t)
		}
		if err != nil || !parts.data {
			return schema, err
		}
	}
	name := ""
	if t != nil {
		name = t.name
	}
	return m.rows(query, name, schema, true)
}

// maxXMLBytes is what a value of PostgreSQL's has room for.
const maxXMLBytes = 1<<30 - 1

// errShaped ends a query of which only the columns are wanted.
var errShaped = errors.New("the columns are known")

// columns are those of a query, which is not run.
func (m *xmlMapping) columns(query string) (columns []plan.Column, err error) {
	err = m.s.eachRowOf(m.ctx, query, func(list []plan.Column) error {
		columns = list
		return errShaped
	}, func(types.Row) error { return nil })
	if err == errShaped {
		err = nil
	}
	return columns, err
}

// start opens the root element of data; top says that it is the outermost.
func (m *xmlMapping) start(b *strings.Builder, name, schema string, top bool) {
	b.WriteString("<" + name)
	if top {
		b.WriteString(` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`)
		if m.namespace != "" {
			fmt.Fprintf(b, ` xmlns="%s"`, m.namespace)
		}
	}
	switch {
	case schema == "":
	case m.namespace != "":
		fmt.Fprintf(b, ` xsi:schemaLocation="%s #"`, m.namespace)
	default:
		b.WriteString(` xsi:noNamespaceSchemaLocation="#"`)
	}
	b.WriteString(">\n")
}

// rows gives the rows of a query; table is the name of the table they are of.
func (m *xmlMapping) rows(query, table, schema string, top bool) (string, error) {
	var b strings.Builder
	name := "table"
	if table != "" {
		name = expr.XMLName(table, true)
	}
	if !m.forest {
		m.start(&b, name, schema, top)
		b.WriteByte('\n')
	}
	if schema != "" {
		b.WriteString(schema + "\n\n")
	}
	var columns []plan.Column
	err := m.s.eachRowOf(m.ctx, query, func(list []plan.Column) error {
		columns = list
		return nil
	}, func(row types.Row) error { return m.row(&b, columns, row, table, top) })
	if !m.forest {
		b.WriteString("</" + name + ">\n")
	}
	return b.String(), err
}

func (m *xmlMapping) row(b *strings.Builder, columns []plan.Column, row types.Row, table string, top bool) error {
	name := "row"
	if m.forest {
		if table != "" {
			name = expr.XMLName(table, true)
		}
		m.start(b, name, "", top)
	} else {
		b.WriteString("<row>\n")
	}
	for i, c := range columns {
		element := expr.XMLName(c.Name, true)
		if row[i].IsNull() {
			if m.nulls {
				b.WriteString("  <" + element + " xsi:nil=\"true\"/>\n")
			}
			continue
		}
		text, err := c.Type.XMLForm(row[i], true, m.hex, m.s.settings.env)
		if err != nil {
			return err
		}
		b.WriteString("  <" + element + ">" + text + "</" + element + ">\n")
	}
	if b.WriteString("</" + name + ">\n\n"); b.Len() > maxXMLBytes {
		return sqlerr.New(sqlerr.ProgramLimitExceeded, "out of memory").WithDetail("Cannot enlarge string buffer containing %d bytes.", b.Len())
	}
	return nil
}

// names are the rows of a query whose columns are all names or texts.
func (m *xmlMapping) names(query string, args ...any) (list [][]string, err error) {
	err = m.s.eachRowOf(m.ctx, fmt.Sprintf(query, args...), func([]plan.Column) error { return nil }, func(row types.Row) error {
		var names []string
		for _, d := range row {
			names = append(names, d.Str())
		}
		list = append(list, names)
		return nil
	})
	return list, err
}

// tables are those of a schema that the role may read, by name.
func (m *xmlMapping) tables(schema string) (list []xmlTable, err error) {
	names, err := m.names(`SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = %s AND c.relkind IN ('r', 'm', 'v') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY c.relname`, expr.QuoteLiteral(schema))
	for _, n := range names {
		list = append(list, xmlTable{n[0], n[1]})
	}
	return list, err
}

func (m *xmlMapping) schemaXML(parts xmlParts, name string) (string, error) {
	if _, err := m.names("SELECT %s::pg_catalog.regnamespace::pg_catalog.text", expr.QuoteLiteral(expr.QuoteIdent(name))); err != nil {
		return "", sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, name)
	}
	schema := ""
	if parts.schema {
		var err error
		if schema, err = m.schemaSchema(name); err != nil || !parts.data {
			return schema, err
		}
	}
	return m.schemaData(name, schema, true)
}

func (m *xmlMapping) schemaData(name, schema string, top bool) (string, error) {
	var b strings.Builder
	element := expr.XMLName(name, true)
	m.start(&b, element, schema, top)
	b.WriteByte('\n')
	if schema != "" {
		b.WriteString(schema + "\n\n")
	}
	tables, err := m.tables(name)
	if err != nil {
		return "", err
	}
	for _, t := range tables {
		rows, err := m.rows(t.query(), t.name, "", false)
		if err != nil {
			return "", err
		}
		b.WriteString(rows + "\n")
	}
	b.WriteString("</" + element + ">\n")
	return b.String(), nil
}

// schemas are those of the database that the role may look into, by name.
func (m *xmlMapping) schemas() (list []string, err error) {
	names, err := m.names(`SELECT nspname FROM pg_catalog.pg_namespace WHERE pg_catalog.has_schema_privilege(oid, 'USAGE')
		AND NOT (nspname ~ '^pg_' OR nspname IN ('information_schema', 'kalam')) ORDER BY nspname`)
	for _, n := range names {
		list = append(list, n[0])
	}
	return list, err
}

func (m *xmlMapping) databaseXML(parts xmlParts) (string, error) {
	schema := ""
	if parts.schema {
		var err error
		if schema, err = m.databaseSchema(); err != nil || !parts.data {
			return schema, err
		}
	}
	var b strings.Builder
	element := expr.XMLName(m.s.database.Name, true)
	m.start(&b, element, schema, true)
	b.WriteByte('\n')
	if schema != "" {
		b.WriteString(schema + "\n\n")
	}
	schemas, err := m.schemas()
	if err != nil {
		return "", err
	}
	for _, name := range schemas {
		data, err := m.schemaData(name, "", false)
		if err != nil {
			return "", err
		}
		b.WriteString(data + "\n")
	}
	b.WriteString("</" + element + ">\n")
	return b.String(), nil
}

// cursorXML gives the next rows of a cursor, or describes them.
func (m *xmlMapping) cursorXML(parts xmlParts, args []types.Datum) (string, error) {
	if parts.schema {
		po := m.s.portals[args[0].Str()]
		if po == nil {
			return "", sqlerr.New(sqlerr.InvalidCursorName, `cursor "%s" does not exist`, args[0].Str())
		}
		return m.tableSchema(planColumns(po.ps.columns), nil)
	}
	var b strings.Builder
	var rows []types.Row
	fetch := &ast.FetchStmt{Cursor: args[0].Str(), Direction: ast.FetchForward, Count: args[1].Int()}
	columns, _, err := (*proceduralHost)(m.s).FetchCursor(m.ctx, fetch, func(row types.Row) error {
		rows = append(rows, row.Clone())
		return nil
	})
	if err != nil {
		return "", err
	}
	if !m.forest {
		m.start(&b, "table", "", true)
		b.WriteByte('\n')
	}
	for _, row := range rows {
		if err := m.row(&b, columns, row, "", true); err != nil {
			return "", err
		}
	}
	if !m.forest {
		b.WriteString("</table>\n")
	}
	return b.String(), nil
}
