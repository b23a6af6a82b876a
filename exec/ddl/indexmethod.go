package ddl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr/inverted"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// indexMethod finds the access method of CREATE INDEX, and refuses what it
// cannot do.
func indexMethod(st *ast.IndexStmt, have catalog.Libraries) (*catalog.AccessMethod, error) {
	m := catalog.AccessMethodNamed(st.AccessMethod)
	if m == nil || m.Library != "" && !have(m.Library) {
		return nil, sqlerr.New(sqlerr.UndefinedObject, `access method "%s" does not exist`, st.AccessMethod)
	}
	lacks := ""
	switch {
	case st.Unique && !m.Unique:
		lacks = "unique indexes"
	case len(st.Including) > 0 && !m.Include:
		lacks = "included columns"
	case len(st.Elems) > 1 && !m.Multicolumn:
		lacks = "multicolumn indexes"
	default:
		return m, nil
	}
	return nil, sqlerr.New(sqlerr.FeatureNotSupported, `access method "%s" does not support %s`, m.Name, lacks)
}

// keyOrder reads ASC, DESC and NULLS of a key.
func keyOrder(m *catalog.AccessMethod, e *ast.IndexElem, key *catalog.IndexKey) error {
	if !m.Ordered {
		switch {
		case e.Dir != ast.SortDefault:
			return sqlerr.New(sqlerr.FeatureNotSupported, `access method "%s" does not support ASC/DESC options`, m.Name)
		case e.Nulls != ast.NullsDefault:
			return sqlerr.New(sqlerr.FeatureNotSupported, `access method "%s" does not support NULLS FIRST/LAST options`, m.Name)
		}
		return nil
	}
	key.Desc = e.Dir == ast.SortDesc
	key.NullsFirst = e.Nulls == ast.NullsFirst || e.Nulls == ast.NullsDefault && key.Desc
	return nil
}

// keyClass finds the operator class of a key: the one that it names, or 0 for the
// default, of which there must be one.
func (b *tableBuilder) keyClass(m *catalog.AccessMethod, e *ast.IndexElem, t *types.Type) (catalog.OID, error) {
	if len(e.OpClassOptions) > 0 {
		return 0, sqlerr.Unsupported("a parameter of an operator class").At(e.OpClassOptions[0].Pos())
	}
	have := b.edit.Catalog().LibrariesOf(b.s.Env.Database)
	standard := m.DefaultOperatorClass(t, have)
	if e.OpClass == nil {
		if standard == nil || m.Stored && !t.Comparable() {
			return 0, sqlerr.New(sqlerr.UndefinedObject, `data type %s has no default operator class for access method "%s"`, t, m.Name).
				WithHint("You must specify an operator class for the index or define a default operator class for the data type.")
		}
		if standard.Library != "" {
			return standard.OID, nil // the index goes with the extension
		}
		return 0, nil
	}
	name := e.OpClass[len(e.OpClass)-1]
	if len(e.OpClass) > 1 {
		schema := e.OpClass[len(e.OpClass)-2]
		if b.edit.Catalog().Schema(b.s.Env.Database, schema) == nil && schema != "pg_catalog" {
			return 0, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, schema)
		}
	}
	class, exists := m.OperatorClassNamed(name, t, have)
	switch {
	case !exists:
		return 0, sqlerr.New(sqlerr.UndefinedObject, `operator class "%s" does not exist for access method "%s"`, strings.Join(e.OpClass, "."), m.Name)
	case class == nil:
		return 0, sqlerr.New(sqlerr.DatatypeMismatch, `operator class "%s" does not accept data type %s`, strings.Join(e.OpClass, "."), t)
	case class == standard && class.Library == "":
		return 0, nil
	}
	return class.OID, nil
}

// keepEntries decides what entries an index keeps over keys of some types: those of what operator classes take out of
// values, if there are such classes for all of GIN's, GiST's and SP-GiST's; those in the order of
// the keys, if they have one and the access method, or an exclusion constraint, can use it; or none: the index is
// a definition alone.
func keepEntries(m *catalog.AccessMethod, index *catalog.Index, keys []*types.Type) {
	extracted := !m.Stored
	for i, k := range index.Keys {
		extracted = extracted && inverted.Of(m.Name, k.OpClass, keys[i]) != nil
	}
	ordered := !slices.ContainsFunc(keys, func(t *types.Type) bool { return !tables.Indexable(t) }) || index.Unique
	index.Declared = !extracted && !(ordered && (m.Stored || index.Exclusion != nil))
	index.Extracted = extracted && m.Name != "gin"
}

// A storageOption is one parameter in WITH of an index: a number within bounds, a
// truth value, or one of some words.
type storageOption struct {
	low, high int64
	fraction  bool // the number need not be whole
	words     []string
}

const maxKilobytes = 2147483647

var indexOptions = map[string]map[string]storageOption{
	"btree":  {"fillfactor": {low: 10, high: 100}, "deduplicate_items": {}},
	"hash":   {"fillfactor": {low: 10, high: 100}},
	"gist":   {"fillfactor": {low: 10, high: 100}, "buffering": {words: []string{"on", "off", "auto"}}},
	"spgist": {"fillfactor": {low: 20, high: 100}},
	"gin":    {"fastupdate": {}, "gin_pending_list_limit": {low: 64, high: maxKilobytes}},
	"bloom":  bloomOptions(),
	"brin":   {"pages_per_range": {low: 1, high: 131072}, "autosummarize": {}},
}

// bloomOptions are the length of a signature and how many bits of it each key sets.
func bloomOptions() map[string]storageOption {
	options := map[string]storageOption{"length": {low: 1, high: 4096}}
	for i := range 32 {
		options["col"+strconv.Itoa(i+1)] = storageOption{low: 1, high: 4095}
	}
	return options
}

// storageOptions checks WITH of an index and gives it as pg_class has it.
func storageOptions(m *catalog.AccessMethod, options []*ast.DefElem) ([]string, error) {
	var out []string
	for _, o := range options {
		rule, ok := indexOptions[m.Name][o.Name]
		value := optionText(o)
		switch {
		case !ok:
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized parameter "%s"`, o.Name)
		case slices.ContainsFunc(out, func(have string) bool { return strings.HasPrefix(have, o.Name+"=") }):
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, `parameter "%s" specified more than once`, o.Name)
		}
		if err := rule.check(o.Name, value); err != nil {
			return nil, err
		}
		if value == "" {
			value = "true"
		}
		out = append(out, o.Name+"="+value)
	}
	return out, nil
}

func (r storageOption) check(name, value string) error {
	switch {
	case r.words != nil:
		if !slices.Contains(r.words, strings.ToLower(value)) {
			return sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for enum option "%s": %s`, name, value).WithDetail(`Valid values are "on", "off", and "auto".`)
		}
	case r.fraction:
		return r.checkFraction(name, value)
	case r.high > 0:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for integer option "%s": %s`, name, value)
		}
		if n < r.low || n > r.high {
			return sqlerr.New(sqlerr.InvalidParameterValue, `value %s out of bounds for option "%s"`, value, name).
				WithDetail(`Valid values are between "%d" and "%d".`, r.low, r.high)
		}
	case !slices.Contains([]string{"", "true", "false", "on", "off", "yes", "no", "1", "0"}, strings.ToLower(value)):
		return sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for boolean option "%s": %s`, name, value)
	}
	return nil
}
