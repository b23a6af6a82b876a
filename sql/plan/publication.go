package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Publications: what the condition on a table may be, and that published tables whose rows
// nothing identifies are not changed.

// PublicationCondition checks the condition on a table of a publication, which is to be
// computed without looking at anything but the row, and binds it.
func PublicationCondition(env *Env, t *catalog.Table, e ast.Expr) (expr.Expr, error) {
	cond, err := publicationExpression(env, t, e)
	if err != nil {
		return nil, err
	}
	detail, at := unpublishable(t, cond)
	ast.Inspect(e, func(n ast.Node) bool {
		switch v := n.(type) {
		case *ast.SQLValueFunction:
			if detail != onlySimple {
				detail, at = onlySimple, v.Pos()
			}
		case *ast.CollateClause: // which an order of bytes leaves no trace of
			if c, err := env.Collation(v.Name); detail == "" && err == nil && c.OID >= types.FirstUserOID {
				detail, at = "User-defined collations are not allowed.", leftmost(cond)
			}
		case *ast.ColumnRef: // system columns have no place once they are bound
			if detail == noSystemColumn && at <= 0 && t.ColumnIndex(v.Fields[len(v.Fields)-1]) < 0 {
				at = v.Pos()
			}
		}
		return true
	})
	if detail == "" {
		return cond, nil
	}
	return nil, sqlerr.New(sqlerr.FeatureNotSupported, "invalid publication WHERE expression").WithDetail("%s", detail).At(at)
}

const noSystemColumn = "System columns are not allowed."

const onlySimple = "Only columns, constants, built-in operators, built-in data types, built-in collations, and immutable built-in functions are allowed."

func publicationExpression(env *Env, t *catalog.Table, e ast.Expr) (expr.Expr, error) {
	own := *env
	own.Role, own.Functions = nil, nil
	own.Shown = func(r *catalog.Routine) string { return r.Name } // no call is put in its place
	p := &planner{env: &own, params: &expr.ParamTypes{}}
	sc := &scope{}
	sc.add(t.Name, p.schemaName(t.Schema), tableColumns(t), len(t.Columns))
	sc.addSystemColumns(t)
	return (&binder{p: p, scope: sc, clause: "WHERE"}).condition(e, "PUBLICATION WHERE")
}

// unpublishable finds the first part of a condition that is not allowed, and where it is.
func unpublishable(t *catalog.Table, cond expr.Expr) (detail string, at int) {
	expr.Walk(cond, func(e expr.Expr) bool {
		if detail != "" {
			return false
		}
		switch e := e.(type) {
		case *expr.Column:
			if e.Index >= len(t.Columns) {
				detail = noSystemColumn
			}
		case *expr.Call:
			switch user := e.Fn != nil && e.Fn.Routine; {
			case e.Form == expr.FormOperator && (user || e.Op == nil):
				detail = "User-defined operators are not allowed."
			case e.Fn != nil && (user || e.Fn.Volatility != expr.Immutable):
				detail = "User-defined or built-in mutable functions are not allowed."
			}
		case *expr.Collate:
			if e.Collation != nil && e.Collation.OID >= types.FirstUserOID {
				detail = "User-defined collations are not allowed."
			}
		case *SubLink, *expr.TextCast, *expr.ArrayCast, *expr.Subscript, *expr.FieldSelect:
			detail = onlySimple
		}
		if detail != onlySimple && e.Type().OID >= types.FirstUserOID {
			detail = "User-defined types are not allowed."
		}
		if detail != "" {
			at = leftmost(e)
		}
		return detail == ""
	})
	return detail, at
}

// leftmost is the first place in the statement that an expression is made of.
func leftmost(e expr.Expr) int {
	at := -1
	note := func(loc int) {
		if loc >= 0 && (at < 0 || loc < at) {
			at = loc
		}
	}
	expr.Walk(e, func(e expr.Expr) bool {
		switch e := e.(type) {
		case *expr.Column:
			note(e.Loc)
		case *expr.Const:
			note(e.Loc)
		case *expr.Call:
			note(e.Loc)
		case *SubLink:
			note(e.Loc)
		}
		return true
	})
	return at
}

// PublicationReads lists the columns that the condition on a published table reads.
func PublicationReads(env *Env, t *catalog.Table, where string) (list []int16) {
	if where == "" {
		return nil
	}
	parsed, err := parser.ParseExpr(where)
	if err != nil {
		return nil
	}
	cond, err := publicationExpression(env, t, parsed)
	if err != nil {
		return nil
	}
	expr.Walk(cond, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok && c.Index < len(t.Columns) && !slices.Contains(list, t.Columns[c.Index].Num) {
			list = append(list, t.Columns[c.Index].Num)
		}
		return true
	})
	return list
}

// identified refuses to update ('w') or delete from ('d') a target that is published unless
// what identifies its rows would tell others which row that is. Of the heirs of a target, unless
// it is changed as a whole, those are looked at that have a row to be changed (Heirs.commands).
func (p *planner) identified(t *target, whole bool, command byte) error {
	if t.table == nil || t.instead != nil || t.inherits && !whole || p.env.Catalog.Publications(p.env.Database) == nil {
		return nil
	}
	if !t.inherits {
		return p.identifiedTable(t.table, command)
	}
	for _, heir := range p.env.Catalog.HeirsIn(t.table, p.env.TempSchema) {
		if err := p.identifiedTable(heir, command); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) identifiedTable(t *catalog.Table, command byte) error {
	if t.Key != nil || !t.Publishable() {
		return nil
	}
	verb, noun := "update table", "update"
	if command == 'd' {
		verb, noun = "delete from table", "delete"
	}
	key := t.ReplicaColumns()
	sent := false
	for _, pub := range p.env.Catalog.Publications(p.env.Database) {
		if command == 'w' && !pub.Update || command == 'd' && !pub.Delete || !pub.Publishes(p.env.Catalog, t) {
			continue
		}
		sent = true
		root := pub.Root(p.env.Catalog, t)
		of := pub.Table(root.OID)
		if of == nil || pub.AllTables {
			continue
		}
		refuse := func(detail string) error {
			return sqlerr.New(sqlerr.InvalidColumnReference, `cannot %s "%s"`, verb, t.Name).WithDetail("%s", detail)
		}
		own := func(num int16) int16 { // of the root's column
			at := t.ColumnIndex(root.Columns[root.Ordinal(num)].Name)
			if at < 0 {
				return 0
			}
			return t.Columns[at].Num
		}
		for _, num := range PublicationReads(p.env, root, of.Where) {
			if t.Replica != 'f' && !slices.Contains(key, own(num)) {
				return refuse("Column used in the publication WHERE expression is not part of the replica identity.")
			}
		}
		if of.Columns == nil {
			continue
		}
		var listed []int16
		for _, num := range of.Columns {
			listed = append(listed, own(num))
		}
		if t.Replica == 'f' || slices.ContainsFunc(key, func(num int16) bool { return !slices.Contains(listed, num) }) {
			return refuse("Column list used by the publication does not cover the replica identity.")
		}
	}
	if !sent || t.Replica == 'f' || key != nil {
		return nil
	}
	hint := "To enable updating the table, set REPLICA IDENTITY using ALTER TABLE."
	if command == 'd' {
		hint = "To enable deleting from the table, set REPLICA IDENTITY using ALTER TABLE."
	}
	return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `cannot %s "%s" because it does not have a replica identity and publishes %ss`, verb, t.Name, noun).WithHint("%s", hint)
}
