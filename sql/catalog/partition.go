package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/types"
)

// PartitionStrategy is pg_partitioned_table.partstrat.
type PartitionStrategy byte

// The strategies.
const (
	PartitionList  PartitionStrategy = 'l'
	PartitionRange PartitionStrategy = 'r'
	PartitionHash  PartitionStrategy = 'h'
)

// String is the strategy as PARTITION BY has it, in lower case.
func (s PartitionStrategy) String() string {
	switch s {
	case PartitionList:
		return "list"
	case PartitionRange:
		return "range"
	}
	return "hash"
}

// PartitionKey is PARTITION BY.
type PartitionKey struct {
	Strategy PartitionStrategy
	Columns  []PartitionColumn
}

// PartitionColumn is one column or expression of a partition key.
type PartitionColumn struct {
	Column int16  `json:",omitempty"` // attribute number; 0 for an expression
	Expr   string `json:",omitempty"`
	// Type is that of the values.
	Type TypeRef
	// OpClass is the operator class that was named, 0 for the default, and Collation
	// the name of the collation that was.
	OpClass   OID    `json:",omitempty"`
	Collation string `json:",omitempty"`
}

// PartitionBound is FOR VALUES. Values are in text form.
type PartitionBound struct {
	Default            bool         `json:",omitempty"`
	In                 []BoundValue `json:",omitempty"`
	From, To           []BoundValue `json:",omitempty"`
	Modulus, Remainder int          `json:",omitempty"`
}

// BoundValue is one value of a bound.
type BoundValue struct {
	// Kind is 0 for a value, 'n' for NULL, '-' for MINVALUE and '+' for MAXVALUE.
	Kind byte   `json:",omitempty"`
	Text string `json:",omitempty"`
}

// Partition is a partition with its bound in the types of the key.
type Partition struct {
	Table   *Table
	Default bool
	// In are the values of a list; a NULL is one of them.
	In                 []types.Datum
	From, To           []RangeDatum
	Modulus, Remainder int
}

// RangeDatum is a value of a range bound, or below (-1) or above (1) all values.
type RangeDatum struct {
	Beyond int
	Value  types.Datum
}

// Partitions are those of a partitioned table, in the order of their bounds, the
// default one last. It is safe for any number of goroutines.
type Partitions struct {
	Key  *PartitionKey
	List []*Partition
	// Default is the default partition's place in List, -1 for none.
	Default int
	byValue map[uint64][]int // of lists, by the hash of a value
	null    int
}

// partitionCache keeps the Partitions of one version of a catalog.
type partitionCache struct {
	mu struct {
		sync.Mutex
		of map[OID]*Partitions
	}
}

// cacheMutex guards the making of caches: a version gets its own when it is asked first.
var cacheMutex sync.Mutex

// Partitions are those of a partitioned table.
func (c *Catalog) Partitions(t *Table) (*Partitions, error) {
	cacheMutex.Lock()
	if c.partitions == nil {
		c.partitions = &partitionCache{}
	}
	cache := c.partitions
	cacheMutex.Unlock()
	cache.mu.Lock()
	defer cache.mu.Unlock()
	if p := cache.mu.of[t.OID]; p != nil {
		return p, nil
	}
	p, err := newPartitions(t.Key, c.Children(t.OID))
	if err != nil {
		return nil, err
	}
	if cache.mu.of == nil {
		cache.mu.of = map[OID]*Partitions{}
	}
	cache.mu.of[t.OID] = p
	return p, nil
}

func newPartitions(key *PartitionKey, children []*Table) (*Partitions, error) {
	p := &Partitions{Key: key, Default: -1, null: -1, byValue: map[uint64][]int{}}
	for _, child := range children {
		if child.Bound == nil {
			continue
		}
		one, err := NewPartition(key, child, child.Bound)
		if err != nil {
			return nil, err
		}
		p.List = append(p.List, one)
	}
	slices.SortStableFunc(p.List, func(a, b *Partition) int { return key.order(a, b) })
	for i, one := range p.List {
		if one.Default {
			p.Default = i
		}
		for _, v := range one.In {
			if v.IsNull() {
				p.null = i
			} else {
				h := key.Columns[0].Type.Hash(0, v)
				p.byValue[h] = append(p.byValue[h], i)
			}
		}
	}
	return p, nil
}

// NewPartition reads a bound in the types of a key.
func NewPartition(key *PartitionKey, t *Table, b *PartitionBound) (*Partition, error) {
	p := &Partition{Table: t, Default: b.Default, Modulus: b.Modulus, Remainder: b.Remainder}
	for _, v := range b.In {
		if v.Kind == 'n' {
			p.In = append(p.In, types.Null)
			continue
		}
		d, err := key.Columns[0].Type.Input(v.Text, types.NoTypmod, types.DefaultEnv)
		if err != nil {
			return nil, err
		}
		p.In = append(p.In, d)
	}
	for _, side := range []struct {
		from []BoundValue
		to   *[]RangeDatum
	}{{b.From, &p.From}, {b.To, &p.To}} {
		for i, v := range side.from {
			out := RangeDatum{}
			switch v.Kind {
			case '-':
				out.Beyond = -1
			case '+':
				out.Beyond = 1
			default:
				var err error
				if out.Value, err = key.Columns[i].Type.Input(v.Text, types.NoTypmod, types.DefaultEnv); err != nil {
					return nil, err
				}
			}
			*side.to = append(*side.to, out)
		}
	}
	return p, nil
}

func (k *PartitionKey) types() []*types.Type {
	list := make([]*types.Type, len(k.Columns))
	for i := range k.Columns {
		list[i] = k.Columns[i].Type.Type
	}
	return list
}

// retyped is the key with the types of users of a version of the catalog.
func (k *PartitionKey) retyped(of map[OID]*types.Type) *PartitionKey {
	if k == nil {
		return nil
	}
	out := &PartitionKey{Strategy: k.Strategy, Columns: slices.Clone(k.Columns)}
	for i := range out.Columns {
		if now := of[out.Columns[i].Type.OID]; now != nil {
			out.Columns[i].Type.Type = now
		}
	}
	return out
}

// order compares partitions by their bounds.
func (k *PartitionKey) order(a, b *Partition) int {
	if a.Default || b.Default {
		switch {
		case a.Default && b.Default:
			return 0
		case a.Default:
			return 1
		}
		return -1
	}
	switch k.Strategy {
	case PartitionRange:
		return k.CompareBounds(a.From, b.From)
	case PartitionHash:
		return cmp.Or(cmp.Compare(a.Modulus, b.Modulus), cmp.Compare(a.Remainder, b.Remainder))
	}
	least := func(p *Partition) (v types.Datum, ok bool) {
		for _, d := range p.In {
			if !d.IsNull() && (!ok || k.Columns[0].Type.Compare(d, v) < 0) {
				v, ok = d, true
			}
		}
		return v, ok
	}
	va, oka := least(a)
	vb, okb := least(b)
	switch {
	case oka && okb:
		return k.Columns[0].Type.Compare(va, vb)
	case oka: // that of NULL alone comes last
		return -1
	case okb:
		return 1
	}
	return 0
}

// CompareBounds compares two ends of ranges.
func (k *PartitionKey) CompareBounds(a, b []RangeDatum) int {
	for i := range a {
		if c := cmp.Compare(a[i].Beyond, b[i].Beyond); c != 0 {
			return c
		}
		if a[i].Beyond != 0 {
			return 0 // what follows does not count
		}
		if c := k.Columns[i].Type.Compare(a[i].Value, b[i].Value); c != 0 {
			return c
		}
	}
	return 0
}

// compareRow compares the values of a row's key with an end of a range.
func (k *PartitionKey) compareRow(values []types.Datum, b []RangeDatum) int {
	for i := range b {
		if b[i].Beyond != 0 {
			return -b[i].Beyond
		}
		if c := k.Columns[i].Type.Compare(values[i], b[i].Value); c != 0 {
			return c
		}
	}
	return 0
}

// Find gives the partition for the values of a row's key, nil if there is none.
func (p *Partitions) Find(values []types.Datum) *Partition {
	at := p.find(values)
	if at < 0 {
		at = p.Default
	}
	if at < 0 {
		return nil
	}
	return p.List[at]
}

func (p *Partitions) find(values []types.Datum) int {
	switch p.Key.Strategy {
	case PartitionList:
		if values[0].IsNull() {
			return p.null
		}
		t := p.Key.Columns[0].Type
		for _, at := range p.byValue[t.Hash(0, values[0])] {
			if slices.ContainsFunc(p.List[at].In, func(v types.Datum) bool { return !v.IsNull() && t.Compare(v, values[0]) == 0 }) {
				return at
			}
		}
	case PartitionRange:
		for _, v := range values {
			if v.IsNull() {
				return -1
			}
		}
		n := len(p.List)
		if p.Default >= 0 {
			n--
		}
		at, found := slices.BinarySearchFunc(p.List[:n], values, func(one *Partition, values []types.Datum) int { return -p.Key.compareRow(values, one.From) })
		if !found {
			at--
		}
		if at >= 0 && p.Key.compareRow(values, p.List[at].To) < 0 {
			return at
		}
	case PartitionHash:
		h := types.PartitionHash(p.Key.types(), values)
		for i, one := range p.List {
			if h%uint64(one.Modulus) == uint64(one.Remainder) {
				return i
			}
		}
	}
	return -1
}

// Overlaps finds a partition that a bound has values in common with; nil if none.
func (p *Partitions) Overlaps(b *Partition) *Partition {
	for _, have := range p.List {
		switch {
		case have.Default || b.Default:
			if have.Default && b.Default {
				return have
			}
		case p.Key.Strategy == PartitionRange:
			if p.Key.CompareBounds(have.From, b.To) < 0 && p.Key.CompareBounds(b.From, have.To) < 0 {
				return have
			}
		case p.Key.Strategy == PartitionHash:
			g := gcd(have.Modulus, b.Modulus)
			if have.Remainder%g == b.Remainder%g {
				return have
			}
		default:
			for _, v := range b.In {
				for _, w := range have.In {
					if v.IsNull() && w.IsNull() || !v.IsNull() && !w.IsNull() && p.Key.Columns[0].Type.Compare(v, w) == 0 {
						return have
					}
				}
			}
		}
	}
	return nil
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// BoundText writes a value of a bound as pg_get_expr does.
func BoundText(t *types.Type, v BoundValue) string {
	switch v.Kind {
	case 'n':
		return "NULL"
	case '-':
		return "MINVALUE"
	case '+':
		return "MAXVALUE"
	}
	for t.Kind == types.KindDomain {
		t = t.Base
	}
	switch t {
	case types.Int2, types.Int4, types.Int8, types.Oid, types.Float4, types.Float8, types.Numeric:
		if !strings.ContainsAny(v.Text, "Nn") && !strings.HasPrefix(v.Text, "-") {
			return v.Text
		}
	case types.Boolean:
		if v.Text == "t" {
			return "true"
		}
		return "false"
	}
	return "'" + strings.ReplaceAll(v.Text, "'", "''") + "'"
}

// Text writes FOR VALUES as pg_get_expr does.
func (b *PartitionBound) Text(key *PartitionKey) string {
	list := func(values []BoundValue, of func(int) *types.Type) string {
		var out []string
		for i, v := range values {
			out = append(out, BoundText(of(i), v))
		}
		return "(" + strings.Join(out, ", ") + ")"
	}
	each := func(i int) *types.Type { return key.Columns[i].Type.Type }
	switch {
	case b.Default:
		return "DEFAULT"
	case b.Modulus > 0:
		return fmt.Sprintf("FOR VALUES WITH (modulus %d, remainder %d)", b.Modulus, b.Remainder)
	case b.From != nil:
		return "FOR VALUES FROM " + list(b.From, each) + " TO " + list(b.To, each)
	}
	return "FOR VALUES IN " + list(b.In, func(int) *types.Type { return each(0) })
}
