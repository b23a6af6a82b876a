package pgcatalog

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// has_table_privilege() and its kin: ([role,] object [, column], privileges).

// guarded is an object that privileges are given on.
type guarded struct {
	owner catalog.OID
	acl   catalog.ACL
	// columns are those of a relation: a privilege may be given on one.
	columns []*catalog.Column
}

// finder finds an object by name or OID; nil for an OID that nothing has.
type finder func(r *Reader, d types.Datum) (*guarded, error)

func init() {
	const columns = catalog.PrivSelect | catalog.PrivInsert | catalog.PrivUpdate | catalog.PrivReferences
	for name, f := range map[string]function{
		"has_table_privilege":      privilegeFunction((*Reader).guardedRelation, catalog.PrivAllTable, wholeObject),
		"has_sequence_privilege":   privilegeFunction((*Reader).guardedSequence, catalog.PrivUsage|catalog.PrivSelect|catalog.PrivUpdate, wholeObject),
		"has_schema_privilege":     privilegeFunction((*Reader).guardedSchema, catalog.PrivCreate|catalog.PrivUsage, wholeObject),
		"has_database_privilege":   privilegeFunction((*Reader).guardedDatabase, catalog.PrivCreate|catalog.PrivConnect|catalog.PrivTemporary, wholeObject),
		"has_any_column_privilege": privilegeFunction((*Reader).guardedRelation, columns, anyColumn),
		"has_column_privilege":     privilegeFunction((*Reader).guardedRelation, columns, oneColumn),
		// Everybody may call built-in functions and use types and languages; nobody but
		// a superuser may put anything in a tablespace.
		"has_function_privilege":             privilegeFunction((*Reader).guardedFunction, catalog.PrivExecute, wholeObject),
		"has_type_privilege":                 privilegeFunction((*Reader).guardedType, catalog.PrivUsage, wholeObject),
		"has_language_privilege":             privilegeFunction((*Reader).guardedLanguage, catalog.PrivUsage, wholeObject),
		"has_foreign_data_wrapper_privilege": privilegeFunction(guardedDefined(catalog.ClassForeignDataWrapper, "foreign-data wrapper"), catalog.PrivUsage, wholeObject),
		"has_server_privilege":               privilegeFunction(guardedDefined(catalog.ClassForeignServer, "server"), catalog.PrivUsage, wholeObject),
		"has_tablespace_privilege":           privilegeFunction((*Reader).guardedTablespace, catalog.PrivCreate, wholeObject),
		"pg_has_role":                        hasRole,
	} {
		functions[name] = f
	}
}

// extent is what of an object a function is about.
type extent uint8

const (
	wholeObject extent = iota
	anyColumn
	oneColumn
)

// privilegeFunction makes a has_..._privilege function over objects that find
// finds; of one column, the column is named between object and privileges.
func privilegeFunction(find finder, all catalog.Privileges, of extent) function {
	return func(r *Reader, a []types.Datum) (types.Datum, error) {
		fixed := 2
		if of == oneColumn {
			fixed = 3
		}
		role := r.Role
		if len(a) > fixed {
			var err error
			if role, err = r.role(a[0]); err != nil || role == nil {
				return types.Null, err
			}
			a = a[1:]
		}
		object, err := find(r, a[0])
		if err != nil || object == nil {
			return types.Null, err
		}
		if of == oneColumn {
			if known, err := r.hasColumn(a[0], a[1]); !known || err != nil {
				return types.Null, err
			}
		}
		for _, word := range strings.Split(a[len(a)-1].Str(), ",") {
			want, err := parsePrivilege(word, all)
			if err != nil {
				return types.Null, err
			}
			if want == 0 {
				continue
			}
			if r.Catalog.Allowed(role.OID, object.owner, object.acl, want) {
				return types.Bool(true), nil
			}
			for _, c := range object.columns {
				named := of == anyColumn || a[1].IsString() && c.Name == a[1].Str() || !a[1].IsString() && int64(c.Num) == a[1].Int()
				if of != wholeObject && named && r.Catalog.Allowed(role.OID, object.owner, c.ACL.OfColumn(), want) {
					return types.Bool(true), nil
				}
			}
		}
		return types.Bool(false), nil
	}
}

// parsePrivilege reads the name of a privilege. RULE, which once was one of tables, is none:
// nobody has it.
func parsePrivilege(word string, all catalog.Privileges) (catalog.Privileges, error) {
	name := strings.ToUpper(strings.TrimSpace(word))
	name, option := strings.CutSuffix(name, " WITH GRANT OPTION")
	if name == "TEMP" {
		name = "TEMPORARY"
	}
	for _, p := range privileges {
		if p.name == name && p.bit&all != 0 {
			if option {
				return p.bit.GrantOption(), nil
			}
			return p.bit, nil
		}
	}
	if name == "RULE" && all&catalog.PrivTrigger != 0 {
		return 0, nil
	}
	return 0, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized privilege type: "%s"`, strings.TrimSpace(word))
}

// role finds a role by name, or by OID. An OID that nobody has is that of a role without
// privileges.
func (r *Reader) role(d types.Datum) (*catalog.Role, error) {
	if !d.IsString() {
		if role := r.Catalog.RoleByOID(oidArg(d)); role != nil {
			return role, nil
		}
		return &catalog.Role{OID: oidArg(d)}, nil
	}
	if d.Str() == "public" {
		return &catalog.Role{OID: catalog.RolePublic}, nil
	}
	role := r.Catalog.Role(d.Str())
	if role == nil {
		return nil, sqlerr.New(sqlerr.UndefinedObject, `role "%s" does not exist`, d.Str())
	}
	return role, nil
}

// guardedFunction finds a function by its signature or OID.
func (r *Reader) guardedFunction(d types.Datum) (*guarded, error) {
	oid := oidArg(d)
	if d.IsString() {
		var err error
		if oid, err = r.RegIn(types.RegProcedure, d.Str()); err != nil {
			return nil, err
		}
	}
	if f, ok := r.Catalog.Get(oid).(*catalog.Routine); ok {
		return &guarded{owner: f.Owner, acl: f.Grants()}, nil
	}
	return free((*Reader).RegIn, types.RegProcedure, catalog.PrivExecute)(r, types.Int(int64(oid)))
}

func (r *Reader) guardedRelation(d types.Datum) (*guarded, error) {
	oid := oidArg(d)
	if d.IsString() {
		var err error
		if oid, err = r.regClass(d.Str()); err != nil {
			return nil, err
		}
	}
	switch o := r.Catalog.Get(oid).(type) {
	case *catalog.Table:
		return &guarded{o.Owner, o.ACL, o.Columns}, nil
	case *catalog.View:
		return &guarded{o.Owner, o.ACL, o.Columns}, nil
	case *catalog.Sequence:
		return &guarded{owner: o.Owner, acl: o.ACL}, nil
	}
	for _, v := range r.virtuals() {
		if v.OID == oid {
			return &guarded{owner: catalog.RolePostgres, acl: v.Grants()}, nil
		}
	}
	if t, _ := r.Catalog.IndexByOID(oid); t != nil {
		return &guarded{owner: t.Owner, acl: t.ACL}, nil
	}
	return nil, nil
}

func (r *Reader) guardedSequence(d types.Datum) (*guarded, error) {
	oid := oidArg(d)
	if d.IsString() {
		var err error
		if oid, err = r.regClass(d.Str()); err != nil {
			return nil, err
		}
	}
	q, ok := r.Catalog.Get(oid).(*catalog.Sequence)
	if !ok {
		if d.IsString() {
			return nil, sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a sequence`, d.Str())
		}
		return nil, nil
	}
	return &guarded{owner: q.Owner, acl: q.ACL}, nil
}

func (r *Reader) guardedSchema(d types.Datum) (*guarded, error) {
	sc := r.Catalog.SchemaByOID(oidArg(d))
	if d.IsString() {
		if sc = r.Catalog.Schema(r.Database.OID, d.Str()); sc == nil {
			return nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, d.Str())
		}
	}
	if sc == nil {
		return nil, nil
	}
	acl := slices.Clip(sc.ACL)
	if acl == nil {
		acl = catalog.BuiltinACL(sc.Owner, 'n')
	}
	for _, reader := range []catalog.OID{catalog.RoleReadAllData, catalog.RoleWriteAllData} {
		acl = append(acl, catalog.ACLItem{Grantee: reader, Grantor: sc.Owner, Privileges: catalog.PrivUsage})
	}
	return &guarded{owner: sc.Owner, acl: acl}, nil
}

func (r *Reader) guardedDatabase(d types.Datum) (*guarded, error) {
	db, _ := r.Catalog.Get(oidArg(d)).(*catalog.Database)
	if d.IsString() {
		if db = r.Catalog.Database(d.Str()); db == nil {
			return nil, sqlerr.New(sqlerr.InvalidCatalogName, `database "%s" does not exist`, d.Str())
		}
	}
	if db == nil {
		return nil, nil
	}
	return &guarded{owner: db.Owner, acl: db.Grants()}, nil
}

// guardedType finds a type; everybody may use a built-in one.
func (r *Reader) guardedType(d types.Datum) (*guarded, error) {
	oid := oidArg(d)
	if d.IsString() {
		var err error
		if oid, err = r.RegIn(types.RegType, d.Str()); err != nil {
			return nil, err
		}
	}
	if u := r.Catalog.UserType(oid); u != nil {
		return &guarded{owner: u.Owner, acl: u.Grants()}, nil
	}
	if r.Catalog.TypeByOID(oid) == nil {
		return nil, nil
	}
	return &guarded{owner: catalog.RolePostgres, acl: catalog.ObjectACL(catalog.RolePostgres, catalog.PrivUsage, catalog.PrivUsage)}, nil
}

// free finds objects on which everybody has a privilege.
func free(in func(*Reader, *types.Type, string) (types.OID, error), t *types.Type, everybody catalog.Privileges) finder {
	return func(r *Reader, d types.Datum) (*guarded, error) {
		if d.IsString() {
			if _, err := in(r, t, d.Str()); err != nil {
				return nil, err
			}
		} else if _, ok := r.RegOut(t, oidArg(d)); !ok {
			return nil, nil
		}
		return &guarded{owner: catalog.RolePostgres, acl: catalog.ObjectACL(catalog.RolePostgres, everybody, everybody)}, nil
	}
}

// inCatalog finds objects in a catalog of recorded rows.
func inCatalog(relation, nameColumn, what string, everybody catalog.Privileges) finder {
	return func(r *Reader, d types.Datum) (*guarded, error) {
		rel := find("pg_catalog." + relation)
		column := "oid"
		if d.IsString() {
			column = nameColumn
		}
		if len(rel.builtinSet().lookup(rel.columns[column], d)) == 0 {
			if d.IsString() {
				return nil, sqlerr.New(sqlerr.UndefinedObject, `%s "%s" does not exist`, what, d.Str())
			}
			return nil, nil
		}
		return &guarded{owner: catalog.RolePostgres, acl: catalog.ObjectACL(catalog.RolePostgres, everybody, everybody)}, nil
	}
}

// hasColumn says whether a relation has a column, by name or by number; a name
// that it does not have is 42703.
func (r *Reader) hasColumn(relation, column types.Datum) (bool, error) {
	oid := oidArg(relation)
	if relation.IsString() {
		oid, _ = r.regClass(relation.Str())
	}
	at := find("pg_catalog.pg_attribute")
	for _, row := range r.set(at).lookup(at.columns["attrelid"], datum(oid)) {
		if column.IsString() && row[at.columns["attname"]].Str() == column.Str() || !column.IsString() && row[at.columns["attnum"]].Int() == column.Int() {
			return true, nil
		}
	}
	if column.IsString() {
		_, row := r.one("pg_class", oid)
		name := ""
		if row != nil {
			name = row[find("pg_catalog.pg_class").columns["relname"]].Str()
		}
		return false, undefinedColumn(column.Str(), name)
	}
	return false, nil
}

func undefinedColumn(column, relation string) error {
	return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, column, relation)
}

// hasRole is pg_has_role([role,] role, privilege).
func hasRole(r *Reader, a []types.Datum) (types.Datum, error) {
	member := r.Role
	var err error
	if len(a) > 2 {
		if member, err = r.role(a[0]); err != nil || member == nil {
			return types.Null, err
		}
		a = a[1:]
	}
	of, err := r.role(a[0])
	if err != nil || of == nil {
		return types.Null, err
	}
	word := strings.ToUpper(strings.TrimSpace(a[1].Str()))
	switch word, admin := strings.CutSuffix(word, " WITH ADMIN OPTION"); {
	case admin && (word == "MEMBER" || word == "USAGE"):
		return types.Bool(r.Catalog.AdminOf(member.OID, of.OID)), nil
	case word == "MEMBER":
		return types.Bool(r.Catalog.MemberOf(member.OID, of.OID)), nil
	case word == "USAGE":
		return types.Bool(r.Catalog.HasPrivilegesOf(member.OID, of.OID)), nil
	}
	return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized privilege type: "%s"`, strings.TrimSpace(a[1].Str()))
}

func init() {
	for name, t := range map[string]*types.Type{
		"to_regclass": types.RegClass, "to_regtype": types.RegType, "to_regproc": types.RegProc, "to_regprocedure": types.RegProcedure,
		"to_regoper": types.RegOper, "to_regoperator": types.RegOperator, "to_regnamespace": types.RegNamespace, "to_regrole": types.RegRole, "to_regcollation": types.RegCollation,
	} {
		functions[name] = func(r *Reader, a []types.Datum) (types.Datum, error) {
			oid, err := r.RegIn(t, a[0].Str())
			if err != nil {
				switch sqlerr.From(err).Code {
				case sqlerr.InvalidName, sqlerr.SyntaxError, sqlerr.FeatureNotSupported:
					return types.Null, err
				}
				return types.Null, nil
			}
			return datum(oid), nil
		}
	}
}
