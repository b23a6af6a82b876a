package expr

import (
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The tree of an advanced regular expression, for what Go's engine cannot do: back
// references, look-around, word boundaries of one side, and quantifiers of both kinds
// where the extent of a match matters.

type areKind uint8

const (
	areEmpty     areKind = iota
	areClass             // one character of ranges
	areAssert            // ^ $ \A \Z \m \M \y \Y
	areLook              // look-ahead or look-behind at subs[0]
	areBack              // back reference to group
	areGroup             // ( subs[0] ), captured as group
	areConcat            // subs in sequence
	areAlternate         // one of subs
	areRepeat            // subs[0], min to max times; max < 0: without end
)

// arePreference is how long a match a part of an expression prefers.
type arePreference uint8

const (
	noPreference arePreference = iota
	preferLongest
	preferShortest
)

type areNode struct {
	kind     areKind
	number   int // for what is remembered of it
	subs     []*areNode
	ranges   []rune // pairs
	assert   byte
	group    int
	min, max int
	behind   bool
	negative bool
	prefers  arePreference
}

// areParser reads an expression; fragments of it are put into Go's syntax by a
// regexTranslator.
type areParser struct {
	s       string
	options regexOptions
	groups  int
	nodes   int
	closed  map[int]bool // groups that may be referred to
	inLook  int
}

// maxRepeat is the largest number in a quantifier.
const maxRepeat = 255

func (p *areParser) node(kind areKind, subs ...*areNode) *areNode {
	p.nodes++
	return &areNode{kind: kind, number: p.nodes - 1, subs: subs}
}

// alternation reads branches up to the end or a closing parenthesis.
func (p *areParser) alternation(depth int) (*areNode, error) {
	var branches []*areNode
	for {
		b, err := p.branch(depth)
		if err != nil {
			return nil, err
		}
		branches = append(branches, b)
		if !strings.HasPrefix(p.s, "|") {
			break
		}
		p.s = p.s[1:]
	}
	if len(branches) == 1 {
		return branches[0], nil
	}
	n := p.node(areAlternate, branches...)
	n.prefers = preferLongest
	return n, nil
}

func (p *areParser) branch(depth int) (*areNode, error) {
	n := p.node(areConcat)
	for {
		p.skipExpanded()
		if p.s == "" || p.s[0] == '|' || p.s[0] == ')' && depth > 0 {
			break
		}
		if p.s[0] == ')' {
			return nil, badRegex("parentheses () not balanced")
		}
		atom, err := p.atom(depth)
		if err != nil {
			return nil, err
		}
		if atom == nil {
			continue // a comment
		}
		if atom, err = p.quantified(atom); err != nil {
			return nil, err
		}
		if n.prefers == noPreference {
			n.prefers = atom.prefers
		}
		n.subs = append(n.subs, atom)
	}
	if len(n.subs) == 1 {
		return n.subs[0], nil
	}
	return n, nil
}

func (p *areParser) skipExpanded() {
	for p.options.expanded && p.s != "" {
		switch {
		case strings.IndexByte(" \t\n\r", p.s[0]) >= 0:
			p.s = p.s[1:]
		case p.s[0] == '#':
			if _, rest, ok := strings.Cut(p.s, "\n"); ok {
				p.s = rest
			} else {
				p.s = ""
			}
		default:
			return
		}
	}
}

func (p *areParser) atom(depth int) (*areNode, error) {
	switch c := p.s[0]; c {
	case '(':
		return p.parenthesis(depth)
	case '^', '$':
		p.s = p.s[1:]
		n := p.node(areAssert)
		n.assert = c
		return n, nil
	case '*', '+', '?':
		return nil, badRegex("quantifier operand invalid")
	case '{':
		if len(p.s) > 1 && p.s[1] >= '0' && p.s[1] <= '9' {
			return nil, badRegex("quantifier operand invalid")
		}
	case '\\':
		if len(p.s) > 1 {
			switch e := p.s[1]; {
			case e >= '1' && e <= '9':
				return p.backReference()
			case strings.IndexByte("AZmMyY", e) >= 0:
				p.s = p.s[2:]
				n := p.node(areAssert)
				n.assert = e
				return n, nil
			}
		}
	}
	return p.character()
}

func (p *areParser) parenthesis(depth int) (*areNode, error) {
	capture := false
	var look *areNode
	switch s := p.s; {
	case strings.HasPrefix(s, "(?#"):
		end := strings.IndexByte(s, ')')
		if end < 0 {
			return nil, badRegex("parentheses () not balanced")
		}
		p.s = s[end+1:]
		return nil, nil
	case strings.HasPrefix(s, "(?:"):
		p.s = s[3:]
	case strings.HasPrefix(s, "(?="), strings.HasPrefix(s, "(?!"):
		look = p.node(areLook)
		look.negative, p.s = s[2] == '!', s[3:]
	case strings.HasPrefix(s, "(?<="), strings.HasPrefix(s, "(?<!"):
		look = p.node(areLook)
		look.behind, look.negative, p.s = true, s[3] == '!', s[4:]
	case strings.HasPrefix(s, "(?"):
		return nil, badRegex("quantifier operand invalid")
	default:
		capture, p.s = p.inLook == 0, s[1:]
	}
	group := 0
	if capture {
		p.groups++
		group = p.groups
	}
	if look != nil {
		p.inLook++
	}
	sub, err := p.alternation(depth + 1)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(p.s, ")") {
		return nil, badRegex("parentheses () not balanced")
	}
	p.s = p.s[1:]
	switch {
	case look != nil:
		p.inLook--
		look.subs = []*areNode{sub}
		return look, nil
	case capture:
		n := p.node(areGroup, sub)
		n.group, n.prefers = group, sub.prefers
		p.closed[group] = true
		return n, nil
	}
	return sub, nil
}

func (p *areParser) backReference() (*areNode, error) {
	end := 2
	for end < len(p.s) && p.s[end] >= '0' && p.s[end] <= '9' {
		end++
	}
	group, err := strconv.Atoi(p.s[1:end])
	if end > 2 && (err != nil || !p.closed[group]) { // then only the first digit is meant
		end = 2
		group = int(p.s[1] - '0')
	}
	if !p.closed[group] || p.inLook > 0 {
		return nil, badRegex("invalid backreference number")
	}
	p.s = p.s[end:]
	n := p.node(areBack)
	n.group = group
	return n, nil
}

// character reads one that stands for itself, an escape, or a bracket expression.
func (p *areParser) character() (*areNode, error) {
	t := regexTranslator{in: p.s, options: p.options}
	var length int
	var err error
	switch p.s[0] {
	case '\\':
		length, err = t.escape(p.s, false)
	case '[':
		length, err = t.bracket(p.s)
	case '.':
		length = 1
		t.out.WriteByte('.')
	default:
		_, length = utf8.DecodeRuneInString(p.s)
		if strings.IndexByte(`{}]`, p.s[0]) >= 0 {
			t.out.WriteByte('\\')
		}
		t.out.WriteString(p.s[:length])
	}
	if err != nil {
		return nil, err
	}
	flags := syntax.Perl
	if p.options.fold {
		flags |= syntax.FoldCase
	}
	if !p.options.dotLine {
		flags |= syntax.DotNL
	}
	re, err := syntax.Parse(t.out.String(), flags)
	if err != nil {
		return nil, regexError(err)
	}
	n := p.node(areClass)
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			re, err = syntax.Parse("(?i:["+syntaxQuote(re.Rune[0])+"])", syntax.Perl)
			if err != nil {
				return nil, regexError(err)
			}
		}
		if re.Op == syntax.OpLiteral {
			n.ranges = foldedRanges(re)
			break
		}
		n.ranges = re.Rune
	case syntax.OpCharClass:
		n.ranges = re.Rune
	case syntax.OpAnyChar:
		n.ranges = []rune{0, utf8.MaxRune}
	case syntax.OpAnyCharNotNL:
		n.ranges = []rune{0, '\n' - 1, '\n' + 1, utf8.MaxRune}
	case syntax.OpNoMatch:
	default:
		return nil, badRegex("invalid escape \\ sequence")
	}
	p.s = p.s[length:]
	return n, nil
}

func syntaxQuote(r rune) string { return `\x{` + strconv.FormatInt(int64(r), 16) + `}` }

// foldedRanges are the characters that a literal of one stands for.
func foldedRanges(re *syntax.Regexp) []rune {
	r := re.Rune[0]
	out := []rune{r, r}
	if re.Flags&syntax.FoldCase != 0 {
		for f := simpleFold(r); f != r; f = simpleFold(f) {
			out = append(out, f, f)
		}
	}
	return out
}

// quantified reads the quantifier behind an atom, if there is one.
func (p *areParser) quantified(atom *areNode) (*areNode, error) {
	p.skipExpanded()
	if p.s == "" {
		return atom, nil
	}
	low, high, fixed := 0, -1, false
	switch c := p.s[0]; {
	case c == '*':
		p.s = p.s[1:]
	case c == '+':
		low, p.s = 1, p.s[1:]
	case c == '?':
		high, p.s = 1, p.s[1:]
	case c == '{' && len(p.s) > 1 && p.s[1] >= '0' && p.s[1] <= '9':
		end := strings.IndexByte(p.s, '}')
		if end < 0 {
			return nil, badRegex("braces {} not balanced")
		}
		from, to, ranged := strings.Cut(p.s[1:end], ",")
		var err error
		if low, err = strconv.Atoi(from); err != nil {
			return nil, badRegex("invalid repetition count(s)")
		}
		switch {
		case !ranged:
			high, fixed = low, true
		case to != "":
			if high, err = strconv.Atoi(to); err != nil || high < low {
				return nil, badRegex("invalid repetition count(s)")
			}
		}
		if low > maxRepeat || high > maxRepeat {
			return nil, badRegex("invalid repetition count(s)")
		}
		p.s = p.s[end+1:]
	default:
		return atom, nil
	}
	if atom.kind == areAssert || atom.kind == areLook {
		if atom.kind == areLook || low == 0 && high != 0 {
			return nil, badRegex("quantifier operand invalid")
		}
	}
	n := p.node(areRepeat, atom)
	n.min, n.max, n.prefers = low, high, preferLongest
	if strings.HasPrefix(p.s, "?") {
		n.prefers, p.s = preferShortest, p.s[1:]
	}
	if fixed {
		n.prefers = atom.prefers
	}
	if p.skipExpanded(); p.s != "" && strings.IndexByte("*+?", p.s[0]) >= 0 {
		return nil, badRegex("quantifier operand invalid")
	}
	return n, nil
}
