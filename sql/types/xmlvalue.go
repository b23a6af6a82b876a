package types

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// XMLDeclaration takes the declaration off the front of XML. version is empty and
// standalone -1 where it says nothing of them.
func XMLDeclaration(s string) (version string, standalone int, rest string) {
	m := xmlDeclaration.FindStringSubmatch(s)
	if m == nil {
		return "", -1, s
	}
	switch standalone = -1; m[2] {
	case "yes":
		standalone = 1
	case "no":
		standalone = 0
	}
	return m[1], standalone, s[len(m[0]):]
}

// XMLWithDeclaration puts a declaration in front of XML, if it says something.
func XMLWithDeclaration(version string, standalone int, rest string) string {
	if (version == "" || version == "1.0") && standalone < 0 {
		return rest
	}
	if version == "" {
		version = "1.0"
	}
	decl := `<?xml version="` + version + `"`
	switch standalone {
	case 1:
		decl += ` standalone="yes"`
	case 0:
		decl += ` standalone="no"`
	}
	return decl + "?>" + rest
}

// CheckXML says whether a text is well-formed content or, with document, a document: one
// element, and around it comments and the like.
func CheckXML(s string, document bool) error {
	_, _, content := XMLDeclaration(s)
	err := wellFormed(content)
	if err == nil && document {
		err = oneElement(content)
	}
	switch {
	case err == nil:
		return nil
	case document:
		return sqlerr.New(sqlerr.InvalidXMLDocument, "invalid XML document").WithDetail("%s", err)
	}
	return sqlerr.New(sqlerr.InvalidXMLContent, "invalid XML content").WithDetail("%s", err)
}

// oneElement says whether well-formed content is that of a document.
func oneElement(content string) error {
	d := xml.NewDecoder(strings.NewReader(content))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	elements, depth := 0, 0
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth == 1 {
				elements++
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && strings.TrimSpace(string(t)) != "" {
				return errors.New("Start tag expected, '<' not found")
			}
		}
	}
	switch elements {
	case 0:
		return errors.New("Start tag expected, '<' not found")
	case 1:
		return nil
	}
	return errors.New("Extra content at the end of the document")
}

var xmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#x0d;")

// XMLEscape writes a text as the content of an element.
func XMLEscape(s string) string { return xmlText.Replace(s) }

// XMLAttribute writes a text as the value of an attribute.
func XMLAttribute(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\n', r == '\r', r == '\t':
			fmt.Fprintf(&b, "&#%d;", r)
		case r >= unicode.MaxASCII+1:
			fmt.Fprintf(&b, "&#x%X;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// XMLForm writes a value as XML does: dates and times are those of XML Schema, arrays are
// elements. Texts are escaped unless they are for an attribute. hex is whether bytes are
// written so.
func (t *Type) XMLForm(d Datum, escape, hex bool, env *Env) (string, error) {
	b := t.base()
	infinite := func(what, plural string) error {
		return sqlerr.New(sqlerr.DatetimeFieldOverflow, "%s out of range", what).WithDetail("XML does not support infinite %s values.", plural)
	}
	iso := *env
	iso.DateStyle = DefaultEnv.DateStyle
	switch {
	case b.IsArray():
		var out strings.Builder
		for _, e := range d.Array().Elems {
			if e.IsNull() {
				continue
			}
			s, err := b.Elem.XMLForm(e, true, hex, env)
			if err != nil {
				return "", err
			}
			out.WriteString("<element>" + s + "</element>")
		}
		return out.String(), nil
	case b == Boolean:
		return fmt.Sprint(d.Bool()), nil
	case b == Date:
		s := b.Text(d, &iso)
		if strings.HasSuffix(s, "infinity") {
			return "", infinite("date", "date")
		}
		return s, nil
	case b == Timestamp, b == TimestampTZ:
		s := b.Text(d, &iso)
		if strings.HasSuffix(s, "infinity") {
			return "", infinite("timestamp", "timestamp")
		}
		s = strings.Replace(s, " ", "T", 1)
		if n := len(s); b == TimestampTZ && n > 3 && (s[n-3] == '+' || s[n-3] == '-') {
			s += ":00"
		}
		return s, nil
	case b == Bytea:
		if hex {
			return fmt.Sprintf("%X", d.Str()), nil
		}
		return base64.StdEncoding.EncodeToString([]byte(d.Str())), nil
	}
	s := t.Text(d, env)
	if b == XML || !escape {
		return s, nil
	}
	return XMLEscape(s), nil
}
