package pgcatalog

import (
	_ "embed" // the recorded relations
	"strconv"
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

//go:embed pg15/relations.tsv
var relationTable string

// relation is one system relation.
type relation struct {
	*catalog.Virtual
	// kind is pg_class.relkind: 'r' or 'v'.
	kind byte
	// declared has pg_attribute.atttypid, which for the columns of
	// information_schema is a domain; Columns have the domain's base type.
	declared []catalog.OID
	// collations has pg_attribute.attcollation where it is not the type's.
	collations []catalog.OID
	// zero is a row in which NOT NULL columns have their type's zero.
	zero    types.Row
	columns map[string]int
	// recorded are the built-in rows in COPY's text format; keep, if it is not
	// nil, chooses among them, and may change them.
	recorded string
	keep     func(r *relation, row types.Row) bool
	make     func(s *Snapshot, out *rows)
	// parts: make makes the rows object by object (see parts.go).
	parts    bool
	builtins struct {
		sync.Once
		set *set
	}
}

// The relations by OID and, qualified, by name. Package variables are
// initialised before init functions run, so that every maker's init finds them.
var byOID, byName = registerAll()

// domains of information_schema, with their base types and modifiers.
var domains = map[catalog.OID]struct {
	base   *types.Type
	typmod int32
	name   string
}{
	13221: {types.Int4, types.NoTypmod, "cardinal_number"},
	13224: {types.Varchar, types.NoTypmod, "character_data"},
	13226: {types.Name, types.NoTypmod, "sql_identifier"},
	13232: {types.TimestampTZ, 2, "time_stamp"},
	13234: {types.Varchar, 3 + 4, "yes_or_no"},
}

func registerAll() (map[catalog.OID]*relation, map[string]*relation) {
	oids, names := map[catalog.OID]*relation{}, map[string]*relation{}
	for line := range strings.Lines(relationTable) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		schema := catalog.SchemaPGCatalog
		if f[0] == "information_schema" {
			schema = catalog.SchemaInfo
		}
		r := &relation{Virtual: &catalog.Virtual{OID: number(f[2]), Name: f[1], Schema: schema, Stored: f[3] == "r"}, kind: f[3][0], columns: map[string]int{}, recorded: recordedFor(f[1])}
		for i, spec := range strings.Fields(f[4]) {
			r.column(i, spec)
		}
		if r.Stored {
			r.zero = append(r.zero, types.Int(int64(r.OID)), types.Int(recordedXID))
		}
		catalog.RegisterVirtual(r.Virtual)
		oids[r.OID], names[f[0]+"."+f[1]] = r, r
	}
	return oids, names
}

// recordedXID is xmin of the rows that are there from the start, as initdb's
// are; others have the version of the catalog (see Snapshot.set).
const recordedXID = 1

// column adds a column from its recorded form,
// name:type[/typmod][@collation][!].
func (r *relation) column(i int, spec string) {
	spec, notNull := strings.CutSuffix(spec, "!")
	name, rest, _ := strings.Cut(spec, ":")
	rest, collation, hasCollation := strings.Cut(rest, "@")
	typeText, modText, hasMod := strings.Cut(rest, "/")
	oid := number(typeText)
	c := &catalog.Column{Name: name, NotNull: notNull, Typmod: types.NoTypmod}
	if hasMod {
		c.Typmod = int32(number(modText))
	}
	switch d, isDomain := domains[oid]; {
	case isDomain:
		c.Type.Type, c.Typmod = d.base, d.typmod
	case types.ByOID(oid) != nil:
		c.Type.Type = types.ByOID(oid)
	default: // the statistics' own types, of which there are no values
		c.Type.Type, oid = types.Text, types.Text.OID
	}
	r.columns[name] = i
	r.declared = append(r.declared, oid)
	r.collations = append(r.collations, 0)
	if hasCollation {
		r.collations[i] = number(collation)
	}
	r.Columns = append(r.Columns, c)
	r.zero = append(r.zero, zeroOf(c))
}

// zeroOf is NULL, or for a NOT NULL column its type's zero.
func zeroOf(c *catalog.Column) types.Datum {
	t := c.Type.Type
	switch {
	case !c.NotNull:
		return types.Null
	case t.IsArray():
		return types.ArrayDatum(t.Elem, nil)
	case t == types.Int2Vector:
		return types.Object(types.NewVector(types.Int2, nil))
	case t == types.OidVector:
		return types.Object(types.NewVector(types.Oid, nil))
	case t == types.Float4, t == types.Float8:
		return types.Float(0)
	case t == types.Numeric:
		return types.NumericFromInt(0)
	case t.Category == 'S', t == types.PGNodeTree, t == types.AnyArray:
		return types.String("")
	}
	return types.Int(0)
}

func number(s string) catalog.OID {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		panic("pgcatalog: recorded number " + s)
	}
	return catalog.OID(n)
}

// View gives the descriptor of a system relation whose rows the caller makes.
// It is called from package initialisation.
func View(schema, name string) *catalog.Virtual { return find(schema + "." + name).Virtual }

func find(name string) *relation {
	r := byName[name]
	if r == nil {
		panic("pgcatalog: no relation " + name)
	}
	return r
}

// makes registers the maker of a relation's rows; the name is qualified unless
// it is pg_catalog's.
func makes(name string, f func(s *Snapshot, out *rows)) {
	r := find(qualifiedName(name))
	if r.make != nil {
		panic("pgcatalog: two makers of " + name)
	}
	r.make = f
}

func qualifiedName(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	return "pg_catalog." + name
}

// rows collects the rows of one relation.
type rows struct {
	r    *relation
	list []types.Row
}

// NewRow makes a row of a relation that View gave, from columns' names and
// values in turn, as the makers here do.
func NewRow(v *catalog.Virtual, pairs ...any) types.Row {
	out := &rows{r: byOID[v.OID]}
	out.add(pairs...)
	return out.list[0]
}

// add adds a row, given as columns' names and values in turn. The rest is NULL,
// or zero in NOT NULL columns. Values may be strings, OIDs, integers, bools,
// bytes (of "char"), Datums, []string (text[]), or nil for NULL.
func (o *rows) add(pairs ...any) {
	row := o.r.zero.Clone()
	for i := 0; i < len(pairs); i += 2 {
		at, ok := o.r.columns[pairs[i].(string)]
		if !ok {
			panic("pgcatalog: " + o.r.Name + " has no column " + pairs[i].(string))
		}
		row[at] = datum(pairs[i+1])
	}
	o.list = append(o.list, row)
}

func datum(v any) types.Datum {
	switch v := v.(type) {
	case nil:
		return types.Null
	case string:
		return types.String(v)
	case catalog.OID:
		return types.Int(int64(v))
	case int:
		return types.Int(int64(v))
	case int16:
		return types.Int(int64(v))
	case int32:
		return types.Int(int64(v))
	case int64:
		return types.Int(v)
	case bool:
		return types.Bool(v)
	case byte:
		return types.Int(int64(v))
	case float64:
		return types.Float(v)
	case types.Datum:
		return v
	case []string:
		elems := make([]types.Datum, len(v))
		for i, s := range v {
			elems[i] = types.String(s)
		}
		return types.ArrayDatum(types.Text, elems)
	}
	panic("pgcatalog: a value no column holds")
}

// orNull gives NULL for the empty string.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// yesNo is information_schema's boolean.
func yesNo(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}
