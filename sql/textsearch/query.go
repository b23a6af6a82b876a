package textsearch

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/types"
)

// operand makes the node of a text in a query: its lexemes joined by op, with
// placeholders where words were left out.
func (c *Configuration) operand(text string, weights byte, prefix bool, op types.TSOp) *types.TSNode {
	words, _ := c.parse(text, 0)
	if len(words) == 0 {
		return &types.TSNode{Op: types.TSStop}
	}
	var root *types.TSNode
	join := func(n *types.TSNode) {
		if root == nil {
			root = n
			return
		}
		root = &types.TSNode{Op: op, Left: root, Right: n, Distance: 1}
		if op != types.TSPhrase {
			root.Distance = 0
		}
	}
	at := 0
	for i := 0; i < len(words); i++ {
		w := words[i]
		n := &types.TSNode{Word: w.lexeme, Weights: weights, Prefix: prefix}
		for ; i+1 < len(words) && words[i+1].at == w.at; i++ { // lexemes of one word: any of them
			n = &types.TSNode{Op: types.TSOr, Left: n, Right: &types.TSNode{Word: words[i+1].lexeme, Weights: weights, Prefix: prefix}}
		}
		for at > 0 && at+1 < w.at {
			join(&types.TSNode{Op: types.TSStop})
			at++
		}
		at = w.at
		join(n)
	}
	return root
}

// ToQuery is to_tsquery: the language of tsquery, each word of it taken apart by the
// configuration. ignored says that nothing but words that are left out was there.
func (c *Configuration) ToQuery(text string) (root *types.TSNode, ignored bool, err error) {
	root, err = types.ParseTSQuery(text, func(word string, weights byte, prefix bool) (*types.TSNode, error) {
		return c.operand(word, weights, prefix, types.TSPhrase), nil
	})
	if err != nil || root == nil {
		return nil, err == nil, err
	}
	root = stripStops(root)
	return root, root == nil, nil
}

// PlainQuery is plainto_tsquery: all words of a text.
func (c *Configuration) PlainQuery(text string) (root *types.TSNode, ignored bool) {
	root = stripStops(c.operand(text, 0, false, types.TSAnd))
	return root, root == nil
}

// PhraseQuery is phraseto_tsquery: the words of a text one after the other.
func (c *Configuration) PhraseQuery(text string) (root *types.TSNode, ignored bool) {
	root = stripStops(c.operand(text, 0, false, types.TSPhrase))
	return root, root == nil
}

// stripStops takes out the placeholders of words that are left out.
func stripStops(n *types.TSNode) *types.TSNode {
	root, _, _ := strip(n)
	return root
}

// strip gives a node without placeholders, and how much wider the phrases that it is
// part of become to its left and to its right.
func strip(n *types.TSNode) (out *types.TSNode, left, right int) {
	switch n.Op {
	case types.TSLexeme:
		return n, 0, 0
	case types.TSStop:
		return nil, 0, 0
	case types.TSNot:
		inner, l, r := strip(n.Right)
		if inner == nil {
			return nil, l, r
		}
		return &types.TSNode{Op: types.TSNot, Right: inner}, l, r
	}
	a, al, ar := strip(n.Left)
	b, bl, br := strip(n.Right)
	phrase := n.Op == types.TSPhrase
	switch {
	case a == nil && b == nil:
		width := max(al, bl)
		if phrase {
			width = al + n.Distance + bl
		}
		return nil, width, width
	case a == nil && phrase:
		return b, al + n.Distance + bl, br
	case a == nil:
		return b, bl, br
	case b == nil && phrase:
		return a, al, ar + n.Distance + br
	case b == nil:
		return a, al, ar
	}
	joined := *n
	joined.Left, joined.Right = a, b
	if phrase {
		joined.Distance += ar + bl
		return &joined, al, br
	}
	return &joined, 0, 0
}

// WebQuery is websearch_to_tsquery: words, "phrases", or, and - before what must not be
// there. No text is an error, but one that denies too often.
func (c *Configuration) WebQuery(text string) (root *types.TSNode, ignored bool, err error) {
	w := &webQuery{c: c, rest: text}
	for w.next() {
	}
	if w.denials > maxDenials {
		return nil, false, types.StackDepthExceeded()
	}
	if w.awaited && w.some {
		w.operand(&types.TSNode{Op: types.TSStop})
	}
	if root = w.joined(); root != nil {
		root = stripStops(root)
	}
	return root, root == nil, nil
}

// maxDenials bounds how often an operand may be denied.
const maxDenials = 5000

// webQuery reads a query as search engines do.
type webQuery struct {
	c       *Configuration
	rest    string
	or, and *types.TSNode // the alternatives so far, and what this one asks for
	denials int
	awaited bool // an operator stands before this place
	some    bool
	operate bool // an operand stands before this place
}

func (w *webQuery) joined() *types.TSNode {
	switch {
	case w.or == nil:
		return w.and
	case w.and == nil:
		return w.or
	}
	return &types.TSNode{Op: types.TSOr, Left: w.or, Right: w.and}
}

func (w *webQuery) operand(n *types.TSNode) {
	for ; w.denials > 0; w.denials-- {
		n = &types.TSNode{Op: types.TSNot, Right: n}
	}
	if w.and == nil {
		w.and = n
	} else {
		w.and = &types.TSNode{Op: types.TSAnd, Left: w.and, Right: n}
	}
	w.awaited, w.some, w.operate = false, true, true
}

// next reads an operand or an operator; false at the end.
func (w *webQuery) next() bool {
	w.rest = strings.TrimLeftFunc(w.rest, unicode.IsSpace)
	switch {
	case w.rest == "" || w.denials > maxDenials:
		return false
	case strings.IndexByte(queryOperators, w.rest[0]) >= 0: // means nothing here
		w.rest = w.rest[1:]
	case w.operate && isOr(w.rest):
		w.rest = w.rest[2:]
		w.or, w.and = w.joined(), nil
		w.awaited, w.operate = true, false
	case w.operate: // an operand follows that is asked for too
		w.awaited, w.operate = true, false
	case w.rest[0] == '-':
		w.rest = w.rest[1:]
		w.denials++
		w.awaited, w.some = true, true
	case w.rest[0] == '"':
		quoted, after, _ := strings.Cut(w.rest[1:], "\"")
		w.rest = after
		w.operand(w.c.operand(quoted, 0, false, types.TSPhrase))
	default:
		end := strings.IndexFunc(w.rest[1:], func(r rune) bool {
			return unicode.IsSpace(r) || strings.ContainsRune(queryOperators+"\":", r)
		})
		word := w.rest
		if end >= 0 {
			word = w.rest[:1+end]
		}
		w.rest = w.rest[len(word):]
		w.operand(w.c.operand(word, 0, false, types.TSPhrase))
	}
	return true
}

const queryOperators = "!|&()"

// isOr says whether a text begins with the word or, with something behind it.
func isOr(s string) bool {
	if len(s) < 3 || !strings.EqualFold(s[:2], "or") {
		return false
	}
	r, n := utf8.DecodeRuneInString(s[2:])
	if r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) {
		return false
	}
	return strings.TrimLeftFunc(s[2+n:], unicode.IsSpace) != ""
}
