package ddl

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// tableMethod says whether a name is that of an access method of tables.
func tableMethod(name string) error {
	switch {
	case name == "heap":
		return nil
	case catalog.AccessMethodNamed(name) != nil:
		return sqlerr.New(sqlerr.WrongObjectType, `access method "%s" is not of type TABLE`, name)
	}
	return sqlerr.New(sqlerr.UndefinedObject, `access method "%s" does not exist`, name)
}

// setLogged runs SET LOGGED and SET UNLOGGED, which are kept and shown. A logged table
// may not reference an unlogged one.
func (s *Session) setLogged(old *catalog.Table, logged bool) error {
	if old.Temporary {
		return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot change logged status of table "%s" because it is temporary`, old.Name)
	}
	cat := s.Tx.Catalog()
	for _, p := range cat.Publications(s.Env.Database) {
		if !logged && p.Table(old.OID) != nil {
			return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `cannot change table "%s" to unlogged because it is part of a publication`, old.Name).
				WithDetail("Unlogged relations cannot be replicated.")
		}
	}
	if logged {
		for _, k := range old.Foreign {
			if to := cat.Table(k.References); to != nil && to.OID != old.OID && to.Unlogged {
				return sqlerr.New(sqlerr.InvalidTableDefinition, `could not change table "%s" to logged because it references unlogged table "%s"`, old.Name, to.Name)
			}
		}
	} else {
		for _, r := range cat.Referencing(old.OID) {
			if r.Table.OID != old.OID && !r.Table.Unlogged {
				return sqlerr.New(sqlerr.InvalidTableDefinition, `could not change table "%s" to unlogged because it references logged table "%s"`, old.Name, r.Table.Name)
			}
		}
	}
	t := old.Clone()
	t.Unlogged = !logged
	s.Tx.PutObject(t)
	return nil
}
