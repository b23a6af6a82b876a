package expr

import (
	"errors"
	"math"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/expr/xmltree"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

func init() {
	register(map[string]EvalFunc{
		"xpath": xpathValues, "sql:xpath": xpathValues, "xpath_exists": xpathExists, "sql:xpath_exists": xpathExists,
		"xmlexists": xpathExists,
	})
}

// xmlDocument reads a document.
func xmlDocument(d types.Datum) (*xmltree.Node, error) {
	_, _, content := types.XMLDeclaration(d.Str())
	doc, err := xmltree.Parse(content)
	if err != nil {
		return nil, sqlerr.New(sqlerr.InvalidXMLDocument, "could not parse XML document").WithDetail("%s", err)
	}
	return doc, nil
}

// compiledPath reads an XPath expression.
func compiledPath(text string, namespaces map[string]string) (*xmltree.Path, error) {
	path, err := xmltree.Compile(text, namespaces)
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, xmltree.ErrPrefix):
		return nil, sqlerr.New(sqlerr.InternalError, "could not create XPath object").WithDetail("Undefined namespace prefix")
	}
	return nil, sqlerr.New(sqlerr.InternalError, "invalid XPath expression").WithDetail("Invalid expression")
}

// pathValue evaluates an expression at a node.
func pathValue(path *xmltree.Path, at *xmltree.Node) (xmltree.Value, error) {
	v, err := path.Evaluate(at)
	switch {
	case err == nil:
		return v, nil
	case errors.Is(err, xmltree.ErrFullNames):
		return nil, sqlerr.Unsupported("name() in an XPath expression over elements of a default namespace")
	}
	return nil, sqlerr.New(sqlerr.InternalError, "could not create XPath object")
}

// xpathNamespaces reads the array of prefixes and URIs.
func xpathNamespaces(args []types.Datum) (map[string]string, error) {
	if len(args) < 3 {
		return nil, nil
	}
	a := args[2].Array()
	if len(a.Elems) == 0 {
		return nil, nil
	}
	if len(a.Dims) != 2 || a.Dims[1] != 2 {
		return nil, sqlerr.New(sqlerr.DataException, "invalid array for XML namespace mapping").
			WithDetail("The array must be two-dimensional with length of the second axis equal to 2.")
	}
	spaces := map[string]string{}
	for i := 0; i < len(a.Elems); i += 2 {
		if a.Elems[i].IsNull() || a.Elems[i+1].IsNull() {
			return nil, sqlerr.New(sqlerr.NullValueNotAllowed, "neither namespace name nor URI may be null")
		}
		spaces[a.Elems[i].Str()] = a.Elems[i+1].Str()
	}
	return spaces, nil
}

// xpathOf evaluates the expression of a call over its document.
func xpathOf(args []types.Datum) (xmltree.Value, error) {
	spaces, err := xpathNamespaces(args)
	if err != nil {
		return nil, err
	}
	if args[0].Str() == "" {
		return nil, sqlerr.New(sqlerr.DataException, "empty XPath expression")
	}
	doc, err := xmlDocument(args[1])
	if err != nil {
		return nil, err
	}
	path, err := compiledPath(args[0].Str(), spaces)
	if err != nil {
		return nil, err
	}
	return pathValue(path, doc)
}

// xpathValues is xpath: nodes as XML, or the one value that there is.
func xpathValues(_ *Context, args []types.Datum) (types.Datum, error) {
	v, err := xpathOf(args)
	if err != nil {
		return types.Null, err
	}
	list := []types.Datum{}
	if nodes, ok := v.([]*xmltree.Node); ok {
		for _, n := range nodes {
			list = append(list, types.String(nodeXML(n)))
		}
	} else {
		list = append(list, types.String(types.XMLEscape(scalarText(v))))
	}
	return types.ArrayDatum(types.XML, list), nil
}

// nodeXML is a node as a value of type xml.
func nodeXML(n *xmltree.Node) string {
	if n.Kind == xmltree.Attribute || n.Kind == xmltree.Text {
		return types.XMLEscape(n.Content)
	}
	return n.String()
}

// scalarText is the text of a value that is not nodes.
func scalarText(v xmltree.Value) string {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return types.Float8.Text(types.Float(v), types.DefaultEnv)
	case string:
		return v
	}
	return ""
}

func xpathExists(_ *Context, args []types.Datum) (types.Datum, error) {
	v, err := xpathOf(args)
	if err != nil {
		return types.Null, err
	}
	nodes, ok := v.([]*xmltree.Node)
	return types.Bool(!ok || len(nodes) > 0), nil
}

// pathNumber is a number as XPath's string() has it.
func pathNumber(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0:
		return "0"
	}
	return strconv.FormatFloat(f, 'g', 15, 64)
}
