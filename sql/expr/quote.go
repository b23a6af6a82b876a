package expr

import "strings"

// reserved are the key words that an identifier must be quoted for:
// PostgreSQL's reserved, type-or-function-name and column-name key words.
var reserved = map[string]bool{}

func init() {
	for _, w := range strings.Fields(`all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean
		both case cast char character check coalesce collate collation column concurrently constraint create cross current_catalog
		current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct
		do else end except exists extract false fetch float for foreign freeze from full grant greatest group grouping having ilike in
		initially inner inout int integer intersect interval into is isnull join lateral leading least left like limit localtime
		localtimestamp national natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps
		overlay placing position precision primary real references returning right row select session_user setof similar smallint some
		substring symmetric table tablesample then time timestamp to trailing treat trim true union unique user using values varchar
		variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi
		xmlroot xmlserialize xmltable`) {
		reserved[w] = true
	}
}

// QuoteIdent is quote_ident(): double quotes where SQL needs them.
func QuoteIdent(s string) string {
	safe := s != "" && !reserved[s]
	for i := 0; i < len(s) && safe; i++ {
		c := s[i]
		safe = c == '_' || c >= 'a' && c <= 'z' || i > 0 && (c >= '0' && c <= '9')
	}
	if safe {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// QuoteLiteral is quote_literal(): single quotes, and E” where there are
// backslashes.
func QuoteLiteral(s string) string {
	out := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return "E" + strings.ReplaceAll(out, `\`, `\\`)
	}
	return out
}
