package parser

import (
	"strings"
	"sync"
)

// rulesText are the parts of synopses, one a line: a name and what it stands
// for. They are PostgreSQL 15's.
const rulesText = `
definition       '(' def_elem ... ')'
def_elem         label [ '=' def_arg ]
def_arg          number | string | NONE | OPERATOR '(' operator ')' | symbol | def_type | reserved
with_definition  WITH definition
create_options   OPTIONS '(' create_option ... ')'
create_option    label string
alter_options    OPTIONS '(' alter_option ... ')'
alter_option     SET label string | ADD label string | DROP label | label string
columns          '(' name ... ')'
behavior         CASCADE | RESTRICT
if_exists        IF EXISTS
if_not_exists    IF NOT EXISTS
word_or_string   nonreserved | string
string_or_null   string | NULL
or_replace       OR REPLACE
with_data        WITH DATA | WITH NO DATA
condition        '(' expr ')'
rename           RENAME TO name
owner            OWNER TO role
set_schema       SET SCHEMA name
depends          [ NO ] DEPENDS ON EXTENSION name
moved            rename | owner | set_schema
server           SERVER name

func_args        '(' [ funcarg ... ] ')'
func_default     funcarg [ DEFAULT expr | '=' expr ]
function         funcname [ func_args ]
aggr_args        '(' '*' ')' | '(' ORDER BY funcarg ... ')' | '(' funcarg ... [ ORDER BY funcarg ... ] ')'
aggregate        funcname aggr_args
oper_args        '(' ( NONE ',' type | type ( ',' NONE | ',' type | missing ) ) ')'
operator_args    operator oper_args
handler          anyname
common_option    CALLED ON NULL INPUT | RETURNS NULL ON NULL INPUT | STRICT | IMMUTABLE | STABLE | VOLATILE | [ EXTERNAL ] SECURITY ( DEFINER | INVOKER ) | [ NOT ] LEAKPROOF | COST number | ROWS number | SUPPORT anyname | SET setting | reset | PARALLEL name
create_func_opt  AS string [ ',' string ] | LANGUAGE word_or_string | TRANSFORM transform_type ... | WINDOW | common_option
transform_type   FOR TYPE type
routine_tail     create_func_opt { create_func_opt } [ body ] | body
func_returns     RETURNS ( TABLE '(' table_result ... ')' | functype )
table_result     param_name functype

transition       ( NEW | OLD ) ( TABLE | ROW ) [ AS ] name
trigger_when     WHEN condition
execute_trigger  EXECUTE ( FUNCTION | PROCEDURE ) funcname '(' [ trigger_arg ... ] ')'
trigger_arg      constant | label
rule_action      change | notify | query
rule_actions     NOTHING | '(' [ rule_action ] { ';' [ rule_action ] } ')' | rule_action

opclass_item     OPERATOR int ( operator_args | operator ) [ opclass_purpose ] [ RECHECK ] | FUNCTION int [ '(' type ... ')' ] function | STORAGE type
opclass_purpose  FOR SEARCH | FOR ORDER BY anyname
opclass_drop     ( OPERATOR | FUNCTION ) int '(' type ... ')'
operator_def     label '=' ( NONE | operator_value )
operator_value   number | string | OPERATOR '(' operator ')' | symbol | def_type | reserved
type_attribute   name type [ COLLATE anyname ]
transform_from   FROM SQL WITH FUNCTION function
transform_to     TO SQL WITH FUNCTION function
stats_param      call | name | condition
fdw_option       HANDLER handler | NO HANDLER | VALIDATOR handler | NO VALIDATOR
auth             role | USER
policy_command   FOR ( ALL | SELECT | INSERT | UPDATE | DELETE )
policy_tail      [ TO role ... ] [ USING condition ] [ WITH CHECK condition ]
privilege        ( SELECT | REFERENCES | CREATE | ALTER SYSTEM | name ) [ columns ]
privileges       ALL [ PRIVILEGES ] [ columns ] | privilege ...
default_target   TABLES | FUNCTIONS | ROUTINES | SEQUENCES | TYPES | SCHEMAS
default_scope    FOR ( ROLE | USER ) role ... | IN SCHEMA name ...
grantee          [ GROUP ] role
granted_by       GRANTED BY role
default_action   GRANT privileges ON default_target TO grantee ... [ WITH GRANT OPTION ] | REVOKE [ GRANT OPTION FOR ] privileges ON default_target FROM grantee ... [ behavior ]
text_search      TEXT SEARCH ( PARSER | DICTIONARY | TEMPLATE | CONFIGURATION )
any_object       TABLE | SEQUENCE | VIEW | MATERIALIZED VIEW | INDEX | FOREIGN TABLE | COLLATION | CONVERSION | STATISTICS | text_search
name_object      ACCESS METHOD | EVENT TRIGGER | EXTENSION | FOREIGN DATA WRAPPER | [ PROCEDURAL ] LANGUAGE | PUBLICATION | SCHEMA | SERVER
name_object2     DATABASE | ROLE | SUBSCRIPTION | TABLESPACE
routine          FUNCTION | PROCEDURE | ROUTINE
class_or_family  OPERATOR ( CLASS | FAMILY ) anyname USING name
cast             CAST '(' type AS type ')'
transform        TRANSFORM FOR type LANGUAGE name
member           class_or_family | OPERATOR operator_args | any_object anyname | name_object name | name_object2 name | AGGREGATE aggregate | cast | DOMAIN type | TYPE type | routine function | transform
`

// grammarRules are the compiled rules.
type grammarRules struct {
	rules      map[string]synopsis
	statements map[string][]statementRule
}

// compiled compiles the rules once, when the first statement needs them.
var compiled = sync.OnceValue(func() *grammarRules {
	g := &grammarRules{rules: map[string]synopsis{}, statements: map[string][]statementRule{}}
	for line := range strings.Lines(rulesText + rulesStmtText) {
		if name, text, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			g.rules[name] = compileSynopsis(text)
		}
	}
	for _, text := range []string{createText, alterText, dropText, utilityText} {
		for line := range strings.Lines(text) {
			kind, synopsis, ok := strings.Cut(strings.TrimSpace(line), " ")
			if !ok {
				continue
			}
			construct, synopsis, _ := strings.Cut(synopsis, ":")
			family, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(synopsis)), " ")
			g.statements[family] = append(g.statements[family], statementRule{construct: strings.TrimSpace(construct), kind: kind, rule: compileSynopsis(synopsis)})
		}
	}
	return g
})

// rule gives a compiled rule.
func rule(name string) synopsis {
	r, ok := compiled().rules[name]
	if !ok {
		panic("parser: no rule " + name)
	}
	return r
}
