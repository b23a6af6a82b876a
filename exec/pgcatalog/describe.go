package pgcatalog

import (
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Describe is pg_describe_object(): what messages call an object, as the search path finds
// it; empty for one that is not there.
func (r *Reader) Describe(a Address) string { return r.describe(a.Class, a.OID, a.Column) }

func (r *Reader) describe(class, oid catalog.OID, column int) string {
	if d, ok := r.Catalog.Get(oid).(catalog.Defined); ok && classOfDefined(d) == class {
		return r.describeDefined(d)
	}
	if c, ok := namedClasses[class]; ok {
		return r.describeNamed(c, oid)
	}
	if c, ok := partClasses[class]; ok {
		at, there := r.row(c.relation, oid)
		if !there {
			return ""
		}
		return c.kind + " " + at(c.name).Str() + " on " + r.describeRelation(oidArg(at(c.of)), 0)
	}
	switch class {
	case classClass:
		return r.describeRelation(oid, column)
	case classType:
		if name, ok := r.typeName(oid); ok {
			return "type " + name
		}
	case classProc:
		if f, ok := r.Catalog.Get(oid).(*catalog.Routine); ok {
			name, _ := r.RegOut(types.RegProcedure, f.OID)
			return "function " + name
		}
		if f := expr.FunctionByOID(oid); f != nil {
			return "function " + r.functionSignature(f)
		}
	case classConstraint:
		at, there := r.row("pg_constraint", oid)
		if !there {
			return ""
		}
		on := ""
		if relation := oidArg(at("conrelid")); relation != 0 {
			on = " on " + r.describeRelation(relation, 0)
		}
		return "constraint " + at("conname").Str() + on
	case classAttrdef:
		if at, there := r.row("pg_attrdef", oid); there {
			return "default value for " + r.describeRelation(oidArg(at("adrelid")), int(at("adnum").Int()))
		}
	}
	return r.describeOther(class, oid)
}

// describeNamed describes what is told by a name.
func (r *Reader) describeNamed(c namedClass, oid catalog.OID) string {
	at, there := r.row(c.relation, oid)
	if !there {
		return ""
	}
	name := at(c.name).Str()
	if c.schema != "" {
		name = expr.QuoteIdent(name)
	}
	if c.schema != "" && !r.schemaVisible(oidArg(at(c.schema))) {
		name = r.quotedSchema(at(c.schema)) + "." + name
	}
	return c.kind + " " + name
}

// defaultWords are the targets of default privileges as descriptions have them.
var defaultWords = map[byte]string{'r': "relations", 'S': "sequences", 'f': "functions", 'T': "types", 'n': "schemas"}

// describeOther describes what is told by more than a name.
func (r *Reader) describeOther(class, oid catalog.OID) string {
	name := func(t catalog.OID) string {
		text, _ := r.formatType(t, types.NoTypmod)
		return text
	}
	switch class {
	case 2605:
		if at, there := r.row("pg_cast", oid); there {
			return "cast from " + name(oidArg(at("castsource"))) + " to " + name(oidArg(at("casttarget")))
		}
	case 2613:
		if r.hasLargeObject(oid) {
			return "large object " + decimalOID(oid)
		}
	case classOperator:
		if text, ok := r.RegOut(types.RegOperator, oid); ok {
			return "operator " + text
		}
	case classOpclass:
		if at, there := r.row("pg_opclass", oid); there {
			return "operator class " + r.methodName(at("opcname").Str(), at("opcnamespace"), at("opcmethod"))
		}
	case 2753:
		if at, there := r.row("pg_opfamily", oid); there {
			return "operator family " + r.methodName(at("opfname").Str(), at("opfnamespace"), at("opfmethod"))
		}
	case 2602:
		if at, there := r.row("pg_amop", oid); there {
			operator, _ := r.RegOut(types.RegOperator, oidArg(at("amopopr")))
			return "operator " + strconv.FormatInt(at("amopstrategy").Int(), 10) + " (" + name(oidArg(at("amoplefttype"))) + ", " + name(oidArg(at("amoprighttype"))) + ") of " +
				r.describe(2753, oidArg(at("amopfamily")), 0) + ": " + operator
		}
	case 2603:
		if at, there := r.row("pg_amproc", oid); there {
			function, _ := r.RegOut(types.RegProcedure, oidArg(at("amproc")))
			return "function " + strconv.FormatInt(at("amprocnum").Int(), 10) + " (" + name(oidArg(at("amproclefttype"))) + ", " + name(oidArg(at("amprocrighttype"))) + ") of " +
				r.describe(2753, oidArg(at("amprocfamily")), 0) + ": " + function
		}
	case classPublished, classPublishedSchema:
		return r.describePublished(oid)
	case 826:
		if d, ok := r.Catalog.Get(oid).(*catalog.DefaultACL); ok {
			text := "default privileges on new " + defaultWords[d.Kind] + " belonging to role " + expr.QuoteIdent(r.roleName(d.Role))
			if d.Schema != 0 {
				text += " in schema " + expr.QuoteIdent(r.schemaName(d.Schema))
			}
			return text
		}
	}
	return ""
}

// methodName is the name of an operator class or family with its access method.
func (r *Reader) methodName(name string, schema, method types.Datum) string {
	text := expr.QuoteIdent(name)
	if !r.schemaVisible(oidArg(schema)) {
		text = r.quotedSchema(schema) + "." + text
	}
	if at, there := r.row("pg_am", oidArg(method)); there {
		text += " for access method " + at("amname").Str()
	}
	return text
}

func (r *Reader) describeRelation(oid catalog.OID, column int) string {
	what := ""
	switch o := r.Catalog.Get(oid).(type) {
	case *catalog.Table:
		what = o.Word() + " " + r.relationName(o)
	case *catalog.View:
		what = "view " + r.relationName(o)
	case *catalog.Sequence:
		what = "sequence " + r.relationName(o)
	default:
		if t, i := r.Catalog.IndexByOID(oid); i != nil {
			what = "index " + r.indexName(t, i)
		} else if v := virtualByOID(oid); v != nil && v.Stored {
			what = "table " + r.relationName(v)
		} else if v != nil {
			what = "view " + r.relationName(v)
		}
	}
	if what == "" || column == 0 {
		return what
	}
	rel := find("pg_catalog.pg_attribute")
	for _, row := range r.set(rel).lookup(rel.columns["attrelid"], datum(oid)) {
		if int(row[rel.columns["attnum"]].Int()) == column {
			return "column " + row[rel.columns["attname"]].Str() + " of " + what
		}
	}
	return ""
}

// indexName is an index's name, qualified unless the search path finds it.
func (r *Reader) indexName(t *catalog.Table, i *catalog.Index) string {
	if r.relationVisible(i.OID, t.Schema, i.Name) {
		return expr.QuoteIdent(i.Name)
	}
	return r.qualified(t.Schema, i.Name)
}

// functionSignature is regprocedure's output: name(argument types).
func (r *Reader) functionSignature(f *expr.Function) string {
	args := make([]string, len(f.Args))
	for i, a := range f.Args {
		args[i] = a.SQLName
	}
	return expr.QuoteIdent(f.Name) + "(" + strings.Join(args, ",") + ")"
}

// typeName is regtype's output.
func (r *Reader) typeName(oid catalog.OID) (string, bool) { return r.formatType(oid, -1) }
