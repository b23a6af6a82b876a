package pgcatalog

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Functions that domains are read with, by OID.
const domainIn, domainRecv catalog.OID = 2597, 2598

// userType adds a type that a user has made, and the arrays of it.
func (o *rows) userType(s *Snapshot, u *catalog.UserType) {
	t := s.Catalog.TypeByOID(u.OID)
	if t == nil {
		return
	}
	common := []any{"typnamespace", u.Schema, "typowner", u.Owner, "typisdefined", true, "typdelim", byte(',')}
	row := append([]any{"oid", u.OID, "typname", u.Name, "typarray", u.Array, "typlen", int(t.Len), "typbyval", t.ByVal, "typtype", byte(u.Kind), "typcategory", t.Category, "typalign", t.Align}, common...)
	if u.ACL != nil {
		row = append(row, "typacl", s.acl(u.ACL))
	}
	switch u.Kind {
	case types.KindBase:
		code := func(does string) (oid catalog.OID) {
			for _, r := range s.Catalog.Routines(t.CodePrefix() + "_" + does) {
				if r.Extension == u.Extension {
					oid = r.OID
				}
			}
			return oid
		}
		storage := byte('x')
		if t.Len > 0 || t.Plain() {
			storage = 'p'
		}
		row = append(row, "typinput", code("in"), "typoutput", code("out"), "typreceive", code("recv"), "typsend", code("send"), "typsubscript", code("subscript_handler"), "typstorage", storage, "typtypmod", -1)
	case types.KindEnum:
		row = append(row, "typinput", enumIn, "typoutput", enumOut, "typreceive", enumRecv, "typsend", enumSend, "typstorage", byte('p'), "typtypmod", -1)
	case types.KindDomain:
		storage := byte('x')
		if t.ByVal {
			storage = 'p'
		}
		base := storageOf(t.Base)
		if u.Collation != nil {
			base.collation = u.Collation.OID
		}
		row = append(row, "typinput", domainIn, "typreceive", domainRecv, "typoutput", base.output, "typsend", base.send, "typbasetype", u.Base.OID, "typtypmod", int(u.Typmod), "typnotnull", u.NotNull,
			"typcollation", base.collation, "typstorage", storage, "typdefault", orNull(s.domainDefault(u)), "typdefaultbin", orNull(s.domainDefault(u)))
	case types.KindRange:
		row = append(row, "typinput", rangeIn, "typoutput", rangeOut, "typreceive", rangeRecv, "typsend", rangeSend, "typanalyze", rangeAnalyze, "typstorage", byte('x'), "typtypmod", -1)
	case types.KindMultirange:
		row = append(row, "typinput", multirangeIn, "typoutput", multirangeOut, "typreceive", multirangeRecv, "typsend", multirangeSend, "typanalyze", multirangeAnalyze, "typstorage", byte('x'), "typtypmod", -1)
	default:
		row = append(row, "typinput", recordIn, "typoutput", recordOut, "typreceive", recordRecv, "typsend", recordSend, "typrelid", compositeRelation(u), "typstorage", byte('x'), "typtypmod", -1)
	}
	o.add(row...)
	o.add(append([]any{"oid", u.Array, "typname", t.Array.Name, "typelem", u.OID, "typlen", -1, "typtype", byte('b'), "typcategory", byte('A'), "typinput", arrayIn, "typoutput", arrayOut,
		"typreceive", arrayRecv, "typsend", arraySend, "typanalyze", arrayAnalyze, "typsubscript", arraySubscript, "typalign", t.Align, "typstorage", byte('x'), "typtypmod", -1}, common...)...)
}

// compositeRelation makes up the OID of the relation that PostgreSQL keeps the
// columns of a composite type in.
func compositeRelation(u *catalog.UserType) catalog.OID { return 1<<30 + 1<<28 + u.OID }

// domainCheck prints a CHECK of a domain.
func (s *Snapshot) domainCheck(u *catalog.UserType, text string, style expr.Style) string {
	t := s.Catalog.TypeByOID(u.OID)
	if t == nil || t.Base == nil {
		return text
	}
	e, err := plan.DomainCheck(s.env(), text, t.Base)
	if err != nil {
		return text
	}
	// VALUE is a keyword there, and no column.
	e = expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		if c, ok := e.(*expr.Column); ok {
			named := *c
			named.Name = domainValue
			return &named
		}
		return e
	})
	return strings.ReplaceAll(style.Definition(e, false), `"`+domainValue+`"`, "VALUE")
}

// domainDefault prints the default of a domain.
func (s *Snapshot) domainDefault(u *catalog.UserType) string {
	t := s.Catalog.TypeByOID(u.OID)
	if u.Default == "" || t == nil {
		return ""
	}
	parsed, err := parser.ParseExpr(u.Default)
	if err != nil {
		return u.Default
	}
	e, err := plan.RowExpression(s.env(), nil, parsed, "DEFAULT expressions")
	if err == nil {
		base := t.Base
		for base.Kind == types.KindDomain {
			base = base.Base
		}
		e, err = plan.Assign(s.env(), e, &catalog.Column{Name: u.Name, Type: catalog.TypeRef{Type: base}, Typmod: types.NoTypmod}, -1)
	}
	if err != nil {
		return u.Default
	}
	return expr.Definition(e, false)
}

// domainValue is a name that no column has.
const domainValue = "\x01VALUE\x01"

// domainConstraint is pg_get_constraintdef() of a domain's CHECK.
func (r *Reader) domainConstraint(domain, oid catalog.OID, pretty bool) (string, bool) {
	u := r.Catalog.UserType(domain)
	if u == nil {
		return "", false
	}
	for _, k := range u.Checks {
		if k.OID == oid {
			def := "CHECK (" + r.domainCheck(u, k.Expr, expr.Style{Pretty: pretty, TypeName: r.spellType}) + ")"
			if k.NotValid {
				def += " NOT VALID"
			}
			return def, true
		}
	}
	return "", false
}
