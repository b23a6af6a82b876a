package types

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// TSOp is what a node of a tsquery does; the values are PostgreSQL's on the wire.
type TSOp byte

// The operators of a tsquery; a TSLexeme is a word.
const (
	TSLexeme TSOp = iota
	TSNot
	TSAnd
	TSOr
	TSPhrase
	// TSStop stands for a word that was left out while a query is made.
	TSStop
)

// TSNode is a node of a tsquery; it is immutable once in a Datum. Left is nil but for
// operators of two operands; TSNot has Right alone.
type TSNode struct {
	Op          TSOp
	Left, Right *TSNode
	Distance    int    // of TSPhrase
	Word        string // of TSLexeme
	Weights     byte   // bit n: weight n (0 is D, 3 is A) is asked for; 0 is any
	Prefix      bool
}

// MaxTSDistance bounds the distance of <N>.
const MaxTSDistance = 1 << 14

// TSQuery gives the root of a tsquery, nil for the empty one.
func (d Datum) TSQuery() *TSNode {
	n, _ := d.ref.(*TSNode)
	return n
}

// TSQueryDatum makes a tsquery of its root, which may be nil.
func TSQueryDatum(root *TSNode) Datum { return Object(root) }

// Size counts the nodes.
func (n *TSNode) Size() int {
	if n == nil {
		return 0
	}
	return 1 + n.Left.Size() + n.Right.Size()
}

// Operands appends the words of a query, from left to right.
func (n *TSNode) Operands(to []*TSNode) []*TSNode {
	switch {
	case n == nil:
		return to
	case n.Op == TSLexeme:
		return append(to, n)
	}
	return n.Right.Operands(n.Left.Operands(to))
}

func (n *TSNode) bytes() int {
	switch {
	case n == nil:
		return 0
	case n.Op == TSLexeme:
		return len(n.Word) + 1
	}
	return n.Left.bytes() + n.Right.bytes()
}

func (o TSOp) priority() int {
	switch o {
	case TSOr:
		return 1
	case TSAnd:
		return 2
	case TSPhrase:
		return 3
	case TSNot:
		return 4
	}
	return 5
}

// tsqueryCodec is tsquery.
type tsqueryCodec struct{}

func (tsqueryCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	root, err := ParseTSQuery(s, func(word string, weights byte, prefix bool) (*TSNode, error) {
		return &TSNode{Word: word, Weights: weights, Prefix: prefix}, nil
	})
	return TSQueryDatum(root), err
}

func (tsqueryCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return d.TSQuery().appendText(dst, 0, false)
}

// Text writes the query as its output function does.
func (n *TSNode) Text() string { return string(n.appendText(nil, 0, false)) }

// appendText writes a node below an operator of a priority; right says that it is the
// right operand of a phrase, where another phrase needs parentheses.
func (n *TSNode) appendText(dst []byte, parent int, right bool) []byte {
	switch {
	case n == nil:
		return dst
	case n.Op == TSLexeme:
		dst = append(dst, '\'')
		for i := range len(n.Word) {
			if c := n.Word[i]; c == '\'' || c == '\\' {
				dst = append(dst, c)
			}
			dst = append(dst, n.Word[i])
		}
		dst = append(dst, '\'')
		if n.Prefix || n.Weights != 0 {
			dst = append(dst, ':')
			if n.Prefix {
				dst = append(dst, '*')
			}
			for w := 3; w >= 0; w-- {
				if n.Weights&(1<<w) != 0 {
					dst = append(dst, "DCBA"[w])
				}
			}
		}
		return dst
	}
	priority := n.Op.priority()
	enclosed := priority < parent || n.Op == TSPhrase && right
	if enclosed {
		dst = append(dst, "( "...)
	}
	if n.Op == TSNot {
		dst = n.Right.appendText(append(dst, '!'), priority, false)
	} else {
		dst = n.Left.appendText(dst, priority, false)
		switch {
		case n.Op == TSAnd:
			dst = append(dst, " & "...)
		case n.Op == TSOr:
			dst = append(dst, " | "...)
		case n.Distance == 1:
			dst = append(dst, " <-> "...)
		default:
			dst = append(strconv.AppendInt(append(dst, " <"...), int64(n.Distance), 10), "> "...)
		}
		dst = n.Right.appendText(dst, priority, n.Op == TSPhrase)
	}
	if enclosed {
		dst = append(dst, " )"...)
	}
	return dst
}

// appendBinary writes the nodes in Polish notation, the right operand first.
func (tsqueryCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	root := d.TSQuery()
	dst = binary.BigEndian.AppendUint32(dst, uint32(root.Size()))
	var write func(n *TSNode)
	write = func(n *TSNode) {
		switch {
		case n == nil:
			return
		case n.Op == TSLexeme:
			dst = append(dst, 1, n.Weights, byte(btoi(n.Prefix)))
			dst = append(append(dst, n.Word...), 0)
			return
		}
		dst = append(dst, 2, byte(n.Op))
		if n.Op == TSPhrase {
			dst = binary.BigEndian.AppendUint16(dst, uint16(n.Distance))
		}
		write(n.Right)
		write(n.Left)
	}
	write(root)
	return dst
}

// maxTSDepth bounds how deep a query that is received may be.
const maxTSDepth = 5000

func (tsqueryCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if len(b) < 4 {
		return Null, shortMessage()
	}
	size := int(int32(binary.BigEndian.Uint32(b)))
	if b = b[4:]; size < 0 || size > len(b) {
		return Null, badBinary("invalid size of tsquery")
	}
	var read func(depth int) (*TSNode, error)
	read = func(depth int) (*TSNode, error) {
		if size--; size < 0 || len(b) < 2 || depth > maxTSDepth {
			return nil, badBinary("malformed tsquery: operand not found")
		}
		kind := b[0]
		switch kind {
		case 1:
			if len(b) < 3 {
				return nil, shortMessage()
			}
			n := &TSNode{Weights: b[1], Prefix: b[2] != 0}
			end := bytes.IndexByte(b[3:], 0)
			switch {
			case end < 0:
				return nil, shortMessage()
			case n.Weights > 0xF:
				return nil, badBinary("invalid tsquery: invalid weight bitmap")
			case end > maxLexeme:
				return nil, badBinary("invalid tsquery: operand too long")
			}
			n.Word, b = string(b[3:3+end]), b[3+end+1:]
			return n, nil
		case 2:
			n := &TSNode{Op: TSOp(b[1])}
			if b = b[2:]; n.Op < TSNot || n.Op > TSPhrase {
				return nil, badBinary("invalid tsquery: unrecognized operator type %d", n.Op)
			}
			if n.Op == TSPhrase {
				if len(b) < 2 {
					return nil, shortMessage()
				}
				n.Distance, b = int(binary.BigEndian.Uint16(b)), b[2:]
			}
			var err error
			if n.Right, err = read(depth + 1); err == nil && n.Op != TSNot {
				n.Left, err = read(depth + 1)
			}
			return n, err
		}
		return nil, badBinary("unrecognized tsquery node type: %d", kind)
	}
	var root *TSNode
	if size > 0 {
		var err error
		if root, err = read(0); err != nil {
			return Null, err
		}
	}
	if size != 0 || len(b) > 0 {
		return Null, badBinary("invalid tsquery: extra nodes")
	}
	return TSQueryDatum(root), nil
}

// compare orders by the number of nodes, then by the length of the words, then node by
// node.
func (tsqueryCodec) compare(_ *Type, a, b Datum) int {
	x, y := a.TSQuery(), b.TSQuery()
	return cmp.Or(cmp.Compare(x.Size(), y.Size()), cmp.Compare(x.bytes(), y.bytes()), x.Compare(y))
}

// Compare orders nodes as PostgreSQL does, but for words, which it orders by a checksum.
func (n *TSNode) Compare(o *TSNode) int {
	if n == nil || o == nil {
		return btoi(n != nil) - btoi(o != nil)
	}
	if n.Op == TSLexeme || o.Op == TSLexeme {
		if n.Op != o.Op {
			return cmp.Compare(btoi(o.Op == TSLexeme), btoi(n.Op == TSLexeme)) * -1
		}
		return cmp.Or(cmp.Compare(n.Word, o.Word), cmp.Compare(n.Weights, o.Weights), btoi(n.Prefix)-btoi(o.Prefix))
	}
	if n.Op != o.Op {
		return cmp.Compare(o.Op, n.Op)
	}
	return cmp.Or(n.Left.Compare(o.Left), n.Right.Compare(o.Right), cmp.Compare(o.Distance, n.Distance))
}

// ParseTSQuery reads the language of tsquery: words with & | ! <-> <N> and
// parentheses. word makes the node of each word; it may be a TSStop, and a query of
// nothing else becomes nil by StripStops.
func ParseTSQuery(s string, word func(text string, weights byte, prefix bool) (*TSNode, error)) (*TSNode, error) {
	p := &tsqueryParser{src: s, rest: s, word: word}
	p.space()
	if p.rest == "" {
		return nil, nil
	}
	root, err := p.level(1, 0)
	if err != nil {
		return nil, err
	}
	if p.rest != "" {
		return nil, p.bad()
	}
	return root, nil
}

type tsqueryParser struct {
	src, rest string
	word      func(string, byte, bool) (*TSNode, error)
}

func (p *tsqueryParser) bad() error {
	return sqlerr.New(sqlerr.SyntaxError, "syntax error in tsquery: \"%s\"", p.src)
}

func (p *tsqueryParser) space() { p.rest = trimLeftSpace(p.rest) }

// operator reads the operator that comes next, if any.
func (p *tsqueryParser) operator() (op TSOp, distance int, after string, err error) {
	p.space()
	switch {
	case p.rest == "" || p.rest[0] == ')':
		return TSLexeme, 0, p.rest, nil
	case p.rest[0] == '&':
		return TSAnd, 0, p.rest[1:], nil
	case p.rest[0] == '|':
		return TSOr, 0, p.rest[1:], nil
	case strings.HasPrefix(p.rest, "<->"):
		return TSPhrase, 1, p.rest[3:], nil
	case p.rest[0] == '<':
		end := 1
		for end < len(p.rest) && p.rest[end] >= '0' && p.rest[end] <= '9' {
			end++
		}
		if end == 1 || end == len(p.rest) || p.rest[end] != '>' {
			return 0, 0, "", p.bad()
		}
		n, nerr := strconv.Atoi(p.rest[1:end])
		if nerr != nil || n > MaxTSDistance {
			return 0, 0, "", sqlerr.New(sqlerr.InvalidParameterValue, "distance in phrase operator must be an integer value between zero and %d inclusive", MaxTSDistance)
		}
		return TSPhrase, n, p.rest[end+1:], nil
	}
	return 0, 0, "", p.bad()
}

// level reads operators of a priority and above, from left to right.
func (p *tsqueryParser) level(priority, depth int) (*TSNode, error) {
	if depth > maxTSDepth {
		return nil, StackDepthExceeded()
	}
	left, err := p.operand(depth)
	for err == nil {
		op, distance, after, opErr := p.operator()
		if opErr != nil {
			return nil, opErr
		}
		if op == TSLexeme || op.priority() < priority {
			return left, nil
		}
		p.rest = after
		var right *TSNode
		if right, err = p.level(op.priority()+1, depth+1); err == nil {
			left = &TSNode{Op: op, Left: left, Right: right, Distance: distance}
		}
	}
	return nil, err
}

func (p *tsqueryParser) operand(depth int) (*TSNode, error) {
	p.space()
	switch {
	case p.rest == "":
		return nil, sqlerr.New(sqlerr.SyntaxError, "no operand in tsquery: \"%s\"", p.src)
	case p.rest[0] == '!':
		if depth > maxTSDepth {
			return nil, StackDepthExceeded()
		}
		p.rest = p.rest[1:]
		right, err := p.operand(depth + 1)
		if err != nil {
			return nil, err
		}
		return &TSNode{Op: TSNot, Right: right}, nil
	case p.rest[0] == '(':
		p.rest = p.rest[1:]
		inner, err := p.level(1, depth+1)
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(p.rest, ")") {
			return nil, p.bad()
		}
		p.rest = p.rest[1:]
		return inner, nil
	}
	return p.value()
}

// value reads a word with what is asked of it.
func (p *tsqueryParser) value() (*TSNode, error) {
	s := p.rest
	var word []byte
	i := 0
	quoted := s[0] == '\''
	if quoted {
		i++
	}
word:
	for {
		switch {
		case i == len(s) && quoted:
			return nil, p.bad()
		case i == len(s):
			break word
		case s[i] == '\\':
			if i+1 == len(s) {
				return nil, sqlerr.New(sqlerr.SyntaxError, "there is no escaped character: \"%s\"", p.src)
			}
			word = append(word, s[i+1])
			i += 2
			continue
		case quoted && s[i] == '\'':
			if i+1 < len(s) && s[i+1] == '\'' {
				word = append(word, '\'')
				i += 2
				continue
			}
			i++
			break word
		case !quoted && strings.IndexByte("!|&():<"+space, s[i]) >= 0:
			break word
		}
		word = append(word, s[i])
		i++
	}
	if len(word) == 0 {
		return nil, p.bad()
	}
	if len(word) > maxLexeme {
		return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "word is too long in tsquery: \"%s\"", p.src)
	}
	var weights byte
	prefix := false
	if i < len(s) && s[i] == ':' {
		for i++; i < len(s); i++ {
			if s[i] == '*' {
				prefix = true
			} else if at := strings.IndexByte("DdCcBbAa", s[i]); at >= 0 {
				weights |= 1 << (at / 2)
			} else {
				break
			}
		}
	}
	p.rest = s[i:]
	return p.word(string(word), weights, prefix)
}
