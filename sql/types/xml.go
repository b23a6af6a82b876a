package types

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// xmlCodec is xml: content that is well-formed, kept as it was written.
type xmlCodec struct{}

// xmlDeclaration is the declaration at the front, with version and standalone.
var xmlDeclaration = regexp.MustCompile(`^<\?xml\s+version\s*=\s*["']([^"']*)["'](?:\s+encoding\s*=\s*["'][^"']*["'])?(?:\s+standalone\s*=\s*["'](yes|no)["'])?\s*\?>`)

func (xmlCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	content := s[len(xmlDeclaration.FindString(s)):]
	if err := wellFormed(content); err != nil {
		return Null, sqlerr.New(sqlerr.InvalidXMLContent, "invalid XML content").WithDetail("%s", err)
	}
	return String(s), nil
}

// wellFormed reads content to its end.
func wellFormed(content string) error {
	d := xml.NewDecoder(strings.NewReader(content))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		if _, err := d.Token(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// appendText leaves a declaration out that says nothing.
func (xmlCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	s := d.Str()
	m := xmlDeclaration.FindStringSubmatch(s)
	if m == nil {
		return append(dst, s...)
	}
	rest := s[len(m[0]):]
	if m[1] == "1.0" && m[2] == "" {
		return append(dst, strings.TrimPrefix(rest, "\n")...)
	}
	dst = append(append(append(dst, `<?xml version="`...), m[1]...), '"')
	if m[2] != "" {
		dst = append(append(append(dst, ` standalone="`...), m[2]...), '"')
	}
	return append(append(dst, "?>"...), rest...)
}

func (c xmlCodec) receive(t *Type, b []byte, _ int32, env *Env) (Datum, error) {
	return c.input(t, string(b), NoTypmod, env)
}
func (c xmlCodec) appendBinary(t *Type, dst []byte, d Datum, env *Env) []byte {
	return c.appendText(t, dst, d, env)
}
func (xmlCodec) compare(_ *Type, a, b Datum) int { return compareStrings(a.Str(), b.Str()) }
