package pgcatalog

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Publications and subscriptions.

// OIDs of their catalogs.
const (
	classPublication     types.OID = 6104
	classPublished       types.OID = 6106
	classPublishedSchema types.OID = 6237
	classSubscription    types.OID = 6100
)

func init() {
	makes("pg_publication", func(s *Snapshot, out *rows) {
		for _, p := range definedOf[*catalog.Publication](s) {
			out.add("oid", p.OID, "pubname", p.Name, "pubowner", p.Owner, "puballtables", p.AllTables, "pubinsert", p.Insert, "pubupdate", p.Update,
				"pubdelete", p.Delete, "pubtruncate", p.Truncate, "pubviaroot", p.ViaRoot)
		}
	})
	makes("pg_publication_rel", func(s *Snapshot, out *rows) {
		for _, p := range definedOf[*catalog.Publication](s) {
			for _, of := range p.Tables {
				pairs := []any{"oid", of.OID, "prpubid", p.OID, "prrelid", of.Table}
				out.add(append(pairs, "prqual", s.publishedWhere(of), "prattrs", publishedList(of))...)
			}
		}
	})
	makes("pg_publication_namespace", func(s *Snapshot, out *rows) {
		for _, p := range definedOf[*catalog.Publication](s) {
			for _, of := range p.Schemas {
				out.add("oid", of.OID, "pnpubid", p.OID, "pnnspid", of.Schema)
			}
		}
	})
	makes("pg_publication_tables", func(s *Snapshot, out *rows) {
		for _, p := range definedOf[*catalog.Publication](s) {
			for _, t := range s.published(p) {
				of := publishedAs(p, t)
				var columns []string
				for _, c := range t.Columns {
					if of == nil || of.Columns == nil || slices.Contains(of.Columns, c.Num) {
						columns = append(columns, c.Name)
					}
				}
				out.add("pubname", p.Name, "schemaname", s.schemaName(t.Schema), "tablename", t.Name, "attnames", columns, "rowfilter", s.publishedWhere(of))
			}
		}
	})
	makes("pg_subscription", func(s *Snapshot, out *rows) {
		for o := range s.Catalog.All() {
			v, ok := o.(*catalog.Subscription)
			if !ok {
				continue
			}
			out.add("oid", v.OID, "subdbid", v.Within, "subskiplsn", types.Int(int64(v.Skip)), "subname", v.Name, "subowner", v.Owner, "subenabled", v.Enabled, "subbinary", v.Binary,
				"substream", v.Streaming, "subtwophasestate", v.TwoPhase, "subdisableonerr", v.DisableOnError, "subconninfo", v.Connection, "subslotname", orNull(v.Slot),
				"subsynccommit", v.SynchronousCommit, "subpublications", v.Publications)
		}
	})
	makes("pg_stat_subscription", func(s *Snapshot, out *rows) {
		for _, v := range definedOf[*catalog.Subscription](s) {
			out.add("subid", v.OID, "subname", v.Name)
		}
	})
	makes("pg_stat_subscription_stats", func(s *Snapshot, out *rows) {
		for _, v := range definedOf[*catalog.Subscription](s) {
			out.counted("subid", v.OID, "subname", v.Name)
		}
	})
	functions["pg_relation_is_publishable"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		oid := oidArg(a[0])
		if t := r.Catalog.Table(oid); t != nil {
			return types.Bool(t.Publishable() && t.Query == nil), nil
		}
		if _, there := r.row("pg_class", oid); !there {
			return types.Null, nil
		}
		return types.Bool(false), nil
	}
	functions["pg_get_publication_tables"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		p, _ := r.Catalog.Defined(catalog.ClassPublication, r.Database.OID, a[0].Str()).(*catalog.Publication)
		if p == nil {
			return types.Null, sqlerr.New(sqlerr.UndefinedObject, `publication "%s" does not exist`, a[0].Str())
		}
		var list []types.Datum
		for _, t := range r.published(p) {
			of := publishedAs(p, t)
			list = append(list, record([]string{"relid", "attrs", "qual"}, []*types.Type{types.Oid, types.Int2Vector, types.PGNodeTree}, t.OID, publishedList(of), r.publishedWhere(of)))
		}
		return types.ArrayDatum(types.RecordType, list), nil
	}
}

// publishedWhere is the condition on a table of a publication, or NULL.
func (s *Snapshot) publishedWhere(of *catalog.PublishedTable) any {
	if of == nil || of.Where == "" {
		return nil
	}
	t := s.Catalog.Table(of.Table)
	if t == nil {
		return nil
	}
	return s.expression(t, of.Where, nil)
}

// publishedList is the list of a table's columns in a publication, or NULL.
func publishedList(of *catalog.PublishedTable) any {
	if of == nil || of.Columns == nil {
		return nil
	}
	var list []int64
	for _, num := range of.Columns {
		list = append(list, int64(num))
	}
	return vector(types.Int2, list)
}

// publishedAs is what a publication says of a table by its name, if that counts.
func publishedAs(p *catalog.Publication, t *catalog.Table) *catalog.PublishedTable {
	if p.AllTables || p.HasSchema(t.Schema) {
		return nil
	}
	return p.Table(t.OID)
}

// published lists the tables whose changes a publication sends: those that have rows or,
// with publish_via_partition_root, those that stand for them.
func (s *Snapshot) published(p *catalog.Publication) (list []*catalog.Table) {
	s.objects()
	add := func(t *catalog.Table) {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	named := func(t *catalog.Table) {
		if t.Key == nil || p.ViaRoot {
			add(t)
			return
		}
		for _, leaf := range s.Catalog.Heirs(t) {
			if leaf.Key == nil {
				add(leaf)
			}
		}
	}
	if p.AllTables {
		for _, t := range s.once.tables {
			if t.Publishable() && t.Query == nil && (p.ViaRoot && t.Bound == nil || !p.ViaRoot && t.Key == nil) {
				add(t)
			}
		}
		return list
	}
	for _, of := range p.Tables {
		if t := s.Catalog.Table(of.Table); t != nil {
			named(t)
		}
	}
	for _, t := range s.once.tables {
		if p.HasSchema(t.Schema) && t.Publishable() && t.Query == nil {
			named(t)
		}
	}
	if !p.ViaRoot {
		return list
	}
	all := slices.Clone(list)
	return slices.DeleteFunc(list, func(t *catalog.Table) bool {
		return slices.ContainsFunc(s.Catalog.Ancestors(t), func(up *catalog.Table) bool { return slices.Contains(all, up) })
	})
}

// publicationMember finds the table or schema of a publication that has an OID: the
// publication, and which of the two it is.
func (s *Snapshot) publicationMember(oid catalog.OID) (p *catalog.Publication, t *catalog.PublishedTable, sc *catalog.PublishedSchema) {
	for _, p := range definedOf[*catalog.Publication](s) {
		for _, of := range p.Tables {
			if of.OID == oid {
				return p, of, nil
			}
		}
		for _, of := range p.Schemas {
			if of.OID == oid {
				return p, nil, of
			}
		}
	}
	return nil, nil, nil
}

// describePublished is pg_describe_object() of such a member.
func (r *Reader) describePublished(oid catalog.OID) string {
	p, t, sc := r.publicationMember(oid)
	switch {
	case t != nil:
		return "publication of " + r.describeRelation(t.Table, 0) + " in publication " + p.Name
	case sc != nil:
		return "publication of schema " + r.schemaName(sc.Schema) + " in publication " + p.Name
	}
	return ""
}

// identifyPublished is pg_identify_object() of one.
func (r *Reader) identifyPublished(id *Identity, oid catalog.OID) {
	p, t, sc := r.publicationMember(oid)
	switch {
	case t != nil:
		of, _ := r.Identify(Address{Class: classClass, OID: t.Table})
		id.Text, id.Names, id.Args = of.Text+" in publication "+p.Name, of.Names, []string{p.Name}
	case sc != nil:
		name := r.schemaName(sc.Schema)
		id.Text, id.Names, id.Args = expr.QuoteIdent(name)+" in publication "+p.Name, []string{name}, []string{p.Name}
	}
}

// publishedAddress finds one by the names of its table or schema and of its publication.
func (r *Reader) publishedAddress(class types.OID, names, args []string) (Address, error) {
	var table *catalog.Table
	var sc *catalog.Schema
	if class == classPublished {
		oid, err := r.relationNamed(names, false)
		if err != nil {
			return Address{}, err
		}
		table = r.Catalog.Table(oid)
	} else if sc = r.Catalog.Schema(r.Database.OID, names[0]); sc == nil {
		return Address{}, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, names[0])
	}
	p, _ := r.Catalog.Defined(catalog.ClassPublication, r.Database.OID, args[0]).(*catalog.Publication)
	if p == nil {
		return Address{}, sqlerr.New(sqlerr.UndefinedObject, `publication "%s" does not exist`, args[0])
	}
	if class == classPublished {
		if table != nil && p.Table(table.OID) != nil {
			return Address{class, p.Table(table.OID).OID, 0}, nil
		}
		return Address{}, sqlerr.New(sqlerr.UndefinedObject, `publication relation "%s" in publication "%s" does not exist`, names[len(names)-1], args[0])
	}
	for _, of := range p.Schemas {
		if of.Schema == sc.OID {
			return Address{class, of.OID, 0}, nil
		}
	}
	return Address{}, sqlerr.New(sqlerr.UndefinedObject, `publication schema "%s" in publication "%s" does not exist`, names[0], args[0])
}

// publicationDepends adds pg_depend's rows about publications.
func (s *Snapshot) publicationDepends(on edge) {
	if s.part == ofObject {
		return
	}
	for _, p := range definedOf[*catalog.Publication](s) {
		for _, of := range p.Tables {
			on(classPublished, of.OID, classPublication, p.OID, 0, 'a')
			on(classPublished, of.OID, classClass, of.Table, 0, 'a')
			for _, num := range of.Columns {
				on(classPublished, of.OID, classClass, of.Table, int(num), 'n')
			}
		}
		for _, of := range p.Schemas {
			on(classPublishedSchema, of.OID, classPublication, p.OID, 0, 'a')
			on(classPublishedSchema, of.OID, classNamespace, of.Schema, 0, 'a')
		}
	}
}
