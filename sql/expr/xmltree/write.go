package xmltree

import (
	"slices"
	"strings"
)

// String writes a node with what is below it. The namespaces that were declared around it
// and are used in it are declared by itself.
func (n *Node) String() string {
	var b strings.Builder
	switch n.Kind {
	case Document:
		for _, c := range n.Children {
			c.write(&b, nil)
			b.WriteByte('\n')
		}
	case Element:
		n.write(&b, n.missing())
	default:
		n.write(&b, nil)
	}
	return b.String()
}

// missing are the declarations around an element that it or what is below it needs, in the
// order in which they are come upon.
func (n *Node) missing() (list []declaration) {
	need := func(at *Node, d declaration) {
		if d.uri == "" || d.uri == xmlSpace || slices.Contains(list, d) {
			return
		}
		for e := at; ; e = e.Parent {
			if slices.Contains(e.declared, d) {
				return
			}
			if e == n {
				break
			}
		}
		list = append(list, d)
	}
	n.anyElement(func(e *Node) bool {
		need(e, declaration{e.Prefix, e.Space})
		for _, a := range e.Attributes {
			need(e, declaration{a.Prefix, a.Space})
		}
		return false
	})
	return list
}

func (n *Node) write(b *strings.Builder, more []declaration) {
	switch n.Kind {
	case Text:
		textEscapes.WriteString(b, n.Content)
	case CData:
		b.WriteString("<![CDATA[" + n.Content + "]]>")
	case Comment:
		b.WriteString("<!--" + n.Content + "-->")
	case Instruction:
		b.WriteString("<?" + n.Name)
		if n.Content != "" {
			b.WriteString(" " + n.Content)
		}
		b.WriteString("?>")
	case Attribute:
		b.WriteByte(' ')
		b.WriteString(n.fullName() + `="`)
		attributeEscapes.WriteString(b, n.Content)
		b.WriteByte('"')
	case Element:
		b.WriteString("<" + n.fullName())
		for _, d := range slices.Concat(n.declared, more) {
			b.WriteString(" xmlns")
			if d.prefix != "" {
				b.WriteString(":" + d.prefix)
			}
			b.WriteString(`="`)
			attributeEscapes.WriteString(b, d.uri)
			b.WriteByte('"')
		}
		for _, a := range n.Attributes {
			a.write(b, nil)
		}
		if len(n.Children) == 0 {
			b.WriteString("/>")
			return
		}
		b.WriteByte('>')
		for _, c := range n.Children {
			c.write(b, nil)
		}
		b.WriteString("</" + n.fullName() + ">")
	}
}

func (n *Node) fullName() string {
	if n.Prefix == "" {
		return n.Name
	}
	return n.Prefix + ":" + n.Name
}

var (
	textEscapes      = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")
	attributeEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;", "\t", "&#9;", "\r", "&#13;")
)
