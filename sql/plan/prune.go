package plan

import (
	"cmp"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Partition pruning: which partitions can have rows that meet conditions. What is said of
// the columns of a key is collected from a conjunction; alternatives are looked at one by
// one; and what is not understood excludes nothing.

// evaluator gives the value of an expression without columns, if it is known already.
type evaluator func(expr.Expr) (types.Datum, bool)

// keyFacts is what a conjunction says of one column of a key.
type keyFacts struct {
	equal      []types.Datum // one of these; nil: no equality
	isEqual    bool
	isNull     bool
	notNull    bool
	low, high  *factBound
	different  []types.Datum
	impossible bool // nothing meets it
}

type factBound struct {
	value     types.Datum
	inclusive bool
}

// survivors gives the leaves that may have rows; nil: nothing is excluded.
func (l *PartitionLevel) survivors(conds []expr.Expr, eval evaluator) map[catalog.OID]bool {
	keep := l.match(conds, eval)
	if keep == nil {
		keep = make([]bool, len(l.Parts.List))
		for i := range keep {
			keep[i] = true
		}
	}
	out := map[catalog.OID]bool{}
	excluded := false
	for i, part := range l.Parts.List {
		if !keep[i] {
			excluded = true
			continue
		}
		if part.Table.Key == nil {
			out[part.Table.OID] = true
			continue
		}
		level := l.below[part.Table.OID]
		below := level.survivors(conds, eval)
		if below == nil {
			below = level.all(map[catalog.OID]bool{})
		} else {
			excluded = true
		}
		for oid := range below {
			out[oid] = true
		}
	}
	if !excluded {
		return nil
	}
	return out
}

// all adds the leaves.
func (l *PartitionLevel) all(out map[catalog.OID]bool) map[catalog.OID]bool {
	for _, part := range l.Parts.List {
		if part.Table.Key == nil {
			out[part.Table.OID] = true
		} else {
			l.below[part.Table.OID].all(out)
		}
	}
	return out
}

// decides says whether a condition is about the key of the table or of one of its
// partitions, with a value that is not known before the plan starts.
func (l *PartitionLevel) decides(cond expr.Expr) bool {
	open := false
	about := l.match([]expr.Expr{cond}, func(e expr.Expr) (types.Datum, bool) {
		if v, ok := constantOnly(e); ok {
			return v, true
		}
		open = true
		return types.Null, false
	})
	if about != nil && !open {
		return false
	}
	if open {
		return true
	}
	for _, level := range l.below {
		if level.decides(cond) {
			return true
		}
	}
	return false
}

// match gives the partitions that may have rows that meet all conditions; nil: any.
func (l *PartitionLevel) match(conds []expr.Expr, eval evaluator) []bool {
	facts := make([]keyFacts, len(l.Keys))
	var keep []bool
	intersect := func(with []bool) {
		if with == nil {
			return
		}
		if keep == nil {
			keep = with
			return
		}
		for i := range keep {
			keep[i] = keep[i] && with[i]
		}
	}
	known := false
	for _, c := range conds {
		switch c := c.(type) {
		case *expr.And:
			intersect(l.match(c.Args, eval))
			continue
		case *expr.Or:
			intersect(l.anyOf(c.Args, eval))
			continue
		case *expr.Const:
			if !c.Value.Bool() {
				return make([]bool, len(l.Parts.List))
			}
			continue
		}
		for i := range l.Keys {
			if facts[i].note(c, l.Keys[i], eval) {
				known = true
			}
		}
	}
	if known {
		intersect(l.fitting(facts))
	}
	return keep
}

// anyOf gives the partitions that may have rows that meet one of some conditions.
func (l *PartitionLevel) anyOf(alternatives []expr.Expr, eval evaluator) []bool {
	out := make([]bool, len(l.Parts.List))
	for _, a := range alternatives {
		one := l.match([]expr.Expr{a}, eval)
		if one == nil {
			return nil
		}
		for i := range out {
			out[i] = out[i] || one[i]
		}
	}
	return out
}

// isKey says whether an expression is a column of a key, as it stands or under a cast
// that keeps values and their order.
func isKey(e, key expr.Expr) bool {
	if equal(e, key) {
		return true
	}
	r, ok := e.(*expr.Relabel)
	return ok && equal(r.Arg, key) && (r.T == types.Text && r.Arg.Type() == types.Varchar || r.Arg.Type().Kind == types.KindDomain && r.Arg.Type().Base.Same(r.T))
}

// note takes what a condition says of a key, and says whether it does.
func (f *keyFacts) note(cond, key expr.Expr, eval evaluator) bool {
	truth := func(v bool) bool {
		f.oneOf([]types.Datum{types.Bool(v)}, key.Type())
		return true
	}
	switch c := cond.(type) {
	case *expr.IsNull:
		if !isKey(c.Arg, key) {
			return false
		}
		if f.isNull, f.notNull = f.isNull || !c.Negated, f.notNull || c.Negated; f.isNull && f.notNull {
			f.impossible = true
		}
		return true
	case *expr.BoolTest:
		if key.Type() != types.Boolean || !isKey(c.Arg, key) {
			return false
		}
		switch c.Test {
		case expr.IsTrue:
			return truth(true)
		case expr.IsFalse:
			return truth(false)
		}
		return false
	case *expr.Not:
		return key.Type() == types.Boolean && isKey(c.Arg, key) && truth(false)
	case *expr.InList:
		if c.Negated || !isKey(c.Left, key) || !sameTypes(c.Left.Type(), c.List) {
			return false
		}
		values := []types.Datum{}
		for _, e := range c.List {
			v, ok := eval(e)
			if !ok {
				return false
			}
			values = append(values, v)
		}
		f.oneOf(values, key.Type())
		return true
	case *expr.AnyAll:
		return f.noteArray(c, key, eval)
	case *expr.Call:
		return f.compared(c, key, eval)
	}
	return key.Type() == types.Boolean && isKey(cond, key) && truth(true)
}

// noteArray takes = ANY (array) and <> ALL (array).
func (f *keyFacts) noteArray(c *expr.AnyAll, key expr.Expr, eval evaluator) bool {
	if !isKey(c.Left, key) || readsColumn(c.Array) || expr.MaxVolatility(c.Array) == expr.Volatile || c.Op != "=" || c.Own || c.All {
		return false
	}
	if elem := c.Array.Type().Elem; elem == nil || !elem.Same(c.Left.Type()) {
		return false
	}
	v, ok := eval(c.Array)
	if !ok {
		return false
	}
	if v.IsNull() {
		f.impossible = true
		return true
	}
	a, ok := v.Object().(*types.Array)
	if !ok {
		return false
	}
	f.oneOf(a.Elems, key.Type())
	return true
}

// compared takes key op value.
func (f *keyFacts) compared(call *expr.Call, key expr.Expr, eval evaluator) bool {
	if call.Op == nil || len(call.Args) != 2 {
		return false
	}
	op, left, right := call.Op.Name, call.Args[0], call.Args[1]
	if !isKey(left, key) {
		if !isKey(right, key) {
			return false
		}
		if op != "<>" {
			op = commuted[op]
		}
		left, right = right, left
	}
	switch op {
	case "=", "<", "<=", ">", ">=", "<>":
	default:
		return false
	}
	if readsColumn(right) || expr.MaxVolatility(right) == expr.Volatile {
		return false
	}
	value := comparable(right, left.Type())
	if value == nil {
		return false
	}
	v, ok := eval(value)
	if !ok {
		return false
	}
	if v.IsNull() {
		f.impossible = true
		return true
	}
	t := key.Type()
	switch op {
	case "=":
		f.oneOf([]types.Datum{v}, t)
	case "<>":
		f.different, f.notNull = append(f.different, v), true
	case ">", ">=":
		if b := (&factBound{v, op == ">="}); f.low == nil || cmp.Or(t.Compare(v, f.low.value), boolOrder(f.low.inclusive, b.inclusive)) > 0 {
			f.low = b
		}
	default:
		if b := (&factBound{v, op == "<="}); f.high == nil || cmp.Or(-t.Compare(v, f.high.value), boolOrder(f.high.inclusive, b.inclusive)) > 0 {
			f.high = b
		}
	}
	return true
}

// boolOrder is above zero when the second of two bounds at one value is the narrower.
func boolOrder(inclusive, then bool) int {
	if inclusive && !then {
		return 1
	}
	return 0
}

// oneOf says that the key is one of some values.
func (f *keyFacts) oneOf(values []types.Datum, t *types.Type) {
	out := []types.Datum{}
	for _, v := range values {
		if v.IsNull() {
			continue
		}
		if f.isEqual && !contains(t, f.equal, v) {
			continue
		}
		out = append(out, v)
	}
	f.equal, f.isEqual = out, true
}

func contains(t *types.Type, list []types.Datum, v types.Datum) bool {
	for _, have := range list {
		if t.Compare(have, v) == 0 {
			return true
		}
	}
	return false
}

// strict says that NULL does not meet what is known.
func (f *keyFacts) strict() bool {
	return f.isEqual || f.notNull || f.low != nil || f.high != nil
}

// allows says whether a value, not NULL, meets what is known.
func (f *keyFacts) allows(t *types.Type, v types.Datum) bool {
	switch {
	case f.isNull, f.isEqual && !contains(t, f.equal, v), contains(t, f.different, v):
		return false
	case f.low != nil:
		if c := t.Compare(v, f.low.value); c < 0 || c == 0 && !f.low.inclusive {
			return false
		}
	}
	if f.high != nil {
		if c := t.Compare(v, f.high.value); c > 0 || c == 0 && !f.high.inclusive {
			return false
		}
	}
	return true
}

// fitting gives the partitions whose bounds allow what is known of the keys.
func (l *PartitionLevel) fitting(facts []keyFacts) []bool {
	out := make([]bool, len(l.Parts.List))
	for i := range facts {
		f := &facts[i]
		if f.impossible || f.isNull && f.strict() || f.isEqual && len(f.equal) == 0 {
			return out
		}
	}
	switch l.Parts.Key.Strategy {
	case catalog.PartitionList:
		l.fittingLists(out, &facts[0])
	case catalog.PartitionRange:
		l.fittingRanges(out, facts)
	default:
		l.fittingHashes(out, facts)
	}
	return out
}

func (l *PartitionLevel) fittingLists(out []bool, f *keyFacts) {
	t := l.Parts.Key.Columns[0].Type.Type
	for i, part := range l.Parts.List {
		for _, v := range part.In {
			if v.IsNull() && !f.strict() || !v.IsNull() && f.allows(t, v) {
				out[i] = true
				break
			}
		}
	}
	if at := l.Parts.Default; at >= 0 {
		switch {
		case f.isNull:
			part := l.Parts.Find([]types.Datum{types.Null})
			out[at] = part == l.Parts.List[at]
		case f.isEqual:
			for _, v := range f.equal {
				if f.allows(t, v) && l.Parts.Find([]types.Datum{v}) == l.Parts.List[at] {
					out[at] = true
				}
			}
		default:
			out[at] = true
		}
	}
}

// fittingHashes takes combinations of values for all columns of the key.
func (l *PartitionLevel) fittingHashes(out []bool, facts []keyFacts) {
	combinations := [][]types.Datum{nil}
	for i := range facts {
		values := facts[i].equal
		if facts[i].isNull {
			values = []types.Datum{types.Null}
		}
		if values == nil || len(values)*len(combinations) > 1000 {
			for i := range out {
				out[i] = true
			}
			return
		}
		var next [][]types.Datum
		for _, c := range combinations {
			for _, v := range values {
				next = append(next, append(c[:len(c):len(c)], v))
			}
		}
		combinations = next
	}
	for _, c := range combinations {
		part := l.Parts.Find(c)
		for i := range out {
			out[i] = out[i] || l.Parts.List[i] == part
		}
	}
}
