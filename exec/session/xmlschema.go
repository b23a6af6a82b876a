package session

import (
	"fmt"
	"math"
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// XML Schemas of tables: a type for each type of columns, each row, each table, each schema
// and the database, and an element for what the document is about.

// xmlPath is a name of parts, in which a dot is none of a part's.
func xmlPath(parts ...string) string {
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(expr.XMLName(p, true), ".", "_x002E_")
	}
	return strings.Join(parts, ".")
}

func (m *xmlMapping) beginSchema(b *strings.Builder) {
	b.WriteString("<xsd:schema\n    xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"")
	if m.namespace != "" {
		fmt.Fprintf(b, "\n    targetNamespace=\"%s\"\n    elementFormDefault=\"qualified\"", m.namespace)
	}
	b.WriteString(">\n\n")
}

// tableSchema describes a table, or the columns of a query if t is nil.
func (m *xmlMapping) tableSchema(columns []plan.Column, t *xmlTable) (string, error) {
	var b strings.Builder
	m.beginSchema(&b)
	if err := m.columnTypes(&b, columns); err != nil {
		return "", err
	}
	element, table, row := "table", "TableType", "RowType"
	if m.forest {
		element = "row"
	}
	if t != nil {
		element = expr.XMLName(t.name, true)
		table, row = xmlPath(table, m.s.database.Name, t.schema, t.name), xmlPath(row, m.s.database.Name, t.schema, t.name)
	}
	fmt.Fprintf(&b, "<xsd:complexType name=\"%s\">\n  <xsd:sequence>\n", row)
	for _, c := range columns {
		typ, err := m.typeName(c.Type)
		if err != nil {
			return "", err
		}
		occurs := ` minOccurs="0"`
		if m.nulls {
			occurs = ` nillable="true"`
		}
		fmt.Fprintf(&b, "    <xsd:element name=\"%s\" type=\"%s\"%s></xsd:element>\n", expr.XMLName(c.Name, true), typ, occurs)
	}
	b.WriteString("  </xsd:sequence>\n</xsd:complexType>\n\n")
	root := row
	if !m.forest {
		fmt.Fprintf(&b, "<xsd:complexType name=\"%s\">\n  <xsd:sequence>\n    <xsd:element name=\"row\" type=\"%s\" minOccurs=\"0\" maxOccurs=\"unbounded\"/>\n  </xsd:sequence>\n</xsd:complexType>\n\n", table, row)
		root = table
	}
	fmt.Fprintf(&b, "<xsd:element name=\"%s\" type=\"%s\"/>\n\n</xsd:schema>", element, root)
	return b.String(), nil
}

// schemaSchema describes the tables of a schema.
func (m *xmlMapping) schemaSchema(name string) (string, error) {
	var b strings.Builder
	m.beginSchema(&b)
	tables, err := m.tables(name)
	if err == nil {
		err = m.tablesTypes(&b, tables)
	}
	if err != nil {
		return "", err
	}
	typ := xmlPath("SchemaType", m.s.database.Name, name)
	group, kind, occurs := "all", "TableType", ""
	if m.forest {
		group, kind, occurs = "sequence", "RowType", ` minOccurs="0" maxOccurs="unbounded"`
	}
	fmt.Fprintf(&b, "<xsd:complexType name=\"%s\">\n  <xsd:%s>\n", typ, group)
	for _, t := range tables {
		fmt.Fprintf(&b, "    <xsd:element name=\"%s\" type=\"%s\"%s/>\n", expr.XMLName(t.name, true), xmlPath(kind, m.s.database.Name, name, t.name), occurs)
	}
	fmt.Fprintf(&b, "  </xsd:%s>\n</xsd:complexType>\n\n<xsd:element name=\"%s\" type=\"%s\"/>\n\n</xsd:schema>", group, expr.XMLName(name, true), typ)
	return b.String(), nil
}

// databaseSchema describes the schemas of the database.
func (m *xmlMapping) databaseSchema() (string, error) {
	var b strings.Builder
	m.beginSchema(&b)
	schemas, err := m.schemas()
	if err != nil {
		return "", err
	}
	var tables []xmlTable
	for _, name := range schemas {
		list, err := m.tables(name)
		if err != nil {
			return "", err
		}
		tables = append(tables, list...)
	}
	if err := m.tablesTypes(&b, tables); err != nil {
		return "", err
	}
	database := m.s.database.Name
	typ := xmlPath("CatalogType", database)
	fmt.Fprintf(&b, "<xsd:complexType name=\"%s\">\n  <xsd:all>\n", typ)
	for _, name := range schemas {
		fmt.Fprintf(&b, "    <xsd:element name=\"%s\" type=\"%s\"/>\n", expr.XMLName(name, true), xmlPath("SchemaType", database, name))
	}
	fmt.Fprintf(&b, "  </xsd:all>\n</xsd:complexType>\n\n<xsd:element name=\"%s\" type=\"%s\"/>\n\n</xsd:schema>", expr.XMLName(database, true), typ)
	return b.String(), nil
}

func (m *xmlMapping) tablesTypes(b *strings.Builder, tables []xmlTable) error {
	var columns []plan.Column
	for _, t := range tables {
		list, err := m.columns(t.query())
		if err != nil {
			return err
		}
		columns = append(columns, list...)
	}
	return m.columnTypes(b, columns)
}

// columnTypes describes each type that columns have, and what domains are over, once.
func (m *xmlMapping) columnTypes(b *strings.Builder, columns []plan.Column) error {
	var list []*types.Type
	seen := map[types.OID]bool{}
	add := func(t *types.Type) {
		if !seen[t.OID] {
			seen[t.OID] = true
			list = append(list, t)
		}
	}
	for _, c := range columns {
		add(c.Type)
	}
	for i := 0; i < len(list); i++ {
		add(expr.BaseType(list[i]))
	}
	for _, t := range list {
		text, err := m.typeSchema(t)
		if err != nil {
			return err
		}
		b.WriteString(text + "\n")
	}
	return nil
}

// xmlTypeNames are the types that SQL/XML has names for.
var xmlTypeNames = map[*types.Type]string{
	types.BPChar: "CHAR", types.Varchar: "VARCHAR", types.Numeric: "NUMERIC", types.Int4: "INTEGER", types.Int2: "SMALLINT", types.Int8: "BIGINT",
	types.Float4: "REAL", types.Float8: "DOUBLE", types.Boolean: "BOOLEAN", types.Time: "TIME", types.TimeTZType: "TIME_WTZ",
	types.Timestamp: "TIMESTAMP", types.TimestampTZ: "TIMESTAMP_WTZ", types.Date: "DATE", types.XML: "XML",
}

func (m *xmlMapping) typeName(t *types.Type) (string, error) {
	if name := xmlTypeNames[t]; name != "" {
		return name, nil
	}
	kind := "UDT"
	if t.Kind == types.KindDomain {
		kind = "Domain"
	}
	names, err := m.names("SELECT n.nspname, t.typname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = %d", t.OID)
	if err != nil || len(names) == 0 {
		return xmlPath(kind, m.s.database.Name, "pg_catalog", t.Name), err
	}
	return xmlPath(kind, m.s.database.Name, names[0][0], names[0][1]), nil
}

// typeSchema describes one type.
func (m *xmlMapping) typeSchema(t *types.Type) (string, error) {
	if t == types.XML {
		return "<xsd:complexType mixed=\"true\">\n  <xsd:sequence>\n    <xsd:any name=\"element\" minOccurs=\"0\" maxOccurs=\"unbounded\" processContents=\"skip\"/>\n  </xsd:sequence>\n</xsd:complexType>\n", nil
	}
	name, err := m.typeName(t)
	if err != nil {
		return "", err
	}
	restriction := ""
	restrict := func(base string, facets ...string) {
		restriction = "  <xsd:restriction base=\"xsd:" + base + "\">\n"
		for _, f := range facets {
			restriction += "    <xsd:" + f + "/>\n"
		}
		restriction += "  </xsd:restriction>\n"
	}
	bounds := func(base string, most int64) {
		restrict(base, fmt.Sprintf("maxInclusive value=\"%d\"", most), fmt.Sprintf("minInclusive value=\"%d\"", -most-1))
	}
	plain := func(base string) { restriction = "  <xsd:restriction base=\"xsd:" + base + "\"></xsd:restriction>\n" }
	const date, clock, zone = `\p{Nd}{4}-\p{Nd}{2}-\p{Nd}{2}`, `\p{Nd}{2}:\p{Nd}{2}:\p{Nd}{2}(.\p{Nd}+)?`, `(\+|-)\p{Nd}{2}:\p{Nd}{2}`
	pattern := func(base, text string) { restrict(base, `pattern value="`+text+`"`) }
	switch t {
	case types.BPChar, types.Varchar, types.Text:
		restrict("string")
	case types.Bytea:
		if restrict("base64Binary"); m.hex {
			restrict("hexBinary")
		}
	case types.Int2:
		bounds("short", math.MaxInt16)
	case types.Int4:
		bounds("int", math.MaxInt32)
	case types.Int8:
		bounds("long", math.MaxInt64)
	case types.Float4:
		plain("float")
	case types.Float8:
		plain("double")
	case types.Boolean:
		plain("boolean")
	case types.Time:
		pattern("time", clock)
	case types.TimeTZType:
		pattern("time", clock+zone)
	case types.Timestamp:
		pattern("dateTime", date+"T"+clock)
	case types.TimestampTZ:
		pattern("dateTime", date+"T"+clock+zone)
	case types.Date:
		pattern("date", date)
	default:
		if t.Kind != types.KindDomain {
			break
		}
		base, err := m.baseName(t)
		if err != nil {
			return "", err
		}
		restriction = "  <xsd:restriction base=\"" + base + "\"/>\n"
	}
	return "<xsd:simpleType name=\"" + name + "\">\n" + restriction + "</xsd:simpleType>\n", nil
}

// baseName is what a domain is over, with the length or precision that it gives.
func (m *xmlMapping) baseName(t *types.Type) (string, error) {
	mod := types.NoTypmod
	base := t
	for base.Kind == types.KindDomain {
		mod, base = base.BaseTypmod, base.Base
	}
	name, err := m.typeName(base)
	if mod == types.NoTypmod || err != nil {
		return name, err
	}
	const header = 4 // bytes that PostgreSQL counts in
	switch base {
	case types.BPChar, types.Varchar:
		return fmt.Sprintf("%s_%d", name, mod-header), nil
	case types.Numeric:
		return fmt.Sprintf("%s_%d_%d", name, (mod-header)>>16&0xffff, (mod-header)&0xffff), nil
	case types.Time, types.TimeTZType, types.Timestamp, types.TimestampTZ:
		return fmt.Sprintf("%s_%d", name, mod), nil
	}
	return name, nil
}
