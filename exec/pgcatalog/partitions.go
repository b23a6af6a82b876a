package pgcatalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_inherits and pg_partitioned_table, and the functions about partitions.

func init() {
	makesParts("pg_inherits", inheritsRows)
	makes("pg_partitioned_table", partitionedRows)
	functions["pg_get_partkeydef"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		t := r.Catalog.Table(oidArg(a[0]))
		if t == nil || t.Key == nil {
			return types.Null, nil
		}
		return text(r.partitionKey(t))
	}
	functions["pg_get_partition_constraintdef"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		t := r.Catalog.Table(oidArg(a[0]))
		if t == nil || t.Bound == nil {
			return types.Null, nil
		}
		def := r.partitionConstraint(t)
		return found(def, def != "")
	}
	functions["satisfies_hash_partition"] = satisfiesHash
	functions["pg_partition_root"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		up := r.partitionAncestors(oidArg(a[0]))
		if up == nil {
			return types.Null, nil
		}
		return datum(up[len(up)-1]), nil
	}
	functions["pg_partition_ancestors"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		var list []int64
		for _, oid := range r.partitionAncestors(oidArg(a[0])) {
			list = append(list, int64(oid))
		}
		return array(types.Int8, list), nil
	}
	functions["pg_partition_tree"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		var list []int64
		root := oidArg(a[0])
		if r.partitionAncestors(root) != nil {
			r.partitionTree(root, func(row ...int64) { list = append(list, row...) })
		}
		return array(types.Int8, list), nil
	}
}

// satisfiesHash is satisfies_hash_partition(): parent, modulus, remainder, key.
func satisfiesHash(r *Reader, a []types.Datum) (types.Datum, error) {
	if len(a) < 3 || a[0].IsNull() || a[1].IsNull() || a[2].IsNull() {
		return types.Null, nil
	}
	invalid := func(format string, args ...any) (types.Datum, error) {
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, format, args...)
	}
	t := r.Catalog.Table(oidArg(a[0]))
	modulus, remainder := a[1].Int(), a[2].Int()
	switch {
	case t == nil:
		return types.Null, sqlerr.New(sqlerr.UndefinedTable, "could not open relation with OID %d", oidArg(a[0]))
	case t.Key == nil || t.Key.Strategy != catalog.PartitionHash:
		return invalid(`"%s" is not a hash partitioned table`, t.Name)
	case modulus <= 0:
		return invalid("modulus for hash partition must be an integer value greater than zero")
	case remainder < 0:
		return invalid("remainder for hash partition must be an integer value greater than or equal to zero")
	case remainder >= modulus:
		return invalid("remainder for hash partition must be less than modulus")
	case len(a)-3 != len(t.Key.Columns):
		return invalid("number of partitioning columns (%d) does not match number of partition keys provided (%d)", len(t.Key.Columns), len(a)-3)
	}
	var of []*types.Type
	for i := range t.Key.Columns {
		of = append(of, t.Key.Columns[i].Type.Type)
	}
	return types.Bool(types.PartitionHash(of, a[3:])%uint64(modulus) == uint64(remainder)), nil
}

func inheritsRows(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.tables {
		for i, parent := range t.Parents {
			out.add("inhrelid", t.OID, "inhparent", parent, "inhseqno", i+1)
		}
		for _, index := range t.Indexes {
			if index.Parent != 0 {
				out.add("inhrelid", index.OID, "inhparent", index.Parent, "inhseqno", 1)
			}
		}
	}
}

func partitionedRows(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.tables {
		if t.Key == nil {
			continue
		}
		var columns, classes, collations []int64
		var exprs []string
		method := "btree"
		if t.Key.Strategy == catalog.PartitionHash {
			method = "hash"
		}
		for i := range t.Key.Columns {
			k := &t.Key.Columns[i]
			columns = append(columns, int64(k.Column))
			class := k.OpClass
			if class == 0 {
				if c := catalog.AccessMethodNamed(method).DefaultOperatorClass(k.Type.Type, nil); c != nil {
					class = c.OID
				}
			}
			classes = append(classes, int64(class))
			collations = append(collations, int64(typeOf(k.Type.OID).collation))
			if k.Expr != "" {
				exprs = append(exprs, s.expression(t, k.Expr, nil))
			}
		}
		standard := catalog.OID(0)
		for _, child := range s.Catalog.Children(t.OID) {
			if child.Bound != nil && child.Bound.Default {
				standard = child.OID
			}
		}
		out.add("partrelid", t.OID, "partstrat", byte(t.Key.Strategy), "partnatts", len(columns), "partdefid", standard, "partattrs", vector(types.Int2, columns),
			"partclass", vector(types.Oid, classes), "partcollation", vector(types.Oid, collations), "partexprs", orNull(strings.Join(exprs, ", ")))
	}
}

// bound is pg_class.relpartbound: NULL for what is no partition.
func (s *Snapshot) bound(t *catalog.Table) any {
	if t.Bound == nil {
		return nil
	}
	parent := s.Catalog.Table(t.Parents[0])
	if parent == nil || parent.Key == nil {
		return nil
	}
	return t.Bound.Text(parent.Key)
}

// keyText writes a column of a partition key.
func (s *Snapshot) keyText(t *catalog.Table, k *catalog.PartitionColumn) string {
	if k.Expr == "" {
		if at := t.Ordinal(k.Column); at >= 0 {
			return expr.QuoteIdent(t.Columns[at].Name)
		}
		return ""
	}
	shown := s.expression(t, k.Expr, nil)
	if bound := s.bind(t, k.Expr); bound != nil {
		if c, ok := bound.(*expr.Call); ok && c.Form == expr.FormFunction {
			return shown
		}
	}
	return "(" + shown + ")"
}

// partitionKey is PARTITION BY.
func (r *Reader) partitionKey(t *catalog.Table) string {
	var keys []string
	for i := range t.Key.Columns {
		k := &t.Key.Columns[i]
		text := r.keyText(t, k)
		if k.Collation != "" {
			text += " COLLATE " + expr.QuoteIdent(k.Collation)
		}
		if k.OpClass != 0 {
			if c := catalog.OperatorClassByOID(k.OpClass); c != nil && !c.Default {
				text += " " + c.Name
			}
		}
		keys = append(keys, text)
	}
	return strings.ToUpper(t.Key.Strategy.String()) + " (" + strings.Join(keys, ", ") + ")"
}

// partitionAncestors lists a partition or partitioned relation, and what it is a part of;
// nil for any other.
func (r *Reader) partitionAncestors(oid catalog.OID) (list []catalog.OID) {
	if t := r.Catalog.Table(oid); t != nil {
		if t.Key == nil && t.Bound == nil {
			return nil
		}
		list = append(list, oid)
		for _, a := range r.Catalog.Ancestors(t) {
			list = append(list, a.OID)
		}
		return list
	}
	t, index := r.Catalog.IndexByOID(oid)
	if index == nil || t.Key == nil && index.Parent == 0 {
		return nil
	}
	for index != nil {
		list = append(list, index.OID)
		if index.Parent == 0 {
			break
		}
		_, index = r.Catalog.IndexByOID(index.Parent)
	}
	return list
}

// partitionTree gives relations level by level: each with its parent, whether it is a leaf,
// and its level.
func (r *Reader) partitionTree(root catalog.OID, yield func(...int64)) {
	type entry struct {
		oid, parent catalog.OID
		level       int64
	}
	parent := catalog.OID(0)
	if up := r.partitionAncestors(root); len(up) > 1 {
		parent = up[1]
	}
	queue := []entry{{root, parent, 0}}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		leaf := int64(1)
		var below []catalog.OID
		if t := r.Catalog.Table(at.oid); t != nil {
			if t.Key != nil {
				leaf = 0
			}
			for _, child := range r.Catalog.Children(t.OID) {
				below = append(below, child.OID)
			}
		} else if t, index := r.Catalog.IndexByOID(at.oid); index != nil {
			if t.Key != nil {
				leaf = 0
			}
			_, indexes := r.Catalog.IndexChildren(t, index.OID)
			for _, i := range indexes {
				below = append(below, i.OID)
			}
			slices.Sort(below)
		}
		yield(int64(at.oid), int64(at.parent), leaf, at.level)
		for _, oid := range below {
			queue = append(queue, entry{oid, at.oid, at.level + 1})
		}
	}
}

// partitionConstraint is what a partition's rows meet, and those of all it is a part of;
// empty for nothing.
func (r *Reader) partitionConstraint(t *catalog.Table) string {
	var terms []string
	at := t
	var levels [][]string
	for at.Bound != nil {
		parent := r.Catalog.Table(at.Parents[0])
		if parent == nil {
			break
		}
		levels = append(levels, r.boundTerms(t, parent, at))
		at = parent
	}
	for i := len(levels) - 1; i >= 0; i-- {
		terms = append(terms, levels[i]...)
	}
	if len(terms) == 0 {
		return ""
	}
	stored := strings.Join(terms, " AND ")
	if parsed, err := parser.ParseExpr(stored); err == nil {
		if bound, err := plan.RowExpression(r.env(), t, parsed, ""); err == nil {
			if folded, err := expr.FoldConstants(bound, &expr.Context{Env: types.DefaultEnv}); err == nil {
				bound = folded
			}
			return printed(bound)
		}
	}
	return stored
}

// boundTerms writes the condition of one bound, over the rows of t.
func (r *Reader) boundTerms(t, parent, partition *catalog.Table) []string {
	key, b := parent.Key, partition.Bound
	keys := make([]string, len(key.Columns))
	for i := range key.Columns {
		keys[i] = r.keyText(parent, &key.Columns[i])
	}
	if b.Default {
		parts, err := r.Catalog.Partitions(parent)
		if err != nil || len(parts.List) < 2 {
			return nil
		}
		if key.Strategy == catalog.PartitionList {
			all := &catalog.PartitionBound{}
			for _, one := range parts.List {
				all.In = append(all.In, one.Table.Bound.In...)
			}
			return []string{"NOT (" + strings.Join(boundCondition(key, keys, all), " AND ") + ")"}
		}
		var notNull, others []string
		for _, one := range parts.List {
			if !one.Default {
				terms := boundCondition(key, keys, one.Table.Bound)
				notNull = terms[:len(keys)]
				others = append(others, "("+strings.Join(terms[len(keys):], " AND ")+")")
			}
		}
		return []string{"NOT (" + strings.Join(notNull, " AND ") + " AND (" + strings.Join(others, " OR ") + "))"}
	}
	if key.Strategy == catalog.PartitionHash {
		return []string{fmt.Sprintf("satisfies_hash_partition('%d'::oid, %d, %d, %s)", parent.OID, b.Modulus, b.Remainder, strings.Join(keys, ", "))}
	}
	return boundCondition(key, keys, b)
}

// literal writes a value of a bound as a constant of the key's type.
func literal(t *types.Type, v catalog.BoundValue) string {
	switch text := catalog.BoundText(t, v); {
	case t == types.Int4 && !strings.HasPrefix(text, "'"), t == types.Boolean:
		return text
	default:
		return "'" + strings.ReplaceAll(v.Text, "'", "''") + "'::" + types.FormatType(t, types.NoTypmod)
	}
}

// boundCondition writes what a list or range bound wants.
func boundCondition(key *catalog.PartitionKey, keys []string, b *catalog.PartitionBound) (terms []string) {
	if key.Strategy == catalog.PartitionList {
		t := key.Columns[0].Type.Type
		var values []string
		null := false
		for _, v := range b.In {
			if v.Kind == 'n' {
				null = true
				continue
			}
			values = append(values, literal(t, v))
		}
		in := ""
		switch len(values) {
		case 0:
			return []string{keys[0] + " IS NULL"}
		case 1:
			in = keys[0] + " = " + values[0]
		default:
			if t.IsArray() {
				var each []string
				for _, v := range values {
					each = append(each, keys[0]+" = "+v)
				}
				in = "(" + strings.Join(each, " OR ") + ")"
				break
			}
			in = keys[0] + " = ANY (ARRAY[" + strings.Join(values, ", ") + "])"
		}
		if null {
			return []string{"(" + keys[0] + " IS NULL OR " + in + ")"}
		}
		return []string{keys[0] + " IS NOT NULL", in}
	}
	for _, k := range keys {
		terms = append(terms, k+" IS NOT NULL")
	}
	n := len(keys)
	compare := func(i int, op string, v catalog.BoundValue) string {
		return keys[i] + " " + op + " " + literal(key.Columns[i].Type.Type, v)
	}
	from := 0
	for from < n-1 && b.From[from].Kind == 0 && b.To[from].Kind == 0 && b.From[from].Text == b.To[from].Text {
		terms = append(terms, compare(from, "=", b.From[from]))
		from++
	}
	arms := func(bound []catalog.BoundValue, strict, inclusive string, last bool, infinite byte) {
		var out []string
		for arm := from; arm < n && bound[arm].Kind == 0; arm++ {
			var all []string
			for j := from; j < arm; j++ {
				all = append(all, compare(j, "=", bound[j]))
			}
			op := strict
			if last && arm == n-1 || arm+1 < n && bound[arm+1].Kind == infinite {
				op = inclusive
			}
			all = append(all, compare(arm, op, bound[arm]))
			if len(all) == 1 {
				out = append(out, all[0])
			} else {
				out = append(out, "("+strings.Join(all, " AND ")+")")
			}
		}
		switch len(out) {
		case 0:
		case 1:
			terms = append(terms, out[0])
		default:
			terms = append(terms, "("+strings.Join(out, " OR ")+")")
		}
	}
	arms(b.From, ">", ">=", true, '-')
	arms(b.To, "<", "<=", false, '+')
	return terms
}

// inheritDepends says what a table and what belongs to it depend on as a child or partition.
func (s *Snapshot) inheritDepends(t *catalog.Table, on func(class, oid, refClass, refOID catalog.OID, column int, kind byte)) {
	for _, parent := range t.Parents {
		kind := byte('n')
		if t.Bound != nil {
			kind = 'a'
		}
		on(classClass, t.OID, classClass, parent, 0, kind)
	}
	part := func(class, oid, parent catalog.OID) {
		on(class, oid, class, parent, 0, 'P')
		on(class, oid, classClass, t.OID, 0, 'S')
	}
	for _, i := range t.Indexes {
		switch up := s.indexParent(i); {
		case up != 0:
			part(classConstraint, constraintOID(i), up)
			on(classClass, i.OID, classClass, i.Parent, 0, 'P')
		case i.Parent != 0:
			part(classClass, i.OID, i.Parent)
		}
	}
	for _, k := range t.Foreign {
		if k.Parent != 0 {
			part(classConstraint, k.OID, k.Parent)
		}
	}
	for _, tr := range t.Triggers {
		if tr.Parent != 0 {
			part(classTrigger, tr.OID, tr.Parent)
		}
	}
	if t.Key != nil {
		for i := range t.Key.Columns {
			if num := t.Key.Columns[i].Column; num != 0 {
				on(classClass, t.OID, classClass, t.OID, int(num), 'i')
			}
		}
	}
}
