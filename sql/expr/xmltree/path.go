package xmltree

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/antchfx/xpath"
)

// Path is an XPath expression.
type Path struct {
	expr *xpath.Expr
	// names: it may ask for names with their prefixes.
	names bool
}

// The reasons for which there is no Path, or no value of one.
var (
	ErrInvalid   = errors.New("invalid expression")
	ErrPrefix    = errors.New("undefined namespace prefix")
	ErrEvaluate  = errors.New("the expression cannot be evaluated")
	ErrFullNames = errors.New("name() with a default namespace")
)

var callsName = regexp.MustCompile(`(^|[^-\w])name\s*\(`)

// Compile reads an expression; namespaces are what its prefixes stand for.
func Compile(text string, namespaces map[string]string) (p *Path, err error) {
	known := map[string]string{"xml": xmlSpace}
	for prefix, uri := range namespaces {
		known[prefix] = uri
	}
	e, err := compile(text, known)
	if err != nil {
		if _, other := compile(text, nil); other == nil { // which asks for no prefix
			return nil, ErrPrefix
		}
		return nil, ErrInvalid
	}
	return &Path{expr: e, names: callsName.MatchString(text)}, nil
}

// compile turns what the library panics with into errors.
func compile(text string, namespaces map[string]string) (e *xpath.Expr, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v", v)
		}
	}()
	return xpath.CompileWithNS(text, namespaces)
}

// Value is what an expression gives: a bool, a float64, a string or nodes, which are in the
// document's order.
type Value any

// Evaluate computes an expression at a node.
func (p *Path) Evaluate(at *Node) (v Value, err error) {
	root := at
	for root.Parent != nil {
		root = root.Parent
	}
	if p.names && root.anyElement(func(n *Node) bool { return n.Prefix == "" && n.Space != "" }) {
		return nil, ErrFullNames
	}
	defer func() {
		if recover() != nil {
			err = ErrEvaluate
		}
	}()
	switch v := p.expr.Evaluate(&navigator{at}).(type) {
	case *xpath.NodeIterator:
		nodes := []*Node{}
		for v.MoveNext() {
			nodes = append(nodes, v.Current().(*navigator).n)
		}
		slices.SortStableFunc(nodes, func(a, b *Node) int { return cmp.Compare(a.order, b.order) })
		return slices.Compact(nodes), nil
	case bool, float64, string:
		return v, nil
	}
	return nil, ErrEvaluate
}
