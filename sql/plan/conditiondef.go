package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
)

// ConditionDefinition writes a stored condition over a table's row, which may have
// subqueries, as pg_get_expr does. ok is false for what it does not know to write.
func (env *Env) ConditionDefinition(t *catalog.Table, stored string, name func(catalog.Relation) string, pretty bool) (text string, ok bool) {
	parsed, err := parser.ParseExpr(stored)
	if err != nil {
		return "", false
	}
	own := *env.apart()
	own.Role = nil
	w := &viewWriter{p: &planner{env: &own, params: &expr.ParamTypes{}, references: newReferences()}, pretty: pretty, name: name, known: true, env: env.Types}
	l := w.level(nil, viewFrame{}, map[string]bool{t.Name: true}, 0)
	of := &viewRelation{of: t, shown: t.Name}
	for _, c := range t.Columns {
		of.columns = append(of.columns, viewColumn{stored: c.Name, shown: c.Name, real: c.Name})
	}
	l.relations[t.Name], l.bare = of, true
	l.scope.add(t.Name, l.p.schemaName(t.Schema), tableColumns(t), len(t.Columns))
	l.scope.addSystemColumns(t)
	l.p.references.watch(l.scope)
	cond, err := (&binder{p: l.p, scope: l.scope, clause: "policy expressions"}).condition(parsed, "POLICY")
	if err != nil {
		return "", false
	}
	text = l.expression(cond, false)
	return text, w.known
}
