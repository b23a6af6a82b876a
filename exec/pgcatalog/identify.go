package pgcatalog

import (
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Address is what pg_depend and its kin call an object: the catalog that lists it, its OID
// there and, of a column, its number.
type Address struct {
	Class, OID catalog.OID
	Column     int
}

// Identity is what an object is, whatever the search path: what pg_identify_object() and
// pg_identify_object_as_address() tell of it.
type Identity struct {
	// Kind is what pg_get_object_address() calls it.
	Kind string
	// Schema and Name, quoted where needed, are empty where the object has none, or where
	// the name does not tell it from others.
	Schema, Name string
	// In and Is are the same without quotes; In is what it lies in even so.
	In, Is string
	// Text is the identity in words; empty: the object is not there.
	Text string
	// Names and Args are what pg_get_object_address() finds it by.
	Names, Args []string
}

// namedClass is a class whose objects are told by a name, in a schema or alone.
type namedClass struct {
	kind, relation string
	// columns of the name and, unless it is empty, the schema.
	name, schema string
}

var namedClasses = map[types.OID]namedClass{
	classNamespace:  {"schema", "pg_namespace", "nspname", ""},
	classAuthID:     {"role", "pg_authid", "rolname", ""},
	classDatabase:   {"database", "pg_database", "datname", ""},
	classTablespace: {"tablespace", "pg_tablespace", "spcname", ""},
	classLanguage:   {"language", "pg_language", "lanname", ""},
	classExtension:  {"extension", "pg_extension", "extname", ""},
	classAM:         {"access method", "pg_am", "amname", ""},
	classWrapper:    {"foreign-data wrapper", "pg_foreign_data_wrapper", "fdwname", ""},
	classServer:     {"server", "pg_foreign_server", "srvname", ""},
	3466:            {"event trigger", "pg_event_trigger", "evtname", ""},
	6104:            {"publication", "pg_publication", "pubname", ""},
	6100:            {"subscription", "pg_subscription", "subname", ""},
	2607:            {"conversion", "pg_conversion", "conname", "connamespace"},
	classCollation:  {"collation", "pg_collation", "collname", "collnamespace"},
	classStatistics: {"statistics object", "pg_statistic_ext", "stxname", "stxnamespace"},
	3601:            {"text search parser", "pg_ts_parser", "prsname", "prsnamespace"},
	3764:            {"text search template", "pg_ts_template", "tmplname", "tmplnamespace"},
	3600:            {"text search dictionary", "pg_ts_dict", "dictname", "dictnamespace"},
	3602:            {"text search configuration", "pg_ts_config", "cfgname", "cfgnamespace"},
}

// partClass is a class whose objects are parts of a relation that have a name there.
type partClass struct{ kind, relation, name, of string }

var partClasses = map[types.OID]partClass{
	classRewrite: {"rule", "pg_rewrite", "rulename", "ev_class"},
	classTrigger: {"trigger", "pg_trigger", "tgname", "tgrelid"},
	classPolicy:  {"policy", "pg_policy", "polname", "polrelid"},
}

// otherClasses are what else can be identified, by what it is called.
var otherClasses = map[types.OID]string{
	classClass: "relation", classProc: "routine", classType: "type", 2605: "cast", classConstraint: "constraint", classAttrdef: "default value",
	2613: "large object", classOperator: "operator", classOpclass: "operator class", 2753: "operator family", 2602: "operator of access method", 2603: "function of access method",
	classMapping: "user mapping", 826: "default acl", 6106: "publication relation", 6237: "publication namespace", 3576: "transform", 6243: "parameter ACL",
}

// row gives a column of the row with an OID; ok is false if there is none.
func (r *Reader) row(relation string, oid catalog.OID) (at func(column string) types.Datum, ok bool) {
	rel, row := r.one(relation, oid)
	if row == nil {
		return nil, false
	}
	return func(column string) types.Datum { return row[rel.columns[column]] }, true
}

// Identify tells what an object is; ok is false for a class that there is none of.
func (r *Reader) Identify(a Address) (id Identity, ok bool) {
	if c, found := namedClasses[a.Class]; found {
		return r.identifyNamed(c, a), true
	}
	if c, found := partClasses[a.Class]; found {
		id.Kind = c.kind
		if at, there := r.row(c.relation, a.OID); there {
			r.partOf(&id, at(c.name).Str(), oidArg(at(c.of)))
		}
		return id, true
	}
	kind := otherClasses[a.Class]
	if id.Kind = kind; kind == "" {
		return id, false
	}
	switch a.Class {
	case classClass:
		r.identifyRelation(&id, a)
	case classProc:
		r.identifyRoutine(&id, a.OID)
	case classType:
		if text := r.qualifiedType(a.OID); text != "" {
			id.Text, id.Names = text, []string{text}
			if at, there := r.row("pg_type", a.OID); there {
				id.In, id.Is = r.stableSchema(oidArg(at("typnamespace"))), at("typname").Str()
				id.Schema, id.Name = expr.QuoteIdent(id.In), expr.QuoteIdent(id.Is)
			}
		}
	case classConstraint:
		r.identifyConstraint(&id, a.OID)
	case classAttrdef:
		if at, there := r.row("pg_attrdef", a.OID); there {
			column, _ := r.Identify(Address{classClass, oidArg(at("adrelid")), int(at("adnum").Int())})
			id.Text, id.Names = "for "+column.Text, column.Names
		}
	default:
		r.identifyOther(&id, a.OID, a.Class)
	}
	return id, true
}

func (r *Reader) quotedSchema(oid types.Datum) string {
	return expr.QuoteIdent(r.stableSchema(oidArg(oid)))
}

func (r *Reader) identifyNamed(c namedClass, a Address) (id Identity) {
	id.Kind = c.kind
	at, there := r.row(c.relation, a.OID)
	if !there {
		return id
	}
	name := at(c.name).Str()
	id.Name, id.Text, id.Names, id.Is = expr.QuoteIdent(name), expr.QuoteIdent(name), []string{name}, name
	if c.schema != "" {
		schema := r.schemaName(oidArg(at(c.schema)))
		id.In = schema
		id.Schema = expr.QuoteIdent(schema)
		id.Text, id.Names = id.Schema+"."+id.Text, []string{schema, name}
	}
	return id
}

// stableSchema is a schema's name; that of the session's temporary relations is pg_temp.
func (r *Reader) stableSchema(oid catalog.OID) string {
	if oid == r.Env.TempSchema && oid != 0 {
		return "pg_temp"
	}
	return r.schemaName(oid)
}

// partOf identifies a part of a relation.
func (r *Reader) partOf(id *Identity, name string, relation catalog.OID) {
	of, _ := r.Identify(Address{Class: classClass, OID: relation})
	id.Text = expr.QuoteIdent(name) + " on " + of.Text
	id.Names = append(append([]string(nil), of.Names...), name)
}

// relationKinds are pg_class.relkind in words.
var relationKinds = map[byte]string{'r': "table", 'p': "table", 'i': "index", 'I': "index", 'S': "sequence", 't': "toast table", 'v': "view", 'm': "materialized view", 'c': "composite type", 'f': "foreign table"}

func (r *Reader) identifyRelation(id *Identity, a Address) {
	at, there := r.row("pg_class", a.OID)
	if there {
		id.Kind = relationKinds[byte(at("relkind").Int())]
	}
	column := ""
	if a.Column != 0 {
		if !there {
			id.Kind = "relation column"
			return
		}
		id.Kind += " column"
		rel := find("pg_catalog.pg_attribute")
		for _, set := range []*set{rel.builtinSet(), r.set(rel)} {
			for _, row := range set.lookup(rel.columns["attrelid"], datum(a.OID)) {
				if int(row[rel.columns["attnum"]].Int()) == a.Column {
					column = row[rel.columns["attname"]].Str()
				}
			}
		}
		if column == "" {
			return
		}
	}
	if !there {
		return
	}
	schema, name := r.stableSchema(oidArg(at("relnamespace"))), at("relname").Str()
	id.Schema, id.Name, id.Names, id.In, id.Is = expr.QuoteIdent(schema), expr.QuoteIdent(name), []string{schema, name}, schema, name
	id.Text = id.Schema + "." + id.Name
	if column != "" {
		id.Text += "." + expr.QuoteIdent(column)
		id.Names = append(id.Names, column)
	}
}

func (r *Reader) identifyRoutine(id *Identity, oid catalog.OID) {
	p := r.proc(oid)
	if p == nil {
		return
	}
	switch p.kind {
	case 'a':
		id.Kind = "aggregate"
	case 'p':
		id.Kind = "procedure"
	default:
		id.Kind = "function"
	}
	schema := r.schemaName(p.schema)
	id.In, id.Schema, id.Names, id.Args = schema, expr.QuoteIdent(schema), []string{schema, p.name}, []string{}
	for _, in := range p.inputs {
		id.Args = append(id.Args, r.qualifiedType(in))
	}
	id.Text = id.Schema + "." + expr.QuoteIdent(p.name) + "(" + strings.Join(id.Args, ",") + ")"
}

func (r *Reader) identifyConstraint(id *Identity, oid catalog.OID) {
	at, there := r.row("pg_constraint", oid)
	if !there {
		return
	}
	name := at("conname").Str()
	id.In, id.Schema = r.stableSchema(oidArg(at("connamespace"))), r.quotedSchema(at("connamespace"))
	if relation := oidArg(at("conrelid")); relation != 0 {
		id.Kind = "table constraint"
		r.partOf(id, name, relation)
		return
	}
	of := r.qualifiedType(oidArg(at("contypid")))
	id.Kind, id.Text, id.Names, id.Args = "domain constraint", expr.QuoteIdent(name)+" on "+of, []string{of}, []string{name}
}

// qualifiedType is a type's name that every search path finds; empty if there is none.
func (r *Reader) qualifiedType(oid catalog.OID) string {
	t := types.ByOID(oid)
	switch {
	case t != nil && t.IsArray() && strings.HasPrefix(t.Name, "_"):
		return r.qualifiedType(t.Elem.OID) + "[]"
	case t == types.Bit || t == types.Numeric || t == types.IntervalType:
		return t.Name
	case t != nil && t.SQLName != t.Name && t != types.Char:
		return t.SQLName
	case t != nil:
		return "pg_catalog." + expr.QuoteIdent(t.Name)
	}
	if u := r.Catalog.UserType(oid); u != nil {
		name := r.qualified(u.Schema, u.Name)
		if oid == u.Array {
			name += "[]"
		}
		return name
	}
	if rel, array := r.relationOfRowType(oid); rel != nil {
		name := expr.QuoteIdent(r.stableSchema(rel.Parent())) + "." + expr.QuoteIdent(rel.ObjectName())
		if array {
			name += "[]"
		}
		return name
	}
	name, _ := r.formatType(oid, types.NoTypmod)
	return name
}

// identifyOther identifies what is told by more than a name.
func (r *Reader) identifyOther(id *Identity, oid, class catalog.OID) {
	switch class {
	case 2605:
		if at, there := r.row("pg_cast", oid); there {
			from, to := r.qualifiedType(oidArg(at("castsource"))), r.qualifiedType(oidArg(at("casttarget")))
			id.Text, id.Names, id.Args = "("+from+" AS "+to+")", []string{from}, []string{to}
		}
	case 2613:
		if r.hasLargeObject(oid) {
			id.Text = decimalOID(oid)
			id.Names = []string{id.Text}
		}
	case classOperator:
		if at, there := r.row("pg_operator", oid); there {
			r.identifyOperator(id, at)
		}
	case classOpclass:
		if at, there := r.row("pg_opclass", oid); there {
			r.ofMethod(id, at("opcname").Str(), at("opcnamespace"), at("opcmethod"))
		}
	case 2753:
		if at, there := r.row("pg_opfamily", oid); there {
			r.ofMethod(id, at("opfname").Str(), at("opfnamespace"), at("opfmethod"))
		}
	case 2602:
		if at, there := r.row("pg_amop", oid); there {
			r.ofFamily(id, "operator", at("amopfamily"), at("amopstrategy"), at("amoplefttype"), at("amoprighttype"))
		}
	case 2603:
		if at, there := r.row("pg_amproc", oid); there {
			r.ofFamily(id, "function", at("amprocfamily"), at("amprocnum"), at("amproclefttype"), at("amprocrighttype"))
		}
	case classMapping:
		if m, ok := r.Catalog.Get(oid).(*catalog.UserMapping); ok {
			user, server := catalog.MappedName(r.Catalog, m), r.Catalog.ForeignServerByOID(m.Server).Name
			id.Text, id.Names, id.Args = expr.QuoteIdent(user)+" on server "+server, []string{user}, []string{server}
		}
	case 826:
		if d, ok := r.Catalog.Get(oid).(*catalog.DefaultACL); ok {
			r.identifyDefaults(id, d)
		}
	}
}

func (r *Reader) identifyOperator(id *Identity, at func(string) types.Datum) {
	schema := r.schemaName(oidArg(at("oprnamespace")))
	id.In, id.Schema, id.Names = schema, expr.QuoteIdent(schema), []string{schema, at("oprname").Str()}
	for _, side := range []string{"oprleft", "oprright"} {
		operand := "-"
		if oidArg(at(side)) != 0 {
			operand = r.qualifiedType(oidArg(at(side)))
		}
		id.Args = append(id.Args, operand)
	}
	id.Text = id.Schema + "." + id.Names[1] + "(" + strings.Replace(strings.Join(id.Args, ","), "-,", "NONE,", 1) + ")"
	if strings.HasPrefix(id.Args[0], "-") {
		id.Text = id.Schema + "." + id.Names[1] + "(NONE," + id.Args[1] + ")"
	}
}

// ofMethod identifies an operator class or family.
func (r *Reader) ofMethod(id *Identity, name string, schema, method types.Datum) {
	am := ""
	if at, there := r.row("pg_am", oidArg(method)); there {
		am = at("amname").Str()
	}
	in := r.schemaName(oidArg(schema))
	id.Schema, id.Name, id.Names, id.In, id.Is = expr.QuoteIdent(in), expr.QuoteIdent(name), []string{am, in, name}, in, name
	id.Text = id.Schema + "." + id.Name + " USING " + expr.QuoteIdent(am)
}

// ofFamily identifies an operator or a function of an operator family.
func (r *Reader) ofFamily(id *Identity, word string, family, number, left, right types.Datum) {
	f, _ := r.Identify(Address{Class: 2753, OID: oidArg(family)})
	n := strconv.FormatInt(number.Int(), 10)
	id.Args = []string{r.qualifiedType(oidArg(left)), r.qualifiedType(oidArg(right))}
	id.Names = append(append([]string(nil), f.Names...), n)
	id.Text = word + " " + n + " (" + strings.Join(id.Args, ", ") + ") of " + f.Text
}

// defaultTargets are the kinds of default privileges in words.
var defaultTargets = map[byte]string{'r': "tables", 'S': "sequences", 'f': "functions", 'T': "types", 'n': "schemas"}

func (r *Reader) identifyDefaults(id *Identity, d *catalog.DefaultACL) {
	role := r.roleName(d.Role)
	id.Text, id.Names, id.Args = "for role "+expr.QuoteIdent(role), []string{role}, []string{string(rune(d.Kind))}
	if d.Schema != 0 {
		schema := r.schemaName(d.Schema)
		id.Text += " in schema " + expr.QuoteIdent(schema)
		id.Names = append(id.Names, schema)
	}
	id.Text += " on " + defaultTargets[d.Kind]
}

func decimalOID(oid catalog.OID) string { return strconv.FormatUint(uint64(oid), 10) }

func (r *Reader) hasLargeObject(oid catalog.OID) bool {
	return r.LargeObject != nil && r.LargeObject(oid)
}
