package expr

import (
	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// key is the accessor of one member.
func (e *pathEval) key(n *types.PathNode, at pathItem, found *pathItems, unwrap bool, elements func() (pathResult, error)) (pathResult, error) {
	switch {
	case at.is(types.JSONObject):
		if v := at.json.Get(n.Str); v != nil {
			return e.next(n, pathItem{json: v}, found)
		}
		return e.structural(sqlerr.SQLJSONMemberNotFound, "JSON object does not contain key \"%s\"", n.Str)
	case unwrap:
		return elements()
	}
	return e.structural(sqlerr.SQLJSONMemberNotFound, "jsonpath member accessor can only be applied to an object")
}

// elements is the accessor of elements by subscripts. In lax mode what is no
// array is an array of one.
func (e *pathEval) elements(n *types.PathNode, at pathItem, found *pathItems) (pathResult, error) {
	isArray := at.is(types.JSONArray)
	if !isArray && e.strict {
		return e.structural(sqlerr.SQLJSONArrayNotFound, "jsonpath array accessor can only be applied to an array")
	}
	saved := e.size
	defer func() { e.size = saved }()
	size := 1
	if isArray {
		size = len(at.json.Elems)
	}
	out := pathNotFound
	for _, r := range n.Ranges {
		e.size = size
		from, res, err := e.subscript(r.From, at)
		if err != nil || res == pathFailed {
			return pathFailed, err
		}
		to := from
		if r.To != nil {
			if to, res, err = e.subscript(r.To, at); err != nil || res == pathFailed {
				return pathFailed, err
			}
		}
		if !e.lenient && (from < 0 || from > to || to >= size) {
			return e.fail(sqlerr.InvalidSQLJSONSubscript, "jsonpath array subscript is out of bounds")
		}
		for i := max(from, 0); i <= min(to, size-1); i++ {
			v := at
			if isArray {
				v = pathItem{json: at.json.Elems[i]}
			}
			out, err = e.next(n, v, found)
			if err != nil || out == pathFailed || out == pathFound && found == nil {
				return out, err
			}
		}
	}
	return out, nil
}

// subscript evaluates a subscript to an integer.
func (e *pathEval) subscript(n *types.PathNode, at pathItem) (int, pathResult, error) {
	var got pathItems
	res, err := e.item(n, at, &got)
	if err != nil || res == pathFailed {
		return 0, pathFailed, err
	}
	if len(got) != 1 || !got[0].is(types.JSONNumber) {
		res, err = e.fail(sqlerr.InvalidSQLJSONSubscript, "jsonpath array subscript is not a single numeric value")
		return 0, res, err
	}
	whole := new(apd.Decimal)
	types.TruncateNumeric(whole, got[0].json.Num, 0)
	v, err := numericInt(whole, 32)
	if err != nil {
		res, err = e.fail(sqlerr.InvalidSQLJSONSubscript, "jsonpath array subscript is out of integer range")
		return 0, res, err
	}
	return int(v.Int()), pathFound, nil
}

// any is .**: the item itself and what is in it, of the levels asked for.
func (e *pathEval) any(n *types.PathNode, at pathItem, found *pathItems) (pathResult, error) {
	out := pathNotFound
	if n.From == 0 {
		saved := e.lenient
		e.lenient = true
		res, err := e.next(n, at, found)
		e.lenient = saved
		if err != nil || res == pathFound && found == nil {
			return res, err
		}
		// A silent error of the item itself does not keep from looking into it.
		out = res
	}
	if at.moment != nil || !container(at.json) {
		return out, nil
	}
	return e.descend(n.Next, at.json, found, descent{first: n.From, level: 1, last: n.To, lenient: true, unwrap: !e.strict})
}

func container(j *types.JSON) bool { return j.Kind == types.JSONArray || j.Kind == types.JSONObject }

// descent says which of the things inside a container are looked at: those of
// the levels first to last. The direct ones are of level.
type descent struct {
	level, first, last uint32
	lenient            bool // structural errors are passed over
	unwrap             bool // as in itemOrElements
}

// descend evaluates n, or collects if it is nil, for the children of a
// container.
func (e *pathEval) descend(n *types.PathNode, in *types.JSON, found *pathItems, d descent) (pathResult, error) {
	if d.level > d.last {
		return pathNotFound, nil
	}
	if err := e.enter(); err != nil {
		return pathFailed, err
	}
	defer e.leave()
	out := pathNotFound
	visit := func(v *types.JSON) (done bool, err error) {
		leaf := d.first == types.PathLevelLast && d.last == types.PathLevelLast && !container(v)
		if d.level >= d.first || leaf {
			switch {
			case n != nil:
				saved := e.lenient
				e.lenient = e.lenient || d.lenient
				out, err = e.itemOrElements(n, pathItem{json: v}, found, d.unwrap)
				e.lenient = saved
			case found != nil:
				*found = append(*found, pathItem{json: v})
				out = pathFound
			default:
				out = pathFound
			}
			if err != nil || out == pathFailed || out == pathFound && found == nil {
				return true, err
			}
		}
		if d.level < d.last && container(v) {
			deeper := d
			deeper.level++
			out, err = e.descend(n, v, found, deeper)
			return err != nil || out == pathFailed || out == pathFound && found == nil, err
		}
		return false, nil
	}
	for _, v := range in.Elems {
		if done, err := visit(v); done {
			return out, err
		}
	}
	for _, m := range in.Members {
		if done, err := visit(m.Value); done {
			return out, err
		}
	}
	return out, nil
}
