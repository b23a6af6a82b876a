package ddl

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// alterIdentity runs ALTER TABLE ... ALTER COLUMN ... ADD GENERATED AS IDENTITY,
// SET GENERATED and DROP IDENTITY.
func (s *Session) alterIdentity(ctx context.Context, edit *catalog.Editor, old *catalog.Table, cmd *ast.AlterTableCmd) error {
	at, err := alterableColumn(old, cmd.Name)
	if err != nil {
		return err
	}
	t := old.Clone()
	column := *t.Columns[at]
	c := &column
	t.Columns[at] = c
	if cmd.Kind != "AddIdentity" && c.Identity == 0 {
		if cmd.MissingOK {
			s.notice(sqlerr.SuccessfulCompletion, `column "%s" of relation "%s" is not an identity column, skipping`, c.Name, t.Name)
			return nil
		}
		return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `column "%s" of relation "%s" is not an identity column`, c.Name, t.Name)
	}
	kind := byte('d')
	if cmd.Constraint != nil && cmd.Constraint.Always {
		kind = 'a'
	}
	switch cmd.Kind {
	case "SetIdentity":
		if cmd.Constraint != nil {
			c.Identity = kind
		}
		if old, ok := s.Tx.Catalog().Get(c.Sequence).(*catalog.Sequence); ok && cmd.Options != nil {
			if err := s.applyToSequence(ctx, old, cmd.Options); err != nil {
				return err
			}
		}
	case "DropIdentity":
		s.Tx.DropObject(c.Sequence)
		c.Identity, c.Sequence, c.Default = 0, 0, ""
	default:
		switch c.Type.Type {
		case types.Int2, types.Int4, types.Int8:
		default:
			return sqlerr.New(sqlerr.InvalidParameterValue, "identity column type must be smallint, integer, or bigint")
		}
		switch {
		case !c.NotNull:
			return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `column "%s" of relation "%s" must be declared NOT NULL before identity can be added`, c.Name, t.Name)
		case c.Identity != 0:
			return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `column "%s" of relation "%s" is already an identity column`, c.Name, t.Name)
		case c.Default != "":
			return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `column "%s" of relation "%s" already has a default value`, c.Name, t.Name)
		}
		b := &tableBuilder{s: s, edit: edit, schema: edit.Catalog().SchemaByOID(t.Schema), table: t, taken: map[string]bool{}, altering: true}
		name := ""
		for _, o := range cmd.Constraint.SeqOptions {
			if n, ok := o.Value.(*ast.Name); ok && o.Name == "sequence_name" {
				name = n.Parts[len(n.Parts)-1]
			}
		}
		if name != "" && edit.Catalog().RelationNameTaken(t.Schema, name) {
			return sqlerr.New(sqlerr.DuplicateTable, `relation "%s" already exists`, name)
		}
		seq := b.sequenceNamed(c, name)
		if err := applySequenceOptions(seq, cmd.Constraint.SeqOptions); err != nil {
			return err
		}
		c.Identity = kind
		s.Tx.PutObject(seq)
	}
	s.Tx.PutObject(t)
	return nil
}

// dropExpression makes a plain column of a generated one.
func (s *Session) dropExpression(old *catalog.Table, cmd *ast.AlterTableCmd) error {
	at, err := alterableColumn(old, cmd.Name)
	if err != nil {
		return err
	}
	c := *old.Columns[at]
	if !c.Generated {
		if cmd.MissingOK {
			s.notice(sqlerr.SuccessfulCompletion, `column "%s" of relation "%s" is not a stored generated column, skipping`, c.Name, old.Name)
			return nil
		}
		return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `column "%s" of relation "%s" is not a stored generated column`, c.Name, old.Name)
	}
	t := old.Clone()
	c.Generated, c.Default = false, ""
	t.Columns[at] = &c
	s.Tx.PutObject(t)
	return nil
}

// alterSchema runs ALTER SCHEMA ... OWNER TO.
func (s *Session) alterSchema(ctx context.Context, st *ast.AlterOwnerStmt) error {
	if st.Object != "schema" {
		return sqlerr.Unsupported("ALTER %s ... OWNER", upper(string(st.Object)))
	}
	sc, err := s.schemaToAlter(ctx, st.Name.Parts[0])
	if err != nil {
		return err
	}
	role, err := s.roleOf(st.Owner)
	if err != nil {
		return err
	}
	c := *sc
	if sc.Owner != role.OID {
		if err := s.mayOwn(role, 0); err != nil {
			return err
		}
		if db, ok := s.Tx.Catalog().Get(s.Env.Database).(*catalog.Database); ok && !s.Tx.Catalog().Allowed(s.Role.OID, db.Owner, db.ACL, catalog.PrivCreate) {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for database %s", db.Name)
		}
	}
	c.Owner, c.ACL = role.OID, sc.ACL.Moved(sc.Owner, role.OID)
	s.Tx.PutObject(&c)
	return nil
}

// schemaToAlter finds a schema that the role owns.
func (s *Session) schemaToAlter(ctx context.Context, name string) (*catalog.Schema, error) {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return nil, err
	}
	sc := edit.Catalog().Schema(s.Env.Database, name)
	switch {
	case sc == nil:
		return nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, name)
	case sc.Database != s.Env.Database:
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied: \"%s\" is a system catalog", name)
	}
	return sc, s.owner(sc.Owner, "schema", sc.Name)
}
