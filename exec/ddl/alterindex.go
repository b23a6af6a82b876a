package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// alterIndex runs ALTER INDEX with SET and RESET of storage parameters, and with ALTER COLUMN
// SET STATISTICS, which are kept and shown.
func (s *Session) alterIndex(ctx context.Context, st *ast.AlterTableStmt) error {
	t, at := s.findIndex(st.Relation)
	if t == nil {
		r := s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name)
		switch {
		case r != nil:
			return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not an index`, r.ObjectName())
		case st.IfExists:
			s.notice(sqlerr.SuccessfulCompletion, `relation "%s" does not exist, skipping`, st.Relation.Name)
			return nil
		}
		return unlocated(plan.UndefinedRelation(st.Relation))
	}
	index := t.Indexes[at]
	if err := s.owner(t.Owner, "index", index.Name); err != nil {
		return err
	}
	if err := s.Tx.LockTable(ctx, t.OID, tables.ShareUpdateExclusiveMode, false); err != nil {
		return err
	}
	var changes []func(*catalog.Index)
	for _, cmd := range st.Cmds {
		change, err := s.indexChange(t, index, cmd)
		if err != nil {
			return err
		}
		changes = append(changes, change)
	}
	return s.Tx.ChangeIndex(ctx, t.OID, index.OID, func(i *catalog.Index) {
		for _, change := range changes {
			change(i)
		}
	})
}

// indexChange checks one action of ALTER INDEX and says what it changes.
func (s *Session) indexChange(t *catalog.Table, index *catalog.Index, cmd *ast.AlterTableCmd) (func(*catalog.Index), error) {
	method := catalog.AccessMethodNamed(index.Method)
	switch cmd.Kind {
	case "SetRelOptions":
		given, err := storageOptions(method, cmd.Options)
		return func(i *catalog.Index) { i.Options = append(without(i.Options, cmd.Options), given...) }, err
	case "ResetRelOptions":
		for _, o := range cmd.Options {
			if o.Value != nil {
				return nil, sqlerr.New(sqlerr.SyntaxError, "RESET must not include values for parameters")
			}
		}
		return func(i *catalog.Index) { i.Options = without(i.Options, cmd.Options) }, nil
	case "SetStatistics":
		if cmd.ColumnNum == 0 {
			break
		}
		at, name := cmd.ColumnNum-1, ""
		switch {
		case at >= len(index.Keys)+len(index.Include):
			return nil, sqlerr.New(sqlerr.UndefinedColumn, `column number %d of relation "%s" does not exist`, cmd.ColumnNum, index.Name)
		case at >= len(index.Keys):
			name = t.Columns[t.Ordinal(index.Include[at-len(index.Keys)])].Name
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, `cannot alter statistics on included column "%s" of index "%s"`, name, index.Name)
		case index.Keys[at].Column != 0:
			name = t.Columns[t.Ordinal(index.Keys[at].Column)].Name
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, `cannot alter statistics on non-expression column "%s" of index "%s"`, name, index.Name).
				WithHint("Alter statistics on table column instead.")
		}
		target, err := s.statisticsTarget(cmd.Num)
		return func(i *catalog.Index) {
			i.Keys = slices.Clone(i.Keys)
			i.Keys[at].Statistics = target
		}, err
	}
	word := tableActions[cmd.Kind]
	if cmd.Kind == "SetAttributeOptions" {
		word = "ALTER COLUMN ... SET"
	}
	if word == "" {
		return nil, sqlerr.Unsupported("ALTER INDEX ... %s", cmd.Kind)
	}
	what := "indexes"
	if t.Key != nil {
		what = "partitioned indexes"
	}
	return nil, sqlerr.New(sqlerr.WrongObjectType, `ALTER action %s cannot be performed on relation "%s"`, word, index.Name).
		WithDetail("This operation is not supported for %s.", what)
}

// without are storage parameters but for those that are named.
func without(have []string, named []*ast.DefElem) []string {
	return slices.DeleteFunc(slices.Clone(have), func(option string) bool {
		return slices.ContainsFunc(named, func(o *ast.DefElem) bool { return strings.HasPrefix(option, o.Name+"=") })
	})
}

// signatureLength is the parameter of operator classes of gist that keep signatures, in bytes.
var signatureLength = map[string]storageOption{"siglen": {low: 1, high: 2024}}

// classOptions are the parameters of operator classes; most have none.
func classOptions(m *catalog.AccessMethod, class string) map[string]storageOption {
	switch {
	case m.Name == "gist" && slices.Contains([]string{"tsvector_ops", "gist_trgm_ops", "gist_hstore_ops"}, class):
		return signatureLength
	case m.Name == "brin" && strings.HasSuffix(class, "_bloom_ops"):
		return map[string]storageOption{"n_distinct_per_range": {least: -1, most: maxInt, fraction: true}, "false_positive_rate": {least: 0.0001, most: 0.25, fraction: true}}
	case m.Name == "brin" && strings.HasSuffix(class, "_minmax_multi_ops"):
		return map[string]storageOption{"values_per_range": {low: 8, high: 256}}
	}
	return nil
}

// keyOptions checks the parameters that a key gives its operator class, and gives them as
// pg_attribute has them.
func keyOptions(m *catalog.AccessMethod, class string, options []*ast.DefElem) ([]string, error) {
	rules := classOptions(m, class)
	if rules == nil && len(options) > 0 {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "operator class %s has no options", class)
	}
	return checkedOptions(rules, options)
}
