package expr

import (
	"fmt"
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// exprParser reads enough of SQL's expressions for the tests of this package,
// which must not depend on the parser above it.
type exprParser struct {
	toks   []string
	params *ParamTypes
}

func lexExpr(s string) []string {
	var out []string
	const opChars = "+-*/<>=~!@#%^&|`?"
	for i := 0; i < len(s); {
		c := s[i]
		start := i
		switch {
		case c == ' ':
			i++
			continue
		case c == '\'' || (c == 'E' || c == 'e') && i+1 < len(s) && s[i+1] == '\'' || (c == 'B') && i+1 < len(s) && s[i+1] == '\'':
			if c != '\'' {
				i++
			}
			i++
			for i < len(s) {
				if (c == 'E' || c == 'e') && s[i] == '\\' {
					i += 2
					continue
				}
				if s[i] == '\'' {
					if i+1 < len(s) && s[i+1] == '\'' {
						i += 2
						continue
					}
					break
				}
				i++
			}
			i++
		case c == '"':
			i++
			for s[i] != '"' {
				i++
			}
			i++
		case c >= '0' && c <= '9' || c == '.' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.' || s[i] == 'e' || (s[i] == '-' || s[i] == '+') && s[i-1] == 'e') {
				i++
			}
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '$':
			for i < len(s) && (s[i] == '_' || s[i] == '$' || s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z' || s[i] >= '0' && s[i] <= '9') {
				i++
			}
		case strings.HasPrefix(s[i:], "::"):
			i += 2
		case strings.HasPrefix(s[i:], "=>"):
			i += 2
		case strings.IndexByte(opChars, c) >= 0:
			for i < len(s) && strings.IndexByte(opChars, s[i]) >= 0 {
				i++
			}
			for i-start > 1 && (s[i-1] == '-' || s[i-1] == '+') && !strings.ContainsAny(s[start:i], "~!@#%^&|`?") {
				i--
			}
		default:
			i++
		}
		out = append(out, s[start:i])
	}
	return out
}

func (p *exprParser) peek() string {
	if len(p.toks) == 0 {
		return ""
	}
	return p.toks[0]
}

func (p *exprParser) word() string { return strings.ToLower(p.peek()) }

func (p *exprParser) next() string {
	t := p.peek()
	if len(p.toks) > 0 {
		p.toks = p.toks[1:]
	}
	return t
}

func (p *exprParser) accept(words ...string) bool {
	for i, w := range words {
		if i >= len(p.toks) || strings.ToLower(p.toks[i]) != w {
			return false
		}
	}
	p.toks = p.toks[len(words):]
	return true
}

// parseExpr binds one expression.
func parseExpr(s string) (e Expr, err error) {
	p := &exprParser{toks: lexExpr(s), params: &ParamTypes{}}
	e, err = p.or()
	if err == nil && len(p.toks) > 0 {
		err = fmt.Errorf("test parser: junk %q in %s", p.peek(), s)
	}
	return e, err
}

func (p *exprParser) or() (Expr, error) {
	e, err := p.and()
	for err == nil && p.accept("or") {
		var r Expr
		if r, err = p.and(); err == nil {
			e, err = boolPair(e, r, "OR", func(a, b Expr) Expr { return NewOr(a, b) })
		}
	}
	return e, err
}

func boolPair(a, b Expr, what string, f func(a, b Expr) Expr) (Expr, error) {
	x, err := CoerceBoolean(a, what)
	if err != nil {
		return nil, err
	}
	y, err := CoerceBoolean(b, what)
	if err != nil {
		return nil, err
	}
	return f(x, y), nil
}

func (p *exprParser) and() (Expr, error) {
	e, err := p.not()
	for err == nil && p.accept("and") {
		var r Expr
		if r, err = p.not(); err == nil {
			e, err = boolPair(e, r, "AND", func(a, b Expr) Expr { return NewAnd(a, b) })
		}
	}
	return e, err
}

func (p *exprParser) not() (Expr, error) {
	if p.accept("not") {
		e, err := p.not()
		if err != nil {
			return nil, err
		}
		if e, err = CoerceBoolean(e, "NOT"); err != nil {
			return nil, err
		}
		return &Not{Arg: e}, nil
	}
	return p.is()
}

func (p *exprParser) is() (Expr, error) {
	e, err := p.compare()
	for err == nil {
		switch {
		case p.accept("is", "null"):
			e = &IsNull{Arg: e}
		case p.accept("is", "not", "null"):
			e = &IsNull{Arg: e, Negated: true}
		case p.accept("is", "true"):
			e = &BoolTest{Arg: e, Test: IsTrue}
		case p.accept("is", "not", "true"):
			e = &BoolTest{Arg: e, Test: IsNotTrue}
		case p.accept("is", "unknown"):
			e = &BoolTest{Arg: e, Test: IsUnknown}
		case p.accept("is", "distinct", "from"), p.accept("is", "not", "distinct", "from"):
			var r Expr
			if r, err = p.compare(); err == nil {
				e, err = builtinTyping.NewIsDistinct(e, r, false, 0)
			}
		default:
			return e, nil
		}
	}
	return e, err
}

func (p *exprParser) compare() (Expr, error) {
	e, err := p.likeIn()
	for err == nil {
		switch op := p.peek(); op {
		case "=", "<", ">", "<=", ">=", "<>", "!=":
			p.next()
			if op == "!=" {
				op = "<>"
			}
			if p.accept("any") || p.accept("all") {
				p.next()
				var arr Expr
				if arr, err = p.or(); err == nil {
					p.next()
					e, err = builtinTyping.NewAnyAll(op, e, arr, false, 0)
				}
				continue
			}
			var r Expr
			if r, err = p.likeIn(); err == nil {
				e, err = Compare(op, e, r, 0)
			}
		default:
			return e, nil
		}
	}
	return e, err
}

func (p *exprParser) likeIn() (Expr, error) {
	e, err := p.other()
	for err == nil {
		negated := len(p.toks) > 1 && p.word() == "not" && strings.Contains(" like ilike in between similar ", " "+strings.ToLower(p.toks[1])+" ")
		if negated {
			p.next()
		}
		var r Expr
		switch {
		case p.accept("like"), p.accept("ilike"):
			op := "~~"
			_ = op
			if r, err = p.other(); err == nil {
				if negated {
					op = "!~~"
				}
				e, err = ResolveOperator(op, e, r, 0)
			}
		case p.accept("in"):
			p.next()
			var list []Expr
			if list, err = p.list(")"); err == nil {
				e, err = builtinTyping.NewIn(e, list, negated, 0)
			}
		case p.accept("between"):
			var lo, hi Expr
			if lo, err = p.other(); err == nil {
				p.accept("and")
				if hi, err = p.other(); err == nil {
					var a, b Expr
					if a, err = Compare(">=", e, lo, 0); err == nil {
						if b, err = Compare("<=", e, hi, 0); err == nil {
							e = NewAnd(a, b)
							if negated {
								e = &Not{Arg: e}
							}
						}
					}
				}
			}
		default:
			return e, nil
		}
	}
	return e, err
}

const operatorChars = "+-*/<>=~!@#%^&|`?"

func isOtherOp(t string) bool {
	return t != "" && strings.IndexByte(operatorChars, t[0]) >= 0 && strings.Trim(t, operatorChars) == "" &&
		!strings.Contains(" + - * / % ^ = < > <= >= <> != => ", " "+t+" ")
}

func (p *exprParser) binary(ops func(string) bool, sub func() (Expr, error)) (Expr, error) {
	e, err := sub()
	for err == nil && ops(p.peek()) {
		op := p.next()
		var r Expr
		if r, err = sub(); err == nil {
			e, err = ResolveOperator(op, e, r, 0)
		}
	}
	return e, err
}

func (p *exprParser) other() (Expr, error) {
	if isOtherOp(p.peek()) {
		op := p.next()
		r, err := p.other()
		if err != nil {
			return nil, err
		}
		return ResolveOperator(op, nil, r, 0)
	}
	return p.binary(isOtherOp, p.add)
}
func (p *exprParser) add() (Expr, error) {
	return p.binary(func(t string) bool { return t == "+" || t == "-" }, p.mul)
}
func (p *exprParser) mul() (Expr, error) {
	return p.binary(func(t string) bool { return t == "*" || t == "/" || t == "%" }, p.pow)
}
func (p *exprParser) pow() (Expr, error) {
	return p.binary(func(t string) bool { return t == "^" }, p.zone)
}

func (p *exprParser) zone() (Expr, error) {
	e, err := p.unary()
	for err == nil && p.accept("at", "time", "zone") {
		var z Expr
		if z, err = p.unary(); err == nil {
			var r *Resolved
			if r, err = ResolveFunction("timezone", []Expr{z, e}, CallOptions{}, 0); err == nil {
				e = r.Call(0)
			}
		}
	}
	return e, err
}

func (p *exprParser) unary() (Expr, error) {
	if t := p.peek(); t == "-" || t == "+" {
		p.next()
		if c := p.peek(); t == "-" && c != "" && (c[0] >= '0' && c[0] <= '9' || c[0] == '.') && (len(p.toks) < 2 || p.toks[1] != "::") {
			p.toks[0] = "-" + c // the grammar folds the sign into a number
			return p.postfix()
		}
		e, err := p.unary()
		if err != nil {
			return nil, err
		}
		return ResolveOperator(t, nil, e, 0)
	}
	return p.postfix()
}

func (p *exprParser) typeName() (*types.Type, int32, error) {
	name := strings.ToLower(strings.Trim(p.next(), ""))
	for _, more := range []string{"precision", "varying"} {
		if p.accept(more) {
			name += " " + more
		}
	}
	typmod := types.NoTypmod
	t := types.LookupSQLName(name)
	var mods []int64
	if p.peek() == "(" {
		p.next()
		for p.peek() != ")" {
			if p.peek() != "," {
				neg := p.accept("-")
				var n int64
				fmt.Sscan(p.next(), &n)
				if neg {
					n = -n
				}
				mods = append(mods, n)
			} else {
				p.next()
			}
		}
		p.next()
	}
	if p.accept("with", "time", "zone") {
		t = types.LookupSQLName(name + " with time zone")
	}
	if t == nil {
		return nil, 0, fmt.Errorf("test parser: type %s", name)
	}
	if t == types.BPChar && mods == nil && (name == "char" || name == "character") {
		mods = []int64{1}
	}
	if t == types.IntervalType && len(mods) == 1 {
		mods = []int64{0x7fff, mods[0]}
	}
	if mods != nil {
		var err error
		if typmod, err = types.ParseTypmod(t, mods); err != nil {
			return nil, 0, err
		}
	}
	for p.accept("[", "]") {
		if !t.IsArray() {
			t = t.Array
		}
	}
	return t, typmod, nil
}

func (p *exprParser) postfix() (Expr, error) {
	e, err := p.primary()
	for err == nil {
		switch {
		case p.peek() == "::":
			p.next()
			var t *types.Type
			var mod int32
			if t, mod, err = p.typeName(); err == nil {
				e, err = Coerce(e, t, mod, Explicit)
			}
		case p.peek() == "[":
			var subs []Index
			for err == nil && p.accept("[") {
				var ix Index
				if p.peek() != ":" {
					ix.Upper, err = p.or()
				}
				if err == nil && p.accept(":") {
					ix.Slice, ix.Lower, ix.Upper = true, ix.Upper, nil
					if p.peek() != "]" {
						ix.Upper, err = p.or()
					}
				}
				p.accept("]")
				subs = append(subs, ix)
			}
			if err == nil {
				e, err = NewSubscript(e, subs, 0)
			}
		default:
			return e, nil
		}
	}
	return e, err
}

func (p *exprParser) list(end string) ([]Expr, error) {
	var out []Expr
	for p.peek() != end {
		e, err := p.or()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if p.peek() != end && !p.accept(",") {
			return nil, fmt.Errorf("test parser: %q in a list", p.peek())
		}
	}
	p.next()
	return out, nil
}

func untyped(s string) *Const {
	return &Const{Value: types.String(s), T: types.Unknown, Mod: types.NoTypmod, Loc: -1}
}

func constant(text string, t *types.Type) (Expr, error) {
	v, err := t.Input(text, types.NoTypmod, types.DefaultEnv)
	return &Const{Value: v, T: t, Mod: types.NoTypmod, Loc: -1}, err
}

var noParens = map[string]bool{"current_user": true, "session_user": true, "current_schema": true, "current_catalog": true}

func (p *exprParser) primary() (Expr, error) {
	tok := p.next()
	low := strings.ToLower(tok)
	if tok == "[" { // a nested ARRAY
		list, err := p.list("]")
		if err != nil {
			return nil, err
		}
		return builtinTyping.NewArray(list, nil, 0)
	}
	switch {
	case tok == "":
		return nil, fmt.Errorf("test parser: unexpected end")
	case tok == "(":
		list, err := p.list(")")
		if err != nil {
			return nil, err
		}
		if len(list) == 1 {
			return list[0], nil
		}
		return NewRow(list, nil), nil
	case tok[0] == '\'':
		return untyped(strings.ReplaceAll(tok[1:len(tok)-1], "''", "'")), nil
	case strings.HasPrefix(tok, "B'"):
		return constant(strings.ToLower(tok[2:len(tok)-1]), types.Bit)
	case strings.HasPrefix(tok, "E'"):
		return untyped(strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", "''", "'", `\'`, "'").Replace(tok[2 : len(tok)-1])), nil
	case tok[0] >= '0' && tok[0] <= '9' || tok[0] == '.' || tok[0] == '-':
		if strings.Trim(tok, "-0123456789") == "" {
			if e, err := constant(tok, types.Int4); err == nil {
				return e, nil
			}
			if e, err := constant(tok, types.Int8); err == nil {
				return e, nil
			}
		}
		return constant(tok, types.Numeric)
	case low == "null":
		return &Const{T: types.Unknown, Mod: types.NoTypmod, Loc: -1}, nil
	case low == "true" || low == "false":
		return boolConst(low == "true"), nil
	case low == "array":
		p.next()
		list, err := p.list("]")
		if err != nil {
			return nil, err
		}
		var target *types.Type
		if len(list) == 0 && p.accept("::") {
			if target, _, err = p.typeName(); err != nil {
				return nil, err
			}
		}
		return builtinTyping.NewArray(list, target, 0)
	case low == "row":
		p.next()
		list, err := p.list(")")
		return NewRow(list, nil), err
	case low == "case":
		return p.caseExpr()
	case low == "extract":
		p.next()
		field := p.next()
		p.accept("from")
		arg, err := p.or()
		if err != nil {
			return nil, err
		}
		p.next()
		r, err := ResolveFunction("extract", []Expr{untyped(strings.Trim(strings.ToLower(field), "'")), arg}, CallOptions{}, 0)
		if err != nil {
			return nil, err
		}
		return r.Call(0), nil
	case (low == "date" || low == "timestamp" || low == "timestamptz" || low == "interval" || low == "time" || low == "numeric" || low == "jsonb" || low == "json" || low == "bytea") && strings.HasPrefix(p.peek(), "'"):
		lit, err := p.primary()
		if err != nil {
			return nil, err
		}
		return Coerce(lit, types.LookupSQLName(low), types.NoTypmod, Explicit)
	case noParens[low] && p.peek() != "(":
		if low == "current_catalog" {
			low = "current_database"
		}
		r, err := ResolveFunction(low, nil, CallOptions{}, 0)
		if err != nil {
			return nil, err
		}
		return r.Call(0), nil
	case p.peek() == "(":
		return p.call(low)
	}
	return nil, fmt.Errorf("test parser: %q", tok)
}

func (p *exprParser) caseExpr() (Expr, error) {
	var operand, els Expr
	var err error
	if p.word() != "when" {
		if operand, err = p.or(); err != nil {
			return nil, err
		}
	}
	var whens []When
	for p.accept("when") {
		var w When
		if w.Cond, err = p.or(); err != nil {
			return nil, err
		}
		p.accept("then")
		if w.Result, err = p.or(); err != nil {
			return nil, err
		}
		whens = append(whens, w)
	}
	if p.accept("else") {
		if els, err = p.or(); err != nil {
			return nil, err
		}
	}
	p.accept("end")
	return builtinTyping.NewCase(operand, whens, els, 0)
}

func (p *exprParser) call(name string) (Expr, error) {
	p.next()
	var args []Expr
	var opts CallOptions
	for p.peek() != ")" {
		argName := ""
		if p.accept("variadic") {
			opts.Variadic = true
		}
		if len(p.toks) > 1 && p.toks[1] == "=>" {
			argName = p.next()
			p.next()
		}
		e, err := p.or()
		if err != nil {
			return nil, err
		}
		args = append(args, e)
		opts.Names = append(opts.Names, argName)
		if p.peek() != ")" && !p.accept(",") {
			return nil, fmt.Errorf("test parser: %q in a call of %s", p.peek(), name)
		}
	}
	p.next()
	switch name {
	case "cast":
	case "coalesce":
		return builtinTyping.NewCoalesce(args)
	case "greatest", "least":
		return builtinTyping.NewMinMax(args, name == "greatest")
	case "nullif":
		return builtinTyping.NewNullIf(args[0], args[1], 0)
	}
	r, err := ResolveFunction(name, args, opts, 0)
	if err != nil {
		return nil, err
	}
	return r.Call(0), nil
}
