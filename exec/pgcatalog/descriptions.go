package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_description, pg_shdescription: what COMMENT ON has said.

func init() {
	makesParts("pg_description", descriptionRows)
	makes("pg_shdescription", sharedDescriptionRows)
}

func descriptionRows(s *Snapshot, out *rows) {
	s.objects()
	comment := func(oid, class catalog.OID, column int, text string) {
		if text != "" {
			out.add("objoid", oid, "classoid", class, "objsubid", column, "description", text)
		}
	}
	if s.part != ofObject {
		comment(extensionKalam, classExtension, 0, extensionComment)
		if d, ok := s.Catalog.Get(s.Database.OID).(*catalog.Database); ok {
			comment(extensionPLpgSQL, classExtension, 0, d.CommentPLpgSQL(extensionPLpgSQL))
			comment(languagePLpgSQL, classLanguage, 0, d.CommentPLpgSQL(languagePLpgSQL))
		}
		for _, e := range s.extensions() {
			comment(e.OID, classExtension, 0, e.Comment)
		}
		for o := range s.Catalog.All() {
			if d, ok := o.(catalog.Defined); ok && d.Head().Comment != "" && s.ofDatabase(d) {
				comment(d.ObjectOID(), classOfDefined(d), 0, d.Head().Comment)
			}
		}
		for _, r := range routinesOf(s) {
			comment(r.OID, classProc, 0, r.Comment)
		}
		for _, o := range s.operators() {
			comment(o.OID, classOperator, 0, o.Comment)
		}
		for _, c := range s.casts() {
			comment(c.OID, classCast, 0, c.Comment)
		}
	}
	for _, sc := range s.once.schemas {
		comment(sc.OID, classNamespace, 0, sc.Comment)
	}
	columns := func(oid catalog.OID, list []*catalog.Column) {
		for _, c := range list {
			comment(oid, classClass, int(c.Num), c.Comment)
		}
	}
	for _, t := range s.once.tables {
		comment(t.OID, classClass, 0, t.Comment)
		columns(t.OID, t.Columns)
		for _, i := range t.Indexes {
			comment(i.OID, classClass, 0, i.Comment)
			comment(constraintOID(i), classConstraint, 0, i.ConstraintComment)
		}
		for _, k := range t.Checks {
			comment(k.OID, classConstraint, 0, k.Comment)
		}
		for _, k := range t.Foreign {
			comment(k.OID, classConstraint, 0, k.Comment)
		}
		for _, p := range t.Policies {
			comment(p.OID, classPolicy, 0, p.Comment)
		}
	}
	for _, v := range s.once.views {
		comment(v.OID, classClass, 0, v.Comment)
		columns(v.OID, v.Columns)
	}
	for _, tr := range s.triggers() {
		comment(tr.OID, classTrigger, 0, tr.Comment)
	}
	for _, st := range s.extended() {
		comment(st.OID, classStatistics, 0, st.Comment)
	}
	for _, r := range s.rules() {
		comment(r.OID, classRewrite, 0, r.Comment)
	}
	for _, t := range s.once.types {
		comment(t.OID, classType, 0, t.Comment)
		for _, k := range t.Checks {
			comment(k.OID, classConstraint, 0, k.Comment)
		}
		for i, a := range t.Attributes {
			comment(compositeRelation(t), classClass, i+1, a.Comment)
		}
	}
	for _, q := range s.once.sequences {
		comment(q.OID, classClass, 0, q.Comment)
	}
}

func sharedDescriptionRows(s *Snapshot, out *rows) {
	for _, d := range s.databases() {
		if d.Comment != "" {
			out.add("objoid", d.OID, "classoid", classDatabase, "description", d.Comment)
		}
	}
	for _, r := range s.roles() {
		if r.Comment != "" {
			out.add("objoid", r.OID, "classoid", classAuthID, "description", r.Comment)
		}
	}
}

// description is obj_description() and col_description(); class 0 is any.
func (s *Snapshot) description(oid, class catalog.OID, column int64) types.Datum {
	return s.comment("pg_description", oid, class, column)
}

// sharedDescription is shobj_description().
func (s *Snapshot) sharedDescription(oid, class catalog.OID) types.Datum {
	return s.comment("pg_shdescription", oid, class, 0)
}

func (s *Snapshot) comment(relationName string, oid, class catalog.OID, column int64) types.Datum {
	r := find("pg_catalog." + relationName)
	for _, set := range []*set{r.builtinSet(), s.set(r)} {
		for _, row := range set.lookup(r.columns["objoid"], types.Int(int64(oid))) {
			if class != 0 && catalog.OID(row[r.columns["classoid"]].Int()) != class {
				continue
			}
			if at, ok := r.columns["objsubid"]; ok && row[at].Int() != column {
				continue
			}
			return row[r.columns["description"]]
		}
	}
	return types.Null
}
