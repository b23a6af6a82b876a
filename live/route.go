package live

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/kalamsql/kalamsql/live/circuit"
	"github.com/kalamsql/kalamsql/live/dataflow"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// router finds the dataflows that a change can concern: by table, by slice,
// and by the values of columns that the queries fix. It narrows and never
// decides: the whole condition is evaluated afterwards. It is guarded by the
// hub's lock.
type router map[catalog.OID]map[string]*slice

// slice holds the dataflows over one table, or one user's slice of it.
type slice struct {
	// always are those that fix no column: every change concerns them.
	always []*flow
	// told are those that an arrangement tells of the changes that concern them.
	told []*flow
	// indexes are by the set of columns that the queries fix, so that their
	// number depends on how many kinds of queries there are, not on how many
	// subscriptions.
	indexes []*keyIndex
}

// keyIndex finds dataflows by the values of a set of columns.
type keyIndex struct {
	columns []keyColumn
	flows   map[uint64][]*flow

	// at caches where the columns are in the rows of table.
	table *catalog.Table
	at    []int
}

type keyColumn struct {
	num   int16
	under *types.Type
}

// routingKeys chooses what to index a query by: all columns that it fixes to
// one value, sorted; or one column that it fixes to one of several.
func routingKeys(found []dataflow.Equality) []dataflow.Equality {
	var single []dataflow.Equality
	for _, e := range found {
		if len(e.Values) == 1 && !slices.ContainsFunc(single, func(s dataflow.Equality) bool { return s.Num == e.Num }) {
			single = append(single, e)
		}
	}
	if single == nil && len(found) > 0 {
		return found[:1]
	}
	sort.Slice(single, func(i, j int) bool { return single[i].Num < single[j].Num })
	return single
}

func (r router) add(f *flow) {
	for _, t := range f.sources() {
		r.addTo(f, t.OID, f.sliceOf(t))
	}
}

func (r router) addTo(f *flow, table catalog.OID, user string) {
	users := r[table]
	if users == nil {
		users = map[string]*slice{}
		r[table] = users
	}
	s := users[user]
	if s == nil {
		s = &slice{}
		users[user] = s
	}
	keys := f.keysOf(table)
	if len(keys) == 0 {
		s.always = append(s.always, f)
		return
	}
	x := s.index(keys)
	if x == nil {
		x = &keyIndex{flows: map[uint64][]*flow{}}
		for _, k := range keys {
			x.columns = append(x.columns, keyColumn{k.Num, k.Type})
		}
		s.indexes = append(s.indexes, x)
	}
	for _, h := range keyHashes(keys) {
		x.flows[h] = append(x.flows[h], f)
	}
}

func (r router) remove(f *flow) {
	for _, t := range f.sources() {
		r.removeFrom(f, t.OID, f.sliceOf(t))
	}
}

func (r router) removeFrom(f *flow, table catalog.OID, user string) {
	users := r[table]
	s := users[user]
	if s == nil {
		return
	}
	keys := f.keysOf(table)
	if len(keys) == 0 {
		s.always, s.told = without(s.always, f), without(s.told, f)
	} else if x := s.index(keys); x != nil {
		for _, h := range keyHashes(keys) {
			if x.flows[h] = without(x.flows[h], f); len(x.flows[h]) == 0 {
				delete(x.flows, h)
			}
		}
		if len(x.flows) == 0 {
			s.indexes = without(s.indexes, x)
		}
	}
	if len(s.always)+len(s.told)+len(s.indexes) == 0 {
		if delete(users, user); len(users) == 0 {
			delete(r, table)
		}
	}
}

// told has an arrangement tell a dataflow of a table's changes instead of every
// change; false for one that is found by its keys.
func (r router) told(f *flow, table catalog.OID, user string) bool {
	s := r[table][user]
	if s == nil {
		return false
	}
	for i := len(s.always) - 1; i >= 0; i-- { // it is one of the last
		if s.always[i] == f {
			s.always, s.told = slices.Delete(s.always, i, i+1), append(s.told, f)
			return true
		}
	}
	return false
}

// without removes one element; order is not kept.
func without[T comparable](list []T, x T) []T {
	i := slices.Index(list, x)
	if i < 0 {
		return list
	}
	var zero T
	last := len(list) - 1
	list[i], list[last] = list[last], zero
	return list[:last]
}

func (s *slice) index(keys []dataflow.Equality) *keyIndex {
	for _, x := range s.indexes {
		if slices.EqualFunc(x.columns, keys, func(c keyColumn, k dataflow.Equality) bool { return c.num == k.Num && c.under == k.Type }) {
			return x
		}
	}
	return nil
}

// keyHashes gives the hashes under which a dataflow is found.
func keyHashes(keys []dataflow.Equality) []uint64 {
	if len(keys) == 1 {
		var all []uint64
		for _, v := range keys[0].Values {
			if h := keys[0].Type.Hash(0, v); !slices.Contains(all, h) {
				all = append(all, h)
			}
		}
		return all
	}
	h := uint64(0)
	for _, k := range keys {
		h = k.Type.Hash(h, k.Values[0])
	}
	return []uint64{h}
}

// candidates calls found with each dataflow that a change can concern; with the
// same one twice when both the old and the new row lead to it.
func (r router) candidates(ch *tables.Change, found func(*flow)) {
	s := r[ch.Table.OID][ch.User]
	if s == nil {
		return
	}
	for _, f := range s.always {
		found(f)
	}
	for _, x := range s.indexes {
		old, oldOK := x.hash(ch.Table, ch.Old)
		if oldOK {
			for _, f := range x.flows[old] {
				found(f)
			}
		}
		if h, ok := x.hash(ch.Table, ch.New); ok && !(oldOK && h == old) {
			for _, f := range x.flows[h] {
				found(f)
			}
		}
	}
}

// hash gives the hash of a row's values in the index's columns; false when one
// is NULL, which equals nothing, or there is no row.
func (x *keyIndex) hash(t *catalog.Table, row types.Row) (uint64, bool) {
	if row == nil {
		return 0, false
	}
	if x.table != t {
		x.table, x.at = t, x.at[:0]
		for _, c := range x.columns {
			x.at = append(x.at, t.Ordinal(c.num))
		}
	}
	h := uint64(0)
	for i, at := range x.at {
		if at < 0 || at >= len(row) || row[at].IsNull() {
			return 0, false
		}
		h = x.columns[i].under.Hash(h, row[at])
	}
	return h, true
}

// describe says how a dataflow is found, for EXPLAIN.
func (f *flow) describe() string {
	if f.view == nil {
		return describeKeys(f.program.Scan.Table, f.keys, "every change of the table")
	}
	var parts []string
	for _, t := range f.view.sources {
		if f.view.reads[t.OID] != nil {
			all := "every change"
			if slices.ContainsFunc(f.view.shape.Wants, func(w *circuit.Want) bool { return w.Told && w.Scan.Table == t }) {
				all = "what is looked for"
			}
			parts = append(parts, describeKeys(t, f.view.keys[t.OID], all)+" of "+t.Name)
		}
	}
	if parts == nil {
		return "no change"
	}
	return strings.Join(parts, "; ")
}

func describeKeys(t *catalog.Table, keys []dataflow.Equality, all string) string {
	if len(keys) == 0 {
		return all
	}
	var b strings.Builder
	for i, k := range keys {
		if i > 0 {
			b.WriteString(", ")
		}
		column := t.Columns[t.Ordinal(k.Num)]
		fmt.Fprintf(&b, "%s = ", column.Name)
		for j, v := range k.Values {
			if j > 0 {
				b.WriteString(" or ")
			}
			b.WriteString("'" + strings.ReplaceAll(k.Type.Text(v, types.DefaultEnv), "'", "''") + "'")
		}
	}
	return b.String()
}
