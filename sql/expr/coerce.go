package expr

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// CoercionContext is where a conversion is asked for, which decides the casts
// that may be used.
type CoercionContext uint8

// The coercion contexts, strictest first.
const (
	Implicit   CoercionContext = iota // inside an expression
	Assignment                        // storing into a column
	Explicit                          // CAST, ::
)

// pathway is how one type is made from another.
type pathway struct {
	kind pathKind
	cast *Cast
	elem *pathway // of arrays
}

type pathKind uint8

const (
	noPath      pathKind = iota
	relabelPath          // same representation
	functionPath
	textPath // through the text form
	arrayPath
)

func BaseType(t *types.Type) *types.Type {
	for t.Kind == types.KindDomain && t.Base != nil {
		t = t.Base
	}
	return t
}

// findPathway is PostgreSQL's find_coercion_pathway.
func (y *Typing) findPathway(source, target *types.Type, how CoercionContext) pathway {
	load()
	source, target = BaseType(source), BaseType(target)
	if source.Same(target) {
		return pathway{kind: relabelPath}
	}
	c := builtin.casts[castKey{source.OID, target.OID}]
	if c == nil {
		c = extensionCast(source, target)
	}
	if c == nil {
		c = y.cast(source, target)
	}
	if c == nil && source.Kind == types.KindRange && target.Same(source.Multi) {
		c = multirangeCast(source, target)
	}
	if c != nil {
		if how < c.Context {
			return pathway{}
		}
		switch c.Method {
		case 'f':
			return pathway{kind: functionPath, cast: c}
		case 'i':
			return pathway{kind: textPath, cast: c}
		}
		return pathway{kind: relabelPath, cast: c}
	}
	if elem := ElementOf(source); elem != nil && target.IsArray() {
		if p := y.findPathway(elem, target.Elem, how); p.kind != noPath {
			if p.kind == relabelPath && p.cast == nil && target.Elem.Kind != types.KindDomain {
				return pathway{kind: relabelPath}
			}
			return pathway{kind: arrayPath, elem: &p}
		}
		return pathway{}
	}
	if how >= Assignment && target.Category == 'S' || how == Explicit && source.Category == 'S' {
		return pathway{kind: textPath}
	}
	return pathway{}
}

// isPolymorphic says whether t stands for a type that the call decides.
func isPolymorphic(t *types.Type) bool { return isAnyFamily(t) || isCompatibleFamily(t) }

func isAnyFamily(t *types.Type) bool {
	switch t {
	case types.AnyElement, types.AnyArray, types.AnyNonarray, types.AnyEnum, types.AnyRange, types.AnyMultirange:
		return true
	}
	return false
}

func isCompatibleFamily(t *types.Type) bool {
	switch t {
	case types.AnyCompatible, types.AnyCompatiblearray, types.AnyCompatiblenonarray, types.AnyCompatiblerange, types.AnyCompatiblemultirange:
		return true
	}
	return false
}

// isVector says whether t is int2vector or oidvector, which pass for arrays.
func isVector(t *types.Type) bool { return t == types.Int2Vector || t == types.OidVector }

// ElementOf gives the element type of an array (or vector), or nil.
func ElementOf(t *types.Type) *types.Type {
	t = BaseType(t)
	switch {
	case t == types.Int2Vector:
		return types.Int2
	case t == types.OidVector:
		return types.Oid
	case t.IsArray():
		return t.Elem
	}
	return nil
}

// CanCoerce says whether a value of one type can become another in a context.
func (y *Typing) CanCoerce(from, to *types.Type, how CoercionContext) bool {
	switch {
	case from.Same(to), to == types.Any:
		return true
	case to == types.AnyArray || to == types.AnyCompatiblearray:
		return from == types.Unknown || ElementOf(from) != nil
	case to == types.AnyNonarray || to == types.AnyCompatiblenonarray:
		return ElementOf(from) == nil
	case to == types.AnyEnum:
		return from == types.Unknown || BaseType(from).Kind == types.KindEnum
	case to == types.AnyRange || to == types.AnyCompatiblerange:
		return from == types.Unknown || BaseType(from).Kind == types.KindRange
	case to == types.AnyMultirange || to == types.AnyCompatiblemultirange:
		return from == types.Unknown || BaseType(from).Kind == types.KindMultirange
	case isPolymorphic(to):
		return true
	case from == types.Unknown:
		return to.Kind != types.KindPseudo || to == types.RecordType || to == types.Cstring || to == types.Void || to == types.Unknown
	case y.findPathway(from, to, how).kind != noPath:
		return true
	case from == types.RecordType && BaseType(to).Kind == types.KindComposite:
		return true
	case to == types.RecordType && BaseType(from).Kind == types.KindComposite:
		return true
	}
	return false
}

// cannotCast is 42846.
func cannotCast(from, to *types.Type, loc int) error {
	return sqlerr.New(sqlerr.CannotCoerce, "cannot cast type %s to %s", from, to).At(loc)
}

// LocOf gives the place of an expression in the statement, or -1.
func LocOf(e Expr) int {
	loc := -1
	Walk(e, func(n Expr) bool {
		at := -1
		switch n := n.(type) {
		case *Const:
			at = n.Loc
		case *Param:
			at = n.Loc
		case *Column:
			at = n.Loc
			if at == 0 {
				at = -1
			}
		case *Call:
			at = n.Loc
		case *ConvertTypmod:
			return true
		case *TextInput:
			at = n.Loc
		}
		if at >= 0 && (loc < 0 || at < loc) {
			loc = at
		}
		return true
	})
	return loc
}

// Coerce makes e a value of target with typmod, by the casts the context
// allows. An unsettled parameter takes the target type; an untyped literal is
// read at once. Nothing suitable is 42846.
func (y *Typing) Coerce(e Expr, target *types.Type, typmod int32, how CoercionContext) (Expr, error) {
	if target.Kind == types.KindDomain && target.Base != nil {
		return y.coerceToDomain(e, target, how)
	}
	if e.Type() == types.Unknown && target != types.Unknown {
		switch n := e.(type) {
		case *Const:
			return readLiteral(n, target, typmod, how)
		case *Param:
			settleParam(n, target)
		default:
			return CoerceTypmod(&TextCast{Arg: e, T: target, Form: castForm(how)}, typmod, how), nil
		}
	}
	loc := -1
	if !e.Type().Same(target) { // else nobody asks
		loc = LocOf(e)
	}
	out, err := y.coerceType(e, target, typmod, how, loc)
	if err != nil {
		return nil, err
	}
	return CoerceTypmod(out, typmod, how), nil
}

func castForm(how CoercionContext) CallForm {
	if how == Explicit {
		return FormCast
	}
	return FormImplicitCast
}

func settleParam(p *Param, t *types.Type) {
	for len(p.Types.Types) < p.N {
		p.Types.Types = append(p.Types.Types, nil)
	}
	p.Types.Types[p.N-1] = t
}

// readLiteral reads an untyped literal as target. Where the reading depends on
// the session (time zones, names), the text is kept to be read with the
// session's settings.
func readLiteral(n *Const, target *types.Type, typmod int32, how CoercionContext) (Expr, error) {
	if n.Value.IsNull() {
		return &Const{T: target, Mod: typmod, Loc: n.Loc}, nil
	}
	if target.Kind == types.KindPseudo && target != types.Cstring && target != types.Void {
		if target == types.RecordType {
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, "input of anonymous composite types is not implemented").At(n.Loc)
		}
		return nil, cannotCast(n.T, target, n.Loc)
	}
	text := n.Value.Str()
	if v, ok := textSearchConstant(target, text); ok {
		return &Const{Value: v, T: target, Mod: typmod, Loc: n.Loc}, nil
	}
	if needsSession(target, text) {
		in := &TextInput{Text: text, T: target, Mod: typmod, Explicit: how == Explicit, Loc: n.Loc}
		return in, nil
	}
	inputMod := types.NoTypmod
	if target == types.IntervalType {
		inputMod = typmod
	}
	v, err := target.Input(text, inputMod, types.DefaultEnv)
	if err != nil {
		return nil, sqlerr.From(err).At(n.Loc)
	}
	fits, err := types.ApplyTypmod(target, v, typmod, how == Explicit)
	if err != nil { // which is said when it is computed: the literal is one of the type
		return CoerceTypmod(&Const{Value: v, T: target, Mod: types.NoTypmod, Loc: n.Loc}, typmod, how), nil
	}
	v = fits
	return &Const{Value: v, T: target, Mod: typmod, Loc: n.Loc}, nil
}

// needsSession says whether reading text as t depends on the session.
func needsSession(t *types.Type, text string) bool {
	t = BaseType(t)
	if e := ElementOf(t); e != nil {
		if checksNeedHost(e) {
			return true
		}
		t = BaseType(e)
	}
	switch t {
	case types.TimestampTZ, types.TimeTZType:
		return !strings.HasSuffix(text, "Z") && !isoWithOffset(text)
	case types.Date, types.Timestamp:
		return len(text) < 10 || text[4] != '-' || text[7] != '-'
	case types.Time:
		return strings.ContainsAny(text, "nN")
	case types.IntervalType:
		return strings.HasPrefix(strings.TrimSpace(text), "-") // the standard's style has the sign for all
	case types.RegClass, types.RegType, types.RegProc, types.RegProcedure, types.RegOper, types.RegOperator,
		types.RegNamespace, types.RegRole, types.RegCollation, types.RegConfig, types.RegDictionary:
		return true
	}
	return t.Kind == types.KindComposite
}

// isoWithOffset recognises 2024-01-02 03:04:05+00.
func isoWithOffset(s string) bool {
	return len(s) > 19 && s[4] == '-' && s[7] == '-' && strings.ContainsAny(s[16:], "+-")
}

// coerceType changes the type of e. A typmod is for functions that make a value of
// its length; others leave that to who calls.
func (y *Typing) coerceType(e Expr, target *types.Type, typmod int32, how CoercionContext, loc int) (Expr, error) {
	from := e.Type()
	if from.Same(target) || target == types.Any || isPolymorphic(target) {
		return e, nil
	}
	path := y.findPathway(from, target, how)
	if path.kind == noPath {
		switch {
		case from == types.RecordType && BaseType(target).Kind == types.KindComposite:
			return y.coerceRecord(e, target, how)
		case target == types.RecordType && from.Kind == types.KindComposite && how == Implicit:
			return e, nil // it is one
		case target == types.RecordType && BaseType(from).Kind == types.KindComposite:
			return &Relabel{Arg: e, T: target, Mod: types.NoTypmod, Form: castForm(how)}, nil
		}
		return nil, cannotCast(from, target, loc)
	}
	out, err := y.applyPath(e, target, typmod, path, how)
	if err != nil {
		return nil, err
	}
	if !out.Type().Same(target) { // a domain over what we have now
		out = &Relabel{Arg: out, T: target, Mod: types.NoTypmod, Form: castForm(how)}
	}
	return out, nil
}

func (y *Typing) applyPath(e Expr, target *types.Type, typmod int32, path pathway, how CoercionContext) (Expr, error) {
	form := castForm(how)
	base := BaseType(target)
	if path.cast != nil && path.cast.OID != 0 {
		y.Use(path.cast.OID)
	}
	switch path.kind {
	case relabelPath:
		return &Relabel{Arg: e, T: target, Mod: types.NoTypmod, Form: form}, nil
	case textPath:
		return &TextCast{Arg: e, T: base, Form: form}, nil
	case arrayPath:
		elem := &Column{Index: 0, T: ElementOf(e.Type()), Mod: types.NoTypmod}
		var conv Expr
		var err error
		if base.Elem.Kind == types.KindDomain {
			conv, err = y.Coerce(elem, base.Elem, types.NoTypmod, how)
		} else {
			conv, err = y.applyPath(elem, base.Elem, typmod, *path.elem, how)
		}
		if err != nil {
			return nil, err
		}
		return &ArrayCast{Arg: e, Elem: conv, T: base, Form: form}, nil
	}
	if path.cast.OID != 0 {
		return y.convert(e, path.cast, base, typmod, how)
	}
	fn := path.cast.Fn
	if fn.Eval == nil {
		if fn.Typed == nil {
			return nil, sqlerr.Unsupported("cast from type %s to %s", e.Type(), target)
		}
		fn = fn.specialize([]*types.Type{e.Type()}, base)
	}
	args, mod := []Expr{e}, types.NoTypmod
	if len(fn.Args) > 1 {
		args, mod = append(args, &Const{Value: types.Int(int64(typmod)), T: types.Int4, Mod: types.NoTypmod, Loc: -1}), typmod
	}
	if len(fn.Args) > 2 {
		args = append(args, &Const{Value: types.Bool(how == Explicit), T: types.Boolean, Mod: types.NoTypmod, Loc: -1})
	}
	return &Call{Fn: fn, Args: args, T: base, Mod: mod, Form: form, Loc: -1}, nil
}

// coerceRecord makes an anonymous row a value of a composite type, field by
// field.
func (y *Typing) coerceRecord(e Expr, target *types.Type, how CoercionContext) (Expr, error) {
	fields := BaseType(target).Fields
	row, ok := e.(*RowExpr)
	if !ok {
		return nil, cannotCast(e.Type(), target, LocOf(e))
	}
	fail := func(detail string) error {
		return sqlerr.New(sqlerr.CannotCoerce, "cannot cast type record to %s", target).WithDetail("%s", detail).At(LocOf(e))
	}
	switch {
	case len(row.Elems) < len(fields):
		return nil, fail("Input has too few columns.")
	case len(row.Elems) > len(fields):
		return nil, fail("Input has too many columns.")
	}
	out := &RowExpr{T: target, Cast: how == Explicit}
	for i, f := range fields {
		v, err := y.Coerce(row.Elems[i], f.Type, f.Typmod, how)
		if err != nil {
			return nil, err
		}
		out.Elems, out.Names = append(out.Elems, v), append(out.Names, f.Name)
	}
	return out, nil
}

// CoerceTypmod applies a length or precision, if e does not have it already.
func CoerceTypmod(e Expr, typmod int32, how CoercionContext) Expr {
	if typmod == types.NoTypmod || typmod == e.Typmod() {
		return e
	}
	switch t := BaseType(e.Type()); t {
	case types.Varchar, types.BPChar, types.Numeric, types.Time, types.TimeTZType, types.Timestamp, types.TimestampTZ,
		types.IntervalType, types.Bit, types.Varbit:
	default:
		if !t.IsArray() {
			return e
		}
	}
	return &ConvertTypmod{Arg: e, Mod: typmod, Explicit: how == Explicit}
}

// CommonType finds the type that expressions of UNION, CASE, VALUES, ARRAY,
// COALESCE and the like take together; what names the construct for the error
// (42804, "CASE types integer and text cannot be matched"). All unknown is text.
func (y *Typing) CommonType(what string, exprs []Expr) (*types.Type, error) {
	t, at, ok := y.commonType(exprs)
	if !ok {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "%s types %s and %s cannot be matched", what, t, exprs[at].Type()).At(LocOf(exprs[at]))
	}
	return t, nil
}

// commonType is select_common_type; when it fails, at is the expression that
// does not fit t.
func (y *Typing) commonType(exprs []Expr) (t *types.Type, at int, ok bool) {
	if len(exprs) == 0 {
		return types.Text, 0, true
	}
	same := true
	for _, e := range exprs {
		if !e.Type().Same(exprs[0].Type()) {
			same = false
		}
	}
	if same && exprs[0].Type() != types.Unknown {
		return exprs[0].Type(), 0, true
	}
	t = types.Unknown
	for i, e := range exprs {
		next := BaseType(e.Type())
		switch {
		case next == types.Unknown || next.Same(t):
		case t == types.Unknown:
			t = next
		case next.Category != t.Category:
			return t, i, false
		case !t.Preferred && y.CanCoerce(t, next, Implicit) && !y.CanCoerce(next, t, Implicit):
			t = next
		}
	}
	if t == types.Unknown {
		return types.Text, 0, true
	}
	for i, e := range exprs {
		if !y.CanCoerce(e.Type(), t, Implicit) {
			return t, i, false
		}
	}
	return t, 0, true
}

// CoerceAll brings expressions to their common type, in place.
func (y *Typing) CoerceAll(what string, exprs []Expr) (*types.Type, error) {
	t, err := y.CommonType(what, exprs)
	if err != nil {
		return nil, err
	}
	for i, e := range exprs {
		if exprs[i], err = y.Coerce(e, t, types.NoTypmod, Implicit); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// CommonTypmod gives the type modifier that all expressions share, or none.
func CommonTypmod(exprs []Expr) int32 {
	if len(exprs) == 0 {
		return types.NoTypmod
	}
	for _, e := range exprs {
		if e.Typmod() != exprs[0].Typmod() || !e.Type().Same(exprs[0].Type()) {
			return types.NoTypmod
		}
	}
	return exprs[0].Typmod()
}

// CoerceBoolean makes e a condition; what is the clause for the error (42804,
// "argument of WHERE must be type boolean, not type integer").
func (y *Typing) CoerceBoolean(e Expr, what string) (Expr, error) {
	if e.Type() != types.Unknown && !y.CanCoerce(e.Type(), types.Boolean, Implicit) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "argument of %s must be type boolean, not type %s", what, e.Type()).At(LocOf(e))
	}
	return y.Coerce(e, types.Boolean, types.NoTypmod, Implicit)
}
