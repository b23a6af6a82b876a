package session

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/exec/pgcatalog"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/types"
)

// What a command has changed, for the functions that event triggers ask.

// changed lists the objects of the database in from that to has otherwise or not at all:
// schemas first, the rest by age.
func (c *command) changed(from, to *catalog.Catalog) (list []catalog.Object) {
	for o := range from.All() {
		if to.Get(o.ObjectOID()) != o && c.inDatabase(from, o) {
			list = append(list, o)
		}
	}
	// A schema comes before what lies in it, and of schemas the newer first.
	schema := func(o catalog.Object) catalog.OID {
		if _, is := o.(*catalog.Schema); is {
			return o.ObjectOID()
		}
		if sc := from.SchemaByOID(o.Parent()); sc != nil && to.SchemaByOID(sc.OID) == nil {
			return sc.OID
		}
		return 0
	}
	slices.SortFunc(list, func(a, b catalog.Object) int {
		_, inside := a.(*catalog.Schema)
		_, other := b.(*catalog.Schema)
		first := map[bool]int{true: 0, false: 1}
		return cmp.Or(cmp.Compare(schema(b), schema(a)), cmp.Compare(first[inside], first[other]), cmp.Compare(a.ObjectOID(), b.ObjectOID()))
	})
	return list
}

func (c *command) inDatabase(cat *catalog.Catalog, o catalog.Object) bool {
	if o.Parent() == c.s.database.OID {
		return true
	}
	sc := cat.SchemaByOID(o.Parent())
	return sc != nil && sc.Database == c.s.database.OID
}

// reader identifies the objects of a catalog.
func (c *command) reader(cat *catalog.Catalog) *pgcatalog.Reader {
	env := c.s.planEnv()
	return &pgcatalog.Reader{Snapshot: pgcatalog.NewSnapshot(cat, c.s.database, c.s.role(), nil), Env: env, Store: c.s.server.opts.Store}
}

// droppedObjects makes the rows of pg_event_trigger_dropped_objects().
func (c *command) droppedObjects() (rows []types.Datum) {
	after := c.s.catalog()
	r := c.reader(c.before)
	add := func(a pgcatalog.Address, o catalog.Object, named, normal bool) {
		id, ok := r.Identify(a)
		if !ok || id.Text == "" {
			return
		}
		if a.Column != 0 {
			id.Is = ""
		}
		if of, is := pgcatalog.AddressOf(o); is && id.In == "" && of != a && id.Kind != "rule" { // a part is where its relation is
			whole, _ := r.Identify(of)
			id.In = whole.In
		}
		sc := c.before.SchemaByOID(o.Parent())
		temporary := sc != nil && strings.HasPrefix(sc.Name, "pg_temp_")
		rows = append(rows, record(a.Class, a.OID, a.Column, named, normal, temporary, id.Kind, null(id.In), null(id.Is), id.Text, id.Names, id.Args))
	}
	for _, o := range c.changed(c.before, after) {
		now := after.Get(o.ObjectOID())
		if q, is := o.(*catalog.Sequence); is && c.before.Get(q.OwnerTable) != nil && after.Get(q.OwnerTable) == nil {
			continue // it comes with its table
		}
		if a, ok := pgcatalog.AddressOf(o); ok && now == nil {
			named := c.names(o)
			add(a, o, named, !named && !ownedAlone(o, after))
		}
		var kept []pgcatalog.Address
		if now != nil {
			kept = pgcatalog.PartsOf(now)
		}
		for _, part := range pgcatalog.PartsOf(o) {
			if q := c.ownedBy(o, part); q != nil && now == nil {
				a, _ := pgcatalog.AddressOf(q)
				add(a, q, false, !ownedAlone(q, after))
			}
			if !slices.Contains(kept, part) && (now != nil || part.Column == 0) {
				named := now != nil && c.namesPart(r, part)
				add(part, o, named, !named && pgcatalog.NormalPart(o, part))
			}
		}
	}
	return rows
}

// ownedAlone says whether an object is a sequence of a column whose schema stays.
func ownedAlone(o catalog.Object, after *catalog.Catalog) bool {
	q, ok := o.(*catalog.Sequence)
	return ok && q.OwnerTable != 0 && after.SchemaByOID(q.Schema) != nil
}

// ownedBy finds the sequence of a column by its number among the parts of a table.
func (c *command) ownedBy(o catalog.Object, part pgcatalog.Address) catalog.Object {
	t, ok := o.(*catalog.Table)
	if !ok || part.Column == 0 {
		return nil
	}
	if at := t.Ordinal(int16(part.Column)); at >= 0 && t.Columns[at].Sequence != 0 {
		return c.before.Get(t.Columns[at].Sequence)
	}
	return nil
}

// names says whether the command drops an object by name.
func (c *command) names(o catalog.Object) bool {
	switch stmt := c.stmt.(type) {
	case *ast.DropStmt:
		return slices.ContainsFunc(stmt.Names, func(n *ast.Name) bool { return n.Parts[len(n.Parts)-1] == o.ObjectName() })
	case *ast.DropFunctionStmt:
		return slices.ContainsFunc(stmt.Functions, func(f *ast.FuncRef) bool { return f.Name.Parts[len(f.Name.Parts)-1] == o.ObjectName() })
	case *ast.DropOwnedStmt, *ast.DropOperatorStmt, *ast.DropCastStmt, *ast.UserMappingStmt:
		return true
	}
	return false
}

// namesPart says whether the command drops a part of an object by name.
func (c *command) namesPart(r *pgcatalog.Reader, part pgcatalog.Address) bool {
	id, _ := r.Identify(part)
	last := ""
	if len(id.Names) > 0 {
		last = id.Names[len(id.Names)-1]
	}
	switch stmt := c.stmt.(type) {
	case *ast.AlterTableStmt:
		return slices.ContainsFunc(stmt.Cmds, func(cmd *ast.AlterTableCmd) bool {
			switch cmd.Kind {
			case "DropColumn":
				return part.Column != 0 && cmd.Name == last
			case "DropConstraint":
				return id.Kind == "table constraint" && cmd.Name == last
			case "ColumnDefault":
				return id.Kind == "default value" && cmd.Name == last
			}
			return false
		})
	case *ast.DropTrigStmt:
		return id.Kind == "trigger"
	case *ast.DropPolicyStmt:
		return id.Kind == "policy"
	case *ast.DropRuleStmt:
		return id.Kind == "rule"
	case *ast.DropStmt:
		return slices.ContainsFunc(stmt.Names, func(n *ast.Name) bool { return n.Parts[len(n.Parts)-1] == last })
	}
	return false
}

// madeObjects makes the rows of pg_event_trigger_ddl_commands().
func (c *command) madeObjects() (rows []types.Datum) {
	switch stmt := c.stmt.(type) {
	case *ast.GrantStmt:
		return []types.Datum{record(nil, nil, nil, c.tag, strings.ToUpper(string(stmt.Object)), nil, nil, false, nil)}
	case *ast.AlterDefaultPrivilegesStmt:
		return []types.Datum{record(nil, nil, nil, c.tag, strings.ToUpper(string(stmt.Action.Object)+"s"), nil, nil, false, nil)}
	}
	if strings.HasPrefix(c.tag, "DROP ") {
		return nil
	}
	after := c.s.catalog()
	r := c.reader(after)
	add := func(a pgcatalog.Address, tag string) {
		if id, ok := r.Identify(a); ok && id.Text != "" {
			rows = append(rows, record(a.Class, a.OID, a.Column, tag, id.Kind, null(id.In), id.Text, false, nil))
		}
	}
	objects := c.changed(after, c.before)
	for _, o := range objects {
		a, ok := pgcatalog.AddressOf(o)
		if !ok {
			continue
		}
		was := c.before.Get(o.ObjectOID())
		switch o := o.(type) {
		case *catalog.Sequence:
			if o.OwnerTable == 0 || was != nil && c.isAbout(o) {
				add(a, c.tag)
			} else if was != nil {
				add(a, "ALTER SEQUENCE")
			}
		case *catalog.Table:
			c.madeTable(o, was, add)
		case *catalog.View:
			if part, is := c.newPart(o, was); is {
				add(part, c.tag)
			} else {
				add(a, c.tag)
			}
		default:
			add(a, c.tag)
		}
	}
	return rows
}

// madeTable adds what a command has made of a table: a new one comes behind its sequences
// and before its indexes.
func (c *command) madeTable(t *catalog.Table, was catalog.Object, add func(pgcatalog.Address, string)) {
	a, _ := pgcatalog.AddressOf(t)
	if was == nil {
		tag := c.tag
		if !strings.HasPrefix(tag, "CREATE ") || tag == "CREATE SCHEMA" {
			tag = "CREATE TABLE"
		}
		var sequences []pgcatalog.Address
		for _, col := range t.Columns {
			if q := c.s.catalog().Get(col.Sequence); q != nil && c.before.Get(col.Sequence) == nil {
				at, _ := pgcatalog.AddressOf(q)
				sequences = append(sequences, at)
				add(at, "CREATE SEQUENCE")
			}
		}
		add(a, tag)
		c.newIndexes(t, nil, add)
		if len(t.Foreign) > 0 {
			add(a, "ALTER TABLE")
		}
		for _, q := range sequences {
			add(q, "ALTER SEQUENCE")
		}
		return
	}
	if part, is := c.newPart(t, was); is {
		add(part, c.tag)
		return
	}
	if c.isAbout(t) {
		add(a, c.tag)
	}
	c.newIndexes(t, was.(*catalog.Table), add)
}

// newIndexes adds the indexes that a table has got; those of partitions come by themselves.
func (c *command) newIndexes(t, was *catalog.Table, add func(pgcatalog.Address, string)) {
	for _, i := range t.Indexes {
		if i.Parent == 0 && (was == nil || was.Index(i.OID) == nil) {
			add(pgcatalog.IndexAddress(i.OID), "CREATE INDEX")
		}
	}
}

// newPart finds the trigger, policy, rule or statistics that the command has given a
// relation.
func (c *command) newPart(o, was catalog.Object) (pgcatalog.Address, bool) {
	switch c.stmt.(type) {
	case *ast.CreateTrigStmt, *ast.CreatePolicyStmt, *ast.CreateRuleStmt, *ast.CreateStatsStmt:
	default:
		return pgcatalog.Address{}, false
	}
	if was == nil {
		return pgcatalog.Address{}, false
	}
	had := pgcatalog.PartsOf(was)
	for _, part := range pgcatalog.PartsOf(o) {
		if !slices.Contains(had, part) {
			return part, true
		}
	}
	return pgcatalog.Address{}, false
}

// isAbout says whether the command names a relation that it has changed.
func (c *command) isAbout(o catalog.Object) bool {
	switch stmt := c.stmt.(type) {
	case *ast.AlterTableStmt:
		return stmt.Relation.Name == o.ObjectName()
	case *ast.AlterSeqStmt:
		return stmt.Relation.Name == o.ObjectName()
	case *ast.RenameStmt:
		return stmt.NewName == o.ObjectName() || stmt.Relation != nil && stmt.Relation.Name == o.ObjectName()
	case *ast.IndexStmt, *ast.CreateStmt, *ast.CreateSchemaStmt:
		return false
	}
	return true
}

func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// record makes a row of values: OIDs, numbers, truths, texts and lists of them.
func record(values ...any) types.Datum {
	r := &types.Record{}
	for _, v := range values {
		r.Values = append(r.Values, pgcatalog.Value(v))
	}
	return types.Object(r)
}
