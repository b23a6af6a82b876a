package types

import (
	"math"
	"strconv"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// PathOp is what one node of a jsonpath does.
type PathOp uint8

// The operations of jsonpath. What PathNode fields each uses stands beside it.
const (
	PathNull       PathOp = iota
	PathBool              // Bool
	PathNumber            // Num
	PathString            // Str
	PathVariable          // Str
	PathRoot              // $
	PathCurrent           // @
	PathLast              // last
	PathKey               // Str
	PathAnyKey            // .*
	PathAnyElement        // [*]
	PathElements          // Ranges
	PathAny               // .**{From to To}
	PathFilter            // Left
	PathMethod            // Str, and for datetime the template in Left, if there is one
	PathPlus              // Left
	PathMinus             // Left
	PathAdd               // Left, Right; the binary operators all do
	PathSub
	PathMul
	PathDiv
	PathMod
	PathEqual
	PathNotEqual
	PathLess
	PathGreater
	PathLessOrEqual
	PathGreaterOrEqual
	PathAnd
	PathOr
	PathNot        // Left
	PathIsUnknown  // Left
	PathExists     // Left
	PathStartsWith // Left, Right
	PathLikeRegex  // Left, Str the pattern, Flags
)

// pathSymbols are how the operators are written.
var pathSymbols = map[PathOp]string{
	PathPlus: "+", PathMinus: "-", PathAdd: "+", PathSub: "-", PathMul: "*", PathDiv: "/", PathMod: "%",
	PathEqual: "==", PathNotEqual: "!=", PathLess: "<", PathGreater: ">", PathLessOrEqual: "<=", PathGreaterOrEqual: ">=",
	PathAnd: "&&", PathOr: "||", PathStartsWith: "starts with",
}

func (op PathOp) String() string { return pathSymbols[op] }

// Predicate says whether the operation is a condition.
func (op PathOp) Predicate() bool { return op >= PathEqual }

// unbounded says whether an accessor behind the operation would be its operand's.
func (op PathOp) unbounded() bool { return op >= PathPlus }

// priority orders the operators by how tightly they bind.
func (op PathOp) priority() int {
	switch op {
	case PathOr:
		return 0
	case PathAnd:
		return 1
	case PathEqual, PathNotEqual, PathLess, PathGreater, PathLessOrEqual, PathGreaterOrEqual, PathStartsWith:
		return 2
	case PathAdd, PathSub:
		return 3
	case PathMul, PathDiv, PathMod:
		return 4
	case PathPlus, PathMinus:
		return 5
	}
	return 6
}

// PathNode is one item of a jsonpath. Next is the accessor that is applied to
// what it gives.
type PathNode struct {
	Op          PathOp
	Next        *PathNode
	Left, Right *PathNode
	Str         string
	Num         *apd.Decimal
	Bool        bool
	Ranges      []PathRange
	From, To    uint32 // of .**; PathLevelLast is "last"
	Flags       string // of like_regex: a subset of "ismxq", in that order
}

// PathLevelLast is the level "last" of .**{}.
const PathLevelLast = math.MaxUint32

// PathRange is one subscript: From alone, or From to To.
type PathRange struct{ From, To *PathNode }

// PathTree is a jsonpath value; it is immutable once in a Datum.
type PathTree struct {
	Strict bool
	Root   *PathNode
}

// JSONPath gives the tree of a jsonpath Datum.
func (d Datum) JSONPath() *PathTree {
	p, _ := d.ref.(*PathTree)
	return p
}

// Append appends the text that PostgreSQL writes for the path, except that an
// operator or condition that has accessors is always enclosed: without, the text
// would be that of another path, or of none.
func (p *PathTree) Append(dst []byte) []byte {
	if p.Strict {
		dst = append(dst, "strict "...)
	}
	return p.Root.append(dst, false, true)
}

// String gives the text of the path.
func (p *PathTree) String() string { return string(p.Append(nil)) }

// append writes the item and its accessors. accessor: it stands behind another
// item; brackets: it is an operand that has to be enclosed.
func (n *PathNode) append(dst []byte, accessor, brackets bool) []byte {
	for ; n != nil; n = n.Next {
		if n.Next != nil && n.Op.unbounded() {
			dst = append(n.appendItem(append(dst, '('), false, false), ')')
		} else {
			dst = n.appendItem(dst, accessor, brackets)
		}
		accessor, brackets = true, true
	}
	return dst
}

// operand writes an operand of n.
func (n *PathNode) operand(dst []byte, arg *PathNode) []byte {
	return arg.append(dst, false, arg.Op.priority() <= n.Op.priority())
}

func (n *PathNode) appendItem(dst []byte, accessor, brackets bool) []byte {
	dot := func() {
		if accessor {
			dst = append(dst, '.')
		}
	}
	enclosed := func(f func()) {
		if brackets {
			dst = append(dst, '(')
		}
		f()
		if brackets {
			dst = append(dst, ')')
		}
	}
	switch n.Op {
	case PathNull:
		return append(dst, "null"...)
	case PathBool:
		return strconv.AppendBool(dst, n.Bool)
	case PathNumber:
		if n.Next != nil {
			return append(AppendNumeric(append(dst, '('), n.Num), ')')
		}
		return AppendNumeric(dst, n.Num)
	case PathString:
		return AppendJSONString(dst, n.Str)
	case PathVariable:
		return AppendJSONString(append(dst, '$'), n.Str)
	case PathRoot:
		return append(dst, '$')
	case PathCurrent:
		return append(dst, '@')
	case PathLast:
		return append(dst, "last"...)
	case PathKey:
		dot()
		return AppendJSONString(dst, n.Str)
	case PathAnyKey:
		dot()
		return append(dst, '*')
	case PathAnyElement:
		return append(dst, "[*]"...)
	case PathElements:
		return n.appendSubscripts(dst)
	case PathAny:
		dot()
		return n.appendLevels(dst)
	case PathFilter:
		return append(n.Left.append(append(dst, "?("...), false, false), ')')
	case PathMethod:
		dst = append(append(append(dst, '.'), n.Str...), '(')
		if n.Left != nil {
			dst = n.Left.append(dst, false, false)
		}
		if n.Right != nil { // the scale of decimal()
			dst = n.Right.append(append(dst, ','), false, false)
		}
		return append(dst, ')')
	case PathNot:
		return append(n.Left.append(append(dst, "!("...), false, false), ')')
	case PathIsUnknown:
		return append(n.Left.append(append(dst, '('), false, false), ") is unknown"...)
	case PathExists:
		return append(n.Left.append(append(dst, "exists ("...), false, false), ')')
	case PathPlus, PathMinus:
		enclosed(func() { dst = n.operand(append(dst, n.Op.String()...), n.Left) })
	case PathLikeRegex:
		enclosed(func() {
			dst = AppendJSONString(append(n.operand(dst, n.Left), " like_regex "...), n.Str)
			if n.Flags != "" {
				dst = append(append(append(dst, ` flag "`...), n.Flags...), '"')
			}
		})
	default:
		enclosed(func() {
			dst = append(append(append(n.operand(dst, n.Left), ' '), n.Op.String()...), ' ')
			dst = n.operand(dst, n.Right)
		})
	}
	return dst
}

func (n *PathNode) appendSubscripts(dst []byte) []byte {
	dst = append(dst, '[')
	for i, r := range n.Ranges {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.From.append(dst, false, false)
		if r.To != nil {
			dst = r.To.append(append(dst, " to "...), false, false)
		}
	}
	return append(dst, ']')
}

func (n *PathNode) appendLevels(dst []byte) []byte {
	level := func(v uint32) {
		if v == PathLevelLast {
			dst = append(dst, "last"...)
			return
		}
		dst = strconv.AppendUint(dst, uint64(v), 10)
	}
	dst = append(dst, "**"...)
	if n.From == 0 && n.To == PathLevelLast {
		return dst
	}
	dst = append(dst, '{')
	level(n.From)
	if n.To != n.From {
		dst = append(dst, " to "...)
		level(n.To)
	}
	return append(dst, '}')
}

// jsonpathCodec is jsonpath; values are *PathTree.
type jsonpathCodec struct{}

func (jsonpathCodec) input(_ *Type, s string, _ int32, env *Env) (Datum, error) {
	if err := CheckText(s); err != nil {
		return Null, err
	}
	p, err := ParseJSONPath(s)
	if err != nil {
		return Null, err
	}
	if !env.Stored {
		err = p.Root.checkRegexes()
	}
	return Object(p), err
}

// CheckPathRegex, which package expr sets, demands that the pattern of a
// like_regex with such flags can be used.
var CheckPathRegex func(pattern, flags string) error

func (n *PathNode) checkRegexes() error {
	for ; n != nil; n = n.Next {
		if n.Op == PathLikeRegex && CheckPathRegex != nil {
			if err := CheckPathRegex(n.Str, n.Flags); err != nil {
				return err
			}
		}
		for _, r := range n.Ranges {
			for _, e := range []*PathNode{r.From, r.To} {
				if err := e.checkRegexes(); err != nil {
					return err
				}
			}
		}
		for _, arg := range []*PathNode{n.Left, n.Right} {
			if err := arg.checkRegexes(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (jsonpathCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return d.JSONPath().Append(dst)
}

func (c jsonpathCodec) receive(t *Type, b []byte, m int32, env *Env) (Datum, error) {
	if len(b) < 1 {
		return Null, shortMessage()
	}
	if b[0] != 1 {
		return Null, sqlerr.New(sqlerr.InternalError, "unsupported jsonpath version number: %d", b[0])
	}
	return c.input(t, string(b[1:]), m, env)
}

func (jsonpathCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return d.JSONPath().Append(append(dst, 1))
}

func (jsonpathCodec) compare(_ *Type, a, b Datum) int {
	return compareStrings(a.JSONPath().String(), b.JSONPath().String())
}
