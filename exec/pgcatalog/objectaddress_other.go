package pgcatalog

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// otherAddress finds what is told by more than a name: types, casts, operators and what
// belongs to access methods, mappings, default privileges.
func (r *Reader) otherAddress(class types.OID, kind string, names, args []string) (Address, error) {
	absent := func(format string, args ...any) (Address, error) {
		return Address{}, sqlerr.New(sqlerr.UndefinedObject, format, args...)
	}
	switch kind {
	case "type":
		oid, err := r.RegIn(types.RegType, names[0])
		return Address{class, oid, 0}, err
	case "large object":
		n, err := number64(names[0])
		if err == nil && !r.hasLargeObject(catalog.OID(n)) {
			return absent("large object %d does not exist", n)
		}
		return Address{class, catalog.OID(n), 0}, err
	case "cast":
		of, shown, err := r.typesNamed([]string{names[0], args[0]})
		if err != nil {
			return Address{}, err
		}
		oid := r.search("pg_cast", "castsource", datum(of[0]), func(at func(string) types.Datum) bool { return oidArg(at("casttarget")) == of[1] })
		if oid == 0 {
			return absent("cast from type %s to type %s does not exist", shown[0], shown[1])
		}
		return Address{class, oid, 0}, nil
	case "domain constraint":
		of, shown, err := r.typesNamed(names)
		if err != nil {
			return Address{}, err
		}
		oid := r.search("pg_constraint", "contypid", datum(of[0]), func(at func(string) types.Datum) bool { return at("conname").Str() == args[0] })
		if oid == 0 {
			return absent(`constraint "%s" for domain %s does not exist`, args[0], shown[0])
		}
		return Address{class, oid, 0}, nil
	case "operator":
		return r.operatorAddress(names, args)
	case "operator class", "operator family":
		oid, err := r.methodObject(kind, names)
		return Address{class, oid, 0}, err
	case "operator of access method", "function of access method":
		return r.familyMember(class, kind, names, args)
	case "user mapping":
		if v := r.Catalog.ForeignServer(r.Database.OID, args[0]); v != nil {
			user := catalog.OID(catalog.RolePublic)
			role := r.Catalog.Role(names[0])
			if role != nil {
				user = role.OID
			}
			if m := r.Catalog.UserMapping(v, user); m != nil && (role != nil || names[0] == "public") {
				return Address{class, m.OID, 0}, nil
			}
		}
		return absent(`user mapping for user "%s" on server "%s" does not exist`, names[0], args[0])
	case "default acl":
		return r.defaultsAddress(names, args)
	case "transform":
		_, shown, err := r.typesNamed(names)
		if err != nil {
			return Address{}, err
		}
		if r.search("pg_language", "lanname", types.String(args[0]), func(func(string) types.Datum) bool { return true }) == 0 {
			return absent(`language "%s" does not exist`, args[0])
		}
		return absent(`transform for type %s language "%s" does not exist`, shown[0], args[0])
	case "publication relation", "publication namespace":
		return r.publishedAddress(class, names, args)
	}
	return Address{}, invalid(`unsupported object type "%s"`, kind)
}

func (r *Reader) operatorAddress(names, args []string) (Address, error) {
	var operands []catalog.OID
	var shown []string
	for _, a := range args {
		if a == "-" {
			operands, shown = append(operands, 0), append(shown, "")
			continue
		}
		of, text, err := r.typesNamed([]string{a})
		if err != nil {
			return Address{}, err
		}
		operands, shown = append(operands, of...), append(shown, text...)
	}
	schemas, err := r.schemas(names)
	if err != nil {
		return Address{}, err
	}
	oid := r.inSchema(schemas, "pg_operator", "oprname", names[len(names)-1], "oprnamespace", func(at func(string) types.Datum) bool {
		return oidArg(at("oprleft")) == operands[0] && oidArg(at("oprright")) == operands[1]
	})
	if oid == 0 {
		return Address{}, sqlerr.New(sqlerr.UndefinedFunction, "operator does not exist: %s", strings.TrimSpace(shown[0]+" "+strings.Join(names, ".")+" "+shown[1]))
	}
	return Address{classOperator, oid, 0}, nil
}

// methodObject finds an operator class or family by its access method and its name.
func (r *Reader) methodObject(kind string, names []string) (catalog.OID, error) {
	method := r.search("pg_am", "amname", types.String(names[0]), func(func(string) types.Datum) bool { return true })
	if method == 0 {
		return 0, sqlerr.New(sqlerr.UndefinedObject, `access method "%s" does not exist`, names[0])
	}
	relation, prefix := "pg_opclass", "opc"
	if kind == "operator family" {
		relation, prefix = "pg_opfamily", "opf"
	}
	schemas, err := r.schemas(names[1:])
	if err != nil {
		return 0, err
	}
	oid := r.inSchema(schemas, relation, prefix+"name", names[len(names)-1], prefix+"namespace", func(at func(string) types.Datum) bool { return oidArg(at(prefix+"method")) == method })
	if oid == 0 {
		return 0, sqlerr.New(sqlerr.UndefinedObject, `%s "%s" does not exist for access method "%s"`, kind, strings.Join(names[1:], "."), names[0])
	}
	return oid, nil
}

func (r *Reader) familyMember(class types.OID, kind string, names, args []string) (Address, error) {
	last := len(names) - 1
	operands, _, err := r.typesNamed(args)
	if err != nil {
		return Address{}, err
	}
	family, err := r.methodObject("operator family", names[:last])
	if err != nil {
		return Address{}, err
	}
	n, err := number64(names[last])
	if err != nil {
		return Address{}, err
	}
	word, relation, prefix, number := "operator", "pg_amop", "amop", "amopstrategy"
	if kind == "function of access method" {
		word, relation, prefix, number = "function", "pg_amproc", "amproc", "amprocnum"
	}
	oid := r.search(relation, prefix+"family", datum(family), func(at func(string) types.Datum) bool {
		return at(number).Int() == n && oidArg(at(prefix+"lefttype")) == operands[0] && oidArg(at(prefix+"righttype")) == operands[1]
	})
	if oid == 0 {
		return Address{}, sqlerr.New(sqlerr.UndefinedObject, "%s %d (%s, %s) of %s does not exist", word, n, args[0], args[1], r.describe(2753, family, 0))
	}
	return Address{class, oid, 0}, nil
}

func (r *Reader) defaultsAddress(names, args []string) (Address, error) {
	kind := byte(0)
	if args[0] != "" {
		kind = args[0][0]
	}
	target := defaultTargets[kind]
	if target == "" {
		return Address{}, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized default ACL object type "%c"`, kind).
			WithHint(`Valid object types are "r", "S", "f", "T", "n".`)
	}
	schema := catalog.OID(0)
	in := ""
	if len(names) > 1 {
		in = ` in schema "` + names[1] + `"`
		if sc := r.Catalog.Schema(r.Database.OID, names[1]); sc != nil {
			schema = sc.OID
		}
	}
	if role := r.Catalog.Role(names[0]); role != nil && (in == "" || schema != 0) {
		if d := r.Catalog.DefaultACL(r.Database.OID, role.OID, schema, kind); d != nil {
			return Address{826, d.OID, 0}, nil
		}
	}
	return Address{}, sqlerr.New(sqlerr.UndefinedObject, `default ACL for user "%s"%s on %s does not exist`, names[0], in, target)
}
