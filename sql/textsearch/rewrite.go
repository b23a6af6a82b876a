package textsearch

import (
	"cmp"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Rewrite puts substitute in the place of every part of a query that is target: a
// node, or of what AND and OR combine, some. A nil substitute takes the parts out.
func Rewrite(query, target, substitute *types.TSNode) *types.TSNode {
	if query == nil || target == nil {
		return query
	}
	return Rewriting(query).Next(target, substitute).Query()
}

// Rewritten is a query on its way through several rewritings.
type Rewritten struct{ tree *branch }

// Rewriting begins with a query, which may be nil.
func Rewriting(query *types.TSNode) *Rewritten {
	r := &Rewritten{}
	if query != nil {
		r.tree = branching(query).flat().sorted()
	}
	return r
}

// Next rewrites as Rewrite does.
func (r *Rewritten) Next(target, substitute *types.TSNode) *Rewritten {
	if r.tree == nil || target == nil {
		return r
	}
	pair := rewriter{target: branching(target).flat().sorted(), substitute: branching(substitute)}
	r.tree = pair.rewrite(r.tree)
	return r
}

// Again lets what has been put in be replaced, too.
func (r *Rewritten) Again() {
	if r.tree != nil {
		r.tree = r.tree.undone().flat().sorted()
	}
}

// Query is what has become of the query; nil if nothing is left.
func (r *Rewritten) Query() *types.TSNode { return r.tree.binary() }

// branch is a node of a query with any number of operands.
type branch struct {
	node     *types.TSNode // of an operator, what it is
	operands []*branch
	// done: a substitute, in which nothing is replaced any more.
	done bool
}

// branching makes the tree of a query: the right operand of each node comes first.
func branching(n *types.TSNode) *branch {
	if n == nil {
		return nil
	}
	b := &branch{node: n}
	for _, o := range []*types.TSNode{n.Right, n.Left} {
		if o != nil {
			b.operands = append(b.operands, branching(o))
		}
	}
	return b
}

func (b *branch) commutes() bool { return b.node.Op == types.TSAnd || b.node.Op == types.TSOr }

// flat joins nodes of AND and of OR with those of the same kind among their operands.
func (b *branch) flat() *branch {
	var operands []*branch
	for _, o := range b.operands {
		if o = o.flat(); b.commutes() && o.node.Op == b.node.Op {
			operands = append(operands, o.operands...)
		} else {
			operands = append(operands, o)
		}
	}
	b.operands = operands
	return b
}

// sorted puts the operands of AND and OR in the order of compare.
func (b *branch) sorted() *branch {
	for _, o := range b.operands {
		o.sorted()
	}
	if b.commutes() {
		slices.SortStableFunc(b.operands, (*branch).compare)
	}
	return b
}

// checksum is the one that PostgreSQL keeps of a word: CRC-32 by the reflected table,
// taken the other way.
func checksum(word string) int32 {
	crc := ^uint32(0)
	for _, c := range []byte(word) {
		crc = crc32.IEEETable[byte(crc>>24)^c] ^ crc<<8
	}
	return int32(^crc)
}

// compare orders operators before words, and words by their checksums.
func (b *branch) compare(o *branch) int {
	isWord := func(b *branch) bool { return b.node.Op == types.TSLexeme }
	switch {
	case isWord(b) && isWord(o):
		return cmp.Or(cmp.Compare(checksum(o.node.Word), checksum(b.node.Word)), strings.Compare(b.node.Word, o.node.Word))
	case isWord(b):
		return 1
	case isWord(o):
		return -1
	}
	if c := cmp.Or(cmp.Compare(o.node.Op, b.node.Op), cmp.Compare(len(o.operands), len(b.operands))); c != 0 {
		return c
	}
	for i := range b.operands {
		if c := b.operands[i].compare(o.operands[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(o.node.Distance, b.node.Distance)
}

// copy is a copy that the rewriter leaves alone.
func (b *branch) copy() *branch {
	c := &branch{node: b.node, done: true}
	for _, o := range b.operands {
		c.operands = append(c.operands, o.copy())
	}
	return c
}

// undone lets substitutes be replaced again.
func (b *branch) undone() *branch {
	b.done = false
	for _, o := range b.operands {
		o.undone()
	}
	return b
}

// binary is the query of a tree; nil of none.
func (b *branch) binary() *types.TSNode {
	if b == nil {
		return nil
	}
	if len(b.operands) == 0 {
		return b.node
	}
	operands := make([]*types.TSNode, len(b.operands))
	for i, o := range b.operands {
		operands[i] = o.binary()
	}
	join := func(right, left *types.TSNode) *types.TSNode {
		n := *b.node
		n.Left, n.Right = left, right
		return &n
	}
	for len(operands) > 2 {
		last := len(operands) - 1
		operands[0] = join(operands[0], operands[1])
		operands[1], operands = operands[last], operands[:last]
	}
	if len(operands) == 1 {
		return join(operands[0], nil)
	}
	return join(operands[0], operands[1])
}

type rewriter struct{ target, substitute *branch }

func (r rewriter) put() *branch {
	if r.substitute == nil {
		return nil
	}
	return r.substitute.copy()
}

// rewrite gives the tree with substitutes in it; nil if nothing is left.
func (r rewriter) rewrite(b *branch) *branch {
	if b = r.at(b); b == nil || b.done || b.node.Op == types.TSLexeme {
		return b
	}
	operands := b.operands[:0]
	for _, o := range b.operands {
		if o = r.rewrite(o); o != nil {
			operands = append(operands, o)
		}
	}
	switch b.operands = operands; {
	case len(operands) == 0:
		return nil
	case len(operands) == 1 && b.node.Op != types.TSNot:
		return operands[0]
	}
	return b
}

// at replaces a node, or some of its operands.
func (r rewriter) at(b *branch) *branch {
	if b.done || b.node.Op != r.target.node.Op {
		return b
	}
	if len(b.operands) == len(r.target.operands) {
		if b.compare(r.target) == 0 {
			return r.put()
		}
		return b
	}
	if len(b.operands) < len(r.target.operands) || len(r.target.operands) == 0 {
		return b
	}
	var rest []*branch
	wanted := r.target.operands
	for _, o := range b.operands {
		if len(wanted) > 0 && o.compare(wanted[0]) == 0 {
			wanted = wanted[1:]
		} else {
			rest = append(rest, o)
		}
	}
	if len(wanted) > 0 {
		return b
	}
	if put := r.put(); put != nil {
		rest = append(rest, put)
	}
	b.operands = rest
	return b.sorted()
}
