package exec

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// Actions are statements, planned and run like any other, so that indexes are
// used, defaults and checks of the referencing table hold, and subscribers are
// told. They are kept as plans.

// actionKey names the plan of an action: what is done for a foreign key. The
// last letter of what tells apart ON DELETE and ON UPDATE.
type actionKey struct {
	key  catalog.OID
	what string
}

// lost does what follows from the loss of a referenced key.
func (c *Constraints) lost(ctx context.Context, k *foreignKey, ck check) error {
	if err := c.tx.LockTable(ctx, k.table.OID, tables.RowShareMode, false); err != nil {
		return err
	}
	action := k.action(ck)
	ec := c.Runtime(ctx, ck.user).Eval
	if action == 0 || action == 'a' {
		// Another row may have the key by now.
		if found, err := c.keyTaken(ctx, k, ec, ck); err != nil || found {
			return err
		}
	}
	params := make([]types.Datum, 0, 2*len(ck.old))
	for i, v := range ck.old {
		at, ok := k.down[i].Cast(ec, v)
		if !ok {
			return nil // no row can reference it
		}
		params = append(params, at)
	}
	users, err := c.owners(ctx, k, ck)
	if err != nil {
		return err
	}
	for _, user := range users {
		if err := c.act(ctx, k, ck, action, user, params); err != nil {
			return err
		}
	}
	return nil
}

// keyTaken says whether a row has the key that another has lost.
func (c *Constraints) keyTaken(ctx context.Context, k *foreignKey, ec *expr.Context, ck check) (bool, error) {
	key := make([]types.Datum, len(k.order))
	for at, i := range k.order {
		key[at] = ck.old[i]
	}
	t, index, err := k.home(c.tx.Catalog(), key)
	if t == nil || err != nil {
		return false, err
	}
	return c.tx.Has(t, index, ck.user, key)
}

// owners lists whose rows may reference a key: the user whose slice has lost it,
// or, when everybody's table has, all who have rows.
func (c *Constraints) owners(ctx context.Context, k *foreignKey, ck check) ([]string, error) {
	if !k.table.PerUser || k.parent.PerUser {
		return []string{ck.user}, nil
	}
	defer c.tx.Newest()()
	return c.tx.Users(ctx, k.table)
}

// act finds or changes the rows of one user that reference a key.
func (c *Constraints) act(ctx context.Context, k *foreignKey, ck check, action byte, user string, params []types.Datum) error {
	switch action {
	case 'c':
		if ck.new == nil {
			_, err := c.statement(ctx, k, "delete", user, params)
			return err
		}
		_, err := c.statement(ctx, k, "update", user, append(params[:len(params):len(params)], ck.new...))
		return err
	case 'n', 'd':
		what := "null"
		if action == 'd' {
			what = "default"
		}
		if ck.new != nil {
			what += " all"
		}
		if _, err := c.statement(ctx, k, what, user, params); err != nil || action == 'n' {
			return err
		}
		// The default may be the very key that is gone.
		if found, err := c.keyTaken(ctx, k, c.Runtime(ctx, user).Eval, ck); err != nil || found {
			return err
		}
	}
	found, err := c.statement(ctx, k, "find", user, params)
	if err == nil && found {
		err = k.stillReferenced(c.tx, ck)
	}
	return err
}

// statement runs the statement of an action and says whether it gave a row.
func (c *Constraints) statement(ctx context.Context, k *foreignKey, what, user string, params []types.Datum) (bool, error) {
	p, text, err := c.actionPlan(k, what)
	if err != nil {
		return false, err
	}
	defer c.tx.Newest()()
	rt := c.Runtime(ctx, user)
	rt.Eval.Params = params
	op, err := Build(rt, p.Root)
	if err != nil {
		return false, err
	}
	defer op.Close()
	row, err := op.Next()
	if err != nil {
		e := *sqlerr.From(err)
		if e.Where != "" {
			e.Where += "\n"
		}
		e.Where += "SQL statement \"" + text + "\""
		e.Offset = 0
		return false, &e
	}
	return row != nil, nil
}

// actionPlan plans the statement of an action. Its parameters are the key that
// is gone, as values of the referencing columns, and then the new one.
func (c *Constraints) actionPlan(k *foreignKey, what string) (*plan.Plan, string, error) {
	quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	relation := quote(schemaOf(c.tx.Catalog(), k.table)) + "." + quote(k.table.Name)
	only := "ONLY "
	if k.table.Key != nil {
		only = ""
	}
	var where, shown, set, setShown []string
	kind, all := strings.CutSuffix(what, " all")
	var declared []*types.Type
	for i, num := range k.key.Columns {
		column := k.table.Columns[k.table.Ordinal(num)]
		where = append(where, fmt.Sprintf("%s = $%d", quote(column.Name), i+1))
		at := i + 1
		if kind == "update" { // PostgreSQL numbers the new values first
			at += len(k.key.Columns)
		}
		shown = append(shown, fmt.Sprintf("$%d OPERATOR(pg_catalog.=) %s", at, quote(column.Name)))
		declared = append(declared, column.Type.Type)
	}
	for i, num := range k.key.Columns {
		name := quote(k.table.Columns[k.table.Ordinal(num)].Name)
		switch {
		case kind == "update":
			set = append(set, fmt.Sprintf("%s = $%d", name, len(k.key.Columns)+i+1))
			setShown = append(setShown, fmt.Sprintf("%s = $%d", name, i+1))
			declared = append(declared, k.parent.Columns[k.parent.Ordinal(k.key.RefColumns[i])].Type.Type)
		case !all && k.key.OnDeleteColumns != nil && !slices.Contains(k.key.OnDeleteColumns, num):
		default:
			set = append(set, name+" = "+strings.ToUpper(kind))
			setShown = set
		}
	}
	var text, show string
	on := " WHERE " + strings.Join(where, " AND ")
	onShown := " WHERE " + strings.Join(shown, " AND ")
	switch kind {
	case "delete":
		text, show = "DELETE FROM "+only+relation+on, "DELETE FROM "+only+relation+onShown
	case "find":
		text = "SELECT 1 FROM " + only + relation + on + " FOR KEY SHARE"
		show = "SELECT 1 FROM " + only + relation + " x" + onShown + " FOR KEY SHARE OF x"
	default:
		text = "UPDATE " + only + relation + " SET " + strings.Join(set, ", ") + on
		show = "UPDATE " + only + relation + " SET " + strings.Join(setShown, ", ") + onShown
	}
	key := actionKey{k.key.OID, what}
	if p := c.plans[key]; p != nil {
		return p, show, nil
	}
	parsed, err := parser.ParseOne(text)
	if err != nil {
		return nil, "", sqlerr.Internal("%s: %w", text, err)
	}
	p, err := plan.Statement(c.Env(), parsed.Statement, declared, len(declared))
	if err != nil {
		return nil, "", err
	}
	c.plans[key] = p
	return p, show, nil
}
