package ddl

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// replicaIdentity runs ALTER TABLE ... REPLICA IDENTITY, which is kept for clients that
// ask what identifies a row.
func (s *Session) replicaIdentity(t *catalog.Table, cmd *ast.AlterTableCmd) error {
	c := t.Clone()
	c.Replica, c.ReplicaIndex = 0, 0
	switch cmd.Name2 {
	case "full":
		c.Replica = 'f'
	case "nothing":
		c.Replica = 'n'
	case "using":
		i, err := s.indexOf(t, cmd.Name)
		if err != nil {
			return err
		}
		if err := identifies(t, i); err != nil {
			return err
		}
		c.Replica, c.ReplicaIndex = 'i', i.OID
	}
	s.Tx.PutObject(c)
	return nil
}

// indexOf finds an index of a table by its name.
func (s *Session) indexOf(t *catalog.Table, name string) (*catalog.Index, error) {
	for _, i := range t.Indexes {
		if i.Name == name {
			return i, nil
		}
	}
	sc := s.Tx.Catalog().SchemaByOID(t.Schema)
	if _, other := s.Tx.Catalog().Index(t.Schema, name); other != nil || sc != nil && s.Env.ResolveRelation(sc.Name, name) != nil {
		return nil, sqlerr.New(sqlerr.WrongObjectType, `"%s" is not an index for table "%s"`, name, t.Name)
	}
	return nil, sqlerr.New(sqlerr.UndefinedObject, `index "%s" for table "%s" does not exist`, name, t.Name)
}

// identifies says whether the keys of an index identify rows.
func identifies(t *catalog.Table, i *catalog.Index) error {
	unsupported := func(what string) error {
		return sqlerr.New(sqlerr.FeatureNotSupported, `cannot use %s index "%s" as replica identity`, what, i.Name)
	}
	switch {
	case !i.Unique:
		return sqlerr.New(sqlerr.WrongObjectType, `cannot use non-unique index "%s" as replica identity`, i.Name)
	case i.Deferrable:
		return unsupported("non-immediate")
	}
	for _, k := range i.Keys {
		if k.Column == 0 {
			return unsupported("expression")
		}
	}
	if i.Predicate != "" {
		return unsupported("partial")
	}
	for _, k := range i.Keys {
		if column := t.Columns[t.Ordinal(k.Column)]; !column.NotNull {
			return sqlerr.New(sqlerr.WrongObjectType, `index "%s" cannot be used as replica identity because column "%s" is nullable`, i.Name, column.Name)
		}
	}
	return nil
}

// clusterOn runs ALTER TABLE ... CLUSTER ON and SET WITHOUT CLUSTER: rows lie in the order
// of the primary key anyway.
func (s *Session) clusterOn(t *catalog.Table, cmd *ast.AlterTableCmd) error {
	if t.Key != nil {
		return sqlerr.New(sqlerr.FeatureNotSupported, "cannot mark index clustered in partitioned table")
	}
	c := t.Clone()
	if c.Clustered = 0; cmd.Kind == "ClusterOn" {
		i, err := s.indexOf(t, cmd.Name)
		if err != nil {
			return err
		}
		if err := clusterable(i); err != nil {
			return err
		}
		c.Clustered = i.OID
	}
	s.Tx.PutObject(c)
	return nil
}
