package pgcatalog

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// information_schema.columns.

func init() {
	makesParts("information_schema.columns", infoColumns)
	makes("information_schema.column_column_usage", infoGenerated)
}

// maxOctets is character_octet_length of text without a length: 1 GB.
const maxOctets = 1 << 30

// octetsPerCharacter is the longest UTF-8 form.
const octetsPerCharacter = 4

func infoColumns(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.tables {
		if t.Query == nil && s.usableTable(t) {
			for i, c := range t.Columns {
				out.infoColumn(s, t.Schema, t.Name, i+1, t, c, true)
			}
		}
	}
	for _, v := range s.once.views {
		if s.usable(v.Owner, v.ACL, catalog.PrivAllTable) {
			for i, c := range v.Columns {
				out.infoColumn(s, v.Schema, v.Name, i+1, nil, c, s.assignable(v, i+1, false))
			}
		}
	}
	for _, v := range s.virtuals() {
		for i, c := range v.Columns {
			out.infoColumn(s, v.Schema, v.Name, i+1, nil, c, false)
		}
	}
}

// infoColumn adds a row of columns; t is nil for what is no stored table.
func (o *rows) infoColumn(s *Snapshot, schema catalog.OID, relation string, position int, t *catalog.Table, c *catalog.Column, updatable bool) {
	typ, typmod := c.Type.Type, c.Typmod
	var domain []any
	if typ.Kind == types.KindDomain && typ.Base != nil {
		domain = []any{"domain_catalog", s.Database.Name, "domain_schema", typ.Schema, "domain_name", typ.Name}
		typ, typmod = typ.Base, typ.BaseTypmod
	}
	if t != nil {
		position = int(c.Num)
	}
	pairs := []any{"table_catalog", s.Database.Name, "table_schema", s.schemaName(schema), "table_name", relation, "column_name", c.Name, "ordinal_position", position,
		"is_nullable", yesNo(!c.NotNull), "data_type", dataType(typ), "udt_catalog", s.Database.Name, "udt_schema", typeSchema(typ), "udt_name", typ.Name,
		"dtd_identifier", decimal(int64(position)), "is_self_referencing", "NO", "is_identity", yesNo(c.Identity != 0), "identity_cycle", "NO",
		"is_generated", "NEVER", "is_updatable", yesNo(updatable)}
	pairs = append(append(pairs, domain...), precision(typ, typmod)...)
	if c.Collation != nil {
		if named := s.Catalog.CollationByOID(c.Collation.OID); named != nil {
			pairs = append(pairs, "collation_catalog", s.Database.Name, "collation_schema", s.schemaName(named.Schema), "collation_name", named.Name)
		}
	}
	if t != nil && c.Default != "" && c.Identity == 0 {
		r := &Reader{Snapshot: s, Env: s.env()}
		text := r.shorten(s.columnDefault(t, c))
		if r.namesOwn(t, text) {
			text = r.reprint(t, text, false)
		}
		if c.Generated {
			pairs = append(pairs, "is_generated", "ALWAYS", "generation_expression", text)
		} else {
			pairs = append(pairs, "column_default", text)
		}
	}
	if t == nil && c.Default != "" { // a view's
		r := &Reader{Snapshot: s, Env: s.env()}
		pairs = append(pairs, "column_default", r.shorten(s.columnDefault(nil, c)))
	}
	if c.Identity != 0 && t != nil {
		generation := "ALWAYS"
		if c.Identity == 'd' {
			generation = "BY DEFAULT"
		}
		pairs = append(pairs, "identity_generation", generation)
		if q := s.ownedSequence(t, c); q != nil {
			pairs = append(pairs, "identity_start", decimal(q.Start), "identity_increment", decimal(q.Increment), "identity_maximum", decimal(q.Max),
				"identity_minimum", decimal(q.Min), "identity_cycle", yesNo(q.Cycle))
		}
	}
	o.add(pairs...)
}

func init() { makes("information_schema.attributes", infoAttributes) }

// infoAttributes has the columns of composite types.
func infoAttributes(s *Snapshot, out *rows) {
	s.objects()
	for _, u := range s.once.types {
		for i, a := range u.Attributes {
			typ := s.Catalog.TypeByOID(a.Type.OID)
			if typ == nil {
				continue
			}
			pairs := []any{"udt_catalog", s.Database.Name, "udt_schema", s.schemaName(u.Schema), "udt_name", u.Name, "attribute_name", a.Name, "ordinal_position", i + 1, "is_nullable", "YES",
				"data_type", dataType(typ), "attribute_udt_catalog", s.Database.Name, "attribute_udt_schema", typeSchema(typ), "attribute_udt_name", typ.Name,
				"dtd_identifier", decimal(int64(i + 1)), "is_derived_reference_attribute", "NO"}
			out.add(append(pairs, precision(typ, a.Typmod)...)...)
		}
	}
}

// dataType is data_type: the SQL name, ARRAY, or USER-DEFINED.
func dataType(t *types.Type) string {
	switch {
	case t.IsArray() || t == types.Int2Vector || t == types.OidVector:
		return "ARRAY"
	case t.OID >= types.FirstUserOID:
		return "USER-DEFINED"
	}
	return t.SQLName
}

func typeSchema(t *types.Type) string {
	if t.Schema != "" {
		return t.Schema
	}
	return "pg_catalog"
}

// precision gives the columns that say how long, precise or fine a type's
// values are.
func precision(t *types.Type, typmod int32) []any {
	has := typmod != types.NoTypmod
	switch t {
	case types.Varchar, types.BPChar:
		if has {
			n := int(types.CharLength(typmod))
			return []any{"character_maximum_length", n, "character_octet_length", n * octetsPerCharacter}
		}
		return []any{"character_octet_length", maxOctets}
	case types.Text:
		return []any{"character_octet_length", maxOctets}
	case types.Bit, types.Varbit:
		if has {
			return []any{"character_maximum_length", int(typmod)}
		}
	case types.Int2:
		return []any{"numeric_precision", 16, "numeric_precision_radix", 2, "numeric_scale", 0}
	case types.Int4:
		return []any{"numeric_precision", 32, "numeric_precision_radix", 2, "numeric_scale", 0}
	case types.Int8:
		return []any{"numeric_precision", 64, "numeric_precision_radix", 2, "numeric_scale", 0}
	case types.Float4:
		return []any{"numeric_precision", 24, "numeric_precision_radix", 2}
	case types.Float8:
		return []any{"numeric_precision", 53, "numeric_precision_radix", 2}
	case types.Numeric:
		if has {
			p, scale := types.NumericTypmod(typmod)
			return []any{"numeric_precision", int(p), "numeric_precision_radix", 10, "numeric_scale", int(scale)}
		}
		return []any{"numeric_precision_radix", 10}
	case types.Date:
		return []any{"datetime_precision", 0}
	case types.Time, types.TimeTZType, types.Timestamp, types.TimestampTZ:
		if has {
			return []any{"datetime_precision", int(typmod)}
		}
		return []any{"datetime_precision", 6}
	case types.IntervalType:
		p, fields := 6, any(nil)
		if has {
			if n := typmod & 0xffff; n != 0xffff {
				p = int(n)
			}
			if text := strings.TrimPrefix(types.FormatType(t, typmod|0xffff), "interval "); text != "interval" {
				fields = strings.ToUpper(text)
			}
		}
		return []any{"datetime_precision", p, "interval_type", fields}
	}
	return nil
}

// infoGenerated lists which columns a generated column reads.
func infoGenerated(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.tables {
		if !s.Catalog.OwnedBy(s.Role.OID, t.Owner) {
			continue
		}
		for _, c := range t.Columns {
			if !c.Generated {
				continue
			}
			for _, num := range s.read(t, c.Default) {
				if at := t.Ordinal(int16(num)); at >= 0 {
					out.add("table_catalog", s.Database.Name, "table_schema", s.schemaName(t.Schema), "table_name", t.Name, "column_name", t.Columns[at].Name, "dependent_column", c.Name)
				}
			}
		}
	}
}
