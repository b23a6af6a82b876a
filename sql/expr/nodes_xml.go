package expr

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// XML is an expression that makes XML, or looks at it: XMLELEMENT and its kin.
type XML struct {
	Op   string // ast.XMLOp
	Name string
	// Named are the attributes of an element or the elements of a forest, with Names.
	Names       []string
	Named, Args []Expr
	// Document and Preserve are those of XMLPARSE and XMLSERIALIZE.
	Document, Preserve bool
	// Standalone is XMLROOT's; its version is the second of Args, if it has one.
	Standalone string
	// As is what XMLSERIALIZE makes of its text.
	As    *types.Type
	AsMod int32
	T     *types.Type
	Mod   int32
}

func (e *XML) Type() *types.Type { return e.T }
func (e *XML) Typmod() int32     { return e.Mod }
func (e *XML) Children() []Expr  { return append(append([]Expr{}, e.Named...), e.Args...) }
func (e *XML) WithChildren(c []Expr) Expr {
	n := *e
	n.Named, n.Args = c[:len(e.Named):len(e.Named)], c[len(e.Named):]
	return &n
}

// Eval makes the value.
func (e *XML) Eval(c *Context, row types.Row) (types.Datum, error) {
	named, args := make([]types.Datum, len(e.Named)), make([]types.Datum, len(e.Args))
	for i, x := range e.Children() {
		v, err := x.Eval(c, row)
		if err != nil {
			return types.Null, err
		}
		if i < len(named) {
			named[i] = v
		} else {
			args[i-len(named)] = v
		}
	}
	switch e.Op {
	case "xmlelement":
		return e.element(c, named, args)
	case "xmlforest":
		return e.forest(c, named)
	case "xmlconcat":
		return concatXML(args), nil
	case "xmlpi":
		return e.instruction(args)
	}
	if args[0].IsNull() {
		return types.Null, nil
	}
	s := args[0].Str()
	switch e.Op {
	case "xmlparse":
		return args[0], types.CheckXML(s, e.Document)
	case "document":
		return types.Bool(types.CheckXML(s, true) == nil), nil
	case "xmlserialize":
		if e.Document && types.CheckXML(s, true) != nil {
			return types.Null, sqlerr.New(sqlerr.NotAnXMLDocument, "not an XML document")
		}
		return args[0], nil
	case "xmlroot":
		return e.root(s, args[1:]), nil
	}
	return types.Null, sqlerr.Internal("XML expression %s", e.Op)
}

// hexBytes says whether bytes are written in hexadecimal: xmlbinary.
func hexBytes(c *Context) bool {
	if c == nil || c.Host == nil {
		return false
	}
	v, err := c.Host.Setting("xmlbinary", true)
	return err == nil && v == "hex"
}

func (e *XML) element(c *Context, named, args []types.Datum) (types.Datum, error) {
	var b strings.Builder
	b.WriteString("<" + e.Name)
	for i, v := range named {
		if v.IsNull() {
			continue
		}
		s, err := e.Named[i].Type().XMLForm(v, false, hexBytes(c), c.env())
		if err != nil {
			return types.Null, err
		}
		b.WriteString(" " + e.Names[i] + `="` + types.XMLAttribute(s) + `"`)
	}
	open := false
	for i, v := range args {
		if v.IsNull() {
			continue
		}
		s, err := e.Args[i].Type().XMLForm(v, true, hexBytes(c), c.env())
		if err != nil {
			return types.Null, err
		}
		if !open {
			b.WriteByte('>')
			open = true
		}
		b.WriteString(s)
	}
	if open {
		b.WriteString("</" + e.Name + ">")
	} else {
		b.WriteString("/>")
	}
	return types.String(b.String()), nil
}

func (e *XML) forest(c *Context, named []types.Datum) (types.Datum, error) {
	var b strings.Builder
	for i, v := range named {
		if v.IsNull() {
			continue
		}
		s, err := e.Named[i].Type().XMLForm(v, true, hexBytes(c), c.env())
		if err != nil {
			return types.Null, err
		}
		b.WriteString("<" + e.Names[i] + ">" + s + "</" + e.Names[i] + ">")
	}
	if b.Len() == 0 {
		return types.Null, nil
	}
	return types.String(b.String()), nil
}

// concatXML puts XML together; what the declarations say alike stays.
func concatXML(list []types.Datum) types.Datum {
	var b strings.Builder
	version, standalone, alike, any := "", 1, true, false
	for _, v := range list {
		if v.IsNull() {
			continue
		}
		any = true
		own, alone, rest := types.XMLDeclaration(v.Str())
		if alone == 0 && standalone == 1 {
			standalone = 0
		}
		if alone < 0 {
			standalone = -1
		}
		if own == "" || version != "" && own != version {
			alike = false
		} else {
			version = own
		}
		b.WriteString(rest)
	}
	if !any {
		return types.Null
	}
	if !alike {
		version = ""
	}
	return types.String(types.XMLWithDeclaration(version, standalone, b.String()))
}

func (e *XML) instruction(args []types.Datum) (types.Datum, error) {
	wrong := func(detail string) error {
		return sqlerr.New(sqlerr.InvalidXMLProcessingInstruction, "invalid XML processing instruction").WithDetail("%s", detail)
	}
	if strings.EqualFold(e.Name, "xml") {
		return types.Null, sqlerr.New(sqlerr.SyntaxError, "invalid XML processing instruction").WithDetail(`XML processing instruction target name cannot be "xml".`)
	}
	out := "<?" + e.Name
	if len(args) > 0 {
		if args[0].IsNull() {
			return types.Null, nil
		}
		s := args[0].Str()
		if strings.Contains(s, "?>") {
			return types.Null, wrong(`XML processing instruction cannot contain "?>".`)
		}
		out += " " + strings.TrimLeft(s, " ")
	}
	return types.String(out + "?>"), nil
}

func (e *XML) root(s string, version []types.Datum) types.Datum {
	_, standalone, rest := types.XMLDeclaration(s)
	now := ""
	if len(version) > 0 && !version[0].IsNull() {
		now = version[0].Str()
	}
	switch e.Standalone {
	case "YES":
		standalone = 1
	case "NO":
		standalone = 0
	case "NO VALUE":
		standalone = -1
	}
	return types.String(types.XMLWithDeclaration(now, standalone, rest))
}

// XMLName writes an identifier as a name of XML; full is for the names of columns.
func XMLName(name string, full bool) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case r == ':' && (i == 0 || full):
			b.WriteString("_x003A_")
		case r == '_' && strings.HasPrefix(name[i:], "_x"):
			b.WriteString("_x005F_")
		case full && i == 0 && len(name) >= 3 && strings.EqualFold(name[:3], "xml"):
			fmt.Fprintf(&b, "_x%04X_", r)
		case unicode.IsLetter(r), r == '_', r == ':', i > 0 && (unicode.IsDigit(r) || unicode.Is(unicode.M, r) || r == '.' || r == '-' || r == 0xb7):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "_x%04X_", r)
		}
	}
	return b.String()
}

// sqlName is the identifier that a name of XML was made of.
func sqlName(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		var r rune
		if n, err := fmt.Sscanf(name[i:], "_x%04X_", &r); n == 1 && err == nil && len(name) >= i+7 && name[i+6] == '_' {
			b.WriteRune(r)
			i += 6
			continue
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

// xml writes an XML expression as it is written in SQL.
func (p *printer) xml(e *XML) {
	document := func() {
		if e.Document {
			p.WriteString("DOCUMENT ")
		} else {
			p.WriteString("CONTENT ")
		}
	}
	list := func(of []Expr, names []string) {
		for i, x := range of {
			if i > 0 {
				p.WriteString(", ")
			}
			if p.print(x, true); names != nil {
				p.WriteString(" AS " + QuoteIdent(sqlName(names[i])))
			}
		}
	}
	if e.Op == "document" {
		p.operand(e.Args[0], e, false)
		p.WriteString(" IS DOCUMENT")
		return
	}
	p.WriteString(strings.ToUpper(e.Op) + "(")
	switch e.Op {
	case "xmlelement", "xmlpi":
		p.WriteString("NAME " + QuoteIdent(sqlName(e.Name)))
		if len(e.Named) > 0 {
			p.WriteString(", XMLATTRIBUTES(")
			list(e.Named, e.Names)
			p.WriteString(")")
		}
		if len(e.Args) > 0 {
			p.WriteString(", ")
			list(e.Args, nil)
		}
	case "xmlforest":
		list(e.Named, e.Names)
	case "xmlparse":
		document()
		p.print(e.Args[0], true)
		if e.Preserve {
			p.WriteString(" PRESERVE WHITESPACE")
		} else {
			p.WriteString(" STRIP WHITESPACE")
		}
	case "xmlserialize":
		document()
		p.print(e.Args[0], true)
		p.WriteString(" AS " + p.typeLabel(e.As, e.AsMod))
	case "xmlroot":
		p.print(e.Args[0], true)
		if p.WriteString(", VERSION "); len(e.Args) > 1 {
			p.print(e.Args[1], true)
		} else {
			p.WriteString("NO VALUE")
		}
		if e.Standalone != "" {
			p.WriteString(", STANDALONE " + e.Standalone)
		}
	default:
		list(e.Args, nil)
	}
	p.WriteString(")")
}

// xmlAggregate is xmlagg().
type xmlAggregate struct{ state types.Datum }

// Add implements Aggregate.
func (a *xmlAggregate) Add(_ *Context, args []types.Datum) error {
	if a.state.IsNull() {
		a.state = args[0]
	} else if !args[0].IsNull() {
		a.state = concatXML([]types.Datum{a.state, args[0]})
	}
	return nil
}

// Result implements Aggregate.
func (a *xmlAggregate) Result(*Context) (types.Datum, error) { return a.state, nil }

func init() {
	aggCode["xmlagg"] = func([]*types.Type, *types.Type) Aggregate { return &xmlAggregate{} }
	asDocument := func(c *Context) bool {
		if c == nil || c.Host == nil {
			return false
		}
		v, err := c.Host.Setting("xmloption", true)
		return err == nil && v == "document"
	}
	wellFormed := func(document func(*Context) bool) EvalFunc {
		return func(c *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(types.CheckXML(a[0].Str(), document(c)) == nil), nil
		}
	}
	register(map[string]EvalFunc{
		"xmlcomment": func(_ *Context, a []types.Datum) (types.Datum, error) {
			s := a[0].Str()
			if strings.Contains(s, "--") || strings.HasSuffix(s, "-") {
				return types.Null, sqlerr.New(sqlerr.InvalidXMLComment, "invalid XML comment")
			}
			return types.String("<!--" + s + "-->"), nil
		},
		"xmlconcat2": func(_ *Context, a []types.Datum) (types.Datum, error) { return concatXML(a), nil },
		"xmltotext":  func(_ *Context, a []types.Datum) (types.Datum, error) { return a[0], nil },
		"texttoxml": func(c *Context, a []types.Datum) (types.Datum, error) {
			return a[0], types.CheckXML(a[0].Str(), asDocument(c))
		},
		"xml_is_well_formed":          wellFormed(asDocument),
		"xml_is_well_formed_document": wellFormed(func(*Context) bool { return true }),
		"xml_is_well_formed_content":  wellFormed(func(*Context) bool { return false }),
	})
}
