package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pathCall reads the arguments of a jsonpath function (target, path, vars,
// silent) or operator (target, path) and evaluates. An operator is silent and
// has no variables.
func pathCall(c *Context, a []types.Datum, zoned bool, found *pathItems) (res pathResult, silent bool, err error) {
	var vars *types.JSON
	silent = true
	if len(a) > 2 {
		vars, silent = a[2].JSON(), a[3].Bool()
	}
	res, err = evalPath(c, a[1].JSONPath(), a[0].JSON(), vars, silent, zoned, found)
	return res, silent, err
}

func pathExists(zoned bool) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		res, _, err := pathCall(c, a, zoned, nil)
		if err != nil || res == pathFailed {
			return types.Null, err
		}
		return types.Bool(res == pathFound), nil
	}
}

func pathMatch(zoned bool) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		var found pathItems
		_, silent, err := pathCall(c, a, zoned, &found)
		switch {
		case err != nil:
			return types.Null, err
		case len(found) == 1 && found[0].is(types.JSONBool):
			return types.Bool(found[0].json.Bool), nil
		case len(found) == 1 && found[0].is(types.JSONNull), silent:
			return types.Null, nil
		}
		return types.Null, sqlerr.New(sqlerr.SingletonSQLJSONItemRequired, "single boolean result is expected")
	}
}

func pathQuery(zoned bool) SetFunc {
	return func(c *Context, a []types.Datum, yield func(types.Row) error) error {
		var found pathItems
		if _, _, err := pathCall(c, a, zoned, &found); err != nil {
			return err
		}
		for _, v := range found {
			if err := yield(types.Row{types.Object(v.json)}); err != nil {
				return err
			}
		}
		return nil
	}
}

func pathQueryArray(zoned bool) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		var found pathItems
		if _, _, err := pathCall(c, a, zoned, &found); err != nil {
			return types.Null, err
		}
		elems := make([]*types.JSON, len(found))
		for i, v := range found {
			elems[i] = v.json
		}
		return types.Object(types.NewJSONArray(elems)), nil
	}
}

func pathQueryFirst(zoned bool) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		var found pathItems
		if _, _, err := pathCall(c, a, zoned, &found); err != nil || len(found) == 0 {
			return types.Null, err
		}
		return types.Object(found[0].json), nil
	}
}

func init() {
	for suffix, zoned := range map[string]bool{"": false, "_tz": true} {
		register(map[string]EvalFunc{
			"jsonb_path_exists" + suffix: pathExists(zoned), "jsonb_path_match" + suffix: pathMatch(zoned),
			"jsonb_path_query_array" + suffix: pathQueryArray(zoned), "jsonb_path_query_first" + suffix: pathQueryFirst(zoned),
		})
		registerSets(map[string]SetFunc{"jsonb_path_query" + suffix: pathQuery(zoned)})
	}
	register(map[string]EvalFunc{"jsonb_path_exists_opr": pathExists(false), "jsonb_path_match_opr": pathMatch(false)})
}
