package pgcatalog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_identify_object(), pg_identify_object_as_address() and pg_get_object_address(), which
// is the inverse of the second.

func init() {
	identified := func(r *Reader, a []types.Datum) Identity {
		id, ok := r.Identify(Address{oidArg(a[0]), oidArg(a[1]), int(a[2].Int())})
		if !ok {
			return Identity{}
		}
		return id
	}
	known := func(a []types.Datum, id Identity) error {
		if id.Kind == "" {
			return sqlerr.New(sqlerr.InternalError, "unsupported object class: %d", oidArg(a[0]))
		}
		return nil
	}
	functions["pg_identify_object"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		id := identified(r, a)
		return record([]string{"type", "schema", "name", "identity"}, []*types.Type{types.Text, types.Text, types.Text, types.Text},
			id.Kind, orNull(id.Schema), orNull(id.Name), orNull(id.Text)), known(a, id)
	}
	functions["pg_identify_object_as_address"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		id := identified(r, a)
		var names, args any
		if id.Text != "" {
			names, args = nonNil(id.Names), nonNil(id.Args)
		}
		return record([]string{"type", "object_names", "object_args"}, []*types.Type{types.Text, types.Text.Array, types.Text.Array}, id.Kind, names, args), known(a, id)
	}
	functions["pg_get_object_address"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		names, err := textList(a[1])
		if err != nil {
			return types.Null, err
		}
		args, err := textList(a[2])
		if err != nil {
			return types.Null, err
		}
		at, err := r.address(a[0].Str(), names, args)
		return record([]string{"classid", "objid", "objsubid"}, []*types.Type{types.Oid, types.Oid, types.Int4}, at.Class, at.OID, at.Column), err
	}
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// record makes a row of named columns.
func record(names []string, of []*types.Type, values ...any) types.Datum {
	r := &types.Record{Names: names, Types: of}
	for _, v := range values {
		r.Values = append(r.Values, datum(v))
	}
	return types.Object(r)
}

func textList(d types.Datum) (list []string, err error) {
	for _, e := range d.Array().Elems {
		if e.IsNull() {
			return nil, invalid("name or argument lists may not contain nulls")
		}
		list = append(list, e.Str())
	}
	return list, nil
}

func invalid(format string, args ...any) error {
	return sqlerr.New(sqlerr.InvalidParameterValue, format, args...)
}

// relkinds are the kinds of relations that have addresses, with what a relation that is of
// another kind is not.
var relkinds = map[string]struct{ kinds, not string }{
	"table": {"rp", "a table"}, "index": {"iI", "an index"}, "sequence": {"S", "a sequence"}, "view": {"v", "a view"},
	"materialized view": {"m", "a materialized view"}, "foreign table": {"f", "a foreign table"},
}

// unaddressed are what objects may be called that have no address by names.
var unaddressed = []string{"toast table", "index column", "sequence column", "toast table column", "view column", "materialized view column"}

// listLengths checks how many names and arguments there are.
func listLengths(kind string, names, args []string) error {
	switch kind {
	case "type", "cast", "transform", "domain constraint", "large object", "user mapping", "publication namespace":
		if len(names) != 1 {
			return invalid("name list length must be exactly %d", 1)
		}
	case "operator class", "operator family":
		if len(names) < 2 {
			return invalid("name list length must be at least %d", 2)
		}
	case "operator of access method", "function of access method":
		if len(names) < 3 {
			return invalid("name list length must be at least %d", 3)
		}
	}
	switch kind {
	case "cast", "transform", "domain constraint", "user mapping", "publication namespace", "publication relation", "default acl":
		if len(args) != 1 {
			return invalid("argument list length must be exactly %d", 1)
		}
	case "operator", "operator of access method", "function of access method":
		if len(args) != 2 {
			return invalid("argument list length must be exactly %d", 2)
		}
	}
	if len(names) == 0 {
		return invalid("name list length must be at least %d", 1)
	}
	return nil
}

// address finds an object by what pg_identify_object_as_address() gives.
func (r *Reader) address(kind string, names, args []string) (Address, error) {
	if slices.Contains(unaddressed, kind) {
		return Address{}, invalid(`unsupported object type "%s"`, kind)
	}
	addressed := kindClass(kind)
	if addressed == 0 {
		return Address{}, invalid(`unrecognized object type "%s"`, kind)
	}
	if err := listLengths(kind, names, args); err != nil {
		return Address{}, err
	}
	if _, is := relkinds[strings.TrimSuffix(kind, " column")]; is {
		return r.relationAddress(kind, names)
	}
	if c, named := namedClasses[addressed]; named {
		return r.namedAddress(addressed, c, names)
	}
	switch kind {
	case "rule", "trigger", "policy", "table constraint":
		return r.partAddress(addressed, kind, names)
	case "default value":
		return r.defaultAddress(names)
	case "aggregate", "function", "procedure", "routine":
		return r.routineAddress(kind, names, args)
	}
	return r.otherAddress(addressed, kind, names, args)
}

// kindClass is the catalog that lists what is called by a kind; 0 if there is none.
func kindClass(kind string) types.OID {
	if _, is := relkinds[strings.TrimSuffix(kind, " column")]; is && (!strings.HasSuffix(kind, " column") || kind == "table column" || kind == "foreign table column") {
		return classClass
	}
	switch kind {
	case "aggregate", "function", "procedure", "routine":
		return classProc
	case "table constraint", "domain constraint":
		return classConstraint
	}
	for class, c := range namedClasses {
		if c.kind == kind {
			return class
		}
	}
	for class, c := range partClasses {
		if c.kind == kind {
			return class
		}
	}
	for class, word := range otherClasses {
		if word == kind {
			return class
		}
	}
	return 0
}

// schemas are where a name of one or two parts is looked for.
func (r *Reader) schemas(names []string) ([]catalog.OID, error) {
	switch len(names) {
	case 1:
		return r.path(), nil
	case 2:
		if sc := r.Catalog.Schema(r.Database.OID, names[0]); sc != nil {
			return []catalog.OID{sc.OID}, nil
		}
		return nil, nil
	}
	if len(names) == 3 && names[0] == r.Database.Name {
		return r.schemas(names[1:])
	}
	return nil, sqlerr.New(sqlerr.FeatureNotSupported, "cross-database references are not implemented: %s", strings.Join(names, "."))
}

// search finds the row of a catalog with a value in a column for which fits is true.
func (r *Reader) search(relation, column string, value types.Datum, fits func(at func(string) types.Datum) bool) catalog.OID {
	rel := find("pg_catalog." + relation)
	for _, set := range []*set{rel.builtinSet(), r.set(rel)} {
		for _, row := range set.lookup(rel.columns[column], value) {
			at := func(c string) types.Datum { return row[rel.columns[c]] }
			if fits(at) {
				return oidArg(at("oid"))
			}
		}
	}
	return 0
}

// inSchema is search along schemas.
func (r *Reader) inSchema(schemas []catalog.OID, relation, column, value, schema string, fits func(at func(string) types.Datum) bool) catalog.OID {
	for _, sc := range schemas {
		oid := r.search(relation, column, types.String(value), func(at func(string) types.Datum) bool {
			return oidArg(at(schema)) == sc && (fits == nil || fits(at))
		})
		if oid != 0 {
			return oid
		}
	}
	return 0
}

func (r *Reader) relationAddress(kind string, names []string) (Address, error) {
	of, column := kind, ""
	if rest, is := strings.CutSuffix(kind, " column"); is {
		of = rest
		if len(names) < 2 {
			return Address{}, sqlerr.New(sqlerr.SyntaxError, "column name must be qualified")
		}
		names, column = names[:len(names)-1], names[len(names)-1]
	}
	oid, err := r.relationNamed(names, column != "")
	if err != nil {
		return Address{}, err
	}
	at, _ := r.row("pg_class", oid)
	if want := relkinds[of]; !strings.Contains(want.kinds, string(rune(at("relkind").Int()))) && column == "" {
		return Address{}, sqlerr.New(sqlerr.WrongObjectType, `"%s" is not %s`, names[len(names)-1], want.not)
	}
	if column == "" {
		return Address{classClass, oid, 0}, nil
	}
	num, err := r.columnNumber(oid, names, column)
	return Address{classClass, oid, num}, err
}

// relationNamed finds a relation; of parts of one, a missing schema is an error of its own.
func (r *Reader) relationNamed(names []string, part bool) (catalog.OID, error) {
	schemas, err := r.schemas(names)
	if err != nil {
		return 0, sqlerr.New(sqlerr.FeatureNotSupported, `cross-database references are not implemented: "%s"`, strings.Join(names, "."))
	}
	if schemas == nil && part {
		return 0, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, names[0])
	}
	oid := r.inSchema(schemas, "pg_class", "relname", names[len(names)-1], "relnamespace", nil)
	if oid == 0 {
		return 0, sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, strings.Join(names, "."))
	}
	return oid, nil
}

func (r *Reader) columnNumber(relation catalog.OID, names []string, column string) (int, error) {
	rel := find("pg_catalog.pg_attribute")
	for _, set := range []*set{rel.builtinSet(), r.set(rel)} {
		for _, row := range set.lookup(rel.columns["attrelid"], datum(relation)) {
			if row[rel.columns["attname"]].Str() == column {
				return int(row[rel.columns["attnum"]].Int()), nil
			}
		}
	}
	return 0, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, column, strings.Join(names, "."))
}

func (r *Reader) namedAddress(class types.OID, c namedClass, names []string) (Address, error) {
	oid := catalog.OID(0)
	if c.schema == "" {
		if len(names) != 1 {
			return Address{}, sqlerr.New(sqlerr.SyntaxError, "name list length must be exactly %d", 1)
		}
		oid = r.search(c.relation, c.name, types.String(names[0]), func(func(string) types.Datum) bool { return true })
	} else {
		schemas, err := r.schemas(names)
		if err != nil {
			return Address{}, err
		}
		oid = r.inSchema(schemas, c.relation, c.name, names[len(names)-1], c.schema, nil)
	}
	if oid == 0 {
		code := sqlerr.UndefinedObject
		if c.kind == "schema" {
			code = sqlerr.InvalidSchemaName
		} else if c.kind == "database" {
			code = sqlerr.InvalidCatalogName
		}
		return Address{}, sqlerr.New(code, `%s "%s" does not exist`, c.kind, strings.Join(names, "."))
	}
	return Address{class, oid, 0}, nil
}

func (r *Reader) partAddress(class types.OID, kind string, names []string) (Address, error) {
	if len(names) < 2 {
		return Address{}, sqlerr.New(sqlerr.SyntaxError, "must specify relation and object name")
	}
	of, name := names[:len(names)-1], names[len(names)-1]
	relation, err := r.relationNamed(of, true)
	if err != nil {
		return Address{}, err
	}
	c := partClasses[class]
	word, to := kind, "table"
	if kind == "table constraint" {
		c, word = partClass{relation: "pg_constraint", name: "conname", of: "conrelid"}, "constraint"
	}
	if kind == "rule" {
		to = "relation"
	}
	oid := r.search(c.relation, c.of, datum(relation), func(at func(string) types.Datum) bool { return at(c.name).Str() == name })
	if oid == 0 {
		return Address{}, sqlerr.New(sqlerr.UndefinedObject, `%s "%s" for %s "%s" does not exist`, word, name, to, of[len(of)-1])
	}
	return Address{class, oid, 0}, nil
}

func (r *Reader) defaultAddress(names []string) (Address, error) {
	if len(names) < 2 {
		return Address{}, sqlerr.New(sqlerr.SyntaxError, "column name must be qualified")
	}
	of, column := names[:len(names)-1], names[len(names)-1]
	relation, err := r.relationNamed(of, true)
	if err != nil {
		return Address{}, err
	}
	num, err := r.columnNumber(relation, of, column)
	if err != nil {
		return Address{}, err
	}
	oid := r.search("pg_attrdef", "adrelid", datum(relation), func(at func(string) types.Datum) bool { return int(at("adnum").Int()) == num })
	if oid == 0 {
		return Address{}, sqlerr.New(sqlerr.UndefinedColumn, `default value for column "%s" of relation "%s" does not exist`, column, strings.Join(of, "."))
	}
	return Address{classAttrdef, oid, 0}, nil
}

// typesNamed reads types' names.
func (r *Reader) typesNamed(list []string) (oids []catalog.OID, shown []string, err error) {
	for _, name := range list {
		oid, err := r.RegIn(types.RegType, name)
		if err != nil {
			return nil, nil, err
		}
		text, _ := r.formatType(oid, types.NoTypmod)
		oids, shown = append(oids, oid), append(shown, text)
	}
	return oids, shown, nil
}

func (r *Reader) routineAddress(kind string, names, args []string) (Address, error) {
	want, shown, err := r.typesNamed(args)
	if err != nil {
		return Address{}, err
	}
	schemas, err := r.schemas(names)
	if err != nil {
		return Address{}, err
	}
	oid := r.inSchema(schemas, "pg_proc", "proname", names[len(names)-1], "pronamespace", func(at func(string) types.Datum) bool {
		have := at("proargtypes").Array().Elems
		return slices.EqualFunc(have, want, func(d types.Datum, o catalog.OID) bool { return oidArg(d) == o })
	})
	signature := strings.Join(names, ".") + "(" + strings.Join(shown, ", ") + ")"
	if kind == "aggregate" && len(shown) == 0 {
		signature = strings.Join(names, ".") + "(*)"
	}
	p := r.proc(oid)
	switch {
	case p == nil:
		return Address{}, sqlerr.New(sqlerr.UndefinedFunction, "%s %s does not exist", kind, signature)
	case kind == "aggregate" && p.kind != 'a':
		return Address{}, sqlerr.New(sqlerr.WrongObjectType, "function %s is not an aggregate", signature)
	case kind == "procedure" && p.kind != 'p':
		return Address{}, sqlerr.New(sqlerr.WrongObjectType, "%s is not a procedure", signature)
	case kind == "function" && p.kind == 'p':
		return Address{}, sqlerr.New(sqlerr.WrongObjectType, "%s is not a function", signature)
	}
	return Address{classProc, oid, 0}, nil
}

func number64(s string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		return 0, sqlerr.New(sqlerr.InvalidTextRepresentation, `invalid input syntax for type oid: "%s"`, s)
	}
	return n, nil
}
