package types

import (
	"slices"
	"strings"
	"unicode"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// ltxtqueryCodec is type ltxtquery of extension ltree: a condition on which labels a path
// has. A value is kept as its text form, as the type writes it.
type ltxtqueryCodec struct{}

// LTxtQuery is a condition on labels: a pattern, or an operator with its operands.
type LTxtQuery struct {
	op          byte // 0: a pattern
	match       labelMatch
	left, right *LTxtQuery // of !, right alone
}

// maxTextQueryDepth bounds parentheses within each other.
const maxTextQueryDepth = 5000

// ltxtqueryReader reads the text form, as an automaton that makes postfix of it.
type ltxtqueryReader struct {
	text    []rune
	at      int
	behind  bool // an operand has been read
	open    int
	operand int // bytes of the operands so far
	stack   []*LTxtQuery
}

func ltxtquerySyntax() error { return sqlerr.New(sqlerr.SyntaxError, "syntax error") }

// ParseLTxtQuery reads the text form of a condition.
func ParseLTxtQuery(s string) (*LTxtQuery, error) {
	r := ltxtqueryReader{text: []rune(s)}
	if err := r.level(); err != nil {
		return nil, err
	}
	if len(r.stack) != 1 {
		return nil, ltxtquerySyntax()
	}
	return r.stack[0], nil
}

// push applies an operator to what has been read last.
func (r *ltxtqueryReader) push(op byte) {
	n := &LTxtQuery{op: op}
	last := len(r.stack) - 1
	n.right = r.stack[last]
	if op != '!' {
		last--
		n.left = r.stack[last]
	}
	r.stack = append(r.stack[:last], n)
}

// level reads what stands between parentheses, or all.
func (r *ltxtqueryReader) level() error {
	if r.open > maxTextQueryDepth {
		return sqlerr.New(sqlerr.StatementTooComplex, "stack depth limit exceeded")
	}
	const most = 32
	var waiting []byte
	bind := func() { // ! and & bind to the operand that has been read
		for len(waiting) > 0 && waiting[len(waiting)-1] != '|' {
			r.push(waiting[len(waiting)-1])
			waiting = waiting[:len(waiting)-1]
		}
	}
	operator := func(op byte) error {
		if len(waiting) > 0 && op == '|' {
			r.push(op) // the one that waits, whose place this one takes
			return nil
		}
		if len(waiting) == most {
			return sqlerr.New(sqlerr.InternalError, "stack too short")
		}
		waiting = append(waiting, op)
		return nil
	}
	end := func() {
		for len(waiting) > 0 {
			r.push(waiting[len(waiting)-1])
			waiting = waiting[:len(waiting)-1]
		}
	}
	for {
		c := rune(0)
		if r.at < len(r.text) {
			c = r.text[r.at]
		}
		switch {
		case !r.behind && c == '!':
			r.at++
			if err := operator('!'); err != nil {
				return err
			}
		case !r.behind && c == '(':
			r.at++
			r.open++
			if err := r.level(); err != nil {
				return err
			}
			bind()
		case !r.behind && labelRune(c):
			if err := r.pattern(); err != nil {
				return err
			}
			bind()
		case !r.behind && c != 0 && unicode.IsSpace(c):
			r.at++
		case !r.behind:
			return sqlerr.New(sqlerr.SyntaxError, "operand syntax error")
		case c == '&' || c == '|':
			r.at++
			r.behind = false
			if err := operator(byte(c)); err != nil {
				return err
			}
		case c == ')':
			r.at++
			if r.open--; r.open < 0 {
				return ltxtquerySyntax()
			}
			end()
			return nil
		case c == 0:
			if r.open > 0 {
				return ltxtquerySyntax()
			}
			end()
			return nil
		case c == ' ' || c >= 0x80:
			r.at++
		default:
			return ltxtquerySyntax()
		}
	}
}

func (r *ltxtqueryReader) pattern() error {
	n := &LTxtQuery{}
	begin, end := r.at, 0
	for ; r.at < len(r.text); r.at++ {
		c := r.text[r.at]
		if labelRune(c) {
			if n.match.flagged() {
				return sqlerr.New(sqlerr.SyntaxError, "modifiers syntax error")
			}
			end = r.at + 1
		} else if !n.match.flag(c) {
			break
		}
	}
	n.match.word = string(r.text[begin:end])
	switch size := len(n.match.word); {
	case size > 0xffff:
		return sqlerr.New(sqlerr.InvalidParameterValue, "word is too long")
	case r.operand > 0xffff:
		return sqlerr.New(sqlerr.InvalidParameterValue, "value is too big")
	case size > 0xff:
		return sqlerr.New(sqlerr.InvalidParameterValue, "operand is too long")
	default:
		r.operand += size + 1
	}
	r.behind = true
	r.stack = append(r.stack, n)
	return nil
}

// String writes the text form.
func (q *LTxtQuery) String() string { return string(q.append(nil, true)) }

func (q *LTxtQuery) append(dst []byte, first bool) []byte {
	switch q.op {
	case 0:
		return q.match.append(dst)
	case '!':
		if q.right.op == 0 {
			return q.right.append(append(dst, '!'), false)
		}
		return append(q.right.append(append(dst, "!( "...), true), " )"...)
	}
	within := q.op == '|' && !first
	if within {
		dst = append(dst, "( "...)
	}
	dst = q.left.append(dst, false)
	dst = q.right.append(append(dst, ' ', q.op, ' '), false)
	if within {
		dst = append(dst, " )"...)
	}
	return dst
}

// Matches says whether the condition holds for the labels of a path.
func (q *LTxtQuery) Matches(labels []string) bool {
	switch q.op {
	case '!':
		return !q.right.Matches(labels)
	case '&':
		return q.left.Matches(labels) && q.right.Matches(labels)
	case '|':
		return q.left.Matches(labels) || q.right.Matches(labels)
	}
	return slices.ContainsFunc(labels, q.match.matches)
}

func (ltxtqueryCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	q, err := ParseLTxtQuery(s)
	if err != nil {
		return Null, err
	}
	return String(q.String()), nil
}

func (ltxtqueryCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}

func (c ltxtqueryCodec) receive(t *Type, b []byte, typmod int32, env *Env) (Datum, error) {
	return receiveVersioned(c, t, b, typmod, env)
}

func (ltxtqueryCodec) appendBinary(_ *Type, dst []byte, d Datum, env *Env) []byte {
	return Text.AppendBinary(append(dst, 1), d, env)
}

func (ltxtqueryCodec) compare(_ *Type, a, b Datum) int { return strings.Compare(a.Str(), b.Str()) }
