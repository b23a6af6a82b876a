package ddl

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Settings that sessions begin with: those of the database, then of the role, then of
// the role in the database.

// alterRoleSet runs ALTER ROLE ... [IN DATABASE ...] SET and RESET.
func (s *Session) alterRoleSet(ctx context.Context, st *ast.AlterRoleSetStmt) error {
	if st.Role == nil {
		if st.Database == "" && !s.Role.Superuser {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to alter settings globally")
		}
		if st.Database == "" {
			return sqlerr.Unsupported("ALTER ROLE ALL SET")
		}
		return s.alterDatabaseSet(ctx, &ast.AlterDatabaseSetStmt{Name: st.Database, Set: st.Set})
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	old, err := s.roleOf(st.Role)
	if err != nil {
		return err
	}
	if err := alterable(old); err != nil {
		return err
	}
	switch {
	case s.Role.Superuser, old.OID == s.Role.OID:
	case old.Superuser:
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to alter superusers")
	case !s.Role.CreateRole:
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied")
	}
	if st.Database != "" {
		db := edit.Catalog().Database(st.Database)
		if db == nil {
			return sqlerr.New(sqlerr.InvalidCatalogName, `database "%s" does not exist`, st.Database)
		}
		settings, err := s.settingsAfter(db.RoleSettings[old.OID], st.Set)
		if err != nil {
			return err
		}
		c := *db
		if c.RoleSettings = maps.Clone(db.RoleSettings); c.RoleSettings == nil {
			c.RoleSettings = map[catalog.OID]map[string]string{}
		}
		if c.RoleSettings[old.OID] = settings; settings == nil {
			delete(c.RoleSettings, old.OID)
		}
		s.Tx.PutObject(&c)
		return nil
	}
	role := *old
	if role.Settings, err = s.settingsAfter(old.Settings, st.Set); err != nil {
		return err
	}
	s.Tx.PutObject(&role)
	return nil
}

// settingsAfter gives settings after a SET or RESET; nil if there are none.
func (s *Session) settingsAfter(old map[string]string, set *ast.VariableSetStmt) (map[string]string, error) {
	switch set.Op {
	case ast.ResetAll:
		return nil, nil
	case ast.SetMulti:
		return nil, sqlerr.New(sqlerr.UndefinedObject, `unrecognized configuration parameter "%s"`, set.Name)
	}
	name, value, err := s.StoredSetting(set)
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	for have, v := range old {
		if !strings.EqualFold(have, name) {
			settings[have] = v
		}
	}
	if set.Op == ast.SetValue || set.Op == ast.SetCurrent {
		settings[name] = value
	}
	if len(settings) == 0 {
		return nil, nil
	}
	return settings, nil
}

// forgetSettings takes a role's settings from the databases.
func (s *Session) forgetSettings(role catalog.OID) {
	for o := range s.Tx.Catalog().All() {
		if db, ok := o.(*catalog.Database); ok && db.RoleSettings[role] != nil {
			c := *db
			c.RoleSettings = maps.Clone(db.RoleSettings)
			delete(c.RoleSettings, role)
			s.Tx.PutObject(&c)
		}
	}
}

// databaseToAlter finds a database that the role owns.
func (s *Session) databaseToAlter(cat *catalog.Catalog, name string) (*catalog.Database, error) {
	db := cat.Database(name)
	if db == nil {
		return nil, sqlerr.New(sqlerr.InvalidCatalogName, `database "%s" does not exist`, name)
	}
	return db, s.owner(db.Owner, "database", db.Name)
}

// alterDatabaseSet runs ALTER DATABASE ... SET and RESET.
func (s *Session) alterDatabaseSet(ctx context.Context, st *ast.AlterDatabaseSetStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	db, err := s.databaseToAlter(edit.Catalog(), st.Name)
	if err != nil {
		return err
	}
	c := *db
	if c.Settings, err = s.settingsAfter(db.Settings, st.Set); err != nil {
		return err
	}
	s.Tx.PutObject(&c)
	return nil
}

// alterDatabaseOwner runs ALTER DATABASE ... OWNER TO.
func (s *Session) alterDatabaseOwner(ctx context.Context, st *ast.AlterOwnerStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	role, err := s.roleOf(st.Owner)
	if err != nil {
		return err
	}
	db, err := s.databaseToAlter(edit.Catalog(), st.Name.Parts[0])
	if err != nil {
		return err
	}
	switch {
	case db.Owner == role.OID:
		return nil
	case !edit.Catalog().OwnedBy(s.Role.OID, role.OID):
		return sqlerr.New(sqlerr.InsufficientPrivilege, `must be member of role "%s"`, role.Name)
	case !s.Role.Superuser && !s.Role.CreateDB:
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to change owner of database")
	}
	s.Tx.PutObject(withOwner(db, role.OID))
	return nil
}

// renameDatabase runs ALTER DATABASE ... RENAME TO.
func (s *Session) renameDatabase(ctx context.Context, edit *catalog.Editor, st *ast.RenameStmt) error {
	db, err := s.databaseToAlter(edit.Catalog(), st.Name.Parts[0])
	if err != nil {
		return err
	}
	switch {
	case !s.Role.Superuser && !s.Role.CreateDB:
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to rename database")
	case edit.Catalog().Database(st.NewName) != nil:
		return sqlerr.New(sqlerr.DuplicateDatabase, `database "%s" already exists`, st.NewName)
	case db.OID == s.Env.Database:
		return sqlerr.New(sqlerr.FeatureNotSupported, "current database cannot be renamed")
	}
	if err := s.unoccupied(ctx, db, false); err != nil {
		return err
	}
	c := *db
	c.Name = st.NewName
	s.Tx.PutObject(&c)
	return nil
}

// leavingTime is how long sessions that are about to end are waited for, and
// leavingStep how long until they are counted again.
const (
	leavingTime = 5 * time.Second
	leavingStep = 10 * time.Millisecond
)

// othersAfterLeaving counts the other sessions in a database, once those that are leaving it,
// for a while, have left.
func (s *Session) othersAfterLeaving(ctx context.Context, db *catalog.Database, end bool) (int, error) {
	n := s.Clients(db.OID, end)
	if n == 0 {
		return 0, nil
	}
	limit, step := time.NewTimer(leavingTime), time.NewTicker(leavingStep)
	defer limit.Stop()
	defer step.Stop()
	for n > 0 {
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case <-limit.C:
			return n, nil
		case <-step.C:
			n = s.Clients(db.OID, end)
		}
	}
	return 0, nil
}

// unoccupied demands that no other session is in a database; with end those that are
// are ended.
func (s *Session) unoccupied(ctx context.Context, db *catalog.Database, end bool) error {
	prepared := 0
	for _, p := range s.Tx.Prepared() {
		if p.Database == db.OID {
			prepared++
		}
	}
	if end && prepared > 0 {
		return sqlerr.New(sqlerr.ObjectInUse, `database "%s" is being used by prepared transactions`, db.Name).WithDetail("%s", preparedUsing(prepared))
	}
	n, err := s.othersAfterLeaving(ctx, db, end)
	if err != nil {
		return err
	}
	e := sqlerr.New(sqlerr.ObjectInUse, `database "%s" is being accessed by other users`, db.Name)
	switch {
	case n == 0 && prepared == 0:
		return nil
	case n > 0 && prepared > 0:
		return e.WithDetail("There are %d other session(s) and %d prepared transaction(s) using the database.", n, prepared)
	case prepared > 0:
		return e.WithDetail("%s", preparedUsing(prepared))
	case n == 1:
		return e.WithDetail("There is 1 other session using the database.")
	}
	return e.WithDetail("There are %d other sessions using the database.", n)
}

func preparedUsing(n int) string {
	if n == 1 {
		return "There is 1 prepared transaction using the database."
	}
	return fmt.Sprintf("There are %d prepared transactions using the database.", n)
}
