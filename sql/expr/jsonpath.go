package expr

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pathItem is one SQL/JSON item. A moment is not a string, though json is its
// text.
type pathItem struct {
	json   *types.JSON
	moment *pathMoment
}

func (i pathItem) is(kind types.JSONKind) bool { return i.moment == nil && i.json.Kind == kind }

// pathResult is what became of an item of a path.
type pathResult uint8

const (
	pathNotFound pathResult = iota
	pathFound
	pathFailed
)

// pathItems collects what a path gives. nil: only whether there is something
// is asked, and the search ends with the first item.
type pathItems []pathItem

// pathEval evaluates one jsonpath over one document.
type pathEval struct {
	c       *Context
	strict  bool
	lenient bool // structural errors are passed over
	silent  bool // errors become pathFailed
	zoned   bool // conversions may use the session's time zone
	root    pathItem
	current pathItem
	vars    *types.JSON
	passed  *pathVars // nil: they are vars
	base    *pathBase // what keyvalue() counts its ids from
	bases   int64     // how many there have been
	size    int       // of the innermost array with a subscript, for last
	depth   int
	steps   int
}

// maxPathSteps bounds the depth of evaluation: a path's length times the depth
// of the document for .**.
const maxPathSteps = 20000

// pathVars are variables with the items that they stand for.
type pathVars struct {
	names []string
	items []pathItem
	done  bool // the path has been followed: errors are of what it has found
}

// evalPathWith is evalPath for given variables, with the session's time zone.
func evalPathWith(c *Context, path *types.PathTree, target *types.JSON, vars *pathVars, silent bool, found *pathItems) (pathResult, error) {
	e := &pathEval{c: c, strict: path.Strict, lenient: !path.Strict, silent: silent, zoned: true,
		root: pathItem{json: target}, passed: vars, bases: int64(len(vars.names)) + 1, size: -1}
	return e.run(path, found)
}

// evalPath evaluates path over target and adds what it gives to found.
func evalPath(c *Context, path *types.PathTree, target, vars *types.JSON, silent, zoned bool, found *pathItems) (pathResult, error) {
	e := &pathEval{c: c, strict: path.Strict, lenient: !path.Strict, silent: silent, zoned: zoned,
		root: pathItem{json: target}, vars: vars, bases: 1, size: -1}
	if vars != nil {
		if vars.Kind != types.JSONObject {
			return pathFailed, sqlerr.New(sqlerr.InvalidParameterValue, "\"vars\" argument is not an object").
				WithDetail("Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.")
		}
		e.bases = 2
	}
	return e.run(path, found)
}

// run evaluates the path over the root.
func (e *pathEval) run(path *types.PathTree, found *pathItems) (pathResult, error) {
	e.current = e.root
	e.base = &pathBase{root: e.root.json}
	if e.strict && found == nil {
		// All of it is evaluated, so that an error in it shows.
		var all pathItems
		res, err := e.item(path.Root, e.root, &all)
		if err != nil || res == pathFailed {
			return res, err
		}
		return foundIf(len(all) > 0), nil
	}
	return e.item(path.Root, e.root, found)
}

func foundIf(b bool) pathResult {
	if b {
		return pathFound
	}
	return pathNotFound
}

// fail is an error of the path, if errors are wanted.
func (e *pathEval) fail(code sqlerr.Code, format string, args ...any) (pathResult, error) {
	if e.silent {
		return pathFailed, nil
	}
	return pathFailed, sqlerr.New(code, format, args...)
}

// structural is fail for an item that is not what the path expects.
func (e *pathEval) structural(code sqlerr.Code, format string, args ...any) (pathResult, error) {
	if e.lenient {
		return pathNotFound, nil
	}
	return e.fail(code, format, args...)
}

// enter counts a step into the path; leave takes it back.
func (e *pathEval) enter() error {
	e.depth++
	e.steps++
	if e.depth > maxPathSteps {
		return types.StackDepthExceeded()
	}
	if e.steps%1024 == 0 {
		return canceled(e.c.Ctx)
	}
	return nil
}

func (e *pathEval) leave() { e.depth-- }

// item evaluates n and its accessors for an item.
func (e *pathEval) item(n *types.PathNode, at pathItem, found *pathItems) (pathResult, error) {
	return e.itemOrElements(n, at, found, !e.strict)
}

// next goes on with what n gave.
func (e *pathEval) next(n *types.PathNode, v pathItem, found *pathItems) (pathResult, error) {
	if n.Next != nil {
		return e.item(n.Next, v, found)
	}
	if found != nil {
		*found = append(*found, v)
	}
	return pathFound, nil
}

// itemOrElements is item; with unwrap, an accessor that is not for arrays is
// applied to the elements of an array.
func (e *pathEval) itemOrElements(n *types.PathNode, at pathItem, found *pathItems, unwrap bool) (pathResult, error) {
	if err := e.enter(); err != nil {
		return pathFailed, err
	}
	defer e.leave()
	elements := func() (pathResult, error) {
		return e.descend(n, at.json, found, descent{level: 1, first: 1, last: 1})
	}
	isArray := at.is(types.JSONArray)
	switch n.Op {
	case types.PathRoot:
		return e.onBase(&pathBase{root: e.root.json}, func() (pathResult, error) { return e.next(n, e.root, found) })
	case types.PathCurrent:
		return e.next(n, e.current, found)
	case types.PathNull, types.PathBool, types.PathNumber, types.PathString:
		return e.next(n, pathItem{json: literal(n)}, found)
	case types.PathVariable:
		return e.variable(n, found)
	case types.PathLast:
		return e.next(n, numberItem(int64(e.size-1)), found)
	case types.PathKey:
		return e.key(n, at, found, unwrap && isArray, elements)
	case types.PathAnyKey:
		switch {
		case at.is(types.JSONObject):
			return e.descend(n.Next, at.json, found, descent{level: 1, first: 1, last: 1, unwrap: !e.strict})
		case unwrap && isArray:
			return elements()
		}
		return e.structural(sqlerr.SQLJSONObjectNotFound, "jsonpath wildcard member accessor can only be applied to an object")
	case types.PathAnyElement:
		switch {
		case isArray:
			return e.descend(n.Next, at.json, found, descent{level: 1, first: 1, last: 1, unwrap: !e.strict})
		case !e.strict:
			return e.next(n, at, found)
		}
		return e.structural(sqlerr.SQLJSONArrayNotFound, "jsonpath wildcard array accessor can only be applied to an array")
	case types.PathElements:
		return e.elements(n, at, found)
	case types.PathAny:
		return e.any(n, at, found)
	case types.PathFilter:
		if unwrap && isArray {
			return elements()
		}
		holds, err := e.filter(n.Left, at)
		if err != nil || holds != pathTrue {
			return pathNotFound, err
		}
		return e.next(n, at, found)
	case types.PathMethod:
		if unwrap && isArray && n.Str != "type" && n.Str != "size" {
			return elements()
		}
		return e.method(n, at, found)
	case types.PathPlus, types.PathMinus:
		return e.sign(n, at, found)
	case types.PathAdd, types.PathSub, types.PathMul, types.PathDiv, types.PathMod:
		return e.arithmetic(n, at, found)
	}
	truth, err := e.condition(n, at)
	if err != nil {
		return pathFailed, err
	}
	return e.next(n, pathItem{json: truth.json()}, found)
}

// onBase runs f with another base of ids.
func (e *pathEval) onBase(b *pathBase, f func() (pathResult, error)) (pathResult, error) {
	saved := e.base
	e.base = b
	res, err := f()
	e.base = saved
	return res, err
}

// literal gives the value of a constant.
func literal(n *types.PathNode) *types.JSON {
	switch n.Op {
	case types.PathBool:
		return types.NewJSONBool(n.Bool)
	case types.PathNumber:
		return types.NewJSONNumber(n.Num)
	case types.PathString:
		return types.NewJSONString(n.Str)
	}
	return types.JSONNullValue
}

func (e *pathEval) variable(n *types.PathNode, found *pathItems) (pathResult, error) {
	if e.passed != nil {
		i := slices.Index(e.passed.names, n.Str)
		if i < 0 {
			return pathFailed, sqlerr.New(sqlerr.UndefinedObject, "could not find jsonpath variable \"%s\"", n.Str)
		}
		v := e.passed.items[i]
		return e.onBase(&pathBase{root: v.json, id: int64(i) + 1}, func() (pathResult, error) { return e.next(n, v, found) })
	}
	if e.vars == nil {
		return e.next(n, pathItem{json: types.JSONNullValue}, found)
	}
	v := e.vars.Get(n.Str)
	if v == nil {
		return pathFailed, sqlerr.New(sqlerr.UndefinedObject, "could not find jsonpath variable \"%s\"", n.Str)
	}
	return e.onBase(&pathBase{root: e.vars, id: 1}, func() (pathResult, error) { return e.next(n, pathItem{json: v}, found) })
}

// values evaluates n; unwrap puts the elements in the place of arrays, in lax
// mode.
func (e *pathEval) values(n *types.PathNode, at pathItem, unwrap bool) (pathItems, pathResult, error) {
	var got pathItems
	res, err := e.item(n, at, &got)
	if err != nil || res == pathFailed || !unwrap || e.strict {
		return got, res, err
	}
	var out pathItems
	for _, v := range got {
		if !v.is(types.JSONArray) {
			out = append(out, v)
			continue
		}
		for _, elem := range v.json.Elems {
			out = append(out, pathItem{json: elem})
		}
	}
	return out, pathFound, nil
}

// quietly is values whose errors never surface.
func (e *pathEval) quietly(n *types.PathNode, at pathItem, unwrap bool) (pathItems, pathResult, error) {
	saved := e.silent
	e.silent = true
	got, res, err := e.values(n, at, unwrap)
	e.silent = saved
	return got, res, err
}
