package xmltree

import "github.com/antchfx/xpath"

// navigator is a place in a tree, for the evaluation of XPath.
type navigator struct{ n *Node }

// instructionNode is a type that no test but node() is for.
const instructionNode xpath.NodeType = 100

// hidden is the prefix of elements in a default namespace, for which a test without prefix
// does not hold.
const hidden = "\x00"

func (v *navigator) NodeType() xpath.NodeType {
	switch v.n.Kind {
	case Document:
		return xpath.RootNode
	case Element:
		return xpath.ElementNode
	case Attribute:
		return xpath.AttributeNode
	case Comment:
		return xpath.CommentNode
	case Instruction:
		return instructionNode
	}
	return xpath.TextNode
}

func (v *navigator) LocalName() string { return v.n.Name }

func (v *navigator) Prefix() string {
	if v.n.Prefix == "" && v.n.Space != "" {
		return hidden
	}
	return v.n.Prefix
}

// NamespaceURL is what tests with a prefix look at.
func (v *navigator) NamespaceURL() string { return v.n.Space }

func (v *navigator) Value() string { return v.n.Value() }

func (v *navigator) Copy() xpath.NodeNavigator { return &navigator{v.n} }

func (v *navigator) MoveToRoot() {
	for v.n.Parent != nil {
		v.n = v.n.Parent
	}
}

func (v *navigator) MoveToParent() bool { return v.to(v.n.Parent) }

func (v *navigator) MoveToNextAttribute() bool {
	if v.n.Kind == Attribute {
		return v.sibling(v.n.Parent.Attributes, v.n.at+1)
	}
	return v.sibling(v.n.Attributes, 0)
}

func (v *navigator) MoveToChild() bool { return v.sibling(v.n.Children, 0) }

func (v *navigator) MoveToFirst() bool { return v.among(0) }

func (v *navigator) MoveToNext() bool { return v.among(v.n.at + 1) }

func (v *navigator) MoveToPrevious() bool { return v.among(v.n.at - 1) }

// MoveTo moves to where another navigator is.
func (v *navigator) MoveTo(other xpath.NodeNavigator) bool {
	o, ok := other.(*navigator)
	return ok && v.to(o.n)
}

// among moves to a node among the siblings; attributes have none.
func (v *navigator) among(at int) bool {
	if v.n.Parent == nil || v.n.Kind == Attribute || at == v.n.at {
		return false
	}
	return v.sibling(v.n.Parent.Children, at)
}

func (v *navigator) sibling(list []*Node, at int) bool {
	return at >= 0 && at < len(list) && v.to(list[at])
}

func (v *navigator) to(n *Node) bool {
	if n == nil {
		return false
	}
	v.n = n
	return true
}
