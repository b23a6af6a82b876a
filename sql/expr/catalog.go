package expr

import (
	_ "embed" // the recorded catalogs
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/types"
)

// What functions, operators and casts exist, with their types, strictness and
// volatility, is PostgreSQL 15's own pg_proc, pg_operator and pg_cast, recorded
// in pg15/. The code of a function is found by its symbol (pg_proc.prosrc, or
// "sql:" and the name for a function written in SQL) in the tables that the
// functions_*.go and operators_*.go files register. So overloads are resolved
// among exactly PostgreSQL's candidates, and a function that has no code here is
// refused by name instead of another overload being taken for it.

//go:embed pg15/proc.tsv
var procTable string

//go:embed pg15/operator.tsv
var operatorTable string

//go:embed pg15/cast.tsv
var castTable string

// EvalFunc computes a function's value.
type EvalFunc func(c *Context, args []types.Datum) (types.Datum, error)

// BinaryFunc computes the value of a strict function of two arguments.
type BinaryFunc func(c *Context, a, b types.Datum) (types.Datum, error)

func (f BinaryFunc) eval(c *Context, args []types.Datum) (types.Datum, error) {
	return f(c, args[0], args[1])
}

// TypedFunc makes a function's code for given argument and result types, for
// functions whose arguments do not tell their type.
type TypedFunc func(args []*types.Type, result *types.Type) EvalFunc

// AggregateFunc makes the state of one group.
type AggregateFunc func(argTypes []*types.Type, result *types.Type) Aggregate

// SetFunc makes the rows of a set-returning function.
type SetFunc func(c *Context, args []types.Datum, yield func(types.Row) error) error

// The code, by symbol; filled by init functions, constant afterwards.
var (
	evalCode   = map[string]EvalFunc{}
	binaryCode = map[string]BinaryFunc{}
	typedCode  = map[string]TypedFunc{}
	setCode    = map[string]SetFunc{}
	typedSets  = map[string]func(args []*types.Type, result *types.Type) SetFunc{}
	aggCode    = map[string]AggregateFunc{} // by name, or name(argument types)
	windowCode = map[string]WindowFunc{}    // by name
)

func registerBinary(table map[string]BinaryFunc) {
	for symbol, f := range table {
		binaryCode[symbol] = f
		evalCode[symbol] = f.eval
	}
}

func register(table map[string]EvalFunc) {
	for symbol, f := range table {
		evalCode[symbol] = f
	}
}

func registerTyped(table map[string]TypedFunc) {
	for symbol, f := range table {
		typedCode[symbol] = f
	}
}

func registerSets(table map[string]SetFunc) {
	for symbol, f := range table {
		setCode[symbol] = f
	}
}

// Operator is one row of pg_operator.
type Operator struct {
	OID         types.OID
	Name        string
	Left, Right *types.Type // Left is nil for a prefix operator
	Result      *types.Type
	Fn          *Function
	Commutator  types.OID
	Negator     types.OID
	// Own: a user made it; Shown is how a definition spells it, if that is not Name, and
	// Before: its schema comes before pg_catalog. Of one that is only a shell Fn is nil.
	Own, Before bool
	Shown       string
}

// Cast is one row of pg_cast.
type Cast struct {
	Source, Target *types.Type
	Fn             *Function // nil unless Method is 'f'
	Context        CoercionContext
	Method         byte      // 'f' function, 'b' binary coercible, 'i' through text
	OID            types.OID // of one that a user made
}

type castKey struct{ source, target types.OID }

// builtin is everything loaded; built once, on first use.
var builtin struct {
	once      sync.Once
	functions map[string][]*Function
	byOID     map[types.OID]*Function
	operators map[string][]*Operator
	opByOID   map[types.OID]*Operator
	casts     map[castKey]*Cast
	all       []*Function
}

func load() { builtin.once.Do(loadCatalog) }

func loadCatalog() {
	b := &builtin
	b.functions = map[string][]*Function{}
	b.byOID = map[types.OID]*Function{}
	for line := range strings.Lines(procTable) {
		if f := parseFunction(strings.Split(strings.TrimSuffix(line, "\n"), "\t")); f != nil {
			addFunction(f)
		}
	}
	for _, f := range ownFunctions() {
		addFunction(f)
	}
	b.operators = map[string][]*Operator{}
	b.opByOID = map[types.OID]*Operator{}
	for line := range strings.Lines(operatorTable) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		op := &Operator{OID: oidOf(f[0]), Name: f[1], Left: types.ByOID(oidOf(f[2])), Right: types.ByOID(oidOf(f[3])),
			Result: types.ByOID(oidOf(f[4])), Fn: b.byOID[oidOf(f[5])], Commutator: oidOf(f[6]), Negator: oidOf(f[7])}
		if op.Fn == nil || op.Right == nil || op.Result == nil || op.Left == nil && f[2] != "0" {
			continue
		}
		b.operators[op.Name] = append(b.operators[op.Name], op)
		b.opByOID[op.OID] = op
	}
	b.casts = map[castKey]*Cast{}
	for line := range strings.Lines(castTable) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		c := &Cast{Source: types.ByOID(oidOf(f[0])), Target: types.ByOID(oidOf(f[1])), Fn: b.byOID[oidOf(f[2])], Method: f[4][0]}
		switch f[3] {
		case "i":
			c.Context = Implicit
		case "a":
			c.Context = Assignment
		default:
			c.Context = Explicit
		}
		if c.Source == nil || c.Target == nil || c.Method == 'f' && c.Fn == nil {
			continue
		}
		b.casts[castKey{c.Source.OID, c.Target.OID}] = c
	}
}

func addFunction(f *Function) {
	b := &builtin
	b.functions[f.Name] = append(b.functions[f.Name], f)
	b.byOID[f.OID] = f
	b.all = append(b.all, f)
}

func oidOf(s string) types.OID {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0
	}
	return types.OID(n)
}

func typeList(s string) ([]*types.Type, bool) {
	var out []*types.Type
	for _, o := range strings.Fields(s) {
		t := types.ByOID(oidOf(o))
		if t == nil {
			return nil, false
		}
		out = append(out, t)
	}
	return out, true
}

// parseFunction makes a Function of a line of proc.tsv, or nil if its types are
// unknown.
func parseFunction(f []string) *Function {
	args, ok := typeList(f[10])
	result := types.ByOID(oidOf(f[9]))
	if !ok || result == nil {
		return nil
	}
	fn := &Function{OID: oidOf(f[0]), Name: f[1], Symbol: f[3], Args: args, Result: result,
		Variadic: f[4] != "0", Strict: f[7] == "1", ReturnsSet: f[6] == "1"}
	fn.Defaults, _ = strconv.Atoi(f[5])
	if fn.Defaults > 0 {
		fn.DefaultText = strings.Split(f[11], ", ")
	}
	switch f[8] {
	case "s":
		fn.Volatility = Stable
	case "v":
		fn.Volatility = Volatile
	}
	names := strings.Split(f[12], " ")
	modes := strings.Fields(f[14])
	if all, ok := typeList(f[13]); ok && f[13] != "" && len(modes) == len(all) && f[12] != "" {
		for i, m := range modes {
			name := ""
			if i < len(names) {
				name = names[i]
			}
			switch m {
			case "o", "t", "b":
				fn.Columns = append(fn.Columns, types.Field{Name: name, Type: all[i], Typmod: types.NoTypmod})
			}
			if m != "o" && m != "t" {
				fn.ArgNames = append(fn.ArgNames, name)
			}
		}
	} else if f[12] != "" {
		fn.ArgNames = names
	}
	if len(fn.Columns) == 1 && result != types.RecordType {
		fn.Column, fn.Columns = fn.Columns[0].Name, nil
	}
	fn.Kind = f[2][0]
	if fn.Kind == 'a' && len(f[15]) > 1 {
		fn.AggKind = f[15][0]
		fn.DirectArgs, _ = strconv.Atoi(f[15][1:])
	}
	findCode(fn)
	return fn
}

// InternalCode finds the code that a symbol names, in one of its two forms.
func InternalCode(symbol string) (TypedFunc, EvalFunc) { return typedCode[symbol], evalCode[symbol] }

// InternalFunction finds the built-in function with code of a symbol and with argument
// types, or nil.
func InternalFunction(symbol string, args []*types.Type) *Function {
	for _, f := range AllFunctions() {
		if f.Symbol == symbol && f.Kind == 'f' && !f.ReturnsSet && slices.Equal(f.Args, args) && (f.Eval != nil || f.Typed != nil) {
			return f
		}
	}
	return nil
}

// findCode joins a function and its code; without code the function stays, to
// be refused when it is called.
func findCode(f *Function) {
	switch f.Kind {
	case 'a':
		f.Strict = strictAggregates[f.Name]
		if f.AggKind != 'n' && f.AggKind != 0 {
			f.OrderedSet = orderedCode[f.Name]
			return
		}
		f.Aggregate = aggCode[f.Signature()]
		if f.Aggregate == nil {
			f.Aggregate = aggCode[f.Name]
		}
		return
	case 'w':
		f.Window = windowCode[f.Name]
		return
	}
	if f.ReturnsSet {
		f.Set, f.TypedSet = setCode[f.Symbol], typedSets[f.Symbol]
		return
	}
	f.Typed = typedCode[f.Symbol]
	if f.Typed == nil {
		f.Eval = evalCode[f.Symbol]
	}
	if f.Strict && len(f.Args) == 2 && f.Typed == nil {
		f.Binary = binaryCode[f.Symbol]
	}
	if f.Eval == nil && f.Typed == nil {
		f.Eval = comparisonCode(f)
	}
	if f.Eval == nil && f.Typed == nil {
		f.Eval = typeCode(f)
	}
	if f.Eval == nil && f.Typed == nil && askHost(f) {
		HostFunction(f)
	}
}

// HostFunction makes f a function that Context.Host computes.
func HostFunction(f *Function) {
	name := f.Name
	f.Eval = func(c *Context, args []types.Datum) (types.Datum, error) {
		return c.Host.Call(c, name, args)
	}
}

// hostPrefixes begin the names of functions about the catalog and the server,
// which only the session can answer.
var hostPrefixes = []string{"pg_", "has_", "obj_description", "col_description", "shobj_description", "to_reg", "txid_",
	"acldefault", "makeaclitem", "current_query", "inet_client", "inet_server", "row_security_active", "lo_", "loread", "lowrite", "format_type", "currtid", "cursor_to_xml", "table_to_xml", "query_to_xml", "schema_to_xml", "database_to_xml", "satisfies_hash_partition", "ts_rewrite", "brin_", "gin_clean_pending_list"}

func askHost(f *Function) bool {
	if f.Symbol == "xid_age" { // the other age()s are about times
		return true
	}
	for _, p := range hostPrefixes {
		if strings.HasPrefix(f.Name, p) {
			return true
		}
	}
	return false
}

// Signature is the name with the argument types: "sum(integer)".
func (f *Function) Signature() string {
	parts := make([]string, len(f.Args))
	for i, a := range f.Args {
		parts[i] = a.String()
		if f.Variadic && i == len(f.Args)-1 {
			parts[i] = "VARIADIC " + parts[i]
		}
	}
	return f.Name + "(" + strings.Join(parts, ", ") + ")"
}

// FunctionsNamed lists the built-in functions of a name; the slice is shared.
func FunctionsNamed(name string) []*Function {
	load()
	return builtin.functions[name]
}

// FunctionByOID finds a built-in function, or nil.
func FunctionByOID(oid types.OID) *Function {
	load()
	return builtin.byOID[oid]
}

// AllFunctions lists every built-in function, for pg_proc; the slice is shared.
func AllFunctions() []*Function {
	load()
	return builtin.all
}

// AllOperators lists every operator, for pg_operator.
func AllOperators() []*Operator {
	load()
	out := make([]*Operator, 0, len(builtin.opByOID))
	for _, o := range builtin.opByOID {
		out = append(out, o)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].OID < out[j].OID })
	return out
}

// AllCasts lists every cast, for pg_cast.
func AllCasts() []*Cast {
	load()
	out := make([]*Cast, 0, len(builtin.casts))
	for _, c := range builtin.casts {
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Source != out[j].Source {
			return out[i].Source.OID < out[j].Source.OID
		}
		return out[i].Target.OID < out[j].Target.OID
	})
	return out
}

// OperatorByOID finds an operator, or nil.
func OperatorByOID(oid types.OID) *Operator {
	load()
	return builtin.opByOID[oid]
}
