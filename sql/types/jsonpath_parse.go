package types

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// maxPathDepth bounds how deep the parts of a jsonpath are in each other.
const maxPathDepth = 2000

// pathParser reads a jsonpath by recursive descent. Conditions and values are
// read alike, and an operator looks at what it has been given.
type pathParser struct {
	pathLexer
	depth int
}

// ParseJSONPath reads the text of a jsonpath.
func ParseJSONPath(s string) (*PathTree, error) {
	p := &pathParser{pathLexer: pathLexer{s: s}}
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.token == pathEnd {
		return nil, badSyntax("jsonpath", s)
	}
	out := &PathTree{}
	if p.keyword("strict") || p.keyword("lax") {
		out.Strict = p.keyword("strict")
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	root, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.token != pathEnd {
		return nil, p.unexpected()
	}
	out.Root = root
	return out, root.check(false, false, 0)
}

// check demands that @ stands in filters and last in subscripts, and bounds the
// depth.
func (n *PathNode) check(inFilter, inSubscript bool, depth int) error {
	if depth > maxPathDepth {
		return pathTooDeep()
	}
	for ; n != nil; n = n.Next {
		switch {
		case n.Op == PathCurrent && !inFilter:
			return sqlerr.New(sqlerr.SyntaxError, "@ is not allowed in root expressions")
		case n.Op == PathLast && !inSubscript:
			return sqlerr.New(sqlerr.SyntaxError, "LAST is allowed only in array subscripts")
		}
		for _, arg := range []*PathNode{n.Left, n.Right} {
			if err := arg.check(inFilter || n.Op == PathFilter, inSubscript, depth+1); err != nil {
				return err
			}
		}
		for _, r := range n.Ranges {
			for _, e := range []*PathNode{r.From, r.To} {
				if err := e.check(inFilter, true, depth+1); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func pathTooDeep() error {
	return StackDepthExceeded()
}

func (p *pathParser) unexpected() error { return p.fail("syntax error", p.near) }

// keyword says whether the token is a keyword; null, true and false are so in
// small letters only.
func (p *pathParser) keyword(word string) bool {
	if p.token != pathWord {
		return false
	}
	if word == "null" || word == "true" || word == "false" {
		return p.text == word
	}
	return strings.EqualFold(p.text, word)
}

// expect reads over a token.
func (p *pathParser) expect(t pathToken) error {
	if p.token != t {
		return p.unexpected()
	}
	return p.next()
}

// expectWord reads over a keyword.
func (p *pathParser) expectWord(word string) error {
	if !p.keyword(word) {
		return p.unexpected()
	}
	return p.next()
}

// binary reads operators of one level, left to right. symbol gives the operator
// that the token is; predicate says what its operands are.
func (p *pathParser) binary(operand func() (*PathNode, error), predicate bool, symbol func() (PathOp, bool)) (*PathNode, error) {
	left, err := operand()
	if err != nil {
		return nil, err
	}
	for {
		op, ok := symbol()
		if !ok {
			return left, nil
		}
		if left.condition() != predicate {
			return nil, p.unexpected()
		}
		if err := p.next(); err != nil {
			return nil, err
		}
		right, err := operand()
		if err != nil {
			return nil, err
		}
		if right.condition() != predicate {
			return nil, p.unexpected()
		}
		left = &PathNode{Op: op, Left: left, Right: right}
	}
}

// condition says whether the item with its accessors is a condition.
func (n *PathNode) condition() bool { return n.Op.Predicate() && n.Next == nil }

func (p *pathParser) or() (*PathNode, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxPathDepth {
		return nil, pathTooDeep()
	}
	return p.binary(p.and, true, func() (PathOp, bool) { return PathOr, p.token == pathOrOr })
}

func (p *pathParser) and() (*PathNode, error) {
	return p.binary(p.comparison, true, func() (PathOp, bool) { return PathAnd, p.token == pathAndAnd })
}

func (p *pathParser) comparison() (*PathNode, error) {
	if p.token == '!' || p.keyword("exists") {
		return p.delimited()
	}
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	switch {
	case left.condition() && p.keyword("is"):
		if err = p.next(); err != nil {
			return nil, err
		}
		return &PathNode{Op: PathIsUnknown, Left: left}, p.expectWord("unknown")
	case left.condition():
		return left, nil
	case p.token == pathCompare:
		out := &PathNode{Op: p.op, Left: left}
		if err = p.next(); err != nil {
			return nil, err
		}
		if out.Right, err = p.sum(); err == nil && out.Right.condition() {
			err = p.unexpected()
		}
		return out, err
	case p.keyword("starts"):
		return p.startsWith(left)
	case p.keyword("like_regex"):
		return p.likeRegex(left)
	}
	return left, nil
}

// delimited reads ! or exists and what is in parentheses behind.
func (p *pathParser) delimited() (*PathNode, error) {
	not := p.token == '!'
	if err := p.next(); err != nil {
		return nil, err
	}
	if not && p.keyword("exists") {
		inner, err := p.delimited()
		return &PathNode{Op: PathNot, Left: inner}, err
	}
	inner, err := p.parenthesised(not)
	if not {
		return &PathNode{Op: PathNot, Left: inner}, err
	}
	return &PathNode{Op: PathExists, Left: inner}, err
}

// parenthesised reads a condition, or a value, in parentheses.
func (p *pathParser) parenthesised(condition bool) (*PathNode, error) {
	if err := p.expect('('); err != nil {
		return nil, err
	}
	inner := p.value
	if condition {
		inner = p.or
	}
	n, err := inner()
	if err != nil {
		return nil, err
	}
	if n.condition() != condition {
		return nil, p.unexpected()
	}
	return n, p.expect(')')
}

// value reads an expression that is no condition.
func (p *pathParser) value() (*PathNode, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxPathDepth {
		return nil, pathTooDeep()
	}
	n, err := p.sum()
	if err == nil && n.condition() {
		err = p.unexpected()
	}
	return n, err
}

func (p *pathParser) startsWith(left *PathNode) (*PathNode, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	if err := p.expectWord("with"); err != nil {
		return nil, err
	}
	initial := &PathNode{Op: PathString, Str: p.text}
	switch p.token {
	case pathQuoted:
	case pathVariable:
		initial.Op = PathVariable
	default:
		return nil, p.unexpected()
	}
	return &PathNode{Op: PathStartsWith, Left: left, Right: initial}, p.next()
}

func (p *pathParser) likeRegex(left *PathNode) (*PathNode, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	out := &PathNode{Op: PathLikeRegex, Left: left, Str: p.text}
	if err := p.expect(pathQuoted); err != nil || !p.keyword("flag") {
		return out, err
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	const flags = "ismxq"
	given := p.text
	if err := p.expect(pathQuoted); err != nil {
		return nil, err
	}
	for _, c := range given {
		if !strings.ContainsRune(flags, c) {
			return nil, sqlerr.New(sqlerr.SyntaxError, "invalid input syntax for type %s", "jsonpath").
				WithDetail("Unrecognized flag character \"%c\" in LIKE_REGEX predicate.", c)
		}
	}
	for _, c := range flags {
		if strings.ContainsRune(given, c) {
			out.Flags += string(c)
		}
	}
	return out, nil
}

func (p *pathParser) sum() (*PathNode, error) {
	return p.binary(p.product, false, func() (PathOp, bool) {
		return map[pathToken]PathOp{'+': PathAdd, '-': PathSub}[p.token], p.token == '+' || p.token == '-'
	})
}

func (p *pathParser) product() (*PathNode, error) {
	return p.binary(p.unary, false, func() (PathOp, bool) {
		return map[pathToken]PathOp{'*': PathMul, '/': PathDiv, '%': PathMod}[p.token], p.token == '*' || p.token == '/' || p.token == '%'
	})
}

// unary reads signs; those before a number are part of it.
func (p *pathParser) unary() (*PathNode, error) {
	if p.token != '+' && p.token != '-' {
		return p.accessors()
	}
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxPathDepth {
		return nil, pathTooDeep()
	}
	minus := p.token == '-'
	if err := p.next(); err != nil {
		return nil, err
	}
	arg, err := p.unary()
	switch {
	case err != nil:
		return nil, err
	case arg.condition():
		return nil, p.unexpected()
	case arg.Op == PathNumber && arg.Next == nil:
		if minus {
			arg.Num.Negative = !arg.Num.Negative && arg.Num.Sign() != 0
		}
		return arg, nil
	case minus:
		return &PathNode{Op: PathMinus, Left: arg}, nil
	}
	return &PathNode{Op: PathPlus, Left: arg}, nil
}

// primary reads what accessors are applied to.
func (p *pathParser) primary() (n *PathNode, err error) {
	n = &PathNode{}
	switch {
	case p.token == '(':
		if err = p.next(); err != nil {
			return nil, err
		}
		if n, err = p.or(); err != nil {
			return nil, err
		}
		return n, p.expect(')')
	case p.token == pathQuoted:
		n.Op, n.Str = PathString, p.text
	case p.token == pathVariable:
		n.Op, n.Str = PathVariable, p.text
	case p.token == pathNumeric, p.token == pathInteger:
		n.Op = PathNumber
		if n.Num, err = ParseNumeric(p.text); err != nil {
			return nil, err
		}
	case p.token == '$':
		n.Op = PathRoot
	case p.token == '@':
		n.Op = PathCurrent
	case p.keyword("last"):
		n.Op = PathLast
	case p.keyword("null"):
		n.Op = PathNull
	case p.keyword("true"), p.keyword("false"):
		n.Op, n.Bool = PathBool, p.text == "true"
	default:
		return nil, p.unexpected()
	}
	return n, p.next()
}

// accessors reads a primary and its accessors.
func (p *pathParser) accessors() (*PathNode, error) {
	n, err := p.primary()
	if err != nil {
		return nil, err
	}
	last := n
	for last.Next != nil { // of a path in parentheses
		last = last.Next
	}
	for p.token == '.' || p.token == '[' || p.token == '?' {
		var next *PathNode
		switch p.token {
		case '.':
			next, err = p.member()
		case '[':
			next, err = p.subscripts()
		default:
			if err = p.next(); err == nil {
				next = &PathNode{Op: PathFilter}
				next.Left, err = p.parenthesised(true)
			}
		}
		if err != nil {
			return nil, err
		}
		last.Next = next
		last = next
	}
	return n, nil
}

// pathMethods are the methods without arguments.
var pathMethods = []string{"abs", "size", "type", "floor", "double", "ceiling", "keyvalue", "bigint", "boolean", "date", "integer", "number", "string"}

// pathArguments are the methods that may have integers as arguments, and how many.
var pathArguments = map[string]int{"decimal": 2, "time": 1, "time_tz": 1, "timestamp": 1, "timestamp_tz": 1}

// member reads what stands behind a dot.
func (p *pathParser) member() (*PathNode, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	switch p.token {
	case '*':
		return &PathNode{Op: PathAnyKey}, p.next()
	case pathStarStar:
		return p.levels()
	case pathWord, pathQuoted:
	default:
		return nil, p.unexpected()
	}
	word, name := p.token == pathWord, p.text
	if err := p.next(); err != nil || !word || p.token != '(' {
		return &PathNode{Op: PathKey, Str: name}, err
	}
	method := &PathNode{Op: PathMethod, Str: strings.ToLower(name)}
	datetime := method.Str == "datetime"
	if !datetime && pathArguments[method.Str] == 0 && !slices.Contains(pathMethods, method.Str) {
		return nil, p.unexpected()
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if pathArguments[method.Str] > 0 && p.token != ')' {
		if err := p.arguments(method); err != nil {
			return nil, err
		}
	}
	if datetime && p.token == pathQuoted {
		method.Left = &PathNode{Op: PathString, Str: p.text}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	return method, p.expect(')')
}

// arguments reads the integers that a method is given.
func (p *pathParser) arguments(method *PathNode) error {
	for n := 0; ; n++ {
		signed, minus := false, p.token == '-'
		if signed = method.Str == "decimal" && (minus || p.token == '+'); signed {
			if err := p.next(); err != nil {
				return err
			}
		}
		if p.token != pathInteger {
			return p.unexpected()
		}
		v, err := ParseNumeric(p.text)
		if err != nil {
			return err
		}
		v.Negative = signed && minus && v.Sign() != 0
		arg := &PathNode{Op: PathNumber, Num: v}
		switch n {
		case 0:
			method.Left = arg
		case 1:
			method.Right = arg
		default:
			return sqlerr.New(sqlerr.SyntaxError, "invalid input syntax for type %s", "jsonpath").WithDetail(".decimal() can only have an optional precision[,scale].")
		}
		if err := p.next(); err != nil {
			return err
		}
		if p.token != ',' || pathArguments[method.Str] < 2 {
			return nil
		}
		if err := p.next(); err != nil {
			return err
		}
	}
}

// levels reads ** and the levels behind it.
func (p *pathParser) levels() (*PathNode, error) {
	n := &PathNode{Op: PathAny, To: PathLevelLast}
	if err := p.next(); err != nil || p.token != '{' {
		return n, err
	}
	level := func() (uint32, error) {
		if err := p.next(); err != nil {
			return 0, err
		}
		if p.keyword("last") {
			return PathLevelLast, p.next()
		}
		if p.token != pathInteger {
			return 0, p.unexpected()
		}
		v, err := strconv.ParseInt(p.text, 10, 32)
		if err != nil {
			return 0, outOfRange("integer", p.text)
		}
		return uint32(v), p.next()
	}
	var err error
	if n.From, err = level(); err != nil {
		return nil, err
	}
	if n.To = n.From; p.keyword("to") {
		if n.To, err = level(); err != nil {
			return nil, err
		}
	}
	return n, p.expect('}')
}

// subscripts reads [*] or a list of subscripts.
func (p *pathParser) subscripts() (*PathNode, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.token == '*' {
		if err := p.next(); err != nil {
			return nil, err
		}
		return &PathNode{Op: PathAnyElement}, p.expect(']')
	}
	n := &PathNode{Op: PathElements}
	for {
		from, err := p.value()
		if err != nil {
			return nil, err
		}
		r := PathRange{From: from}
		if p.keyword("to") {
			if err := p.next(); err != nil {
				return nil, err
			}
			if r.To, err = p.value(); err != nil {
				return nil, err
			}
		}
		n.Ranges = append(n.Ranges, r)
		if p.token != ',' {
			return n, p.expect(']')
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}
