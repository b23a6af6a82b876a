package pgcatalog

import (
	"fmt"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_index, and what CREATE INDEX would make an index again.

func init() { makesParts("pg_index", indexRows) }

// indexColumn is one column of an index as pg_attribute and pg_get_indexdef
// have it.
type indexColumn struct {
	name   string
	typ    catalog.OID
	typmod int32
	// key is nil for an INCLUDE column; expr is set for an expression.
	key  *catalog.IndexKey
	num  int16
	expr expr.Expr
}

// indexColumns lists the key columns of an index and then its INCLUDE columns.
func (s *Snapshot) indexColumns(t *catalog.Table, index *catalog.Index) []indexColumn {
	var out []indexColumn
	named := map[string]bool{}
	name := func(base string) string {
		unique := base
		for n := 1; named[unique]; n++ {
			unique = fmt.Sprintf("%s%d", base, n)
		}
		named[unique] = true
		return unique
	}
	plain := func(num int16, key *catalog.IndexKey) {
		if at := t.Ordinal(num); at >= 0 {
			c := t.Columns[at]
			out = append(out, indexColumn{name: name(c.Name), typ: c.Type.OID, typmod: c.Typmod, key: key, num: num})
		}
	}
	for i := range index.Keys {
		k := &index.Keys[i]
		if k.Column != 0 {
			plain(k.Column, k)
			continue
		}
		col := indexColumn{name: "expr", typ: types.Text.OID, typmod: types.NoTypmod, key: k}
		if parsed, err := parser.ParseExpr(k.Expr); err == nil {
			if e, err := plan.RowExpression(s.env(), t, parsed, "index expressions"); err == nil {
				col.typ, col.typmod, col.expr = e.Type().OID, e.Typmod(), e
				if c, ok := e.(*expr.Call); ok && c.Form == expr.FormFunction && c.Fn.Name != "" {
					col.name = c.Fn.Name
				}
			}
		}
		col.name = name(col.name)
		out = append(out, col)
	}
	for _, num := range index.Include {
		plain(num, nil)
	}
	return out
}

func indexRows(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.tables {
		for _, index := range t.Indexes {
			var keys, collations, classes, options []int64
			var exprs []string
			for _, c := range s.indexColumns(t, index) {
				keys = append(keys, int64(c.num))
				if c.key == nil {
					continue
				}
				collation := typeOf(c.typ).collation
				if at := t.Ordinal(c.num); at >= 0 && t.Columns[at].Collation != nil {
					collation = t.Columns[at].Collation.OID
				}
				if c.key.Collation != nil {
					collation = c.key.Collation.OID
				}
				collations = append(collations, int64(collation))
				classes = append(classes, int64(operatorClass(index, c.key, s.Catalog.TypeByOID(c.typ))))
				option := int64(0)
				if c.key.Desc {
					option |= 1
				}
				if c.key.NullsFirst {
					option |= 2
				}
				options = append(options, option)
				if c.expr != nil {
					exprs = append(exprs, printed(c.expr))
				}
			}
			predicate := ""
			if index.Predicate != "" {
				predicate = s.expression(t, index.Predicate, nil)
			}
			out.add("indexrelid", index.OID, "indrelid", t.OID, "indnatts", len(keys), "indnkeyatts", len(classes), "indisunique", index.Unique, "indisexclusion", index.Exclusion != nil,
				"indnullsnotdistinct", index.NullsNotDistinct, "indisprimary", index.IsPrimary(), "indimmediate", !index.Deferrable, "indisvalid", !index.Invalid, "indisready", !index.Unready, "indislive", true,
				"indisreplident", t.ReplicaIndex == index.OID, "indisclustered", t.Clustered == index.OID,
				"indkey", vector(types.Int2, keys), "indcollation", vector(types.Oid, collations), "indclass", vector(types.Oid, classes), "indoption", vector(types.Int2, options),
				"indexprs", orNull(strings.Join(exprs, ", ")), "indpred", orNull(predicate))
		}
	}
}

// methodOf is the access method of an index.
func methodOf(index *catalog.Index) *catalog.AccessMethod {
	return catalog.AccessMethodNamed(index.Method)
}

// operatorClass is what an index uses for a key, 0 if that is not known.
func operatorClass(index *catalog.Index, k *catalog.IndexKey, t *types.Type) catalog.OID {
	if k.OpClass != 0 {
		return k.OpClass
	}
	if c := methodOf(index).DefaultOperatorClass(t, nil); c != nil {
		return c.OID
	}
	return 0
}

// keptType is the type that an index of some access methods keeps for a key in the
// place of the key's own; 0 if that is kept.
func (s *Snapshot) keptType(index *catalog.Index, c indexColumn) types.OID {
	if c.key == nil {
		return 0
	}
	if index.Method == "hash" { // the hash
		return types.Int4.OID
	}
	t := s.Catalog.TypeByOID(c.typ)
	class := catalog.OperatorClassByOID(operatorClass(index, c.key, t))
	if class == nil || class.Key == 0 {
		return 0
	}
	if class.Key == types.AnyElement.OID && t != nil && t.IsArray() {
		return t.Elem.OID
	}
	return class.Key
}

func anyLibrary(string) bool { return true }

// indexPart is a key or an included column, by itself.
func (r *Reader) indexPart(t *catalog.Table, c indexColumn, pretty bool) string {
	switch {
	case c.expr != nil:
		def := r.print(c.expr, pretty)
		if !expr.LooksLikeFunction(c.expr) {
			def = "(" + def + ")"
		}
		return def
	case c.num == 0:
		return "(" + c.key.Expr + ")"
	}
	return expr.QuoteIdent(t.Columns[t.Ordinal(c.num)].Name)
}

// indexColumn is pg_get_indexdef() of one column.
func (r *Reader) indexColumn(t *catalog.Table, index *catalog.Index, column int, pretty bool) string {
	for i, c := range r.indexColumns(t, index) {
		if column == i+1 {
			return r.indexPart(t, c, pretty)
		}
	}
	return ""
}

// exclusionDefinition is what pg_get_constraintdef() says of an exclusion constraint.
func (r *Reader) exclusionDefinition(t *catalog.Table, index *catalog.Index, pretty bool) string {
	keys, include := r.indexParts(t, index, pretty, true)
	def := fmt.Sprintf("EXCLUDE USING %s (%s)", methodOf(index).Name, strings.Join(keys, ", ")) + r.indexRest(index, include)
	if index.Predicate != "" {
		def += " WHERE (" + r.reprint(t, index.Predicate, pretty) + ")"
	}
	return def + deferral(index.Deferrable, index.InitiallyDeferred)
}

// indexParts are the keys of an index, with the operators of an exclusion constraint, and
// what it includes.
func (r *Reader) indexParts(t *catalog.Table, index *catalog.Index, pretty, exclusion bool) (keys, include []string) {
	for i, c := range r.indexColumns(t, index) {
		def := r.indexPart(t, c, pretty)
		if c.key == nil {
			include = append(include, def)
			continue
		}
		if k := c.key.Collation; k != nil {
			has := catalog.DefaultCollation
			if at := t.Ordinal(c.num); at >= 0 && t.Columns[at].Collation != nil {
				has = t.Columns[at].Collation.OID
			}
			if named := r.Catalog.CollationByOID(k.OID); named != nil && k.OID != has {
				def += " COLLATE " + expr.QuoteIdent(named.Name)
			}
		}
		if class := catalog.OperatorClassByOID(c.key.OpClass); class != nil && methodOf(index).DefaultOperatorClass(r.Catalog.TypeByOID(c.typ), anyLibrary) != class {
			def += " " + expr.QuoteIdent(class.Name)
		} else if len(c.key.Options) > 0 { // parameters stand behind a name
			if class = catalog.OperatorClassByOID(operatorClass(index, c.key, r.Catalog.TypeByOID(c.typ))); class != nil {
				def += " " + expr.QuoteIdent(class.Name)
			}
		}
		if len(c.key.Options) > 0 {
			def += " (" + withOptions(c.key.Options) + ")"
		}
		switch {
		case c.key.Desc && c.key.NullsFirst:
			def += " DESC"
		case c.key.Desc:
			def += " DESC NULLS LAST"
		case c.key.NullsFirst:
			def += " NULLS FIRST"
		}
		if exclusion {
			if op := expr.OperatorByOID(index.Exclusion[i]); op != nil {
				def += " WITH " + op.Name
			}
		}
		keys = append(keys, def)
	}
	return keys, include
}

// indexDefinition is pg_get_indexdef(): the whole command, or with column > 0
// one column's definition.
func (r *Reader) indexDefinition(t *catalog.Table, index *catalog.Index, column int, pretty bool) string {
	if column > 0 {
		return r.indexColumn(t, index, column, pretty)
	}
	keys, include := r.indexParts(t, index, pretty, false)
	unique := ""
	if index.Unique {
		unique = "UNIQUE "
	}
	table := r.qualified(t.Schema, t.Name)
	if pretty {
		table = r.relationName(t)
	}
	if t.Key != nil { // its partitions' are written for themselves
		table = "ONLY " + table
	}
	def := fmt.Sprintf("CREATE %sINDEX %s ON %s USING %s (%s)", unique, expr.QuoteIdent(index.Name), table, methodOf(index).Name, strings.Join(keys, ", "))
	def += r.indexRest(index, include)
	if index.Predicate != "" {
		def += " WHERE " + r.reprint(t, index.Predicate, pretty)
	}
	return def
}

// indexRest is what stands between the keys of an index and its condition.
func (r *Reader) indexRest(index *catalog.Index, include []string) string {
	def := ""
	if include != nil {
		def += " INCLUDE (" + strings.Join(include, ", ") + ")"
	}
	if index.NullsNotDistinct {
		def += " NULLS NOT DISTINCT"
	}
	if len(index.Options) > 0 {
		def += " WITH (" + withOptions(index.Options) + ")"
	}
	return def
}

// withOptions are parameters as a definition has them.
func withOptions(options []string) string {
	var with []string
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		if expr.QuoteIdent(value) != value {
			value = "'" + value + "'"
		}
		with = append(with, name+"="+value)
	}
	return strings.Join(with, ", ")
}
