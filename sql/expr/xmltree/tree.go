// Package xmltree reads an XML document into a tree, on which XPath expressions are
// evaluated, and writes parts of it as libxml2 does, which is what PostgreSQL shows.
package xmltree

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// Kind is a kind of node.
type Kind uint8

// The kinds.
const (
	Document Kind = iota
	Element
	Attribute
	Text
	CData
	Comment
	Instruction
)

// Node is a node of a tree, which does not change once it has been read.
type Node struct {
	Kind   Kind
	Prefix string
	// Name is the local name of an element or attribute, the target of an instruction.
	Name string
	// Space is the URI of the namespace.
	Space string
	// Content is the value of an attribute, and the content of what has no children.
	Content    string
	Parent     *Node
	Children   []*Node
	Attributes []*Node
	// declared are the namespaces that an element declares, in their order.
	declared []declaration
	// order is the place in the document, at the place among its siblings.
	order, at int
}

// declaration is one of a namespace; the default one has no prefix.
type declaration struct{ prefix, uri string }

const xmlSpace = "http://www.w3.org/XML/1998/namespace"

var errNotADocument = errors.New("a document has one element, and no text around it")

// Parse reads a document without its declaration.
func Parse(s string) (*Node, error) {
	d := xml.NewDecoder(strings.NewReader(s))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	root := &Node{Kind: Document}
	at, order := root, 0
	add := func(n *Node) {
		order++
		n.Parent, n.order, n.at = at, order, len(at.Children)
		at.Children = append(at.Children, n)
	}
	for {
		from := d.InputOffset()
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			n := &Node{Kind: Element, Prefix: t.Name.Space, Name: t.Name.Local}
			if at == root && root.element() != nil {
				return nil, errNotADocument
			}
			add(n)
			for _, a := range t.Attr {
				switch {
				case a.Name.Space == "xmlns":
					n.declared = append(n.declared, declaration{a.Name.Local, a.Value})
				case a.Name.Space == "" && a.Name.Local == "xmlns":
					n.declared = append(n.declared, declaration{"", a.Value})
				default:
					order++
					n.Attributes = append(n.Attributes, &Node{Kind: Attribute, Prefix: a.Name.Space, Name: a.Name.Local, Content: a.Value, Parent: n, order: order, at: len(n.Attributes)})
				}
			}
			n.Space = n.space(n.Prefix)
			for _, a := range n.Attributes {
				if a.Prefix != "" {
					a.Space = n.space(a.Prefix)
				}
			}
			at = n
		case xml.EndElement:
			if at == root || at.Prefix != t.Name.Space || at.Name != t.Name.Local {
				return nil, errors.New("element <" + at.Name + "> closed by </" + t.Name.Local + ">")
			}
			at = at.Parent
		case xml.CharData:
			text := &Node{Kind: Text, Content: string(t)}
			if strings.HasPrefix(s[from:], "<![CDATA[") {
				text.Kind = CData
			}
			if at != root {
				add(text)
			} else if strings.TrimSpace(text.Content) != "" {
				return nil, errNotADocument
			}
		case xml.Comment:
			add(&Node{Kind: Comment, Content: string(t)})
		case xml.ProcInst:
			add(&Node{Kind: Instruction, Name: t.Target, Content: string(t.Inst)})
		}
	}
	if at != root || root.element() == nil {
		return nil, errNotADocument
	}
	return root, nil
}

// element is the document's element; nil as long as there is none.
func (n *Node) element() *Node {
	for _, c := range n.Children {
		if c.Kind == Element {
			return c
		}
	}
	return nil
}

// space finds the namespace that a prefix stands for at an element.
func (n *Node) space(prefix string) string {
	if prefix == "xml" {
		return xmlSpace
	}
	for ; n != nil; n = n.Parent {
		for _, d := range n.declared {
			if d.prefix == prefix {
				return d.uri
			}
		}
	}
	return ""
}

// Value is the string value, as XPath has it.
func (n *Node) Value() string {
	if n.Kind != Document && n.Kind != Element {
		return n.Content
	}
	var b strings.Builder
	n.gather(&b)
	return b.String()
}

func (n *Node) gather(b *strings.Builder) {
	for _, c := range n.Children {
		switch c.Kind {
		case Element:
			c.gather(b)
		case Text, CData:
			b.WriteString(c.Content)
		}
	}
}

// anyElement says whether something holds for an element at a node or below it.
func (n *Node) anyElement(holds func(*Node) bool) bool {
	if n.Kind == Element && holds(n) {
		return true
	}
	for _, c := range n.Children {
		if c.anyElement(holds) {
			return true
		}
	}
	return false
}
