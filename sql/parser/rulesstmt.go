package parser

// The statements of PostgreSQL that have no tree here: PostgreSQL's parse node,
// what an error calls the statement, and its synopsis.

const createText = `
CreateFunctionStmt  CREATE FUNCTION: CREATE [ or_replace ] FUNCTION funcname '(' [ func_default ... ] ')' [ func_returns ] [ routine_tail ] no_outputs
CreateFunctionStmt  CREATE PROCEDURE: CREATE [ or_replace ] PROCEDURE funcname '(' [ func_default ... ] ')' [ routine_tail ]
DefineStmt          CREATE AGGREGATE: CREATE [ or_replace ] AGGREGATE funcname ( '(' old_aggr ... ')' | aggr_args definition )
DefineStmt          CREATE OPERATOR: CREATE OPERATOR operator definition
CreateOpClassStmt   CREATE OPERATOR CLASS: CREATE OPERATOR CLASS anyname [ DEFAULT ] FOR TYPE type USING name [ FAMILY anyname ] AS opclass_item ...
CreateOpFamilyStmt  CREATE OPERATOR FAMILY: CREATE OPERATOR FAMILY anyname USING name
CreateRangeStmt     CREATE TYPE: CREATE TYPE anyname AS RANGE definition
DefineStmt          CREATE TYPE: CREATE TYPE anyname [ definition ]
DefineStmt          CREATE TEXT SEARCH: CREATE text_search anyname definition
DefineStmt          CREATE COLLATION: CREATE COLLATION [ if_not_exists ] anyname ( definition | FROM anyname )
CreateExtensionStmt CREATE EXTENSION: CREATE EXTENSION [ if_not_exists ] name [ WITH ] { SCHEMA name | VERSION word_or_string | CASCADE | no_longer_from }
CreateFdwStmt       CREATE FOREIGN DATA WRAPPER: CREATE FOREIGN DATA WRAPPER name { fdw_option } [ create_options ]
CreateForeignServerStmt CREATE SERVER: CREATE SERVER [ if_not_exists ] name [ TYPE string ] [ VERSION string_or_null ] FOREIGN DATA WRAPPER name [ create_options ]
CreateForeignTableStmt CREATE FOREIGN TABLE: CREATE FOREIGN TABLE [ if_not_exists ] relation PARTITION OF relation [ '(' typed_element ... ')' ] bound server [ create_options ]
CreateForeignTableStmt CREATE FOREIGN TABLE: CREATE FOREIGN TABLE [ if_not_exists ] relation '(' [ element ... ] ')' [ INHERITS '(' relation ... ')' ] server [ create_options ]
CreateUserMappingStmt CREATE USER MAPPING: CREATE USER MAPPING [ if_not_exists ] FOR auth server [ create_options ]
CreatePolicyStmt    CREATE POLICY: CREATE POLICY name ON relation [ AS policy_kind ] [ policy_command ] policy_tail
CreateAmStmt        CREATE ACCESS METHOD: CREATE ACCESS METHOD name TYPE ( INDEX | TABLE ) HANDLER handler
CreateTrigStmt      CREATE TRIGGER: CREATE [ or_replace ] TRIGGER name ( BEFORE | AFTER | INSTEAD OF ) trigger_events ON relation [ REFERENCING transition { transition } ] [ FOR [ EACH ] ( ROW | STATEMENT ) ] [ trigger_when ] execute_trigger
CreateTrigStmt      CREATE CONSTRAINT TRIGGER: CREATE [ or_replace ] CONSTRAINT TRIGGER name AFTER trigger_events ON relation [ FROM relation ] deferral FOR EACH ROW [ trigger_when ] execute_trigger no_replace
CreateEventTrigStmt CREATE EVENT TRIGGER: CREATE EVENT TRIGGER name ON label [ WHEN event_filter { AND event_filter } ] EXECUTE ( FUNCTION | PROCEDURE ) funcname '(' ')'
RuleStmt            CREATE RULE: CREATE [ or_replace ] RULE name AS ON ( SELECT | UPDATE | DELETE | INSERT ) TO relation [ WHERE expr ] DO [ INSTEAD | ALSO ] rule_actions
CreatePLangStmt     CREATE LANGUAGE: CREATE [ or_replace ] [ TRUSTED ] [ PROCEDURAL ] LANGUAGE name [ HANDLER handler [ INLINE handler ] [ VALIDATOR handler | NO VALIDATOR ] ]
CreateCastStmt      CREATE CAST: CREATE cast ( WITH FUNCTION function | WITHOUT FUNCTION | WITH INOUT ) [ AS ( IMPLICIT | ASSIGNMENT ) ]
CreateTransformStmt CREATE TRANSFORM: CREATE [ or_replace ] transform '(' ( transform_from [ ',' transform_to ] | transform_to [ ',' transform_from ] ) ')'
CreateConversionStmt CREATE CONVERSION: CREATE [ DEFAULT ] CONVERSION anyname FOR string TO string FROM anyname
CreatePublicationStmt CREATE PUBLICATION: CREATE PUBLICATION name [ FOR ( ALL TABLES | publication_items ) ] [ with_definition ]
CreateSubscriptionStmt CREATE SUBSCRIPTION: CREATE SUBSCRIPTION name CONNECTION string PUBLICATION name ... [ with_definition ]
CreateStatsStmt     CREATE STATISTICS: CREATE STATISTICS [ if_not_exists ] anyname [ columns ] ON stats_param ... FROM fromlist
CreateTableSpaceStmt CREATE TABLESPACE: CREATE TABLESPACE name [ OWNER role ] LOCATION string [ WITH reloptions ]
CreateAssertionStmt CREATE ASSERTION: CREATE ASSERTION anyname CHECK condition constr_attrs
CreateTableAsStmt   CREATE MATERIALIZED VIEW: CREATE [ UNLOGGED ] MATERIALIZED VIEW [ if_not_exists ] relation [ columns ] [ USING name ] [ WITH reloptions ] [ TABLESPACE name ] AS select [ with_data ]
`

const alterText = `
AlterCollationStmt  ALTER COLLATION: ALTER COLLATION anyname REFRESH VERSION
RenameStmt          ALTER AGGREGATE: ALTER AGGREGATE aggregate rename
AlterOwnerStmt      ALTER AGGREGATE: ALTER AGGREGATE aggregate owner
AlterObjectSchemaStmt ALTER AGGREGATE: ALTER AGGREGATE aggregate set_schema
RenameStmt          ALTER COLLATION: ALTER COLLATION anyname rename
AlterOwnerStmt      ALTER COLLATION: ALTER COLLATION anyname owner
AlterObjectSchemaStmt ALTER COLLATION: ALTER COLLATION anyname set_schema
RenameStmt          ALTER CONVERSION: ALTER CONVERSION anyname rename
AlterOwnerStmt      ALTER CONVERSION: ALTER CONVERSION anyname owner
AlterObjectSchemaStmt ALTER CONVERSION: ALTER CONVERSION anyname set_schema
AlterDatabaseRefreshCollStmt ALTER DATABASE: ALTER DATABASE name REFRESH COLLATION VERSION
RenameStmt          ALTER DATABASE ... RENAME: ALTER DATABASE name rename
AlterOwnerStmt      ALTER DATABASE ... OWNER: ALTER DATABASE name owner
AlterDatabaseStmt   ALTER DATABASE: ALTER DATABASE name SET TABLESPACE name
AlterDatabaseSetStmt ALTER DATABASE ... SET: ALTER DATABASE name ( reset | SET setting )
AlterDatabaseStmt   ALTER DATABASE: ALTER DATABASE name [ WITH ] { database_option }
AlterDefaultPrivilegesStmt ALTER DEFAULT PRIVILEGES: ALTER DEFAULT PRIVILEGES { default_scope } default_action
RenameStmt          ALTER DOMAIN: ALTER DOMAIN anyname RENAME CONSTRAINT name TO name
RenameStmt          ALTER DOMAIN: ALTER DOMAIN anyname rename
AlterOwnerStmt      ALTER DOMAIN: ALTER DOMAIN anyname owner
AlterObjectSchemaStmt ALTER DOMAIN: ALTER DOMAIN anyname set_schema
AlterDomainStmt     ALTER DOMAIN: ALTER DOMAIN anyname ( SET DEFAULT expr | DROP DEFAULT | ( SET | DROP ) NOT NULL | ADD constraint | DROP CONSTRAINT [ if_exists ] name [ behavior ] | VALIDATE CONSTRAINT name )
AlterEventTrigStmt  ALTER EVENT TRIGGER: ALTER EVENT TRIGGER name ( DISABLE | ENABLE [ REPLICA | ALWAYS ] )
AlterOwnerStmt      ALTER EVENT TRIGGER: ALTER EVENT TRIGGER name owner
RenameStmt          ALTER EVENT TRIGGER: ALTER EVENT TRIGGER name rename
AlterObjectSchemaStmt ALTER EXTENSION: ALTER EXTENSION name set_schema
AlterExtensionStmt  ALTER EXTENSION ... UPDATE: ALTER EXTENSION name UPDATE { TO word_or_string }
AlterExtensionContentsStmt ALTER EXTENSION: ALTER EXTENSION name ( ADD | DROP ) member
AlterOwnerStmt      ALTER FOREIGN DATA WRAPPER: ALTER FOREIGN DATA WRAPPER name owner
RenameStmt          ALTER FOREIGN DATA WRAPPER: ALTER FOREIGN DATA WRAPPER name rename
AlterFdwStmt        ALTER FOREIGN DATA WRAPPER: ALTER FOREIGN DATA WRAPPER name ( fdw_option { fdw_option } [ alter_options ] | alter_options )
RenameStmt          ALTER PROCEDURE: ALTER routine function rename
AlterOwnerStmt      ALTER PROCEDURE: ALTER routine function owner
AlterObjectSchemaStmt ALTER PROCEDURE: ALTER routine function set_schema
AlterObjectDependsStmt ALTER PROCEDURE: ALTER routine function depends
AlterFunctionStmt   ALTER PROCEDURE: ALTER routine function common_option { common_option } [ RESTRICT ]
AlterTableMoveAllStmt ALTER TABLE ALL IN TABLESPACE: ALTER ( TABLE | INDEX | MATERIALIZED VIEW ) ALL IN TABLESPACE name [ OWNED BY role ... ] SET TABLESPACE name [ NOWAIT ]
AlterObjectDependsStmt ALTER ... DEPENDS ON EXTENSION: ALTER ( INDEX | MATERIALIZED VIEW ) relation depends
RenameStmt          ALTER LANGUAGE: ALTER [ PROCEDURAL ] LANGUAGE name rename
AlterOwnerStmt      ALTER LANGUAGE: ALTER [ PROCEDURAL ] LANGUAGE name owner
AlterOwnerStmt      ALTER LARGE OBJECT: ALTER LARGE OBJECT number owner
RenameStmt          ALTER OPERATOR CLASS: ALTER class_or_family rename
AlterOwnerStmt      ALTER OPERATOR CLASS: ALTER class_or_family owner
AlterObjectSchemaStmt ALTER OPERATOR CLASS: ALTER class_or_family set_schema
AlterOpFamilyStmt   ALTER OPERATOR FAMILY: ALTER OPERATOR FAMILY anyname USING name ( ADD opclass_item ... | DROP opclass_drop ... )
AlterOwnerStmt      ALTER OPERATOR: ALTER OPERATOR operator_args owner
AlterObjectSchemaStmt ALTER OPERATOR: ALTER OPERATOR operator_args set_schema
AlterOperatorStmt   ALTER OPERATOR: ALTER OPERATOR operator_args SET '(' operator_def ... ')'
RenameStmt          ALTER POLICY: ALTER POLICY [ if_exists ] name ON relation rename
AlterPolicyStmt     ALTER POLICY: ALTER POLICY name ON relation policy_tail
RenameStmt          ALTER PUBLICATION: ALTER PUBLICATION name rename
AlterOwnerStmt      ALTER PUBLICATION: ALTER PUBLICATION name owner
AlterPublicationStmt ALTER PUBLICATION: ALTER PUBLICATION name ( SET definition | ( ADD | SET | DROP ) publication_items )
RenameStmt          ALTER RULE: ALTER RULE name ON relation rename
AlterOwnerStmt      ALTER SCHEMA: ALTER SCHEMA name owner
RenameStmt          ALTER SERVER: ALTER SERVER name rename
AlterOwnerStmt      ALTER SERVER: ALTER SERVER name owner
AlterForeignServerStmt ALTER SERVER: ALTER SERVER name ( VERSION string_or_null [ alter_options ] | alter_options )
RenameStmt          ALTER STATISTICS: ALTER STATISTICS anyname rename
AlterOwnerStmt      ALTER STATISTICS: ALTER STATISTICS anyname owner
AlterObjectSchemaStmt ALTER STATISTICS: ALTER STATISTICS anyname set_schema
AlterStatsStmt      ALTER STATISTICS: ALTER STATISTICS [ if_exists ] anyname SET STATISTICS signed
RenameStmt          ALTER SUBSCRIPTION: ALTER SUBSCRIPTION name rename
AlterOwnerStmt      ALTER SUBSCRIPTION: ALTER SUBSCRIPTION name owner
AlterSubscriptionStmt ALTER SUBSCRIPTION: ALTER SUBSCRIPTION name ( SET definition | CONNECTION string | REFRESH PUBLICATION [ with_definition ] | ( ADD | DROP | SET ) PUBLICATION name ... [ with_definition ] | ENABLE | DISABLE | SKIP definition )
AlterSystemStmt     ALTER SYSTEM: ALTER SYSTEM ( SET assignment | RESET ( ALL | setting_name ) )
RenameStmt          ALTER TABLESPACE: ALTER TABLESPACE name rename
AlterOwnerStmt      ALTER TABLESPACE: ALTER TABLESPACE name owner
AlterTableSpaceOptionsStmt ALTER TABLESPACE: ALTER TABLESPACE name ( SET | RESET ) reloptions
RenameStmt          ALTER TEXT SEARCH: ALTER text_search anyname rename
AlterObjectSchemaStmt ALTER TEXT SEARCH: ALTER text_search anyname set_schema
AlterOwnerStmt      ALTER TEXT SEARCH: ALTER TEXT SEARCH ( DICTIONARY | CONFIGURATION ) anyname owner
AlterTSDictionaryStmt ALTER TEXT SEARCH: ALTER TEXT SEARCH DICTIONARY anyname definition
AlterTSConfigurationStmt ALTER TEXT SEARCH: ALTER TEXT SEARCH CONFIGURATION anyname text_mapping
RenameStmt          ALTER TRIGGER: ALTER TRIGGER name ON relation rename
AlterObjectDependsStmt ALTER TRIGGER: ALTER TRIGGER name ON relation depends
RenameStmt          ALTER TYPE: ALTER TYPE anyname RENAME ATTRIBUTE name TO name [ behavior ]
RenameStmt          ALTER TYPE: ALTER TYPE anyname rename
AlterOwnerStmt      ALTER TYPE: ALTER TYPE anyname owner
AlterObjectSchemaStmt ALTER TYPE: ALTER TYPE anyname set_schema
AlterTypeStmt       ALTER TYPE: ALTER TYPE anyname SET '(' operator_def ... ')'
AlterTableStmt      ALTER TYPE: ALTER TYPE anyname type_command ...
AlterUserMappingStmt ALTER USER MAPPING: ALTER USER MAPPING FOR auth server alter_options
`

const dropText = `
DropStmt            DROP FOREIGN TABLE: DROP FOREIGN TABLE [ if_exists ] anyname ... [ behavior ]
DropStmt            DROP TEXT SEARCH: DROP text_search [ if_exists ] anyname ... [ behavior ]
DropStmt            DROP ACCESS METHOD: DROP ACCESS METHOD [ if_exists ] name ... [ behavior ]
DropStmt            DROP EVENT TRIGGER: DROP EVENT TRIGGER [ if_exists ] name ... [ behavior ]
DropStmt            DROP FOREIGN DATA WRAPPER: DROP FOREIGN DATA WRAPPER [ if_exists ] name ... [ behavior ]
DropStmt            DROP LANGUAGE: DROP [ PROCEDURAL ] LANGUAGE [ if_exists ] name ... [ behavior ]
DropStmt            DROP PUBLICATION: DROP PUBLICATION [ if_exists ] name ... [ behavior ]
DropStmt            DROP SERVER: DROP SERVER [ if_exists ] name ... [ behavior ]
DropStmt            DROP POLICY: DROP POLICY [ if_exists ] name ON anyname [ behavior ]
DropStmt            DROP RULE: DROP RULE [ if_exists ] name ON anyname [ behavior ]
DropStmt            DROP TRIGGER: DROP TRIGGER [ if_exists ] name ON anyname [ behavior ]
DropStmt            DROP PROCEDURE: DROP routine [ if_exists ] function ... [ behavior ]
DropStmt            DROP AGGREGATE: DROP AGGREGATE [ if_exists ] aggregate ... [ behavior ]
DropStmt            DROP OPERATOR CLASS: DROP OPERATOR ( CLASS | FAMILY ) [ if_exists ] anyname USING name [ behavior ]
DropStmt            DROP OPERATOR: DROP OPERATOR [ if_exists ] operator_args ... [ behavior ]
DropStmt            DROP CAST: DROP CAST [ if_exists ] '(' type AS type ')' [ behavior ]
DropStmt            DROP TRANSFORM: DROP TRANSFORM [ if_exists ] FOR type LANGUAGE name [ behavior ]
DropOwnedStmt       DROP OWNED: DROP OWNED BY role ... [ behavior ]
DropTableSpaceStmt  DROP TABLESPACE: DROP TABLESPACE [ if_exists ] name
DropSubscriptionStmt DROP SUBSCRIPTION: DROP SUBSCRIPTION [ if_exists ] name [ behavior ]
DropUserMappingStmt DROP USER MAPPING: DROP USER MAPPING [ if_exists ] FOR auth server
`

const utilityText = `
CommentStmt         COMMENT ON: COMMENT ON comment_object IS string_or_null
SecLabelStmt        SECURITY LABEL: SECURITY LABEL [ FOR word_or_string ] ON label_object IS string_or_null
ReassignOwnedStmt   REASSIGN OWNED: REASSIGN OWNED BY role ... TO role
ClusterStmt         CLUSTER: CLUSTER options relation [ USING name ]
ClusterStmt         CLUSTER: CLUSTER [ VERBOSE ] name ON relation
ClusterStmt         CLUSTER: CLUSTER [ VERBOSE ] [ relation [ USING name ] ]
ReindexStmt         REINDEX: REINDEX [ options ] ( INDEX | TABLE ) [ CONCURRENTLY ] relation
ReindexStmt         REINDEX: REINDEX [ options ] ( SCHEMA | SYSTEM | DATABASE ) [ CONCURRENTLY ] name
LoadStmt            LOAD: LOAD string
DoStmt              DO: DO do_item { do_item }
CallStmt            CALL: CALL application
RefreshMatViewStmt  REFRESH MATERIALIZED VIEW: REFRESH MATERIALIZED VIEW [ CONCURRENTLY ] relation [ with_data ]
ImportForeignSchemaStmt IMPORT FOREIGN SCHEMA: IMPORT FOREIGN SCHEMA name [ ( LIMIT TO | EXCEPT ) '(' target ... ')' ] FROM server INTO name [ create_options ]
`

// rulesStmtText are rules of single statements.
const rulesStmtText = `
old_aggr         ident '=' def_arg
typed_element    constraint | name [ WITH OPTIONS ] quals
event_filter     name IN '(' string ... ')'
database_option  ( ident | CONNECTION LIMIT | ENCODING | LOCATION | OWNER | TABLESPACE | TEMPLATE ) [ '=' ] ( number | word_or_string | DEFAULT | TRUE | FALSE | ON )
setting_name     name { '.' label }
mapping_for      MAPPING FOR name ...
text_mapping     ADD mapping_for WITH anyname ... | ALTER mapping_for WITH anyname ... | ALTER MAPPING REPLACE anyname WITH anyname | ALTER mapping_for REPLACE anyname WITH anyname | DROP MAPPING [ if_exists ] FOR name ...
type_command     ADD ATTRIBUTE type_attribute [ behavior ] | DROP ATTRIBUTE [ if_exists ] name [ behavior ] | ALTER ATTRIBUTE name [ SET DATA ] TYPE type [ COLLATE anyname ] [ behavior ]
table_partition  ATTACH PARTITION relation bound | DETACH PARTITION relation [ CONCURRENTLY | FINALIZE ]
index_partition  ATTACH PARTITION relation
trigger_name     ALL | USER | name
table_command    ALTER CONSTRAINT name constr_attrs | SET WITHOUT ( OIDS | CLUSTER ) | CLUSTER ON name | SET ( LOGGED | UNLOGGED | ACCESS METHOD name | TABLESPACE name ) | ENABLE ( TRIGGER trigger_name | ( ALWAYS | REPLICA ) ( TRIGGER | RULE ) name | RULE name | ROW LEVEL SECURITY ) | DISABLE ( TRIGGER trigger_name | RULE name | ROW LEVEL SECURITY ) | INHERIT relation | NO INHERIT relation | OF anyname | NOT OF | REPLICA IDENTITY ( NOTHING | FULL | DEFAULT | USING INDEX name ) | FORCE ROW LEVEL SECURITY | NO FORCE ROW LEVEL SECURITY | alter_options | OWNER TO | VALIDATE CONSTRAINT | RESET | ADD | DROP
generated_when   ALWAYS | BY DEFAULT
column_command   SET reloptions | RESET reloptions | SET COMPRESSION ( name | DEFAULT ) | ADD GENERATED generated_when AS IDENTITY [ '(' seq_option { seq_option } ')' ] | DROP EXPRESSION [ if_exists ] | DROP IDENTITY [ if_exists ] | identity_option { identity_option } | alter_options | SET ( DEFAULT | NOT NULL | STATISTICS | STORAGE | DATA TYPE ) | DROP ( DEFAULT | NOT NULL ) | TYPE
identity_option  RESTART [ [ WITH ] number ] | SET seq_option | SET GENERATED generated_when
seq_option       AS type | CACHE number | CYCLE | NO ( CYCLE | MAXVALUE | MINVALUE ) | INCREMENT [ BY ] number | LOGGED | UNLOGGED | MAXVALUE number | MINVALUE number | OWNED BY anyname | SEQUENCE NAME anyname | START [ WITH ] number | RESTART [ [ WITH ] number ]
grant_target     routine function ... | FOREIGN ( DATA WRAPPER | SERVER ) name ... | LANGUAGE name ... | DOMAIN anyname ... | TYPE anyname ... | TABLESPACE name ... | LARGE OBJECT number ... | PARAMETER setting_name ...
grant_role_options label ( OPTION | TRUE | FALSE ) [ ',' grant_role_options ]
xmlconcat        XMLCONCAT '(' expr ... ')'
xmlelement       XMLELEMENT '(' NAME label [ ',' XMLATTRIBUTES '(' xml_value ... ')' ] [ ',' expr ... ] ')'
xml_value        expr [ AS label ]
xmlexists        XMLEXISTS '(' primary xml_passing ')'
xml_passing      PASSING [ BY ( REF | VALUE ) ] primary [ BY ( REF | VALUE ) ]
xmlforest        XMLFOREST '(' xml_value ... ')'
xmlparse         XMLPARSE '(' ( DOCUMENT | CONTENT ) expr [ ( PRESERVE | STRIP ) WHITESPACE ] ')'
xmlpi            XMLPI '(' NAME label [ ',' expr ] ')'
xmlroot          XMLROOT '(' expr ',' VERSION ( NO VALUE | expr ) [ ',' STANDALONE ( YES | NO VALUE | NO ) ] ')'
xmlserialize     XMLSERIALIZE '(' ( DOCUMENT | CONTENT ) expr AS simpletype [ [ NO ] INDENT ] ')'
xmltable         XMLTABLE '(' [ XMLNAMESPACES '(' xml_namespace ... ')' ',' ] primary xml_passing COLUMNS xml_column ... ')'
xml_namespace    DEFAULT bexpr | bexpr AS label
xml_column       name FOR ORDINALITY | name type { xml_column_option }
xml_column_option DEFAULT bexpr | NOT NULL | NULL | PATH bexpr | xml_unknown
do_item          string | LANGUAGE word_or_string
on_object        ( TRIGGER | RULE | POLICY ) name ON anyname | CONSTRAINT name ON DOMAIN anyname | CONSTRAINT name ON anyname
label_object     COLUMN anyname | any_object anyname | name_object name | name_object2 name | TYPE type | DOMAIN type | AGGREGATE aggregate | routine function | LARGE OBJECT number
comment_object   on_object | class_or_family | OPERATOR operator_args | cast | transform | label_object
`
