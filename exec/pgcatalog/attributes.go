package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_attribute, pg_attrdef: the columns of relations.

func init() {
	makesParts("pg_attribute", attributeRows)
	makesParts("pg_attrdef", attrdefRows)
}

// attribute is what pg_attribute says of a column beside its type.
type attribute struct {
	relation catalog.OID
	num      int
	name     string
	typ      catalog.OID
	typmod   int32
	notNull  bool
	column   *catalog.Column // of a table; nil otherwise
	system   bool
	owner    catalog.OID       // of a table or view
	key      *catalog.IndexKey // of an index; nil for what it includes
	// collation, unless it is 0, takes the place of the type's.
	collation catalog.OID
}

// SystemColumns are the columns that PostgreSQL's tables have besides their
// own, by number from -1.
var SystemColumns = []struct {
	Name string
	Type *types.Type
}{{"ctid", types.TID}, {"xmin", types.XID}, {"cmin", types.CID}, {"xmax", types.XID}, {"cmax", types.CID}, {"tableoid", types.Oid}}

func attributeRows(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.tables {
		for i := len(SystemColumns) - 1; i >= 0; i-- {
			c := SystemColumns[i]
			out.attribute(s, attribute{relation: t.OID, num: -1 - i, name: c.Name, typ: c.Type.OID, typmod: types.NoTypmod, notNull: true, system: true})
		}
		for _, c := range t.Columns {
			out.attribute(s, attribute{relation: t.OID, num: int(c.Num), name: c.Name, typ: c.Type.OID, typmod: c.Typmod, notNull: c.NotNull, column: c, owner: t.Owner})
		}
		for _, index := range t.Indexes {
			for i, k := range s.indexColumns(t, index) {
				a := attribute{relation: index.OID, num: i + 1, name: k.name, typ: k.typ, typmod: k.typmod, key: k.key}
				if kept := s.keptType(index, k); kept != 0 {
					a.typ, a.typmod = kept, types.NoTypmod
				}
				out.attribute(s, a)
			}
		}
	}
	for _, q := range s.once.sequences {
		for i, c := range catalog.SequenceView(q).Columns {
			out.attribute(s, attribute{relation: q.OID, num: i + 1, name: c.Name, typ: c.Type.OID, typmod: types.NoTypmod, notNull: true})
		}
	}
	for _, t := range s.once.types {
		for i, a := range t.Attributes {
			if typ := s.Catalog.TypeByOID(a.Type.OID); typ != nil {
				out.attribute(s, attribute{relation: compositeRelation(t), num: i + 1, name: a.Name, typ: typ.OID, typmod: a.Typmod, column: &catalog.Column{Type: catalog.TypeRef{Type: typ}}})
			}
		}
	}
	for _, v := range s.once.views {
		for i, c := range v.Columns {
			out.attribute(s, attribute{relation: v.OID, num: i + 1, name: c.Name, typ: c.Type.OID, typmod: c.Typmod, column: &catalog.Column{ACL: c.ACL, Type: c.Type, Collation: c.Collation, Default: c.Default}, owner: v.Owner})
		}
	}
	for _, v := range s.virtuals() {
		r := byOID[v.OID]
		for i, c := range v.Columns {
			typ, typmod, collation := c.Type.OID, c.Typmod, catalog.OID(0)
			if r != nil {
				collation = r.collations[i]
				if typ = r.declared[i]; typ != c.Type.OID {
					typmod = types.NoTypmod // the domain's, not the column's
				}
			}
			out.attribute(s, attribute{relation: v.OID, num: i + 1, name: c.Name, typ: typ, typmod: typmod, notNull: c.NotNull, collation: collation})
		}
	}
}

// attribute adds a row of pg_attribute.
func (o *rows) attribute(s *Snapshot, a attribute) {
	t := typeOf(a.typ)
	if a.column != nil && a.column.Type.Type != nil {
		t = storageOf(a.column.Type.Type)
	}
	target := -1
	if a.system {
		target = 0
	}
	if a.column != nil && a.column.Statistics != nil {
		target = *a.column.Statistics
	}
	options := []string(nil)
	if a.key != nil {
		if options = a.key.Options; a.key.Statistics != nil {
			target = *a.key.Statistics
		}
	}
	if a.column != nil && a.column.Storage != 0 {
		t.storage = a.column.Storage
	}
	if a.collation != 0 {
		t.collation = a.collation
	}
	if a.column != nil && a.column.Collation != nil {
		t.collation = a.column.Collation.OID
	}
	dims := 0
	if t.array {
		dims = 1
	}
	c := a.column
	if c == nil {
		c = &catalog.Column{}
	}
	generated := byte(0)
	if c.Generated {
		generated = 's'
	}
	if c.Options != nil {
		options = c.Options
	}
	missing := types.Null
	if c.Missing != nil {
		missing = types.ArrayDatum(c.Type.Type, []types.Datum{c.Missing.Value(c.Type.Type)})
	}
	o.add("attrelid", a.relation, "attname", a.name, "atttypid", a.typ, "attstattarget", target, "attlen", t.length, "attnum", a.num, "attndims", dims,
		"attcacheoff", -1, "atttypmod", a.typmod, "attbyval", t.byValue, "attalign", t.align, "attstorage", t.storage, "attcompression", c.Compression, "attnotnull", a.notNull,
		"atthasdef", c.Default != "" && c.Identity == 0, "atthasmissing", c.Missing != nil, "attmissingval", missing, "attidentity", c.Identity, "attgenerated", generated, "attislocal", !c.NotLocal, "attinhcount", c.InhCount, "attcollation", t.collation, "attacl", s.acl(c.ACL), "attoptions", settings(options), "attfdwoptions", settings(c.ServerOptions))
}

// typeInfo is what pg_attribute repeats of pg_type.
type typeInfo struct {
	length         int
	byValue, array bool
	align, storage byte
	collation      catalog.OID
	output, send   catalog.OID
}

// storageOf describes a type's storage, that of one that a user has made too.
func storageOf(t *types.Type) typeInfo {
	switch {
	case types.ByOID(t.OID) != nil:
		return typeOf(t.OID)
	case t.Kind == types.KindDomain && t.Base != nil:
		return storageOf(t.Base)
	case t.IsArray():
		return typeInfo{length: -1, array: true, align: t.Align, storage: 'x'}
	case t.Kind == types.KindRange, t.Kind == types.KindMultirange:
		return typeInfo{length: -1, align: t.Align, storage: 'x'}
	case t.Kind == types.KindComposite:
		return typeInfo{length: -1, align: 'd', storage: 'x'}
	case t.Kind == types.KindBase || t.Library != "":
		return typeInfo{length: -1, align: t.Align, storage: 'x'}
	}
	return typeInfo{length: 4, byValue: true, align: 'i', storage: 'p', output: enumOut, send: enumSend}
}

// typeOf describes the storage of a built-in type.
func typeOf(oid catalog.OID) typeInfo {
	r := find("pg_catalog.pg_type")
	found := r.builtinSet().lookup(r.columns["oid"], types.Int(int64(oid)))
	if len(found) == 0 {
		return typeInfo{length: 4, byValue: true, align: 'i', storage: 'p'}
	}
	row := found[0]
	at := func(column string) types.Datum { return row[r.columns[column]] }
	return typeInfo{
		length: int(at("typlen").Int()), byValue: at("typbyval").Bool(), array: at("typcategory").Int() == 'A' && at("typelem").Int() != 0 && at("typlen").Int() == -1,
		align: byte(at("typalign").Int()), storage: byte(at("typstorage").Int()), collation: catalog.OID(at("typcollation").Int()),
		output: catalog.OID(at("typoutput").Int()), send: catalog.OID(at("typsend").Int()),
	}
}

func attrdefRows(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.tables {
		for _, c := range t.Columns {
			if c.Default != "" && c.Identity == 0 {
				out.add("oid", attrdefOID(t.OID, int(c.Num)), "adrelid", t.OID, "adnum", c.Num, "adbin", s.columnDefault(t, c))
			}
		}
	}
	for _, v := range s.once.views {
		for i, c := range v.Columns {
			if c.Default != "" {
				out.add("oid", attrdefOID(v.OID, i+1), "adrelid", v.OID, "adnum", i+1, "adbin", s.columnDefault(nil, c))
			}
		}
	}
}

// attrdefOID makes up the OID of a default: columns have no OIDs of their own,
// and a relation has no more than 1600.
func attrdefOID(relation catalog.OID, num int) catalog.OID {
	return 1<<31 + (relation-types.FirstUserOID)*1600 + catalog.OID(num)
}

// columnDefault gives a default, or the expression of a generated column, as
// PostgreSQL writes it.
func (s *Snapshot) columnDefault(t *catalog.Table, c *catalog.Column) string {
	row := t
	if !c.Generated {
		row = nil
	}
	return s.expression(row, c.Default, c)
}

// expression writes a stored expression as PostgreSQL does: analysed and
// printed again; for a column's default, assigned to the column. Text that
// cannot be analysed any more is given as it is.
func (s *Snapshot) expression(t *catalog.Table, stored string, column *catalog.Column) string {
	e, err := parser.ParseExpr(stored)
	if err != nil {
		return stored
	}
	bound, err := plan.RowExpression(s.env(), t, e, "")
	if err != nil {
		return stored
	}
	if column != nil {
		// The length is applied by a cast that is not shown.
		whole := *column
		whole.Typmod = types.NoTypmod
		if bound, err = plan.Assign(s.env(), bound, &whole, -1); err != nil {
			return stored
		}
	}
	return printed(bound)
}
