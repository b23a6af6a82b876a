package expr

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// identifierReader reads a qualified name as parse_ident does.
type identifierReader struct{ all, rest string }

func (r *identifierReader) wrong(detail string) error {
	err := sqlerr.New(sqlerr.InvalidParameterValue, `string is not a valid identifier: "%s"`, r.all)
	if detail != "" {
		err = err.WithDetail("%s", detail)
	}
	return err
}

func (r *identifierReader) space() { r.rest = strings.TrimLeft(r.rest, " \t\n\r\f") }

// quoted reads a name in double quotes.
func (r *identifierReader) quoted() (string, error) {
	var name strings.Builder
	for rest := r.rest[1:]; ; {
		end := strings.IndexByte(rest, '"')
		if end < 0 {
			return "", r.wrong("String has unclosed double quotes.")
		}
		name.WriteString(rest[:end])
		if rest = rest[end+1:]; !strings.HasPrefix(rest, `"`) {
			if r.rest = rest; name.Len() == 0 {
				return "", r.wrong("Quoted identifier must not be empty.")
			}
			return name.String(), nil
		}
		name.WriteByte('"')
		rest = rest[1:]
	}
}

func identifierByte(c byte, first bool) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 || !first && (c >= '0' && c <= '9' || c == '$')
}

// plain reads a name without quotes; empty if there is none.
func (r *identifierReader) plain() string {
	n := 0
	for n < len(r.rest) && identifierByte(r.rest[n], n == 0) {
		n++
	}
	name := r.rest[:n]
	r.rest = r.rest[n:]
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	}, name)
}

func parseIdentifier(_ *Context, a []types.Datum) (types.Datum, error) {
	r := &identifierReader{all: a[0].Str(), rest: a[0].Str()}
	var names []types.Datum
	for afterDot := false; ; {
		r.space()
		name := ""
		if strings.HasPrefix(r.rest, `"`) {
			var err error
			if name, err = r.quoted(); err != nil {
				return types.Null, err
			}
		} else if name = r.plain(); name == "" {
			switch {
			case strings.HasPrefix(r.rest, "."):
				return types.Null, r.wrong(`No valid identifier before ".".`)
			case afterDot:
				return types.Null, r.wrong(`No valid identifier after ".".`)
			}
			return types.Null, r.wrong("")
		}
		names = append(names, types.String(name))
		r.space()
		switch {
		case strings.HasPrefix(r.rest, "."):
			r.rest, afterDot = r.rest[1:], true
			continue
		case r.rest != "" && a[1].Bool():
			return types.Null, r.wrong("")
		}
		return types.ArrayDatum(types.Text, names), nil
	}
}

func init() {
	register(map[string]EvalFunc{
		"parse_ident": parseIdentifier,
		"oidvectortypes": func(c *Context, a []types.Datum) (types.Datum, error) {
			var names []string
			for _, e := range a[0].Array().Elems {
				names = append(names, types.RegType.Text(e, c.env()))
			}
			return types.String(strings.Join(names, ", ")), nil
		},
	})
}
