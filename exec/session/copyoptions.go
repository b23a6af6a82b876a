package session

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// decodeCopyOptions reads the options of COPY and checks that they fit together
// and its direction.
func decodeCopyOptions(list []*ast.DefElem, from bool) (copyOptions, error) {
	o := copyOptions{delimiter: '\t', null: `\N`, quote: '"'}
	given := map[string]bool{}
	for _, d := range list {
		name := d.Name
		if name == "csv" || name == "binary" {
			name = "format"
		}
		if given[name] {
			return o, sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").At(d.Pos())
		}
		given[name] = true
		if err := o.set(d, from); err != nil {
			return o, err
		}
	}
	if o.csv {
		if !given["null"] {
			o.null = ""
		}
		if !given["delimiter"] {
			o.delimiter = ','
		}
		if !given["escape"] {
			o.escape = o.quote
		}
	}
	return o, o.check(given, from)
}

// set takes one option.
func (o *copyOptions) set(d *ast.DefElem, from bool) (err error) {
	switch d.Name {
	case "format":
		switch f := optionString(d); f {
		case "text":
		case "csv":
			o.csv = true
		case "binary":
			o.binary = true
		default:
			return sqlerr.New(sqlerr.InvalidParameterValue, `COPY format "%s" not recognized`, f).At(d.Pos())
		}
	case "csv":
		o.csv = true
	case "binary":
		o.binary = true
	case "delimiter":
		o.delimiter, err = oneByte(d, "delimiter")
	case "null":
		o.null = optionString(d)
	case "header":
		if strings.EqualFold(optionString(d), "match") {
			if !from {
				return sqlerr.New(sqlerr.FeatureNotSupported, `cannot use "match" with HEADER in COPY TO`)
			}
			o.header, o.headerMatch = true, true
			return nil
		}
		if o.header, err = booleanOption(d); err != nil {
			return sqlerr.New(sqlerr.SyntaxError, `header requires a Boolean value or "match"`)
		}
	case "quote":
		o.quote, err = oneByte(d, "quote")
	case "escape":
		o.escape, err = oneByte(d, "escape")
	case "force_quote":
		o.forceQuote = columnSet(d)
		o.quoteAll = o.forceQuote == nil
	case "force_null":
		o.forceNull = columnSet(d)
	case "force_not_null":
		o.forceNotNull = columnSet(d)
	case "encoding", "freeze", "oids":
	default:
		return sqlerr.New(sqlerr.SyntaxError, `option "%s" not recognized`, d.Name).At(d.Pos())
	}
	return err
}

// check refuses options that do not go together.
func (o *copyOptions) check(given map[string]bool, from bool) error {
	refused := func(format string, args ...any) error {
		return sqlerr.New(sqlerr.FeatureNotSupported, format, args...)
	}
	switch {
	case o.binary && given["delimiter"]:
		return sqlerr.New(sqlerr.SyntaxError, "cannot specify DELIMITER in BINARY mode")
	case o.binary && given["null"]:
		return sqlerr.New(sqlerr.SyntaxError, "cannot specify NULL in BINARY mode")
	case o.delimiter == '\r' || o.delimiter == '\n':
		return sqlerr.New(sqlerr.InvalidParameterValue, "COPY delimiter cannot be newline or carriage return")
	case strings.ContainsAny(o.null, "\r\n"):
		return sqlerr.New(sqlerr.InvalidParameterValue, "COPY null representation cannot use newline or carriage return")
	case !o.csv && strings.IndexByte(`\.abcdefghijklmnopqrstuvwxyz0123456789`, o.delimiter) >= 0:
		return sqlerr.New(sqlerr.InvalidParameterValue, `COPY delimiter cannot be "%c"`, o.delimiter)
	case o.binary && o.header:
		return refused("cannot specify HEADER in BINARY mode")
	case !o.csv && given["quote"]:
		return refused("COPY quote available only in CSV mode")
	case o.csv && o.delimiter == o.quote:
		return sqlerr.New(sqlerr.InvalidParameterValue, "COPY delimiter and quote must be different")
	case !o.csv && given["escape"]:
		return refused("COPY escape available only in CSV mode")
	case !o.csv && given["force_quote"]:
		return refused("COPY force quote available only in CSV mode")
	case from && given["force_quote"]:
		return refused("COPY force quote only available using COPY TO")
	case !o.csv && given["force_not_null"]:
		return refused("COPY force not null available only in CSV mode")
	case !from && given["force_not_null"]:
		return refused("COPY force not null only available using COPY FROM")
	case !o.csv && given["force_null"]:
		return refused("COPY force null available only in CSV mode")
	case !from && given["force_null"]:
		return refused("COPY force null only available using COPY FROM")
	case o.null != "" && strings.IndexByte(o.null, o.delimiter) >= 0:
		return refused("COPY delimiter must not appear in the NULL specification")
	case o.csv && strings.IndexByte(o.null, o.quote) >= 0:
		return refused("CSV quote character must not appear in the NULL specification")
	}
	return nil
}

// oneByte reads an option that is one character.
func oneByte(d *ast.DefElem, what string) (byte, error) {
	text := optionString(d)
	if len(text) != 1 {
		return 0, sqlerr.New(sqlerr.FeatureNotSupported, "COPY %s must be a single one-byte character", what)
	}
	return text[0], nil
}

// columnSet is a list of columns; nil for a star.
func columnSet(d *ast.DefElem) map[string]bool {
	n, ok := d.Value.(*ast.Name)
	if !ok {
		return nil
	}
	set := map[string]bool{}
	for _, c := range n.Parts {
		set[c] = true
	}
	return set
}
