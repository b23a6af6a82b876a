package pgcatalog

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// What pg_proc says of a function, in words.

func init() {
	functions["pg_get_function_arguments"] = ofProc(func(r *Reader, p *proc) (string, bool) { return p.arguments(r, true), true })
	functions["pg_get_function_identity_arguments"] = ofProc(func(r *Reader, p *proc) (string, bool) { return p.arguments(r, false), true })
	functions["pg_get_function_sqlbody"] = ofProc(func(_ *Reader, p *proc) (string, bool) { return p.body, p.body != "" })
	functions["pg_get_function_result"] = ofProc(func(r *Reader, p *proc) (string, bool) { return p.result(r) })
	functions["pg_get_functiondef"] = ofProc(func(r *Reader, p *proc) (string, bool) { return p.definition(r), true })
	functions["pg_get_function_arg_default"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		p := r.proc(oidArg(a[0]))
		if p == nil {
			return types.Null, nil
		}
		at := int(a[1].Int()) - 1 - (len(p.inputs) - len(p.defaults))
		if at < 0 || at >= len(p.defaults) {
			return types.Null, nil
		}
		return text(p.defaults[at])
	}
}

func ofProc(f func(*Reader, *proc) (string, bool)) function {
	return func(r *Reader, a []types.Datum) (types.Datum, error) {
		p := r.proc(oidArg(a[0]))
		if p == nil {
			return types.Null, nil
		}
		return found(f(r, p))
	}
}

// proc is a row of pg_proc taken apart.
type proc struct {
	name       string
	schema     catalog.OID
	kind       byte
	returns    catalog.OID
	set        bool
	inputs     []catalog.OID
	all        []catalog.OID // with the OUT arguments
	modes      []byte        // of all
	names      []string      // of all; may be shorter
	defaults   []string      // of the last inputs
	volatility byte
	parallel   byte
	strict     bool
	definer    bool
	leakproof  bool
	cost, rows float64
	source     string
	library    string // of the code that source names
	body       string // in standard SQL
	config     []string
	language   catalog.OID
	// direct is the number of direct arguments of an ordered-set aggregate; -1
	// for other functions.
	direct int
}

// proc finds a function; nil if there is none.
func (s *Snapshot) proc(oid catalog.OID) *proc {
	rel, row := s.one("pg_proc", oid)
	if row == nil {
		return nil
	}
	at := func(column string) types.Datum { return row[rel.columns[column]] }
	p := &proc{name: at("proname").Str(), schema: oidArg(at("pronamespace")), kind: byte(at("prokind").Int()), returns: oidArg(at("prorettype")), set: at("proretset").Bool(),
		volatility: byte(at("provolatile").Int()), parallel: byte(at("proparallel").Int()), strict: at("proisstrict").Bool(), source: at("prosrc").Str(), language: oidArg(at("prolang")), direct: -1,
		leakproof: at("proleakproof").Bool(), cost: at("procost").Float(), rows: at("prorows").Float()}
	for _, a := range at("proargtypes").Array().Elems {
		p.inputs = append(p.inputs, oidArg(a))
	}
	p.all = p.inputs
	if d := at("proallargtypes"); !d.IsNull() {
		p.all = nil
		for _, a := range d.Array().Elems {
			p.all = append(p.all, oidArg(a))
		}
	}
	if d := at("proargmodes"); !d.IsNull() {
		for _, m := range d.Array().Elems {
			p.modes = append(p.modes, byte(m.Int()))
		}
	}
	if d := at("proargnames"); !d.IsNull() {
		for _, n := range d.Array().Elems {
			p.names = append(p.names, n.Str())
		}
	}
	if c := at("proconfig"); !c.IsNull() {
		for _, item := range c.Array().Elems {
			p.config = append(p.config, item.Str())
		}
	}
	p.body, p.library = at("prosqlbody").Str(), at("probin").Str()
	p.definer = at("prosecdef").Bool()
	if d := at("proargdefaults"); !d.IsNull() {
		p.defaults = strings.Split(d.Str(), ", ")
	}
	if p.kind == 'a' {
		agg := find("pg_catalog.pg_aggregate")
		if found := agg.builtinSet().lookup(agg.columns["aggfnoid"], datum(oid)); len(found) > 0 && found[0][agg.columns["aggkind"]].Int() != 'n' {
			p.direct = int(found[0][agg.columns["aggnumdirectargs"]].Int())
		}
	}
	return p
}

func (p *proc) mode(i int) byte {
	if i < len(p.modes) {
		return p.modes[i]
	}
	return 'i'
}

func (p *proc) typeText(r *Reader, oid catalog.OID) string {
	name, ok := r.formatType(oid, types.NoTypmod)
	if !ok {
		return "???"
	}
	return name
}

// arguments is pg_get_function_arguments(), or without the defaults
// pg_get_function_identity_arguments().
func (p *proc) arguments(r *Reader, defaults bool) string {
	var b strings.Builder
	input, printed := 0, 0
	one := func(i int) {
		mode := map[byte]string{'o': "OUT ", 'b': "INOUT ", 'v': "VARIADIC "}[p.mode(i)]
		if mode == "" && p.kind == 'p' {
			mode = "IN "
		}
		b.WriteString(mode)
		if i < len(p.names) && p.names[i] != "" {
			b.WriteString(expr.QuoteIdent(p.names[i]) + " ")
		}
		b.WriteString(p.typeText(r, p.all[i]))
	}
	for i := range p.all {
		mode := p.mode(i)
		if mode == 't' {
			continue
		}
		switch {
		case printed == p.direct:
			if printed > 0 {
				b.WriteByte(' ')
			}
			b.WriteString("ORDER BY ")
		case printed > 0:
			b.WriteString(", ")
		}
		one(i)
		if mode != 'o' {
			if at := input - (len(p.inputs) - len(p.defaults)); defaults && at >= 0 && at < len(p.defaults) {
				b.WriteString(" DEFAULT " + p.defaults[at])
			}
			input++
		}
		printed++
		// A hypothetical-set aggregate's last direct argument stands for the
		// ordered ones too.
		if printed == p.direct && i == len(p.all)-1 {
			b.WriteString(" ORDER BY ")
			one(i)
		}
	}
	return b.String()
}

// result is pg_get_function_result(); false for a procedure.
func (p *proc) result(r *Reader) (string, bool) {
	if p.kind == 'p' {
		return "", false
	}
	var columns []string
	for i := range p.all {
		if p.mode(i) == 't' {
			columns = append(columns, expr.QuoteIdent(p.names[i])+" "+p.typeText(r, p.all[i]))
		}
	}
	switch {
	case columns != nil:
		return "TABLE(" + strings.Join(columns, ", ") + ")", true
	case p.set:
		return "SETOF " + p.typeText(r, p.returns), true
	}
	return p.typeText(r, p.returns), true
}

// definition is pg_get_functiondef().
func (p *proc) definition(r *Reader) string {
	result, _ := p.result(r)
	var b strings.Builder
	if p.kind == 'p' {
		fmt.Fprintf(&b, "CREATE OR REPLACE PROCEDURE %s(%s)\n LANGUAGE %s\n", r.qualified(p.schema, p.name), p.arguments(r, true), r.language(p.language))
	} else {
		fmt.Fprintf(&b, "CREATE OR REPLACE FUNCTION %s(%s)\n RETURNS %s\n LANGUAGE %s\n", r.qualified(p.schema, p.name), p.arguments(r, true), result, r.language(p.language))
	}
	var words []string
	switch p.volatility {
	case 'i':
		words = append(words, "IMMUTABLE")
	case 's':
		words = append(words, "STABLE")
	}
	switch p.parallel {
	case 's':
		words = append(words, "PARALLEL SAFE")
	case 'r':
		words = append(words, "PARALLEL RESTRICTED")
	}
	if p.strict {
		words = append(words, "STRICT")
	}
	if p.definer {
		words = append(words, "SECURITY DEFINER")
	}
	if p.leakproof {
		words = append(words, "LEAKPROOF")
	}
	usual := 100.0
	if p.language == languageInternal || p.language == languageC {
		usual = 1
	}
	if p.cost != usual {
		words = append(words, "COST "+strconv.FormatFloat(p.cost, 'g', -1, 64))
	}
	if p.rows > 0 && p.rows != 1000 {
		words = append(words, "ROWS "+strconv.FormatFloat(p.rows, 'g', -1, 64))
	}
	if words != nil {
		b.WriteString(" " + strings.Join(words, " ") + "\n")
	}
	for _, item := range p.config {
		name, value, _ := strings.Cut(item, "=")
		b.WriteString(" SET " + name + " TO " + configText(name, value) + "\n")
	}
	switch {
	case p.library != "":
		fmt.Fprintf(&b, "AS %s, $function$%s$function$\n", expr.QuoteLiteral(p.library), p.source)
	case p.body != "":
		b.WriteString(p.body + "\n")
	case p.source != "":
		tag := map[bool]string{false: "function", true: "procedure"}[p.kind == 'p']
		fmt.Fprintf(&b, "AS $%s$%s$%s$\n", tag, p.source, tag)
	}
	return b.String()
}

func (s *Snapshot) language(oid catalog.OID) string {
	rel, row := s.one("pg_language", oid)
	if row == nil {
		return "internal"
	}
	return row[rel.columns["lanname"]].Str()
}

// configText writes a setting's value as SET has it: lists of names one by one.
func configText(name, value string) string {
	if name != "search_path" && name != "temp_tablespaces" {
		return expr.QuoteLiteral(value)
	}
	var parts []string
	for _, word := range strings.Split(value, ",") {
		word = strings.TrimSpace(word)
		if strings.HasPrefix(word, `"`) && strings.HasSuffix(word, `"`) && len(word) > 1 {
			word = strings.ReplaceAll(word[1:len(word)-1], `""`, `"`)
		}
		parts = append(parts, expr.QuoteLiteral(word))
	}
	return strings.Join(parts, ", ")
}
